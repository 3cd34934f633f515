/** Everything the views draw, as one immutable value. */
import type { Quality } from '../call/watch';
import type { CameraProblem } from '../media/problem';
import type { Facing } from '../media/camera';
import type { ErrorCode, SavedSession, SessionSnapshot } from '../session/facade';
import type { ShowSnapshot } from '../session/show';
import type { Environment, InApp } from './environment';
import { NOTHING_SHOWN, type Card, type Shown } from './shown';

/** How the page was opened, until the person is inside a session. */
export type Start =
  | { readonly is: 'checking' }
  | { readonly is: 'too-old' }
  | { readonly is: 'insecure' }
  | { readonly is: 'in-app'; readonly inApp: InApp; readonly link: string }
  | { readonly is: 'bad-link'; readonly error: ErrorCode }
  /** A good link: waiting for the name and the tap. `known` when this browser was in before. */
  | { readonly is: 'invited'; readonly known: SavedSession | null }
  /** No link: what this device remembers, maybe nothing. */
  | { readonly is: 'sessions'; readonly saved: readonly SavedSession[] }
  /** The tap was made, or a reload goes on with what was tapped before. */
  | { readonly is: 'inside' };

export type CameraState =
  | { readonly is: 'off' }
  | { readonly is: 'starting' }
  | {
      readonly is: 'live';
      readonly stream: MediaStream;
      readonly facing: Facing;
      readonly canFlip: boolean;
      /** The system withholds the picture for now (a phone call, another app). */
      readonly paused: boolean;
      readonly flipping: boolean;
    }
  | { readonly is: 'problem'; readonly why: CameraProblem };

/** What lies over the screen. */
export type Panel = 'none' | 'chat' | 'lock' | 'menu' | 'files';

/** A message that waits to be read while the camera is shown. */
export interface Toast {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  /** After the first seconds it shrinks to one line and stays until read. */
  readonly compact: boolean;
}

export interface AppState {
  readonly environment: Environment;
  readonly start: Start;
  readonly session: SessionSnapshot;
  readonly name: string;
  /** The host of the page, for sentences like "Can't reach help.example.org". */
  readonly host: string;
  readonly camera: CameraState;
  /** The expert asked to see the camera and waits for an answer. */
  readonly asked: boolean;
  readonly panel: Panel;
  /** How many messages of others were on screen at the last reading. */
  readonly readCount: number;
  readonly toast: Toast | null;
  /** Set while a stop can still be undone (unix ms of its end). */
  readonly stopUntil: number | null;
  readonly quality: Quality | null;
  /** A small confirmation such as "Copied", shown for a moment. */
  readonly said: string | null;
  /** Boards, pages, steps and texts, and which of them covers the screen. */
  readonly shown: Shown;
}

export type Action =
  | { readonly do: 'session'; readonly session: SessionSnapshot }
  | { readonly do: 'start'; readonly start: Start }
  | { readonly do: 'name'; readonly name: string }
  | { readonly do: 'camera'; readonly camera: CameraState }
  | { readonly do: 'camera-paused'; readonly paused: boolean }
  | { readonly do: 'camera-can-flip'; readonly canFlip: boolean }
  | { readonly do: 'flipping' }
  | { readonly do: 'asked'; readonly asked: boolean }
  | { readonly do: 'panel'; readonly panel: Panel }
  | { readonly do: 'stop'; readonly until: number | null }
  | { readonly do: 'quality'; readonly quality: Quality | null }
  | { readonly do: 'compact-toast'; readonly id: string }
  | { readonly do: 'said'; readonly said: string | null }
  | { readonly do: 'show'; readonly show: ShowSnapshot }
  | { readonly do: 'show-settled' }
  | { readonly do: 'card'; readonly card: Card | null }
  | { readonly do: 'show-busy'; readonly busy: Shown['busy'] };

/** A session nobody opened yet. */
export const EMPTY_SESSION: SessionSnapshot = {
  phase: 'idle',
  session: null,
  key: null,
  title: '',
  expertName: '',
  myName: '',
  words: [],
  numbers: '',
  chat: [],
  people: [],
  verified: false,
  watching: false,
  rttMs: null,
  rendezvous: 'off',
  documents: 'off',
  elsewhere: false,
  error: null,
  retryAt: null,
};

/** The state before anything is known but the browser. */
export function firstState(environment: Environment, host: string): AppState {
  return {
    environment,
    start: { is: 'checking' },
    session: EMPTY_SESSION,
    name: '',
    host,
    camera: { is: 'off' },
    asked: false,
    panel: 'none',
    readCount: 0,
    toast: null,
    stopUntil: null,
    quality: null,
    said: null,
    shown: NOTHING_SHOWN,
  };
}
