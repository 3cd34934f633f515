/**
 * All documents of a session as this device shows them, and how it writes them: the room, boards and
 * shared texts. What changed is told once, in one message a kind.
 */
import { hex, type Bytes } from '../seal/bytes.ts';
import type { Hex } from '../seal/codes.ts';
import type { OutboxRow } from '../store/rows.ts';
import { ShownBoard } from './board-view.ts';
import { beginBoard, draw, type Board } from './board.ts';
import { docKey, type DocId } from './envelope.ts';
import * as limits from './limits.ts';
import type { BoardUpdate, FromWorker, NamedBlob, RoomMessage, RoomView, TextUpdate } from './messages.ts';
import { authorOf, fitting, type Draft } from './replica.ts';
import { ShownRoom } from './room-view.ts';
import { appendChat } from './room.ts';
import { about, publish, type Tidies } from './shelf.ts';
import type { ShownDocument } from './shown.ts';
import { setState } from './steps.ts';
import { piecesOf, rebase } from './splice.ts';
import { TextReader } from './text-doc.ts';
import type { Mark } from './undo.ts';
import type { Write } from './writes.ts';

type Edit = (draft: Draft) => void;

interface ShownText {
  readonly document: ShownDocument;
  readonly id: string;
  readonly reader: TextReader;
  told: string;
}

export class ShownSession {
  readonly #documents = new Map<string, ShownDocument>();
  readonly #room: ShownRoom;
  readonly #boards = new Map<string, ShownBoard>();
  readonly #texts = new Map<string, ShownText>();
  /** Documents that changed since they were last told of. */
  readonly #touched = new Set<string>();
  /** What rows of this run became: strokes are erased by the names they had on the page. */
  readonly #made = new Map<string, string>();
  /** Of the lists and boards as they were last read. */
  #named = '';
  readonly #photos = new Map<string, NamedBlob>();
  readonly #stills = new Map<string, NamedBlob>();
  readonly #files = new Map<string, NamedBlob>();
  readonly #me: Hex;

  constructor(
    readonly room: ShownDocument,
    readonly me: Bytes,
    readonly tidies: Tidies,
  ) {
    this.#me = hex(me);
    this.#room = new ShownRoom(room, me);
    this.#documents.set(docKey(room.log.doc), room);
  }

  document(doc: DocId): ShownDocument | null {
    return this.#documents.get(docKey(doc)) ?? null;
  }

  add(document: ShownDocument): void {
    const { doc } = document.log;
    const key = docKey(doc);
    const id = hex(doc.id);
    this.#documents.set(key, document);
    if (doc.kind === 'board') this.#boards.set(key, new ShownBoard(document, id, this.me));
    if (doc.kind === 'text') this.#texts.set(key, { document, id, reader: new TextReader(), told: '' });
  }

  /** Something of a document changed. */
  touch(doc: DocId): void {
    this.#touched.add(docKey(doc));
  }

  touchAll(): void {
    for (const key of this.#documents.keys()) this.#touched.add(key);
  }

  view(): RoomView {
    return this.#room.view();
  }

  allChat(): RoomMessage[] {
    return this.#room.all();
  }

  /** What changed besides the chat. */
  news(): FromWorker[] {
    const news: FromWorker[] = [];
    const files = this.#room.shelf(this.tidies);
    if (files !== null) {
      this.#files.clear();
      for (const { blob, size, shown } of files) {
        for (const named of [{ blob, size }, ...shown])
          this.#files.set(named.blob, { blob: named.blob, size: named.size });
      }
      news.push({ t: 'shelf', files });
    }
    const lists = this.#room.steps(this.tidies);
    if (lists !== null) {
      this.#photos.clear();
      const photos = lists.flatMap(({ steps }) => steps.map(({ photo }) => photo));
      for (const blob of photos) if (blob !== null) this.#photos.set(blob, { blob, size: null });
      news.push({ t: 'steps', lists });
    }
    const { boards, gone } = this.#boardNews();
    if (boards.length > 0 || gone.length > 0) news.push({ t: 'boards', boards, gone });
    const texts = this.#textNews();
    if (texts.length > 0) news.push({ t: 'texts', texts });
    this.#touched.clear();
    const blobs = [...new Map([...this.#photos, ...this.#stills, ...this.#files]).values()];
    const named = JSON.stringify(blobs);
    if (named !== this.#named && (blobs.length > 0 || this.#named !== '')) news.push({ t: 'named', blobs });
    this.#named = named;
    return news;
  }

  /** The changes that a row of the outbox asks for; none where nothing is left to be written. */
  editsOf({ at, text, file, write }: OutboxRow): Edit[] {
    if (file !== undefined) return [(draft) => publish(draft, file, at)];
    if (write === undefined) return [(draft) => appendChat(draft, text, at)];
    switch (write.op) {
      case 'hide-file':
        return [(draft) => draft.append('shelf', about('hide', write.file, at))];
      case 'set-step':
        return [(draft) => setState(draft, write.set, at)];
      case 'splice':
        return this.#spliceEdits(write);
      default:
        return this.#boardEdits(write, at);
    }
  }

  /** A row is done, and became an entry if `changed`; tells the entry's name. */
  wrote({ id, write }: OutboxRow, changed: boolean): string {
    if (write === undefined) return this.room.replica.lastOf('chat');
    if (!('board' in write)) return '';
    const board = this.#boards.get(`board/${write.board}`);
    board?.wrote();
    if (board === undefined || !changed) return '';
    if (write.op === 'erase') board.history.erased(this.#made.get(write.stroke) ?? write.stroke);
    if (write.op !== 'draw') return '';
    const stroke = board.document.replica.lastOf('strokes');
    this.#made.set(id, stroke);
    board.history.drew(stroke);
    return stroke;
  }

  #boardNews(): { readonly boards: BoardUpdate[]; readonly gone: string[] } {
    const boards: BoardUpdate[] = [];
    const gone: string[] = [];
    for (const [key, board] of this.#boards) {
      if (!this.#touched.has(key)) continue;
      const update = board.update(this.tidies);
      if (update === 'gone') {
        this.#stills.delete(key);
        gone.push(board.id);
      } else if (update !== null) {
        this.#stills.set(key, { blob: update.still.blob, size: update.still.size });
        boards.push(update);
      }
    }
    return { boards, gone };
  }

  #textNews(): TextUpdate[] {
    const texts: TextUpdate[] = [];
    for (const [key, shown] of this.#texts) {
      const text = this.#touched.has(key) ? shown.reader.text(shown.document.replica) : null;
      const told = JSON.stringify(text);
      if (text === null || told === shown.told) continue;
      shown.told = told;
      texts.push({ id: shown.id, ...text });
    }
    return texts;
  }

  #boardEdits(write: Extract<Write, { board: string }>, at: number): Edit[] {
    const board = this.#boards.get(`board/${write.board}`);
    if (board === undefined) return [];
    const looked: Board | null = board.look(this.tidies);
    switch (write.op) {
      case 'begin-board':
        return looked === null ? [(draft) => beginBoard(draft, write.still, at)] : [];
      case 'rename-board': {
        const title = fitting(write.title, limits.TITLE);
        return [(draft) => draft.append('meta', { kind: 'title', text: title, at })];
      }
      case 'draw':
        return [(draft) => draw(draft, write.drawing, at)];
      case 'erase': {
        const stroke = this.#made.get(write.stroke) ?? write.stroke;
        const may = authorOf(stroke) === this.#me || this.tidies(this.#me);
        return may && board.isVisible(stroke) ? [mark({ kind: 'erase', stroke }, at)] : [];
      }
      case 'undo':
      case 'redo': {
        const { history, isVisible } = board;
        const found = write.op === 'undo' ? history.undo(isVisible) : history.redo(isVisible);
        return found === null ? [] : [mark(found, at)];
      }
    }
  }

  #spliceEdits(write: Extract<Write, { op: 'splice' }>): Edit[] {
    const text = this.#texts.get(`text/${write.text}`);
    if (text === undefined) return [];
    const now = text.document.replica.text('body');
    const pieces = piecesOf(rebase(write, write.was, now));
    return pieces.map(
      ({ at, remove, insert }) =>
        (draft) =>
          draft.splice('body', at, remove, insert),
    );
  }
}

function mark({ kind, stroke }: Mark, at: number): Edit {
  return (draft) => draft.append('strokes', about(kind, stroke, at));
}
