/**
 * A picture on screen that can be drawn on: two canvases and the fingers on them. The lower one has the
 * picture and what is finished, the upper one what grows and points, so that a growing stroke repaints only
 * itself. Owned by a view; `close` ends all of it.
 */
import type { Ink, LiveIn, Stroke, StrokeItem, Tool } from '../session/show';
import { Drawing, nextMark } from './drawing';
import { Finished, type Sheet } from './finished';
import {
  isOn,
  place,
  settled,
  toPicture,
  WHOLE,
  zoomed,
  type Placement,
  type Size,
  type Spot,
  type Zoom,
} from './geometry';
import { strokeAt } from './hit';
import { Hands, type Input, type Meaning, type Mode } from './input';
import { listenToHands } from './listen';
import { ERASE_PX, PREVIEW_MS, SHARPEN_MS } from './limits';
import { begins, Others } from './others';
import { paintStroke } from './paint';
import { paintPointers } from './pointer-paint';
import { extentOf, meets, type Box } from './shape';

/** What the stage tells its owner. */
export interface StageEvents {
  /** Null: the pen was lifted without a stroke. */
  preview(id: number, stroke: Stroke | null): void;
  draw(stroke: Stroke, preview: number): void;
  erase(id: string): void;
  point(x: number, y: number, act: 'move' | 'click' | 'gone'): void;
  /** The picture is enlarged now, or whole again. */
  enlarged(is: boolean): void;
}

export interface StageHand {
  readonly mode: Mode;
  readonly tool: Tool;
  readonly ink: Ink;
}

/** More pixels than three for one are not seen and cost memory. */
const DENSEST = 3;

/** What a sheet is as large and as dense as. */
interface Like {
  readonly canvas: HTMLCanvasElement;
  readonly density: () => number;
  /** What of it is seen, in CSS pixels. */
  readonly view: () => Box;
}

class CanvasSheet implements Sheet {
  readonly canvas = document.createElement('canvas');
  readonly #context = this.canvas.getContext('2d');
  readonly #like: Like;

  constructor(like: Like) {
    this.#like = like;
  }

  resize(): void {
    this.canvas.width = this.#like.canvas.width;
    this.canvas.height = this.#like.canvas.height;
    this.#context?.setTransform(this.#like.density(), 0, 0, this.#like.density(), 0, 0);
  }

  paint(stroke: StrokeItem, placed: Placement): void {
    const extent = extentOf(stroke, placed);
    if (this.#context !== null && extent !== null && meets(extent, this.#like.view())) {
      paintStroke(this.#context, stroke, placed);
    }
  }

  only(box: Box): void {
    const context = this.#context;
    context?.save();
    context?.beginPath();
    context?.rect(box.left, box.top, box.right - box.left, box.bottom - box.top);
    context?.clip();
    context?.clearRect(box.left, box.top, box.right - box.left, box.bottom - box.top);
  }

  all(): void {
    this.#context?.restore();
  }
}

export class Stage {
  readonly #host: HTMLElement;
  readonly #events: StageEvents;
  readonly #ground = document.createElement('canvas');
  readonly #top = document.createElement('canvas');
  readonly #hands = new Hands();
  readonly #others = new Others();
  readonly #finished: Finished<CanvasSheet>;
  readonly #observer: ResizeObserver;
  readonly #unlisten: () => void;
  readonly #calm: boolean;
  /** Null: a picture that is only looked at. */
  readonly #board: string | null;
  /** Own strokes that are on their way into the document. */
  #sent: { readonly stroke: Stroke; readonly at: number }[] = [];
  #picture: ImageBitmap | null = null;
  #size: Size;
  #stage: Size = { width: 0, height: 0 };
  #density = 1;
  #zoom: Zoom = WHOLE;
  #strokes: readonly StrokeItem[] = [];
  #hand: StageHand = { mode: 'look', tool: 'pen', ink: 'red' };
  #drawing: Drawing | null = null;
  #erased = new Set<string>();
  /** Numbers the previews of this page; begins anywhere, so that a reload does not reuse one. */
  #preview = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  #frame = 0;
  #groundOld = true;
  #movedAt = -Infinity;
  #holdTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: HTMLElement, board: string | null, size: Size, events: StageEvents) {
    this.#host = host;
    this.#board = board;
    this.#size = size;
    this.#events = events;
    this.#calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const like: Like = {
      canvas: this.#ground,
      density: () => this.#density,
      view: () => ({ left: 0, top: 0, right: this.#stage.width, bottom: this.#stage.height }),
    };
    const sheet = (): CanvasSheet => new CanvasSheet(like);
    this.#finished = new Finished(sheet(), sheet(), () => performance.now());
    this.#top.setAttribute('data-testid', 'board-canvas');
    host.append(this.#ground, this.#top);
    this.#unlisten = listenToHands(this.#top, (input) => this.#input(input));
    this.#observer = new ResizeObserver(() => this.#measure());
    this.#observer.observe(host);
    this.#measure();
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#holdTimer);
    this.#unlisten();
    this.#observer.disconnect();
    if (this.#drawing !== null) {
      this.#events.preview(this.#preview, null);
    }
    this.#picture?.close();
    this.#ground.remove();
    this.#top.remove();
  }

  /** Takes the bitmap over and closes it. */
  picture(bitmap: ImageBitmap): void {
    this.#picture?.close();
    this.#picture = bitmap;
    this.#touchGround();
  }

  strokes(strokes: readonly StrokeItem[]): void {
    if (strokes === this.#strokes) {
      return;
    }
    this.#strokes = strokes;
    this.#finished.change(strokes);
    if (this.#board !== null) {
      this.#others.finished(this.#board, strokes);
    }
    const mine = strokes.slice(-this.#sent.length * 8 - 8).filter((stroke) => stroke.mine);
    this.#sent = this.#sent.filter(({ stroke }) => !mine.some((arrived) => begins(arrived, stroke)));
    if (this.#erased.size > 0) {
      // One that is gone may come back by an undo, and be erased again.
      const here = new Set(strokes.map((stroke) => stroke.id));
      this.#erased = new Set([...this.#erased].filter((id) => here.has(id)));
    }
    this.#touchGround();
  }

  hand(hand: StageHand): void {
    this.#hand = hand;
    this.#hands.mode = hand.mode;
    this.#top.classList.toggle('drawing', hand.mode !== 'look');
  }

  live(live: LiveIn): void {
    this.#others.take(live, performance.now());
    this.#draw();
  }

  /** Larger (above 1) or smaller about the middle, for keys and buttons. */
  zoomBy(by: number): void {
    const middle = { x: this.#stage.width / 2, y: this.#stage.height / 2 };
    this.#meant({ do: 'zoom', by, at: middle, move: { x: 0, y: 0 } });
  }

  /** Moves an enlarged picture, for keys. */
  panBy(x: number, y: number): void {
    this.#meant({ do: 'zoom', by: 1, at: { x: 0, y: 0 }, move: { x, y } });
  }

  whole(): void {
    this.#look(WHOLE);
  }

  get #placed(): Placement {
    return place(this.#size, this.#stage, this.#zoom);
  }

  #measure(): void {
    const { width, height } = this.#host.getBoundingClientRect();
    this.#density = Math.min(DENSEST, Math.max(1, devicePixelRatio));
    for (const canvas of [this.#ground, this.#top]) {
      canvas.width = Math.round(width * this.#density);
      canvas.height = Math.round(height * this.#density);
    }
    this.#stage = { width, height };
    this.#zoom = settled(this.#size, this.#stage, this.#zoom);
    this.#finished.move(this.#placed);
    this.#touchGround();
    // A resized canvas is empty: painting now instead of at the next frame keeps it from flashing.
    this.#paint();
  }

  #input(input: Input): void {
    for (const meaning of this.#hands.handle(input)) {
      this.#meant(meaning);
    }
    clearTimeout(this.#holdTimer);
    const wakeAt = this.#hands.wakeAt;
    if (wakeAt !== null) {
      const wait = Math.max(0, wakeAt - performance.now());
      this.#holdTimer = setTimeout(
        () => this.#input({ is: 'time', time: Math.max(wakeAt, performance.now()) }),
        wait,
      );
    }
  }

  #meant(meaning: Meaning): void {
    switch (meaning.do) {
      case 'start':
        this.#start(meaning.at);
        break;
      case 'extend':
        if (this.#drawing?.extend(meaning.path, this.#placed) === true) {
          const last = meaning.path.at(-1);
          this.#finish();
          if (last !== undefined) {
            this.#start(last);
          }
        }
        break;
      case 'finish':
        this.#finish();
        break;
      case 'drop':
        if (this.#drawing !== null) {
          this.#drawing = null;
          this.#events.preview(this.#preview, null);
        }
        break;
      case 'erase':
        this.#erase(meaning.at);
        break;
      case 'point': {
        if (this.#board === null) {
          break;
        }
        const [x, y] = toPicture(this.#placed, meaning.at);
        if (meaning.act !== 'click' || isOn(this.#placed, meaning.at)) {
          this.#events.point(x, y, meaning.act);
          this.#echo(this.#board, x, y, meaning.act);
        }
        break;
      }
      case 'zoom':
        this.#look(zoomed(this.#size, this.#stage, this.#zoom, meaning));
        break;
    }
    this.#draw();
  }

  /** The own pointer is seen as the others see it. */
  #echo(board: string, x: number, y: number, act: 'move' | 'click' | 'gone'): void {
    const target = { on: 'board', board } as const;
    this.#others.take({ t: 'pointer', peer: '', name: '', target, x, y, act }, performance.now());
    if (act === 'click') {
      this.#others.take({ t: 'pointer', peer: '', name: '', target, x, y, act: 'gone' }, performance.now());
    }
  }

  #start(at: Spot): void {
    if (!isOn(this.#placed, at)) {
      return;
    }
    const { tool, ink } = this.#hand;
    const text =
      tool === 'mark' ? nextMark([...this.#strokes, ...this.#sent.map(({ stroke }) => stroke)]) : '';
    this.#preview = (this.#preview + 1) >>> 0;
    this.#drawing = new Drawing({ tool, ink, text }, at, this.#placed);
  }

  #finish(): void {
    const stroke = this.#drawing?.stroke();
    this.#drawing = null;
    if (stroke !== undefined) {
      this.#sent.push({ stroke, at: performance.now() });
      this.#events.draw(stroke, this.#preview);
    }
  }

  #erase(at: Spot): void {
    const may = (stroke: StrokeItem): boolean => stroke.erasable && !this.#erased.has(stroke.id);
    const found = strokeAt(this.#strokes, this.#placed, at, ERASE_PX, may);
    if (found !== null) {
      this.#erased.add(found.id);
      this.#events.erase(found.id);
    }
  }

  #look(zoom: Zoom): void {
    const before = this.#zoom.factor > 1;
    this.#zoom = zoom.factor < 1.02 ? WHOLE : zoom;
    const enlarged = this.#zoom.factor > 1;
    this.#hands.enlarged = enlarged;
    this.#movedAt = performance.now();
    if (this.#finished.quick) {
      this.#finished.move(this.#placed);
    }
    this.#touchGround();
    if (before !== enlarged) {
      this.#events.enlarged(enlarged);
    }
  }

  #touchGround(): void {
    this.#groundOld = true;
    this.#draw();
  }

  #draw(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#paint();
    });
  }

  #paint(): void {
    const now = performance.now();
    const drawn = this.#drawing?.preview(now);
    if (drawn) {
      this.#events.preview(this.#preview, drawn);
    }
    this.#sent = this.#sent.filter(({ at }) => now - at < PREVIEW_MS);
    const placed = this.#placed;
    const old = this.#finished.placed;
    const elsewhere = !this.#finished.busy && !same(old, placed);
    if (elsewhere && now - this.#movedAt > SHARPEN_MS) {
      this.#finished.move(placed);
    }
    if (this.#finished.busy && this.#finished.step()) {
      this.#groundOld = true;
    }
    if (this.#groundOld) {
      this.#groundOld = false;
      this.#paintGround(placed);
    }
    this.#paintTop(placed, now);
    const waits = this.#finished.busy || elsewhere || this.#sent.length > 0 || this.#drawing !== null;
    if (waits || !this.#others.quiet(now)) {
      this.#draw();
    }
  }

  #paintGround(placed: Placement): void {
    const context = this.#ground.getContext('2d');
    if (context === null) {
      return;
    }
    const density = this.#density;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.#ground.width, this.#ground.height);
    context.setTransform(density, 0, 0, density, 0, 0);
    if (this.#picture !== null) {
      context.imageSmoothingQuality = 'high';
      context.drawImage(this.#picture, placed.x, placed.y, placed.width, placed.height);
    }
    const { sheet, placed: was } = this.#finished;
    if (was.width > 0 && sheet.canvas.width > 0) {
      // Until it is painted sharply at the new place, the old painting is stretched over it.
      const scale = placed.width / was.width;
      context.drawImage(
        sheet.canvas,
        placed.x - was.x * scale,
        placed.y - was.y * scale,
        (sheet.canvas.width / density) * scale,
        (sheet.canvas.height / density) * scale,
      );
    }
  }

  #paintTop(placed: Placement, now: number): void {
    const context = this.#top.getContext('2d');
    if (context === null) {
      return;
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.#top.width, this.#top.height);
    context.setTransform(this.#density, 0, 0, this.#density, 0, 0);
    const board = this.#board;
    for (const stroke of board === null ? [] : this.#others.strokes(board, now)) {
      paintStroke(context, stroke, placed);
    }
    for (const { stroke } of this.#sent) {
      paintStroke(context, stroke, placed);
    }
    const own = this.#drawing?.stroke();
    if (own !== undefined) {
      paintStroke(context, own, placed);
    }
    const pointers = board === null ? [] : this.#others.pointers({ on: 'board', board }, now);
    paintPointers(
      context,
      pointers,
      { placed, mirrored: false, calm: this.#calm, width: this.#stage.width },
      now,
    );
  }
}

function same(a: Placement, b: Placement): boolean {
  return a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
}
