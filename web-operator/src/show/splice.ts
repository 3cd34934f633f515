/** A shared text under two pens: the state machine between a text field and a document that answers later. Pure. */
import { applySplice, moved, rebased, spliceBetween, type Splice } from '../doc/splice';

/** A splice that the document did not answer by now is taken for granted. */
export const ANSWER_MS = 3_000;

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
    return this.#sent === null ? this.#known : applySplice(this.#known, this.#sent.splice);
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
        this.#foreign(rebased(without, sent), typed);
        this.#sent = { splice: rebased(sent, without), at: this.#sent?.at ?? 0 };
      }
      this.#known = text;
    }
    const next = typed === null ? this.#expected : this.#shown;
    this.#shown = next;
    return this.#shown !== before;
  }

  /** Somebody else's change to what was expected; what is typed stays on top of it, at the same place behind it. */
  #foreign(change: Splice | null, typed: Splice | null): void {
    if (change === null) {
      return;
    }
    const shown = typed === null ? change : rebased(change, typed);
    this.#shown = applySplice(this.#shown, shown);
    this.#caret = moved(this.#caret, shown);
  }
}
