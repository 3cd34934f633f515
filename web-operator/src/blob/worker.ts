/** The blobs' worker: finds out where bytes can be kept here, then does what it is told. */
import { DatabaseContents, FileContents, MemoryContents, type Contents } from './contents.ts';
import { Blobs } from './engine.ts';
import type { FromBlobs, ToBlobs } from './messages.ts';
import { DatabaseRows, MemoryRows, openBlobDatabase, type Rows } from './rows.ts';

/** The worker's own scope, as far as it is used here. */
interface Scope {
  onmessage: ((event: MessageEvent<ToBlobs>) => void) | null;
  postMessage(message: FromBlobs, transfer: ArrayBuffer[]): void;
  close(): void;
}

const scope = globalThis as unknown as Scope;

/** Rows and contents live and die together: without a database there is nothing to find them by. */
async function openStore(): Promise<{ contents: Contents; rows: Rows }> {
  try {
    const db = await openBlobDatabase(indexedDB);
    const files = await FileContents.open(navigator.storage);
    return { contents: files ?? new DatabaseContents(db), rows: new DatabaseRows(db) };
  } catch {
    return { contents: new MemoryContents(), rows: new MemoryRows() };
  }
}

async function free(): Promise<number | null> {
  try {
    const { quota, usage } = await navigator.storage.estimate();
    return quota === undefined ? null : quota - (usage ?? 0);
  } catch {
    return null;
  }
}

const blobs = new Blobs({
  post: (message, transfer) => scope.postMessage(message, transfer),
  store: openStore(),
  free,
  now: () => performance.now() + performance.timeOrigin,
});

scope.onmessage = ({ data }) => {
  blobs.handle(data);
  // One worker for each time a session is open: it ends when everything is written down.
  if (data.t === 'stop') void blobs.idle().then(() => scope.close());
};
