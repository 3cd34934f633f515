//! A session's file: any bytes, and records around the fuzzer's payloads behind a sound genesis entry.
#![no_main]

use ed25519_dalek::SigningKey;
mod fixed;

use fixed::Fixed;
use libfuzzer_sys::fuzz_target;
use sightline_crdt::id::SlotKey;
use sightline_crdt::keys::SealSecret;
use sightline_crdt::session::{Me, Output, Session};
use sightline_crdt::storage::{RecordKind, encode_record, scan};

fuzz_target!(|bytes: &[u8]| {
    let read = scan(bytes);
    assert_eq!(read.end + read.torn, bytes.len());
    let again: Vec<u8> = read.records.iter().flat_map(|record| encode_record(record.kind, record.payload)).collect();
    assert_eq!(scan(&again).records, read.records);

    let me = Me { key: SigningKey::from_bytes(&[7; 32]), seal: SealSecret::from_bytes(&[9; 32]) };
    let slot = SlotKey(SigningKey::from_bytes(&[8; 32]).verifying_key().to_bytes());
    let (_, outputs) = Session::found(me.clone(), slot, "Ann", true, &mut Fixed).unwrap();
    let mut file = Vec::new();
    for output in outputs {
        if let Output::Persist(record) = output {
            file.extend_from_slice(&record);
        }
    }
    for (i, payload) in bytes.split(|byte| *byte == 0xfe).enumerate() {
        file.extend(encode_record(RecordKind(i as u8 % 6), payload));
    }
    let restored = Session::restore(me, scan(&file).records).unwrap();
    let mut session = restored.session;
    session.room();
});
