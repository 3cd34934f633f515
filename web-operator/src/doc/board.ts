/**
 * Boards: a still picture, and what is drawn on it. A stroke never changes; it is erased and brought back by
 * entries that name it, and of those by its author and by experts the last one in Automerge's order counts.
 */
import { fromHex, type Bytes } from '../seal/bytes.ts';
import type { Hex } from '../seal/codes.ts';
import * as limits from './limits.ts';
import { decodePoints } from './points.ts';
import { authorOf, Entries, fitting, type Draft, type Fields, type Replica } from './replica.ts';
import type { Tidies } from './shelf.ts';

export type Tool = 'pen' | 'arrow' | 'rectangle' | 'ellipse' | 'text' | 'mark' | 'dot';
export type Ink = 'red' | 'yellow' | 'green' | 'blue' | 'white';
const TOOLS: readonly string[] = [
  'pen',
  'arrow',
  'rectangle',
  'ellipse',
  'text',
  'mark',
  'dot',
] satisfies readonly Tool[];
const INKS: readonly string[] = ['red', 'yellow', 'green', 'blue', 'white'] satisfies readonly Ink[];

/** Something drawn, with its points as they are written. */
export interface Drawing {
  readonly tool: Tool;
  readonly ink: Ink;
  /** Of the line, or height of the letters, in 1/65535 of the picture's longer side. */
  readonly width: number;
  readonly points: Bytes;
  /** Words of a text, number of a mark; else empty. */
  readonly text: string;
}

export interface BoardStroke extends Drawing {
  readonly id: string;
  readonly author: Hex;
  readonly at: number;
}

/** The picture under the strokes. */
export interface Still {
  readonly blob: Hex;
  readonly size: number;
  readonly type: string;
  /** In pixels; a claim until it is decoded. */
  readonly width: number;
  readonly height: number;
}

export interface NewStill extends Still {
  readonly title: string;
}

export interface Board {
  readonly author: Hex;
  readonly title: string;
  readonly at: number;
  readonly still: Still;
  /** Visible ones, in the order in which they are painted. */
  readonly strokes: readonly BoardStroke[];
}

type MetaEntry =
  | {
      readonly is: 'still';
      readonly author: Hex;
      readonly still: Still;
      readonly title: string;
      readonly at: number;
    }
  | { readonly is: 'title'; readonly title: string }
  | { readonly is: 'hide'; readonly author: Hex };

type StrokeEntry =
  | { readonly is: 'stroke'; readonly stroke: BoardStroke }
  | { readonly is: 'mark'; readonly author: Hex; readonly target: string; readonly erased: boolean };

export class BoardReader {
  readonly #meta = new Entries(readMeta);
  readonly #strokes = new Entries(readStroke);

  /** Null for a board that has no picture yet, or was taken away. */
  board(replica: Replica, tidies: Tidies): Board | null {
    const meta = this.#meta.of(replica.list('meta'));
    const first = meta.find((entry) => entry.is === 'still');
    if (first === undefined) return null;
    const title = meta.findLast((entry) => entry.is === 'title')?.title ?? first.title;
    const hidden = meta.some(
      (entry) => entry.is === 'hide' && (entry.author === first.author || tidies(entry.author)),
    );
    if (hidden) return null;
    const { author, at, still } = first;
    return { author, title, at, still, strokes: this.#visible(replica, tidies) };
  }

  #visible(replica: Replica, tidies: Tidies): BoardStroke[] {
    const entries = this.#strokes.of(replica.list('strokes'));
    const erased = new Map<string, boolean>();
    for (const entry of entries) {
      if (entry.is !== 'mark') continue;
      const counts = entry.author === authorOf(entry.target) || tidies(entry.author);
      if (counts) erased.set(entry.target, entry.erased);
    }
    const visible: BoardStroke[] = [];
    let count = 0;
    for (const entry of entries) {
      if (entry.is !== 'stroke' || ++count > limits.BOARD_STROKES) continue;
      if (erased.get(entry.stroke.id) !== true) visible.push(entry.stroke);
    }
    return visible;
  }
}

function readMeta(fields: Fields): MetaEntry | null {
  const { author } = fields;
  const at = fields.number('at');
  if (at === null) return null;
  switch (fields.word('kind')) {
    case 'still': {
      const blob = fields.blob('blob');
      const size = fields.within('size', 1, limits.BLOB);
      const type = fields.text('type', limits.MEDIA_TYPE);
      const width = fields.within('width', 1, limits.PICTURE_SIDE);
      const height = fields.within('height', 1, limits.PICTURE_SIDE);
      const title = fields.text('title', limits.TITLE);
      if (blob === null || size === null || type === null) return null;
      if (width === null || height === null || title === null) return null;
      return { is: 'still', author, still: { blob, size, type, width, height }, title, at };
    }
    case 'title': {
      const title = fields.text('text', limits.TITLE);
      return title === null ? null : { is: 'title', title };
    }
    case 'hide':
      return { is: 'hide', author };
    default:
      return null;
  }
}

function readStroke(fields: Fields): StrokeEntry | null {
  const { id, author } = fields;
  const at = fields.number('at');
  if (at === null) return null;
  const kind = fields.word('kind');
  if (kind === 'erase' || kind === 'restore') {
    const target = fields.target('target');
    return target === null ? null : { is: 'mark', author, target, erased: kind === 'erase' };
  }
  if (kind !== 'stroke') return null;
  const tool = fields.word('tool');
  const ink = fields.word('ink');
  const width = fields.within('width', 1, 0xffff);
  const points = fields.bytes('points');
  const text = fields.text('text', limits.STROKE_TEXT);
  if (tool === null || !isTool(tool) || ink === null || !isInk(ink) || width === null) return null;
  if (text === null || points === null || decodePoints(points) === null) return null;
  return { is: 'stroke', stroke: { id, author, tool, ink, width, points, text, at } };
}

function isTool(word: string): word is Tool {
  return TOOLS.includes(word);
}

function isInk(word: string): word is Ink {
  return INKS.includes(word);
}

export function beginBoard(draft: Draft, still: NewStill, at: number): void {
  const { blob, size, width, height } = still;
  draft.append('meta', {
    kind: 'still',
    blob: fromHex(blob),
    size,
    type: fitting(still.type, limits.MEDIA_TYPE),
    width,
    height,
    title: fitting(still.title, limits.TITLE),
    at,
  });
}

export function draw(draft: Draft, { tool, ink, width, points, text }: Drawing, at: number): void {
  const words = fitting(text, limits.STROKE_TEXT);
  draft.append('strokes', { kind: 'stroke', tool, ink, width, points, text: words, at });
}
