//! The panel's files tab: the shelf of the session, newest first, with what can be done with each file.

pub mod card;
pub mod data;
pub mod view;

pub use view::files_ui;
