/** The files in what was dropped or pasted, folders with everything in them. */

/** More is a whole disk dropped by mistake. */
const MAX_FILES = 500;

/** Must be called at once: what was dropped is gone after the event. */
export function filesOf(data: DataTransfer): Promise<File[]> {
  const entries = [...data.items]
    .filter((item) => item.kind === 'file')
    .map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  return collect(entries);
}

async function collect(
  entries: readonly { readonly entry: FileSystemEntry | null; readonly file: File | null }[],
): Promise<File[]> {
  const files: File[] = [];
  for (const { entry, file } of entries) {
    if (entry?.isDirectory === true) await walk(entry as FileSystemDirectoryEntry, files);
    else if (file !== null) files.push(file);
  }
  return files.slice(0, MAX_FILES);
}

async function walk(folder: FileSystemDirectoryEntry, files: File[]): Promise<void> {
  const reader = folder.createReader();
  for (;;) {
    // A part at a time; empty at the end.
    const part = await new Promise<FileSystemEntry[]>((done) => reader.readEntries(done, () => done([])));
    if (part.length === 0) return;
    for (const entry of part) {
      if (files.length >= MAX_FILES) return;
      if (entry.isDirectory) {
        await walk(entry as FileSystemDirectoryEntry, files);
      } else {
        const file = await new Promise<File | null>((done) =>
          (entry as FileSystemFileEntry).file(done, () => done(null)),
        );
        if (file !== null) files.push(file);
      }
    }
  }
}
