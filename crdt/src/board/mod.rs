//! Boards: a still picture, and what is drawn on it.
//!
//! A stroke never changes. It is erased and brought back by entries that name it; of those by its author and by experts
//! the last one in Automerge's order counts. Undo and redo are such entries, [remembered](undo) by whoever drew.

pub mod undo;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use automerge::AutomergeError;
use automerge::transaction::Transaction;
use thiserror::Error;

use crate::document::{Document, Glance};
use crate::entry::{EntryId, EntryList, Fields, Moved, Origin, Tidiers, append, append_about, fitting};
use crate::id::{BlobId, DocKind, PeerId};
use crate::limits;
use crate::log::Vector;
use crate::membership::Membership;
use crate::points::{self, Point};
use crate::shelf::{blob_value, size_value};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$each])* $variant),* }

        impl $name {
            /// All of them; the index is the code on the wire.
            pub const EACH: &[$name] = &[$($name::$variant),*];

            /// The word in documents.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word),* }
            }

            /// The one with this word.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::EACH.iter().copied().find(|each| each.word() == word)
            }
        }
    };
}

words! {
    /// How something is drawn.
    Tool {
        /// Freehand.
        #[default]
        Pen = "pen",
        /// From the first point to the last, which has the head.
        Arrow = "arrow",
        /// Between two opposite corners.
        Rectangle = "rectangle",
        /// Inside the rectangle of two corners.
        Ellipse = "ellipse",
        /// Words.
        Text = "text",
        /// A numbered mark.
        Mark = "mark",
        /// A dot that stays.
        Dot = "dot",
    }
}

words! {
    /// In which colour.
    Ink {
        /// Red.
        #[default]
        Red = "red",
        /// Yellow.
        Yellow = "yellow",
        /// Green.
        Green = "green",
        /// Blue.
        Blue = "blue",
        /// White.
        White = "white",
    }
}

/// Something drawn that a board can hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawing {
    tool: Tool,
    ink: Ink,
    width: u16,
    points: Vec<Point>,
    text: String,
}

/// Why something can't be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DrawingError {
    /// It has no points.
    #[error("a stroke has points")]
    NoPoints,
    /// It has more points than a stroke may have.
    #[error("more points than a stroke may have")]
    TooManyPoints,
    /// It has no width.
    #[error("a stroke has a width")]
    NoWidth,
}

impl Drawing {
    /// Checks what is to be drawn; a text that is too long is cut.
    pub fn new(tool: Tool, ink: Ink, width: u16, points: Vec<Point>, text: &str) -> Result<Self, DrawingError> {
        if points.is_empty() {
            return Err(DrawingError::NoPoints);
        }
        if points.len() > limits::STROKE_POINTS {
            return Err(DrawingError::TooManyPoints);
        }
        if width == 0 {
            return Err(DrawingError::NoWidth);
        }
        let text = fitting(text, limits::STROKE_TEXT_BYTES).to_owned();
        Ok(Drawing { tool, ink, width, points, text })
    }

    /// How.
    pub fn tool(&self) -> Tool {
        self.tool
    }

    /// In which colour.
    pub fn ink(&self) -> Ink {
        self.ink
    }

    /// Width of the line, or height of the letters, in 1/65535 of the picture's longer side.
    pub fn width(&self) -> u16 {
        self.width
    }

    /// The points; at least one.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Words of a text, number of a mark; else empty.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// A stroke of a board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stroke {
    /// Its name.
    pub id: EntryId,
    /// The number of its envelope in the actor's chain.
    pub seq: u64,
    /// Who drew it.
    pub author: PeerId,
    /// What was drawn.
    pub drawing: Drawing,
    /// When, by the author's clock, in unix milliseconds.
    pub at_ms: i64,
}

/// The picture under the strokes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Still {
    /// Its name.
    pub id: EntryId,
    /// The number of its envelope in the actor's chain.
    pub seq: u64,
    /// Who made the board.
    pub author: PeerId,
    /// The picture.
    pub blob: BlobId,
    /// Bytes of the picture.
    pub size: u64,
    /// What its author says it is.
    pub media_type: String,
    /// Width in pixels; a claim until it is decoded.
    pub width: u32,
    /// Height in pixels; a claim.
    pub height: u32,
    /// The title that it was given then.
    pub title: String,
    /// When, by the author's clock, in unix milliseconds.
    pub at_ms: i64,
}

impl Still {
    /// Whether somebody with this vector of the board has the entry.
    pub fn is_in(&self, vector: &Vector) -> bool {
        vector.get(&self.id.actor).is_some_and(|(seq, _)| *seq >= self.seq)
    }
}

/// What a board shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Board {
    /// The picture; a board without one is not shown yet.
    pub still: Option<Still>,
    /// Its title; empty where nobody gave one.
    pub title: String,
    /// It was taken away.
    pub hidden: bool,
    /// The strokes that are visible, in the order in which they are painted.
    pub strokes: Arc<Vec<Arc<Stroke>>>,
    /// Counts what changed.
    pub version: u64,
}

impl Board {
    /// Whether there is something to show.
    pub fn is_shown(&self) -> bool {
        self.still.is_some() && !self.hidden
    }
}

#[derive(Debug, Clone)]
enum Meta {
    Still(Still),
    Title(String),
    Hide(PeerId),
}

#[derive(Debug, Clone)]
enum Entry {
    Stroke(Arc<Stroke>),
    Mark { by: PeerId, target: EntryId, erased: bool },
}

/// A board with what it takes to bring it up to date cheaply.
#[derive(Debug, Clone)]
pub struct BoardView {
    board: Board,
    glance: Glance,
    meta: EntryList<Meta>,
    entries: EntryList<Entry>,
    /// The strokes so far, also those that are erased.
    known: HashSet<EntryId>,
    /// What the last mark that counts says of each stroke that has one.
    erased: HashMap<EntryId, bool>,
    tidiers: Tidiers,
}

impl Default for BoardView {
    fn default() -> Self {
        BoardView {
            board: Board::default(),
            glance: Glance::default(),
            meta: EntryList::new(DocKind::Board, "meta"),
            entries: EntryList::new(DocKind::Board, "strokes"),
            known: HashSet::new(),
            erased: HashMap::new(),
            tidiers: Tidiers::default(),
        }
    }
}

impl BoardView {
    /// What the board shows now. New strokes at the end cost only themselves.
    pub fn refresh(&mut self, document: &mut Document, members: &impl Membership) -> &Board {
        document.read();
        let freshness = document.look(&mut self.glance);
        let rights = self.tidiers.changed(members);
        let meta = self.meta.refresh(freshness, document.log(), document.peek(), read_meta);
        let strokes = self.entries.refresh(freshness, document.log(), document.peek(), read_stroke);
        if rights || meta.is_some() {
            self.read_about(members);
        }
        match strokes {
            Some(Moved::Appended { from }) if !rights => self.extend(from, members),
            None if !rights => {}
            _ => self.arrange(members),
        }
        if rights || meta.is_some() || strokes.is_some() {
            self.board.version += 1;
        }
        &self.board
    }

    /// What the board showed when it was last refreshed.
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// Whether a stroke was visible when the board was last refreshed.
    pub fn shows(&self, stroke: &EntryId) -> bool {
        self.known.contains(stroke) && !self.erased.get(stroke).copied().unwrap_or(false)
    }

    fn read_about(&mut self, members: &impl Membership) {
        let BoardView { board, meta, tidiers, .. } = self;
        board.still = meta.iter().find_map(|meta| match meta {
            Meta::Still(still) => Some(still.clone()),
            _ => None,
        });
        let title = meta.iter().rev().find_map(|meta| match meta {
            Meta::Title(title) => Some(title.clone()),
            _ => None,
        });
        let Some(still) = &board.still else { return };
        board.title = title.unwrap_or_else(|| still.title.clone());
        board.hidden = meta.iter().any(|meta| match meta {
            Meta::Hide(by) => tidiers.may(*by, still.author, members),
            _ => false,
        });
    }

    /// Everything that is visible, anew.
    fn arrange(&mut self, members: &impl Membership) {
        self.board.strokes = Arc::default();
        self.known.clear();
        self.erased.clear();
        self.extend(0, members);
    }

    /// What entries from this index on bring about.
    fn extend(&mut self, from: usize, members: &impl Membership) {
        let BoardView { board, entries, known, erased, tidiers, .. } = self;
        let strokes = Arc::make_mut(&mut board.strokes);
        let mut marked = false;
        for entry in entries.iter_from(from) {
            match entry {
                Entry::Stroke(stroke) if known.len() < limits::BOARD_STROKES => {
                    known.insert(stroke.id);
                    strokes.push(Arc::clone(stroke));
                    // A mark may stand before its stroke, written by a strange client.
                    marked |= erased.contains_key(&stroke.id);
                }
                Entry::Stroke(_) => {}
                Entry::Mark { by, target, erased: is_erased } => {
                    if tidiers.may(*by, target.author(), members) {
                        erased.insert(*target, *is_erased);
                        marked = true;
                    }
                }
            }
        }
        if marked {
            let shown = |stroke: &&Arc<Stroke>| !erased.get(&stroke.id).copied().unwrap_or(false);
            let all = entries.iter().filter_map(|entry| match entry {
                Entry::Stroke(stroke) => Some(stroke),
                Entry::Mark { .. } => None,
            });
            *strokes = all.take(limits::BOARD_STROKES).filter(shown).cloned().collect();
        }
    }
}

fn read_meta(origin: Origin, fields: &Fields<'_>) -> Option<Meta> {
    let Origin { id, seq } = origin;
    let at_ms = fields.number("at")?;
    Some(match fields.word("kind")?.as_str() {
        "still" => Meta::Still(Still {
            id,
            seq,
            author: id.author(),
            blob: fields.blob("blob")?,
            size: fields.within("size", 1..=limits::BLOB_BYTES)?,
            media_type: fields.text("type", limits::MEDIA_TYPE_BYTES)?,
            width: fields.within("width", 1..=limits::PICTURE_SIDE)?,
            height: fields.within("height", 1..=limits::PICTURE_SIDE)?,
            title: fields.text("title", limits::TITLE_BYTES)?,
            at_ms,
        }),
        "title" => Meta::Title(fields.text("text", limits::TITLE_BYTES)?),
        "hide" => Meta::Hide(id.author()),
        _ => return None,
    })
}

fn read_stroke(origin: Origin, fields: &Fields<'_>) -> Option<Entry> {
    let Origin { id, seq } = origin;
    let at_ms = fields.number("at")?;
    let kind = fields.word("kind")?;
    Some(match kind.as_str() {
        "stroke" => {
            let drawing = Drawing {
                tool: Tool::from_word(&fields.word("tool")?)?,
                ink: Ink::from_word(&fields.word("ink")?)?,
                width: fields.within("width", 1..=i64::from(u16::MAX))?,
                points: points::decode(&fields.bytes("points")?)?,
                text: fields.text("text", limits::STROKE_TEXT_BYTES)?,
            };
            Entry::Stroke(Arc::new(Stroke { id, seq, author: id.author(), drawing, at_ms }))
        }
        "erase" | "restore" => {
            Entry::Mark { by: id.author(), target: fields.entry("target")?, erased: kind == "erase" }
        }
        _ => return None,
    })
}

/// The picture that a board begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStill<'a> {
    /// The picture.
    pub blob: BlobId,
    /// Bytes of the picture.
    pub size: u64,
    /// What it is.
    pub media_type: &'a str,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The board's title.
    pub title: &'a str,
}

/// Begins a board.
pub fn begin(transaction: &mut Transaction<'_>, still: &NewStill<'_>, at_ms: i64) -> Result<EntryId, AutomergeError> {
    let fields = [
        ("kind", "still".into()),
        ("blob", blob_value(still.blob)),
        ("size", size_value(still.size)),
        ("type", fitting(still.media_type, limits::MEDIA_TYPE_BYTES).into()),
        ("width", i64::from(still.width).into()),
        ("height", i64::from(still.height).into()),
        ("title", fitting(still.title, limits::TITLE_BYTES).into()),
        ("at", at_ms.into()),
    ];
    append(transaction, DocKind::Board, "meta", fields)
}

/// Gives another title.
pub fn set_title(transaction: &mut Transaction<'_>, title: &str, at_ms: i64) -> Result<EntryId, AutomergeError> {
    let title = fitting(title, limits::TITLE_BYTES);
    append(
        transaction,
        DocKind::Board,
        "meta",
        [("kind", "title".into()), ("text", title.into()), ("at", at_ms.into())],
    )
}

/// Takes the board away.
pub fn hide(transaction: &mut Transaction<'_>, at_ms: i64) -> Result<EntryId, AutomergeError> {
    append(transaction, DocKind::Board, "meta", [("kind", "hide".into()), ("at", at_ms.into())])
}

/// Draws.
pub fn draw(transaction: &mut Transaction<'_>, drawing: &Drawing, at_ms: i64) -> Result<EntryId, AutomergeError> {
    // A drawing has as many points as can be encoded: it was checked when it was made.
    let points = points::encode(&drawing.points).unwrap_or_default();
    let fields = [
        ("kind", "stroke".into()),
        ("tool", drawing.tool.word().into()),
        ("ink", drawing.ink.word().into()),
        ("width", i64::from(drawing.width).into()),
        ("points", automerge::ScalarValue::Bytes(points)),
        ("text", drawing.text.as_str().into()),
        ("at", at_ms.into()),
    ];
    append(transaction, DocKind::Board, "strokes", fields)
}

/// Takes a stroke away.
pub fn erase(transaction: &mut Transaction<'_>, stroke: EntryId, at_ms: i64) -> Result<EntryId, AutomergeError> {
    append_about(transaction, (DocKind::Board, "strokes"), "erase", stroke, at_ms)
}

/// Brings a stroke back.
pub fn restore(transaction: &mut Transaction<'_>, stroke: EntryId, at_ms: i64) -> Result<EntryId, AutomergeError> {
    append_about(transaction, (DocKind::Board, "strokes"), "restore", stroke, at_ms)
}
