/** Changes of a shared text, and what becomes of them where others write too. Offsets are UTF-16 code units. */
import { SPLICE } from './limits.ts';

/** A change of a text: so much goes, and something comes in its place. */
export interface Splice {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

/** The smallest change that makes one text another, or null; pairs of surrogates stay whole. */
export function spliceBetween(before: string, after: string): Splice | null {
  if (before === after) return null;
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start += 1;
  if (start > 0 && isHigh(before, start - 1)) start -= 1;
  let end = 0;
  while (end < most - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  if (end > 0 && (isLow(before, before.length - end) || isLow(after, after.length - end))) end -= 1;
  return { at: start, remove: before.length - end - start, insert: after.slice(start, after.length - end) };
}

export function applySplice(text: string, { at, remove, insert }: Splice): string {
  return text.slice(0, at) + insert + text.slice(at + remove);
}

/**
 * The same change where the text is another one by now: what it removes is what is left of that, and it
 * stays beside the same words.
 */
export function rebase(splice: Splice, was: string, now: string): Splice {
  const other = spliceBetween(was, now);
  if (other === null) return splice;
  const moved = other.insert.length - other.remove;
  const place = (at: number): number => {
    if (at <= other.at) return at;
    if (at >= other.at + other.remove) return at + moved;
    return other.at + other.insert.length;
  };
  const from = place(splice.at);
  const to = place(splice.at + splice.remove);
  return { at: from, remove: to - from, insert: splice.insert };
}

/** The changes that do this one after another: each character is an operation, of which a change has not so many. */
export function piecesOf({ at, remove, insert }: Splice): Splice[] {
  const pieces: Splice[] = [];
  let gone = 0;
  let done = 0;
  while (gone < remove || done < insert.length) {
    const leaves = Math.min(remove - gone, SPLICE);
    let end = Math.min(insert.length, done + SPLICE);
    if (end < insert.length && isHigh(insert, end - 1)) end -= 1;
    pieces.push({ at: at + done, remove: leaves, insert: insert.slice(done, end) });
    gone += leaves;
    done = end;
  }
  return pieces;
}

function isHigh(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800;
}

function isLow(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xdc00;
}
