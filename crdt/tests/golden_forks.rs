//! Golden fixtures of forks: two branches of one chain, proofs, and which branch the roster names.
#![allow(clippy::unwrap_used)]

mod common;

use common::FixedRng;
use common::author::Author;
use common::fixture::{golden, of_the_page};
use common::scene::{Case, Scene, conversation, cut_at, replay, shuffled};
use rand_core::Rng;
use serde_json::Value;
use sightline_crdt::envelope::Envelope;
use sightline_crdt::id::Role;
use sightline_crdt::log::Proof;
use sightline_crdt::prescan::prescan;

/// Random forks, settles, cuts and orders of arrival that the fixture holds.
const STORMS: u32 = 6;
/// Those that are tried in other orders.
const MORE_STORMS: u32 = 100;

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();

    // Two branches of the expert's chain, one settled, then the other.
    for (name, second_counts) in [("the first branch is settled", false), ("the second branch is settled", true)] {
        let (mut scene, expert, mut operator) = conversation();
        let branch = |text: &str| {
            let mut author = Author::new(&expert.key, expert.sid, expert.doc, expert.run[0]);
            author.say("hello", 1_700_000_000_000);
            let one = author.say(text, 3);
            (one, author)
        };
        let (first, mut first_author) = branch("first branch");
        let (second, mut second_author) = branch("second branch");
        scene.give(&first);
        operator.hear(&first);
        scene.give(&second);
        let frozen = first_author.say("frozen", 4);
        scene.give(&frozen);
        let on_first = operator.say("on the first branch", 5);
        scene.give(&on_first);
        let more = second_author.say("more of the second", 6);
        scene.give(&more);
        scene.settle(if second_counts { &second } else { &first });
        scene.give(&frozen);
        scene.give(&more);
        let next = if second_counts { second_author.say("on", 7) } else { first_author.say("on", 7) };
        scene.give(&next);
        cases.push((name, scene));
    }

    let (mut scene, expert, _) = conversation();
    let fork = |text: &str| {
        let mut author = Author::new(&expert.key, expert.sid, expert.doc, expert.run[0]);
        author.say("hello", 1_700_000_000_000);
        author.say(text, 3)
    };
    let (a, b) = (fork("one"), fork("two"));
    scene.give_proof(&a, &b);
    scene.give(&a);
    scene.give(&b);
    scene.give_proof(&b, &a);
    cases.push(("a proof freezes before either envelope came", scene));

    // The cut of a removal chooses the branch like a settle does.
    let (mut scene, _, operator) = conversation();
    let hello = scene.document.log().accepted().next().unwrap().clone();
    let fork = |text: &str| {
        let mut author = Author::new(&operator.key, operator.sid, operator.doc, operator.run[0]);
        author.hear(&hello);
        author.say("good day 👋 שלום", 1_700_000_001_000);
        author.say(text, 3)
    };
    let (a, b) = (fork("to you"), fork("to them"));
    scene.give(&a);
    scene.give(&b);
    let who = scene.operator.clone();
    scene.remove(&who, vec![cut_at(&b)]);
    cases.push(("a removal's cut chooses between branches", scene));

    // A chain of branches: only the last envelope is named, and the fork lies deeper.
    let (mut scene, expert, _) = conversation();
    let (a, b) = (deep_branch(&expert, "here"), deep_branch(&expert, "there"));
    a.iter().for_each(|envelope| scene.offer(envelope));
    scene.give(&b[2]);
    scene.settle(&b[2]);
    b.iter().rev().for_each(|envelope| scene.offer(envelope));
    cases.push(("a settle above the fork, its chain arriving backwards", scene));

    // What follows on the other branch fits nowhere before the roster chooses that branch.
    let (mut scene, expert, _) = conversation();
    let (a, b) = (deep_branch(&expert, "here"), deep_branch(&expert, "there"));
    scene.give(&a[0]);
    scene.give(&b[1]);
    scene.give(&b[0]);
    scene.settle(&b[1]);
    scene.give(&b[2]);
    cases.push(("what followed on another branch is kept until that one is chosen", scene));

    // An older entry names one branch, a later one an envelope above the other.
    let (mut scene, expert, _) = conversation();
    let (a, b) = (deep_branch(&expert, "here"), deep_branch(&expert, "there"));
    a.iter().chain(&b).for_each(|envelope| scene.offer(envelope));
    scene.settle(&a[0]);
    scene.settle(&b[2]);
    cases.push(("a later entry outranks an older one at the fork beneath it", scene));

    cases
}

fn deep_branch(of: &Author, text: &str) -> Vec<Envelope> {
    let mut author = Author::new(&of.key, of.sid, of.doc, of.run[0]);
    author.say("hello", 1_700_000_000_000);
    (0..3).map(|i| author.say(&format!("{text} {i}"), i)).collect()
}

/// Two authors whose lines split and meet, envelopes in any order, and a lead that names any of them.
fn storm(number: u32) -> (String, Scene) {
    let mut rng = FixedRng::new(&format!("storm {number}"));
    let mut pick = |below: usize| rng.next_u32() as usize % below;
    let mut scene = Scene::room();
    let mut lines = vec![scene.expert_author(), scene.operator_author()];
    let mut pool: Vec<Envelope> = Vec::new();
    let (expert, operator) = (scene.expert.clone(), scene.operator.clone());
    for step in 0..50 {
        let line = pick(lines.len());
        match pick(24) {
            0..=7 => {
                let mut said = lines[line].clone();
                let envelope = said.say(&format!("{step}"), i64::from(number));
                // Who heard its own other branch from somebody can't go on: its change would have another number.
                if prescan(envelope.change()).unwrap().seq == envelope.seq() {
                    lines[line] = said;
                    pool.push(envelope);
                }
            }
            8..=9 => {
                let twin = lines[line].clone();
                lines.push(twin);
            }
            10..=12 => {
                let mut heard = lines[pick(lines.len())].replica.clone();
                let mut whole = lines[line].replica.clone();
                // Two branches of one chain don't go together.
                if whole.merge(&mut heard).is_ok() {
                    lines[line].replica = whole;
                }
            }
            _ if pool.is_empty() => {}
            13..=18 => {
                let envelope = pool[pick(pool.len())].clone();
                scene.give(&envelope);
            }
            19 => {
                let one = pool[pick(pool.len())].clone();
                let other = pool.iter().find_map(|other| Proof::new(one.clone(), other.clone()));
                if let Some(proof) = other {
                    scene.give_proof(&proof.high, &proof.low);
                }
            }
            20..=21 => {
                let named = pool[pick(pool.len())].clone();
                scene.settle(&named);
            }
            22 => {
                let who = if pick(2) == 0 { &expert } else { &operator };
                let cut = pool.iter().rev().find(|envelope| envelope.author() == who.peer()).map(cut_at);
                match scene.roster.role_of(&who.peer()) {
                    Some(Role::Viewer) => scene.change_role(who, Role::Operator, cut.into_iter().collect()),
                    _ => scene.change_role(who, Role::Viewer, cut.into_iter().collect()),
                }
            }
            _ => {
                scene.rekey();
                lines.iter_mut().for_each(|line| line.epoch = scene.roster.epoch().0);
            }
        }
    }
    // In the end everything has come, and whatever is open is settled for what is here.
    for round in 0..10 {
        for i in (1..pool.len()).rev() {
            pool.swap(i, pick(i + 1));
        }
        pool.iter().filter(|_| round < 2).for_each(|envelope| scene.offer(envelope));
        let open: Vec<_> = scene.document.log().settlements().into_values().collect();
        for (_, id) in open {
            // What was settled a moment ago may have taken it off the chain.
            if let Some(held) = scene.document.log().envelope_by_id(&id).cloned() {
                scene.settle(&held);
            }
        }
    }
    assert_eq!(scene.document.log().frozen().count(), 0, "storm {number} leaves a fork open");
    (format!("storm {number}"), scene)
}

fn all(storms: u32) -> Vec<Value> {
    let cases = cases().into_iter().map(|(name, scene)| scene.case(name));
    let storms = (0..storms).map(|number| {
        let (name, scene) = storm(number);
        scene.case(&name)
    });
    cases.chain(storms).collect()
}

#[test]
fn fork_cases() {
    golden(
        "log-forks",
        "Documents whose authors contradict themselves: what is kept, what counts, who chooses.",
        all(STORMS),
    );
}

#[test]
fn every_case_replays() {
    all(STORMS).iter().for_each(replay);
}

#[test]
fn the_pages_forks_get_the_same_verdicts() {
    of_the_page("log-forks").into_iter().flatten().for_each(|case| replay(&case));
}

#[test]
fn what_is_settled_does_not_depend_on_the_order() {
    for case in all(MORE_STORMS) {
        let name = case["name"].as_str().unwrap();
        // Before it is settled an equivocation goes by what came first.
        if name.contains("before either envelope came") {
            continue;
        }
        let mut rng = FixedRng::new(name);
        for _ in 0..8 {
            let after = shuffled(&case, &mut rng);
            for part in ["heads", "accepted", "chat"] {
                assert_eq!(after[part], case["after"][part], "{name}: {part} depend on the order");
            }
        }
    }
}
