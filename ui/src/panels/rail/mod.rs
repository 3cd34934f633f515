//! The rail at the left: all sessions, new, settings.

pub mod data;
pub mod view;

pub use view::rail_ui;
