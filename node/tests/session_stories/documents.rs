//! Documents that are looked at together: pages come as pictures, the first two at once, others when turned to.

use std::path::{Path, PathBuf};

use sightline_node::error::FileError;
use sightline_node::show::FileCommand;
use sightline_node::view::{FileKind, FileState, FileView, PageView, SessionView};
use sightline_node::{EntryId, SessionHandle};

use crate::drawing::call;
use crate::lab::{Lab, see};

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("written");
    path
}

fn document(view: &SessionView) -> Option<(&FileView, u32, &[PageView])> {
    view.files.iter().find_map(|file| match &file.kind {
        FileKind::Document { pages, shown } => Some((file, *pages, shown.as_slice())),
        FileKind::File => None,
    })
}

fn pages_here(view: &SessionView) -> Vec<u32> {
    let Some((_, _, shown)) = document(view) else { return Vec::new() };
    shown.iter().filter(|page| page.path.is_some()).map(|page| page.number).collect()
}

async fn share(session: &SessionHandle, path: PathBuf) -> Result<EntryId, FileError> {
    session.file(FileCommand::Share { path }).await.map(|done| done.files[0])
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_a_document_come_as_pictures_when_they_are_turned_to() {
    let lab = Lab::start().await;
    let (_expert, session, _operator, member) = call(&lab).await;
    let folder = tempfile::tempdir().expect("a folder");
    let manual = write(folder.path(), "manual.md", &"# A chapter\n\nTurn the valve.\n\n".repeat(200));
    let entry = share(&session, manual).await.expect("shared");
    let view = see(&member, "the first two pages", |view| pages_here(view) == [0, 1]).await;
    let (file, pages, shown) = document(&view).expect("a document");
    assert_eq!((file.name.as_str(), file.id), ("manual.md", entry));
    assert!(pages > 5, "{pages}");
    let path = shown[0].path.as_deref().expect("it is here");
    let reader = image::ImageReader::open(path).expect("opened").with_guessed_format().expect("read");
    let size = reader.into_dimensions().ok();
    assert_eq!(size, Some((shown[0].width, shown[0].height)), "the picture is what the document says");
    assert!(view.chat.iter().any(|item| item.file == Some(file.blob)), "the chat says so");

    let show = |pages: &[u32]| FileCommand::ShowPages { file: entry, pages: pages.to_vec() };
    session.file(show(&[1, 4, 4, 100_000])).await.expect("shown");
    see(&member, "the page turned to", |view| pages_here(view) == [0, 1, 4]).await;
    session.file(show(&[0, 1, 4])).await.expect("nothing new");
    assert_eq!(
        member.file(show(&[2])).await,
        Err(FileError::NotAllowed),
        "pages are added by who shared it, or experts"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_the_operator_sent_becomes_a_document_of_the_same_bytes() {
    let lab = Lab::start().await;
    let (_expert, session, _operator, member) = call(&lab).await;
    let folder = tempfile::tempdir().expect("a folder");
    let log = write(folder.path(), "pump.log", "12:00 started\n12:01 stopped\n");
    member.file(FileCommand::Send { paths: vec![log], to: None }).await.expect("sent");
    let here = |view: &SessionView| view.files.iter().any(|file| matches!(file.state, FileState::Here { .. }));
    let view = see(&session, "the file", here).await;
    let sent = view.files[0].clone();
    let done = session.file(FileCommand::ShowPages { file: sent.id, pages: vec![0] }).await.expect("opened");
    let view = see(&member, "its page", |view| pages_here(view) == [0]).await;
    let (file, pages, _) = document(&view).expect("a document");
    assert_eq!((done.files.as_slice(), file.blob, pages), ([file.id].as_slice(), sent.blob, 1));
    assert_eq!(view.chat.len(), 1, "nothing new was sent, so the chat says nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_shown_is_refused_and_leaves_nothing() {
    let lab = Lab::start().await;
    let (_expert, session, _operator, _member) = call(&lab).await;
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [
        ("drawing.svg", "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("broken.pdf", "%PDF-1.7\nnonsense"),
        ("program", "\u{7f}ELF\0\0"),
    ] {
        let path = write(folder.path(), name, text);
        assert_eq!(share(&session, path).await, Err(FileError::NotADocument), "{name}");
    }
    assert_eq!(share(&session, folder.path().join("gone.pdf")).await, Err(FileError::Unreadable));
    assert!(session.view().borrow().files.is_empty() && session.view().borrow().chat.is_empty());
}
