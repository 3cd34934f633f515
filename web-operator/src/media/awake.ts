/**
 * Keeps the screen on while the camera is shown. The browser drops the lock whenever the page is hidden, so
 * it is taken again on return. Browsers without the lock simply dim: nothing else depends on it.
 */

type WakeLocks = Pick<WakeLock, 'request'>;

/** One per page; `want(true)` while the camera runs. */
export class Awake {
  readonly #locks: WakeLocks | undefined;
  #wanted = false;
  #held: WakeLockSentinel | null = null;
  #asking = false;

  constructor(locks: WakeLocks | undefined) {
    this.#locks = locks;
  }

  async want(wanted: boolean): Promise<void> {
    this.#wanted = wanted;
    await this.#settle();
  }

  /** Call when the page becomes visible again. */
  async returned(): Promise<void> {
    await this.#settle();
  }

  async #settle(): Promise<void> {
    if (!this.#wanted) {
      const held = this.#held;
      this.#held = null;
      await held?.release().catch(() => undefined);
      return;
    }
    if (this.#locks === undefined || this.#asking || this.#held?.released === false) {
      return;
    }
    this.#asking = true;
    try {
      this.#held = await this.#locks.request('screen');
    } catch {
      // Refused while hidden or on low battery; asked again on return.
      this.#held = null;
    } finally {
      this.#asking = false;
    }
    // `want(false)` may have come while the browser was thinking.
    if (!(this.#wanted as boolean)) {
      await this.#settle();
    }
  }
}
