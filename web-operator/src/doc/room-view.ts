/** What the page is told of the room: the chat, what changed of it; files and checklists, when they changed. */
import { hex, type Bytes } from '../seal/bytes.ts';
import type { Hex } from '../seal/codes.ts';
import type { RoomMessage, RoomView, ShelfEntry } from './messages.ts';
import { RoomReader, type ChatEntry } from './room.ts';
import { ShelfReader, type Tidies } from './shelf.ts';
import type { ShownDocument } from './shown.ts';
import { StepsReader, type StepList } from './steps.ts';

export class ShownRoom {
  readonly #reader = new RoomReader();
  readonly #shelf = new ShelfReader();
  readonly #steps = new StepsReader();
  #shown: readonly RoomMessage[] = [];
  #shownShelf = '[]';
  #shownSteps = '[]';
  /** Messages as they were last shown, by their names: a long chat costs only what is new. */
  readonly #made = new Map<string, RoomMessage>();
  readonly #me: Hex;

  constructor(
    readonly document: ShownDocument,
    me: Bytes,
  ) {
    this.#me = hex(me);
  }

  /** What changed since the last view. */
  view(): RoomView {
    const chat = this.all();
    const before = this.#shown;
    let from = 0;
    while (from < chat.length && sameMessage(chat[from], before[from])) from += 1;
    this.#shown = chat;
    return { title: this.#reader.title(this.document.replica), from, chat: chat.slice(from) };
  }

  all(): RoomMessage[] {
    return this.#reader.chat(this.document.replica).map((entry): RoomMessage => {
      const made = this.#made.get(entry.id);
      const same = made?.text === entry.text && made.file === entry.file && made.at === entry.at;
      // Nothing but the receipt of an own message changes, and its text if its author does.
      if (made?.delivered === true && same) return made;
      const message = this.#message(entry);
      this.#made.set(entry.id, message);
      return message;
    });
  }

  /** The files, if they are others than the last time. */
  shelf(tidies: Tidies): readonly ShelfEntry[] | null {
    const files = this.#shelf.files(this.document.replica, tidies).map((file): ShelfEntry => {
      const { actor, counter, shown, ...rest } = file;
      return { ...rest, ...this.#sent(actor, counter), shown };
    });
    const stamp = JSON.stringify(files);
    if (stamp === this.#shownShelf) return null;
    this.#shownShelf = stamp;
    return files;
  }

  /** The checklists, if they are others than the last time. */
  steps(tidies: Tidies): readonly StepList[] | null {
    const lists = this.#steps.lists(this.document.replica, tidies);
    const stamp = JSON.stringify(lists);
    if (stamp === this.#shownSteps) return null;
    this.#shownSteps = stamp;
    return lists;
  }

  #message({ id, actor, counter, text, file, at }: ChatEntry): RoomMessage {
    return { id, ...this.#sent(actor, counter), text, file, at };
  }

  /** Who made an entry, in which envelope, and whether somebody else has it. */
  #sent(actor: Hex, counter: bigint): Pick<RoomMessage, 'envelope' | 'author' | 'delivered'> {
    const { log } = this.document;
    const seq = log.seqOf(actor, counter) ?? 0;
    const envelope = log.envelopeOf(actor, seq);
    const author = actor.slice(0, 64);
    return {
      envelope: envelope === null ? '' : hex(envelope.id),
      author,
      delivered: author !== this.#me || this.document.isAcked(actor, seq),
    };
  }
}

function sameMessage(a: RoomMessage | undefined, b: RoomMessage | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  const said = a.id === b.id && a.text === b.text && a.file === b.file && a.at === b.at;
  return said && a.delivered === b.delivered;
}
