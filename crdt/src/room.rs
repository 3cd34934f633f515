//! The room: title, notes of who came and went, and the chat.
//!
//! Every entry is a map that its author made, inserted at the end of a genesis list. The author shown is the actor of
//! the operation that made the map, never a field; times are content, and only claims. Of several titles the last in
//! Automerge's order counts. Entries that do not have the fields they should are passed over.

use automerge::transaction::Transaction;
use automerge::{Automerge, AutomergeError, ObjId, ReadDoc};

use crate::document::{Document, Freshness, Glance};
use crate::entry::{Fields, append, fitting};
use crate::genesis;
use crate::id::{BlobId, DocKind, PeerId};
use crate::limits;
use crate::log::{Log, Vector};

pub use crate::entry::EntryId;

/// Something said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatMessage {
    /// Its name.
    pub id: EntryId,
    /// The number of its envelope in the actor's chain: whose vector reaches it has the message.
    pub seq: u64,
    /// Who said it.
    pub author: PeerId,
    /// What was said; empty where it only brings a file.
    pub text: String,
    /// The file it brings: an entry of the [shelf](crate::shelf) written in the same change.
    pub file: Option<BlobId>,
    /// When, by the author's clock, in unix milliseconds.
    pub at_ms: i64,
}

impl ChatMessage {
    /// Whether somebody with this vector has the message.
    pub fn is_in(&self, vector: &Vector) -> bool {
        vector.get(&self.id.actor).is_some_and(|(seq, _)| *seq >= self.seq)
    }
}

/// A note that somebody came or went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its name.
    pub id: EntryId,
    /// Who wrote it.
    pub author: PeerId,
    /// What happened: `joined`, `left` and so on.
    pub kind: String,
    /// When, by the author's clock, in unix milliseconds.
    pub at_ms: i64,
}

/// What the room shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Room {
    /// The title that counts.
    pub title: Option<String>,
    /// Who came and went.
    pub notes: Vec<Note>,
    /// The chat, in order.
    pub chat: Vec<ChatMessage>,
}

/// A room with what it takes to bring it up to date cheaply.
#[derive(Debug, Clone, Default)]
pub struct RoomView {
    room: Room,
    glance: Glance,
}

impl RoomView {
    /// What the room shows now. New messages at the end cost only themselves.
    pub fn refresh(&mut self, document: &mut Document) -> &Room {
        document.read();
        let freshness = document.look(&mut self.glance);
        if freshness == Freshness::Same {
            return &self.room;
        }
        let kept = if freshness == Freshness::Added { Some(&self.room) } else { None };
        let log = document.log();
        let automerge = document.peek();
        let notes = extend(kept.map(|room| room.notes.as_slice()), "notes", log, automerge, read_note);
        let chat = extend(kept.map(|room| room.chat.as_slice()), "chat", log, automerge, read_message);
        self.room.title = last_title(automerge);
        apply(&mut self.room.notes, notes);
        apply(&mut self.room.chat, chat);
        &self.room
    }

    /// What the room showed when it was last refreshed.
    pub fn room(&self) -> &Room {
        &self.room
    }
}

/// Says something.
pub fn append_chat(transaction: &mut Transaction<'_>, text: &str, at_ms: i64) -> Result<(), AutomergeError> {
    add(transaction, "chat", ("text", fitting(text, limits::CHAT_BYTES)), at_ms)
}

/// Sets the title.
pub fn set_title(transaction: &mut Transaction<'_>, title: &str, at_ms: i64) -> Result<(), AutomergeError> {
    add(transaction, "title", ("text", fitting(title, limits::TITLE_BYTES)), at_ms)
}

/// Notes that somebody came or went.
pub fn add_note(transaction: &mut Transaction<'_>, kind: &str, at_ms: i64) -> Result<(), AutomergeError> {
    add(transaction, "notes", ("kind", kind), at_ms)
}

fn add(
    transaction: &mut Transaction<'_>,
    list: &str,
    (key, text): (&str, &str),
    at_ms: i64,
) -> Result<(), AutomergeError> {
    append(transaction, DocKind::Room, list, [(key, text.into()), ("at", at_ms.into())]).map(|_| ())
}

/// What to do with the entries that a view has.
enum Extension<T> {
    Append(Vec<T>),
    Replace(Vec<T>),
}

fn apply<T>(entries: &mut Vec<T>, extension: Extension<T>) {
    match extension {
        Extension::Append(mut new) => entries.append(&mut new),
        Extension::Replace(new) => *entries = new,
    }
}

trait Entry {
    fn id(&self) -> EntryId;
}

impl Entry for ChatMessage {
    fn id(&self) -> EntryId {
        self.id
    }
}

impl Entry for Note {
    fn id(&self) -> EntryId {
        self.id
    }
}

/// Reads a list. If entries were only added and the last one known still stands where it stood, all new ones are
/// behind it. A view that passed something over has fewer entries than the list and is read again as a whole.
fn extend<T: Entry>(
    kept: Option<&[T]>,
    list: &str,
    log: &Log,
    automerge: &Automerge,
    read: impl Fn(&Automerge, &Log, &ObjId) -> Option<T>,
) -> Extension<T> {
    let Some(list) = genesis::container_id(DocKind::Room, list) else { return Extension::Replace(Vec::new()) };
    let from = kept.and_then(|kept| {
        let last = kept.last()?;
        let at = automerge.get(&list, kept.len() - 1).ok().flatten()?;
        (EntryId::of(&at.1) == Some(last.id())).then_some(kept.len())
    });
    let items = automerge.list_range(&list, from.unwrap_or(0)..);
    let entries = items.filter_map(|item| read(automerge, log, &item.id())).collect();
    if from.is_some() { Extension::Append(entries) } else { Extension::Replace(entries) }
}

fn read_message(automerge: &Automerge, log: &Log, entry: &ObjId) -> Option<ChatMessage> {
    let id = EntryId::of(entry)?;
    let seq = log.seq_of(&id.actor, id.counter)?;
    let fields = Fields { automerge, entry };
    let text = fields.text("text", usize::MAX)?;
    let file = fields.blob("file");
    let says = !text.is_empty() || file.is_some();
    let at_ms = fields.number("at")?;
    says.then(|| ChatMessage { id, seq, author: id.author(), text, file, at_ms })
}

fn read_note(automerge: &Automerge, _: &Log, entry: &ObjId) -> Option<Note> {
    let id = EntryId::of(entry)?;
    let fields = Fields { automerge, entry };
    let kind = fields.text("kind", usize::MAX)?;
    Some(Note { id, author: id.author(), kind, at_ms: fields.number("at")? })
}

fn last_title(automerge: &Automerge) -> Option<String> {
    let list = genesis::container_id(DocKind::Room, "title")?;
    let mut entries = (0..automerge.length(&list)).rev();
    entries.find_map(|at| Fields { automerge, entry: &automerge.get(&list, at).ok()??.1 }.text("text", usize::MAX))
}
