import { beforeEach, describe, expect, it, vi } from 'vitest';
import { BOARD, FakeShow } from '../../dev/fake-show';
import { NO_SHOW } from '../session/show';
import { EMPTY_SESSION, firstState, type AppState } from '../state/model';
import { reduce } from '../state/reduce';
import { Presenting } from './presenting';

const still = { freeze: vi.fn(), sharpPhoto: vi.fn(), photoOf: vi.fn() };
vi.mock('../board/still', () => still);

const STILL = { picture: new Blob(['x']), width: 4, height: 3 };
let state: AppState;
let port: FakeShow;
let rings: number;
let said: string[];
let presenting: Presenting;

beforeEach(() => {
  vi.useFakeTimers();
  const first = firstState({ platform: 'chromium', inApp: null, tooOld: false }, '');
  state = {
    ...first,
    start: { is: 'inside' },
    session: { ...EMPTY_SESSION, phase: 'linked', expertName: 'Ana' },
  };
  port = new FakeShow(NO_SHOW);
  rings = 0;
  said = [];
  presenting = new Presenting({
    show: port,
    notice: { ring: () => (rings += 1) },
    state: () => state,
    dispatch: (action) => (state = reduce(state, action)),
    said: (id) => said.push(id),
  });
  still.freeze.mockResolvedValue(STILL);
  still.sharpPhoto.mockResolvedValue(STILL);
  still.photoOf.mockResolvedValue(STILL);
});

function live(): void {
  const stream = {} as MediaStream;
  const camera = {
    is: 'live',
    stream,
    facing: 'unknown',
    canFlip: false,
    paused: false,
    flipping: false,
  } as const;
  state = { ...state, camera };
}

function ready(): void {
  state = { ...state, session: { ...state.session, key: 'k', documents: 'ready' } };
  presenting.session(state.session);
}

describe('what comes', () => {
  it('rings and comes up, but not while history is loaded', () => {
    ready();
    port.set({ boards: [BOARD] });
    expect([rings, state.shown.card]).toEqual([0, null]);
    vi.advanceTimersByTime(1_000);
    port.set({ boards: [BOARD, { ...BOARD, id: 'b9' }] });
    expect([rings, state.shown.card]).toEqual([1, { is: 'board', board: 'b9' }]);
    // Somebody draws on it: nothing to ring for.
    port.set({ boards: [BOARD, { ...BOARD, id: 'b9', strokes: [] }] });
    expect(rings).toBe(1);
  });

  it('rings once for a wish for a photo', () => {
    port.set({ photoAsked: { name: 'Ana' } });
    port.set({ texts: [] });
    expect(rings).toBe(1);
  });
});

describe('freezing', () => {
  it('makes a board of the camera and opens it', async () => {
    live();
    await presenting.freeze();
    expect(port.calls).toEqual([['newBoard', STILL.picture, 4, 3, '']]);
    expect(state.shown).toMatchObject({ card: { is: 'board', board: 'new0' }, from: null, busy: null });
    expect(rings).toBe(0);
  });

  it('says so when it fails, and can be tried again', async () => {
    live();
    still.freeze.mockResolvedValueOnce(null);
    await presenting.freeze();
    vi.spyOn(port, 'newBoard').mockRejectedValueOnce(new Error('full'));
    await presenting.freeze();
    expect(said).toEqual(['said-not-frozen', 'said-not-frozen']);
    expect(state.shown).toMatchObject({ card: null, busy: null });
  });

  it('is nothing without a camera, and one at a time', async () => {
    await presenting.freeze();
    live();
    await Promise.all([presenting.freeze(), presenting.freeze()]);
    expect(port.calls).toHaveLength(1);
  });
});

describe('the photo that was asked for', () => {
  it('is taken by the running camera', async () => {
    live();
    port.set({ photoAsked: { name: 'Ana' } });
    await presenting.takePhoto(null);
    expect(port.calls).toEqual([['photo', STILL.picture, 4, 3]]);
    expect(said).toEqual(['said-photo-sent']);
    expect(state.shown.show.photoAsked).toBeNull();
  });

  it('is the picture that was chosen, made anew', async () => {
    const chosen = new Blob(['chosen']);
    await presenting.takePhoto(chosen);
    expect(still.photoOf).toHaveBeenCalledWith(chosen);
    expect(port.calls).toEqual([['photo', STILL.picture, 4, 3]]);
  });

  it('is not said to be sent when it could not be kept', async () => {
    live();
    vi.spyOn(port, 'photo').mockResolvedValueOnce(false);
    await presenting.takePhoto(null);
    expect(said).toEqual(['said-no-photo']);
    expect(state.shown.busy).toBeNull();
  });

  it('is still asked for after a picture that is none', async () => {
    port.set({ photoAsked: { name: 'Ana' } });
    still.photoOf.mockResolvedValueOnce(null);
    await presenting.takePhoto(new Blob(['<svg>']));
    await presenting.takePhoto(null);
    expect(said).toEqual(['said-no-photo', 'said-no-photo']);
    expect(port.calls).toEqual([]);
    expect(state.shown).toMatchObject({ busy: null, show: { photoAsked: { name: 'Ana' } } });
  });
});
