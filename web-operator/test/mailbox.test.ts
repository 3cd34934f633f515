/** A member's mailbox by itself: what it reads, how far its mark goes, and what it takes for stored. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CHUNK } from '../src/blob/limits.ts';
import { chunkCount } from '../src/blob/manifest.ts';
import type { Part } from '../src/blob/messages.ts';
import { concat, fromHex, hex, type Bytes } from '../src/seal/bytes.ts';
import { newSignKey } from '../src/seal/ed25519.ts';
import { random } from '../src/seal/kdf.ts';
import { boxId, chunkName, mailKind, manifestName, sealMail, type MailContent } from '../src/seal/mail.ts';
import { Mailbox, type MailFiles, type Unheard } from '../src/session/mailbox.ts';
import type { Standing } from '../src/session/membership.ts';
import { RequestRefused, type RequestFailure, type Switchboard } from '../src/switchboard/client.ts';
import type { Mail } from '../src/switchboard/frames.ts';

type Request = Parameters<Switchboard['request']>[0];
type Answer = Awaited<ReturnType<Switchboard['request']>>;

const GENESIS = random(32);
const KEYS = new Map<bigint, Bytes>([
  [1n, random(32)],
  [2n, random(32)],
]);

/** One box with its items, and a member that is away from everybody. */
class Lone {
  readonly mails: { readonly mail: Mail; readonly bytes: Bytes }[] = [];
  /** What was given to the documents, in order. */
  readonly got: string[] = [];
  /** Refusals of what is asked next, by the kind of question. */
  refuse: (request: Request) => RequestFailure | null = () => null;
  /** Of these the documents say that they wait. */
  waiting: (envelope: string) => boolean = () => false;
  epoch = 1n;
  mark = 0n;
  own: Unheard[] = [];
  /** What the next question to the documents fails with. */
  defect: Error | null = null;
  /** More of what this member has lies there. */
  stored: () => void = () => undefined;
  readonly uploads = new Map<string, { bytes: Bytes; whole: boolean }>();

  async put(content: MailContent, epoch = 1n, name = random(16)): Promise<void> {
    const box = await boxId(GENESIS, GENESIS.slice(0, 16));
    const bytes = await sealMail(content, box, epoch, 'all', KEYS.get(epoch)!);
    if (typeof bytes === 'string') throw new Error(bytes);
    const number = BigInt(this.mails.length + 1);
    const label = { kind: mailKind(content), epoch, audience: 'all' } as const;
    this.mails.push({
      mail: { number, name, label, size: bytes.length, writer: random(16) },
      bytes,
    });
  }

  async say(...texts: string[]): Promise<void> {
    for (const text of texts) await this.put({ kind: 'envelope', bytes: new TextEncoder().encode(text) });
  }

  /** A run of the page that goes on from the mark. */
  async open(): Promise<Mailbox> {
    const roster = {
      entries: [{ hash: GENESIS }],
      epoch: 0n,
      head: GENESIS,
      hasSeen: () => true,
    };
    const standing = {
      roster,
      key: (_: string, epoch: bigint) => (epoch <= this.epoch ? KEYS.get(epoch) : undefined),
      callKey: { epoch: 1n, key: KEYS.get(1n)! },
    };
    const now = (): Standing => {
      roster.epoch = this.epoch;
      roster.head = concat(new Uint8Array([Number(this.epoch)]));
      return standing as unknown as Standing;
    };
    return new Mailbox({
      switchboard: { online: true, request: (request) => this.#answer(request) },
      slotKey: await newSignKey(),
      standing: now,
      linked: () => false,
      readUpTo: this.mark,
      unheard: () => {
        const { defect } = this;
        this.defect = null;
        return defect === null ? Promise.resolve(this.own) : Promise.reject(defect);
      },
      events: {
        envelopes: (envelopes) => {
          const texts = envelopes.map((envelope) => new TextDecoder().decode(envelope));
          this.got.push(...texts);
          return Promise.resolve([...texts.keys()].filter((place) => this.waiting(texts[place]!)));
        },
        // It is judged a moment later, as by the session.
        entries: async (entries) => {
          await Promise.resolve();
          this.got.push(`${String(entries.length)} entry`);
          this.epoch = 2n;
        },
        read: (mark) => {
          this.mark = mark;
        },
        stored: () => this.stored(),
      },
    });
  }

  #answer(request: Request): Promise<Answer> {
    const reason = this.refuse(request);
    if (reason !== null) return Promise.reject(new RequestRefused(reason));
    switch (request.t) {
      case 'list-mail': {
        const mails = this.mails.map(({ mail }) => mail).filter(({ number }) => number > request.after);
        return Promise.resolve({ t: 'mails', req: 1, more: false, mails });
      }
      case 'read-mail': {
        const { bytes } = this.mails.find(({ mail }) => hex(mail.name) === hex(request.name))!;
        return Promise.resolve({
          t: 'mail-part',
          req: 1,
          size: bytes.length,
          offset: request.offset,
          bytes: bytes.slice(request.offset, request.offset + 60 * 1024),
        });
      }
      case 'put-part': {
        const name = hex(request.name);
        const before = this.uploads.get(name)?.bytes ?? concat();
        const bytes = concat(before.slice(0, request.offset), request.bytes);
        this.uploads.set(name, { bytes, whole: bytes.length === request.size });
        return this.#upload(name);
      }
      case 'upload-state':
        return this.#upload(hex(request.name));
      default:
        return Promise.reject(new RequestRefused('unknown-type'));
    }
  }

  #upload(name: string): Promise<Answer> {
    const { bytes, whole } = this.uploads.get(name) ?? { bytes: concat(), whole: false };
    return Promise.resolve({ t: 'upload', req: 1, offset: bytes.length, whole });
  }
}

/** Refuses each of these kinds of question so often. */
function times(
  t: Request['t'],
  count: number,
  reason: RequestFailure,
): (request: Request) => RequestFailure | null {
  let left = count;
  return (request) => {
    if (request.t !== t || left === 0) return null;
    left -= 1;
    return reason;
  };
}

async function synced(mailbox: Mailbox): Promise<void> {
  const sync = mailbox.sync().then(() => true);
  let done: boolean;
  do {
    done = await Promise.race([sync, vi.advanceTimersByTimeAsync(100).then(() => false)]);
  } while (!done);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('what others left', () => {
  it('is read to its end although that is too fast for the rendezvous', async () => {
    const lone = new Lone();
    const texts = Array.from({ length: 12 }, (_, n) => `line ${String(n)}`);
    await lone.say(...texts);
    let asked = 0;
    // Five questions, then a pause.
    lone.refuse = () => {
      asked += 1;
      return asked % 6 === 0 ? 'rate-limited' : null;
    };
    await synced(await lone.open());
    expect(lone.got).toEqual(texts);
    expect(lone.mark).toBe(12n);
  });

  it('is read although one item was dropped meanwhile', async () => {
    const lone = new Lone();
    await lone.say('one', 'two', 'three');
    const { name } = lone.mails[1]!.mail;
    lone.refuse = (request) =>
      request.t === 'read-mail' && hex(request.name) === hex(name) ? 'not-found' : null;
    await synced(await lone.open());
    expect([lone.got, lone.mark]).toEqual([['one', 'three'], 3n]);
  });

  it('is not lost by a reload while the rendezvous does not answer', async () => {
    const lone = new Lone();
    await lone.say('one', 'two');
    lone.refuse = times('read-mail', 1, 'timeout');
    const first = await lone.open();
    await synced(first);
    first.close();
    expect([lone.got, lone.mark]).toEqual([[], 0n]);
    await synced(await lone.open());
    expect([lone.got, lone.mark]).toEqual([['one', 'two'], 2n]);
  });

  it('is not lost by a reload before its key comes', async () => {
    const lone = new Lone();
    await lone.say('one');
    await lone.put({ kind: 'envelope', bytes: new TextEncoder().encode('two') }, 2n);
    await lone.say('three');
    const first = await lone.open();
    await synced(first);
    first.close();
    expect([lone.got, lone.mark]).toEqual([['one', 'three'], 1n]);
    await lone.put({ kind: 'roster-entry', bytes: random(50) });
    await synced(await lone.open());
    expect(lone.got.slice(2)).toEqual(['1 entry', 'two', 'three']);
    expect(lone.mark).toBe(4n);
  });

  it('is opened in the same round as the entry that brings its key', async () => {
    const lone = new Lone();
    await lone.put({ kind: 'envelope', bytes: new TextEncoder().encode('new') }, 2n);
    await lone.put({ kind: 'roster-entry', bytes: random(50) });
    await synced(await lone.open());
    expect([lone.got, lone.mark]).toEqual([['1 entry', 'new'], 2n]);
  });

  it('is read again after a reload when it only waited in memory', async () => {
    const lone = new Lone();
    await lone.say('later', 'now');
    lone.waiting = (text) => text === 'later';
    const first = await lone.open();
    await synced(first);
    await synced(first);
    first.close();
    expect([lone.got, lone.mark]).toEqual([['later', 'now'], 0n]);
    lone.waiting = () => false;
    await synced(await lone.open());
    expect([lone.got.slice(2), lone.mark]).toEqual([['later', 'now'], 2n]);
  });
});

describe('a file that others left', () => {
  it('is read again when it was given up and is asked for once more', async () => {
    const lone = new Lone();
    const blob = 'cd'.repeat(32);
    const key = KEYS.get(1n)!;
    const bytes = random(100);
    await lone.put(
      { kind: 'blob-message', bytes: random(100) },
      1n,
      await manifestName(key, fromHex(blob), 0),
    );
    await lone.put(
      { kind: 'chunk', blob: fromHex(blob), index: 0, bytes },
      1n,
      await chunkName(key, fromHex(blob), 0),
    );
    let known = false;
    let here = false;
    const files: MailFiles = {
      outgoing: () => [],
      wanted: () => (here ? [] : [{ blob, size: bytes.length }]),
      part: () => Promise.resolve(null),
      missing: () => Promise.resolve(known ? (here ? [] : [0]) : null),
      // First its manifest, then its only chunk.
      item: () => {
        if (known) here = true;
        known = true;
      },
    };
    const mailbox = await lone.open();
    mailbox.useFiles(files);
    await synced(mailbox);
    expect(here).toBe(true);
    [known, here] = [false, false];
    await synced(mailbox);
    expect(here).toBe(true);
  });
});

describe('what is left for others', () => {
  const envelope: Unheard = { id: 'ab'.repeat(32), envelope: random(100) };

  it('is begun anew when the rendezvous lost what it had, and is not shown as stored before', async () => {
    const lone = new Lone();
    lone.own = [envelope];
    lone.refuse = times('put-part', 1, 'conflict');
    const mailbox = await lone.open();
    await synced(mailbox);
    expect(mailbox.isStored(envelope.id)).toBe(true);
    expect([...lone.uploads.values()].map(({ whole }) => whole)).toEqual([true]);

    const lossy = new Lone();
    lossy.own = [envelope];
    lossy.refuse = times('put-part', 9, 'conflict');
    const other = await lossy.open();
    await synced(other);
    expect(other.isStored(envelope.id)).toBe(false);
  });

  it('is stored when another device left the same', async () => {
    const lone = new Lone();
    lone.own = [envelope];
    await synced(await lone.open());
    lone.refuse = times('put-part', 9, 'conflict');
    const again = await lone.open();
    await synced(again);
    expect(again.isStored(envelope.id)).toBe(true);
  });

  it('stays stored while it is looked at again', async () => {
    const lone = new Lone();
    const file = { blob: 'cd'.repeat(32), size: 3 * CHUNK };
    const part = vi.fn((_: string, of: Part) =>
      Promise.resolve('hashes' in of ? random(100) : new Uint8Array(CHUNK)),
    );
    const mailbox = await lone.open();
    mailbox.useFiles({
      outgoing: () => [file],
      wanted: () => [],
      part,
      missing: () => Promise.resolve(null),
      item: () => undefined,
    });
    lone.refuse = (request) => (request.t === 'put-part' && part.mock.calls.length > 3 ? 'quota' : null);
    const shares: number[] = [];
    lone.stored = () => shares.push(mailbox.share(file.blob));
    await synced(mailbox);
    lone.refuse = () => null;
    await synced(mailbox);
    await synced(mailbox);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(mailbox.share(file.blob)).toBe(1);
  });

  it('is left after a defect too', async () => {
    const lone = new Lone();
    lone.own = [envelope];
    lone.defect = new TypeError('once');
    const mailbox = await lone.open();
    const first = mailbox.sync();
    await expect(first).rejects.toThrow('once');
    await synced(mailbox);
    expect(mailbox.isStored(envelope.id)).toBe(true);
  });

  it('is tried again when there was no room once', async () => {
    const lone = new Lone();
    const file = { blob: 'cd'.repeat(32), size: 1_000 };
    const files: MailFiles = {
      outgoing: () => [file],
      wanted: () => [],
      part: (_, part) => Promise.resolve(random('hashes' in part ? 100 : file.size)),
      missing: () => Promise.resolve(null),
      item: () => undefined,
    };
    lone.refuse = times('put-part', 8, 'quota');
    const mailbox = await lone.open();
    mailbox.useFiles(files);
    await synced(mailbox);
    expect(mailbox.share(file.blob)).toBe(0);
    lone.refuse = () => null;
    await synced(mailbox);
    expect(mailbox.share(file.blob)).toBe(1);
    expect(lone.uploads.size).toBe(1 + chunkCount(file.size));
  });
});
