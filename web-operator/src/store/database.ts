/** IndexedDB with promises: opening, one transaction at a time, and errors the page understands. */

export const DATABASE = 'sightline';
const VERSION = 1;

export type StoreName = 'device' | 'sessions' | 'outbox' | 'envelopes' | 'items' | 'acked';

export type StoreProblem = 'storage-full' | 'storage-missing';

export class StoreError extends Error {
  constructor(
    readonly problem: StoreProblem,
    cause?: unknown,
  ) {
    super(problem, { cause });
    this.name = 'StoreError';
  }
}

/** Rejects with `StoreError` where the browser has no usable database (some private windows). */
export function openDatabase(factory: IDBFactory | undefined, name = DATABASE): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    if (factory === undefined) throw new StoreError('storage-missing');
    let request: IDBOpenDBRequest;
    try {
      request = factory.open(name, VERSION);
    } catch (error) {
      throw new StoreError('storage-missing', error);
    }
    request.onupgradeneeded = () => upgrade(request.result);
    request.onsuccess = () => {
      // Another tab with a newer page may upgrade: step aside instead of blocking it.
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(asStoreError(request.error));
    request.onblocked = () => reject(new StoreError('storage-missing'));
  });
}

function upgrade(db: IDBDatabase): void {
  db.createObjectStore('device', { keyPath: 'key' });
  db.createObjectStore('sessions', { keyPath: 'key' });
  db.createObjectStore('outbox', { keyPath: 'id' }).createIndex('session', 'session');
  const envelopes = db.createObjectStore('envelopes', { autoIncrement: true });
  envelopes.createIndex('session', 'session');
  envelopes.createIndex('id', ['session', 'id'], { unique: true });
  db.createObjectStore('acked', { keyPath: 'session' });
  db.createObjectStore('items', { keyPath: ['session', 'n'] }).createIndex('session', 'session');
}

/**
 * Runs `work` in one transaction and resolves with its result once everything is on disk.
 * Either all of it happens or nothing.
 */
export function transact<T>(
  db: IDBDatabase,
  stores: readonly StoreName[],
  mode: IDBTransactionMode,
  work: (stores: (name: StoreName) => IDBObjectStore) => IDBRequest<T> | undefined,
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const tx = db.transaction(stores, mode);
    const request = work((name) => tx.objectStore(name));
    tx.oncomplete = () => resolve(request?.result);
    tx.onabort = () => reject(asStoreError(tx.error));
    tx.onerror = () => reject(asStoreError(tx.error));
  });
}

function asStoreError(error: unknown): StoreError {
  const full = error instanceof DOMException && error.name === 'QuotaExceededError';
  return new StoreError(full ? 'storage-full' : 'storage-missing', error);
}
