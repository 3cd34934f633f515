/**
 * One `RTCPeerConnection` as the session uses it: four data channels and an audio and a video transceiver
 * without tracks, all there from the first offer, so that showing the camera later needs no round trip.
 *
 * A connection is made for one attempt and never reused; `close` drops every handler, so a late event of an
 * old connection cannot reach the session.
 */
import { CHANNELS, type ChannelName, type Connection, type ConnectionEvents } from '../session/facade';

/** Above this many unsent bytes a reliable channel is full. */
const RELIABLE_BUFFER = 1024 * 1024;
/** Below this the blob channel, the only one that is kept full, asks for more. */
const RELIABLE_LOW = 512 * 1024;
/** Above this a lossy message is better dropped: a newer one replaces it. */
const LIVE_BUFFER = 32 * 1024;
/** Remote candidates kept until the answer is set; a browser sends a dozen. */
const MAX_EARLY_CANDIDATES = 64;
/** 720p at 30 frames with detail to spare; congestion control stays below it on weak paths. */
export const MAX_VIDEO_BITRATE = 2_500_000;
const MAX_FRAME_RATE = 30;

interface Candidate {
  readonly candidate: string | null;
  readonly mid: string | null;
}

/** See the module's text. `rtc` is made by the caller so that tests can give their own. */
export class CallConnection implements Connection {
  readonly #rtc: RTCPeerConnection;
  readonly #events: ConnectionEvents;
  readonly #channels = new Map<ChannelName, RTCDataChannel>();
  readonly #video: RTCRtpTransceiver;
  readonly #early: Candidate[] = [];
  #closed = false;

  constructor(rtc: RTCPeerConnection, events: ConnectionEvents) {
    this.#rtc = rtc;
    this.#events = events;
    for (const { name, init } of CHANNELS) {
      this.#openChannel(name, init);
    }
    rtc.addTransceiver('audio', { direction: 'sendrecv' });
    this.#video = rtc.addTransceiver('video', {
      direction: 'sendrecv',
      sendEncodings: [{ maxBitrate: MAX_VIDEO_BITRATE, maxFramerate: MAX_FRAME_RATE }],
    });
    rtc.onicecandidate = (event) => {
      const found = event.candidate;
      this.#events.localCandidate(
        found === null || found.candidate === '' ? null : found.candidate,
        found?.sdpMid ?? null,
      );
    };
    rtc.onconnectionstatechange = () => {
      if (rtc.connectionState === 'failed' || rtc.connectionState === 'closed') {
        this.#fail();
      }
    };
  }

  /** With `restart` the same connection looks for a new path; its fingerprint stays. */
  async createOffer(restart = false): Promise<string> {
    const offer = await this.#rtc.createOffer({ iceRestart: restart });
    await this.#rtc.setLocalDescription(offer);
    return this.#localSdp();
  }

  async acceptAnswer(sdp: string): Promise<void> {
    await this.#rtc.setRemoteDescription({ type: 'answer', sdp });
    await this.#flushEarly();
    await this.#preferSharpness();
  }

  async answerOffer(sdp: string): Promise<string> {
    await this.#rtc.setRemoteDescription({ type: 'offer', sdp });
    await this.#flushEarly();
    await this.#rtc.setLocalDescription(await this.#rtc.createAnswer());
    return this.#localSdp();
  }

  async addCandidate(candidate: string | null, mid: string | null): Promise<void> {
    if (this.#rtc.remoteDescription === null) {
      if (this.#early.length < MAX_EARLY_CANDIDATES) {
        this.#early.push({ candidate, mid });
      }
      return;
    }
    if (candidate === null) {
      return;
    }
    try {
      await this.#rtc.addIceCandidate({ candidate, sdpMid: mid ?? '0' });
    } catch {
      // One candidate the browser cannot read must not end the attempt: others may work.
    }
  }

  send(channel: ChannelName, data: string | Uint8Array<ArrayBuffer>): boolean {
    const port = this.#channels.get(channel);
    const limit = channel === 'live' ? LIVE_BUFFER : RELIABLE_BUFFER;
    // What is sent now counts too where much is sent: the buffer never holds more than the limit.
    const more = channel === 'blob' ? data.length : 0;
    if (this.#closed || port?.readyState !== 'open' || port.bufferedAmount + more > limit) {
      return false;
    }
    try {
      // Two calls because the DOM types overload by the kind of data.
      if (typeof data === 'string') {
        port.send(data);
      } else {
        port.send(data);
      }
      return true;
    } catch {
      return false;
    }
  }

  close(): void {
    if (this.#closed) {
      return;
    }
    this.#closed = true;
    this.#rtc.onicecandidate = null;
    this.#rtc.onconnectionstatechange = null;
    for (const port of this.#channels.values()) {
      port.onopen = port.onmessage = port.onclose = port.onbufferedamountlow = null;
    }
    this.#rtc.close();
  }

  /** Puts a camera track on the video transceiver, or takes it off; no negotiation follows. */
  async show(track: MediaStreamTrack | null): Promise<void> {
    if (!this.#closed) {
      await this.#video.sender.replaceTrack(track);
    }
  }

  /** The browser's figures, or null once closed. */
  async stats(): Promise<RTCStatsReport | null> {
    return this.#closed ? null : this.#rtc.getStats();
  }

  get closed(): boolean {
    return this.#closed;
  }

  #openChannel(name: ChannelName, init: Readonly<RTCDataChannelInit>): void {
    const port = this.#rtc.createDataChannel(name, init);
    port.binaryType = 'arraybuffer';
    port.onopen = () => this.#events.channelOpened(name);
    if (name === 'blob') {
      port.bufferedAmountLowThreshold = RELIABLE_LOW;
      port.onbufferedamountlow = () => this.#events.channelWritable(name);
    }
    port.onmessage = (event: MessageEvent<unknown>) => {
      if (typeof event.data === 'string') {
        this.#events.channelData(name, event.data);
      } else if (event.data instanceof ArrayBuffer) {
        this.#events.channelData(name, new Uint8Array(event.data));
      }
    };
    port.onclose = () => {
      // The control channel lives as long as the link: its end is the link's end.
      if (name === 'control') {
        this.#fail();
      }
    };
    this.#channels.set(name, port);
  }

  #fail(): void {
    if (!this.#closed) {
      this.#events.failed();
    }
  }

  #localSdp(): string {
    return this.#rtc.localDescription?.sdp ?? '';
  }

  async #flushEarly(): Promise<void> {
    for (const { candidate, mid } of this.#early.splice(0)) {
      await this.addCandidate(candidate, mid);
    }
  }

  /**
   * A repair is seen in details: on a weak path drop frames, not pixels. Browsers start at 320x180 otherwise.
   * Those that do not know the preference ignore or refuse it, which costs nothing.
   */
  async #preferSharpness(): Promise<void> {
    const parameters = this.#video.sender.getParameters() as RTCRtpSendParameters & {
      degradationPreference?: string;
    };
    parameters.degradationPreference = 'maintain-resolution';
    for (const encoding of parameters.encodings) {
      encoding.maxBitrate = MAX_VIDEO_BITRATE;
      encoding.maxFramerate = MAX_FRAME_RATE;
    }
    try {
      await this.#video.sender.setParameters(parameters);
    } catch {
      // Kept as the browser had it.
    }
  }
}
