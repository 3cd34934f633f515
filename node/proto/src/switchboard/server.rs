//! Frames from the rendezvous to a client: type byte, request number (0 for what nobody asked), fields.

use super::mail::{BoxStanding, Mail};
use crate::id::{InviteId, MailboxId, SlotAddress};
use crate::limits::{
    MAX_FRAME, MAX_HOST, MAX_ITEM, MAX_ITEMS, MAX_MAIL, MAX_MAIL_PART, MAX_MAILS, MAX_PAYLOAD, MAX_POLICY, MAX_RECORD,
    MAX_SLOTS,
};
use crate::wire::{Reader, WireError, Writer};
use serde::Serialize;

/// Why the rendezvous didn't do what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusedReason {
    /// Nobody listens at that address now.
    NobodyListens,
    /// The receiver reads too slowly.
    QueueFull,
    /// Too many requests.
    RateLimited,
    /// Something is above its cap.
    TooLarge,
    /// The frame is not one.
    Malformed,
    /// The signature is wrong, for another host, or of a key without the right.
    BadSignature,
    /// No such record or waiting room.
    NotFound,
    /// Another owner, an older version, or another item under this number.
    Conflict,
    /// The invite's or the slot's share is used up.
    Quota,
    /// The record's time is over.
    Expired,
    /// The rendezvous has no room.
    StorageFull,
    /// A frame type that the rendezvous doesn't know.
    UnknownType,
    /// The rendezvous is about to stop.
    ShuttingDown,
}

impl RefusedReason {
    const ALL: [Self; 13] = [
        Self::NobodyListens,
        Self::QueueFull,
        Self::RateLimited,
        Self::TooLarge,
        Self::Malformed,
        Self::BadSignature,
        Self::NotFound,
        Self::Conflict,
        Self::Quota,
        Self::Expired,
        Self::StorageFull,
        Self::UnknownType,
        Self::ShuttingDown,
    ];

    /// The code on the wire.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8 + 1
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        let index = usize::from(from.u8()?).checked_sub(1).ok_or(WireError::UnknownCode)?;
        Self::ALL.get(index).copied().ok_or(WireError::UnknownCode)
    }
}

/// A waiting-room item and its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its number.
    pub n: u64,
    /// The sealed item.
    pub item: Vec<u8>,
}

/// A waiting room and how many items it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotCount {
    /// The room's slot address.
    pub slot: SlotAddress,
    /// Items in both lanes.
    pub items: u32,
}

/// What the rendezvous says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerFrame {
    /// The first frame of a connection or stream.
    Welcome {
        /// To be signed by what follows.
        nonce: [u8; 32],
        /// The host that the server takes this connection to be for.
        host: String,
        /// Names this stream in `x-sightline-stream`.
        token: [u8; 16],
        /// The server's clock, unix milliseconds.
        time: u64,
        /// Version of the organisation's policy file.
        policy_version: u32,
    },
    /// Done as asked.
    Done {
        /// Request number.
        req: u32,
    },
    /// Not done.
    Refused {
        /// Request number.
        req: u32,
        /// Why.
        reason: RefusedReason,
    },
    /// A sealed message for one of this connection's addresses.
    Message {
        /// Which address.
        to: SlotAddress,
        /// The sealed message.
        payload: Vec<u8>,
    },
    /// An invite record.
    Record {
        /// Request number.
        req: u32,
        /// As put.
        version: u64,
        /// The sealed record.
        record: Vec<u8>,
    },
    /// Waiting-room items, in rising order of number.
    Items {
        /// Request number.
        req: u32,
        /// There are more: ask again after the last ones.
        more: bool,
        /// The items.
        items: Vec<Item>,
    },
    /// Here.
    Pong {
        /// Request number.
        req: u32,
    },
    /// An invite's waiting rooms.
    Slots {
        /// Request number.
        req: u32,
        /// The rooms.
        slots: Vec<SlotCount>,
    },
    /// An item that the other lane just put: to the record owner's and the slot's listeners.
    Item {
        /// Of which invite.
        invite: InviteId,
        /// Which room.
        slot: SlotAddress,
        /// The item.
        item: Item,
    },
    /// The organisation's policy, as `/v1/policy` answers it.
    Policy {
        /// Request number.
        req: u32,
        /// JSON.
        policy: Vec<u8>,
    },
    /// A mailbox has a new item: to all on its access list who listen, but the one who put it.
    Mail {
        /// Which mailbox.
        mailbox: MailboxId,
        /// The item's number.
        number: u64,
    },
    /// How much of a mailbox item is on disk.
    Upload {
        /// Request number.
        req: u32,
        /// Where the next part begins.
        offset: u32,
        /// The item is whole.
        whole: bool,
    },
    /// A mailbox's whole items, in rising order of number.
    Mails {
        /// Request number.
        req: u32,
        /// There are more: ask again after the last.
        more: bool,
        /// The items.
        mails: Vec<Mail>,
    },
    /// Bytes of a mailbox item.
    MailPart {
        /// Request number.
        req: u32,
        /// Bytes of the whole sealed item.
        size: u32,
        /// Where these begin.
        offset: u32,
        /// The bytes; fewer than asked for only at the end.
        bytes: Vec<u8>,
    },
    /// How a mailbox stands.
    BoxState {
        /// Request number.
        req: u32,
        /// As it is now.
        standing: BoxStanding,
    },
}

impl ServerFrame {
    /// The request that this answers; none for what nobody asked.
    #[must_use]
    pub fn req(&self) -> Option<u32> {
        match self {
            Self::Done { req }
            | Self::Refused { req, .. }
            | Self::Record { req, .. }
            | Self::Items { req, .. }
            | Self::Pong { req }
            | Self::Slots { req, .. }
            | Self::Policy { req, .. }
            | Self::Upload { req, .. }
            | Self::Mails { req, .. }
            | Self::MailPart { req, .. }
            | Self::BoxState { req, .. } => Some(*req),
            Self::Welcome { .. } | Self::Message { .. } | Self::Item { .. } | Self::Mail { .. } => None,
        }
    }

    /// The frame's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut to = Writer::new();
        to.u8(self.code()).u32(self.req().unwrap_or(0));
        match self {
            Self::Welcome { nonce, host, token, time, policy_version } => {
                to.u8(crate::limits::VERSION).raw(nonce).str(host).raw(token).u64(*time).u32(*policy_version);
            }
            Self::Done { .. } | Self::Pong { .. } => {}
            Self::Refused { reason, .. } => {
                to.u8(reason.code());
            }
            Self::Message { to: address, payload } => {
                to.raw(&address.0).bytes(payload);
            }
            Self::Record { version, record, .. } => {
                to.u64(*version).bytes(record);
            }
            Self::Items { more, items, .. } => {
                to.bool(*more).count(items.len());
                for item in items {
                    to.u64(item.n).bytes(&item.item);
                }
            }
            Self::Slots { slots, .. } => {
                to.count(slots.len());
                for room in slots {
                    to.raw(&room.slot.0).u32(room.items);
                }
            }
            Self::Item { invite, slot, item } => {
                to.raw(&invite.0).raw(&slot.0).u64(item.n).bytes(&item.item);
            }
            Self::Policy { policy, .. } => {
                to.bytes(policy);
            }
            Self::Mail { mailbox, number } => {
                to.raw(&mailbox.0).u64(*number);
            }
            Self::Upload { offset, whole, .. } => {
                to.u32(*offset).bool(*whole);
            }
            Self::Mails { more, mails, .. } => {
                to.bool(*more).count(mails.len());
                mails.iter().for_each(|mail| mail.write(&mut to));
            }
            Self::MailPart { size, offset, bytes, .. } => {
                to.u32(*size).u32(*offset).bytes(bytes);
            }
            Self::BoxState { standing, .. } => standing.write(&mut to),
        }
        to.finish()
    }

    /// Reads a whole frame.
    pub fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        if bytes.len() > MAX_FRAME {
            return Err(WireError::TooLarge);
        }
        let mut from = Reader::new(bytes);
        let (code, req) = (from.u8()?, from.u32()?);
        let unasked = matches!(code, 0x81 | 0x84 | 0x89 | 0x8b);
        if unasked && req != 0 {
            return Err(WireError::UnknownCode);
        }
        let frame = match code {
            0x81 => {
                from.version()?;
                Self::Welcome {
                    nonce: from.array()?,
                    host: from.str(MAX_HOST)?.to_owned(),
                    token: from.array()?,
                    time: from.u64()?,
                    policy_version: from.u32()?,
                }
            }
            0x82 => Self::Done { req },
            0x83 => Self::Refused { req, reason: RefusedReason::read(&mut from)? },
            0x84 => Self::Message { to: SlotAddress(from.array()?), payload: from.bytes(MAX_PAYLOAD)?.to_vec() },
            0x85 => Self::Record { req, version: from.u64()?, record: from.bytes(MAX_RECORD)?.to_vec() },
            0x86 => {
                let more = from.bool()?;
                let count = from.count(MAX_ITEMS)?;
                let items = (0..count).map(|_| read_item(&mut from)).collect::<Result<_, _>>()?;
                Self::Items { req, more, items }
            }
            0x87 => Self::Pong { req },
            0x88 => {
                let count = from.count(MAX_SLOTS)?;
                let read =
                    |from: &mut Reader<'_>| Ok(SlotCount { slot: SlotAddress(from.array()?), items: from.u32()? });
                Self::Slots { req, slots: (0..count).map(|_| read(&mut from)).collect::<Result<_, WireError>>()? }
            }
            0x89 => Self::Item {
                invite: InviteId(from.array()?),
                slot: SlotAddress(from.array()?),
                item: read_item(&mut from)?,
            },
            0x8a => Self::Policy { req, policy: from.bytes(MAX_POLICY)?.to_vec() },
            0x8b => Self::Mail { mailbox: MailboxId(from.array()?), number: from.u64()? },
            0x8c => Self::Upload { req, offset: from.u32()?, whole: from.bool()? },
            0x8d => {
                let more = from.bool()?;
                let count = from.count(MAX_MAILS)?;
                let mails = (0..count).map(|_| Mail::read(&mut from)).collect::<Result<_, _>>()?;
                Self::Mails { req, more, mails }
            }
            0x8e => read_part(req, &mut from)?,
            0x8f => Self::BoxState { req, standing: BoxStanding::read(&mut from)? },
            _ => return Err(WireError::UnknownCode),
        };
        from.end()?;
        Ok(frame)
    }

    fn code(&self) -> u8 {
        match self {
            Self::Welcome { .. } => 0x81,
            Self::Done { .. } => 0x82,
            Self::Refused { .. } => 0x83,
            Self::Message { .. } => 0x84,
            Self::Record { .. } => 0x85,
            Self::Items { .. } => 0x86,
            Self::Pong { .. } => 0x87,
            Self::Slots { .. } => 0x88,
            Self::Item { .. } => 0x89,
            Self::Policy { .. } => 0x8a,
            Self::Mail { .. } => 0x8b,
            Self::Upload { .. } => 0x8c,
            Self::Mails { .. } => 0x8d,
            Self::MailPart { .. } => 0x8e,
            Self::BoxState { .. } => 0x8f,
        }
    }
}

fn read_item(from: &mut Reader<'_>) -> Result<Item, WireError> {
    Ok(Item { n: from.u64()?, item: from.bytes(MAX_ITEM)?.to_vec() })
}

/// A part lies within its item, so that a reader's buffer is bounded before it is filled.
fn read_part(req: u32, from: &mut Reader<'_>) -> Result<ServerFrame, WireError> {
    let (size, offset) = (from.u32()?, from.u32()?);
    let bytes = from.bytes(MAX_MAIL_PART)?.to_vec();
    if size as usize > MAX_MAIL || u64::from(offset) + bytes.len() as u64 > u64::from(size) {
        return Err(WireError::TooLarge);
    }
    Ok(ServerFrame::MailPart { req, size, offset, bytes })
}
