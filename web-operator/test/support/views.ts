/** What documents show, in the form that fixtures have. */
import { BoardReader } from '../../src/doc/board.ts';
import type { Log } from '../../src/doc/log.ts';
import type { Membership } from '../../src/doc/membership.ts';
import { decodePoints } from '../../src/doc/points.ts';
import { Replica } from '../../src/doc/replica.ts';
import { RoomReader } from '../../src/doc/room.ts';
import { ShelfReader, type ShelfFile } from '../../src/doc/shelf.ts';
import { StepsReader } from '../../src/doc/steps.ts';
import { TextReader } from '../../src/doc/text-doc.ts';
import { fromHex } from '../../src/seal/bytes.ts';

/** The view of one document, kept from one look to the next. */
export class Watch {
  readonly #room = new RoomReader();
  readonly #shelf = new ShelfReader();
  readonly #steps = new StepsReader();
  readonly #board = new BoardReader();
  readonly #text = new TextReader();
  readonly replica: Replica;

  constructor(
    readonly log: Log,
    readonly members: Membership,
  ) {
    this.replica = new Replica(log.doc.kind, new Uint8Array(40));
  }

  view(): unknown {
    const tidies = (peer: string): boolean => this.members.tidies(fromHex(peer));
    const { replica } = this;
    if (this.log.doc.kind === 'board') {
      const board = this.#board.board(replica, tidies);
      if (board === null) return null;
      const { author, title, at, still } = board;
      const strokes = board.strokes.map((stroke) => ({
        ...stroke,
        points: decodePoints(stroke.points),
        at: `${stroke.at}`,
      }));
      return { author, title, at: `${at}`, still: { ...still, size: `${still.size}` }, strokes };
    }
    if (this.log.doc.kind === 'text') {
      const text = this.#text.text(replica);
      return text === null ? null : { ...text, at: `${text.at}` };
    }
    const chat = this.#room.chat(replica).map(({ actor, text, file, at }) => ({
      author: actor.slice(0, 64),
      text,
      file,
      at: `${at}`,
    }));
    const files = this.#shelf.files(replica, tidies).map(fileOf);
    const lists = this.#steps.lists(replica, tidies).map((list) => ({ ...list, at: `${list.at}` }));
    return { chat, files, lists };
  }
}

export function viewOf(log: Log, members: Membership): unknown {
  const watch = new Watch(log, members);
  watch.replica.apply(log.accepted().map(({ change }) => change));
  return watch.view();
}

function fileOf({ id, actor, blob, size, name, type, at, kind, pages, shown }: ShelfFile): object {
  return {
    id,
    author: actor.slice(0, 64),
    blob,
    size: `${size}`,
    name,
    type,
    at: `${at}`,
    pages: kind === 'file' ? null : pages,
    shown: shown.map((page) => ({ ...page, size: `${page.size}`, at: `${page.at}` })),
  };
}
