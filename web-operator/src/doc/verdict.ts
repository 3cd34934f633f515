/** What becomes of an envelope, with every reason for which one is refused. */
import type { PrescanProblem } from './prescan/prescan.ts';

/** In the order of the checks. */
export type Reason =
  | 'oversize'
  | 'malformed'
  | 'unknown-version'
  | 'other-session'
  | 'unknown-document'
  | 'unknown-author'
  | 'bad-signature'
  | 'chunk'
  | 'actor-mismatch'
  | 'wrong-sequence'
  | 'future-epoch'
  | 'epoch-back'
  | 'settled-otherwise'
  | 'equivocation'
  | 'prev-mismatch'
  | 'pending-full'
  | 'start-op'
  | 'role-not-allowed'
  | 'beyond-cut'
  | 'frozen'
  | 'foreign-object'
  | 'bad-reference'
  | 'too-many-actors'
  | 'author-budget'
  | 'aside-full';

export type Verdict =
  /** It is part of the document. */
  | { readonly t: 'accepted' }
  /** It waits for an envelope that it builds on. */
  | { readonly t: 'pending' }
  | { readonly t: 'duplicate' }
  /** `chunk`: what the pre-scan said. */
  | { readonly t: 'refused'; readonly reason: Reason; readonly chunk?: PrescanProblem };

export const ACCEPTED: Verdict = { t: 'accepted' };
export const PENDING: Verdict = { t: 'pending' };
export const DUPLICATE: Verdict = { t: 'duplicate' };

const EARLY: ReadonlySet<Reason> = new Set<Reason>(['unknown-author', 'future-epoch', 'pending-full']);

/** Whether an envelope may be welcome later that is not stored now. */
export function isEarly(verdict: Verdict): boolean {
  if (verdict.t === 'refused') return EARLY.has(verdict.reason);
  return verdict.t === 'pending' || verdict.t === 'duplicate';
}

/** Reasons for which no honest peer passes an envelope on, however its roster and documents differ. */
const NEVER_HONEST: ReadonlySet<Reason> = new Set<Reason>([
  'oversize',
  'malformed',
  'unknown-version',
  'other-session',
  'bad-signature',
  'chunk',
  'actor-mismatch',
  'wrong-sequence',
  'epoch-back',
  'start-op',
  'foreign-object',
  'bad-reference',
]);

export function isNeverHonest(reason: Reason): boolean {
  return NEVER_HONEST.has(reason);
}

/** How often each reason occurred. */
export class Counters {
  readonly #counts = new Map<string, number>();

  count(reason: string): void {
    this.#counts.set(reason, this.of(reason) + 1);
  }

  of(reason: string): number {
    return this.#counts.get(reason) ?? 0;
  }

  all(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
