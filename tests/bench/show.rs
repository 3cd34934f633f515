//! How soon the other side sees a pointer, a line that grows, and a finished stroke; both ways.
//!
//! The page's times are those of its events and of the animation frame in which a canvas first looks different: what
//! stands there then is on the screen with that frame. The app is asked without pause, some ten times a millisecond.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sightline_tests::{Browser, BrowserSetup, Expert, Lab, picture::write_png};

use crate::{calls::unix_ms, table::Table};

const RUNS: usize = 20;

/// Longer than a trail fades and previews are put off.
const QUIET: Duration = Duration::from_millis(900);

/// Everything on one board between a browser and an app without a window.
pub(crate) fn measure(table: &mut Table) {
    let mut lab = Lab::start("bench-show");
    let mut expert = lab.expert("Ana");
    let session = expert.new_session("Show");
    let link = expert.invite_with(&session, json!({ "auto": true }));
    let mut operator = lab.browser("mihai", BrowserSetup::default());
    operator.join(&link, "Mihai");
    operator.wait_phase(&["linked"], 30);
    let path = lab.folder().join("paper.png");
    write_png(&path, 640, 360, &[128].repeat(640 * 360 * 3));
    let made =
        expert.lines.must(json!({ "do": "board-from-file", "session": session, "path": path, "title": "Paper" }));
    let board = made["board"].clone();
    expert.lines.must(json!({ "do": "look", "session": session, "look": "board", "board": board.clone() }));
    operator.wait("picture-stage", 20);
    operator.eval(WATCH);
    std::thread::sleep(QUIET);
    let mut bench = Bench { expert, operator, session, board };
    bench.measure_page(table);
    bench.measure_app(table);
}

struct Bench {
    expert: Expert,
    operator: Browser,
    session: String,
    board: Value,
}

impl Bench {
    fn measure_page(&mut self, table: &mut Table) {
        let points = |run: usize| json!([[4000, 4000], [20_000 + run * 500, 30_000], [50_000, 20_000 + run * 500]]);
        let (session, board) = (self.session.clone(), self.board.clone());
        let pen = |run: usize, what: &str| json!({ "do": what, "session": session, "board": board, "number": run + 1, "tool": "pen", "width": 600, "points": points(run) });
        let mut pointers = Vec::new();
        let mut previews = Vec::new();
        let mut strokes = Vec::new();
        for run in 0..RUNS {
            let at = |act| json!({ "do": "point", "session": session, "target": { "board": board }, "x": 9000 + run * 1000, "y": 30_000, "act": act });
            pointers.push(self.until_painted(at("move")));
            self.expert.lines.must(at("gone"));
            std::thread::sleep(QUIET);
            previews.push(self.until_painted(pen(run, "preview")));
            let gone = json!({ "do": "preview", "session": session, "board": board, "number": run + 1 });
            self.expert.lines.must(gone);
            std::thread::sleep(QUIET);
            strokes.push(self.until_painted(pen(run, "draw")));
            std::thread::sleep(QUIET);
        }
        table.runs("pointer_expert_to_page", &pointers, "ms", None);
        table.runs("preview_expert_to_page", &previews, "ms", None);
        table.runs("stroke_expert_to_page", &strokes, "ms", None);
    }

    /// Milliseconds from a command of the expert's to the frame in which the page looks different.
    fn until_painted(&mut self, command: Value) -> f64 {
        self.operator.eval("__watch.arm()");
        let begun = unix_ms();
        self.expert.lines.must(command);
        let painted = self.operator.eval("__watch.changed()").as_f64().expect("nothing was painted within 5 s");
        painted - begun
    }

    fn measure_app(&mut self, table: &mut Table) {
        let area = self.operator.eval(
            "(() => { const { left, top, width, height } = document.querySelector('[data-testid=picture-stage]').getBoundingClientRect(); return [left, top, width, height]; })()",
        );
        let [left, top, width, height] = [0, 1, 2, 3].map(|at| area[at].as_f64().unwrap_or(0.0));
        // Wide steps: the first move already is more than a finger that rests.
        let path = |run: usize| -> Vec<[f64; 2]> {
            let y = top + height * (0.46 + 0.08 * run as f64 / RUNS as f64);
            (0..4).map(|step| [left + width * (0.1 + 0.25 * f64::from(step)), y]).collect()
        };
        let mut pointers = Vec::new();
        for run in 0..RUNS {
            while live_of(&mut self.expert, &self.session)["pointers"].as_array().is_some_and(|all| !all.is_empty()) {
                std::thread::sleep(Duration::from_millis(50));
            }
            pointers.push(self.until_told(&path(run), "moved", |_, live, before| is_new(live, before, "pointers")));
            std::thread::sleep(QUIET);
        }
        self.operator.click("tool-pen");
        let mut previews = Vec::new();
        let mut strokes = Vec::new();
        for run in 0..RUNS {
            previews.push(self.until_told(&path(run), "down", |_, live, before| is_new(live, before, "previews")));
            std::thread::sleep(QUIET);
            let lingering = live_of(&mut self.expert, &self.session)["previews"].as_array().map_or(0, Vec::len);
            assert_eq!(lingering, 0, "a line that is finished is no line that grows");
            let before = self.strokes();
            strokes.push(self.until_told(&path(run), "lifted", |strokes, _, _| strokes > before));
            std::thread::sleep(QUIET);
        }
        table.runs("pointer_page_to_expert", &pointers, "ms", None);
        table.runs("preview_page_to_expert", &previews, "ms", None);
        table.runs("stroke_page_to_expert", &strokes, "ms", None);
    }

    /// Milliseconds from an event of a drag in the page to when the app tells of it.
    fn until_told(
        &mut self,
        path: &[[f64; 2]],
        event: &str,
        told: impl Fn(usize, &Value, &Value) -> bool + Send,
    ) -> f64 {
        let (expert, session, board) = (&mut self.expert, &self.session, &self.board);
        let operator = &mut self.operator;
        operator.eval("__watch.forget()");
        let before = live_of(expert, session);
        let seen = std::thread::scope(|scope| {
            let watching = scope.spawn(move || {
                let limit = Instant::now() + Duration::from_secs(10);
                loop {
                    let live = live_of(expert, session);
                    if told(count(expert, session, board), &live, &before) {
                        return unix_ms();
                    }
                    assert!(Instant::now() < limit, "the app is told nothing");
                }
            });
            operator.lines.must(json!({ "do": "drag", "points": path }));
            watching.join().expect("it watches")
        });
        seen - operator.eval(&format!("__watch.{event}")).as_f64().expect("the page saw the drag")
    }

    fn strokes(&mut self) -> usize {
        count(&mut self.expert, &self.session, &self.board)
    }
}

fn live_of(expert: &mut Expert, session: &str) -> Value {
    expert.lines.must(json!({ "do": "live", "session": session }))["live"].clone()
}

/// Whether there is something now that is not what there was.
fn is_new(live: &Value, before: &Value, what: &str) -> bool {
    live[what] != before[what] && live[what].as_array().is_some_and(|all| !all.is_empty())
}

fn count(expert: &mut Expert, session: &str, board: &Value) -> usize {
    let view = expert.view(session);
    let boards = view["boards"].as_array().into_iter().flatten();
    boards.filter(|one| one["id"] == *board).filter_map(|one| one["strokes"].as_u64()).sum::<u64>() as usize
}

/// `arm()` and `changed()`: when the canvases first looked different; `down`, `moved` and `lifted`: when the pointer
/// was, since `forget()`.
const WATCH: &str = "(() => {
  const now = () => performance.timeOrigin + performance.now();
  const sum = () => {
    let all = 0;
    for (const canvas of document.querySelectorAll('canvas')) {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      const words = new Uint32Array(data.buffer);
      for (let at = 0; at < words.length; at++) all = (Math.imul(all, 31) + words[at]) | 0;
    }
    return all;
  };
  const watch = { down: null, moved: null, lifted: null };
  let found = null;
  watch.arm = () => {
    const before = sum();
    found = new Promise((done) => {
      const limit = now() + 5000;
      const look = () => {
        if (sum() !== before) done(now());
        else if (now() > limit) done(null);
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
  };
  watch.changed = () => found;
  watch.forget = () => Object.assign(watch, { down: null, moved: null, lifted: null });
  addEventListener('pointerdown', () => { watch.down ??= now(); }, true);
  addEventListener('pointermove', () => { if (watch.down !== null) watch.moved ??= now(); }, true);
  addEventListener('pointerup', () => { watch.lifted = now(); }, true);
  globalThis.__watch = watch;
})()";
