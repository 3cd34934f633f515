/** Frames of the switchboard: what the page sends and what it may get back. */
import { Malformed, Reader, Writer, concat, utf8, type Bytes } from '../seal/bytes.ts';
import { named } from '../seal/codes.ts';
import { sign, type SignKey } from '../seal/ed25519.ts';
import * as limits from '../seal/limits.ts';

const CLIENT = {
  listen: 0x01,
  send: 0x02,
  getRecord: 0x04,
  openSlot: 0x06,
  putItem: 0x07,
  getItems: 0x08,
  ping: 0x0a,
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
    };

/** Frames that nobody asked for carry request number 0. */
const UNASKED = [0x81, 0x84, 0x89];

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
      throw new Malformed('unknown-code');
  }
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
  | { readonly t: 'ping' };

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
