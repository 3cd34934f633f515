//! Choosing among branches.

use std::collections::{BTreeSet, HashMap};

use super::{Applied, EntryKind, Roster, RosterError};
use crate::id::{EntryHash, PeerId, Role};

impl Roster {
    /// Chooses the winning chain of the whole tree, and makes it the roster's.
    pub(super) fn resolve(&mut self) -> Result<Applied, RosterError> {
        let mut by_number: Vec<(u64, EntryHash)> =
            self.tree.iter().map(|(hash, node)| (node.entry.body().n, *hash)).collect();
        by_number.sort_unstable_by(|a, b| b.cmp(a));
        // Highest numbers first: the best continuation of every child is known before its parent's.
        let mut next: HashMap<EntryHash, EntryHash> = HashMap::new();
        for (_, hash) in &by_number {
            let children = &self.tree[hash].children;
            if let Some(best) = self.best(children, &next) {
                next.insert(*hash, best);
            }
        }
        let mut chain = vec![self.genesis];
        let mut at = self.genesis;
        while let Some(best) = next.get(&at) {
            chain.push(*best);
            at = *best;
        }
        if chain == self.chain {
            return Ok(Applied::Lost);
        }
        self.state = self.state_at(&at)?;
        self.chain = chain;
        Ok(Applied::Switched)
    }

    fn best(&self, children: &[EntryHash], next: &HashMap<EntryHash, EntryHash>) -> Option<EntryHash> {
        if children.len() < 2 {
            return children.first().copied();
        }
        let branches: Vec<Branch> = children.iter().map(|first| self.branch(*first, next)).collect();
        let rank = |branch: &&Branch| {
            let node = &self.tree[&branch.first];
            (std::cmp::Reverse(branch.term), node.signer_admitted, branch.first)
        };
        let stands = |branch: &&Branch| {
            !branch.taker.is_some_and(|taker| branches.iter().any(|other| other.unseated.contains(&taker)))
        };
        branches.iter().filter(stands).min_by_key(rank).map(|branch| branch.first)
    }

    fn branch(&self, first: EntryHash, next: &HashMap<EntryHash, EntryHash>) -> Branch {
        let opening = self.entry_at(&first).body();
        let taker = matches!(opening.kind, EntryKind::Take).then_some(opening.signer);
        let mut branch = Branch { first, taker, term: opening.term, unseated: BTreeSet::new() };
        let mut at = Some(first);
        let mut lead_in_force = true;
        while let Some(hash) = at {
            let body = self.entry_at(&hash).body();
            branch.term = body.term;
            match &body.kind {
                EntryKind::Take => lead_in_force = false,
                EntryKind::Remove { peer, .. } if lead_in_force => drop(branch.unseated.insert(*peer)),
                EntryKind::Role { peer, role, .. } if lead_in_force && *role != Role::Expert => {
                    branch.unseated.insert(*peer);
                }
                _ => {}
            }
            at = next.get(&hash).copied();
        }
        branch
    }
}

/// One of several branches that follow an entry.
struct Branch {
    first: EntryHash,
    /// Who took the lead, if the branch begins with that.
    taker: Option<PeerId>,
    /// The term at its end.
    term: u64,
    /// Whom the lead in force at the fork removed or demoted in it.
    unseated: BTreeSet<PeerId>,
}
