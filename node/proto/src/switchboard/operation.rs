//! Operations that a signature permits. Each knows its label and which fields are signed; [`Signed`] pairs one with its
//! signature.

use super::Challenge;
use crate::id::{InviteId, SlotAddress, SlotPublic};
use crate::keys::SlotKey;
use crate::limits::{MAX_ITEM, MAX_RECORD};
use crate::sig::{Signature, SignatureError};
use crate::wire::{Reader, WireError, Writer};

/// An operation whose right is a signature.
pub trait Operation: Sized {
    /// The signature's label.
    const LABEL: &'static str;

    /// Appends the fields before the signature.
    fn write(&self, to: &mut Writer);

    /// Reads the fields before the signature.
    fn read(from: &mut Reader<'_>) -> Result<Self, WireError>;

    /// Signs this operation for one connection.
    fn sign(self, key: &SlotKey, challenge: &Challenge) -> Signed<Self> {
        let mut fields = Writer::new();
        self.write(&mut fields);
        let sig = key.sign(Self::LABEL, &challenge.signed_bytes(fields.as_slice()));
        Signed { op: self, sig }
    }
}

/// An operation and a signature, not yet judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed<T> {
    /// What is asked.
    pub op: T,
    /// By whom is decided by [`Signed::verify`].
    pub sig: Signature,
}

impl<T: Operation> Signed<T> {
    /// Whether `key` signed this operation for this connection. Whether that key may do it is the server's judgement.
    pub fn verify(&self, key: &SlotPublic, challenge: &Challenge) -> Result<(), SignatureError> {
        let mut fields = Writer::new();
        self.op.write(&mut fields);
        challenge.verify(key, T::LABEL, fields.as_slice(), &self.sig)
    }

    pub(super) fn write(&self, to: &mut Writer) {
        self.op.write(to);
        to.raw(&self.sig.0);
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self { op: T::read(from)?, sig: Signature(from.array()?) })
    }
}

/// Deliver to me what is sent to this key's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// The key; it signs.
    pub slot: SlotPublic,
}

impl Operation for Listen {
    const LABEL: &'static str = "listen";

    fn write(&self, to: &mut Writer) {
        to.raw(&self.slot.0);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self { slot: SlotPublic(from.array()?) })
    }
}

/// Keep this sealed invite record. The first put binds the owner; afterwards only the owner replaces it, and only by a
/// higher version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutRecord {
    /// What it is looked up by.
    pub invite: InviteId,
    /// The owner's slot key; it signs.
    pub owner: SlotPublic,
    /// Public half of the invite's slot key: its holder may open a waiting room.
    pub invite_slot: SlotPublic,
    /// Waiting rooms that this invite may have at most.
    pub quota: u32,
    /// Rises with each replacement.
    pub version: u64,
    /// Unix milliseconds after which the record and its waiting rooms are deleted.
    pub not_after: u64,
    /// The sealed record.
    pub record: Vec<u8>,
}

impl Operation for PutRecord {
    const LABEL: &'static str = "put record";

    fn write(&self, to: &mut Writer) {
        to.raw(&self.invite.0).raw(&self.owner.0).raw(&self.invite_slot.0);
        to.u32(self.quota).u64(self.version).u64(self.not_after).bytes(&self.record);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {
            invite: InviteId(from.array()?),
            owner: SlotPublic(from.array()?),
            invite_slot: SlotPublic(from.array()?),
            quota: from.u32()?,
            version: from.u64()?,
            not_after: from.u64()?,
            record: from.bytes(MAX_RECORD)?.to_vec(),
        })
    }
}

/// Forget a record and its waiting rooms. Signed by the owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteRecord {
    /// Which.
    pub invite: InviteId,
}

impl Operation for DeleteRecord {
    const LABEL: &'static str = "delete record";

    fn write(&self, to: &mut Writer) {
        to.raw(&self.invite.0);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self { invite: InviteId(from.array()?) })
    }
}

/// Open a waiting room for a slot key. Signed by the invite's slot key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSlot {
    /// Of which invite.
    pub invite: InviteId,
    /// The knock's slot key, which may write there.
    pub slot: SlotPublic,
}

impl Operation for OpenSlot {
    const LABEL: &'static str = "open slot";

    fn write(&self, to: &mut Writer) {
        to.raw(&self.invite.0).raw(&self.slot.0);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self { invite: InviteId(from.array()?), slot: SlotPublic(from.array()?) })
    }
}

/// Put an item into a waiting room. The same number with the same bytes is done again without harm, with other bytes
/// refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutItem {
    /// Of which invite.
    pub invite: InviteId,
    /// Address of the slot key that the room was opened for.
    pub slot: SlotAddress,
    /// Its number; from [`super::EXPERT_LANE`] on for the record's owner, below it for the slot's key.
    pub n: u64,
    /// The sealed item.
    pub item: Vec<u8>,
    /// The owner's or the slot's key; it signs.
    pub writer: SlotPublic,
}

impl Operation for PutItem {
    const LABEL: &'static str = "put item";

    fn write(&self, to: &mut Writer) {
        to.raw(&self.invite.0).raw(&self.slot.0).u64(self.n).bytes(&self.item).raw(&self.writer.0);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {
            invite: InviteId(from.array()?),
            slot: SlotAddress(from.array()?),
            n: from.u64()?,
            item: from.bytes(MAX_ITEM)?.to_vec(),
            writer: SlotPublic(from.array()?),
        })
    }
}

/// Give me the items of a waiting room. Signed by the owner's or the slot's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetItems {
    /// Of which invite.
    pub invite: InviteId,
    /// Which room.
    pub slot: SlotAddress,
    /// Only items of the holder above this number; none: from the start.
    pub after_holder: Option<u64>,
    /// Only items of the experts above this number; none: from the start.
    pub after_expert: Option<u64>,
    /// Who reads; it signs.
    pub reader: SlotPublic,
}

impl Operation for GetItems {
    const LABEL: &'static str = "get items";

    fn write(&self, to: &mut Writer) {
        to.raw(&self.invite.0).raw(&self.slot.0).opt_u64(self.after_holder).opt_u64(self.after_expert);
        to.raw(&self.reader.0);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {
            invite: InviteId(from.array()?),
            slot: SlotAddress(from.array()?),
            after_holder: from.opt_u64()?,
            after_expert: from.opt_u64()?,
            reader: SlotPublic(from.array()?),
        })
    }
}

/// Which waiting rooms does an invite have? Signed by the owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListSlots {
    /// Of which invite.
    pub invite: InviteId,
}

impl Operation for ListSlots {
    const LABEL: &'static str = "list slots";

    fn write(&self, to: &mut Writer) {
        to.raw(&self.invite.0);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self { invite: InviteId(from.array()?) })
    }
}

/// Delete a waiting room and all its items. Signed by the owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropSlot {
    /// Of which invite.
    pub invite: InviteId,
    /// Which room.
    pub slot: SlotAddress,
}

impl Operation for DropSlot {
    const LABEL: &'static str = "drop slot";

    fn write(&self, to: &mut Writer) {
        to.raw(&self.invite.0).raw(&self.slot.0);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self { invite: InviteId(from.array()?), slot: SlotAddress(from.array()?) })
    }
}
