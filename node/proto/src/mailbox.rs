//! Items of a session's mailbox: what members leave for each other while the other is away, sealed with the keys of its
//! audience and epoch.
//!
//! The rendezvous keeps an item under a name and sees box, epoch, audience, kind, size and time. What it must not be able
//! to do is decided here: an item moved to another box, epoch, audience or kind doesn't open, and a chunk under another
//! chunk's name is refused. Order and completeness are no matter of the mailbox: envelopes and entries are chains, blobs are
//! verified by their hashes.
//!
//! The entry that starts epoch e is sealed with the key of e − 1, so that a member who was away walks forward. Who lost the
//! sealed bytes of an item half put seals anew and begins again at offset 0.

use crate::id::{BlobId, MailName, MailboxId, SessionId};
use crate::keys::random;
use crate::limits::{MAIL_CHUNK, MAIL_CHUNK_CLASS, MAIL_PAD, MAX_MAIL};
use crate::seal::{self, OVERHEAD};
use crate::wire::{Reader, WireError, Writer};
use rand_core::CryptoRng;
use serde::Serialize;
use thiserror::Error;

const LABEL: &str = "mail";

/// What kind of item it is, for those who fetch: entries first, then envelopes, blobs on demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailKind {
    /// A document's envelope.
    Envelope,
    /// A roster entry.
    RosterEntry,
    /// A part of a blob.
    Blob,
}

impl MailKind {
    /// The code on the wire.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Envelope => 1,
            Self::RosterEntry => 2,
            Self::Blob => 3,
        }
    }

    /// The kind of a code, if there is one.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Envelope),
            2 => Some(Self::RosterEntry),
            3 => Some(Self::Blob),
            _ => None,
        }
    }
}

/// Who has the key that an item is sealed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    /// Every member.
    All,
    /// The lead and the experts.
    Experts,
}

impl Audience {
    /// The code on the wire.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::All => 1,
            Self::Experts => 2,
        }
    }

    /// The audience of a code, if there is one.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::All),
            2 => Some(Self::Experts),
            _ => None,
        }
    }
}

/// What is bound to an item by its seal and stands beside it at the rendezvous.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MailLabel {
    /// What it is.
    pub kind: MailKind,
    /// Epoch of the key.
    pub epoch: u64,
    /// Audience of the key.
    pub audience: Audience,
}

impl MailLabel {
    pub(crate) fn write(self, to: &mut Writer) {
        to.u8(self.kind.code()).u64(self.epoch).u8(self.audience.code());
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        let kind = MailKind::from_code(from.u8()?).ok_or(WireError::UnknownCode)?;
        let epoch = from.u64()?;
        let audience = Audience::from_code(from.u8()?).ok_or(WireError::UnknownCode)?;
        Ok(Self { kind, epoch, audience })
    }

    fn aad(self, mailbox: &MailboxId) -> Vec<u8> {
        Writer::new().raw(&mailbox.0).u64(self.epoch).u8(self.audience.code()).u8(self.kind.code()).finish()
    }
}

/// What is inside an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailContent {
    /// An envelope, as on the wire.
    Envelope(Vec<u8>),
    /// A roster entry, as on the wire.
    RosterEntry(Vec<u8>),
    /// One encoded blob message: a part of a manifest, or a piece.
    BlobMessage(Vec<u8>),
    /// A whole chunk of a blob, not yet verified.
    Chunk {
        /// Of which blob.
        blob: BlobId,
        /// Its number.
        index: u32,
        /// Its bytes, 1 to [`MAIL_CHUNK`].
        bytes: Vec<u8>,
    },
}

/// Why an item was not made or not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MailError {
    /// Damaged, cut, moved to another place, of other keys, or invented.
    #[error("the mailbox item does not open")]
    DoesNotOpen,
    /// Opened, but holds nothing known.
    #[error("the mailbox item is malformed")]
    Malformed,
    /// A chunk that lies under another name than its own.
    #[error("the mailbox item lies under another's name")]
    OtherName,
    /// More than an item holds, or a chunk without bytes.
    #[error("the mailbox item has no allowed size")]
    WrongSize,
}

impl MailContent {
    /// The kind that its label must say.
    #[must_use]
    pub const fn kind(&self) -> MailKind {
        match self {
            Self::Envelope(_) => MailKind::Envelope,
            Self::RosterEntry(_) => MailKind::RosterEntry,
            Self::BlobMessage(_) | Self::Chunk { .. } => MailKind::Blob,
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut to = Writer::new();
        match self {
            Self::Envelope(bytes) => to.u8(1).raw(bytes),
            Self::RosterEntry(bytes) => to.u8(2).raw(bytes),
            Self::BlobMessage(bytes) => to.u8(3).raw(bytes),
            Self::Chunk { blob, index, bytes } => to.u8(4).raw(&blob.0).u32(*index).raw(bytes),
        };
        to.finish()
    }

    fn decode(body: &[u8]) -> Result<Self, MailError> {
        let mut from = Reader::new(body);
        let read = |from: &mut Reader<'_>| {
            Ok::<_, WireError>(match from.u8()? {
                1 => Self::Envelope(from.rest().to_vec()),
                2 => Self::RosterEntry(from.rest().to_vec()),
                3 => Self::BlobMessage(from.rest().to_vec()),
                4 => Self::Chunk { blob: BlobId(from.array()?), index: from.u32()?, bytes: from.rest().to_vec() },
                _ => return Err(WireError::UnknownCode),
            })
        };
        let content = read(&mut from).map_err(|_| MailError::Malformed)?;
        match &content {
            Self::Chunk { bytes, .. } if bytes.is_empty() || bytes.len() > MAIL_CHUNK => Err(MailError::Malformed),
            _ => Ok(content),
        }
    }

    /// Length that the body is padded to: a multiple of [`MAIL_PAD`]; a chunk's data counts as its size class.
    fn padded(&self, body: usize) -> usize {
        let shown = match self {
            Self::Chunk { bytes, .. } => body - bytes.len() + bytes.len().next_power_of_two().max(MAIL_CHUNK_CLASS),
            _ => body,
        };
        shown.next_multiple_of(MAIL_PAD)
    }
}

/// The id of a session's mailbox. `genesis` is the whole hash of the session's first roster entry: every member has it,
/// whoever holds a link doesn't.
#[must_use]
pub fn box_id(genesis: &[u8; 32], sid: &SessionId) -> MailboxId {
    MailboxId(*seal::kdf(genesis, &sid.0, "mail box"))
}

/// The name of a blob's chunk under the key that it is sealed with: who has the key finds it, and only one copy is kept.
#[must_use]
pub fn chunk_name(key: &[u8; 32], blob: &BlobId, index: u32) -> MailName {
    MailName(*seal::kdf_for(key, &[], "blob name", &Writer::new().raw(&blob.0).u32(index).finish()))
}

/// The name of the part of a blob's manifest that begins with chunk `first`.
#[must_use]
pub fn manifest_name(key: &[u8; 32], blob: &BlobId, first: u32) -> MailName {
    MailName(*seal::kdf_for(key, &[], "manifest name", &Writer::new().raw(&blob.0).u32(first).finish()))
}

/// The name of an envelope or entry.
#[must_use]
pub fn fresh_name(rng: &mut impl CryptoRng) -> MailName {
    MailName(random(rng))
}

/// Seals an item for an audience in an epoch, whose key is `key`.
pub fn seal_item(
    content: &MailContent,
    mailbox: &MailboxId,
    epoch: u64,
    audience: Audience,
    key: &[u8; 32],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, MailError> {
    let body = content.encode();
    if let MailContent::Chunk { bytes, .. } = content
        && (bytes.is_empty() || bytes.len() > MAIL_CHUNK)
    {
        return Err(MailError::WrongSize);
    }
    let padded = content.padded(body.len() + 4);
    if padded + OVERHEAD > MAX_MAIL {
        return Err(MailError::WrongSize);
    }
    let mut plain = Writer::new().bytes(&body).finish();
    plain.resize(padded, 0);
    let label = MailLabel { kind: content.kind(), epoch, audience };
    Ok(seal::seal(key, LABEL, &label.aad(mailbox), &plain, rng))
}

/// Opens what lies under `name` in a mailbox with the key of the epoch and audience that its label says.
pub fn open_item(
    sealed: &[u8],
    mailbox: &MailboxId,
    name: &MailName,
    label: MailLabel,
    key: &[u8; 32],
) -> Result<MailContent, MailError> {
    if sealed.len() > MAX_MAIL {
        return Err(MailError::WrongSize);
    }
    let plain = seal::open(key, LABEL, &label.aad(mailbox), sealed).map_err(|_| MailError::DoesNotOpen)?;
    let mut from = Reader::new(&plain);
    let body = from.bytes(MAX_MAIL).map_err(|_| MailError::Malformed)?;
    let content = MailContent::decode(body)?;
    // One content has one spelling: other padding would be a channel that nobody looks at.
    let padded = content.padded(body.len() + 4);
    let rest = from.rest();
    if content.kind() != label.kind || plain.len() != padded || rest.iter().any(|byte| *byte != 0) {
        return Err(MailError::Malformed);
    }
    match &content {
        MailContent::Chunk { blob, index, .. } if chunk_name(key, blob, *index) != *name => Err(MailError::OtherName),
        _ => Ok(content),
    }
}
