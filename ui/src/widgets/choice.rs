//! Choosing one of a few: a row of segments, and a check box.

use egui::{Align2, CornerRadius, CursorIcon, Rect, Response, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::label::paint_icon;
use crate::theme::{
    Icon, Tokens,
    fonts::{Weight, font},
    tokens::{RADIUS_1, SPACE_2, TEXT_2},
};

/// A row of segments of equal width; gives the newly chosen value.
pub fn segments_ui<T: Copy + PartialEq>(ui: &mut Ui, tokens: &Tokens, options: &[(T, &str)], chosen: T) -> Option<T> {
    let width = ui.available_width();
    let (rect, _) = ui.allocate_exact_size(vec2(width, 36.0), Sense::hover());
    ui.painter().rect(rect, RADIUS_1, tokens.panel, Stroke::new(1.0, tokens.line), StrokeKind::Inside);
    let each = (rect.width() - 4.0) / options.len().max(1) as f32;
    let mut picked = None;
    for (index, (value, label)) in options.iter().enumerate() {
        let place =
            Rect::from_min_size(pos2(rect.left() + 2.0 + each * index as f32, rect.top() + 2.0), vec2(each, 32.0));
        let response = super::interact_at(ui, place, Sense::click()).on_hover_cursor(CursorIcon::PointingHand);
        let on = *value == chosen;
        response.widget_info(|| WidgetInfo::selected(egui::Role::RadioButton, true, on, *label));
        let over =
            ui.ctx().animate_bool_with_time(response.id.with("heat"), response.hovered(), ui.style().animation_time);
        let lit = ui.ctx().animate_bool_with_time(response.id.with("on"), on, ui.style().animation_time);
        let fill = tokens.panel.lerp_to_gamma(tokens.control, over * 0.6).lerp_to_gamma(tokens.accent_soft, lit);
        ui.painter().rect_filled(place, CornerRadius::same(RADIUS_1 - 1), fill);
        if on {
            let line = Stroke::new(1.0, tokens.accent.gamma_multiply(0.5));
            ui.painter().rect_stroke(place, CornerRadius::same(RADIUS_1 - 1), line, StrokeKind::Inside);
        }
        focus_ring(ui, tokens, &response, place);
        let ink = if on { tokens.ink_title } else { tokens.ink_second };
        ui.painter().text(place.center(), Align2::CENTER_CENTER, *label, font(TEXT_2, Weight::Medium), ink);
        if response.clicked() && !on {
            picked = Some(*value);
        }
    }
    picked
}

/// A check box with a label beside it.
pub fn check_ui(ui: &mut Ui, tokens: &Tokens, on: &mut bool, label: &str, enabled: bool) -> Response {
    let width = ui.available_width();
    let ink = if enabled { tokens.ink_body } else { tokens.ink_disabled };
    let galley = ui.painter().layout(label.to_owned(), font(TEXT_2, Weight::Regular), ink, width - 18.0 - SPACE_2);
    let size = vec2(18.0 + SPACE_2 + galley.size().x, galley.size().y.max(28.0));
    let (rect, mut response) = ui.allocate_exact_size(size, if enabled { Sense::click() } else { Sense::hover() });
    if enabled && response.clicked() {
        *on = !*on;
        response.mark_changed();
    }
    response.widget_info(|| WidgetInfo::selected(egui::Role::CheckBox, enabled, *on, label));
    let lit = ui.ctx().animate_bool_with_time(response.id.with("on"), *on && enabled, ui.style().animation_time);
    let square = Rect::from_center_size(pos2(rect.left() + 9.0, rect.center().y), vec2(18.0, 18.0));
    let fill = tokens.panel.lerp_to_gamma(tokens.accent, lit);
    let line = tokens.line_strong.lerp_to_gamma(tokens.accent, lit);
    ui.painter().rect(square, CornerRadius::same(4), fill, Stroke::new(1.0, line), StrokeKind::Inside);
    if *on && enabled {
        paint_icon(ui, square, Icon::Check, 14.0, tokens.on_accent);
    }
    focus_ring(ui, tokens, &response, square);
    let top = rect.center().y - galley.size().y / 2.0;
    ui.painter().galley(pos2(square.right() + SPACE_2, top), galley, ink);
    response.on_hover_cursor(if enabled { CursorIcon::PointingHand } else { CursorIcon::Default })
}

/// The ring around what has the keyboard's focus.
pub fn focus_ring(ui: &Ui, tokens: &Tokens, response: &Response, rect: Rect) {
    if response.has_focus() {
        let ring = CornerRadius::same(RADIUS_1 + 2);
        ui.painter().rect_stroke(rect.expand(2.0), ring, Stroke::new(2.0, tokens.focus), StrokeKind::Middle);
    }
}
