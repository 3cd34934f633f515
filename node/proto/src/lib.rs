//! Sightline's protocol: how a stranger with a link is let in, how members find each other again, and how a link is made
//! that nobody can stand in the middle of. Pure: no sockets, no clock, no runtime; time and randomness are arguments.
//!
//! # The way in
//!
//! 1. The expert's app makes an [invite]: a link that commits to the expert's key, and a sealed record that the
//!    rendezvous keeps.
//! 2. The holder opens the record and sends a [knock]: who it is and an SDP offer, sealed to the invite.
//! 3. The expert's [admission] judges it, shows it, remembers it; the [reply] says waiting, refused or admitted. Until then
//!    both write to each other in the [waiting] room. Members who are away find theirs in the [mailbox].
//! 4. On the link the first message both ways is the [hello], judged by the [negotiation], which then keeps the link: one
//!    pinned fingerprint, heartbeat, renegotiation, loss.
//! 5. A member who comes back makes a [call]: same shape, the session's key in the invite's place. The holder's whole way is
//!    a [session].
//!
//! Sealed [messages](message) travel through the [switchboard], which sees slot addresses, sizes and times.
//!
//! Files travel as [blobs](blob), verified chunk by chunk; their names are [labels](label), never paths.
//!
//! # State machines
//!
//! [`switchboard::client::Client`], [`admission::Admission`], [`session::Session`], [`negotiation::Negotiation`]: one input
//! enum, one output enum, drained after every input; the next moment at which time matters is a value. All are tested on
//! virtual time.
//!
//! # Bytes
//!
//! Everything signed, hashed or sealed is in [one encoding](wire). Signatures are judged by [one rule](sig), keys derived
//! and things sealed in [one way](seal). All caps and their reasons are in [`limits`]. The golden fixtures in
//! `tests/fixtures/proto` hold bytes and decisions for every other implementation; `tests/golden` makes them.
//!
//! # What the protocol's text leaves open, decided here
//!
//! - **Operations at the switchboard** are signed over nonce, host and the fields before the signature; neither frame type
//!   nor request number is signed, since the label names the operation. The client signs the host that it connected to,
//!   whatever the server calls itself. Every operation is harmless when done twice, so a client asks again after a
//!   reconnect.
//! - **A frame** is at most 64 KiB in both directions, an item of a waiting room at most 60 KiB, a sealed message 48 KiB.
//! - **An invite's HPKE key** lives until a day after `not_after`, so that a late, surplus or revoked knock still opens and
//!   its sender is told why not. It is useless for anything else.
//! - **A knock's fate** is kept until then, except "too many knocks": room may be made. When the last use of an invite is
//!   taken, strangers who still wait by it are refused at once. A use is counted when a person (or the invite's setting)
//!   admits, before the roster entry is written; the window is judged when the knock is first seen, uses and revocation
//!   again at admission.
//! - **A member who knocks** (with the roster's own keys) comes in without decision, use or entry. A removed one is never
//!   admitted automatically.
//! - **Replies** "waiting" and "refused" to a knock are believed only from the record's expert; "admitted" from whom its
//!   chain proves. To a call: from lead and experts of the roster that the caller has.
//! - **A call** is taken only from a member whose seal and slot keys are the roster's. An answer of `None` means: the offer
//!   was of no use, call again.
//! - **Trickle numbers** begin at 1; a message that doesn't open takes no number, one that opens takes its own, whatever it
//!   says.
//! - **Offers** leave the DTLS role to the answerer (`actpass`), answers decide it; later descriptions may say `actpass` or
//!   the role taken, nothing else. Every used media section is in the one bundle.
//! - **Renegotiation glare**: the impolite end ignores the other's offer, the polite end rolls back, answers, and offers
//!   again.
//! - **A link is lost** after 1.7 s of silence, so that a person is told within 2 s, and closed after 30 s.
//! - **Live messages** are numbered by their sender across kinds; a peer's numbers are forgotten with its link. A preview ends
//!   when a stroke of the same author arrives on its board with the same tool and first point, when its sender says so, or
//!   by silence; what ended does not come back. Points that never came are drawn straight.
//! - **Names** lose control and bidi marks, line separators and byte order marks, then white space at both ends; then they
//!   are cut to 64 graphemes and 1024 bytes, by whole graphemes. Makers do so before signing, readers after verifying.
//! - **A mailbox's id** is derived from the whole hash of the genesis entry, of which the session id is the first half: every
//!   member has it, whenever it was admitted, and no holder of a link. Its items' names are not sealed with them: a chunk
//!   says inside which it is, and everything else is signed and ordered by itself.
//! - **The four words** come from the English list for languages without one here; the numbers are the same everywhere.

pub mod admission;
pub mod backoff;
pub mod blob;
pub mod call;
pub mod candidate;
pub mod control;
pub mod exports;
pub mod hello;
pub mod id;
pub mod introduction;
pub mod invite;
pub mod keys;
pub mod knock;
pub mod label;
pub mod limits;
pub mod live;
pub mod look;
pub mod mailbox;
pub mod message;
pub mod name;
pub mod negotiation;
mod psk;
pub mod reply;
pub mod sdp;
pub mod seal;
pub mod session;
pub mod sig;
pub mod switchboard;
pub mod trickle;
pub mod waiting;
pub mod wire;
pub mod words;
