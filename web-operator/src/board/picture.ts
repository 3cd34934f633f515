/** Turns a blob that somebody sent into pixels, or says that it can't be shown. Nothing in it is executed. */
import { HEAD_BYTES, isDrawable, pictureSize, shownType } from '../blob/picture';
import { PICTURE_PIXELS, PICTURE_SHOWN_PIXELS } from './limits';

/** Decoded and upright. Close the bitmap when it is not shown any more. Null: no picture, or far too large. */
export async function decodePicture(
  file: Blob,
  most: number = PICTURE_SHOWN_PIXELS,
): Promise<ImageBitmap | null> {
  try {
    const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
    const type = shownType(head);
    if (!type?.startsWith('image/') || !isDrawable(type, head)) {
      return null;
    }
    const size = pictureSize(type, head);
    if (size !== null && size.width * size.height > PICTURE_PIXELS) {
      return null;
    }
    return await fitted(await createImageBitmap(file, { imageOrientation: 'from-image' }), most);
  } catch {
    return null;
  }
}

async function fitted(bitmap: ImageBitmap, most: number): Promise<ImageBitmap> {
  const pixels = bitmap.width * bitmap.height;
  if (pixels <= most) {
    return bitmap;
  }
  const scale = Math.sqrt(most / pixels);
  try {
    return await createImageBitmap(bitmap, {
      resizeWidth: Math.max(1, Math.floor(bitmap.width * scale)),
      resizeHeight: Math.max(1, Math.floor(bitmap.height * scale)),
      resizeQuality: 'high',
    });
  } finally {
    bitmap.close();
  }
}
