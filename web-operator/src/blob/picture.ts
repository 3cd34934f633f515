/**
 * What bytes really are, told from their beginning: only kinds that a page may show have a name here,
 * and only pictures of a size that a phone can draw. What a sender calls a file decides nothing.
 */

/** Formats that browsers draw or play without running anything. SVG is not one of them. */
export type ShownType =
  | 'image/jpeg'
  | 'image/png'
  | 'image/gif'
  | 'image/webp'
  | 'image/avif'
  | 'image/heic'
  | 'image/bmp'
  | 'video/mp4'
  | 'video/quicktime'
  | 'video/webm'
  | 'video/3gpp'
  | 'audio/mpeg'
  | 'audio/ogg'
  | 'audio/wav'
  | 'application/pdf';

export const UNKNOWN_TYPE = 'application/octet-stream';

/** Bytes to look at. A JPEG's size may stand behind a large thumbnail. */
export const HEAD_BYTES = 256 * 1024;

/** More than the largest camera of a phone; a picture of more is a bomb or needs another program. */
const MAX_PIXELS = 220_000_000;
const MAX_SIDE = 32_767;

const BRANDS: readonly (readonly [RegExp, ShownType])[] = [
  [/^avi[fs]/, 'image/avif'],
  [/^(heic|heix|heim|heis|hevc|mif1|msf1)/, 'image/heic'],
  [/^qt {2}/, 'video/quicktime'],
  [/^3g/, 'video/3gpp'],
  [/^(isom|iso[2-9]|mp4|avc1|M4V|M4A|dash|MSNV|f4v)/, 'video/mp4'],
];

/** Null for everything that is not shown. */
export function shownType(head: Uint8Array): ShownType | null {
  const text = (from: number, to: number): string => String.fromCharCode(...head.subarray(from, to));
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return 'image/jpeg';
  if (text(0, 8) === '\x89PNG\r\n\x1a\n') return 'image/png';
  if (/^GIF8[79]a/.test(text(0, 6))) return 'image/gif';
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return 'image/webp';
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WAVE') return 'audio/wav';
  if (text(0, 2) === 'BM' && head.length > 26) return 'image/bmp';
  if (text(4, 8) === 'ftyp') return BRANDS.find(([brand]) => brand.test(text(8, 12)))?.[1] ?? null;
  if (text(0, 4) === '\x1a\x45\xdf\xa3') return 'video/webm';
  if (text(0, 4) === 'OggS') return 'audio/ogg';
  if (text(0, 3) === 'ID3') return 'audio/mpeg';
  if (text(0, 5) === '%PDF-') return 'application/pdf';
  return null;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Whether a browser may be asked to draw it: its size is known before, and a phone can hold it. */
export function isDrawable(type: string, head: Uint8Array): boolean {
  const size = pictureSize(type, head);
  // These say their size in boxes that only a decoder reads; browsers bound them themselves.
  if (type === 'image/avif' || type === 'image/heic') return true;
  if (size === null) return false;
  const { width, height } = size;
  return width > 0 && height > 0 && Math.max(width, height) <= MAX_SIDE && width * height <= MAX_PIXELS;
}

/** The size that a picture's head says; null when it says none. */
export function pictureSize(type: string, head: Uint8Array): Size | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  try {
    switch (type) {
      case 'image/png':
        return { width: view.getUint32(16), height: view.getUint32(20) };
      case 'image/gif':
        return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
      case 'image/bmp':
        return { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) };
      case 'image/webp':
        return webpSize(view);
      case 'image/jpeg':
        return jpegSize(view);
      default:
        return null;
    }
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function webpSize(view: DataView): Size | null {
  const u24 = (at: number): number => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  switch (view.getUint32(12)) {
    case 0x56503858:
      return { width: u24(24) + 1, height: u24(27) + 1 };
    case 0x56503820:
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    case 0x5650384c: {
      const bits = view.getUint32(21, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    default:
      return null;
  }
}

/** The first start-of-frame segment. */
function jpegSize(view: DataView): Size | null {
  for (let at = 2; ;) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    // Padding before a marker.
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    at += 2 + view.getUint16(at + 2);
  }
}
