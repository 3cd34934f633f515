/**
 * The live half of what the page shows: pointers and strokes in the making both ways, an expert's wish that
 * everybody look at something, and the photo it asks for. Nothing here is stored; documents are the other half.
 */
import { isPlace } from '../doc/points.ts';
import type { Bytes } from '../seal/bytes.ts';
import type { ControlMessage, RoleName } from './facade.ts';
import { encodeLive } from './live.ts';
import { LiveSeen, type SeenChange } from './live-seen.ts';
import { LiveSender } from './live-sender.ts';
import type { LiveIn, Pointer, ShowSnapshot, Stroke } from './show.ts';

export interface LivePortParts {
  /** Sends on `live` of the proved link; false when it is lost. */
  sendLive(data: Bytes): boolean;
  sendControl(message: ControlMessage): boolean;
  nameOf(peer: string): string;
  /** Makes a board of a picture. */
  newBoard(still: Blob, width: number, height: number, title: string): Promise<string | null>;
  /** The snapshot is another one now. */
  changed(): void;
}

export class LivePort {
  readonly #sender = new LiveSender();
  readonly #seen: LiveSeen;
  readonly #listeners = new Set<(live: LiveIn) => void>();
  #look: ShowSnapshot['look'] = null;
  /** Who asked for a photo, and nobody answered yet. */
  #asking: string | null = null;
  #photoAsked: ShowSnapshot['photoAsked'] = null;
  #sendTimer: ReturnType<typeof setTimeout> | undefined;
  #fadeTimer: ReturnType<typeof setTimeout> | undefined;
  #refused = 0;

  constructor(readonly parts: LivePortParts) {
    this.#seen = new LiveSeen((change) => this.#tell(change));
  }

  /** The live part of the snapshot. */
  get look(): ShowSnapshot['look'] {
    return this.#look;
  }

  get photoAsked(): ShowSnapshot['photoAsked'] {
    return this.#photoAsked;
  }

  /** Messages that were dropped because no honest member sends them. */
  get refused(): number {
    return this.#refused;
  }

  point(pointer: Pointer): void {
    if (!isPlace(pointer.x) || !isPlace(pointer.y)) return;
    this.#sender.point(pointer);
    this.#send();
  }

  preview(board: string, id: number, stroke: Stroke | null): void {
    if (stroke?.points.some(([x, y]) => !isPlace(x) || !isPlace(y)) === true) return;
    this.#sender.preview(board, id, stroke);
    this.#send();
  }

  cursor(text: string, at: number): void {
    this.#sender.cursor(text, at);
    this.#send();
  }

  onLive(listener: (live: LiveIn) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The own stroke goes the documents' way now. */
  drawn(board: string, preview: number | null): void {
    if (preview !== null) this.#sender.finished(board, preview);
  }

  /** A finished stroke of somebody else arrived: its preview makes room. */
  arrived(author: string, board: string, stroke: Stroke): void {
    const [first] = stroke.points;
    if (first !== undefined) this.#seen.finished(author, board, stroke.tool, first);
  }

  async photo(picture: Blob, width: number, height: number): Promise<boolean> {
    this.#answered();
    const board = await this.parts.newBoard(picture, width, height, '').catch(() => null);
    if (board === null) this.refusePhoto();
    return board !== null;
  }

  refusePhoto(): void {
    this.#answered();
    this.parts.sendControl({ t: 'photo-refused' });
  }

  /** A message on `live` of a proved link; `role` is null for somebody who is no member any more. */
  received(peer: string, role: RoleName | null, data: Bytes): void {
    // Viewers see and never show.
    if (role === null || role === 'viewer') {
      this.#refused += 1;
      this.forget(peer);
      return;
    }
    const verdict = this.#seen.take(peer, data, now());
    if (verdict !== 'changed' && verdict !== 'same') this.#refused += 1;
    this.#fade();
  }

  /** A message on `control` of a proved link. Only experts lead. */
  control(peer: string, role: RoleName | null, message: ControlMessage): void {
    if (role !== 'lead' && role !== 'expert') return;
    if (message.t === 'look') {
      this.#look = { ...message.look, name: this.parts.nameOf(peer) };
    } else if (message.t === 'photo') {
      this.#asking = peer;
      this.#photoAsked = { name: this.parts.nameOf(peer) };
    } else {
      return;
    }
    this.parts.changed();
  }

  /** The link to a peer is over: nothing of it is shown, and nobody waits for a photo. */
  forget(peer: string): void {
    this.#seen.forget(peer);
    if (this.#asking === peer) this.#answered();
  }

  /** The page goes to another session. */
  reset(): void {
    clearTimeout(this.#sendTimer);
    this.#sendTimer = undefined;
    this.#look = null;
    this.#answered();
    this.parts.changed();
  }

  #answered(): void {
    if (this.#asking === null) return;
    this.#asking = null;
    this.#photoAsked = null;
    this.parts.changed();
  }

  #tell(change: SeenChange): void {
    const live = { ...change, name: this.parts.nameOf(change.peer) };
    for (const listener of this.#listeners) listener(live);
  }

  #send(): void {
    const time = now();
    for (let next = this.#sender.poll(time); next !== null; next = this.#sender.poll(time)) {
      this.parts.sendLive(encodeLive(next));
    }
    clearTimeout(this.#sendTimer);
    const due = this.#sender.nextWake();
    this.#sendTimer = due === null ? undefined : setTimeout(() => this.#send(), Math.max(1, due - time));
  }

  #fade(): void {
    clearTimeout(this.#fadeTimer);
    const due = this.#seen.nextWake();
    if (due === null) return;
    this.#fadeTimer = setTimeout(
      () => {
        this.#seen.tick(now());
        this.#fade();
      },
      Math.max(1, due - now()),
    );
  }
}

function now(): number {
  return Math.floor(performance.now());
}
