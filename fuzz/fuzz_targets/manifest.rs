//! Manifests from any sizes, parts and hashes; chunks by any bitmap.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sightline_proto::blob::{ChunkSet, Fetch, Hasher, Input, Manifest, Output, Parts, SourceId, chunk_count};
use sightline_proto::id::BlobId;

fuzz_target!(|bytes: &[u8]| {
    let Some((size, rest)) = bytes.split_first_chunk::<8>() else { return };
    // Small and large sizes alike.
    let size = u64::from_be_bytes(*size) >> (bytes.len() % 64);
    let (hashes, _) = rest.as_chunks::<32>();
    if let Ok(manifest) = Manifest::new(size, hashes.to_vec()) {
        assert_eq!(manifest.chunks() as usize, hashes.len());
        assert_eq!(Manifest::of_blob(&manifest.id(), size, hashes.to_vec()).as_ref(), Ok(&manifest));
        let have = ChunkSet::from_bits(manifest.chunks(), rest).unwrap_or(ChunkSet::none(manifest.chunks()));
        assert!(have.bytes(size) <= size);
        let mut fetch = Fetch::resume(manifest.id(), manifest, have);
        fetch.handle(Input::Source(SourceId(1)), 1);
        while let Some(output) = fetch.poll() {
            assert!(!matches!(output, Output::Write { .. }));
        }
    }
    if let Ok(mut parts) = Parts::new(size) {
        for first in [0, 1, 1024] {
            let _ = parts.add(&BlobId([7; 32]), size, first, hashes);
        }
    }
    let count = chunk_count(size);
    if let Ok(chunks) = ChunkSet::from_bits(count, rest) {
        assert_eq!(chunks.bits(), rest);
        assert_eq!(chunks.missing_from(0).is_none(), chunks.is_full());
    }
    let mut hasher = Hasher::new();
    if hasher.update(rest, size).is_ok() && !rest.is_empty() {
        assert_eq!(hasher.finish().map(|manifest| manifest.size()), Ok(rest.len() as u64));
    }
});
