/** Which stroke lies under a finger. Pure. */
import type { Stroke } from '../session/show';
import type { Placement, Spot } from './geometry';
import { arrowOf, boxOf, dotRadius, extentOf, lineOf, markRadius, spotsOf, textBox, type Box } from './shape';

/** The topmost (last) stroke that a finger of this `reach` in CSS pixels touches and that may be taken. */
export function strokeAt<S extends Stroke>(
  strokes: readonly S[],
  placed: Placement,
  at: Spot,
  reach: number,
  may: (stroke: S) => boolean,
): S | null {
  for (let index = strokes.length - 1; index >= 0; index -= 1) {
    const stroke = strokes[index];
    if (stroke !== undefined && may(stroke) && touches(stroke, placed, at, reach)) {
      return stroke;
    }
  }
  return null;
}

/** The stroke is within `reach` of the spot. */
export function touches(stroke: Stroke, placed: Placement, at: Spot, reach: number): boolean {
  const extent = extentOf(stroke, placed);
  if (extent === null || !within(extent, at, reach)) {
    return false;
  }
  const spots = spotsOf(stroke, placed);
  const line = lineOf(stroke, placed);
  const near = reach + line / 2;
  switch (stroke.tool) {
    case 'pen':
      return nearPath(spots, at, near);
    case 'arrow': {
      const arrow = arrowOf(spots, line);
      return (
        arrow !== null && nearPath([arrow.tail, arrow.tip, arrow.left, arrow.right, arrow.tip], at, near)
      );
    }
    case 'rectangle': {
      const box = boxOf(spots);
      return box !== null && nearPath(corners(box), at, near);
    }
    case 'ellipse': {
      const box = boxOf(spots);
      return box !== null && nearPath(around(box), at, near);
    }
    case 'text': {
      const box = textBox(stroke, placed);
      return box !== null && within(box, at, reach);
    }
    case 'mark':
    case 'dot': {
      const middle = spots.at(-1);
      const radius = stroke.tool === 'mark' ? markRadius(stroke, placed) : dotRadius(stroke, placed);
      return middle !== undefined && Math.hypot(middle.x - at.x, middle.y - at.y) <= radius + reach;
    }
  }
}

function within(box: Box, at: Spot, reach: number): boolean {
  return (
    at.x >= box.left - reach &&
    at.x <= box.right + reach &&
    at.y >= box.top - reach &&
    at.y <= box.bottom + reach
  );
}

function nearPath(spots: readonly Spot[], at: Spot, reach: number): boolean {
  const only = spots[0];
  if (only === undefined) {
    return false;
  }
  if (spots.length === 1) {
    return Math.hypot(only.x - at.x, only.y - at.y) <= reach;
  }
  return spots.some((spot, index) => {
    const before = spots[index - 1];
    return before !== undefined && distance(before, spot, at) <= reach;
  });
}

/** From a spot to the line between two others. */
function distance(a: Spot, b: Spot, at: Spot): number {
  const x = b.x - a.x;
  const y = b.y - a.y;
  const square = x * x + y * y;
  const along = square === 0 ? 0 : Math.min(1, Math.max(0, ((at.x - a.x) * x + (at.y - a.y) * y) / square));
  return Math.hypot(a.x + along * x - at.x, a.y + along * y - at.y);
}

function corners({ left, top, right, bottom }: Box): Spot[] {
  return [
    { x: left, y: top },
    { x: right, y: top },
    { x: right, y: bottom },
    { x: left, y: bottom },
    { x: left, y: top },
  ];
}

/** An ellipse as a ring of short lines: finer than a finger. */
function around(box: Box): Spot[] {
  const STEPS = 48;
  return Array.from({ length: STEPS + 1 }, (_, step) => {
    const angle = (step / STEPS) * Math.PI * 2;
    return {
      x: (box.left + box.right) / 2 + (Math.cos(angle) * (box.right - box.left)) / 2,
      y: (box.top + box.bottom) / 2 + (Math.sin(angle) * (box.bottom - box.top)) / 2,
    };
  });
}
