//! What a session's file holds of its mailbox, each record with its kind.
//!
//! ```text
//! READ    items up to this arrival number were taken in: the newest record counts
//! STORED  an own envelope (1 ‖ document ‖ actor ‖ number) or roster entry (2 ‖ hash) lies there
//! BLOB    an own blob lies there whole: its id
//! ```

use sightline_crdt::id::{Actor, DocId, DocKind, EntryHash};
use sightline_crdt::storage::{RecordKind, encode_record};
use sightline_proto::id::BlobId;
use sightline_proto::wire::{Reader, WireError, Writer};

use super::mailbox::{Mailbox, OwnItem};

const READ: RecordKind = RecordKind(90);
const STORED: RecordKind = RecordKind(91);
const BLOB: RecordKind = RecordKind(92);

/// A record of this module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MailRecord {
    Read(u64),
    Stored(OwnItem),
    Blob(BlobId),
}

/// Whether a kind is of this module.
pub(super) fn is_mine(kind: RecordKind) -> bool {
    [READ, STORED, BLOB].contains(&kind)
}

impl MailRecord {
    /// The bytes to append.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut to = Writer::new();
        let kind = match self {
            Self::Read(after) => {
                to.u64(*after);
                READ
            }
            Self::Stored(OwnItem::Envelope(doc, actor, seq)) => {
                to.u8(1).u8(doc.kind.code()).raw(&doc.id).raw(&actor.0).u64(*seq);
                STORED
            }
            Self::Stored(OwnItem::Entry(hash)) => {
                to.u8(2).raw(&hash.0);
                STORED
            }
            Self::Blob(blob) => {
                to.raw(&blob.0);
                BLOB
            }
        };
        encode_record(kind, &to.finish())
    }

    fn decode(kind: RecordKind, payload: &[u8]) -> Result<Self, WireError> {
        let mut from = Reader::new(payload);
        let record = match kind {
            READ => Self::Read(from.u64()?),
            BLOB => Self::Blob(BlobId(from.array()?)),
            _ => Self::Stored(match from.u8()? {
                1 => {
                    let kind = DocKind::from_code(from.u8()?).ok_or(WireError::UnknownCode)?;
                    OwnItem::Envelope(DocId { kind, id: from.array()? }, Actor(from.array()?), from.u64()?)
                }
                2 => OwnItem::Entry(EntryHash(from.array()?)),
                _ => return Err(WireError::UnknownCode),
            }),
        };
        from.end().map(|()| record)
    }
}

impl Mailbox {
    /// Takes back a record. Returns whether it could be used.
    pub(super) fn restore(&mut self, kind: RecordKind, payload: &[u8]) -> bool {
        match MailRecord::decode(kind, payload) {
            Ok(MailRecord::Read(after)) => self.inbox.restore(after),
            Ok(MailRecord::Stored(own)) => drop(self.stored.insert(own)),
            Ok(MailRecord::Blob(blob)) => drop(self.blobs.stored.insert(blob)),
            Err(_) => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sightline_crdt::storage::scan;

    #[test]
    fn records_come_back() {
        let envelope = OwnItem::Envelope(DocId { kind: DocKind::Board, id: [7; 16] }, Actor([3; 40]), 9);
        let records = [
            MailRecord::Read(12),
            MailRecord::Stored(envelope),
            MailRecord::Stored(OwnItem::Entry(EntryHash([5; 32]))),
            MailRecord::Blob(BlobId([6; 32])),
        ];
        let file: Vec<u8> = records.iter().flat_map(MailRecord::encode).collect();
        let mut mailbox = Mailbox::default();
        for record in &scan(&file).records {
            assert!(is_mine(record.kind) && mailbox.restore(record.kind, record.payload));
        }
        assert_eq!(mailbox.inbox.mark(), 12);
        assert!(mailbox.has(DocId { kind: DocKind::Board, id: [7; 16] }, Actor([3; 40]), 9));
        assert!(mailbox.stored.contains(&OwnItem::Entry(EntryHash([5; 32]))));
        assert!(mailbox.blobs.stored.contains(&BlobId([6; 32])));
        assert!(!mailbox.restore(READ, &[1]) && !mailbox.restore(STORED, &[9]));
    }
}
