/** Changes of a shared text, and what becomes of them where others write too. Offsets are UTF-16 code units. */
import { SPLICE } from './limits.ts';

/** A change of a text: so much goes, and something comes in its place. */
export interface Splice {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

/**
 * The smallest change that makes one text another, or null; pairs of surrogates stay whole. Where several would
 * do ("aa" typed into "aaa") the one that ends at the caret is meant.
 */
export function spliceBetween(before: string, after: string, caret = after.length): Splice | null {
  if (before === after) return null;
  const most = Math.min(before.length, after.length);
  // What lies behind the caret was not touched by typing.
  const behind = Math.min(most, Math.max(0, after.length - caret));
  let end = 0;
  while (end < behind && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  let start = 0;
  while (start < most - end && before[start] === after[start]) start += 1;
  if (start > 0 && isHigh(before, start - 1)) start -= 1;
  while (end < most - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  if (end > 0 && (isLow(before, before.length - end) || isLow(after, after.length - end))) end -= 1;
  return { at: start, remove: before.length - end - start, insert: after.slice(start, after.length - end) };
}

export function applySplice(text: string, { at, remove, insert }: Splice): string {
  return text.slice(0, at) + insert + text.slice(at + remove);
}

/** Where a place goes when somebody else made this change. A change right at it leaves it in front. */
export function moved(place: number, { at, remove, insert }: Splice): number {
  if (place <= at) return place;
  return place >= at + remove ? place + insert.length - remove : at + insert.length;
}

/** The same change after another one: what it removes is what is left of that, and it stays beside the same words. */
export function rebased(splice: Splice, over: Splice): Splice {
  const from = moved(splice.at, over);
  const to = moved(splice.at + splice.remove, over);
  return { at: from, remove: to - from, insert: splice.insert };
}

/** The same change where the text is another one by now. */
export function rebase(splice: Splice, was: string, now: string): Splice {
  const other = spliceBetween(was, now);
  return other === null ? splice : rebased(splice, other);
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
