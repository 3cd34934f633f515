//! Sightline's protocol, pure: no sockets, no clock, no runtime.
pub mod id;
pub mod keys;
pub mod limits;
pub mod seal;
pub mod sig;
pub mod switchboard;
pub mod wire;
