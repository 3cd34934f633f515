/**
 * Serving one link: chunks that were asked for, in that order, cut into pieces and no further ahead
 * of the channel than it can take. The channel says what it took, and its speed decides the size of a
 * piece: large ones cost least, small ones let the heartbeat through on a slow path.
 */
import { fromHex, type Bytes } from '../seal/bytes.ts';
import { CHUNK, GETS, PIECE, PIECE_MIN, PIECE_MS, READ_AHEAD } from './limits.ts';
import type { BlobId } from './manifest.ts';
import { PIECE_HEAD } from './message.ts';
import { Speed } from './speed.ts';

export interface ServingParts {
  /** The chunk from an offset on; null when it is not here. */
  read(blob: BlobId, chunk: number, from: number): Promise<Bytes | null>;
  /** Messages for the channel, in order. */
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

/** Before anything was measured. */
const FIRST_PIECE = 16_384;
/** Pieces grow by so much at a time. */
const GROWTH = 2;

export class Serving {
  #queue: Get[] = [];
  /** Bytes given to the channel's owner that the channel has not taken. */
  #ahead = 0;
  #running = false;
  #closed = false;
  #piece = FIRST_PIECE;
  readonly #speed = new Speed();

  constructor(readonly parts: ServingParts) {}

  get perSec(): number {
    return this.#speed.perSec(this.parts.now());
  }

  /** False: too many wait already. A chunk that is asked for again is sent once, as it was asked last. */
  get(get: Get): boolean {
    this.#queue = this.#queue.filter(({ blob, chunk }) => blob !== get.blob || chunk !== get.chunk);
    if (this.#queue.length >= GETS) return false;
    this.#queue.push(get);
    void this.#run();
    return true;
  }

  cancel(blob: BlobId): void {
    this.#queue = this.#queue.filter((get) => get.blob !== blob);
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
        const get = this.#queue.shift();
        if (get === undefined) break;
        await this.#serve(get);
      }
    } finally {
      this.#running = false;
    }
  }

  async #serve(get: Get): Promise<void> {
    const bytes = await this.parts.read(get.blob, get.chunk, get.from).catch(() => null);
    if (this.#closed) return;
    if (bytes === null) {
      this.parts.missing(get.blob);
      return;
    }
    const messages = cutIntoPieces(get, bytes, this.#piece);
    for (const message of messages) this.#ahead += message.length;
    this.parts.send(messages);
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
