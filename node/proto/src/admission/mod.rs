//! Admission, on the expert's side: who knocks, what they are told, who waits, who comes in. One for each session.
//!
//! Every knock that opens has exactly one fate, kept until its invite is long over: a knock that comes again (repeated by
//! its sender, or replayed by the rendezvous) is told the same bytes again and changes nothing. Only
//! [`Refusal::TooManyKnocks`] isn't a fate: room may be made meanwhile.
//!
//! Contract: after every `handle` drain [`Admission::poll`]. What [`Output::Persist`] gives must be durable before any
//! output after it is carried out; fed to [`Admission::restore`] in the same order it makes the same state again.

mod knocks;
mod record;

pub use record::RestoreError;

use crate::exports::Exports;
use crate::id::{InviteId, KnockId, PeerId, Role, SlotAddress};
use crate::introduction::Introduction;
use crate::invite::InviteOwner;
use crate::keys::PeerKey;
use crate::knock::KnockError;
use crate::reply::Refusal;
use knocks::Knock;
use rand_core::CryptoRng;
use std::collections::{BTreeMap, VecDeque};
use thiserror::Error;

/// How a knock came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Through the switchboard, just now: its offer may still be fresh.
    Switchboard,
    /// From a waiting room, where it lay for an unknown time.
    WaitingRoom,
}

/// Who somebody is to the session already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nobody yet, or a member with other keys than the roster's.
    Stranger,
    /// A member with these very keys: comes in again without a decision or a use.
    Member,
    /// Was removed: never comes in without a person's decision.
    Removed,
}

/// The person's decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Let in.
    Admit,
    /// Turn away.
    Refuse,
}

/// What happened.
#[derive(Debug)]
pub enum Input<'a> {
    /// A new invite, or one whose record was renewed.
    Invite(InviteOwner),
    /// A knock message came.
    Knock(&'a [u8], Way),
    /// A person decided.
    Decide(KnockId, Decision),
    /// What [`Output::Admit`] asked for is in the roster.
    Admitted {
        /// Which knock.
        id: KnockId,
        /// The roster from its genesis entry, with wraps.
        chain: Vec<Vec<u8>>,
        /// The SDP answer, if the offer was fresh and of use.
        answer: Option<String>,
    },
    /// What [`Output::Admit`] asked for could not be done: the knock waits again.
    NotAdmitted(KnockId),
    /// Take an invite back.
    Revoke(InviteId),
    /// The session is over.
    Close,
    /// Time passed: an hour is soon enough.
    Tick,
}

/// What to do or to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Make durable before going on. Holds secrets.
    Persist(Vec<u8>),
    /// Somebody waits for a decision.
    Waits(Box<Card>),
    /// Write the roster entry (unless a member already) and, if an offer is given, make an answer; then [`Input::Admitted`].
    Admit(Box<Admitting>),
    /// Send this reply; if nobody listens there, put it into the waiting room.
    Reply {
        /// To whom; also the waiting room's slot.
        to: SlotAddress,
        /// Of which invite.
        invite: InviteId,
        /// The reply message.
        message: Vec<u8>,
    },
    /// A knock's fate.
    Ended(KnockId, Fate),
    /// An invite's state changed.
    InviteChanged(InviteId),
    /// Something came that gets no answer.
    Ignored(Ignored),
}

/// Somebody who waits, as shown to the expert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// The knock.
    pub id: KnockId,
    /// By which invite.
    pub invite: InviteId,
    /// The role that the invite gives.
    pub role: Role,
    /// Who.
    pub from: Introduction,
    /// Id, keys and words.
    pub exports: Exports,
    /// Unix milliseconds at which the knock was first seen here.
    pub since: u64,
    /// Whether it was removed from this session before.
    pub removed: bool,
}

/// Somebody to be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitting {
    /// The knock.
    pub id: KnockId,
    /// By which invite.
    pub invite: InviteId,
    /// The role to be given.
    pub role: Role,
    /// Who. Its offer is there only while it is fresh.
    pub from: Introduction,
    /// Id and keys, for the link.
    pub exports: Exports,
    /// A member already: no roster entry is needed.
    pub already: bool,
}

/// How a knock ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// In.
    Admitted,
    /// Not in.
    Refused(Refusal),
}

/// Why something was ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Ignored {
    /// Not a knock, or for no invite of ours.
    #[error("a knock for no invite of ours")]
    UnknownInvite,
    /// It was not believed; without its keys nobody can be answered.
    #[error(transparent)]
    NotBelieved(#[from] KnockError),
    /// The invite has seen more knocks than it remembers.
    #[error("an invite with too many knocks")]
    TooManyKnown,
    /// A decision about a knock that doesn't wait.
    #[error("the knock does not wait for a decision")]
    NotWaiting,
    /// More invites than a session keeps.
    #[error("too many invites")]
    TooManyInvites,
    /// The roster chain doesn't fit into a reply.
    #[error("the reply is too large")]
    ReplyTooLarge,
}

/// What a decision needs besides the input.
pub struct Hands<'a, R> {
    /// Signs replies: the expert's peer key.
    pub signer: &'a PeerKey,
    /// Unix milliseconds, by this device's clock, which alone counts.
    pub now_ms: u64,
    /// Randomness.
    pub rng: &'a mut R,
    /// Who somebody is to the session.
    pub standing: &'a dyn Fn(&Introduction) -> Standing,
}

/// The state machine.
#[derive(Debug)]
pub struct Admission {
    address: SlotAddress,
    invites: BTreeMap<InviteId, InviteOwner>,
    knocks: BTreeMap<KnockId, Knock>,
    outputs: VecDeque<Output>,
}

impl Admission {
    /// Without invites. `address` is where the expert's session slot key listens: knocks are bound to it.
    #[must_use]
    pub fn new(address: SlotAddress) -> Self {
        Self { address, invites: BTreeMap::new(), knocks: BTreeMap::new(), outputs: VecDeque::new() }
    }

    /// The next thing to do or tell.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// All invites that are remembered.
    pub fn invites(&self) -> impl Iterator<Item = &InviteOwner> {
        self.invites.values()
    }

    /// One invite.
    #[must_use]
    pub fn invite(&self, id: &InviteId) -> Option<&InviteOwner> {
        self.invites.get(id)
    }

    /// Who waits for a decision.
    pub fn waiting(&self) -> impl Iterator<Item = Card> {
        self.knocks.iter().filter_map(|(id, knock)| self.card(id, knock))
    }

    /// Takes an input.
    pub fn handle<R: CryptoRng>(&mut self, input: Input<'_>, hands: &mut Hands<'_, R>) {
        match input {
            Input::Invite(owner) => self.keep_invite(owner),
            Input::Knock(message, way) => self.knock(message, way, hands),
            Input::Decide(id, Decision::Admit) => self.admit(id, hands),
            Input::Decide(id, Decision::Refuse) => self.refuse_waiting(id, Refusal::ByExpert, hands),
            Input::Admitted { id, chain, answer } => self.admitted(id, chain, answer, hands),
            Input::NotAdmitted(id) => self.wait_again(id),
            Input::Revoke(invite) => self.revoke(invite, hands),
            Input::Close => self.refuse_all(|_| true, Refusal::SessionClosed, hands),
            Input::Tick => self.forget_what_is_over(hands.now_ms),
        }
    }

    fn keep_invite(&mut self, owner: InviteOwner) {
        let id = owner.id();
        if self.invites.len() >= crate::limits::MAX_INVITES && !self.invites.contains_key(&id) {
            return self.outputs.push_back(Output::Ignored(Ignored::TooManyInvites));
        }
        self.invites.insert(id, owner);
        self.invite_changed(id);
    }

    fn revoke<R: CryptoRng>(&mut self, invite: InviteId, hands: &mut Hands<'_, R>) {
        let Some(owner) = self.invites.get_mut(&invite) else { return };
        owner.revoke();
        self.invite_changed(invite);
        self.refuse_all(|knock| knock.invite == invite, Refusal::Revoked, hands);
    }

    fn invite_changed(&mut self, id: InviteId) {
        if let Some(owner) = self.invites.get(&id) {
            self.outputs.push_back(Output::Persist(record::invite(owner)));
            self.outputs.push_back(Output::InviteChanged(id));
        }
    }

    fn forget_what_is_over(&mut self, now_ms: u64) {
        let mut wiped = Vec::new();
        for (id, owner) in &mut self.invites {
            if owner.wipe_if_over(now_ms) {
                wiped.push(*id);
            }
        }
        for id in wiped {
            self.knocks.retain(|_, knock| knock.invite != id);
            self.invite_changed(id);
        }
    }

    fn card(&self, id: &KnockId, knock: &Knock) -> Option<Card> {
        let waiting = knock.waiting()?;
        Some(Card {
            id: *id,
            invite: knock.invite,
            role: self.invites.get(&knock.invite)?.spec().role,
            from: waiting.from.clone(),
            exports: waiting.exports.clone(),
            since: knock.since,
            removed: waiting.removed,
        })
    }

    /// Peers that came in by an invite, for a person who asks "who used this link?".
    pub fn used_by(&self, invite: &InviteId) -> impl Iterator<Item = &PeerId> {
        self.invites.get(invite).into_iter().flat_map(InviteOwner::used_by)
    }
}
