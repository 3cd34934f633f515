//! Keeps a text that several people write in line with what the person types here.
//!
//! What is typed becomes one splice, 300 ms after the last key or a second after the first; one is under way at a time.
//! What others write is taken in between, with the own unsent change moved to where it belongs now. Positions count
//! characters.

use sightline_node::{DocumentId, show::DeskCommand};

/// A shared text that is open.
#[derive(Clone, Debug)]
pub struct Editor {
    /// Which.
    pub text: DocumentId,
    /// What the field shows: the shared text with what is not sent yet.
    pub local: String,
    /// The shared text as it was when last seen, with what was sent since.
    base: String,
    /// When the first and the last key of the unsent change were pressed.
    typed: Option<(u64, u64)>,
    sent: Sent,
    /// Where others were told that the own cursor is.
    pub(crate) told: Option<usize>,
    /// The person went back to the list: it is closed once everything is sent.
    pub(crate) closing: bool,
}

/// What became of the change that was sent last.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Sent {
    /// Nothing is under way.
    Idle,
    /// It is being carried out; before it the shared text was this.
    UnderWay(String),
    /// It was carried out; until then the shared text may still be shown as it was before.
    Settling(String, u64),
}

/// A change of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Splice {
    /// Where, in characters.
    pub at: usize,
    /// How many characters go.
    pub delete: usize,
    /// What comes in their place.
    pub insert: String,
}

impl Editor {
    /// Opens a text.
    pub fn new(text: DocumentId, shared: &str) -> Self {
        let (local, base) = (shared.to_owned(), shared.to_owned());
        Self { text, local, base, typed: None, sent: Sent::Idle, told: None, closing: false }
    }

    /// The person changed the field.
    pub fn typed(&mut self, now_ms: u64) {
        self.typed = Some((self.typed.map_or(now_ms, |(first, _)| first), now_ms));
    }

    /// Something was typed that is not stored yet: it waits, is under way, or could not be stored.
    pub fn is_dirty(&self) -> bool {
        self.typed.is_some() || matches!(self.sent, Sent::UnderWay(_)) || self.base != self.local
    }

    /// The change to send now, if one is due; `at_once` where the text is closed.
    pub fn due(&mut self, now_ms: u64, at_once: bool) -> Option<DeskCommand> {
        let typed = self.typed;
        let ripe = typed.is_some_and(|(first, last)| now_ms >= last + QUIET_MS || now_ms >= first + LONGEST_MS);
        if !(ripe || at_once) || matches!(self.sent, Sent::UnderWay(_)) {
            return None;
        }
        self.typed = None;
        let splice = Splice::between(&self.base, &self.local)?;
        self.sent = Sent::UnderWay(std::mem::replace(&mut self.base, self.local.clone()));
        let Splice { at, delete, insert } = splice;
        Some(DeskCommand::Splice { text: self.text, at, delete, insert })
    }

    /// The change under way was carried out, or was not: then it stays here, the text stays open, and after a pause it
    /// goes once more, with what was typed since.
    pub fn answered(&mut self, carried_out: bool, now_ms: u64) {
        if let Sent::UnderWay(before) = std::mem::replace(&mut self.sent, Sent::Idle) {
            if carried_out {
                self.sent = Sent::Settling(before, now_ms + SETTLE_MS);
            } else {
                self.base = before;
                self.closing = false;
                self.typed = self.typed.or(Some((now_ms + AGAIN_MS, now_ms + AGAIN_MS)));
            }
        }
    }

    /// Takes in the shared text as it is now. Gives what changed in the field, for the cursor to follow.
    pub fn shared(&mut self, text: &str, now_ms: u64) -> Option<Splice> {
        match &self.sent {
            Sent::UnderWay(_) => return None,
            Sent::Settling(before, until) if text == before && now_ms < *until => return None,
            Sent::Settling(..) | Sent::Idle => self.sent = Sent::Idle,
        }
        let theirs = Splice::between(&self.base, text)?;
        let mine = Splice::between(&self.base, &self.local);
        self.base = text.to_owned();
        let new = match mine {
            None => text.to_owned(),
            Some(mine) => mine.after(&theirs).apply(text),
        };
        let change = Splice::between(&self.local, &new);
        self.local = new;
        change
    }
}

impl Splice {
    /// The smallest single change that makes one text of another; `None` if they are the same.
    pub fn between(from: &str, to: &str) -> Option<Self> {
        if from == to {
            return None;
        }
        let start: usize = from.chars().zip(to.chars()).take_while(|(a, b)| a == b).count();
        let (old, new) = (from.chars().count() - start, to.chars().count() - start);
        let both = from.chars().rev().zip(to.chars().rev()).take_while(|(a, b)| a == b).count();
        let end = both.min(old).min(new);
        Some(Self { at: start, delete: old - end, insert: to.chars().skip(start).take(new - end).collect() })
    }

    /// The same change where another one came first.
    pub fn after(&self, other: &Splice) -> Self {
        let (from, to) = (other.at, other.at + other.delete);
        let added = other.insert.chars().count();
        let end = self.at + self.delete;
        // Of two at the same place the other's comes first; what it wrote at the edge of the own range stays.
        let start = match self.at {
            at if at < from => at,
            at if at >= to => at - other.delete + added,
            _ => from + added,
        };
        let end = match end {
            end if end <= from => end,
            end if end >= to => end - other.delete + added,
            _ => from,
        };
        Self { at: start, delete: end.saturating_sub(start), insert: self.insert.clone() }
    }

    /// The text with this change; what is beyond its end is left alone.
    pub fn apply(&self, text: &str) -> String {
        let mut chars = text.chars();
        let mut out: String = chars.by_ref().take(self.at).collect();
        out.push_str(&self.insert);
        out.extend(chars.skip(self.delete));
        out
    }

    /// Where a cursor goes: what is inserted at it stays behind it.
    pub fn moved(&self, cursor: usize) -> usize {
        let added = self.insert.chars().count();
        match cursor {
            at if at <= self.at => at,
            at if at >= self.at + self.delete => at - self.delete + added,
            _ => self.at + added,
        }
    }
}

/// No key for so long makes a change of what was typed.
const QUIET_MS: u64 = 300;
/// Who types without a pause is seen after so long all the same.
const LONGEST_MS: u64 = 1_000;
/// What could not be stored is tried again after so long.
const AGAIN_MS: u64 = 5_000;
/// How long the shared text may be shown as it was before the own change.
const SETTLE_MS: u64 = 2_000;

#[cfg(test)]
mod tests {
    use super::*;

    const ID: DocumentId = DocumentId([1; 16]);

    fn splice(at: usize, delete: usize, insert: &str) -> Splice {
        Splice { at, delete, insert: insert.to_owned() }
    }

    #[test]
    fn the_difference_is_one_small_change_in_characters() {
        assert_eq!(Splice::between("aéb", "aéxb"), Some(splice(2, 0, "x")));
        assert_eq!(Splice::between("aaa", "aa"), Some(splice(2, 1, "")));
        assert_eq!(Splice::between("🙂 one two", "🙂 one 2 two"), Some(splice(6, 0, "2 ")));
        assert_eq!(Splice::between("same", "same"), None);
        for (from, to) in [("", "x"), ("x", ""), ("abcabc", "abc"), ("ab", "ba"), ("héllo", "hallo wörld")] {
            assert_eq!(Splice::between(from, to).unwrap().apply(from), to);
        }
    }

    #[test]
    fn typing_is_sent_after_a_pause_or_a_second() {
        let mut editor = Editor::new(ID, "ab");
        editor.local = "axb".to_owned();
        editor.typed(1_000);
        assert_eq!(editor.due(1_200, false), None);
        let sent = editor.due(1_300, false);
        assert_eq!(sent, Some(DeskCommand::Splice { text: ID, at: 1, delete: 0, insert: "x".to_owned() }));
        editor.local = "axyb".to_owned();
        editor.typed(1_310);
        assert_eq!(editor.due(5_000, false), None, "one change is under way at a time");
        editor.answered(true, 5_000);
        assert!(editor.due(5_001, false).is_some());
        editor.answered(true, 5_002);
        for now in [6_000, 6_250, 6_500, 6_750] {
            editor.local.push('z');
            editor.typed(now);
            assert_eq!(editor.due(now + 200, false), None);
        }
        assert!(editor.due(7_000, false).is_some(), "who never pauses is seen too");
    }

    #[test]
    fn the_own_change_does_not_flicker_away_while_it_settles() {
        let mut editor = Editor::new(ID, "ab");
        editor.local = "axb".to_owned();
        editor.typed(0);
        editor.due(300, false).unwrap();
        assert_eq!(editor.shared("ab", 310), None);
        editor.answered(true, 320);
        assert_eq!(editor.shared("ab", 330), None);
        assert_eq!(editor.local, "axb");
        assert_eq!(editor.shared("axb!", 340), Some(splice(3, 0, "!")));
        assert_eq!(editor.local, "axb!");
    }

    #[test]
    fn what_could_not_be_stored_stays_and_goes_with_the_next_change() {
        let mut editor = Editor::new(ID, "ab");
        editor.local = "axb".to_owned();
        editor.typed(0);
        editor.due(300, false).unwrap();
        editor.answered(false, 400);
        let due = editor.due(1_000, false);
        assert_eq!((editor.local.as_str(), due, editor.is_dirty()), ("axb", None, true));
        editor.local = "axyb".to_owned();
        editor.typed(1_000);
        let sent = editor.due(1_300, false);
        assert_eq!(sent, Some(DeskCommand::Splice { text: ID, at: 1, delete: 0, insert: "xy".to_owned() }));
    }

    #[test]
    fn what_could_not_be_stored_goes_again_by_itself_and_at_once_on_the_way_out() {
        let mut editor = Editor::new(ID, "ab");
        editor.local = "axb".to_owned();
        editor.typed(0);
        let sent = editor.due(300, false);
        editor.answered(false, 400);
        assert_eq!(editor.due(5_000, false), None, "not without a pause");
        assert_eq!(editor.clone().due(5_000, true), sent, "who leaves does not wait for it");
        assert_eq!(editor.due(5_700, false), sent);
        editor.answered(true, 5_800);
        assert!(!editor.is_dirty());
        assert_eq!(editor.due(99_000, true), None);
    }

    #[test]
    fn a_change_under_way_is_not_stored_yet() {
        let mut editor = Editor::new(ID, "ab");
        editor.local = "axb".to_owned();
        editor.typed(0);
        editor.due(300, false).unwrap();
        assert!(editor.is_dirty());
        editor.answered(true, 400);
        assert!(!editor.is_dirty());
    }

    #[test]
    fn what_others_write_moves_the_own_change_and_the_cursor() {
        let mut editor = Editor::new(ID, "one two");
        editor.local = "one two three".to_owned();
        editor.typed(0);
        let change = editor.shared("0 one two", 10).unwrap();
        assert_eq!(editor.local, "0 one two three");
        assert_eq!(change.moved(13), 15, "the cursor stays behind its word");
        let sent = editor.due(300, false);
        assert_eq!(sent, Some(DeskCommand::Splice { text: ID, at: 9, delete: 0, insert: " three".to_owned() }));
    }

    /// Whatever both do at once, what both inserted is there in the end and nothing else is.
    #[test]
    fn two_changes_at_once_keep_what_both_wrote() {
        let text = "abcdef";
        for at in 0..=6 {
            for delete in 0..=(6 - at) {
                for other_at in 0..=6 {
                    for other_delete in 0..=(6 - other_at) {
                        let mine = splice(at, delete, "X");
                        let theirs = splice(other_at, other_delete, "Y");
                        let both = mine.after(&theirs).apply(&theirs.apply(text));
                        assert!(both.contains('X'), "{mine:?} {theirs:?}: {both}");
                        let covered = at < other_at && at + delete > other_at && at + delete >= other_at + other_delete;
                        assert!(covered || both.contains('Y'), "{mine:?} {theirs:?}: {both}");
                        let left = |c: char| {
                            let index = text.find(c).unwrap();
                            !(at..at + delete).contains(&index) && !(other_at..other_at + other_delete).contains(&index)
                        };
                        for c in text.chars().filter(|c| left(*c)) {
                            assert!(both.contains(c), "{mine:?} {theirs:?} lost {c}: {both}");
                        }
                    }
                }
            }
        }
    }
}
