/** The states that the gallery draws, by name. */
import type { ChatItem, ErrorCode, SessionSnapshot } from '../src/session/facade';
import { EMPTY_SESSION, firstState, type AppState, type CameraState } from '../src/state/model';
import { paintedStream } from './painted';
import { showViews } from './show-views';

const environment = { platform: 'android-chrome', inApp: null, tooOld: false } as const;
const NOW = Date.now();

function chat(
  texts: readonly (readonly ['me' | 'ana', string, number, ChatItem['delivery']?])[],
): ChatItem[] {
  return texts.map(([who, text, minutesAgo, delivery], index) => ({
    id: `m${index}`,
    mine: who === 'me',
    author: who,
    name: who === 'me' ? 'Mihai' : 'Ana',
    text,
    file: null,
    at: NOW - minutesAgo * 60_000,
    delivery: delivery ?? 'delivered',
  }));
}

/** A message that is a file of the gallery's list. */
function fileMessage(who: 'me' | 'ana', file: string, minutesAgo: number): ChatItem {
  const [item] = chat([[who, '', minutesAgo]]);
  if (item === undefined) throw new Error('no item');
  return { ...item, id: `f-${file}`, author: who, file };
}

const TALK = chat([
  ['ana', 'Hello Mihai! I am Ana from Hidroser. What is the pump doing?', 9],
  ['me', 'It makes a loud noise and stops after ten seconds 😟', 8],
  ['ana', 'Thank you. Is there a red light on the panel on its left side?', 8],
  ['me', 'Yes, the second one', 7],
  ['me', 'It blinks', 7],
  ['ana', 'Could you show me? It will be quicker.', 1],
]);

const SESSION: SessionSnapshot = {
  ...EMPTY_SESSION,
  phase: 'linked',
  session: 'aa',
  title: 'Pump 7',
  expertName: 'Ana',
  myName: 'Mihai',
  words: ['garden', 'velvet', 'orbit', 'lemon'],
  numbers: '0761 1938 1246 1022',
  people: [
    { peer: 'a', name: 'Ana', role: 'lead', me: false, here: true },
    { peer: 'm', name: 'Mihai', role: 'operator', me: true, here: true },
  ],
  verified: true,
  watching: true,
  rttMs: 31,
  rendezvous: 'online',
  documents: 'ready',
  chat: TALK,
};

function inside(session: Partial<SessionSnapshot> = {}, state: Partial<AppState> = {}): AppState {
  return {
    ...firstState(environment, 'help.hidroser.example'),
    start: { is: 'inside' },
    name: 'Mihai',
    session: { ...SESSION, ...session },
    ...state,
  };
}

function live(): CameraState {
  return {
    is: 'live',
    stream: paintedStream(),
    facing: 'environment',
    canFlip: true,
    paused: false,
    flipping: false,
  };
}

function failed(error: ErrorCode, session: Partial<SessionSnapshot> = {}): AppState {
  return inside({ phase: 'refused', error, ...session });
}

/** Screens with something shown: their ports answer. */
export const SHOW_VIEWS = showViews({ inside: (state) => inside({}, state), live });

const first = (): AppState => firstState(environment, 'help.hidroser.example');

export const VIEWS: Readonly<Record<string, () => AppState>> = {
  join: () => ({ ...first(), start: { is: 'invited', known: null } }),
  'join-named': () => ({ ...first(), name: 'Mihai', start: { is: 'invited', known: null } }),
  'join-busy': () => inside({ phase: 'opening', expertName: '', chat: [] }),
  'join-back': () => ({
    ...first(),
    start: {
      is: 'invited',
      known: { key: 'k', state: 'member', title: 'Pump 7', expertName: 'Ana', myName: 'Mihai', lastAt: NOW },
    },
  }),
  waiting: () =>
    inside({
      phase: 'waiting',
      verified: false,
      chat: chat([['me', 'Good morning, the pump in hall 7 does not start', 0, 'stored']]),
    }),
  room: () => inside(),
  'room-empty': () => inside({ chat: [] }),
  'room-loading': () => inside({ chat: [], documents: 'loading', phase: 'admitted' }),
  'room-rtl': () =>
    inside({
      chat: chat([
        ['ana', 'مرحبا، كيف يمكنني مساعدتك؟', 2],
        [
          'me',
          'https://example.org/a-very-long-address-without-any-space/that-goes-on-and-on-and-on/until-it-breaks',
          1,
        ],
        ['me', 'line one\nline two\n\nline four 🙏🏽', 1, 'waiting'],
      ]),
    }),
  files: () =>
    inside({
      chat: [
        ...TALK.slice(0, 2),
        fileMessage('me', 'photo', 7),
        fileMessage('ana', 'manual', 5),
        fileMessage('me', 'sending', 0),
      ],
    }),
  'files-more': () =>
    inside({
      chat: [
        fileMessage('ana', 'arriving', 4),
        fileMessage('ana', 'offered', 4),
        fileMessage('ana', 'paused', 4),
        fileMessage('ana', 'full', 4),
        fileMessage('me', 'open', 1),
      ],
    }),
  'files-away': () =>
    inside({
      phase: 'away',
      chat: [
        ...chat([['me', 'Here is the plate of the pump', 3, 'stored']]),
        fileMessage('me', 'stored', 2),
        fileMessage('me', 'kept', 0),
      ],
    }),
  'files-reading': () => inside({ chat: TALK.slice(0, 3) }),
  'files-problem': () => inside({ chat: [fileMessage('ana', 'manual', 5)] }),
  'files-none': () => inside({}, { panel: 'files' }),
  shelf: () => inside({}, { panel: 'files' }),
  starting: () => inside({}, { camera: { is: 'starting' } }),
  ask: () => inside({}, { asked: true }),
  away: () =>
    inside({
      phase: 'away',
      chat: chat([
        ['ana', 'I will be back at two.', 60],
        ['me', 'Thank you, I wait', 2, 'stored'],
        ['me', 'It stopped now', 0, 'waiting'],
      ]),
    }),
  reconnecting: () => inside({ phase: 'reconnecting' }),
  offline: () => inside({ phase: 'reconnecting', error: 'rendezvous-down', rendezvous: 'offline' }),
  'storage-full': () => inside({ error: 'storage-full' }),
  lock: () => inside({}, { panel: 'lock' }),
  menu: () => inside({}, { panel: 'menu' }),
  live: () => inside({}, { camera: live() }),
  'live-toast': () =>
    inside(
      {},
      {
        camera: live(),
        toast: {
          id: 'm5',
          name: 'Ana',
          text: 'Closer to the red light please, and hold it still for a moment',
          compact: false,
        },
      },
    ),
  'live-toast-compact': () =>
    inside(
      {},
      {
        camera: live(),
        toast: {
          id: 'm5',
          name: 'Ana',
          text: 'Closer to the red light please, and hold it still for a moment',
          compact: true,
        },
        readCount: 1,
      },
    ),
  'live-chat': () => inside({}, { camera: live(), panel: 'chat' }),
  'live-stopped': () => inside({}, { camera: live(), stopUntil: NOW + 3000 }),
  'live-weak': () =>
    inside(
      {},
      {
        camera: live(),
        quality: { rttMs: 900, kbpsOut: 80, fps: 3, width: 640, height: 360, silentMs: 0, weak: true },
      },
    ),
  'live-lost': () => inside({ phase: 'reconnecting', watching: false }, { camera: live() }),
  'live-paused': () => inside({}, { camera: { ...live(), paused: true } as CameraState }),
  denied: () => inside({}, { camera: { is: 'problem', why: 'denied' } }),
  missing: () => inside({}, { camera: { is: 'problem', why: 'missing' } }),
  busy: () => inside({}, { camera: { is: 'problem', why: 'busy' } }),
  lost: () => inside({}, { camera: { is: 'problem', why: 'lost' } }),
  refused: () => failed('knock-refused'),
  expired: () => failed('link-expired', { expertName: '' }),
  'used-up': () => failed('link-used-up'),
  forged: () => failed('record-forged', { expertName: '' }),
  cut: () => ({ ...first(), start: { is: 'bad-link', error: 'link-cut' } }),
  down: () =>
    inside({ phase: 'opening', error: 'rendezvous-down', expertName: '', chat: [], retryAt: NOW + 8000 }),
  ended: () => inside({ phase: 'ended', error: 'session-closed' }),
  elsewhere: () => inside({ elsewhere: true }),
  'in-app': () => ({
    ...first(),
    start: { is: 'in-app', inApp: { app: 'Instagram', system: 'ios' }, link: 'https://help.example/#abc' },
  }),
  'too-old': () => ({ ...first(), start: { is: 'too-old' } }),
  insecure: () => ({ ...first(), start: { is: 'insecure' } }),
  'no-sessions': () => ({ ...first(), start: { is: 'sessions', saved: [] } }),
  sessions: () => ({
    ...first(),
    start: {
      is: 'sessions',
      saved: [
        { key: '1', state: 'member', title: 'Pump 7', expertName: 'Ana', myName: 'Mihai', lastAt: NOW - 3e6 },
        {
          key: '2',
          state: 'knocked',
          title: '',
          expertName: 'José Luis Fernández de la Torre',
          myName: 'Mihai',
          lastAt: NOW - 9e7,
        },
        { key: '3', state: 'ended', title: 'Boiler', expertName: 'Ana', myName: 'Mihai', lastAt: NOW - 9e8 },
      ],
    },
  }),
};
