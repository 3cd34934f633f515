//! The desk: what experts write for each other.
//!
//! A note is changed and taken away by its author alone; the lead may take away any.

use std::collections::{HashMap, HashSet};

use automerge::AutomergeError;
use automerge::transaction::Transaction;

use crate::document::{Document, Freshness, Glance};
use crate::entry::{EntryId, EntryList, Fields, Origin, append, append_about, fitting};
use crate::id::{DocKind, PeerId};
use crate::limits;

/// A note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskNote {
    /// Its name.
    pub id: EntryId,
    /// The number of its envelope in the actor's chain.
    pub seq: u64,
    /// Who wrote it.
    pub author: PeerId,
    /// What it says now.
    pub text: String,
    /// When it was written first, by the author's clock, in unix milliseconds.
    pub at_ms: i64,
}

#[derive(Debug, Clone)]
enum Entry {
    Note(DeskNote),
    Edit { by: PeerId, target: EntryId, text: String },
    Hide { by: PeerId, target: EntryId },
}

/// The desk with what it takes to bring it up to date cheaply.
#[derive(Debug, Clone)]
pub struct DeskView {
    notes: Vec<DeskNote>,
    glance: Glance,
    entries: EntryList<Entry>,
    lead: Option<PeerId>,
}

impl Default for DeskView {
    fn default() -> Self {
        DeskView {
            notes: Vec::new(),
            glance: Glance::default(),
            entries: EntryList::new(DocKind::Desk, "notes"),
            lead: None,
        }
    }
}

impl DeskView {
    /// The notes, in order, where `lead` leads.
    pub fn refresh(&mut self, desk: &mut Document, lead: PeerId) -> &[DeskNote] {
        desk.read();
        let freshness = desk.look(&mut self.glance);
        if freshness == Freshness::Same && self.lead == Some(lead) {
            return &self.notes;
        }
        self.lead = Some(lead);
        self.entries.refresh(freshness, desk.log(), desk.peek(), read);
        self.arrange(lead);
        &self.notes
    }

    /// The notes as they were when they were last refreshed.
    pub fn notes(&self) -> &[DeskNote] {
        &self.notes
    }

    fn arrange(&mut self, lead: PeerId) {
        let notes_of = |entry: &Entry| match entry {
            Entry::Note(note) => Some(note.clone()),
            _ => None,
        };
        let mut notes: Vec<DeskNote> = self.entries.iter().filter_map(notes_of).collect();
        let places: HashMap<EntryId, usize> = notes.iter().enumerate().map(|(at, note)| (note.id, at)).collect();
        let mut hidden = HashSet::new();
        for entry in self.entries.iter() {
            match entry {
                Entry::Note(_) => {}
                Entry::Edit { by, target, text } => {
                    if let Some(at) = places.get(target).filter(|_| target.author() == *by) {
                        notes[*at].text.clone_from(text);
                    }
                }
                Entry::Hide { by, target } => {
                    if target.author() == *by || *by == lead {
                        hidden.insert(*target);
                    }
                }
            }
        }
        notes.retain(|note| !hidden.contains(&note.id));
        self.notes = notes;
    }
}

fn read(origin: Origin, fields: &Fields<'_>) -> Option<Entry> {
    let Origin { id, seq } = origin;
    let by = id.author();
    let at_ms = fields.number("at")?;
    let text = || fields.text("text", limits::DESK_NOTE_BYTES);
    Some(match fields.word("kind")?.as_str() {
        "note" => Entry::Note(DeskNote { id, seq, author: by, text: text()?, at_ms }),
        "edit" => Entry::Edit { by, target: fields.entry("target")?, text: text()? },
        "hide" => Entry::Hide { by, target: fields.entry("target")? },
        _ => return None,
    })
}

/// Writes a note.
pub fn add_note(transaction: &mut Transaction<'_>, text: &str, at_ms: i64) -> Result<EntryId, AutomergeError> {
    let text = fitting(text, limits::DESK_NOTE_BYTES);
    append(transaction, DocKind::Desk, "notes", [("kind", "note".into()), ("text", text.into()), ("at", at_ms.into())])
}

/// Changes an own note.
pub fn edit_note(
    transaction: &mut Transaction<'_>,
    note: EntryId,
    text: &str,
    at_ms: i64,
) -> Result<EntryId, AutomergeError> {
    let fields = [
        ("kind", "edit".into()),
        ("target", note.to_string().into()),
        ("text", fitting(text, limits::DESK_NOTE_BYTES).into()),
        ("at", at_ms.into()),
    ];
    append(transaction, DocKind::Desk, "notes", fields)
}

/// Takes a note away.
pub fn hide(transaction: &mut Transaction<'_>, note: EntryId, at_ms: i64) -> Result<EntryId, AutomergeError> {
    append_about(transaction, (DocKind::Desk, "notes"), "hide", note, at_ms)
}
