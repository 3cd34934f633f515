//! What happens to one knock: opened, judged, waiting, decided, answered.

use super::{Admission, Admitting, Fate, Hands, Ignored, Output, Standing, Way, record};
use crate::exports::Exports;
use crate::id::{InviteId, KnockId, SlotAddress};
use crate::introduction::Introduction;
use crate::invite::InviteState;
use crate::knock;
use crate::limits::{MAX_KNOWN_KNOCKS, MAX_OPEN_KNOCKS, OFFER_FRESH_MS};
use crate::message::Message;
use crate::reply::{self, Refusal, Reply, ReplyError};
use rand_core::CryptoRng;

/// A knock that opened.
#[derive(Debug)]
pub(super) struct Knock {
    pub(super) invite: InviteId,
    /// When it was first seen here.
    pub(super) since: u64,
    pub(super) state: KnockState,
}

#[derive(Debug)]
pub(super) enum KnockState {
    /// A person decides. A repeated knock is told `reply` again.
    Waiting { who: Box<Who>, reply: Vec<u8> },
    /// The roster entry is being written. A repeated knock is told nothing yet.
    Admitting { who: Box<Who>, reply: Vec<u8> },
    /// Its fate. A repeated knock is told `reply` again.
    Answered { to: SlotAddress, reply: Vec<u8> },
}

/// Who asks.
#[derive(Debug)]
pub(super) struct Who {
    pub(super) from: Introduction,
    pub(super) exports: Exports,
    pub(super) removed: bool,
    /// It came through the switchboard at `since`, so its offer is fresh for a while.
    pub(super) live: bool,
}

impl Knock {
    pub(super) fn waiting(&self) -> Option<&Who> {
        match &self.state {
            KnockState::Waiting { who, .. } => Some(who),
            _ => None,
        }
    }
}

impl Admission {
    pub(super) fn knock<R: CryptoRng>(&mut self, message: &[u8], way: Way, hands: &mut Hands<'_, R>) {
        let Ok(outer @ Message::Knock { invite, .. }) = Message::decode(message) else {
            return self.ignore(Ignored::UnknownInvite);
        };
        let (id, address) = (outer.id(), self.address);
        if let Some(knock) = self.knocks.get(&id) {
            // A member may still wait here if the app died between the roster entry and the reply.
            let member = knock.waiting().is_some_and(|who| (hands.standing)(&who.from) == Standing::Member);
            return if member { self.let_in(id, true, hands.now_ms) } else { self.repeat(knock.invite, id) };
        }
        let Some(keys) = self.invites.get(&invite).and_then(|owner| owner.knock_keys(address)) else {
            return self.ignore(Ignored::UnknownInvite);
        };
        if self.knocks.values().filter(|knock| knock.invite == invite).count() >= MAX_KNOWN_KNOCKS {
            return self.ignore(Ignored::TooManyKnown);
        }
        let opened = match knock::open(message, &keys) {
            Ok(opened) => opened,
            Err(error) => return self.ignore(error.into()),
        };
        let standing = (hands.standing)(&opened.from);
        let who = Who {
            removed: standing == Standing::Removed,
            live: way == Way::Switchboard,
            from: opened.from,
            exports: opened.exports,
        };
        self.opened(message, invite, who, standing, hands);
    }

    /// Judges a knock that is seen for the first time.
    fn opened<R: CryptoRng>(
        &mut self,
        message: &[u8],
        invite: InviteId,
        who: Who,
        standing: Standing,
        hands: &mut Hands<'_, R>,
    ) {
        let (id, now) = (who.exports.id, hands.now_ms);
        let Some(owner) = self.invites.get(&invite) else { return };
        let verdict = if standing == Standing::Member { Ok(()) } else { owner.judge(&who.from.peer, now) };
        let automatic = standing == Standing::Stranger && owner.spec().admit_automatically;
        let open = self.knocks.values().filter(|k| k.invite == invite && k.waiting().is_some()).count();
        if verdict.is_ok() && open >= MAX_OPEN_KNOCKS && standing != Standing::Member {
            // No fate: it is neither remembered nor answered the same way next time.
            return self.send(
                invite,
                who.from.slot.address(),
                &Reply::Refused(Refusal::TooManyKnocks),
                &who.exports,
                hands,
            );
        }
        let first = verdict.map_or_else(Reply::Refused, |()| Reply::Waiting);
        let Some(reply) = self.sealed(&first, &who.exports, hands) else { return };
        let to = who.from.slot.address();
        // Of one who is turned away at once only the fate is kept: a leaked link shall not fill the disk.
        self.outputs.push_back(Output::Persist(match verdict {
            Ok(()) => record::knock(message, now, who.live, &reply),
            Err(_) => record::turned_away(&id, &invite, now, &to, &reply),
        }));
        let state = match verdict {
            Ok(()) => KnockState::Waiting { who: Box::new(who), reply },
            Err(_) => KnockState::Answered { to, reply },
        };
        self.knocks.insert(id, Knock { invite, since: now, state });
        if let Err(refusal) = verdict {
            self.repeat(invite, id);
            self.outputs.push_back(Output::Ended(id, Fate::Refused(refusal)));
        } else if standing == Standing::Member {
            self.let_in(id, true, hands.now_ms);
        } else if automatic {
            self.admit(id, hands);
        } else {
            self.repeat(invite, id);
            if let Some(card) = self.knocks.get(&id).and_then(|knock| self.card(&id, knock)) {
                self.outputs.push_back(Output::Waits(Box::new(card)));
            }
        }
    }

    /// Tells a knock's sender again what it was told.
    fn repeat(&mut self, invite: InviteId, id: KnockId) {
        let (to, message) = match self.knocks.get(&id).map(|knock| &knock.state) {
            Some(KnockState::Waiting { who, reply }) => (who.from.slot.address(), reply.clone()),
            Some(KnockState::Answered { to, reply }) => (*to, reply.clone()),
            Some(KnockState::Admitting { .. }) | None => return,
        };
        self.outputs.push_back(Output::Reply { to, invite, message });
    }

    /// A person, or the invite's setting, lets somebody in.
    pub(super) fn admit<R: CryptoRng>(&mut self, id: KnockId, hands: &mut Hands<'_, R>) {
        let Some((invite, who)) = self.knocks.get(&id).and_then(|knock| Some((knock.invite, knock.waiting()?))) else {
            return self.ignore(Ignored::NotWaiting);
        };
        let (peer, already) = (who.from.peer, (hands.standing)(&who.from) == Standing::Member);
        let Some(owner) = self.invites.get_mut(&invite) else { return };
        if let Err(refusal) = owner.admit(&peer) {
            return self.refuse_waiting(id, refusal, hands);
        }
        let used_up = owner.state(hands.now_ms) == InviteState::UsedUp;
        self.invite_changed(invite);
        self.let_in(id, already, hands.now_ms);
        if used_up {
            self.refuse_strangers(invite, hands);
        }
    }

    fn let_in(&mut self, id: KnockId, already: bool, now: u64) {
        let Some(role) = self.knocks.get(&id).and_then(|k| self.invites.get(&k.invite)).map(|o| o.spec().role) else {
            return;
        };
        let Some(knock) = self.knocks.get_mut(&id) else { return };
        let (invite, fresh) = (knock.invite, now.saturating_sub(knock.since) <= OFFER_FRESH_MS);
        let placeholder = KnockState::Answered { to: SlotAddress([0; 16]), reply: Vec::new() };
        let KnockState::Waiting { who, reply } = std::mem::replace(&mut knock.state, placeholder) else { return };
        let mut from = who.from.clone();
        from.offer = from.offer.filter(|_| fresh && who.live);
        let exports = who.exports.clone();
        knock.state = KnockState::Admitting { who, reply };
        self.outputs.push_back(Output::Admit(Box::new(Admitting { id, invite, role, from, exports, already })));
    }

    pub(super) fn admitted<R: CryptoRng>(
        &mut self,
        id: KnockId,
        chain: Vec<Vec<u8>>,
        answer: Option<String>,
        hands: &mut Hands<'_, R>,
    ) {
        let Some(Knock { state: KnockState::Admitting { who, .. }, .. }) = self.knocks.get(&id) else {
            return self.ignore(Ignored::NotWaiting);
        };
        let exports = who.exports.clone();
        if self.answer(id, &Reply::Admitted { chain, answer }, &exports, hands) {
            self.outputs.push_back(Output::Ended(id, Fate::Admitted));
        } else {
            self.wait_again(id);
        }
    }

    pub(super) fn wait_again(&mut self, id: KnockId) {
        let Some(knock) = self.knocks.get_mut(&id) else { return };
        let placeholder = KnockState::Answered { to: SlotAddress([0; 16]), reply: Vec::new() };
        knock.state = match std::mem::replace(&mut knock.state, placeholder) {
            KnockState::Admitting { who, reply } => KnockState::Waiting { who, reply },
            other => other,
        };
    }

    pub(super) fn refuse_waiting<R: CryptoRng>(&mut self, id: KnockId, refusal: Refusal, hands: &mut Hands<'_, R>) {
        let Some(exports) = self.knocks.get(&id).and_then(Knock::waiting).map(|who| who.exports.clone()) else {
            return self.ignore(Ignored::NotWaiting);
        };
        if self.answer(id, &Reply::Refused(refusal), &exports, hands) {
            self.outputs.push_back(Output::Ended(id, Fate::Refused(refusal)));
        }
    }

    pub(super) fn refuse_all<R: CryptoRng>(
        &mut self,
        which: impl Fn(&Knock) -> bool,
        refusal: Refusal,
        hands: &mut Hands<'_, R>,
    ) {
        let chosen = |(id, knock): (&KnockId, &Knock)| (knock.waiting().is_some() && which(knock)).then_some(*id);
        let ids: Vec<KnockId> = self.knocks.iter().filter_map(chosen).collect();
        for id in ids {
            self.refuse_waiting(id, refusal, hands);
        }
    }

    /// The last use is taken: those who still wait by this invite are told so, instead of waiting for nothing.
    fn refuse_strangers<R: CryptoRng>(&mut self, invite: InviteId, hands: &mut Hands<'_, R>) {
        let used_by: Vec<_> = self.used_by(&invite).copied().collect();
        let stranger = |knock: &Knock| knock.waiting().is_some_and(|who| !used_by.contains(&who.from.peer));
        self.refuse_all(|knock| knock.invite == invite && stranger(knock), Refusal::UsedUp, hands);
    }

    /// Gives a knock its fate. False if the reply can't be made.
    fn answer<R: CryptoRng>(&mut self, id: KnockId, said: &Reply, exports: &Exports, hands: &mut Hands<'_, R>) -> bool {
        let Some(reply) = self.sealed(said, exports, hands) else { return false };
        let Some(knock) = self.knocks.get_mut(&id) else { return false };
        let (KnockState::Waiting { who, .. } | KnockState::Admitting { who, .. }) = &knock.state else { return false };
        let (to, invite) = (who.from.slot.address(), knock.invite);
        self.outputs.push_back(Output::Persist(record::answered(&id, &reply)));
        knock.state = KnockState::Answered { to, reply };
        self.repeat(invite, id);
        true
    }

    fn send<R: CryptoRng>(
        &mut self,
        invite: InviteId,
        to: SlotAddress,
        said: &Reply,
        exports: &Exports,
        hands: &mut Hands<'_, R>,
    ) {
        if let Some(message) = self.sealed(said, exports, hands) {
            self.outputs.push_back(Output::Reply { to, invite, message });
        }
    }

    fn sealed<R: CryptoRng>(&mut self, said: &Reply, exports: &Exports, hands: &mut Hands<'_, R>) -> Option<Vec<u8>> {
        match reply::seal(said, exports, hands.signer, hands.rng) {
            Ok(message) => Some(message),
            Err(error) => {
                debug_assert_eq!(error, ReplyError::TooLarge, "replies to knocks fail by size only");
                self.ignore(Ignored::ReplyTooLarge);
                None
            }
        }
    }

    fn ignore(&mut self, why: Ignored) {
        self.outputs.push_back(Output::Ignored(why));
    }
}
