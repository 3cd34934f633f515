/**
 * The layer of finished strokes: painted once, kept as a picture, and mended only where something changed.
 * Work is cut into slices, so that a board of a hundred thousand strokes never holds up a finger.
 */
import type { StrokeItem } from '../session/show';
import type { Placement } from './geometry';
import { PAINT_SLICE_MS } from './limits';
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
    this.#strokes = strokes;
    this.#added = strokes.length - atEnd;
    for (const stroke of [...gone, ...come]) {
      const box = extentOf(stroke, this.#placed);
      if (box !== null) {
        this.#mend(box);
      }
    }
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

  #mend(box: Box): void {
    this.#shown.only(box);
    for (const stroke of this.#strokes.slice(0, this.#added)) {
      const extent = extentOf(stroke, this.#placed);
      if (extent !== null && meets(extent, box)) {
        this.#shown.paint(stroke, this.#placed);
      }
    }
    this.#shown.all();
  }

  /** Paints for one slice. True when what is shown changed. */
  step(): boolean {
    const from = this.#clock();
    const work = this.#work;
    if (work === null) {
      return this.#add(from);
    }
    while (work.next < work.strokes.length) {
      const stroke = work.strokes[work.next];
      work.next += 1;
      if (stroke !== undefined) {
        this.#spare.paint(stroke, work.placed);
      }
      // Asking the clock costs as much as a short stroke.
      if (work.next % 16 === 0 && this.#clock() - from >= PAINT_SLICE_MS) {
        this.#spentMs += this.#clock() - from;
        return false;
      }
    }
    this.#costMs = this.#spentMs + this.#clock() - from;
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
    while (this.#added < this.#strokes.length) {
      const stroke = this.#strokes[this.#added];
      this.#added += 1;
      if (stroke !== undefined) {
        this.#shown.paint(stroke, this.#placed);
      }
      if (this.#added % 16 === 0 && this.#clock() - from >= PAINT_SLICE_MS) {
        break;
      }
    }
    return this.#added > before;
  }
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
