//! What a wire does to each packet, as a pure machine on any clock.

use std::time::Duration;

use rand::{RngExt, SeedableRng, rngs::StdRng};

/// What a wire does, each way.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Impairment {
    /// How long a packet takes; half of the round trip.
    pub delay: Duration,
    /// It takes up to this much longer, evenly; packets keep their order.
    pub jitter: Duration,
    /// Bits per second; 0 is no limit.
    pub rate: u64,
    /// How long a packet may wait for its turn at that rate before it is dropped.
    pub queue: Duration,
    /// Share of packets lost, 0..=1.
    pub loss: f64,
    /// Mean length of a burst of lost packets; 1 or less means that each is lost for itself.
    pub burst: f64,
}

impl Impairment {
    /// Nothing but a round trip of so many milliseconds.
    pub fn round_trip(ms: u64) -> Self {
        Self { delay: Duration::from_micros(ms * 500), ..Self::default() }
    }
}

/// One direction of a wire. Loss is a Gilbert model: bursts that lose everything, gaps that lose nothing.
pub struct Shaper {
    rng: StdRng,
    losing: bool,
    /// When the line is free again.
    free: Duration,
    /// When the last packet arrives: none overtakes another.
    last: Duration,
}

impl Shaper {
    /// The same seed loses the same packets.
    pub fn new(seed: u64) -> Self {
        Self { rng: StdRng::seed_from_u64(seed), losing: false, free: Duration::ZERO, last: Duration::ZERO }
    }

    /// When a packet of `bytes` that is sent at `now` arrives. `None`: never.
    pub fn send(&mut self, wire: &Impairment, now: Duration, bytes: usize) -> Option<Duration> {
        let mut sent = now;
        if wire.rate > 0 {
            let start = self.free.max(now);
            if start - now > wire.queue {
                return None;
            }
            sent = start + Duration::from_secs_f64(bytes as f64 * 8.0 / wire.rate as f64);
            self.free = sent;
        }
        if self.is_lost(wire) {
            return None;
        }
        let jitter = wire.jitter.mul_f64(self.rng.random::<f64>());
        self.last = self.last.max(sent + wire.delay + jitter);
        Some(self.last)
    }

    fn is_lost(&mut self, wire: &Impairment) -> bool {
        if wire.loss <= 0.0 {
            return false;
        }
        let burst = wire.burst.max(1.0);
        // In the long run a share of `loss` is inside bursts, which end with chance 1 / burst.
        let end = 1.0 / burst;
        let begin = (end * wire.loss / (1.0 - wire.loss).max(f64::EPSILON)).min(1.0);
        let change = if self.losing { end } else { begin };
        if self.rng.random::<f64>() < change {
            self.losing = !self.losing;
        }
        self.losing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_delay_is_a_delay_and_nothing_overtakes() {
        let wire = Impairment { jitter: 20 * MS, ..Impairment::round_trip(50) };
        let mut shaper = Shaper::new(1);
        let mut last = Duration::ZERO;
        for at in 0..1_000 {
            let (now, due) = (at * MS, shaper.send(&wire, at * MS, 100).unwrap());
            assert!(due >= last && due >= now + 25 * MS && due <= now + 45 * MS, "{now:?} {due:?}");
            last = due;
        }
    }

    #[test]
    fn a_rate_is_kept_and_its_queue_is_bounded() {
        let wire = Impairment { rate: 8_000_000, queue: 50 * MS, ..Impairment::default() };
        let mut shaper = Shaper::new(1);
        // Twice as much as fits for a second: a million bytes arrive, and what waited in the queue.
        let arrived: usize = (0..2_000).filter_map(|at| shaper.send(&wire, at * MS / 2, 1_000)).count();
        assert!((1_000..=1_055).contains(&(arrived)), "{arrived}");
    }

    #[test]
    fn as_much_is_lost_as_was_asked_in_bursts_as_long_as_asked() {
        let wire = Impairment { loss: 0.1, burst: 5.0, ..Impairment::default() };
        let mut shaper = Shaper::new(7);
        let lost: Vec<bool> = (0..200_000).map(|_| shaper.send(&wire, Duration::ZERO, 1).is_none()).collect();
        let share = lost.iter().filter(|lost| **lost).count() as f64 / lost.len() as f64;
        let bursts = lost.windows(2).filter(|pair| !pair[0] && pair[1]).count() as f64;
        assert!((0.09..0.11).contains(&share), "{share}");
        assert!((4.5..5.5).contains(&(share * lost.len() as f64 / bursts)));
    }
}
