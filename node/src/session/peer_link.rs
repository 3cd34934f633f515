//! One link as its session sees it: who is at the other end, whether that is proved, what is said on its channels.
//!
//! Pure but for the link's handle, whose calls never wait: what takes time comes out as a [`LinkJob`] for the session to
//! await, and what concerns the session as [`Happened`]. Nothing of the other end is taken in before its hello was
//! checked; what arrives early on `sync` waits for that, bounded.

use std::collections::VecDeque;

use bytes::Bytes;
use sightline_crdt::sync::{Assembler, fragments};
use sightline_proto::control::{ByeReason, ControlMessage, Video};
use sightline_proto::exports::Exports;
use sightline_proto::id::{Fingerprint, KnockId, SlotAddress};
use sightline_proto::keys::PeerKey;
use sightline_proto::negotiation::{Input, LinkPlan, Negotiation, Output};
use sightline_proto::trickle::{Restart, Side, Trickle, Trickler};

use super::link_ends::{link_end, negotiation_end, video_end};
use super::link_io::{FromLink, Pump};
use super::link_job::{JobDone, LinkJob, Way};
use crate::ids::PeerId;
use crate::link::rtc::RtcLink;
use crate::link::{ChannelId, CloseReason, Link, LinkEvent, LinkId, LinkStats, SendError};
use crate::media::thread::DecoderStats;
use crate::runtime::{rng, steady_ms};
use crate::view::{LinkEnd, LinkState, LinkView, VideoEnd, VideoState};

/// What may wait for a link's `sync` channel: a long session's whole log, and no more.
const MAX_OUTGOING: usize = 64 * 1024 * 1024;

/// What may arrive on `sync` before the hello: what an honest peer can send in a round trip.
const MAX_EARLY: usize = 2 * 1024 * 1024;

/// The media section that candidates are named for: everything is bundled into the first.
const MID: &str = "0";

/// A link and everything said on it.
pub(super) struct PeerLink {
    pub(super) peer: PeerId,
    /// Where sealed messages to the peer go.
    pub(super) address: SlotAddress,
    link: RtcLink,
    side: Side,
    negotiation: Negotiation,
    trickler: Trickler,
    pump: Pump,
    assembler: Assembler,
    early: VecDeque<Bytes>,
    early_bytes: usize,
    outgoing: VecDeque<Bytes>,
    outgoing_bytes: usize,
    fingerprints: Option<(Fingerprint, Fingerprint)>,
    control_open: bool,
    state: LinkState,
    video: VideoState,
    rtt_ms: Option<u64>,
    frames_heard: u64,
}

/// What concerns the session.
pub(super) enum Happened {
    /// The peer has proved who it is.
    Verified,
    /// A control message for the session.
    Received(ControlMessage),
    /// A whole sync message.
    Sync(Vec<u8>),
    /// A live message.
    Live(Bytes),
    /// To be sent, sealed, to the peer's address.
    Trickle(Vec<u8>),
    /// Something that takes time.
    Job(LinkJob),
    /// The other end needs a key frame of ours.
    KeyFrameWanted,
    /// How much the path carries, in bits per second.
    TargetBitrate(u32),
    /// The first picture since the video began.
    FirstPicture(DecoderStats),
    /// Pictures arrive and none can be decoded.
    Unreadable,
    /// No signs of life; it may come back.
    Lost,
    /// Signs of life again.
    Recovered,
    /// Over. Nothing follows.
    Closed(LinkEnd),
}

impl PeerLink {
    /// A link whose offer and answer have met.
    pub(super) fn new(
        link: RtcLink,
        plan: LinkPlan,
        exports: &Exports,
        address: SlotAddress,
        pump: Pump,
        video: VideoState,
    ) -> Self {
        Self {
            peer: plan.peer,
            address,
            link,
            side: plan.side,
            negotiation: Negotiation::new(plan, steady_ms()),
            trickler: Trickler::new(exports, plan.side),
            pump,
            assembler: Assembler::new(),
            early: VecDeque::new(),
            early_bytes: 0,
            outgoing: VecDeque::new(),
            outgoing_bytes: 0,
            fingerprints: None,
            control_open: false,
            state: LinkState::Connecting,
            video,
            rtt_ms: None,
            frames_heard: 0,
        }
    }

    /// The link's number.
    pub(super) fn id(&self) -> LinkId {
        self.link.id()
    }

    /// The link's handle.
    pub(super) fn rtc(&self) -> RtcLink {
        self.link.clone()
    }

    /// Whether this knock or call made it.
    pub(super) fn is_of(&self, knock: &KnockId) -> bool {
        self.negotiation.plan().id == *knock
    }

    /// Whether the peer has proved who it is and is heard.
    pub(super) fn is_up(&self) -> bool {
        self.state == LinkState::Up
    }

    /// Whether the peer has proved who it is.
    pub(super) fn is_verified(&self) -> bool {
        self.negotiation.is_verified()
    }

    /// Whether it still tries or works.
    pub(super) fn is_alive(&self) -> bool {
        !self.negotiation.is_closed()
    }

    /// When to tick at the latest.
    pub(super) fn next_wake(&self) -> Option<u64> {
        self.negotiation.next_wake()
    }

    /// What its video does.
    pub(super) fn video(&self) -> &VideoState {
        &self.video
    }

    /// Sets what its video does, by what was asked.
    pub(super) fn set_video(&mut self, video: VideoState) {
        self.video = video;
    }

    /// The link as it looks now.
    pub(super) fn look(&self) -> LinkView {
        let stats = self.is_verified().then(|| self.stats());
        LinkView {
            peer: self.peer,
            state: self.state.clone(),
            stats,
            video: self.video.clone(),
            verified: self.is_verified(),
        }
    }

    fn stats(&self) -> LinkStats {
        let (decoder, mut stats) = (self.pump.stats(), self.link.stats());
        (stats.width, stats.height) = (decoder.width, decoder.height);
        stats.codec = decoder.codec.or(stats.codec);
        stats.decode_ms = decoder.decode_ms;
        stats.dropped += decoder.dropped;
        if stats.rtt_ms.is_none() {
            // A heartbeat's round trip includes waiting; better than nothing before ICE has measured.
            stats.rtt_ms = self.rtt_ms.map(|ms| ms as f32);
        }
        stats
    }

    /// Takes in what the link reports.
    pub(super) fn report(&mut self, from: FromLink, me: &PeerKey) -> Vec<Happened> {
        let mut happened = Vec::new();
        match from {
            FromLink::FirstPicture(stats) => {
                self.video = VideoState::Live;
                happened.push(Happened::FirstPicture(stats));
            }
            FromLink::Unreadable => {
                let unreadable = VideoState::Stopped { why: VideoEnd::Unreadable };
                if self.video != unreadable {
                    self.video = unreadable;
                    happened.push(Happened::Unreadable);
                }
            }
            FromLink::Event(event) => self.event(event, me, &mut happened),
        }
        self.drain(&mut happened);
        happened
    }

    fn event(&mut self, event: LinkEvent, me: &PeerKey, happened: &mut Vec<Happened>) {
        match event {
            LinkEvent::Connected { local_fp, remote_fp } => {
                self.fingerprints = Some((Fingerprint(local_fp), Fingerprint(remote_fp)));
                self.greet(me);
            }
            LinkEvent::ChannelOpen(ChannelId::CONTROL) => {
                self.control_open = true;
                self.greet(me);
            }
            LinkEvent::ChannelData { channel: ChannelId::CONTROL, bytes } => {
                self.negotiation.handle(Input::Control(&bytes), me, steady_ms());
            }
            LinkEvent::ChannelData { channel: ChannelId::SYNC, bytes } => {
                self.heard(me);
                self.sync_fragment(bytes, me, happened);
            }
            LinkEvent::ChannelData { channel: ChannelId::LIVE, bytes } => {
                self.heard(me);
                // Before the proof nobody is shown anything, and after it this is stale.
                if self.is_verified() {
                    happened.push(Happened::Live(bytes));
                }
            }
            // Nothing is said on the other channels yet; whatever comes there shows that the peer lives.
            LinkEvent::ChannelData { .. } | LinkEvent::Heard => self.heard(me),
            LinkEvent::ChannelOpen(ChannelId::SYNC) | LinkEvent::Writable(ChannelId::SYNC) => self.flush(),
            LinkEvent::LocalCandidate(candidate) => self.trickle_candidate(Some(candidate), happened),
            LinkEvent::GatheringDone => self.trickle_candidate(None, happened),
            LinkEvent::KeyFrameWanted(_) => happened.push(Happened::KeyFrameWanted),
            LinkEvent::TargetBitrate(bps) => happened.push(Happened::TargetBitrate(bps)),
            LinkEvent::Closed(why) => {
                if self.is_alive() {
                    self.negotiation.handle(Input::Gone, me, steady_ms());
                    // The link's own word says more than that it is gone.
                    self.end(link_end(why), happened);
                    while self.negotiation.poll().is_some() {}
                }
            }
            LinkEvent::Frame { .. }
            | LinkEvent::ChannelOpen(_)
            | LinkEvent::Writable(_)
            | LinkEvent::PathChanged(_)
            | LinkEvent::Quiet => {}
        }
    }

    /// Begins the hello as soon as there is a certificate to sign and a channel to say it on.
    fn greet(&mut self, me: &PeerKey) {
        if let (Some((own, remote)), true) = (self.fingerprints, self.control_open)
            && self.state == LinkState::Connecting
        {
            self.state = LinkState::Verifying;
            self.negotiation.handle(Input::Connected { own, remote }, me, steady_ms());
        }
    }

    fn heard(&mut self, me: &PeerKey) {
        self.negotiation.handle(Input::Heard, me, steady_ms());
    }

    fn sync_fragment(&mut self, bytes: Bytes, me: &PeerKey, happened: &mut Vec<Happened>) {
        if self.is_verified() {
            match self.assembler.push(&bytes) {
                Ok(Some(message)) => happened.push(Happened::Sync(message)),
                Ok(None) => {}
                Err(_) => self.misbehaved(me, happened),
            }
        } else if self.early_bytes + bytes.len() <= MAX_EARLY {
            self.early_bytes += bytes.len();
            self.early.push_back(bytes);
        } else {
            self.misbehaved(me, happened);
        }
    }

    fn misbehaved(&mut self, me: &PeerKey, happened: &mut Vec<Happened>) {
        self.negotiation.handle(Input::Gone, me, steady_ms());
        self.end(LinkEnd::Misbehaved, happened);
        while self.negotiation.poll().is_some() {}
    }

    fn trickle_candidate(&mut self, candidate: Option<String>, happened: &mut Vec<Happened>) {
        let trickle = Trickle::Candidate { candidate, mid: MID.to_owned() };
        if let Ok(sealed) = self.trickler.seal(&trickle, &mut rng()) {
            happened.push(Happened::Trickle(sealed));
        }
    }

    /// Takes in a sealed trickle message. A wrong one changes nothing.
    pub(super) fn trickled(&mut self, message: &[u8], me: &PeerKey) -> Vec<Happened> {
        let mut happened = Vec::new();
        match self.trickler.open(message) {
            Ok(Trickle::Candidate { candidate: Some(candidate), .. }) => self.link.add_remote_candidate(&candidate),
            Ok(Trickle::Candidate { candidate: None, .. }) => {}
            Ok(Trickle::Restart { restart: Restart::Offer(offer) }) => {
                self.negotiation.handle(Input::Restart(&offer), me, steady_ms());
                if self.is_alive() {
                    happened.push(Happened::Job(LinkJob::Answer { offer, way: Way::Trickle }));
                }
            }
            Ok(Trickle::Restart { restart: Restart::Answer(answer) }) => {
                self.negotiation.handle(Input::Restart(&answer), me, steady_ms());
                if self.is_alive() {
                    happened.push(Happened::Job(LinkJob::Accept { answer }));
                }
            }
            Err(why) => tracing::debug!(%why, "a trickle message was refused"),
        }
        self.drain(&mut happened);
        happened
    }

    /// Takes in what came of a job.
    pub(super) fn job_done(&mut self, done: JobDone, me: &PeerKey) -> Vec<Happened> {
        let mut happened = Vec::new();
        match done {
            JobDone::Answered { answer, way: Way::Control } => {
                self.negotiation.handle(Input::LocalAnswer(answer), me, steady_ms());
            }
            JobDone::Offered { offer, way: Way::Control } => {
                self.negotiation.handle(Input::LocalOffer(offer), me, steady_ms());
            }
            JobDone::Answered { answer, way: Way::Trickle } => self.restart(Restart::Answer(answer), &mut happened),
            JobDone::Offered { offer, way: Way::Trickle } => self.restart(Restart::Offer(offer), &mut happened),
            // A failed renegotiation leaves the link as it is; one that broke it reports that itself.
            JobDone::Accepted | JobDone::Failed => {}
        }
        self.drain(&mut happened);
        happened
    }

    fn restart(&mut self, restart: Restart, happened: &mut Vec<Happened>) {
        if let Ok(sealed) = self.trickler.seal(&Trickle::Restart { restart }, &mut rng()) {
            happened.push(Happened::Trickle(sealed));
        }
    }

    /// Says something on `control`.
    pub(super) fn say(&mut self, message: ControlMessage, me: &PeerKey) -> Vec<Happened> {
        self.handle(Input::Say(message), me)
    }

    /// Says farewell and closes.
    pub(super) fn close(&mut self, why: ByeReason, me: &PeerKey) -> Vec<Happened> {
        self.handle(Input::Close(why), me)
    }

    /// Time passed.
    pub(super) fn tick(&mut self, me: &PeerKey) -> Vec<Happened> {
        let frames = self.pump.frames_heard();
        if frames != self.frames_heard {
            self.frames_heard = frames;
            self.heard(me);
        }
        self.handle(Input::Tick, me)
    }

    fn handle(&mut self, input: Input<'_>, me: &PeerKey) -> Vec<Happened> {
        let mut happened = Vec::new();
        self.negotiation.handle(input, me, steady_ms());
        self.drain(&mut happened);
        happened
    }

    /// Carries out what the negotiation decided.
    fn drain(&mut self, happened: &mut Vec<Happened>) {
        while let Some(output) = self.negotiation.poll() {
            match output {
                Output::Transmit(text) => self.transmit(text, happened),
                Output::Verified => self.verified(happened),
                Output::Received(message) => self.received(message, happened),
                Output::MakeOffer => happened.push(Happened::Job(LinkJob::Offer { way: Way::Control })),
                // The link takes the other side's offer in place of its own pending one.
                Output::Rollback => {}
                Output::ApplyOffer(offer) => {
                    happened.push(Happened::Job(LinkJob::Answer { offer, way: Way::Control }));
                }
                Output::ApplyAnswer(answer) => happened.push(Happened::Job(LinkJob::Accept { answer })),
                Output::RoundTrip(ms) => self.rtt_ms = Some(ms),
                Output::Lost => {
                    self.state = LinkState::Lost { why: LinkEnd::Silent };
                    happened.push(Happened::Lost);
                    if self.side == Side::Offerer {
                        happened.push(Happened::Job(LinkJob::Offer { way: Way::Trickle }));
                    }
                }
                Output::Recovered => {
                    self.state = LinkState::Up;
                    happened.push(Happened::Recovered);
                }
                Output::Closed(why) => {
                    let (end, close) = negotiation_end(why);
                    self.link.close(close);
                    self.end(end, happened);
                }
            }
        }
    }

    fn transmit(&mut self, text: String, happened: &mut Vec<Happened>) {
        match self.link.try_send(ChannelId::CONTROL, Bytes::from(text)) {
            Ok(()) | Err(SendError::Closed) => {}
            // A peer that takes no control messages for so long that their queue is full is not there any more.
            Err(SendError::Full | SendError::TooLarge | SendError::Unknown) => {
                self.link.close(CloseReason::Transport);
                self.end(LinkEnd::Silent, happened);
            }
        }
    }

    fn verified(&mut self, happened: &mut Vec<Happened>) {
        self.state = LinkState::Up;
        self.pump.verified();
        happened.push(Happened::Verified);
        for bytes in std::mem::take(&mut self.early) {
            match self.assembler.push(&bytes) {
                Ok(Some(message)) => happened.push(Happened::Sync(message)),
                Ok(None) => {}
                Err(_) => {
                    self.link.close(CloseReason::Transport);
                    self.end(LinkEnd::Misbehaved, happened);
                }
            }
        }
    }

    fn received(&mut self, message: ControlMessage, happened: &mut Vec<Happened>) {
        if let ControlMessage::Media { video, why } = &message {
            match video {
                // The picture itself says when it is live.
                Video::Live => {}
                Video::Off => {
                    self.video = VideoState::Stopped { why: video_end(*why) };
                    self.pump.video_ended();
                }
            }
        }
        happened.push(Happened::Received(message));
    }

    /// Queues a sync message. False: the peer takes so little that the link must end.
    #[must_use]
    pub(super) fn send_sync(&mut self, message: &[u8]) -> bool {
        for fragment in fragments(message) {
            self.outgoing_bytes += fragment.len();
            self.outgoing.push_back(fragment.into());
        }
        self.flush();
        self.outgoing_bytes <= MAX_OUTGOING
    }

    /// Hands the channel as much as it takes.
    fn flush(&mut self) {
        while let Some(fragment) = self.outgoing.front() {
            match self.link.try_send(ChannelId::SYNC, fragment.clone()) {
                Ok(()) => {
                    self.outgoing_bytes -= fragment.len();
                    self.outgoing.pop_front();
                }
                // `Writable` follows.
                Err(SendError::Full) => return,
                Err(SendError::Closed | SendError::TooLarge | SendError::Unknown) => {
                    self.outgoing.clear();
                    self.outgoing_bytes = 0;
                }
            }
        }
    }

    fn end(&mut self, why: LinkEnd, happened: &mut Vec<Happened>) {
        if matches!(self.video, VideoState::Live | VideoState::Asked) {
            self.video = VideoState::Stopped { why: VideoEnd::Lost };
        }
        self.pump.video_ended();
        self.state = LinkState::Lost { why };
        happened.push(Happened::Closed(why));
    }
}
