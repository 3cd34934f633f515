/**
 * Files as the views know them, from the first moment: the code that does the work is loaded when a session is open, and there may be another session later. Until then there are no files; what is sent waits
 * for them, and is let go when its session is over before they are there.
 */
import { NO_FILES, noFiles, type FileAct, type FilesPort, type FilesSnapshot } from './show.ts';

export class LateFiles implements FilesPort {
  readonly #listeners = new Set<() => void>();
  #files: FilesPort | null = null;
  #unsubscribe: () => void = () => undefined;
  #waiting: ((files: FilesPort) => void)[] = [];

  /** The files of the session that is open now; null when none is. */
  use(files: FilesPort | null): void {
    this.#unsubscribe();
    this.#unsubscribe = files?.subscribe(() => this.#tell()) ?? (() => undefined);
    this.#files = files;
    // What was chosen for one session is not for the next.
    for (const go of this.#waiting.splice(0)) go(files ?? noFiles);
    this.#tell();
  }

  snapshot(): FilesSnapshot {
    return this.#files?.snapshot() ?? NO_FILES;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async send(files: readonly File[]): Promise<readonly string[]> {
    return (await this.#loaded()).send(files);
  }

  act(id: string, act: FileAct): void {
    this.#files?.act(id, act);
  }

  async open(blob: string): Promise<File | null> {
    return this.#files?.open(blob) ?? null;
  }

  async keep(bytes: Blob, name: string): Promise<{ readonly blob: string; readonly size: number } | null> {
    return (await this.#loaded()).keep(bytes, name);
  }

  dismiss(): void {
    this.#files?.dismiss();
  }

  #loaded(): Promise<FilesPort> {
    if (this.#files !== null) return Promise.resolve(this.#files);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
