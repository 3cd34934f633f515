//! `kdf-seal`: key derivation and seals. RFC 9180's own vectors are checked in `checks`.

use crate::common::Seeded;
use crate::{damaged, golden, hex, judged};
use serde_json::{Value, json};
use sightline_proto::seal;

#[test]
fn kdf_seal() {
    let mut rng = Seeded::new("seal");
    let key = sightline_proto::keys::random::<32>(&mut rng);
    let mut cases = vec![
        derive::<16>("short", b"k", b"", "invite id"),
        derive::<32>("a key", &key, b"", "call psk"),
        derive::<44>("key and nonce", &key, &[7; 32], "record"),
        derive::<64>("two blocks", &key, "sal·".as_bytes(), "x"),
        derive::<32>("empty label", &key, b"", ""),
    ];
    let plain = "A plain text, and ñ 👩‍🔧".as_bytes();
    let sealed = seal::seal(&key, "reply", b"aad", plain, &mut rng);
    cases.push(open("as sealed", &key, "reply", b"aad", &sealed));
    let empty = seal::seal(&key, "reply", b"", b"", &mut rng);
    cases.push(open("empty plaintext", &key, "reply", b"", &empty));
    cases.push(open("other label", &key, "record", b"aad", &sealed));
    cases.push(open("other additional data", &key, "reply", b"aae", &sealed));
    cases.push(open("other key", &[9; 32], "reply", b"aad", &sealed));
    for (name, bytes) in damaged(&sealed) {
        cases.push(open(&name, &key, "reply", b"aad", &bytes));
    }
    golden("kdf-seal", "KDF(key, salt, label, length) and Seal(key, label, aad, plain)", cases);
}

fn derive<const N: usize>(name: &str, key: &[u8], salt: &[u8], label: &str) -> Value {
    let out = seal::kdf::<N>(key, salt, label);
    json!({ "name": format!("kdf: {name}"), "op": "kdf", "key": hex(key), "salt": hex(salt), "label": label,
        "length": N, "out": hex(&out[..]) })
}

fn open(name: &str, key: &[u8; 32], label: &str, aad: &[u8], sealed: &[u8]) -> Value {
    let case = json!({ "name": format!("seal: {name}"), "op": "seal", "key": hex(key), "label": label,
        "aad": hex(aad), "sealed": hex(sealed) });
    judged(case, seal::open(key, label, aad, sealed), |plain| json!({ "plain": hex(plain) }))
}
