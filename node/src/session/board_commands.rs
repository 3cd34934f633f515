//! What people do with boards.
//!
//! A board begins with a picture: it is encoded or looked through off the actor, taken in as a blob, and only then named by
//! a new document, so that whoever reads of a board can have its picture from here.

use bytes::Bytes;
use sightline_crdt::board::{self, Drawing, DrawingError, NewStill};
use sightline_crdt::document::WriteError;
use sightline_crdt::id::{DocId, DocKind};
use sightline_crdt::limits::BOARD_STROKES;
use sightline_crdt::log::Reason;
use sightline_crdt::session::Output as DocOutput;
use sightline_proto::control::ControlMessage;
use tokio::task::spawn_blocking;

use super::actor::Actor;
use super::blobs::{BlobSource, Priority, PutBlob};
use super::commands::MAX_TITLE;
use super::convert::{doc_time, to_doc, to_doc_blob, to_doc_entry, to_doc_ink, to_doc_tool, to_document, to_wire_look};
use super::jobs::Done;
use crate::command::Answer;
use crate::error::{BoardError, FileError};
use crate::ids::{BlobId, DocumentId, EntryId, PeerId};
use crate::link::LinkId;
use crate::media::StillFile;
use crate::media::still::NotAStill;
use crate::paint::limits::STILL_BYTES;
use crate::runtime::{now_ms, rng};
use crate::show::{BoardCommand, Look, NewStroke};
use crate::view::Role;

type BoardAnswer = Answer<Option<DocumentId>, BoardError>;

/// A picture that is to become a board.
pub(super) struct NewBoard {
    still: Result<StillFile, BoardError>,
    title: String,
    answer: BoardAnswer,
}

/// The same with its picture taken in.
pub(super) struct PutBoard {
    still: StillFile,
    put: Result<PutBlob, FileError>,
    title: String,
    answer: BoardAnswer,
}

impl Actor {
    /// Carries out what is done with boards.
    pub(super) fn board_command(&mut self, command: BoardCommand, answer: BoardAnswer) {
        let asks = matches!(command, BoardCommand::Photo(_) | BoardCommand::Look(_));
        if let Some(error) = self.board_refusal(asks) {
            return drop(answer.send(Err(error)));
        }
        match command {
            BoardCommand::Freeze(peer) => self.freeze(peer, answer),
            BoardCommand::Photo(peer) => drop(answer.send(self.ask_photo(peer).map(|()| None))),
            BoardCommand::FromImage { title, bytes } => self.board_of_image(title, bytes, answer),
            BoardCommand::FromBlob { title, blob } => self.board_of_blob(title, blob, answer),
            BoardCommand::Draw { board, stroke, preview } => {
                let drawn = self.draw(board, stroke);
                if let (Ok(_), Some(preview)) = (&drawn, preview) {
                    self.live.drawn(board, preview);
                }
                self.board_written(board, drawn, answer);
            }
            BoardCommand::Erase { board, stroke } => {
                let erased = self.erase(board, stroke);
                self.board_written(board, erased, answer);
            }
            BoardCommand::Undo(board) => {
                let undone = self.session.undo(board_doc(board), doc_time(now_ms()), &mut rng());
                self.board_written(board, undone.map_err(|error| board_error(&error, board)), answer);
            }
            BoardCommand::Redo(board) => {
                let redone = self.session.redo(board_doc(board), doc_time(now_ms()), &mut rng());
                self.board_written(board, redone.map_err(|error| board_error(&error, board)), answer);
            }
            BoardCommand::Rename { board, title } => {
                let renamed = self.rename_board(board, &title);
                self.board_written(board, renamed, answer);
            }
            BoardCommand::Look(look) => drop(answer.send(self.ask_to_look(look).map(|()| None))),
        }
    }

    /// Why nothing can be done with boards now. What only asks others needs no disk.
    fn board_refusal(&self, asks: bool) -> Option<BoardError> {
        if self.session.roster().is_closed() {
            Some(BoardError::Closed)
        } else if self.role_of_me() == Role::Viewer {
            Some(BoardError::NotAllowed)
        } else if self.disk_refuses && !asks {
            Some(BoardError::NotStored)
        } else {
            None
        }
    }

    fn freeze(&mut self, peer: PeerId, answer: BoardAnswer) {
        let Some(picture) = self.frames.of(peer).newest() else {
            return drop(answer.send(Err(BoardError::NoPicture)));
        };
        self.new_board(String::new(), answer, move || {
            StillFile::of_picture(&picture).map_err(|NotAStill| BoardError::NotAPicture)
        });
    }

    fn board_of_image(&mut self, title: String, bytes: Bytes, answer: BoardAnswer) {
        self.new_board(title, answer, move || StillFile::of_file(bytes).map_err(|NotAStill| BoardError::NotAPicture));
    }

    /// A picture that is not here yet is fetched, and the person asks again.
    fn board_of_blob(&mut self, title: String, blob: BlobId, answer: BoardAnswer) {
        let Some(path) = self.blob_path(&blob) else {
            let named = self.session.blobs().get(&to_doc_blob(blob)).copied();
            if let Some(size) = named {
                self.want_blob(blob, size, Priority::Now);
            }
            return drop(answer.send(Err(BoardError::NoPicture)));
        };
        self.new_board(title, answer, move || {
            let size = std::fs::metadata(&path).map_err(|_| BoardError::NoPicture)?.len();
            if size > STILL_BYTES {
                return Err(BoardError::NotAPicture);
            }
            let bytes = std::fs::read(&path).map_err(|_| BoardError::NoPicture)?;
            StillFile::of_file(bytes.into()).map_err(|NotAStill| BoardError::NotAPicture)
        });
    }

    /// Makes a picture ready, off the actor.
    fn new_board(
        &mut self,
        title: String,
        answer: BoardAnswer,
        still: impl FnOnce() -> Result<StillFile, BoardError> + Send + 'static,
    ) {
        self.job(async move {
            let still = spawn_blocking(still).await.unwrap_or(Err(BoardError::NotAPicture));
            Done::BoardReady(Box::new(NewBoard { still, title, answer }))
        });
    }

    /// The picture is ready: it is taken in.
    pub(super) fn board_ready(&mut self, NewBoard { still, title, answer }: NewBoard) {
        let still = match still {
            Ok(still) => still,
            Err(error) => return drop(answer.send(Err(error))),
        };
        let put = self.put_blob(BlobSource::Bytes(still.bytes.clone()));
        self.job(async move {
            let put = put.await;
            Done::BoardPut(Box::new(PutBoard { still, put, title, answer }))
        });
    }

    /// The picture is here: the board begins.
    pub(super) fn board_put(&mut self, PutBoard { still, put, title, answer }: PutBoard) {
        let put = match put {
            Ok(put) => put,
            Err(error) => return drop(answer.send(Err(blob_error(&error)))),
        };
        // Things may have changed while it was taken in.
        if let Some(error) = self.board_refusal(false) {
            return drop(answer.send(Err(error)));
        }
        let title = title.trim();
        let new = NewStill {
            blob: to_doc_blob(put.blob),
            size: put.size,
            media_type: still.media_type,
            width: still.width,
            height: still.height,
            title: &title[..title.floor_char_boundary(MAX_TITLE)],
        };
        match self.session.begin_board(&new, doc_time(now_ms()), &mut rng()) {
            Ok((doc, outputs)) => self.board_written(to_document(doc), Ok(outputs), answer),
            Err(error) => drop(answer.send(Err(board_error(&error, DocumentId([0; 16]))))),
        }
    }

    fn draw(&mut self, board: DocumentId, stroke: NewStroke) -> Result<Vec<DocOutput>, BoardError> {
        let doc = board_doc(board);
        let strokes = self.session.board(doc).ok_or(BoardError::UnknownBoard(board))?.strokes.len();
        if strokes >= BOARD_STROKES {
            return Err(BoardError::Full);
        }
        let (tool, ink) = (to_doc_tool(stroke.tool), to_doc_ink(stroke.ink));
        let drawing = Drawing::new(tool, ink, stroke.width.max(1), stroke.points, &stroke.text);
        let drawing = drawing.map_err(|error| match error {
            DrawingError::TooManyPoints => BoardError::Full,
            DrawingError::NoPoints | DrawingError::NoWidth => BoardError::Nothing,
        })?;
        let drawn = self.session.draw(doc, &drawing, doc_time(now_ms()), &mut rng());
        drawn.map(|(_, outputs)| outputs).map_err(|error| board_error(&error, board))
    }

    fn erase(&mut self, board: DocumentId, stroke: EntryId) -> Result<Vec<DocOutput>, BoardError> {
        let target = to_doc_entry(stroke);
        if !self.session.may_tidy(&target.author()) {
            return Err(BoardError::NotAllowed);
        }
        let erased = self.session.erase(board_doc(board), target, doc_time(now_ms()), &mut rng());
        erased.map_err(|error| match error {
            WriteError::NoEffect => BoardError::UnknownStroke(stroke),
            error => board_error(&error, board),
        })
    }

    fn rename_board(&mut self, board: DocumentId, title: &str) -> Result<Vec<DocOutput>, BoardError> {
        let doc = board_doc(board);
        self.session.board(doc).ok_or(BoardError::UnknownBoard(board))?;
        let title = title.trim();
        let title = &title[..title.floor_char_boundary(MAX_TITLE)];
        let at_ms = doc_time(now_ms());
        let written = self.session.write(doc, &mut rng(), |transaction| board::set_title(transaction, title, at_ms));
        written.map_err(|error| board_error(&error, board))
    }

    /// Sends on what was written and answers once it is stored.
    fn board_written(&mut self, board: DocumentId, written: Result<Vec<DocOutput>, BoardError>, answer: BoardAnswer) {
        match written {
            Ok(outputs) => {
                self.carry_out(outputs);
                self.note_activity();
                self.answer_stored(answer, Some(board), BoardError::NotStored);
            }
            Err(error) => drop(answer.send(Err(error))),
        }
    }

    /// Asks a peer's device for a photo. It comes as a board that the peer makes.
    fn ask_photo(&mut self, peer: PeerId) -> Result<(), BoardError> {
        self.only_experts()?;
        let id = self.links.iter().find(|(_, link)| link.peer == peer && link.is_up()).map(|(id, _)| *id);
        let id = id.ok_or(BoardError::NotHere(peer))?;
        self.with_link(id, |link, me| link.say(ControlMessage::Photo, me));
        Ok(())
    }

    /// Asks everybody who is there to look at something.
    fn ask_to_look(&mut self, look: Look) -> Result<(), BoardError> {
        self.only_experts()?;
        if let Look::Board { board } = look {
            let shown = self.session.board(board_doc(board)).is_some_and(board::Board::is_shown);
            shown.then_some(()).ok_or(BoardError::UnknownBoard(board))?;
        }
        let there: Vec<LinkId> = self.links.iter().filter(|(_, link)| link.is_up()).map(|(id, _)| *id).collect();
        for id in there {
            self.with_link(id, |link, me| link.say(ControlMessage::Look { look: to_wire_look(look) }, me));
        }
        Ok(())
    }

    fn only_experts(&self) -> Result<(), BoardError> {
        match self.role_of_me() {
            Role::Lead | Role::Expert => Ok(()),
            Role::Operator | Role::Viewer => Err(BoardError::NotAllowed),
        }
    }
}

fn board_doc(board: DocumentId) -> DocId {
    to_doc(DocKind::Board, board)
}

fn board_error(error: &WriteError, board: DocumentId) -> BoardError {
    match error {
        WriteError::Refused(Reason::UnknownDocument) => BoardError::UnknownBoard(board),
        WriteError::Refused(Reason::Oversize) => BoardError::Full,
        WriteError::Refused(_) => BoardError::NotAllowed,
        WriteError::Empty | WriteError::NoEffect => BoardError::Nothing,
        WriteError::Automerge(_) => BoardError::NotStored,
    }
}

fn blob_error(error: &FileError) -> BoardError {
    match error {
        FileError::TooLarge | FileError::Empty => BoardError::NotAPicture,
        FileError::Stopped => BoardError::Stopped,
        _ => BoardError::NotStored,
    }
}
