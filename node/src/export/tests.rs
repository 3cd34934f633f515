use super::*;
use crate::ids::{ChatId, PeerId, SessionId};
use crate::view::{ChatView, Delivery, DeskNoteView, FileKind, FileView};

const ANA: PeerId = PeerId([7; 32]);

fn said(text: &str, file: Option<BlobId>) -> ChatView {
    ChatView {
        id: ChatId { actor: [7; 40], counter: 1 },
        author: ANA,
        name: "Ana*".into(),
        mine: true,
        text: text.into(),
        file,
        at_ms: 1_795_000_000_000,
        delivery: Delivery::Delivered,
        waiting: None,
        unread: false,
    }
}

fn export(title: &str) -> Export {
    let mut view = SessionView::empty(SessionId([1; 16]), ANA);
    view.title = title.into();
    view.created_ms = 1_795_000_000_000;
    Export { view, boards: Vec::new(), texts: Vec::new(), with_desk: false, record: b"record".to_vec() }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("listed")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn what_people_wrote_stays_text() {
    let mut export = export("# Pump");
    let lines = "<script>alert(1)</script>\n# not a heading\n1. no list\n[x](javascript:1) `code` \u{202e}tac\u{1b}[2K\n\n    - x";
    export.view.chat = Arc::new(vec![said(lines, None)]);
    let chat = words::chat(&export.view, &HashMap::new());
    assert_eq!(
        chat,
        "# \\# Pump\n\n\n**Ana\\*** · 2026-11-18 11:06:40 UTC\n\n\
         > &lt;script&gt;alert(1)&lt;/script&gt;  \n> \\# not a heading  \n> 1\\. no list  \n\
         > \\[x\\](javascript:1) \\`code\\` tac\\[2K  \n>   \n> \\- x\n"
    );
}

#[test]
fn nothing_leaves_the_folder_and_nothing_is_written_over() {
    let home = tempfile::tempdir().expect("a folder");
    let store = BlobStore::open(&home.path().join("blobs"), None).expect("open");
    let out = home.path().join("out");
    fs::create_dir(&out).expect("made");
    let made = export("../../C:\\con\u{202e}").write(&store, &out).expect("exported");
    assert_eq!(made, out.join("-..-C_-con 2026-11-18"));
    let again = export("../../C:\\con\u{202e}").write(&store, &out).expect("exported");
    assert_eq!(again, out.join("-..-C_-con 2026-11-18 (2)"));
    assert_eq!(names(&out), ["-..-C_-con 2026-11-18", "-..-C_-con 2026-11-18 (2)"], "nothing hidden is left");
    assert_eq!(names(&made), ["chat.md", "record.sightline"]);
    let long = export(&"é".repeat(500)).write(&store, &out).expect("exported");
    assert!(long.is_dir(), "a title of a thousand bytes is cut");
    assert_eq!(export("x").write(&store, &home.path().join("none")), Err(BlobError::Unreadable));
}

#[test]
fn files_of_one_name_lie_side_by_side_and_what_is_not_here_is_named() {
    let home = tempfile::tempdir().expect("a folder");
    let store = BlobStore::open(&home.path().join("blobs"), None).expect("open");
    let blobs: Vec<BlobId> =
        [&b"one"[..], b"two"].iter().map(|bytes| store.put_bytes(bytes).expect("taken in").id()).collect();
    let gone = BlobId([9; 32]);
    let file = |blob, state| FileView {
        id: ChatId { actor: [7; 40], counter: 1 },
        blob,
        name: "a photo.jpg".into(),
        media_type: "image/jpeg".into(),
        size: 3,
        author: ANA,
        author_name: "Ana".into(),
        mine: true,
        at_ms: 0,
        kind: FileKind::File,
        state,
        delivery: Delivery::Delivered,
        sent: None,
        waiting: None,
    };
    let here = |blob: BlobId| file(blob, FileState::Here { path: store.path(&blob).expect("here") });
    let mut export = export("Pump");
    export.view.files = Arc::new(vec![here(blobs[0]), here(blobs[1]), file(gone, FileState::Offered)]);
    export.view.chat = Arc::new(vec![said("", Some(blobs[1])), said("", Some(gone))]);
    let note = DeskNoteView {
        id: ChatId { actor: [7; 40], counter: 2 },
        author: ANA,
        author_name: "Ana".into(),
        text: "secret".into(),
        at_ms: 0,
    };
    export.view.desk = Arc::new(vec![note]);
    let made = export.write(&store, home.path()).expect("exported");
    assert_eq!(names(&made), ["chat.md", "files", "record.sightline"], "no notes unless asked for");
    assert_eq!(fs::read(made.join("files/a photo.jpg")).expect("read"), b"one");
    assert_eq!(fs::read(made.join("files/a photo (2).jpg")).expect("read"), b"two");
    let chat = fs::read_to_string(made.join("chat.md")).expect("read");
    assert!(chat.contains("> [a photo (2).jpg](<files/a photo (2).jpg>)\n"), "{chat}");
    assert!(chat.contains(&format!("> a photo.jpg ({gone})\n")), "{chat}");
    export.with_desk = true;
    let made = export.write(&store, home.path()).expect("exported");
    assert!(fs::read_to_string(made.join("notes.md")).expect("read").contains("> secret"));
}
