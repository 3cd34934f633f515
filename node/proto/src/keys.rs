//! Secret keys. Wiped when dropped, never printed.
//!
//! A device has one *peer key*; for each session it has a *seal key* (messages are sealed to it) and a *slot key* (the
//! only one that the rendezvous sees). The three are unrelated, so that the rendezvous sees no stable identity.

use crate::id::{PeerId, SealPublic, SlotAddress, SlotPublic};
use crate::sig::{Signature, labelled};
use ed25519_dalek::{Signer, SigningKey};
use hpke::{Deserializable, Kem, Serializable};
use rand_core::CryptoRng;
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

pub(crate) type X25519 = hpke::kem::X25519HkdfSha256;

/// Secret bytes of a fixed size: exported keys, pre-shared keys, link secrets.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Secret<const N: usize>([u8; N]);

impl<const N: usize> Secret<N> {
    /// Takes the bytes over.
    #[must_use]
    pub const fn new(bytes: [u8; N]) -> Self {
        Self(bytes)
    }

    /// The bytes, for a cryptographic operation or for storage that only its owner can read.
    #[must_use]
    pub const fn expose(&self) -> &[u8; N] {
        &self.0
    }
}

impl<const N: usize> fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A random secret.
pub fn random<const N: usize>(rng: &mut impl CryptoRng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    bytes
}

macro_rules! signing_key {
    ($(#[$doc:meta])* $name:ident, $public:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(SigningKey);

        impl $name {
            /// A new random key.
            pub fn generate(rng: &mut impl CryptoRng) -> Self {
                Self::from_seed(&Secret::new(random(rng)))
            }

            /// The key of a stored or derived seed.
            #[must_use]
            pub fn from_seed(seed: &Secret<32>) -> Self {
                Self(SigningKey::from_bytes(seed.expose()))
            }

            /// The seed, for storage that only its owner can read.
            #[must_use]
            pub fn seed(&self) -> Secret<32> {
                Secret::new(self.0.to_bytes())
            }

            /// The public half.
            #[must_use]
            pub fn public(&self) -> $public {
                $public(self.0.verifying_key().to_bytes())
            }

            /// Signs `m` under a label.
            #[must_use]
            pub fn sign(&self, label: &str, m: &[u8]) -> Signature {
                Signature(self.0.sign(&labelled(label, m)).to_bytes())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({:?})"), self.public())
            }
        }
    };
}

signing_key!(
    /// Who a device is, in every session.
    PeerKey,
    PeerId
);
signing_key!(
    /// What a device proves to the switchboard, one per session. Also an invite's slot key.
    SlotKey,
    SlotPublic
);

impl SlotKey {
    /// Where the switchboard delivers to this key's holder.
    #[must_use]
    pub fn address(&self) -> SlotAddress {
        self.public().address()
    }
}

/// An X25519 secret to which knocks, calls and epoch keys are sealed.
#[derive(Clone)]
pub struct SealKey(<X25519 as Kem>::PrivateKey);

impl SealKey {
    /// A new random key.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let (secret, _) = X25519::gen_keypair_with_rng(rng);
        Self(secret)
    }

    /// The key of stored bytes.
    #[must_use]
    pub fn from_bytes(bytes: &Secret<32>) -> Self {
        // 32 bytes are always an X25519 secret: they are clamped.
        Self(<X25519 as Kem>::PrivateKey::from_bytes(bytes.expose()).unwrap_or_else(|_| unreachable!("32 bytes")))
    }

    /// The bytes, for storage that only its owner can read.
    #[must_use]
    pub fn to_bytes(&self) -> Secret<32> {
        let mut bytes = Zeroizing::new([0; 32]);
        self.0.write_exact(&mut *bytes);
        Secret::new(*bytes)
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> SealPublic {
        let mut bytes = [0; 32];
        X25519::sk_to_pk(&self.0).write_exact(&mut bytes);
        SealPublic(bytes)
    }

    pub(crate) fn hpke(&self) -> &<X25519 as Kem>::PrivateKey {
        &self.0
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealKey({:?})", self.public())
    }
}

/// A device's keys for one session.
#[derive(Debug, Clone)]
pub struct SessionKeys {
    /// Opens what is sealed to this device.
    pub seal: SealKey,
    /// Listens at the switchboard.
    pub slot: SlotKey,
}

impl SessionKeys {
    /// New random keys.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self { seal: SealKey::generate(rng), slot: SlotKey::generate(rng) }
    }
}
