/**
 * The envelope around one Automerge change: who wrote it, where in the author's chain it stands,
 * and the author's signature. Envelopes are what is stored, sent and exported.
 */
import { Malformed, Reader, Writer, compare, concat, hex, type Bytes } from '../seal/bytes.ts';
import { DOC_KINDS, VERSION, ZERO16, named, type DocKind } from '../seal/codes.ts';
import { sign, verify, type SignKey } from '../seal/ed25519.ts';
import { sha256 } from '../seal/kdf.ts';
import * as limits from './limits.ts';

export interface DocId {
  readonly kind: DocKind;
  readonly id: Bytes;
}

export const ROOM: DocId = { kind: 'room', id: ZERO16 };

export function docKey(doc: DocId): string {
  return `${doc.kind}/${hex(doc.id)}`;
}

export interface EnvelopeFields {
  readonly sid: Bytes;
  readonly doc: DocId;
  readonly epoch: bigint;
  readonly author: Bytes;
  /** 8 random bytes of one run of the author's program. */
  readonly run: Bytes;
  /** From 1, without gaps in a run. */
  readonly seq: bigint;
  /** Id of the run's previous envelope; zero in its first. */
  readonly prev: Bytes;
  readonly change: Bytes;
}

export interface Envelope extends EnvelopeFields {
  /** Hash of everything before the signature. */
  readonly id: Bytes;
  /** author ‖ run: the Automerge actor. */
  readonly actor: Bytes;
  readonly signature: Bytes;
  /** The whole envelope as it came. */
  readonly bytes: Bytes;
  /** Length of the signed part. */
  readonly signedLength: number;
}

const LABEL = 'change';
/** Everything of an envelope but the change. */
const OVERHEAD = 1 + 16 + 1 + 16 + 8 + 32 + 8 + 8 + 32 + 4 + 64;

export type EnvelopeProblem = 'oversize' | 'malformed' | 'unknown-version';

/** Splits and hashes; neither signature nor contents are judged yet. */
export async function decodeEnvelope(bytes: Bytes): Promise<Envelope | EnvelopeProblem> {
  if (bytes.length > OVERHEAD + limits.CHANGE) return 'oversize';
  try {
    const r = new Reader(bytes);
    if (r.u8() !== VERSION) return 'unknown-version';
    const fields: EnvelopeFields = {
      sid: r.raw(16),
      doc: { kind: named(DOC_KINDS, r.u8()), id: r.raw(16) },
      epoch: r.u64(),
      author: r.raw(32),
      run: r.raw(8),
      seq: r.u64(),
      prev: r.raw(32),
      change: r.bytes(limits.CHANGE),
    };
    const signedLength = r.position;
    const signature = r.raw(64);
    r.end();
    const id = await sha256(bytes.slice(0, signedLength));
    const actor = concat(fields.author, fields.run);
    return { ...fields, id, actor, signature, bytes, signedLength };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return error.problem === 'too-large' ? 'oversize' : 'malformed';
  }
}

export function envelopeSignatureHolds(envelope: Envelope): Promise<boolean> {
  return verify(envelope.author, LABEL, envelope.bytes.slice(0, envelope.signedLength), envelope.signature);
}

export async function makeEnvelope(key: SignKey, fields: Omit<EnvelopeFields, 'author'>): Promise<Bytes> {
  const signed = new Writer()
    .u8(VERSION)
    .raw(fields.sid)
    .u8(DOC_KINDS[fields.doc.kind])
    .raw(fields.doc.id)
    .u64(fields.epoch)
    .raw(key.publicKey)
    .raw(fields.run)
    .u64(fields.seq)
    .raw(fields.prev)
    .bytes(fields.change)
    .done();
  return concat(signed, await sign(key, LABEL, signed));
}

/** The last envelope of an actor that a peer has. */
export interface VectorEntry {
  readonly actor: Bytes;
  readonly seq: bigint;
  readonly id: Bytes;
}

/** Vectors are written in the order of their actors. */
export function byActor(a: VectorEntry, b: VectorEntry): number {
  return compare(a.actor, b.actor);
}
