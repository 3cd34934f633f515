//! What is asked of a session beyond the chat: boards, pointers, files, steps, notes, shared texts.
//!
//! The words here are the same for whoever commands (window, script) and whoever carries out. Coordinates on a picture are
//! 0..=65535 across its width and its height, so that they stay put at any size or rotation of the screen.

use std::path::PathBuf;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::ids::{BlobId, DocumentId, EntryId, KnockId, PeerId};
use crate::view::StepState;

/// How something is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tool {
    /// Freehand: all points, smoothed when painted.
    #[default]
    Pen,
    /// From the first point to the last, which has the head.
    Arrow,
    /// Between two opposite corners.
    Rectangle,
    /// Inside the rectangle of two corners.
    Ellipse,
    /// Words, the first point is the upper left corner.
    Text,
    /// A numbered mark; the number is the text.
    Mark,
    /// A dot that stays.
    Dot,
}

/// The drawing palette.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "names say it")]
pub enum Ink {
    #[default]
    Red,
    Yellow,
    Green,
    Blue,
    White,
}

/// Something drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewStroke {
    /// How.
    pub tool: Tool,
    /// In which colour.
    pub ink: Ink,
    /// Width of the line, or height of the letters, in 1/65535 of the picture's longer side.
    pub width: u16,
    /// Points, in picture coordinates.
    pub points: Vec<(u16, u16)>,
    /// Words of a text, number of a mark; else empty.
    pub text: String,
}

/// What a pointer is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PointerTarget {
    /// The running video of this peer.
    Video(PeerId),
    /// A board.
    Board(DocumentId),
}

/// What a pointer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PointerAct {
    /// It moved.
    Move,
    /// It was pressed: a ripple.
    Click,
    /// It is gone.
    Gone,
}

/// What everybody is to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "look", rename_all = "kebab-case")]
pub enum Look {
    /// The running video.
    Live,
    /// A board.
    Board {
        /// Which.
        board: DocumentId,
    },
    /// A page of a document on the shelf.
    Page {
        /// Which entry of the shelf.
        file: EntryId,
        /// From 0.
        page: u32,
    },
    /// A checklist.
    Steps {
        /// Which.
        list: EntryId,
    },
    /// A shared text.
    Text {
        /// Which.
        text: DocumentId,
    },
}

/// What goes over `live` and is never stored; calls never wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiveOut {
    /// Where one points.
    Pointer {
        /// On what.
        target: PointerTarget,
        /// Across.
        x: u16,
        /// Down.
        y: u16,
        /// What it does.
        act: PointerAct,
    },
    /// A stroke in the making, whole as it is so far.
    Preview {
        /// On which board.
        board: DocumentId,
        /// Own number of the stroke.
        id: u32,
        /// So far.
        stroke: NewStroke,
    },
    /// The pen was lifted without a stroke.
    PreviewGone {
        /// On which board.
        board: DocumentId,
        /// Own number of the stroke.
        id: u32,
    },
    /// Where the own cursor is in a shared text.
    Cursor {
        /// Which text.
        text: DocumentId,
        /// In characters.
        at: usize,
    },
}

/// What is done with boards. Answered with the board's id.
#[derive(Clone, Debug, PartialEq)]
pub enum BoardCommand {
    /// Makes a board of the newest picture of a peer.
    Freeze(PeerId),
    /// Asks a peer's device for a photo in its full resolution, of which it makes a board.
    Photo(PeerId),
    /// Makes a board of an image (PNG, JPEG, WebP).
    FromImage {
        /// Its title.
        title: String,
        /// The file's bytes.
        bytes: Bytes,
    },
    /// Makes a board of a picture on the shelf, or of a published page.
    FromBlob {
        /// Its title.
        title: String,
        /// The picture.
        blob: BlobId,
    },
    /// Draws.
    Draw {
        /// Where.
        board: DocumentId,
        /// What.
        stroke: NewStroke,
        /// The number of the preview that it replaces.
        preview: Option<u32>,
    },
    /// Takes a stroke away.
    Erase {
        /// Where.
        board: DocumentId,
        /// Which.
        stroke: EntryId,
    },
    /// Takes back what oneself did last.
    Undo(DocumentId),
    /// Brings it again.
    Redo(DocumentId),
    /// Gives another title.
    Rename {
        /// Which.
        board: DocumentId,
        /// The title.
        title: String,
    },
    /// Asks everybody to look at this.
    Look(Look),
}

/// What is done with files. Answered with the entries made, if any.
#[derive(Clone, Debug, PartialEq)]
pub enum FileCommand {
    /// Publishes files and folders.
    Send {
        /// Which.
        paths: Vec<PathBuf>,
        /// Into whose waiting room; `None` is the session.
        to: Option<KnockId>,
    },
    /// Publishes bytes, for instance from the clipboard.
    SendBytes {
        /// A label.
        name: String,
        /// `image/png` and so on.
        media_type: String,
        /// The content.
        bytes: Bytes,
        /// Into whose waiting room.
        to: Option<KnockId>,
    },
    /// Publishes a PDF, picture or text and shows its pages.
    Share {
        /// Which.
        path: PathBuf,
    },
    /// Publishes the pictures of some pages of a shared document.
    ShowPages {
        /// Which document.
        file: EntryId,
        /// From 0.
        pages: Vec<u32>,
    },
    /// Fetches a file that is only offered.
    Fetch(EntryId),
    /// Pauses a transfer.
    Pause(EntryId),
    /// Goes on with it.
    Resume(EntryId),
    /// Ends a transfer and forgets what came of it.
    Cancel(EntryId),
    /// Copies a file into a folder under its label, never over another.
    Save {
        /// Which.
        file: EntryId,
        /// Where.
        folder: PathBuf,
    },
    /// Copies all files that are here.
    SaveAll {
        /// Where.
        folder: PathBuf,
    },
    /// Takes an own file off the shelf.
    Hide(EntryId),
}

/// What became of a file command.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FilesDone {
    /// Entries made.
    pub files: Vec<EntryId>,
    /// Where copies were put.
    pub saved: Vec<PathBuf>,
}

/// What is done with checklists, notes and shared texts.
#[derive(Clone, Debug, PartialEq)]
pub enum DeskCommand {
    /// Publishes a checklist.
    AddSteps {
        /// Its title.
        title: String,
        /// Its steps, one line each.
        steps: Vec<String>,
    },
    /// Says how a step stands.
    SetStep {
        /// Which checklist.
        list: EntryId,
        /// From 0.
        step: u32,
        /// How.
        state: StepState,
        /// Words about it.
        note: String,
        /// A photo.
        photo: Option<BlobId>,
    },
    /// Takes a checklist away.
    RemoveSteps(EntryId),
    /// Writes a note that only experts see.
    AddNote(String),
    /// Changes an own note.
    EditNote {
        /// Which.
        note: EntryId,
        /// What it says now.
        text: String,
    },
    /// Takes an own note away.
    RemoveNote(EntryId),
    /// Begins a shared text. Answered with its id.
    NewText {
        /// Its title.
        title: String,
    },
    /// Changes a shared text.
    Splice {
        /// Which.
        text: DocumentId,
        /// In characters.
        at: usize,
        /// How many characters go.
        delete: usize,
        /// What comes in their place.
        insert: String,
    },
    /// Exports the session: chat, boards, files and the signed record.
    Export {
        /// Into a new folder inside this one.
        folder: PathBuf,
        /// With the experts' notes.
        with_desk: bool,
    },
}

/// What became of a desk command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeskDone {
    /// Nothing to tell.
    Done,
    /// A shared text was begun.
    Text(DocumentId),
    /// Where the export is.
    Exported(PathBuf),
}
