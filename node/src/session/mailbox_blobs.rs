//! Blobs in the mailbox: the content of what this device left for absent members, and of what others left for it.
//!
//! A blob lies there as the parts of its manifest and its chunks, each under a name that whoever has the key can work out, so
//! that nobody puts or reads one twice. One blob goes each way at a time, chunk by chunk, so that memory stays flat; what is
//! read goes the way of everything that was left for this device, and is verified there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sightline_crdt::id::{Actor as DocActor, DocId, DocKind, Epoch};
use sightline_proto::blob::{Message, pieces};
use sightline_proto::id::{BlobId, MailName, MailboxId};
use sightline_proto::keys::SlotKey;
use sightline_proto::limits::{CHUNK, MAX_BLOB_ITEMS, MAX_HASHES};
use sightline_proto::mailbox::{
    Audience, MailContent, MailKind, MailLabel, chunk_name, manifest_name, open_item, seal_item,
};
use sightline_proto::switchboard::{Mail, Refused, RefusedReason};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use super::actor::Actor;
use super::convert::{doc_audience, to_blob};
use super::jobs::Done;
use super::mailbox::OwnItem;
use super::mailbox_inbox::is_passing;
use super::mailbox_records::MailRecord;
use super::mailbox_transfer::{Item, put_named, read_whole};
use super::porter::{Leaver, Left};
use crate::runtime::rng;
use crate::store::blobs::BlobStore;
use crate::switchboard::client::Switchboard;

/// The blobs of a mailbox.
#[derive(Default)]
pub(super) struct MailBlobs {
    /// Blobs of this device that lie there whole.
    pub(super) stored: BTreeSet<BlobId>,
    /// Blobs that the rendezvous doesn't take on this connection, or that are damaged here.
    refused: BTreeSet<BlobId>,
    /// The blob that is being put.
    under_way: Option<BlobId>,
    /// Listed parts of blobs, by name.
    items: Arc<BTreeMap<MailName, Mail>>,
    /// Epochs and audiences of those parts.
    places: BTreeSet<(u64, Audience)>,
    /// The greatest arrival number of a part.
    newest: u64,
    /// The blob that is being read, and the newest part when that began.
    reading: Option<(BlobId, u64)>,
    /// Blobs that were read, whole or not, and the newest part then: with further parts they are worth another look.
    read: BTreeMap<BlobId, u64>,
}

impl MailBlobs {
    /// On a new connection everything is listed anew, and what was refused may be welcome.
    pub(super) fn begin_connection(&mut self) {
        self.refused.clear();
        self.items = Arc::default();
        self.places.clear();
        self.newest = 0;
        self.read.clear();
    }

    /// Takes a page of the list.
    pub(super) fn list(&mut self, mails: &[Mail]) {
        for mail in mails.iter().filter(|mail| mail.label.kind == MailKind::Blob) {
            if self.items.len() >= MAX_BLOB_ITEMS && !self.items.contains_key(&mail.name) {
                return;
            }
            Arc::make_mut(&mut self.items).insert(mail.name, *mail);
            self.places.insert((mail.label.epoch, mail.label.audience));
            self.newest = self.newest.max(mail.number);
        }
    }

    /// Where a blob lies that was not read since its last part came: the first place under whose key there is its manifest.
    fn place(&self, blob: &BlobId, keys: &[(Epoch, Audience, &[u8; 32])]) -> Option<(Epoch, Audience)> {
        if self.read.get(blob).is_some_and(|newest| *newest >= self.newest) {
            return None;
        }
        let lies = |key: &[u8; 32]| self.items.contains_key(&manifest_name(key, blob, 0));
        keys.iter().find(|(.., key)| lies(key)).map(|(epoch, audience, _)| (*epoch, *audience))
    }

    /// What came of putting a blob: whether the next one may be put now.
    fn put(&mut self, blob: BlobId, answer: Result<(), NotPut>) -> AfterPut {
        use RefusedReason::{BadSignature, NotFound, Quota, StorageFull};
        self.under_way = None;
        match answer {
            Ok(()) => {
                self.stored.insert(blob);
                AfterPut::Stored
            }
            Err(NotPut::Refused(Refused::Because(Quota | StorageFull))) => AfterPut::Full,
            // The lead's app has not made the box or not listed this device yet.
            Err(NotPut::Refused(Refused::Because(NotFound | BadSignature))) => AfterPut::Later,
            Err(NotPut::Refused(why)) if is_passing(why) => AfterPut::Later,
            Err(NotPut::Refused(_) | NotPut::Damaged) => {
                self.refused.insert(blob);
                AfterPut::Refused
            }
        }
    }
}

/// What names an own blob, by which it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Naming {
    /// An entry of the shelf, in the envelope with this number in its actor's chain.
    Envelope(DocActor, u64),
    /// A board, by any of its envelopes.
    Board(DocId),
}

/// Why a blob was not put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotPut {
    /// The rendezvous said so, or nothing.
    Refused(Refused),
    /// It is not whole here any more.
    Damaged,
}

impl From<Refused> for NotPut {
    fn from(why: Refused) -> Self {
        Self::Refused(why)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AfterPut {
    Stored,
    /// The same is tried in a while.
    Later,
    /// The rendezvous takes no more at all.
    Full,
    /// It doesn't take this one.
    Refused,
}

/// What it takes to put or read a blob's parts.
struct Way {
    board: Switchboard,
    mailbox: MailboxId,
    epoch: u64,
    audience: Audience,
    key: Zeroizing<[u8; 32]>,
    slot: SlotKey,
    store: BlobStore,
    blob: BlobId,
}

impl Actor {
    /// Puts the content of the next own file or picture whose entry lies in the mailbox.
    pub(super) fn put_blobs_to_mailbox(&mut self) {
        if self.mailbox.blobs.under_way.is_some() || self.mailbox.full {
            return;
        }
        let own = self.own_blobs();
        let Some((_, blob)) = own.into_iter().find(|(_, blob)| self.is_to_be_put(blob)) else { return };
        let epoch = self.session.roster().epoch();
        let Some(way) = self.way_of(blob, epoch, Audience::All) else { return };
        self.mailbox.blobs.under_way = Some(blob);
        self.job(async move { Done::MailBlobPut { blob, answer: way.put().await } });
    }

    fn is_to_be_put(&self, blob: &BlobId) -> bool {
        let blobs = &self.mailbox.blobs;
        !blobs.stored.contains(blob) && !blobs.refused.contains(blob) && self.blob_path(blob).is_some()
    }

    /// Own items in the mailbox that name blobs which do not lie there yet.
    pub(super) fn naming_more(&mut self) -> BTreeSet<Naming> {
        let own = self.own_blobs();
        own.into_iter().filter(|(_, blob)| !self.mailbox.blobs.stored.contains(blob)).map(|(by, _)| by).collect()
    }

    /// Blobs that own entries in the mailbox name.
    fn own_blobs(&mut self) -> Vec<(Naming, BlobId)> {
        let me = self.session.peer();
        let mut blobs = Vec::new();
        let mailbox = &self.mailbox;
        let shelf = self.session.shelf();
        let own = shelf.files.iter().filter(|file| file.author == me);
        for file in own.filter(|file| mailbox.has(DocId::ROOM, file.id.actor, file.seq)) {
            let by = Naming::Envelope(file.id.actor, file.seq);
            blobs.push((by, to_blob(file.blob)));
            let pages = file.document.iter().flat_map(|pages| pages.shown.values());
            blobs.extend(pages.map(|page| (by, to_blob(page.blob))));
        }
        let left: BTreeSet<DocId> = mailbox
            .stored
            .keys()
            .filter_map(|own| match own {
                OwnItem::Envelope(doc, ..) if doc.kind == DocKind::Board => Some(*doc),
                _ => None,
            })
            .collect();
        for doc in left {
            if let Some(still) = self.session.board(doc).and_then(|board| board.still.as_ref())
                && still.author == me
            {
                blobs.push((Naming::Board(doc), to_blob(still.blob)));
            }
        }
        blobs
    }

    fn way_of(&self, blob: BlobId, epoch: Epoch, audience: Audience) -> Option<Way> {
        let board = self.reachable().into_iter().next()?;
        let key = self.session.ring().key(epoch, doc_audience(audience))?.clone();
        let (mailbox, slot, store) = (self.mailbox_id()?, self.keys.slot.clone(), self.ctx.blobs.clone());
        Some(Way { board, mailbox, epoch: epoch.0, audience, key, slot, store, blob })
    }

    /// What came of putting a blob.
    pub(super) fn mail_blob_put(&mut self, blob: BlobId, answer: Result<(), NotPut>) {
        match self.mailbox.blobs.put(blob, answer) {
            AfterPut::Stored => {
                self.store(&MailRecord::Blob(blob).encode());
                self.files.views_stale = true;
                self.changed();
                self.put_blobs_to_mailbox();
            }
            AfterPut::Later => self.mailbox.look_soon(),
            AfterPut::Full => {
                self.mailbox.full = true;
                self.refuse("mailbox-full");
            }
            AfterPut::Refused => {
                tracing::warn!(?answer, "the mailbox refused a blob");
                self.refuse("mail-refused");
                self.put_blobs_to_mailbox();
            }
        }
    }

    /// Reads a blob that is wished, lies in the mailbox, and that nobody here can give.
    pub(super) fn look_for_mailed_blobs(&mut self) {
        if self.mailbox.blobs.reading.is_some() || self.mailbox.blobs.items.is_empty() {
            return;
        }
        let ring = self.session.ring();
        let with_key = |(epoch, audience): &(u64, Audience)| {
            let key = ring.key(Epoch(*epoch), doc_audience(*audience))?;
            Some((Epoch(*epoch), *audience, &**key))
        };
        let keys: Vec<_> = self.mailbox.blobs.places.iter().filter_map(with_key).collect();
        let found = self.files.unserved().into_iter().find_map(|(blob, most)| {
            let (epoch, audience) = self.mailbox.blobs.place(&blob, &keys)?;
            Some((self.way_of(blob, epoch, audience)?, most))
        });
        let Some((way, most)) = found else { return };
        let blob = way.blob;
        self.mailbox.blobs.reading = Some((blob, self.mailbox.blobs.newest));
        let (items, left) = (self.mailbox.blobs.items.clone(), self.files.porter.left());
        self.job(async move { Done::MailBlobRead { blob, read: way.read(&items, &left, most).await } });
    }

    /// What came of reading a blob. One that did not arrive whole is read again when there is more of it, or on the next
    /// connection.
    pub(super) fn mail_blob_read(&mut self, blob: BlobId, read: Result<(), Refused>) {
        let began = self.mailbox.blobs.reading.take();
        match read {
            Err(why) if is_passing(why) => return self.mailbox.look_soon(),
            Err(why) => tracing::debug!(?why, "a blob was not read from the mailbox"),
            Ok(()) => {}
        }
        if let Some((_, newest)) = began.filter(|(reading, _)| *reading == blob) {
            self.mailbox.blobs.read.insert(blob, newest);
        }
        self.look_for_mailed_blobs();
    }
}

impl Way {
    async fn put(self) -> Result<(), NotPut> {
        let manifest = self.blocking(|store, blob| store.manifest(&blob).ok()).await.ok_or(NotPut::Damaged)?;
        for (part, hashes) in manifest.hashes().chunks(MAX_HASHES).enumerate() {
            let first = u32::try_from(part * MAX_HASHES).map_err(|_| NotPut::Damaged)?;
            let (blob, size, hashes) = (self.blob, manifest.size(), hashes.to_vec());
            let message = Message::Hashes { blob, size, first, hashes }.encode();
            self.put_item(manifest_name(&self.key, &blob, first), MailContent::BlobMessage(message)).await?;
        }
        for index in 0..manifest.chunks() {
            let of = manifest.clone();
            let read = self.blocking(move |store, _| store.read_chunk(&of, index, 0).ok()).await;
            let content = MailContent::Chunk { blob: self.blob, index, bytes: read.ok_or(NotPut::Damaged)? };
            self.put_item(chunk_name(&self.key, &self.blob, index), content).await?;
        }
        Ok(())
    }

    async fn put_item(&self, name: MailName, content: MailContent) -> Result<(), Refused> {
        let (mailbox, epoch, audience) = (self.mailbox, self.epoch, self.audience);
        let label = MailLabel { kind: content.kind(), epoch, audience };
        let sealed = seal_item(&content, &mailbox, epoch, audience, &self.key, &mut rng())
            .map_err(|_| Refused::Because(RefusedReason::TooLarge))?;
        put_named(&self.board, Item { mailbox, name, label }, &sealed, &self.slot).await
    }

    async fn read(self, items: &BTreeMap<MailName, Mail>, left: &mpsc::Sender<Left>, most: u64) -> Result<(), Refused> {
        let hand_over = async |message| {
            let handed = left.send(Left { by: Leaver::Mailbox, message, most }).await;
            handed.map_err(|_| Refused::NoAnswer)
        };
        let gone = Refused::Because(RefusedReason::NotFound);
        // Of what was begun the manifest is here.
        let mut chunks = self.store.begun(&self.blob).map(|partial| partial.manifest().chunks());
        let mut first = chunks.unwrap_or(0);
        while chunks.is_none_or(|chunks| first < chunks) {
            let name = manifest_name(&self.key, &self.blob, first);
            let MailContent::BlobMessage(message) = self.read_item(items, name).await? else { return Err(gone) };
            let Ok(Message::Hashes { blob, size, hashes, .. }) = Message::decode(&message) else { return Err(gone) };
            if blob != self.blob || size > most || hashes.is_empty() {
                return Err(gone);
            }
            chunks = Some(u32::try_from(size.div_ceil(CHUNK as u64)).map_err(|_| gone)?);
            first += u32::try_from(hashes.len()).map_err(|_| gone)?;
            hand_over(message).await?;
        }
        for index in 0..chunks.unwrap_or(0) {
            let begun = self.store.begun(&self.blob).is_some_and(|partial| partial.chunks().has(index));
            if begun || self.store.size(&self.blob).is_some() {
                continue;
            }
            let name = chunk_name(&self.key, &self.blob, index);
            let MailContent::Chunk { bytes, .. } = self.read_item(items, name).await? else { return Err(gone) };
            for piece in pieces(self.blob, index, 0, &bytes) {
                hand_over(piece).await?;
            }
        }
        Ok(())
    }

    async fn read_item(&self, items: &BTreeMap<MailName, Mail>, name: MailName) -> Result<MailContent, Refused> {
        let gone = Refused::Because(RefusedReason::NotFound);
        let mail = items.get(&name).ok_or(gone)?;
        let sealed = read_whole(&self.board, self.mailbox, mail, &self.slot).await?;
        open_item(&sealed, &self.mailbox, &name, mail.label, &self.key)
            .map_err(|_| Refused::Because(RefusedReason::Malformed))
    }

    async fn blocking<T: Send + 'static>(
        &self,
        what: impl FnOnce(&BlobStore, BlobId) -> Option<T> + Send + 'static,
    ) -> Option<T> {
        let (store, blob) = (self.store.clone(), self.blob);
        spawn_blocking(move || what(&store, blob)).await.ok().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sightline_proto::id::SlotAddress;

    const BLOB: BlobId = BlobId([7; 32]);
    const KEY: [u8; 32] = [3; 32];

    fn mail(number: u64, name: MailName, epoch: u64) -> Mail {
        let label = MailLabel { kind: MailKind::Blob, epoch, audience: Audience::All };
        Mail { number, name, label, size: 4_096, writer: SlotAddress([2; 16]) }
    }

    #[test]
    fn a_file_refused_for_a_moment_is_put_again() {
        use RefusedReason::{BadSignature, Conflict, NotFound, QueueFull, Quota, RateLimited, TooLarge};
        let mut blobs = MailBlobs::default();
        for reason in [RateLimited, QueueFull, BadSignature, NotFound] {
            let answer = Err(NotPut::Refused(Refused::Because(reason)));
            assert_eq!(blobs.put(BLOB, answer), AfterPut::Later, "{reason:?}");
        }
        assert_eq!(blobs.put(BLOB, Err(NotPut::Refused(Refused::NoAnswer))), AfterPut::Later);
        assert_eq!(blobs.put(BLOB, Err(NotPut::Refused(Refused::Because(Quota)))), AfterPut::Full);
        assert!(blobs.refused.is_empty());
        for why in
            [NotPut::Refused(Refused::Because(TooLarge)), NotPut::Refused(Refused::Because(Conflict)), NotPut::Damaged]
        {
            assert_eq!(blobs.put(BLOB, Err(why)), AfterPut::Refused);
        }
        assert!(blobs.refused.contains(&BLOB));
        blobs.begin_connection();
        assert!(blobs.refused.is_empty(), "the next connection tries it again");
        assert_eq!((blobs.put(BLOB, Ok(())), blobs.stored.contains(&BLOB)), (AfterPut::Stored, true));
    }

    #[test]
    fn a_blob_that_was_read_in_part_is_read_again_when_more_of_it_lies_there() {
        let keys = [(Epoch(0), Audience::Experts, &KEY), (Epoch(4), Audience::All, &KEY)];
        let mut blobs = MailBlobs::default();
        assert_eq!(blobs.place(&BLOB, &keys), None);
        blobs.list(&[mail(1, manifest_name(&KEY, &BLOB, 0), 4), mail(2, chunk_name(&KEY, &BLOB, 0), 4)]);
        assert_eq!(blobs.place(&BLOB, &keys), Some((Epoch(0), Audience::Experts)));
        assert_eq!(blobs.places.len(), 1, "each place once");
        blobs.read.insert(BLOB, blobs.newest);
        assert_eq!(blobs.place(&BLOB, &keys), None);
        blobs.list(&[mail(3, chunk_name(&KEY, &BLOB, 1), 4)]);
        assert!(blobs.place(&BLOB, &keys).is_some());
    }

    #[test]
    fn a_rendezvous_that_lists_parts_for_ever_fills_no_memory() {
        let mut blobs = MailBlobs::default();
        let name = |number: u64| MailName(std::array::from_fn(|at| number.to_le_bytes()[at % 8]));
        for page in 0..=MAX_BLOB_ITEMS as u64 / 512 {
            let mails: Vec<Mail> = (page * 512 + 1..=page * 512 + 512).map(|at| mail(at, name(at), at)).collect();
            blobs.list(&mails);
        }
        assert_eq!((blobs.items.len(), blobs.places.len()), (MAX_BLOB_ITEMS, MAX_BLOB_ITEMS));
    }
}
