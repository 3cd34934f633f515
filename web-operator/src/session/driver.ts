/**
 * Drives one session: runs the state machine's effects and reports back what came of them.
 *
 * Everything that waits is guarded by identity: a reply, a candidate or a failure belongs to the
 * request or link it names, and whatever belongs to one that is over is dropped.
 */
import { hex, type Bytes } from '../seal/bytes.ts';
import { inviteSecrets } from '../seal/invite.ts';
import { KIND, makeCall, slotAddress, type Caller } from '../seal/knock.ts';
import { cleanName } from '../seal/name.ts';
import { wordNumbers, words } from '../seal/words.ts';
import type { DocPort } from '../doc/port.ts';
import type { FromWorker } from '../doc/messages.ts';
import type { DeviceRow, KnockRow, OutboxRow, SessionRow } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import { RequestRefused, Switchboard } from '../switchboard/client.ts';
import type { Dial } from '../switchboard/transport.ts';
import { Asking, type Heard } from './asking.ts';
import { Chat } from './chat.ts';
import type { ControlMessage, ErrorCode, OpenConnection, RoleName, SessionSnapshot } from './facade.ts';
import type { FilesHost, SessionFiles } from './files-port.ts';
import { Judge } from './judge.ts';
import { Links } from './links.ts';
import { Gate } from './gate.ts';
import type { LateLive } from './late-live.ts';
import type { Mailbox, MailboxParts } from './mailbox.ts';
import { phaseOf, step, type Effect, type Input, type State } from './machine.ts';
import * as limits from '../seal/limits.ts';
import { namesOf, peopleOf } from './people.ts';
import { SessionRecord } from './record.ts';
import type { ShowDocuments, ShowDocumentsParts } from './show-port.ts';
import type { WaitingRoom } from './waiting-room.ts';

export interface DriverParts {
  readonly row: SessionRow;
  readonly device: DeviceRow;
  readonly store: Store;
  readonly docs: DocPort;
  readonly rendezvous: URL;
  readonly ways?: readonly Dial[];
  readonly lang: string;
  readonly open: OpenConnection;
  readonly allowLoopback: boolean;
  /** Absent where files can't be kept. */
  readonly openFiles?: (host: FilesHost) => Promise<SessionFiles>;
  /** Something that a snapshot shows has changed. */
  readonly changed: () => void;
  control(message: ControlMessage): void;
  /** What others point at and draw. */
  readonly live: Pick<LateLive, 'received' | 'forget' | 'control'>;
  linkChanged(up: boolean): void;
  /** Boards, checklists or texts look different. */
  readonly shown: () => void;
  /** Makes a blob of bytes; null where it can't be kept. */
  readonly keep: ShowDocumentsParts['keep'];
  /** A stroke of somebody else is part of a board. */
  readonly arrived: ShowDocumentsParts['arrived'];
}

/** The round trip is looked at this often. */
const RTT_MS = 2000;
/** Without a connection to the switchboard for this long, the person is told. */
const OFFLINE_PATIENCE_MS = 3000;
/** Nothing is known of the session before its record is opened. */
const NO_SESSION: Bytes = new Uint8Array(16);

export class SessionDriver {
  readonly #record: SessionRecord;
  readonly #switchboard: Switchboard;
  readonly #links: Links;
  readonly #judge: Judge;
  readonly #chat = new Chat();
  /** Null where files can't be kept. */
  #files: Gate<SessionFiles> | null = null;
  /** Of a member. */
  #mailbox: Gate<Mailbox> | null = null;
  /** The link is there and nothing comes over it. */
  #silent = false;
  /** What is not a signed change yet. */
  readonly #outbox = new Map<string, OutboxRow>();
  /** Boards, checklists and shared texts of this session. */
  readonly show: Gate<ShowDocuments>;
  #asking: Asking | null = null;
  #state: State = { at: 'idle' };
  #words: readonly string[] = [];
  #error: ErrorCode | null = null;
  #watching = false;
  #rendezvous: SessionSnapshot['rendezvous'] = 'off';
  #retryAt: number | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #offlineTimer: ReturnType<typeof setTimeout> | undefined;
  #patienceTimer: ReturnType<typeof setTimeout> | undefined;
  #rttTimer: ReturnType<typeof setInterval> | undefined;
  #stopped = false;
  /** Replies and roster entries are judged one after another. */
  #judging: Promise<void> = Promise.resolve();

  constructor(readonly parts: DriverParts) {
    const { changed } = parts;
    const handle = (input: Input): void => this.#handle(input);
    this.#record = new SessionRecord(parts.row, parts.store, changed);
    this.#switchboard = new Switchboard(
      parts.rendezvous,
      {
        online: () => this.#onOnline(),
        offline: (retryIn) => this.#onOffline(retryIn),
        message: (_to, payload) => this.#onMessage(payload),
        mail: () => this.#background(this.#mailbox?.here?.sync()),
        item: (_invite, _slot, item) => this.#background(this.#asking?.room?.pushed(item)),
      },
      parts.ways,
    );
    this.#links = new Links({
      open: parts.open,
      sid: () => this.#record.row.record?.sid ?? NO_SESSION,
      me: parts.device.peer,
      allowLoopback: parts.allowLoopback,
      trickle: (peer, message) => this.#background(this.#sendTrickle(peer, message)),
      up: (link, peer) => this.#onLinkUp(link, peer),
      down: (link, peer) => this.#onLinkDown(link, peer),
      silent: () => this.#onLinkSilent(true),
      heardAgain: () => this.#onLinkSilent(false),
      control: (peer, message) => this.#onControl(peer, message),
      live: (peer, data) => parts.live.received(hex(peer), this.#roleOf(peer), data),
      sync: (link, data) => parts.docs.linkData(link, data),
      blob: (link, data) => this.#files?.tell((files) => files.linkData(link, data)),
      blobWritable: () => this.#files?.tell((files) => files.writable()),
      bye: (why) =>
        handle(why === 'closed' ? { t: 'session-over', error: 'session-closed' } : { t: 'link-lost' }),
      lost: () => handle({ t: 'link-lost' }),
      attemptFailed: (error) => {
        // Before admission nothing depends on it: the new member calls.
        const { at } = this.#state;
        if (at === 'calling' || at === 'connecting') this.#error = error;
        handle({ t: 'attempt-failed' });
      },
    });
    const shown: ShowDocumentsParts = {
      me: () => hex(parts.device.peer.publicKey),
      nameOf: (author) => this.#nameOf(author),
      write: (row) => this.#write({ ...row, session: parts.row.key }),
      keep: parts.keep,
      arrived: parts.arrived,
      changed: parts.shown,
    };
    this.show = new Gate(
      async () => new (await import('./show-half.ts')).ShowDocuments(shown),
      (show) => show.flush(),
    );
    this.#judge = new Judge({
      record: this.#record,
      me: parts.device.peer.publicKey,
      links: this.#links,
      docs: parts.docs,
      handle,
      tell: (error) => {
        this.#error = error;
        changed();
      },
      changed: () => {
        this.show.tell((show) => show.renamed());
        changed();
      },
    });
  }

  /** The first use of the network for this session. */
  async start(): Promise<void> {
    const { row, store, docs } = this.parts;
    docs.attach((message) => this.#onDocs(message));
    const outbox = await store.outbox(row.key);
    for (const waiting of outbox) this.#outbox.set(waiting.id, waiting);
    this.#chat.restore(outbox);
    this.show.tell((show) => show.restore(outbox));
    this.#openFiles();
    if (row.record !== null) this.#startDocuments();
    this.#asking = await this.#ask();
    if (row.knock !== null) await this.#asking.prepareRoom(row.knock);
    if (row.state === 'ended') {
      this.#become({ at: 'ended', error: null });
    } else if (row.state === 'member' && !(await this.#judge.restore())) {
      this.#become({ at: 'ended', error: 'expert-unproved' });
    } else if (!this.#stopped) {
      this.#rendezvous = 'connecting';
      this.#switchboard.listen(row.slotKey);
      this.#switchboard.start();
      const as = ({ opened: 'holder', knocked: 'knocked', member: 'member' } as const)[row.state];
      this.#handle({ t: 'start', as });
    }
  }

  /** A connection that takes long is told about before it is given up. */
  #bePatient(state: State): void {
    clearTimeout(this.#patienceTimer);
    if (state.at !== 'connecting') return;
    this.#patienceTimer = setTimeout(() => {
      this.#error = 'connection-failed';
      this.parts.changed();
    }, limits.CONNECT_PATIENCE_MS);
  }

  retry(): void {
    this.#switchboard.hurry();
    this.#error = null;
    this.#handle({ t: 'retry' });
  }

  /** A network came back. */
  hurry(): void {
    this.#switchboard.hurry();
  }

  leave(): void {
    this.#handle({ t: 'leave' });
  }

  /** Without a word to the other side: another tab goes on. */
  stop(): void {
    this.show.stop();
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#offlineTimer);
    clearTimeout(this.#patienceTimer);
    this.#links.dropAttempt();
    this.#links.dropLink();
    this.#asking?.room?.close();
    this.#switchboard.close();
    this.#files?.stop();
    this.#mailbox?.stop();
    this.parts.docs.stop();
  }

  say(row: OutboxRow): void {
    this.#chat.typed(row);
    this.#write(row);
  }

  #unsay(row: string): void {
    this.#outbox.delete(row);
    this.#chat.dropped(row);
    this.#background(this.#record.watch(this.parts.store.seal(row, [])));
    this.#outboxChanged();
    this.parts.changed();
  }

  /** Into the outbox first: it stays there until it is a signed change on disk. */
  #write(row: OutboxRow): void {
    this.#outbox.set(row.id, row);
    this.#background(this.#record.watch(this.parts.store.addToOutbox(row)));
    if (this.#record.row.record !== null) this.parts.docs.write(row);
    this.#outboxChanged();
    this.parts.changed();
  }

  get unsent(): number {
    return this.#chat.waiting.length;
  }

  sendControl(message: ControlMessage): boolean {
    return this.#links.sendControl(message);
  }

  sendLive(data: Bytes): boolean {
    return this.#links.sendLive(data);
  }

  /** The name of a member, empty for anybody else. */
  nameOf(peer: string): string {
    return this.#nameOf(peer);
  }

  /** Everything of a snapshot that this session knows. */
  view(): Omit<SessionSnapshot, 'documents' | 'elsewhere'> {
    const state = this.#state;
    const { row } = this.#record;
    const me = this.parts.device.peer.publicKey;
    const members = this.#judge.standing?.roster.members ?? [];
    const names = this.#names();
    const ended = state.at === 'refused' || state.at === 'ended' ? state.error : null;
    return {
      phase: phaseOf(state),
      key: row.key,
      session: row.record === null ? null : hex(row.record.sid),
      title: this.#chat.title === '' ? row.title : this.#chat.title,
      expertName: row.expertName,
      myName: row.myName,
      words: this.#words,
      numbers: row.knock === null ? '' : wordNumbers(row.knock.exports.words),
      chat: this.#chat.items({
        me: hex(me),
        myName: row.myName,
        stamp: [this.#storedCount, row.myName, ...names.values()].join('/'),
        nameOf: (author) => names.get(author) ?? '',
        isStored: (envelope) => this.#isStored(envelope),
      }),
      people: peopleOf(members, me, this.#links.peer),
      verified: this.#links.proved,
      watching: this.#watching,
      rttMs: this.#links.rttMs,
      rendezvous: this.#rendezvous,
      error: ended ?? this.#error ?? this.#record.problem,
      retryAt: this.#rendezvous === 'offline' ? this.#retryAt : null,
    };
  }

  get #storedCount(): number {
    return (this.#asking?.room?.storedCount ?? 0) + (this.#mailbox?.here?.storedCount ?? 0);
  }

  /** Whom documents may name, by peer key. */
  #names(): ReadonlyMap<string, string> {
    return namesOf(this.#judge.standing?.roster.members ?? [], this.#record.row);
  }

  #nameOf(author: string): string {
    const me = hex(this.parts.device.peer.publicKey);
    return author === me ? this.#record.row.myName : (this.#names().get(author) ?? '');
  }

  #handle(input: Input): void {
    if (this.#stopped) return;
    const { state, effects } = step(this.#state, input, Date.now());
    const left = state.at !== this.#state.at;
    if (left && !effects.some((effect) => effect.do === 'timer')) clearTimeout(this.#timer);
    if (left) this.#bePatient(state);
    this.#state = state;
    // Who left may come back; a session that is over is over.
    if (left && state.at === 'ended' && state.error !== null) this.#record.save({ state: 'ended' });
    for (const effect of effects) this.#run(effect);
    this.parts.changed();
  }

  #become(state: State): void {
    this.#state = state;
    this.parts.changed();
  }

  #run(effect: Effect): void {
    switch (effect.do) {
      case 'timer':
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#handle({ t: 'timer' }), effect.ms);
        break;
      case 'fetch-record':
        this.#background(this.#asking?.fetchRecord());
        break;
      case 'make-knock':
        this.#background(this.#asking?.makeKnock());
        break;
      case 'send-knock':
        this.#background(this.#asking?.sendKnock());
        break;
      case 'sync-waiting-room':
        this.#background(this.#asking?.room?.sync());
        break;
      case 'make-call':
        this.#background(this.#makeCall());
        break;
      case 'drop-attempt':
        this.#links.dropAttempt();
        break;
      case 'drop-link':
        this.#links.dropLink();
        break;
      case 'say-bye':
        this.#links.sayBye();
        break;
    }
  }

  async #ask(): Promise<Asking> {
    return new Asking({
      secrets: await inviteSecrets(this.parts.row.link),
      record: this.#record,
      switchboard: this.#switchboard,
      links: this.#links,
      docs: this.parts.docs,
      caller: () => this.#caller(),
      send: (to, payload) => this.#send(to, payload),
      recordOpened: () => this.#startDocuments(),
      knockMade: (knock) => this.#background(this.#showWords(knock)),
      reply: (message) => this.#onMessage(message),
      blob: (message) => this.#files?.tell((files) => files.item(message)),
      roomPrepared: (room) => this.#background(this.#fillRoom(room)),
      handle: (input) => this.#handle(input),
      changed: () => {
        this.#files?.tell((files) => files.refresh());
        this.parts.changed();
      },
    });
  }

  async #showWords(knock: KnockRow): Promise<void> {
    this.#words = await words(knock.exports.words, this.parts.lang);
    this.parts.changed();
  }

  // A member without a link calls.

  async #makeCall(): Promise<void> {
    const state = this.#state;
    const { standing } = this.#judge;
    const { record } = this.#record.row;
    if (state.at !== 'calling' || standing === null || record === null) return;
    const callee = standing.callee(state.attempt);
    const { callKey } = standing;
    if (callee === null || callKey === null) {
      this.#handle({ t: 'attempt-failed' });
      return;
    }
    // Coming online calls again.
    if (!this.#switchboard.online) return;
    const attempt = this.#links.begin('call');
    const mine = (): boolean => this.#links.attempt === attempt;
    try {
      const offer = await attempt.link.offer();
      const request = await makeCall(record.sid, callKey.epoch, callKey.key, callee, this.#caller(), offer);
      attempt.link.bind(request);
      attempt.request = request;
      const address = await slotAddress(callee.slotPublic);
      const outcome = mine() ? await this.#send(address, request.message) : null;
      if (outcome !== null && mine()) this.#handle({ t: `call-${outcome}` });
    } catch {
      if (mine()) this.#handle({ t: 'attempt-failed' });
    }
  }

  /** The switchboard's word on whether somebody listens; null when the way was lost. */
  async #send(to: Bytes, payload: Bytes): Promise<Heard | null> {
    try {
      await this.#switchboard.request({ t: 'send', to, payload });
      return 'delivered';
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      return error.reason === 'nobody-listens' ? 'unheard' : null;
    }
  }

  async #sendTrickle(peer: Bytes, message: Bytes): Promise<void> {
    const member = this.#judge.standing?.roster.member(peer);
    if (member !== undefined) await this.#send(await slotAddress(member.slot), message);
  }

  #onMessage(message: Bytes): void {
    if (message[0] === KIND.reply) this.#judgeNext(() => this.#judge.reply(message));
    else if (message[0] === KIND.trickle) this.#links.trickled(message);
  }

  #onOnline(): void {
    clearTimeout(this.#offlineTimer);
    this.#offlineTimer = undefined;
    this.#rendezvous = 'online';
    if (this.#error === 'rendezvous-down') this.#error = null;
    this.#handle({ t: 'online' });
    this.#useMailbox();
  }

  #onOffline(retryInMs: number): void {
    this.#rendezvous = 'offline';
    this.#retryAt = Date.now() + retryInMs;
    this.#offlineTimer ??= setTimeout(() => {
      if (!this.#links.proved) this.#error ??= 'rendezvous-down';
      this.parts.changed();
    }, OFFLINE_PATIENCE_MS);
    this.parts.changed();
  }

  // The link.

  #onLinkUp(link: number, peer: Bytes): void {
    this.#error = null;
    this.#asking?.room?.close();
    this.#silent = false;
    this.parts.docs.linkUp(link, peer);
    this.#files?.tell((files) => files.linkUp(link));
    this.#rttTimer = setInterval(() => this.parts.changed(), RTT_MS);
    this.#handle({ t: 'proved' });
    this.parts.linkChanged(true);
  }

  #onLinkDown(link: number, peer: Bytes | null): void {
    this.#watching = false;
    if (peer !== null) this.parts.live.forget(hex(peer));
    clearInterval(this.#rttTimer);
    this.parts.docs.linkDown(link);
    this.#silent = false;
    this.#useMailbox();
    this.#files?.tell((files) => files.linkDown(link));
    this.parts.linkChanged(false);
  }

  #onLinkSilent(silent: boolean): void {
    this.#silent = silent;
    if (silent) this.#useMailbox();
    this.#handle({ t: silent ? 'fell-silent' : 'heard-again' });
    this.parts.linkChanged(!silent);
  }

  #onControl(peer: Bytes, message: ControlMessage): void {
    if (message.t === 'view') {
      this.#watching = message.watching;
      this.parts.changed();
    }
    this.parts.live.control(hex(peer), this.#roleOf(peer), message);
    this.parts.control(message);
  }

  /** Null for somebody who is no member, or no longer. */
  #roleOf(peer: Bytes): RoleName | null {
    return this.#judge.standing?.roster.member(peer)?.role ?? null;
  }

  // The documents.

  #startDocuments(): void {
    const { record, chain, key } = this.#record.row;
    if (record === null) return;
    const { docs, device } = this.parts;
    docs.start({ session: key, sid: record.sid, me: device.peer, expert: record.expertKey, chain });
    for (const row of this.#outbox.values()) docs.write(row);
  }

  #onDocs(message: FromWorker): void {
    switch (message.t) {
      case 'room': {
        this.#chat.update(message.view);
        const { title } = message.view;
        if (title !== '' && title !== this.#record.row.title) this.#record.save({ title });
        break;
      }
      case 'sealed':
        this.#chat.sealed(message.outbox, message.message);
        this.#files?.tell((files) => files.sealed(message.outbox, message.id));
        this.#outboxChanged();
        if (message.epoch === 0n) this.#background(this.#asking?.room?.add(message.envelope, message.id));
        else this.#useMailbox();
        break;
      case 'waiting-room':
        this.#background(this.#asking?.room?.add(message.envelope, message.id));
        return;
      case 'done':
        this.#outbox.delete(message.outbox);
        this.show.tell((show) => show.hear(message));
        return;
      case 'named':
        this.#files?.tell((files) => files.named(message.blobs));
        return;
      case 'shelf':
        this.#files?.tell((files) => files.shelf(message.files));
        this.show.tell((show) => show.hear(message));
        break;
      case 'steps':
      case 'boards':
      case 'texts':
        this.show.tell((show) => show.hear(message));
        break;
      case 'link-send':
        this.#links.sendSync(message.link, message.data);
        return;
      case 'roster':
        this.#judgeNext(() => this.#judge.adopt(message.chain));
        return;
      case 'storage':
        this.#record.problem = message.problem;
        break;
      default:
        return;
    }
    this.parts.changed();
  }

  // Files.

  #openFiles(): void {
    const { parts } = this;
    const { openFiles } = parts;
    if (openFiles === undefined || this.#stopped) return;
    const me = hex(parts.device.peer.publicKey);
    const host: FilesHost = {
      session: parts.row.key,
      me,
      myName: () => this.#record.row.myName,
      nameOf: (author) => this.#nameOf(author),
      isStored: (envelope) => this.#isStored(envelope),
      switchboard: this.#switchboard,
      send: (link, data) => this.#links.sendBlob(link, data),
      publish: (row) => this.say(row),
      unpublish: (row) => this.#unsay(row),
      hide: (file) => this.#hideFile(file),
    };
    this.#files = new Gate(
      () => openFiles(host),
      (files) => files.stop(),
    );
    this.#outboxChanged();
  }

  #hideFile(file: string): void {
    const write = { op: 'hide-file', file } as const;
    this.#write({ id: crypto.randomUUID(), session: this.parts.row.key, text: '', at: Date.now(), write });
  }

  // The mailbox, for times when nobody is reachable.

  #useMailbox(): void {
    if (this.#mailbox === null) this.#openMailbox();
    else this.#background(this.#mailbox.here?.sync());
  }

  /** A member has one; its code comes after everything that a call needs. */
  #openMailbox(): void {
    if (this.#judge.standing === null || this.#stopped) return;
    this.#mailbox = new Gate(
      async () => new (await import('./mailbox.ts')).Mailbox(this.#mailboxParts()),
      (mailbox) => mailbox.close(),
    );
    this.#mailbox.tell((mailbox) => {
      this.#files?.tell((files) => files.useMailbox(mailbox));
      this.#background(mailbox.sync());
    });
  }

  #mailboxParts(): MailboxParts {
    const { docs } = this.parts;
    return {
      switchboard: this.#switchboard,
      slotKey: this.#record.row.slotKey,
      standing: () => this.#judge.standing,
      linked: () => this.#links.proved && !this.#silent,
      readUpTo: this.#record.row.mailRead ?? 0n,
      unheard: () => docs.unheard(),
      events: {
        envelopes: (envelopes) => docs.take(envelopes),
        entries: (entries) => this.#judged(() => this.#judge.adopt(entries)),
        read: (mailRead) => this.#record.save({ mailRead }),
        stored: () => {
          this.#files?.tell((files) => files.refresh());
          this.parts.changed();
        },
      },
    };
  }

  #isStored(envelope: string): boolean {
    return (this.#asking?.isStored(envelope) ?? false) || (this.#mailbox?.here?.isStored(envelope) ?? false);
  }

  #outboxChanged(): void {
    const rows = this.#chat.waiting;
    this.#files?.tell((files) => files.outbox(rows));
  }

  /**
   * Files go to the waiting room for as long as there is no link. What was signed before a reload and did not get its
   * place there gets it now: in front of the files, whose parts mean nothing before it.
   */
  async #fillRoom(room: WaitingRoom): Promise<void> {
    const { knock, state } = this.#record.row;
    if (knock === null || state === 'member') return;
    const unheard = await this.parts.docs.unheard();
    if (room !== this.#asking?.room) return;
    for (const { id, envelope } of unheard) this.#background(room.add(envelope, id));
    this.#files?.tell((files) => files.useRoom(room, knock));
  }

  #caller(): Caller {
    const { device, lang } = this.parts;
    const { sealKey, slotKey, myName } = this.#record.row;
    return {
      peer: device.peer,
      sealPublic: sealKey.publicKey,
      slotPublic: slotKey.publicKey,
      name: cleanName(myName),
      lang,
      caps: [],
    };
  }

  #judgeNext(work: () => Promise<void>): void {
    void this.#judged(work);
  }

  #judged(work: () => Promise<void>): Promise<void> {
    this.#judging = this.#judging
      .then(() => (this.#stopped ? undefined : work()))
      .catch((error: unknown) => this.#onDefect(error));
    return this.#judging;
  }

  #background(work: Promise<unknown> | undefined): void {
    work?.catch((error: unknown) => this.#onDefect(error));
  }

  /** A defect in one step must not end the session silently. */
  #onDefect(error: unknown): void {
    console.error('session step failed', error);
    this.#error ??= 'connection-failed';
    this.parts.changed();
  }
}
