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
mod fork;
mod pending;
mod reason;

use std::collections::{BTreeMap, HashMap};

use crate::dag::{Dag, Misfit, NodeIndex, OpFault};
use crate::envelope::{Envelope, EnvelopeError};
use crate::id::{Actor, DocId, EnvelopeId, PeerId};
use crate::limits;
use crate::membership::{Membership, Standing};
use crate::prescan::{ACTOR_BYTES, ChangeShape, prescan};
use pending::{Missing, Pending};

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
    anchors: BTreeMap<Actor, BTreeMap<u64, EnvelopeId>>,
    spent: HashMap<PeerId, Spent>,
    aside_bytes: usize,
    counters: Counters,
    effects: Effects,
    /// Something was dropped for lack of space.
    overflowed: bool,
    /// Something was refused that another roster would let in.
    roster_lagged: bool,
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
            counters: Counters::default(),
            effects: Effects::default(),
            overflowed: false,
            roster_lagged: false,
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

    /// The accepted nodes, ancestors first.
    pub(crate) fn accepted_nodes(&self) -> Vec<NodeIndex> {
        (1..self.states.len()).filter(|node| self.states[*node].accepted).map(|node| node as NodeIndex).collect()
    }

    /// Whether a change only adds entries of its own.
    pub(crate) fn is_additive(&self, node: NodeIndex) -> bool {
        self.dag.node(node).additive
    }

    /// Whether `actor`'s chain can be continued: all of it counts, and nobody contests it.
    pub(crate) fn can_continue(&self, actor: &Actor) -> bool {
        let chain = self.dag.chain(actor);
        !self.proofs.contains_key(actor) && chain.last().is_none_or(|node| self.states[*node as usize].accepted)
    }

    /// The sequence number of the change in which `actor` made the operation with this counter.
    pub fn seq_of(&self, actor: &Actor, counter: u64) -> Option<u64> {
        self.dag.seq_of(actor, counter)
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

    /// The checks, in the protocol's order.
    fn admit_one(
        &mut self,
        envelope: Envelope,
        trust: Trust,
        members: &impl Membership,
    ) -> (Verdict, Option<NodeIndex>) {
        match self.check(&envelope, trust, members) {
            Ok(Checked::Fits { shape, deps }) => self.place(envelope, &shape, deps, trust, members),
            Ok(Checked::Duplicate) => (Verdict::Duplicate, None),
            Ok(Checked::Waits(missing)) => (self.wait(envelope, missing, trust), None),
            Ok(Checked::Contradicts(reason)) => {
                self.contradict(envelope, reason, trust);
                (self.refuse(reason), None)
            }
            Err(reason) => (self.refuse(reason), None),
        }
    }

    fn check(&mut self, envelope: &Envelope, trust: Trust, members: &impl Membership) -> Result<Checked, Reason> {
        if envelope.change().len() > limits::CHANGE_BYTES {
            return Err(Reason::Oversize);
        }
        if envelope.sid() != members.sid() {
            return Err(Reason::OtherSession);
        }
        if envelope.doc() != self.doc {
            return Err(Reason::UnknownDocument);
        }
        let id = envelope.id();
        if self.dag.by_id(&id).is_some() || self.pending.contains(&id) {
            return Ok(Checked::Duplicate);
        }
        let stored = trust == Trust::Stored;
        if !stored && members.standing(&envelope.author(), self.doc.kind) == Standing::Unknown {
            self.roster_lagged = true;
            return Err(Reason::UnknownAuthor);
        }
        if trust == Trust::Network && !envelope.verify_signature() {
            return Err(Reason::BadSignature);
        }
        let shape = prescan(envelope.change()).map_err(Reason::Chunk)?;
        let actor = envelope.actor();
        if shape.actors[0].len() != ACTOR_BYTES || *shape.actors[0] != actor.0 {
            return Err(Reason::ActorMismatch);
        }
        if envelope.seq() == 0 || shape.seq != envelope.seq() || envelope.seq() >= u64::from(u32::MAX) {
            return Err(Reason::WrongSequence);
        }
        if !stored && envelope.epoch() > members.epoch() {
            self.roster_lagged = true;
            return Err(Reason::FutureEpoch);
        }
        self.check_chain(envelope, shape)
    }

    /// Whether the envelope continues its actor's chain, and on what.
    fn check_chain(&self, envelope: &Envelope, shape: ChangeShape) -> Result<Checked, Reason> {
        let actor = envelope.actor();
        let chain = self.dag.chain(&actor);
        let anchored = self.anchors.get(&actor).and_then(|anchors| anchors.get(&envelope.seq()));
        if anchored.is_some_and(|id| *id != envelope.id()) {
            return Ok(Checked::Contradicts(Reason::SettledOtherwise));
        }
        let tip = chain.len() as u64;
        if envelope.seq() <= tip {
            // An anchored envelope that is not the one here counts; reinserting sees to it.
            let reason = if self.is_off(envelope) { Reason::SettledOtherwise } else { Reason::Equivocation };
            return Ok(Checked::Contradicts(reason));
        }
        if envelope.seq() > tip + 1 {
            return Ok(Checked::Waits(Missing::Envelope(envelope.prev())));
        }
        let previous = chain.last().and_then(|node| self.dag.node(*node).envelope.as_ref());
        if previous.is_some_and(|previous| previous.epoch() > envelope.epoch()) {
            return Err(Reason::EpochBack);
        }
        if previous.map_or(EnvelopeId::NONE, Envelope::id) != envelope.prev() {
            // An envelope that the roster names outranks what is here: it waits until its own chain has come.
            return match anchored {
                Some(_) => Ok(Checked::Waits(Missing::Envelope(envelope.prev()))),
                None => Err(Reason::PrevMismatch),
            };
        }
        match self.dag.locate(envelope, &shape) {
            Ok(deps) => Ok(Checked::Fits { shape, deps }),
            Err(Misfit::Missing(hash)) => Ok(Checked::Waits(Missing::Change(hash))),
            Err(Misfit::Rootless) => Err(Reason::BadReference),
            Err(Misfit::ForgetsItself) => Err(Reason::PrevMismatch),
            Err(Misfit::StartOp) => Err(Reason::StartOp),
        }
    }

    /// The checks of role, operations and space; then the envelope becomes a node.
    fn place(
        &mut self,
        envelope: Envelope,
        shape: &ChangeShape,
        deps: Box<[NodeIndex]>,
        trust: Trust,
        members: &impl Membership,
    ) -> (Verdict, Option<NodeIndex>) {
        let author = envelope.author();
        let late = self.is_frozen_at(&envelope);
        let root = self.root_of(&envelope, late, members);
        let examined = match self.dag.examine(&envelope, shape, deps) {
            Ok(examined) => examined,
            Err(fault) => {
                // The role comes first in the order of checks, whichever is found first.
                let reason = root.err().unwrap_or(match fault {
                    OpFault::BadReference => Reason::BadReference,
                    OpFault::Foreign => Reason::ForeignObject,
                });
                return (self.refuse(reason), None);
            }
        };
        let cost = envelope.encoded_len() + Dag::cost_of_ops(shape.ops.len());
        if trust != Trust::Stored
            && let Err(reason) = self.afford(&envelope, cost, root.is_err())
        {
            return (self.refuse(reason), None);
        }

        let id = envelope.id();
        let begun = envelope.epoch() <= members.epoch() && root != Err(Reason::UnknownAuthor);
        let node = self.dag.insert(envelope, examined);
        self.others.remove(&id);
        self.effects.inserted.push(id);
        let valid = begun && self.dag.node(node).deps.iter().all(|dep| self.states[*dep as usize].valid);
        self.states.push(NodeState { accepted: false, valid, late });
        let spent = self.spent.entry(author).or_default();
        spent.envelopes += 1;
        spent.bytes += cost;
        match root {
            Ok(()) if valid => {
                self.accept_with_ancestors(node);
                (Verdict::Accepted, Some(node))
            }
            Ok(()) => {
                self.set_aside(node);
                self.roster_lagged = true;
                (self.refuse(Reason::UnknownAuthor), Some(node))
            }
            Err(reason) => {
                self.set_aside(node);
                (self.refuse(reason), Some(node))
            }
        }
    }

    fn afford(&self, envelope: &Envelope, cost: usize, aside: bool) -> Result<(), Reason> {
        if envelope.seq() == 1 && self.dag.actor_count() >= limits::ACTORS {
            return Err(Reason::TooManyActors);
        }
        let spent = self.spent.get(&envelope.author()).copied().unwrap_or_default();
        if spent.envelopes >= limits::AUTHOR_ENVELOPES || spent.bytes + cost > limits::AUTHOR_BYTES {
            return Err(Reason::AuthorBudget);
        }
        let crowded =
            spent.aside >= limits::ASIDE_PER_AUTHOR || self.aside_bytes + envelope.encoded_len() > limits::ASIDE_BYTES;
        if aside && crowded { Err(Reason::AsideFull) } else { Ok(()) }
    }

    fn wait(&mut self, envelope: Envelope, missing: Missing, trust: Trust) -> Verdict {
        if self.pending.push(envelope, missing, trust) {
            Verdict::Pending
        } else {
            self.overflowed = true;
            self.refuse(Reason::PendingFull)
        }
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

/// Where an envelope belongs that passed the checks before its operations.
enum Checked {
    Fits {
        shape: ChangeShape,
        deps: Box<[NodeIndex]>,
    },
    Waits(Missing),
    /// It is well-formed, and something else has its place.
    Contradicts(Reason),
    Duplicate,
}
