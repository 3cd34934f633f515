/**
 * The roster: who is a member, and in which role.
 *
 * A chain of signed entries from a genesis entry, whose hash is the session. Entries that contradict
 * each other make a tree, and every peer with the same entries chooses the same chain. At each entry
 * that several follow, their branches compete, each with its own best continuation:
 *
 * 1. A branch that begins with a `take` loses to one in which the lead in force at the fork removes or
 *    demotes the taker. All branches are looked at before any of them is dropped.
 * 2. Of the others the one with the highest term at its end wins,
 * 3. then the one whose first signer was admitted earlier,
 * 4. then the one whose first entry has the lower hash. One signer with two entries at one place
 *    raises an alarm.
 */
import { Malformed, compare, hex, same, type Bytes } from '../seal/bytes.ts';
import type { DocKind, Hex } from '../seal/codes.ts';
import { docKey, type DocId } from './envelope.ts';
import * as limits from './limits.ts';
import { hearsExperts, mayWrite, type Anchor, type Membership, type Standing } from './membership.ts';
import { decodeEntry, sessionOf, type Entry } from './roster-entry.ts';
import {
  RosterRefused,
  beginRoster,
  followRoster,
  withinKey,
  type Member,
  type RosterProblem,
  type RosterState,
} from './roster-state.ts';

export type { Member, RosterProblem } from './roster-state.ts';

/** What an entry did: the chain grew · known · a branch that now wins · one that loses and is kept. */
export type Applied = 'extended' | 'known' | 'switched' | 'lost';

/** Branches that may start at one entry. */
const FORKS = 8;

interface TreeNode {
  readonly entry: Entry;
  readonly children: Hex[];
  /** When the signer had been admitted, as its chain has it. */
  readonly signerAdmitted: bigint;
}

interface Branch {
  readonly first: TreeNode;
  /** Who took the lead, if the branch begins with that. */
  readonly taker: Hex | null;
  /** The term at its end. */
  readonly term: bigint;
  /** Whom the lead in force at the fork removed or demoted in it. */
  readonly unseated: ReadonlySet<Hex>;
}

export class Roster implements Membership {
  readonly #tree = new Map<Hex, TreeNode>();
  readonly #genesis: Hex;
  #chain: readonly Hex[];
  #state: RosterState;
  #alarm = false;

  private constructor(genesis: Entry, state: RosterState) {
    this.#genesis = hex(genesis.hash);
    this.#tree.set(this.#genesis, { entry: genesis, children: [], signerAdmitted: 0n });
    this.#chain = [this.#genesis];
    this.#state = state;
  }

  /** The roster of a whole chain, which must begin the session `sid`. */
  static async open(sid: Bytes, chain: readonly Bytes[]): Promise<Roster | RosterProblem> {
    try {
      const [first, ...rest] = chain;
      if (first === undefined) return 'not-genesis';
      const genesis = await decodeEntry(first);
      if (!same(sessionOf(genesis), sid)) return 'other-session';
      const roster = new Roster(genesis, await beginRoster(genesis));
      for (const bytes of rest) await roster.#apply(bytes);
      return roster;
    } catch (error) {
      return problemOf(error);
    }
  }

  /** Takes in entries, each following one that is here; stops at the first that is refused. */
  async offer(entries: readonly Bytes[]): Promise<Applied | RosterProblem> {
    const rank: readonly Applied[] = ['known', 'lost', 'extended', 'switched'];
    let overall: Applied = 'known';
    try {
      for (const bytes of entries) {
        const applied = await this.#apply(bytes);
        if (rank.indexOf(applied) > rank.indexOf(overall)) overall = applied;
      }
      return overall;
    } catch (error) {
      return problemOf(error);
    }
  }

  get sid(): Bytes {
    return this.#state.sid;
  }

  get epoch(): bigint {
    return this.#state.epoch;
  }

  get term(): bigint {
    return this.#state.term;
  }

  /** Number and hash of the newest entry. */
  get n(): bigint {
    return this.#state.n;
  }

  get head(): Bytes {
    return this.#state.head;
  }

  get closed(): boolean {
    return this.#state.closed;
  }

  get alarm(): boolean {
    return this.#alarm;
  }

  get lead(): Member | undefined {
    return this.#state.members.get(this.#state.lead);
  }

  get members(): readonly Member[] {
    return [...this.#state.members.values()];
  }

  member(peer: Bytes): Member | undefined {
    return this.#state.members.get(hex(peer));
  }

  /** Whether an entry is known, on whatever branch. */
  hasSeen(hash: Bytes): boolean {
    return this.#tree.has(hex(hash));
  }

  /** The winning chain, from genesis. */
  get entries(): readonly Entry[] {
    return this.#chain.map((hash) => this.#node(hash).entry);
  }

  /** The entries of losing branches, predecessors first: kept, stored and passed on. */
  get losing(): readonly Entry[] {
    const winning = new Set(this.#chain);
    return [...this.#tree]
      .filter(([hash]) => !winning.has(hash))
      .map(([, node]) => node.entry)
      .sort((a, b) => (a.n < b.n ? -1 : a.n > b.n ? 1 : compare(a.hash, b.hash)));
  }

  standing(author: Bytes, kind: DocKind): Standing {
    const past = this.#state.past.get(hex(author));
    if (past === undefined) return 'unknown';
    const role = this.member(author)?.role;
    if (role !== undefined && mayWrite(role, kind)) return 'writer';
    return (kind === 'desk' ? past.experts : past.all) ? 'former' : 'reader';
  }

  tidies(peer: Bytes): boolean {
    const role = this.member(peer)?.role;
    return role === undefined ? (this.#state.past.get(hex(peer))?.experts ?? false) : hearsExperts(role);
  }

  within(doc: DocId, actor: Bytes): bigint {
    return this.#state.within.get(withinKey(doc, actor)) ?? 0n;
  }

  anchors(doc: DocId): readonly Anchor[] {
    const key = docKey(doc);
    return this.#state.anchors.filter((anchor) => anchor.doc === key);
  }

  async #apply(bytes: Bytes): Promise<Applied> {
    const entry = await decodeEntry(bytes);
    const hash = hex(entry.hash);
    if (this.#tree.has(hash)) return 'known';
    if (!same(entry.sid, this.#state.sid)) throw new RosterRefused('other-session');
    const previous = this.#tree.get(hex(entry.prev));
    if (previous === undefined) throw new RosterRefused('unknown-previous');
    if (previous.children.length >= FORKS || this.#tree.size >= limits.TREE) {
      throw new RosterRefused('too-many-branches');
    }
    const atHead = same(entry.prev, this.#state.head);
    const before = atHead ? this.#state : await this.#stateAt(hex(entry.prev));
    const next = await followRoster(before, entry, false);
    const contested = previous.children.some((other) => same(this.#node(other).entry.signer, entry.signer));
    const signerAdmitted = before.members.get(hex(entry.signer))?.admitted ?? 0n;

    previous.children.push(hash);
    this.#tree.set(hash, { entry, children: [], signerAdmitted });
    let applied: Applied = 'extended';
    if (atHead) {
      this.#chain = [...this.#chain, hash];
      this.#state = next;
    } else {
      applied = await this.#resolve();
    }
    if (contested) this.#alarm = true;
    else if (applied === 'extended' && entry.kind.t === 'rekey') this.#alarm = false;
    return applied;
  }

  #node(hash: Hex): TreeNode {
    const node = this.#tree.get(hash);
    // Only hashes of the tree are ever asked for.
    if (node === undefined) throw new RosterRefused('unknown-previous');
    return node;
  }

  /** The state at any entry of the tree, replayed from genesis: forks are rare. */
  async #stateAt(hash: Hex): Promise<RosterState> {
    const path: Entry[] = [];
    for (let at = hash; at !== this.#genesis; at = hex(this.#node(at).entry.prev)) {
      path.unshift(this.#node(at).entry);
    }
    let state = await beginRoster(this.#node(this.#genesis).entry);
    for (const entry of path) state = await followRoster(state, entry, true);
    return state;
  }

  /** Chooses the winning chain of the whole tree, and makes it the roster's. */
  async #resolve(): Promise<Applied> {
    // Highest numbers first: the best continuation of every child is known before its parent's.
    const nodes = [...this.#tree].sort(([, a], [, b]) => Number(b.entry.n - a.entry.n));
    const next = new Map<Hex, Hex>();
    for (const [hash, node] of nodes) {
      const best = this.#best(node.children, next);
      if (best !== undefined) next.set(hash, best);
    }
    const chain = [this.#genesis];
    for (let at = next.get(this.#genesis); at !== undefined; at = next.get(at)) chain.push(at);
    if (chain.join() === this.#chain.join()) return 'lost';
    this.#state = await this.#stateAt(chain.at(-1) ?? this.#genesis);
    this.#chain = chain;
    return 'switched';
  }

  #best(children: readonly Hex[], next: ReadonlyMap<Hex, Hex>): Hex | undefined {
    if (children.length < 2) return children[0];
    const branches = children.map((first) => this.#branch(first, next));
    const standing = branches.filter(
      ({ taker }) => taker === null || !branches.some((other) => other.unseated.has(taker)),
    );
    const [best] = standing.sort(byRank);
    return best === undefined ? undefined : hex(best.first.entry.hash);
  }

  #branch(start: Hex, next: ReadonlyMap<Hex, Hex>): Branch {
    const first = this.#node(start);
    const taker = first.entry.kind.t === 'take' ? hex(first.entry.signer) : null;
    const unseated = new Set<Hex>();
    let { term } = first.entry;
    let leadInForce = true;
    for (let at: Hex | undefined = start; at !== undefined; at = next.get(at)) {
      const { entry } = this.#node(at);
      const { kind } = entry;
      ({ term } = entry);
      if (kind.t === 'take') leadInForce = false;
      else if (leadInForce && kind.t === 'remove') unseated.add(hex(kind.peer));
      else if (leadInForce && kind.t === 'role' && kind.role !== 'expert') unseated.add(hex(kind.peer));
    }
    return { first, taker, term, unseated };
  }
}

/** Highest term, then earliest signer, then lowest hash. */
function byRank(a: Branch, b: Branch): number {
  if (a.term !== b.term) return a.term > b.term ? -1 : 1;
  if (a.first.signerAdmitted !== b.first.signerAdmitted) {
    return a.first.signerAdmitted < b.first.signerAdmitted ? -1 : 1;
  }
  return compare(a.first.entry.hash, b.first.entry.hash);
}

function problemOf(error: unknown): RosterProblem {
  if (error instanceof RosterRefused) return error.problem;
  if (error instanceof Malformed) return 'malformed';
  throw error;
}
