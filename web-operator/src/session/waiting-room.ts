/**
 * The holder's room at the rendezvous while it is not admitted: what it writes is stored there sealed,
 * item by item, and what the experts answered is read from there. An item's number is on disk before
 * its bytes leave, so a number never carries two different items.
 */
import type { Bytes } from '../seal/bytes.ts';
import type { InviteSecrets } from '../seal/invite.ts';
import { slotAddress } from '../seal/knock.ts';
import { EXPERT_LANE, knockItem, openItem, sealEnvelopeItem } from '../seal/waiting.ts';
import type { SignKey } from '../seal/ed25519.ts';
import type { ItemRow, KnockRow } from '../store/rows.ts';
import type { SlotItem } from '../switchboard/frames.ts';
import type { Switchboard } from '../switchboard/client.ts';

export interface WaitingRoomEvents {
  envelopes(envelopes: readonly Bytes[]): void;
  /** A reply message, as if it had come directly. */
  reply(message: Bytes): void;
  /** The last item read of the experts' lane. */
  read(afterExpert: bigint): void;
  /** An item is stored at the rendezvous. */
  stored(): void;
}

export interface WaitingRoomParts {
  readonly session: string;
  readonly secrets: InviteSecrets;
  readonly slotKey: SignKey;
  readonly knock: KnockRow;
  readonly switchboard: Switchboard;
  readonly putItem: (row: ItemRow) => Promise<void>;
  readonly events: WaitingRoomEvents;
}

export class WaitingRoom {
  readonly #items: ItemRow[];
  #afterExpert: bigint | null;
  #rounds: Promise<void> = Promise.resolve();
  #queued = false;
  #closed = false;

  constructor(
    readonly parts: WaitingRoomParts,
    items: readonly ItemRow[],
    afterExpert: bigint | null,
  ) {
    this.#items = [...items].sort((a, b) => a.n - b.n);
    this.#afterExpert = afterExpert;
  }

  /** The knock is the first item; an envelope that has an item keeps it. */
  async add(envelope: Bytes | null, id: string): Promise<void> {
    if (this.#items.some((row) => row.envelope === id)) return;
    const n = this.#items.length;
    const { knock, session } = this.parts;
    // The place in the list is taken before anything is awaited: numbers stay distinct.
    const row: ItemRow = { session, n, item: new Uint8Array(0), envelope: id, stored: false };
    this.#items.push(row);
    const item =
      envelope === null
        ? knockItem(knock.message)
        : await sealEnvelopeItem(knock.exports.waiting, knock.id, BigInt(n), envelope);
    await this.#keep({ ...row, item });
    await this.sync();
  }

  get storedCount(): number {
    return this.#items.filter((row) => row.stored).length;
  }

  isStored(envelope: string): boolean {
    return this.#items.some((row) => row.envelope === envelope && row.stored);
  }

  /** The experts' side wrote something. */
  async pushed({ n, item }: SlotItem): Promise<void> {
    const expected = this.#afterExpert === null ? EXPERT_LANE : this.#afterExpert + 1n;
    if (n < EXPERT_LANE) return;
    if (n === expected) await this.#read([{ n, item }]);
    else await this.sync();
  }

  /** Stores what is not stored, reads what is new. Failures wait for the next time. */
  sync(): Promise<void> {
    // A round that has not begun does this too.
    if (!this.#queued) {
      this.#queued = true;
      this.#rounds = this.#rounds.then(() => this.#round());
    }
    return this.#rounds;
  }

  async #round(): Promise<void> {
    this.#queued = false;
    if (this.#closed) return;
    try {
      await this.#open();
      await this.#store();
      await this.#fetch();
    } catch {
      // Offline or refused: the same is tried when the switchboard is back.
    }
  }

  close(): void {
    this.#closed = true;
  }

  async #open(): Promise<void> {
    const { secrets, slotKey, switchboard } = this.parts;
    await switchboard.request({
      t: 'open-slot',
      inviteId: secrets.inviteId,
      slotPublic: slotKey.publicKey,
      slotKey: secrets.slotKey,
    });
  }

  async #store(): Promise<void> {
    const { secrets, slotKey, switchboard } = this.parts;
    const slot = await slotAddress(slotKey.publicKey);
    for (const row of [...this.#items]) {
      if (row.stored || row.item.length === 0 || this.#closed) continue;
      await switchboard.request({
        t: 'put-item',
        inviteId: secrets.inviteId,
        slot,
        n: BigInt(row.n),
        item: row.item,
        key: slotKey,
      });
      await this.#keep({ ...row, stored: true });
      this.parts.events.stored();
    }
  }

  async #fetch(): Promise<void> {
    const { secrets, slotKey, switchboard } = this.parts;
    const slot = await slotAddress(slotKey.publicKey);
    for (let more = true; more && !this.#closed;) {
      const answer = await switchboard.request({
        t: 'get-items',
        inviteId: secrets.inviteId,
        slot,
        // Its own lane is known here.
        afterHolder: EXPERT_LANE - 1n,
        afterExpert: this.#afterExpert,
        key: slotKey,
      });
      if (answer.t !== 'items') return;
      const theirs = answer.items.filter(({ n }) => n >= EXPERT_LANE);
      await this.#read(theirs);
      more = answer.more && theirs.length > 0;
    }
  }

  async #read(items: readonly SlotItem[]): Promise<void> {
    const { knock, events } = this.parts;
    const envelopes: Bytes[] = [];
    for (const { n, item } of items) {
      if (this.#afterExpert !== null && n <= this.#afterExpert) continue;
      this.#afterExpert = n;
      const opened = await openItem(knock.exports.waiting, knock.id, n, item);
      if (typeof opened === 'string') continue;
      if (opened.kind === 'envelope') envelopes.push(opened.envelope);
      if (opened.kind === 'reply') events.reply(opened.message);
    }
    if (envelopes.length > 0) events.envelopes(envelopes);
    if (this.#afterExpert !== null && items.length > 0) events.read(this.#afterExpert);
  }

  async #keep(row: ItemRow): Promise<void> {
    await this.parts.putItem(row);
    this.#items[row.n] = row;
  }
}

/** Names the knock's own item among the envelopes' ids. */
export const KNOCK_ITEM = '';
