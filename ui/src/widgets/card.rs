//! A card: a raised sheet with one purpose.

use egui::{CornerRadius, Frame, Margin, Shadow, Stroke};

use crate::theme::{
    Theme, Tokens,
    tokens::{RADIUS_1, RADIUS_2, SPACE_3, SPACE_5},
};

/// The frame of a card with roomy margins.
pub fn card(tokens: &Tokens) -> Frame {
    Frame::new()
        .fill(tokens.card)
        .stroke(Stroke::new(1.0, tokens.line))
        .corner_radius(CornerRadius::same(RADIUS_2))
        .inner_margin(Margin::same(SPACE_5 as i8))
}

/// A card that floats above the stage.
pub fn floating(tokens: &Tokens) -> Frame {
    let shade = if tokens.theme == Theme::Dark { 120 } else { 50 };
    card(tokens).shadow(Shadow { offset: [0, 8], blur: 28, spread: 0, color: egui::Color32::from_black_alpha(shade) })
}

/// A small sunken area inside a card.
pub fn well(tokens: &Tokens) -> Frame {
    Frame::new()
        .fill(tokens.panel)
        .stroke(Stroke::new(1.0, tokens.line))
        .corner_radius(CornerRadius::same(RADIUS_1))
        .inner_margin(Margin::same(SPACE_3 as i8))
}
