/** Paints strokes on a canvas: a dark halo first, then the colour. The context is scaled to CSS pixels. */
import type { Stroke } from '../session/show';
import type { Placement, Spot } from './geometry';
import { COLOURS, HALO, onInk } from './ink';
import {
  arrowOf,
  boxOf,
  dotRadius,
  lettersOf,
  LINE_HEIGHT,
  lineOf,
  markRadius,
  smooth,
  spotsOf,
} from './shape';

/** What is painted with: the part of a 2D context that is used. */
export type Brush = Pick<
  CanvasRenderingContext2D,
  | 'beginPath'
  | 'moveTo'
  | 'lineTo'
  | 'quadraticCurveTo'
  | 'closePath'
  | 'rect'
  | 'ellipse'
  | 'arc'
  | 'stroke'
  | 'fill'
  | 'fillText'
  | 'strokeText'
  | 'lineWidth'
  | 'lineCap'
  | 'lineJoin'
  | 'strokeStyle'
  | 'fillStyle'
  | 'font'
  | 'textAlign'
  | 'textBaseline'
>;

export const FONT = "'Inter Variable', system-ui, sans-serif";

/** How much wider than the line its halo is, on both sides together. */
function haloOf(line: number): number {
  return Math.max(3, line * 0.7);
}

/** Paints one stroke. A stroke without points paints nothing. */
export function paintStroke(brush: Brush, stroke: Stroke, placed: Placement): void {
  const spots = spotsOf(stroke, placed);
  const first = spots[0];
  if (first === undefined) {
    return;
  }
  brush.lineCap = 'round';
  brush.lineJoin = 'round';
  switch (stroke.tool) {
    case 'pen':
      penPath(brush, spots);
      outline(brush, stroke, placed);
      return;
    case 'arrow':
      paintArrow(brush, stroke, placed, spots);
      return;
    case 'rectangle': {
      const box = boxOf(spots);
      if (box !== null) {
        brush.beginPath();
        brush.rect(box.left, box.top, box.right - box.left, box.bottom - box.top);
        outline(brush, stroke, placed);
      }
      return;
    }
    case 'ellipse': {
      const box = boxOf(spots);
      if (box !== null) {
        const x = (box.left + box.right) / 2;
        const y = (box.top + box.bottom) / 2;
        brush.beginPath();
        brush.ellipse(x, y, (box.right - box.left) / 2, (box.bottom - box.top) / 2, 0, 0, Math.PI * 2);
        outline(brush, stroke, placed);
      }
      return;
    }
    case 'text':
      paintText(brush, stroke, placed, first);
      return;
    case 'mark':
      paintMark(brush, stroke, placed, spots.at(-1) ?? first);
      return;
    case 'dot':
      disc(brush, stroke, spots.at(-1) ?? first, dotRadius(stroke, placed));
      return;
  }
}

/** The path just begun, as a haloed line. */
function outline(brush: Brush, stroke: Stroke, placed: Placement): void {
  const line = lineOf(stroke, placed);
  brush.strokeStyle = HALO;
  brush.lineWidth = line + haloOf(line);
  brush.stroke();
  brush.strokeStyle = COLOURS[stroke.ink];
  brush.lineWidth = line;
  brush.stroke();
}

function penPath(brush: Brush, spots: readonly Spot[]): void {
  const curve = smooth(spots);
  if (curve === null) {
    return;
  }
  brush.beginPath();
  brush.moveTo(curve.start.x, curve.start.y);
  if (curve.parts.length === 0) {
    // A point alone: round ends make it a dot.
    brush.lineTo(curve.start.x, curve.start.y);
  }
  for (const { control, end } of curve.parts) {
    brush.quadraticCurveTo(control.x, control.y, end.x, end.y);
  }
}

function paintArrow(brush: Brush, stroke: Stroke, placed: Placement, spots: readonly Spot[]): void {
  const line = lineOf(stroke, placed);
  const arrow = arrowOf(spots, line);
  if (arrow === null) {
    return;
  }
  for (const pass of ['halo', 'ink'] as const) {
    const colour = pass === 'halo' ? HALO : COLOURS[stroke.ink];
    const extra = pass === 'halo' ? haloOf(line) : 0;
    brush.strokeStyle = colour;
    brush.fillStyle = colour;
    brush.beginPath();
    brush.moveTo(arrow.tail.x, arrow.tail.y);
    brush.lineTo(arrow.neck.x, arrow.neck.y);
    if (pass === 'halo') {
      headPath(brush, arrow.tip, arrow.left, arrow.right);
      brush.lineWidth = line + extra;
      brush.stroke();
      continue;
    }
    brush.lineWidth = line;
    brush.stroke();
    brush.beginPath();
    headPath(brush, arrow.tip, arrow.left, arrow.right);
    brush.fill();
  }
}

function headPath(brush: Brush, tip: Spot, left: Spot, right: Spot): void {
  brush.moveTo(tip.x, tip.y);
  brush.lineTo(left.x, left.y);
  brush.lineTo(right.x, right.y);
  brush.closePath();
}

function disc(brush: Brush, stroke: Stroke, at: Spot, radius: number): void {
  brush.beginPath();
  brush.arc(at.x, at.y, radius + 2, 0, Math.PI * 2);
  brush.fillStyle = HALO;
  brush.fill();
  brush.beginPath();
  brush.arc(at.x, at.y, radius, 0, Math.PI * 2);
  brush.fillStyle = COLOURS[stroke.ink];
  brush.fill();
}

function paintMark(brush: Brush, stroke: Stroke, placed: Placement, at: Spot): void {
  const radius = markRadius(stroke, placed);
  disc(brush, stroke, at, radius);
  const letters = radius * (stroke.text.length > 2 ? 0.8 : 1.18);
  brush.font = `700 ${letters}px ${FONT}`;
  brush.textAlign = 'center';
  brush.textBaseline = 'middle';
  brush.fillStyle = onInk(stroke.ink);
  // Figures stand on the line: their middle is a little above the middle of letters.
  brush.fillText(stroke.text.slice(0, 4), at.x, at.y + letters * 0.06);
}

function paintText(brush: Brush, stroke: Stroke, placed: Placement, at: Spot): void {
  const letters = lettersOf(stroke, placed);
  brush.font = `600 ${letters}px ${FONT}`;
  brush.textAlign = 'start';
  brush.textBaseline = 'top';
  brush.lineWidth = Math.max(3, letters * 0.22);
  brush.strokeStyle = HALO;
  brush.fillStyle = COLOURS[stroke.ink];
  stroke.text.split('\n').forEach((line, index) => {
    const y = at.y + index * letters * LINE_HEIGHT;
    brush.strokeText(line, at.x, y);
    brush.fillText(line, at.x, y);
  });
}
