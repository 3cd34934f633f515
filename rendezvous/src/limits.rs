//! Every cap of the rendezvous, each with its reason.
//!
//! [`Limits`] are the machine's: set in the configuration file, never shown to clients. What an organisation decides
//! and its members may know stands in [`crate::policy::PolicyLimits`].

use std::time::Duration;

use serde::Deserialize;
use sightline_proto::limits::MAX_FRAME;

/// Largest body of one `POST /v1/send`: one frame of the greatest size with its length before it, or many small ones.
pub(crate) const BODY_BYTES: usize = MAX_FRAME + 4;

/// Largest WebSocket message. A little above the greatest frame, so that a frame slightly too large is refused by name;
/// anything larger ends the connection before it is read.
pub(crate) const MESSAGE_BYTES: usize = MAX_FRAME + 4 * 1024;

/// Outgoing WebSocket messages are cut into pieces of this size, so that the write buffer of a peer, which never
/// shrinks, stays small whatever was once sent to it.
pub(crate) const PIECE_BYTES: usize = 4 * 1024;

/// Read buffer of a WebSocket: most frames (trickle, ping, listen) are far smaller.
pub(crate) const READ_BUFFER: usize = 1024;

/// Received messages above this size make the read buffer be given back after use.
pub(crate) const LARGE_MESSAGE: usize = 1024;

/// HTTP head: what browsers send in request line and headers fits well, cookies do not exist here.
pub(crate) const HTTP_HEAD_BYTES: usize = 8 * 1024;

/// Slot addresses one connection may listen on: one per session of an expert's app.
pub(crate) const LISTENS_PER_CONNECTION: usize = 512;

/// Refused frames in a row after which a connection that takes no hint is closed.
pub(crate) const REFUSALS_IN_A_ROW: u32 = 1_000;

/// Sources remembered by the rate limiter. Past this, idle ones are forgotten; if none is idle, newcomers share one
/// bucket, so that a flood from many addresses costs newcomers and not memory.
pub(crate) const SOURCES: usize = 50_000;

/// A queued frame older than this marks its reader as too slow to keep, even if it still takes a byte now and then.
pub(crate) const QUEUE_AGE: Duration = Duration::from_secs(60);

/// Page files together: a mistaken `--page /` must not fill the memory.
pub(crate) const PAGE_BYTES: u64 = 64 * 1024 * 1024;

/// One page file.
pub(crate) const PAGE_FILES: usize = 2_000;

/// Jobs waiting for the storage thread. A connection has at most one at a time, so a full queue only makes connections
/// wait; it never refuses.
pub(crate) const STORE_QUEUE: usize = 1_024;

/// Jobs committed together by one durable write.
pub(crate) const STORE_BATCH: usize = 256;

/// Cache of the embedded database; its default of 1 GiB is meant for larger machines.
pub(crate) const STORE_CACHE: usize = 8 * 1024 * 1024;

/// Mailbox items up to this size stand in the database: an envelope is some hundred bytes, and a file for each would cost
/// a block and a flush of its own. Larger ones are files.
pub(crate) const MAIL_INLINE: usize = 16 * 1024;

/// What a mailbox item costs beyond its bytes, in every quota: rows, keys, tree nodes, a directory entry. So a flood of
/// tiny items uses a quota up as fast as larger ones.
pub(crate) const MAIL_ROW_BYTES: u64 = 512;

/// Items that one slot may have begun and not finished: several files at once, and what a crash left behind.
pub(crate) const MAIL_UPLOADS: u32 = 64;

/// Expired mailbox items deleted by one sweep job, so that it never holds up connections for long.
pub(crate) const MAIL_SWEEP: usize = 256;

/// What making or renewing a mailbox takes of a source's stored bytes: one source opens some ten thousands at most.
pub(crate) const BOX_COST: usize = 64 * 1024;

/// Limits an administrator may change, in the configuration file's `[limits]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Open connections; past it new ones are closed at once.
    pub connections: usize,
    /// Open connections of one source address (an IPv6 source is its /64): an office behind one address fits.
    pub connections_per_source: usize,
    /// Frames and requests a connection may send at once.
    pub connection_burst: u32,
    /// Frames and requests per second a connection may go on sending.
    pub connection_rate: u32,
    /// Frames and requests a source address may send at once.
    pub source_burst: u32,
    /// Frames and requests per second a source address may go on sending.
    pub source_rate: u32,
    /// Bytes of records and waiting rooms that a source address may have stored at once, some videos; a 256th of it is
    /// given back per minute.
    pub source_stored_bytes: u64,
    /// The same of mailboxes: some large files.
    pub source_mail_bytes: u64,
    /// Frames waiting for one connection.
    pub queue_frames: usize,
    /// Bytes waiting for one connection.
    pub queue_bytes: usize,
    /// Bytes waiting for all connections together.
    pub queued_bytes: usize,
    /// Bytes of records and waiting rooms in the store.
    pub store_bytes: u64,
    /// Bytes of mailboxes, in the store and in files.
    pub mail_bytes: u64,
    /// Seconds for the first byte, the TLS handshake and a request's head, each.
    pub handshake_secs: u64,
    /// Seconds a connection may accept none of the bytes written to it before it is dropped as a slow reader.
    pub stalled_secs: u64,
    /// Seconds of silence after which a WebSocket is pinged; unanswered for twice as long more, it is dropped.
    pub ping_secs: u64,
    /// Seconds between sweeps for expired records.
    pub sweep_secs: u64,
    /// Seconds given to connections to leave at shutdown.
    pub shutdown_secs: u64,
    /// STUN answers per second to one source address.
    pub stun_rate: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 20_000,
            connections_per_source: 512,
            connection_burst: 400,
            connection_rate: 400,
            source_burst: 4_000,
            source_rate: 2_000,
            source_stored_bytes: 256 * 1024 * 1024,
            source_mail_bytes: 2 * 1024 * 1024 * 1024,
            queue_frames: 128,
            queue_bytes: 512 * 1024,
            queued_bytes: 256 * 1024 * 1024,
            store_bytes: 4 * 1024 * 1024 * 1024,
            mail_bytes: 16 * 1024 * 1024 * 1024,
            handshake_secs: 10,
            stalled_secs: 15,
            ping_secs: 30,
            sweep_secs: 60,
            shutdown_secs: 5,
            stun_rate: 20,
        }
    }
}

impl Limits {
    /// Time for the first byte, the TLS handshake and a request's head, each.
    pub fn handshake(&self) -> Duration {
        Duration::from_secs(self.handshake_secs.max(1))
    }

    /// Time without progress of a write after which a connection is dropped.
    pub fn stalled(&self) -> Duration {
        Duration::from_secs(self.stalled_secs.max(1))
    }

    /// Silence after which a WebSocket is pinged.
    pub fn ping(&self) -> Duration {
        Duration::from_secs(self.ping_secs.max(1))
    }
}
