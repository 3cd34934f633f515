//! The panel's chat tab: the session's messages, those of people still waiting, and the field to write.

mod bubble;
mod composer;
pub mod data;
mod list;
pub mod view;

pub use list::ListState;
pub use view::chat_ui;
