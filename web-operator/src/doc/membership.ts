/** What a document's log asks of the roster. */
import type { Bytes } from '../seal/bytes.ts';
import type { DocKind, Role } from '../seal/codes.ts';
import type { DocId } from './envelope.ts';

/** One author's standing towards one kind of document. */
export type Standing =
  /** Never a member. */
  | 'unknown'
  /** May write now. */
  | 'writer'
  /** Might write once, and no longer: what lies within its cuts counts. */
  | 'former'
  /** A member, or one that left, that never might write. */
  | 'reader';

/** A point at which the roster names the envelope of an actor. */
export interface Anchor {
  readonly actor: Bytes;
  readonly seq: bigint;
  readonly id: Bytes;
}

export interface Membership {
  readonly sid: Bytes;
  /** The highest epoch an envelope may name. */
  readonly epoch: bigint;
  standing(author: Bytes, kind: DocKind): Standing;
  /**
   * Whether what somebody hides, erases or shows again counts also where it is another's: for experts, and
   * for those who were when they left.
   */
  tidies(peer: Bytes): boolean;
  /** How far envelopes of a former writer's actor count; 0 when there is no cut. */
  within(doc: DocId, actor: Bytes): bigint;
  /** In the order of their entries. */
  anchors(doc: DocId): readonly Anchor[];
}

/** Whether a role reads what the experts' audience reads. */
export function hearsExperts(role: Role): boolean {
  return role === 'lead' || role === 'expert';
}

/** Viewers never write; the desk is the experts'. */
export function mayWrite(role: Role, kind: DocKind): boolean {
  return role !== 'viewer' && (kind !== 'desk' || hearsExperts(role));
}
