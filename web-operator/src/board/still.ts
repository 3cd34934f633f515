/** Takes a still of the running camera, or a photo as sharp as the device gives one, ready to be sent. */
import { decodePicture } from './picture';
import { PHOTO_PIXELS, TAKE_PHOTO_MS } from './limits';

export interface Still {
  readonly picture: Blob;
  readonly width: number;
  readonly height: number;
}

/** `ImageCapture` is not in every browser, nor in the library of types. */
interface PhotoTaker {
  takePhoto(): Promise<Blob>;
}
type PhotoTakers = new (track: MediaStreamTrack) => PhotoTaker;

const QUALITY = 0.92;

/** What the camera shows this moment. Null while it shows nothing. */
export async function freeze(stream: MediaStream): Promise<Still | null> {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  try {
    await video.play();
    if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
      return null;
    }
    return await painted(video, video.videoWidth, video.videoHeight);
  } catch {
    return null;
  } finally {
    video.srcObject = null;
  }
}

/** The sharpest picture of a running camera: a real photo where the device takes one, else its video. */
export async function sharpPhoto(stream: MediaStream): Promise<Still | null> {
  const track = stream.getVideoTracks()[0];
  const Takers = (globalThis as { ImageCapture?: PhotoTakers }).ImageCapture;
  if (track !== undefined && Takers !== undefined) {
    try {
      const photo = await within(new Takers(track).takePhoto(), TAKE_PHOTO_MS);
      const still = photo === null ? null : await photoOf(photo);
      if (still !== null) {
        return still;
      }
    } catch {
      // Not every camera takes photos while it films: its video is the next best.
    }
  }
  return freeze(stream);
}

/** A photo from the phone's own camera or files, upright and without the place it was taken at. */
export async function photoOf(file: Blob): Promise<Still | null> {
  const bitmap = await decodePicture(file, PHOTO_PIXELS);
  if (bitmap === null) {
    return null;
  }
  try {
    return await painted(bitmap, bitmap.width, bitmap.height);
  } finally {
    bitmap.close();
  }
}

/** Painting anew leaves the pixels and drops everything that a file tells besides. */
async function painted(source: CanvasImageSource, width: number, height: number): Promise<Still | null> {
  if (width === 0 || height === 0) {
    return null;
  }
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { alpha: false });
  context?.drawImage(source, 0, 0, width, height);
  const picture = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', QUALITY));
  canvas.width = 0;
  return context === null || picture === null ? null : { picture, width, height };
}

async function within<T>(work: Promise<T>, ms: number): Promise<T | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((done) => {
    timer = setTimeout(() => done(null), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
