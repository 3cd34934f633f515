//! A session from founding to restart: an expert and an operator in step over a link, a waiting room absorbed.
#![allow(clippy::unwrap_used)]

mod common;

use common::author::Author;
use common::*;
use sightline_crdt::board::{Drawing, Ink, NewStill, Tool};
use sightline_crdt::document::WriteError;
use sightline_crdt::entry::EntryId;
use sightline_crdt::envelope::Envelope;
use sightline_crdt::id::{Actor, BlobId, DocId, Role};
use sightline_crdt::membership::Cut;
use sightline_crdt::session::{Input, LinkId};
use sightline_crdt::shelf::NewFile;
use sightline_crdt::text::Splice;
use sightline_crdt::waiting::WaitingRoom;

#[test]
fn expert_and_operator_chat_over_a_link() {
    let mut net = Pair::new(1);
    net.expert.say("hello", 1_000);
    net.operator.say("good day 👋 שלום", 2_000);
    net.run();
    assert_eq!(net.expert.texts(), ["hello", "good day 👋 שלום"]);
    assert_eq!(net.expert.texts(), net.operator.texts());
    let message = net.expert.session.room().chat[0].clone();
    let delivered: Vec<_> = net.expert.session.delivered_to(&message).collect();
    assert_eq!(delivered, [net.operator.peer()]);
    assert_eq!(net.expert.session.counters(), Default::default());
}

#[test]
fn the_title_that_was_set_last_counts() {
    let mut net = Pair::new(2);
    net.expert.do_(|session, rng| session.set_title("pump 4", 1, rng).unwrap());
    net.run();
    net.operator.do_(|session, rng| session.set_title("pump 5", 2, rng).unwrap());
    net.operator.do_(|session, rng| session.add_note("joined", 2, rng).unwrap());
    net.run();
    assert_eq!(net.expert.session.room().title.as_deref(), Some("pump 5"));
    assert_eq!(net.expert.session.room().notes[0].kind, "joined");
}

#[test]
fn a_session_comes_back_from_its_file() {
    let mut net = Pair::new(3);
    for i in 0..20 {
        net.expert.say(&format!("e{i}"), i);
        net.operator.say(&format!("o{i}"), i);
        if i % 3 == 0 {
            net.run();
        }
    }
    net.run();
    let before = net.expert.session.room().clone();
    net.expert.restart();
    assert_eq!(*net.expert.session.room(), before);
    assert_eq!(net.expert.session.roster().head(), net.operator.session.roster().head());
    net.relink();
    net.expert.say("again", 99);
    net.run();
    assert_eq!(net.operator.texts().last().map(String::as_str), Some("again"));
    assert_eq!(net.expert.heads(), net.operator.heads());
}

#[test]
fn what_was_said_while_waiting_is_part_of_the_session() {
    let mut rng = rng(4);
    let mut expert = Node::found(&mut rng);
    let holder = secrets(&mut rng);
    let sid = expert.session.sid();

    let mut at_holder = WaitingRoom::new(sid, holder.peer(), [expert.peer()]);
    let mut at_expert = WaitingRoom::new(sid, holder.peer(), [expert.peer()]);
    let first = at_holder.say(&holder.me.key, "anybody there?", 1, &mut rng).unwrap();
    at_expert.insert_bytes(&first.encode());
    let answer = at_expert.say(&expert.me.key, "one moment", 2, &mut rng).unwrap();
    at_holder.insert_bytes(&answer.encode());
    assert_eq!(at_holder.room().chat.len(), 2);
    assert_eq!(at_expert.room(), at_holder.room());

    expert.admit(&holder, Role::Operator);
    let said = at_expert.envelopes();
    expert.absorb(|session| session.handle(Input::Envelopes(&said)));
    assert_eq!(expert.texts(), ["anybody there?", "one moment"]);

    let mut operator = Node::join(holder, &expert);
    let said = at_holder.envelopes();
    operator.absorb(|session| session.handle(Input::Envelopes(&said)));
    let mut net = Pair::of(expert, operator);
    net.operator.say("I see you", 3);
    net.run();
    assert_eq!(net.expert.texts(), ["anybody there?", "one moment", "I see you"]);
    assert_eq!(net.expert.heads(), net.operator.heads());
}

#[test]
fn a_removed_operator_writes_no_more() {
    let mut net = Pair::new(5);
    net.operator.say("before", 1);
    net.run();
    let operator = net.operator.peer();
    net.expert.do_(|session, rng| session.remove(operator, rng).unwrap());
    // The operator has not heard of it yet.
    net.operator.say("after", 2);
    let stray: Vec<Vec<u8>> =
        net.operator.session.log(DocId::ROOM).unwrap().accepted().map(|envelope| envelope.encode()).collect();
    net.expert.absorb(|session| session.handle(Input::Envelopes(&stray)));
    assert_eq!(net.expert.texts(), ["before"]);
    assert_eq!(net.expert.session.counters().of("beyond-cut"), 1);
    assert_eq!(net.expert.session.roster().epoch().0, 2);
}

/// A third member that writes one thing to the expert and another one, at the same place, to the operator.
fn two_faced(net: &mut Pair, seed: u64) -> (Author, Vec<Envelope>) {
    let liar = secrets(&mut rng(seed));
    net.expert.admit(&liar, Role::Operator);
    net.run();
    let sid = net.expert.session.sid();
    let mut author = Author::new(&liar.me.key, sid, DocId::ROOM, 9);
    let (one, mut other) = (author.say("to the expert", 1), Author::new(&liar.me.key, sid, DocId::ROOM, 9));
    let two = other.say("to the operator", 1);
    net.expert.handle(Input::Envelopes(&[one.encode()]));
    net.operator.handle(Input::Envelopes(&[two.encode()]));
    (other, vec![one, two])
}

/// The place of what a peer wrote last, as far as it counts.
fn last_place(node: &Node) -> (Actor, u64) {
    let log = node.session.log(DocId::ROOM).unwrap();
    let own = log.accepted().filter(|envelope| envelope.author() == node.peer()).last().unwrap();
    (own.actor(), own.seq())
}

#[test]
fn who_wrote_on_a_branch_that_was_settled_against_signs_no_number_twice() {
    let mut net = Pair::new(5);
    two_faced(&mut net, 50);
    net.operator.say("I answer what I see", 2);
    let place = last_place(&net.operator);
    net.run();
    net.expert.do_(|session, _| session.settle().unwrap());
    net.run();
    net.operator.say("and I go on", 3);
    net.run();
    assert_ne!(last_place(&net.operator), place, "the operator signed another envelope for the same place");
    assert_eq!(net.expert.texts(), ["to the expert", "and I go on"]);
    assert_eq!(net.operator.texts(), net.expert.texts());
}

#[test]
fn of_two_entries_that_name_different_branches_the_later_counts() {
    let mut net = Pair::new(6);
    let (mut other, envelopes) = two_faced(&mut net, 60);
    net.run();
    // Settled for what the expert has; a later entry names what stands on the other branch.
    net.expert.do_(|session, _| session.settle().unwrap());
    let beyond = other.say("and more", 2);
    let cut = Cut { doc: DocId::ROOM, actor: other.actor(), seq: beyond.seq(), id: beyond.id() };
    let draft = net.expert.session.roster().draft(&net.expert.me.key).settle(cut).unwrap();
    net.expert.handle(Input::Entries(&[draft.encode().to_vec()]));
    net.expert.handle(Input::Envelopes(&[beyond.encode(), envelopes[1].encode()]));
    net.relink();
    assert_eq!(net.expert.texts(), ["to the operator", "and more"]);
    assert_eq!(net.operator.texts(), net.expert.texts());
    net.expert.restart();
    assert_eq!(net.operator.texts(), net.expert.texts());
}

fn still() -> NewStill<'static> {
    NewStill { blob: BlobId([5; 32]), size: 9, media_type: "image/png", width: 40, height: 30, title: "pump 4" }
}

fn dot(text: &str) -> Drawing {
    Drawing::new(Tool::Dot, Ink::Red, 9, vec![(1, 2)], text).unwrap()
}

impl Node {
    fn draws(&mut self, board: DocId, text: &str) -> EntryId {
        let (stroke, outputs) = self.session.draw(board, &dot(text), 1, &mut self.rng).unwrap();
        self.carry_out(outputs);
        stroke
    }

    fn drawn(&mut self, board: DocId) -> Vec<String> {
        let board = self.session.board(board).unwrap();
        board.strokes.iter().map(|stroke| stroke.drawing.text().to_owned()).collect()
    }
}

#[test]
fn a_board_made_by_oneself_reaches_whoever_comes_later() {
    let mut net = Pair::new(31);
    net.operator.handle(Input::LinkClosed { link: LinkId(1) });
    let (board, outputs) = net.operator.session.begin_board(&still(), 1, &mut net.operator.rng).unwrap();
    net.operator.carry_out(outputs);
    net.operator.draws(board, "alone");
    net.relink();
    assert_eq!(net.expert.session.boards(), [board]);
    assert_eq!(net.expert.drawn(board), ["alone"]);
    // Nothing is left to be carried either way.
    assert!(net.expert.outbox.is_empty() && net.operator.outbox.is_empty());
}

#[test]
fn each_takes_back_its_own() {
    let mut net = Pair::new(32);
    let (board, outputs) = net.expert.session.begin_board(&still(), 1, &mut net.expert.rng).unwrap();
    net.expert.carry_out(outputs);
    net.run();
    let theirs = net.expert.draws(board, "expert's");
    net.run();
    let own = net.operator.draws(board, "operator's");
    let erased = net.operator.session.erase(board, theirs, 2, &mut net.operator.rng);
    assert!(matches!(erased, Err(WriteError::NoEffect)), "an operator may not erase what an expert drew");
    net.run();
    assert!(net.expert.session.can_undo(board) && !net.expert.session.can_redo(board));
    net.expert.do_(|session, rng| session.undo(board, 3, rng).unwrap());
    net.run();
    assert_eq!(net.operator.drawn(board), ["operator's"]);
    net.expert.do_(|session, rng| session.erase(board, own, 4, rng).unwrap());
    net.run();
    assert_eq!(net.operator.drawn(board), [""; 0]);
    assert!(!net.operator.session.can_undo(board), "somebody else erased it");
    net.expert.do_(|session, rng| session.undo(board, 5, rng).unwrap());
    net.run();
    assert_eq!(net.operator.drawn(board), ["operator's"]);
    assert_eq!(net.expert.session.counters(), Default::default());
    let before = net.expert.session.board(board).unwrap().strokes.clone();
    net.expert.restart();
    assert_eq!(net.expert.session.board(board).unwrap().strokes, before);
}

#[test]
fn a_file_comes_with_its_message_and_is_told_delivered() {
    let mut net = Pair::new(33);
    let file = NewFile { blob: BlobId([7; 32]), size: 12, name: "a.jpg", media_type: "image/jpeg", pages: None };
    let (entry, outputs) = net.operator.session.publish(&file, 5, &mut net.operator.rng).unwrap();
    net.operator.carry_out(outputs);
    net.run();
    assert_eq!(net.expert.session.shelf().files[0].id, entry);
    let message = net.expert.session.room().chat[0].clone();
    assert_eq!((message.text.as_str(), message.file), ("", Some(file.blob)));
    let peer = net.expert.peer();
    let theirs = net.operator.session.seen(&peer, DocId::ROOM).cloned().unwrap();
    assert!(net.operator.session.shelf().files[0].is_in(&theirs));
    assert_eq!(net.expert.session.blobs().get(&file.blob), Some(&Some(12)));
}

#[test]
fn a_pasted_text_is_written_in_pieces() {
    let mut net = Pair::new(34);
    let (text, outputs) = net.expert.session.begin_text("report", 1, &mut net.expert.rng).unwrap();
    net.expert.carry_out(outputs);
    let long = "שלום 👋 ".repeat(2000);
    let splice = |insert, delete| Splice { at: 0, delete, insert };
    net.expert.do_(|session, rng| session.splice(text, splice(&long, 0), rng).unwrap());
    net.run();
    assert_eq!(net.operator.session.texts(), [text]);
    assert_eq!(net.operator.session.text(text).unwrap().text, long);
    net.operator.do_(|session, rng| session.splice(text, splice("!", long.chars().count()), rng).unwrap());
    net.run();
    assert_eq!(net.expert.session.text(text).unwrap().text, "!");
}

#[test]
fn what_was_written_of_a_long_change_is_sent_though_the_rest_writes_nothing() {
    let mut net = Pair::new(35);
    let (text, outputs) = net.expert.session.begin_text("report", 1, &mut net.expert.rng).unwrap();
    net.expert.carry_out(outputs);
    let splice = |at, insert, delete| Splice { at, delete, insert };
    let long = "a".repeat(2005);
    net.expert.do_(|session, rng| session.splice(text, splice(0, &long, 0), rng).unwrap());
    // Two pieces by its length, of which the second finds nothing left to take out.
    net.expert.do_(|session, rng| session.splice(text, splice(5, "", 4000), rng).unwrap());
    net.run();
    assert_eq!(net.operator.session.text(text).unwrap().text, "aaaaa");
    assert!(net.expert.session.splice(text, splice(5, "", 1), &mut net.expert.rng).is_err(), "it writes nothing");
}
