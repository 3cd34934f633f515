/** Saving files to the device: one by the browser's download, all into a folder where it can be chosen. */
import { fold, uniqueLabel } from '../../blob/label';
import type { FileItem, FilesPort } from '../../session/show';

/** A folder that the person chose; newer than the DOM types of some browsers. */
type PickFolder = (options: { mode: 'readwrite' }) => Promise<FileSystemDirectoryHandle>;

/** Browsers ask once whether a page may save several files, and drop those that come faster. */
const BETWEEN_MS = 300;
/** A download has begun long before. */
const KEEP_MS = 60_000;

/** Hands a file to the browser's downloads; its name is a label and nothing is overwritten. */
export async function saveFile(port: FilesPort, file: FileItem): Promise<boolean> {
  const bytes = await port.open(file.blob);
  if (bytes === null) return false;
  download(bytes, file.name);
  return true;
}

/** How many were saved; null when the person closed the choice of a folder. */
export async function saveAll(port: FilesPort, files: readonly FileItem[]): Promise<number | null> {
  const pick = (window as Window & { showDirectoryPicker?: PickFolder }).showDirectoryPicker;
  if (pick === undefined) return downloadAll(port, files);
  let folder: FileSystemDirectoryHandle;
  try {
    folder = await pick.call(window, { mode: 'readwrite' });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return null;
    return downloadAll(port, files);
  }
  const taken = await namesIn(folder);
  let saved = 0;
  for (const file of files) {
    const bytes = await port.open(file.blob);
    if (bytes === null) continue;
    const label = uniqueLabel(file.name, taken);
    taken.add(fold(label));
    // Written beside and put in place when it is whole.
    const target = await (await folder.getFileHandle(label, { create: true })).createWritable();
    await bytes.stream().pipeTo(target);
    saved += 1;
  }
  return saved;
}

async function downloadAll(port: FilesPort, files: readonly FileItem[]): Promise<number> {
  const taken = new Set<string>();
  let saved = 0;
  for (const file of files) {
    const bytes = await port.open(file.blob);
    if (bytes === null) continue;
    const label = uniqueLabel(file.name, taken);
    taken.add(fold(label));
    download(bytes, label);
    saved += 1;
    await new Promise((done) => setTimeout(done, BETWEEN_MS));
  }
  return saved;
}

async function namesIn(folder: FileSystemDirectoryHandle): Promise<Set<string>> {
  const names = new Set<string>();
  const listed = folder as FileSystemDirectoryHandle & { keys(): AsyncIterableIterator<string> };
  for await (const name of listed.keys()) names.add(fold(name));
  return names;
}

function download(bytes: Blob, label: string): void {
  const url = URL.createObjectURL(bytes);
  const link = document.createElement('a');
  link.href = url;
  link.download = label;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEEP_MS);
}

/** A PDF opens in the browser's own viewer, which runs nothing of this page; other kinds are saved. */
export async function openPdf(port: FilesPort, file: FileItem): Promise<boolean> {
  const bytes = await port.open(file.blob);
  if (bytes?.type !== 'application/pdf') return false;
  const url = URL.createObjectURL(bytes);
  // What opens gets no hold of this page.
  window.open(url, '_blank', 'noopener');
  setTimeout(() => URL.revokeObjectURL(url), KEEP_MS);
  return true;
}
