/** An expert, a rendezvous and pages in one process, over connections that only pretend. */
import { hex, type Bytes } from '../../src/seal/bytes.ts';
import { makeHello, verifyHello, type Hello } from '../../src/seal/hello.ts';
import { slotAddress } from '../../src/seal/knock.ts';
import { random } from '../../src/seal/kdf.ts';
import { sealReply, type Reply } from '../../src/seal/reply.ts';
import { openItem, sealEnvelopeItem } from '../../src/seal/waiting.ts';
import { Blobs } from '../../src/blob/engine.ts';
import type { Contents } from '../../src/blob/contents.ts';
import type { FromBlobs, ToBlobs } from '../../src/blob/messages.ts';
import type { BlobWorkerLike } from '../../src/blob/port.ts';
import type { Rows } from '../../src/blob/rows.ts';
import type { FromWorker, ShelfEntry, ToWorker } from '../../src/doc/messages.ts';
import { Documents } from '../../src/doc/documents.ts';
import type { Envelope } from '../../src/doc/envelope.ts';
import type { WorkerLike } from '../../src/doc/port.ts';
import { WorkerSession } from '../../src/doc/worker-session.ts';
import type { Connection, ConnectionEvents, OpenConnection, Operator } from '../../src/session/facade.ts';
import { operatorWith } from '../../src/session/tab-operator.ts';
import { checkSdp } from '../../src/session/sdp.ts';
import type { OutboxFile } from '../../src/store/rows.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { IDBFactory } from 'fake-indexeddb';
import { automerge } from './automerge.ts';
import { Expert, type OpenedRequest, type TestInvite } from './expert.ts';
import { FakeRendezvous } from './rendezvous.ts';

export function sdpOf(fingerprint: Bytes, setup: 'actpass' | 'active'): string {
  const print = hex(fingerprint)
    .toUpperCase()
    .replace(/(..)(?!$)/g, '$1:');
  return [
    'v=0',
    'o=- 1 2 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    'a=mid:0',
    `a=setup:${setup}`,
    `a=fingerprint:sha-256 ${print}`,
    '',
  ].join('\r\n');
}

/** The operator's end of a pretended connection; the expert's end is in `ExpertLink`. */
class FakeConnection implements Connection {
  readonly fingerprint = random(32);
  closed = false;
  link: ExpertLink | null = null;

  constructor(
    readonly world: World,
    readonly events: ConnectionEvents,
  ) {}

  createOffer(): Promise<string> {
    this.events.localCandidate('candidate:1 1 udp 1 192.168.1.7 5000 typ host', '0');
    return Promise.resolve(sdpOf(this.fingerprint, 'actpass'));
  }

  acceptAnswer(sdp: string): Promise<void> {
    const facts = checkSdp(sdp);
    const link = typeof facts === 'string' ? undefined : this.world.links.get(hex(facts.fingerprint));
    if (link === undefined || this.world.wireCut) return Promise.resolve();
    this.link = link;
    link.attach(this);
    queueMicrotask(() => this.events.channelOpened('control'));
    return Promise.resolve();
  }

  answerOffer(): Promise<string> {
    return Promise.resolve(sdpOf(this.fingerprint, 'active'));
  }

  addCandidate(): Promise<void> {
    return Promise.resolve();
  }

  send(channel: 'control' | 'sync' | 'live' | 'blob', data: string | Bytes): boolean {
    if (this.closed || this.link === null) return false;
    if (!this.world.wireCut) this.link.receive(channel, data);
    return true;
  }

  close(): void {
    this.closed = true;
  }
}

/** The expert's end: hello, beats, sync. */
export class ExpertLink {
  readonly fingerprint = random(32);
  readonly control: { t: string }[] = [];
  readonly live: Bytes[] = [];
  #connection: FakeConnection | null = null;
  #order: Promise<unknown> = Promise.resolve();
  proved = false;
  helloOf: { id: Bytes; operatorPrint: Bytes };
  /** What the expert claims its own fingerprint is; another one is a man in the middle's. */
  claimed = this.fingerprint;

  constructor(
    readonly world: World,
    request: OpenedRequest,
    readonly n: number,
  ) {
    const facts = checkSdp(request.body.offer ?? '');
    if (typeof facts === 'string') throw new Error(facts);
    this.helloOf = { id: request.id, operatorPrint: facts.fingerprint };
  }

  attach(connection: FakeConnection): void {
    this.#connection = connection;
  }

  receive(channel: string, data: string | Bytes): void {
    this.#order = this.#order.then(() => this.#take(channel, data));
  }

  async #take(channel: string, data: string | Bytes): Promise<void> {
    if (typeof data !== 'string') {
      if (channel === 'blob') this.world.onBlob(this, data);
      if (channel === 'live') this.live.push(data);
      if (channel === 'sync') await this.world.inDocs((docs) => docs.linkData(this.n, data));
      return;
    }
    const message = JSON.parse(data) as { t: string };
    this.control.push(message);
    if (message.t === 'hello') await this.#onHello(message as Hello);
    if (message.t === 'beat' && this.world.beating) this.sendControl({ t: 'beat', n: 1, echo: null });
  }

  async #onHello(hello: Hello): Promise<void> {
    const { expert } = this.world;
    const { id, operatorPrint } = this.helloOf;
    const sid = expert.sid;
    const peer = await verifyHello(hello, {
      sid,
      id,
      side: 'offerer',
      own: operatorPrint,
      remote: this.fingerprint,
    });
    if (typeof peer === 'string') throw new Error(peer);
    this.proved = true;
    if (!this.world.helloing) return;
    const own = this.claimed;
    this.sendControl(await makeHello(expert.peer, { sid, id, side: 'answerer', own, remote: operatorPrint }));
    await this.world.inDocs((docs) => {
      docs.linkUp(this.n, peer);
      return Promise.resolve();
    });
    this.world.onProved(this);
  }

  sendControl(message: object): void {
    this.toOperator('control', JSON.stringify(message));
  }

  toOperator(channel: 'control' | 'sync' | 'blob' | 'live', data: string | Bytes): void {
    const connection = this.#connection;
    if (connection === null || connection.closed || this.world.wireCut) return;
    queueMicrotask(() => connection.events.channelData(channel, data));
  }
}

export class World {
  readonly rendezvous = new FakeRendezvous();
  readonly links = new Map<string, ExpertLink>();
  readonly linkList: ExpertLink[] = [];
  readonly knocks: OpenedRequest[] = [];
  readonly calls: OpenedRequest[] = [];
  /** What the expert does with a knock; `waiting` by default. */
  onKnock: 'waiting' | 'admit' | 'refuse' | 'silent' = 'waiting';
  beating = true;
  helloing = true;
  /** Nothing passes the direct links. */
  wireCut = false;
  /** What the expert does with blobs. */
  onBlob: (link: ExpertLink, data: Bytes) => void = () => undefined;
  onProved: (link: ExpertLink) => void = () => undefined;
  #docs: Documents | null = null;
  #shelf: readonly ShelfEntry[] = [];
  #docsOrder: Promise<unknown> = Promise.resolve();
  readonly #replies = new Map<string, Reply>();

  private constructor(
    readonly expert: Expert,
    readonly invite: TestInvite,
  ) {}

  static async open(): Promise<World> {
    await automerge;
    const expert = await Expert.found('Ana');
    const world = new World(expert, await expert.invite());
    world.rendezvous.records.set(hex(world.invite.secrets.inviteId), {
      version: 1n,
      record: world.invite.sealed,
    });
    world.arrive();
    return world;
  }

  /** The expert listens. */
  arrive(): void {
    const address = hex(this.invite.record.knockAddress);
    this.rendezvous.experts.set(address, (payload) => void this.#onMessage(payload));
  }

  /** The expert's program is gone: nobody listens, links are dead. */
  vanish(): void {
    this.rendezvous.experts.clear();
    this.wireCut = true;
  }

  get fragment(): string {
    return (
      '#' +
      btoa(String.fromCharCode(...this.invite.link))
        .replaceAll('+', '-')
        .replaceAll('/', '_')
        .replaceAll('=', '')
    );
  }

  readonly open: OpenConnection = (events) => new FakeConnection(this, events);

  /** A page with its own storage, or one that reloads with the storage of an earlier one. */
  async page(kept?: Store, files?: PageFiles): Promise<TestPage> {
    const store = kept ?? (await openStore(new IDBFactory()));
    const alive = { is: true };
    const held = whileAlive(store, alive);
    const operator = operatorWith({
      ...(files === undefined ? {} : { spawnBlobs: () => blobsInProcess(files) }),
      rendezvous: new URL('https://help.example/'),
      spawnWorker: () => spawnInProcess(held),
      openStore: () => Promise.resolve(held),
      ways: [this.rendezvous.dial],
      allowLoopback: true,
    });
    const kill = (): void => {
      alive.is = false;
      // Another session: whatever the page was doing in this one, it does no more.
      operator.resume('another', 'en', this.open);
    };
    return { operator, store, kill };
  }

  async inDocs(work: (docs: Documents) => Promise<unknown>): Promise<void> {
    const next = this.#docsOrder.then(async () => work(await this.#documents()));
    this.#docsOrder = next.catch(() => undefined);
    await next;
  }

  async #documents(): Promise<Documents> {
    const { expert } = this;
    this.#docs ??= await Documents.open(
      {
        sid: expert.sid,
        me: expert.peer,
        expert: expert.peer.publicKey,
        persist: () => Promise.resolve(),
        stored: () => Promise.resolve(),
        send: (link, data) => this.linkList[link]?.toOperator('sync', data),
        rosterChanged: () => undefined,
        changed: () => undefined,
        vectorsDue: () => this.#sendVectorsSoon(),
      },
      expert.chain,
      [],
      {},
    );
    return this.#docs;
  }

  #sendVectorsSoon(): void {
    queueMicrotask(() => {
      void this.inDocs((docs) => {
        docs.sendVectors();
        return Promise.resolve();
      });
    });
  }

  async say(text: string): Promise<void> {
    await this.inDocs(async (docs) => {
      await docs.say(text, Date.now());
      docs.sent();
    });
  }

  /** Publishes a file; its bytes are the test's. */
  async publish(file: OutboxFile): Promise<void> {
    await this.inDocs(async (docs) => {
      const row = { id: crypto.randomUUID(), session: '', text: '', at: Date.now(), file };
      const written = await docs.write(row);
      if (written !== null) docs.sent(written.doc);
    });
  }

  async shelf(): Promise<readonly ShelfEntry[]> {
    await this.inDocs((docs) => {
      for (const message of docs.news()) if (message.t === 'shelf') this.#shelf = message.files;
      return Promise.resolve();
    });
    return this.#shelf;
  }

  /** The envelopes that something the expert does makes. */
  async envelopesOf(work: () => Promise<void>): Promise<Bytes[]> {
    const all = async (): Promise<Envelope[]> => {
      let held: Envelope[] = [];
      await this.inDocs((docs) => {
        held = docs.unheard();
        return Promise.resolve();
      });
      return held;
    };
    const before = new Set((await all()).map(({ id }) => hex(id)));
    await work();
    return (await all()).filter(({ id }) => !before.has(hex(id))).map(({ bytes }) => bytes);
  }

  /** What the expert reads in the session's room. */
  async chat(): Promise<string[]> {
    const texts: string[] = [];
    await this.inDocs((docs) => {
      texts.push(...docs.allChat().map(({ text }) => text));
      return Promise.resolve();
    });
    return texts;
  }

  async #onMessage(payload: Bytes): Promise<void> {
    if (payload[0] === 1) await this.#onKnock(payload);
    if (payload[0] === 4) await this.#onCall(payload);
  }

  async #onKnock(payload: Bytes): Promise<void> {
    const request = await this.expert.openKnock(this.invite, payload);
    if (request === null) return;
    const known = this.knocks.some(({ id }) => hex(id) === hex(request.id));
    if (!known) this.knocks.push(request);
    const stored = this.#replies.get(hex(request.id));
    if (stored !== undefined) await this.reply(request, stored);
    else if (this.onKnock === 'waiting') await this.reply(request, { kind: 'waiting' });
    else if (this.onKnock === 'refuse') await this.refuse(request);
    else if (this.onKnock === 'admit' && !known) await this.admit(request);
  }

  async refuse(request: OpenedRequest): Promise<void> {
    await this.decide(request, { kind: 'refused', reason: 'by-expert' });
  }

  /** Admits with an answer to the knock's offer, or without one. */
  async admit(request: OpenedRequest, answer = true): Promise<void> {
    await this.expert.admit(request);
    await this.inDocs((docs) => docs.adoptRoster(this.expert.chain));
    const sdp = answer ? this.answer(request) : null;
    await this.decide(request, { kind: 'admitted', chain: this.expert.chain, answer: sdp });
  }

  async decide(request: OpenedRequest, reply: Reply): Promise<void> {
    this.#replies.set(hex(request.id), reply);
    await this.reply(request, reply);
  }

  answer(request: OpenedRequest): string {
    const link = new ExpertLink(this, request, this.linkList.length);
    this.linkList.push(link);
    this.links.set(hex(link.fingerprint), link);
    return sdpOf(link.fingerprint, 'active');
  }

  async reply(request: OpenedRequest, reply: Reply, signer = this.expert.peer): Promise<void> {
    const message = await sealReply(request.exports.reply, request.id, reply, signer);
    this.rendezvous.deliver(await slotAddress(request.body.slotPublic), message);
  }

  async #onCall(payload: Bytes): Promise<void> {
    const request = await this.expert.openCall(payload);
    if (request === null) return;
    this.calls.push(request);
    await this.reply(request, { kind: 'welcome-back', answer: this.answer(request) });
  }

  /** Texts that the holder of a knock put into its waiting room, as the expert opens them. */
  async waitingItems(request: OpenedRequest, blob: (data: Bytes) => void = () => undefined): Promise<number> {
    const address = hex(await slotAddress(request.body.slotPublic));
    const items = [...(this.rendezvous.slots.get(address)?.items ?? [])];
    let envelopes = 0;
    for (const [n, item] of items) {
      const opened = await openItem(request.exports.waiting, request.id, n, item);
      if (typeof opened !== 'string' && opened.kind === 'blob') blob(opened.chunk);
      if (typeof opened !== 'string' && opened.kind === 'envelope') {
        envelopes += 1;
        await this.inDocs(async (docs) => {
          await docs.take([opened.envelope]);
        });
      }
    }
    return envelopes;
  }

  async answerInWaitingRoom(request: OpenedRequest, envelope: Bytes): Promise<void> {
    const { waiting } = request.exports;
    const address = await slotAddress(request.body.slotPublic);
    const slot = this.rendezvous.slots.get(hex(address));
    const n = 2n ** 63n + BigInt([...(slot?.items.keys() ?? [])].filter((key) => key >= 2n ** 63n).length);
    const item = await sealEnvelopeItem(waiting, request.id, n, envelope);
    this.rendezvous.putAsExpert(this.invite.secrets.inviteId, address, item);
  }
}

/** The worker's session in this thread; messages are cloned as a real port clones them. */
export function spawnInProcess(store: Store): WorkerLike {
  const worker: WorkerLike = {
    onmessage: null,
    onerror: null,
    postMessage: (message: ToWorker) => session.handle(structuredClone(message)),
    terminate: () => undefined,
  };
  const session = new WorkerSession({
    post: (message: FromWorker) => {
      const data = structuredClone(message);
      queueMicrotask(() => worker.onmessage?.({ data } as MessageEvent<FromWorker>));
    },
    loaded: automerge,
    openStore: () => Promise.resolve(store),
  });
  return worker;
}

export interface TestPage {
  readonly operator: Operator;
  readonly store: Store;
  /** The page is gone from one moment to the next, and its worker with it. */
  readonly kill: () => void;
}

/** A store that its page reaches as long as it lives: what was begun is done, nothing else begins. */
function whileAlive(store: Store, alive: { readonly is: boolean }): Store {
  return new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown =>
        alive.is ? (value.apply(target, args) as unknown) : new Promise(() => undefined);
    },
  });
}

/** Where a page of a test keeps its files. */
export interface PageFiles {
  readonly contents: Contents;
  readonly rows: Rows;
}

/** The blobs' worker in this thread; messages are cloned, and buffers handed over, as a real port does. */
export function blobsInProcess(files: PageFiles): BlobWorkerLike {
  const worker: BlobWorkerLike = {
    onmessage: null,
    onerror: null,
    postMessage: (message: ToBlobs, transfer: Transferable[] = []) => {
      const file = message.t === 'take' ? message.file : null;
      const data = file === null ? structuredClone(message, { transfer }) : message;
      blobs.handle(data);
    },
  };
  const blobs = new Blobs({
    post: (message: FromBlobs, transfer) => {
      const data = structuredClone(message, { transfer });
      queueMicrotask(() => worker.onmessage?.({ data } as MessageEvent<FromBlobs>));
    },
    store: Promise.resolve(files),
    free: () => Promise.resolve(null),
    now: () => Date.now(),
  });
  return worker;
}
