/**
 * The layer of finished strokes: painted once, kept as a picture, and mended only where something changed.
 * Work is cut into slices, so that a board of a hundred thousand strokes never holds up a finger.
 */
import type { StrokeItem } from '../session/show';
import type { Placement } from './geometry';
import { MEND_POINTS, PAINT_LATE_MS, PAINT_POINTS, PAINT_SLICE_MS } from './limits';
import { extentOf, meets, type Box } from './shape';

/** A canvas as this layer uses it; `resize` clears it. */
export interface Sheet {
  resize(): void;
  paint(stroke: StrokeItem, placed: Placement): void;
  /** Empties the box and paints nothing outside of it until `all`. */
  only(box: Box): void;
  all(): void;
}

/** So many single changes are mended in place; more are painted from the start. */
const MEND = 24;

interface Work {
  readonly strokes: readonly StrokeItem[];
  readonly placed: Placement;
  next: number;
}

/** Two sheets: one is shown, the other is painted anew and takes its place. */
export class Finished<S extends Sheet> {
  readonly #clock: () => number;
  #shown: S;
  #spare: S;
  #strokes: readonly StrokeItem[] = [];
  #placed: Placement = { x: 0, y: 0, width: 0, height: 0 };
  #work: Work | null = null;
  /** Strokes that are added at the end of the shown sheet, from this one. */
  #added = 0;
  /** How long the last painting of everything took. */
  #costMs = 0;
  /** How long the running one took so far. */
  #spentMs = 0;
  /** Points of one slice; follows how well this device keeps up. */
  #quota: number = PAINT_POINTS.first;
  /** When the last slice ended; null after a pause. */
  #lastAt: number | null = null;

  constructor(shown: S, spare: S, clock: () => number) {
    this.#shown = shown;
    this.#spare = spare;
    this.#clock = clock;
  }

  /** The sheet to show, and where the picture was when it was painted. */
  get sheet(): S {
    return this.#shown;
  }

  get placed(): Placement {
    return this.#placed;
  }

  /** Something is still to be painted: call `step` again. */
  get busy(): boolean {
    return this.#work !== null || this.#added < this.#strokes.length;
  }

  /** Everything is painted in less than a slice: no need to show an old painting meanwhile. */
  get quick(): boolean {
    return Math.max(this.#costMs, this.#spentMs) < PAINT_SLICE_MS;
  }

  /** Other strokes than before, at the same place. */
  change(strokes: readonly StrokeItem[]): void {
    if (this.#work !== null) {
      this.#begin(strokes, this.#work.placed);
      return;
    }
    const before = this.#strokes;
    const { gone, come, atEnd } = difference(before, strokes);
    if (gone.length + come.length > MEND || this.#added < before.length) {
      if (gone.length === 0 && come.length === 0) {
        this.#strokes = strokes;
        return;
      }
      this.#begin(strokes, this.#placed);
      return;
    }
    const boxes = [...gone, ...come].flatMap((stroke) => extentOf(stroke, this.#placed) ?? []);
    const places = boxes.map((box) => this.#under(strokes.slice(0, strokes.length - atEnd), box));
    if (places.reduce((sum, under) => sum + pointsOf(under), 0) > MEND_POINTS) {
      this.#begin(strokes, this.#placed);
      return;
    }
    this.#strokes = strokes;
    this.#added = strokes.length - atEnd;
    boxes.forEach((box, index) => this.#mend(box, places[index] ?? []));
  }

  /** The picture lies elsewhere: everything is painted again. */
  move(placed: Placement): void {
    this.#begin(this.#work?.strokes ?? this.#strokes, placed);
  }

  #begin(strokes: readonly StrokeItem[], placed: Placement): void {
    this.#spare.resize();
    this.#work = { strokes, placed, next: 0 };
    this.#costMs = Math.max(this.#costMs, this.#spentMs);
    this.#spentMs = 0;
  }

  /** The strokes that the box has a part of. */
  #under(strokes: readonly StrokeItem[], box: Box): readonly StrokeItem[] {
    return strokes.filter((stroke) => {
      const extent = extentOf(stroke, this.#placed);
      return extent !== null && meets(extent, box);
    });
  }

  #mend(box: Box, under: readonly StrokeItem[]): void {
    this.#shown.only(box);
    for (const stroke of under) {
      this.#shown.paint(stroke, this.#placed);
    }
    this.#shown.all();
  }

  /** Paints for one slice. True when what is shown changed. */
  step(): boolean {
    const from = this.#clock();
    this.#pace(from);
    const changed = this.#work === null ? this.#add(from) : this.#repaint(this.#work, from);
    this.#lastAt = this.busy ? this.#clock() : null;
    return changed;
  }

  /** More in the next slice while frames come in time, less when they are late. */
  #pace(now: number): void {
    if (this.#lastAt !== null) {
      const late = now - this.#lastAt > PAINT_LATE_MS;
      const next = this.#quota * (late ? 0.6 : 1.25);
      this.#quota = Math.min(PAINT_POINTS.most, Math.max(PAINT_POINTS.least, next));
    }
  }

  /** Paints strokes from `next` until the slice is over; where it goes on. */
  #slice(sheet: S, strokes: readonly StrokeItem[], next: number, placed: Placement, from: number): number {
    let points = 0;
    let at = next;
    while (at < strokes.length && points < this.#quota) {
      const stroke = strokes[at];
      at += 1;
      if (stroke !== undefined) {
        sheet.paint(stroke, placed);
        points += stroke.points.length;
      }
      // Asking the clock costs as much as a short stroke.
      if (at % 16 === 0 && this.#clock() - from >= PAINT_SLICE_MS) {
        break;
      }
    }
    return at;
  }

  #repaint(work: Work, from: number): boolean {
    work.next = this.#slice(this.#spare, work.strokes, work.next, work.placed, from);
    this.#spentMs += this.#clock() - from;
    if (work.next < work.strokes.length) {
      return false;
    }
    this.#costMs = this.#spentMs;
    this.#spentMs = 0;
    [this.#shown, this.#spare] = [this.#spare, this.#shown];
    this.#placed = work.placed;
    this.#strokes = work.strokes;
    this.#added = work.strokes.length;
    this.#work = null;
    return true;
  }

  #add(from: number): boolean {
    const before = this.#added;
    this.#added = this.#slice(this.#shown, this.#strokes, before, this.#placed, from);
    return this.#added > before;
  }
}

function pointsOf(strokes: readonly StrokeItem[]): number {
  return strokes.reduce((sum, stroke) => sum + stroke.points.length, 0);
}

interface Difference {
  readonly gone: readonly StrokeItem[];
  /** In between others: an erased stroke that came back, or one that arrived late. */
  readonly come: readonly StrokeItem[];
  /** How many at the end are new. */
  readonly atEnd: number;
}

/** What changed between two lists in the same order. */
export function difference(before: readonly StrokeItem[], after: readonly StrokeItem[]): Difference {
  let same = 0;
  while (same < before.length && same < after.length && before[same]?.id === after[same]?.id) {
    same += 1;
  }
  if (same === before.length) {
    return { gone: [], come: [], atEnd: after.length - same };
  }
  const left = new Set(before.slice(same).map((stroke) => stroke.id));
  const now = new Set(after.slice(same).map((stroke) => stroke.id));
  const gone = before.slice(same).filter((stroke) => !now.has(stroke.id));
  const fresh = after.slice(same).filter((stroke) => !left.has(stroke.id));
  let atEnd = 0;
  while (atEnd < after.length - same && !left.has(after[after.length - 1 - atEnd]?.id ?? '')) {
    atEnd += 1;
  }
  return { gone, come: fresh.slice(0, fresh.length - atEnd), atEnd };
}
