//! What the session looks like: its view, made anew from the machines' states.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sightline_crdt::room::ChatMessage;
use sightline_proto::admission::Card;
use sightline_proto::id::{KnockId, PeerId};
use sightline_proto::invite::{InviteOwner, InviteState as OwnerState};
use sightline_proto::name::sanitise;
use sightline_proto::words;

use super::actor::Actor;
use super::convert::{chat_id, shown_time, to_blob, to_peer, to_role};
use super::doors::may_be_automatic;
use super::records::ReadMarks;
use super::rooms::Room;
use crate::runtime::now_ms;
use crate::view::{
    ChatView, Delivery, InviteState, InviteView, KnockView, LinkView, NodeEvent, NoteView, PersonView, Presence, Role,
    SessionState, SessionView,
};

/// What makes a message a view: who is who, and what was read.
struct Eyes<'a> {
    me: PeerId,
    names: &'a BTreeMap<PeerId, String>,
    read: &'a ReadMarks,
}

impl Eyes<'_> {
    fn chat(&self, message: &ChatMessage, delivery: Delivery, waiting: Option<KnockId>) -> ChatView {
        let author = to_peer(message.author);
        let mine = author == self.me;
        let unread = !mine && self.read.get(&message.id.actor.0).is_none_or(|read| message.id.counter > *read);
        ChatView {
            id: chat_id(message.id),
            author,
            name: self.names.get(&author).cloned().unwrap_or_default(),
            mine,
            text: message.text.clone(),
            file: message.file.map(to_blob),
            at_ms: shown_time(message.at_ms),
            delivery: if mine { delivery } else { Delivery::Delivered },
            waiting,
            unread,
        }
    }
}

impl Actor {
    /// The session as it looks now. Tells new messages on the way.
    pub(super) fn look(&mut self) -> SessionView {
        let (me, names) = (self.ctx.peer.public(), self.names());
        self.show_documents();
        if std::mem::take(&mut self.chat_stale) {
            self.chat = Arc::new(self.chat_of_session(me, &names));
            self.tell_chat();
        }
        let files = self.file_views(&names);
        let knocks = self.knock_views();
        let unread = self.chat.iter().filter(|chat| chat.unread).count();
        let unread = unread + knocks.iter().map(|knock| knock.unread as usize).sum::<usize>();
        let notes: Vec<NoteView> = self
            .session
            .room()
            .notes
            .iter()
            .map(|note| {
                let author = to_peer(note.author);
                NoteView {
                    id: chat_id(note.id),
                    author,
                    name: names.get(&author).cloned().unwrap_or_default(),
                    kind: note.kind.clone(),
                    at_ms: shown_time(note.at_ms),
                }
            })
            .collect();
        let now = now_ms();
        let mut invites: Vec<InviteView> = self.admission.invites().map(|owner| self.invite_view(owner, now)).collect();
        invites.sort_by_key(|invite| std::cmp::Reverse((invite.created_ms, invite.id)));
        let people = self.people(me);
        let role = self.session.role().map_or(Role::Viewer, to_role);
        let mut refused: BTreeMap<String, u64> =
            self.session.counters().iter().map(|(name, count)| (name.to_owned(), count)).collect();
        for (name, count) in &self.refused {
            let seen = refused.entry((*name).to_owned()).or_default();
            *seen = (*seen).max(*count);
        }
        SessionView {
            id: self.id,
            title: self.session.room().title.clone().unwrap_or_default(),
            created_ms: self.created_ms,
            me,
            role,
            state: self.state(&people),
            people,
            knocks,
            invites,
            chat: self.chat.clone(),
            notes,
            unread: u32::try_from(unread).unwrap_or(u32::MAX),
            links: self.link_views(),
            refused,
            alarm: self.session.roster().alarm(),
            last_at_ms: self.last_at_ms,
            problems: self.problems.iter().cloned().collect(),
            files,
            boards: self.docs.strip.clone(),
            steps: self.docs.steps.clone(),
            desk: self.docs.desk.clone(),
            texts: self.docs.texts.clone(),
            max_file_bytes: self.files.max,
        }
    }

    fn state(&self, people: &[PersonView]) -> SessionState {
        if self.session.roster().is_closed() {
            SessionState::Closed
        } else if people.iter().all(|person| person.me) {
            SessionState::Waiting
        } else if people.iter().any(|person| !person.me && person.presence == Presence::Here) {
            SessionState::Live
        } else {
            SessionState::Away
        }
    }

    /// Names by peer: members, former members, and whoever waits.
    pub(super) fn names(&self) -> BTreeMap<PeerId, String> {
        use sightline_crdt::roster::EntryKind;
        let mut names = BTreeMap::new();
        for card in self.admission.waiting() {
            names.insert(card.from.peer, card.from.name.clone());
        }
        for entry in self.session.roster().entries() {
            if let EntryKind::Genesis { creator: who, .. } | EntryKind::Admit { newcomer: who, .. } = &entry.body().kind
            {
                names.insert(to_peer(who.peer), sanitise(&who.name));
            }
        }
        names
    }

    fn people(&self, me: PeerId) -> Vec<PersonView> {
        let mut members: Vec<_> = self.session.roster().members().collect();
        members.sort_by_key(|member| (to_peer(member.peer) != me, member.admitted));
        members
            .into_iter()
            .map(|member| {
                let peer = to_peer(member.peer);
                PersonView {
                    peer,
                    name: sanitise(&member.name),
                    role: to_role(member.role),
                    presence: if peer == me { Presence::Here } else { self.presence(&peer) },
                    me: peer == me,
                }
            })
            .collect()
    }

    fn presence(&self, peer: &PeerId) -> Presence {
        let mut presence = Presence::Away;
        for link in self.links.values().filter(|link| link.peer == *peer) {
            if link.is_up() {
                return Presence::Here;
            }
            presence = Presence::Reaching;
        }
        if presence == Presence::Away && self.is_the_lead(peer) && self.is_reaching() {
            presence = Presence::Reaching;
        }
        presence
    }

    fn link_views(&self) -> Vec<LinkView> {
        let peers: BTreeSet<PeerId> =
            self.links.values().map(|link| link.peer).chain(self.ended_links.keys().copied()).collect();
        let of = |peer| {
            let live = self.current_link(&peer).map(super::peer_link::PeerLink::look);
            live.or_else(|| self.ended_links.get(&peer).cloned())
        };
        peers.into_iter().filter_map(of).collect()
    }

    /// An invite as it looks now.
    pub(super) fn invite_view(&self, owner: &InviteOwner, now: u64) -> InviteView {
        let (id, spec) = (owner.id(), owner.spec());
        let origin = self.rendezvous.first().map(|one| one.switchboard.address().origin());
        let link = origin.and_then(|origin| owner.link(&origin).ok()).map(|link| link.url()).unwrap_or_default();
        let state = match owner.state(now) {
            OwnerState::Revoked => InviteState::Revoked,
            OwnerState::Expired => InviteState::Expired,
            OwnerState::UsedUp => InviteState::UsedUp,
            OwnerState::Open | OwnerState::NotYetValid if self.stored.contains(&id) => InviteState::Open,
            OwnerState::Open | OwnerState::NotYetValid => InviteState::NotYetStored,
        };
        InviteView {
            id,
            link,
            role: spec.role,
            uses: spec.uses,
            used: u32::try_from(owner.used()).unwrap_or(u32::MAX),
            created_ms: spec.not_before,
            not_after_ms: spec.not_after,
            auto: spec.admit_automatically,
            state,
        }
    }

    fn knock_views(&mut self) -> Vec<KnockView> {
        let mut cards: Vec<Card> = self.admission.waiting().collect();
        cards.sort_by_key(|card| (card.since, card.id));
        cards.iter().filter_map(|card| self.knock_view(card)).collect()
    }

    /// A knock as it looks now.
    pub(super) fn knock_view(&mut self, card: &Card) -> Option<KnockView> {
        let spec = *self.admission.invite(&card.invite)?.spec();
        let chat = self.waiting_chat(card);
        let unread = chat.iter().filter(|chat| chat.unread).count();
        Some(KnockView {
            id: card.id,
            peer: card.from.peer,
            name: card.from.name.clone(),
            role: card.role,
            words: words::words(card.exports.words, &card.from.lang).map(str::to_owned),
            numbers: words::numbers(card.exports.words),
            lang: card.from.lang.clone(),
            since_ms: card.since,
            can_auto: may_be_automatic(card.role, spec.uses),
            invite: card.invite,
            live: self.heard_live.contains(&card.id),
            chat,
            unread: u32::try_from(unread).unwrap_or(u32::MAX),
        })
    }

    fn waiting_chat(&mut self, card: &Card) -> Vec<ChatView> {
        let (me, mut names) = (self.ctx.peer.public(), BTreeMap::new());
        names.insert(card.from.peer, card.from.name.clone());
        names.insert(me, self.ctx.settings.current().name);
        let Some(room) = self.rooms.get_mut(&card.id) else { return Vec::new() };
        let messages = room.room.room().chat.clone();
        let eyes = Eyes { me, names: &names, read: &self.read };
        let view = |message: &ChatMessage| {
            eyes.chat(message, Room::delivery(room, card.id, message, &self.outbox), Some(card.id))
        };
        messages.iter().map(view).collect()
    }

    fn chat_of_session(&mut self, me: PeerId, names: &BTreeMap<PeerId, String>) -> Vec<ChatView> {
        self.session.room();
        let seen: Vec<_> = self.session.roster().members().map(|member| member.peer).collect();
        // Whose word counts for delivery, looked up once rather than for each message.
        let vectors: Vec<_> = seen
            .iter()
            .filter(|peer| to_peer(**peer) != me)
            .filter_map(|peer| self.session.seen(peer, sightline_crdt::id::DocId::ROOM).cloned())
            .collect();
        let eyes = Eyes { me, names, read: &self.read };
        let view = |message: &ChatMessage| {
            let there = vectors.iter().any(|vector| message.is_in(vector));
            let left = self.mailbox.has(sightline_crdt::id::DocId::ROOM, message.id.actor, message.seq);
            let delivery = match (there, left) {
                (true, _) => Delivery::Delivered,
                (false, true) => Delivery::Stored,
                (false, false) => Delivery::Waiting,
            };
            eyes.chat(message, delivery, None)
        };
        self.session.room().chat.iter().map(view).collect()
    }

    /// Tells messages of others that were not told yet.
    fn tell_chat(&mut self) {
        let chat = self.chat.clone();
        for item in chat.iter() {
            self.tell_message(item);
        }
    }

    /// Tells new messages of a waiting room.
    pub(super) fn tell_waiting_chat(&mut self, knock: KnockId) {
        self.changed();
        let Some(card) = self.admission.waiting().find(|card| card.id == knock) else { return };
        for item in self.waiting_chat(&card) {
            self.tell_message(&item);
        }
    }

    fn tell_message(&mut self, item: &ChatView) {
        let told = self.told.entry(item.id.actor).or_default();
        if item.id.counter <= *told {
            return;
        }
        *told = item.id.counter;
        self.last_at_ms = self.last_at_ms.max(now_ms());
        if !item.mine {
            self.ctx.tell(NodeEvent::Chat { session: self.id, item: Box::new(item.clone()) });
        }
    }
}
