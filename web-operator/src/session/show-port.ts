/**
 * Boards, checklists and shared texts as the page shows them: what the documents' worker tells, and what this
 * person did since and is not part of that yet. Everything done goes through the outbox.
 */
import { decodePoints, encodePoints } from '../doc/points.ts';
import type { BoardStroke } from '../doc/board.ts';
import type { BoardUpdate, FromWorker, TextUpdate } from '../doc/messages.ts';
import type { StepList } from '../doc/steps.ts';
import type { Write } from '../doc/writes.ts';
import type { OutboxRow } from '../store/rows.ts';
import type {
  BoardItem,
  ShowPort,
  ShowSnapshot,
  StepsItem,
  StepState,
  Stroke,
  StrokeItem,
  TextItem,
} from './show.ts';
import { Typing } from './typing.ts';

/** The half of the port that documents are behind. */
export type DocumentsHalf = Pick<
  ShowPort,
  'draw' | 'erase' | 'undo' | 'redo' | 'rename' | 'newBoard' | 'boardOf' | 'setStep' | 'splice' | 'flush'
>;
export type DocumentsSnapshot = Pick<ShowSnapshot, 'boards' | 'steps' | 'texts'>;

export interface ShowDocumentsParts {
  /** My peer key, lowercase hex. */
  me(): string;
  nameOf(author: string): string;
  /** Keeps the row and lets it become a change. */
  write(row: Omit<OutboxRow, 'session'>): void;
  /** Makes a blob of bytes; null where it can't be kept. */
  keep(bytes: Blob, name: string): Promise<{ readonly blob: string; readonly size: number } | null>;
  /** A stroke of somebody else is part of a board: its preview makes room. */
  arrived(author: string, board: string, stroke: Stroke): void;
  /** The snapshot is another one now. */
  changed(): void;
}

/** What is typed into a shared text is written this long after the first key. */
const TYPING_MS = 300;

interface BoardState {
  readonly about: Omit<BoardUpdate, 'strokes'>;
  readonly strokes: readonly StrokeItem[];
}

/** What this person did and the worker has not told of. */
interface Pending {
  readonly row: Omit<OutboxRow, 'session'>;
  /** The entry it became. */
  made: string | null;
}

export class ShowDocuments implements DocumentsHalf {
  #boards = new Map<string, BoardState>();
  #lists: readonly StepList[] = [];
  #texts = new Map<string, TextUpdate>();
  readonly #typing = new Map<string, Typing>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #pending = new Map<string, Pending>();
  /** What the shelf tells of blobs: every file and page. */
  #pictures: ReadonlyMap<string, { readonly size: number; readonly type: string }> = new Map();
  #snapshot: DocumentsSnapshot | null = null;

  constructor(readonly parts: ShowDocumentsParts) {}

  snapshot(): DocumentsSnapshot {
    this.#snapshot ??= { boards: this.#boardItems(), steps: this.#stepsItems(), texts: this.#textItems() };
    return this.#snapshot;
  }

  /** What waited in the outbox when the page was loaded. */
  restore(rows: readonly OutboxRow[]): void {
    for (const row of rows) {
      if (row.write === undefined) continue;
      this.#pending.set(row.id, { row, made: null });
      if (row.write.op === 'splice') this.#typingOf(row.write.text).restore(row.id, row.write);
    }
    this.#changed();
  }

  /** Names may be others now. */
  renamed(): void {
    const named = (stroke: StrokeItem): StrokeItem => {
      const authorName = this.parts.nameOf(stroke.author);
      return stroke.authorName === authorName ? stroke : { ...stroke, authorName };
    };
    for (const [id, { about, strokes }] of this.#boards)
      this.#boards.set(id, { about, strokes: strokes.map(named) });
    this.#changed();
  }

  hear(message: FromWorker): void {
    switch (message.t) {
      case 'boards':
        for (const id of message.gone) this.#boards.delete(id);
        for (const update of message.boards) this.#takeBoard(update);
        break;
      case 'shelf':
        this.#pictures = new Map(
          message.files
            .flatMap((file) => [file, ...file.shown])
            .map(({ blob, size, type }) => [blob, { size, type }]),
        );
        return;
      case 'steps':
        this.#lists = message.lists;
        for (const [id, { row, made }] of this.#pending) {
          if (row.write?.op === 'set-step' && made !== null) this.#pending.delete(id);
        }
        break;
      case 'texts':
        for (const text of message.texts) {
          this.#texts.set(text.id, text);
          this.#typingOf(text.id).update(text.text);
        }
        break;
      case 'done':
        this.#done(message.outbox, message.made);
        break;
      default:
        return;
    }
    this.#changed();
  }

  /** The page goes to another session, or may end at any moment: what is typed is handed over. */
  flush(): void {
    for (const text of [...this.#timers.keys()]) this.#handOver(text);
  }

  draw(board: string, { tool, ink, width, points, text }: Stroke): void {
    const encoded = encodePoints(points);
    if (encoded === null || !Number.isInteger(width) || width < 1 || width > 0xffff) return;
    this.#write({ op: 'draw', board, drawing: { tool, ink, width, points: encoded, text } });
  }

  erase(board: string, stroke: string): void {
    this.#write({ op: 'erase', board, stroke });
  }

  undo(board: string): void {
    this.#write({ op: 'undo', board });
  }

  redo(board: string): void {
    this.#write({ op: 'redo', board });
  }

  rename(board: string, title: string): void {
    this.#write({ op: 'rename-board', board, title });
  }

  async newBoard(picture: Blob, width: number, height: number, title: string): Promise<string | null> {
    const kept = await this.parts.keep(picture, title);
    if (kept === null) return null;
    return this.#begin({ ...kept, type: picture.type, width, height, title });
  }

  boardOf(blob: string, width: number, height: number, title: string): Promise<string | null> {
    const known = this.#pictures.get(blob);
    return Promise.resolve(
      known === undefined ? null : this.#begin({ blob, ...known, width, height, title }),
    );
  }

  setStep(list: string, step: number, state: StepState, note: string, photo: string | null): void {
    this.#write({ op: 'set-step', set: { list, step, state, note, photo } });
  }

  splice(text: string, at: number, remove: number, insert: string): void {
    this.#typingOf(text).splice({ at, remove, insert });
    if (!this.#timers.has(text))
      this.#timers.set(
        text,
        setTimeout(() => this.#handOver(text), TYPING_MS),
      );
    this.#changed();
  }

  #begin(still: Extract<Write, { op: 'begin-board' }>['still']): string {
    const board = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) =>
      byte.toString(16).padStart(2, '0'),
    );
    const id = board.join('');
    this.#write({ op: 'begin-board', board: id, still });
    return id;
  }

  #handOver(text: string): void {
    clearTimeout(this.#timers.get(text));
    this.#timers.delete(text);
    const row = crypto.randomUUID();
    const handed = this.#typing.get(text)?.take(row) ?? null;
    if (handed !== null) this.#write({ op: 'splice', text, ...handed }, row);
  }

  #write(write: Write, id: string = crypto.randomUUID()): void {
    const row = { id, text: '', at: Date.now(), write };
    this.#pending.set(id, { row, made: null });
    this.parts.write(row);
    this.#changed();
  }

  #done(row: string, made: string): void {
    const pending = this.#pending.get(row);
    if (pending === undefined) return;
    const { write } = pending.row;
    if (write?.op === 'splice') this.#typing.get(write.text)?.done(row);
    // What was drawn or erased stays so until the board says it too, a tick until the list does.
    if (write?.op === 'draw' || write?.op === 'erase' || write?.op === 'set-step') pending.made = made;
    else this.#pending.delete(row);
  }

  #takeBoard({ strokes: { from, remove, insert }, ...about }: BoardUpdate): void {
    const before = this.#boards.get(about.id);
    const fresh = insert.flatMap((stroke) => this.#strokeItem(stroke, about.tidies) ?? []);
    const kept = (before?.strokes ?? []).map((stroke) => this.#judged(stroke, about.tidies));
    const strokes = [...kept.slice(0, from), ...fresh, ...kept.slice(from + remove)];
    this.#boards.set(about.id, { about, strokes });
    // What became an entry before this was told is part of it, or was erased since.
    for (const [id, { row, made }] of this.#pending) {
      const { write } = row;
      const here = (write?.op === 'draw' || write?.op === 'erase') && write.board === about.id;
      if (made !== null && here) this.#pending.delete(id);
    }
    if (before !== undefined) {
      for (const stroke of fresh) if (!stroke.mine) this.parts.arrived(stroke.author, about.id, stroke);
    }
  }

  /** A role that changed changes what may be erased. */
  #judged(stroke: StrokeItem, tidies: boolean): StrokeItem {
    const erasable = stroke.mine || tidies;
    return stroke.erasable === erasable ? stroke : { ...stroke, erasable };
  }

  #strokeItem(
    { id, author, tool, ink, width, points, text }: BoardStroke,
    tidies: boolean,
  ): StrokeItem | null {
    const decoded = decodePoints(points);
    if (decoded === null) return null;
    const mine = author === this.parts.me();
    const authorName = this.parts.nameOf(author);
    return {
      id,
      author,
      authorName,
      mine,
      erasable: mine || tidies,
      tool,
      ink,
      width,
      points: decoded,
      text,
    };
  }

  /** With what this person drew and erased just now. */
  #boardItems(): BoardItem[] {
    const items: BoardItem[] = [];
    for (const [id, { about, strokes }] of this.#boards) {
      const { author, title, at, still, canUndo, canRedo } = about;
      const { blob, width, height } = still;
      items.push({
        id,
        title,
        author,
        authorName: this.parts.nameOf(author),
        mine: author === this.parts.me(),
        at,
        still: { blob, width, height },
        strokes: this.#withPending(id, strokes),
        canUndo,
        canRedo,
      });
    }
    return items.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  }

  #withPending(board: string, strokes: readonly StrokeItem[]): readonly StrokeItem[] {
    const drawn: StrokeItem[] = [];
    const erased = new Set<string>();
    for (const { row } of this.#pending.values()) {
      const { write } = row;
      if (write?.op === 'erase' && write.board === board) erased.add(write.stroke);
      if (write?.op !== 'draw' || write.board !== board) continue;
      const stroke = { ...write.drawing, id: row.id, author: this.parts.me(), at: row.at };
      const item = this.#strokeItem(stroke, true);
      if (item !== null) drawn.push(item);
    }
    if (drawn.length === 0 && erased.size === 0) return strokes;
    return [...strokes, ...drawn].filter(({ id }) => !erased.has(id));
  }

  #stepsItems(): StepsItem[] {
    return this.#lists.map(({ id, author, title, steps, at }) => {
      const items = steps.map(({ text, state, note, photo }) => ({ text, state, note, photo }));
      for (const { row } of this.#pending.values()) {
        const set = row.write?.op === 'set-step' && row.write.set.list === id ? row.write.set : null;
        const before = set === null ? undefined : items[set.step];
        if (set === null || before === undefined) continue;
        items[set.step] = { text: before.text, state: set.state, note: set.note, photo: set.photo };
      }
      return { id, title, authorName: this.parts.nameOf(author), at, steps: items };
    });
  }

  #textItems(): TextItem[] {
    const items = [...this.#texts.values()].map(({ id, title, author, at, text }) => ({
      id,
      title,
      authorName: this.parts.nameOf(author),
      at,
      text: this.#typing.get(id)?.text ?? text,
    }));
    return items.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  }

  #typingOf(text: string): Typing {
    const typing = this.#typing.get(text) ?? new Typing();
    this.#typing.set(text, typing);
    return typing;
  }

  #changed(): void {
    this.#snapshot = null;
    this.parts.changed();
  }
}
