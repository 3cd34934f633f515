/** Every cap and patience of the page's protocol half, with its reason; the expert's side has the same. */

/** One switchboard frame in either direction. */
export const FRAME = 64 * 1024;
/** One sealed message through the switchboard: an SDP offer with many candidates fits twice. */
export const MESSAGE = 48 * 1024;
/** A sealed invite record: a few addresses and a name. */
export const RECORD = 4 * 1024;
/** One waiting room item: less than a frame, so that its request always fits. */
export const ITEM = 60 * 1024;
/** Items in one answer of the switchboard. */
export const ITEMS = 256;
/** Slots in one answer. */
export const SLOTS = 1024;
/** One sealed item of a mailbox: a blob chunk or the largest envelope, padded. */
export const MAIL = 320 * 1024;
/** Bytes of a mailbox item in one request or answer: less than a frame. */
export const MAIL_PART = 60 * 1024;
/** Items in one answer about a mailbox. */
export const MAILS = 512;
/** Data of a blob chunk; only a blob's last may be shorter. */
export const MAIL_CHUNK = 256 * 1024;
/** Plain mailbox items are padded to a multiple of this, so that chat lines all look alike. */
export const MAIL_PAD = 256;
/** Smallest size class of a chunk's data: below it a file says nothing by its size. */
export const MAIL_CHUNK_CLASS = 4 * 1024;
/** An organisation's policy: some dozens of settings. */
export const POLICY = 60 * 1024;
/** Bytes of one shared file where no rendezvous says otherwise. */
export const FILE_BYTES = 1024 * 1024 * 1024;
/** `name:port` as it is signed; the longest DNS name has 253 characters. */
export const HOST = 262;
/** SDP of a bundled audio, video and data offer is below 12 kB. */
export const SDP = 32 * 1024;
/** One candidate line. */
export const CANDIDATE = 512;
/** The name of a media section. */
export const MID = 32;
/** One trickled message: a restart carries an SDP, escaped. */
export const TRICKLE = 40 * 1024;
/** A display name in bytes; graphemes are capped apart, for a grapheme has no bound of its own. */
export const NAME = 1024;
export const NAME_GRAPHEMES = 64;
/** A language tag. */
export const LANG = 35;
/** Capabilities named in a knock, and the bytes of one. */
export const CAPS = 32;
export const CAP = 64;
/** Addresses named in a record, and the bytes of one. */
export const RENDEZVOUS = 4;
export const LAN = 8;
export const URL_LENGTH = 300;
/** Roster entries in one reply, and the bytes of one: two wraps for each of some 200 members. */
export const CHAIN = 512;
export const ENTRY = 32 * 1024;
/** A control message: room for one SDP in JSON. */
export const CONTROL = 64 * 1024;
/** Unknown control messages ignored before the link counts as hostile. */
export const UNKNOWN_CONTROL = 1000;

/** The other side's hello has to be there this long after `control` opened. */
export const HELLO_TIMEOUT_MS = 5000;
/** Heartbeat period. */
export const BEAT_MS = 500;
/** Silence after which a link counts as lost, so that a person is told within two seconds. */
export const LINK_LOST_MS = 1700;
/** How often silence is looked for. */
export const LOOK_MS = 100;
/** A lost link that stays silent this long is closed for good. */
export const LINK_DEAD_MS = 30_000;
/** From offer and answer to an open `control`; later the page calls again. */
export const CONNECT_TIMEOUT_MS = 15_000;
/** A connection that is not there by then is told about while it is still tried: a person reads a reason within 15 s. */
export const CONNECT_PATIENCE_MS = 8_000;
/** A request to the switchboard without an answer for this long renews the connection. */
export const REQUEST_TIMEOUT_MS = 10_000;
/** Requests without an answer that a client keeps. */
export const OUTSTANDING = 256;
/** Idle time after which the client pings, below the idle timeouts of mobile NATs. */
export const PING_MS = 20_000;
/** From dialling to the welcome. */
export const WELCOME_TIMEOUT_MS = 10_000;
/** First and longest wait between reconnects to the switchboard. */
export const BACKOFF_FIRST_MS = 250;
export const BACKOFF_MAX_MS = 2500;
/** Longest wait between calls and repeated knocks: they reach a person's device. */
export const CALL_BACKOFF_MAX_MS = 15_000;
/** A knock or call without any reply is sent again after this long (same bytes, same id). */
export const KNOCK_REPEAT_MS = 3000;
/** Within this time a call or first knock has an outcome or a reason that a person can read. */
export const ANSWER_PATIENCE_MS = 15_000;
/** How often a caller may be sent back for roster entries before it gives up. */
export const BEHIND = 4;

/** One message of the `live` channel: fits one packet, for a lost fragment would lose it all. */
export const LIVE = 1200;
/** Live messages sent in a second: as many as a screen shows pictures. */
export const LIVE_PER_SEC = 60;
/** Live messages of a peer that are taken in within a second, twice what an honest one sends. */
export const LIVE_TAKEN_PER_SEC = 120;
/** Live messages taken in at once: a path that stalled lets go of seconds together. */
export const LIVE_BURST = 300;
/** Points of one stroke: minutes of drawing, and one change's worth of bytes. */
export const STROKE_POINTS = 20_000;
/** Strokes that one person has in the making: as many as fingers. */
export const PREVIEWS = 10;
/** Shared texts in which one person has a cursor. */
export const CURSORS = 8;
/** Ended previews remembered per person, so that a late message doesn't bring one back. */
export const ENDED_PREVIEWS = 32;
/** Silence after which a pointer, a stroke in the making, a cursor is shown no more. */
export const POINTER_FADES_MS = 3000;
export const PREVIEW_FADES_MS = 5000;
export const CURSOR_FADES_MS = 30_000;
/** A pen that rests repeats its stroke, often enough that two lost messages don't make it fade. */
export const PREVIEW_REPEAT_MS = 1500;
