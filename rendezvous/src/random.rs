//! Random bytes from the operating system.

use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use sightline_proto::keys;

/// `N` random bytes. The system's generator does not fail once the system has started.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    keys::random(&mut UnwrapErr(SysRng))
}
