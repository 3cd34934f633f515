/** The files as hooks: a card is drawn again only when its own file changed. */
import { useEffect, useState } from 'preact/hooks';
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
      const shown = file !== null && (await mayShow(file));
      if (gone) return;
      if (file === null || !shown) {
        setPreview(null);
        return;
      }
      url = URL.createObjectURL(file);
      setPreview({ url, type: file.type });
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

/** Pictures of a size that can be drawn, and videos; everything else is a card. */
async function mayShow(file: File): Promise<boolean> {
  if (file.type.startsWith('video/')) return true;
  if (!file.type.startsWith('image/')) return false;
  const { HEAD_BYTES, isDrawable } = await import('../../blob/picture');
  return isDrawable(file.type, new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()));
}
