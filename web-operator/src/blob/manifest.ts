/** What a blob's id stands for: its size and the hash of each chunk. */
import { Writer, concat, hex, utf8, type Bytes } from '../seal/bytes.ts';
import { BLOB, CHUNK, HASHES } from './limits.ts';

const LABEL = utf8('sightline/1 blob\0');
const HASH = 32;

/** Lowercase hex of 32 bytes. */
export type BlobId = string;

export interface Manifest {
  readonly size: number;
  /** 32 bytes for each chunk, one after another. */
  readonly hashes: Bytes;
}

export type ManifestProblem = 'empty' | 'too-large' | 'wrong-size' | 'wrong-hashes';

export function chunkCount(size: number): number {
  return Math.ceil(size / CHUNK);
}

/** Length of a chunk: all but the last are full. */
export function chunkLength(size: number, chunk: number): number {
  return Math.min(CHUNK, size - chunk * CHUNK);
}

export function hashOf(manifest: Manifest, chunk: number): Bytes {
  return manifest.hashes.subarray(chunk * HASH, (chunk + 1) * HASH);
}

export async function digest(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

export async function blobId({ size, hashes }: Manifest): Promise<Bytes> {
  return digest(concat(LABEL, new Writer().u64(BigInt(size)).done(), hashes));
}

/** Null when a size can be a blob's. */
export function sizeProblem(size: number): ManifestProblem | null {
  if (!Number.isSafeInteger(size) || size < 0) return 'wrong-size';
  if (size === 0) return 'empty';
  return size > BLOB ? 'too-large' : null;
}

/**
 * Puts a manifest together from its parts, which come in any order and from anybody. Nothing counts
 * before the whole agrees with the id.
 */
export class ManifestParts {
  /** Null before the first part: what a document says of a size costs nothing until somebody has it. */
  #hashes: Bytes | null = null;
  readonly #count: number;
  readonly #there: Uint8Array;
  #missing: number;

  /** `size` is what a document says: parts that say another one are refused before they cost anything. */
  constructor(
    readonly blob: BlobId,
    readonly size: number,
  ) {
    this.#count = chunkCount(size);
    this.#there = new Uint8Array(Math.ceil(this.#count / HASHES));
    this.#missing = this.#there.length;
  }

  /** Whether the part from this hash on is there. */
  has(first: number): boolean {
    return this.#there[first / HASHES] === 1;
  }

  /** The first hash of the next part that is missing. */
  get next(): number {
    return Math.max(0, this.#there.indexOf(0)) * HASHES;
  }

  /** The manifest once it is whole; null while parts are missing. A part has to be one of the fixed cut. */
  async add(size: number, first: number, hashes: Bytes): Promise<Manifest | ManifestProblem | null> {
    if (size !== this.size) return 'wrong-size';
    const part = first / HASHES;
    const expected = Math.min(HASHES, this.#count - first) * HASH;
    if (!Number.isInteger(part) || part >= this.#there.length || hashes.length !== expected)
      return 'wrong-hashes';
    this.#hashes ??= new Uint8Array(this.#count * HASH);
    this.#hashes.set(hashes, first * HASH);
    if (this.#there[part] === 0) this.#missing -= 1;
    this.#there[part] = 1;
    if (this.#missing > 0) return null;
    const manifest = { size, hashes: this.#hashes };
    if (hex(await blobId(manifest)) === this.blob) return manifest;
    this.#there.fill(0);
    this.#missing = this.#there.length;
    return 'wrong-hashes';
  }
}

/** Hashes of a blob's chunks as they pass: the content is never whole in memory. */
export class ManifestMaker {
  readonly #hashes: Bytes;
  #at = 0;

  constructor(readonly size: number) {
    this.#hashes = new Uint8Array(chunkCount(size) * HASH);
  }

  /** Chunks in order. */
  async chunk(bytes: Bytes): Promise<void> {
    const at = this.#at;
    this.#at += 1;
    this.#hashes.set(await digest(bytes), at * HASH);
  }

  manifest(): Manifest {
    return { size: this.size, hashes: this.#hashes };
  }
}
