//! Draws the notes tab.

use egui::{Popup, Rect, ScrollArea, Sense, Stroke, Ui, UiBuilder, pos2, vec2};
use sightline_node::{SessionId, show::DeskCommand};

use super::{
    NotesUi,
    data::{NoteRow, NotesPanel},
    text::{Texts, texts_ui},
};
use crate::{
    command::{Command, SessionCommand},
    context::Context,
    i18n::Arg,
    state::Dialog,
    theme::{
        Icon,
        fonts::{Weight, font},
        tokens::{RADIUS_1, SPACE_1, SPACE_2, SPACE_3, TEXT_1, TEXT_2},
    },
    widgets::{
        Button, Kind, Size,
        answers::answers_ui,
        area::area_ui,
        card::well,
        choice::segments_ui,
        empty::empty_ui,
        field_ui,
        label::{paint_icon, text_ui},
    },
};

/// Draws the tab into the rest of the panel.
pub fn notes_ui(
    ui: &mut Ui,
    cx: &Context<'_>,
    id: SessionId,
    panel: &NotesPanel<'_>,
    texts: Texts<'_>,
    state: &mut NotesUi,
) {
    let whole = ui.available_rect_before_wrap();
    let mut body = whole;
    if panel.expert && state.editor.is_none() {
        let bar = Rect::from_min_size(whole.min, vec2(whole.width(), 52.0));
        let ui = &mut ui.new_child(UiBuilder::new().max_rect(bar.shrink2(vec2(SPACE_3, SPACE_2))).id_salt("kinds"));
        let (notes, shared) = (cx.text("notes-private"), cx.text("notes-texts"));
        if let Some(chosen) = segments_ui(ui, cx.tokens, &[(false, &notes), (true, &shared)], state.texts) {
            state.texts = chosen;
        }
        body.min.y = bar.bottom();
    }
    ui.scope_builder(UiBuilder::new().max_rect(body).id_salt(("notes", state.texts)), |ui| {
        if state.texts || !panel.expert {
            texts_ui(ui, cx, id, panel, texts, state);
        } else {
            private_ui(ui, cx, id, panel, state);
        }
    });
    ui.advance_cursor_after_rect(whole);
}

fn private_ui(ui: &mut Ui, cx: &Context<'_>, id: SessionId, panel: &NotesPanel<'_>, state: &mut NotesUi) {
    let tokens = cx.tokens;
    let whole = ui.available_rect_before_wrap();
    let inner = whole.shrink2(vec2(SPACE_3, 0.0));
    let head = ui.scope_builder(UiBuilder::new().max_rect(inner).id_salt("head"), |ui| {
        ui.spacing_mut().item_spacing.y = SPACE_2;
        ui.horizontal(|ui| {
            let (place, _) = ui.allocate_exact_size(vec2(16.0, 18.0), Sense::hover());
            paint_icon(ui, place, Icon::Lock, 14.0, tokens.accent);
            text_ui(ui, &cx.text("notes-only-experts"), font(TEXT_1, Weight::Medium), tokens.ink_second);
        });
        if panel.any {
            let search = cx.text("notes-search");
            field_ui(ui, tokens, &mut state.search, &search, &search, 200);
        }
    });
    let foot = if panel.can_write { foot_height(&state.draft) } else { 0.0 };
    let list = Rect::from_min_max(
        pos2(whole.left(), head.response.rect.bottom() + SPACE_2),
        pos2(whole.right(), whole.bottom() - foot),
    );
    ui.scope_builder(UiBuilder::new().max_rect(list).id_salt("list"), |ui| {
        ui.set_clip_rect(ui.clip_rect().intersect(list));
        if panel.notes.is_empty() {
            let id = if panel.any { "notes-none-found" } else { "notes-empty" };
            empty_ui(ui, cx, list, Icon::Note, &cx.text(id));
            return;
        }
        ScrollArea::vertical().id_salt("notes").auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = SPACE_2;
            for note in &panel.notes {
                ui.push_id(note.id, |ui| note_ui(ui, cx, id, note, state));
            }
            ui.add_space(SPACE_1);
        });
    });
    if panel.can_write {
        let rect = Rect::from_min_max(pos2(whole.left(), whole.bottom() - foot), whole.max);
        ui.painter().hline(rect.x_range(), rect.top() + 0.5, Stroke::new(1.0, tokens.control));
        let inner = rect.shrink2(vec2(SPACE_3, SPACE_2));
        ui.scope_builder(UiBuilder::new().max_rect(inner).id_salt("new"), |ui| draft_ui(ui, cx, id, state));
    }
}

/// The foot grows with the draft, up to eight lines.
fn foot_height(draft: &str) -> f32 {
    let lines = draft.lines().count().clamp(2, 8) as f32;
    18.0 * lines + 18.0 + 36.0 + 3.0 * SPACE_2
}

fn draft_ui(ui: &mut Ui, cx: &Context<'_>, id: SessionId, state: &mut NotesUi) {
    ui.spacing_mut().item_spacing.y = SPACE_2;
    let (name, hint) = (cx.text("notes-new"), cx.text("notes-new-hint"));
    area_ui(ui, cx.tokens, &mut state.draft, (&name, &hint), 2, 18.0 * 8.0 + 18.0);
    answers_ui(ui, Size::Regular, |ui| {
        let add = cx.text("notes-add");
        let text = state.draft.trim();
        let ready = !text.is_empty() && text.len() <= MAX_NOTE_BYTES && state.sending.is_none();
        let kind = if ready { Kind::Primary } else { Kind::Neutral };
        if Button::new(&add).with_icon(Icon::Add).kind(kind).enabled(ready).show(ui, cx.tokens).clicked() {
            let command = DeskCommand::AddNote(text.to_owned());
            state.sending = Some(text.to_owned());
            cx.send_to(id, SessionCommand::Desk(command));
        }
        if text.len() > MAX_NOTE_BYTES {
            text_ui(ui, &cx.text("notes-too-long"), font(TEXT_1, Weight::Regular), cx.tokens.danger_ink);
        }
    });
}

fn note_ui(ui: &mut Ui, cx: &Context<'_>, id: SessionId, note: &NoteRow<'_>, state: &mut NotesUi) {
    let tokens = cx.tokens;
    let width = ui.available_width() - 2.0 * SPACE_3;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.add_space(SPACE_3);
        let frame = well(tokens).corner_radius(RADIUS_1).fill(tokens.card);
        frame.show(ui, |ui| {
            // Within its margins and the line around it.
            ui.set_width(width - 2.0 * SPACE_3 - 2.0);
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = SPACE_1;
                if let Some((_, text, sending)) = state.editing.as_mut().filter(|(which, ..)| *which == note.id) {
                    if edit_ui(ui, cx, id, note, text, sending) {
                        state.editing = None;
                    }
                    return;
                }
                let buttons = if note.editable || note.removable { 30.0 } else { 0.0 };
                let top = ui.cursor().right_top();
                let mut column = ui.new_child(
                    UiBuilder::new()
                        .max_rect(ui.available_rect_before_wrap().with_max_x(ui.max_rect().right() - buttons)),
                );
                text_ui(&mut column, &note.about, font(TEXT_1, Weight::Medium), tokens.ink_weak);
                ui.advance_cursor_after_rect(column.min_rect());
                text_ui(ui, note.text, font(TEXT_2, Weight::Regular), tokens.ink_body);
                if buttons > 0.0 {
                    let place = Rect::from_min_size(pos2(ui.max_rect().right() - 28.0, top.y - 6.0), vec2(28.0, 28.0));
                    let label = cx.text_with("notes-more", &[("about", Arg::from(note.about.clone()))]);
                    let more = Button::icon(Icon::More, &label).show_at(ui, tokens, place);
                    Popup::menu(&more).show(|ui| {
                        if note.editable && ui.button(cx.text("notes-edit")).clicked() {
                            state.editing = Some((note.id, note.text.to_owned(), false));
                            ui.close();
                        }
                        if ui.button(cx.text("copy-text")).clicked() {
                            cx.send(Command::Copy { text: note.text.to_owned(), said: "copied-text" });
                            ui.close();
                        }
                        if note.removable && ui.button(cx.text("notes-remove")).clicked() {
                            cx.send(Command::Open(Dialog::RemoveNote(id, note.id)));
                            ui.close();
                        }
                    });
                }
            });
        });
    });
}

/// The fields of a note being changed; `true` when that is given up.
fn edit_ui(
    ui: &mut Ui,
    cx: &Context<'_>,
    id: SessionId,
    note: &NoteRow<'_>,
    text: &mut String,
    sending: &mut bool,
) -> bool {
    let mut close = false;
    let name = cx.text("notes-edit");
    ui.add_enabled_ui(!*sending, |ui| area_ui(ui, cx.tokens, text, (&name, &name), 2, 240.0));
    answers_ui(ui, Size::Small, |ui| {
        ui.spacing_mut().item_spacing.x = SPACE_2;
        let (save, cancel) = (cx.text("save"), cx.text("cancel"));
        let ready = !*sending && !text.trim().is_empty() && text.len() <= MAX_NOTE_BYTES;
        if Button::new(&save).kind(Kind::Primary).size(Size::Small).enabled(ready).show(ui, cx.tokens).clicked() {
            *sending = true;
            let command = DeskCommand::EditNote { note: note.id, text: text.trim().to_owned() };
            cx.send_to(id, SessionCommand::Desk(command));
        }
        if Button::new(&cancel).kind(Kind::Neutral).size(Size::Small).show(ui, cx.tokens).clicked() {
            close = true;
        }
    });
    close
}

/// Longest note.
const MAX_NOTE_BYTES: usize = 64 * 1024;
