//! A blob that was left for us: in a waiting room, in a mailbox. Its messages come in the order in which they were left,
//! with gaps where something was lost, and again after a restart.

use std::collections::BTreeMap;

use crate::id::BlobId;

use super::manifest::{Manifest, Parts, Size};
use super::message::Message;

/// Chunks of one blob that are put together at a time: whoever leaves them does so one after the other.
const MAX_OPEN: usize = 4;

/// What came of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fed {
    /// Nothing yet.
    More,
    /// The manifest is here: keep it before any chunk.
    Manifest(Manifest),
    /// A verified chunk.
    Chunk {
        /// Which.
        chunk: u32,
        /// All of it.
        bytes: Vec<u8>,
    },
    /// It is not the blob, or nothing that is left for anybody.
    Refused,
}

/// Puts the messages together.
#[derive(Debug)]
pub struct Feed {
    blob: BlobId,
    size: Size,
    manifest: Option<Manifest>,
    parts: Option<Parts>,
    open: BTreeMap<u32, Vec<u8>>,
}

impl Feed {
    /// For a blob of which at most the manifest is here.
    #[must_use]
    pub fn new(blob: BlobId, size: Size, manifest: Option<Manifest>) -> Self {
        Self { blob, size, manifest, parts: None, open: BTreeMap::new() }
    }

    /// Takes a message. Pieces before the manifest are passed over: it is left first.
    pub fn take(&mut self, message: &Message) -> Fed {
        match message {
            Message::Hashes { blob, size, first, hashes } if *blob == self.blob => self.hashes(*size, *first, hashes),
            Message::Piece { blob, chunk, offset, bytes } if *blob == self.blob => {
                self.piece(*chunk, *offset as usize, bytes)
            }
            _ => Fed::Refused,
        }
    }

    fn hashes(&mut self, size: u64, first: u32, hashes: &[[u8; 32]]) -> Fed {
        if self.manifest.is_some() {
            return Fed::More;
        }
        if !self.size.fits(size) {
            return Fed::Refused;
        }
        if self.parts.as_ref().is_none_or(|parts| parts.size() != size) {
            self.parts = Parts::new(size).ok();
        }
        let Some(parts) = &mut self.parts else { return Fed::Refused };
        match parts.add(&self.blob, size, first, hashes) {
            Ok(None) => Fed::More,
            Ok(Some(manifest)) => {
                self.parts = None;
                self.manifest = Some(manifest.clone());
                Fed::Manifest(manifest)
            }
            Err(_) => Fed::Refused,
        }
    }

    fn piece(&mut self, chunk: u32, offset: usize, bytes: &[u8]) -> Fed {
        let Some(manifest) = &self.manifest else { return Fed::More };
        let len = manifest.chunk_len(chunk);
        if offset + bytes.len() > len {
            return Fed::Refused;
        }
        if offset == 0 {
            while self.open.len() >= MAX_OPEN && !self.open.contains_key(&chunk) {
                self.open.pop_first();
            }
            self.open.insert(chunk, Vec::with_capacity(len));
        }
        let Some(open) = self.open.get_mut(&chunk).filter(|open| open.len() == offset) else { return Fed::More };
        open.extend_from_slice(bytes);
        if open.len() < len {
            return Fed::More;
        }
        let Some(bytes) = self.open.remove(&chunk) else { return Fed::More };
        if manifest.verifies(chunk, &bytes) { Fed::Chunk { chunk, bytes } } else { Fed::Refused }
    }
}
