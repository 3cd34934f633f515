/**
 * Golden fixtures made by the page for the other implementation: bytes and decisions. Everything is
 * made from fixed keys and salts, so the files come out the same each time.
 */
import * as Automerge from '@automerge/automerge/slim';
import { beforeAll, describe, expect, it } from 'vitest';
import { concat, fromHex, hex, utf8, type Bytes } from '../src/seal/bytes.ts';
import { AUDIENCES, DOC_KINDS, ROLES, ZERO16, ZERO32 } from '../src/seal/codes.ts';
import { signKeyFromSeed, type SignKey } from '../src/seal/ed25519.ts';
import { sealKeyFromSecret, type SealKey } from '../src/seal/hpke.ts';
import { commitment, inviteSecrets } from '../src/seal/invite.ts';
import { kdf, seal, sha256, unseal } from '../src/seal/kdf.ts';
import {
  callContext,
  knockContext,
  makeCall,
  makeKnock,
  slotAddress,
  type Caller,
} from '../src/seal/knock.ts';
import { openReply, sealReply, type Reply } from '../src/seal/reply.ts';
import { wordNumbers } from '../src/seal/words.ts';
import {
  decodeEnvelope,
  envelopeSignatureHolds,
  makeEnvelope,
  ROOM,
  type DocId,
  type VectorEntry,
} from '../src/doc/envelope.ts';
import { genesisChange } from '../src/doc/genesis.ts';
import { wrapKey } from '../src/doc/keys.ts';
import { Log } from '../src/doc/log.ts';
import { prescan } from '../src/doc/prescan/prescan.ts';
import { beginBoard, draw } from '../src/doc/board.ts';
import { encodePoints } from '../src/doc/points.ts';
import { Replica, type Draft } from '../src/doc/replica.ts';
import { appendChat, Room } from '../src/doc/room.ts';
import { about, publish } from '../src/doc/shelf.ts';
import { setState } from '../src/doc/steps.ts';
import { Roster } from '../src/doc/roster.ts';
import {
  decodeEntry,
  makeEntry,
  sessionOf,
  type EntryFields,
  type EntryKind,
  type Wrap,
} from '../src/doc/roster-entry.ts';
import { encodeSync } from '../src/doc/sync.ts';
import { automerge } from './support/automerge.ts';
import { openRequest } from './support/expert.ts';
import { goldenFixture, type FixtureCase } from './support/fixtures.ts';
import { viewOf } from './support/views.ts';

beforeAll(() => automerge);

/** A case with whatever its kind has. */
type Made = FixtureCase & Readonly<Record<string, unknown>>;

const filled = (byte: number, length = 32): Bytes => new Uint8Array(length).fill(byte);
const flip = (bytes: Bytes, at: number): Bytes => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));

/** One person with fixed keys. */
interface Someone {
  readonly peerSeed: Bytes;
  readonly slotSeed: Bytes;
  readonly sealSecret: Bytes;
  readonly peer: SignKey;
  readonly slot: SignKey;
  readonly seal: SealKey;
}

async function someone(n: number): Promise<Someone> {
  const [peerSeed, slotSeed, sealSecret] = [filled(n), filled(n + 1), filled(n + 2)];
  return {
    peerSeed,
    slotSeed,
    sealSecret,
    peer: await signKeyFromSeed(peerSeed),
    slot: await signKeyFromSeed(slotSeed),
    seal: await sealKeyFromSecret(sealSecret),
  };
}

const callerOf = (who: Someone, name: string, lang: string): Caller => ({
  peer: who.peer,
  sealPublic: who.seal.publicKey,
  slotPublic: who.slot.publicKey,
  name,
  lang,
  caps: ['vp8'],
});

const OFFER = 'v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n';

describe('kdf-seal', () => {
  it('is the same', async () => {
    const cases: Made[] = [];
    for (const [label, length] of [
      ['invite id', 16],
      ['record', 44],
      ['call psk', 32],
    ] as const) {
      const out = hex(await kdf(filled(1), filled(2), label, length));
      cases.push({
        name: `kdf ${label}`,
        op: 'kdf',
        key: hex(filled(1)),
        salt: hex(filled(2)),
        label,
        length,
        out,
        verdict: 'accepted',
      });
    }
    const aad = utf8('aad');
    const plain = utf8('a plain text, ñ and 👋');
    const box = await seal(filled(3), 'reply', aad, plain, filled(4));
    const boxes: [string, Bytes, string][] = [
      ['as sealed', box, 'reply'],
      ['other label', box, 'record'],
      ['cut', box.slice(0, -1), 'reply'],
      ['altered salt', flip(box, 0), 'reply'],
      ['altered box', flip(box, 40), 'reply'],
      ['altered tag', flip(box, box.length - 1), 'reply'],
    ];
    for (const [name, sealed, label] of boxes) {
      const opened = await unseal(filled(3), label, aad, sealed);
      const verdict = opened === null ? 'refused' : 'accepted';
      cases.push({
        name,
        op: 'seal',
        key: hex(filled(3)),
        label,
        aad: hex(aad),
        plain: hex(plain),
        sealed: hex(sealed),
        verdict,
      });
    }
    goldenFixture('web/kdf-seal.json', { note: 'KDF and Seal by the page.', cases });
  });
});

describe('knock', () => {
  it('is the same', async () => {
    const operator = await someone(0x10);
    const link = await commitment((await someone(0x20)).peer.publicKey, filled(0x30));
    const secrets = await inviteSecrets(link);
    const secret = filled(0x31);
    const inviteKey = await sealKeyFromSecret(secret);
    const [sid, address] = [filled(0x51, 16), filled(0x52, 16)];
    const record = { sid, inviteKey: inviteKey.publicKey, knockAddress: address } as Parameters<
      typeof makeKnock
    >[1];
    const keys = {
      sid: hex(sid),
      invite: hex(secrets.inviteId),
      psk: hex(secrets.psk),
      sk_i: hex(secret),
      knock_address: hex(address),
      link_secret: hex(link),
    };
    const context = knockContext(secrets, sid, inviteKey.publicKey, address);
    const cases: Made[] = [];
    const judge = async (name: string, message: Bytes): Promise<void> => {
      const opened =
        message[0] === 1 && message.length > 49 && hex(message.slice(1, 17)) === keys.invite
          ? await openRequest('knock', context, inviteKey, message.slice(17)).catch(() => null)
          : null;
      const said =
        opened === null
          ? {}
          : { from: fromOf(opened.body), exports: exportsFixture(opened.id, opened.exports) };
      cases.push({
        name,
        keys,
        message: hex(message),
        verdict: opened === null ? 'refused' : 'accepted',
        ...said,
      });
    };
    const knock = await makeKnock(secrets, record, callerOf(operator, 'Олена 👩‍🔧', 'es'), OFFER, filled(0x40));
    await judge('with an offer', knock.message);
    await judge(
      'without an offer',
      (await makeKnock(secrets, record, callerOf(operator, 'Ana', 'en'), null, filled(0x41))).message,
    );
    await judge(
      'no name',
      (await makeKnock(secrets, record, callerOf(operator, '', ''), null, filled(0x42))).message,
    );
    for (const at of [0, 5, 20, 60, knock.message.length - 1])
      await judge(`altered byte ${at}`, flip(knock.message, at));
    await judge('cut', knock.message.slice(0, -1));
    const other = await inviteSecrets(filled(9, 16));
    await judge(
      'with another link',
      (
        await makeKnock(
          { ...other, inviteId: secrets.inviteId },
          record,
          callerOf(operator, 'Ana', 'en'),
          null,
          filled(0x43),
        )
      ).message,
    );
    goldenFixture('web/knock.json', { note: 'Knocks by the page.', cases });
  });
});

interface Body {
  readonly name: string;
  readonly lang: string;
  readonly caps: readonly string[];
  readonly offer: string | null;
  readonly peerKey: Bytes;
  readonly sealPublic: Bytes;
  readonly slotPublic: Bytes;
}

const fromOf = ({ name, lang, caps, offer, peerKey, sealPublic, slotPublic }: Body) => ({
  name,
  lang,
  caps,
  offer,
  peer_pk: hex(peerKey),
  seal_pk: hex(sealPublic),
  slot_pk: hex(slotPublic),
});

const exportsFixture = (id: Bytes, exports: Awaited<ReturnType<typeof makeKnock>>['exports']) => ({
  id: hex(id),
  reply: hex(exports.reply),
  waiting: hex(exports.waiting),
  trickle_o: hex(exports.trickleOffer),
  trickle_a: hex(exports.trickleAnswer),
  numbers: wordNumbers(exports.words),
});

describe('call', () => {
  it('is the same', async () => {
    const operator = await someone(0x10);
    const expert = await someone(0x20);
    const stranger = await someone(0x60);
    const sid = filled(0x51, 16);
    const epochKey = filled(0x4b);
    const to = {
      peerKey: expert.peer.publicKey,
      sealPublic: expert.seal.publicKey,
      slotPublic: expert.slot.publicKey,
    };
    const member = (who: Someone) => ({
      peer_pk: hex(who.peer.publicKey),
      seal_pk: hex(who.seal.publicKey),
      slot_pk: hex(who.slot.publicKey),
    });
    const facts = {
      callee: {
        peer_seed: hex(expert.peerSeed),
        seal_secret: hex(expert.sealSecret),
        slot_seed: hex(expert.slotSeed),
      },
      sid: hex(sid),
      epoch_key: hex(epochKey),
      known_epoch: '3',
      members: [member(expert), member(operator)],
    };
    const cases: Made[] = [];
    const judge = async (name: string, message: Bytes, known = true): Promise<void> => {
      const context = await callContext(sid, 3n, epochKey, to);
      const opened =
        message[0] === 4
          ? await openRequest('call', context, expert.seal, message.slice(9)).catch(() => null)
          : null;
      const accepted = opened !== null && known;
      const said = accepted
        ? { from: fromOf(opened.body), exports: exportsFixture(opened.id, opened.exports) }
        : {};
      cases.push({
        name,
        ...facts,
        message: hex(message),
        verdict: accepted ? 'accepted' : 'refused',
        ...said,
      });
    };
    const call = await makeCall(
      sid,
      3n,
      epochKey,
      to,
      callerOf(operator, 'Mihai', 'en'),
      OFFER,
      filled(0x40),
    );
    await judge('by a member', call.message);
    await judge(
      'by a stranger',
      (await makeCall(sid, 3n, epochKey, to, callerOf(stranger, 'Eve', 'en'), OFFER, filled(0x41))).message,
      false,
    );
    await judge(
      'under another key',
      (await makeCall(sid, 3n, filled(0), to, callerOf(operator, 'Mihai', 'en'), OFFER, filled(0x42)))
        .message,
    );
    await judge(
      'of another session',
      (
        await makeCall(
          filled(1, 16),
          3n,
          epochKey,
          to,
          callerOf(operator, 'Mihai', 'en'),
          OFFER,
          filled(0x43),
        )
      ).message,
    );
    for (const at of [0, 20, 60, call.message.length - 1])
      await judge(`altered byte ${at}`, flip(call.message, at));
    goldenFixture('web/call.json', { note: 'Calls by the page.', cases });
  });
});

describe('reply', () => {
  it('is the same', async () => {
    const expert = await someone(0x20);
    const [key, id] = [filled(1), filled(0x1d)];
    const replies: Reply[] = [
      { kind: 'waiting' },
      { kind: 'refused', reason: 'busy' },
      { kind: 'admitted', chain: [utf8('one'), utf8('two')], answer: OFFER },
      { kind: 'admitted', chain: [], answer: null },
      { kind: 'behind', entries: [utf8('three')] },
      { kind: 'welcome-back', answer: OFFER },
      { kind: 'welcome-back', answer: null },
    ];
    const cases: Made[] = [];
    const judge = async (
      name: string,
      purpose: 'knock' | 'call',
      message: Bytes,
      may = expert.peer.publicKey,
    ) => {
      const opened = await openReply(purpose, key, id, message);
      const accepted = typeof opened !== 'string' && hex(opened.signer) === hex(may);
      cases.push({
        name,
        purpose,
        id: hex(id),
        reply_key: hex(key),
        may_answer: hex(may),
        message: hex(message),
        verdict: accepted ? 'accepted' : 'refused',
      });
    };
    for (const [n, reply] of replies.entries()) {
      const message = await sealReply(key, id, reply, expert.peer, filled(n));
      for (const purpose of ['knock', 'call'] as const)
        await judge(`${reply.kind} ${n} to a ${purpose}`, purpose, message);
    }
    const message = await sealReply(key, id, { kind: 'waiting' }, expert.peer, filled(9));
    await judge('signed by another', 'knock', message, (await someone(0x60)).peer.publicKey);
    for (const at of [0, 10, 40, 80, message.length - 1])
      await judge(`altered byte ${at}`, 'knock', flip(message, at));
    goldenFixture('web/reply.json', { note: 'Replies by the page.', cases });
  });
});

// Documents.

/** A writer with its own Automerge document, of the room or any other kind. */
class Writer {
  doc: Automerge.Doc<Record<string, unknown>>;
  readonly run: Bytes;
  seq = 0n;
  prev: Bytes = ZERO32;

  constructor(
    readonly key: SignKey,
    readonly sid: Bytes,
    run: number,
  ) {
    this.run = filled(run, 8);
    const empty = Automerge.init<Record<string, unknown>>({ actor: hex(concat(key.publicKey, this.run)) });
    [this.doc] = Automerge.applyChanges(empty, [genesisChange('room')]);
  }

  learn(...changes: Bytes[]): void {
    [this.doc] = Automerge.applyChanges(this.doc, changes);
  }

  change(
    edit: (room: Record<string, unknown>) => void,
    options: Automerge.ChangeOptions<unknown> = { time: 0 },
  ): Bytes {
    this.doc = Automerge.change(this.doc, options, edit);
    return new Uint8Array(Automerge.getLastLocalChange(this.doc) ?? new Uint8Array(0));
  }

  say(text: string, at = 1_700_000_000_000): Bytes {
    return this.change((room) => {
      (room['chat'] as unknown[]).push({ text: new Automerge.ImmutableString(text), at });
    });
  }

  async envelope(
    change: Bytes,
    epoch = 1n,
    edit: Partial<Parameters<typeof makeEnvelope>[1]> = {},
  ): Promise<Bytes> {
    this.seq += 1n;
    const bytes = await makeEnvelope(this.key, {
      sid: this.sid,
      doc: ROOM,
      epoch,
      run: this.run,
      seq: this.seq,
      prev: this.prev,
      change,
      ...edit,
    });
    const decoded = await decodeEnvelope(bytes);
    if (typeof decoded !== 'string') this.prev = decoded.id;
    return bytes;
  }
}

describe('prescan', () => {
  it('is the same', async () => {
    const key = (await someone(0x10)).peer;
    const fresh = () => new Writer(key, filled(0x51, 16), 7);
    const list = (room: Record<string, unknown>): unknown[] => room['chat'] as unknown[];
    const edited = fresh();
    edited.say('mine');
    const made: [string, Bytes][] = [
      ['a message', fresh().say('hello')],
      ['a long message', fresh().say('x'.repeat(4000))],
      ['emoji and right to left', fresh().say('👩‍🔧 שלום مرحبا')],
      ['an empty text', fresh().say('')],
      [
        'fifty at once',
        fresh().change((room) => {
          for (let i = 0; i < 50; i++)
            list(room).push({ text: new Automerge.ImmutableString(`${i}`), at: i });
        }),
      ],
      [
        'an edit of its own',
        edited.change((room) => {
          (list(room)[0] as Record<string, unknown>)['at'] = 5;
        }),
      ],
      [
        'an erasure of its own',
        edited.change((room) => {
          Automerge.deleteAt(list(room), 0);
        }),
      ],
      [
        'scalars of every kind',
        fresh().change((room) => {
          list(room).push({
            a: null,
            b: true,
            c: false,
            d: -1,
            e: 1.5,
            f: new Date(5),
            g: Uint8Array.of(1, 2),
            h: new Automerge.Uint(7),
            i: new Automerge.Counter(3),
          });
        }),
      ],
      [
        'nested objects and a text',
        fresh().change((room) => list(room).push({ deep: [{ text: 'a text object' }, []] })),
      ],
      [
        'a key of the root',
        fresh().change((room) => {
          room['new'] = 1;
        }),
      ],
      ['a time', fresh().change((room) => list(room).push(1), { time: 1_700_000_000 })],
      ['a message of the change', fresh().change((room) => list(room).push(1), { time: 0, message: 'why' })],
      ['a whole document', new Uint8Array(Automerge.save(edited.doc))],
    ];
    const counting = fresh();
    counting.change((room) => list(room).push({ n: new Automerge.Counter(1) }));
    made.push([
      'an increment',
      counting.change((room) => {
        ((list(room)[0] as Record<string, unknown>)['n'] as Automerge.Counter).increment(1);
      }),
    ]);
    const sound = made[0]?.[1] ?? new Uint8Array(0);
    made.push(['cut', sound.slice(0, -1)], ['one byte more', concat(sound, filled(0, 1))]);
    for (const at of [0, 4, 8, 9, 20, sound.length - 1]) made.push([`altered byte ${at}`, flip(sound, at)]);
    const cases: Made[] = [];
    for (const [name, chunk] of made) {
      const shape = await prescan(chunk);
      const facts =
        typeof shape === 'string'
          ? { verdict: 'refused', reason: shape }
          : {
              verdict: 'accepted',
              hash: hex(shape.hash),
              start_op: shape.startOp.toString(),
              ops: shape.ops.length,
            };
      cases.push({ name, chunk: hex(chunk), ...facts });
    }
    goldenFixture('web/prescan.json', {
      note: 'Change chunks made by Automerge in the page, and what the pre-scan says.',
      cases,
    });
  });
});

describe('envelope and sync', () => {
  it('are the same', async () => {
    const writer = new Writer((await someone(0x10)).peer, filled(0x51, 16), 7);
    const first = await writer.envelope(writer.say('one'));
    const second = await writer.envelope(writer.say('two'), 2n);
    const cases: Made[] = [];
    for (const [name, bytes] of [
      ['first', first],
      ['second', second],
      ['cut', first.slice(0, -1)],
      ['one byte more', concat(first, filled(0, 1))],
      ['version 2', first.map((byte, i) => (i === 0 ? 2 : byte))],
      ['unknown kind', first.map((byte, i) => (i === 17 ? 9 : byte))],
      ['a longer change', first.map((byte, i) => (i === 122 ? 0xff : byte))],
      ['altered signature', flip(first, first.length - 1)],
      ['altered change', flip(first, 140)],
      ['empty', new Uint8Array(0)],
    ] as [string, Bytes][]) {
      const envelope = await decodeEnvelope(bytes);
      const facts =
        typeof envelope === 'string'
          ? { verdict: 'refused', reason: envelope }
          : { verdict: 'accepted', id: hex(envelope.id), signature: await envelopeSignatureHolds(envelope) };
      cases.push({ name, envelope: hex(bytes), ...facts });
    }
    goldenFixture('web/envelope.json', { note: 'Envelopes by the page.', cases });

    const entry: VectorEntry = { actor: concat(writer.key.publicKey, writer.run), seq: 2n, id: writer.prev };
    const vector = [{ actor: hex(entry.actor), seq: '2', id: hex(entry.id) }];
    const doc = { doc: DOC_KINDS.room, id: hex(ZERO16) };
    const sync: Made[] = [
      {
        message: encodeSync({ t: 'roster-head', head: { n: 3n, term: 2n, hash: filled(5) } }),
        decoded: { kind: 'roster-head', n: '3', term: '2', hash: hex(filled(5)) },
      },
      {
        message: encodeSync({ t: 'roster', entries: [utf8('a')] }),
        decoded: { kind: 'roster', entries: [hex(utf8('a'))] },
      },
      { message: encodeSync({ t: 'roster-want' }), decoded: { kind: 'roster-want' } },
      {
        message: encodeSync({ t: 'vector', doc: ROOM, vector: [entry] }),
        decoded: { kind: 'vector', ...doc, vector },
      },
      {
        message: encodeSync({ t: 'again', doc: ROOM, vector: [] }),
        decoded: { kind: 'again', ...doc, vector: [] },
      },
      {
        message: encodeSync({ t: 'envelope', envelope: first }),
        decoded: { kind: 'envelope', envelope: hex(first) },
      },
      {
        message: encodeSync({ t: 'proof', a: first, b: second }),
        decoded: { kind: 'proof', a: hex(first), b: hex(second) },
      },
    ].map(({ message, decoded }) => ({
      name: decoded.kind,
      message: hex(message),
      verdict: 'accepted',
      decoded,
    }));
    sync.push({ name: 'unknown kind', message: '09', verdict: 'refused' });
    goldenFixture('web/sync.json', { note: 'Sync messages by the page.', cases: sync });
  });
});

/** A lead that signs a chain with fixed ephemeral keys. */
class Lead {
  readonly chain: Bytes[] = [];
  sid: Bytes = ZERO16;
  head: Bytes = ZERO32;
  epoch = 1n;
  #ephemeral = 0x80;

  constructor(readonly who: Someone) {}

  async wrap(to: Someone, audience: keyof typeof AUDIENCES, epoch: bigint): Promise<Wrap> {
    this.#ephemeral += 1;
    const target = { peer: to.peer.publicKey, seal: to.seal.publicKey };
    return wrapKey(filled(Number(epoch)), target, this.sid, epoch, audience, filled(this.#ephemeral));
  }

  entry(
    kind: EntryKind,
    epoch: bigint,
    wraps: readonly Wrap[],
    edit: Partial<EntryFields> = {},
    signer = this.who.peer,
  ): Promise<Bytes> {
    const fields = {
      sid: this.sid,
      n: BigInt(this.chain.length),
      prev: this.head,
      term: 1n,
      epoch,
      kind,
      wraps,
      ...edit,
    };
    return makeEntry(signer, fields);
  }

  async add(kind: EntryKind, epoch: bigint, wraps: readonly Wrap[]): Promise<void> {
    const bytes = await this.entry(kind, epoch, wraps);
    const entry = await decodeEntry(bytes);
    if (this.chain.length === 0) this.sid = sessionOf(entry);
    this.head = entry.hash;
    this.epoch = epoch;
    this.chain.push(bytes);
  }

  async found(): Promise<void> {
    const { seal, slot } = this.who;
    const kind: EntryKind = {
      t: 'genesis',
      succession: false,
      seal: seal.publicKey,
      slot: slot.publicKey,
      name: 'Ana',
    };
    await this.add(kind, 1n, [
      await this.wrap(this.who, 'all', 1n),
      await this.wrap(this.who, 'experts', 1n),
    ]);
  }

  admission(who: Someone, role: 'operator' | 'viewer' | 'lead' = 'operator'): EntryKind {
    const { peer, seal, slot } = who;
    return {
      t: 'admit',
      peer: peer.publicKey,
      seal: seal.publicKey,
      slot: slot.publicKey,
      name: 'Mihai',
      role,
      knockId: filled(7),
    };
  }
}

async function play(entries: readonly Bytes[]): Promise<{ steps: object[]; after: object | null }> {
  let roster: Roster | null = null;
  const steps: object[] = [];
  for (const bytes of entries) {
    let result: string;
    if (roster === null) {
      const opened = await Roster.open((await sha256(bytes)).slice(0, 16), [bytes]);
      if (typeof opened !== 'string') roster = opened;
      result = typeof opened === 'string' ? opened : 'extended';
    } else {
      result = await roster.offer([bytes]);
    }
    const accepted = ['extended', 'known', 'lost', 'switched'].includes(result);
    const entry = hex(bytes);
    steps.push(
      accepted
        ? { entry, verdict: 'accepted', applied: result }
        : { entry, verdict: 'refused', reason: result },
    );
  }
  return { steps, after: roster === null ? null : summary(roster) };
}

const summary = (roster: Roster): object => ({
  sid: hex(roster.sid),
  n: roster.n.toString(),
  term: roster.term.toString(),
  epoch: roster.epoch.toString(),
  head: hex(roster.head),
  lead: hex(roster.lead?.peer ?? ZERO32),
  members: roster.members
    .map((m) => ({ peer: hex(m.peer), name: m.name, role: ROLES[m.role], admitted: m.admitted.toString() }))
    .sort((a, b) => (a.peer < b.peer ? -1 : 1)),
  closed: roster.closed,
  alarm: roster.alarm,
  offers: [],
});

describe('roster', () => {
  it('is the same', async () => {
    const lead = new Lead(await someone(0x20));
    const operator = await someone(0x10);
    const viewer = await someone(0x60);
    await lead.found();
    await lead.add(lead.admission(operator), 1n, [await lead.wrap(operator, 'all', 1n)]);
    await lead.add(lead.admission(viewer, 'viewer'), 1n, [await lead.wrap(viewer, 'all', 1n)]);
    const base = [...lead.chain];
    const staying = async (epoch: bigint, ...members: Someone[]): Promise<Wrap[]> => {
      const wraps = [await lead.wrap(lead.who, 'all', epoch), await lead.wrap(lead.who, 'experts', epoch)];
      for (const member of members) wraps.push(await lead.wrap(member, 'all', epoch));
      return wraps;
    };
    const refused: [string, Bytes][] = [
      [
        'admitted twice',
        await lead.entry(lead.admission(operator), 1n, [await lead.wrap(operator, 'all', 1n)]),
      ],
      ['admitted as lead', await lead.entry(lead.admission(await someone(0x70), 'lead'), 1n, [])],
      ['admitted without a key', await lead.entry(lead.admission(await someone(0x70)), 1n, [])],
      [
        'by a member',
        await lead.entry({ t: 'rekey' }, 2n, await staying(2n, operator, viewer), {}, operator.peer),
      ],
      ['an epoch not counted', await lead.entry({ t: 'rekey' }, 1n, await staying(1n, operator, viewer))],
      ['a member left out', await lead.entry({ t: 'rekey' }, 2n, await staying(2n, operator))],
      [
        'of another session',
        await lead.entry({ t: 'rekey' }, 2n, await staying(2n, operator, viewer), { sid: filled(1, 16) }),
      ],
      [
        'on top of nothing',
        await lead.entry({ t: 'rekey' }, 2n, await staying(2n, operator, viewer), { prev: filled(1) }),
      ],
      ['a take without succession', await lead.entry({ t: 'take' }, 1n, [], { term: 2n }, operator.peer)],
      [
        'the lead removed',
        await lead.entry(
          { t: 'remove', peer: lead.who.peer.publicKey, cuts: [] },
          2n,
          await staying(2n, operator, viewer),
        ),
      ],
      [
        'altered signature',
        flip(await lead.entry({ t: 'rekey' }, 2n, await staying(2n, operator, viewer)), 60),
      ],
    ];
    const refusedCases: Made[] = [];
    for (const [name, entry] of refused) {
      const { steps, after } = await play([...base, entry]);
      expect(steps.at(-1)).toMatchObject({ verdict: 'refused' });
      refusedCases.push({ name, steps, after });
    }
    goldenFixture('web/roster-refused.json', {
      note: 'Entries that do not follow, by the page.',
      cases: refusedCases,
    });

    await lead.add({ t: 'rekey' }, 2n, await staying(2n, operator, viewer));
    await lead.add({ t: 'remove', peer: viewer.peer.publicKey, cuts: [] }, 3n, await staying(3n, operator));
    await lead.add(
      { t: 'role', peer: operator.peer.publicKey, role: 'viewer', cuts: [] },
      4n,
      await staying(4n, operator),
    );
    await lead.add({ t: 'close', vectors: [] }, 4n, []);
    const cases = [
      { name: 'a whole session', ...(await play(lead.chain)) },
      { name: 'an entry twice', ...(await play([...base, base[1]!])) },
    ];
    goldenFixture('web/roster.json', { note: 'Chains by the page.', cases });
  });
});

describe('log', () => {
  it('is the same', async () => {
    const lead = new Lead(await someone(0x20));
    const operator = await someone(0x10);
    await lead.found();
    await lead.add(lead.admission(operator), 1n, [await lead.wrap(operator, 'all', 1n)]);
    const entries = lead.chain;

    const run = async (name: string, envelopes: readonly Bytes[]): Promise<Made> => {
      const roster = await Roster.open(lead.sid, entries);
      if (typeof roster === 'string') throw new Error(roster);
      const log = await Log.begin(ROOM);
      await log.onRoster(roster);
      const steps: object[] = entries.map((entry) => ({ do: 'entry', entry: hex(entry) }));
      for (const envelope of envelopes) {
        const verdict = await log.insertBytes(envelope, roster);
        const reason = verdict.t === 'refused' ? { reason: verdict.reason } : {};
        const chunk = verdict.t === 'refused' && verdict.chunk !== undefined ? { chunk: verdict.chunk } : {};
        steps.push({ do: 'envelope', envelope: hex(envelope), verdict: verdict.t, ...reason, ...chunk });
      }
      return {
        name,
        doc: { kind: DOC_KINDS.room, id: hex(ZERO16) },
        steps,
        after: afterOf(log),
      };
    };

    const mine = () => new Writer(operator.peer, lead.sid, 7);
    const theirs = () => new Writer(lead.who.peer, lead.sid, 8);
    const talk = async (): Promise<Bytes[]> => {
      const [a, b] = [mine(), theirs()];
      const waiting = a.say('in the waiting room 👋');
      const first = await a.envelope(waiting, 0n);
      b.learn(waiting);
      const answer = b.say('welcome');
      const second = await b.envelope(answer);
      a.learn(answer);
      const third = await a.envelope(a.say('שלום'));
      return [first, second, third];
    };
    const conversation = await talk();
    const cases = [
      await run('a conversation that began in the waiting room', conversation),
      await run('backwards', [...conversation].reverse()),
      await run('each twice', [...conversation, ...conversation]),
    ];
    goldenFixture('web/log.json', { note: 'Rooms by the page.', cases });

    const stranger = await someone(0x70);
    const refused: [string, Bytes[]][] = [
      [
        'a stranger',
        [
          await new Writer(stranger.peer, lead.sid, 7).envelope(
            new Writer(stranger.peer, lead.sid, 7).say('x'),
          ),
        ],
      ],
      ['another session', [await mine().envelope(mine().say('x'), 1n, { sid: filled(1, 16) })]],
      [
        'another document',
        [await mine().envelope(mine().say('x'), 1n, { doc: { kind: 'desk', id: ZERO16 } })],
      ],
      ['a future epoch', [await mine().envelope(mine().say('x'), 2n)]],
      ['an altered change', [flip(await mine().envelope(mine().say('x')), 150)]],
      ['another run', [await mine().envelope(mine().say('x'), 1n, { run: filled(1, 8) })]],
      ['a sequence number too high', [await mine().envelope(mine().say('x'), 1n, { seq: 2n })]],
      [
        'a change with a time',
        [await mine().envelope(mine().change((room) => (room['chat'] as unknown[]).push(1), { time: 9 }))],
      ],
      [
        'the root',
        [
          await mine().envelope(
            mine().change((room) => {
              room['x'] = 1;
            }),
          ),
        ],
      ],
    ];
    const meddler = mine();
    const answer = theirs();
    const said = answer.say('theirs');
    meddler.learn(said);
    refused.push([
      'an edit of what another said',
      [
        await answer.envelope(said),
        await meddler.envelope(
          meddler.change((room) => {
            ((room['chat'] as unknown[])[0] as Record<string, unknown>)['text'] =
              new Automerge.ImmutableString('forged');
          }),
        ),
      ],
    ]);
    const eraser = mine();
    eraser.learn(said);
    refused.push([
      'an erasure of what another said',
      [
        await theirs().envelope(theirs().say('theirs')),
        await eraser.envelope(eraser.change((room) => Automerge.deleteAt(room['chat'] as never, 0))),
      ],
    ]);
    const [left, right] = [mine(), mine()];
    refused.push([
      'two with one number',
      [await left.envelope(left.say('one')), await right.envelope(right.say('other'))],
    ]);
    const back = mine();
    refused.push([
      'an epoch that goes back',
      [await back.envelope(back.say('one')), await back.envelope(back.say('two'), 0n)],
    ]);
    const refusedCases: Made[] = [];
    for (const [name, envelopes] of refused) {
      const made = await run(name, envelopes);
      expect(JSON.stringify(made)).toContain('"refused"');
      refusedCases.push(made);
    }
    goldenFixture('web/log-refused.json', {
      note: 'Envelopes that are refused, by the page.',
      cases: refusedCases,
    });
  });
});

describe('views', () => {
  it('are the same', async () => {
    const lead = new Lead(await someone(0x20));
    const operator = await someone(0x10);
    await lead.found();
    await lead.add(lead.admission(operator), 1n, [await lead.wrap(operator, 'all', 1n)]);
    const roster = await Roster.open(lead.sid, lead.chain);
    if (typeof roster === 'string') throw new Error(roster);

    /** Two who write one document, each hearing the other. */
    const play = async (
      name: string,
      doc: DocId,
      edits: readonly ((draft: Draft, last: string) => void)[],
    ) => {
      const writers = [lead.who.peer, operator.peer].map((key, i) => ({
        key,
        run: filled(i + 7, 8),
        replica: new Replica(doc.kind, concat(key.publicKey, filled(i + 7, 8))),
        seq: 0n,
        prev: ZERO32,
      }));
      const log = await Log.begin(doc);
      await log.onRoster(roster);
      const steps: object[] = lead.chain.map((entry) => ({ do: 'entry', entry: hex(entry) }));
      const list = doc.kind === 'board' ? 'strokes' : 'steps';
      for (const [i, edit] of edits.entries()) {
        const writer = writers[i % 2]!;
        const change = writer.replica.write((draft) => edit(draft, writer.replica.lastOf(list)));
        for (const other of writers) if (other !== writer) other.replica.apply([change]);
        writer.seq += 1n;
        const { key, run, seq, prev } = writer;
        const envelope = await makeEnvelope(key, { sid: lead.sid, doc, epoch: 1n, run, seq, prev, change });
        const decoded = await decodeEnvelope(envelope);
        if (typeof decoded === 'string') throw new Error(decoded);
        writer.prev = decoded.id;
        expect(await log.insert(decoded, 'network', roster)).toEqual({ t: 'accepted' });
        steps.push({ do: 'envelope', envelope: hex(envelope), verdict: 'accepted' });
      }
      const id = { kind: DOC_KINDS[doc.kind], id: hex(doc.id) };
      return { name, doc: id, steps, view: viewOf(log, roster) };
    };

    const blob = '51'.repeat(32);
    const still = {
      blob,
      size: 52_428_800,
      type: 'image/jpeg',
      width: 4000,
      height: 3000,
      title: 'pump 4 👋',
    };
    const stroke = { tool: 'text', ink: 'blue', width: 300, text: 'שלום' } as const;
    const points =
      encodePoints([
        [0, 65535],
        [12, 34],
        [13, 33],
      ]) ?? new Uint8Array(0);
    const cases = [
      await play('a board', { kind: 'board', id: filled(0xb0, 16) }, [
        (draft) => beginBoard(draft, still, 1),
        (draft) => draw(draft, { ...stroke, points }, 2),
        (draft) => draw(draft, { ...stroke, tool: 'pen', points }, 3),
        (draft, last) => draft.append('strokes', about('erase', last, 4)),
        (draft) => draft.append('meta', { kind: 'title', text: 'pump 5', at: 5 }),
        (draft) => draw(draft, { ...stroke, text: 'é'.repeat(1200), points }, 6),
      ]),
      await play('a room', ROOM, [
        (draft) => draft.append('steps', { kind: 'list', title: 'restart', steps: 'one\ntwo', at: 1 }),
        (draft, list) => setState(draft, { list, step: 1, state: 'done', note: '', photo: blob }, 2),
        (draft) => appendChat(draft, 'a video', 3),
        (draft) => publish(draft, { blob, size: 2 ** 33, name: '../видео.mp4', type: 'video/mp4' }, 4),
      ]),
      await play('a text', { kind: 'text', id: filled(0x7e, 16) }, [
        (draft) => draft.append('meta', { kind: 'title', text: 'report', at: 1 }),
        (draft) => draft.splice('body', 0, 0, 'The 👋 valve'),
        (draft) => draft.splice('body', 4, 3, ''),
        (draft) => draft.splice('body', 9, 0, ', שלום'),
      ]),
    ];
    goldenFixture('web/views.json', { note: 'Documents by the page, and what they show.', cases });
  });
});

function afterOf(log: Log): object {
  const changes = log.accepted().map(({ change }) => change);
  const room = new Room(new Uint8Array(40));
  room.apply(changes);
  const empty = Automerge.init<Record<string, unknown>>();
  const [doc] = Automerge.applyChanges(empty, [genesisChange('room'), ...changes]);
  const counters = log.counters.all();
  return {
    accepted: log
      .accepted()
      .map(({ id }) => hex(id))
      .sort(),
    chat: room.chat.map(({ at, actor, text }) => ({ at: at.toString(), author: actor.slice(0, 64), text })),
    counters: Object.fromEntries(Object.entries(counters).sort()),
    heads: Automerge.getHeads(doc).sort(),
    pending: log.pending.count,
    title: room.title === '' ? null : room.title,
    vector: log
      .vector()
      .map(({ actor, seq, id }) => ({ actor: hex(actor), id: hex(id), seq: seq.toString() })),
  };
}

// The address of a slot is part of no fixture above, and must not change unseen.
it('a slot address', async () => {
  expect(hex(await slotAddress(fromHex('00'.repeat(32))))).toBe('66687aadf862bd776c8fc18b8e9f8e20');
});
