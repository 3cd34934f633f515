//! Making a session again from its file.

use thiserror::Error;

use super::{Me, Session};
use crate::document::Document;
use crate::envelope::Envelope;
use crate::id::{DocId, PeerId};
use crate::log::{Proof, Trust};
use crate::roster::{Entry, Roster, RosterError};
use crate::storage::{Record, RecordKind};
use crate::sync::SyncMessage;
use crate::wire::Reader;

/// A file that no session can be made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RestoreError {
    /// It has no genesis entry.
    #[error("no genesis entry")]
    NoGenesis,
    /// Its genesis entry is not valid.
    #[error("the genesis entry is not valid: {0}")]
    BadGenesis(#[from] RosterError),
}

/// A session made from its file.
pub struct Restored {
    /// The session, with no links.
    pub session: Session,
    /// Records that were sound and still could not be used: damage elsewhere took what they build on.
    pub unused: usize,
}

impl Session {
    /// Makes the session again that wrote these records, in the order in which they were written.
    ///
    /// Envelopes are not verified again: they were when they were written, and whoever can write to this file has the
    /// keys as well. Everything else is checked, so that damage cannot make an impossible document.
    pub fn restore<'a>(me: Me, records: impl IntoIterator<Item = Record<'a>>) -> Result<Restored, RestoreError> {
        let records: Vec<Record<'a>> = records.into_iter().collect();
        let of =
            |kind: RecordKind| records.iter().filter(move |record| record.kind == kind).map(|record| record.payload);

        let mut entries = of(RecordKind::ENTRY);
        let genesis = entries.next().ok_or(RestoreError::NoGenesis)?;
        let mut roster = Roster::new(Entry::decode(genesis).map_err(RosterError::from)?)?;
        let mut unused = entries.filter(|entry| roster.apply(entry).is_err()).count();

        let mut session = Session::around(me, roster);
        for record in &records {
            let used = match record.kind {
                RecordKind::ENVELOPE => session.restore_envelope(record.payload),
                RecordKind::PROOF => session.restore_proof(record.payload),
                RecordKind::SEEN => session.restore_seen(record.payload),
                _ => true,
            };
            unused += usize::from(!used);
        }
        session.forget_effects();
        Ok(Restored { session, unused })
    }

    fn restore_envelope(&mut self, payload: &[u8]) -> bool {
        let Ok(envelope) = Envelope::decode(payload) else { return false };
        let doc = envelope.doc();
        let id = envelope.id();
        if !self.begin_restored(doc) {
            return false;
        }
        if let Some(document) = self.documents.get_mut(&doc) {
            document.insert(envelope, Trust::Stored, &self.roster);
        }
        self.log(doc).is_some_and(|log| log.envelope_by_id(&id).is_some() || log.pending().0 > 0)
    }

    fn restore_proof(&mut self, payload: &[u8]) -> bool {
        let mut reader = Reader::new(payload);
        let both = (|| Ok::<_, crate::wire::DecodeError>((reader.bytes(usize::MAX)?, reader.bytes(usize::MAX)?)))();
        let Some(proof) = both.ok().and_then(|(a, b)| {
            let (a, b) = (Envelope::decode(a).ok()?, Envelope::decode(b).ok()?);
            Proof::new(a, b)
        }) else {
            return false;
        };
        let doc = proof.low.doc();
        if !self.begin_restored(doc) {
            return false;
        }
        if let Some(document) = self.documents.get_mut(&doc) {
            document.insert_proof(proof, &self.roster);
        }
        true
    }

    fn restore_seen(&mut self, payload: &[u8]) -> bool {
        let Some((peer, message)) = payload.split_first_chunk::<32>() else { return false };
        let Ok(SyncMessage::Vector(doc, vector)) = SyncMessage::decode(message) else { return false };
        self.seen.entry(PeerId(*peer)).or_default().insert(doc, vector);
        true
    }

    /// Begins a document whose records are here: this device was in its audience when it wrote them.
    fn begin_restored(&mut self, doc: DocId) -> bool {
        let Session { documents, roster, .. } = self;
        if doc.is_well_formed() {
            documents.entry(doc).or_insert_with(|| {
                let mut document = Document::new(doc);
                document.on_roster(roster);
                document
            });
        }
        doc.is_well_formed()
    }

    /// What replaying brought about was done when it first happened.
    fn forget_effects(&mut self) {
        self.outputs.clear();
        self.vectors_due = false;
    }
}
