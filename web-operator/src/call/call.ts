/**
 * The page's side of a call: opens connections for the session and keeps what is shown on the newest one.
 *
 * The camera's track is put on a connection only while the session says that its other end is proved.
 */
import type { ConnectionEvents, OpenConnection } from '../session/facade';
import { CallConnection } from './connection';
import { iceServersFor } from './ice';
import { observe, sampleOf, type Quality, type Watch } from './watch';

/** How often the figures are read. */
const WATCH_EVERY_MS = 700;

/** What the page hears of the call. */
export interface CallEvents {
  /** New figures, a few times in two seconds; null when there is no proved link. */
  quality(quality: Quality | null): void;
}

/** One per page. `open` is handed to the session. */
export class Call {
  readonly #events: CallEvents;
  readonly #pageHost: string;
  #newest: CallConnection | null = null;
  #track: MediaStreamTrack | null = null;
  #proved = false;
  #timer: ReturnType<typeof setInterval> | undefined;
  #watch: Watch | null = null;

  constructor(pageHost: string, events: CallEvents) {
    this.#pageHost = pageHost;
    this.#events = events;
  }

  /** Opens the connection of one attempt; the session closes it. */
  readonly open: OpenConnection = (events: ConnectionEvents) => {
    const rtc = new RTCPeerConnection({
      iceServers: iceServersFor(this.#pageHost),
      bundlePolicy: 'max-bundle',
      rtcpMuxPolicy: 'require',
    });
    this.#newest = new CallConnection(rtc, events);
    this.#proved = false;
    return this.#newest;
  };

  /** The session proved the other end, or lost it. */
  async link(proved: boolean): Promise<void> {
    this.#proved = proved;
    clearInterval(this.#timer);
    this.#watch = null;
    if (!proved) {
      this.#timer = undefined;
      this.#events.quality(null);
      return;
    }
    this.#timer = setInterval(() => void this.#look(), WATCH_EVERY_MS);
    await this.#apply();
  }

  /** Shows this track from now on, on this and on later connections; null shows nothing. */
  async show(track: MediaStreamTrack | null): Promise<void> {
    this.#track = track;
    await this.#apply();
  }

  async #apply(): Promise<void> {
    const connection = this.#newest;
    if (connection === null || connection.closed) {
      return;
    }
    try {
      await connection.show(this.#proved ? this.#track : null);
    } catch {
      // The connection closed meanwhile; the next one gets the track when it is proved.
    }
  }

  async #look(): Promise<void> {
    const report = await this.#newest?.stats();
    if (!this.#proved || report === null || report === undefined) {
      return;
    }
    const seen = observe(this.#watch, sampleOf(report, performance.now()));
    this.#watch = seen.watch;
    this.#events.quality(seen.quality);
  }
}
