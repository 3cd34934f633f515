//! What everybody is asked to look at, as it travels on `control`.

use crate::id::{DocumentId, IdError};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// What to look at. In JSON the kind is in `look`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "look", rename_all = "kebab-case")]
pub enum Look {
    /// The running video.
    Live,
    /// A board.
    Board {
        /// Which.
        board: DocumentId,
    },
    /// A page of a document on the shelf.
    Page {
        /// Which entry of the shelf.
        file: EntryName,
        /// From 0.
        page: u32,
    },
    /// A checklist.
    Steps {
        /// Which.
        list: EntryName,
    },
    /// A shared text.
    Text {
        /// Which.
        text: DocumentId,
    },
}

/// An entry of a document as documents themselves name it: `counter@actor`, the actor in hex.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryName {
    /// Number of the actor's operation that made it.
    pub counter: u64,
    /// Author's peer key and the eight bytes of the run it was written in.
    pub actor: [u8; EntryName::ACTOR],
}

impl EntryName {
    /// Bytes of an actor.
    pub const ACTOR: usize = 40;

    /// Digits of a counter: operations are numbered below 2^31.
    const DIGITS: usize = 10;
}

impl fmt::Display for EntryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.counter, HEXLOWER.encode(&self.actor))
    }
}

impl fmt::Debug for EntryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EntryName({}@{}…)", self.counter, HEXLOWER.encode(&self.actor[..4]))
    }
}

impl FromStr for EntryName {
    type Err = IdError;

    /// Exact: one text for one entry.
    fn from_str(text: &str) -> Result<Self, IdError> {
        let wrong = || IdError::of(Self::ACTOR);
        let (counter, actor) = text.split_once('@').ok_or_else(wrong)?;
        let digits = counter.len() <= Self::DIGITS && counter.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || counter.starts_with('0') {
            return Err(wrong());
        }
        let actor = HEXLOWER.decode(actor.as_bytes()).map_err(|_| wrong())?;
        let actor = actor.try_into().map_err(|_| wrong())?;
        Ok(Self { counter: counter.parse().map_err(|_| wrong())?, actor })
    }
}

impl Serialize for EntryName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EntryName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
