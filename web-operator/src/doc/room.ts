/**
 * The room as Automerge has it: title, chat and shelf. This file and the shelf's know the schema and the library.
 *
 * Every entry is a map that its author made, at the end of a genesis list. The author shown is the
 * actor of the operation that made the map, never a field; times are content and only claims. Strings
 * are scalars (`ImmutableString`), times are `i64`. Entries without the fields they should have are
 * passed over.
 */
import * as Automerge from '@automerge/automerge/slim';
import { fromHex, hex, type Bytes } from '../seal/bytes.ts';
import type { Hex } from '../seal/codes.ts';
import type { OutboxFile } from '../store/rows.ts';
import { genesisChange } from './genesis.ts';
import { ShelfReader, blobOf, fileEntry, hideEntry, type Entry, type ShelfFile } from './shelf.ts';

interface RoomDocument {
  readonly title?: readonly Entry[];
  readonly chat?: { push(entry: Entry): number } & readonly Entry[];
  readonly shelf?: { push(entry: Entry): number } & readonly Entry[];
}

export interface ChatEntry {
  /** `counter@actor`, the operation that made it. */
  readonly id: string;
  readonly actor: Hex;
  readonly counter: bigint;
  /** Empty for one that brings a file. */
  readonly text: string;
  /** The blob it brings. */
  readonly file: Hex | null;
  readonly at: number;
}

export class Room {
  /** What was read of entries: the library gives the same object as long as an entry is as it was. */
  readonly #read = new WeakMap<Entry, ChatEntry | null>();
  readonly #shelf = new ShelfReader();
  #doc: Automerge.Doc<RoomDocument>;

  constructor(readonly actor: Bytes) {
    this.#doc = begin(actor);
  }

  /** Accepted changes only, in the order in which they were accepted. */
  apply(changes: readonly Bytes[]): void {
    if (changes.length > 0) [this.#doc] = Automerge.applyChanges(this.#doc, [...changes]);
  }

  /**
   * The change that says something, part of this document already, and the name of the message. A file
   * goes on the shelf in the same change.
   */
  say(text: string, at: number, file?: OutboxFile): { readonly change: Bytes; readonly message: string } {
    const change = this.#write((room) => {
      if (file !== undefined) room.shelf?.push(fileEntry(file, at));
      const brings = file === undefined ? {} : { file: fromHex(file.blob) };
      // A whole number is written as an i64.
      room.chat?.push({ text: new Automerge.ImmutableString(text), at: Math.trunc(at), ...brings });
    });
    const entry = this.#doc.chat?.at(-1);
    const message = entry === undefined ? null : Automerge.getObjectId(entry);
    return { change, message: message ?? '' };
  }

  /** The change that takes an entry off the shelf. */
  hide(target: string, at: number): Bytes {
    return this.#write((room) => void room.shelf?.push(hideEntry(target, at)));
  }

  #write(work: (room: RoomDocument) => void): Bytes {
    this.#doc = Automerge.change(this.#doc, { time: 0 }, work);
    const change = Automerge.getLastLocalChange(this.#doc);
    if (change === undefined) throw new Error('nothing was written');
    return new Uint8Array(change);
  }

  /** Of several titles the last in Automerge's order counts. */
  get title(): string {
    for (const entry of [...(this.#doc.title ?? [])].reverse()) {
      const title = scalarText(entry['text']);
      if (title !== null) return title;
    }
    return '';
  }

  get chat(): ChatEntry[] {
    const chat: ChatEntry[] = [];
    for (const entry of this.#doc.chat ?? []) {
      const read = this.#entry(entry);
      if (read !== null) chat.push(read);
    }
    return chat;
  }

  shelf(tidies: (author: Hex) => boolean): ShelfFile[] {
    return this.#shelf.files(this.#doc.shelf ?? [], tidies);
  }

  #entry(entry: Entry): ChatEntry | null {
    // A scalar where a map should be is no key of a WeakMap.
    if (typeof entry !== 'object') return null;
    let read = this.#read.get(entry);
    if (read === undefined) this.#read.set(entry, (read = readChat(entry)));
    return read;
  }

  /** The library's own memory. */
  free(): void {
    Automerge.free(this.#doc);
  }
}

/** Once, before any room is made. */
export async function loadAutomerge(wasm: string | Uint8Array): Promise<void> {
  await Automerge.initializeWasm(wasm);
}

function begin(actor: Bytes): Automerge.Doc<RoomDocument> {
  const empty = Automerge.init<RoomDocument>({ actor: hex(actor) });
  const [doc] = Automerge.applyChanges(empty, [genesisChange('room')]);
  return doc;
}

function readChat(entry: Entry): ChatEntry | null {
  const id = Automerge.getObjectId(entry);
  const match = id === null ? null : /^(\d+)@([0-9a-f]{80})$/.exec(id);
  if (id === null || match === null) return null;
  const text = scalarText(entry['text']);
  const at = wholeNumber(entry['at']);
  if (text === null || at === null) return null;
  const file = blobOf(entry['file']);
  return { id, actor: match[2] ?? '', counter: BigInt(match[1] ?? '0'), text, file, at };
}

/** A collaborative text appears as a plain string; only scalars count. */
function scalarText(value: unknown): string | null {
  return Automerge.isImmutableString(value) ? value.val : null;
}

function wholeNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? Math.trunc(value) : null;
}
