//! The record of a session: whole it verifies and says who wrote what; with anything changed it does not.
#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use sightline_crdt::board::{Drawing, Ink, NewStill, Tool};
use sightline_crdt::id::{BlobId, DocId, DocKind, Role};
use sightline_crdt::record::{self, RecordError};
use sightline_crdt::shelf::NewFile;
use sightline_crdt::storage::{self, RecordKind, encode_record};
use sightline_crdt::{desk, steps};

/// One record of a file.
type Frame = (RecordKind, Vec<u8>);
type Records = Vec<Frame>;

/// A session with something of everything.
fn session() -> Pair {
    let mut net = Pair::new(61);
    net.expert.say("hello", 1);
    net.operator.say("good day 👋", 2);
    let file = NewFile { blob: BlobId([7; 32]), size: 12, name: "a.jpg", media_type: "image/jpeg", pages: None };
    let (_, outputs) = net.operator.session.publish(&file, 3, &mut net.operator.rng).unwrap();
    net.operator.carry_out(outputs);
    let still =
        NewStill { blob: BlobId([8; 32]), size: 9, media_type: "image/png", width: 4, height: 3, title: "pump" };
    let (board, outputs) = net.expert.session.begin_board(&still, 4, &mut net.expert.rng).unwrap();
    net.expert.carry_out(outputs);
    net.run();
    let drawing = Drawing::new(Tool::Pen, Ink::Red, 9, vec![(1, 2)], "").unwrap();
    let (_, outputs) = net.operator.session.draw(board, &drawing, 5, &mut net.operator.rng).unwrap();
    net.operator.carry_out(outputs);
    let (text, outputs) = net.expert.session.begin_text("report", 6, &mut net.expert.rng).unwrap();
    net.expert.carry_out(outputs);
    assert_eq!(text.kind, DocKind::Text);
    net.expert
        .do_(|session, rng| session.write(DocId::ROOM, rng, |tx| steps::add_list(tx, "restart", &["one"], 7)).unwrap());
    net.expert.do_(|session, rng| session.write(DocId::DESK, rng, |tx| desk::add_note(tx, "between us", 8)).unwrap());
    net.run();
    net
}

#[test]
fn says_who_wrote_what() {
    let mut net = session();
    for with_desk in [false, true] {
        let file = record::export(&mut net.expert.session, with_desk);
        let mut record = record::verify(&file).unwrap();
        assert_eq!(record.sid(), net.expert.session.sid());
        assert_eq!(record.creator(), Some(net.expert.peer()));
        assert_eq!(record.name_of(&net.operator.peer()), "Bob");
        assert_eq!(record.room(), *net.expert.session.room());
        assert_eq!(record.shelf(), *net.expert.session.shelf());
        assert_eq!(record.steps(), net.expert.session.steps());
        let boards = record.boards();
        assert_eq!(boards[0].1.strokes[0].author, net.operator.peer());
        assert_eq!(record.texts()[0].1.title, "report");
        assert_eq!(record.desk().len(), usize::from(with_desk));
        assert_eq!(record.has_desk(), with_desk);
        assert_eq!(record.blobs().get(&BlobId([7; 32])), Some(&Some(12)));
        assert_eq!(record.authors()[&net.operator.peer()], 3);
        assert!(!record.is_closed() && record.equivocated().is_empty());
        let desk = b"between us";
        assert_eq!(file.windows(desk.len()).any(|bytes| bytes == desk), with_desk);
    }
    // What a member that is no expert exports has no desk either way.
    let file = record::export(&mut net.operator.session, true);
    assert_eq!(record::verify(&file).unwrap().desk(), []);
}

#[test]
fn who_left_is_named_and_what_it_wrote_counts() {
    let mut net = session();
    let operator = net.operator.peer();
    net.expert.do_(|session, rng| session.remove(operator, rng).unwrap());
    let file = record::export(&mut net.expert.session, false);
    let mut record = record::verify(&file).unwrap();
    assert_eq!(record.name_of(&operator), "Bob");
    assert_eq!(record.roster().role_of(&operator), None);
    assert_eq!(record.room().chat.len(), 3);
}

#[test]
fn any_changed_byte_is_noticed() {
    let mut net = session();
    let sound = record::export(&mut net.expert.session, true);
    for at in 0..sound.len() {
        let mut file = sound.clone();
        file[at] ^= 1 << (at % 8);
        assert!(record::verify(&file).is_err(), "byte {at}");
    }
    for len in (0..sound.len()).step_by(97).chain([sound.len() - 1]) {
        assert!(record::verify(&sound[..len]).is_err(), "cut at {len}");
    }
    assert!(record::verify(&[sound.clone(), b"x".to_vec()].concat()).is_err());
}

/// The records of a file, changed and put into frames again, with an end that fits.
fn forged(sound: &[u8], change: impl FnOnce(&mut Records)) -> Vec<u8> {
    use sha2::Digest;
    let scan = storage::scan(sound);
    let mut records: Vec<_> = scan.records.iter().map(|record| (record.kind, record.payload.to_vec())).collect();
    let (end, _) = records.pop().unwrap();
    change(&mut records);
    let mut file: Vec<u8> = records.iter().flat_map(|(kind, payload)| encode_record(*kind, payload)).collect();
    let hash: [u8; 32] = sha2::Sha256::digest(&file).into();
    file.extend(encode_record(end, &hash));
    file
}

#[test]
fn a_forger_who_makes_the_frames_anew_is_noticed() {
    let mut net = session();
    let sound = record::export(&mut net.expert.session, true);
    let error = |change: &dyn Fn(&mut Records)| record::verify(&forged(&sound, change)).err();
    let is = |kind: RecordKind| move |record: &Frame| record.0 == kind;
    let first = |records: &[Frame], kind| records.iter().position(is(kind)).unwrap();
    let last = |records: &[Frame], kind| records.iter().rposition(is(kind)).unwrap();

    assert_eq!(error(&|_| ()), None);
    // Somebody else's words.
    let words = error(&|records| {
        let at = first(records, RecordKind::ENVELOPE);
        let len = records[at].1.len();
        records[at].1[len - 70] ^= 1;
    });
    assert!(matches!(words, Some(RecordError::Envelope(0, _))), "{words:?}");
    // A signature of another key.
    let signature = error(&|records| *records[1].1.last_mut().unwrap() ^= 1);
    assert!(matches!(signature, Some(RecordError::Roster(0, _))), "{signature:?}");
    // A member that nobody let in.
    let member = error(&|records| drop(records.remove(last(records, RecordKind::ENTRY))));
    assert!(matches!(member, Some(RecordError::Envelope(..))), "{member:?}");
    // What others build on, left out.
    let gap = error(&|records| drop(records.remove(first(records, RecordKind::ENVELOPE))));
    assert!(matches!(gap, Some(RecordError::Missing(_))), "{gap:?}");
    // One twice.
    let twice = error(&|records| {
        let at = first(records, RecordKind::ENVELOPE);
        records.insert(at, records[at].clone());
    });
    assert_eq!(twice, Some(RecordError::Foreign));
    // A desk in a record without one.
    let desk = error(&|records| *records[0].1.last_mut().unwrap() = 0);
    assert_eq!(desk, Some(RecordError::Desk));
    // Another file in a file's place, one too many, one too few.
    let blob = RecordKind(17);
    assert_eq!(
        error(&|records| {
            let at = first(records, blob);
            records[at].1[0] ^= 1;
        }),
        Some(RecordError::Blobs)
    );
    assert_eq!(error(&|records| drop(records.pop())), Some(RecordError::Blobs));
    assert_eq!(error(&|records| records.push((blob, vec![9; 40]))), Some(RecordError::Blobs));
    // Things that belong into no record, or elsewhere.
    assert_eq!(error(&|records| records.push((RecordKind::SEEN, vec![]))), Some(RecordError::Foreign));
    assert_eq!(error(&|records| records.swap(1, 3)), Some(RecordError::Foreign));
    assert_eq!(error(&|records| records.push((RecordKind(99), vec![]))), Some(RecordError::Foreign));
    assert_eq!(error(&|records| records.truncate(1)), Some(RecordError::NotARecord));
    assert_eq!(error(&|records| drop(records.remove(0))), Some(RecordError::NotARecord));
    assert_eq!(record::verify(b"").err(), Some(RecordError::NotARecord));
}

#[test]
fn a_closed_session_is_whole_or_not_believed() {
    let mut net = session();
    net.expert.do_(|session, _| session.close().unwrap());
    let sound = record::export(&mut net.expert.session, false);
    assert!(record::verify(&sound).unwrap().is_closed());
    // The last word of an author, on which nothing builds, can be left out of an open session unseen; not of this one.
    let cut = forged(&sound, |records| {
        let at = records.iter().rposition(|(kind, _)| *kind == RecordKind::ENVELOPE).unwrap();
        records.remove(at);
    });
    assert_eq!(record::verify(&cut).err(), Some(RecordError::Incomplete));
}

#[test]
fn an_equivocation_is_told() {
    let mut net = session();
    let mut twin = common::author::Author::new(&net.operator.me.key, net.expert.session.sid(), DocId::ROOM, 77);
    let (a, b) = (twin.clone().say("one", 1), twin.say("other", 1));
    net.expert.handle(sightline_crdt::session::Input::Envelopes(&[a.encode(), b.encode()]));
    let file = record::export(&mut net.expert.session, false);
    let record = record::verify(&file).unwrap();
    assert_eq!(record.equivocated().into_iter().collect::<Vec<_>>(), [net.operator.peer()]);
    assert_eq!(record.roster().role_of(&net.operator.peer()), Some(Role::Operator));
}
