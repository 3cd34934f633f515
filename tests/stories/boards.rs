//! Boards: what the expert draws stands on the right pixel of the operator's screen, both draw, nothing is lost.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sightline_tests::{
    Browser, BrowserSetup, Expert, Lab,
    picture::{Area, Shot, write_png},
};

/// A colour that nothing else on a screen has: the picture's own.
const PAPER: [u8; 3] = [255, 0, 255];
/// The palette's green and yellow.
const GREEN: [u8; 3] = [0x32, 0xd7, 0x4b];
const YELLOW: [u8; 3] = [0xff, 0xd6, 0x0a];

fn linked(lab: &mut Lab, mut expert: Expert) -> (Expert, String, Browser) {
    let session = expert.new_session("Pump 7");
    let link = expert.invite_with(&session, json!({ "auto": true }));
    let mut operator = lab.browser("mihai", BrowserSetup::with_camera(lab.camera()));
    operator.join(&link, "Mihai");
    operator.wait_phase(&["linked"], 20);
    // What is there already when the page opens is history; what comes now is shown at once.
    std::thread::sleep(Duration::from_millis(1_500));
    (expert, session, operator)
}

/// A board of one colour, 640 x 360; its id.
fn plain_board(lab: &Lab, expert: &mut Expert, session: &str) -> String {
    let path = lab.folder().join("paper.png");
    write_png(&path, 640, 360, &PAPER.repeat(640 * 360));
    let made = expert.lines.must(json!({ "do": "board-from-file", "session": session, "path": path, "title": "Paper" }));
    made["board"].as_str().expect("a board").to_owned()
}

fn draw(expert: &mut Expert, session: &str, board: &str, tool: &str, ink: &str, points: Value) {
    expert.lines.must(json!({
        "do": "draw", "session": session, "board": board, "tool": tool, "ink": ink, "width": 900, "points": points,
    }));
}

fn strokes(expert: &mut Expert, session: &str, board: &str) -> Vec<Value> {
    let shown = expert.lines.must(json!({ "do": "board", "session": session, "board": board }));
    shown["board"]["strokes"].as_array().cloned().unwrap_or_default()
}

fn wait_strokes(expert: &mut Expert, session: &str, board: &str, count: usize) -> Vec<Value> {
    let limit = Instant::now() + Duration::from_secs(20);
    loop {
        let strokes = strokes(expert, session, board);
        if strokes.len() == count {
            return strokes;
        }
        assert!(Instant::now() < limit, "{} strokes, not {count}: {strokes:?}", strokes.len());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A picture of the page once both marks are on it: paper, green, yellow.
fn wait_marks(lab: &Lab, operator: &mut Browser, name: &str) -> (Area, Area, Area) {
    let path = lab.shot(name);
    let limit = Instant::now() + Duration::from_secs(15);
    loop {
        operator.screenshot(&path);
        let shot = Shot::read(&path);
        let found = (shot.area_of(PAPER, 8), shot.area_of(GREEN, 8), shot.area_of(YELLOW, 8));
        if let (Some(paper), Some(green), Some(yellow)) = found {
            return (paper, green, yellow);
        }
        assert!(Instant::now() < limit, "the page does not show board and marks: {found:?}; see {}", path.display());
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn assert_near(what: &str, seen: (f64, f64), wanted: (f64, f64), pixels: f64) {
    let off = ((seen.0 - wanted.0).powi(2) + (seen.1 - wanted.1).powi(2)).sqrt();
    assert!(off <= pixels, "{what} is at {seen:?}, not at {wanted:?}");
}

#[test]
fn what_the_expert_draws_stands_on_the_right_pixel_at_any_size_and_rotation() {
    let mut lab = Lab::start("boards");
    let expert = lab.windowed_expert("Ana");
    let (mut expert, session, mut operator) = linked(&mut lab, expert);
    expert.lines.must(json!({ "do": "select", "session": session }));
    let board = plain_board(&lab, &mut expert, &session);
    operator.wait("card", 20);
    draw(&mut expert, &session, &board, "dot", "green", json!([[16384, 16384]]));
    draw(&mut expert, &session, &board, "dot", "yellow", json!([[49151, 52428]]));
    for (name, width, height) in [("phone", 390, 844), ("turned", 844, 390), ("small", 320, 568), ("desktop", 1280, 800)] {
        operator.lines.must(json!({ "do": "viewport", "width": width, "height": height }));
        std::thread::sleep(Duration::from_millis(400));
        let (paper, green, yellow) = wait_marks(&lab, &mut operator, &format!("operator-board-{name}"));
        let shape = (paper.right - paper.left) / (paper.bottom - paper.top);
        assert!((shape - 640.0 / 360.0).abs() < 0.03, "{name}: the picture keeps its shape: {shape}");
        assert_near(name, green.centre(), paper.at(16384, 16384), 1.5);
        assert_near(name, yellow.centre(), paper.at(49151, 52428), 1.5);
    }
    expert.screenshot(&lab.shot("expert-board"));
}

#[test]
fn both_draw_at_once_and_what_was_drawn_apart_is_there_afterwards() {
    let mut lab = Lab::start("boards-both");
    let expert = lab.expert("Ana");
    let (mut expert, session, mut operator) = linked(&mut lab, expert);
    let board = plain_board(&lab, &mut expert, &session);
    operator.wait("card", 20);
    draw(&mut expert, &session, &board, "dot", "green", json!([[9000, 9000]]));
    draw(&mut expert, &session, &board, "dot", "yellow", json!([[60000, 9000]]));
    let (paper, ..) = wait_marks(&lab, &mut operator, "operator-draws");

    let mut drag = |operator: &mut Browser, from: (u16, u16), to: (u16, u16)| {
        let points = [paper.at(from.0, from.1), paper.at(to.0, to.1)].map(|(x, y)| [x, y]);
        operator.lines.must(json!({ "do": "drag", "points": points }));
    };
    drag(&mut operator, (20000, 40000), (45000, 40000));
    draw(&mut expert, &session, &board, "arrow", "red", json!([[10000, 60000], [30000, 30000]]));
    let all = wait_strokes(&mut expert, &session, &board, 4);
    let theirs = all.iter().find(|stroke| stroke["author_name"] == "Mihai").expect("the operator's stroke");
    let points = theirs["stroke"]["points"].as_array().expect("points");
    let (first, last) = (&points[0], &points[points.len() - 1]);
    let near = |point: &Value, x: f64, y: f64| {
        // One pixel of the phone's picture is some 170 units.
        (point[0].as_f64().unwrap_or(0.0) - x).abs() < 400.0 && (point[1].as_f64().unwrap_or(0.0) - y).abs() < 700.0
    };
    assert!(near(first, 20000.0, 40000.0) && near(last, 45000.0, 40000.0), "from {first} to {last}");

    // The expert's app is off; the operator draws on, and both have everything when it is back.
    assert!(expert.lines.quit(10), "the app ends when asked");
    drop(expert);
    operator.wait_phase(&["reconnecting", "away"], 20);
    drag(&mut operator, (20000, 50000), (45000, 50000));
    let mut expert = lab.expert("Ana");
    wait_strokes(&mut expert, &session, &board, 5);
    draw(&mut expert, &session, &board, "dot", "blue", json!([[32768, 20000]]));
    wait_strokes(&mut expert, &session, &board, 6);
}

#[test]
fn the_live_picture_is_frozen_into_a_board_that_the_operator_sees() {
    let mut lab = Lab::start("freeze");
    let expert = lab.expert("Ana");
    let (mut expert, session, mut operator) = linked(&mut lab, expert);
    operator.click("show-button");
    expert.wait_live(&session, 20);
    let frozen = expert.lines.must(json!({ "do": "freeze", "session": session }));
    let board = frozen["board"].as_str().expect("a board").to_owned();
    operator.wait("card", 20);
    let view = expert.wait_view(&session, "the board in the strip", 10, |view| view["boards"][0]["id"] == board.as_str());
    assert_eq!((view["boards"][0]["still"]["width"].as_u64(), view["boards"][0]["still"]["height"].as_u64()), (Some(640), Some(360)));
    operator.screenshot(&lab.shot("operator-frozen"));
    operator.click("card-back");
    operator.wait_phase(&["live"], 10);
}

#[test]
fn the_operator_goes_through_a_checklist_one_step_at_a_time() {
    let mut lab = Lab::start("steps");
    let expert = lab.expert("Ana");
    let (mut expert, session, mut operator) = linked(&mut lab, expert);
    expert.lines.must(json!({
        "do": "add-steps", "session": session, "title": "Restart", "steps": ["Close valve 4", "Press reset", "Open valve 4"],
    }));
    operator.wait("step", 20);
    operator.screenshot(&lab.shot("operator-step"));
    operator.click("step-done");
    let state = |view: &Value, step: usize| view["steps"][0]["steps"][step]["state"].clone();
    expert.wait_view(&session, "the first step to be done", 10, |view| state(view, 0) == "done");
    operator.wait_text("Press reset", 10);
    operator.click("step-failed");
    expert.wait_view(&session, "the second step to have failed", 10, |view| state(view, 1) == "failed");
}
