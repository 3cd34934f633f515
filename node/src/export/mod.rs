//! A session as a folder for people: the conversation as Markdown, boards as pictures, files, and the signed record.
//!
//! What goes in is gathered first ([`Export`], plain data); [`Export::write`] then works without the session, on a
//! thread that may be busy for a while. The folder gets its name when everything is in it: one that is not whole is
//! never seen.

mod words;

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sightline_proto::label;

use crate::ids::BlobId;
use crate::paint;
use crate::store::blobs::{BlobError, BlobStore};
use crate::view::{BoardView, FileState, SessionView, TextView};

/// The signed record; `sightline-record verify` reads it.
const RECORD: &str = "record.sightline";

/// Folders of one name in one place; whoever has more wants another place.
const MOST: u32 = 9_999;

/// What an export is made of.
#[derive(Debug)]
pub(crate) struct Export {
    pub(crate) view: SessionView,
    /// In the order of the strip.
    pub(crate) boards: Vec<Arc<BoardView>>,
    pub(crate) texts: Vec<Arc<TextView>>,
    /// With the experts' notes.
    pub(crate) with_desk: bool,
    pub(crate) record: Vec<u8>,
}

impl Export {
    /// Writes everything into a new folder inside this one, and tells where it is. Blocks.
    pub(crate) fn write(&self, store: &BlobStore, folder: &Path) -> Result<PathBuf, BlobError> {
        if !folder.is_dir() {
            return Err(BlobError::Unreadable);
        }
        let name = named("", &self.view.title, &words::day(self.view.created_ms));
        let making = claim(folder)?;
        let made = self.fill(store, &making).and_then(|()| settle(&making, folder, &name));
        if made.is_err() {
            // It was made here and is of no use to anybody.
            let _ = fs::remove_dir_all(&making);
        }
        made
    }

    fn fill(&self, store: &BlobStore, folder: &Path) -> Result<(), BlobError> {
        let files = self.save_files(store, folder)?;
        self.paint_boards(folder)?;
        write(&folder.join("chat.md"), words::chat(&self.view, &files).as_bytes())?;
        if !self.view.steps.is_empty() {
            write(&folder.join("steps.md"), words::steps(&self.view).as_bytes())?;
        }
        if self.with_desk && !self.view.desk.is_empty() {
            write(&folder.join("notes.md"), words::desk(&self.view).as_bytes())?;
        }
        for (number, text) in self.texts.iter().enumerate() {
            let name = named(&format!("{:02}", number + 1), &text.summary.title, ".txt");
            write(&made(folder, "texts")?.join(name), text.text.as_bytes())?;
        }
        write(&folder.join(RECORD), &self.record)
    }

    /// Copies what is here of the shelf. The names that the copies got, by blob.
    fn save_files(&self, store: &BlobStore, folder: &Path) -> Result<HashMap<BlobId, String>, BlobError> {
        let mut names = HashMap::new();
        for file in self.view.files.iter().filter(|file| file.waiting.is_none()) {
            if !matches!(file.state, FileState::Here { .. }) || names.contains_key(&file.blob) {
                continue;
            }
            let copy = store.save(&file.blob, &made(folder, "files")?, &file.name)?;
            names.insert(file.blob, copy.file_name().unwrap_or_default().to_string_lossy().into_owned());
        }
        Ok(names)
    }

    /// A board whose picture is not here, or is none, is left out: its strokes are in the record.
    fn paint_boards(&self, folder: &Path) -> Result<(), BlobError> {
        for (number, board) in self.boards.iter().enumerate() {
            let Some(still) = &board.summary.still.path else { continue };
            let Ok(mut still) = paint::decode::decode_file(still) else { continue };
            paint::draw_over(&mut still, board.strokes.iter().map(|stroke| &stroke.stroke));
            let png = paint::png(still.width, still.height, &still.rgba).map_err(|_| BlobError::Failed)?;
            let name = named(&format!("{:02}", number + 1), &board.summary.title, ".png");
            write(&made(folder, "boards")?.join(name), &png)?;
        }
        Ok(())
    }
}

/// A title as part of a name that every system takes.
fn named(front: &str, title: &str, end: &str) -> String {
    let title: String = title.chars().map(|c| if matches!(c, '/' | '\\') { '-' } else { c }).collect();
    let gap = if end.starts_with('.') { "" } else { " " };
    label::safe(format!("{front} {}{gap}{end}", title.trim()).trim())
}

/// A hidden folder in which the export grows. Its name is short: a title may fill a whole name.
fn claim(folder: &Path) -> Result<PathBuf, BlobError> {
    for number in 1..=MOST {
        let path = folder.join(format!(".export-{number}.part"));
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(BlobError::of(&error)),
        }
    }
    Err(BlobError::Failed)
}

/// Gives the finished folder the first free name.
fn settle(making: &Path, folder: &Path, name: &str) -> Result<PathBuf, BlobError> {
    let names = (1..=MOST).map(|number| folder.join(label::numbered(name, number)));
    let free = names.into_iter().find(|path| path.symlink_metadata().is_err()).ok_or(BlobError::Failed)?;
    fs::rename(making, &free).map_err(|error| BlobError::of(&error))?;
    Ok(free)
}

/// A folder inside the export, made when the first thing goes into it.
fn made(folder: &Path, name: &str) -> Result<PathBuf, BlobError> {
    let path = folder.join(name);
    fs::create_dir_all(&path).map_err(|error| BlobError::of(&error))?;
    Ok(path)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), BlobError> {
    let written = File::options().write(true).create_new(true).open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|error| BlobError::of(&error))
}

#[cfg(test)]
mod tests;
