//! Checklists, experts' notes and shared texts, as they are shown.

use serde::Serialize;

use crate::ids::{BlobId, DocumentId, EntryId, PeerId};

/// A checklist.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepsView {
    /// Which.
    pub id: EntryId,
    /// Its title.
    pub title: String,
    /// Who composed it.
    pub author: PeerId,
    /// The author's clock; a claim.
    pub at_ms: u64,
    /// Its steps.
    pub steps: Vec<StepView>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepView {
    /// What to do.
    pub text: String,
    /// How it stands.
    pub state: StepState,
    /// What was said about it.
    pub note: String,
    /// A photo that was attached.
    pub photo: Option<BlobId>,
    /// Who set the state last.
    pub by: Option<PeerId>,
}

/// How a step stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepState {
    /// Not done yet.
    #[default]
    Open,
    /// Done.
    Done,
    /// It doesn't work.
    Failed,
}

/// A note on the experts' desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeskNoteView {
    /// Which.
    pub id: EntryId,
    /// Who wrote it.
    pub author: PeerId,
    /// The author's name.
    pub author_name: String,
    /// What it says now.
    pub text: String,
    /// The author's clock; a claim.
    pub at_ms: u64,
}

/// A shared text in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TextSummary {
    /// Which.
    pub id: DocumentId,
    /// Its title.
    pub title: String,
    /// Who began it.
    pub author: PeerId,
    /// The author's clock; a claim.
    pub at_ms: u64,
    /// Changes with the text.
    pub version: u64,
}

/// A shared text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TextView {
    /// What the list shows of it.
    pub summary: TextSummary,
    /// The text.
    pub text: String,
    /// Where others have their cursors: peer, name, place in characters.
    pub cursors: Vec<(PeerId, String, usize)>,
}
