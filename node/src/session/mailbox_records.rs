//! What a session's file holds of its mailbox, each record with its kind.
//!
//! ```text
//! READ    items up to this arrival number were taken in: the newest record counts
//! STORED  an own envelope (1 ‖ document ‖ actor ‖ number) or roster entry (2 ‖ hash) lies there
//! BLOB    an own blob lies there whole: its id
//! PUT     the same as STORED, behind the name that it lies under
//! DROPPED what STORED or PUT says, and it lies there no more
//! ```

use sightline_crdt::id::{Actor, DocId, DocKind, EntryHash};
use sightline_crdt::storage::{RecordKind, encode_record};
use sightline_proto::id::{BlobId, MailName};
use sightline_proto::wire::{Reader, WireError, Writer};

use super::mailbox::{Mailbox, OwnItem};

const READ: RecordKind = RecordKind(90);
const STORED: RecordKind = RecordKind(91);
const BLOB: RecordKind = RecordKind(92);
const PUT: RecordKind = RecordKind(93);
const DROPPED: RecordKind = RecordKind(94);

/// A record of this module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MailRecord {
    Read(u64),
    Stored { own: OwnItem, name: Option<MailName> },
    Dropped(OwnItem),
    Blob(BlobId),
}

/// Whether a kind is of this module.
pub(super) fn is_mine(kind: RecordKind) -> bool {
    [READ, STORED, BLOB, PUT, DROPPED].contains(&kind)
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
            Self::Stored { own, name: None } => {
                write_own(own, &mut to);
                STORED
            }
            Self::Stored { own, name: Some(name) } => {
                to.raw(&name.0);
                write_own(own, &mut to);
                PUT
            }
            Self::Dropped(own) => {
                write_own(own, &mut to);
                DROPPED
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
            DROPPED => Self::Dropped(read_own(&mut from)?),
            PUT => {
                let name = Some(MailName(from.array()?));
                Self::Stored { own: read_own(&mut from)?, name }
            }
            _ => Self::Stored { own: read_own(&mut from)?, name: None },
        };
        from.end().map(|()| record)
    }
}

fn write_own(own: &OwnItem, to: &mut Writer) {
    match own {
        OwnItem::Envelope(doc, actor, seq) => to.u8(1).u8(doc.kind.code()).raw(&doc.id).raw(&actor.0).u64(*seq),
        OwnItem::Entry(hash) => to.u8(2).raw(&hash.0),
    };
}

fn read_own(from: &mut Reader<'_>) -> Result<OwnItem, WireError> {
    match from.u8()? {
        1 => {
            let kind = DocKind::from_code(from.u8()?).ok_or(WireError::UnknownCode)?;
            Ok(OwnItem::Envelope(DocId { kind, id: from.array()? }, Actor(from.array()?), from.u64()?))
        }
        2 => Ok(OwnItem::Entry(EntryHash(from.array()?))),
        _ => Err(WireError::UnknownCode),
    }
}

impl Mailbox {
    /// Takes back a record. Returns whether it could be used.
    pub(super) fn restore(&mut self, kind: RecordKind, payload: &[u8]) -> bool {
        match MailRecord::decode(kind, payload) {
            Ok(MailRecord::Read(after)) => self.inbox.restore(after),
            Ok(MailRecord::Stored { own, name }) => drop(self.stored.insert(own, name)),
            Ok(MailRecord::Dropped(own)) => drop(self.stored.remove(&own)),
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
            MailRecord::Stored { own: envelope, name: Some(MailName([8; 16])) },
            MailRecord::Stored { own: OwnItem::Entry(EntryHash([5; 32])), name: None },
            MailRecord::Stored { own: OwnItem::Entry(EntryHash([4; 32])), name: None },
            MailRecord::Dropped(OwnItem::Entry(EntryHash([4; 32]))),
            MailRecord::Blob(BlobId([6; 32])),
        ];
        let file: Vec<u8> = records.iter().flat_map(MailRecord::encode).collect();
        let mut mailbox = Mailbox::default();
        for record in &scan(&file).records {
            assert!(is_mine(record.kind) && mailbox.restore(record.kind, record.payload));
        }
        assert_eq!(mailbox.inbox.mark(), 12);
        assert!(mailbox.has(DocId { kind: DocKind::Board, id: [7; 16] }, Actor([3; 40]), 9));
        assert_eq!(mailbox.stored.get(&envelope), Some(&Some(MailName([8; 16]))));
        assert!(mailbox.stored.contains_key(&OwnItem::Entry(EntryHash([5; 32]))));
        assert_eq!(mailbox.stored.len(), 2);
        assert!(mailbox.blobs.stored.contains(&BlobId([6; 32])));
        assert!(!mailbox.restore(READ, &[1]) && !mailbox.restore(STORED, &[9]));
    }
}
