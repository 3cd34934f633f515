/** Roster entries: their bytes, their hash, and whether their signature holds. */
import { Malformed, Reader, Writer, concat, type Bytes } from '../seal/bytes.ts';
import { AUDIENCES, DOC_KINDS, ROLES, VERSION, named, type Audience, type Role } from '../seal/codes.ts';
import { sign, verify, type SignKey } from '../seal/ed25519.ts';
import { sha256 } from '../seal/kdf.ts';
import type { DocId } from './envelope.ts';
import * as limits from './limits.ts';

/** How far an actor's envelopes in one document count. */
export interface Cut {
  readonly doc: DocId;
  readonly actor: Bytes;
  readonly seq: bigint;
  readonly id: Bytes;
}

/** An epoch key sealed to one member. */
export interface Wrap {
  readonly audience: Audience;
  readonly peer: Bytes;
  readonly enc: Bytes;
  readonly box: Bytes;
}

export type EntryKind =
  | {
      readonly t: 'genesis';
      readonly succession: boolean;
      readonly seal: Bytes;
      readonly slot: Bytes;
      readonly name: string;
    }
  | {
      readonly t: 'admit';
      readonly peer: Bytes;
      readonly seal: Bytes;
      readonly slot: Bytes;
      readonly name: string;
      readonly role: Role;
      readonly knockId: Bytes;
    }
  | { readonly t: 'role'; readonly peer: Bytes; readonly role: Role; readonly cuts: readonly Cut[] }
  | { readonly t: 'remove'; readonly peer: Bytes; readonly cuts: readonly Cut[] }
  | { readonly t: 'transfer'; readonly peer: Bytes; readonly accept: Bytes }
  | { readonly t: 'take' }
  | { readonly t: 'rekey' }
  | { readonly t: 'settle'; readonly cut: Cut }
  | { readonly t: 'close'; readonly vectors: readonly Cut[] };

const KINDS = {
  genesis: 1,
  admit: 2,
  role: 3,
  remove: 4,
  transfer: 5,
  take: 6,
  rekey: 7,
  settle: 8,
  close: 9,
} as const;

export interface EntryFields {
  /** Zero in genesis, whose hash is the session. */
  readonly sid: Bytes;
  readonly n: bigint;
  readonly prev: Bytes;
  readonly term: bigint;
  /** In force after this entry. */
  readonly epoch: bigint;
  readonly kind: EntryKind;
  readonly wraps: readonly Wrap[];
  readonly signer: Bytes;
}

export interface Entry extends EntryFields {
  readonly bytes: Bytes;
  readonly hash: Bytes;
  readonly signature: Bytes;
  readonly signedLength: number;
}

const LABEL = 'roster';

/** Throws `Malformed`. */
export async function decodeEntry(bytes: Bytes): Promise<Entry> {
  if (bytes.length > limits.ENTRY) throw new Malformed('too-large');
  const r = new Reader(bytes);
  r.version();
  const sid = r.raw(16);
  const n = r.u64();
  const prev = r.raw(32);
  const term = r.u64();
  const epoch = r.u64();
  const kind = readKind(named(KINDS, r.u8()), r);
  const wraps = r.list(2 * limits.MEMBERS, (x) => ({
    audience: named(AUDIENCES, x.u8()),
    peer: x.raw(32),
    enc: x.raw(32),
    box: x.bytes(limits.WRAP),
  }));
  const signer = r.raw(32);
  const signedLength = r.position;
  const signature = r.raw(64);
  r.end();
  const hash = await sha256(bytes);
  return { sid, n, prev, term, epoch, kind, wraps, signer, bytes, hash, signature, signedLength };
}

export function entrySignatureHolds(entry: Entry): Promise<boolean> {
  return verify(entry.signer, LABEL, entry.bytes.slice(0, entry.signedLength), entry.signature);
}

/** A new lead's consent: its signature over the previous entry's hash. */
export function acceptHolds(peer: Bytes, prev: Bytes, accept: Bytes): Promise<boolean> {
  return verify(peer, 'accept', prev, accept);
}

export function startsEpoch(kind: EntryKind): boolean {
  return kind.t === 'genesis' || kind.t === 'role' || kind.t === 'remove' || kind.t === 'rekey';
}

/** A session is named by its genesis. */
export function sessionOf(genesis: Entry): Bytes {
  return genesis.hash.slice(0, 16);
}

export async function makeEntry(key: SignKey, fields: Omit<EntryFields, 'signer'>): Promise<Bytes> {
  const w = new Writer()
    .u8(VERSION)
    .raw(fields.sid)
    .u64(fields.n)
    .raw(fields.prev)
    .u64(fields.term)
    .u64(fields.epoch)
    .u8(KINDS[fields.kind.t]);
  writeKind(w, fields.kind);
  const signed = w
    .list(fields.wraps, (x, wrap) =>
      x.u8(AUDIENCES[wrap.audience]).raw(wrap.peer).raw(wrap.enc).bytes(wrap.box),
    )
    .raw(key.publicKey)
    .done();
  return concat(signed, await sign(key, LABEL, signed));
}

function writeKind(w: Writer, kind: EntryKind): void {
  const cuts = (list: readonly Cut[]) => w.list(list, writeCut);
  switch (kind.t) {
    case 'genesis':
      w.bool(kind.succession).raw(kind.seal).raw(kind.slot).str(kind.name);
      break;
    case 'admit':
      w.raw(kind.peer).raw(kind.seal).raw(kind.slot).str(kind.name).u8(ROLES[kind.role]).raw(kind.knockId);
      break;
    case 'role':
      w.raw(kind.peer).u8(ROLES[kind.role]);
      cuts(kind.cuts);
      break;
    case 'remove':
      w.raw(kind.peer);
      cuts(kind.cuts);
      break;
    case 'transfer':
      w.raw(kind.peer).raw(kind.accept);
      break;
    case 'take':
    case 'rekey':
      break;
    case 'settle':
      writeCut(w, kind.cut);
      break;
    case 'close':
      cuts(kind.vectors);
      break;
  }
}

function readKind(t: EntryKind['t'], r: Reader): EntryKind {
  const cuts = () => r.list(limits.CUTS, readCut);
  switch (t) {
    case 'genesis':
      return { t, succession: r.bool(), seal: r.raw(32), slot: r.raw(32), name: r.str(limits.NAME) };
    case 'admit':
      return {
        t,
        peer: r.raw(32),
        seal: r.raw(32),
        slot: r.raw(32),
        name: r.str(limits.NAME),
        role: named(ROLES, r.u8()),
        knockId: r.raw(32),
      };
    case 'role':
      return { t, peer: r.raw(32), role: named(ROLES, r.u8()), cuts: cuts() };
    case 'remove':
      return { t, peer: r.raw(32), cuts: cuts() };
    case 'transfer':
      return { t, peer: r.raw(32), accept: r.raw(64) };
    case 'take':
    case 'rekey':
      return { t };
    case 'settle':
      return { t, cut: readCut(r) };
    case 'close':
      return { t, vectors: cuts() };
  }
}

function writeCut(w: Writer, cut: Cut): void {
  w.u8(DOC_KINDS[cut.doc.kind]).raw(cut.doc.id).raw(cut.actor).u64(cut.seq).raw(cut.id);
}

function readCut(r: Reader): Cut {
  return {
    doc: { kind: named(DOC_KINDS, r.u8()), id: r.raw(16) },
    actor: r.raw(40),
    seq: r.u64(),
    id: r.raw(32),
  };
}
