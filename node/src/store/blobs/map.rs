//! The map beside a blob: version, size, chunk hashes, and a bit for each chunk of the part that is good.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use sightline_proto::blob::{ChunkSet, Manifest, chunk_count};
use sightline_proto::id::BlobId;
use sightline_proto::wire::{Reader, Writer};

use crate::store::home::write_whole;

const VERSION: u8 = 1;

/// Bytes before the hashes.
const HEAD: u64 = 9;

/// Writes a map in one step.
pub(super) fn write(path: &Path, manifest: &Manifest, chunks: &ChunkSet) -> io::Result<()> {
    let mut to = Writer::new();
    to.u8(VERSION).u64(manifest.size());
    manifest.hashes().iter().for_each(|hash| {
        to.raw(hash);
    });
    to.raw(chunks.bits());
    write_whole(path, &to.finish())
}

/// Reads the map of this very blob; a damaged one is none.
pub(super) fn read(path: &Path, blob: &BlobId) -> Option<(Manifest, ChunkSet)> {
    let content = fs::read(path).ok()?;
    let mut from = Reader::new(&content);
    if from.u8().ok()? != VERSION {
        return None;
    }
    let size = from.u64().ok()?;
    let count = chunk_count(size);
    let (hashes, _) = from.raw(count as usize * 32).ok()?.as_chunks::<32>();
    let manifest = Manifest::of_blob(blob, size, hashes.to_vec()).ok()?;
    let chunks = ChunkSet::from_bits(count, from.rest()).ok()?;
    Some((manifest, chunks))
}

/// Notes a chunk in an open map.
pub(super) fn note(mut file: &File, chunks: &ChunkSet, chunk: u32) -> io::Result<()> {
    let at = chunk / 8;
    let byte = chunks.bits().get(at as usize).copied().unwrap_or_default();
    file.seek(SeekFrom::Start(HEAD + u64::from(chunks.count()) * 32 + u64::from(at)))?;
    file.write_all(&[byte])
}
