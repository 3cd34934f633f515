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

/// Reads what the page's implementation made, once it has made it: the same verdict is ours.
fn page(name: &str, judge: impl Fn(&Value) -> bool) {
    let path = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/web").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    let fixture: Value = serde_json::from_str(&text).unwrap();
    let cases = fixture["cases"].as_array().unwrap();
    assert!(!cases.is_empty(), "{name}");
    for case in cases {
        assert_eq!(judge(case), case["verdict"] == "accepted", "{name}: {}", case["name"]);
    }
}

fn array<const N: usize>(case: &Value, field: &str) -> [u8; N] {
    bytes(case, field).try_into().unwrap()
}

#[test]
fn seals_of_the_page() {
    page("kdf-seal.json", |case| match case["op"].as_str() {
        Some("kdf") => {
            let (key, salt, label) = (bytes(case, "key"), bytes(case, "salt"), case["label"].as_str().unwrap());
            let out = bytes(case, "out");
            assert_eq!(sightline_proto::seal::kdf::<64>(&key, &salt, label)[..out.len().min(64)], out);
            case["verdict"] == "accepted"
        }
        _ => {
            let label = case["label"].as_str().unwrap();
            let opened =
                sightline_proto::seal::open(&array(case, "key"), label, &bytes(case, "aad"), &bytes(case, "sealed"));
            if let Ok(plain) = &opened {
                assert_eq!(*plain, bytes(case, "plain"));
            }
            opened.is_ok()
        }
    });
}

#[test]
fn mail_of_the_page() {
    use sightline_proto::mailbox::{Audience, MailContent, MailKind, MailLabel, open_item};
    page("mail.json", |case| {
        let kind = match case["kind"].as_str().unwrap() {
            "envelope" => MailKind::Envelope,
            "roster-entry" => MailKind::RosterEntry,
            _ => MailKind::Blob,
        };
        let audience = if case["audience"] == "all" { Audience::All } else { Audience::Experts };
        let label = MailLabel { kind, epoch: case["epoch"].as_str().unwrap().parse().unwrap(), audience };
        let (mailbox, name) = (array(case, "box").into(), array(case, "item_name").into());
        match open_item(&bytes(case, "sealed"), &mailbox, &name, label, &array(case, "key")) {
            Ok(content) => {
                let (MailContent::Envelope(inside)
                | MailContent::RosterEntry(inside)
                | MailContent::BlobMessage(inside)
                | MailContent::Chunk { bytes: inside, .. }) = content;
                assert_eq!(inside, bytes(case, "bytes"));
                true
            }
            Err(error) => {
                assert_eq!(crate::kebab(&error), case["reason"].as_str().unwrap());
                false
            }
        }
    });
}

#[test]
fn knocks_of_the_page() {
    page("knock.json", |case| {
        let keys = &case["keys"];
        let keys = sightline_proto::knock::KnockKeys {
            sid: array(keys, "sid").into(),
            invite: array(keys, "invite").into(),
            psk: Secret::new(array(keys, "psk")),
            key: SealKey::from_bytes(&Secret::new(array(keys, "sk_i"))),
            address: array(keys, "knock_address").into(),
        };
        let opened = sightline_proto::knock::open(&bytes(case, "message"), &keys);
        if let Ok(knock) = &opened {
            same_body(case, &knock.from, &knock.exports);
        }
        opened.is_ok()
    });
}

fn same_body(
    case: &Value,
    from: &sightline_proto::introduction::Introduction,
    exports: &sightline_proto::exports::Exports,
) {
    let (said, keys) = (&case["from"], &case["exports"]);
    assert_eq!(from.peer.0.to_vec(), bytes(said, "peer_pk"));
    assert_eq!(from.seal.0.to_vec(), bytes(said, "seal_pk"));
    assert_eq!(from.slot.0.to_vec(), bytes(said, "slot_pk"));
    assert_eq!(from.name, said["name"].as_str().unwrap());
    assert_eq!(from.lang, said["lang"].as_str().unwrap());
    assert_eq!(from.offer.as_deref(), said["offer"].as_str());
    assert_eq!(exports.id.0.to_vec(), bytes(keys, "id"));
    assert_eq!(exports.reply.expose().to_vec(), bytes(keys, "reply"));
    assert_eq!(exports.waiting.expose().to_vec(), bytes(keys, "waiting"));
    assert_eq!(exports.trickle_offerer.expose().to_vec(), bytes(keys, "trickle_o"));
    assert_eq!(exports.trickle_answerer.expose().to_vec(), bytes(keys, "trickle_a"));
    assert_eq!(sightline_proto::words::numbers(exports.words), keys["numbers"].as_str().unwrap());
}

#[test]
fn calls_of_the_page() {
    page("call.json", |case| {
        let callee = &case["callee"];
        let peer = sightline_proto::keys::PeerKey::from_seed(&Secret::new(array(callee, "peer_seed")));
        let keys = sightline_proto::keys::SessionKeys {
            seal: SealKey::from_bytes(&Secret::new(array(callee, "seal_secret"))),
            slot: sightline_proto::keys::SlotKey::from_seed(&Secret::new(array(callee, "slot_seed"))),
        };
        let member = |m: &Value| sightline_proto::call::MemberKeys {
            peer: array(m, "peer_pk").into(),
            seal: array(m, "seal_pk").into(),
            slot: array(m, "slot_pk").into(),
        };
        let members: Vec<_> = case["members"].as_array().unwrap().iter().map(member).collect();
        let known: u64 = case["known_epoch"].as_str().unwrap().parse().unwrap();
        let opened = sightline_proto::call::open(
            &bytes(case, "message"),
            array(case, "sid").into(),
            &peer.public(),
            &keys,
            |epoch| (epoch == known).then(|| Secret::new(array(case, "epoch_key"))),
            |peer| members.iter().find(|m| m.peer == *peer).copied(),
        );
        if let Ok(call) = &opened {
            same_body(case, &call.from, &call.exports);
        }
        opened.is_ok()
    });
}

#[test]
fn replies_of_the_page() {
    page("reply.json", |case| {
        let secret = || Secret::new([0; 32]);
        let knock = case["purpose"] == "knock";
        let exports = sightline_proto::exports::Exports {
            purpose: if knock {
                sightline_proto::exports::Purpose::Knock
            } else {
                sightline_proto::exports::Purpose::Call
            },
            id: array(case, "id").into(),
            reply: Secret::new(array(case, "reply_key")),
            waiting: secret(),
            trickle_offerer: secret(),
            trickle_answerer: secret(),
            words: [0; 4],
        };
        let may = bytes(case, "may_answer");
        sightline_proto::reply::open(&bytes(case, "message"), &exports, |signer, _| signer.0.to_vec() == may).is_ok()
    });
}
