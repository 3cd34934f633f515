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
import type { OutboxFile } from '../store/rows.ts';
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
import type { RoomMessage, RoomView, ShelfItem } from './messages.ts';
import { ShownRoom } from './room-view.ts';
import { Roster } from './roster.ts';
import { decodeSync, encodeSync, fragment, type SyncMessage } from './sync.ts';
import { SyncPeer } from './sync-peer.ts';
import { Counters, isNeverHonest, type Verdict } from './verdict.ts';

export interface DocumentsParts {
  readonly sid: Bytes;
  readonly me: SignKey;
  /** Who answers in the waiting room. */
  readonly expert: Bytes;
  /** To be stored; together with others that come soon. */
  readonly persist: (envelope: Envelope) => Promise<void>;
  /** Everything given to `persist` is on disk: awaited before anything that follows from it leaves. */
  readonly stored: () => Promise<void>;
  readonly send: (link: number, fragment: Bytes) => void;
  readonly rosterChanged: (chain: readonly Bytes[]) => void;
  /** The room looks different. */
  readonly changed: () => void;
  /** New vectors are to be sent in a moment: call `sendVectors` then. */
  readonly vectorsDue: () => void;
}

export class Documents {
  readonly #logs = new Map<string, Log>();
  readonly #links = new Map<number, SyncPeer>();
  readonly counters = new Counters();
  #roster: Roster | null = null;
  readonly #shown: ShownRoom;
  #vectorsDue = false;

  private constructor(
    readonly parts: DocumentsParts,
    readonly room: Log,
    acked: Readonly<Record<Hex, number>>,
  ) {
    this.#logs.set(docKey(ROOM), room);
    this.#shown = new ShownRoom(
      room,
      parts.me.publicKey,
      acked,
      () => parts.changed(),
      (author) => this.#tidies(author),
    );
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
    return this.#shown.acked;
  }

  /** Writes a chat message; the envelope is not kept yet: the caller stores it, then calls `sent`. */
  async say(
    text: string,
    at: number,
    file?: OutboxFile,
  ): Promise<{ readonly envelope: Envelope; readonly message: string }> {
    const { actor } = this.#shown;
    const { change, message } = this.#shown.say(text, at, file);
    return { envelope: await this.#sign(actor, change), message };
  }

  /** Takes an entry off the shelf; stored and sent as what `say` makes. */
  async hide(entry: string, at: number): Promise<Envelope> {
    const { actor } = this.#shown;
    return this.#sign(actor, this.#shown.hide(entry, at));
  }

  /** A change of the room becomes an envelope of this device. */
  async #sign(actor: Bytes, change: Bytes): Promise<Envelope> {
    const tip = this.room.tip(actor);
    const bytes = await makeEnvelope(this.parts.me, {
      sid: this.parts.sid,
      doc: ROOM,
      epoch: this.#members.epoch,
      run: actor.slice(32),
      seq: (tip?.seq ?? 0n) + 1n,
      prev: tip?.id ?? ZERO32,
      change,
    });
    const envelope = await decodeEnvelope(bytes);
    const verdict =
      typeof envelope === 'string' ? null : await this.room.insert(envelope, 'verified', this.#members);
    if (typeof envelope === 'string' || verdict?.t !== 'accepted') {
      this.#shown.discard();
      throw new Error('an own envelope was not accepted');
    }
    this.#shown.absorb(this.room.takeEffects(), envelope);
    return envelope;
  }

  /** What `say` made is stored: links get it, and the room shows it. */
  sent(): void {
    for (const link of this.#links.keys()) this.#sendMissing(link, this.room);
    this.#scheduleVectors();
    this.parts.changed();
  }

  async adoptRoster(chain: readonly Bytes[]): Promise<void> {
    await this.#takeEntries(null, chain);
  }

  /** Envelopes that came another way than a link. */
  async take(envelopes: readonly Bytes[]): Promise<void> {
    for (const bytes of envelopes) await this.#takeEnvelope(null, bytes);
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
      for (const { actor, seq } of vector) this.#shown.ack(actor, seq);
    }
    const log = this.#logs.get(docKey(doc));
    if (log !== undefined) this.#sendMissing(link, log);
  }

  async #takeEnvelope(link: number | null, bytes: Bytes): Promise<void> {
    const peer = link === null ? undefined : this.#links.get(link);
    const envelope = await decodeEnvelope(bytes);
    if (typeof envelope === 'string') {
      this.counters.count(envelope);
      peer?.misbehaved();
      return;
    }
    // Nothing is begun for an envelope of somebody else's session.
    const ours = same(envelope.sid, this.parts.sid);
    const log = ours ? await this.#log(envelope.doc) : null;
    if (log === null) {
      this.counters.count(ours ? 'unknown-document' : 'other-session');
      if (!ours) peer?.misbehaved();
      return;
    }
    const verdict = await log.insert(envelope, 'network', this.#members);
    peer?.has(envelope.id);
    await this.#absorb(log, log.takeEffects(), false);
    this.#noteRefusal(verdict, peer);
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
    const isRoom = log === this.room;
    if (isRoom) this.#shown.absorb(effects);
    for (const proof of effects.proofs) {
      this.#toAll(log.doc, proofMessage(proof));
    }
    if (effects.askAgain) {
      await this.parts.stored();
      this.#toAll(log.doc, { t: 'again', doc: log.doc, vector: log.vector() });
    }
    const changed = effects.rebuild || effects.accepted.length > 0;
    if (changed || effects.inserted.length > 0) this.#scheduleVectors();
    if (changed && isRoom) this.parts.changed();
  }

  #noteRefusal(verdict: Verdict, peer: SyncPeer | undefined): void {
    if (verdict.t === 'refused' && isNeverHonest(verdict.reason)) peer?.misbehaved();
  }

  /** The room as it is now; what changed since the last view. */
  view(): RoomView {
    return this.#shown.view();
  }

  shelf(): ShelfItem[] {
    return this.#shown.shelf();
  }

  allChat(): RoomMessage[] {
    return this.#shown.all();
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

  /** The log of a document; null for one that this member has no part in. */
  async #log(doc: DocId): Promise<Log | null> {
    const known = this.#logs.get(docKey(doc));
    if (known !== undefined) return known;
    const allowed = this.#roster !== null && this.#hears(this.parts.me.publicKey, doc);
    if (!wellFormed(doc) || !allowed || this.#logs.size >= limits.DOCUMENTS) return null;
    const log = await Log.begin(doc);
    await log.onRoster(this.#members);
    this.#logs.set(docKey(doc), log);
    return log;
  }

  /** Experts may take away what others put on the shelf; in the waiting room the one expert. */
  #tidies(author: Hex): boolean {
    const roster = this.#roster;
    if (roster === null) return author === hex(this.parts.expert);
    const role = roster.member(fromHex(author))?.role;
    return role === 'lead' || role === 'expert';
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
