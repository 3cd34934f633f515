//! One live, secured path to one peer, whatever carries it.
//!
//! A link is cut at **whole encoded frames**: no packet, no payload type and no type of a backend passes this module.
//! A backend runs as a task of its own; [`Link`] is the handle to it, whose calls never wait, and everything the link
//! has to say arrives as [`LinkEvent`] on one bounded queue.
//!
//! **When the event queue is full** (its reader is slow): a frame is dropped, the next frame delivered is marked
//! `contiguous == false` and a key frame is asked for; data of an unreliable channel is dropped and counted; everything
//! else is kept in order in a bounded backlog, and while that is long the backend stops taking channel data from the
//! network, so that the peer is slowed down instead of memory growing here. A backlog beyond its hard limit closes the
//! link with [`CloseReason::Overrun`].

pub mod rtc;
mod stats;

use bytes::Bytes;
use serde::Serialize;

pub use crate::media::{Codec, EncodedFrame};
pub use stats::{CandidateKind, LinkStats, Path};

/// Numbers the links of one process, so that an event of an old link is never taken for one of its successor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct LinkId(pub u64);

impl LinkId {
    /// A number that no other link of this process has.
    pub fn next() -> LinkId {
        use std::sync::atomic::{AtomicU64, Ordering};
        static NEXT: AtomicU64 = AtomicU64::new(1);
        LinkId(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl std::fmt::Display for LinkId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "link {}", self.0)
    }
}

/// A media stream: whose it is and which of theirs.
///
/// The origin is the peer key of whoever captured it, so that a forwarded stream keeps its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TrackId {
    /// Peer key of the origin.
    pub origin: [u8; 32],
    /// Which stream of that peer.
    pub stream: StreamKind,
}

/// What a peer can send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StreamKind {
    /// The microphone.
    Voice,
    /// The camera.
    Camera,
}

/// A channel, by its number agreed beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelId(pub u16);

impl ChannelId {
    /// Reliable, ordered; text.
    pub const CONTROL: ChannelId = ChannelId(0);
    /// Reliable, ordered; documents.
    pub const SYNC: ChannelId = ChannelId(1);
    /// Unordered, never sent twice; pointers and strokes in the making.
    pub const LIVE: ChannelId = ChannelId(2);
    /// Reliable, ordered; chunks of files.
    pub const BLOB: ChannelId = ChannelId(3);
}

/// How a channel behaves. Both sides declare the same channels; nothing is negotiated about them on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelSpec {
    /// Its number.
    pub id: ChannelId,
    /// Its name, for logs only.
    pub label: &'static str,
    /// Whether messages arrive in the order they were sent.
    pub ordered: bool,
    /// Whether a lost message is sent again.
    pub reliable: bool,
    /// Whether messages are UTF-8 text.
    pub text: bool,
    /// How many bytes [`Link::try_send`] takes before it answers [`SendError::Full`].
    pub queue_bytes: usize,
}

/// The four channels that every link has.
pub const CHANNELS: [ChannelSpec; 4] = [
    ChannelSpec {
        id: ChannelId::CONTROL,
        label: "control",
        ordered: true,
        reliable: true,
        text: true,
        queue_bytes: 256 * 1024,
    },
    // Room for a whole document message of 512 KiB and its fragments' heads.
    ChannelSpec {
        id: ChannelId::SYNC,
        label: "sync",
        ordered: true,
        reliable: true,
        text: false,
        queue_bytes: 1024 * 1024,
    },
    // What waits here is already stale, so little of it may wait.
    ChannelSpec {
        id: ChannelId::LIVE,
        label: "live",
        ordered: false,
        reliable: false,
        text: false,
        queue_bytes: 64 * 1024,
    },
    ChannelSpec {
        id: ChannelId::BLOB,
        label: "blob",
        ordered: true,
        reliable: true,
        text: false,
        queue_bytes: 1024 * 1024,
    },
];

/// Why something was not taken for sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The queue is full; [`LinkEvent::Writable`] follows for a channel. A frame is simply lost: send a key frame next.
    #[error("the link's queue is full")]
    Full,
    /// Larger than a message may be.
    #[error("the message is larger than the link carries")]
    TooLarge,
    /// No such channel or track on this link.
    #[error("the link has no such channel or track")]
    Unknown,
    /// The link has ended.
    #[error("the link is closed")]
    Closed,
}

/// Why a link ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CloseReason {
    /// This side left.
    Left,
    /// The session was closed or the peer removed.
    Ended,
    /// A newer link to the same peer took its place.
    Replaced,
    /// The peer did not prove who it is in time, or wrongly.
    Unverified,
    /// The other side closed.
    RemoteClosed,
    /// Nothing was heard from the other side for too long.
    Vanished,
    /// No path to the other side was found in time.
    NeverConnected,
    /// The certificate is not the one the sealed offer or answer named.
    WrongFingerprint,
    /// A later offer or answer named another certificate or another role.
    ChangedFingerprint,
    /// This side could not keep up with what arrived.
    Overrun,
    /// The transport failed inside.
    Transport,
}

impl CloseReason {
    /// Stable name, also the message id of what people read.
    pub const fn code(self) -> &'static str {
        match self {
            CloseReason::Left => "left",
            CloseReason::Ended => "ended",
            CloseReason::Replaced => "replaced",
            CloseReason::Unverified => "unverified",
            CloseReason::RemoteClosed => "remote-closed",
            CloseReason::Vanished => "vanished",
            CloseReason::NeverConnected => "never-connected",
            CloseReason::WrongFingerprint => "wrong-fingerprint",
            CloseReason::ChangedFingerprint => "changed-fingerprint",
            CloseReason::Overrun => "overrun",
            CloseReason::Transport => "transport",
        }
    }
}

/// What a link reports. The last one is always [`LinkEvent::Closed`].
#[derive(Debug, Clone)]
pub enum LinkEvent {
    /// The path is up and encrypted. The fingerprints are the SHA-256 of both certificates, to be bound to identities.
    Connected {
        /// This side's certificate.
        local_fp: [u8; 32],
        /// The other side's, already compared with its offer or answer.
        remote_fp: [u8; 32],
    },
    /// A whole encoded frame arrived.
    Frame {
        /// Whose stream.
        track: TrackId,
        /// The frame.
        frame: EncodedFrame,
    },
    /// A channel can be used.
    ChannelOpen(ChannelId),
    /// A message arrived.
    ChannelData {
        /// On which channel.
        channel: ChannelId,
        /// The whole message.
        bytes: Bytes,
    },
    /// A channel that was full takes messages again.
    Writable(ChannelId),
    /// The other side needs a key frame of a stream that this side sends.
    KeyFrameWanted(TrackId),
    /// How much the path seems to carry, for all that this side sends, in bits per second.
    TargetBitrate(u32),
    /// The path was chosen or changed.
    PathChanged(Path),
    /// Nothing at all was heard for [`rtc::QUIET_AFTER`]; with a heartbeat running, the path is probably broken:
    /// restart it.
    Quiet,
    /// Something was heard again after [`LinkEvent::Quiet`].
    Heard,
    /// An address of this side to be told to the other.
    LocalCandidate(String),
    /// No further [`LinkEvent::LocalCandidate`] will come for now.
    GatheringDone,
    /// The link has ended; nothing follows.
    Closed(CloseReason),
}

/// The handle to a running link. No call waits; clones and threads may share it.
pub trait Link: Send + Sync {
    /// This link's number.
    fn id(&self) -> LinkId;

    /// Sends one whole frame on `track`'s stream.
    fn send_frame(&self, track: TrackId, frame: EncodedFrame) -> Result<(), SendError>;

    /// Asks the sender of `track` for a key frame. Requests that follow each other closely are merged.
    fn request_key_frame(&self, track: TrackId);

    /// Says how much this side would like to send on `track`, in bits per second.
    fn set_target_bitrate(&self, track: TrackId, bps: u32);

    /// Opens a channel; the other side must declare the same one. [`CHANNELS`] are open from the start.
    fn open_channel(&self, spec: ChannelSpec) -> ChannelId;

    /// Queues one message.
    fn try_send(&self, channel: ChannelId, bytes: Bytes) -> Result<(), SendError>;

    /// The newest measurements.
    fn stats(&self) -> LinkStats;

    /// Ends the link; [`LinkEvent::Closed`] with this reason follows.
    fn close(&self, reason: CloseReason);

    /// Adds an address of the other side (`candidate:…`). One that cannot be used is ignored.
    fn add_remote_candidate(&self, candidate: &str);
}
