//! What the rendezvous costs: memory for an idle peer, work for a knock, what a mailbox takes. The load comes from another
//! process.

use std::process::Command;

use serde_json::Value;
use sightline_tests::lab;

use crate::table::Table;

/// Idle peers at once.
const PEERS: &str = "5000";

/// Runs the rendezvous' own load programs, which start the real program and speak TLS to it.
pub(crate) fn measure(table: &mut Table) {
    let idle = run("idle_peers", &[PEERS]);
    table.one("rendezvous_rss_per_idle_peer_kb", number(&idle["rss_per_idle_peer_kb"]), "kB");
    table.one("rendezvous_rss_5000_peers", number(&idle["rss_kb"]) / 1000.0, "MB");
    let knocks = run("knocks", &["5", "64"]);
    for (name, field) in [("knocks", "knocks"), ("forwarded_messages", "sends"), ("waiting_room_items", "items")] {
        table.one(&format!("{name}_per_second_per_core"), number(&knocks[field]["per_core_second"]), "1/s");
    }
    let mailbox = run("mailbox", &["10", "16"]);
    for (name, field) in [("mailbox_envelopes", "envelopes"), ("mailbox_chunks", "chunks")] {
        table.one(&format!("{name}_per_second"), number(&mailbox[field]["per_second"]), "1/s");
        table.one(&format!("{name}_rate"), number(&mailbox[field]["mb_per_second"]), "MB/s");
        table.one(&format!("{name}_wire"), number(&mailbox[field]["wire"]), "B/B");
        table.one(&format!("{name}_disk"), number(&mailbox[field]["disk"]), "B/B");
    }
}

fn run(example: &str, arguments: &[&str]) -> Value {
    let program = lab::program("sightline-rendezvous").with_file_name("examples").join(example);
    let output = Command::new(&program)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .rev()
        .find_map(|line| serde_json::from_str(line).ok())
        .unwrap_or_else(|| panic!("{example} said no figures: {text} {}", String::from_utf8_lossy(&output.stderr)))
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}
