//! The tables and the rules of records and waiting rooms, inside one write transaction.
//!
//! Keys are fixed bytes, so that everything of an invite, and everything of a waiting room, is one range. Every job checks
//! first and writes last: a refused one has changed nothing.

use redb::{Database, ReadableTable, Table, TableDefinition, WriteTransaction};
use sightline_proto::id::{InviteId, SlotAddress, SlotPublic};
use sightline_proto::limits::{MAX_FRAME, MAX_ITEMS, MAX_SLOTS};
use sightline_proto::switchboard::{EXPERT_LANE, GetItems, Item, PutItem, PutRecord, RefusedReason, SlotCount};

use super::StoreLimits;
use super::op::{Keys, Op, Outcome};
use super::row::{RecordRow, SlotRow};
use crate::mailbox::{Files, MailTables};

type Refusable = Result<Outcome, RefusedReason>;

/// invite → record.
const RECORDS: TableDefinition<'_, &[u8; 16], &[u8]> = TableDefinition::new("records");
/// invite, slot address → waiting room.
const SLOTS: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("slots");
/// invite, slot address, item number → item.
const ITEMS: TableDefinition<'_, &[u8; 40], &[u8]> = TableDefinition::new("items");
/// time of removal, invite.
const EXPIRY: TableDefinition<'_, &[u8; 24], ()> = TableDefinition::new("expiry");
/// Sums over all tables.
const TOTALS: TableDefinition<'_, &str, u64> = TableDefinition::new("totals");
const BYTES: &str = "bytes";

/// What a row costs beyond its content: keys, tree nodes, and pages that are not full.
const ROW_BYTES: u64 = 128;

/// Expired records deleted by one sweep job, so that it never holds up connections for long.
const SWEEP_RECORDS: usize = 64;

/// Makes the tables of a new database.
pub(super) fn prepare(database: &Database) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    drop(Tables::open(&transaction)?);
    Ok(transaction.commit()?)
}

/// All tables, open for one batch.
pub(super) struct Tables<'t> {
    records: Table<'t, &'static [u8; 16], &'static [u8]>,
    slots: Table<'t, &'static [u8; 32], &'static [u8]>,
    items: Table<'t, &'static [u8; 40], &'static [u8]>,
    expiry: Table<'t, &'static [u8; 24], ()>,
    totals: Table<'t, &'static str, u64>,
    mail: MailTables<'t>,
    changed: bool,
}

impl<'t> Tables<'t> {
    pub(super) fn open(transaction: &'t WriteTransaction) -> Result<Self, redb::Error> {
        Ok(Self {
            records: transaction.open_table(RECORDS)?,
            slots: transaction.open_table(SLOTS)?,
            items: transaction.open_table(ITEMS)?,
            expiry: transaction.open_table(EXPIRY)?,
            totals: transaction.open_table(TOTALS)?,
            mail: MailTables::open(transaction)?,
            changed: false,
        })
    }

    /// Whether there is anything to commit.
    pub(super) fn changed(&self) -> bool {
        self.changed || self.mail.changed()
    }

    /// Does one job. The outer error is the database's, the inner one the rules'.
    pub(super) fn apply(
        &mut self,
        op: &Op,
        files: &mut Files,
        now: u64,
        limits: &StoreLimits,
    ) -> Result<Refusable, redb::Error> {
        match op {
            Op::Lookup(invite) => {
                let keys = self.record(invite, now)?.map(|row| row.keys);
                Ok(Ok(Outcome::Keys(keys)))
            }
            Op::PutRecord { put, signer } => self.put_record(put, signer, now, limits),
            Op::GetRecord(invite) => Ok(match self.record(invite, now)? {
                Some(row) => Ok(Outcome::Record { version: row.version, record: row.record }),
                None => Err(RefusedReason::NotFound),
            }),
            Op::DeleteRecord { invite, owner } => self.delete_record(invite, owner, now),
            Op::OpenSlot { invite, slot, signer } => self.open_slot(invite, slot, signer, now, limits),
            Op::PutItem(put) => self.put_item(put, now, limits),
            Op::GetItems(get) => self.get_items(get, now),
            Op::ListSlots { invite, owner } => self.list_slots(invite, owner, now),
            Op::DropSlot { invite, slot, owner } => self.drop_slot(invite, slot, owner, now),
            Op::Mail(op) => Ok(self.mail.apply(op, files, now, limits)?.map(Outcome::Mail)),
            Op::Sweep => Ok(Ok(self.sweep(files, now)?)),
        }
    }

    fn put_record(
        &mut self,
        put: &PutRecord,
        signer: &SlotPublic,
        now: u64,
        limits: &StoreLimits,
    ) -> Result<Refusable, redb::Error> {
        if put.not_after <= now {
            return Ok(Err(RefusedReason::Expired));
        }
        let policy = &limits.policy;
        let kept_until = put.not_after.min(now.saturating_add(days(policy.invite_days)));
        let row = RecordRow {
            keys: Keys { owner: put.owner, invite_slot: put.invite_slot },
            quota: put.quota.min(policy.waiting_slots),
            version: put.version,
            not_after: put.not_after,
            remove_at: kept_until.saturating_add(days(policy.keep_days)),
            record: put.record.clone(),
        };
        let before = self.record(&put.invite, now)?;
        if let Some(before) = &before {
            if before.keys.owner != *signer {
                return Ok(Err(RefusedReason::Conflict));
            }
            let same = before.keys == row.keys && before.record == row.record && before.not_after == row.not_after;
            if put.version == before.version && same {
                return Ok(Ok(Outcome::Done));
            }
            if put.version <= before.version {
                return Ok(Err(RefusedReason::Conflict));
            }
        } else if put.owner != *signer {
            return Ok(Err(RefusedReason::BadSignature));
        }
        if self.is_full(row.record.len(), limits)? {
            return Ok(Err(RefusedReason::StorageFull));
        }
        match before {
            Some(before) => self.forget_record_row(&put.invite, &before)?,
            // An expired one that no sweep has met yet may still lie there, with another owner's waiting rooms.
            None => self.remove_invite(&put.invite)?,
        }
        let bytes = row.encode();
        self.records.insert(&put.invite.0, bytes.as_slice())?;
        self.expiry.insert(&expiry_key(row.remove_at, &put.invite), ())?;
        self.count_bytes(bytes.len() as u64 + ROW_BYTES, 0)?;
        Ok(Ok(Outcome::Done))
    }

    fn delete_record(&mut self, invite: &InviteId, owner: &SlotPublic, now: u64) -> Result<Refusable, redb::Error> {
        match self.record(invite, now)? {
            None => Ok(Err(RefusedReason::NotFound)),
            Some(row) if row.keys.owner != *owner => Ok(Err(RefusedReason::BadSignature)),
            Some(_) => {
                self.remove_invite(invite)?;
                Ok(Ok(Outcome::Done))
            }
        }
    }

    fn open_slot(
        &mut self,
        invite: &InviteId,
        slot: &SlotPublic,
        signer: &SlotPublic,
        now: u64,
        limits: &StoreLimits,
    ) -> Result<Refusable, redb::Error> {
        let Some(record) = self.record(invite, now)? else { return Ok(Err(RefusedReason::NotFound)) };
        if record.keys.invite_slot != *signer {
            return Ok(Err(RefusedReason::BadSignature));
        }
        let key = slot_key(invite, &slot.address());
        if self.slots.get(&key)?.is_some() {
            return Ok(Ok(Outcome::Done));
        }
        if record.not_after <= now {
            return Ok(Err(RefusedReason::Expired));
        }
        let quota = usize::try_from(record.quota).unwrap_or(usize::MAX).min(MAX_SLOTS);
        let [first, last] = slots_of(invite);
        if self.slots.range::<&[u8; 32]>(&first..=&last)?.take(quota).count() >= quota {
            return Ok(Err(RefusedReason::Quota));
        }
        if self.is_full(SlotRow::BYTES, limits)? {
            return Ok(Err(RefusedReason::StorageFull));
        }
        self.slots.insert(&key, SlotRow::new(*slot).encode().as_slice())?;
        self.count_bytes(SlotRow::BYTES as u64 + ROW_BYTES, 0)?;
        Ok(Ok(Outcome::Done))
    }

    fn put_item(&mut self, put: &PutItem, now: u64, limits: &StoreLimits) -> Result<Refusable, redb::Error> {
        let Some(record) = self.record(&put.invite, now)? else { return Ok(Err(RefusedReason::NotFound)) };
        let Some(mut row) = self.slot(&put.invite, &put.slot)? else { return Ok(Err(RefusedReason::NotFound)) };
        let by_expert = put.n >= EXPERT_LANE;
        let entitled = if by_expert { record.keys.owner } else { row.slot };
        if entitled != put.writer {
            return Ok(Err(RefusedReason::BadSignature));
        }
        let key = item_key(&put.invite, &put.slot, put.n);
        if let Some(before) = self.items.get(&key)? {
            let same = before.value() == put.item.as_slice();
            return Ok(if same { Ok(Outcome::ItemStored { tell: None }) } else { Err(RefusedReason::Conflict) });
        }
        let lane = if by_expert { &mut row.expert } else { &mut row.holder };
        lane.items += 1;
        lane.bytes = lane.bytes.saturating_add(u32::try_from(put.item.len()).unwrap_or(u32::MAX));
        if lane.items > limits.policy.waiting_items || lane.bytes > limits.policy.waiting_bytes {
            return Ok(Err(RefusedReason::Quota));
        }
        if self.is_full(put.item.len(), limits)? {
            return Ok(Err(RefusedReason::StorageFull));
        }
        self.items.insert(&key, put.item.as_slice())?;
        self.slots.insert(&slot_key(&put.invite, &put.slot), row.encode().as_slice())?;
        self.count_bytes(put.item.len() as u64 + ROW_BYTES, 0)?;
        let tell = if by_expert { put.slot } else { record.keys.owner.address() };
        Ok(Ok(Outcome::ItemStored { tell: Some(tell) }))
    }

    fn get_items(&mut self, get: &GetItems, now: u64) -> Result<Refusable, redb::Error> {
        let Some(record) = self.record(&get.invite, now)? else { return Ok(Err(RefusedReason::NotFound)) };
        let Some(row) = self.slot(&get.invite, &get.slot)? else { return Ok(Err(RefusedReason::NotFound)) };
        if get.reader != record.keys.owner && get.reader != row.slot {
            return Ok(Err(RefusedReason::BadSignature));
        }
        let after = |n: Option<u64>, lane: u64| n.map_or(Some(lane), |n| n.checked_add(1)).map(|n| n.max(lane));
        let lanes = [(after(get.after_holder, 0), EXPERT_LANE - 1), (after(get.after_expert, EXPERT_LANE), u64::MAX)];
        let mut items = Vec::new();
        // Type, request number, flag and count; each item has its number and length.
        let mut room = MAX_FRAME - 10;
        for (first, last) in lanes {
            let Some(first) = first.filter(|first| *first <= last) else { continue };
            let (first, last) = (item_key(&get.invite, &get.slot, first), item_key(&get.invite, &get.slot, last));
            for entry in self.items.range::<&[u8; 40]>(&first..=&last)? {
                let (key, item) = entry?;
                let size = item.value().len() + 12;
                if size > room || items.len() == MAX_ITEMS {
                    return Ok(Ok(Outcome::Items { more: true, items }));
                }
                room -= size;
                items.push(Item { n: item_number(key.value()), item: item.value().to_vec() });
            }
        }
        Ok(Ok(Outcome::Items { more: false, items }))
    }

    fn list_slots(&mut self, invite: &InviteId, owner: &SlotPublic, now: u64) -> Result<Refusable, redb::Error> {
        let Some(record) = self.record(invite, now)? else { return Ok(Err(RefusedReason::NotFound)) };
        if record.keys.owner != *owner {
            return Ok(Err(RefusedReason::BadSignature));
        }
        let mut slots = Vec::new();
        let [first, last] = slots_of(invite);
        for entry in self.slots.range::<&[u8; 32]>(&first..=&last)?.take(MAX_SLOTS) {
            let (_, row) = entry?;
            let row = SlotRow::decode(row.value())?;
            slots.push(SlotCount { slot: row.slot.address(), items: row.holder.items + row.expert.items });
        }
        Ok(Ok(Outcome::Slots(slots)))
    }

    fn drop_slot(
        &mut self,
        invite: &InviteId,
        slot: &SlotAddress,
        owner: &SlotPublic,
        now: u64,
    ) -> Result<Refusable, redb::Error> {
        let Some(record) = self.record(invite, now)? else { return Ok(Err(RefusedReason::NotFound)) };
        if record.keys.owner != *owner {
            return Ok(Err(RefusedReason::BadSignature));
        }
        if self.slot(invite, slot)?.is_none() {
            return Ok(Err(RefusedReason::NotFound));
        }
        self.remove_slots([slot_key(invite, slot); 2])?;
        Ok(Ok(Outcome::Done))
    }

    fn sweep(&mut self, files: &mut Files, now: u64) -> Result<Outcome, redb::Error> {
        let due = expiry_key(now, &InviteId([0xff; 16]));
        let mut invites = Vec::new();
        for entry in self.expiry.range::<&[u8; 24]>(..=&due)?.take(SWEEP_RECORDS) {
            let (key, _) = entry?;
            invites.push(expiry_invite(key.value()));
        }
        for invite in &invites {
            self.remove_invite(invite)?;
        }
        let (mails, more) = self.mail.sweep(files, now)?;
        Ok(Outcome::Swept { records: invites.len(), mails, more: more || invites.len() == SWEEP_RECORDS })
    }

    /// The record of an invite, unless its time of removal has come.
    fn record(&self, invite: &InviteId, now: u64) -> Result<Option<RecordRow>, redb::Error> {
        let Some(row) = self.records.get(&invite.0)? else { return Ok(None) };
        let row = RecordRow::decode(row.value())?;
        Ok((row.remove_at > now).then_some(row))
    }

    fn slot(&self, invite: &InviteId, slot: &SlotAddress) -> Result<Option<SlotRow>, redb::Error> {
        let row = self.slots.get(&slot_key(invite, slot))?;
        row.map(|row| SlotRow::decode(row.value())).transpose()
    }

    /// Removes a record with all its waiting rooms.
    fn remove_invite(&mut self, invite: &InviteId) -> Result<(), redb::Error> {
        let row = self.records.get(&invite.0)?.map(|row| RecordRow::decode(row.value())).transpose()?;
        if let Some(row) = row {
            self.forget_record_row(invite, &row)?;
            self.records.remove(&invite.0)?;
            self.remove_slots(slots_of(invite))?;
        }
        Ok(())
    }

    /// Takes a record out of the expiry table and the sums, before it is removed or replaced.
    fn forget_record_row(&mut self, invite: &InviteId, row: &RecordRow) -> Result<(), redb::Error> {
        self.expiry.remove(&expiry_key(row.remove_at, invite))?;
        self.count_bytes(0, row.encode().len() as u64 + ROW_BYTES)
    }

    /// Removes waiting rooms and their items.
    fn remove_slots(&mut self, [first, last]: [[u8; 32]; 2]) -> Result<(), redb::Error> {
        let mut freed = 0;
        let (first_item, last_item) = (join(&first, &0_u64.to_be_bytes()), join(&last, &u64::MAX.to_be_bytes()));
        self.items.retain_in::<&[u8; 40], _>(&first_item..=&last_item, |_, item| {
            freed += item.len() as u64 + ROW_BYTES;
            false
        })?;
        self.slots.retain_in::<&[u8; 32], _>(&first..=&last, |_, row| {
            freed += row.len() as u64 + ROW_BYTES;
            false
        })?;
        self.count_bytes(0, freed)
    }

    fn is_full(&self, more: usize, limits: &StoreLimits) -> Result<bool, redb::Error> {
        let bytes = self.totals.get(BYTES)?.map_or(0, |bytes| bytes.value());
        Ok(bytes.saturating_add(more as u64 + ROW_BYTES) > limits.total_bytes)
    }

    /// Every change passes here, so it also marks the batch as changed.
    fn count_bytes(&mut self, more: u64, less: u64) -> Result<(), redb::Error> {
        let bytes = self.totals.get(BYTES)?.map_or(0, |bytes| bytes.value());
        self.totals.insert(BYTES, bytes.saturating_add(more).saturating_sub(less))?;
        self.changed = true;
        Ok(())
    }
}

fn days(count: u32) -> u64 {
    u64::from(count) * 24 * 3_600_000
}

fn slot_key(invite: &InviteId, slot: &SlotAddress) -> [u8; 32] {
    join(&invite.0, &slot.0)
}

/// The first and the last waiting room that an invite can have.
fn slots_of(invite: &InviteId) -> [[u8; 32]; 2] {
    [join(&invite.0, &[0; 16]), join(&invite.0, &[0xff; 16])]
}

fn item_key(invite: &InviteId, slot: &SlotAddress, n: u64) -> [u8; 40] {
    join(&slot_key(invite, slot), &n.to_be_bytes())
}

fn item_number(key: &[u8; 40]) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&key[32..]);
    u64::from_be_bytes(number)
}

fn expiry_key(remove_at: u64, invite: &InviteId) -> [u8; 24] {
    join(&remove_at.to_be_bytes(), &invite.0)
}

fn expiry_invite(key: &[u8; 24]) -> InviteId {
    let mut invite = [0; 16];
    invite.copy_from_slice(&key[8..]);
    InviteId(invite)
}

/// Two byte strings in a row. The sizes are checked where the result's type is written.
fn join<const N: usize>(first: &[u8], second: &[u8]) -> [u8; N] {
    let mut joined = [0; N];
    joined[..first.len()].copy_from_slice(first);
    joined[first.len()..].copy_from_slice(second);
    joined
}
