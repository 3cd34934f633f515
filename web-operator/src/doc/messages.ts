/** What the page and the documents' worker say to each other. */
import type { Bytes } from '../seal/bytes.ts';
import type { SignKey } from '../seal/ed25519.ts';
import type { OutboxRow } from '../store/rows.ts';
import type { StoreProblem } from '../store/database.ts';
import type { BoardStroke, Still } from './board.ts';
import type { StepList } from './steps.ts';
import type { SharedText } from './text-doc.ts';

export type ToWorker =
  | {
      readonly t: 'start';
      readonly session: string;
      readonly sid: Bytes;
      readonly me: SignKey;
      /** Who answers in the waiting room. */
      readonly expert: Bytes;
      /** Empty while not admitted. */
      readonly chain: readonly Bytes[];
    }
  | { readonly t: 'write'; readonly row: OutboxRow }
  /** Which own envelopes nobody else is known to have: `unheard` answers. */
  | { readonly t: 'unheard'; readonly req: number }
  /** Roster entries the page got by a reply. */
  | { readonly t: 'roster'; readonly chain: readonly Bytes[] }
  /** Opened items of the waiting room. */
  | { readonly t: 'envelopes'; readonly envelopes: readonly Bytes[] }
  /** Opened items of the mailbox: `taken` answers when what they brought is on disk. */
  | { readonly t: 'take'; readonly req: number; readonly envelopes: readonly Bytes[] }
  /** A proved link, by a number of the page. */
  | { readonly t: 'link-up'; readonly link: number; readonly peer: Bytes }
  | { readonly t: 'link-data'; readonly link: number; readonly data: Bytes }
  | { readonly t: 'link-down'; readonly link: number }
  | { readonly t: 'stop' };

/** A chat message as the room has it. */
export interface RoomMessage {
  /** The object's name in the document. */
  readonly id: string;
  /** Lowercase hex id of the envelope it came in. */
  readonly envelope: string;
  /** Lowercase hex peer key: who made the object, never what it claims. */
  readonly author: string;
  /** Empty where it only brings a file. */
  readonly text: string;
  /** The blob of the file it brings, lowercase hex. */
  readonly file: string | null;
  readonly at: number;
  /** Somebody else's device has it. */
  readonly delivered: boolean;
}

export interface RoomView {
  readonly title: string;
  /** Messages before this index are as they were. */
  readonly from: number;
  readonly chat: readonly RoomMessage[];
}

/** A file or document on the shelf. */
export interface ShelfEntry {
  readonly id: string;
  /** Lowercase hex id of its envelope. */
  readonly envelope: string;
  readonly author: string;
  readonly kind: 'file' | 'document';
  readonly blob: string;
  readonly size: number;
  /** As the author wrote it: never shown or used before it was cleaned. */
  readonly name: string;
  readonly type: string;
  readonly at: number;
  readonly pages: number;
  /** Pages whose pictures are published, by number. */
  readonly shown: readonly ShownPage[];
  /** Somebody else's device has the entry. */
  readonly delivered: boolean;
}

export interface ShownPage {
  readonly page: number;
  readonly blob: string;
  readonly size: number;
  readonly type: string;
  readonly width: number;
  readonly height: number;
}

/** A board, with what changed of its strokes. */
export interface BoardUpdate {
  readonly id: string;
  readonly author: string;
  readonly title: string;
  readonly at: number;
  readonly still: Still;
  /** I may erase what others drew. */
  readonly tidies: boolean;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  /** From an index on so many go, and others come in their place. */
  readonly strokes: {
    readonly from: number;
    readonly remove: number;
    readonly insert: readonly BoardStroke[];
  };
}

export interface TextUpdate extends SharedText {
  readonly id: string;
}

/** A blob that documents name, with its size where they tell it. */
export interface NamedBlob {
  readonly blob: string;
  readonly size: number | null;
}

export type FromWorker =
  /** The wasm is there. */
  | { readonly t: 'loaded' }
  | { readonly t: 'failed' }
  /** The session's log was read. */
  | { readonly t: 'started' }
  | { readonly t: 'room'; readonly view: RoomView }
  /** All files, when they changed. */
  | { readonly t: 'shelf'; readonly files: readonly ShelfEntry[] }
  /** All checklists, when they changed. */
  | { readonly t: 'steps'; readonly lists: readonly StepList[] }
  /** Boards that changed; `gone` are no longer shown. */
  | { readonly t: 'boards'; readonly boards: readonly BoardUpdate[]; readonly gone: readonly string[] }
  /** Texts that changed. */
  | { readonly t: 'texts'; readonly texts: readonly TextUpdate[] }
  /** Every blob that shelf, boards and checklists name, when that changed. */
  | { readonly t: 'named'; readonly blobs: readonly NamedBlob[] }
  /** What a person did is a signed change and on disk, or nothing was left to be done; and the entry it made. */
  | { readonly t: 'done'; readonly outbox: string; readonly made: string }
  /** An envelope that is for the waiting room, besides those that are `sealed`. */
  | { readonly t: 'waiting-room'; readonly envelope: Bytes; readonly id: string }
  /** A typed message or a file is a signed envelope now, and on disk. */
  | {
      readonly t: 'sealed';
      readonly outbox: string;
      readonly message: string;
      readonly envelope: Bytes;
      readonly id: string;
      readonly epoch: bigint;
    }
  | {
      readonly t: 'unheard';
      readonly req: number;
      readonly envelopes: readonly { readonly id: string; readonly envelope: Bytes }[];
    }
  /** `waiting`: the places of envelopes that are not stored and may be later. */
  | { readonly t: 'taken'; readonly req: number; readonly waiting: readonly number[] }
  | { readonly t: 'link-send'; readonly link: number; readonly data: Bytes }
  /** A better roster came over a link. */
  | { readonly t: 'roster'; readonly chain: readonly Bytes[] }
  /** How often each reason for a refusal occurred. */
  | { readonly t: 'refused'; readonly counts: Readonly<Record<string, number>> }
  | { readonly t: 'storage'; readonly problem: StoreProblem };
