/**
 * What comes by waiting room or mailbox: nobody asked for it, pieces come in order, and they may be
 * ahead of the document that names their blob. A bounded amount waits for it; the rest is fetched by
 * a link later.
 */
import type { Bytes } from '../seal/bytes.ts';
import { CHUNK, WINDOW } from './limits.ts';
import type { Fetch, Source, WholeChunk } from './fetch.ts';
import { chunkCount, chunkLength, type BlobId } from './manifest.ts';
import type { BlobMessage } from './message.ts';

/** Bytes that wait for their document: some photos. */
const WAITING = 32 * CHUNK;
/** The source of what came so: never a link's number, it is never asked. */
export const BOX: Source = 0;

interface Begun {
  readonly bytes: Bytes;
  got: number;
}

export class Incoming {
  #waiting: { readonly message: BlobMessage; readonly length: number }[] = [];
  #length = 0;
  /** Chunks in the making, by blob and number. */
  readonly #begun = new Map<string, Begun>();

  keep(message: BlobMessage, length: number): void {
    if (this.#length + length > WAITING) return;
    this.#waiting.push({ message, length });
    this.#length += length;
  }

  /** What waited for this blob, once. */
  of(blob: BlobId): BlobMessage[] {
    const of = this.#waiting.filter(({ message }) => message.blob === blob);
    if (of.length === 0) return [];
    this.#waiting = this.#waiting.filter(({ message }) => message.blob !== blob);
    for (const { length } of of) this.#length -= length;
    return of.map(({ message }) => message);
  }

  /** The whole chunk when this was its last piece. */
  piece(fetch: Fetch, chunk: number, offset: number, bytes: Bytes): WholeChunk | null {
    const { blob, size, manifest } = fetch;
    if (manifest === null) {
      this.keep({ t: 'piece', blob, chunk, offset, bytes }, bytes.length);
      return null;
    }
    if (chunk >= chunkCount(size) || fetch.have.has(chunk)) return null;
    const key = `${blob}/${chunk}`;
    const begun = this.#begun.get(key) ?? { bytes: new Uint8Array(chunkLength(size, chunk)), got: 0 };
    if (begun.got !== offset || offset + bytes.length > begun.bytes.length) return null;
    begun.bytes.set(bytes, offset);
    begun.got += bytes.length;
    this.#begun.delete(key);
    if (begun.got === begun.bytes.length) return { chunk, bytes: begun.bytes, source: BOX, mixed: true };
    this.#begun.set(key, begun);
    const oldest = this.#begun.keys().next();
    if (this.#begun.size > WINDOW && oldest.done !== true) this.#begun.delete(oldest.value);
    return null;
  }

  clear(): void {
    this.#waiting = [];
    this.#length = 0;
    this.#begun.clear();
  }
}
