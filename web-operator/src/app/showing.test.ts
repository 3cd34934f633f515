import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Call } from '../call/call';
import type { Awake } from '../media/awake';
import type { Camera, CameraEvents, CameraResult, LiveCamera } from '../media/camera';
import type { ControlMessage } from '../session/facade';
import { EMPTY_SESSION, firstState, type Action, type AppState } from '../state/model';
import { reduce } from '../state/reduce';
import { Showing, UNDO_MS } from './showing';

const TRACK = { readyState: 'live' } as MediaStreamTrack;
const CAMERA: LiveCamera = { stream: {} as MediaStream, track: TRACK, facing: 'environment' };

let state: AppState;
let sent: ControlMessage[];
let shown: (MediaStreamTrack | null)[];
let awake: boolean[];
let warm: boolean;
let result: CameraResult;
let cameraEvents: CameraEvents;
let live: LiveCamera | null;
let showing: Showing;

function dispatch(action: Action): void {
  state = reduce(state, action);
}

beforeEach(() => {
  vi.useFakeTimers();
  state = {
    ...firstState({ platform: 'chromium', inApp: null, tooOld: false }, ''),
    start: { is: 'inside' },
    session: { ...EMPTY_SESSION, phase: 'linked' },
  };
  sent = [];
  shown = [];
  awake = [];
  warm = false;
  live = null;
  result = { ok: true, camera: CAMERA };
  const open = (): Promise<CameraResult> => {
    live = result.ok ? result.camera : null;
    return Promise.resolve(result);
  };
  showing = new Showing({
    call: {
      show: (track: MediaStreamTrack | null) => Promise.resolve(void shown.push(track)),
      link: () => Promise.resolve(),
    } as unknown as Call,
    operator: { sendControl: (message) => sent.push(message) > 0 },
    makeCamera: (events) => {
      cameraEvents = events;
      return {
        start: open,
        flip: open,
        stop: () => (live = null),
        canFlip: () => Promise.resolve(true),
        get live() {
          return live;
        },
      } as unknown as Camera;
    },
    awake: {
      want: (on: boolean) => Promise.resolve(void awake.push(on)),
      returned: () => Promise.resolve(),
    } as unknown as Awake,
    warm: { keep: (on) => void (warm = on) },
    state: () => state,
    dispatch,
  });
});

afterEach(() => vi.useRealTimers());

const LIVE: ControlMessage = { t: 'media', video: 'live', why: null };

describe('showing the camera', () => {
  it('puts the track on the link, tells, and keeps the screen on', async () => {
    await showing.start();
    expect(shown).toEqual([TRACK]);
    expect(sent).toEqual([LIVE]);
    expect(awake).toEqual([true]);
    expect(state.camera.is).toBe('live');
  });

  it('offers the other camera where there is one', async () => {
    await showing.start();
    expect(state.camera).toMatchObject({ is: 'live', canFlip: true });
  });

  it('is prepared for the tap while somebody is there and the camera is off', async () => {
    await showing.link(true);
    expect(warm).toBe(true);
    await showing.start();
    expect(warm).toBe(false);
    showing.end();
    expect(warm).toBe(true);
    dispatch({ do: 'session', session: { ...state.session, phase: 'reconnecting' } });
    await showing.link(false);
    expect(warm).toBe(false);
  });

  it('answers the question with the same tap', async () => {
    showing.asked();
    expect(state.asked).toBe(true);
    await showing.start();
    expect(sent).toEqual([{ t: 'asked', what: 'video', ok: true }, LIVE]);
    expect(state.asked).toBe(false);
  });

  it('says no without asking for the camera', () => {
    showing.asked();
    showing.notNow();
    expect(sent).toEqual([{ t: 'asked', what: 'video', ok: false }]);
    expect(state).toMatchObject({ asked: false, camera: { is: 'off' } });
    expect(live).toBeNull();
  });

  it('needs no second question while it runs', async () => {
    await showing.start();
    sent = [];
    showing.asked();
    expect(sent[0]).toEqual({ t: 'asked', what: 'video', ok: true });
    expect(state.asked).toBe(false);
  });

  it.each([
    ['denied', 'denied'],
    ['missing', 'missing'],
    ['busy', 'busy'],
    ['dismissed', 'denied'],
  ] as const)('tells that it is %s', async (problem, why) => {
    result = { ok: false, problem };
    await showing.start();
    expect(state.camera).toEqual({ is: 'problem', why: problem });
    expect(sent).toEqual([{ t: 'media', video: 'off', why }]);
  });

  it('sends nothing from the moment of the stop, and lets go of the camera after the time to undo', async () => {
    await showing.start();
    await showing.stop();
    expect(shown.at(-1)).toBeNull();
    expect(sent.at(-1)).toEqual({ t: 'media', video: 'off', why: 'stopped' });
    expect(state.stopUntil).not.toBeNull();
    expect(live).not.toBeNull();
    vi.advanceTimersByTime(UNDO_MS);
    expect(live).toBeNull();
    expect(state).toMatchObject({ camera: { is: 'off' }, stopUntil: null });
    expect(awake.at(-1)).toBe(false);
  });

  it('takes the stop back', async () => {
    await showing.start();
    await showing.stop();
    await showing.undoStop();
    expect(shown.at(-1)).toBe(TRACK);
    expect(sent.at(-1)).toEqual(LIVE);
    vi.advanceTimersByTime(UNDO_MS * 2);
    expect(state.camera.is).toBe('live');
  });

  it('is told when the camera is taken away', async () => {
    await showing.start();
    live = null;
    cameraEvents.lost();
    await vi.advanceTimersByTimeAsync(0);
    expect(state.camera).toEqual({ is: 'problem', why: 'lost' });
    expect(sent.at(-1)).toEqual({ t: 'media', video: 'off', why: 'lost' });
  });

  it('tells a long interruption and its end, not a blink', async () => {
    await showing.start();
    sent = [];
    cameraEvents.paused(true);
    vi.advanceTimersByTime(300);
    cameraEvents.paused(false);
    vi.advanceTimersByTime(5000);
    expect(sent).toEqual([]);
    cameraEvents.paused(true);
    vi.advanceTimersByTime(1000);
    expect(state.camera).toMatchObject({ paused: true });
    cameraEvents.paused(false);
    expect(state.camera).toMatchObject({ paused: false });
    expect(sent).toEqual([{ t: 'media', video: 'off', why: 'lost' }, LIVE]);
  });

  it('comes back by itself on a new link', async () => {
    await showing.start();
    sent = [];
    await showing.link(false);
    expect(sent).toEqual([]);
    await showing.link(true);
    expect(sent).toEqual([LIVE]);
  });

  it('stays stopped on a new link', async () => {
    await showing.start();
    await showing.stop();
    sent = [];
    await showing.link(true);
    expect(sent).toEqual([]);
  });

  it('lets go of a camera that starts after the end', async () => {
    const starting = showing.start();
    dispatch({ do: 'session', session: { ...state.session, phase: 'ended' } });
    await starting;
    expect(live).toBeNull();
    expect(shown).not.toContain(TRACK);
  });

  it('ends with the session', async () => {
    await showing.start();
    showing.end();
    expect(live).toBeNull();
    expect(state.camera.is).toBe('off');
  });
});
