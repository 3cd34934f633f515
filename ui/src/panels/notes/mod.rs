//! The panel's notes tab: what only experts see, and texts that are written together.

pub mod data;
pub mod editor;
pub mod text;
pub mod view;

use sightline_node::EntryId;

pub use editor::Editor;
pub use view::notes_ui;

/// What the tab remembers.
#[derive(Debug, Default)]
pub struct NotesUi {
    /// Shared texts are shown, not the notes.
    pub texts: bool,
    /// What is searched for.
    pub search: String,
    /// The half-written note.
    pub draft: String,
    /// What of it is being stored.
    pub sending: Option<String>,
    /// The note being changed, what it says so far, and whether that is being stored.
    pub editing: Option<(EntryId, String, bool)>,
    /// Title of a text to begin.
    pub new_text: Option<String>,
    /// The open shared text.
    pub editor: Option<Editor>,
}
