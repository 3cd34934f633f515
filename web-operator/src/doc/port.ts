/**
 * The page's end of the documents' worker. Nothing here waits: messages for a worker that is still
 * loading wait in its queue, and a call goes on without it.
 */
import type { Bytes } from '../seal/bytes.ts';
import type { OutboxRow } from '../store/rows.ts';
import type { FromWorker, ToWorker } from './messages.ts';

/** What a Worker offers of itself; tests give a pair of message ports. */
export interface WorkerLike {
  postMessage(message: ToWorker): void;
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null;
  onerror: ((event: Event) => void) | null;
  terminate(): void;
}

export type DocState = 'off' | 'loading' | 'ready' | 'failed';

export class DocPort {
  #worker: WorkerLike | null = null;
  #state: DocState = 'off';
  #listener: (message: FromWorker) => void = () => undefined;
  readonly #unheard = new Map<
    number,
    (envelopes: readonly { readonly id: string; readonly envelope: Bytes }[]) => void
  >();
  readonly #taking = new Map<
    number,
    { readonly envelopes: readonly Bytes[]; readonly resolve: (waiting: readonly number[]) => void }
  >();
  #req = 0;

  constructor(
    readonly spawn: () => WorkerLike,
    readonly changed: (state: DocState) => void,
  ) {}

  get state(): DocState {
    return this.#state;
  }

  /** Starts loading. Idempotent; after a failure it tries again. */
  load(): void {
    if (this.#worker !== null) return;
    try {
      const worker = this.spawn();
      worker.onmessage = ({ data }) => this.#onMessage(data);
      worker.onerror = () => this.#fail();
      this.#worker = worker;
      this.#become('loading');
    } catch {
      this.#fail();
    }
  }

  /** Who hears the worker: the session that is open. */
  attach(listener: (message: FromWorker) => void): void {
    this.#listener = listener;
  }

  start(config: Omit<Extract<ToWorker, { t: 'start' }>, 't'>): void {
    this.load();
    this.#post({ t: 'start', ...config });
  }

  /** What is in the outbox becomes an envelope. */
  write(row: OutboxRow): void {
    this.#post({ t: 'write', row });
  }

  /** Own envelopes that nobody else is known to have. */
  unheard(): Promise<readonly { readonly id: string; readonly envelope: Bytes }[]> {
    if (this.#worker === null) return Promise.resolve([]);
    this.#req += 1;
    const req = this.#req;
    return new Promise((resolve) => {
      this.#unheard.set(req, resolve);
      this.#post({ t: 'unheard', req });
    });
  }

  adoptRoster(chain: readonly Bytes[]): void {
    this.#post({ t: 'roster', chain });
  }

  readWaitingRoom(envelopes: readonly Bytes[]): void {
    if (envelopes.length > 0) this.#post({ t: 'envelopes', envelopes });
  }

  /** The same from a mailbox: tells the places of those that are not stored and may be later. */
  take(envelopes: readonly Bytes[]): Promise<readonly number[]> {
    if (envelopes.length === 0) return Promise.resolve([]);
    if (this.#worker === null) return Promise.resolve([...envelopes.keys()]);
    this.#req += 1;
    const req = this.#req;
    return new Promise((resolve) => {
      this.#taking.set(req, { envelopes, resolve });
      this.#post({ t: 'take', req, envelopes });
    });
  }

  linkUp(link: number, peer: Bytes): void {
    this.#post({ t: 'link-up', link, peer });
  }

  linkData(link: number, data: Bytes): void {
    this.#post({ t: 'link-data', link, data });
  }

  linkDown(link: number): void {
    this.#post({ t: 'link-down', link });
  }

  stop(): void {
    this.#post({ t: 'stop' });
    this.#listener = () => undefined;
  }

  #post(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }

  #onMessage(message: FromWorker): void {
    if (message.t === 'loaded') this.#become('ready');
    else if (message.t === 'failed') this.#fail();
    else if (message.t === 'unheard') {
      this.#unheard.get(message.req)?.(message.envelopes);
      this.#unheard.delete(message.req);
    } else if (message.t === 'taken') {
      this.#taking.get(message.req)?.resolve(message.waiting);
      this.#taking.delete(message.req);
    } else this.#listener(message);
  }

  #fail(): void {
    this.#worker?.terminate();
    this.#worker = null;
    for (const resolve of this.#unheard.values()) resolve([]);
    this.#unheard.clear();
    for (const { envelopes, resolve } of this.#taking.values()) resolve([...envelopes.keys()]);
    this.#taking.clear();
    this.#become('failed');
  }

  #become(state: DocState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.changed(state);
  }
}
