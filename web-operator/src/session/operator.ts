/** The operator as this page has it: its own origin, its worker, its storage. */
import blobsUrl from '../blob/worker.ts?worker&url';
import workerUrl from '../doc/worker.ts?worker&url';
import type { BlobWorkerLike } from '../blob/port.ts';
import type { WorkerLike } from '../doc/port.ts';
import { trustedWorkerUrl } from '../trusted.ts';
import type { Operator } from './facade.ts';
import { operatorWith } from './tab-operator.ts';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** The switchboard is where the page is from, unless the page names another rendezvous. */
export function createOperator(): Operator {
  const named = document.querySelector<HTMLMetaElement>('meta[name="sightline-rendezvous"]')?.content;
  return operatorWith({
    rendezvous: new URL(named !== undefined && named !== '' ? named : location.origin),
    spawnWorker: () => new Worker(trustedWorkerUrl(workerUrl), { type: 'module' }) as WorkerLike,
    spawnBlobs: () => new Worker(trustedWorkerUrl(blobsUrl), { type: 'module' }) as BlobWorkerLike,
    allowLoopback: LOOPBACK.includes(location.hostname),
  });
}
