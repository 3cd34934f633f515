//! Blobs as a session uses them: taken in, looked for, wanted.
//!
//! Files, pictures of boards and pages, photos of steps are all blobs that a document names. [`Actor::put_blob`] takes one
//! in, then a document names it; whoever reads the document wants it. What is named is [served](super::porter) to every
//! member.

use std::future::Future;
use std::path::PathBuf;

use bytes::Bytes;
use tokio::task::spawn_blocking;

use super::actor::Actor;
use crate::error::FileError;
use crate::ids::BlobId;
use crate::store::blobs::BlobError;

/// What is taken in.
#[derive(Clone, Debug)]
pub(super) enum BlobSource {
    /// These bytes.
    Bytes(Bytes),
    /// The file at this path, which stays where it is.
    File(PathBuf),
}

/// A blob that is here now, on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PutBlob {
    /// Its name.
    pub(super) blob: BlobId,
    /// Its bytes.
    pub(super) size: u64,
}

/// What comes first when several blobs are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Priority {
    /// A picture that somebody is to look at now.
    Now,
    /// What comes by itself.
    Soon,
    /// Large files.
    Later,
}

impl Actor {
    /// Takes a blob in, off this task; durable when the future is done. Await it as a [job](Actor::job). It is not
    /// served before a document names it.
    pub(super) fn put_blob(
        &self,
        source: BlobSource,
    ) -> impl Future<Output = Result<PutBlob, FileError>> + Send + 'static + use<> {
        let (store, max) = (self.ctx.blobs.clone(), self.max_file_bytes());
        async move {
            let put = spawn_blocking(move || match source {
                BlobSource::Bytes(bytes) if bytes.len() as u64 > max => Err(BlobError::TooLarge),
                BlobSource::Bytes(bytes) => store.put_bytes(&bytes),
                BlobSource::File(path) => store.put_file(&path, max),
            });
            let manifest = put.await.map_err(|_| FileError::Stopped)?.map_err(file_error)?;
            Ok(PutBlob { blob: manifest.id(), size: manifest.size() })
        }
    }

    /// Where the bytes of a blob lie, if all of it is here, verified. Never waits.
    pub(super) fn blob_path(&self, blob: &BlobId) -> Option<PathBuf> {
        self.ctx.blobs.path(blob)
    }

    /// Fetches a blob that a document names, from whoever has it, now and after every restart of a link. `size` is what
    /// the document says of it, if it does. What is here already, or wanted already, costs nothing; a more urgent wish
    /// counts. The view changes when it is here.
    pub(super) fn want_blob(&mut self, blob: BlobId, size: Option<u64>, priority: Priority) {
        if self.blob_path(&blob).is_none() {
            self.wants.insert(blob, (size, priority));
            self.files.documents_stale = true;
            self.changed();
        }
    }

    /// The largest file that may be sent or fetched here.
    pub(super) fn max_file_bytes(&self) -> u64 {
        self.files.max
    }
}

pub(super) fn file_error(error: BlobError) -> FileError {
    match error {
        BlobError::NotHere => FileError::NotHere,
        BlobError::Unreadable => FileError::Unreadable,
        BlobError::Changed => FileError::Changed,
        BlobError::Empty => FileError::Empty,
        BlobError::TooLarge => FileError::TooLarge,
        BlobError::NoRoom => FileError::NoRoom,
        BlobError::GivenUp | BlobError::Failed => FileError::NotStored,
    }
}
