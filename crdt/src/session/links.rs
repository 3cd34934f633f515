//! The links of a session: what is sent when, and what a message does.

use super::{Input, LinkId, Output, Session};
use crate::envelope::Envelope;
use crate::id::{DocId, EnvelopeId, PeerId};
use crate::limits;
use crate::log::{Proof, Vector, Verdict};
use crate::roster::Applied;
use crate::storage::{RecordKind, encode_record};
use crate::sync::{SyncMessage, SyncPeer};

impl Session {
    pub(super) fn link_opened(&mut self, link: LinkId, peer: PeerId) {
        self.links.insert(link, SyncPeer::new(peer));
        self.send_head(link);
        self.pass_on_losing_to(link);
        self.send_vectors(link);
        self.send_proofs(link);
    }

    /// The link's last word on what its peer has is kept, for after a restart.
    pub(super) fn link_closed(&mut self, link: LinkId) {
        let Some(gone) = self.links.remove(&link) else { return };
        for (doc, vector) in self.seen.get(&gone.peer).into_iter().flatten() {
            let mut record = gone.peer.0.to_vec();
            record.extend_from_slice(&SyncMessage::Vector(*doc, vector.clone()).encode());
            if record.len() <= limits::RECORD_BYTES {
                self.outputs.push(Output::Persist(encode_record(RecordKind::SEEN, &record)));
            }
        }
    }

    pub(super) fn message(&mut self, link: LinkId, bytes: &[u8]) {
        let Some(from) = self.links.get(&link) else { return };
        if from.muted {
            return self.counters.count("muted");
        }
        let peer = from.peer;
        let message = match SyncMessage::decode(bytes) {
            Ok(message) => message,
            Err(_) => {
                self.counters.count("malformed-message");
                return self.refused(Some(link), "malformed-message", true);
            }
        };
        match message {
            SyncMessage::RosterHead { n, term, hash } => {
                if hash == self.roster.head() {
                } else if self.roster.has_seen(&hash) {
                    self.send_chain(link);
                } else {
                    // It may be longer or another branch: both sides need to see both.
                    self.send(link, &SyncMessage::RosterWant);
                    if (term, n) <= (self.roster.term(), self.roster.head_number()) {
                        self.send_chain(link);
                    }
                }
            }
            SyncMessage::Roster(entries) => self.take_entries(Some(link), &entries),
            SyncMessage::RosterWant => self.send_chain(link),
            SyncMessage::Envelope(envelope) => {
                if self.listens_to(link, &peer) {
                    self.take_envelope(Some(link), &envelope);
                }
            }
            SyncMessage::Proof(a, b) => {
                if self.listens_to(link, &peer) {
                    self.take_proof(link, &a, &b);
                }
            }
            SyncMessage::Vector(doc, vector) => self.take_vector(link, peer, doc, vector),
            SyncMessage::Again(doc, vector) => {
                let sent: Vec<EnvelopeId> =
                    self.documents.get(&doc).into_iter().flat_map(|d| d.log().held().map(Envelope::id)).collect();
                let heeded = self.links.get_mut(&link).is_some_and(|peer| peer.forget_sent(sent.into_iter()));
                if !heeded {
                    self.counters.count("again-too-often");
                }
                self.take_vector(link, peer, doc, vector);
            }
        }
    }

    /// Documents are exchanged with members only; rosters with everybody, for the other side may know better who is one.
    fn listens_to(&mut self, link: LinkId, peer: &PeerId) -> bool {
        let member = self.roster.role_of(peer).is_some();
        if !member {
            self.counters.count("not-a-member");
            self.refused(Some(link), "not-a-member", false);
        }
        member
    }

    fn take_vector(&mut self, link: LinkId, peer: PeerId, doc: DocId, vector: Vector) {
        let Some(from) = self.links.get_mut(&link) else { return };
        // A peer has at most as many documents as a session may have.
        if !doc.is_well_formed() || (from.vectors.len() >= limits::DOCUMENTS && !from.vectors.contains_key(&doc)) {
            self.counters.count("unknown-document");
            return self.refused(Some(link), "unknown-document", false);
        }
        from.vectors.insert(doc, vector.clone());
        let before = self.seen.entry(peer).or_default().insert(doc, vector.clone());
        if before.as_ref() != Some(&vector) {
            self.outputs.push(Output::SeenChanged(peer));
        }
        self.send_missing(link, doc);
        // A document that is new here is begun by its first envelope: whoever has some sends them to a peer that says
        // to have none.
        if !vector.is_empty() && !self.documents.contains_key(&doc) && self.may_have(doc) {
            self.send(link, &SyncMessage::Vector(doc, Vector::new()));
        }
    }

    fn take_proof(&mut self, link: LinkId, a: &[u8], b: &[u8]) {
        let Some(proof) = Proof::decode(a, b) else {
            self.counters.count("bad-proof");
            return self.refused(Some(link), "bad-proof", true);
        };
        let doc = proof.low.doc();
        if proof.low.sid() != self.sid() || self.open_document(doc).is_none() {
            self.counters.count("unknown-document");
            return self.refused(Some(link), "unknown-document", false);
        }
        let Some(document) = self.documents.get_mut(&doc) else { return };
        let (verdict, effects) = document.insert_proof(proof, &self.roster);
        self.after(doc, effects, false);
        if let Verdict::Refused(reason) = verdict {
            self.refused(Some(link), reason.name(), false);
        }
    }

    /// Takes in roster entries, and tells everybody what came of it.
    pub(super) fn take_entries(&mut self, link: Option<LinkId>, entries: &[Vec<u8>]) {
        let mut news = Vec::new();
        let mut outcome = Applied::Known;
        let alarm = self.roster.alarm();
        let losing_head = self.roster.head();
        for bytes in entries {
            match self.roster.apply(bytes) {
                Ok(Applied::Known) => {}
                Ok(applied) => {
                    news.push(bytes.clone());
                    outcome = stronger(outcome, applied);
                }
                Err(error) => {
                    self.counters.count(error.name());
                    self.refused(link, error.name(), error.is_never_honest());
                    break;
                }
            }
        }
        self.persist_entries(&news);
        match outcome {
            Applied::Known => {}
            Applied::Lost => self.pass_on_losing(link),
            Applied::Extended | Applied::Switched => {
                self.roster_changed();
                if outcome == Applied::Switched && !self.roster.has(&losing_head) {
                    self.pass_on_losing(None);
                }
            }
        }
        if alarm != self.roster.alarm() && outcome == Applied::Lost {
            self.outputs.push(Output::RosterChanged);
        }
        // The other side has a shorter or a losing chain: it gets ours.
        if let Some(link) = link.filter(|_| outcome == Applied::Lost) {
            self.send_chain(link);
        }
    }

    /// Everything that depends on the roster is looked at again: keys, documents, and what each link may have.
    pub(super) fn roster_changed(&mut self) {
        self.outputs.push(Output::RosterChanged);
        self.learn_keys();
        let docs: Vec<DocId> = self.documents.keys().copied().collect();
        for doc in docs {
            if let Some(document) = self.documents.get_mut(&doc) {
                let effects = document.on_roster(&self.roster);
                self.after(doc, effects, false);
            }
        }
        let links: Vec<LinkId> = self.links.keys().copied().collect();
        for link in links {
            self.send_head(link);
            self.send_vectors(link);
            let docs: Vec<DocId> = self.documents.keys().copied().collect();
            docs.into_iter().for_each(|doc| self.send_missing(link, doc));
        }
    }

    pub(super) fn vectors_due(&mut self) {
        if !std::mem::take(&mut self.vectors_due) {
            return;
        }
        let links: Vec<LinkId> = self.links.keys().copied().collect();
        for link in links {
            self.send_vectors(link);
            let docs: Vec<DocId> = self.documents.keys().copied().collect();
            docs.into_iter().for_each(|doc| self.send_missing(link, doc));
        }
    }

    pub(super) fn send_missing_everywhere(&mut self, doc: DocId) {
        let links: Vec<LinkId> = self.links.keys().copied().collect();
        links.into_iter().for_each(|link| self.send_missing(link, doc));
    }

    /// Sends what the other side lacks, if it said what it has and belongs to the audience.
    fn send_missing(&mut self, link: LinkId, doc: DocId) {
        let (Some(document), Some(peer)) = (self.documents.get(&doc), self.links.get_mut(&link)) else { return };
        let hears = self.roster.role_of(&peer.peer).is_some_and(|role| role.hears(doc.kind.audience()));
        let empty = Vector::new();
        // A document that the other side never named is unknown to it, except the room, which everybody has.
        let theirs = match peer.vectors.get(&doc) {
            Some(vector) => vector.clone(),
            None if doc == DocId::ROOM => return,
            None => empty,
        };
        if !hears || peer.vectors.is_empty() {
            return;
        }
        for envelope in document.log().missing_for(&theirs) {
            if peer.first_time(envelope.id()) {
                let message = SyncMessage::Envelope(envelope.encode()).encode();
                self.outputs.push(Output::Send { link, message });
            }
        }
    }

    pub(super) fn ask_again(&mut self, doc: DocId) {
        let Some(document) = self.documents.get(&doc) else { return };
        let message = SyncMessage::Again(doc, document.vector()).encode();
        for (link, peer) in &self.links {
            if self.roster.role_of(&peer.peer).is_some_and(|role| role.hears(doc.kind.audience())) {
                self.outputs.push(Output::Send { link: *link, message: message.clone() });
            }
        }
    }

    pub(super) fn pass_on_proof(&mut self, doc: DocId, proof: &Proof) {
        let message = SyncMessage::Proof(proof.low.encode(), proof.high.encode());
        for (link, peer) in &self.links {
            if self.roster.role_of(&peer.peer).is_some_and(|role| role.hears(doc.kind.audience())) {
                self.outputs.push(Output::Send { link: *link, message: message.encode() });
            }
        }
    }

    fn send_proofs(&mut self, link: LinkId) {
        let Some(role) = self.links.get(&link).and_then(|peer| self.roster.role_of(&peer.peer)) else { return };
        for (doc, document) in &self.documents {
            if role.hears(doc.kind.audience()) {
                for proof in document.log().proofs() {
                    let message = SyncMessage::Proof(proof.low.encode(), proof.high.encode()).encode();
                    self.outputs.push(Output::Send { link, message });
                }
            }
        }
    }

    fn send_head(&mut self, link: LinkId) {
        let (n, term, hash) = (self.roster.head_number(), self.roster.term(), self.roster.head());
        self.send(link, &SyncMessage::RosterHead { n, term, hash });
    }

    fn send_vectors(&mut self, link: LinkId) {
        let Some(role) = self.links.get(&link).and_then(|peer| self.roster.role_of(&peer.peer)) else { return };
        for (doc, document) in &self.documents {
            if role.hears(doc.kind.audience()) {
                let message = SyncMessage::Vector(*doc, document.vector()).encode();
                self.outputs.push(Output::Send { link, message });
            }
        }
    }

    fn send_chain(&mut self, link: LinkId) {
        let chain: Vec<Vec<u8>> = self.roster.entries().map(|entry| entry.encode().to_vec()).collect();
        self.send_entries(link, chain);
    }

    /// Losing entries go to everybody, for the choice is made among all branches.
    fn pass_on_losing(&mut self, except: Option<LinkId>) {
        let links: Vec<LinkId> = self.links.keys().copied().filter(|link| Some(*link) != except).collect();
        links.into_iter().for_each(|link| self.pass_on_losing_to(link));
    }

    fn pass_on_losing_to(&mut self, link: LinkId) {
        let Some(peer) = self.links.get_mut(&link) else { return };
        let losing = self.roster.losing();
        let fresh: Vec<Vec<u8>> = losing
            .into_iter()
            .filter(|entry| peer.first_entry(entry.hash()))
            .map(|entry| entry.encode().to_vec())
            .collect();
        if !fresh.is_empty() {
            // With the chain in front, so that the entries where branches part are known.
            let chain = self.roster.entries().map(|entry| entry.encode().to_vec());
            self.send_entries(link, chain.chain(fresh).collect());
        }
    }

    fn send_entries(&mut self, link: LinkId, entries: Vec<Vec<u8>>) {
        let mut batch: Vec<Vec<u8>> = Vec::new();
        let mut bytes = 0;
        for entry in entries {
            if bytes + entry.len() > limits::ROSTER_MESSAGE_BYTES && !batch.is_empty() {
                self.send(link, &SyncMessage::Roster(std::mem::take(&mut batch)));
                bytes = 0;
            }
            bytes += entry.len() + 4;
            batch.push(entry);
        }
        self.send(link, &SyncMessage::Roster(batch));
    }

    fn send(&mut self, link: LinkId, message: &SyncMessage) {
        self.outputs.push(Output::Send { link, message: message.encode() });
    }

    /// Takes in several inputs that belong together.
    pub fn handle_all<'a>(&mut self, inputs: impl IntoIterator<Item = Input<'a>>) -> Vec<Output> {
        inputs.into_iter().flat_map(|input| self.handle(input)).collect()
    }
}

fn stronger(a: Applied, b: Applied) -> Applied {
    match (a, b) {
        (Applied::Switched, _) | (_, Applied::Switched) => Applied::Switched,
        (Applied::Extended, _) | (_, Applied::Extended) => Applied::Extended,
        (Applied::Lost, _) | (_, Applied::Lost) => Applied::Lost,
        _ => Applied::Known,
    }
}
