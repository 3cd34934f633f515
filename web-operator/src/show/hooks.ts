/** What views of boards and documents share: files as they change, pictures as they arrive. */
import { useEffect, useState } from 'preact/hooks';
import { decodePicture } from '../board/picture';
import { PICTURE_SHOWN_PIXELS } from '../board/limits';
import type { FilesSnapshot } from '../session/show';
import type { AppState } from '../state/model';
import { useUi } from '../views/ui';

/** A blob that is not here is looked for again after this long, also when nobody says that it came. */
const LOOK_AGAIN_MS = 2_000;

/** The files of the session, drawn anew when one changes. */
export function useFiles(): FilesSnapshot {
  const { files } = useUi();
  const [snapshot, setSnapshot] = useState(() => files.snapshot());
  useEffect(() => {
    setSnapshot(files.snapshot());
    return files.subscribe(() => setSnapshot(files.snapshot()));
  }, [files]);
  return snapshot;
}

export type BlobHere =
  | { readonly is: 'coming' }
  | { readonly is: 'here'; readonly file: File }
  /** It is here and can't be shown. */
  | { readonly is: 'bad' };

const COMING: BlobHere = { is: 'coming' };

/** The bytes of a blob as soon as they are on this device. */
export function useBlob(blob: string | null): BlobHere {
  const { files, show } = useUi();
  const [found, setFound] = useState<{ readonly blob: string | null; readonly here: BlobHere }>({
    blob,
    here: COMING,
  });
  useEffect(() => {
    if (blob === null) {
      return;
    }
    let stopped = false;
    let looking = false;
    const look = (): void => {
      if (stopped || looking) {
        return;
      }
      looking = true;
      void files.open(blob).then((file) => {
        looking = false;
        if (file !== null && !stopped) {
          stop();
          setFound({ blob, here: { is: 'here', file } });
        }
      });
    };
    const ends = [files.subscribe(look), show.subscribe(look)];
    const timer = setInterval(look, LOOK_AGAIN_MS);
    const stop = (): void => {
      stopped = true;
      clearInterval(timer);
      ends.forEach((end) => end());
    };
    look();
    return stop;
  }, [blob, files, show]);
  return found.blob === blob ? found.here : COMING;
}

/** Decodes a blob and hands the bitmap over; the receiver closes it. */
export function usePicture(blob: string | null, take: (bitmap: ImageBitmap) => void): BlobHere['is'] {
  const here = useBlob(blob);
  const [bad, setBad] = useState<string | null>(null);
  useEffect(() => {
    if (here.is !== 'here') {
      return;
    }
    let stopped = false;
    void decodePicture(here.file, PICTURE_SHOWN_PIXELS).then((bitmap) => {
      if (bitmap === null) {
        setBad(blob);
      } else if (stopped) {
        bitmap.close();
      } else {
        take(bitmap);
      }
    });
    return () => {
      stopped = true;
    };
  }, [here]);
  return bad !== null && bad === blob ? 'bad' : here.is;
}

/** Viewers see and never write. */
export function mayWrite(state: AppState): boolean {
  return state.session.people.find((person) => person.me)?.role !== 'viewer';
}

/** Words for a name or a title that is kept: without the marks that hold directions apart on screen. */
export function kept(words: string): string {
  return words.replace(/[\u2066-\u2069]/g, '');
}
