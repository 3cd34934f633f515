//! Shared texts, which several write at once.

use automerge::transaction::{Transactable, Transaction};
use automerge::{AutomergeError, ReadDoc};

use crate::document::{Document, Freshness, Glance};
use crate::entry::{EntryId, EntryList, append, fitting};
use crate::genesis;
use crate::id::{DocKind, PeerId};
use crate::limits;

/// What a shared text shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// Its title: the last one given; empty where nobody gave one.
    pub title: String,
    /// Who began it: who gave the first title.
    pub author: Option<PeerId>,
    /// When it was begun, by the author's clock, in unix milliseconds.
    pub at_ms: i64,
    /// The text, cut at [`limits::TEXT_BYTES`].
    pub text: String,
    /// Counts what changed.
    pub version: u64,
}

#[derive(Debug, Clone)]
struct Title {
    author: PeerId,
    text: String,
    at_ms: i64,
}

/// A shared text with what it takes to bring it up to date cheaply.
#[derive(Debug, Clone)]
pub struct TextView {
    text: Text,
    glance: Glance,
    titles: EntryList<Title>,
}

impl Default for TextView {
    fn default() -> Self {
        TextView { text: Text::default(), glance: Glance::default(), titles: EntryList::new(DocKind::Text, "meta") }
    }
}

impl TextView {
    /// What the text shows now.
    pub fn refresh(&mut self, document: &mut Document) -> &Text {
        document.read();
        let freshness = document.look(&mut self.glance);
        if freshness == Freshness::Same {
            return &self.text;
        }
        self.titles.refresh(freshness, document.log(), document.peek(), |origin, fields| {
            let known = fields.word("kind")? == "title";
            let text = fields.text("text", limits::TITLE_BYTES)?;
            let at_ms = fields.number("at")?;
            known.then(|| Title { author: origin.id.author(), text, at_ms })
        });
        let first = self.titles.iter().next();
        let body = genesis::container_id(DocKind::Text, "body").and_then(|body| document.peek().text(&body).ok());
        let body = body.unwrap_or_default();
        self.text = Text {
            title: self.titles.iter().next_back().map(|title| title.text.clone()).unwrap_or_default(),
            author: first.map(|title| title.author),
            at_ms: first.map(|title| title.at_ms).unwrap_or_default(),
            text: fitting(&body, limits::TEXT_BYTES).to_owned(),
            version: self.text.version + 1,
        };
        &self.text
    }

    /// What the text showed when it was last refreshed.
    pub fn text(&self) -> &Text {
        &self.text
    }
}

/// Gives a title; the first one begins the text.
pub fn set_title(transaction: &mut Transaction<'_>, title: &str, at_ms: i64) -> Result<EntryId, AutomergeError> {
    let title = fitting(title, limits::TITLE_BYTES);
    append(transaction, DocKind::Text, "meta", [("kind", "title".into()), ("text", title.into()), ("at", at_ms.into())])
}

/// A change of a text that fits one change of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Splice<'a> {
    /// Where, in characters.
    pub at: usize,
    /// How many characters go.
    pub delete: usize,
    /// What comes in their place.
    pub insert: &'a str,
}

impl<'a> Splice<'a> {
    /// The changes that do this one after another: each character is an operation, of which a change has not so many.
    pub fn pieces(self) -> Vec<Splice<'a>> {
        let Splice { at, mut delete, mut insert } = self;
        let mut pieces = Vec::new();
        let mut done = 0;
        while delete > 0 || !insert.is_empty() {
            let gone = delete.min(limits::SPLICE_CHARS);
            let end = insert.char_indices().nth(limits::SPLICE_CHARS).map_or(insert.len(), |(end, _)| end);
            let (now, later) = insert.split_at(end);
            pieces.push(Splice { at: at + done, delete: gone, insert: now });
            done += now.chars().count();
            delete -= gone;
            insert = later;
        }
        pieces
    }
}

/// Changes the text; what lies beyond its end is left out.
pub fn splice(transaction: &mut Transaction<'_>, splice: Splice<'_>) -> Result<(), AutomergeError> {
    let body = genesis::container_id(DocKind::Text, "body").ok_or(AutomergeError::NotAnObject)?;
    let length = transaction.length(&body);
    let at = splice.at.min(length);
    let delete = splice.delete.min(length - at) as isize;
    transaction.splice_text(&body, at, delete, splice.insert)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_change_is_done_in_pieces() {
        let long = "é".repeat(2 * limits::SPLICE_CHARS + 1);
        let pieces = Splice { at: 7, delete: limits::SPLICE_CHARS + 3, insert: &long }.pieces();
        assert_eq!(pieces.len(), 3);
        assert_eq!(pieces.iter().map(|piece| piece.insert).collect::<String>(), long);
        assert_eq!(pieces.iter().map(|piece| piece.delete).collect::<Vec<_>>(), [limits::SPLICE_CHARS, 3, 0]);
        assert_eq!(pieces.iter().map(|piece| piece.at).collect::<Vec<_>>(), [7, 2007, 4007]);
        assert_eq!(Splice { at: 7, delete: 0, insert: "" }.pieces(), []);
    }
}
