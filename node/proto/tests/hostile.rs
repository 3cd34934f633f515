//! What a hostile rendezvous, link holder, member or neighbour sends: malformed, cut, replayed, oversized, of another
//! version, with fields swapped, of another invite, session or link. Each is refused for its own reason and changes nothing.
#![allow(clippy::unwrap_used, reason = "a test program")]

mod common;

use common::*;
use sightline_proto::call::{self, CallError, MemberKeys};
use sightline_proto::exports::Exports;
use sightline_proto::id::{InviteId, PeerId, SealPublic, SlotAddress};
use sightline_proto::introduction::{About, IntroductionError};
use sightline_proto::invite::{InviteSecrets, LinkSecret, Record, RecordError};
use sightline_proto::keys::{PeerKey, SealKey, Secret, SessionKeys, SlotKey};
use sightline_proto::knock::{self, KnockError, MakeError};
use sightline_proto::limits::{MAX_ITEM, MAX_PAYLOAD, MAX_SDP};
use sightline_proto::reply::{self, Refusal, Reply, ReplyError};
use sightline_proto::sig::{self, SignatureError};
use sightline_proto::switchboard::{Challenge, GetItems, Listen, OpenSlot, Operation, PutItem, PutRecord, Signed};
use sightline_proto::trickle::{Side, Trickle, TrickleError, Trickler};
use sightline_proto::waiting::{self, WaitingContent, WaitingError, WaitingItem};
use sightline_proto::wire::WireError;

fn knocked(s: &mut Scene) -> (Vec<u8>, Exports) {
    knock::make(&s.record, &s.secrets, &s.operator.peer, &s.operator.keys, &about(), &mut s.rng).unwrap()
}

fn member(p: &Person) -> MemberKeys {
    MemberKeys { peer: p.peer.public(), seal: p.keys.seal.public(), slot: p.keys.slot.public() }
}

#[test]
fn a_knock_passed_on_to_another_invite_of_the_same_expert_does_not_open() {
    let mut s = Scene::new();
    let (message, _) = knocked(&mut s);
    // Same session, same expert; the attacker even names the other invite on the outside.
    let other = sightline_proto::invite::InviteOwner::create(&s.record.expert, SID, spec(), &mut s.rng).unwrap();
    let keys = other.knock_keys(s.record.knock_address).unwrap();
    assert_eq!(knock::open(&message, &keys), Err(KnockError::NotForUs));
    let renamed = [&message[..1], &other.id().0, &message[17..]].concat();
    assert_eq!(knock::open(&renamed, &keys), Err(KnockError::DoesNotOpen));
}

#[test]
fn a_knock_resealed_by_a_malicious_expert_for_another_invite_is_not_believed() {
    // The expert of invite A opens the operator's knock and seals its body, signature and all, to invite B.
    let mut s = Scene::new();
    let mut body = Vec::new();
    let signed_for_a = craft_knock(&s, &mut Seeded::new("a"), |context| {
        body = signed(&s.operator.peer, "knock", context, &body_fields(&s, 1, s.operator.peer.public().0));
        body.clone()
    });
    assert!(knock::open(&signed_for_a, &s.knock_keys()).is_ok());
    let resealed = craft_knock(&s, &mut Seeded::new("b"), |_| body.clone());
    let wrong = KnockError::Body(IntroductionError::Signature(SignatureError::Wrong));
    assert_eq!(knock::open(&resealed, &s.knock_keys()), Err(wrong), "the encapsulated key is under the signature");
    let (fresh, _) = knocked(&mut s);
    assert!(knock::open(&fresh, &s.knock_keys()).is_ok());
}

#[test]
fn a_slot_key_of_small_order_is_refused_in_a_body() {
    let s = Scene::new();
    let peer = &s.operator.peer;
    let message = craft_knock(&s, &mut Seeded::new("slot"), |context| {
        let mut fields = body_fields(&s, 1, peer.public().0);
        fields[1 + 64..1 + 96].copy_from_slice(&[&[1][..], &[0; 31]].concat());
        signed(peer, "knock", context, &fields)
    });
    assert!(matches!(
        knock::open(&message, &s.knock_keys()),
        Err(KnockError::Body(IntroductionError::Signature(SignatureError::Key(_))))
    ));
}

#[test]
fn a_receiver_key_of_small_order_gets_no_knock() {
    let mut s = Scene::new();
    s.record.knock_key = SealPublic([0; 32]);
    let made = knock::make(&s.record, &s.secrets, &s.operator.peer, &s.operator.keys, &about(), &mut s.rng);
    assert_eq!(made.map(|_| ()), Err(MakeError::Key));
}

#[test]
fn oversized_things_are_neither_made_nor_read() {
    let mut s = Scene::new();
    let huge = About { offer: Some("x".repeat(MAX_PAYLOAD)), ..about() };
    let made = knock::make(&s.record, &s.secrets, &s.operator.peer, &s.operator.keys, &huge, &mut s.rng);
    assert_eq!(made.map(|_| ()), Err(MakeError::TooLarge));
    let long = About { offer: Some("x".repeat(MAX_SDP + 1)), ..about() };
    let (message, _) =
        knock::make(&s.record, &s.secrets, &s.operator.peer, &s.operator.keys, &long, &mut s.rng).unwrap();
    let too_large = KnockError::Body(IntroductionError::Malformed(WireError::TooLarge));
    assert_eq!(knock::open(&message, &s.knock_keys()), Err(too_large));

    let (_, exports) = knocked(&mut s);
    let said = Reply::Admitted { chain: vec![vec![0; 30_000]; 2], answer: None };
    assert_eq!(reply::seal(&said, &exports, &s.expert.peer, &mut s.rng), Err(ReplyError::TooLarge));
    let content = WaitingContent::BlobChunk(vec![0; MAX_ITEM]);
    assert_eq!(waiting::seal_item(&content, 1, &exports, &mut s.rng), Err(WaitingError::TooLarge));
    assert_eq!(WaitingItem::decode(&vec![1; MAX_ITEM + 1]), Err(WireError::TooLarge));
    s.record.rendezvous = vec!["x".repeat(4_000)];
    assert_eq!(s.record.seal(&s.secrets, &s.expert.peer, &mut s.rng), Err(RecordError::TooLarge));
}

#[test]
fn a_call_is_bound_to_callee_session_and_epoch() {
    let mut s = Scene::new();
    let third = Person::new("third");
    let (key, other_key) = (Secret::new([7; 32]), Secret::new([8; 32]));
    let caller = member(&s.operator);
    let (message, _) =
        call::make(SID, 3, &key, &member(&s.expert), &s.operator.peer, &s.operator.keys, &about(), &mut s.rng).unwrap();
    let open = |message: &[u8], sid: [u8; 16], at: &Person, key: &Secret<32>, roster: &[MemberKeys]| {
        let find = |peer: &PeerId| roster.iter().find(|m| m.peer == *peer).copied();
        call::open(message, sid.into(), &at.peer.public(), &at.keys, |_| Some(key.clone()), find).map(|_| ())
    };
    let roster = [caller];
    assert_eq!(open(&message, SID.0, &s.expert, &key, &roster), Ok(()));
    assert_eq!(open(&message, [9; 16], &s.expert, &key, &roster), Err(CallError::DoesNotOpen));
    assert_eq!(open(&message, SID.0, &third, &key, &roster), Err(CallError::DoesNotOpen), "passed on to a third");
    assert_eq!(open(&message, SID.0, &s.expert, &other_key, &roster), Err(CallError::DoesNotOpen));
    let mut epoch = message.clone();
    epoch[8] = 4;
    assert_eq!(
        open(&epoch, SID.0, &s.expert, &key, &roster),
        Err(CallError::DoesNotOpen),
        "the epoch is authenticated"
    );
    assert_eq!(open(&message, SID.0, &s.expert, &key, &[]), Err(CallError::NotAMember), "a former member");
    let mut renewed = caller;
    renewed.seal = third.keys.seal.public();
    assert_eq!(open(&message, SID.0, &s.expert, &key, &[renewed]), Err(CallError::NotAMember));
    renewed = caller;
    renewed.slot = third.keys.slot.public();
    assert_eq!(open(&message, SID.0, &s.expert, &key, &[renewed]), Err(CallError::NotAMember));
    // The callee's peer key is under the signature, also when seal and slot keys are the same.
    let same_keys = Person { peer: third.peer.clone(), keys: s.expert.keys.clone() };
    let moved = open(&message, SID.0, &same_keys, &key, &roster);
    assert_eq!(moved, Err(CallError::Body(IntroductionError::Signature(SignatureError::Wrong))));
}

#[test]
fn a_reply_is_bound_to_its_knock_and_its_signer() {
    let mut s = Scene::new();
    let (_, mine) = knocked(&mut s);
    let (_, other) = knocked(&mut s);
    let thief = Person::new("thief").peer;
    let expert = s.expert.peer.public();
    let honest = |signer: &PeerId, _: &Reply| *signer == expert;
    let to_other = reply::seal(&Reply::Waiting, &other, &s.expert.peer, &mut s.rng).unwrap();
    assert_eq!(reply::open(&to_other, &mine, honest), Err(ReplyError::NotForUs));
    // Somebody who learnt the key of this knock, but isn't the expert.
    let forged = reply::seal(&Reply::Refused(Refusal::Revoked), &mine, &thief, &mut s.rng).unwrap();
    assert_eq!(reply::open(&forged, &mine, honest), Err(ReplyError::WrongSigner));
    // The signer's name without its signature.
    let claimed = craft_reply(&mine, &[1, 1], &s.expert.peer, false, &mut s.rng);
    assert_eq!(reply::open(&claimed, &mine, honest), Err(ReplyError::Signature(SignatureError::Wrong)));
    // A signature of the expert over the same words to another knock.
    let mut moved = mine.clone();
    moved.id = other.id;
    let theirs = craft_reply(&moved, &[1, 1], &s.expert.peer, true, &mut s.rng);
    assert_eq!(reply::open(&theirs, &mine, honest), Err(ReplyError::NotForUs));
}

#[test]
fn a_record_goes_neither_back_nor_elsewhere() {
    let mut s = Scene::new();
    let link = s.owner.link(RENDEZVOUS).unwrap();
    let old = s.record.seal(&s.secrets, &s.expert.peer, &mut s.rng).unwrap();
    s.owner.renew();
    assert_eq!(s.owner.version(), 2);
    assert_eq!(Record::open(&old, link.secret(), &s.secrets, Some(2)), Err(RecordError::WentBack { known: 2, got: 1 }));
    // Another expert's record, put under this invite by somebody who has the link.
    let thief = Person::new("thief").peer;
    let stolen = Record { expert: thief.public(), ..s.record.clone() };
    let sealed = stolen.seal(&s.secrets, &thief, &mut s.rng).unwrap();
    assert_eq!(Record::open(&sealed, link.secret(), &s.secrets, None), Err(RecordError::OtherExpert));
    // A record of the same expert for another link, resealed under this one.
    let other = LinkSecret::commit(&s.record.expert, &[9; 32]);
    let theirs = Record { salt: [9; 32], ..s.record.clone() };
    let sealed = theirs.seal(&InviteSecrets::derive(&other), &s.expert.peer, &mut s.rng).unwrap();
    assert_eq!(Record::open(&sealed, link.secret(), &s.secrets, None), Err(RecordError::DoesNotOpen));
    let sealed = theirs.seal(&s.secrets, &s.expert.peer, &mut s.rng).unwrap();
    assert_eq!(Record::open(&sealed, link.secret(), &s.secrets, None), Err(RecordError::OtherExpert));
}

#[test]
fn trickle_is_never_taken_twice_back_or_from_the_wrong_side() {
    let mut s = Scene::new();
    let (_, exports) = knocked(&mut s);
    let (_, other) = knocked(&mut s);
    let (mut o, mut a) = (Trickler::new(&exports, Side::Offerer), Trickler::new(&exports, Side::Answerer));
    let body = Trickle::Candidate { candidate: None, mid: "0".to_owned() };
    let messages: Vec<_> = (0..3).map(|_| o.seal(&body, &mut s.rng).unwrap()).collect();
    assert_eq!(a.open(&messages[1]), Ok(body.clone()));
    assert_eq!(a.open(&messages[1]), Err(TrickleError::NotRising), "replayed");
    assert_eq!(a.open(&messages[0]), Err(TrickleError::NotRising), "reordered");
    let mut renumbered = messages[0].clone();
    renumbered[36] = 9;
    assert_eq!(a.open(&renumbered), Err(TrickleError::DoesNotOpen), "the number is authenticated");
    assert_eq!(a.open(&messages[2]), Ok(body.clone()), "a refused one took no number");
    let mut reflecting = Trickler::new(&exports, Side::Offerer);
    assert_eq!(reflecting.open(&messages[2]), Err(TrickleError::DoesNotOpen), "one's own, reflected");
    let foreign = Trickler::new(&other, Side::Offerer).seal(&body, &mut s.rng).unwrap();
    assert_eq!(a.open(&foreign), Err(TrickleError::NotForUs));
    let renamed = [&foreign[..1], &exports.id.0, &foreign[33..]].concat();
    assert_eq!(Trickler::new(&exports, Side::Answerer).open(&renamed), Err(TrickleError::DoesNotOpen));
}

#[test]
fn waiting_room_items_stay_where_they_were_put() {
    let mut s = Scene::new();
    let (_, exports) = knocked(&mut s);
    let (_, other) = knocked(&mut s);
    let item = waiting::seal_item(&WaitingContent::Envelope(vec![1]), 5, &exports, &mut s.rng).unwrap();
    let WaitingItem::Sealed(sealed) = WaitingItem::decode(&item).unwrap() else { panic!("sealed") };
    assert!(waiting::open_item(&sealed, 5, &exports).is_ok());
    assert_eq!(waiting::open_item(&sealed, 6, &exports), Err(WaitingError::DoesNotOpen));
    assert_eq!(waiting::open_item(&sealed, 5 | 1 << 63, &exports), Err(WaitingError::DoesNotOpen));
    assert_eq!(waiting::open_item(&sealed, 5, &other), Err(WaitingError::DoesNotOpen));
}

/// A signed operation must fail for every field that is changed under its signature, and for another place.
fn bound<T: Operation + Clone + std::fmt::Debug>(op: T, key: &SlotKey, changed: Vec<T>) {
    let here = Challenge { nonce: [1; 32], host: "help.example".to_owned() };
    let signed = op.clone().sign(key, &here);
    assert_eq!(signed.verify(&key.public(), &here), Ok(()));
    for place in [
        Challenge { nonce: [2; 32], ..here.clone() },
        Challenge { host: "other.example".to_owned(), ..here.clone() },
        Challenge { host: "help.example:8443".to_owned(), ..here.clone() },
    ] {
        assert!(signed.verify(&key.public(), &place).is_err(), "{place:?}");
    }
    assert!(signed.verify(&Person::new("thief").keys.slot.public(), &here).is_err());
    for other in changed {
        let moved = Signed { op: other.clone(), sig: signed.sig };
        assert!(moved.verify(&key.public(), &here).is_err(), "{other:?}");
    }
}

#[test]
fn operations_are_bound_to_connection_host_key_and_every_field() {
    let key = Person::new("expert").keys.slot;
    let other = Person::new("operator").keys.slot.public();
    let (invite, slot) = (InviteId([1; 16]), SlotAddress([2; 16]));
    bound(Listen { slot: key.public() }, &key, vec![Listen { slot: other }]);
    let put = PutRecord {
        invite,
        owner: key.public(),
        invite_slot: other,
        quota: 8,
        version: 1,
        not_after: 5,
        record: vec![1],
    };
    let changed = vec![
        PutRecord { invite: InviteId([9; 16]), ..put.clone() },
        PutRecord { owner: other, ..put.clone() },
        PutRecord { invite_slot: key.public(), ..put.clone() },
        PutRecord { quota: 9, ..put.clone() },
        PutRecord { version: 2, ..put.clone() },
        PutRecord { not_after: 6, ..put.clone() },
        PutRecord { record: vec![2], ..put.clone() },
    ];
    bound(put, &key, changed);
    let item = PutItem { invite, slot, n: 1, item: vec![1], writer: key.public() };
    let changed = vec![
        PutItem { n: 2, ..item.clone() },
        PutItem { slot: SlotAddress([9; 16]), ..item.clone() },
        PutItem { item: vec![], ..item.clone() },
        PutItem { writer: other, ..item.clone() },
    ];
    bound(item, &key, changed);
    let get = GetItems { invite, slot, after_holder: None, after_expert: Some(1), reader: key.public() };
    let swapped = GetItems { after_holder: Some(1), after_expert: None, ..get.clone() };
    bound(get, &key, vec![swapped]);
    bound(OpenSlot { invite, slot: other }, &key, vec![OpenSlot { invite, slot: key.public() }]);
    // The same fields under another operation's label.
    let here = Challenge { nonce: [1; 32], host: "help.example".to_owned() };
    let delete = sightline_proto::switchboard::DeleteRecord { invite }.sign(&key, &here);
    let list = Signed { op: sightline_proto::switchboard::ListSlots { invite }, sig: delete.sig };
    assert!(list.verify(&key.public(), &here).is_err());
}

#[test]
fn every_bit_of_a_signature_and_key_counts() {
    let key = PeerKey::from_seed(&Secret::new([1; 32]));
    let signature = key.sign("knock", b"m");
    for at in 0..64 {
        let mut wrong = signature;
        wrong.0[at] ^= 1 << (at % 8);
        assert!(sig::verify(&key.public().0, "knock", b"m", &wrong).is_err(), "byte {at}");
    }
    for at in 0..32 {
        let mut wrong = key.public().0;
        wrong[at] ^= 1;
        assert!(sig::verify(&wrong, "knock", b"m", &signature).is_err(), "byte {at}");
    }
}

#[test]
fn secrets_do_not_show_in_debug() {
    let mut s = Scene::new();
    let (_, exports) = knocked(&mut s);
    let session = SessionKeys {
        seal: SealKey::from_bytes(&Secret::new([0x5a; 32])),
        slot: SlotKey::from_seed(&Secret::new([0x5a; 32])),
    };
    let shown =
        format!("{exports:?} {:?} {:?} {:?} {session:?} {:?}", s.owner, s.secrets, s.operator.peer, s.knock_keys());
    let exports_keys = [&exports.reply, &exports.waiting, &exports.trickle_offerer, &exports.trickle_answerer];
    let mut secrets: Vec<Vec<u8>> = exports_keys.map(|key| key.expose().to_vec()).to_vec();
    secrets.push(s.owner.link(RENDEZVOUS).unwrap().secret().expose().to_vec());
    secrets.push(s.secrets.psk.expose().to_vec());
    secrets.push(s.operator.peer.seed().expose().to_vec());
    secrets.push(s.knock_keys().key.to_bytes().expose().to_vec());
    secrets.push(vec![0x5a; 32]);
    for secret in secrets {
        let list = format!("{:?}", &secret[..4]);
        let inner = list.trim_matches(['[', ']']);
        assert!(!shown.contains(inner), "a list of numbers");
        assert!(!shown.contains(&data_encoding::HEXLOWER.encode(&secret[..4])), "hex");
    }
}
