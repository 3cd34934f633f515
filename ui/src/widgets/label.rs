//! Plain text in the sizes and colours of the tokens, in reading order for its script.

use egui::{Align, Align2, Color32, FontId, Rect, Response, Sense, Ui, WidgetInfo, vec2};

use crate::{
    text::bidi,
    theme::{
        Icon, Tokens,
        fonts::{Weight, font},
        tokens::{TEXT_2, TEXT_4},
    },
};

/// Text that wraps at the available width.
pub fn text_ui(ui: &mut Ui, text: &str, font: FontId, colour: Color32) -> Response {
    let width = ui.available_width();
    let galley = bidi::layout(ui.painter(), text, font, colour, width);
    let size = galley.size();
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, text));
    if ui.is_rect_visible(rect) {
        let origin = if galley.job.halign == Align::RIGHT { rect.right_top() } else { rect.left_top() };
        ui.painter().galley(origin, galley, colour);
    }
    response
}

/// Running text in a quiet colour.
pub fn weak_ui(ui: &mut Ui, tokens: &Tokens, text: &str) -> Response {
    text_ui(ui, text, font(TEXT_2, Weight::Regular), tokens.ink_weak)
}

/// The title of a card or section.
pub fn heading_ui(ui: &mut Ui, tokens: &Tokens, text: &str) -> Response {
    let response = text_ui(ui, text, font(TEXT_4, Weight::Strong), tokens.ink_title);
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_role(egui::accesskit::Role::Heading);
        // What is a label's value is a heading's name.
        node.set_label(text);
    });
    response
}

/// One line that ends in an ellipsis where it doesn't fit.
pub fn line_ui(ui: &mut Ui, text: &str, font: FontId, colour: Color32, width: f32) -> Response {
    let galley = elided(ui, text, font, colour, width);
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x.min(width), galley.size().y), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, text));
    if ui.is_rect_visible(rect) {
        ui.painter().galley(rect.left_top(), galley.clone(), colour);
    }
    if galley.elided { response.on_hover_text(text) } else { response }
}

/// Lays out one line, cut with an ellipsis.
pub fn elided(ui: &Ui, text: &str, font: FontId, colour: Color32, width: f32) -> std::sync::Arc<egui::Galley> {
    let text = &*bidi::plain(text);
    let shown = if bidi::has_rtl(text) {
        bidi::visual_lines(text, f32::INFINITY, |_| 0.0).join(" ")
    } else {
        text.replace('\n', " ")
    };
    let mut job = egui::text::LayoutJob::simple_singleline(shown, font, colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width.max(0.0));
    ui.painter().layout_job(job)
}

/// An icon of a given size.
pub fn icon_ui(ui: &mut Ui, icon: Icon, size: f32, colour: Color32) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(size, size), Sense::hover());
    paint_icon(ui, rect, icon, size, colour);
    response
}

/// Draws an icon in the middle of a place.
pub fn paint_icon(ui: &Ui, rect: Rect, icon: Icon, size: f32, colour: Color32) {
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, icon.glyph(), Icon::font(size), colour);
}
