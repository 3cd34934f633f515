//! `sightline-record verify FILE`: reads the signed record of a session and says who wrote what.
//!
//! It needs no network and no keys. Names and texts come from people: control and bidi marks are taken out before they
//! are printed, so that nothing in a record can pose as a line of this program.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use sightline_crdt::id::PeerId;
use sightline_crdt::record::{self, Verified};
use sightline_crdt::roster::shown_name;

#[derive(Parser)]
#[command(version, about = "Reads signed records of Sightline sessions.")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Verifies signatures, roster and hashes of a record, and prints who wrote what.
    Verify {
        /// The record.
        file: PathBuf,
        /// Also prints the experts' notes, if they are in the record.
        #[arg(long)]
        desk: bool,
    },
}

fn main() -> ExitCode {
    let Command::Verify { file, desk } = Args::parse().command;
    let bytes = match std::fs::read(&file) {
        Ok(bytes) => bytes,
        Err(error) => {
            eprintln!("{}: {error}", file.display());
            return ExitCode::from(2);
        }
    };
    match record::verify(&bytes) {
        Ok(mut verified) => {
            lines(&mut verified, desk).iter().for_each(|line| println!("{line}"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("NOT VALID: {error}");
            ExitCode::FAILURE
        }
    }
}

fn lines(record: &mut Verified, desk: bool) -> Vec<String> {
    let mut lines = vec![format!("valid: session {}", record.sid())];
    if let Some(creator) = record.creator() {
        lines.push(format!("made by {}", who(record, &creator)));
    }
    lines.push("times are what each author's clock said".into());
    lines.push(match record.is_closed() {
        true => "closed by the lead: nothing is missing from before that".into(),
        false => "not closed: the last words of an author may be missing, nothing before them".into(),
    });
    for (peer, envelopes) in record.authors() {
        let role = record.roster().role_of(&peer).map_or("left", |role| match role {
            sightline_crdt::id::Role::Lead => "lead",
            sightline_crdt::id::Role::Expert => "expert",
            sightline_crdt::id::Role::Operator => "operator",
            sightline_crdt::id::Role::Viewer => "viewer",
        });
        lines.push(format!("author {} ({role}): {envelopes} signed changes", who(record, &peer)));
    }
    for peer in record.equivocated() {
        lines.push(format!("WARNING: {} signed two things in one place", who(record, &peer)));
    }
    for (doc, accepted, aside) in record.documents() {
        lines.push(format!("document {doc:?}: {accepted} changes count, {aside} do not"));
    }
    lines.append(&mut said(record));
    if desk {
        let notes = record.desk();
        lines.extend(notes.iter().map(|note| line(record, note.at_ms, &note.author, &format!("notes: {}", note.text))));
    } else if record.has_desk() {
        lines.push("the experts' notes are in it: --desk prints them".into());
    }
    lines
}

/// Chat, files, checklists, boards and texts.
fn said(record: &mut Verified) -> Vec<String> {
    let mut lines = Vec::new();
    let room = record.room();
    if let Some(title) = &room.title {
        lines.push(format!("title: {}", plain(title)));
    }
    for message in room.chat.iter().filter(|message| message.file.is_none()) {
        lines.push(line(record, message.at_ms, &message.author, &format!("says: {}", message.text)));
    }
    for file in record.shelf().files {
        let what = format!("sends {} ({} bytes, blob {})", file.name, file.size, file.blob);
        lines.push(line(record, file.at_ms, &file.author, &what));
    }
    for list in record.steps() {
        lines.push(line(record, list.at_ms, &list.author, &format!("lists: {}", list.title)));
        for step in list.steps {
            let by = step.by.map_or(String::new(), |by| format!(", {}", who(record, &by)));
            lines.push(format!("    [{}{by}] {} {}", step.state.word(), plain(&step.text), plain(&step.note)));
        }
    }
    for (_, board) in record.boards() {
        let Some(still) = &board.still else { continue };
        let what = format!("makes the board {} (blob {})", board.title, still.blob);
        lines.push(line(record, still.at_ms, &still.author, &what));
        for stroke in board.strokes.iter() {
            let (tool, text) = (stroke.drawing.tool().word(), stroke.drawing.text());
            lines.push(format!("    {} draws: {tool} {}", who(record, &stroke.author), plain(text)));
        }
    }
    for (_, text) in record.texts() {
        let Some(author) = text.author else { continue };
        lines.push(line(record, text.at_ms, &author, &format!("begins the text {}", text.title)));
        lines.extend(text.text.lines().map(|line| format!("    {}", plain(line))));
    }
    lines
}

fn line(record: &Verified, at_ms: i64, author: &PeerId, what: &str) -> String {
    format!("{at_ms} {} {}", who(record, author), plain(what))
}

/// A name with the beginning of the key that it stands for: names are not unique.
fn who(record: &Verified, peer: &PeerId) -> String {
    let key = peer.to_string();
    format!("{} [{}]", shown_name(record.name_of(peer)), &key[..16])
}

/// Without marks that would move the cursor or turn the direction of text.
fn plain(text: &str) -> String {
    let is_mark = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{061c}')
    };
    text.chars().map(|c| if is_mark(c) { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;
    use sightline_crdt::id::SlotKey;
    use sightline_crdt::keys::SealSecret;
    use sightline_crdt::session::{Me, Session};

    #[test]
    fn says_who_wrote_what_and_lets_no_text_pose_as_a_line() {
        let mut rng = rand::rng();
        let me = Me { key: SigningKey::from_bytes(&[7; 32]), seal: SealSecret::generate(&mut rng) };
        let slot = SlotKey(SigningKey::from_bytes(&[8; 32]).verifying_key().to_bytes());
        let (mut session, _) = Session::found(me, slot, "Ann", true, &mut rng).unwrap();
        session.say("hello\nvalid: session of mine\u{1b}[2K\u{202e}", 5, &mut rng).unwrap();
        let file = record::export(&mut session, true);
        let lines = lines(&mut record::verify(&file).unwrap(), false);
        assert!(lines[0].starts_with("valid: session "));
        assert!(lines.iter().any(|line| line.starts_with("5 Ann [") && line.contains("says: hello valid: session")));
        assert!(lines.iter().all(|line| !line.chars().any(char::is_control) && !line.contains('\u{202e}')));
    }
}
