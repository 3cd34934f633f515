//! Two ends of a link on virtual time, over an ordered pipe with a delay of its own: greeting, heartbeat, glare, loss, and
//! everybody who stands in the middle.
#![allow(clippy::unwrap_used, reason = "a test program")]

mod common;

use common::*;
use sightline_proto::control::{ByeReason, ControlMessage, Media};
use sightline_proto::id::{Fingerprint, KnockId};
use sightline_proto::keys::PeerKey;
use sightline_proto::limits::{CONNECT_TIMEOUT_MS, HELLO_TIMEOUT_MS, LINK_DEAD_MS, LINK_LOST_MS, MAX_UNKNOWN_CONTROL};
use sightline_proto::negotiation::{CloseReason, Input, LinkPlan, Negotiation, Output, is_polite, my_call_survives};
use sightline_proto::sdp::Setup;
use sightline_proto::trickle::Side;
use std::collections::VecDeque;

const OFFER_FP: Fingerprint = Fingerprint([
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
    32,
]);

fn answer_fp() -> Fingerprint {
    Fingerprint(std::array::from_fn(|i| 0xa1 + u8::try_from(i).unwrap()))
}

struct End {
    me: PeerKey,
    n: Negotiation,
    seen: Vec<Output>,
    inbox: VecDeque<(u64, String)>,
    cut: bool,
}

struct Pair {
    now: u64,
    delay: u64,
    ends: [End; 2],
}

impl Pair {
    /// The operator offers and is polite, the expert answers.
    fn new() -> Self {
        let (operator, expert) = (Person::new("operator").peer, Person::new("expert").peer);
        let plan = LinkPlan {
            sid: SID,
            id: KnockId([7; 32]),
            side: Side::Offerer,
            peer: expert.public(),
            pinned: answer_fp(),
            remote_setup: Setup::Active,
            polite: true,
        };
        let theirs = LinkPlan {
            side: Side::Answerer,
            peer: operator.public(),
            pinned: OFFER_FP,
            remote_setup: Setup::Passive,
            polite: false,
            ..plan
        };
        let end =
            |me, plan| End { me, n: Negotiation::new(plan, NOW), seen: vec![], inbox: VecDeque::new(), cut: false };
        Self { now: NOW, delay: 30, ends: [end(operator, plan), end(expert, theirs)] }
    }

    fn up() -> Self {
        let mut pair = Self::new();
        pair.connect();
        pair.run(1_000);
        assert!(pair.ends.iter().all(|end| end.n.is_verified()));
        pair.ends.iter_mut().for_each(|end| end.seen.clear());
        pair
    }

    fn connect(&mut self) {
        self.put(0, Input::Connected { own: OFFER_FP, remote: answer_fp() });
        self.put(1, Input::Connected { own: answer_fp(), remote: OFFER_FP });
    }

    fn put(&mut self, end: usize, input: Input<'_>) {
        let now = self.now;
        let at = now + self.delay;
        let me = self.ends[end].me.clone();
        self.ends[end].n.handle(input, &me, now);
        while let Some(output) = self.ends[end].n.poll() {
            if let Output::Transmit(text) = &output {
                if !self.ends[end].cut {
                    self.ends[1 - end].inbox.push_back((at, text.clone()));
                }
            } else {
                self.ends[end].seen.push(output.clone());
            }
            let setup = |sdp: &str, role: &str| sdp.replace("actpass", role).replace("active", role);
            match output {
                Output::MakeOffer => {
                    self.put(end, Input::LocalOffer([OFFER, &setup(ANSWER, "actpass")][end].to_owned()))
                }
                Output::ApplyOffer(_) => {
                    let answer = [setup(OFFER, "passive"), ANSWER.to_owned()][end].clone();
                    self.put(end, Input::LocalAnswer(answer));
                }
                _ => {}
            }
        }
    }

    fn run(&mut self, millis: u64) {
        let until = self.now + millis;
        while self.now < until {
            self.now += 5;
            for end in 0..2 {
                while self.ends[end].inbox.front().is_some_and(|(at, _)| *at <= self.now) {
                    let (_, text) = self.ends[end].inbox.pop_front().unwrap();
                    self.put(end, Input::Control(text.as_bytes()));
                }
                if self.ends[end].n.next_wake().is_some_and(|at| at <= self.now) {
                    self.put(end, Input::Tick);
                }
            }
        }
    }

    fn closed(&self, end: usize) -> Option<CloseReason> {
        self.ends[end].seen.iter().find_map(|output| match output {
            Output::Closed(reason) => Some(*reason),
            _ => None,
        })
    }

    fn count(&self, end: usize, which: impl Fn(&Output) -> bool) -> usize {
        self.ends[end].seen.iter().filter(|output| which(output)).count()
    }
}

#[test]
fn both_are_verified_and_hearts_beat() {
    let mut pair = Pair::new();
    pair.connect();
    pair.run(3_000);
    for end in 0..2 {
        assert_eq!(pair.count(end, |o| *o == Output::Verified), 1);
        assert!(pair.count(end, |o| matches!(o, Output::RoundTrip(ms) if *ms >= 60)) >= 3);
        assert_eq!(pair.closed(end), None);
    }
}

#[test]
fn another_certificate_than_the_pinned_one_closes() {
    let mut pair = Pair::new();
    pair.put(0, Input::Connected { own: OFFER_FP, remote: Fingerprint([0xee; 32]) });
    assert_eq!(pair.closed(0), Some(CloseReason::OtherFingerprint));
    let mut pair = Pair::up();
    pair.put(0, Input::Connected { own: OFFER_FP, remote: answer_fp() });
    assert_eq!(pair.closed(0), Some(CloseReason::OtherFingerprint), "a second connection on one link");
}

#[test]
fn a_middle_that_swapped_both_fingerprints_is_found_by_the_hello() {
    let mut pair = Pair::new();
    let middle = Fingerprint([0xee; 32]);
    for end in &mut pair.ends {
        let plan = LinkPlan { pinned: middle, ..*end.n.plan() };
        end.n = Negotiation::new(plan, NOW);
    }
    pair.put(0, Input::Connected { own: OFFER_FP, remote: middle });
    pair.put(1, Input::Connected { own: answer_fp(), remote: middle });
    pair.run(1_000);
    for end in 0..2 {
        assert_eq!(pair.closed(end), Some(CloseReason::BadHello));
        assert_eq!(pair.count(end, |o| *o == Output::Verified), 0);
    }
}

#[test]
fn no_hello_within_five_seconds_closes() {
    let mut pair = Pair::new();
    pair.ends[1].cut = true;
    pair.connect();
    pair.run(HELLO_TIMEOUT_MS - 100);
    assert_eq!(pair.closed(0), None);
    pair.run(200);
    assert_eq!(pair.closed(0), Some(CloseReason::NoHello));
}

#[test]
fn anything_before_the_hello_closes() {
    for text in [r#"{"t":"beat","n":1,"echo":null}"#, r#"{"t":"media","video":"live","why":null}"#, "{", r#"{"t":"x"}"#]
    {
        let mut pair = Pair::new();
        pair.put(0, Input::Connected { own: OFFER_FP, remote: answer_fp() });
        pair.put(0, Input::Control(text.as_bytes()));
        assert_eq!(pair.closed(0), Some(CloseReason::BadHello), "{text}");
        assert_eq!(pair.count(0, |o| matches!(o, Output::Received(_))), 0);
    }
}

#[test]
fn a_hello_replayed_from_another_link_closes() {
    let mut other = Pair::new();
    other.ends[0].n = Negotiation::new(LinkPlan { id: KnockId([8; 32]), ..*other.ends[0].n.plan() }, NOW);
    other.put(0, Input::Connected { own: OFFER_FP, remote: answer_fp() });
    let (_, hello) = other.ends[1].inbox.pop_front().unwrap();
    let mut pair = Pair::new();
    pair.put(1, Input::Connected { own: answer_fp(), remote: OFFER_FP });
    pair.put(1, Input::Control(hello.as_bytes()));
    assert_eq!(pair.closed(1), Some(CloseReason::BadHello));
}

#[test]
fn own_hello_reflected_closes() {
    let mut pair = Pair::new();
    pair.connect();
    let (_, own) = pair.ends[1].inbox.front().unwrap().clone();
    pair.put(0, Input::Control(own.as_bytes()));
    assert_eq!(pair.closed(0), Some(CloseReason::BadHello));
}

#[test]
fn never_connected_closes() {
    let mut pair = Pair::new();
    pair.run(CONNECT_TIMEOUT_MS + 100);
    assert_eq!(pair.closed(0), Some(CloseReason::NeverConnected));
}

#[test]
fn loss_is_told_within_two_seconds_and_recovery_too() {
    let mut pair = Pair::up();
    pair.ends[1].cut = true;
    pair.run(2_000);
    assert_eq!(pair.count(0, |o| *o == Output::Lost), 1);
    pair.ends[1].cut = false;
    pair.run(1_000);
    assert_eq!(pair.count(0, |o| *o == Output::Recovered), 1);
    assert_eq!(pair.closed(0), None);
}

#[test]
fn anything_heard_keeps_a_link() {
    let mut pair = Pair::up();
    pair.ends[1].cut = true;
    for _ in 0..20 {
        pair.run(LINK_LOST_MS / 2);
        pair.put(0, Input::Heard);
    }
    assert_eq!(pair.count(0, |o| *o == Output::Lost), 0);
}

#[test]
fn long_silence_ends_it() {
    let mut pair = Pair::up();
    pair.ends[1].cut = true;
    pair.run(LINK_DEAD_MS + 1_000);
    assert_eq!(pair.closed(0), Some(CloseReason::Dead));
    assert_eq!(pair.ends[0].n.next_wake(), None);
}

#[test]
fn renegotiation_by_either_end() {
    for end in 0..2 {
        let mut pair = Pair::up();
        pair.put(end, Input::Renegotiate);
        pair.run(500);
        assert_eq!(pair.count(1 - end, |o| matches!(o, Output::ApplyOffer(_))), 1);
        assert_eq!(pair.count(end, |o| matches!(o, Output::ApplyAnswer(_))), 1);
        assert_eq!((pair.closed(0), pair.closed(1)), (None, None));
    }
}

#[test]
fn glare_ends_with_both_offers_applied_once() {
    let mut pair = Pair::up();
    pair.put(0, Input::Renegotiate);
    pair.put(1, Input::Renegotiate);
    pair.run(2_000);
    assert_eq!(pair.count(0, |o| *o == Output::Rollback), 1, "the polite end rolls back");
    assert_eq!(pair.count(1, |o| *o == Output::Rollback), 0);
    for end in 0..2 {
        assert_eq!(pair.count(end, |o| matches!(o, Output::ApplyOffer(_))), 1);
        assert_eq!(pair.count(end, |o| matches!(o, Output::ApplyAnswer(_))), 1);
        assert_eq!(pair.closed(end), None);
    }
}

#[test]
fn a_later_description_with_another_fingerprint_or_role_closes() {
    let other = "00:02:03";
    let cases = [
        (
            ControlMessage::Offer { sdp: ANSWER.replace("active", "actpass").replace("A1:A2:A3", other) },
            CloseReason::OtherFingerprint,
        ),
        (ControlMessage::Offer { sdp: ANSWER.replace("active", "passive") }, CloseReason::BadDescription),
        (ControlMessage::Offer { sdp: "v=0\r\n".to_owned() }, CloseReason::BadDescription),
    ];
    for (message, reason) in cases {
        let mut pair = Pair::up();
        pair.put(0, Input::Control(message.encode().as_bytes()));
        assert_eq!(pair.closed(0), Some(reason));
        assert_eq!(pair.count(0, |o| matches!(o, Output::ApplyOffer(_))), 0);
    }
    let cases = [
        (ANSWER.replace("A1:A2:A3", other), CloseReason::OtherFingerprint),
        (ANSWER.replace("active", "passive"), CloseReason::BadDescription),
        (ANSWER.replace("active", "actpass"), CloseReason::BadDescription),
    ];
    for (sdp, reason) in cases {
        let mut pair = Pair::up();
        pair.ends[1].cut = true;
        pair.put(0, Input::Renegotiate);
        pair.put(0, Input::Control(ControlMessage::Answer { sdp }.encode().as_bytes()));
        assert_eq!(pair.closed(0), Some(reason));
    }
}

#[test]
fn a_restart_by_trickle_is_bound_to_the_same_fingerprint() {
    let mut pair = Pair::up();
    pair.put(0, Input::Restart(ANSWER));
    assert_eq!(pair.closed(0), None);
    pair.put(0, Input::Restart(&ANSWER.replace("A1:A2:A3", "00:02:03")));
    assert_eq!(pair.closed(0), Some(CloseReason::OtherFingerprint));
}

#[test]
fn answers_that_nobody_asked_for_change_nothing() {
    let mut pair = Pair::up();
    let answer = ControlMessage::Answer { sdp: ANSWER.to_owned() }.encode();
    pair.put(0, Input::Control(answer.as_bytes()));
    assert_eq!(pair.count(0, |o| matches!(o, Output::ApplyAnswer(_))), 0);
    assert_eq!(pair.closed(0), None);
}

#[test]
fn messages_reach_the_application_and_bye_ends() {
    let mut pair = Pair::up();
    pair.put(1, Input::Say(ControlMessage::Ask { what: Media::Video }));
    pair.put(1, Input::Close(ByeReason::Closed));
    pair.run(200);
    assert_eq!(pair.count(0, |o| *o == Output::Received(ControlMessage::Ask { what: Media::Video })), 1);
    assert_eq!(pair.closed(0), Some(CloseReason::Theirs(ByeReason::Closed)));
    assert_eq!(pair.closed(1), Some(CloseReason::Ours(ByeReason::Closed)));
}

#[test]
fn a_few_unknown_kinds_are_ignored_a_flood_ends_it() {
    let mut pair = Pair::up();
    for _ in 0..MAX_UNKNOWN_CONTROL {
        pair.put(0, Input::Control(br#"{"t":"dance"}"#));
    }
    assert_eq!(pair.closed(0), None);
    pair.put(0, Input::Control(br#"{"t":"dance"}"#));
    assert_eq!(pair.closed(0), Some(CloseReason::BadControl));
    let mut pair = Pair::up();
    pair.put(0, Input::Control(b"{"));
    assert_eq!(pair.closed(0), Some(CloseReason::BadControl));
}

#[test]
fn politeness_and_simultaneous_calls() {
    let (a, b) = ([1; 32].into(), [2; 32].into());
    assert!(is_polite(&a, true, &b, false) && !is_polite(&b, false, &a, true));
    assert!(is_polite(&b, false, &a, false) && !is_polite(&a, false, &b, false));
    assert!(is_polite(&b, true, &a, true));
    assert!(my_call_survives(&a, &b) && !my_call_survives(&b, &a));
}
