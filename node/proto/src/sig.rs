//! Ed25519 signatures and the one rule by which they are judged, the same in every implementation.
//!
//! `Sig(key, label, m)` signs `"sightline/1 " ‖ label ‖ 0x00 ‖ m`, so a signature made for one purpose says nothing about
//! another. Verification accepts exactly this: a public key in its canonical encoding that lies in the prime-order
//! subgroup and is not the identity (small- and mixed-order keys are refused), `s` below the group order, `R` canonical
//! and not of small order, and the cofactorless equation. With a key of prime order the cofactored and cofactorless
//! equations then agree on everything except an `R` with a torsion part, which is refused.

use curve25519_dalek::edwards::CompressedEdwardsY;
use curve25519_dalek::traits::IsIdentity;
use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use thiserror::Error;

/// A public key that no honest peer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the key is not a canonical point of prime order")]
pub struct KeyError;

/// Why a signature was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// The key breaks the rule above.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The signature is not this key's over this message.
    #[error("the signature is wrong")]
    Wrong,
}

/// 64 bytes of an Ed25519 signature, not yet judged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature")
    }
}

impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&data_encoding::BASE64URL_NOPAD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        data_encoding::BASE64URL_NOPAD
            .decode(text.as_bytes())
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("not a signature"))
    }
}

/// Refuses keys that are not a canonical, prime-order point. Done wherever a key is first met.
pub fn check_key(key: &[u8; 32]) -> Result<(), KeyError> {
    checked_key(key).map(|_| ())
}

/// Judges a signature by the one rule, the key included.
pub fn verify(key: &[u8; 32], label: &str, message: &[u8], signature: &Signature) -> Result<(), SignatureError> {
    verify_raw(key, &labelled(label, message), signature)
}

/// The rule without label, for vectors published elsewhere.
pub fn verify_raw(key: &[u8; 32], message: &[u8], signature: &Signature) -> Result<(), SignatureError> {
    let key = checked_key(key)?;
    // `verify_strict` has s < L, R not small, cofactorless, and compares R in its encoded form (so it is canonical).
    key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(&signature.0)).map_err(|_| SignatureError::Wrong)
}

/// The bytes that are really signed.
#[must_use]
pub fn labelled(label: &str, message: &[u8]) -> Vec<u8> {
    let mut signed = Vec::with_capacity(12 + label.len() + 1 + message.len());
    signed.extend_from_slice(b"sightline/1 ");
    signed.extend_from_slice(label.as_bytes());
    signed.push(0);
    signed.extend_from_slice(message);
    signed
}

fn checked_key(key: &[u8; 32]) -> Result<VerifyingKey, KeyError> {
    let encoded = CompressedEdwardsY(*key);
    let point = encoded.decompress().ok_or(KeyError)?;
    if point.compress() != encoded || point.is_identity() || !point.is_torsion_free() {
        return Err(KeyError);
    }
    VerifyingKey::from_bytes(key).map_err(|_| KeyError)
}
