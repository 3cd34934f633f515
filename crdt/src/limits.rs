//! Every cap of the document plane, with its reason.

/// Largest Automerge change in an envelope: 4,000 characters or one long stroke fit hundreds of times.
pub const CHANGE_BYTES: usize = 256 * 1024;
/// Fields of an envelope around its change.
pub const ENVELOPE_OVERHEAD: usize = 1 + 16 + 1 + 16 + 8 + 32 + 8 + 8 + 32 + 4 + 64;
/// Largest encoded envelope.
pub const ENVELOPE_BYTES: usize = CHANGE_BYTES + ENVELOPE_OVERHEAD;
/// Operations in one change: bounds the work that a run-length column can ask for.
pub const CHANGE_OPS: u64 = 4096;
/// Predecessors that all operations of one change may name together.
pub const CHANGE_PREDS: u64 = 4096;
/// Dependencies of one change: honest ones have as many as there are simultaneous writers.
pub const CHANGE_DEPS: usize = 64;
/// Other actors that one change refers to.
pub const CHANGE_ACTORS: usize = 4096;
/// Operation counters stay below this, far under Automerge's own 2^32.
pub const MAX_OP: u64 = 1 << 31;
/// Actors of one document: one per writer and run.
pub const ACTORS: usize = 4096;
/// Envelopes of one author in one document: a long session holds some thousands.
pub const AUTHOR_ENVELOPES: usize = 100_000;
/// Bytes of one author's changes in one document.
pub const AUTHOR_BYTES: usize = 64 * 1024 * 1024;
/// Envelopes of one author that may wait for what they depend on.
pub const PENDING_PER_AUTHOR: usize = 64;
/// Bytes of all waiting envelopes of one document.
pub const PENDING_BYTES: usize = 8 * 1024 * 1024;
/// Envelopes of one author that are held without being accepted: a partition's worth of work.
pub const ASIDE_PER_AUTHOR: usize = 4096;
/// Bytes of all envelopes of one document that are held without being accepted.
pub const ASIDE_BYTES: usize = 8 * 1024 * 1024;
/// Equivocation proofs that one document keeps.
pub const PROOFS: usize = 64;
/// Documents of one session.
pub const DOCUMENTS: usize = 256;

/// Largest roster entry: an epoch for 256 members carries about 60 KiB of wraps.
pub const ENTRY_BYTES: usize = 256 * 1024;
/// Entries in a chain.
pub const CHAIN_ENTRIES: usize = 4096;
/// Entries of all branches that a roster remembers.
pub const TREE_ENTRIES: usize = 8192;
/// Branches that may start at one entry.
pub const FORKS_PER_ENTRY: usize = 8;
/// Members at one time.
pub const MEMBERS: usize = 256;
/// Cuts in one entry; `close` names every actor of every document.
pub const CUTS: usize = 2048;
/// Bytes of a member's name on the wire: 64 graphemes of any script fit.
pub const NAME_BYTES: usize = 1024;
/// Graphemes of a member's name as it is shown.
pub const NAME_GRAPHEMES: usize = 64;
/// Ciphertext of a wrapped epoch key: 32 bytes and a tag.
pub const WRAP_BYTES: usize = 48;

/// Largest sync message.
pub const SYNC_BYTES: usize = 512 * 1024;
/// Payload of one fragment of a sync message: fits the smallest message size of any browser.
pub const FRAGMENT_BYTES: usize = 16_000;
/// Bytes of roster entries in one sync message; longer chains go in several.
pub const ROSTER_MESSAGE_BYTES: usize = 384 * 1024;
/// Messages that an honest peer never sends, after which a link's sync input is ignored.
pub const BAD_MESSAGES: u64 = 256;
/// How often a link may ask again for what was sent to it already.
pub const AGAIN: u32 = 64;
/// Largest payload of a stored record.
pub const RECORD_BYTES: usize = 1024 * 1024;
/// Longest chat text, in bytes, that is written; longer text is cut by whoever writes it.
pub const CHAT_BYTES: usize = 64 * 1024;

/// The name of an entry inside another: ten digits, `@` and 80 hex digits.
pub const ENTRY_NAME_BYTES: usize = 10 + 1 + 80;
/// Bytes of a word that names a kind, a tool, a state: the longest known has nine.
pub const WORD_BYTES: usize = 32;
/// Bytes of a title: of a session, a board, a checklist, a text. One line on any screen.
pub const TITLE_BYTES: usize = 1000;
/// Bytes of a file's label: what file systems take.
pub const FILE_NAME_BYTES: usize = 255;
/// Bytes of a media type; the longest registered ones have about 80.
pub const MEDIA_TYPE_BYTES: usize = 100;
/// Bytes of a blob: far above any policy, and a whole number in every language.
pub const BLOB_BYTES: i64 = 1 << 40;
/// Pages of a document.
pub const PAGES: i64 = 10_000;
/// Pixels across or down a picture: what picture formats can say.
pub const PICTURE_SIDE: i64 = 65_535;
/// Points of one stroke: minutes of drawing without lifting the pen.
pub const STROKE_POINTS: usize = 20_000;
/// Bytes of a stroke's text: half a page on a picture.
pub const STROKE_TEXT_BYTES: usize = 2000;
/// Strokes of one board that are shown, also those that were erased: a screen of them is black long before.
pub const BOARD_STROKES: usize = 100_000;
/// What one author can take back on one board.
pub const UNDO_STEPS: usize = 1000;
/// Steps of one checklist.
pub const STEPS: usize = 200;
/// Bytes of one step.
pub const STEP_BYTES: usize = 1000;
/// Bytes of all steps of a checklist with the line ends between them.
pub const STEP_LIST_BYTES: usize = STEPS * (STEP_BYTES + 1);
/// Bytes of what is said about a step.
pub const STEP_NOTE_BYTES: usize = 2000;
/// Characters that one change puts into a shared text or takes out: each is an operation, of which a change has 4096.
pub const SPLICE_CHARS: usize = 2000;
/// Bytes of a shared text that are shown; a longer one is cut.
pub const TEXT_BYTES: usize = 1024 * 1024;
/// Bytes of a note on the desk.
pub const DESK_NOTE_BYTES: usize = 64 * 1024;
