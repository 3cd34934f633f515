//! What lies in a mailbox for this device, by arrival number: what is still to be read, what waits for something else, and
//! up to where everything was taken in for good. Pure: the caller lists, reads, and tells what came of it.
//!
//! The mark, which alone outlives a restart, never passes an item that is only listed or only in memory. What waits is kept
//! as its label and read again, so a flood of items that nobody can open costs no content.

use std::collections::{BTreeMap, BTreeSet};

use sightline_crdt::id::{DocId, EnvelopeId};
use sightline_proto::id::SlotAddress;
use sightline_proto::limits::{MAX_MAIL_UNREAD, MAX_MAIL_WAITING, MAX_MAILS};
use sightline_proto::mailbox::{MailKind, MailLabel};
use sightline_proto::switchboard::{Mail, Refused, RefusedReason};

use super::jobs::PACED;

/// A rest after an answer that time alone doesn't change, as when this device is no longer on the list.
const LONG_REST_MS: u64 = 60_000;

/// Whether an item can be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyState {
    /// Its key is here.
    Here,
    /// The entry that starts its epoch is not here yet.
    ToCome,
    /// Its epoch has begun without a key for this device: it is for others.
    Never,
}

/// What an item waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waits {
    /// A roster entry, which brings its key, its author, or what it builds on. Then it is read again.
    Roster,
    /// What its envelope builds on: until then the document's log has it in memory only.
    Log(DocId, EnvelopeId),
}

/// How an envelope stands in its document's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InLog {
    /// Stored.
    Stored,
    /// Waiting.
    Pending,
    /// Given up.
    Gone,
}

/// The items of others.
#[derive(Default)]
pub(super) struct Inbox {
    /// Everything up to this arrival number was taken in for good.
    mark: u64,
    /// The list was asked for up to here on this connection.
    listed: u64,
    /// There is more to be listed: the last answer said so, or something arrived.
    more: bool,
    listing: bool,
    to_read: BTreeMap<u64, Mail>,
    reading: Option<Mail>,
    waiting: BTreeMap<u64, (Mail, Waits)>,
    /// Taken in for good, beyond the mark: not read twice in one run.
    done: BTreeSet<u64>,
    /// The lowest item that found no room among those that wait.
    unkept: Option<u64>,
    overflowed: bool,
    /// The rendezvous is asked for nothing before this.
    rest_until: Option<u64>,
}

impl Inbox {
    /// Takes back the mark of an earlier run.
    pub(super) fn restore(&mut self, mark: u64) {
        self.mark = self.mark.max(mark);
    }

    /// Everything up to here was taken in for good.
    #[cfg(test)]
    pub(super) fn mark(&self) -> u64 {
        self.mark
    }

    /// On a new connection everything is listed anew.
    pub(super) fn begin_connection(&mut self) {
        self.listed = 0;
        (self.more, self.listing, self.reading, self.rest_until) = (true, false, None, None);
        self.to_read.clear();
        self.unkept = None;
    }

    /// There is something new.
    pub(super) fn arrived(&mut self) {
        self.more = true;
    }

    /// The arrival number after which to list now, if it is time for that.
    pub(super) fn begin_list(&mut self) -> Option<u64> {
        let room = self.to_read.len() + MAX_MAILS <= MAX_MAIL_UNREAD;
        if !self.more || self.listing || !room || self.rest_until.is_some() {
            return None;
        }
        (self.more, self.listing) = (false, true);
        Some(self.listed)
    }

    /// Takes a page of the list.
    pub(super) fn list(&mut self, mails: &[Mail], more: bool, me: &SlotAddress) {
        self.listing = false;
        let before = self.listed;
        for mail in mails {
            self.listed = self.listed.max(mail.number);
            let known = mail.number <= self.mark
                || self.done.contains(&mail.number)
                || self.waiting.contains_key(&mail.number)
                || self.reading.is_some_and(|reading| reading.number == mail.number);
            if !known && mail.label.kind != MailKind::Blob && mail.writer != *me {
                self.to_read.insert(mail.number, *mail);
            }
        }
        // A rendezvous that promises more and gives nothing new is asked no further.
        self.more |= more && self.listed > before;
    }

    /// The list was refused. Without a box, or without a right to it, nothing lies there for this device.
    pub(super) fn list_refused(&mut self, why: Refused, now: u64) {
        self.listing = false;
        if is_passing(why) {
            self.more = true;
            self.rest(now, PACED.as_millis() as u64);
        }
    }

    /// What to read now: entries first, for they bring the keys and authors of what else was listed.
    pub(super) fn begin_read(&mut self, key: impl Fn(&MailLabel) -> KeyState) -> Option<Mail> {
        if self.reading.is_some() || self.rest_until.is_some() {
            return None;
        }
        loop {
            let entry = self.to_read.values().find(|mail| mail.label.kind == MailKind::RosterEntry);
            let mail = *entry.or_else(|| self.to_read.values().next())?;
            match key(&mail.label) {
                KeyState::Here => {
                    self.to_read.remove(&mail.number);
                    self.reading = Some(mail);
                    return Some(mail);
                }
                KeyState::ToCome => self.waits(mail, Waits::Roster),
                KeyState::Never => self.done(mail),
            }
        }
    }

    /// The item was not read. What can't be read ever is passed over; everything else is tried again.
    pub(super) fn read_refused(&mut self, mail: Mail, why: Refused, now: u64) {
        use RefusedReason::{Malformed, NotFound, TooLarge};
        if matches!(why, Refused::Because(NotFound | Malformed | TooLarge)) {
            return self.done(mail);
        }
        self.end_reading(&mail);
        self.to_read.insert(mail.number, mail);
        self.rest(now, if is_passing(why) { PACED.as_millis() as u64 } else { LONG_REST_MS });
    }

    /// The item was taken in for good, or is of no use.
    pub(super) fn done(&mut self, mail: Mail) {
        self.end_reading(&mail);
        self.to_read.remove(&mail.number);
        if self.done.len() < MAX_MAIL_WAITING {
            self.done.insert(mail.number);
        }
    }

    /// The item can't be taken in for good yet.
    pub(super) fn waits(&mut self, mail: Mail, what: Waits) {
        self.end_reading(&mail);
        self.to_read.remove(&mail.number);
        if self.waiting.len() < MAX_MAIL_WAITING {
            self.waiting.insert(mail.number, (mail, what));
        } else {
            self.unkept = Some(self.unkept.map_or(mail.number, |lowest| lowest.min(mail.number)));
            self.overflowed = true;
        }
    }

    fn end_reading(&mut self, mail: &Mail) {
        if self.reading.is_some_and(|reading| reading.number == mail.number) {
            self.reading = None;
        }
    }

    /// The roster changed: what waited for it is read again, and what was not kept is listed again.
    pub(super) fn roster_changed(&mut self) {
        let again = self.waiting.extract_if(.., |_, (_, what)| *what == Waits::Roster);
        self.to_read.extend(again.map(|(number, (mail, _))| (number, mail)));
        if self.unkept.take().is_some() {
            self.listed = self.mark;
            self.more = true;
        }
    }

    /// Logs changed: what they stored is done, and what they gave up is read again.
    pub(super) fn look_at_logs(&mut self, stands: impl Fn(DocId, EnvelopeId) -> InLog) {
        let of = |what: &Waits| match what {
            Waits::Roster => InLog::Pending,
            Waits::Log(doc, id) => stands(*doc, *id),
        };
        let moved: Vec<(Mail, InLog)> = self
            .waiting
            .values()
            .map(|(mail, what)| (*mail, of(what)))
            .filter(|(_, at)| *at != InLog::Pending)
            .collect();
        for (mail, at) in moved {
            self.waiting.remove(&mail.number);
            if at == InLog::Stored {
                self.done(mail);
            } else {
                self.to_read.insert(mail.number, mail);
            }
        }
    }

    /// The mark, if it moved: to be stored.
    pub(super) fn move_mark(&mut self) -> Option<u64> {
        let open = [
            self.to_read.keys().next().copied(),
            self.reading.map(|mail| mail.number),
            self.waiting.keys().next().copied(),
            self.unkept,
        ];
        let lowest = open.into_iter().flatten().min();
        let mark = lowest.map_or(self.listed, |number| self.listed.min(number.saturating_sub(1)));
        if mark <= self.mark {
            return None;
        }
        self.mark = mark;
        self.done = self.done.split_off(&mark);
        Some(mark)
    }

    /// Whether something found no room since this was last asked.
    pub(super) fn take_overflowed(&mut self) -> bool {
        std::mem::take(&mut self.overflowed)
    }

    /// When a rest is over.
    pub(super) fn next_wake(&self) -> Option<u64> {
        self.rest_until
    }

    /// Time passed.
    pub(super) fn tick(&mut self, now: u64) {
        self.rest_until = self.rest_until.filter(|until| *until > now);
    }

    fn rest(&mut self, now: u64, for_ms: u64) {
        self.rest_until = Some(now + for_ms);
    }
}

/// Whether it was refused for what passes: too fast, too much at once, the connection.
pub(super) fn is_passing(why: Refused) -> bool {
    match why {
        Refused::NoAnswer | Refused::TooManyAsked => true,
        Refused::Because(reason) => {
            use RefusedReason::{QueueFull, RateLimited, ShuttingDown};
            matches!(reason, RateLimited | QueueFull | ShuttingDown)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sightline_crdt::id::DocKind;
    use sightline_proto::id::MailName;
    use sightline_proto::mailbox::Audience;

    const ME: SlotAddress = SlotAddress([1; 16]);
    const RATE: Refused = Refused::Because(RefusedReason::RateLimited);

    fn mail(number: u64, kind: MailKind, epoch: u64) -> Mail {
        let label = MailLabel { kind, epoch, audience: Audience::All };
        Mail { number, name: MailName([number as u8; 16]), label, size: 256, writer: SlotAddress([2; 16]) }
    }

    fn envelopes(numbers: std::ops::RangeInclusive<u64>) -> Vec<Mail> {
        numbers.map(|number| mail(number, MailKind::Envelope, 0)).collect()
    }

    fn listed(mails: &[Mail]) -> Inbox {
        let mut inbox = Inbox::default();
        list(&mut inbox, mails);
        inbox
    }

    fn list(inbox: &mut Inbox, mails: &[Mail]) {
        inbox.begin_connection();
        assert!(inbox.begin_list().is_some());
        inbox.list(mails, false, &ME);
    }

    /// With the keys of epochs below this one.
    fn keys(epochs: u64) -> impl Fn(&MailLabel) -> KeyState {
        move |label| if label.epoch < epochs { KeyState::Here } else { KeyState::ToCome }
    }

    /// What an app reads that starts again with this mark.
    fn after_a_restart(mark: u64, mails: &[Mail], epochs: u64) -> Vec<u64> {
        let mut inbox = Inbox::default();
        inbox.restore(mark);
        list(&mut inbox, mails);
        std::iter::from_fn(|| inbox.begin_read(keys(epochs)).inspect(|mail| inbox.done(*mail)))
            .map(|mail| mail.number)
            .collect()
    }

    #[test]
    fn an_item_that_was_read_too_fast_is_read_again_and_the_mark_waits_for_it() {
        let mails = envelopes(1..=3);
        let mut inbox = listed(&mails);
        let first = inbox.begin_read(keys(1)).unwrap();
        inbox.read_refused(first, RATE, 100);
        assert_eq!((inbox.begin_read(keys(1)), inbox.move_mark()), (None, None), "the rendezvous rests");
        inbox.tick(inbox.next_wake().unwrap());
        let mut read = Vec::new();
        while let Some(mail) = inbox.begin_read(keys(1)) {
            read.push(mail.number);
            inbox.done(mail);
        }
        assert_eq!((read, inbox.move_mark()), (vec![1, 2, 3], Some(3)));
    }

    #[test]
    fn only_what_can_never_be_read_is_passed_over() {
        use RefusedReason::{BadSignature, Malformed, NotFound, QueueFull, RateLimited, TooLarge};
        let of = |why: Refused| {
            let mut inbox = listed(&envelopes(1..=1));
            let mail = inbox.begin_read(keys(1)).unwrap();
            inbox.read_refused(mail, why, 0);
            inbox.move_mark()
        };
        assert!([NotFound, Malformed, TooLarge].into_iter().all(|why| of(Refused::Because(why)) == Some(1)));
        assert!([BadSignature, RateLimited, QueueFull].into_iter().all(|why| of(Refused::Because(why)).is_none()));
        assert!([Refused::NoAnswer, Refused::TooManyAsked].into_iter().all(|why| of(why).is_none()));
    }

    #[test]
    fn a_list_that_was_asked_for_too_fast_is_asked_for_again() {
        let mut inbox = Inbox::default();
        inbox.begin_connection();
        assert_eq!(inbox.begin_list(), Some(0));
        inbox.list_refused(RATE, 5);
        assert_eq!(inbox.begin_list(), None);
        inbox.tick(5 + PACED.as_millis() as u64);
        assert_eq!(inbox.begin_list(), Some(0));
        inbox.list_refused(Refused::Because(RefusedReason::NotFound), 9);
        assert_eq!((inbox.begin_list(), inbox.next_wake()), (None, None), "there is no box yet");
    }

    #[test]
    fn a_restart_before_the_key_comes_loses_nothing() {
        let mails = [mail(1, MailKind::Envelope, 0), mail(2, MailKind::Envelope, 1), mail(3, MailKind::Envelope, 0)];
        let mut inbox = listed(&mails);
        while let Some(mail) = inbox.begin_read(keys(1)) {
            inbox.done(mail);
        }
        let mark = inbox.move_mark().unwrap();
        assert_eq!(mark, 1, "the second is not taken in");
        let mut later = mails.to_vec();
        later.push(mail(4, MailKind::RosterEntry, 0));
        assert_eq!(after_a_restart(mark, &later, 2), [4, 2, 3], "the entry first");
        // Without a restart what was taken in is not read twice.
        list(&mut inbox, &later);
        let entry = inbox.begin_read(keys(1)).unwrap();
        assert_eq!(entry.number, 4);
        inbox.roster_changed();
        inbox.done(entry);
        let locked = inbox.begin_read(keys(2)).unwrap();
        assert_eq!((locked.number, inbox.move_mark()), (2, None));
        inbox.done(locked);
        assert_eq!((inbox.begin_read(keys(2)), inbox.move_mark()), (None, Some(4)));
    }

    #[test]
    fn a_restart_while_an_envelope_waits_for_what_it_builds_on_loses_nothing() {
        let mails = envelopes(1..=2);
        let mut inbox = listed(&mails);
        let waits = Waits::Log(DocId { kind: DocKind::Room, id: [0; 16] }, EnvelopeId([9; 32]));
        let mail = inbox.begin_read(keys(1)).unwrap();
        inbox.waits(mail, waits);
        let next = inbox.begin_read(keys(1)).unwrap();
        inbox.done(next);
        assert_eq!(inbox.move_mark(), None);
        assert_eq!(after_a_restart(0, &mails, 1), [1, 2]);
        inbox.look_at_logs(|_, _| InLog::Pending);
        assert_eq!(inbox.move_mark(), None);
        inbox.look_at_logs(|_, _| InLog::Gone);
        let again = inbox.begin_read(keys(1)).unwrap();
        inbox.waits(again, waits);
        inbox.look_at_logs(|_, _| InLog::Stored);
        assert_eq!((again.number, inbox.move_mark()), (1, Some(2)));
    }

    #[test]
    fn what_is_for_others_holds_nothing_up() {
        let mut inbox = listed(&envelopes(1..=4));
        assert_eq!(inbox.begin_read(|_| KeyState::Never), None);
        assert_eq!(inbox.move_mark(), Some(4));
    }

    #[test]
    fn a_flood_of_locked_items_is_bounded_and_listed_again_when_keys_come() {
        let mails: Vec<Mail> =
            (1..=MAX_MAIL_WAITING as u64 + 3).map(|number| mail(number, MailKind::Envelope, 1)).collect();
        let mut inbox = Inbox::default();
        inbox.begin_connection();
        for page in mails.chunks(MAX_MAILS) {
            assert!(inbox.begin_list().is_some());
            inbox.list(page, true, &ME);
            assert_eq!(inbox.begin_read(keys(1)), None);
        }
        assert_eq!((inbox.waiting.len(), inbox.move_mark()), (MAX_MAIL_WAITING, None));
        assert!(inbox.take_overflowed() && !inbox.take_overflowed(), "it is told");
        inbox.roster_changed();
        let mut read = 0;
        loop {
            while let Some(mail) = inbox.begin_read(keys(2)) {
                read += 1;
                inbox.done(mail);
                inbox.move_mark();
            }
            let Some(after) = inbox.begin_list() else { break };
            let page: Vec<Mail> = mails.iter().filter(|mail| mail.number > after).take(MAX_MAILS).copied().collect();
            inbox.list(&page, page.len() == MAX_MAILS, &ME);
        }
        assert_eq!((read, inbox.mark), (mails.len(), mails.len() as u64));
    }

    #[test]
    fn a_rendezvous_that_lists_for_ever_is_listed_no_faster_than_it_is_read() {
        let mut inbox = Inbox::default();
        inbox.begin_connection();
        for page in 0..100 {
            let Some(after) = inbox.begin_list() else { break };
            let from = after + 1;
            inbox.list(&envelopes(from..=from + MAX_MAILS as u64 - 1), true, &ME);
            assert!(page < 3, "it goes on and on");
        }
        assert!(inbox.to_read.len() <= MAX_MAIL_UNREAD);
        let full = inbox.to_read.len();
        while inbox.begin_list().is_none() {
            let mail = inbox.begin_read(keys(1)).unwrap();
            inbox.done(mail);
        }
        assert!(inbox.to_read.len() < full);
    }
}
