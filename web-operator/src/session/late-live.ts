/** The live half of what the page shows, in place before its code is there. */
import type { Bytes } from '../seal/bytes.ts';
import type { ControlMessage, RoleName } from './facade.ts';
import { Gate } from './gate.ts';
import type { LivePort, LivePortParts } from './live-port.ts';
import type { LiveHalf } from './page-show.ts';
import type { LiveIn, Pointer, ShowSnapshot, Stroke } from './show.ts';

export class LateLive implements LiveHalf {
  readonly #listeners = new Set<(live: LiveIn) => void>();
  #gate: Gate<LivePort> | null = null;

  constructor(readonly parts: LivePortParts) {}

  /** There is a session: the code is fetched. */
  begin(): void {
    if (this.#gate !== null) return;
    this.#gate = new Gate(async () => new (await import('./show-half.ts')).LivePort(this.parts));
    this.#gate.tell((live) => live.onLive((heard) => this.#listeners.forEach((listener) => listener(heard))));
  }

  get look(): ShowSnapshot['look'] {
    return this.#here?.look ?? null;
  }

  get photoAsked(): ShowSnapshot['photoAsked'] {
    return this.#here?.photoAsked ?? null;
  }

  get #here(): LivePort | null {
    return this.#gate?.here ?? null;
  }

  onLive(listener: (live: LiveIn) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  // What is never stored is lost as on a bad network; what is asked waits.

  point(pointer: Pointer): void {
    this.#here?.point(pointer);
  }

  preview(board: string, id: number, stroke: Stroke | null): void {
    this.#here?.preview(board, id, stroke);
  }

  cursor(text: string, at: number): void {
    this.#here?.cursor(text, at);
  }

  drawn(board: string, preview: number | null): void {
    this.#here?.drawn(board, preview);
  }

  arrived(author: string, board: string, stroke: Stroke): void {
    this.#here?.arrived(author, board, stroke);
  }

  received(peer: string, role: RoleName | null, data: Bytes): void {
    this.#here?.received(peer, role, data);
  }

  async photo(picture: Blob, width: number, height: number): Promise<boolean> {
    const gate = this.#gate;
    if (gate === null) return false;
    const live = await new Promise<LivePort>((here) => gate.tell(here));
    return live.photo(picture, width, height);
  }

  refusePhoto(): void {
    this.#gate?.tell((live) => live.refusePhoto());
  }

  control(peer: string, role: RoleName | null, message: ControlMessage): void {
    if (message.t === 'look' || message.t === 'photo') {
      this.#gate?.tell((live) => live.control(peer, role, message));
    }
  }

  forget(peer: string): void {
    this.#gate?.tell((live) => live.forget(peer));
  }

  reset(): void {
    this.#gate?.tell((live) => live.reset());
  }
}
