//! Takes in what was left for this device: blobs in waiting rooms and mailboxes, message by message, at the pace of the
//! disk. Whoever reads them out of there waits for room in this queue, so nothing is read ahead of it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use sightline_proto::blob::{Fed, Feed, Message, Size};
use sightline_proto::id::BlobId;
use sightline_proto::limits::MAX_BLOB;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::Left;
use crate::store::blobs::{BlobError, BlobStore, Partial};

/// Blobs that are being put together at a time: they are left one after the other, by a few people.
const MAX_OPEN: usize = 64;

/// What one of those who leave things may leave since the start: more than any waiting room or mailbox holds.
const MAX_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// Those who are remembered.
const MAX_LEAVERS: usize = 4_096;

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
    let mut feeder = Feeder { store, open: BTreeMap::new(), turns: 0, bytes: HashMap::new() };
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
    open: BTreeMap<BlobId, Open>,
    turns: u64,
    bytes: HashMap<[u8; 32], u64>,
}

struct Open {
    feed: Feed,
    part: Option<Arc<Partial>>,
    used: u64,
}

impl Feeder {
    fn take(&mut self, left: &Left) -> Option<FromFeeder> {
        let Ok(message) = Message::decode(&left.message) else { return Some(FromFeeder::Refused("malformed-blob")) };
        let blob = message.blob();
        if self.store.size(&blob).is_some() {
            self.open.remove(&blob);
            return None;
        }
        if !self.has_budget(left) {
            return Some(FromFeeder::Refused("too-much-left"));
        }
        self.turns += 1;
        if !self.open.contains_key(&blob) {
            self.make_room();
            let part = self.store.resume(&blob);
            let feed = Feed::new(blob, Size::AtMost(MAX_BLOB), part.as_ref().map(|part| part.manifest().clone()));
            self.open.insert(blob, Open { feed, part, used: 0 });
        }
        let open = self.open.get_mut(&blob)?;
        open.used = self.turns;
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
                if self.store.size(&blob).is_some() {
                    self.open.remove(&blob);
                }
                Some(written.map_or_else(refused, |()| FromFeeder::Put(blob, chunk)))
            }
        }
    }

    fn has_budget(&mut self, left: &Left) -> bool {
        if self.bytes.len() >= MAX_LEAVERS && !self.bytes.contains_key(&left.by) {
            return false;
        }
        let used = self.bytes.entry(left.by).or_default();
        *used += left.message.len() as u64;
        *used <= MAX_BYTES
    }

    /// The one that was fed longest ago makes room; what it has is on the disk.
    fn make_room(&mut self) {
        if self.open.len() >= MAX_OPEN {
            let oldest = self.open.iter().min_by_key(|(_, open)| open.used).map(|(blob, _)| *blob);
            oldest.map(|blob| self.open.remove(&blob));
        }
    }
}

fn refused(error: BlobError) -> FromFeeder {
    FromFeeder::Refused(if error == BlobError::NoRoom { "blob-no-room" } else { "blob-not-stored" })
}
