//! One-line text fields.

use egui::{Color32, FontSelection, Frame, Margin, Response, Stroke, TextEdit, Ui};

use crate::theme::{
    Tokens,
    fonts::{Weight, font},
    tokens::{RADIUS_1, TEXT_2},
};

/// A field with a name for screen readers, a hint, and a limit in characters.
pub fn field_ui(ui: &mut Ui, tokens: &Tokens, text: &mut String, name: &str, hint: &str, limit: usize) -> Response {
    let edit = TextEdit::singleline(text)
        .hint_text(egui::RichText::new(hint).color(tokens.ink_rest))
        .font(FontSelection::FontId(font(TEXT_2, Weight::Regular)))
        .text_color(tokens.ink_body)
        .char_limit(limit)
        .desired_width(f32::INFINITY)
        .frame(Frame::new().inner_margin(Margin::symmetric(12, 9)));
    framed(ui, tokens, name, edit)
}

/// Puts a text edit into the frame that all fields share: a line that turns teal with the focus.
pub fn framed(ui: &mut Ui, tokens: &Tokens, name: &str, edit: TextEdit<'_>) -> Response {
    let ground = ui.painter().add(egui::Shape::Noop);
    let response = ui.add(edit);
    let focused = response.has_focus();
    let glow = ui.ctx().animate_bool_with_time(response.id.with("glow"), focused, ui.style().animation_time);
    let line = tokens.line_strong.lerp_to_gamma(tokens.accent, glow);
    let fill = if tokens.theme == crate::theme::Theme::Dark { tokens.ground } else { Color32::WHITE };
    let shape = egui::epaint::RectShape::new(
        response.rect,
        RADIUS_1,
        fill,
        Stroke::new(1.0 + 0.5 * glow, line),
        egui::StrokeKind::Inside,
    );
    ui.painter().set(ground, shape);
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(name));
    response
}
