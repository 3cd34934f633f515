/** The documents' worker: loads Automerge, then does one thing after another. */
import wasmUrl from '@automerge/automerge/automerge.wasm?url';
import { loadAutomerge } from './room.ts';
import { openStore } from '../store/store.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { WorkerSession } from './worker-session.ts';

/** The worker's own scope, as far as it is used here. */
interface Scope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker): void;
}

const scope = globalThis as unknown as Scope;

const session = new WorkerSession({
  post: (message) => scope.postMessage(message),
  loaded: loadAutomerge(wasmUrl),
  openStore,
});

scope.onmessage = ({ data }) => session.handle(data);
