//! The few widgets that everything else is made of.

pub mod answers;
pub mod area;
pub mod avatar;
pub mod bar;
pub mod button;
pub mod card;
pub mod choice;
pub mod empty;
pub mod field;
pub mod label;
pub mod preview;
pub mod qr;
pub mod sign;

use egui::{Rect, Response, Sense, Ui};

pub use avatar::avatar_ui;
pub use button::{Button, Kind, Size};
pub use card::card;
pub use field::field_ui;
pub use label::{heading_ui, icon_ui, text_ui, weak_ui};

/// A place that can be clicked inside one that was allocated already: the layout's cursor stays where it is.
pub(crate) fn interact_at(ui: &mut Ui, rect: Rect, sense: Sense) -> Response {
    let id = ui.next_auto_id();
    ui.skip_ahead_auto_ids(1);
    ui.interact(rect, id, sense)
}
