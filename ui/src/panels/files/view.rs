//! Draws the files tab.

use egui::{CursorIcon, Popup, Rect, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use sightline_node::{
    SessionId,
    show::{BoardCommand, FileCommand},
    view::FileView,
};

use super::data::{FileAct, FileRow, FilesPanel, Tone, preview};
use crate::{
    command::{Command, SessionCommand},
    context::Context,
    errands::Ask,
    i18n::Arg,
    pictures::PictureSize,
    state::Dialog,
    theme::{
        Icon,
        fonts::{Weight, font},
        tokens::{RADIUS_1, SPACE_1, SPACE_2, SPACE_3, SPACE_4, TEXT_1, TEXT_2},
    },
    widgets::{
        Button, Kind, Size,
        bar::bar,
        choice::focus_ring,
        empty::empty_ui,
        label::{elided, paint_icon},
        preview::{Filling, preview as preview_ui, sign},
    },
};

/// Draws the tab into the rest of the panel.
pub fn files_ui(ui: &mut Ui, cx: &Context<'_>, id: SessionId, panel: &FilesPanel<'_>) {
    let whole = ui.available_rect_before_wrap();
    let head = Rect::from_min_size(whole.min, vec2(whole.width(), if panel.can_send { HEAD } else { 0.0 }));
    let foot = Rect::from_min_max(pos2(whole.left(), whole.bottom() - FOOT), whole.max);
    if panel.can_send {
        head_ui(ui, cx, id, panel, head);
    }
    let body = Rect::from_min_max(pos2(whole.left(), head.bottom()), pos2(whole.right(), foot.top()));
    ui.scope_builder(egui::UiBuilder::new().max_rect(body).id_salt("shelf"), |ui| {
        ui.set_clip_rect(ui.clip_rect().intersect(body));
        if panel.rows.is_empty() {
            empty_ui(ui, cx, body, Icon::Attach, &cx.text("files-empty"));
            return;
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        let area = ScrollArea::vertical().id_salt("files").auto_shrink([false, false]);
        area.show_rows(ui, ROW, panel.rows.len(), |ui, range| {
            for row in &panel.rows[range] {
                ui.push_id(row.file.id, |ui| row_ui(ui, cx, id, row));
            }
        });
    });
    foot_ui(ui, cx, id, panel, foot);
    ui.advance_cursor_after_rect(whole);
}

fn head_ui(ui: &mut Ui, cx: &Context<'_>, id: SessionId, panel: &FilesPanel<'_>, rect: Rect) {
    let inner = rect.shrink2(vec2(SPACE_3, SPACE_2));
    let (send, folder, share) = (cx.text("files-send"), cx.text("files-send-folder"), cx.text("files-share"));
    let square = |index: f32| {
        let right = inner.right() - index * (36.0 + SPACE_1);
        Rect::from_min_max(pos2(right - 36.0, inner.top()), pos2(right, inner.top() + 36.0))
    };
    let wide = Rect::from_min_max(inner.min, pos2(square(1.0).left() - SPACE_2, inner.top() + 36.0));
    let whom = cx.text_with("files-send-to", &[("name", Arg::from(panel.to_whom.clone()))]);
    let pressed = Button::new(&send).with_icon(Icon::Attach).kind(Kind::Neutral).show_at(ui, cx.tokens, wide);
    if pressed.on_hover_text(whom).clicked() {
        cx.send(Command::Pick(Ask::Files(id, panel.to)));
    }
    if Button::icon(Icon::Folder, &folder).show_at(ui, cx.tokens, square(1.0)).clicked() {
        cx.send(Command::Pick(Ask::Folder(id, panel.to)));
    }
    if Button::icon(Icon::Present, &share).show_at(ui, cx.tokens, square(0.0)).clicked() {
        cx.send(Command::Pick(Ask::Document(id)));
    }
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, cx.tokens.control));
}

fn foot_ui(ui: &mut Ui, cx: &Context<'_>, id: SessionId, panel: &FilesPanel<'_>, rect: Rect) {
    let tokens = cx.tokens;
    ui.painter().hline(rect.x_range(), rect.top() + 0.5, Stroke::new(1.0, tokens.control));
    let inner = rect.shrink2(vec2(SPACE_3, SPACE_2));
    let line = Rect::from_min_size(inner.min, vec2(inner.width(), 16.0));
    let limit = elided(ui, &panel.limit, font(TEXT_1, Weight::Regular), tokens.ink_weak, inner.width());
    let response = ui.interact(line, ui.scope_id().with("limit"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &panel.limit));
    ui.painter().galley(line.min, limit, tokens.ink_weak);
    let half = (inner.width() - SPACE_2) / 2.0;
    let place = |index: f32| {
        Rect::from_min_size(pos2(inner.left() + index * (half + SPACE_2), line.bottom() + SPACE_2), vec2(half, 30.0))
    };
    let save = cx.text("files-save-all");
    let button = Button::new(&save).with_icon(Icon::Download).size(Size::Small).enabled(panel.here > 0);
    if button.show_at(ui, tokens, place(0.0)).clicked() {
        cx.send(Command::Pick(Ask::SaveAll(id)));
    }
    let export = cx.text("files-export");
    let button = Button::new(&export).with_icon(Icon::FileArchive).size(Size::Small);
    if button.show_at(ui, tokens, place(1.0)).clicked() {
        cx.send(Command::Pick(Ask::Export(id)));
    }
}

fn row_ui(ui: &mut Ui, cx: &Context<'_>, id: SessionId, row: &FileRow<'_>) {
    let tokens = cx.tokens;
    let file = row.file;
    let sense = if row.primary.is_some() { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), sense);
    let spoken = format!("{} · {} · {}", file.name, row.about, row.status.text);
    let kind = if row.primary.is_some() { egui::Role::Button } else { egui::Role::Label };
    response.widget_info(|| WidgetInfo::labeled(kind, true, &spoken));
    let body = rect.shrink2(vec2(SPACE_2, 1.0));
    let heat = ui.ctx().animate_bool_with_time(response.id.with("heat"), response.hovered(), ui.style().animation_time);
    ui.painter().rect_filled(body, RADIUS_1, tokens.control.gamma_multiply(heat * 0.6));
    focus_ring(ui, tokens, &response, body);

    let thumb = Rect::from_min_size(pos2(rect.left() + SPACE_3, rect.center().y - 24.0), vec2(48.0, 48.0));
    match preview(file) {
        Some(path) => {
            preview_ui(ui, cx, thumb, RADIUS_1, file.blob, path, PictureSize::Small, Filling::Cover);
        }
        None => sign(ui, cx, thumb, RADIUS_1, row.icon),
    }

    let buttons = u8::from(row.primary.is_some()) + u8::from(!row.menu.is_empty());
    let left = thumb.right() + SPACE_3;
    let width = rect.right() - SPACE_2 - f32::from(buttons) * 32.0 - SPACE_1 - left;
    let name = elided(ui, &file.name, font(TEXT_2, Weight::Medium), tokens.ink_body, width);
    let about = elided(ui, &row.about, font(TEXT_1, Weight::Regular), tokens.ink_weak, width);
    let status = status_ink(cx, row.status.tone);
    let words = elided(ui, &row.status.text, font(TEXT_1, Weight::Regular), status, width - 18.0);
    let full = words.elided || name.elided;
    let top = rect.top() + 9.0;
    ui.painter().galley(pos2(left, top), name, tokens.ink_body);
    ui.painter().galley(pos2(left, top + 20.0), about, tokens.ink_weak);
    let mark = Rect::from_center_size(pos2(left + 6.0, top + 45.0), vec2(14.0, 14.0));
    paint_icon(ui, mark, status_icon(file, row.status.tone), 12.0, status);
    ui.painter().galley(pos2(left + 18.0, top + 37.0), words, status);
    if let Some(fraction) = row.status.fraction {
        let place = Rect::from_min_size(pos2(left, rect.bottom() - 11.0), vec2(width, 4.0));
        bar(ui, tokens, place, fraction, row.status.tone == Tone::Moving);
    }

    let place = |index: u8| {
        let center = pos2(rect.right() - SPACE_2 - 15.0 - f32::from(index) * 32.0, rect.center().y);
        Rect::from_center_size(center, vec2(30.0, 30.0))
    };
    if !row.menu.is_empty() {
        let label = cx.text_with("file-more", &[("name", Arg::from(file.name.clone()))]);
        let more = Button::icon(Icon::More, &label).show_at(ui, tokens, place(0));
        Popup::menu(&more).show(|ui| {
            for act in &row.menu {
                let name = cx.text(act.name());
                if ui.button(&name).clicked() {
                    carry_out(cx, id, file, *act);
                    ui.close();
                }
            }
        });
    }
    if let Some(act) = row.primary {
        let name = format!("{}: {}", cx.text(act.name()), file.name);
        let at = place(u8::from(!row.menu.is_empty()));
        if Button::icon(act.icon(), &name).show_at(ui, tokens, at).clicked() {
            carry_out(cx, id, file, act);
        }
        let response = response.on_hover_cursor(CursorIcon::PointingHand);
        if response.clicked() {
            carry_out(cx, id, file, act);
        }
        if full {
            response.on_hover_text(spoken);
        }
    }
}

/// Colour of a status.
pub(super) fn status_ink(cx: &Context<'_>, tone: Tone) -> egui::Color32 {
    match tone {
        Tone::Done | Tone::Rest => cx.tokens.ink_weak,
        Tone::Moving => cx.tokens.ink_second,
        Tone::Failed => cx.tokens.danger_ink,
    }
}

/// Sign of a status.
pub(super) fn status_icon(file: &FileView, tone: Tone) -> Icon {
    use sightline_node::view::Delivery;
    match (tone, file.mine, file.delivery) {
        (Tone::Failed, ..) => Icon::Alert,
        (Tone::Moving, true, _) => Icon::Up,
        (Tone::Moving, false, _) => Icon::Download,
        (Tone::Done, true, _) => Icon::CheckTwice,
        (Tone::Done, false, _) => Icon::Check,
        (Tone::Rest, true, Delivery::Stored) => Icon::Check,
        (Tone::Rest, ..) => Icon::Clock,
    }
}

/// Sends what an act asks for.
pub fn carry_out(cx: &Context<'_>, id: SessionId, file: &FileView, act: FileAct) {
    let send = |command| cx.send_to(id, SessionCommand::File(command));
    match act {
        FileAct::Look => cx.send(Command::Open(Dialog::Picture(id, file.id))),
        FileAct::Open => send(FileCommand::ShowPages { file: file.id, pages: vec![0, 1] }),
        FileAct::Pages => cx.send(Command::OpenDocument(id, file.id)),
        FileAct::Fetch => send(FileCommand::Fetch(file.id)),
        FileAct::Pause => send(FileCommand::Pause(file.id)),
        FileAct::Resume => send(FileCommand::Resume(file.id)),
        FileAct::Cancel => cx.send(Command::Open(Dialog::CancelFile(id, file.id))),
        FileAct::Save => cx.send(Command::Pick(Ask::SaveTo(id, file.id))),
        FileAct::Board => {
            let board = BoardCommand::FromBlob { title: file.name.clone(), blob: file.blob };
            cx.send_to(id, SessionCommand::Board(board));
        }
        FileAct::Hide => cx.send(Command::Open(Dialog::HideFile(id, file.id))),
    }
}

const HEAD: f32 = 52.0;
const FOOT: f32 = 16.0 + 30.0 + 3.0 * SPACE_2;
const ROW: f32 = 60.0 + SPACE_4 + 2.0;
