/** Small pictures of blobs, decoded one after another and kept while the page lives. */
import { decodePicture } from '../board/picture';

/** Pixels of a small picture: a strip's thumb at three pixels for one. */
const PIXELS = 240 * 240;
/** So many are kept; the one that was not asked for longest goes first. */
const KEPT = 60;

const kept = new Map<string, ImageBitmap>();
let queue: Promise<unknown> = Promise.resolve();

/** The small picture if it was made already. */
export function thumbOf(blob: string): ImageBitmap | null {
  const found = kept.get(blob);
  if (found !== undefined) {
    kept.delete(blob);
    kept.set(blob, found);
  }
  return found ?? null;
}

/** Makes it; null when the blob is no picture. Large photos are decoded one at a time, for the memory. */
export function makeThumb(blob: string, file: Blob): Promise<ImageBitmap | null> {
  const made = queue.then(async () => {
    const before = thumbOf(blob);
    if (before !== null) {
      return before;
    }
    const bitmap = await decodePicture(file, PIXELS);
    if (bitmap !== null) {
      kept.set(blob, bitmap);
      const [oldest] = kept.keys();
      if (kept.size > KEPT && oldest !== undefined) {
        kept.get(oldest)?.close();
        kept.delete(oldest);
      }
    }
    return bitmap;
  });
  queue = made.catch(() => undefined);
  return made;
}
