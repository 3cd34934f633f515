//! Who comes in: invites, knocks with their decisions, and the calls of members.

use sightline_crdt::id::{Audience, Epoch};
use sightline_proto::admission::{Admitting, Decision, Fate, Hands, Ignored, Input, Output, Standing, Way};
use sightline_proto::call::{self, CallError};
use sightline_proto::exports::Exports;
use sightline_proto::id::{InviteId, KnockId, PeerId, Role};
use sightline_proto::introduction::Introduction;
use sightline_proto::invite::{InviteOwner, InviteSpec as OwnerSpec, InviteState as OwnerState, OwnerError};
use sightline_proto::keys::Secret;
use sightline_proto::limits::{MAX_INVITES, MAX_KNOWN_KNOCKS};
use sightline_proto::message::Message;
use sightline_proto::reply::{self, Refusal, Reply};

use super::actor::Actor;
use super::convert::{member_keys, newcomer, to_doc_peer, to_doc_role};
use super::records::NodeRecord;
use crate::command::{Answer, InviteSpec};
use crate::error::{DecideError, InviteError, RevokeError};
use crate::runtime::{now_ms, rng};
use crate::view::{InviteView, KnockEnd, NodeEvent};

/// The longest an invite may be valid: a month is a long time for a key that lies in somebody's inbox.
const MAX_VALID_SECS: u64 = 31 * 24 * 60 * 60;

impl Actor {
    /// Makes an invite, keeps it and puts its record.
    pub(super) fn invite(&mut self, spec: &InviteSpec, answer: Answer<InviteView, InviteError>) {
        match self.make_invite(spec) {
            Ok(invite) => match self.admission.invite(&invite).map(|owner| self.invite_view(owner, now_ms())) {
                Some(view) => self.answer_stored(answer, view, InviteError::NotStored),
                None => drop(answer.send(Err(InviteError::TooMany))),
            },
            Err(error) => drop(answer.send(Err(error))),
        }
    }

    fn make_invite(&mut self, spec: &InviteSpec) -> Result<InviteId, InviteError> {
        if self.session.roster().is_closed() || !self.is_lead() {
            return Err(InviteError::Closed);
        }
        if self.disk_refuses {
            return Err(InviteError::NotStored);
        }
        if self.rendezvous.is_empty() {
            return Err(InviteError::NoRendezvous);
        }
        if spec.valid_for_secs == 0 || spec.valid_for_secs > MAX_VALID_SECS {
            return Err(InviteError::ValidityNotAllowed);
        }
        if self.admission.invites().count() >= MAX_INVITES {
            return Err(InviteError::TooMany);
        }
        let not_before = now_ms();
        let spec = OwnerSpec {
            role: spec.role,
            not_before,
            not_after: not_before + spec.valid_for_secs * 1000,
            uses: spec.uses,
            admit_automatically: spec.admit_automatically,
        };
        let owner =
            InviteOwner::create(&self.ctx.peer.public(), self.id, spec, &mut rng()).map_err(|error| match error {
                OwnerError::Lead => InviteError::RoleNotAllowed,
                OwnerError::Window => InviteError::ValidityNotAllowed,
                OwnerError::Automatic => InviteError::AutoNotAllowed,
            })?;
        let id = owner.id();
        self.admission_input(Input::Invite(owner));
        Ok(id)
    }

    /// Takes an invite back.
    pub(super) fn revoke(&mut self, invite: InviteId, answer: Answer<(), RevokeError>) {
        if self.admission.invite(&invite).is_none() {
            return drop(answer.send(Err(RevokeError::UnknownInvite)));
        }
        self.admission_input(Input::Revoke(invite));
        self.answer_stored(answer, (), RevokeError::NotStored);
    }

    /// Decides about a knock.
    pub(super) fn decide(&mut self, knock: KnockId, decision: Decision) -> Result<PeerId, DecideError> {
        let Some(card) = self.admission.waiting().find(|card| card.id == knock) else {
            return Err(DecideError::UnknownKnock(knock));
        };
        if self.disk_refuses {
            return Err(DecideError::NotStored);
        }
        if decision == Decision::Admit {
            if self.session.roster().is_closed() {
                return Err(DecideError::Closed);
            }
            if self.session.roster().alarm() {
                return Err(DecideError::Alarm);
            }
        }
        self.fates.clear();
        self.admission_input(Input::Decide(knock, decision));
        let fate = self.fates.iter().find(|(id, _)| *id == knock).map(|(_, fate)| *fate);
        match (decision, fate) {
            (Decision::Admit, Some(Fate::Admitted)) | (Decision::Refuse, Some(Fate::Refused(_))) => Ok(card.from.peer),
            (_, Some(Fate::Refused(Refusal::UsedUp))) => Err(DecideError::UsedUp),
            (_, Some(Fate::Refused(Refusal::Expired))) => Err(DecideError::Expired),
            (_, Some(Fate::Refused(Refusal::Revoked))) => Err(DecideError::Revoked),
            _ => Err(DecideError::UnknownKnock(knock)),
        }
    }

    /// A knock that came through the switchboard just now.
    pub(super) fn knock_live(&mut self, message: &[u8]) {
        // Noted before it is judged, so that its card says at once that the person is there.
        let id = Message::decode(message).map(|message| message.id());
        if let Ok(id) = id
            && self.heard_live.len() < MAX_KNOWN_KNOCKS
        {
            self.heard_live.insert(id);
        }
        self.admission_input(Input::Knock(message, Way::Switchboard));
    }

    /// A knock that lay in a waiting room. One that was seen before needs no answer: it has one.
    pub(super) fn knock_from_room(&mut self, message: &[u8]) {
        let id = Message::decode(message).map(|message| message.id());
        if id.is_ok_and(|id| !self.rooms.contains_key(&id)) {
            self.admission_input(Input::Knock(message, Way::WaitingRoom));
        }
    }

    /// Gives the admission machine an input and carries out what follows.
    pub(super) fn admission_input(&mut self, input: Input<'_>) {
        let session = &self.session;
        let standing = |who: &Introduction| standing(session, who);
        let mut rng = rng();
        let mut hands = Hands { signer: &self.ctx.peer, now_ms: now_ms(), rng: &mut rng, standing: &standing };
        self.admission.handle(input, &mut hands);
        while let Some(output) = self.admission.poll() {
            self.admission_output(output);
        }
    }

    fn admission_output(&mut self, output: Output) {
        match output {
            Output::Persist(bytes) => self.keep(&NodeRecord::Admission(&bytes)),
            Output::Waits(card) => {
                self.open_room(&card);
                self.note_activity();
                if let Some(knock) = self.knock_view(&card) {
                    self.ctx.tell(NodeEvent::Knock { session: self.id, knock: Box::new(knock) });
                }
                self.changed();
            }
            Output::Admit(admitting) => self.let_in(*admitting),
            Output::Reply { to, invite, message } => {
                // The knock it answers is in its outside.
                if let Ok(outside) = Message::decode(&message) {
                    let knock = outside.id();
                    if self.slots.len() < MAX_KNOWN_KNOCKS {
                        self.slots.insert(to, (knock, invite));
                    }
                    self.after_stored(move |actor| actor.send_reply(knock, invite, to, message));
                }
            }
            Output::Ended(knock, fate) => self.knock_ended(knock, fate),
            Output::InviteChanged(invite) => self.invite_changed(invite),
            Output::Ignored(why) => self.refuse(match why {
                Ignored::UnknownInvite => "knock-unknown-invite",
                Ignored::NotBelieved(_) => "knock-not-believed",
                Ignored::TooManyKnown => "knock-too-many",
                Ignored::NotWaiting => "knock-not-waiting",
                Ignored::TooManyInvites => "too-many-invites",
                Ignored::ReplyTooLarge => "reply-too-large",
            }),
        }
    }

    /// Writes the roster entry, makes the link's answer, and tells the admission machine.
    fn let_in(&mut self, admitting: Admitting) {
        let Admitting { id, role, from, exports, already, .. } = admitting;
        if !already {
            let knock = sightline_crdt::id::KnockId(id.0);
            match self.session.admit(newcomer(&from), to_doc_role(role), knock, &mut rng()) {
                Ok(outputs) => self.carry_out(outputs),
                Err(error) => {
                    tracing::warn!(%error, "a knock could not be admitted");
                    self.refuse("not-admitted");
                    return self.admission_input(Input::NotAdmitted(id));
                }
            }
        }
        if let Some(room) = self.close_room(id) {
            // What was said while waiting counts as the member's own.
            let envelopes = room.room.envelopes();
            self.documents(sightline_crdt::session::Input::Envelopes(&envelopes));
            self.admitted_rooms.insert(id, room.reading);
        }
        let answer = from.offer.as_deref().and_then(|offer| self.answer_offer(offer, &from, &exports));
        let chain = self.session.roster().entries().map(|entry| entry.encode().to_vec()).collect();
        self.admission_input(Input::Admitted { id, chain, answer });
    }

    fn knock_ended(&mut self, knock: KnockId, fate: Fate) {
        let room = self.close_room(knock);
        if let (Some(room), Fate::Refused(_)) = (room, fate) {
            self.forget_left(room);
        }
        self.fates.push((knock, fate));
        let how = match fate {
            Fate::Admitted => KnockEnd::Admitted,
            Fate::Refused(Refusal::ByExpert) => KnockEnd::Refused,
            Fate::Refused(_) => KnockEnd::Ended,
        };
        self.note_activity();
        self.ctx.tell(NodeEvent::KnockEnded { session: self.id, knock, how });
        self.changed();
    }

    fn invite_changed(&mut self, invite: InviteId) {
        match self.admission.invite(&invite).map(|owner| owner.state(now_ms())) {
            Some(OwnerState::Revoked) => {
                self.stored.remove(&invite);
                self.after_stored(move |actor| actor.delete_record(invite));
            }
            Some(OwnerState::Open | OwnerState::NotYetValid) => {
                self.after_stored(move |actor| actor.put_record(invite));
            }
            Some(OwnerState::UsedUp | OwnerState::Expired) | None => {}
        }
        self.changed();
    }

    /// A member calls: an old epoch is told what it lacks, everybody else gets a link.
    pub(super) fn call(&mut self, epoch: u64, message: &[u8]) {
        let roster = self.session.roster();
        let ring = self.session.ring();
        let opened = call::open(
            message,
            self.id,
            &self.ctx.peer.public(),
            &self.keys,
            |epoch| ring.key(Epoch(epoch), Audience::All).map(|key| Secret::new(**key)),
            |peer| roster.member(&to_doc_peer(*peer)).map(member_keys),
        );
        let call = match opened {
            Ok(call) => call,
            Err(error) => {
                return self.refuse(match error {
                    CallError::NotACall => "call-malformed",
                    CallError::UnknownEpoch => "call-unknown-epoch",
                    CallError::DoesNotOpen => "call-does-not-open",
                    CallError::Body(_) => "call-not-believed",
                    CallError::NotAMember => "call-not-a-member",
                });
            }
        };
        if self.is_repeated_call(call.exports.id) {
            return self.refuse("call-repeated");
        }
        if epoch < roster_epoch(&self.session) {
            let entries = self.entries_after(epoch);
            return self.reply_to_call(&call.from, &call.exports, &Reply::Behind { entries });
        }
        let answer = call.from.offer.as_deref().and_then(|offer| self.answer_offer(offer, &call.from, &call.exports));
        self.reply_to_call(&call.from, &call.exports, &Reply::WelcomeBack { answer });
    }

    fn reply_to_call(&mut self, to: &Introduction, exports: &Exports, said: &Reply) {
        match reply::seal(said, exports, &self.ctx.peer, &mut rng()) {
            Ok(message) => {
                let to = to.slot.address();
                self.after_stored(move |actor| actor.send_to(to, message));
            }
            Err(error) => {
                tracing::warn!(%error, "a call could not be answered");
                self.refuse("reply-too-large");
            }
        }
    }

    /// What somebody with an old epoch lacks: everything from the entry that ended it.
    fn entries_after(&self, epoch: u64) -> Vec<Vec<u8>> {
        let entries = self.session.roster().entries().skip_while(|entry| entry.body().epoch.0 <= epoch);
        entries.map(|entry| entry.encode().to_vec()).collect()
    }

    /// Whether this device leads the session.
    pub(super) fn is_lead(&self) -> bool {
        self.session.roster().lead() == self.session.peer()
    }
}

fn roster_epoch(session: &sightline_crdt::session::Session) -> u64 {
    session.roster().epoch().0
}

/// Who somebody is to the session: only with the very keys that the roster has is it that member.
pub(super) fn standing(session: &sightline_crdt::session::Session, who: &Introduction) -> Standing {
    let (roster, peer) = (session.roster(), to_doc_peer(who.peer));
    match roster.member(&peer) {
        Some(member) => {
            let keys = member_keys(member);
            if keys.seal == who.seal && keys.slot == who.slot { Standing::Member } else { Standing::Stranger }
        }
        None if roster.knows(&peer) => Standing::Removed,
        None => Standing::Stranger,
    }
}

/// Roles that may be given by an invite that admits by itself.
pub(super) fn may_be_automatic(role: Role, uses: u32) -> bool {
    uses == 1 && matches!(role, Role::Operator | Role::Viewer)
}
