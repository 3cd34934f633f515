//! What everybody has is dropped from the mailbox, so that what a member may have there is not used up for good.
//!
//! What a member last said to have decides, each for itself: whoever says more than it has only harms itself. What was
//! dropped is not stored any more, so it is put again for somebody who is let in later, or who lost what it had.

use sightline_crdt::id::{DocId, PeerId as DocPeer};
use sightline_proto::id::MailName;
use sightline_proto::switchboard::client::Answer;
use sightline_proto::switchboard::{Ask, DropMail, Refused, RefusedReason};

use super::actor::Actor;
use super::jobs::Done;
use super::mailbox::OwnItem;
use super::mailbox_blobs::Naming;
use super::mailbox_inbox::is_passing;
use super::mailbox_records::MailRecord;
use super::mailbox_transfer::ask_paced;

impl Actor {
    /// Drops the next own envelope that every other member has, one at a time.
    pub(super) fn drop_delivered(&mut self) {
        if self.mailbox.dropping.is_some() {
            return;
        }
        let (Some(mailbox), Some(board)) = (self.mailbox_id(), self.reachable().into_iter().next()) else { return };
        let Some((own, name)) = self.delivered_item() else { return };
        self.mailbox.dropping = Some(own);
        let key = self.keys.slot.clone();
        let dropped = DropMail { mailbox, name, signer: key.public() };
        self.job(
            async move { Done::MailDropped { own, answer: ask_paced(&board, Ask::DropMail(dropped, key)).await } },
        );
    }

    fn delivered_item(&mut self) -> Option<(OwnItem, MailName)> {
        if !self.mailbox.stored.iter().any(|(own, name)| name.is_some() && self.all_have(own)) {
            return None;
        }
        // What is there says which blobs are to be: it stays until they are.
        let more = self.naming_more();
        let needed = |own: &OwnItem| match own {
            OwnItem::Envelope(doc, actor, seq) => {
                let file = *doc == DocId::ROOM && more.contains(&Naming::Envelope(*actor, *seq));
                file || more.contains(&Naming::Board(*doc))
            }
            OwnItem::Entry(_) => true,
        };
        let named = self.mailbox.stored.iter().filter_map(|(own, name)| Some((*own, (*name)?)));
        named.into_iter().find(|(own, _)| !needed(own) && self.all_have(own))
    }

    /// Whether every other member that hears of an own envelope says to have it. Of entries nobody says that.
    fn all_have(&self, own: &OwnItem) -> bool {
        let OwnItem::Envelope(doc, actor, seq) = own else { return false };
        let Some(log) = self.session.log(*doc) else { return false };
        let has = |peer: DocPeer| {
            let Some((theirs, id)) = self.session.seen(&peer, *doc).and_then(|vector| vector.get(actor)) else {
                return false;
            };
            theirs >= seq && log.envelope_at(actor, *theirs).is_some_and(|envelope| envelope.id() == *id)
        };
        let members = self.session.roster().members();
        let mut others = members
            .filter(|member| member.peer != self.session.peer() && member.role.hears(doc.kind.audience()))
            .peekable();
        others.peek().is_some() && others.all(|member| has(member.peer))
    }

    /// What came of dropping.
    pub(super) fn mail_dropped(&mut self, own: OwnItem, answer: Result<Answer, Refused>) {
        self.mailbox.dropping = None;
        match answer {
            // What isn't there has expired.
            Ok(_) | Err(Refused::Because(RefusedReason::NotFound)) => {
                self.mailbox.stored.remove(&own);
                self.store(&MailRecord::Dropped(own).encode());
                if std::mem::take(&mut self.mailbox.full) {
                    self.put_mail();
                }
                self.drop_delivered();
            }
            Err(why) if is_passing(why) => self.mailbox.look_soon(),
            Err(why) => tracing::debug!(?why, "the mailbox did not drop an item"),
        }
    }
}
