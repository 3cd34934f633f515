//! How fast something grows.

use std::collections::VecDeque;

/// The speed is measured over this time: short enough to follow, long enough to be read.
const OVER_MS: u64 = 3_000;

/// Two measurements are no closer than this.
const STEP_MS: u64 = 200;

/// Measurements of the last seconds.
#[derive(Debug, Default)]
pub(super) struct Speed(VecDeque<(u64, u64)>);

impl Speed {
    /// Notes how much there is in all.
    pub(super) fn note(&mut self, total: u64, now: u64) {
        if self.0.back().is_none_or(|(at, _)| now >= at + STEP_MS) {
            self.0.push_back((now, total));
        }
        while self.0.len() > 1 && self.0.front().is_some_and(|(at, _)| at + OVER_MS < now) {
            self.0.pop_front();
        }
    }

    /// Units per second; 0 when nothing was measured for a while.
    pub(super) fn per_sec(&self, now: u64) -> u64 {
        let (Some((began, first)), Some((ended, last))) = (self.0.front(), self.0.back()) else { return 0 };
        let span = ended - began;
        if span == 0 || now > ended + OVER_MS { 0 } else { last.saturating_sub(*first) * 1000 / span }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_seconds_count() {
        let mut speed = Speed::default();
        for second in 0..20u64 {
            speed.note(second.min(10) * 1_000_000, second * 1000);
        }
        assert_eq!(speed.per_sec(19_000), 0);
        let mut speed = Speed::default();
        for step in 0..100u64 {
            speed.note(step * 50_000, step * 50);
        }
        assert_eq!(speed.per_sec(4_950), 1_000_000);
        assert_eq!(speed.per_sec(20_000), 0);
    }
}
