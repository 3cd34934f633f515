/**
 * What is known of each blob of a session: a small database of its own beside the contents. A row
 * says `complete` only after every chunk was verified and the content is on disk.
 */
import type { Bytes } from '../seal/bytes.ts';
import type { BlobId } from './manifest.ts';

export interface BlobRow {
  readonly session: string;
  readonly blob: BlobId;
  readonly size: number;
  /** Name of the content. */
  readonly content: string;
  /** 32 bytes for each chunk; null while the manifest is not known. */
  readonly hashes: Bytes | null;
  /** Which chunks are known to be good; a lower bound. */
  readonly have: Bytes;
  readonly complete: boolean;
  /** Sent from this device. */
  readonly own: boolean;
  /** Somebody else has all of it. */
  readonly delivered: boolean;
  readonly paused: boolean;
  /** Asked for by the person, however large. */
  readonly wanted: boolean;
  /** When it was last shown or fetched. */
  readonly usedAt: number;
}

export interface Rows {
  of(session: string): Promise<BlobRow[]>;
  put(row: BlobRow): Promise<void>;
  drop(session: string, blob: BlobId): Promise<void>;
}

const BLOB_DATABASE = 'sightline-blobs';
const ROWS = 'blobs';
/** Contents, where the browser gives the page no files: a Blob for each chunk. */
export const CHUNKS = 'chunks';

/** Rejects where there is no database. */
export function openBlobDatabase(factory: IDBFactory, name = BLOB_DATABASE): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = factory.open(name, 1);
    request.onupgradeneeded = () => {
      const rows = request.result.createObjectStore(ROWS, { keyPath: ['session', 'blob'] });
      rows.createIndex('session', 'session');
      request.result.createObjectStore(CHUNKS, { keyPath: ['content', 'chunk'] });
    };
    request.onsuccess = () => {
      // Another tab with a newer page may upgrade: step aside instead of blocking it.
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(failure(request.error));
    request.onblocked = () => reject(failure(null));
  });
}

/** One request in one transaction; resolves when it is on disk. */
export function inStore<T>(
  db: IDBDatabase,
  store: string,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const tx = db.transaction([store], mode);
    const request = work(tx.objectStore(store));
    tx.oncomplete = () => resolve(request.result);
    tx.onabort = tx.onerror = () => reject(failure(tx.error ?? request.error));
  });
}

function failure(error: DOMException | null): Error {
  return error ?? new DOMException('the database is gone', 'InvalidStateError');
}

export class DatabaseRows implements Rows {
  constructor(readonly db: IDBDatabase) {}

  async of(session: string): Promise<BlobRow[]> {
    return inStore<BlobRow[]>(
      this.db,
      ROWS,
      'readonly',
      (s) => s.index('session').getAll(session) as IDBRequest<BlobRow[]>,
    );
  }

  async put(row: BlobRow): Promise<void> {
    await inStore(this.db, ROWS, 'readwrite', (s) => s.put(row));
  }

  async drop(session: string, blob: BlobId): Promise<void> {
    await inStore(this.db, ROWS, 'readwrite', (s) => s.delete([session, blob]));
  }
}

/** Nothing outlives the page. */
export class MemoryRows implements Rows {
  readonly #rows = new Map<string, BlobRow>();

  of(session: string): Promise<BlobRow[]> {
    return Promise.resolve([...this.#rows.values()].filter((row) => row.session === session));
  }

  put(row: BlobRow): Promise<void> {
    this.#rows.set(`${row.session}/${row.blob}`, row);
    return Promise.resolve();
  }

  drop(session: string, blob: BlobId): Promise<void> {
    this.#rows.delete(`${session}/${blob}`);
    return Promise.resolve();
  }
}
