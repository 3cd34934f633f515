//! The few things of the outside world that the pure parts are given: time and randomness.

use std::time::{SystemTime, UNIX_EPOCH};

/// Unix milliseconds of this machine's clock; 0 before 1970.
pub(crate) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The generator for keys, salts and everything else secret: the system's. It fails only where
/// nothing could go on anyway.
pub(crate) fn rng() -> impl rand_core::CryptoRng + Clone {
    rand_core::UnwrapErr(rand::rngs::SysRng)
}
