//! What the session's documents show, and how it is written.

use std::collections::{BTreeMap, BTreeSet};

use rand_core::CryptoRng;

use super::{Output, Session};
use crate::board::undo::{History, Mark};
use crate::board::{self, Board, BoardView, Drawing, NewStill};
use crate::desk::{DeskNote, DeskView};
use crate::document::WriteError;
use crate::entry::EntryId;
use crate::id::{BlobId, DocId, DocKind, PeerId};
use crate::log::Reason;
use crate::membership::Membership;
use crate::room::{Room, RoomView};
use crate::shelf::{self, NewFile, Shelf, ShelfView};
use crate::steps::{StepList, StepsView};
use crate::text::{self, Splice, Text, TextView};

/// What has been read of the documents so far.
#[derive(Default)]
pub(super) struct Views {
    room: RoomView,
    shelf: ShelfView,
    steps: StepsView,
    desk: DeskView,
    boards: BTreeMap<DocId, Sheet>,
    texts: BTreeMap<DocId, TextView>,
}

/// A board, and what this device did on it.
#[derive(Default)]
struct Sheet {
    view: BoardView,
    history: History,
}

impl Session {
    /// What the room shows now.
    pub fn room(&mut self) -> &Room {
        if let Some(document) = self.documents.get_mut(&DocId::ROOM) {
            self.views.room.refresh(document);
        }
        self.views.room.room()
    }

    /// The files of the session.
    pub fn shelf(&mut self) -> &Shelf {
        if let Some(document) = self.documents.get_mut(&DocId::ROOM) {
            self.views.shelf.refresh(document, &self.roster);
        }
        self.views.shelf.shelf()
    }

    /// The checklists.
    pub fn steps(&mut self) -> &[StepList] {
        if let Some(document) = self.documents.get_mut(&DocId::ROOM) {
            self.views.steps.refresh(document, &self.roster);
        }
        self.views.steps.lists()
    }

    /// The experts' notes; nothing for those who may not read them.
    pub fn desk(&mut self) -> &[DeskNote] {
        if let Some(document) = self.documents.get_mut(&DocId::DESK) {
            self.views.desk.refresh(document, self.roster.lead());
        }
        self.views.desk.notes()
    }

    /// The boards that have something to show.
    pub fn boards(&mut self) -> Vec<DocId> {
        let docs = self.documents_of(DocKind::Board);
        docs.into_iter().filter(|doc| self.board(*doc).is_some_and(Board::is_shown)).collect()
    }

    /// What a board shows now, if it was begun.
    pub fn board(&mut self, doc: DocId) -> Option<&Board> {
        let document = self.documents.get_mut(&doc).filter(|_| doc.kind == DocKind::Board)?;
        Some(self.views.boards.entry(doc).or_default().view.refresh(document, &self.roster))
    }

    /// The shared texts that were given a title.
    pub fn texts(&mut self) -> Vec<DocId> {
        let docs = self.documents_of(DocKind::Text);
        docs.into_iter().filter(|doc| self.text(*doc).is_some_and(|text| text.author.is_some())).collect()
    }

    /// What a shared text shows now, if it was begun.
    pub fn text(&mut self, doc: DocId) -> Option<&Text> {
        let document = self.documents.get_mut(&doc).filter(|_| doc.kind == DocKind::Text)?;
        Some(self.views.texts.entry(doc).or_default().refresh(document))
    }

    /// Every blob that the documents name, with its size where they tell it. What the desk names is for experts.
    pub fn blobs(&mut self) -> BTreeMap<BlobId, Option<u64>> {
        let mut blobs = BTreeMap::new();
        let photos = self.steps().iter().flat_map(|list| &list.steps).filter_map(|step| step.photo);
        blobs.extend(photos.map(|photo| (photo, None)));
        blobs.extend(self.shelf().blobs().map(|(blob, size)| (blob, Some(size))));
        for doc in self.documents_of(DocKind::Board) {
            let still = self.board(doc).and_then(|board| board.still.as_ref());
            blobs.extend(still.map(|still| (still.blob, Some(still.size))));
        }
        blobs
    }

    /// Whether this device may hide or erase what `author` made.
    pub fn may_tidy(&self, author: &PeerId) -> bool {
        self.role().is_some_and(|role| role.writes(DocKind::Room))
            && (*author == self.peer || self.roster.tidies(&self.peer))
    }

    /// Whether this device can take something back on a board.
    pub fn can_undo(&mut self, doc: DocId) -> bool {
        self.begun_board(doc).is_ok_and(|sheet| sheet.history.can_undo(|stroke| sheet.view.shows(stroke)))
    }

    /// Whether this device can bring again what it took back.
    pub fn can_redo(&mut self, doc: DocId) -> bool {
        self.begun_board(doc).is_ok_and(|sheet| sheet.history.can_redo(|stroke| sheet.view.shows(stroke)))
    }

    /// Publishes a file: it is put on the shelf, and the chat says so.
    pub fn publish(
        &mut self,
        file: &NewFile<'_>,
        now_ms: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<(EntryId, Vec<Output>), WriteError> {
        self.compose(DocId::ROOM, rng, |transaction| shelf::publish(transaction, file, now_ms))
    }

    /// Begins a board.
    pub fn begin_board(
        &mut self,
        still: &NewStill<'_>,
        now_ms: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<(DocId, Vec<Output>), WriteError> {
        let doc = self.new_document(DocKind::Board, rng);
        let outputs = self.write(doc, rng, |transaction| board::begin(transaction, still, now_ms))?;
        Ok((doc, outputs))
    }

    /// Draws on a board.
    pub fn draw(
        &mut self,
        doc: DocId,
        drawing: &Drawing,
        now_ms: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<(EntryId, Vec<Output>), WriteError> {
        self.begun_board(doc)?;
        let (stroke, outputs) = self.compose(doc, rng, |transaction| board::draw(transaction, drawing, now_ms))?;
        self.views.boards.entry(doc).or_default().history.drew(stroke);
        Ok((stroke, outputs))
    }

    /// Takes a stroke away that is visible, and one's own unless one is an expert.
    pub fn erase(
        &mut self,
        doc: DocId,
        stroke: EntryId,
        now_ms: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<Output>, WriteError> {
        if !self.begun_board(doc)?.view.shows(&stroke) || !self.may_tidy(&stroke.author()) {
            return Err(WriteError::NoEffect);
        }
        let outputs = self.write(doc, rng, |transaction| board::erase(transaction, stroke, now_ms))?;
        self.views.boards.entry(doc).or_default().history.erased(stroke);
        Ok(outputs)
    }

    /// Takes back what this device did last on a board.
    pub fn undo(&mut self, doc: DocId, now_ms: i64, rng: &mut impl CryptoRng) -> Result<Vec<Output>, WriteError> {
        let Sheet { view, history } = self.begun_board(doc)?;
        let mark = history.undo(|stroke| view.shows(stroke));
        self.mark(doc, mark, now_ms, rng)
    }

    /// Brings again what this device took back last on a board.
    pub fn redo(&mut self, doc: DocId, now_ms: i64, rng: &mut impl CryptoRng) -> Result<Vec<Output>, WriteError> {
        let Sheet { view, history } = self.begun_board(doc)?;
        let mark = history.redo(|stroke| view.shows(stroke));
        self.mark(doc, mark, now_ms, rng)
    }

    /// Begins a shared text.
    pub fn begin_text(
        &mut self,
        title: &str,
        now_ms: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<(DocId, Vec<Output>), WriteError> {
        let doc = self.new_document(DocKind::Text, rng);
        let outputs = self.write(doc, rng, |transaction| text::set_title(transaction, title, now_ms))?;
        Ok((doc, outputs))
    }

    /// Changes a shared text; a long change is written as several, and if one of them can't be written, those before it
    /// stay: their outputs must not be lost.
    pub fn splice(
        &mut self,
        doc: DocId,
        splice: Splice<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<Output>, WriteError> {
        if doc.kind != DocKind::Text || !self.documents.contains_key(&doc) {
            return Err(WriteError::Refused(Reason::UnknownDocument));
        }
        let mut outputs = Vec::new();
        for piece in splice.pieces() {
            match self.write(doc, rng, |transaction| text::splice(transaction, piece)) {
                Ok(mut written) => outputs.append(&mut written),
                Err(error) if outputs.is_empty() => return Err(error),
                Err(_) => break,
            }
        }
        Ok(outputs)
    }

    fn mark(
        &mut self,
        doc: DocId,
        mark: Option<Mark>,
        now_ms: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<Output>, WriteError> {
        match mark.ok_or(WriteError::NoEffect)? {
            Mark::Erase(stroke) => self.write(doc, rng, |transaction| board::erase(transaction, stroke, now_ms)),
            Mark::Restore(stroke) => self.write(doc, rng, |transaction| board::restore(transaction, stroke, now_ms)),
        }
    }

    /// A board that was begun, up to date.
    fn begun_board(&mut self, doc: DocId) -> Result<&mut Sheet, WriteError> {
        if self.board(doc).is_none() {
            return Err(WriteError::Refused(Reason::UnknownDocument));
        }
        Ok(self.views.boards.entry(doc).or_default())
    }

    fn new_document(&self, kind: DocKind, rng: &mut impl CryptoRng) -> DocId {
        let mut id = [0; 16];
        rng.fill_bytes(&mut id);
        DocId { kind, id }
    }

    fn documents_of(&self, kind: DocKind) -> BTreeSet<DocId> {
        self.documents.keys().copied().filter(|doc| doc.kind == kind).collect()
    }
}
