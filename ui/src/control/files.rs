//! Lines about files.

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Value, json};
use sightline_node::{
    EntryId, KnockId, SessionHandle, SessionId,
    show::{FileCommand, FilesDone},
};

use super::{command::Hex, serve::Failure};

/// What can be asked of a session's files.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the fields are the wire format's, described once at each command")]
pub enum FileDo {
    /// Publishes files and folders, or puts them into a knock's waiting room → `files`.
    SendFiles {
        paths: Vec<PathBuf>,
        #[serde(default)]
        knock: Option<Hex<KnockId>>,
    },
    /// Copies a file that is here into a folder, under its label → `saved`.
    SaveFile { file: EntryId, folder: PathBuf },
    /// Copies all files that are here → `saved`.
    SaveFiles { folder: PathBuf },
    /// Does something with a file or its transfer.
    FileAct { file: EntryId, act: FileAct },
}

/// What can be done with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "as `FileCommand`")]
pub enum FileAct {
    Fetch,
    Pause,
    Resume,
    Cancel,
    Hide,
}

/// A line about a session's files.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct FileLine {
    /// Which session.
    pub session: Hex<SessionId>,
    /// What.
    #[serde(flatten)]
    pub command: FileDo,
}

/// The names that [`FileDo`] has.
pub const NAMES: [&str; 4] = ["send-files", "save-file", "save-files", "file-act"];

/// Carries out a line.
pub(super) async fn carry_out(session: &SessionHandle, command: FileDo) -> Result<Value, Failure> {
    let command = match command {
        FileDo::SendFiles { paths, knock } => FileCommand::Send { paths, to: knock.map(|knock| knock.0) },
        FileDo::SaveFile { file, folder } => FileCommand::Save { file, folder },
        FileDo::SaveFiles { folder } => FileCommand::SaveAll { folder },
        FileDo::FileAct { file, act: FileAct::Fetch } => FileCommand::Fetch(file),
        FileDo::FileAct { file, act: FileAct::Pause } => FileCommand::Pause(file),
        FileDo::FileAct { file, act: FileAct::Resume } => FileCommand::Resume(file),
        FileDo::FileAct { file, act: FileAct::Cancel } => FileCommand::Cancel(file),
        FileDo::FileAct { file, act: FileAct::Hide } => FileCommand::Hide(file),
    };
    let FilesDone { files, saved } = session.file(command).await?;
    Ok(json!({ "files": files, "saved": saved }))
}

#[cfg(test)]
mod tests {
    use super::super::command::{Do, read};
    use super::*;

    const SESSION: &str = "07070707070707070707070707070707";
    const KNOCK: &str = "0909090909090909090909090909090909090909090909090909090909090909";

    fn must(line: &Value) -> FileDo {
        match read(&line.to_string()).unwrap_or_else(|error| panic!("{line}: {error:?}")).command {
            Do::Files(FileLine { session, command }) if session == Hex(SessionId([7; 16])) => command,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn every_line_about_files_is_understood() {
        let entry = format!("{}.12", "ab".repeat(40));
        let file: EntryId = entry.parse().expect("an entry");
        let send = |knock| FileDo::SendFiles { paths: vec!["/a".into(), "/b".into()], knock };
        assert_eq!(must(&json!({"do": "send-files", "session": SESSION, "paths": ["/a", "/b"]})), send(None));
        assert_eq!(
            must(&json!({"do": "send-files", "session": SESSION, "paths": ["/a", "/b"], "knock": KNOCK})),
            send(Some(Hex(KnockId([9; 32]))))
        );
        assert_eq!(
            must(&json!({"do": "save-file", "session": SESSION, "file": entry, "folder": "/out"})),
            FileDo::SaveFile { file, folder: "/out".into() }
        );
        assert_eq!(
            must(&json!({"do": "save-files", "session": SESSION, "folder": "/out"})),
            FileDo::SaveFiles { folder: "/out".into() }
        );
        for (name, act) in [
            ("fetch", FileAct::Fetch),
            ("pause", FileAct::Pause),
            ("resume", FileAct::Resume),
            ("cancel", FileAct::Cancel),
            ("hide", FileAct::Hide),
        ] {
            let line = json!({"do": "file-act", "session": SESSION, "file": entry, "act": name});
            assert_eq!(must(&line), FileDo::FileAct { file, act });
        }
        for wrong in [
            json!({"do": "file-act", "session": SESSION, "file": entry, "act": "burn"}),
            json!({"do": "save-file", "session": SESSION, "file": "12@ab", "folder": "/out"}),
            json!({"do": "send-files", "session": SESSION}),
        ] {
            assert_eq!(read(&wrong.to_string()).expect_err("refused").code, "bad-field", "{wrong}");
        }
    }
}
