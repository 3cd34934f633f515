/** The chat as a person sees it: what the room has, then what was typed and is not signed yet. */
import type { RoomMessage, RoomView } from '../doc/messages.ts';
import type { OutboxRow } from '../store/rows.ts';
import type { ChatItem } from './facade.ts';

export interface ChatContext {
  /** My peer key, lowercase hex. */
  readonly me: string;
  readonly myName: string;
  /** Changes whenever names or what is stored may have changed. */
  readonly stamp: string;
  nameOf(author: string): string;
  /** Whether an envelope of mine is stored at the rendezvous. */
  isStored(envelope: string): boolean;
}

export class Chat {
  #room: readonly RoomMessage[] = [];
  #outbox: readonly OutboxRow[] = [];
  /** Which typed row a room message was: its id on the page stays. */
  readonly #typedAs = new Map<string, string>();
  title = '';
  /** The same list as long as nothing in it changed: views compare by identity. */
  #made: { readonly stamp: string; readonly items: readonly ChatItem[] } | null = null;
  /** What was made of each message under a stamp: one more message costs only itself, and its neighbours stay. */
  #each = new WeakMap<RoomMessage, ChatItem>();
  #stamp = '';

  get waiting(): readonly OutboxRow[] {
    return this.#outbox;
  }

  restore(outbox: readonly OutboxRow[]): void {
    this.#made = null;
    this.#outbox = outbox.filter((row) => row.write === undefined);
  }

  typed(row: OutboxRow): void {
    this.#made = null;
    this.#outbox = [...this.#outbox, row];
  }

  sealed(outbox: string, message: string): void {
    this.#made = null;
    this.#each = new WeakMap();
    this.#typedAs.set(message, outbox);
    this.#outbox = this.#outbox.filter((row) => row.id !== outbox);
  }

  /** A typed row that is taken back. */
  dropped(outbox: string): void {
    this.#made = null;
    this.#outbox = this.#outbox.filter((row) => row.id !== outbox);
  }

  update(view: RoomView): void {
    this.#made = null;
    this.title = view.title;
    this.#room = [...this.#room.slice(0, view.from), ...view.chat];
    // A row that a worker sealed before the page was told is not shown twice.
    const shown = new Set(this.#room.map((message) => this.#typedAs.get(message.id)));
    this.#outbox = this.#outbox.filter((row) => !shown.has(row.id));
  }

  items(context: ChatContext): readonly ChatItem[] {
    if (this.#made?.stamp !== context.stamp)
      this.#made = { stamp: context.stamp, items: this.#make(context) };
    return this.#made.items;
  }

  #make(context: ChatContext): ChatItem[] {
    if (this.#stamp !== context.stamp) this.#each = new WeakMap();
    this.#stamp = context.stamp;
    const names = new Map<string, string>();
    const nameOf = (author: string): string => {
      const name = names.get(author) ?? context.nameOf(author);
      names.set(author, name);
      return name;
    };
    const signed = this.#room.map((message): ChatItem => {
      const known = this.#each.get(message);
      if (known !== undefined) return known;
      const mine = message.author === context.me;
      const item: ChatItem = {
        id: this.#typedAs.get(message.id) ?? message.id,
        mine,
        author: message.author,
        name: mine ? context.myName : nameOf(message.author),
        text: message.text,
        file: message.file,
        at: message.at,
        delivery:
          !mine || message.delivered
            ? 'delivered'
            : context.isStored(message.envelope)
              ? 'stored'
              : 'waiting',
      };
      this.#each.set(message, item);
      return item;
    });
    const typed = this.#outbox.map((row): ChatItem => ({
      id: row.id,
      mine: true,
      author: '',
      name: context.myName,
      text: row.text,
      file: row.file?.blob ?? null,
      at: row.at,
      delivery: 'waiting',
    }));
    return [...signed, ...typed];
  }
}
