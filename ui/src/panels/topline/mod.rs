//! The line above the stage: title, people, link, lock.

pub mod data;
pub mod view;

pub use view::topline_ui;
