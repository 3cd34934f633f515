/**
 * Where the bytes of blobs lie: files private to this page (OPFS), or a database where the browser
 * has no such files, or memory where it has neither. Contents have names of our own making; what
 * people call a file never comes near them.
 */
import type { Bytes } from '../seal/bytes.ts';
import { CHUNK } from './limits.ts';
import { CHUNKS, inStore } from './rows.ts';

/** A content that is being written. One at a time has it. */
export interface ContentWriter {
  write(at: number, bytes: Bytes): Promise<void>;
  /** Bytes that were written before; null where nothing is. */
  read(at: number, length: number): Promise<Bytes | null>;
  /** Everything written so far is on disk. */
  flush(): Promise<void>;
  close(): void;
}

/** Rejects with a `QuotaExceededError` where the disk is full. */
export interface Contents {
  /** Opens a content to write on, a new or a partial one. */
  writer(name: string): Promise<ContentWriter>;
  /** A content of this size, read from disk as it is needed; null when it is gone. */
  open(name: string, size: number): Promise<Blob | null>;
  remove(name: string): Promise<void>;
  names(prefix: string): Promise<string[]>;
}

export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && error.name === 'QuotaExceededError';
}

/** Synchronous access as dedicated workers have it; newer than the DOM types. */
interface SyncHandle {
  read(into: Uint8Array, options: { at: number }): number;
  write(bytes: Uint8Array, options: { at: number }): number;
  flush(): void;
  close(): void;
  getSize(): number;
}

type SyncFile = FileSystemFileHandle & { createSyncAccessHandle(): Promise<SyncHandle> };

const FOLDER = 'blobs';

/** Files of the origin's private file system. */
export class FileContents implements Contents {
  private constructor(readonly folder: FileSystemDirectoryHandle) {}

  /** Null where a worker can't write such files. */
  static async open(storage: StorageManager | undefined): Promise<FileContents | null> {
    try {
      if (storage === undefined || !('createSyncAccessHandle' in FileSystemFileHandle.prototype)) return null;
      const root = await storage.getDirectory();
      return new FileContents(await root.getDirectoryHandle(FOLDER, { create: true }));
    } catch {
      return null;
    }
  }

  async writer(name: string): Promise<ContentWriter> {
    const file = (await this.folder.getFileHandle(name, { create: true })) as SyncFile;
    return new FileWriter(await file.createSyncAccessHandle());
  }

  async open(name: string, size: number): Promise<Blob | null> {
    try {
      const file = await (await this.folder.getFileHandle(name)).getFile();
      return file.size === size ? file : null;
    } catch {
      return null;
    }
  }

  async remove(name: string): Promise<void> {
    await this.folder.removeEntry(name).catch(() => undefined);
  }

  async names(prefix: string): Promise<string[]> {
    const names: string[] = [];
    const folder = this.folder as FileSystemDirectoryHandle & { keys(): AsyncIterableIterator<string> };
    for await (const name of folder.keys()) if (name.startsWith(prefix)) names.push(name);
    return names;
  }
}

class FileWriter implements ContentWriter {
  constructor(readonly handle: SyncHandle) {}

  write(at: number, bytes: Bytes): Promise<void> {
    return inPromise(() => {
      const written = this.handle.write(bytes, { at });
      if (written !== bytes.length) throw new DOMException('the disk is full', 'QuotaExceededError');
    });
  }

  read(at: number, length: number): Promise<Bytes | null> {
    return inPromise(() => {
      if (at + length > this.handle.getSize()) return null;
      const bytes = new Uint8Array(length);
      return this.handle.read(bytes, { at }) === length ? bytes : null;
    });
  }

  flush(): Promise<void> {
    return inPromise(() => this.handle.flush());
  }

  close(): void {
    this.handle.close();
  }
}

/** What a synchronous call throws becomes a rejection. */
function inPromise<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}

interface ChunkRow {
  readonly content: string;
  readonly chunk: number;
  readonly bytes: Blob;
}

/** A Blob for each chunk in a database: browsers keep those on disk too. */
export class DatabaseContents implements Contents {
  constructor(readonly db: IDBDatabase) {}

  writer(name: string): Promise<ContentWriter> {
    const { db } = this;
    return Promise.resolve({
      async write(at, bytes): Promise<void> {
        const row: ChunkRow = { content: name, chunk: at / CHUNK, bytes: new Blob([bytes]) };
        await inStore(db, CHUNKS, 'readwrite', (s) => s.put(row));
      },
      async read(at, length): Promise<Bytes | null> {
        const row = await inStore<ChunkRow | undefined>(
          db,
          CHUNKS,
          'readonly',
          (s) => s.get([name, at / CHUNK]) as IDBRequest<ChunkRow | undefined>,
        );
        return row?.bytes.size === length ? new Uint8Array(await row.bytes.arrayBuffer()) : null;
      },
      flush: () => Promise.resolve(),
      close: () => undefined,
    });
  }

  async open(name: string, size: number): Promise<Blob | null> {
    const rows = await inStore<ChunkRow[]>(
      this.db,
      CHUNKS,
      'readonly',
      (s) => s.getAll(rangeOf(name)) as IDBRequest<ChunkRow[]>,
    );
    const whole = new Blob(rows.map(({ bytes }) => bytes));
    return whole.size === size ? whole : null;
  }

  async remove(name: string): Promise<void> {
    await inStore(this.db, CHUNKS, 'readwrite', (s) => s.delete(rangeOf(name)));
  }

  async names(prefix: string): Promise<string[]> {
    const keys = await inStore(this.db, CHUNKS, 'readonly', (s) =>
      s.getAllKeys(IDBKeyRange.bound([prefix, 0], [`${prefix}\uffff`, 0])),
    );
    return [...new Set(keys.map((key) => (key as [string, number])[0]))];
  }
}

function rangeOf(name: string): IDBKeyRange {
  return IDBKeyRange.bound([name, 0], [name, Number.MAX_SAFE_INTEGER]);
}

/** Chunks as Blobs in memory: the browser may move them to disk, and they end with the page. */
export class MemoryContents implements Contents {
  readonly #contents = new Map<string, Blob[]>();
  /** Bytes that fit; less for tests of a full disk. */
  room = Number.POSITIVE_INFINITY;

  writer(name: string): Promise<ContentWriter> {
    const chunks = this.#contents.get(name) ?? [];
    this.#contents.set(name, chunks);
    return Promise.resolve({
      write: (at, bytes) => {
        const chunk = at / CHUNK;
        if (chunks[chunk] === undefined) this.room -= bytes.length;
        if (this.room < 0) {
          this.room += bytes.length;
          return Promise.reject(new DOMException('full', 'QuotaExceededError'));
        }
        chunks[chunk] = new Blob([bytes]);
        return Promise.resolve();
      },
      read: async (at, length) => {
        const chunk = chunks[at / CHUNK];
        return chunk?.size === length ? new Uint8Array(await chunk.arrayBuffer()) : null;
      },
      flush: () => Promise.resolve(),
      close: () => undefined,
    });
  }

  open(name: string, size: number): Promise<Blob | null> {
    const whole = new Blob(this.#contents.get(name) ?? []);
    return Promise.resolve(whole.size === size ? whole : null);
  }

  remove(name: string): Promise<void> {
    for (const chunk of this.#contents.get(name) ?? []) this.room += (chunk as Blob | undefined)?.size ?? 0;
    this.#contents.delete(name);
    return Promise.resolve();
  }

  names(prefix: string): Promise<string[]> {
    return Promise.resolve([...this.#contents.keys()].filter((name) => name.startsWith(prefix)));
  }
}
