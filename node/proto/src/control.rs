//! Messages of the `control` channel: JSON, so that a person can read a trace, capped, with the kind in `t`. What changes
//! who is trusted is never decided by JSON: a hello carries a signature over binary fields.

use crate::id::PeerId;
use crate::limits::{MAX_CONTROL, MAX_SDP, VERSION};
use crate::look::Look;
use crate::sig::Signature;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "kebab-case")]
pub enum ControlMessage {
    /// First, both ways.
    Hello {
        /// Protocol version.
        v: u8,
        /// Who.
        #[serde(with = "base64url")]
        peer: PeerId,
        /// See [`crate::hello`].
        sig: Signature,
    },
    /// Every [`crate::limits::BEAT_MS`].
    Beat {
        /// Counts from 1.
        n: u32,
        /// The last number that came from the other end.
        echo: Option<u32>,
    },
    /// An expert asks the operator for media.
    Ask {
        /// Which.
        what: Media,
    },
    /// The operator's answer.
    Asked {
        /// Which.
        what: Media,
        /// Whether the person said yes.
        ok: bool,
    },
    /// What the sender's media do now.
    Media {
        /// The camera picture.
        video: Video,
        /// Why it is off.
        why: Option<StopReason>,
    },
    /// Whether somebody really looks at the picture.
    View {
        /// So.
        watching: bool,
    },
    /// Renegotiation.
    Offer {
        /// The SDP offer.
        sdp: String,
    },
    /// Renegotiation.
    Answer {
        /// The SDP answer.
        sdp: String,
    },
    /// An expert asks everybody to look at something.
    Look {
        /// At what.
        look: Look,
    },
    /// An expert asks for a photo in the full resolution of the operator's device.
    Photo,
    /// There will be no such photo.
    PhotoRefused,
    /// The sender closes the link.
    Bye {
        /// Why.
        why: ByeReason,
    },
}

/// A medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Media {
    /// The camera picture.
    Video,
}

/// State of a picture at its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Video {
    /// It runs.
    Live,
    /// It doesn't.
    Off,
}

/// Why a picture is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StopReason {
    /// The person stopped it.
    Stopped,
    /// The person or the browser refused the camera.
    Denied,
    /// There is no camera.
    Missing,
    /// Another program has it.
    Busy,
    /// It was taken away while it ran.
    Lost,
}

/// Why a link is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ByeReason {
    /// The person left.
    Left,
    /// The session is over.
    Closed,
    /// A newer link to the same peer took its place.
    Replaced,
}

/// Why bytes are no control message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ControlError {
    /// Above the cap.
    #[error("the control message is too large")]
    TooLarge,
    /// Not JSON, or a known kind with wrong fields.
    #[error("the control message is malformed")]
    Malformed,
    /// A hello of another version.
    #[error("the control message is of an unsupported version")]
    UnsupportedVersion,
}

impl ControlMessage {
    /// The message's text.
    #[must_use]
    pub fn encode(&self) -> String {
        // Maps with text keys, numbers and texts: always JSON.
        serde_json::to_string(self).unwrap_or_else(|_| unreachable!("plain data"))
    }

    /// Reads a message. `None` is a kind that this version doesn't know, which is ignored and counted.
    pub fn decode(bytes: &[u8]) -> Result<Option<Self>, ControlError> {
        if bytes.len() > MAX_CONTROL {
            return Err(ControlError::TooLarge);
        }
        #[derive(Deserialize)]
        struct Kind {
            t: String,
        }
        let kind: Kind = serde_json::from_slice(bytes).map_err(|_| ControlError::Malformed)?;
        if !KINDS.contains(&kind.t.as_str()) {
            return Ok(None);
        }
        let message = serde_json::from_slice(bytes).map_err(|_| ControlError::Malformed)?;
        match &message {
            Self::Hello { v, .. } if *v != VERSION => Err(ControlError::UnsupportedVersion),
            Self::Offer { sdp } | Self::Answer { sdp } if sdp.len() > MAX_SDP => Err(ControlError::TooLarge),
            _ => Ok(Some(message)),
        }
    }
}

const KINDS: [&str; 12] =
    ["hello", "beat", "ask", "asked", "media", "view", "offer", "answer", "look", "photo", "photo-refused", "bye"];

mod base64url {
    use super::PeerId;
    use data_encoding::BASE64URL_NOPAD;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(peer: &PeerId, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64URL_NOPAD.encode(&peer.0))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PeerId, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(D::Error::custom)?;
        bytes.try_into().map(PeerId).map_err(|_| D::Error::custom("not a peer"))
    }
}
