//! The way of a member that doesn't lead to the one that does: calls, repeated until there is a link.
//!
//! `sightline-proto`'s machine for link holders decides when to call; it goes on here after admission (see
//! [`super::guest`] for what was before) and after every restart.

use sightline_crdt::id::Audience;
use sightline_crdt::session::{Input as DocInput, Session};
use sightline_proto::exports::Exports;
use sightline_proto::id::{PeerId, SlotAddress};
use sightline_proto::keys::Secret;
use sightline_proto::sdp::{SdpFacts, check_answer};
use sightline_proto::session::{Input, Membership, Output, Session as Machine, Stage};
use sightline_proto::switchboard::{Ask, Refused, RefusedReason};

use super::actor::Actor;
use super::convert::{member_keys, to_doc_peer, to_peer};
use super::jobs::Done;
use super::links::LinkTo;
use super::records::NodeRecord;
use crate::link::rtc::{RtcLink, Started};
use crate::runtime::{rng, steady_ms};
use crate::view::LinkEnd;

/// The machine, and the own offer that waits for its answer.
pub(super) struct WayIn {
    pub(super) machine: Machine,
    pub(super) offered: Option<Started>,
    /// What the machine was told last about the rendezvous.
    pub(super) online: bool,
}

/// An own offer met its answer.
pub(super) struct Connected {
    pub(super) started: Started,
    pub(super) exports: Box<Exports>,
    pub(super) peer: PeerId,
    pub(super) facts: SdpFacts,
    pub(super) accepted: bool,
}

impl Actor {
    /// Gives the machine an input, if this member has one, and carries out what follows.
    pub(super) fn way_in(&mut self, input: Input<'_>) {
        let Some(way_in) = &mut self.way_in else { return };
        way_in.machine.handle(input, steady_ms(), &mut rng());
        while let Some(output) = self.way_in.as_mut().and_then(|way_in| way_in.machine.poll()) {
            self.way_in_output(output);
        }
    }

    /// The rendezvous came or went. The machine wants to hear of changes only.
    pub(super) fn way_in_online(&mut self, online: bool) {
        let Some(way_in) = self.way_in.as_mut().filter(|way_in| way_in.online != online) else { return };
        way_in.online = online;
        self.way_in(if online { Input::Online } else { Input::Offline });
    }

    /// When the machine wants to be woken.
    pub(super) fn way_in_wake(&self) -> Option<u64> {
        self.way_in.as_ref()?.machine.next_wake()
    }

    /// Time passed.
    pub(super) fn way_in_tick(&mut self) {
        if self.way_in_wake().is_some_and(|at| at <= steady_ms()) {
            self.way_in(Input::Tick);
        }
    }

    fn way_in_output(&mut self, output: Output) {
        match output {
            Output::Persist(bytes) => self.keep(&NodeRecord::WayIn(&bytes)),
            Output::MakeOffer => self.make_offer(),
            Output::Send { to, payload } => self.after_stored(move |actor| actor.send_call(to, payload)),
            Output::VerifyChain { entries, .. } => {
                self.documents(DocInput::Entries(&entries));
                match membership(&self.session) {
                    Some(membership) => self.way_in(Input::Member(membership)),
                    None => self.way_in(Input::BadChain),
                }
            }
            Output::Connect { answer, peer, exports } => self.connect(answer, peer, exports),
            Output::Stage(stage) => {
                tracing::debug!(?stage, "the way to the lead");
                self.changed();
            }
            Output::Disbelieved(_) => self.refuse("reply-not-believed"),
            // Only before admission.
            Output::FetchRecord(_) | Output::LeaveKnock(_) => {}
        }
    }

    fn make_offer(&mut self) {
        let lead = to_peer(self.session.roster().lead());
        match RtcLink::offer(self.rtc_config(lead)) {
            Ok(started) => {
                let sdp = started.sdp.clone();
                if let Some(way_in) = &mut self.way_in {
                    way_in.offered = Some(started);
                }
                self.way_in(Input::Offer(sdp));
            }
            // The machine calls again when its patience is over.
            Err(error) => tracing::warn!(%error, "no offer could be made"),
        }
    }

    fn send_call(&mut self, to: SlotAddress, payload: Vec<u8>) {
        let asked: Vec<_> = self
            .reachable()
            .into_iter()
            .map(|board| board.ask_now(Ask::Send { to, payload: payload.clone() }))
            .collect();
        self.job(async move {
            let answers = futures_util::future::join_all(asked).await;
            let nobody =
                |answer: &Result<_, Refused>| matches!(answer, Err(Refused::Because(RefusedReason::NobodyListens)));
            Done::CallSent { nobody: !answers.is_empty() && answers.iter().all(nobody) }
        });
    }

    fn connect(&mut self, answer: String, peer: PeerId, exports: Box<Exports>) {
        let Some(started) = self.way_in.as_mut().and_then(|way_in| way_in.offered.take()) else {
            return self.way_in(Input::LinkGone);
        };
        match check_answer(&answer) {
            Ok(facts) => self.job(async move {
                let accepted = started.link.accept_answer(answer).await.is_ok();
                Done::Connected(Box::new(Connected { started, exports, peer, facts, accepted }))
            }),
            Err(error) => {
                tracing::debug!(%error, "an answer was refused");
                self.refuse("answer-not-usable");
                self.way_in(Input::LinkGone);
            }
        }
    }

    /// Takes the own offer with its answer: a link begins.
    pub(super) fn connected(&mut self, connected: Connected) {
        let Connected { started, exports, peer, facts, accepted } = connected;
        let keys = self.session.roster().member(&to_doc_peer(peer)).map(member_keys);
        match keys.filter(|_| accepted) {
            Some(keys) => {
                // Whoever answers calls of natives is native itself.
                let to = LinkTo { peer, address: keys.address(), browser: false };
                self.link_from_answer(started, &exports, to, facts);
            }
            None => self.way_in(Input::LinkGone),
        }
    }

    /// A link to a peer is verified.
    pub(super) fn way_in_linked(&mut self, peer: &PeerId) {
        if self.is_the_lead(peer) {
            self.way_in(Input::LinkUp);
        }
    }

    /// A link to a peer is lost or over.
    pub(super) fn way_in_lost(&mut self, peer: &PeerId, why: LinkEnd) {
        let other = self.links.values().any(|link| link.peer == *peer && (link.is_up() || !link.is_verified()));
        if self.is_the_lead(peer) && why != LinkEnd::Replaced && !other {
            self.way_in(Input::LinkGone);
        }
    }

    /// Whether a peer leads the session.
    pub(super) fn is_the_lead(&self, peer: &PeerId) -> bool {
        self.session.roster().lead().0 == peer.0
    }

    /// Whether a call or its link is under way.
    pub(super) fn is_reaching(&self) -> bool {
        let stage = self.way_in.as_ref().map(|way_in| way_in.machine.stage());
        matches!(stage, Some(Stage::Calling { .. } | Stage::Linking | Stage::Joining))
    }
}

/// Whom a member calls, and with which key: none for the lead, and for who is no member.
pub(super) fn membership(session: &Session) -> Option<Membership> {
    use sightline_crdt::id::Role;
    let roster = session.roster();
    roster.member(&session.peer())?;
    let lead = roster.member(&roster.lead())?;
    let epoch = roster.epoch();
    let key = session.ring().key(epoch, Audience::All)?;
    let experts = roster.members().filter(|member| matches!(member.role, Role::Lead | Role::Expert));
    Some(Membership {
        callee: member_keys(lead),
        epoch: epoch.0,
        epoch_key: Secret::new(**key),
        experts: experts.map(|member| to_peer(member.peer)).collect(),
    })
}
