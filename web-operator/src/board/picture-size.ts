/**
 * The size that an image's first bytes claim, so that one which would fill the memory is refused before it is
 * decoded. JPEG, PNG, WebP, GIF and AVIF/HEIC; anything else (SVG above all) is no picture here.
 */
import type { Size } from './geometry';

/** So much of a file holds the size, also behind a large colour profile. */
export const HEAD_BYTES = 256 * 1024;

/** Null: not an image of a known kind, or its size is not in these bytes. */
export function imageSize(bytes: Uint8Array): Size | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    if (starts(bytes, 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) {
      return checked(view.getUint32(16), view.getUint32(20));
    }
    if (starts(bytes, 0, [0xff, 0xd8])) {
      return jpegSize(view);
    }
    if (ascii(bytes, 0, 'GIF8')) {
      return checked(view.getUint16(6, true), view.getUint16(8, true));
    }
    if (ascii(bytes, 0, 'RIFF') && ascii(bytes, 8, 'WEBP')) {
      return webpSize(bytes, view);
    }
    if (ascii(bytes, 4, 'ftyp')) {
      return boxedSize(bytes, view);
    }
  } catch (error) {
    if (!(error instanceof RangeError)) {
      throw error;
    }
  }
  return null;
}

function checked(width: number, height: number): Size | null {
  return width > 0 && height > 0 ? { width, height } : null;
}

function starts(bytes: Uint8Array, at: number, wanted: readonly number[]): boolean {
  return wanted.every((byte, index) => bytes[at + index] === byte);
}

function ascii(bytes: Uint8Array, at: number, wanted: string): boolean {
  return starts(
    bytes,
    at,
    [...wanted].map((letter) => letter.charCodeAt(0)),
  );
}

/** Walks the segments to the first start of frame. */
function jpegSize(view: DataView): Size | null {
  let at = 2;
  for (;;) {
    if (view.getUint8(at) !== 0xff) {
      return null;
    }
    const kind = view.getUint8(at + 1);
    if (kind === 0xff) {
      at += 1;
      continue;
    }
    // Of the C0..CF kinds, C4, C8 and CC are tables.
    if (kind >= 0xc0 && kind <= 0xcf && kind !== 0xc4 && kind !== 0xc8 && kind !== 0xcc) {
      return checked(view.getUint16(at + 7), view.getUint16(at + 5));
    }
    const length = view.getUint16(at + 2);
    if (length < 2) {
      return null;
    }
    at += 2 + length;
  }
}

function webpSize(bytes: Uint8Array, view: DataView): Size | null {
  if (ascii(bytes, 12, 'VP8 ')) {
    return checked(view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff);
  }
  if (ascii(bytes, 12, 'VP8L')) {
    const packed = view.getUint32(21, true);
    return checked((packed & 0x3fff) + 1, ((packed >> 14) & 0x3fff) + 1);
  }
  if (ascii(bytes, 12, 'VP8X')) {
    const side = (at: number): number => view.getUint16(at, true) + (view.getUint8(at + 2) << 16) + 1;
    return checked(side(24), side(27));
  }
  return null;
}

/** AVIF and HEIC: the largest `ispe` (image size) property; thumbnails and tiles have smaller ones. */
function boxedSize(bytes: Uint8Array, view: DataView): Size | null {
  let largest: Size | null = null;
  for (let at = 8; at + 16 <= Math.min(bytes.length, HEAD_BYTES); at += 1) {
    if (ascii(bytes, at, 'ispe')) {
      const size = checked(view.getUint32(at + 8), view.getUint32(at + 12));
      if (size !== null && (largest === null || size.width * size.height > largest.width * largest.height)) {
        largest = size;
      }
    }
  }
  return largest;
}
