//! `invite`: links, what is derived from them, and sealed records.

use crate::common::*;
use crate::{damaged, golden, hex, judged};
use serde_json::{Value, json};
use sightline_proto::id::{Role, SlotAddress};
use sightline_proto::invite::{InviteSecrets, Link, LinkSecret, Record};
use sightline_proto::keys::PeerKey;
use sightline_proto::seal;
use sightline_proto::wire::Writer;

#[test]
fn invite() {
    let mut s = Scene::new();
    let link = s.owner.link(RENDEZVOUS).unwrap();
    let secret = link.secret().clone();
    let mut cases = links(&link.url());
    cases.push(json!({ "name": "derive", "op": "derive", "secret": hex(secret.expose()), "id": hex(s.secrets.id.0),
        "record_key": hex(s.secrets.record_key.expose()), "psk": hex(s.secrets.psk.expose()),
        "slot_seed": hex(s.secrets.slot.seed().expose()), "slot_pk": hex(s.secrets.slot.public().0),
        "slot_address": hex(s.secrets.slot.address().0) }));
    cases.push(json!({ "name": "commit", "op": "commit", "expert_pk": hex(s.record.expert.0),
        "salt": hex(s.record.salt), "secret": hex(secret.expose()) }));
    cases.extend(opened(&mut s, &secret));
    golden("invite", "Invite links, derivations and sealed records. `expert_seed` is the record's signer.", cases);
}

fn links(good: &str) -> Vec<Value> {
    let cut = &good[..good.len() - 1];
    let mut texts: Vec<(&str, String)> = vec![
        ("as made", good.to_owned()),
        ("white space around", format!(" \t{good}\r\n")),
        ("no slash before #", good.replace("/#", "#")),
        ("capital host and own port", good.replace("https://help.example/", "HTTPS://Help.Example:443/")),
        ("port", good.replace("help.example/", "help.example:8443/")),
        ("this machine by http", good.replace("https://help.example/", "http://localhost:8080/")),
        ("this machine by address", good.replace("https://help.example/", "http://[::1]:8080/")),
        ("http elsewhere", good.replace("https:", "http:")),
        ("another scheme", good.replace("https:", "wss:")),
        ("empty", String::new()),
        ("words", "hello there".to_owned()),
        ("no fragment", "https://help.example/".to_owned()),
        ("a path", good.replace("/#", "/x#")),
        ("a query", good.replace("/#", "/?a=1#")),
        ("a user name", good.replace("https://", "https://a@")),
        ("port 0", good.replace("help.example/", "help.example:0/")),
        ("cut short", cut.to_owned()),
        ("one character more", format!("{good}A")),
        ("full stop after it", format!("{good}.")),
        ("a character of no link", format!("{cut}!")),
        ("standard base64", good.replace(&good[good.len() - 4..], "++//")),
    ];
    // The last character carries two bits; one with spare bits set is another spelling of the same 128 bits.
    let spare = if cut.len() + 1 == good.len() { format!("{cut}{}", spare_bits(good)) } else { String::new() };
    texts.push(("spare bits set", spare));
    let case = |(name, text): (&str, String)| {
        let case = json!({ "name": format!("link: {name}"), "op": "link", "text": text });
        judged(
            case,
            Link::parse(&text),
            |link| json!({ "origin": link.origin(), "secret": hex(link.secret().expose()), "url": link.url() }),
        )
    };
    texts.into_iter().map(case).collect()
}

fn spare_bits(link: &str) -> char {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = *link.as_bytes().last().unwrap();
    let index = ALPHABET.iter().position(|c| *c == last).unwrap();
    assert_eq!(index % 16, 0);
    char::from(ALPHABET[index + 1])
}

fn opened(s: &mut Scene, secret: &LinkSecret) -> Vec<Value> {
    let seal = |record: &Record, secrets: &InviteSecrets, by: &PeerKey, rng: &mut Seeded| {
        record.seal(secrets, by, rng).unwrap()
    };
    let good = seal(&s.record, &s.secrets, &s.expert.peer, &mut s.rng);
    let mut cases = vec![
        record("as sealed", s, secret, None, &good),
        record("same version again", s, secret, Some(1), &good),
        record("older than known", s, secret, Some(2), &good),
    ];
    let full = Record {
        version: u64::MAX,
        role: Role::Viewer,
        uses: 0,
        rendezvous: vec![RENDEZVOUS.to_owned(), "https://other.example:8443".to_owned()],
        lan: vec!["https://192.168.1.5:8443".to_owned()],
        name: "Zoë \u{202e}gnp 👩‍🔧".to_owned(),
        ..s.record.clone()
    };
    let bytes = seal(&full, &s.secrets, &s.expert.peer, &mut s.rng);
    cases.push(record("every field", s, secret, Some(u64::MAX), &bytes));

    let lead = Record { role: Role::Lead, ..s.record.clone() };
    let bytes = seal(&lead, &s.secrets, &s.expert.peer, &mut s.rng);
    cases.push(record("role lead", s, secret, None, &bytes));

    let thief = Person::new("thief");
    let stolen = Record { expert: thief.peer.public(), knock_address: SlotAddress([6; 16]), ..s.record.clone() };
    let bytes = seal(&stolen, &s.secrets, &thief.peer, &mut s.rng);
    cases.push(record("another expert", s, secret, None, &bytes));
    let bytes = seal(&s.record, &s.secrets, &thief.peer, &mut s.rng);
    cases.push(record("signed by another", s, secret, None, &bytes));
    let salted = Record { salt: [1; 32], ..s.record.clone() };
    let bytes = seal(&salted, &s.secrets, &s.expert.peer, &mut s.rng);
    cases.push(record("another salt", s, secret, None, &bytes));
    let other = InviteSecrets::derive(&LinkSecret::new([5; 16]));
    let bytes = seal(&s.record, &other, &s.expert.peer, &mut s.rng);
    cases.push(record("another invite's", s, secret, None, &bytes));

    for (name, plain) in rewritten(s, &good) {
        let sealed = seal::seal(s.secrets.record_key.expose(), "record", &s.secrets.id.0, &plain, &mut s.rng);
        cases.push(record(name, s, secret, None, &sealed));
    }
    for (name, bytes) in damaged(&good) {
        cases.push(record(&name, s, secret, None, &bytes));
    }
    cases.push(record("too large", s, secret, None, &vec![0; 5000]));
    cases
}

/// Plaintexts that only the expert could seal, yet must not pass.
fn rewritten(s: &Scene, good: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let plain = seal::open(s.secrets.record_key.expose(), "record", &s.secrets.id.0, good).unwrap();
    let signed = plain.len() - 64;
    let resign = |fields: Vec<u8>| {
        let sig = s.expert.peer.sign("record", &[&s.secrets.id.0[..], &fields].concat());
        Writer::new().raw(&fields).raw(&sig.0).finish()
    };
    let mut version = plain[..signed].to_vec();
    version[0] = 2;
    let mut role = plain[..signed].to_vec();
    role[1 + 8 + 16 + 32 + 32 + 32] = 9;
    let mut unsigned = plain.clone();
    unsigned[1 + 7] = 9;
    let huge = Writer::new().raw(&plain[..signed - 7]).u32(u32::MAX).finish();
    vec![
        ("trailing byte inside", [&plain[..], &[0]].concat()),
        ("version 2", resign(version)),
        ("unknown role", resign(role)),
        ("field changed after signing", unsigned),
        ("a length beyond its cap", resign(huge)),
    ]
}

fn record(name: &str, s: &Scene, secret: &LinkSecret, known: Option<u64>, sealed: &[u8]) -> Value {
    let case = json!({ "name": format!("record: {name}"), "op": "record", "secret": hex(secret.expose()),
        "expert_seed": hex(s.expert.peer.seed().expose()), "known_version": known.map(|n| n.to_string()),
        "record": hex(sealed) });
    judged(case, Record::open(sealed, secret, &InviteSecrets::derive(secret), known), |r| {
        json!({ "fields": {
            "version": r.version.to_string(), "sid": hex(r.sid.0), "expert_pk": hex(r.expert.0), "salt": hex(r.salt),
            "pk_i": hex(r.knock_key.0), "role": r.role.code(), "not_before": r.not_before.to_string(),
            "not_after": r.not_after.to_string(), "uses": r.uses, "knock_address": hex(r.knock_address.0),
            "rendezvous": r.rendezvous, "lan": r.lan, "name": r.name,
        } })
    })
}
