//! The buttons that answer a dialog or a form, in one line at its right edge, the most important last.

use egui::{Align, Layout, Ui, vec2};

use super::Size;

/// Draws a line of buttons from right to left. It is as high as its buttons: a layout from right to left alone would take
/// all the height there is.
pub fn answers_ui<R>(ui: &mut Ui, size: Size, draw: impl FnOnce(&mut Ui) -> R) -> R {
    let line = vec2(ui.available_width(), size.height());
    ui.allocate_ui_with_layout(line, Layout::right_to_left(Align::Center), draw).inner
}
