/**
 * The holder's room at the rendezvous while it is not admitted: what it writes is stored there sealed,
 * item by item, and what the experts answered is read from there. An item's number is on disk before
 * its bytes leave, so a number never carries two different items.
 *
 * Files follow behind the chat: their parts go one after another as long as nothing else waits, and
 * after a reload from the part on where it was.
 */
import type { Bytes } from '../seal/bytes.ts';
import type { InviteSecrets } from '../seal/invite.ts';
import { slotAddress } from '../seal/knock.ts';
import { EXPERT_LANE, knockItem, openItem, sealEnvelopeItem } from '../seal/waiting.ts';
import type { SignKey } from '../seal/ed25519.ts';
import type { ItemRow, KnockRow } from '../store/rows.ts';
import type { SlotItem } from '../switchboard/frames.ts';
import { RequestRefused, type Switchboard } from '../switchboard/client.ts';
import type { BlobItems } from './waiting-blobs.ts';

export interface WaitingRoomEvents {
  envelopes(envelopes: readonly Bytes[]): void;
  /** A blob message of the experts. */
  blob(message: Bytes): void;
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
  readonly dropItem: (n: number) => Promise<void>;
  readonly events: WaitingRoomEvents;
}

/** Parts of blobs that are on their way at a time: more than a round trip holds at home speeds. */
const IN_FLIGHT = 8;
/** A rendezvous that had enough for now is asked again after this long. */
const RATE_MS = 1_000;

export class WaitingRoom {
  readonly #items = new Map<number, ItemRow>();
  #next = 0;
  #afterExpert: bigint | null;
  #rounds: Promise<void> = Promise.resolve();
  #queued = false;
  #closed = false;
  /** Numbers are given and items leave one after another. */
  #lane: Promise<unknown> = Promise.resolve();
  readonly #inFlight = new Set<number>();
  /** What of files is to be stored; set once files are loaded. */
  #blobs: BlobItems | null = null;
  #uploading = false;
  #again: ReturnType<typeof setTimeout> | undefined;
  /** Hashed once: what is awaited before a request must not change the order of requests. */
  readonly #slot: Promise<Bytes>;

  constructor(
    readonly parts: WaitingRoomParts,
    items: readonly ItemRow[],
    afterExpert: bigint | null,
  ) {
    this.#slot = slotAddress(parts.slotKey.publicKey);
    for (const row of items) this.#items.set(row.n, row);
    this.#next = items.reduce((next, { n }) => Math.max(next, n + 1), 0);
    this.#afterExpert = afterExpert;
  }

  /** The knock is the first item; an envelope that has an item keeps it. */
  async add(envelope: Bytes | null, id: string): Promise<void> {
    if (this.#rows().some((row) => row.envelope === id && row.part === undefined)) return;
    const { knock, session } = this.parts;
    // The place in the list is taken before anything is awaited: numbers stay distinct.
    const n = this.#take();
    const row: ItemRow = { session, n, item: new Uint8Array(0), envelope: id, stored: false };
    this.#items.set(n, row);
    await this.#inLane(async () => {
      const item =
        envelope === null
          ? knockItem(knock.message)
          : await sealEnvelopeItem(knock.exports.waiting, knock.id, BigInt(n), envelope);
      await this.#keep({ ...row, item });
    });
    await this.sync();
  }

  /** Files can be stored from now on. */
  useBlobs(blobs: BlobItems): void {
    this.#blobs = blobs;
    blobs.resume(this.#rows());
    void this.sync();
  }

  get storedCount(): number {
    return this.#rows().filter((row) => row.stored).length;
  }

  isStored(envelope: string): boolean {
    return this.#rows().some((row) => row.envelope === envelope && row.part === undefined && row.stored);
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
      await this.#inLane(() => this.#store());
      await this.#fetch();
      void this.#upload();
    } catch (error) {
      // Offline or refused: the same is tried when the switchboard is back.
      this.#notSoFast(error);
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#again);
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

  /** What has a number and is not stored, in the order of the numbers. */
  async #store(): Promise<void> {
    for (const n of [...this.#items.keys()]) {
      // As it is now: a part that was on its way may have arrived meanwhile.
      const row = this.#items.get(n);
      if (row === undefined || row.stored || this.#inFlight.has(n) || this.#closed) continue;
      const item = row.part === undefined ? row.item : await this.#blobs?.item(row.n, row.part);
      if (item === null) await this.#drop(row);
      else if (item !== undefined && item.length > 0) await this.#put(row, item);
    }
  }

  /** One after another as far as the way allows; whatever is said meanwhile goes in between. */
  async #upload(): Promise<void> {
    if (this.#uploading || this.#blobs === null) return;
    this.#uploading = true;
    try {
      const flying = new Set<Promise<void>>();
      const failed: unknown[] = [];
      while (!this.#closed && failed.length === 0) {
        const part = this.#blobs.next();
        if (part === null) {
          // More may come until the last one has arrived.
          if (flying.size === 0) break;
          await Promise.race(flying);
          continue;
        }
        await this.#inLane(async () => {
          const n = this.#take();
          const row: ItemRow = {
            session: this.parts.session,
            n,
            item: new Uint8Array(0),
            envelope: '',
            stored: false,
            part,
          };
          const item = await this.#blobs?.item(n, part);
          if (item === null || item === undefined) {
            this.#blobs?.gone(part.blob);
            return;
          }
          await this.#keep(row);
          this.#inFlight.add(n);
          const flight = this.#put(row, item)
            .catch((error: unknown) => void failed.push(error))
            .then(() => {
              this.#inFlight.delete(n);
              flying.delete(flight);
            });
          flying.add(flight);
        });
        if (flying.size >= IN_FLIGHT) await Promise.race(flying);
      }
      await Promise.all(flying);
      for (const error of failed) this.#notSoFast(error);
    } catch (error) {
      this.#notSoFast(error);
    } finally {
      this.#uploading = false;
    }
  }

  async #put(row: ItemRow, item: Bytes): Promise<void> {
    const { secrets, slotKey, switchboard } = this.parts;
    const slot = await this.#slot;
    try {
      await switchboard.request({
        t: 'put-item',
        inviteId: secrets.inviteId,
        slot,
        n: BigInt(row.n),
        item,
        key: slotKey,
      });
    } catch (error) {
      const full = error instanceof RequestRefused && FULL.has(error.reason);
      if (!full || row.part === undefined) throw error;
      // The room is full: the file waits for a link, and what is said goes on.
      this.#blobs?.full();
      await this.#drop(row);
      return;
    }
    await this.#keep({ ...row, stored: true });
    if (row.part !== undefined) this.#blobs?.stored(row.part);
    this.parts.events.stored();
  }

  #notSoFast(error: unknown): void {
    if (!(error instanceof RequestRefused) || error.reason !== 'rate-limited' || this.#closed) return;
    clearTimeout(this.#again);
    this.#again = setTimeout(() => void this.sync(), RATE_MS);
  }

  async #fetch(): Promise<void> {
    const { secrets, slotKey, switchboard } = this.parts;
    const slot = await this.#slot;
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
      if (opened.kind === 'blob') events.blob(opened.chunk);
      if (opened.kind === 'reply') events.reply(opened.message);
    }
    if (envelopes.length > 0) events.envelopes(envelopes);
    if (this.#afterExpert !== null && items.length > 0) events.read(this.#afterExpert);
  }

  #take(): number {
    const n = this.#next;
    this.#next += 1;
    return n;
  }

  #rows(): ItemRow[] {
    return [...this.#items.values()];
  }

  async #keep(row: ItemRow): Promise<void> {
    await this.parts.putItem(row);
    this.#items.set(row.n, row);
  }

  /** The number is not used again: who reads may have gone past it. */
  async #drop(row: ItemRow): Promise<void> {
    this.#items.delete(row.n);
    await this.parts.dropItem(row.n);
  }

  #inLane<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#lane.then(work);
    this.#lane = next.catch(() => undefined);
    return next;
  }
}

const FULL: ReadonlySet<string> = new Set(['quota', 'storage-full', 'too-large']);
