//! The own video on its way to the lead: where an encoder's thread puts frames, without waiting for anybody.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::link::rtc::RtcLink;
use crate::link::{Link, LinkId, SendError, TrackId};
use crate::media::EncodedFrame;

/// Takes encoded frames from any thread and sends them to the lead over whatever link is up. Clones are the same.
#[derive(Clone, Default)]
pub struct VideoOut {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    link: Mutex<Option<(RtcLink, TrackId)>>,
    key_frame_wanted: AtomicBool,
    target_bps: AtomicU32,
}

impl VideoOut {
    /// Sends one frame. [`SendError::Closed`] while no link is up; after [`SendError::Full`] send a key frame next.
    pub fn send(&self, frame: EncodedFrame) -> Result<(), SendError> {
        let link = self.lock().clone();
        let (link, track) = link.ok_or(SendError::Closed)?;
        link.send_frame(track, frame)
    }

    /// Whether the other side needs a key frame; asking takes the wish away.
    pub fn take_key_frame_wish(&self) -> bool {
        self.shared.key_frame_wanted.swap(false, Ordering::AcqRel)
    }

    /// How much the path seems to carry, in bits per second; `None` while unknown.
    pub fn target_bps(&self) -> Option<u32> {
        Some(self.shared.target_bps.load(Ordering::Acquire)).filter(|bps| *bps > 0)
    }

    /// A link to the lead is up: it gets the frames from now on, beginning with a key frame.
    pub(super) fn attach(&self, link: RtcLink, track: TrackId) {
        *self.lock() = Some((link, track));
        self.want_key_frame();
    }

    /// A link has ended.
    pub(super) fn detach(&self, ended: LinkId) {
        let mut link = self.lock();
        if link.as_ref().is_some_and(|(link, _)| link.id() == ended) {
            *link = None;
        }
    }

    pub(super) fn want_key_frame(&self) {
        self.shared.key_frame_wanted.store(true, Ordering::Release);
    }

    pub(super) fn aim_at(&self, bps: u32) {
        self.shared.target_bps.store(bps, Ordering::Release);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(RtcLink, TrackId)>> {
        // Nothing panics while the lock is held.
        self.shared.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for VideoOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VideoOut").field("attached", &self.lock().is_some()).finish()
    }
}
