//! What the values of the tables look like: fixed fields first, the rest of the bytes last.

use sightline_proto::id::SlotPublic;

use super::op::Keys;
use crate::fields::Fields;

/// Format of the rows, the first byte of each.
const FORMAT: u8 = 1;

/// An invite record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RecordRow {
    pub(super) keys: Keys,
    pub(super) quota: u32,
    pub(super) version: u64,
    pub(super) not_after: u64,
    pub(super) remove_at: u64,
    pub(super) record: Vec<u8>,
}

impl RecordRow {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![FORMAT];
        bytes.extend_from_slice(&self.keys.owner.0);
        bytes.extend_from_slice(&self.keys.invite_slot.0);
        bytes.extend_from_slice(&self.quota.to_be_bytes());
        bytes.extend_from_slice(&self.version.to_be_bytes());
        bytes.extend_from_slice(&self.not_after.to_be_bytes());
        bytes.extend_from_slice(&self.remove_at.to_be_bytes());
        bytes.extend_from_slice(&self.record);
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, redb::Error> {
        let mut from = Fields::of(bytes, FORMAT)?;
        Ok(Self {
            keys: Keys { owner: SlotPublic(from.array()?), invite_slot: SlotPublic(from.array()?) },
            quota: from.u32()?,
            version: from.u64()?,
            not_after: from.u64()?,
            remove_at: from.u64()?,
            record: from.0.to_vec(),
        })
    }
}

/// What one side has put into a waiting room.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Lane {
    pub(super) items: u32,
    pub(super) bytes: u32,
}

/// A waiting room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SlotRow {
    pub(super) slot: SlotPublic,
    pub(super) holder: Lane,
    pub(super) expert: Lane,
}

impl SlotRow {
    /// Its encoded size, always the same.
    pub(super) const BYTES: usize = 1 + 32 + 16;

    pub(super) fn new(slot: SlotPublic) -> Self {
        Self { slot, holder: Lane::default(), expert: Lane::default() }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::BYTES);
        bytes.push(FORMAT);
        bytes.extend_from_slice(&self.slot.0);
        for lane in [self.holder, self.expert] {
            bytes.extend_from_slice(&lane.items.to_be_bytes());
            bytes.extend_from_slice(&lane.bytes.to_be_bytes());
        }
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, redb::Error> {
        let mut from = Fields::of(bytes, FORMAT)?;
        let slot = SlotPublic(from.array()?);
        let mut lane = || Ok::<_, redb::Error>(Lane { items: from.u32()?, bytes: from.u32()? });
        Ok(Self { slot, holder: lane()?, expert: lane()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_were() {
        let keys = Keys { owner: SlotPublic([1; 32]), invite_slot: SlotPublic([2; 32]) };
        let record = RecordRow { keys, quota: 3, version: 4, not_after: 5, remove_at: 6, record: b"sealed".to_vec() };
        assert_eq!(RecordRow::decode(&record.encode()).unwrap(), record);
        let expert = Lane { items: 7, bytes: 8 };
        let slot = SlotRow { expert, ..SlotRow::new(SlotPublic([9; 32])) };
        assert_eq!(SlotRow::decode(&slot.encode()).unwrap(), slot);
        assert_eq!(slot.encode().len(), SlotRow::BYTES);
    }

    #[test]
    fn cut_or_foreign_rows_are_damage() {
        let row = SlotRow::new(SlotPublic([9; 32])).encode();
        assert!(SlotRow::decode(&row[..40]).is_err());
        assert!(SlotRow::decode(&[]).is_err());
        assert!(SlotRow::decode(&[2; 49]).is_err());
    }
}
