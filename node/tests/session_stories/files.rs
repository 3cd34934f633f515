//! Files between natives: sent, resumed after restarts, refused by limits, taken off the shelf, left in waiting rooms.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use sightline_node::error::FileError;
use sightline_node::show::{FileCommand, FilesDone};
use sightline_node::view::{Delivery, FileState, FileView, NodeEvent, SessionView};
use sightline_node::{InviteSpec, Node, SessionHandle};

use crate::lab::{Lab, join_and_admit, linked, open_invite, see, the_knock};

fn content(len: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64 ^ len as u64;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

fn named<'a>(view: &'a SessionView, name: &str) -> Option<&'a FileView> {
    view.files.iter().find(|file| file.name == name)
}

fn is_here(view: &SessionView, name: &str) -> bool {
    named(view, name).is_some_and(|file| matches!(file.state, FileState::Here { .. }))
}

fn have(view: &SessionView, name: &str) -> u64 {
    match named(view, name).map(|file| &file.state) {
        Some(FileState::Arriving(progress) | FileState::Waiting(progress) | FileState::Paused(progress)) => {
            progress.have
        }
        Some(FileState::Here { .. }) => u64::MAX,
        _ => 0,
    }
}

async fn send(session: &SessionHandle, paths: &[&Path]) -> Result<FilesDone, FileError> {
    let paths: Vec<PathBuf> = paths.iter().map(|path| path.to_path_buf()).collect();
    session.file(FileCommand::Send { paths, to: None }).await
}

/// A session with an expert and an operator who have a link.
async fn two(lab: &Lab) -> (Node, SessionHandle, Node, SessionHandle) {
    let (expert, operator) = (lab.node("Ada").await, lab.operator("Bo").await);
    let session = expert.new_session("Pump").await.expect("a session");
    let invite = open_invite(&session, InviteSpec::default()).await;
    let member = join_and_admit(&session, &operator, &invite.link).await;
    (expert, session, operator, member)
}

#[tokio::test(flavor = "multi_thread")]
async fn files_arrive_by_themselves_with_a_message_and_are_saved_beside_others() {
    let lab = Lab::start().await;
    let (expert, session, _operator, member) = two(&lab).await;
    let mut events = expert.events();
    let photo = content(3_000_000);
    let folder = lab.folder.path().join("Pump photos");
    std::fs::create_dir(&folder).expect("made");
    std::fs::write(folder.join("one.jpg"), &photo).expect("written");
    std::fs::write(folder.join("two.txt"), b"hello").expect("written");
    let done = send(&member, &[&folder]).await.expect("sent");
    assert_eq!(done.files.len(), 2);
    let bytes = FileCommand::SendBytes {
        name: "../../evil\u{202e}gnp.exe".into(),
        media_type: "IMAGE/PNG; x=1".into(),
        bytes: Bytes::from_static(b"pasted"),
        to: None,
    };
    member.file(bytes).await.expect("sent");
    let names = ["Pump photos - one.jpg", "Pump photos - two.txt", "evilgnp.exe"];
    let view = see(&session, "all three", |view| names.iter().all(|name| is_here(view, name))).await;
    let file = named(&view, names[0]).expect("seen");
    assert_eq!((file.size, file.media_type.as_str(), file.mine), (3_000_000, "image/jpeg", false));
    assert_eq!(named(&view, names[2]).expect("seen").media_type, "image/png");
    let FileState::Here { path } = &file.state else { panic!("it is here") };
    assert!(std::fs::read(path).expect("read") == photo);
    // Each came with a message that names it.
    let brought: Vec<_> = view.chat.iter().filter_map(|chat| chat.file).collect();
    assert_eq!(brought, view.files.iter().map(|file| file.blob).collect::<Vec<_>>());
    let told = tokio::time::timeout(crate::lab::PATIENCE, async {
        loop {
            if let Ok(NodeEvent::FileHere { file, .. }) = events.recv().await
                && file == done.files[0]
            {
                return;
            }
        }
    });
    told.await.expect("told");
    // The sender knows that it arrived whole.
    see(&member, "the delivery", |view| {
        named(view, names[0]).is_some_and(|file| {
            file.delivery == Delivery::Delivered && file.sent.is_some_and(|sent| sent.have == sent.size)
        })
    })
    .await;
    let out = lab.folder.path().join("out");
    std::fs::create_dir(&out).expect("made");
    std::fs::write(out.join(names[1]), b"mine").expect("written");
    let saved = session.file(FileCommand::SaveAll { folder: out.clone() }).await.expect("saved").saved;
    assert_eq!(saved, [out.join(names[0]), out.join("Pump photos - two (2).txt"), out.join(names[2])]);
    assert_eq!(std::fs::read(out.join(names[1])).expect("read"), b"mine");
    assert!(std::fs::read(&saved[0]).expect("read") == photo);
    let nowhere = FileCommand::Save { file: done.files[0], folder: lab.folder.path().join("nowhere") };
    assert_eq!(session.file(nowhere).await, Err(FileError::Unreadable));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_goes_on_after_each_side_was_ended_in_the_middle() {
    let lab = Lab::start().await;
    let (expert, session, operator, member) = two(&lab).await;
    let bytes = content(64 * 1024 * 1024);
    let path = lab.folder.path().join("video.mp4");
    std::fs::write(&path, &bytes).expect("written");
    send(&member, &[&path]).await.expect("sent");
    let (id, size) = (session.id(), bytes.len() as u64);
    let view = see(&session, "a third", |view| have(view, "video.mp4") > size / 3).await;
    let before = have(&view, "video.mp4");
    // Ended in the middle: everything in memory is gone. (What a kill costs is measured at the porter.)
    drop(session);
    expert.shutdown().await;
    let expert = lab.node("Ada").await;
    let session = expert.session(&id).expect("it is back");
    let view = see(&session, "what was here", |view| have(view, "video.mp4") > 0).await;
    let after = have(&view, "video.mp4");
    assert!(after + 256 * 1024 >= before, "{before} bytes were here, {after} are");
    linked(&session, &member).await;
    see(&session, "two thirds", |view| have(view, "video.mp4") > size * 2 / 3).await;
    drop(member);
    operator.shutdown().await;
    let operator = lab.operator("Bo").await;
    let member = operator.session(&id).expect("it is back");
    linked(&session, &member).await;
    let view = see(&session, "all of it", |view| is_here(view, "video.mp4")).await;
    let Some(FileState::Here { path }) = named(&view, "video.mp4").map(|file| &file.state) else { panic!("seen") };
    assert!(std::fs::read(path).expect("read") == bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_pauses_cancels_and_fetches_and_the_choice_lasts() {
    let lab = Lab::start().await;
    let (expert, session, _operator, member) = two(&lab).await;
    let bytes = content(24 * 1024 * 1024);
    let path = lab.folder.path().join("log.bin");
    std::fs::write(&path, &bytes).expect("written");
    send(&member, &[&path]).await.expect("sent");
    let view = see(&session, "the file", |view| named(view, "log.bin").is_some()).await;
    let file = view.files[0].id;
    session.file(FileCommand::Pause(file)).await.expect("paused");
    see(&session, "the pause", |view| matches!(view.files[0].state, FileState::Paused(_))).await;
    let id = session.id();
    drop(session);
    expert.shutdown().await;
    let expert = lab.node("Ada").await;
    let session = expert.session(&id).expect("it is back");
    linked(&session, &member).await;
    see(&session, "still paused", |view| matches!(view.files[0].state, FileState::Paused(_))).await;
    session.file(FileCommand::Cancel(file)).await.expect("cancelled");
    see(&session, "offered", |view| view.files[0].state == FileState::Offered).await;
    let blobs = lab.folder.path().join("Ada/blobs");
    let began = std::time::Instant::now();
    while std::fs::read_dir(&blobs).expect("listed").count() > 0 {
        assert!(began.elapsed() < crate::lab::PATIENCE, "the part is gone");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    session.file(FileCommand::Fetch(file)).await.expect("wanted");
    see(&session, "it", |view| is_here(view, "log.bin")).await;
    // The author takes it off the shelf; the copy stays until nobody names it.
    assert_eq!(session.file(FileCommand::Hide(file)).await.map(|_| ()), Ok(()), "experts tidy up");
    see(&member, "an empty shelf", |view| view.files.is_empty()).await;
    assert_eq!(session.file(FileCommand::Fetch(file)).await, Err(FileError::UnknownFile(file)));
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_and_unreadable_files_are_refused_with_a_reason() {
    let mut lab = Lab::start().await;
    let policy = lab.folder.path().join("policy.toml");
    std::fs::write(&policy, "version = 1\n[limits]\nfile_bytes = 1000000\n").expect("written");
    lab.stop_rendezvous().await;
    lab.policy = Some(policy);
    lab.start_rendezvous().await;
    let (_expert, session, _operator, member) = two(&lab).await;
    for side in [&session, &member] {
        see(side, "the organisation's limit", |view| view.max_file_bytes == 1_000_000).await;
    }
    let (large, empty) = (lab.folder.path().join("large"), lab.folder.path().join("empty"));
    std::fs::write(&large, content(1_000_001)).expect("written");
    std::fs::write(&empty, b"").expect("written");
    let fine = lab.folder.path().join("fine");
    std::fs::write(&fine, content(1_000_000)).expect("written");
    assert_eq!(send(&member, &[&large]).await, Err(FileError::TooLarge));
    assert_eq!(send(&member, &[&fine, &large]).await, Err(FileError::TooLarge), "said before anything is sent");
    assert_eq!(send(&member, &[&empty]).await, Err(FileError::Empty));
    assert_eq!(send(&member, &[&lab.folder.path().join("gone")]).await, Err(FileError::Unreadable));
    let paste = |len| FileCommand::SendBytes {
        name: "x".into(),
        media_type: String::new(),
        bytes: content(len).into(),
        to: None,
    };
    assert_eq!(session.file(paste(1_000_001)).await, Err(FileError::TooLarge));
    assert_eq!(session.file(paste(0)).await, Err(FileError::Empty));
    assert!(session.view().borrow().files.is_empty());
    send(&member, &[&fine]).await.expect("sent");
    see(&session, "the file", |view| is_here(view, "fine")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_the_chat_goes_on() {
    let lab = Lab::start().await;
    // Room for two megabytes of files.
    let home = lab.folder.path().join("Ada");
    std::fs::create_dir_all(&home).expect("made");
    std::fs::write(home.join("settings.json"), br#"{"blob_bytes":2000000}"#).expect("written");
    let (_expert, session, _operator, member) = two(&lab).await;
    let path = lab.folder.path().join("large.bin");
    std::fs::write(&path, content(5_000_000)).expect("written");
    send(&member, &[&path]).await.expect("sent");
    see(&session, "no room", |view| {
        named(view, "large.bin")
            .is_some_and(|file| file.state == FileState::Refused { why: "error-no-room".to_owned() })
    })
    .await;
    assert_eq!(send(&session, &[&path]).await, Err(FileError::NoRoom));
    member.say("still here").await.expect("said");
    see(&session, "the chat", |view| view.chat.iter().any(|chat| chat.text == "still here")).await;
    assert!(!std::fs::read_dir(home.join("blobs")).expect("listed").any(|entry| {
        let entry = entry.expect("an entry");
        entry.file_name().len() == 64
    }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_left_in_a_waiting_room_is_stored_sealed_and_served_after_admission() {
    let lab = Lab::start().await;
    let (expert, operator) = (lab.node("Ada").await, lab.operator("Bo").await);
    let session = expert.new_session("Pump").await.expect("a session");
    let invite = open_invite(&session, InviteSpec::default()).await;
    let guest = operator.join(&invite.link).await.expect("a link");
    let knock = the_knock(&session).await;
    guest.say("hello").await.expect("said");
    let bytes = content(700_000);
    let path = lab.folder.path().join("manual.pdf");
    std::fs::write(&path, &bytes).expect("written");
    let to = FileCommand::Send { paths: vec![path], to: Some(knock.id) };
    session.file(to).await.expect("sent");
    see(&session, "stored at the rendezvous", |view| {
        named(view, "manual.pdf")
            .is_some_and(|file| file.delivery == Delivery::Stored && file.waiting == Some(knock.id))
    })
    .await;
    session.admit(knock.id).await.expect("admitted");
    let member = guest.admitted().await.expect("let in");
    linked(&session, &member).await;
    let view = see(&member, "the file", |view| is_here(view, "manual.pdf")).await;
    let Some(FileState::Here { path }) = named(&view, "manual.pdf").map(|file| &file.state) else { panic!("seen") };
    assert!(std::fs::read(path).expect("read") == bytes);
    see(&session, "it is the session's now", |view| {
        named(view, "manual.pdf").is_some_and(|file| file.waiting.is_none())
    })
    .await;
}
