//! Text fields of several lines that grow with what is in them.

use egui::{FontSelection, Frame, Margin, Response, ScrollArea, TextEdit, Ui};

use super::field::framed;
use crate::theme::{
    Tokens,
    fonts::{Weight, font},
    tokens::TEXT_2,
};

/// A field with a name for screen readers, a hint, a number of rows to begin with and a greatest height.
pub fn area_ui(
    ui: &mut Ui,
    tokens: &Tokens,
    text: &mut String,
    (name, hint): (&str, &str),
    rows: usize,
    height: f32,
) -> Response {
    let width = ui.available_width();
    ScrollArea::vertical()
        .id_salt(name)
        .max_height(height)
        .max_width(width)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            let edit = TextEdit::multiline(text)
                .hint_text(egui::RichText::new(hint).color(tokens.ink_weak))
                .font(FontSelection::FontId(font(TEXT_2, Weight::Regular)))
                .text_color(tokens.ink_body)
                .desired_width(width)
                .desired_rows(rows)
                .frame(Frame::new().inner_margin(Margin::symmetric(12, 9)));
            framed(ui, tokens, name, edit)
        })
        .inner
}
