//! Names of things: newtypes over fixed byte strings, so that one is never taken for another.
//!
//! `Display` is lowercase hex, which is also how ids travel in JSON. `Debug` shows the first four bytes only: enough to
//! follow a trace, too little to look somebody up.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// A text that is not the id it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not an id of {0} bytes in hex")]
pub struct IdError(usize);

impl IdError {
    /// A text that is no id of so many bytes.
    pub(crate) const fn of(bytes: usize) -> Self {
        Self(bytes)
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// Its length in bytes.
            pub const LEN: usize = $len;

            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl From<[u8; $len]> for $name {
            fn from(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&HEXLOWER.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({}…)"), HEXLOWER.encode(&self.0[..4]))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| IdError($len))?;
                bytes.try_into().map(Self).map_err(|_| IdError($len))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(
    /// A peer: its Ed25519 public key. Bytes from outside are a claim until [`crate::sig::check_key`] has passed them.
    PeerId, 32
);
id!(
    /// A session: the hash of its first roster entry, cut to 16 bytes.
    SessionId, 16
);
id!(
    /// An invite, derived from its link; what the rendezvous looks its record up by.
    InviteId, 16
);
id!(
    /// A knock or a call: SHA-256 of its encapsulated key and ciphertext. It names the link that comes of it.
    KnockId, 32
);
id!(
    /// Where the switchboard delivers: SHA-256 of a slot key, cut to 16 bytes.
    SlotAddress, 16
);
id!(
    /// The public half of a slot key (Ed25519), the only key that the rendezvous sees.
    SlotPublic, 32
);
id!(
    /// The public half of a seal key (X25519).
    SealPublic, 32
);
id!(
    /// A DTLS certificate's SHA-256.
    Fingerprint, 32
);
id!(
    /// Immutable bytes by their content: the hash of their size and of the hashes of their 256 KiB chunks.
    BlobId, 32
);
id!(
    /// A board's or a shared text's document.
    DocumentId, 16
);
id!(
    /// A session's mailbox at a rendezvous, see [`crate::mailbox::box_id`].
    MailboxId, 16
);
id!(
    /// An item of a mailbox: chosen by its writer.
    MailName, 16
);

impl SlotPublic {
    /// The address at which the switchboard delivers to the holder of this key.
    #[must_use]
    pub fn address(&self) -> SlotAddress {
        let mut address = [0; 16];
        address.copy_from_slice(&Sha256::digest(self.0)[..16]);
        SlotAddress(address)
    }
}

/// What a member may do. `Lead` is never given by an invite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The expert in control, exactly one.
    Lead,
    /// An expert.
    Expert,
    /// Who is helped.
    Operator,
    /// Sees, never writes.
    Viewer,
}

impl Role {
    /// The code on the wire.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Lead => 1,
            Self::Expert => 2,
            Self::Operator => 3,
            Self::Viewer => 4,
        }
    }

    /// The role of a code, if there is one.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Lead),
            2 => Some(Self::Expert),
            3 => Some(Self::Operator),
            4 => Some(Self::Viewer),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_round_trip_and_short_debug() {
        let id = InviteId([0xab; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(format!("{id:?}"), "InviteId(abababab…)");
        assert_eq!("AB".parse::<InviteId>(), Err(IdError(16)));
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{id}\""));
    }

    #[test]
    fn role_codes_round_trip() {
        for code in 0..=255 {
            assert!(Role::from_code(code).is_none_or(|role| role.code() == code));
        }
        assert_eq!((1..=4).filter_map(Role::from_code).count(), 4);
    }
}
