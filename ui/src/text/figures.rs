//! Figures of equal width, so that numbers that change don't make their neighbours move.

use std::sync::Arc;

use egui::{Color32, FontId, Galley, Response, Sense, Ui, WidgetInfo, pos2, vec2};

/// Draws text with every digit in a slot of the same width. Reads as a label to screen readers.
pub fn figures_ui(ui: &mut Ui, text: &str, font: FontId, colour: Color32) -> Response {
    let slot = digit_slot(ui, &font);
    let pieces: Vec<(Arc<Galley>, f32)> = split(text)
        .into_iter()
        .map(|piece| {
            let digit = piece.len() == 1 && piece.as_bytes()[0].is_ascii_digit();
            let galley = ui.painter().layout_no_wrap(piece.to_owned(), font.clone(), colour);
            let width = if digit { slot } else { galley.size().x };
            (galley, width)
        })
        .collect();
    let width: f32 = pieces.iter().map(|(_, width)| width).sum();
    let height = pieces.iter().map(|(galley, _)| galley.size().y).fold(0.0, f32::max);
    let (rect, response) = ui.allocate_exact_size(vec2(width.ceil(), height), Sense::hover());
    if ui.is_rect_visible(rect) {
        let mut x = rect.left();
        for (galley, width) in pieces {
            let inset = (width - galley.size().x) / 2.0;
            ui.painter().galley(pos2(x + inset, rect.top()), galley, colour);
            x += width;
        }
    }
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, text));
    response
}

/// Width that a text takes when drawn by [`figures_ui`].
pub fn figures_width(ui: &Ui, text: &str, font: &FontId) -> f32 {
    let slot = digit_slot(ui, font);
    split(text)
        .into_iter()
        .map(|piece| {
            if piece.len() == 1 && piece.as_bytes()[0].is_ascii_digit() {
                slot
            } else {
                ui.painter().layout_no_wrap(piece.to_owned(), font.clone(), Color32::PLACEHOLDER).size().x
            }
        })
        .sum()
}

fn digit_slot(ui: &Ui, font: &FontId) -> f32 {
    ui.fonts_mut(|fonts| ('0'..='9').map(|digit| fonts.glyph_width(font, digit)).fold(0.0, f32::max))
}

/// Splits text into single digits and what stands between them.
fn split(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut from = 0;
    for (index, byte) in text.bytes().enumerate() {
        if byte.is_ascii_digit() {
            if from < index {
                pieces.push(&text[from..index]);
            }
            pieces.push(&text[index..index + 1]);
            from = index + 1;
        }
    }
    if from < text.len() {
        pieces.push(&text[from..]);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_alone() {
        assert_eq!(split("24 ms · 3.5 %"), ["2", "4", " ms · ", "3", ".", "5", " %"]);
        assert_eq!(split("añ7"), ["añ", "7"]);
        assert!(split("").is_empty());
    }
}
