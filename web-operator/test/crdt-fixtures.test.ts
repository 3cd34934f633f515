/** The fixtures of the documents' other implementation: the same bytes and the same decisions. */
import { describe, expect, it } from 'vitest';
import { Malformed, concat, fromHex, hex, type Bytes } from '../src/seal/bytes.ts';
import { DOC_KINDS, named } from '../src/seal/codes.ts';
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
