/**
 * Points as one string of bytes: a count, then for each point the differences to the one before, zigzag, all
 * as LEB128. Exact: minimal numbers, every coordinate inside the picture, nothing behind.
 */
import type { Bytes } from '../seal/bytes.ts';
import { STROKE_POINTS } from '../seal/limits.ts';

export type Point = readonly [number, number];

export function encodePoints(points: readonly Point[]): Bytes {
  const out: number[] = [];
  put(out, points.length);
  let [beforeX, beforeY] = [0, 0];
  for (const [x, y] of points) {
    put(out, zigzag(x - beforeX));
    put(out, zigzag(y - beforeY));
    [beforeX, beforeY] = [x, y];
  }
  return Uint8Array.from(out);
}

/** Null for anything but the one spelling of one to 20,000 points. */
export function decodePoints(bytes: Uint8Array): Point[] | null {
  let at = 0;
  /** A number of at most three bytes, which hold every difference and count that is allowed; -1 for none. */
  const take = (): number => {
    let value = 0;
    for (let shift = 0; shift < 21; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) return -1;
      value |= (byte & 0x7f) << shift;
      // A zero at the end says nothing: the same number has a shorter form.
      if (byte < 0x80) return byte === 0 && shift > 0 ? -1 : value;
    }
    return -1;
  };
  const count = take();
  if (count < 1 || count > STROKE_POINTS || count * 2 > bytes.length - at) return null;
  const points: Point[] = [];
  let [x, y] = [0, 0];
  for (let i = 0; i < count; i++) {
    const [dx, dy] = [take(), take()];
    if (dx < 0 || dy < 0) return null;
    x += unzigzag(dx);
    y += unzigzag(dy);
    if (!isInside(x) || !isInside(y)) return null;
    points.push([x, y]);
  }
  return at === bytes.length ? points : null;
}

/** How many of these points, from `first` on, fit into so many bytes. */
export function fitting(points: readonly Point[], first: number, bytes: number): number {
  // Three bytes hold any count that is allowed.
  let left = bytes - 3;
  let [beforeX, beforeY] = [0, 0];
  let end = first;
  for (; end < points.length; end++) {
    const [x, y] = points[end] ?? [0, 0];
    left -= length(zigzag(x - beforeX)) + length(zigzag(y - beforeY));
    if (left < 0) break;
    [beforeX, beforeY] = [x, y];
  }
  return end - first;
}

function isInside(coordinate: number): boolean {
  return coordinate >= 0 && coordinate <= 65_535;
}

function zigzag(step: number): number {
  return step < 0 ? -2 * step - 1 : 2 * step;
}

function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

function length(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : 3;
}

function put(out: number[], number: number): void {
  let value = number;
  while (value >= 0x80) {
    out.push((value & 0x7f) | 0x80);
    value >>>= 7;
  }
  out.push(value);
}
