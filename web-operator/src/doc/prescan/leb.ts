/** LEB128 numbers, minimal encodings only. */
import { fromUtf8, type Bytes } from '../../seal/bytes.ts';
import { Refused } from './refused.ts';

const U64 = 64n;

/** Reads numbers and byte strings off the front of a slice. */
export class Leb {
  #at = 0;

  constructor(readonly bytes: Bytes) {}

  get done(): boolean {
    return this.#at === this.bytes.length;
  }

  take(length: bigint): Bytes {
    if (length > BigInt(this.bytes.length - this.#at)) throw new Refused('malformed');
    const from = this.#at;
    this.#at += Number(length);
    return this.bytes.subarray(from, this.#at);
  }

  /** A number of up to 64 bits. */
  unsigned(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < U64; shift += 7n) {
      const byte = this.#byte();
      const bits = BigInt(byte & 0x7f);
      if (shift === 63n && bits > 1n) throw new Refused('malformed');
      value |= bits << shift;
      if ((byte & 0x80) === 0) {
        // A last byte of zero adds nothing: the number had a shorter form.
        if (byte === 0 && shift > 0n) throw new Refused('malformed');
        return value;
      }
    }
    throw new Refused('malformed');
  }

  /** A number of up to 64 bits in two's complement. */
  signed(): bigint {
    let value = 0n;
    let previous = 0;
    for (let shift = 0n; shift < U64; shift += 7n) {
      const byte = this.#byte();
      if (shift === 63n && byte !== 0 && byte !== 0x7f) throw new Refused('malformed');
      value |= BigInt(byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) {
        const extends_ =
          (byte === 0 && (previous & 0x40) === 0) || (byte === 0x7f && (previous & 0x40) !== 0);
        if (shift > 0n && extends_) throw new Refused('malformed');
        return BigInt.asIntN(Number(shift) + 7, value);
      }
      previous = byte;
    }
    throw new Refused('malformed');
  }

  /** A length, then that many bytes. */
  prefixed(): Bytes {
    return this.take(this.unsigned());
  }

  text(): string {
    const bytes = this.prefixed();
    try {
      return fromUtf8(bytes);
    } catch {
      throw new Refused('column');
    }
  }

  #byte(): number {
    const byte = this.bytes[this.#at];
    if (byte === undefined) throw new Refused('malformed');
    this.#at += 1;
    return byte;
  }
}
