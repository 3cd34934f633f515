//! Blobs: immutable bytes of any length, named by what they are, and their way from one device to another.
//!
//! A blob is cut into chunks of 256 KiB. Its [manifest](Manifest) is its size and the hash of each chunk; its id is the
//! hash of that. Whoever wants a blob asks for the manifest, verifies it against the id, then pulls chunks from whoever
//! has them, and verifies each before anything else is done with it. So it does not matter who sent what, a transfer goes
//! on anywhere it was cut, and nobody can send more than was asked for.
//!
//! * [`Message`]: what is said, on a link's `blob` channel; the same bytes lie in waiting rooms and mailboxes.
//! * [`Fetch`]: one blob from several sources. [`Serve`]: what one peer asked for, no faster than its link takes it.
//! * [`Feed`]: a blob that was left for us, in messages that nobody asked for.
//!
//! Nothing here reads, writes or sends: bytes and times come in, messages and whole verified chunks come out.

mod chunks;
mod feed;
mod fetch;
mod manifest;
mod message;
mod serve;
mod source;

pub use chunks::ChunkSet;
pub use feed::{Fed, Feed};
pub use fetch::{Blame, Fetch, FetchState, Input, Output};
pub use manifest::{Hasher, Manifest, ManifestError, Parts, Size, chunk_count, chunk_hash, chunk_len};
pub use message::{Message, Why, pieces};
pub use serve::{Found, Serve, Want};
pub use source::SourceId;
