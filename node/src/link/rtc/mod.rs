//! Links to browsers: WebRTC by str0m.
//!
//! [`RtcLink::answer`] takes a browser's offer, [`RtcLink::offer`] makes one for a native caller. Either starts one task
//! that owns the connection and its sockets until it ends; the returned [`RtcLink`] talks to it, and dropping the last
//! clone ends it.

mod channels;
mod config;
mod description;
mod driver;
mod negotiate;
mod outgoing;
mod report;
mod tracks;
mod watch;

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

pub use config::{MAX_MESSAGE, RtcConfig};
pub use description::DescriptionError;

use self::channels::Gauges;
use self::driver::{Command, Driver, Ends};
use super::{
    CHANNELS, ChannelId, ChannelSpec, CloseReason, EncodedFrame, Link, LinkEvent, LinkId, LinkStats, SendError, TrackId,
};
use crate::media::Codec;

/// Without any packet for so long a link is reported as [`LinkEvent::Quiet`]: a heartbeat every 500 ms and its jitter.
pub const QUIET_AFTER: Duration = Duration::from_millis(700);

/// Commands that may wait for the task. **Full queue:** messages and frames are refused, requests are lost (they are
/// repeated by whoever needs them).
const COMMANDS: usize = 1024;

/// Frames that may wait for the task: more would only be delay.
const FRAMES: usize = 8;

/// The longest candidate text handed to the task; the filter looks at the rest.
const MAX_CANDIDATE: usize = 1024;

/// Why no link was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// The other side's description can't be used.
    #[error("the offer was refused")]
    Description(#[from] DescriptionError),
    /// This machine has no address to use.
    #[error("this machine has no network address")]
    NoAddress,
}

/// Why a renegotiation failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NegotiationError {
    /// The other side's description can't be used. [`DescriptionError::Changed`] ends the link.
    #[error("the description was refused")]
    Description(#[from] DescriptionError),
    /// There is no offer of this side that this could answer.
    #[error("no offer is waiting for an answer")]
    NoOffer,
    /// The link has ended or is too busy.
    #[error("the link is closed")]
    Closed,
}

/// A started link.
pub struct Started {
    /// The handle.
    pub link: RtcLink,
    /// The answer, or the offer, to be given to the other side.
    pub sdp: String,
    /// What the link reports.
    pub events: mpsc::Receiver<LinkEvent>,
}

/// The handle to a WebRTC link. Clones share it; the last one dropped ends the link.
#[derive(Clone)]
pub struct RtcLink {
    inner: Arc<Inner>,
}

struct Inner {
    id: LinkId,
    commands: mpsc::Sender<Command>,
    frames_waiting: Arc<AtomicUsize>,
    gauges: Gauges,
    shared: Arc<Shared>,
    stop: CancellationToken,
}

/// What the task shows to the handle.
#[derive(Default)]
struct Shared {
    stats: Mutex<LinkStats>,
    codecs: Mutex<Vec<Codec>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl RtcLink {
    /// Answers an offer: one bundle of at most one audio line, one video line and data channels. Must be called inside
    /// a tokio runtime.
    ///
    /// # Errors
    /// If the offer is malformed or names no single certificate, or this machine has no address.
    pub fn answer(offer: &str, config: RtcConfig) -> Result<Started, StartError> {
        Self::start(config, |config, ends| Driver::answering(offer, config, ends))
    }

    /// Makes an offer with an audio line, a video line and data channels; [`RtcLink::accept_answer`] completes it. Must
    /// be called inside a tokio runtime.
    ///
    /// # Errors
    /// If this machine has no address.
    pub fn offer(config: RtcConfig) -> Result<Started, StartError> {
        Self::start(config, Driver::offering)
    }

    fn start(
        config: RtcConfig,
        negotiate: impl FnOnce(RtcConfig, Ends) -> Result<(Driver, String), StartError>,
    ) -> Result<Started, StartError> {
        let (commands, command_queue) = mpsc::channel(COMMANDS);
        let (event_queue, events) = mpsc::channel(config.event_queue.max(1));
        let inner = Inner {
            id: LinkId::next(),
            commands,
            frames_waiting: Arc::default(),
            gauges: Gauges::default(),
            shared: Arc::default(),
            stop: CancellationToken::new(),
        };
        for spec in &CHANNELS {
            inner.gauges.declare(spec);
        }
        let ends = Ends {
            commands: command_queue,
            events: event_queue,
            gauges: inner.gauges.clone(),
            frames_waiting: inner.frames_waiting.clone(),
            shared: inner.shared.clone(),
            stop: inner.stop.clone(),
        };
        // The stack reads what the other side wrote; should that ever make it panic, only this link is lost.
        let last_words = ends.events.clone();
        let negotiated = std::panic::catch_unwind(AssertUnwindSafe(|| negotiate(config, ends)));
        let (driver, sdp) = negotiated.unwrap_or(Err(StartError::Description(DescriptionError::Unusable)))?;
        let task = async move {
            if AssertUnwindSafe(driver.run()).catch_unwind().await.is_err() {
                let _ = last_words.send(LinkEvent::Closed(CloseReason::Transport)).await;
            }
        };
        // The task is owned by the handle: it ends when `stop` is cancelled, at the latest when the handle is dropped.
        tokio::spawn(task.instrument(tracing::debug_span!("link", id = inner.id.0)));
        Ok(Started { link: RtcLink { inner: Arc::new(inner) }, sdp, events })
    }

    /// Completes [`RtcLink::offer`] or [`RtcLink::restart_path`]. Cancel safe: the answer is applied all the same.
    pub async fn accept_answer(&self, answer: String) -> Result<(), NegotiationError> {
        self.ask(|reply| Command::Answer { answer, reply }).await?
    }

    /// Answers a later offer of the other side, for a new path or other media. Cancel safe: it is applied all the same.
    pub async fn accept_offer(&self, offer: String) -> Result<String, NegotiationError> {
        self.ask(|reply| Command::Offer { offer, reply }).await?
    }

    /// Makes an offer for a new path with this side's current addresses (ICE restart). The link goes on over the old
    /// path, as far as it lives, until the answer is accepted.
    pub async fn restart_path(&self) -> Result<String, NegotiationError> {
        self.ask(Command::Restart).await?
    }

    /// The video codecs both sides know, the preferred one first. Empty until the descriptions are exchanged.
    pub fn codecs(&self) -> Vec<Codec> {
        self.inner.shared.codecs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, NegotiationError> {
        let (reply, answer) = oneshot::channel();
        self.inner.commands.send(command(reply)).await.map_err(|_| NegotiationError::Closed)?;
        answer.await.map_err(|_| NegotiationError::Closed)
    }

    fn command(&self, command: Command) -> Result<(), SendError> {
        self.inner.commands.try_send(command).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => SendError::Full,
            mpsc::error::TrySendError::Closed(_) => SendError::Closed,
        })
    }
}

impl Link for RtcLink {
    fn id(&self) -> LinkId {
        self.inner.id
    }

    fn send_frame(&self, track: TrackId, frame: EncodedFrame) -> Result<(), SendError> {
        let waiting = &self.inner.frames_waiting;
        if waiting.fetch_add(1, Ordering::AcqRel) >= FRAMES {
            waiting.fetch_sub(1, Ordering::AcqRel);
            return Err(SendError::Full);
        }
        let sent = self.command(Command::Frame { stream: track.stream, frame });
        if sent.is_err() {
            waiting.fetch_sub(1, Ordering::AcqRel);
        }
        sent
    }

    fn request_key_frame(&self, track: TrackId) {
        let _ = self.command(Command::KeyFrame(track.stream));
    }

    fn set_target_bitrate(&self, _track: TrackId, bps: u32) {
        let _ = self.command(Command::Bitrate(bps));
    }

    fn open_channel(&self, spec: ChannelSpec) -> ChannelId {
        let id = spec.id;
        if self.inner.gauges.declare(&spec) {
            let _ = self.command(Command::OpenChannel(spec));
        }
        id
    }

    fn try_send(&self, channel: ChannelId, bytes: Bytes) -> Result<(), SendError> {
        let length = bytes.len();
        self.inner.gauges.reserve(channel, length)?;
        let sent = self.command(Command::Message { channel, bytes });
        if sent.is_err() {
            self.inner.gauges.give_back(channel, length);
        }
        sent
    }

    fn stats(&self) -> LinkStats {
        self.inner.shared.stats.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn close(&self, reason: CloseReason) {
        // A full queue must not keep a link open.
        if self.command(Command::Close(reason)) == Err(SendError::Full) {
            self.inner.stop.cancel();
        }
    }

    fn add_remote_candidate(&self, candidate: &str) {
        if candidate.len() <= MAX_CANDIDATE {
            let _ = self.command(Command::Candidate(candidate.to_owned()));
        }
    }
}
