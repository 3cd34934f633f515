/** Candidates after admission, each sealed and numbered, one key for each direction. */
import { Writer, concat, fromUtf8, Reader, same, utf8, type Bytes } from './bytes.ts';
import { seal, unseal } from './kdf.ts';
import { KIND } from './knock.ts';
import * as limits from './limits.ts';

export type Trickled =
  | { readonly candidate: string | null; readonly mid: string | null }
  | { readonly restart: { readonly offer: string } | { readonly answer: string } };

const LABEL = 'trickle';
const HEADER = 37;

export type TrickleProblem = 'other-request' | 'replayed' | 'not-sealed' | 'malformed';

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
    if (message[0] !== KIND.trickle || message.length <= HEADER) return 'malformed';
    if (!same(message.subarray(1, 33), this.id)) return 'other-request';
    const number = message.slice(33, HEADER);
    const n = new Reader(number).u32();
    if (n <= this.#received) return 'replayed';
    const plain = await unseal(this.theirs, LABEL, concat(this.id, number), message.slice(HEADER));
    if (plain === null) return 'not-sealed';
    // Another message may have been opened meanwhile: only the strictly rising order counts.
    if (n <= this.#received) return 'replayed';
    this.#received = n;
    return parseTrickled(plain);
  }
}

export function parseTrickled(plain: Bytes): Trickled | 'malformed' {
  if (plain.length > limits.TRICKLE) return 'malformed';
  let value: unknown;
  try {
    value = JSON.parse(fromUtf8(plain));
  } catch {
    return 'malformed';
  }
  if (typeof value !== 'object' || value === null) return 'malformed';
  if ('restart' in value) return parseRestart(value.restart);
  if (!('candidate' in value)) return 'malformed';
  const mid = 'mid' in value ? value.mid : null;
  const { candidate } = value;
  if (candidate !== null && typeof candidate !== 'string') return 'malformed';
  if (mid !== null && typeof mid !== 'string') return 'malformed';
  if (candidate !== null && candidate.length > limits.CANDIDATE) return 'malformed';
  return { candidate, mid };
}

function parseRestart(restart: unknown): Trickled | 'malformed' {
  if (typeof restart !== 'object' || restart === null) return 'malformed';
  if ('offer' in restart && typeof restart.offer === 'string') return { restart: { offer: restart.offer } };
  if ('answer' in restart && typeof restart.answer === 'string')
    return { restart: { answer: restart.answer } };
  return 'malformed';
}
