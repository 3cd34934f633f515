//! The switchboard client against a scripted server on virtual time.
#![allow(clippy::unwrap_used, reason = "a test program")]

mod common;

use common::*;
use sightline_proto::backoff::Backoff;
use sightline_proto::id::{InviteId, MailName, MailboxId, SlotAddress};
use sightline_proto::keys::SlotKey;
use sightline_proto::limits::{
    BACKOFF_MAX_MS, MAX_OUTSTANDING, PING_MS, PONG_TIMEOUT_MS, REQUEST_TIMEOUT_MS, WELCOME_TIMEOUT_MS,
};
use sightline_proto::switchboard::client::{Answer, Client, DisconnectReason, Input, Output};
use sightline_proto::switchboard::{
    Ask, Challenge, ClientFrame, ListSlots, ReadMail, Refused, RefusedReason, ServerFrame, authority,
};

struct Rig {
    now: u64,
    rng: Seeded,
    client: Client,
}

impl Rig {
    fn new() -> Self {
        Self { now: NOW, rng: Seeded::new("rig"), client: Client::new("https://Help.example:443").unwrap() }
    }

    fn put(&mut self, input: Input<'_>) -> Vec<Output> {
        self.client.handle(input, self.now, &mut self.rng);
        std::iter::from_fn(|| self.client.poll()).collect()
    }

    fn frame(&mut self, frame: &ServerFrame) -> Vec<Output> {
        self.put(Input::Frame(&frame.encode()))
    }

    fn welcome(&mut self, nonce: u8) -> Vec<Output> {
        self.put(Input::Opened);
        self.frame(&ServerFrame::Welcome {
            nonce: [nonce; 32],
            // A server may call itself what it likes: we sign the host that we connected to.
            host: "evil.example".to_owned(),
            token: [0; 16],
            time: 5,
            policy_version: 1,
        })
    }

    fn online() -> Self {
        let mut rig = Self::new();
        assert_eq!(rig.put(Input::Tick), [Output::Connect]);
        assert_eq!(rig.welcome(1), [Output::Online { time: 5, policy_version: 1 }]);
        rig
    }

    fn wait(&mut self, millis: u64) -> Vec<Output> {
        self.now += millis;
        self.put(Input::Tick)
    }
}

fn sent(outputs: &[Output]) -> Vec<ClientFrame> {
    let decode = |bytes: &Vec<u8>| ClientFrame::decode(bytes).unwrap();
    outputs.iter().filter_map(|o| if let Output::Transmit(bytes) = o { Some(decode(bytes)) } else { None }).collect()
}

fn challenge(nonce: u8) -> Challenge {
    Challenge { nonce: [nonce; 32], host: authority("https://help.example").unwrap() }
}

fn key() -> SlotKey {
    Person::new("expert").keys.slot
}

fn send() -> Ask {
    Ask::Send { to: SlotAddress([9; 16]), payload: vec![1, 2] }
}

#[test]
fn listens_anew_with_each_connection_signed_for_its_nonce() {
    let mut rig = Rig::online();
    let frames = sent(&rig.put(Input::Listen(key())));
    let [ClientFrame::Listen(req, listen)] = &frames[..] else { panic!("{frames:?}") };
    assert_eq!(listen.verify(&key().public(), &challenge(1)), Ok(()));
    assert_eq!(rig.frame(&ServerFrame::Done { req: *req }), [Output::Listening(key().address())]);
    let offline = rig.put(Input::Closed);
    let [Output::Offline { retry_at, failures: 1 }] = offline[..] else { panic!("{offline:?}") };
    rig.now = retry_at;
    assert_eq!(rig.put(Input::Tick), [Output::Connect]);
    let frames = sent(&rig.welcome(2));
    let [ClientFrame::Listen(_, listen)] = &frames[..] else { panic!("{frames:?}") };
    assert_eq!(listen.verify(&key().public(), &challenge(2)), Ok(()));
    assert!(listen.verify(&key().public(), &challenge(1)).is_err());
}

#[test]
fn what_was_asked_survives_a_lost_connection() {
    let mut rig = Rig::online();
    let owner = ListSlots { invite: InviteId([1; 16]) };
    rig.put(Input::Ask(7, send()));
    rig.put(Input::Ask(8, Ask::ListSlots(owner, key())));
    rig.put(Input::Closed);
    rig.put(Input::Ask(9, send()));
    rig.now += BACKOFF_MAX_MS;
    assert_eq!(rig.put(Input::Tick), [Output::Connect]);
    let frames = sent(&rig.welcome(2));
    assert_eq!(frames.len(), 3, "{frames:?}");
    for frame in frames {
        let req = frame.req();
        let (answer, ticket, expected) = match frame {
            ClientFrame::ListSlots(_, signed) => {
                assert_eq!(signed.verify(&key().public(), &challenge(2)), Ok(()));
                (ServerFrame::Slots { req, slots: vec![] }, 8, Ok(Answer::Slots(vec![])))
            }
            _ => (
                ServerFrame::Refused { req, reason: RefusedReason::NobodyListens },
                0,
                Err(Refused::Because(RefusedReason::NobodyListens)),
            ),
        };
        let out = rig.frame(&answer);
        let [Output::Answered(got, result)] = &out[..] else { panic!("{out:?}") };
        assert!(ticket == 0 || *got == ticket);
        assert_eq!(*result, expected);
        assert_eq!(rig.frame(&answer), [], "answered once");
    }
}

#[test]
fn an_answer_of_the_wrong_kind_is_a_failure() {
    let mut rig = Rig::online();
    let frames = sent(&rig.put(Input::Ask(1, Ask::GetRecord(InviteId([1; 16])))));
    let out = rig.frame(&ServerFrame::Done { req: frames[0].req() });
    assert_eq!(out, [Output::Answered(1, Err(Refused::Because(RefusedReason::Malformed)))]);
}

#[test]
fn messages_only_for_addresses_that_are_listened_at() {
    let mut rig = Rig::online();
    rig.put(Input::Listen(key()));
    let message = |to| ServerFrame::Message { to, payload: vec![1] };
    assert_eq!(rig.frame(&message(SlotAddress([3; 16]))), []);
    let to = key().address();
    assert_eq!(rig.frame(&message(to)), [Output::Message { to, payload: vec![1] }]);
}

#[test]
fn silence_is_noticed_and_a_pong_is_enough() {
    let mut rig = Rig::online();
    let frames = sent(&rig.wait(PING_MS));
    let [ClientFrame::Ping { req }] = frames[..] else { panic!("{frames:?}") };
    assert_eq!(rig.frame(&ServerFrame::Pong { req }), []);
    assert_eq!(rig.wait(PONG_TIMEOUT_MS), [], "answered: nothing is wrong");
    assert_eq!(sent(&rig.wait(PING_MS)).len(), 1);
    let out = rig.wait(PONG_TIMEOUT_MS);
    assert!(matches!(out[..], [Output::Disconnect(DisconnectReason::Silent), Output::Offline { .. }]), "{out:?}");
}

#[test]
fn no_welcome_no_answer_no_sense() {
    let mut rig = Rig::new();
    rig.put(Input::Tick);
    let out = rig.wait(WELCOME_TIMEOUT_MS);
    assert!(out.contains(&Output::Disconnect(DisconnectReason::NoWelcome)), "{out:?}");

    let mut rig = Rig::online();
    rig.put(Input::Ask(1, send()));
    let out = rig.wait(REQUEST_TIMEOUT_MS);
    assert!(out.contains(&Output::Answered(1, Err(Refused::NoAnswer))), "{out:?}");
    assert!(!rig.client.is_online(), "a connection that doesn't answer is renewed");

    for bytes in [vec![], vec![0x99; 9], vec![0x83, 0, 0, 0, 1, 99]] {
        let mut rig = Rig::online();
        assert!(rig.put(Input::Frame(&bytes)).contains(&Output::Disconnect(DisconnectReason::Malformed)));
    }
    let mut rig = Rig::online();
    assert!(rig.welcome(9).contains(&Output::Disconnect(DisconnectReason::Malformed)), "a second welcome");
    let mut rig = Rig::new();
    rig.put(Input::Tick);
    assert!(rig.frame(&ServerFrame::Done { req: 1 }).contains(&Output::Disconnect(DisconnectReason::Malformed)));
}

#[test]
fn asked_while_offline_fails_in_time_without_blaming_the_next_connection() {
    let mut rig = Rig::new();
    rig.put(Input::Tick);
    rig.put(Input::Ask(1, send()));
    rig.now += REQUEST_TIMEOUT_MS - 500;
    rig.welcome(1);
    let out = rig.wait(500);
    assert_eq!(out, [Output::Answered(1, Err(Refused::NoAnswer))]);
    assert!(rig.client.is_online());
}

#[test]
fn more_than_the_cap_is_given_back_at_once() {
    let mut rig = Rig::new();
    for n in 0..MAX_OUTSTANDING as u64 {
        rig.put(Input::Ask(n, send()));
    }
    assert_eq!(rig.put(Input::Ask(999, send())), [Output::Answered(999, Err(Refused::TooManyAsked))]);
}

#[test]
fn retries_come_within_three_seconds_for_ever_and_at_once_when_told() {
    let mut rig = Rig::new();
    rig.put(Input::Tick);
    for _ in 0..50 {
        let out = rig.put(Input::Closed);
        let [Output::Offline { retry_at, .. }] = out[..] else { panic!("{out:?}") };
        assert!(retry_at - rig.now <= BACKOFF_MAX_MS);
        assert_eq!(rig.client.next_wake(), retry_at);
        rig.now = retry_at;
        assert_eq!(rig.put(Input::Tick), [Output::Connect]);
    }
    rig.put(Input::Closed);
    assert_eq!(rig.put(Input::TryNow), [Output::Connect]);
}

#[test]
fn backoff_doubles_is_capped_and_starts_over() {
    let mut rng = Seeded::new("backoff");
    let mut backoff = Backoff::new(100, 1_000);
    for whole in [100, 200, 400, 800, 1_000, 1_000] {
        let wait = backoff.fail(&mut rng);
        assert!((whole / 2..=whole).contains(&wait), "{wait} of {whole}");
    }
    assert_eq!(backoff.failures(), 6);
    backoff.succeed();
    assert!(backoff.fail(&mut rng) <= 100);
    let mut long = Backoff::new(1, u64::MAX);
    assert!((0..200).map(|_| long.fail(&mut rng)).all(|wait| wait <= 1 << 32), "no overflow");
}

#[test]
fn mailbox_parts_must_begin_where_they_were_asked_for() {
    let mut rig = Rig::online();
    let read = ReadMail { mailbox: MailboxId([1; 16]), name: MailName([2; 16]), offset: 4, reader: key().public() };
    for (ticket, offset) in [(1, 4), (2, 0)] {
        let frames = sent(&rig.put(Input::Ask(ticket, Ask::ReadMail(read.clone(), key()))));
        let [ClientFrame::ReadMail(req, signed)] = &frames[..] else { panic!("{frames:?}") };
        assert_eq!(signed.verify(&key().public(), &challenge(1)), Ok(()));
        let answer = rig.frame(&ServerFrame::MailPart { req: *req, size: 9, offset, bytes: vec![5] });
        let expected = match offset {
            4 => Ok(Answer::MailPart { size: 9, offset, bytes: vec![5] }),
            _ => Err(Refused::Because(RefusedReason::Malformed)),
        };
        assert_eq!(answer, [Output::Answered(ticket, expected)]);
    }
    let pushed = rig.frame(&ServerFrame::Mail { mailbox: MailboxId([1; 16]), number: 3 });
    assert_eq!(pushed, [Output::Mail { mailbox: MailboxId([1; 16]), number: 3 }]);
    // Nothing that was asked: it answers no request.
    rig.put(Input::Ask(3, Ask::GetPolicy));
    let frames = sent(&rig.put(Input::Ask(4, Ask::GetPolicy)));
    let answer = rig.frame(&ServerFrame::Policy { req: frames[0].req(), policy: b"{}".to_vec() });
    assert_eq!(answer, [Output::Answered(4, Ok(Answer::Policy(b"{}".to_vec())))]);
}
