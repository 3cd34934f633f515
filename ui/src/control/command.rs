//! Commands as they are read from a line.

use std::{path::PathBuf, str::FromStr};

use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;
use sightline_node::{InviteId, KnockId, PeerId, SessionId, view::Role};

use super::files::{self, FileLine};
use super::show::{self, ShowLine};

/// A line that was understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What the answer repeats.
    pub id: Value,
    /// What to do.
    pub command: Do,
}

/// A line that was not understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Misread {
    /// What the answer repeats, as far as it could be read.
    pub id: Value,
    /// `bad-json`, `unknown-command` or `bad-field`.
    pub code: &'static str,
    /// What is wrong, in English.
    pub message: String,
}

/// What can be asked.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the fields are the wire format's, described once at each command")]
pub enum Do {
    /// Founds a session → `session`.
    NewSession {
        #[serde(default)]
        title: String,
    },
    /// Lists the sessions → `sessions`, `node`.
    Sessions,
    /// Shows a session → `view`.
    View { session: Hex<SessionId> },
    /// Makes a link → `invite`, `link`, `qr`. `base` puts another host before the secret.
    Invite {
        session: Hex<SessionId>,
        #[serde(default = "operator")]
        role: RoleName,
        #[serde(default = "one")]
        uses: u32,
        #[serde(default = "a_day")]
        minutes: u64,
        #[serde(default)]
        auto: bool,
        #[serde(default)]
        base: Option<String>,
    },
    /// Takes a link back.
    Revoke { session: Hex<SessionId>, invite: Hex<InviteId> },
    /// Lets a knock in → `peer`.
    Admit { session: Hex<SessionId>, knock: Hex<KnockId> },
    /// Refuses a knock.
    Refuse { session: Hex<SessionId>, knock: Hex<KnockId> },
    /// Writes into the chat, or into a knock's waiting room.
    Say {
        session: Hex<SessionId>,
        text: String,
        #[serde(default)]
        knock: Option<Hex<KnockId>>,
    },
    /// Asks a member to show what it sees; without `peer` whoever is on stage → `peer`.
    AskVideo {
        session: Hex<SessionId>,
        #[serde(default)]
        peer: Option<Hex<PeerId>>,
    },
    /// Figures of a link → `stats`, `peer`.
    Stats {
        session: Hex<SessionId>,
        #[serde(default)]
        peer: Option<Hex<PeerId>>,
    },
    /// Writes the newest decoded picture as PNG → `width`, `height`, `sequence`.
    SaveFrame {
        session: Hex<SessionId>,
        #[serde(default)]
        peer: Option<Hex<PeerId>>,
        path: PathBuf,
    },
    /// Gives a session another title.
    Title { session: Hex<SessionId>, title: String },
    /// Marks everything in a session as read.
    MarkRead { session: Hex<SessionId> },
    /// Closes a session for everybody.
    CloseSession { session: Hex<SessionId> },
    /// Believes the certificate that the rendezvous shows now.
    TrustCertificate { host: String, sha256: String },
    /// Boards, pointers, checklists, notes and shared texts.
    #[serde(skip)]
    Show(ShowLine),
    /// Files.
    #[serde(skip)]
    Files(FileLine),
    /// Ends the app.
    Quit,
    /// With a window only: writes its pixels as PNG → `width`, `height`.
    Screenshot { path: PathBuf },
    /// With a window only: puts a session on stage.
    Select { session: Hex<SessionId> },
    /// With a window only: shows `chat`, `people`, `files`, `steps`, `notes`, `settings`, `stage` (panel folded) or
    /// `full-screen`.
    Focus { panel: Panel },
}

/// Part of the window to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "each is named by what it shows")]
pub enum Panel {
    Chat,
    People,
    Files,
    Steps,
    Notes,
    Settings,
    Stage,
    FullScreen,
}

/// A role that can be invited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "as `view::Role`")]
pub enum RoleName {
    Operator,
    Expert,
    Viewer,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Operator => Role::Operator,
            RoleName::Expert => Role::Expert,
            RoleName::Viewer => Role::Viewer,
        }
    }
}

/// An id in lowercase hex.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hex<T>(pub T);

impl<'de, T: FromStr> Deserialize<'de> for Hex<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Hex).map_err(|_| D::Error::custom("an id is lowercase hexadecimal of the right length"))
    }
}

/// Reads a line.
pub fn read(line: &str) -> Result<Line, Misread> {
    let misread = |id, code, message: String| Misread { id, code, message };
    if line.len() > MAX_LINE {
        return Err(misread(Value::Null, "bad-json", format!("a line has at most {MAX_LINE} bytes")));
    }
    let mut value: Value =
        serde_json::from_str(line).map_err(|error| misread(Value::Null, "bad-json", error.to_string()))?;
    let Some(object) = value.as_object_mut() else {
        return Err(misread(Value::Null, "bad-json", "a line is one JSON object".to_owned()));
    };
    let id = object.remove("id").unwrap_or(Value::Null);
    let Some(name) = object.get("do").and_then(Value::as_str).map(str::to_owned) else {
        return Err(misread(id, "unknown-command", "\"do\" names no command".to_owned()));
    };
    if files::NAMES.contains(&name.as_str()) {
        return match serde_json::from_value(value) {
            Ok(line) => Ok(Line { id, command: Do::Files(line) }),
            Err(error) => Err(misread(id, "bad-field", error.to_string())),
        };
    }
    if show::NAMES.contains(&name.as_str()) {
        return match serde_json::from_value(value) {
            Ok(line) => Ok(Line { id, command: Do::Show(line) }),
            Err(error) => Err(misread(id, "bad-field", error.to_string())),
        };
    }
    match serde_json::from_value(value) {
        Ok(command) => Ok(Line { id, command }),
        Err(error) => {
            let text = error.to_string();
            let code = if text.starts_with("unknown variant") && text.contains(&format!("`{name}`")) {
                "unknown-command"
            } else {
                "bad-field"
            };
            Err(misread(id, code, text))
        }
    }
}

fn operator() -> RoleName {
    RoleName::Operator
}

fn one() -> u32 {
    1
}

fn a_day() -> u64 {
    24 * 60
}

/// Room for the longest message with every character escaped, and for the longest stroke.
const MAX_LINE: usize = 512 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SESSION: &str = "07070707070707070707070707070707";
    const KNOCK: &str = "0909090909090909090909090909090909090909090909090909090909090909";

    fn must(line: Value) -> Do {
        read(&line.to_string()).unwrap_or_else(|error| panic!("{line}: {error:?}")).command
    }

    #[test]
    fn every_command_is_understood() {
        let session = Hex(SessionId([7; 16]));
        let knock = Hex(KnockId([9; 32]));
        assert_eq!(must(json!({"do": "new-session", "title": "Pump"})), Do::NewSession { title: "Pump".into() });
        assert_eq!(must(json!({"do": "sessions"})), Do::Sessions);
        assert_eq!(must(json!({"do": "view", "session": SESSION})), Do::View { session });
        assert_eq!(
            must(json!({"do": "invite", "session": SESSION})),
            Do::Invite { session, role: RoleName::Operator, uses: 1, minutes: 1440, auto: false, base: None }
        );
        assert_eq!(
            must(
                json!({"do": "invite", "session": SESSION, "role": "viewer", "uses": 0, "minutes": 5, "auto": true, "base": "https://h:1"})
            ),
            Do::Invite {
                session,
                role: RoleName::Viewer,
                uses: 0,
                minutes: 5,
                auto: true,
                base: Some("https://h:1".into())
            }
        );
        assert_eq!(must(json!({"do": "admit", "session": SESSION, "knock": KNOCK})), Do::Admit { session, knock });
        assert_eq!(must(json!({"do": "refuse", "session": SESSION, "knock": KNOCK})), Do::Refuse { session, knock });
        assert_eq!(
            must(json!({"do": "say", "session": SESSION, "text": "Hi 👋"})),
            Do::Say { session, text: "Hi 👋".into(), knock: None }
        );
        assert_eq!(
            must(json!({"do": "say", "session": SESSION, "text": "Hi", "knock": KNOCK})),
            Do::Say { session, text: "Hi".into(), knock: Some(knock) }
        );
        assert_eq!(must(json!({"do": "ask-video", "session": SESSION})), Do::AskVideo { session, peer: None });
        assert_eq!(
            must(json!({"do": "stats", "session": SESSION, "peer": KNOCK})),
            Do::Stats { session, peer: Some(Hex(PeerId([9; 32]))) }
        );
        assert_eq!(
            must(json!({"do": "save-frame", "session": SESSION, "path": "/tmp/x.png"})),
            Do::SaveFrame { session, peer: None, path: "/tmp/x.png".into() }
        );
        assert_eq!(
            must(json!({"do": "title", "session": SESSION, "title": "T"})),
            Do::Title { session, title: "T".into() }
        );
        assert_eq!(must(json!({"do": "mark-read", "session": SESSION})), Do::MarkRead { session });
        assert_eq!(must(json!({"do": "close-session", "session": SESSION})), Do::CloseSession { session });
        assert_eq!(must(json!({"do": "quit"})), Do::Quit);
        assert_eq!(
            must(json!({"do": "screenshot", "path": "/tmp/x.png"})),
            Do::Screenshot { path: "/tmp/x.png".into() }
        );
        assert_eq!(must(json!({"do": "select", "session": SESSION})), Do::Select { session });
        assert_eq!(must(json!({"do": "focus", "panel": "full-screen"})), Do::Focus { panel: Panel::FullScreen });
        let revoke = must(json!({"do": "revoke", "session": SESSION, "invite": SESSION}));
        assert_eq!(revoke, Do::Revoke { session, invite: Hex(InviteId([7; 16])) });
        let trust = must(json!({"do": "trust-certificate", "host": "h:443", "sha256": "ab"}));
        assert_eq!(trust, Do::TrustCertificate { host: "h:443".into(), sha256: "ab".into() });
    }

    #[test]
    fn the_answer_repeats_any_id() {
        for id in [json!(7), json!("x"), json!({"a": [1]}), json!(null)] {
            assert_eq!(read(&json!({"do": "quit", "id": id}).to_string()).unwrap().id, id);
        }
        assert_eq!(read(r#"{"do":"fly","id":3}"#).unwrap_err().id, json!(3));
    }

    #[test]
    fn what_is_not_understood_is_said() {
        let code = |line: &str| read(line).unwrap_err().code;
        assert_eq!(code("not json"), "bad-json");
        assert_eq!(code("[1]"), "bad-json");
        assert_eq!(code("{}"), "unknown-command");
        assert_eq!(code(r#"{"do":7}"#), "unknown-command");
        assert_eq!(code(r#"{"do":"fly"}"#), "unknown-command");
        assert_eq!(code(r#"{"do":"view"}"#), "bad-field");
        assert_eq!(code(r#"{"do":"view","session":"07"}"#), "bad-field");
        assert_eq!(code(r#"{"do":"invite","session":"07070707070707070707070707070707","role":"lead"}"#), "bad-field");
        assert_eq!(code(r#"{"do":"invite","session":"07070707070707070707070707070707","uses":-1}"#), "bad-field");
        assert_eq!(code(&format!(r#"{{"do":"quit","id":"{}"}}"#, "x".repeat(MAX_LINE))), "bad-json");
    }
}
