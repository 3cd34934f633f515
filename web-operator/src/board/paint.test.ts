import { describe, expect, it } from 'vitest';
import type { Stroke, Tool } from '../session/show';
import { TOOLS } from '../session/show';
import { place, toStage, WHOLE } from './geometry';
import { touches, strokeAt } from './hit';
import { COLOURS, HALO } from './ink';
import { paintStroke, type Brush } from './paint';
import { arrowOf, extentOf, meets, smooth } from './shape';

const PICTURE = { width: 1600, height: 1200 };
const placed = place(PICTURE, { width: 800, height: 600 }, WHOLE);

/** Notes what is painted, as [what, ...numbers]. */
function notes(): { brush: Brush; did: (readonly [string, ...unknown[]])[] } {
  const did: (readonly [string, ...unknown[]])[] = [];
  const brush = new Proxy<Record<string, unknown>>(
    {},
    {
      get: (target, name) =>
        name in target
          ? target[String(name)]
          : (...args: unknown[]) => void did.push([String(name), ...args]),
      set: (target, name, value) => {
        target[String(name)] = value;
        did.push([`=${String(name)}`, value]);
        return true;
      },
    },
  ) as unknown as Brush;
  return { brush, did };
}

function stroke(tool: Tool, points: Stroke['points'], more: Partial<Stroke> = {}): Stroke {
  return { tool, ink: 'red', width: 655, points, text: '', ...more };
}

describe('painting', () => {
  it.each(TOOLS)('puts a dark halo under the colour of a %s', (tool) => {
    const { brush, did } = notes();
    paintStroke(
      brush,
      stroke(
        tool,
        [
          [10_000, 10_000],
          [30_000, 30_000],
        ],
        { text: '1' },
      ),
      placed,
    );
    const colours = did.filter(([name]) => name.endsWith('Style')).map(([, value]) => value);
    expect(colours).toContain(HALO);
    expect(colours.indexOf(HALO)).toBeLessThan(colours.indexOf(COLOURS.red));
  });

  it.each(TOOLS)('paints nothing of a %s without points', (tool) => {
    const { brush, did } = notes();
    paintStroke(brush, stroke(tool, []), placed);
    expect(did).toEqual([]);
  });

  it('ends an arrow exactly on its last point', () => {
    const { brush, did } = notes();
    paintStroke(
      brush,
      stroke('arrow', [
        [5_000, 5_000],
        [40_000, 33_333],
      ]),
      placed,
    );
    const tip = toStage(placed, [40_000, 33_333]);
    expect(did).toContainEqual(['moveTo', tip.x, tip.y]);
    const all = did.filter(([name]) => name === 'moveTo' || name === 'lineTo');
    expect(Math.max(...all.map(([, x]) => Number(x)))).toBe(tip.x);
  });

  it('draws a tap of the arrow as an arrow that ends there', () => {
    const arrow = arrowOf([{ x: 50, y: 60 }], 4);
    expect(arrow?.tip).toEqual({ x: 50, y: 60 });
    expect(arrow?.tail.x).toBeLessThan(50);
    expect(arrow?.tail.y).toBeLessThan(60);
  });

  it('smooths a pen through the middles and ends where it ended', () => {
    const curve = smooth([
      { x: 0, y: 0 },
      { x: 10, y: 0 },
      { x: 10, y: 10 },
    ]);
    expect(curve).toEqual({
      start: { x: 0, y: 0 },
      parts: [
        { control: { x: 10, y: 0 }, end: { x: 10, y: 5 } },
        { control: { x: 10, y: 10 }, end: { x: 10, y: 10 } },
      ],
    });
    expect(smooth([])).toBeNull();
  });

  it('makes a dot of a pen that only touched', () => {
    const { brush, did } = notes();
    paintStroke(brush, stroke('pen', [[0, 0]]), placed);
    expect(did.filter(([name]) => name === 'lineTo')).toHaveLength(1);
  });

  it('writes every line of a text and never more than four figures on a mark', () => {
    const { brush, did } = notes();
    paintStroke(brush, stroke('text', [[0, 0]], { text: 'one\ntwo' }), placed);
    expect(did.filter(([name]) => name === 'fillText').map(([, words]) => words)).toEqual(['one', 'two']);
    const mark = notes();
    paintStroke(mark.brush, stroke('mark', [[0, 0]], { text: '123456789' }), placed);
    expect(mark.did.find(([name]) => name === 'fillText')?.[1]).toBe('1234');
  });
});

describe('finding a stroke under a finger', () => {
  const line = stroke('pen', [
    [0, 0],
    [65_535, 65_535],
  ]);
  const box = stroke('rectangle', [
    [10_000, 10_000],
    [50_000, 50_000],
  ]);
  const ring = stroke('ellipse', [
    [10_000, 10_000],
    [50_000, 50_000],
  ]);
  const middle = toStage(placed, [30_000, 30_000]);

  it('finds a line beside which the finger is, and not one farther away', () => {
    expect(touches(line, placed, { x: 400, y: 310 }, 18)).toBe(true);
    expect(touches(line, placed, { x: 400, y: 400 }, 18)).toBe(false);
  });

  it('takes a frame by its edge and not by the picture inside of it', () => {
    for (const hollow of [box, ring]) {
      expect(touches(hollow, placed, middle, 18), hollow.tool).toBe(false);
      const edge = toStage(placed, [10_000, 30_000]);
      expect(touches(hollow, placed, edge, 18), hollow.tool).toBe(true);
    }
    const corner = toStage(placed, [10_000, 10_000]);
    expect(touches(ring, placed, corner, 4)).toBe(false);
  });

  it('takes marks, dots and words anywhere on them', () => {
    for (const tool of ['mark', 'dot', 'text'] as const) {
      const one = stroke(tool, [[30_000, 30_000]], { text: '12', width: 2_000 });
      expect(touches(one, placed, { x: middle.x + 6, y: middle.y + 6 }, 4), tool).toBe(true);
      expect(touches(one, placed, { x: middle.x + 120, y: middle.y + 6 }, 4), tool).toBe(false);
    }
  });

  it('takes an arrow by shaft and head', () => {
    const arrow = stroke('arrow', [
      [10_000, 30_000],
      [50_000, 30_000],
    ]);
    expect(touches(arrow, placed, middle, 6)).toBe(true);
    expect(touches(arrow, placed, { ...middle, y: middle.y + 40 }, 6)).toBe(false);
  });

  it('gives the topmost one that may be taken', () => {
    const under = { ...line, id: 'a' };
    const over = { ...line, id: 'b' };
    const at = { x: 400, y: 300 };
    expect(strokeAt([under, over], placed, at, 18, () => true)?.id).toBe('b');
    expect(strokeAt([under, over], placed, at, 18, (one) => one.id === 'a')?.id).toBe('a');
    expect(strokeAt([under, over], placed, at, 18, () => false)).toBeNull();
  });

  it('never paints outside of a stroke’s extent', () => {
    for (const tool of TOOLS) {
      const one = stroke(
        tool,
        [
          [20_000, 20_000],
          [40_000, 30_000],
        ],
        { text: '88' },
      );
      const extent = extentOf(one, placed)!;
      const { brush, did } = notes();
      paintStroke(brush, one, placed);
      for (const [name, x, y] of did) {
        if (name === 'moveTo' || name === 'lineTo' || name === 'arc') {
          const spot = { left: Number(x), right: Number(x), top: Number(y), bottom: Number(y) };
          expect(meets(spot, extent), tool).toBe(true);
        }
      }
    }
  });
});
