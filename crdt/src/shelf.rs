//! The shelf: the files of a session, and the pictures of shared documents' pages.
//!
//! The bytes are blobs; the shelf says which there are. A file that is published comes with a message in the chat,
//! written in the same change. Who put a file there may take it away again, and so may experts; they are also the ones
//! who add the pictures of its pages.

use std::collections::{BTreeMap, HashMap, HashSet};

use automerge::transaction::Transaction;
use automerge::{AutomergeError, ScalarValue};

use crate::document::{Document, Glance};
use crate::entry::{EntryId, EntryList, Fields, Origin, Tidiers, append, append_about, fitting};
use crate::id::{BlobId, DocKind, PeerId};
use crate::limits;
use crate::log::Vector;
use crate::membership::Membership;

/// A file of the shelf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShelfFile {
    /// Its name.
    pub id: EntryId,
    /// The number of its envelope in the actor's chain.
    pub seq: u64,
    /// Who put it there.
    pub author: PeerId,
    /// Its content.
    pub blob: BlobId,
    /// Bytes of the content, as its author says; the blob's id proves it.
    pub size: u64,
    /// A label, as its author wrote it: anything at all.
    pub name: String,
    /// What its author says it is.
    pub media_type: String,
    /// When, by the author's clock, in unix milliseconds.
    pub at_ms: i64,
    /// The pages, if it is a document that is looked at together.
    pub document: Option<Pages>,
}

impl ShelfFile {
    /// Whether somebody with this vector has the entry.
    pub fn is_in(&self, vector: &Vector) -> bool {
        vector.get(&self.id.actor).is_some_and(|(seq, _)| *seq >= self.seq)
    }
}

/// The pages of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pages {
    /// How many there are.
    pub count: u32,
    /// Those whose pictures are published, by number from 0.
    pub shown: BTreeMap<u32, Page>,
}

/// The picture of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The name of its entry.
    pub id: EntryId,
    /// The number of its envelope in the actor's chain.
    pub seq: u64,
    /// Who published it.
    pub author: PeerId,
    /// The picture.
    pub blob: BlobId,
    /// Bytes of the picture.
    pub size: u64,
    /// Width in pixels; a claim until it is decoded.
    pub width: u32,
    /// Height in pixels; a claim.
    pub height: u32,
    /// What its author says it is.
    pub media_type: String,
    /// When, by the author's clock, in unix milliseconds.
    pub at_ms: i64,
}

/// What the shelf shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shelf {
    /// The files, in order.
    pub files: Vec<ShelfFile>,
}

impl Shelf {
    /// A file.
    pub fn file(&self, id: &EntryId) -> Option<&ShelfFile> {
        self.files.iter().find(|file| file.id == *id)
    }

    /// Every blob that it names, with its size.
    pub fn blobs(&self) -> impl Iterator<Item = (BlobId, u64)> {
        let pages = |file: &ShelfFile| {
            let pages = file.document.iter().flat_map(|document| document.shown.values());
            pages.map(|page| (page.blob, page.size)).collect::<Vec<_>>()
        };
        self.files.iter().flat_map(move |file| std::iter::once((file.blob, file.size)).chain(pages(file)))
    }
}

#[derive(Debug, Clone)]
enum Entry {
    File(ShelfFile),
    Page { of: EntryId, number: u32, page: Page },
    Hide { by: PeerId, target: EntryId },
}

/// The shelf with what it takes to bring it up to date cheaply.
#[derive(Debug, Clone)]
pub struct ShelfView {
    shelf: Shelf,
    glance: Glance,
    entries: EntryList<Entry>,
    tidiers: Tidiers,
}

impl Default for ShelfView {
    fn default() -> Self {
        ShelfView {
            shelf: Shelf::default(),
            glance: Glance::default(),
            entries: EntryList::new(DocKind::Room, "shelf"),
            tidiers: Tidiers::default(),
        }
    }
}

impl ShelfView {
    /// What the shelf of a room shows now.
    pub fn refresh(&mut self, room: &mut Document, members: &impl Membership) -> &Shelf {
        room.read();
        let freshness = room.look(&mut self.glance);
        let rights = self.tidiers.changed(members);
        let moved = self.entries.refresh(freshness, room.log(), room.peek(), read);
        if rights || moved.is_some() {
            self.arrange(members);
        }
        &self.shelf
    }

    /// What the shelf showed when it was last refreshed.
    pub fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    fn arrange(&mut self, members: &impl Membership) {
        let ShelfView { shelf, entries, tidiers, .. } = self;
        let authors: HashMap<EntryId, PeerId> =
            entries.iter().filter_map(|entry| entry.id().map(|id| (id, id.author()))).collect();
        let mut counts =
            |by: PeerId, target: &EntryId| authors.get(target).is_some_and(|author| tidiers.may(by, *author, members));
        let mut hidden = HashSet::new();
        for entry in entries.iter() {
            if let Entry::Hide { by, target } = entry
                && counts(*by, target)
            {
                hidden.insert(*target);
            }
        }
        let mut pages: HashMap<EntryId, BTreeMap<u32, Page>> = HashMap::new();
        for entry in entries.iter() {
            if let Entry::Page { of, number, page } = entry
                && !hidden.contains(&page.id)
                && counts(page.author, of)
            {
                pages.entry(*of).or_default().insert(*number, page.clone());
            }
        }
        let files = entries.iter().filter_map(Entry::as_file).filter(|file| !hidden.contains(&file.id)).cloned();
        shelf.files = files
            .map(|mut file| {
                if let Some(document) = &mut file.document {
                    document.shown = pages.remove(&file.id).unwrap_or_default();
                    document.shown.retain(|number, _| *number < document.count);
                }
                file
            })
            .collect();
    }
}

impl Entry {
    fn as_file(&self) -> Option<&ShelfFile> {
        match self {
            Entry::File(file) => Some(file),
            _ => None,
        }
    }

    fn id(&self) -> Option<EntryId> {
        match self {
            Entry::File(file) => Some(file.id),
            Entry::Page { page, .. } => Some(page.id),
            Entry::Hide { .. } => None,
        }
    }
}

fn read(origin: Origin, fields: &Fields<'_>) -> Option<Entry> {
    let Origin { id, seq } = origin;
    let author = id.author();
    let at_ms = fields.number("at")?;
    let kind = fields.word("kind")?;
    let blob_size = || fields.within("size", 1..=limits::BLOB_BYTES);
    let media_type = || fields.text("type", limits::MEDIA_TYPE_BYTES);
    Some(match kind.as_str() {
        "file" | "document" => {
            let document = match kind.as_str() {
                "file" => None,
                _ => Some(Pages { count: fields.within("pages", 1..=limits::PAGES)?, shown: BTreeMap::new() }),
            };
            Entry::File(ShelfFile {
                id,
                seq,
                author,
                blob: fields.blob("blob")?,
                size: blob_size()?,
                name: fields.text("name", limits::FILE_NAME_BYTES)?,
                media_type: media_type()?,
                at_ms,
                document,
            })
        }
        "page" => Entry::Page {
            of: fields.entry("of")?,
            number: fields.within("page", 0..=limits::PAGES - 1)?,
            page: Page {
                id,
                seq,
                author,
                blob: fields.blob("blob")?,
                size: blob_size()?,
                width: fields.within("width", 1..=limits::PICTURE_SIDE)?,
                height: fields.within("height", 1..=limits::PICTURE_SIDE)?,
                media_type: media_type()?,
                at_ms,
            },
        },
        "hide" => Entry::Hide { by: author, target: fields.entry("target")? },
        _ => return None,
    })
}

/// A file that is to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile<'a> {
    /// Its content.
    pub blob: BlobId,
    /// Bytes of the content.
    pub size: u64,
    /// A label.
    pub name: &'a str,
    /// What it is.
    pub media_type: &'a str,
    /// How many pages it has, if it is a document to look at together.
    pub pages: Option<u32>,
}

/// The picture of a page that is to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPage<'a> {
    /// Of which document.
    pub of: EntryId,
    /// From 0.
    pub number: u32,
    /// The picture.
    pub blob: BlobId,
    /// Bytes of the picture.
    pub size: u64,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// What it is.
    pub media_type: &'a str,
}

/// Puts a file on the shelf and says so in the chat.
pub fn publish(transaction: &mut Transaction<'_>, file: &NewFile<'_>, at_ms: i64) -> Result<EntryId, AutomergeError> {
    let entry = add_file(transaction, file, at_ms)?;
    let fields = [("text", "".into()), ("at", at_ms.into()), ("file", blob_value(file.blob))];
    append(transaction, DocKind::Room, "chat", fields)?;
    Ok(entry)
}

/// Puts a file on the shelf.
pub fn add_file(transaction: &mut Transaction<'_>, file: &NewFile<'_>, at_ms: i64) -> Result<EntryId, AutomergeError> {
    let fields = [
        ("kind", if file.pages.is_some() { "document" } else { "file" }.into()),
        ("blob", blob_value(file.blob)),
        ("size", size_value(file.size)),
        ("name", fitting(file.name, limits::FILE_NAME_BYTES).into()),
        ("type", fitting(file.media_type, limits::MEDIA_TYPE_BYTES).into()),
        ("at", at_ms.into()),
    ];
    let pages = file.pages.map(|pages| ("pages", i64::from(pages).into()));
    append(transaction, DocKind::Room, "shelf", fields.into_iter().chain(pages))
}

/// Publishes the picture of a page.
pub fn add_page(transaction: &mut Transaction<'_>, page: &NewPage<'_>, at_ms: i64) -> Result<EntryId, AutomergeError> {
    let fields = [
        ("kind", "page".into()),
        ("of", page.of.to_string().into()),
        ("page", i64::from(page.number).into()),
        ("blob", blob_value(page.blob)),
        ("size", size_value(page.size)),
        ("width", i64::from(page.width).into()),
        ("height", i64::from(page.height).into()),
        ("type", fitting(page.media_type, limits::MEDIA_TYPE_BYTES).into()),
        ("at", at_ms.into()),
    ];
    append(transaction, DocKind::Room, "shelf", fields)
}

/// Takes a file, or the picture of a page, off the shelf.
pub fn hide(transaction: &mut Transaction<'_>, target: EntryId, at_ms: i64) -> Result<EntryId, AutomergeError> {
    append_about(transaction, (DocKind::Room, "shelf"), "hide", target, at_ms)
}

pub(crate) fn blob_value(blob: BlobId) -> ScalarValue {
    ScalarValue::Bytes(blob.0.to_vec())
}

pub(crate) fn size_value(size: u64) -> ScalarValue {
    i64::try_from(size).unwrap_or(i64::MAX).into()
}
