/**
 * The session's way to its files. Their code is fetched while the session opens; what happens before
 * it is there is told afterwards, in order. Where it can't be had, the session goes on without files.
 */
import type { SessionFiles, SessionFilesParts } from './files-port.ts';

/** What the page adds to what the session knows. */
export type FilesHost = Omit<SessionFilesParts, 'spawn'>;
export type OpenFiles = (host: FilesHost) => Promise<SessionFiles | null>;

export class FilesGate {
  #files: SessionFiles | null = null;
  #stopped = false;
  #waiting: ((files: SessionFiles) => void)[] | null = [];

  open(open: OpenFiles | undefined, host: FilesHost): void {
    if (open === undefined) {
      this.#waiting = null;
      return;
    }
    open(host)
      .catch(() => null)
      .then((files) => {
        const waiting = this.#waiting ?? [];
        this.#waiting = null;
        if (files === null) return;
        if (this.#stopped) {
          files.stop();
          return;
        }
        this.#files = files;
        for (const work of waiting) work(files);
      })
      .catch((error: unknown) => console.error('files', error));
  }

  tell(work: (files: SessionFiles) => void): void {
    if (this.#files !== null) work(this.#files);
    else this.#waiting?.push(work);
  }

  stop(): void {
    this.#stopped = true;
    this.#waiting = null;
    this.#files?.stop();
    this.#files = null;
  }
}
