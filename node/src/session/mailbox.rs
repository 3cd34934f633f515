//! The mailbox: what is written while a member is away is left at the rendezvous, sealed for the members, and what others own
//! there is collected, whoever of them is gone by then.
//!
//! Put is what this device wrote and some absent member is not known to have: envelopes, the lead's roster entries, and the
//! blobs that they name (`mailbox_blobs`). Who has a link gets everything by it, so nothing is put for a moment's absence.
//! The lead's app makes the box and keeps its list the roster's. What the rendezvous says of order and completeness means
//! nothing here: envelopes and entries are chains of their own.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use sightline_crdt::id::{Actor as DocActor, Audience as DocAudience, DocId, EntryHash, Epoch};
use sightline_crdt::session::Input as DocInput;
use sightline_proto::id::{BlobId, MailName, MailboxId, PeerId, SlotPublic};
use sightline_proto::limits::{MAX_ACCESS, MAX_MAIL_PART};
use sightline_proto::mailbox::{Audience, MailContent, MailKind, MailLabel, box_id, fresh_name, open_item, seal_item};
use sightline_proto::switchboard::client::Answer;
use sightline_proto::switchboard::{
    Access, Ask, ListMail, Mail, OpenBox, PutPart, ReadMail, Refused, RefusedReason, Right, SetAccess,
};

use super::actor::Actor;
use super::convert::{to_doc_peer, to_peer};
use super::jobs::Done;
use super::mailbox_records::MailRecord;
use crate::runtime::{rng, steady_ms};
use crate::switchboard::client::Switchboard;

/// How long something written waits before it is left in the mailbox: a link that is coming up, or the other side's receipt,
/// makes that needless.
const PATIENCE_MS: u64 = 2_000;

/// Items on their way to the rendezvous at once.
const MAX_UPLOADS: usize = 4;

/// Items that wait for a key: roster entries that bring it may lie behind them.
const MAX_LOCKED: usize = 512;

/// What of this device lies in the mailbox, or is to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum OwnItem {
    /// An envelope, by its place in its actor's chain.
    Envelope(DocId, DocActor, u64),
    /// A roster entry.
    Entry(EntryHash),
}

/// What the session knows of its mailbox.
#[derive(Default)]
pub(super) struct Mailbox {
    /// What of this device lies there.
    pub(super) stored: BTreeSet<OwnItem>,
    /// Everything up to this arrival number was taken in.
    pub(super) after: u64,
    /// Blobs of this device that lie there whole.
    pub(super) blobs_stored: BTreeSet<BlobId>,
    /// Items with parts of blobs, by name.
    pub(super) blob_items: BTreeMap<MailName, Mail>,
    /// Blobs that the rendezvous doesn't take.
    pub(super) blobs_refused: BTreeSet<BlobId>,
    /// The blob that is being put.
    pub(super) blob_under_way: Option<BlobId>,
    /// The blob that is being read.
    pub(super) blob_reading: Option<BlobId>,
    /// Blobs that were read on this connection, whole or not.
    pub(super) blobs_read: BTreeSet<BlobId>,
    waiting: VecDeque<OwnItem>,
    under_way: BTreeSet<OwnItem>,
    to_read: VecDeque<Mail>,
    reading: bool,
    /// The list was asked for up to here on this connection.
    listed: u64,
    listing: bool,
    list_again: bool,
    locked: Vec<(Mail, Vec<u8>)>,
    /// The number of the roster entry whose members the list has, on this connection.
    access: Option<u64>,
    look_at: Option<u64>,
    /// The rendezvous takes no more; said once.
    pub(super) full: bool,
}

impl Mailbox {
    /// When it is to be looked at, by the steady clock in milliseconds.
    pub(super) fn next_wake(&self) -> Option<u64> {
        self.look_at
    }

    /// Whether an own envelope lies there.
    pub(super) fn has(&self, doc: DocId, actor: DocActor, seq: u64) -> bool {
        self.stored.contains(&OwnItem::Envelope(doc, actor, seq))
    }

    /// Something was written, or somebody went.
    pub(super) fn look_soon(&mut self) {
        self.look_at.get_or_insert(steady_ms() + PATIENCE_MS);
    }

    /// What a connection knew is of no use on the next one.
    fn begin_connection(&mut self) {
        self.access = None;
        (self.listing, self.list_again, self.reading) = (false, false, false);
        self.listed = 0;
        self.to_read.clear();
        self.full = false;
        self.blobs_read.clear();
        let lost = std::mem::take(&mut self.under_way);
        self.waiting.extend(lost);
    }
}

/// What came of an item that was read.
pub(super) struct ReadItem {
    pub(super) mail: Mail,
    pub(super) sealed: Result<Vec<u8>, Refused>,
}

impl Actor {
    /// The session's box. None without a roster, which is never.
    pub(super) fn mailbox_id(&self) -> Option<MailboxId> {
        let genesis = self.session.roster().entries().next()?;
        Some(box_id(&genesis.hash().0, &self.id))
    }

    /// A new connection: the lead makes the box and its list, everybody looks what lies there.
    pub(super) fn mailbox_online(&mut self) {
        self.mailbox.begin_connection();
        self.mailbox.look_soon();
        self.keep_access();
        self.list_mail();
    }

    /// The roster changed: who may do what with the box follows at once.
    pub(super) fn keep_access(&mut self) {
        let roster = self.session.roster();
        let number = roster.head_number();
        let (Some(mailbox), true) = (self.mailbox_id(), roster.lead() == self.session.peer()) else { return };
        if self.mailbox.access == Some(number) || roster.members().count() < 2 {
            return;
        }
        let Some(board) = self.reachable().into_iter().next() else { return };
        let owner = self.keys.slot.public();
        let mut others: Vec<Access> = roster
            .members()
            .filter(|member| member.peer != self.session.peer())
            .map(|member| Access { slot: SlotPublic(member.slot.0), right: right_of(member.role) })
            .filter(|access| access.slot != owner)
            .collect();
        others.sort_by_key(|access| access.slot);
        others.dedup_by_key(|access| access.slot);
        others.truncate(MAX_ACCESS);
        self.mailbox.access = Some(number);
        let key = self.keys.slot.clone();
        let set = SetAccess { mailbox, owner, version: number, others, signer: owner };
        self.job(async move {
            let opened = board.ask_now(Ask::OpenBox(OpenBox { mailbox, owner }, key.clone())).await;
            let set = match opened {
                Ok(_) => board.ask_now(Ask::SetAccess(set, key)).await,
                refused => refused,
            };
            Done::BoxKept { number, answer: set }
        });
    }

    /// What came of making the box or its list.
    pub(super) fn box_kept(&mut self, number: u64, answer: &Result<Answer, Refused>) {
        match answer {
            Ok(_) => self.put_mail(),
            // The list there is this one or a newer one.
            Err(Refused::Because(RefusedReason::Conflict)) => {}
            Err(why) => {
                tracing::debug!(?why, "the mailbox's list was not set");
                if self.mailbox.access == Some(number) {
                    self.mailbox.access = None;
                }
            }
        }
    }

    /// The rendezvous says that there is something new.
    pub(super) fn mail_arrived(&mut self, mailbox: MailboxId) {
        if self.mailbox_id() == Some(mailbox) {
            self.list_mail();
        }
    }

    pub(super) fn list_mail(&mut self) {
        if std::mem::replace(&mut self.mailbox.listing, true) {
            self.mailbox.list_again = true;
            return;
        }
        let (Some(mailbox), Some(board)) = (self.mailbox_id(), self.reachable().into_iter().next()) else {
            self.mailbox.listing = false;
            return;
        };
        let list = ListMail { mailbox, after: self.mailbox.listed, reader: self.keys.slot.public() };
        let asked = board.ask_now(Ask::ListMail(list, self.keys.slot.clone()));
        self.job(async move { Done::MailListed(asked.await) });
    }

    /// Takes the list: what is new and of others is read.
    pub(super) fn mail_listed(&mut self, answer: Result<Answer, Refused>) {
        self.mailbox.listing = false;
        // No box yet, or no right to it: then nothing lies there for this device.
        let Ok(Answer::Mails { more, mails }) = answer else { return };
        let me = self.keys.slot.public().address();
        let before = self.mailbox.listed;
        for mail in mails {
            self.mailbox.listed = self.mailbox.listed.max(mail.number);
            if mail.label.kind == MailKind::Blob {
                self.mailbox.blob_items.insert(mail.name, mail);
            } else if mail.number > self.mailbox.after && mail.writer != me {
                self.mailbox.to_read.push_back(mail);
            }
        }
        // A rendezvous that promises more and gives nothing new is asked no further.
        let again = std::mem::take(&mut self.mailbox.list_again);
        if (more && self.mailbox.listed > before) || again {
            self.list_mail();
        }
        self.read_mail();
        self.look_for_mailed_blobs();
    }

    fn read_mail(&mut self) {
        if self.mailbox.reading {
            return;
        }
        let (Some(mailbox), Some(board)) = (self.mailbox_id(), self.reachable().into_iter().next()) else { return };
        let Some(mail) = self.mailbox.to_read.pop_front() else { return };
        self.mailbox.reading = true;
        let key = self.keys.slot.clone();
        self.job(async move {
            let sealed = read_whole(&board, mailbox, &mail, &key).await;
            Done::MailRead(ReadItem { mail, sealed })
        });
    }

    /// Takes an item that was read, and goes on with the next.
    pub(super) fn mail_read(&mut self, read: ReadItem) {
        self.mailbox.reading = false;
        match read.sealed {
            Ok(sealed) => {
                self.take_mail(read.mail, sealed);
                self.mailbox.after = self.mailbox.after.max(read.mail.number);
                self.store(&MailRecord::Read(self.mailbox.after).encode());
            }
            // Dropped meanwhile, or of a size that it can't have.
            Err(Refused::Because(_)) => {}
            // The next connection reads it again.
            Err(Refused::NoAnswer | Refused::TooManyAsked) => return,
        }
        self.read_mail();
    }

    fn take_mail(&mut self, mail: Mail, sealed: Vec<u8>) {
        match self.open_mail(&mail, &sealed) {
            Some(MailContent::Envelope(bytes)) => self.documents(DocInput::Envelopes(&[bytes])),
            Some(MailContent::RosterEntry(bytes)) => self.documents(DocInput::Entries(&[bytes])),
            Some(_) => self.refuse("mail-kind"),
            None if self.has_key(&mail.label) => self.refuse("mail-item"),
            None if self.mailbox.locked.len() < MAX_LOCKED => self.mailbox.locked.push((mail, sealed)),
            None => self.refuse("mail-locked"),
        }
    }

    /// New keys may open what could not be opened.
    pub(super) fn unlock_mail(&mut self) {
        for (mail, sealed) in std::mem::take(&mut self.mailbox.locked) {
            self.take_mail(mail, sealed);
        }
    }

    fn has_key(&self, label: &MailLabel) -> bool {
        !self.session.ring().candidates(Epoch(label.epoch), doc_audience(label.audience)).is_empty()
    }

    /// Opens an item with any key of its epoch that this device has.
    pub(super) fn open_mail(&self, mail: &Mail, sealed: &[u8]) -> Option<MailContent> {
        let mailbox = self.mailbox_id()?;
        let keys = self.session.ring().candidates(Epoch(mail.label.epoch), doc_audience(mail.label.audience));
        keys.iter().find_map(|key| open_item(sealed, &mailbox, &mail.name, mail.label, key).ok())
    }

    /// Time passed: what absent members lack is put.
    pub(super) fn mailbox_tick(&mut self) {
        if self.mailbox.look_at.is_none_or(|at| at > steady_ms()) {
            return;
        }
        self.mailbox.look_at = None;
        self.find_mail();
        self.put_mail();
    }

    /// Members without a link.
    fn absent(&self) -> Vec<PeerId> {
        let here = |peer: &PeerId| self.links.values().any(|link| link.peer == *peer && link.is_up());
        let members = self.session.roster().members();
        let others = members.filter(|member| member.peer != self.session.peer()).map(|member| to_peer(member.peer));
        others.filter(|peer| !here(peer)).collect()
    }

    /// Notes what this device wrote and some absent member is not known to have.
    fn find_mail(&mut self) {
        let absent = self.absent();
        if absent.is_empty() || self.session.roster().is_closed() {
            return;
        }
        let mut found = Vec::new();
        if self.session.roster().lead() == self.session.peer() {
            let entries = self.session.roster().entries().skip(1);
            found.extend(entries.map(|entry| OwnItem::Entry(entry.hash())));
        }
        let docs: Vec<DocId> = self.session.documents().collect();
        for doc in docs {
            let Some(log) = self.session.log(doc) else { continue };
            for peer in &absent {
                let peer = to_doc_peer(*peer);
                if self.session.roster().role_of(&peer).is_none_or(|role| !role.hears(doc.kind.audience())) {
                    continue;
                }
                let nothing = Default::default();
                let theirs = self.session.seen(&peer, doc).unwrap_or(&nothing);
                let own =
                    log.missing_for(theirs).into_iter().filter(|envelope| envelope.author() == self.session.peer());
                found.extend(own.map(|envelope| OwnItem::Envelope(doc, envelope.actor(), envelope.seq())));
            }
        }
        let mailbox = &mut self.mailbox;
        let known: BTreeSet<OwnItem> = mailbox.waiting.iter().chain(&mailbox.under_way).copied().collect();
        let mut new: Vec<OwnItem> =
            found.into_iter().filter(|own| !known.contains(own) && !mailbox.stored.contains(own)).collect();
        new.sort();
        new.dedup();
        // Entries first: they bring the keys of what follows.
        new.sort_by_key(|own| matches!(own, OwnItem::Envelope(..)));
        mailbox.waiting.extend(new);
    }

    /// Puts what waits, some at a time.
    pub(super) fn put_mail(&mut self) {
        if self.mailbox.full {
            return;
        }
        let (Some(mailbox), Some(board)) = (self.mailbox_id(), self.reachable().into_iter().next()) else { return };
        while self.mailbox.under_way.len() < MAX_UPLOADS {
            let Some(own) = self.mailbox.waiting.pop_front() else { break };
            let Some((label, sealed)) = self.seal_own(&mailbox, own) else { continue };
            self.mailbox.under_way.insert(own);
            let (board, key) = (board.clone(), self.keys.slot.clone());
            let name = fresh_name(&mut rng());
            self.job(async move {
                let answer = put_whole(&board, Item { mailbox, name, label }, &sealed, 0, &key).await;
                Done::MailPut { own, answer }
            });
        }
        if self.mailbox.under_way.is_empty() {
            self.put_blobs_to_mailbox();
        }
    }

    fn seal_own(&self, mailbox: &MailboxId, own: OwnItem) -> Option<(MailLabel, Vec<u8>)> {
        let (content, epoch, audience) = match own {
            OwnItem::Envelope(doc, actor, seq) => {
                let log = self.session.log(doc)?;
                let envelope = log.envelope_at(&actor, seq)?;
                let content = MailContent::Envelope(envelope.encode());
                (content, self.session.roster().epoch(), doc.kind.audience())
            }
            OwnItem::Entry(hash) => {
                let entry = self.session.roster().entries().find(|entry| entry.hash() == hash)?;
                let body = entry.body();
                // Who was away has the key of the epoch before, and finds the next one inside.
                let epoch = Epoch(body.epoch.0.saturating_sub(u64::from(body.kind.starts_epoch())));
                (MailContent::RosterEntry(entry.encode().to_vec()), epoch, DocAudience::All)
            }
        };
        let key = self.session.ring().key(epoch, audience)?;
        let audience = wire_audience(audience);
        let label = MailLabel { kind: content.kind(), epoch: epoch.0, audience };
        let sealed = seal_item(&content, mailbox, epoch.0, audience, key, &mut rng()).ok()?;
        Some((label, sealed))
    }

    /// What the rendezvous said to an item.
    pub(super) fn mail_put(&mut self, own: OwnItem, answer: Result<(), Refused>) {
        self.mailbox.under_way.remove(&own);
        match answer {
            Ok(()) => {
                self.mailbox.stored.insert(own);
                self.store(&MailRecord::Stored(own).encode());
                self.chat_stale = true;
                self.changed();
            }
            Err(Refused::Because(RefusedReason::Quota | RefusedReason::StorageFull)) => {
                self.mailbox.full = true;
                self.mailbox.waiting.push_front(own);
                self.refuse("mailbox-full");
            }
            Err(Refused::Because(
                RefusedReason::NotFound
                | RefusedReason::BadSignature
                | RefusedReason::RateLimited
                | RefusedReason::QueueFull,
            )) => {
                // The lead's app has not made the box or not listed this device yet, or this was too fast: again in a while.
                self.mailbox.waiting.push_front(own);
                self.mailbox.look_soon();
                return;
            }
            Err(Refused::Because(reason)) => {
                tracing::warn!(?reason, "the mailbox refused an item");
                self.refuse("mail-refused");
            }
            Err(Refused::NoAnswer | Refused::TooManyAsked) => {
                self.mailbox.waiting.push_front(own);
                self.mailbox.look_soon();
                return;
            }
        }
        self.put_mail();
    }
}

/// Which item a piece belongs to.
#[derive(Clone, Copy)]
pub(super) struct Item {
    pub(super) mailbox: MailboxId,
    pub(super) name: MailName,
    pub(super) label: MailLabel,
}

/// Puts an item from an offset on, piece by piece.
pub(super) async fn put_whole(
    board: &Switchboard,
    item: Item,
    sealed: &[u8],
    from: u32,
    key: &sightline_proto::keys::SlotKey,
) -> Result<(), Refused> {
    let Item { mailbox, name, label } = item;
    let size = u32::try_from(sealed.len()).map_err(|_| Refused::Because(RefusedReason::TooLarge))?;
    let mut offset = from;
    while offset < size {
        let end = sealed.len().min(offset as usize + MAX_MAIL_PART);
        let bytes = sealed[offset as usize..end].to_vec();
        let put = PutPart { mailbox, name, label, size, offset, bytes, writer: key.public() };
        match board.ask_now(Ask::PutPart(put, key.clone())).await? {
            Answer::Upload { whole: true, .. } => return Ok(()),
            Answer::Upload { offset: there, .. } if there > offset => offset = there,
            _ => return Err(Refused::Because(RefusedReason::Conflict)),
        }
    }
    Ok(())
}

/// Reads an item to its end.
pub(super) async fn read_whole(
    board: &Switchboard,
    mailbox: MailboxId,
    mail: &Mail,
    key: &sightline_proto::keys::SlotKey,
) -> Result<Vec<u8>, Refused> {
    let mut sealed = Vec::new();
    while (sealed.len() as u64) < u64::from(mail.size) {
        let offset = u32::try_from(sealed.len()).map_err(|_| Refused::Because(RefusedReason::TooLarge))?;
        let read = ReadMail { mailbox, name: mail.name, offset, reader: key.public() };
        match board.ask_now(Ask::ReadMail(read, key.clone())).await? {
            Answer::MailPart { size, bytes, .. } if size == mail.size && !bytes.is_empty() => sealed.extend(bytes),
            _ => return Err(Refused::Because(RefusedReason::Malformed)),
        }
    }
    Ok(sealed)
}

fn right_of(role: sightline_crdt::id::Role) -> Right {
    use sightline_crdt::id::Role;
    match role {
        Role::Viewer => Right::Read,
        Role::Lead | Role::Expert | Role::Operator => Right::Write,
    }
}

pub(super) fn doc_audience(audience: Audience) -> DocAudience {
    match audience {
        Audience::All => DocAudience::All,
        Audience::Experts => DocAudience::Experts,
    }
}

pub(super) fn wire_audience(audience: DocAudience) -> Audience {
    match audience {
        DocAudience::All => Audience::All,
        DocAudience::Experts => Audience::Experts,
    }
}
