//! The holder of a link, before admission.

use crate::context::Context;
use crate::error::JoinError;
use crate::hub::Sessions;
use crate::switchboard::client::Switchboard;
use crate::switchboard::trust::Policy;

/// A hold on somebody who asks in.
#[derive(Clone, Debug)]
pub struct Guest {}

/// The ways to rendezvous.
pub(crate) struct Clients {
    pub(crate) policy: Policy,
    pub(crate) present: Vec<Switchboard>,
}

/// Starts to ask in.
pub(crate) fn start(_: &Context, _: Clients, _: Sessions, _: &str) -> Result<Guest, JoinError> {
    Err(JoinError::Stopped)
}
