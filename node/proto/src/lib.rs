//! Sightline's protocol, pure: no sockets, no clock, no runtime. Time and randomness are arguments.

pub mod admission;
pub mod backoff;
pub mod call;
pub mod candidate;
pub mod control;
pub mod exports;
pub mod hello;
pub mod id;
pub mod introduction;
pub mod invite;
pub mod keys;
pub mod knock;
pub mod limits;
pub mod message;
pub mod name;
pub mod negotiation;
mod psk;
pub mod reply;
pub mod sdp;
pub mod seal;
pub mod session;
pub mod sig;
pub mod switchboard;
pub mod trickle;
pub mod waiting;
pub mod wire;
pub mod words;
