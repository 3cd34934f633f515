//! Every parser on any bytes, and on sound bytes with damage: no panic, no trust in lengths, and what is let through is
//! what it seems.
#![allow(clippy::unwrap_used)]

mod common;

use common::author::{Author, CHAT, message};
use common::chunk::{Key, Op, Val, wrap};
use common::{FixedRng, secrets};
use proptest::prelude::*;
use sightline_crdt::envelope::Envelope;
use sightline_crdt::id::{DocId, SessionId};
use sightline_crdt::log::{Log, Trust};
use sightline_crdt::prescan::prescan;
use sightline_crdt::roster::{Entry, Founder, Roster, shown_name};
use sightline_crdt::sync::SyncMessage;

fn author(sid: SessionId) -> Author {
    Author::new(&secrets(&mut FixedRng::new("lead")).me.key, sid, DocId::ROOM, 9)
}

fn roster() -> Roster {
    let lead = secrets(&mut FixedRng::new("lead"));
    let founder =
        Founder { key: &lead.me.key, seal: lead.me.seal.public(), slot: lead.slot, name: "Ann", succession: true };
    Roster::new(founder.found(&mut FixedRng::new("entropy")).unwrap().0).unwrap()
}

/// The contents of a sound chunk with several kinds of operations.
fn contents() -> Vec<u8> {
    let author = author(SessionId([1; 16]));
    let first = author.next_op();
    let mut ops = message(first, Key::Head);
    ops.push(Op::set((0, first), Key::Prop("text"), Val::Str("edited")).with_pred(vec![(0, first + 2)]));
    ops.push(Op::insert_map(CHAT, Key::Elem((0, first))));
    ops.push(Op::delete(CHAT, Key::Elem((0, first)), vec![(0, first)]));
    author.chunk(&ops).contents()
}

fn damage() -> impl Strategy<Value = Vec<(prop::sample::Index, u8)>> {
    proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)
}

fn damaged(mut bytes: Vec<u8>, damage: &[(prop::sample::Index, u8)]) -> Vec<u8> {
    for (at, byte) in damage {
        let at = at.index(bytes.len());
        bytes[at] = *byte;
    }
    bytes
}

/// What the pre-scan lets through, Automerge reads, and writes again as the same bytes.
fn judged(chunk: &[u8]) {
    if let Ok(shape) = prescan(chunk) {
        let change = automerge::Change::try_from(chunk).expect("the pre-scan let it through");
        assert_eq!(change.hash().0, shape.hash);
        assert_eq!(change.len(), shape.ops.len());
        assert_eq!(automerge::Change::from(change.decode()).raw_bytes(), chunk);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_chunk(bytes: Vec<u8>) {
        judged(&bytes);
        judged(&wrap(1, &bytes));
    }

    #[test]
    fn any_damaged_chunk(damage in damage()) {
        judged(&wrap(1, &damaged(contents(), &damage)));
    }

    #[test]
    fn any_damaged_change_in_a_log(damage in damage()) {
        // Signed by a member, whatever it is: the log takes it or not, and Automerge applies what it takes.
        let roster = roster();
        let mut author = author(sightline_crdt::membership::Membership::sid(&roster));
        let chunk = wrap(1, &damaged(contents(), &damage));
        let envelope = author.next(chunk);
        let mut log = Log::new(DocId::ROOM);
        log.insert(envelope, Trust::Network, &roster);
        let mut doc = sightline_crdt::genesis::document(DocId::ROOM.kind);
        let changes: Vec<automerge::Change> =
            log.accepted().map(|envelope| automerge::Change::try_from(envelope.change()).unwrap()).collect();
        doc.apply_changes(changes).unwrap();
        automerge::Automerge::load(&doc.save()).unwrap();
    }

    #[test]
    fn any_envelope(bytes: Vec<u8>) {
        if let Ok(envelope) = Envelope::decode(&bytes) {
            prop_assert_eq!(envelope.encode(), bytes);
        }
    }

    #[test]
    fn any_damaged_envelope(damage in damage()) {
        let bytes = author(SessionId([1; 16])).say("hello", 1).encode();
        let damaged = damaged(bytes.clone(), &damage);
        if let Ok(envelope) = Envelope::decode(&damaged) {
            prop_assert_eq!(envelope.encode(), damaged.clone());
            prop_assert_eq!(envelope.verify_signature(), damaged == bytes);
        }
    }

    #[test]
    fn any_entry(bytes: Vec<u8>) {
        let _ = Entry::decode(&bytes);
    }

    #[test]
    fn any_damaged_entry(damage in damage()) {
        let mut roster = roster();
        let rekey = roster.draft(&secrets(&mut FixedRng::new("lead")).me.key).rekey(&mut FixedRng::new("x")).unwrap();
        let damaged = damaged(rekey.encode().to_vec(), &damage);
        let taken = roster.apply(&damaged).is_ok();
        prop_assert_eq!(taken, damaged == rekey.encode());
    }

    #[test]
    fn any_sync_message(bytes: Vec<u8>) {
        if let Ok(message) = SyncMessage::decode(&bytes) {
            prop_assert_eq!(message.encode(), bytes);
        }
    }

    #[test]
    fn any_name(name: String) {
        let shown = shown_name(&name);
        prop_assert!(shown.chars().all(|c| !c.is_control()));
        prop_assert_eq!(shown_name(&shown), shown);
    }
}
