/**
 * The room as this device shows it: accepted changes in Automerge, and which of my messages somebody
 * else has. Automerge is fed when somebody looks or writes, so a thousand envelopes cost one call.
 */
import { concat, hex, same, type Bytes } from '../seal/bytes.ts';
import type { Hex } from '../seal/codes.ts';
import { random } from '../seal/kdf.ts';
import type { Envelope } from './envelope.ts';
import type { Effects, Log } from './log.ts';
import type { OutboxFile } from '../store/rows.ts';
import type { RoomMessage, RoomView, ShelfItem } from './messages.ts';
import { Room, type ChatEntry } from './room.ts';

export class ShownRoom {
  #room: Room;
  /** The room has something that is no longer accepted. */
  #stale = false;
  readonly #unapplied: Envelope[] = [];
  /** How far others have my actors' chains. */
  readonly #acked: Map<Hex, number>;
  /** Envelopes whose ancestors were looked through. */
  readonly #visited = new Set<Hex>();
  #shown: readonly RoomMessage[] = [];
  /** Messages as they were last shown, by their names: a long chat costs only what is new. */
  readonly #made = new Map<string, RoomMessage>();
  #shelf: readonly ShelfItem[] = [];

  constructor(
    readonly log: Log,
    readonly me: Bytes,
    acked: Readonly<Record<Hex, number>>,
    readonly changed: () => void,
    /** Whose word counts about what others put on the shelf. */
    readonly tidies: (author: Hex) => boolean,
  ) {
    this.#room = new Room(newActor(me));
    this.#acked = new Map(Object.entries(acked));
  }

  get acked(): Readonly<Record<Hex, number>> {
    return Object.fromEntries(this.#acked);
  }

  /** Who writes the next change: another run begins when the chain no longer counts or is contested. */
  get actor(): Bytes {
    if (!this.log.canContinue(this.#room.actor)) this.#remake(newActor(this.me));
    return this.#room.actor;
  }

  /** Writes into the room at once; `discard` takes it back. */
  say(text: string, at: number, file?: OutboxFile): { readonly change: Bytes; readonly message: string } {
    this.#refresh();
    return this.#room.say(text, at, file);
  }

  /** As `say`, for taking something off the shelf. */
  hide(entry: string, at: number): Bytes {
    this.#refresh();
    return this.#room.hide(entry, at);
  }

  /** What was written is not accepted. */
  discard(): void {
    this.#stale = true;
  }

  /** Follows the log. `written` is an envelope whose change the room has already. */
  absorb(effects: Effects, written?: Envelope): void {
    if (effects.rebuild) {
      this.#stale = true;
      this.#unapplied.length = 0;
    } else {
      this.#unapplied.push(...effects.accepted.filter((envelope) => envelope !== written));
    }
    for (const envelope of effects.accepted) this.#noteAncestors(envelope);
  }

  /** What changed since the last view. */
  view(): RoomView {
    const chat = this.all();
    const before = this.#shown;
    let from = 0;
    while (from < chat.length && sameMessage(chat[from], before[from])) from += 1;
    this.#shown = chat;
    return { title: this.#room.title, from, chat: chat.slice(from), shelf: this.#shelfIfChanged() };
  }

  #shelfIfChanged(): readonly ShelfItem[] | null {
    const shelf = this.shelf();
    const before = this.#shelf;
    if (shelf.length === before.length && shelf.every((item, i) => sameShelfItem(item, before[i])))
      return null;
    this.#shelf = shelf;
    return shelf;
  }

  shelf(): ShelfItem[] {
    this.#refresh();
    return this.#room.shelf(this.tidies).map(({ actor, counter, ...file }): ShelfItem => {
      const { author, envelope, delivered } = this.#origin(actor, counter);
      return { ...file, author, envelope, delivered };
    });
  }

  all(): RoomMessage[] {
    this.#refresh();
    return this.#room.chat.map((entry): RoomMessage => {
      const made = this.#made.get(entry.id);
      // Nothing but the receipt of an own message changes, and its text if its author does.
      if (made?.delivered === true && made.text === entry.text && made.at === entry.at) return made;
      const message = this.#message(entry);
      this.#made.set(entry.id, message);
      return message;
    });
  }

  #message({ id, actor, counter, text, file, at }: ChatEntry): RoomMessage {
    return { id, ...this.#origin(actor, counter), text, file, at };
  }

  /** Who made an object, in which envelope, and whether somebody else has it. */
  #origin(actor: Hex, counter: bigint): { author: Hex; envelope: Hex; delivered: boolean } {
    const seq = this.log.seqOf(actor, counter) ?? 0;
    const envelope = this.log.envelopeOf(actor, seq);
    const author = actor.slice(0, 64);
    const delivered = author !== hex(this.me) || seq <= (this.#acked.get(actor) ?? 0);
    return { author, envelope: envelope === null ? '' : hex(envelope.id), delivered };
  }

  /** Somebody has my envelope. */
  ack(actor: Bytes, seq: bigint): void {
    if (!same(actor.subarray(0, 32), this.me)) return;
    const key = hex(actor);
    if (Number(seq) <= (this.#acked.get(key) ?? 0)) return;
    this.#acked.set(key, Number(seq));
    this.changed();
  }

  /** Who builds on an envelope of mine has it. */
  #noteAncestors(envelope: Envelope): void {
    if (same(envelope.author, this.me)) return;
    this.log.visitAncestors(envelope.id, (ancestor) => {
      const id = hex(ancestor.id);
      if (this.#visited.has(id)) return false;
      this.#visited.add(id);
      this.ack(ancestor.actor, ancestor.seq);
      return true;
    });
  }

  #refresh(): void {
    if (this.#stale) this.#remake(this.#room.actor);
    this.#room.apply(this.#unapplied.splice(0).map(({ change }) => change));
  }

  #remake(actor: Bytes): void {
    this.#stale = false;
    this.#unapplied.length = 0;
    this.#made.clear();
    this.#room.free();
    this.#room = new Room(actor);
    this.#room.apply(this.log.accepted().map(({ change }) => change));
  }
}

/** The run's 8 bytes are random and never stored. */
function newActor(me: Bytes): Bytes {
  return concat(me, random(8));
}

function sameMessage(a: RoomMessage | undefined, b: RoomMessage | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return a.id === b.id && a.text === b.text && a.at === b.at && a.delivered === b.delivered;
}

/** What changes of an entry: its receipt, and the pages that were added to it. */
function sameShelfItem(a: ShelfItem, b: ShelfItem | undefined): boolean {
  return a.id === b?.id && a.delivered === b.delivered && JSON.stringify(a.shown) === JSON.stringify(b.shown);
}
