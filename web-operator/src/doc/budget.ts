/** What each author may put into one document: envelopes, bytes, and what is held without being accepted. */
import { hex } from '../seal/bytes.ts';
import type { Hex } from '../seal/codes.ts';
import type { Envelope } from './envelope.ts';
import * as limits from './limits.ts';
import type { Reason } from './verdict.ts';

interface Spent {
  envelopes: number;
  bytes: number;
  aside: number;
}

export class Budget {
  readonly #spent = new Map<Hex, Spent>();
  #asideBytes = 0;

  /** Bytes of an envelope and of what the graph keeps of its operations. */
  static cost(envelope: Envelope, ops: number): number {
    return envelope.bytes.length + limits.OP_COST * ops;
  }

  /** Why there is no room, or null. */
  refusal(envelope: Envelope, cost: number, aside: boolean): Reason | null {
    const spent = this.#by(envelope);
    if (spent.envelopes >= limits.AUTHOR_ENVELOPES || spent.bytes + cost > limits.AUTHOR_BYTES) {
      return 'author-budget';
    }
    const crowded =
      spent.aside >= limits.ASIDE_PER_AUTHOR || this.#asideBytes + envelope.bytes.length > limits.ASIDE_BYTES;
    return aside && crowded ? 'aside-full' : null;
  }

  spend(envelope: Envelope, cost: number): void {
    const spent = this.#by(envelope);
    spent.envelopes += 1;
    spent.bytes += cost;
  }

  setAside(envelope: Envelope): void {
    this.#asideBytes += envelope.bytes.length;
    this.#by(envelope).aside += 1;
  }

  leaveAside(envelope: Envelope): void {
    this.#asideBytes -= envelope.bytes.length;
    this.#by(envelope).aside -= 1;
  }

  /** Acceptance is computed anew: what is aside is counted again. */
  clearAside(): void {
    for (const spent of this.#spent.values()) spent.aside = 0;
    this.#asideBytes = 0;
  }

  clear(): void {
    this.#spent.clear();
    this.#asideBytes = 0;
  }

  #by(envelope: Envelope): Spent {
    const author = hex(envelope.author);
    let spent = this.#spent.get(author);
    if (spent === undefined) {
      spent = { envelopes: 0, bytes: 0, aside: 0 };
      this.#spent.set(author, spent);
    }
    return spent;
  }
}
