//! The blobs of a node: whole ones under their names, partial ones beside what is known of them.
//!
//! ```text
//! blobs/ID        a whole blob, verified, never changed
//! blobs/ID.part   what came of one so far, chunks at their places
//! blobs/ID.map    its manifest; and which chunks of the part are good
//! blobs/in-…      a file that is just being taken in; removed at the start
//! ```
//!
//! A part becomes whole by one rename after everything is on the disk, so nothing half-written is ever taken for whole.
//! What the map says of a part is checked against the hashes before it counts, so it need not be flushed with each
//! chunk: a killed process loses the chunk that was on its way, a lost page cache what it had.
//!
//! Everything here but [`BlobStore::path`] and [`BlobStore::size`] blocks. Sessions share blobs: what one of them has
//! fetched is here for all; who may have it is decided by each.

mod map;
mod partial;
mod save;

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use sightline_proto::blob::{ChunkSet, Hasher, Manifest, ManifestError, chunk_count};
use sightline_proto::id::BlobId;
use sightline_proto::limits::CHUNK;

pub(crate) use partial::Partial;

use super::home::{create_private_dir, private_options, sync_parent};

/// Bytes that are read or written at a time.
const STEP: usize = CHUNK;

/// Why something could not be done with a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BlobError {
    /// It is not here.
    #[error("the blob is not here")]
    NotHere,
    /// The file that was to be taken in can't be read.
    #[error("the file can't be read")]
    Unreadable,
    /// It changed while it was read.
    #[error("the file changed while it was read")]
    Changed,
    /// It is empty.
    #[error("the file is empty")]
    Empty,
    /// It is larger than allowed.
    #[error("the file is too large")]
    TooLarge,
    /// The disk, or the room that was set for blobs, is full.
    #[error("there is no room")]
    NoRoom,
    /// What was here of it is not wanted any more: somebody gave it up, perhaps in another session.
    #[error("the part was given up")]
    GivenUp,
    /// The disk refuses for another reason, or what lies there is damaged.
    #[error("the disk failed")]
    Failed,
}

impl BlobError {
    /// What a failed write or copy means.
    pub(crate) fn of(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => Self::NoRoom,
            _ => Self::Failed,
        }
    }
}

impl From<ManifestError> for BlobError {
    fn from(error: ManifestError) -> Self {
        match error {
            ManifestError::Empty => Self::Empty,
            ManifestError::TooLarge => Self::TooLarge,
            ManifestError::OtherSize | ManifestError::Misfit | ManifestError::OtherBlob => Self::Failed,
        }
    }
}

/// The blobs. Clones share everything.
#[derive(Debug, Clone)]
pub(crate) struct BlobStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    /// How many bytes all blobs may take.
    room: u64,
    index: Mutex<Index>,
    /// Numbers the files that are being taken in.
    number: AtomicU64,
}

#[derive(Debug, Default)]
struct Index {
    whole: HashMap<BlobId, u64>,
    partial: HashMap<BlobId, Weak<Partial>>,
    used: u64,
}

impl BlobStore {
    /// Opens the folder, which is made where missing, and looks what is there. Blocking.
    pub(crate) fn open(folder: &Path, room: Option<u64>) -> io::Result<Self> {
        create_private_dir(folder)?;
        let mut index = Index::default();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("in-") {
                // Nobody waits for it any more; what can't be removed is in nobody's way either.
                let _ = fs::remove_file(entry.path());
                continue;
            }
            let metadata = entry.metadata()?;
            index.used += taken(&metadata);
            if let Ok(blob) = name.parse::<BlobId>()
                && metadata.len() > 0
            {
                index.whole.insert(blob, metadata.len());
            }
        }
        let inner = Inner {
            folder: folder.to_owned(),
            room: room.unwrap_or(u64::MAX),
            index: Mutex::new(index),
            number: AtomicU64::new(0),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Where the bytes of a whole blob lie. Never blocks.
    pub(crate) fn path(&self, blob: &BlobId) -> Option<PathBuf> {
        self.size(blob).map(|_| self.file(blob, ""))
    }

    /// Bytes of a whole blob. Never blocks.
    pub(crate) fn size(&self, blob: &BlobId) -> Option<u64> {
        self.index().whole.get(blob).copied()
    }

    /// Takes bytes in.
    pub(crate) fn put_bytes(&self, bytes: &[u8]) -> Result<Manifest, BlobError> {
        self.put(bytes, u64::MAX)
    }

    /// Takes a file in. What it says after it was begun to be read counts for nothing: it must not change meanwhile.
    pub(crate) fn put_file(&self, path: &Path, max: u64) -> Result<Manifest, BlobError> {
        let unreadable = |_| BlobError::Unreadable;
        let file = File::open(path).map_err(unreadable)?;
        let before = file.metadata().map_err(unreadable)?;
        if !before.is_file() {
            return Err(BlobError::Unreadable);
        }
        if before.len() > max {
            return Err(BlobError::TooLarge);
        }
        let manifest = self.put(&file, max)?;
        let after = file.metadata().map_err(unreadable)?;
        let same = manifest.size() == before.len()
            && after.len() == before.len()
            && after.modified().ok() == before.modified().ok();
        if same { Ok(manifest) } else { Err(BlobError::Changed) }
    }

    fn put(&self, mut from: impl Read, max: u64) -> Result<Manifest, BlobError> {
        let number = self.inner.number.fetch_add(1, Ordering::Relaxed);
        let temporary = self.inner.folder.join(format!("in-{number}"));
        let put = self.take_in(&mut from, &temporary, max);
        if put.is_err() {
            // Removed at the next start if it can't be now.
            let _ = fs::remove_file(&temporary);
        }
        put
    }

    fn take_in(&self, from: &mut impl Read, temporary: &Path, max: u64) -> Result<Manifest, BlobError> {
        let failed = |error: io::Error| BlobError::of(&error);
        let mut to = private_options().write(true).create(true).truncate(true).open(temporary).map_err(failed)?;
        let mut hasher = Hasher::new();
        let mut room = Reserved { store: self, bytes: 0 };
        let mut step = vec![0; STEP];
        loop {
            let read = match from.read(&mut step) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return Err(BlobError::Unreadable),
            };
            hasher.update(&step[..read], max)?;
            room.more(read as u64)?;
            to.write_all(&step[..read]).map_err(failed)?;
        }
        let manifest = hasher.finish()?;
        let blob = manifest.id();
        if self.size(&blob).is_some() {
            // The same bytes are here already.
            let _ = fs::remove_file(temporary);
            return Ok(manifest);
        }
        to.sync_all().map_err(failed)?;
        map::write(&self.file(&blob, ".map"), &manifest, &ChunkSet::all(manifest.chunks())).map_err(failed)?;
        let path = self.file(&blob, "");
        fs::rename(temporary, &path).and_then(|()| sync_parent(&path)).map_err(failed)?;
        room.keep();
        self.index().whole.insert(blob, manifest.size());
        self.drop_part(&blob);
        Ok(manifest)
    }

    /// The manifest of a whole blob.
    pub(crate) fn manifest(&self, blob: &BlobId) -> Result<Manifest, BlobError> {
        let path = self.path(blob).ok_or(BlobError::NotHere)?;
        if let Some((manifest, _)) = map::read(&self.file(blob, ".map"), blob) {
            return Ok(manifest);
        }
        // Lost, or of a file that was put here by hand: made anew from the bytes.
        let mut file = File::open(path).map_err(|_| BlobError::NotHere)?;
        let mut hasher = Hasher::new();
        let mut step = vec![0; STEP];
        loop {
            match file.read(&mut step).map_err(|_| BlobError::Failed)? {
                0 => break,
                read => hasher.update(&step[..read], u64::MAX)?,
            }
        }
        let manifest = hasher.finish()?;
        if manifest.id() != *blob {
            return Err(self.damaged(blob));
        }
        // Only saves the work next time.
        let _ = map::write(&self.file(blob, ".map"), &manifest, &ChunkSet::all(manifest.chunks()));
        Ok(manifest)
    }

    /// A verified chunk of a whole or partial blob, from an offset on.
    pub(crate) fn read_chunk(&self, manifest: &Manifest, chunk: u32, from: u32) -> Result<Vec<u8>, BlobError> {
        let blob = manifest.id();
        let whole = self.path(&blob);
        let mut bytes = match &whole {
            Some(path) => read_at(&File::open(path).map_err(|_| BlobError::NotHere)?, manifest, chunk),
            None => self.begun(&blob).ok_or(BlobError::NotHere)?.read(chunk),
        }?;
        if !manifest.verifies(chunk, &bytes) {
            return Err(if whole.is_some() { self.damaged(&blob) } else { BlobError::Failed });
        }
        bytes.drain(..bytes.len().min(from as usize));
        Ok(bytes)
    }

    /// What is here of a blob that was begun: opened, every chunk of it verified anew. `None`: nothing, or all of it. One
    /// that has all its chunks and is none the less told could not be made whole now.
    pub(crate) fn resume(&self, blob: &BlobId) -> Option<Arc<Partial>> {
        self.reopen(blob).filter(|_| self.size(blob).is_none())
    }

    fn reopen(&self, blob: &BlobId) -> Option<Arc<Partial>> {
        if self.size(blob).is_some() {
            return None;
        }
        let part = match self.begun(blob) {
            Some(open) => open,
            None => {
                let (manifest, said) = map::read(&self.file(blob, ".map"), blob)?;
                self.open_part(manifest, &said).ok()?
            }
        };
        // An end may have come between its last chunk and its name.
        if let Err(error) = part.complete() {
            tracing::warn!(%error, "a blob that is all here could not be made whole");
        }
        Some(part)
    }

    /// Begins a blob of this manifest, or goes on with it.
    pub(crate) fn begin(&self, manifest: &Manifest) -> Result<Arc<Partial>, BlobError> {
        let blob = manifest.id();
        if let Some(partial) = self.reopen(&blob) {
            return Ok(partial);
        }
        let none = ChunkSet::none(manifest.chunks());
        map::write(&self.file(&blob, ".map"), manifest, &none).map_err(|error| BlobError::of(&error))?;
        self.open_part(manifest.clone(), &none)
    }

    fn open_part(&self, manifest: Manifest, said: &ChunkSet) -> Result<Arc<Partial>, BlobError> {
        let blob = manifest.id();
        let (data, map) = (self.file(&blob, ".part"), self.file(&blob, ".map"));
        let partial = Arc::new(Partial::open(self.clone(), manifest, said, &data, &map)?);
        let mut index = self.index();
        if let Some(open) = index.partial.get(&blob).and_then(Weak::upgrade) {
            // Another session was faster.
            return Ok(open);
        }
        index.partial.retain(|_, partial| partial.strong_count() > 0);
        index.partial.insert(blob, Arc::downgrade(&partial));
        Ok(partial)
    }

    /// A part that somebody holds open.
    pub(crate) fn begun(&self, blob: &BlobId) -> Option<Arc<Partial>> {
        self.index().partial.get(blob).and_then(Weak::upgrade)
    }

    /// Gives up what came of a blob that is not whole. Whoever else is fetching it begins anew.
    pub(crate) fn forget(&self, blob: &BlobId) {
        if self.size(blob).is_none() {
            self.drop_part(blob);
            let _ = fs::remove_file(self.file(blob, ".map"));
        }
    }

    fn drop_part(&self, blob: &BlobId) {
        let open = self.index().partial.remove(blob).and_then(|open| open.upgrade());
        if let Some(open) = open {
            open.give_up();
        }
        let part = self.file(blob, ".part");
        let bytes = fs::metadata(&part).map_or(0, |metadata| taken(&metadata));
        if fs::remove_file(&part).is_ok() {
            self.give_back(bytes);
        }
    }

    /// A part has become whole.
    fn completed(&self, blob: BlobId, size: u64) {
        let mut index = self.index();
        index.partial.remove(&blob);
        index.whole.insert(blob, size);
    }

    /// A whole blob is not what its name says: it is none any more, and can be fetched anew.
    fn damaged(&self, blob: &BlobId) -> BlobError {
        tracing::error!("a blob on the disk is damaged; it is given up");
        let size = self.index().whole.remove(blob);
        self.give_back(size.unwrap_or_default());
        let _ = fs::remove_file(self.file(blob, ""));
        BlobError::Failed
    }

    fn file(&self, blob: &BlobId, ending: &str) -> PathBuf {
        self.inner.folder.join(format!("{blob}{ending}"))
    }

    fn reserve(&self, bytes: u64) -> Result<(), BlobError> {
        let mut index = self.index();
        let used = index.used.saturating_add(bytes);
        if used > self.inner.room {
            return Err(BlobError::NoRoom);
        }
        index.used = used;
        Ok(())
    }

    fn give_back(&self, bytes: u64) {
        let mut index = self.index();
        index.used = index.used.saturating_sub(bytes);
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        // Nothing panics while the lock is held.
        self.inner.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Room that is given back unless it is kept.
struct Reserved<'a> {
    store: &'a BlobStore,
    bytes: u64,
}

impl Reserved<'_> {
    fn more(&mut self, bytes: u64) -> Result<(), BlobError> {
        self.store.reserve(bytes)?;
        self.bytes += bytes;
        Ok(())
    }

    fn keep(&mut self) {
        self.bytes = 0;
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        self.store.give_back(self.bytes);
    }
}

/// What a file takes on the disk: a part has holes.
fn taken(metadata: &fs::Metadata) -> u64 {
    #[cfg(unix)]
    let blocks = std::os::unix::fs::MetadataExt::blocks(metadata).saturating_mul(512);
    #[cfg(not(unix))]
    let blocks = u64::MAX;
    metadata.len().min(blocks)
}

/// A chunk of a file that has all of them at their places.
fn read_at(mut file: &File, manifest: &Manifest, chunk: u32) -> Result<Vec<u8>, BlobError> {
    if chunk >= chunk_count(manifest.size()) {
        return Err(BlobError::NotHere);
    }
    let mut bytes = vec![0; manifest.chunk_len(chunk)];
    file.seek(SeekFrom::Start(u64::from(chunk) * CHUNK as u64)).map_err(|_| BlobError::Failed)?;
    file.read_exact(&mut bytes).map_err(|_| BlobError::Failed)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
