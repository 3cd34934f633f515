/** Why the camera could not be had, in the page's words. */

export type CameraProblem =
  /** The person or the browser's settings said no. */
  | 'denied'
  /** The question was closed without an answer: just ask again. */
  | 'dismissed'
  /** No camera at all. */
  | 'missing'
  /** Another app has it, or the system cannot start it. */
  | 'busy'
  /** It ran and was taken away. */
  | 'lost'
  /** The page was not opened over https, so browsers give no camera. */
  | 'insecure';

/** A refusal that comes faster than this was not a person's: it is remembered by the browser. */
const FASTER_THAN_A_PERSON_MS = 250;

/** Reads what `getUserMedia` threw after `tookMs`. */
export function classify(error: unknown, tookMs: number): CameraProblem {
  const name = error instanceof Error ? error.name : '';
  const message = error instanceof Error ? error.message : '';
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
    case 'PermissionDeniedError':
      return /dismiss/i.test(message) && tookMs > FASTER_THAN_A_PERSON_MS ? 'dismissed' : 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
    case 'DevicesNotFoundError':
      return 'missing';
    case 'NotReadableError':
    case 'AbortError':
    case 'TrackStartError':
    case 'InvalidStateError':
      return 'busy';
    case 'TypeError':
      return 'insecure';
    default:
      return 'busy';
  }
}
