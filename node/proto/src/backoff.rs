//! Waiting before trying again, as data: doubling, capped, with jitter so that a thousand clients of a restarted rendezvous
//! don't come back in the same millisecond.

use rand_core::CryptoRng;

/// Retry state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    first_ms: u64,
    max_ms: u64,
    failures: u32,
}

impl Backoff {
    /// Nothing failed yet.
    #[must_use]
    pub const fn new(first_ms: u64, max_ms: u64) -> Self {
        Self { first_ms, max_ms, failures: 0 }
    }

    /// Notes a failure and says how long to wait: between half and all of `first · 2^failures`, at most `max`.
    pub fn fail(&mut self, rng: &mut impl CryptoRng) -> u64 {
        let doubled = self.first_ms.saturating_mul(1 << self.failures.min(32));
        self.failures = self.failures.saturating_add(1);
        let whole = doubled.min(self.max_ms);
        let half = whole / 2;
        half + rng.next_u64() % (whole - half + 1)
    }

    /// Notes a success: the next failure waits the first time again.
    pub fn succeed(&mut self) {
        self.failures = 0;
    }

    /// Failures since the last success.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }
}
