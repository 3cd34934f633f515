/** One blob as this device has it: its row, its content, and what goes on with it. */
import { same, type Bytes } from '../seal/bytes.ts';
import { Bitmap } from './bitmap.ts';
import type { ContentWriter, Contents } from './contents.ts';
import { Fetch, type WholeChunk } from './fetch.ts';
import * as limits from './limits.ts';
import { CHUNK, PIECE } from './limits.ts';
import { chunkCount, chunkLength, digest, hashOf, type BlobId, type Manifest } from './manifest.ts';
import type { BlobProblem, BlobState, Part } from './messages.ts';
import { encodeMessage } from './message.ts';
import type { BlobRow, Rows } from './rows.ts';
import { Speed } from './speed.ts';

export interface HoldingParts {
  readonly contents: Contents;
  readonly rows: Rows;
}

/** A blob of which nothing is here yet. */
export function newRow(session: string, blob: BlobId, size: number, content: string): BlobRow {
  const have = new Uint8Array(Math.ceil(chunkCount(size) / 8));
  const no = { complete: false, own: false, delivered: false, paused: false, wanted: false };
  return { session, blob, size, content, hashes: null, have, ...no, usedAt: 0 };
}

export class Holding {
  #row: BlobRow;
  /** Null once all of it is here. */
  fetch: Fetch | null;
  /** What can't be had, until the person tries again. */
  why: BlobProblem | null = null;
  /** Where the bytes are read from, once all are here. */
  #content: Blob | null = null;
  #writer: Promise<ContentWriter> | null = null;
  readonly speed = new Speed();
  readonly sentSpeed = new Speed();
  /** Chunks that somebody else has or was sent. */
  #sent: Bitmap;
  #scanning = false;
  /** Something verified is not written down yet. */
  #unnoted = false;
  #saving: Promise<unknown> = Promise.resolve();

  constructor(
    row: BlobRow,
    readonly parts: HoldingParts,
    /** False: the bytes stay where they lie, and nothing is stored. */
    readonly kept = true,
    content: Blob | null = null,
  ) {
    this.#row = row;
    this.#content = content;
    this.#sent = new Bitmap(chunkCount(row.size));
    const { blob, size, hashes, have } = row;
    const known = hashes === null ? undefined : { manifest: { size, hashes }, have };
    this.fetch = row.complete ? null : new Fetch(blob, size, known);
  }

  get row(): BlobRow {
    return this.#row;
  }

  get blob(): BlobId {
    return this.#row.blob;
  }

  get complete(): boolean {
    return this.#row.complete;
  }

  /** It is being looked at what an earlier run left: nothing is fetched before that is known. */
  get scanning(): boolean {
    return this.#scanning;
  }

  get manifest(): Manifest | null {
    const { size, hashes } = this.#row;
    return hashes === null ? (this.fetch?.manifest ?? null) : { size, hashes };
  }

  /** Written in order; resolves when it is on disk. */
  save(change: Partial<BlobRow>): Promise<void> {
    this.#row = { ...this.#row, ...change };
    const row = this.#row;
    if (!this.kept) return Promise.resolve();
    const saving = this.#saving.then(() => this.parts.rows.put(row));
    // What can't be written down is verified again after a reload.
    this.#saving = saving.catch(() => undefined);
    return saving;
  }

  /** The whole content; null when it is not here or was taken away by the browser. */
  async open(): Promise<Blob | null> {
    if (!this.#row.complete) return null;
    const { content, size } = this.#row;
    this.#content ??= await this.parts.contents.open(content, size);
    return this.#content;
  }

  /** A chunk from an offset on; null when it is not here. */
  async read(chunk: number, from: number, most = CHUNK): Promise<Bytes | null> {
    const { size } = this.#row;
    if (chunk >= chunkCount(size) || from >= chunkLength(size, chunk)) return null;
    const content = await this.open();
    if (content === null) return null;
    const at = chunk * CHUNK + from;
    const length = Math.min(most, chunkLength(size, chunk) - from);
    const bytes = new Uint8Array(await content.slice(at, at + length).arrayBuffer());
    return bytes.length === length ? bytes : null;
  }

  /** One encoded message of it. */
  async part(part: Part): Promise<Bytes | null> {
    const { blob } = this;
    if ('hashes' in part) {
      const { manifest } = this;
      const first = part.hashes;
      const hashes = manifest?.hashes.slice(first * 32, (first + 1024) * 32);
      if (manifest === null || hashes === undefined || hashes.length === 0) return null;
      return encodeMessage({ t: 'hashes', blob, size: manifest.size, first, hashes });
    }
    if ('whole' in part) return this.read(part.whole, 0);
    const { chunk, from } = part;
    const bytes = await this.read(chunk, from, PIECE);
    return bytes === null ? null : encodeMessage({ t: 'piece', blob, chunk, offset: from, bytes });
  }

  /** Some chunks that are missing; null while it is not known what belongs to it. */
  missing(most: number): readonly number[] | null {
    const { fetch } = this;
    if (fetch === null) return [];
    if (fetch.manifest === null) return null;
    const chunks: number[] = [];
    for (let c = fetch.have.missing(); c !== null && chunks.length < most; c = fetch.have.missing(c + 1)) {
      chunks.push(c);
    }
    return chunks;
  }

  /** Whether a whole chunk is what the manifest says. */
  async verify({ chunk, bytes }: WholeChunk): Promise<boolean> {
    const { manifest } = this;
    return manifest !== null && same(await digest(bytes), hashOf(manifest, chunk));
  }

  /** Puts a verified chunk on disk. */
  async write({ chunk, bytes }: WholeChunk): Promise<void> {
    const writer = await (this.#writer ??= this.#openWriter());
    await writer.write(chunk * CHUNK, bytes);
    this.#unnoted = true;
  }

  /** Finds what an earlier run wrote and did not write down: at most the last moments before its end. */
  async rescan(): Promise<void> {
    const { fetch } = this;
    const manifest = fetch?.manifest ?? null;
    if (fetch === null || manifest === null) return;
    this.#scanning = true;
    try {
      await this.#findWritten(fetch, manifest);
    } finally {
      this.#scanning = false;
    }
  }

  async #findWritten(fetch: Fetch, manifest: Manifest): Promise<void> {
    const writer = await (this.#writer ??= this.#openWriter());
    const { have, size } = fetch;
    for (let chunk = have.missing(); chunk !== null; chunk = have.missing(chunk + 1)) {
      const bytes = await writer.read(chunk * CHUNK, chunkLength(size, chunk));
      if (bytes === null) continue;
      if (same(await digest(bytes), hashOf(manifest, chunk))) fetch.put(chunk);
    }
  }

  /** Writes down which chunks are on disk. */
  async note(): Promise<void> {
    const { fetch } = this;
    if (!this.#unnoted || fetch === null || this.#writer === null) return;
    this.#unnoted = false;
    const have = fetch.have.bits();
    await (await this.#writer).flush();
    await this.save({ have });
  }

  /** All chunks are verified: from now on it is complete, also after a reload. */
  async finish(): Promise<void> {
    const { fetch } = this;
    if (fetch === null) return;
    const writer = await (this.#writer ??= this.#openWriter());
    await writer.flush();
    await this.closeWriter();
    const hashes = fetch.manifest?.hashes ?? null;
    await this.save({ have: fetch.have.bits(), hashes, complete: true });
    this.fetch = null;
  }

  /** The same bytes came from this device: nothing has to be fetched. */
  async takeOver(row: BlobRow, content: Blob | null): Promise<void> {
    await this.closeWriter();
    const old = this.#row.content;
    this.fetch = null;
    this.why = null;
    this.#content = content;
    await this.save({ ...row, delivered: this.#row.delivered });
    if (old !== row.content) await this.parts.contents.remove(old);
  }

  /** Takes all of it off this device; the row goes with it. */
  async discard(): Promise<void> {
    await this.closeWriter();
    const { session, blob, content, size } = this.#row;
    this.#content = null;
    await this.#saving;
    await this.parts.rows.drop(session, blob).catch(() => undefined);
    await this.parts.contents.remove(content);
    this.#row = newRow(session, blob, size, content);
    this.fetch = new Fetch(blob, size);
    this.#unnoted = false;
  }

  async closeWriter(): Promise<void> {
    const writer = this.#writer;
    this.#writer = null;
    try {
      (await writer)?.close();
    } catch {
      // It never opened, or is closed.
    }
  }

  async #openWriter(): Promise<ContentWriter> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.parts.contents.writer(this.#row.content);
      } catch (error) {
        // A tab that just gave the session up may still have it open.
        if (attempt < limits.OPEN_TRIES && isTaken(error)) {
          await new Promise((done) => setTimeout(done, limits.OPEN_AGAIN_MS));
          continue;
        }
        this.#writer = null;
        throw error;
      }
    }
  }

  // What others have of it.

  sent(chunk: number, bytes: number, now: number): void {
    this.#sent.add(chunk);
    this.sentSpeed.add(bytes, now);
  }

  /** What somebody says it has. True when that is all. */
  theirs(count: number, bits: Bytes): boolean {
    if (count !== this.#sent.count) return false;
    this.#sent = new Bitmap(count, bits);
    return this.#sent.full;
  }

  view(now: number, wanted: boolean): BlobState {
    const { row, fetch, why } = this;
    const have = fetch === null ? row.size : fetch.haveBytes;
    return {
      blob: row.blob,
      size: row.size,
      state: this.#state(have, wanted),
      have,
      perSec: this.speed.perSec(now),
      why,
      own: row.own,
      kept: this.kept,
      sent: row.delivered ? row.size : Math.min(row.size, this.#sent.size * CHUNK),
      sentPerSec: this.sentSpeed.perSec(now),
      delivered: row.delivered,
    };
  }

  #state(have: number, wanted: boolean): BlobState['state'] {
    const { row, fetch, why } = this;
    if (fetch === null) return row.own && row.paused && !row.delivered ? 'paused' : 'here';
    if (why !== null) return 'refused';
    if (row.paused) return have > 0 ? 'paused' : 'offered';
    if (!wanted) return 'offered';
    return fetch.active ? 'arriving' : 'waiting';
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && error.name === 'NoModificationAllowedError';
}
