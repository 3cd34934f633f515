/** Every cap of the blobs' half, with its reason; the native side has the same where bytes cross. */

/** What is hashed, verified and asked for as one. */
export const CHUNK = 256 * 1024;
/** Bytes of content in one message: below a data channel's 64 KiB and a waiting-room item. */
export const PIECE = 50_000;
/** One encoded message. */
export const MESSAGE = 60_000;
/** Hashes in one part of a manifest: 32 KiB. */
export const HASHES = 1024;
/** Largest blob that is taken in at all; its hashes are 8 MiB. The organisation's limit is far below. */
export const BLOB = 64 * 1024 * 1024 * 1024;
/** Chunks of the largest blob. */
export const CHUNKS = BLOB / CHUNK;
/**
 * Chunks of one blob that may be awaited at a time: 4 MiB fill 80 ms at 50 MB/s. As many more that
 * lost sources left unfinished are kept.
 */
export const WINDOW = 16;
/** Blobs that are fetched at the same time; the others wait their turn. */
export const FETCHES = 3;
/** Requests of one link that wait to be served, over all blobs: the windows of more transfers than run at once. */
export const GETS = 16 * WINDOW;
/** Chunks of one link that are read ahead of what the channel took. */
export const READ_AHEAD = 8;
/** Unsent bytes that the channel may hold: enough for the longest path, little enough to be given up. */
export const BUFFERED = 1024 * 1024;
/** Below this the channel asks for more. */
export const BUFFERED_LOW = 512 * 1024;
/** Smallest piece on a slow path, so that one never holds up the heartbeat for long. */
export const PIECE_MIN = 4_000;
/** A piece is at most what the path carries in this time. */
export const PIECE_MS = 100;
/** What waits for a channel beyond what is served ahead, in chunks: one that takes nothing gets no more. */
export const CROWDED = READ_AHEAD + 2;
/**
 * A request without any byte for this long is made again. So is one that brings less than a piece in
 * this time, if somebody else could be asked instead.
 */
export const STALLED_MS = 15_000;
/** Somebody who lacks it or is busy is asked again after this long. */
export const AGAIN_MS = 5_000;
/** Wrong chunks from one link before it is asked for that blob no more. */
export const WRONG = 3;
/** Messages that are no message before a link's blob channel is ignored. */
export const MALFORMED = 20;
/** Files above this are fetched when the person asks for them: a phone may pay for each byte. */
export const AUTO_FETCH = 25 * 1024 * 1024;
/** Progress is told this often. */
export const TELL_MS = 200;
/** The speed is measured over this time. */
export const SPEED_MS = 3_000;
/** How much of a partial blob is known to be good is written down this often; the rest is hashed again. */
export const NOTE_MS = 1_000;
/** Space that is left to the browser and the chat when files are kept. */
export const SPARE = 32 * 1024 * 1024;
/** A content that somebody else has open is tried so many times, so long apart. */
export const OPEN_TRIES = 30;
export const OPEN_AGAIN_MS = 100;
/** Missing chunks that are told at a time. */
export const MISSING = 64;
/** Files of one session that the page keeps track of. */
export const FILES = 5_000;

/** A label in UTF-8 bytes: the longest file name of common file systems. */
export const LABEL = 255;
/** A media type. */
export const MEDIA_TYPE = 100;
