//! Copies for the person, under a label, into a folder: nothing outside it, nothing overwritten, nothing half-written.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sightline_proto::id::BlobId;
use sightline_proto::label;

use super::{BlobError, BlobStore, read_at};

/// Copies of one name in one folder; whoever has more wants another folder.
const MOST: u32 = 9_999;

impl BlobStore {
    /// Copies a whole blob into a folder, verified on the way. The copy gets its name when all of it is on the disk.
    pub(crate) fn save(&self, blob: &BlobId, folder: &Path, name: &str) -> Result<PathBuf, BlobError> {
        let manifest = self.manifest(blob)?;
        let from = File::open(self.path(blob).ok_or(BlobError::NotHere)?).map_err(|_| BlobError::NotHere)?;
        if !folder.is_dir() {
            return Err(BlobError::Unreadable);
        }
        let name = label::safe(name);
        let failed = |error: io::Error| BlobError::of(&error);
        let (temporary, mut to) = claim(folder, |number| format!(".{blob}-{number}.part")).map_err(failed)?;
        let copied = (|| {
            for chunk in 0..manifest.chunks() {
                let bytes = read_at(&from, &manifest, chunk)?;
                if !manifest.verifies(chunk, &bytes) {
                    return Err(self.damaged(blob));
                }
                to.write_all(&bytes).map_err(failed)?;
            }
            to.sync_all().map_err(failed)?;
            settle(&temporary, folder, &name).map_err(failed)
        })();
        // In both cases: after a link it is the second name of the copy.
        let _ = fs::remove_file(&temporary);
        copied
    }
}

/// Makes a new file; never one that is there.
fn claim(folder: &Path, name: impl Fn(u32) -> String) -> io::Result<(PathBuf, File)> {
    for number in 1..=MOST {
        let path = folder.join(name(number));
        match File::options().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Gives a finished copy the first free name.
fn settle(copy: &Path, folder: &Path, name: &str) -> io::Result<PathBuf> {
    for number in 1..=MOST {
        let path = folder.join(label::numbered(name, number));
        match fs::hard_link(copy, &path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            // File systems without links: the name is claimed first, then the copy takes the place of the empty file.
            Err(_) => {
                let (path, claimed) = claim(folder, |number| label::numbered(name, number))?;
                drop(claimed);
                return fs::rename(copy, &path).map(|()| path.clone()).inspect_err(|_| {
                    let _ = fs::remove_file(&path);
                });
            }
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}
