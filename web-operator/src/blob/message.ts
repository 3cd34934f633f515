/** Messages of the blob channel; the same bytes lie in waiting rooms and mailboxes. */
import { Malformed, Reader, Writer, fromHex, hex, type Bytes } from '../seal/bytes.ts';
import { CHUNK, CHUNKS, HASHES, MESSAGE, PIECE } from './limits.ts';
import { chunkCount, sizeProblem, type BlobId } from './manifest.ts';

const KINDS = { ask: 1, hashes: 2, get: 3, piece: 4, refused: 5, have: 6, cancel: 7 } as const;

export const WHY = { unknown: 1, 'not-here': 2, busy: 3, disk: 4 } as const;
export type Why = keyof typeof WHY;
const WHYS = Object.keys(WHY) as Why[];

export type BlobMessage =
  /** Wants the manifest. */
  | { readonly t: 'ask'; readonly blob: BlobId }
  | {
      readonly t: 'hashes';
      readonly blob: BlobId;
      readonly size: number;
      readonly first: number;
      readonly hashes: Bytes;
    }
  /** Wants a chunk from an offset on. */
  | { readonly t: 'get'; readonly blob: BlobId; readonly chunk: number; readonly from: number }
  | {
      readonly t: 'piece';
      readonly blob: BlobId;
      readonly chunk: number;
      readonly offset: number;
      readonly bytes: Bytes;
    }
  | { readonly t: 'refused'; readonly blob: BlobId; readonly why: Why }
  /** What the sender of this has, a bit for each chunk, the lowest bit first. */
  | { readonly t: 'have'; readonly blob: BlobId; readonly count: number; readonly bits: Bytes }
  | { readonly t: 'cancel'; readonly blob: BlobId };

/** Kind, id, chunk and offset: what stands before the bytes of a piece. */
export const PIECE_HEAD = 1 + 32 + 4 + 4;

export function encodeMessage(message: BlobMessage): Bytes {
  const w = new Writer().u8(KINDS[message.t]).raw(fromHex(message.blob));
  switch (message.t) {
    case 'ask':
    case 'cancel':
      return w.done();
    case 'hashes':
      return w.u64(BigInt(message.size)).u32(message.first).raw(message.hashes).done();
    case 'get':
      return w.u32(message.chunk).u32(message.from).done();
    case 'piece':
      return w.u32(message.chunk).u32(message.offset).raw(message.bytes).done();
    case 'refused':
      return w.u8(WHY[message.why]).done();
    case 'have':
      return w.u32(message.count).raw(message.bits).done();
  }
}

/** Throws `Malformed`. */
export function decodeMessage(bytes: Bytes): BlobMessage {
  if (bytes.length > MESSAGE) throw new Malformed('too-large');
  const r = new Reader(bytes);
  const kind = r.u8();
  const blob = hex(r.raw(32));
  const message = fields(kind, blob, r);
  r.end();
  return message;
}

function fields(kind: number, blob: BlobId, r: Reader): BlobMessage {
  switch (kind) {
    case KINDS.ask:
      return { t: 'ask', blob };
    case KINDS.hashes: {
      const size = Number(r.u64());
      const first = r.u32();
      const hashes = r.rest();
      const whole = hashes.length > 0 && hashes.length % 32 === 0 && hashes.length <= HASHES * 32;
      const fits = sizeProblem(size) === null && first + hashes.length / 32 <= chunkCount(size);
      if (!whole || !fits) throw new Malformed('too-large');
      return { t: 'hashes', blob, size, first, hashes };
    }
    case KINDS.get: {
      const get = { t: 'get', blob, chunk: r.u32(), from: r.u32() } as const;
      if (get.chunk >= CHUNKS || get.from >= CHUNK) throw new Malformed('too-large');
      return get;
    }
    case KINDS.piece: {
      const chunk = r.u32();
      const offset = r.u32();
      // No copy: a piece is on its way to a larger buffer.
      const rest = bytesFrom(r);
      if (rest.length === 0) throw new Malformed('truncated');
      if (chunk >= CHUNKS || rest.length > PIECE || offset + rest.length > CHUNK)
        throw new Malformed('too-large');
      return { t: 'piece', blob, chunk, offset, bytes: rest };
    }
    case KINDS.refused: {
      const code = r.u8();
      const why = WHYS.find((name) => WHY[name] === code);
      if (why === undefined) throw new Malformed('unknown-code');
      return { t: 'refused', blob, why };
    }
    case KINDS.have: {
      const count = r.u32();
      const bits = r.rest();
      if (count > CHUNKS) throw new Malformed('too-large');
      if (count === 0 || bits.length !== Math.ceil(count / 8)) throw new Malformed('truncated');
      const spare = 8 * bits.length - count;
      if ((bits[bits.length - 1] ?? 0) >>> (8 - spare) !== 0) throw new Malformed('trailing');
      return { t: 'have', blob, count, bits };
    }
    case KINDS.cancel:
      return { t: 'cancel', blob };
    default:
      throw new Malformed('unknown-code');
  }
}

/** The rest of the message, without a copy. */
function bytesFrom(r: Reader): Bytes {
  const { source, position } = r;
  r.skip(r.left);
  return source.subarray(position);
}
