//! HPKE in psk mode, suite 0x0020 / 0x0001 / 0x0002 (DHKEM X25519, HKDF-SHA256, AES-256-GCM), one message per context.

use crate::exports::{Exports, Purpose};
use crate::id::{KnockId, SealPublic};
use crate::keys::{SealKey, X25519};
use hpke::aead::{AeadCtxR, AeadCtxS, AesGcm256};
use hpke::kdf::HkdfSha256;
use hpke::{Deserializable, HpkeError, Kem, OpModeR, OpModeS, PskBundle, Serializable};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};

/// What binds a context to its place.
pub(crate) struct Binding<'a> {
    pub(crate) info: &'a [u8],
    pub(crate) psk: &'a [u8; 32],
    pub(crate) psk_id: &'a [u8],
}

/// The sender's context, before its only message.
pub(crate) struct Sender {
    /// The encapsulated key; the message's signature covers it.
    pub(crate) enc: [u8; 32],
    context: AeadCtxS<AesGcm256, HkdfSha256, X25519>,
}

impl Sender {
    /// Refused only for a receiver's key of small order.
    pub(crate) fn new(to: &SealPublic, binding: &Binding<'_>, rng: &mut impl CryptoRng) -> Result<Self, HpkeError> {
        let to = <X25519 as Kem>::PublicKey::from_bytes(&to.0)?;
        let mode = OpModeS::Psk(PskBundle::new(binding.psk, binding.psk_id)?);
        let (enc, context) =
            hpke::setup_sender_with_rng::<AesGcm256, HkdfSha256, X25519>(&mode, &to, binding.info, rng)?;
        let mut bytes = [0; 32];
        enc.write_exact(&mut bytes);
        Ok(Self { enc: bytes, context })
    }

    /// Seals the message and exports the keys.
    pub(crate) fn seal(mut self, purpose: Purpose, plain: &[u8], aad: &[u8]) -> Result<(Vec<u8>, Exports), HpkeError> {
        let ct = self.context.seal(plain, aad)?;
        let exports = Exports::take(purpose, id(&self.enc, &ct), |info, out| self.context.export(info, out))?;
        Ok((ct, exports))
    }
}

/// Opens a message and exports the keys.
pub(crate) fn open(
    key: &SealKey,
    binding: &Binding<'_>,
    purpose: Purpose,
    enc: &[u8; 32],
    ct: &[u8],
    aad: &[u8],
) -> Result<(Vec<u8>, Exports), HpkeError> {
    let mode = OpModeR::Psk(PskBundle::new(binding.psk, binding.psk_id)?);
    let encapped = <X25519 as Kem>::EncappedKey::from_bytes(enc)?;
    let mut context: AeadCtxR<AesGcm256, HkdfSha256, X25519> =
        hpke::setup_receiver(&mode, key.hpke(), &encapped, binding.info)?;
    let plain = context.open(ct, aad)?;
    let exports = Exports::take(purpose, id(enc, ct), |info, out| context.export(info, out))?;
    Ok((plain, exports))
}

/// The id of a knock or call.
pub(crate) fn id(enc: &[u8; 32], ct: &[u8]) -> KnockId {
    KnockId(Sha256::new().chain_update(enc).chain_update(ct).finalize().into())
}
