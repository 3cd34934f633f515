//! The few widgets that everything else is made of.

pub mod avatar;
pub mod button;
pub mod card;
pub mod choice;
pub mod field;
pub mod label;
pub mod qr;

pub use avatar::avatar_ui;
pub use button::{Button, Kind, Size};
pub use card::card;
pub use field::field_ui;
pub use label::{heading_ui, icon_ui, text_ui, weak_ui};
