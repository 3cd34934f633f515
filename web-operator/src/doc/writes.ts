/**
 * What a person does to documents, as it lies in the outbox until it is a signed change: plain data, so that
 * it survives a reload. Entries and documents are named in lowercase hex, as the page shows them.
 */
import { fromHex } from '../seal/bytes.ts';
import type { OutboxRow } from '../store/rows.ts';
import type { Drawing, NewStill } from './board.ts';
import { ROOM, type DocId } from './envelope.ts';
import type { NewState } from './steps.ts';

/** Besides saying something and publishing a file. */
export type Write =
  | { readonly op: 'hide-file'; readonly file: string }
  | { readonly op: 'begin-board'; readonly board: string; readonly still: NewStill }
  | { readonly op: 'rename-board'; readonly board: string; readonly title: string }
  | { readonly op: 'draw'; readonly board: string; readonly drawing: Drawing }
  /** A stroke that is not written yet is named by its row. */
  | { readonly op: 'erase'; readonly board: string; readonly stroke: string }
  | { readonly op: 'undo' | 'redo'; readonly board: string }
  | { readonly op: 'set-step'; readonly set: NewState }
  | {
      readonly op: 'splice';
      readonly text: string;
      /** The text as the person saw it. */
      readonly was: string;
      readonly at: number;
      readonly remove: number;
      readonly insert: string;
    };

/** The document that a row writes to. */
export function docOf({ write }: OutboxRow): DocId {
  if (write === undefined) return ROOM;
  if ('board' in write) return { kind: 'board', id: fromHex(write.board) };
  if (write.op === 'splice') return { kind: 'text', id: fromHex(write.text) };
  return ROOM;
}
