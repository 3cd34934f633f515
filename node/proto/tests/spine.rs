//! The whole way of a stranger in: link, record, knock, waiting room, admission, hello; and a member's way back by call.

mod common;

use common::*;
use sightline_proto::id::Fingerprint;
use sightline_proto::keys::Secret;
use sightline_proto::reply::{Refusal, Reply};
use sightline_proto::trickle::{Side, Trickle, Trickler};
use sightline_proto::waiting::{WaitingContent, WaitingItem};
use sightline_proto::{call, hello, invite, knock, reply, waiting, words};

#[test]
fn link_to_hello() {
    let mut s = Scene::new();
    let link = s.owner.link(RENDEZVOUS).unwrap();
    let served = s.record.seal(&s.secrets, &s.expert.peer, &mut s.rng).unwrap();

    let link = invite::Link::parse(&link.url()).unwrap();
    let secrets = invite::InviteSecrets::derive(link.secret());
    let record = invite::Record::open(&served, link.secret(), &secrets, None).unwrap();
    assert_eq!(record, s.record);

    let (message, holder) =
        knock::make(&record, &secrets, &s.operator.peer, &s.operator.keys, &about(), &mut s.rng).unwrap();
    let opened = knock::open(&message, &s.knock_keys()).unwrap();
    assert_eq!(opened.exports, holder);
    assert_eq!(opened.from.peer, s.operator.peer.public());
    assert_eq!(opened.from.offer.as_deref(), Some(OFFER));
    assert_eq!(words::words(holder.words, "es"), words::words(opened.exports.words, &opened.from.lang));

    let item = waiting::seal_item(&WaitingContent::Envelope(vec![1, 2, 3]), 1, &holder, &mut s.rng).unwrap();
    let WaitingItem::Sealed(sealed) = WaitingItem::decode(&item).unwrap() else { panic!("sealed") };
    assert_eq!(waiting::open_item(&sealed, 1, &opened.exports), Ok(WaitingContent::Envelope(vec![1, 2, 3])));

    let admitted = Reply::Admitted { chain: vec![vec![9; 40]], answer: Some(ANSWER.to_owned()) };
    for said in [Reply::Waiting, Reply::Refused(Refusal::ByExpert), admitted] {
        let message = reply::seal(&said, &opened.exports, &s.expert.peer, &mut s.rng).unwrap();
        let got = reply::open(&message, &holder, |signer, _| *signer == record.expert);
        assert_eq!(got, Ok((said, s.expert.peer.public())));
    }

    let (mut ours, mut theirs) =
        (Trickler::new(&holder, Side::Offerer), Trickler::new(&opened.exports, Side::Answerer));
    let trickle = Trickle::Candidate { candidate: None, mid: "0".to_owned() };
    for _ in 0..3 {
        let message = ours.seal(&trickle, &mut s.rng).unwrap();
        assert_eq!(theirs.open(&message), Ok(trickle.clone()));
    }

    let facts = hello::LinkFacts {
        sid: record.sid,
        id: holder.id,
        side: Side::Offerer,
        own: Fingerprint([1; 32]),
        remote: Fingerprint([2; 32]),
    };
    let seen = hello::LinkFacts { side: Side::Answerer, own: facts.remote, remote: facts.own, ..facts };
    let operator = s.operator.peer.public();
    assert_eq!(hello::verify(&seen, &operator, &operator, &hello::make(&s.operator.peer, &facts)), Ok(()));
}

#[test]
fn a_member_calls() {
    let mut s = Scene::new();
    let epoch_key = Secret::new([7; 32]);
    let member =
        |p: &Person| call::MemberKeys { peer: p.peer.public(), seal: p.keys.seal.public(), slot: p.keys.slot.public() };
    let (expert, operator) = (member(&s.expert), member(&s.operator));
    let (message, caller) =
        call::make(SID, 3, &epoch_key, &expert, &s.operator.peer, &s.operator.keys, &about(), &mut s.rng).unwrap();
    let opened = call::open(
        &message,
        SID,
        &s.expert.peer.public(),
        &s.expert.keys,
        |epoch| (epoch == 3).then(|| epoch_key.clone()),
        |peer| (*peer == operator.peer).then_some(operator),
    )
    .unwrap();
    assert_eq!(opened.exports, caller);
    for said in [Reply::WelcomeBack { answer: None }, Reply::Behind { entries: vec![vec![4; 9]] }] {
        let message = reply::seal(&said, &opened.exports, &s.expert.peer, &mut s.rng).unwrap();
        assert_eq!(reply::open(&message, &caller, |_, _| true), Ok((said, expert.peer)));
    }
}
