//! A decoder on an operating system thread of its own.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::{Codec, EncodedFrame, FrameSlot, Picture, PictureDecoder};

/// Frames that may wait for the decoder: a third of a second at 30 per second. More would only be delay.
const QUEUE_FRAMES: usize = 10;

/// How often a key frame is asked for again while none comes.
const ASK_AGAIN: Duration = Duration::from_millis(500);

/// Called when a key frame is needed; must return at once.
pub type KeyFrameRequest = Arc<dyn Fn() + Send + Sync>;

/// What a decoder has done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct DecoderStats {
    /// Pictures put into the slot.
    pub decoded: u64,
    /// Frames that were not decoded: damaged, waiting for a key frame, or too many at once.
    pub dropped: u64,
    /// Of those, frames that the decoder refused.
    pub damaged: u64,
    /// Milliseconds that decoding a picture takes, averaged over the last few dozen.
    pub decode_ms: f32,
    /// Width of the newest picture.
    pub width: u32,
    /// Height of the newest picture.
    pub height: u32,
    /// Codec of the newest picture.
    pub codec: Option<Codec>,
}

/// Decodes one stream: frames go in, the newest picture comes out in a [`FrameSlot`].
///
/// **Full queue:** everything that waits is dropped, up to the next key frame, and one is asked for. The same happens
/// after a gap in the stream and after a frame that can't be decoded, so a broken picture is never shown: the last good
/// one stays. A stream may change its codec and its size at any key frame.
///
/// Dropping the value ends the thread after the frame in work.
pub struct VideoDecoder {
    shared: Arc<Shared>,
    slot: FrameSlot,
    ask: KeyFrameRequest,
    worker: Option<Codec>,
    generation: u64,
}

struct Shared {
    state: Mutex<State>,
    work: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<EncodedFrame>,
    /// Only the worker of this generation may take from the queue; others end.
    generation: u64,
    /// Set when a frame is missing: nothing but a key frame is decoded.
    needs_key: bool,
    /// When a key frame was asked for the last time and did not come yet.
    asked: Option<Instant>,
    sequence: u64,
    stats: DecoderStats,
}

impl VideoDecoder {
    /// A decoder that publishes into `slot` and calls `ask` whenever it needs a key frame. Its thread starts with the
    /// first key frame.
    pub fn new(slot: FrameSlot, ask: KeyFrameRequest) -> VideoDecoder {
        let state = State { needs_key: true, ..State::default() };
        VideoDecoder {
            shared: Arc::new(Shared { state: Mutex::new(state), work: Condvar::new() }),
            slot,
            ask,
            worker: None,
            generation: 0,
        }
    }

    /// Takes the next frame of the stream. Never waits.
    pub fn push(&mut self, frame: EncodedFrame) {
        if frame.key && self.worker != Some(frame.codec) {
            self.start_worker(frame.codec);
        }
        let wants_key = {
            let mut state = self.shared.lock();
            let fits_worker = self.worker == Some(frame.codec);
            if !frame.key && (!frame.contiguous || !fits_worker) {
                state.lose_until_key();
            }
            if frame.key {
                // Whatever waits is older than a picture that needs none of it.
                state.stats.dropped += state.queue.len() as u64;
                state.queue.clear();
                state.needs_key = false;
                state.asked = None;
                state.queue.push_back(frame);
            } else if state.needs_key {
                state.stats.dropped += 1;
            } else if state.queue.len() >= QUEUE_FRAMES {
                state.stats.dropped += 1;
                state.lose_until_key();
            } else {
                state.queue.push_back(frame);
            }
            self.shared.work.notify_all();
            state.should_ask(Instant::now())
        };
        if wants_key {
            (self.ask)();
        }
    }

    /// Forgets what waits, for example when the stream was stopped; the next frame must be a key frame.
    pub fn reset(&mut self) {
        let mut state = self.shared.lock();
        state.queue.clear();
        state.needs_key = true;
        state.asked = None;
    }

    /// What was done so far.
    pub fn stats(&self) -> DecoderStats {
        self.shared.lock().stats
    }

    /// Where the pictures go.
    pub fn slot(&self) -> &FrameSlot {
        &self.slot
    }

    fn start_worker(&mut self, codec: Codec) {
        self.generation += 1;
        {
            let mut state = self.shared.lock();
            state.generation = self.generation;
            state.stats.dropped += state.queue.len() as u64;
            state.queue.clear();
        }
        self.shared.work.notify_all();
        let worker = Worker {
            shared: self.shared.clone(),
            slot: self.slot.clone(),
            ask: self.ask.clone(),
            codec,
            generation: self.generation,
        };
        let spawned = std::thread::Builder::new().name(format!("decode-{codec}")).spawn(move || worker.run());
        // Without a thread nothing is decoded, and the next key frame tries again.
        self.worker = spawned.is_ok().then_some(codec);
    }
}

impl Drop for VideoDecoder {
    fn drop(&mut self) {
        self.shared.lock().generation += 1;
        self.shared.work.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while the lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn lose_until_key(&mut self) {
        self.stats.dropped += self.queue.len() as u64;
        self.queue.clear();
        self.needs_key = true;
    }

    fn should_ask(&mut self, now: Instant) -> bool {
        if !self.needs_key || self.asked.is_some_and(|at| now.duration_since(at) < ASK_AGAIN) {
            return false;
        }
        self.asked = Some(now);
        true
    }
}

struct Worker {
    shared: Arc<Shared>,
    slot: FrameSlot,
    ask: KeyFrameRequest,
    codec: Codec,
    generation: u64,
}

impl Worker {
    fn run(self) {
        let mut decoder = None;
        // The picture that was displaced from the slot: its memory is used for the next one.
        let mut spare: Option<Picture> = None;
        while let Some(frame) = self.next_frame() {
            let began = Instant::now();
            let mut picture = spare.take().unwrap_or_else(|| Picture::black(1, 1));
            // Some damage leaves a decoder in a state that refuses even key frames: each one starts afresh after it.
            if decoder.is_none() {
                decoder = PictureDecoder::open(self.codec).ok();
            }
            let outcome = decoder.as_mut().map(|decoder| decoder.decode(&frame, &mut picture));
            match outcome {
                Some(Ok(true)) => {
                    let Some(sequence) = self.count(&picture, began.elapsed()) else { return };
                    picture.decoded_at = Instant::now();
                    picture.rtp_time = frame.rtp_time;
                    picture.sequence = sequence;
                    spare = self.slot.publish(Arc::new(picture)).and_then(|before| Arc::try_unwrap(before).ok());
                }
                Some(Ok(false)) => spare = Some(picture),
                Some(Err(error)) => {
                    tracing::debug!(codec = %self.codec, %error, "a frame was not decoded");
                    decoder = None;
                    spare = Some(picture);
                    self.refuse();
                }
                None => self.refuse(),
            }
        }
    }

    /// Waits for the next frame; `None` when this worker is to end.
    fn next_frame(&self) -> Option<EncodedFrame> {
        let mut state = self.shared.lock();
        loop {
            if state.generation != self.generation {
                return None;
            }
            if let Some(frame) = state.queue.pop_front() {
                return Some(frame);
            }
            state = self.shared.work.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Numbers a picture; `None` when another worker has taken over meanwhile.
    fn count(&self, picture: &Picture, took: Duration) -> Option<u64> {
        let mut state = self.shared.lock();
        if state.generation != self.generation {
            return None;
        }
        state.sequence += 1;
        let stats = &mut state.stats;
        let took_ms = took.as_secs_f32() * 1000.0;
        // An average that follows within about twenty pictures.
        stats.decode_ms = if stats.decoded == 0 { took_ms } else { stats.decode_ms * 0.95 + took_ms * 0.05 };
        stats.decoded += 1;
        stats.width = picture.width;
        stats.height = picture.height;
        stats.codec = Some(self.codec);
        Some(state.sequence)
    }

    fn refuse(&self) {
        let wants_key = {
            let mut state = self.shared.lock();
            state.stats.damaged += 1;
            state.stats.dropped += 1;
            if state.generation == self.generation {
                state.lose_until_key();
            }
            state.should_ask(Instant::now())
        };
        if wants_key {
            (self.ask)();
        }
    }
}
