/**
 * Drives one session: runs the state machine's effects and reports back what came of them.
 *
 * Everything that waits is guarded by identity: a reply, a candidate or a failure belongs to the
 * request or link it names, and whatever belongs to one that is over is dropped.
 */
import { hex, same, type Bytes } from '../seal/bytes.ts';
import { cleanName } from '../seal/name.ts';
import { newSignKey } from '../seal/ed25519.ts';
import { inviteSecrets, openRecord, type InviteSecrets } from '../seal/invite.ts';
import {
  KIND,
  makeCall,
  makeKnock,
  slotAddress,
  type Callee,
  type Caller,
  type SealedRequest,
} from '../seal/knock.ts';
import { openReply, replyId, type OpenedReply } from '../seal/reply.ts';
import { wordNumbers, words } from '../seal/words.ts';
import type { DocPort } from '../doc/port.ts';
import type { FromWorker } from '../doc/messages.ts';
import { StoreError } from '../store/database.ts';
import type { DeviceRow, KnockRow, OutboxRow, SessionRow } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import { RequestRefused, Switchboard } from '../switchboard/client.ts';
import type { Dial } from '../switchboard/transport.ts';
import { Chat } from './chat.ts';
import { DirectLink, type LinkFailure } from './direct-link.ts';
import type { ControlMessage, ErrorCode, OpenConnection, Person, SessionSnapshot } from './facade.ts';
import { phaseOf, step, type Effect, type Input, type State } from './machine.ts';
import { Standing } from './membership.ts';
import { endsSession, isPassing, recordError, recordRequestError, refusalError } from './refusals.ts';
import { KNOCK_ITEM, WaitingRoom } from './waiting-room.ts';

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
  /** Something that a snapshot shows has changed. */
  changed(): void;
  control(message: ControlMessage): void;
  linkChanged(up: boolean): void;
}

/** A knock or call that is out, with the link its offer is for. */
interface Attempt {
  readonly link: DirectLink;
  request: SealedRequest | null;
  purpose: 'knock' | 'call';
}

/** The round trip is looked at this often. */
const RTT_MS = 2000;
/** Without a connection to the switchboard for this long, the person is told. */
const OFFLINE_PATIENCE_MS = 3000;

export class SessionDriver {
  readonly #switchboard: Switchboard;
  readonly #chat = new Chat();
  #row: SessionRow;
  #state: State = { at: 'idle' };
  #secrets: InviteSecrets | null = null;
  #standing: Standing | null = null;
  #attempt: Attempt | null = null;
  #link: DirectLink | null = null;
  #linkNumber = 0;
  #waitingRoom: WaitingRoom | null = null;
  #words: readonly string[] = [];
  #error: ErrorCode | null = null;
  /** What the device can't keep; told when nothing more urgent is. */
  #storage: ErrorCode | null = null;
  #watching = false;
  #rendezvous: SessionSnapshot['rendezvous'] = 'off';
  #retryAt: number | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #offlineTimer: ReturnType<typeof setTimeout> | undefined;
  #rttTimer: ReturnType<typeof setInterval> | undefined;
  #stopped = false;
  /** Roster entries and replies are judged one after another. */
  #judging: Promise<unknown> = Promise.resolve();
  #saving: Promise<unknown> = Promise.resolve();

  constructor(readonly parts: DriverParts) {
    this.#row = parts.row;
    this.#switchboard = new Switchboard(
      parts.rendezvous,
      {
        online: () => this.#onOnline(),
        offline: (retryIn) => this.#onOffline(retryIn),
        message: (_to, payload) => this.#onMessage(payload),
        item: (_invite, _slot, item) => void this.#waitingRoom?.pushed(item),
      },
      parts.ways,
    );
  }

  /** The first use of the network for this session. */
  async start(): Promise<void> {
    const { row, store, docs } = this.parts;
    docs.attach((message) => this.#onDocs(message));
    this.#secrets = await inviteSecrets(row.link);
    this.#chat.restore(await store.outbox(row.key));
    if (!store.durable) this.#storage = 'storage-missing';
    if (row.record !== null) this.#startDocuments();
    if (row.knock !== null) await this.#prepareWaitingRoom(row.knock);
    if (row.state === 'ended') {
      this.#state = { at: 'ended', error: null };
      this.parts.changed();
      return;
    }
    if (row.state === 'member' && !(await this.#restoreStanding())) return;
    if (this.#stopped) return;
    this.#rendezvous = 'connecting';
    this.#switchboard.listen(row.slotKey);
    this.#switchboard.start();
    this.#handle({
      t: 'start',
      as: row.state === 'opened' ? 'holder' : row.state === 'member' ? 'member' : 'knocked',
    });
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
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#offlineTimer);
    this.#dropAttempt();
    this.#dropLink();
    this.#waitingRoom?.close();
    this.#switchboard.close();
    this.parts.docs.stop();
  }

  say(row: OutboxRow): void {
    this.#chat.typed(row);
    this.#persist(this.parts.store.addToOutbox(row));
    if (this.#row.record !== null) this.parts.docs.say(row);
    this.parts.changed();
  }

  get unsent(): number {
    return this.#chat.waiting.length;
  }

  sendControl(message: ControlMessage): boolean {
    return this.#link?.sendControl(message) ?? false;
  }

  /** Everything of a snapshot that this session knows. */
  view(): Omit<SessionSnapshot, 'documents' | 'elsewhere'> {
    const state = this.#state;
    const { record } = this.#row;
    const ended = state.at === 'refused' || state.at === 'ended' ? state.error : null;
    const room = this.#waitingRoom;
    return {
      phase: phaseOf(state),
      key: this.#row.key,
      session: record === null ? null : hex(record.sid),
      title: this.#chat.title,
      expertName: this.#row.expertName,
      myName: this.#row.myName,
      words: this.#words,
      numbers: this.#row.knock === null ? '' : wordNumbers(this.#row.knock.exports.words),
      chat: this.#chat.items({
        me: hex(this.parts.device.peer.publicKey),
        myName: this.#row.myName,
        nameOf: (author) => this.#nameOf(author),
        isStored: (envelope) => room?.isStored(envelope) ?? false,
      }),
      people: this.#people(),
      verified: this.#link?.proved ?? false,
      watching: this.#watching,
      rttMs: this.#link?.rttMs ?? null,
      rendezvous: this.#rendezvous,
      error: ended ?? this.#error ?? this.#storage,
      retryAt: this.#rendezvous === 'offline' ? this.#retryAt : null,
    };
  }

  #handle(input: Input): void {
    if (this.#stopped) return;
    const { state, effects } = step(this.#state, input, Date.now());
    const left = state.at !== this.#state.at;
    if (left && !effects.some((effect) => effect.do === 'timer')) clearTimeout(this.#timer);
    this.#state = state;
    if (left && state.at === 'ended') this.#save({ state: 'ended' });
    for (const effect of effects) this.#run(effect);
    this.parts.changed();
  }

  #run(effect: Effect): void {
    switch (effect.do) {
      case 'timer':
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#handle({ t: 'timer' }), effect.ms);
        break;
      case 'fetch-record':
        this.#background(this.#fetchRecord());
        break;
      case 'make-knock':
        this.#background(this.#makeKnock());
        break;
      case 'send-knock':
        this.#background(this.#sendKnock());
        break;
      case 'sync-waiting-room':
        this.#background(this.#waitingRoom?.sync() ?? Promise.resolve());
        break;
      case 'make-call':
        this.#background(this.#makeCall());
        break;
      case 'drop-attempt':
        this.#dropAttempt();
        break;
      case 'drop-link':
        this.#dropLink();
        break;
      case 'say-bye':
        this.#link?.close('left');
        break;
    }
  }

  // Holder: record, knock, waiting room.

  async #fetchRecord(): Promise<void> {
    const secrets = this.#secrets;
    // The offer takes a moment: it is made while the switchboard is dialled and asked.
    this.#newAttempt('knock')
      .link.offer()
      .catch(() => undefined);
    if (secrets === null || !this.#switchboard.online) return;
    try {
      const answer = await this.#switchboard.request({ t: 'get-record', inviteId: secrets.inviteId });
      if (answer.t !== 'record' || this.#state.at !== 'opening') return;
      const record = await openRecord(secrets, answer.record, this.#row.record?.version ?? 0n);
      if (typeof record === 'string') {
        this.#handle({ t: 'record-failed', error: recordError(record) });
        return;
      }
      this.#save({ record, expertName: record.name });
      this.#startDocuments();
      this.#handle({ t: 'record-opened' });
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      const code = recordRequestError(error.reason);
      if (code !== null && this.#state.at === 'opening') this.#handle({ t: 'record-failed', error: code });
    }
  }

  async #makeKnock(): Promise<void> {
    const { record } = this.#row;
    if (record === null || this.#secrets === null) return;
    if (this.#row.knock !== null) await this.#freshSlot();
    const attempt = this.#newAttempt('knock');
    // Without an offer the knock is as good: the new member calls.
    const offer = await attempt.link.offer().catch(() => null);
    const request = await makeKnock(this.#secrets, record, this.#caller(), offer);
    attempt.link.bind(request);
    attempt.request = request;
    const knock: KnockRow = { ...request, madeAt: Date.now() };
    this.#save({ knock, state: 'knocked' });
    await this.#prepareWaitingRoom(knock);
    await this.#sendKnock();
    this.#background(this.#waitingRoom?.add(null, KNOCK_ITEM) ?? Promise.resolve());
  }

  /** A slot belongs to one knock: another knock needs another slot key and an empty room. */
  async #freshSlot(): Promise<void> {
    const slotKey = await newSignKey();
    await this.parts.store.clearItems(this.#row.key);
    this.#save({ slotKey, knock: null, afterExpert: null });
    this.#switchboard.listen(slotKey);
  }

  async #sendKnock(): Promise<void> {
    const { knock, record } = this.#row;
    if (knock === null || record === null) return;
    const outcome = await this.#sendTo(record.knockAddress, knock.message);
    const { at } = this.#state;
    if (outcome !== null && (at === 'knocking' || at === 'waiting')) this.#handle({ t: outcome });
  }

  async #prepareWaitingRoom(knock: KnockRow): Promise<void> {
    const secrets = this.#secrets;
    if (secrets === null) return;
    const { store, docs } = this.parts;
    const { key, slotKey } = this.#row;
    this.#waitingRoom?.close();
    this.#waitingRoom = new WaitingRoom(
      {
        session: key,
        secrets,
        slotKey,
        knock,
        switchboard: this.#switchboard,
        putItem: async (row) => {
          await store.putItem(row).catch((error: unknown) => this.#onStoreError(error));
        },
        events: {
          envelopes: (envelopes) => docs.readWaitingRoom(envelopes),
          reply: (message) => this.#onMessage(message),
          read: (afterExpert) => this.#save({ afterExpert }),
          stored: () => this.parts.changed(),
        },
      },
      await store.items(key),
      this.#row.afterExpert,
    );
    this.#background(
      words(knock.exports.words, this.parts.lang).then((four) => {
        this.#words = four;
        this.parts.changed();
      }),
    );
  }

  // Member: roster, calls.

  async #restoreStanding(): Promise<boolean> {
    const { record, chain, sealKey } = this.#row;
    const me = this.parts.device.peer.publicKey;
    const standing = record === null ? 'not-genesis' : await Standing.open(record.sid, chain, me, sealKey);
    if (typeof standing !== 'string') {
      this.#standing = standing;
      return true;
    }
    this.#state = { at: 'ended', error: 'expert-unproved' };
    this.parts.changed();
    return false;
  }

  async #makeCall(): Promise<void> {
    const state = this.#state;
    const standing = this.#standing;
    const { record } = this.#row;
    if (state.at !== 'calling' || standing === null || record === null) return;
    const callee = standing.callee(state.attempt);
    const callKey = standing.callKey;
    if (callee === null || callKey === null) {
      this.#handle({ t: 'attempt-failed' });
      return;
    }
    if (!this.#switchboard.online) return;
    const attempt = this.#newAttempt('call');
    try {
      const offer = await attempt.link.offer();
      const request = await makeCall(record.sid, callKey.epoch, callKey.key, callee, this.#caller(), offer);
      if (this.#attempt !== attempt) return;
      attempt.link.bind(request);
      attempt.request = request;
    } catch {
      if (this.#attempt === attempt) this.#handle({ t: 'attempt-failed' });
      return;
    }
    await this.#deliverCall(attempt, callee);
  }

  async #deliverCall(attempt: Attempt, callee: Callee): Promise<void> {
    if (attempt.request === null) return;
    const address = await slotAddress(callee.slotPublic);
    const outcome = await this.#sendTo(address, attempt.request.message);
    if (outcome !== null && this.#attempt === attempt) this.#handle({ t: outcome });
  }

  /** The switchboard's word on whether somebody listens; null when the way was lost. */
  async #sendTo(to: Bytes, payload: Bytes): Promise<'delivered' | 'nobody-listens' | null> {
    try {
      await this.#switchboard.request({ t: 'send', to, payload });
      return 'delivered';
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      return error.reason === 'nobody-listens' ? 'nobody-listens' : null;
    }
  }

  // What comes through the switchboard.

  #onMessage(message: Bytes): void {
    if (message[0] === KIND.reply) {
      this.#judge(() => this.#onReply(message));
    } else if (message[0] === KIND.trickle) {
      const id = message.subarray(1, 33);
      for (const link of [this.#attempt?.link, this.#link]) {
        if (link?.id !== null && link?.id !== undefined && same(link.id, id)) link.onTrickle(message);
      }
    }
  }

  async #onReply(message: Bytes): Promise<void> {
    const id = replyId(message);
    const { knock } = this.#row;
    const call = this.#attempt?.purpose === 'call' ? this.#attempt.request : null;
    if (id !== null && knock !== null && same(id, knock.id)) {
      const opened = await openReply('knock', knock.exports.reply, id, message);
      // One that does not open or is not signed rightly is anybody's: it is dropped.
      if (typeof opened !== 'string') await this.#onKnockReply(opened);
    } else if (id !== null && call !== null && same(id, call.id)) {
      const opened = await openReply('call', call.exports.reply, id, message);
      if (typeof opened !== 'string') await this.#onCallReply(opened);
    }
  }

  async #onKnockReply({ reply, signer }: OpenedReply): Promise<void> {
    const { record } = this.#row;
    if (record === null || this.#standing !== null) return;
    const byExpert = same(signer, record.expertKey);
    if (reply.kind === 'admitted') {
      await this.#onAdmitted(reply.chain, reply.answer, signer, byExpert);
    } else if (byExpert && reply.kind === 'waiting') {
      this.#handle({ t: 'told-to-wait' });
    } else if (byExpert && reply.kind === 'refused') {
      this.#handle({ t: 'refused', error: refusalError(reply.reason), passing: isPassing(reply.reason) });
    }
  }

  async #onAdmitted(
    chain: readonly Bytes[],
    answer: string | null,
    signer: Bytes,
    byExpert: boolean,
  ): Promise<void> {
    const { record, sealKey } = this.#row;
    if (record === null) return;
    const me = this.parts.device.peer.publicKey;
    const standing = await Standing.open(record.sid, chain, me, sealKey);
    const proved =
      typeof standing !== 'string' && standing.isMember && (byExpert || standing.mayAnswer(signer));
    if (!proved) {
      this.#error = 'expert-unproved';
      this.parts.changed();
      return;
    }
    this.#standing = standing;
    this.#save({ state: 'member', chain: standing.entries });
    this.parts.docs.adoptRoster(standing.entries);
    const attempt = this.#attempt;
    const answered =
      answer !== null && attempt?.purpose === 'knock' && (await attempt.link.accept(answer, signer));
    this.#handle({ t: 'admitted', answered });
  }

  async #onCallReply({ reply, signer }: OpenedReply): Promise<void> {
    const standing = this.#standing;
    const attempt = this.#attempt;
    if (standing === null || attempt === null || !standing.mayAnswer(signer)) return;
    switch (reply.kind) {
      case 'behind':
        await this.#adopt(reply.entries);
        this.#handle({ t: 'behind' });
        break;
      case 'welcome-back': {
        const { answer } = reply;
        const answered = answer !== null && (await attempt.link.accept(answer, signer));
        if (this.#attempt === attempt) this.#handle({ t: 'welcomed-back', answered });
        break;
      }
      case 'refused':
        if (endsSession(reply.reason)) this.#handle({ t: 'session-over', error: refusalError(reply.reason) });
        else this.#onCallRefused(refusalError(reply.reason), isPassing(reply.reason));
        break;
      default:
    }
  }

  #onCallRefused(error: ErrorCode, passing: boolean): void {
    this.#error = error;
    this.#handle({ t: 'refused', error, passing });
  }

  async #adopt(entries: readonly Bytes[]): Promise<void> {
    const standing = this.#standing;
    if (standing === null || !(await standing.offer(entries))) return;
    this.#save({ chain: standing.entries });
    this.parts.docs.adoptRoster(standing.entries);
    if (!standing.isMember) this.#handle({ t: 'session-over', error: 'removed' });
    else if (standing.roster.closed) this.#handle({ t: 'session-over', error: 'session-closed' });
    else this.parts.changed();
  }

  // Links.

  #newAttempt(purpose: 'knock' | 'call'): Attempt {
    if (this.#attempt?.purpose === purpose && this.#attempt.request === null) return this.#attempt;
    this.#dropAttempt();
    const { open, device, allowLoopback } = this.parts;
    const attempt: Attempt = {
      purpose,
      request: null,
      link: new DirectLink({
        open,
        sid: () => this.#row.record?.sid ?? new Uint8Array(16),
        me: device.peer,
        allowLoopback,
        events: {
          trickle: (message) => this.#background(this.#sendTrickle(attempt, message)),
          proved: () => this.#onProved(attempt),
          silent: () => this.#ifLink(attempt.link, () => this.#onSilent()),
          heardAgain: () => this.#ifLink(attempt.link, () => this.#onHeardAgain()),
          control: (message) => this.#ifLink(attempt.link, () => this.#onControl(message)),
          sync: (data) => this.#ifLink(attempt.link, () => this.parts.docs.linkData(this.#linkNumber, data)),
          bye: (why) => this.#ifLink(attempt.link, () => this.#onBye(why)),
          failed: (why) => this.#onLinkFailed(attempt, why),
        },
      }),
    };
    this.#attempt = attempt;
    return attempt;
  }

  async #sendTrickle(attempt: Attempt, message: Bytes): Promise<void> {
    const member = attempt.link.peer === null ? undefined : this.#standing?.roster.member(attempt.link.peer);
    if (member === undefined) return;
    const to = await slotAddress(member.slot);
    await this.#switchboard.request({ t: 'send', to, payload: message }).catch(() => undefined);
  }

  #onProved(attempt: Attempt): void {
    if (this.#attempt !== attempt || attempt.link.peer === null) return;
    this.#attempt = null;
    this.#dropLink();
    this.#link = attempt.link;
    this.#linkNumber += 1;
    this.#error = null;
    this.#waitingRoom?.close();
    this.parts.docs.linkUp(this.#linkNumber, attempt.link.peer);
    this.#rttTimer = setInterval(() => this.parts.changed(), RTT_MS);
    this.#handle({ t: 'proved' });
    this.parts.linkChanged(true);
  }

  #onSilent(): void {
    this.#handle({ t: 'fell-silent' });
    this.parts.linkChanged(false);
  }

  #onHeardAgain(): void {
    this.#handle({ t: 'heard-again' });
    this.parts.linkChanged(true);
  }

  #onControl(message: ControlMessage): void {
    if (message.t === 'view') {
      this.#watching = message.watching;
      this.parts.changed();
    }
    this.parts.control(message);
  }

  #onBye(why: 'left' | 'closed' | 'replaced'): void {
    if (why === 'closed') this.#handle({ t: 'session-over', error: 'session-closed' });
    else this.#handle({ t: 'link-lost' });
  }

  #onLinkFailed(attempt: Attempt, why: LinkFailure): void {
    if (attempt.link === this.#link) {
      this.#handle({ t: 'link-lost' });
    } else if (this.#attempt === attempt) {
      this.#attempt = null;
      this.#error = why === 'hello-wrong' || why === 'hello-missing' ? 'link-unproved' : 'connection-failed';
      this.#handle({ t: 'attempt-failed' });
    }
  }

  #ifLink(link: DirectLink, work: () => void): void {
    if (link === this.#link) work();
  }

  #dropAttempt(): void {
    this.#attempt?.link.close();
    this.#attempt = null;
  }

  #dropLink(): void {
    if (this.#link === null) return;
    this.#link.close();
    this.#link = null;
    this.#watching = false;
    clearInterval(this.#rttTimer);
    this.parts.docs.linkDown(this.#linkNumber);
    this.parts.linkChanged(false);
  }

  // Documents.

  #startDocuments(): void {
    const { record, chain, key } = this.#row;
    if (record === null) return;
    const { docs, device } = this.parts;
    docs.start({ session: key, sid: record.sid, me: device.peer, expert: record.expertKey, chain });
    for (const row of this.#chat.waiting) docs.say(row);
  }

  #onDocs(message: FromWorker): void {
    switch (message.t) {
      case 'room':
        this.#chat.update(message.view);
        if (message.view.title !== this.#row.title) this.#save({ title: message.view.title });
        break;
      case 'sealed':
        this.#chat.sealed(message.outbox, message.message);
        if (message.epoch === 0n) {
          this.#background(this.#waitingRoom?.add(message.envelope, message.id) ?? Promise.resolve());
        }
        break;
      case 'link-send':
        if (message.link === this.#linkNumber) this.#link?.sendSync(message.data);
        return;
      case 'roster':
        this.#judge(() => this.#adopt(message.chain));
        return;
      case 'storage':
        this.#storage = message.problem;
        break;
      default:
        return;
    }
    this.parts.changed();
  }

  // The way to the switchboard.

  #onOnline(): void {
    clearTimeout(this.#offlineTimer);
    this.#offlineTimer = undefined;
    this.#rendezvous = 'online';
    if (this.#error === 'rendezvous-down') this.#error = null;
    this.#handle({ t: 'online' });
  }

  #onOffline(retryInMs: number): void {
    this.#rendezvous = 'offline';
    this.#retryAt = Date.now() + retryInMs;
    this.#offlineTimer ??= setTimeout(() => {
      if (this.#link === null && this.#error === null) this.#error = 'rendezvous-down';
      this.parts.changed();
    }, OFFLINE_PATIENCE_MS);
    this.parts.changed();
  }

  // Helpers of the driver itself.

  #caller(): Caller {
    const { device, lang } = this.parts;
    const { sealKey, slotKey, myName } = this.#row;
    return {
      peer: device.peer,
      sealPublic: sealKey.publicKey,
      slotPublic: slotKey.publicKey,
      name: cleanName(myName),
      lang,
      caps: [],
    };
  }

  #people(): Person[] {
    const me = this.parts.device.peer.publicKey;
    const there = this.#link?.peer ?? null;
    const members = this.#standing?.roster.members ?? [];
    return members.map(({ peer, name, role }) => {
      const mine = same(peer, me);
      return {
        peer: hex(peer),
        name: cleanName(name),
        role,
        me: mine,
        here: mine || (there !== null && same(there, peer)),
      };
    });
  }

  #nameOf(author: string): string {
    const member = this.#standing?.roster.members.find(({ peer }) => hex(peer) === author);
    if (member !== undefined) return cleanName(member.name);
    const { record, expertName } = this.#row;
    return record !== null && hex(record.expertKey) === author ? expertName : '';
  }

  #save(change: Partial<SessionRow>): void {
    this.#row = { ...this.#row, ...change, lastAt: Date.now() };
    const row = this.#row;
    // In order: an older row must never overwrite a newer one.
    this.#saving = this.#saving.then(() => this.parts.store.putSession(row));
    this.#persist(this.#saving);
    this.#saving = this.#saving.catch(() => undefined);
  }

  #persist(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#onStoreError(error));
  }

  #onStoreError(error: unknown): void {
    this.#storage = error instanceof StoreError ? error.problem : 'storage-missing';
    this.parts.changed();
  }

  #judge(work: () => Promise<void>): void {
    this.#judging = this.#judging.then(() => (this.#stopped ? undefined : work()));
    this.#background(this.#judging);
    this.#judging = this.#judging.catch(() => undefined);
  }

  /** A defect in one step must not end the session silently. */
  #background(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      console.error('session step failed', error);
      if (this.#error === null) this.#error = 'connection-failed';
      this.parts.changed();
    });
  }
}
