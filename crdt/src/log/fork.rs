//! Two envelopes with one actor and one number: proof, freezing, and the roster's choice.

use std::collections::{BTreeMap, HashSet};

use super::{Log, NodeState, Reason, Spent, Trust, Verdict};
use crate::dag::Dag;
use crate::envelope::Envelope;
use crate::id::{Actor, EnvelopeId};
use crate::limits;
use crate::membership::{Cut, Membership, Standing};

/// Both signed envelopes of an equivocation: same actor, same number, another id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The one with the lower id.
    pub low: Envelope,
    /// The one with the higher id.
    pub high: Envelope,
}

/// The envelope that the roster gives a place to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pin {
    pub(super) id: EnvelopeId,
    /// The number of the naming entry among those that name something here. Of two that contradict each other, at one
    /// place or because one chain cannot hold both, the later counts.
    rank: usize,
}

impl Proof {
    /// A proof, if the two contradict each other.
    pub fn new(a: Envelope, b: Envelope) -> Option<Self> {
        let same = a.sid() == b.sid() && a.doc() == b.doc() && a.actor() == b.actor() && a.seq() == b.seq();
        if !same || a.id() == b.id() {
            return None;
        }
        let (low, high) = if a.id() < b.id() { (a, b) } else { (b, a) };
        Some(Proof { low, high })
    }

    /// Decodes and checks a proof from the network, signatures included.
    pub fn decode(a: &[u8], b: &[u8]) -> Option<Self> {
        let proof = Proof::new(Envelope::decode(a).ok()?, Envelope::decode(b).ok()?)?;
        (proof.low.verify_signature() && proof.high.verify_signature()).then_some(proof)
    }

    /// Who equivocated.
    pub fn actor(&self) -> Actor {
        self.low.actor()
    }

    /// Where.
    pub fn seq(&self) -> u64 {
        self.low.seq()
    }

    fn both(&self) -> [&Envelope; 2] {
        [&self.low, &self.high]
    }
}

fn place_of(envelope: &Envelope) -> (u64, Actor, EnvelopeId, EnvelopeId) {
    (envelope.seq(), envelope.actor(), envelope.id(), envelope.prev())
}

impl Log {
    /// The proofs of equivocation, of at most one point per actor.
    pub fn proofs(&self) -> impl Iterator<Item = &Proof> {
        self.proofs.values()
    }

    /// The actors whose equivocation is to be settled: where, and the envelope that is here at that point. A fork of
    /// which neither branch can come here, because both stand on what was settled against, is not among them.
    pub fn frozen(&self) -> impl Iterator<Item = (Actor, u64, EnvelopeId)> {
        let open = self.proofs.values().filter(|proof| self.is_open(proof));
        open.filter_map(|proof| {
            let held = self.held_id(&proof.actor(), proof.seq())?;
            Some((proof.actor(), proof.seq(), held))
        })
    }

    /// Takes in a proof from somebody else: both envelopes, as far as they fit, and the freezing.
    pub fn insert_proof(&mut self, proof: Proof, members: &impl Membership) -> Verdict {
        let known = members.standing(&proof.low.author(), self.doc.kind) != Standing::Unknown;
        if proof.low.sid() != members.sid() || proof.low.doc() != self.doc {
            return self.refuse(Reason::OtherSession);
        }
        if !known {
            self.roster_lagged = true;
            return self.refuse(Reason::UnknownAuthor);
        }
        if !self.is_news(&proof) {
            return Verdict::Duplicate;
        }
        // The one that is here stays here; the other one becomes the contradiction.
        let (first, second) = match self.dag.by_id(&proof.high.id()) {
            Some(_) => (proof.high.clone(), proof.low.clone()),
            None => (proof.low.clone(), proof.high.clone()),
        };
        self.remember(proof);
        self.insert(first, Trust::Verified, members);
        self.insert(second, Trust::Verified, members);
        Verdict::Accepted
    }

    /// Keeps an envelope that contradicts what is here, and the proof if nothing is settled.
    pub(super) fn contradict(&mut self, envelope: Envelope, reason: Reason, trust: Trust) {
        if reason == Reason::Equivocation {
            let held = self.dag.chain(&envelope.actor()).get(envelope.seq() as usize - 1);
            let held = held.and_then(|node| self.dag.node(*node).envelope.clone());
            if let Some(proof) = held.and_then(|held| Proof::new(held, envelope.clone())) {
                self.remember(proof);
            }
        }
        let len = envelope.encoded_len();
        let room = self.others.len() < limits::ASIDE_PER_AUTHOR && self.others_bytes + len <= limits::ASIDE_BYTES;
        if (room || trust == Trust::Stored) && !self.others.contains_key(&envelope.id()) {
            self.others_bytes += len;
            self.learned = true;
            self.others.insert(envelope.id(), (envelope, trust.max(Trust::Verified)));
        }
    }

    fn remember(&mut self, proof: Proof) {
        let full = self.proofs.len() >= limits::PROOFS && !self.proofs.contains_key(&proof.actor());
        if full || !self.is_news(&proof) {
            return;
        }
        self.effects.proofs.push(proof.clone());
        self.proofs.insert(proof.actor(), proof);
    }

    /// One open proof per actor is enough; the one that lies deeper says more.
    fn is_news(&self, proof: &Proof) -> bool {
        let known = self.proofs.get(&proof.actor());
        known.is_none_or(|known| *known != *proof && (proof.seq() < known.seq() || !self.is_open(known)))
    }

    /// Whether nobody has settled the fork that a proof shows.
    fn is_open(&self, proof: &Proof) -> bool {
        !self.is_settled(&proof.actor(), proof.seq()) && !self.is_off(&proof.low) && !self.is_off(&proof.high)
    }

    /// Whether the actor equivocated at or below this envelope, and nobody has settled it.
    pub(super) fn is_frozen_at(&self, envelope: &Envelope) -> bool {
        let proof = self.proofs.get(&envelope.actor());
        proof.is_some_and(|proof| proof.seq() <= envelope.seq() && self.is_open(proof))
    }

    /// Whether an envelope that is not here is known to be off the chain that the roster chose: it, or what it follows
    /// as far as that is known, has a place that is given to another one.
    pub(super) fn is_off(&self, envelope: &Envelope) -> bool {
        let actor = envelope.actor();
        let Some(anchors) = self.anchors.get(&actor) else { return false };
        let chosen = |seq: u64| {
            let held = || self.is_pinned_beyond(&actor, seq).then(|| self.held_id(&actor, seq)).flatten();
            anchors.get(&seq).map(|pin| pin.id).or_else(held)
        };
        let (mut seq, mut id, mut prev) = (envelope.seq(), envelope.id(), Some(envelope.prev()));
        loop {
            if chosen(seq).is_some_and(|chosen| chosen != id) {
                return true;
            }
            let Some(below) = prev.filter(|_| seq > 1) else { return false };
            (seq, id) = (seq - 1, below);
            prev = self.known(&below).map(Envelope::prev);
        }
    }

    /// An envelope that is kept without being a node.
    fn known(&self, id: &EnvelopeId) -> Option<&Envelope> {
        let kept = self.others.get(id).map(|(envelope, _)| envelope).or_else(|| self.pending.envelope(id));
        kept.or_else(|| self.proven().find(|envelope| envelope.id() == *id))
    }

    /// Both envelopes of every proof.
    fn proven(&self) -> impl Iterator<Item = &Envelope> {
        self.proofs.values().flat_map(Proof::both)
    }

    /// What contradicts the nodes, or proves that something does.
    fn contradicting(&self) -> impl Iterator<Item = &Envelope> {
        self.others.values().map(|(envelope, _)| envelope).chain(self.proven())
    }

    /// Everything that is kept without being a node.
    fn kept(&self) -> impl Iterator<Item = &Envelope> {
        self.contradicting().chain(self.pending.envelopes())
    }

    /// Whether a place that a cut names is another envelope's, here or by the roster.
    pub(crate) fn contests(&self, cut: &Cut) -> bool {
        let pinned = self.anchors.get(&cut.actor).and_then(|anchors| anchors.get(&cut.seq)).map(|pin| pin.id);
        pinned.or_else(|| self.held_id(&cut.actor, cut.seq)).is_some_and(|id| id != cut.id)
    }

    fn held_id(&self, actor: &Actor, seq: u64) -> Option<EnvelopeId> {
        let at = usize::try_from(seq).ok()?.checked_sub(1)?;
        self.dag.chain(actor).get(at).and_then(|node| self.envelope_id(*node))
    }

    /// A point at or above the fork fixes everything below it, by the chain of hashes.
    fn is_settled(&self, actor: &Actor, seq: u64) -> bool {
        self.anchors.get(actor).is_some_and(|anchors| anchors.range(seq..).next().is_some())
    }

    /// Whether a later envelope of the chain that is here is one that the roster names.
    pub(super) fn is_pinned_beyond(&self, actor: &Actor, seq: u64) -> bool {
        let chain = self.dag.chain(actor);
        self.anchors.get(actor).is_some_and(|anchors| {
            anchors.range(seq..).any(|(at, pin)| {
                chain.get(*at as usize - 1).is_some_and(|node| self.envelope_id(*node) == Some(pin.id))
            })
        })
    }

    /// What came late to a frozen actor counts fully once its fork is settled. Tells whether there was any.
    pub(super) fn thaw(&mut self) -> bool {
        let mut thawed = false;
        for node in 1..self.states.len() {
            let Some(envelope) = self.dag.node(node as u32).envelope.as_ref() else { continue };
            if self.states[node].late && !self.is_frozen_at(envelope) {
                self.states[node].late = false;
                thawed = true;
            }
        }
        thawed
    }

    /// Reads the points that the roster pins. Where two entries name different envelopes, the later one counts.
    pub(super) fn read_anchors(&mut self, members: &impl Membership) {
        self.anchors.clear();
        for (rank, anchor) in members.anchors(&self.doc).into_iter().enumerate() {
            if anchor.seq > 0 {
                let pin = Pin { id: anchor.id, rank };
                self.anchors.entry(anchor.actor).or_default().insert(anchor.seq, pin);
            }
        }
        self.follow_anchors();
    }

    /// An envelope that is named names its predecessor, and so on, as far as they are here.
    fn follow_anchors(&mut self) {
        if self.anchors.is_empty() {
            return;
        }
        self.follow_through(self.kept().map(place_of).collect());
    }

    /// The same through the nodes, which name each other too: where entries contradict each other, what is here may be
    /// what the later one asks for.
    fn follow_through_nodes(&mut self) {
        let nodes = self.dag.envelopes().map(|(_, envelope)| envelope);
        let anchored = nodes.filter(|envelope| self.anchors.contains_key(&envelope.actor()));
        self.follow_through(self.kept().chain(anchored).map(place_of).collect());
    }

    fn follow_through(&mut self, mut known: Vec<(u64, Actor, EnvelopeId, EnvelopeId)>) {
        known.sort_unstable_by(|a, b| b.cmp(a));
        for (seq, actor, id, prev) in known {
            let Some(anchors) = self.anchors.get_mut(&actor).filter(|_| seq > 1) else { continue };
            let Some(rank) = anchors.get(&seq).filter(|pin| pin.id == id).map(|pin| pin.rank) else { continue };
            let below = anchors.entry(seq - 1).or_insert(Pin { id: prev, rank });
            if below.rank < rank {
                *below = Pin { id: prev, rank };
            }
        }
    }

    /// Whether a node has a place that the roster gave to another envelope.
    pub(super) fn contradicts_anchors(&mut self) -> bool {
        if self.anchors.is_empty() || (self.others.is_empty() && self.pending.len() == 0 && !self.has_misplaced()) {
            return false;
        }
        self.follow_anchors();
        if !self.has_misplaced() {
            return false;
        }
        self.follow_through_nodes();
        self.has_misplaced()
    }

    /// Whether the roster names an envelope that is not here.
    pub(super) fn lacks_anchored(&self) -> bool {
        let named = self.anchors.values().flat_map(|anchors| anchors.values());
        named.into_iter().any(|pin| self.dag.by_id(&pin.id).is_none())
    }

    fn has_misplaced(&self) -> bool {
        self.anchors.iter().any(|(actor, anchors)| {
            let chain = self.dag.chain(actor);
            anchors.iter().any(|(seq, pin)| {
                chain.get(*seq as usize - 1).is_some_and(|node| self.envelope_id(*node) != Some(pin.id))
            })
        })
    }

    /// Whether an envelope that the roster names lies among the contradictions.
    pub(super) fn has_anchored_other(&self) -> bool {
        self.contradicting().any(|envelope| {
            let anchors = self.anchors.get(&envelope.actor());
            anchors.and_then(|anchors| anchors.get(&envelope.seq())).is_some_and(|pin| pin.id == envelope.id())
                && self.dag.by_id(&envelope.id()).is_none()
        })
    }

    /// Builds the graph again from every envelope that is here, under the roster's choice of branches.
    pub(super) fn reinsert(&mut self, members: &impl Membership) {
        let old = std::mem::replace(&mut self.dag, Dag::new(self.doc.kind));
        let states = std::mem::replace(&mut self.states, vec![NodeState { accepted: true, valid: true, late: false }]);
        let mut late: HashSet<EnvelopeId> = HashSet::new();
        let mut stored: HashSet<EnvelopeId> = HashSet::new();
        for (node, envelope) in old.envelopes() {
            stored.insert(envelope.id());
            if states[node as usize].late {
                late.insert(envelope.id());
            }
        }
        let others = std::mem::take(&mut self.others);
        self.others_bytes = 0;
        let pending = self.pending.drain();
        let proofs: Vec<(Envelope, Trust)> =
            self.proven().map(|envelope| (envelope.clone(), Trust::Verified)).collect();
        self.spent.values_mut().for_each(|spent| *spent = Spent::default());
        self.aside_bytes = 0;
        let inserted_before = std::mem::take(&mut self.effects.inserted);

        self.rebuilding = true;
        let held = old.into_envelopes().map(|envelope| (envelope, Trust::Stored));
        let pool = held.chain(others.into_values()).chain(pending).chain(proofs);
        for (envelope, trust) in pool.collect::<Vec<_>>() {
            self.admit(envelope, trust, members);
        }
        self.rebuilding = false;

        for node in 1..self.states.len() {
            let id = self.envelope_id(node as u32);
            self.states[node].late = id.is_some_and(|id| late.contains(&id));
        }
        self.thaw();
        let fresh = std::mem::take(&mut self.effects.inserted).into_iter().filter(|id| !stored.contains(id));
        self.effects.inserted = inserted_before.into_iter().chain(fresh).collect();
        self.effects.rebuild = true;
        self.recompute(members);
        self.effects.ask_again = true;
    }

    /// What the log would settle on: for each frozen actor the last envelope of the chain that is here.
    pub fn settlements(&self) -> BTreeMap<Actor, (u64, EnvelopeId)> {
        let vector = self.vector();
        self.frozen()
            .filter_map(|(actor, seq, _)| Some((actor, *vector.get(&actor).filter(|tip| tip.0 >= seq)?)))
            .collect()
    }
}
