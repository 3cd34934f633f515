/** Messages of the sync channel, and their way through fragments of a data channel. */
import { Malformed, Reader, Writer, concat, type Bytes } from '../seal/bytes.ts';
import { DOC_KINDS, named } from '../seal/codes.ts';
import { byActor, type DocId, type VectorEntry } from './envelope.ts';
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
  /** A vector, and: send again what you think you sent of this document. */
  | { readonly t: 'again'; readonly doc: DocId; readonly vector: readonly VectorEntry[] }
  | { readonly t: 'envelope'; readonly envelope: Bytes }
  /** Two signed envelopes of one actor with one seq: nobody needs to be believed. */
  | { readonly t: 'proof'; readonly a: Bytes; readonly b: Bytes }
  | { readonly t: 'roster-want' };

const KINDS = {
  'roster-head': 1,
  roster: 2,
  vector: 3,
  envelope: 4,
  proof: 5,
  'roster-want': 6,
  again: 7,
} as const;

export function encodeSync(message: SyncMessage): Bytes {
  const w = new Writer().u8(KINDS[message.t]);
  switch (message.t) {
    case 'roster-head':
      return w.u64(message.head.n).u64(message.head.term).raw(message.head.hash).done();
    case 'roster':
      return w.list(message.entries, (x, entry) => x.bytes(entry)).done();
    case 'vector':
    case 'again':
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
  if (bytes.length > limits.SYNC_MESSAGE) throw new Malformed('too-large');
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
      return { t, entries: r.list(limits.TREE, (x) => x.bytes(limits.ENTRY)) };
    case 'vector':
    case 'again':
      return { t, doc: { kind: named(DOC_KINDS, r.u8()), id: r.raw(16) }, vector: readVector(r) };
    case 'envelope':
      return { t, envelope: r.bytes(limits.ENVELOPE) };
    case 'proof':
      return { t, a: r.bytes(limits.ENVELOPE), b: r.bytes(limits.ENVELOPE) };
    case 'roster-want':
      return { t };
  }
}

/** Actors ascend strictly, so that a vector has one encoding. */
function readVector(r: Reader): VectorEntry[] {
  let last: VectorEntry | undefined;
  return r.list(limits.ACTORS, (x) => {
    const entry: VectorEntry = { actor: x.raw(40), seq: x.u64(), id: x.raw(32) };
    if (entry.seq === 0n || (last !== undefined && byActor(last, entry) >= 0))
      throw new Malformed('unknown-code');
    last = entry;
    return entry;
  });
}

/** Cuts a message into what one data channel message carries: 1 = last, 0 = more. */
export function fragment(message: Bytes): Bytes[] {
  if (message.length > limits.SYNC_MESSAGE) throw new Malformed('too-large');
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

  /** The whole message with its last fragment, else null. After a refusal it starts anew. */
  push(part: Bytes): Bytes | null {
    const flag = part[0];
    const sound = flag === 1 || (flag === 0 && part.length > 1);
    const fits = part.length <= 1 + limits.FRAGMENT && this.#length + part.length - 1 <= limits.SYNC_MESSAGE;
    if (!sound || !fits) {
      this.#reset();
      throw new Malformed(sound ? 'too-large' : 'unknown-code');
    }
    this.#parts.push(part.subarray(1));
    this.#length += part.length - 1;
    if (flag === 0) return null;
    const whole = concat(...this.#parts);
    this.#reset();
    return whole;
  }

  #reset(): void {
    this.#parts = [];
    this.#length = 0;
  }
}
