//! Entries: the maps that authors append to the lists of a document, and how they are read.
//!
//! Everything shared is an own entry: a message, a file, a stroke, a tick. Its author is the actor of the operation that
//! made it, never a field; what it says about another entry it says by [name](EntryId). An entry without the fields
//! that its kind has, or with longer ones than its kind allows, is passed over, as are kinds that are not known.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::ops::RangeInclusive;

use automerge::transaction::{Transactable, Transaction};
use automerge::{Automerge, AutomergeError, ObjId, ObjType, ReadDoc, ScalarValue, Value};

use crate::document::Freshness;
use crate::genesis;
use crate::id::{Actor, BlobId, DocKind, PeerId};
use crate::limits;
use crate::log::Log;
use crate::membership::Membership;

/// The name of an entry: the operation that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId {
    /// Who made it, in which run.
    pub actor: Actor,
    /// The counter of the operation.
    pub counter: u64,
}

impl EntryId {
    /// Who made it.
    pub fn author(&self) -> PeerId {
        self.actor.author()
    }

    /// Reads a name as documents have it, in its one form: `counter@actor`, decimal and lowercase hex.
    pub fn parse(text: &str) -> Option<Self> {
        let (counter, actor) = text.split_once('@')?;
        let decimal = counter.bytes().all(|byte| byte.is_ascii_digit()) && !counter.starts_with('0');
        let counter = counter.parse().ok().filter(|counter| decimal && *counter < limits::MAX_OP)?;
        let digits = actor.as_bytes();
        if digits.len() != 80 {
            return None;
        }
        let mut bytes = [0; 40];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = hex_digit(pair[0])? << 4 | hex_digit(pair[1])?;
        }
        Some(EntryId { actor: Actor(bytes), counter })
    }

    pub(crate) fn of(entry: &ObjId) -> Option<EntryId> {
        let ObjId::Id(counter, actor, _) = entry else { return None };
        Some(EntryId { actor: Actor(actor.to_bytes().try_into().ok()?), counter: *counter })
    }
}

fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.counter, self.actor)
    }
}

/// Where an entry comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) id: EntryId,
    /// The number of its envelope in the actor's chain.
    pub(crate) seq: u64,
}

/// The fields of an entry.
pub(crate) struct Fields<'a> {
    pub(crate) automerge: &'a Automerge,
    pub(crate) entry: &'a ObjId,
}

impl Fields<'_> {
    fn scalar(&self, key: &str) -> Option<ScalarValue> {
        match self.automerge.get(self.entry, key).ok()??.0 {
            Value::Scalar(value) => Some(value.into_owned()),
            Value::Object(_) => None,
        }
    }

    /// A string of at most `cap` bytes.
    pub(crate) fn text(&self, key: &str, cap: usize) -> Option<String> {
        match self.scalar(key)? {
            ScalarValue::Str(text) if text.len() <= cap => Some(text.into()),
            _ => None,
        }
    }

    /// A short string: a kind, a state, a colour.
    pub(crate) fn word(&self, key: &str) -> Option<String> {
        self.text(key, limits::WORD_BYTES)
    }

    /// A whole number that is exact in every language: JavaScript knows one sort of numbers only.
    pub(crate) fn number(&self, key: &str) -> Option<i64> {
        let number = match self.scalar(key)? {
            ScalarValue::Int(number) => number,
            ScalarValue::Uint(number) => i64::try_from(number).ok()?,
            ScalarValue::F64(number) if number.abs() <= EXACT as f64 => number.trunc() as i64,
            _ => return None,
        };
        (-EXACT..=EXACT).contains(&number).then_some(number)
    }

    /// A number within a range.
    pub(crate) fn within<T: TryFrom<i64>>(&self, key: &str, range: RangeInclusive<i64>) -> Option<T> {
        let number = self.number(key).filter(|number| range.contains(number))?;
        T::try_from(number).ok()
    }

    /// Bytes.
    pub(crate) fn bytes(&self, key: &str) -> Option<Vec<u8>> {
        match self.scalar(key)? {
            ScalarValue::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The id of a blob.
    pub(crate) fn blob(&self, key: &str) -> Option<BlobId> {
        Some(BlobId(self.bytes(key)?.try_into().ok()?))
    }

    /// The name of another entry.
    pub(crate) fn entry(&self, key: &str) -> Option<EntryId> {
        EntryId::parse(&self.text(key, limits::ENTRY_NAME_BYTES)?)
    }
}

/// What became of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moved {
    /// Entries came behind all that were there, from this index on.
    Appended { from: usize },
    /// Anything.
    Anything,
}

/// The largest whole number that a float of 64 bits has and is not also its neighbour.
const EXACT: i64 = (1 << 53) - 1;

/// A genesis list whose entries are read once each.
#[derive(Debug, Clone)]
pub(crate) struct EntryList<T> {
    kind: DocKind,
    list: &'static str,
    /// Every element of the list in its order; `None` is passed over.
    entries: Vec<(EntryId, Option<T>)>,
}

impl<T> EntryList<T> {
    pub(crate) fn new(kind: DocKind, list: &'static str) -> Self {
        EntryList { kind, list, entries: Vec::new() }
    }

    /// The entries that are not passed over.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.entries.iter().filter_map(|(_, entry)| entry.as_ref())
    }

    /// As [`iter`](Self::iter), from an index of [`refresh`](Self::refresh).
    pub(crate) fn iter_from(&self, at: usize) -> impl DoubleEndedIterator<Item = &T> {
        self.entries[at..].iter().filter_map(|(_, entry)| entry.as_ref())
    }

    /// Brings the list up to date and tells what became of it, if anything. Only what is new is read, where nothing
    /// changed that was there.
    pub(crate) fn refresh(
        &mut self,
        freshness: Freshness,
        log: &Log,
        automerge: &Automerge,
        read: impl Fn(Origin, &Fields<'_>) -> Option<T>,
    ) -> Option<Moved> {
        let list = genesis::container_id(self.kind, self.list)?;
        let before = self.entries.len();
        let from = match freshness {
            Freshness::Same => return None,
            Freshness::Added => self.unmoved(automerge, &list),
            Freshness::Changed => {
                self.entries.clear();
                0
            }
        };
        let mut moved: HashMap<EntryId, Option<T>> = self.entries.drain(from..).collect();
        for item in automerge.list_range(&list, from..) {
            let entry = item.id();
            // Every element was made by an actor of 40 bytes: the pre-scan allows no other.
            let Some(id) = EntryId::of(&entry) else { continue };
            let value = moved.remove(&id).unwrap_or_else(|| {
                let origin = Origin { id, seq: log.seq_of(&id.actor, id.counter)? };
                read(origin, &Fields { automerge, entry: &entry })
            });
            self.entries.push((id, value));
        }
        if freshness == Freshness::Added && from == before {
            return (self.entries.len() > before).then_some(Moved::Appended { from });
        }
        Some(Moved::Anything)
    }

    /// How many entries at the front are where they were. Where entries were only added, one that still has its index
    /// has nothing new before it.
    fn unmoved(&self, automerge: &Automerge, list: &ObjId) -> usize {
        let stands = |at: usize| {
            let found = automerge.get(list, at).ok().flatten();
            found.and_then(|(_, entry)| EntryId::of(&entry)) == Some(self.entries[at].0)
        };
        let (mut low, mut high) = (0, self.entries.len());
        if high > 0 && stands(high - 1) {
            return high;
        }
        while low < high {
            let middle = low + (high - low) / 2;
            if stands(middle) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// Whose word about the entries of others counts, as it was when last asked: so that a view notices when that changes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tidiers(BTreeMap<PeerId, bool>);

impl Tidiers {
    /// Whether somebody's right changed since it was asked for.
    pub(crate) fn changed(&mut self, members: &impl Membership) -> bool {
        let mut changed = false;
        for (peer, may) in &mut self.0 {
            let now = members.tidies(peer);
            changed |= std::mem::replace(may, now) != now;
        }
        changed
    }

    /// Whether `by` may hide or erase, or show again, what `author` made.
    pub(crate) fn may(&mut self, by: PeerId, author: PeerId, members: &impl Membership) -> bool {
        by == author || *self.0.entry(by).or_insert_with(|| members.tidies(&by))
    }
}

/// Appends an entry.
pub(crate) fn append<'f>(
    transaction: &mut Transaction<'_>,
    kind: DocKind,
    list: &str,
    fields: impl IntoIterator<Item = (&'f str, ScalarValue)>,
) -> Result<EntryId, AutomergeError> {
    let list = genesis::container_id(kind, list).ok_or(AutomergeError::NotAnObject)?;
    let entry = transaction.insert_object(&list, transaction.length(&list), ObjType::Map)?;
    for (key, value) in fields {
        transaction.put(&entry, key, value)?;
    }
    EntryId::of(&entry).ok_or(AutomergeError::NotAnObject)
}

/// Appends an entry that is about another one.
pub(crate) fn append_about(
    transaction: &mut Transaction<'_>,
    (kind, list): (DocKind, &str),
    word: &str,
    target: EntryId,
    at_ms: i64,
) -> Result<EntryId, AutomergeError> {
    let fields = [("kind", word.into()), ("target", target.to_string().into()), ("at", at_ms.into())];
    append(transaction, kind, list, fields)
}

/// As much of a text as fits `cap` bytes, cut between characters.
pub fn fitting(text: &str, cap: usize) -> &str {
    &text[..text.floor_char_boundary(cap)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_form() {
        let actor = "ab".repeat(40);
        let id = EntryId { actor: Actor([0xab; 40]), counter: 17 };
        assert_eq!(id.to_string(), format!("17@{actor}"));
        assert_eq!(EntryId::parse(&id.to_string()), Some(id));
        let wrong = [
            String::new(),
            "17".into(),
            format!("017@{actor}"),
            format!("0@{actor}"),
            format!("+17@{actor}"),
            format!("-1@{actor}"),
            format!("@{actor}"),
            format!("17@{}", actor.to_uppercase()),
            format!("17@{actor}ab"),
            format!("17@{}", &actor[2..]),
            format!("17@{}é", &actor[2..]),
            format!("2147483648@{actor}"),
            format!("99999999999999999999@{actor}"),
        ];
        for text in wrong {
            assert_eq!(EntryId::parse(&text), None, "{text}");
        }
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(fitting("aé", 3), "aé");
        assert_eq!(fitting("aé", 2), "a");
        assert_eq!(fitting("", 2), "");
    }
}
