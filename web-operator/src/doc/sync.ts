/** Messages of the sync channel, and their way through fragments of a data channel. */
import { Malformed, Reader, Writer, concat, type Bytes } from '../seal/bytes.ts';
import { DOC_KINDS, named } from '../seal/codes.ts';
import { CHAIN, ENTRY } from '../seal/limits.ts';
import type { DocId, VectorEntry } from './envelope.ts';
import * as limits from './limits.ts';

export interface RosterHead {
  readonly n: bigint;
  readonly term: bigint;
  readonly hash: Bytes;
}

export type SyncMessage =
  | { readonly t: 'roster-head'; readonly head: RosterHead }
  | { readonly t: 'roster'; readonly entries: readonly Bytes[] }
  | { readonly t: 'vector'; readonly doc: DocId; readonly vector: readonly VectorEntry[] }
  | { readonly t: 'envelope'; readonly envelope: Bytes }
  /** Two signed envelopes of one actor with one seq: nobody needs to be believed. */
  | { readonly t: 'proof'; readonly a: Bytes; readonly b: Bytes }
  | { readonly t: 'roster-want' };

const KINDS = { 'roster-head': 1, roster: 2, vector: 3, envelope: 4, proof: 5, 'roster-want': 6 } as const;

export function encodeSync(message: SyncMessage): Bytes {
  const w = new Writer().u8(KINDS[message.t]);
  switch (message.t) {
    case 'roster-head':
      return w.u64(message.head.n).u64(message.head.term).raw(message.head.hash).done();
    case 'roster':
      return w.list(message.entries, (x, entry) => x.bytes(entry)).done();
    case 'vector':
      return w
        .u8(DOC_KINDS[message.doc.kind])
        .raw(message.doc.id)
        .list(message.vector, (x, v) => x.raw(v.actor).u64(v.seq).raw(v.id))
        .done();
    case 'envelope':
      return w.bytes(message.envelope).done();
    case 'proof':
      return w.bytes(message.a).bytes(message.b).done();
    case 'roster-want':
      return w.done();
  }
}

/** Throws `Malformed`. */
export function decodeSync(bytes: Bytes): SyncMessage {
  const r = new Reader(bytes);
  const message = fields(named(KINDS, r.u8()), r);
  r.end();
  return message;
}

function fields(t: SyncMessage['t'], r: Reader): SyncMessage {
  switch (t) {
    case 'roster-head':
      return { t, head: { n: r.u64(), term: r.u64(), hash: r.raw(32) } };
    case 'roster':
      return { t, entries: r.list(CHAIN, (x) => x.bytes(ENTRY)) };
    case 'vector':
      return {
        t,
        doc: { kind: named(DOC_KINDS, r.u8()), id: r.raw(16) },
        vector: r.list(limits.ACTORS, (x) => ({ actor: x.raw(40), seq: x.u64(), id: x.raw(32) })),
      };
    case 'envelope':
      return { t, envelope: r.bytes(limits.SYNC_MESSAGE) };
    case 'proof':
      return { t, a: r.bytes(limits.SYNC_MESSAGE), b: r.bytes(limits.SYNC_MESSAGE) };
    case 'roster-want':
      return { t };
  }
}

/** Cuts a message into what one data channel message carries: 1 = last, 0 = more. */
export function fragment(message: Bytes): Bytes[] {
  if (message.length > limits.SYNC_MESSAGE) throw new Malformed('sync message length');
  const out: Bytes[] = [];
  for (let at = 0; at === 0 || at < message.length; at += limits.FRAGMENT) {
    const last = at + limits.FRAGMENT >= message.length;
    out.push(concat(Uint8Array.of(last ? 1 : 0), message.subarray(at, at + limits.FRAGMENT)));
  }
  return out;
}

/** Joins fragments again; throws `Malformed`, after which the link is of no use. */
export class Assembler {
  #parts: Bytes[] = [];
  #length = 0;

  /** The whole message with its last fragment, else null. */
  push(part: Bytes): Bytes | null {
    const flag = part[0];
    if (flag === undefined || flag > 1 || part.length > 1 + limits.FRAGMENT) throw new Malformed('fragment');
    this.#parts.push(part.subarray(1));
    this.#length += part.length - 1;
    if (this.#length > limits.SYNC_MESSAGE) throw new Malformed('sync message length');
    if (flag === 0) return null;
    const whole = concat(...this.#parts);
    this.#parts = [];
    this.#length = 0;
    return whole;
  }
}
