/** The live channel: the same bytes and decisions as the other implementation, and the port that pages use. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, hex, type Bytes } from '../src/seal/bytes.ts';
import { STROKE_POINTS } from '../src/seal/limits.ts';
import { decodeLive, encodeLive } from '../src/session/live.ts';
import { decodePoints, encodePoints, type Point } from '../src/session/live-points.ts';
import { LiveSeen } from '../src/session/live-seen.ts';
import { LiveSender } from '../src/session/live-sender.ts';
import type { Pointer, Stroke, Tool } from '../src/session/show.ts';
import { readFixture, type FixtureCase } from './support/fixtures.ts';

interface Step {
  readonly at: number;
  readonly peer?: string;
  readonly take?: string;
  readonly verdict?: string;
  readonly finished?: Tool;
  readonly board?: string;
  readonly first?: Point;
  readonly forget?: string;
  readonly state?: unknown;
}

interface Told {
  readonly at: number;
  readonly t: 'pointer' | 'preview' | 'cursor';
  readonly board?: string;
  readonly id?: number;
  readonly stroke?: FixtureStroke | null;
  readonly text?: string;
  readonly place?: number;
}

type FixtureStroke = Omit<Stroke, 'points' | 'text'> & { readonly points: string };

interface LiveCase extends FixtureCase {
  readonly kind: 'message' | 'seen' | 'sent';
  readonly bytes?: string;
  readonly message?: unknown;
  readonly steps?: readonly Step[];
  readonly says?: readonly Told[];
  readonly until?: number;
  readonly out?: readonly { readonly at: number; readonly bytes: string }[];
}

const { cases } = readFixture<LiveCase>('proto/live.json');
const of = (kind: LiveCase['kind']): LiveCase[] => cases.filter((one) => one.kind === kind);

/** As fixtures spell it: points as one text, and no words. */
function spelled(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (name, inner: unknown) => {
      if (name === 'points') return (inner as Point[]).map(([x, y]) => `${x},${y}`).join(' ');
      return name === 'text' && inner === '' ? undefined : inner;
    }),
  ) as unknown;
}

function strokeOf({ points, ...stroke }: FixtureStroke): Stroke {
  const pairs = points.split(' ').map((point): Point => {
    const [x = 0, y = 0] = point.split(',').map(Number);
    return [x, y];
  });
  return { ...stroke, points: pairs, text: '' };
}

describe('messages', () => {
  it.each(of('message'))('$name', ({ bytes = '', verdict, reason, message }) => {
    const read = decodeLive(fromHex(bytes));
    if (verdict === 'refused') {
      expect(read).toBe(reason);
      return;
    }
    if (typeof read === 'string') throw new Error(read);
    expect(spelled(read)).toEqual(message);
    expect(hex(encodeLive(read))).toBe(bytes);
  });
});

describe('what others show', () => {
  it.each(of('seen'))('$name', ({ steps = [] }) => {
    const seen = new LiveSeen(() => undefined);
    for (const { at, peer = '', take, verdict, finished, board = '', first, forget, state } of steps) {
      if (take !== undefined) expect(seen.take(peer, fromHex(take), at)).toBe(verdict);
      if (finished !== undefined && first !== undefined) seen.finished(peer, board, finished, first);
      if (forget !== undefined) seen.forget(forget);
      seen.tick(at);
      if (state === undefined) continue;
      const shown = { pointers: seen.pointers(), previews: seen.previews(), cursors: seen.cursors() };
      expect(spelled(shown)).toEqual(state);
    }
  });

  it('is told once, and its end too', () => {
    const told: string[] = [];
    const seen = new LiveSeen((change) => {
      const what = change.t === 'pointer' ? change.act : change.t === 'preview' ? change.stroke : change.at;
      told.push(`${change.t} ${what === null ? 'over' : typeof what === 'object' ? 'drawn' : what}`);
    });
    const board = '03'.repeat(16);
    const stroke: Stroke = { tool: 'pen', ink: 'red', width: 9, points: [[1, 1]], text: '' };
    const point = encodeLive({
      t: 'pointer',
      seq: 1,
      target: { on: 'board', board },
      x: 1,
      y: 2,
      act: 'move',
    });
    seen.take('a', point, 0);
    seen.take('a', point, 1);
    seen.take('a', encodeLive({ t: 'preview', board, id: 1, seq: 2, first: 0, stroke }), 2);
    seen.take('b', point, 3);
    seen.forget('a');
    expect(seen.nextWake()).toBe(3003);
    seen.tick(3003);
    expect(told).toEqual([
      'pointer move',
      'preview drawn',
      'pointer move',
      'pointer gone',
      'preview over',
      'pointer gone',
    ]);
    expect(seen.nextWake()).toBeNull();
  });
});

describe('what goes out', () => {
  it.each(of('sent'))('$name', ({ says = [], until = 0, out }) => {
    const sender = new LiveSender();
    const sent: { at: number; bytes: string }[] = [];
    for (let now = 0; now <= until; now++) {
      for (const told of says.filter(({ at }) => at === now)) {
        const { t, board = '', id = 0, stroke = null, text = '', place = 0 } = told;
        if (t === 'preview') sender.preview(board, id, stroke === null ? null : strokeOf(stroke));
        else if (t === 'cursor') sender.cursor(text, place);
        else sender.point(pointerOf(told));
      }
      const due = sender.nextWake();
      if (due === null || due > now) continue;
      for (let message = sender.poll(now); message !== null; message = sender.poll(now)) {
        sent.push({ at: now, bytes: hex(encodeLive(message)) });
      }
    }
    expect(sent).toEqual(out);
  });
});

function pointerOf(told: unknown): Pointer {
  const { target, x, y, act } = told as Pointer;
  return { target, x, y, act };
}

describe('points', () => {
  const coordinate = fc.integer({ min: 0, max: 65_535 });
  const point = fc.tuple(coordinate, coordinate);

  it('are read as they were written', () => {
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 300 }), (points) => {
        expect(decodePoints(encodePoints(points))).toEqual(points);
      }),
    );
  });

  it('have one spelling', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (raw) => {
        const bytes: Bytes = Uint8Array.from(raw);
        const points = decodePoints(bytes);
        if (points !== null) expect(hex(encodePoints(points))).toBe(hex(bytes));
      }),
    );
  });

  it('are bounded', () => {
    const many: Point[] = Array.from({ length: STROKE_POINTS }, () => [0, 0]);
    expect(decodePoints(encodePoints(many))).toHaveLength(STROKE_POINTS);
    expect(decodePoints(encodePoints([...many, [0, 0]]))).toBeNull();
  });
});
