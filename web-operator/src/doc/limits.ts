/** Caps of the document half; the same numbers hold on every peer. */

/** One Automerge change. */
export const CHANGE = 256 * 1024;
/** Operations in one change. */
export const OPS = 4096;
/** Dependencies of one change. */
export const DEPS = 64;
/** Operation counters stay below this. */
export const MAX_OP = 2 ** 31;
/** Envelopes that wait for others, per author and in bytes altogether. */
export const PENDING_PER_AUTHOR = 64;
export const PENDING_BYTES = 8 * 1024 * 1024;
/** Actors of one document in a vector. */
export const ACTORS = 4096;
/** One fragment on the sync channel, and one whole message. */
export const FRAGMENT = 16_000;
export const SYNC_MESSAGE = 512 * 1024;
