/**
 * All blobs of a session on this device: fetches what the documents name, serves it to who hears
 * them, takes in files of this device. The worker owns one. Bytes of a file are never whole in
 * memory: they pass in chunks.
 */
import { Malformed, hex, type Bytes } from '../seal/bytes.ts';
import { random } from '../seal/kdf.ts';
import { FILE_BYTES } from '../seal/limits.ts';
import { isDiskFull, type Contents } from './contents.ts';
import type { Fetch, Source, WholeChunk } from './fetch.ts';
import { Holding, newRow } from './holding.ts';
import { BOX, Incoming } from './incoming.ts';
import * as limits from './limits.ts';
import { chunkCount, sizeProblem, type BlobId } from './manifest.ts';
import { decodeMessage, encodeMessage, type BlobMessage, type Why } from './message.ts';
import type { BlobAct, BlobState, FromBlobs, NamedBlob, ToBlobs } from './messages.ts';
import type { Rows } from './rows.ts';
import { Serving } from './serve.ts';
import { takeFile } from './take.ts';

export interface BlobsParts {
  readonly post: (message: FromBlobs, transfer: ArrayBuffer[]) => void;
  readonly store: Promise<{ readonly contents: Contents; readonly rows: Rows }>;
  /** Bytes that are still free for this page; null where the browser doesn't say. */
  readonly free: () => Promise<number | null>;
  readonly now: () => number;
}

interface Link {
  readonly serving: Serving;
  malformed: number;
}

export class Blobs {
  #session = '';
  #store!: { readonly contents: Contents; readonly rows: Rows };
  readonly #holdings = new Map<BlobId, Holding>();
  readonly #named = new Map<BlobId, NamedBlob>();
  /** What is said to be larger is not fetched; nothing is kept in mind for it. */
  #limit = FILE_BYTES;
  readonly #links = new Map<number, Link>();
  readonly #takes = new Set<string>();
  readonly #incoming = new Incoming();
  /** When the size of a blob was last asked for. */
  readonly #sizeAsked = new Map<BlobId, number>();
  readonly #changed = new Set<BlobId>();
  #tellTimer: ReturnType<typeof setTimeout> | undefined;
  #tick: ReturnType<typeof setInterval> | undefined;
  #order: Promise<void>;

  constructor(readonly parts: BlobsParts) {
    this.#order = parts.store.then((store) => {
      this.#store = store;
      parts.post({ t: 'ready' }, []);
    });
  }

  handle(message: ToBlobs): void {
    this.#order = this.#order
      .then(() => this.#run(message))
      .catch((error: unknown) => console.error('blobs', error));
  }

  /** For tests: what was asked for so far is under way. */
  async idle(): Promise<void> {
    await this.#order;
  }

  /** Only starting and stopping are waited for; everything else goes on beside. */
  async #run(message: ToBlobs): Promise<void> {
    switch (message.t) {
      case 'start':
        await this.#start(message.session);
        break;
      case 'stop':
        await this.#stop();
        break;
      case 'forget':
        await this.#forget(message.session);
        break;
      case 'take':
        this.#beside(this.#take(message.take, message.file));
        break;
      case 'drop-take':
        this.#takes.delete(message.take);
        break;
      case 'named':
        this.#name(message.blobs);
        break;
      case 'limit':
        this.#limit = message.bytes;
        for (const { blob, size } of this.#named.values()) this.#holdNamed(blob, size);
        this.#pump();
        break;
      case 'act':
        this.#beside(this.#act(message.blob, message.act));
        break;
      case 'link-up':
        this.#linkUp(message.link);
        break;
      case 'link-data':
        this.#linkData(message.link, message.data);
        break;
      case 'link-took':
        this.#links.get(message.link)?.serving.took(message.bytes);
        break;
      case 'link-down':
        this.#linkDown(message.link);
        break;
      case 'item':
        this.#item(message.data);
        break;
      case 'open':
        this.#beside(this.#open(message.req, message.blob));
        break;
      case 'part': {
        const { req, blob, part } = message;
        const read = this.#holdings.get(blob)?.part(part) ?? Promise.resolve(null);
        this.#beside(
          read.then((bytes) =>
            this.parts.post({ t: 'part', req, message: bytes }, bytes === null ? [] : [bytes.buffer]),
          ),
        );
        break;
      }
      case 'missing': {
        const { req, blob } = message;
        const chunks = this.#holdings.get(blob)?.missing(limits.MISSING) ?? null;
        this.parts.post({ t: 'missing', req, chunks }, []);
        break;
      }
    }
  }

  // The session.

  async #start(session: string): Promise<void> {
    await this.#stop();
    this.#session = session;
    const { contents, rows } = this.#store;
    const used = new Set<string>();
    for (const row of await rows.of(session).catch(() => [])) {
      const holding = new Holding(row, this.#store);
      if (row.complete && (await holding.open()) === null) {
        // The browser took the bytes away: what others have can be fetched again.
        await holding.discard();
      }
      used.add(row.content);
      this.#holdings.set(row.blob, holding);
      this.#tell(row.blob);
      this.#beside(holding.rescan().then(() => this.#progressed(holding)));
    }
    // Contents without a row are copies and fetches that were never finished.
    for (const name of await contents.names(`${session}.`).catch(() => [])) {
      if (!used.has(name)) await contents.remove(name);
    }
    this.#tick = setInterval(() => this.#onTick(), limits.NOTE_MS);
    this.#tellNow();
  }

  async #stop(): Promise<void> {
    clearInterval(this.#tick);
    clearTimeout(this.#tellTimer);
    this.#tellTimer = undefined;
    for (const link of [...this.#links.keys()]) this.#linkDown(link);
    for (const holding of this.#holdings.values()) {
      await holding.note().catch(() => undefined);
      await holding.closeWriter();
    }
    this.#takes.clear();
    this.#holdings.clear();
    this.#named.clear();
    this.#incoming.clear();
    this.#sizeAsked.clear();
    this.#changed.clear();
    this.#session = '';
  }

  async #forget(session: string): Promise<void> {
    if (session === this.#session) await this.#stop();
    const { contents, rows } = this.#store;
    for (const { blob } of await rows.of(session)) await rows.drop(session, blob);
    for (const name of await contents.names(`${session}.`)) await contents.remove(name);
  }

  #content(): string {
    return `${this.#session}.${hex(random(12))}`;
  }

  // What the documents name.

  #name(blobs: readonly NamedBlob[]): void {
    const before = new Set(this.#named.keys());
    this.#named.clear();
    for (const named of blobs.slice(0, limits.FILES)) {
      const { blob, size } = named;
      if ((size !== null && sizeProblem(size) !== null) || this.#named.has(blob)) continue;
      this.#named.set(blob, named);
      this.#holdNamed(blob, size);
      for (const message of this.#incoming.of(blob)) this.#take1(BOX, message);
      const holding = this.#holdings.get(blob);
      // Who heard of it first was told that nobody knows it.
      if (holding?.row.own === true && !holding.row.delivered && !before.has(blob)) this.#offer(holding);
    }
    this.#pump();
  }

  #holdNamed(blob: BlobId, size: number | null): void {
    if (size !== null && size <= this.#limit) this.#hold(blob, size);
  }

  #hold(blob: BlobId, size: number): Holding {
    const known = this.#holdings.get(blob);
    if (known !== undefined) return known;
    const holding = new Holding(newRow(this.#session, blob, size, this.#content()), this.#store);
    this.#holdings.set(blob, holding);
    this.#tell(blob);
    return holding;
  }

  /** Asks for the manifest of what no document says the size of; it is small, or not wanted unasked. */
  #askSizes(now: number): void {
    for (const [blob, { size }] of this.#named) {
      if (size !== null || this.#holdings.has(blob)) continue;
      if (now - (this.#sizeAsked.get(blob) ?? Number.NEGATIVE_INFINITY) < limits.AGAIN_MS) continue;
      this.#sizeAsked.set(blob, now);
      for (const [link, { serving }] of this.#links) {
        if (!serving.crowded) this.#send(link, [{ t: 'ask', blob }]);
      }
    }
  }

  /** Whether it is to be fetched as soon as somebody has it. */
  #wants({ row, complete, why }: Holding): boolean {
    const named = this.#named.get(row.blob);
    if (complete || row.paused || why !== null || named === undefined || row.size > this.#limit) return false;
    return row.wanted || (named.eager && row.size <= limits.AUTO_FETCH);
  }

  async #act(blob: BlobId, act: BlobAct): Promise<void> {
    const holding = this.#holdings.get(blob);
    if (holding === undefined) return;
    switch (act) {
      case 'fetch':
      case 'resume':
        holding.why = null;
        await holding.save({ paused: false, wanted: true });
        if (holding.complete) this.#offer(holding);
        break;
      case 'pause':
        this.#cancelFetch(holding);
        await holding.save({ paused: true });
        for (const { serving } of this.#links.values()) serving.cancel(blob);
        break;
      case 'cancel':
        this.#cancelFetch(holding);
        for (const { serving } of this.#links.values()) serving.cancel(blob);
        await holding.discard();
        if (this.#named.has(blob)) await holding.save({ paused: true });
        break;
    }
    this.#tell(blob);
    this.#pump();
  }

  #cancelFetch(holding: Holding): void {
    for (const source of holding.fetch?.stop() ?? []) {
      this.#send(source, [{ t: 'cancel', blob: holding.blob }]);
    }
  }

  async #open(req: number, blob: BlobId): Promise<void> {
    const holding = this.#holdings.get(blob);
    const file = (await holding?.open()) ?? null;
    this.parts.post({ t: 'opened', req, file }, []);
    if (holding === undefined) return;
    if (file !== null) {
      await holding.save({ usedAt: this.parts.now() });
    } else if (this.#named.get(blob)?.eager === false && !holding.row.wanted) {
      // Pages of a document come when somebody looks at them.
      await holding.save({ wanted: true });
      this.#pump();
    }
  }

  // Files of this device.

  async #take(take: string, file: Blob): Promise<void> {
    this.#takes.add(take);
    const content = this.#content();
    const free = await this.parts.free();
    let told = 0;
    const taken = await takeFile(file, {
      contents: this.#store.contents,
      content,
      fits: free === null || file.size + limits.SPARE < free,
      cancelled: () => !this.#takes.has(take),
      progress: (have) => {
        const now = this.parts.now();
        if (now - told < limits.TELL_MS) return;
        told = now;
        this.parts.post({ t: 'taking', take, have }, []);
      },
    });
    this.#takes.delete(take);
    if (taken === null) return;
    if (typeof taken === 'string') {
      this.parts.post({ t: 'take-failed', take, why: taken }, []);
      return;
    }
    const { blob, manifest } = taken;
    const kept = taken.content !== null;
    const row = {
      ...newRow(this.#session, blob, manifest.size, content),
      hashes: manifest.hashes,
      complete: true,
      own: true,
      usedAt: this.parts.now(),
    };
    const known = this.#holdings.get(blob);
    if (known?.complete === true) {
      // The same bytes are here already.
      await known.save({ own: true, paused: false });
      if (kept) await this.#store.contents.remove(content);
    } else if (known !== undefined && kept) {
      this.#cancelFetch(known);
      await known.takeOver(row, null);
    } else {
      const holding = new Holding(row, this.#store, kept, kept ? null : file);
      this.#holdings.set(blob, holding);
      await holding.save({}).catch(() => undefined);
    }
    this.#tell(blob);
    this.#tellNow();
    this.parts.post({ t: 'taken', take, blob, kept }, []);
  }

  // Links.

  #linkUp(link: number): void {
    const serving = new Serving({
      read: (blob, chunk, from) => this.#serve(blob, chunk, from),
      hashes: (blob, first) => this.#serveHashes(blob, first),
      send: (messages) => this.#post(link, messages),
      served: (blob, chunk, bytes) => {
        this.#holdings.get(blob)?.sent(chunk, bytes, this.parts.now());
        this.#tell(blob);
      },
      missing: (blob) => this.#refuse(link, blob, 'not-here'),
      now: this.parts.now,
    });
    this.#links.set(link, { serving, malformed: 0 });
    for (const holding of this.#holdings.values()) {
      if (holding.complete && holding.row.own && !holding.row.delivered) this.#offer(holding);
    }
    this.#pump();
  }

  #linkDown(link: number): void {
    this.#links.get(link)?.serving.close();
    this.#links.delete(link);
    for (const holding of this.#holdings.values()) {
      const { fetch } = holding;
      if (fetch === null) continue;
      if (fetch.active) this.#tell(holding.blob);
      fetch.gone(link);
    }
    this.#pump();
  }

  #linkData(number: number, data: Bytes): void {
    const link = this.#links.get(number);
    if (link === undefined || link.malformed > limits.MALFORMED) return;
    try {
      this.#take1(number, decodeMessage(data));
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      link.malformed += 1;
    }
  }

  /** A message that came by waiting room or mailbox; it may be ahead of the document that names its blob. */
  #item(data: Bytes): void {
    try {
      const message = decodeMessage(data);
      if (this.#named.has(message.blob)) this.#take1(BOX, message);
      else this.#incoming.keep(message, data.length);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
    }
  }

  #take1(source: Source, message: BlobMessage): void {
    const holding = this.#holdings.get(message.blob);
    const link = this.#links.get(source);
    const now = this.parts.now();
    switch (message.t) {
      case 'ask': {
        const { blob } = message;
        if (!this.#mayServe(blob)) this.#refuse(source, blob);
        else if (link?.serving.ask(blob) === false) this.#refuse(source, blob, 'busy');
        break;
      }
      case 'get': {
        const { blob, chunk, from } = message;
        if (!this.#mayServe(blob)) this.#refuse(source, blob);
        else if (link?.serving.get({ blob, chunk, from }) === false) this.#refuse(source, blob, 'busy');
        break;
      }
      case 'hashes': {
        const named = this.#named.get(message.blob);
        if (named === undefined) break;
        const fits = named.size === null && message.size <= limits.AUTO_FETCH;
        const of = holding ?? (fits ? this.#hold(message.blob, message.size) : null);
        if (of !== null) this.#beside(this.#takeHashes(of, source, message));
        break;
      }
      case 'piece': {
        const { chunk, offset, bytes } = message;
        const fetch = holding?.fetch;
        if (holding === undefined || fetch === null || fetch === undefined) return;
        const whole =
          source === BOX
            ? this.#incoming.piece(fetch, chunk, offset, bytes)
            : fetch.piece(source, chunk, offset, bytes, now);
        if (whole !== null) this.#beside(this.#takeChunk(holding, fetch, whole));
        break;
      }
      case 'refused':
        holding?.fetch?.refused(source, message.why, now);
        this.#tell(message.blob);
        this.#pump();
        break;
      case 'have':
        if (holding === undefined) return;
        if (holding.fetch !== null) holding.fetch.has(source, message.count, message.bits);
        else if (holding.theirs(message.count, message.bits)) this.#delivered(message.blob);
        this.#tell(message.blob);
        this.#pump();
        break;
      case 'cancel':
        link?.serving.cancel(message.blob);
        break;
    }
  }

  // Serving.

  #mayServe(blob: BlobId): boolean {
    const holding = this.#holdings.get(blob);
    return this.#named.has(blob) && holding?.complete === true && !holding.row.paused;
  }

  /** Who reads nothing is not told again and again: it asks later, or somebody else. */
  #refuse(source: Source, blob: BlobId, why: Why = this.#named.has(blob) ? 'not-here' : 'unknown'): void {
    if (this.#links.get(source)?.serving.crowded === false) {
      this.#send(source, [{ t: 'refused', blob, why }]);
    }
  }

  async #serveHashes(blob: BlobId, first: number): Promise<Bytes | null> {
    return this.#mayServe(blob) ? ((await this.#holdings.get(blob)?.part({ hashes: first })) ?? null) : null;
  }

  async #serve(blob: BlobId, chunk: number, from: number): Promise<Bytes | null> {
    return this.#mayServe(blob) ? ((await this.#holdings.get(blob)?.read(chunk, from)) ?? null) : null;
  }

  /** Says that all of it is here: who lacked it may ask again, who has it says so. */
  #offer(holding: Holding): void {
    if (!this.#mayServe(holding.blob)) return;
    for (const link of this.#links.keys()) this.#send(link, [haveAll(holding)]);
  }

  #delivered(blob: BlobId): void {
    const holding = this.#holdings.get(blob);
    if (holding === undefined || holding.row.delivered) return;
    this.#beside(holding.save({ delivered: true }));
    this.#tell(blob);
  }

  // Fetching.

  async #takeHashes(
    holding: Holding,
    source: Source,
    part: Extract<BlobMessage, { t: 'hashes' }>,
  ): Promise<void> {
    const { fetch } = holding;
    if (fetch === null) return;
    const known = await fetch.hashes(source === BOX ? null : source, part, this.parts.now());
    if (known === true) {
      this.#beside(holding.save({ hashes: fetch.manifest?.hashes ?? null }));
      for (const message of this.#incoming.of(holding.blob)) this.#take1(BOX, message);
    } else if (known === 'wrong' && part.size !== fetch.size) {
      // The id stands for one size: what the document says can never be had.
      holding.why = 'file-wrong';
    } else if (known === 'wrong' && this.#named.get(holding.blob)?.size === null) {
      // The size came with it and is as wrong: it is asked for anew.
      this.#holdings.delete(holding.blob);
    }
    this.#tell(holding.blob);
    this.#pump();
  }

  async #takeChunk(holding: Holding, fetch: Fetch, whole: WholeChunk): Promise<void> {
    const good = await holding.verify(whole);
    // Meanwhile it was given up, or is here by another way.
    if (holding.fetch !== fetch) return;
    if (good && !(await this.#write(holding, whole))) {
      this.#cancelFetch(holding);
      holding.why = 'file-disk-full';
      // Nobody's fault: it is asked for again when there is room.
      fetch.checked({ ...whole, mixed: true }, false, this.parts.now());
      this.#tell(holding.blob);
      this.#pump();
      return;
    }
    const now = this.parts.now();
    fetch.checked(whole, good, now);
    if (good) holding.speed.add(whole.bytes.length, now);
    await this.#progressed(holding);
  }

  async #progressed(holding: Holding): Promise<void> {
    const { fetch } = holding;
    if (fetch?.done === true) {
      try {
        await holding.finish();
        this.#offer(holding);
        this.#tell(holding.blob);
      } catch {
        holding.why = 'file-disk-full';
      }
    }
    this.#tell(holding.blob);
    this.#pump();
  }

  /** False: there is no room, and none could be made. */
  async #write(holding: Holding, whole: WholeChunk): Promise<boolean> {
    try {
      await holding.write(whole);
      return true;
    } catch (error) {
      if (!isDiskFull(error) || !(await this.#makeRoom(holding))) return false;
    }
    try {
      await holding.write(whole);
      return true;
    } catch {
      return false;
    }
  }

  /** Gives up what others have too, the longest unused first; true when something was given up. */
  async #makeRoom(needing: Holding): Promise<boolean> {
    const spare = [...this.#holdings.values()]
      .filter((h) => h !== needing && h.complete && h.kept && !h.row.own)
      .sort((a, b) => a.row.usedAt - b.row.usedAt);
    const first = spare[0];
    if (first === undefined) return false;
    await first.discard();
    await first.save({ paused: true });
    this.#tell(first.blob);
    return true;
  }

  /** Asks for what is wanted, as much at a time as the windows allow. */
  #pump(): void {
    if (this.#links.size === 0) return;
    const now = this.parts.now();
    this.#askSizes(now);
    let fetching = 0;
    // What was asked for goes first.
    const wanted = [...this.#holdings.values()].filter((holding) => this.#wants(holding));
    wanted.sort((a, b) => Number(b.row.wanted) - Number(a.row.wanted));
    for (const holding of wanted) {
      if (fetching >= limits.FETCHES) break;
      const { fetch } = holding;
      if (fetch === null || holding.scanning) continue;
      const before = fetch.active;
      for (const [link, { serving }] of this.#links) {
        if (!serving.crowded) this.#send(link, fetch.next(link, now));
      }
      if (fetch.active) fetching += 1;
      if (fetch.active !== before) this.#tell(holding.blob);
    }
  }

  #onTick(): void {
    const now = this.parts.now();
    for (const holding of this.#holdings.values()) {
      const { fetch } = holding;
      if (fetch !== null) {
        fetch.tick(now);
        this.#beside(holding.note());
        if (fetch.active) {
          this.#tell(holding.blob);
          this.#sendProgress(holding, fetch);
        }
      } else if (holding.sentSpeed.perSec(now) > 0) {
        this.#tell(holding.blob);
      }
    }
    this.#pump();
  }

  /** So that the sender sees how far it is. */
  #sendProgress({ blob }: Holding, { have, manifest }: Fetch): void {
    if (manifest === null) return;
    for (const [link, { serving }] of this.#links) {
      if (serving.crowded) continue;
      this.#send(link, [{ t: 'have', blob, count: have.count, bits: have.bits() }]);
    }
  }

  // Telling.

  #send(link: number, messages: readonly BlobMessage[]): void {
    if (messages.length > 0) this.#post(link, messages.map(encodeMessage));
  }

  #post(link: number, messages: readonly Bytes[]): void {
    const serving = this.#links.get(link)?.serving;
    if (serving === undefined) return;
    for (const { length } of messages) serving.posted(length);
    this.parts.post(
      { t: 'link-send', link, messages },
      messages.map(({ buffer }) => buffer),
    );
  }

  #tell(blob: BlobId): void {
    this.#changed.add(blob);
    this.#tellTimer ??= setTimeout(() => this.#tellNow(), limits.TELL_MS);
  }

  #tellNow(): void {
    clearTimeout(this.#tellTimer);
    this.#tellTimer = undefined;
    const now = this.parts.now();
    const states: BlobState[] = [];
    const gone: BlobId[] = [];
    for (const blob of this.#changed) {
      const holding = this.#holdings.get(blob);
      if (holding === undefined) gone.push(blob);
      else states.push(holding.view(now, this.#wants(holding)));
    }
    this.#changed.clear();
    if (states.length + gone.length > 0) this.parts.post({ t: 'states', states, gone }, []);
  }

  #beside(work: Promise<unknown>): void {
    work.catch((error: unknown) => console.error('blobs', error));
  }
}

function haveAll({ blob, row }: Holding): BlobMessage {
  const count = chunkCount(row.size);
  const bits = new Uint8Array(Math.ceil(count / 8)).fill(0xff);
  if (count % 8 !== 0) bits[bits.length - 1] = (1 << (count % 8)) - 1;
  return { t: 'have', blob, count, bits };
}
