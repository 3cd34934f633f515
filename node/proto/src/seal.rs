//! Key derivation and sealing under a shared key: HKDF-SHA256 and AES-256-GCM, nothing chosen by the caller but a label.
//!
//! `Seal` is `salt32 ‖ ciphertext ‖ tag16`; key and nonce come from the key and a fresh random salt, so a key may seal any
//! number of messages. The label says what a sealed thing is, the additional data where it belongs: a sealed thing moved
//! elsewhere doesn't open.

use crate::keys::random;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hkdf::Hkdf;
use rand_core::CryptoRng;
use sha2::Sha256;
use thiserror::Error;
use zeroize::Zeroizing;

const SALT: usize = 32;
const TAG: usize = 16;

/// Bytes that a seal adds.
pub const OVERHEAD: usize = SALT + TAG;

/// A sealed thing that is damaged, cut, made with another key, or moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the sealed bytes don't open")]
pub struct SealError;

/// `KDF(key, salt, label, N)`.
#[must_use]
pub fn kdf<const N: usize>(key: &[u8], salt: &[u8], label: &str) -> Zeroizing<[u8; N]> {
    kdf_for(key, salt, label, &[])
}

/// `KDF(key, salt, label ‖ what, N)`: one of many values under a label.
#[must_use]
pub fn kdf_for<const N: usize>(key: &[u8], salt: &[u8], label: &str, what: &[u8]) -> Zeroizing<[u8; N]> {
    const { assert!(N <= 255 * 32, "HKDF-SHA256 gives at most 255 blocks") };
    let mut out = Zeroizing::new([0; N]);
    let info = [b"sightline/1 ", label.as_bytes(), what];
    // An output within 255 blocks cannot fail, and N is checked above.
    if Hkdf::<Sha256>::new(Some(salt), key).expand_multi_info(&info, &mut *out).is_err() {
        unreachable!("the length is checked when compiled");
    }
    out
}

/// Seals `plain` with a fresh salt.
pub fn seal(key: &[u8; 32], label: &str, aad: &[u8], plain: &[u8], rng: &mut impl CryptoRng) -> Vec<u8> {
    let salt = random::<SALT>(rng);
    let (cipher, nonce) = cipher(key, &salt, label);
    // AES-GCM fails only past 64 GiB; everything sealed here is capped far below.
    let Ok(ciphertext) = cipher.encrypt(&nonce, Payload { msg: plain, aad }) else { unreachable!("capped plaintext") };
    [&salt[..], &ciphertext].concat()
}

/// Opens what [`seal`] made with the same key, label and additional data.
pub fn open(key: &[u8; 32], label: &str, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
    let (salt, ciphertext) = sealed.split_at_checked(SALT).ok_or(SealError)?;
    let (cipher, nonce) = cipher(key, salt, label);
    cipher.decrypt(&nonce, Payload { msg: ciphertext, aad }).map_err(|_| SealError)
}

fn cipher(key: &[u8; 32], salt: &[u8], label: &str) -> (Aes256Gcm, Nonce<aes_gcm::aead::consts::U12>) {
    let material = kdf::<44>(key, salt, label);
    let mut nonce = Nonce::default();
    nonce.copy_from_slice(&material[32..]);
    let Ok(cipher) = Aes256Gcm::new_from_slice(&material[..32]) else { unreachable!("32 bytes are a key") };
    (cipher, nonce)
}
