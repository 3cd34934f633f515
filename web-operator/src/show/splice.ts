/**
 * A shared text under two pens. Pure: what changed between two texts as one splice, where a splice goes after
 * another, and the state machine between a text field and a document that answers later.
 */

export interface Splice {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

/** A splice that the document did not answer by now is taken for granted. */
export const ANSWER_MS = 3_000;

/**
 * The one splice that makes `after` of `before`; null when they are equal. Where several would do ("aa" typed
 * into "aaa") the one that ends at the caret is meant.
 */
export function spliceBetween(before: string, after: string, caret = after.length): Splice | null {
  if (before === after) {
    return null;
  }
  const shorter = Math.min(before.length, after.length);
  // What lies behind the caret was not touched by typing.
  const tail = Math.min(shorter, Math.max(0, after.length - caret));
  let end = 0;
  while (end < tail && before[before.length - 1 - end] === after[after.length - 1 - end]) {
    end += 1;
  }
  let start = 0;
  while (start < shorter - end && before[start] === after[start]) {
    start += 1;
  }
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) {
    end += 1;
  }
  // Never between the halves of one character.
  if (start > 0 && isHigh(after.charCodeAt(start - 1))) {
    start -= 1;
  }
  if (end > 0 && isLow(after.charCodeAt(after.length - end))) {
    end -= 1;
  }
  return {
    at: start,
    remove: before.length - start - end,
    insert: after.slice(start, after.length - end),
  };
}

function isHigh(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

function isLow(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}

export function apply(text: string, { at, remove, insert }: Splice): string {
  return text.slice(0, at) + insert + text.slice(at + remove);
}

/** Where a caret goes when somebody else made this change. A change right at it leaves it in front. */
export function moved(caret: number, { at, remove, insert }: Splice): number {
  if (caret <= at) {
    return caret;
  }
  return caret >= at + remove ? caret + insert.length - remove : at + insert.length;
}

/** The same change after another one was made first. */
export function rebased(splice: Splice, over: Splice): Splice {
  const at = moved(splice.at, over);
  const end = moved(splice.at + splice.remove, over);
  return { at, remove: Math.max(0, end - at), insert: splice.insert };
}

function weight(splice: Splice | null): number {
  return splice === null ? 0 : splice.remove + splice.insert.length;
}

/** Between a text field and its document. */
export class SharedText {
  /** The document as it was told last. */
  #known: string;
  /** Sent, and not seen in the document yet. */
  #sent: { readonly splice: Splice; readonly at: number } | null = null;
  #shown: string;
  #caret = 0;

  constructor(text: string) {
    this.#known = text;
    this.#shown = text;
  }

  /** What the field has to show. */
  get text(): string {
    return this.#shown;
  }

  /** Where the caret belongs after `told`. */
  get caret(): number {
    return this.#caret;
  }

  /** Something is typed that was not sent. */
  get pending(): boolean {
    return this.#shown !== this.#expected;
  }

  get #expected(): string {
    return this.#sent === null ? this.#known : apply(this.#known, this.#sent.splice);
  }

  /** The person typed. */
  typed(text: string, caret: number): void {
    this.#shown = text;
    this.#caret = caret;
  }

  /** The caret moved without typing. */
  moved(caret: number): void {
    this.#caret = caret;
  }

  /** The change to send, when the last one was answered; else null. */
  flush(now: number): Splice | null {
    if (this.#sent !== null && now - this.#sent.at > ANSWER_MS) {
      this.#known = this.#expected;
      this.#sent = null;
    }
    if (this.#sent !== null) {
      return null;
    }
    const splice = spliceBetween(this.#known, this.#shown, this.#caret);
    this.#sent = splice === null ? null : { splice, at: now };
    return splice;
  }

  /** The document has this text now. True when the field has to show something else. */
  told(text: string): boolean {
    const before = this.#shown;
    const typed = spliceBetween(this.#expected, this.#shown, this.#caret);
    const sent = this.#sent?.splice ?? null;
    if (sent === null) {
      this.#foreign(spliceBetween(this.#known, text), typed);
      this.#known = text;
    } else {
      const without = spliceBetween(this.#known, text);
      const within = spliceBetween(this.#expected, text);
      if (weight(within) <= weight(without)) {
        // The document has the own change, maybe beside one of somebody else.
        this.#foreign(within, typed);
        this.#sent = null;
      } else if (without !== null) {
        this.#foreign(rebasedOver(without, sent), typed);
        this.#sent = { splice: rebased(sent, without), at: this.#sent?.at ?? 0 };
      }
      this.#known = text;
    }
    const next = typed === null ? this.#expected : this.#shown;
    this.#shown = next;
    return this.#shown !== before;
  }

  /** Somebody else's change to what was expected; what is typed stays on top of it. */
  #foreign(change: Splice | null, typed: Splice | null): void {
    if (change === null) {
      return;
    }
    const shown = typed === null ? change : rebasedOver(change, typed);
    this.#shown = apply(this.#shown, shown);
    this.#caret = moved(this.#caret, shown);
  }
}

/** Somebody else's change where an own one was made meanwhile; at the same place theirs comes first. */
function rebasedOver(change: Splice, own: Splice): Splice {
  return rebased(change, own);
}
