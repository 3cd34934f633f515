//! Carries out what is asked of files, checklists, notes and shared texts, and puts what came of it into the
//! window's words.

use std::path::{Path, PathBuf};

use sightline_node::{
    SessionHandle,
    show::{DeskCommand, DeskDone, FileCommand},
};

use super::{Outcome, Written};

/// Does something with files. What is too large is left out and told before anything is sent.
pub(super) async fn file(session: &SessionHandle, command: FileCommand) -> Vec<Outcome> {
    let limit = session.view().borrow().max_file_bytes;
    let mut outcomes = Vec::new();
    let mut folder = None;
    let shares = matches!(command, FileCommand::Share { .. } | FileCommand::ShowPages { .. });
    let made = match &command {
        FileCommand::ShowPages { file, pages } => Some((*file, pages.clone())),
        _ => None,
    };
    let command = match command {
        FileCommand::Send { paths, to } => {
            let (fit, refused) = sort_by_size(paths, limit).await;
            outcomes.extend(refused);
            if fit.is_empty() {
                return outcomes;
            }
            FileCommand::Send { paths: fit, to }
        }
        FileCommand::Share { path } => {
            let (mut fit, refused) = sort_by_size(vec![path], limit).await;
            outcomes.extend(refused);
            let Some(path) = fit.pop() else { return outcomes };
            FileCommand::Share { path }
        }
        FileCommand::SendBytes { name, bytes, .. } if bytes.len() as u64 > limit => {
            outcomes.push(Outcome::TooLarge { name, size: bytes.len() as u64, count: 1, limit });
            return outcomes;
        }
        FileCommand::Save { file, folder: into } => {
            folder = Some(into.clone());
            FileCommand::Save { file, folder: into }
        }
        FileCommand::SaveAll { folder: into } => {
            folder = Some(into.clone());
            FileCommand::SaveAll { folder: into }
        }
        other => other,
    };
    match (session.file(command).await, folder) {
        (Ok(done), Some(folder)) => outcomes.push(Outcome::Saved { count: done.saved.len(), folder }),
        (Ok(done), None) => {
            let document = done.files.first().filter(|_| shares);
            outcomes.extend(document.map(|file| Outcome::Shared(session.id(), *file)));
        }
        (Err(error), _) => outcomes.push(match made {
            Some((file, pages)) => Outcome::PagesFailed { session: session.id(), file, pages, code: error.code() },
            None => Outcome::Failed { code: error.code() },
        }),
    }
    outcomes
}

/// Leaves out the files that are larger than allowed. Folders are looked into by the node.
async fn sort_by_size(paths: Vec<PathBuf>, limit: u64) -> (Vec<PathBuf>, Option<Outcome>) {
    let mut fit = Vec::with_capacity(paths.len());
    let mut refused: Option<(String, u64, usize)> = None;
    for path in paths {
        let size = match tokio::fs::metadata(&path).await {
            Ok(about) if about.is_file() => about.len(),
            // Whatever is wrong with it, the node says so.
            Ok(_) | Err(_) => 0,
        };
        if size <= limit {
            fit.push(path);
            continue;
        }
        match &mut refused {
            Some((_, _, count)) => *count += 1,
            None => refused = Some((label(&path), size, 1)),
        }
    }
    (fit, refused.map(|(name, size, count)| Outcome::TooLarge { name, size, count, limit }))
}

/// The last part of a path as it is shown.
fn label(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Does something with checklists, notes and shared texts.
pub(super) async fn desk(session: &SessionHandle, command: DeskCommand) -> Option<Outcome> {
    let id = session.id();
    let what = match &command {
        DeskCommand::AddSteps { .. } => Some(Written::Steps),
        DeskCommand::SetStep { list, step, .. } => Some(Written::Step(*list, *step)),
        DeskCommand::AddNote(_) => Some(Written::Note),
        DeskCommand::EditNote { note, .. } => Some(Written::Edit(*note)),
        DeskCommand::Splice { text, .. } => Some(Written::Splice(*text)),
        DeskCommand::RemoveSteps(_)
        | DeskCommand::RemoveNote(_)
        | DeskCommand::NewText { .. }
        | DeskCommand::Export { .. } => None,
    };
    let result = session.desk(command).await;
    match (what, result) {
        (Some(what), result) => {
            Some(Outcome::Written { session: id, what, failure: result.err().map(|error| error.code()) })
        }
        (None, Ok(DeskDone::Done)) => None,
        (None, Ok(DeskDone::Text(text))) => Some(Outcome::TextBegun(id, text)),
        (None, Ok(DeskDone::Exported(folder))) => Some(Outcome::Exported { folder }),
        (None, Err(error)) => Some(Outcome::Failed { code: error.code() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_too_large_is_left_out_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, size: usize| {
            let path = folder.path().join(name);
            std::fs::write(&path, vec![0; size]).unwrap();
            path
        };
        let paths = vec![file("a", 10), file("b", 11), file("c", 12), folder.path().to_owned(), "/no/such".into()];
        let (fit, refused) = sort_by_size(paths.clone(), 10).await;
        assert_eq!(fit, [paths[0].clone(), paths[3].clone(), paths[4].clone()]);
        assert_eq!(refused, Some(Outcome::TooLarge { name: "b".to_owned(), size: 11, count: 2, limit: 10 }));
    }
}
