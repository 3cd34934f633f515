//! What the switchboard asks of the store. Signatures are judged before, by the key named in each job; the store checks
//! that this key is the one entitled.

use sightline_proto::id::{InviteId, SlotAddress, SlotPublic};
use sightline_proto::switchboard::{GetItems, Item, PutItem, PutRecord, SlotCount};

use crate::mailbox::{MailOp, MailOutcome};

/// One job.
#[derive(Debug)]
pub(crate) enum Op {
    /// Which keys an invite is bound to.
    Lookup(InviteId),
    /// Keep or replace a record; `signer` signed it.
    PutRecord {
        /// As received.
        put: PutRecord,
        /// The owner bound before, or the new one.
        signer: SlotPublic,
    },
    /// Read a record.
    GetRecord(InviteId),
    /// Delete a record and its waiting rooms.
    DeleteRecord {
        /// Which.
        invite: InviteId,
        /// Who signed.
        owner: SlotPublic,
    },
    /// Open a waiting room.
    OpenSlot {
        /// Of which invite.
        invite: InviteId,
        /// For whom.
        slot: SlotPublic,
        /// The invite slot key that signed.
        signer: SlotPublic,
    },
    /// Put an item into a waiting room; its writer signed.
    PutItem(PutItem),
    /// Read items; the reader signed.
    GetItems(GetItems),
    /// List waiting rooms.
    ListSlots {
        /// Of which invite.
        invite: InviteId,
        /// Who signed.
        owner: SlotPublic,
    },
    /// Delete a waiting room.
    DropSlot {
        /// Of which invite.
        invite: InviteId,
        /// Which.
        slot: SlotAddress,
        /// Who signed.
        owner: SlotPublic,
    },
    /// Something about a mailbox.
    Mail(MailOp),
    /// Delete what has expired.
    Sweep,
}

/// What came of a job.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done.
    Done,
    /// The keys of an invite; none if there is no record.
    Keys(Option<Keys>),
    /// A record.
    Record {
        /// Its version.
        version: u64,
        /// Its bytes.
        record: Vec<u8>,
    },
    /// An item is stored.
    ItemStored {
        /// Who should hear of it; nobody if it was there before.
        tell: Option<SlotAddress>,
    },
    /// Items.
    Items {
        /// Whether there are more.
        more: bool,
        /// In order.
        items: Vec<Item>,
    },
    /// Waiting rooms.
    Slots(Vec<SlotCount>),
    /// What came of a job about a mailbox.
    Mail(MailOutcome),
    /// Expired records and mailbox items were deleted.
    Swept {
        /// How many records.
        records: usize,
        /// How many mailbox items.
        mails: usize,
        /// Whether another sweep is due at once.
        more: bool,
    },
}

/// The keys an invite record is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keys {
    /// Who may replace and delete it and read its waiting rooms.
    pub(crate) owner: SlotPublic,
    /// Who may open a waiting room.
    pub(crate) invite_slot: SlotPublic,
}
