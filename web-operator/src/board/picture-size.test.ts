import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageSize } from './picture-size';

const bytes = (...parts: (string | number[])[]): Uint8Array =>
  new Uint8Array(parts.flatMap((part) => (typeof part === 'string' ? [...part].map((c) => c.charCodeAt(0)) : part)));

const PNG = bytes([0x89], 'PNG\r\n', [0x1a, 0x0a, 0, 0, 0, 13], 'IHDR', [0, 0, 0x75, 0x30, 0, 0, 0x27, 0x10]);
const JPEG = bytes(
  [0xff, 0xd8, 0xff, 0xe1, 0, 8],
  'Exif\0\0',
  [0xff, 0xc4, 0, 4, 9, 9, 0xff, 0xff, 0xc2, 0, 11, 8, 0x04, 0xb0, 0x06, 0x40, 3, 0, 0],
);
const WEBP = bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8X', [10, 0, 0, 0, 0, 0, 0, 0, 0x3f, 0x06, 0, 0xaf, 0x04, 0]);
const GIF = bytes('GIF89a', [0x40, 0x01, 0xf0, 0x00]);
const AVIF = bytes(
  [0, 0, 0, 28],
  'ftypavif',
  [0, 0, 0, 20],
  'ispe',
  [0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 20],
  'ispe',
  [0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 12, 0],
);

describe('the size of an image', () => {
  it.each([
    ['PNG', PNG, 30_000, 10_000],
    ['JPEG, behind its tables', JPEG, 1600, 1200],
    ['WebP', WEBP, 1600, 1200],
    ['GIF', GIF, 320, 240],
    ['AVIF, not its thumbnail', AVIF, 4096, 3072],
  ])('is read from a %s', (_name, file, width, height) => {
    expect(imageSize(file)).toEqual({ width, height });
  });

  it.each([
    ['SVG', bytes('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>1</script></svg>')],
    ['HTML', bytes('<!doctype html>')],
    ['nothing', new Uint8Array()],
    ['a PNG of no width', bytes([0x89], 'PNG\r\n', [0x1a, 0x0a, 0, 0, 0, 13], 'IHDR', [0, 0, 0, 0, 0, 0, 0, 9])],
    ['a JPEG whose segment has no length', bytes([0xff, 0xd8, 0xff, 0xe0, 0, 0, 0, 0])],
    ['a JPEG that ends', JPEG.slice(0, 20)],
    ['a PNG that ends', PNG.slice(0, 18)],
  ])('is not there in %s', (_name, file) => {
    expect(imageSize(file)).toBeNull();
  });

  it('is found or refused in any bytes, never an exception', () => {
    const start = fc.constantFrom(PNG, JPEG, WEBP, GIF, AVIF, new Uint8Array());
    fc.assert(
      fc.property(start, fc.nat(40), fc.uint8Array({ maxLength: 200 }), (head, keep, rest) => {
        const size = imageSize(new Uint8Array([...head.slice(0, keep), ...rest]));
        expect(size === null || (size.width > 0 && size.height > 0)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
