//! The mailbox: what is written while a member is away is left at the rendezvous, sealed for the members, and what others own
//! there is collected, whoever of them is gone by then.
//!
//! Put is what this device wrote and some absent member is not known to have: envelopes, the lead's roster entries, and the
//! blobs that they name (`mailbox_blobs`). Who has a link gets everything by it, so nothing is put for a moment's absence.
//! The lead's app makes the box and keeps its list the roster's. What the rendezvous says of order and completeness means
//! nothing here: envelopes and entries are chains of their own.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use sightline_crdt::id::{Actor as DocActor, Audience as DocAudience, DocId, EntryHash, Epoch};
use sightline_proto::id::{MailName, MailboxId, PeerId, SlotPublic};
use sightline_proto::limits::MAX_ACCESS;
use sightline_proto::mailbox::{MailContent, MailLabel, box_id, fresh_name, seal_item};
use sightline_proto::switchboard::client::Answer;
use sightline_proto::switchboard::{Access, Refused, RefusedReason, SetAccess};

use super::actor::Actor;
use super::convert::{right_of, to_doc_peer, to_peer, wire_audience};
use super::jobs::Done;
use super::mailbox_blobs::MailBlobs;
use super::mailbox_inbox::{Inbox, is_passing};
use super::mailbox_records::MailRecord;
use super::mailbox_transfer::{Item, put_whole, set_list};
use crate::runtime::{rng, steady_ms};

/// How long something written waits before it is left in the mailbox: a link that is coming up, or the other side's receipt,
/// makes that needless.
const PATIENCE_MS: u64 = 2_000;

/// Items on their way to the rendezvous at once.
const MAX_UPLOADS: usize = 4;

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
    /// What of this device lies there, and under which name, which older files don't say.
    pub(super) stored: BTreeMap<OwnItem, Option<MailName>>,
    /// What others left.
    pub(super) inbox: Inbox,
    /// Parts of blobs.
    pub(super) blobs: MailBlobs,
    waiting: VecDeque<OwnItem>,
    under_way: BTreeSet<OwnItem>,
    /// The number of the roster entry whose members the list has, on this connection.
    access: Option<u64>,
    look_at: Option<u64>,
    /// What is being dropped.
    pub(super) dropping: Option<OwnItem>,
    /// The rendezvous takes no more; said once.
    pub(super) full: bool,
}

impl Mailbox {
    /// When it is to be looked at, by the steady clock in milliseconds.
    pub(super) fn next_wake(&self) -> Option<u64> {
        [self.look_at, self.inbox.next_wake()].into_iter().flatten().min()
    }

    /// Whether an own envelope lies there.
    pub(super) fn has(&self, doc: DocId, actor: DocActor, seq: u64) -> bool {
        self.stored.contains_key(&OwnItem::Envelope(doc, actor, seq))
    }

    /// Something was written, or somebody went.
    pub(super) fn look_soon(&mut self) {
        self.look_at.get_or_insert(steady_ms() + PATIENCE_MS);
    }

    /// What a connection knew is of no use on the next one.
    fn begin_connection(&mut self) {
        self.access = None;
        self.full = false;
        self.dropping = None;
        self.inbox.begin_connection();
        self.blobs.begin_connection();
        let lost = std::mem::take(&mut self.under_way);
        self.waiting.extend(lost);
    }
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
        self.collect_mail();
    }

    /// The roster changed: who may do what with the box follows at once.
    pub(super) fn keep_access(&mut self) {
        let roster = self.session.roster();
        let number = roster.head_number();
        let (Some(mailbox), true) = (self.mailbox_id(), roster.lead() == self.session.peer()) else { return };
        if self.mailbox.access == Some(number) || roster.entries().nth(1).is_none() {
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
        self.job(async move { Done::BoxKept { number, answer: set_list(&board, set, &key).await } });
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
                if is_passing(*why) {
                    self.mailbox.look_soon();
                }
            }
        }
    }

    /// Time passed: what absent members lack is put.
    pub(super) fn mailbox_tick(&mut self) {
        let now = steady_ms();
        if self.mailbox.inbox.next_wake().is_some_and(|at| at <= now) {
            self.mailbox.inbox.tick(now);
            self.collect_mail();
        }
        if self.mailbox.look_at.is_none_or(|at| at > now) {
            return;
        }
        self.mailbox.look_at = None;
        self.keep_access();
        self.look_at_waiting_mail();
        self.find_mail();
        self.put_mail();
        self.drop_delivered();
        self.look_for_mailed_blobs();
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
            found.into_iter().filter(|own| !known.contains(own) && !mailbox.stored.contains_key(own)).collect();
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
            // Put by a connection before, whose answer came late.
            if self.mailbox.stored.contains_key(&own) {
                continue;
            }
            let Some((label, sealed)) = self.seal_own(&mailbox, own) else { continue };
            self.mailbox.under_way.insert(own);
            let (board, key) = (board.clone(), self.keys.slot.clone());
            let name = fresh_name(&mut rng());
            self.job(async move {
                let answer = put_whole(&board, Item { mailbox, name, label }, &sealed, &key).await;
                Done::MailPut { own, name, answer }
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
    pub(super) fn mail_put(&mut self, own: OwnItem, name: MailName, answer: Result<(), Refused>) {
        use RefusedReason::{BadSignature, NotFound, Quota, StorageFull};
        self.mailbox.under_way.remove(&own);
        match answer {
            Ok(()) => {
                self.mailbox.stored.insert(own, Some(name));
                self.store(&MailRecord::Stored { own, name: Some(name) }.encode());
                self.chat_stale = true;
                self.changed();
            }
            Err(Refused::Because(Quota | StorageFull)) => {
                self.mailbox.full = true;
                self.mailbox.waiting.push_front(own);
                self.refuse("mailbox-full");
            }
            Err(Refused::Because(reason))
                if !is_passing(Refused::Because(reason)) && !matches!(reason, NotFound | BadSignature) =>
            {
                tracing::warn!(?reason, "the mailbox refused an item");
                self.refuse("mail-refused");
            }
            Err(_) => {
                // The lead's app has not made the box or not listed this device yet, or this was too fast: again in a while.
                self.mailbox.waiting.push_front(own);
                self.mailbox.look_soon();
                return;
            }
        }
        self.put_mail();
    }
}
