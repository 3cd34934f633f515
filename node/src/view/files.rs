//! The shelf as it is shown.

use std::path::PathBuf;

use serde::Serialize;

use crate::ids::{BlobId, EntryId, KnockId, PeerId};
use crate::view::Delivery;

/// A file of the shelf.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FileView {
    /// Which entry.
    pub id: EntryId,
    /// Its content.
    pub blob: BlobId,
    /// A label, already safe as a file name on every system; never a path.
    pub name: String,
    /// What its sender says it is (`image/jpeg`); a claim.
    pub media_type: String,
    /// Bytes.
    pub size: u64,
    /// Who put it there.
    pub author: PeerId,
    /// The author's name.
    pub author_name: String,
    /// Put there by oneself.
    pub mine: bool,
    /// The author's clock; a claim.
    pub at_ms: u64,
    /// What it is in the session.
    pub kind: FileKind,
    /// How much of it is on this device.
    pub state: FileState,
    /// How far an own file got; for those of others always `Delivered`.
    pub delivery: Delivery,
    /// Bytes that the furthest other member is known to have of an own file, while it is being sent.
    pub sent: Option<Progress>,
    /// The waiting room it belongs to, if its people were not admitted yet.
    pub waiting: Option<KnockId>,
}

/// What a file is in the session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum FileKind {
    /// Just a file.
    File,
    /// A document that is looked at together.
    Document {
        /// How many pages it has.
        pages: u32,
        /// Those whose pictures are published, by number.
        shown: Vec<PageView>,
    },
}

/// The published picture of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PageView {
    /// From 0.
    pub number: u32,
    /// The picture.
    pub blob: BlobId,
    /// Width in pixels; a claim until it is decoded.
    pub width: u32,
    /// Height in pixels; a claim.
    pub height: u32,
    /// Where it lies on this device, once it is there.
    pub path: Option<PathBuf>,
}

/// How much of a file is on this device.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum FileState {
    /// All of it, verified.
    Here {
        /// Where the bytes lie. Never handed to a program that executes; saving makes a copy under its label.
        path: PathBuf,
    },
    /// It is being fetched, or waits for its turn.
    Arriving(Progress),
    /// The person paused it.
    Paused(Progress),
    /// Nobody reachable has it; it is fetched as soon as somebody does.
    Waiting(Progress),
    /// It is large: fetched when the person asks for it.
    Offered,
    /// It can't be had: the message id of why.
    Refused {
        /// Message id.
        why: String,
    },
}

/// How far a transfer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Progress {
    /// Bytes there, verified.
    pub have: u64,
    /// Bytes in all.
    pub size: u64,
    /// Bytes per second, over the last seconds.
    pub per_sec: u64,
    /// Seconds left at this speed.
    pub secs_left: Option<u64>,
}
