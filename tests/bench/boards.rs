//! A session of 100 boards with 500 strokes each: what it costs on disk and wire, to load, to hold and to draw on.

use std::{
    cell::RefCell,
    path::Path,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use egui::{Event, Modifiers, PointerButton, pos2};
use egui_kittest::Harness;
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use sightline_node::{
    DocumentId, SessionId,
    show::Tool,
    view::{BoardView, VideoState},
};
use sightline_tests::{BrowserSetup, Lab, picture::write_png};
use sightline_ui::{
    bridge::Backend,
    fixtures::{self, Still},
    settings::Settings,
    shell::Shell,
    stage::{PictureView, Showing, board::Mode},
    theme::style,
};

use crate::{table::Table, video::memory_kb};

const BOARDS: usize = 100;
const STROKES: usize = 500;
/// Of a stroke by hand, after smoothing.
const POINTS: usize = 60;
/// Frames of a pen that moves.
const FRAMES: usize = 600;

/// What a whole session costs, and frames of the window without a screen.
pub(crate) fn measure(table: &mut Table) {
    frames(table);
    session(table);
}

fn session(table: &mut Table) {
    let mut lab = Lab::start("bench-boards");
    let mut expert = lab.expert("Ana");
    let session = expert.new_session("Boards");
    let link = expert.invite_with(&session, json!({ "auto": true }));
    let path = lab.folder().join("paper.png");
    write_png(&path, 640, 360, &[128].repeat(640 * 360 * 3));
    let home = lab.folder().join("home-Ana");
    let empty = memory_kb(expert.lines.pid(), "VmRSS");
    let mut boards = Vec::new();
    for number in 0..BOARDS {
        let made = expert.lines.must(
            json!({ "do": "board-from-file", "session": session, "path": path, "title": format!("Board {number}") }),
        );
        boards.push(made["board"].clone());
    }
    let before = bytes_under(&home);
    let started = Instant::now();
    for (number, board) in boards.iter().enumerate() {
        let draw = |index: usize| json!({ "do": "draw", "session": session, "board": board, "tool": "pen", "width": 400, "points": curl(number * STROKES + index) });
        expert.lines.must_all((0..STROKES).map(draw).collect());
    }
    let all = (BOARDS * STROKES) as f64;
    table.one("boards_draw", started.elapsed().as_secs_f64() * 1e6 / all, "us/stroke");
    assert!(expert.lines.quit(60), "the app ends when asked");
    table.one("boards_disk", (bytes_under(&home) - before) as f64 / all, "B/stroke");
    drop(expert);

    let started = Instant::now();
    let mut expert = lab.expert("Ana");
    let count = |view: &Value| -> u64 {
        view["boards"].as_array().into_iter().flatten().filter_map(|board| board["strokes"].as_u64()).sum()
    };
    expert.wait_view(&session, "every stroke", 120, |view| count(view) == (BOARDS * STROKES) as u64);
    table.one("boards_load", started.elapsed().as_secs_f64() * 1000.0, "ms");
    table.one("boards_memory", (memory_kb(expert.lines.pid(), "VmRSS") - empty) / 1000.0, "MB");

    let mut operator = lab.browser("mihai", BrowserSetup::default());
    operator.lines.must(json!({ "do": "open", "url": "about:blank", "script": KEEP_CONNECTIONS }));
    operator.join(&link, "Mihai");
    operator.wait_phase(&["linked"], 30);
    let started = Instant::now();
    let (mut received, mut still) = (0.0, Instant::now());
    // Every stroke is there when nothing comes any more: 3 s of silence, which do not count.
    while still.elapsed() < Duration::from_secs(3) && started.elapsed() < Duration::from_secs(300) {
        std::thread::sleep(Duration::from_millis(200));
        let now = operator.eval(SYNC_BYTES).as_f64().unwrap_or(0.0);
        if now > received {
            (received, still) = (now, Instant::now());
        }
    }
    table.one("boards_wire", received / all, "B/stroke");
    table.one("boards_to_new_member", (started.elapsed() - still.elapsed()).as_secs_f64() * 1000.0, "ms");
}

/// A line by hand: small steps that turn slowly.
fn curl(seed: usize) -> Value {
    let (mut x, mut y) = ((seed * 7919 % 50_000) as f64 + 7_000.0, (seed * 104_729 % 50_000) as f64 + 7_000.0);
    let mut angle = seed as f64;
    let points = (0..POINTS).map(|at| {
        angle += ((seed * 31 + at * 17) % 100) as f64 / 100.0 - 0.5;
        (x, y) = (x + angle.cos() * 180.0, y + angle.sin() * 180.0);
        [x.clamp(0.0, 65_535.0) as u16, y.clamp(0.0, 65_535.0) as u16]
    });
    json!(points.collect::<Vec<_>>())
}

fn bytes_under(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let bytes = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(data) if data.is_dir() => bytes_under(&entry.path()),
        Ok(data) => data.len(),
        Err(_) => 0,
    };
    entries.map(bytes).sum()
}

const KEEP_CONNECTIONS: &str = "(() => {
  const Own = globalThis.RTCPeerConnection;
  globalThis.__connections = [];
  globalThis.RTCPeerConnection = class extends Own {
    constructor(...all) { super(...all); globalThis.__connections.push(this); }
  };
})()";

/// Bytes that came over the channels for documents so far.
const SYNC_BYTES: &str = "(async () => {
  let bytes = 0;
  for (const connection of globalThis.__connections ?? [])
    for (const stat of (await connection.getStats()).values())
      if (stat.type === 'data-channel' && stat.label === 'sync') bytes += stat.bytesReceived;
  return bytes;
})()";

const SESSION: SessionId = SessionId([7; 16]);
const BOARD: DocumentId = DocumentId([21; 16]);

/// CPU milliseconds of a pass (layout and tessellation) while a pen moves over a full board, and how long its strokes
/// take to be painted, which happens beside.
fn frames(table: &mut Table) {
    for strokes in [STROKES as u32, 100_000] {
        let board = fixtures::boards::crowded_board(21, strokes, if strokes > 10_000 { 20 } else { POINTS as u32 });
        let (passes, painting) = draw_on(&board);
        table.one(&format!("board_{strokes}_painted"), painting * 1000.0, "ms");
        let p99 = passes[(passes.len() * 99).div_ceil(100) - 1];
        table.runs(&format!("board_{strokes}_frame"), &passes, "ms CPU", None);
        table.one(&format!("board_{strokes}_frame_p99"), p99, "ms CPU");
    }
}

/// Milliseconds of each pass, sorted, and the seconds that painting took.
fn draw_on(board: &BoardView) -> (Vec<f64>, f64) {
    let mut view = fixtures::session_with_operator(VideoState::Live);
    view.boards = Arc::new(vec![board.summary.clone()]);
    let still = Still::new(fixtures::node_with(std::slice::from_ref(&view)), vec![view]);
    still.show_board(board.clone());
    let shell = Shell::new(
        Box::new(still.clone()),
        Settings::default(),
        None,
        PictureView::new(None),
        Box::new(|| fixtures::NOW_MS),
    );
    let shell = Rc::new(RefCell::new(shell));
    shell.borrow_mut().state().stage.showing.insert(SESSION, Showing::Board(BOARD));
    shell.borrow_mut().state().stage.boards.choose(Mode::Draw(Tool::Pen));
    let drawn = shell.clone();
    let mut harness = Harness::builder()
        .with_size([1280.0, 800.0])
        .allow_missing_glyphs()
        .with_context_setup(style::install_fonts)
        .build_ui(move |ui| drawn.borrow_mut().ui(ui));
    harness.run_steps(4);
    let shown = Instant::now();
    let place = loop {
        let view = still.board(&SESSION, &BOARD).expect("the board");
        let place = {
            let mut shell = shell.borrow_mut();
            let boards = &shell.state().stage.boards;
            boards.last_place.filter(|_| boards.painted(&view))
        };
        if let Some(place) = place {
            break place;
        }
        assert!(shown.elapsed() < Duration::from_secs(120), "the strokes are never painted");
        harness.run_steps(1);
        std::thread::sleep(Duration::from_millis(2));
    };
    let painting = shown.elapsed().as_secs_f64();
    let at = pos2(place.left() + 0.1 * place.width(), place.top() + 0.5 * place.height());
    harness.event(Event::PointerMoved(at));
    harness.event(Event::PointerButton {
        pos: at,
        button: PointerButton::Primary,
        pressed: true,
        modifiers: Modifiers::NONE,
    });
    harness.step();
    let mut passes: Vec<f64> = (0..FRAMES)
        .map(|step| {
            let moved = at + egui::vec2((step % 400) as f32, ((step * 7) % 60) as f32);
            harness.event(Event::PointerMoved(moved));
            let began = thread_ms();
            harness.step();
            let output = harness.output();
            let (shapes, scale) = (output.shapes.clone(), output.pixels_per_point);
            assert!(!harness.ctx.tessellate(shapes, scale).is_empty());
            thread_ms() - began
        })
        .collect();
    passes.sort_by(f64::total_cmp);
    (passes, painting)
}

/// Milliseconds that this thread has had of a processor: what others do on a busy machine is not counted.
fn thread_ms() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 * 1e3 + now.tv_nsec as f64 / 1e6
}
