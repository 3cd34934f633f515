//! Putting items: parts in order, each on disk before it is acknowledged, and resuming after whatever happened between.

use std::io;

use sightline_proto::id::{MailName, MailboxId, SlotPublic};
use sightline_proto::switchboard::{PutPart, RefusedReason, Right};

use super::row::{Due, Head, due_key};
use super::tables::{Refusable, bytes_of, cost, expiry, item_key, number_key, upload_key};
use super::{Files, MailOutcome, MailTables};
use crate::limits::{MAIL_INLINE, MAIL_UPLOADS};
use crate::store::StoreLimits;

impl MailTables<'_> {
    pub(super) fn upload_state(
        &mut self,
        mailbox: &MailboxId,
        name: &MailName,
        writer: &SlotPublic,
        now: u64,
    ) -> Result<Refusable, redb::Error> {
        if let Err(refused) = self.writer(mailbox, writer, now)? {
            return Ok(Err(refused));
        }
        if let Some((item, _)) = self.item(mailbox, name, now)? {
            return Ok(Ok(there(item.size, true)));
        }
        let upload = self.upload(mailbox, writer, name, now)?;
        Ok(Ok(there(upload.map_or(0, |(head, _)| bytes_there(&head)), false)))
    }

    pub(super) fn put(
        &mut self,
        put: &PutPart,
        files: &mut Files,
        now: u64,
        limits: &StoreLimits,
    ) -> Result<Refusable, redb::Error> {
        if let Err(refused) = self.writer(&put.mailbox, &put.writer, now)? {
            return Ok(Err(refused));
        }
        if let Some((item, inline)) = self.item(&put.mailbox, &put.name, now)? {
            let same = is_of(put, &item) && has(put, &item, &inline, files);
            return Ok(if same { Ok(there(item.size, true)) } else { Err(RefusedReason::Conflict) });
        }
        let upload = self.upload(&put.mailbox, &put.writer, &put.name, now)?;
        match upload {
            Some((head, inline)) if is_of(put, &head) => {
                let end = put.offset.saturating_add(length(put));
                if end <= bytes_there(&head) && has(put, &head, &inline, files) {
                    return Ok(Ok(there(bytes_there(&head), false)));
                }
                if put.offset == bytes_there(&head) {
                    return self.extend(put, head, inline, files);
                }
                if put.offset > 0 {
                    return Ok(Err(RefusedReason::Conflict));
                }
                self.begin(put, Some(head), files, now, limits)
            }
            _ if put.offset > 0 => Ok(Err(RefusedReason::Conflict)),
            before => self.begin(put, before.map(|(head, _)| head), files, now, limits),
        }
    }

    /// Takes the first part; an upload of the same name is given up for it.
    fn begin(
        &mut self,
        put: &PutPart,
        before: Option<Head>,
        files: &mut Files,
        now: u64,
        limits: &StoreLimits,
    ) -> Result<Refusable, redb::Error> {
        let PutPart { mailbox, name, writer, .. } = put;
        let Some(row) = self.mailbox(mailbox, now)? else { return Ok(Err(RefusedReason::NotFound)) };
        let slot = self.slot(mailbox, writer)?;
        let whole = length(put) == put.size;
        let (cost, freed) = (cost(put.size), before.map_or(0, |head| cost(head.size)));
        let used = |bytes: u64| bytes.saturating_sub(freed).saturating_add(cost);
        let policy = &limits.policy;
        let count = u32::from(before.is_none());
        if used(slot.bytes) > policy.mail_bytes_per_slot
            || used(row.bytes) > policy.mail_bytes_per_box
            || slot.items.saturating_add(count) > policy.mail_items_per_slot
            || (!whole && slot.uploads.saturating_add(count) > MAIL_UPLOADS)
        {
            return Ok(Err(RefusedReason::Quota));
        }
        if self.is_full(cost.saturating_sub(freed), limits)? {
            return Ok(Err(RefusedReason::StorageFull));
        }
        let file = if put.size as usize > MAIL_INLINE { Some(self.next_file()?) } else { None };
        if let Some(file) = file
            && files.begin(file, &put.bytes).is_err()
        {
            return Ok(Err(RefusedReason::StorageFull));
        }
        // What has expired and was not swept yet lies under the same keys.
        self.remove_item(mailbox, name, files)?;
        self.remove_upload(mailbox, writer, name, files)?;
        if let Some(file) = file {
            self.take_file(file)?;
        }
        let mut slot = self.slot(mailbox, writer)?;
        slot.items += 1;
        slot.uploads += 1;
        slot.bytes = slot.bytes.saturating_add(cost);
        self.put_slot(mailbox, writer, slot)?;
        let Some(mut row) = self.mailbox(mailbox, now)? else { return Ok(Err(RefusedReason::NotFound)) };
        row.bytes = row.bytes.saturating_add(cost);
        self.boxes.insert(&mailbox.0, row.encode().as_slice())?;
        self.renew(mailbox, &mut row, now, limits)?;
        self.count_total(cost, 0)?;
        let expires = expiry(now, limits);
        let head = Head { n: u64::from(length(put)), label: put.label, size: put.size, writer: *writer, expires, file };
        self.expiry.insert(&due_key(expires, mailbox, Due::Upload(*writer, *name)), ())?;
        let inline = if file.is_none() { put.bytes.clone() } else { Vec::new() };
        self.keep(put, head, inline)
    }

    /// Takes a further part.
    fn extend(
        &mut self,
        put: &PutPart,
        head: Head,
        mut inline: Vec<u8>,
        files: &mut Files,
    ) -> Result<Refusable, redb::Error> {
        match head.file {
            Some(file) => match files.extend(file, u64::from(put.offset), &put.bytes) {
                Ok(()) => {}
                // Somebody took the file away: the writer begins anew.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    self.remove_upload(&put.mailbox, &put.writer, &put.name, files)?;
                    return Ok(Err(RefusedReason::Conflict));
                }
                Err(_) => return Ok(Err(RefusedReason::StorageFull)),
            },
            None => inline.extend_from_slice(&put.bytes),
        }
        self.keep(put, Head { n: head.n + u64::from(length(put)), ..head }, inline)
    }

    /// Notes how far an upload is; if it is whole, it becomes the newest item.
    fn keep(&mut self, put: &PutPart, head: Head, inline: Vec<u8>) -> Result<Refusable, redb::Error> {
        let PutPart { mailbox, name, writer, .. } = put;
        let key = upload_key(mailbox, writer, name);
        if head.n < u64::from(head.size) {
            self.uploads.insert(&key, head.encode(&inline).as_slice())?;
            self.count_total(0, 0)?;
            return Ok(Ok(there(bytes_there(&head), false)));
        }
        self.uploads.remove(&key)?;
        self.expiry.remove(&due_key(head.expires, mailbox, Due::Upload(*writer, *name)))?;
        self.expiry.insert(&due_key(head.expires, mailbox, Due::Item(*name)), ())?;
        let mut slot = self.slot(mailbox, writer)?;
        slot.uploads = slot.uploads.saturating_sub(1);
        self.put_slot(mailbox, writer, slot)?;
        let Some(mut row) = self.mailbox(mailbox, 0)? else { return Ok(Err(RefusedReason::NotFound)) };
        row.last += 1;
        self.boxes.insert(&mailbox.0, row.encode().as_slice())?;
        let head = Head { n: row.last, ..head };
        self.items.insert(&item_key(mailbox, name), head.encode(&inline).as_slice())?;
        self.numbers.insert(&number_key(mailbox, row.last), head.encode(&name.0).as_slice())?;
        self.count_total(0, 0)?;
        let others = self.slots_of(mailbox)?.into_iter().filter(|(slot, row)| slot != writer && row.right.is_some());
        let tell = Some((row.last, others.map(|(slot, _)| slot.address()).collect()));
        Ok(Ok(MailOutcome::Upload { offset: head.size, whole: true, tell }))
    }

    /// Whether a slot may put items.
    fn writer(
        &self,
        mailbox: &MailboxId,
        slot: &SlotPublic,
        now: u64,
    ) -> Result<Result<(), RefusedReason>, redb::Error> {
        if self.mailbox(mailbox, now)?.is_none() {
            return Ok(Err(RefusedReason::NotFound));
        }
        let writes = self.right(mailbox, slot)?.is_some_and(Right::writes);
        Ok(if writes { Ok(()) } else { Err(RefusedReason::BadSignature) })
    }
}

fn there(offset: u32, whole: bool) -> MailOutcome {
    MailOutcome::Upload { offset, whole, tell: None }
}

/// Of an upload: never more than its size, which is a u32.
fn bytes_there(upload: &Head) -> u32 {
    u32::try_from(upload.n).unwrap_or(upload.size)
}

fn length(put: &PutPart) -> u32 {
    // The frame's cap is far below.
    u32::try_from(put.bytes.len()).unwrap_or(u32::MAX)
}

/// Whether a part says the same of the item as what is there.
fn is_of(put: &PutPart, head: &Head) -> bool {
    put.label == head.label && put.size == head.size
}

/// Whether a part's bytes are there already.
fn has(put: &PutPart, head: &Head, inline: &[u8], files: &Files) -> bool {
    bytes_of(head, inline, files, put.offset, put.bytes.len()).is_some_and(|bytes| bytes == put.bytes)
}
