//! The conversation, checklists and notes of an export as Markdown.
//!
//! What people wrote is text and nothing else: signs that Markdown or a browser would read are escaped, marks that turn
//! or hide text are taken out. Times are what each author's clock said, in UTC.

use std::collections::{BTreeMap, HashMap};

use time::OffsetDateTime;

use crate::ids::{BlobId, PeerId};
use crate::view::{SessionView, StepState};

/// The day of a time, `2026-11-28`.
pub(super) fn day(at_ms: u64) -> String {
    moment(at_ms).map_or_else(|| "-".to_owned(), |at| at.date().to_string())
}

/// The chat with its files: `files` has the names of their copies.
pub(super) fn chat(view: &SessionView, files: &HashMap<BlobId, String>) -> String {
    let mut out = heading(&view.title);
    for person in &view.people {
        out.push_str(&format!("- {} ({:?}) `{}`\n", text(&person.name), person.role, person.peer));
    }
    let shelf: HashMap<BlobId, &str> = view.files.iter().map(|file| (file.blob, file.name.as_str())).collect();
    for message in view.chat.iter() {
        out.push_str(&said_by(&message.name, message.at_ms));
        if let Some(blob) = message.file {
            match files.get(&blob) {
                Some(name) => out.push_str(&format!("> [{}](<files/{}>)\n", text(name), target(name))),
                // It never came to this device, or was taken off the shelf.
                None => out.push_str(&format!("> {} ({blob})\n", text(shelf.get(&blob).unwrap_or(&"")))),
            }
        }
        out.push_str(&quoted(&message.text));
    }
    out
}

/// Every checklist with how its steps stand.
pub(super) fn steps(view: &SessionView) -> String {
    let names: BTreeMap<PeerId, &str> = view.people.iter().map(|person| (person.peer, person.name.as_str())).collect();
    let mut out = heading(&view.title);
    for list in view.steps.iter() {
        out.push_str(&format!("\n## {}\n\n", text(&list.title)));
        for step in &list.steps {
            let mark = if step.state == StepState::Done { 'x' } else { ' ' };
            let failed = if step.state == StepState::Failed { "✗ " } else { "" };
            let by = step.by.and_then(|by| names.get(&by)).map_or(String::new(), |by| format!(" ({})", text(by)));
            out.push_str(&format!("- [{mark}] {failed}{}{by}\n", text(&step.text)));
            if !step.note.is_empty() {
                out.push_str(&format!("  {}\n", quoted(&step.note).trim_end().replace('\n', "\n  ")));
            }
        }
    }
    out
}

/// The experts' notes.
pub(super) fn desk(view: &SessionView) -> String {
    let mut out = heading(&view.title);
    for note in view.desk.iter() {
        out.push_str(&said_by(&note.author_name, note.at_ms));
        out.push_str(&quoted(&note.text));
    }
    out
}

fn heading(title: &str) -> String {
    format!("# {}\n\n", text(title))
}

fn said_by(name: &str, at_ms: u64) -> String {
    let at = moment(at_ms).map_or_else(
        || "-".to_owned(),
        |at| format!("{} {:02}:{:02}:{:02} UTC", at.date(), at.hour(), at.minute(), at.second()),
    );
    format!("\n**{}** · {at}\n\n", text(name))
}

fn moment(at_ms: u64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(i64::try_from(at_ms / 1000).ok()?).ok()
}

/// Lines of a text as a quotation, each on a line of its own.
fn quoted(raw: &str) -> String {
    let lines: Vec<String> = raw.lines().map(|line| format!("> {}", text(line))).collect();
    if lines.is_empty() { String::new() } else { format!("{}\n", lines.join("  \n")) }
}

/// One line of text that Markdown takes as it is.
fn text(raw: &str) -> String {
    // White space in front would be code.
    let raw: String = raw.chars().filter(|c| *c == '\t' || !(c.is_control() || turns_text(*c))).collect();
    let raw = raw.trim_start();
    let mut out = String::with_capacity(raw.len());
    let digits = raw.chars().take_while(char::is_ascii_digit).count();
    for (at, c) in raw.chars().enumerate() {
        let in_front = match c {
            '#' | '+' | '-' | '=' => at == 0,
            '.' | ')' => at == digits && digits > 0,
            _ => false,
        };
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '|' => out.extend(['\\', c]),
            c if in_front => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

/// A file's name inside `<…>` of a link.
fn target(name: &str) -> String {
    name.replace('%', "%25").replace('<', "%3C").replace('>', "%3E").replace('\\', "%5C")
}

/// Marks that change the direction of text.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
