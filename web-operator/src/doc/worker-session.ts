/**
 * The worker's work without the worker: messages in, messages out, strictly one after another. What
 * arrives while Automerge is still loading waits in the queue.
 */
import { hex } from '../seal/bytes.ts';
import { StoreError } from '../store/database.ts';
import type { EnvelopeRow, OutboxRow } from '../store/rows.ts';
import { envelopeRow, type Store } from '../store/store.ts';
import { Documents } from './documents.ts';
import type { FromWorker, ToWorker } from './messages.ts';

export interface WorkerSessionParts {
  readonly post: (message: FromWorker) => void;
  /** Resolves when Automerge can be used. */
  readonly loaded: Promise<void>;
  readonly openStore: () => Promise<Store>;
}

/** A vector is a receipt: soon, but not for each of a thousand envelopes. */
const VECTOR_MS = 50;
/** The view is made once for everything that came within this time. */
const VIEW_MS = 16;
/** Making views takes at most one part in so many of the worker's time: a long history arrives between them. */
const VIEW_SHARE = 5;
/** Envelopes that are written to the store in one go, at the most. */
const STORE_BATCH = 256;

export class WorkerSession {
  readonly #store: Promise<Store>;
  #queue: Promise<void>;
  #session = '';
  #documents: Documents | null = null;
  #viewTimer: ReturnType<typeof setTimeout> | undefined;
  /** When the next view may be made, by how long the last one took. */
  #viewFrom = 0;
  /** Envelopes that are taken in and not stored yet: no receipt (vector) names them before they are on disk. */
  #unstored: EnvelopeRow[] = [];
  #vectorTimer: ReturnType<typeof setTimeout> | undefined;
  /** Typed rows that are envelopes already: the page may ask again after a reload. */
  readonly #sealed = new Set<string>();
  /** Rows that can't be written yet. */
  readonly #late: OutboxRow[] = [];

  constructor(readonly parts: WorkerSessionParts) {
    this.#store = parts.openStore();
    this.#queue = parts.loaded.then(
      () => parts.post({ t: 'loaded' }),
      () => parts.post({ t: 'failed' }),
    );
  }

  handle(message: ToWorker): void {
    this.#enqueue(() => this.#run(message));
  }

  /** For tests: everything that was asked for is done. */
  async idle(): Promise<void> {
    await this.#queue;
  }

  async #run(message: ToWorker): Promise<void> {
    const documents = this.#documents;
    switch (message.t) {
      case 'start':
        await this.#start(message);
        break;
      case 'stop':
        await this.#stop();
        break;
      case 'write':
        if (documents !== null) await this.#write(documents, message.row);
        break;
      case 'unheard':
        await this.#storeNow();
        this.parts.post({
          t: 'unheard',
          req: message.req,
          envelopes: (documents?.unheard() ?? []).map(({ id, bytes }) => ({ id: hex(id), envelope: bytes })),
        });
        break;
      case 'roster':
        await documents?.adoptRoster(message.chain);
        await this.#writeLate();
        break;
      case 'envelopes':
        await documents?.take(message.envelopes);
        await this.#storeNow();
        break;
      case 'take': {
        const { req, envelopes } = message;
        const waiting = (await documents?.take(envelopes)) ?? [...envelopes.keys()];
        await this.#storeNow();
        this.parts.post({ t: 'taken', req, waiting });
        break;
      }
      case 'link-up':
        await this.#storeNow();
        documents?.linkUp(message.link, message.peer);
        break;
      case 'link-down':
        documents?.linkDown(message.link);
        break;
      case 'link-data':
        await documents?.linkData(message.link, message.data);
        await this.#writeLate();
        break;
    }
  }

  async #start({ session, sid, me, expert, chain }: Extract<ToWorker, { t: 'start' }>): Promise<void> {
    await this.#stop();
    const store = await this.#store;
    this.#session = session;
    this.#documents = await Documents.open(
      {
        sid,
        me,
        expert,
        persist: ({ id, bytes }) => this.#storeSoon(envelopeRow(session, id, bytes)),
        stored: () => this.#storeNow(),
        send: (link, data) => this.parts.post({ t: 'link-send', link, data }),
        rosterChanged: (entries) => this.parts.post({ t: 'roster', chain: entries }),
        changed: () => this.#showSoon(),
        vectorsDue: () => this.#sendVectorsSoon(),
      },
      chain,
      await store.envelopes(session),
      await store.acked(session),
    );
    this.parts.post({ t: 'started' });
    this.#show();
  }

  async #stop(): Promise<void> {
    await this.#storeNow();
    clearTimeout(this.#viewTimer);
    clearTimeout(this.#vectorTimer);
    this.#viewTimer = this.#vectorTimer = undefined;
    this.#documents = null;
    this.#sealed.clear();
    this.#late.length = 0;
  }

  async #write(documents: Documents, row: OutboxRow): Promise<void> {
    if (this.#sealed.has(row.id)) return;
    const store = await this.#store;
    // What is written stands on what came before: that is stored first.
    await this.#storeNow();
    const written = await documents.write(row);
    if (written === null) {
      // Not a member yet, or the document is not here yet: the row stays in the outbox.
      this.#late.push(row);
      return;
    }
    this.#sealed.add(row.id);
    const { doc, envelopes, made } = written;
    const rows = envelopes.map(({ id, bytes }) => envelopeRow(this.#session, id, bytes));
    // From typed to signed in one step: neither lost nor said twice.
    await this.#persist(store.seal(row.id, rows));
    const [envelope] = envelopes;
    if (envelope !== undefined && row.write === undefined) {
      const { id, bytes, epoch } = envelope;
      this.parts.post({ t: 'sealed', outbox: row.id, message: made, envelope: bytes, id: hex(id), epoch });
    } else if (envelope?.epoch === 0n) {
      this.parts.post({ t: 'waiting-room', envelope: envelope.bytes, id: hex(envelope.id) });
    }
    this.parts.post({ t: 'done', outbox: row.id, made });
    documents.sent(doc);
  }

  /** Tries again what could not be written, in its order. */
  async #writeLate(): Promise<void> {
    const documents = this.#documents;
    if (documents?.isMember !== true || this.#late.length === 0) return;
    for (const row of this.#late.splice(0)) await this.#write(documents, row);
  }

  /** A full disk is told; the session goes on in memory. */
  async #persist(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      const problem = error instanceof StoreError ? error.problem : 'storage-missing';
      this.parts.post({ t: 'storage', problem });
    }
  }

  /** Envelopes arrive by the thousand, and each write to the store waits for the disk: they go in together. */
  async #storeSoon(row: EnvelopeRow): Promise<void> {
    this.#unstored.push(row);
    if (this.#unstored.length >= STORE_BATCH) await this.#storeNow();
  }

  async #storeNow(): Promise<void> {
    if (this.#unstored.length === 0) return;
    const rows = this.#unstored;
    this.#unstored = [];
    const store = await this.#store;
    await this.#persist(store.addEnvelopes(rows));
  }

  #showSoon(): void {
    this.#viewTimer ??= setTimeout(
      () => {
        this.#viewTimer = undefined;
        this.#enqueue(() => {
          const started = performance.now();
          this.#show();
          const now = performance.now();
          this.#viewFrom = now + (now - started) * VIEW_SHARE;
          return this.#keepAcked();
        });
      },
      Math.max(VIEW_MS, this.#viewFrom - performance.now()),
    );
  }

  #show(): void {
    const documents = this.#documents;
    if (documents === null) return;
    this.parts.post({ t: 'room', view: documents.view() });
    for (const news of documents.news()) this.parts.post(news);
    this.parts.post({
      t: 'refused',
      counts: { ...documents.room.counters.all(), ...documents.counters.all() },
    });
  }

  async #keepAcked(): Promise<void> {
    const documents = this.#documents;
    if (documents === null) return;
    const store = await this.#store;
    await this.#persist(store.putAcked(this.#session, documents.acked));
  }

  #sendVectorsSoon(): void {
    this.#vectorTimer ??= setTimeout(() => {
      this.#vectorTimer = undefined;
      this.#enqueue(async () => {
        // A vector is a receipt: what it names is stored before.
        await this.#storeNow();
        this.#documents?.sendVectors();
      });
    }, VECTOR_MS);
  }

  #enqueue(work: () => Promise<void>): void {
    this.#queue = this.#queue.then(work).catch((error: unknown) => {
      // One message that fails must not stop those behind it.
      console.error('documents', error);
    });
  }
}
