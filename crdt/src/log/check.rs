//! The checks on one envelope, in the order that the protocol fixes.

use super::pending::Missing;
use super::{Log, NodeState, Reason, Trust, Verdict};
use crate::dag::{Dag, Misfit, NodeIndex, OpFault};
use crate::envelope::Envelope;
use crate::id::EnvelopeId;
use crate::limits;
use crate::membership::{Membership, Standing};
use crate::prescan::{ACTOR_BYTES, ChangeShape, prescan};

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

impl Log {
    /// The checks, in the protocol's order.
    pub(super) fn admit_one(
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
        if anchored.is_some_and(|pin| pin.id != envelope.id()) {
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
        if previous.map_or(EnvelopeId::NONE, Envelope::id) != envelope.prev() {
            // An envelope that the roster names outranks what is here: it waits until its own chain has come.
            return match anchored {
                Some(_) => Ok(Checked::Waits(Missing::Envelope(envelope.prev()))),
                // It may be of another branch, whose beginning is not here: kept for when the roster chooses that one.
                None => Ok(Checked::Contradicts(Reason::PrevMismatch)),
            };
        }
        if previous.is_some_and(|previous| previous.epoch() > envelope.epoch()) {
            return Err(Reason::EpochBack);
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
        if let Some((other, _)) = self.others.remove(&id) {
            self.others_bytes -= other.encoded_len();
        }
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
            self.learned = true;
            Verdict::Pending
        } else {
            self.overflowed = true;
            self.refuse(Reason::PendingFull)
        }
    }
}
