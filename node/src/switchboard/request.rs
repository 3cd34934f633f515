//! What can be asked of a switchboard, and what comes back.

use sightline_proto::id::{InviteId, SlotAddress};
use sightline_proto::keys::SlotKey;
use sightline_proto::switchboard::{
    Challenge, ClientFrame, DeleteRecord, DropSlot, GetItems, Item, ListSlots, Listen, OpenSlot, Operation, PutItem,
    PutRecord, RefusedReason, ServerFrame, SlotCount,
};

/// A request, with the key that gives the right to it: it is signed for the connection it goes over.
#[derive(Clone, Debug)]
pub(crate) enum Ask {
    Listen(SlotKey),
    Send { to: SlotAddress, payload: Vec<u8> },
    PutRecord(PutRecord, SlotKey),
    GetRecord(InviteId),
    DeleteRecord(InviteId, SlotKey),
    OpenSlot(OpenSlot, SlotKey),
    PutItem(PutItem, SlotKey),
    GetItems(GetItems, SlotKey),
    ListSlots(InviteId, SlotKey),
    DropSlot { invite: InviteId, slot: SlotAddress, owner: SlotKey },
    Ping,
}

impl Ask {
    /// The frame for this connection.
    pub(super) fn frame(self, req: u32, challenge: &Challenge) -> ClientFrame {
        match self {
            Self::Listen(key) => ClientFrame::Listen(req, Listen { slot: key.public() }.sign(&key, challenge)),
            Self::Send { to, payload } => ClientFrame::Send { req, to, payload },
            Self::PutRecord(put, key) => ClientFrame::PutRecord(req, put.sign(&key, challenge)),
            Self::GetRecord(invite) => ClientFrame::GetRecord { req, invite },
            Self::DeleteRecord(invite, key) => {
                ClientFrame::DeleteRecord(req, DeleteRecord { invite }.sign(&key, challenge))
            }
            Self::OpenSlot(open, key) => ClientFrame::OpenSlot(req, open.sign(&key, challenge)),
            Self::PutItem(put, key) => ClientFrame::PutItem(req, put.sign(&key, challenge)),
            Self::GetItems(get, key) => ClientFrame::GetItems(req, get.sign(&key, challenge)),
            Self::ListSlots(invite, key) => ClientFrame::ListSlots(req, ListSlots { invite }.sign(&key, challenge)),
            Self::DropSlot { invite, slot, owner } => {
                ClientFrame::DropSlot(req, DropSlot { invite, slot }.sign(&owner, challenge))
            }
            Self::Ping => ClientFrame::Ping { req },
        }
    }
}

/// What a request brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Done,
    Record { version: u64, record: Vec<u8> },
    Items { more: bool, items: Vec<Item> },
    Slots(Vec<SlotCount>),
}

/// Why a request brought nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AskFailed {
    /// There is no connection, or it broke before the answer: it may or may not have been done.
    #[error("the rendezvous is not reachable")]
    Offline,
    /// It said no.
    #[error("the rendezvous refused: {0:?}")]
    Refused(RefusedReason),
    /// It answered with something else.
    #[error("the rendezvous gave another answer than asked for")]
    Nonsense,
}

/// The answer in a frame, if it is one.
pub(super) fn answer(frame: ServerFrame) -> Option<Result<Answer, AskFailed>> {
    match frame {
        ServerFrame::Done { .. } | ServerFrame::Pong { .. } => Some(Ok(Answer::Done)),
        ServerFrame::Refused { reason, .. } => Some(Err(AskFailed::Refused(reason))),
        ServerFrame::Record { version, record, .. } => Some(Ok(Answer::Record { version, record })),
        ServerFrame::Items { more, items, .. } => Some(Ok(Answer::Items { more, items })),
        ServerFrame::Slots { slots, .. } => Some(Ok(Answer::Slots(slots))),
        ServerFrame::Welcome { .. } | ServerFrame::Message { .. } | ServerFrame::Item { .. } => None,
    }
}

/// What the switchboard brings a listener without being asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Incoming {
    /// A sealed message.
    Message(Vec<u8>),
    /// A waiting-room item that the other lane wrote.
    Item { invite: InviteId, slot: SlotAddress, item: Item },
}
