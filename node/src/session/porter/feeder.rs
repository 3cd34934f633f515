//! Takes in what was left for this device: blobs in waiting rooms and mailboxes, message by message, at the pace of the
//! disk. Whoever reads them out of there waits for room in this queue, so nothing is read ahead of it.
//!
//! Only what a document names comes here, with the most that it may have. Out of the mailbox only what is wished is read;
//! what somebody who waits may have written in all is bounded besides.

use std::collections::BTreeMap;
use std::sync::Arc;

use sightline_proto::blob::{Fed, Feed, Message, Size};
use sightline_proto::id::{BlobId, KnockId};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::{Leaver, Left};
use crate::store::blobs::{BlobError, BlobStore, Partial};

/// Blobs that are being put together at a time: they are left one after the other, by a few people.
const MAX_OPEN: usize = 64;

/// What is read out of one waiting room since the start: more than any holds.
const MAX_ROOM_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// Rooms that are remembered.
const MAX_ROOMS: usize = 4_096;

/// What came of something that was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FromFeeder {
    /// A chunk is on the disk.
    Put(BlobId, u32),
    /// It was refused, for a reason with this name.
    Refused(&'static str),
}

/// Runs until nobody can leave anything any more.
pub(super) async fn run(store: BlobStore, mut left: mpsc::Receiver<Left>, to: mpsc::Sender<FromFeeder>) {
    let mut feeder = Feeder { store, open: BTreeMap::new(), turns: 0, rooms: BTreeMap::new() };
    while let Some(left) = left.recv().await {
        let taken = spawn_blocking(move || {
            let told = feeder.take(&left);
            (feeder, told)
        });
        let Ok((back, told)) = taken.await else { return };
        feeder = back;
        if let Some(told) = told
            && to.send(told).await.is_err()
        {
            return;
        }
    }
}

struct Feeder {
    store: BlobStore,
    /// Apart for each place: what one says of a blob's size is no matter to the others.
    open: BTreeMap<(Leaver, BlobId), Open>,
    turns: u64,
    rooms: BTreeMap<KnockId, u64>,
}

struct Open {
    feed: Feed,
    part: Option<Arc<Partial>>,
    used: u64,
}

impl Feeder {
    fn take(&mut self, left: &Left) -> Option<FromFeeder> {
        let Ok(message) = Message::decode(&left.message) else { return Some(FromFeeder::Refused("malformed-blob")) };
        let (blob, key) = (message.blob(), (left.by, message.blob()));
        if self.store.size(&blob).is_some() {
            self.open.remove(&key);
            return None;
        }
        if !self.has_budget(left) {
            return Some(FromFeeder::Refused("too-much-left"));
        }
        self.turns += 1;
        if !self.open.contains_key(&key) {
            self.make_room();
            let part = self.store.resume(&blob);
            if self.store.size(&blob).is_some() {
                // All of it was here; it only had no name yet.
                return Some(FromFeeder::Put(blob, 0));
            }
            let feed = Feed::new(blob, Size::AtMost(left.most), part.as_ref().map(|part| part.manifest().clone()));
            self.open.insert(key, Open { feed, part, used: 0 });
        }
        let open = self.open.get_mut(&key)?;
        open.used = self.turns;
        if open.part.as_ref().is_some_and(|part| part.manifest().size() > left.most) {
            return Some(FromFeeder::Refused("wrong-blob"));
        }
        match open.feed.take(&message) {
            Fed::More => None,
            Fed::Refused => Some(FromFeeder::Refused("wrong-blob")),
            Fed::Manifest(manifest) => match self.store.begin(&manifest) {
                Ok(part) => {
                    open.part = Some(part);
                    None
                }
                Err(error) => Some(refused(error)),
            },
            Fed::Chunk { chunk, bytes } => {
                let written = open.part.as_ref().ok_or(BlobError::Failed).and_then(|part| part.write(chunk, &bytes));
                if self.store.size(&blob).is_some() || written == Err(BlobError::GivenUp) {
                    self.open.remove(&key);
                }
                Some(written.map_or_else(refused, |()| FromFeeder::Put(blob, chunk)))
            }
        }
    }

    fn has_budget(&mut self, left: &Left) -> bool {
        let Leaver::Room(knock) = left.by else { return true };
        if self.rooms.len() >= MAX_ROOMS && !self.rooms.contains_key(&knock) {
            return false;
        }
        let used = self.rooms.entry(knock).or_default();
        *used += left.message.len() as u64;
        *used <= MAX_ROOM_BYTES
    }

    /// The one that was fed longest ago makes room; what it has is on the disk.
    fn make_room(&mut self) {
        if self.open.len() >= MAX_OPEN {
            let oldest = self.open.iter().min_by_key(|(_, open)| open.used).map(|(key, _)| *key);
            oldest.map(|key| self.open.remove(&key));
        }
    }
}

fn refused(error: BlobError) -> FromFeeder {
    FromFeeder::Refused(if error == BlobError::NoRoom { "blob-no-room" } else { "blob-not-stored" })
}

#[cfg(test)]
mod tests {
    use sightline_proto::blob::{Manifest, pieces};
    use sightline_proto::limits::CHUNK;

    use super::*;

    const ROOM: Leaver = Leaver::Room(KnockId([1; 32]));

    fn feeder(folder: &std::path::Path) -> Feeder {
        let store = BlobStore::open(folder, None).expect("open");
        Feeder { store, open: BTreeMap::new(), turns: 0, rooms: BTreeMap::new() }
    }

    /// The messages of a blob, and how it is called.
    fn blob(bytes: &[u8]) -> (Manifest, Vec<Vec<u8>>) {
        let hashes = bytes.chunks(CHUNK).map(sightline_proto::blob::chunk_hash).collect();
        let manifest = Manifest::new(bytes.len() as u64, hashes).expect("a manifest");
        let (blob, size, hashes) = (manifest.id(), manifest.size(), manifest.hashes().to_vec());
        let mut messages = vec![Message::Hashes { blob, size, first: 0, hashes }.encode()];
        for (chunk, bytes) in (0..).zip(bytes.chunks(CHUNK)) {
            messages.extend(pieces(blob, chunk, 0, bytes));
        }
        (manifest, messages)
    }

    #[test]
    fn what_is_larger_than_its_document_says_is_not_stored() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut feeder = feeder(folder.path());
        let (manifest, messages) = blob(&[7; 2 * CHUNK]);
        let small = |message: &Vec<u8>| Left { by: ROOM, message: message.clone(), most: manifest.size() - 1 };
        assert_eq!(feeder.take(&small(&messages[0])), Some(FromFeeder::Refused("wrong-blob")));
        assert!(messages.iter().all(|message| !matches!(feeder.take(&small(message)), Some(FromFeeder::Put(..)))));
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 0);
        // Nor does it keep it from being taken where it is named as it is; nor grow by that.
        let right = |message: &Vec<u8>| Left { by: Leaver::Mailbox, message: message.clone(), most: manifest.size() };
        assert_eq!(feeder.take(&right(&messages[0])), None);
        assert_eq!(feeder.take(&small(&messages[1])), None);
        for message in &messages[1..] {
            feeder.take(&right(message));
        }
        assert_eq!(feeder.store.size(&manifest.id()), Some(manifest.size()));
    }

    #[test]
    fn an_app_that_runs_for_long_goes_on_reading_its_mailbox() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut feeder = feeder(folder.path());
        let (manifest, messages) = blob(&[8; CHUNK]);
        let left = |by, message: &Vec<u8>| Left { by, message: message.clone(), most: manifest.size() };
        // As much as rooms may, and more, has come.
        let rounds = MAX_ROOM_BYTES / messages[1].len() as u64 + 1;
        for by in [Leaver::Mailbox, ROOM] {
            for _ in 0..rounds {
                feeder.has_budget(&left(by, &messages[1]));
            }
        }
        assert_eq!(feeder.take(&left(ROOM, &messages[0])), Some(FromFeeder::Refused("too-much-left")));
        for message in &messages {
            assert!(!matches!(feeder.take(&left(Leaver::Mailbox, message)), Some(FromFeeder::Refused(_))));
        }
        assert!(feeder.store.size(&manifest.id()).is_some());
    }

    #[test]
    fn what_was_given_up_is_written_no_more() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut feeder = feeder(folder.path());
        let (manifest, messages) = blob(&[9; 3 * CHUNK]);
        let take = |feeder: &mut Feeder, message: &Vec<u8>| {
            feeder.take(&Left { by: ROOM, message: message.clone(), most: manifest.size() })
        };
        let first_chunk = 1 + CHUNK.div_ceil(sightline_proto::limits::MAX_PIECE);
        for message in &messages[..first_chunk] {
            take(&mut feeder, message);
        }
        feeder.store.forget(&manifest.id());
        assert!(
            messages[first_chunk..]
                .iter()
                .all(|message| !matches!(take(&mut feeder, message), Some(FromFeeder::Put(..))))
        );
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 0);
    }
}
