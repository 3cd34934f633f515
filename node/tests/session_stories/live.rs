//! Pointers and strokes in the making between two natives: seen at once, gone when they should be, never stored.

use std::time::Duration;

use sightline_node::show::{BoardCommand, Ink, LiveOut, NewStroke, PointerAct, PointerTarget, Tool};
use sightline_node::view::{LinkState, LiveView, Role, SessionView};
use sightline_node::{DocumentId, InviteSpec, SessionHandle};

use crate::drawing::{board_on, call, line};
use crate::lab::{Lab, join_and_admit, open_invite, see, until};

async fn see_live(session: &SessionHandle, what: &str, wished: impl Fn(&LiveView) -> bool) -> std::sync::Arc<LiveView> {
    until(session.live_view(), what, |view| wished(view)).await
}

fn pointer(target: PointerTarget, x: u16, act: PointerAct) -> LiveOut {
    LiveOut::Pointer { target, x, y: 5, act }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pointer_is_seen_at_once_both_ways_and_fades() {
    let lab = Lab::start().await;
    let (expert, session, operator, member) = call(&lab).await;
    let on_video = PointerTarget::Video(operator.id());
    for n in 0..40u16 {
        session.live(pointer(on_video, n, PointerAct::Move));
        see_live(&member, "the pointer", |view| view.pointers.iter().any(|pointer| pointer.x == n)).await;
    }
    let view = member.live_view().borrow().clone();
    let seen = &view.pointers[0];
    assert_eq!((seen.peer, seen.name.as_str(), seen.target, seen.y), (expert.id(), "Ada", on_video, 5));

    member.live(pointer(on_video, 900, PointerAct::Click));
    member.live(pointer(on_video, 901, PointerAct::Move));
    see_live(&session, "the click", |view| view.pointers.iter().any(|seen| seen.act == PointerAct::Click)).await;
    see_live(&session, "what follows it", |view| view.pointers.iter().any(|seen| seen.x == 901)).await;
    member.live(pointer(on_video, 901, PointerAct::Gone));
    see_live(&session, "gone", |view| view.pointers.iter().all(|seen| seen.act == PointerAct::Gone)).await;
    see_live(&member, "faded", |view| view.pointers.is_empty()).await;
    assert!(session.view().borrow().refused.is_empty(), "nothing honest was refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_grows_before_it_is_finished_and_is_not_seen_twice() {
    let lab = Lab::start().await;
    let (_expert, session, _operator, member) = call(&lab).await;
    let board = board_on(&session).await;
    see(&member, "the board", |view| view.boards.iter().any(|shown| shown.id == board)).await;
    let mut points = Vec::new();
    for n in 0..100u16 {
        points.push((1000 + n * 7, 2000 + n * n));
        let stroke = line(Tool::Pen, Ink::Yellow, &points);
        session.live(LiveOut::Preview { board, id: 7, stroke });
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    let view = see_live(&member, "the whole line", |view| {
        view.previews.first().is_some_and(|preview| preview.stroke.points.len() == 100)
    })
    .await;
    assert_eq!(view.previews[0].stroke, line(Tool::Pen, Ink::Yellow, &points));
    assert_eq!((view.previews[0].board, view.previews[0].id, view.previews[0].name.as_str()), (board, 7, "Ada"));

    let stroke = line(Tool::Pen, Ink::Yellow, &points);
    session.board(BoardCommand::Draw { board, stroke, preview: Some(7) }).await.expect("drawn");
    let has_it = |view: &SessionView| view.boards.iter().any(|shown| shown.id == board && shown.strokes == 1);
    see(&member, "the stroke", has_it).await;
    assert!(member.live_view().borrow().previews.is_empty(), "the preview goes with the stroke, not with silence");
    assert_eq!(member.board_view(&board).expect("a board").strokes.len(), 1);

    // One that comes to nothing.
    session.live(LiveOut::Preview { board, id: 8, stroke: line(Tool::Arrow, Ink::Red, &[(1, 1), (2, 2)]) });
    see_live(&member, "another", |view| view.previews.len() == 1).await;
    session.live(LiveOut::PreviewGone { board, id: 8 });
    see_live(&member, "gone", |view| view.previews.is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_somebody_who_left_or_only_watches_is_shown() {
    let lab = Lab::start().await;
    let (_expert, session, operator, member) = call(&lab).await;
    let board = board_on(&session).await;
    let at = PointerTarget::Board(board);
    member.live(pointer(at, 1, PointerAct::Move));
    see_live(&session, "the pointer", |view| view.pointers.len() == 1).await;
    operator.shutdown().await;
    let lost = |view: &SessionView| view.links.iter().all(|link| matches!(link.state, LinkState::Lost { .. }));
    see(&session, "the link's end", lost).await;
    assert!(session.live_view().borrow().pointers.is_empty(), "it went with the link, not by fading");

    let watcher = lab.operator("Cy").await;
    let spec = InviteSpec { role: Role::Viewer, ..InviteSpec::default() };
    let invite = open_invite(&session, spec).await;
    let viewer = join_and_admit(&session, &watcher, &invite.link).await;
    viewer.live(pointer(at, 2, PointerAct::Move));
    session.live(pointer(at, 3, PointerAct::Move));
    see_live(&viewer, "a viewer sees", |view| view.pointers.iter().any(|seen| seen.x == 3)).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(session.live_view().borrow().pointers.is_empty(), "and shows nothing");
}

/// A stroke in the making needs no board that is known: whoever draws may be ahead.
#[tokio::test(flavor = "multi_thread")]
async fn ten_people_with_ten_fingers_fit() {
    let lab = Lab::start().await;
    let (_expert, session, _operator, member) = call(&lab).await;
    let board = DocumentId([5; 16]);
    for id in 0..12u32 {
        let stroke = NewStroke { points: vec![(id as u16, 1)], ..line(Tool::Dot, Ink::White, &[]) };
        member.live(LiveOut::Preview { board, id, stroke });
    }
    see_live(&session, "ten of twelve", |view| view.previews.len() == 10).await;
}
