import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOn, place, settled, toPicture, toStage, unitOf, WHOLE, zoomed, type Size } from './geometry';

const PICTURE: Size = { width: 1600, height: 1200 };
const STAGES: readonly Size[] = [
  { width: 320, height: 400 },
  { width: 390, height: 620 },
  { width: 844, height: 320 },
  { width: 1280, height: 640 },
];

describe('a picture on a stage', () => {
  it('lies whole in the middle', () => {
    expect(place(PICTURE, { width: 400, height: 600 }, WHOLE)).toEqual({
      x: 0,
      y: 150,
      width: 400,
      height: 300,
    });
    expect(place(PICTURE, { width: 800, height: 300 }, WHOLE)).toEqual({
      x: 200,
      y: 0,
      width: 400,
      height: 300,
    });
  });

  it('of no size takes no room', () => {
    expect(place({ width: 0, height: 0 }, { width: 10, height: 10 }, WHOLE).width).toBe(0);
    expect(place(PICTURE, { width: 0, height: 0 }, WHOLE).width).toBe(0);
  });

  it.each(STAGES)('has its corners where they are, at %j', (stage) => {
    const placed = place(PICTURE, stage, WHOLE);
    expect(toStage(placed, [0, 0])).toEqual({ x: placed.x, y: placed.y });
    const end = toStage(placed, [65_535, 65_535]);
    expect(end.x).toBeCloseTo(placed.x + placed.width, 6);
    expect(end.y).toBeCloseTo(placed.y + placed.height, 6);
  });

  it('keeps a point on the same pixel of the picture at every size, turn and zoom', () => {
    const zoom = fc.record({
      factor: fc.double({ min: 1, max: 8, noNaN: true }),
      x: fc.double({ min: 0, max: 1, noNaN: true }),
      y: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.constantFrom(...STAGES), zoom, fc.nat(65_535), fc.nat(65_535), (stage, looked, x, y) => {
        const placed = place(PICTURE, stage, looked);
        const spot = toStage(placed, [x, y]);
        expect(toPicture(placed, spot)).toEqual([x, y]);
        // In pixels of the picture, whatever the stage.
        expect(((spot.x - placed.x) / placed.width) * PICTURE.width).toBeCloseTo((x / 65_535) * 1600, 6);
      }),
    );
  });

  it('gives the nearest edge for a finger beside it', () => {
    const placed = place(PICTURE, { width: 400, height: 600 }, WHOLE);
    expect(toPicture(placed, { x: -50, y: 900 })).toEqual([0, 65_535]);
    expect(isOn(placed, { x: 10, y: 140 })).toBe(false);
    expect(isOn(placed, { x: 10, y: 160 })).toBe(true);
  });

  it('measures lines by its longer side', () => {
    expect(unitOf({ x: 0, y: 0, width: 655.35, height: 100 })).toBeCloseTo(0.01, 9);
    expect(unitOf({ x: 0, y: 0, width: 100, height: 655.35 })).toBeCloseTo(0.01, 9);
  });
});

describe('enlarging', () => {
  const stage = { width: 400, height: 600 };

  it('keeps what is under the fingers there', () => {
    const at = { x: 130, y: 300 };
    const before = toPicture(place(PICTURE, stage, WHOLE), at);
    const zoom = zoomed(PICTURE, stage, WHOLE, { by: 4, at });
    const after = toStage(place(PICTURE, stage, zoom), before);
    expect(after.x).toBeCloseTo(130, 1);
    expect(after.y).toBeCloseTo(300, 1);
  });

  it('moves the picture with the fingers', () => {
    const big = zoomed(PICTURE, stage, WHOLE, { by: 4, at: { x: 200, y: 300 } });
    const before = place(PICTURE, stage, big);
    const moved = zoomed(PICTURE, stage, big, { by: 1, at: { x: 200, y: 300 }, move: { x: 30, y: -20 } });
    const after = place(PICTURE, stage, moved);
    expect(after.x - before.x).toBeCloseTo(30, 6);
    expect(after.y - before.y).toBeCloseTo(-20, 6);
  });

  it('never goes below whole or above the most', () => {
    expect(zoomed(PICTURE, stage, WHOLE, { by: 0.1, at: { x: 0, y: 0 } }).factor).toBe(1);
    expect(zoomed(PICTURE, stage, WHOLE, { by: 100, at: { x: 0, y: 0 } }).factor).toBe(8);
  });

  it('lets no edge into the stage, and forgets what the edge held back', () => {
    let zoom = zoomed(PICTURE, stage, WHOLE, { by: 4, at: { x: 200, y: 300 } });
    zoom = zoomed(PICTURE, stage, zoom, { by: 1, at: { x: 0, y: 0 }, move: { x: 9_000, y: 0 } });
    expect(place(PICTURE, stage, zoom).x).toBe(0);
    zoom = zoomed(PICTURE, stage, zoom, { by: 1, at: { x: 0, y: 0 }, move: { x: -10, y: 0 } });
    expect(place(PICTURE, stage, zoom).x).toBeCloseTo(-10, 6);
  });

  it('shows the same place after the phone was turned', () => {
    const zoom = zoomed(PICTURE, stage, WHOLE, { by: 6, at: { x: 250, y: 310 } });
    const turned = { width: 600, height: 400 };
    const middle = toPicture(place(PICTURE, stage, zoom), { x: 200, y: 300 });
    const after = toPicture(place(PICTURE, turned, settled(PICTURE, turned, zoom)), { x: 300, y: 200 });
    expect(Math.abs(after[0] - middle[0])).toBeLessThan(3);
    expect(Math.abs(after[1] - middle[1])).toBeLessThan(3);
  });
});
