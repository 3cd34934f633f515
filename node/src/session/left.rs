//! Files in waiting rooms: what is left for somebody who is not let in yet, and what such people leave.
//!
//! A blob goes into the room as its messages in order (see `sightline_proto::blob`), each an item of the experts' lane.
//! They are made when they are put, from the blob on the disk, so that a large file is never in memory or written
//! twice; their numbers are kept before the first of them leaves. What arrives goes to the [porter](super::porter) at
//! the pace of the disk: while it is busy, nothing more is read out of the room.
//!
//! The entry on the shelf is always left before the content, so what no entry names yet is passed over, as is what is
//! larger than the organisation allows: somebody who is not let in fills nobody's disk.

use std::collections::BTreeSet;

use sightline_crdt::shelf::{NewFile, Shelf};
use sightline_proto::blob::{Manifest, Message, pieces};
use sightline_proto::exports::Exports;
use sightline_proto::id::{BlobId, InviteId, KnockId, SlotAddress};
use sightline_proto::limits::{CHUNK, MAX_HASHES, MAX_PIECE};
use sightline_proto::switchboard::client::Answer;
use sightline_proto::switchboard::{Ask, PutItem, Refused, RefusedReason};
use sightline_proto::waiting::{WaitingContent, seal_item};
use tokio::sync::mpsc::error::TrySendError;
use tokio::task::spawn_blocking;

use super::actor::Actor;
use super::blobs::PutBlob;
use super::convert::{chat_id, doc_time, signing_key, to_blob, to_doc_blob};
use super::file_commands::write_error;
use super::jobs::Done;
use super::porter::{Leaver, Left};
use super::records::NodeRecord;
use super::rooms::Room;
use crate::error::FileError;
use crate::ids::EntryId;
use crate::runtime::{now_ms, rng};
use crate::store::blobs::{BlobError, BlobStore};
use crate::view::Delivery;

/// Pieces of a full chunk.
const PIECES: u64 = CHUNK.div_ceil(MAX_PIECE) as u64;

/// Progress is kept this often; after a restart the items since then are put again, which the rendezvous notices.
const KEEP_EVERY: u64 = 32;

/// After the rendezvous had no room or no time for an item.
const AGAIN: std::time::Duration = std::time::Duration::from_secs(5);

/// A blob on its way into a waiting room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outgoing {
    pub(super) invite: InviteId,
    pub(super) slot: SlotAddress,
    pub(super) blob: BlobId,
    pub(super) size: u64,
    /// Items that the rendezvous has.
    pub(super) stored: u64,
    /// One is being put.
    pub(super) under_way: bool,
}

impl Outgoing {
    /// How many items it takes.
    pub(super) fn items(&self) -> u64 {
        let chunks = self.size.div_ceil(CHUNK as u64);
        let last = self.size - chunks.saturating_sub(1) * CHUNK as u64;
        chunks.div_ceil(MAX_HASHES as u64) + chunks.saturating_sub(1) * PIECES + last.div_ceil(MAX_PIECE as u64)
    }
}

impl Actor {
    /// Publishes a file in a waiting room: its message and shelf entry, then its content.
    pub(super) fn publish_waiting(
        &mut self,
        knock: KnockId,
        name: &str,
        media_type: &str,
        put: PutBlob,
    ) -> Result<EntryId, FileError> {
        if self.admission.waiting().all(|card| card.id != knock) {
            return Err(FileError::UnknownKnock(knock));
        }
        let n = self.next_item(knock);
        let key = signing_key(&self.ctx.peer);
        let room = self.rooms.get_mut(&knock).ok_or(FileError::UnknownKnock(knock))?;
        let file = NewFile { blob: to_doc_blob(put.blob), size: put.size, name, media_type, pages: None };
        let (entry, envelope) =
            room.room.publish(&key, &file, doc_time(now_ms()), &mut rng()).map_err(|error| write_error(&error))?;
        let (invite, slot) = (room.reading.invite, room.slot);
        if !self.put_envelope(knock, n, &envelope) {
            return Err(FileError::NotStored);
        }
        let out = Outgoing { invite, slot, blob: put.blob, size: put.size, stored: 0, under_way: false };
        self.keep(&NodeRecord::WaitingBlob { knock, n: n + 1, out });
        self.files.outgoing.insert((knock, n + 1), out);
        self.files.views_stale = true;
        self.after_stored(move |actor| actor.put_left(Some(slot)));
        self.changed();
        Ok(chat_id(entry))
    }

    /// Puts the next item of each blob that waits for a slot, or for all.
    pub(super) fn put_left(&mut self, only: Option<SlotAddress>) {
        let Some(board) = self.reachable().into_iter().next() else { return };
        let mut jobs = Vec::new();
        for ((knock, n), out) in &mut self.files.outgoing {
            let Some(room) = self.rooms.get(knock) else { continue };
            if out.under_way || out.stored >= out.items() || only.is_some_and(|slot| slot != out.slot) {
                continue;
            }
            out.under_way = true;
            jobs.push((*knock, *n, *out, room.reading.exports.clone()));
        }
        for (knock, n, out, exports) in jobs {
            let (store, board) = (self.ctx.blobs.clone(), board.clone());
            let (writer, key) = (self.keys.slot.public(), self.keys.slot.clone());
            self.job(async move {
                let number = n + out.stored;
                let made = spawn_blocking(move || item(&store, &out, number, &exports)).await;
                let answer = match made {
                    Ok(Ok(item)) => {
                        let put = PutItem { invite: out.invite, slot: out.slot, n: number, item, writer };
                        Some(board.ask_now(Ask::PutItem(put, key)).await)
                    }
                    // It is not on the disk any more.
                    _ => None,
                };
                Done::LeftPut { knock, n, answer }
            });
        }
    }

    /// What the rendezvous said to an item.
    pub(super) fn left_put(&mut self, knock: KnockId, n: u64, answer: Option<Result<Answer, Refused>>) {
        let Some(out) = self.files.outgoing.get_mut(&(knock, n)) else { return };
        out.under_way = false;
        let (slot, items) = (out.slot, out.items());
        match answer {
            // Its number was given to this very item before it was ever put.
            Some(Ok(_) | Err(Refused::Because(RefusedReason::Conflict))) => {
                out.stored += 1;
                let stored = out.stored;
                if stored == items || stored.is_multiple_of(KEEP_EVERY) {
                    self.keep(&NodeRecord::WaitingBlobPut { knock, n, stored });
                }
                self.files.views_stale |= stored == items;
                self.put_left(Some(slot));
            }
            Some(Err(Refused::Because(RefusedReason::TooLarge | RefusedReason::Malformed))) | None => {
                self.files.outgoing.remove(&(knock, n));
                self.refuse("waiting-item-refused");
            }
            Some(Err(Refused::Because(
                RefusedReason::RateLimited
                | RefusedReason::QueueFull
                | RefusedReason::Quota
                | RefusedReason::StorageFull,
            ))) => self.job(async move {
                tokio::time::sleep(AGAIN).await;
                Done::LeftAgain(slot)
            }),
            // When the rendezvous is there again.
            Some(Err(_)) => {}
        }
        self.changed();
    }

    /// How far an own file in a waiting room got.
    pub(super) fn left_delivery(&self, knock: KnockId, blob: &BlobId) -> Delivery {
        let mut of_room = self.files.outgoing.range((knock, 0)..=(knock, u64::MAX));
        let stored = of_room.any(|(_, out)| out.blob == *blob && out.stored >= out.items());
        if stored { Delivery::Stored } else { Delivery::Waiting }
    }

    /// Takes a message about a blob that somebody left. False: the porter is busy; read it again later.
    pub(super) fn take_left(&mut self, knock: KnockId, message: Vec<u8>) -> bool {
        let Ok(blob) = Message::decode(&message).map(|message| message.blob()) else {
            self.refuse("malformed-blob");
            return true;
        };
        let max = self.files.max;
        let shelf = match self.rooms.get_mut(&knock) {
            Some(room) => room.room.shelf(),
            // Its person was let in meanwhile: what it left is its own.
            None => self.session.shelf(),
        };
        let Some(most) = most_of(shelf, &blob, max) else {
            self.refuse("left-unasked");
            return true;
        };
        match self.files.porter.left().try_send(Left { by: Leaver::Room(knock), message, most }) {
            Ok(()) | Err(TrySendError::Closed(_)) => true,
            Err(TrySendError::Full(_)) => false,
        }
    }

    /// Gives up what came of files of somebody who was not let in, unless they are wanted elsewhere too.
    pub(super) fn forget_left(&mut self, mut room: Room) {
        let mut left: BTreeSet<BlobId> = room.room.shelf().blobs().map(|(blob, _)| to_blob(blob)).collect();
        left.retain(|blob| !self.names_blob(blob));
        for other in self.rooms.values_mut() {
            for (blob, _) in other.room.shelf().blobs() {
                left.remove(&to_blob(blob));
            }
        }
        left.into_iter().for_each(|blob| self.forget_part(blob));
    }

    /// Reads a waiting room on when the porter has room again.
    pub(super) fn read_later(&mut self, invite: InviteId, slot: SlotAddress) {
        let left = self.files.porter.left();
        self.job(async move {
            // All of the queue: then a whole batch fits.
            let _ = left.reserve_many(left.max_capacity()).await;
            Done::ReadOn { invite, slot }
        });
    }
}

/// The most that a blob may have that a shelf names; `None`: it names none that is allowed.
fn most_of(shelf: &Shelf, blob: &BlobId, max: u64) -> Option<u64> {
    shelf.blobs().filter(|(named, size)| to_blob(*named) == *blob && *size <= max).map(|(_, size)| size).max()
}

/// An item of a blob, sealed. Blocking.
fn item(store: &BlobStore, out: &Outgoing, number: u64, exports: &Exports) -> Result<Vec<u8>, BlobError> {
    let manifest = store.manifest(&out.blob)?;
    let message = message(store, &manifest, out.stored)?;
    seal_item(&WaitingContent::BlobChunk(message), number, exports, &mut rng()).map_err(|_| BlobError::Failed)
}

/// The message at a place of the order in which a blob is left: all of the manifest, then all pieces.
fn message(store: &BlobStore, manifest: &Manifest, at: u64) -> Result<Vec<u8>, BlobError> {
    let blob = manifest.id();
    let parts = u64::from(manifest.chunks()).div_ceil(MAX_HASHES as u64);
    let small = |number: u64| u32::try_from(number).map_err(|_| BlobError::Failed);
    if at < parts {
        let first = small(at * MAX_HASHES as u64)?;
        let hashes = manifest.hashes().iter().skip(first as usize).take(MAX_HASHES).copied().collect();
        return Ok(Message::Hashes { blob, size: manifest.size(), first, hashes }.encode());
    }
    let (chunk, piece) = (small((at - parts) / PIECES)?, (at - parts) % PIECES);
    let bytes = store.read_chunk(manifest, chunk, 0)?;
    pieces(blob, chunk, 0, &bytes).nth(usize::try_from(piece).unwrap_or(usize::MAX)).ok_or(BlobError::NotHere)
}

#[cfg(test)]
mod tests {
    use sightline_crdt::waiting::WaitingRoom;
    use sightline_proto::blob::{Fed, Feed, Size};
    use sightline_proto::id::SessionId;
    use sightline_proto::keys::PeerKey;

    use super::super::convert::{to_doc_peer, to_doc_sid};
    use super::*;

    #[test]
    fn somebody_who_waits_leaves_only_files_that_its_shelf_names_and_the_organisation_allows() {
        let holder = PeerKey::generate(&mut rng());
        let mut room = WaitingRoom::new(to_doc_sid(SessionId([1; 16])), to_doc_peer(holder.public()), []);
        let mut publish = |blob: u8, size| {
            let file = NewFile {
                blob: to_doc_blob(BlobId([blob; 32])),
                size,
                name: "x",
                media_type: "image/png",
                pages: None,
            };
            room.publish(&signing_key(&holder), &file, doc_time(1), &mut rng()).expect("published");
        };
        publish(1, 1_000);
        publish(2, 5_000);
        publish(3, 3_000);
        publish(3, 900_000);
        let most = |blob: u8, room: &mut WaitingRoom| most_of(room.shelf(), &BlobId([blob; 32]), 4_000);
        assert_eq!(most(1, &mut room), Some(1_000));
        assert_eq!(most(2, &mut room), None, "larger than allowed");
        assert_eq!(most(3, &mut room), Some(3_000), "another size is said as well");
        assert_eq!(most(4, &mut room), None, "not named");
    }

    #[test]
    fn a_blob_that_is_left_message_by_message_is_put_together_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = BlobStore::open(folder.path(), None).expect("open");
        for size in [1, MAX_PIECE, CHUNK, CHUNK + 1, 3 * CHUNK + 60_000] {
            let bytes: Vec<u8> = (0..size).map(|at| (at * 7 % 253) as u8).collect();
            let manifest = store.put_bytes(&bytes).expect("taken in");
            let out = Outgoing {
                invite: InviteId([0; 16]),
                slot: SlotAddress([0; 16]),
                blob: manifest.id(),
                size: size as u64,
                stored: 0,
                under_way: false,
            };
            let mut feed = Feed::new(manifest.id(), Size::Exactly(size as u64), None);
            let mut together = Vec::new();
            for at in 0..out.items() {
                let message = Message::decode(&message(&store, &manifest, at).expect("made")).expect("sound");
                match feed.take(&message) {
                    Fed::Chunk { bytes, .. } => together.extend(bytes),
                    Fed::More | Fed::Manifest(_) => {}
                    Fed::Refused => panic!("refused"),
                }
            }
            assert!(together == bytes, "{size} bytes");
            assert_eq!(message(&store, &manifest, out.items()), Err(BlobError::NotHere));
        }
    }
}
