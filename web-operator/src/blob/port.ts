/**
 * The page's end of the blobs' worker: passes bytes between it and the links without looking at them,
 * as fast as the channel takes them, and keeps what the worker says of each blob.
 */
import type { Bytes } from '../seal/bytes.ts';
import { CHUNK } from './limits.ts';
import type { BlobId } from './manifest.ts';
import type { BlobAct, BlobState, FromBlobs, NamedBlob, Part, TakeProblem, ToBlobs } from './messages.ts';

/** What a Worker offers of itself; tests give the engine in this thread. */
export interface BlobWorkerLike {
  postMessage(message: ToBlobs, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<FromBlobs>) => void) | null;
  onerror: ((event: Event) => void) | null;
}

export interface BlobPortEvents {
  /** Some blob's state is another one. */
  changed(): void;
  /** False: the channel is full; `writable` says when it is not any more. */
  send(link: number, data: Bytes): boolean;
}

export type TakeOutcome =
  { readonly blob: BlobId; readonly kept: boolean } | { readonly problem: TakeProblem };

interface Take {
  readonly resolve: (outcome: TakeOutcome | null) => void;
  readonly progress: (have: number) => void;
}

/** The worker hears what the channel took after so many bytes. */
const TELL_BYTES = CHUNK / 2;
/** A channel that never says that it has room is tried again after this long. */
const TRY_MS = 50;

export class BlobPort {
  readonly states = new Map<BlobId, BlobState>();
  readonly #worker: BlobWorkerLike;
  readonly #takes = new Map<string, Take>();
  readonly #opens = new Map<number, (file: Blob | null) => void>();
  readonly #parts = new Map<number, (message: Bytes | null) => void>();
  readonly #missing = new Map<number, (chunks: readonly number[] | null) => void>();
  /** Messages for the channel of the link that is up. */
  #queue: Bytes[] = [];
  #link = 0;
  #took = 0;
  #again: ReturnType<typeof setTimeout> | undefined;
  #req = 0;
  /** The worker is gone: nothing that is asked gets an answer from it. */
  #dead = false;

  constructor(
    spawn: () => BlobWorkerLike,
    readonly events: BlobPortEvents,
  ) {
    this.#worker = spawn();
    this.#worker.onmessage = ({ data }) => this.#onMessage(data);
    this.#worker.onerror = () => this.#fail();
  }

  start(session: string): void {
    this.#post({ t: 'start', session });
  }

  named(blobs: readonly NamedBlob[]): void {
    this.#post({ t: 'named', blobs });
  }

  limit(bytes: number): void {
    this.#post({ t: 'limit', bytes });
  }

  act(blob: BlobId, act: BlobAct): void {
    this.#post({ t: 'act', blob, act });
  }

  item(data: Bytes): void {
    this.#post({ t: 'item', data });
  }

  /** Null when it was dropped. */
  take(take: string, file: Blob, progress: (have: number) => void): Promise<TakeOutcome | null> {
    if (this.#dead) return Promise.resolve({ problem: 'file-unreadable' });
    return new Promise((resolve) => {
      this.#takes.set(take, { resolve, progress });
      this.#post({ t: 'take', take, file });
    });
  }

  dropTake(take: string): void {
    this.#post({ t: 'drop-take', take });
    this.#takes.get(take)?.resolve(null);
    this.#takes.delete(take);
  }

  open(blob: BlobId): Promise<Blob | null> {
    return this.#ask(this.#opens, (req) => ({ t: 'open', req, blob }));
  }

  /** One encoded message of a blob that is here; null when it is not. */
  part(blob: BlobId, part: Part): Promise<Bytes | null> {
    return this.#ask(this.#parts, (req) => ({ t: 'part', req, blob, part }));
  }

  missing(blob: BlobId): Promise<readonly number[] | null> {
    return this.#ask(this.#missing, (req) => ({ t: 'missing', req, blob }));
  }

  linkUp(link: number): void {
    this.#link = link;
    this.#queue = [];
    this.#took = 0;
    this.#post({ t: 'link-up', link });
  }

  linkData(link: number, data: Bytes): void {
    this.#worker.postMessage({ t: 'link-data', link, data }, [data.buffer]);
  }

  linkDown(link: number): void {
    this.#queue = [];
    clearTimeout(this.#again);
    this.#again = undefined;
    this.#post({ t: 'link-down', link });
  }

  writable(): void {
    this.#pump();
  }

  /** For good: the worker writes down what is to be kept, and ends. */
  stop(): void {
    this.#post({ t: 'stop' });
    clearTimeout(this.#again);
    this.#fail();
  }

  #ask<T>(
    waiting: Map<number, (answer: T | null) => void>,
    question: (req: number) => ToBlobs,
  ): Promise<T | null> {
    if (this.#dead) return Promise.resolve(null);
    this.#req += 1;
    const req = this.#req;
    return new Promise((resolve) => {
      waiting.set(req, resolve);
      this.#post(question(req));
    });
  }

  #post(message: ToBlobs): void {
    this.#worker.postMessage(message);
  }

  #onMessage(message: FromBlobs): void {
    switch (message.t) {
      case 'ready':
        break;
      case 'states':
        for (const state of message.states) this.states.set(state.blob, state);
        for (const blob of message.gone) this.states.delete(blob);
        this.events.changed();
        break;
      case 'link-send':
        if (message.link !== this.#link) break;
        this.#queue.push(...message.messages);
        this.#pump();
        break;
      case 'taking':
        this.#takes.get(message.take)?.progress(message.have);
        break;
      case 'taken':
        this.#settle(message.take, { blob: message.blob, kept: message.kept });
        break;
      case 'take-failed':
        this.#settle(message.take, { problem: message.why });
        break;
      case 'opened':
        this.#opens.get(message.req)?.(message.file);
        this.#opens.delete(message.req);
        break;
      case 'part':
        this.#parts.get(message.req)?.(message.message);
        this.#parts.delete(message.req);
        break;
      case 'missing':
        this.#missing.get(message.req)?.(message.chunks);
        this.#missing.delete(message.req);
        break;
    }
  }

  #settle(take: string, outcome: TakeOutcome): void {
    this.#takes.get(take)?.resolve(outcome);
    this.#takes.delete(take);
  }

  /** Nothing is awaited here: the channel is filled as far as it goes, and says when it wants more. */
  #pump(): void {
    let sent = 0;
    while (sent < this.#queue.length) {
      const message = this.#queue[sent];
      if (message === undefined || !this.events.send(this.#link, message)) break;
      sent += 1;
      this.#took += message.length;
    }
    if (sent > 0) this.#queue.splice(0, sent);
    const empty = this.#queue.length === 0;
    if (this.#took >= TELL_BYTES || (empty && this.#took > 0)) {
      this.#post({ t: 'link-took', link: this.#link, bytes: this.#took });
      this.#took = 0;
    }
    if (empty || this.#again !== undefined) return;
    this.#again = setTimeout(() => {
      this.#again = undefined;
      this.#pump();
    }, TRY_MS);
  }

  /** The worker is gone, or was told to end: what waits for it gets an answer. */
  #fail(): void {
    this.#dead = true;
    for (const { resolve } of this.#takes.values()) resolve({ problem: 'file-unreadable' });
    for (const resolve of this.#opens.values()) resolve(null);
    for (const resolve of this.#parts.values()) resolve(null);
    for (const resolve of this.#missing.values()) resolve(null);
    this.#missing.clear();
    this.#takes.clear();
    this.#opens.clear();
    this.#parts.clear();
  }
}

/** Takes everything of a session off this device that is not open here. */
export function forgetBlobs(spawn: () => BlobWorkerLike, session: string): void {
  const worker = spawn();
  worker.postMessage({ t: 'forget', session });
  worker.postMessage({ t: 'stop' });
}
