/**
 * Which parts of which files go to the waiting room, in which order, and how far they are. The room
 * gives numbers and sends; here is only what.
 */
import { CHUNK, HASHES, PIECE } from '../blob/limits.ts';
import { chunkCount, chunkLength, type BlobId } from '../blob/manifest.ts';
import type { Part } from '../blob/messages.ts';
import type { Bytes } from '../seal/bytes.ts';
import { random } from '../seal/kdf.ts';
import { sealBlobItem } from '../seal/waiting.ts';
import type { ItemPart, ItemRow, KnockRow } from '../store/rows.ts';

export interface BlobItemsParts {
  readonly knock: KnockRow;
  /** One encoded message of a blob that is here. */
  part(blob: BlobId, part: Part): Promise<Bytes | null>;
  /** A file is stored as a whole, or further than it was. */
  readonly changed: () => void;
}

interface Upload {
  readonly size: number;
  /** Parts in all. */
  readonly count: number;
  /** The next part that has no item yet. */
  next: number;
  /** Parts that lie at the rendezvous. */
  readonly stored: Set<number>;
}

const PIECES = Math.ceil(CHUNK / PIECE);

export class BlobItems {
  /** In the order in which they were sent. */
  readonly #uploads = new Map<BlobId, Upload>();
  /** Items that an earlier run made, by blob. */
  readonly #earlier = new Map<BlobId, { made: number; readonly stored: Set<number> }>();
  #full = false;

  constructor(readonly parts: BlobItemsParts) {}

  /** What an earlier run of the page did. */
  resume(rows: readonly ItemRow[]): void {
    for (const { part, stored } of rows) {
      if (part === undefined) continue;
      const earlier = this.#earlier.get(part.blob) ?? { made: 0, stored: new Set<number>() };
      earlier.made = Math.max(earlier.made, part.index + 1);
      if (stored) earlier.stored.add(part.index);
      this.#earlier.set(part.blob, earlier);
    }
  }

  /** A file to be stored; one that is known goes on where it was. True when it is a new one. */
  add(blob: BlobId, size: number): boolean {
    if (this.#uploads.has(blob)) return false;
    const earlier = this.#earlier.get(blob) ?? { made: 0, stored: new Set<number>() };
    const last = chunkCount(size) - 1;
    const pieces = last * PIECES + Math.ceil(chunkLength(size, last) / PIECE);
    const count = manifestParts(size) + pieces;
    this.#uploads.set(blob, { size, count, next: earlier.made, stored: earlier.stored });
    return true;
  }

  /** Not to be stored any more: it is paused, taken back, or somebody has it. */
  remove(blob: BlobId): void {
    const upload = this.#uploads.get(blob);
    if (upload === undefined) return;
    this.#earlier.set(blob, { made: upload.next, stored: upload.stored });
    this.#uploads.delete(blob);
  }

  /** The next part that has no item; null when there is none, or no room for it. */
  next(): ItemPart | null {
    if (this.#full) return null;
    for (const [blob, upload] of this.#uploads) {
      if (upload.next >= upload.count) continue;
      const index = upload.next;
      upload.next += 1;
      return { blob, size: upload.size, index, salt: random(32) };
    }
    return null;
  }

  /** The sealed item; null when the blob is not here any more. */
  async item(n: number, { blob, size, index, salt }: ItemPart): Promise<Bytes | null> {
    const message = await this.parts.part(blob, partAt(size, index));
    if (message === null) return null;
    const { knock } = this.parts;
    return sealBlobItem(knock.exports.waiting, knock.id, BigInt(n), message, salt);
  }

  stored({ blob, index }: ItemPart): void {
    (this.#uploads.get(blob) ?? this.#earlier.get(blob))?.stored.add(index);
    this.parts.changed();
  }

  gone(blob: BlobId): void {
    this.#uploads.delete(blob);
  }

  /** The rendezvous takes no more: what is left waits for a link. */
  full(): void {
    this.#full = true;
    this.parts.changed();
  }

  /** Share of a file that is stored, 0 to 1; null for one that is not stored here. */
  share(blob: BlobId): number | null {
    const upload = this.#uploads.get(blob);
    return upload === undefined ? null : upload.stored.size / upload.count;
  }
}

function manifestParts(size: number): number {
  return Math.ceil(chunkCount(size) / HASHES);
}

/** The manifest first, then the pieces in order. */
function partAt(size: number, index: number): Part {
  const piece = index - manifestParts(size);
  if (piece < 0) return { hashes: index * HASHES };
  return { chunk: Math.floor(piece / PIECES), from: (piece % PIECES) * PIECE };
}
