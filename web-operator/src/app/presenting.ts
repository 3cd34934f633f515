/**
 * Boards, steps and photos as the page's owner sees them: what the session shows goes into the state, what
 * must be noticed rings, and stills of the camera go out.
 */
import type { Notice } from '../media/notice';
import type { SessionSnapshot } from '../session/facade';
import type { ShowPort } from '../session/show';
import type { Action, AppState } from '../state/model';

/** History is in the first snapshots after the documents are ready; what comes later is new. */
const SETTLE_MS = 1_000;

export interface PresentingParts {
  readonly show: ShowPort;
  readonly notice: Pick<Notice, 'ring'>;
  readonly state: () => AppState;
  readonly dispatch: (action: Action) => void;
  /** Says a Fluent message for a moment. */
  readonly said: (id: string) => void;
}

/** One per page. */
export class Presenting {
  readonly #parts: PresentingParts;
  #settling: ReturnType<typeof setTimeout> | undefined;
  /** The session whose documents are loaded. */
  #ready: string | null = null;

  constructor(parts: PresentingParts) {
    this.#parts = parts;
    parts.show.subscribe(() => this.#changed());
  }

  /** The session went on. */
  session({ key, documents }: Pick<SessionSnapshot, 'key' | 'documents'>): void {
    const ready = documents === 'ready' ? key : null;
    if (ready === this.#ready) {
      return;
    }
    this.#ready = ready;
    clearTimeout(this.#settling);
    if (ready !== null) {
      this.#changed();
      this.#settling = setTimeout(() => this.#parts.dispatch({ do: 'show-settled' }), SETTLE_MS);
    }
  }

  #changed(): void {
    const { state, dispatch, show, notice } = this.#parts;
    const before = state().shown;
    dispatch({ do: 'show', show: show.snapshot() });
    const after = state().shown;
    const cameUp = after.card !== null && after.card !== before.card && after.from !== null;
    const asked = after.show.photoAsked !== null && before.show.photoAsked === null;
    if (cameUp || asked) {
      notice.ring();
    }
  }

  /** Makes a board of what the camera shows, and opens it. */
  async freeze(): Promise<void> {
    const { camera, shown } = this.#parts.state();
    if (camera.is !== 'live' || shown.busy !== null) {
      return;
    }
    this.#busy('freeze');
    try {
      const { freeze } = await import('../board/still');
      const still = await freeze(camera.stream);
      const board =
        still === null ? null : await this.#parts.show.newBoard(still.picture, still.width, still.height, '');
      if (board === null) {
        this.#parts.said('said-not-frozen');
      } else {
        this.#parts.dispatch({ do: 'card', card: { is: 'board', board } });
      }
    } catch {
      this.#parts.said('said-not-frozen');
    } finally {
      this.#busy(null);
    }
  }

  /** Answers the expert's wish: with this picture, or with one of the running camera. */
  async takePhoto(picture: Blob | null): Promise<void> {
    const { camera, shown } = this.#parts.state();
    if (shown.busy !== null) {
      return;
    }
    this.#busy('photo');
    try {
      const { photoOf, sharpPhoto } = await import('../board/still');
      const still =
        picture !== null
          ? await photoOf(picture)
          : camera.is === 'live'
            ? await sharpPhoto(camera.stream)
            : null;
      const sent = still !== null && (await this.#parts.show.photo(still.picture, still.width, still.height));
      this.#parts.said(sent ? 'said-photo-sent' : 'said-no-photo');
    } catch {
      this.#parts.said('said-no-photo');
    } finally {
      this.#busy(null);
    }
  }

  #busy(busy: AppState['shown']['busy']): void {
    this.#parts.dispatch({ do: 'show-busy', busy });
  }
}
