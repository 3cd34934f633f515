/**
 * Items of a session's mailbox: sealed with the key of their audience and epoch, bound to box, epoch, audience and kind,
 * padded so that their sizes say little.
 */
import { Malformed, Reader, Writer, concat, same, type Bytes } from './bytes.ts';
import { AUDIENCES, type Audience } from './codes.ts';
import { kdf, seal, unseal } from './kdf.ts';
import { MAIL, MAIL_CHUNK, MAIL_CHUNK_CLASS, MAIL_PAD } from './limits.ts';

const LABEL = 'mail';
const NONE = new Uint8Array(0);
/** Salt and tag of a seal. */
const OVERHEAD = 48;

export const MAIL_KINDS = { envelope: 1, 'roster-entry': 2, blob: 3 } as const;
export type MailKind = keyof typeof MAIL_KINDS;

/** What stands beside an item at the rendezvous, and is bound to it by its seal. */
export interface MailLabel {
  readonly kind: MailKind;
  readonly epoch: bigint;
  readonly audience: Audience;
}

export type MailContent =
  | { readonly kind: 'envelope'; readonly bytes: Bytes }
  | { readonly kind: 'roster-entry'; readonly bytes: Bytes }
  /** One encoded blob message: a part of a manifest, or a piece. */
  | { readonly kind: 'blob-message'; readonly bytes: Bytes }
  /** A whole chunk of a blob, not yet verified. */
  | { readonly kind: 'chunk'; readonly blob: Bytes; readonly index: number; readonly bytes: Bytes };

export type MailProblem = 'does-not-open' | 'malformed' | 'other-name' | 'wrong-size';

const CONTENTS = { envelope: 1, 'roster-entry': 2, 'blob-message': 3, chunk: 4 } as const;

/** The kind that the label of a content says. */
export function mailKind(content: MailContent): MailKind {
  return content.kind === 'envelope' || content.kind === 'roster-entry' ? content.kind : 'blob';
}

/** The id of a session's mailbox; `genesis` is the whole hash of its first roster entry. */
export function boxId(genesis: Bytes, sid: Bytes): Promise<Bytes> {
  return kdf(genesis, sid, 'mail box', 16);
}

/** The name of a blob's chunk under the key that it is sealed with. */
export function chunkName(key: Bytes, blob: Bytes, index: number): Promise<Bytes> {
  return kdf(key, NONE, 'blob name', 16, new Writer().raw(blob).u32(index).done());
}

/** The name of the part of a blob's manifest that begins with chunk `first`. */
export function manifestName(key: Bytes, blob: Bytes, first: number): Promise<Bytes> {
  return kdf(key, NONE, 'manifest name', 16, new Writer().raw(blob).u32(first).done());
}

/** Seals an item, or says that it has no allowed size. The salt argument exists for golden bytes only. */
export async function sealMail(
  content: MailContent,
  box: Bytes,
  epoch: bigint,
  audience: Audience,
  key: Bytes,
  salt?: Bytes,
): Promise<Bytes | 'wrong-size'> {
  if (content.kind === 'chunk' && !isChunk(content.bytes)) return 'wrong-size';
  const body = encode(content);
  const padded = paddedLength(content, 4 + body.length);
  if (padded + OVERHEAD > MAIL) return 'wrong-size';
  const plain = new Uint8Array(padded);
  plain.set(new Writer().bytes(body).done());
  return seal(key, LABEL, mailAad(box, { kind: mailKind(content), epoch, audience }), plain, salt);
}

/** Opens what lies under `name` with the key of its label's epoch and audience. */
export async function openMail(
  sealed: Bytes,
  box: Bytes,
  name: Bytes,
  label: MailLabel,
  key: Bytes,
): Promise<MailContent | MailProblem> {
  if (sealed.length > MAIL) return 'wrong-size';
  const plain = await unseal(key, LABEL, mailAad(box, label), sealed);
  if (plain === null) return 'does-not-open';
  const content = read(plain);
  if (content === null || mailKind(content) !== label.kind) return 'malformed';
  if (content.kind !== 'chunk') return content;
  return same(await chunkName(key, content.blob, content.index), name) ? content : 'other-name';
}

/** The content of a padded plain item, if it is padded as it has to be. */
function read(plain: Bytes): MailContent | null {
  try {
    const r = new Reader(plain);
    const body = r.bytes(MAIL);
    const content = decode(body);
    const padded = paddedLength(content, 4 + body.length);
    return plain.length === padded && r.rest().every((byte) => byte === 0) ? content : null;
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

function encode(content: MailContent): Bytes {
  const code = Uint8Array.of(CONTENTS[content.kind]);
  if (content.kind !== 'chunk') return concat(code, content.bytes);
  return new Writer().raw(code).raw(content.blob).u32(content.index).raw(content.bytes).done();
}

function decode(body: Bytes): MailContent {
  const r = new Reader(body);
  switch (r.u8()) {
    case CONTENTS.envelope:
      return { kind: 'envelope', bytes: r.rest() };
    case CONTENTS['roster-entry']:
      return { kind: 'roster-entry', bytes: r.rest() };
    case CONTENTS['blob-message']:
      return { kind: 'blob-message', bytes: r.rest() };
    case CONTENTS.chunk: {
      const content = { kind: 'chunk', blob: r.raw(32), index: r.u32(), bytes: r.rest() } as const;
      if (!isChunk(content.bytes)) throw new Malformed('too-large');
      return content;
    }
    default:
      throw new Malformed('unknown-code');
  }
}

function isChunk(bytes: Bytes): boolean {
  return bytes.length > 0 && bytes.length <= MAIL_CHUNK;
}

/** A multiple of the padding; the data of a chunk counts as its size class, a power of two. */
function paddedLength(content: MailContent, length: number): number {
  let shown = length;
  if (content.kind === 'chunk') {
    let shownAs = MAIL_CHUNK_CLASS;
    while (shownAs < content.bytes.length) shownAs *= 2;
    shown += shownAs - content.bytes.length;
  }
  return Math.ceil(shown / MAIL_PAD) * MAIL_PAD;
}

function mailAad(box: Bytes, label: MailLabel): Bytes {
  return new Writer()
    .raw(box)
    .u64(label.epoch)
    .u8(AUDIENCES[label.audience])
    .u8(MAIL_KINDS[label.kind])
    .done();
}
