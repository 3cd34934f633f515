/**
 * A session's documents on this device: logs, the room, and what the links are told. The worker owns
 * one; calls must not overlap.
 *
 * While not admitted the room is a waiting room: epoch 0, two authors. With the roster it becomes the
 * session's room, and what was written before counts as it is.
 */
import { Malformed, fromHex, hex, same, type Bytes } from '../seal/bytes.ts';
import { ZERO16, ZERO32, type Hex } from '../seal/codes.ts';
import type { SignKey } from '../seal/ed25519.ts';
import type { OutboxRow } from '../store/rows.ts';
import {
  ROOM,
  decodeEnvelope,
  docKey,
  makeEnvelope,
  type DocId,
  type Envelope,
  type VectorEntry,
} from './envelope.ts';
import { decodeProof, type Proof } from './forks.ts';
import * as limits from './limits.ts';
import { Log, type Effects } from './log.ts';
import { hearsExperts, type Membership } from './membership.ts';
import type { FromWorker, RoomMessage, RoomView } from './messages.ts';
import { appendChat } from './room.ts';
import type { Draft } from './replica.ts';
import { Roster } from './roster.ts';
import { ShownDocument } from './shown.ts';
import { ShownSession } from './shown-session.ts';
import { decodeSync, encodeSync, fragment, type SyncMessage } from './sync.ts';
import { SyncPeer } from './sync-peer.ts';
import { Counters, isEarly, isNeverHonest, type Verdict } from './verdict.ts';
import { docOf } from './writes.ts';

export interface DocumentsParts {
  readonly sid: Bytes;
  readonly me: SignKey;
  /** Who answers in the waiting room. */
  readonly expert: Bytes;
  /** To be stored, together with others that come soon: no receipt (vector) names it before it is on disk. */
  readonly persist: (envelope: Envelope) => Promise<void>;
  /** Everything given to `persist` is on disk: awaited before a receipt (vector) that names it leaves. */
  readonly stored: () => Promise<void>;
  readonly send: (link: number, fragment: Bytes) => void;
  readonly rosterChanged: (chain: readonly Bytes[]) => void;
  /** The room looks different. */
  readonly changed: () => void;
  /** New vectors are to be sent in a moment: call `sendVectors` then. */
  readonly vectorsDue: () => void;
}

/** What became of a row of the outbox. */
export interface Written {
  readonly doc: DocId;
  /** None where nothing was left to be written. */
  readonly envelopes: readonly Envelope[];
  /** The name of the entry that was made. */
  readonly made: string;
}

export class Documents {
  readonly #logs = new Map<string, Log>();
  readonly #links = new Map<number, SyncPeer>();
  readonly counters = new Counters();
  #roster: Roster | null = null;
  readonly #shown: ShownSession;
  #vectorsDue = false;

  private constructor(
    readonly parts: DocumentsParts,
    readonly room: Log,
    acked: Readonly<Record<Hex, number>>,
  ) {
    this.#logs.set(docKey(ROOM), room);
    const shown = new ShownDocument(room, parts.me.publicKey, acked, () => parts.changed());
    this.#shown = new ShownSession(shown, parts.me.publicKey, (peer) => this.#members.tidies(fromHex(peer)));
  }

  /** `chain` is empty while not admitted; `stored` is what this device kept. */
  static async open(
    parts: DocumentsParts,
    chain: readonly Bytes[],
    stored: readonly Bytes[],
    acked: Readonly<Record<Hex, number>>,
  ): Promise<Documents> {
    const documents = new Documents(parts, await Log.begin(ROOM), acked);
    if (chain.length > 0) await documents.adoptRoster(chain);
    for (const bytes of stored) {
      const envelope = await decodeEnvelope(bytes);
      if (typeof envelope === 'string') continue;
      const log = await documents.#log(envelope.doc);
      await log?.insert(envelope, 'stored', documents.#members);
    }
    // What was read from the store is not written there again.
    for (const log of documents.#logs.values()) await documents.#absorb(log, log.takeEffects(), true);
    return documents;
  }

  get acked(): Readonly<Record<Hex, number>> {
    return this.#shown.room.acked;
  }

  /** Writes a chat message; the envelope is not kept yet: the caller stores it, then calls `sent`. */
  async say(text: string, at: number): Promise<{ readonly envelope: Envelope; readonly message: string }> {
    const shown = this.#shown.room;
    const envelope = await this.#seal(shown, (draft) => appendChat(draft, text, at));
    return { envelope, message: shown.replica.lastOf('chat') };
  }

  /**
   * Carries out what lies in the outbox. The envelopes are not kept yet: the caller stores them, then calls
   * `sent`. Null for what this device may not write yet, or not where it is.
   */
  async write(row: OutboxRow): Promise<Written | null> {
    const doc = docOf(row);
    const begins = row.write === undefined || row.write.op === 'begin-board';
    const log = begins ? await this.#log(doc) : (this.#logs.get(docKey(doc)) ?? null);
    const shown = log === null ? null : this.#shownOf(log);
    const standing = this.#members.standing(this.parts.me.publicKey, doc.kind);
    if (shown === null || standing !== 'writer') return null;
    const edits = this.#shown.editsOf(row);
    const envelopes: Envelope[] = [];
    for (const edit of edits) envelopes.push(await this.#seal(shown, edit));
    return { doc, envelopes, made: this.#shown.wrote(row, envelopes.length > 0) };
  }

  /** Whether what could not be written yet may be tried again. */
  get isMember(): boolean {
    return this.#roster !== null;
  }

  /** One signed change, taken in. */
  async #seal(shown: ShownDocument, edit: (draft: Draft) => void): Promise<Envelope> {
    const { log, actor } = shown;
    const change = shown.write(edit);
    const tip = log.tip(actor);
    const bytes = await makeEnvelope(this.parts.me, {
      sid: this.parts.sid,
      doc: log.doc,
      epoch: this.#members.epoch,
      run: actor.slice(32),
      seq: (tip?.seq ?? 0n) + 1n,
      prev: tip?.id ?? ZERO32,
      change,
    });
    const envelope = await decodeEnvelope(bytes);
    const verdict =
      typeof envelope === 'string' ? null : await log.insert(envelope, 'verified', this.#members);
    if (typeof envelope === 'string' || verdict?.t !== 'accepted') {
      shown.discard();
      throw new Error('an own envelope was not accepted');
    }
    shown.absorb(log.takeEffects(), envelope);
    return envelope;
  }

  /** What was written is stored: links get it, and it is shown. */
  sent(doc: DocId = ROOM): void {
    const log = this.#logs.get(docKey(doc));
    if (log === undefined) return;
    for (const link of this.#links.keys()) this.#sendMissing(link, log);
    this.#shown.touch(doc);
    this.#scheduleVectors();
    this.parts.changed();
  }

  async adoptRoster(chain: readonly Bytes[]): Promise<void> {
    await this.#takeEntries(null, chain);
  }

  /** Envelopes that came another way than a link. Tells the places of those that may be welcome later. */
  async take(envelopes: readonly Bytes[]): Promise<readonly number[]> {
    const early: { readonly place: number; readonly log: Log; readonly id: Bytes }[] = [];
    for (const [place, bytes] of envelopes.entries()) {
      const taken = await this.#takeEnvelope(null, bytes);
      if (taken !== null && isEarly(taken.verdict)) early.push({ place, log: taken.log, id: taken.id });
    }
    // What came behind may have let it in.
    return early.filter(({ log, id }) => !log.holds(id)).map(({ place }) => place);
  }

  // Links.

  linkUp(link: number, peer: Bytes): void {
    this.#links.set(link, new SyncPeer(peer));
    this.#sendHead(link);
    this.#passOnLosing(link);
    this.#sendVectorsTo(link);
    for (const log of this.#logs.values()) {
      if (this.#hears(peer, log.doc)) for (const proof of log.proofs) this.#send(link, proofMessage(proof));
    }
  }

  linkDown(link: number): void {
    this.#links.delete(link);
  }

  async linkData(link: number, data: Bytes): Promise<void> {
    const peer = this.#links.get(link);
    if (peer === undefined) return;
    if (peer.muted) {
      this.counters.count('muted');
      return;
    }
    let message: SyncMessage | null;
    try {
      const whole = peer.assembler.push(data);
      message = whole === null ? null : decodeSync(whole);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.counters.count('malformed-message');
      peer.misbehaved();
      return;
    }
    if (message !== null) await this.#message(link, peer, message);
  }

  /** Some 50 ms after `vectorsDue`: this is the receipt of what was taken in. */
  sendVectors(): void {
    this.#vectorsDue = false;
    for (const link of this.#links.keys()) {
      this.#sendVectorsTo(link);
      for (const log of this.#logs.values()) this.#sendMissing(link, log);
    }
  }

  async #message(link: number, peer: SyncPeer, message: SyncMessage): Promise<void> {
    const roster = this.#roster;
    switch (message.t) {
      case 'roster-head': {
        const { n, term, hash } = message.head;
        if (roster === null || same(hash, roster.head)) return;
        if (roster.hasSeen(hash)) {
          this.#sendChain(link);
          return;
        }
        // It may be longer or another branch: both sides need to see both.
        this.#send(link, { t: 'roster-want' });
        if (term < roster.term || (term === roster.term && n <= roster.n)) this.#sendChain(link);
        return;
      }
      case 'roster':
        await this.#takeEntries(link, message.entries);
        return;
      case 'roster-want':
        this.#sendChain(link);
        return;
      case 'envelope':
        if (this.#listensTo(peer)) await this.#takeEnvelope(link, message.envelope);
        return;
      case 'proof':
        if (this.#listensTo(peer)) await this.#takeProof(peer, message.a, message.b);
        return;
      case 'again': {
        const sent = this.#logs.get(docKey(message.doc))?.held() ?? [];
        if (!peer.forgetSent(sent.map(({ id }) => id))) this.counters.count('again-too-often');
        this.#takeVector(link, peer, message.doc, message.vector);
        return;
      }
      case 'vector':
        this.#takeVector(link, peer, message.doc, message.vector);
        return;
    }
  }

  #takeVector(link: number, peer: SyncPeer, doc: DocId, vector: readonly VectorEntry[]): void {
    if (!wellFormed(doc) || !peer.claims(doc, vector)) {
      this.counters.count('unknown-document');
      return;
    }
    if (docKey(doc) === docKey(ROOM)) {
      for (const { actor, seq } of vector) this.#shown.room.ack(actor, seq);
    }
    const log = this.#logs.get(docKey(doc));
    if (log !== undefined) this.#sendMissing(link, log);
    // A document that is new here is begun by its first envelope: whoever has some sends them to a peer that
    // says to have none.
    else if (vector.length > 0 && this.#mayBegin(doc)) this.#send(link, { t: 'vector', doc, vector: [] });
  }

  async #takeEnvelope(
    link: number | null,
    bytes: Bytes,
  ): Promise<{ readonly log: Log; readonly id: Bytes; readonly verdict: Verdict } | null> {
    const peer = link === null ? undefined : this.#links.get(link);
    const envelope = await decodeEnvelope(bytes);
    if (typeof envelope === 'string') {
      this.counters.count(envelope);
      peer?.misbehaved();
      return null;
    }
    // Nothing is begun for an envelope of somebody else's session.
    const ours = same(envelope.sid, this.parts.sid);
    const log = ours ? await this.#log(envelope.doc) : null;
    if (log === null) {
      this.counters.count(ours ? 'unknown-document' : 'other-session');
      if (!ours) peer?.misbehaved();
      return null;
    }
    const verdict = await log.insert(envelope, 'network', this.#members);
    peer?.has(envelope.id);
    await this.#absorb(log, log.takeEffects(), false);
    this.#noteRefusal(verdict, peer);
    return { log, id: envelope.id, verdict };
  }

  async #takeProof(peer: SyncPeer, a: Bytes, b: Bytes): Promise<void> {
    const proof = await decodeProof(a, b);
    if (proof === null) {
      this.counters.count('bad-proof');
      peer.misbehaved();
      return;
    }
    const ours = same(proof.low.sid, this.parts.sid);
    const log = ours ? await this.#log(proof.low.doc) : null;
    if (log === null) {
      this.counters.count('unknown-document');
      return;
    }
    await log.insertProof(proof, this.#members);
    await this.#absorb(log, log.takeEffects(), false);
  }

  async #takeEntries(link: number | null, entries: readonly Bytes[]): Promise<void> {
    const peer = link === null ? undefined : this.#links.get(link);
    if (this.#roster === null) {
      const roster = await Roster.open(this.parts.sid, entries);
      if (typeof roster === 'string') {
        this.counters.count(roster);
        return;
      }
      this.#roster = roster;
      await this.#rosterChanged(false);
      return;
    }
    const before = this.#roster.head;
    const known = this.#roster.losing.length;
    const applied = await this.#roster.offer(entries);
    if (applied === 'malformed' || applied === 'bad-signature') peer?.misbehaved();
    if (!same(before, this.#roster.head)) await this.#rosterChanged(link !== null);
    if (this.#roster.losing.length !== known) {
      for (const other of this.#links.keys()) this.#passOnLosing(other);
      if (link !== null) this.parts.rosterChanged(this.#chain());
    }
    // The other side has a shorter or a losing chain: it gets ours.
    if (applied === 'lost' && link !== null) this.#sendChain(link);
  }

  async #rosterChanged(tell: boolean): Promise<void> {
    if (tell) this.parts.rosterChanged(this.#chain());
    // Roles decide what counts of what others erased and hid.
    this.#shown.touchAll();
    this.parts.changed();
    for (const log of this.#logs.values()) {
      await log.onRoster(this.#members);
      await this.#absorb(log, log.takeEffects(), false);
    }
    await this.parts.stored();
    for (const link of this.#links.keys()) {
      this.#sendHead(link);
      this.#sendVectorsTo(link);
      for (const log of this.#logs.values()) this.#sendMissing(link, log);
    }
  }

  /** Keeps store, room and links in step with a log. */
  async #absorb(log: Log, effects: Effects, stored: boolean): Promise<void> {
    if (!stored) for (const envelope of effects.inserted) await this.parts.persist(envelope);
    const shown = this.#shownOf(log);
    shown?.absorb(effects);
    for (const proof of effects.proofs) {
      this.#toAll(log.doc, proofMessage(proof));
    }
    if (effects.askAgain) {
      await this.parts.stored();
      this.#toAll(log.doc, { t: 'again', doc: log.doc, vector: log.vector() });
    }
    const changed = effects.rebuild || effects.accepted.length > 0;
    if (changed || effects.inserted.length > 0) this.#scheduleVectors();
    if (changed && shown !== null) {
      this.#shown.touch(log.doc);
      this.parts.changed();
    }
  }

  #noteRefusal(verdict: Verdict, peer: SyncPeer | undefined): void {
    if (verdict.t === 'refused' && isNeverHonest(verdict.reason)) peer?.misbehaved();
  }

  /** The room as it is now; what changed since the last view. */
  view(): RoomView {
    return this.#shown.view();
  }

  allChat(): RoomMessage[] {
    return this.#shown.allChat();
  }

  /** Own envelopes that nobody else is known to have, each behind what it stands on. */
  unheard(): Envelope[] {
    const { publicKey } = this.parts.me;
    return [...this.#logs.values()].flatMap((log) => {
      const shown = this.#shown.document(log.doc);
      const heard = (actor: Hex, seq: number): boolean => shown?.isAcked(actor, seq) ?? false;
      return log
        .accepted()
        .filter(({ author, actor, seq }) => same(author, publicKey) && !heard(hex(actor), Number(seq)));
    });
  }

  /** What else changed since the last time. */
  news(): FromWorker[] {
    return this.#shown.news();
  }

  // Sending.

  #sendMissing(link: number, log: Log): void {
    const peer = this.#links.get(link);
    if (peer === undefined || !this.#hears(peer.peer, log.doc) || !peer.namedAny) return;
    const theirs = peer.vector(log.doc);
    // A document that the other side never named is unknown to it, except the room.
    if (theirs === null && log === this.room) return;
    for (const envelope of log.missingFor(theirs ?? [])) {
      if (peer.firstTime(envelope.id)) this.#send(link, { t: 'envelope', envelope: envelope.bytes });
    }
  }

  #sendHead(link: number): void {
    const roster = this.#roster;
    if (roster === null) return;
    this.#send(link, { t: 'roster-head', head: { n: roster.n, term: roster.term, hash: roster.head } });
  }

  #sendVectorsTo(link: number): void {
    const peer = this.#links.get(link)?.peer;
    if (peer === undefined) return;
    for (const log of this.#logs.values()) {
      if (this.#hears(peer, log.doc)) this.#send(link, { t: 'vector', doc: log.doc, vector: log.vector() });
    }
  }

  #sendChain(link: number): void {
    this.#sendEntries(link, this.#roster?.entries.map(({ bytes }) => bytes) ?? []);
  }

  #passOnLosing(link: number): void {
    const peer = this.#links.get(link);
    const roster = this.#roster;
    if (peer === undefined || roster === null) return;
    const fresh = roster.losing.filter(({ hash }) => peer.firstEntry(hash));
    // With the chain in front, so that the entries where branches part are known.
    if (fresh.length > 0)
      this.#sendEntries(
        link,
        [...roster.entries, ...fresh].map(({ bytes }) => bytes),
      );
  }

  #sendEntries(link: number, entries: readonly Bytes[]): void {
    let batch: Bytes[] = [];
    let length = 0;
    for (const entry of entries) {
      if (length + entry.length > limits.ROSTER_MESSAGE && batch.length > 0) {
        this.#send(link, { t: 'roster', entries: batch });
        batch = [];
        length = 0;
      }
      length += entry.length + 4;
      batch.push(entry);
    }
    this.#send(link, { t: 'roster', entries: batch });
  }

  #toAll(doc: DocId, message: SyncMessage): void {
    for (const [link, { peer }] of this.#links) if (this.#hears(peer, doc)) this.#send(link, message);
  }

  #send(link: number, message: SyncMessage): void {
    for (const part of fragment(encodeSync(message))) this.parts.send(link, part);
  }

  #scheduleVectors(): void {
    if (this.#vectorsDue) return;
    this.#vectorsDue = true;
    this.parts.vectorsDue();
  }

  // Who may what.

  get #members(): Membership {
    return this.#roster ?? waitingRoom(this.parts);
  }

  #chain(): readonly Bytes[] {
    const roster = this.#roster;
    return roster === null ? [] : [...roster.entries, ...roster.losing].map(({ bytes }) => bytes);
  }

  /** Whether this member may have a document that is not here yet. */
  #mayBegin(doc: DocId): boolean {
    const allowed = this.#roster !== null && this.#hears(this.parts.me.publicKey, doc);
    return wellFormed(doc) && allowed && this.#logs.size < limits.DOCUMENTS;
  }

  /** The log of a document; null for one that this member has no part in. */
  async #log(doc: DocId): Promise<Log | null> {
    const known = this.#logs.get(docKey(doc));
    if (known !== undefined) return known;
    if (!this.#mayBegin(doc)) return null;
    const log = await Log.begin(doc);
    await log.onRoster(this.#members);
    this.#logs.set(docKey(doc), log);
    return log;
  }

  /** What is shown of a document; null for the desk, which is the experts'. */
  #shownOf(log: Log): ShownDocument | null {
    const known = this.#shown.document(log.doc);
    if (known !== null || log.doc.kind === 'desk') return known;
    const shown = new ShownDocument(log, this.parts.me.publicKey, {}, () => undefined);
    this.#shown.add(shown);
    return shown;
  }

  #hears(peer: Bytes, doc: DocId): boolean {
    const role = this.#roster?.member(peer)?.role;
    return role !== undefined && (doc.kind !== 'desk' || hearsExperts(role));
  }

  #listensTo({ peer }: SyncPeer): boolean {
    const member = this.#roster?.member(peer) !== undefined;
    if (!member) this.counters.count('not-a-member');
    return member;
  }
}

/** Two authors, epoch 0. */
function waitingRoom({ sid, me, expert }: DocumentsParts): Membership {
  return {
    sid,
    epoch: 0n,
    tidies: (peer) => same(peer, expert),
    standing: (author) => (same(author, me.publicKey) || same(author, expert) ? 'writer' : 'unknown'),
    within: () => 0n,
    anchors: () => [],
  };
}

function wellFormed(doc: DocId): boolean {
  return (doc.kind === 'room' || doc.kind === 'desk') === same(doc.id, ZERO16);
}

function proofMessage({ low, high }: Proof): SyncMessage {
  return { t: 'proof', a: low.bytes, b: high.bytes };
}
