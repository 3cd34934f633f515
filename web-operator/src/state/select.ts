/** What follows from the state: which screen, which sentence, which colour. Pure. */
import { SILENT_AFTER_MS } from '../call/watch';
import { chatIsVisible } from './reduce';
import { FULL_SCREEN_ERRORS, problemOf, type Problem } from './problems';
import type { AppState } from './model';
import type { InApp } from './environment';
import type { CameraProblem } from '../media/problem';
import type { SavedSession } from '../session/facade';
import type { Card } from './shown';

export type Screen =
  | { readonly is: 'checking' }
  | { readonly is: 'too-old' }
  | { readonly is: 'in-app'; readonly inApp: InApp; readonly link: string }
  | { readonly is: 'join'; readonly known: SavedSession | null; readonly busy: boolean }
  | { readonly is: 'sessions'; readonly saved: readonly SavedSession[] }
  | { readonly is: 'problem'; readonly problem: Problem }
  | { readonly is: 'elsewhere' }
  | { readonly is: 'camera'; readonly why: CameraProblem }
  | { readonly is: 'room' }
  | { readonly is: 'live' }
  | { readonly is: 'ended' };

/** The one screen for this state. */
export function screenOf(state: AppState): Screen {
  const { start, session, camera } = state;
  switch (start.is) {
    case 'checking':
    case 'too-old':
      return { is: start.is };
    case 'insecure':
      return { is: 'problem', problem: problemOf('insecure') };
    case 'in-app':
      return { is: 'in-app', inApp: start.inApp, link: start.link };
    case 'bad-link':
      return { is: 'problem', problem: problemOf(start.error) };
    case 'invited':
      return { is: 'join', known: start.known, busy: false };
    case 'sessions':
      return { is: 'sessions', saved: start.saved };
    case 'inside':
      break;
  }
  if (session.elsewhere) {
    return { is: 'elsewhere' };
  }
  if (session.error !== null && isFullScreen(state)) {
    return { is: 'problem', problem: problemOf(session.error) };
  }
  if (session.phase === 'ended') {
    return { is: 'ended' };
  }
  if (camera.is === 'live') {
    return { is: 'live' };
  }
  if (camera.is === 'problem') {
    return { is: 'camera', why: camera.why };
  }
  if (session.phase === 'idle' || (session.phase === 'opening' && !hasHistory(state))) {
    return { is: 'join', known: null, busy: true };
  }
  return { is: 'room' };
}

/** What covers the screen: only where there is a picture or a chat to go back to. */
export function cardOf(state: AppState): Card | null {
  const { is } = screenOf(state);
  return is === 'room' || is === 'live' ? state.shown.card : null;
}

/** An expert waits for a sharp photo, and this person can answer. */
export function photoAskedBy(state: AppState): string | null {
  const { is } = screenOf(state);
  return is === 'room' || is === 'live' ? (state.shown.show.photoAsked?.name ?? null) : null;
}

/** Boards and steps are worth loading: somebody may show something any moment, or did. */
export function wantsShow(state: AppState): boolean {
  const { phase } = state.session;
  return (
    phase === 'linked' ||
    phase === 'admitted' ||
    state.shown.card !== null ||
    state.shown.show.boards.length + state.shown.show.steps.length + state.shown.show.texts.length > 0
  );
}

function hasHistory(state: AppState): boolean {
  return state.session.expertName !== '' || state.session.chat.length > 0;
}

function isFullScreen(state: AppState): boolean {
  const { phase, error } = state.session;
  if (error === null) {
    return false;
  }
  if (phase === 'refused' || FULL_SCREEN_ERRORS.has(error)) {
    return phase !== 'ended';
  }
  // Before there is a room to be in, any failure is the whole story.
  return (phase === 'opening' || phase === 'idle') && !hasHistory(state);
}

/** The value of `<body data-phase>`: the screen, and inside the room how far the person has come. */
export function bodyPhase(state: AppState): string {
  const screen = screenOf(state);
  switch (screen.is) {
    case 'room':
      return state.session.phase;
    case 'join':
      return screen.busy ? 'opening' : 'join';
    case 'problem':
      return state.session.phase === 'refused' ? 'refused' : 'error';
    case 'camera':
      return 'camera-problem';
    case 'live':
      return state.session.phase === 'linked' ? 'live' : 'interrupted';
    default:
      return screen.is;
  }
}

/** How the way to the expert is, as a colour and a shape. */
export type Dot = 'up' | 'weak' | 'connecting' | 'waiting' | 'lost' | 'away' | 'off';

export function dotOf(state: AppState): Dot {
  switch (state.session.phase) {
    case 'linked':
      if (state.quality !== null && state.quality.silentMs > SILENT_AFTER_MS) {
        return 'lost';
      }
      return state.quality?.weak === true ? 'weak' : 'up';
    case 'reconnecting':
      return 'lost';
    case 'admitted':
    case 'opening':
    case 'knocking':
      return 'connecting';
    case 'waiting':
      return 'waiting';
    case 'away':
      return 'away';
    default:
      return 'off';
  }
}

/** A line of text by message id, with the expert's name as argument where it is known. */
export interface Line {
  readonly id: string;
  readonly tone: 'calm' | 'busy' | 'warn';
}

/** Under the expert's name: what is, in people's words. */
export function statusOf(state: AppState): Line {
  const { phase, rendezvous } = state.session;
  switch (phase) {
    case 'linked':
      return dotOf(state) === 'weak'
        ? { id: 'status-weak', tone: 'warn' }
        : { id: 'status-here', tone: 'calm' };
    case 'reconnecting':
      return { id: 'status-reconnecting', tone: 'warn' };
    case 'away':
      return { id: rendezvous === 'offline' ? 'status-offline' : 'status-away', tone: 'calm' };
    case 'admitted':
      return { id: 'status-admitted', tone: 'busy' };
    case 'waiting':
      return rendezvous === 'offline'
        ? { id: 'status-offline', tone: 'warn' }
        : { id: 'status-waiting', tone: 'busy' };
    case 'knocking':
      return { id: 'status-knocking', tone: 'busy' };
    default:
      return { id: 'status-opening', tone: 'busy' };
  }
}

/** The line over the picture while the camera is shown. */
export function liveLineOf(state: AppState): Line {
  if (state.camera.is === 'live' && state.camera.paused) {
    return { id: 'live-paused', tone: 'warn' };
  }
  if (state.session.phase === 'away') {
    return { id: 'live-away', tone: 'warn' };
  }
  if (state.session.phase !== 'linked' || dotOf(state) === 'lost') {
    return { id: 'live-reconnecting', tone: 'warn' };
  }
  if (dotOf(state) === 'weak') {
    return { id: 'live-weak', tone: 'warn' };
  }
  return { id: state.session.watching ? 'live-watching' : 'live-shown', tone: 'calm' };
}

/** Who is in the session besides me and the experts: for "Only you and Ana" or "and 1 other". */
export function companyOf(state: AppState): { readonly id: string; readonly others: number } {
  const others = state.session.people.filter((person) => !person.me).length - 1;
  if (state.session.expertName === '') {
    return { id: 'lock-unknown', others: 0 };
  }
  return others > 0 ? { id: 'lock-others', others } : { id: 'lock-only', others: 0 };
}

/** "Show what I see" is there once the expert let the person in. */
export function canShow(state: AppState): boolean {
  const { phase } = state.session;
  return phase === 'linked' || phase === 'admitted' || phase === 'reconnecting';
}

/** How many messages of others nobody read yet. */
export function unreadOf(state: AppState): number {
  if (chatIsVisible(state)) {
    return 0;
  }
  const others = state.session.chat.reduce((count, item) => count + (item.mine ? 0 : 1), 0);
  return Math.max(0, others - state.readCount);
}

/** The tab's title: who it is, and how many messages wait there. */
export function titleOf(state: AppState): string {
  const { expertName } = state.session;
  const unread = unreadOf(state);
  const name = expertName === '' ? 'Sightline' : `${expertName} · Sightline`;
  return unread > 0 ? `(${unread}) ${name}` : name;
}

/**
 * What happens to messages for an absent expert: before admission they lie at the rendezvous, a member's own there
 * too where there is a mailbox for it; otherwise they stay on this device until there is a link.
 */
export function awayTextOf(state: AppState): string {
  const { people, chat } = state.session;
  const isKept = people.length > 0 && !chat.some(({ mine, delivery }) => mine && delivery === 'stored');
  return isKept ? 'room-away-member' : 'room-away-text';
}

/** A trouble that does not stop the chat: shown as a strip above it. */
export function stripOf(state: AppState): Problem | null {
  const { error, phase, documents } = state.session;
  if (error !== null && phase !== 'linked' && phase !== 'waiting') {
    return problemOf(error);
  }
  if (error !== null && LASTING.has(error)) {
    return problemOf(error);
  }
  return documents === 'failed' ? problemOf('documents-failed') : null;
}

/** Troubles of this device that stay true while everything else goes well. */
const LASTING: ReadonlySet<string> = new Set([
  'storage-full',
  'storage-missing',
  'outbox-full',
  'text-too-long',
  'documents-failed',
]);
