/** Candidates after admission, each sealed and numbered, one key for each direction. */
import { Writer, concat, fromUtf8, Reader, same, utf8, type Bytes } from './bytes.ts';
import { seal, unseal } from './kdf.ts';
import { KIND } from './knock.ts';
import * as limits from './limits.ts';

export type Trickled =
  | { readonly candidate: string | null; readonly mid: string }
  | { readonly restart: { readonly offer: string } | { readonly answer: string } };

const LABEL = 'trickle';
const HEADER = 37;

export type TrickleProblem = 'not-for-us' | 'not-rising' | 'does-not-open' | 'malformed' | 'too-large';

/** Both directions of one request. Numbers rise strictly, so a replay is refused. */
export class Trickle {
  #sent = 0;
  #received = 0;

  constructor(
    readonly id: Bytes,
    readonly mine: Bytes,
    readonly theirs: Bytes,
  ) {}

  async seal(message: Trickled, salt?: Bytes): Promise<Bytes> {
    this.#sent += 1;
    const n = new Writer().u32(this.#sent).done();
    const box = await seal(this.mine, LABEL, concat(this.id, n), utf8(JSON.stringify(message)), salt);
    return concat(Uint8Array.of(KIND.trickle), this.id, n, box);
  }

  async open(message: Bytes): Promise<Trickled | TrickleProblem> {
    if (message[0] !== KIND.trickle || message.length < HEADER || message.length > limits.MESSAGE) {
      return 'not-for-us';
    }
    if (!same(message.subarray(1, 33), this.id)) return 'not-for-us';
    const number = message.slice(33, HEADER);
    const n = new Reader(number).u32();
    if (n <= this.#received) return 'not-rising';
    const plain = await unseal(this.theirs, LABEL, concat(this.id, number), message.slice(HEADER));
    if (plain === null) return 'does-not-open';
    // Another message may have been opened meanwhile: only the strictly rising order counts.
    if (n <= this.#received) return 'not-rising';
    this.#received = n;
    return parseTrickled(plain);
  }
}

/** Exactly the two shapes, without other fields. */
export function parseTrickled(plain: Bytes): Trickled | 'malformed' | 'too-large' {
  if (plain.length > limits.TRICKLE) return 'too-large';
  let value: unknown;
  try {
    value = JSON.parse(fromUtf8(plain));
  } catch {
    return 'malformed';
  }
  if (typeof value !== 'object' || value === null) return 'malformed';
  const fields = Object.keys(value).length;
  if ('restart' in value && fields === 1) return parseRestart(value.restart);
  if (!('candidate' in value && 'mid' in value) || fields !== 2) return 'malformed';
  const { candidate, mid } = value;
  if ((candidate !== null && typeof candidate !== 'string') || typeof mid !== 'string') return 'malformed';
  const small = utf8(mid).length <= limits.MID && utf8(candidate ?? '').length <= limits.CANDIDATE;
  return small ? { candidate, mid } : 'too-large';
}

function parseRestart(restart: unknown): Trickled | 'malformed' | 'too-large' {
  if (typeof restart !== 'object' || restart === null || Object.keys(restart).length !== 1)
    return 'malformed';
  const sdp = 'offer' in restart ? restart.offer : 'answer' in restart ? restart.answer : null;
  if (typeof sdp !== 'string') return 'malformed';
  if (utf8(sdp).length > limits.SDP) return 'too-large';
  return { restart: 'offer' in restart ? { offer: sdp } : { answer: sdp } };
}
