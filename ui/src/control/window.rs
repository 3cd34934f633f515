//! What lines can ask of the window: its pixels, which session is on stage, which panel is open.

use std::path::PathBuf;

use sightline_node::SessionId;
use tokio::sync::{mpsc, oneshot};

use super::command::Panel;

/// A wish for the window, with the place for its answer.
#[derive(Debug)]
pub enum Wish {
    /// Write the window's pixels.
    Screenshot(PathBuf, oneshot::Sender<Result<(u32, u32), String>>),
    /// Put a session on stage.
    Select(SessionId, oneshot::Sender<()>),
    /// Show a part of the window.
    Focus(Panel, oneshot::Sender<()>),
    /// Close.
    Close,
}

/// The end that asks.
#[derive(Clone)]
pub struct Port {
    wishes: mpsc::Sender<Wish>,
    wake: crate::bridge::Wake,
}

impl Port {
    /// A port and the end that the window polls. `wake` makes the window draw.
    pub fn new(wake: crate::bridge::Wake) -> (Self, mpsc::Receiver<Wish>) {
        let (wishes, queue) = mpsc::channel(8);
        (Self { wishes, wake }, queue)
    }

    /// Passes a wish on; `false` when the window is gone.
    pub async fn wish(&self, wish: Wish) -> bool {
        let passed = self.wishes.send(wish).await.is_ok();
        (self.wake)();
        passed
    }
}

impl std::fmt::Debug for Port {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Port")
    }
}
