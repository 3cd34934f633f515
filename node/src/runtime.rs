//! The few things of the outside world that the pure parts are given: time and randomness.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Unix milliseconds of this machine's clock; 0 before 1970.
pub(crate) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Milliseconds that only ever rise, near unix time when the process began: for timers, which a corrected clock must not
/// stop or fire.
pub(crate) fn steady_ms() -> u64 {
    static BEGAN: OnceLock<(Instant, u64)> = OnceLock::new();
    let (began, unix) = *BEGAN.get_or_init(|| (Instant::now(), now_ms()));
    unix.saturating_add(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX))
}

/// When a [`steady_ms`] time is, for the runtime's timers.
pub(crate) fn deadline(steady: u64) -> tokio::time::Instant {
    tokio::time::Instant::now() + Duration::from_millis(steady.saturating_sub(steady_ms()).min(LONGEST_SLEEP_MS))
}

/// Nothing sleeps longer without looking again.
const LONGEST_SLEEP_MS: u64 = 3_600_000;

/// The generator for keys, salts and everything else secret: the system's. It fails only where
/// nothing could go on anyway.
pub(crate) fn rng() -> impl rand_core::CryptoRng + Clone {
    rand_core::UnwrapErr(rand::rngs::SysRng)
}
