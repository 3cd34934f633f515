/** Caps of the document half; the same numbers hold on every peer. */

/** One Automerge change. */
export const CHANGE = 256 * 1024;
/** One envelope: a change and the fields around it. */
export const ENVELOPE = CHANGE + 190;
/** Operations in one change: bounds the work that a run-length column can ask for. */
export const OPS = 4096;
/** Predecessors that all operations of one change may name together. */
export const PREDS = 4096;
/** Dependencies of one change: honest ones have as many as there are simultaneous writers. */
export const DEPS = 64;
/** Other actors that one change refers to. */
export const CHANGE_ACTORS = 4096;
/** Operation counters stay below this, far under Automerge's own 2^32. */
export const MAX_OP = 2 ** 31;
/** Envelopes and bytes of changes of one author in one document. */
export const AUTHOR_ENVELOPES = 100_000;
export const AUTHOR_BYTES = 64 * 1024 * 1024;
/** Envelopes of one author that are held without being accepted, and the bytes of all such. */
export const ASIDE_PER_AUTHOR = 4096;
export const ASIDE_BYTES = 8 * 1024 * 1024;
/** Equivocation proofs that one document keeps. */
export const PROOFS = 64;
/** Envelopes that wait for others, per author and in bytes altogether. */
export const PENDING_PER_AUTHOR = 64;
export const PENDING_BYTES = 8 * 1024 * 1024;
/** Actors of one document in a vector. */
export const ACTORS = 4096;
/** One fragment on the sync channel, and one whole message. */
export const FRAGMENT = 16_000;
export const SYNC_MESSAGE = 512 * 1024;
/** One roster entry: an epoch for 256 members carries about 60 KiB of wraps. */
export const ENTRY = 256 * 1024;
/** Entries of a chain, and of all branches a roster remembers. */
export const CHAIN = 4096;
export const TREE = 8192;
/** Members at one time. */
export const MEMBERS = 256;
/** Cuts in one entry; `close` names every actor of every document. */
export const CUTS = 2048;
/** A member's name in bytes. */
export const NAME = 1024;
/** A wrapped key: 32 bytes and a tag. */
export const WRAP = 48;
/** Bytes of roster entries in one sync message; longer chains go in several. */
export const ROSTER_MESSAGE = 384 * 1024;
/** Messages that an honest peer never sends, after which a link's sync input is ignored. */
export const BAD_MESSAGES = 256;
/** How often a link may ask again for what was sent to it already. */
export const AGAIN = 64;
/** What the graph keeps in memory for one operation, as the budgets count it. */
export const OP_COST = 32;
/** Documents of one session. */
export const DOCUMENTS = 256;
/** A chat text in bytes. */
export const CHAT = 64 * 1024;
/** A word that names a kind, a tool, a state. */
export const WORD = 32;
/** A title, a file's label, a media type, in bytes. */
export const TITLE = 1000;
export const FILE_NAME = 255;
export const MEDIA_TYPE = 100;
/** Bytes of a blob: far above any policy. */
export const BLOB = 2 ** 40;
export const PAGES = 10_000;
/** Pixels across or down a picture. */
export const PICTURE_SIDE = 65_535;
/** Points of one stroke, and bytes of its text. */
export const STROKE_POINTS = 20_000;
export const STROKE_TEXT = 2000;
/** Strokes of one board that are shown, also those that were erased. */
export const BOARD_STROKES = 100_000;
/** What one author can take back on one board. */
export const UNDO_STEPS = 1000;
/** Steps of one checklist, bytes of one, and of what is said about one. */
export const STEPS = 200;
export const STEP = 1000;
export const STEP_LIST = STEPS * (STEP + 1);
export const STEP_NOTE = 2000;
/** Code units that one change puts into a shared text or takes out: each is an operation, of which a change has 4096. */
export const SPLICE = 2000;
/** Bytes of a shared text that are shown; a longer one is cut. */
export const TEXT = 1024 * 1024;
