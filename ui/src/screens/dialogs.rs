//! What covers the window until it is answered.

use egui::{Color32, Id, Margin, Modal, ScrollArea, Sense, Ui, WidgetInfo, vec2};
use sightline_node::{
    EntryId, PeerId, SessionId,
    show::DeskCommand,
    view::{InviteView, Role, SessionView},
};

use crate::{
    command::{Command, SessionCommand},
    context::Context,
    i18n::Arg,
    panels::{
        files::{
            data::{FileAct, Rights, acts, file_by_id, preview as preview_of},
            view::carry_out,
        },
        invite::view::invite_dialog_ui,
        knock::view::words_ui,
    },
    pictures::PictureSize,
    sharing::confirmed,
    stage::scene::working_invite,
    state::{Dialog, SessionUi},
    theme::{
        Icon,
        fonts::{Weight, font},
        tokens::{SPACE_2, SPACE_3, SPACE_4, TEXT_3},
    },
    widgets::{
        Button, Kind, Size,
        answers::answers_ui,
        card::floating,
        choice::check_ui,
        heading_ui,
        label::line_ui,
        preview::{Filling, preview},
        weak_ui,
    },
};

/// Draws the open dialog above everything.
pub fn dialog_ui(ui: &Ui, cx: &Context<'_>, dialog: &Dialog, view: Option<&SessionView>, state: &mut SessionUi) {
    let width = match dialog {
        Dialog::Invite(_) => 480.0,
        Dialog::Picture(..) => (ui.ctx().content_rect().width() - 160.0).min(1040.0),
        _ => 420.0,
    };
    let modal = Modal::new(Id::unique("dialog"))
        .frame(floating(cx.tokens).inner_margin(Margin::same(24)))
        .backdrop_color(Color32::from_black_alpha(140))
        .show(ui.ctx(), |ui| {
            ui.set_width(width);
            ui.spacing_mut().item_spacing = vec2(SPACE_2, SPACE_2);
            let top = ui.cursor().right_top();
            close_ui(ui, cx, top + vec2(width, 0.0));
            // The form is taller than the smallest window; the questions fit any.
            let (room, form) = (ui.ctx().content_rect().height() - 96.0, 560.0);
            match (dialog, view) {
                (Dialog::Invite(id), Some(view)) => {
                    let newest = working_invite(view).filter(|invite| is_fresh(invite, state));
                    let mut draw = |ui: &mut Ui| invite_dialog_ui(ui, cx, *id, &mut state.invite_form, newest);
                    if room < form {
                        ScrollArea::vertical().max_height(room).min_scrolled_height(room).show(ui, draw);
                    } else {
                        draw(ui);
                    }
                }
                (Dialog::Words(_, peer), Some(view)) => words_dialog_ui(ui, cx, view, *peer, state),
                (Dialog::CloseSession(id), _) => {
                    sure_ui(ui, cx, "close-session", Command::InSession(*id, SessionCommand::Close));
                }
                (Dialog::Revoke(id, invite), _) => {
                    sure_ui(ui, cx, "revoke", Command::InSession(*id, SessionCommand::Revoke(*invite)));
                }
                (Dialog::Picture(id, file), Some(view)) => picture_ui(ui, cx, *id, view, *file, room),
                (Dialog::CancelFile(..), _) => sure_about(ui, cx, "cancel-file", dialog),
                (Dialog::HideFile(..), _) => sure_about(ui, cx, "hide-file", dialog),
                (Dialog::RemoveSteps(..), _) => sure_about(ui, cx, "remove-steps", dialog),
                (Dialog::RemoveNote(..), _) => sure_about(ui, cx, "remove-note", dialog),
                (Dialog::Export(id, folder), Some(view)) => export_ui(ui, cx, *id, view, folder),
                (_, None) => cx.send(Command::CloseDialog),
            }
        });
    if modal.should_close() {
        cx.send(Command::CloseDialog);
    }
}

/// Only a link made while this dialog is open is shown as made.
fn is_fresh(invite: &InviteView, state: &SessionUi) -> bool {
    state.invite_made == Some(invite.id)
}

fn close_ui(ui: &mut Ui, cx: &Context<'_>, right_top: egui::Pos2) {
    let label = cx.text("close");
    let place = egui::Rect::from_min_size(
        egui::pos2(right_top.x - 30.0 - ui.available_width(), right_top.y - 6.0),
        vec2(36.0, 36.0),
    );
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(place).id_salt("close"));
    if Button::icon(Icon::Close, &label).show_at(&mut child, cx.tokens, place).clicked() {
        cx.send(Command::CloseDialog);
    }
}

/// The four words shared with a member.
fn words_dialog_ui(ui: &mut Ui, cx: &Context<'_>, view: &SessionView, peer: PeerId, state: &SessionUi) {
    let person = view.person(&peer);
    let found = person.and_then(|person| state.words.get(&person.peer).map(|words| (person, words)));
    let Some((person, (words, numbers))) = found else {
        cx.send(Command::CloseDialog);
        return;
    };
    let name = || [("name", Arg::from(person.name.clone()))];
    heading_ui(ui, cx.tokens, &cx.text_with("words-title", &name()));
    weak_ui(ui, cx.tokens, &cx.text_with("words-lead", &name()));
    ui.add_space(SPACE_3);
    words_ui(ui, cx, words, numbers);
    ui.add_space(SPACE_2);
    weak_ui(ui, cx.tokens, &cx.text("words-if-not"));
}

/// Asks once more before something that can't be undone.
fn sure_ui(ui: &mut Ui, cx: &Context<'_>, id: &str, command: Command) {
    let (title, lead, act) = match id {
        "revoke" => ("revoke-title", "revoke-lead", "invite-revoke"),
        "cancel-file" => ("file-cancel-title", "file-cancel-lead", "file-cancel"),
        "hide-file" => ("file-hide-title", "file-hide-lead", "file-hide"),
        "remove-steps" => ("steps-remove-title", "steps-remove-lead", "steps-remove"),
        "remove-note" => ("notes-remove-title", "notes-remove-lead", "notes-remove"),
        _ => ("close-session-title", "close-session-lead", "close-session"),
    };
    heading_ui(ui, cx.tokens, &cx.text(title));
    weak_ui(ui, cx.tokens, &cx.text(lead));
    ui.add_space(SPACE_4);
    let (act, keep) = (cx.text(act), cx.text("cancel"));
    answers_ui(ui, Size::Large, |ui| {
        if Button::new(&act).kind(Kind::Danger).size(Size::Large).show(ui, cx.tokens).clicked() {
            cx.send(command);
            cx.send(Command::CloseDialog);
        }
        if Button::new(&keep).kind(Kind::Neutral).size(Size::Large).show(ui, cx.tokens).clicked() {
            cx.send(Command::CloseDialog);
        }
    });
}

fn sure_about(ui: &mut Ui, cx: &Context<'_>, id: &str, dialog: &Dialog) {
    if let Some(command) = confirmed(dialog) {
        sure_ui(ui, cx, id, command);
    }
}

/// A picture of the shelf, as large as fits.
fn picture_ui(ui: &mut Ui, cx: &Context<'_>, id: SessionId, view: &SessionView, file: EntryId, room: f32) {
    let found = file_by_id(view, file).and_then(|file| preview_of(file).map(|path| (file, path)));
    let Some((file, path)) = found else {
        cx.send(Command::CloseDialog);
        return;
    };
    let width = ui.available_width() - 48.0;
    line_ui(ui, &file.name, font(TEXT_3, Weight::Strong), cx.tokens.ink_title, width);
    ui.add_space(SPACE_2);
    let size = vec2(ui.available_width(), (room - 140.0).max(200.0));
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, &file.name));
    ui.painter().rect_filled(rect, 6.0, cx.tokens.stage);
    preview(ui, cx, rect, 6, file.blob, path, PictureSize::Full, Filling::Contain);
    ui.add_space(SPACE_2);
    answers_ui(ui, Size::Regular, |ui| {
        let (_, menu) = acts(Rights::of(view), file);
        for act in menu.into_iter().filter(|act| matches!(act, FileAct::Board | FileAct::Save)) {
            let label = cx.text(act.name());
            let kind = if act == FileAct::Board { Kind::Primary } else { Kind::Neutral };
            if Button::new(&label).with_icon(act.icon()).kind(kind).show(ui, cx.tokens).clicked() {
                cx.send(Command::CloseDialog);
                carry_out(cx, id, file, act);
            }
        }
    });
}

/// What goes into the export.
fn export_ui(ui: &mut Ui, cx: &Context<'_>, id: SessionId, view: &SessionView, folder: &std::path::Path) {
    heading_ui(ui, cx.tokens, &cx.text("session-export-title"));
    let values = [("folder", Arg::from(folder.display().to_string()))];
    weak_ui(ui, cx.tokens, &cx.text_with("session-export-lead", &values));
    ui.add_space(SPACE_3);
    let expert = matches!(view.role, Role::Lead | Role::Expert) && !view.desk.is_empty();
    let chosen = egui::Id::unique(("export with notes", id));
    let mut with_desk: bool = ui.data(|data| data.get_temp(chosen)).unwrap_or(false);
    if expert && check_ui(ui, cx.tokens, &mut with_desk, &cx.text("session-export-notes"), true).changed() {
        ui.data_mut(|data| data.insert_temp(chosen, with_desk));
    }
    ui.add_space(SPACE_4);
    let (act, keep) = (cx.text("session-export"), cx.text("cancel"));
    answers_ui(ui, Size::Large, |ui| {
        if Button::new(&act).kind(Kind::Primary).size(Size::Large).show(ui, cx.tokens).clicked() {
            let command = DeskCommand::Export { folder: folder.to_owned(), with_desk: with_desk && expert };
            cx.send_to(id, SessionCommand::Desk(command));
            cx.send(Command::CloseDialog);
        }
        if Button::new(&keep).kind(Kind::Neutral).size(Size::Large).show(ui, cx.tokens).clicked() {
            cx.send(Command::CloseDialog);
        }
    });
}

/// Whose session a dialog is about.
pub fn session_of(dialog: &Dialog) -> SessionId {
    match dialog {
        Dialog::Invite(id)
        | Dialog::Words(id, _)
        | Dialog::CloseSession(id)
        | Dialog::Revoke(id, _)
        | Dialog::Picture(id, _)
        | Dialog::CancelFile(id, _)
        | Dialog::HideFile(id, _)
        | Dialog::RemoveSteps(id, _)
        | Dialog::RemoveNote(id, _)
        | Dialog::Export(id, _) => *id,
    }
}
