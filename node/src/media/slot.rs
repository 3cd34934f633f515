//! The place where a decoder leaves its newest picture.

use std::sync::{Arc, Mutex, PoisonError};

use super::Picture;

/// What is called after each new picture; it must return at once (ask for a repaint, set a flag).
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// Holds at most one picture, the newest. Clones share the same place.
///
/// Neither side ever waits for the other: the lock is held only while a pointer is exchanged, and a picture that nobody
/// took is replaced.
#[derive(Clone, Default)]
pub struct FrameSlot {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    newest: Option<Arc<Picture>>,
    waker: Option<Waker>,
}

impl FrameSlot {
    /// An empty slot.
    pub fn new() -> FrameSlot {
        FrameSlot::default()
    }

    /// Puts `picture` in the place of the one before, which is returned so that its memory can be used again, and
    /// calls the waker.
    pub fn publish(&self, picture: Arc<Picture>) -> Option<Arc<Picture>> {
        let (before, waker) = {
            let mut shared = self.lock();
            (shared.newest.replace(picture), shared.waker.clone())
        };
        if let Some(wake) = waker {
            wake();
        }
        before
    }

    /// The newest picture. It stays in the slot; compare `sequence` to see whether it is new.
    pub fn newest(&self) -> Option<Arc<Picture>> {
        self.lock().newest.clone()
    }

    /// Empties the slot, for example when the camera was stopped, and calls the waker.
    pub fn clear(&self) {
        let waker = {
            let mut shared = self.lock();
            shared.newest = None;
            shared.waker.clone()
        };
        if let Some(wake) = waker {
            wake();
        }
    }

    /// Sets what is called after every change. Replaces the waker set before.
    pub fn set_waker(&self, waker: Waker) {
        self.lock().waker = Some(waker);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shared> {
        // Nothing panics while the lock is held, and the content is valid at any moment.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for FrameSlot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("FrameSlot").field(&self.lock().newest).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn only_the_newest_picture_stays() {
        let slot = FrameSlot::new();
        assert!(slot.newest().is_none());
        let mut first = Picture::black(2, 2);
        first.sequence = 1;
        let mut second = Picture::black(2, 2);
        second.sequence = 2;
        assert!(slot.publish(Arc::new(first)).is_none());
        let displaced = slot.publish(Arc::new(second)).expect("the first picture comes back");
        assert_eq!(displaced.sequence, 1);
        assert_eq!(slot.newest().expect("a picture").sequence, 2);
        slot.clear();
        assert!(slot.newest().is_none());
    }

    #[test]
    fn the_waker_may_use_the_slot() {
        let slot = FrameSlot::new();
        let calls = Arc::new(AtomicU32::new(0));
        let (seen, inner) = (calls.clone(), slot.clone());
        slot.set_waker(Arc::new(move || {
            inner.newest();
            seen.fetch_add(1, Ordering::SeqCst);
        }));
        slot.publish(Arc::new(Picture::black(2, 2)));
        slot.clear();
        assert_eq!(calls.load(Ordering::SeqCst), 2);
    }
}
