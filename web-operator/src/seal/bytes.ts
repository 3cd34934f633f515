/** Bytes: comparison, text forms, and the exact reader and writer of wire structures. */

/** Bytes on an ordinary buffer (never a shared one), as WebCrypto wants them. */
export type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();
/** Fatal: bad UTF-8 is refused, never replaced. `ignoreBOM` keeps a leading U+FEFF as it was sent. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function utf8(text: string): Bytes {
  return encoder.encode(text);
}

export function fromUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const out = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Plain comparison: nothing secret is compared with it. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Order of byte strings of equal length, as the roster's rules compare hashes. */
export function compare(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function hex(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += byte.toString(16).padStart(2, '0');
  return out;
}

export function fromHex(text: string): Bytes {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) throw new Malformed('not-text');
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return out;
}

/** Unpadded base64url. */
export function base64url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Strict: only the unpadded alphabet, and spare bits have to be zero. */
export function fromBase64url(text: string): Bytes {
  if (text.length % 4 === 1 || !/^[A-Za-z0-9_-]*$/.test(text)) throw new Malformed('not-text');
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const out = Uint8Array.from(binary, (c) => c.charCodeAt(0));
  if (base64url(out) !== text) throw new Malformed('not-text');
  return out;
}

/** Why bytes are not exactly one valid structure. */
export type WireProblem =
  | 'truncated'
  | 'trailing'
  | 'too-large'
  /** A flag, kind or code that this version doesn't know. */
  | 'unknown-code'
  | 'not-text'
  | 'unsupported-version';

/** Thrown by every decoder here. */
export class Malformed extends Error {
  constructor(readonly problem: WireProblem) {
    super(problem);
    this.name = 'Malformed';
  }
}

/** Reads one structure; every method throws `Malformed` instead of reading past the end. */
export class Reader {
  #at = 0;
  readonly #view: DataView;

  constructor(readonly source: Bytes) {
    this.#view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  }

  get position(): number {
    return this.#at;
  }

  get left(): number {
    return this.source.length - this.#at;
  }

  /** A copy of the bytes read so far: what a signature over "all before" covers. */
  before(from = 0): Bytes {
    return this.source.slice(from, this.#at);
  }

  raw(length: number): Bytes {
    return this.source.slice(this.#take(length), this.#at);
  }

  rest(): Bytes {
    return this.raw(this.left);
  }

  /** Reads past bytes that the caller takes from `source` itself. */
  skip(length: number): void {
    this.#take(length);
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8));
  }

  /** The version byte, refused unless it is ours. */
  version(): void {
    if (this.u8() !== 1) throw new Malformed('unsupported-version');
  }

  bool(): boolean {
    const value = this.u8();
    if (value > 1) throw new Malformed('unknown-code');
    return value === 1;
  }

  /** Length-prefixed bytes; the cap is checked before anything is copied. */
  bytes(cap: number): Bytes {
    const length = this.u32();
    if (length > cap) throw new Malformed('too-large');
    return this.raw(length);
  }

  str(cap: number): string {
    try {
      return fromUtf8(this.bytes(cap));
    } catch (error) {
      throw error instanceof Malformed ? error : new Malformed('not-text');
    }
  }

  list<T>(cap: number, item: (reader: this) => T): T[] {
    const count = this.u32();
    if (count > cap) throw new Malformed('too-large');
    const out: T[] = [];
    for (let i = 0; i < count; i++) out.push(item(this));
    return out;
  }

  opt<T>(item: (reader: this) => T): T | null {
    return this.bool() ? item(this) : null;
  }

  end(): void {
    if (this.left !== 0) throw new Malformed('trailing');
  }

  #take(length: number): number {
    const from = this.#at;
    if (length > this.left) throw new Malformed('truncated');
    this.#at += length;
    return from;
  }
}

/** Builds one structure; big-endian, u32 length prefixes. */
export class Writer {
  #parts: Uint8Array[] = [];

  raw(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    return this;
  }

  u8(value: number): this {
    return this.raw(Uint8Array.of(value));
  }

  u16(value: number): this {
    return this.raw(Uint8Array.of(value >> 8, value));
  }

  u32(value: number): this {
    return this.raw(Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value));
  }

  u64(value: bigint): this {
    const out = new DataView(new ArrayBuffer(8));
    out.setBigUint64(0, value);
    return this.raw(new Uint8Array(out.buffer));
  }

  bool(value: boolean): this {
    return this.u8(value ? 1 : 0);
  }

  bytes(value: Uint8Array): this {
    return this.u32(value.length).raw(value);
  }

  str(value: string): this {
    return this.bytes(utf8(value));
  }

  list<T>(items: readonly T[], write: (writer: this, item: T) => void): this {
    this.u32(items.length);
    for (const item of items) write(this, item);
    return this;
  }

  opt<T>(value: T | null, write: (writer: this, value: T) => void): this {
    this.bool(value !== null);
    if (value !== null) write(this, value);
    return this;
  }

  done(): Bytes {
    return concat(...this.#parts);
  }
}
