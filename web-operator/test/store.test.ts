/** What the device keeps: one suite for the database and for its stand-in in memory. */
import { IDBFactory } from 'fake-indexeddb';
import { describe, expect, it } from 'vitest';
import { newSignKey, sign, verify } from '../src/seal/ed25519.ts';
import { newSealKey } from '../src/seal/hpke.ts';
import type { SessionRow } from '../src/store/rows.ts';
import { MemoryStore, openStore, type Store } from '../src/store/store.ts';

async function session(key: string): Promise<SessionRow> {
  return {
    key,
    link: new Uint8Array(16),
    state: 'opened',
    myName: 'Mihai',
    title: '',
    expertName: '',
    lastAt: 1,
    sealKey: await newSealKey(),
    slotKey: await newSignKey(),
    record: null,
    knock: null,
    afterExpert: 2n ** 63n,
    chain: [],
  };
}

const bytes = (n: number) => new Uint8Array(4).fill(n);

describe.each([
  ['IndexedDB', () => openStore(new IDBFactory())],
  ['memory', () => Promise.resolve<Store>(new MemoryStore())],
])('%s', (name, open) => {
  it('keeps keys that still sign and cannot be read', async () => {
    const store = await open();
    expect(store.durable).toBe(name === 'IndexedDB');
    expect(await store.device()).toBeNull();
    await store.putDevice({ key: 'device', peer: await newSignKey(), name: 'Ana' });
    const device = await store.device();
    if (device === null) throw new Error('no device');
    const { secret, publicKey } = device.peer;
    expect(secret instanceof Uint8Array ? true : secret.extractable).toBe(false);
    expect(await verify(publicKey, 'test', bytes(1), await sign(device.peer, 'test', bytes(1)))).toBe(true);
  });

  it('typed becomes sealed in one step, and envelopes stay in order and single', async () => {
    const store = await open();
    await store.addToOutbox({ id: 'b', session: 's', text: 'two', at: 2 });
    await store.addToOutbox({ id: 'a', session: 's', text: 'one', at: 1 });
    expect((await store.outbox('s')).map(({ text }) => text).sort()).toEqual(['one', 'two']);
    await store.seal('a', [{ session: 's', id: '01', bytes: bytes(1) }]);
    await store.addEnvelopes([{ session: 's', id: '02', bytes: bytes(2) }]);
    await store.addEnvelopes([{ session: 's', id: '02', bytes: bytes(9) }]);
    await store.addEnvelopes([{ session: 't', id: '02', bytes: bytes(3) }]);
    expect(await store.outbox('s')).toHaveLength(1);
    expect(await store.envelopes('s')).toEqual([bytes(1), bytes(2)]);
  });

  it('forgets a session and nothing else', async () => {
    const store = await open();
    for (const key of ['s', 't']) {
      await store.putSession(await session(key));
      await store.addToOutbox({ id: key, session: key, text: key, at: 1 });
      await store.putItem({ session: key, n: 0, item: bytes(1), envelope: '', stored: false });
      await store.addEnvelopes([{ session: key, id: '01', bytes: bytes(1) }]);
    }
    await store.clearItems('t');
    expect(await store.items('t')).toEqual([]);
    await store.forget('s');
    expect((await store.sessions()).map(({ key }) => key)).toEqual(['t']);
    expect(await store.session('s')).toBeNull();
    expect(await store.outbox('s')).toEqual([]);
    expect(await store.items('s')).toEqual([]);
    expect(await store.envelopes('s')).toEqual([]);
    expect(await store.envelopes('t')).toHaveLength(1);
  });

  it('keeps an item under its number, and how far others have what', async () => {
    const store = await open();
    await store.putItem({ session: 's', n: 0, item: bytes(1), envelope: '', stored: false });
    await store.putItem({ session: 's', n: 0, item: bytes(1), envelope: '', stored: true });
    expect(await store.items('s')).toEqual([
      { session: 's', n: 0, item: bytes(1), envelope: '', stored: true },
    ]);
    await store.putAcked('s', { aa: 3 });
    expect(await store.acked('s')).toEqual({ aa: 3 });
    expect(await store.acked('t')).toEqual({});
  });
});

it('without a database the page still works', async () => {
  expect((await openStore(undefined)).durable).toBe(false);
});
