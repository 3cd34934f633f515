/**
 * The two ways to a switchboard, with the same frames on both: a WebSocket, or a POST whose
 * response streams while requests go by further POSTs (for browsers that refuse the WebSocket,
 * as iOS Safari does with a self-made certificate).
 */
import { concat, hex, type Bytes } from '../seal/bytes.ts';
import * as limits from '../seal/limits.ts';
import { FrameSplitter, decodeServerFrame, prefixed } from './frames.ts';

export interface TransportEvents {
  frame(frame: Bytes): void;
  /** Once, whatever the cause; nothing comes after it. */
  closed(): void;
}

export interface Transport {
  /** Frames go out in order; after a close they are dropped. */
  send(frame: Bytes): void;
  close(): void;
}

/** Opens at once and reports by events. */
export type Dial = (base: URL, events: TransportEvents) => Transport;

/** Bytes a slow WebSocket may hold before the connection counts as dead. */
const SEND_BACKLOG = 1024 * 1024;

export const dialWebSocket: Dial = (base, events) => {
  const url = new URL('/v1/switchboard', base);
  url.protocol = base.protocol === 'http:' ? 'ws:' : 'wss:';
  const once = closer(events);
  let socket: WebSocket;
  try {
    socket = new WebSocket(url, 'sightline.v1');
  } catch {
    queueMicrotask(once.close);
    return { send: () => undefined, close: once.close };
  }
  const close = (): void => {
    once.close();
    socket.close();
  };
  socket.binaryType = 'arraybuffer';
  socket.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (once.closed) return;
    if (data instanceof ArrayBuffer) events.frame(new Uint8Array(data));
    else close();
  };
  socket.onclose = once.close;
  socket.onerror = close;
  return {
    send: (frame) => {
      if (socket.readyState !== WebSocket.OPEN) return;
      if (socket.bufferedAmount > SEND_BACKLOG) close();
      else socket.send(frame);
    },
    close,
  };
};

export const dialStream: Dial = (base, events) => {
  const once = closer(events);
  const abort = new AbortController();
  const close = (): void => {
    once.close();
    abort.abort();
  };
  let token: string | null = null;
  let waiting: Bytes[] = [];
  let posting = false;

  const post = async (): Promise<void> => {
    if (posting || token === null) return;
    posting = true;
    while (waiting.length > 0 && !once.closed) {
      const response = await fetch(new URL('/v1/send', base), {
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream', 'x-sightline-stream': token },
        body: takeBatch(),
        signal: abort.signal,
        ...REQUEST,
      });
      if (!response.ok) throw new Error(`send answered ${response.status}`);
    }
    posting = false;
  };
  /** As many frames as one body may carry. */
  const takeBatch = (): Bytes => {
    let size = 0;
    let count = 0;
    for (const frame of waiting) {
      if (count > 0 && size + frame.length > limits.FRAME) break;
      size += frame.length;
      count += 1;
    }
    const batch = concat(...waiting.slice(0, count));
    waiting = waiting.slice(count);
    return batch;
  };
  const read = async (): Promise<void> => {
    const response = await fetch(new URL('/v1/stream', base), {
      method: 'POST',
      signal: abort.signal,
      ...REQUEST,
    });
    if (!response.ok || response.body === null) throw new Error(`stream answered ${response.status}`);
    const reader = response.body.getReader();
    const splitter = new FrameSplitter();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      for (const frame of splitter.push(value)) {
        if (token === null) {
          const welcome = decodeServerFrame(frame);
          if (welcome.t !== 'welcome') throw new Error('the stream began without a welcome');
          token = hex(welcome.token);
        }
        if (!once.closed) events.frame(frame);
      }
    }
  };
  read().then(close, close);
  return {
    send: (frame) => {
      if (once.closed) return;
      waiting.push(prefixed(frame));
      post().catch(close);
    },
    close,
  };
};

/** No cookies, no cache, no referrer: the switchboard sees keys that are made for it and nothing else. */
const REQUEST = {
  cache: 'no-store',
  credentials: 'omit',
  referrerPolicy: 'no-referrer',
  redirect: 'error',
} as const satisfies RequestInit;

function closer(events: TransportEvents): { readonly closed: boolean; close: () => void } {
  let closed = false;
  return {
    get closed() {
      return closed;
    },
    close: () => {
      if (closed) return;
      closed = true;
      events.closed();
    },
  };
}
