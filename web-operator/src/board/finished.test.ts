import { beforeEach, describe, expect, it } from 'vitest';
import type { StrokeItem } from '../session/show';
import { difference, Finished, type Sheet } from './finished';

/** A sheet that remembers which strokes are on it, and how often each was painted. */
class Paper implements Sheet {
  on = new Set<string>();
  painted = 0;
  boxes = 0;
  resize(): void {
    this.on.clear();
  }
  paint(stroke: StrokeItem): void {
    this.on.add(stroke.id);
    this.painted += 1;
    clock += 1;
  }
  only(): void {
    this.boxes += 1;
  }
  all(): void {
    clock += 1;
  }
}

const PLACED = { x: 0, y: 0, width: 655.35, height: 655.35 };
let clock: number;
let sheets: [Paper, Paper];
let finished: Finished<Paper>;

beforeEach(() => {
  clock = 0;
  sheets = [new Paper(), new Paper()];
  finished = new Finished(sheets[0], sheets[1], () => clock);
});

function strokes(...numbers: number[]): StrokeItem[] {
  return numbers.map((number) => ({
    id: `s${number}`,
    author: 'ana',
    authorName: 'Ana',
    mine: false,
    erasable: true,
    tool: 'pen',
    ink: 'red',
    width: 10,
    text: '',
    // Far from each other, so that mending one leaves the others alone.
    points: [[(number % 100) * 600, Math.floor(number / 100) * 600]],
  }));
}
const many = (count: number): StrokeItem[] => strokes(...Array.from({ length: count }, (_, index) => index));
function settle(): number {
  let steps = 0;
  while (finished.busy) {
    finished.step();
    steps += 1;
  }
  return steps;
}

describe('the layer of finished strokes', () => {
  it('paints everything once and then nothing', () => {
    finished.move(PLACED);
    finished.change(many(10));
    settle();
    expect(finished.sheet.on.size).toBe(10);
    expect(finished.placed).toEqual(PLACED);
    const painted = finished.sheet.painted;
    finished.change(many(10));
    expect(finished.busy).toBe(false);
    expect(finished.sheet.painted).toBe(painted);
  });

  it('adds a new stroke without painting the old ones', () => {
    finished.move(PLACED);
    finished.change(many(1000));
    settle();
    const before = finished.sheet.painted;
    finished.change(many(1001));
    settle();
    expect(finished.sheet.painted - before).toBe(1);
    expect(finished.sheet.on.size).toBe(1001);
  });

  it('mends only the place of an erased stroke', () => {
    finished.move(PLACED);
    finished.change(many(1000));
    settle();
    const before = finished.sheet.painted;
    finished.change(many(1000).filter(({ id }) => id !== 's500'));
    expect(finished.busy).toBe(false);
    expect(finished.sheet.boxes).toBe(1);
    expect(finished.sheet.painted - before).toBeLessThan(30);
  });

  it('mends the place of one that came back between others', () => {
    finished.move(PLACED);
    finished.change(many(100).filter(({ id }) => id !== 's50'));
    settle();
    finished.change(many(100));
    settle();
    expect(finished.sheet.on.has('s50')).toBe(true);
    expect(finished.sheet.boxes).toBe(1);
  });

  it('works in slices on a hundred thousand strokes, and shows the old sheet meanwhile', () => {
    finished.move(PLACED);
    finished.change(many(100_000));
    const old = finished.sheet;
    let longest = 0;
    let steps = 0;
    while (finished.busy) {
      const from = clock;
      const swapped = finished.step();
      longest = Math.max(longest, clock - from);
      steps += 1;
      expect(swapped).toBe(!finished.busy);
    }
    expect(longest).toBeLessThanOrEqual(16);
    expect(steps).toBeGreaterThan(1_000);
    expect(finished.sheet).not.toBe(old);
    expect(finished.sheet.on.size).toBe(100_000);
    expect(finished.quick).toBe(false);
  });

  it('does not call a board quick whose painting was never finished', () => {
    finished.move(PLACED);
    finished.change(many(1000));
    finished.step();
    finished.move({ ...PLACED, x: 5 });
    expect(finished.quick).toBe(false);
  });

  it('paints less at once where frames come late, and more where they do not', () => {
    const painted = (wait: number): number => {
      sheets = [new Paper(), new Paper()];
      finished = new Finished(sheets[0], sheets[1], () => clock);
      finished.move(PLACED);
      finished.change(
        many(20_000).map((one) => ({ ...one, points: Array.from({ length: 100 }, () => [1, 1]) })),
      );
      for (let step = 0; step < 12; step += 1) {
        finished.step();
        clock += wait;
      }
      const before = sheets[0].painted + sheets[1].painted;
      finished.step();
      return sheets[0].painted + sheets[1].painted - before;
    };
    expect(painted(100)).toBeLessThanOrEqual(5);
    expect(painted(10)).toBeGreaterThanOrEqual(16);
  });

  it('does not hold up a finger to mend a crowded place', () => {
    const crowd = strokes(...Array.from({ length: 20_000 }, () => 5)).map((one, index) => ({
      ...one,
      id: `c${index}`,
    }));
    finished.move(PLACED);
    finished.change(crowd);
    settle();
    const before = clock;
    finished.change(crowd.slice(1));
    expect(clock - before).toBeLessThan(20);
    expect(finished.busy).toBe(true);
    settle();
    expect(finished.sheet.on.size).toBe(19_999);
  });

  it('takes changes that come in the middle of painting', () => {
    finished.move(PLACED);
    finished.change(many(500));
    finished.step();
    finished.change(strokes(1, 2, 3));
    settle();
    expect([...finished.sheet.on].sort()).toEqual(['s1', 's2', 's3']);
  });
});

describe('what changed', () => {
  const ids = (list: readonly StrokeItem[]): string[] => list.map(({ id }) => id);
  it('is told apart: gone, come in between, new at the end', () => {
    const { gone, come, atEnd } = difference(strokes(1, 2, 4, 5), strokes(1, 3, 4, 6, 7));
    expect(ids(gone)).toEqual(['s2', 's5']);
    expect(ids(come)).toEqual(['s3']);
    expect(atEnd).toBe(2);
  });
  it('is nothing for the same list', () => {
    expect(difference(strokes(1, 2), strokes(1, 2))).toEqual({ gone: [], come: [], atEnd: 0 });
  });
});
