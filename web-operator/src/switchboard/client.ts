/**
 * The page's client of a switchboard: keeps one connection, proves the addresses it listens at,
 * matches answers to requests, and dials again when the way is lost.
 *
 * Nothing is queued while offline: a request then fails at once and the session, whose outbox is
 * durable, repeats it when `online` is reported.
 */
import type { Bytes } from '../seal/bytes.ts';
import type { SignKey } from '../seal/ed25519.ts';
import * as limits from '../seal/limits.ts';
import { Backoff } from './backoff.ts';
import {
  decodeServerFrame,
  encodeRequest,
  type Challenge,
  type ClientRequest,
  type RefusedReason,
  type ServerFrame,
  type SlotItem,
} from './frames.ts';
import { dialStream, dialWebSocket, type Dial, type Transport } from './transport.ts';

export interface SwitchboardEvents {
  /** Welcomed, and the proofs of every address are on their way. */
  online(): void;
  offline(retryInMs: number): void;
  message(to: Bytes, payload: Bytes): void;
  item(inviteId: Bytes, slot: Bytes, item: SlotItem): void;
  /** A mailbox that one of the addresses may read has a new item. */
  mail?(box: Bytes, number: bigint): void;
}

export type RequestFailure = RefusedReason | 'offline' | 'timeout' | 'too-many';

export class RequestRefused extends Error {
  constructor(readonly reason: RequestFailure) {
    super(`the switchboard refused: ${reason}`);
    this.name = 'RequestRefused';
  }
}

type Answer = Extract<ServerFrame, { req: number }>;

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: RequestRefused) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

type Timer = ReturnType<typeof setTimeout>;

export class Switchboard {
  readonly #host: string;
  readonly #keys: SignKey[] = [];
  readonly #pending = new Map<number, Pending>();
  readonly #backoff = new Backoff({ firstMs: limits.BACKOFF_FIRST_MS, maxMs: limits.BACKOFF_MAX_MS });
  #transport: Transport | null = null;
  #challenge: Challenge | null = null;
  #sending: Promise<unknown> = Promise.resolve();
  #online = false;
  #closed = false;
  #req = 0;
  /** Which way is dialled next; the one that worked stays. */
  #way = 0;
  #retry: Timer | undefined;
  #idle: Timer | undefined;
  #welcome: Timer | undefined;

  constructor(
    readonly base: URL,
    readonly events: SwitchboardEvents,
    readonly ways: readonly Dial[] = [dialWebSocket, dialStream],
  ) {
    // URL.host is lowercase and leaves the scheme's own port out, which is the form that is signed.
    this.#host = base.host;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get online(): boolean {
    return this.#online;
  }

  /** Dials. Call once. */
  start(): void {
    this.#dial();
  }

  /** Dials now instead of waiting for the next attempt; for "try again" and for a network that came back. */
  hurry(): void {
    if (this.#retry === undefined || this.#closed) return;
    this.#backoff.reset();
    this.#dial();
  }

  /** Listens at the key's address from now on, also after reconnects. */
  listen(key: SignKey): void {
    this.#keys.push(key);
    if (this.#transport !== null && this.#online) this.#prove(this.#transport, key);
  }

  /** Resolves with the answer; rejects with `RequestRefused`. */
  async request(request: ClientRequest): Promise<Answer> {
    const transport = this.#transport;
    const challenge = this.#challenge;
    if (transport === null || challenge === null) throw new RequestRefused('offline');
    if (this.#pending.size >= limits.OUTSTANDING) throw new RequestRefused('too-many');
    this.#req = (this.#req % 0xffff_ffff) + 1;
    const req = this.#req;
    const answer = new Promise<Answer>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#settle(req)?.reject(new RequestRefused('timeout'));
        transport.close();
      }, limits.REQUEST_TIMEOUT_MS);
      this.#pending.set(req, { resolve, reject, timer });
    });
    // Signing takes a moment; frames still leave in the order they were asked for, so that a knock
    // never overtakes the listen that its reply needs.
    const encoded = encodeRequest(request, req, challenge);
    this.#sending = this.#sending
      .then(() => encoded)
      .then(
        (frame) => {
          if (this.#transport === transport) transport.send(frame);
        },
        () => this.#settle(req)?.reject(new RequestRefused('malformed')),
      );
    return answer;
  }

  /** For good. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#transport?.close();
  }

  #dial(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    const dial = this.ways[this.#way % this.ways.length];
    if (dial === undefined) return;
    const transport = dial(this.base, {
      frame: (bytes) => this.#onFrame(transport, bytes),
      closed: () => this.#onClosed(transport),
    });
    this.#transport = transport;
    this.#welcome = setTimeout(() => transport.close(), limits.WELCOME_TIMEOUT_MS);
  }

  #onFrame(transport: Transport, bytes: Bytes): void {
    if (this.#transport !== transport) return;
    let frame: ServerFrame;
    try {
      frame = decodeServerFrame(bytes);
    } catch {
      transport.close();
      return;
    }
    this.#restartIdle(transport);
    switch (frame.t) {
      case 'welcome':
        clearTimeout(this.#welcome);
        if (this.#challenge !== null) {
          transport.close();
          return;
        }
        this.#challenge = { nonce: frame.nonce, host: this.#host };
        for (const key of this.#keys) this.#prove(transport, key);
        this.#online = true;
        this.#backoff.reset();
        this.events.online();
        break;
      case 'message':
        this.events.message(frame.to, frame.payload);
        break;
      case 'item':
        this.events.item(frame.inviteId, frame.slot, { n: frame.n, item: frame.item });
        break;
      case 'mail':
        this.events.mail?.(frame.box, frame.number);
        break;
      case 'refused':
        this.#settle(frame.req)?.reject(new RequestRefused(frame.reason));
        break;
      default:
        this.#settle(frame.req)?.resolve(frame);
    }
  }

  /** Sent ahead of everything else; a refusal ends the connection. */
  #prove(transport: Transport, key: SignKey): void {
    this.request({ t: 'listen', key }).catch(() => transport.close());
  }

  #onClosed(transport: Transport): void {
    if (this.#transport !== null && this.#transport !== transport) return;
    clearTimeout(this.#welcome);
    clearTimeout(this.#idle);
    // A way that never came to a welcome is not tried twice in a row.
    if (this.#challenge === null) this.#way += 1;
    this.#transport = null;
    this.#challenge = null;
    this.#online = false;
    for (const req of [...this.#pending.keys()]) this.#settle(req)?.reject(new RequestRefused('offline'));
    if (this.#closed) return;
    const wait = this.#backoff.next();
    this.#retry = setTimeout(() => this.#dial(), wait);
    this.events.offline(wait);
  }

  #settle(req: number): Pending | undefined {
    const pending = this.#pending.get(req);
    if (pending !== undefined) {
      this.#pending.delete(req);
      clearTimeout(pending.timer);
    }
    return pending;
  }

  /** Any frame shows life; after a quiet time a ping must be answered like every request. */
  #restartIdle(transport: Transport): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (this.#transport === transport) this.request({ t: 'ping' }).catch(() => undefined);
    }, limits.PING_MS);
  }
}
