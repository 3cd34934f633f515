//! Draws the chat tab.

use egui::{CornerRadius, CursorIcon, Rect, ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use sightline_node::SessionId;

use super::{
    bubble::row_ui,
    composer::composer_ui,
    data::{ChatPanel, Composer, Conversation},
    list::list_ui,
};
use crate::{
    command::{Command, SessionCommand},
    context::Context,
    errands::Ask,
    panels::rail::data::badge,
    state::SessionUi,
    theme::{
        Icon,
        fonts::{Weight, font},
        tokens::{SPACE_1, SPACE_2, SPACE_3, TEXT_2},
    },
    widgets::{
        Button, Kind,
        choice::focus_ring,
        empty::empty_ui,
        label::{elided, paint_icon},
    },
};

/// Draws the tab into the rest of the panel.
pub fn chat_ui(ui: &mut Ui, cx: &Context<'_>, id: SessionId, panel: &ChatPanel<'_>, state: &mut SessionUi) {
    let whole = ui.available_rect_before_wrap();
    if panel.conversations.len() > 1 {
        conversations_ui(ui, cx, &panel.conversations);
    }
    let foot = footer_height(ui, panel, state);
    let list_rect =
        Rect::from_min_max(pos2(whole.left(), ui.cursor().top()), pos2(whole.right(), whole.bottom() - foot));
    ui.scope_builder(egui::UiBuilder::new().max_rect(list_rect).id_salt(("list", panel.with)), |ui| {
        ui.set_clip_rect(ui.clip_rect().intersect(list_rect));
        if panel.rows.is_empty() {
            empty_ui(ui, cx, list_rect, Icon::Chat, &panel.empty);
            return;
        }
        list_ui(ui, &mut state.chat_list, &panel.rows, |ui, row| row_ui(ui, cx, id, panel.rights, row));
        if !state.chat_list.at_end {
            let place = Rect::from_center_size(pos2(list_rect.center().x, list_rect.bottom() - 24.0), vec2(36.0, 36.0));
            let label = cx.text("chat-newest");
            if Button::icon(Icon::Down, &label).kind(Kind::Neutral).round().show_at(ui, cx.tokens, place).clicked() {
                state.chat_list.to_end = true;
            }
        }
    });
    let foot_rect = Rect::from_min_max(pos2(whole.left(), whole.bottom() - foot), whole.max);
    ui.painter().hline(foot_rect.x_range(), foot_rect.top() + 0.5, Stroke::new(1.0, cx.tokens.control));
    let inner = foot_rect.shrink2(vec2(SPACE_3, SPACE_2 + 2.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(inner).id_salt(("composer", panel.with)), |ui| {
        match &panel.composer {
            Composer::Over { why } => {
                let ink = cx.tokens.ink_weak;
                let galley = ui.painter().layout(why.clone(), font(TEXT_2, Weight::Regular), ink, inner.width());
                ui.painter().galley(inner.center() - galley.size() / 2.0, galley, ink);
            }
            Composer::Write { hint } => {
                let salt = egui::Id::unique(("message to", id, panel.with));
                let draft = match panel.with {
                    Some(knock) => state.waiting_drafts.entry(knock).or_default(),
                    None => &mut state.draft,
                };
                let attach = Command::Pick(Ask::Files(id, panel.with));
                if let Some(text) = composer_ui(ui, cx, draft, hint, salt, attach) {
                    state.chat_list.unread_from = None;
                    state.chat_list.to_end = true;
                    cx.send_to(
                        id,
                        match panel.with {
                            Some(knock) => SessionCommand::SayWaiting(knock, text),
                            None => SessionCommand::Say(text),
                        },
                    );
                }
            }
        }
    });
    ui.advance_cursor_after_rect(whole);
}

/// The foot grows with the draft, up to six lines.
fn footer_height(ui: &Ui, panel: &ChatPanel<'_>, state: &SessionUi) -> f32 {
    let draft = match panel.with {
        Some(knock) => state.waiting_drafts.get(&knock).map_or("", String::as_str),
        None => &state.draft,
    };
    let width = ui.available_width() - 2.0 * SPACE_3 - 2.0 * (36.0 + SPACE_1) - SPACE_1 - 24.0;
    let galley =
        ui.painter().layout(draft.to_owned(), font(TEXT_2, Weight::Regular), egui::Color32::PLACEHOLDER, width);
    let field = (galley.size().y + 18.0).clamp(36.0, 132.0);
    let counter = if draft.chars().count() + 500 > super::composer::MAX_MESSAGE { 16.0 + SPACE_1 + 8.0 } else { 0.0 };
    field + counter + 2.0 * (SPACE_2 + 2.0)
}

fn conversations_ui(ui: &mut Ui, cx: &Context<'_>, conversations: &[Conversation]) {
    let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width(), 46.0), Sense::hover());
    ui.painter().hline(bar.x_range(), bar.bottom() - 0.5, Stroke::new(1.0, cx.tokens.control));
    {
        let ui = &mut ui.new_child(egui::UiBuilder::new().max_rect(bar.shrink2(vec2(SPACE_3, 0.0))));
        ScrollArea::horizontal().scroll_bar_visibility(egui::scroll_area::ScrollBarVisibility::AlwaysHidden).show(
            ui,
            |ui| {
                ui.horizontal_centered(|ui| {
                    ui.spacing_mut().item_spacing.x = SPACE_1;
                    for conversation in conversations {
                        pill_ui(ui, cx, conversation);
                    }
                });
            },
        );
    }
}

fn pill_ui(ui: &mut Ui, cx: &Context<'_>, conversation: &Conversation) {
    let tokens = cx.tokens;
    let ink = if conversation.shown { tokens.ink_title } else { tokens.ink_second };
    let name = elided(ui, &conversation.name, font(TEXT_2, Weight::Medium), ink, 130.0);
    let count = badge(conversation.unread)
        .map(|text| ui.painter().layout_no_wrap(text, font(11.0, Weight::Strong), tokens.on_accent));
    let lead = if conversation.with.is_some() { 20.0 } else { 0.0 };
    let count_width = count.as_ref().map_or(0.0, |galley| (galley.size().x + 9.0).max(18.0) + 6.0);
    let size = vec2(name.size().x + lead + count_width + 24.0, 30.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let spoken = cx.text_with("chat-with", &[("name", crate::i18n::Arg::from(conversation.name.clone()))]);
    response.widget_info(|| WidgetInfo::selected(egui::Role::RadioButton, true, conversation.shown, &spoken));
    let fill = match (conversation.shown, response.hovered()) {
        (true, _) => tokens.accent_soft,
        (false, true) => tokens.control,
        (false, false) => egui::Color32::TRANSPARENT,
    };
    let line = if conversation.shown { tokens.accent.gamma_multiply(0.5) } else { tokens.line };
    let radius = CornerRadius::same(15);
    ui.painter().rect(rect, radius, fill, Stroke::new(1.0, line), StrokeKind::Inside);
    let mut x = rect.left() + SPACE_3;
    if conversation.with.is_some() {
        let place = Rect::from_center_size(pos2(x + 7.0, rect.center().y), vec2(14.0, 14.0));
        paint_icon(ui, place, Icon::Wait, 13.0, tokens.warn);
        x += lead;
    }
    let name_width = name.size().x;
    ui.painter().galley(pos2(x, rect.center().y - name.size().y / 2.0), name, ink);
    if let Some(count) = count {
        let center = pos2(x + name_width + 6.0 + (count_width - 6.0) / 2.0, rect.center().y);
        ui.painter().rect_filled(Rect::from_center_size(center, vec2(count_width - 6.0, 18.0)), 9.0, tokens.accent);
        ui.painter().galley(center - count.size() / 2.0, count, tokens.on_accent);
    }
    focus_ring(ui, tokens, &response, rect);
    if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
        cx.send(Command::ChatWith(conversation.with));
    }
}
