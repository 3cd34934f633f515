/** Two envelopes with one actor and one number: proofs, freezing, and the roster's choice. */
import { compare, hex, same, type Bytes } from '../seal/bytes.ts';
import type { Hex } from '../seal/codes.ts';
import { decodeEnvelope, docKey, envelopeSignatureHolds, type Envelope } from './envelope.ts';
import { PROOFS } from './limits.ts';
import type { Anchor } from './membership.ts';

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

export class Forks {
  /** Well-formed envelopes that contradict a node or the roster's choice. */
  readonly others = new Map<Hex, Envelope>();
  /** At most one point per actor: the earliest. */
  readonly #proofs = new Map<Hex, Proof>();
  /** By actor and number: the envelope that the roster names. */
  readonly #anchors = new Map<Hex, Map<bigint, Hex>>();

  /** By actor. */
  get proofs(): readonly Proof[] {
    return [...this.#proofs.values()].sort((a, b) => compare(a.low.actor, b.low.actor));
  }

  get hasAnchors(): boolean {
    return this.#anchors.size > 0;
  }

  contested(actor: Hex): boolean {
    return this.#proofs.has(actor);
  }

  /** Whether this or an earlier equivocation of the actor is known. */
  knows(proof: Proof): boolean {
    const known = this.#proofs.get(hex(proof.low.actor));
    return known !== undefined && known.low.seq <= proof.low.seq;
  }

  /** True when the proof is news. */
  remember(proof: Proof): boolean {
    const actor = hex(proof.low.actor);
    if (this.knows(proof)) return false;
    if (!this.#proofs.has(actor) && this.#proofs.size >= PROOFS) return false;
    this.#proofs.set(actor, proof);
    return true;
  }

  isFrozen(actor: Hex, seq: bigint): boolean {
    const proof = this.#proofs.get(actor);
    if (proof === undefined || proof.low.seq > seq) return false;
    // A point at or above the fork fixes everything below it, by the chain of hashes.
    return this.anchorsFrom(actor, proof.low.seq).length === 0;
  }

  anchorAt(actor: Hex, seq: bigint): Hex | undefined {
    return this.#anchors.get(actor)?.get(seq);
  }

  anchorsFrom(actor: Hex, seq: bigint): readonly (readonly [bigint, Hex])[] {
    return [...(this.#anchors.get(actor) ?? [])].filter(([at]) => at >= seq);
  }

  allAnchors(): readonly (readonly [Hex, bigint, Hex])[] {
    return [...this.#anchors].flatMap(([actor, points]) =>
      [...points].map(([seq, id]) => [actor, seq, id] as const),
    );
  }

  /** Reads the points that the roster pins. Where two entries name different envelopes, the later counts. */
  readAnchors(anchors: readonly Anchor[]): void {
    this.#anchors.clear();
    for (const { actor, seq, id } of anchors) {
      if (seq === 0n) continue;
      const key = hex(actor);
      const points = this.#anchors.get(key) ?? new Map<bigint, Hex>();
      this.#anchors.set(key, points.set(seq, hex(id)));
    }
  }

  /** An envelope that is named names its predecessor, and so on, as far as they are here. */
  followAnchors(pending: readonly Envelope[]): void {
    if (!this.hasAnchors) return;
    const known = [...this.others.values(), ...pending, ...this.#ofProofs()];
    known.sort((a, b) => (a.seq < b.seq ? 1 : a.seq > b.seq ? -1 : 0));
    for (const { actor, seq, id, prev } of known) {
      const points = this.#anchors.get(hex(actor));
      if (points === undefined || seq <= 1n || points.get(seq) !== hex(id)) continue;
      if (!points.has(seq - 1n)) points.set(seq - 1n, hex(prev));
    }
  }

  /** Whether an envelope that the roster names lies among the contradictions. */
  hasAnchoredOther(isHere: (id: Hex) => boolean): boolean {
    return [...this.others.values(), ...this.#ofProofs()].some(({ actor, seq, id }) => {
      return this.anchorAt(hex(actor), seq) === hex(id) && !isHere(hex(id));
    });
  }

  #ofProofs(): Envelope[] {
    return [...this.#proofs.values()].flatMap(({ low, high }) => [low, high]);
  }
}
