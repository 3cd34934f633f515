/** What the page is told of a board: what changed of it, and whether something can be taken back. */
import { hex, type Bytes } from '../seal/bytes.ts';
import { BoardReader, type Board, type BoardStroke } from './board.ts';
import type { BoardUpdate } from './messages.ts';
import type { Tidies } from './shelf.ts';
import type { ShownDocument } from './shown.ts';
import { History } from './undo.ts';

export class ShownBoard {
  readonly history = new History();
  readonly #reader = new BoardReader();
  #shown: Board | null = null;
  #told = '';
  #visible: ReadonlySet<string> = new Set();
  /** This device wrote something: it is told of it even where nothing looks different. */
  #wrote = false;

  constructor(
    readonly document: ShownDocument,
    readonly id: string,
    readonly me: Bytes,
  ) {}

  isVisible = (stroke: string): boolean => this.#visible.has(stroke);

  wrote(): void {
    this.#wrote = true;
  }

  /** Reads what is visible now, without telling. */
  look(tidies: Tidies): Board | null {
    const board = this.#reader.board(this.document.replica, tidies);
    this.#visible = new Set(board?.strokes.map(({ id }) => id));
    return board;
  }

  /** What changed since the last time: `gone` when there is nothing to show any more, null when nothing did. */
  update(tidies: Tidies): BoardUpdate | 'gone' | null {
    const board = this.look(tidies);
    const before = this.#shown;
    this.#shown = board;
    if (board === null) {
      this.#told = '';
      return before === null ? null : 'gone';
    }
    const about = {
      author: board.author,
      title: board.title,
      at: board.at,
      still: board.still,
      tidies: tidies(hex(this.me)),
      canUndo: this.history.canUndo(this.isVisible),
      canRedo: this.history.canRedo(this.isVisible),
    };
    const strokes = changed(before?.strokes ?? [], board.strokes);
    const told = JSON.stringify(about);
    const same = strokes.remove === 0 && strokes.insert.length === 0 && told === this.#told;
    if (same && !this.#wrote) return null;
    this.#told = told;
    this.#wrote = false;
    return { id: this.id, ...about, strokes };
  }
}

/** What lies between what is the same at the front and at the end: strokes are the same objects as long as they stay. */
function changed(before: readonly BoardStroke[], after: readonly BoardStroke[]): BoardUpdate['strokes'] {
  const most = Math.min(before.length, after.length);
  let from = 0;
  while (from < most && before[from] === after[from]) from += 1;
  let end = 0;
  while (end < most - from && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  return { from, remove: before.length - end - from, insert: after.slice(from, after.length - end) };
}
