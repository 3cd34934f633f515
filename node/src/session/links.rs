//! The session's links: made from offers, verified, used, replaced and ended.

use sightline_crdt::session::{Input as DocInput, LinkId as DocLinkId};
use sightline_proto::control::{ByeReason, ControlMessage, Media, StopReason, Video};
use sightline_proto::exports::Exports;
use sightline_proto::id::{Fingerprint, KnockId, PeerId, SlotAddress};
use sightline_proto::introduction::Introduction;
use sightline_proto::keys::PeerKey;
use sightline_proto::negotiation::{LinkPlan, is_polite};
use sightline_proto::sdp::{SdpFacts, Setup, check_offer};
use sightline_proto::trickle::Side;

use super::actor::Actor;
use super::convert::{to_doc_peer, to_look, to_peer};
use super::jobs::Done;
use super::link_io::{FromLink, Pump};
use super::link_job::carry_out;
use super::peer_link::{Happened, PeerLink};
use super::rooms::Put;
use crate::error::AskError;
use crate::link::rtc::{RtcConfig, RtcLink, Started};
use crate::link::{LinkId, StreamKind, TrackId};
use crate::path::Interfaces;
use crate::view::{LinkEnd, LinkState, NodeEvent, Role, VideoEnd, VideoState};

/// Links to one peer that are not verified yet: its newest call, and those that a hostile switchboard may repeat.
const MAX_UNVERIFIED: usize = 3;

/// Links of one session in all: a mesh of more people is not what a browser carries.
const MAX_LINKS: usize = 64;

/// Trickle messages kept while an own offer's answer is applied.
const MAX_EARLY_TRICKLE: usize = 32;

/// What a link is made of, besides its descriptions.
pub(super) struct LinkTo {
    pub(super) peer: PeerId,
    pub(super) address: SlotAddress,
    /// It is a browser, which gives way when both renegotiate.
    pub(super) browser: bool,
}

/// What peers that run this program say in their capabilities; browsers don't.
pub(super) const CAP_NATIVE: &str = "native";

impl Actor {
    /// Answers an offer: a link begins. `None` if the offer is of no use; then the other side calls.
    pub(super) fn answer_offer(&mut self, offer: &str, from: &Introduction, exports: &Exports) -> Option<String> {
        let facts = check_offer(offer).inspect_err(|error| tracing::debug!(%error, "an offer was refused")).ok()?;
        self.make_room_for(from.peer);
        if self.links.len() >= MAX_LINKS {
            self.refuse("too-many-links");
            return None;
        }
        let started = RtcLink::answer(offer, self.rtc_config(from.peer))
            .inspect_err(|error| tracing::warn!(%error, "an offer could not be answered"))
            .ok()?;
        let answer = started.sdp.clone();
        let to = LinkTo {
            peer: from.peer,
            address: from.slot.address(),
            browser: !from.caps.iter().any(|cap| cap == CAP_NATIVE),
        };
        // The answerer chooses; what it chose is in its answer, and the other side is the opposite.
        let ours = sightline_proto::sdp::check_answer(&answer).ok()?.setup;
        let remote_setup = if ours == Setup::Active { Setup::Passive } else { Setup::Active };
        self.begin_link(started, exports, to, facts.fingerprint, remote_setup, Side::Answerer);
        Some(answer)
    }

    /// Completes an own offer with the answer to it: a link begins.
    pub(super) fn link_from_answer(&mut self, started: Started, exports: &Exports, to: LinkTo, facts: SdpFacts) {
        self.begin_link(started, exports, to, facts.fingerprint, facts.setup, Side::Offerer);
    }

    fn begin_link(
        &mut self,
        started: Started,
        exports: &Exports,
        to: LinkTo,
        pinned: Fingerprint,
        remote_setup: Setup,
        side: Side,
    ) {
        let Started { link, events, .. } = started;
        let me = self.ctx.peer.public();
        let plan = LinkPlan {
            sid: self.id,
            id: exports.id,
            side,
            peer: to.peer,
            pinned,
            remote_setup,
            polite: is_polite(&me, false, &to.peer, to.browser),
        };
        let track = TrackId { origin: to.peer.0, stream: StreamKind::Camera };
        let slot = self.frames.of(to.peer);
        let pump = Pump::start(
            link.clone(),
            events,
            track,
            slot,
            self.from_links.clone(),
            self.files.porter.arrivals(),
            &self.ctx.tasks,
        );
        // A new link goes on with what the one before was asked for.
        let video = self.current_link(&to.peer).map_or(VideoState::Off, |link| link.video().clone());
        let video = if video == VideoState::Asked { VideoState::Asked } else { VideoState::Off };
        let peer_link = PeerLink::new(link, plan, exports, to.address, pump, video);
        let id = peer_link.id();
        self.links.insert(id, peer_link);
        for (knock, message) in std::mem::take(&mut self.early_trickle) {
            if knock == exports.id {
                self.with_link(id, |link, me| link.trickled(&message, me));
            }
        }
        self.changed();
    }

    /// How links are made: by the node's settings, and the rendezvous as the mirror for the outside address.
    pub(super) fn rtc_config(&self, peer: PeerId) -> RtcConfig {
        let options = &self.ctx.links;
        let loopback = options.allow_loopback;
        let stun = self.rendezvous.iter().filter_map(|one| one.switchboard.stun());
        RtcConfig {
            local_origin: self.ctx.peer.public().0,
            remote_origin: peer.0,
            codecs: options.codecs.clone(),
            interfaces: if loopback { Interfaces::ReachableAndLoopback } else { Interfaces::Reachable },
            allow_loopback: loopback,
            stun_servers: stun.filter(|address| !address.ip().is_loopback()).collect(),
            sending_bitrate: (!self.is_lead()).then_some(SENDING_BITRATE),
            ..RtcConfig::default()
        }
    }

    /// Keeps the number of unverified links to a peer small: the oldest goes.
    fn make_room_for(&mut self, peer: PeerId) {
        let unverified: Vec<LinkId> =
            self.links.iter().filter(|(_, link)| link.peer == peer && !link.is_verified()).map(|(id, _)| *id).collect();
        if unverified.len() >= MAX_UNVERIFIED
            && let Some(oldest) = unverified.first()
        {
            self.with_link(*oldest, |link, me| link.close(ByeReason::Replaced, me));
        }
    }

    /// The newest link to a peer, the verified one if there is one.
    pub(super) fn current_link(&self, peer: &PeerId) -> Option<&PeerLink> {
        let mut of_peer = self.links.values().filter(|link| link.peer == *peer);
        let newest = self.links.values().rfind(|link| link.peer == *peer);
        of_peer.rfind(|link| link.is_verified()).or(newest)
    }

    /// Does something with a link and carries out what follows.
    pub(super) fn with_link(&mut self, id: LinkId, what: impl FnOnce(&mut PeerLink, &PeerKey) -> Vec<Happened>) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let before = link.look().state;
        let happened = what(link, &self.ctx.peer);
        // Live messages come by the dozen and have a view of their own.
        let news = happened.iter().any(|one| !matches!(one, Happened::Live(_)));
        if news || self.links.get(&id).is_some_and(|link| link.look().state != before) {
            self.changed();
        }
        for one in happened {
            self.link_happened(id, one);
        }
    }

    /// Takes what a link reports.
    pub(super) fn take_from_link(&mut self, id: LinkId, from: FromLink) {
        self.with_link(id, |link, me| link.report(from, me));
    }

    /// Takes a sealed trickle message for the link of a knock or call.
    pub(super) fn trickle(&mut self, knock: &KnockId, message: &[u8]) {
        let id = self.links.iter().find(|(_, link)| link.is_of(knock)).map(|(id, _)| *id);
        match id {
            Some(id) => self.with_link(id, |link, me| link.trickled(message, me)),
            None if self.is_reaching() && self.early_trickle.len() < MAX_EARLY_TRICKLE => {
                self.early_trickle.push_back((*knock, message.to_vec()));
            }
            // Before admission no candidate is used; after the link's end none is needed.
            None => self.refuse("trickle-without-link"),
        }
    }

    fn link_happened(&mut self, id: LinkId, happened: Happened) {
        let Some(link) = self.links.get(&id) else { return };
        let (peer, address, session) = (link.peer, link.address, self.id);
        match happened {
            Happened::Verified => self.link_verified(id, peer),
            Happened::Received(message) => self.control(id, peer, message),
            Happened::Sync(bytes) => self.documents(DocInput::Message { link: doc_link(id), bytes: &bytes }),
            Happened::Live(bytes) => self.take_live(id, &bytes),
            // Behind the reply with the answer, which may still wait for the disk.
            Happened::Trickle(payload) => self.after_stored(move |actor| actor.send_to(address, payload)),
            Happened::Job(job) => {
                let handle = link.rtc();
                self.job(async move { Done::Link(id, carry_out(handle, job).await) });
            }
            Happened::KeyFrameWanted => self.video_out.want_key_frame(),
            Happened::TargetBitrate(bps) => self.video_out.aim_at(bps),
            Happened::FirstPicture(stats) => {
                let codec = stats.codec.map(|codec| codec.name().to_owned()).unwrap_or_default();
                let (width, height) = (stats.width, stats.height);
                self.ctx.tell(NodeEvent::VideoStarted { session, peer, width, height, codec });
            }
            Happened::Unreadable => {
                self.ctx.tell(NodeEvent::VideoStopped { session, peer, why: VideoEnd::Unreadable });
            }
            Happened::Lost => {
                self.ctx.tell(NodeEvent::LinkDown { session, peer, why: LinkEnd::Silent });
                self.way_in_lost(&peer, LinkEnd::Silent);
            }
            Happened::Recovered => self.ctx.tell(NodeEvent::LinkUp { session, peer }),
            Happened::Closed(why) => self.link_closed(id, why),
        }
    }

    fn link_verified(&mut self, id: LinkId, peer: PeerId) {
        // A member that was removed while it connected stays outside.
        if self.session.roster().member(&to_doc_peer(peer)).is_none() {
            return self.with_link(id, |link, me| link.close(ByeReason::Closed, me));
        }
        let older: Vec<LinkId> =
            self.links.iter().filter(|(other, link)| **other != id && link.peer == peer).map(|(id, _)| *id).collect();
        for other in older {
            self.with_link(other, |link, me| link.close(ByeReason::Replaced, me));
        }
        self.ended_links.remove(&peer);
        // A peer that began anew counts its messages anew.
        self.forget_live(&peer);
        self.note_activity();
        self.ctx.tell(NodeEvent::LinkUp { session: self.id, peer });
        self.documents(DocInput::LinkOpened { link: doc_link(id), peer: to_doc_peer(peer) });
        if let Some(link) = self.links.get(&id) {
            if self.is_the_lead(&peer) {
                let track = TrackId { origin: self.ctx.peer.public().0, stream: StreamKind::Camera };
                self.video_out.attach(link.rtc(), track);
            }
            let address = link.address;
            self.forget_waiting_room(address);
        }
        if self.links.get(&id).is_some_and(|link| *link.video() == VideoState::Asked) {
            self.with_link(id, |link, me| link.say(ControlMessage::Ask { what: Media::Video }, me));
        }
        self.files_linked(id);
        self.way_in_linked(&peer);
        if self.is_the_lead(&peer) && self.own_video.0 == Video::Live {
            let (video, why) = self.own_video;
            self.with_link(id, |link, me| link.say(ControlMessage::Media { video, why }, me));
        }
    }

    /// The person is in and everything it said has a way: the rendezvous needs to keep nothing of it.
    fn forget_waiting_room(&mut self, address: SlotAddress) {
        let Some((knock, invite)) = self.slots.remove(&address) else { return };
        self.admitted_rooms.remove(&knock);
        let unsent: Vec<u64> = self
            .outbox
            .range((knock, 0)..=(knock, u64::MAX))
            .filter(|(_, out)| !out.stored)
            .map(|((_, n), _)| *n)
            .collect();
        for n in unsent {
            self.item_put(knock, n, Put::Stored);
        }
        self.drop_slot(invite, address);
    }

    fn control(&mut self, id: LinkId, peer: PeerId, message: ControlMessage) {
        let session = self.id;
        match message {
            ControlMessage::Asked { what: Media::Video, ok } => {
                if let Some(link) = self.links.get_mut(&id)
                    && *link.video() == VideoState::Asked
                    && !ok
                {
                    link.set_video(VideoState::Declined);
                }
                self.ctx.tell(NodeEvent::VideoAnswered { session, peer, ok });
            }
            ControlMessage::Media { video: Video::Off, .. } => {
                if let Some(VideoState::Stopped { why }) = self.links.get(&id).map(PeerLink::video) {
                    self.ctx.tell(NodeEvent::VideoStopped { session, peer, why: *why });
                }
            }
            ControlMessage::Ask { what: Media::Video } => self.ctx.tell(NodeEvent::VideoWanted { session, peer }),
            ControlMessage::Look { look } => match self.member_role(&peer) {
                Some(Role::Lead | Role::Expert) => {
                    self.ctx.tell(NodeEvent::Look { session, peer, look: to_look(look) });
                }
                _ => self.refuse("look-not-allowed"),
            },
            ControlMessage::Photo => match self.member_role(&peer) {
                // A native has no camera of its own to take photos with: it says so, and nobody waits.
                Some(Role::Lead | Role::Expert) => self.say_to(&peer, ControlMessage::PhotoRefused),
                _ => self.refuse("photo-not-allowed"),
            },
            ControlMessage::PhotoRefused => self.ctx.tell(NodeEvent::PhotoRefused { session, peer }),
            ControlMessage::View { watching } => self.ctx.tell(NodeEvent::Watched { session, peer, watching }),
            // The negotiation has taken all others.
            _ => {}
        }
        self.changed();
    }

    fn link_closed(&mut self, id: LinkId, why: LinkEnd) {
        let Some(link) = self.links.remove(&id) else { return };
        let (peer, view) = (link.peer, link.look());
        self.files.porter.order(|orders| drop(orders.links.remove(&id)));
        let verified = view.verified;
        self.mailbox.look_soon();
        self.video_out.detach(id);
        if !self.links.values().any(|link| link.peer == peer && link.is_verified()) {
            self.forget_live(&peer);
        }
        self.documents(DocInput::LinkClosed { link: doc_link(id) });
        let replaced = why == LinkEnd::Replaced;
        if !replaced && matches!(view.video, VideoState::Stopped { why: VideoEnd::Lost }) {
            self.ctx.tell(NodeEvent::VideoStopped { session: self.id, peer, why: VideoEnd::Lost });
        }
        if !replaced {
            let mut view = view;
            view.stats = None;
            view.state = LinkState::Lost { why };
            self.ended_links.insert(peer, view);
            if verified || why == LinkEnd::NotVerified {
                self.ctx.tell(NodeEvent::LinkDown { session: self.id, peer, why });
            }
        }
        if why == LinkEnd::NotVerified {
            self.refuse("link-not-verified");
        }
        self.way_in_lost(&peer, why);
        self.changed();
    }

    /// Ends links to peers that are no members any more.
    pub(super) fn drop_links_of_strangers(&mut self) {
        let roster = self.session.roster();
        let strangers: Vec<LinkId> = self
            .links
            .iter()
            .filter(|(_, link)| roster.member(&to_doc_peer(link.peer)).is_none())
            .map(|(id, _)| *id)
            .collect();
        for id in strangers {
            self.with_link(id, |link, me| link.close(ByeReason::Closed, me));
        }
    }

    /// Asks a member to show what it sees.
    pub(super) fn ask_video(&mut self, peer: PeerId) -> Result<(), AskError> {
        if self.session.roster().member(&to_doc_peer(peer)).is_none() {
            return Err(AskError::UnknownPeer(peer));
        }
        let Some(id) = self.links.iter().find(|(_, link)| link.peer == peer && link.is_up()).map(|(id, _)| *id) else {
            return Err(AskError::NotHere(peer));
        };
        self.with_link(id, |link, me| {
            if *link.video() != VideoState::Live {
                link.set_video(VideoState::Asked);
            }
            link.say(ControlMessage::Ask { what: Media::Video }, me)
        });
        self.changed();
        Ok(())
    }

    /// Tells a peer whether somebody really watches.
    pub(super) fn watching(&mut self, peer: PeerId, watching: bool) {
        self.say_to(&peer, ControlMessage::View { watching });
    }

    /// Tells the lead what the own camera does.
    pub(super) fn own_video(&mut self, video: Video, why: Option<StopReason>) {
        self.own_video = (video, why);
        let lead = to_peer(self.session.roster().lead());
        self.say_to(&lead, ControlMessage::Media { video, why });
    }

    /// Answers the lead's wish to see something.
    pub(super) fn answer_video(&mut self, ok: bool) {
        let lead = to_peer(self.session.roster().lead());
        self.say_to(&lead, ControlMessage::Asked { what: Media::Video, ok });
    }

    /// Says something to a peer that is there.
    pub(super) fn say_to(&mut self, peer: &PeerId, message: ControlMessage) {
        let id = self.links.iter().find(|(_, link)| link.peer == *peer && link.is_up()).map(|(id, _)| *id);
        if let Some(id) = id {
            self.with_link(id, |link, me| link.say(message, me));
        }
    }
}

/// The bit rate to begin with when this side sends video.
const SENDING_BITRATE: u32 = 1_500_000;

fn doc_link(id: LinkId) -> DocLinkId {
    DocLinkId(id.0)
}
