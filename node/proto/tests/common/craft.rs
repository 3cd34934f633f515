//! What only an attacker, or a broken peer, would make: built here from the standards' own parts, so that it is also an
//! independent second construction of what the crate makes.

use super::{Scene, Seeded, about};
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeS, PskBundle, Serializable};
use sightline_proto::exports::Exports;
use sightline_proto::keys::PeerKey;
use sightline_proto::seal;
use sightline_proto::wire::Writer;

/// A knock with any body: `body` gets the bytes that the signature's context begins with.
pub fn craft_knock(s: &Scene, rng: &mut Seeded, body: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let (sid, invite, pk_i) = (s.record.sid.0, s.secrets.id.0, s.record.knock_key.0);
    let to = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(&pk_i).unwrap();
    let mode = OpModeS::Psk(PskBundle::new(s.secrets.psk.expose(), &invite).unwrap());
    let info = [&b"sightline/1 knock\0"[..], &sid, &invite].concat();
    let (enc, mut context) =
        hpke::setup_sender_with_rng::<AesGcm256, HkdfSha256, X25519HkdfSha256>(&mode, &to, &info, rng).unwrap();
    let mut enc_bytes = [0; 32];
    enc.write_exact(&mut enc_bytes);
    let plain = body(&[&sid[..], &invite, &pk_i, &enc_bytes].concat());
    let ct = context.seal(&plain, &[invite, s.record.knock_address.0].concat()).unwrap();
    [&[1][..], &invite, &enc_bytes, &ct].concat()
}

/// The fields of an ordinary body, before its signature, with the peer's key as given.
pub fn body_fields(s: &Scene, version: u8, peer: [u8; 32]) -> Vec<u8> {
    let (keys, about) = (&s.operator.keys, about());
    Writer::new()
        .u8(version)
        .raw(&peer)
        .raw(&keys.seal.public().0)
        .raw(&keys.slot.public().0)
        .str(&about.name)
        .str(&about.lang)
        .strs(&about.caps)
        .opt_str(about.offer.as_deref())
        .finish()
}

pub fn signed(by: &PeerKey, label: &str, context: &[u8], fields: &[u8]) -> Vec<u8> {
    [fields, &by.sign(label, &[context, fields].concat()).0].concat()
}

/// Knocks that open, since their makers hold the link, and whose bodies must not be believed.
pub fn crafted_knocks(s: &Scene) -> Vec<(&'static str, Vec<u8>)> {
    let (peer, thief) = (&s.operator.peer, super::Person::new("thief").peer);
    let fields = |v| body_fields(s, v, peer.public().0);
    let small_order = [&[1][..], &[0; 31]].concat().try_into().unwrap();
    let mut rng = Seeded::new("crafted");
    vec![
        ("as any other implementation makes it", craft_knock(s, &mut rng, |c| signed(peer, "knock", c, &fields(1)))),
        ("signed by another", craft_knock(s, &mut rng, |c| signed(&thief, "knock", c, &fields(1)))),
        ("signed as a call", craft_knock(s, &mut rng, |c| signed(peer, "call", c, &fields(1)))),
        ("signed for another message", craft_knock(s, &mut rng, |_| signed(peer, "knock", &[7; 96], &fields(1)))),
        ("version 2", craft_knock(s, &mut rng, |c| signed(peer, "knock", c, &fields(2)))),
        (
            "a peer key of small order",
            craft_knock(s, &mut rng, |_| {
                // With the identity as key, R = B·s with any s verifies under lax rules.
                [&body_fields(s, 1, small_order)[..], &[0x58], &[0x66; 31], &[1], &[0; 31]].concat()
            }),
        ),
        (
            "trailing byte inside",
            craft_knock(s, &mut rng, |c| [&signed(peer, "knock", c, &fields(1))[..], &[0]].concat()),
        ),
        (
            "too many capabilities",
            craft_knock(s, &mut rng, |c| {
                let keys = &s.operator.keys;
                let fields = Writer::new()
                    .u8(1)
                    .raw(&peer.public().0)
                    .raw(&keys.seal.public().0)
                    .raw(&keys.slot.public().0)
                    .str("")
                    .str("")
                    .strs(&vec!["x"; 33])
                    .u8(0)
                    .finish();
                signed(peer, "knock", c, &fields)
            }),
        ),
        ("empty inside", craft_knock(s, &mut rng, |_| vec![])),
    ]
}

/// A reply with any fields before signer and signature.
pub fn craft_reply(exports: &Exports, fields: &[u8], by: &PeerKey, honest: bool, rng: &mut Seeded) -> Vec<u8> {
    let before = [fields, &by.public().0].concat();
    let over = if honest { exports.id.0 } else { [0; 32] };
    let sig = by.sign("reply", &[&over[..], &before].concat());
    let sealed = seal::seal(exports.reply.expose(), "reply", &exports.id.0, &[&before[..], &sig.0].concat(), rng);
    [&[2][..], &exports.id.0, &sealed].concat()
}

/// A trickle message of the offerer with any text.
pub fn craft_trickle(exports: &Exports, n: u32, text: &[u8], rng: &mut Seeded) -> Vec<u8> {
    let aad = [&exports.id.0[..], &n.to_be_bytes()].concat();
    let sealed = seal::seal(exports.trickle_offerer.expose(), "trickle", &aad, text, rng);
    [&[3][..], &aad, &sealed].concat()
}
