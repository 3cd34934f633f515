/** What the page and the documents' worker say to each other. */
import type { Bytes } from '../seal/bytes.ts';
import type { SignKey } from '../seal/ed25519.ts';
import type { OutboxRow } from '../store/rows.ts';
import type { ShelfFile } from './shelf.ts';
import type { StoreProblem } from '../store/database.ts';

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
  | { readonly t: 'say'; readonly row: OutboxRow }
  /** Takes an entry off the shelf. */
  | { readonly t: 'hide'; readonly entry: string }
  /** Roster entries the page got by a reply. */
  | { readonly t: 'roster'; readonly chain: readonly Bytes[] }
  /** Opened items of the waiting room. */
  | { readonly t: 'envelopes'; readonly envelopes: readonly Bytes[] }
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
  readonly text: string;
  /** Blob that it brings, lowercase hex. */
  readonly file: string | null;
  readonly at: number;
  /** Somebody else's device has it. */
  readonly delivered: boolean;
}

/** A file on the shelf. */
export interface ShelfItem extends Omit<ShelfFile, 'actor' | 'counter'> {
  readonly author: string;
  /** Lowercase hex id of the envelope it came in. */
  readonly envelope: string;
  readonly delivered: boolean;
}

export interface RoomView {
  readonly title: string;
  /** Messages before this index are as they were. */
  readonly from: number;
  readonly chat: readonly RoomMessage[];
  /** The whole shelf; null when it is as it was. */
  readonly shelf: readonly ShelfItem[] | null;
}

export type FromWorker =
  /** The wasm is there. */
  | { readonly t: 'loaded' }
  | { readonly t: 'failed' }
  /** The session's log was read. */
  | { readonly t: 'started' }
  | { readonly t: 'room'; readonly view: RoomView }
  /** A typed message is a signed envelope now, and on disk. */
  | {
      readonly t: 'sealed';
      readonly outbox: string;
      readonly message: string;
      readonly envelope: Bytes;
      readonly id: string;
      readonly epoch: bigint;
    }
  | { readonly t: 'link-send'; readonly link: number; readonly data: Bytes }
  /** A better roster came over a link. */
  | { readonly t: 'roster'; readonly chain: readonly Bytes[] }
  /** How often each reason for a refusal occurred. */
  | { readonly t: 'refused'; readonly counts: Readonly<Record<string, number>> }
  | { readonly t: 'storage'; readonly problem: StoreProblem };
