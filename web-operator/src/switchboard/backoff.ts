/** Waiting times between attempts: doubling with jitter, as data. */

export interface BackoffLimits {
  readonly firstMs: number;
  readonly maxMs: number;
}

export class Backoff {
  #attempts = 0;

  constructor(
    readonly limits: BackoffLimits,
    /** 0 ≤ x < 1. */
    readonly chance: () => number = Math.random,
  ) {}

  /** The next wait: between half and all of the doubled time. */
  next(): number {
    const full = Math.min(this.limits.maxMs, this.limits.firstMs * 2 ** Math.min(this.#attempts, 20));
    this.#attempts += 1;
    return Math.round(full / 2 + (full / 2) * this.chance());
  }

  reset(): void {
    this.#attempts = 0;
  }
}
