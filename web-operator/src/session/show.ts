/**
 * What the page shows and does beyond the chat: files, boards, pointers, steps, shared texts. Two ports with
 * a snapshot each; views read the snapshots and call the methods, bytes stay on the other side.
 *
 * Coordinates on a picture are 0..65535 across its width and its height, so that they stay put at any
 * size or rotation of the screen. Ids are lowercase hex; an entry's id is `counter@actor`.
 */
import type { Delivery } from './facade.ts';

export type FileState =
  /** All of it is on this device, verified. */
  | 'here'
  | 'arriving'
  | 'paused'
  /** Nobody reachable has it; it is fetched as soon as somebody does. */
  | 'waiting'
  /** It is large: fetched when the person asks for it. */
  | 'offered'
  /** It can't be had; `why` says it. */
  | 'refused';

export interface Progress {
  readonly have: number;
  readonly size: number;
  /** Bytes per second over the last seconds; 0 while nothing moves. */
  readonly perSec: number;
  readonly secsLeft: number | null;
}

export interface PagePicture {
  /** From 0. */
  readonly page: number;
  readonly blob: string;
  readonly width: number;
  readonly height: number;
}

export interface FileItem {
  readonly id: string;
  readonly blob: string;
  /** A label, already safe as a file name; never a path. */
  readonly name: string;
  /** What its sender says it is; a claim. */
  readonly mediaType: string;
  readonly size: number;
  readonly author: string;
  readonly authorName: string;
  readonly mine: boolean;
  readonly at: number;
  readonly kind: 'file' | 'document';
  /** Of a document. */
  readonly pages: number;
  readonly shown: readonly PagePicture[];
  readonly state: FileState;
  readonly progress: Progress;
  /** Fluent id of why it can't be had, with state `refused`. */
  readonly why: string | null;
  /** False: an own file that did not fit a second time on this device; the page has to stay open until it is delivered. */
  readonly kept: boolean;
  /** Of own files; those of others are always `delivered`. */
  readonly delivery: Delivery;
  /** How much of an own file others have, while it is being sent. */
  readonly sent: Progress | null;
}

export interface FilesSnapshot {
  readonly files: readonly FileItem[];
  /** Largest file that may be sent, in bytes, by the organisation's policy. */
  readonly maxBytes: number;
  /** The last thing that went wrong, a Fluent id with the name it is about; null after `dismiss`. */
  readonly problem: { readonly id: string; readonly name: string } | null;
}

export type FileAct = 'fetch' | 'pause' | 'resume' | 'cancel' | 'hide';

export interface FilesPort {
  snapshot(): FilesSnapshot;
  subscribe(listener: () => void): () => void;
  /** Publishes files; each shows at once and is kept until delivered. Resolves with their blobs. */
  send(files: readonly File[]): Promise<readonly string[]>;
  act(id: string, act: FileAct): void;
  /**
   * The bytes of a blob that is here, for a preview or to be saved; null when it is not. Its type is what the
   * bytes are, of the kinds that a page may show, or `application/octet-stream`: never what a sender says.
   * A page or still that is not here yet is fetched when it is asked for.
   */
  open(blob: string): Promise<File | null>;
  /** Keeps bytes that a document is about to name; null when there was a problem, which is told. */
  keep(bytes: Blob, name: string): Promise<{ readonly blob: string; readonly size: number } | null>;
  dismiss(): void;
}

export type Tool = 'pen' | 'arrow' | 'rectangle' | 'ellipse' | 'text' | 'mark' | 'dot';
export type Ink = 'red' | 'yellow' | 'green' | 'blue' | 'white';
export const TOOLS: readonly Tool[] = ['pen', 'arrow', 'rectangle', 'ellipse', 'text', 'mark', 'dot'];
export const INKS: readonly Ink[] = ['red', 'yellow', 'green', 'blue', 'white'];

export interface Stroke {
  readonly tool: Tool;
  readonly ink: Ink;
  /** Width of the line, or height of letters, in 1/65535 of the picture's longer side. */
  readonly width: number;
  /** Pairs x, y in picture coordinates. */
  readonly points: readonly (readonly [number, number])[];
  /** Words of a text, number of a mark; else empty. */
  readonly text: string;
}

export interface StrokeItem extends Stroke {
  readonly id: string;
  readonly author: string;
  readonly authorName: string;
  readonly mine: boolean;
  /** This person may erase it. */
  readonly erasable: boolean;
}

export interface BoardItem {
  readonly id: string;
  readonly title: string;
  readonly author: string;
  readonly authorName: string;
  readonly mine: boolean;
  readonly at: number;
  readonly still: { readonly blob: string; readonly width: number; readonly height: number };
  readonly strokes: readonly StrokeItem[];
  readonly canUndo: boolean;
  readonly canRedo: boolean;
}

export type StepState = 'open' | 'done' | 'failed';

export interface StepItem {
  readonly text: string;
  readonly state: StepState;
  readonly note: string;
  /** Blob of an attached photo. */
  readonly photo: string | null;
}

export interface StepsItem {
  readonly id: string;
  readonly title: string;
  readonly authorName: string;
  readonly at: number;
  readonly steps: readonly StepItem[];
}

export interface TextItem {
  readonly id: string;
  readonly title: string;
  readonly authorName: string;
  readonly at: number;
  readonly text: string;
}

/** What everybody is asked to look at. */
export type Look =
  | { readonly look: 'live' }
  | { readonly look: 'board'; readonly board: string }
  | { readonly look: 'page'; readonly file: string; readonly page: number }
  | { readonly look: 'steps'; readonly list: string }
  | { readonly look: 'text'; readonly text: string };

export interface ShowSnapshot {
  readonly boards: readonly BoardItem[];
  readonly steps: readonly StepsItem[];
  readonly texts: readonly TextItem[];
  /** The newest wish of an expert, with who made it; a new object for each wish. */
  readonly look: (Look & { readonly name: string }) | null;
  /** An expert asks for a photo in full resolution: answer with `photo` or `refusePhoto`. */
  readonly photoAsked: { readonly name: string } | null;
}

export type PointerTarget =
  { readonly on: 'video'; readonly peer: string } | { readonly on: 'board'; readonly board: string };

export type PointerAct = 'move' | 'click' | 'gone';

export interface Pointer {
  readonly target: PointerTarget;
  readonly x: number;
  readonly y: number;
  readonly act: PointerAct;
}

/** Never stored: what others point at and draw right now. */
export type LiveIn =
  | ({ readonly t: 'pointer'; readonly peer: string; readonly name: string } & Pointer)
  | {
      readonly t: 'preview';
      readonly peer: string;
      readonly name: string;
      readonly board: string;
      /** The author's number of the stroke. */
      readonly id: number;
      /** Null: the pen was lifted; the finished stroke follows or nothing does. */
      readonly stroke: Stroke | null;
    }
  | {
      readonly t: 'cursor';
      readonly peer: string;
      readonly name: string;
      readonly text: string;
      readonly at: number;
    };

export interface ShowPort {
  snapshot(): ShowSnapshot;
  subscribe(listener: () => void): () => void;
  /** Own pointer; lost when it can't be sent at once. */
  point(pointer: Pointer): void;
  /** Own stroke in the making, whole as it is so far; null when the pen was lifted without a stroke. */
  preview(board: string, id: number, stroke: Stroke | null): void;
  cursor(text: string, at: number): void;
  onLive(listener: (live: LiveIn) => void): () => void;

  /** A finished stroke, and the number of the preview that it replaces. */
  draw(board: string, stroke: Stroke, preview: number | null): void;
  erase(board: string, stroke: string): void;
  undo(board: string): void;
  redo(board: string): void;
  rename(board: string, title: string): void;
  /** A new board of a picture; its bytes become a blob. Resolves with the board's id, or null. */
  newBoard(still: Blob, width: number, height: number, title: string): Promise<string | null>;
  /** A new board of a picture that is a blob already: a file or a page. */
  boardOf(blob: string, width: number, height: number, title: string): Promise<string | null>;

  setStep(list: string, step: number, state: StepState, note: string, photo: string | null): void;
  splice(text: string, at: number, remove: number, insert: string): void;
  /** The page may end at any moment: what is typed is written now. */
  flush(): void;

  /** The photo that was asked for; false: it could not be kept, and the expert is told that there is none. */
  photo(picture: Blob, width: number, height: number): Promise<boolean>;
  refusePhoto(): void;
}

export const NO_FILES: FilesSnapshot = { files: [], maxBytes: 1024 * 1024 * 1024, problem: null };
export const NO_SHOW: ShowSnapshot = { boards: [], steps: [], texts: [], look: null, photoAsked: null };

/** Files of a page that is in no session. */
export const noFiles: FilesPort = {
  snapshot: () => NO_FILES,
  subscribe: () => () => undefined,
  send: () => Promise.resolve([]),
  act: () => undefined,
  open: () => Promise.resolve(null),
  keep: () => Promise.resolve(null),
  dismiss: () => undefined,
};

/** Boards and steps of a page that is in no session. */
export const noShow: ShowPort = {
  snapshot: () => NO_SHOW,
  subscribe: () => () => undefined,
  point: () => undefined,
  preview: () => undefined,
  cursor: () => undefined,
  onLive: () => () => undefined,
  draw: () => undefined,
  erase: () => undefined,
  undo: () => undefined,
  redo: () => undefined,
  rename: () => undefined,
  newBoard: () => Promise.resolve(null),
  boardOf: () => Promise.resolve(null),
  setStep: () => undefined,
  splice: () => undefined,
  flush: () => undefined,
  photo: () => Promise.resolve(false),
  refusePhoto: () => undefined,
};
