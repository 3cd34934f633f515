//! What a session's file holds besides the documents' own records, each with its kind.
//!
//! ```text
//! HEAD       secrets of this device in this session, and when it began: always the first record
//! ADMISSION  what the admission machine keeps
//! ENVELOPE   an envelope of a waiting room: knock ‖ number ‖ envelope
//! OUT        an own item for a waiting room: knock ‖ number ‖ invite ‖ slot ‖ item as it goes to the rendezvous
//! PUT        such an item is at the rendezvous: knock ‖ number
//! WAY_IN     how a member that was invited came in, and calls: the newest record counts
//! FILE_CHOICE, WAITING_BLOB, WAITING_BLOB_PUT
//!            what a person chose for a blob; a blob on its way into a waiting room, and how many of its items are there
//! READ       what was read: (actor ‖ counter)…, the newest record counts
//! ```

use std::collections::BTreeMap;

use sightline_crdt::storage::{RecordKind, encode_record};
use sightline_proto::id::{BlobId, InviteId, KnockId, SlotAddress};
use sightline_proto::keys::{SealKey, Secret, SessionKeys, SlotKey};
use sightline_proto::wire::{Reader, WireError, Writer};
use zeroize::Zeroizing;

use super::files::Choice;
use super::left::Outgoing;

const HEAD: RecordKind = RecordKind(64);
const ADMISSION: RecordKind = RecordKind(65);
const WAITING_ENVELOPE: RecordKind = RecordKind(66);
const WAITING_OUT: RecordKind = RecordKind(67);
const WAITING_PUT: RecordKind = RecordKind(68);
const READ: RecordKind = RecordKind(69);
const WAY_IN: RecordKind = RecordKind(70);
const FILE_CHOICE: RecordKind = RecordKind(80);
const WAITING_BLOB: RecordKind = RecordKind(81);
const WAITING_BLOB_PUT: RecordKind = RecordKind(82);

/// Actors in a read mark: as many as a document may have, and to spare for waiting rooms.
const MAX_ACTORS: usize = 16 * 1024;

/// How far each actor's messages were read: the counter of the newest one.
pub(super) type ReadMarks = BTreeMap<[u8; 40], u64>;

/// The first record of a file.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) created_ms: u64,
    pub(super) keys: SessionKeys,
}

/// A record of this module.
#[derive(Debug)]
pub(super) enum NodeRecord<'a> {
    Head(Head),
    Admission(&'a [u8]),
    WaitingEnvelope {
        knock: KnockId,
        n: u64,
        envelope: &'a [u8],
    },
    WaitingOut {
        knock: KnockId,
        n: u64,
        invite: InviteId,
        slot: SlotAddress,
        item: &'a [u8],
    },
    WaitingPut {
        knock: KnockId,
        n: u64,
    },
    Read(ReadMarks),
    WayIn(&'a [u8]),
    FileChoice {
        blob: BlobId,
        choice: Choice,
    },
    /// A blob takes the numbers from `n` on.
    WaitingBlob {
        knock: KnockId,
        n: u64,
        out: Outgoing,
    },
    WaitingBlobPut {
        knock: KnockId,
        n: u64,
        stored: u64,
    },
}

impl NodeRecord<'_> {
    /// The bytes to append.
    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut to = Writer::new();
        let kind = match self {
            Self::Head(Head { created_ms, keys }) => {
                to.u8(1).u64(*created_ms).raw(keys.seal.to_bytes().expose()).raw(keys.slot.seed().expose());
                HEAD
            }
            Self::Admission(bytes) => {
                to.raw(bytes);
                ADMISSION
            }
            Self::WaitingEnvelope { knock, n, envelope } => {
                to.raw(&knock.0).u64(*n).raw(envelope);
                WAITING_ENVELOPE
            }
            Self::WaitingOut { knock, n, invite, slot, item } => {
                to.raw(&knock.0).u64(*n).raw(&invite.0).raw(&slot.0).raw(item);
                WAITING_OUT
            }
            Self::WaitingPut { knock, n } => {
                to.raw(&knock.0).u64(*n);
                WAITING_PUT
            }
            Self::Read(marks) => {
                to.count(marks.len());
                for (actor, counter) in marks {
                    to.raw(actor).u64(*counter);
                }
                READ
            }
            Self::WayIn(bytes) => {
                to.raw(bytes);
                WAY_IN
            }
            Self::FileChoice { blob, choice } => {
                to.raw(&blob.0).u8(choice_code(*choice));
                FILE_CHOICE
            }
            Self::WaitingBlob { knock, n, out } => {
                to.raw(&knock.0).u64(*n).raw(&out.invite.0).raw(&out.slot.0).raw(&out.blob.0).u64(out.size);
                WAITING_BLOB
            }
            Self::WaitingBlobPut { knock, n, stored } => {
                to.raw(&knock.0).u64(*n).u64(*stored);
                WAITING_BLOB_PUT
            }
        };
        let payload = Zeroizing::new(to.finish());
        Zeroizing::new(encode_record(kind, &payload))
    }
}

/// Reads a record; `None` if its kind is not of this module.
pub(super) fn decode(kind: RecordKind, payload: &[u8]) -> Option<Result<NodeRecord<'_>, WireError>> {
    let mut from = Reader::new(payload);
    let record = match kind {
        HEAD => head(&mut from).map(NodeRecord::Head),
        ADMISSION => Ok(NodeRecord::Admission(from.rest())),
        WAITING_ENVELOPE => {
            numbered(&mut from).map(|(knock, n)| NodeRecord::WaitingEnvelope { knock, n, envelope: from.rest() })
        }
        WAITING_OUT => out(&mut from),
        WAITING_PUT => numbered(&mut from).map(|(knock, n)| NodeRecord::WaitingPut { knock, n }),
        READ => marks(&mut from).map(NodeRecord::Read),
        WAY_IN => Ok(NodeRecord::WayIn(from.rest())),
        FILE_CHOICE => choice(&mut from),
        WAITING_BLOB => waiting_blob(&mut from),
        WAITING_BLOB_PUT => {
            numbered(&mut from).and_then(|(knock, n)| Ok(NodeRecord::WaitingBlobPut { knock, n, stored: from.u64()? }))
        }
        _ => return None,
    };
    Some(record.and_then(|record| from.end().map(|()| record)))
}

fn head(from: &mut Reader<'_>) -> Result<Head, WireError> {
    if from.u8()? != 1 {
        return Err(WireError::UnsupportedVersion);
    }
    let created_ms = from.u64()?;
    let seal = SealKey::from_bytes(&Secret::new(from.array()?));
    let slot = SlotKey::from_seed(&Secret::new(from.array()?));
    Ok(Head { created_ms, keys: SessionKeys { seal, slot } })
}

fn numbered(from: &mut Reader<'_>) -> Result<(KnockId, u64), WireError> {
    Ok((KnockId(from.array()?), from.u64()?))
}

fn out<'a>(from: &mut Reader<'a>) -> Result<NodeRecord<'a>, WireError> {
    let (knock, n) = numbered(from)?;
    let (invite, slot) = (InviteId(from.array()?), SlotAddress(from.array()?));
    Ok(NodeRecord::WaitingOut { knock, n, invite, slot, item: from.rest() })
}

const fn choice_code(choice: Choice) -> u8 {
    match choice {
        Choice::Fetch => 1,
        Choice::Pause => 2,
        Choice::Cancel => 3,
    }
}

fn choice<'a>(from: &mut Reader<'a>) -> Result<NodeRecord<'a>, WireError> {
    let blob = BlobId(from.array()?);
    let choice = match from.u8()? {
        1 => Choice::Fetch,
        2 => Choice::Pause,
        3 => Choice::Cancel,
        _ => return Err(WireError::UnknownCode),
    };
    Ok(NodeRecord::FileChoice { blob, choice })
}

fn waiting_blob<'a>(from: &mut Reader<'a>) -> Result<NodeRecord<'a>, WireError> {
    let (knock, n) = numbered(from)?;
    let (invite, slot) = (InviteId(from.array()?), SlotAddress(from.array()?));
    let (blob, size) = (BlobId(from.array()?), from.u64()?);
    Ok(NodeRecord::WaitingBlob { knock, n, out: Outgoing { invite, slot, blob, size, stored: 0, under_way: false } })
}

fn marks(from: &mut Reader<'_>) -> Result<ReadMarks, WireError> {
    (0..from.count(MAX_ACTORS)?).map(|_| Ok((from.array()?, from.u64()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::rng;

    #[test]
    fn records_come_back() {
        let keys = SessionKeys::generate(&mut rng());
        let head = NodeRecord::Head(Head { created_ms: 7, keys: keys.clone() }).encode();
        let knock = KnockId([3; 32]);
        let (invite, slot) = (InviteId([4; 16]), SlotAddress([5; 16]));
        let out = NodeRecord::WaitingOut { knock, n: 1 << 63, invite, slot, item: b"item" }.encode();
        let read = NodeRecord::Read(ReadMarks::from([([1; 40], 5), ([2; 40], 9)])).encode();
        let file = [&head[..], &out, &read].concat();
        let scan = sightline_crdt::storage::scan(&file);
        let mut records = scan.records.iter().map(|record| decode(record.kind, record.payload));
        let Some(Some(Ok(NodeRecord::Head(head)))) = records.next() else { panic!("the head") };
        assert_eq!((head.created_ms, head.keys.slot.public()), (7, keys.slot.public()));
        assert!(matches!(
            records.next(),
            Some(Some(Ok(NodeRecord::WaitingOut { knock: k, n, item: b"item", .. }))) if k == knock && n == 1 << 63
        ));
        assert!(matches!(records.next(), Some(Some(Ok(NodeRecord::Read(marks)))) if marks[&[2; 40]] == 9));
        assert!(decode(RecordKind::ENVELOPE, b"").is_none());
        assert!(matches!(decode(WAITING_PUT, &[0; 41]), Some(Err(WireError::Trailing))));
    }
}
