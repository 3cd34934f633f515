/**
 * The invite as its holder sees it: 16 bytes of link that commit to the expert's key, everything
 * derived from them, and the sealed record that names the session.
 */
import { Malformed, Reader, Writer, concat, fromBase64url, same, utf8, type Bytes } from './bytes.ts';
import { ROLES, VERSION, named, type Role } from './codes.ts';
import { signKeyFromSeed, verify, type SignKey } from './ed25519.ts';
import { derive, seal, sha256, unseal } from './kdf.ts';
import * as limits from './limits.ts';
import { cleanName } from './name.ts';

/** 16 bytes are 22 characters; less is a link that was cut on its way. */
export const LINK_LENGTH = 22;

export type LinkProblem = 'link-cut' | 'link-wrong';

/** The 16 bytes of a fragment, or why it is no link. Punctuation that people's messages add is dropped. */
export function parseFragment(fragment: string): Bytes | LinkProblem {
  const text = fragment
    .trim()
    .replace(/^#/, '')
    .replace(/[.,;:!?)\]}>"'”’»]+$/u, '');
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return 'link-wrong';
  if (text.length < LINK_LENGTH) return 'link-cut';
  if (text.length > LINK_LENGTH) return 'link-wrong';
  try {
    return fromBase64url(text);
  } catch {
    return 'link-wrong';
  }
}

export interface InviteSecrets {
  readonly link: Bytes;
  readonly inviteId: Bytes;
  readonly recordKey: Bytes;
  readonly psk: Bytes;
  /** Proves the right to open one waiting room slot. */
  readonly slotKey: SignKey;
}

export async function inviteSecrets(link: Bytes): Promise<InviteSecrets> {
  return {
    link,
    inviteId: await derive(link, 'invite id', 16),
    recordKey: await derive(link, 'invite record', 32),
    psk: await derive(link, 'invite psk', 32),
    slotKey: await signKeyFromSeed(await derive(link, 'invite slot', 32)),
  };
}

export interface InviteRecord {
  readonly version: bigint;
  readonly sid: Bytes;
  readonly expertKey: Bytes;
  readonly salt: Bytes;
  /** The invite's own HPKE key. */
  readonly inviteKey: Bytes;
  readonly role: Role;
  /** Unix milliseconds; the expert's clock judges, the page only hints. */
  readonly notBefore: bigint;
  readonly notAfter: bigint;
  /** 0 = no limit. */
  readonly uses: number;
  readonly knockAddress: Bytes;
  readonly rendezvous: readonly string[];
  readonly lan: readonly string[];
  readonly name: string;
}

export type RecordProblem =
  | 'too-large'
  /** Not sealed under this link. */
  | 'does-not-open'
  | 'malformed'
  | 'unsupported-version'
  /** The link commits to another expert's key. */
  | 'other-expert'
  | 'signature'
  /** A role that no invite gives. */
  | 'role'
  /** A record with a higher version was seen before. */
  | 'went-back';

const LABEL = 'record';

/** `seenVersion`: the highest version this device accepted for the invite, or 0. */
export async function openRecord(
  secrets: InviteSecrets,
  box: Bytes,
  seenVersion: bigint,
): Promise<InviteRecord | RecordProblem> {
  if (box.length > limits.RECORD) return 'too-large';
  const plain = await unseal(secrets.recordKey, LABEL, secrets.inviteId, box);
  if (plain === null) return 'does-not-open';
  if (plain[0] !== VERSION) return 'unsupported-version';
  let decoded;
  try {
    decoded = decode(plain);
  } catch (error) {
    if (error instanceof Malformed) return 'malformed';
    throw error;
  }
  const { record, signed, signature } = decoded;
  if (!same(await commitment(record.expertKey, record.salt), secrets.link)) return 'other-expert';
  if (!(await verify(record.expertKey, LABEL, concat(secrets.inviteId, signed), signature))) {
    return 'signature';
  }
  if (record.role === 'lead') return 'role';
  if (record.version < seenVersion) return 'went-back';
  return { ...record, name: cleanName(record.name) };
}

/** What a link's 16 bytes are: a hash of the expert's key and the invite's salt. */
export async function commitment(expertKey: Bytes, salt: Bytes): Promise<Bytes> {
  return (await sha256(utf8('sightline/1 link\0'), expertKey, salt)).slice(0, 16);
}

/** The signed part of a record. The expert's side of it lives in tests and fixtures. */
export function encodeRecord(record: InviteRecord): Bytes {
  return new Writer()
    .u8(VERSION)
    .u64(record.version)
    .raw(record.sid)
    .raw(record.expertKey)
    .raw(record.salt)
    .raw(record.inviteKey)
    .u8(ROLES[record.role])
    .u64(record.notBefore)
    .u64(record.notAfter)
    .u32(record.uses)
    .raw(record.knockAddress)
    .list(record.rendezvous, (w, url) => w.str(url))
    .list(record.lan, (w, url) => w.str(url))
    .str(record.name)
    .done();
}

/** Signed part ‖ signature, sealed under the link. */
export async function sealRecord(
  secrets: InviteSecrets,
  signed: Bytes,
  signature: Bytes,
  salt?: Bytes,
): Promise<Bytes> {
  return seal(secrets.recordKey, LABEL, secrets.inviteId, concat(signed, signature), salt);
}

function decode(plain: Bytes): { record: InviteRecord; signed: Bytes; signature: Bytes } {
  const r = new Reader(plain);
  r.u8();
  const record: InviteRecord = {
    version: r.u64(),
    sid: r.raw(16),
    expertKey: r.raw(32),
    salt: r.raw(32),
    inviteKey: r.raw(32),
    role: named(ROLES, r.u8()),
    notBefore: r.u64(),
    notAfter: r.u64(),
    uses: r.u32(),
    knockAddress: r.raw(16),
    rendezvous: r.list(limits.RENDEZVOUS, (x) => x.str(limits.URL_LENGTH)),
    lan: r.list(limits.LAN, (x) => x.str(limits.URL_LENGTH)),
    name: r.str(limits.NAME),
  };
  const signed = r.before();
  const signature = r.raw(64);
  r.end();
  return { record, signed, signature };
}
