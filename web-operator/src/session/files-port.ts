/**
 * The files of one session: what people send and what the documents name, with the state of each.
 * The bytes are the blobs' worker's; here it is decided what is shown, what goes where, and when
 * something counts as delivered.
 */
import { cleanLabel, cleanMediaType } from '../blob/label.ts';
import { FILES } from '../blob/limits.ts';
import type { BlobId } from '../blob/manifest.ts';
import type { BlobState } from '../blob/messages.ts';
import { HEAD_BYTES, UNKNOWN_TYPE, shownType } from '../blob/picture.ts';
import { BlobPort, type BlobWorkerLike } from '../blob/port.ts';
import type { NamedBlob, ShelfEntry } from '../doc/messages.ts';
import type { Bytes } from '../seal/bytes.ts';
import { FILE_BYTES } from '../seal/limits.ts';
import type { KnockRow, OutboxRow } from '../store/rows.ts';
import type { Switchboard } from '../switchboard/client.ts';
import { maxFileBytes } from '../switchboard/policy.ts';
import type { Delivery } from './facade.ts';
import type { FileAct, FileItem, FilesPort, FilesSnapshot, PagePicture, Progress } from './show.ts';
import type { Mailbox } from './mailbox.ts';
import { BlobItems } from './waiting-blobs.ts';
import type { WaitingRoom } from './waiting-room.ts';

export interface SessionFilesParts {
  readonly session: string;
  /** My peer key, lowercase hex. */
  readonly me: string;
  readonly spawn: () => BlobWorkerLike;
  readonly switchboard: Pick<Switchboard, 'online' | 'request'>;
  readonly myName: () => string;
  readonly nameOf: (author: string) => string;
  /** Whether an envelope of mine is stored at the rendezvous. */
  readonly isStored: (envelope: string) => boolean;
  /** False: the channel is full. */
  readonly send: (link: number, data: Bytes) => boolean;
  /** Keeps the row and lets it become an entry of the shelf with its message. */
  readonly publish: (row: OutboxRow) => void;
  /** Forgets a row that was published; it may be signed all the same. */
  readonly unpublish: (id: string) => void;
  readonly hide: (id: string) => void;
}

/** What the session knows of itself; the page adds the rest. */
export type FilesHost = Omit<SessionFilesParts, 'spawn'>;

/** How often the organisation's limit is asked for until it is known, and how long a chosen file waits for it. */
const LIMIT_AGAIN_MS = 500;
const LIMIT_PATIENCE_MS = 2_000;

/** A file that is read and copied. */
interface Taking {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly at: number;
  have: number;
}

export class SessionFiles implements FilesPort {
  readonly #port: BlobPort;
  readonly #listeners = new Set<() => void>();
  #maxBytes = FILE_BYTES;
  readonly #limit: Promise<void>;
  #stopped = false;
  #taking: readonly Taking[] = [];
  /** One after another, so that messages stay in the order in which files were chosen. */
  #taken: Promise<unknown> = Promise.resolve();
  #outbox: readonly OutboxRow[] = [];
  /** Sealed, and not on the shelf that was last shown. */
  #sealed: readonly OutboxRow[] = [];
  #shelf: readonly ShelfEntry[] = [];
  /** Rows that were taken back before they had an entry, and the envelopes that they became all the same. */
  readonly #unwanted = new Set<string>();
  /** By row: the envelope of what is sealed and not on the shelf yet. */
  readonly #envelopes = new Map<string, string>();
  #problem: FilesSnapshot['problem'] = null;
  #made: FilesSnapshot | null = null;
  /** Items as they were last shown, by id: one that is as it was stays the same object. */
  #items = new Map<string, FileItem>();
  #announced = false;
  #room: { readonly room: WaitingRoom; readonly items: BlobItems } | null = null;
  /** Files that the mailbox had to do with when it was last asked. */
  #mailWork = '';
  #mailbox: Pick<Mailbox, 'share' | 'sync' | 'useFiles'> | null = null;

  constructor(readonly parts: SessionFilesParts) {
    this.#port = new BlobPort(parts.spawn, {
      changed: () => {
        this.#feed();
        this.#changed();
      },
      send: parts.send,
    });
    this.#port.start(parts.session);
    this.#limit = this.#learnLimit();
  }

  // What the views use.

  snapshot(): FilesSnapshot {
    this.#made ??= {
      files: this.#compose(),
      maxBytes: this.#maxBytes,
      problem: this.#problem,
    };
    return this.#made;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async send(files: readonly File[]): Promise<readonly string[]> {
    await this.#knownLimit();
    const sent = files.map((file) => this.#sendOne(file));
    return (await Promise.all(sent)).filter((blob) => blob !== null);
  }

  async keep(bytes: Blob, name: string): Promise<{ readonly blob: string; readonly size: number } | null> {
    await this.#knownLimit();
    if (this.#refuses(bytes.size, name)) return null;
    const outcome = await this.#port.take(crypto.randomUUID(), bytes, () => undefined);
    if (outcome === null) return null;
    if ('problem' in outcome) {
      this.#tellProblem(outcome.problem, name);
      return null;
    }
    return { blob: outcome.blob, size: bytes.size };
  }

  act(id: string, act: FileAct): void {
    const taking = this.#taking.find((one) => one.id === id);
    if (taking !== undefined) {
      if (act === 'cancel' || act === 'hide') {
        this.#port.dropTake(id);
        this.#drop(taking);
      }
      return;
    }
    const entry = this.#shelf.find((one) => one.id === id);
    if (entry === undefined) {
      this.#actOnRow(id, act);
      return;
    }
    const { blob } = entry;
    const own = entry.author === this.parts.me;
    if (act !== 'hide') this.#port.act(blob, act);
    // A file that is taken back leaves the shelf: nobody is to wait for it.
    if (act === 'hide' || (act === 'cancel' && own)) this.parts.hide(entry.id);
    if (own && (act === 'pause' || act === 'cancel')) this.#room?.items.remove(blob);
  }

  /** An own file that has no entry yet. One that is taken back never gets one, or loses it as soon as it comes. */
  #actOnRow(id: string, act: FileAct): void {
    const row = [...this.#sealed, ...this.#outbox].find((one) => one.id === id);
    const blob = row?.file?.blob;
    if (row === undefined || blob === undefined) return;
    if (act !== 'cancel' && act !== 'hide') {
      this.#port.act(blob, act);
      return;
    }
    this.#unwanted.add(this.#envelopes.get(id) ?? id);
    const waits = this.#outbox.includes(row);
    this.#sealed = this.#sealed.filter((one) => one !== row);
    this.#outbox = this.#outbox.filter((one) => one !== row);
    const named = [...this.#shelf, ...this.#rowFiles()].some((file) => file.blob === blob);
    if (!named) this.#port.act(blob, 'cancel');
    if (waits) this.parts.unpublish(id);
    this.#changed();
  }

  #rowFiles(): readonly NonNullable<OutboxRow['file']>[] {
    return [...this.#sealed, ...this.#outbox].flatMap(({ file }) => file ?? []);
  }

  async open(blob: BlobId): Promise<File | null> {
    const bytes = await this.#port.open(blob);
    if (bytes === null) return null;
    const head = new Uint8Array(await bytes.slice(0, HEAD_BYTES).arrayBuffer());
    const named = this.#shelf.find((entry) => entry.blob === blob);
    const label = cleanLabel(
      named?.name ?? this.#outbox.find((row) => row.file?.blob === blob)?.file?.name ?? '',
    );
    return new File([bytes], label, { type: shownType(head) ?? UNKNOWN_TYPE });
  }

  dismiss(): void {
    this.#problem = null;
    this.#changed();
  }

  // What the session tells.

  /** What was sent and has no entry yet. */
  outbox(rows: readonly OutboxRow[]): void {
    const left = rows.filter((row) => row.file !== undefined);
    this.#sealed = [...this.#sealed, ...this.#outbox.filter(({ id }) => left.every((row) => row.id !== id))];
    this.#outbox = left;
    this.#changed();
  }

  /** A row of the outbox is an envelope now. */
  sealed(row: string, envelope: string): void {
    if (this.#unwanted.delete(row)) this.#unwanted.add(envelope);
    else if (this.#outbox.some(({ id }) => id === row)) this.#envelopes.set(row, envelope);
  }

  shelf(entries: readonly ShelfEntry[]): void {
    const unwanted = entries.filter(({ envelope }) => this.#unwanted.delete(envelope));
    for (const { id } of unwanted) this.parts.hide(id);
    this.#shelf = entries.slice(-FILES).filter((entry) => !unwanted.includes(entry));
    this.#sealed = [];
    this.#envelopes.clear();
    this.#feed();
    this.#changed();
  }

  /** Everything that any document names. Pages of a document come when they are looked at. */
  named(blobs: readonly NamedBlob[]): void {
    const pages = new Set(this.#shelf.flatMap(({ shown }) => shown.map(({ blob }) => blob)));
    for (const { blob } of this.#shelf) pages.delete(blob);
    this.#port.named(blobs.map(({ blob, size }) => ({ blob, size, eager: !pages.has(blob) })));
  }

  /** Names, or what is stored, may be others now. */
  refresh(): void {
    this.#changed();
  }

  /** While not admitted files go to the waiting room. */
  useRoom(room: WaitingRoom, knock: KnockRow): void {
    const items = new BlobItems({
      knock,
      part: (blob, part) => this.#port.part(blob, part),
      changed: () => this.#changed(),
    });
    this.#room = { room, items };
    room.useBlobs(items);
    this.#feed();
  }

  /** While a member reaches nobody files go to the mailbox, and come from it. */
  useMailbox(mailbox: Pick<Mailbox, 'share' | 'sync' | 'useFiles'>): void {
    this.#mailbox = mailbox;
    mailbox.useFiles({
      outgoing: () => this.#outgoing(),
      wanted: () => [...this.#port.states.values()].filter(({ state }) => state === 'waiting'),
      part: (blob, part) => this.#port.part(blob, part),
      missing: (blob) => this.#port.missing(blob),
      item: (message) => this.#port.item(message),
    });
  }

  item(message: Bytes): void {
    this.#port.item(message);
  }

  linkUp(link: number): void {
    // The rest goes the short way.
    this.#room = null;
    this.#port.linkUp(link);
    this.#changed();
  }

  linkData(link: number, data: Bytes): void {
    this.#port.linkData(link, data);
  }

  linkDown(link: number): void {
    this.#port.linkDown(link);
  }

  writable(): void {
    this.#port.writable();
  }

  stop(): void {
    this.#stopped = true;
    this.#port.stop();
  }

  // Sending.

  async #learnLimit(): Promise<void> {
    const { switchboard } = this.parts;
    while (!this.#stopped) {
      try {
        if (switchboard.online) {
          this.#maxBytes = await maxFileBytes(switchboard);
          this.#port.limit(this.#maxBytes);
          this.#changed();
          return;
        }
      } catch {
        // The way was lost: it is asked again when it is back.
      }
      await new Promise((done) => setTimeout(done, LIMIT_AGAIN_MS));
    }
  }

  /** Without a rendezvous the usual limit holds: what is chosen offline is not kept waiting. */
  #knownLimit(): Promise<unknown> {
    return Promise.race([this.#limit, new Promise((done) => setTimeout(done, LIMIT_PATIENCE_MS))]);
  }

  async #sendOne(file: File): Promise<string | null> {
    const name = cleanLabel(file.name);
    if (this.#refuses(file.size, name)) return null;
    const taking: Taking = {
      id: crypto.randomUUID(),
      name,
      type: cleanMediaType(file.type),
      size: file.size,
      at: Date.now(),
      have: 0,
    };
    this.#taking = [...this.#taking, taking];
    this.#changed();
    const taken = this.#taken.then(() => this.#take(taking, file));
    this.#taken = taken;
    return taken;
  }

  async #take(taking: Taking, file: File): Promise<string | null> {
    const { id, name, type, size, at } = taking;
    // Taken back while it waited for its turn.
    if (!this.#taking.includes(taking)) return null;
    const outcome = await this.#port.take(id, file, (have) => {
      taking.have = have;
      this.#changed();
    });
    if (outcome === null || 'problem' in outcome) {
      if (outcome !== null) this.#tellProblem(outcome.problem, name);
      this.#drop(taking);
      return null;
    }
    const { blob } = outcome;
    this.parts.publish({ id, session: this.parts.session, text: '', at, file: { blob, size, name, type } });
    this.#drop(taking);
    return blob;
  }

  #drop(taking: Taking): void {
    this.#taking = this.#taking.filter((one) => one !== taking);
    this.#changed();
  }

  #refuses(size: number, name: string): boolean {
    const id = size === 0 ? 'file-empty' : size > this.#maxBytes ? 'file-too-large' : null;
    if (id !== null) this.#tellProblem(id, name);
    return id !== null;
  }

  #tellProblem(id: string, name: string): void {
    this.#problem = { id, name };
    this.#changed();
  }

  /** Own files that nobody has, oldest first. */
  #outgoing(): readonly { readonly blob: BlobId; readonly size: number }[] {
    return this.#shelf.filter(({ blob, author }) => {
      const state = this.#port.states.get(blob);
      return author === this.parts.me && state?.state === 'here' && !state.delivered;
    });
  }

  /** They are stored where somebody will find them. */
  #feed(): void {
    const way = this.#room;
    const outgoing = this.#outgoing();
    let added = false;
    for (const { blob, size } of outgoing) if (way?.items.add(blob, size) === true) added = true;
    if (added) void way?.room.sync();
    const left = outgoing.filter(({ blob }) => this.#mailbox?.share(blob) !== 1);
    const wanted = [...this.#port.states.values()].filter(({ state }) => state === 'waiting');
    const names = [...left, ...wanted].map(({ blob }) => blob).join();
    // What is new to do is done once; the rest goes on by itself.
    if (names !== this.#mailWork && names !== '') void this.#mailbox?.sync();
    this.#mailWork = names;
  }

  // Showing.

  #compose(): readonly FileItem[] {
    const before = this.#items;
    const items = new Map<string, FileItem>();
    const put = (item: FileItem): void => {
      const known = before.get(item.id);
      items.set(item.id, known !== undefined && sameItem(known, item) ? known : item);
    };
    for (const entry of this.#shelf) put(this.#itemOf(entry));
    for (const { id, at, file } of [...this.#sealed, ...this.#outbox]) {
      if (file !== undefined) put(this.#ownItem(id, { ...file, at }, null));
    }
    for (const { id, name, type, size, at, have } of this.#taking) {
      put(this.#ownItem(id, { blob: '', size, name, type, at }, have));
    }
    this.#items = items;
    return [...items.values()];
  }

  #itemOf(entry: ShelfEntry): FileItem {
    const { me, nameOf, myName } = this.parts;
    const { id, author, kind, blob, size, at, pages, shown } = entry;
    const state = this.#port.states.get(blob);
    const mine = author === me;
    const tooLarge = !mine && state?.state !== 'here' && size > this.#maxBytes;
    return {
      id,
      blob,
      name: cleanLabel(entry.name),
      mediaType: cleanMediaType(entry.type),
      size,
      author,
      authorName: mine ? myName() : nameOf(author),
      mine,
      at,
      kind,
      pages,
      shown,
      state: tooLarge ? 'refused' : (state?.state ?? 'waiting'),
      progress: progressOf(state?.have ?? 0, size, state?.perSec ?? 0),
      why: tooLarge ? 'file-too-large' : (state?.why ?? null),
      kept: state?.kept ?? true,
      delivery: mine ? this.#deliveryOf(entry, state) : 'delivered',
      sent: mine ? this.#sentOf(entry, state) : null,
    };
  }

  /** A file that has no entry yet; `have` while it is read. */
  #ownItem(
    id: string,
    { blob, size, name, type, at }: NonNullable<OutboxRow['file']> & { readonly at: number },
    have: number | null,
  ): FileItem {
    const { me, myName } = this.parts;
    return {
      id,
      blob,
      name,
      mediaType: type,
      size,
      author: me,
      authorName: myName(),
      mine: true,
      at,
      kind: 'file',
      pages: 0,
      shown: NO_PAGES,
      state: have === null ? 'here' : 'arriving',
      progress: progressOf(have ?? size, size, 0),
      why: null,
      kept: this.#port.states.get(blob)?.kept ?? true,
      delivery: 'waiting',
      sent: null,
    };
  }

  #deliveryOf({ blob, envelope, delivered }: ShelfEntry, state: BlobState | undefined): Delivery {
    if (delivered && state?.delivered === true) return 'delivered';
    const stored = delivered || this.parts.isStored(envelope);
    return stored && this.#storedShare(blob) === 1 ? 'stored' : 'waiting';
  }

  #storedShare(blob: BlobId): number {
    return this.#room?.items.share(blob) ?? this.#mailbox?.share(blob) ?? 0;
  }

  #sentOf({ blob, size }: ShelfEntry, state: BlobState | undefined): Progress | null {
    if (state === undefined || state.delivered) return null;
    const have = Math.max(state.sent, Math.floor(this.#storedShare(blob) * size));
    return have === 0 ? null : progressOf(have, size, state.sentPerSec);
  }

  /** One call of the listeners for all changes of a turn. */
  #changed(): void {
    this.#made = null;
    if (this.#announced) return;
    this.#announced = true;
    queueMicrotask(() => {
      this.#announced = false;
      for (const listener of this.#listeners) listener();
    });
  }
}

const NO_PAGES: readonly PagePicture[] = [];

function progressOf(have: number, size: number, perSec: number): Progress {
  const secsLeft = perSec > 0 ? Math.ceil((size - have) / perSec) : null;
  return { have, size, perSec, secsLeft };
}

function sameItem(a: FileItem, b: FileItem): boolean {
  return (Object.keys(a) as (keyof FileItem)[]).every((key) => sameField(a[key], b[key]));
}

function sameField(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  // Pages are passed on as the documents gave them; progress is made anew each time.
  return !Array.isArray(a) && JSON.stringify(a) === JSON.stringify(b);
}
