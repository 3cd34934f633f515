//! The tables and the rules of mailboxes, inside one write transaction.
//!
//! Every job checks first and writes last: a refused one has changed nothing. Everything of a mailbox is one range of each
//! table.

use redb::{ReadableDatabase, ReadableTable, Table, TableDefinition, WriteTransaction};
use sightline_proto::id::{MailName, MailboxId, SlotPublic};
use sightline_proto::limits::{MAX_MAIL_PART, MAX_MAILS};
use sightline_proto::switchboard::{
    BoxStanding, DropMail, ListMail, Mail, ReadMail, RefusedReason, Right, SetAccess, Share,
};
use tracing::warn;

use super::row::{BoxRow, Due, DueKey, Head, SlotRow, due_key, join, last_due, range_of, read_due};
use super::{Files, MailOp, MailOutcome};
use crate::fields::Fields;
use crate::limits::{MAIL_ROW_BYTES, MAIL_SWEEP};
use crate::store::StoreLimits;

pub(super) type Refusable = Result<MailOutcome, RefusedReason>;

/// mailbox → its row.
const BOXES: TableDefinition<'_, &[u8; 16], &[u8]> = TableDefinition::new("mail boxes");
/// mailbox, slot key → what it may and has.
const SLOTS: TableDefinition<'_, &[u8; 48], &[u8]> = TableDefinition::new("mail slots");
/// mailbox, name → whole item.
const ITEMS: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("mail items");
/// mailbox, number → what the list says of a whole item, and its name: listing reads no bytes of items.
const NUMBERS: TableDefinition<'_, &[u8; 24], &[u8]> = TableDefinition::new("mail numbers");
/// mailbox, writer, name → item that is not whole yet.
const UPLOADS: TableDefinition<'_, &[u8; 64], &[u8]> = TableDefinition::new("mail uploads");
/// Every file that belongs to an item or upload.
const FILES: TableDefinition<'_, u64, ()> = TableDefinition::new("mail files");
/// What expires when.
const EXPIRY: TableDefinition<'_, &DueKey, ()> = TableDefinition::new("mail expiry");
/// Sums over all mailboxes.
const TOTALS: TableDefinition<'_, &str, u64> = TableDefinition::new("mail totals");
const BYTES: &str = "bytes";
const NEXT_FILE: &str = "next file";

const DAY_MS: u64 = 24 * 3_600_000;

/// All mailbox tables, open for one batch.
pub(crate) struct MailTables<'t> {
    pub(super) boxes: Table<'t, &'static [u8; 16], &'static [u8]>,
    pub(super) slots: Table<'t, &'static [u8; 48], &'static [u8]>,
    pub(super) items: Table<'t, &'static [u8; 32], &'static [u8]>,
    pub(super) numbers: Table<'t, &'static [u8; 24], &'static [u8]>,
    pub(super) uploads: Table<'t, &'static [u8; 64], &'static [u8]>,
    pub(super) files: Table<'t, u64, ()>,
    pub(super) expiry: Table<'t, &'static DueKey, ()>,
    pub(super) totals: Table<'t, &'static str, u64>,
    changed: bool,
}

/// Removes files that a crash has left over. The tables must be there already.
pub(crate) fn remove_left_over(database: &redb::Database, files: &Files) -> Result<usize, redb::Error> {
    let transaction = database.begin_read()?;
    let known = transaction.open_table(FILES)?;
    // A number that cannot be looked up is kept.
    Ok(files.remove_unknown(|number| known.get(number).map_or(true, |found| found.is_some()))?)
}

impl<'t> MailTables<'t> {
    pub(crate) fn open(transaction: &'t WriteTransaction) -> Result<Self, redb::Error> {
        Ok(Self {
            boxes: transaction.open_table(BOXES)?,
            slots: transaction.open_table(SLOTS)?,
            items: transaction.open_table(ITEMS)?,
            numbers: transaction.open_table(NUMBERS)?,
            uploads: transaction.open_table(UPLOADS)?,
            files: transaction.open_table(FILES)?,
            expiry: transaction.open_table(EXPIRY)?,
            totals: transaction.open_table(TOTALS)?,
            changed: false,
        })
    }

    /// Whether there is anything to commit.
    pub(crate) fn changed(&self) -> bool {
        self.changed
    }

    /// Does one job. The outer error is the database's, the inner one the rules'.
    pub(crate) fn apply(
        &mut self,
        op: &MailOp,
        files: &mut Files,
        now: u64,
        limits: &StoreLimits,
    ) -> Result<Refusable, redb::Error> {
        match op {
            MailOp::Open(open) => self.open_box(&open.mailbox, &open.owner, files, now, limits),
            MailOp::SetAccess(set) => self.set_access(set, files, now, limits),
            MailOp::Put(put) => self.put(put, files, now, limits),
            MailOp::UploadState(asked) => self.upload_state(&asked.mailbox, &asked.name, &asked.writer, now),
            MailOp::List(list) => self.list(list, now),
            MailOp::Read(read) => self.read(read, files, now),
            MailOp::Drop(dropped) => self.drop_mail(dropped, files, now),
            MailOp::State(asked) => self.state(&asked.mailbox, &asked.reader, now, limits),
        }
    }

    /// Deletes what has expired. Returns how much, and whether more is due at once.
    pub(crate) fn sweep(&mut self, files: &mut Files, now: u64) -> Result<(usize, bool), redb::Error> {
        let mut due = Vec::new();
        for entry in self.expiry.range::<&DueKey>(..=&last_due(now))?.take(MAIL_SWEEP) {
            let (key, _) = entry?;
            due.push(read_due(key.value())?);
        }
        for (mailbox, what) in &due {
            match what {
                Due::Mailbox => self.remove_box(mailbox, files)?,
                Due::Item(name) => self.remove_item(mailbox, name, files)?,
                Due::Upload(writer, name) => self.remove_upload(mailbox, writer, name, files)?,
            }
        }
        Ok((due.len(), due.len() == MAIL_SWEEP))
    }

    fn open_box(
        &mut self,
        mailbox: &MailboxId,
        owner: &SlotPublic,
        files: &mut Files,
        now: u64,
        limits: &StoreLimits,
    ) -> Result<Refusable, redb::Error> {
        if let Some(mut row) = self.mailbox(mailbox, now)? {
            if self.right(mailbox, owner)? != Some(Right::Owner) {
                return Ok(Err(RefusedReason::Conflict));
            }
            self.renew(mailbox, &mut row, now, limits)?;
            return Ok(Ok(MailOutcome::Done));
        }
        if self.is_full(2 * MAIL_ROW_BYTES, limits)? {
            return Ok(Err(RefusedReason::StorageFull));
        }
        // An expired one that no sweep has met yet may still lie there, with another's items.
        self.remove_box(mailbox, files)?;
        let mut row = BoxRow { version: 0, last: 0, bytes: 0, slots: 1, remove_at: 0 };
        let slot = SlotRow { right: Some(Right::Owner), ..SlotRow::NEW };
        self.slots.insert(&slot_key(mailbox, owner), slot.encode().as_slice())?;
        self.count_total(2 * MAIL_ROW_BYTES, 0)?;
        self.renew(mailbox, &mut row, now, limits)?;
        Ok(Ok(MailOutcome::Done))
    }

    fn set_access(
        &mut self,
        set: &SetAccess,
        files: &mut Files,
        now: u64,
        limits: &StoreLimits,
    ) -> Result<Refusable, redb::Error> {
        let Some(mut row) = self.mailbox(&set.mailbox, now)? else { return Ok(Err(RefusedReason::NotFound)) };
        if !self.right(&set.mailbox, &set.signer)?.is_some_and(Right::edits) {
            return Ok(Err(RefusedReason::BadSignature));
        }
        let mut wanted: Vec<(SlotPublic, Right)> = set.others.iter().map(|other| (other.slot, other.right)).collect();
        wanted.push((set.owner, Right::Owner));
        wanted.sort_by_key(|(slot, _)| *slot);
        let before = self.slots_of(&set.mailbox)?;
        if set.version <= row.version {
            let listed: Vec<_> =
                before.iter().filter_map(|(slot, row)| row.right.map(|right| (*slot, right))).collect();
            let same = set.version == row.version && listed == wanted;
            return Ok(if same { Ok(MailOutcome::Done) } else { Err(RefusedReason::Conflict) });
        }
        let slots = u32::try_from(wanted.len()).unwrap_or(u32::MAX);
        let more = u64::from(slots.saturating_sub(row.slots)) * MAIL_ROW_BYTES;
        if more > 0 && self.is_full(more, limits)? {
            return Ok(Err(RefusedReason::StorageFull));
        }
        for (slot, old) in before {
            if !wanted.iter().any(|(wanted, _)| *wanted == slot) {
                self.put_slot(&set.mailbox, &slot, SlotRow { right: None, ..old })?;
                self.remove_uploads(&set.mailbox, &slot, files)?;
            }
        }
        for (slot, right) in wanted {
            let old = self.slot(&set.mailbox, &slot)?;
            self.put_slot(&set.mailbox, &slot, SlotRow { right: Some(right), ..old })?;
        }
        // Removing uploads has changed it.
        row = self.mailbox(&set.mailbox, now)?.unwrap_or(row);
        let less = u64::from(row.slots.saturating_sub(slots)) * MAIL_ROW_BYTES;
        self.count_total(more, less)?;
        (row.version, row.slots) = (set.version, slots);
        self.boxes.insert(&set.mailbox.0, row.encode().as_slice())?;
        self.renew(&set.mailbox, &mut row, now, limits)?;
        Ok(Ok(MailOutcome::Done))
    }

    fn list(&mut self, list: &ListMail, now: u64) -> Result<Refusable, redb::Error> {
        if let Err(refused) = self.reader(&list.mailbox, &list.reader, now)? {
            return Ok(Err(refused));
        }
        let Some(first) = list.after.checked_add(1) else {
            return Ok(Ok(MailOutcome::Mails { more: false, mails: Vec::new() }));
        };
        let range = [number_key(&list.mailbox, first), number_key(&list.mailbox, u64::MAX)];
        let mut mails = Vec::new();
        for entry in self.numbers.range::<&[u8; 24]>(&range[0]..=&range[1])? {
            if mails.len() == MAX_MAILS {
                return Ok(Ok(MailOutcome::Mails { more: true, mails }));
            }
            let (_, listed) = entry?;
            let (head, name) = Head::decode(listed.value())?;
            let name = MailName(Fields(name).array()?);
            if head.expires > now {
                let (number, writer) = (head.n, head.writer.address());
                mails.push(Mail { number, name, label: head.label, size: head.size, writer });
            }
        }
        Ok(Ok(MailOutcome::Mails { more: false, mails }))
    }

    fn read(&mut self, read: &ReadMail, files: &Files, now: u64) -> Result<Refusable, redb::Error> {
        if let Err(refused) = self.reader(&read.mailbox, &read.reader, now)? {
            return Ok(Err(refused));
        }
        let Some((head, inline)) = self.item(&read.mailbox, &read.name, now)? else {
            return Ok(Err(RefusedReason::NotFound));
        };
        if read.offset > head.size {
            return Ok(Err(RefusedReason::TooLarge));
        }
        let length = usize::try_from(head.size - read.offset).unwrap_or(usize::MAX).min(MAX_MAIL_PART);
        let bytes = bytes_of(&head, &inline, files, read.offset, length);
        // A file that somebody took away is an item that isn't there.
        Ok(bytes
            .map(|bytes| MailOutcome::Part { size: head.size, offset: read.offset, bytes })
            .ok_or(RefusedReason::NotFound))
    }

    fn drop_mail(&mut self, dropped: &DropMail, files: &mut Files, now: u64) -> Result<Refusable, redb::Error> {
        let DropMail { mailbox, name, signer } = dropped;
        let right = match self.reader(mailbox, signer, now)? {
            Ok(right) => right,
            Err(refused) => return Ok(Err(refused)),
        };
        let upload = self.upload(mailbox, signer, name, now)?.is_some();
        let item = self.item(mailbox, name, now)?.map(|(head, _)| head);
        let entitled = item.is_some_and(|item| right.edits() || item.writer == *signer);
        match (upload, item) {
            (false, None) => return Ok(Err(RefusedReason::NotFound)),
            (false, Some(_)) if !entitled => return Ok(Err(RefusedReason::BadSignature)),
            _ => {}
        }
        self.remove_upload(mailbox, signer, name, files)?;
        if entitled {
            self.remove_item(mailbox, name, files)?;
        }
        Ok(Ok(MailOutcome::Done))
    }

    fn state(
        &mut self,
        mailbox: &MailboxId,
        reader: &SlotPublic,
        now: u64,
        limits: &StoreLimits,
    ) -> Result<Refusable, redb::Error> {
        let right = match self.reader(mailbox, reader, now)? {
            Ok(right) => right,
            Err(refused) => return Ok(Err(refused)),
        };
        let Some(row) = self.mailbox(mailbox, now)? else { return Ok(Err(RefusedReason::NotFound)) };
        Ok(Ok(MailOutcome::State(BoxStanding {
            right,
            version: row.version,
            last: row.last,
            own: Share { used: self.slot(mailbox, reader)?.bytes, quota: limits.policy.mail_bytes_per_slot },
            whole: Share { used: row.bytes, quota: limits.policy.mail_bytes_per_box },
        })))
    }

    /// What a slot may, if it may read.
    fn reader(
        &self,
        mailbox: &MailboxId,
        slot: &SlotPublic,
        now: u64,
    ) -> Result<Result<Right, RefusedReason>, redb::Error> {
        if self.mailbox(mailbox, now)?.is_none() {
            return Ok(Err(RefusedReason::NotFound));
        }
        Ok(self.right(mailbox, slot)?.ok_or(RefusedReason::BadSignature))
    }

    /// A mailbox, unless its time has come.
    pub(super) fn mailbox(&self, mailbox: &MailboxId, now: u64) -> Result<Option<BoxRow>, redb::Error> {
        let Some(row) = self.boxes.get(&mailbox.0)? else { return Ok(None) };
        let row = BoxRow::decode(row.value())?;
        Ok((row.remove_at > now).then_some(row))
    }

    pub(super) fn right(&self, mailbox: &MailboxId, slot: &SlotPublic) -> Result<Option<Right>, redb::Error> {
        Ok(self.slot(mailbox, slot)?.right)
    }

    pub(super) fn slot(&self, mailbox: &MailboxId, slot: &SlotPublic) -> Result<SlotRow, redb::Error> {
        let row = self.slots.get(&slot_key(mailbox, slot))?;
        row.map_or(Ok(SlotRow::NEW), |row| SlotRow::decode(row.value()))
    }

    /// All slots with a row, by rising key.
    pub(super) fn slots_of(&self, mailbox: &MailboxId) -> Result<Vec<(SlotPublic, SlotRow)>, redb::Error> {
        let [first, last] = range_of::<48>(&mailbox.0);
        let mut slots = Vec::new();
        for entry in self.slots.range::<&[u8; 48]>(&first..=&last)? {
            let (key, row) = entry?;
            slots.push((SlotPublic(tail(key.value())), SlotRow::decode(row.value())?));
        }
        Ok(slots)
    }

    /// A whole item and the bytes in its row, unless it has expired.
    pub(super) fn item(
        &self,
        mailbox: &MailboxId,
        name: &MailName,
        now: u64,
    ) -> Result<Option<(Head, Vec<u8>)>, redb::Error> {
        let row = self.items.get(&item_key(mailbox, name))?;
        unexpired(row.as_ref().map(redb::AccessGuard::value), now)
    }

    /// An item that its writer has begun to put, unless it has expired.
    pub(super) fn upload(
        &self,
        mailbox: &MailboxId,
        writer: &SlotPublic,
        name: &MailName,
        now: u64,
    ) -> Result<Option<(Head, Vec<u8>)>, redb::Error> {
        let row = self.uploads.get(&upload_key(mailbox, writer, name))?;
        unexpired(row.as_ref().map(redb::AccessGuard::value), now)
    }

    /// Writes a slot's row, or removes it when it says nothing any more.
    pub(super) fn put_slot(&mut self, mailbox: &MailboxId, slot: &SlotPublic, row: SlotRow) -> Result<(), redb::Error> {
        let key = slot_key(mailbox, slot);
        if row.right.is_none() && row.items == 0 {
            self.slots.remove(&key)?;
        } else {
            self.slots.insert(&key, row.encode().as_slice())?;
        }
        self.changed = true;
        Ok(())
    }

    /// Keeps a mailbox longer than the item that is put into it now.
    pub(super) fn renew(
        &mut self,
        mailbox: &MailboxId,
        row: &mut BoxRow,
        now: u64,
        limits: &StoreLimits,
    ) -> Result<(), redb::Error> {
        if row.remove_at >= expiry(now, limits) {
            return Ok(());
        }
        self.expiry.remove(&due_key(row.remove_at, mailbox, Due::Mailbox))?;
        // A day more, so that not every item moves it.
        row.remove_at = expiry(now, limits).saturating_add(DAY_MS);
        self.expiry.insert(&due_key(row.remove_at, mailbox, Due::Mailbox), ())?;
        self.boxes.insert(&mailbox.0, row.encode().as_slice())?;
        self.changed = true;
        Ok(())
    }

    /// Removes a whole item, if it is there.
    pub(super) fn remove_item(
        &mut self,
        mailbox: &MailboxId,
        name: &MailName,
        files: &mut Files,
    ) -> Result<(), redb::Error> {
        let removed = self.items.remove(&item_key(mailbox, name))?;
        let Some(head) = removed.map(|row| Head::decode(row.value()).map(|(head, _)| head)).transpose()? else {
            return Ok(());
        };
        self.numbers.remove(&number_key(mailbox, head.n))?;
        self.forget(mailbox, Due::Item(*name), &head, files)
    }

    /// Removes an upload, if it is there.
    pub(super) fn remove_upload(
        &mut self,
        mailbox: &MailboxId,
        writer: &SlotPublic,
        name: &MailName,
        files: &mut Files,
    ) -> Result<(), redb::Error> {
        let removed = self.uploads.remove(&upload_key(mailbox, writer, name))?;
        let Some(head) = removed.map(|row| Head::decode(row.value()).map(|(head, _)| head)).transpose()? else {
            return Ok(());
        };
        self.forget(mailbox, Due::Upload(*writer, *name), &head, files)
    }

    fn remove_uploads(
        &mut self,
        mailbox: &MailboxId,
        writer: &SlotPublic,
        files: &mut Files,
    ) -> Result<(), redb::Error> {
        let [first, last] = range_of::<64>(&join::<48>(&[&mailbox.0, &writer.0]));
        let mut names = Vec::new();
        for entry in self.uploads.range::<&[u8; 64]>(&first..=&last)? {
            names.push(MailName(tail(entry?.0.value())));
        }
        for name in names {
            self.remove_upload(mailbox, writer, &name, files)?;
        }
        Ok(())
    }

    /// Removes a mailbox with all that is in it.
    fn remove_box(&mut self, mailbox: &MailboxId, files: &mut Files) -> Result<(), redb::Error> {
        let Some(row) = self.boxes.get(&mailbox.0)?.map(|row| BoxRow::decode(row.value())).transpose()? else {
            return Ok(());
        };
        for (slot, _) in self.slots_of(mailbox)? {
            self.remove_uploads(mailbox, &slot, files)?;
        }
        let [first, last] = range_of::<32>(&mailbox.0);
        let mut names = Vec::new();
        for entry in self.items.range::<&[u8; 32]>(&first..=&last)? {
            names.push(MailName(tail(entry?.0.value())));
        }
        for name in names {
            self.remove_item(mailbox, &name, files)?;
        }
        let [first, last] = range_of::<48>(&mailbox.0);
        self.slots.retain_in::<&[u8; 48], _>(&first..=&last, |_, _| false)?;
        self.expiry.remove(&due_key(row.remove_at, mailbox, Due::Mailbox))?;
        self.boxes.remove(&mailbox.0)?;
        self.count_total(0, (1 + u64::from(row.slots)) * MAIL_ROW_BYTES)
    }

    /// Gives back what an item or upload cost.
    fn forget(&mut self, mailbox: &MailboxId, due: Due, head: &Head, files: &mut Files) -> Result<(), redb::Error> {
        self.expiry.remove(&due_key(head.expires, mailbox, due))?;
        if let Some(file) = head.file {
            self.files.remove(file)?;
            files.doom(file);
        }
        let mut slot = self.slot(mailbox, &head.writer)?;
        slot.items = slot.items.saturating_sub(1);
        slot.uploads = slot.uploads.saturating_sub(u32::from(matches!(due, Due::Upload(..))));
        slot.bytes = slot.bytes.saturating_sub(cost(head.size));
        self.put_slot(mailbox, &head.writer, slot)?;
        let row = self.boxes.get(&mailbox.0)?.map(|row| BoxRow::decode(row.value())).transpose()?;
        if let Some(mut row) = row {
            row.bytes = row.bytes.saturating_sub(cost(head.size));
            self.boxes.insert(&mailbox.0, row.encode().as_slice())?;
        }
        self.count_total(0, cost(head.size))
    }

    /// A number for a new file.
    pub(super) fn next_file(&self) -> Result<u64, redb::Error> {
        Ok(self.totals.get(NEXT_FILE)?.map_or(0, |next| next.value()))
    }

    /// Notes that a file is in use.
    pub(super) fn take_file(&mut self, number: u64) -> Result<(), redb::Error> {
        self.files.insert(number, ())?;
        self.totals.insert(NEXT_FILE, number + 1)?;
        Ok(())
    }

    pub(super) fn is_full(&self, more: u64, limits: &StoreLimits) -> Result<bool, redb::Error> {
        let bytes = self.totals.get(BYTES)?.map_or(0, |bytes| bytes.value());
        Ok(bytes.saturating_add(more) > limits.mail_bytes)
    }

    pub(super) fn count_total(&mut self, more: u64, less: u64) -> Result<(), redb::Error> {
        let bytes = self.totals.get(BYTES)?.map_or(0, |bytes| bytes.value());
        self.totals.insert(BYTES, bytes.saturating_add(more).saturating_sub(less))?;
        self.changed = true;
        Ok(())
    }
}

/// What an item of `size` bytes counts.
pub(super) fn cost(size: u32) -> u64 {
    u64::from(size) + MAIL_ROW_BYTES
}

/// When what is put now expires.
pub(super) fn expiry(now: u64, limits: &StoreLimits) -> u64 {
    now.saturating_add(u64::from(limits.policy.mail_days) * DAY_MS)
}

/// Some bytes of an item; none if its file is not what the tables say.
pub(super) fn bytes_of(head: &Head, inline: &[u8], files: &Files, offset: u32, length: usize) -> Option<Vec<u8>> {
    let Some(file) = head.file else {
        let from = usize::try_from(offset).ok()?;
        return inline.get(from..from.checked_add(length)?).map(<[u8]>::to_vec);
    };
    files.read(file, u64::from(offset), length).inspect_err(|error| warn!("a file of a mailbox: {}", error.kind())).ok()
}

fn unexpired(row: Option<&[u8]>, now: u64) -> Result<Option<(Head, Vec<u8>)>, redb::Error> {
    let Some(row) = row else { return Ok(None) };
    let (head, inline) = Head::decode(row)?;
    Ok((head.expires > now).then(|| (head, inline.to_vec())))
}

fn slot_key(mailbox: &MailboxId, slot: &SlotPublic) -> [u8; 48] {
    join(&[&mailbox.0, &slot.0])
}

pub(super) fn item_key(mailbox: &MailboxId, name: &MailName) -> [u8; 32] {
    join(&[&mailbox.0, &name.0])
}

pub(super) fn number_key(mailbox: &MailboxId, number: u64) -> [u8; 24] {
    join(&[&mailbox.0, &number.to_be_bytes()])
}

pub(super) fn upload_key(mailbox: &MailboxId, writer: &SlotPublic, name: &MailName) -> [u8; 64] {
    join(&[&mailbox.0, &writer.0, &name.0])
}

/// The last bytes of a key.
fn tail<const N: usize>(key: &[u8]) -> [u8; N] {
    join(&[&key[key.len() - N..]])
}
