//! What a hostile member sends over its link: refused, counted, the document unchanged, and the chat goes on.
//!
//! The operator is the attacker here. It has a link and a role, and signs whatever it likes. Each test was seen to fail
//! once with the check that it is about taken out.
#![allow(clippy::unwrap_used)]

mod common;

use common::author::{Author, CHAT, TITLE, message};
use common::chunk::{self, Chunk, Key, Op, Val};
use common::{Node, Secrets, rng, secrets};
use sightline_crdt::envelope::{Content, Envelope};
use sightline_crdt::id::{DocId, DocKind, EnvelopeId, Role, SessionId};
use sightline_crdt::limits;
use sightline_crdt::membership::Cut;
use sightline_crdt::prescan::{PrescanError, prescan};
use sightline_crdt::session::{Input, LinkId, Output};
use sightline_crdt::sync::SyncMessage;

const LINK: LinkId = LinkId(1);
const GENESIS: [u8; 32] = [0; 32];

/// The expert, its session, and an attacker that is the operator.
struct Attack {
    expert: Node,
    attacker: Secrets,
    author: Author,
    before: (Vec<String>, Vec<automerge::ChangeHash>),
    muted: bool,
}

impl Attack {
    fn new(seed: u64) -> Attack {
        let mut rng = rng(seed);
        let mut expert = Node::found(&mut rng);
        let attacker = secrets(&mut rng);
        expert.admit(&attacker, Role::Operator);
        expert.say("hello", 1);
        expert.handle(Input::LinkOpened { link: LINK, peer: attacker.peer() });
        let mut author = Author::new(&attacker.me.key, expert.session.sid(), DocId::ROOM, 7);
        for envelope in expert.session.log(DocId::ROOM).unwrap().accepted() {
            author.hear(envelope);
        }
        let mut attack = Attack { expert, attacker, author, before: Default::default(), muted: false };
        let first = attack.author.say("good day", 2);
        attack.send_envelope(&first);
        attack.mark();
        assert_eq!(attack.before.0.len(), 2);
        attack
    }

    fn mark(&mut self) {
        self.before = (self.expert.texts(), self.expert.heads());
    }

    fn send(&mut self, message: &SyncMessage) {
        self.send_raw(&message.encode());
    }

    fn send_raw(&mut self, bytes: &[u8]) {
        let outputs = self.expert.session.handle(Input::Message { link: LINK, bytes });
        self.muted |= outputs.contains(&Output::Muted(LINK));
        self.expert.carry_out(outputs);
    }

    fn send_envelope(&mut self, envelope: &Envelope) {
        self.send(&SyncMessage::Envelope(envelope.encode()));
    }

    /// Sends a change made by hand as the attacker's next envelope.
    fn send_chunk(&mut self, chunk: &Chunk) {
        let envelope = self.author.seal(self.author.seq + 1, self.author.prev, chunk.encode());
        self.send_envelope(&envelope);
    }

    fn count(&self, name: &str) -> u64 {
        self.expert.session.counters().of(name)
    }

    /// Refused under this name, and nothing else happened.
    fn refused(&mut self, name: &str) {
        assert!(self.count(name) >= 1, "{name} was not counted: {:?}", self.expert.session.counters());
        assert_eq!((self.expert.texts(), self.expert.heads()), self.before, "the document changed");
        // The honest go on, and so does the attacker if it behaves.
        self.expert.say("still here", 3);
        assert_eq!(self.expert.texts().len(), self.before.0.len() + 1);
    }

    fn refused_and_welcome_again(&mut self, name: &str) {
        self.refused(name);
        let honest = self.author.say("sorry", 4);
        self.send_envelope(&honest);
        assert_eq!(self.expert.texts().len(), self.before.0.len() + 2, "an honest envelope was not taken");
    }
}

/// An entry in the desk's chat.
fn desk_note(tx: &mut automerge::transaction::Transaction<'_>) -> Result<(), automerge::AutomergeError> {
    use automerge::transaction::Transactable;
    let chat = sightline_crdt::genesis::container_id(DocKind::Desk, "chat").unwrap();
    tx.insert_object(&chat, 0, automerge::ObjType::Map).map(drop)
}

/// Whether a message tells something of a document.
fn is_about(message: &[u8], wanted: Option<DocId>) -> bool {
    let of = |bytes: &[u8]| Envelope::decode(bytes).unwrap().doc();
    let doc = match SyncMessage::decode(message).unwrap() {
        SyncMessage::Vector(doc, _) | SyncMessage::Again(doc, _) => doc,
        SyncMessage::Envelope(bytes) | SyncMessage::Proof(bytes, _) => of(&bytes),
        SyncMessage::RosterHead { .. } | SyncMessage::Roster(_) | SyncMessage::RosterWant => return false,
    };
    wanted.is_none_or(|wanted| wanted == doc)
}

#[test]
fn forged_author() {
    let mut attack = Attack::new(1);
    let expert = attack.expert.peer();
    // Everything fits the expert's name but the signature.
    let mut chunk = attack.author.message_chunk();
    chunk.actor[..32].copy_from_slice(&expert.0);
    chunk.seq = 1;
    let change = chunk.encode();
    let forged = attack.author.seal_content(|content: &mut Content| {
        content.author = expert;
        content.seq = 1;
        content.prev = EnvelopeId::NONE;
        content.change = change;
    });
    attack.send_envelope(&forged);
    attack.refused_and_welcome_again("bad-signature");
}

#[test]
fn forged_actor_inside_the_change() {
    let mut attack = Attack::new(2);
    let mut chunk = attack.author.message_chunk();
    chunk.actor[..32].copy_from_slice(&attack.expert.peer().0);
    attack.send_chunk(&chunk);
    attack.refused_and_welcome_again("actor-mismatch");
}

#[test]
fn envelope_of_another_session() {
    let mut attack = Attack::new(3);
    let mut other = Author::new(&attack.attacker.me.key, SessionId([9; 16]), DocId::ROOM, 7);
    attack.send_envelope(&other.say("from elsewhere", 1));
    // Nor is a document begun for it.
    let mut desk = Author::new(&attack.attacker.me.key, SessionId([9; 16]), DocId::DESK, 7);
    attack.send_envelope(&desk.write(desk_note));
    assert_eq!(attack.count("other-session"), 2);
    assert!(attack.expert.session.log(DocId::DESK).is_none());
    attack.refused_and_welcome_again("other-session");
}

#[test]
fn envelope_of_another_document() {
    let mut attack = Attack::new(4);
    let operator = attack.attacker.peer();
    let mut rng = rng(4);
    // Somebody who hears only the audience "all" has no desk, whatever is sent.
    let _ = secrets(&mut rng);
    let _ = secrets(&mut rng);
    let guest = secrets(&mut rng);
    attack.expert.admit(&guest, Role::Operator);
    let mut node = Node::join(guest, &attack.expert);
    node.handle(Input::LinkOpened { link: LINK, peer: operator });
    let mut desk = Author::new(&attack.attacker.me.key, attack.expert.session.sid(), DocId::DESK, 7);
    let note = desk.write(desk_note);
    node.handle(Input::Message { link: LINK, bytes: &SyncMessage::Envelope(note.encode()).encode() });
    assert_eq!(node.session.counters().of("unknown-document"), 1);
    assert!(node.session.log(DocId::DESK).is_none());
}

#[test]
fn role_not_allowed() {
    let mut attack = Attack::new(5);
    let viewer = secrets(&mut rng(50));
    attack.expert.admit(&viewer, Role::Viewer);
    let mut author = Author::new(&viewer.me.key, attack.expert.session.sid(), DocId::ROOM, 1);
    attack.send_envelope(&author.say("viewers are silent", 1));
    attack.refused("role-not-allowed");
}

#[test]
fn operator_on_the_desk() {
    let mut attack = Attack::new(6);
    let mut desk = Author::new(&attack.attacker.me.key, attack.expert.session.sid(), DocId::DESK, 7);
    let note = desk.write(desk_note);
    attack.send_envelope(&note);
    assert_eq!(attack.expert.session.log(DocId::DESK).unwrap().accepted().count(), 0);
    attack.refused_and_welcome_again("role-not-allowed");
}

#[test]
fn unknown_author() {
    let mut attack = Attack::new(7);
    let stranger = secrets(&mut rng(70));
    let mut author = Author::new(&stranger.me.key, attack.expert.session.sid(), DocId::ROOM, 1);
    attack.send_envelope(&author.say("who am I?", 1));
    // It is not kept either: strangers have no budget.
    assert_eq!(attack.expert.session.log(DocId::ROOM).unwrap().held().count(), 2);
    attack.refused_and_welcome_again("unknown-author");
}

#[test]
fn removed_author_beyond_its_cut() {
    let mut attack = Attack::new(8);
    let peer = attack.attacker.peer();
    attack.expert.do_(|session, rng| session.remove(peer, rng).unwrap());
    let beyond = attack.author.say("one more thing", 3);
    // It comes by somebody else's link: a removed member has none.
    attack.expert.absorb(|session| session.handle(Input::Envelopes(&[beyond.encode()])));
    attack.refused("beyond-cut");
}

#[test]
fn removed_author_in_a_new_run() {
    let mut attack = Attack::new(9);
    let peer = attack.attacker.peer();
    attack.expert.do_(|session, rng| session.remove(peer, rng).unwrap());
    let mut fresh = Author::new(&attack.attacker.me.key, attack.expert.session.sid(), DocId::ROOM, 99);
    let envelope = fresh.say("a new run", 3);
    attack.expert.absorb(|session| session.handle(Input::Envelopes(&[envelope.encode()])));
    attack.refused("beyond-cut");
}

#[test]
fn future_epoch() {
    let mut attack = Attack::new(10);
    let mut far = Author::new(&attack.attacker.me.key, attack.expert.session.sid(), DocId::ROOM, 8);
    far.epoch = u64::MAX;
    attack.send_envelope(&far.say("from the future", 1));
    attack.refused_and_welcome_again("future-epoch");
}

#[test]
fn epoch_that_goes_back() {
    let mut attack = Attack::new(11);
    attack.author.epoch = 0;
    let back = attack.author.message_chunk().encode();
    let envelope = attack.author.seal(2, attack.author.prev, back);
    attack.author.epoch = 1;
    attack.send_envelope(&envelope);
    attack.refused_and_welcome_again("epoch-back");
}

#[test]
fn wrong_sequence() {
    let mut attack = Attack::new(12);
    let mut chunk = attack.author.message_chunk();
    chunk.seq = 7;
    attack.send_chunk(&chunk);
    attack.refused_and_welcome_again("wrong-sequence");
}

#[test]
fn sequence_with_a_wrong_previous() {
    let mut attack = Attack::new(13);
    let chunk = attack.author.message_chunk().encode();
    let envelope = attack.author.seal(2, EnvelopeId([3; 32]), chunk);
    attack.send_envelope(&envelope);
    attack.refused_and_welcome_again("prev-mismatch");
}

#[test]
fn equivocation() {
    let mut attack = Attack::new(14);
    let mut other = Author::new(&attack.attacker.me.key, attack.expert.session.sid(), DocId::ROOM, 7);
    let contradiction = other.say("I never said good day", 2);
    attack.send_envelope(&contradiction);
    attack.refused("equivocation");
    assert_eq!(attack.expert.session.log(DocId::ROOM).unwrap().proofs().count(), 1);
    // Frozen: what follows does not count before the lead settled it.
    let frozen = attack.author.say("business as usual", 5);
    attack.send_envelope(&frozen);
    assert_eq!(attack.count("frozen"), 1);
    assert!(!attack.expert.texts().contains(&"business as usual".into()));
    attack.expert.do_(|session, _| session.settle().unwrap());
    assert!(attack.expert.texts().contains(&"business as usual".into()));
    assert!(!attack.expert.texts().contains(&"I never said good day".into()));
}

#[test]
fn touching_anothers_object() {
    let mut attack = Attack::new(15);
    let expert_actor = attack.expert.session.room().chat[0].id.actor;
    let theirs = (2, 9);
    let edits = [
        Op::set(theirs, Key::Prop("text"), Val::Str("I owe you")),
        Op::set(CHAT, Key::Elem(theirs), Val::Str("gone")),
        Op::delete(CHAT, Key::Elem(theirs), vec![theirs]),
        Op::insert_map(theirs, Key::Head),
    ];
    for (i, edit) in edits.into_iter().enumerate() {
        let chunk = attack.author.chunk_naming(&[edit], &[&expert_actor.0]);
        attack.send_chunk(&chunk);
        assert_eq!(attack.count("foreign-object"), i as u64 + 1);
    }
    attack.refused_and_welcome_again("foreign-object");
}

#[test]
fn replacing_a_container() {
    let mut attack = Attack::new(16);
    let op = Op { obj: None, action: 2, ..Op::set(CHAT, Key::Prop("chat"), Val::Null) };
    let chunk = attack.author.chunk(&[op]);
    attack.send_chunk(&chunk);
    attack.refused_and_welcome_again("foreign-object");
}

#[test]
fn names_that_would_panic_automerge() {
    let mut attack = Attack::new(17);
    let first = attack.author.next_op();
    let mine = (0, first - 3);
    let expert_actor = attack.expert.session.room().chat[0].id.actor;
    attack.expert.say("what the attacker does not build on", 3);
    attack.mark();
    let attempts = [
        vec![Op::insert_map(CHAT, Key::Elem((0, 4000)))],
        vec![Op::insert_map((1, 77), Key::Head)],
        vec![Op::set((0, 500), Key::Prop("x"), Val::Null)],
        vec![Op::set(CHAT, Key::Prop("x"), Val::Null)],
        vec![Op::insert_map(CHAT, Key::Head), Op::insert_map((0, first), Key::Head)],
        vec![Op::insert_map(CHAT, Key::Elem((0, first + 1))), Op::insert_map(CHAT, Key::Head)],
        vec![Op::insert_map(CHAT, Key::Elem(CHAT))],
        vec![Op::insert_map(TITLE, Key::Elem(mine))],
        vec![Op::set(mine, Key::Prop("text"), Val::Null).with_pred(vec![mine])],
    ];
    for (i, ops) in attempts.iter().enumerate() {
        let chunk = attack.author.chunk(ops);
        attack.send_chunk(&chunk);
        assert_eq!(attack.count("bad-reference"), i as u64 + 1);
    }
    let unknown_actor = attack.author.chunk_naming(&[Op::insert_map(CHAT, Key::Elem((2, 9)))], &[&[0xff; 40]]);
    attack.send_chunk(&unknown_actor);
    let no_ancestor = attack.author.chunk_naming(&[Op::insert_map(CHAT, Key::Elem((2, first)))], &[&expert_actor.0]);
    attack.send_chunk(&no_ancestor);
    assert_eq!(attack.count("bad-reference"), attempts.len() as u64 + 2);
    attack.refused_and_welcome_again("bad-reference");
}

#[test]
fn huge_run_lengths() {
    let mut attack = Attack::new(18);
    let run = |value: &[u8]| [chunk::signed(1 << 40), value.to_vec()].concat();
    let columns: [(u64, Vec<u8>); 13] = [
        (0x01, run(&[1])),
        (0x02, run(&[1])),
        (0x11, run(&[1])),
        (0x13, run(&[0])),
        (0x15, run(&[1, b'k'])),
        (0x34, chunk::unsigned(1 << 40)),
        (0x42, run(&[1])),
        (0x42, [chunk::signed(0), chunk::unsigned(1 << 50)].concat()),
        (0x56, [chunk::signed(i64::MAX), vec![0]].concat()),
        (0x70, run(&[0])),
        (0x70, [chunk::signed(3), chunk::unsigned(1 << 40)].concat()),
        (0x71, run(&[1])),
        (0x73, run(&[1])),
    ];
    let mut sent = 0;
    for (spec, data) in columns {
        let mut chunk = attack.author.message_chunk();
        chunk.columns.retain(|column| column.0 != spec);
        chunk.columns.push((spec, data));
        chunk.columns.sort();
        attack.send_chunk(&chunk);
        sent += 1;
        assert_eq!(attack.count("chunk"), sent, "column {spec:#x}");
    }
    attack.refused_and_welcome_again("chunk");
}

#[test]
fn long_keys_in_a_long_run() {
    // 4095 operations under one key of 60 kB would become 250 MB in Automerge.
    let mut attack = Attack::new(19);
    let key = "k".repeat(60_000);
    let mut chunk = attack.author.message_chunk();
    let column = [chunk::signed(2), chunk::unsigned(key.len() as u64), key.into_bytes()].concat();
    *chunk.column(0x15) = [chunk::signed(0), chunk::unsigned(1), column].concat();
    attack.send_chunk(&chunk);
    attack.refused_and_welcome_again("chunk");
}

#[test]
fn start_op_attack() {
    let mut attack = Attack::new(20);
    for start_op in [1, attack.author.next_op() - 1, attack.author.next_op() + 1, u64::from(u32::MAX) - 8] {
        let mut chunk = attack.author.message_chunk();
        chunk.start_op = start_op;
        // Its own references move with it, so that nothing else is wrong.
        chunk.columns =
            Chunk::new(&chunk.actor, 2, start_op, &[], &message(start_op.min(1 << 30), Key::Head), &[&GENESIS]).columns;
        attack.send_chunk(&chunk);
    }
    assert_eq!(attack.count("start-op"), 4);
    attack.refused_and_welcome_again("start-op");
}

#[test]
fn compressed_chunk() {
    let mut attack = Attack::new(21);
    let mut chunk = attack.author.message_chunk();
    chunk.kind = 2;
    assert_eq!(prescan(&chunk.encode()), Err(PrescanError::Compressed));
    attack.send_chunk(&chunk);
    attack.refused_and_welcome_again("chunk");
}

#[test]
fn deflated_column() {
    let mut attack = Attack::new(22);
    let mut chunk = attack.author.message_chunk();
    let last = chunk.columns.len() - 1;
    chunk.columns[last].0 |= 8;
    assert_eq!(prescan(&chunk.encode()), Err(PrescanError::DeflatedColumn));
    attack.send_chunk(&chunk);
    attack.refused_and_welcome_again("chunk");
}

#[test]
fn oversize() {
    let mut attack = Attack::new(23);
    let envelope = attack.author.seal(2, attack.author.prev, vec![0; limits::CHANGE_BYTES + 1]);
    attack.send_envelope(&envelope);
    // The message itself is refused, for no envelope is that long.
    assert_eq!(attack.count("malformed-message"), 1);
    attack.expert.absorb(|session| session.handle(Input::Envelopes(&[envelope.encode()])));
    attack.refused_and_welcome_again("oversize");
}

#[test]
fn oversize_message() {
    let mut attack = Attack::new(24);
    // Three entries that would be read one by one, if the message were not too long.
    attack.send(&SyncMessage::Roster(vec![vec![9; 200_000]; 3]));
    assert_eq!(attack.count("malformed"), 0);
    attack.refused_and_welcome_again("malformed-message");
}

#[test]
fn a_million_tiny_messages() {
    let mut attack = Attack::new(25);
    for i in 0..1_000_000u32 {
        attack.send_raw(&i.to_be_bytes());
        attack.expert.refused.clear();
    }
    assert!(attack.muted);
    assert_eq!(attack.count("malformed-message"), limits::BAD_MESSAGES);
    assert_eq!(attack.count("muted"), 1_000_000 - limits::BAD_MESSAGES);
    attack.refused("muted");
}

#[test]
fn a_flood_of_well_formed_trifles() {
    // One author cannot fill a document: what counts is a budget of envelopes and bytes.
    let mut attack = Attack::new(26);
    let mut log = sightline_crdt::log::Log::new(DocId::ROOM);
    let mut author = Author::new(&attack.attacker.me.key, attack.expert.session.sid(), DocId::ROOM, 1);
    let members = attack.expert.session.roster();
    // Each change sets one key 4095 times: small on the wire, large in memory, and charged for what it takes.
    let (mut accepted, mut first, mut heads) = (0u64, author.next_op(), author.heads());
    let mut refused = sightline_crdt::log::Verdict::Accepted;
    for _ in 0..2_000 {
        let mut ops = vec![Op::insert_map(CHAT, Key::Head)];
        ops.extend((0..4095).map(|i| {
            let pred = if i == 0 { vec![] } else { vec![(0, first + i)] };
            Op::set((0, first), Key::Prop("n"), Val::Null).with_pred(pred)
        }));
        let genesis = sightline_crdt::genesis::actor(DocKind::Room);
        let chunk = Chunk::new(&author.actor().0, author.seq + 1, first, &heads, &ops, &[&genesis]).encode();
        (first, heads) = (first + 4096, vec![chunk::hash(&chunk)]);
        match log.insert(author.next(chunk), sightline_crdt::log::Trust::Verified, members) {
            sightline_crdt::log::Verdict::Accepted => accepted += 1,
            verdict => {
                refused = verdict;
                break;
            }
        }
    }
    assert_eq!(refused, sightline_crdt::log::Verdict::Refused(sightline_crdt::log::Reason::AuthorBudget));
    assert!(accepted * 4096 * 24 <= limits::AUTHOR_BYTES as u64 * 2);
    attack.mark();
}

#[test]
fn a_flood_of_tiny_envelopes() {
    // So small that their bytes alone would never be too many.
    let attack = Attack::new(34);
    let mut log = sightline_crdt::log::Log::new(DocId::ROOM);
    let mut author = Author::new(&attack.attacker.me.key, attack.expert.session.sid(), DocId::ROOM, 1);
    let members = attack.expert.session.roster();
    let genesis = sightline_crdt::genesis::actor(DocKind::Room);
    let (mut accepted, mut bytes, mut first, mut heads) = (0, 0, author.next_op(), author.heads());
    let refused = loop {
        let ops = [Op::insert_map(CHAT, Key::Head)];
        let chunk = Chunk::new(&author.actor().0, author.seq + 1, first, &heads, &ops, &[&genesis]).encode();
        (first, heads) = (first + 1, vec![chunk::hash(&chunk)]);
        let envelope = author.next(chunk);
        bytes += envelope.encoded_len();
        match log.insert(envelope, sightline_crdt::log::Trust::Verified, members) {
            sightline_crdt::log::Verdict::Accepted => accepted += 1,
            verdict => break verdict,
        }
    };
    assert_eq!(refused, sightline_crdt::log::Verdict::Refused(sightline_crdt::log::Reason::AuthorBudget));
    assert_eq!(accepted, limits::AUTHOR_ENVELOPES);
    assert!(bytes < limits::AUTHOR_BYTES);
}

#[test]
fn orphan_flood_of_one_author() {
    let mut attack = Attack::new(27);
    let mut sent = 0;
    // A chain whose first envelopes never come.
    let mut author = Author::new(&attack.attacker.me.key, attack.expert.session.sid(), DocId::ROOM, 8);
    author.say("withheld", 1);
    for i in 0..1_000 {
        let orphan = author.say(&format!("orphan {i}"), i);
        attack.send_envelope(&orphan);
        sent += 1;
    }
    let (pending, bytes) = attack.expert.session.log(DocId::ROOM).unwrap().pending();
    assert_eq!(pending, limits::PENDING_PER_AUTHOR);
    assert!(bytes < limits::PENDING_BYTES);
    assert_eq!(attack.count("pending-full"), sent - limits::PENDING_PER_AUTHOR as u64);
    attack.refused_and_welcome_again("pending-full");
}

#[test]
fn orphan_flood_in_bytes() {
    let mut attack = Attack::new(28);
    let peers: Vec<Secrets> = (0..3).map(|i| secrets(&mut rng(280 + i))).collect();
    let mut authors: Vec<Author> = Vec::new();
    for peer in &peers {
        attack.expert.admit(peer, Role::Operator);
        authors.push(Author::new(&peer.me.key, attack.expert.session.sid(), DocId::ROOM, 1));
    }
    attack.mark();
    let text = "x".repeat(200_000);
    for author in &mut authors {
        author.say("withheld", 1);
        for i in 0..40 {
            let orphan = author.write(|tx| {
                use automerge::transaction::Transactable;
                let chat = sightline_crdt::genesis::container_id(DocKind::Room, "chat").unwrap();
                let entry = tx.insert_object(&chat, 0, automerge::ObjType::Map)?;
                tx.put(&entry, "text", format!("{text}{i}"))
            });
            attack.send_envelope(&orphan);
        }
    }
    let (_, bytes) = attack.expert.session.log(DocId::ROOM).unwrap().pending();
    assert!(bytes <= limits::PENDING_BYTES);
    attack.refused_and_welcome_again("pending-full");
}

#[test]
fn a_flood_beyond_the_cut_is_bounded() {
    let mut attack = Attack::new(29);
    let peer = attack.attacker.peer();
    attack.expert.do_(|session, rng| session.remove(peer, rng).unwrap());
    let text = "x".repeat(250_000);
    for i in 0..40 {
        let beyond = attack.author.write(|tx| {
            use automerge::transaction::Transactable;
            let chat = sightline_crdt::genesis::container_id(DocKind::Room, "chat").unwrap();
            let entry = tx.insert_object(&chat, 0, automerge::ObjType::Map)?;
            tx.put(&entry, "text", format!("{text}{i}"))
        });
        attack.expert.absorb(|session| session.handle(Input::Envelopes(&[beyond.encode()])));
    }
    let held: usize = attack.expert.session.log(DocId::ROOM).unwrap().held().map(Envelope::encoded_len).sum();
    assert!(held < limits::ASIDE_BYTES + 1_000_000);
    assert!(attack.count("aside-full") > 0);
    attack.refused("beyond-cut");
}

#[test]
fn trifles_beyond_the_cut_are_bounded() {
    let mut attack = Attack::new(35);
    let peer = attack.attacker.peer();
    attack.expert.do_(|session, rng| session.remove(peer, rng).unwrap());
    let genesis = sightline_crdt::genesis::actor(DocKind::Room);
    let (mut first, mut heads) = (attack.author.next_op(), attack.author.heads());
    for _ in 0..limits::ASIDE_PER_AUTHOR + 10 {
        let ops = [Op::insert_map(CHAT, Key::Head)];
        let author = &mut attack.author;
        let chunk = Chunk::new(&author.actor().0, author.seq + 1, first, &heads, &ops, &[&genesis]).encode();
        (first, heads) = (first + 1, vec![chunk::hash(&chunk)]);
        let beyond = author.next(chunk);
        attack.expert.absorb(|session| session.handle(Input::Envelopes(&[beyond.encode()])));
    }
    let log = attack.expert.session.log(DocId::ROOM).unwrap();
    assert_eq!(log.held().count() - log.accepted().count(), limits::ASIDE_PER_AUTHOR);
    assert_eq!(attack.count("aside-full"), 1);
    attack.refused("beyond-cut");
}

#[test]
fn a_flood_of_contradictions_is_bounded() {
    for (bytes, count) in [(250_000, 40), (1, limits::ASIDE_PER_AUTHOR + 1)] {
        let mut attack = Attack::new(36);
        let fork = attack.author.clone();
        let first = attack.author.say("what came first", 3);
        attack.send_envelope(&first);
        attack.mark();
        let text = "x".repeat(bytes);
        let mut last = first;
        for i in 0..count {
            last = fork.clone().write(|tx| {
                use automerge::transaction::Transactable;
                let chat = sightline_crdt::genesis::container_id(DocKind::Room, "chat").unwrap();
                let entry = tx.insert_object(&chat, 0, automerge::ObjType::Map)?;
                tx.put(&entry, "text", format!("{text}{i}"))
            });
            attack.send_envelope(&last);
        }
        attack.refused("equivocation");
        // The lead chooses one that there was no room for: it counts once it is sent again.
        let cut = Cut { doc: DocId::ROOM, actor: last.actor(), seq: last.seq(), id: last.id() };
        let entry = attack.expert.session.roster().draft(&attack.expert.me.key).settle(cut).unwrap();
        attack.expert.handle(Input::Entries(&[entry.encode().to_vec()]));
        let counts = |attack: &Attack| attack.expert.session.log(DocId::ROOM).unwrap().is_accepted(&last.id());
        assert!(!counts(&attack), "{count} contradictions were kept");
        attack.send_envelope(&last);
        assert!(counts(&attack));
    }
}

#[test]
fn many_runs_of_one_author() {
    let mut attack = Attack::new(30);
    let mut log = sightline_crdt::log::Log::new(DocId::ROOM);
    let members = attack.expert.session.roster();
    let mut last = None;
    for run in 0..=limits::ACTORS as u32 {
        let mut author = Author::new(&attack.attacker.me.key, attack.expert.session.sid(), DocId::ROOM, 0);
        author.run[..4].copy_from_slice(&run.to_be_bytes());
        author.replica.set_actor(automerge::ActorId::from(author.actor().0.as_slice()));
        last = Some(log.insert(author.say("x", 1), sightline_crdt::log::Trust::Verified, members));
    }
    let reason = sightline_crdt::log::Reason::TooManyActors;
    assert_eq!(last, Some(sightline_crdt::log::Verdict::Refused(reason)));
    assert_eq!(log.vector().len(), limits::ACTORS);
    attack.mark();
}

#[test]
fn asking_again_for_ever() {
    let mut attack = Attack::new(31);
    let doc = DocId::ROOM;
    let mut sent = 0;
    for _ in 0..10_000 {
        attack.send(&SyncMessage::Again(doc, Default::default()));
        sent += attack.expert.outbox.len();
        attack.expert.outbox.clear();
    }
    assert_eq!(attack.count("again-too-often"), 10_000 - u64::from(limits::AGAIN));
    assert!(sent <= (limits::AGAIN as usize + 2) * 4, "{sent} messages for 10,000 small ones");
    attack.refused_and_welcome_again("again-too-often");
}

#[test]
fn a_link_of_somebody_who_is_no_member() {
    let mut attack = Attack::new(32);
    let stranger = secrets(&mut rng(320));
    let sid = attack.expert.session.sid();
    let contradict = |attack: &mut Attack, run: u8| {
        let key = &attack.attacker.me.key;
        let (mut one, mut other) = (Author::new(key, sid, DocId::ROOM, run), Author::new(key, sid, DocId::ROOM, run));
        let both = [one.say("yes", 2), other.say("no", 2)];
        both.iter().for_each(|envelope| attack.send_envelope(envelope));
    };
    contradict(&mut attack, 8);
    attack.expert.outbox.clear();
    let link = LinkId(2);
    attack.expert.handle(Input::LinkOpened { link, peer: stranger.peer() });
    let nothing = SyncMessage::Vector(DocId::ROOM, Default::default());
    attack.expert.handle(Input::Message { link, bytes: &nothing.encode() });
    attack.send(&nothing);
    attack.mark();
    let envelope = attack.author.say("carried by a stranger", 3);
    attack.expert.handle(Input::Message { link, bytes: &SyncMessage::Envelope(envelope.encode()).encode() });
    let leaked = attack.expert.outbox.iter().filter(|(to, bytes)| *to == link && bytes[0] != 1).count();
    assert_eq!(leaked, 0, "a stranger was told more than where the roster is");
    attack.refused("not-a-member");
    // A contradiction is told and the roster moves on, after which what was refused is asked for again.
    contradict(&mut attack, 9);
    let mut early = Author::new(&attack.attacker.me.key, sid, DocId::ROOM, 10);
    early.epoch = 9;
    attack.send_envelope(&early.say("too early", 1));
    attack.expert.do_(|session, rng| session.rekey(rng).unwrap());
    attack.expert.handle(Input::VectorsDue);
    let told = |to: LinkId, tag: u8| attack.expert.outbox.iter().any(|(at, bytes)| *at == to && bytes[0] == tag);
    assert!([3, 4, 5, 7].into_iter().all(|tag| told(LINK, tag)), "a member was not told everything");
    let leaked = attack.expert.outbox.iter().filter(|(to, bytes)| *to == link && is_about(bytes, None)).count();
    assert_eq!(leaked, 0, "a stranger was told more than the roster");
}

#[test]
fn a_viewer_gets_no_desk() {
    let mut attack = Attack::new(33);
    let sid = attack.expert.session.sid();
    let (viewer, liar) = (secrets(&mut rng(330)), secrets(&mut rng(331)));
    attack.expert.admit(&viewer, Role::Viewer);
    attack.expert.admit(&liar, Role::Expert);
    attack.expert.do_(|session, rng| session.write(DocId::DESK, rng, desk_note).unwrap());
    let lie = |attack: &mut Attack, run: u8| {
        let author = Author::new(&liar.me.key, sid, DocId::DESK, run);
        let [one, two] =
            [1, 2].map(|count| author.clone().write(|tx| (0..count).try_for_each(|_| desk_note(tx))).encode());
        attack.expert.absorb(|session| session.handle(Input::Envelopes(&[one, two])));
    };
    lie(&mut attack, 1);
    attack.expert.outbox.clear();
    let links = [(LINK, attack.attacker.peer()), (LinkId(2), viewer.peer()), (LinkId(3), liar.peer())];
    for (link, peer) in links {
        attack.expert.handle(Input::LinkOpened { link, peer });
        for message in
            [SyncMessage::Vector(DocId::DESK, Default::default()), SyncMessage::Again(DocId::DESK, Default::default())]
        {
            attack.expert.handle(Input::Message { link, bytes: &message.encode() });
        }
    }
    // A contradiction is told and the roster moves on, after which what was refused is asked for again.
    lie(&mut attack, 2);
    let mut early = Author::new(&liar.me.key, sid, DocId::DESK, 3);
    early.epoch = 9;
    let early = early.write(desk_note).encode();
    attack.expert.absorb(|session| session.handle(Input::Envelopes(&[early])));
    attack.expert.do_(|session, rng| session.rekey(rng).unwrap());
    attack.expert.handle(Input::VectorsDue);
    let outbox = &attack.expert.outbox;
    let desk =
        |link: LinkId| outbox.iter().filter(move |(to, bytes)| *to == link && is_about(bytes, Some(DocId::DESK)));
    assert_eq!(desk(LINK).count(), 0, "the desk reached an operator");
    assert_eq!(desk(LinkId(2)).count(), 0, "the desk reached a viewer");
    let told = |tag: u8| desk(LinkId(3)).any(|(_, bytes)| bytes[0] == tag);
    assert!([3, 4, 5, 7].into_iter().all(told), "an expert was not told everything");
}
