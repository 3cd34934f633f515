/**
 * Fetching one blob: which chunks are asked of whom, and what became of them. Pure: bytes and times
 * come in, messages and whole chunks come out; hashing and writing are the caller's.
 *
 * A chunk is asked of one source at a time, its pieces come in order, and it counts only after the
 * caller has verified all of it. What a lost source sent of a chunk is kept, and the next one goes on
 * from there.
 */
import type { Bytes } from '../seal/bytes.ts';
import { Bitmap } from './bitmap.ts';
import { AGAIN_MS, PIECE, STALLED_MS, WINDOW, WRONG } from './limits.ts';
import { ManifestParts, chunkCount, chunkLength, type BlobId, type Manifest } from './manifest.ts';
import type { BlobMessage, Why } from './message.ts';

/** A link, by its number. */
export type Source = number;

/** A chunk that is all here and not verified yet. */
export interface WholeChunk {
  readonly chunk: number;
  readonly bytes: Bytes;
  readonly source: Source;
  /** Parts of it came from somebody else: nobody can be blamed for it. */
  readonly mixed: boolean;
}

interface Begun {
  readonly bytes: Bytes;
  readonly mixed: boolean;
  got: number;
}

interface Asked extends Begun {
  readonly source: Source;
}

export class Fetch {
  readonly #asked = new Map<number, Asked>();
  /** Partly here, asked of nobody now. */
  readonly #begun = new Map<number, Begun>();
  readonly #checking = new Set<number>();
  /** Who is not asked again before that time. */
  readonly #away = new Map<Source, number>();
  readonly #wrong = new Map<Source, number>();
  readonly #theirs = new Map<Source, Bitmap>();
  /** Who was offered to be asked and is not gone. */
  readonly #sources = new Set<Source>();
  /** When each source last came on with what it was asked. */
  readonly #heard = new Map<Source, number>();
  /** Bytes that each sent since: less than a piece, and no chunk to its end. */
  readonly #dripped = new Map<Source, number>();
  readonly #parts: ManifestParts;
  #manifestAsked: Source | null = null;
  #manifest: Manifest | null;
  #have: Bitmap;

  constructor(
    readonly blob: BlobId,
    readonly size: number,
    kept?: { readonly manifest: Manifest; readonly have: Bytes },
  ) {
    this.#parts = new ManifestParts(blob, size);
    this.#manifest = kept?.manifest ?? null;
    this.#have = new Bitmap(chunkCount(size), kept?.have);
  }

  get manifest(): Manifest | null {
    return this.#manifest;
  }

  get have(): Bitmap {
    return this.#have;
  }

  /** Verified bytes. */
  get haveBytes(): number {
    const { count, size } = this.#have;
    const last = count - 1;
    const short = this.#have.has(last) ? chunkLength(this.size, 0) - chunkLength(this.size, last) : 0;
    return size * chunkLength(this.size, 0) - short;
  }

  get done(): boolean {
    return this.#manifest !== null && this.#have.full;
  }

  /** Somebody was asked and has not said no. */
  get active(): boolean {
    return this.#asked.size > 0 || this.#checking.size > 0 || this.#manifestAsked !== null;
  }

  /** What to ask a source now. */
  next(source: Source, now: number): BlobMessage[] {
    this.#sources.add(source);
    if (this.done || this.#isAway(source, now)) return [];
    if (this.#manifest === null) {
      if (this.#manifestAsked !== null) return [];
      this.#manifestAsked = source;
      this.#hear(source, now);
      return [{ t: 'ask', blob: this.blob }];
    }
    const messages: BlobMessage[] = [];
    if (!this.#isAsked(source)) this.#hear(source, now);
    for (let chunk = this.#pick(source, 0); chunk !== null; chunk = this.#pick(source, chunk + 1)) {
      const begun = this.#begun.get(chunk);
      this.#begun.delete(chunk);
      const asked: Asked = {
        source,
        bytes: begun?.bytes ?? new Uint8Array(chunkLength(this.size, chunk)),
        mixed: begun !== undefined && begun.got > 0,
        got: begun?.got ?? 0,
      };
      this.#asked.set(chunk, asked);
      messages.push({ t: 'get', blob: this.blob, chunk, from: asked.got });
    }
    return messages;
  }

  /** True when the manifest is there now; `wrong` when the source sent one that is not this blob's. */
  async hashes(
    source: Source | null,
    part: { readonly size: number; readonly first: number; readonly hashes: Bytes },
    now: number,
  ): Promise<boolean | 'wrong'> {
    if (this.#manifest !== null) return false;
    // The same part again brings it no further.
    if (source !== null && source === this.#manifestAsked && !this.#parts.has(part.first)) {
      this.#hear(source, now);
    }
    const added = await this.#parts.add(part.size, part.first, part.hashes);
    if (added === null) return false;
    this.#manifestAsked = null;
    if (typeof added === 'string') {
      if (source !== null) this.#blame(source, now);
      return 'wrong';
    }
    this.#manifest = added;
    return true;
  }

  /** A piece that was asked for; the whole chunk when it was the last. Others are passed over. */
  piece(source: Source, chunk: number, offset: number, bytes: Bytes, now: number): WholeChunk | null {
    const asked = this.#asked.get(chunk);
    if (asked?.source !== source || asked.got !== offset) return null;
    if (offset + bytes.length > asked.bytes.length) return null;
    asked.bytes.set(bytes, offset);
    asked.got += bytes.length;
    const dripped = (this.#dripped.get(source) ?? 0) + bytes.length;
    this.#dripped.set(source, dripped);
    const whole = asked.got === asked.bytes.length;
    if (whole || dripped >= PIECE) this.#hear(source, now);
    if (!whole) return null;
    this.#asked.delete(chunk);
    this.#checking.add(chunk);
    return { chunk, bytes: asked.bytes, source, mixed: asked.mixed };
  }

  /** What the hash said of a whole chunk. */
  checked({ chunk, source, mixed }: WholeChunk, good: boolean, now: number): void {
    this.#checking.delete(chunk);
    if (good) this.#have.add(chunk);
    else if (!mixed) this.#blame(source, now);
  }

  /** A chunk that came another way, verified already. */
  put(chunk: number): void {
    this.#have.add(chunk);
    this.#asked.delete(chunk);
    this.#begun.delete(chunk);
  }

  refused(source: Source, why: Why, now: number): void {
    this.#release(source);
    if (this.#trusts(source)) this.#away.set(source, now + (why === 'busy' ? AGAIN_MS / 5 : AGAIN_MS));
  }

  /** What a source has; it may be asked again. */
  has(source: Source, count: number, bits: Bytes): void {
    if (count !== this.#have.count) return;
    this.#theirs.set(source, new Bitmap(count, bits));
    if (this.#trusts(source)) this.#away.delete(source);
  }

  gone(source: Source): void {
    this.#release(source);
    this.#sources.delete(source);
    for (const map of [this.#away, this.#wrong, this.#theirs, this.#heard, this.#dripped]) map.delete(source);
  }

  /** Nothing is asked any more; true when somebody should hear it. */
  stop(): readonly Source[] {
    const sources = new Set([...this.#asked.values()].map(({ source }) => source));
    if (this.#manifestAsked !== null) sources.add(this.#manifestAsked);
    for (const source of sources) this.#release(source);
    return [...sources];
  }

  /** Takes back what a source was asked that is silent, or hardly comes on while others could be asked. */
  tick(now: number): void {
    for (const [source, heard] of this.#heard) {
      if (now - heard < STALLED_MS || !this.#isAsked(source)) continue;
      if (this.#isWaitedFor(source, now)) {
        this.#hear(source, now);
        continue;
      }
      this.#release(source);
      this.#away.set(source, now + AGAIN_MS);
    }
  }

  #hear(source: Source, now: number): void {
    this.#heard.set(source, now);
    this.#dripped.delete(source);
  }

  /** The slowest line brings a blob in the end; but a drip keeps nobody from getting it elsewhere. */
  #isWaitedFor(slow: Source, now: number): boolean {
    if (!this.#dripped.has(slow)) return false;
    for (const other of this.#sources) {
      if (other !== slow && !this.#isAway(other, now) && this.#takesOver(other, slow)) return false;
    }
    return true;
  }

  #takesOver(other: Source, slow: Source): boolean {
    if (this.#manifestAsked === slow) return true;
    const theirs = this.#theirs.get(other);
    for (const [chunk, { source }] of this.#asked) {
      if (source === slow && theirs?.has(chunk) !== false) return true;
    }
    return false;
  }

  #isAsked(source: Source): boolean {
    if (this.#manifestAsked === source) return true;
    for (const asked of this.#asked.values()) if (asked.source === source) return true;
    return false;
  }

  /** False for one that sent too much that was wrong. */
  #trusts(source: Source): boolean {
    return (this.#wrong.get(source) ?? 0) < WRONG;
  }

  #isAway(source: Source, now: number): boolean {
    return (this.#away.get(source) ?? 0) > now;
  }

  /** The next chunk from here on that may be asked of a source; null when its window is full. */
  #pick(source: Source, from: number): number | null {
    if (this.#asked.size + this.#checking.size >= WINDOW) return null;
    const theirs = this.#theirs.get(source);
    for (let chunk = this.#have.missing(from); chunk !== null; chunk = this.#have.missing(chunk + 1)) {
      const free = !this.#asked.has(chunk) && !this.#checking.has(chunk);
      if (free && theirs?.has(chunk) !== false) return chunk;
    }
    return null;
  }

  #blame(source: Source, now: number): void {
    const wrong = (this.#wrong.get(source) ?? 0) + 1;
    this.#wrong.set(source, wrong);
    if (wrong < WRONG) return;
    this.#release(source);
    this.#away.set(source, Number.POSITIVE_INFINITY);
    this.#hear(source, now);
  }

  /** Takes back what a source was asked; what it sent of chunks stays, as far as there is room for it. */
  #release(source: Source): void {
    if (this.#manifestAsked === source) this.#manifestAsked = null;
    for (const [chunk, asked] of this.#asked) {
      if (asked.source !== source) continue;
      this.#asked.delete(chunk);
      if (asked.got > 0 && this.#begun.size < WINDOW) this.#begun.set(chunk, asked);
    }
  }
}
