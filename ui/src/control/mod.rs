//! The app without hands: JSON lines in, JSON lines out, one object per line.
//!
//! Each command is `{"do": NAME, "id": ANY, …}` and is answered exactly once by `{"event": "reply", "id": …, "ok": …}`;
//! events of the node come in between as they happen. The windowed app takes the same lines with `--control`, and a few
//! more that concern the window ([`window`]).

pub mod command;
pub mod files;
mod frames;
mod lines;
mod serve;
pub mod show;
pub mod window;

pub use lines::Output;
pub use serve::{End, Surroundings, serve};
