//! A blob of which some chunks are here.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sightline_proto::blob::{ChunkSet, Manifest};
use sightline_proto::limits::CHUNK;

use super::{BlobError, BlobStore, map, read_at};
use crate::store::home::{private_options, sync_parent};

/// An open part. Several sessions may write to it: each chunk is verified, so they write the same.
#[derive(Debug)]
pub(crate) struct Partial {
    store: BlobStore,
    manifest: Manifest,
    path: PathBuf,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    data: File,
    map: File,
    chunks: ChunkSet,
    done: bool,
}

impl Partial {
    /// Opens or makes the part, and verifies the chunks that the map says are good. Blocking.
    pub(super) fn open(
        store: BlobStore,
        manifest: Manifest,
        said: &ChunkSet,
        path: &Path,
        map: &Path,
    ) -> Result<Self, BlobError> {
        let failed = |error: std::io::Error| BlobError::of(&error);
        let made = !path.exists();
        let data = private_options().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        if made {
            sync_parent(path).map_err(failed)?;
        }
        let map = private_options().read(true).write(true).open(map).map_err(failed)?;
        let mut chunks = ChunkSet::none(manifest.chunks());
        for chunk in (0..manifest.chunks()).filter(|chunk| said.has(*chunk)) {
            if read_at(&data, &manifest, chunk).is_ok_and(|bytes| manifest.verifies(chunk, &bytes)) {
                chunks.add(chunk);
            }
        }
        let inner = Mutex::new(Inner { data, map, chunks, done: false });
        Ok(Self { store, manifest, path: path.to_owned(), inner })
    }

    /// What it is a part of.
    pub(crate) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Which chunks are here.
    pub(crate) fn chunks(&self) -> ChunkSet {
        self.inner().chunks.clone()
    }

    /// A chunk that is here. Blocking.
    pub(super) fn read(&self, chunk: u32) -> Result<Vec<u8>, BlobError> {
        let inner = self.inner();
        if inner.chunks.has(chunk) { read_at(&inner.data, &self.manifest, chunk) } else { Err(BlobError::NotHere) }
    }

    /// Writes a chunk that was verified; with the last one the blob becomes whole. Blocking.
    pub(crate) fn write(&self, chunk: u32, bytes: &[u8]) -> Result<(), BlobError> {
        let mut inner = self.inner();
        if inner.done {
            let whole = self.store.size(&self.manifest.id()).is_some();
            return if whole { Ok(()) } else { Err(BlobError::GivenUp) };
        }
        if inner.chunks.has(chunk) {
            return self.finish(&mut inner);
        }
        if bytes.len() != self.manifest.chunk_len(chunk) || bytes.is_empty() {
            return Err(BlobError::Failed);
        }
        let failed = |error: std::io::Error| BlobError::of(&error);
        self.store.reserve(bytes.len() as u64)?;
        let written = inner
            .data
            .seek(SeekFrom::Start(u64::from(chunk) * CHUNK as u64))
            .and_then(|_| inner.data.write_all(bytes))
            .map_err(failed);
        if let Err(error) = written {
            self.store.give_back(bytes.len() as u64);
            return Err(error);
        }
        inner.chunks.add(chunk);
        // Only saves fetching it again after a restart.
        if let Err(error) = map::note(&inner.map, &inner.chunks, chunk) {
            tracing::debug!(kind = ?error.kind(), "a chunk could not be noted");
        }
        self.finish(&mut inner)
    }

    /// Makes the blob whole if all of it is here. Blocking.
    pub(super) fn complete(&self) -> Result<(), BlobError> {
        self.finish(&mut self.inner())
    }

    /// Nothing more is written: it is not wanted, or whole by another way.
    pub(super) fn give_up(&self) {
        self.inner().done = true;
    }

    fn finish(&self, inner: &mut Inner) -> Result<(), BlobError> {
        if inner.done || !inner.chunks.is_full() {
            return Ok(());
        }
        let blob = self.manifest.id();
        let whole = self.store.file(&blob, "");
        let failed = |error: std::io::Error| BlobError::of(&error);
        inner.data.sync_all().map_err(failed)?;
        fs::rename(&self.path, &whole).and_then(|()| sync_parent(&whole)).map_err(failed)?;
        inner.done = true;
        self.store.completed(blob, self.manifest.size());
        Ok(())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics while the lock is held.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
