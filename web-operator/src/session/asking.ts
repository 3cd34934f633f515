/** The holder's part: from the link to a knock that lies with the expert, and the room to wait in. */
import type { Bytes } from '../seal/bytes.ts';
import { newSignKey } from '../seal/ed25519.ts';
import { openRecord, type InviteSecrets } from '../seal/invite.ts';
import { makeKnock, type Caller } from '../seal/knock.ts';
import type { DocPort } from '../doc/port.ts';
import type { KnockRow } from '../store/rows.ts';
import { RequestRefused, type Switchboard } from '../switchboard/client.ts';
import type { Links } from './links.ts';
import type { Input } from './machine.ts';
import type { SessionRecord } from './record.ts';
import { recordError, recordRequestError } from './refusals.ts';
import type { WaitingRoom } from './waiting-room.ts';

/** Whether the switchboard had somebody to give a message to. */
export type Heard = 'delivered' | 'unheard';

export interface AskingParts {
  readonly secrets: InviteSecrets;
  readonly record: SessionRecord;
  readonly switchboard: Switchboard;
  readonly links: Links;
  readonly docs: DocPort;
  readonly caller: () => Caller;
  readonly send: (to: Bytes, payload: Bytes) => Promise<Heard | null>;
  /** The record is opened: the documents' session is known. */
  recordOpened(): void;
  /** There is a knock, made now or before a reload. */
  knockMade(knock: KnockRow): void;
  reply(message: Bytes): void;
  /** A blob message that the experts left in the waiting room. */
  blob(message: Bytes): void;
  /** There is a waiting room, another one than before. */
  roomPrepared(room: WaitingRoom): void;
  readonly handle: (input: Input) => void;
  readonly changed: () => void;
}

/** Names the knock's own item among the envelopes' ids. */
const KNOCK_ITEM = '';

export class Asking {
  #room: WaitingRoom | null = null;
  /** A call needs no room to wait in: its code comes while the switchboard is dialled. */
  readonly #rooms = import('./waiting-room.ts');

  constructor(readonly parts: AskingParts) {}

  /** Whether an envelope lies in the waiting room. */
  isStored(envelope: string): boolean {
    return this.#room?.isStored(envelope) ?? false;
  }

  get room(): WaitingRoom | null {
    return this.#room;
  }

  async fetchRecord(): Promise<void> {
    const { secrets, record, switchboard, links, handle } = this.parts;
    // The offer takes a moment: it is made while the switchboard is dialled and asked.
    links
      .begin('knock')
      .link.offer()
      .catch(() => undefined);
    if (!switchboard.online) return;
    try {
      const answer = await switchboard.request({ t: 'get-record', inviteId: secrets.inviteId });
      if (answer.t !== 'record') return;
      const opened = await openRecord(secrets, answer.record, record.row.record?.version ?? 0n);
      if (typeof opened === 'string') {
        handle({ t: 'record-failed', error: recordError(opened) });
        return;
      }
      record.save({ record: opened, expertName: opened.name });
      // Before anybody acts on it: a page that is closed now must not take an older version afterwards.
      await record.saved();
      this.parts.recordOpened();
      handle({ t: 'record-opened' });
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      const code = recordRequestError(error.reason);
      if (code !== null) handle({ t: 'record-failed', error: code });
    }
  }

  async makeKnock(): Promise<void> {
    const { secrets, record, links, caller } = this.parts;
    if (record.row.record === null) return;
    if (record.row.knock !== null) await this.#freshSlot();
    const attempt = links.begin('knock');
    // Without an offer the knock is as good: the new member calls.
    const offer = await attempt.link.offer().catch(() => null);
    const request = await makeKnock(secrets, record.row.record, caller(), offer);
    attempt.link.bind(request);
    attempt.request = request;
    const knock: KnockRow = { ...request, madeAt: Date.now() };
    record.save({ knock, state: 'knocked' });
    await this.prepareRoom(knock);
    await this.sendKnock();
    await this.#room?.add(null, KNOCK_ITEM);
  }

  /** The stored bytes: same id, same stored reply. */
  async sendKnock(): Promise<void> {
    const { knock, record } = this.parts.record.row;
    if (knock === null || record === null) return;
    const outcome = await this.parts.send(record.knockAddress, knock.message);
    if (outcome === 'unheard') this.parts.handle({ t: 'knock-unheard' });
  }

  async prepareRoom(knock: KnockRow): Promise<void> {
    const { secrets, record, switchboard, docs } = this.parts;
    const { key, slotKey, afterExpert } = record.row;
    const items = await record.store.items(key);
    const { WaitingRoom } = await this.#rooms;
    this.#room?.close();
    this.#room = new WaitingRoom(
      {
        session: key,
        secrets,
        slotKey,
        knock,
        switchboard,
        putItem: (row) => record.watch(record.store.putItem(row)),
        dropItem: (n) => record.watch(record.store.dropItem(key, n)),
        events: {
          envelopes: (envelopes) => docs.readWaitingRoom(envelopes),
          blob: (message) => this.parts.blob(message),
          reply: (message) => this.parts.reply(message),
          read: (after) => record.save({ afterExpert: after }),
          stored: () => this.parts.changed(),
        },
      },
      items,
      afterExpert,
    );
    this.parts.knockMade(knock);
    this.parts.roomPrepared(this.#room);
  }

  /** A slot belongs to one knock: another knock needs another slot key and an empty room. */
  async #freshSlot(): Promise<void> {
    const { record, switchboard } = this.parts;
    const slotKey = await newSignKey();
    await record.watch(record.store.clearItems(record.row.key));
    record.save({ slotKey, knock: null, afterExpert: null });
    switchboard.listen(slotKey);
  }
}
