//! Vectors published elsewhere, and fixtures written by the page's implementation.

use data_encoding::HEXLOWER;
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, PskBundle, Serializable};
use rand_core::{TryCryptoRng, TryRng};
use serde_json::Value;
use sightline_proto::keys::{SealKey, Secret};
use std::convert::Infallible;

/// Gives out the published seed: the library fills one key's ikm from it.
struct Ikm(Vec<u8>);

impl TryRng for Ikm {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("only bytes are asked for")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("only bytes are asked for")
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.copy_from_slice(&self.0[..out.len()]);
        Ok(())
    }
}

impl TryCryptoRng for Ikm {}

fn bytes(case: &Value, field: &str) -> Vec<u8> {
    HEXLOWER.decode(case[field].as_str().unwrap().as_bytes()).unwrap()
}

#[test]
fn rfc9180_base_and_psk() {
    let text = std::fs::read_to_string(crate::path("rfc9180")).unwrap();
    let vectors: Value = serde_json::from_str(&text).unwrap();
    for case in vectors["cases"].as_array().unwrap() {
        let (psk, psk_id, info) = (bytes(case, "psk"), bytes(case, "psk_id"), bytes(case, "info"));
        let bundle = || PskBundle::new(&psk, &psk_id).unwrap();
        let base = case["mode"] == 0;
        let (_, derived) = X25519HkdfSha256::derive_keypair(&bytes(case, "ikm_r"));
        let secret = SealKey::from_bytes(&Secret::new(bytes(case, "sk_r").try_into().unwrap()));
        assert_eq!(secret.public().0.to_vec(), bytes(case, "pk_r"));
        let mode = if base { OpModeS::Base } else { OpModeS::Psk(bundle()) };
        let mut rng = Ikm(bytes(case, "ikm_e"));
        let (enc, mut sender) =
            hpke::setup_sender_with_rng::<AesGcm256, HkdfSha256, X25519HkdfSha256>(&mode, &derived, &info, &mut rng)
                .unwrap();
        assert_eq!(enc.to_bytes().to_vec(), bytes(case, "enc"));
        let private = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(secret.to_bytes().expose()).unwrap();
        let mode = if base { OpModeR::Base } else { OpModeR::Psk(bundle()) };
        let mut receiver =
            hpke::setup_receiver::<AesGcm256, HkdfSha256, X25519HkdfSha256>(&mode, &private, &enc, &info).unwrap();
        for message in case["encryptions"].as_array().unwrap() {
            let (aad, pt, ct) = (bytes(message, "aad"), bytes(message, "pt"), bytes(message, "ct"));
            assert_eq!(sender.seal(&pt, &aad).unwrap(), ct);
            assert_eq!(receiver.open(&ct, &aad).unwrap(), pt);
        }
        for export in case["exports"].as_array().unwrap() {
            let mut out = [0; 32];
            receiver.export(&bytes(export, "context"), &mut out).unwrap();
            assert_eq!(out.to_vec(), bytes(export, "value"));
        }
    }
}
