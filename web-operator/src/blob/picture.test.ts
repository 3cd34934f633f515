import { describe, expect, it } from 'vitest';
import { isDrawable, pictureSize, shownType } from './picture';

const ascii = (text: string): number[] => Array.from(text, (c) => c.charCodeAt(0));
const bytes = (...parts: readonly (number | string)[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? ascii(part) : [part])));
const u16 = (n: number): [number, number] => [n >> 8, n & 255];
const u32 = (n: number): number[] => [...u16(n >>> 16), ...u16(n & 0xffff)];

const png = (width: number, height: number): Uint8Array =>
  bytes('\x89PNG\r\n\x1a\n', ...u32(13), 'IHDR', ...u32(width), ...u32(height));
const gif = bytes('GIF89a', 10, 0, 20, 0);
const jpeg = (width: number, height: number): Uint8Array =>
  bytes(0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xff, 0xc2, 0, 11, 8, ...u16(height), ...u16(width), 3);

describe('what bytes are', () => {
  it.each([
    ['image/jpeg', jpeg(1, 1)],
    ['image/png', png(1, 1)],
    ['image/gif', gif],
    ['image/webp', bytes('RIFF', 0, 0, 0, 0, 'WEBPVP8 ')],
    ['audio/wav', bytes('RIFF', 0, 0, 0, 0, 'WAVE')],
    ['image/avif', bytes(0, 0, 0, 32, 'ftypavif')],
    ['image/heic', bytes(0, 0, 0, 32, 'ftypheic')],
    ['video/mp4', bytes(0, 0, 0, 32, 'ftypisom')],
    ['video/quicktime', bytes(0, 0, 0, 32, 'ftypqt  ')],
    ['video/3gpp', bytes(0, 0, 0, 32, 'ftyp3gp5')],
    ['video/webm', bytes('\x1a\x45\xdf\xa3')],
    ['application/pdf', bytes('%PDF-1.7')],
  ])('%s', (type, head) => {
    expect(shownType(head)).toBe(type);
  });

  it.each([
    ['a page', bytes('<!doctype html><script>')],
    ['a drawing with a script', bytes('<svg onload="alert(1)">')],
    ['a drawing behind white space', bytes('\n<?xml version="1.0"?><svg>')],
    ['an archive', bytes('PK\x03\x04')],
    ['a program', bytes('MZ')],
    ['an unknown brand', bytes(0, 0, 0, 32, 'ftypxxxx')],
    ['nothing', bytes()],
    ['a cut head', bytes('\x89PN')],
  ])('%s is not shown', (_name, head) => {
    expect(shownType(head)).toBeNull();
  });
});

describe('how large a picture is', () => {
  it('is read from its head', () => {
    expect(pictureSize('image/png', png(640, 480))).toEqual({ width: 640, height: 480 });
    expect(pictureSize('image/gif', gif)).toEqual({ width: 10, height: 20 });
    expect(pictureSize('image/jpeg', jpeg(4000, 3000))).toEqual({ width: 4000, height: 3000 });
    const extended = bytes('RIFF', 0, 0, 0, 0, 'WEBPVP8X', 10, 0, 0, 0, 0, 0, 0, 0, 99, 0, 0, 49, 0, 0);
    expect(pictureSize('image/webp', extended)).toEqual({ width: 100, height: 50 });
    expect(pictureSize('application/pdf', bytes('%PDF-'))).toBeNull();
  });

  it('is not known of a head that ends too soon, or runs in circles', () => {
    for (const cut of [3, 8, 12, 17]) expect(pictureSize('image/jpeg', jpeg(9, 9).slice(0, cut))).toBeNull();
    expect(pictureSize('image/png', png(1, 1).slice(0, 20))).toBeNull();
    expect(pictureSize('image/jpeg', bytes(0xff, 0xd8, 0xff, 0xe0, 0, 0))).toBeNull();
    expect(pictureSize('image/jpeg', new Uint8Array(5000).fill(0xff).fill(0xd8, 1, 2))).toBeNull();
    expect(pictureSize('image/webp', bytes('RIFF', 0, 0, 0, 0, 'WEBPXXXX'))).toBeNull();
  });

  it('keeps bombs from being drawn', () => {
    expect(isDrawable('image/png', png(8000, 6000))).toBe(true);
    expect(isDrawable('image/jpeg', jpeg(16_000, 12_000))).toBe(true);
    expect(isDrawable('image/png', png(30_000, 30_000))).toBe(false);
    expect(isDrawable('image/png', png(1, 100_000))).toBe(false);
    expect(isDrawable('image/png', png(0, 10))).toBe(false);
    expect(isDrawable('image/png', bytes('\x89PNG'))).toBe(false);
  });
});
