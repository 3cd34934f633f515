//! `ed25519`: every edge case of the points A (key) and R (half of the signature), and the one verdict on each.
//!
//! Constructed as the CCTV vectors are: A and R each run through all low-order points in all their encodings and through
//! points of mixed order, with messages chosen so that the low-order parts cancel or don't, and with the challenge computed
//! over R as sent or re-encoded. Added are the published cases of "Taming the many EdDSAs" and RFC 8032's own.

use crate::{golden, hex, judged};
use curve25519_dalek::EdwardsPoint;
use curve25519_dalek::constants::{ED25519_BASEPOINT_TABLE as BASE, EIGHT_TORSION};
use curve25519_dalek::edwards::CompressedEdwardsY;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{Identity, IsIdentity};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest, Sha512};
use sightline_proto::sig::{self, Signature};

#[test]
fn ed25519() {
    let mut cases = Vec::new();
    for (name, key, msg, sig) in PUBLISHED {
        let decode = |text: &str| HEXLOWER.decode(text.as_bytes()).unwrap();
        cases.push(judge(name, &decode(key), &decode(msg), &decode(sig), &[]));
    }
    cases.extend(constructed());
    let accepted = cases.iter().filter(|case| case["verdict"] == "accepted").count();
    assert!(cases.len() > 500 && accepted >= 3, "{} cases, {accepted} accepted", cases.len());
    golden("ed25519", "One verdict on each edge case of Ed25519, over the message itself, without a label.", cases);
}

/// A point as it is sent, and what is odd about it.
#[derive(Clone)]
struct Sent {
    /// Its discrete logarithm to the base, apart from the low-order part.
    scalar: Scalar,
    point: EdwardsPoint,
    encoded: [u8; 32],
    canonical: bool,
}

impl Sent {
    fn is_low_order(&self) -> bool {
        self.point.is_small_order()
    }

    fn has_low_order_part(&self) -> bool {
        !self.point.is_torsion_free()
    }
}

/// Low-order points in all encodings, then one secret plus each low-order point.
fn points(scalar: Scalar) -> Vec<Sent> {
    let mut all = Vec::new();
    for low in EIGHT_TORSION {
        for encoded in encodings(&low) {
            let canonical = encoded == low.compress().0;
            all.push(Sent { scalar: Scalar::ZERO, point: low, encoded, canonical });
        }
    }
    assert_eq!(all.len(), 14, "eight low-order points have six further encodings");
    for low in EIGHT_TORSION {
        let point = &scalar * BASE + low;
        all.push(Sent { scalar, point, encoded: point.compress().0, canonical: true });
    }
    all
}

/// All byte strings that a lax decoder takes for this point.
fn encodings(point: &EdwardsPoint) -> Vec<[u8; 32]> {
    let mut all = vec![point.compress().0];
    // y ≥ p in 255 bits leaves y - p < 19: only such small y have a second spelling; x = 0 has one for its sign bit.
    for y in 0..19u8 {
        let mut above = [0xff; 32];
        above[0] = 0xed + y;
        above[31] = 0x7f;
        all.push(above);
        above[31] = 0xff;
        all.push(above);
    }
    for sign in [0x00, 0x80] {
        let mut one = [0; 32];
        (one[0], one[31]) = (1, sign);
        all.push(one);
        let mut minus_one = [0xff; 32];
        (minus_one[0], minus_one[31]) = (0xec, 0x7f | sign);
        all.push(minus_one);
    }
    let same = |bytes: &[u8; 32]| CompressedEdwardsY(*bytes).decompress().is_some_and(|p| p == *point);
    let mut unique: Vec<[u8; 32]> = Vec::new();
    for bytes in all {
        if same(&bytes) && !unique.contains(&bytes) {
            unique.push(bytes);
        }
    }
    unique
}

fn constructed() -> Vec<Value> {
    let secret = |label: &[u8]| Scalar::from_hash(Sha512::new().chain_update(label));
    let (keys, nonces) = (points(secret(b"key")), points(secret(b"nonce")));
    let mut cases = Vec::new();
    for (i, a) in keys.iter().enumerate() {
        for (j, r) in nonces.iter().enumerate() {
            for residue in [false, true] {
                for reencoded in [false, true] {
                    if reencoded && r.canonical {
                        continue;
                    }
                    if let Some((msg, signature)) = craft(a, r, residue, reencoded) {
                        let mut flags = Vec::new();
                        let mut flag = |set: bool, name: &'static str| {
                            if set {
                                flags.push(name)
                            }
                        };
                        flag(a.is_low_order(), "low-order-a");
                        flag(r.is_low_order(), "low-order-r");
                        flag(a.has_low_order_part(), "low-order-component-a");
                        flag(r.has_low_order_part(), "low-order-component-r");
                        flag(!a.canonical, "non-canonical-a");
                        flag(!r.canonical, "non-canonical-r");
                        flag(residue, "low-order-residue");
                        flag(reencoded, "reencoded-k");
                        let case = judge(&format!("A {i}, R {j}"), &a.encoded, &msg, &signature, &flags);
                        let sound = !a.has_low_order_part()
                            && !a.is_low_order()
                            && !r.has_low_order_part()
                            && !r.is_low_order();
                        assert_eq!(case["verdict"] == "accepted", sound, "{case}");
                        cases.push(case);
                    }
                }
            }
        }
    }
    cases
}

/// A message for which the cofactored equation holds and the low-order parts cancel (`!residue`) or don't.
fn craft(a: &Sent, r: &Sent, residue: bool, reencoded: bool) -> Option<(Vec<u8>, Vec<u8>)> {
    for attempt in 0..64u32 {
        let msg = format!("ed25519 edge case {attempt}").into_bytes();
        let r_hashed = if reencoded { r.point.compress().0 } else { r.encoded };
        let k = Scalar::from_hash(Sha512::new().chain_update(r_hashed).chain_update(a.encoded).chain_update(&msg));
        let s = r.scalar + k * a.scalar;
        let rest = &s * BASE - r.point - k * a.point;
        assert!(rest.is_small_order());
        if rest.is_identity() != residue {
            return Some((msg, [&r.encoded[..], s.as_bytes()].concat()));
        }
    }
    None
}

fn judge(name: &str, key: &[u8], msg: &[u8], signature: &[u8], flags: &[&str]) -> Value {
    let case = json!({ "name": name, "key": hex(key), "msg": hex(msg), "sig": hex(signature), "flags": flags });
    let verdict = sig::verify_raw(key.try_into().unwrap(), msg, &Signature(signature.try_into().unwrap()));
    judged(case, verdict, |()| json!({}))
}

#[test]
fn the_identity_is_no_key() {
    let identity = EdwardsPoint::identity().compress().0;
    assert!(sig::check_key(&identity).is_err());
}

/// Every second spelling of a point, not only of those of low order.
#[test]
fn no_key_has_a_second_spelling() {
    for (y, sign) in (0..19u8).flat_map(|y| [(y, 0x7f), (y, 0xff)]) {
        let mut bytes = [0xff; 32];
        (bytes[0], bytes[31]) = (0xed + y, sign);
        assert!(sig::check_key(&bytes).is_err(), "{y}");
        // None of them is of prime order, so the check of the order alone would find them too.
        let point = CompressedEdwardsY(bytes).decompress();
        assert!(point.is_none_or(|p| p.is_identity() || !p.is_torsion_free()), "{y}");
    }
}

/// Name, key, message, signature. The first three are RFC 8032's TEST 1 to 3.
const PUBLISHED: [(&str, &str, &str, &str); 16] = [
    (
        "rfc8032 test 1",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "rfc8032 test 2",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "rfc8032 test 3",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "rfc8032 test 3, last byte of s raised",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec41a",
    ),
    (
        "taming 0",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a0000000000000000000000000000000000000000000000000000000000000000",
    ),
    (
        "taming 1",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
    ),
    (
        "taming 2",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e",
    ),
    (
        "taming 3",
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
        "9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009",
    ),
    (
        "taming 4",
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
        "160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed5125ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09",
    ),
    (
        "taming 5",
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
        "21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7e40bc836dac0f71076f9abe3a53f9c03c1ceeeddb658d0030494ace586687405",
    ),
    (
        "taming 6",
        "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
        "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
        "e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514",
    ),
    (
        "taming 7",
        "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
        "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
        "8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa19427e71f98a473474f2f13f06f97c20d58cc3f54b8bd0d272f42b695dd7e89a8c22",
    ),
    (
        "taming 8",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "fdaebc429f4a735932a160da1301080c13280eea8bc280d1b392c6b9e6ba3a5a",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f454d370c8d9fc323a41450f8d513eafeb5b0697390c1e505a0d4ddc71f566607",
    ),
    (
        "taming 9",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "84b698d39be126ff55fe45079e6c8bf64a0d7db6994560b4e96b7021eb39c1a1",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f084d5b99c2a9463d9c8bd5026916996984eeec87ddf1d3be329006ace1b37b09",
    ),
    (
        "taming 10",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "e96b7021eb39c1a163b6da4e3093dcd3f21387da4cc4572be588fafae23c155b",
        "a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dca5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
    ),
    (
        "taming 11",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "39a591f5321bbe07fd5a23dc2f39d025d74526615746727ceefd6e82ae65c06f",
        "a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dca5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
    ),
];
