/**
 * The direct links of a session: the one being made, and the proved one. A new link replaces the old
 * one only when it is proved, so a short gap costs nothing.
 */
import { same, type Bytes } from '../seal/bytes.ts';
import type { SignKey } from '../seal/ed25519.ts';
import type { SealedRequest } from '../seal/knock.ts';
import type { Control, ByeReason } from './control.ts';
import { DirectLink, type LinkFailure } from './direct-link.ts';
import type { ControlMessage, ErrorCode, OpenConnection } from './facade.ts';

/** A knock or call that is out, with the link its offer is for. */
export interface Attempt {
  readonly purpose: 'knock' | 'call';
  readonly link: DirectLink;
  request: SealedRequest | null;
}

export interface LinksParts {
  readonly open: OpenConnection;
  readonly sid: () => Bytes;
  readonly me: SignKey;
  readonly allowLoopback: boolean;
  /** A sealed candidate for a peer. */
  trickle(peer: Bytes, message: Bytes): void;
  /** A link is proved, by a number that never comes again. */
  up(link: number, peer: Bytes): void;
  down(link: number, peer: Bytes | null): void;
  silent(): void;
  heardAgain(): void;
  /** From the peer at the other end of the proved link. */
  control(peer: Bytes, message: ControlMessage): void;
  live(peer: Bytes, data: Bytes): void;
  sync(link: number, data: Bytes): void;
  blob(link: number, data: Bytes): void;
  blobWritable(link: number): void;
  bye(why: ByeReason): void;
  /** The proved link is over. */
  lost(): void;
  /** The link that was being made came to nothing. */
  attemptFailed(error: ErrorCode): void;
}

export class Links {
  #attempt: Attempt | null = null;
  #link: DirectLink | null = null;
  #number = 0;

  constructor(readonly parts: LinksParts) {}

  get attempt(): Attempt | null {
    return this.#attempt;
  }

  get proved(): boolean {
    return this.#link !== null;
  }

  get peer(): Bytes | null {
    return this.#link?.peer ?? null;
  }

  get rttMs(): number | null {
    return this.#link?.rttMs ?? null;
  }

  /** One that is not sent yet is used; one that is out is given up. */
  begin(purpose: Attempt['purpose']): Attempt {
    if (this.#attempt?.purpose === purpose && this.#attempt.request === null) return this.#attempt;
    this.dropAttempt();
    const attempt: Attempt = { purpose, request: null, link: this.#make(() => attempt) };
    this.#attempt = attempt;
    return attempt;
  }

  /** A trickle message, to the link it names. */
  trickled(message: Bytes): void {
    const id = message.subarray(1, 33);
    for (const link of [this.#attempt?.link, this.#link]) {
      const of = link?.id ?? null;
      if (of !== null && same(of, id)) link?.onTrickle(message);
    }
  }

  sendControl(message: Control): boolean {
    return this.#link?.sendControl(message) ?? false;
  }

  sendLive(data: Bytes): boolean {
    return this.#link?.sendLive(data) ?? false;
  }

  /** Dropped when the link it was made for is over. */
  sendSync(number: number, data: Bytes): void {
    if (number === this.#number) this.#link?.sendSync(data);
  }

  /** False: the channel is full; what is for a link that is over counts as sent. */
  sendBlob(number: number, data: Bytes): boolean {
    if (number !== this.#number || this.#link === null) return true;
    return this.#link.sendBlob(data);
  }

  sayBye(): void {
    this.#link?.close('left');
  }

  dropAttempt(): void {
    this.#attempt?.link.close();
    this.#attempt = null;
  }

  dropLink(): void {
    if (this.#link === null) return;
    const { peer } = this.#link;
    this.#link.close();
    this.#link = null;
    this.parts.down(this.#number, peer);
  }

  #make(attempt: () => Attempt): DirectLink {
    const { parts } = this;
    const current = (work: (peer: Bytes) => void): void => {
      const { link } = attempt();
      if (link === this.#link && link.peer !== null) work(link.peer);
    };
    return new DirectLink({
      open: parts.open,
      sid: parts.sid,
      me: parts.me,
      allowLoopback: parts.allowLoopback,
      events: {
        trickle: (message) => {
          const { peer } = attempt().link;
          if (peer !== null) parts.trickle(peer, message);
        },
        proved: () => this.#onProved(attempt()),
        silent: () => current(() => parts.silent()),
        heardAgain: () => current(() => parts.heardAgain()),
        control: (message) => current((peer) => parts.control(peer, message)),
        live: (data) => current((peer) => parts.live(peer, data)),
        sync: (data) => current(() => parts.sync(this.#number, data)),
        blob: (data) => current(() => parts.blob(this.#number, data)),
        blobWritable: () => current(() => parts.blobWritable(this.#number)),
        bye: (why) => current(() => parts.bye(why)),
        failed: (why) => this.#onFailed(attempt(), why),
      },
    });
  }

  #onProved(attempt: Attempt): void {
    const { peer } = attempt.link;
    if (this.#attempt !== attempt || peer === null) return;
    this.#attempt = null;
    this.dropLink();
    this.#link = attempt.link;
    this.#number += 1;
    this.parts.up(this.#number, peer);
  }

  #onFailed(attempt: Attempt, why: LinkFailure): void {
    if (attempt.link === this.#link) {
      this.parts.lost();
    } else if (this.#attempt === attempt) {
      this.#attempt = null;
      const unproved = why === 'hello-wrong' || why === 'hello-missing' || why === 'other-fingerprint';
      this.parts.attemptFailed(unproved ? 'link-unproved' : 'connection-failed');
    }
  }
}
