//! The members as a chain of entries leaves them: a pure state machine, one entry at a time.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::RosterError;
use super::entry::{Body, Entry, EntryKind, Newcomer};
use crate::id::{
    Actor, Audience, DocId, DocKind, EntryHash, Epoch, KnockId, PeerId, Role, SealKey, SessionId, SlotKey,
};
use crate::limits;
use crate::membership::{Anchor, Cut};
use crate::sign;

/// A member of the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its identity.
    pub peer: PeerId,
    /// Where its wraps are sealed to.
    pub seal: SealKey,
    /// What the rendezvous knows it by.
    pub slot: SlotKey,
    /// Its name as the entry has it; shown only after [`shown_name`](super::shown_name).
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The number of the entry that admitted it: who was admitted earlier wins a fork.
    pub admitted: u64,
    /// The knock that it was admitted for; zero for the creator.
    pub knock: KnockId,
}

/// What a peer ever might write, also after it left.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Past {
    all: bool,
    experts: bool,
}

impl Past {
    fn note(&mut self, role: Role) {
        self.all |= role.writes(DocKind::Room);
        self.experts |= role.writes(DocKind::Desk);
    }

    pub(super) fn wrote(self, kind: DocKind) -> bool {
        match kind.audience() {
            Audience::All => self.all,
            Audience::Experts => self.experts,
        }
    }
}

/// The state after a chain of entries.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) sid: SessionId,
    pub(super) succession: bool,
    pub(super) n: u64,
    pub(super) head: EntryHash,
    pub(super) term: u64,
    pub(super) epoch: Epoch,
    pub(super) lead: PeerId,
    pub(super) members: BTreeMap<PeerId, Member>,
    pub(super) past: BTreeMap<PeerId, Past>,
    pub(super) within: HashMap<(DocId, Actor), u64>,
    pub(super) anchors: Vec<(DocId, Anchor)>,
    pub(super) closed: bool,
}

impl State {
    /// The state that a genesis entry begins.
    pub(super) fn begin(entry: &Entry) -> Result<Self, RosterError> {
        let Body { sid, n, prev, term, epoch, kind, signer, .. } = entry.body();
        let EntryKind::Genesis { succession, creator } = kind else { return Err(RosterError::NotGenesis) };
        if *sid != SessionId::NONE || *n != 0 || *prev != EntryHash::NONE || *term != 1 || *epoch != Epoch(1) {
            return Err(RosterError::NotGenesis);
        }
        check_keys(creator)?;
        if !entry.verify_signature() {
            return Err(RosterError::BadSignature);
        }
        let mut state = State {
            sid: entry.founded(),
            succession: *succession,
            n: 0,
            head: entry.hash(),
            term: 1,
            epoch: Epoch(1),
            lead: *signer,
            members: BTreeMap::new(),
            past: BTreeMap::new(),
            within: HashMap::new(),
            anchors: Vec::new(),
            closed: false,
        };
        state.enter(creator, Role::Lead, 0, KnockId([0; 32]));
        state.check_wraps(entry.body())?;
        Ok(state)
    }

    /// The state after one more entry. Signatures are checked unless `checked` says that they were.
    pub(super) fn follow(&self, entry: &Entry, checked: bool) -> Result<Self, RosterError> {
        let body = entry.body();
        if body.sid != self.sid {
            return Err(RosterError::OtherSession);
        }
        if body.prev != self.head {
            return Err(RosterError::UnknownPrevious);
        }
        if self.closed {
            return Err(RosterError::Closed);
        }
        if body.n != self.n + 1 || self.n + 1 >= limits::CHAIN_ENTRIES as u64 {
            return Err(RosterError::WrongNumber);
        }
        let take = matches!(body.kind, EntryKind::Take);
        if body.term != self.term + u64::from(take) {
            return Err(RosterError::WrongTerm);
        }
        let starts = body.kind.starts_epoch();
        if body.epoch != Epoch(self.epoch.0 + u64::from(starts)) {
            return Err(RosterError::WrongEpoch);
        }
        if take {
            let expert = self.members.get(&body.signer).is_some_and(|member| member.role == Role::Expert);
            if !self.succession || !expert {
                return Err(RosterError::MayNotTake);
            }
        } else if body.signer != self.lead {
            return Err(RosterError::NotTheLead);
        }
        if !checked && !entry.verify_signature() {
            return Err(RosterError::BadSignature);
        }

        let mut next = self.clone();
        next.n = body.n;
        next.head = entry.hash();
        next.term = body.term;
        next.epoch = body.epoch;
        next.apply(body, self.head, checked)?;
        next.check_wraps(body)?;
        Ok(next)
    }

    /// The members as an entry that is still being made would leave them.
    pub(super) fn preview(&self, body: &Body) -> Result<Self, RosterError> {
        let mut next = self.clone();
        next.apply(body, self.head, false)?;
        Ok(next)
    }

    fn apply(&mut self, body: &Body, prev: EntryHash, checked: bool) -> Result<(), RosterError> {
        match &body.kind {
            EntryKind::Genesis { .. } => return Err(RosterError::NotGenesis),
            EntryKind::Admit { newcomer, role, knock } => {
                if self.members.contains_key(&newcomer.peer) {
                    return Err(RosterError::AlreadyMember);
                }
                if *role == Role::Lead {
                    return Err(RosterError::BadRole);
                }
                if self.members.len() >= limits::MEMBERS {
                    return Err(RosterError::TooManyMembers);
                }
                check_keys(newcomer)?;
                self.enter(newcomer, *role, body.n, *knock);
            }
            EntryKind::Role { peer, role, cuts } => {
                let member = self.members.get_mut(peer).ok_or(RosterError::NotAMember)?;
                if *peer == self.lead || *role == Role::Lead || member.role == *role {
                    return Err(RosterError::BadRole);
                }
                member.role = *role;
                self.past.entry(*peer).or_default().note(*role);
                self.cut(peer, cuts)?;
            }
            EntryKind::Remove { peer, cuts } => {
                if *peer == self.lead || self.members.remove(peer).is_none() {
                    return Err(RosterError::NotAMember);
                }
                self.cut(peer, cuts)?;
            }
            EntryKind::Transfer { peer, accept } => {
                if !checked && !sign::verify(peer, "accept", &prev.0, accept) {
                    return Err(RosterError::BadAccept);
                }
                self.lead_passes_to(*peer)?;
            }
            EntryKind::Take => self.lead_passes_to(body.signer)?,
            EntryKind::Rekey => {}
            EntryKind::Settle { cut } => self.pin(cut),
            EntryKind::Close { vectors } => {
                vectors.iter().for_each(|cut| self.pin(cut));
                self.closed = true;
            }
        }
        Ok(())
    }

    fn enter(&mut self, newcomer: &Newcomer, role: Role, n: u64, knock: KnockId) {
        let Newcomer { peer, seal, slot, name } = newcomer.clone();
        self.past.entry(peer).or_default().note(role);
        self.members.insert(peer, Member { peer, seal, slot, name, role, admitted: n, knock });
    }

    fn cut(&mut self, peer: &PeerId, cuts: &[Cut]) -> Result<(), RosterError> {
        for cut in cuts {
            if cut.actor.author() != *peer || !cut.doc.is_well_formed() {
                return Err(RosterError::BadCut);
            }
            let within = self.within.entry((cut.doc, cut.actor)).or_default();
            *within = (*within).max(cut.seq);
            self.pin(cut);
        }
        Ok(())
    }

    fn pin(&mut self, cut: &Cut) {
        self.anchors.push((cut.doc, Anchor { actor: cut.actor, seq: cut.seq, id: cut.id }));
    }

    fn lead_passes_to(&mut self, peer: PeerId) -> Result<(), RosterError> {
        let next = self.members.get_mut(&peer).ok_or(RosterError::NotAMember)?;
        if next.role != Role::Expert {
            return Err(RosterError::BadRole);
        }
        next.role = Role::Lead;
        self.past.entry(peer).or_default().note(Role::Lead);
        if let Some(old) = self.members.get_mut(&self.lead) {
            old.role = Role::Expert;
        }
        self.lead = peer;
        Ok(())
    }

    /// The members that an entry hands keys to, by audience.
    pub(super) fn entitled(&self, kind: &EntryKind) -> BTreeSet<(Audience, PeerId)> {
        let of = |member: &Member| {
            let role = member.role;
            let peer = member.peer;
            Audience::EACH
                .into_iter()
                .filter(move |audience| role.hears(*audience))
                .map(move |audience| (audience, peer))
        };
        match kind {
            _ if kind.starts_epoch() => self.members.values().flat_map(of).collect(),
            EntryKind::Admit { newcomer: Newcomer { peer, .. }, .. } | EntryKind::Transfer { peer, .. } => {
                self.members.get(peer).into_iter().flat_map(of).collect()
            }
            _ => BTreeSet::new(),
        }
    }

    /// Every entitled member has exactly one wrap, and nobody else has one: nobody is left out by mistake.
    fn check_wraps(&self, body: &Body) -> Result<(), RosterError> {
        let entitled = self.entitled(&body.kind);
        let named: BTreeSet<_> = body.wraps.iter().map(|wrap| (wrap.audience, wrap.peer)).collect();
        let sound = body.wraps.iter().all(|wrap| wrap.ct.len() == limits::WRAP_BYTES);
        if sound && named.len() == body.wraps.len() && named == entitled { Ok(()) } else { Err(RosterError::BadWraps) }
    }
}

fn check_keys(newcomer: &Newcomer) -> Result<(), RosterError> {
    let sound = sign::is_sound_key(&newcomer.peer.0) && sign::is_sound_key(&newcomer.slot.0);
    if sound { Ok(()) } else { Err(RosterError::BadKey) }
}
