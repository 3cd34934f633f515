//! Keys and rows of the mailbox tables: fixed fields first, the rest of the bytes last.

use sightline_proto::id::{MailName, MailboxId, SlotPublic};
use sightline_proto::mailbox::{Audience, MailKind, MailLabel};
use sightline_proto::switchboard::Right;

use crate::fields::Fields;

/// Format of the rows, the first byte of each.
const FORMAT: u8 = 1;

/// A mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BoxRow {
    /// Of the access list.
    pub(super) version: u64,
    /// Number of the newest item.
    pub(super) last: u64,
    /// What items and uploads cost together.
    pub(super) bytes: u64,
    /// Slots in the access list.
    pub(super) slots: u32,
    pub(super) remove_at: u64,
}

/// A slot that is in the access list, or has something in the mailbox still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SlotRow {
    /// None once it was removed.
    pub(super) right: Option<Right>,
    /// Items and uploads.
    pub(super) items: u32,
    /// Uploads among them.
    pub(super) uploads: u32,
    /// What they cost.
    pub(super) bytes: u64,
}

/// A whole item or an upload, before its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// A whole item's number; of an upload, how many bytes are there.
    pub(super) n: u64,
    pub(super) label: MailLabel,
    pub(super) size: u32,
    pub(super) writer: SlotPublic,
    pub(super) expires: u64,
    /// The file that has the bytes; if there is none, they follow.
    pub(super) file: Option<u64>,
}

impl BoxRow {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![FORMAT];
        for field in [self.version, self.last, self.bytes, self.remove_at] {
            bytes.extend_from_slice(&field.to_be_bytes());
        }
        bytes.extend_from_slice(&self.slots.to_be_bytes());
        bytes
    }

    pub(super) fn decode(row: &[u8]) -> Result<Self, redb::Error> {
        let mut from = Fields::of(row, FORMAT)?;
        Ok(Self {
            version: from.u64()?,
            last: from.u64()?,
            bytes: from.u64()?,
            remove_at: from.u64()?,
            slots: from.u32()?,
        })
    }
}

impl SlotRow {
    pub(super) const NEW: Self = Self { right: None, items: 0, uploads: 0, bytes: 0 };

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![FORMAT, self.right.map_or(0, Right::code)];
        bytes.extend_from_slice(&self.items.to_be_bytes());
        bytes.extend_from_slice(&self.uploads.to_be_bytes());
        bytes.extend_from_slice(&self.bytes.to_be_bytes());
        bytes
    }

    pub(super) fn decode(row: &[u8]) -> Result<Self, redb::Error> {
        let mut from = Fields::of(row, FORMAT)?;
        let [right] = from.array()?;
        Ok(Self { right: Right::from_code(right), items: from.u32()?, uploads: from.u32()?, bytes: from.u64()? })
    }
}

impl Head {
    /// The row of an item whose bytes are in a file, or follow.
    pub(super) fn encode(&self, inline: &[u8]) -> Vec<u8> {
        let mut bytes = vec![FORMAT, self.label.kind.code(), self.label.audience.code()];
        for field in [self.label.epoch, self.n, self.expires, self.file.map_or(0, |file| file + 1)] {
            bytes.extend_from_slice(&field.to_be_bytes());
        }
        bytes.extend_from_slice(&self.size.to_be_bytes());
        bytes.extend_from_slice(&self.writer.0);
        bytes.extend_from_slice(inline);
        bytes
    }

    pub(super) fn decode(row: &[u8]) -> Result<(Self, &[u8]), redb::Error> {
        let mut from = Fields::of(row, FORMAT)?;
        let [kind, audience] = from.array()?;
        let damaged = || redb::Error::Corrupted("a row with an unknown code".to_owned());
        let label = MailLabel {
            kind: MailKind::from_code(kind).ok_or_else(damaged)?,
            audience: Audience::from_code(audience).ok_or_else(damaged)?,
            epoch: from.u64()?,
        };
        let (n, expires, file) = (from.u64()?, from.u64()?, from.u64()?.checked_sub(1));
        let head = Self { n, label, size: from.u32()?, writer: SlotPublic(from.array()?), expires, file };
        Ok((head, from.0))
    }
}

/// What expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    Mailbox,
    Item(MailName),
    Upload(SlotPublic, MailName),
}

/// Key of the expiry table: time, mailbox, what.
pub(super) type DueKey = [u8; 73];

/// The key at which something expires.
pub(super) fn due_key(at: u64, mailbox: &MailboxId, due: Due) -> DueKey {
    let (tag, writer, name) = match due {
        Due::Mailbox => (0, [0; 32], [0; 16]),
        Due::Item(name) => (1, [0; 32], name.0),
        Due::Upload(writer, name) => (2, writer.0, name.0),
    };
    join(&[&at.to_be_bytes(), &mailbox.0, &[tag], &writer, &name])
}

/// The last key of those due at a time.
pub(super) fn last_due(at: u64) -> DueKey {
    join(&[&at.to_be_bytes(), &[0xff; 65]])
}

/// What a key of the expiry table says.
pub(super) fn read_due(key: &DueKey) -> Result<(MailboxId, Due), redb::Error> {
    let mut from = Fields(&key[8..]);
    let mailbox = MailboxId(from.array()?);
    let [tag] = from.array()?;
    let (writer, name) = (SlotPublic(from.array()?), MailName(from.array()?));
    Ok((mailbox, [Due::Mailbox, Due::Item(name), Due::Upload(writer, name)][usize::from(tag.min(2))]))
}

/// Byte strings in a row. Their sizes are checked where the result's type is written.
pub(super) fn join<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    let mut joined = [0; N];
    let mut at = 0;
    for part in parts {
        joined[at..at + part.len()].copy_from_slice(part);
        at += part.len();
    }
    joined
}

/// The first and the last key that begin with `prefix`.
pub(super) fn range_of<const N: usize>(prefix: &[u8]) -> [[u8; N]; 2] {
    [0, 0xff].map(|fill| {
        let mut key = [fill; N];
        key[..prefix.len()].copy_from_slice(prefix);
        key
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_keys_come_back_as_they_were() {
        let row = BoxRow { version: 1, last: 2, bytes: 3, slots: 4, remove_at: 5 };
        assert_eq!(BoxRow::decode(&row.encode()).unwrap(), row);
        for right in [None, Some(Right::Owner), Some(Right::Read)] {
            let row = SlotRow { right, items: 1, uploads: 2, bytes: 3 };
            assert_eq!(SlotRow::decode(&row.encode()).unwrap(), row);
        }
        let label = MailLabel { kind: MailKind::Blob, epoch: 7, audience: Audience::Experts };
        for file in [None, Some(0), Some(9)] {
            let head = Head { n: 1, label, size: 3, writer: SlotPublic([4; 32]), expires: 5, file };
            let row = head.encode(b"abc");
            assert_eq!(Head::decode(&row).unwrap(), (head, &b"abc"[..]));
            assert!(Head::decode(&row[..60]).is_err() && Head::decode(&[2; 80]).is_err());
        }
        for due in [Due::Mailbox, Due::Item(MailName([1; 16])), Due::Upload(SlotPublic([2; 32]), MailName([3; 16]))] {
            let key = due_key(9, &MailboxId([8; 16]), due);
            assert_eq!(read_due(&key).unwrap(), (MailboxId([8; 16]), due));
            assert!(key < last_due(9) && key > last_due(8));
        }
    }
}
