//! The `live` channel: pointers, strokes in the making, cursors. Never stored, and losing some is normal.
//!
//! A message is binary and fits one packet. [`Sender`] turns what a person does into at most
//! [`LIVE_PER_SEC`](crate::limits::LIVE_PER_SEC) messages a second, the newest position in place of the ones before;
//! [`Seen`] keeps what others show and forgets it when they fall silent. Both run on the time they are given.
//!
//! A stroke in the making is sent whole while it is short, else in tails: each point goes out twice, so that one lost
//! message heals with the next. What is lost nevertheless is drawn straight until the finished stroke arrives.

mod codec;
mod points;
mod seen;
mod sender;

pub use codec::{LiveError, LiveMessage};
pub use points::{decode_points, encode_points};
pub use seen::{Pointed, Preview, Seen, Unseen};
pub use sender::{Say, Sender};

use crate::id::{DocumentId, PeerId};

/// What a pointer is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// The running video of this peer.
    Video(PeerId),
    /// A board.
    Board(DocumentId),
}

/// What a pointer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    /// It moved.
    Move,
    /// It was pressed.
    Click,
    /// It is gone.
    Gone,
}

/// A stroke in the making. Tool and ink are their places in the lists of the page's `show.ts` and the node's `show.rs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Making {
    /// How it is drawn.
    pub tool: u8,
    /// In which colour.
    pub ink: u8,
    /// Width of the line, at least 1.
    pub width: u16,
    /// So far.
    pub points: Vec<(u16, u16)>,
}
