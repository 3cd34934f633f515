import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConnectionEvents } from '../session/facade';
import { CallConnection } from './connection';
import { iceServersFor } from './ice';

class FakeChannel {
  readyState = 'connecting';
  bufferedAmount = 0;
  binaryType = 'blob';
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly sent: unknown[] = [];
  constructor(
    readonly label: string,
    readonly init: RTCDataChannelInit,
  ) {}
  send(data: unknown): void {
    this.sent.push(data);
  }
}

class FakeRtc {
  readonly channels: FakeChannel[] = [];
  readonly transceivers: { kind: string; init: RTCRtpTransceiverInit }[] = [];
  readonly candidates: unknown[] = [];
  readonly tracks: unknown[] = [];
  parameters: Record<string, unknown> | undefined;
  connectionState = 'new';
  localDescription: { sdp: string } | null = null;
  remoteDescription: unknown = null;
  onicecandidate: ((event: { candidate: unknown }) => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;
  closed = false;
  createDataChannel(label: string, init: RTCDataChannelInit): FakeChannel {
    const channel = new FakeChannel(label, init);
    this.channels.push(channel);
    return channel;
  }
  addTransceiver(kind: string, init: RTCRtpTransceiverInit): unknown {
    this.transceivers.push({ kind, init });
    return {
      sender: {
        replaceTrack: (track: unknown) => Promise.resolve(void this.tracks.push(track)),
        getParameters: () => ({ encodings: [{}] }),
        setParameters: (parameters: Record<string, unknown>) => {
          this.parameters = parameters;
          return Promise.resolve();
        },
      },
    };
  }
  createOffer(options: RTCOfferOptions): Promise<unknown> {
    return Promise.resolve({ type: 'offer', sdp: options.iceRestart === true ? 'restarted' : 'offer' });
  }
  createAnswer(): Promise<unknown> {
    return Promise.resolve({ type: 'answer', sdp: 'answer' });
  }
  setLocalDescription(description: { sdp: string }): Promise<void> {
    this.localDescription = description;
    return Promise.resolve();
  }
  setRemoteDescription(description: unknown): Promise<void> {
    this.remoteDescription = description;
    return Promise.resolve();
  }
  addIceCandidate(candidate: { candidate: string }): Promise<void> {
    if (candidate.candidate === 'bad') {
      return Promise.reject(new Error('bad'));
    }
    this.candidates.push(candidate);
    return Promise.resolve();
  }
  getStats(): Promise<Map<string, unknown>> {
    return Promise.resolve(new Map<string, unknown>());
  }
  close(): void {
    this.closed = true;
  }
}

let rtc: FakeRtc;
let connection: CallConnection;
let events: { [Name in keyof ConnectionEvents]: ReturnType<typeof vi.fn<ConnectionEvents[Name]>> };

beforeEach(() => {
  rtc = new FakeRtc();
  events = {
    localCandidate: vi.fn(),
    channelOpened: vi.fn(),
    channelWritable: vi.fn(),
    channelData: vi.fn(),
    failed: vi.fn(),
  };
  connection = new CallConnection(rtc as unknown as RTCPeerConnection, events);
});

const channel = (name: string): FakeChannel => rtc.channels.find((one) => one.label === name)!;

describe('a connection', () => {
  it('has four negotiated channels and two transceivers without tracks before its first offer', async () => {
    expect(rtc.channels.map(({ label, init }) => [label, init.id, init.negotiated])).toEqual([
      ['control', 0, true],
      ['sync', 1, true],
      ['live', 2, true],
      ['blob', 3, true],
    ]);
    expect(channel('live').init).toMatchObject({ ordered: false, maxRetransmits: 0 });
    expect(rtc.transceivers.map(({ kind, init }) => [kind, init.direction])).toEqual([
      ['audio', 'sendrecv'],
      ['video', 'sendrecv'],
    ]);
    expect(await connection.createOffer()).toBe('offer');
    expect(await connection.createOffer(true)).toBe('restarted');
  });

  it('prefers pixels over frames once the answer is set', async () => {
    await connection.acceptAnswer('answer');
    expect(rtc.parameters).toMatchObject({ degradationPreference: 'maintain-resolution' });
  });

  it('keeps early candidates until the answer, at most 64, and survives one that is bad', async () => {
    for (let index = 0; index < 100; index += 1) {
      await connection.addCandidate(`c${index}`, '0');
    }
    await connection.acceptAnswer('answer');
    expect(rtc.candidates).toHaveLength(64);
    await connection.addCandidate('bad', '0');
    await connection.addCandidate(null, null);
    expect(rtc.candidates).toHaveLength(64);
  });

  it('says when nothing was sent', () => {
    expect(connection.send('control', 'x')).toBe(false);
    channel('control').readyState = 'open';
    expect(connection.send('control', 'x')).toBe(true);
    channel('control').bufferedAmount = 2 ** 21;
    expect(connection.send('control', 'x')).toBe(false);
    channel('live').readyState = 'open';
    channel('live').bufferedAmount = 40_000;
    expect(connection.send('live', new Uint8Array(1))).toBe(false);
  });

  it('passes text as text and bytes as bytes, and nothing else', () => {
    channel('control').onmessage?.({ data: '{}' });
    channel('sync').onmessage?.({ data: new Uint8Array([1, 2]).buffer });
    channel('sync').onmessage?.({ data: {} });
    expect(events.channelData.mock.calls).toEqual([
      ['control', '{}'],
      ['sync', new Uint8Array([1, 2])],
    ]);
  });

  it('ends with its control channel or by the browser, and is silent once closed', async () => {
    channel('blob').onclose?.();
    expect(events.failed).not.toHaveBeenCalled();
    channel('control').onclose?.();
    expect(events.failed).toHaveBeenCalledTimes(1);
    rtc.connectionState = 'failed';
    rtc.onconnectionstatechange?.();
    expect(events.failed).toHaveBeenCalledTimes(2);
    connection.close();
    connection.close();
    expect(rtc.closed).toBe(true);
    expect(rtc.onconnectionstatechange).toBeNull();
    expect(channel('control').onmessage).toBeNull();
    await connection.show({} as MediaStreamTrack);
    expect(rtc.tracks).toEqual([]);
    expect(await connection.stats()).toBeNull();
  });

  it('tells the end of candidates as null', () => {
    rtc.onicecandidate?.({ candidate: { candidate: 'candidate:1', sdpMid: '0' } });
    rtc.onicecandidate?.({ candidate: { candidate: '', sdpMid: '0' } });
    rtc.onicecandidate?.({ candidate: null });
    expect(events.localCandidate.mock.calls).toEqual([
      ['candidate:1', '0'],
      [null, '0'],
      [null, null],
    ]);
  });
});

it.each([
  ['help.example', ['stun:help.example:443']],
  ['help.example:8443', ['stun:help.example:8443']],
  ['[::1]:9000', ['stun:[::1]:9000']],
  ['', []],
])('asks %j for the own address', (host, urls) => {
  expect(iceServersFor(host).map((server) => server.urls)).toEqual(urls);
});
