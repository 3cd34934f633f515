//! Boards, pointers and strokes in the making, as they are shown.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use crate::ids::{BlobId, DocumentId, EntryId, PeerId};
use crate::show::{NewStroke, PointerAct, PointerTarget};

/// One picture of the strip.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BoardSummary {
    /// Which board.
    pub id: DocumentId,
    /// Its title; empty if nobody gave one.
    pub title: String,
    /// Who made it.
    pub author: PeerId,
    /// The author's name.
    pub author_name: String,
    /// The author's clock; a claim.
    pub at_ms: u64,
    /// The picture under the strokes.
    pub still: StillView,
    /// How many strokes are visible.
    pub strokes: u32,
    /// Changes whenever anything on the board does.
    pub version: u64,
}

/// The picture under a board's strokes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StillView {
    /// Its bytes: PNG, JPEG or WebP.
    pub blob: BlobId,
    /// Width in pixels; a claim until the picture is decoded.
    pub width: u32,
    /// Height in pixels; a claim.
    pub height: u32,
    /// Where it lies on this device, once it is there.
    pub path: Option<PathBuf>,
}

/// A board with everything on it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BoardView {
    /// What the strip shows of it.
    pub summary: BoardSummary,
    /// The visible strokes, in the order in which they are painted.
    pub strokes: Arc<Vec<Arc<StrokeView>>>,
    /// Something of one's own can be taken back.
    pub can_undo: bool,
    /// Something taken back can be brought again.
    pub can_redo: bool,
}

/// A finished stroke.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StrokeView {
    /// Which.
    pub id: EntryId,
    /// Who drew it.
    pub author: PeerId,
    /// The author's name.
    pub author_name: String,
    /// This person may erase it.
    pub erasable: bool,
    /// What was drawn.
    pub stroke: NewStroke,
}

/// What is never stored: pointers and strokes in the making, of others.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LiveView {
    /// One per peer.
    pub pointers: Vec<PointerView>,
    /// Strokes whose pen is still down.
    pub previews: Vec<PreviewView>,
}

/// Where somebody points.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PointerView {
    /// Who.
    pub peer: PeerId,
    /// Its name.
    pub name: String,
    /// On what.
    pub target: PointerTarget,
    /// 0..=65535 across the picture.
    pub x: u16,
    /// 0..=65535 down the picture.
    pub y: u16,
    /// What it does.
    pub act: PointerAct,
    /// Counts its messages: another number is another message.
    pub seq: u32,
}

/// A stroke in the making.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PreviewView {
    /// Who draws.
    pub peer: PeerId,
    /// Its name.
    pub name: String,
    /// On which board.
    pub board: DocumentId,
    /// The author's number of this stroke; the finished one replaces it.
    pub id: u32,
    /// What is there so far.
    pub stroke: NewStroke,
}
