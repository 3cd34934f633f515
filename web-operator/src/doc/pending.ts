/** Envelopes that wait for what they build on, bounded per author and in all. */
import { compare, hex } from '../seal/bytes.ts';
import type { Hex } from '../seal/codes.ts';
import type { Envelope } from './envelope.ts';
import { PENDING_BYTES, PENDING_PER_AUTHOR } from './limits.ts';

/** What an envelope waits for: its actor's previous envelope, or a change that it depends on. */
export type Missing = `envelope/${Hex}` | `change/${Hex}`;

/**
 * Whether an envelope's signature still has to be checked: from anybody; checked when it came; or taken
 * in by this device once, and stored: whatever the roster says by now, it is kept.
 */
export type Trust = 'network' | 'verified' | 'stored';

/** An envelope that is kept, its signature checked. */
export interface Held {
  readonly envelope: Envelope;
  /** What this device stored once does not count towards the caps. */
  readonly trust: Exclude<Trust, 'network'>;
}

/** How far an envelope is trusted once it is kept. */
export function held(envelope: Envelope, trust: Trust): Held {
  return { envelope, trust: trust === 'stored' ? 'stored' : 'verified' };
}

/** The signatures of what waits are checked already. */
export class Pending {
  readonly #waiting = new Map<Hex, Held>();
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

  envelope(id: Hex): Envelope | undefined {
    return this.#waiting.get(id)?.envelope;
  }

  get envelopes(): readonly Envelope[] {
    return [...this.#waiting.values()].map(({ envelope }) => envelope);
  }

  /** False when a cap is reached and the envelope is not kept. */
  push(envelope: Envelope, missing: Missing, trust: Trust): boolean {
    if (trust !== 'stored') {
      const author = hex(envelope.author);
      const count = this.#perAuthor.get(author) ?? 0;
      const bytes = this.#bytes + envelope.bytes.length;
      if (count >= PENDING_PER_AUTHOR || bytes > PENDING_BYTES) return false;
      this.#perAuthor.set(author, count + 1);
      this.#bytes = bytes;
    }
    const id = hex(envelope.id);
    this.#byMissing.set(missing, [...(this.#byMissing.get(missing) ?? []), id]);
    this.#waiting.set(id, held(envelope, trust));
    return true;
  }

  /** Takes out what waited for `missing`. */
  wake(missing: Missing): readonly Held[] {
    const ids = this.#byMissing.get(missing) ?? [];
    this.#byMissing.delete(missing);
    return ids.flatMap((id) => this.#remove(id) ?? []);
  }

  /** Takes out everything, in the order of ids: what is drained is taken in again in the same order everywhere. */
  drain(): readonly Held[] {
    const all = [...this.#waiting.values()].sort((a, b) => compare(a.envelope.id, b.envelope.id));
    this.#waiting.clear();
    this.#byMissing.clear();
    this.#perAuthor.clear();
    this.#bytes = 0;
    return all;
  }

  #remove(id: Hex): Held | undefined {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return undefined;
    this.#waiting.delete(id);
    if (waiting.trust !== 'stored') {
      const author = hex(waiting.envelope.author);
      this.#bytes -= waiting.envelope.bytes.length;
      this.#perAuthor.set(author, (this.#perAuthor.get(author) ?? 1) - 1);
    }
    return waiting;
  }
}
