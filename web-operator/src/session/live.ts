/**
 * The `live` channel: pointers, strokes in the making, cursors. Binary, one packet a message, never stored;
 * losing some is normal. `live-sender.ts` decides what goes out when, `live-seen.ts` what others show.
 */
import { Malformed, Reader, Writer, fromHex, hex, type Bytes } from '../seal/bytes.ts';
import { decodePoints, encodePoints } from '../doc/points.ts';
import * as limits from '../seal/limits.ts';
import { INKS, TOOLS, type PointerAct, type PointerTarget, type Stroke } from './show.ts';

export type LiveMessage =
  | {
      readonly t: 'pointer';
      readonly seq: number;
      readonly target: PointerTarget;
      readonly x: number;
      readonly y: number;
      readonly act: PointerAct;
    }
  | {
      readonly t: 'preview';
      readonly board: string;
      /** The sender's number of the stroke. */
      readonly id: number;
      readonly seq: number;
      /** Index of the first point that is here. */
      readonly first: number;
      /** With the points from there to its end as it is now. */
      readonly stroke: Stroke;
    }
  /** The pen was lifted without a stroke. */
  | { readonly t: 'preview-gone'; readonly board: string; readonly id: number }
  | { readonly t: 'cursor'; readonly text: string; readonly at: number };

export type LiveProblem = 'too-large' | 'truncated' | 'trailing' | 'unknown-code' | 'bad-stroke';

const KINDS = { pointer: 1, preview: 2, 'preview-gone': 3, cursor: 4 } as const;
const ACTS: readonly PointerAct[] = ['move', 'click', 'gone'];
const PEER = 32;
const DOCUMENT = 16;
/** Bytes of a preview before its points. */
export const PREVIEW_HEAD = 1 + DOCUMENT + 4 + 4 + 1 + 1 + 2 + 4;

export function encodeLive(message: LiveMessage): Bytes {
  const out = new Writer().u8(KINDS[message.t]);
  switch (message.t) {
    case 'pointer': {
      const { target } = message;
      out.u32(message.seq);
      if (target.on === 'video') out.u8(0).raw(fromHex(target.peer));
      else out.u8(1).raw(fromHex(target.board));
      return out.u16(message.x).u16(message.y).u8(ACTS.indexOf(message.act)).done();
    }
    case 'preview': {
      const { tool, ink, width, points } = message.stroke;
      out.raw(fromHex(message.board)).u32(message.id).u32(message.seq);
      out.u8(TOOLS.indexOf(tool)).u8(INKS.indexOf(ink)).u16(width).u32(message.first);
      // Whoever is given no points refuses the message.
      return out.raw(encodePoints(points) ?? new Uint8Array()).done();
    }
    case 'preview-gone':
      return out.raw(fromHex(message.board)).u32(message.id).done();
    case 'cursor':
      return out.raw(fromHex(message.text)).u32(message.at).done();
  }
}

export function decodeLive(bytes: Bytes): LiveMessage | LiveProblem {
  if (bytes.length > limits.LIVE) return 'too-large';
  try {
    const reader = new Reader(bytes);
    const message = read(reader);
    if (message === null) return 'unknown-code';
    if (typeof message !== 'string') reader.end();
    return message;
  } catch (error) {
    if (error instanceof Malformed) return error.problem === 'trailing' ? 'trailing' : 'truncated';
    throw error;
  }
}

function read(reader: Reader): LiveMessage | LiveProblem | null {
  switch (reader.u8()) {
    case KINDS.pointer: {
      const seq = reader.u32();
      const target = readTarget(reader);
      if (target === null) return null;
      const [x, y] = [reader.u16(), reader.u16()];
      const act = ACTS[reader.u8()];
      return act === undefined ? null : { t: 'pointer', seq, target, x, y, act };
    }
    case KINDS.preview:
      return readPreview(reader);
    case KINDS['preview-gone']:
      return { t: 'preview-gone', board: hex(reader.raw(DOCUMENT)), id: reader.u32() };
    case KINDS.cursor:
      return { t: 'cursor', text: hex(reader.raw(DOCUMENT)), at: reader.u32() };
    default:
      return null;
  }
}

function readTarget(reader: Reader): PointerTarget | null {
  switch (reader.u8()) {
    case 0:
      return { on: 'video', peer: hex(reader.raw(PEER)) };
    case 1:
      return { on: 'board', board: hex(reader.raw(DOCUMENT)) };
    default:
      return null;
  }
}

function readPreview(reader: Reader): LiveMessage | LiveProblem | null {
  const board = hex(reader.raw(DOCUMENT));
  const [id, seq] = [reader.u32(), reader.u32()];
  const [tool, ink] = [TOOLS[reader.u8()], INKS[reader.u8()]];
  const [width, first] = [reader.u16(), reader.u32()];
  if (tool === undefined || ink === undefined) return null;
  const points = decodePoints(reader.rest());
  if (points === null || width === 0 || first + points.length > limits.STROKE_POINTS) return 'bad-stroke';
  return { t: 'preview', board, id, seq, first, stroke: { tool, ink, width, points, text: '' } };
}
