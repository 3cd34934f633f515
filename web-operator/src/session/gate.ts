/**
 * Code that comes later than the session that uses it. What happens before it is there is told afterwards, in
 * order; nobody waits for it.
 */

/** A lost network is asked again after this long. */
const AGAIN_MS = 3_000;

export class Gate<T> {
  #here: T | null = null;
  #stopped = false;
  #waiting: ((it: T) => void)[] = [];

  /** `load` is tried until it succeeds or the gate is stopped; `end` stops what is there, or comes too late. */
  constructor(
    load: () => Promise<T>,
    readonly end: (it: T) => void = () => undefined,
  ) {
    void this.#open(load);
  }

  /** Null until it is there. */
  get here(): T | null {
    return this.#here;
  }

  tell(work: (it: T) => void): void {
    if (this.#here !== null) work(this.#here);
    else if (!this.#stopped) this.#waiting.push(work);
  }

  /** What still waits is forgotten. */
  stop(): void {
    this.#stopped = true;
    this.#waiting = [];
    if (this.#here !== null) this.end(this.#here);
    this.#here = null;
  }

  async #open(load: () => Promise<T>): Promise<void> {
    while (!this.#stopped) {
      const loaded = await load().catch(() => null);
      if (loaded !== null) {
        this.#take(loaded);
        return;
      }
      await new Promise((again) => setTimeout(again, AGAIN_MS));
    }
  }

  #take(loaded: T): void {
    if (this.#stopped) {
      this.end(loaded);
      return;
    }
    this.#here = loaded;
    for (const work of this.#waiting.splice(0)) work(loaded);
  }
}
