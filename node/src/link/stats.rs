//! What is measured on a link.

use serde::Serialize;

use super::Codec;

/// How one end of a path was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CandidateKind {
    /// An address of an own interface.
    Host,
    /// An address seen by a STUN server.
    ServerReflexive,
    /// An address seen by the peer itself.
    PeerReflexive,
    /// An address at a relay.
    Relayed,
}

/// Where a link's packets go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Path {
    /// Straight to the peer.
    Direct {
        /// This side's end.
        local: CandidateKind,
        /// The peer's end.
        remote: CandidateKind,
    },
    /// Through a relay at either end.
    Relayed,
}

/// A snapshot of a link's measurements. Rates are of the last second; `None` or zero means not known yet.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct LinkStats {
    /// The path in use.
    pub path: Option<Path>,
    /// Round trip time in milliseconds.
    pub rtt_ms: Option<f32>,
    /// Video frames received per second.
    pub fps: f32,
    /// Kilobits received per second, all traffic.
    pub kbps_in: u32,
    /// Kilobits sent per second, all traffic.
    pub kbps_out: u32,
    /// Media packets lost on the way to here, in percent.
    pub lost_percent: f32,
    /// Width of the newest decoded picture.
    pub width: u32,
    /// Height of the newest decoded picture.
    pub height: u32,
    /// Codec of the newest received frame.
    pub codec: Option<Codec>,
    /// Milliseconds that decoding a picture takes, averaged.
    pub decode_ms: f32,
    /// Video frames that arrived and were not shown since the link began.
    pub dropped: u64,
    /// Messages of unreliable channels and datagrams dropped here because a queue was full.
    pub overflowed: u64,
}
