//! The outside of sealed messages that the switchboard forwards: a kind byte and what the receiver needs to find its keys.

use crate::id::{InviteId, KnockId};
use crate::limits::MAX_PAYLOAD;
use crate::psk;
use crate::wire::{Reader, WireError, Writer};

/// A forwarded message, unopened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Somebody with an invite asks in.
    Knock {
        /// Which invite.
        invite: InviteId,
        /// HPKE encapsulated key.
        enc: [u8; 32],
        /// HPKE ciphertext.
        ct: Vec<u8>,
    },
    /// The answer to a knock or call.
    Reply {
        /// Which knock or call.
        id: KnockId,
        /// The sealed reply.
        sealed: Vec<u8>,
    },
    /// A candidate, or a restart of a dead link.
    Trickle {
        /// Of which knock or call.
        id: KnockId,
        /// Rises with each.
        n: u32,
        /// The sealed body.
        sealed: Vec<u8>,
    },
    /// A member asks for a link.
    Call {
        /// The epoch whose key the caller used.
        epoch: u64,
        /// HPKE encapsulated key.
        enc: [u8; 32],
        /// HPKE ciphertext.
        ct: Vec<u8>,
    },
}

impl Message {
    /// The id of a knock or call, or the one that a reply or trickle belongs to.
    #[must_use]
    pub fn id(&self) -> KnockId {
        match self {
            Self::Knock { enc, ct, .. } | Self::Call { enc, ct, .. } => psk::id(enc, ct),
            Self::Reply { id, .. } | Self::Trickle { id, .. } => *id,
        }
    }

    /// The message's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut to = Writer::new();
        match self {
            Self::Knock { invite, enc, ct } => to.u8(1).raw(&invite.0).raw(enc).raw(ct),
            Self::Reply { id, sealed } => to.u8(2).raw(&id.0).raw(sealed),
            Self::Trickle { id, n, sealed } => to.u8(3).raw(&id.0).u32(*n).raw(sealed),
            Self::Call { epoch, enc, ct } => to.u8(4).u64(*epoch).raw(enc).raw(ct),
        };
        to.finish()
    }

    /// Reads the outside.
    pub fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        if bytes.len() > MAX_PAYLOAD {
            return Err(WireError::TooLarge);
        }
        let mut from = Reader::new(bytes);
        Ok(match from.u8()? {
            1 => Self::Knock { invite: InviteId(from.array()?), enc: from.array()?, ct: from.rest().to_vec() },
            2 => Self::Reply { id: KnockId(from.array()?), sealed: from.rest().to_vec() },
            3 => Self::Trickle { id: KnockId(from.array()?), n: from.u32()?, sealed: from.rest().to_vec() },
            4 => Self::Call { epoch: from.u64()?, enc: from.array()?, ct: from.rest().to_vec() },
            _ => return Err(WireError::UnknownCode),
        })
    }
}
