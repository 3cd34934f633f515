/**
 * What others do right now: pointers with their trails and clicks, strokes that grow. Nothing of it is kept:
 * each thing goes after a silence of its own. Pure; time is an argument.
 */
import type { LiveIn, PointerTarget, Stroke, StrokeItem } from '../session/show';
import { LIVE_THINGS, POINTER_MS, PREVIEW_MS, RIPPLE_MS, TRAIL_MS, TRAIL_POINTS } from './limits';

/** After the pen was lifted the finished stroke follows within this time, or it never does. */
const LIFTED_MS = 600;

export interface TrailPoint {
  readonly x: number;
  readonly y: number;
  readonly at: number;
}

export interface SeenPointer {
  readonly peer: string;
  readonly name: string;
  readonly x: number;
  readonly y: number;
  /** When it last said something. */
  readonly at: number;
  /** Oldest first. */
  readonly trail: readonly TrailPoint[];
  readonly clicks: readonly TrailPoint[];
  /** False: only its last click is still to be seen. */
  readonly there: boolean;
}

interface Pointed {
  readonly name: string;
  readonly target: PointerTarget;
  x: number;
  y: number;
  at: number;
  there: boolean;
  trail: TrailPoint[];
  clicks: TrailPoint[];
}

interface Growing {
  readonly peer: string;
  readonly board: string;
  stroke: Stroke;
  at: number;
  /** When the pen was lifted. */
  lifted: number | null;
}

/** One per picture on screen; told everything, shows what belongs to its target. */
export class Others {
  readonly #pointers = new Map<string, Pointed>();
  readonly #growing = new Map<string, Growing>();

  take(live: LiveIn, now: number): void {
    if (live.t === 'pointer') {
      this.#pointed(live, now);
    } else if (live.t === 'preview') {
      this.#grew(live, now);
    }
  }

  #pointed(live: Extract<LiveIn, { t: 'pointer' }>, now: number): void {
    let pointed = this.#pointers.get(live.peer);
    if (pointed === undefined || !sameTarget(pointed.target, live.target)) {
      if (live.act === 'gone' || (pointed === undefined && this.#pointers.size >= LIVE_THINGS)) {
        return;
      }
      const { name, target, x, y } = live;
      pointed = { name, target, x, y, at: now, there: true, trail: [], clicks: [] };
      this.#pointers.set(live.peer, pointed);
    }
    pointed.at = now;
    if (live.act === 'gone') {
      pointed.there = false;
      return;
    }
    pointed.there = true;
    pointed.x = live.x;
    pointed.y = live.y;
    pointed.trail.push({ x: live.x, y: live.y, at: now });
    pointed.trail = pointed.trail.slice(-TRAIL_POINTS);
    if (live.act === 'click') {
      pointed.clicks = [...pointed.clicks, { x: live.x, y: live.y, at: now }].slice(-4);
    }
  }

  #grew(live: Extract<LiveIn, { t: 'preview' }>, now: number): void {
    const key = `${live.peer} ${live.id}`;
    const growing = this.#growing.get(key);
    if (live.stroke === null) {
      if (growing !== undefined) {
        growing.lifted ??= now;
      }
    } else if (growing !== undefined) {
      growing.stroke = live.stroke;
      growing.at = now;
    } else if (this.#growing.size < LIVE_THINGS) {
      this.#growing.set(key, {
        peer: live.peer,
        board: live.board,
        stroke: live.stroke,
        at: now,
        lifted: null,
      });
    }
  }

  /** Finished strokes take the place of the growing ones that they were. */
  finished(board: string, strokes: readonly StrokeItem[]): void {
    for (const [key, growing] of this.#growing) {
      if (growing.board !== board) {
        continue;
      }
      // The newest strokes are the last ones; others drew at most a few meanwhile.
      if (
        strokes
          .slice(-LIVE_THINGS)
          .some((stroke) => stroke.author === growing.peer && begins(stroke, growing.stroke))
      ) {
        this.#growing.delete(key);
      }
    }
  }

  strokes(board: string, now: number): Stroke[] {
    this.#forget(now);
    return [...this.#growing.values()]
      .filter((growing) => growing.board === board)
      .map(({ stroke }) => stroke);
  }

  pointers(target: PointerTarget, now: number): SeenPointer[] {
    this.#forget(now);
    return [...this.#pointers]
      .filter(([, pointed]) => sameTarget(pointed.target, target))
      .map(([peer, { name, x, y, at, trail, clicks, there }]) => ({
        peer,
        name,
        x,
        y,
        at,
        trail,
        clicks,
        there,
      }));
  }

  /** Nothing to be seen and nothing that will change by itself. */
  quiet(now: number): boolean {
    this.#forget(now);
    return this.#pointers.size === 0 && this.#growing.size === 0;
  }

  #forget(now: number): void {
    for (const [peer, pointed] of this.#pointers) {
      pointed.trail = pointed.trail.filter((point) => now - point.at < TRAIL_MS);
      pointed.clicks = pointed.clicks.filter((point) => now - point.at < RIPPLE_MS);
      pointed.there &&= now - pointed.at < POINTER_MS;
      if (!pointed.there && pointed.clicks.length === 0) {
        this.#pointers.delete(peer);
      }
    }
    for (const [key, growing] of this.#growing) {
      const over = growing.lifted !== null && now - growing.lifted > LIFTED_MS;
      if (over || now - growing.at > PREVIEW_MS) {
        this.#growing.delete(key);
      }
    }
  }
}

function sameTarget(a: PointerTarget, b: PointerTarget): boolean {
  return a.on === 'video' ? b.on === 'video' && a.peer === b.peer : b.on === 'board' && a.board === b.board;
}

/** The finished stroke is the one that grew: the same tool from the same first point (or mark). */
export function begins(finished: Stroke, growing: Stroke): boolean {
  const a = finished.tool === 'mark' ? finished.text : String(finished.points[0]);
  const b = growing.tool === 'mark' ? growing.text : String(growing.points[0]);
  return finished.tool === growing.tool && finished.ink === growing.ink && a === b;
}
