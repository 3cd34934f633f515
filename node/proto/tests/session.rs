//! The way in, end to end on virtual time: a holder's session and an expert's admission over a rendezvous that loses,
//! doubles, delays and reorders messages by a seed, and whose people come and go.
#![allow(clippy::unwrap_used, reason = "a test program")]

mod common;

use common::*;
use rand_core::Rng;
use sightline_proto::admission::{self, Admission, Decision, Hands, Standing, Way};
use sightline_proto::call::{self, MemberKeys};
use sightline_proto::id::{KnockId, PeerId};
use sightline_proto::introduction::Introduction;
use sightline_proto::invite::{InviteSecrets, InviteSpec, Link, RecordError};
use sightline_proto::keys::Secret;
use sightline_proto::limits::OFFER_FRESH_MS;
use sightline_proto::message::Message;
use sightline_proto::reply::{self, Refusal, Reply};
use sightline_proto::session::{Disbelief, End, Input, Kept, Me, Membership, Output, Session, Stage};
use std::collections::BTreeMap;

/// What the rendezvous or a person does later.
#[derive(Debug, Clone)]
enum Later {
    AtExpert(Vec<u8>),
    AtHolder(Vec<u8>),
    Record(Vec<u8>),
    NoRecord,
    NobodyListens,
    LinkUp,
    Decide(KnockId),
    Written(KnockId, bool),
}

struct World {
    now: u64,
    chance: Seeded,
    loss_percent: u64,
    later: BTreeMap<(u64, u64), Later>,
    counter: u64,
    s: Scene,
    served: Option<Vec<u8>>,
    admission: Admission,
    expert_online: bool,
    decision: Decision,
    think_ms: u64,
    epoch: u64,
    members: Vec<PeerId>,
    entries_written: usize,
    session: Session,
    holder_online: bool,
    kept: Vec<u8>,
    left_knock: Option<Vec<u8>>,
    left_replies: Vec<Vec<u8>>,
    stages: Vec<Stage>,
    disbelieved: Vec<Disbelief>,
    sent: Vec<Vec<u8>>,
}

fn chain(epoch: u64) -> Vec<Vec<u8>> {
    vec![b"genesis of the session".to_vec(), epoch.to_be_bytes().to_vec()]
}

fn epoch_key(epoch: u64) -> Secret<32> {
    Secret::new([u8::try_from(epoch).unwrap(); 32])
}

impl World {
    fn new(seed: u64, loss_percent: u64, spec: InviteSpec) -> Self {
        let mut s = Scene::with(spec);
        let served = s.record.seal(&s.secrets, &s.expert.peer, &mut s.rng).unwrap();
        let link = Link::parse(&s.owner.link(RENDEZVOUS).unwrap().url()).unwrap();
        let session = Session::begin(me(&s), link.secret(), NOW);
        let mut world = Self {
            now: NOW,
            chance: Seeded::new(&format!("chance {seed}")),
            loss_percent,
            later: BTreeMap::new(),
            counter: 0,
            admission: Admission::new(s.expert.keys.slot.address()),
            s,
            served: Some(served),
            expert_online: true,
            decision: Decision::Admit,
            think_ms: 2_000,
            epoch: 1,
            members: vec![],
            entries_written: 0,
            session,
            holder_online: false,
            kept: vec![],
            left_knock: None,
            left_replies: vec![],
            stages: vec![],
            disbelieved: vec![],
            sent: vec![],
        };
        let owner = world.s.owner.clone();
        world.put_admission(admission::Input::Invite(owner));
        world
    }

    fn go_online(&mut self) {
        self.holder_online = true;
        self.put_session(Input::Online);
        for reply in std::mem::take(&mut self.left_replies) {
            self.put_session(Input::Message(&reply));
        }
    }

    /// The expert's app starts: it reads what lies in the waiting room.
    fn expert_comes(&mut self) {
        self.expert_online = true;
        if let Some(knock) = self.left_knock.clone() {
            self.put_admission(admission::Input::Knock(&knock, Way::WaitingRoom));
        }
    }

    fn after(&mut self, millis: u64, what: Later) {
        self.counter += 1;
        self.later.insert((self.now + millis, self.counter), what);
    }

    /// Loses, doubles and delays.
    fn unreliably(&mut self, what: &Later) {
        for _ in 0..=u64::from(self.chance.next_u64().is_multiple_of(10)) {
            if self.chance.next_u64() % 100 >= self.loss_percent {
                let delay = 5 + self.chance.next_u64() % 400;
                self.after(delay, what.clone());
            }
        }
    }

    fn run(&mut self, millis: u64) {
        let until = self.now + millis;
        loop {
            let wake = self.session.next_wake().map_or(u64::MAX, |at| at.max(self.now));
            let next = self.later.keys().next().map_or(u64::MAX, |(at, _)| *at);
            let at = wake.min(next);
            if at > until {
                break;
            }
            self.now = at;
            if next <= wake {
                let (_, what) = self.later.pop_first().unwrap();
                self.happen(what);
            } else {
                self.put_session(Input::Tick);
            }
        }
        self.now = until;
    }

    fn happen(&mut self, what: Later) {
        match what {
            Later::AtExpert(message) if self.expert_online => self.expert_gets(&message),
            Later::AtHolder(message) if self.holder_online => self.put_session(Input::Message(&message)),
            Later::AtExpert(_) | Later::AtHolder(_) => {}
            Later::Record(bytes) => self.put_session(Input::Record(&bytes)),
            Later::NoRecord => self.put_session(Input::NoRecord),
            Later::NobodyListens => self.put_session(Input::NobodyListens),
            Later::LinkUp => self.put_session(Input::LinkUp),
            Later::Decide(id) => self.put_admission(admission::Input::Decide(id, self.decision)),
            Later::Written(id, fresh) => {
                let answer = fresh.then(|| ANSWER.to_owned());
                self.put_admission(admission::Input::Admitted { id, chain: chain(self.epoch), answer });
            }
        }
    }

    fn put_session(&mut self, input: Input<'_>) {
        self.session.handle(input, self.now, &mut self.s.rng);
        while let Some(output) = self.session.poll() {
            match output {
                Output::Persist(bytes) => self.kept = bytes,
                Output::FetchRecord(id) => {
                    assert_eq!(id, self.s.secrets.id);
                    let answer = self.served.clone().map_or(Later::NoRecord, Later::Record);
                    self.unreliably(&answer);
                }
                Output::MakeOffer => self.put_session(Input::Offer(OFFER.to_owned())),
                Output::Send { to, payload } => {
                    assert_eq!(to, self.s.expert.keys.slot.address());
                    self.sent.push(payload.clone());
                    let what = if self.expert_online { Later::AtExpert(payload) } else { Later::NobodyListens };
                    self.unreliably(&what);
                }
                Output::LeaveKnock(knock) => self.left_knock = Some(knock),
                Output::VerifyChain { sid, signer, expert, entries } => {
                    let good = entries.first() == chain(1).first() && signer == expert && sid == SID;
                    let membership = self.membership();
                    self.put_session(if good { Input::Member(membership) } else { Input::BadChain });
                }
                Output::Connect { answer, peer, .. } => {
                    assert_eq!((answer.as_str(), peer), (ANSWER, self.s.expert.peer.public()));
                    self.after(100, Later::LinkUp);
                }
                Output::Stage(stage) => self.stages.push(stage),
                Output::Disbelieved(what) => self.disbelieved.push(what),
            }
        }
    }

    fn membership(&self) -> Membership {
        let expert = &self.s.expert;
        Membership {
            callee: member(expert),
            epoch: self.epoch,
            epoch_key: epoch_key(self.epoch),
            experts: vec![expert.peer.public()],
        }
    }

    fn put_admission(&mut self, input: admission::Input<'_>) {
        let members = self.members.clone();
        let standing = move |from: &Introduction| {
            if members.contains(&from.peer) { Standing::Member } else { Standing::Stranger }
        };
        let mut hands =
            Hands { signer: &self.s.expert.peer, now_ms: self.now, rng: &mut self.s.rng, standing: &standing };
        self.admission.handle(input, &mut hands);
        while let Some(output) = self.admission.poll() {
            match output {
                admission::Output::Waits(card) => self.after(self.think_ms, Later::Decide(card.id)),
                admission::Output::Admit(admitting) => {
                    if !admitting.already {
                        self.entries_written += 1;
                        self.members.push(admitting.from.peer);
                    }
                    self.after(50, Later::Written(admitting.id, admitting.from.offer.is_some()));
                }
                admission::Output::Reply { message, .. } => self.send_to_holder(message),
                _ => {}
            }
        }
    }

    fn send_to_holder(&mut self, message: Vec<u8>) {
        if self.holder_online {
            self.unreliably(&Later::AtHolder(message));
        } else {
            self.left_replies.push(message);
        }
    }

    fn expert_gets(&mut self, message: &[u8]) {
        let Ok(Message::Call { epoch, .. }) = Message::decode(message) else {
            return self.put_admission(admission::Input::Knock(message, Way::Switchboard));
        };
        let (expert, operator) = (&self.s.expert, &self.s.operator);
        let roster = [member(expert), member(operator)];
        let find = |peer: &PeerId| roster.iter().find(|m| m.peer == *peer && self.members.contains(peer)).copied();
        let known = |epoch| (epoch <= self.epoch).then(|| epoch_key(epoch));
        let Ok(call) = call::open(message, SID, &expert.peer.public(), &expert.keys, known, find) else { return };
        let said = if epoch < self.epoch {
            Reply::Behind { entries: chain(self.epoch) }
        } else {
            Reply::WelcomeBack { answer: Some(ANSWER.to_owned()) }
        };
        let reply = reply::seal(&said, &call.exports, &expert.peer, &mut self.s.rng).unwrap();
        self.send_to_holder(reply);
    }

    fn reload(&mut self) {
        let kept = Kept::from_bytes(&self.kept).unwrap();
        let member = kept.was_admitted().then(|| self.membership());
        self.session = Session::resume(me(&self.s), kept, member, self.now);
        self.holder_online = false;
        self.go_online();
    }
}

fn me(s: &Scene) -> Me {
    Me { peer: s.operator.peer.clone(), keys: s.operator.keys.clone(), about: about() }
}

fn member(p: &Person) -> MemberKeys {
    MemberKeys { peer: p.peer.public(), seal: p.keys.seal.public(), slot: p.keys.slot.public() }
}

#[test]
fn over_every_kind_of_loss_the_holder_comes_in_once() {
    // Long runs ask for more.
    let seeds = std::env::var("SIGHTLINE_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(300);
    for seed in 0..seeds {
        let loss = [0, 10, 30, 50][usize::try_from(seed % 4).unwrap()];
        let mut w = World::new(seed, loss, spec());
        w.go_online();
        w.run(if loss == 50 { 600_000 } else { 120_000 });
        assert_eq!(w.session.stage(), &Stage::Linked, "seed {seed}, loss {loss}: {:?}", w.stages);
        assert_eq!(w.entries_written, 1, "seed {seed}");
        assert_eq!(w.admission.invites().next().unwrap().used(), 1);
        assert_eq!(w.disbelieved, [], "seed {seed}");
    }
}

#[test]
fn without_loss_the_knock_carries_the_offer_and_no_call_is_needed() {
    let mut w = World::new(1, 0, spec());
    w.go_online();
    w.run(10_000);
    let calls = w.sent.iter().filter(|m| matches!(Message::decode(m), Ok(Message::Call { .. }))).count();
    assert_eq!((w.session.stage(), calls), (&Stage::Linked, 0));
}

#[test]
fn a_decision_after_a_minute_is_followed_by_a_call() {
    let mut w = World::new(1, 0, spec());
    w.think_ms = OFFER_FRESH_MS + 1_000;
    w.go_online();
    w.run(OFFER_FRESH_MS);
    assert!(matches!(w.session.stage(), Stage::Waiting { .. }));
    w.run(20_000);
    assert_eq!(w.session.stage(), &Stage::Linked);
    assert!(w.sent.iter().any(|m| matches!(Message::decode(m), Ok(Message::Call { .. }))));
}

#[test]
fn with_the_expert_away_the_knock_waits_and_works_hours_later() {
    for seed in 0..20 {
        let mut w = World::new(seed, 10, spec());
        w.expert_online = false;
        w.go_online();
        w.run(60_000);
        assert!(matches!(w.session.stage(), Stage::ExpertAway { .. }), "seed {seed}: {:?}", w.stages);
        // The operator goes; the expert comes, reads, admits; the operator is back.
        w.holder_online = false;
        w.put_session(Input::Offline);
        w.run(4 * 3_600_000);
        w.expert_comes();
        w.run(60_000);
        assert_eq!(w.entries_written, 1);
        w.reload();
        w.run(60_000);
        assert_eq!(w.session.stage(), &Stage::Linked, "seed {seed}: {:?}", w.stages);
    }
}

#[test]
fn refused_and_why() {
    let mut w = World::new(1, 20, spec());
    w.decision = Decision::Refuse;
    w.go_online();
    w.run(120_000);
    assert_eq!(w.session.stage(), &Stage::Over(End::Refused(Refusal::ByExpert)));
    assert_eq!(w.session.next_wake(), None);

    let mut w = World::new(1, 0, InviteSpec { not_after: NOW + 10, ..spec() });
    w.now += 1_000;
    w.go_online();
    w.run(10_000);
    assert_eq!(w.session.stage(), &Stage::Over(End::Refused(Refusal::Expired)));

    let mut w = World::new(1, 0, spec());
    w.served = None;
    w.go_online();
    w.run(10_000);
    assert_eq!(w.session.stage(), &Stage::Over(End::NoRecord));
}

#[test]
fn a_reload_at_any_stage_goes_on_with_the_same_knock() {
    for step in 1..40 {
        let mut w = World::new(step, 10, spec());
        w.go_online();
        w.run(step * 250);
        if w.kept.is_empty() {
            continue;
        }
        w.reload();
        w.run(120_000);
        assert_eq!(w.session.stage(), &Stage::Linked, "step {step}: {:?}", w.stages);
        assert_eq!(w.entries_written, 1);
        let knocks = |m: &&Vec<u8>| matches!(Message::decode(m), Ok(Message::Knock { .. }));
        let mut different: Vec<_> = w.sent.iter().filter(knocks).collect();
        different.dedup();
        assert_eq!(different.len(), 1, "one knock, the same bytes");
    }
}

#[test]
fn a_lost_link_is_called_anew_and_one_who_is_behind_reads_the_roster_first() {
    for seed in 0..50 {
        let mut w = World::new(seed, 20, spec());
        w.go_online();
        w.run(200_000);
        assert_eq!(w.session.stage(), &Stage::Linked);
        w.put_session(Input::LinkGone);
        w.run(200_000);
        assert_eq!(w.session.stage(), &Stage::Linked, "seed {seed}");
        // The epoch changes while the link is down: the session still holds the old key.
        w.put_session(Input::LinkGone);
        w.epoch = 2;
        w.run(200_000);
        assert_eq!(w.session.stage(), &Stage::Linked, "seed {seed}: {:?}", w.stages);
        assert!(w.sent.iter().any(|m| matches!(Message::decode(m), Ok(Message::Call { epoch: 2, .. }))));
    }
}

#[test]
fn calls_wait_longer_and_longer_while_nobody_is_there() {
    let mut w = World::new(1, 0, spec());
    w.go_online();
    w.run(30_000);
    w.expert_online = false;
    w.sent.clear();
    w.put_session(Input::LinkGone);
    w.run(600_000);
    let calls = w.sent.len();
    assert!((30..200).contains(&calls), "{calls} calls in ten minutes");
    w.expert_online = true;
    w.run(20_000);
    assert_eq!(w.session.stage(), &Stage::Linked);
}

#[test]
fn offline_nothing_is_sent() {
    let mut w = World::new(1, 0, spec());
    w.run(600_000);
    assert_eq!((w.sent.len(), w.session.next_wake()), (0, None));
    w.go_online();
    w.run(10_000);
    assert_eq!(w.session.stage(), &Stage::Linked);
}

#[test]
fn an_evil_rendezvous_serves_other_records() {
    let serve = |record: Vec<u8>| {
        let mut w = World::new(1, 0, spec());
        w.served = Some(record);
        w.go_online();
        w.run(15_000);
        assert_eq!(w.sent.len(), 0, "nothing is sent to whom the record names");
        (w.session.stage().clone(), w.disbelieved)
    };
    let mut s = Scene::new();
    let thief = Person::new("thief");
    let mut stolen = s.record.clone();
    stolen.expert = thief.peer.public();
    stolen.knock_address = thief.keys.slot.address();
    let sealed = stolen.seal(&s.secrets, &thief.peer, &mut s.rng).unwrap();
    assert_eq!(serve(sealed).0, Stage::Over(End::BadRecord(RecordError::OtherExpert)));
    let other = InviteSecrets::derive(&sightline_proto::invite::LinkSecret::new([4; 16]));
    let sealed = s.record.seal(&other, &s.expert.peer, &mut s.rng).unwrap();
    assert_eq!(serve(sealed).0, Stage::Over(End::BadRecord(RecordError::DoesNotOpen)));
    assert_eq!(serve(vec![]).0, Stage::Over(End::BadRecord(RecordError::DoesNotOpen)));
}

#[test]
fn an_evil_rendezvous_invents_and_replays_replies() {
    let mut w = World::new(1, 0, spec());
    w.think_ms = 3_600_000;
    w.go_online();
    w.run(5_000);
    let knock = w.session.knock().unwrap().clone();
    let stage = w.session.stage().clone();
    assert!(matches!(stage, Stage::Waiting { .. }));
    let thief = Person::new("thief").peer;
    let mut forged = knock.clone();
    forged.reply = Secret::new([1; 32]);
    let admitted = Reply::Admitted { chain: chain(1), answer: Some(ANSWER.to_owned()) };
    let mut rng = Seeded::new("evil");
    // Without the knock's key; of another knock; damaged; by a stranger; noise.
    let mut other = knock.clone();
    other.id = KnockId([3; 32]);
    let good = reply::seal(&Reply::Waiting, &knock, &w.s.expert.peer, &mut rng).unwrap();
    let mut messages = vec![
        reply::seal(&admitted, &forged, &w.s.expert.peer, &mut rng).unwrap(),
        reply::seal(&admitted, &other, &w.s.expert.peer, &mut rng).unwrap(),
        reply::seal(&Reply::Refused(Refusal::Revoked), &knock, &thief, &mut rng).unwrap(),
        good[..good.len() - 1].to_vec(),
        vec![2; 300],
        vec![],
    ];
    messages.push([&good[..40], &[0xff], &good[41..]].concat());
    for message in messages {
        w.put_session(Input::Message(&message));
        assert_eq!(w.session.stage(), &stage);
    }
    // Even one who knew the key could not admit with a chain of another session, or unproved.
    let unproved = reply::seal(&admitted, &knock, &thief, &mut rng).unwrap();
    w.put_session(Input::Message(&unproved));
    assert_eq!(w.session.stage(), &Stage::Over(End::BadChain));
}

#[test]
fn a_call_is_answered_by_an_expert_only() {
    let mut w = World::new(1, 0, spec());
    w.go_online();
    w.run(30_000);
    w.put_session(Input::LinkGone);
    w.run(1);
    let expert = &w.s.expert;
    let message = w.sent.last().unwrap();
    let opened = call::open(
        message,
        SID,
        &expert.peer.public(),
        &expert.keys,
        |epoch| Some(epoch_key(epoch)),
        |_| Some(member(&w.s.operator)),
    );
    let said = Reply::WelcomeBack { answer: Some(ANSWER.to_owned()) };
    let other = Person::new("another operator").peer;
    let reply = reply::seal(&said, &opened.unwrap().exports, &other, &mut Seeded::new("other")).unwrap();
    w.put_session(Input::Message(&reply));
    assert!(matches!(w.session.stage(), Stage::Calling { .. }), "{:?}", w.stages);
    assert_eq!(w.disbelieved, [Disbelief::Reply(reply::ReplyError::WrongSigner)]);
}

#[test]
fn leaving_ends_everything() {
    let mut w = World::new(1, 0, spec());
    w.go_online();
    w.run(300);
    w.put_session(Input::Leave);
    w.run(60_000);
    assert_eq!(w.session.stage(), &Stage::Over(End::Left));
}
