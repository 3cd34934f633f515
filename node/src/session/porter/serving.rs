//! What peers ask of this device: looked up if a document names it, read from the disk, handed to the link as it takes it.

use bytes::Bytes;
use sightline_proto::blob::{Found, Manifest, Want, Why};
use sightline_proto::id::BlobId;

use super::task::{Done, Task};
use crate::link::{ChannelId, Link, LinkId, SendError};
use crate::store::blobs::{BlobError, BlobStore};

/// What is asked for and not named yet is looked up again for this long: the document that names it is on its way
/// through the actor.
const UNDECIDED_MS: u64 = 1_000;

/// Manifests that are kept for serving.
const MAX_MANIFESTS: usize = 32;

impl Task {
    /// Hands a link as much as it takes.
    pub(super) fn flush(&mut self, link: LinkId, now: u64) {
        loop {
            let Some(end) = self.ends.get_mut(&link) else { return };
            let mut wants = Vec::new();
            while let Some(want) = end.serve.want() {
                wants.push(want);
            }
            let message = end.pending.take().or_else(|| {
                let front = end.serve.front().map(Bytes::copy_from_slice);
                if front.is_some() {
                    end.serve.sent();
                }
                front
            });
            let had = message.is_some();
            let full = message.is_some_and(|bytes| match end.link.try_send(ChannelId::BLOB, bytes.clone()) {
                Ok(()) => false,
                // `Writable` follows, or the link's end.
                Err(SendError::Full | SendError::Closed) => {
                    end.pending = Some(bytes);
                    true
                }
                Err(SendError::TooLarge | SendError::Unknown) => false,
            });
            for want in wants {
                self.look_up(link, want, now);
            }
            if full || !had {
                return;
            }
        }
    }

    /// Finds what a peer asks for, if it may have it.
    fn look_up(&mut self, link: LinkId, want: Want, now: u64) {
        if self.orders.named.contains(&want.blob()) {
            self.find(link, want);
        } else {
            self.undecided.push((link, want, now + UNDECIDED_MS));
        }
    }

    /// Looks again at what was not named when it was asked for.
    pub(super) fn decide(&mut self, now: u64) {
        let mut refused = Vec::new();
        for (link, want, until) in std::mem::take(&mut self.undecided) {
            if self.orders.named.contains(&want.blob()) {
                self.find(link, want);
            } else if until > now {
                self.undecided.push((link, want, until));
            } else {
                refused.push((link, want));
            }
        }
        for (link, want) in refused {
            if let Some(end) = self.ends.get_mut(&link) {
                end.serve.found(want, Found::Not(Why::Unknown));
            }
            self.flush(link, now);
        }
    }

    fn find(&mut self, link: LinkId, want: Want) {
        let store = self.store.clone();
        let blob = want.blob();
        let known = self.manifests.iter().find(|(known, _)| *known == blob).map(|(_, manifest)| manifest.clone());
        // Every want is answered, so that its place is free again.
        let panicked = Done::Found(link, want, Found::Not(Why::Disk), None);
        self.job(panicked, move || {
            let (found, manifest) = find(&store, want, known);
            Done::Found(link, want, found, manifest)
        });
    }

    pub(super) fn remember(&mut self, blob: BlobId, manifest: Manifest) {
        if self.manifests.iter().all(|(known, _)| *known != blob) {
            if self.manifests.len() >= MAX_MANIFESTS {
                self.manifests.pop_front();
            }
            self.manifests.push_back((blob, manifest));
        }
    }
}

/// Reads what a peer asked for. Blocking. The manifest comes along when it had to be read.
fn find(store: &BlobStore, want: Want, known: Option<Manifest>) -> (Found, Option<Manifest>) {
    let blob = want.blob();
    let begun = if store.size(&blob).is_none() { store.begun(&blob) } else { None };
    let (manifest, chunks) = match (&begun, known) {
        (Some(part), _) => (part.manifest().clone(), Some(part.chunks())),
        (None, Some(manifest)) if store.size(&blob).is_some() => (manifest, None),
        (None, _) => match store.manifest(&blob) {
            Ok(manifest) => (manifest, None),
            Err(error) => return (Found::Not(why(error)), None),
        },
    };
    let found = match want {
        Want::Manifest(_) => Found::Manifest(manifest.clone(), chunks),
        Want::Chunk { chunk, from, .. } => match store.read_chunk(&manifest, chunk, from) {
            Ok(bytes) => Found::Chunk(bytes),
            Err(error) => Found::Not(why(error)),
        },
    };
    (found, Some(manifest))
}

fn why(error: BlobError) -> Why {
    if error == BlobError::NotHere { Why::NotHere } else { Why::Disk }
}
