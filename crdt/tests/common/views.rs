//! What documents show, as fixtures have it; and entries of any shape, also such as no honest client writes.

use automerge::transaction::{Transactable, Transaction};
use automerge::{AutomergeError, ObjType, ReadDoc, ScalarValue};
use serde_json::{Value, json};
use sightline_crdt::board::{Board, BoardView, Ink, Stroke, Tool};
use sightline_crdt::desk::{DeskNote, DeskView};
use sightline_crdt::document::Document;
use sightline_crdt::entry::EntryId;
use sightline_crdt::genesis;
use sightline_crdt::id::{Actor, DocKind};
use sightline_crdt::membership::Membership;
use sightline_crdt::points;
use sightline_crdt::room::RoomView;
use sightline_crdt::roster::Roster;
use sightline_crdt::shelf::{ShelfFile, ShelfView};
use sightline_crdt::steps::{StepList, StepsView};
use sightline_crdt::text::TextView;

use super::fixture::hex;

/// Views of one document that are kept, as a session keeps them.
#[derive(Default)]
pub struct Views {
    room: RoomView,
    shelf: ShelfView,
    steps: StepsView,
    board: BoardView,
    text: TextView,
    desk: DeskView,
}

impl Views {
    /// What the document shows now.
    pub fn refresh(&mut self, document: &mut Document, roster: &Roster) -> Value {
        match document.log().doc().kind {
            DocKind::Room => self.refresh_room(document, roster),
            DocKind::Board => board_view(self.board.refresh(document, roster)),
            DocKind::Text => {
                let text = self.text.refresh(document);
                text.author.map_or(Value::Null, |author| {
                    json!({
                        "title": text.title, "author": hex(&author.0), "at": text.at_ms.to_string(), "text": text.text,
                    })
                })
            }
            DocKind::Desk => self.desk.refresh(document, roster.lead()).iter().map(note_view).collect(),
        }
    }

    fn refresh_room(&mut self, document: &mut Document, members: &impl Membership) -> Value {
        let chat = self.room.refresh(document).chat.iter().map(|message| {
            json!({
                "author": hex(&message.author.0), "text": message.text,
                "file": message.file.map(|file| hex(&file.0)), "at": message.at_ms.to_string(),
            })
        });
        let chat: Vec<Value> = chat.collect();
        let files: Vec<Value> = self.shelf.refresh(document, members).files.iter().map(file_view).collect();
        let lists: Vec<Value> = self.steps.refresh(document, members).iter().map(list_view).collect();
        json!({ "chat": chat, "files": files, "lists": lists })
    }
}

/// What a document shows to somebody who looks for the first time.
pub fn view_of(document: &mut Document, roster: &Roster) -> Value {
    Views::default().refresh(document, roster)
}

fn file_view(file: &ShelfFile) -> Value {
    let pages = file.document.iter().flat_map(|document| &document.shown).map(|(number, page)| {
        json!({
            "id": page.id.to_string(), "page": number, "blob": hex(&page.blob.0), "size": page.size.to_string(),
            "width": page.width, "height": page.height, "type": page.media_type, "at": page.at_ms.to_string(),
        })
    });
    json!({
        "id": file.id.to_string(), "author": hex(&file.author.0), "blob": hex(&file.blob.0),
        "size": file.size.to_string(), "name": file.name, "type": file.media_type, "at": file.at_ms.to_string(),
        "pages": file.document.as_ref().map(|document| document.count), "shown": pages.collect::<Vec<_>>(),
    })
}

fn list_view(list: &StepList) -> Value {
    let steps = list.steps.iter().map(|step| {
        json!({
            "text": step.text, "state": step.state.word(), "note": step.note,
            "photo": step.photo.map(|photo| hex(&photo.0)), "by": step.by.map(|by| hex(&by.0)),
        })
    });
    json!({
        "id": list.id.to_string(), "author": hex(&list.author.0), "title": list.title, "at": list.at_ms.to_string(),
        "steps": steps.collect::<Vec<_>>(),
    })
}

fn note_view(note: &DeskNote) -> Value {
    json!({
        "id": note.id.to_string(), "author": hex(&note.author.0), "text": note.text, "at": note.at_ms.to_string(),
    })
}

fn board_view(board: &Board) -> Value {
    let Some(still) = board.still.as_ref().filter(|_| board.is_shown()) else { return Value::Null };
    json!({
        "author": hex(&still.author.0), "title": board.title, "at": still.at_ms.to_string(),
        "still": {
            "blob": hex(&still.blob.0), "size": still.size.to_string(), "type": still.media_type,
            "width": still.width, "height": still.height,
        },
        "strokes": board.strokes.iter().map(|stroke| stroke_view(stroke)).collect::<Vec<_>>(),
    })
}

fn stroke_view(stroke: &Stroke) -> Value {
    let drawing = &stroke.drawing;
    json!({
        "id": stroke.id.to_string(), "author": hex(&stroke.author.0), "tool": drawing.tool().word(),
        "ink": drawing.ink().word(), "width": drawing.width(), "points": drawing.points(), "text": drawing.text(),
        "at": stroke.at_ms.to_string(),
    })
}

/// A value that a client may put into a field, sensible or not.
#[derive(Clone)]
pub enum Put {
    Scalar(ScalarValue),
    /// A collaborative text.
    Text(&'static str),
    Map,
    /// The field is left out.
    Nothing,
}

impl<T: Into<ScalarValue>> From<T> for Put {
    fn from(value: T) -> Self {
        Put::Scalar(value.into())
    }
}

pub type RawFields = Vec<(&'static str, Put)>;

/// Appends a map with any fields.
pub fn append_raw(
    transaction: &mut Transaction<'_>,
    (kind, list): (DocKind, &str),
    fields: &RawFields,
) -> Result<(), AutomergeError> {
    let list = genesis::container_id(kind, list).unwrap();
    let entry = transaction.insert_object(&list, transaction.length(&list), ObjType::Map)?;
    for (key, put) in fields {
        match put {
            Put::Scalar(value) => transaction.put(&entry, *key, value.clone())?,
            Put::Text(text) => {
                let field = transaction.put_object(&entry, *key, ObjType::Text)?;
                transaction.splice_text(&field, 0, 0, text)?;
            }
            Put::Map => drop(transaction.put_object(&entry, *key, ObjType::Map)?),
            Put::Nothing => {}
        }
    }
    Ok(())
}

/// Appends things that are no maps at all.
pub fn append_no_maps(transaction: &mut Transaction<'_>, (kind, list): (DocKind, &str)) -> Result<(), AutomergeError> {
    let list = genesis::container_id(kind, list).unwrap();
    transaction.insert(&list, transaction.length(&list), "a string")?;
    transaction.insert(&list, transaction.length(&list), ScalarValue::Null)?;
    transaction.insert(&list, transaction.length(&list), 7)?;
    transaction.insert_object(&list, transaction.length(&list), ObjType::List)?;
    let text = transaction.insert_object(&list, transaction.length(&list), ObjType::Text)?;
    transaction.splice_text(&text, 0, 0, "kind")
}

/// The fields with some of them put otherwise, one after another: each makes the entry one to be passed over.
pub fn spoilt(good: &RawFields, ways: Vec<(&'static str, Put)>) -> Vec<RawFields> {
    let way = |(key, put): (&'static str, Put)| {
        let mut fields = good.clone();
        let field = fields.iter_mut().find(|(other, _)| *other == key).unwrap_or_else(|| panic!("no field {key}"));
        field.1 = put;
        fields
    };
    let left_out = good.iter().map(|(key, _)| (*key, Put::Nothing));
    left_out.chain(ways).map(way).collect()
}

/// Values that are no string; names, words and texts are strings.
pub fn no_strings() -> Vec<Put> {
    vec![Put::Text("text"), Put::Map, 7.into(), ScalarValue::Null.into(), ScalarValue::Bytes(b"text".to_vec()).into()]
}

/// Values that are no whole number.
pub fn no_numbers() -> Vec<Put> {
    vec![
        "7".into(),
        Put::Text("7"),
        ScalarValue::Null.into(),
        true.into(),
        f64::NAN.into(),
        1e300.into(),
        ScalarValue::Timestamp(7).into(),
        ScalarValue::counter(7).into(),
        i64::MAX.into(),
        u64::MAX.into(),
        i64::MIN.into(),
    ]
}

/// Names that name nothing: of another form, or too long.
pub fn no_names() -> Vec<Put> {
    let actor = "ab".repeat(40);
    let names = [
        String::new(),
        "1@".into(),
        format!("01@{actor}"),
        format!("1@{}", actor.to_uppercase()),
        format!("1@{actor}00"),
        format!("4294967296@{actor}"),
        format!("1.{actor}"),
    ];
    names.into_iter().map(Put::from).chain([7.into()]).collect()
}

pub fn with(key: &'static str, values: Vec<Put>) -> Vec<(&'static str, Put)> {
    values.into_iter().map(|value| (key, value)).collect()
}

/// An entry that nobody made.
pub fn nobodys() -> EntryId {
    EntryId { actor: Actor([0xab; 40]), counter: 9 }
}

/// The words that the other implementation must have, in the order of their codes.
pub fn words() -> Value {
    json!({
        "tools": Tool::EACH.iter().map(|tool| tool.word()).collect::<Vec<_>>(),
        "inks": Ink::EACH.iter().map(|ink| ink.word()).collect::<Vec<_>>(),
    })
}

pub fn points_case(name: &str, bytes: &[u8]) -> Value {
    json!({ "name": name, "bytes": hex(bytes), "points": points::decode(bytes) })
}
