//! An expert and an operator, from the link to live video, over a real rendezvous.

use crate::lab::{Camera, HEIGHT, Lab, WIDTH, has_message, join_and_admit, open_invite, see, see_guest, the_knock};
use sightline_node::media::pattern;
use sightline_node::session::guest::GuestStage;
use sightline_node::view::{Delivery, LinkState, Presence, SessionState, VideoState};
use sightline_node::{Codec, InviteSpec};

#[tokio::test(flavor = "multi_thread")]
async fn a_knock_is_admitted_and_chat_and_video_flow() {
    let lab = Lab::start().await;
    let (expert, operator) = (lab.node("Ada").await, lab.operator("Óscar").await);
    let session = expert.new_session("Pump").await.expect("a session");
    let invite = open_invite(&session, InviteSpec::default()).await;
    assert!(invite.link.starts_with(&lab.url()), "{}", invite.link);

    let guest = operator.join(&invite.link).await.expect("a link");
    let knock = the_knock(&session).await;
    assert_eq!(knock.name, "Óscar");
    let waiting = see_guest(&guest, "waiting", |view| view.stage == GuestStage::Waiting).await;
    assert_eq!(waiting.words.as_ref(), Some(&knock.words), "both see the same words");
    assert_eq!((waiting.numbers.as_str(), waiting.expert.as_str()), (knock.numbers.as_str(), "Ada"));

    // Both write before anybody decides.
    guest.say("Hello?").await.expect("said");
    session.say_waiting(knock.id, "One moment").await.expect("said");
    let seen = see(&session, "the waiting room's chat", |view| view.knocks[0].chat.len() == 2).await;
    assert_eq!(seen.unread, 1);
    see_guest(&guest, "the answer", |view| view.chat.iter().any(|chat| chat.text == "One moment")).await;
    session.mark_read();
    see(&session, "read", |view| view.unread == 0).await;

    session.admit(knock.id).await.expect("admitted");
    let member = guest.admitted().await.expect("let in");
    crate::lab::linked(&session, &member).await;
    let view = see(&session, "the person", |view| view.people.len() == 2 && view.state == SessionState::Live).await;
    assert_eq!(view.people[1].presence, Presence::Here);
    assert!(view.knocks.is_empty());
    for side in [&session, &member] {
        see(side, "what was said while waiting", |view| has_message(view, "Hello?") && has_message(view, "One moment"))
            .await;
    }

    let long = "ñ".repeat(4000);
    session.say("👋 שלום").await.expect("said");
    member.say(long.as_str()).await.expect("said");
    see(&member, "the greeting", |view| has_message(view, "👋 שלום")).await;
    see(&session, "the long message", |view| has_message(view, &long)).await;
    see(&session, "delivered", |view| {
        view.chat.iter().all(|chat| chat.delivery == Delivery::Delivered) && view.chat.len() == 4
    })
    .await;

    session.ask_video(operator.id()).await.expect("asked");
    see(&session, "asked", |view| view.links[0].video == VideoState::Asked).await;
    let camera = Camera::start(&member, Codec::Vp8);
    see(&session, "live", |view| view.links[0].video == VideoState::Live).await;
    let picture = session.frames(operator.id()).newest().expect("a picture");
    assert_eq!((picture.width, picture.height), (WIDTH, HEIGHT));
    assert!(pattern::bars_error(&picture) < 40, "the colours are those of the camera");
    let figures = see(&session, "figures", |view| {
        view.links[0]
            .stats
            .as_ref()
            .is_some_and(|stats| stats.width == WIDTH && stats.fps > 0.0 && stats.path.is_some())
    })
    .await;
    assert_eq!(figures.links[0].state, LinkState::Up);
    drop(camera);
    see(&session, "stopped", |view| matches!(view.links[0].video, VideoState::Stopped { .. })).await;
    assert!(session.frames(operator.id()).newest().is_none());

    operator.shutdown().await;
    see(&session, "away", |view| view.state == SessionState::Away).await;
    expert.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_use_link_may_admit_by_itself() {
    let lab = Lab::start().await;
    let (expert, operator) = (lab.node("Ada").await, lab.operator("Bo").await);
    let session = expert.new_session("Pump").await.expect("a session");
    let spec = InviteSpec { admit_automatically: true, ..InviteSpec::default() };
    let invite = open_invite(&session, spec).await;
    let guest = operator.join(&invite.link).await.expect("a link");
    let member = guest.admitted().await.expect("let in");
    crate::lab::linked(&session, &member).await;
    let view = session.view().borrow().clone();
    assert_eq!(view.invites[0].used, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_operators_are_in_at_once() {
    let lab = Lab::start().await;
    let expert = lab.node("Ada").await;
    let session = expert.new_session("Pump").await.expect("a session");
    let invite = open_invite(&session, InviteSpec { uses: 2, ..InviteSpec::default() }).await;
    let (one, two) = (lab.operator("One").await, lab.operator("Two").await);
    let first = join_and_admit(&session, &one, &invite.link).await;
    let second = join_and_admit(&session, &two, &invite.link).await;
    first.say("from one").await.expect("said");
    second.say("from two").await.expect("said");
    for side in [&session, &first, &second] {
        see(side, "both messages", |view| has_message(view, "from one") && has_message(view, "from two")).await;
        see(side, "three people", |view| view.people.len() == 3).await;
    }
}
