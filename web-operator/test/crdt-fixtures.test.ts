/** The fixtures of the documents' other implementation: the same bytes and the same decisions. */
import { describe, expect, it } from 'vitest';
import { Malformed, concat, fromHex, hex, type Bytes } from '../src/seal/bytes.ts';
import { AUDIENCES, DOC_KINDS, ROLES, named } from '../src/seal/codes.ts';
import { sealKeyFromSecret } from '../src/seal/hpke.ts';
import { sha256 } from '../src/seal/kdf.ts';
import { unwrapKey } from '../src/doc/keys.ts';
import { Roster } from '../src/doc/roster.ts';
import { decodeEntry } from '../src/doc/roster-entry.ts';
import { decodeEnvelope, envelopeSignatureHolds, type VectorEntry } from '../src/doc/envelope.ts';
import { containersOf, genesisActor, genesisChange } from '../src/doc/genesis.ts';
import { prescan } from '../src/doc/prescan/prescan.ts';
import { Assembler, decodeSync, encodeSync, fragment, type SyncMessage } from '../src/doc/sync.ts';
import { readFixture, type FixtureCase } from './support/fixtures.ts';

describe('genesis', () => {
  interface Case extends FixtureCase {
    readonly kind: number;
    readonly change: string;
    readonly actor: string;
    readonly hash: string;
    readonly containers: { name: string; counter: string; type: string }[];
  }
  it.each(readFixture<Case>('crdt/genesis.json').cases)('$name', async (c) => {
    const kind = named(DOC_KINDS, c.kind);
    expect(hex(genesisChange(kind))).toBe(c.change);
    expect(hex(await genesisActor(kind))).toBe(c.actor);
    const shape = await prescan(genesisChange(kind));
    expect(typeof shape === 'string' ? shape : hex(shape.hash)).toBe(c.hash);
    expect(
      containersOf(kind).map(({ name, isText }, i) => ({
        counter: `${i + 1}`,
        name,
        type: isText ? 'text' : 'list',
      })),
    ).toEqual(c.containers);
  });
});

describe('prescan', () => {
  interface Case extends FixtureCase {
    readonly chunk?: string;
    readonly zeros?: number;
    readonly actor?: string;
    readonly deps?: string[];
    readonly hash?: string;
    readonly max_op?: string;
    readonly ops?: number;
    readonly seq?: string;
    readonly start_op?: string;
  }
  it.each(readFixture<Case>('crdt/prescan.json').cases)('$name', async (c) => {
    const shape = await prescan(c.chunk === undefined ? new Uint8Array(c.zeros ?? 0) : fromHex(c.chunk));
    if (typeof shape === 'string') {
      expect(shape).toBe(c.reason);
      return;
    }
    expect({
      actor: hex(shape.actors[0] ?? new Uint8Array(0)),
      deps: shape.deps.map(hex),
      hash: hex(shape.hash),
      max_op: shape.maxOp.toString(),
      ops: shape.ops.length,
      seq: shape.seq.toString(),
      start_op: shape.startOp.toString(),
    }).toEqual({
      actor: c.actor,
      deps: c.deps,
      hash: c.hash,
      max_op: c.max_op,
      ops: c.ops,
      seq: c.seq,
      start_op: c.start_op,
    });
  });
});

describe('envelope', () => {
  interface Case extends FixtureCase {
    readonly envelope: string;
    readonly id?: string;
    readonly actor?: string;
    readonly change?: string;
    readonly epoch?: string;
    readonly seq?: string;
    readonly prev?: string;
    readonly sid?: string;
    readonly signature?: boolean;
  }
  it.each(readFixture<Case>('crdt/envelope.json').cases)('$name', async (c) => {
    const envelope = await decodeEnvelope(fromHex(c.envelope));
    if (typeof envelope === 'string') {
      expect(envelope).toBe(c.reason);
      return;
    }
    expect(hex(envelope.id)).toBe(c.id);
    expect(hex(envelope.actor)).toBe(c.actor);
    expect(hex(envelope.change)).toBe(c.change);
    expect(envelope.epoch.toString()).toBe(c.epoch);
    expect(envelope.seq.toString()).toBe(c.seq);
    expect(hex(envelope.prev)).toBe(c.prev);
    expect(hex(envelope.sid)).toBe(c.sid);
    expect(await envelopeSignatureHolds(envelope)).toBe(c.signature);
  });
});

describe('sync', () => {
  interface Decoded {
    readonly kind: SyncMessage['t'];
    readonly n?: string;
    readonly term?: string;
    readonly hash?: string;
    readonly entries?: string[];
    readonly doc?: number;
    readonly id?: string;
    readonly vector?: { actor: string; seq: string; id: string }[];
    readonly envelope?: string;
    readonly a?: string;
    readonly b?: string;
  }
  const plain = (message: SyncMessage): Decoded => {
    const vector = (entries: readonly VectorEntry[]) =>
      entries.map(({ actor, seq, id }) => ({ actor: hex(actor), seq: seq.toString(), id: hex(id) }));
    switch (message.t) {
      case 'roster-head': {
        const { n, term, hash } = message.head;
        return { kind: message.t, n: n.toString(), term: term.toString(), hash: hex(hash) };
      }
      case 'roster':
        return { kind: message.t, entries: message.entries.map(hex) };
      case 'vector':
      case 'again':
        return {
          kind: message.t,
          doc: DOC_KINDS[message.doc.kind],
          id: hex(message.doc.id),
          vector: vector(message.vector),
        };
      case 'envelope':
        return { kind: message.t, envelope: hex(message.envelope) };
      case 'proof':
        return { kind: message.t, a: hex(message.a), b: hex(message.b) };
      case 'roster-want':
        return { kind: message.t };
    }
  };
  it.each(readFixture<FixtureCase & { message: string; decoded?: Decoded }>('crdt/sync.json').cases)(
    '$name',
    (c) => {
      let message: SyncMessage;
      try {
        message = decodeSync(fromHex(c.message));
      } catch (error) {
        expect(error).toBeInstanceOf(Malformed);
        expect(c.verdict).toBe('refused');
        return;
      }
      expect(plain(message)).toEqual(c.decoded);
      expect(hex(encodeSync(message))).toBe(c.message);
    },
  );
});

describe('fragments', () => {
  interface Case extends FixtureCase {
    readonly length?: number;
    readonly byte?: number;
    readonly fragments: { first: number | null; length: number }[];
  }
  it.each(readFixture<Case>('crdt/fragments.json').cases)('$name', (c) => {
    const parts = c.fragments.map(({ first, length }): Bytes => {
      return concat(
        first === null ? new Uint8Array(0) : Uint8Array.of(first),
        new Uint8Array(length).fill(c.byte ?? 0),
      );
    });
    const assembler = new Assembler();
    const join = () => parts.map((part) => assembler.push(part)).at(-1);
    if (c.verdict === 'refused') {
      expect(join).toThrow(Malformed);
      return;
    }
    const whole = new Uint8Array(c.length ?? 0).fill(c.byte ?? 0);
    expect(join()).toEqual(whole);
    expect(fragment(whole)).toEqual(parts);
  });
});

describe.each(['roster', 'roster-refused', 'roster-forks'])('%s', (file) => {
  interface Case extends FixtureCase {
    readonly steps: { entry: string; verdict: string; applied?: string; reason?: string }[];
    readonly after?: {
      alarm: boolean;
      closed: boolean;
      epoch: string;
      head: string;
      lead: string;
      n: string;
      sid: string;
      term: string;
      members: { admitted: string; name: string; peer: string; role: number }[];
    };
  }
  it.each(readFixture<Case>(`crdt/${file}.json`).cases)('$name', async (c) => {
    let roster: Roster | null = null;
    for (const step of c.steps) {
      const entry = fromHex(step.entry);
      let result: string;
      if (roster === null) {
        const sid = (await sha256(entry)).slice(0, 16);
        const opened = await Roster.open(sid, [entry]);
        if (typeof opened !== 'string') roster = opened;
        result = typeof opened === 'string' ? opened : 'extended';
      } else {
        result = await roster.offer([entry]);
      }
      expect(result).toBe(step.verdict === 'accepted' ? step.applied : step.reason);
    }
    if (roster === null || c.after === undefined) return;
    const { alarm, closed, epoch, head, lead, n, sid, term } = roster;
    expect({
      alarm,
      closed,
      epoch: epoch.toString(),
      head: hex(head),
      lead: lead === undefined ? '' : hex(lead.peer),
      n: n.toString(),
      sid: hex(sid),
      term: term.toString(),
      members: roster.members
        .map((m) => ({
          admitted: m.admitted.toString(),
          name: m.name,
          peer: hex(m.peer),
          role: ROLES[m.role],
        }))
        .sort((a, b) => (a.peer < b.peer ? -1 : 1)),
      // What a lead would sign again is the lead's own business.
      offers: undefined,
    }).toEqual({ ...c.after, offers: undefined });
  });
});

describe('wraps', () => {
  interface Case extends FixtureCase {
    readonly entries?: string[];
    readonly keys: { audience: number; epoch: string; key: string; n: string }[];
    readonly peer: string;
    readonly seal_public: string;
    readonly seal_secret: string;
  }
  const { cases } = readFixture<Case>('crdt/wraps.json');
  const chain = cases.find(({ name }) => name === 'chain')?.entries ?? [];
  it.each(cases.filter(({ entries }) => entries === undefined))('$name', async (c) => {
    const seal = await sealKeyFromSecret(fromHex(c.seal_secret));
    expect(hex(seal.publicKey)).toBe(c.seal_public);
    const learnt: Case['keys'] = [];
    for (const bytes of chain) {
      const entry = await decodeEntry(fromHex(bytes));
      for (const wrap of entry.wraps.filter(({ peer }) => hex(peer) === c.peer)) {
        const key = await unwrapKey(wrap, seal, entry.sid, entry.epoch);
        learnt.push({
          audience: AUDIENCES[wrap.audience],
          epoch: entry.epoch.toString(),
          key: key === null ? '' : hex(key),
          n: entry.n.toString(),
        });
      }
    }
    const order = (a: Case['keys'][number], b: Case['keys'][number]) =>
      a.n === b.n ? a.audience - b.audience : Number(a.n) - Number(b.n);
    expect(learnt.sort(order)).toEqual([...c.keys].sort(order));
  });
});
