//! Boards beyond what anybody draws: refused or handled, and quick where one stroke comes at a time.
#![allow(clippy::unwrap_used)]
#![allow(clippy::disallowed_methods, reason = "measures how long a view takes")]

mod common;

use std::sync::Arc;

use common::scene::Scene;
use sightline_crdt::board::{self, BoardView, Drawing, DrawingError, Ink, NewStill, Tool};
use sightline_crdt::id::{BlobId, DocId, DocKind};
use sightline_crdt::limits;

const BOARD: DocId = DocId { kind: DocKind::Board, id: [0xb0; 16] };

fn dot(text: &str) -> Drawing {
    Drawing::new(Tool::Dot, Ink::Red, 9, vec![(1, 2)], text).unwrap()
}

/// Strokes in one change: nine operations each.
const PER_CHANGE: usize = 400;

/// How many strokes are drawn: a board that is full takes minutes to draw, and is tried where it is asked for.
fn strokes_to_draw() -> usize {
    std::env::var("SIGHTLINE_STROKES").ok().and_then(|strokes| strokes.parse().ok()).unwrap_or(8_000)
}

#[test]
fn a_full_board_is_shown_and_no_more_than_that() {
    let (asked, most) = (strokes_to_draw() / PER_CHANGE, limits::BOARD_STROKES);
    let shown = |strokes: usize| strokes.min(most);
    let mut scene = Scene::new(BOARD);
    let (mut expert, mut operator) = (scene.expert_author(), scene.operator_author());
    let still = NewStill { blob: BlobId([5; 32]), size: 9, media_type: "image/png", width: 4, height: 3, title: "" };
    let begun = expert.write(|tx| board::begin(tx, &still, 1).map(drop));
    operator.hear(&begun);
    let mut document = scene.document;
    document.insert_bytes(&begun.encode(), &scene.roster);
    let mut view = BoardView::default();
    for _ in 0..asked {
        let many = operator.write(|tx| (0..PER_CHANGE).try_for_each(|_| board::draw(tx, &dot(""), 1).map(drop)));
        assert_eq!(document.insert_bytes(&many.encode(), &scene.roster).0.name(), "accepted");
    }
    let drawn = asked * PER_CHANGE;
    assert_eq!(view.refresh(&mut document, &scene.roster).strokes.len(), shown(drawn));

    let held = Arc::clone(&view.board().strokes);
    let more = operator.write(|tx| board::draw(tx, &dot("one more"), 2).map(drop));
    document.insert_bytes(&more.encode(), &scene.roster);
    let with_one_more = view.refresh(&mut document, &scene.roster);
    let kept = held.iter().zip(with_one_more.strokes.iter()).filter(|(old, new)| Arc::ptr_eq(old, new)).count();
    assert_eq!(kept, held.len(), "nothing is read again for one more stroke");
    assert_eq!(with_one_more.strokes.len(), shown(drawn + 1));
    let has_it = with_one_more.strokes.iter().any(|stroke| !stroke.drawing.text().is_empty());
    assert_eq!(has_it, drawn < most);

    let first = held[0].id;
    let erased = operator.write(|tx| board::erase(tx, first, 3).map(drop));
    document.insert_bytes(&erased.encode(), &scene.roster);
    assert_eq!(view.refresh(&mut document, &scene.roster).strokes.len(), shown(drawn + 1) - 1);
}

#[test]
fn what_no_board_can_hold_is_not_drawn() {
    let drawn = |width, points| Drawing::new(Tool::Pen, Ink::Red, width, points, "");
    assert_eq!(drawn(1, vec![]), Err(DrawingError::NoPoints));
    assert_eq!(drawn(0, vec![(1, 1)]), Err(DrawingError::NoWidth));
    assert_eq!(drawn(1, vec![(1, 1); limits::STROKE_POINTS + 1]), Err(DrawingError::TooManyPoints));
    assert!(drawn(1, vec![(1, 1); limits::STROKE_POINTS]).is_ok());
    let cut = Drawing::new(Tool::Text, Ink::Red, 1, vec![(1, 1)], &"é".repeat(limits::STROKE_TEXT_BYTES)).unwrap();
    assert_eq!(cut.text().len(), limits::STROKE_TEXT_BYTES);
}
