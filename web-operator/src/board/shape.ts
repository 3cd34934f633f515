/**
 * What a stroke looks like on the stage, as lines and curves in CSS pixels. Pure, so that painter, eraser and
 * tests agree on where a stroke is.
 */
import type { Stroke } from '../session/show';
import { toStage, unitOf, type Placement, type Spot } from './geometry';

/** Lines never get thinner than this, however far the picture is away. */
const THINNEST = 2;

/** A smoothed line: from `start` by quadratic curves (control, end), each through the middle of two points. */
export interface Curve {
  readonly start: Spot;
  readonly parts: readonly { readonly control: Spot; readonly end: Spot }[];
}

export interface Arrow {
  readonly tail: Spot;
  /** Exactly what is pointed at. */
  readonly tip: Spot;
  /** Where the shaft ends, inside of the head. */
  readonly neck: Spot;
  readonly left: Spot;
  readonly right: Spot;
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The width of a stroke's line in CSS pixels. */
export function lineOf(stroke: Pick<Stroke, 'width'>, placed: Placement): number {
  return Math.max(THINNEST, stroke.width * unitOf(placed));
}

/** Where the stroke's points are on the stage. */
export function spotsOf(stroke: Pick<Stroke, 'points'>, placed: Placement): Spot[] {
  return stroke.points.map((point) => toStage(placed, point));
}

/** The points as one soft line; a single point is a curve without parts. */
export function smooth(spots: readonly Spot[]): Curve | null {
  const [start, ...rest] = spots;
  if (start === undefined) {
    return null;
  }
  const parts: { control: Spot; end: Spot }[] = [];
  rest.forEach((spot, index) => {
    const next = rest[index + 1];
    parts.push({ control: spot, end: next === undefined ? spot : middle(spot, next) });
  });
  return { start, parts };
}

function middle(a: Spot, b: Spot): Spot {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

/** An arrow from its first point to its last; the head grows with the line and never outgrows the arrow. */
export function arrowOf(spots: readonly Spot[], line: number): Arrow | null {
  const tail = spots[0];
  const tip = spots.at(-1);
  if (tail === undefined || tip === undefined) {
    return null;
  }
  const length = Math.hypot(tip.x - tail.x, tip.y - tail.y);
  // A tap without a drag: an arrow that comes from the upper left.
  const along =
    length < 1 ? { x: 0.7071, y: 0.7071 } : { x: (tip.x - tail.x) / length, y: (tip.y - tail.y) / length };
  const head = Math.max(line * 4.5, 14);
  const from =
    length < head * 1.4 ? { x: tip.x - along.x * head * 1.4, y: tip.y - along.y * head * 1.4 } : tail;
  const base = { x: tip.x - along.x * head, y: tip.y - along.y * head };
  const half = head * 0.52;
  return {
    tail: from,
    tip,
    neck: { x: tip.x - along.x * head * 0.8, y: tip.y - along.y * head * 0.8 },
    left: { x: base.x - along.y * half, y: base.y + along.x * half },
    right: { x: base.x + along.y * half, y: base.y - along.x * half },
  };
}

/** The rectangle between the first and the last point. */
export function boxOf(spots: readonly Spot[]): Box | null {
  const a = spots[0];
  const b = spots.at(-1);
  if (a === undefined || b === undefined) {
    return null;
  }
  return {
    left: Math.min(a.x, b.x),
    top: Math.min(a.y, b.y),
    right: Math.max(a.x, b.x),
    bottom: Math.max(a.y, b.y),
  };
}

/** Half the width of a mark's circle: its number has the height of the stroke's width. */
export function markRadius(stroke: Pick<Stroke, 'width'>, placed: Placement): number {
  return Math.max(12, stroke.width * unitOf(placed) * 0.85);
}

/** Half the width of a dot: three lines wide. */
export function dotRadius(stroke: Pick<Stroke, 'width'>, placed: Placement): number {
  return Math.max(5, lineOf(stroke, placed) * 1.5);
}

/** Height of a text's letters in CSS pixels; a line is 1.25 of it. */
export function lettersOf(stroke: Pick<Stroke, 'width'>, placed: Placement): number {
  return Math.max(8, stroke.width * unitOf(placed));
}

export const LINE_HEIGHT = 1.25;

/** About how wide a text is: measured letters are not needed to find it under a finger. */
export function textBox(stroke: Stroke, placed: Placement): Box | null {
  const start = spotsOf(stroke, placed)[0];
  if (start === undefined) {
    return null;
  }
  const letters = lettersOf(stroke, placed);
  const lines = stroke.text.split('\n');
  const longest = lines.reduce((most, line) => Math.max(most, line.length), 1);
  return {
    left: start.x,
    top: start.y,
    right: start.x + longest * letters * 0.58,
    bottom: start.y + lines.length * letters * LINE_HEIGHT,
  };
}

const known = new WeakMap<Stroke['points'], Box>();

/** The corners of all points in picture coordinates; counted once for each stroke. */
function boundsOf({ points }: Pick<Stroke, 'points'>): Box | null {
  const found = known.get(points);
  if (found !== undefined || points.length === 0) {
    return found ?? null;
  }
  let left = Infinity;
  let top = Infinity;
  let right = -Infinity;
  let bottom = -Infinity;
  for (const [x, y] of points) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x);
    bottom = Math.max(bottom, y);
  }
  const bounds = { left, top, right, bottom };
  known.set(points, bounds);
  return bounds;
}

/** Everything that the stroke may touch with its halo. */
export function extentOf(stroke: Stroke, placed: Placement): Box | null {
  const line = lineOf(stroke, placed);
  if (stroke.tool === 'text') {
    const box = textBox(stroke, placed);
    // Letters may be wider than the guess.
    return box && widened({ ...box, right: box.left + (box.right - box.left) * 1.9 }, line + 6);
  }
  const bounds = boundsOf(stroke);
  if (bounds === null) {
    return null;
  }
  const { x: left, y: top } = toStage(placed, [bounds.left, bounds.top]);
  const { x: right, y: bottom } = toStage(placed, [bounds.right, bounds.bottom]);
  const around =
    stroke.tool === 'arrow'
      ? Math.max(line * 7, 24)
      : stroke.tool === 'mark'
        ? markRadius(stroke, placed) + 6
        : stroke.tool === 'dot'
          ? dotRadius(stroke, placed) + 6
          : line + 6;
  return widened({ left, top, right, bottom }, around);
}

function widened(box: Box, by: number): Box {
  return { left: box.left - by, top: box.top - by, right: box.right + by, bottom: box.bottom + by };
}

/** The two boxes have something in common. */
export function meets(a: Box, b: Box): boolean {
  return a.left <= b.right && b.left <= a.right && a.top <= b.bottom && b.top <= a.bottom;
}
