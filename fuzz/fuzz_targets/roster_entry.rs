//! Roster entries from outside; and entries that the lead signed around whatever body the fuzzer's bytes decode to.
#![no_main]

use ed25519_dalek::SigningKey;
mod fixed;

use fixed::Fixed;
use libfuzzer_sys::fuzz_target;
use sightline_crdt::id::{SealKey, SlotKey};
use sightline_crdt::keys::SealSecret;
use sightline_crdt::roster::{Entry, Founder, Roster, shown_name};

fuzz_target!(|bytes: &[u8]| {
    let Ok(entry) = Entry::decode(bytes) else { return };
    assert_eq!(entry.encode(), bytes);
    let key = SigningKey::from_bytes(&[7; 32]);
    let slot = SlotKey(SigningKey::from_bytes(&[8; 32]).verifying_key().to_bytes());
    let seal: SealKey = SealSecret::from_bytes(&[9; 32]).public();
    let founder = Founder { key: &key, seal, slot, name: "Ann", succession: true };
    let genesis = founder.found(&mut Fixed).unwrap().0;
    let mut roster = Roster::new(genesis).unwrap();
    assert!(roster.apply(bytes).is_err());

    let mut body = entry.body().clone();
    body.sid = roster.sid();
    body.prev = roster.head();
    body.n = 1;
    body.signer = roster.lead();
    let signed = Entry::seal(body, &key);
    assert_eq!(Entry::decode(signed.encode()).as_ref().map(Entry::hash), Ok(signed.hash()));
    let _ = roster.apply_entry(signed);
    roster.members().for_each(|member| drop(shown_name(&member.name)));
});
