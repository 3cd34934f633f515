/** Frames of the switchboard: what the page sends and what it may get back. */
import { Malformed, Reader, Writer, concat, utf8, type Bytes } from '../seal/bytes.ts';
import { AUDIENCES, named } from '../seal/codes.ts';
import { sign, type SignKey } from '../seal/ed25519.ts';
import * as limits from '../seal/limits.ts';
import { MAIL_KINDS, type MailLabel } from '../seal/mail.ts';

const CLIENT = {
  listen: 0x01,
  send: 0x02,
  getRecord: 0x04,
  openSlot: 0x06,
  putItem: 0x07,
  getItems: 0x08,
  ping: 0x0a,
  getPolicy: 0x0c,
  putPart: 0x0f,
  uploadState: 0x10,
  listMail: 0x11,
  readMail: 0x12,
  dropMail: 0x13,
  boxState: 0x14,
} as const;

export const REASONS = {
  'nobody-listens': 1,
  'queue-full': 2,
  'rate-limited': 3,
  'too-large': 4,
  malformed: 5,
  'bad-signature': 6,
  'not-found': 7,
  conflict: 8,
  quota: 9,
  expired: 10,
  'storage-full': 11,
  'unknown-type': 12,
  'shutting-down': 13,
} as const;
export type RefusedReason = keyof typeof REASONS;

export interface SlotItem {
  readonly n: bigint;
  readonly item: Bytes;
}

/** What a slot may do with a mailbox. */
export const RIGHTS = { owner: 1, admin: 2, write: 3, read: 4 } as const;
export type Right = keyof typeof RIGHTS;

/** A whole item of a mailbox as it is listed. */
export interface Mail {
  /** Rises with each item that became whole. */
  readonly number: bigint;
  readonly name: Bytes;
  readonly label: MailLabel;
  /** Bytes of the sealed item. */
  readonly size: number;
  /** Slot address of who put it. */
  readonly writer: Bytes;
}

export interface Share {
  readonly used: bigint;
  readonly quota: bigint;
}

export type ServerFrame =
  | {
      readonly t: 'welcome';
      readonly nonce: Bytes;
      readonly host: string;
      readonly token: Bytes;
      readonly time: bigint;
    }
  | { readonly t: 'done'; readonly req: number }
  | { readonly t: 'refused'; readonly req: number; readonly reason: RefusedReason }
  | { readonly t: 'message'; readonly to: Bytes; readonly payload: Bytes }
  | { readonly t: 'record'; readonly req: number; readonly version: bigint; readonly record: Bytes }
  | { readonly t: 'items'; readonly req: number; readonly more: boolean; readonly items: readonly SlotItem[] }
  | { readonly t: 'pong'; readonly req: number }
  /** What an invite's owner asks for; the page only reads past it. */
  | { readonly t: 'slots'; readonly req: number; readonly slots: readonly { slot: Bytes; items: number }[] }
  | {
      readonly t: 'item';
      readonly inviteId: Bytes;
      readonly slot: Bytes;
      readonly n: bigint;
      readonly item: Bytes;
    }
  /** JSON, as `/v1/policy` answers it. */
  | { readonly t: 'policy'; readonly req: number; readonly policy: Bytes }
  /** A mailbox has a new item. */
  | { readonly t: 'mail'; readonly box: Bytes; readonly number: bigint }
  /** How much of an item is on disk: where the next part begins. */
  | { readonly t: 'upload'; readonly req: number; readonly offset: number; readonly whole: boolean }
  | { readonly t: 'mails'; readonly req: number; readonly more: boolean; readonly mails: readonly Mail[] }
  | {
      readonly t: 'mail-part';
      readonly req: number;
      readonly size: number;
      readonly offset: number;
      readonly bytes: Bytes;
    }
  | {
      readonly t: 'box-state';
      readonly req: number;
      readonly right: Right;
      readonly version: bigint;
      /** Number of the newest item. */
      readonly last: bigint;
      readonly own: Share;
      readonly whole: Share;
    };

/** Frames that nobody asked for carry request number 0. */
const UNASKED = [0x81, 0x84, 0x89, 0x8b];

export function decodeServerFrame(bytes: Bytes): ServerFrame {
  if (bytes.length > limits.FRAME) throw new Malformed('too-large');
  const r = new Reader(bytes);
  const type = r.u8();
  const req = r.u32();
  if (UNASKED.includes(type) && req !== 0) throw new Malformed('unknown-code');
  const frame = serverFields(type, req, r);
  r.end();
  return frame;
}

function serverFields(type: number, req: number, r: Reader): ServerFrame {
  switch (type) {
    case 0x81: {
      r.version();
      const welcome = {
        t: 'welcome',
        nonce: r.raw(32),
        host: r.str(limits.HOST),
        token: r.raw(16),
        time: r.u64(),
      } as const;
      r.u32();
      return welcome;
    }
    case 0x82:
      return { t: 'done', req };
    case 0x83:
      return { t: 'refused', req, reason: named(REASONS, r.u8()) };
    case 0x84:
      return { t: 'message', to: r.raw(16), payload: r.bytes(limits.MESSAGE) };
    case 0x85:
      return { t: 'record', req, version: r.u64(), record: r.bytes(limits.RECORD) };
    case 0x86:
      return {
        t: 'items',
        req,
        more: r.bool(),
        items: r.list(limits.ITEMS, (x) => ({ n: x.u64(), item: x.bytes(limits.ITEM) })),
      };
    case 0x87:
      return { t: 'pong', req };
    case 0x88:
      return { t: 'slots', req, slots: r.list(limits.SLOTS, (x) => ({ slot: x.raw(16), items: x.u32() })) };
    case 0x89:
      return { t: 'item', inviteId: r.raw(16), slot: r.raw(16), n: r.u64(), item: r.bytes(limits.ITEM) };
    default:
      return mailFields(type, req, r);
  }
}

function mailFields(type: number, req: number, r: Reader): ServerFrame {
  switch (type) {
    case 0x8a:
      return { t: 'policy', req, policy: r.bytes(limits.POLICY) };
    case 0x8b:
      return { t: 'mail', box: r.raw(16), number: r.u64() };
    case 0x8c:
      return { t: 'upload', req, offset: r.u32(), whole: r.bool() };
    case 0x8d:
      return { t: 'mails', req, more: r.bool(), mails: r.list(limits.MAILS, readMail) };
    case 0x8e: {
      const part = { t: 'mail-part', req, size: r.u32(), offset: r.u32() } as const;
      const bytes = r.bytes(limits.MAIL_PART);
      // A part lies within its item, so that a buffer for it is bounded.
      if (part.size > limits.MAIL || part.offset + bytes.length > part.size) throw new Malformed('too-large');
      return { ...part, bytes };
    }
    case 0x8f:
      return {
        t: 'box-state',
        req,
        right: named(RIGHTS, r.u8()),
        version: r.u64(),
        last: r.u64(),
        own: { used: r.u64(), quota: r.u64() },
        whole: { used: r.u64(), quota: r.u64() },
      };
    default:
      throw new Malformed('unknown-code');
  }
}

function readMail(r: Reader): Mail {
  return { number: r.u64(), name: r.raw(16), label: readLabel(r), size: r.u32(), writer: r.raw(16) };
}

function readLabel(r: Reader): MailLabel {
  return { kind: named(MAIL_KINDS, r.u8()), epoch: r.u64(), audience: named(AUDIENCES, r.u8()) };
}

function writeLabel(w: Writer, label: MailLabel): Writer {
  return w.u8(MAIL_KINDS[label.kind]).u64(label.epoch).u8(AUDIENCES[label.audience]);
}

/** What a signed request is bound to: this connection's nonce and the host that was dialled. */
export interface Challenge {
  readonly nonce: Bytes;
  readonly host: string;
}

export type ClientRequest =
  | { readonly t: 'listen'; readonly key: SignKey }
  | { readonly t: 'send'; readonly to: Bytes; readonly payload: Bytes }
  | { readonly t: 'get-record'; readonly inviteId: Bytes }
  /** `slotKey` is the invite's key that grants the slot, `slotPublic` who will own it. */
  | {
      readonly t: 'open-slot';
      readonly inviteId: Bytes;
      readonly slotPublic: Bytes;
      readonly slotKey: SignKey;
    }
  | {
      readonly t: 'put-item';
      readonly inviteId: Bytes;
      readonly slot: Bytes;
      readonly n: bigint;
      readonly item: Bytes;
      readonly key: SignKey;
    }
  | {
      readonly t: 'get-items';
      readonly inviteId: Bytes;
      readonly slot: Bytes;
      readonly afterHolder: bigint | null;
      readonly afterExpert: bigint | null;
      readonly key: SignKey;
    }
  | { readonly t: 'ping' }
  | { readonly t: 'get-policy' }
  /** Parts come in order; the same again does no harm. Offset 0 of an item not whole yet begins it anew. */
  | {
      readonly t: 'put-part';
      readonly box: Bytes;
      readonly name: Bytes;
      readonly label: MailLabel;
      /** Bytes of the whole sealed item. */
      readonly size: number;
      readonly offset: number;
      readonly bytes: Bytes;
      readonly key: SignKey;
    }
  | { readonly t: 'upload-state'; readonly box: Bytes; readonly name: Bytes; readonly key: SignKey }
  | { readonly t: 'list-mail'; readonly box: Bytes; readonly after: bigint; readonly key: SignKey }
  | {
      readonly t: 'read-mail';
      readonly box: Bytes;
      readonly name: Bytes;
      readonly offset: number;
      readonly key: SignKey;
    }
  | { readonly t: 'drop-mail'; readonly box: Bytes; readonly name: Bytes; readonly key: SignKey }
  | { readonly t: 'box-state'; readonly box: Bytes; readonly key: SignKey };

/** The frame of a request; signed ones are signed for this connection only. */
export async function encodeRequest(
  request: ClientRequest,
  req: number,
  challenge: Challenge,
): Promise<Bytes> {
  const head = (type: number) => new Writer().u8(type).u32(req);
  switch (request.t) {
    case 'listen': {
      const fields = request.key.publicKey;
      return signed(head(CLIENT.listen), fields, request.key, 'listen', challenge);
    }
    case 'send':
      return head(CLIENT.send).raw(request.to).bytes(request.payload).done();
    case 'get-record':
      return head(CLIENT.getRecord).raw(request.inviteId).done();
    case 'open-slot': {
      const fields = concat(request.inviteId, request.slotPublic);
      return signed(head(CLIENT.openSlot), fields, request.slotKey, 'open slot', challenge);
    }
    case 'put-item': {
      const fields = new Writer()
        .raw(request.inviteId)
        .raw(request.slot)
        .u64(request.n)
        .bytes(request.item)
        .raw(request.key.publicKey)
        .done();
      return signed(head(CLIENT.putItem), fields, request.key, 'put item', challenge);
    }
    case 'get-items': {
      const fields = new Writer()
        .raw(request.inviteId)
        .raw(request.slot)
        .opt(request.afterHolder, (w, n) => w.u64(n))
        .opt(request.afterExpert, (w, n) => w.u64(n))
        .raw(request.key.publicKey)
        .done();
      return signed(head(CLIENT.getItems), fields, request.key, 'get items', challenge);
    }
    case 'ping':
      return head(CLIENT.ping).done();
    case 'get-policy':
      return head(CLIENT.getPolicy).done();
    case 'put-part': {
      const fields = writeLabel(new Writer().raw(request.box).raw(request.name), request.label)
        .u32(request.size)
        .u32(request.offset)
        .bytes(request.bytes)
        .raw(request.key.publicKey)
        .done();
      return signed(head(CLIENT.putPart), fields, request.key, 'put part', challenge);
    }
    case 'upload-state':
    case 'drop-mail': {
      const [code, label] =
        request.t === 'drop-mail'
          ? ([CLIENT.dropMail, 'drop mail'] as const)
          : ([CLIENT.uploadState, 'upload state'] as const);
      const fields = concat(request.box, request.name, request.key.publicKey);
      return signed(head(code), fields, request.key, label, challenge);
    }
    case 'list-mail': {
      const fields = new Writer().raw(request.box).u64(request.after).raw(request.key.publicKey).done();
      return signed(head(CLIENT.listMail), fields, request.key, 'list mail', challenge);
    }
    case 'read-mail': {
      const fields = new Writer()
        .raw(request.box)
        .raw(request.name)
        .u32(request.offset)
        .raw(request.key.publicKey)
        .done();
      return signed(head(CLIENT.readMail), fields, request.key, 'read mail', challenge);
    }
    case 'box-state': {
      const fields = concat(request.box, request.key.publicKey);
      return signed(head(CLIENT.boxState), fields, request.key, 'box state', challenge);
    }
  }
}

async function signed(
  head: Writer,
  fields: Bytes,
  key: SignKey,
  label: string,
  { nonce, host }: Challenge,
): Promise<Bytes> {
  const input = concat(nonce, new Writer().str(host).done(), fields);
  return head
    .raw(fields)
    .raw(await sign(key, label, input))
    .done();
}

/** u32 length ‖ frame, as the HTTPS way carries frames. */
export function prefixed(frame: Bytes): Bytes {
  return new Writer().bytes(frame).done();
}

/** Cuts a byte stream of prefixed frames; throws `Malformed` for a frame over the cap. */
export class FrameSplitter {
  #held: Bytes = utf8('');

  push(chunk: Uint8Array): Bytes[] {
    let held = concat(this.#held, chunk);
    const out: Bytes[] = [];
    while (held.length >= 4) {
      const length = new Reader(held).u32();
      if (length > limits.FRAME) throw new Malformed('too-large');
      if (held.length < 4 + length) break;
      out.push(held.slice(4, 4 + length));
      held = held.slice(4 + length);
    }
    this.#held = held;
    return out;
  }
}
