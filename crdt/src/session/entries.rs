//! What the lead does to the roster, and what every member does with new entries.

use rand_core::CryptoRng;

use super::{Output, Session};
use crate::id::{DocId, KnockId, PeerId, Role};
use crate::log::Log;
use crate::membership::Cut;
use crate::roster::{Draft, DraftError, Entry, EntryKind, Newcomer};
use crate::sign::SIGNATURE_BYTES;
use crate::storage::{RecordKind, encode_record};

impl Session {
    /// Lets a knock in.
    pub fn admit(
        &mut self,
        newcomer: Newcomer,
        role: Role,
        knock: KnockId,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<Output>, DraftError> {
        let entry = self.draft().admit(newcomer, role, knock, &self.ring, rng)?;
        Ok(self.own_entry(&entry))
    }

    /// Gives a member another role. What it wrote so far, as this peer has it, still counts.
    pub fn change_role(
        &mut self,
        peer: PeerId,
        role: Role,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<Output>, DraftError> {
        let entry = self.draft().role(peer, role, self.cuts_of(Some(peer)), rng)?;
        Ok(self.own_entry(&entry))
    }

    /// Removes a member. What it wrote so far, as this peer has it, still counts.
    pub fn remove(&mut self, peer: PeerId, rng: &mut impl CryptoRng) -> Result<Vec<Output>, DraftError> {
        let entry = self.draft().remove(peer, self.cuts_of(Some(peer)), rng)?;
        Ok(self.own_entry(&entry))
    }

    /// Hands the lead to an expert that accepted.
    pub fn transfer(
        &mut self,
        peer: PeerId,
        accept: [u8; SIGNATURE_BYTES],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<Output>, DraftError> {
        let entry = self.draft().transfer(peer, accept, &self.ring, rng)?;
        Ok(self.own_entry(&entry))
    }

    /// Takes the lead. That the lead was absent long enough is the caller's to know.
    pub fn take_lead(&mut self) -> Result<Vec<Output>, DraftError> {
        let entry = self.draft().take()?;
        Ok(self.own_entry(&entry))
    }

    /// Starts an epoch.
    pub fn rekey(&mut self, rng: &mut impl CryptoRng) -> Result<Vec<Output>, DraftError> {
        let entry = self.draft().rekey(rng)?;
        Ok(self.own_entry(&entry))
    }

    /// Settles every equivocation that is open, in favour of what this peer has.
    pub fn settle(&mut self) -> Result<Vec<Output>, DraftError> {
        let mut outputs = Vec::new();
        let docs: Vec<DocId> = self.documents.keys().copied().collect();
        for doc in docs {
            let settlements = self.log(doc).map(Log::settlements).unwrap_or_default();
            for (actor, (seq, id)) in settlements {
                let entry = self.draft().settle(Cut { doc, actor, seq, id })?;
                outputs.append(&mut self.own_entry(&entry));
            }
        }
        Ok(outputs)
    }

    /// Ends the session, naming how far every actor had come.
    pub fn close(&mut self) -> Result<Vec<Output>, DraftError> {
        let entry = self.draft().close(self.cuts_of(None))?;
        Ok(self.own_entry(&entry))
    }

    /// What losing branches did that is still to be done, for the lead to agree to.
    pub fn offers(&self) -> Vec<EntryKind> {
        self.roster.offers()
    }

    /// Signs again what a losing entry did. What its signer had of a member's writing counts, and what this peer has.
    pub fn accept_offer(&mut self, mut offer: EntryKind, rng: &mut impl CryptoRng) -> Result<Vec<Output>, DraftError> {
        if let EntryKind::Role { peer, cuts, .. } | EntryKind::Remove { peer, cuts } = &mut offer {
            *cuts = self.joined_cuts(*peer, cuts);
        }
        let entry = self.draft().again(offer, &self.ring, rng)?;
        Ok(self.own_entry(&entry))
    }

    fn draft(&self) -> Draft<'_> {
        self.roster.draft(&self.me.key)
    }

    fn own_entry(&mut self, entry: &Entry) -> Vec<Output> {
        self.take_entries(None, &[entry.encode().to_vec()]);
        let links: Vec<_> = self.links.keys().copied().collect();
        // The new entry goes out at once: members need it before what is written under it.
        let message = crate::sync::SyncMessage::Roster(vec![entry.encode().to_vec()]).encode();
        let sends = links.into_iter().map(|link| Output::Send { link, message: message.clone() });
        let mut outputs = self.take_outputs();
        // Behind the record that makes it durable, before everything that follows from it.
        let at = outputs.iter().take_while(|output| matches!(output, Output::Persist(_))).count();
        outputs.splice(at..at, sends);
        outputs
    }

    /// How far the actors of one peer, or all, have come in every document.
    fn cuts_of(&self, peer: Option<PeerId>) -> Vec<Cut> {
        let mut cuts = Vec::new();
        for (doc, document) in &self.documents {
            for (actor, (seq, id)) in document.log().accepted_vector() {
                if peer.is_none_or(|peer| actor.author() == peer) {
                    cuts.push(Cut { doc: *doc, actor, seq, id });
                }
            }
        }
        cuts.truncate(crate::limits::CUTS);
        cuts
    }

    /// This peer's cuts of a member, and those of a losing entry that reach further. Where chains differ this peer's
    /// counts: the losing entry was signed without knowing what was settled since.
    fn joined_cuts(&self, peer: PeerId, losing: &[Cut]) -> Vec<Cut> {
        let mut cuts = self.cuts_of(Some(peer));
        for cut in losing {
            let own = cuts.iter_mut().find(|own| (own.doc, own.actor) == (cut.doc, cut.actor));
            let contested = self.log(cut.doc).is_some_and(|log| log.contests(cut));
            match own {
                Some(own) if own.seq < cut.seq && !contested => *own = *cut,
                Some(_) => {}
                None if contested => {}
                None => cuts.push(*cut),
            }
        }
        cuts.truncate(crate::limits::CUTS);
        cuts
    }

    /// Takes the keys of the winning chain, so that they are the current ones.
    pub(super) fn learn_keys(&mut self) {
        for entry in self.roster.entries() {
            if self.ring.learn_from(entry, &self.peer, &self.me.seal).is_err() {
                self.counters.count("bad-wrap");
            }
        }
    }

    pub(super) fn persist_chain(&mut self) {
        let chain: Vec<Vec<u8>> = self.roster.entries().map(|entry| entry.encode().to_vec()).collect();
        self.persist_entries(&chain);
    }

    pub(super) fn persist_entries(&mut self, entries: &[Vec<u8>]) {
        for entry in entries {
            self.outputs.push(Output::Persist(encode_record(RecordKind::ENTRY, entry)));
        }
    }
}
