//! Draws the line above the stage.

use egui::{
    Align, CursorIcon, FontSelection, Frame, Key, Layout, Margin, Rect, Sense, Stroke, TextEdit, Ui, WidgetInfo, pos2,
    vec2,
};
use sightline_node::SessionId;

use super::data::{Tone, TopLine};
use crate::{
    command::{Command, SessionCommand},
    context::Context,
    state::{Dialog, SessionUi, Tab},
    text::{figures::figures_width, figures_ui, time},
    theme::{
        Icon, Tokens,
        fonts::{Weight, font},
        tokens::{RADIUS_1, SPACE_1, SPACE_2, SPACE_3, SPACE_4, TEXT_1, TEXT_2, TEXT_3},
    },
    widgets::{
        Button,
        choice::focus_ring,
        field::framed,
        label::{elided, icon_ui, paint_icon},
    },
};

/// Height of the line.
pub const HEIGHT: f32 = 60.0;

/// Draws the line into the whole width of `ui`.
pub fn topline_ui(
    ui: &mut Ui,
    cx: &Context<'_>,
    id: SessionId,
    line: &TopLine,
    state: &mut SessionUi,
    panel_open: bool,
    inviting: bool,
) {
    let rect = ui.max_rect();
    ui.painter().rect_filled(rect, 0.0, cx.tokens.panel);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, cx.tokens.control));
    let inner = rect.shrink2(vec2(SPACE_4, 0.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(inner).layout(Layout::right_to_left(Align::Center)), |ui| {
        ui.spacing_mut().item_spacing.x = SPACE_2;
        let (icon, label) = match panel_open {
            true => (Icon::PanelClose, cx.text("panel-close")),
            false => (Icon::PanelOpen, cx.text("panel-open")),
        };
        if Button::icon(icon, &label).show(ui, cx.tokens).clicked() {
            cx.send(Command::TogglePanel);
        }
        if inviting {
            let label = cx.text("invite");
            if Button::new(&label).with_icon(Icon::Link).show(ui, cx.tokens).clicked() {
                cx.send(Command::Open(Dialog::Invite(id)));
            }
        }
        ui.add_space(SPACE_1);
        if let Some(since) = state.live_since_ms {
            let text = time::span(cx.now_ms.saturating_sub(since));
            figures_ui(ui, &text, font(TEXT_2, Weight::Medium), cx.tokens.ink_second)
                .on_hover_text(cx.text("duration"));
            ui.add_space(SPACE_1);
        }
        // The title keeps at least this much; figures give way first.
        const TITLE: f32 = 210.0;
        chip_ui(ui, cx, line, (ui.available_width() - TITLE).max(0.0));
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| title_ui(ui, cx, id, line, state));
    });
}

/// The title, which turns into a field when clicked, with the lock line below it.
fn title_ui(ui: &mut Ui, cx: &Context<'_>, id: SessionId, line: &TopLine, state: &mut SessionUi) {
    let width = ui.available_width();
    if let Some(title) = &mut state.title {
        let edit = TextEdit::singleline(title)
            .font(FontSelection::FontId(font(TEXT_3, Weight::Strong)))
            .text_color(cx.tokens.ink_title)
            .char_limit(MAX_TITLE)
            .desired_width((width - 24.0).min(420.0))
            .frame(Frame::new().inner_margin(Margin::symmetric(8, 6)));
        let response = framed(ui, cx.tokens, &cx.text("session-title"), edit);
        if !response.has_focus() && !response.lost_focus() {
            response.request_focus();
        }
        if response.lost_focus() {
            let kept = !ui.input(|input| input.key_pressed(Key::Escape));
            let title = state.title.take().unwrap_or_default();
            let title = title.trim();
            if kept && !title.is_empty() && title != line.title {
                cx.send_to(id, SessionCommand::SetTitle(title.to_owned()));
            }
        }
        return;
    }
    let block = Rect::from_center_size(ui.max_rect().center(), vec2(width, 42.0));
    let title_font = font(TEXT_3, Weight::Strong);
    let galley = elided(ui, &line.title, title_font, cx.tokens.ink_title, width - 30.0);
    let place = Rect::from_min_size(block.left_top(), vec2(galley.size().x + 26.0, 24.0));
    let sense = if line.editable { Sense::click() } else { Sense::hover() };
    let response = crate::widgets::interact_at(ui, place, sense);
    let name = format!("{}: {}", cx.text("session-title"), line.title);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, line.editable, &name));
    ui.painter().galley(pos2(place.left(), place.center().y - galley.size().y / 2.0), galley, cx.tokens.ink_title);
    if line.editable {
        let heat =
            ui.ctx().animate_bool_with_time(response.id.with("heat"), response.hovered(), ui.style().animation_time);
        let pencil = Rect::from_center_size(pos2(place.right() - 10.0, place.center().y), vec2(14.0, 14.0));
        paint_icon(ui, pencil, Icon::Pencil, 13.0, cx.tokens.ink_rest.lerp_to_gamma(cx.tokens.accent, heat));
        focus_ring(ui, cx.tokens, &response, place);
        if response.on_hover_cursor(CursorIcon::Text).clicked() {
            state.title = Some(line.title.clone());
        }
    }
    lock_ui(ui, cx, id, line, pos2(block.left(), block.bottom() - 17.0), width);
}

/// "Only you and Mihai": opens the four words, or the people.
fn lock_ui(ui: &mut Ui, cx: &Context<'_>, id: SessionId, line: &TopLine, at: egui::Pos2, width: f32) {
    let (icon, ink) =
        if line.locked { (Icon::Lock, cx.tokens.ink_weak) } else { (Icon::ShieldAlert, cx.tokens.danger_ink) };
    let small = font(TEXT_1 + 0.5, Weight::Regular);
    let galley = elided(ui, &line.lock, small, ink, width - 20.0);
    let place = Rect::from_min_size(at, vec2(galley.size().x + 18.0, 18.0));
    let response = crate::widgets::interact_at(ui, place, Sense::click()).on_hover_cursor(CursorIcon::PointingHand);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &line.lock));
    let ink = if response.hovered() { cx.tokens.ink_body } else { ink };
    let tint = if line.locked { cx.tokens.ok } else { ink };
    paint_icon(
        ui,
        Rect::from_center_size(pos2(place.left() + 6.0, place.center().y), vec2(12.0, 12.0)),
        icon,
        12.0,
        tint,
    );
    let text = pos2(place.left() + 17.0, place.center().y - galley.size().y / 2.0);
    ui.painter().galley_with_override_text_color(text, galley, ink);
    focus_ring(ui, cx.tokens, &response, place);
    let (hint, command) = match line.words_with {
        Some(peer) => ("lock-open-words", Command::Open(Dialog::Words(id, peer))),
        None => ("lock-open-people", Command::OpenTab(Tab::People)),
    };
    if response.on_hover_text(cx.text(hint)).clicked() {
        cx.send(command);
    }
}

/// Dot, state, and as many figures as fit into `room`.
fn chip_ui(ui: &mut Ui, cx: &Context<'_>, line: &TopLine, room: f32) {
    let chip = &line.link;
    let text_font = font(TEXT_1 + 0.5, Weight::Medium);
    let state_width = figures_width(ui, &chip.state, &text_font);
    let mut used = state_width + 8.0 + 8.0 + 2.0 * SPACE_3;
    if used > room {
        return;
    }
    let mut shown = Vec::new();
    for figure in &chip.figures {
        let width = figures_width(ui, figure, &text_font) + SPACE_3;
        if used + width > room {
            break;
        }
        used += width;
        shown.push(figure.as_str());
    }
    let (rect, response) = ui.allocate_exact_size(vec2(used.ceil(), 30.0), Sense::hover());
    ui.painter().rect_filled(rect, RADIUS_1, cx.tokens.card);
    let inner = rect.shrink2(vec2(SPACE_3, 0.0));
    let builder = egui::UiBuilder::new().max_rect(inner).layout(Layout::left_to_right(Align::Center));
    {
        let ui = &mut ui.new_child(builder);
        ui.spacing_mut().item_spacing.x = 0.0;
        let colour = tone_colour(cx.tokens, chip.tone);
        let (dot, _) = ui.allocate_exact_size(vec2(8.0, 8.0), Sense::hover());
        ui.painter().circle_filled(dot.center(), 4.0, colour);
        ui.add_space(SPACE_2);
        figures_ui(ui, &chip.state, text_font.clone(), cx.tokens.ink_body);
        for figure in shown {
            ui.add_space(SPACE_3);
            figures_ui(ui, figure, text_font.clone(), cx.tokens.ink_weak);
        }
    }
    if !chip.details.is_empty() {
        response.on_hover_ui(|ui| {
            for detail in chip.details.iter().chain(&chip.figures) {
                ui.horizontal(|ui| {
                    icon_ui(ui, Icon::Info, 12.0, cx.tokens.ink_rest);
                    ui.label(detail);
                });
            }
        });
    }
}

/// The colour of a tone.
pub fn tone_colour(tokens: &Tokens, tone: Tone) -> egui::Color32 {
    match tone {
        Tone::Ok => tokens.ok,
        Tone::Warn => tokens.warn,
        Tone::Bad => tokens.danger_ink,
        Tone::Rest => tokens.ink_rest,
    }
}

/// As the room document allows.
const MAX_TITLE: usize = 120;
