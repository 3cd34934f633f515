/** Which chunks are there: a bit for each, the lowest bit of a byte first. */
import type { Bytes } from '../seal/bytes.ts';

export class Bitmap {
  readonly #bits: Bytes;
  #set = 0;

  constructor(
    readonly count: number,
    bits?: Bytes,
  ) {
    this.#bits = new Uint8Array(Math.ceil(count / 8));
    if (bits === undefined) return;
    for (let chunk = 0; chunk < count; chunk++) {
      if ((((bits[chunk >> 3] ?? 0) >> (chunk & 7)) & 1) === 1) this.add(chunk);
    }
  }

  has(chunk: number): boolean {
    return (((this.#bits[chunk >> 3] ?? 0) >> (chunk & 7)) & 1) === 1;
  }

  add(chunk: number): void {
    if (chunk >= this.count || this.has(chunk)) return;
    this.#bits[chunk >> 3] = (this.#bits[chunk >> 3] ?? 0) | (1 << (chunk & 7));
    this.#set += 1;
  }

  get size(): number {
    return this.#set;
  }

  get full(): boolean {
    return this.#set === this.count;
  }

  /** The first chunk from here on that is missing; null when there is none. */
  missing(from = 0): number | null {
    for (let chunk = from; chunk < this.count; chunk++) {
      // Whole bytes at once: a large blob is mostly there or mostly not.
      if ((chunk & 7) === 0 && this.#bits[chunk >> 3] === 0xff) chunk += 7;
      else if (!this.has(chunk)) return chunk;
    }
    return null;
  }

  bits(): Bytes {
    return this.#bits.slice();
  }
}
