//! Boards between two natives: a frozen picture, both draw, one of them without a network for a while.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use sightline_node::error::BoardError;
use sightline_node::media::StillFile;
use sightline_node::show::{BoardCommand, Ink, Look, NewStroke, Tool};
use sightline_node::view::{BoardView, NodeEvent, Presence, SessionView, VideoState};
use sightline_node::{Codec, DocumentId, EntryId, InviteSpec, Node, Picture, SessionHandle};
use tokio::sync::broadcast;

use crate::lab::{Camera, HEIGHT, Lab, PATIENCE, WIDTH, join_and_admit, linked, open_invite, see};

/// An expert and an operator in a call, and the folder that holds it all.
pub(crate) async fn call(lab: &Lab) -> (Node, SessionHandle, Node, SessionHandle) {
    let (expert, operator) = (lab.node("Ada").await, lab.operator("Bo").await);
    let session = expert.new_session("Pump").await.expect("a session");
    let invite = open_invite(&session, InviteSpec::default()).await;
    let member = join_and_admit(&session, &operator, &invite.link).await;
    (expert, session, operator, member)
}

/// A board made of a small picture.
pub(crate) async fn board_on(session: &SessionHandle) -> DocumentId {
    let bytes = StillFile::of_picture(&Picture::black(64, 48)).expect("a picture").bytes;
    let made = session.board(BoardCommand::FromImage { title: " Valve ".to_owned(), bytes }).await;
    made.expect("a board").expect("its id")
}

pub(crate) fn line(tool: Tool, ink: Ink, points: &[(u16, u16)]) -> NewStroke {
    NewStroke { tool, ink, width: 400, points: points.to_vec(), text: String::new() }
}

async fn draw(session: &SessionHandle, board: DocumentId, stroke: NewStroke) {
    session.board(BoardCommand::Draw { board, stroke, preview: None }).await.expect("drawn");
}

fn has_board(view: &SessionView, board: DocumentId, strokes: u32) -> bool {
    view.boards.iter().any(|shown| shown.id == board && shown.strokes == strokes)
}

/// The board once it has so many strokes.
async fn seen(session: &SessionHandle, what: &str, board: DocumentId, strokes: u32) -> Arc<BoardView> {
    see(session, what, |view| has_board(view, board, strokes)).await;
    session.board_view(&board).expect("a board")
}

/// Waits until exactly these strokes are shown, in this order.
async fn shows(session: &SessionHandle, what: &str, board: DocumentId, strokes: &[EntryId]) {
    see(session, what, |_| session.board_view(&board).is_some_and(|shown| ids(&shown) == strokes)).await;
}

fn ids(board: &BoardView) -> Vec<EntryId> {
    board.strokes.iter().map(|stroke| stroke.id).collect()
}

pub(crate) async fn event<T>(
    events: &mut broadcast::Receiver<NodeEvent>,
    what: &str,
    pick: impl Fn(&NodeEvent) -> Option<T>,
) -> T {
    let waiting = async {
        loop {
            match events.recv().await {
                Ok(event) => {
                    if let Some(found) = pick(&event) {
                        return found;
                    }
                }
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => panic!("the node ended: {what}"),
            }
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("waited in vain: {what}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_picture_is_drawn_on_by_both() {
    let lab = Lab::start().await;
    let (_expert, session, operator, member) = call(&lab).await;
    let mut news = operator.events();
    assert_eq!(session.board(BoardCommand::Freeze(operator.id())).await, Err(BoardError::NoPicture));
    session.ask_video(operator.id()).await.expect("asked");
    let camera = Camera::start(&member, Codec::Vp8);
    see(&session, "live", |view| view.links[0].video == VideoState::Live).await;
    let board = session.board(BoardCommand::Freeze(operator.id())).await.expect("frozen").expect("a board");
    drop(camera);

    let made = event(&mut news, "a board", |event| match event {
        NodeEvent::BoardMade { peer, board, .. } => Some((*peer, *board)),
        _ => None,
    });
    assert_eq!(made.await, (session.view().borrow().me, board));
    let own = seen(&session, "the picture", board, 0).await;
    assert_eq!((own.summary.still.width, own.summary.still.height), (WIDTH, HEIGHT));
    let view = see(&session, "the file", |view| view.boards.iter().any(|board| board.still.path.is_some())).await;
    let file = view.boards[0].still.path.clone().expect("just seen");
    let still = StillFile::of_file(Bytes::from(std::fs::read(file).expect("the picture"))).expect("a picture");
    assert_eq!((still.media_type, still.width, still.height), ("image/jpeg", WIDTH, HEIGHT));
    seen(&member, "the board", board, 0).await;

    // At the same time.
    let (mine, theirs) = (&session, &member);
    tokio::join!(
        async {
            for n in 0..10 {
                draw(mine, board, line(Tool::Arrow, Ink::Red, &[(n * 100, 0), (65_535, 40_000)])).await;
            }
        },
        async {
            for n in 0..10 {
                draw(theirs, board, line(Tool::Pen, Ink::Green, &[(n * 100, 9), (5, 6), (7, 8)])).await;
            }
        }
    );
    let at_expert = seen(&session, "all strokes at the expert", board, 20).await;
    let at_operator = seen(&member, "all strokes at the operator", board, 20).await;
    assert_eq!(ids(&at_expert), ids(&at_operator), "in the same order");
    let arrow = at_operator.strokes.iter().find(|stroke| stroke.stroke.tool == Tool::Arrow).expect("an arrow");
    assert_eq!((arrow.author_name.as_str(), arrow.stroke.points[1]), ("Ada", (65_535, 40_000)));
    assert!(!arrow.erasable, "an operator erases its own only");
    assert!(at_expert.strokes.iter().all(|stroke| stroke.erasable));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_drawn_is_erased_undone_and_brought_again() {
    let lab = Lab::start().await;
    let (_expert, session, _operator, member) = call(&lab).await;
    let board = board_on(&session).await;
    seen(&member, "the board", board, 0).await;
    assert_eq!(session.board(BoardCommand::Undo(board)).await, Err(BoardError::Nothing));
    draw(&session, board, line(Tool::Dot, Ink::Blue, &[(1, 1)])).await;
    draw(&member, board, line(Tool::Pen, Ink::Red, &[(1, 1), (2, 2)])).await;
    let at_operator = seen(&member, "both strokes", board, 2).await;
    let of =
        |name: &str| at_operator.strokes.iter().find(|stroke| stroke.author_name == name).expect("a stroke of each").id;
    let (ada, bo) = (of("Ada"), of("Bo"));
    assert_eq!(member.board(BoardCommand::Erase { board, stroke: ada }).await, Err(BoardError::NotAllowed));
    seen(&session, "both strokes", board, 2).await;
    session.board(BoardCommand::Erase { board, stroke: bo }).await.expect("an expert may");
    shows(&member, "one went", board, &[ada]).await;
    assert_eq!(
        session.board(BoardCommand::Erase { board, stroke: bo }).await,
        Err(BoardError::UnknownStroke(bo)),
        "it is gone already"
    );
    session.board(BoardCommand::Undo(board)).await.expect("the erasing is taken back");
    let both = seen(&session, "both again", board, 2).await;
    assert!(both.can_undo && both.can_redo);
    session.board(BoardCommand::Undo(board)).await.expect("the own dot is taken back");
    shows(&member, "the dot went", board, &[bo]).await;
    shows(&session, "the dot went", board, &[bo]).await;
    assert!(!session.board_view(&board).expect("a board").can_undo, "what others drew stays");
    session.board(BoardCommand::Redo(board)).await.expect("brought again");
    shows(&member, "both again", board, &ids(&at_operator)).await;

    session.board(BoardCommand::Rename { board, title: "Pump, seen from above".to_owned() }).await.expect("renamed");
    see(&member, "the title", |view| view.boards[0].title == "Pump, seen from above").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strokes_drawn_apart_come_together() {
    let mut lab = Lab::start().await;
    let (_expert, session, operator, member) = call(&lab).await;
    let board = board_on(&session).await;
    draw(&session, board, line(Tool::Pen, Ink::Red, &[(1, 1)])).await;
    seen(&member, "the first stroke", board, 1).await;
    let id = member.id();
    drop(member);
    operator.shutdown().await;
    lab.stop_rendezvous().await;

    // No way between the two: each draws alone, and the operator takes its own away again.
    let operator = lab.operator("Bo").await;
    let member = operator.session(&id).expect("it is back");
    assert_eq!(seen(&member, "as it was", board, 1).await.strokes[0].author_name, "Ada");
    for n in 0..5 {
        draw(&member, board, line(Tool::Pen, Ink::Green, &[(n, n), (n + 1, n)])).await;
        draw(&session, board, line(Tool::Ellipse, Ink::Blue, &[(n, 5), (9, 9)])).await;
    }
    member.board(BoardCommand::Undo(board)).await.expect("undone");
    seen(&member, "its own", board, 5).await;
    seen(&session, "its own", board, 6).await;

    lab.start_rendezvous().await;
    linked(&session, &member).await;
    let at_expert = seen(&session, "all at the expert", board, 10).await;
    let at_operator = seen(&member, "all at the operator", board, 10).await;
    assert_eq!(ids(&at_expert), ids(&at_operator), "in the same order");
    let different: BTreeSet<EntryId> = ids(&at_expert).into_iter().collect();
    assert_eq!(different.len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_board_is_refused_with_a_reason() {
    let lab = Lab::start().await;
    let expert = lab.node("Ada").await;
    let session = expert.new_session("Pump").await.expect("a session");
    for bytes in [&b""[..], b"not a picture", b"\x89PNG\r\n\x1a\nhalf"] {
        let command = BoardCommand::FromImage { title: String::new(), bytes: Bytes::from_static(bytes) };
        assert_eq!(session.board(command).await, Err(BoardError::NotAPicture), "{bytes:?}");
    }
    let missing = BoardCommand::FromBlob { title: String::new(), blob: sightline_node::BlobId([7; 32]) };
    assert_eq!(session.board(missing).await, Err(BoardError::NoPicture));
    let nowhere = DocumentId([9; 16]);
    let stroke = line(Tool::Pen, Ink::Red, &[(1, 1)]);
    let draw = |board, stroke| BoardCommand::Draw { board, stroke, preview: None };
    assert_eq!(session.board(draw(nowhere, stroke.clone())).await, Err(BoardError::UnknownBoard(nowhere)));
    assert_eq!(session.board(BoardCommand::Undo(nowhere)).await, Err(BoardError::UnknownBoard(nowhere)));
    let look = BoardCommand::Look(Look::Board { board: nowhere });
    assert_eq!(session.board(look).await, Err(BoardError::UnknownBoard(nowhere)));
    assert!(session.board_view(&nowhere).is_none());

    let board = board_on(&session).await;
    let view = see(&session, "the board", |view| has_board(view, board, 0)).await;
    assert_eq!(view.boards[0].title, "Valve");
    let (none, many) = (line(Tool::Pen, Ink::Red, &[]), line(Tool::Pen, Ink::Red, &vec![(1, 1); 20_001]));
    assert_eq!(session.board(draw(board, none)).await, Err(BoardError::Nothing));
    assert_eq!(session.board(draw(board, many)).await, Err(BoardError::Full));
    let longest = line(Tool::Pen, Ink::Red, &(0..20_000u16).map(|n| (n, n.wrapping_mul(7))).collect::<Vec<_>>());
    session.board(draw(board, longest)).await.expect("the longest stroke fits");

    // A board of a picture that is a blob already.
    let blob = view.boards[0].still.blob;
    let again = session.board(BoardCommand::FromBlob { title: "Again".to_owned(), blob }).await;
    assert_ne!(again.expect("a board").expect("its id"), board);

    session.close_session().await.expect("closed");
    assert_eq!(session.board(draw(board, stroke)).await, Err(BoardError::Closed));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expert_leads_the_eyes_and_asks_for_photos() {
    let lab = Lab::start().await;
    let (expert, session, operator, member) = call(&lab).await;
    let (mut at_expert, mut at_operator) = (expert.events(), operator.events());
    let board = board_on(&session).await;
    seen(&member, "the board", board, 0).await;
    session.board(BoardCommand::Look(Look::Board { board })).await.expect("asked");
    let look = event(&mut at_operator, "a look", |event| match event {
        NodeEvent::Look { peer, look, .. } => Some((*peer, *look)),
        _ => None,
    });
    assert_eq!(look.await, (expert.id(), Look::Board { board }));
    assert_eq!(member.board(BoardCommand::Look(Look::Live)).await, Err(BoardError::NotAllowed));

    session.board(BoardCommand::Photo(operator.id())).await.expect("asked");
    let refused = event(&mut at_expert, "no photo", |event| match event {
        NodeEvent::PhotoRefused { peer, .. } => Some(*peer),
        _ => None,
    });
    assert_eq!(refused.await, operator.id(), "a native without a camera of its own says so");
    let gone = operator.id();
    operator.shutdown().await;
    see(&session, "away", |view| view.people[1].presence != Presence::Here).await;
    assert_eq!(session.board(BoardCommand::Photo(gone)).await, Err(BoardError::NotHere(gone)));
}
