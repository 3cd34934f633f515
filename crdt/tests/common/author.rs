//! An author with a replica of its own, who writes honestly, or signs whatever it likes.

use automerge::transaction::{CommitOptions, Transaction};
use automerge::{ActorId, Automerge, AutomergeError, Change};
use ed25519_dalek::SigningKey;
use sightline_crdt::envelope::{Content, Envelope};
use sightline_crdt::genesis;
use sightline_crdt::id::{Actor, DocId, EnvelopeId, Epoch, PeerId, SessionId};
use sightline_crdt::prescan::ChangeHash;
use sightline_crdt::room;

use super::chunk::{Chunk, Key, Op, Val, hash};

#[derive(Clone)]
pub struct Author {
    pub key: SigningKey,
    pub sid: SessionId,
    pub doc: DocId,
    pub epoch: u64,
    pub run: [u8; 8],
    pub seq: u64,
    pub prev: EnvelopeId,
    pub replica: Automerge,
    pub others: Vec<Vec<u8>>,
}

impl Author {
    pub fn new(key: &SigningKey, sid: SessionId, doc: DocId, run: u8) -> Author {
        let mut author = Author {
            key: key.clone(),
            sid,
            doc,
            epoch: 1,
            run: [run; 8],
            seq: 0,
            prev: EnvelopeId::NONE,
            replica: genesis::document(doc.kind),
            others: vec![],
        };
        author.replica.set_actor(ActorId::from(author.actor().0.as_slice()));
        author
    }

    pub fn peer(&self) -> PeerId {
        PeerId(self.key.verifying_key().to_bytes())
    }

    pub fn actor(&self) -> Actor {
        Actor::new(self.peer(), self.run)
    }

    /// Takes over what somebody else wrote, unchecked.
    pub fn hear(&mut self, envelope: &Envelope) {
        self.hear_change(envelope.change());
    }

    pub fn hear_change(&mut self, change: &[u8]) {
        self.replica.apply_changes([Change::try_from(change).unwrap()]).unwrap();
    }

    /// Writes honestly.
    pub fn write(&mut self, ops: impl FnOnce(&mut Transaction<'_>) -> Result<(), AutomergeError>) -> Envelope {
        let mut transaction = self.replica.transaction();
        ops(&mut transaction).unwrap();
        transaction.commit_with(CommitOptions::default().with_time(0)).0.unwrap();
        let change = self.replica.get_last_local_change().unwrap().raw_bytes().to_vec();
        self.next(change)
    }

    pub fn say(&mut self, text: &str, at: i64) -> Envelope {
        self.write(|transaction| room::append_chat(transaction, text, at))
    }

    /// The next envelope of the chain, around any change.
    pub fn next(&mut self, change: Vec<u8>) -> Envelope {
        let envelope = self.seal(self.seq + 1, self.prev, change);
        self.seq += 1;
        self.prev = envelope.id();
        envelope
    }

    /// Signs any change at any place of the chain, without moving on.
    pub fn seal(&self, seq: u64, prev: EnvelopeId, change: Vec<u8>) -> Envelope {
        self.seal_content(|content| {
            content.seq = seq;
            content.prev = prev;
            content.change = change;
        })
    }

    pub fn seal_content(&self, change: impl FnOnce(&mut Content)) -> Envelope {
        let mut content = Content {
            sid: self.sid,
            doc: self.doc,
            epoch: Epoch(self.epoch),
            author: self.peer(),
            run: self.run,
            seq: self.seq + 1,
            prev: self.prev,
            change: vec![],
        };
        change(&mut content);
        Envelope::seal(content, &self.key)
    }

    pub fn heads(&self) -> Vec<ChangeHash> {
        self.replica.get_heads().iter().map(|head| head.0).collect()
    }

    pub fn next_op(&self) -> u64 {
        let changes = self.replica.get_changes(&[]);
        1 + changes.iter().map(Change::max_op).max().unwrap_or(0)
    }

    /// A chunk by hand, on top of what this author has. The genesis actor is actor 1.
    pub fn chunk(&self, ops: &[Op]) -> Chunk {
        self.chunk_naming(ops, &[])
    }

    /// The same, where further actors are 2 and so on.
    pub fn chunk_naming(&self, ops: &[Op], others: &[&[u8]]) -> Chunk {
        let genesis = genesis::actor(self.doc.kind);
        let others: Vec<&[u8]> = [genesis.as_slice()].into_iter().chain(others.iter().copied()).collect();
        Chunk::new(&self.actor().0, self.seq + 1, self.next_op(), &self.heads(), ops, &others)
    }

    /// A sound chunk by hand: a message at the head of the chat.
    pub fn message_chunk(&self) -> Chunk {
        let first = self.next_op();
        self.chunk(&message(first, Key::Head))
    }
}

/// The room's containers, as operations of the genesis actor at index 1.
pub const TITLE: (u64, u64) = (1, 1);
pub const CHAT: (u64, u64) = (1, 3);

/// The operations of a message whose first one has the counter `first`.
pub fn message(first: u64, after: Key) -> Vec<Op> {
    vec![
        Op::insert_map(CHAT, after),
        Op::set((0, first), Key::Prop("at"), Val::Int(5)),
        Op::set((0, first), Key::Prop("text"), Val::Str("by hand")),
    ]
}

pub fn change_hash(envelope: &Envelope) -> ChangeHash {
    hash(envelope.change())
}
