//! A guest's side of its waiting room: what it writes goes into its own lane at the rendezvous, as soon as there is one.

use std::collections::BTreeMap;

use sightline_crdt::waiting::WaitingRoom;
use sightline_proto::exports::Exports;
use sightline_proto::id::{PeerId, SessionId};
use sightline_proto::keys::PeerKey;
use sightline_proto::switchboard::{EXPERT_LANE, Item};
use sightline_proto::waiting::{WaitingContent, WaitingItem, open_item, seal_item};

use super::convert::{chat_id, doc_time, shown_time, signing_key, to_blob, to_doc_peer, to_doc_sid, to_peer};
use crate::error::SayError;
use crate::ids::KnockId;
use crate::runtime::{now_ms, rng};
use crate::view::{ChatView, Delivery};

/// The waiting room of this device.
#[derive(Default)]
pub(super) struct HolderRoom {
    open: Option<Open>,
    /// The rendezvous has the slot.
    pub(super) slot_open: bool,
    /// Somebody wants the slot: a message was written, or the knock must lie there.
    pub(super) wanted: bool,
}

struct Open {
    room: WaitingRoom,
    knock: Exports,
    /// Own items by number; whether the rendezvous has them.
    items: BTreeMap<u64, (Vec<u8>, bool)>,
    /// Own envelopes' items, by number of the envelope.
    numbers: BTreeMap<u64, u64>,
    read_expert: Option<u64>,
}

/// What an item of the experts' lane was.
pub(super) enum Taken {
    /// A message, or nothing new.
    Chat,
    /// A reply to the knock.
    Reply(Vec<u8>),
}

impl HolderRoom {
    /// Opens it for a knock: the knock itself is item 0.
    pub(super) fn open(&mut self, sid: SessionId, me: PeerId, expert: PeerId, knock: &Exports, message: Vec<u8>) {
        if self.open.is_some() {
            return;
        }
        let room = WaitingRoom::new(to_doc_sid(sid), to_doc_peer(me), [to_doc_peer(expert)]);
        let first = WaitingItem::Knock(message).encode();
        self.open = Some(Open {
            room,
            knock: knock.clone(),
            items: BTreeMap::from([(0, (first, false))]),
            numbers: BTreeMap::new(),
            read_expert: None,
        });
    }

    /// Writes a message: an item to be put.
    pub(super) fn say(&mut self, peer: &PeerKey, text: &str) -> Result<(), SayError> {
        let open = self.open.as_mut().ok_or(SayError::NotAllowed)?;
        let envelope = open
            .room
            .say(&signing_key(peer), text, doc_time(now_ms()), &mut rng())
            .map_err(|_| SayError::NotAllowed)?;
        let n = open.items.last_key_value().map_or(1, |(n, _)| n + 1);
        let content = WaitingContent::Envelope(envelope.encode());
        let item = seal_item(&content, n, &open.knock, &mut rng()).map_err(|_| SayError::TooLong)?;
        open.items.insert(n, (item, false));
        open.numbers.insert(envelope.seq(), n);
        self.wanted = true;
        Ok(())
    }

    /// What the rendezvous doesn't have yet, in order.
    pub(super) fn to_put(&self) -> Vec<(u64, Vec<u8>)> {
        let Some(open) = self.open.as_ref().filter(|_| self.slot_open) else { return Vec::new() };
        open.items.iter().filter(|(_, (_, stored))| !stored).map(|(n, (item, _))| (*n, item.clone())).collect()
    }

    /// The rendezvous has an item.
    pub(super) fn stored(&mut self, n: u64) {
        if let Some((_, stored)) = self.open.as_mut().and_then(|open| open.items.get_mut(&n)) {
            *stored = true;
        }
    }

    /// Up to where the experts' lane was read.
    pub(super) fn read_expert(&self) -> Option<u64> {
        self.open.as_ref().and_then(|open| open.read_expert)
    }

    /// Takes an item of the experts' lane.
    pub(super) fn take(&mut self, item: &Item) -> Taken {
        let Some(open) = self.open.as_mut().filter(|_| item.n >= EXPERT_LANE) else { return Taken::Chat };
        open.read_expert = open.read_expert.max(Some(item.n));
        match WaitingItem::decode(&item.item) {
            Ok(WaitingItem::Reply(message)) => return Taken::Reply(message),
            Ok(WaitingItem::Sealed(sealed)) => {
                if let Ok(WaitingContent::Envelope(envelope)) = open_item(&sealed, item.n, &open.knock) {
                    let verdict = open.room.insert_bytes(&envelope);
                    tracing::debug!(verdict = verdict.name(), "a waiting-room item");
                }
            }
            Ok(WaitingItem::Knock(_)) | Err(_) => tracing::debug!("a waiting-room item that is none"),
        }
        Taken::Chat
    }

    /// Everything said here, for the session.
    pub(super) fn envelopes(&self) -> Vec<Vec<u8>> {
        self.open.as_ref().map(|open| open.room.envelopes()).unwrap_or_default()
    }

    /// The chat as it looks now.
    pub(super) fn chat(&mut self, me: PeerId, my_name: &str, expert_name: &str) -> Vec<ChatView> {
        let Some(open) = &mut self.open else { return Vec::new() };
        let knock: KnockId = open.knock.id;
        let (items, numbers) = (&open.items, &open.numbers);
        let stored = |seq: u64| numbers.get(&seq).and_then(|n| items.get(n)).is_some_and(|(_, stored)| *stored);
        let chat = open.room.room().chat.iter().map(|message| {
            let author = to_peer(message.author);
            let mine = author == me;
            let delivery = match mine {
                true if stored(message.seq) => Delivery::Stored,
                true => Delivery::Waiting,
                false => Delivery::Delivered,
            };
            ChatView {
                id: chat_id(message.id),
                author,
                name: if mine { my_name } else { expert_name }.to_owned(),
                mine,
                file: message.file.map(to_blob),
                text: message.text.clone(),
                at_ms: shown_time(message.at_ms),
                delivery,
                waiting: Some(knock),
                unread: false,
            }
        });
        chat.collect()
    }
}
