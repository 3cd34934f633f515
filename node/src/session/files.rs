//! The session's files: which blobs its documents name, what is fetched of them, and how the shelf looks.
//!
//! What comes by itself: every picture that is part of a board, a page or a step; of the shelf everything up to
//! [`AUTO_BYTES`], for an expert collects what an operator sent. Larger ones wait for a word of the person. What a person
//! chose is kept in the session's file; everything else follows from the documents and from what lies on the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sightline_crdt::id::DocId;
use sightline_crdt::shelf::{Page, ShelfFile};
use sightline_proto::id::{BlobId, KnockId, PeerId};
use sightline_proto::label;
use sightline_proto::limits::MAX_BLOB;
use tokio::sync::watch;

use super::actor::Actor;
use super::blobs::Priority;
use super::convert::{chat_id, shown_time, to_blob, to_peer};
use super::left::Outgoing;
use super::porter::{Amount, Carried, How, Porter, Report, Wish};
use super::records::NodeRecord;
use crate::ids::EntryId;
use crate::link::LinkId;
use crate::view::{Delivery, FileKind, FileState, FileView, MAX_FILE_BYTES, NodeEvent, PageView, Progress};

/// Files above this are fetched when the person asks for them: a minute or more on an ordinary line.
const AUTO_BYTES: u64 = 256 * 1024 * 1024;

/// Files up to this, and pictures of any size below the limit above, come before larger ones.
const SMALL_BYTES: u64 = 20 * 1024 * 1024;

/// A picture whose document doesn't say its size: more than any photo.
const PICTURE_BYTES: u64 = 64 * 1024 * 1024;

/// What a person chose for a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// Fetch it, however large.
    Fetch,
    /// Not now.
    Pause,
    /// Not at all.
    Cancel,
}

/// The files of a session.
pub(super) struct Files {
    pub(super) porter: Porter,
    report: watch::Receiver<Arc<Report>>,
    pub(super) choices: BTreeMap<BlobId, Choice>,
    /// Rises when a person doesn't want to wait.
    pub(super) hurry: BTreeMap<BlobId, u32>,
    wishes: Arc<BTreeMap<BlobId, Wish>>,
    named: Arc<BTreeSet<BlobId>>,
    /// Files of others that were told to be here.
    told: BTreeSet<EntryId>,
    began: bool,
    views: Arc<Vec<FileView>>,
    /// Documents changed: what is named and wished may be different.
    pub(super) documents_stale: bool,
    /// Anything that the views show changed.
    pub(super) views_stale: bool,
    /// The largest file, by the policy of the session's rendezvous.
    pub(super) max: u64,
    /// Blobs on their way into waiting rooms.
    pub(super) outgoing: BTreeMap<(KnockId, u64), Outgoing>,
    refused: BTreeMap<&'static str, u64>,
}

impl Files {
    /// Nothing is named yet.
    pub(super) fn new(porter: Porter, kept: KeptFiles) -> Self {
        Self {
            report: porter.report(),
            porter,
            choices: kept.choices,
            hurry: BTreeMap::new(),
            wishes: Arc::default(),
            named: Arc::default(),
            told: BTreeSet::new(),
            began: false,
            views: Arc::default(),
            documents_stale: true,
            views_stale: true,
            max: MAX_FILE_BYTES,
            outgoing: kept.outgoing,
            refused: BTreeMap::new(),
        }
    }

    /// A hold on the porter's reports, to wait for the next one.
    pub(super) fn reports(&self) -> watch::Receiver<Arc<Report>> {
        self.report.clone()
    }

    /// What is wished and nobody who is there can give, and the most that it may have.
    pub(super) fn unserved(&self) -> Vec<(BlobId, u64)> {
        let report = self.report.borrow();
        let waits = |blob: &BlobId| report.fetches.get(blob).is_some_and(|carried| carried.how == How::Waiting);
        let wishes = self.wishes.iter().filter(|(blob, _)| waits(blob));
        wishes.map(|(blob, wish)| (*blob, wish.size.unwrap_or(wish.max))).collect()
    }

    fn carried(&self, blob: &BlobId) -> Option<Carried> {
        self.report.borrow().fetches.get(blob).copied()
    }

    fn sent(&self, blob: &BlobId) -> Option<Amount> {
        self.report.borrow().sent.get(blob).copied()
    }
}

/// What the shelf says of a blob.
#[derive(Clone, Copy)]
struct OnShelf {
    /// The largest, where entries differ.
    size: u64,
    /// All entries say the same size.
    agreed: bool,
    image: bool,
}

/// What a session's file says of files.
#[derive(Default)]
pub(super) struct KeptFiles {
    pub(super) choices: BTreeMap<BlobId, Choice>,
    pub(super) outgoing: BTreeMap<(KnockId, u64), Outgoing>,
}

impl Actor {
    /// A link's peer is verified: it may have what is named, and be asked for what is wished.
    pub(super) fn files_linked(&mut self, id: LinkId) {
        self.look_at_blobs();
        if let Some(link) = self.links.get(&id).map(super::peer_link::PeerLink::rtc) {
            self.files.porter.order(|orders| drop(orders.links.insert(id, link)));
        }
    }

    /// The porter reports something.
    pub(super) fn files_reported(&mut self) {
        let report = self.files.report.borrow_and_update().clone();
        for (reason, count) in &report.refused {
            let before = self.files.refused.insert(reason, *count).unwrap_or_default();
            for _ in before..*count {
                self.refuse(reason);
            }
        }
        // What has arrived is wished no more.
        self.files.documents_stale = true;
        self.files.views_stale = true;
        self.look_for_mailed_blobs();
        self.changed();
    }

    /// Tells the porter what is named and wished now. Cheap when no document changed.
    pub(super) fn look_at_blobs(&mut self) {
        if !std::mem::take(&mut self.files.documents_stale) {
            return;
        }
        let named = self.session.blobs();
        let mut files: BTreeMap<BlobId, OnShelf> = BTreeMap::new();
        for file in &self.session.shelf().files {
            let image = file.media_type.starts_with("image/");
            let new = OnShelf { size: file.size, agreed: true, image };
            let of = files.entry(to_blob(file.blob)).or_insert(new);
            // The content has one size: whoever says another must not keep others from getting it.
            of.agreed &= of.size == file.size;
            of.size = of.size.max(file.size);
            of.image |= image;
        }
        let mut wishes = BTreeMap::new();
        for (blob, size) in &named {
            let blob = to_blob(*blob);
            if self.ctx.blobs.size(&blob).is_none()
                && let Some(wish) = self.wish(blob, *size, files.get(&blob).copied())
            {
                wishes.insert(blob, wish);
            }
        }
        self.wants.retain(|blob, _| self.ctx.blobs.size(blob).is_none());
        for (blob, (size, priority)) in &self.wants {
            let new = Wish { size: *size, max: PICTURE_BYTES, priority: *priority, paused: false, hurry: 0 };
            let wish = wishes.entry(*blob).or_insert(new);
            wish.priority = wish.priority.min(*priority);
        }
        let named: BTreeSet<BlobId> = named.into_keys().map(to_blob).chain(self.wants.keys().copied()).collect();
        if *self.files.named != named || *self.files.wishes != wishes {
            self.files.named = Arc::new(named);
            self.files.wishes = Arc::new(wishes);
            let (named, wishes) = (self.files.named.clone(), self.files.wishes.clone());
            self.files.porter.order(move |orders| {
                orders.named = named;
                orders.wishes = wishes;
            });
        }
    }

    /// Whether a document names a blob.
    pub(super) fn names_blob(&mut self, blob: &BlobId) -> bool {
        self.look_at_blobs();
        self.files.named.contains(blob)
    }

    fn wish(&self, blob: BlobId, size: Option<u64>, file: Option<OnShelf>) -> Option<Wish> {
        let hurry = self.files.hurry.get(&blob).copied().unwrap_or_default();
        let Some(file) = file else {
            let max = self.files.max.max(PICTURE_BYTES);
            let fits = size.is_none_or(|size| size <= max);
            return fits.then_some(Wish { size, max: PICTURE_BYTES, priority: Priority::Now, paused: false, hurry });
        };
        if file.agreed && file.size > self.files.max {
            return None;
        }
        let choice = self.files.choices.get(&blob).copied();
        let wished = match choice {
            Some(Choice::Cancel) => false,
            Some(Choice::Fetch) => true,
            Some(Choice::Pause) | None => file.size <= AUTO_BYTES || choice.is_some(),
        };
        let small = file.size <= SMALL_BYTES || file.image;
        let priority = if small { Priority::Soon } else { Priority::Later };
        let paused = choice == Some(Choice::Pause);
        let max = self.files.max.min(file.size);
        wished.then_some(Wish { size: file.agreed.then_some(file.size), max, priority, paused, hurry })
    }

    /// Notes what a person chose, for good.
    pub(super) fn choose(&mut self, blob: BlobId, choice: Choice) {
        if self.files.choices.get(&blob) != Some(&choice) {
            self.keep(&NodeRecord::FileChoice { blob, choice });
            self.files.choices.insert(blob, choice);
        }
        self.files.documents_stale = true;
        self.files.views_stale = true;
        self.look_at_blobs();
        self.changed();
    }

    /// The policy of the session's rendezvous is known.
    pub(super) fn policy_is(&mut self, file_bytes: u64) {
        let max = file_bytes.min(MAX_BLOB);
        if max != self.files.max {
            self.files.max = max;
            self.files.documents_stale = true;
            self.files.views_stale = true;
            self.changed();
        }
    }

    /// The shelf as it looks now. Tells on the way which files of others are here.
    pub(super) fn file_views(&mut self, names: &BTreeMap<PeerId, String>) -> Arc<Vec<FileView>> {
        self.look_at_blobs();
        if !std::mem::take(&mut self.files.views_stale) {
            return self.files.views.clone();
        }
        let me = self.ctx.peer.public();
        let shelf = self.session.shelf().files.clone();
        let members: Vec<_> = self.session.roster().members().map(|member| member.peer).collect();
        let vectors: Vec<_> = members
            .iter()
            .filter(|peer| to_peer(**peer) != me)
            .filter_map(|peer| self.session.seen(peer, DocId::ROOM).cloned())
            .collect();
        let mut views = Vec::with_capacity(shelf.len());
        for file in &shelf {
            let there = vectors.iter().any(|vector| file.is_in(vector));
            let left = self.mailbox.has(DocId::ROOM, file.id.actor, file.seq)
                && self.mailbox.blobs.stored.contains(&to_blob(file.blob));
            let delivery = match (there, left) {
                (true, _) => Delivery::Delivered,
                (false, true) => Delivery::Stored,
                (false, false) => Delivery::Waiting,
            };
            views.push(self.file_view(file, names, delivery, None));
        }
        let rooms: Vec<(KnockId, Vec<ShelfFile>)> =
            self.rooms.iter_mut().map(|(knock, room)| (*knock, room.room.shelf().files.clone())).collect();
        for (knock, files) in rooms {
            for file in &files {
                let delivery = self.left_delivery(knock, &to_blob(file.blob));
                views.push(self.file_view(file, names, delivery, Some(knock)));
            }
        }
        self.tell_files_here(&views);
        self.files.views = Arc::new(views);
        self.files.views.clone()
    }

    fn file_view(
        &self,
        file: &ShelfFile,
        names: &BTreeMap<PeerId, String>,
        delivery: Delivery,
        waiting: Option<KnockId>,
    ) -> FileView {
        let (author, blob) = (to_peer(file.author), to_blob(file.blob));
        let mine = author == self.ctx.peer.public();
        let kind = match &file.document {
            None => FileKind::File,
            Some(pages) => FileKind::Document {
                pages: pages.count,
                shown: pages.shown.iter().map(|(number, page)| self.page_view(*number, page)).collect(),
            },
        };
        FileView {
            id: chat_id(file.id),
            blob,
            name: label::safe(&file.name),
            media_type: label::media_type(&file.media_type),
            // Of what is here the size is known.
            size: self.ctx.blobs.size(&blob).unwrap_or(file.size),
            author,
            author_name: names.get(&author).cloned().unwrap_or_default(),
            mine,
            at_ms: shown_time(file.at_ms),
            kind,
            state: self.file_state(file, blob),
            delivery: if mine { delivery } else { Delivery::Delivered },
            sent: self.files.sent(&blob).filter(|_| mine).map(|amount| progress(amount, file.size)),
            waiting,
        }
    }

    fn page_view(&self, number: u32, page: &Page) -> PageView {
        let blob = to_blob(page.blob);
        PageView { number, blob, width: page.width, height: page.height, path: self.blob_path(&blob) }
    }

    fn file_state(&self, file: &ShelfFile, blob: BlobId) -> FileState {
        if let Some(path) = self.blob_path(&blob) {
            return FileState::Here { path };
        }
        if file.size > self.files.max {
            return FileState::Refused { why: "error-file-too-large".to_owned() };
        }
        let carried = self.files.carried(&blob);
        // What comes by a waiting room is not asked for: what is on the disk of it tells how far it is.
        let left = || Amount {
            have: self.ctx.blobs.begun(&blob).map_or(0, |part| part.chunks().bytes(file.size)),
            ..Amount::default()
        };
        let progress = progress(carried.map_or_else(left, |carried| carried.amount), file.size);
        let choice = self.files.choices.get(&blob).copied();
        match (choice, carried.map(|carried| carried.how)) {
            (Some(Choice::Cancel), _) => FileState::Offered,
            (_, Some(How::NoRoom)) => FileState::Refused { why: "error-no-room".to_owned() },
            (_, Some(How::DiskFailed)) => FileState::Refused { why: "error-not-stored".to_owned() },
            (Some(Choice::Pause), _) | (_, Some(How::Paused)) => FileState::Paused(progress),
            (None, None) if file.size > AUTO_BYTES => FileState::Offered,
            (_, Some(How::Arriving)) => FileState::Arriving(progress),
            (_, Some(How::Waiting) | None) => FileState::Waiting(progress),
        }
    }

    fn tell_files_here(&mut self, views: &[FileView]) {
        let began = std::mem::replace(&mut self.files.began, true);
        for view in views.iter().filter(|view| !view.mine && matches!(view.state, FileState::Here { .. })) {
            // What was here at the start is no news.
            if self.files.told.insert(view.id) && began {
                self.ctx.tell(NodeEvent::FileHere { session: self.id, file: view.id });
            }
        }
    }
}

fn progress(amount: Amount, size: u64) -> Progress {
    let left = size.saturating_sub(amount.have);
    let secs_left = (amount.per_sec > 0).then(|| left.div_ceil(amount.per_sec));
    Progress { have: amount.have.min(size), size, per_sec: amount.per_sec, secs_left }
}
