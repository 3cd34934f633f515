//! Trickle: candidates found after the offer or answer, and the restart of a dead link, each sealed under the direction's
//! own key with a strictly rising number, so that the switchboard can neither read, repeat nor reorder them unnoticed.

use crate::exports::Exports;
use crate::id::KnockId;
use crate::keys::Secret;
use crate::limits::{MAX_CANDIDATE, MAX_SDP, MAX_TRICKLE};
use crate::message::Message;
use crate::seal;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use thiserror::Error;

const LABEL: &str = "trickle";
/// Bytes of a media section's name: browsers count them.
const MAX_MID: usize = 32;

/// Which end of a link this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// Made the knock or call, with the offer.
    Offerer,
    /// Answered it.
    Answerer,
}

impl Side {
    /// The code under signatures.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Offerer => 1,
            Self::Answerer => 2,
        }
    }

    /// The other end.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Offerer => Self::Answerer,
            Self::Answerer => Self::Offerer,
        }
    }
}

/// What a trickle message says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Trickle {
    /// One more candidate; none: there are no more.
    Candidate {
        /// The candidate line as in WebRTC.
        #[serde(deserialize_with = "present")]
        candidate: Option<String>,
        /// The media section.
        mid: String,
    },
    /// ICE restart of a link that died.
    Restart {
        /// The new description.
        restart: Restart,
    },
}

/// A description that restarts ICE; its DTLS fingerprint is the pinned one or it is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Restart {
    /// The SDP offer.
    Offer(String),
    /// The SDP answer.
    Answer(String),
}

/// Why a trickle message was not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TrickleError {
    /// Not trickle, or of another link.
    #[error("not trickle of this link")]
    NotForUs,
    /// Its number is not above the last one's: repeated or reordered.
    #[error("the trickle message is repeated or out of order")]
    NotRising,
    /// Damaged, cut, of the other direction, or invented.
    #[error("the trickle message does not open")]
    DoesNotOpen,
    /// It opened, but says nothing known.
    #[error("the trickle message is malformed")]
    Malformed,
    /// More than a message holds.
    #[error("the trickle message is too large")]
    TooLarge,
    /// All numbers are used; the link is called anew.
    #[error("no number is left")]
    Exhausted,
}

/// One end of a link's trickle.
#[derive(Debug, Clone)]
pub struct Trickler {
    id: KnockId,
    sending: Secret<32>,
    receiving: Secret<32>,
    sent: u32,
    received: u32,
}

impl Trickler {
    /// At the start of a link.
    #[must_use]
    pub fn new(exports: &Exports, side: Side) -> Self {
        let (offerer, answerer) = (exports.trickle_offerer.clone(), exports.trickle_answerer.clone());
        let (sending, receiving) = match side {
            Side::Offerer => (offerer, answerer),
            Side::Answerer => (answerer, offerer),
        };
        Self { id: exports.id, sending, receiving, sent: 0, received: 0 }
    }

    /// Seals the next message.
    pub fn seal(&mut self, trickle: &Trickle, rng: &mut impl CryptoRng) -> Result<Vec<u8>, TrickleError> {
        let n = self.sent.checked_add(1).ok_or(TrickleError::Exhausted)?;
        let plain = serde_json::to_vec(trickle).map_err(|_| TrickleError::Malformed)?;
        if plain.len() > MAX_TRICKLE || !trickle.is_within_caps() {
            return Err(TrickleError::TooLarge);
        }
        self.sent = n;
        let sealed = seal::seal(self.sending.expose(), LABEL, &aad(&self.id, n), &plain, rng);
        Ok(Message::Trickle { id: self.id, n, sealed }.encode())
    }

    /// Opens the next message. A refused one changes nothing.
    pub fn open(&mut self, message: &[u8]) -> Result<Trickle, TrickleError> {
        let Ok(Message::Trickle { id, n, sealed }) = Message::decode(message) else {
            return Err(TrickleError::NotForUs);
        };
        if id != self.id {
            return Err(TrickleError::NotForUs);
        }
        if n <= self.received {
            return Err(TrickleError::NotRising);
        }
        let plain =
            seal::open(self.receiving.expose(), LABEL, &aad(&id, n), &sealed).map_err(|_| TrickleError::DoesNotOpen)?;
        // From here on it is the other end's own word: its number is taken, whatever it says.
        self.received = n;
        if plain.len() > MAX_TRICKLE {
            return Err(TrickleError::TooLarge);
        }
        let trickle: Trickle = serde_json::from_slice(&plain).map_err(|_| TrickleError::Malformed)?;
        if trickle.is_within_caps() { Ok(trickle) } else { Err(TrickleError::TooLarge) }
    }
}

impl Trickle {
    fn is_within_caps(&self) -> bool {
        match self {
            Self::Candidate { candidate, mid } => {
                mid.len() <= MAX_MID && candidate.as_ref().is_none_or(|line| line.len() <= MAX_CANDIDATE)
            }
            Self::Restart { restart: Restart::Offer(sdp) | Restart::Answer(sdp) } => sdp.len() <= MAX_SDP,
        }
    }
}

fn aad(id: &KnockId, n: u32) -> Vec<u8> {
    [&id.0[..], &n.to_be_bytes()].concat()
}

/// Takes null for "no more", but not the field's absence.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}
