//! The part of the bridge that is about boards and pointers.

use std::sync::{Arc, Mutex, PoisonError};

use sightline_node::{
    DocumentId, Node, SessionHandle,
    show::{BoardCommand, Look},
    view::NodeEvent,
};
use tokio::sync::broadcast::error::RecvError;

use super::{Outcome, Request, Wake};
use crate::command::SessionCommand;

/// What is drawn and taken back keeps its order; making a board takes a while and holds nobody up.
pub(super) fn in_order(request: &Request) -> bool {
    let Request::InSession(_, SessionCommand::Board(command)) = request else { return false };
    matches!(
        command,
        BoardCommand::Draw { .. } | BoardCommand::Erase { .. } | BoardCommand::Undo(_) | BoardCommand::Redo(_)
    )
}

/// What the window shows as if it were done already, and has to take back where it fails: on which board, and the number
/// of an own stroke in the making.
pub(crate) fn drawn(command: &BoardCommand) -> Option<(DocumentId, Option<u32>)> {
    match command {
        BoardCommand::Draw { board, preview, .. } => Some((*board, *preview)),
        BoardCommand::Erase { board, .. } => Some((*board, None)),
        _ => None,
    }
}

/// Carries out what is asked of boards. A new board needs no word: it is in the next view.
pub(super) async fn board(session: &SessionHandle, command: BoardCommand) -> Option<Outcome> {
    let drawn = drawn(&command);
    let looked = match &command {
        BoardCommand::Look(Look::Board { .. }) => Some("board-shown"),
        BoardCommand::Look(Look::Steps { .. } | Look::Text { .. }) => Some("shown-to-all"),
        // Who turns pages together sees that it is switched on.
        _ => None,
    };
    match (session.board(command).await, drawn) {
        (Ok(_), _) => looked.map(|said| Outcome::Done { said }),
        (Err(error), Some((board, preview))) => Some(Outcome::NotDrawn { board, preview, code: error.code() }),
        (Err(error), None) => Some(Outcome::Failed { code: error.code() }),
    }
}

/// Calls `wake` whenever somebody else points or draws.
pub(super) async fn watch_live(session: SessionHandle, wake: Wake) {
    let mut live = session.live_view();
    while live.changed().await.is_ok() {
        live.mark_unchanged();
        wake();
    }
}

/// Passes on the events that change what the window shows. Ends with the node.
pub(super) async fn watch_events(node: Node, outcomes: Arc<Mutex<Vec<Outcome>>>, wake: Wake) {
    let mut events = node.events();
    drop(node);
    loop {
        let outcome = match events.recv().await {
            Ok(NodeEvent::Look { session, look, .. }) => Outcome::Looked { session, look },
            Ok(NodeEvent::PhotoRefused { session, peer }) => Outcome::PhotoRefused { session, peer },
            // What was missed is no longer worth a word.
            Ok(_) | Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        };
        outcomes.lock().unwrap_or_else(PoisonError::into_inner).push(outcome);
        wake();
    }
}
