//! The stage's single keys. They work while no text is written and no dialog is open.

use egui::{Key, Modifiers, Ui};
use sightline_node::{
    PeerId,
    show::BoardCommand,
    view::{Presence, Role, SessionState, SessionView},
};

use super::{
    Scene, StageState,
    board::{Mode, Showing, tools::INKS},
};
use crate::{command::SessionCommand, context::Context};

/// What can be asked of whoever is on stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acts {
    /// Who.
    pub peer: PeerId,
    /// Pictures arrive that can be frozen.
    pub freeze: bool,
    /// The device can be asked for a photo.
    pub photo: bool,
}

/// What the own role and the state of things allow.
pub fn acts_of(view: &SessionView, scene: &Scene, peer: Option<PeerId>) -> Option<Acts> {
    let writes = matches!(view.role, Role::Lead | Role::Expert) && view.state != SessionState::Closed;
    let peer = peer.filter(|_| writes)?;
    let here = view.person(&peer).is_some_and(|person| person.presence == Presence::Here);
    Some(Acts { peer, freeze: matches!(scene, Scene::Live { .. }), photo: here })
}

/// Reads the keys. `showing` is what is on stage, `None` while a document is: a board behind it is left alone.
pub(super) fn keys_ui(
    ui: &Ui,
    cx: &Context<'_>,
    view: &SessionView,
    acts: Option<Acts>,
    showing: Option<Showing>,
    state: &mut StageState,
) {
    if !state.keys {
        return;
    }
    let pressed = |key| ui.input(|input| input.modifiers.is_none() && input.key_pressed(key));
    let send = |command| cx.send_to(view.id, SessionCommand::Board(command));
    if let Some(acts) = acts {
        let freeze = pressed(Key::F) || pressed(Key::D) && showing == Some(Showing::Live);
        if freeze && acts.freeze {
            send(BoardCommand::Freeze(acts.peer));
        }
        if pressed(Key::P) && acts.photo {
            send(BoardCommand::Photo(acts.peer));
        }
    }
    let Some(showing) = showing else { return };
    let writes = view.role != Role::Viewer && view.state != SessionState::Closed;
    let boards = &mut state.boards;
    if pressed(Key::V) && writes {
        boards.mode = if boards.mode == Mode::Point { Mode::Look } else { Mode::Point };
    }
    if let (Showing::Board(board), true) = (showing, writes) {
        if pressed(Key::D) {
            boards.mode = if matches!(boards.mode, Mode::Draw(_)) { Mode::Look } else { Mode::Draw(boards.tool) };
        }
        for (key, (ink, _)) in [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5].into_iter().zip(INKS) {
            if pressed(key) {
                boards.ink = ink;
                boards.draw_again();
            }
        }
        let redo = Modifiers::COMMAND.plus(Modifiers::SHIFT);
        let consumed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
        if consumed(redo, Key::Z) || consumed(Modifiers::COMMAND, Key::Y) {
            send(BoardCommand::Redo(board));
        } else if consumed(Modifiers::COMMAND, Key::Z) {
            send(BoardCommand::Undo(board));
        }
    }
    if ui.input(|input| input.key_pressed(Key::Escape)) && !boards.busy() && boards.compare.take().is_none() {
        boards.mode = Mode::Look;
    }
}
