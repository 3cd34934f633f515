/**
 * What one browser tab remembers over a reload: which session it was in, or which link it had opened before
 * the tap. It ends with the tab; everything lasting is the session's own storage.
 */

const SESSION = 'sightline.session';
const LINK = 'sightline.link';

type Box = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** Works without storage too: then a reload shows the list of sessions. */
export class TabMemory {
  readonly #box: Box | null;

  constructor(box: Box | null) {
    this.#box = box;
  }

  session(): string | null {
    return this.#read(SESSION);
  }

  link(): string | null {
    return this.#read(LINK);
  }

  /** The tab is inside a session now; the link is not needed any more. */
  rememberSession(key: string): void {
    this.#write(SESSION, key);
    this.#write(LINK, null);
  }

  rememberLink(fragment: string): void {
    this.#write(LINK, fragment);
    this.#write(SESSION, null);
  }

  clear(): void {
    this.#write(SESSION, null);
    this.#write(LINK, null);
  }

  #read(key: string): string | null {
    try {
      return this.#box?.getItem(key) ?? null;
    } catch {
      return null;
    }
  }

  #write(key: string, value: string | null): void {
    try {
      if (value === null) {
        this.#box?.removeItem(key);
      } else {
        this.#box?.setItem(key, value);
      }
    } catch {
      // A full or forbidden storage only costs the convenience.
    }
  }
}
