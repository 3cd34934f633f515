//! Waiting-room items: what a link holder and the experts write to each other before admission, also when the other is
//! away. The rendezvous keeps them and sees sizes and numbers only.
//!
//! A room has two lanes: the holder counts from 0 (its item 0 is the knock itself), the experts from [`EXPERT_LANE`].

use crate::exports::Exports;
use crate::id::KnockId;
use crate::limits::MAX_ITEM;
use crate::seal;
use crate::switchboard::EXPERT_LANE;
use crate::wire::{Reader, WireError, Writer};
use rand_core::CryptoRng;
use thiserror::Error;

const LABEL: &str = "waiting item";

/// An item as it lies at the rendezvous.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaitingItem {
    /// The knock message as sent.
    Knock(Vec<u8>),
    /// Sealed under the knock's `waiting` export.
    Sealed(Vec<u8>),
    /// A reply message as sent.
    Reply(Vec<u8>),
}

impl WaitingItem {
    /// The item's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let (kind, bytes) = match self {
            Self::Knock(bytes) => (0, bytes),
            Self::Sealed(bytes) => (1, bytes),
            Self::Reply(bytes) => (2, bytes),
        };
        Writer::new().u8(kind).raw(bytes).finish()
    }

    /// Reads an item's outside.
    pub fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        if bytes.len() > MAX_ITEM {
            return Err(WireError::TooLarge);
        }
        let mut from = Reader::new(bytes);
        let kind = from.u8()?;
        let rest = from.rest().to_vec();
        match kind {
            0 => Ok(Self::Knock(rest)),
            1 => Ok(Self::Sealed(rest)),
            2 => Ok(Self::Reply(rest)),
            _ => Err(WireError::UnknownCode),
        }
    }
}

/// What is inside a sealed item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaitingContent {
    /// A `room` envelope of epoch 0.
    Envelope(Vec<u8>),
    /// A chunk of a blob that such an envelope names.
    BlobChunk(Vec<u8>),
}

/// Why a waiting-room item was not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WaitingError {
    /// Damaged, cut, moved to another number or room, or invented.
    #[error("the waiting-room item does not open")]
    DoesNotOpen,
    /// Opened, but holds nothing known.
    #[error("the waiting-room item is malformed")]
    Malformed,
    /// More than an item holds.
    #[error("the waiting-room item is too large")]
    TooLarge,
}

/// Seals content as item `n`.
pub fn seal_item(
    content: &WaitingContent,
    n: u64,
    exports: &Exports,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, WaitingError> {
    let (kind, bytes) = match content {
        WaitingContent::Envelope(bytes) => (1, bytes),
        WaitingContent::BlobChunk(bytes) => (2, bytes),
    };
    let plain = Writer::new().u8(kind).raw(bytes).finish();
    let sealed = seal::seal(exports.waiting.expose(), LABEL, &aad(&exports.id, n), &plain, rng);
    let item = WaitingItem::Sealed(sealed).encode();
    if item.len() > MAX_ITEM { Err(WaitingError::TooLarge) } else { Ok(item) }
}

/// Opens the sealed part of item `n`, as [`WaitingItem::Sealed`] has it.
pub fn open_item(sealed: &[u8], n: u64, exports: &Exports) -> Result<WaitingContent, WaitingError> {
    let plain = seal::open(exports.waiting.expose(), LABEL, &aad(&exports.id, n), sealed)
        .map_err(|_| WaitingError::DoesNotOpen)?;
    match plain.split_first() {
        Some((1, bytes)) => Ok(WaitingContent::Envelope(bytes.to_vec())),
        Some((2, bytes)) => Ok(WaitingContent::BlobChunk(bytes.to_vec())),
        _ => Err(WaitingError::Malformed),
    }
}

/// Whether an item's number is of the experts' lane.
#[must_use]
pub const fn is_expert_lane(n: u64) -> bool {
    n >= EXPERT_LANE
}

fn aad(id: &KnockId, n: u64) -> Vec<u8> {
    [&id.0[..], &n.to_be_bytes()].concat()
}
