//! What covers the window until it is answered.

use egui::{Align, Color32, Id, Layout, Margin, Modal, ScrollArea, Ui, vec2};
use sightline_node::{
    PeerId, SessionId,
    view::{InviteView, SessionView},
};

use crate::{
    command::{Command, SessionCommand},
    context::Context,
    i18n::Arg,
    panels::{invite::view::invite_dialog_ui, knock::view::words_ui},
    stage::scene::working_invite,
    state::{Dialog, SessionUi},
    theme::{
        Icon,
        tokens::{SPACE_2, SPACE_3, SPACE_4},
    },
    widgets::{Button, Kind, Size, card::floating, heading_ui, weak_ui},
};

/// Draws the open dialog above everything.
pub fn dialog_ui(ui: &Ui, cx: &Context<'_>, dialog: &Dialog, view: Option<&SessionView>, state: &mut SessionUi) {
    let width = match dialog {
        Dialog::Invite(_) => 480.0,
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
        _ => ("close-session-title", "close-session-lead", "close-session"),
    };
    heading_ui(ui, cx.tokens, &cx.text(title));
    weak_ui(ui, cx.tokens, &cx.text(lead));
    ui.add_space(SPACE_4);
    let (act, keep) = (cx.text(act), cx.text("cancel"));
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        if Button::new(&act).kind(Kind::Danger).size(Size::Large).show(ui, cx.tokens).clicked() {
            cx.send(command);
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
        Dialog::Invite(id) | Dialog::Words(id, _) | Dialog::CloseSession(id) | Dialog::Revoke(id, _) => *id,
    }
}
