/**
 * A shared text as this person sees it while typing: what the documents have, what was handed over and is
 * not part of that yet, and what was typed since. Offsets are UTF-16 code units.
 */
import { applySplice, rebase, spliceBetween, type Splice } from '../doc/splice.ts';

/** A change that was handed over, made on the text as it was then. */
export interface Handed extends Splice {
  readonly was: string;
}

export class Typing {
  #base = '';
  /** Handed over, in order, by the names of their rows. */
  readonly #handed = new Map<string, Handed>();
  /** Of these the documents say that they are part of the text, which comes with the next one. */
  readonly #done = new Set<string>();
  #text = '';
  /** The text without what was typed since the last change was handed over. */
  #before = '';

  get text(): string {
    return this.#text;
  }

  get isIdle(): boolean {
    return this.#text === this.#before && this.#handed.size === 0;
  }

  /** The person types. */
  splice(splice: Splice): void {
    const at = Math.min(Math.max(0, splice.at), this.#text.length);
    const remove = Math.min(Math.max(0, splice.remove), this.#text.length - at);
    this.#text = applySplice(this.#text, { at, remove, insert: splice.insert });
  }

  /** What was typed since the last time, as one change; null when that is nothing. */
  take(row: string): Handed | null {
    const splice = spliceBetween(this.#before, this.#text);
    if (splice === null) return null;
    const handed = { ...splice, was: this.#before };
    this.#handed.set(row, handed);
    this.#before = this.#text;
    return handed;
  }

  /** A change that waited in the outbox when the page was loaded. */
  restore(row: string, handed: Handed): void {
    this.#handed.set(row, handed);
    this.#remake();
  }

  /** A change is part of the document; the text that has it follows. */
  done(row: string): void {
    if (this.#handed.has(row)) this.#done.add(row);
  }

  /** The documents have another text. */
  update(base: string): void {
    this.#base = base;
    for (const row of this.#done) this.#handed.delete(row);
    this.#done.clear();
    this.#remake();
  }

  #remake(): void {
    const typed = spliceBetween(this.#before, this.#text);
    const was = this.#before;
    let text = this.#base;
    for (const handed of this.#handed.values()) text = applySplice(text, rebase(handed, handed.was, text));
    this.#before = text;
    this.#text = typed === null ? text : applySplice(text, rebase(typed, was, text));
  }
}
