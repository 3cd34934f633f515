/** Envelopes that wait for what they build on, bounded per author and in all. */
import { hex } from '../seal/bytes.ts';
import type { Hex } from '../seal/codes.ts';
import type { Envelope } from './envelope.ts';
import { PENDING_BYTES, PENDING_PER_AUTHOR } from './limits.ts';

/** What an envelope waits for: its actor's previous envelope, or a change that it depends on. */
export type Missing = `envelope/${Hex}` | `change/${Hex}`;

interface Waiting {
  readonly envelope: Envelope;
  /** What was held before a rebuild does not count towards the caps. */
  readonly counted: boolean;
}

/** The signatures of what waits are checked already. */
export class Pending {
  readonly #waiting = new Map<Hex, Waiting>();
  readonly #byMissing = new Map<Missing, Hex[]>();
  readonly #perAuthor = new Map<Hex, number>();
  #bytes = 0;

  get size(): number {
    return this.#waiting.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  has(id: Hex): boolean {
    return this.#waiting.has(id);
  }

  get envelopes(): readonly Envelope[] {
    return [...this.#waiting.values()].map(({ envelope }) => envelope);
  }

  /** False when a cap is reached and the envelope is not kept. */
  push(envelope: Envelope, missing: Missing, counted: boolean): boolean {
    if (counted) {
      const author = hex(envelope.author);
      const count = this.#perAuthor.get(author) ?? 0;
      const bytes = this.#bytes + envelope.bytes.length;
      if (count >= PENDING_PER_AUTHOR || bytes > PENDING_BYTES) return false;
      this.#perAuthor.set(author, count + 1);
      this.#bytes = bytes;
    }
    const id = hex(envelope.id);
    this.#byMissing.set(missing, [...(this.#byMissing.get(missing) ?? []), id]);
    this.#waiting.set(id, { envelope, counted });
    return true;
  }

  /** Takes out what waited for `missing`. */
  wake(missing: Missing): readonly Envelope[] {
    const ids = this.#byMissing.get(missing) ?? [];
    this.#byMissing.delete(missing);
    return ids.flatMap((id) => this.#remove(id) ?? []);
  }

  /** Takes out everything. */
  drain(): readonly Envelope[] {
    const all = this.envelopes;
    this.#waiting.clear();
    this.#byMissing.clear();
    this.#perAuthor.clear();
    this.#bytes = 0;
    return all;
  }

  #remove(id: Hex): Envelope | undefined {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return undefined;
    this.#waiting.delete(id);
    if (waiting.counted) {
      const author = hex(waiting.envelope.author);
      this.#bytes -= waiting.envelope.bytes.length;
      this.#perAuthor.set(author, (this.#perAuthor.get(author) ?? 1) - 1);
    }
    return waiting.envelope;
  }
}
