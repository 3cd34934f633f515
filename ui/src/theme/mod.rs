//! How the app looks: tokens, fonts, icons, and what egui's own widgets make of them.

pub mod fonts;
pub mod icons;
pub mod style;
pub mod tokens;

pub use icons::Icon;
pub use tokens::{Theme, Tokens};
