//! Envelopes from outside; and, since a fuzzer can't sign, envelopes that a member signed around the fuzzer's change, in
//! a waiting room that both may write: what the log takes in, Automerge applies, saves and loads.
#![no_main]

use ed25519_dalek::SigningKey;
use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};
use sightline_crdt::envelope::{Content, Envelope};
use sightline_crdt::id::{DocId, EnvelopeId, Epoch, PeerId, SessionId};
use sightline_crdt::waiting::WaitingRoom;

const SID: SessionId = SessionId([1; 16]);

fuzz_target!(|bytes: &[u8]| {
    if let Ok(envelope) = Envelope::decode(bytes) {
        assert_eq!(envelope.encode(), bytes);
        assert!(!envelope.verify_signature());
    }
    let key = SigningKey::from_bytes(&[7; 32]);
    let author = PeerId(key.verifying_key().to_bytes());
    let mut room = WaitingRoom::new(SID, author, []);
    // Two changes, cut where the first byte says: the second may build on the first.
    let Some((cut, rest)) = bytes.split_first() else { return };
    let (first, second) = rest.split_at(rest.len() * usize::from(*cut) / 256);
    let (mut seq, mut prev) = (1, EnvelopeId::NONE);
    for contents in [first, second] {
        let content = Content {
            sid: SID,
            doc: DocId::ROOM,
            epoch: Epoch::WAITING,
            author,
            run: [9; 8],
            seq,
            prev,
            change: chunk(contents),
        };
        let envelope = Envelope::seal(content, &key);
        room.insert_bytes(&envelope.encode());
        if !room.envelopes().is_empty() {
            (seq, prev) = (seq + 1, envelope.id());
        }
    }
    room.room();
    let mut document = sightline_crdt::genesis::document(DocId::ROOM.kind);
    let changes: Vec<automerge::Change> = room
        .envelopes()
        .iter()
        .map(|bytes| automerge::Change::try_from(Envelope::decode(bytes).unwrap().change()).unwrap())
        .collect();
    document.apply_changes(changes).unwrap();
    automerge::Automerge::load(&document.save()).unwrap();
});

/// Contents with a header and the right checksum.
fn chunk(contents: &[u8]) -> Vec<u8> {
    let mut hashed = vec![1];
    let mut len = contents.len();
    while len >= 0x80 {
        hashed.push(len as u8 | 0x80);
        len >>= 7;
    }
    hashed.push(len as u8);
    hashed.extend_from_slice(contents);
    [&[0x85, 0x6f, 0x4a, 0x83], &Sha256::digest(&hashed)[..4], &hashed].concat()
}
