//! Banners for what needs the person's attention.

pub mod data;
pub mod view;

pub use view::problems_ui;
