//! The ids that the node shows to the outside.
//!
//! `sightline-proto` and `sightline-crdt` do not know each other, so each has id types of its own. The node speaks in
//! those of `sightline-proto` and converts where it meets documents.

use std::fmt;

use data_encoding::HEXLOWER;
use serde::{Serialize, Serializer};

pub use sightline_proto::id::{BlobId, DocumentId, IdError, InviteId, KnockId, PeerId, SessionId};

/// An entry of a document (a message, a file of the shelf, a stroke, a note): its author's actor (40 bytes) and the number of the change that made it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId {
    /// Author's peer key and the eight bytes of the run it was written in.
    pub actor: [u8; 40],
    /// Number of the actor's operation that made it.
    pub counter: u64,
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", HEXLOWER.encode(&self.actor), self.counter)
    }
}

impl fmt::Debug for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EntryId({}….{})", HEXLOWER.encode(&self.actor[..4]), self.counter)
    }
}

impl Serialize for EntryId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One chat message.
pub type ChatId = EntryId;

impl std::str::FromStr for EntryId {
    type Err = EntryIdError;

    fn from_str(text: &str) -> Result<Self, EntryIdError> {
        let (actor, counter) = text.split_once('.').ok_or(EntryIdError)?;
        let actor = HEXLOWER.decode(actor.as_bytes()).map_err(|_| EntryIdError)?;
        let actor = actor.try_into().map_err(|_| EntryIdError)?;
        Ok(Self { actor, counter: counter.parse().map_err(|_| EntryIdError)? })
    }
}

impl<'de> serde::Deserialize<'de> for EntryId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A text that names no entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the id of an entry")]
pub struct EntryIdError;
