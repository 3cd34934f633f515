/**
 * The holder's way from a link to a proved link, as data: inputs only, no clock, no network.
 *
 * `step` takes the state and what happened and gives the next state with the effects to start. The
 * driver runs effects and reports back; a result of an attempt that is over is dropped there. Each
 * state has at most one timer, and leaving a state cancels it.
 */
import type { ErrorCode, Phase } from './facade.ts';
import * as limits from '../seal/limits.ts';

export type State =
  | { readonly at: 'idle' }
  /** The record is being fetched. */
  | { readonly at: 'opening' }
  /** The knock is out and nothing came back yet. */
  | { readonly at: 'knocking'; readonly since: number }
  /** `nobody`: no expert is there to see it now. */
  | { readonly at: 'waiting'; readonly nobody: boolean }
  /** A member without a link calls. `was`: there was a link before. */
  | {
      readonly at: 'calling';
      readonly since: number;
      readonly attempt: number;
      readonly behind: number;
      readonly was: boolean;
      readonly nobody: boolean;
    }
  /** Offer and answer met. */
  | { readonly at: 'connecting'; readonly attempt: number; readonly was: boolean }
  | { readonly at: 'linked' }
  /** The link is silent; it may come back by itself. */
  | { readonly at: 'silent' }
  | { readonly at: 'refused'; readonly error: ErrorCode }
  | { readonly at: 'ended'; readonly error: ErrorCode | null };

export type Input =
  /** Nothing known yet / a knock lies there / a member comes back. */
  | { readonly t: 'start'; readonly as: 'holder' | 'knocked' | 'member' }
  | { readonly t: 'online' }
  | { readonly t: 'record-opened' }
  | { readonly t: 'record-failed'; readonly error: ErrorCode }
  /** The switchboard had nobody to give the knock to. */
  | { readonly t: 'knock-unheard' }
  /** It had somebody to give the call to, or not. */
  | { readonly t: 'call-delivered' }
  | { readonly t: 'call-unheard' }
  | { readonly t: 'told-to-wait' }
  | { readonly t: 'refused'; readonly error: ErrorCode; readonly passing: boolean }
  | { readonly t: 'session-over'; readonly error: ErrorCode | null }
  /** `answered`: with an answer to the offer that still stands. */
  | { readonly t: 'admitted'; readonly answered: boolean }
  | { readonly t: 'behind' }
  | { readonly t: 'welcomed-back'; readonly answered: boolean }
  | { readonly t: 'proved' }
  | { readonly t: 'attempt-failed' }
  | { readonly t: 'fell-silent' }
  | { readonly t: 'heard-again' }
  | { readonly t: 'link-lost' }
  | { readonly t: 'timer' }
  | { readonly t: 'retry' }
  | { readonly t: 'leave' };

export type Effect =
  | { readonly do: 'fetch-record' }
  | { readonly do: 'make-knock' }
  /** The stored bytes again: same id, same answer. */
  | { readonly do: 'send-knock' }
  /** Put what is not stored yet, read what the experts wrote. */
  | { readonly do: 'sync-waiting-room' }
  | { readonly do: 'make-call' }
  /** The connection that is being made, not a proved one. */
  | { readonly do: 'drop-attempt' }
  | { readonly do: 'drop-link' }
  | { readonly do: 'say-bye' }
  | { readonly do: 'timer'; readonly ms: number };

export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}

/** While nobody is there, the knock is repeated this often: a switchboard answers it at once. */
export const NOBODY_REPEAT_MS = 5000;
/** While the expert decides, the knock is repeated this rarely, to learn that the expert went away. */
export const WAITING_REPEAT_MS = 15_000;
/** A silent link is given this long to come back before a call is made beside it. */
export const SILENT_GRACE_MS = 1000;

const CALL_FIRST_MS = 400;
const CALL_MAX_MS = 5000;

/** Waits between calls: 0.4, 0.8, 1.6, 3.2, 5 s. A person looks at the page meanwhile. */
export function callWait(attempt: number): number {
  return Math.min(CALL_MAX_MS, CALL_FIRST_MS * 2 ** Math.min(attempt, 10));
}

export function phaseOf(state: State): Phase {
  switch (state.at) {
    case 'waiting':
      return state.nobody ? 'away' : 'waiting';
    case 'calling':
      if (state.nobody) return 'away';
      return state.was ? 'reconnecting' : 'admitted';
    case 'connecting':
      return state.was ? 'reconnecting' : 'admitted';
    case 'silent':
      return 'reconnecting';
    default:
      return state.at;
  }
}

export function step(state: State, input: Input, now: number): Step {
  // What ends or restarts a session does so from everywhere.
  switch (input.t) {
    case 'start':
      return started(input.as, now);
    case 'leave':
      return next(
        { at: 'ended', error: null },
        { do: 'say-bye' },
        { do: 'drop-attempt' },
        { do: 'drop-link' },
      );
    case 'session-over':
      return next({ at: 'ended', error: input.error }, { do: 'drop-attempt' }, { do: 'drop-link' });
    case 'admitted':
      return state.at === 'knocking' || state.at === 'waiting' ? admitted(input.answered, now) : same(state);
    case 'heard-again':
      return heardAgain(state);
    // On a fast path the link is proved before the answer that opened it was dealt with to its end.
    case 'proved':
      return isAsking(state) ? next({ at: 'linked' }) : same(state);
    default:
  }
  switch (state.at) {
    case 'opening':
      return opening(state, input, now);
    case 'knocking':
      return knocking(state, input, now);
    case 'waiting':
      return waiting(state, input);
    case 'calling':
      return calling(state, input, now);
    case 'connecting':
      return connecting(state, input, now);
    case 'linked':
    case 'silent':
      return linked(state, input, now);
    case 'refused':
      return input.t === 'retry' ? started('holder', now) : same(state);
    case 'idle':
    case 'ended':
      return same(state);
  }
}

function isAsking(state: State): boolean {
  return ['knocking', 'waiting', 'calling', 'connecting'].includes(state.at);
}

function started(as: 'holder' | 'knocked' | 'member', now: number): Step {
  switch (as) {
    case 'holder':
      return next({ at: 'opening' }, { do: 'fetch-record' });
    case 'knocked':
      return next(
        { at: 'knocking', since: now },
        { do: 'send-knock' },
        { do: 'sync-waiting-room' },
        timer(limits.KNOCK_REPEAT_MS),
      );
    case 'member':
      return call({ was: false, attempt: 0, behind: 0, nobody: false }, now);
  }
}

function opening(state: State, input: Input, now: number): Step {
  switch (input.t) {
    case 'online':
    case 'retry':
      return next(state, { do: 'fetch-record' });
    case 'record-opened':
      return next({ at: 'knocking', since: now }, { do: 'make-knock' }, timer(limits.KNOCK_REPEAT_MS));
    case 'record-failed':
      return next({ at: 'refused', error: input.error });
    default:
      return same(state);
  }
}

function knocking(state: Extract<State, { at: 'knocking' }>, input: Input, now: number): Step {
  switch (input.t) {
    case 'timer':
      if (now - state.since < limits.ANSWER_PATIENCE_MS) {
        return next(state, { do: 'send-knock' }, timer(limits.KNOCK_REPEAT_MS));
      }
      return next({ at: 'waiting', nobody: true }, { do: 'send-knock' }, timer(NOBODY_REPEAT_MS));
    case 'online':
    case 'retry':
      return next(state, { do: 'send-knock' }, { do: 'sync-waiting-room' }, timer(limits.KNOCK_REPEAT_MS));
    case 'knock-unheard':
      return next({ at: 'waiting', nobody: true }, { do: 'sync-waiting-room' }, timer(NOBODY_REPEAT_MS));
    case 'told-to-wait':
      return next({ at: 'waiting', nobody: false }, { do: 'sync-waiting-room' }, timer(WAITING_REPEAT_MS));
    case 'refused':
      return refused(input.error);
    default:
      return same(state);
  }
}

function waiting(state: Extract<State, { at: 'waiting' }>, input: Input): Step {
  const wait = state.nobody ? NOBODY_REPEAT_MS : WAITING_REPEAT_MS;
  switch (input.t) {
    case 'timer':
      return next(state, { do: 'send-knock' }, timer(wait));
    case 'online':
    case 'retry':
      return next(state, { do: 'send-knock' }, { do: 'sync-waiting-room' }, timer(wait));
    case 'knock-unheard':
      return next({ at: 'waiting', nobody: true }, timer(NOBODY_REPEAT_MS));
    case 'told-to-wait':
      return next({ at: 'waiting', nobody: false }, timer(WAITING_REPEAT_MS));
    case 'refused':
      return refused(input.error);
    default:
      return same(state);
  }
}

function admitted(answered: boolean, now: number): Step {
  if (answered) return next({ at: 'connecting', attempt: 0, was: false }, timer(limits.CONNECT_TIMEOUT_MS));
  return call({ was: false, attempt: 0, behind: 0, nobody: false }, now, { do: 'drop-attempt' });
}

function calling(state: Extract<State, { at: 'calling' }>, input: Input, now: number): Step {
  switch (input.t) {
    case 'online':
    case 'retry':
      return call({ ...state, attempt: 0 }, now, { do: 'drop-attempt' });
    // Without an answer for long, or the wait after a failure is over: a fresh call.
    case 'timer':
      return call({ ...state, attempt: state.attempt + 1 }, now, { do: 'drop-attempt' });
    case 'call-delivered':
      return next({ ...state, nobody: false }, timer(limits.KNOCK_REPEAT_MS));
    case 'call-unheard':
    case 'attempt-failed':
      return next(
        { ...state, nobody: state.nobody || input.t === 'call-unheard' },
        { do: 'drop-attempt' },
        timer(callWait(state.attempt)),
      );
    case 'behind':
      if (state.behind >= limits.BEHIND) {
        return next(state, { do: 'drop-attempt' }, timer(callWait(state.attempt)));
      }
      return call({ ...state, behind: state.behind + 1 }, now, { do: 'drop-attempt' });
    case 'welcomed-back':
      if (!input.answered) return call({ ...state, attempt: state.attempt + 1 }, now, { do: 'drop-attempt' });
      return next(
        { at: 'connecting', attempt: state.attempt, was: state.was },
        timer(limits.CONNECT_TIMEOUT_MS),
      );
    case 'refused':
      if (!input.passing) return refused(input.error);
      return next({ ...state, nobody: false }, { do: 'drop-attempt' }, timer(CALL_MAX_MS));
    // The old link, given up beside this call.
    case 'link-lost':
      return next(state, { do: 'drop-link' });
    default:
      return same(state);
  }
}

function connecting(state: Extract<State, { at: 'connecting' }>, input: Input, now: number): Step {
  const again = { attempt: state.attempt + 1, behind: 0, was: state.was, nobody: false };
  switch (input.t) {
    case 'timer':
      return call(again, now, { do: 'drop-attempt' });
    case 'attempt-failed':
      return next(
        { at: 'calling', since: now, ...again },
        { do: 'drop-attempt' },
        timer(callWait(state.attempt)),
      );
    case 'retry':
      return call({ ...again, attempt: 0 }, now, { do: 'drop-attempt' });
    case 'link-lost':
      return next(state, { do: 'drop-link' });
    default:
      return same(state);
  }
}

function linked(state: State, input: Input, now: number): Step {
  const again = { attempt: 0, behind: 0, was: true, nobody: false };
  switch (input.t) {
    case 'fell-silent':
      return next({ at: 'silent' }, timer(SILENT_GRACE_MS));
    case 'link-lost':
      return call(again, now, { do: 'drop-link' });
    case 'timer':
    case 'retry':
      return state.at === 'silent' ? call(again, now) : same(state);
    default:
      return same(state);
  }
}

/** The old link came back: whatever was tried beside it is dropped. */
function heardAgain(state: State): Step {
  const beside = (state.at === 'calling' || state.at === 'connecting') && state.was;
  if (state.at !== 'silent' && !beside) return same(state);
  return next({ at: 'linked' }, { do: 'drop-attempt' });
}

function call(
  from: { attempt: number; behind: number; was: boolean; nobody: boolean },
  now: number,
  ...before: Effect[]
): Step {
  const { attempt, behind, was, nobody } = from;
  return next(
    { at: 'calling', since: now, attempt, behind, was, nobody },
    ...before,
    { do: 'make-call' },
    timer(limits.ANSWER_PATIENCE_MS),
  );
}

function refused(error: ErrorCode): Step {
  return next({ at: 'refused', error }, { do: 'drop-attempt' });
}

function timer(ms: number): Effect {
  return { do: 'timer', ms };
}

function next(state: State, ...effects: Effect[]): Step {
  return { state, effects };
}

function same(state: State): Step {
  return { state, effects: [] };
}
