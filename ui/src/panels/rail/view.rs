//! Draws the rail.

use egui::{Align2, CornerRadius, CursorIcon, Rect, Response, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::data::{RailEntry, Ring, badge};
use crate::{
    command::Command,
    context::Context,
    i18n::Arg,
    next_step::NextStep,
    state::Screen,
    theme::{
        Icon,
        fonts::{Weight, font},
        tokens::{SPACE_2, SPACE_3, TEXT_2},
    },
    widgets::{Button, Kind, choice::focus_ring, label::paint_icon},
};

/// Width of the rail.
pub const WIDTH: f32 = 64.0;

/// Draws the rail into a `ui` that is [`WIDTH`] wide.
pub fn rail_ui(ui: &mut Ui, cx: &Context<'_>, entries: &[RailEntry], screen: Screen, next: NextStep) {
    ui.painter().rect_filled(ui.max_rect(), 0.0, cx.tokens.ground);
    let line = Stroke::new(1.0, cx.tokens.control);
    ui.painter().vline(ui.max_rect().right() - 0.5, ui.max_rect().y_range(), line);
    ui.spacing_mut().item_spacing.y = SPACE_2;

    let foot = 2.0 * 40.0 + 3.0 * SPACE_2 + SPACE_3;
    let list = ui.available_height() - foot;
    ui.add_space(SPACE_3);
    ScrollArea::vertical().max_height((list - SPACE_3).max(0.0)).auto_shrink([false, true]).show(ui, |ui| {
        for entry in entries {
            let shown = entry.selected && screen == Screen::Session;
            if session_ui(ui, cx, entry, shown).clicked() {
                cx.send(Command::Select(entry.id));
            }
        }
        let label = cx.text("new-session");
        let kind = if next == NextStep::StartSession && !entries.is_empty() { Kind::Primary } else { Kind::Neutral };
        let (row, _) = ui.allocate_exact_size(vec2(WIDTH, 44.0), Sense::hover());
        let place = Rect::from_center_size(row.center(), vec2(40.0, 40.0));
        if Button::icon(Icon::Add, &label).kind(kind).round().show_at(ui, cx.tokens, place).clicked() {
            cx.send(Command::StartSession);
        }
    });

    let bottom = ui.max_rect().bottom() - SPACE_3;
    let place = Rect::from_center_size(pos2(ui.max_rect().center().x, bottom - 20.0), vec2(40.0, 40.0));
    let label = cx.text("settings");
    let on = screen == Screen::Settings;
    let tint = if on { cx.tokens.accent } else { cx.tokens.ink_second };
    if Button::icon(Icon::Settings, &label).tint(tint).show_at(ui, cx.tokens, place).clicked() {
        cx.send(Command::Show(if on { Screen::Session } else { Screen::Settings }));
    }
}

fn session_ui(ui: &mut Ui, cx: &Context<'_>, entry: &RailEntry, shown: bool) -> Response {
    let (row, response) = ui.allocate_exact_size(vec2(WIDTH, 52.0), Sense::click());
    let name = spoken(cx, entry);
    response.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, shown, &name));
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    if !ui.is_rect_visible(row) {
        return response;
    }
    let tokens = cx.tokens;
    let lit = ui.ctx().animate_bool_with_time(response.id.with("lit"), shown, ui.style().animation_time);
    let heat = ui.ctx().animate_bool_with_time(response.id.with("heat"), response.hovered(), ui.style().animation_time);
    let painter = ui.painter();
    if lit > 0.0 {
        let half = 14.0 * lit;
        let bar =
            Rect::from_min_max(pos2(row.left(), row.center().y - half), pos2(row.left() + 3.0, row.center().y + half));
        painter.rect_filled(bar, CornerRadius { ne: 3, se: 3, nw: 0, sw: 0 }, tokens.accent);
    }
    let sign = Rect::from_center_size(row.center(), vec2(40.0, 40.0));
    let ground = tokens.control.lerp_to_gamma(tokens.line, heat.max(lit));
    painter.circle_filled(sign.center(), 17.0, ground);
    let ink = if entry.ring == Ring::Closed { tokens.ink_rest } else { tokens.ink_body };
    painter.text(sign.center(), Align2::CENTER_CENTER, &entry.initials, font(TEXT_2, Weight::Strong), ink);
    ring(ui, cx, sign, entry.ring);
    if entry.knocking {
        let center = pos2(sign.right() - 4.0, sign.top() + 5.0);
        painter.circle_filled(center, 10.0, tokens.ground);
        painter.circle_filled(center, 8.5, tokens.accent);
        paint_icon(ui, Rect::from_center_size(center, vec2(12.0, 12.0)), Icon::Person, 11.0, tokens.on_accent);
    } else if let Some(text) = badge(entry.unread) {
        let galley = painter.layout_no_wrap(text, font(11.0, Weight::Strong), tokens.on_accent);
        let width = (galley.size().x + 9.0).max(18.0);
        let pill = Rect::from_center_size(pos2(sign.right() - 5.0, sign.top() + 5.0), vec2(width, 18.0));
        painter.rect_filled(pill.expand(2.0), 11.0, tokens.ground);
        painter.rect_filled(pill, 9.0, tokens.accent);
        painter.galley(pill.center() - galley.size() / 2.0, galley, tokens.on_accent);
    }
    focus_ring(ui, tokens, &response, sign.expand(2.0));
    response.on_hover_text(name)
}

/// The ring: whole and teal while live, dashed while nobody came yet, thin while away, none when over.
fn ring(ui: &Ui, cx: &Context<'_>, sign: Rect, ring: Ring) {
    let painter = ui.painter();
    let (center, radius) = (sign.center(), 19.5);
    match ring {
        Ring::Live => {
            painter.circle_stroke(center, radius, Stroke::new(2.0, cx.tokens.ok));
        }
        Ring::Away => {
            painter.circle_stroke(center, radius, Stroke::new(1.5, cx.tokens.line_strong));
        }
        Ring::Waiting => {
            let dashes = 12;
            for dash in 0..dashes {
                let from = dash as f32 / dashes as f32 * std::f32::consts::TAU;
                let points = (0..=4).map(|step| {
                    let angle = from + step as f32 / 4.0 * (std::f32::consts::TAU / dashes as f32 * 0.55);
                    center + radius * vec2(angle.cos(), angle.sin())
                });
                painter.line(points.collect(), Stroke::new(1.5, cx.tokens.warn));
            }
        }
        Ring::Closed => {}
    }
}

fn spoken(cx: &Context<'_>, entry: &RailEntry) -> String {
    let state = cx.text(entry.ring.name());
    let mut name = format!("{} · {state}", entry.title);
    if entry.knocking {
        name = format!("{name} · {}", cx.text("somebody-knocks"));
    }
    if entry.unread > 0 {
        let unread = cx.text_with("unread-count", &[("count", Arg::from(entry.unread))]);
        name = format!("{name} · {unread}");
    }
    name
}
