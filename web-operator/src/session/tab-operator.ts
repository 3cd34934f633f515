/**
 * The operator's side of the page: one object that the views use. It keeps who this device is, finds
 * the session a link or a reload means, and lets one tab own it.
 */
import { hex } from '../seal/bytes.ts';
import { newSignKey } from '../seal/ed25519.ts';
import { newSealKey } from '../seal/hpke.ts';
import { inviteSecrets, parseFragment } from '../seal/invite.ts';
import { LANG } from '../seal/limits.ts';
import { cleanName } from '../seal/name.ts';
import type { BlobWorkerLike } from '../blob/port.ts';
import { DocPort, type WorkerLike } from '../doc/port.ts';
import { askToPersist, own, type Ownership } from '../store/ownership.ts';
import type { DeviceRow, SessionRow } from '../store/rows.ts';
import { openStore, type Store } from '../store/store.ts';
import type { Dial } from '../switchboard/transport.ts';
import { SessionDriver } from './driver.ts';
import type { FilesHost, SessionFiles } from './files-port.ts';
import { LateLive } from './late-live.ts';
import {
  MAX_TEXT,
  type ControlMessage,
  type ErrorCode,
  type OpenConnection,
  type OpenLinkResult,
  type Operator,
  type SavedSession,
  type SessionSnapshot,
} from './facade.ts';
import { LateFiles } from './late-files.ts';
import { PageShow } from './page-show.ts';
import type { ShowPort } from './show.ts';

/** What the page gives; tests give their own. */
export interface OperatorParts {
  /** Origin of the switchboard. */
  readonly rendezvous: URL;
  readonly spawnWorker: () => WorkerLike;
  readonly openStore?: () => Promise<Store>;
  readonly ways?: readonly Dial[];
  /** Loopback candidates are used where the page itself comes from this machine. */
  readonly allowLoopback: boolean;
  /** Absent where this page can't keep files. */
  readonly spawnBlobs?: () => BlobWorkerLike;
}

/** Typed messages that wait on this device: more is not a conversation any more. */
const MAX_UNSENT = 500;

export function operatorWith(parts: OperatorParts): Operator {
  return new PageOperator(parts);
}

const IDLE: SessionSnapshot = {
  phase: 'idle',
  key: null,
  session: null,
  title: '',
  expertName: '',
  myName: '',
  words: [],
  numbers: '',
  chat: [],
  people: [],
  verified: false,
  watching: false,
  rttMs: null,
  rendezvous: 'off',
  documents: 'off',
  elsewhere: false,
  error: null,
  retryAt: null,
};

class PageOperator implements Operator {
  readonly files = new LateFiles();
  readonly show: ShowPort;
  readonly #store: Promise<Store>;
  readonly #docs: DocPort;
  readonly #live: LateLive;
  readonly #listeners = new Set<(snapshot: SessionSnapshot) => void>();
  readonly #controlListeners = new Set<(message: ControlMessage) => void>();
  readonly #linkListeners = new Set<(up: boolean) => void>();
  /** The session the page is in, opened or running. */
  #row: SessionRow | null = null;
  #driver: SessionDriver | null = null;
  #ownership: Ownership | null = null;
  #elsewhere = false;
  #error: ErrorCode | null = null;
  /** How to start once more when this tab takes the session over. */
  #again: { readonly lang: string; readonly open: OpenConnection } | null = null;
  #snapshot: SessionSnapshot | null = null;
  #announced = false;
  readonly #showing: PageShow;

  constructor(readonly parts: OperatorParts) {
    this.#store = (parts.openStore ?? openStore)();
    this.#docs = new DocPort(parts.spawnWorker, () => this.#changed());
    this.#live = new LateLive({
      sendLive: (data) => this.#driver?.sendLive(data) ?? false,
      sendControl: (message) => this.sendControl(message),
      nameOf: (peer) => this.#driver?.nameOf(peer) ?? '',
      newBoard: (still, width, height, title) => this.show.newBoard(still, width, height, title),
      changed: () => this.#showing.changed(),
    });
    this.#showing = new PageShow(() => this.#driver?.show.here ?? null, this.#live);
    this.show = this.#showing;
    if (typeof window === 'object') window.addEventListener('online', () => this.#driver?.hurry());
  }

  snapshot(): SessionSnapshot {
    // Composed when somebody looks: many changes of a turn cost one.
    this.#snapshot ??= this.#compose();
    return this.#snapshot;
  }

  subscribe(listener: (snapshot: SessionSnapshot) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  browserProblem(): ErrorCode | null {
    const subtle = (globalThis.crypto as Partial<Crypto> | undefined)?.subtle;
    const here =
      subtle !== undefined && typeof RTCPeerConnection === 'function' && typeof WebAssembly === 'object';
    return here ? null : 'browser-too-old';
  }

  async openLink(fragment: string): Promise<OpenLinkResult> {
    const link = parseFragment(fragment);
    if (typeof link === 'string') return { ok: false, error: link };
    try {
      const store = await this.#store;
      const key = hex((await inviteSecrets(link)).inviteId);
      const known = await store.session(key);
      const row = known ?? (await newSession(key, link));
      if (this.#row?.key !== key) this.#stopDriver();
      if (known === null) await store.putSession(row);
      this.#row = row;
      this.#changed();
      return { ok: true, known: known === null ? null : saved(known) };
    } catch {
      return { ok: false, error: 'storage-missing' };
    }
  }

  async savedSessions(): Promise<readonly SavedSession[]> {
    const rows = await this.#store.then((store) => store.sessions()).catch(() => []);
    return rows.map(saved).sort((a, b) => b.lastAt - a.lastAt);
  }

  async rememberedName(): Promise<string> {
    const device = await this.#store.then((store) => store.device()).catch(() => null);
    return device?.name ?? '';
  }

  preload(): void {
    this.#docs.load();
  }

  join(name: string, lang: string, open: OpenConnection): void {
    const myName = cleanName(name);
    this.#background(async () => {
      const row = await this.#current();
      if (row === null || this.#isRunning()) return;
      const store = await this.#store;
      const device = await this.#device(store);
      if (device.name !== myName) await store.putDevice({ ...device, name: myName });
      // A knock or a membership carries the name it was made with.
      if (row.state === 'opened') this.#row = { ...row, myName };
      void askToPersist();
      await this.#begin(lang, open, false);
    });
  }

  resume(key: string, lang: string, open: OpenConnection): void {
    this.#background(async () => {
      if (this.#row?.key === key && this.#isRunning()) return;
      const store = await this.#store;
      this.#stopDriver();
      this.#row = await store.session(key);
      this.#changed();
      if (this.#row !== null && this.#row.state !== 'opened') await this.#begin(lang, open, false);
    });
  }

  retry(): void {
    this.#driver?.retry();
  }

  useHere(): void {
    const again = this.#again;
    if (again === null || this.#driver !== null) return;
    this.#background(async () => {
      const store = await this.#store;
      // The other tab went on: its row is the newer one.
      if (this.#row !== null) this.#row = (await store.session(this.#row.key)) ?? this.#row;
      await this.#begin(again.lang, again.open, true);
    });
  }

  leave(): void {
    this.#driver?.leave();
  }

  async forget(key: string): Promise<void> {
    if (this.#row?.key === key) {
      this.#stopDriver();
      this.#row = null;
    }
    await this.#store.then((store) => store.forget(key)).catch(() => undefined);
    if (this.parts.spawnBlobs !== undefined) {
      const { forgetBlobs } = await import('../blob/port.ts');
      forgetBlobs(this.parts.spawnBlobs, key);
    }
    this.#changed();
  }

  say(text: string): boolean {
    const driver = this.#driver;
    const row = this.#row;
    if (driver === null || row === null || text.trim() === '') return false;
    const problem =
      text.length > MAX_TEXT ? 'text-too-long' : driver.unsent >= MAX_UNSENT ? 'outbox-full' : null;
    if (problem !== null) {
      this.#error = problem;
      this.#changed();
      return false;
    }
    this.#error = null;
    driver.say({ id: crypto.randomUUID(), session: row.key, text, at: Date.now() });
    return true;
  }

  sendControl(message: ControlMessage): boolean {
    return this.#driver?.sendControl(message) ?? false;
  }

  onControl(listener: (message: ControlMessage) => void): () => void {
    this.#controlListeners.add(listener);
    return () => this.#controlListeners.delete(listener);
  }

  onLink(listener: (up: boolean) => void): () => void {
    this.#linkListeners.add(listener);
    return () => this.#linkListeners.delete(listener);
  }

  async #begin(lang: string, open: OpenConnection, take: boolean): Promise<void> {
    const row = this.#row;
    const { spawnBlobs } = this.parts;
    if (row === null) return;
    this.#again = { lang, open };
    const store = await this.#store;
    const device = await this.#device(store);
    this.#ownership = await own(row.key, take, () => this.#onTakenOver());
    this.#elsewhere = this.#ownership === null;
    if (this.#elsewhere) {
      this.#changed();
      return;
    }
    this.#docs.load();
    this.#live.begin();
    const driver = new SessionDriver({
      row,
      device,
      store,
      docs: this.#docs,
      rendezvous: this.parts.rendezvous,
      ...(this.parts.ways === undefined ? {} : { ways: this.parts.ways }),
      lang: lang.slice(0, LANG),
      open,
      allowLoopback: this.parts.allowLoopback,
      ...(spawnBlobs === undefined ? {} : { openFiles: (host) => this.#openFiles(host, spawnBlobs) }),
      changed: () => this.#changed(),
      live: this.#live,
      control: (message) => this.#controlListeners.forEach((listener) => listener(message)),
      linkChanged: (up) => this.#linkListeners.forEach((listener) => listener(up)),
      shown: () => this.#showing.changed(),
      keep: (bytes, name) => this.files.keep(bytes, name),
      arrived: (author, board, stroke) => this.#live.arrived(author, board, stroke),
    });
    this.#driver = driver;
    await driver.start();
  }

  /** Their code is fetched when there is a session to use them in. */
  async #openFiles(host: FilesHost, spawn: () => BlobWorkerLike): Promise<SessionFiles> {
    const driver = this.#driver;
    const { SessionFiles } = await import('./files-port.ts');
    const files = new SessionFiles({ ...host, spawn });
    if (this.#driver === driver) this.files.use(files);
    return files;
  }

  /** The session the page is in, as it is stored now: a driver may have gone on since. */
  async #current(): Promise<SessionRow | null> {
    const row = this.#row;
    if (row === null || this.#isRunning()) return row;
    this.#stopDriver();
    this.#row = (await (await this.#store).session(row.key)) ?? row;
    return this.#row;
  }

  /** Whether a driver is on its way; one that came to an end makes room for another. */
  #isRunning(): boolean {
    const phase = this.#driver?.view().phase;
    return phase !== undefined && phase !== 'ended' && phase !== 'refused';
  }

  async #device(store: Store): Promise<DeviceRow> {
    const known = await store.device();
    if (known !== null) return known;
    const device: DeviceRow = { key: 'device', peer: await newSignKey(), name: '' };
    await store.putDevice(device);
    return device;
  }

  #onTakenOver(): void {
    this.#stopDriver();
    this.#elsewhere = true;
    this.#changed();
  }

  #stopDriver(): void {
    if (this.#driver !== null) this.#live.reset();
    this.#driver?.stop();
    this.#driver = null;
    this.files.use(null);
    this.#showing.changed();
    this.#ownership?.release();
    this.#ownership = null;
  }

  /** One call of the listeners for all changes of a turn. */
  #changed(): void {
    this.#snapshot = null;
    if (this.#announced) return;
    this.#announced = true;
    queueMicrotask(() => {
      this.#announced = false;
      const snapshot = this.snapshot();
      for (const listener of this.#listeners) listener(snapshot);
    });
  }

  #compose(): SessionSnapshot {
    const row = this.#row;
    const own = {
      documents: this.#docs.state,
      elsewhere: this.#elsewhere,
    };
    if (this.#driver === null) {
      return {
        ...IDLE,
        ...own,
        key: row?.key ?? null,
        title: row?.title ?? '',
        expertName: row?.expertName ?? '',
        myName: row?.myName ?? '',
        error: this.#error,
      };
    }
    const view = this.#driver.view();
    const documentsError = this.#docs.state === 'failed' ? 'documents-failed' : null;
    return { ...view, ...own, error: this.#error ?? view.error ?? documentsError };
  }

  #background(work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      console.error('session could not start', error);
      this.#error = 'storage-missing';
      this.#changed();
    });
  }
}

async function newSession(key: string, link: SessionRow['link']): Promise<SessionRow> {
  return {
    key,
    link,
    state: 'opened',
    myName: '',
    title: '',
    expertName: '',
    lastAt: Date.now(),
    sealKey: await newSealKey(),
    slotKey: await newSignKey(),
    record: null,
    knock: null,
    afterExpert: null,
    chain: [],
  };
}

function saved(row: SessionRow): SavedSession {
  const { key, state, title, expertName, myName, lastAt } = row;
  return { key, state, title, expertName, myName, lastAt };
}
