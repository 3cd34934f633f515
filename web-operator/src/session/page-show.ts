/** What the page shows beyond chat and files: documents and what is live, put together into one port. */
import {
  NO_SHOW,
  type LiveIn,
  type Pointer,
  type ShowPort,
  type ShowSnapshot,
  type StepState,
  type Stroke,
} from './show.ts';
import type { ShowDocuments } from './show-port.ts';

/** Pointers, strokes in the making, wishes and photos: never stored. */
export interface LiveHalf extends Pick<
  ShowPort,
  'point' | 'preview' | 'cursor' | 'onLive' | 'photo' | 'refusePhoto'
> {
  readonly look?: ShowSnapshot['look'];
  readonly photoAsked?: ShowSnapshot['photoAsked'];
  /** The own stroke goes the documents' way now. */
  drawn?(board: string, preview: number | null): void;
}

export class PageShow implements ShowPort {
  readonly #listeners = new Set<() => void>();
  #snapshot: ShowSnapshot | null = null;
  #announced = false;

  constructor(
    readonly documents: () => ShowDocuments | null,
    readonly live: LiveHalf,
  ) {}

  snapshot(): ShowSnapshot {
    this.#snapshot ??= {
      ...NO_SHOW,
      ...this.documents()?.snapshot(),
      look: this.live.look ?? null,
      photoAsked: this.live.photoAsked ?? null,
    };
    return this.#snapshot;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** One call of the listeners for all changes of a turn. */
  changed(): void {
    this.#snapshot = null;
    if (this.#announced) return;
    this.#announced = true;
    queueMicrotask(() => {
      this.#announced = false;
      for (const listener of this.#listeners) listener();
    });
  }

  point(pointer: Pointer): void {
    this.live.point(pointer);
  }

  preview(board: string, id: number, stroke: Stroke | null): void {
    this.live.preview(board, id, stroke);
  }

  cursor(text: string, at: number): void {
    this.live.cursor(text, at);
  }

  onLive(listener: (live: LiveIn) => void): () => void {
    return this.live.onLive(listener);
  }

  draw(board: string, stroke: Stroke, preview: number | null): void {
    this.documents()?.draw(board, stroke);
    this.live.drawn?.(board, preview);
  }

  erase(board: string, stroke: string): void {
    this.documents()?.erase(board, stroke);
  }

  undo(board: string): void {
    this.documents()?.undo(board);
  }

  redo(board: string): void {
    this.documents()?.redo(board);
  }

  rename(board: string, title: string): void {
    this.documents()?.rename(board, title);
  }

  newBoard(still: Blob, width: number, height: number, title: string): Promise<string | null> {
    return this.documents()?.newBoard(still, width, height, title) ?? Promise.resolve(null);
  }

  boardOf(blob: string, width: number, height: number, title: string): Promise<string | null> {
    return this.documents()?.boardOf(blob, width, height, title) ?? Promise.resolve(null);
  }

  setStep(list: string, step: number, state: StepState, note: string, photo: string | null): void {
    this.documents()?.setStep(list, step, state, note, photo);
  }

  splice(text: string, at: number, remove: number, insert: string): void {
    this.documents()?.splice(text, at, remove, insert);
  }

  photo(picture: Blob, width: number, height: number): Promise<boolean> {
    return this.live.photo(picture, width, height);
  }

  flush(): void {
    this.documents()?.flush();
  }

  refusePhoto(): void {
    this.live.refusePhoto();
  }
}
