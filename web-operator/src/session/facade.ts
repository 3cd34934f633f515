/**
 * What the rest of the page sees of a session: one object, one immutable snapshot, and the port a
 * connection has to offer. Views read the snapshot and call the methods; bytes stay on this side.
 */

import type { FilesPort, Look, ShowPort } from './show.ts';

/** Where the operator stands with this session. */
export type Phase =
  /** No link opened and no session chosen yet. */
  | 'idle'
  /** The person tapped Join: the switchboard is dialled and the sealed record fetched. */
  | 'opening'
  /** The knock is on its way and nobody confirmed it yet. */
  | 'knocking'
  /** The knock lies with the expert; chat works; admission is the expert's decision. */
  | 'waiting'
  /** Admitted: the roster is verified and keys are here; the direct link is being made. */
  | 'admitted'
  /** The direct link is up and the other side proved who it is. */
  | 'linked'
  /** A link existed and is lost; a new call is being tried. */
  | 'reconnecting'
  /** The expert can't be reached now; what is written is kept and delivered later. */
  | 'away'
  /** The expert said no, or the invite is not good any more; `error` says which. */
  | 'refused'
  /** The session is over: closed by the expert, or left. */
  | 'ended';

/** Every failure the page can show; each is also the id of a Fluent message ("error-link-wrong"). */
export type ErrorCode =
  | 'link-wrong'
  | 'link-cut'
  | 'link-unknown'
  | 'link-expired'
  | 'link-not-yet-valid'
  | 'link-used-up'
  | 'link-revoked'
  | 'record-forged'
  | 'record-older'
  | 'knock-refused'
  | 'knock-too-many'
  | 'knock-damaged'
  | 'removed'
  | 'session-closed'
  | 'expert-busy'
  | 'expert-unproved'
  | 'version-unsupported'
  | 'rendezvous-down'
  | 'rendezvous-refused'
  | 'connection-failed'
  | 'link-unproved'
  | 'browser-too-old'
  | 'documents-failed'
  | 'storage-full'
  | 'storage-missing'
  | 'text-too-long'
  | 'outbox-full';

/** How far a chat message of mine has come; messages of others are always `delivered`. */
export type Delivery =
  /** On this device only. */
  | 'waiting'
  /** Sealed in the waiting room at the rendezvous. */
  | 'stored'
  /** The expert's device said that it has it. */
  | 'delivered';

export type RoleName = 'lead' | 'expert' | 'operator' | 'viewer';

export interface ChatItem {
  /** Stable for the life of the page, also from "still typed" to "signed". */
  readonly id: string;
  readonly mine: boolean;
  /** Lowercase hex peer key of the author; empty while a message of mine is not signed yet. */
  readonly author: string;
  /** The author's name as the roster (or the record) has it. */
  readonly name: string;
  /** Empty for a message that is nothing but a file. */
  readonly text: string;
  /** Blob of the file that the message brings, lowercase hex: a file of the same blob and author is on the shelf. */
  readonly file: string | null;
  /** The author's claim, unix milliseconds. */
  readonly at: number;
  readonly delivery: Delivery;
}

export interface Person {
  readonly peer: string;
  readonly name: string;
  readonly role: RoleName;
  readonly me: boolean;
  /** True while there is a proved direct link to this person. */
  readonly here: boolean;
}

export interface SessionSnapshot {
  readonly phase: Phase;
  /** `SavedSession.key` of the session the page is in. */
  readonly key: string | null;
  /** Lowercase hex session id once the record is opened or a saved session chosen. */
  readonly session: string | null;
  /** The title from the room document, empty until known. */
  readonly title: string;
  /** Empty until the record is opened. */
  readonly expertName: string;
  /** My own name as it was sent. */
  readonly myName: string;
  /** The four words both sides see before admission; empty until the knock was made. */
  readonly words: readonly string[];
  /** The same as "0123 0456 0789 1011". */
  readonly numbers: string;
  readonly chat: readonly ChatItem[];
  readonly people: readonly Person[];
  /** The direct link is up and the signed hello of the other side was verified. */
  readonly verified: boolean;
  /** Somebody at the other end really watches the picture (the expert's word). */
  readonly watching: boolean;
  /** Round trip over the direct link in milliseconds, smoothed; null without a link. */
  readonly rttMs: number | null;
  /** State of the way to the switchboard. */
  readonly rendezvous: 'off' | 'connecting' | 'online' | 'offline';
  /** State of the documents' worker; a call never waits for it. */
  readonly documents: 'off' | 'loading' | 'ready' | 'failed';
  /** Another tab of this browser owns the session; offer `useHere()`. */
  readonly elsewhere: boolean;
  /** The last failure that the person should know about, or null. */
  readonly error: ErrorCode | null;
  /** When the next attempt is made by itself (unix ms), or null. */
  readonly retryAt: number | null;
}

export interface SavedSession {
  /** Opaque handle for `resume`. */
  readonly key: string;
  /** `knocked`: waiting for admission when the page was left; `member`: admitted earlier. */
  readonly state: 'opened' | 'knocked' | 'member' | 'ended';
  readonly title: string;
  readonly expertName: string;
  readonly myName: string;
  readonly lastAt: number;
}

/** Pre-negotiated data channels: ids 0..3 in this order. */
export type ChannelName = 'control' | 'sync' | 'live' | 'blob';

export const CHANNELS: readonly {
  readonly name: ChannelName;
  readonly id: number;
  readonly init: Readonly<RTCDataChannelInit>;
}[] = [
  { name: 'control', id: 0, init: { negotiated: true, id: 0, ordered: true } },
  { name: 'sync', id: 1, init: { negotiated: true, id: 1, ordered: true } },
  { name: 'live', id: 2, init: { negotiated: true, id: 2, ordered: false, maxRetransmits: 0 } },
  { name: 'blob', id: 3, init: { negotiated: true, id: 3, ordered: true } },
];

/** What a connection reports. Calls after `close()` are ignored. */
export interface ConnectionEvents {
  /** A local candidate, or null at the end of candidates. Kept until admission, then sent sealed. */
  localCandidate(candidate: string | null, mid: string | null): void;
  channelOpened(channel: ChannelName): void;
  /** A channel that refused has room again; only of `blob`. */
  channelWritable(channel: ChannelName): void;
  /** Text messages (control) come as string, binary ones as bytes. */
  channelData(channel: ChannelName, data: string | Uint8Array<ArrayBuffer>): void;
  /** The peer connection failed or was closed by the browser. */
  failed(): void;
}

/** One RTCPeerConnection as the session uses it. Built by `call/`; new for every attempt. */
export interface Connection {
  /** Creates and sets the local offer and resolves with its SDP (candidates may still be missing). */
  createOffer(): Promise<string>;
  /** Sets the remote answer. Rejects if the browser refuses it. */
  acceptAnswer(sdp: string): Promise<void>;
  /** Renegotiation asked by the other side over `control` (its fingerprint is already checked). */
  answerOffer(sdp: string): Promise<string>;
  addCandidate(candidate: string | null, mid: string | null): Promise<void>;
  /** False: not open or its buffer is full; nothing was sent. */
  send(channel: ChannelName, data: string | Uint8Array<ArrayBuffer>): boolean;
  /** Idempotent. */
  close(): void;
}

/** `call/` gives this to the session, which opens a new connection for each attempt. */
export type OpenConnection = (events: ConnectionEvents) => Connection;

export type MediaOffReason = 'stopped' | 'denied' | 'missing' | 'busy' | 'lost';

/** Messages on `control` that belong to media, views and boards; hello, beat and bye stay in the session. */
export type ControlMessage =
  | { readonly t: 'ask'; readonly what: 'video' }
  | { readonly t: 'asked'; readonly what: 'video'; readonly ok: boolean }
  | {
      readonly t: 'media';
      readonly video: 'live' | 'off';
      readonly why: MediaOffReason | null;
    }
  | { readonly t: 'view'; readonly watching: boolean }
  /** An expert asks everybody to look at something. */
  | { readonly t: 'look'; readonly look: Look }
  /** An expert asks for a photo in full resolution; it comes as a board, or not. */
  | { readonly t: 'photo' }
  | { readonly t: 'photo-refused' };

export type OpenLinkResult =
  /** The link is well formed and stored: ask for a name. `known` when this browser used it before. */
  | { readonly ok: true; readonly known: SavedSession | null }
  | { readonly ok: false; readonly error: ErrorCode };

/** The one object the page holds. Methods never throw; failures appear in the snapshot. */
export interface Operator {
  /** Files of the session the page is in. */
  readonly files: FilesPort;
  /** Boards, pointers, steps and texts of the session the page is in. */
  readonly show: ShowPort;
  snapshot(): SessionSnapshot;
  /** Called after every change, coalesced to one call per microtask turn. Returns the unsubscriber. */
  subscribe(listener: (snapshot: SessionSnapshot) => void): () => void;

  /** Checks what this browser can do; null when everything needed is here. */
  browserProblem(): ErrorCode | null;
  /**
   * Parses and stores the fragment (with or without '#'). No network is used: only a tap may.
   * Take the fragment out of the address bar after this resolved.
   */
  openLink(fragment: string): Promise<OpenLinkResult>;
  savedSessions(): Promise<readonly SavedSession[]>;
  /** The name used last on this device, or empty. */
  rememberedName(): Promise<string>;
  /** Starts loading the documents' worker; call it while the person reads. Does not use the invite. */
  preload(): void;

  /** The tap on Join: record, knock, waiting room, admission, link. */
  join(name: string, lang: string, open: OpenConnection): void;
  /**
   * Back to a saved session (reload): the same knock again, or a call as a member. One that was only
   * opened becomes the opened link again: the phase stays `idle` and `join` goes on.
   */
  resume(key: string, lang: string, open: OpenConnection): void;
  /** Try again now: after `rendezvous-down`, `away`, `reconnecting`. */
  retry(): void;
  /** Take the session over from another tab. */
  useHere(): void;
  /** Say bye and close the link; history stays. */
  leave(): void;
  /** Forget this session on this device. */
  forget(key: string): Promise<void>;

  /** Adds a chat message; it shows at once and is kept until delivered. False: empty or too long. */
  say(text: string): boolean;
  /** Sends a media message on `control`; false without a proved link. */
  sendControl(message: ControlMessage): boolean;
  /** Messages of the other side, only after its hello was verified. Returns the unsubscriber. */
  onControl(listener: (message: ControlMessage) => void): () => void;
  /** Called when a proved link came up (`true`) or was lost (`false`): media is sent by replaceTrack. */
  onLink(listener: (up: boolean) => void): () => void;
}

/** Longest chat message in UTF-16 units. */
export const MAX_TEXT = 8000;
