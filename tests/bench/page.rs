//! What the page costs on the wire: script and style as served, brotli, before a call can start and in all.

use std::collections::BTreeMap;

use sightline_tests::{BrowserSetup, Lab};

use crate::table::Table;

/// Loads the page, joins, and adds up what the browser says it received.
pub(crate) fn measure(table: &mut Table) {
    let mut lab = Lab::start("bench-page");
    let mut expert = lab.expert("Ana");
    let session = expert.new_session("Bench");
    let link = expert.invite_with(&session, serde_json::json!({ "auto": true }));
    let mut operator = lab.browser("operator", BrowserSetup::default());
    operator.open(&link);
    operator.wait("join-button", 10);
    let blocking = operator.eval(BLOCKING);
    operator.fill("join-name", "Mihai");
    operator.click("join-button");
    operator.wait_phase(&["linked"], 20);
    operator.say("Everything is loaded when this arrives.");
    expert.wait_chat(&session, "Everything is loaded when this arrives.", 20);
    table.one("wire_before_call_kb", blocking.as_f64().unwrap_or(f64::NAN) / 1000.0, "kB");
    // What the page asked for, and what its worker did.
    let mut lists = vec![operator.eval(LOADED)];
    let workers = operator.lines.must(serde_json::json!({ "do": "eval-workers", "script": LOADED }));
    lists.extend(workers["values"].as_array().cloned().unwrap_or_default());
    let loaded: BTreeMap<String, f64> = lists
        .iter()
        .flat_map(|list| list.as_array().into_iter().flatten())
        .filter_map(|entry| Some((entry[0].as_str()?.to_owned(), entry[1].as_f64()?)))
        .collect();
    assert!(loaded.keys().any(|name| name.ends_with(".wasm")), "the documents' wasm is counted: {loaded:?}");
    table.one("wire_in_all_kb", loaded.values().sum::<f64>() / 1000.0, "kB");
    eprintln!("  loaded in all: {loaded:?}");
}

/// Script and style that a call needs: all that is loaded when Join can be tapped, but the documents' worker and the word list of
/// the four words, which nothing waits for.
const BLOCKING: &str = "(() => {
  const later = /\\/(worker|english|spanish)-/;
  return performance.getEntriesByType('resource').filter((e) => /\\.(js|css)(\\?|$)/.test(e.name) && !later.test(e.name)).reduce((n, e) => n + e.encodedBodySize, 0);
})()";
const LOADED: &str = "performance.getEntriesByType('resource').filter((e) => /\\.(js|css|wasm)(\\?|$)/.test(e.name)).map((e) => [new URL(e.name).pathname, e.encodedBodySize])";
