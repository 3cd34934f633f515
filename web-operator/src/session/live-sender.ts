/**
 * What one shows, in as few messages as possible: the newest in place of what was not sent yet. A line goes out
 * whole while it is short, else in tails: each point twice, so that one lost message heals with the next.
 */
import { fitting, type Point } from '../doc/points.ts';
import * as limits from '../seal/limits.ts';
import { PREVIEW_HEAD, type LiveMessage } from './live.ts';
import type { Pointer, Stroke } from './show.ts';

/** Clicks and the movement behind them that may wait. */
const POINTERS = 8;
/** How often the end of a preview is said: it has no successor that would heal its loss. */
const GONE_TIMES = 2;
/** The smallest time between two messages, in microseconds. */
const GAP_US = Math.floor(1_000_000 / limits.LIVE_PER_SEC);
/** What a clock of milliseconds can't tell apart. */
const CLOCK_US = 999;

/** A stroke whose pen is down. */
interface Drawn {
  readonly board: string;
  readonly id: number;
  stroke: Stroke;
  /** So many points went out at least once, and at least twice. */
  once: number;
  twice: number;
  sentAt: number | null;
}

/** Times are whole milliseconds of any clock that never goes back. */
export class LiveSender {
  #seq = 0;
  /** Nothing goes out before, in microseconds. */
  #freeAtUs = 0;
  #pointers: Pointer[] = [];
  #previews: Drawn[] = [];
  #gone: { readonly board: string; readonly id: number; readonly times: number }[] = [];
  #cursors: { readonly text: string; readonly at: number }[] = [];
  /** Which kind has its turn, so that none starves another. */
  #turn = 0;

  point(pointer: Pointer): void {
    // A movement that was not sent yet is stale; a click is not.
    const last = this.#pointers.at(-1);
    if (last !== undefined && last.act !== 'click') this.#pointers.pop();
    push(this.#pointers, pointer, POINTERS);
  }

  /** A stroke in the making, whole as it is so far; null when the pen was lifted without a stroke. */
  preview(board: string, id: number, stroke: Stroke | null): void {
    if (stroke === null) {
      this.finished(board, id);
      push(this.#gone, { board, id, times: GONE_TIMES }, limits.PREVIEWS);
    } else if (stroke.points.length > 0) {
      // Nobody would take in more.
      const points = stroke.points.slice(0, limits.STROKE_POINTS);
      this.#draw(board, id, { ...stroke, points });
    }
  }

  cursor(text: string, at: number): void {
    this.#cursors = this.#cursors.filter((other) => other.text !== text);
    push(this.#cursors, { text, at }, limits.CURSORS);
  }

  /** The stroke goes the documents' way: nothing more is said of its preview. */
  finished(board: string, id: number): void {
    this.#previews = this.#previews.filter((drawn) => drawn.board !== board || drawn.id !== id);
  }

  /** The next message that may go out now. */
  poll(now: number): LiveMessage | null {
    const nowUs = now * 1000;
    if (nowUs < this.#freeAtUs) return null;
    for (let tries = 0; tries < 4; tries++) {
      this.#turn = (this.#turn + 1) % 4;
      const message = this.#take(now);
      if (message === null) continue;
      // Whoever fell behind does not catch up in a burst.
      this.#freeAtUs = Math.max(this.#freeAtUs, nowUs - CLOCK_US) + GAP_US;
      return message;
    }
    return null;
  }

  /** When to poll at the latest; null while there is nothing to say. */
  nextWake(): number | null {
    const free = Math.ceil(this.#freeAtUs / 1000);
    if (this.#pointers.length + this.#gone.length + this.#cursors.length > 0) return free;
    if (this.#previews.length === 0) return null;
    return Math.max(free, Math.min(...this.#previews.map(dueAt)));
  }

  #take(now: number): LiveMessage | null {
    switch (this.#turn) {
      case 0: {
        const pointer = this.#pointers.shift();
        return pointer === undefined ? null : { t: 'pointer', seq: this.#next(), ...pointer };
      }
      case 1:
        return this.#tail(now);
      case 2: {
        const gone = this.#gone.shift();
        if (gone === undefined) return null;
        const { board, id, times } = gone;
        if (times > 1) this.#gone.push({ board, id, times: times - 1 });
        return { t: 'preview-gone', board, id };
      }
      default: {
        const cursor = this.#cursors.shift();
        return cursor === undefined ? null : { t: 'cursor', ...cursor };
      }
    }
  }

  #draw(board: string, id: number, stroke: Stroke): void {
    const drawn = this.#previews.find((known) => known.board === board && known.id === id);
    if (drawn === undefined) {
      push(this.#previews, { board, id, stroke, once: 0, twice: 0, sentAt: null }, limits.PREVIEWS);
      return;
    }
    // A corner that moved, or a line that was thinned, is sent again from where it differs.
    const { tool, ink, width, points } = drawn.stroke;
    const alike = tool === stroke.tool && ink === stroke.ink && width === stroke.width;
    let kept = alike ? sameBeginning(points, stroke.points) : 0;
    // What only became shorter has to be said too: its last point goes out again.
    if (stroke.points.length < points.length) kept = Math.min(kept, stroke.points.length - 1);
    drawn.once = Math.min(drawn.once, kept);
    drawn.twice = Math.min(drawn.twice, kept);
    drawn.stroke = stroke;
  }

  #tail(now: number): LiveMessage | null {
    const drawn = this.#previews.find((known) => dueAt(known) <= now);
    if (drawn === undefined) return null;
    // To the end of the row: the next one has its turn first.
    this.#previews = [...this.#previews.filter((other) => other !== drawn), drawn];
    const { board, id, stroke } = drawn;
    const { points } = stroke;
    const room = limits.LIVE - PREVIEW_HEAD;
    const whole = fitting(points, 0, room) === points.length;
    // A repeated one needs its end only.
    const first = whole ? 0 : Math.min(drawn.twice, points.length - 1);
    const end = first + fitting(points, first, room);
    drawn.twice = Math.min(drawn.once, end);
    drawn.once = Math.max(drawn.once, end);
    drawn.sentAt = now;
    const tail = { ...stroke, points: points.slice(first, end), text: '' };
    return { t: 'preview', board, id, seq: this.#next(), first, stroke: tail };
  }

  #next(): number {
    this.#seq = (this.#seq + 1) >>> 0;
    return this.#seq;
  }
}

/** Now, while there are points that didn't go out twice; else before others think that the pen is gone. */
function dueAt({ sentAt, twice, stroke }: Drawn): number {
  return sentAt !== null && twice >= stroke.points.length ? sentAt + limits.PREVIEW_REPEAT_MS : 0;
}

function sameBeginning(a: readonly Point[], b: readonly Point[]): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a[i]?.[0] !== b[i]?.[0] || a[i]?.[1] !== b[i]?.[1]) return i;
  }
  return length;
}

/** Appends; the oldest goes when there is no room. */
function push<T>(queue: T[], item: T, cap: number): void {
  if (queue.length >= cap) queue.shift();
  queue.push(item);
}
