//! The graph of a document's envelopes: who wrote what on top of what.
//!
//! A node is an envelope whose every check has passed except the ones that depend on the roster. What can be asked of
//! the graph is a function of a node and its ancestors alone, never of what else happens to be here: that is what lets
//! every peer come to the same verdict. Chains are linear: of two envelopes with one actor and one sequence number only
//! one is ever a node.

mod scope;

use std::collections::HashMap;

use crate::envelope::Envelope;
use crate::genesis;
use crate::id::{Actor, DocKind, EnvelopeId, PeerId};
use crate::limits;
use crate::prescan::{ChangeHash, ChangeShape, KeyShape, OpShape, prescan};
use scope::Scope;

/// Index of a node; ancestors have lower indices than their descendants.
pub(crate) type NodeIndex = u32;

/// The genesis change, an ancestor of all.
pub(crate) const GENESIS: NodeIndex = 0;

/// A node stores its whole clock when it merges, and at least this often: looking back walks no further.
const CLOCK_STEP: u32 = 32;

/// An operation anywhere in the document: its node, and its position in the node's change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct OpRef(u64);

const OP_BITS: u32 = 13;

impl OpRef {
    fn new(node: NodeIndex, index: usize) -> Self {
        // A change has at most 4096 operations, which fit 13 bits.
        OpRef(u64::from(node) << OP_BITS | index as u64)
    }

    fn node(self) -> NodeIndex {
        (self.0 >> OP_BITS) as NodeIndex
    }

    fn index(self) -> usize {
        (self.0 & ((1 << OP_BITS) - 1)) as usize
    }
}

/// What later operations may want to know of an operation.
#[derive(Clone, Copy, Debug)]
struct OpFact {
    made: Made,
    insert: bool,
    /// The object it works in; genesis containers work in the root, which nobody else may.
    obj: OpRef,
    place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Made {
    Map,
    List,
    Text,
    Scalar,
    Nothing,
}

/// The place of an operation in its object: two operations with equal places compete for one value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    Key(u32),
    Element(OpRef),
}

/// Why an operation may not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OpFault {
    /// It names something that is not among its ancestors, or of another sort.
    BadReference,
    /// It would change what its author did not make.
    Foreign,
}

/// An envelope in the graph.
pub(crate) struct Node {
    /// The envelope; genesis has none.
    pub(crate) envelope: Option<Envelope>,
    pub(crate) hash: ChangeHash,
    pub(crate) deps: Box<[NodeIndex]>,
    pub(crate) max_op: u64,
    start_op: u64,
    chain: u32,
    seq: u32,
    since_clock: u32,
    clock: Option<Box<[u32]>>,
    ops: Box<[OpFact]>,
    /// Whether it only inserts into genesis containers and fills what it makes itself.
    pub(crate) additive: bool,
}

struct Chain {
    actor: Actor,
    nodes: Vec<NodeIndex>,
}

/// What [`Dag::examine`] found out about a change, ready for [`Dag::insert`].
pub(crate) struct Examined {
    deps: Box<[NodeIndex]>,
    ops: Box<[OpFact]>,
    hash: ChangeHash,
    start_op: u64,
    max_op: u64,
}

/// Why a change does not fit its ancestors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// A dependency is not here.
    Missing(ChangeHash),
    /// It depends on nothing.
    Rootless,
    /// Its author's previous change is not among its ancestors.
    ForgetsItself,
    /// Its first operation has the wrong counter, or its last one is too high.
    StartOp,
}

/// The graph.
pub(crate) struct Dag {
    kind: DocKind,
    nodes: Vec<Node>,
    chains: Vec<Chain>,
    chain_of: HashMap<Actor, u32>,
    by_hash: HashMap<ChangeHash, NodeIndex>,
    by_id: HashMap<EnvelopeId, NodeIndex>,
    keys: HashMap<Box<str>, u32>,
    key_count: u32,
}

impl Dag {
    /// The graph of a document that has only its genesis change.
    pub(crate) fn new(kind: DocKind) -> Self {
        let mut dag = Dag {
            kind,
            nodes: Vec::new(),
            chains: Vec::new(),
            chain_of: HashMap::new(),
            by_hash: HashMap::new(),
            by_id: HashMap::new(),
            keys: HashMap::new(),
            key_count: 0,
        };
        // The compiled-in bytes pass the pre-scan: a test of `genesis` holds it.
        let hash = prescan(genesis::change(kind)).map(|shape| shape.hash).unwrap_or_default();
        let containers = genesis::containers(kind);
        let ops = containers
            .iter()
            .map(|container| OpFact {
                made: if container.is_text { Made::Text } else { Made::List },
                insert: false,
                obj: OpRef(u64::MAX),
                place: Place::Key(u32::MAX),
            })
            .collect();
        dag.by_hash.insert(hash, GENESIS);
        dag.nodes.push(Node {
            envelope: None,
            hash,
            deps: Box::new([]),
            max_op: containers.len() as u64,
            start_op: 1,
            chain: u32::MAX,
            seq: 1,
            since_clock: 0,
            clock: Some(Box::new([])),
            ops,
            additive: true,
        });
        dag
    }

    pub(crate) fn node(&self, index: NodeIndex) -> &Node {
        &self.nodes[index as usize]
    }

    pub(crate) fn by_id(&self, id: &EnvelopeId) -> Option<NodeIndex> {
        self.by_id.get(id).copied()
    }

    /// The nodes of an actor, by sequence number from 1.
    pub(crate) fn chain(&self, actor: &Actor) -> &[NodeIndex] {
        match self.chain_of.get(actor) {
            Some(chain) => &self.chains[*chain as usize].nodes,
            None => &[],
        }
    }

    pub(crate) fn chains(&self) -> impl Iterator<Item = (&Actor, &[NodeIndex])> {
        self.chains.iter().map(|chain| (&chain.actor, chain.nodes.as_slice()))
    }

    pub(crate) fn actor_count(&self) -> usize {
        self.chains.len()
    }

    /// All envelopes, ancestors first.
    pub(crate) fn envelopes(&self) -> impl Iterator<Item = (NodeIndex, &Envelope)> {
        self.nodes.iter().enumerate().filter_map(|(i, node)| Some((i as NodeIndex, node.envelope.as_ref()?)))
    }

    pub(crate) fn into_envelopes(self) -> impl Iterator<Item = Envelope> {
        self.nodes.into_iter().filter_map(|node| node.envelope)
    }

    /// The sequence number of the change in which `actor` made the operation with this counter.
    pub(crate) fn seq_of(&self, actor: &Actor, counter: u64) -> Option<u64> {
        let nodes = self.chain(actor);
        let at = nodes.partition_point(|node| self.node(*node).start_op <= counter);
        let node = nodes.get(at.checked_sub(1)?)?;
        (counter <= self.node(*node).max_op).then_some(at as u64)
    }

    /// What the graph keeps in memory for a change beyond its bytes.
    pub(crate) fn cost_of_ops(ops: usize) -> usize {
        ops * size_of::<OpFact>()
    }

    /// Finds the dependencies, and checks what the change's numbers and its chain must be on top of them.
    pub(crate) fn locate(&self, envelope: &Envelope, shape: &ChangeShape) -> Result<Box<[NodeIndex]>, Misfit> {
        let deps = shape
            .deps
            .iter()
            .map(|hash| self.by_hash.get(hash).copied().ok_or(Misfit::Missing(*hash)))
            .collect::<Result<Box<[_]>, _>>()?;
        let Some(highest) = deps.iter().map(|dep| self.node(*dep).max_op).max() else {
            return Err(Misfit::Rootless);
        };
        if shape.start_op != highest + 1 || shape.max_op() >= limits::MAX_OP {
            return Err(Misfit::StartOp);
        }
        if let Some(chain) = self.chain_of.get(&envelope.actor())
            && u64::from(self.latest(&deps, *chain)) != envelope.seq() - 1
        {
            return Err(Misfit::ForgetsItself);
        }
        Ok(deps)
    }

    /// Resolves every reference of the change among its ancestors and applies the op rule.
    pub(crate) fn examine(
        &mut self,
        envelope: &Envelope,
        shape: &ChangeShape,
        deps: Box<[NodeIndex]>,
    ) -> Result<Examined, OpFault> {
        let mut ops: Vec<OpFact> = Vec::with_capacity(shape.ops.len());
        let mut new_keys: Vec<Box<str>> = Vec::new();
        for op in &shape.ops {
            match self.examine_op(op, envelope.author(), shape, &deps, &ops, &mut new_keys) {
                Ok(fact) => ops.push(fact),
                Err(fault) => {
                    // A refused change leaves nothing behind.
                    for key in &new_keys {
                        self.keys.remove(key);
                    }
                    return Err(fault);
                }
            }
        }
        Ok(Examined { deps, ops: ops.into(), hash: shape.hash, start_op: shape.start_op, max_op: shape.max_op() })
    }

    fn examine_op(
        &mut self,
        op: &OpShape,
        author: PeerId,
        shape: &ChangeShape,
        deps: &[NodeIndex],
        own: &[OpFact],
        new_keys: &mut Vec<Box<str>>,
    ) -> Result<OpFact, OpFault> {
        let scope = Scope { dag: self, shape, deps, own, author };
        let (made, obj, element) = scope.judge(op)?;
        let place = match (element, &op.key) {
            (Some(element), _) => Place::Element(element),
            (None, KeyShape::Prop(key)) => Place::Key(self.intern(key, new_keys)),
            (None, _) => return Err(OpFault::BadReference),
        };
        let scope = Scope { dag: self, shape, deps, own, author };
        scope.judge_preds(op, obj, place)?;
        Ok(OpFact { made, insert: op.insert, obj, place })
    }

    /// Adds an examined envelope.
    pub(crate) fn insert(&mut self, envelope: Envelope, examined: Examined) -> NodeIndex {
        let index = self.nodes.len() as NodeIndex;
        let actor = envelope.actor();
        let chain = *self.chain_of.entry(actor).or_insert_with(|| {
            self.chains.push(Chain { actor, nodes: Vec::new() });
            self.chains.len() as u32 - 1
        });
        self.chains[chain as usize].nodes.push(index);
        let seq = self.chains[chain as usize].nodes.len() as u32;
        let since_clock = examined.deps.iter().map(|dep| self.node(*dep).since_clock + 1).max().unwrap_or(0);
        let store = examined.deps.len() != 1 || since_clock >= CLOCK_STEP;
        let clock = store.then(|| {
            let mut clock = self.merged_clock(&examined.deps);
            if clock.len() <= chain as usize {
                clock.resize(chain as usize + 1, 0);
            }
            clock[chain as usize] = seq;
            clock.into()
        });
        self.by_hash.insert(examined.hash, index);
        self.by_id.insert(envelope.id(), index);
        let additive = examined.ops.iter().all(|op| {
            let fills = op.obj.node() == index && op.made != Made::Nothing;
            fills || (op.insert && op.obj.node() == GENESIS)
        });
        self.nodes.push(Node {
            envelope: Some(envelope),
            hash: examined.hash,
            deps: examined.deps,
            max_op: examined.max_op,
            start_op: examined.start_op,
            chain,
            seq,
            since_clock: if store { 0 } else { since_clock },
            clock,
            ops: examined.ops,
            additive,
        });
        index
    }

    /// The highest sequence number of `chain` at or below any of `nodes`.
    fn latest(&self, nodes: &[NodeIndex], chain: u32) -> u32 {
        nodes.iter().map(|node| self.latest_at(*node, chain)).max().unwrap_or(0)
    }

    fn latest_at(&self, mut index: NodeIndex, chain: u32) -> u32 {
        loop {
            let node = self.node(index);
            if node.chain == chain {
                return node.seq;
            }
            if let Some(clock) = &node.clock {
                return clock.get(chain as usize).copied().unwrap_or(0);
            }
            // Without a clock a node has exactly one dependency.
            index = node.deps[0];
        }
    }

    fn merged_clock(&self, deps: &[NodeIndex]) -> Vec<u32> {
        let mut merged: Vec<u32> = Vec::new();
        let mut raise = |chain: usize, seq: u32| {
            if merged.len() <= chain {
                merged.resize(chain + 1, 0);
            }
            merged[chain] = merged[chain].max(seq);
        };
        for dep in deps {
            let mut index = *dep;
            loop {
                let node = self.node(index);
                if node.chain != u32::MAX {
                    raise(node.chain as usize, node.seq);
                }
                if let Some(clock) = &node.clock {
                    clock.iter().enumerate().for_each(|(chain, seq)| raise(chain, *seq));
                    break;
                }
                index = node.deps[0];
            }
        }
        merged
    }

    fn intern(&mut self, key: &str, new_keys: &mut Vec<Box<str>>) -> u32 {
        if let Some(known) = self.keys.get(key) {
            return *known;
        }
        // Numbers of keys that were forgotten again are not reused: the counter only grows.
        self.key_count += 1;
        self.keys.insert(key.into(), self.key_count);
        new_keys.push(key.into());
        self.key_count
    }

    fn author_of(&self, op: OpRef) -> Option<PeerId> {
        self.node(op.node()).envelope.as_ref().map(Envelope::author)
    }
}
