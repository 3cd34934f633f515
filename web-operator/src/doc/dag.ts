/**
 * The graph of a document's envelopes: who wrote what on top of what.
 *
 * A node is an envelope whose every check has passed except the ones that depend on the roster. What
 * can be asked of the graph is a function of a node and its ancestors alone, never of what else
 * happens to be here: so every peer comes to the same verdict. Chains are linear: of two envelopes
 * with one actor and one number only one is ever a node.
 */
import { fromHex, hex, same, type Bytes } from '../seal/bytes.ts';
import type { DocKind, Hex } from '../seal/codes.ts';
import type { Envelope } from './envelope.ts';
import { containersOf, genesisActor, genesisChange } from './genesis.ts';
import { MAX_OP } from './limits.ts';
import { prescan, type ChangeShape, type Op, type OpId } from './prescan/prescan.ts';

/** Index of a node; ancestors have lower indices than their descendants. */
export type NodeIndex = number;

/** The genesis change, an ancestor of all. */
export const GENESIS: NodeIndex = 0;

/** A node keeps its whole clock when it merges, and at least this often. */
const CLOCK_STEP = 32;

/** An operation anywhere in the document: node and position in its change, in one number. */
type OpRef = number;
const OPS_PER_NODE = 8192;
const opRef = (node: NodeIndex, index: number): OpRef => node * OPS_PER_NODE + index;
const nodeOf = (op: OpRef): NodeIndex => Math.floor(op / OPS_PER_NODE);
const indexOf = (op: OpRef): number => op % OPS_PER_NODE;
/** Where genesis containers are: the root, in which nobody else works. */
const ROOT: OpRef = -1;

type Made = 'map' | 'list' | 'text' | 'scalar' | 'nothing';

/** What later operations may want to know of an operation. */
interface OpFact {
  readonly made: Made;
  readonly insert: boolean;
  readonly obj: OpRef;
  /** Two operations with equal places compete for one value: a key, or an element. */
  readonly place: string | OpRef;
}

export interface Node {
  /** Genesis has none. */
  readonly envelope: Envelope | null;
  readonly hash: Hex;
  readonly deps: readonly NodeIndex[];
  readonly startOp: bigint;
  readonly maxOp: bigint;
  readonly chain: number;
  readonly seq: number;
  readonly sinceClock: number;
  readonly clock: readonly number[] | null;
  readonly ops: readonly OpFact[];
}

/** A change ready to become a node. */
export interface Examined {
  readonly deps: readonly NodeIndex[];
  readonly ops: readonly OpFact[];
  readonly shape: ChangeShape;
}

/** Why a change does not fit its ancestors. */
export type Misfit =
  | { readonly t: 'missing'; readonly hash: Hex }
  | { readonly t: 'rootless' }
  | { readonly t: 'forgets-itself' }
  | { readonly t: 'start-op' };

/** It names what is not among its ancestors, or would change what its author did not make. */
export type OpFault = 'bad-reference' | 'foreign-object';

class Faulty extends Error {
  constructor(readonly fault: OpFault) {
    super(fault);
  }
}

export class Dag {
  readonly #nodes: Node[] = [];
  readonly #chains: NodeIndex[][] = [];
  readonly #chainOf = new Map<Hex, number>();
  readonly #byHash = new Map<Hex, NodeIndex>();
  readonly #byId = new Map<Hex, NodeIndex>();

  private constructor(
    readonly kind: DocKind,
    readonly genesisActor: Bytes,
    genesisHash: Bytes,
  ) {
    const ops = containersOf(kind).map(({ name, isText }): OpFact => ({
      made: isText ? 'text' : 'list',
      insert: false,
      obj: ROOT,
      place: name,
    }));
    this.#byHash.set(hex(genesisHash), GENESIS);
    this.#nodes.push({
      envelope: null,
      hash: hex(genesisHash),
      deps: [],
      startOp: 1n,
      maxOp: BigInt(ops.length),
      chain: -1,
      seq: 1,
      sinceClock: 0,
      clock: [],
      ops,
    });
  }

  /** The graph of a document that has only its genesis change. */
  static async begin(kind: DocKind): Promise<Dag> {
    const shape = await prescan(genesisChange(kind));
    // The compiled-in bytes pass the pre-scan: a test holds it.
    if (typeof shape === 'string') throw new Error(`genesis of ${kind}: ${shape}`);
    return new Dag(kind, await genesisActor(kind), shape.hash);
  }

  /** An empty graph of the same document. */
  fresh(): Dag {
    return new Dag(this.kind, this.genesisActor, fromHex(this.node(GENESIS).hash));
  }

  get size(): number {
    return this.#nodes.length;
  }

  get actors(): number {
    return this.#chains.length;
  }

  node(index: NodeIndex): Node {
    const node = this.#nodes[index];
    if (node === undefined) throw new RangeError('no such node');
    return node;
  }

  byId(id: Hex): NodeIndex | undefined {
    return this.#byId.get(id);
  }

  /** The nodes of an actor, by sequence number from 1. */
  chain(actor: Hex): readonly NodeIndex[] {
    const chain = this.#chainOf.get(actor);
    return chain === undefined ? [] : (this.#chains[chain] ?? []);
  }

  *chains(): Iterable<readonly [Hex, readonly NodeIndex[]]> {
    for (const [actor, chain] of this.#chainOf) yield [actor, this.#chains[chain] ?? []];
  }

  /** All envelopes, ancestors first. */
  *envelopes(): Iterable<readonly [NodeIndex, Envelope]> {
    for (const [index, { envelope }] of this.#nodes.entries()) if (envelope !== null) yield [index, envelope];
  }

  /** Finds the dependencies, and checks what the change's numbers and its chain must be on top of them. */
  locate(envelope: Envelope, shape: ChangeShape): readonly NodeIndex[] | Misfit {
    const deps: NodeIndex[] = [];
    for (const dep of shape.deps) {
      const node = this.#byHash.get(hex(dep));
      if (node === undefined) return { t: 'missing', hash: hex(dep) };
      deps.push(node);
    }
    if (deps.length === 0) return { t: 'rootless' };
    const highest = deps.reduce((most, dep) => bigger(most, this.node(dep).maxOp), 0n);
    if (shape.startOp !== highest + 1n || shape.maxOp >= BigInt(MAX_OP)) return { t: 'start-op' };
    const chain = this.#chainOf.get(hex(envelope.actor));
    if (chain !== undefined && BigInt(this.#latest(deps, chain)) !== envelope.seq - 1n) {
      return { t: 'forgets-itself' };
    }
    return deps;
  }

  /** Resolves every reference of the change among its ancestors and applies the op rule. */
  examine(envelope: Envelope, shape: ChangeShape, deps: readonly NodeIndex[]): Examined | OpFault {
    const own: OpFact[] = [];
    const scope = new Scope(this, shape, deps, own, envelope.author);
    try {
      for (const op of shape.ops) own.push(scope.judge(op));
    } catch (error) {
      if (error instanceof Faulty) return error.fault;
      throw error;
    }
    return { deps, ops: own, shape };
  }

  /** Adds an examined envelope. */
  insert(envelope: Envelope, { deps, ops, shape }: Examined): NodeIndex {
    const index = this.#nodes.length;
    const actor = hex(envelope.actor);
    let chain = this.#chainOf.get(actor);
    if (chain === undefined) {
      chain = this.#chains.length;
      this.#chainOf.set(actor, chain);
      this.#chains.push([]);
    }
    const nodes = this.#chains[chain] ?? [];
    nodes.push(index);
    const seq = nodes.length;
    const sinceClock = Math.max(...deps.map((dep) => this.node(dep).sinceClock + 1));
    const store = deps.length !== 1 || sinceClock >= CLOCK_STEP;
    let clock: number[] | null = null;
    if (store) {
      clock = this.#mergedClock(deps);
      while (clock.length <= chain) clock.push(0);
      clock[chain] = seq;
    }
    const hash = hex(shape.hash);
    this.#byHash.set(hash, index);
    this.#byId.set(hex(envelope.id), index);
    this.#nodes.push({
      envelope,
      hash,
      deps,
      startOp: shape.startOp,
      maxOp: shape.maxOp,
      chain,
      seq,
      sinceClock: store ? 0 : sinceClock,
      clock,
      ops,
    });
    return index;
  }

  /** The number of the change in which `actor` made the operation with this counter. */
  seqOf(actor: Hex, counter: bigint): number | undefined {
    const nodes = this.chain(actor);
    const at = this.#countStarted(nodes, counter);
    const node = nodes[at - 1];
    return node !== undefined && counter <= this.node(node).maxOp ? at : undefined;
  }

  /** Finds an operation of an actor that the nodes `deps` have among them or below. */
  find(actor: Bytes, counter: bigint, deps: readonly NodeIndex[]): OpRef | undefined {
    const chain = this.#chainOf.get(hex(actor));
    if (chain === undefined) return undefined;
    const nodes = this.#chains[chain] ?? [];
    const started = this.#countStarted(nodes, counter, this.#latest(deps, chain));
    const node = nodes[started - 1];
    if (node === undefined || counter > this.node(node).maxOp) return undefined;
    return opRef(node, Number(counter - this.node(node).startOp));
  }

  /** How many of a chain's first `among` nodes begin at or below `counter`. */
  #countStarted(nodes: readonly NodeIndex[], counter: bigint, among = nodes.length): number {
    let low = 0;
    let high = among;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.node(nodes[middle] ?? 0).startOp <= counter) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The highest sequence number of a chain at or below any of `nodes`. */
  #latest(nodes: readonly NodeIndex[], chain: number): number {
    return nodes.reduce((most, node) => Math.max(most, this.#latestAt(node, chain)), 0);
  }

  #latestAt(start: NodeIndex, chain: number): number {
    for (let index = start; ;) {
      const node = this.node(index);
      if (node.chain === chain) return node.seq;
      if (node.clock !== null) return node.clock[chain] ?? 0;
      // Without a clock a node has exactly one dependency.
      index = node.deps[0] ?? GENESIS;
    }
  }

  #mergedClock(deps: readonly NodeIndex[]): number[] {
    const merged: number[] = [];
    const raise = (chain: number, seq: number): void => {
      while (merged.length <= chain) merged.push(0);
      merged[chain] = Math.max(merged[chain] ?? 0, seq);
    };
    for (const dep of deps) {
      for (let index = dep; ;) {
        const node = this.node(index);
        if (node.chain >= 0) raise(node.chain, node.seq);
        if (node.clock !== null) {
          for (const [chain, seq] of node.clock.entries()) raise(chain, seq);
          break;
        }
        index = node.deps[0] ?? GENESIS;
      }
    }
    return merged;
  }
}

/** What one operation of a change can see: its ancestors, and the operations before it in the change. */
class Scope {
  constructor(
    readonly dag: Dag,
    readonly shape: ChangeShape,
    readonly deps: readonly NodeIndex[],
    readonly own: readonly OpFact[],
    readonly author: Bytes,
  ) {}

  /** The facts of the operation; throws `Faulty`. */
  judge(op: Op): OpFact {
    if (op.obj === null) throw new Faulty('foreign-object');
    const obj = this.#resolve(op.obj);
    if (nodeOf(obj) !== GENESIS && !this.#mayTouch(obj)) throw new Faulty('foreign-object');
    const place = this.#place(op, obj);
    for (const pred of op.preds) this.#judgePred(this.#resolve(pred), obj, place);
    return { made: madeBy(op), insert: op.insert, obj, place };
  }

  #place(op: Op, obj: OpRef): string | OpRef {
    const holder = this.#fact(obj).made;
    const { key } = op;
    if (holder === 'map' && key.t === 'prop') return key.name;
    if ((holder !== 'list' && holder !== 'text') || key.t === 'prop') throw new Faulty('bad-reference');
    const element = key.t === 'head' ? null : this.#element(key.id, obj);
    if (op.insert) {
      if (holder === 'text' && !op.setsText) throw new Faulty('bad-reference');
      // An inserted element is its own place.
      return opRef(this.dag.size, this.own.length);
    }
    if (element === null) throw new Faulty('bad-reference');
    if (!this.#mayTouch(element)) throw new Faulty('foreign-object');
    if (holder === 'text' && op.action !== 'delete') throw new Faulty('bad-reference');
    return element;
  }

  #judgePred(pred: OpRef, obj: OpRef, place: string | OpRef): void {
    const fact = this.#fact(pred);
    if (fact.made === 'nothing' || fact.obj !== obj || fact.place !== place)
      throw new Faulty('bad-reference');
    if (!this.#mayTouch(pred)) throw new Faulty('foreign-object');
  }

  #element(id: OpId, obj: OpRef): OpRef {
    const element = this.#resolve(id);
    const fact = this.#fact(element);
    if (!fact.insert || fact.obj !== obj) throw new Faulty('bad-reference');
    return element;
  }

  /** Finds an operation among the ancestors or earlier in this change. */
  #resolve({ actor, counter }: OpId): OpRef {
    const bytes = this.shape.actors[actor];
    if (bytes === undefined) throw new Faulty('bad-reference');
    if (bytes.length === this.dag.genesisActor.length) {
      const containers = this.dag.node(GENESIS).ops.length;
      if (!same(bytes, this.dag.genesisActor) || counter > containers) throw new Faulty('bad-reference');
      return opRef(GENESIS, counter - 1);
    }
    const wide = BigInt(counter);
    if (actor === 0 && wide >= this.shape.startOp) {
      const index = Number(wide - this.shape.startOp);
      if (index >= this.own.length) throw new Faulty('bad-reference');
      return opRef(this.dag.size, index);
    }
    const found = this.dag.find(bytes, wide, this.deps);
    if (found === undefined) throw new Faulty('bad-reference');
    return found;
  }

  #fact(op: OpRef): OpFact {
    const ops = nodeOf(op) === this.dag.size ? this.own : this.dag.node(nodeOf(op)).ops;
    const fact = ops[indexOf(op)];
    if (fact === undefined) throw new Faulty('bad-reference');
    return fact;
  }

  /** Shared texts belong to all; everywhere else an author touches only what it made. */
  #mayTouch(op: OpRef): boolean {
    const node = nodeOf(op);
    if (this.dag.kind === 'text' && node !== GENESIS) return true;
    if (node === this.dag.size) return true;
    const author = this.dag.node(node).envelope?.author;
    return author !== undefined && same(author, this.author);
  }
}

function madeBy(op: Op): Made {
  switch (op.action) {
    case 'make-map':
      return 'map';
    case 'make-list':
      return 'list';
    case 'make-text':
      return 'text';
    case 'set':
      return 'scalar';
    case 'delete':
      return 'nothing';
  }
}

function bigger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
