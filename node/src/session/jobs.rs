//! What the actor awaits beside everything else, and where each result goes.

use std::future::Future;
use std::time::Duration;

use sightline_proto::id::{BlobId, InviteId, KnockId, MailName, SlotAddress};
use sightline_proto::session::Input as WayInInput;
use sightline_proto::switchboard::client::Answer;
use sightline_proto::switchboard::{Refused, RefusedReason, SlotCount};

use super::actor::{Actor, MAX_JOBS};
use super::board_commands::{NewBoard, PutBoard};
use super::documents::{MadePages, SharedDocument};
use super::file_commands::{FilePut, Sending};
use super::link_job::JobDone;
use super::mailbox::OwnItem;
use super::mailbox_blobs::NotPut;
use super::mailbox_read::ReadItem;
use super::rendezvous::put_of;
use super::way_in::Connected;
use crate::link::LinkId;
use crate::switchboard::client::Switchboard;

/// After the rendezvous asked for less at once.
pub(super) const PACED: Duration = Duration::from_secs(1);

/// What became of a job.
pub(super) enum Done {
    RecordPut {
        invite: InviteId,
        version: u64,
        answer: Result<Answer, Refused>,
    },
    RecordDeleted {
        invite: InviteId,
        answer: Result<Answer, Refused>,
    },
    SlotsListed {
        switchboard: Switchboard,
        invite: InviteId,
        answer: Result<Answer, Refused>,
    },
    ItemsGot {
        switchboard: Switchboard,
        invite: InviteId,
        slot: SlotAddress,
        answer: Result<Answer, Refused>,
    },
    ItemPut {
        knock: KnockId,
        n: u64,
        answer: Result<Answer, Refused>,
    },
    ReplySent {
        knock: KnockId,
        invite: InviteId,
        to: SlotAddress,
        message: Vec<u8>,
        delivered: bool,
    },
    Link(LinkId, JobDone),
    BoxKept {
        number: u64,
        answer: Result<Answer, Refused>,
    },
    MailListed(Result<Answer, Refused>),
    MailRead(ReadItem),
    MailPut {
        own: OwnItem,
        name: MailName,
        answer: Result<(), Refused>,
    },
    MailDropped {
        own: OwnItem,
        answer: Result<Answer, Refused>,
    },
    MailBlobPut {
        blob: BlobId,
        answer: Result<(), NotPut>,
    },
    MailBlobRead {
        blob: BlobId,
        read: Result<(), Refused>,
    },
    CallSent {
        nobody: bool,
    },
    /// An item of a blob was put into a waiting room; `None` if it could not be made.
    LeftPut {
        knock: KnockId,
        n: u64,
        answer: Option<Result<Answer, Refused>>,
    },
    LeftAgain(SlotAddress),
    /// There is room for more of what was left.
    ReadOn {
        invite: InviteId,
        slot: SlotAddress,
    },
    Policy(u64),
    Sending(Box<Sending>),
    FilePut(Box<FilePut>),
    Shared(Box<SharedDocument>),
    PagesMade(Box<MadePages>),
    Connected(Box<Connected>),
    BoardReady(Box<NewBoard>),
    BoardPut(Box<PutBoard>),
    Nothing,
}

impl Actor {
    /// Awaits something beside everything else. Too much at once is dropped: whoever matters asks again.
    pub(super) fn job(&mut self, job: impl Future<Output = Done> + Send + 'static) {
        if self.jobs.len() < MAX_JOBS {
            self.jobs.push(Box::pin(job));
        } else {
            self.refuse("too-much-at-once");
        }
    }

    /// Takes what became of a job.
    pub(super) fn job_done(&mut self, done: Done) {
        match done {
            Done::RecordPut { invite, version, answer } => self.record_put(invite, version, &answer),
            Done::RecordDeleted { invite, answer } => {
                if matches!(answer, Ok(_) | Err(Refused::Because(RefusedReason::NotFound))) {
                    self.deleted.insert(invite);
                }
            }
            Done::SlotsListed { switchboard, invite, answer: Ok(Answer::Slots(slots)) } => {
                for SlotCount { slot, .. } in slots {
                    self.get_items(&switchboard, invite, slot);
                }
            }
            Done::ItemsGot { switchboard, invite, slot, answer: Ok(Answer::Items { more, items }) } => {
                self.items_got(&switchboard, invite, slot, more, &items);
            }
            Done::ItemsGot { invite, slot, answer: Err(Refused::Because(RefusedReason::RateLimited)), .. } => {
                self.answered(slot);
                self.job(async move {
                    tokio::time::sleep(PACED).await;
                    Done::ReadOn { invite, slot }
                });
            }
            // Asked again on the next connection.
            Done::ItemsGot { slot, .. } => drop(self.answered(slot)),
            Done::SlotsListed { .. } | Done::Nothing => {}
            Done::ItemPut { knock, n, answer } => self.item_put(knock, n, put_of(&answer)),
            Done::ReplySent { delivered: true, .. } => {}
            Done::ReplySent { knock, invite, to, message, delivered: false } => {
                self.leave_reply(knock, invite, to, message);
            }
            Done::BoxKept { number, answer } => self.box_kept(number, &answer),
            Done::MailListed(answer) => self.mail_listed(answer),
            Done::MailRead(read) => self.mail_read(read),
            Done::MailPut { own, name, answer } => self.mail_put(own, name, answer),
            Done::MailDropped { own, answer } => self.mail_dropped(own, answer),
            Done::MailBlobPut { blob, answer } => self.mail_blob_put(blob, answer),
            Done::MailBlobRead { blob, read } => self.mail_blob_read(blob, read),
            Done::Link(id, done) => self.with_link(id, |link, me| link.job_done(done, me)),
            Done::LeftPut { knock, n, answer } => self.left_put(knock, n, answer),
            Done::LeftAgain(slot) => self.put_left(Some(slot)),
            Done::ReadOn { invite, slot } => self.read_on(invite, slot),
            Done::Policy(file_bytes) => self.policy_is(file_bytes),
            Done::Sending(sending) => self.go_on_sending(*sending),
            Done::FilePut(put) => self.file_put(*put),
            Done::Shared(shared) => self.document_shared(*shared),
            Done::PagesMade(made) => self.pages_made(*made),
            Done::CallSent { nobody: true } => self.way_in(WayInInput::NobodyListens),
            Done::CallSent { nobody: false } => {}
            Done::Connected(connected) => self.connected(*connected),
            Done::BoardReady(new) => self.board_ready(*new),
            Done::BoardPut(put) => self.board_put(*put),
        }
    }
}
