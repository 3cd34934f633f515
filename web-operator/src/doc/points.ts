/**
 * The points of a stroke as one string of bytes: a count, then the way from each point to the next. All
 * numbers are minimal LEB128, the ways zigzag; there is one encoding for every list of points.
 */
import type { Bytes } from '../seal/bytes.ts';
import { STROKE_POINTS } from './limits.ts';

/** A place on a picture, 0..65535 across its width and its height. */
export type Point = readonly [number, number];

const MOST = 0xffff;

/** Null where there are no points, too many, or one that is nowhere on the picture. */
export function encodePoints(points: readonly Point[]): Bytes | null {
  if (points.length === 0 || points.length > STROKE_POINTS) return null;
  const bytes: number[] = [];
  const push = (number: number): void => {
    let rest = number;
    for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
    bytes.push(rest);
  };
  push(points.length);
  let fromX = 0;
  let fromY = 0;
  for (const [x, y] of points) {
    if (!isPlace(x) || !isPlace(y)) return null;
    push(zigzag(x - fromX));
    push(zigzag(y - fromY));
    [fromX, fromY] = [x, y];
  }
  return new Uint8Array(bytes);
}

/** Null for whatever `encodePoints` does not make. */
export function decodePoints(bytes: Uint8Array): Point[] | null {
  let at = 0;
  /** At most 21 bits: ways have 17. Negative for anything else. */
  const pull = (): number => {
    let number = 0;
    for (let shift = 0; shift <= 14; shift += 7) {
      const byte = bytes[at];
      if (byte === undefined) return -1;
      at += 1;
      number |= (byte & 0x7f) << shift;
      if (byte < 0x80) return shift > 0 && byte === 0 ? -1 : number;
    }
    return -1;
  };
  const count = pull();
  // A point takes two bytes at least: no more room is made than there are bytes for.
  if (count < 1 || count > STROKE_POINTS || count > (bytes.length - at) / 2) return null;
  const points: Point[] = [];
  let x = 0;
  let y = 0;
  for (let i = 0; i < count; i++) {
    const wayX = pull();
    const wayY = pull();
    if (wayX < 0 || wayY < 0) return null;
    x += unzigzag(wayX);
    y += unzigzag(wayY);
    if (!isPlace(x) || !isPlace(y)) return null;
    points.push([x, y]);
  }
  return at === bytes.length ? points : null;
}

/** How many of these points, from `first` on, fit into so many bytes. */
export function fitting(points: readonly Point[], first: number, bytes: number): number {
  // Three bytes hold any count that is allowed.
  let left = bytes - 3;
  let [fromX, fromY] = [0, 0];
  let end = first;
  for (; end < points.length; end++) {
    const [x, y] = points[end] ?? [0, 0];
    left -= length(zigzag(x - fromX)) + length(zigzag(y - fromY));
    if (left < 0) break;
    [fromX, fromY] = [x, y];
  }
  return end - first;
}

function length(number: number): number {
  return number < 0x80 ? 1 : number < 0x4000 ? 2 : 3;
}

/** Whether something can be there at all: a whole number of sixteen bits. */
export function isPlace(coordinate: number): boolean {
  return Number.isInteger(coordinate) && coordinate >= 0 && coordinate <= MOST;
}

function zigzag(way: number): number {
  return ((way << 1) ^ (way >> 31)) >>> 0;
}

function unzigzag(number: number): number {
  return (number >>> 1) ^ -(number & 1);
}
