//! Blobs in the mailbox: the content of what this device left for absent members, and of what others left for it.
//!
//! A blob lies there as the parts of its manifest and its chunks, each under a name that whoever has the key can work out, so
//! that nobody puts or reads one twice. One blob goes each way at a time, chunk by chunk, so that memory stays flat; what is
//! read goes the way of everything that was left for this device, and is verified there.

use std::collections::{BTreeMap, BTreeSet};

use sightline_crdt::id::{DocId, DocKind, Epoch};
use sightline_proto::blob::{Message, pieces};
use sightline_proto::id::{BlobId, MailName, MailboxId};
use sightline_proto::keys::SlotKey;
use sightline_proto::limits::{CHUNK, MAX_HASHES};
use sightline_proto::mailbox::{Audience, MailContent, MailLabel, chunk_name, manifest_name, open_item, seal_item};
use sightline_proto::switchboard::client::Answer;
use sightline_proto::switchboard::{Ask, Mail, Refused, RefusedReason, UploadState};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use super::actor::Actor;
use super::convert::to_blob;
use super::jobs::Done;
use super::mailbox::{Item, OwnItem, doc_audience, put_whole, read_whole};
use super::mailbox_records::MailRecord;
use super::porter::{Leaver, Left};
use crate::runtime::rng;
use crate::store::blobs::BlobStore;
use crate::switchboard::client::Switchboard;

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
        if self.mailbox.blob_under_way.is_some() || self.mailbox.full {
            return;
        }
        let Some(blob) = self.own_blobs().into_iter().find(|blob| {
            !self.mailbox.blobs_stored.contains(blob)
                && !self.mailbox.blobs_refused.contains(blob)
                && self.blob_path(blob).is_some()
        }) else {
            return;
        };
        let epoch = self.session.roster().epoch();
        let Some(way) = self.way_of(blob, epoch, Audience::All) else { return };
        self.mailbox.blob_under_way = Some(blob);
        self.job(async move { Done::MailBlobPut { blob, answer: way.put().await } });
    }

    /// Blobs that own entries in the mailbox name.
    fn own_blobs(&mut self) -> Vec<BlobId> {
        let me = self.session.peer();
        let mut blobs = Vec::new();
        let mailbox = &self.mailbox;
        let shelf = self.session.shelf();
        let own = shelf.files.iter().filter(|file| file.author == me);
        for file in own.filter(|file| mailbox.has(DocId::ROOM, file.id.actor, file.seq)) {
            blobs.push(to_blob(file.blob));
            let pages = file.document.iter().flat_map(|pages| pages.shown.values());
            blobs.extend(pages.map(|page| to_blob(page.blob)));
        }
        let left: BTreeSet<DocId> = mailbox
            .stored
            .iter()
            .filter_map(|own| match own {
                OwnItem::Envelope(doc, ..) if doc.kind == DocKind::Board => Some(*doc),
                _ => None,
            })
            .collect();
        for doc in left {
            if let Some(still) = self.session.board(doc).and_then(|board| board.still.as_ref())
                && still.author == me
            {
                blobs.push(to_blob(still.blob));
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
    pub(super) fn mail_blob_put(&mut self, blob: BlobId, answer: Result<(), Refused>) {
        self.mailbox.blob_under_way = None;
        match answer {
            Ok(()) => {
                self.mailbox.blobs_stored.insert(blob);
                self.store(&MailRecord::Blob(blob).encode());
                self.files.views_stale = true;
                self.changed();
                self.put_blobs_to_mailbox();
            }
            Err(Refused::Because(RefusedReason::Quota | RefusedReason::StorageFull)) => {
                self.mailbox.full = true;
                self.refuse("mailbox-full");
            }
            Err(Refused::Because(_)) => {
                self.mailbox.blobs_refused.insert(blob);
                self.refuse("mail-refused");
                self.put_blobs_to_mailbox();
            }
            Err(Refused::NoAnswer | Refused::TooManyAsked) => self.mailbox.look_soon(),
        }
    }

    /// Reads a blob that is wished, lies in the mailbox, and that nobody here can give.
    pub(super) fn look_for_mailed_blobs(&mut self) {
        if self.mailbox.blob_reading.is_some() || self.links.values().any(super::peer_link::PeerLink::is_up) {
            return;
        }
        for (blob, most) in self.files.wished() {
            if self.mailbox.blobs_read.contains(&blob) {
                continue;
            }
            let Some((epoch, audience)) = self.where_is(&blob) else { continue };
            let Some(way) = self.way_of(blob, epoch, audience) else { continue };
            self.mailbox.blob_reading = Some(blob);
            let (items, left) = (self.mailbox.blob_items.clone(), self.files.porter.left());
            self.job(async move { Done::MailBlobRead { blob, read: way.read(&items, &left, most).await } });
            return;
        }
    }

    /// Under which key a blob lies in the mailbox.
    fn where_is(&self, blob: &BlobId) -> Option<(Epoch, Audience)> {
        let places: BTreeSet<(u64, Audience)> =
            self.mailbox.blob_items.values().map(|mail| (mail.label.epoch, mail.label.audience)).collect();
        places.into_iter().map(|(epoch, audience)| (Epoch(epoch), audience)).find(|(epoch, audience)| {
            let key = self.session.ring().key(*epoch, doc_audience(*audience));
            key.is_some_and(|key| self.mailbox.blob_items.contains_key(&manifest_name(key, blob, 0)))
        })
    }

    /// What came of reading a blob. One that did not arrive whole is tried again on the next connection.
    pub(super) fn mail_blob_read(&mut self, blob: BlobId, read: Result<(), Refused>) {
        self.mailbox.blob_reading = None;
        if read.is_err() {
            tracing::debug!(?read, "a blob was not read from the mailbox");
        }
        self.mailbox.blobs_read.insert(blob);
        self.look_for_mailed_blobs();
    }
}

impl Way {
    async fn put(self) -> Result<(), Refused> {
        let damaged = Refused::Because(RefusedReason::NotFound);
        let manifest = self.blocking(|store, blob| store.manifest(&blob).ok()).await.ok_or(damaged)?;
        for (part, hashes) in manifest.hashes().chunks(MAX_HASHES).enumerate() {
            let first = u32::try_from(part * MAX_HASHES).map_err(|_| damaged)?;
            let (blob, size, hashes) = (self.blob, manifest.size(), hashes.to_vec());
            let message = Message::Hashes { blob, size, first, hashes }.encode();
            self.put_item(manifest_name(&self.key, &blob, first), MailContent::BlobMessage(message)).await?;
        }
        for index in 0..manifest.chunks() {
            let of = manifest.clone();
            let read = self.blocking(move |store, _| store.read_chunk(&of, index, 0).ok()).await;
            let content = MailContent::Chunk { blob: self.blob, index, bytes: read.ok_or(damaged)? };
            self.put_item(chunk_name(&self.key, &self.blob, index), content).await?;
        }
        Ok(())
    }

    async fn put_item(&self, name: MailName, content: MailContent) -> Result<(), Refused> {
        let state = UploadState { mailbox: self.mailbox, name, writer: self.slot.public() };
        match self.board.ask_now(Ask::UploadState(state, self.slot.clone())).await {
            Ok(Answer::Upload { whole: true, .. }) => return Ok(()),
            Ok(_) | Err(Refused::Because(RefusedReason::NotFound)) => {}
            Err(why) => return Err(why),
        }
        let (mailbox, epoch, audience) = (self.mailbox, self.epoch, self.audience);
        let label = MailLabel { kind: content.kind(), epoch, audience };
        let sealed = seal_item(&content, &mailbox, epoch, audience, &self.key, &mut rng())
            .map_err(|_| Refused::Because(RefusedReason::TooLarge))?;
        match put_whole(&self.board, Item { mailbox, name, label }, &sealed, 0, &self.slot).await {
            // Another member put the same.
            Err(Refused::Because(RefusedReason::Conflict)) => Ok(()),
            put => put,
        }
    }

    async fn read(self, items: &BTreeMap<MailName, Mail>, left: &mpsc::Sender<Left>, most: u64) -> Result<(), Refused> {
        let hand_over = async |message| {
            let handed = left.send(Left { by: Leaver::Mailbox, message, most }).await;
            handed.map_err(|_| Refused::NoAnswer)
        };
        let gone = Refused::Because(RefusedReason::NotFound);
        let mut chunks = None;
        let mut first = 0;
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
