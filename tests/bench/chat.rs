//! A chat of 10,000 messages: how long it takes to load, what it weighs, and how long one more takes to the other side.

use std::time::Instant;

use serde_json::json;
use sightline_tests::{BrowserSetup, Lab};

use crate::{table::Table, video::memory_kb};

const MESSAGES: usize = 10_000;
const RUNS: usize = 20;

/// Writes the chat through the app, restarts it, lets an operator join and read it all.
pub(crate) fn measure(table: &mut Table) {
    let mut lab = Lab::start("bench-chat");
    let mut expert = lab.expert("Ana");
    let session = expert.new_session("Bench");
    let empty = memory_kb(expert.lines.pid(), "VmRSS");
    let started = Instant::now();
    let said = |number: usize| json!({ "do": "say", "session": session, "text": format!("Message {number}: the pressure at valve {} is fine.", number % 17) });
    for start in (0..MESSAGES).step_by(500) {
        expert.lines.must_all((start..start + 500).map(said).collect());
    }
    table.one("chat_10000_write", started.elapsed().as_secs_f64() * 1e6 / MESSAGES as f64, "us/msg");
    let link = expert.invite_with(&session, json!({ "auto": true }));
    assert!(expert.lines.quit(20), "the app ends when asked");
    drop(expert);

    let started = Instant::now();
    let mut expert = lab.expert("Ana");
    let view = expert.view(&session);
    table.one("chat_10000_load", started.elapsed().as_secs_f64() * 1000.0, "ms");
    assert_eq!(view["chat"].as_array().map(Vec::len), Some(MESSAGES));
    table.one("chat_10000_memory", (memory_kb(expert.lines.pid(), "VmRSS") - empty) / 1000.0, "MB");

    let mut operator = lab.browser("operator", BrowserSetup::default());
    operator.join(&link, "Mihai");
    operator.wait_phase(&["linked"], 30);
    let started = Instant::now();
    let last = format!("Message {}: the pressure at valve {} is fine.", MESSAGES - 1, (MESSAGES - 1) % 17);
    operator.wait_text(&last, 120);
    table.one("chat_10000_to_new_member", started.elapsed().as_secs_f64() * 1000.0, "ms");
    let mut times = Vec::new();
    for run in 0..RUNS {
        let words = format!("One more, {run}.");
        let started = crate::calls::unix_ms();
        expert.say(&session, &words);
        times.push(operator.wait_text(&words, 20) - started);
    }
    table.runs("chat_10000_one_message", &times, "ms", None);
}
