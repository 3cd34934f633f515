//! The ids that the node shows to the outside.
//!
//! `sightline-proto` and `sightline-crdt` do not know each other, so each has id types of its own. The node speaks in
//! those of `sightline-proto` and converts where it meets documents.

use std::fmt;

use data_encoding::HEXLOWER;
use serde::{Serialize, Serializer};

pub use sightline_proto::id::{IdError, InviteId, KnockId, PeerId, SessionId};

/// One chat message: its author's actor (40 bytes) and the number of the change that made it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChatId {
    /// Author's peer key and the eight bytes of the run it was written in.
    pub actor: [u8; 40],
    /// Number of the actor's operation that made the message.
    pub counter: u64,
}

impl fmt::Display for ChatId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", HEXLOWER.encode(&self.actor), self.counter)
    }
}

impl fmt::Debug for ChatId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChatId({}….{})", HEXLOWER.encode(&self.actor[..4]), self.counter)
    }
}

impl Serialize for ChatId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
