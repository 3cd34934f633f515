//! What fills the window beside the rail, and the dialogs above it.

pub mod dialogs;
pub mod notices;
pub mod session;
pub mod settings;
pub mod start;
