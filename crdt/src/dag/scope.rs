//! What an operation names, and whether its author may.

use super::{Dag, GENESIS, Made, NodeIndex, OpFact, OpFault, OpRef, Place};
use crate::genesis;
use crate::id::{Actor, DocKind, PeerId};
use crate::prescan::{ActionShape, ChangeShape, GENESIS_ACTOR_BYTES, KeyShape, OpShape};

/// What one operation of a change can see: its ancestors, and the operations before it in the same change.
pub(super) struct Scope<'a> {
    pub(super) dag: &'a Dag,
    pub(super) shape: &'a ChangeShape,
    pub(super) deps: &'a [NodeIndex],
    pub(super) own: &'a [OpFact],
    pub(super) author: PeerId,
}

impl Scope<'_> {
    /// What the operation makes, the object it works in, and the element it works on unless it sets a key.
    pub(super) fn judge(&self, op: &OpShape) -> Result<(Made, OpRef, Option<OpRef>), OpFault> {
        let obj = self.resolve(op.obj.ok_or(OpFault::Foreign)?)?;
        if !self.is_genesis(obj) && !self.may_touch(obj) {
            return Err(OpFault::Foreign);
        }
        let made = match op.action {
            ActionShape::MakeMap => Made::Map,
            ActionShape::MakeList => Made::List,
            ActionShape::MakeText => Made::Text,
            ActionShape::Set { .. } => Made::Scalar,
            ActionShape::Delete => Made::Nothing,
        };
        let element = match (self.fact(obj).made, &op.key) {
            (Made::Map, KeyShape::Prop(_)) => None,
            (holder @ (Made::List | Made::Text), key) => {
                let element = match key {
                    KeyShape::Head => None,
                    KeyShape::Elem(id) => Some(self.element(*id, obj)?),
                    KeyShape::Prop(_) => return Err(OpFault::BadReference),
                };
                if op.insert {
                    if holder == Made::Text && op.action != (ActionShape::Set { text: true }) {
                        return Err(OpFault::BadReference);
                    }
                    // An inserted element is its own place.
                    return Ok((made, obj, Some(self.next())));
                }
                let element = element.ok_or(OpFault::BadReference)?;
                if !self.may_touch(element) {
                    return Err(OpFault::Foreign);
                }
                if holder == Made::Text && op.action != ActionShape::Delete {
                    return Err(OpFault::BadReference);
                }
                Some(element)
            }
            _ => return Err(OpFault::BadReference),
        };
        Ok((made, obj, element))
    }

    pub(super) fn judge_preds(&self, op: &OpShape, obj: OpRef, place: Place) -> Result<(), OpFault> {
        for pred in &op.preds {
            let pred = self.resolve(*pred)?;
            let fact = self.fact(pred);
            if fact.made == Made::Nothing || fact.obj != obj || fact.place != place {
                return Err(OpFault::BadReference);
            }
            if !self.may_touch(pred) {
                return Err(OpFault::Foreign);
            }
        }
        Ok(())
    }

    fn element(&self, id: (u32, u64), obj: OpRef) -> Result<OpRef, OpFault> {
        let element = self.resolve(id)?;
        let fact = self.fact(element);
        if fact.insert && fact.obj == obj { Ok(element) } else { Err(OpFault::BadReference) }
    }

    /// Finds an operation among the ancestors or earlier in this change.
    fn resolve(&self, (actor, counter): (u32, u64)) -> Result<OpRef, OpFault> {
        let bytes = &self.shape.actors[actor as usize];
        if bytes.len() == GENESIS_ACTOR_BYTES {
            let known = bytes.as_ref() == genesis::actor(self.dag.kind).as_slice();
            let containers = self.dag.node(GENESIS).ops.len() as u64;
            return if known && counter <= containers {
                Ok(OpRef::new(GENESIS, counter as usize - 1))
            } else {
                Err(OpFault::BadReference)
            };
        }
        if actor == 0 && counter >= self.shape.start_op {
            let index = (counter - self.shape.start_op) as usize;
            return if index < self.own.len() {
                Ok(OpRef::new(self.here(), index))
            } else {
                Err(OpFault::BadReference)
            };
        }
        let actor = <[u8; 40]>::try_from(bytes.as_ref()).map(Actor).map_err(|_| OpFault::BadReference)?;
        let chain = *self.dag.chain_of.get(&actor).ok_or(OpFault::BadReference)?;
        let seen = self.dag.latest(self.deps, chain) as usize;
        let nodes = &self.dag.chains[chain as usize].nodes[..seen];
        let at = nodes.partition_point(|node| self.dag.node(*node).start_op <= counter);
        let node = *at.checked_sub(1).and_then(|i| nodes.get(i)).ok_or(OpFault::BadReference)?;
        let index = counter - self.dag.node(node).start_op;
        if counter > self.dag.node(node).max_op {
            return Err(OpFault::BadReference);
        }
        Ok(OpRef::new(node, index as usize))
    }

    fn here(&self) -> NodeIndex {
        self.dag.nodes.len() as NodeIndex
    }

    fn next(&self) -> OpRef {
        OpRef::new(self.here(), self.own.len())
    }

    fn fact(&self, op: OpRef) -> OpFact {
        if op.node() == self.here() { self.own[op.index()] } else { self.dag.node(op.node()).ops[op.index()] }
    }

    fn is_genesis(&self, op: OpRef) -> bool {
        op.node() == GENESIS
    }

    /// Shared texts belong to all; everywhere else an author touches only what it made.
    fn may_touch(&self, op: OpRef) -> bool {
        if self.dag.kind == DocKind::Text && !self.is_genesis(op) {
            return true;
        }
        op.node() == self.here() || self.dag.author_of(op) == Some(self.author)
    }
}
