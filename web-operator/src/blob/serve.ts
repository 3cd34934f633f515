/**
 * Serving one link: manifests and chunks that were asked for, in that order, chunks cut into pieces,
 * and no further ahead of the channel than it can take. The channel says what it took, and its speed decides the size of a
 * piece: large ones cost least, small ones let the heartbeat through on a slow path.
 */
import { fromHex, type Bytes } from '../seal/bytes.ts';
import { CHUNK, CROWDED, GETS, HASHES, PIECE, PIECE_MIN, PIECE_MS, READ_AHEAD } from './limits.ts';
import type { BlobId } from './manifest.ts';
import { PIECE_HEAD } from './message.ts';
import { Speed } from './speed.ts';

export interface ServingParts {
  /** The chunk from an offset on; null when it is not here. */
  read(blob: BlobId, chunk: number, from: number): Promise<Bytes | null>;
  /** An encoded part of the manifest, from a hash on; null when there is none, or the blob is not here. */
  hashes(blob: BlobId, first: number): Promise<Bytes | null>;
  /** Messages for the channel, in order; whoever sends says that they were posted. */
  send(messages: readonly Bytes[]): void;
  /** A chunk left in full. */
  served(blob: BlobId, chunk: number, bytes: number): void;
  missing(blob: BlobId): void;
  now(): number;
}

interface Get {
  readonly blob: BlobId;
  readonly chunk: number;
  readonly from: number;
}

interface Ask {
  readonly blob: BlobId;
  /** The first hash of the next part. */
  first: number;
}

/** Before anything was measured. */
const FIRST_PIECE = 16_384;
/** Pieces grow by so much at a time. */
const GROWTH = 2;

export class Serving {
  #queue: (Get | Ask)[] = [];
  /** Bytes of all kinds given to the channel's owner that the channel has not taken. */
  #ahead = 0;
  #running = false;
  #closed = false;
  #piece = FIRST_PIECE;
  readonly #speed = new Speed();

  constructor(readonly parts: ServingParts) {}

  get perSec(): number {
    return this.#speed.perSec(this.parts.now());
  }

  /** The channel takes nothing: whatever may be said later, or not at all, is better not said now. */
  get crowded(): boolean {
    return this.#ahead >= CROWDED * CHUNK;
  }

  /** False: too many wait already. A manifest that waits is sent once. */
  ask(blob: BlobId): boolean {
    if (this.#queue.some((other) => 'first' in other && other.blob === blob)) return true;
    return this.#push({ blob, first: 0 });
  }

  /** False: too many wait already. A chunk that is asked for again is sent once, as it was asked last. */
  get(get: Get): boolean {
    this.#queue = this.#queue.filter(
      (other) => 'first' in other || other.blob !== get.blob || other.chunk !== get.chunk,
    );
    return this.#push(get);
  }

  #push(request: Get | Ask): boolean {
    if (this.#queue.length >= GETS) return false;
    this.#queue.push(request);
    void this.#run();
    return true;
  }

  cancel(blob: BlobId): void {
    this.#queue = this.#queue.filter((get) => get.blob !== blob);
  }

  /** So many bytes wait for the channel, for whatever reason. */
  posted(bytes: number): void {
    this.#ahead += bytes;
  }

  /** The channel took so many bytes. */
  took(bytes: number): void {
    this.#ahead = Math.max(0, this.#ahead - bytes);
    const now = this.parts.now();
    this.#speed.add(bytes, now);
    const fits = (this.#speed.perSec(now) * PIECE_MS) / 1000;
    this.#piece = Math.round(Math.min(PIECE, this.#piece * GROWTH, Math.max(PIECE_MIN, fits)));
    void this.#run();
  }

  close(): void {
    this.#closed = true;
    this.#queue = [];
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      while (!this.#closed && this.#ahead < READ_AHEAD * CHUNK) {
        const [next] = this.#queue;
        if (next === undefined) break;
        if ('first' in next) {
          await this.#serveHashes(next);
        } else {
          this.#queue.shift();
          await this.#serve(next);
        }
      }
    } finally {
      this.#running = false;
    }
  }

  /** One part: a large manifest goes no further ahead than chunks do. */
  async #serveHashes(ask: Ask): Promise<void> {
    const { blob, first } = ask;
    const message = await this.parts.hashes(blob, first).catch(() => null);
    if (this.#closed || !this.#queue.includes(ask)) return;
    if (message === null) {
      this.#queue = this.#queue.filter((other) => other !== ask);
      if (first === 0) this.parts.missing(blob);
      return;
    }
    ask.first += HASHES;
    this.parts.send([message]);
  }

  async #serve(get: Get): Promise<void> {
    const bytes = await this.parts.read(get.blob, get.chunk, get.from).catch(() => null);
    if (this.#closed) return;
    if (bytes === null) {
      this.parts.missing(get.blob);
      return;
    }
    this.parts.send(cutIntoPieces(get, bytes, this.#piece));
    this.parts.served(get.blob, get.chunk, bytes.length);
  }
}

/** Encoded pieces of a chunk, each on a buffer of its own so that it can be handed over. */
export function cutIntoPieces({ blob, chunk, from }: Get, bytes: Bytes, length: number): Bytes[] {
  const id = fromHex(blob);
  const messages: Bytes[] = [];
  for (let at = 0; at < bytes.length; at += length) {
    const part = bytes.subarray(at, Math.min(bytes.length, at + length));
    const message = new Uint8Array(PIECE_HEAD + part.length);
    const view = new DataView(message.buffer);
    view.setUint8(0, 4);
    message.set(id, 1);
    view.setUint32(33, chunk);
    view.setUint32(37, from + at);
    message.set(part, PIECE_HEAD);
    messages.push(message);
  }
  return messages;
}
