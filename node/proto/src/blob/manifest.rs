//! What a blob's id stands for: its size and the hash of each chunk.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::id::BlobId;
use crate::limits::{MAX_BLOB, MAX_HASHES};

/// Bytes of a chunk; the last one of a blob may be shorter.
pub(crate) const CHUNK: usize = crate::limits::CHUNK;

const LABEL: &[u8] = b"sightline/1 blob\0";

/// Size and chunk hashes of a blob.
#[derive(Clone, PartialEq, Eq)]
pub struct Manifest {
    size: u64,
    hashes: Arc<[[u8; 32]]>,
}

/// Why something is no manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ManifestError {
    /// There is nothing in it.
    #[error("an empty blob is none")]
    Empty,
    /// Above the cap, or larger than whoever wants it expects.
    #[error("the blob is too large")]
    TooLarge,
    /// A size that is not the one that was named.
    #[error("the blob's size is another one")]
    OtherSize,
    /// The hashes are not as many as the size needs, or a part is not one of the fixed cut.
    #[error("the hashes don't fit the size")]
    Misfit,
    /// Size and hashes are not the blob's.
    #[error("the manifest is not the blob's")]
    OtherBlob,
}

/// How many chunks a blob of so many bytes has; 0 if there is no such blob.
#[must_use]
pub const fn chunk_count(size: u64) -> u32 {
    if size > MAX_BLOB {
        return 0;
    }
    // Below the cap by far.
    size.div_ceil(CHUNK as u64) as u32
}

/// Bytes of a chunk of a blob of so many bytes; 0 if it has no such chunk.
#[must_use]
pub const fn chunk_len(size: u64, chunk: u32) -> usize {
    let from = chunk as u64 * CHUNK as u64;
    if from >= size {
        0
    } else if size - from < CHUNK as u64 {
        (size - from) as usize
    } else {
        CHUNK
    }
}

/// The hash by which a chunk is verified.
#[must_use]
pub fn chunk_hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

impl Manifest {
    /// A manifest, if the hashes are as many as the size needs.
    pub fn new(size: u64, hashes: Vec<[u8; 32]>) -> Result<Self, ManifestError> {
        check_size(size)?;
        if hashes.len() != chunk_count(size) as usize {
            return Err(ManifestError::Misfit);
        }
        Ok(Self { size, hashes: hashes.into() })
    }

    /// A manifest, if it is this blob's.
    pub fn of_blob(blob: &BlobId, size: u64, hashes: Vec<[u8; 32]>) -> Result<Self, ManifestError> {
        let manifest = Self::new(size, hashes)?;
        if manifest.id() == *blob { Ok(manifest) } else { Err(ManifestError::OtherBlob) }
    }

    /// The blob's name.
    #[must_use]
    pub fn id(&self) -> BlobId {
        let mut hash = Sha256::new_with_prefix(LABEL);
        hash.update(self.size.to_be_bytes());
        self.hashes.iter().for_each(|chunk| hash.update(chunk));
        BlobId(hash.finalize().into())
    }

    /// Bytes of the blob.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// How many chunks it has; at least one.
    #[must_use]
    pub const fn chunks(&self) -> u32 {
        chunk_count(self.size)
    }

    /// Bytes of a chunk.
    #[must_use]
    pub const fn chunk_len(&self, chunk: u32) -> usize {
        chunk_len(self.size, chunk)
    }

    /// The hashes.
    #[must_use]
    pub fn hashes(&self) -> &[[u8; 32]] {
        &self.hashes
    }

    /// Whether these bytes are that chunk.
    #[must_use]
    pub fn verifies(&self, chunk: u32, bytes: &[u8]) -> bool {
        self.hashes.get(chunk as usize).is_some_and(|hash| *hash == chunk_hash(bytes))
    }
}

impl std::fmt::Debug for Manifest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Manifest({} bytes)", self.size)
    }
}

/// Makes a manifest of bytes as they pass: they are never whole in memory.
#[derive(Debug, Clone, Default)]
pub struct Hasher {
    size: u64,
    chunk: Sha256,
    in_chunk: usize,
    hashes: Vec<[u8; 32]>,
}

impl Hasher {
    /// Nothing passed yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The next bytes. Refused, with nothing taken, when the blob would be larger than `max`.
    pub fn update(&mut self, mut bytes: &[u8], max: u64) -> Result<(), ManifestError> {
        if self.size.saturating_add(bytes.len() as u64) > max.min(MAX_BLOB) {
            return Err(ManifestError::TooLarge);
        }
        self.size += bytes.len() as u64;
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK - self.in_chunk));
            self.chunk.update(now);
            self.in_chunk += now.len();
            if self.in_chunk == CHUNK {
                self.end_chunk();
            }
            bytes = later;
        }
        Ok(())
    }

    /// The manifest of everything that passed.
    pub fn finish(mut self) -> Result<Manifest, ManifestError> {
        if self.in_chunk > 0 {
            self.end_chunk();
        }
        Manifest::new(self.size, self.hashes)
    }

    fn end_chunk(&mut self) {
        self.hashes.push(self.chunk.finalize_reset().into());
        self.in_chunk = 0;
    }
}

/// What is known of a blob's size before its manifest is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// A document says it: another one is refused before it costs anything.
    Exactly(u64),
    /// No more than this is wanted.
    AtMost(u64),
}

impl Size {
    pub(super) const fn fits(self, size: u64) -> bool {
        match self {
            Self::Exactly(exactly) => size == exactly,
            Self::AtMost(most) => size <= most,
        }
    }
}

/// Puts a manifest together from its parts, which come in any order. Nothing counts before the whole agrees with the id.
#[derive(Debug, Clone)]
pub struct Parts {
    size: u64,
    hashes: Vec<[u8; 32]>,
    there: Vec<bool>,
}

impl Parts {
    /// For a blob of so many bytes.
    pub fn new(size: u64) -> Result<Self, ManifestError> {
        check_size(size)?;
        let count = chunk_count(size) as usize;
        Ok(Self { size, hashes: vec![[0; 32]; count], there: vec![false; count.div_ceil(MAX_HASHES)] })
    }

    /// The size that its parts must say.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// How many parts are there.
    pub(super) fn len(&self) -> usize {
        self.there.iter().filter(|there| **there).count()
    }

    /// Takes a part. The manifest, once it is whole; a whole one that is not the blob's is forgotten.
    pub fn add(
        &mut self,
        blob: &BlobId,
        size: u64,
        first: u32,
        hashes: &[[u8; 32]],
    ) -> Result<Option<Manifest>, ManifestError> {
        if size != self.size {
            return Err(ManifestError::OtherSize);
        }
        let first = first as usize;
        let part = first / MAX_HASHES;
        let expected = self.hashes.len().saturating_sub(first).min(MAX_HASHES);
        if !first.is_multiple_of(MAX_HASHES) || expected == 0 || hashes.len() != expected {
            return Err(ManifestError::Misfit);
        }
        self.hashes[first..first + expected].copy_from_slice(hashes);
        self.there[part] = true;
        if self.there.contains(&false) {
            return Ok(None);
        }
        self.there.fill(false);
        Manifest::of_blob(blob, size, self.hashes.clone()).map(Some)
    }
}

/// Whether a blob may have so many bytes.
pub(crate) const fn check_size(size: u64) -> Result<(), ManifestError> {
    match size {
        0 => Err(ManifestError::Empty),
        size if size > MAX_BLOB => Err(ManifestError::TooLarge),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(bytes: &[u8]) -> Manifest {
        let mut hasher = Hasher::new();
        hasher.update(bytes, u64::MAX).expect("small");
        hasher.finish().expect("not empty")
    }

    #[test]
    fn an_id_is_the_hash_of_size_and_chunk_hashes() {
        let bytes = vec![7; CHUNK + 3];
        let manifest = made(&bytes);
        assert_eq!((manifest.chunks(), manifest.chunk_len(0), manifest.chunk_len(1)), (2, CHUNK, 3));
        let mut by_hand = LABEL.to_vec();
        by_hand.extend((bytes.len() as u64).to_be_bytes());
        by_hand.extend(chunk_hash(&bytes[..CHUNK]));
        by_hand.extend(chunk_hash(&bytes[CHUNK..]));
        assert_eq!(manifest.id().0, chunk_hash(&by_hand));
        assert!(manifest.verifies(1, &bytes[CHUNK..]) && !manifest.verifies(1, &bytes[CHUNK + 1..]));
        assert!(!manifest.verifies(2, &bytes[CHUNK..]));
    }

    #[test]
    fn it_does_not_matter_in_which_pieces_bytes_pass() {
        let bytes: Vec<u8> = (0..3 * CHUNK + 17).map(|at| (at * 31 % 251) as u8).collect();
        let mut hasher = Hasher::new();
        for piece in bytes.chunks(50_001) {
            hasher.update(piece, u64::MAX).expect("small");
        }
        assert_eq!(hasher.finish(), Ok(made(&bytes)));
    }

    #[test]
    fn nothing_and_too_much_are_no_blobs() {
        assert_eq!(Hasher::new().finish(), Err(ManifestError::Empty));
        assert_eq!(Hasher::new().update(&[0; 11], 10), Err(ManifestError::TooLarge));
        assert_eq!(Manifest::new(MAX_BLOB + 1, Vec::new()), Err(ManifestError::TooLarge));
        assert_eq!(Manifest::new(CHUNK as u64 + 1, vec![[0; 32]]), Err(ManifestError::Misfit));
        assert_eq!(chunk_count(MAX_BLOB + 1), 0);
        assert_eq!(chunk_count(MAX_BLOB), 262_144);
    }

    #[test]
    fn parts_make_a_manifest_in_any_order_and_nothing_else_does() {
        let size = 2_500 * CHUNK as u64;
        let hashes: Vec<[u8; 32]> = (0..2_500u32).map(|n| chunk_hash(&n.to_be_bytes())).collect();
        let manifest = Manifest::new(size, hashes.clone()).expect("as many as it needs");
        let blob = manifest.id();
        let mut parts = Parts::new(size).expect("a size");
        let part = |first: usize| &hashes[first..hashes.len().min(first + MAX_HASHES)];
        assert_eq!(parts.add(&blob, size, 2048, part(2048)), Ok(None));
        assert_eq!(parts.add(&blob, size, 0, part(0)), Ok(None));
        assert_eq!(parts.add(&blob, size + 1, 1024, part(1024)), Err(ManifestError::OtherSize));
        assert_eq!(parts.add(&blob, size, 1023, part(1023)), Err(ManifestError::Misfit));
        assert_eq!(parts.add(&blob, size, 1024, &part(1024)[1..]), Err(ManifestError::Misfit));
        assert_eq!(parts.add(&blob, size, 1024, part(0)), Err(ManifestError::OtherBlob));
        // Forgotten as a whole: whoever was wrong, it begins anew.
        assert_eq!(parts.add(&blob, size, 1024, part(1024)), Ok(None));
        assert_eq!(parts.add(&blob, size, 0, part(0)), Ok(None));
        assert_eq!(parts.add(&blob, size, 2048, part(2048)), Ok(Some(manifest)));
    }
}
