/**
 * Takes a file of this device in: reads it once, a chunk at a time, hashes it and copies it where a
 * reload or a closed picker can't lose it. A copy that doesn't fit is given up and the file stays
 * where it is: then it can be sent for as long as the page lives.
 */
import { hex, type Bytes } from '../seal/bytes.ts';
import type { Contents, ContentWriter } from './contents.ts';
import { CHUNK } from './limits.ts';
import { ManifestMaker, blobId, chunkCount, sizeProblem, type BlobId, type Manifest } from './manifest.ts';
import type { TakeProblem } from './messages.ts';

export interface Taken {
  readonly blob: BlobId;
  readonly manifest: Manifest;
  /** Name of the copy, flushed to disk; null when it did not fit. */
  readonly content: string | null;
}

export interface TakeParts {
  readonly contents: Contents;
  /** Name for the copy. */
  readonly content: string;
  /** Whether a copy of that size can be expected to fit. */
  readonly fits: boolean;
  progress(have: number): void;
  /** The person took it back. */
  cancelled(): boolean;
}

/** Null when it was cancelled; nothing is left behind then, nor after a problem. */
export async function takeFile(file: Blob, parts: TakeParts): Promise<Taken | TakeProblem | null> {
  const problem = sizeProblem(file.size);
  if (problem !== null) return problem === 'empty' ? 'file-empty' : 'file-too-large';
  const { contents, content } = parts;
  let copy: Copy | null = parts.fits ? await Copy.begin(contents, content) : null;
  const maker = new ManifestMaker(file.size);
  try {
    const count = chunkCount(file.size);
    let next = read(file, 0);
    for (let chunk = 0; chunk < count; chunk++) {
      const bytes = await next;
      // The next chunk is read while this one is hashed and written.
      next = chunk + 1 < count ? read(file, chunk + 1) : next;
      next.catch(() => undefined);
      const [, written] = await Promise.all([
        maker.chunk(bytes),
        copy === null ? true : copy.write(chunk * CHUNK, bytes),
      ]);
      if (!written) copy = await Copy.giveUp(copy);
      if (parts.cancelled()) {
        await Copy.giveUp(copy);
        return null;
      }
      parts.progress(Math.min(file.size, (chunk + 1) * CHUNK));
    }
    if (copy !== null && !(await copy.finish())) copy = await Copy.giveUp(copy);
  } catch {
    // The file was moved, changed or taken away while it was read.
    await Copy.giveUp(copy);
    return 'file-unreadable';
  }
  const manifest = maker.manifest();
  return { blob: hex(await blobId(manifest)), manifest, content: copy === null ? null : content };
}

/** A chunk of a file; shorter than expected when the file shrank, which is a failure. */
async function read(file: Blob, chunk: number): Promise<Bytes> {
  const end = Math.min(file.size, (chunk + 1) * CHUNK);
  const bytes = new Uint8Array(await file.slice(chunk * CHUNK, end).arrayBuffer());
  if (bytes.length !== end - chunk * CHUNK) throw new Error('the file changed');
  return bytes;
}

/** The copy in the making: a full or broken disk only costs the copy. */
class Copy {
  private constructor(
    readonly contents: Contents,
    readonly name: string,
    readonly writer: ContentWriter,
  ) {}

  static async begin(contents: Contents, name: string): Promise<Copy | null> {
    try {
      return new Copy(contents, name, await contents.writer(name));
    } catch {
      return null;
    }
  }

  async write(at: number, bytes: Bytes): Promise<boolean> {
    try {
      await this.writer.write(at, bytes);
      return true;
    } catch {
      return false;
    }
  }

  async finish(): Promise<boolean> {
    try {
      await this.writer.flush();
      this.writer.close();
      return true;
    } catch {
      return false;
    }
  }

  static async giveUp(copy: Copy | null): Promise<null> {
    if (copy !== null) {
      closeQuietly(copy.writer);
      await copy.contents.remove(copy.name).catch(() => undefined);
    }
    return null;
  }
}

function closeQuietly(writer: ContentWriter): void {
  try {
    writer.close();
  } catch {
    // Closed already.
  }
}
