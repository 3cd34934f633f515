import { beforeAll, describe, expect, it } from 'vitest';
import { hex, type Bytes } from '../src/seal/bytes.ts';
import { newSignKey, type SignKey } from '../src/seal/ed25519.ts';
import { newSealKey } from '../src/seal/hpke.ts';
import { random } from '../src/seal/kdf.ts';
import { Documents } from '../src/doc/documents.ts';
import { ROOM, type Envelope } from '../src/doc/envelope.ts';
import { genesisChange } from '../src/doc/genesis.ts';
import { prescan } from '../src/doc/prescan/prescan.ts';
import { automerge } from './support/automerge.ts';
import { Expert } from './support/expert.ts';

beforeAll(() => automerge);

/** Documents with everything that leaves them. */
class Peer {
  readonly kept: Envelope[] = [];
  readonly sent: Bytes[] = [];
  docs!: Documents;

  static async open(
    me: SignKey,
    expert: Expert,
    chain: readonly Bytes[],
    stored: readonly Bytes[] = [],
  ): Promise<Peer> {
    const peer = new Peer();
    peer.docs = await Documents.open(
      {
        sid: expert.sid,
        me,
        expert: expert.peer.publicKey,
        persist: (envelope) => {
          peer.kept.push(envelope);
          return Promise.resolve();
        },
        stored: () => Promise.resolve(),
        send: (_link, part) => void peer.sent.push(part),
        rosterChanged: () => undefined,
        changed: () => undefined,
        vectorsDue: () => undefined,
      },
      chain,
      stored,
      {},
    );
    return peer;
  }

  async say(text: string): Promise<Envelope> {
    const { envelope } = await this.docs.say(text, 1_700_000_000_000);
    this.kept.push(envelope);
    this.docs.sent();
    return envelope;
  }

  all: string[] = [];

  /** A view gives what changed since the last one. */
  look(): string[] {
    const view = this.docs.view();
    this.all = [...this.all.slice(0, view.from), ...view.chat.map((message) => message.text)];
    return this.all;
  }
}

/** Carries everything both ways until nothing moves. */
async function settle(a: Peer, b: Peer): Promise<void> {
  for (let round = 0; round < 20; round++) {
    a.docs.sendVectors();
    b.docs.sendVectors();
    const [toB, toA] = [a.sent.splice(0), b.sent.splice(0)];
    for (const part of toB) await b.docs.linkData(1, part);
    for (const part of toA) await a.docs.linkData(1, part);
  }
}

async function session(): Promise<{ expert: Expert; me: SignKey; admit: () => Promise<void> }> {
  const expert = await Expert.found();
  const me = await newSignKey();
  const seal = await newSealKey();
  const admit = () =>
    expert.admit({
      id: new Uint8Array(32),
      body: {
        peerKey: me.publicKey,
        sealPublic: seal.publicKey,
        slotPublic: me.publicKey,
        name: 'Mihai',
        lang: 'en',
        caps: [],
        offer: null,
      },
      exports: undefined as never,
    });
  return { expert, me, admit };
}

describe('genesis', () => {
  it.each(['room', 'board', 'text', 'desk'] as const)('of %s passes the pre-scan', async (kind) => {
    expect(await prescan(genesisChange(kind))).toMatchObject({ seq: 1n, startOp: 1n });
  });
});

describe('documents', () => {
  it('what was said in the waiting room is part of the session after admission', async () => {
    const { expert, me, admit } = await session();
    const operator = await Peer.open(me, expert, []);
    const first = await operator.say('hello 👋');
    expect(first.epoch).toBe(0n);
    const answering = await Peer.open(expert.peer, expert, []);
    // The expert's side of the same waiting room has the operator as its other author.
    expect(operator.look()).toEqual(['hello 👋']);

    await admit();
    await operator.docs.adoptRoster(expert.chain);
    await answering.docs.adoptRoster(expert.chain);
    const second = await operator.say('admitted');
    expect(second.epoch).toBe(1n);
    operator.docs.linkUp(1, expert.peer.publicKey);
    answering.docs.linkUp(1, me.publicKey);
    await settle(operator, answering);
    expect(answering.look()).toEqual(['hello 👋', 'admitted']);

    await answering.say('שלום');
    await settle(operator, answering);
    expect(operator.look()).toEqual(['hello 👋', 'admitted', 'שלום']);
    expect(operator.docs.room.vector()).toEqual(answering.docs.room.vector());
  });

  it('tells what was delivered by the vector of the other side', async () => {
    const { expert, me, admit } = await session();
    await admit();
    const operator = await Peer.open(me, expert, expert.chain);
    const answering = await Peer.open(expert.peer, expert, expert.chain);
    await operator.say('one');
    expect(operator.docs.view().chat[0]).toMatchObject({
      text: 'one',
      delivered: false,
      author: hex(me.publicKey),
    });
    operator.docs.linkUp(1, expert.peer.publicKey);
    answering.docs.linkUp(1, me.publicKey);
    await settle(operator, answering);
    expect(operator.docs.view().chat[0]).toMatchObject({ text: 'one', delivered: true });
  });

  it('comes back from what was stored, and goes on in a new run', async () => {
    const { expert, me, admit } = await session();
    await admit();
    const before = await Peer.open(me, expert, expert.chain);
    await before.say('one');
    await before.say('two');
    const stored = before.kept.map(({ bytes }) => bytes);
    const after = await Peer.open(me, expert, expert.chain, stored);
    expect(after.look()).toEqual(['one', 'two']);
    expect(after.kept).toHaveLength(0);
    await after.say('three');
    expect(after.look()).toEqual(['one', 'two', 'three']);
    expect(after.docs.room.vector()).toHaveLength(2);
  });

  it('long and odd texts pass the pre-scan as they are', async () => {
    const { expert, me, admit } = await session();
    await admit();
    const operator = await Peer.open(me, expert, expert.chain);
    const texts = ['x'.repeat(4000), '👩‍🔧'.repeat(500), 'مرحبا '.repeat(300), '\u0000\u0001'];
    for (const text of texts) await operator.say(text);
    expect(operator.look()).toEqual(texts);
  });

  it('hundreds of messages load in one go', async () => {
    const { expert, me, admit } = await session();
    await admit();
    const writer = await Peer.open(me, expert, expert.chain);
    for (let i = 0; i < 300; i++) await writer.say(`message ${i}`);
    const reader = await Peer.open(
      me,
      expert,
      expert.chain,
      writer.kept.map(({ bytes }) => bytes),
    );
    expect(reader.look()).toHaveLength(300);
  });

  it('tells which envelopes of a mailbox only wait in memory', async () => {
    const { expert, me, admit } = await session();
    await admit();
    const writer = await Peer.open(me, expert, expert.chain);
    const first = await writer.say('one');
    const second = await writer.say('two');
    const stranger = await (await Peer.open(await newSignKey(), expert, [])).say('boo');
    const reader = await Peer.open(me, expert, expert.chain);
    expect(await reader.docs.take([stranger.bytes, second.bytes])).toEqual([0, 1]);
    expect(await reader.docs.take([second.bytes])).toEqual([0]);
    expect(await reader.docs.take([second.bytes, first.bytes])).toEqual([]);
    expect(await reader.docs.take([second.bytes, random(40)])).toEqual([]);
    expect(reader.look()).toEqual(['one', 'two']);
  });

  it('refuses a stranger, another session and a future epoch', async () => {
    const { expert, me, admit } = await session();
    await admit();
    const operator = await Peer.open(me, expert, expert.chain);
    const stranger = await Peer.open(await newSignKey(), expert, []);
    const forged = await stranger.say('boo');
    await operator.docs.take([forged.bytes]);
    expect(operator.docs.room.counters.of('unknown-author')).toBe(1);
    const other = await session();
    const elsewhere = await Peer.open(me, other.expert, []);
    await operator.docs.take([(await elsewhere.say('boo')).bytes]);
    expect(operator.docs.counters.of('other-session')).toBe(1);
    expect(operator.look()).toEqual([]);
    expect(operator.docs.room.doc).toEqual(ROOM);
  });
});
