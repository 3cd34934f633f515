//! What the chat tab shows.

use sightline_node::{
    ChatId, KnockId,
    view::{ChatView, Delivery, FileView, NoteView, SessionState, SessionView},
};

use crate::{
    i18n::{Arg, Catalog},
    panels::files::data::{ByContent, Rights},
    text::time,
};

/// The chat tab.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatPanel<'a> {
    /// The session's own chat and one for each person waiting; fewer than two means there is nothing to choose.
    pub conversations: Vec<Conversation>,
    /// The lines of the shown conversation, oldest first.
    pub rows: Vec<Row<'a>>,
    /// Whose waiting room is shown.
    pub with: Option<KnockId>,
    /// Whether and to whom can be written.
    pub composer: Composer,
    /// What to say where there are no lines.
    pub empty: String,
    /// What may be done with files.
    pub rights: Rights,
}

/// One conversation to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Whose waiting room; `None` is the session's own chat.
    pub with: Option<KnockId>,
    /// Its name.
    pub name: String,
    /// Messages in it not read yet.
    pub unread: u32,
    /// It is shown.
    pub shown: bool,
}

/// One line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Row<'a> {
    /// A new day begins.
    Day(i64),
    /// What follows was not read yet.
    Unread,
    /// Somebody came or went.
    Note(&'a NoteView),
    /// A message.
    Message {
        /// The message.
        item: &'a ChatView,
        /// The file that it brings, once its shelf entry is known.
        file: Option<&'a FileView>,
        /// The first of several by the same author: it carries the name.
        first: bool,
        /// The last of several by the same author.
        last: bool,
    },
}

/// Whether and to whom can be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Composer {
    /// To these people.
    Write {
        /// What the empty field says.
        hint: String,
    },
    /// Not any more.
    Over {
        /// Why.
        why: String,
    },
}

/// Reads the chat. `asked` is whose waiting room the person chose; a knock that ended falls back to the session's chat.
/// `unread_from` is the first message that was new when the conversation was opened.
pub fn chat_panel<'a>(
    words: &Catalog,
    view: &'a SessionView,
    asked: Option<KnockId>,
    unread_from: Option<ChatId>,
    utc_offset_secs: i64,
) -> ChatPanel<'a> {
    let with = shown_conversation(view, asked);
    let knock = with.and_then(|id| view.knock(&id));
    let (chat, notes): (&[ChatView], &[NoteView]) = match knock {
        Some(knock) => (&knock.chat, &[]),
        None => (&view.chat, &view.notes),
    };
    // Who answered has read what came before.
    let unread_from =
        unread_from.filter(|id| !chat.iter().rev().take_while(|item| item.id != *id).any(|item| item.mine));
    let others = view.people.iter().filter(|person| !person.me).count();
    let composer = if view.state == SessionState::Closed {
        Composer::Over { why: words.text("chat-closed") }
    } else {
        let hint = match (knock, others) {
            (Some(knock), _) => words.text_with("chat-hint-person", &[("name", Arg::from(knock.name.clone()))]),
            (None, 0) => words.text("chat-hint-nobody"),
            (None, _) => words.text("chat-hint"),
        };
        Composer::Write { hint }
    };
    let empty = match (knock, others) {
        (Some(knock), _) => words.text_with("chat-empty-waiting", &[("name", Arg::from(knock.name.clone()))]),
        (None, 0) => words.text("chat-empty-nobody"),
        (None, _) => words.text("chat-empty"),
    };
    ChatPanel {
        conversations: conversations(words, view, with),
        rows: rows(view, chat, notes, unread_from, utc_offset_secs),
        with,
        composer,
        empty,
        rights: Rights::of(view),
    }
}

/// Which conversation is shown: the chosen one, or the first knock while nobody else is there.
pub fn shown_conversation(view: &SessionView, asked: Option<KnockId>) -> Option<KnockId> {
    let open = asked.filter(|id| view.knock(id).is_some());
    let alone = view.people.iter().all(|person| person.me);
    open.or_else(|| if alone { view.knocks.first().map(|knock| knock.id) } else { None })
}

fn conversations(words: &Catalog, view: &SessionView, with: Option<KnockId>) -> Vec<Conversation> {
    let alone = view.people.iter().all(|person| person.me);
    let waiting_unread: u32 = view.knocks.iter().map(|knock| knock.unread).sum();
    let mut list = Vec::new();
    if !alone || view.knocks.is_empty() {
        list.push(Conversation {
            with: None,
            name: words.text("chat-members"),
            unread: view.unread.saturating_sub(waiting_unread),
            shown: with.is_none(),
        });
    }
    list.extend(view.knocks.iter().map(|knock| Conversation {
        with: Some(knock.id),
        name: knock.name.clone(),
        unread: knock.unread,
        shown: with == Some(knock.id),
    }));
    list
}

fn rows<'a>(
    view: &'a SessionView,
    chat: &'a [ChatView],
    notes: &'a [NoteView],
    unread_from: Option<ChatId>,
    offset: i64,
) -> Vec<Row<'a>> {
    let shelf = ByContent::of(view);
    let mut rows = Vec::with_capacity(chat.len() + notes.len() + 4);
    let mut notes = notes.iter().peekable();
    let mut day = None;
    let mut turn = |rows: &mut Vec<Row<'a>>, at_ms: u64| {
        let of = time::day(at_ms, offset);
        if day != Some(of) {
            day = Some(of);
            rows.push(Row::Day(of));
        }
    };
    let mut before: Option<&ChatView> = None;
    for (index, item) in chat.iter().enumerate() {
        while let Some(note) = notes.next_if(|note| note.at_ms <= item.at_ms) {
            turn(&mut rows, note.at_ms);
            rows.push(Row::Note(note));
            before = None;
        }
        let days = rows.len();
        turn(&mut rows, item.at_ms);
        if rows.len() != days {
            before = None;
        }
        if unread_from == Some(item.id) {
            rows.push(Row::Unread);
            before = None;
        }
        let next = chat.get(index + 1);
        let breaks = notes.peek().is_some_and(|note| next.is_some_and(|next| note.at_ms <= next.at_ms));
        let last = breaks
            || next.is_none_or(|next| {
                !together(item, next)
                    || unread_from == Some(next.id)
                    || time::day(next.at_ms, offset) != time::day(item.at_ms, offset)
            });
        let first = before.is_none_or(|before| !together(before, item));
        let file = item.file.and_then(|blob| shelf.find(&blob, item.author));
        rows.push(Row::Message { item, file, first, last });
        before = Some(item);
    }
    for note in notes {
        turn(&mut rows, note.at_ms);
        rows.push(Row::Note(note));
    }
    rows
}

/// Two messages in a row read as one thought.
fn together(one: &ChatView, next: &ChatView) -> bool {
    one.author == next.author && next.at_ms.abs_diff(one.at_ms) < TOGETHER_MS
}

/// What a note says.
pub fn note_text(words: &Catalog, note: &NoteView) -> String {
    let id = match note.kind.as_str() {
        "joined" => "note-joined",
        "left" => "note-left",
        _ => "note-other",
    };
    words.text_with(id, &[("name", Arg::from(note.name.clone()))])
}

/// Message id of what a delivery state is called.
pub fn delivery_name(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Waiting => "delivery-waiting",
        Delivery::Stored => "delivery-stored",
        Delivery::Delivered => "delivery-delivered",
    }
}

/// The first message not read yet of a conversation.
pub fn first_unread(view: &SessionView, with: Option<KnockId>) -> Option<ChatId> {
    let chat: &[ChatView] = match with {
        Some(id) => &view.knock(&id)?.chat,
        None => &view.chat,
    };
    chat.iter().find(|item| item.unread && !item.mine).map(|item| item.id)
}

/// Messages closer than this are shown as one block.
const TOGETHER_MS: u64 = 3 * 60_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fixtures, i18n::Lang};
    use sightline_node::view::VideoState;
    use std::sync::Arc;

    fn read(rows: &[Row<'_>]) -> Vec<String> {
        rows.iter()
            .map(|row| match row {
                Row::Day(_) => "day".to_owned(),
                Row::Unread => "new".to_owned(),
                Row::Note(note) => format!("{} {}", note.name, note.kind),
                Row::Message { item, first, last, .. } => {
                    format!("{}{}{}", if *first { "[" } else { "" }, item.text, if *last { "]" } else { "" })
                }
            })
            .collect()
    }

    #[test]
    fn messages_stand_in_blocks_with_days_notes_and_the_new_mark() {
        let mut view = fixtures::session_with_operator(VideoState::Off);
        view.notes = vec![fixtures::joined(1, 2, "Mihai")];
        view.chat = Arc::new(vec![
            fixtures::message(1, 2, "Mihai", "a"),
            fixtures::message(2, 2, "Mihai", "b"),
            fixtures::message(3, 1, "Ana", "c"),
            fixtures::message(4, 2, "Mihai", "d"),
        ]);
        let words = Catalog::new(Lang::En);
        let panel = chat_panel(&words, &view, None, Some(view.chat[3].id), 0);
        assert_eq!(read(&panel.rows), ["day", "Mihai joined", "[a", "b]", "[c]", "new", "[d]"]);
        assert_eq!(panel.conversations.len(), 1);
        let panel = chat_panel(&words, &view, None, Some(view.chat[1].id), 0);
        assert!(!read(&panel.rows).contains(&"new".to_owned()), "what was answered is not new");
    }

    #[test]
    fn a_new_day_breaks_a_block() {
        let mut view = fixtures::session_with_operator(VideoState::Off);
        let mut late = fixtures::message(1, 2, "Mihai", "late");
        late.at_ms = 86_400_000 - 1_000;
        let mut early = fixtures::message(2, 2, "Mihai", "early");
        early.at_ms = 86_400_000 + 1_000;
        view.chat = Arc::new(vec![late, early]);
        let panel = chat_panel(&Catalog::new(Lang::En), &view, None, None, 0);
        assert_eq!(read(&panel.rows), ["day", "[late]", "day", "[early]"]);
    }

    #[test]
    fn a_waiting_person_is_written_to_in_the_own_room() {
        let words = Catalog::new(Lang::En);
        let mut view = fixtures::empty_session();
        let mut knock = fixtures::knock("Mihai", 1);
        knock.chat = vec![fixtures::message(1, 101, "Mihai", "Hello?")];
        knock.unread = 1;
        view.unread = 1;
        view.knocks = vec![knock.clone()];
        let panel = chat_panel(&words, &view, None, None, 0);
        assert_eq!(panel.with, Some(knock.id), "alone with a knock, the knock's room is shown");
        assert_eq!(panel.composer, Composer::Write { hint: "Write to Mihai…".to_owned() });

        fixtures::add_operator(&mut view, "Ioana", 9, VideoState::Off);
        let panel = chat_panel(&words, &view, None, None, 0);
        assert_eq!(panel.with, None);
        let unread: Vec<_> = panel.conversations.iter().map(|c| (c.name.as_str(), c.unread)).collect();
        assert_eq!(unread, [("Session", 0), ("Mihai", 1)]);
    }

    #[test]
    fn a_closed_session_can_be_read_and_not_written() {
        let mut view = fixtures::session_with_operator(VideoState::Off);
        view.state = SessionState::Closed;
        let panel = chat_panel(&Catalog::new(Lang::En), &view, None, None, 0);
        assert!(matches!(panel.composer, Composer::Over { .. }));
    }

    #[test]
    fn ten_thousand_messages_are_read_without_copying_them() {
        let mut view = fixtures::session_with_operator(VideoState::Off);
        view.chat = Arc::new((0..10_000).map(|n| fixtures::message(n, 2, "Mihai", "text")).collect());
        let panel = chat_panel(&Catalog::new(Lang::En), &view, None, None, 0);
        let messages = panel.rows.iter().filter(|row| matches!(row, Row::Message { .. })).count();
        assert_eq!(messages, 10_000);
        assert!(std::mem::size_of::<Row<'_>>() <= 24);
    }
}
