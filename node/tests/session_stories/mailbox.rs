//! What is written and sent while others are away lies at the rendezvous, and arrives when its writer is gone.

use std::path::Path;

use bytes::Bytes;
use sightline_node::show::FileCommand;
use sightline_node::view::{Delivery, FileState, SessionView};
use sightline_node::{InviteSpec, Node, SessionHandle, SessionId};

use crate::lab::{Lab, has_message, is_linked, join_and_admit, linked, open_invite, see};

fn content(len: usize) -> Vec<u8> {
    (0..len as u32).flat_map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes()).take(len).collect()
}

fn is_here(view: &SessionView, name: &str) -> bool {
    view.files.iter().any(|file| file.name == name && matches!(file.state, FileState::Here { .. }))
}

fn bytes_of(view: &SessionView, name: &str) -> Vec<u8> {
    let path = view.files.iter().find_map(|file| match &file.state {
        FileState::Here { path } if file.name == name => Some(path.clone()),
        _ => None,
    });
    std::fs::read(path.expect("it is here")).expect("read")
}

async fn send(session: &SessionHandle, name: &str, bytes: &[u8]) {
    let command = FileCommand::SendBytes {
        name: name.into(),
        media_type: "application/octet-stream".into(),
        bytes: Bytes::copy_from_slice(bytes),
        to: None,
    };
    session.file(command).await.expect("sent");
}

/// Waits until so many messages and files that this side wrote lie at the rendezvous.
async fn stored(session: &SessionHandle, messages: usize, files: usize) {
    see(session, "everything stored at the rendezvous", |view| {
        let own = view.chat.iter().filter(|chat| chat.mine && chat.file.is_none());
        let shelf = view.files.iter().filter(|file| file.mine);
        own.filter(|chat| chat.delivery == Delivery::Stored).count() == messages
            && shelf.filter(|file| file.delivery == Delivery::Stored).count() == files
    })
    .await;
}

async fn leave(node: Node, session: SessionHandle) {
    drop(session);
    node.shutdown().await;
}

/// An expert and an operator who know each other and are both gone.
async fn two_who_are_gone(lab: &Lab) -> SessionId {
    let (expert, operator) = (lab.node("Ada").await, lab.operator("Bo").await);
    let session = expert.new_session("Pump").await.expect("a session");
    let id = session.id();
    let invite = open_invite(&session, InviteSpec::default()).await;
    let member = join_and_admit(&session, &operator, &invite.link).await;
    leave(operator, member).await;
    leave(expert, session).await;
    id
}

async fn only(lab: &Lab, name: &str, id: &SessionId) -> (Node, SessionHandle) {
    let node = if name == "Ada" { lab.node(name).await } else { lab.operator(name).await };
    let session = node.session(id).expect("it is back");
    (node, session)
}

/// What a member is told that the rendezvous keeps from it.
async fn refused(session: &SessionHandle, reason: &str) {
    see(session, reason, |view| view.refused.contains_key(reason)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_are_never_there_at_the_same_time_exchange_messages_and_a_file() {
    let lab = Lab::start().await;
    let id = two_who_are_gone(&lab).await;
    let bytes = content(900_000);

    let (operator, member) = only(&lab, "Bo", &id).await;
    member.say("The valve is stuck").await.expect("said");
    send(&member, "valve.bin", &bytes).await;
    stored(&member, 1, 1).await;
    leave(operator, member).await;

    let (expert, session) = only(&lab, "Ada", &id).await;
    let view = see(&session, "the message and the file", |view| {
        has_message(view, "The valve is stuck") && is_here(view, "valve.bin")
    })
    .await;
    assert!(bytes_of(&view, "valve.bin") == bytes);
    session.say("Turn it to the left").await.expect("said");
    send(&session, "left.bin", &bytes[1..]).await;
    stored(&session, 1, 1).await;
    leave(expert, session).await;

    let (_operator, member) = only(&lab, "Bo", &id).await;
    let view = see(&member, "the answer and its file", |view| {
        has_message(view, "Turn it to the left") && is_here(view, "left.bin")
    })
    .await;
    assert!(bytes_of(&view, "left.bin") == bytes[1..]);
    assert!(view.links.iter().all(|link| !link.verified), "nobody was there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_of_hundreds_of_messages_arrives_whole() {
    let mut lab = Lab::start().await;
    let id = two_who_are_gone(&lab).await;
    // Asked without a pause, so many items are too fast.
    (lab.limits.connection_burst, lab.limits.connection_rate) = (150, 150);
    lab.stop_rendezvous().await;
    lab.start_rendezvous().await;

    let (operator, member) = only(&lab, "Bo", &id).await;
    let said = (0..520).map(|n| member.say(format!("line {n}")));
    for said in futures_util::future::join_all(said).await {
        said.expect("said");
    }
    stored(&member, 520, 0).await;
    leave(operator, member).await;

    let (_expert, session) = only(&lab, "Ada", &id).await;
    let view = see(&session, "all of them", |view| view.chat.len() == 520).await;
    assert!((0..520).all(|n| has_message(&view, &format!("line {n}"))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_in_the_middle_of_a_backlog_loses_nothing() {
    let mut lab = Lab::start().await;
    let id = two_who_are_gone(&lab).await;
    let (operator, member) = only(&lab, "Bo", &id).await;
    for n in 0..200 {
        member.say(format!("line {n}")).await.expect("said");
    }
    stored(&member, 200, 0).await;
    leave(operator, member).await;

    // Slow enough that the restart comes in the middle.
    (lab.limits.connection_burst, lab.limits.connection_rate) = (60, 60);
    lab.stop_rendezvous().await;
    lab.start_rendezvous().await;
    let (expert, session) = only(&lab, "Ada", &id).await;
    see(&session, "some of them", |view| !view.chat.is_empty()).await;
    leave(expert, session).await;
    let (_expert, session) = only(&lab, "Ada", &id).await;
    let view = see(&session, "all of them", |view| view.chat.len() == 200).await;
    assert!((0..200).all(|n| has_message(&view, &format!("line {n}"))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_somebody_else_arrives_although_the_linked_member_cannot_give_it() {
    let lab = Lab::start().await;
    // The expert's disk has no room for the file, and the operators have no link to each other.
    let home = lab.folder.path().join("Ada");
    std::fs::create_dir_all(&home).expect("made");
    std::fs::write(home.join("settings.json"), br#"{"blob_bytes":300000}"#).expect("written");
    let (expert, bo, cy) = (lab.node("Ada").await, lab.operator("Bo").await, lab.operator("Cy").await);
    let session = expert.new_session("Pump").await.expect("a session");
    let invite = open_invite(&session, InviteSpec { uses: 2, ..InviteSpec::default() }).await;
    let with_bo = join_and_admit(&session, &bo, &invite.link).await;
    let with_cy = join_and_admit(&session, &cy, &invite.link).await;
    let bytes = content(1_500_000);
    send(&with_cy, "drawing.bin", &bytes).await;
    let view = see(&with_bo, "the file", |view| is_here(view, "drawing.bin")).await;
    assert!(bytes_of(&view, "drawing.bin") == bytes);
    assert!(is_linked(&view, &expert.id()) && !is_linked(&view, &cy.id()));
    assert!(!is_here(&session.view().borrow(), "drawing.bin"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_that_is_full_is_told_and_the_rest_goes_by_link() {
    let mut lab = Lab::start().await;
    let id = two_who_are_gone(&lab).await;
    lab.with_policy("mail_bytes_per_slot = 60000").await;
    let (_operator, member) = only(&lab, "Bo", &id).await;
    member.say("short").await.expect("said");
    send(&member, "long.bin", &content(200_000)).await;
    refused(&member, "mailbox-full").await;
    see(&member, "what had room", |view| {
        view.chat.iter().any(|chat| chat.text == "short" && chat.delivery == Delivery::Stored)
    })
    .await;
    assert!(member.view().borrow().files.iter().all(|file| file.delivery == Delivery::Waiting));
    let (_expert, session) = only(&lab, "Ada", &id).await;
    linked(&session, &member).await;
    see(&session, "the file", |view| is_here(view, "long.bin")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_everybody_has_makes_room_in_the_mailbox() {
    let mut lab = Lab::start().await;
    let id = two_who_are_gone(&lab).await;
    lab.with_policy("mail_items_per_slot = 3").await;
    let (_operator, member) = only(&lab, "Bo", &id).await;
    for text in ["one", "two", "three", "four"] {
        member.say(text).await.expect("said");
    }
    refused(&member, "mailbox-full").await;
    let (expert, session) = only(&lab, "Ada", &id).await;
    linked(&session, &member).await;
    see(&member, "everything delivered", |view| {
        view.chat.len() == 4 && view.chat.iter().all(|chat| chat.delivery == Delivery::Delivered)
    })
    .await;
    leave(expert, session).await;
    member.say("five").await.expect("said");
    see(&member, "room for more", |view| {
        view.chat.iter().any(|chat| chat.text == "five" && chat.delivery == Delivery::Stored)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_damaged_here_is_not_shown_as_stored() {
    let mut lab = Lab::start().await;
    let id = two_who_are_gone(&lab).await;
    lab.stop_rendezvous().await;
    let (_operator, member) = only(&lab, "Bo", &id).await;
    send(&member, "worn.bin", &content(600_000)).await;
    let view = see(&member, "the file", |view| is_here(view, "worn.bin")).await;
    let FileState::Here { path } = &view.files[0].state else { panic!("it is here") };
    damage(path);
    lab.start_rendezvous().await;
    refused(&member, "mail-refused").await;
    assert_eq!(member.view().borrow().files[0].delivery, Delivery::Waiting);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_the_rendezvous_altered_is_refused_and_the_others_arrive() {
    let lab = Lab::start().await;
    let id = two_who_are_gone(&lab).await;
    let (operator, member) = only(&lab, "Bo", &id).await;
    member.say("short").await.expect("said");
    // So long that it lies in a file of its own.
    member.say("long ".repeat(5_000)).await.expect("said");
    stored(&member, 2, 0).await;
    leave(operator, member).await;
    let folders = std::fs::read_dir(lab.folder.path().join("rendezvous/mail")).expect("listed").flatten();
    let files: Vec<_> = folders
        .flat_map(|folder| std::fs::read_dir(folder.path()).expect("listed").flatten())
        .map(|file| file.path())
        .collect();
    let [file] = files.as_slice() else { panic!("one file: {files:?}") };
    damage(file);
    let (_expert, session) = only(&lab, "Ada", &id).await;
    refused(&session, "mail-item").await;
    let view = see(&session, "the other message", |view| has_message(view, "short")).await;
    assert_eq!(view.chat.len(), 1);
}

/// The last bytes of a file become others.
fn damage(path: &Path) {
    let mut bytes = std::fs::read(path).expect("read");
    let mut permissions = std::fs::metadata(path).expect("there").permissions();
    #[allow(clippy::permissions_set_readonly_false)]
    permissions.set_readonly(false);
    std::fs::set_permissions(path, permissions).expect("writable");
    let end = bytes.len();
    bytes[end - 10..].fill(0);
    std::fs::write(path, bytes).expect("written");
}
