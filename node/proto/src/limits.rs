//! Every cap of the protocol, each with its reason. A number that bounds something lives here and nowhere else.

/// The only protocol version. Anything else is refused, never guessed at.
pub const VERSION: u8 = 1;

/// One switchboard frame in either direction: what an HTTPS body of the switchboard may hold.
pub const MAX_FRAME: usize = 64 * 1024;
/// One sealed message (knock, call, reply, trickle) through the switchboard: an offer with many candidates is about
/// 10 kB, a roster chain of a long session about 30 kB; the rest of a frame is headroom for its fields.
pub const MAX_PAYLOAD: usize = 48 * 1024;
/// One waiting-room item. Less than a frame, so that a `PutItem` with its signature and an `Items` answer always fit.
pub const MAX_ITEM: usize = 60 * 1024;
/// A sealed invite record: a few addresses and a name.
pub const MAX_RECORD: usize = 4 * 1024;
/// A host as it is signed (`name:port`): the longest DNS name is 253 characters.
pub const MAX_HOST: usize = 262;
/// Items in one `Items` answer; `more` asks for the rest.
pub const MAX_ITEMS: usize = 256;
/// Slots in one `Slots` answer: the largest waiting room an invite may have.
pub const MAX_SLOTS: usize = 1024;

/// One sealed item of a mailbox: a blob chunk of 256 KiB, or an envelope around the largest change, padded.
pub const MAX_MAIL: usize = 320 * 1024;
/// Bytes of a mailbox item in one `PutPart` or `MailPart`: less than a frame, so that its fields and signature always fit.
pub const MAX_MAIL_PART: usize = 60 * 1024;
/// Slots in a mailbox's access list: the greatest number of members, and as many devices again. Fits one frame.
pub const MAX_ACCESS: usize = 512;
/// Items in one answer to `ListMail`; `more` asks for the rest.
pub const MAX_MAILS: usize = 512;
/// Data of a blob chunk; only a blob's last may be shorter.
pub const MAIL_CHUNK: usize = 256 * 1024;
/// Plain mailbox items are padded to a multiple of this, so that chat lines all look alike.
pub const MAIL_PAD: usize = 256;
/// Smallest size class of a chunk's data: below it a file says nothing by its size.
pub const MAIL_CHUNK_CLASS: usize = 4 * 1024;
/// Listed mailbox items that may wait to be read: a page that is read, and the next one. No further page is asked for while
/// there is no room for it.
pub const MAX_MAIL_UNREAD: usize = 2 * MAX_MAILS;
/// Mailbox items that may wait for a roster entry or for what they build on. Only their labels are kept, some 60 bytes
/// each; those beyond it are listed again.
pub const MAX_MAIL_WAITING: usize = 4_096;
/// Parts of blobs in a mailbox that a member knows of: as many items as a slot may have by default, 16 GiB of chunks. A
/// rendezvous that lists for ever fills no more than some megabytes.
pub const MAX_BLOB_ITEMS: usize = 65_536;
/// An organisation's policy as the rendezvous hands it on: some dozens of settings.
pub const MAX_POLICY: usize = 60 * 1024;
/// Bytes of one shared file where no rendezvous says otherwise.
pub const DEFAULT_FILE_BYTES: u64 = 1024 * 1024 * 1024;

/// Graphemes of a shown name: what fits on a card.
pub const MAX_NAME_GRAPHEMES: usize = 64;
/// Bytes of a name on the wire: a grapheme has no bound of its own (stacked marks), so bytes are capped too.
pub const MAX_NAME: usize = 1024;
/// A BCP 47 language tag; the standard's own advice for a buffer is 35.
pub const MAX_LANG: usize = 35;
/// Capabilities a peer may announce.
pub const MAX_CAPS: usize = 32;
/// Bytes of one capability name.
pub const MAX_CAP: usize = 64;
/// A session description: a browser's offer with three bundled sections and its candidates is under 12 kB.
pub const MAX_SDP: usize = 32 * 1024;
/// Lines of a session description, so that a parser's work is bounded.
pub const MAX_SDP_LINES: usize = 2_000;
/// One ICE candidate line.
pub const MAX_CANDIDATE: usize = 512;
/// A trickle message's JSON: a restart carries a session description, escaped.
pub const MAX_TRICKLE: usize = 40 * 1024;

/// Rendezvous addresses in a record: a second one is for moving house, more is noise.
pub const MAX_RENDEZVOUS: usize = 4;
/// LAN addresses in a record.
pub const MAX_LAN: usize = 8;
/// Bytes of one such address.
pub const MAX_URL: usize = 300;
/// A link as pasted, with room for white space around it.
pub const MAX_LINK: usize = 512;

/// Roster entries in one reply: long sessions change members dozens of times, not thousands.
pub const MAX_CHAIN: usize = 512;
/// One roster entry: two wraps for each of some 200 members.
pub const MAX_ENTRY: usize = 32 * 1024;

/// Knocks of one invite that wait for the expert's decision at the same time.
pub const MAX_OPEN_KNOCKS: usize = 8;
/// Knocks of one invite remembered with their replies until it ends. Past this the invite answers nobody new: a link
/// that leaked this widely is revoked, not served.
pub const MAX_KNOWN_KNOCKS: usize = 4_096;
/// Invites one session keeps open at a time: what a person can look through.
pub const MAX_INVITES: usize = 256;
/// An offer older than this gets no answer, because its candidates and NAT bindings are gone: the new member calls.
pub const OFFER_FRESH_MS: u64 = 60_000;

/// A control message: room for one session description in JSON.
pub const MAX_CONTROL: usize = 64 * 1024;
/// Within this time after the data channel opens the other side's hello must have come and be right.
pub const HELLO_TIMEOUT_MS: u64 = 5_000;
/// Heartbeat period on `control`.
pub const BEAT_MS: u64 = 500;
/// Silence (of beats and of everything else) after which a link is told lost. Three missed beats and a little: a person is
/// told within 2 s that the other side is gone, and a short radio gap is ridden out.
pub const LINK_LOST_MS: u64 = 1_700;
/// A lost link that is not heard again within this time is closed for good and called anew.
pub const LINK_DEAD_MS: u64 = 30_000;
/// Time for ICE and DTLS to come up after offer and answer met; after it the caller calls again.
pub const CONNECT_TIMEOUT_MS: u64 = 15_000;
/// Control messages with an unknown `t` that a link ignores before it is closed: a newer peer sends a few, a flood is an
/// attack.
pub const MAX_UNKNOWN_CONTROL: u32 = 1_000;

/// Requests a switchboard client keeps without an answer; more wait in the caller, whose outbox is durable.
pub const MAX_OUTSTANDING: usize = 256;
/// A request unanswered for this long is given back as failed and the connection is renewed.
pub const REQUEST_TIMEOUT_MS: u64 = 10_000;
/// Idle time after which the client pings, well below the idle timeouts of proxies and mobile NATs.
pub const PING_MS: u64 = 20_000;
/// Without any frame for this long after a ping the connection counts as dead.
pub const PONG_TIMEOUT_MS: u64 = 8_000;
/// From connecting to the switchboard's welcome.
pub const WELCOME_TIMEOUT_MS: u64 = 10_000;

/// First wait before a reconnect.
pub const BACKOFF_FIRST_MS: u64 = 250;
/// Longest wait between reconnects: a restarted rendezvous is met again within 3 s by those who were connected.
pub const BACKOFF_MAX_MS: u64 = 2_500;
/// Longest wait between calls or repeated knocks: they reach a person's device, not a server, so they are rarer.
pub const CALL_BACKOFF_MAX_MS: u64 = 15_000;
/// Time after a knock or call without any reply before it is sent again (the same bytes: same id, same stored reply).
pub const KNOCK_REPEAT_MS: u64 = 3_000;
/// Within this time a call or a first knock must have an outcome or a reason a person can read.
pub const ANSWER_PATIENCE_MS: u64 = 15_000;
/// How often a holder behind on the roster may be sent back to call again before it gives up.
pub const MAX_BEHIND: u32 = 4;

/// One message of the `live` channel: fits one packet, for a lost fragment would lose it all.
pub const MAX_LIVE: usize = 1_200;
/// Live messages that a peer sends in a second: as many as a screen shows pictures.
pub const LIVE_PER_SEC: u64 = 60;
/// Live messages of a peer that are taken in within a second, twice what an honest one sends; more are dropped and counted.
pub const LIVE_TAKEN_PER_SEC: u64 = 120;
/// Live messages taken in at once: a path that stalled lets go of seconds together.
pub const LIVE_BURST: u64 = 300;
/// Drawing tools that have a code.
pub const TOOLS: u8 = 7;
/// Inks that have a code.
pub const INKS: u8 = 5;
/// Points of one stroke: minutes of drawing, and one change's worth of bytes.
pub const MAX_STROKE_POINTS: usize = 20_000;
/// Strokes that one person has in the making: as many as fingers.
pub const MAX_PREVIEWS: usize = 10;
/// Shared texts in which one person has a cursor.
pub const MAX_CURSORS: usize = 8;
/// A pointer that says nothing for so long is shown no more.
pub const POINTER_FADES_MS: u64 = 3_000;
/// A stroke in the making of which nothing is heard for so long is shown no more.
pub const PREVIEW_FADES_MS: u64 = 5_000;
/// A pen that rests repeats its stroke, often enough that two lost messages don't make it fade.
pub const PREVIEW_REPEAT_MS: u64 = 1_500;
/// A cursor that doesn't move for so long is shown no more.
pub const CURSOR_FADES_MS: u64 = 30_000;
/// So long a click is shown before the movement behind it: longer than a picture on a screen, shorter than a person sees.
pub const CLICK_SHOWN_MS: u64 = 80;
/// Ended previews remembered per person, so that a late message doesn't bring one back.
pub const MAX_ENDED_PREVIEWS: usize = 32;

/// Bytes of a blob's chunk: what is hashed, verified and asked for as one. A cut transfer repeats less than this.
pub const CHUNK: usize = 256 * 1024;
/// The largest blob: far above any policy; its manifest takes 8 MiB of memory while it is fetched or served.
pub const MAX_BLOB: u64 = 64 * 1024 * 1024 * 1024;
/// Chunks of the largest blob.
pub const MAX_CHUNKS: u32 = 262_144;
/// One message about blobs: fits a data channel's 64 KiB and, sealed, an item of a waiting room.
pub const MAX_BLOB_MESSAGE: usize = 60_000;
/// Bytes of content in one message: six pieces make a chunk.
pub const MAX_PIECE: usize = 50_000;
/// Hashes in one part of a manifest: 32 KiB.
pub const MAX_HASHES: usize = 1_024;
/// Chunks of one blob that are awaited or being written at a time: 4 MiB fill a path of 80 ms at 50 MB/s. As many more
/// that lost sources left unfinished are kept.
pub const FETCH_WINDOW: usize = 16;
/// Sources of one blob that are remembered: a session has no more links.
pub const MAX_SOURCES: usize = 64;
/// A source that was asked and sends nothing for this long is asked no more for now. Neither is one that sends less than
/// [`MAX_PIECE`] in this time, if another could be asked instead: nobody keeps a transfer at 3 kB/s.
pub const FETCH_STALL_MS: u64 = 15_000;
/// A source that doesn't know the blob, or doesn't have it yet, is asked again after this time: its documents or its own
/// transfer may be a little behind.
pub const FETCH_AGAIN_MS: u64 = 2_000;
/// The longest such wait; each refusal doubles it.
pub const FETCH_AGAIN_MAX_MS: u64 = 30_000;
/// Wrong chunks or manifests from one source before it is asked for this blob no more.
pub const MAX_WRONG: u32 = 3;
/// Progress of a transfer is told to the sources no more often.
pub const FETCH_HAVE_MS: u64 = 1_000;
/// Requests of one link that wait to be served, over all blobs: the windows of more transfers than a peer runs at once.
pub const MAX_SERVE_QUEUE: usize = 256;
/// Chunks of one link that are read ahead of what it takes.
pub const SERVE_AHEAD: usize = 2;
/// Bytes of a file's label: the longest file name of common file systems.
pub const MAX_LABEL: usize = 255;
/// Bytes of an ending that is kept when a label is cut, with its dot.
pub const MAX_ENDING: usize = 16;
/// Bytes of a media type; the longest registered ones have about 80.
pub const MAX_MEDIA_TYPE: usize = 100;
