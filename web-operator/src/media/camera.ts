/**
 * The operator's camera: asked for only by a person's tap, rear side first, no microphone.
 *
 * One `Camera` owns at most one stream. What happens to it from outside (unplugged, taken by a phone call,
 * permission withdrawn) is reported as an event; nothing is retried behind the person's back.
 */
import { classify, type CameraProblem } from './problem';

/** Which way the camera looks, as far as the browser says. */
export type Facing = 'environment' | 'user' | 'unknown';

/** A running camera. */
export interface LiveCamera {
  readonly stream: MediaStream;
  readonly track: MediaStreamTrack;
  readonly facing: Facing;
}

export type CameraResult =
  | { readonly ok: true; readonly camera: LiveCamera }
  | { readonly ok: false; readonly problem: CameraProblem };

/** What happens to a running camera without the person asking for it. */
export interface CameraEvents {
  /** The system withholds pictures (true) or gives them again (false). */
  paused(paused: boolean): void;
  /** The camera is gone: unplugged, or its permission was withdrawn. */
  lost(): void;
}

/** The part of `navigator.mediaDevices` that is used. */
export type Devices = Pick<MediaDevices, 'getUserMedia' | 'enumerateDevices'>;

const SIZE: MediaTrackConstraints = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 30 },
};

/** See the module's text. */
export class Camera {
  readonly #devices: Devices | undefined;
  readonly #events: CameraEvents;
  #live: LiveCamera | null = null;

  constructor(devices: Devices | undefined, events: CameraEvents) {
    this.#devices = devices;
    this.#events = events;
  }

  get live(): LiveCamera | null {
    return this.#live;
  }

  /** Starts the rear camera, or any. Call only from a person's tap: the browser may ask here. */
  async start(): Promise<CameraResult> {
    return this.#open({ ...SIZE, facingMode: { ideal: 'environment' } });
  }

  /**
   * Changes to the other side, or to the next device where sides are not known. Phones open one camera at a
   * time, so the old one is closed first; if the other one fails the old one is opened again.
   */
  async flip(): Promise<CameraResult> {
    const before = this.#live;
    if (before === null) {
      return this.start();
    }
    const wanted = await this.#other(before);
    this.#release();
    const opened = await this.#open(wanted);
    if (opened.ok) {
      return opened;
    }
    return this.#open({ ...SIZE, facingMode: { ideal: before.facing === 'user' ? 'user' : 'environment' } });
  }

  /** There is another camera to change to. Known only once a camera was allowed. */
  async canFlip(): Promise<boolean> {
    return (await this.#cameras()).length > 1;
  }

  /** Stops the camera; its light goes out. Idempotent. */
  stop(): void {
    this.#release();
  }

  async #open(video: MediaTrackConstraints): Promise<CameraResult> {
    if (this.#devices === undefined) {
      return { ok: false, problem: 'insecure' };
    }
    const asked = performance.now();
    let stream: MediaStream;
    try {
      stream = await this.#devices.getUserMedia({ video, audio: false });
    } catch (error) {
      return { ok: false, problem: classify(error, performance.now() - asked) };
    }
    const track = stream.getVideoTracks()[0];
    if (track === undefined) {
      return { ok: false, problem: 'missing' };
    }
    track.onended = () => this.#lose(track);
    track.onmute = () => this.#pause(track, true);
    track.onunmute = () => this.#pause(track, false);
    this.#live = { stream, track, facing: facingOf(track) };
    return { ok: true, camera: this.#live };
  }

  async #other(live: LiveCamera): Promise<MediaTrackConstraints> {
    if (live.facing !== 'unknown') {
      return { ...SIZE, facingMode: { exact: live.facing === 'user' ? 'environment' : 'user' } };
    }
    const cameras = await this.#cameras();
    const current = live.track.getSettings().deviceId;
    const index = cameras.findIndex((camera) => camera.deviceId === current);
    const next = cameras[(index + 1) % Math.max(1, cameras.length)];
    return next === undefined ? SIZE : { ...SIZE, deviceId: { exact: next.deviceId } };
  }

  async #cameras(): Promise<MediaDeviceInfo[]> {
    try {
      const all = (await this.#devices?.enumerateDevices()) ?? [];
      return all.filter((device) => device.kind === 'videoinput');
    } catch {
      return [];
    }
  }

  #lose(track: MediaStreamTrack): void {
    if (this.#live?.track === track) {
      this.#release();
      this.#events.lost();
    }
  }

  #pause(track: MediaStreamTrack, paused: boolean): void {
    if (this.#live?.track === track) {
      this.#events.paused(paused);
    }
  }

  #release(): void {
    const live = this.#live;
    this.#live = null;
    if (live !== null) {
      live.track.onended = live.track.onmute = live.track.onunmute = null;
      for (const track of live.stream.getTracks()) {
        track.stop();
      }
    }
  }
}

function facingOf(track: MediaStreamTrack): Facing {
  const told = track.getSettings().facingMode;
  if (told === 'environment' || told === 'user') {
    return told;
  }
  // Labels are there once permission is given; phones name the side even where settings don't.
  if (/\b(back|rear|environment|trasera)\b/i.test(track.label)) {
    return 'environment';
  }
  return /\b(front|user|frontal)\b/i.test(track.label) ? 'user' : 'unknown';
}
