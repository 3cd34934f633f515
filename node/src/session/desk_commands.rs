//! What people do with checklists, experts' notes and shared texts.

use sightline_crdt::desk;
use sightline_crdt::document::WriteError;
use sightline_crdt::id::{DocId, DocKind};
use sightline_crdt::limits;
use sightline_crdt::log::Reason;
use sightline_crdt::session::Output as DocOutput;
use sightline_crdt::steps::{self, NewState, StepState as DocStepState};
use sightline_crdt::text::Splice;

use super::actor::Actor;
use super::convert::{doc_time, to_doc, to_doc_blob, to_doc_entry, to_document};
use crate::command::Answer;
use crate::error::DeskError;
use crate::ids::{BlobId, DocumentId, EntryId};
use crate::runtime::{now_ms, rng};
use crate::show::{DeskCommand, DeskDone};
use crate::view::{Role, StepState};

type Written = Result<(DeskDone, Vec<DocOutput>), DeskError>;

impl Actor {
    /// Carries out what is done at the desk.
    pub(super) fn desk_command(&mut self, command: DeskCommand, answer: Answer<DeskDone, DeskError>) {
        if let DeskCommand::Export { folder, with_desk } = command {
            return self.export(folder, with_desk, answer);
        }
        if let Some(error) = self.desk_refusal(&command) {
            return drop(answer.send(Err(error)));
        }
        let written = match command {
            DeskCommand::AddSteps { title, steps } => self.add_steps(&title, &steps),
            DeskCommand::SetStep { list, step, state, note, photo } => self.set_step(list, step, state, &note, photo),
            DeskCommand::RemoveSteps(list) => self.remove_steps(list),
            DeskCommand::AddNote(text) => self.add_desk_note(&text),
            DeskCommand::EditNote { note, text } => self.edit_desk_note(note, &text),
            DeskCommand::RemoveNote(note) => self.remove_desk_note(note),
            DeskCommand::NewText { title } => self.new_text(&title),
            DeskCommand::Splice { text, at, delete, insert } => {
                self.splice(text, Splice { at, delete, insert: &insert })
            }
            // Done above: it writes nothing into the session.
            DeskCommand::Export { .. } => return,
        };
        match written {
            Ok((done, outputs)) => {
                self.carry_out(outputs);
                self.note_activity();
                self.answer_stored(answer, done, DeskError::NotStored);
            }
            Err(error) => drop(answer.send(Err(error))),
        }
    }

    fn desk_refusal(&self, command: &DeskCommand) -> Option<DeskError> {
        let of_experts =
            matches!(command, DeskCommand::AddNote(_) | DeskCommand::EditNote { .. } | DeskCommand::RemoveNote(_));
        let role = self.role_of_me();
        if self.session.roster().is_closed() {
            Some(DeskError::Closed)
        } else if role == Role::Viewer || (of_experts && role == Role::Operator) {
            Some(DeskError::NotAllowed)
        } else if self.disk_refuses {
            Some(DeskError::NotStored)
        } else {
            None
        }
    }

    fn add_steps(&mut self, title: &str, lines: &[String]) -> Written {
        let lines: Vec<&str> = lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect();
        if lines.is_empty() {
            return Err(DeskError::Empty);
        }
        let long = lines.iter().any(|line| line.len() > limits::STEP_BYTES);
        if lines.len() > limits::STEPS || long || title.trim().len() > limits::TITLE_BYTES {
            return Err(DeskError::TooLong);
        }
        let at = doc_time(now_ms());
        written(
            self.session
                .write(DocId::ROOM, &mut rng(), |transaction| steps::add_list(transaction, title.trim(), &lines, at)),
        )
    }

    fn set_step(&mut self, list: EntryId, step: u32, state: StepState, note: &str, photo: Option<BlobId>) -> Written {
        let target = to_doc_entry(list);
        let known = self.session.steps().iter().find(|other| other.id == target);
        if known.is_none_or(|known| known.steps.len() <= step as usize) {
            return Err(DeskError::UnknownEntry(list));
        }
        if note.len() > limits::STEP_NOTE_BYTES {
            return Err(DeskError::TooLong);
        }
        let state = match state {
            StepState::Open => DocStepState::Open,
            StepState::Done => DocStepState::Done,
            StepState::Failed => DocStepState::Failed,
        };
        let new = NewState { list: target, step, state, note, photo: photo.map(to_doc_blob) };
        let at = doc_time(now_ms());
        written(self.session.write(DocId::ROOM, &mut rng(), |transaction| steps::set_state(transaction, &new, at)))
    }

    fn remove_steps(&mut self, list: EntryId) -> Written {
        let target = to_doc_entry(list);
        if !self.session.steps().iter().any(|other| other.id == target) {
            return Err(DeskError::UnknownEntry(list));
        }
        if !self.session.may_tidy(&target.author()) {
            return Err(DeskError::NotAllowed);
        }
        let at = doc_time(now_ms());
        written(self.session.write(DocId::ROOM, &mut rng(), |transaction| steps::hide(transaction, target, at)))
    }

    fn add_desk_note(&mut self, text: &str) -> Written {
        let text = note_text(text)?;
        let at = doc_time(now_ms());
        written(self.session.write(DocId::DESK, &mut rng(), |transaction| desk::add_note(transaction, text, at)))
    }

    fn edit_desk_note(&mut self, note: EntryId, text: &str) -> Written {
        let text = note_text(text)?;
        let target = self.note(note)?;
        if target.author() != self.session.peer() {
            return Err(DeskError::NotAllowed);
        }
        let at = doc_time(now_ms());
        written(
            self.session.write(DocId::DESK, &mut rng(), |transaction| desk::edit_note(transaction, target, text, at)),
        )
    }

    fn remove_desk_note(&mut self, note: EntryId) -> Written {
        let target = self.note(note)?;
        if target.author() != self.session.peer() && !self.is_lead() {
            return Err(DeskError::NotAllowed);
        }
        let at = doc_time(now_ms());
        written(self.session.write(DocId::DESK, &mut rng(), |transaction| desk::hide(transaction, target, at)))
    }

    fn note(&mut self, note: EntryId) -> Result<sightline_crdt::entry::EntryId, DeskError> {
        let target = to_doc_entry(note);
        let known = self.session.desk().iter().any(|other| other.id == target);
        known.then_some(target).ok_or(DeskError::UnknownEntry(note))
    }

    fn new_text(&mut self, title: &str) -> Written {
        let title = title.trim();
        if title.len() > limits::TITLE_BYTES {
            return Err(DeskError::TooLong);
        }
        let (doc, outputs) =
            self.session.begin_text(title, doc_time(now_ms()), &mut rng()).map_err(|error| desk_error(&error))?;
        Ok((DeskDone::Text(to_document(doc)), outputs))
    }

    fn splice(&mut self, text: DocumentId, splice: Splice<'_>) -> Written {
        let doc = to_doc(DocKind::Text, text);
        let before = self.session.text(doc).ok_or(DeskError::UnknownText(text))?.text.len();
        if before + splice.insert.len() > limits::TEXT_BYTES {
            return Err(DeskError::TooLong);
        }
        let outputs = self.session.splice(doc, splice, &mut rng()).map_err(|error| match error {
            WriteError::Refused(Reason::UnknownDocument) => DeskError::UnknownText(text),
            error => desk_error(&error),
        })?;
        Ok((DeskDone::Done, outputs))
    }
}

fn written(outputs: Result<Vec<DocOutput>, WriteError>) -> Written {
    outputs.map(|outputs| (DeskDone::Done, outputs)).map_err(|error| desk_error(&error))
}

fn note_text(text: &str) -> Result<&str, DeskError> {
    if text.trim().is_empty() {
        Err(DeskError::Empty)
    } else if text.len() > limits::DESK_NOTE_BYTES {
        Err(DeskError::TooLong)
    } else {
        Ok(text)
    }
}

fn desk_error(error: &WriteError) -> DeskError {
    match error {
        WriteError::Refused(Reason::Oversize) => DeskError::TooLong,
        WriteError::Refused(_) => DeskError::NotAllowed,
        WriteError::Empty | WriteError::NoEffect => DeskError::Empty,
        WriteError::Automerge(_) => DeskError::NotStored,
    }
}
