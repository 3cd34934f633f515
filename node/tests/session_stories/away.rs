//! Nothing is lost when somebody isn't there: the expert away, restarts, calls.

use crate::lab::{
    Lab, copy_folder, has_message, is_linked, join_and_admit, linked, open_invite, see, see_guest, see_node, the_knock,
};
use sightline_node::session::guest::GuestStage;
use sightline_node::view::{Delivery, InviteState, RendezvousState, SessionState};
use sightline_node::{InviteSpec, Node};

#[tokio::test(flavor = "multi_thread")]
async fn a_knock_and_its_messages_wait_for_an_expert_who_is_away() {
    let lab = Lab::start().await;
    let expert = lab.node("Ada").await;
    let session = expert.new_session("Pump").await.expect("a session");
    let (id, invite) = (session.id(), open_invite(&session, InviteSpec::default()).await);
    expert.shutdown().await;

    let operator = lab.operator("Bo").await;
    let guest = operator.join(&invite.link).await.expect("a link");
    see_guest(&guest, "the expert is away", |view| view.stage == GuestStage::ExpertAway).await;
    guest.say("Is anybody there?").await.expect("said");
    see_guest(&guest, "stored", |view| view.chat.iter().all(|chat| chat.delivery == Delivery::Stored)).await;

    let expert = lab.node("Ada").await;
    let session = expert.session(&id).expect("it is back");
    let view = see(&session, "the knock and its message", |view| {
        view.knocks.first().is_some_and(|knock| knock.chat.iter().any(|chat| chat.text == "Is anybody there?"))
    })
    .await;
    let knock = view.knocks[0].id;
    session.say_waiting(knock, "Yes").await.expect("said");
    see_guest(&guest, "the answer", |view| view.chat.iter().any(|chat| chat.text == "Yes")).await;
    session.admit(knock).await.expect("admitted");
    let member = guest.admitted().await.expect("let in");
    linked(&session, &member).await;
    for side in [&session, &member] {
        see(side, "everything said", |view| has_message(view, "Is anybody there?") && has_message(view, "Yes")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_expert_answers_and_admits_somebody_who_has_gone_away() {
    let lab = Lab::start().await;
    let expert = lab.node("Ada").await;
    let session = expert.new_session("Pump").await.expect("a session");
    let invite = open_invite(&session, InviteSpec::default()).await;
    let operator = lab.operator("Bo").await;
    let guest = operator.join(&invite.link).await.expect("a link");
    let knock = the_knock(&session).await;
    guest.say("I have to go").await.expect("said");
    see(&session, "the message", |view| view.knocks.first().is_some_and(|knock| knock.chat.len() == 1)).await;
    operator.shutdown().await;
    session.say_waiting(knock.id, "See you").await.expect("said");
    see(&session, "stored at the rendezvous", |view| {
        view.knocks.first().is_some_and(|knock| knock.chat.iter().all(|chat| chat.delivery != Delivery::Waiting))
    })
    .await;
    session.admit(knock.id).await.expect("admitted");
    see(&session, "a member who is away", |view| view.state == SessionState::Away && view.people.len() == 2).await;
    assert!(has_message(&session.view().borrow(), "I have to go"), "it counts as the member's own now");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_expert_has_everything_and_the_call_resumes() {
    let lab = Lab::start().await;
    let expert = lab.node("Ada").await;
    let session = expert.new_session("Pump").await.expect("a session");
    let id = session.id();
    let invite = open_invite(&session, InviteSpec { uses: 3, ..InviteSpec::default() }).await;
    let operator = lab.operator("Bo").await;
    let member = join_and_admit(&session, &operator, &invite.link).await;
    member.say("before").await.expect("said");
    see(&session, "the message", |view| has_message(view, "before") && view.unread == 1).await;

    // Killed: a copy of what is on the disk at this moment is all there is left.
    let home = lab.folder.path().join("Ada");
    let copy = lab.folder.path().join("Ada after the kill");
    copy_folder(&home, &copy);
    drop(session);
    expert.shutdown().await;
    let config = sightline_node::NodeConfig { home: copy, ..lab.config("Ada") };
    let expert = Node::start(config).await.expect("a node");
    let session = expert.session(&id).expect("it is back");
    see(&session, "the call resumed", |view| is_linked(view, &operator.id())).await;
    let view = see(&session, "history and unread mark", |view| has_message(view, "before") && view.unread == 1).await;
    assert_eq!((view.title.as_str(), view.people.len()), ("Pump", 2));
    assert_eq!((view.invites[0].used, view.invites[0].uses), (1, 3));
    see(&session, "the link is put again", |view| view.invites[0].state == InviteState::Open).await;
    session.mark_read();
    session.say("after").await.expect("said");
    see(&member, "the new message", |view| has_message(view, "after")).await;
    // The link still works for the next person.
    let next = lab.operator("Cy").await;
    join_and_admit(&session, &next, &invite.link).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_operator_calls_and_needs_no_second_admission() {
    let lab = Lab::start().await;
    let (expert, operator) = (lab.node("Ada").await, lab.operator("Bo").await);
    let session = expert.new_session("Pump").await.expect("a session");
    let invite = open_invite(&session, InviteSpec::default()).await;
    let member = join_and_admit(&session, &operator, &invite.link).await;
    member.say("before").await.expect("said");
    see(&session, "the message", |view| has_message(view, "before")).await;
    let id = member.id();
    drop(member);
    operator.shutdown().await;
    see(&session, "away", |view| view.state == SessionState::Away).await;
    session.say("while you were away").await.expect("said");

    let operator = lab.operator("Bo").await;
    let member = operator.session(&id).expect("it is back");
    linked(&session, &member).await;
    see(&member, "all messages", |view| has_message(view, "before") && has_message(view, "while you were away")).await;
    let view = session.view().borrow().clone();
    assert_eq!((view.people.len(), view.invites[0].used), (2, 1));
    assert!(view.knocks.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_rendezvous_is_not_noticed_by_a_call_and_new_knocks_work() {
    let mut lab = Lab::start().await;
    let (expert, operator) = (lab.node("Ada").await, lab.operator("Bo").await);
    let session = expert.new_session("Pump").await.expect("a session");
    let invite = open_invite(&session, InviteSpec { uses: 2, ..InviteSpec::default() }).await;
    let member = join_and_admit(&session, &operator, &invite.link).await;
    lab.stop_rendezvous().await;
    see_node(&expert, "offline", |view| matches!(view.rendezvous, RendezvousState::Offline { .. })).await;
    member.say("still here").await.expect("said");
    see(&session, "chat without the rendezvous", |view| has_message(view, "still here")).await;
    let without = session.invite(InviteSpec::default()).await.expect("made");
    assert_eq!(without.state, InviteState::NotYetStored);
    lab.start_rendezvous().await;
    let began = std::time::Instant::now();
    see_node(&expert, "online", |view| view.rendezvous == RendezvousState::Online).await;
    see(&session, "the new link works", |view| view.invites.iter().all(|invite| invite.state == InviteState::Open))
        .await;
    let back = began.elapsed();
    let next = lab.operator("Cy").await;
    join_and_admit(&session, &next, &invite.link).await;
    assert!(is_linked(&session.view().borrow(), &operator.id()), "the running call did not notice");
    assert!(back.as_secs() < 3, "knocks work again after {back:?}");
}
