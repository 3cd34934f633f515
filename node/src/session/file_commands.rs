//! What people do with files: send, fetch, pause, cancel, save, hide.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use sightline_crdt::document::WriteError;
use sightline_crdt::log::Reason;
use sightline_crdt::shelf::{self, NewFile};
use sightline_proto::id::{BlobId, KnockId};
use sightline_proto::label;
use tokio::task::spawn_blocking;

use super::actor::Actor;
use super::blobs::{BlobSource, PutBlob, file_error};
use super::convert::{chat_id, doc_time, to_doc_blob, to_doc_entry};
use super::files::Choice;
use super::jobs::Done;
use crate::command::Answer;
use crate::error::FileError;
use crate::ids::EntryId;
use crate::runtime::{now_ms, rng};
use crate::show::{FileCommand, FilesDone};
use crate::store::blobs::BlobError;
use crate::view::{FileState, FileView};

/// Files that one command sends: a folder of photos, not a disk.
const MAX_AT_ONCE: usize = 1_000;

/// Files on the shelf of a session.
const MAX_FILES: usize = 5_000;

/// Folders inside folders.
const MAX_DEPTH: usize = 16;

/// A file that is to be sent.
#[derive(Debug)]
pub(super) struct Outbound {
    name: String,
    media_type: String,
    source: BlobSource,
}

/// Files on their way out, one after the other.
pub(super) struct Sending {
    to: Option<KnockId>,
    /// The next is at the end.
    left: Vec<Outbound>,
    done: FilesDone,
    answer: Answer<FilesDone, FileError>,
}

impl Actor {
    /// Carries out a command about files.
    pub(super) fn file_command(&mut self, command: FileCommand, answer: Answer<FilesDone, FileError>) {
        match command {
            FileCommand::Send { paths, to } => self.send_files(paths, to, answer),
            FileCommand::SendBytes { name, media_type, bytes, to } => {
                self.send_bytes(&name, &media_type, bytes, to, answer);
            }
            FileCommand::Fetch(file) => self.act(file, answer, |actor, view| {
                if view.size > actor.files.max {
                    return Err(FileError::TooLarge);
                }
                actor.go_on(view.blob);
                Ok(())
            }),
            FileCommand::Resume(file) => self.act(file, answer, |actor, view| {
                actor.go_on(view.blob);
                Ok(())
            }),
            FileCommand::Pause(file) => self.act(file, answer, |actor, view| {
                if !matches!(view.state, FileState::Here { .. }) {
                    actor.choose(view.blob, Choice::Pause);
                }
                Ok(())
            }),
            FileCommand::Cancel(file) => self.act(file, answer, |actor, view| {
                if !matches!(view.state, FileState::Here { .. }) {
                    actor.choose(view.blob, Choice::Cancel);
                    actor.forget_part(view.blob);
                }
                Ok(())
            }),
            FileCommand::Save { file, folder } => match self.shown_file(&file) {
                Some(view) => self.save(vec![view], folder, answer),
                None => drop(answer.send(Err(FileError::UnknownFile(file)))),
            },
            FileCommand::SaveAll { folder } => {
                let here = self.shown_files().into_iter().filter(|view| matches!(view.state, FileState::Here { .. }));
                let here = here.collect();
                self.save(here, folder, answer);
            }
            FileCommand::Hide(file) => self.hide(file, answer),
            FileCommand::Share { path } => self.share_document(path, answer),
            FileCommand::ShowPages { file, pages } => self.show_pages(file, &pages, answer),
        }
    }

    fn send_files(&mut self, paths: Vec<PathBuf>, to: Option<KnockId>, answer: Answer<FilesDone, FileError>) {
        if let Err(error) = self.may_send(to) {
            return drop(answer.send(Err(error)));
        }
        let max = self.max_file_bytes();
        let listed = spawn_blocking(move || list(&paths, max));
        self.job(async move {
            let listed = listed.await.unwrap_or(Err(FileError::Stopped));
            match listed {
                Ok(mut left) => {
                    left.reverse();
                    Done::Sending(Box::new(Sending { to, left, done: FilesDone::default(), answer }))
                }
                Err(error) => {
                    let _ = answer.send(Err(error));
                    Done::Nothing
                }
            }
        });
    }

    fn send_bytes(
        &mut self,
        name: &str,
        media_type: &str,
        bytes: Bytes,
        to: Option<KnockId>,
        answer: Answer<FilesDone, FileError>,
    ) {
        let refused = match self.may_send(to) {
            Err(error) => Some(error),
            Ok(()) if bytes.is_empty() => Some(FileError::Empty),
            Ok(()) if bytes.len() as u64 > self.max_file_bytes() => Some(FileError::TooLarge),
            Ok(()) => None,
        };
        if let Some(error) = refused {
            return drop(answer.send(Err(error)));
        }
        let name = label::safe(name);
        let media_type =
            if media_type.is_empty() { guess_type(&name).to_owned() } else { label::media_type(media_type) };
        let left = vec![Outbound { name, media_type, source: BlobSource::Bytes(bytes) }];
        self.go_on_sending(Sending { to, left, done: FilesDone::default(), answer });
    }

    pub(super) fn may_send(&mut self, to: Option<KnockId>) -> Result<(), FileError> {
        if self.session.roster().is_closed() {
            return Err(FileError::Closed);
        }
        if self.disk_refuses {
            return Err(FileError::NotStored);
        }
        match to {
            Some(knock) if !self.rooms.contains_key(&knock) => Err(FileError::UnknownKnock(knock)),
            Some(_) => Ok(()),
            None => {
                let writes = self.session.role().is_some_and(|role| role.writes(sightline_crdt::id::DocKind::Room));
                let full = self.session.shelf().files.len() >= MAX_FILES;
                if !writes {
                    Err(FileError::NotAllowed)
                } else if full {
                    Err(FileError::TooMany)
                } else {
                    Ok(())
                }
            }
        }
    }

    /// Takes the next file in, or answers when there is none left.
    pub(super) fn go_on_sending(&mut self, mut sending: Sending) {
        let Some(Outbound { name, media_type, source }) = sending.left.pop() else {
            return self.answer_stored(sending.answer, sending.done, FileError::NotStored);
        };
        let put = self.put_blob(source);
        self.job(async move {
            let put = put.await;
            Done::FilePut(Box::new(FilePut { name, media_type, put, sending }))
        });
    }

    /// A file is in: it is published, and the next one follows. One that failed ends it; those before it stay.
    pub(super) fn file_put(&mut self, put: FilePut) {
        let FilePut { name, media_type, put, mut sending } = put;
        let published = put.and_then(|put| match sending.to {
            None => self.publish(&name, &media_type, put),
            Some(knock) => self.publish_waiting(knock, &name, &media_type, put),
        });
        match published {
            Ok(entry) => {
                sending.done.files.push(entry);
                self.go_on_sending(sending);
            }
            Err(error) => drop(sending.answer.send(Err(error))),
        }
    }

    fn publish(&mut self, name: &str, media_type: &str, put: PutBlob) -> Result<EntryId, FileError> {
        self.may_send(None)?;
        let blob = to_doc_blob(put.blob);
        let file = NewFile { blob, size: put.size, name, media_type, pages: None };
        let (entry, outputs) =
            self.session.publish(&file, doc_time(now_ms()), &mut rng()).map_err(|error| write_error(&error))?;
        self.carry_out(outputs);
        self.note_activity();
        // Before anybody who reads of it can ask.
        self.files.documents_stale = true;
        self.look_at_blobs();
        Ok(chat_id(entry))
    }

    fn hide(&mut self, file: EntryId, answer: Answer<FilesDone, FileError>) {
        let Some(view) = self.shown_file(&file).filter(|view| view.waiting.is_none()) else {
            return drop(answer.send(Err(FileError::UnknownFile(file))));
        };
        let refused = if self.session.roster().is_closed() {
            Some(FileError::Closed)
        } else if self.disk_refuses {
            Some(FileError::NotStored)
        } else if !self.session.may_tidy(&sightline_crdt::id::PeerId(view.author.0)) {
            Some(FileError::NotAllowed)
        } else {
            None
        };
        if let Some(error) = refused {
            return drop(answer.send(Err(error)));
        }
        let (target, now) = (to_doc_entry(file), doc_time(now_ms()));
        let hidden = self
            .session
            .write(sightline_crdt::id::DocId::ROOM, &mut rng(), |transaction| shelf::hide(transaction, target, now));
        match hidden {
            Ok(outputs) => {
                self.carry_out(outputs);
                self.answer_stored(answer, FilesDone::default(), FileError::NotStored);
            }
            Err(error) => drop(answer.send(Err(write_error(&error)))),
        }
    }

    /// The person wants it, now.
    fn go_on(&mut self, blob: BlobId) {
        *self.files.hurry.entry(blob).or_default() += 1;
        self.choose(blob, Choice::Fetch);
    }

    fn act(
        &mut self,
        file: EntryId,
        answer: Answer<FilesDone, FileError>,
        what: impl FnOnce(&mut Self, &FileView) -> Result<(), FileError>,
    ) {
        let done = match self.shown_file(&file) {
            Some(view) => what(self, &view),
            None => Err(FileError::UnknownFile(file)),
        };
        match done {
            Ok(()) => self.answer_stored(answer, FilesDone::default(), FileError::NotStored),
            Err(error) => drop(answer.send(Err(error))),
        }
    }

    /// Gives up what came of a blob.
    pub(super) fn forget_part(&mut self, blob: BlobId) {
        let store = self.ctx.blobs.clone();
        let forgotten = spawn_blocking(move || store.forget(&blob));
        self.job(async move {
            // It is only room on the disk.
            let _ = forgotten.await;
            Done::Nothing
        });
    }

    fn save(&mut self, views: Vec<FileView>, folder: PathBuf, answer: Answer<FilesDone, FileError>) {
        let here = |view: &FileView| matches!(view.state, FileState::Here { .. });
        if !views.iter().all(here) {
            return drop(answer.send(Err(FileError::NotHere)));
        }
        let store = self.ctx.blobs.clone();
        let saved = spawn_blocking(move || {
            let save = |view: FileView| store.save(&view.blob, &folder, &view.name);
            views.into_iter().map(save).collect::<Result<Vec<PathBuf>, BlobError>>()
        });
        self.job(async move {
            let saved = saved.await.map_err(|_| FileError::Stopped).and_then(|saved| saved.map_err(file_error));
            let _ = answer.send(saved.map(|saved| FilesDone { files: Vec::new(), saved }));
            Done::Nothing
        });
    }

    fn shown_files(&mut self) -> Vec<FileView> {
        let names = self.names();
        self.file_views(&names).to_vec()
    }

    pub(super) fn shown_file(&mut self, file: &EntryId) -> Option<FileView> {
        let names = self.names();
        self.file_views(&names).iter().find(|view| view.id == *file).cloned()
    }
}

/// A file that was taken in, or not.
pub(super) struct FilePut {
    name: String,
    media_type: String,
    put: Result<PutBlob, FileError>,
    sending: Sending,
}

/// Why something could not be written, as the person is told.
pub(super) fn write_error(error: &WriteError) -> FileError {
    match error {
        WriteError::Refused(Reason::Oversize) | WriteError::Automerge(_) => FileError::NotStored,
        _ => FileError::NotAllowed,
    }
}

/// Everything that is to be sent of what a person chose: files, and what is in folders. Blocking.
fn list(paths: &[PathBuf], max: u64) -> Result<Vec<Outbound>, FileError> {
    let mut found = Vec::new();
    for path in paths {
        let metadata = std::fs::metadata(path).map_err(|_| FileError::Unreadable)?;
        if metadata.is_dir() {
            list_folder(path, &folder_name(path), max, 0, &mut found)?;
        } else if metadata.len() == 0 {
            return Err(FileError::Empty);
        } else {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            add(path, label::safe(&name), metadata.len(), max, &mut found)?;
        }
    }
    if found.is_empty() { Err(FileError::Empty) } else { Ok(found) }
}

/// Links inside a folder are not followed: they may lead out of what the person chose. Empty files are left out.
fn list_folder(
    folder: &Path,
    prefix: &str,
    max: u64,
    depth: usize,
    found: &mut Vec<Outbound>,
) -> Result<(), FileError> {
    if depth > MAX_DEPTH {
        return Err(FileError::TooMany);
    }
    let entries = std::fs::read_dir(folder).map_err(|_| FileError::Unreadable)?;
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(|_| FileError::Unreadable)?;
    paths.sort();
    for path in paths {
        let metadata = std::fs::symlink_metadata(&path).map_err(|_| FileError::Unreadable)?;
        let name = folder_name(&path);
        if metadata.is_dir() {
            list_folder(&path, &name, max, depth + 1, found)?;
        } else if metadata.is_file() && metadata.len() > 0 {
            add(&path, label::in_folder(prefix, &name), metadata.len(), max, found)?;
        }
    }
    Ok(())
}

fn add(path: &Path, name: String, len: u64, max: u64, found: &mut Vec<Outbound>) -> Result<(), FileError> {
    if len > max {
        return Err(FileError::TooLarge);
    }
    if found.len() >= MAX_AT_ONCE {
        return Err(FileError::TooMany);
    }
    let media_type = guess_type(&name).to_owned();
    found.push(Outbound { name, media_type, source: BlobSource::File(path.to_owned()) });
    Ok(())
}

fn folder_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// What a file probably is, by its ending: a claim, like everything about a file but its bytes.
pub(super) fn guess_type(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    match ending.as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "heic" => "image/heic",
        "svg" => "image/svg+xml",
        "pdf" => "application/pdf",
        "txt" | "log" => "text/plain",
        "md" => "text/markdown",
        "csv" => "text/csv",
        "json" => "application/json",
        "html" | "htm" => "text/html",
        "mp4" | "m4v" => "video/mp4",
        "mov" => "video/quicktime",
        "webm" => "video/webm",
        "mp3" => "audio/mpeg",
        "wav" => "audio/wav",
        "ogg" | "opus" => "audio/ogg",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_sent_with_their_name_in_front_and_links_are_not_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let top = folder.path().join("Pump");
        std::fs::create_dir_all(top.join("photos")).expect("made");
        std::fs::write(folder.path().join("secret"), b"s").expect("written");
        std::fs::write(top.join("a.txt"), b"a").expect("written");
        std::fs::write(top.join("empty"), b"").expect("written");
        std::fs::write(top.join("photos/b.jpg"), b"b").expect("written");
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path().join("secret"), top.join("link")).expect("linked");
        let found = list(std::slice::from_ref(&top), 100).expect("listed");
        let names: Vec<_> = found.iter().map(|file| (file.name.as_str(), file.media_type.as_str())).collect();
        assert_eq!(names, [("Pump - a.txt", "text/plain"), ("photos - b.jpg", "image/jpeg")]);
        assert_eq!(list(&[top.join("empty")], 100).expect_err("empty"), FileError::Empty);
        assert_eq!(list(&[top.join("gone")], 100).expect_err("gone"), FileError::Unreadable);
        std::fs::write(top.join("big"), [0; 101]).expect("written");
        assert_eq!(list(&[top], 100).expect_err("too large"), FileError::TooLarge);
    }
}
