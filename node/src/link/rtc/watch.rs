//! Signs of life and rates.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::link::{CloseReason, LinkEvent};

use super::QUIET_AFTER;

/// Rates are measured over this span.
const RATE_SPAN: Duration = Duration::from_millis(1000);

/// Follows what is heard of the other side.
#[derive(Debug)]
pub(super) struct Watch {
    began: Instant,
    connect_within: Duration,
    vanish_after: Duration,
    connected: bool,
    heard: Instant,
    quiet: bool,
}

impl Watch {
    pub(super) fn new(now: Instant, connect_within: Duration, vanish_after: Duration) -> Watch {
        Watch { began: now, connect_within, vanish_after, connected: false, heard: now, quiet: false }
    }

    pub(super) fn connected(&mut self, now: Instant) {
        self.connected = true;
        self.heard = now;
    }

    /// A packet came. Returns what to report.
    pub(super) fn heard(&mut self, now: Instant) -> Option<LinkEvent> {
        self.heard = now;
        std::mem::take(&mut self.quiet).then_some(LinkEvent::Heard)
    }

    /// Time passed. `Err` ends the link.
    pub(super) fn check(&mut self, now: Instant) -> Result<Option<LinkEvent>, CloseReason> {
        if !self.connected {
            let waited = now.duration_since(self.began);
            return if waited >= self.connect_within { Err(CloseReason::NeverConnected) } else { Ok(None) };
        }
        let silence = now.duration_since(self.heard);
        if silence >= self.vanish_after {
            return Err(CloseReason::Vanished);
        }
        let newly_quiet = silence >= QUIET_AFTER && !self.quiet;
        self.quiet |= newly_quiet;
        Ok(newly_quiet.then_some(LinkEvent::Quiet))
    }

    /// When [`Watch::check`] is to be called next.
    pub(super) fn due(&self) -> Instant {
        if !self.connected {
            self.began + self.connect_within
        } else if self.quiet {
            self.heard + self.vanish_after
        } else {
            self.heard + QUIET_AFTER.min(self.vanish_after)
        }
    }
}

/// Counts bytes and frames, and turns them into rates.
#[derive(Debug)]
pub(super) struct Rates {
    since: Instant,
    bytes_in: u64,
    bytes_out: u64,
    frames: u32,
}

/// What was measured over one span.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measured {
    pub(super) kbps_in: u32,
    pub(super) kbps_out: u32,
    pub(super) fps: f32,
}

impl Rates {
    pub(super) fn new(now: Instant) -> Rates {
        Rates { since: now, bytes_in: 0, bytes_out: 0, frames: 0 }
    }

    pub(super) fn received(&mut self, bytes: usize) {
        self.bytes_in += bytes as u64;
    }

    pub(super) fn sent(&mut self, bytes: usize) {
        self.bytes_out += bytes as u64;
    }

    pub(super) fn frame(&mut self) {
        self.frames += 1;
    }

    pub(super) fn due(&self) -> Instant {
        self.since + RATE_SPAN
    }

    /// The rates of the span that ended, once it has.
    pub(super) fn take(&mut self, now: Instant) -> Option<Measured> {
        if now < self.due() {
            return None;
        }
        let seconds = now.duration_since(self.since).as_secs_f64();
        let kbps = |bytes: u64| (bytes as f64 * 8.0 / 1000.0 / seconds).round() as u32;
        let measured = Measured {
            kbps_in: kbps(self.bytes_in),
            kbps_out: kbps(self.bytes_out),
            fps: (f64::from(self.frames) / seconds) as f32,
        };
        *self = Rates::new(now);
        Some(measured)
    }
}

/// The pair of addresses in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) local: SocketAddr,
    pub(super) remote: SocketAddr,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_reported_once_then_ends_the_link() {
        let start = Instant::now();
        let mut watch = Watch::new(start, Duration::from_secs(5), Duration::from_secs(3));
        assert!(matches!(watch.check(start + Duration::from_secs(4)), Ok(None)));
        watch.connected(start);
        let quiet = start + QUIET_AFTER;
        assert_eq!(watch.due(), quiet);
        assert!(matches!(watch.check(quiet), Ok(Some(LinkEvent::Quiet))));
        assert!(matches!(watch.check(quiet + Duration::from_millis(1)), Ok(None)));
        assert!(matches!(watch.heard(quiet + Duration::from_millis(2)), Some(LinkEvent::Heard)));
        assert!(watch.heard(quiet + Duration::from_millis(3)).is_none());
        let end = quiet + Duration::from_secs(4);
        assert_eq!(watch.check(end).err(), Some(CloseReason::Vanished));
    }

    #[test]
    fn a_link_that_never_connects_ends() {
        let start = Instant::now();
        let mut watch = Watch::new(start, Duration::from_secs(5), Duration::from_secs(3));
        assert_eq!(watch.check(watch.due()).err(), Some(CloseReason::NeverConnected));
    }

    #[test]
    fn rates_are_per_second() {
        let start = Instant::now();
        let mut rates = Rates::new(start);
        rates.received(250_000);
        rates.sent(1000);
        (0..60).for_each(|_| rates.frame());
        assert_eq!(rates.take(start + Duration::from_millis(900)), None);
        let measured = rates.take(start + Duration::from_secs(2)).expect("the span has ended");
        assert_eq!(measured, Measured { kbps_in: 1000, kbps_out: 4, fps: 30.0 });
        assert_eq!(rates.take(start + Duration::from_millis(3001)).map(|measured| measured.fps), Some(0.0));
    }
}
