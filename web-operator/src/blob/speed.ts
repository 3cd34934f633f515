/** How fast something moves, over the last seconds. */
import { SPEED_MS } from './limits.ts';

export class Speed {
  readonly #samples: { readonly at: number; readonly bytes: number }[] = [];
  #sum = 0;

  add(bytes: number, now: number): void {
    const last = this.#samples[this.#samples.length - 1];
    // Many small pieces of one moment are one sample.
    if (last !== undefined && now - last.at < 50) {
      this.#samples[this.#samples.length - 1] = { at: last.at, bytes: last.bytes + bytes };
    } else {
      this.#samples.push({ at: now, bytes });
    }
    this.#sum += bytes;
    this.#drop(now);
  }

  perSec(now: number): number {
    this.#drop(now);
    const first = this.#samples[0];
    if (first === undefined) return 0;
    return Math.round((this.#sum * 1000) / Math.max(500, now - first.at));
  }

  #drop(now: number): void {
    for (let first = this.#samples[0]; first !== undefined && now - first.at > SPEED_MS;) {
      this.#sum -= first.bytes;
      this.#samples.shift();
      first = this.#samples[0];
    }
  }
}
