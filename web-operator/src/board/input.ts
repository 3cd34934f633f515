/**
 * What fingers, stylus, mouse and wheel on a picture mean: drawing, erasing, pointing, or moving the picture.
 * Pure: events in, meanings out, time as an argument.
 *
 * One finger does what the tool says. A second finger takes back what the first began and moves the picture
 * instead; then nothing is drawn until all are lifted. While a stylus is used, fingers rest.
 */
import type { Spot } from './geometry';
import { HOLD_MS, PALM_PX, STYLUS_RULES_MS, TAP_MS, TAP_PX } from './limits';

/** What one finger does. */
export type Mode = 'look' | 'draw' | 'erase';

export type Kind = 'touch' | 'pen' | 'mouse';

export interface Press {
  readonly id: number;
  readonly kind: Kind;
  readonly at: Spot;
  /** Width of the contact in CSS pixels. */
  readonly wide: number;
  /** The main button of a mouse, or a touch. */
  readonly main: boolean;
  readonly time: number;
}

export type Input =
  | ({ readonly is: 'down' } & Press)
  /** With all spots since the last event, in order; the last one is where it is now. */
  | { readonly is: 'move'; readonly id: number; readonly path: readonly Spot[]; readonly time: number }
  | { readonly is: 'up'; readonly id: number; readonly at: Spot; readonly time: number }
  /** The system took the finger away (a gesture of its own, a call). */
  | { readonly is: 'cancel'; readonly id: number; readonly time: number }
  | { readonly is: 'wheel'; readonly at: Spot; readonly turn: number; readonly fine: boolean }
  | { readonly is: 'time'; readonly time: number };

export type Meaning =
  | { readonly do: 'start'; readonly at: Spot }
  | { readonly do: 'extend'; readonly path: readonly Spot[] }
  | { readonly do: 'finish' }
  | { readonly do: 'drop' }
  | { readonly do: 'erase'; readonly at: Spot }
  | { readonly do: 'point'; readonly at: Spot; readonly act: 'move' | 'click' | 'gone' }
  | { readonly do: 'zoom'; readonly by: number; readonly at: Spot; readonly move: Spot };

type Doing =
  | { readonly is: 'nothing' }
  | { readonly is: 'drawing'; readonly id: number; readonly kind: Kind }
  /** Erasing or looking: not known yet whether it will be a tap, a drag or a hold. */
  | { readonly is: 'pressing'; readonly id: number; readonly from: Spot; readonly since: number }
  | { readonly is: 'erasing'; readonly id: number }
  | { readonly is: 'pointing'; readonly id: number }
  | { readonly is: 'panning'; readonly id: number }
  | { readonly is: 'pinching'; readonly ids: readonly [number, number] }
  /** Fingers are still down after a gesture; they mean nothing. */
  | { readonly is: 'spent' };

const NOTHING: Doing = { is: 'nothing' };
const STILL: Spot = { x: 0, y: 0 };

/** One per picture on screen. */
export class Hands {
  mode: Mode = 'look';
  /** One finger moves an enlarged picture; a whole one has nowhere to go and is pointed at. */
  enlarged = false;
  readonly #down = new Map<number, Spot>();
  #doing: Doing = NOTHING;
  #stylusUntil = -Infinity;

  /** A stroke is being drawn. */
  get drawing(): boolean {
    return this.#doing.is === 'drawing';
  }

  /** When `time` wants to be told, or null. */
  get wakeAt(): number | null {
    return this.#doing.is === 'pressing' && this.mode === 'look' ? this.#doing.since + HOLD_MS : null;
  }

  handle(input: Input): Meaning[] {
    switch (input.is) {
      case 'down':
        return this.#pressed(input);
      case 'move':
        return this.#moved(input.id, input.path, input.time);
      case 'up':
        return this.#lifted(input.id, input.at, input.time);
      case 'cancel':
        return this.#cancelled(input.id);
      case 'wheel':
        return [
          { do: 'zoom', by: Math.exp(-input.turn * (input.fine ? 0.01 : 0.0016)), at: input.at, move: STILL },
        ];
      case 'time':
        return this.#held(input.time);
    }
  }

  #pressed(press: Press): Meaning[] {
    if (press.kind === 'pen') {
      this.#stylusUntil = press.time + STYLUS_RULES_MS;
      const dropped = this.#doing.is === 'drawing' && this.#doing.kind === 'touch' ? this.#dropped() : [];
      this.#down.clear();
      this.#down.set(press.id, press.at);
      return [...dropped, ...this.#begin(press)];
    }
    const resting = press.kind === 'touch' && (press.wide > PALM_PX || press.time < this.#stylusUntil);
    if (resting || this.#stylusIsDown()) {
      return [];
    }
    this.#down.set(press.id, press.at);
    if (this.#down.size === 1) {
      return this.#begin(press);
    }
    const [first, second] = [...this.#down.keys()];
    const gone = this.#dropped();
    if (this.#down.size === 2 && first !== undefined && second !== undefined && press.kind === 'touch') {
      this.#doing = { is: 'pinching', ids: [first, second] };
    } else {
      this.#doing = { is: 'spent' };
    }
    return gone;
  }

  #stylusIsDown(): boolean {
    return this.#doing.is === 'drawing' && this.#doing.kind === 'pen';
  }

  #begin(press: Press): Meaning[] {
    if (!press.main) {
      this.#doing = { is: 'panning', id: press.id };
      return [];
    }
    if (this.mode === 'draw') {
      this.#doing = { is: 'drawing', id: press.id, kind: press.kind };
      return [{ do: 'start', at: press.at }];
    }
    this.#doing = { is: 'pressing', id: press.id, from: press.at, since: press.time };
    return [];
  }

  /** What was begun is taken back: the fingers turned out to mean something else. */
  #dropped(): Meaning[] {
    const { is } = this.#doing;
    this.#doing = { is: 'spent' };
    if (is === 'drawing') {
      return [{ do: 'drop' }];
    }
    return is === 'pointing' ? [{ do: 'point', at: STILL, act: 'gone' }] : [];
  }

  #moved(id: number, path: readonly Spot[], time: number): Meaning[] {
    const before = this.#down.get(id);
    const now = path.at(-1);
    if (before === undefined || now === undefined) {
      return [];
    }
    this.#down.set(id, now);
    const doing = this.#doing;
    switch (doing.is) {
      case 'drawing':
        if (doing.kind === 'pen') {
          this.#stylusUntil = time + STYLUS_RULES_MS;
        }
        return doing.id === id ? [{ do: 'extend', path }] : [];
      case 'erasing':
        return doing.id === id ? path.map((at) => ({ do: 'erase', at })) : [];
      case 'pointing':
        return doing.id === id ? [{ do: 'point', at: now, act: 'move' }] : [];
      case 'panning':
        return doing.id === id ? [pan(before, now)] : [];
      case 'pressing':
        return far(doing.from, now) ? this.#dragged(doing.id, doing.from, path) : [];
      case 'pinching':
        return this.#pinched(doing.ids, id, before, now);
      case 'nothing':
      case 'spent':
        return [];
    }
  }

  /** A press became a drag. */
  #dragged(id: number, from: Spot, path: readonly Spot[]): Meaning[] {
    const now = path.at(-1) ?? from;
    if (this.mode === 'erase') {
      this.#doing = { is: 'erasing', id };
      return [from, ...path].map((at) => ({ do: 'erase', at }));
    }
    if (this.enlarged) {
      this.#doing = { is: 'panning', id };
      return [pan(from, now)];
    }
    this.#doing = { is: 'pointing', id };
    return [{ do: 'point', at: now, act: 'move' }];
  }

  #pinched(ids: readonly [number, number], moved: number, before: Spot, now: Spot): Meaning[] {
    if (!ids.includes(moved)) {
      return [];
    }
    const other = this.#down.get(ids[0] === moved ? ids[1] : ids[0]);
    if (other === undefined) {
      return [];
    }
    const was = Math.hypot(before.x - other.x, before.y - other.y);
    const is = Math.hypot(now.x - other.x, now.y - other.y);
    const at = { x: (before.x + other.x) / 2, y: (before.y + other.y) / 2 };
    return [
      {
        do: 'zoom',
        by: was < 1 ? 1 : is / was,
        at,
        move: { x: (now.x - before.x) / 2, y: (now.y - before.y) / 2 },
      },
    ];
  }

  #lifted(id: number, at: Spot, time: number): Meaning[] {
    if (!this.#down.delete(id)) {
      return [];
    }
    const doing = this.#doing;
    this.#doing = this.#down.size === 0 ? NOTHING : doing.is === 'nothing' ? NOTHING : { is: 'spent' };
    switch (doing.is) {
      case 'drawing':
        return doing.id === id ? [{ do: 'finish' }] : [];
      case 'pressing':
        if (this.mode === 'erase') {
          return [{ do: 'erase', at }];
        }
        return time - doing.since <= TAP_MS ? [{ do: 'point', at, act: 'click' }] : [];
      case 'pointing':
        return [{ do: 'point', at, act: 'gone' }];
      default:
        return [];
    }
  }

  #cancelled(id: number): Meaning[] {
    if (!this.#down.delete(id)) {
      return [];
    }
    const gone = this.#dropped();
    if (this.#down.size === 0) {
      this.#doing = NOTHING;
    }
    return gone;
  }

  #held(time: number): Meaning[] {
    const doing = this.#doing;
    if (doing.is !== 'pressing' || this.mode !== 'look' || time - doing.since < HOLD_MS) {
      return [];
    }
    this.#doing = { is: 'pointing', id: doing.id };
    return [{ do: 'point', at: this.#down.get(doing.id) ?? doing.from, act: 'move' }];
  }
}

function far(a: Spot, b: Spot): boolean {
  return Math.hypot(a.x - b.x, a.y - b.y) > TAP_PX;
}

function pan(before: Spot, now: Spot): Meaning {
  return { do: 'zoom', by: 1, at: before, move: { x: now.x - before.x, y: now.y - before.y } };
}
