//! What others left in the mailbox is listed, read, opened and given to the documents, which check it like everything else.

use std::slice::from_ref;

use sightline_crdt::envelope::Envelope;
use sightline_crdt::id::Epoch;
use sightline_crdt::log::Reason;
use sightline_crdt::roster::RosterError;
use sightline_crdt::session::{Input as DocInput, Output as DocOutput, Session};
use sightline_proto::id::MailboxId;
use sightline_proto::mailbox::{MailContent, MailLabel, open_item};
use sightline_proto::switchboard::client::Answer;
use sightline_proto::switchboard::{Ask, ListMail, Mail, Refused};

use super::actor::Actor;
use super::convert::doc_audience;
use super::jobs::Done;
use super::mailbox_inbox::{InLog, KeyState, Waits};
use super::mailbox_records::MailRecord;
use super::mailbox_transfer::read_whole;
use crate::runtime::steady_ms;

/// What came of an item that was read.
pub(super) struct ReadItem {
    pub(super) mail: Mail,
    pub(super) sealed: Result<Vec<u8>, Refused>,
}

impl Actor {
    /// The rendezvous says that there is something new.
    pub(super) fn mail_arrived(&mut self, mailbox: MailboxId) {
        if self.mailbox_id() == Some(mailbox) {
            self.mailbox.inbox.arrived();
            self.collect_mail();
        }
    }

    /// Lists and reads as far as it is time for that, and notes how far everything was taken in.
    pub(super) fn collect_mail(&mut self) {
        if let (Some(mailbox), Some(board)) = (self.mailbox_id(), self.reachable().into_iter().next()) {
            let key = self.keys.slot.clone();
            if let Some(after) = self.mailbox.inbox.begin_list() {
                let list = ListMail { mailbox, after, reader: key.public() };
                let asked = board.ask_now(Ask::ListMail(list, key.clone()));
                self.job(async move { Done::MailListed(asked.await) });
            }
            let session = &self.session;
            if let Some(mail) = self.mailbox.inbox.begin_read(|label| key_state(session, label)) {
                self.job(async move {
                    let sealed = read_whole(&board, mailbox, &mail, &key).await;
                    Done::MailRead(ReadItem { mail, sealed })
                });
            }
        }
        if self.mailbox.inbox.take_overflowed() {
            self.refuse("mail-locked");
        }
        if let Some(mark) = self.mailbox.inbox.move_mark() {
            self.store(&MailRecord::Read(mark).encode());
        }
    }

    /// Takes a page of the list.
    pub(super) fn mail_listed(&mut self, answer: Result<Answer, Refused>) {
        match answer {
            Ok(Answer::Mails { more, mails }) => {
                self.mailbox.inbox.list(&mails, more, &self.keys.slot.public().address());
                self.mailbox.blobs.list(&mails);
                if !more {
                    self.look_for_mailed_blobs();
                }
            }
            Ok(_) => self.mailbox.inbox.list_refused(Refused::NoAnswer, steady_ms()),
            Err(why) => self.mailbox.inbox.list_refused(why, steady_ms()),
        }
        self.collect_mail();
    }

    /// Takes an item that was read, and goes on with the next.
    pub(super) fn mail_read(&mut self, ReadItem { mail, sealed }: ReadItem) {
        match sealed {
            Ok(sealed) => self.take_mail(mail, &sealed),
            Err(why) => self.mailbox.inbox.read_refused(mail, why, steady_ms()),
        }
        self.collect_mail();
    }

    fn take_mail(&mut self, mail: Mail, sealed: &[u8]) {
        let content = self.open_mail(&mail, sealed);
        let outputs = match &content {
            Some(MailContent::Envelope(bytes)) => self.session.handle(DocInput::Envelopes(from_ref(bytes))),
            Some(MailContent::RosterEntry(bytes)) => self.session.handle(DocInput::Entries(from_ref(bytes))),
            Some(_) => {
                self.refuse("mail-kind");
                Vec::new()
            }
            None => {
                self.refuse("mail-item");
                Vec::new()
            }
        };
        let waits = content.and_then(|content| waits_for(&self.session, &content, &outputs));
        // What it brought is stored before the mark passes it.
        self.carry_out(outputs);
        match waits {
            Some(what) => self.mailbox.inbox.waits(mail, what),
            None => self.mailbox.inbox.done(mail),
        }
    }

    /// New entries may open, or let in, what waits for them.
    pub(super) fn unlock_mail(&mut self) {
        self.mailbox.inbox.roster_changed();
        self.collect_mail();
    }

    /// What waited in memory may be stored by now.
    pub(super) fn look_at_waiting_mail(&mut self) {
        let session = &self.session;
        self.mailbox.inbox.look_at_logs(|doc, id| match session.log(doc) {
            Some(log) if log.envelope_by_id(&id).is_some() => InLog::Stored,
            Some(log) if log.is_pending(&id) => InLog::Pending,
            _ => InLog::Gone,
        });
        self.collect_mail();
    }

    /// Opens an item with any key of its epoch that this device has.
    fn open_mail(&self, mail: &Mail, sealed: &[u8]) -> Option<MailContent> {
        let mailbox = self.mailbox_id()?;
        let keys = self.session.ring().candidates(Epoch(mail.label.epoch), doc_audience(mail.label.audience));
        keys.iter().find_map(|key| open_item(sealed, &mailbox, &mail.name, mail.label, key).ok())
    }
}

fn key_state(session: &Session, label: &MailLabel) -> KeyState {
    if !session.ring().candidates(Epoch(label.epoch), doc_audience(label.audience)).is_empty() {
        KeyState::Here
    } else if label.epoch > session.roster().epoch().0 {
        KeyState::ToCome
    } else {
        KeyState::Never
    }
}

/// What an item still waits for that was given to the documents; none if it is stored or of no use.
fn waits_for(session: &Session, content: &MailContent, outputs: &[DocOutput]) -> Option<Waits> {
    if let MailContent::Envelope(bytes) = content
        && let Ok(envelope) = Envelope::decode(bytes)
        && let Some(log) = session.log(envelope.doc())
    {
        let id = envelope.id();
        if log.envelope_by_id(&id).is_some() {
            return None;
        }
        if log.is_pending(&id) {
            return Some(Waits::Log(envelope.doc(), id));
        }
    }
    // Members put at the same time what builds on each other: it may come in any order.
    let early = [
        Reason::UnknownAuthor.name(),
        Reason::FutureEpoch.name(),
        Reason::PendingFull.name(),
        RosterError::UnknownPrevious.name(),
    ];
    let is_early =
        |output: &DocOutput| matches!(output, DocOutput::Refused { link: None, reason } if early.contains(reason));
    outputs.iter().any(is_early).then_some(Waits::Roster)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::rng;
    use sightline_crdt::id::{DocId, SlotKey};
    use sightline_crdt::session::Me;
    use sightline_crdt::storage::{RecordKind, scan};
    use sightline_proto::keys::{PeerKey, SessionKeys};
    use sightline_proto::mailbox::Audience;

    /// A session with two messages, and the same session before they came.
    fn with_two_messages() -> (Session, [Vec<u8>; 2]) {
        let (peer, keys) = (PeerKey::generate(&mut rng()), SessionKeys::generate(&mut rng()));
        let me = || -> Me { super::super::convert::me(&peer, &keys) };
        let slot = SlotKey(keys.slot.public().0);
        let (mut session, mut outputs) = Session::found(me(), slot, "Ada", false, &mut rng()).unwrap();
        outputs.extend(session.say("one", 1, &mut rng()).unwrap());
        outputs.extend(session.say("two", 2, &mut rng()).unwrap());
        let records = |output: DocOutput| match output {
            DocOutput::Persist(record) => record,
            _ => Vec::new(),
        };
        let file: Vec<u8> = outputs.into_iter().flat_map(records).collect();
        let found = scan(&file).records;
        let of = |kind| found.iter().filter(move |record| record.kind == kind);
        let envelopes: Vec<Vec<u8>> = of(RecordKind::ENVELOPE).map(|record| record.payload.to_vec()).collect();
        let before = Session::restore(me(), of(RecordKind::ENTRY).copied()).unwrap().session;
        (before, envelopes.try_into().unwrap())
    }

    fn take(session: &mut Session, envelope: &[u8]) -> Option<Waits> {
        let outputs = session.handle(DocInput::Envelopes(&[envelope.to_vec()]));
        waits_for(session, &MailContent::Envelope(envelope.to_vec()), &outputs)
    }

    #[test]
    fn an_envelope_that_waits_in_the_log_is_not_taken_in_for_good() {
        let (mut session, [one, two]) = with_two_messages();
        let id = Envelope::decode(&two).unwrap().id();
        assert_eq!(take(&mut session, &two), Some(Waits::Log(DocId::ROOM, id)));
        assert_eq!(take(&mut session, &two), Some(Waits::Log(DocId::ROOM, id)), "and not when it comes twice");
        assert_eq!(take(&mut session, &one), None);
        assert_eq!(take(&mut session, &two), None);
        assert_eq!(take(&mut session, b"garbage"), None, "of no use");
    }

    #[test]
    fn what_another_session_wrote_waits_for_nothing_and_a_stranger_for_the_roster() {
        let (mut session, _) = with_two_messages();
        let (_, [other, _]) = with_two_messages();
        assert_eq!(take(&mut session, &other), None);
        let refused = |reason| [DocOutput::Refused { link: None, reason }];
        let content = MailContent::RosterEntry(b"an entry".to_vec());
        assert_eq!(waits_for(&session, &content, &refused("unknown-previous")), Some(Waits::Roster));
        assert_eq!(waits_for(&session, &content, &refused("bad-signature")), None);
        let stranger = MailContent::Envelope(b"of a newcomer".to_vec());
        assert_eq!(waits_for(&session, &stranger, &refused("unknown-author")), Some(Waits::Roster));
    }

    #[test]
    fn only_keys_of_epochs_to_come_are_waited_for() {
        let (session, _) = with_two_messages();
        let now = session.roster().epoch().0;
        let label =
            |epoch| MailLabel { kind: sightline_proto::mailbox::MailKind::Envelope, epoch, audience: Audience::All };
        assert_eq!(key_state(&session, &label(now)), KeyState::Here);
        assert_eq!(key_state(&session, &label(now + 1)), KeyState::ToCome);
        assert_eq!(key_state(&session, &label(now - 1)), KeyState::Never);
    }
}
