//! Golden fixtures of the log: a roster, envelopes in an order, the verdict on each, and the document that results.
#![allow(clippy::unwrap_used)]

mod common;

use automerge::ObjType;
use automerge::transaction::Transactable;
use common::author::{Author, CHAT, TITLE, change_hash, message};
use common::chunk::{Key, Op, Val};
use common::fixture::{golden, hex, of_the_page};
use common::scene::{Case, Scene, conversation, cut_at, replay, shuffled};
use common::{FixedRng, secrets};
use serde_json::{Value, json};
use sightline_crdt::envelope::Content;
use sightline_crdt::genesis;
use sightline_crdt::id::{DocId, DocKind, EnvelopeId, Role, SessionId};
use sightline_crdt::prescan::prescan;
use sightline_crdt::room;
use sightline_crdt::waiting::WaitingRoom;

fn sound() -> Vec<Case> {
    let mut cases = Vec::new();

    let (mut scene, mut expert, mut operator) = conversation();
    let title = expert.write(|tx| room::set_title(tx, "pump 4", 5));
    let note = operator.write(|tx| room::add_note(tx, "joined", 6));
    scene.give(&title);
    scene.give(&note);
    let (a, b) = (expert.say("at the same time", 7), operator.say("so do I", 7));
    scene.give(&b);
    scene.give(&a);
    cases.push(("a conversation", scene));

    let mut scene = Scene::room();
    let mut expert = scene.expert_author();
    let all: Vec<_> = (0..5).map(|i| expert.say(&format!("message {i}"), i)).collect();
    all.iter().rev().for_each(|envelope| scene.offer(envelope));
    scene.give(&all[2]);
    cases.push(("backwards, and one twice", scene));

    let (mut scene, mut expert, _) = conversation();
    let id = expert.replica.get_heads();
    let edit = expert.write(|tx| {
        let list = genesis::container_id(DocKind::Room, "chat").unwrap();
        let (_, entry) = automerge::ReadDoc::get(tx, &list, 0).unwrap().unwrap();
        tx.put(&entry, "text", "hello, everybody")
    });
    assert_ne!(id, expert.replica.get_heads());
    scene.give(&edit);
    let erase = expert.write(|tx| tx.delete(genesis::container_id(DocKind::Room, "chat").unwrap(), 0));
    scene.give(&erase);
    cases.push(("an author edits and erases its own", scene));

    let (mut scene, mut expert, mut operator) = conversation();
    scene.rekey();
    let late = operator.say("written under the old epoch", 9);
    expert.epoch = 2;
    let now = expert.say("written under the new one", 10);
    scene.give(&late);
    scene.give(&now);
    cases.push(("an older epoch of a member is welcome", scene));

    let text = DocId { kind: DocKind::Text, id: [4; 16] };
    let mut scene = Scene::new(text);
    let (mut expert, mut operator) = (scene.expert_author(), scene.operator_author());
    let body = genesis::container_id(DocKind::Text, "body").unwrap();
    let first = expert.write(|tx| tx.splice_text(&body, 0, 0, "Turn the valve"));
    operator.hear(&first);
    let second = operator.write(|tx| tx.splice_text(&body, 5, 3, "that"));
    scene.give(&first);
    scene.give(&second);
    cases.push(("a shared text belongs to all", scene));

    let desk = DocId::DESK;
    let mut scene = Scene::new(desk);
    let (mut expert, mut operator) = (scene.expert_author(), scene.operator_author());
    let into = |tx: &mut automerge::transaction::Transaction<'_>| {
        let chat = genesis::container_id(DocKind::Desk, "chat").unwrap();
        let entry = tx.insert_object(&chat, 0, ObjType::Map)?;
        tx.put(&entry, "text", "between us")
    };
    let between = expert.write(into);
    let intruder = operator.write(into);
    scene.give(&between);
    scene.give(&intruder);
    cases.push(("the desk is the experts'", scene));
    cases
}

/// One case per reason, after a conversation that stays as it is.
fn refused() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name: &'static str, edit: &dyn Fn(&mut Scene, &mut Author, &mut Author)| {
        let (mut scene, mut expert, mut operator) = conversation();
        let before = scene.after();
        edit(&mut scene, &mut expert, &mut operator);
        let after = scene.after();
        for part in ["heads", "accepted", "chat", "title"] {
            assert_eq!(before[part], after[part], "{name}: the document changed");
        }
        cases.push((name, scene));
    };
    let give_chunk = |scene: &mut Scene, author: &mut Author, ops: &[Op]| {
        let chunk = author.chunk(ops).encode();
        scene.give(&author.seal(author.seq + 1, author.prev, chunk));
    };

    add("cut off", &|scene, expert, _| {
        let bytes = expert.say("x", 1).encode();
        scene.give_bytes(&bytes[..bytes.len() - 1]);
    });
    add("unknown version", &|scene, expert, _| {
        let mut bytes = expert.say("x", 1).encode();
        bytes[0] = 2;
        scene.give_bytes(&bytes);
    });
    add("change length above the cap", &|scene, expert, _| {
        let envelope = expert.say("x", 1);
        let mut bytes = envelope.encode();
        let at = bytes.len() - 64 - envelope.change().len() - 4;
        bytes[at..at + 4].copy_from_slice(&u32::MAX.to_be_bytes());
        scene.give_bytes(&bytes);
    });
    add("other session", &|scene, expert, _| {
        let change = expert.message_chunk().encode();
        let sid = |content: &mut Content| {
            content.sid = SessionId([1; 16]);
            content.change = change.clone();
        };
        scene.give(&expert.seal_content(sid));
    });
    add("other document", &|scene, expert, _| {
        let change = expert.message_chunk().encode();
        let doc = |content: &mut Content| {
            content.doc = DocId { kind: DocKind::Board, id: [1; 16] };
            content.change = change.clone();
        };
        scene.give(&expert.seal_content(doc));
    });
    add("unknown author", &|scene, _, _| {
        let stranger = secrets(&mut FixedRng::new("stranger"));
        let envelope = scene.author(&stranger).say("let me in", 1);
        scene.give(&envelope);
    });
    add("forged author", &|scene, expert, operator| {
        // The operator signs what it says the expert wrote.
        let change = expert.message_chunk().encode();
        let content = |content: &mut Content| {
            content.author = expert.peer();
            content.run = expert.run;
            content.seq = expert.seq + 1;
            content.prev = expert.prev;
            content.change = change.clone();
        };
        scene.give(&operator.seal_content(content));
    });
    add("altered on the way", &|scene, expert, _| {
        let mut bytes = expert.say("pay 10", 1).encode();
        let at = bytes.len() - 80;
        bytes[at] ^= 1;
        scene.give_bytes(&bytes);
    });
    add("compressed chunk", &|scene, expert, _| {
        let mut chunk = expert.message_chunk();
        chunk.kind = 2;
        scene.give(&expert.seal(2, expert.prev, chunk.encode()));
    });
    add("huge run length", &|scene, expert, _| {
        let mut chunk = expert.message_chunk();
        *chunk.column(0x42) = [common::chunk::signed(1 << 40), vec![1]].concat();
        scene.give(&expert.seal(2, expert.prev, chunk.encode()));
    });
    add("change by another actor", &|scene, expert, operator| {
        scene.give(&expert.seal(2, expert.prev, operator.message_chunk().encode()));
    });
    add("change by the genesis actor", &|scene, expert, _| {
        let mut chunk = expert.message_chunk();
        chunk.actor = genesis::actor(DocKind::Room).to_vec();
        chunk.others = vec![expert.actor().0.to_vec()];
        scene.give(&expert.seal(2, expert.prev, chunk.encode()));
    });
    add("another sequence in the change", &|scene, expert, _| {
        let mut chunk = expert.message_chunk();
        chunk.seq = 3;
        scene.give(&expert.seal(2, expert.prev, chunk.encode()));
    });
    add("sequence zero", &|scene, expert, _| {
        let mut chunk = expert.message_chunk();
        chunk.seq = 0;
        scene.give(&expert.seal(0, EnvelopeId::NONE, chunk.encode()));
    });
    add("future epoch", &|scene, expert, _| {
        expert.epoch = 2;
        scene.give(&expert.say("from the future", 1));
    });
    add("wrong previous", &|scene, expert, _| {
        let chunk = expert.message_chunk().encode();
        scene.give(&expert.seal(2, EnvelopeId([7; 32]), chunk));
    });
    add("previous change forgotten", &|scene, expert, _| {
        // Built on genesis alone, as if the author had not written before.
        let mut fresh = Author::new(&expert.key, expert.sid, expert.doc, expert.run[0]);
        fresh.seq = 1;
        let chunk = fresh.message_chunk().encode();
        scene.give(&expert.seal(2, expert.prev, chunk));
    });
    add("equivocation", &|scene, expert, _| {
        let mut other = Author::new(&expert.key, expert.sid, expert.doc, expert.run[0]);
        scene.give(&other.say("I never said hello", 1));
    });
    add("start_op too low", &|scene, expert, _| {
        let mut chunk = expert.message_chunk();
        chunk.start_op -= 1;
        scene.give(&expert.seal(2, expert.prev, chunk.encode()));
    });
    add("start_op too high", &|scene, expert, _| {
        let mut chunk = expert.message_chunk();
        chunk.start_op = u64::from(u32::MAX) - 1;
        scene.give(&expert.seal(2, expert.prev, chunk.encode()));
    });
    add("depends on nothing", &|scene, expert, _| {
        let mut chunk = expert.message_chunk();
        chunk.deps.clear();
        chunk.start_op = 1;
        scene.give(&expert.seal(2, expert.prev, chunk.encode()));
    });
    add("role not allowed", &|scene, _, _| {
        let envelope = scene.viewer_author().say("may I?", 1);
        scene.give(&envelope);
    });
    add("sets a key of the root", &|scene, expert, _| {
        let op = Op { obj: None, action: 2, val: Val::Null, ..Op::set(CHAT, Key::Prop("chat"), Val::Null) };
        give_chunk(scene, expert, &[op]);
    });
    add("edits somebody else's message", &|scene, expert, operator| {
        let other = operator.actor();
        let chunk = expert
            .chunk_naming(&[Op::set((2, 12), Key::Prop("text"), Val::Str("I owe you")).with_pred(vec![])], &[&other.0]);
        scene.give(&expert.seal(2, expert.prev, chunk.encode()));
    });
    add("erases somebody else's message", &|scene, expert, operator| {
        let other = operator.actor();
        let chunk = expert.chunk_naming(&[Op::delete(CHAT, Key::Elem((2, 12)), vec![(2, 12)])], &[&other.0]);
        scene.give(&expert.seal(2, expert.prev, chunk.encode()));
    });
    add("shadows somebody else's message", &|scene, expert, operator| {
        let other = operator.actor();
        let chunk = expert.chunk_naming(&[Op::set(CHAT, Key::Elem((2, 12)), Val::Str("nothing here"))], &[&other.0]);
        scene.give(&expert.seal(2, expert.prev, chunk.encode()));
    });
    add("an object that is not there", &|scene, expert, _| {
        give_chunk(scene, expert, &[Op::set((0, 100), Key::Prop("text"), Val::Null)]);
    });
    add("a list element that is not there", &|scene, expert, _| {
        give_chunk(scene, expert, &[Op::insert_map(CHAT, Key::Elem((0, 100)))]);
    });
    add("an element of another list", &|scene, expert, _| {
        let first = expert.next_op();
        give_chunk(scene, expert, &[Op::insert_map(TITLE, Key::Head), Op::insert_map(CHAT, Key::Elem((0, first)))]);
    });
    add("a key in a list", &|scene, expert, _| give_chunk(scene, expert, &[Op::set(CHAT, Key::Prop("x"), Val::Null)]));
    add("an element in a map", &|scene, expert, _| give_chunk(scene, expert, &[Op::insert_map((0, 9), Key::Head)]));
    add("a predecessor in another object", &|scene, expert, _| {
        let first = expert.next_op();
        let second = [
            Op::insert_map(CHAT, Key::Head),
            Op::set((0, first), Key::Prop("text"), Val::Str("x")).with_pred(vec![(0, 10)]),
        ];
        give_chunk(scene, expert, &second);
    });
    add("a predecessor at another key", &|scene, expert, _| {
        // Operations 10 and 11 set text and time of the expert's own message 9.
        give_chunk(scene, expert, &[Op::set((0, 9), Key::Prop("new"), Val::Null).with_pred(vec![(0, 10)])]);
    });
    add("something that is no ancestor", &|scene, expert, operator| {
        // The operator's answer is known here, and yet not beneath this change.
        let other = operator.actor();
        let mut fresh = Author::new(&expert.key, expert.sid, expert.doc, expert.run[0]);
        let hello = fresh.say("hello", 1_700_000_000_000);
        assert_eq!(hello.id(), expert.prev);
        let chunk = fresh.chunk_naming(&[Op::insert_map(CHAT, Key::Elem((2, 12)))], &[&other.0]);
        scene.give(&fresh.seal(2, fresh.prev, chunk.encode()));
    });
    add("a text in the chat's place", &|scene, expert, _| {
        let first = expert.next_op();
        let ops = [
            Op { action: 4, ..Op::insert_map(CHAT, Key::Head) },
            Op { action: 1, val: Val::Int(3), ..Op::insert_map((0, first), Key::Head) },
        ];
        give_chunk(scene, expert, &ops);
    });
    cases
}

/// What becomes of envelopes when the roster changes.
fn with_roster() -> Vec<Case> {
    let mut cases = Vec::new();

    let (mut scene, _, mut operator) = conversation();
    let last = operator.say("last words", 3);
    scene.give(&last);
    let who = scene.operator.clone();
    scene.remove(&who, vec![cut_at(&last)]);
    let beyond = operator.say("and one more thing", 4);
    scene.give(&beyond);
    cases.push(("a removed author beyond its cut", scene));

    let (mut scene, mut expert, mut operator) = conversation();
    let kept = operator.say("within", 3);
    let beyond = operator.say("beyond", 4);
    let far = operator.say("far beyond", 5);
    scene.give(&kept);
    scene.give(&beyond);
    scene.give(&far);
    let who = scene.operator.clone();
    scene.remove(&who, vec![cut_at(&kept)]);
    expert.hear(&kept);
    expert.hear(&beyond);
    let built = expert.say("I had seen that", 6);
    scene.give(&built);
    cases.push(("a cut shrinks the document, and who built beyond it brings that back", scene));

    let (mut scene, mut expert, _) = conversation();
    let first = expert.say("as expert", 3);
    scene.give(&first);
    let who = scene.expert.clone();
    scene.change_role(&who, Role::Viewer, vec![cut_at(&first)]);
    let refused = expert.say("as viewer", 4);
    scene.give(&refused);
    scene.change_role(&who, Role::Operator, vec![]);
    expert.epoch = 3;
    let again = expert.say("as operator", 5);
    scene.give(&again);
    cases.push(("a demoted author and its return", scene));

    let (mut scene, mut expert, _) = conversation();
    expert.epoch = 2;
    let early = expert.say("too early", 3);
    scene.give(&early);
    scene.rekey();
    scene.give(&early);
    expert.epoch = 1;
    let back = expert.say("back", 4);
    scene.give(&back);
    cases.push(("a future epoch is welcome once it has begun, an epoch does not go back", scene));

    let (mut scene, _, _) = conversation();
    let stranger = secrets(&mut FixedRng::new("stranger"));
    let envelope = scene.author(&stranger).say("hello?", 3);
    scene.give(&envelope);
    scene.admit(&stranger, "Fay", Role::Operator);
    scene.give(&envelope);
    cases.push(("an unknown author is welcome once admitted", scene));

    cases
}

/// Caps: what is dropped, and what is kept.
fn caps() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut scene = Scene::room();
    let mut expert = scene.expert_author();
    let all: Vec<_> = (0..70).map(|i| expert.say(&format!("message {i}"), i)).collect();
    all.iter().skip(1).for_each(|envelope| scene.offer(envelope));
    scene.give(&all[0]);
    cases.push(("more than 64 orphans of one author", scene));
    cases
}

#[test]
fn log_cases() {
    let cases = sound().into_iter().chain(with_roster()).chain(caps());
    golden(
        "log",
        "A document that takes in entries of the roster, envelopes and proofs, and what it has in the end.",
        cases.map(|(name, scene)| scene.case(name)).collect(),
    );
}

#[test]
fn refused_cases() {
    let cases: Vec<Value> = refused().into_iter().map(|(name, scene)| scene.case(name)).collect();
    for case in &cases {
        let last = case["steps"].as_array().unwrap().last().unwrap();
        assert_eq!(last["verdict"], "refused", "{}", case["name"]);
    }
    golden("log-refused", "A conversation, then one envelope that is refused: the document stays as it was.", cases);
}

#[test]
fn waiting_cases() {
    let (holder, expert) = (secrets(&mut FixedRng::new("holder")), secrets(&mut FixedRng::new("expert")));
    let stranger = secrets(&mut FixedRng::new("stranger"));
    let sid = SessionId([0x51; 16]);
    let author = |who: &common::Secrets, epoch: u64| {
        let mut author = Author::new(&who.me.key, sid, DocId::ROOM, 3);
        author.epoch = epoch;
        author
    };
    let (mut asks, mut answers) = (author(&holder, 0), author(&expert, 0));
    let first = asks.say("anybody there?", 1);
    answers.hear(&first);
    let second = answers.say("one moment", 2);
    let inputs = [first, second, author(&stranger, 0).say("me too", 3), {
        asks.epoch = 1;
        asks.say("already a member", 4)
    }];
    let mut room = WaitingRoom::new(sid, holder.peer(), [expert.peer()]);
    let steps: Vec<Value> = inputs
        .iter()
        .map(|envelope| {
            let verdict = room.insert_bytes(&envelope.encode());
            let mut step = json!({ "do": "envelope", "envelope": hex(&envelope.encode()), "verdict": verdict.name() });
            if let sightline_crdt::log::Verdict::Refused(reason) = verdict {
                step["reason"] = reason.name().into();
            }
            step
        })
        .collect();
    let chat: Vec<Value> = room
        .room()
        .chat
        .iter()
        .map(|message| json!({ "author": hex(message.author.as_bytes()), "text": message.text, "at": message.at_ms.to_string() }))
        .collect();
    let case = json!({
        "name": "a holder, an expert, a stranger", "sid": hex(&sid.0), "holder": hex(holder.peer().as_bytes()),
        "experts": [hex(expert.peer().as_bytes())], "steps": steps, "after": { "chat": chat },
    });
    golden("waiting", "A waiting room's log: envelopes of epoch 0 by its holder and the experts.", vec![case]);
}

#[test]
fn the_pages_logs_get_the_same_verdicts() {
    for file in ["log", "log-refused"] {
        of_the_page(file).into_iter().flatten().for_each(|case| replay(&case));
    }
}

#[test]
fn every_case_replays() {
    for (name, scene) in sound().into_iter().chain(refused()).chain(with_roster()).chain(caps()) {
        replay(&scene.case(name));
    }
}

#[test]
fn the_set_decides_not_the_order() {
    for (name, scene) in sound().into_iter().chain(with_roster()) {
        let case = scene.case(name);
        let mut rng = FixedRng::new(name);
        for _ in 0..8 {
            let after = shuffled(&case, &mut rng);
            for part in ["heads", "accepted", "chat"] {
                assert_eq!(after[part], case["after"][part], "{name}: {part} depend on the order");
            }
        }
    }
}

#[test]
fn honest_chunks_have_the_expected_operations() {
    // The cases above count operations by hand: 8 of genesis, 3 of each message.
    let mut expert = Author::new(&secrets(&mut FixedRng::new("expert")).me.key, SessionId([0; 16]), DocId::ROOM, 1);
    let hello = expert.say("hello", 1);
    let shape = prescan(hello.change()).unwrap();
    assert_eq!((shape.start_op, shape.ops.len()), (9, 3));
    assert_eq!(shape.hash, change_hash(&hello));
    assert_eq!(message(9, Key::Head).len(), 3);
}
