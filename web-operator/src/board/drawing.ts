/** The stroke under the own pen, from the first touch to the finished stroke. Pure; time is an argument. */
import type { Ink, Stroke, Tool } from '../session/show';
import { toPicture, type Placement, type Spot } from './geometry';
import { MARK_HEIGHT, PEN_WIDTH, POINT_EVERY_PX, PREVIEW_EVERY_MS, STROKE_POINTS } from './limits';

export interface DrawWith {
  readonly tool: Tool;
  readonly ink: Ink;
  /** The number of a mark; else empty. */
  readonly text: string;
}

/** One per stroke. */
export class Drawing {
  readonly #with: DrawWith;
  readonly #points: (readonly [number, number])[] = [];
  #last: Spot | null = null;
  #told = -Infinity;
  #changed = true;

  constructor(how: DrawWith, at: Spot, placed: Placement) {
    this.#with = how;
    this.#add(at, placed);
  }

  /** Goes on; spots that are hardly apart add nothing. True when the stroke is full and has to end here. */
  extend(path: readonly Spot[], placed: Placement): boolean {
    for (const spot of path) {
      if (this.#points.length >= STROKE_POINTS) {
        return true;
      }
      this.#add(spot, placed);
    }
    return this.#points.length >= STROKE_POINTS;
  }

  #add(spot: Spot, placed: Placement): void {
    const point = toPicture(placed, spot);
    const before = this.#points.at(-1);
    if (before?.[0] === point[0] && before[1] === point[1]) {
      return;
    }
    if (this.#with.tool === 'mark' || this.#with.tool === 'dot' || this.#with.tool === 'text') {
      this.#points.length = 0;
    } else if (this.#with.tool !== 'pen') {
      // Two points say all of it: where it began, and where it is now.
      this.#points.length = Math.min(this.#points.length, 1);
    } else if (this.#last !== null && apart(this.#last, spot) < POINT_EVERY_PX) {
      return;
    }
    this.#points.push(point);
    this.#last = spot;
    this.#changed = true;
  }

  /** As it is so far. */
  stroke(): Stroke {
    const { tool, ink, text } = this.#with;
    const width = tool === 'mark' || tool === 'text' ? MARK_HEIGHT : PEN_WIDTH;
    return { tool, ink, width, points: this.#points.slice(), text };
  }

  /** What the others should see now, or null: nothing new, or they were told just before. */
  preview(time: number): Stroke | null {
    // Frames come a little early or late; a tenth of slack keeps each one.
    if (!this.#changed || time - this.#told < PREVIEW_EVERY_MS * 0.9) {
      return null;
    }
    this.#told = time;
    this.#changed = false;
    return this.stroke();
  }
}

function apart(a: Spot, b: Spot): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** The number of the next mark: one more than the highest on the board. */
export function nextMark(strokes: readonly Stroke[]): string {
  let highest = 0;
  for (const stroke of strokes) {
    const number = stroke.tool === 'mark' ? Number(stroke.text) : 0;
    if (Number.isSafeInteger(number) && number < 9999) {
      highest = Math.max(highest, number);
    }
  }
  return String(highest + 1);
}
