/** Two envelopes with one actor and one number: proofs, freezing, and the roster's choice. */
import { compare, hex, same, type Bytes } from '../seal/bytes.ts';
import type { Hex } from '../seal/codes.ts';
import { decodeEnvelope, docKey, envelopeSignatureHolds, type Envelope } from './envelope.ts';
import { ASIDE_BYTES, ASIDE_PER_AUTHOR, PROOFS } from './limits.ts';
import type { Anchor } from './membership.ts';
import { held, type Held, type Trust } from './pending.ts';

/** Both signed envelopes of an equivocation, the one with the lower id first. */
export interface Proof {
  readonly low: Envelope;
  readonly high: Envelope;
}

/** A proof, if the two contradict each other. */
export function proofOf(a: Envelope, b: Envelope): Proof | null {
  const sameSeq =
    same(a.sid, b.sid) && docKey(a.doc) === docKey(b.doc) && same(a.actor, b.actor) && a.seq === b.seq;
  const order = compare(a.id, b.id);
  if (!sameSeq || order === 0) return null;
  return order < 0 ? { low: a, high: b } : { low: b, high: a };
}

/** Decodes and checks a proof from the network, signatures included. */
export async function decodeProof(a: Bytes, b: Bytes): Promise<Proof | null> {
  const first = await decodeEnvelope(a);
  const second = await decodeEnvelope(b);
  if (typeof first === 'string' || typeof second === 'string') return null;
  const proof = proofOf(first, second);
  if (proof === null) return null;
  return (await envelopeSignatureHolds(first)) && (await envelopeSignatureHolds(second)) ? proof : null;
}

/** The envelope that the roster gives a place to. */
interface Pin {
  readonly id: Hex;
  /**
   * The number of the naming entry among those that name something here. Of two that contradict each
   * other, at one place or because one chain cannot hold both, the later counts.
   */
  readonly rank: number;
}

export class Forks {
  /** Well-formed envelopes that contradict a node or the roster's choice. */
  readonly #others = new Map<Hex, Held>();
  #othersBytes = 0;
  /** At most one point per actor: the earliest. */
  readonly #proofs = new Map<Hex, Proof>();
  /** By actor and number: the envelope that the roster names. */
  readonly #anchors = new Map<Hex, Map<bigint, Pin>>();

  /** `heldId`: the envelope that the graph has at a place of an actor's chain. `waiting`: one that is pending. */
  constructor(
    readonly heldId: (actor: Hex, seq: bigint) => Hex | undefined,
    readonly waiting: (id: Hex) => Envelope | undefined,
  ) {}

  /** By actor. */
  get proofs(): readonly Proof[] {
    return [...this.#proofs.values()].sort((a, b) => compare(a.low.actor, b.low.actor));
  }

  get otherEnvelopes(): readonly Envelope[] {
    return [...this.#others.values()].map(({ envelope }) => envelope);
  }

  /** Keeps a contradiction, as far as there is room; true when it is new. */
  keep(envelope: Envelope, trust: Trust): boolean {
    const length = envelope.bytes.length;
    const room = this.#others.size < ASIDE_PER_AUTHOR && this.#othersBytes + length <= ASIDE_BYTES;
    const key = hex(envelope.id);
    if ((!room && trust !== 'stored') || this.#others.has(key)) return false;
    this.#othersBytes += length;
    this.#others.set(key, held(envelope, trust));
    return true;
  }

  /** It is a contradiction no longer. */
  drop(envelope: Envelope): void {
    if (this.#others.delete(hex(envelope.id))) this.#othersBytes -= envelope.bytes.length;
  }

  /** Takes out all contradictions, in the order of ids. */
  drainOthers(): readonly Held[] {
    const all = [...this.#others.values()].sort((a, b) => compare(a.envelope.id, b.envelope.id));
    this.#others.clear();
    this.#othersBytes = 0;
    return all;
  }

  get hasAnchors(): boolean {
    return this.#anchors.size > 0;
  }

  contested(actor: Hex): boolean {
    return this.#proofs.has(actor);
  }

  /** One open proof per actor is enough; the one that lies deeper says more. */
  isNews(proof: Proof): boolean {
    const known = this.#proofs.get(hex(proof.low.actor));
    if (known === undefined) return true;
    if (same(known.low.id, proof.low.id) && same(known.high.id, proof.high.id)) return false;
    return proof.low.seq < known.low.seq || !this.#isOpen(known);
  }

  /** True when the proof is kept. */
  remember(proof: Proof): boolean {
    const actor = hex(proof.low.actor);
    const full = this.#proofs.size >= PROOFS && !this.#proofs.has(actor);
    if (full || !this.isNews(proof)) return false;
    this.#proofs.set(actor, proof);
    return true;
  }

  /** Whether the actor equivocated at or below this number, and nobody has settled it. */
  isFrozen(actor: Hex, seq: bigint): boolean {
    const proof = this.#proofs.get(actor);
    return proof !== undefined && proof.low.seq <= seq && this.#isOpen(proof);
  }

  /**
   * Whether an envelope that is not here is known to be off the chain that the roster chose: it, or
   * what it follows as far as that is known, has a place that is given to another one.
   */
  isOff(envelope: Envelope): boolean {
    const actor = hex(envelope.actor);
    if (!this.#anchors.has(actor)) return false;
    let { seq } = envelope;
    let id = hex(envelope.id);
    let prev: Hex | undefined = hex(envelope.prev);
    for (;;) {
      const chosen = this.#chosen(actor, seq);
      if (chosen !== undefined && chosen !== id) return true;
      if (prev === undefined || seq <= 1n) return false;
      seq -= 1n;
      id = prev;
      const below = this.#known(id);
      prev = below === undefined ? undefined : hex(below.prev);
    }
  }

  /** An envelope that is kept without being a node. */
  #known(id: Hex): Envelope | undefined {
    return (
      this.#others.get(id)?.envelope ??
      this.waiting(id) ??
      this.#ofProofs().find((envelope) => hex(envelope.id) === id)
    );
  }

  #chosen(actor: Hex, seq: bigint): Hex | undefined {
    const anchored = this.anchorAt(actor, seq);
    if (anchored !== undefined) return anchored;
    // Below a named envelope of the chain that is here, that chain is the chosen one.
    const pinned = this.#anchorsFrom(actor, seq).some(([at, id]) => this.heldId(actor, at) === id);
    return pinned ? this.heldId(actor, seq) : undefined;
  }

  /** A point at or above the fork fixes everything below it, by the chain of hashes. */
  #isOpen({ low, high }: Proof): boolean {
    const settled = this.#anchorsFrom(hex(low.actor), low.seq).length > 0;
    return !settled && !this.isOff(low) && !this.isOff(high);
  }

  anchorAt(actor: Hex, seq: bigint): Hex | undefined {
    return this.#anchors.get(actor)?.get(seq)?.id;
  }

  #anchorsFrom(actor: Hex, seq: bigint): readonly (readonly [bigint, Hex])[] {
    const points = [...(this.#anchors.get(actor) ?? [])];
    return points.filter(([at]) => at >= seq).map(([at, { id }]) => [at, id] as const);
  }

  allAnchors(): readonly (readonly [Hex, bigint, Hex])[] {
    return [...this.#anchors].flatMap(([actor, points]) =>
      [...points].map(([seq, { id }]) => [actor, seq, id] as const),
    );
  }

  /** Reads the points that the roster pins. Where two entries name different envelopes, the later counts. */
  readAnchors(anchors: readonly Anchor[]): void {
    this.#anchors.clear();
    for (const [rank, { actor, seq, id }] of anchors.entries()) {
      if (seq === 0n) continue;
      const key = hex(actor);
      const points = this.#anchors.get(key) ?? new Map<bigint, Pin>();
      this.#anchors.set(key, points.set(seq, { id: hex(id), rank }));
    }
  }

  /**
   * An envelope that is named names its predecessor, and so on, as far as they are here: `kept` are
   * those that wait, and at need the nodes.
   */
  followAnchors(kept: readonly Envelope[]): void {
    if (!this.hasAnchors) return;
    const known = [...this.otherEnvelopes, ...kept, ...this.#ofProofs()];
    known.sort((a, b) => (a.seq < b.seq ? 1 : a.seq > b.seq ? -1 : 0));
    for (const { actor, seq, id, prev } of known) {
      const points = this.#anchors.get(hex(actor));
      const pin = points?.get(seq);
      if (points === undefined || seq <= 1n || pin?.id !== hex(id)) continue;
      const below = points.get(seq - 1n);
      if (below === undefined || below.rank < pin.rank) {
        points.set(seq - 1n, { id: hex(prev), rank: pin.rank });
      }
    }
  }

  /** Whether an envelope that the roster names lies among the contradictions. */
  hasAnchoredOther(isHere: (id: Hex) => boolean): boolean {
    return [...this.otherEnvelopes, ...this.#ofProofs()].some(({ actor, seq, id }) => {
      return this.anchorAt(hex(actor), seq) === hex(id) && !isHere(hex(id));
    });
  }

  #ofProofs(): Envelope[] {
    return [...this.#proofs.values()].flatMap(({ low, high }) => [low, high]);
  }
}
