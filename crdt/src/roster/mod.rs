//! The roster: who is a member, and in which role.
//!
//! A roster is a chain of signed entries from a genesis entry; the session's id is the hash of that entry, so nobody can
//! put another roster in its place. Entries that contradict each other make a tree. Every peer that has the same
//! entries chooses the same chain, in whatever order they came:
//!
//! At each entry that several entries follow, their branches compete, each with its own best continuation.
//! 1. A branch that begins with a `take` loses to a branch in which the lead in force at the fork (or whoever it
//!    transferred the lead to) removes or demotes the taker.
//! 2. Of the others the one with the highest term at its end wins,
//! 3. then the one whose first signer was admitted earlier,
//! 4. then, when one signer signed both, the one whose first entry has the lower hash; an alarm is raised.
//!
//! Rule 1 looks at all branches before any of them is dropped, so the outcome does not depend on the order in which
//! branches meet. That needs losing entries to be known, so they are kept, stored and passed on. Those that would still
//! be valid are [offered](Roster::offers) to the lead again.
//!
//! Validity looks at an entry and its chain only. What depends on this peer's knowledge is a rule of the app: after an
//! alarm the lead does not [admit](crate::roster::Draft::admit) before a rekey.

mod draft;
mod entry;
mod error;
mod fork;
mod state;

use std::collections::HashMap;

use unicode_segmentation::UnicodeSegmentation;

use crate::id::{Actor, Audience, DocId, DocKind, EntryHash, Epoch, PeerId, Role, SessionId};
use crate::limits;
use crate::membership::{Anchor, Membership, Standing};
use state::State;

pub use draft::{Draft, DraftError, Founder, accept_transfer};
pub use entry::{Body, Entry, EntryKind, Newcomer, Wrap};
pub use error::RosterError;
pub use state::Member;

/// What an entry did to the roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The chain grew by it.
    Extended,
    /// It was here already.
    Known,
    /// It belongs to a branch that now wins: members, epochs and documents are to be looked at anew.
    Switched,
    /// It belongs to a branch that loses; it is kept.
    Lost,
}

struct TreeNode {
    entry: Entry,
    children: Vec<EntryHash>,
    /// When the signer had been admitted, as its chain has it.
    signer_admitted: u64,
}

/// The roster of a session.
pub struct Roster {
    tree: HashMap<EntryHash, TreeNode>,
    genesis: EntryHash,
    /// The winning chain.
    chain: Vec<EntryHash>,
    state: State,
    /// The length of the chain when one signer was found to have signed two entries at one place.
    alarm: Option<u64>,
}

impl Roster {
    /// The roster that begins with a genesis entry.
    pub fn new(genesis: Entry) -> Result<Self, RosterError> {
        let state = State::begin(&genesis)?;
        let hash = genesis.hash();
        let node = TreeNode { entry: genesis, children: Vec::new(), signer_admitted: 0 };
        Ok(Roster { tree: HashMap::from([(hash, node)]), genesis: hash, chain: vec![hash], state, alarm: None })
    }

    /// The roster of a whole chain, which must begin the session `sid`.
    pub fn from_chain<'a>(sid: SessionId, chain: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, RosterError> {
        let mut entries = chain.into_iter();
        let genesis = Entry::decode(entries.next().ok_or(RosterError::NotGenesis)?)?;
        if genesis.founded() != sid {
            return Err(RosterError::OtherSession);
        }
        let mut roster = Roster::new(genesis)?;
        entries.try_for_each(|bytes| roster.apply(bytes).map(drop))?;
        Ok(roster)
    }

    /// Takes in one encoded entry.
    pub fn apply(&mut self, bytes: &[u8]) -> Result<Applied, RosterError> {
        self.apply_entry(Entry::decode(bytes)?)
    }

    /// Takes in one entry, on whatever branch it belongs to.
    pub fn apply_entry(&mut self, entry: Entry) -> Result<Applied, RosterError> {
        let hash = entry.hash();
        if self.tree.contains_key(&hash) {
            return Ok(Applied::Known);
        }
        let prev = entry.body().prev;
        if entry.body().sid != self.state.sid {
            return Err(RosterError::OtherSession);
        }
        let previous = self.tree.get(&prev).ok_or(RosterError::UnknownPrevious)?;
        if previous.children.len() >= limits::FORKS_PER_ENTRY || self.tree.len() >= limits::TREE_ENTRIES {
            return Err(RosterError::TooManyBranches);
        }
        let before = if prev == self.state.head { self.state.clone() } else { self.state_at(&prev)? };
        let next = before.follow(&entry, false)?;
        let signer = entry.body().signer;
        let signer_admitted = before.members.get(&signer).map_or(0, |member| member.admitted);
        let contested = previous.children.iter().any(|other| self.entry_at(other).body().signer == signer);

        if let Some(previous) = self.tree.get_mut(&prev) {
            previous.children.push(hash);
        }
        self.tree.insert(hash, TreeNode { entry, children: Vec::new(), signer_admitted });
        let rekeys = self.entry_at(&hash).body().kind == EntryKind::Rekey;
        let applied = if prev == self.state.head {
            self.chain.push(hash);
            self.state = next;
            Applied::Extended
        } else {
            self.resolve()?
        };
        if contested {
            self.alarm = Some(self.chain.len() as u64);
        } else if applied == Applied::Extended && rekeys {
            self.alarm = None;
        }
        Ok(applied)
    }

    /// Takes in a run of entries, each following one that is here, and tells what the last change of heart was.
    pub fn offer<'a>(&mut self, entries: impl IntoIterator<Item = &'a [u8]>) -> Result<Applied, RosterError> {
        let mut overall = Applied::Known;
        for bytes in entries {
            let applied = self.apply(bytes)?;
            overall = match (overall, applied) {
                (Applied::Switched, _) | (_, Applied::Switched) => Applied::Switched,
                (Applied::Extended, _) | (_, Applied::Extended) => Applied::Extended,
                (Applied::Lost, _) | (_, Applied::Lost) => Applied::Lost,
                _ => Applied::Known,
            };
        }
        Ok(overall)
    }

    /// The session.
    pub fn sid(&self) -> SessionId {
        self.state.sid
    }

    /// The epoch in force.
    pub fn epoch(&self) -> Epoch {
        self.state.epoch
    }

    /// The term in force.
    pub fn term(&self) -> u64 {
        self.state.term
    }

    /// The number of the newest entry.
    pub fn head_number(&self) -> u64 {
        self.state.n
    }

    /// The hash of the newest entry.
    pub fn head(&self) -> EntryHash {
        self.state.head
    }

    /// The lead.
    pub fn lead(&self) -> PeerId {
        self.state.lead
    }

    /// Whether an expert may take the lead.
    pub fn allows_succession(&self) -> bool {
        self.state.succession
    }

    /// The members, by peer.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.state.members.values()
    }

    /// One member.
    pub fn member(&self, peer: &PeerId) -> Option<&Member> {
        self.state.members.get(peer)
    }

    /// The role of a member.
    pub fn role_of(&self, peer: &PeerId) -> Option<Role> {
        self.member(peer).map(|member| member.role)
    }

    /// Whether somebody is, or ever was, a member.
    pub fn knows(&self, peer: &PeerId) -> bool {
        self.state.past.contains_key(peer)
    }

    /// The winning chain, from genesis.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.chain.iter().map(|hash| self.entry_at(hash))
    }

    /// Whether an entry is part of the winning chain.
    pub fn has(&self, hash: &EntryHash) -> bool {
        self.tree.get(hash).is_some_and(|node| self.chain.get(node.entry.body().n as usize) == Some(hash))
    }

    /// Whether an entry is known, on whatever branch.
    pub fn has_seen(&self, hash: &EntryHash) -> bool {
        self.tree.contains_key(hash)
    }

    /// Whether the session was closed.
    pub fn is_closed(&self) -> bool {
        self.state.closed
    }

    /// Whether one signer was found to have signed two entries at one place, and no rekey followed.
    pub fn alarm(&self) -> bool {
        self.alarm.is_some()
    }

    /// The entries of losing branches, predecessors first.
    pub fn losing(&self) -> Vec<&Entry> {
        let mut losing: Vec<&Entry> =
            self.tree.values().map(|node| &node.entry).filter(|entry| !self.has(&entry.hash())).collect();
        losing.sort_by_key(|entry| (entry.body().n, entry.hash()));
        losing
    }

    /// The highest epoch of any branch: envelopes of a losing branch's epoch count again once it is reached.
    pub fn highest_epoch(&self) -> Epoch {
        self.tree.values().map(|node| node.entry.body().epoch).max().unwrap_or(self.state.epoch)
    }

    /// What losing entries did that is still to be done: for the lead to sign again, if it agrees. What the winning chain
    /// did as well, then or later, is not offered.
    pub fn offers(&self) -> Vec<EntryKind> {
        let mut offers: Vec<EntryKind> = Vec::new();
        for entry in self.losing() {
            let kind = &entry.body().kind;
            let open = match kind {
                EntryKind::Admit { newcomer, .. } => !self.state.past.contains_key(&newcomer.peer),
                EntryKind::Remove { peer, .. } => *peer != self.lead() && self.state.members.contains_key(peer),
                EntryKind::Role { peer, role, .. } => {
                    *peer != self.lead() && self.role_of(peer).is_some_and(|has| has != *role)
                }
                EntryKind::Settle { cut } => {
                    let pinned = |(doc, anchor): &(DocId, Anchor)| *doc == cut.doc && anchor.actor == cut.actor;
                    !self.state.anchors.iter().any(pinned)
                }
                EntryKind::Genesis { .. }
                | EntryKind::Transfer { .. }
                | EntryKind::Take
                | EntryKind::Rekey
                | EntryKind::Close { .. } => false,
            };
            let done = self.entries().map(|entry| &entry.body().kind).chain(&offers).any(|other| other.does_as(kind));
            if open && !done {
                offers.push(kind.clone());
            }
        }
        // Envelopes of a losing branch's epochs count again once the winning chain has come as far.
        let reached = offers.iter().any(EntryKind::starts_epoch) || self.highest_epoch() <= self.epoch();
        if !reached {
            offers.push(EntryKind::Rekey);
        }
        offers
    }

    fn entry_at(&self, hash: &EntryHash) -> &Entry {
        // Only hashes of the tree are ever asked for.
        &self.tree[hash].entry
    }

    /// The state at any entry of the tree, replayed from genesis: forks are rare.
    fn state_at(&self, hash: &EntryHash) -> Result<State, RosterError> {
        let mut path = Vec::new();
        let mut at = *hash;
        while at != self.genesis {
            path.push(at);
            at = self.entry_at(&at).body().prev;
        }
        let mut state = State::begin(self.entry_at(&self.genesis))?;
        for hash in path.iter().rev() {
            state = state.follow(self.entry_at(hash), true)?;
        }
        Ok(state)
    }
}

impl Membership for Roster {
    fn sid(&self) -> SessionId {
        self.state.sid
    }

    fn epoch(&self) -> Epoch {
        self.state.epoch
    }

    fn standing(&self, author: &PeerId, kind: DocKind) -> Standing {
        let Some(past) = self.state.past.get(author) else { return Standing::Unknown };
        match self.role_of(author) {
            Some(role) if role.writes(kind) => Standing::Writer,
            _ if past.wrote(kind) => Standing::Former,
            _ => Standing::Reader,
        }
    }

    fn tidies(&self, peer: &PeerId) -> bool {
        match self.role_of(peer) {
            Some(role) => role.hears(Audience::Experts),
            None => self.state.past.get(peer).is_some_and(|past| past.wrote(DocKind::Desk)),
        }
    }

    fn within(&self, doc: &DocId, actor: &Actor) -> u64 {
        self.state.within.get(&(*doc, *actor)).copied().unwrap_or(0)
    }

    fn anchors(&self, doc: &DocId) -> Vec<Anchor> {
        self.state.anchors.iter().filter(|(of, _)| of == doc).map(|(_, anchor)| *anchor).collect()
    }
}

/// A name as it may be shown: without control and bidi marks, at most 64 graphemes.
pub fn shown_name(name: &str) -> String {
    let is_mark = |c: char| {
        c.is_control()
            || matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let clean: String = name.chars().filter(|c| !is_mark(*c)).collect();
    clean.trim().graphemes(true).take(limits::NAME_GRAPHEMES).collect()
}
