//! Draws shared texts: their list, and the one that is open with the cursors of others.

use std::sync::Arc;

use egui::{
    Align2, CornerRadius, CursorIcon, FontSelection, Frame, Id, Margin, Rect, ScrollArea, Sense, Stroke, TextEdit, Ui,
    UiBuilder, WidgetInfo, pos2, text::CCursor, vec2,
};
use sightline_node::{
    DocumentId, SessionId,
    show::{BoardCommand, DeskCommand, LiveOut, Look},
    view::TextView,
};

use super::{Editor, NotesUi, data::NotesPanel};
use crate::{
    command::{Command, SessionCommand},
    context::Context,
    theme::{
        Icon,
        fonts::{Weight, font},
        tokens::{RADIUS_1, SPACE_1, SPACE_2, SPACE_3, TEXT_1, TEXT_2},
    },
    widgets::{
        Button, Kind,
        choice::focus_ring,
        empty::empty_ui,
        field_ui,
        label::{elided, paint_icon},
    },
};

/// Where shared texts are read.
pub type Texts<'a> = &'a dyn Fn(DocumentId) -> Option<Arc<TextView>>;

/// Draws the list, or the open text.
pub(super) fn texts_ui(
    ui: &mut Ui,
    cx: &Context<'_>,
    id: SessionId,
    panel: &NotesPanel<'_>,
    texts: Texts<'_>,
    state: &mut NotesUi,
) {
    if let Some(editor) = &mut state.editor {
        let close = match texts(editor.text) {
            Some(view) => editor_ui(ui, cx, id, panel, &view, editor),
            None => true,
        };
        if close {
            cx.send(Command::CloseText(id));
        }
        return;
    }
    list_ui(ui, cx, id, panel, texts, state);
}

fn list_ui(
    ui: &mut Ui,
    cx: &Context<'_>,
    id: SessionId,
    panel: &NotesPanel<'_>,
    texts: Texts<'_>,
    state: &mut NotesUi,
) {
    let whole = ui.available_rect_before_wrap();
    let mut body = whole;
    if panel.can_write {
        let bar = Rect::from_min_size(whole.min, vec2(whole.width(), 44.0));
        new_ui(ui, cx, id, bar.shrink2(vec2(SPACE_3, SPACE_1)), state);
        body.min.y = bar.bottom();
    }
    let ui = &mut ui.new_child(UiBuilder::new().max_rect(body).id_salt("texts"));
    if panel.texts.is_empty() {
        empty_ui(ui, cx, body, Icon::Text, &cx.text("text-empty"));
        return;
    }
    ScrollArea::vertical().id_salt("texts").auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for text in &panel.texts {
            let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 56.0), Sense::click());
            let spoken = format!("{} · {}", text.title, text.about);
            response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &spoken));
            let row = rect.shrink2(vec2(SPACE_2, 1.0));
            let heat = ui.ctx().animate_bool_with_time(
                response.id.with("heat"),
                response.hovered(),
                ui.style().animation_time,
            );
            ui.painter().rect_filled(row, RADIUS_1, cx.tokens.control.gamma_multiply(heat * 0.6));
            focus_ring(ui, cx.tokens, &response, row);
            let sign = Rect::from_center_size(pos2(rect.left() + SPACE_3 + 16.0, rect.center().y), vec2(32.0, 32.0));
            crate::widgets::preview::sign(ui, cx, sign, RADIUS_1, Icon::Text);
            let (left, width) = (sign.right() + SPACE_3, rect.width() - 32.0 - 4.0 * SPACE_3);
            let title = elided(ui, &text.title, font(TEXT_2, Weight::Medium), cx.tokens.ink_body, width);
            let about = elided(ui, &text.about, font(TEXT_1, Weight::Regular), cx.tokens.ink_weak, width);
            ui.painter().galley(pos2(left, rect.top() + 10.0), title, cx.tokens.ink_body);
            ui.painter().galley(pos2(left, rect.top() + 30.0), about, cx.tokens.ink_weak);
            if response.on_hover_cursor(CursorIcon::PointingHand).clicked()
                && let Some(view) = texts(text.id)
            {
                state.editor = Some(Editor::new(text.id, &view.text));
            }
        }
    });
}

/// The button to begin a text, and the field for its title.
fn new_ui(ui: &mut Ui, cx: &Context<'_>, id: SessionId, rect: Rect, state: &mut NotesUi) {
    let new = cx.text("text-new");
    let Some(title) = &mut state.new_text else {
        if Button::new(&new).with_icon(Icon::Add).show_at(ui, cx.tokens, rect).clicked() {
            state.new_text = Some(String::new());
        }
        return;
    };
    let send = Rect::from_min_max(pos2(rect.right() - 36.0, rect.top()), rect.max);
    let field = rect.with_max_x(send.left() - SPACE_2);
    let mut child = ui.new_child(UiBuilder::new().max_rect(field).id_salt("title"));
    let response = field_ui(&mut child, cx.tokens, title, &cx.text("text-title"), &cx.text("text-title-hint"), 120);
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    let ready = !title.trim().is_empty();
    let kind = if ready { Kind::Primary } else { Kind::Quiet };
    let pressed = Button::icon(Icon::Check, &new).kind(kind).enabled(ready).show_at(ui, cx.tokens, send).clicked();
    if (pressed || entered) && ready {
        let title = title.trim().to_owned();
        cx.send_to(id, SessionCommand::Desk(DeskCommand::NewText { title }));
        state.new_text = None;
    } else if !response.has_focus() && !pressed && ui.input(|input| input.key_pressed(egui::Key::Escape)) {
        state.new_text = None;
    }
}

/// Draws the open text; `true` when it is to be closed.
fn editor_ui(
    ui: &mut Ui,
    cx: &Context<'_>,
    id: SessionId,
    panel: &NotesPanel<'_>,
    view: &TextView,
    editor: &mut Editor,
) -> bool {
    let tokens = cx.tokens;
    let whole = ui.available_rect_before_wrap();
    let bar = Rect::from_min_size(whole.min, vec2(whole.width(), 52.0));
    let square = |x: f32| Rect::from_min_size(pos2(x, bar.top() + SPACE_2), vec2(36.0, 36.0));
    let back = cx.text("text-close");
    let close = Button::icon(Icon::Left, &back).show_at(ui, tokens, square(bar.left() + SPACE_2)).clicked();
    let left = bar.left() + SPACE_2 + 36.0 + SPACE_1;
    let title = if view.summary.title.is_empty() { cx.text("text-untitled") } else { view.summary.title.clone() };
    let width = bar.right() - SPACE_3 - 36.0 - left;
    let galley = elided(ui, &title, font(TEXT_2, Weight::Strong), tokens.ink_title, width);
    ui.painter().galley(pos2(left, bar.center().y - galley.size().y / 2.0), galley, tokens.ink_title);
    if panel.expert && panel.can_write {
        let show = cx.text("text-show");
        let at = square(bar.right() - SPACE_2 - 36.0);
        if Button::icon(Icon::Present, &show).tint(tokens.accent).show_at(ui, tokens, at).clicked() {
            cx.send_to(id, SessionCommand::Board(BoardCommand::Look(Look::Text { text: editor.text })));
        }
    }
    let foot = Rect::from_min_max(pos2(whole.left(), whole.bottom() - 28.0), whole.max);
    let saved = cx.text(if editor.is_dirty() { "text-saving" } else { "text-saved" });
    let mark = Rect::from_center_size(pos2(foot.left() + SPACE_3 + 7.0, foot.center().y), vec2(14.0, 14.0));
    let icon = if editor.is_dirty() { Icon::Clock } else { Icon::Check };
    paint_icon(ui, mark, icon, 13.0, tokens.ink_weak);
    let galley = elided(ui, &saved, font(TEXT_1, Weight::Regular), tokens.ink_weak, foot.width() - 48.0);
    ui.painter().galley(pos2(mark.right() + 6.0, foot.center().y - galley.size().y / 2.0), galley, tokens.ink_weak);

    let body = Rect::from_min_max(pos2(whole.left(), bar.bottom()), pos2(whole.right(), foot.top()));
    let inner = body.shrink2(vec2(SPACE_3, 0.0));
    let ui = &mut ui.new_child(UiBuilder::new().max_rect(inner).id_salt("body"));
    ScrollArea::vertical().id_salt("text").auto_shrink([false, false]).show(ui, |ui| {
        let rows = (body.height() / 18.0) as usize;
        let output = TextEdit::multiline(&mut editor.local)
            .id(field_id(editor.text))
            .hint_text(egui::RichText::new(cx.text("text-hint")).color(tokens.ink_weak))
            .font(FontSelection::FontId(font(TEXT_2, Weight::Regular)))
            .text_color(tokens.ink_body)
            .interactive(panel.can_write)
            .desired_width(f32::INFINITY)
            .desired_rows(rows.saturating_sub(2).max(4))
            .frame(Frame::new().inner_margin(Margin::symmetric(4, 6)))
            .show(ui);
        let name = cx.text("text-field");
        ui.ctx().accesskit_node_builder(output.response.id, |node| node.set_label(name));
        if output.response.changed() {
            editor.typed(cx.now_ms);
        }
        let at = output.cursor_range.map(|range| range.primary.index.0);
        if let Some(at) = at.filter(|at| editor.told != Some(*at)) {
            editor.told = Some(at);
            cx.send_to(id, SessionCommand::Live(LiveOut::Cursor { text: editor.text, at }));
        }
        for (peer, name, at) in &view.cursors {
            let place = output.galley.pos_from_cursor(CCursor::new(*at)).translate(output.galley_pos.to_vec2());
            cursor_ui(ui, cx, place, name, peer.0[0]);
        }
    });
    close
}

/// Somebody else's cursor with its name.
fn cursor_ui(ui: &mut Ui, cx: &Context<'_>, place: Rect, name: &str, salt: u8) {
    let tokens = cx.tokens;
    let colours = [tokens.warn, tokens.live, tokens.ok, tokens.focus];
    let colour = colours[usize::from(salt) % colours.len()];
    let line = Rect::from_min_max(place.left_top(), pos2(place.left() + 2.0, place.bottom()));
    ui.painter().rect_filled(line, 0.0, colour);
    let galley = elided(ui, name, font(10.0, Weight::Strong), tokens.panel, 120.0);
    let tag = Rect::from_min_size(pos2(line.left(), line.top() - 12.0), galley.size() + vec2(8.0, 0.0));
    ui.painter().rect_filled(tag, CornerRadius { nw: 3, ne: 3, sw: 0, se: 3 }, colour);
    ui.painter().rect_stroke(tag, CornerRadius::same(3), Stroke::NONE, egui::StrokeKind::Inside);
    let at = Align2::LEFT_CENTER.pos_in_rect(&tag) + vec2(4.0, -galley.size().y / 2.0);
    ui.painter().galley(at, galley, tokens.panel);
    let response = ui.interact(tag.union(line), ui.scope_id().with(("cursor", name)), Sense::hover());
    let spoken = cx.text_with("text-cursor", &[("name", crate::i18n::Arg::from(name.to_owned()))]);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &spoken));
}

/// The field of a shared text, so that its cursor can follow what others write.
pub(crate) fn field_id(text: DocumentId) -> Id {
    Id::unique(("shared text", text))
}
