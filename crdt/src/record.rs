//! The record of a session: one file that says who wrote what, and that anybody can verify without the session.
//!
//! It holds the roster's entries, every signed envelope and the list of blobs that the documents name, in the frames
//! of [`storage`]. Whoever verifies needs no keys: the session's id is the hash of the first entry, members follow from
//! the chain, and what each wrote from its signatures. Times are claims. That nothing was left out is certain as far as
//! the lead's `close` names the documents' ends, and otherwise only that what is here is whole in itself.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::board::{Board, BoardView};
use crate::desk::{DeskNote, DeskView};
use crate::document::Document;
use crate::envelope::Envelope;
use crate::id::{BlobId, DocId, DocKind, PeerId, SessionId};
use crate::limits;
use crate::log::{Log, Proof, Reason, Trust, Verdict};
use crate::room::{Room, RoomView};
use crate::roster::{Entry, EntryKind, Roster, RosterError};
use crate::session::Session;
use crate::shelf::{Shelf, ShelfView};
use crate::steps::{StepList, StepsView};
use crate::storage::{self, RecordKind, encode_record};
use crate::text::{Text, TextView};
use crate::wire::{DecodeError, Reader, Writer};

/// What a record begins with: which sort of file, its version, and whether the desk is in it.
const HEAD: RecordKind = RecordKind(16);
/// A blob that the documents name.
const BLOB: RecordKind = RecordKind(17);
/// What a record ends with: the hash of everything before.
const END: RecordKind = RecordKind(18);

const MAGIC: &[u8] = b"sightline record\x001";

/// Why a file is no record that can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RecordError {
    /// It is some other file.
    #[error("not a record of a session")]
    NotARecord,
    /// Bytes in it are not what they were, or are missing.
    #[error("damaged or cut off")]
    Damaged,
    /// It has something in it that no record of this version has, or not in this place.
    #[error("something that belongs into no record")]
    Foreign,
    /// An entry of the roster is not valid.
    #[error("entry {0} of the roster is not valid: {1}")]
    Roster(usize, RosterError),
    /// An envelope is not valid.
    #[error("envelope {0} is not valid: {name}", name = .1.name())]
    Envelope(usize, Reason),
    /// Envelopes build on others that are not in the record.
    #[error("{0} envelopes stand on others that are missing")]
    Missing(usize),
    /// A proof of equivocation proves nothing.
    #[error("a proof of equivocation that proves nothing")]
    Proof,
    /// The experts' desk is in a record that says that it is not.
    #[error("the experts' desk, in a record without it")]
    Desk,
    /// The list of blobs is not the one that the documents name.
    #[error("the list of files is not what the documents name")]
    Blobs,
    /// The lead closed the session with more in this document than there is here.
    #[error("the session was closed with more than is in the record")]
    Incomplete,
}

/// The record of a session, with the experts' desk or without.
pub fn export(session: &mut Session, with_desk: bool) -> Vec<u8> {
    let mut file = Vec::new();
    file.extend(encode_record(HEAD, &[MAGIC, &[u8::from(with_desk)]].concat()));
    let roster = session.roster();
    for entry in roster.entries().chain(roster.losing()) {
        file.extend(encode_record(RecordKind::ENTRY, entry.encode()));
    }
    let docs: Vec<DocId> = session.documents().filter(|doc| with_desk || doc.kind != DocKind::Desk).collect();
    for log in docs.iter().filter_map(|doc| session.log(*doc)) {
        for envelope in log.held() {
            file.extend(encode_record(RecordKind::ENVELOPE, &envelope.encode()));
        }
        for proof in log.proofs() {
            let mut both = Writer::new();
            both.bytes(&proof.low.encode());
            both.bytes(&proof.high.encode());
            file.extend(encode_record(RecordKind::PROOF, both.as_slice()));
        }
    }
    for (blob, size) in session.blobs() {
        file.extend(encode_record(BLOB, &blob_bytes(blob, size)));
    }
    let hash: [u8; 32] = Sha256::digest(&file).into();
    file.extend(encode_record(END, &hash));
    file
}

/// A record that was verified from its first byte to its last.
pub struct Verified {
    roster: Roster,
    names: BTreeMap<PeerId, String>,
    documents: BTreeMap<DocId, Document>,
    blobs: BTreeMap<BlobId, Option<u64>>,
    with_desk: bool,
}

/// Verifies a record.
pub fn verify(file: &[u8]) -> Result<Verified, RecordError> {
    let scan = storage::scan(file);
    let records = scan.records;
    let Some((head, records)) = records.split_first().filter(|(head, _)| head.kind == HEAD) else {
        return Err(RecordError::NotARecord);
    };
    let with_desk = match head.payload.strip_prefix(MAGIC) {
        Some([flag @ (0 | 1)]) => *flag == 1,
        _ => return Err(RecordError::NotARecord),
    };
    let Some((end, records)) = records.split_last().filter(|(end, _)| end.kind == END) else {
        return Err(RecordError::Damaged);
    };
    let before = file.len() - encode_record(END, end.payload).len();
    if scan.damaged > 0 || scan.torn > 0 || end.payload != Sha256::digest(&file[..before]).as_slice() {
        return Err(RecordError::Damaged);
    }
    // Entries, then documents, then blobs.
    let order = |kind: RecordKind| match kind {
        RecordKind::ENTRY => Some(0),
        RecordKind::ENVELOPE | RecordKind::PROOF => Some(1),
        BLOB => Some(2),
        _ => None,
    };
    let ranks: Option<Vec<u8>> = records.iter().map(|record| order(record.kind)).collect();
    if !ranks.is_some_and(|ranks| ranks.is_sorted()) {
        return Err(RecordError::Foreign);
    }
    let of = |kind: RecordKind| records.iter().filter(move |record| record.kind == kind).map(|record| record.payload);
    let (roster, names) = read_roster(of(RecordKind::ENTRY))?;
    let mut verified = Verified { roster, names, documents: BTreeMap::new(), blobs: BTreeMap::new(), with_desk };
    verified.take_envelopes(of(RecordKind::ENVELOPE))?;
    of(RecordKind::PROOF).try_for_each(|proof| verified.take_proof(proof))?;
    verified.check_ends()?;
    verified.blobs = verified.named();
    if read_blobs(of(BLOB))? != verified.blobs {
        return Err(RecordError::Blobs);
    }
    Ok(verified)
}

impl Verified {
    /// The session.
    pub fn sid(&self) -> SessionId {
        self.roster.sid()
    }

    /// Who made the session.
    pub fn creator(&self) -> Option<PeerId> {
        self.roster.entries().next().map(|entry| entry.body().signer)
    }

    /// The roster.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// The last name that the roster has of somebody, also of those who left; unchecked bytes of its own choice.
    pub fn name_of(&self, peer: &PeerId) -> &str {
        self.names.get(peer).map_or("", String::as_str)
    }

    /// Whether the experts' desk is in it.
    pub fn has_desk(&self) -> bool {
        self.with_desk
    }

    /// Whether the lead closed the session: then nothing before that can be missing.
    pub fn is_closed(&self) -> bool {
        self.roster.is_closed()
    }

    /// The blobs that the documents name, with their size where they tell it.
    pub fn blobs(&self) -> &BTreeMap<BlobId, Option<u64>> {
        &self.blobs
    }

    /// The documents, each with how many envelopes count, and how many are here that do not.
    pub fn documents(&self) -> impl Iterator<Item = (DocId, usize, usize)> {
        self.documents.iter().map(|(doc, document)| {
            let accepted = document.log().accepted().count();
            (*doc, accepted, document.log().held().count() - accepted)
        })
    }

    /// Who signed two things in one place.
    pub fn equivocated(&self) -> BTreeSet<PeerId> {
        self.documents
            .values()
            .flat_map(|document| document.log().proofs())
            .map(|proof| proof.actor().author())
            .collect()
    }

    /// How many envelopes that count each author signed.
    pub fn authors(&self) -> BTreeMap<PeerId, usize> {
        let mut authors = BTreeMap::new();
        for envelope in self.documents.values().flat_map(|document| document.log().accepted()) {
            *authors.entry(envelope.author()).or_default() += 1;
        }
        authors
    }

    /// Title, notes and chat.
    pub fn room(&mut self) -> Room {
        self.documents.get_mut(&DocId::ROOM).map(|room| RoomView::default().refresh(room).clone()).unwrap_or_default()
    }

    /// The files.
    pub fn shelf(&mut self) -> Shelf {
        let room = self.documents.get_mut(&DocId::ROOM);
        room.map(|room| ShelfView::default().refresh(room, &self.roster).clone()).unwrap_or_default()
    }

    /// The checklists.
    pub fn steps(&mut self) -> Vec<StepList> {
        let room = self.documents.get_mut(&DocId::ROOM);
        room.map(|room| StepsView::default().refresh(room, &self.roster).to_vec()).unwrap_or_default()
    }

    /// The boards that have something to show.
    pub fn boards(&mut self) -> Vec<(DocId, Board)> {
        let roster = &self.roster;
        let boards = self.documents.iter_mut().filter(|(doc, _)| doc.kind == DocKind::Board);
        let views = boards.map(|(doc, document)| (*doc, BoardView::default().refresh(document, roster).clone()));
        views.filter(|(_, board)| board.is_shown()).collect()
    }

    /// The shared texts.
    pub fn texts(&mut self) -> Vec<(DocId, Text)> {
        let texts = self.documents.iter_mut().filter(|(doc, _)| doc.kind == DocKind::Text);
        texts.map(|(doc, document)| (*doc, TextView::default().refresh(document).clone())).collect()
    }

    /// The experts' notes, if they are in it.
    pub fn desk(&mut self) -> Vec<DeskNote> {
        let lead = self.roster.lead();
        let desk = self.documents.get_mut(&DocId::DESK);
        desk.map(|desk| DeskView::default().refresh(desk, lead).to_vec()).unwrap_or_default()
    }

    fn document(&mut self, doc: DocId) -> Result<&mut Document, RecordError> {
        if !self.with_desk && doc.kind == DocKind::Desk {
            return Err(RecordError::Desk);
        }
        let room = self.documents.len() < limits::DOCUMENTS || self.documents.contains_key(&doc);
        if !doc.is_well_formed() || !room {
            return Err(RecordError::Foreign);
        }
        let Verified { documents, roster, .. } = self;
        Ok(documents.entry(doc).or_insert_with(|| {
            let mut document = Document::new(doc);
            document.on_roster(roster);
            document
        }))
    }

    fn take_envelopes<'a>(&mut self, payloads: impl Iterator<Item = &'a [u8]>) -> Result<(), RecordError> {
        for (number, payload) in payloads.enumerate() {
            let malformed = RecordError::Envelope(number, Reason::Malformed);
            let envelope = Envelope::decode(payload).map_err(|_| malformed)?;
            let doc = envelope.doc();
            self.document(doc)?;
            let Verified { documents, roster, .. } = self;
            let Some(document) = documents.get_mut(&doc) else { return Err(malformed) };
            match document.insert(envelope, Trust::Network, roster).0 {
                Verdict::Accepted | Verdict::Pending => {}
                // It is there once.
                Verdict::Duplicate => return Err(RecordError::Foreign),
                // What is merely of no account is counted as that.
                Verdict::Refused(reason) if may_be_aside(reason) => {}
                Verdict::Refused(reason) => return Err(RecordError::Envelope(number, reason)),
            }
        }
        let missing = self.documents.values().map(|document| document.log().pending().0).sum();
        if missing > 0 { Err(RecordError::Missing(missing)) } else { Ok(()) }
    }

    fn take_proof(&mut self, payload: &[u8]) -> Result<(), RecordError> {
        let proof = both_of(payload).ok().and_then(|(a, b)| Proof::decode(a, b)).ok_or(RecordError::Proof)?;
        let ours = proof.low.sid() == self.sid();
        self.document(proof.low.doc())?;
        let Verified { documents, roster, .. } = self;
        let verdict = documents.get_mut(&proof.low.doc()).map(|document| document.insert_proof(proof, roster).0);
        let sound = matches!(verdict, Some(Verdict::Accepted | Verdict::Duplicate));
        if ours && sound { Ok(()) } else { Err(RecordError::Proof) }
    }

    /// What the lead closed the session with is here.
    fn check_ends(&self) -> Result<(), RecordError> {
        for entry in self.roster.entries() {
            let EntryKind::Close { vectors } = &entry.body().kind else { continue };
            for cut in vectors.iter().filter(|cut| self.with_desk || cut.doc.kind != DocKind::Desk) {
                let log = self.documents.get(&cut.doc).map(Document::log);
                if !log.is_some_and(|log: &Log| log.is_accepted(&cut.id)) {
                    return Err(RecordError::Incomplete);
                }
            }
        }
        Ok(())
    }

    /// The blobs that the documents name.
    fn named(&mut self) -> BTreeMap<BlobId, Option<u64>> {
        let mut named = BTreeMap::new();
        let lists = self.steps();
        named.extend(lists.iter().flat_map(|list| &list.steps).filter_map(|step| Some((step.photo?, None))));
        named.extend(self.shelf().blobs().map(|(blob, size)| (blob, Some(size))));
        let boards = self.documents.iter_mut().filter(|(doc, _)| doc.kind == DocKind::Board);
        for (_, document) in boards {
            let mut view = BoardView::default();
            let still = view.refresh(document, &self.roster).still.as_ref();
            named.extend(still.map(|still| (still.blob, Some(still.size))));
        }
        named
    }
}

/// What an honest peer may hold without its being part of a document.
fn may_be_aside(reason: Reason) -> bool {
    !reason.is_never_honest() && reason != Reason::UnknownAuthor && reason != Reason::FutureEpoch
}

fn read_roster<'a>(
    payloads: impl Iterator<Item = &'a [u8]>,
) -> Result<(Roster, BTreeMap<PeerId, String>), RecordError> {
    let mut roster: Option<Roster> = None;
    let mut names = BTreeMap::new();
    for (number, payload) in payloads.enumerate() {
        let failed = |error: RosterError| RecordError::Roster(number, error);
        let entry = Entry::decode(payload).map_err(|error| failed(error.into()))?;
        match &entry.body().kind {
            EntryKind::Genesis { creator: newcomer, .. } | EntryKind::Admit { newcomer, .. } => {
                names.insert(newcomer.peer, newcomer.name.clone());
            }
            _ => {}
        }
        match &mut roster {
            None => roster = Some(Roster::new(entry).map_err(failed)?),
            Some(roster) => drop(roster.apply_entry(entry).map_err(failed)?),
        }
    }
    Ok((roster.ok_or(RecordError::NotARecord)?, names))
}

fn both_of(payload: &[u8]) -> Result<(&[u8], &[u8]), DecodeError> {
    let mut reader = Reader::new(payload);
    let both = (reader.bytes(limits::ENVELOPE_BYTES)?, reader.bytes(limits::ENVELOPE_BYTES)?);
    reader.finish()?;
    Ok(both)
}

fn blob_bytes(blob: BlobId, size: Option<u64>) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.raw(&blob.0);
    writer.flag(size.is_some());
    size.into_iter().for_each(|size| writer.u64(size));
    writer.into_vec()
}

fn read_blobs<'a>(payloads: impl Iterator<Item = &'a [u8]>) -> Result<BTreeMap<BlobId, Option<u64>>, RecordError> {
    let mut blobs = BTreeMap::new();
    for payload in payloads {
        let (blob, size) = read_blob(payload).map_err(|_| RecordError::Blobs)?;
        if blobs.insert(blob, size).is_some() {
            return Err(RecordError::Blobs);
        }
    }
    Ok(blobs)
}

fn read_blob(payload: &[u8]) -> Result<(BlobId, Option<u64>), DecodeError> {
    let mut reader = Reader::new(payload);
    let blob = BlobId::read(&mut reader)?;
    let size = if reader.flag()? { Some(reader.u64()?) } else { None };
    reader.finish()?;
    Ok((blob, size))
}
