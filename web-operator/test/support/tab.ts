/** A documents' worker without the worker: what the page would be told, and what is left of it after a reload. */
import type { BoardUpdate, FromWorker, ShelfEntry, TextUpdate } from '../../src/doc/messages.ts';
import type { BoardStroke } from '../../src/doc/board.ts';
import { makeEnvelope, type DocId } from '../../src/doc/envelope.ts';
import { Replica, type Draft } from '../../src/doc/replica.ts';
import type { StepList } from '../../src/doc/steps.ts';
import { WorkerSession } from '../../src/doc/worker-session.ts';
import type { Write } from '../../src/doc/writes.ts';
import { concat, type Bytes } from '../../src/seal/bytes.ts';
import { ZERO32 } from '../../src/seal/codes.ts';
import { random } from '../../src/seal/kdf.ts';
import { newSignKey, type SignKey } from '../../src/seal/ed25519.ts';
import { newSealKey } from '../../src/seal/hpke.ts';
import type { OutboxFile, OutboxRow } from '../../src/store/rows.ts';
import { MemoryStore, type Store } from '../../src/store/store.ts';
import { automerge } from './automerge.ts';
import type { Expert } from './expert.ts';

export interface ShownBoard extends Omit<BoardUpdate, 'strokes'> {
  readonly strokes: readonly BoardStroke[];
}

let rows = 0;

export class Tab {
  readonly heard: FromWorker[] = [];
  boards = new Map<string, ShownBoard>();
  texts = new Map<string, TextUpdate>();
  files: readonly ShelfEntry[] = [];
  lists: readonly StepList[] = [];
  /** Linked tabs, by the number of the link. */
  #others = new Map<number, { readonly tab: Tab; readonly link: number }>();
  readonly #worker: WorkerSession;

  private constructor(
    readonly me: SignKey,
    readonly expert: Expert,
    readonly store: Store,
  ) {
    this.#worker = new WorkerSession({
      post: (message) => this.#hear(message),
      loaded: automerge,
      openStore: () => Promise.resolve(store),
    });
  }

  static async open(
    me: SignKey,
    expert: Expert,
    store: Store = new MemoryStore(),
    admitted = true,
  ): Promise<Tab> {
    const tab = new Tab(me, expert, store);
    const { sid, peer, chain } = expert;
    tab.#worker.handle({
      t: 'start',
      session: 's',
      sid,
      me,
      expert: peer.publicKey,
      chain: admitted ? chain : [],
    });
    // As the page does after a reload.
    for (const row of await store.outbox('s')) tab.#worker.handle({ t: 'write', row });
    await tab.idle();
    return tab;
  }

  /** The same device after the page was loaded again. */
  reload(admitted = true): Promise<Tab> {
    return Tab.open(this.me, this.expert, this.store, admitted);
  }

  write(write: Write, at = 1_700_000_000_000): string {
    return this.#put({ text: '', at, write });
  }

  publish(file: OutboxFile): string {
    return this.#put({ text: '', at: 1_700_000_000_000, file });
  }

  say(text: string): string {
    return this.#put({ text, at: 1_700_000_000_000 });
  }

  adopt(chain: readonly Bytes[]): void {
    this.#worker.handle({ t: 'roster', chain });
  }

  connect(other: Tab, link = 1): void {
    this.#others.set(link, { tab: other, link });
    other.#others.set(link, { tab: this, link });
    this.#worker.handle({ t: 'link-up', link, peer: other.me.publicKey });
    other.#worker.handle({ t: 'link-up', link, peer: this.me.publicKey });
  }

  disconnect(link = 1): void {
    const other = this.#others.get(link)?.tab;
    for (const tab of other === undefined ? [this] : [this, other]) {
      tab.#others.delete(link);
      tab.#worker.handle({ t: 'link-down', link });
    }
  }

  /** A change of another run of this device, such as an expert's app writes; tells the last entry of `list`. */
  async edit(doc: DocId, list: string, edit: (draft: Draft) => void): Promise<string> {
    const run = random(8);
    const replica = new Replica(doc.kind, concat(this.me.publicKey, run));
    const change = replica.write(edit);
    const { sid, epoch } = this.expert;
    const envelope = await makeEnvelope(this.me, { sid, doc, epoch, run, seq: 1n, prev: ZERO32, change });
    this.#worker.handle({ t: 'envelopes', envelopes: [envelope] });
    return replica.lastOf(list);
  }

  async idle(): Promise<void> {
    await this.#worker.idle();
  }

  #put(row: Omit<OutboxRow, 'id' | 'session'>): string {
    const id = `row ${(rows += 1)}`;
    const whole = { ...row, id, session: 's' };
    void this.store.addToOutbox(whole);
    this.#worker.handle({ t: 'write', row: whole });
    return id;
  }

  #hear(message: FromWorker): void {
    this.heard.push(message);
    switch (message.t) {
      case 'link-send': {
        const other = this.#others.get(message.link);
        if (other !== undefined) {
          other.tab.#worker.handle({ t: 'link-data', link: other.link, data: message.data });
        }
        break;
      }
      case 'boards':
        for (const id of message.gone) this.boards.delete(id);
        for (const { strokes, ...about } of message.boards) {
          const all = [...(this.boards.get(about.id)?.strokes ?? [])];
          all.splice(strokes.from, strokes.remove, ...strokes.insert);
          this.boards.set(about.id, { ...about, strokes: all });
        }
        break;
      case 'texts':
        for (const text of message.texts) this.texts.set(text.id, text);
        break;
      case 'shelf':
        this.files = message.files;
        break;
      case 'steps':
        this.lists = message.lists;
        break;
      default:
    }
  }
}

/** Another member of the expert's session. */
export async function member(expert: Expert, name = 'Mihai'): Promise<SignKey> {
  const [me, seal] = [await newSignKey(), await newSealKey()];
  const body = { peerKey: me.publicKey, sealPublic: seal.publicKey, slotPublic: me.publicKey };
  await expert.admit({
    id: new Uint8Array(32),
    body: { ...body, name, lang: 'en', caps: [], offer: null },
    exports: undefined as never,
  });
  return me;
}

/** Waits until it holds; everything here is done within moments. */
export async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !holds(); i++) await new Promise((done) => setTimeout(done, 10));
  if (!holds()) throw new Error(`never: ${holds.toString()}`);
}
