//! How long a person waits: from Join to the chat, from the tap to the first picture.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;
use sightline_tests::{BrowserSetup, Lab};

use crate::{
    bare,
    table::{Table, median},
};

const RUNS: usize = 20;

/// Twenty fresh browsers' pages against our app, and as many against a bare answerer, in turn.
pub(crate) fn measure(table: &mut Table) {
    let mut lab = Lab::start("bench-calls");
    let mut expert = lab.expert("Ana");
    let mut joins = Vec::new();
    let mut taps = Vec::new();
    let mut bare_taps = Vec::new();
    let mut cold_taps = Vec::new();
    let camera = lab.camera();
    for run in 0..RUNS {
        let session = expert.new_session(&format!("Run {run}"));
        let link = expert.invite_with(&session, json!({ "auto": true }));
        let mut operator = lab.browser(&format!("operator-{run}"), BrowserSetup::with_camera(camera.clone()));
        operator.open(&link);
        operator.wait("join-button", 10);
        operator.fill("join-name", "Mihai");
        let words = format!("first words {run}");
        let joined = operator.eval(&join_and_say(&words)).as_f64().expect("a time");
        expert.lines.event("the first message", 20, |event| {
            event["event"] == "chat" && event["item"]["text"] == words.as_str()
        });
        joins.push(unix_ms() - joined);
        operator.wait_phase(&["linked"], 20);
        expert.lines.forget();
        let tapped =
            operator.lines.must(json!({ "do": "tap", "testid": "show-button" }))["at"].as_f64().expect("a time");
        expert.lines.event("the first picture", 20, |event| event["event"] == "video-started");
        taps.push(unix_ms() - tapped);
        drop(operator);

        bare_taps.push(bare::tap_to_first_frame(&lab, run, true));
        cold_taps.push(bare::tap_to_first_frame(&lab, run, false));
        let (join, tap, bare, cold) = (joins[run], taps[run], bare_taps[run], cold_taps[run]);
        eprintln!("  run {run}: join {join:.0} ms, tap {tap:.0} ms, bare {bare:.0} ms, bare and cold {cold:.0} ms");
    }
    table.runs("join_to_chat", &joins, "ms", None);
    table.runs("bare_tap_to_first_frame", &bare_taps, "ms", None);
    table.runs("bare_cold_tap_to_first_frame", &cold_taps, "ms", None);
    table.runs("tap_to_first_frame", &taps, "ms", Some(("bare_tap_to_first_frame", median(&bare_taps))));
}

/// Taps Join and, as soon as the composer is there, sends a message: what a very fast person would do. Returns the tap's time.
fn join_and_say(words: &str) -> String {
    format!(
        "(() => {{
          const words = {words:?};
          const byId = (id) => document.querySelector(`[data-testid=\"${{id}}\"]`);
          const timer = setInterval(() => {{
            const composer = byId('composer');
            if (!composer) return;
            clearInterval(timer);
            composer.value = words;
            composer.dispatchEvent(new Event('input', {{ bubbles: true }}));
            setTimeout(() => byId('send').click(), 0);
          }}, 1);
          const now = performance.timeOrigin + performance.now();
          byId('join-button').click();
          return now;
        }})()"
    )
}

/// Now, by the clock the page also reads.
pub(crate) fn unix_ms() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs_f64() * 1000.0
}
