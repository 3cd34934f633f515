//! The session at its rendezvous: listening, records, waiting rooms, and sealed messages to and fro.
//!
//! Whatever must not be lost is kept by the session and asked for again on every new connection: records of open
//! invites, items for waiting rooms, and the look into waiting rooms that may have filled meanwhile.

use sightline_proto::id::{InviteId, KnockId, SlotAddress};
use sightline_proto::invite::{InviteOwner, InviteState};
use sightline_proto::limits::MAX_OPEN_KNOCKS;
use sightline_proto::message::Message;
use sightline_proto::session::Input as WayInInput;
use sightline_proto::switchboard::client::Answer;
use sightline_proto::switchboard::{
    Ask, DeleteRecord, DropSlot, GetItems, Item, ListSlots, PutItem, PutRecord, Refused, RefusedReason,
};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::actor::Actor;
use super::jobs::Done;
use super::rooms::Put;
use crate::runtime::{now_ms, rng};
use crate::switchboard::client::{Incoming, Listening, Switchboard};

/// Waiting rooms that an invite may have at the rendezvous: each knock that may be open at once, and as many again of
/// people who lost their keys by a reload and came anew.
const SLOTS_PER_INVITE: u32 = 2 * MAX_OPEN_KNOCKS as u32;

/// The most for an invite without limit.
const MAX_SLOTS_PER_INVITE: u32 = 64;

/// How long the policy is waited for before what was known is taken.
const POLICY_PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);

/// One rendezvous of the session.
pub(super) struct Rendezvous {
    pub(super) switchboard: Switchboard,
    /// The connection that the session listens on; 0 while there is none.
    pub(super) generation: u64,
    _stop: DropGuard,
}

/// What a rendezvous brings.
pub(super) struct FromRendezvous {
    switchboard: Switchboard,
    what: Brought,
}

enum Brought {
    Generation(u64),
    Incoming(Incoming),
}

impl Actor {
    /// Listens at these rendezvous, and no longer at others.
    pub(super) async fn use_rendezvous(&mut self, switchboards: Vec<(Switchboard, Option<Listening>)>) {
        self.rendezvous.clear();
        self.stored.clear();
        for (switchboard, listening) in switchboards {
            let listening = match listening {
                Some(listening) => listening,
                None => switchboard.listen(self.keys.slot.clone()).await,
            };
            let stop = CancellationToken::new();
            let (stopped, own, to) = (stop.clone(), switchboard.clone(), self.rendezvous_in.clone());
            self.ctx.tasks.spawn(async move {
                stopped.run_until_cancelled(forward(own, listening, to)).await;
            });
            self.rendezvous.push(Rendezvous { switchboard, generation: 0, _stop: stop.drop_guard() });
        }
        self.changed();
    }

    /// Takes what a rendezvous brings.
    pub(super) fn take_from_rendezvous(&mut self, input: FromRendezvous) {
        let from = &input.switchboard;
        let Some(known) = self.rendezvous.iter_mut().find(|known| known.switchboard.is(from)) else { return };
        match input.what {
            Brought::Generation(generation) => {
                known.generation = generation;
                self.way_in_online(!self.reachable().is_empty());
                if generation > 0 {
                    self.catch_up(&input.switchboard);
                    self.mailbox_online();
                }
            }
            Brought::Incoming(Incoming::Message(payload)) => self.message(&payload),
            Brought::Incoming(Incoming::Mail { mailbox, .. }) => self.mail_arrived(mailbox),
            Brought::Incoming(Incoming::Item { invite, slot, item }) => {
                if self.admission.invite(&invite).is_some() && !self.take_item(invite, slot, &item, true) {
                    self.get_items(&input.switchboard, invite, slot);
                }
                self.put_items(Some(slot));
            }
        }
    }

    /// A new connection: everything that may have been missed.
    fn catch_up(&mut self, switchboard: &Switchboard) {
        let now = now_ms();
        let invites: Vec<(InviteId, InviteState)> =
            self.admission.invites().map(|owner| (owner.id(), owner.state(now))).collect();
        for (invite, state) in invites {
            match state {
                InviteState::Revoked => self.delete_record(invite),
                InviteState::Expired => {}
                InviteState::Open | InviteState::NotYetValid | InviteState::UsedUp => {
                    self.put_record(invite);
                    self.list_slots(switchboard, invite);
                }
            }
        }
        self.put_items(None);
        if self.rendezvous.first().is_some_and(|first| first.switchboard.is(switchboard)) {
            self.ask_policy(switchboard);
        }
    }

    fn message(&mut self, payload: &[u8]) {
        match Message::decode(payload) {
            Ok(Message::Knock { .. }) => self.knock_live(payload),
            Ok(Message::Call { epoch, .. }) => self.call(epoch, payload),
            Ok(Message::Trickle { id, .. }) => self.trickle(&id, payload),
            Ok(Message::Reply { .. }) => self.way_in(WayInInput::Message(payload)),
            Err(_) => self.refuse("malformed-message"),
        }
    }

    /// Puts an invite's record at every rendezvous.
    pub(super) fn put_record(&mut self, invite: InviteId) {
        let Some(owner) = self.admission.invite(&invite).cloned() else { return };
        let Some((version, record)) = self.sealed_record(&owner) else { return };
        let spec = owner.spec();
        let quota = match spec.uses {
            0 => MAX_SLOTS_PER_INVITE,
            uses => uses.saturating_mul(2).clamp(SLOTS_PER_INVITE, MAX_SLOTS_PER_INVITE),
        };
        let put = PutRecord {
            invite,
            owner: self.keys.slot.public(),
            invite_slot: owner.secrets().slot.public(),
            quota,
            version,
            not_after: spec.not_after,
            record,
        };
        for switchboard in self.reachable() {
            let asked = switchboard.ask_now(Ask::PutRecord(put.clone(), self.keys.slot.clone()));
            self.job(async move { Done::RecordPut { invite, version, answer: asked.await } });
        }
    }

    /// The record as it lies at the rendezvous. One version is always the same bytes.
    fn sealed_record(&mut self, owner: &InviteOwner) -> Option<(u64, Vec<u8>)> {
        let (invite, version) = (owner.id(), owner.version());
        if let Some((sealed_version, sealed)) = self.records.get(&invite)
            && *sealed_version == version
        {
            return Some((version, sealed.clone()));
        }
        let urls: Vec<String> = self.rendezvous.iter().map(|one| one.switchboard.address().origin()).collect();
        let name = self.ctx.settings.current().name;
        let record = owner.record(self.ctx.peer.public(), self.keys.slot.address(), &urls, &name)?;
        let sealed = record.seal(&owner.secrets(), &self.ctx.peer, &mut rng()).ok()?;
        self.records.insert(invite, (version, sealed.clone()));
        Some((version, sealed))
    }

    /// Takes an invite's record away from every rendezvous.
    pub(super) fn delete_record(&mut self, invite: InviteId) {
        if self.deleted.contains(&invite) {
            return;
        }
        for switchboard in self.reachable() {
            let asked = switchboard.ask_now(Ask::DeleteRecord(DeleteRecord { invite }, self.keys.slot.clone()));
            self.job(async move { Done::RecordDeleted { invite, answer: asked.await } });
        }
    }

    fn list_slots(&mut self, switchboard: &Switchboard, invite: InviteId) {
        let asked = switchboard.ask_now(Ask::ListSlots(ListSlots { invite }, self.keys.slot.clone()));
        let switchboard = switchboard.clone();
        self.job(async move { Done::SlotsListed { switchboard, invite, answer: asked.await } });
    }

    pub(super) fn get_items(&mut self, switchboard: &Switchboard, invite: InviteId, slot: SlotAddress) {
        let knock = self.slots.get(&slot).map(|(knock, _)| *knock);
        let read = knock.and_then(|knock| self.reading(&knock)).map(|reading| {
            reading.behind = false;
            reading.asked = true;
            reading.missed = false;
            (reading.read_holder, reading.read_expert)
        });
        let (after_holder, after_expert) = read.unwrap_or_default();
        let get = GetItems { invite, slot, after_holder, after_expert, reader: self.keys.slot.public() };
        let asked = switchboard.ask_now(Ask::GetItems(get, self.keys.slot.clone()));
        let switchboard = switchboard.clone();
        self.job(async move { Done::ItemsGot { switchboard, invite, slot, answer: asked.await } });
    }

    /// Puts what waits for a slot, or for all.
    pub(super) fn put_items(&mut self, only: Option<SlotAddress>) {
        self.put_left(only);
        let Some(switchboard) = self.reachable().into_iter().next() else { return };
        let writer = self.keys.slot.public();
        let mut asks = Vec::new();
        for ((knock, n), out) in &mut self.outbox {
            if out.stored || out.under_way || only.is_some_and(|slot| slot != out.slot) {
                continue;
            }
            out.under_way = true;
            let (invite, slot, item) = (out.invite, out.slot, out.item.clone());
            asks.push((*knock, *n, PutItem { invite, slot, n: *n, item, writer }));
        }
        for (knock, n, put) in asks {
            let asked = switchboard.ask_now(Ask::PutItem(put, self.keys.slot.clone()));
            self.job(async move { Done::ItemPut { knock, n, answer: asked.await } });
        }
    }

    /// A question for what is new in a waiting room is over. Returns whether something was missed meanwhile.
    pub(super) fn answered(&mut self, slot: SlotAddress) -> bool {
        let knock = self.slots.get(&slot).map(|(knock, _)| *knock);
        knock.and_then(|knock| self.reading(&knock)).is_some_and(|reading| {
            reading.asked = false;
            reading.missed && !reading.behind
        })
    }

    /// Asks every rendezvous for what is new in a waiting room.
    pub(super) fn read_on(&mut self, invite: InviteId, slot: SlotAddress) {
        for switchboard in self.reachable() {
            self.get_items(&switchboard, invite, slot);
        }
    }

    /// Learns what the organisation allows, which is told soon after a rendezvous is reached.
    fn ask_policy(&mut self, switchboard: &Switchboard) {
        let mut limit = switchboard.max_file_bytes();
        limit.mark_unchanged();
        let now = *limit.borrow();
        self.policy_is(now);
        self.job(async move {
            let told = tokio::time::timeout(POLICY_PATIENCE, limit.changed()).await;
            Done::Policy(if told.is_ok() { *limit.borrow() } else { now })
        });
    }

    /// Lets the rendezvous forget a waiting room: its person has a link and everything in it.
    pub(super) fn drop_slot(&mut self, invite: InviteId, slot: SlotAddress) {
        for switchboard in self.reachable() {
            let asked = switchboard.ask_now(Ask::DropSlot(DropSlot { invite, slot }, self.keys.slot.clone()));
            self.job(async move {
                // A room that was never opened, or is gone, needs no dropping.
                let _ = asked.await;
                Done::Nothing
            });
        }
    }

    /// Sends a sealed message that its sender repeats if it matters.
    pub(super) fn send_to(&mut self, to: SlotAddress, payload: Vec<u8>) {
        for switchboard in self.reachable() {
            let asked = switchboard.ask_now(Ask::Send { to, payload: payload.clone() });
            self.job(async move {
                let _ = asked.await;
                Done::Nothing
            });
        }
    }

    /// Sends a reply to a knock; if nobody listens there, it is left in the waiting room.
    pub(super) fn send_reply(&mut self, knock: KnockId, invite: InviteId, to: SlotAddress, message: Vec<u8>) {
        let asked: Vec<_> = self
            .reachable()
            .into_iter()
            .map(|switchboard| switchboard.ask_now(Ask::Send { to, payload: message.clone() }))
            .collect();
        self.job(async move {
            let delivered = futures_util::future::join_all(asked).await.iter().any(Result::is_ok);
            Done::ReplySent { knock, invite, to, message, delivered }
        });
    }

    /// The rendezvous that can be asked now.
    pub(super) fn reachable(&self) -> Vec<Switchboard> {
        self.rendezvous.iter().filter(|one| one.generation > 0).map(|one| one.switchboard.clone()).collect()
    }

    pub(super) fn record_put(&mut self, invite: InviteId, version: u64, answer: &Result<Answer, Refused>) {
        match answer {
            Ok(_) => {
                self.stored.insert(invite);
            }
            Err(Refused::Because(RefusedReason::Conflict)) => {
                tracing::warn!(version, "the rendezvous has another record of an invite");
                self.refuse("record-conflict");
            }
            Err(why) => tracing::debug!(?why, "an invite record was not put"),
        }
        self.changed();
    }

    pub(super) fn items_got(
        &mut self,
        switchboard: &Switchboard,
        invite: InviteId,
        slot: SlotAddress,
        more: bool,
        items: &[Item],
    ) {
        // The knock, which opens the room, is the first item.
        let read = |actor: &mut Self| {
            let knock = actor.slots.get(&slot).map(|(knock, _)| *knock)?;
            actor.reading(&knock).filter(|reading| !reading.behind).map(|room| (room.read_holder, room.read_expert))
        };
        let before = read(self);
        for item in items {
            self.take_item(invite, slot, item, false);
        }
        // A rendezvous that promises more and gives nothing new is asked no further.
        let after = read(self);
        let missed = self.answered(slot);
        if missed || (more && after.is_some() && after != before) {
            self.get_items(switchboard, invite, slot);
        }
        self.put_items(Some(slot));
    }
}

pub(super) fn put_of(answer: &Result<Answer, Refused>) -> Put {
    match answer {
        Ok(_) => Put::Stored,
        Err(Refused::Because(reason)) => match reason {
            RefusedReason::Conflict | RefusedReason::TooLarge | RefusedReason::Malformed => Put::Never,
            _ => Put::Later,
        },
        Err(Refused::NoAnswer | Refused::TooManyAsked) => Put::Later,
    }
}

/// Passes on what a listener gets, in order, until the client or the session ends.
async fn forward(switchboard: Switchboard, mut listening: Listening, to: tokio::sync::mpsc::Sender<FromRendezvous>) {
    listening.generation.mark_changed();
    loop {
        let what = tokio::select! {
            biased;
            changed = listening.generation.changed() => match changed {
                Ok(()) => Brought::Generation(*listening.generation.borrow_and_update()),
                Err(_) => return,
            },
            incoming = listening.inbox.recv() => match incoming {
                Some(incoming) => Brought::Incoming(incoming),
                None => return,
            },
        };
        if to.send(FromRendezvous { switchboard: switchboard.clone(), what }).await.is_err() {
            return;
        }
    }
}
