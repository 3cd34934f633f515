//! The card of somebody who asks in.

pub mod data;
pub mod view;

pub use view::knock_ui;
