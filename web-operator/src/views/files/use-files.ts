/** The files as hooks: a card is drawn again only when its own file changed. */
import { useEffect, useState } from 'preact/hooks';
import type { Size } from '../../blob/picture';
import type { FileItem, FilesSnapshot } from '../../session/show';
import { useUi } from '../ui';

export function useFiles(): FilesSnapshot {
  const { files } = useUi();
  return useOf((snapshot) => snapshot, files.snapshot());
}

/** The file that a message brings: of its blob and author; while it has no author yet, an own one. */
export function useFileOf(blob: string, author: string, mine: boolean): FileItem | null {
  const { files } = useUi();
  const find = (snapshot: FilesSnapshot): FileItem | null =>
    snapshot.files.find((file) => file.blob === blob && (mine ? file.mine : file.author === author)) ?? null;
  return useOf(find, find(files.snapshot()));
}

function useOf<T>(find: (snapshot: FilesSnapshot) => T, now: T): T {
  const { files } = useUi();
  const [, again] = useState<unknown>(now);
  useEffect(() => {
    again(find(files.snapshot()));
    return files.subscribe(() => again(find(files.snapshot())));
    // What is looked for does not change while a card stands.
  }, [files]);
  return now;
}

/** A preview's address, for as long as it is drawn. Null: there is none, or it may not be shown. */
export interface Preview {
  readonly url: string;
  readonly type: string;
  /** Where it is told by the head: the place is held before the picture is there. */
  readonly size: Size | null;
}

/** Looks into the bytes once they are here. `undefined` while looking. */
export function usePreview(blob: string, here: boolean): Preview | null | undefined {
  const { files } = useUi();
  const [preview, setPreview] = useState<Preview | null | undefined>(undefined);
  useEffect(() => {
    if (!here || blob === '') return undefined;
    let url: string | null = null;
    let gone = false;
    const look = async (): Promise<void> => {
      const file = await files.open(blob);
      const looked = file === null ? null : await lookInto(file);
      if (gone) return;
      if (file === null || looked === null) {
        setPreview(null);
        return;
      }
      url = URL.createObjectURL(file);
      setPreview({ url, type: file.type, size: looked.size });
    };
    void look();
    return () => {
      gone = true;
      setPreview(undefined);
      if (url !== null) URL.revokeObjectURL(url);
    };
  }, [files, blob, here]);
  return preview;
}

/** Pictures of a size that can be drawn, and videos; null for everything else, which is a card. */
async function lookInto(file: File): Promise<{ readonly size: Size | null } | null> {
  if (file.type.startsWith('video/')) return { size: null };
  if (!file.type.startsWith('image/')) return null;
  const { HEAD_BYTES, isDrawable, pictureSize } = await import('../../blob/picture');
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  return isDrawable(file.type, head) ? { size: pictureSize(file.type, head) } : null;
}
