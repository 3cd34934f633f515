/** What the page and the blobs' worker say to each other. */
import type { Bytes } from '../seal/bytes.ts';
import type { BlobId } from './manifest.ts';

/** A blob that the session's documents name: it may be fetched, and served to who hears them. */
export interface NamedBlob {
  readonly blob: BlobId;
  /** Null where the document doesn't say it. */
  readonly size: number | null;
  /** Needed for something on screen: fetched without being asked for, unless it is large. */
  readonly eager: boolean;
}

export type BlobAct = 'fetch' | 'pause' | 'resume' | 'cancel';

/** A part of a blob as one encoded message, or the plain bytes of a whole chunk: for waiting rooms and mailboxes. */
export type Part =
  | { readonly hashes: number }
  | { readonly chunk: number; readonly from: number }
  | { readonly whole: number };

export type ToBlobs =
  | { readonly t: 'start'; readonly session: string }
  | { readonly t: 'stop' }
  /** A file of this device: read once, hashed, and kept. */
  | { readonly t: 'take'; readonly take: string; readonly file: Blob }
  | { readonly t: 'drop-take'; readonly take: string }
  /** All that the documents name, each time it changes. */
  | { readonly t: 'named'; readonly blobs: readonly NamedBlob[] }
  /** The organisation's limit: what is said to be larger is not fetched. */
  | { readonly t: 'limit'; readonly bytes: number }
  | { readonly t: 'act'; readonly blob: BlobId; readonly act: BlobAct }
  | { readonly t: 'link-up'; readonly link: number }
  | { readonly t: 'link-data'; readonly link: number; readonly data: Bytes }
  /** The channel took so many bytes of what was sent. */
  | { readonly t: 'link-took'; readonly link: number; readonly bytes: number }
  | { readonly t: 'link-down'; readonly link: number }
  /** A blob message that came by waiting room or mailbox. */
  | { readonly t: 'item'; readonly data: Bytes }
  | { readonly t: 'open'; readonly req: number; readonly blob: BlobId }
  | { readonly t: 'part'; readonly req: number; readonly blob: BlobId; readonly part: Part }
  /** Which chunks are missing here, some of them. */
  | { readonly t: 'missing'; readonly req: number; readonly blob: BlobId }
  | { readonly t: 'forget'; readonly session: string };

/** Why a file could not be taken or kept. */
export type TakeProblem = 'file-empty' | 'file-too-large' | 'file-unreadable' | 'file-disk-full';

export type BlobProblem =
  /** This device has no room for it. */
  | 'file-disk-full'
  /** What came was not what the document names. */
  | 'file-wrong';

export interface BlobState {
  readonly blob: BlobId;
  readonly size: number;
  readonly state: 'here' | 'arriving' | 'paused' | 'waiting' | 'offered' | 'refused';
  /** Verified bytes. */
  readonly have: number;
  readonly perSec: number;
  readonly why: BlobProblem | null;
  readonly own: boolean;
  /** False: it is sent from where it lies, and ends with the page. */
  readonly kept: boolean;
  /** Bytes that somebody else is known to have, of an own one. */
  readonly sent: number;
  readonly sentPerSec: number;
  readonly delivered: boolean;
}

export type FromBlobs =
  | { readonly t: 'ready' }
  | { readonly t: 'taking'; readonly take: string; readonly have: number }
  | { readonly t: 'taken'; readonly take: string; readonly blob: BlobId; readonly kept: boolean }
  | { readonly t: 'take-failed'; readonly take: string; readonly why: TakeProblem }
  /** What changed since the last time. */
  | { readonly t: 'states'; readonly states: readonly BlobState[]; readonly gone: readonly BlobId[] }
  | { readonly t: 'link-send'; readonly link: number; readonly messages: readonly Bytes[] }
  | { readonly t: 'opened'; readonly req: number; readonly file: Blob | null }
  | { readonly t: 'part'; readonly req: number; readonly message: Bytes | null }
  /** Null while its manifest is not known. */
  | { readonly t: 'missing'; readonly req: number; readonly chunks: readonly number[] | null };
