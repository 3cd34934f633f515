//! The stage: the live picture and everything that floats on it.

pub mod board;
pub mod controls;
pub mod fit;
mod i420;
pub mod keys;
pub mod pages;
pub mod picture;
pub mod scene;
pub mod timing;
pub mod view;

use std::collections::BTreeMap;

use sightline_node::{PeerId, SessionId};

pub use board::{BoardStage, Boards, Showing};
pub use fit::Fit;
pub use picture::PictureView;
pub use scene::{Scene, scene_of};
pub use timing::PaintTimes;

/// What the stage remembers between passes.
#[derive(Debug, Default)]
pub struct StageState {
    /// How the picture fills the stage.
    pub fit: Fit,
    /// The window is full screen and shows the stage alone.
    pub full_screen: bool,
    /// How far the picture was dragged at 100 %, in points.
    pub pan: egui::Vec2,
    /// When the pointer moved last over the stage, in egui's time.
    pub active_at: f64,
    /// Whom the person chose to look at, per session.
    pub chosen: BTreeMap<SessionId, PeerId>,
    /// What is shown of each session.
    pub showing: BTreeMap<SessionId, Showing>,
    /// Boards and the tools to draw on them.
    pub boards: BoardStage,
    /// Keys are for the stage in this pass: no text is written, no dialog is open.
    pub keys: bool,
    /// Whom the node was told that we look at.
    pub told_watching: Option<(SessionId, PeerId)>,
}
