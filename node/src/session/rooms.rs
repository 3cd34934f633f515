//! Waiting rooms: the chat with somebody who is not admitted yet, through sealed items at the rendezvous.

use std::collections::BTreeMap;

use sightline_crdt::envelope::Envelope;
use sightline_crdt::log::Verdict;
use sightline_crdt::room::ChatMessage;
use sightline_crdt::waiting::WaitingRoom;
use sightline_proto::admission::Card;
use sightline_proto::exports::Exports;
use sightline_proto::id::{InviteId, KnockId, SessionId, SlotAddress};
use sightline_proto::switchboard::{EXPERT_LANE, Item};
use sightline_proto::waiting::{WaitingContent, WaitingItem, is_expert_lane, open_item, seal_item};

use super::actor::Actor;
use super::convert::{doc_time, signing_key, to_doc_peer, to_doc_sid};
use super::records::NodeRecord;
use crate::command::Answer;
use crate::error::SayError;
use crate::ids::PeerId;
use crate::runtime::{now_ms, rng};
use crate::view::Delivery;

/// A waiting room that is open.
pub(super) struct Room {
    pub(super) reading: Reading,
    pub(super) slot: SlotAddress,
    pub(super) room: WaitingRoom,
    /// Which item an own envelope travels in, by actor and number of the envelope.
    items: BTreeMap<([u8; 40], u64), u64>,
}

/// What it takes to read a room. It outlives the room until its person has a link: what was left comes in as its own.
pub(super) struct Reading {
    pub(super) invite: InviteId,
    pub(super) exports: Exports,
    /// How far both lanes were read.
    pub(super) read_holder: Option<u64>,
    pub(super) read_expert: Option<u64>,
    /// Items are passed over until the disk has caught up and they are asked for anew.
    pub(super) behind: bool,
    /// The rendezvous was asked for what is new and has not answered.
    pub(super) asked: bool,
    /// Something came meanwhile that is behind what was not read yet.
    pub(super) missed: bool,
}

/// An own item on its way to a waiting room.
#[derive(Clone, Debug)]
pub(super) struct OutItem {
    pub(super) invite: InviteId,
    pub(super) slot: SlotAddress,
    pub(super) item: Vec<u8>,
    /// The rendezvous has it.
    pub(super) stored: bool,
    /// It is being put.
    pub(super) under_way: bool,
}

impl Room {
    /// The room of somebody who waits.
    pub(super) fn new(sid: SessionId, card: &Card, experts: impl IntoIterator<Item = PeerId>) -> Self {
        let experts = experts.into_iter().map(to_doc_peer);
        Self {
            reading: Reading {
                invite: card.invite,
                exports: card.exports.clone(),
                read_holder: None,
                read_expert: None,
                behind: false,
                asked: false,
                missed: false,
            },
            slot: card.from.slot.address(),
            room: WaitingRoom::new(to_doc_sid(sid), to_doc_peer(card.from.peer), experts),
            items: BTreeMap::new(),
        }
    }

    /// Takes back an envelope that was stored.
    pub(super) fn restore(&mut self, n: u64, bytes: &[u8]) -> bool {
        let Ok(envelope) = Envelope::decode(bytes) else { return false };
        self.items.insert((envelope.actor().0, envelope.seq()), n);
        !matches!(self.room.insert_stored(envelope), Verdict::Refused(_))
    }

    /// How far an own message got.
    pub(super) fn delivery(
        &self,
        knock: KnockId,
        message: &ChatMessage,
        outbox: &BTreeMap<(KnockId, u64), OutItem>,
    ) -> Delivery {
        let item = self.items.get(&(message.id.actor.0, message.seq)).and_then(|n| outbox.get(&(knock, *n)));
        if item.is_some_and(|item| item.stored) { Delivery::Stored } else { Delivery::Waiting }
    }
}

impl Actor {
    /// Opens the waiting room of somebody whose knock waits, if it isn't open.
    pub(super) fn open_room(&mut self, card: &Card) {
        let experts: Vec<PeerId> = self.experts();
        self.slots.insert(card.from.slot.address(), (card.id, card.invite));
        self.rooms.entry(card.id).or_insert_with(|| Room::new(self.id, card, experts));
    }

    /// Writes into a waiting room: stored here, then put at the rendezvous.
    pub(super) fn say_waiting(&mut self, knock: KnockId, text: &str, answer: Answer<(), SayError>) {
        if !self.rooms.contains_key(&knock) || self.admission.waiting().all(|card| card.id != knock) {
            let _ = answer.send(Err(SayError::UnknownKnock(knock)));
            return;
        }
        let n = self.next_item(knock);
        let key = signing_key(&self.ctx.peer);
        let Some(room) = self.rooms.get_mut(&knock) else { return };
        let Ok(envelope) = room.room.say(&key, text, doc_time(now_ms()), &mut rng()) else {
            let _ = answer.send(Err(SayError::NotAllowed));
            return;
        };
        if !self.put_envelope(knock, n, &envelope) {
            let _ = answer.send(Err(SayError::TooLong));
            return;
        }
        self.answer_stored(answer, (), SayError::NotStored);
        self.changed();
    }

    /// Keeps an own envelope of a room and puts it there as item `n`. False if it is too large for an item.
    pub(super) fn put_envelope(&mut self, knock: KnockId, n: u64, envelope: &Envelope) -> bool {
        let Some(room) = self.rooms.get_mut(&knock) else { return false };
        let bytes = envelope.encode();
        let content = WaitingContent::Envelope(bytes.clone());
        let Ok(item) = seal_item(&content, n, &room.reading.exports, &mut rng()) else { return false };
        room.items.insert((envelope.actor().0, envelope.seq()), n);
        let (invite, slot) = (room.reading.invite, room.slot);
        self.keep(&NodeRecord::WaitingEnvelope { knock, n, envelope: &bytes });
        self.put_out(knock, n, invite, slot, item);
        true
    }

    /// Puts a reply where somebody who has gone away finds it. The same reply is put once.
    pub(super) fn leave_reply(&mut self, knock: KnockId, invite: InviteId, slot: SlotAddress, message: Vec<u8>) {
        let item = WaitingItem::Reply(message).encode();
        let known = self.outbox.range((knock, 0)..=(knock, u64::MAX)).any(|(_, out)| out.item == item);
        if !known {
            let n = self.next_item(knock);
            self.put_out(knock, n, invite, slot, item);
        }
    }

    /// Keeps an own item and puts it at the rendezvous.
    fn put_out(&mut self, knock: KnockId, n: u64, invite: InviteId, slot: SlotAddress, item: Vec<u8>) {
        self.keep(&NodeRecord::WaitingOut { knock, n, invite, slot, item: &item });
        self.outbox.insert((knock, n), OutItem { invite, slot, item, stored: false, under_way: false });
        self.after_stored(move |actor| actor.put_items(Some(slot)));
    }

    /// The next free number of the experts' lane.
    pub(super) fn next_item(&self, knock: KnockId) -> u64 {
        let all = (knock, 0)..=(knock, u64::MAX);
        let own = self.outbox.range(all.clone()).next_back().map(|((_, n), _)| *n);
        let blobs = self.files.outgoing.range(all).next_back().map(|((_, n), out)| n + out.items() - 1);
        let seen = self.rooms.get(&knock).and_then(|room| room.reading.read_expert);
        own.max(blobs).max(seen).map_or(EXPERT_LANE, |n| n.saturating_add(1))
    }

    /// Takes an item of a waiting room. Returns whether the room need not be read anew: its slot is known, and nothing
    /// was missed before this item. `pushed`: it came by itself.
    pub(super) fn take_item(&mut self, invite: InviteId, slot: SlotAddress, item: &Item, pushed: bool) -> bool {
        if let Ok(WaitingItem::Knock(message)) = WaitingItem::decode(&item.item) {
            if item.n == 0 {
                self.knock_from_room(&message);
            }
            return self.slots.contains_key(&slot);
        }
        let Some((knock, _)) = self.slots.get(&slot).copied() else { return false };
        let Some(reading) = self.reading(&knock).filter(|reading| reading.invite == invite) else { return true };
        if reading.behind {
            return true;
        }
        let asked = reading.asked;
        let lane = is_expert_lane(item.n);
        let read = if lane { &mut reading.read_expert } else { &mut reading.read_holder };
        // The holder's lane has no gaps, so what would be behind one was lost on its way here.
        if pushed && !lane && item.n > read.map_or(1, |read| read.saturating_add(1)) {
            reading.missed = true;
            return asked;
        }
        let before = *read;
        *read = (*read).max(Some(item.n));
        // Replies are the experts' own; nothing else is expected.
        let Ok(WaitingItem::Sealed(sealed)) = WaitingItem::decode(&item.item) else { return true };
        match open_item(&sealed, item.n, &reading.exports) {
            Ok(WaitingContent::Envelope(envelope)) => self.take_waiting_envelope(knock, item.n, &envelope),
            // What oneself left is here.
            Ok(WaitingContent::BlobChunk(_)) if lane => {}
            Ok(WaitingContent::BlobChunk(message)) => {
                if !self.take_left(knock, message) {
                    if let Some(reading) = self.reading(&knock) {
                        reading.read_holder = before;
                        reading.behind = true;
                    }
                    self.read_later(invite, slot);
                }
            }
            Err(_) => self.refuse("waiting-item"),
        }
        true
    }

    fn take_waiting_envelope(&mut self, knock: KnockId, n: u64, envelope: &[u8]) {
        let Some(room) = self.rooms.get_mut(&knock) else {
            // Its person was let in meanwhile: what it left is its own.
            return self.documents(sightline_crdt::session::Input::Envelopes(&[envelope.to_vec()]));
        };
        match room.room.insert_bytes(envelope) {
            Verdict::Accepted | Verdict::Pending => {
                self.keep(&NodeRecord::WaitingEnvelope { knock, n, envelope });
                self.files.views_stale = true;
                self.tell_waiting_chat(knock);
            }
            Verdict::Duplicate => {}
            Verdict::Refused(reason) => self.refuse(reason.name()),
        }
    }

    /// What it takes to read a room, also of somebody who was let in and has no link yet.
    pub(super) fn reading(&mut self, knock: &KnockId) -> Option<&mut Reading> {
        match self.rooms.get_mut(knock) {
            Some(room) => Some(&mut room.reading),
            None => self.admitted_rooms.get_mut(knock),
        }
    }

    /// What the rendezvous said to an item that was put.
    pub(super) fn item_put(&mut self, knock: KnockId, n: u64, put: Put) {
        let Some(out) = self.outbox.get_mut(&(knock, n)) else { return };
        out.under_way = false;
        match put {
            Put::Stored => {
                out.stored = true;
                self.keep(&NodeRecord::WaitingPut { knock, n });
            }
            Put::Later => {}
            Put::Never => {
                // It can't be helped; on admission the message reaches the person by the session's log.
                out.stored = true;
                self.refuse("waiting-item-refused");
            }
        }
        self.changed();
    }

    /// Lets a waiting room go: its person is in, or out.
    pub(super) fn close_room(&mut self, knock: KnockId) -> Option<Room> {
        self.changed();
        self.files.views_stale = true;
        // From now on a link serves them, or nobody wants them.
        self.files.outgoing.retain(|(of, _), _| *of != knock);
        self.rooms.remove(&knock)
    }

    /// The peers that may answer in waiting rooms.
    fn experts(&self) -> Vec<PeerId> {
        let roster = self.session.roster();
        let expert = |role| matches!(role, sightline_crdt::id::Role::Lead | sightline_crdt::id::Role::Expert);
        roster
            .members()
            .filter(|member| expert(member.role))
            .map(|member| super::convert::to_peer(member.peer))
            .collect()
    }
}

/// What became of an item that was put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Put {
    /// The rendezvous has it.
    Stored,
    /// Try again when the rendezvous or the room is there again.
    Later,
    /// It will never take it.
    Never,
}
