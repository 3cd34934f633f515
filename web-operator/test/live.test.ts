/** The live channel: the same bytes and decisions as the other implementation, and the port that pages use. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fromHex, hex } from '../src/seal/bytes.ts';
import { decodeLive, encodeLive } from '../src/session/live.ts';
import { encodePoints, fitting, type Point } from '../src/doc/points.ts';
import { LivePort } from '../src/session/live-port.ts';
import { LiveSeen } from '../src/session/live-seen.ts';
import { LiveSender } from '../src/session/live-sender.ts';
import type { ControlMessage } from '../src/session/facade.ts';
import type { LiveIn, Pointer, Stroke, Tool } from '../src/session/show.ts';
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
  const many = fc.array(fc.tuple(coordinate, coordinate), { minLength: 1, maxLength: 300 });

  it('fit as many as are said to', () => {
    fc.assert(
      fc.property(many, fc.integer({ min: 3, max: 1200 }), (points, bytes) => {
        const count = fitting(points, 0, bytes);
        if (count > 0) expect(encodePoints(points.slice(0, count))?.length).toBeLessThanOrEqual(bytes);
        if (count < points.length)
          expect((encodePoints(points.slice(0, count + 1))?.length ?? 0) + 2).toBeGreaterThan(bytes);
      }),
    );
  });
});

describe('the port', () => {
  const board = '03'.repeat(16);
  const stroke = (points: readonly Point[]): Stroke => ({
    tool: 'pen',
    ink: 'red',
    width: 9,
    points,
    text: '',
  });

  /** Two pages with nothing between them. */
  function pair() {
    const controls: ControlMessage[] = [];
    const made: string[] = [];
    let sent = 0;
    let changes = 0;
    const far = new LivePort({
      sendLive: () => true,
      sendControl: () => true,
      nameOf: (peer) => `name of ${peer}`,
      newBoard: () => Promise.resolve(null),
      changed: () => (changes += 1),
    });
    const near = new LivePort({
      sendLive: (data) => {
        sent += 1;
        far.received('me', 'operator', data);
        return true;
      },
      sendControl: (message) => controls.push(message) > 0,
      nameOf: (peer) => `name of ${peer}`,
      newBoard: (picture) => Promise.resolve(picture.size > 0 ? (made.push('made'), 'board') : null),
      changed: () => (changes += 1),
    });
    const heard: LiveIn[] = [];
    far.onLive((live) => heard.push(live));
    return { near, far, heard, controls, made, sent: () => sent, changes: () => changes };
  }

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('shows a pointer at once, at most sixty times a second, and its end', () => {
    const { near, heard, sent } = pair();
    const point = (x: number) => near.point({ target: { on: 'board', board }, x, y: 2, act: 'move' });
    point(1);
    expect(heard).toEqual([
      {
        t: 'pointer',
        peer: 'me',
        name: 'name of me',
        target: { on: 'board', board },
        x: 1,
        y: 2,
        act: 'move',
      },
    ]);
    for (let x = 2; x <= 1001; x++) {
      vi.advanceTimersByTime(1);
      point(x);
    }
    vi.advanceTimersByTime(50);
    expect(sent()).toBeLessThanOrEqual(64);
    expect(sent()).toBeGreaterThan(50);
    expect(heard.at(-1)).toMatchObject({ x: 1001 });
    vi.advanceTimersByTime(3100);
    expect(heard.at(-1)).toMatchObject({ act: 'gone' });
  });

  it('sends nothing that is nowhere', () => {
    const { near, sent } = pair();
    near.point({ target: { on: 'board', board }, x: 0.5, y: 2, act: 'move' });
    near.point({ target: { on: 'board', board }, x: 1, y: 70_000, act: 'move' });
    near.preview(board, 1, stroke([[1, -1]]));
    near.preview(board, 1, stroke([]));
    expect(sent()).toBe(0);
  });

  it('shows a line that grows until the finished stroke takes its place', () => {
    const { near, far, heard } = pair();
    const points: Point[] = [];
    for (let n = 0; n < 500; n++) {
      points.push([n * 50, (n * n) % 65_536]);
      near.preview(board, 7, stroke([...points]));
      vi.advanceTimersByTime(4);
    }
    vi.advanceTimersByTime(40);
    const last = heard.at(-1);
    expect(last?.t === 'preview' && last.stroke?.points).toEqual(points);
    near.drawn(board, 7);
    far.arrived('me', board, stroke(points));
    expect(heard.at(-1)).toMatchObject({ t: 'preview', id: 7, stroke: null });
    const count = heard.length;
    vi.advanceTimersByTime(10_000);
    expect(heard).toHaveLength(count);
  });

  it('forgets who leaves, and hears neither viewers nor strangers', () => {
    const { near, far, heard } = pair();
    near.preview(board, 1, stroke([[1, 1]]));
    far.forget('me');
    expect(heard.at(-1)).toMatchObject({ stroke: null });
    const count = heard.length;
    const point = encodeLive({
      t: 'pointer',
      seq: 900,
      target: { on: 'board', board },
      x: 1,
      y: 1,
      act: 'move',
    });
    far.received('me', 'viewer', point);
    far.received('me', null, point);
    far.received('me', 'operator', point.slice(1));
    expect(heard).toHaveLength(count);
    expect(far.refused).toBe(3);
  });

  it('passes on the wishes of experts only', () => {
    const { near, changes } = pair();
    near.control('bo', 'operator', { t: 'look', look: { look: 'live' } });
    near.control('bo', null, { t: 'photo' });
    expect([near.look, near.photoAsked, changes()]).toEqual([null, null, 0]);
    near.control('ada', 'expert', { t: 'look', look: { look: 'board', board } });
    const first = near.look;
    expect(first).toEqual({ look: 'board', board, name: 'name of ada' });
    near.control('ada', 'lead', { t: 'look', look: { look: 'board', board } });
    expect(near.look).not.toBe(first);
    near.reset();
    expect(near.look).toBeNull();
  });

  it('answers for a photo once: with a board, or that there is none', async () => {
    const { near, controls, made } = pair();
    near.control('ada', 'lead', { t: 'photo' });
    expect(near.photoAsked).toEqual({ name: 'name of ada' });
    const sent = near.photo(new Blob(['picture']), 4, 3);
    expect(near.photoAsked).toBeNull();
    expect(await sent).toBe(true);
    expect(made).toHaveLength(1);
    expect(controls).toEqual([]);
    near.control('ada', 'lead', { t: 'photo' });
    expect(await near.photo(new Blob([]), 4, 3)).toBe(false);
    expect(controls).toEqual([{ t: 'photo-refused' }]);
    near.control('ada', 'lead', { t: 'photo' });
    near.forget('ada');
    expect(near.photoAsked).toBeNull();
  });
});
