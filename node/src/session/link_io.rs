//! Between a link and its session: one task per link that keeps media away from the session's actor.
//!
//! Frames go straight to the decoder's thread, and only once the session has verified who the peer is; what is said about
//! blobs goes to the [porter](super::porter), which knows the same; everything else goes to the actor in order. When the actor is slow this task waits for it, and the link's own policy for a full queue
//! applies. The task ends when the link has closed or its [`Pump`] is dropped.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::porter::FromPump;
use crate::link::rtc::RtcLink;
use crate::link::{ChannelId, Link, LinkEvent, LinkId, TrackId};
use crate::media::thread::{DecoderStats, KeyFrameRequest};
use crate::media::{EncodedFrame, FrameSlot, VideoDecoder};

/// How soon after it was decoded the first picture is told: a person waits for it.
const FIRST_PICTURE_TICK: Duration = Duration::from_millis(5);

/// So many frames that the decoder refused, with none decoded, are no passing damage: a key frame was asked for several
/// times meanwhile.
const UNREADABLE_FRAMES: u64 = 30;

/// What a link tells its session.
#[derive(Debug)]
pub(super) enum FromLink {
    /// Anything but a frame.
    Event(LinkEvent),
    /// The first picture since the video began.
    FirstPicture(DecoderStats),
    /// Pictures arrive, and none of them can be decoded.
    Unreadable,
}

/// The session's end of a link's task. Dropping it ends the task and the decoder.
pub(super) struct Pump {
    verified: Arc<AtomicBool>,
    frames: Arc<AtomicU64>,
    decoder: Arc<Mutex<Decoding>>,
    _stop: DropGuard,
}

struct Decoding {
    decoder: VideoDecoder,
    /// What was decoded and refused before, while the first picture since the video began is awaited.
    awaited: Option<DecoderStats>,
}

impl Pump {
    /// Starts the task.
    pub(super) fn start(
        link: RtcLink,
        events: mpsc::Receiver<LinkEvent>,
        track: TrackId,
        slot: FrameSlot,
        session: mpsc::Sender<(LinkId, FromLink)>,
        porter: mpsc::Sender<(LinkId, FromPump)>,
        tasks: &TaskTracker,
    ) -> Self {
        let stop = CancellationToken::new();
        let verified = Arc::new(AtomicBool::new(false));
        let id = link.id();
        let ask: KeyFrameRequest = Arc::new(move || link.request_key_frame(track));
        let decoder = VideoDecoder::new(slot, ask);
        let decoder = Arc::new(Mutex::new(Decoding { decoder, awaited: Some(DecoderStats::default()) }));
        let frames = Arc::new(AtomicU64::new(0));
        let task = Task {
            id,
            track,
            events,
            session,
            porter,
            verified: verified.clone(),
            frames: frames.clone(),
            decoder: decoder.clone(),
        };
        let stopped = stop.clone();
        tasks.spawn(async move {
            stopped.run_until_cancelled(task.run()).await;
        });
        Self { verified, frames, decoder, _stop: stop.drop_guard() }
    }

    /// The peer has proved who it is: its pictures may be shown.
    pub(super) fn verified(&self) {
        self.verified.store(true, Ordering::Release);
    }

    /// How many frames arrived: rises while the peer lives and sends.
    pub(super) fn frames_heard(&self) -> u64 {
        self.frames.load(Ordering::Relaxed)
    }

    /// What the decoder did so far.
    pub(super) fn stats(&self) -> DecoderStats {
        lock(&self.decoder).decoder.stats()
    }

    /// The video ended: the slot is emptied, and the next picture counts as the first.
    pub(super) fn video_ended(&self) {
        let mut decoding = lock(&self.decoder);
        decoding.decoder.reset();
        decoding.decoder.slot().clear();
        decoding.awaited = Some(decoding.decoder.stats());
    }
}

struct Task {
    id: LinkId,
    track: TrackId,
    events: mpsc::Receiver<LinkEvent>,
    session: mpsc::Sender<(LinkId, FromLink)>,
    porter: mpsc::Sender<(LinkId, FromPump)>,
    verified: Arc<AtomicBool>,
    frames: Arc<AtomicU64>,
    decoder: Arc<Mutex<Decoding>>,
}

impl Task {
    async fn run(mut self) {
        let mut first = tokio::time::interval(FIRST_PICTURE_TICK);
        first.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut decoding = false;
        loop {
            let told = tokio::select! {
                event = self.events.recv() => match event {
                    Some(LinkEvent::Frame { track, frame }) => {
                        decoding |= self.decode(track, frame);
                        continue;
                    }
                    Some(event) => match for_porter(event) {
                        Ok(content) => {
                            // Content shows that the peer lives, as frames do.
                            self.frames.fetch_add(1, Ordering::Relaxed);
                            if self.porter.send((self.id, content)).await.is_err() {
                                return;
                            }
                            continue;
                        }
                        Err(event) => FromLink::Event(event),
                    },
                    None => return,
                },
                _ = first.tick(), if decoding => match self.first_picture() {
                    Some(told) => told,
                    None => continue,
                },
            };
            decoding &= !matches!(told, FromLink::FirstPicture(_));
            if self.session.send((self.id, told)).await.is_err() {
                return;
            }
        }
    }

    /// Hands a frame to the decoder. Returns whether its first picture is awaited.
    fn decode(&self, track: TrackId, frame: EncodedFrame) -> bool {
        self.frames.fetch_add(1, Ordering::Relaxed);
        if track != self.track || !self.verified.load(Ordering::Acquire) {
            return false;
        }
        let mut decoding = lock(&self.decoder);
        decoding.decoder.push(frame);
        decoding.awaited.is_some()
    }

    /// What became of the first picture, once something has.
    fn first_picture(&self) -> Option<FromLink> {
        let mut decoding = lock(&self.decoder);
        let stats = decoding.decoder.stats();
        let before = decoding.awaited?;
        if stats.decoded > before.decoded {
            decoding.awaited = None;
            Some(FromLink::FirstPicture(stats))
        } else if stats.damaged - before.damaged >= UNREADABLE_FRAMES {
            // It may become readable yet: another codec, another camera.
            decoding.awaited = Some(stats);
            Some(FromLink::Unreadable)
        } else {
            None
        }
    }
}

/// What belongs to the porter; everything else is given back.
fn for_porter(event: LinkEvent) -> Result<FromPump, LinkEvent> {
    match event {
        LinkEvent::ChannelData { channel: ChannelId::BLOB, bytes } => Ok(FromPump::Message(bytes)),
        LinkEvent::Writable(ChannelId::BLOB) | LinkEvent::ChannelOpen(ChannelId::BLOB) => Ok(FromPump::Writable),
        event => Err(event),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Nothing panics while the lock is held.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
