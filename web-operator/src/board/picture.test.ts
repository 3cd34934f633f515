import { beforeEach, describe, expect, it, vi } from 'vitest';
import { PICTURE_SHOWN_PIXELS } from './limits';
import { decodePicture } from './picture';

let decoded: { width: number; height: number };
const made: unknown[][] = [];
const closed: unknown[] = [];

function bitmap(width: number, height: number): ImageBitmap {
  return { width, height, close: () => void closed.push([width, height]) };
}

beforeEach(() => {
  made.length = closed.length = 0;
  decoded = { width: 1600, height: 1200 };
  vi.stubGlobal('createImageBitmap', (source: unknown, options: ImageBitmapOptions) => {
    made.push([source, options]);
    const { resizeWidth, resizeHeight } = options;
    return Promise.resolve(bitmap(resizeWidth ?? decoded.width, resizeHeight ?? decoded.height));
  });
});

function png(width: number, height: number): Blob {
  const head = new DataView(new ArrayBuffer(33));
  [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a].forEach((byte, at) => head.setUint8(at, byte));
  head.setUint32(16, width);
  head.setUint32(20, height);
  return new Blob([head.buffer]);
}

describe('a picture that somebody sent', () => {
  it('is decoded upright', async () => {
    const file = png(1600, 1200);
    expect(await decodePicture(file)).toMatchObject(decoded);
    expect(made).toEqual([[file, { imageOrientation: 'from-image' }]]);
  });

  it('is made smaller when a phone could not hold it, and the large one is closed', async () => {
    decoded = { width: 8_000, height: 6_000 };
    const shown = await decodePicture(png(8_000, 6_000));
    expect(shown!.width * shown!.height).toBeLessThanOrEqual(PICTURE_SHOWN_PIXELS);
    expect(shown!.width / shown!.height).toBeCloseTo(4 / 3, 2);
    expect(closed).toEqual([[8_000, 6_000]]);
  });

  it.each([
    ['of a bomb’s size', png(30_000, 30_000)],
    ['of no size', png(0, 10)],
    ['that is SVG', new Blob(['<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'])],
    ['that is HTML', new Blob(['<!doctype html><img>'], { type: 'image/png' })],
    ['that is a film', new Blob(['\0\0\0\x18ftypisom'])],
    ['that is cut', png(9, 9).slice(0, 12)],
    ['that is empty', new Blob([])],
  ])('is not even decoded when it is one %s', async (_what, file) => {
    expect(await decodePicture(file)).toBeNull();
    expect(made).toEqual([]);
  });

  it('is refused when the browser can’t read it', async () => {
    vi.stubGlobal('createImageBitmap', () => Promise.reject(new Error('broken')));
    expect(await decodePicture(png(10, 10))).toBeNull();
  });
});
