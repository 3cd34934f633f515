import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Awake } from './awake';
import { Camera, type CameraEvents, type Devices } from './camera';
import { classify } from './problem';

class FakeTrack {
  onended: (() => void) | null = null;
  onmute: (() => void) | null = null;
  onunmute: (() => void) | null = null;
  stopped = false;
  constructor(
    readonly settings: MediaTrackSettings,
    readonly label = '',
  ) {}
  getSettings(): MediaTrackSettings {
    return this.settings;
  }
  stop(): void {
    this.stopped = true;
  }
}

let asked: MediaStreamConstraints[];
let answers: (FakeTrack | Error)[];
let cameras: number;
let events: { [Name in keyof CameraEvents]: ReturnType<typeof vi.fn<CameraEvents[Name]>> };

const devices = {
  getUserMedia: (constraints: MediaStreamConstraints) => {
    asked.push(constraints);
    const answer = answers.shift();
    if (answer === undefined || answer instanceof Error) {
      return Promise.reject(answer ?? new DOMException('', 'NotFoundError'));
    }
    return Promise.resolve({ getVideoTracks: () => [answer], getTracks: () => [answer] });
  },
  enumerateDevices: () =>
    Promise.resolve(
      Array.from({ length: cameras }, (_, index) => ({ kind: 'videoinput', deviceId: `d${index}` })),
    ),
} as unknown as Devices;

const rear = (): FakeTrack => new FakeTrack({ facingMode: 'environment' });

beforeEach(() => {
  asked = [];
  answers = [];
  cameras = 2;
  events = { paused: vi.fn(), lost: vi.fn() };
});

describe('the camera', () => {
  it('asks for the rear side in 720p and never for a microphone', async () => {
    answers = [rear()];
    const camera = new Camera(devices, events);
    expect(asked).toEqual([]);
    const result = await camera.start();
    expect(result).toMatchObject({ ok: true, camera: { facing: 'environment' } });
    expect(asked[0]).toMatchObject({
      audio: false,
      video: { facingMode: { ideal: 'environment' }, width: { ideal: 1280 }, frameRate: { ideal: 30 } },
    });
  });

  it('closes one side before it opens the other', async () => {
    const first = rear();
    answers = [first, new FakeTrack({ facingMode: 'user' })];
    const camera = new Camera(devices, events);
    await camera.start();
    const flipped = await camera.flip();
    expect(first.stopped).toBe(true);
    expect(flipped).toMatchObject({ ok: true, camera: { facing: 'user' } });
    expect(asked[1]).toMatchObject({ video: { facingMode: { exact: 'user' } } });
  });

  it('goes back to the old side when the other one fails', async () => {
    answers = [rear(), new DOMException('', 'NotReadableError'), rear()];
    const camera = new Camera(devices, events);
    await camera.start();
    expect(await camera.flip()).toMatchObject({ ok: true, camera: { facing: 'environment' } });
  });

  it('takes the next device where sides are unknown', async () => {
    answers = [new FakeTrack({ deviceId: 'd0' }), new FakeTrack({ deviceId: 'd1' })];
    const camera = new Camera(devices, events);
    await camera.start();
    await camera.flip();
    expect(asked[1]).toMatchObject({ video: { deviceId: { exact: 'd1' } } });
  });

  it('cannot flip with one camera', async () => {
    cameras = 1;
    answers = [rear()];
    const camera = new Camera(devices, events);
    await camera.start();
    expect(await camera.canFlip()).toBe(false);
    cameras = 2;
    expect(await camera.canFlip()).toBe(true);
  });

  it('reports what happens from outside, once', async () => {
    const track = rear();
    answers = [track];
    const camera = new Camera(devices, events);
    await camera.start();
    track.onmute?.();
    track.onunmute?.();
    expect(events.paused.mock.calls).toEqual([[true], [false]]);
    const ended = track.onended;
    ended?.();
    ended?.();
    expect(events.lost).toHaveBeenCalledTimes(1);
    expect(camera.live).toBeNull();
  });

  it('is silent after its own stop', async () => {
    const track = rear();
    answers = [track];
    const camera = new Camera(devices, events);
    await camera.start();
    camera.stop();
    expect(track.stopped).toBe(true);
    expect(track.onended).toBeNull();
  });

  it('says so where the browser gives no devices at all', async () => {
    expect(await new Camera(undefined, events).start()).toEqual({ ok: false, problem: 'insecure' });
  });
});

describe('why not', () => {
  it.each([
    ['NotAllowedError', 'Permission denied', 20, 'denied'],
    ['NotAllowedError', 'Permission dismissed', 3000, 'dismissed'],
    ['NotFoundError', '', 20, 'missing'],
    ['OverconstrainedError', '', 20, 'missing'],
    ['NotReadableError', 'Could not start video source', 20, 'busy'],
    ['AbortError', '', 20, 'busy'],
    ['SomethingNew', '', 20, 'busy'],
  ])('%s "%s"', (name, message, took, problem) => {
    expect(classify(new DOMException(message, name), took)).toBe(problem);
  });
});

describe('the screen stays on', () => {
  it('asks again after the browser dropped the lock', async () => {
    const held: { released: boolean; release: () => Promise<void> }[] = [];
    const awake = new Awake({
      request: () => {
        const lock = {
          released: false,
          release: () => {
            lock.released = true;
            return Promise.resolve();
          },
        };
        held.push(lock);
        return Promise.resolve(lock as unknown as WakeLockSentinel);
      },
    });
    await awake.returned();
    expect(held).toHaveLength(0);
    await awake.want(true);
    await awake.returned();
    expect(held).toHaveLength(1);
    held[0]!.released = true;
    await awake.returned();
    expect(held).toHaveLength(2);
    await awake.want(false);
    expect(held[1]!.released).toBe(true);
  });

  it('does not mind a refusal', async () => {
    const awake = new Awake({ request: () => Promise.reject(new DOMException('', 'NotAllowedError')) });
    await expect(awake.want(true)).resolves.toBeUndefined();
    await expect(new Awake(undefined).want(true)).resolves.toBeUndefined();
  });
});
