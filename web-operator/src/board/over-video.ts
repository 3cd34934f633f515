/**
 * Pointers over the running picture: those of the experts are shown, and a tap or a held finger of the
 * operator points back. Owned by a view; `close` ends all of it.
 */
import type { LiveIn, Pointer } from '../session/show';
import { isOn, place, toPicture, WHOLE, type Placement, type Size, type Spot } from './geometry';
import { Hands, type Meaning } from './input';
import { listenToHands } from './listen';
import { Others } from './others';
import { paintPointers } from './pointer-paint';
import { SIDE } from './limits';

const DENSEST = 3;

export class OverVideo {
  readonly #canvas = document.createElement('canvas');
  readonly #host: HTMLElement;
  readonly #peer: string;
  /** The picture's own size; null until there is one. */
  readonly #size: () => Size | null;
  readonly #point: (pointer: Pointer) => void;
  readonly #others = new Others();
  readonly #hands = new Hands();
  readonly #observer: ResizeObserver;
  readonly #unlisten: () => void;
  readonly #calm: boolean;
  #mirrored = false;
  #stage: Size = { width: 0, height: 0 };
  #density = 1;
  #frame = 0;
  #holdTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: HTMLElement, peer: string, size: () => Size | null, point: (pointer: Pointer) => void) {
    this.#host = host;
    this.#peer = peer;
    this.#size = size;
    this.#point = point;
    this.#calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.#canvas.setAttribute('data-testid', 'live-pointers');
    host.append(this.#canvas);
    this.#unlisten = listenToHands(this.#canvas, (input) => {
      // The picture itself can't be enlarged: only one finger means something here.
      if (input.is !== 'wheel') {
        this.#hands.handle(input).forEach((meaning) => this.#meant(meaning));
        this.#wakeHands();
      }
    });
    this.#observer = new ResizeObserver(() => this.#measure());
    this.#observer.observe(host);
    this.#measure();
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#holdTimer);
    this.#unlisten();
    this.#observer.disconnect();
    this.#canvas.remove();
  }

  mirrored(is: boolean): void {
    this.#mirrored = is;
  }

  live(live: LiveIn): void {
    this.#others.take(live, performance.now());
    this.#draw();
  }

  get #placed(): Placement {
    return place(this.#size() ?? { width: 0, height: 0 }, this.#stage, WHOLE);
  }

  #wakeHands(): void {
    clearTimeout(this.#holdTimer);
    const wakeAt = this.#hands.wakeAt;
    if (wakeAt !== null) {
      this.#holdTimer = setTimeout(
        () => {
          const time = Math.max(wakeAt, performance.now());
          this.#hands.handle({ is: 'time', time }).forEach((meaning) => this.#meant(meaning));
        },
        Math.max(0, wakeAt - performance.now()),
      );
    }
  }

  #meant(meaning: Meaning): void {
    if (meaning.do !== 'point') {
      return;
    }
    const placed = this.#placed;
    if (placed.width === 0 || (meaning.act === 'click' && !isOn(placed, meaning.at))) {
      return;
    }
    const [x, y] = this.#onPicture(placed, meaning.at);
    const target = { on: 'video', peer: this.#peer } as const;
    this.#point({ target, x, y, act: meaning.act });
    const now = performance.now();
    this.#others.take({ t: 'pointer', peer: '', name: '', target, x, y, act: meaning.act }, now);
    if (meaning.act === 'click') {
      this.#point({ target, x, y, act: 'gone' });
      this.#others.take({ t: 'pointer', peer: '', name: '', target, x, y, act: 'gone' }, now);
    }
    this.#draw();
  }

  /** As the others see the picture: never mirrored. */
  #onPicture(placed: Placement, at: Spot): readonly [number, number] {
    const [x, y] = toPicture(placed, at);
    return [this.#mirrored ? SIDE - x : x, y];
  }

  #measure(): void {
    const { width, height } = this.#host.getBoundingClientRect();
    this.#density = Math.min(DENSEST, Math.max(1, devicePixelRatio));
    this.#canvas.width = Math.round(width * this.#density);
    this.#canvas.height = Math.round(height * this.#density);
    this.#stage = { width, height };
    this.#draw();
  }

  #draw(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#paint();
    });
  }

  #paint(): void {
    const context = this.#canvas.getContext('2d');
    if (context === null) {
      return;
    }
    const now = performance.now();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    context.setTransform(this.#density, 0, 0, this.#density, 0, 0);
    const pointers = this.#others.pointers({ on: 'video', peer: this.#peer }, now);
    const look = {
      placed: this.#placed,
      mirrored: this.#mirrored,
      calm: this.#calm,
      width: this.#stage.width,
    };
    paintPointers(context, pointers, look, now);
    if (!this.#others.quiet(now)) {
      this.#draw();
    }
  }
}
