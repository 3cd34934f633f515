//! The log of one document: every envelope passes here, in the order of checks that the protocol fixes, before it
//! becomes part of the document.
//!
//! An envelope ends in one of three places. A *node* of the graph has passed every check that does not depend on the
//! roster. Accepted nodes are the document; a node that is not accepted is *aside*: its author may not write (any
//! more), but if a writer builds on it, it counts. What builds on an envelope that is not here is *pending*.
//! *Others* are well-formed envelopes that contradict a node: the second branch of an equivocation.
//!
//! What is accepted is a function of the set of envelopes and the roster, computed in [`accept`](self): rooted
//! envelopes, and all ancestors of rooted ones, whose authors are known and whose epochs have begun.
//!
//! **Equivocation.** Of two envelopes with one actor and one number the one that came first stays, the document is
//! unchanged, and both are kept as a proof. The actor is *frozen*: later envelopes of it count only as ancestors of
//! other people's. A `settle`, or a cut, names the envelope that counts; then every peer has the same branch, whatever
//! came first.

mod accept;
mod check;
mod fork;
mod pending;
mod reason;

use std::collections::{BTreeMap, HashMap};

use crate::dag::{Dag, NodeIndex};
use crate::envelope::{Envelope, EnvelopeError};
use crate::id::{Actor, DocId, EnvelopeId, PeerId};
use crate::limits;
use crate::membership::Membership;
use pending::{Missing, Pending};

use fork::Pin;
pub use fork::Proof;
pub use reason::{Counters, Reason, Verdict};

/// How far somebody has every actor's chain: the number and id of the last envelope.
pub type Vector = BTreeMap<Actor, (u64, EnvelopeId)>;

/// Whether an envelope's signature still has to be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// From anybody: check everything.
    Network,
    /// Its signature was checked when it came, and the rest is checked now.
    Verified,
    /// This device took it in once, and stored it: whatever the roster says by now, it is kept.
    Stored,
}

/// What changed in a log, for whoever keeps the document, the store and the links in step with it.
#[derive(Debug, Default)]
pub struct Effects {
    /// Envelopes that became nodes, in order: to be stored.
    pub inserted: Vec<EnvelopeId>,
    /// Changes that became part of the document, ancestors first.
    pub accepted: Vec<NodeIndex>,
    /// Whether the document must be made afresh, because something is no longer part of it.
    pub rebuild: bool,
    /// New proofs of equivocation.
    pub proofs: Vec<Proof>,
    /// Whether something was dropped that may be welcome now: ask for it again.
    pub ask_again: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct NodeState {
    accepted: bool,
    /// Whether it and all its ancestors are by known authors in epochs that have begun.
    valid: bool,
    /// Whether it came after its actor was frozen: no root by itself.
    late: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Spent {
    envelopes: usize,
    bytes: usize,
    aside: usize,
}

/// The log of one document.
pub struct Log {
    doc: DocId,
    dag: Dag,
    states: Vec<NodeState>,
    pending: Pending,
    /// Well-formed envelopes that contradict a node or the roster's choice.
    others: BTreeMap<EnvelopeId, (Envelope, Trust)>,
    proofs: BTreeMap<Actor, Proof>,
    anchors: BTreeMap<Actor, BTreeMap<u64, Pin>>,
    spent: HashMap<PeerId, Spent>,
    aside_bytes: usize,
    others_bytes: usize,
    counters: Counters,
    effects: Effects,
    /// Something was dropped for lack of space.
    overflowed: bool,
    /// Something was refused that another roster would let in.
    roster_lagged: bool,
    /// Something was kept beside the graph that may show where a fork lies.
    learned: bool,
    rebuilding: bool,
}

impl Log {
    /// The log of a new document.
    pub fn new(doc: DocId) -> Self {
        Log {
            doc,
            dag: Dag::new(doc.kind),
            states: vec![NodeState { accepted: true, valid: true, late: false }],
            pending: Pending::default(),
            others: BTreeMap::new(),
            proofs: BTreeMap::new(),
            anchors: BTreeMap::new(),
            spent: HashMap::new(),
            aside_bytes: 0,
            others_bytes: 0,
            counters: Counters::default(),
            effects: Effects::default(),
            overflowed: false,
            roster_lagged: false,
            learned: false,
            rebuilding: false,
        }
    }

    /// Which document this is.
    pub fn doc(&self) -> DocId {
        self.doc
    }

    /// Checks encoded bytes and takes them in if they pass.
    pub fn insert_bytes(&mut self, bytes: &[u8], members: &impl Membership) -> Verdict {
        match Envelope::decode(bytes) {
            Ok(envelope) => self.insert(envelope, Trust::Network, members),
            Err(error) => self.refuse(match error {
                EnvelopeError::Oversize => Reason::Oversize,
                EnvelopeError::Malformed(_) => Reason::Malformed,
                EnvelopeError::Version(_) => Reason::UnknownVersion,
            }),
        }
    }

    /// Checks an envelope and takes it in if it passes, with everything that waited for it.
    pub fn insert(&mut self, envelope: Envelope, trust: Trust, members: &impl Membership) -> Verdict {
        let id = envelope.id();
        let mut verdict = self.admit(envelope, trust, members);
        if self.contradicts_anchors() {
            self.reinsert(members);
            if self.dag.by_id(&id).is_some() {
                verdict = Verdict::Accepted;
            } else if self.pending.contains(&id) {
                verdict = Verdict::Pending;
            }
        } else if std::mem::take(&mut self.learned) && !self.proofs.is_empty() && self.thaw() {
            // What came shows that a fork lies on a branch that the roster did not choose.
            self.recompute(members);
        }
        verdict
    }

    /// Takes what changed since it was last taken.
    pub fn take_effects(&mut self) -> Effects {
        std::mem::take(&mut self.effects)
    }

    /// How often each reason for refusal occurred.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// How far this log has every actor's chain.
    pub fn vector(&self) -> Vector {
        let tip = |nodes: &[NodeIndex]| {
            let envelope = self.dag.node(*nodes.last()?).envelope.as_ref()?;
            Some((envelope.seq(), envelope.id()))
        };
        self.dag.chains().filter_map(|(actor, nodes)| Some((*actor, tip(nodes)?))).collect()
    }

    /// How far each actor's chain is accepted.
    pub fn accepted_vector(&self) -> Vector {
        let last = |nodes: &[NodeIndex]| {
            let node = nodes.iter().rev().find(|node| self.states[**node as usize].accepted)?;
            let envelope = self.dag.node(*node).envelope.as_ref()?;
            Some((envelope.seq(), envelope.id()))
        };
        self.dag.chains().filter_map(|(actor, nodes)| Some((*actor, last(nodes)?))).collect()
    }

    /// The accepted envelopes that somebody with the vector `theirs` lacks, ancestors first. Of an actor whose chains
    /// differ, all: the other side cannot know where the branches part.
    pub fn missing_for(&self, theirs: &Vector) -> Vec<&Envelope> {
        let mut missing: Vec<&NodeIndex> = Vec::new();
        for (actor, nodes) in self.dag.chains() {
            let from = match theirs.get(actor) {
                Some((seq, id)) => match nodes.get((*seq as usize).wrapping_sub(1)) {
                    Some(node) if self.envelope_id(*node) != Some(*id) => 0,
                    _ => usize::try_from(*seq).unwrap_or(usize::MAX),
                },
                None => 0,
            };
            missing.extend(nodes.iter().skip(from).filter(|node| self.states[**node as usize].accepted));
        }
        missing.sort_unstable();
        missing.into_iter().filter_map(|node: &NodeIndex| self.dag.node(*node).envelope.as_ref()).collect()
    }

    /// The accepted envelopes, ancestors first.
    pub fn accepted(&self) -> impl Iterator<Item = &Envelope> {
        let states = &self.states;
        self.dag.envelopes().filter(|(node, _)| states[*node as usize].accepted).map(|(_, envelope)| envelope)
    }

    /// All envelopes that are nodes, accepted or aside, ancestors first.
    pub fn held(&self) -> impl Iterator<Item = &Envelope> {
        self.dag.envelopes().map(|(_, envelope)| envelope)
    }

    /// Whether an envelope is part of the document.
    pub fn is_accepted(&self, id: &EnvelopeId) -> bool {
        self.dag.by_id(id).is_some_and(|node| self.states[node as usize].accepted)
    }

    /// The accepted envelope behind an effect.
    pub fn envelope(&self, node: NodeIndex) -> Option<&Envelope> {
        self.dag.node(node).envelope.as_ref()
    }

    /// The envelope with this id, if it is a node.
    pub fn envelope_by_id(&self, id: &EnvelopeId) -> Option<&Envelope> {
        self.dag.by_id(id).and_then(|node| self.envelope(node))
    }

    /// The envelope with this number in an actor's chain, if it is a node.
    pub fn envelope_at(&self, actor: &Actor, seq: u64) -> Option<&Envelope> {
        let at = usize::try_from(seq.checked_sub(1)?).ok()?;
        self.envelope(*self.dag.chain(actor).get(at)?)
    }

    /// The accepted nodes, ancestors first.
    pub(crate) fn accepted_nodes(&self) -> Vec<NodeIndex> {
        (1..self.states.len()).filter(|node| self.states[*node].accepted).map(|node| node as NodeIndex).collect()
    }

    /// Whether a change only adds entries of its own.
    pub(crate) fn is_additive(&self, node: NodeIndex) -> bool {
        self.dag.node(node).additive
    }

    /// Whether `actor`'s chain can be continued: all of it is here and counts, and nobody contests it. What was written
    /// beyond the chain's end and is no longer part of it still bears its numbers: signing them again would be an
    /// equivocation.
    pub(crate) fn can_continue(&self, actor: &Actor) -> bool {
        let chain = self.dag.chain(actor);
        let beyond = self.pending.envelopes().chain(self.others.values().map(|(envelope, _)| envelope));
        !self.proofs.contains_key(actor)
            && chain.last().is_none_or(|node| self.states[*node as usize].accepted)
            && !beyond.into_iter().any(|envelope| envelope.actor() == *actor)
    }

    /// The sequence number of the change in which `actor` made the operation with this counter.
    pub fn seq_of(&self, actor: &Actor, counter: u64) -> Option<u64> {
        self.dag.seq_of(actor, counter)
    }

    /// Whether an envelope waits here for what it builds on. It is in memory only.
    pub fn is_pending(&self, id: &EnvelopeId) -> bool {
        self.pending.contains(id)
    }

    /// How many envelopes wait, and their bytes.
    pub fn pending(&self) -> (usize, usize) {
        (self.pending.len(), self.pending.bytes())
    }

    /// Admits an envelope, then whatever waited for it, until nothing moves any more.
    fn admit(&mut self, envelope: Envelope, trust: Trust, members: &impl Membership) -> Verdict {
        let (verdict, node) = self.admit_one(envelope, trust, members);
        let mut arrived: Vec<NodeIndex> = node.into_iter().collect();
        while let Some(node) = arrived.pop() {
            let hash = self.dag.node(node).hash;
            let mut woken = self.pending.wake(Missing::Change(hash));
            if let Some(id) = self.envelope_id(node) {
                woken.append(&mut self.pending.wake(Missing::Envelope(id)));
            }
            for (envelope, trust) in woken {
                arrived.extend(self.admit_one(envelope, trust, members).1);
            }
        }
        if self.overflowed && self.pending.len() < limits::PENDING_PER_AUTHOR / 2 {
            self.overflowed = false;
            self.effects.ask_again = true;
        }
        verdict
    }

    fn refuse(&mut self, reason: Reason) -> Verdict {
        if !self.rebuilding {
            self.counters.count(reason.name());
        }
        Verdict::Refused(reason)
    }

    fn envelope_id(&self, node: NodeIndex) -> Option<EnvelopeId> {
        self.dag.node(node).envelope.as_ref().map(Envelope::id)
    }
}
