/**
 * Showing the camera: from the tap to the picture on the link, through flips, interruptions and the stop that
 * can be undone. Holds the order of things; what is drawn follows from the state it sets.
 */
import type { Call } from '../call/call';
import type { Awake } from '../media/awake';
import type { Camera, CameraEvents, CameraResult } from '../media/camera';
import type { CameraProblem } from '../media/problem';
import type { Warm } from '../media/warm';
import type { MediaOffReason, Operator } from '../session/facade';
import type { Action, AppState } from '../state/model';

/** A stop can be taken back for this long. */
export const UNDO_MS = 3_000;
/** The system often withholds the picture for a moment while starting; shorter pauses are not told. */
const PAUSE_TOLD_AFTER_MS = 800;

export interface ShowingParts {
  readonly call: Call;
  readonly operator: Pick<Operator, 'sendControl'>;
  readonly makeCamera: (events: CameraEvents) => Camera;
  readonly awake: Awake;
  readonly warm: Pick<Warm, 'keep'>;
  readonly state: () => AppState;
  readonly dispatch: (action: Action) => void;
}

/** One per page. */
export class Showing {
  readonly #parts: ShowingParts;
  readonly #camera: Camera;
  #stopTimer: ReturnType<typeof setTimeout> | undefined;
  #pauseTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: ShowingParts) {
    this.#parts = parts;
    this.#camera = parts.makeCamera({
      paused: (paused) => this.#systemPaused(paused),
      lost: () => void this.#fail('lost'),
    });
  }

  /** A tap: the person wants to show, or says yes to the expert's question. */
  async start(): Promise<void> {
    const { camera, asked, phase } = { ...this.#parts.state(), phase: this.#parts.state().session.phase };
    if (camera.is === 'starting' || camera.is === 'live' || phase === 'ended' || phase === 'refused') {
      return;
    }
    if (asked) {
      this.#parts.operator.sendControl({ t: 'asked', what: 'video', ok: true });
    }
    this.#parts.dispatch({ do: 'camera', camera: { is: 'starting' } });
    await this.#took(await this.#camera.start());
  }

  /** The expert asked; while the picture runs the answer is yes without asking anybody. */
  asked(): void {
    const { camera, stopUntil } = this.#parts.state();
    if (camera.is === 'live' && stopUntil === null) {
      this.#parts.operator.sendControl({ t: 'asked', what: 'video', ok: true });
      this.#tell();
      return;
    }
    this.#parts.dispatch({ do: 'asked', asked: true });
  }

  notNow(): void {
    this.#parts.operator.sendControl({ t: 'asked', what: 'video', ok: false });
    this.#parts.dispatch({ do: 'asked', asked: false });
  }

  async flip(): Promise<void> {
    const { camera, stopUntil } = this.#parts.state();
    if (camera.is !== 'live' || camera.flipping || stopUntil !== null) {
      return;
    }
    this.#parts.dispatch({ do: 'flipping' });
    await this.#took(await this.#camera.flip());
  }

  /** Nothing is sent from this moment; the camera itself goes off when the time to undo is over. */
  async stop(): Promise<void> {
    const { camera, stopUntil } = this.#parts.state();
    if (camera.is !== 'live' || stopUntil !== null) {
      return;
    }
    this.#parts.dispatch({ do: 'stop', until: Date.now() + UNDO_MS });
    this.#stopTimer = setTimeout(() => this.#off(), UNDO_MS);
    await this.#parts.call.show(null);
    this.#tellOff('stopped');
  }

  async undoStop(): Promise<void> {
    const live = this.#camera.live;
    if (this.#parts.state().stopUntil === null || live === null) {
      return;
    }
    clearTimeout(this.#stopTimer);
    this.#parts.dispatch({ do: 'stop', until: null });
    await this.#parts.call.show(live.track);
    this.#tell();
  }

  /** The link came up or went: the running picture follows it. */
  async link(up: boolean): Promise<void> {
    await this.#parts.call.link(up);
    this.#warm();
    if (up) {
      this.#tell();
    }
  }

  /** The session is over, or the person leaves: no camera without somebody to see it. */
  end(): void {
    clearTimeout(this.#stopTimer);
    if (this.#parts.state().camera.is !== 'off') {
      this.#off();
    }
  }

  /** The page is visible again: the lock is taken again, and a camera that died meanwhile is noticed. */
  async returned(): Promise<void> {
    await this.#parts.awake.returned();
    if (this.#camera.live?.track.readyState === 'ended') {
      await this.#fail('lost');
    }
  }

  async #took(result: CameraResult): Promise<void> {
    if (!result.ok) {
      await this.#fail(result.problem);
      return;
    }
    const { phase } = this.#parts.state().session;
    if (phase === 'ended' || phase === 'refused') {
      this.#off();
      return;
    }
    const { stream, track, facing } = result.camera;
    const before = this.#parts.state().camera;
    const canFlip = before.is === 'live' && before.canFlip;
    await this.#parts.call.show(track);
    this.#parts.dispatch({
      do: 'camera',
      camera: { is: 'live', stream, facing, canFlip, paused: false, flipping: false },
    });
    this.#tell();
    this.#warm();
    await this.#parts.awake.want(true);
    this.#parts.dispatch({ do: 'camera-can-flip', canFlip: await this.#camera.canFlip() });
  }

  async #fail(why: CameraProblem): Promise<void> {
    clearTimeout(this.#stopTimer);
    this.#camera.stop();
    this.#parts.dispatch({ do: 'camera', camera: { is: 'problem', why } });
    await this.#parts.call.show(null);
    this.#tellOff(REASONS[why]);
    await this.#parts.awake.want(false);
  }

  #off(): void {
    this.#camera.stop();
    this.#parts.dispatch({ do: 'camera', camera: { is: 'off' } });
    this.#warm();
    void this.#parts.call.show(null);
    void this.#parts.awake.want(false);
  }

  /** A tap on "Show" may come at any moment while somebody is there to see it. */
  #warm(): void {
    const { camera, session } = this.#parts.state();
    this.#parts.warm.keep(session.phase === 'linked' && camera.is === 'off');
  }

  #systemPaused(paused: boolean): void {
    clearTimeout(this.#pauseTimer);
    const { camera } = this.#parts.state();
    if (!paused) {
      if (camera.is === 'live' && camera.paused) {
        this.#parts.dispatch({ do: 'camera-paused', paused: false });
        this.#tell();
      }
      return;
    }
    this.#pauseTimer = setTimeout(() => {
      this.#parts.dispatch({ do: 'camera-paused', paused: true });
      this.#tellOff('lost');
    }, PAUSE_TOLD_AFTER_MS);
  }

  /** Tells the other side that the picture runs, if it does. */
  #tell(): void {
    const { camera, stopUntil } = this.#parts.state();
    if (camera.is === 'live' && stopUntil === null && !camera.paused) {
      this.#parts.operator.sendControl({ t: 'media', video: 'live', why: null });
    }
  }

  #tellOff(why: MediaOffReason): void {
    this.#parts.operator.sendControl({ t: 'media', video: 'off', why });
  }
}

const REASONS: Readonly<Record<CameraProblem, MediaOffReason>> = {
  denied: 'denied',
  dismissed: 'denied',
  missing: 'missing',
  insecure: 'missing',
  busy: 'busy',
  lost: 'lost',
};
