/** What a person is told for each way in which others say no. */
import type { RecordProblem } from '../seal/invite.ts';
import type { Refusal } from '../seal/reply.ts';
import type { RequestFailure } from '../switchboard/client.ts';
import type { ErrorCode } from './facade.ts';

const REFUSALS: Readonly<Record<Refusal, ErrorCode>> = {
  'by-expert': 'knock-refused',
  expired: 'link-expired',
  'not-yet-valid': 'link-not-yet-valid',
  'used-up': 'link-used-up',
  revoked: 'link-revoked',
  'too-many-knocks': 'knock-too-many',
  'bad-knock': 'knock-damaged',
  removed: 'removed',
  'session-closed': 'session-closed',
  busy: 'expert-busy',
  'unsupported-version': 'version-unsupported',
};

export function refusalError(reason: Refusal): ErrorCode {
  return REFUSALS[reason];
}

/** Refusals after which waiting and asking again makes sense. */
export function isPassing(reason: Refusal): boolean {
  return reason === 'busy' || reason === 'too-many-knocks' || reason === 'bad-knock';
}

/** Refusals that end the session for this person. */
export function endsSession(reason: Refusal): boolean {
  return reason === 'removed' || reason === 'session-closed';
}

export function recordError(problem: RecordProblem): ErrorCode {
  if (problem === 'unsupported-version') return 'version-unsupported';
  return problem === 'went-back' ? 'record-older' : 'record-forged';
}

/** Null: the way to the switchboard was lost, and the request is repeated by itself. */
export function recordRequestError(failure: RequestFailure): ErrorCode | null {
  switch (failure) {
    case 'not-found':
      return 'link-unknown';
    case 'expired':
      return 'link-expired';
    case 'offline':
    case 'timeout':
    case 'shutting-down':
      return null;
    default:
      return 'rendezvous-refused';
  }
}
