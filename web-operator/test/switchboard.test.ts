/** The switchboard's client over a transport that only pretends. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Writer, utf8, type Bytes } from '../src/seal/bytes.ts';
import { newSignKey } from '../src/seal/ed25519.ts';
import * as limits from '../src/seal/limits.ts';
import { RequestRefused, Switchboard } from '../src/switchboard/client.ts';
import { fileBytesOf, maxFileBytes } from '../src/switchboard/policy.ts';
import type { Dial, TransportEvents } from '../src/switchboard/transport.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class Wire {
  readonly sent: Bytes[] = [];
  closed = false;
  constructor(readonly events: TransportEvents) {}
  welcome(): void {
    this.give(
      new Writer()
        .u8(0x81)
        .u32(0)
        .u8(1)
        .raw(new Uint8Array(32))
        .str('h')
        .raw(new Uint8Array(16))
        .u64(0n)
        .u32(1)
        .done(),
    );
  }
  give(frame: Bytes): void {
    this.events.frame(frame);
  }
}

function setUp(ways = 1) {
  const wires: { way: number; wire: Wire }[] = [];
  const dials = Array.from({ length: ways }, (_, way): Dial => (_base, events) => {
    const wire = new Wire(events);
    wires.push({ way, wire });
    const close = () => {
      if (wire.closed) return;
      wire.closed = true;
      events.closed();
    };
    return { send: (frame) => void wire.sent.push(frame), close };
  });
  const log: string[] = [];
  const client = new Switchboard(
    new URL('https://h/'),
    {
      online: () => void log.push('online'),
      offline: () => void log.push('offline'),
      message: () => void log.push('message'),
      item: () => void log.push('item'),
    },
    dials,
  );
  const last = (): Wire => wires.at(-1)!.wire;
  return { client, wires, last, log };
}

/** Lets promises settle; WebCrypto answers outside the fake clock. */
const settled = () => vi.waitFor(() => Promise.resolve());

describe('switchboard client', () => {
  it('proves its addresses first, and matches answers', async () => {
    const { client, last, log } = setUp();
    client.listen(await newSignKey());
    client.start();
    await expect(client.request({ t: 'ping' })).rejects.toThrow(RequestRefused);
    last().welcome();
    expect(log).toEqual(['online']);
    const answer = client.request({ t: 'get-record', inviteId: new Uint8Array(16) });
    await vi.waitFor(() => expect(last().sent).toHaveLength(2));
    expect(last().sent.map(([type]) => type)).toEqual([0x01, 0x04]);
    last().give(new Writer().u8(0x82).u32(1).done());
    last().give(new Writer().u8(0x83).u32(2).u8(7).done());
    await expect(answer).rejects.toMatchObject({ reason: 'not-found' });
  });

  it('takes the other way when one never comes to a welcome, and stays with the one that works', async () => {
    const { client, wires, last, log } = setUp(2);
    client.start();
    last().events.closed();
    await vi.advanceTimersByTimeAsync(3000);
    expect(wires.map(({ way }) => way)).toEqual([0, 1]);
    last().welcome();
    last().events.closed();
    await vi.advanceTimersByTimeAsync(3000);
    expect(wires.map(({ way }) => way)).toEqual([0, 1, 1]);
    expect(log).toEqual(['offline', 'online', 'offline']);
  });

  it('gives back what was asked when the way is lost, and renews one that does not answer', async () => {
    const { client, wires, last } = setUp();
    client.start();
    last().welcome();
    const lost = expect(client.request({ t: 'ping' })).rejects.toMatchObject({ reason: 'offline' });
    last().events.closed();
    await lost;
    await vi.advanceTimersByTimeAsync(3000);
    last().welcome();
    const late = expect(client.request({ t: 'ping' })).rejects.toMatchObject({ reason: 'timeout' });
    await vi.advanceTimersByTimeAsync(limits.REQUEST_TIMEOUT_MS + 3000);
    await late;
    expect(wires).toHaveLength(3);
  });

  it('ends a connection that sends what is no frame, or nothing at all', async () => {
    const { client, wires, last } = setUp();
    client.start();
    last().give(Uint8Array.of(0xff, 0, 0, 0, 0));
    expect(last().closed).toBe(true);
    await vi.advanceTimersByTimeAsync(3000);
    expect(wires).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(limits.WELCOME_TIMEOUT_MS);
    expect(wires[1]!.wire.closed).toBe(true);
    client.close();
    await settled();
  });

  it('keeps a bounded number of requests', async () => {
    const { client, last } = setUp();
    client.start();
    last().welcome();
    const asked = Array.from({ length: limits.OUTSTANDING }, () =>
      client.request({ t: 'ping' }).catch(() => null),
    );
    await expect(client.request({ t: 'ping' })).rejects.toMatchObject({ reason: 'too-many' });
    client.close();
    await Promise.all(asked);
  });
});

describe('the policy', () => {
  const limit = (policy: string) => fileBytesOf(utf8(JSON.stringify({ v: 1, policy, key: null })));

  it('says how large a file may be; whatever else leaves the usual limit', () => {
    expect(limit('{"limits":{"file_bytes":77,"later":1}}')).toBe(77);
    for (const other of [
      '{}',
      '{"limits":{}}',
      '{"limits":{"file_bytes":-1}}',
      '{"limits":{"file_bytes":"1"}}',
      'no',
    ]) {
      expect(limit(other)).toBe(limits.FILE_BYTES);
    }
    for (const answer of ['', '{}', 'null', '{"policy":1}']) {
      expect(fileBytesOf(utf8(answer))).toBe(limits.FILE_BYTES);
    }
  });

  it('is asked of the rendezvous, of which an older one knows none', async () => {
    const { client, last } = setUp();
    client.start();
    last().welcome();
    const first = maxFileBytes(client);
    await vi.waitFor(() => expect(last().sent).toHaveLength(1));
    const text = utf8(JSON.stringify({ policy: '{"limits":{"file_bytes":5}}' }));
    last().give(new Writer().u8(0x8a).u32(1).bytes(text).done());
    expect(await first).toBe(5);
    const second = maxFileBytes(client);
    await vi.waitFor(() => expect(last().sent).toHaveLength(2));
    last().give(new Writer().u8(0x83).u32(2).u8(12).done());
    expect(await second).toBe(limits.FILE_BYTES);
  });
});
