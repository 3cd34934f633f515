//! Operations on a session's mailbox, and what the rendezvous answers about it.
//!
//! A mailbox has an access list of slot keys. An item is put in parts, each durable before it is acknowledged, and is
//! listed only when all its bytes are there; numbers say in which order items became whole, and nothing else.

use super::operation::Operation;
use crate::id::{MailName, MailboxId, SlotAddress, SlotPublic};
use crate::limits::{MAX_ACCESS, MAX_MAIL, MAX_MAIL_PART};
use crate::mailbox::MailLabel;
use crate::wire::{Reader, WireError, Writer};
use serde::Serialize;

/// What a slot may do with a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Right {
    /// Everything.
    Owner,
    /// Everything too: for those who may have to take the lead.
    Admin,
    /// Put items, read all, drop its own.
    Write,
    /// Read.
    Read,
}

impl Right {
    /// The code on the wire.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Owner => 1,
            Self::Admin => 2,
            Self::Write => 3,
            Self::Read => 4,
        }
    }

    /// The right of a code, if there is one.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Owner),
            2 => Some(Self::Admin),
            3 => Some(Self::Write),
            4 => Some(Self::Read),
            _ => None,
        }
    }

    /// Whether it may put items.
    #[must_use]
    pub const fn writes(self) -> bool {
        !matches!(self, Self::Read)
    }

    /// Whether it may change the access list and drop what others put.
    #[must_use]
    pub const fn edits(self) -> bool {
        matches!(self, Self::Owner | Self::Admin)
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Self::from_code(from.u8()?).ok_or(WireError::UnknownCode)
    }
}

/// Make or renew a mailbox. The first to do so is its owner; it signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenBox {
    /// Which.
    pub mailbox: MailboxId,
    /// Whose; it signs.
    pub owner: SlotPublic,
}

impl Operation for OpenBox {
    const LABEL: &'static str = "open box";

    fn write(&self, to: &mut Writer) {
        to.raw(&self.mailbox.0).raw(&self.owner.0);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self { mailbox: MailboxId(from.array()?), owner: SlotPublic(from.array()?) })
    }
}

/// One line of an access list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// Who.
    pub slot: SlotPublic,
    /// What it may; never [`Right::Owner`], who stands apart.
    pub right: Right,
}

/// Replace a mailbox's access list. Who isn't in it any more has no access from the answer on. Signed by owner or admin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAccess {
    /// Of which mailbox.
    pub mailbox: MailboxId,
    /// Who owns it from now on.
    pub owner: SlotPublic,
    /// Higher than the list's before, so that an old list never comes back.
    pub version: u64,
    /// All others, by rising key.
    pub others: Vec<Access>,
    /// Owner or admin; it signs.
    pub signer: SlotPublic,
}

impl Operation for SetAccess {
    const LABEL: &'static str = "set access";

    fn write(&self, to: &mut Writer) {
        to.raw(&self.mailbox.0).raw(&self.owner.0).u64(self.version).count(self.others.len());
        for access in &self.others {
            to.raw(&access.slot.0).u8(access.right.code());
        }
        to.raw(&self.signer.0);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        let (mailbox, owner) = (MailboxId(from.array()?), SlotPublic(from.array()?));
        let version = from.u64()?;
        let mut others: Vec<Access> = Vec::new();
        for _ in 0..from.count(MAX_ACCESS)? {
            let access = Access { slot: SlotPublic(from.array()?), right: Right::read(from)? };
            let follows = others.last().is_none_or(|last| last.slot < access.slot);
            if access.right == Right::Owner || access.slot == owner || !follows {
                return Err(WireError::UnknownCode);
            }
            others.push(access);
        }
        Ok(Self { mailbox, owner, version, others, signer: SlotPublic(from.array()?) })
    }
}

/// Put a part of an item. Parts come in order; one that is there already with the same bytes does no harm. Offset 0 of
/// an item of one's own that is not whole yet begins it anew. A whole item is never changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutPart {
    /// Into which mailbox.
    pub mailbox: MailboxId,
    /// The item's name.
    pub name: MailName,
    /// What it is.
    pub label: MailLabel,
    /// Bytes of the whole sealed item, 1 to [`MAX_MAIL`].
    pub size: u32,
    /// Where this part begins.
    pub offset: u32,
    /// The part, not empty, ending at `size` at the latest.
    pub bytes: Vec<u8>,
    /// Who puts it; it signs.
    pub writer: SlotPublic,
}

impl Operation for PutPart {
    const LABEL: &'static str = "put part";

    fn write(&self, to: &mut Writer) {
        to.raw(&self.mailbox.0).raw(&self.name.0);
        self.label.write(to);
        to.u32(self.size).u32(self.offset).bytes(&self.bytes).raw(&self.writer.0);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        let part = Self {
            mailbox: MailboxId(from.array()?),
            name: MailName(from.array()?),
            label: MailLabel::read(from)?,
            size: from.u32()?,
            offset: from.u32()?,
            bytes: from.bytes(MAX_MAIL_PART)?.to_vec(),
            writer: SlotPublic(from.array()?),
        };
        let end = u64::from(part.offset) + part.bytes.len() as u64;
        if part.bytes.is_empty() || end > u64::from(part.size) || part.size as usize > MAX_MAIL {
            return Err(WireError::TooLarge);
        }
        Ok(part)
    }
}

/// How much of an item is there? Signed by the writer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadState {
    /// In which mailbox.
    pub mailbox: MailboxId,
    /// Which.
    pub name: MailName,
    /// Who puts it; it signs.
    pub writer: SlotPublic,
}

impl Operation for UploadState {
    const LABEL: &'static str = "upload state";

    fn write(&self, to: &mut Writer) {
        to.raw(&self.mailbox.0).raw(&self.name.0).raw(&self.writer.0);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self { mailbox: MailboxId(from.array()?), name: MailName(from.array()?), writer: SlotPublic(from.array()?) })
    }
}

/// Which whole items are there? Signed by anybody on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListMail {
    /// In which mailbox.
    pub mailbox: MailboxId,
    /// Only those above this number; they begin at 1.
    pub after: u64,
    /// Who reads; it signs.
    pub reader: SlotPublic,
}

impl Operation for ListMail {
    const LABEL: &'static str = "list mail";

    fn write(&self, to: &mut Writer) {
        to.raw(&self.mailbox.0).u64(self.after).raw(&self.reader.0);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self { mailbox: MailboxId(from.array()?), after: from.u64()?, reader: SlotPublic(from.array()?) })
    }
}

/// Give me a whole item's bytes from an offset. Signed by anybody on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadMail {
    /// In which mailbox.
    pub mailbox: MailboxId,
    /// Which.
    pub name: MailName,
    /// From where.
    pub offset: u32,
    /// Who reads; it signs.
    pub reader: SlotPublic,
}

impl Operation for ReadMail {
    const LABEL: &'static str = "read mail";

    fn write(&self, to: &mut Writer) {
        to.raw(&self.mailbox.0).raw(&self.name.0).u32(self.offset).raw(&self.reader.0);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {
            mailbox: MailboxId(from.array()?),
            name: MailName(from.array()?),
            offset: from.u32()?,
            reader: SlotPublic(from.array()?),
        })
    }
}

/// Delete an item, whole or not. Signed by who put it, or by owner or admin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropMail {
    /// In which mailbox.
    pub mailbox: MailboxId,
    /// Which.
    pub name: MailName,
    /// It signs.
    pub signer: SlotPublic,
}

impl Operation for DropMail {
    const LABEL: &'static str = "drop mail";

    fn write(&self, to: &mut Writer) {
        to.raw(&self.mailbox.0).raw(&self.name.0).raw(&self.signer.0);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self { mailbox: MailboxId(from.array()?), name: MailName(from.array()?), signer: SlotPublic(from.array()?) })
    }
}

/// How does the mailbox stand, and what may I? Signed by anybody on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoxState {
    /// Which.
    pub mailbox: MailboxId,
    /// Who asks; it signs.
    pub reader: SlotPublic,
}

impl Operation for BoxState {
    const LABEL: &'static str = "box state";

    fn write(&self, to: &mut Writer) {
        to.raw(&self.mailbox.0).raw(&self.reader.0);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self { mailbox: MailboxId(from.array()?), reader: SlotPublic(from.array()?) })
    }
}

/// A whole item as it is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mail {
    /// Rises with each item that became whole.
    pub number: u64,
    /// Its name.
    pub name: MailName,
    /// What it is.
    pub label: MailLabel,
    /// Bytes of the sealed item.
    pub size: u32,
    /// Who put it.
    pub writer: SlotAddress,
}

impl Mail {
    /// Bytes of one in an answer.
    pub const BYTES: usize = 8 + 16 + 10 + 4 + 16;

    pub(super) fn write(&self, to: &mut Writer) {
        to.u64(self.number).raw(&self.name.0);
        self.label.write(to);
        to.u32(self.size).raw(&self.writer.0);
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {
            number: from.u64()?,
            name: MailName(from.array()?),
            label: MailLabel::read(from)?,
            size: from.u32()?,
            writer: SlotAddress(from.array()?),
        })
    }
}

/// How a mailbox stands with the one who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoxStanding {
    /// What it may.
    pub right: Right,
    /// Of the access list.
    pub version: u64,
    /// Number of the newest item.
    pub last: u64,
    /// Bytes that the asker has put, and may put.
    pub own: Share,
    /// Bytes in the whole mailbox, and its limit.
    pub whole: Share,
}

/// How much of a quota is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Bytes used.
    pub used: u64,
    /// Bytes allowed.
    pub quota: u64,
}

impl BoxStanding {
    pub(super) fn write(&self, to: &mut Writer) {
        to.u8(self.right.code()).u64(self.version).u64(self.last);
        for share in [self.own, self.whole] {
            to.u64(share.used).u64(share.quota);
        }
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        let share = |from: &mut Reader<'_>| Ok::<_, WireError>(Share { used: from.u64()?, quota: from.u64()? });
        Ok(Self {
            right: Right::read(from)?,
            version: from.u64()?,
            last: from.u64()?,
            own: share(from)?,
            whole: share(from)?,
        })
    }
}
