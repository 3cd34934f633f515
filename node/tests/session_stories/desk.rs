//! Checklists, experts' notes and shared texts between an expert and an operator.

use std::path::Path;

use sightline_node::error::DeskError;
use sightline_node::paint;
use sightline_node::show::{BoardCommand, DeskCommand, DeskDone, FileCommand, Ink, LiveOut, Tool};
use sightline_node::view::{FileState, Role, SessionView, StepState};
use sightline_node::{DocumentId, EntryId, InviteSpec, SessionHandle};

use crate::drawing::{board_on, call, line};
use crate::lab::{Lab, PATIENCE, join_and_admit, open_invite, see};

const NOBODY: EntryId = EntryId { actor: [1; 40], counter: 7 };

fn lines(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_are_ticked_by_the_operator_and_seen_by_the_expert() {
    let lab = Lab::start().await;
    let (_expert, session, operator, member) = call(&lab).await;
    let add = |steps: &[&str]| DeskCommand::AddSteps { title: "Restart".to_owned(), steps: lines(steps) };
    assert_eq!(session.desk(add(&["", "  "])).await, Err(DeskError::Empty));
    assert_eq!(session.desk(add(&["x"; 201])).await, Err(DeskError::TooLong));
    assert_eq!(session.desk(add(&["Close the valve", "", "Pull the plug"])).await, Ok(DeskDone::Done));
    let view = see(&member, "the list", |view| view.steps.len() == 1).await;
    let list = view.steps[0].clone();
    assert_eq!(
        list.steps.iter().map(|step| step.text.as_str()).collect::<Vec<_>>(),
        ["Close the valve", "Pull the plug"]
    );
    let set =
        |list, step, state, note: &str| DeskCommand::SetStep { list, step, state, note: note.to_owned(), photo: None };
    member.desk(set(list.id, 0, StepState::Done, "")).await.expect("ticked");
    member.desk(set(list.id, 1, StepState::Failed, "It is stuck")).await.expect("told");
    let view = see(&session, "how it went", |view| view.steps[0].steps[1].state == StepState::Failed).await;
    let steps = &view.steps[0].steps;
    assert_eq!((steps[0].state, steps[0].by), (StepState::Done, Some(operator.id())));
    assert_eq!(steps[1].note, "It is stuck");
    assert_eq!(member.desk(set(list.id, 2, StepState::Done, "")).await, Err(DeskError::UnknownEntry(list.id)));
    assert_eq!(member.desk(set(NOBODY, 0, StepState::Done, "")).await, Err(DeskError::UnknownEntry(NOBODY)));
    assert_eq!(member.desk(DeskCommand::RemoveSteps(list.id)).await, Err(DeskError::NotAllowed));
    session.desk(DeskCommand::RemoveSteps(list.id)).await.expect("removed");
    see(&member, "gone", |view| view.steps.is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_are_for_experts_alone_and_there_after_a_restart() {
    let lab = Lab::start().await;
    let (expert, session, _operator, member) = call(&lab).await;
    let colleague = lab.operator("Cy").await;
    let invite = open_invite(&session, InviteSpec { role: Role::Expert, ..InviteSpec::default() }).await;
    let other = join_and_admit(&session, &colleague, &invite.link).await;
    let id = session.id();
    assert_eq!(session.desk(DeskCommand::AddNote(" ".to_owned())).await, Err(DeskError::Empty));
    session.desk(DeskCommand::AddNote("Serial 4711".to_owned())).await.expect("noted");
    let view = see(&other, "the note at the colleague", |view| view.desk.len() == 1).await;
    let note = view.desk[0].id;
    let edit = |text: &str| DeskCommand::EditNote { note, text: text.to_owned() };
    assert_eq!(other.desk(edit("mine now")).await, Err(DeskError::NotAllowed));
    assert_eq!(other.desk(DeskCommand::RemoveNote(note)).await, Err(DeskError::NotAllowed));
    assert_eq!(member.desk(DeskCommand::AddNote("x".to_owned())).await, Err(DeskError::NotAllowed));
    session.desk(edit("Serial 4712")).await.expect("changed");
    see(&other, "the change", |view| view.desk[0].text == "Serial 4712").await;
    assert!(member.view().borrow().desk.is_empty(), "an operator never sees it");
    drop(session);
    expert.shutdown().await;

    let expert = lab.node("Ada").await;
    let session = expert.session(&id).expect("it is back");
    see(&session, "the note", |view| view.desk.iter().any(|note| note.text == "Serial 4712")).await;
    session.desk(DeskCommand::RemoveNote(note)).await.expect("removed");
    see(&session, "gone", |view| view.desk.is_empty()).await;
}

async fn text_of(session: &SessionHandle, text: DocumentId, what: &str, wished: impl Fn(&str) -> bool) -> String {
    let waiting = async {
        let mut view = session.view();
        loop {
            if let Some(shown) = session.text_view(&text).filter(|shown| wished(&shown.text)) {
                return shown.text.clone();
            }
            view.changed().await.expect("the session lives");
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("waited in vain: {what}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_written_by_both_at_once() {
    let lab = Lab::start().await;
    let (_expert, session, _operator, member) = call(&lab).await;
    let begun = session.desk(DeskCommand::NewText { title: "Protocol".to_owned() }).await;
    let Ok(DeskDone::Text(text)) = begun else { panic!("{begun:?}") };
    see(&member, "the text", |view| view.texts.iter().any(|shown| shown.id == text && shown.title == "Protocol")).await;
    let splice = |at, delete, insert: &str| DeskCommand::Splice { text, at, delete, insert: insert.to_owned() };
    session.desk(splice(0, 0, "Grüße 👋🏽\n")).await.expect("written");
    let length = "Grüße 👋🏽\n".chars().count();
    text_of(&member, text, "the beginning", |seen| seen.chars().count() == length).await;
    let (mine, theirs) = tokio::join!(session.desk(splice(length, 0, "one ")), member.desk(splice(length, 0, "two ")));
    mine.and(theirs).expect("written");
    let whole = |seen: &str| seen.contains("one ") && seen.contains("two ");
    let at_expert = text_of(&session, text, "both words", whole).await;
    assert_eq!(text_of(&member, text, "both words", whole).await, at_expert, "the same on both sides");
    member.desk(splice(0, length, "")).await.expect("deleted");
    text_of(&session, text, "shorter", |seen| !seen.contains("Grüße")).await;

    member.live(LiveOut::Cursor { text, at: 3 });
    let waiting = async {
        let mut live = session.live_view();
        while session.text_view(&text).is_none_or(|shown| shown.cursors.is_empty()) {
            live.changed().await.expect("the session lives");
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("a cursor");
    let shown = session.text_view(&text).expect("a text");
    assert_eq!((shown.cursors[0].1.as_str(), shown.cursors[0].2), ("Bo", 3));
    let nowhere = DocumentId([9; 16]);
    let splice = DeskCommand::Splice { text: nowhere, at: 0, delete: 0, insert: "x".to_owned() };
    assert_eq!(session.desk(splice).await, Err(DeskError::UnknownText(nowhere)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_exported_as_a_folder_that_proves_itself() {
    let lab = Lab::start().await;
    let (_expert, session, _operator, member) = call(&lab).await;
    let board = board_on(&session).await;
    let stroke = line(Tool::Arrow, Ink::Red, &[(6_000, 6_000), (60_000, 60_000)]);
    session.board(BoardCommand::Draw { board, stroke, preview: None }).await.expect("drawn");
    let bytes = FileCommand::SendBytes {
        name: "Manual.txt".to_owned(),
        media_type: "text/plain".to_owned(),
        bytes: "Turn left".into(),
        to: None,
    };
    member.file(bytes).await.expect("sent");
    member.say("The valve <b>leaks</b>").await.expect("said");
    session.desk(DeskCommand::AddNote("Serial 4711".to_owned())).await.expect("noted");
    session
        .desk(DeskCommand::AddSteps { title: "Restart".to_owned(), steps: lines(&["Close it"]) })
        .await
        .expect("added");
    let all = |view: &SessionView| {
        view.chat.len() == 2 && view.files.iter().all(|file| matches!(file.state, FileState::Here { .. }))
    };
    see(&session, "all of it", all).await;

    let into = lab.folder.path().join("exports");
    std::fs::create_dir(&into).expect("made");
    let export = |with_desk, folder: &Path| DeskCommand::Export { folder: folder.to_owned(), with_desk };
    let Ok(DeskDone::Exported(folder)) = session.desk(export(true, &into)).await else { panic!("not exported") };
    assert_eq!(folder.parent(), Some(into.as_path()));
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let chat = String::from_utf8(read("chat.md")).expect("text");
    assert!(chat.contains("> The valve &lt;b&gt;leaks&lt;/b&gt;"), "{chat}");
    assert!(chat.contains("(<files/Manual.txt>)"), "{chat}");
    assert_eq!(read("files/Manual.txt"), b"Turn left");
    assert!(String::from_utf8(read("steps.md")).expect("text").contains("- [ ] Close it"));
    assert!(String::from_utf8(read("notes.md")).expect("text").contains("Serial 4711"));
    let picture = paint::decode(&read("boards/01 Valve.png")).expect("a picture");
    let is_red = |pixel: &[u8]| pixel[0] > 200 && pixel[1] < 100;
    assert!(picture.rgba.chunks_exact(4).any(is_red), "the arrow is on it");
    let mut record = sightline_crdt::record::verify(&read("record.sightline")).expect("it proves itself");
    assert!(record.has_desk());
    assert_eq!(record.room().chat.len(), 2);
    assert_eq!(record.desk()[0].text, "Serial 4711");

    // Operators may have their copy; what only experts see is not for them.
    assert_eq!(member.desk(export(true, &into)).await, Err(DeskError::NotAllowed));
    let Ok(DeskDone::Exported(own)) = member.desk(export(false, &into)).await else { panic!("not exported") };
    assert!(!own.join("notes.md").exists());
    let record = std::fs::read(own.join("record.sightline")).expect("read");
    assert!(!sightline_crdt::record::verify(&record).expect("it proves itself").has_desk());
    // A closed session is read as before.
    session.close_session().await.expect("closed");
    assert!(matches!(session.desk(export(true, &into)).await, Ok(DeskDone::Exported(_))));
    assert_eq!(session.desk(export(true, &into.join("none"))).await, Err(DeskError::NoRoom));
}
