/**
 * A member's mailbox at the rendezvous: what it wrote and sent goes there sealed while nobody is
 * reachable, and what others left is read from there. Names are derived from the session's key, so
 * that what lies there already is known by its name, also after a reload and on another device.
 *
 * Nothing here is trusted: envelopes pass the documents' checks, blobs their hashes, entries the
 * roster's rules. What is stored twice does no harm. The mark of what was read never passes an item that
 * lies in memory only: one whose key or author is still to come, or that waits for what it builds on.
 */
import { CHUNK, HASHES } from '../blob/limits.ts';
import { chunkCount, type BlobId } from '../blob/manifest.ts';
import type { Part } from '../blob/messages.ts';
import { cutIntoPieces } from '../blob/serve.ts';
import { decodeEntry } from '../doc/roster-entry.ts';
import { concat, fromHex, hex, same, type Bytes } from '../seal/bytes.ts';
import type { SignKey } from '../seal/ed25519.ts';
import { kdf } from '../seal/kdf.ts';
import { slotAddress } from '../seal/knock.ts';
import { MAIL_PART } from '../seal/limits.ts';
import {
  boxId,
  chunkName,
  mailKind,
  manifestName,
  openMail,
  sealMail,
  type MailContent,
} from '../seal/mail.ts';
import { RequestRefused, type RequestFailure, type Switchboard } from '../switchboard/client.ts';
import type { Mail } from '../switchboard/frames.ts';
import type { Standing } from './membership.ts';

/** An envelope of this device that nobody else is known to have. */
export interface Unheard {
  /** Lowercase hex. */
  readonly id: string;
  readonly envelope: Bytes;
}

export interface FileOfBlob {
  readonly blob: BlobId;
  readonly size: number;
}

/** What the mailbox needs of files, once their code is there. */
export interface MailFiles {
  /** Own files that nobody has, oldest first. */
  outgoing(): readonly FileOfBlob[];
  /** Files that are wanted and not here. */
  wanted(): readonly FileOfBlob[];
  part(blob: BlobId, part: Part): Promise<Bytes | null>;
  /** Some chunks of a blob that are missing here; null while its manifest is. */
  missing(blob: BlobId): Promise<readonly number[] | null>;
  item(message: Bytes): void;
}

export interface MailboxParts {
  readonly switchboard: Pick<Switchboard, 'online' | 'request'>;
  readonly slotKey: SignKey;
  readonly standing: () => Standing | null;
  /** True while somebody is reached directly: then nothing has to be left here. */
  readonly linked: () => boolean;
  /** Number of the last item that was read. */
  readonly readUpTo: bigint;
  readonly unheard: () => Promise<readonly Unheard[]>;
  readonly events: {
    /** Places of those that are not stored yet and may be later. */
    envelopes(envelopes: readonly Bytes[]): Promise<readonly number[]>;
    /** Done when they were judged. */
    entries(entries: readonly Bytes[]): Promise<void>;
    /** Everything up to this number was taken in for good. */
    read(upTo: bigint): void;
    /** More of what this device has is stored. */
    stored(): void;
  };
}

/** Items that are on their way at a time. */
const IN_FLIGHT = 4;
/** A rendezvous that had enough for now is asked again after this long. */
const RATE_MS = 1_000;
/** So often at most: a minute of others who share the address being busy. */
const RATE_TRIES = 60;
/** An upload that conflicts with something is begun so often: a second time is all that an honest rendezvous needs. */
const BEGINS = 2;
/** Envelopes that are opened before they are handed over together. */
const BATCH = 64;
/** A manifest is looked for so many times, so long apart. */
const LOOKS = 20;
const LOOK_MS = 50;
const CONFLICT: ReadonlySet<RequestFailure> = new Set(['conflict']);
const NONE = new Uint8Array(0);
const FULL: ReadonlySet<RequestFailure> = new Set(['quota', 'storage-full']);
const SLOW: ReadonlySet<RequestFailure> = new Set(['rate-limited', 'too-many']);
/** What is refused so can't be read ever. */
const GONE: ReadonlySet<RequestFailure> = new Set(['not-found', 'malformed', 'too-large']);

/** The parts of a file that lie there, by their places; their names are those of one epoch. */
interface Stored {
  readonly epoch: bigint;
  readonly count: number;
  readonly there: Set<number>;
}

export class Mailbox {
  /** Items that lie there, by hex name. */
  readonly #there = new Map<string, Mail>();
  readonly #names = new Map<string, string>();
  readonly #files = new Map<BlobId, Stored>();
  /** Chunks that were given to the blobs: not read twice, unless all of the blob was given up since. */
  readonly #fed = new Map<BlobId, Set<string>>();
  #mailFiles: MailFiles | null = null;
  #listed = 0n;
  #readUpTo: bigint;
  /** Items beyond that number which were taken in for good. */
  readonly #taken = new Set<bigint>();
  /** Items that wait, by number, with what was known when they were last looked at. */
  readonly #held = new Map<bigint, string>();
  #round: Promise<void> = Promise.resolve();
  #queued = false;
  #full = false;
  #closed = false;
  #again: ReturnType<typeof setTimeout> | undefined;
  #box: Promise<Bytes> | null = null;
  readonly #slot: Promise<Bytes>;

  constructor(readonly parts: MailboxParts) {
    this.#readUpTo = parts.readUpTo;
    this.#slot = slotAddress(parts.slotKey.publicKey);
  }

  useFiles(files: MailFiles): void {
    this.#mailFiles = files;
    void this.sync();
  }

  /** Whether an envelope of this device lies there. */
  isStored(envelope: string): boolean {
    const name = this.#names.get(envelope);
    return name !== undefined && this.#there.has(name);
  }

  get storedCount(): number {
    return this.#there.size;
  }

  /** Share of a file that lies there, 0 to 1. */
  share(blob: BlobId): number {
    const stored = this.#files.get(blob);
    return stored === undefined ? 0 : stored.there.size / stored.count;
  }

  /** Reads what is new, then leaves what nobody has. Failures wait for the next time. */
  sync(): Promise<void> {
    if (!this.#queued) {
      this.#queued = true;
      // What went wrong once is the concern of who asked then.
      this.#round = this.#round.catch(() => undefined).then(() => this.#sync());
    }
    return this.#round;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#again);
  }

  async #sync(): Promise<void> {
    this.#queued = false;
    const { standing, switchboard, linked } = this.parts;
    const now = standing();
    const key = now?.callKey ?? null;
    if (this.#closed || now === null || key === null || !switchboard.online) return;
    // There may be room again.
    this.#full = false;
    try {
      const box = await this.#boxOf(now);
      await this.#list(box);
      await this.#read(box);
      await this.#fetch(box, key);
      if (linked()) return;
      await this.#leaveEnvelopes(box, key);
      await this.#leaveFiles(box, key);
    } catch (error) {
      // No box yet, offline, or too fast: the same is tried when there is a reason to.
      if (isRefused(error, SLOW)) this.#again = setTimeout(() => void this.sync(), RATE_MS);
      else if (isRefused(error, FULL)) this.#full = true;
      else if (!(error instanceof RequestRefused)) throw error;
    }
  }

  #boxOf({ roster }: Standing): Promise<Bytes> {
    const [genesis] = roster.entries;
    if (genesis === undefined) throw new Error('a roster without its first entry');
    this.#box ??= boxId(genesis.hash, genesis.hash.slice(0, 16));
    return this.#box;
  }

  async #list(box: Bytes): Promise<void> {
    const { slotKey: key } = this.parts;
    let more = true;
    while (more) {
      const before = this.#listed;
      const answer = await this.#ask({ t: 'list-mail', box, after: before, key });
      if (answer.t !== 'mails') return;
      for (const mail of answer.mails) {
        this.#there.set(hex(mail.name), mail);
        if (mail.number > this.#listed) this.#listed = mail.number;
      }
      // A rendezvous that promises more and gives nothing new is asked no further.
      more = answer.more && this.#listed > before;
    }
  }

  /** Asks, and asks again after a pause while that was too fast. */
  async #ask(request: Parameters<Switchboard['request']>[0]): ReturnType<Switchboard['request']> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.parts.switchboard.request(request);
      } catch (error) {
        if (!isRefused(error, SLOW) || tries === RATE_TRIES || this.#closed) throw error;
        await pause(RATE_MS);
      }
    }
  }

  /** Entries first: they bring the keys of later epochs, each perhaps that of the next. */
  async #read(box: Bytes): Promise<void> {
    let before: string;
    do {
      before = this.#knowledge;
      await this.#readEntries(box);
    } while (this.#knowledge !== before);
    await this.#readEnvelopes(box);
  }

  async #readEntries(box: Bytes): Promise<void> {
    for (const mail of await this.#fresh('roster-entry')) {
      const content = await this.#openFresh(box, mail);
      if (content?.kind !== 'roster-entry') continue;
      await this.parts.events.entries([content.bytes]);
      const hash = await decodeEntry(content.bytes).then(
        (entry) => entry.hash,
        () => null,
      );
      this.#settle(mail, hash === null || this.parts.standing()?.roster.hasSeen(hash) === true);
    }
  }

  async #readEnvelopes(box: Bytes): Promise<void> {
    const fresh = await this.#fresh('envelope');
    for (let from = 0; from < fresh.length; from += BATCH) {
      const opened: { readonly mail: Mail; readonly bytes: Bytes }[] = [];
      for (const mail of fresh.slice(from, from + BATCH)) {
        const content = await this.#openFresh(box, mail);
        if (content?.kind === 'envelope') opened.push({ mail, bytes: content.bytes });
      }
      const waiting = await this.parts.events.envelopes(opened.map(({ bytes }) => bytes));
      for (const [place, { mail }] of opened.entries()) this.#settle(mail, !waiting.includes(place));
      await this.#moveMark();
    }
    await this.#moveMark();
  }

  /** What decides whether an item that waits is worth another look. */
  get #knowledge(): string {
    const head = this.parts.standing()?.roster.head ?? NONE;
    return `${hex(head)} ${String(this.#listed)}`;
  }

  /** Items of others that were not taken in for good, in the order in which they came. */
  async #unread(): Promise<Mail[]> {
    const slot = await this.#slot;
    const unread = [...this.#there.values()].filter(
      ({ number, label, writer }) =>
        number > this.#readUpTo && !this.#taken.has(number) && label.kind !== 'blob' && !same(writer, slot),
    );
    return unread.sort((a, b) => Number(a.number - b.number));
  }

  async #fresh(kind: Mail['label']['kind']): Promise<Mail[]> {
    const unread = await this.#unread();
    return unread.filter(
      ({ number, label }) => label.kind === kind && this.#held.get(number) !== this.#knowledge,
    );
  }

  /** Null for what waits for its key, and for what is of no use. */
  async #openFresh(box: Bytes, mail: Mail): Promise<MailContent | null> {
    const { audience, epoch, kind } = mail.label;
    const standing = this.parts.standing();
    if (standing === null) return null;
    if (standing.key(audience, epoch) === undefined && epoch > standing.roster.epoch) {
      this.#settle(mail, false);
      return null;
    }
    const content = await this.#open(box, mail, standing);
    if (content?.kind === kind) return content;
    this.#settle(mail, true);
    return null;
  }

  #settle({ number }: Mail, taken: boolean): void {
    if (!taken) {
      this.#held.set(number, this.#knowledge);
      return;
    }
    this.#held.delete(number);
    this.#taken.add(number);
  }

  async #moveMark(): Promise<void> {
    const [lowest] = await this.#unread();
    const mark = lowest === undefined ? this.#listed : lowest.number - 1n;
    if (mark <= this.#readUpTo) return;
    this.#readUpTo = mark;
    for (const number of this.#taken) if (number <= mark) this.#taken.delete(number);
    this.parts.events.read(mark);
  }

  /** Null for what is not for this member, or not what its label says. */
  async #open(box: Bytes, mail: Mail, standing: Standing): Promise<MailContent | null> {
    const { epoch, audience, kind } = mail.label;
    // An entry that starts an epoch is sealed with the key before.
    const key = standing.key(audience, epoch);
    if (key === undefined) return null;
    const sealed = await this.#download(box, mail);
    if (sealed === null) return null;
    const content = await openMail(sealed, box, mail.name, { epoch, audience, kind }, key);
    return typeof content === 'string' ? null : content;
  }

  async #download(box: Bytes, { name, size }: Mail): Promise<Bytes | null> {
    const { slotKey: key } = this.parts;
    const parts: Bytes[] = [];
    for (let offset = 0; offset < size && !this.#closed;) {
      try {
        const answer = await this.#ask({ t: 'read-mail', box, name, offset, key });
        if (answer.t !== 'mail-part' || answer.bytes.length === 0 || answer.offset !== offset) return null;
        parts.push(answer.bytes);
        offset += answer.bytes.length;
      } catch (error) {
        // Dropped meanwhile.
        if (isRefused(error, GONE)) return null;
        throw error;
      }
    }
    return concat(...parts);
  }

  // Leaving.

  async #leaveEnvelopes(box: Bytes, key: { epoch: bigint; key: Bytes }): Promise<void> {
    for (const { id, envelope } of await this.parts.unheard()) {
      if (this.#closed || this.parts.linked()) return;
      const name = await kdf(key.key, NONE, 'envelope name', 16, fromHex(id));
      this.#names.set(id, hex(name));
      await this.#leave(box, key, name, { kind: 'envelope', bytes: envelope });
    }
  }

  async #leaveFiles(box: Bytes, key: { epoch: bigint; key: Bytes }): Promise<void> {
    const files = this.#mailFiles;
    for (const { blob, size } of files?.outgoing() ?? []) {
      const chunks = chunkCount(size);
      const parts = Math.ceil(chunks / HASHES);
      const before = this.#files.get(blob);
      const stored: Stored =
        before?.epoch === key.epoch
          ? before
          : { epoch: key.epoch, count: parts + chunks, there: new Set<number>() };
      this.#files.set(blob, stored);
      let next = 0;
      // Several lanes take one part after another.
      const lane = async (): Promise<void> => {
        while (next < stored.count && !this.#closed && !this.#full && !this.parts.linked()) {
          const index = next;
          next += 1;
          if (!stored.there.has(index)) await this.#leavePart(box, key, { blob, stored, index, parts });
        }
      };
      await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
    }
  }

  async #leavePart(
    box: Bytes,
    key: { epoch: bigint; key: Bytes },
    of: { blob: BlobId; stored: Stored; index: number; parts: number },
  ): Promise<void> {
    const { blob, stored, index, parts } = of;
    const id = fromHex(blob);
    const isHashes = index < parts;
    const first = index * HASHES;
    const chunk = index - parts;
    const name = await (isHashes ? manifestName(key.key, id, first) : chunkName(key.key, id, chunk));
    if (!this.#there.has(hex(name))) {
      const part: Part = isHashes ? { hashes: first } : { whole: chunk };
      const bytes = (await this.#mailFiles?.part(blob, part)) ?? null;
      if (bytes === null) return;
      const content: MailContent = isHashes
        ? { kind: 'blob-message', bytes }
        : { kind: 'chunk', blob: id, index: chunk, bytes };
      await this.#leave(box, key, name, content);
    }
    if (this.#there.has(hex(name))) stored.there.add(index);
    this.parts.events.stored();
  }

  async #leave(
    box: Bytes,
    { epoch, key }: { epoch: bigint; key: Bytes },
    name: Bytes,
    content: MailContent,
  ): Promise<void> {
    if (this.#there.has(hex(name))) return;
    const sealed = await sealMail(content, box, epoch, 'all', key);
    if (sealed === 'wrong-size') return;
    const label = { kind: mailKind(content), epoch, audience: 'all' } as const;
    if (!(await this.#put(box, name, label, sealed))) return;
    this.#there.set(hex(name), { number: 0n, name, label, size: sealed.length, writer: await this.#slot });
    this.parts.events.stored();
  }

  /** Whether the item lies there whole, whoever put it. */
  async #put(box: Bytes, name: Bytes, label: Mail['label'], sealed: Bytes): Promise<boolean> {
    const { slotKey: key } = this.parts;
    const size = sealed.length;
    for (let begin = 0; begin < BEGINS; begin++) {
      try {
        for (let offset = 0; offset < size; offset += MAIL_PART) {
          const bytes = sealed.slice(offset, offset + MAIL_PART);
          const answer = await this.#ask({ t: 'put-part', box, name, label, size, offset, bytes, key });
          if (answer.t === 'upload' && answer.whole) return true;
        }
      } catch (error) {
        if (!isRefused(error, CONFLICT)) throw error;
      }
      // It lies there already, sealed another time; or what was put of it is lost, and it is begun anew.
      const state = await this.#ask({ t: 'upload-state', box, name, key });
      if (state.t === 'upload' && state.whole) return true;
    }
    return false;
  }

  // Fetching.

  /** What lies there of files that are wanted, a chunk at a time. */
  async #fetch(box: Bytes, key: { epoch: bigint; key: Bytes }): Promise<void> {
    const files = this.#mailFiles;
    const standing = this.parts.standing();
    if (files === null || standing === null) return;
    for (const { blob, size } of files.wanted()) {
      if (this.#closed || this.parts.linked()) return;
      const id = fromHex(blob);
      if ((await files.missing(blob)) === null) {
        this.#fed.delete(blob);
        for (let first = 0; first < chunkCount(size); first += HASHES) {
          const mail = this.#there.get(hex(await manifestName(key.key, id, first)));
          const content = mail === undefined ? null : await this.#open(box, mail, standing);
          if (content?.kind === 'blob-message') files.item(content.bytes);
        }
        // It is hashed before it counts.
        for (let n = 0; n < LOOKS && (await files.missing(blob)) === null; n++) await pause(LOOK_MS);
      }
      await this.#fetchChunks(box, key.key, blob, standing, files);
    }
  }

  async #fetchChunks(
    box: Bytes,
    key: Bytes,
    blob: BlobId,
    standing: Standing,
    files: MailFiles,
  ): Promise<void> {
    const fed = this.#fed.get(blob) ?? new Set<string>();
    this.#fed.set(blob, fed);
    for (let found = true; found && !this.parts.linked();) {
      found = false;
      for (const chunk of (await files.missing(blob)) ?? []) {
        const name = hex(await chunkName(key, fromHex(blob), chunk));
        const mail = this.#there.get(name);
        if (mail === undefined || fed.has(name)) continue;
        const content = await this.#open(box, mail, standing);
        fed.add(name);
        if (content?.kind !== 'chunk') continue;
        found = true;
        for (const piece of cutIntoPieces({ blob, chunk, from: 0 }, content.bytes, CHUNK / 8)) {
          files.item(piece);
        }
      }
    }
  }
}

function isRefused(error: unknown, reasons: ReadonlySet<RequestFailure>): boolean {
  return error instanceof RequestRefused && reasons.has(error.reason);
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
