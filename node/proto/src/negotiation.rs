//! One link after offer and answer have met: hello, heartbeat, renegotiation, loss and end.
//!
//! The remote fingerprint is pinned before the link exists and for its whole life: a certificate or description with any
//! other closes it. Nothing but a hello is read before the hello; the owner of the link processes no other channel and
//! marks the picture unverified until [`Output::Verified`].
//!
//! Contract: after every `handle` drain [`Negotiation::poll`]; tick no later than [`Negotiation::next_wake`].

use crate::control::{ByeReason, ControlMessage};
use crate::hello::{self, HelloError, LinkFacts};
use crate::id::{Fingerprint, KnockId, PeerId, SessionId};
use crate::keys::PeerKey;
use crate::limits::{
    BEAT_MS, CONNECT_TIMEOUT_MS, HELLO_TIMEOUT_MS, LINK_DEAD_MS, LINK_LOST_MS, MAX_UNKNOWN_CONTROL, VERSION,
};
use crate::sdp::{self, SdpFacts, Setup};
use crate::trickle::Side;
use std::collections::VecDeque;

/// Beats whose echo still tells a round trip: 4 s.
const REMEMBERED_BEATS: usize = 8;

/// What is known of a link before it is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkPlan {
    /// The session.
    pub sid: SessionId,
    /// The knock or call that makes the link.
    pub id: KnockId,
    /// Which end this is.
    pub side: Side,
    /// Who must be at the other end.
    pub peer: PeerId,
    /// The other end's certificate, from its sealed description.
    pub pinned: Fingerprint,
    /// The DTLS role of the other end: of its answer, or the opposite of ours.
    pub remote_setup: Setup,
    /// Whether this end gives way when both renegotiate at once, see [`is_polite`].
    pub polite: bool,
}

/// Whether `me` gives way to `other`: a browser does to a native; between equals the higher peer key does.
#[must_use]
pub fn is_polite(me: &PeerId, me_browser: bool, other: &PeerId, other_browser: bool) -> bool {
    if me_browser == other_browser { me > other } else { me_browser }
}

/// Of two calls made at once, whether the one that `me` made survives: the lower peer key's does.
#[must_use]
pub fn my_call_survives(me: &PeerId, other: &PeerId) -> bool {
    me < other
}

/// What happened.
#[derive(Debug)]
pub enum Input<'a> {
    /// DTLS is up and `control` is open, with these certificates as the connection really has them.
    Connected {
        /// Ours.
        own: Fingerprint,
        /// The other end's.
        remote: Fingerprint,
    },
    /// A message came on `control`.
    Control(&'a [u8]),
    /// Anything else came from the other end: media, another channel.
    Heard,
    /// Say this to the other end.
    Say(ControlMessage),
    /// Renegotiate: ask the connection for an offer.
    Renegotiate,
    /// The offer that [`Output::MakeOffer`] asked for.
    LocalOffer(String),
    /// The answer to the offer of [`Output::ApplyOffer`].
    LocalAnswer(String),
    /// A description that came by sealed trickle, to restart ICE.
    Restart(&'a str),
    /// Close it.
    Close(ByeReason),
    /// The connection is gone.
    Gone,
    /// Time passed.
    Tick,
}

/// What to do or to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send on `control`.
    Transmit(String),
    /// The other end is who it should be: channels may be processed.
    Verified,
    /// A control message for the application.
    Received(ControlMessage),
    /// Make an offer and give it back as [`Input::LocalOffer`].
    MakeOffer,
    /// Take back our pending offer, then apply this one and answer.
    Rollback,
    /// Apply an offer and give back the answer as [`Input::LocalAnswer`].
    ApplyOffer(String),
    /// Apply an answer to our offer.
    ApplyAnswer(String),
    /// Round trip by heartbeat, milliseconds: an upper bound, up to a period above what the path itself takes.
    RoundTrip(u64),
    /// Nothing is heard any more; it may come back.
    Lost,
    /// Heard again.
    Recovered,
    /// The link is over. Close the connection.
    Closed(CloseReason),
}

/// Why a link is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// This end closed it.
    Ours(ByeReason),
    /// The other end closed it.
    Theirs(ByeReason),
    /// ICE or DTLS did not come up in time.
    NeverConnected,
    /// No hello in time.
    NoHello,
    /// The first message was no hello, or a hello not of this link or peer.
    BadHello,
    /// A certificate or description with another fingerprint than the pinned one.
    OtherFingerprint,
    /// A description with another DTLS role, or not what a description must be.
    BadDescription,
    /// Malformed or too many unknown control messages.
    BadControl,
    /// Silent for too long.
    Dead,
    /// The connection ended.
    Gone,
}

/// A link's negotiation.
#[derive(Debug)]
pub struct Negotiation {
    plan: LinkPlan,
    state: State,
    offering: Offering,
    unknown: u32,
    outputs: VecDeque<Output>,
}

#[derive(Debug)]
enum State {
    Connecting { since: u64 },
    Greeting { since: u64, facts: LinkFacts, beat: Beat },
    Up { beat: Beat, heard: u64, lost: bool },
    Closed,
}

/// Whose description is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Offering {
    Nobody,
    /// Our offer is asked for or sent; `again`: the need arose anew meanwhile.
    Ours {
        sent: bool,
        again: bool,
    },
    /// Theirs is applied and not yet answered; `again`: ours is to be made afterwards.
    Theirs {
        again: bool,
    },
}

/// Heartbeat both ways.
#[derive(Debug, Clone, Copy, Default)]
struct Beat {
    sent: u32,
    /// When the last few were sent, by number.
    sent_at: [u64; REMEMBERED_BEATS],
    next_at: u64,
    received: Option<u32>,
}

impl Negotiation {
    /// A link whose descriptions have met.
    #[must_use]
    pub fn new(plan: LinkPlan, now_ms: u64) -> Self {
        Self {
            plan,
            state: State::Connecting { since: now_ms },
            offering: Offering::Nobody,
            unknown: 0,
            outputs: VecDeque::new(),
        }
    }

    /// Whether the other end has proved who it is.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        matches!(self.state, State::Up { .. })
    }

    /// Whether the link is over.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    /// The link's plan.
    #[must_use]
    pub fn plan(&self) -> &LinkPlan {
        &self.plan
    }

    /// The next thing to do or tell.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to tick at the latest, unix milliseconds; none when it is over.
    #[must_use]
    pub fn next_wake(&self) -> Option<u64> {
        match &self.state {
            State::Connecting { since } => Some(since + CONNECT_TIMEOUT_MS),
            State::Greeting { since, beat, .. } => Some((since + HELLO_TIMEOUT_MS).min(beat.next_at)),
            State::Up { beat, heard, lost } => {
                Some(beat.next_at.min(heard + if *lost { LINK_DEAD_MS } else { LINK_LOST_MS }))
            }
            State::Closed => None,
        }
    }

    /// Takes an input. `me` signs the hello.
    pub fn handle(&mut self, input: Input<'_>, me: &PeerKey, now_ms: u64) {
        if self.is_closed() {
            return;
        }
        match input {
            Input::Connected { own, remote } => self.connected(own, remote, me, now_ms),
            Input::Control(bytes) => self.control(bytes, now_ms),
            Input::Heard => self.heard(now_ms),
            Input::Say(message) => self.say(&message),
            Input::Renegotiate => self.renegotiate(),
            Input::LocalOffer(sdp) => self.local_offer(sdp),
            Input::LocalAnswer(sdp) => self.local_answer(sdp),
            Input::Restart(sdp) => self.check(sdp::check(sdp)),
            Input::Close(why) => {
                self.say(&ControlMessage::Bye { why });
                self.close(CloseReason::Ours(why));
            }
            Input::Gone => self.close(CloseReason::Gone),
            Input::Tick => {}
        }
        self.tick(now_ms);
    }

    fn tick(&mut self, now: u64) {
        match &mut self.state {
            State::Connecting { since } if now >= *since + CONNECT_TIMEOUT_MS => {
                self.close(CloseReason::NeverConnected);
            }
            State::Greeting { since, .. } if now >= *since + HELLO_TIMEOUT_MS => self.close(CloseReason::NoHello),
            State::Up { heard, .. } if now >= *heard + LINK_DEAD_MS => self.close(CloseReason::Dead),
            State::Up { heard, lost, .. } if !*lost && now >= *heard + LINK_LOST_MS => {
                *lost = true;
                self.outputs.push_back(Output::Lost);
            }
            _ => {}
        }
        if let State::Greeting { beat, .. } | State::Up { beat, .. } = &mut self.state
            && now >= beat.next_at
        {
            beat.sent = beat.sent.wrapping_add(1);
            beat.sent_at[beat.sent as usize % REMEMBERED_BEATS] = now;
            beat.next_at = now + BEAT_MS;
            let message = ControlMessage::Beat { n: beat.sent, echo: beat.received };
            self.outputs.push_back(Output::Transmit(message.encode()));
        }
    }

    fn connected(&mut self, own: Fingerprint, remote: Fingerprint, me: &PeerKey, now: u64) {
        if !matches!(self.state, State::Connecting { .. }) || remote != self.plan.pinned {
            // A second DTLS connection on one link is a new certificate by definition.
            return self.close(CloseReason::OtherFingerprint);
        }
        let facts = LinkFacts { sid: self.plan.sid, id: self.plan.id, side: self.plan.side, own, remote };
        let hello = ControlMessage::Hello { v: VERSION, peer: me.public(), sig: hello::make(me, &facts) };
        self.outputs.push_back(Output::Transmit(hello.encode()));
        let beat = Beat { next_at: now + BEAT_MS, ..Beat::default() };
        self.state = State::Greeting { since: now, facts, beat };
    }

    fn control(&mut self, bytes: &[u8], now: u64) {
        let decoded = ControlMessage::decode(bytes);
        match (&self.state, decoded) {
            (State::Greeting { facts, beat, .. }, Ok(Some(ControlMessage::Hello { peer, sig, .. }))) => {
                let (verdict, beat) = (hello::verify(facts, &self.plan.peer, &peer, &sig), *beat);
                self.greeted(verdict, beat, now);
            }
            (State::Greeting { .. } | State::Connecting { .. }, _) => self.close(CloseReason::BadHello),
            (_, Err(_)) => self.close(CloseReason::BadControl),
            (_, Ok(None)) => {
                self.heard(now);
                self.unknown += 1;
                if self.unknown > MAX_UNKNOWN_CONTROL {
                    self.close(CloseReason::BadControl);
                }
            }
            (_, Ok(Some(message))) => {
                self.heard(now);
                self.message(message, now);
            }
        }
    }

    fn greeted(&mut self, verdict: Result<(), HelloError>, beat: Beat, now: u64) {
        if verdict.is_err() {
            return self.close(CloseReason::BadHello);
        }
        self.state = State::Up { beat, heard: now, lost: false };
        self.outputs.push_back(Output::Verified);
    }

    fn message(&mut self, message: ControlMessage, now: u64) {
        match message {
            ControlMessage::Beat { n, echo } => self.beat(n, echo, now),
            ControlMessage::Offer { sdp } => self.remote_offer(sdp),
            ControlMessage::Answer { sdp } => self.remote_answer(sdp),
            ControlMessage::Bye { why } => self.close(CloseReason::Theirs(why)),
            // One hello is enough; a second changes nothing.
            ControlMessage::Hello { .. } => {}
            message => self.outputs.push_back(Output::Received(message)),
        }
    }

    fn beat(&mut self, n: u32, echo: Option<u32>, now: u64) {
        if let State::Up { beat, .. } = &mut self.state {
            beat.received = Some(n);
            // Only numbers that are ours and recent; the other end may say anything.
            let recent = |n: &u32| *n > 0 && *n <= beat.sent && (beat.sent - n) < REMEMBERED_BEATS as u32;
            if let Some(n) = echo.filter(recent) {
                let sent_at = beat.sent_at[n as usize % REMEMBERED_BEATS];
                self.outputs.push_back(Output::RoundTrip(now.saturating_sub(sent_at)));
            }
        }
    }

    fn heard(&mut self, now: u64) {
        if let State::Up { heard, lost, .. } = &mut self.state {
            *heard = now;
            if std::mem::take(lost) {
                self.outputs.push_back(Output::Recovered);
            }
        }
    }

    fn say(&mut self, message: &ControlMessage) {
        if matches!(self.state, State::Up { .. } | State::Greeting { .. }) {
            self.outputs.push_back(Output::Transmit(message.encode()));
        }
    }

    fn renegotiate(&mut self) {
        match &mut self.offering {
            Offering::Nobody => {
                self.offering = Offering::Ours { sent: false, again: false };
                self.outputs.push_back(Output::MakeOffer);
            }
            Offering::Ours { again, .. } | Offering::Theirs { again } => *again = true,
        }
    }

    fn local_offer(&mut self, sdp: String) {
        // If the other end's offer won meanwhile, the one that comes late is dropped; it is asked for again later.
        if let Offering::Ours { sent: sent @ false, .. } = &mut self.offering {
            *sent = true;
            self.say(&ControlMessage::Offer { sdp });
        }
    }

    fn local_answer(&mut self, sdp: String) {
        if let Offering::Theirs { again } = self.offering {
            self.say(&ControlMessage::Answer { sdp });
            self.settle(again);
        }
    }

    fn remote_offer(&mut self, sdp: String) {
        let ours = matches!(self.offering, Offering::Ours { .. });
        if (ours && !self.plan.polite) || matches!(self.offering, Offering::Theirs { .. }) {
            // Glare: our offer stands, theirs comes again. Or a second offer before our answer, which nobody may send.
            return;
        }
        self.check(sdp::check(&sdp));
        if self.is_closed() {
            return;
        }
        if ours {
            self.outputs.push_back(Output::Rollback);
        }
        self.offering = Offering::Theirs { again: ours };
        self.outputs.push_back(Output::ApplyOffer(sdp));
    }

    fn remote_answer(&mut self, sdp: String) {
        // An answer that nobody asked for changes nothing.
        let Offering::Ours { sent: true, again } = self.offering else { return };
        self.check(sdp::check_answer(&sdp));
        if !self.is_closed() {
            self.outputs.push_back(Output::ApplyAnswer(sdp));
            self.settle(again);
        }
    }

    fn settle(&mut self, again: bool) {
        self.offering = Offering::Nobody;
        if again {
            self.renegotiate();
        }
    }

    /// The pinned fingerprint and the other end's DTLS role never change.
    fn check(&mut self, facts: Result<SdpFacts, sdp::SdpError>) {
        match facts {
            Err(_) => self.close(CloseReason::BadDescription),
            Ok(facts) if facts.fingerprint != self.plan.pinned => self.close(CloseReason::OtherFingerprint),
            Ok(facts) if !matches!(facts.setup, Setup::ActPass) && facts.setup != self.plan.remote_setup => {
                self.close(CloseReason::BadDescription);
            }
            Ok(_) => {}
        }
    }

    fn close(&mut self, reason: CloseReason) {
        if !self.is_closed() {
            self.state = State::Closed;
            self.outputs.push_back(Output::Closed(reason));
        }
    }
}
