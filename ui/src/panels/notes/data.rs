//! What the notes tab shows.

use sightline_node::{
    DocumentId, EntryId,
    view::{Role, SessionState, SessionView},
};

use crate::{i18n::Catalog, panels::files::data::may_write, text::time};

/// The notes tab.
#[derive(Clone, Debug, PartialEq)]
pub struct NotesPanel<'a> {
    /// The person is an expert: others have no notes.
    pub expert: bool,
    /// Something may be written.
    pub can_write: bool,
    /// Notes that match the search, newest first.
    pub notes: Vec<NoteRow<'a>>,
    /// There are notes, whether they match or not.
    pub any: bool,
    /// Shared texts, newest first.
    pub texts: Vec<TextRow>,
}

/// One note.
#[derive(Clone, Debug, PartialEq)]
pub struct NoteRow<'a> {
    /// Which.
    pub id: EntryId,
    /// What it says.
    pub text: &'a str,
    /// Author and time in words.
    pub about: String,
    /// It is one's own and may be changed.
    pub editable: bool,
    /// It may be taken away.
    pub removable: bool,
}

/// One shared text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextRow {
    /// Which.
    pub id: DocumentId,
    /// Its title.
    pub title: String,
    /// Author and time in words.
    pub about: String,
}

/// Reads the tab. `search` is matched word by word, without regard to case.
pub fn notes_panel<'a>(
    words: &Catalog,
    view: &'a SessionView,
    search: &str,
    now_ms: u64,
    offset: i64,
) -> NotesPanel<'a> {
    let can_write = may_write(view);
    let lead = view.role == Role::Lead;
    let wanted: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
    let when = |at_ms: u64| {
        let (day, today) = (time::day(at_ms, offset), time::day(now_ms, offset));
        let clock = time::clock(at_ms, offset);
        if day == today { clock } else { format!("{} {clock}", time::date(words, day)) }
    };
    let mut notes: Vec<_> = view
        .desk
        .iter()
        .filter(|note| {
            let text = format!("{}\n{}", note.author_name, note.text).to_lowercase();
            wanted.iter().all(|word| text.contains(word))
        })
        .map(|note| {
            let own = note.author == view.me;
            let who = if own { words.text("you") } else { note.author_name.clone() };
            let row = NoteRow {
                id: note.id,
                text: &note.text,
                about: format!("{who} · {}", when(note.at_ms)),
                editable: own && can_write,
                removable: (own || lead) && can_write,
            };
            (std::cmp::Reverse((note.at_ms, note.id)), row)
        })
        .collect();
    notes.sort_by_key(|one| one.0);
    let mut texts: Vec<_> = view.texts.iter().collect();
    texts.sort_by_key(|text| std::cmp::Reverse((text.at_ms, text.id)));
    let texts = texts.into_iter().map(|text| {
        let person = view.person(&text.author);
        let who = match person {
            Some(person) if person.me => words.text("you"),
            Some(person) => person.name.clone(),
            None => String::new(),
        };
        let about = [who, when(text.at_ms)].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
        let title = if text.title.is_empty() { words.text("text-untitled") } else { text.title.clone() };
        TextRow { id: text.id, title, about }
    });
    NotesPanel {
        expert: matches!(view.role, Role::Lead | Role::Expert),
        can_write: can_write && view.state != SessionState::Closed,
        notes: notes.into_iter().map(|(_, row)| row).collect(),
        any: !view.desk.is_empty(),
        texts: texts.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fixtures, i18n::Lang};
    use sightline_node::view::VideoState;

    fn view() -> SessionView {
        let mut view = fixtures::session_with_operator(VideoState::Off);
        fixtures::shelf::add_notes(&mut view);
        fixtures::shelf::add_texts(&mut view);
        view
    }

    fn found(view: &SessionView, search: &str) -> Vec<String> {
        let panel = notes_panel(&Catalog::new(Lang::En), view, search, fixtures::NOW_MS, 0);
        panel.notes.iter().map(|note| note.text.split(' ').next().unwrap_or_default().to_owned()).collect()
    }

    #[test]
    fn notes_are_found_by_words_and_author_whatever_their_case() {
        let view = view();
        assert_eq!(found(&view, ""), ["Offer:", "Same", "Serial"]);
        assert_eq!(found(&view, "SEAL cluj"), ["Same"]);
        assert_eq!(found(&view, "jordi"), ["Same"]);
        assert!(found(&view, "nothing like it").is_empty());
    }

    #[test]
    fn only_own_notes_are_changed_and_the_lead_may_take_away_any() {
        let mut view = view();
        let rights = |view: &SessionView| {
            let panel = notes_panel(&Catalog::new(Lang::En), view, "", fixtures::NOW_MS, 0);
            panel.notes.iter().map(|note| (note.editable, note.removable)).collect::<Vec<_>>()
        };
        assert_eq!(rights(&view), [(true, true), (false, true), (true, true)]);
        view.role = Role::Expert;
        assert_eq!(rights(&view), [(true, true), (false, false), (true, true)]);
        view.state = SessionState::Closed;
        assert_eq!(rights(&view), [(false, false); 3]);
    }

    #[test]
    fn texts_are_listed_with_their_author() {
        let view = view();
        let panel = notes_panel(&Catalog::new(Lang::En), &view, "", fixtures::NOW_MS, 0);
        let texts: Vec<_> = panel.texts.iter().map(|text| (text.title.as_str(), text.about.as_str())).collect();
        assert_eq!(texts, [("Report for the plant manager", "You · 14:03"), ("Parts to order", "You · 14:03")]);
    }
}
