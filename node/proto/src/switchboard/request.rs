//! Frames from a client to the rendezvous: type byte, request number, fields.

use super::mail::{BoxState, DropMail, ListMail, OpenBox, PutPart, ReadMail, SetAccess, UploadState};
use super::operation::{DeleteRecord, DropSlot, GetItems, ListSlots, Listen, OpenSlot, PutItem, PutRecord, Signed};
use crate::id::{InviteId, SlotAddress};
use crate::limits::{MAX_FRAME, MAX_PAYLOAD};
use crate::wire::{Reader, WireError, Writer};

/// What a client asks. Each is answered under its `req`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientFrame {
    /// Deliver to me what is sent to an address.
    Listen(u32, Signed<Listen>),
    /// Forward a sealed message.
    Send {
        /// Request number.
        req: u32,
        /// To whom.
        to: SlotAddress,
        /// The sealed message.
        payload: Vec<u8>,
    },
    /// Keep an invite record.
    PutRecord(u32, Signed<PutRecord>),
    /// Give me an invite record.
    GetRecord {
        /// Request number.
        req: u32,
        /// Which.
        invite: InviteId,
    },
    /// Forget an invite record.
    DeleteRecord(u32, Signed<DeleteRecord>),
    /// Open a waiting room.
    OpenSlot(u32, Signed<OpenSlot>),
    /// Put an item into a waiting room.
    PutItem(u32, Signed<PutItem>),
    /// Give me a waiting room's items.
    GetItems(u32, Signed<GetItems>),
    /// Give me an invite's waiting rooms.
    ListSlots(u32, Signed<ListSlots>),
    /// Are you there?
    Ping {
        /// Request number.
        req: u32,
    },
    /// Delete a waiting room.
    DropSlot(u32, Signed<DropSlot>),
    /// Give me the organisation's policy.
    GetPolicy {
        /// Request number.
        req: u32,
    },
    /// Make or renew a mailbox.
    OpenBox(u32, Signed<OpenBox>),
    /// Replace a mailbox's access list.
    SetAccess(u32, Signed<SetAccess>),
    /// Put a part of a mailbox item.
    PutPart(u32, Signed<PutPart>),
    /// How much of a mailbox item is there?
    UploadState(u32, Signed<UploadState>),
    /// List a mailbox's items.
    ListMail(u32, Signed<ListMail>),
    /// Read a mailbox item.
    ReadMail(u32, Signed<ReadMail>),
    /// Delete a mailbox item.
    DropMail(u32, Signed<DropMail>),
    /// How does a mailbox stand?
    BoxState(u32, Signed<BoxState>),
}

impl ClientFrame {
    /// The codes that this version knows, to tell an unknown frame from a damaged one.
    pub const CODES: std::ops::RangeInclusive<u8> = 0x01..=0x14;

    /// The request number that the answer carries.
    #[must_use]
    pub fn req(&self) -> u32 {
        match self {
            Self::Listen(req, _)
            | Self::PutRecord(req, _)
            | Self::DeleteRecord(req, _)
            | Self::OpenSlot(req, _)
            | Self::PutItem(req, _)
            | Self::GetItems(req, _)
            | Self::ListSlots(req, _)
            | Self::DropSlot(req, _)
            | Self::OpenBox(req, _)
            | Self::SetAccess(req, _)
            | Self::PutPart(req, _)
            | Self::UploadState(req, _)
            | Self::ListMail(req, _)
            | Self::ReadMail(req, _)
            | Self::DropMail(req, _)
            | Self::BoxState(req, _)
            | Self::Send { req, .. }
            | Self::GetRecord { req, .. }
            | Self::GetPolicy { req }
            | Self::Ping { req } => *req,
        }
    }

    /// The frame's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut to = Writer::new();
        to.u8(self.code()).u32(self.req());
        match self {
            Self::Listen(_, op) => op.write(&mut to),
            Self::Send { to: address, payload, .. } => {
                to.raw(&address.0).bytes(payload);
            }
            Self::PutRecord(_, op) => op.write(&mut to),
            Self::GetRecord { invite, .. } => {
                to.raw(&invite.0);
            }
            Self::DeleteRecord(_, op) => op.write(&mut to),
            Self::OpenSlot(_, op) => op.write(&mut to),
            Self::PutItem(_, op) => op.write(&mut to),
            Self::GetItems(_, op) => op.write(&mut to),
            Self::ListSlots(_, op) => op.write(&mut to),
            Self::Ping { .. } | Self::GetPolicy { .. } => {}
            Self::DropSlot(_, op) => op.write(&mut to),
            Self::OpenBox(_, op) => op.write(&mut to),
            Self::SetAccess(_, op) => op.write(&mut to),
            Self::PutPart(_, op) => op.write(&mut to),
            Self::UploadState(_, op) => op.write(&mut to),
            Self::ListMail(_, op) => op.write(&mut to),
            Self::ReadMail(_, op) => op.write(&mut to),
            Self::DropMail(_, op) => op.write(&mut to),
            Self::BoxState(_, op) => op.write(&mut to),
        }
        to.finish()
    }

    /// Reads a whole frame. The signature, if any, is not judged here.
    pub fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        if bytes.len() > MAX_FRAME {
            return Err(WireError::TooLarge);
        }
        let mut from = Reader::new(bytes);
        let (code, req) = (from.u8()?, from.u32()?);
        let frame = match code {
            0x01 => Self::Listen(req, Signed::read(&mut from)?),
            0x02 => Self::Send { req, to: SlotAddress(from.array()?), payload: from.bytes(MAX_PAYLOAD)?.to_vec() },
            0x03 => Self::PutRecord(req, Signed::read(&mut from)?),
            0x04 => Self::GetRecord { req, invite: InviteId(from.array()?) },
            0x05 => Self::DeleteRecord(req, Signed::read(&mut from)?),
            0x06 => Self::OpenSlot(req, Signed::read(&mut from)?),
            0x07 => Self::PutItem(req, Signed::read(&mut from)?),
            0x08 => Self::GetItems(req, Signed::read(&mut from)?),
            0x09 => Self::ListSlots(req, Signed::read(&mut from)?),
            0x0a => Self::Ping { req },
            0x0b => Self::DropSlot(req, Signed::read(&mut from)?),
            0x0c => Self::GetPolicy { req },
            0x0d => Self::OpenBox(req, Signed::read(&mut from)?),
            0x0e => Self::SetAccess(req, Signed::read(&mut from)?),
            0x0f => Self::PutPart(req, Signed::read(&mut from)?),
            0x10 => Self::UploadState(req, Signed::read(&mut from)?),
            0x11 => Self::ListMail(req, Signed::read(&mut from)?),
            0x12 => Self::ReadMail(req, Signed::read(&mut from)?),
            0x13 => Self::DropMail(req, Signed::read(&mut from)?),
            0x14 => Self::BoxState(req, Signed::read(&mut from)?),
            _ => return Err(WireError::UnknownCode),
        };
        from.end()?;
        Ok(frame)
    }

    /// The request number of a frame that may not decode, so that a refusal finds its request.
    #[must_use]
    pub fn peek_req(bytes: &[u8]) -> Option<u32> {
        Reader::new(bytes.get(1..)?).u32().ok()
    }

    fn code(&self) -> u8 {
        match self {
            Self::Listen(..) => 0x01,
            Self::Send { .. } => 0x02,
            Self::PutRecord(..) => 0x03,
            Self::GetRecord { .. } => 0x04,
            Self::DeleteRecord(..) => 0x05,
            Self::OpenSlot(..) => 0x06,
            Self::PutItem(..) => 0x07,
            Self::GetItems(..) => 0x08,
            Self::ListSlots(..) => 0x09,
            Self::Ping { .. } => 0x0a,
            Self::DropSlot(..) => 0x0b,
            Self::GetPolicy { .. } => 0x0c,
            Self::OpenBox(..) => 0x0d,
            Self::SetAccess(..) => 0x0e,
            Self::PutPart(..) => 0x0f,
            Self::UploadState(..) => 0x10,
            Self::ListMail(..) => 0x11,
            Self::ReadMail(..) => 0x12,
            Self::DropMail(..) => 0x13,
            Self::BoxState(..) => 0x14,
        }
    }
}
