/**
 * One direct link, from the offer to its end. It owns its connection, sends candidates sealed once it
 * may, pins the fingerprint of both sides, and lets nothing through before the other side's hello
 * was verified.
 */
import { fromUtf8, hex, same, type Bytes } from '../seal/bytes.ts';
import type { SignKey } from '../seal/ed25519.ts';
import { makeHello, verifyHello, type Hello } from '../seal/hello.ts';
import type { SealedRequest } from '../seal/knock.ts';
import * as limits from '../seal/limits.ts';
import { Trickle, type Trickled } from '../seal/trickle.ts';
import { isForbidden, withoutForbidden } from './candidate.ts';
import { parseControl, type ByeReason, type Control } from './control.ts';
import type { ChannelName, Connection, ControlMessage, OpenConnection } from './facade.ts';
import { Heartbeat } from './heartbeat.ts';
import { checkAnswer, checkOffer } from './sdp.ts';

export type LinkFailure =
  | 'bad-description'
  | 'other-fingerprint'
  | 'hello-missing'
  | 'hello-wrong'
  | 'hostile'
  | 'transport'
  | 'silence';

export interface LinkEvents {
  /** A sealed candidate for the other side. */
  trickle(message: Bytes): void;
  /** The other side proved who it is. */
  proved(): void;
  /** Nothing heard for two seconds / heard again. */
  silent(): void;
  heardAgain(): void;
  control(message: ControlMessage): void;
  sync(data: Bytes): void;
  blob(data: Bytes): void;
  /** The blob channel has room again. */
  blobWritable(): void;
  /** Never stored, and lost now and then. */
  live(data: Bytes): void;
  bye(why: ByeReason): void;
  /** Once, unless `close` came first. */
  failed(why: LinkFailure): void;
}

export interface LinkParts {
  readonly open: OpenConnection;
  /** Asked when the hello is made: an offer may be made before the record is opened. */
  readonly sid: () => Bytes;
  readonly me: SignKey;
  readonly allowLoopback: boolean;
  readonly events: LinkEvents;
}

/** Candidates and early messages kept until they may be used; honest peers send a dozen. */
const EARLY = 128;
/** A full channel is tried again after this long. */
const FLUSH_MS = 20;

/** What came before the proof and waits for it. */
interface Unproved {
  readonly channel: ChannelName;
  readonly data: string | Bytes;
}

export class DirectLink {
  readonly #connection: Connection;
  #offer: Promise<string> | undefined;
  #own: Bytes | null = null;
  #remote: Bytes | null = null;
  /** Who has to prove itself: the signer of the reply with the answer. */
  #expected: Bytes | null = null;
  #request: SealedRequest | null = null;
  #trickle: Trickle | null = null;
  #candidates: Trickled[] = [];
  #earlyTrickle: Bytes[] = [];
  #unproved: Unproved[] = [];
  #state: 'offering' | 'connecting' | 'proved' | 'closed' = 'offering';
  #heartbeat: Heartbeat | null = null;
  #silent = false;
  #helloCame = false;
  #unknown = 0;
  #timers: ReturnType<typeof setInterval>[] = [];
  /** Inputs that have to be handled one after another. */
  #order: Promise<unknown> = Promise.resolve();
  #unsent: Bytes[] = [];
  #flushing: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly parts: LinkParts) {
    this.#connection = parts.open({
      localCandidate: (candidate, mid) => this.#onLocalCandidate(candidate, mid),
      channelOpened: (channel) => this.#onChannel(channel),
      channelData: (channel, data) => this.#onData(channel, data),
      channelWritable: () => this.parts.events.blobWritable(),
      failed: () => this.#fail('transport'),
    });
  }

  get id(): Bytes | null {
    return this.#request?.id ?? null;
  }

  get proved(): boolean {
    return this.#state === 'proved';
  }

  get peer(): Bytes | null {
    return this.#expected;
  }

  get rttMs(): number | null {
    return this.#heartbeat?.rttMs ?? null;
  }

  /** The offer, made once. */
  offer(): Promise<string> {
    this.#offer ??= this.#makeOffer();
    return this.#offer;
  }

  /** The knock or call that carries the offer. */
  bind(request: SealedRequest): void {
    this.#request = request;
  }

  /** Takes the answer that `peer` signed. False when the description is no good; the link then failed. */
  async accept(sdp: string, peer: Bytes): Promise<boolean> {
    const facts = checkAnswer(sdp);
    if (this.#state !== 'offering' || typeof facts === 'string' || this.#request === null) {
      this.#fail('bad-description');
      return false;
    }
    this.#state = 'connecting';
    this.#remote = facts.fingerprint;
    this.#expected = peer;
    const { id, exports } = this.#request;
    this.#trickle = new Trickle(id, exports.trickleOffer, exports.trickleAnswer);
    try {
      await this.#connection.acceptAnswer(withoutForbidden(sdp, this.parts.allowLoopback));
    } catch {
      this.#fail('bad-description');
      return false;
    }
    for (const candidate of this.#candidates.splice(0)) this.#sendCandidate(candidate);
    for (const message of this.#earlyTrickle.splice(0)) this.onTrickle(message);
    return true;
  }

  /** A trickle message from the switchboard, for this link's id. */
  onTrickle(message: Bytes): void {
    const trickle = this.#trickle;
    if (trickle === null) {
      if (this.#earlyTrickle.length < EARLY) this.#earlyTrickle.push(message);
      return;
    }
    this.#inOrder(async () => {
      const opened = await trickle.open(message);
      // A forged or repeated one is dropped; a restart is answered by the call that follows.
      if (typeof opened === 'string' || 'restart' in opened) return;
      const { candidate, mid } = opened;
      if (candidate !== null && isForbidden(candidate, this.parts.allowLoopback)) return;
      await this.#connection.addCandidate(candidate, mid);
    });
  }

  sendControl(message: Control): boolean {
    return this.#state === 'proved' && this.#connection.send('control', JSON.stringify(message));
  }

  /** Lost when it can't go out at once: it is stale soon anyway. */
  sendLive(data: Bytes): boolean {
    return this.#state === 'proved' && this.#connection.send('live', data);
  }

  /** Queued while the channel is full; order is kept. */
  sendSync(data: Bytes): void {
    this.#unsent.push(data);
    this.#flush();
  }

  /** False: the channel is full. */
  sendBlob(data: Bytes): boolean {
    return this.#state === 'proved' && this.#connection.send('blob', data);
  }

  /** Ends without a `failed` event. */
  close(bye?: ByeReason): void {
    if (bye !== undefined) this.sendControl({ t: 'bye', why: bye });
    this.#shut();
  }

  async #makeOffer(): Promise<string> {
    const sdp = await this.#connection.createOffer();
    const facts = checkOffer(sdp);
    if (typeof facts === 'string') throw new Error(`own offer: ${facts}`);
    this.#own = facts.fingerprint;
    return sdp;
  }

  #shut(): boolean {
    if (this.#state === 'closed') return false;
    this.#state = 'closed';
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#flushing);
    this.#unproved = [];
    this.#unsent = [];
    this.#connection.close();
    return true;
  }

  #fail(why: LinkFailure): void {
    if (this.#shut()) this.parts.events.failed(why);
  }

  #onLocalCandidate(candidate: string | null, mid: string | null): void {
    const message = { candidate, mid: mid ?? '0' };
    if (this.#trickle !== null) this.#sendCandidate(message);
    else if (this.#candidates.length < EARLY) this.#candidates.push(message);
  }

  #sendCandidate(candidate: Trickled): void {
    const trickle = this.#trickle;
    if (trickle === null) return;
    this.#inOrder(async () => this.parts.events.trickle(await trickle.seal(candidate)));
  }

  #onChannel(channel: ChannelName): void {
    if (channel !== 'control' || this.#request === null) return;
    const { me } = this.parts;
    const { id } = this.#request;
    const sid = this.parts.sid();
    const own = this.#own;
    const remote = this.#remote;
    if (own === null || remote === null) return;
    this.#inOrder(async () => {
      const hello = await makeHello(me, { sid, id, side: 'offerer', own, remote });
      this.#connection.send('control', JSON.stringify(hello));
    });
    this.#timers.push(
      setTimeout(() => {
        if (this.#state === 'connecting') this.#fail('hello-missing');
      }, limits.HELLO_TIMEOUT_MS),
    );
  }

  #onData(channel: ChannelName, data: string | Bytes): void {
    if (this.#state === 'closed') return;
    if (this.#state !== 'proved') {
      // Channels may overtake each other: what is not the hello waits for it.
      if (channel === 'control' && !this.#helloCame) {
        this.#helloCame = true;
        this.#inOrder(() => this.#onHello(data));
      } else if (channel === 'live') {
        // Nobody is shown anything before the proof, and after it this is stale.
      } else if (this.#unproved.length >= EARLY) {
        this.#fail('hostile');
      } else {
        this.#unproved.push({ channel, data });
      }
      return;
    }
    this.#heard();
    if (channel === 'sync' && typeof data !== 'string') this.parts.events.sync(data);
    else if (channel === 'blob' && typeof data !== 'string') this.parts.events.blob(data);
    else if (channel === 'live' && typeof data !== 'string') this.parts.events.live(data);
    else if (channel === 'control') this.#onControl(data);
  }

  async #onHello(data: string | Bytes): Promise<void> {
    const message = parseControl(textOf(data));
    if (message === null || typeof message === 'string' || message.t !== 'hello') {
      this.#fail('hello-wrong');
      return;
    }
    if (!(await this.#proves(message))) {
      this.#fail('hello-wrong');
      return;
    }
    if (this.#state !== 'connecting') return;
    this.#state = 'proved';
    this.#heartbeat = new Heartbeat(Date.now(), limits.LINK_DEAD_MS);
    this.#timers.push(setInterval(() => this.#beat(), limits.BEAT_MS));
    this.#timers.push(setInterval(() => this.#look(), limits.LOOK_MS));
    this.parts.events.proved();
    this.#beat();
    for (const early of this.#unproved.splice(0)) this.#onData(early.channel, early.data);
  }

  async #proves(hello: Hello): Promise<boolean> {
    const sid = this.parts.sid();
    const id = this.#request?.id;
    if (id === undefined || this.#own === null || this.#remote === null || this.#expected === null)
      return false;
    // The other side's view: its own print is our remote one.
    const peer = await verifyHello(hello, {
      sid,
      id,
      side: 'answerer',
      own: this.#remote,
      remote: this.#own,
    });
    return typeof peer !== 'string' && same(peer, this.#expected);
  }

  #onControl(data: string | Bytes): void {
    const message = parseControl(textOf(data));
    if (message === null || typeof message === 'string') {
      this.#unknown += 1;
      if (this.#unknown > limits.UNKNOWN_CONTROL) this.#fail('hostile');
      return;
    }
    switch (message.t) {
      case 'hello':
        break;
      case 'beat':
        this.#heartbeat?.beat(message.n, message.echo, Date.now());
        break;
      case 'bye':
        this.#shut();
        this.parts.events.bye(message.why);
        break;
      case 'offer':
        this.#inOrder(() => this.#renegotiate(message.sdp));
        break;
      case 'answer':
        break;
      default:
        this.parts.events.control(message);
    }
  }

  /** Pinned: another fingerprint ends the link. */
  async #renegotiate(sdp: string): Promise<void> {
    const facts = checkOffer(sdp);
    if (typeof facts === 'string') {
      this.#fail('bad-description');
      return;
    }
    if (this.#remote === null || hex(facts.fingerprint) !== hex(this.#remote)) {
      this.#fail('other-fingerprint');
      return;
    }
    const answer = await this.#connection.answerOffer(withoutForbidden(sdp, this.parts.allowLoopback));
    this.sendControl({ t: 'answer', sdp: answer });
  }

  #beat(): void {
    const heartbeat = this.#heartbeat;
    if (heartbeat === null || this.#state !== 'proved') return;
    const { n, echo } = heartbeat.tick(Date.now());
    this.#connection.send('control', JSON.stringify({ t: 'beat', n, echo }));
    this.#flush();
  }

  #look(): void {
    const life = this.#heartbeat?.life(Date.now());
    if (this.#state !== 'proved' || life === undefined) return;
    if (life === 'dead') {
      this.#fail('silence');
    } else if (life === 'silent' && !this.#silent) {
      this.#silent = true;
      this.parts.events.silent();
    }
  }

  #heard(): void {
    this.#heartbeat?.heard(Date.now());
    if (!this.#silent) return;
    this.#silent = false;
    this.parts.events.heardAgain();
  }

  #flush(): void {
    if (this.#state !== 'proved') return;
    while (this.#unsent.length > 0) {
      const [first] = this.#unsent;
      if (first === undefined || !this.#connection.send('sync', first)) break;
      this.#unsent.shift();
    }
    if (this.#unsent.length === 0 || this.#flushing !== undefined) return;
    this.#flushing = setTimeout(() => {
      this.#flushing = undefined;
      this.#flush();
    }, FLUSH_MS);
  }

  #inOrder(work: () => Promise<unknown>): void {
    this.#order = this.#order.then(work).catch(() => this.#fail('transport'));
  }
}

/** Control messages are text; some stacks send text as binary. Bad UTF-8 is no JSON either. */
function textOf(data: string | Bytes): string {
  if (typeof data === 'string') return data;
  try {
    return fromUtf8(data);
  } catch {
    return '';
  }
}
