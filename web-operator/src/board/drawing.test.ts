import { describe, expect, it } from 'vitest';
import type { Stroke } from '../session/show';
import { Drawing, nextMark } from './drawing';
import { STROKE_POINTS } from './limits';

const placed = { x: 0, y: 0, width: 655.35, height: 655.35 };
const PEN = { tool: 'pen', ink: 'red', text: '' } as const;

describe('a stroke under the pen', () => {
  it('has the points in picture coordinates, without those that a still hand adds', () => {
    const drawing = new Drawing(PEN, { x: 1, y: 2 }, placed);
    drawing.extend(
      [
        { x: 1.5, y: 2 },
        { x: 10, y: 20 },
        { x: 10, y: 20 },
      ],
      placed,
    );
    expect(drawing.stroke().points).toEqual([
      [100, 200],
      [1000, 2000],
    ]);
  });

  it('is two points for an arrow and one for a mark, wherever the finger went', () => {
    for (const [tool, points] of [
      [
        'arrow',
        [
          [0, 0],
          [2000, 0],
        ],
      ],
      ['mark', [[2000, 0]]],
    ] as const) {
      const drawing = new Drawing({ tool, ink: 'red', text: '' }, { x: 0, y: 0 }, placed);
      drawing.extend(
        [
          { x: 10, y: 50 },
          { x: 20, y: 0 },
        ],
        placed,
      );
      expect(drawing.stroke().points, tool).toEqual(points);
    }
  });

  it('is told at most sixty times a second, and only when it grew', () => {
    const drawing = new Drawing(PEN, { x: 0, y: 0 }, placed);
    let told = 0;
    for (let ms = 0; ms < 1_000; ms += 4) {
      drawing.extend([{ x: ms % 600, y: (ms * 7) % 600 }], placed);
      told += drawing.preview(ms) === null ? 0 : 1;
    }
    expect(told).toBeLessThanOrEqual(64);
    expect(told).toBeGreaterThan(45);
    expect(drawing.preview(2_000)).not.toBeNull();
    expect(drawing.preview(3_000)).toBeNull();
  });

  it('says that it is full', () => {
    const drawing = new Drawing(PEN, { x: 0, y: 0 }, placed);
    const path = Array.from({ length: STROKE_POINTS }, (_, index) => ({
      x: (index % 2) * 100,
      y: index % 600,
    }));
    expect(drawing.extend(path, placed)).toBe(true);
    expect(drawing.stroke().points).toHaveLength(STROKE_POINTS);
  });

  it('does not change what was handed out', () => {
    const drawing = new Drawing(PEN, { x: 0, y: 0 }, placed);
    const early = drawing.stroke();
    drawing.extend([{ x: 50, y: 50 }], placed);
    expect(early.points).toHaveLength(1);
  });
});

describe('the next mark', () => {
  const mark = (text: string): Stroke => ({ tool: 'mark', ink: 'red', width: 1, points: [[0, 0]], text });
  it('counts on from the highest', () => {
    expect(nextMark([])).toBe('1');
    expect(nextMark([mark('1'), mark('7'), mark('3')])).toBe('8');
  });
  it('is not carried away by what somebody else wrote on a mark', () => {
    expect(nextMark([mark('2'), mark('x'), mark('1e9'), mark('-4'), mark('99999')])).toBe('3');
  });
});
