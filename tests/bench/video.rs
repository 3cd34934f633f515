//! What a 720p30 camera costs the expert app: CPU of the whole process, split by its own figures into decode, convert and upload.

use std::time::{Duration, Instant};

use serde_json::json;
use sightline_tests::{BrowserSetup, ExpertSetup, Lab, picture};

use crate::table::Table;

const SECONDS: u64 = 15;

/// Watches one camera in a window with software GL.
pub(crate) fn measure(table: &mut Table) {
    let mut lab = Lab::start("bench-video");
    let camera = lab.folder().join("camera-720p.y4m");
    picture::write_camera(&camera, 1280, 720, 60);
    let mut expert = lab.expert_with("Ana", ExpertSetup { windowed: true, ..ExpertSetup::default() });
    let session = expert.new_session("Bench");
    let link = expert.invite_with(&session, json!({ "auto": true }));
    let mut operator = lab.browser("operator", BrowserSetup::with_camera(camera));
    operator.join(&link, "Mihai");
    operator.wait_phase(&["linked"], 20);
    expert.lines.must(json!({ "do": "select", "session": session }));
    operator.click("show-button");
    expert.wait_live(&session, 20);
    // The encoder starts small and grows; the figures are for the full size.
    let limit = Instant::now() + Duration::from_secs(40);
    while stats(&mut expert, &session)["height"] != 720 {
        assert!(Instant::now() < limit, "the camera never reached 720 lines: {}", stats(&mut expert, &session));
        std::thread::sleep(Duration::from_millis(200));
    }
    let pid = expert.lines.pid();
    let (before, started) = (cpu_seconds(pid), Instant::now());
    std::thread::sleep(Duration::from_secs(SECONDS));
    let share = (cpu_seconds(pid) - before) / started.elapsed().as_secs_f64() * 100.0;
    let figures = stats(&mut expert, &session);
    table.one("expert_cpu_720p30", share, "% core");
    for (name, field) in [("decode_720p", "decode_ms"), ("convert_720p", "convert_ms"), ("upload_720p", "upload_ms")] {
        table.one(name, figures[field].as_f64().unwrap_or(f64::NAN), "ms/frame");
    }
    table.one("expert_fps_720p30", figures["fps"].as_f64().unwrap_or(f64::NAN), "fps");
}

fn stats(expert: &mut sightline_tests::Expert, session: &str) -> serde_json::Value {
    expert.lines.must(json!({ "do": "stats", "session": session }))["stats"].clone()
}

/// User and system time of a process so far.
pub(crate) fn cpu_seconds(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / 100.0
}

/// Resident memory of a process in kB, of one line of its status (VmRSS, VmHWM).
pub(crate) fn memory_kb(pid: u32, line: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let found =
        status.lines().find(|one| one.starts_with(line)).and_then(|one| one.split_whitespace().nth(1)?.parse().ok());
    found.unwrap_or(f64::NAN)
}
