//! How fast files travel, beside what others reach on the same wire.

use std::{
    io::Write,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use sightline_tests::{
    BrowserSetup, Expert, Lab,
    lab::program,
    net::{Impairment, Net},
};

use crate::{
    rivals::{Wormhole, choose_files, chromium_channel, window},
    table::Table,
};

/// Enough for a window at any speed seen here, under the limit of a file.
const MEGABYTES: usize = 1_000;

/// Round trips of the wire, in milliseconds.
const ROUND_TRIPS: [u64; 2] = [0, 50];

/// Both directions between browser and app, a plain channel and magic-wormhole, at each round trip.
pub(crate) fn measure(table: &mut Table) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = noise(folder.path(), MEGABYTES);
    let wormhole = Wormhole::install();
    for ms in ROUND_TRIPS {
        let net = Net::start(&program("sightline-net-end"), Impairment::round_trip(ms), 7);
        let plain = chromium_channel(&net, folder.path());
        let name = format!("plain_channel_{ms}ms");
        table.one(&name, plain, "MB/s");
        let (to_native, to_browser) = ours(&net, &file);
        table.beside(&format!("file_browser_to_native_{ms}ms"), to_native, "MB/s", (&name, plain));
        table.beside(&format!("file_native_to_browser_{ms}ms"), to_browser, "MB/s", (&name, plain));
        match &wormhole {
            Some(wormhole) => {
                table.one(&format!("magic_wormhole_{ms}ms"), wormhole.measure(&net, folder.path(), &file), "MB/s");
            }
            None => eprintln!("  magic-wormhole can't be installed here"),
        }
    }
}

/// A file of random bytes, so that nothing on the way can compress it.
pub(crate) fn noise(folder: &Path, megabytes: usize) -> PathBuf {
    let path = folder.join(format!("noise-{megabytes}.bin"));
    let mut out = std::io::BufWriter::new(std::fs::File::create(&path).expect("a file"));
    let mut block = vec![0; 1_000_000];
    for _ in 0..megabytes {
        rand::fill(&mut block[..]);
        out.write_all(&block).expect("room on the disk");
    }
    out.flush().expect("room on the disk");
    path
}

/// Megabytes per second from browser to app and back.
fn ours(net: &Net, file: &Path) -> (f64, f64) {
    let mut lab = Lab::start_on("bench-files", &net.left, &[]);
    let mut expert = lab.expert("Ana");
    let session = expert.new_session("Files");
    let link = expert.invite_with(&session, json!({ "auto": true }));
    let mut operator = lab.browser("mihai", BrowserSetup { host: net.right.clone(), ..BrowserSetup::default() });
    operator.join(&link, "Mihai");
    operator.wait_phase(&["linked"], 30);

    choose_files(&mut operator, "attach-file-input", &[file]);
    let offered =
        |view: &Value| view["files"].as_array().is_some_and(|all| all.iter().any(|file| file["mine"] == false));
    let view = expert.wait_view(&session, "the page to offer it", 120, offered);
    expert.lines.must(json!({ "do": "file-act", "session": session, "file": view["files"][0]["id"], "act": "fetch" }));
    let to_native = watch(&mut expert, &session, |view| {
        let file = view["files"].as_array()?.iter().find(|file| file["mine"] == false)?;
        have(&file["state"], file)
    });
    operator.click("file-cancel");

    let sent = expert.lines.must(json!({ "do": "send-files", "session": session, "paths": [file] }));
    let id = sent["files"][0].clone();
    operator.lines.must(json!({ "do": "click", "testid": "file-fetch", "timeout": 20_000 }));
    let to_browser = watch(&mut expert, &session, |view| {
        let file = view["files"].as_array()?.iter().find(|file| file["id"] == id)?;
        file["sent"]["have"].as_f64()
    });
    (to_native, to_browser)
}

fn have(state: &Value, file: &Value) -> Option<f64> {
    if state["state"] == "here" { file["size"].as_f64() } else { state["have"].as_f64() }
}

/// Megabytes per second over a window that begins with the first progress.
fn watch(expert: &mut Expert, session: &str, bytes: impl Fn(&Value) -> Option<f64>) -> f64 {
    let limit = Instant::now() + Duration::from_secs(60);
    let mut now = || bytes(&expert.view(session)).unwrap_or(0.0);
    while now() == 0.0 {
        assert!(Instant::now() < limit, "no transfer began");
        std::thread::sleep(Duration::from_millis(50));
    }
    let (begun, before) = (Instant::now(), now());
    let whole = (MEGABYTES * 1_000_000) as f64;
    let mut after = before;
    while begun.elapsed() < window() && after < whole {
        std::thread::sleep(Duration::from_millis(100));
        after = now();
    }
    (after - before) / 1e6 / begun.elapsed().as_secs_f64()
}
