/** The room: title and chat. A message says something, or brings a file that is put on the shelf in the same change. */
import type { Bytes } from '../seal/bytes.ts';
import type { Hex } from '../seal/codes.ts';
import * as limits from './limits.ts';
import { Entries, fitting, Replica, type Draft, type Fields } from './replica.ts';

export { loadAutomerge } from './replica.ts';

export interface ChatEntry {
  /** `counter@actor`, the operation that made it. */
  readonly id: string;
  readonly actor: Hex;
  readonly counter: bigint;
  /** Empty where it only brings a file. */
  readonly text: string;
  /** The blob of the file it brings. */
  readonly file: Hex | null;
  readonly at: number;
}

/** What the lists of a room say, read once each. */
export class RoomReader {
  readonly #chat = new Entries(readMessage);
  readonly #titles = new Entries((fields) => {
    const text = fields.text('text');
    return text === null ? null : { text };
  });

  /** Of several titles the last in Automerge's order counts. */
  title(replica: Replica): string {
    return this.#titles.of(replica.list('title')).at(-1)?.text ?? '';
  }

  chat(replica: Replica): ChatEntry[] {
    return this.#chat.of(replica.list('chat'));
  }
}

/** A room by itself. */
export class Room {
  readonly #replica: Replica;
  readonly #reader = new RoomReader();

  constructor(readonly actor: Bytes) {
    this.#replica = new Replica('room', actor);
  }

  /** Accepted changes only, in the order in which they were accepted. */
  apply(changes: readonly Bytes[]): void {
    this.#replica.apply(changes);
  }

  /** The change that says something, part of this document already, and the name of the message. */
  say(text: string, at: number): { readonly change: Bytes; readonly message: string } {
    const change = this.#replica.write((draft) => appendChat(draft, text, at));
    return { change, message: this.#replica.lastOf('chat') };
  }

  get title(): string {
    return this.#reader.title(this.#replica);
  }

  get chat(): ChatEntry[] {
    return this.#reader.chat(this.#replica);
  }

  free(): void {
    this.#replica.free();
  }
}

export function appendChat(draft: Draft, text: string, at: number): void {
  draft.append('chat', { text: fitting(text, limits.CHAT), at });
}

function readMessage(fields: Fields): ChatEntry | null {
  const { id, actor, counter } = fields;
  const text = fields.text('text');
  const at = fields.number('at');
  const file = fields.blob('file');
  if (text === null || at === null || (text === '' && file === null)) return null;
  return { id, actor, counter, text, file, at };
}
