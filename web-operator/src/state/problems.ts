/** Each failure as a screen: a sentence of what happened, one of what to do, and a button that does it. */
import type { ErrorCode } from '../session/facade';

/** What the button of a problem does. */
export type Remedy =
  /** Try the same again now. */
  | 'retry'
  /** Load the page again. */
  | 'reload'
  /** Write to the expert, by the phone's own means, that a new link is needed. */
  | 'ask-new-link'
  /** Paste the whole link into a field. */
  | 'paste-link'
  /** Open this address by https. */
  | 'open-secure'
  /** Look at what was written. */
  | 'sessions'
  | 'none';

export interface Problem {
  readonly code: ErrorCode | 'insecure';
  /** Message ids of the two sentences and of the button. */
  readonly title: string;
  readonly advice: string;
  readonly remedy: Remedy;
  readonly button: string;
  /** `stop`: somebody may be deceiving the person; shown in the danger colour. */
  readonly tone: 'plain' | 'warn' | 'stop';
}

const REMEDIES: Readonly<Record<ErrorCode | 'insecure', readonly [Remedy, Problem['tone']]>> = {
  'link-wrong': ['paste-link', 'plain'],
  'link-cut': ['paste-link', 'plain'],
  'link-unknown': ['ask-new-link', 'plain'],
  'link-expired': ['ask-new-link', 'plain'],
  'link-not-yet-valid': ['retry', 'plain'],
  'link-used-up': ['ask-new-link', 'plain'],
  'link-revoked': ['ask-new-link', 'plain'],
  'record-forged': ['ask-new-link', 'stop'],
  'record-older': ['retry', 'stop'],
  'knock-refused': ['ask-new-link', 'plain'],
  'knock-too-many': ['retry', 'plain'],
  'knock-damaged': ['reload', 'warn'],
  removed: ['sessions', 'plain'],
  'session-closed': ['sessions', 'plain'],
  'expert-busy': ['retry', 'plain'],
  'expert-unproved': ['retry', 'stop'],
  'version-unsupported': ['reload', 'warn'],
  'rendezvous-down': ['retry', 'warn'],
  'rendezvous-refused': ['retry', 'warn'],
  'connection-failed': ['retry', 'warn'],
  'link-unproved': ['retry', 'stop'],
  'browser-too-old': ['none', 'warn'],
  'documents-failed': ['reload', 'warn'],
  'storage-full': ['retry', 'warn'],
  'storage-missing': ['none', 'warn'],
  'text-too-long': ['none', 'warn'],
  'outbox-full': ['none', 'warn'],
  insecure: ['open-secure', 'warn'],
};

/** Failures that leave nothing else to do on this screen, whatever the phase. */
export const FULL_SCREEN_ERRORS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'link-wrong',
  'link-cut',
  'link-unknown',
  'link-expired',
  'link-not-yet-valid',
  'link-used-up',
  'link-revoked',
  'record-forged',
  'record-older',
  'knock-refused',
  'knock-too-many',
  'knock-damaged',
  'removed',
  'expert-unproved',
  'version-unsupported',
  'browser-too-old',
]);

/** All codes, for tests of the languages. */
export const ALL_PROBLEMS = Object.keys(REMEDIES) as (ErrorCode | 'insecure')[];

export function problemOf(code: ErrorCode | 'insecure'): Problem {
  const [remedy, tone] = REMEDIES[code];
  return {
    code,
    title: `error-${code}`,
    advice: `error-${code}-do`,
    remedy,
    button: `remedy-${remedy}`,
    tone,
  };
}
