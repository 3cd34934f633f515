/**
 * Keeps the browser's camera service running while the camera is likely to be wanted.
 *
 * Listing devices asks nobody and opens nothing, but starts that service: with it a camera opens in 5 ms
 * instead of 120 ms (Chromium). It goes to sleep after some seconds, so the list is read again.
 */

type Lister = Pick<MediaDevices, 'enumerateDevices'>;

const AGAIN_MS = 4_000;
/** After this long without a tap the battery matters more than a tenth of a second. */
const LONGEST_MS = 5 * 60_000;

/** One per page. */
export class Warm {
  readonly #devices: Lister | undefined;
  readonly #visible: () => boolean;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(devices: Lister | undefined, visible: () => boolean) {
    this.#devices = devices;
    this.#visible = visible;
  }

  /** True when a tap may come at any moment, false when it came or cannot come. */
  keep(on: boolean): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (!on) {
      return;
    }
    let left = LONGEST_MS / AGAIN_MS;
    this.#list();
    this.#timer = setInterval(() => {
      left -= 1;
      if (left <= 0) {
        this.keep(false);
      } else if (this.#visible()) {
        this.#list();
      }
    }, AGAIN_MS);
  }

  #list(): void {
    void this.#devices?.enumerateDevices().catch(() => undefined);
  }
}
