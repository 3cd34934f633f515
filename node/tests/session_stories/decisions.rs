//! Who comes in and who doesn't: refused, revoked, used up, unknown, two at once.

use crate::lab::{Lab, join_and_admit, open_invite, see, see_guest, the_knock};
use sightline_node::error::{DecideError, JoinError, SayError};
use sightline_node::session::guest::{GuestEnd, GuestStage};
use sightline_node::view::{InviteState, KnockEnd, NodeEvent};
use sightline_node::{InviteSpec, KnockId};
use sightline_proto::reply::Refusal;

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_knock_is_told_so() {
    let lab = Lab::start().await;
    let (expert, operator) = (lab.node("Ada").await, lab.operator("Bo").await);
    let session = expert.new_session("Pump").await.expect("a session");
    let invite = open_invite(&session, InviteSpec::default()).await;
    let mut events = expert.events();
    let guest = operator.join(&invite.link).await.expect("a link");
    let knock = the_knock(&session).await;
    session.refuse(knock.id).await.expect("refused");
    assert_eq!(guest.admitted().await.err(), Some(GuestEnd::Refused(Refusal::ByExpert)));
    assert_eq!(GuestEnd::Refused(Refusal::ByExpert).code(), "error-refused");
    see(&session, "no knock", |view| view.knocks.is_empty()).await;
    loop {
        if let NodeEvent::KnockEnded { knock: ended, how, .. } = events.recv().await.expect("an event") {
            assert_eq!((ended, how), (knock.id, KnockEnd::Refused));
            break;
        }
    }
    // The same link may be used by somebody else: nobody came in by it.
    let other = lab.operator("Cy").await;
    join_and_admit(&session, &other, &invite.link).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_invite_ends_open_knocks_and_lets_nobody_in() {
    let lab = Lab::start().await;
    let (expert, operator) = (lab.node("Ada").await, lab.operator("Bo").await);
    let session = expert.new_session("Pump").await.expect("a session");
    let invite = open_invite(&session, InviteSpec { uses: 0, ..InviteSpec::default() }).await;
    let guest = operator.join(&invite.link).await.expect("a link");
    let knock = the_knock(&session).await;
    session.revoke(invite.id).await.expect("revoked");
    assert_eq!(guest.admitted().await.err(), Some(GuestEnd::Refused(Refusal::Revoked)));
    assert_eq!(session.admit(knock.id).await, Err(DecideError::UnknownKnock(knock.id)));
    see(&session, "revoked", |view| view.invites[0].state == InviteState::Revoked).await;
    // Its record is gone from the rendezvous as well.
    let cy = lab.operator("Cy").await;
    let late = cy.join(&invite.link).await.expect("a link");
    let why = late.admitted().await.err();
    assert!(matches!(why, Some(GuestEnd::NoRecord | GuestEnd::Refused(Refusal::Revoked))), "{why:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_up_link_is_told_so() {
    let lab = Lab::start().await;
    let (expert, operator) = (lab.node("Ada").await, lab.operator("Bo").await);
    let session = expert.new_session("Pump").await.expect("a session");
    let invite = open_invite(&session, InviteSpec::default()).await;
    join_and_admit(&session, &operator, &invite.link).await;
    see(&session, "used up", |view| view.invites[0].state == InviteState::UsedUp && view.invites[0].used == 1).await;
    let cy = lab.operator("Cy").await;
    let late = cy.join(&invite.link).await.expect("a link");
    assert_eq!(late.admitted().await.err(), Some(GuestEnd::Refused(Refusal::UsedUp)));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_knocks_at_once_are_two_people() {
    let lab = Lab::start().await;
    let expert = lab.node("Ada").await;
    let session = expert.new_session("Pump").await.expect("a session");
    let invite = open_invite(&session, InviteSpec::default()).await;
    let (one, two) = (lab.operator("One").await, lab.operator("Two").await);
    let (first, second) = tokio::join!(one.join(&invite.link), two.join(&invite.link));
    let (first, second) = (first.expect("a link"), second.expect("a link"));
    let view = see(&session, "both knocks", |view| view.knocks.len() == 2).await;
    assert_ne!(view.knocks[0].words, view.knocks[1].words);
    let chosen = view.knocks.iter().find(|knock| knock.peer == two.id()).expect("the second one's");
    session.admit(chosen.id).await.expect("admitted");
    second.admitted().await.expect("let in");
    // The link was for one: the other one is told so instead of waiting for nothing.
    assert_eq!(first.admitted().await.err(), Some(GuestEnd::Refused(Refusal::UsedUp)));
    see(&session, "nobody waits", |view| view.knocks.is_empty() && view.people.len() == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_links_and_unknown_knocks_have_their_reasons() {
    let lab = Lab::start().await;
    let (expert, operator) = (lab.node("Ada").await, lab.operator("Bo").await);
    let session = expert.new_session("Pump").await.expect("a session");
    assert_eq!(operator.join("hello").await.err(), Some(JoinError::NotALink));
    assert_eq!(operator.join("http://example.org/#AAAAAAAAAAAAAAAAAAAAAA").await.err(), Some(JoinError::NotSecure));
    let wrong = format!("{}/#AAAAAAAAAAAAAAAAAAAAAA", lab.url());
    let cut = wrong[..wrong.len() - 3].to_owned();
    assert_eq!(operator.join(cut).await.err(), Some(JoinError::CutShort));
    let guest = operator.join(wrong).await.expect("well formed");
    assert_eq!(guest.admitted().await.err(), Some(GuestEnd::NoRecord));
    see_guest(&guest, "ended", |view| matches!(view.stage, GuestStage::Ended { .. })).await;
    let knock = KnockId([7; 32]);
    assert_eq!(session.admit(knock).await, Err(DecideError::UnknownKnock(knock)));
    assert_eq!(session.say_waiting(knock, "hello").await, Err(SayError::UnknownKnock(knock)));
    assert_eq!(session.say(" \n").await, Err(SayError::Empty));
    assert_eq!(session.say("x".repeat(1 << 20)).await, Err(SayError::TooLong));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_may_leave() {
    let lab = Lab::start().await;
    let (expert, operator) = (lab.node("Ada").await, lab.operator("Bo").await);
    let session = expert.new_session("Pump").await.expect("a session");
    let invite = open_invite(&session, InviteSpec::default()).await;
    let guest = operator.join(&invite.link).await.expect("a link");
    the_knock(&session).await;
    guest.leave();
    assert_eq!(guest.admitted().await.err(), Some(GuestEnd::Left));
}
