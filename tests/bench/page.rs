//! What the page costs on the wire: script and style as served, brotli, before a call can start and in all.

use std::collections::BTreeSet;

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
    // Everything the first screen needs; the rest is loaded while the person reads, and the call does not wait for it.
    let blocking = operator.eval(BLOCKING);
    operator.fill("join-name", "Mihai");
    operator.click("join-button");
    operator.wait_phase(&["linked"], 20);
    operator.say("Everything is loaded when this arrives.");
    expert.wait_chat(&session, "Everything is loaded when this arrives.", 20);
    let all = operator.eval(ALL);
    table.one("wire_before_call_kb", blocking.as_f64().unwrap_or(f64::NAN) / 1000.0, "kB");
    table.one("wire_in_all_kb", all.as_f64().unwrap_or(f64::NAN) / 1000.0, "kB");
    let names: BTreeSet<_> =
        operator.eval(NAMES).as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect();
    eprintln!("  loaded in all: {names:?}");
}

/// Script and style that the document itself asks for (its modules, their static imports by modulepreload, its style).
const BLOCKING: &str = "(() => {
  const wanted = new Set([...document.querySelectorAll('script[src], link[rel=stylesheet], link[rel=modulepreload]')].map((n) => n.src || n.href));
  return performance.getEntriesByType('resource').filter((e) => wanted.has(e.name)).reduce((n, e) => n + e.encodedBodySize, 0);
})()";
const ALL: &str = "(() => performance.getEntriesByType('resource').filter((e) => /\\.(js|css|wasm)(\\?|$)/.test(e.name)).reduce((n, e) => n + e.encodedBodySize, 0))()";
const NAMES: &str =
    "(() => performance.getEntriesByType('resource').map((e) => new URL(e.name).pathname + ' ' + e.encodedBodySize))()";
