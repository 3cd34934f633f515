//! The ways to a peer: this host's addresses, how they look from outside, and which addresses of others are used.

pub mod candidate;
pub mod gatherer;
pub mod sockets;
pub mod stun;

pub use candidate::{RefusedCandidate, RemoteCandidate};
pub use gatherer::Interfaces;
pub use sockets::Sockets;
pub use stun::Prober;
