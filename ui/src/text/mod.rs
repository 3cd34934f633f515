//! Text as it is drawn: words in both directions, figures that don't dance, emoji.

pub mod bidi;
pub mod figures;
pub mod size;
pub mod time;

pub use figures::figures_ui;
