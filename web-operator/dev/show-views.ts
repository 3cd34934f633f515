/** The states of boards, steps, documents and photos that the gallery draws, by name. */
import { NO_SHOW } from '../src/session/show';
import type { AppState, CameraState } from '../src/state/model';
import { NOTHING_SHOWN, type Card, type Shown } from '../src/state/shown';
import { BOARDS, DOCUMENT, FakeFiles, FakeShow, NOTES, SHOW, STEPS } from './fake-show';

export interface ShowView {
  readonly state: () => AppState;
  readonly show: () => FakeShow;
  readonly files: () => FakeFiles;
}

interface Ground {
  readonly inside: (shown: Partial<AppState>) => AppState;
  readonly live: () => CameraState;
}

/** Needs the room and the camera of the other views. */
export function showViews({ inside, live }: Ground): Readonly<Record<string, ShowView>> {
  const shown = (card: Card | null, more: Partial<Shown> = {}): Shown => ({
    ...NOTHING_SHOWN,
    show: SHOW,
    card,
    from: 'Ana',
    settled: true,
    ...more,
  });
  const view = (
    what: Shown,
    more: () => Partial<AppState> = () => ({}),
    files = (): FakeFiles => new FakeFiles(),
  ): ShowView => ({
    state: () => inside({ shown: what, readCount: 9, ...more() }),
    show: () => new FakeShow(what.show),
    files,
  });
  const camera = (): Partial<AppState> => ({ camera: live() });
  const toast = (): Partial<AppState> => ({
    camera: live(),
    toast: { id: 'm5', name: 'Ana', text: 'Do you see the arrow? That is the switch.', compact: false },
  });
  const oneBoard = { ...SHOW, boards: BOARDS.slice(1, 2), steps: [], texts: [] };
  const done = {
    ...STEPS,
    steps: STEPS.steps.map((step) => ({ ...step, state: 'done' as const })),
  };
  const at = (index: number): typeof STEPS => ({
    ...STEPS,
    steps: STEPS.steps.map((step, place) => (place < index ? { ...step, state: 'done' as const } : step)),
  });
  const page: Card = { is: 'page', file: DOCUMENT.id, page: 4 };
  return {
    board: view(shown({ is: 'board', board: 'b1' }), camera),
    'board-one': view(shown({ is: 'board', board: 'b1' }, { show: oneBoard })),
    'board-mine': view(shown({ is: 'board', board: 'b0' }, { from: null }), camera),
    'board-titled': view(shown({ is: 'board', board: 'b2' }), camera),
    'board-toast': view(shown({ is: 'board', board: 'b1' }), toast),
    'board-coming': view(shown({ is: 'board', board: 'b1' }), camera, () => new FakeFiles([], ['still-b1'])),
    'board-unknown': view(shown({ is: 'board', board: 'later' }), camera),
    steps: view(shown({ is: 'steps', list: 'l1' })),
    'steps-live': view(shown({ is: 'steps', list: 'l1' }), toast),
    'steps-late': view(shown({ is: 'steps', list: 'l1' }, { show: { ...SHOW, steps: [at(4)] } })),
    'steps-finished': view(shown({ is: 'steps', list: 'l1' }, { show: { ...SHOW, steps: [done] } })),
    page: view(shown(page), camera),
    'page-text': view(shown({ is: 'page', file: NOTES.id, page: 0 })),
    text: view(shown({ is: 'text', text: 't1' })),
    all: view(shown({ is: 'all' }, { from: null }), camera),
    'photo-live': view(shown(null, { show: { ...SHOW, photoAsked: { name: 'Ana' } } }), camera),
    photo: view(shown(null, { show: { ...SHOW, photoAsked: { name: 'Ana' } } })),
    'photo-busy': view(
      shown(null, { show: { ...SHOW, photoAsked: { name: 'Ana' } }, busy: 'photo' }),
      camera,
    ),
    'photo-sent': view(shown(null), () => ({ ...camera(), said: 'said-photo-sent' })),
    'room-shown': view(shown(null)),
    'live-shown': view(shown(null), camera),
    'live-empty': view(shown(null, { show: NO_SHOW }), camera, () => new FakeFiles([])),
    'room-nothing': view(
      shown(null, { show: NO_SHOW }),
      () => ({}),
      () => new FakeFiles([]),
    ),
  };
}
