/** Messages on the control channel: JSON text, read into one of the known shapes or refused. */
import { fromBase64url, utf8 } from '../seal/bytes.ts';
import { VERSION } from '../seal/codes.ts';
import type { Hello } from '../seal/hello.ts';
import * as limits from '../seal/limits.ts';
import type { ControlMessage, MediaOffReason } from './facade.ts';
import type { Look } from './show.ts';

export type ByeReason = 'left' | 'closed' | 'replaced';

export type Control =
  | Hello
  | { readonly t: 'beat'; readonly n: number; readonly echo: number | null }
  | { readonly t: 'offer'; readonly sdp: string }
  | { readonly t: 'answer'; readonly sdp: string }
  | { readonly t: 'bye'; readonly why: ByeReason }
  | ControlMessage;

export type ControlProblem = 'too-large' | 'malformed' | 'unsupported-version';

const PEER = 32;
const SIGNATURE = 64;

const BYES: readonly unknown[] = ['left', 'closed', 'replaced'] satisfies ByeReason[];
const OFF: readonly unknown[] = ['stopped', 'denied', 'missing', 'busy', 'lost'] satisfies MediaOffReason[];

/** Null for a kind this page doesn't know: it is ignored. */
export function parseControl(text: string): Control | ControlProblem | null {
  if (utf8(text).length > limits.CONTROL) return 'too-large';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'malformed';
  }
  if (typeof value !== 'object' || value === null || !('t' in value) || typeof value.t !== 'string') {
    return 'malformed';
  }
  return parseKind(value.t, value);
}

function parseKind(t: string, m: Readonly<Record<string, unknown>>): Control | ControlProblem | null {
  const { v, peer, sig, n, sdp, why, what, ok, video, watching } = m;
  switch (t) {
    case 'hello':
      if (!isCount(v) || !isBase64(peer, PEER) || !isBase64(sig, SIGNATURE)) return 'malformed';
      return v === VERSION ? { t, v, peer, sig } : 'unsupported-version';
    case 'beat': {
      const echo = m['echo'] ?? null;
      return isCount(n) && (echo === null || isCount(echo)) ? { t, n, echo } : 'malformed';
    }
    case 'offer':
    case 'answer':
      if (typeof sdp !== 'string') return 'malformed';
      return utf8(sdp).length > limits.SDP ? 'too-large' : { t, sdp };
    case 'bye':
      return BYES.includes(why) ? { t, why: why as ByeReason } : 'malformed';
    case 'ask':
      return what === 'video' ? { t, what } : 'malformed';
    case 'asked':
      return what === 'video' && typeof ok === 'boolean' ? { t, what, ok } : 'malformed';
    case 'media': {
      const reason = why ?? null;
      const known = reason === null || OFF.includes(reason);
      if ((video !== 'live' && video !== 'off') || !known) return 'malformed';
      return { t, video, why: reason as MediaOffReason | null };
    }
    case 'view':
      return typeof watching === 'boolean' ? { t, watching } : 'malformed';
    case 'look': {
      const look = parseLook(m['look']);
      return look === null ? 'malformed' : { t, look };
    }
    case 'photo':
    case 'photo-refused':
      return { t };
    default:
      return null;
  }
}

function parseLook(value: unknown): Look | null {
  if (typeof value !== 'object' || value === null) return null;
  const { look, board, file, page, list, text } = value as Readonly<Record<string, unknown>>;
  switch (look) {
    case 'live':
      return { look };
    case 'board':
      return isDocument(board) ? { look, board } : null;
    case 'page':
      return isEntry(file) && isCount(page) ? { look, file, page } : null;
    case 'steps':
      return isEntry(list) ? { look, list } : null;
    case 'text':
      return isDocument(text) ? { look, text } : null;
    default:
      return null;
  }
}

function isDocument(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{32}$/.test(value);
}

/** `counter@actor`, as documents name their entries; operations are numbered below 2^31. */
function isEntry(value: unknown): value is string {
  return typeof value === 'string' && /^[1-9][0-9]{0,9}@[0-9a-f]{80}$/.test(value);
}

/** Unpadded base64url of so many bytes. */
function isBase64(value: unknown, length: number): value is string {
  try {
    return typeof value === 'string' && fromBase64url(value).length === length;
  } catch {
    return false;
  }
}

/** A whole number of 32 bits. */
function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffff_ffff;
}
