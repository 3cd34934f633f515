/**
 * What others point at and draw right now. Each peer is kept apart and bounded; whoever falls silent fades. Every
 * change is told at once, so that a screen can follow without looking through everything.
 */
import type { Bytes } from '../seal/bytes.ts';
import * as limits from '../seal/limits.ts';
import type { Point } from '../doc/points.ts';
import { decodeLive, type LiveMessage, type LiveProblem } from './live.ts';
import type { Pointer, Stroke, Tool } from './show.ts';

/** What is shown differently now; `LiveIn` without the name. */
export type SeenChange =
  | ({ readonly t: 'pointer'; readonly peer: string } & Pointer)
  | {
      readonly t: 'preview';
      readonly peer: string;
      readonly board: string;
      readonly id: number;
      readonly stroke: Stroke | null;
    }
  | { readonly t: 'cursor'; readonly peer: string; readonly text: string; readonly at: number };

export type Verdict = 'changed' | 'same' | 'flood' | LiveProblem;

interface Preview {
  readonly board: string;
  readonly id: number;
  readonly stroke: Stroke;
  readonly seq: number;
  readonly at: number;
}

interface Cursor {
  readonly text: string;
  readonly at: number;
  readonly since: number;
}

interface OfPeer {
  pointer: (Pointer & { readonly seq: number; readonly since: number }) | null;
  previews: Preview[];
  /** Strokes that ended: nothing brings them back. */
  readonly ended: string[];
  cursors: Cursor[];
  /** Messages that may still come at once, in thousandths, and when that was worked out. */
  allowance: number;
  countedAt: number;
}

/** Times are whole milliseconds of any clock that never goes back. */
export class LiveSeen {
  readonly #peers = new Map<string, OfPeer>();

  constructor(readonly tell: (change: SeenChange) => void) {}

  take(peer: string, bytes: Bytes, now: number): Verdict {
    let of = this.#peers.get(peer);
    if (of === undefined) {
      of = {
        pointer: null,
        previews: [],
        ended: [],
        cursors: [],
        allowance: limits.LIVE_BURST * 1000,
        countedAt: now,
      };
      this.#peers.set(peer, of);
    }
    if (!mayCome(of, now)) return 'flood';
    const message = decodeLive(bytes);
    if (typeof message === 'string') return message;
    return this.#apply(peer, of, message, now) ? 'changed' : 'same';
  }

  /** A finished stroke arrived: the preview that it replaces goes, the one with the same tool and beginning. */
  finished(peer: string, board: string, tool: Tool, first: Point): void {
    const of = this.#peers.get(peer);
    const replaced = of?.previews.find(
      ({ board: other, stroke }) =>
        other === board &&
        stroke.tool === tool &&
        stroke.points[0]?.[0] === first[0] &&
        stroke.points[0][1] === first[1],
    );
    if (of !== undefined && replaced !== undefined) this.#end(peer, of, board, replaced.id);
  }

  /** The link to a peer is over, or its role: nothing of it is shown. */
  forget(peer: string): void {
    const of = this.#peers.get(peer);
    this.#peers.delete(peer);
    if (of === undefined) return;
    this.#pointerGone(peer, of);
    for (const preview of of.previews) this.#previewGone(peer, preview);
  }

  tick(now: number): void {
    for (const [peer, of] of this.#peers) {
      if (of.pointer !== null && pointerFadesAt(of.pointer) <= now) {
        this.#pointerGone(peer, of);
        of.pointer = null;
      }
      for (const preview of of.previews) {
        if (previewFadesAt(preview) <= now) this.#previewGone(peer, preview);
      }
      of.previews = of.previews.filter((preview) => previewFadesAt(preview) > now);
      of.cursors = of.cursors.filter((cursor) => cursorFadesAt(cursor) > now);
    }
  }

  /** When to tick at the latest; null while nothing is shown. */
  nextWake(): number | null {
    const times = [...this.#peers.values()].flatMap(({ pointer, previews, cursors }) => [
      ...(pointer === null ? [] : [pointerFadesAt(pointer)]),
      ...previews.map(previewFadesAt),
      ...cursors.map(cursorFadesAt),
    ]);
    return times.length === 0 ? null : Math.min(...times);
  }

  pointers(): readonly ({ readonly peer: string } & Pointer)[] {
    return this.#all(({ pointer }) => {
      if (pointer === null) return [];
      const { target, x, y, act } = pointer;
      return [{ target, x, y, act }];
    });
  }

  previews(): readonly {
    readonly peer: string;
    readonly board: string;
    readonly id: number;
    readonly stroke: Stroke;
  }[] {
    return this.#all(({ previews }) => previews.map(({ board, id, stroke }) => ({ board, id, stroke })));
  }

  cursors(): readonly { readonly peer: string; readonly text: string; readonly at: number }[] {
    return this.#all(({ cursors }) => cursors.map(({ text, at }) => ({ text, at })));
  }

  #all<T>(of: (peer: OfPeer) => T[]): ({ readonly peer: string } & T)[] {
    const peers = [...this.#peers].sort(([a], [b]) => (a < b ? -1 : 1));
    return peers.flatMap(([peer, one]) => of(one).map((item) => ({ peer, ...item })));
  }

  #apply(peer: string, of: OfPeer, message: LiveMessage, now: number): boolean {
    switch (message.t) {
      case 'pointer': {
        if (of.pointer !== null && of.pointer.seq >= message.seq) return false;
        const { target, x, y, act, seq } = message;
        of.pointer = { target, x, y, act, seq, since: now };
        this.tell({ t: 'pointer', peer, target, x, y, act });
        return true;
      }
      case 'preview':
        return this.#draw(peer, of, message, now);
      case 'preview-gone':
        return this.#end(peer, of, message.board, message.id);
      case 'cursor': {
        const { text, at } = message;
        const others = of.cursors.filter((cursor) => cursor.text !== text).slice(1 - limits.CURSORS);
        of.cursors = [...others, { text, at, since: now }];
        this.tell({ t: 'cursor', peer, text, at });
        return true;
      }
    }
  }

  #draw(peer: string, of: OfPeer, message: LiveMessage & { readonly t: 'preview' }, now: number): boolean {
    const { board, id, seq, first } = message;
    if (of.ended.includes(key(board, id))) return false;
    const index = of.previews.findIndex((other) => other.board === board && other.id === id);
    const known = of.previews[index];
    if (known !== undefined && known.seq >= seq) return false;
    const points = joined(known?.stroke.points ?? [], first, message.stroke.points);
    const preview = { board, id, seq, at: now, stroke: { ...message.stroke, points } };
    if (known !== undefined) {
      of.previews[index] = preview;
    } else {
      const oldest = of.previews.length >= limits.PREVIEWS ? of.previews.shift() : undefined;
      if (oldest !== undefined) this.#previewGone(peer, oldest);
      of.previews.push(preview);
    }
    this.tell({ t: 'preview', peer, board, id, stroke: preview.stroke });
    return true;
  }

  #end(peer: string, of: OfPeer, board: string, id: number): boolean {
    if (!of.ended.includes(key(board, id))) {
      if (of.ended.length >= limits.ENDED_PREVIEWS) of.ended.shift();
      of.ended.push(key(board, id));
    }
    const ended = of.previews.find((preview) => preview.board === board && preview.id === id);
    if (ended === undefined) return false;
    of.previews = of.previews.filter((preview) => preview !== ended);
    this.#previewGone(peer, ended);
    return true;
  }

  #pointerGone(peer: string, { pointer }: OfPeer): void {
    if (pointer === null || pointer.act === 'gone') return;
    const { target, x, y } = pointer;
    this.tell({ t: 'pointer', peer, target, x, y, act: 'gone' });
  }

  #previewGone(peer: string, { board, id }: Preview): void {
    this.tell({ t: 'preview', peer, board, id, stroke: null });
  }
}

function mayCome(of: OfPeer, now: number): boolean {
  const passed = Math.max(0, now - of.countedAt);
  of.countedAt = Math.max(of.countedAt, now);
  // A message per second is a thousandth in a millisecond.
  of.allowance = Math.min(of.allowance + passed * limits.LIVE_TAKEN_PER_SEC, limits.LIVE_BURST * 1000);
  if (of.allowance < 1000) return false;
  of.allowance -= 1000;
  return true;
}

/** One that is gone only lets older messages be known as such. */
function pointerFadesAt({ act, since }: { readonly act: Pointer['act']; readonly since: number }): number {
  return since + (act === 'gone' ? limits.POINTER_FADES_MS / 3 : limits.POINTER_FADES_MS);
}

function previewFadesAt({ at }: Preview): number {
  return at + limits.PREVIEW_FADES_MS;
}

function cursorFadesAt({ since }: Cursor): number {
  return since + limits.CURSOR_FADES_MS;
}

function key(board: string, id: number): string {
  return `${board} ${id}`;
}

/** A tail at its place. What is missing before it is drawn straight, so that later tails find their place. */
function joined(points: readonly Point[], first: number, tail: readonly Point[]): Point[] {
  const out = points.slice(0, first);
  const [to] = tail;
  if (to === undefined) return out;
  const from = out.at(-1) ?? to;
  const steps = first - out.length + 1;
  for (let step = 1; step < steps; step++) {
    const between = (a: number, b: number): number => Math.floor((a * (steps - step) + b * step) / steps);
    out.push([between(from[0], to[0]), between(from[1], to[1])]);
  }
  return out.concat(tail);
}
