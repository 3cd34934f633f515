/** How the state changes: one pure function. */
import type { ChatItem } from '../session/facade';
import type { Action, AppState, Toast } from './model';
import { NOTHING_SHOWN, withShow } from './shown';

/** The next state. Never changes its arguments; returns the same object where nothing changes. */
export function reduce(state: AppState, action: Action): AppState {
  const next = step(state, action);
  return next === state ? state : withReading(next);
}

function step(state: AppState, action: Action): AppState {
  switch (action.do) {
    case 'session': {
      const ended = action.session.phase === 'ended' || action.session.phase === 'refused';
      return {
        ...state,
        session: action.session,
        // A question of somebody who is gone needs no answer.
        asked: state.asked && action.session.phase === 'linked',
        panel: ended ? 'none' : state.panel,
        // Another session has other boards.
        shown: action.session.key === state.session.key ? state.shown : NOTHING_SHOWN,
      };
    }
    case 'start':
      return { ...state, start: action.start };
    case 'name':
      return { ...state, name: action.name };
    case 'camera':
      return {
        ...state,
        camera: action.camera,
        stopUntil: null,
        asked: action.camera.is === 'live' ? false : state.asked,
        panel: startsLive(state, action) ? 'none' : state.panel,
        shown: startsLive(state, action) ? { ...state.shown, card: null, from: null } : state.shown,
      };
    case 'camera-paused':
      return state.camera.is === 'live'
        ? { ...state, camera: { ...state.camera, paused: action.paused } }
        : state;
    case 'camera-can-flip':
      return state.camera.is === 'live'
        ? { ...state, camera: { ...state.camera, canFlip: action.canFlip } }
        : state;
    case 'flipping':
      return state.camera.is === 'live' ? { ...state, camera: { ...state.camera, flipping: true } } : state;
    case 'asked':
      return { ...state, asked: action.asked };
    case 'panel':
      return { ...state, panel: action.panel };
    case 'stop':
      return { ...state, stopUntil: action.until };
    case 'quality':
      return { ...state, quality: action.quality };
    case 'compact-toast':
      return state.toast?.id === action.id ? { ...state, toast: { ...state.toast, compact: true } } : state;
    case 'said':
      return { ...state, said: action.said };
    case 'show':
      return { ...state, shown: withShow(state.shown, action.show) };
    case 'show-settled':
      return { ...state, shown: { ...state.shown, settled: true } };
    case 'card':
      return { ...state, shown: { ...state.shown, card: action.card, from: null } };
    case 'show-busy':
      return { ...state, shown: { ...state.shown, busy: action.busy } };
  }
}

function startsLive(state: AppState, action: Extract<Action, { do: 'camera' }>): boolean {
  return action.camera.is === 'live' && state.camera.is !== 'live';
}

/** Messages are read whenever the chat is on screen; otherwise the newest one waits as a toast. */
function withReading(state: AppState): AppState {
  const others = state.session.chat.reduce((count, item) => count + (item.mine ? 0 : 1), 0);
  if (chatIsVisible(state)) {
    return state.readCount === others && state.toast === null
      ? state
      : { ...state, readCount: others, toast: null };
  }
  if (others <= state.readCount) {
    return state;
  }
  const newest = newestOfOthers(state.session.chat);
  if (newest === undefined || newest.id === state.toast?.id) {
    return state;
  }
  const toast: Toast = { id: newest.id, name: newest.name, text: newest.text, compact: false };
  return { ...state, toast };
}

function newestOfOthers(chat: readonly ChatItem[]): ChatItem | undefined {
  for (let index = chat.length - 1; index >= 0; index -= 1) {
    const item = chat[index];
    if (item !== undefined && !item.mine) {
      return item;
    }
  }
  return undefined;
}

/** The chat is in front of the person: the room without anything over it, or the chat beside the picture. */
export function chatIsVisible(state: AppState): boolean {
  if (state.shown.card !== null) {
    return false;
  }
  return state.camera.is === 'live' ? state.panel === 'chat' : true;
}
