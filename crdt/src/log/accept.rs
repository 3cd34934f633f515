//! Which nodes are part of the document.

use super::{Log, NodeState, Reason};
use crate::dag::{GENESIS, NodeIndex};
use crate::envelope::Envelope;
use crate::membership::{Membership, Standing};

impl Log {
    /// Takes notice of another roster: recomputes what is accepted, and lets in what waited for a settle.
    pub fn on_roster(&mut self, members: &impl Membership) {
        self.read_anchors(members);
        if self.contradicts_anchors() || self.has_anchored_other() {
            self.reinsert(members);
        }
        self.thaw();
        self.recompute(members);
        // What the roster names and is not here may have been refused before, for it did not fit then.
        if self.roster_lagged || self.lacks_anchored() {
            self.roster_lagged = false;
            self.effects.ask_again = true;
        }
    }

    /// Whether an envelope counts by itself, and if not, why.
    pub(super) fn root_of(&self, envelope: &Envelope, late: bool, members: &impl Membership) -> Result<(), Reason> {
        match members.standing(&envelope.author(), self.doc.kind) {
            Standing::Unknown => Err(Reason::UnknownAuthor),
            Standing::Writer if late => Err(Reason::Frozen),
            Standing::Writer => Ok(()),
            Standing::Former if envelope.seq() <= members.within(&self.doc, &envelope.actor()) => Ok(()),
            Standing::Former => Err(Reason::BeyondCut),
            Standing::Reader => Err(Reason::RoleNotAllowed),
        }
    }

    /// Accepts a root and those of its ancestors that nobody vouched for before.
    pub(super) fn accept_with_ancestors(&mut self, root: NodeIndex) {
        let mut found = Vec::new();
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            let state = &mut self.states[node as usize];
            if !state.accepted {
                state.accepted = true;
                found.push(node);
                open.extend_from_slice(&self.dag.node(node).deps);
            }
        }
        found.sort_unstable();
        for node in &found {
            if *node != root {
                self.leave_aside(*node);
            }
        }
        self.effects.accepted.append(&mut found);
    }

    pub(super) fn set_aside(&mut self, node: NodeIndex) {
        if let Some(envelope) = &self.dag.node(node).envelope {
            self.aside_bytes += envelope.encoded_len();
            self.spent.entry(envelope.author()).or_default().aside += 1;
        }
    }

    fn leave_aside(&mut self, node: NodeIndex) {
        if let Some(envelope) = &self.dag.node(node).envelope {
            self.aside_bytes -= envelope.encoded_len();
            self.spent.entry(envelope.author()).or_default().aside -= 1;
        }
    }

    /// Computes acceptance of every node from the roster alone.
    pub(super) fn recompute(&mut self, members: &impl Membership) {
        let before = std::mem::take(&mut self.states);
        let mut states: Vec<NodeState> =
            before.iter().map(|state| NodeState { accepted: false, valid: false, late: state.late }).collect();
        states[GENESIS as usize] = NodeState { accepted: true, valid: true, late: false };
        for (node, envelope) in self.dag.envelopes() {
            let known = members.standing(&envelope.author(), self.doc.kind) != Standing::Unknown;
            let begun = envelope.epoch() <= members.epoch();
            let grounded = self.dag.node(node).deps.iter().all(|dep| states[*dep as usize].valid);
            let state = &mut states[node as usize];
            state.valid = known && begun && grounded;
            state.accepted = state.valid && self.root_of(envelope, state.late, members).is_ok();
        }
        // Descendants have higher indices: going down, a node is final before its dependencies are looked at.
        for node in (1..states.len()).rev() {
            if states[node].accepted {
                self.dag.node(node as NodeIndex).deps.iter().for_each(|dep| states[*dep as usize].accepted = true);
            }
        }

        let shrunk = before.iter().zip(&states).any(|(before, now)| before.accepted && !now.accepted);
        self.states = states;
        self.spent.values_mut().for_each(|spent| spent.aside = 0);
        self.aside_bytes = 0;
        for node in 1..self.states.len() {
            if !self.states[node].accepted {
                self.set_aside(node as NodeIndex);
            }
        }
        self.effects.rebuild |= shrunk;
        if self.effects.rebuild {
            self.effects.accepted = (1..self.states.len())
                .filter(|node| self.states[*node].accepted)
                .map(|node| node as NodeIndex)
                .collect();
        } else {
            let fresh = before.iter().zip(&self.states).enumerate();
            let fresh = fresh.filter(|(_, (before, now))| !before.accepted && now.accepted);
            self.effects.accepted.extend(fresh.map(|(node, _)| node as NodeIndex));
        }
    }
}
