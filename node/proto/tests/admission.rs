//! Who is let in, by which rules, and that every knock has one fate, also across a crash at any point.
#![allow(clippy::unwrap_used, reason = "a test program")]

mod common;

use common::*;
use sightline_proto::admission::{Admission, Card, Decision, Fate, Hands, Ignored, Input, Output, Standing, Way};
use sightline_proto::exports::Exports;
use sightline_proto::id::{KnockId, PeerId, Role};
use sightline_proto::introduction::Introduction;
use sightline_proto::invite::InviteSpec;
use sightline_proto::knock;
use sightline_proto::limits::{MAX_OPEN_KNOCKS, OFFER_FRESH_MS};
use sightline_proto::reply::{self, Refusal, Reply};

struct Desk {
    s: Scene,
    admission: Admission,
    now: u64,
    standing: Standing,
    kept: Vec<Vec<u8>>,
    seen: Vec<Output>,
}

impl Desk {
    fn new(spec: InviteSpec) -> Self {
        let s = Scene::with(spec);
        let admission = Admission::new(s.expert.keys.slot.address());
        let mut desk = Self { s, admission, now: NOW, standing: Standing::Stranger, kept: vec![], seen: vec![] };
        let owner = desk.s.owner.clone();
        desk.put(Input::Invite(owner));
        desk
    }

    /// Carries an input out and returns what came of it.
    fn put(&mut self, input: Input<'_>) -> Vec<Output> {
        let standing = self.standing;
        let judge = move |_: &Introduction| standing;
        let mut hands = Hands { signer: &self.s.expert.peer, now_ms: self.now, rng: &mut self.s.rng, standing: &judge };
        self.admission.handle(input, &mut hands);
        let outputs: Vec<Output> = std::iter::from_fn(|| self.admission.poll()).collect();
        self.kept.extend(outputs.iter().filter_map(|output| match output {
            Output::Persist(record) => Some(record.clone()),
            _ => None,
        }));
        self.seen.extend(outputs.iter().cloned());
        outputs
    }

    fn person(&self, name: &str) -> (Person, Vec<u8>, Exports) {
        let person = Person::new(name);
        let (message, exports) = knock::make(
            &self.s.record,
            &self.s.secrets,
            &person.peer,
            &person.keys,
            &about(),
            &mut Seeded::new(&format!("knock of {name}")),
        )
        .unwrap();
        (person, message, exports)
    }

    fn knock(&mut self, message: &[u8]) -> Vec<Output> {
        self.put(Input::Knock(message, Way::Switchboard))
    }

    fn restart(&mut self) {
        let mut fresh = Admission::new(self.s.expert.keys.slot.address());
        let standing = self.standing;
        for record in &self.kept {
            fresh.restore(record, &move |_| standing).unwrap();
        }
        self.admission = fresh;
    }
}

fn replies(outputs: &[Output], exports: &Exports, expert: &PeerId) -> Vec<Reply> {
    let open = |message| reply::open(message, exports, |signer, _| signer == expert).unwrap().0;
    outputs
        .iter()
        .filter_map(|o| if let Output::Reply { message, .. } = o { Some(open(message)) } else { None })
        .collect()
}

fn messages(outputs: &[Output]) -> Vec<Vec<u8>> {
    outputs
        .iter()
        .filter_map(|o| if let Output::Reply { message, .. } = o { Some(message.clone()) } else { None })
        .collect()
}

fn card(outputs: &[Output]) -> Option<Card> {
    outputs.iter().find_map(|o| if let Output::Waits(card) = o { Some((**card).clone()) } else { None })
}

fn chain() -> Vec<Vec<u8>> {
    vec![vec![9; 200]]
}

fn many() -> InviteSpec {
    InviteSpec { uses: 0, ..spec() }
}

#[test]
fn by_hand() {
    let mut desk = Desk::new(spec());
    let expert = desk.s.expert.peer.public();
    let (person, message, exports) = desk.person("operator");
    let out = desk.knock(&message);
    assert_eq!(replies(&out, &exports, &expert), [Reply::Waiting]);
    let shown = card(&out).unwrap();
    assert_eq!((shown.id, shown.from.peer, shown.role), (exports.id, person.peer.public(), Role::Operator));
    assert_eq!(shown.exports.words, exports.words);
    let place = |want: fn(&Output) -> bool| out.iter().position(want).unwrap();
    assert!(
        place(|o| matches!(o, Output::Persist(_))) < place(|o| matches!(o, Output::Reply { .. })),
        "durable before told"
    );

    let out = desk.put(Input::Decide(exports.id, Decision::Admit));
    let Some(Output::Admit(admitting)) = out.iter().find(|o| matches!(o, Output::Admit(_))) else { panic!("{out:?}") };
    assert_eq!(admitting.from.offer.as_deref(), Some(OFFER), "a fresh offer is answered");
    assert!(!admitting.already);
    let out = desk.put(Input::Admitted { id: exports.id, chain: chain(), answer: Some(ANSWER.into()) });
    assert_eq!(replies(&out, &exports, &expert), [Reply::Admitted { chain: chain(), answer: Some(ANSWER.into()) }]);
    assert!(out.contains(&Output::Ended(exports.id, Fate::Admitted)));
}

#[test]
fn a_repeated_knock_is_told_the_same_bytes_and_changes_nothing() {
    let mut desk = Desk::new(spec());
    let (_, message, exports) = desk.person("operator");
    let first = messages(&desk.knock(&message));
    for way in [Way::Switchboard, Way::WaitingRoom] {
        let again = desk.put(Input::Knock(&message, way));
        assert_eq!(messages(&again), first);
        assert_eq!(card(&again), None);
    }
    assert_eq!(desk.admission.waiting().count(), 1);
    desk.put(Input::Decide(exports.id, Decision::Admit));
    assert_eq!(desk.knock(&message), [], "told nothing while the roster entry is being written");
    let admitted = messages(&desk.put(Input::Admitted { id: exports.id, chain: chain(), answer: None }));
    assert_eq!(messages(&desk.knock(&message)), admitted);
    assert_eq!(desk.admission.invites().next().unwrap().used(), 1);
}

#[test]
fn an_offer_older_than_a_minute_gets_no_answer() {
    for (way, wait, fresh) in [
        (Way::Switchboard, OFFER_FRESH_MS, true),
        (Way::Switchboard, OFFER_FRESH_MS + 1, false),
        (Way::WaitingRoom, 0, false),
    ] {
        let mut desk = Desk::new(spec());
        let (_, message, exports) = desk.person("operator");
        desk.put(Input::Knock(&message, way));
        desk.now += wait;
        let out = desk.put(Input::Decide(exports.id, Decision::Admit));
        let offer = out.iter().find_map(|o| if let Output::Admit(a) = o { Some(a.from.offer.is_some()) } else { None });
        assert_eq!(offer, Some(fresh), "{way:?} {wait}");
    }
}

#[test]
fn window_uses_and_revocation_are_judged_by_our_clock() {
    let judge = |spec: InviteSpec, at: u64, revoke: bool| {
        let mut desk = Desk::new(spec);
        desk.now = at;
        let (_, message, exports) = desk.person("operator");
        if revoke {
            let id = desk.s.secrets.id;
            desk.put(Input::Revoke(id));
        }
        let out = desk.knock(&message);
        assert_eq!(card(&out).is_some(), replies(&out, &exports, &desk.s.expert.peer.public()) == [Reply::Waiting]);
        replies(&out, &exports, &desk.s.expert.peer.public()).remove(0)
    };
    let end = spec().not_after;
    assert_eq!(judge(spec(), NOW, false), Reply::Waiting);
    assert_eq!(judge(spec(), NOW - 1, false), Reply::Refused(Refusal::NotYetValid));
    assert_eq!(judge(spec(), end, false), Reply::Waiting);
    assert_eq!(judge(spec(), end + 1, false), Reply::Refused(Refusal::Expired));
    assert_eq!(judge(spec(), NOW, true), Reply::Refused(Refusal::Revoked));
}

#[test]
fn uses_are_counted_per_new_peer() {
    let mut desk = Desk::new(InviteSpec { uses: 2, ..spec() });
    let expert = desk.s.expert.peer.public();
    let admit = |desk: &mut Desk, exports: &Exports| {
        desk.put(Input::Decide(exports.id, Decision::Admit));
        desk.put(Input::Admitted { id: exports.id, chain: chain(), answer: None })
    };
    let (_, first, first_exports) = desk.person("operator");
    desk.knock(&first);
    admit(&mut desk, &first_exports);
    // The same peer, a new knock.
    let person = Person::new("operator");
    let (again, again_exports) =
        knock::make(&desk.s.record, &desk.s.secrets, &person.peer, &person.keys, &about(), &mut Seeded::new("again"))
            .unwrap();
    desk.knock(&again);
    admit(&mut desk, &again_exports);
    assert_eq!(desk.admission.invites().next().unwrap().used(), 1);
    // Two others: the second of them comes too late.
    let (_, second, second_exports) = desk.person("second");
    let (_, third, third_exports) = desk.person("third");
    desk.knock(&second);
    desk.knock(&third);
    let out = desk.put(Input::Decide(second_exports.id, Decision::Admit));
    assert!(
        out.contains(&Output::Ended(third_exports.id, Fate::Refused(Refusal::UsedUp))),
        "who waits in vain is told"
    );
    let (_, fourth, fourth_exports) = desk.person("fourth");
    let out = desk.knock(&fourth);
    assert_eq!(replies(&out, &fourth_exports, &expert), [Reply::Refused(Refusal::UsedUp)]);
}

#[test]
fn at_most_eight_wait_and_room_is_made() {
    let mut desk = Desk::new(many());
    let expert = desk.s.expert.peer.public();
    let mut ids: Vec<KnockId> = Vec::new();
    for n in 0..MAX_OPEN_KNOCKS {
        let (_, message, exports) = desk.person(&format!("guest {n}"));
        desk.knock(&message);
        ids.push(exports.id);
    }
    let (_, message, exports) = desk.person("one too many");
    let out = desk.knock(&message);
    assert_eq!(replies(&out, &exports, &expert), [Reply::Refused(Refusal::TooManyKnocks)]);
    assert_eq!(desk.admission.waiting().count(), MAX_OPEN_KNOCKS);
    desk.put(Input::Decide(ids[3], Decision::Refuse));
    let out = desk.knock(&message);
    assert_eq!(replies(&out, &exports, &expert), [Reply::Waiting], "the same knock, now there is room");
}

#[test]
fn automatic_only_for_single_use_operators_and_viewers_who_are_strangers() {
    use sightline_proto::invite::{InviteOwner, OwnerError};
    let auto = InviteSpec { admit_automatically: true, ..spec() };
    let make = |spec| InviteOwner::create(&PeerId([1; 32]), SID, spec, &mut Seeded::new("x")).map(|_| ());
    assert_eq!(make(auto), Ok(()));
    assert_eq!(make(InviteSpec { role: Role::Viewer, ..auto }), Ok(()));
    assert_eq!(make(InviteSpec { role: Role::Expert, ..auto }), Err(OwnerError::Automatic));
    assert_eq!(make(InviteSpec { uses: 2, ..auto }), Err(OwnerError::Automatic));
    assert_eq!(make(InviteSpec { uses: 0, ..auto }), Err(OwnerError::Automatic));
    assert_eq!(make(InviteSpec { role: Role::Lead, ..spec() }), Err(OwnerError::Lead));
    assert_eq!(make(InviteSpec { not_after: NOW - 1, ..spec() }), Err(OwnerError::Window));

    let mut desk = Desk::new(auto);
    let (_, message, _) = desk.person("operator");
    let out = desk.knock(&message);
    assert!(out.iter().any(|o| matches!(o, Output::Admit(_))) && card(&out).is_none());
    let (_, message, exports) = desk.person("second");
    let out = desk.knock(&message);
    assert_eq!(replies(&out, &exports, &desk.s.expert.peer.public()), [Reply::Refused(Refusal::UsedUp)]);

    let mut desk = Desk::new(auto);
    desk.standing = Standing::Removed;
    let (_, message, _) = desk.person("operator");
    let out = desk.knock(&message);
    assert!(card(&out).is_some_and(|card| card.removed), "who was removed comes in only by a person's decision");
}

#[test]
fn a_member_who_knocks_again_needs_no_decision_and_no_use() {
    let mut desk = Desk::new(spec());
    desk.standing = Standing::Member;
    let (_, message, _) = desk.person("operator");
    let out = desk.knock(&message);
    let already = out.iter().find_map(|o| if let Output::Admit(a) = o { Some(a.already) } else { None });
    assert_eq!(already, Some(true));
    assert_eq!(desk.admission.invites().next().unwrap().used(), 0);
}

#[test]
fn refusing_revoking_and_closing_tell_everybody_who_waits() {
    let mut desk = Desk::new(many());
    let expert = desk.s.expert.peer.public();
    let waiting: Vec<_> = ["a", "b", "c"].map(|name| desk.person(name)).into_iter().collect();
    for (_, message, _) in &waiting {
        desk.knock(message);
    }
    let out = desk.put(Input::Decide(waiting[0].2.id, Decision::Refuse));
    assert_eq!(replies(&out, &waiting[0].2, &expert), [Reply::Refused(Refusal::ByExpert)]);
    assert_eq!(messages(&desk.knock(&waiting[0].1)), messages(&out), "a refused knock stays refused");
    let id = desk.s.secrets.id;
    let out = desk.put(Input::Revoke(id));
    assert_eq!(messages(&out).len(), 2);
    assert_eq!(desk.admission.waiting().count(), 0);

    let mut desk = Desk::new(many());
    desk.knock(&waiting[1].1);
    let out = desk.put(Input::Close);
    assert!(out.contains(&Output::Ended(waiting[1].2.id, Fate::Refused(Refusal::SessionClosed))));
    let late = desk.put(Input::Decide(waiting[1].2.id, Decision::Admit));
    assert_eq!(late, [Output::Ignored(Ignored::NotWaiting)]);
}

#[test]
fn what_is_not_a_knock_of_ours_is_ignored_and_counted() {
    let mut desk = Desk::new(spec());
    let (_, message, _) = desk.person("operator");
    let mut other_invite = message.clone();
    other_invite[5] ^= 1;
    let mut damaged = message.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let huge = [&message[..], &vec![0; 60_000]].concat();
    for (bytes, count) in
        [(vec![], 1), (vec![9; 40], 1), (other_invite, 1), (message[..40].to_vec(), 1), (damaged, 1), (huge, 1)]
    {
        let out = desk.knock(&bytes);
        assert!(matches!(out[..], [Output::Ignored(_)]), "{out:?}");
        assert_eq!(out.len(), count);
    }
    for (name, message) in crafted_knocks(&desk.s).into_iter().skip(1) {
        let out = desk.knock(&message);
        assert!(matches!(out[..], [Output::Ignored(Ignored::NotBelieved(_))]), "{name}: {out:?}");
    }
    assert_eq!(desk.admission.waiting().count(), 0);
}

#[test]
fn the_key_is_wiped_a_day_after_the_end() {
    let mut desk = Desk::new(spec());
    let (_, message, _) = desk.person("operator");
    desk.now = spec().not_after + 24 * 3_600_000;
    desk.put(Input::Tick);
    assert!(matches!(desk.knock(&message)[..], [Output::Persist(_), Output::Reply { .. }, Output::Ended(..)]));
    desk.now += 1;
    desk.put(Input::Tick);
    assert_eq!(desk.knock(&message), [Output::Ignored(Ignored::UnknownInvite)]);
    desk.restart();
    assert_eq!(desk.knock(&message), [Output::Ignored(Ignored::UnknownInvite)]);
}

#[test]
fn a_crash_at_any_point_loses_nothing() {
    let mut desk = Desk::new(InviteSpec { uses: 2, ..spec() });
    let expert = desk.s.expert.peer.public();
    let (_, first, first_exports) = desk.person("operator");
    let (_, second, second_exports) = desk.person("second");
    let told = messages(&desk.knock(&first));
    desk.restart();
    assert_eq!(messages(&desk.knock(&first)), told, "the same reply after a restart");
    assert_eq!(desk.admission.waiting().count(), 1);

    // The app dies between the roster entry and the reply.
    desk.put(Input::Decide(first_exports.id, Decision::Admit));
    desk.restart();
    assert_eq!(desk.admission.invites().next().unwrap().used(), 1, "the use was counted");
    desk.standing = Standing::Member;
    let out = desk.knock(&first);
    let already = out.iter().find_map(|o| if let Output::Admit(a) = o { Some(a.already) } else { None });
    assert_eq!(already, Some(true), "the roster has them: no second entry");
    let told = messages(&desk.put(Input::Admitted { id: first_exports.id, chain: chain(), answer: None }));

    desk.standing = Standing::Stranger;
    desk.knock(&second);
    desk.put(Input::Decide(second_exports.id, Decision::Refuse));
    desk.restart();
    assert_eq!(messages(&desk.knock(&first)), told);
    assert_eq!(replies(&desk.knock(&second), &second_exports, &expert), [Reply::Refused(Refusal::ByExpert)]);
    assert_eq!(desk.admission.waiting().count(), 0);
}

#[test]
fn the_last_use_is_not_given_twice_after_a_crash() {
    let mut desk = Desk::new(spec());
    let (_, first, first_exports) = desk.person("operator");
    let (_, second, second_exports) = desk.person("second");
    desk.knock(&first);
    desk.knock(&second);
    // The use reaches the disk, and the app dies before the other is told.
    let kept = desk.kept.len() + 1;
    desk.put(Input::Decide(first_exports.id, Decision::Admit));
    desk.kept.truncate(kept);
    desk.restart();
    assert_eq!(desk.admission.waiting().count(), 2);
    let out = desk.put(Input::Decide(second_exports.id, Decision::Admit));
    assert!(out.contains(&Output::Ended(second_exports.id, Fate::Refused(Refusal::UsedUp))), "{out:?}");
    let out = desk.put(Input::Decide(first_exports.id, Decision::Admit));
    assert!(out.iter().any(|o| matches!(o, Output::Admit(_))), "whose use it was comes in");
}

#[test]
fn one_turned_away_at_once_costs_little_disk_and_stays_turned_away() {
    let mut desk = Desk::new(spec());
    let id = desk.s.secrets.id;
    desk.put(Input::Revoke(id));
    let (_, message, _) = desk.person("operator");
    let before: usize = desk.kept.iter().map(Vec::len).sum();
    let told = messages(&desk.knock(&message));
    let after: usize = desk.kept.iter().map(Vec::len).sum();
    assert!(after - before < 400, "{} bytes", after - before);
    desk.restart();
    assert_eq!(messages(&desk.knock(&message)), told);
}

#[test]
fn an_admission_that_could_not_be_written_waits_again() {
    let mut desk = Desk::new(spec());
    let (_, message, exports) = desk.person("operator");
    desk.knock(&message);
    desk.put(Input::Decide(exports.id, Decision::Admit));
    desk.put(Input::NotAdmitted(exports.id));
    assert_eq!(desk.admission.waiting().count(), 1);
    let out = desk.put(Input::Decide(exports.id, Decision::Admit));
    assert!(out.iter().any(|o| matches!(o, Output::Admit(_))), "its use is still its own");
    let out = desk.put(Input::Admitted { id: exports.id, chain: vec![vec![1; 30_000]; 3], answer: None });
    assert!(out.contains(&Output::Ignored(Ignored::ReplyTooLarge)));
    assert_eq!(desk.admission.waiting().count(), 1);
}
