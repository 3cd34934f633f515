//! The append-only file of a session: records with a checksum each.
//!
//! A record is `"SLr1" ‖ kind u8 ‖ length u32 ‖ crc32c u32 ‖ payload`, the checksum over kind, length and payload. Records
//! are only ever appended, so a crash can tear the last one, and nothing else; a disk can damage any. [`scan`] cuts a
//! torn tail off and steps over damage to the next sound record.

use crate::limits;

const MAGIC: [u8; 4] = *b"SLr1";
const HEADER: usize = 4 + 1 + 4 + 4;

/// What a record holds. Kinds from [`RecordKind::FIRST_FOREIGN`] belong to whoever keeps the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKind(pub u8);

impl RecordKind {
    /// A roster entry.
    pub const ENTRY: RecordKind = RecordKind(1);
    /// An envelope.
    pub const ENVELOPE: RecordKind = RecordKind(2);
    /// A proof of equivocation: both envelopes, each with its length.
    pub const PROOF: RecordKind = RecordKind(3);
    /// What a peer last said to have: peer key, then a vector message.
    pub const SEEN: RecordKind = RecordKind(4);
    /// The first kind that this crate never writes and passes over.
    pub const FIRST_FOREIGN: RecordKind = RecordKind(64);
}

/// A record read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// What it holds.
    pub kind: RecordKind,
    /// The content.
    pub payload: &'a [u8],
}

/// What a file held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan<'a> {
    /// The sound records, in order.
    pub records: Vec<Record<'a>>,
    /// Where the sound part ends: the file is to be cut here before anything is appended.
    pub end: usize,
    /// Bytes of a torn record behind the end.
    pub torn: usize,
    /// Places where damaged bytes lay between sound records.
    pub damaged: usize,
}

/// The bytes to append for a record.
pub fn encode_record(kind: RecordKind, payload: &[u8]) -> Vec<u8> {
    let mut record = Vec::with_capacity(HEADER + payload.len());
    record.extend_from_slice(&MAGIC);
    record.push(kind.0);
    record.extend_from_slice(&u32::try_from(payload.len()).unwrap_or(u32::MAX).to_be_bytes());
    record.extend_from_slice(&checksum(kind, payload).to_be_bytes());
    record.extend_from_slice(payload);
    record
}

/// Reads a whole file.
pub fn scan(file: &[u8]) -> Scan<'_> {
    let mut scan = Scan { records: Vec::new(), end: 0, torn: 0, damaged: 0 };
    let mut at = 0;
    while at < file.len() {
        if let Some((record, len)) = record_at(&file[at..]) {
            scan.damaged += usize::from(at > scan.end);
            scan.records.push(record);
            at += len;
            scan.end = at;
        } else {
            at += 1;
            // Only where the magic stands can the next record begin.
            at = file[at..].windows(MAGIC.len()).position(|four| four == MAGIC).map_or(file.len(), |skip| at + skip);
        }
    }
    scan.torn = file.len() - scan.end;
    scan
}

fn record_at(bytes: &[u8]) -> Option<(Record<'_>, usize)> {
    let (header, rest) = bytes.split_first_chunk::<HEADER>()?;
    if header[..4] != MAGIC {
        return None;
    }
    let kind = RecordKind(header[4]);
    let len = u32::from_be_bytes([header[5], header[6], header[7], header[8]]) as usize;
    let sum = u32::from_be_bytes([header[9], header[10], header[11], header[12]]);
    if len > limits::RECORD_BYTES {
        return None;
    }
    let payload = rest.get(..len)?;
    (checksum(kind, payload) == sum).then_some((Record { kind, payload }, HEADER + len))
}

fn checksum(kind: RecordKind, payload: &[u8]) -> u32 {
    let len = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_be_bytes();
    let sum = crc32c::crc32c_append(0, &[kind.0]);
    crc32c::crc32c_append(crc32c::crc32c_append(sum, &len), payload)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file() -> Vec<u8> {
        [b"one".as_slice(), b"", b"three"]
            .iter()
            .enumerate()
            .flat_map(|(i, payload)| encode_record(RecordKind(i as u8 + 1), payload))
            .collect()
    }

    #[test]
    fn records_come_back() {
        let file = file();
        let scan = scan(&file);
        assert_eq!(scan.records.len(), 3);
        assert_eq!((scan.end, scan.torn, scan.damaged), (file.len(), 0, 0));
        assert_eq!(scan.records[2], Record { kind: RecordKind(3), payload: b"three" });
    }

    #[test]
    fn a_torn_last_record_is_cut_off() {
        let file = file();
        for len in 0..file.len() {
            let scan = scan(&file[..len]);
            assert_eq!(scan.end + scan.torn, len);
            assert_eq!(scan.damaged, 0);
            assert!(scan.records.len() < 3);
        }
    }

    #[test]
    fn damage_in_the_middle_costs_one_record() {
        let sound = file();
        let second = HEADER + 3;
        for at in second..second + HEADER {
            let mut file = sound.clone();
            file[at] ^= 0x40;
            let scan = scan(&file);
            assert_eq!(scan.records.len(), 2, "byte {at}");
            assert_eq!((scan.end, scan.torn, scan.damaged), (file.len(), 0, 1));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_scanned(bytes: Vec<u8>) {
            let scan = scan(&bytes);
            prop_assert!(scan.end + scan.torn == bytes.len());
        }

        #[test]
        fn what_is_written_is_read(payloads in proptest::collection::vec(any::<Vec<u8>>(), 0..8)) {
            let file: Vec<u8> = payloads.iter().flat_map(|payload| encode_record(RecordKind(9), payload)).collect();
            let scan = scan(&file);
            let read: Vec<Vec<u8>> = scan.records.iter().map(|record| record.payload.to_vec()).collect();
            prop_assert_eq!(read, payloads);
        }
    }
}
