//! What a peer asks of the rendezvous, before it is signed for a connection.

use super::client::Answer;
use super::{
    BoxState, Challenge, ClientFrame, DeleteRecord, DropMail, DropSlot, GetItems, ListMail, ListSlots, OpenBox,
    OpenSlot, Operation, PutItem, PutPart, PutRecord, ReadMail, RefusedReason, SetAccess, UploadState,
};
use crate::id::{InviteId, SlotAddress};
use crate::keys::SlotKey;
use thiserror::Error;

/// Why something asked was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refused {
    /// The rendezvous said no.
    #[error("the rendezvous refused: {0:?}")]
    Because(RefusedReason),
    /// No connection or no answer in time.
    #[error("the rendezvous did not answer")]
    NoAnswer,
    /// More is asked than this client keeps.
    #[error("too much is asked at once")]
    TooManyAsked,
}

/// Something to ask, with the key that has the right.
#[derive(Debug, Clone)]
pub enum Ask {
    /// Forward a sealed message.
    Send {
        /// To whom.
        to: SlotAddress,
        /// The sealed message.
        payload: Vec<u8>,
    },
    /// Keep an invite record.
    PutRecord(PutRecord, SlotKey),
    /// Give me an invite record.
    GetRecord(InviteId),
    /// Forget an invite record.
    DeleteRecord(DeleteRecord, SlotKey),
    /// Open a waiting room.
    OpenSlot(OpenSlot, SlotKey),
    /// Put an item into a waiting room.
    PutItem(PutItem, SlotKey),
    /// Give me a waiting room's items.
    GetItems(GetItems, SlotKey),
    /// Give me an invite's waiting rooms.
    ListSlots(ListSlots, SlotKey),
    /// Delete a waiting room.
    DropSlot(DropSlot, SlotKey),
    /// Give me the organisation's policy.
    GetPolicy,
    /// Make or renew a mailbox.
    OpenBox(OpenBox, SlotKey),
    /// Replace a mailbox's access list.
    SetAccess(SetAccess, SlotKey),
    /// Put a part of a mailbox item.
    PutPart(PutPart, SlotKey),
    /// How much of a mailbox item is there?
    UploadState(UploadState, SlotKey),
    /// List a mailbox's items.
    ListMail(ListMail, SlotKey),
    /// Read a mailbox item.
    ReadMail(ReadMail, SlotKey),
    /// Delete a mailbox item.
    DropMail(DropMail, SlotKey),
    /// How does a mailbox stand?
    BoxState(BoxState, SlotKey),
}

impl Ask {
    /// The frame for one connection.
    #[must_use]
    pub fn frame(&self, req: u32, challenge: &Challenge) -> ClientFrame {
        match self {
            Self::Send { to, payload } => ClientFrame::Send { req, to: *to, payload: payload.clone() },
            Self::PutRecord(op, key) => ClientFrame::PutRecord(req, op.clone().sign(key, challenge)),
            Self::GetRecord(invite) => ClientFrame::GetRecord { req, invite: *invite },
            Self::DeleteRecord(op, key) => ClientFrame::DeleteRecord(req, op.clone().sign(key, challenge)),
            Self::OpenSlot(op, key) => ClientFrame::OpenSlot(req, op.clone().sign(key, challenge)),
            Self::PutItem(op, key) => ClientFrame::PutItem(req, op.clone().sign(key, challenge)),
            Self::GetItems(op, key) => ClientFrame::GetItems(req, op.clone().sign(key, challenge)),
            Self::ListSlots(op, key) => ClientFrame::ListSlots(req, op.clone().sign(key, challenge)),
            Self::DropSlot(op, key) => ClientFrame::DropSlot(req, op.clone().sign(key, challenge)),
            Self::GetPolicy => ClientFrame::GetPolicy { req },
            Self::OpenBox(op, key) => ClientFrame::OpenBox(req, op.clone().sign(key, challenge)),
            Self::SetAccess(op, key) => ClientFrame::SetAccess(req, op.clone().sign(key, challenge)),
            Self::PutPart(op, key) => ClientFrame::PutPart(req, op.clone().sign(key, challenge)),
            Self::UploadState(op, key) => ClientFrame::UploadState(req, op.clone().sign(key, challenge)),
            Self::ListMail(op, key) => ClientFrame::ListMail(req, op.clone().sign(key, challenge)),
            Self::ReadMail(op, key) => ClientFrame::ReadMail(req, op.clone().sign(key, challenge)),
            Self::DropMail(op, key) => ClientFrame::DropMail(req, op.clone().sign(key, challenge)),
            Self::BoxState(op, key) => ClientFrame::BoxState(req, op.clone().sign(key, challenge)),
        }
    }

    /// Whether an answer is of the kind that was asked for.
    pub(super) fn fits(&self, answer: &Answer) -> bool {
        match self {
            Self::GetRecord(_) => matches!(answer, Answer::Record { .. }),
            Self::GetItems(..) => matches!(answer, Answer::Items { .. }),
            Self::ListSlots(..) => matches!(answer, Answer::Slots(_)),
            Self::GetPolicy => matches!(answer, Answer::Policy(_)),
            Self::PutPart(..) | Self::UploadState(..) => matches!(answer, Answer::Upload { .. }),
            Self::ListMail(..) => matches!(answer, Answer::Mails { .. }),
            // A part from elsewhere would be put together wrongly.
            Self::ReadMail(read, _) => matches!(answer, Answer::MailPart { offset, .. } if *offset == read.offset),
            Self::BoxState(..) => matches!(answer, Answer::BoxState(_)),
            _ => matches!(answer, Answer::Done),
        }
    }
}
