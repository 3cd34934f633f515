/** Whether the other side of a link is still there, told within two seconds. Pure: time comes in. */
import * as limits from '../seal/limits.ts';

export type LinkLife = 'alive' | 'silent' | 'dead';

/** Outstanding beats whose times are kept; the answer to an older one is no measurement. */
const KEPT = 32;
/** A device that slept wakes with a late look: silence during sleep is nobody's silence. */
const SLEPT_MS = 4 * limits.BEAT_MS;

export class Heartbeat {
  #n = 0;
  #lastHeard: number;
  #lastLook: number;
  #lastTheirs: number | null = null;
  readonly #sent = new Map<number, number>();
  #rtt: number | null = null;

  constructor(
    now: number,
    readonly deadMs: number,
  ) {
    this.#lastHeard = now;
    this.#lastLook = now;
  }

  /** Smoothed round trip in milliseconds. */
  get rttMs(): number | null {
    return this.#rtt === null ? null : Math.round(this.#rtt);
  }

  /** Anything that arrived on the link. */
  heard(now: number): void {
    this.#lastHeard = now;
  }

  beat(n: number, echo: number | null, now: number): void {
    this.heard(now);
    this.#lastTheirs = n;
    const sentAt = echo === null ? undefined : this.#sent.get(echo);
    if (echo === null || sentAt === undefined) return;
    this.#sent.delete(echo);
    // An answer waits up to a beat at the other side before it is sent; that wait is not the path's.
    const sample = Math.max(0, now - sentAt);
    this.#rtt = this.#rtt === null ? sample : this.#rtt + (sample - this.#rtt) / 8;
  }

  /** Call every `BEAT_MS`: what to send. */
  tick(now: number): { readonly n: number; readonly echo: number | null } {
    this.#n = (this.#n + 1) % 0xffff_ffff;
    this.#sent.set(this.#n, now);
    const oldest = this.#sent.keys().next();
    if (this.#sent.size > KEPT && oldest.done !== true) this.#sent.delete(oldest.value);
    const echo = this.#lastTheirs;
    this.#lastTheirs = null;
    return { n: this.#n, echo };
  }

  /** Call every `LOOK_MS`. */
  life(now: number): LinkLife {
    if (now - this.#lastLook > SLEPT_MS) this.#lastHeard = Math.max(this.#lastHeard, now - limits.BEAT_MS);
    this.#lastLook = now;
    const silence = now - this.#lastHeard;
    if (silence >= this.deadMs) return 'dead';
    return silence >= limits.LINK_LOST_MS ? 'silent' : 'alive';
  }
}
