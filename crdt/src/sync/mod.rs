//! Keeping two peers in step over one link.
//!
//! When a link opens both sides say where their roster is and how far they have each document. Whoever sees a vector
//! sends what its sender lacks, ancestors first, each envelope once per link. After taking something in a peer sends
//! its new vector: that is the receipt.
//!
//! Rosters travel as whole chains, in several messages if need be. A losing chain is passed on as well, so that
//! everybody chooses among the same branches.
//!
//! *Again* is the way to ask for what was dropped or refused too early: it makes the other side forget what it sent of
//! one document. It may be asked [`limits::AGAIN`] times per link, so that a few bytes cannot be turned into a flood.

mod fragment;
mod message;

use std::collections::{BTreeMap, HashSet};

use crate::id::{DocId, EntryHash, EnvelopeId, PeerId};
use crate::limits;
use crate::log::Vector;

pub use fragment::{Assembler, FragmentError, fragments};
pub use message::SyncMessage;

/// What is known about the other end of a link.
pub(crate) struct SyncPeer {
    pub(crate) peer: PeerId,
    /// How far the other side said to have each document.
    pub(crate) vectors: BTreeMap<DocId, Vector>,
    sent: HashSet<EnvelopeId>,
    sent_entries: HashSet<EntryHash>,
    again_left: u32,
    bad: u64,
    pub(crate) muted: bool,
}

impl SyncPeer {
    pub(crate) fn new(peer: PeerId) -> Self {
        SyncPeer {
            peer,
            vectors: BTreeMap::new(),
            sent: HashSet::new(),
            sent_entries: HashSet::new(),
            again_left: limits::AGAIN,
            bad: 0,
            muted: false,
        }
    }

    /// Whether an envelope is to be sent now: each once.
    pub(crate) fn first_time(&mut self, id: EnvelopeId) -> bool {
        self.sent.insert(id)
    }

    /// What the other side sent it has, and needs no copy of.
    pub(crate) fn has(&mut self, id: EnvelopeId) {
        self.sent.insert(id);
    }

    /// Whether a losing entry is to be sent now: each once.
    pub(crate) fn first_entry(&mut self, entry: EntryHash) -> bool {
        self.sent_entries.insert(entry)
    }

    /// Forgets what was sent, if the other side may still ask for that.
    pub(crate) fn forget_sent(&mut self, of: impl Iterator<Item = EnvelopeId>) -> bool {
        if self.again_left == 0 {
            return false;
        }
        self.again_left -= 1;
        of.for_each(|id| {
            self.sent.remove(&id);
        });
        true
    }

    /// Counts a message that no honest peer sends; whoever sends too many is no longer listened to.
    pub(crate) fn misbehaved(&mut self) -> bool {
        self.bad += 1;
        let mute = !self.muted && self.bad >= limits::BAD_MESSAGES;
        self.muted |= mute;
        mute
    }
}
