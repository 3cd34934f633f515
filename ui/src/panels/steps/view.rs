//! Draws the steps tab.

use egui::{CursorIcon, Popup, Rect, ScrollArea, Sense, Stroke, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use sightline_node::{
    EntryId, SessionId,
    show::{BoardCommand, DeskCommand, Look},
    view::StepState,
};

use super::{
    StepNote, StepsForm, StepsUi,
    data::{Photo, StepRow, StepsList, StepsPanel, state_name},
    form::form_ui,
};
use crate::{
    command::{Command, SessionCommand},
    context::Context,
    errands::Ask,
    i18n::Arg,
    panels::files::data::preview,
    pictures::PictureSize,
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
        bar::bar,
        choice::focus_ring,
        empty::empty_ui,
        label::{elided, paint_icon, text_ui},
        preview::{Filling, preview as preview_ui, sign},
    },
};

/// Draws the tab into the rest of the panel.
pub fn steps_ui(ui: &mut Ui, cx: &Context<'_>, id: SessionId, panel: &StepsPanel<'_>, state: &mut StepsUi) {
    let whole = ui.available_rect_before_wrap();
    let composing = state.form.is_some();
    let head =
        Rect::from_min_size(whole.min, vec2(whole.width(), if panel.can_write && !composing { 52.0 } else { 0.0 }));
    if panel.can_write && !composing {
        head_ui(ui, cx, id, state, head, panel.lists.is_empty());
    }
    let body = Rect::from_min_max(pos2(whole.left(), head.bottom()), whole.max);
    if panel.lists.is_empty() && !composing {
        let ui = &mut ui.new_child(UiBuilder::new().max_rect(body).id_salt("nothing"));
        empty_ui(ui, cx, body, Icon::Steps, &cx.text("steps-empty"));
        return;
    }
    ui.scope_builder(UiBuilder::new().max_rect(body).id_salt("lists"), |ui| {
        ScrollArea::vertical().id_salt("steps").auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let width = ui.available_width();
            if let Some(form) = &mut state.form {
                let closed = indented(ui, SPACE_3, |ui| {
                    ui.add_space(SPACE_3);
                    form_ui(ui, cx, id, form)
                });
                rule(ui, cx, width);
                if closed {
                    state.form = None;
                }
            }
            for list in &panel.lists {
                ui.push_id(list.id, |ui| list_ui(ui, cx, id, panel, list, state));
                rule(ui, cx, width);
            }
        });
    });
    ui.advance_cursor_after_rect(whole);
}

fn head_ui(ui: &mut Ui, cx: &Context<'_>, id: SessionId, state: &mut StepsUi, rect: Rect, first: bool) {
    let inner = rect.shrink2(vec2(SPACE_3, SPACE_2));
    let load_place =
        Rect::from_min_max(pos2(inner.right() - 36.0, inner.top()), pos2(inner.right(), inner.top() + 36.0));
    let place = Rect::from_min_max(inner.min, pos2(load_place.left() - SPACE_2, inner.top() + 36.0));
    let (new, load) = (cx.text("steps-new"), cx.text("steps-load"));
    let kind = if first { Kind::Primary } else { Kind::Neutral };
    if Button::new(&new).with_icon(Icon::Add).kind(kind).show_at(ui, cx.tokens, place).clicked() {
        state.form = Some(StepsForm::default());
    }
    if Button::icon(Icon::FileText, &load).show_at(ui, cx.tokens, load_place).clicked() {
        cx.send(Command::Pick(Ask::Template(id)));
    }
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, cx.tokens.control));
}

fn list_ui(
    ui: &mut Ui,
    cx: &Context<'_>,
    id: SessionId,
    panel: &StepsPanel<'_>,
    list: &StepsList<'_>,
    state: &mut StepsUi,
) {
    let tokens = cx.tokens;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 64.0), Sense::click());
    let spoken = format!("{} · {}", list.title, list.about);
    response.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, list.open, &spoken));
    let body = rect.shrink2(vec2(SPACE_1, 2.0));
    let heat = ui.ctx().animate_bool_with_time(response.id.with("heat"), response.hovered(), ui.style().animation_time);
    ui.painter().rect_filled(body, RADIUS_1, tokens.control.gamma_multiply(heat * 0.6));
    focus_ring(ui, tokens, &response, body);
    let fold = Rect::from_center_size(pos2(rect.left() + SPACE_3 + 8.0, rect.top() + 22.0), vec2(16.0, 16.0));
    paint_icon(ui, fold, if list.open { Icon::Down } else { Icon::Right }, 16.0, tokens.ink_rest);
    let left = fold.right() + SPACE_2;
    let buttons = u8::from(panel.can_show) + u8::from(list.removable);
    let width = rect.right() - SPACE_2 - f32::from(buttons) * 32.0 - SPACE_1 - left;
    let title = elided(ui, &list.title, font(TEXT_2, Weight::Strong), tokens.ink_title, width);
    let about_ink = if list.failed { tokens.warn } else { tokens.ink_weak };
    let about = elided(ui, &list.about, font(TEXT_1, Weight::Regular), about_ink, width);
    ui.painter().galley(pos2(left, rect.top() + 11.0), title, tokens.ink_title);
    ui.painter().galley(pos2(left, rect.top() + 32.0), about, about_ink);
    let line = Rect::from_min_max(pos2(left, rect.bottom() - 11.0), pos2(rect.right() - SPACE_3, rect.bottom() - 7.0));
    bar(ui, tokens, line, list.fraction, true);
    let place = |index: u8| {
        let center = pos2(rect.right() - SPACE_2 - 15.0 - f32::from(index) * 32.0, rect.top() + 26.0);
        Rect::from_center_size(center, vec2(30.0, 30.0))
    };
    if list.removable {
        let label = cx.text_with("steps-more", &[("title", Arg::from(list.title.clone()))]);
        let more = Button::icon(Icon::More, &label).show_at(ui, tokens, place(0));
        Popup::menu(&more).show(|ui| {
            if ui.button(cx.text("steps-remove")).clicked() {
                cx.send(Command::Open(Dialog::RemoveSteps(id, list.id)));
                ui.close();
            }
        });
    }
    if panel.can_show {
        let label = format!("{}: {}", cx.text("steps-show"), list.title);
        let at = place(u8::from(list.removable));
        if Button::icon(Icon::Present, &label).tint(tokens.accent).show_at(ui, tokens, at).clicked() {
            cx.send_to(id, SessionCommand::Board(BoardCommand::Look(Look::Steps { list: list.id })));
        }
    }
    if response.on_hover_cursor(CursorIcon::PointingHand).clicked() && !state.toggled.remove(&list.id) {
        state.toggled.insert(list.id);
    }
    for step in &list.steps {
        ui.push_id(step.index, |ui| step_ui(ui, cx, id, panel.can_write, list.id, step, state));
    }
    if list.open {
        ui.add_space(SPACE_2);
    }
}

fn step_ui(
    ui: &mut Ui,
    cx: &Context<'_>,
    id: SessionId,
    can_write: bool,
    list: EntryId,
    step: &StepRow<'_>,
    state: &mut StepsUi,
) {
    let tokens = cx.tokens;
    let top = ui.cursor().top();
    let (left, right) = (ui.max_rect().left(), ui.max_rect().right());
    let mark = Rect::from_min_size(pos2(left + SPACE_2, top + 3.0), vec2(30.0, 30.0));
    let more = Rect::from_min_size(pos2(right - SPACE_2 - 30.0, top + 3.0), vec2(30.0, 30.0));
    let text_left = mark.right() + SPACE_1;
    let text = Rect::from_min_max(pos2(text_left, top + 8.0), pos2(more.left() - SPACE_1, f32::INFINITY));
    let set = |to: StepState| {
        let note = if to == StepState::Open { String::new() } else { step.note.to_owned() };
        let command = DeskCommand::SetStep { list, step: step.index, state: to, note, photo: photo_of(step) };
        cx.send_to(id, SessionCommand::Desk(command));
    };
    // The step to do now stands on a ground of its own, as tall as what is drawn on it.
    let ground = ui.painter().add(egui::Shape::Noop);
    let shown = ui.scope_builder(UiBuilder::new().max_rect(text).id_salt("text"), |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        let ink = match step.state {
            StepState::Done => tokens.ink_weak,
            _ => tokens.ink_body,
        };
        let weight = if step.now { Weight::Medium } else { Weight::Regular };
        text_ui(ui, step.text, font(TEXT_2, weight), ink);
        if step.state != StepState::Open {
            let ink = if step.state == StepState::Failed { tokens.danger_ink } else { tokens.ink_weak };
            text_ui(ui, &step.said, font(TEXT_1, Weight::Regular), ink);
        }
        if !step.note.is_empty() {
            text_ui(ui, &format!("“{}”", step.note), font(TEXT_1, Weight::Regular), tokens.ink_second);
        }
        if let Some(photo) = step.photo {
            photo_ui(ui, cx, id, step, photo);
        }
        note_ui(ui, cx, id, list, step, state);
    });
    let bottom = shown.response.rect.bottom().max(mark.bottom()) + 5.0;
    if step.now {
        let rect = Rect::from_min_max(pos2(left + SPACE_1, top), pos2(right - SPACE_1, bottom));
        ui.painter().set(ground, egui::epaint::RectShape::filled(rect, RADIUS_1, tokens.accent_soft));
    }

    let (icon, colour, next) = match step.state {
        StepState::Open => (Icon::Circle, if step.now { tokens.accent } else { tokens.ink_rest }, StepState::Done),
        StepState::Done => (Icon::CircleCheck, tokens.ok, StepState::Open),
        StepState::Failed => (Icon::CircleCross, tokens.danger_ink, StepState::Open),
    };
    let number = step.index + 1;
    if can_write {
        let values = [("step", Arg::from(number)), ("state", Arg::from(cx.text(state_name(next))))];
        let label = cx.text_with("step-set", &values);
        if Button::icon(icon, &label).tint(colour).show_at(ui, tokens, mark).clicked() {
            set(next);
        }
        let label = cx.text_with("step-more", &[("step", Arg::from(number))]);
        let button = Button::icon(Icon::More, &label).show_at(ui, tokens, more);
        Popup::menu(&button).show(|ui| {
            for to in [StepState::Done, StepState::Failed, StepState::Open] {
                if to != step.state && ui.button(cx.text(state_name(to))).clicked() {
                    set(to);
                    ui.close();
                }
            }
            if ui.button(cx.text("step-note")).clicked() {
                state.note = Some(StepNote { list, step: step.index, text: step.note.to_owned(), sending: false });
                ui.close();
            }
        });
    } else {
        paint_icon(ui, mark, icon, 17.0, colour);
    }
    ui.advance_cursor_after_rect(Rect::from_min_max(pos2(left, top), pos2(right, bottom)));
}

fn photo_of(step: &StepRow<'_>) -> Option<sightline_node::BlobId> {
    match step.photo {
        Some(Photo::Known(file)) => Some(file.blob),
        Some(Photo::Coming(blob)) => Some(blob),
        None => None,
    }
}

fn photo_ui(ui: &mut Ui, cx: &Context<'_>, id: SessionId, step: &StepRow<'_>, photo: Photo<'_>) {
    ui.add_space(2.0);
    let (rect, response) = ui.allocate_exact_size(vec2(96.0, 72.0), Sense::click());
    let label = cx.text_with("step-photo", &[("step", Arg::from(step.index + 1))]);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &label));
    match photo {
        Photo::Known(file) => match preview(file) {
            Some(path) => {
                preview_ui(ui, cx, rect, RADIUS_1, file.blob, path, PictureSize::Small, Filling::Cover);
                if response.clicked() {
                    cx.send(Command::Open(Dialog::Picture(id, file.id)));
                }
            }
            None => sign(ui, cx, rect, RADIUS_1, Icon::Picture),
        },
        Photo::Coming(_) => sign(ui, cx, rect, RADIUS_1, Icon::Clock),
    }
    focus_ring(ui, cx.tokens, &response, rect);
    response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text(label);
}

/// The field for a note about a step, while one is being written.
fn note_ui(ui: &mut Ui, cx: &Context<'_>, id: SessionId, list: EntryId, step: &StepRow<'_>, state: &mut StepsUi) {
    let Some(note) = state.note.as_mut().filter(|note| note.list == list && note.step == step.index) else { return };
    let name = cx.text("step-note");
    ui.add_space(SPACE_1);
    ui.add_enabled_ui(!note.sending, |ui| area_ui(ui, cx.tokens, &mut note.text, (&name, &name), 2, 120.0));
    let mut close = false;
    answers_ui(ui, Size::Small, |ui| {
        let (save, cancel) = (cx.text("save"), cx.text("cancel"));
        let ready = !note.sending && note.text.len() <= MAX_NOTE_BYTES;
        if Button::new(&save).kind(Kind::Primary).size(Size::Small).enabled(ready).show(ui, cx.tokens).clicked() {
            note.sending = true;
            let (state, note) = (step.state, note.text.trim().to_owned());
            let command = DeskCommand::SetStep { list, step: step.index, state, note, photo: photo_of(step) };
            cx.send_to(id, SessionCommand::Desk(command));
        }
        if Button::new(&cancel).kind(Kind::Neutral).size(Size::Small).show(ui, cx.tokens).clicked() {
            close = true;
        }
    });
    if close {
        state.note = None;
    }
}

/// A line between two things, across the panel.
fn rule(ui: &mut Ui, cx: &Context<'_>, width: f32) {
    let (rect, _) = ui.allocate_exact_size(vec2(width, 1.0), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.center().y, Stroke::new(1.0, cx.tokens.control));
}

/// Draws with a margin at both sides.
fn indented<R>(ui: &mut Ui, margin: f32, draw: impl FnOnce(&mut Ui) -> R) -> R {
    let rect = ui.available_rect_before_wrap().shrink2(vec2(margin, 0.0));
    ui.scope_builder(UiBuilder::new().max_rect(rect), draw).inner
}

/// Longest note about a step.
const MAX_NOTE_BYTES: usize = 2000;
