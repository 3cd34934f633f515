//! Gathers a session for its export; the writing happens on a thread that may be busy for a while.

use std::path::PathBuf;

use sightline_crdt::record;
use tokio::task::spawn_blocking;

use super::actor::Actor;
use super::jobs::Done;
use crate::command::Answer;
use crate::error::DeskError;
use crate::export::Export;
use crate::show::DeskDone;
use crate::store::blobs::BlobError;
use crate::view::Role;

impl Actor {
    /// Exports the session as it is now: whoever reads it may, also when it is closed.
    pub(super) fn export(&mut self, folder: PathBuf, with_desk: bool, answer: Answer<DeskDone, DeskError>) {
        if with_desk && !matches!(self.role_of_me(), Role::Lead | Role::Expert) {
            return drop(answer.send(Err(DeskError::NotAllowed)));
        }
        let view = self.look();
        let boards = view.boards.iter().filter_map(|board| self.docs.shown.board(&board.id)).collect();
        let texts = view.texts.iter().filter_map(|text| self.docs.shown.text(&text.id)).collect();
        let record = record::export(&mut self.session, with_desk);
        let export = Export { view, boards, texts, with_desk, record };
        let store = self.ctx.blobs.clone();
        let written = spawn_blocking(move || export.write(&store, &folder));
        self.job(async move {
            let done = match written.await {
                Ok(Ok(folder)) => Ok(DeskDone::Exported(folder)),
                Ok(Err(BlobError::NoRoom | BlobError::Unreadable)) => Err(DeskError::NoRoom),
                Ok(Err(_)) => Err(DeskError::NotStored),
                Err(_) => Err(DeskError::Stopped),
            };
            let _ = answer.send(done);
            Done::Nothing
        });
    }
}
