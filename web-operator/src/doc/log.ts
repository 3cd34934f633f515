/**
 * The log of one document: every envelope passes here, in the order of checks that the protocol
 * fixes, before it becomes part of the document.
 *
 * An envelope ends in one of three places. A *node* of the graph has passed every check that does not
 * depend on the roster. Accepted nodes are the document; a node that is not accepted is *aside*: its
 * author may not write (any more), but if a writer builds on it, it counts. What builds on an envelope
 * that is not here is *pending*. *Others* contradict a node: the second branch of an equivocation.
 *
 * Accepted is a function of the set of envelopes and the roster: rooted envelopes and all ancestors of
 * rooted ones, whose authors are known and whose epochs have begun.
 *
 * **Equivocation.** Of two envelopes with one actor and one number the one that came first stays, both
 * are kept as a proof, and the actor is *frozen*: later envelopes of it count only as ancestors of
 * other people's, until the roster names the envelope that counts.
 *
 * Signatures and hashes are checked asynchronously: calls must not overlap, whoever owns a log awaits
 * one before the next.
 */
import { hex, same } from '../seal/bytes.ts';
import { ZERO32, type Hex } from '../seal/codes.ts';
import { genesisState, statesUnder, whyNoRoot, type NodeState } from './accept.ts';
import { Dag, type NodeIndex } from './dag.ts';
import {
  byActor,
  decodeEnvelope,
  docKey,
  envelopeSignatureHolds,
  type DocId,
  type Envelope,
  type VectorEntry,
} from './envelope.ts';
import { Budget } from './budget.ts';
import { Forks, proofOf, type Proof } from './forks.ts';
import * as limits from './limits.ts';
import type { Membership } from './membership.ts';
import { Pending, type Held, type Missing, type Trust } from './pending.ts';
import { prescan, type ChangeShape } from './prescan/prescan.ts';
import type { Bytes } from '../seal/bytes.ts';
import { ACCEPTED, Counters, DUPLICATE, PENDING, type Reason, type Verdict } from './verdict.ts';

/** What changed in a log, for whoever keeps the document, the store and the links in step with it. */
export interface Effects {
  /** Envelopes that became nodes, in order: to be stored. */
  inserted: Envelope[];
  /** Envelopes that became part of the document, ancestors first. */
  accepted: Envelope[];
  /** The document must be made afresh: something is no longer part of it. */
  rebuild: boolean;
  proofs: Proof[];
  /** Something was dropped that may be welcome now: ask for it again. */
  askAgain: boolean;
}

/** Where an envelope belongs that passed the checks before its operations. */
type Checked =
  | { readonly t: 'fits'; readonly shape: ChangeShape; readonly deps: readonly NodeIndex[] }
  | { readonly t: 'waits'; readonly missing: Missing }
  /** Well-formed, and something else has its place. */
  | { readonly t: 'contradicts'; readonly reason: Reason }
  | { readonly t: 'duplicate' }
  | Extract<Verdict, { t: 'refused' }>;

const MAX_SEQ = 0xffff_ffffn;

export class Log {
  #dag: Dag;
  #states: NodeState[] = [genesisState()];
  readonly #forks: Forks;
  readonly #pending = new Pending();
  readonly #budget = new Budget();
  readonly counters = new Counters();
  #effects = noEffects();
  /** Something was dropped for lack of space. */
  #overflowed = false;
  /** Something was refused that another roster would let in. */
  #rosterLagged = false;
  /** Something was kept beside the graph that may show where a fork lies. */
  #learned = false;
  #rebuilding = false;

  private constructor(
    readonly doc: DocId,
    dag: Dag,
  ) {
    this.#dag = dag;
    this.#forks = new Forks(
      (actor, seq) => this.#idAt(this.#dag.chain(actor)[Number(seq) - 1]),
      (id) => this.#pending.envelope(id),
    );
  }

  static async begin(doc: DocId): Promise<Log> {
    return new Log(doc, await Dag.begin(doc.kind));
  }

  /** Checks encoded bytes and takes them in if they pass, with everything that waited for them. */
  async insertBytes(bytes: Bytes, members: Membership): Promise<Verdict> {
    const envelope = await decodeEnvelope(bytes);
    if (typeof envelope === 'string') return this.#refuse(envelope);
    return this.insert(envelope, 'network', members);
  }

  async insert(envelope: Envelope, trust: Trust, members: Membership): Promise<Verdict> {
    const verdict = await this.#admit(envelope, trust, members);
    if (!this.#contradictsAnchors()) {
      // What came may show that a fork lies on a branch that the roster did not choose.
      const learned = this.#learned;
      this.#learned = false;
      if (learned && this.#forks.proofs.length > 0 && this.#thaw()) this.#recompute(members);
      return verdict;
    }
    await this.#reinsert(members);
    const id = hex(envelope.id);
    if (this.#dag.byId(id) !== undefined) return ACCEPTED;
    return this.#pending.has(id) ? PENDING : verdict;
  }

  /** Takes in a proof from somebody else: both envelopes, as far as they fit, and the freezing. */
  async insertProof(proof: Proof, members: Membership): Promise<Verdict> {
    const { low, high } = proof;
    if (!same(low.sid, members.sid) || docKey(low.doc) !== docKey(this.doc))
      return this.#refuse('other-session');
    if (members.standing(low.author, this.doc.kind) === 'unknown') {
      this.#rosterLagged = true;
      return this.#refuse('unknown-author');
    }
    if (!this.#forks.isNews(proof)) return DUPLICATE;
    // The one that is here stays here; the other one becomes the contradiction.
    const highIsHere = this.#dag.byId(hex(high.id)) !== undefined;
    this.#remember(proof);
    await this.insert(highIsHere ? high : low, 'verified', members);
    await this.insert(highIsHere ? low : high, 'verified', members);
    return ACCEPTED;
  }

  /** Takes notice of another roster: recomputes what is accepted, lets in what waited for a settle. */
  async onRoster(members: Membership): Promise<void> {
    this.#forks.readAnchors(members.anchors(this.doc));
    this.#followAnchors();
    if (
      this.#contradictsAnchors() ||
      this.#forks.hasAnchoredOther((id) => this.#dag.byId(id) !== undefined)
    ) {
      await this.#reinsert(members);
    }
    this.#thaw();
    this.#recompute(members);
    // What the roster names and is not here may have been refused before, for it did not fit then.
    if (this.#rosterLagged || this.#lacksAnchored()) {
      this.#rosterLagged = false;
      this.#effects.askAgain = true;
    }
  }

  takeEffects(): Effects {
    const effects = this.#effects;
    this.#effects = noEffects();
    return effects;
  }

  /** How far this log has every actor's chain, by actor. */
  vector(): VectorEntry[] {
    const vector: VectorEntry[] = [];
    for (const [, nodes] of this.#dag.chains()) {
      const envelope = this.#envelopeAt(nodes.at(-1));
      if (envelope !== null) vector.push({ actor: envelope.actor, seq: envelope.seq, id: envelope.id });
    }
    return vector.sort(byActor);
  }

  /** Where an actor's chain ends. */
  tip(actor: Bytes): Envelope | null {
    return this.#envelopeAt(this.#dag.chain(hex(actor)).at(-1));
  }

  /**
   * The accepted envelopes that somebody with the vector `theirs` lacks, ancestors first. Of an actor
   * whose chains differ, all: the other side cannot know where the branches part.
   */
  missingFor(theirs: readonly VectorEntry[]): Envelope[] {
    const known = new Map(theirs.map((entry) => [hex(entry.actor), entry]));
    const missing: NodeIndex[] = [];
    for (const [actor, nodes] of this.#dag.chains()) {
      const entry = known.get(actor);
      let from = 0;
      if (entry !== undefined) {
        const node = entry.seq > MAX_SEQ ? undefined : nodes[Number(entry.seq) - 1];
        const differs = node !== undefined && this.#idAt(node) !== hex(entry.id);
        from = differs ? 0 : Number(entry.seq > MAX_SEQ ? MAX_SEQ : entry.seq);
      }
      missing.push(...nodes.slice(from).filter((node) => this.#state(node).accepted));
    }
    return missing.sort((a, b) => a - b).flatMap((node) => this.#envelopeAt(node) ?? []);
  }

  /** The accepted envelopes, ancestors first. */
  accepted(): Envelope[] {
    return [...this.#dag.envelopes()]
      .filter(([node]) => this.#state(node).accepted)
      .map(([, envelope]) => envelope);
  }

  /** All envelopes that are nodes, accepted or aside, ancestors first. */
  held(): Envelope[] {
    return [...this.#dag.envelopes()].map(([, envelope]) => envelope);
  }

  /** Whether an envelope is a node, and so to be stored. */
  holds(id: Bytes): boolean {
    return this.#dag.byId(hex(id)) !== undefined;
  }

  isAccepted(id: Bytes): boolean {
    const node = this.#dag.byId(hex(id));
    return node !== undefined && this.#state(node).accepted;
  }

  /**
   * Whether `actor`'s chain can be continued: all of it is here and counts, and nobody contests it. What
   * was written beyond the chain's end and is no longer part of it still bears its numbers: signing
   * them again would be an equivocation.
   */
  canContinue(actor: Bytes): boolean {
    const last = this.#dag.chain(hex(actor)).at(-1);
    const beyond = [...this.#pending.envelopes, ...this.#forks.otherEnvelopes];
    return (
      !this.#forks.contested(hex(actor)) &&
      (last === undefined || this.#state(last).accepted) &&
      !beyond.some((envelope) => same(envelope.actor, actor))
    );
  }

  /** The number of the change in which `actor` made the operation with this counter. */
  seqOf(actor: Hex, counter: bigint): number | undefined {
    return this.#dag.seqOf(actor, counter);
  }

  /** The envelope of an actor with a number. */
  envelopeOf(actor: Hex, seq: number): Envelope | null {
    return this.#envelopeAt(this.#dag.chain(actor)[seq - 1]);
  }

  /**
   * Visits an envelope and everything its change builds on: what its writer must have had. Goes no
   * deeper where `visit` says false.
   */
  visitAncestors(id: Bytes, visit: (envelope: Envelope) => boolean): void {
    const start = this.#dag.byId(hex(id));
    const open = start === undefined ? [] : [start];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      const envelope = this.#envelopeAt(node);
      if (envelope !== null && visit(envelope)) open.push(...this.#dag.node(node).deps);
    }
  }

  get proofs(): readonly Proof[] {
    return this.#forks.proofs;
  }

  get pending(): { readonly count: number; readonly bytes: number } {
    return { count: this.#pending.size, bytes: this.#pending.bytes };
  }

  // The checks.

  /** Admits an envelope, then whatever waited for it, until nothing moves any more. */
  async #admit(envelope: Envelope, trust: Trust, members: Membership): Promise<Verdict> {
    const first = await this.#admitOne(envelope, trust, members);
    const arrived = first.node === undefined ? [] : [first.node];
    for (let node = arrived.pop(); node !== undefined; node = arrived.pop()) {
      const { hash } = this.#dag.node(node);
      const woken = [
        ...this.#pending.wake(`change/${hash}`),
        ...this.#pending.wake(`envelope/${this.#idAt(node) ?? ''}`),
      ];
      for (const other of woken) {
        const { node: next } = await this.#admitOne(other.envelope, other.trust, members);
        if (next !== undefined) arrived.push(next);
      }
    }
    if (this.#overflowed && this.#pending.size < limits.PENDING_PER_AUTHOR / 2) {
      this.#overflowed = false;
      this.#effects.askAgain = true;
    }
    return first.verdict;
  }

  async #admitOne(
    envelope: Envelope,
    trust: Trust,
    members: Membership,
  ): Promise<{ readonly verdict: Verdict; readonly node?: NodeIndex }> {
    const checked = await this.#check(envelope, trust, members);
    switch (checked.t) {
      case 'fits':
        return this.#place(envelope, checked.shape, checked.deps, trust, members);
      case 'duplicate':
        return { verdict: DUPLICATE };
      case 'waits':
        return { verdict: this.#wait(envelope, checked.missing, trust) };
      case 'contradicts':
        this.#contradict(envelope, checked.reason, trust);
        return { verdict: this.#refuse(checked.reason) };
      case 'refused':
        this.#refuse(checked.reason);
        return { verdict: checked };
    }
  }

  async #check(envelope: Envelope, trust: Trust, members: Membership): Promise<Checked> {
    if (envelope.change.length > limits.CHANGE) return refused('oversize');
    if (!same(envelope.sid, members.sid)) return refused('other-session');
    if (docKey(envelope.doc) !== docKey(this.doc)) return refused('unknown-document');
    const id = hex(envelope.id);
    if (this.#dag.byId(id) !== undefined || this.#pending.has(id)) return { t: 'duplicate' };
    const stored = trust === 'stored';
    if (!stored && members.standing(envelope.author, this.doc.kind) === 'unknown') {
      this.#rosterLagged = true;
      return refused('unknown-author');
    }
    if (trust === 'network' && !(await envelopeSignatureHolds(envelope))) return refused('bad-signature');
    const shape = await prescan(envelope.change);
    if (typeof shape === 'string') return { t: 'refused', reason: 'chunk', chunk: shape };
    const [writer] = shape.actors;
    if (writer === undefined || !same(writer, envelope.actor)) return refused('actor-mismatch');
    if (envelope.seq === 0n || shape.seq !== envelope.seq || envelope.seq >= MAX_SEQ) {
      return refused('wrong-sequence');
    }
    if (!stored && envelope.epoch > members.epoch) {
      this.#rosterLagged = true;
      return refused('future-epoch');
    }
    return this.#checkChain(envelope, shape);
  }

  /** Whether the envelope continues its actor's chain, and on what. */
  #checkChain(envelope: Envelope, shape: ChangeShape): Checked {
    const actor = hex(envelope.actor);
    const chain = this.#dag.chain(actor);
    const anchored = this.#forks.anchorAt(actor, envelope.seq);
    if (anchored !== undefined && anchored !== hex(envelope.id)) {
      return { t: 'contradicts', reason: 'settled-otherwise' };
    }
    const tip = BigInt(chain.length);
    if (envelope.seq <= tip) {
      // A named envelope that is not the one here counts; reinserting sees to it.
      return { t: 'contradicts', reason: this.#forks.isOff(envelope) ? 'settled-otherwise' : 'equivocation' };
    }
    const before: Missing = `envelope/${hex(envelope.prev)}`;
    if (envelope.seq > tip + 1n) return { t: 'waits', missing: before };
    const previous = this.#envelopeAt(chain.at(-1));
    if (!same(previous?.id ?? ZERO32, envelope.prev)) {
      // One that the roster names outranks what is here: it waits until its own chain has come. Another
      // may be of a branch whose beginning is not here: kept for when the roster chooses that one.
      return anchored === undefined
        ? { t: 'contradicts', reason: 'prev-mismatch' }
        : { t: 'waits', missing: before };
    }
    if (previous !== null && previous.epoch > envelope.epoch) return refused('epoch-back');
    const deps = this.#dag.locate(envelope, shape);
    if (!('t' in deps)) return { t: 'fits', shape, deps };
    switch (deps.t) {
      case 'missing':
        return { t: 'waits', missing: `change/${deps.hash}` };
      case 'rootless':
        return refused('bad-reference');
      case 'forgets-itself':
        return refused('prev-mismatch');
      case 'start-op':
        return refused('start-op');
    }
  }

  /** The checks of role, operations and space; then the envelope becomes a node. */
  #place(
    envelope: Envelope,
    shape: ChangeShape,
    deps: readonly NodeIndex[],
    trust: Trust,
    members: Membership,
  ): { readonly verdict: Verdict; readonly node?: NodeIndex } {
    const late = this.#isFrozenAt(envelope);
    const unrooted = whyNoRoot(this.doc, envelope, late, members);
    const examined = this.#dag.examine(envelope, shape, deps);
    // The role comes first in the order of checks, whichever is found first.
    if (typeof examined === 'string') return { verdict: this.#refuse(unrooted ?? examined) };
    const cost = Budget.cost(envelope, shape.ops.length);
    const crowded = trust === 'stored' ? null : this.#whyNotAfforded(envelope, cost, unrooted !== null);
    if (crowded !== null) return { verdict: this.#refuse(crowded) };

    const node = this.#dag.insert(envelope, examined);
    this.#forks.drop(envelope);
    this.#effects.inserted.push(envelope);
    const begun = envelope.epoch <= members.epoch && unrooted !== 'unknown-author';
    const valid = begun && deps.every((dep) => this.#state(dep).valid);
    this.#states.push({ accepted: false, valid, late });
    this.#budget.spend(envelope, cost);
    if (unrooted === null && valid) {
      this.#acceptWithAncestors(node);
      return { verdict: ACCEPTED, node };
    }
    this.#setAside(node);
    if (unrooted === null) this.#rosterLagged = true;
    return { verdict: this.#refuse(unrooted ?? 'unknown-author'), node };
  }

  #whyNotAfforded(envelope: Envelope, cost: number, aside: boolean): Reason | null {
    if (envelope.seq === 1n && this.#dag.actors >= limits.ACTORS) return 'too-many-actors';
    return this.#budget.refusal(envelope, cost, aside);
  }

  #wait(envelope: Envelope, missing: Missing, trust: Trust): Verdict {
    if (this.#pending.push(envelope, missing, trust)) {
      this.#learned = true;
      return PENDING;
    }
    this.#overflowed = true;
    return this.#refuse('pending-full');
  }

  #refuse(reason: Reason): Verdict {
    if (!this.#rebuilding) this.counters.count(reason);
    return refused(reason);
  }

  // Acceptance.

  /** Accepts a root and those of its ancestors that nobody vouched for before. */
  #acceptWithAncestors(root: NodeIndex): void {
    const found: NodeIndex[] = [];
    const open = [root];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      const state = this.#state(node);
      if (state.accepted) continue;
      state.accepted = true;
      found.push(node);
      open.push(...this.#dag.node(node).deps);
    }
    found.sort((a, b) => a - b);
    for (const node of found) if (node !== root) this.#leaveAside(node);
    this.#effects.accepted.push(...found.flatMap((node) => this.#envelopeAt(node) ?? []));
  }

  #setAside(node: NodeIndex): void {
    const envelope = this.#envelopeAt(node);
    if (envelope !== null) this.#budget.setAside(envelope);
  }

  #leaveAside(node: NodeIndex): void {
    const envelope = this.#envelopeAt(node);
    if (envelope !== null) this.#budget.leaveAside(envelope);
  }

  /** Computes acceptance of every node from the roster alone. */
  #recompute(members: Membership): void {
    const before = this.#states;
    const states = statesUnder(this.doc, this.#dag, before, members);
    const at = (node: NodeIndex): NodeState => states[node] ?? genesisState();
    const shrunk = before.some((state, node) => state.accepted && !at(node).accepted);
    this.#states = states;
    this.#budget.clearAside();
    for (let node = 1; node < states.length; node++) if (!at(node).accepted) this.#setAside(node);
    this.#effects.rebuild ||= shrunk;
    if (this.#effects.rebuild) {
      this.#effects.accepted = this.accepted();
    } else {
      const fresh = [...states.keys()].filter(
        (node) => at(node).accepted && before[node]?.accepted === false,
      );
      this.#effects.accepted.push(...fresh.flatMap((node) => this.#envelopeAt(node) ?? []));
    }
  }

  // Forks.

  /** Keeps an envelope that contradicts what is here, and the proof if nothing is settled. */
  #contradict(envelope: Envelope, reason: Reason, trust: Trust): void {
    if (reason === 'equivocation') {
      const held = this.#envelopeAt(this.#dag.chain(hex(envelope.actor))[Number(envelope.seq) - 1]);
      const proof = held === null ? null : proofOf(held, envelope);
      if (proof !== null) this.#remember(proof);
    }
    if (this.#forks.keep(envelope, trust)) this.#learned = true;
  }

  #remember(proof: Proof): void {
    if (this.#forks.remember(proof)) this.#effects.proofs.push(proof);
  }

  /** Whether the actor equivocated at or below this envelope, and nobody has settled it. */
  #isFrozenAt(envelope: Envelope): boolean {
    return this.#forks.isFrozen(hex(envelope.actor), envelope.seq);
  }

  #followAnchors(): void {
    this.#forks.followAnchors(this.#pending.envelopes);
  }

  /** Whether a node has a place that the roster gave to another envelope. */
  #contradictsAnchors(): boolean {
    if (!this.#forks.hasAnchors) return false;
    if (this.#forks.otherEnvelopes.length === 0 && this.#pending.size === 0 && !this.#hasMisplaced())
      return false;
    this.#followAnchors();
    if (!this.#hasMisplaced()) return false;
    // Where entries contradict each other, what is here may be what the later one asks for.
    this.#forks.followAnchors([...this.#pending.envelopes, ...this.held()]);
    return this.#hasMisplaced();
  }

  /** Whether the roster names an envelope that is not here. */
  #lacksAnchored(): boolean {
    return this.#forks.allAnchors().some(([, , id]) => this.#dag.byId(id) === undefined);
  }

  #hasMisplaced(): boolean {
    return this.#forks.allAnchors().some(([actor, seq, id]) => {
      const node = this.#dag.chain(actor)[Number(seq) - 1];
      return node !== undefined && this.#idAt(node) !== id;
    });
  }

  /** What came late to a frozen actor counts fully once its fork is settled. True if there was any. */
  #thaw(): boolean {
    let thawed = false;
    for (const [node, envelope] of this.#dag.envelopes()) {
      const state = this.#state(node);
      if (!state.late || this.#isFrozenAt(envelope)) continue;
      state.late = false;
      thawed = true;
    }
    return thawed;
  }

  /** Builds the graph again from every envelope that is here, under the roster's choice of branches. */
  async #reinsert(members: Membership): Promise<void> {
    const stored = new Set<Hex>();
    const late = new Set<Hex>();
    const old = [...this.#dag.envelopes()];
    for (const [node, envelope] of old) {
      stored.add(hex(envelope.id));
      if (this.#state(node).late) late.add(hex(envelope.id));
    }
    const pool: readonly Held[] = [
      ...old.map(([, envelope]) => ({ envelope, trust: 'stored' as const })),
      ...this.#forks.drainOthers(),
      ...this.#pending.drain(),
      ...this.#forks.proofs.flatMap(({ low, high }) =>
        [low, high].map((envelope) => ({ envelope, trust: 'verified' as const })),
      ),
    ];
    this.#dag = this.#dag.fresh();
    this.#states = [genesisState()];
    this.#budget.clear();
    const insertedBefore = this.#effects.inserted;
    this.#effects.inserted = [];

    this.#rebuilding = true;
    for (const { envelope, trust } of pool) await this.#admit(envelope, trust, members);
    this.#rebuilding = false;

    for (const [node, envelope] of this.#dag.envelopes()) this.#state(node).late = late.has(hex(envelope.id));
    this.#thaw();
    const fresh = this.#effects.inserted.filter((envelope) => !stored.has(hex(envelope.id)));
    this.#effects.inserted = [...insertedBefore, ...fresh];
    this.#effects.rebuild = true;
    this.#recompute(members);
    this.#effects.askAgain = true;
  }

  #state(node: NodeIndex): NodeState {
    const state = this.#states[node];
    if (state === undefined) throw new RangeError('no such node');
    return state;
  }

  #envelopeAt(node: NodeIndex | undefined): Envelope | null {
    return node === undefined ? null : this.#dag.node(node).envelope;
  }

  #idAt(node: NodeIndex | undefined): Hex | undefined {
    const envelope = this.#envelopeAt(node);
    return envelope === null ? undefined : hex(envelope.id);
  }
}

function refused(reason: Reason): Extract<Verdict, { t: 'refused' }> {
  return { t: 'refused', reason };
}

function noEffects(): Effects {
  return { inserted: [], accepted: [], rebuild: false, proofs: [], askAgain: false };
}
