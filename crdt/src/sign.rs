//! Signatures with one rule, the same in both languages.
//!
//! A public key is a canonical encoding of a point of prime order: small and mixed orders are refused when a key is
//! first met. A signature holds with `s < L`, `R` canonical and not of small order, and the cofactorless equation.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use crate::id::PeerId;

/// Bytes of a signature.
pub const SIGNATURE_BYTES: usize = 64;

/// Whether `key` may be used by a peer at all.
pub fn is_sound_key(key: &[u8; 32]) -> bool {
    let Ok(verifying) = VerifyingKey::from_bytes(key) else { return false };
    let point = verifying.to_edwards();
    point.compress().as_bytes() == key && !point.is_small_order() && point.is_torsion_free()
}

/// `Sig(key, label, message)`.
pub fn sign(key: &SigningKey, label: &str, message: &[u8]) -> [u8; SIGNATURE_BYTES] {
    key.sign(&signed_bytes(label, message)).to_bytes()
}

/// Whether `signature` is `Sig(signer, label, message)`.
pub fn verify(signer: &PeerId, label: &str, message: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> bool {
    let Ok(verifying) = VerifyingKey::from_bytes(&signer.0) else { return false };
    verifying.verify_strict(&signed_bytes(label, message), &Signature::from_bytes(signature)).is_ok()
}

/// The peer that signs with `key`.
pub fn peer_of(key: &SigningKey) -> PeerId {
    PeerId(key.verifying_key().to_bytes())
}

fn signed_bytes(label: &str, message: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(12 + label.len() + 1 + message.len());
    bytes.extend_from_slice(b"sightline/1 ");
    bytes.extend_from_slice(label.as_bytes());
    bytes.push(0);
    bytes.extend_from_slice(message);
    bytes
}
