/** Replies to a knock or call: sealed under its export, signed by the expert or a proved member. */
import { Malformed, Reader, Writer, concat, same, type Bytes } from './bytes.ts';
import { VERSION, named } from './codes.ts';
import { sign, verify, type SignKey } from './ed25519.ts';
import { seal, unseal } from './kdf.ts';
import { KIND } from './knock.ts';
import * as limits from './limits.ts';

export const REFUSALS = {
  'by-expert': 1,
  expired: 2,
  'not-yet-valid': 3,
  'used-up': 4,
  revoked: 5,
  'too-many-knocks': 6,
  'bad-knock': 7,
  removed: 8,
  'session-closed': 9,
  busy: 10,
  'unsupported-version': 11,
} as const;
export type Refusal = keyof typeof REFUSALS;

export type Reply =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'refused'; readonly reason: Refusal }
  | { readonly kind: 'admitted'; readonly chain: readonly Bytes[]; readonly answer: string | null }
  /** To a call: roster entries the caller lacks; it calls again. */
  | { readonly kind: 'behind'; readonly entries: readonly Bytes[] }
  /** To a call: the answer. */
  | { readonly kind: 'welcome-back'; readonly answer: string | null };

const KINDS = { waiting: 1, refused: 2, admitted: 3, behind: 4, 'welcome-back': 5 } as const;

export type ReplyProblem =
  'not-for-us' | 'does-not-open' | 'malformed' | 'unsupported-version' | 'wrong-kind' | 'signature';

export interface OpenedReply {
  readonly reply: Reply;
  /** Its signature holds; whether it may sign is the caller's question. */
  readonly signer: Bytes;
}

const LABEL = 'reply';

/** The id a reply message answers, or null when it is none. */
export function replyId(message: Bytes): Bytes | null {
  return message[0] === KIND.reply && message.length > 33 ? message.slice(1, 33) : null;
}

/** Which replies answer which request; a refusal answers both. */
const ANSWERS: Readonly<Record<'knock' | 'call', readonly Reply['kind'][]>> = {
  knock: ['waiting', 'refused', 'admitted'],
  call: ['refused', 'behind', 'welcome-back'],
};

export async function openReply(
  purpose: 'knock' | 'call',
  key: Bytes,
  id: Bytes,
  message: Bytes,
): Promise<OpenedReply | ReplyProblem> {
  const answered = replyId(message);
  if (answered === null || message.length > limits.MESSAGE) return 'not-for-us';
  if (!same(answered, id)) return 'not-for-us';
  const plain = await unseal(key, LABEL, id, message.slice(33));
  if (plain === null) return 'does-not-open';
  if (plain[0] !== VERSION) return 'unsupported-version';
  let decoded;
  try {
    decoded = decode(plain);
  } catch (error) {
    if (error instanceof Malformed) return 'malformed';
    throw error;
  }
  const { reply, signer, signed, signature } = decoded;
  if (!ANSWERS[purpose].includes(reply.kind)) return 'wrong-kind';
  if (!(await verify(signer, LABEL, concat(id, signed), signature))) return 'signature';
  return { reply, signer };
}

/** The answering side, for peers that are called. */
export async function sealReply(
  key: Bytes,
  id: Bytes,
  reply: Reply,
  signer: SignKey,
  salt?: Bytes,
): Promise<Bytes> {
  const signed = encode(reply, signer.publicKey);
  const signature = await sign(signer, LABEL, concat(id, signed));
  const box = await seal(key, LABEL, id, concat(signed, signature), salt);
  return concat(Uint8Array.of(KIND.reply), id, box);
}

function encode(reply: Reply, signer: Bytes): Bytes {
  const w = new Writer().u8(VERSION).u8(KINDS[reply.kind]);
  switch (reply.kind) {
    case 'waiting':
      break;
    case 'refused':
      w.u8(REFUSALS[reply.reason]);
      break;
    case 'admitted':
      w.list(reply.chain, (x, entry) => x.bytes(entry)).opt(reply.answer, (x, sdp) => x.str(sdp));
      break;
    case 'behind':
      w.list(reply.entries, (x, entry) => x.bytes(entry));
      break;
    case 'welcome-back':
      w.opt(reply.answer, (x, sdp) => x.str(sdp));
      break;
  }
  return w.raw(signer).done();
}

function decode(plain: Bytes): { reply: Reply; signer: Bytes; signed: Bytes; signature: Bytes } {
  const r = new Reader(plain);
  r.u8();
  const reply = fields(named(KINDS, r.u8()), r);
  const signer = r.raw(32);
  const signed = r.before();
  const signature = r.raw(64);
  r.end();
  return { reply, signer, signed, signature };
}

function fields(kind: Reply['kind'], r: Reader): Reply {
  const entries = () => r.list(limits.CHAIN, (x) => x.bytes(limits.ENTRY));
  const answer = () => r.opt((x) => x.str(limits.SDP));
  switch (kind) {
    case 'waiting':
      return { kind };
    case 'refused':
      return { kind, reason: named(REFUSALS, r.u8()) };
    case 'admitted':
      return { kind, chain: entries(), answer: answer() };
    case 'behind':
      return { kind, entries: entries() };
    case 'welcome-back':
      return { kind, answer: answer() };
  }
}
