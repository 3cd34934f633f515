//! What the window remembers over a restart, in the home as `window.json`: half-written messages, the four words seen
//! with each member, whether a link was sent. Losing it loses nothing of a session.

use std::{collections::BTreeMap, fs, io, path::Path};

use serde::{Deserialize, Serialize};
use sightline_node::{KnockId, PeerId, SessionId};

use crate::{
    panels::steps::StepsForm,
    state::{SessionUi, UiState},
};

/// The remembered part of the window's state. Ids are lowercase hex; entries that can't be read are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Memory {
    sessions: BTreeMap<String, Remembered>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Remembered {
    draft: String,
    waiting_drafts: BTreeMap<String, String>,
    words: BTreeMap<String, ([String; 4], String)>,
    link_sent: bool,
    untitled: bool,
    note: String,
    steps: Option<(String, String)>,
}

impl Memory {
    /// Reads what a home remembers; nothing where that can't be read.
    pub fn load(home: &Path) -> Self {
        match fs::read(home.join(FILE)) {
            Ok(bytes) if bytes.len() <= MAX_BYTES => serde_json::from_slice(&bytes).unwrap_or_default(),
            Ok(_) | Err(_) => Self::default(),
        }
    }

    /// Writes it, whole or not at all.
    pub fn store(&self, home: &Path) -> io::Result<()> {
        let bytes = serde_json::to_vec(self).map_err(io::Error::other)?;
        let new = home.join(format!("{FILE}.new"));
        fs::write(&new, bytes)?;
        fs::rename(new, home.join(FILE))
    }

    /// What there is to remember now.
    pub fn of(state: &UiState) -> Self {
        let sessions = state.sessions.iter().map(|(id, session)| (id.to_string(), Remembered::of(session)));
        Self { sessions: sessions.filter(|(_, session)| *session != Remembered::default()).collect() }
    }

    /// Puts what was remembered into the state.
    pub fn restore(&self, state: &mut UiState) {
        for (id, remembered) in &self.sessions {
            if let Ok(id) = id.parse::<SessionId>() {
                remembered.restore(state.session(id));
            }
        }
    }
}

impl Remembered {
    fn of(session: &SessionUi) -> Self {
        let drafts = session.waiting_drafts.iter().filter(|(_, draft)| !draft.is_empty());
        Self {
            draft: session.draft.clone(),
            waiting_drafts: drafts.map(|(knock, draft)| (knock.to_string(), draft.clone())).collect(),
            words: session.words.iter().map(|(peer, words)| (peer.to_string(), words.clone())).collect(),
            link_sent: session.link_sent,
            untitled: session.untitled,
            note: session.notes.draft.clone(),
            steps: session.steps.form.as_ref().map(|form| (form.title.clone(), form.text.clone())),
        }
    }

    fn restore(&self, session: &mut SessionUi) {
        session.draft = self.draft.clone();
        session.link_sent = self.link_sent;
        session.untitled = self.untitled;
        session.notes.draft = self.note.clone();
        let steps = self.steps.clone();
        session.steps.form = steps.map(|(title, text)| StepsForm { title, text, sending: false });
        let drafts = self.waiting_drafts.iter();
        session.waiting_drafts =
            drafts.filter_map(|(knock, draft)| Some((knock.parse::<KnockId>().ok()?, draft.clone()))).collect();
        let words = self.words.iter();
        session.words = words.filter_map(|(peer, words)| Some((peer.parse::<PeerId>().ok()?, words.clone()))).collect();
    }
}

const FILE: &str = "window.json";
/// Far beyond what drafts and words of all sessions take.
const MAX_BYTES: usize = 8 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drafts_and_words_survive_a_restart() {
        let home = tempfile::tempdir().unwrap();
        let (id, peer, knock) = (SessionId([7; 16]), PeerId([2; 32]), KnockId([9; 32]));
        let mut state = UiState::new();
        let session = state.session(id);
        session.draft = "half a sent".to_owned();
        session.waiting_drafts.insert(knock, "to Mihai".to_owned());
        session.words.insert(peer, (["a", "b", "c", "d"].map(str::to_owned), "1 2 3 4".to_owned()));
        session.link_sent = true;
        session.notes.draft = "half a note".to_owned();
        let form = StepsForm { title: "Seal".to_owned(), text: "one".to_owned(), sending: false };
        session.steps.form = Some(form);
        Memory::of(&state).store(home.path()).unwrap();

        let mut again = UiState::new();
        Memory::load(home.path()).restore(&mut again);
        assert_eq!(Memory::of(&again), Memory::of(&state));
        assert_eq!(again.session(id).steps.form.as_ref().map(|form| form.title.as_str()), Some("Seal"));
        assert_eq!(again.session(id).waiting_drafts[&knock], "to Mihai");
    }

    #[test]
    fn a_damaged_file_is_as_good_as_none() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join(FILE), br#"{"sessions":{"not hex":{"draft":"x"}}}"#).unwrap();
        let mut state = UiState::new();
        Memory::load(home.path()).restore(&mut state);
        assert!(state.sessions.is_empty());
        fs::write(home.path().join(FILE), b"\xff").unwrap();
        assert_eq!(Memory::load(home.path()), Memory::default());
    }
}
