//! Queues between the handle and the data channels.
//!
//! A message passes two stores: the queue of its channel here, bounded by [`ChannelSpec::queue_bytes`] and counted where
//! the handle can see it, and the stack's own buffer, which holds what was sent and not yet acknowledged. The stack's
//! buffer is shared by all channels; each gets a share of it, so that a file never holds up a word.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use str0m::Rtc;
use str0m::channel::{ChannelConfig, ChannelId as StackId, Reliability};

use super::config::MAX_MESSAGE;
use crate::link::{ChannelId, ChannelSpec, SendError};

/// The most that one channel may have in the stack's buffer. Four of them stay below [`super::config::SCTP_BUFFER`].
const MOST_IN_FLIGHT: usize = 1024 * 1024;

/// The least: what travels at once on a short path.
const LEAST_IN_FLIGHT: usize = 256 * 1024;

/// Bytes a second that this stack carries at best. More in flight than this over a round trip gains nothing and costs
/// much: for each packet the stack looks at everything that was not acknowledged yet.
const FASTEST: u128 = 12_000_000;

/// What one channel may have in flight on a path of this round trip.
fn share(round_trip: Duration) -> usize {
    let filled = round_trip.as_micros() * FASTEST / 1_000_000;
    usize::try_from(filled).unwrap_or(usize::MAX).clamp(LEAST_IN_FLIGHT, MOST_IN_FLIGHT)
}

/// The same for an unreliable channel: what waits behind so much is stale.
const IN_FLIGHT_UNRELIABLE: usize = 64 * 1024;

/// Channels of one link at most; each costs a queue.
const MAX_CHANNELS: usize = 16;

/// How full a channel's queue is, seen by the handle and by the link's task.
#[derive(Debug)]
pub(super) struct Gauge {
    limit: usize,
    queued: AtomicUsize,
    /// The handle was told "full" and waits to hear that there is room.
    refused: AtomicBool,
}

impl Gauge {
    /// Reserves room for `length` bytes. A single message is taken whenever the queue is empty.
    fn reserve(&self, length: usize) -> bool {
        let taken = self.queued.try_update(Ordering::AcqRel, Ordering::Acquire, |queued| {
            (queued == 0 || queued + length <= self.limit).then_some(queued + length)
        });
        if taken.is_err() {
            self.refuse();
        }
        taken.is_ok()
    }

    fn refuse(&self) {
        self.refused.store(true, Ordering::Release);
    }

    fn release(&self, length: usize) {
        self.queued.fetch_sub(length, Ordering::AcqRel);
    }

    /// True once after a refusal, when half the queue is free again.
    fn became_writable(&self) -> bool {
        self.queued.load(Ordering::Acquire) <= self.limit / 2 && self.refused.swap(false, Ordering::AcqRel)
    }
}

/// The gauges of all channels.
#[derive(Debug, Clone, Default)]
pub(super) struct Gauges(Arc<RwLock<HashMap<ChannelId, Arc<Gauge>>>>);

impl Gauges {
    /// Declares a channel; false if there are too many, or it exists.
    pub(super) fn declare(&self, spec: &ChannelSpec) -> bool {
        let mut gauges = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if gauges.len() >= MAX_CHANNELS || gauges.contains_key(&spec.id) {
            return false;
        }
        let gauge = Gauge { limit: spec.queue_bytes, queued: AtomicUsize::new(0), refused: AtomicBool::new(false) };
        gauges.insert(spec.id, Arc::new(gauge));
        true
    }

    /// Reserves room for a message.
    pub(super) fn reserve(&self, channel: ChannelId, length: usize) -> Result<(), SendError> {
        if length > MAX_MESSAGE {
            return Err(SendError::TooLarge);
        }
        let gauge = self.get(channel).ok_or(SendError::Unknown)?;
        if gauge.reserve(length) { Ok(()) } else { Err(SendError::Full) }
    }

    /// Gives back what was reserved for a message that the task never got.
    pub(super) fn give_back(&self, channel: ChannelId, length: usize) {
        if let Some(gauge) = self.get(channel) {
            gauge.release(length);
            gauge.refuse();
        }
    }

    fn get(&self, channel: ChannelId) -> Option<Arc<Gauge>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&channel).cloned()
    }
}

/// The task's side of all channels.
pub(super) struct Channels {
    gauges: Gauges,
    all: Vec<Channel>,
    /// What a reliable channel may have in the stack's buffer.
    in_flight: usize,
}

struct Channel {
    spec: ChannelSpec,
    stack: StackId,
    open: bool,
    /// The stack was told when to report that the channel runs low.
    settled: bool,
    waiting: VecDeque<Bytes>,
    gauge: Arc<Gauge>,
}

impl Channels {
    pub(super) fn new(gauges: Gauges) -> Channels {
        Channels { gauges, all: Vec::new(), in_flight: 2 * LEAST_IN_FLIGHT }
    }

    /// Takes over a channel that was declared in the gauges and exists in the stack.
    pub(super) fn add(&mut self, spec: ChannelSpec, stack: StackId) {
        if let Some(gauge) = self.gauges.get(spec.id) {
            self.all.push(Channel { spec, stack, open: false, settled: false, waiting: VecDeque::new(), gauge });
        }
    }

    pub(super) fn by_stack(&self, stack: StackId) -> Option<&ChannelSpec> {
        self.all.iter().find(|channel| channel.stack == stack).map(|channel| &channel.spec)
    }

    /// A channel can be used; returns its number.
    pub(super) fn opened(&mut self, stack: StackId) -> Option<ChannelId> {
        let channel = self.all.iter_mut().find(|channel| channel.stack == stack)?;
        channel.open = true;
        channel.settled = false;
        Some(channel.spec.id)
    }

    /// The other side closed a channel, which it never should: what is sent on it is queued and goes nowhere.
    pub(super) fn closed(&mut self, stack: StackId) {
        if let Some(channel) = self.all.iter_mut().find(|channel| channel.stack == stack) {
            channel.open = false;
        }
    }

    /// The path's round trip was measured: as much is sent ahead as fills it.
    pub(super) fn measured(&mut self, round_trip: Duration) {
        let share = share(round_trip);
        // Small changes are noise.
        if share.abs_diff(self.in_flight) > self.in_flight / 8 {
            self.in_flight = share;
            self.all.iter_mut().for_each(|channel| channel.settled = false);
        }
    }

    /// Has the stack tell when one channel, newly opened or of another share, runs low: one mutation. False if there is none.
    pub(super) fn settle_one(&mut self, rtc: &mut Rtc) -> bool {
        let Some(channel) = self.all.iter_mut().find(|channel| channel.open && !channel.settled) else {
            return false;
        };
        channel.settled = true;
        let low = channel.in_flight(self.in_flight) / 2;
        if let Some(mut stack) = rtc.channel(channel.stack) {
            stack.set_buffered_amount_low_threshold(low);
        }
        true
    }

    pub(super) fn queue(&mut self, id: ChannelId, bytes: Bytes) {
        match self.all.iter_mut().find(|channel| channel.spec.id == id) {
            Some(channel) => channel.waiting.push_back(bytes),
            None => self.gauges.give_back(id, bytes.len()),
        }
    }

    /// Whether the next message of any channel may be handed to the stack.
    pub(super) fn next_ready(&mut self, rtc: &mut Rtc) -> Option<usize> {
        self.all.iter().position(|channel| {
            channel.open
                && channel.waiting.front().is_some_and(|bytes| {
                    rtc.channel(channel.stack).is_some_and(|mut stack| {
                        let buffered = stack.buffered_amount();
                        buffered == 0 || buffered + bytes.len() <= channel.in_flight(self.in_flight)
                    })
                })
        })
    }

    /// Hands the next message of the channel at `index` to the stack: one mutation. False if the stack has no room.
    pub(super) fn write(&mut self, rtc: &mut Rtc, index: usize) -> Result<bool, str0m::RtcError> {
        let channel = &mut self.all[index];
        let Some(mut stack) = rtc.channel(channel.stack) else { return Ok(false) };
        let Some(bytes) = channel.waiting.front() else { return Ok(false) };
        let taken = stack.write(!channel.spec.text, bytes)?;
        if taken {
            channel.gauge.release(bytes.len());
            channel.waiting.pop_front();
        }
        Ok(taken)
    }

    /// The channels that have room again after having refused.
    pub(super) fn became_writable(&self) -> impl Iterator<Item = ChannelId> {
        self.all.iter().filter(|channel| channel.gauge.became_writable()).map(|channel| channel.spec.id)
    }
}

impl Channel {
    fn in_flight(&self, reliable: usize) -> usize {
        if self.spec.reliable { reliable } else { IN_FLIGHT_UNRELIABLE }
    }
}

/// A channel as the stack wants it: its number is agreed beforehand.
pub(super) fn stack_config(spec: &ChannelSpec) -> ChannelConfig {
    ChannelConfig {
        label: spec.label.to_owned(),
        ordered: spec.ordered,
        reliability: if spec.reliable { Reliability::Reliable } else { Reliability::MaxRetransmits { retransmits: 0 } },
        negotiated: Some(spec.id.0),
        protocol: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::CHANNELS;

    #[test]
    fn a_full_queue_refuses_and_tells_once_when_it_has_room() {
        let gauge = Gauge { limit: 100, queued: AtomicUsize::new(0), refused: AtomicBool::new(false) };
        assert!(gauge.reserve(60));
        assert!(!gauge.became_writable(), "nobody was refused");
        assert!(!gauge.reserve(60));
        assert!(!gauge.became_writable(), "no room yet");
        gauge.release(60);
        assert!(gauge.became_writable());
        assert!(!gauge.became_writable(), "told already");
        assert!(gauge.reserve(500), "one large message passes when nothing else waits");
    }

    #[test]
    fn unknown_channels_and_large_messages_are_refused() {
        let gauges = Gauges::default();
        assert!(gauges.declare(&CHANNELS[0]));
        assert!(!gauges.declare(&CHANNELS[0]));
        assert_eq!(gauges.reserve(ChannelId::CONTROL, MAX_MESSAGE + 1), Err(SendError::TooLarge));
        assert_eq!(gauges.reserve(ChannelId::BLOB, 1), Err(SendError::Unknown));
        assert_eq!(gauges.reserve(ChannelId::CONTROL, 1), Ok(()));
    }

    #[test]
    fn as_much_is_in_flight_as_fills_the_path() {
        for (ms, bytes) in [(0, LEAST_IN_FLIGHT), (10, LEAST_IN_FLIGHT), (50, 600_000), (400, MOST_IN_FLIGHT)] {
            assert_eq!(share(Duration::from_millis(ms)), bytes, "{ms} ms");
        }
        let mut channels = Channels::new(Gauges::default());
        channels.measured(Duration::from_millis(50));
        assert_eq!(channels.in_flight, 600_000);
        channels.measured(Duration::from_millis(52));
        assert_eq!(channels.in_flight, 600_000, "that is noise");
        channels.measured(Duration::ZERO);
        assert_eq!(channels.in_flight, LEAST_IN_FLIGHT);
    }
}
