//! Lines about boards, pointers, checklists, notes and shared texts.

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Value, json};
use sightline_node::{
    BlobId, DocumentId, EntryId, PeerId, SessionHandle, SessionId,
    show::{BoardCommand, DeskCommand, DeskDone, Ink, LiveOut, Look, NewStroke, PointerAct, PointerTarget, Tool},
    view::StepState,
};

use super::{command::Hex, serve::Failure};

/// What can be asked of a session's boards and papers.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the fields are the wire format's, described once at each command")]
pub enum ShowDo {
    /// Makes a board of the newest picture of a member; without `peer` of whoever shows one → `board`.
    Freeze {
        #[serde(default)]
        peer: Option<Hex<PeerId>>,
    },
    /// Asks a member's device for a photo. It comes as a board.
    Photo {
        #[serde(default)]
        peer: Option<Hex<PeerId>>,
    },
    /// Makes a board of a picture file → `board`.
    BoardFromFile {
        path: PathBuf,
        #[serde(default)]
        title: String,
    },
    /// Makes a board of a picture that is a blob here → `board`.
    BoardOfBlob {
        blob: Hex<BlobId>,
        #[serde(default)]
        title: String,
    },
    /// Shows a board → `board`.
    Board { board: Hex<DocumentId> },
    /// Draws; `preview` is the number of the preview that this replaces.
    Draw {
        board: Hex<DocumentId>,
        #[serde(flatten)]
        stroke: StrokeLine,
        #[serde(default)]
        preview: Option<u32>,
    },
    /// Takes a stroke away.
    Erase { board: Hex<DocumentId>, stroke: EntryId },
    /// Takes back what was done last on a board.
    Undo { board: Hex<DocumentId> },
    /// Brings it again.
    Redo { board: Hex<DocumentId> },
    /// Gives a board another title.
    RenameBoard { board: Hex<DocumentId>, title: String },
    /// Asks everybody to look at `live`, a `board`, a `page` of a `file`, a `steps` `list` or a `text`.
    Look {
        #[serde(flatten)]
        look: Look,
    },
    /// Points at a `{"video": peer}` or a `{"board": board}`.
    Point {
        target: PointerTarget,
        x: u16,
        y: u16,
        #[serde(default = "moves")]
        act: PointerAct,
    },
    /// Shows a stroke in the making by an own `number`, whole as it is so far; without points its end.
    Preview {
        board: Hex<DocumentId>,
        number: u32,
        #[serde(flatten)]
        stroke: StrokeLine,
    },
    /// Shows where the own cursor is in a text.
    Cursor { text: Hex<DocumentId>, at: usize },
    /// What others point at and draw right now → `live`.
    Live,
    /// Publishes a checklist.
    AddSteps { title: String, steps: Vec<String> },
    /// Says how a step stands: `open`, `done` or `failed`.
    SetStep {
        list: EntryId,
        step: u32,
        state: StepState,
        #[serde(default)]
        note: String,
        #[serde(default)]
        photo: Option<Hex<BlobId>>,
    },
    /// Takes a checklist away.
    RemoveSteps { list: EntryId },
    /// Writes a note that only experts see.
    AddNote { text: String },
    /// Changes an own note.
    EditNote { note: EntryId, text: String },
    /// Takes a note away.
    RemoveNote { note: EntryId },
    /// Begins a shared text → `text`.
    NewText {
        #[serde(default)]
        title: String,
    },
    /// Changes a shared text: at this place, in characters.
    Splice {
        text: Hex<DocumentId>,
        at: usize,
        #[serde(default)]
        delete: usize,
        #[serde(default)]
        insert: String,
    },
    /// Shows a shared text → `text`.
    Text { text: Hex<DocumentId> },
}

/// A stroke as a line spells it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct StrokeLine {
    #[serde(default)]
    tool: Tool,
    #[serde(default)]
    ink: Ink,
    #[serde(default = "a_line")]
    width: u16,
    #[serde(default)]
    points: Vec<(u16, u16)>,
    #[serde(default)]
    text: String,
}

impl From<StrokeLine> for NewStroke {
    fn from(StrokeLine { tool, ink, width, points, text }: StrokeLine) -> Self {
        Self { tool, ink, width, points, text }
    }
}

/// A line of this module with the session that it is about.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ShowLine {
    /// Which session.
    pub session: Hex<SessionId>,
    /// What to do.
    #[serde(flatten)]
    pub command: ShowDo,
}

/// The commands' names.
pub(super) const NAMES: [&str; 24] = [
    "freeze",
    "photo",
    "board-from-file",
    "board-of-blob",
    "board",
    "draw",
    "erase",
    "undo",
    "redo",
    "rename-board",
    "look",
    "point",
    "preview",
    "cursor",
    "live",
    "add-steps",
    "set-step",
    "remove-steps",
    "add-note",
    "edit-note",
    "remove-note",
    "new-text",
    "splice",
    "text",
];

/// A line as wide as a finger points.
fn a_line() -> u16 {
    400
}

fn moves() -> PointerAct {
    PointerAct::Move
}

/// Carries a line out. `meant` is the member that a line without `peer` is about.
pub(super) async fn carry_out(
    session: &SessionHandle,
    command: ShowDo,
    meant: impl Fn(Option<Hex<PeerId>>) -> Result<PeerId, Failure>,
) -> Result<Value, Failure> {
    let board = match command {
        ShowDo::Freeze { peer } => BoardCommand::Freeze(meant(peer)?),
        ShowDo::Photo { peer } => BoardCommand::Photo(meant(peer)?),
        ShowDo::BoardFromFile { path, title } => {
            let bytes = tokio::fs::read(&path).await.map_err(|error| Failure::new("error-file", &error.to_string()))?;
            BoardCommand::FromImage { title, bytes: bytes.into() }
        }
        ShowDo::BoardOfBlob { blob, title } => BoardCommand::FromBlob { title, blob: blob.0 },
        ShowDo::Draw { board, stroke, preview } => {
            BoardCommand::Draw { board: board.0, stroke: stroke.into(), preview }
        }
        ShowDo::Erase { board, stroke } => BoardCommand::Erase { board: board.0, stroke },
        ShowDo::Undo { board } => BoardCommand::Undo(board.0),
        ShowDo::Redo { board } => BoardCommand::Redo(board.0),
        ShowDo::RenameBoard { board, title } => BoardCommand::Rename { board: board.0, title },
        ShowDo::Look { look } => BoardCommand::Look(look),
        ShowDo::Board { board } => {
            let shown = session.board_view(&board.0);
            let shown = shown.ok_or_else(|| Failure::new("error-unknown-board", "no such board"))?;
            return Ok(json!({ "board": *shown }));
        }
        ShowDo::Text { text } => {
            let shown = session.text_view(&text.0);
            let shown = shown.ok_or_else(|| Failure::new("error-unknown-text", "no such text"))?;
            return Ok(json!({ "text": *shown }));
        }
        ShowDo::Live => {
            let live = session.live_view().borrow().clone();
            return Ok(json!({ "live": *live }));
        }
        ShowDo::Point { target, x, y, act } => return Ok(live(session, LiveOut::Pointer { target, x, y, act })),
        ShowDo::Preview { board, number: id, stroke } if stroke.points.is_empty() => {
            return Ok(live(session, LiveOut::PreviewGone { board: board.0, id }));
        }
        ShowDo::Preview { board, number: id, stroke } => {
            return Ok(live(session, LiveOut::Preview { board: board.0, id, stroke: stroke.into() }));
        }
        ShowDo::Cursor { text, at } => return Ok(live(session, LiveOut::Cursor { text: text.0, at })),
        ShowDo::AddSteps { title, steps } => return desk(session, DeskCommand::AddSteps { title, steps }).await,
        ShowDo::SetStep { list, step, state, note, photo } => {
            let photo = photo.map(|photo| photo.0);
            return desk(session, DeskCommand::SetStep { list, step, state, note, photo }).await;
        }
        ShowDo::RemoveSteps { list } => return desk(session, DeskCommand::RemoveSteps(list)).await,
        ShowDo::AddNote { text } => return desk(session, DeskCommand::AddNote(text)).await,
        ShowDo::EditNote { note, text } => return desk(session, DeskCommand::EditNote { note, text }).await,
        ShowDo::RemoveNote { note } => return desk(session, DeskCommand::RemoveNote(note)).await,
        ShowDo::NewText { title } => return desk(session, DeskCommand::NewText { title }).await,
        ShowDo::Splice { text, at, delete, insert } => {
            return desk(session, DeskCommand::Splice { text: text.0, at, delete, insert }).await;
        }
    };
    let done = session.board(board).await?;
    Ok(done.map_or_else(|| json!({}), |board| json!({ "board": board })))
}

/// Sent or lost, nobody knows.
fn live(session: &SessionHandle, out: LiveOut) -> Value {
    session.live(out);
    json!({})
}

async fn desk(session: &SessionHandle, command: DeskCommand) -> Result<Value, Failure> {
    Ok(match session.desk(command).await? {
        DeskDone::Text(text) => json!({ "text": text }),
        DeskDone::Done | DeskDone::Exported(_) => json!({}),
    })
}

#[cfg(test)]
mod tests {
    use super::super::command::{Do, read};
    use super::*;

    const SESSION: &str = "07070707070707070707070707070707";
    const BOARD: &str = "05050505050505050505050505050505";
    const PEER: &str = "0909090909090909090909090909090909090909090909090909090909090909";

    fn must(mut line: Value) -> ShowDo {
        line["session"] = json!(SESSION);
        match read(&line.to_string()).unwrap_or_else(|error| panic!("{line}: {error:?}")).command {
            Do::Show(ShowLine { session: Hex(SessionId(id)), command }) if id == [7; 16] => command,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_command_is_understood() {
        let (board, peer) = (Hex(DocumentId([5; 16])), Hex(PeerId([9; 32])));
        let entry = EntryId { actor: [0xab; 40], counter: 12 };
        let name = entry.to_string();
        assert_eq!(must(json!({"do": "freeze"})), ShowDo::Freeze { peer: None });
        assert_eq!(must(json!({"do": "photo", "peer": PEER})), ShowDo::Photo { peer: Some(peer) });
        assert_eq!(must(json!({"do": "board", "board": BOARD})), ShowDo::Board { board });
        let stroke = StrokeLine {
            tool: Tool::Arrow,
            ink: Ink::Blue,
            width: 90,
            points: vec![(1, 2), (65_535, 0)],
            text: "7".to_owned(),
        };
        let draw = json!({"do": "draw", "board": BOARD, "tool": "arrow", "ink": "blue", "width": 90,
            "points": [[1, 2], [65535, 0]], "text": "7", "preview": 3});
        assert_eq!(must(draw), ShowDo::Draw { board, stroke, preview: Some(3) });
        let plain =
            StrokeLine { tool: Tool::Pen, ink: Ink::Red, width: 400, points: vec![(1, 1)], text: String::new() };
        let draw = json!({"do": "draw", "board": BOARD, "points": [[1, 1]]});
        assert_eq!(must(draw), ShowDo::Draw { board, stroke: plain.clone(), preview: None });
        let preview = json!({"do": "preview", "board": BOARD, "number": 4, "points": [[1, 1]]});
        assert_eq!(must(preview), ShowDo::Preview { board, number: 4, stroke: plain });
        let erase = json!({"do": "erase", "board": BOARD, "stroke": name});
        assert_eq!(must(erase), ShowDo::Erase { board, stroke: entry });
        assert_eq!(must(json!({"do": "undo", "board": BOARD})), ShowDo::Undo { board });
        assert_eq!(must(json!({"do": "redo", "board": BOARD})), ShowDo::Redo { board });
        let rename = json!({"do": "rename-board", "board": BOARD, "title": "T"});
        assert_eq!(must(rename), ShowDo::RenameBoard { board, title: "T".into() });
        let look = json!({"do": "look", "look": "board", "board": BOARD});
        assert_eq!(must(look), ShowDo::Look { look: Look::Board { board: board.0 } });
        let look = json!({"do": "look", "look": "page", "file": name, "page": 2});
        assert_eq!(must(look), ShowDo::Look { look: Look::Page { file: entry, page: 2 } });
        assert_eq!(must(json!({"do": "look", "look": "live"})), ShowDo::Look { look: Look::Live });
        let point = json!({"do": "point", "target": {"video": PEER}, "x": 1, "y": 2});
        let target = PointerTarget::Video(peer.0);
        assert_eq!(must(point), ShowDo::Point { target, x: 1, y: 2, act: PointerAct::Move });
        assert_eq!(must(json!({"do": "live"})), ShowDo::Live);
        let steps = json!({"do": "add-steps", "title": "T", "steps": ["a", "b"]});
        assert_eq!(must(steps), ShowDo::AddSteps { title: "T".into(), steps: vec!["a".into(), "b".into()] });
        let set = json!({"do": "set-step", "list": name, "step": 1, "state": "failed", "note": "n"});
        let state = StepState::Failed;
        assert_eq!(must(set), ShowDo::SetStep { list: entry, step: 1, state, note: "n".into(), photo: None });
        assert_eq!(must(json!({"do": "remove-steps", "list": name})), ShowDo::RemoveSteps { list: entry });
        assert_eq!(must(json!({"do": "add-note", "text": "n"})), ShowDo::AddNote { text: "n".into() });
        let edit = json!({"do": "edit-note", "note": name, "text": "n"});
        assert_eq!(must(edit), ShowDo::EditNote { note: entry, text: "n".into() });
        assert_eq!(must(json!({"do": "remove-note", "note": name})), ShowDo::RemoveNote { note: entry });
        assert_eq!(must(json!({"do": "new-text"})), ShowDo::NewText { title: String::new() });
        let splice = json!({"do": "splice", "text": BOARD, "at": 3, "insert": "x"});
        assert_eq!(must(splice), ShowDo::Splice { text: board, at: 3, delete: 0, insert: "x".into() });
        assert_eq!(must(json!({"do": "text", "text": BOARD})), ShowDo::Text { text: board });
        assert_eq!(must(json!({"do": "cursor", "text": BOARD, "at": 9})), ShowDo::Cursor { text: board, at: 9 });
        let file = json!({"do": "board-from-file", "path": "/tmp/x.png"});
        assert_eq!(must(file), ShowDo::BoardFromFile { path: "/tmp/x.png".into(), title: String::new() });
        let blob = json!({"do": "board-of-blob", "blob": PEER, "title": "T"});
        assert_eq!(must(blob), ShowDo::BoardOfBlob { blob: Hex(BlobId([9; 32])), title: "T".into() });
    }

    #[test]
    fn what_is_wrong_is_said() {
        let code = |line: Value| read(&line.to_string()).unwrap_err().code;
        assert_eq!(code(json!({"do": "freeze"})), "bad-field");
        assert_eq!(code(json!({"do": "board", "session": SESSION, "board": "05"})), "bad-field");
        assert_eq!(code(json!({"do": "draw", "session": SESSION, "board": BOARD, "tool": "hammer"})), "bad-field");
        assert_eq!(code(json!({"do": "look", "session": SESSION, "look": "moon"})), "bad-field");
        for name in NAMES {
            assert_eq!(code(json!({ "do": name })), "bad-field", "{name} is known");
        }
    }
}
