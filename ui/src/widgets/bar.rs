//! A bar that shows how far something is.

use egui::{CornerRadius, Rect, Ui, pos2};

use crate::theme::Tokens;

/// Draws a bar at a place; `fraction` is from 0 to 1.
pub fn bar(ui: &Ui, tokens: &Tokens, rect: Rect, fraction: f32, moving: bool) {
    let radius = CornerRadius::same((rect.height() / 2.0) as u8);
    ui.painter().rect_filled(rect, radius, tokens.line);
    let end = rect.left() + (rect.width() * fraction.clamp(0.0, 1.0)).max(rect.height());
    let done = Rect::from_min_max(rect.min, pos2(end.min(rect.right()), rect.bottom()));
    if fraction > 0.0 {
        ui.painter().rect_filled(done, radius, if moving { tokens.accent } else { tokens.ink_rest });
    }
}
