//! One session on this node: an actor that owns it, and the handle others hold.

mod gate;
pub mod guest;
pub mod handle;
mod link_io;

use crate::context::Context;
use crate::error::{NewSessionError, StartError};
use crate::hub::Sessions;
use crate::view::Problem;

/// Founds a session.
pub(crate) async fn found(_: &Context, _: &str) -> Result<handle::SessionHandle, NewSessionError> {
    Err(NewSessionError::Stopped)
}

/// Brings back the sessions on disk.
pub(crate) async fn restore_all(_: &Context, _: &Sessions) -> Result<Vec<Problem>, StartError> {
    Ok(Vec::new())
}
