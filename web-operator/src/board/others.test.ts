import { beforeEach, describe, expect, it } from 'vitest';
import type { LiveIn, StrokeItem } from '../session/show';
import { LIVE_THINGS, POINTER_MS, PREVIEW_MS, TRAIL_POINTS } from './limits';
import { Others } from './others';

const ON = { on: 'board', board: 'b1' } as const;
let others: Others;

beforeEach(() => {
  others = new Others();
});

function pointer(x: number, act: 'move' | 'click' | 'gone' = 'move', peer = 'ana'): LiveIn {
  return { t: 'pointer', peer, name: 'Ana', target: ON, x, y: 0, act };
}

function preview(id: number, points: StrokeItem['points'] | null, peer = 'ana'): LiveIn {
  const stroke = points && ({ tool: 'pen', ink: 'red', width: 4, points, text: '' } as const);
  return { t: 'preview', peer, name: 'Ana', board: 'b1', id, stroke };
}

describe('pointers of others', () => {
  it('show on what they are on, with a trail that ends', () => {
    others.take(pointer(1), 0);
    others.take(pointer(2), 100);
    expect(others.pointers(ON, 100)).toMatchObject([
      { x: 2, name: 'Ana', there: true, trail: [{ x: 1 }, { x: 2 }] },
    ]);
    expect(others.pointers({ on: 'board', board: 'b2' }, 100)).toEqual([]);
    expect(others.pointers({ on: 'video', peer: 'ana' }, 100)).toEqual([]);
    expect(others.pointers(ON, 650)[0]?.trail).toHaveLength(1);
  });

  it('are gone when they say so, and after a silence when that was lost', () => {
    others.take(pointer(1), 0);
    others.take(pointer(1, 'gone'), 10);
    expect(others.quiet(10)).toBe(true);
    others.take(pointer(1), 20);
    expect(others.quiet(20 + POINTER_MS - 1)).toBe(false);
    expect(others.quiet(20 + POINTER_MS)).toBe(true);
  });

  it('leave the ring of a click behind', () => {
    others.take(pointer(5, 'click'), 0);
    others.take(pointer(5, 'gone'), 1);
    expect(others.pointers(ON, 2)).toMatchObject([{ there: false, clicks: [{ x: 5 }] }]);
    expect(others.quiet(2_000)).toBe(true);
  });

  it('begin anew on another picture', () => {
    others.take(pointer(1), 0);
    others.take({ ...pointer(2), target: { on: 'video', peer: 'me' } } as LiveIn, 1);
    expect(others.pointers(ON, 1)).toEqual([]);
    expect(others.pointers({ on: 'video', peer: 'me' }, 1)[0]?.trail).toHaveLength(1);
  });

  it('stay few, however many come', () => {
    for (let index = 0; index < 1_000; index += 1) {
      others.take(pointer(index, 'move', `peer${index}`), 0);
      others.take(pointer(index), 0);
    }
    const seen = others.pointers(ON, 0);
    expect(seen.length).toBeLessThanOrEqual(LIVE_THINGS);
    expect(Math.max(...seen.map((one) => one.trail.length))).toBeLessThanOrEqual(TRAIL_POINTS);
  });
});

describe('growing strokes of others', () => {
  it('grow, and give way to the finished stroke', () => {
    others.take(preview(1, [[1, 1]]), 0);
    others.take(
      preview(1, [
        [1, 1],
        [2, 2],
      ]),
      16,
    );
    expect(others.strokes('b1', 16)).toMatchObject([
      {
        points: [
          [1, 1],
          [2, 2],
        ],
      },
    ]);
    expect(others.strokes('b2', 16)).toEqual([]);
    others.take(preview(1, null), 20);
    expect(others.strokes('b1', 25)).toHaveLength(1);
    const finished = {
      tool: 'pen',
      ink: 'red',
      author: 'ana',
      points: [
        [1, 1],
        [2, 2],
        [3, 3],
      ],
    };
    others.finished('b1', [finished as unknown as StrokeItem]);
    expect(others.strokes('b1', 30)).toEqual([]);
  });

  it('stay when somebody else finished one', () => {
    others.take(preview(1, [[1, 1]]), 0);
    const finished = { tool: 'pen', ink: 'red', author: 'bob', points: [[1, 1]] };
    others.finished('b1', [finished as unknown as StrokeItem]);
    expect(others.strokes('b1', 30)).toHaveLength(1);
  });

  it('go when the pen was lifted for nothing, and after a silence', () => {
    others.take(preview(1, [[1, 1]]), 0);
    others.take(preview(1, null), 10);
    expect(others.quiet(1_000)).toBe(true);
    others.take(preview(2, [[1, 1]]), 2_000);
    expect(others.quiet(2_000 + PREVIEW_MS + 1)).toBe(true);
  });

  it('of the same number by two people are two', () => {
    others.take(preview(1, [[1, 1]]), 0);
    others.take(preview(1, [[9, 9]], 'bob'), 0);
    expect(others.strokes('b1', 0)).toHaveLength(2);
  });
});
