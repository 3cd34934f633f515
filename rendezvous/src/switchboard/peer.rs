//! One connected client: what it must sign, what waits for it, and what it has used up.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use sightline_proto::id::SlotAddress;
use sightline_proto::switchboard::{Challenge, RefusedReason};
use tokio::sync::Notify;

use crate::limits::{LISTENS_PER_CONNECTION, Limits, QUEUE_AGE, REFUSALS_IN_A_ROW};
use crate::rate::{Bucket, SourceKey};

/// A client of the switchboard, over whichever transport.
#[derive(Debug)]
pub(crate) struct Peer {
    /// Says in logs which connection is meant, and nothing else.
    pub(crate) number: u64,
    /// What its signatures must cover.
    pub(crate) challenge: Challenge,
    /// Names its stream, if it is one.
    pub(crate) token: [u8; 16],
    /// Where it comes from.
    pub(crate) source: SourceKey,
    /// What waits to be sent to it.
    pub(crate) outbox: Outbox,
    usage: Mutex<Usage>,
}

#[derive(Debug)]
struct Usage {
    bucket: Bucket,
    refusals_in_a_row: u32,
    listens: Vec<SlotAddress>,
}

/// Whether a frame may be handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allowance {
    /// Yes.
    Granted,
    /// Not now.
    Refused,
    /// It has been told so often enough: close the connection.
    Exhausted,
}

impl Peer {
    pub(super) fn new(number: u64, challenge: Challenge, token: [u8; 16], source: SourceKey, outbox: Outbox) -> Self {
        let bucket = Bucket::full(f64::from(outbox.limits.connection_burst), Instant::now());
        let usage = Usage { bucket, refusals_in_a_row: 0, listens: Vec::new() };
        Self { number, challenge, token, source, outbox, usage: Mutex::new(usage) }
    }

    /// Takes `cost` tokens of this connection. `source_grants` is asked only if there are some.
    pub(super) fn allow(&self, cost: f64, source_grants: impl FnOnce() -> bool) -> Allowance {
        let limits = &self.outbox.limits;
        let (rate, burst) = (f64::from(limits.connection_rate), f64::from(limits.connection_burst));
        let mut usage = self.usage();
        if usage.bucket.take(cost, rate, burst, Instant::now()) && source_grants() {
            usage.refusals_in_a_row = 0;
            return Allowance::Granted;
        }
        usage.refusals_in_a_row += 1;
        if usage.refusals_in_a_row > REFUSALS_IN_A_ROW { Allowance::Exhausted } else { Allowance::Refused }
    }

    /// Notes that it listens at an address. False if it listens at too many.
    pub(super) fn add_listen(&self, address: SlotAddress) -> bool {
        let mut usage = self.usage();
        if usage.listens.contains(&address) {
            return true;
        }
        let room = usage.listens.len() < LISTENS_PER_CONNECTION;
        if room {
            usage.listens.reserve_exact(1);
            usage.listens.push(address);
        }
        room
    }

    /// Takes the addresses that it listens at, when it goes.
    pub(super) fn take_listens(&self) -> Vec<SlotAddress> {
        std::mem::take(&mut self.usage().listens)
    }

    fn usage(&self) -> MutexGuard<'_, Usage> {
        self.usage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Frames waiting for one connection: bounded in number and bytes, and all connections together in bytes.
///
/// Full-queue policy: a frame from another peer is refused to its sender (`QueueFull`); a reader whose oldest frame grows
/// too old is dropped. One task reads; it is the only one woken.
#[derive(Debug)]
pub(crate) struct Outbox {
    limits: Arc<Limits>,
    queued_by_all: Arc<AtomicUsize>,
    queue: Mutex<Queue>,
    reader: AtomicWaker,
    room: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    frames: VecDeque<(Bytes, Instant)>,
    bytes: usize,
    closed: bool,
}

impl Outbox {
    pub(super) fn new(limits: Arc<Limits>, queued_by_all: Arc<AtomicUsize>) -> Self {
        Self { limits, queued_by_all, queue: Mutex::default(), reader: AtomicWaker::new(), room: Notify::new() }
    }

    /// Queues a frame that another peer caused.
    pub(super) fn push(&self, frame: Bytes) -> Result<(), RefusedReason> {
        let now = Instant::now();
        let mut queue = self.queue();
        if queue.frames.front().is_some_and(|(_, since)| now.saturating_duration_since(*since) > QUEUE_AGE) {
            self.close_queue(&mut queue);
        }
        if queue.closed {
            return Err(RefusedReason::NobodyListens);
        }
        let all = self.queued_by_all.load(Ordering::Relaxed);
        if self.is_full(&queue, frame.len()) || all.saturating_add(frame.len()) > self.limits.queued_bytes {
            return Err(RefusedReason::QueueFull);
        }
        self.enqueue(&mut queue, frame, now);
        Ok(())
    }

    /// Queues an answer to what the peer itself asked; the asker waits for [`Outbox::room`] before.
    pub(super) fn push_answer(&self, frame: Bytes) {
        let mut queue = self.queue();
        if !queue.closed {
            self.enqueue(&mut queue, frame, Instant::now());
        }
    }

    /// Waits until an answer fits. False if the connection is over.
    ///
    /// Cancel safe: only waits.
    pub(super) async fn room(&self) -> bool {
        loop {
            let changed = self.room.notified();
            match self.has_room() {
                Some(room) => return room,
                None => changed.await,
            }
        }
    }

    /// Whether the queue is open and not full; none if one must wait.
    fn has_room(&self) -> Option<bool> {
        let queue = self.queue();
        if queue.closed { Some(false) } else { (!self.is_full(&queue, 0)).then_some(true) }
    }

    /// The next frame; none when the outbox is closed and empty.
    pub(crate) fn poll_take(&self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Poll::Ready(taken) = self.try_take() {
            return Poll::Ready(taken);
        }
        self.reader.register(cx.waker());
        self.try_take()
    }

    /// Ends it after what waits and one last frame.
    pub(super) fn finish(&self, last: Bytes) {
        let mut queue = self.queue();
        if !queue.closed {
            self.enqueue(&mut queue, last, Instant::now());
            queue.closed = true;
        }
    }

    /// Ends it: what waits is dropped, nothing more comes in, and the reader ends.
    pub(crate) fn close(&self) {
        self.close_queue(&mut self.queue());
    }

    fn try_take(&self) -> Poll<Option<Bytes>> {
        let mut queue = self.queue();
        match queue.frames.pop_front() {
            Some((frame, _)) => {
                queue.bytes -= frame.len();
                self.queued_by_all.fetch_sub(frame.len(), Ordering::Relaxed);
                if queue.frames.is_empty() {
                    // Gives the memory of a burst back.
                    queue.frames = VecDeque::new();
                }
                self.room.notify_waiters();
                Poll::Ready(Some(frame))
            }
            None if queue.closed => Poll::Ready(None),
            None => Poll::Pending,
        }
    }

    fn is_full(&self, queue: &Queue, more: usize) -> bool {
        queue.frames.len() >= self.limits.queue_frames || queue.bytes.saturating_add(more) > self.limits.queue_bytes
    }

    fn enqueue(&self, queue: &mut Queue, frame: Bytes, now: Instant) {
        queue.bytes += frame.len();
        self.queued_by_all.fetch_add(frame.len(), Ordering::Relaxed);
        queue.frames.push_back((frame, now));
        self.reader.wake();
    }

    fn close_queue(&self, queue: &mut Queue) {
        self.queued_by_all.fetch_sub(queue.bytes, Ordering::Relaxed);
        *queue = Queue { closed: true, ..Queue::default() };
        self.reader.wake();
        self.room.notify_waiters();
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.close();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::task::noop_waker_ref;

    use super::*;

    fn outbox(limits: Limits) -> (Outbox, Arc<AtomicUsize>) {
        let all = Arc::new(AtomicUsize::new(0));
        (Outbox::new(Arc::new(limits), Arc::clone(&all)), all)
    }

    fn take(outbox: &Outbox) -> Poll<Option<Bytes>> {
        outbox.poll_take(&mut Context::from_waker(noop_waker_ref()))
    }

    #[test]
    fn a_full_queue_refuses_and_a_read_makes_room() {
        let (outbox, all) = outbox(Limits { queue_frames: 2, ..Limits::default() });
        let frame = Bytes::from_static(b"frame");
        assert_eq!(outbox.push(frame.clone()), Ok(()));
        assert_eq!(outbox.push(frame.clone()), Ok(()));
        assert_eq!(outbox.push(frame.clone()), Err(RefusedReason::QueueFull));
        assert_eq!(all.load(Ordering::Relaxed), 10);
        assert_eq!(take(&outbox), Poll::Ready(Some(frame.clone())));
        assert_eq!(outbox.push(frame), Ok(()));
        drop(outbox);
        assert_eq!(all.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn bytes_are_bounded_for_one_and_for_all() {
        let (outbox, all) = outbox(Limits { queue_bytes: 100, queued_bytes: 1_000, ..Limits::default() });
        assert_eq!(outbox.push(Bytes::from(vec![0; 101])), Err(RefusedReason::QueueFull));
        assert_eq!(outbox.push(Bytes::from(vec![0; 100])), Ok(()));
        assert!(take(&outbox).is_ready());
        all.store(950, Ordering::Relaxed);
        assert_eq!(outbox.push(Bytes::from(vec![0; 100])), Err(RefusedReason::QueueFull));
    }

    #[test]
    fn a_closed_outbox_ends_its_reader() {
        let (outbox, _) = outbox(Limits::default());
        assert_eq!(take(&outbox), Poll::Pending);
        outbox.close();
        assert_eq!(take(&outbox), Poll::Ready(None));
        assert_eq!(outbox.push(Bytes::new()), Err(RefusedReason::NobodyListens));
    }
}
