/** Paints the pointers of others: a trail that fades, a bright dot with a halo, the name, rings of clicks. */
import { toStage, type Placement, type Spot } from './geometry';
import { HALO } from './ink';
import { POINTER_MS, RIPPLE_MS, TRAIL_MS } from './limits';
import type { SeenPointer } from './others';
import { FONT } from './paint';

/** Of a pointer's last second it fades, so that its end is no surprise. */
const FADE_MS = 600;
const DOT = 9;
const RING = 34;
const LABEL = 14;
const ACCENT = '#ff453a';

export interface PointerLook {
  readonly placed: Placement;
  /** The picture is shown as in a mirror: the pointer is, its name is not. */
  readonly mirrored: boolean;
  /** Rings stand instead of growing. */
  readonly calm: boolean;
  /** Names stay inside of this width. */
  readonly width: number;
}

export function paintPointers(
  brush: CanvasRenderingContext2D,
  pointers: readonly SeenPointer[],
  look: PointerLook,
  now: number,
): void {
  for (const pointer of pointers) {
    const at = spotOf(pointer, look);
    brush.lineCap = 'round';
    paintTrail(brush, pointer, look, now);
    for (const click of pointer.clicks) {
      paintRing(brush, spotOf(click, look), look.calm ? 0.5 : (now - click.at) / RIPPLE_MS);
    }
    if (pointer.there) {
      brush.globalAlpha = Math.min(1, Math.max(0, (POINTER_MS - (now - pointer.at)) / FADE_MS));
      paintDot(brush, at);
      paintName(brush, pointer.name, at, look.width);
      brush.globalAlpha = 1;
    }
  }
}

function spotOf(point: { readonly x: number; readonly y: number }, { placed, mirrored }: PointerLook): Spot {
  const spot = toStage(placed, [point.x, point.y]);
  return mirrored ? { x: 2 * placed.x + placed.width - spot.x, y: spot.y } : spot;
}

function paintTrail(
  brush: CanvasRenderingContext2D,
  pointer: SeenPointer,
  look: PointerLook,
  now: number,
): void {
  pointer.trail.forEach((point, index) => {
    const before = pointer.trail[index - 1];
    if (before === undefined) {
      return;
    }
    const left = 1 - (now - point.at) / TRAIL_MS;
    const a = spotOf(before, look);
    const b = spotOf(point, look);
    brush.globalAlpha = Math.max(0, left) * 0.7;
    brush.strokeStyle = ACCENT;
    brush.lineWidth = 2 + left * 6;
    brush.beginPath();
    brush.moveTo(a.x, a.y);
    brush.lineTo(b.x, b.y);
    brush.stroke();
  });
  brush.globalAlpha = 1;
}

function paintRing(brush: CanvasRenderingContext2D, at: Spot, progress: number): void {
  const radius = DOT + progress * RING;
  brush.globalAlpha = Math.max(0, 1 - progress);
  for (const [colour, width] of [
    [HALO, 7],
    ['#ffffff', 4],
    [ACCENT, 3],
  ] as const) {
    brush.strokeStyle = colour;
    brush.lineWidth = width;
    brush.beginPath();
    brush.arc(at.x, at.y, radius, 0, Math.PI * 2);
    brush.stroke();
  }
  brush.globalAlpha = 1;
}

function paintDot(brush: CanvasRenderingContext2D, at: Spot): void {
  for (const [colour, radius] of [
    [HALO, DOT + 4.5],
    ['#ffffff', DOT + 2.5],
    [ACCENT, DOT],
  ] as const) {
    brush.fillStyle = colour;
    brush.beginPath();
    brush.arc(at.x, at.y, radius, 0, Math.PI * 2);
    brush.fill();
  }
}

function paintName(brush: CanvasRenderingContext2D, name: string, at: Spot, width: number): void {
  const text = name.length > 24 ? `${name.slice(0, 23)}…` : name;
  if (text === '') {
    return;
  }
  brush.font = `650 ${LABEL}px ${FONT}`;
  const wide = brush.measureText(text).width + 16;
  const x = Math.max(4, Math.min(width - wide - 4, at.x - wide / 2));
  // Above the dot, where no finger of the pointing hand hides it; below where there is no room.
  const y = at.y < 52 ? at.y + DOT + 10 : at.y - DOT - 36;
  brush.fillStyle = 'rgb(8 16 16 / 0.86)';
  brush.beginPath();
  brush.roundRect(x, y, wide, 26, 13);
  brush.fill();
  brush.fillStyle = '#ffffff';
  brush.textAlign = 'start';
  brush.textBaseline = 'middle';
  brush.fillText(text, x + 8, y + 13.5);
}
