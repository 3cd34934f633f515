//! Boards on the stage: a still picture, what everybody draws on it, and the tools to draw.

pub mod canvas;
pub mod compare;
pub mod export;
pub mod eye;
pub mod layer;
pub mod pen;
pub mod pointers;
mod reach;
pub mod shapes;
pub mod stills;
pub mod strip;
pub mod tools;
pub mod view;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use egui::Rect;
use sightline_node::{
    DocumentId, PeerId, SessionId,
    show::{Ink, NewStroke, Tool},
    view::{BoardView, LiveView, SessionView},
};

pub use eye::Eye;
pub use tools::{Mode, Width};

/// What the stage shows of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Showing {
    /// What the person at the other end shows, or how to get there.
    #[default]
    Live,
    /// A board.
    Board(DocumentId),
}

/// Where boards and what is never stored come from.
pub struct Boards<'a> {
    /// A board with everything on it.
    pub board: &'a dyn Fn(&DocumentId) -> Option<Arc<BoardView>>,
    /// Pointers and strokes in the making.
    pub live: Arc<LiveView>,
}

/// What the stage remembers of boards between passes.
#[derive(Debug)]
pub struct BoardStage {
    /// What the pointer does.
    pub mode: Mode,
    /// The colour to draw with.
    pub ink: Ink,
    /// How wide.
    pub width: Width,
    /// The tool that `D` takes up again.
    pub tool: Tool,
    /// How each board is looked at.
    eyes: BTreeMap<DocumentId, Eye>,
    pen: pen::Pen,
    /// Drawn, but not yet part of the board's view.
    pending: Vec<Pending>,
    /// Erased, but still in the board's view.
    erasing: BTreeSet<sightline_node::EntryId>,
    /// Counts own strokes in the making.
    next_preview: u32,
    /// The board beside the one on stage.
    pub compare: Option<compare::Compare>,
    /// The title being edited.
    rename: Option<(DocumentId, String)>,
    exports: export::Exports,
    stills: stills::Stills,
    layers: layer::Layers,
    reach: reach::Reach,
    pointers: pointers::Pointers,
    hover: view::Hover,
    /// Boards that were there before, per session.
    known: BTreeMap<SessionId, BTreeSet<DocumentId>>,
    /// Where the picture of the board lay in the last pass.
    pub last_place: Option<Rect>,
}

/// A stroke on its way into the document.
#[derive(Clone, Debug, PartialEq)]
struct Pending {
    board: DocumentId,
    preview: u32,
    stroke: NewStroke,
    since: f64,
}

/// A board that was not there before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fresh {
    /// Which.
    pub board: DocumentId,
    /// Made by oneself.
    pub mine: bool,
    /// Who made it.
    pub name: String,
}

impl Default for BoardStage {
    fn default() -> Self {
        Self {
            mode: Mode::Look,
            ink: Ink::Red,
            width: Width::Medium,
            tool: Tool::Pen,
            eyes: BTreeMap::new(),
            pen: pen::Pen::Up,
            pending: Vec::new(),
            erasing: BTreeSet::new(),
            next_preview: 1,
            compare: None,
            rename: None,
            exports: export::Exports::default(),
            stills: stills::Stills::default(),
            layers: layer::Layers::default(),
            reach: reach::Reach::default(),
            pointers: pointers::Pointers::default(),
            hover: view::Hover::default(),
            known: BTreeMap::new(),
            last_place: None,
        }
    }
}

impl BoardStage {
    /// Looks for boards that were not there before; of several the newest. What is there when a session is first seen
    /// is not new.
    pub fn fresh(&mut self, view: &SessionView) -> Option<Fresh> {
        let now: BTreeSet<_> = view.boards.iter().map(|board| board.id).collect();
        let before = self.known.insert(view.id, now)?;
        let board = view.boards.iter().rev().find(|board| !before.contains(&board.id))?;
        let mine = board.author == view.me;
        Some(Fresh { board: board.id, mine, name: board.author_name.clone() })
    }

    /// Another picture must not come between now: a stroke or a text is in the making.
    pub fn busy(&self) -> bool {
        !matches!(self.pen, pen::Pen::Up) || self.rename.is_some()
    }

    /// The escape key is ours: it ends what was begun here.
    pub fn takes_escape(&self) -> bool {
        self.busy() || self.compare.is_some() || self.mode != Mode::Look
    }

    /// Another board or the live picture comes on stage: nothing half-done stays behind.
    pub fn leave(&mut self) {
        self.compare = None;
        self.put_form_away();
        self.hover = view::Hover::default();
        if matches!(self.mode, Mode::Draw(_) | Mode::Erase) {
            self.mode = Mode::Look;
        }
    }

    /// The strip goes out of sight, and with it the field for a title: it is not filled in blindly.
    pub fn put_form_away(&mut self) {
        self.rename = None;
    }

    /// Another session comes on stage. Gives the stroke that was being written, which is finished.
    pub fn leave_session(&mut self) -> Option<(DocumentId, NewStroke)> {
        self.leave();
        match std::mem::take(&mut self.pen) {
            pen::Pen::Writing(drawing) => {
                let mut stroke = drawing.stroke;
                stroke.text.truncate(stroke.text.trim_end().len());
                (!stroke.text.is_empty()).then_some((drawing.board, stroke))
            }
            _ => None,
        }
    }

    /// A stroke could not be drawn, or without a number: not be erased. It can be erased again.
    pub fn not_drawn(&mut self, board: DocumentId, preview: Option<u32>) {
        self.pending.retain(|pending| pending.board != board || Some(pending.preview) != preview);
        self.erasing.clear();
    }

    /// Begins to write a board as a picture into a folder.
    pub fn export(&self, ctx: &egui::Context, board: Arc<BoardView>, folder: std::path::PathBuf, title: String) {
        self.exports.begin(ctx, board, folder, title);
    }

    /// The board on stage is painted to its last stroke, sharply.
    pub fn painted(&self, board: &BoardView) -> bool {
        self.layers.settled(0, &board.strokes)
    }

    /// The pointers of everybody.
    pub(in crate::stage) fn pointers(&mut self) -> &mut pointers::Pointers {
        &mut self.pointers
    }

    /// What became of exports since the last call.
    pub fn exported(&self) -> Vec<Result<std::path::PathBuf, &'static str>> {
        self.exports.take()
    }

    /// The highest number of a mark on the board, its own pending ones included.
    fn last_mark(&self, board: &BoardView) -> u32 {
        let number = |stroke: &NewStroke| (stroke.tool == Tool::Mark).then(|| stroke.text.parse().ok()).flatten();
        let drawn = board.strokes.iter().filter_map(|stroke| number(&stroke.stroke));
        let pending = self.pending.iter().filter(|pending| pending.board == board.summary.id);
        drawn.chain(pending.filter_map(|pending| number(&pending.stroke))).max().unwrap_or(0)
    }

    /// Forgets what has become part of the view.
    fn settle(&mut self, me: PeerId, board: &BoardView, now: f64) {
        let recent = &board.strokes[board.strokes.len().saturating_sub(RECENT)..];
        self.pending.retain(|pending| {
            let arrived = || recent.iter().any(|view| view.author == me && view.stroke == pending.stroke);
            now - pending.since < GIVEN_UP && (pending.board != board.summary.id || !arrived())
        });
        if !self.erasing.is_empty() {
            let there: BTreeSet<_> = board.strokes.iter().map(|stroke| stroke.id).collect();
            self.erasing.retain(|id| there.contains(id));
        }
    }
}

/// Finished strokes among which an own one is looked for: others draw at the same time.
const RECENT: usize = 100;
/// Seconds after which a stroke that never came back is no longer shown as if it had.
const GIVEN_UP: f64 = 15.0;
