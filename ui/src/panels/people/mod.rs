//! The panel's people tab: members, knocks and links.

pub mod data;
pub mod view;

pub use view::people_ui;
