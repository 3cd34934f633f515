//! Real Chromium with a phone's screen, through `tests/browser/driver.mjs`.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{expert::memory_mb, lab::root, lines::Lines, net::Host};

/// What the browser takes for its camera.
#[derive(Clone, Default)]
pub enum Camera {
    /// Chromium's own test picture.
    #[default]
    Fake,
    /// A y4m or mjpeg file.
    File(PathBuf),
    /// The person says no.
    Denied,
    /// There is none.
    Missing,
}

/// How to start the browser.
#[derive(Clone)]
pub struct BrowserSetup {
    /// The camera.
    pub camera: Camera,
    /// Language tag.
    pub lang: String,
    /// Viewport in CSS pixels.
    pub size: (u32, u32),
    /// Dark colour scheme.
    pub dark: bool,
    /// Where it runs.
    pub host: Host,
    /// More flags for Chromium.
    pub flags: Vec<String>,
}

impl Default for BrowserSetup {
    fn default() -> Self {
        Self {
            camera: Camera::Fake,
            lang: "en".to_owned(),
            size: (390, 844),
            dark: false,
            host: Host::here(),
            flags: Vec::new(),
        }
    }
}

impl BrowserSetup {
    /// A phone whose camera is this file.
    pub fn with_camera(path: PathBuf) -> Self {
        Self { camera: Camera::File(path), ..Self::default() }
    }
}

/// A running browser.
pub struct Browser {
    /// Its driver's lines.
    pub lines: Lines,
    profile: PathBuf,
}

impl Browser {
    /// Starts Chromium with the profile `browser-NAME`.
    pub fn start(name: &str, folder: &Path, setup: BrowserSetup) -> Self {
        let mut command = setup.host.command("node");
        command.arg(root().join("tests/browser/driver.mjs"));
        let mut lines = Lines::start(name, command, &folder.join(format!("browser-{name}.log")));
        let profile = folder.join(format!("browser-{name}"));
        let camera = match &setup.camera {
            Camera::Fake => "fake".to_owned(),
            Camera::File(path) => path.display().to_string(),
            Camera::Denied => "denied".to_owned(),
            Camera::Missing => "none".to_owned(),
        };
        lines.must(json!({
            "do": "launch",
            "profile": profile,
            "camera": camera,
            "lang": setup.lang,
            "width": setup.size.0,
            "height": setup.size.1,
            "dark": setup.dark,
            "flags": setup.flags,
        }));
        Self { lines, profile }
    }

    /// Ends Chromium at once, as a crash or an empty battery would. Its profile stays.
    pub fn kill(mut self) {
        let first = self.chromium().expect("a running Chromium");
        // Its children end with it.
        let status = Command::new("kill").args(["-9", &first.to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()), "Chromium could not be killed");
        self.lines.kill();
    }

    /// Memory that all processes of this Chromium hold for themselves, in megabytes.
    pub fn memory_mb(&self) -> f64 {
        let Some(first) = self.chromium() else { return f64::NAN };
        let parent = |pid: u32| -> Option<u32> {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
        };
        let is_ours = |pid: u32| std::iter::successors(Some(pid), |pid| parent(*pid)).any(|pid| pid == first);
        processes().filter(|pid| is_ours(*pid)).map(|pid| memory_mb(pid, "RssAnon")).filter(|mb| mb.is_finite()).sum()
    }

    /// The first process of this Chromium.
    fn chromium(&self) -> Option<u32> {
        let of_profile = format!("--user-data-dir={}", self.profile.display());
        processes().find(|pid| {
            let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let mut arguments = line.split(|byte| *byte == 0);
            arguments.any(|argument| argument == of_profile.as_bytes())
                && !line.windows(7).any(|part| part == b"--type=")
        })
    }

    /// Opens a link in the main page.
    pub fn open(&mut self, url: &str) {
        self.lines.must(json!({ "do": "open", "url": url }));
    }

    /// Opens the link, gives a name and taps Join.
    pub fn join(&mut self, link: &str, name: &str) {
        self.open(link);
        self.fill("join-name", name);
        self.click("join-button");
    }

    /// Taps what has this test id.
    pub fn click(&mut self, testid: &str) {
        self.lines.must(json!({ "do": "click", "testid": testid }));
    }

    /// Types into what has this test id.
    pub fn fill(&mut self, testid: &str, words: &str) {
        self.lines.must(json!({ "do": "fill", "testid": testid, "text": words }));
    }

    /// Writes a chat message.
    pub fn say(&mut self, words: &str) {
        self.fill("composer", words);
        self.click("send");
    }

    /// Waits until something with this test id can be seen.
    pub fn wait(&mut self, testid: &str, seconds: u64) {
        self.lines.must(json!({ "do": "wait", "testid": testid, "timeout": seconds * 1000 }));
    }

    /// Waits until the page is in one of these phases.
    pub fn wait_phase(&mut self, phases: &[&str], seconds: u64) -> String {
        let answer = self.lines.must(json!({ "do": "wait-phase", "phases": phases, "timeout": seconds * 1000 }));
        answer["phase"].as_str().unwrap_or_default().to_owned()
    }

    /// Waits until these words stand on the page; when, in ms since 1970 by the page's clock.
    pub fn wait_text(&mut self, words: &str, seconds: u64) -> f64 {
        self.lines.must(json!({ "do": "wait-text", "text": words, "timeout": seconds * 1000 }))["at"]
            .as_f64()
            .unwrap_or(0.0)
    }

    /// The words of what has this test id.
    pub fn text(&mut self, testid: &str) -> String {
        self.lines.must(json!({ "do": "text", "testid": testid }))["text"].as_str().unwrap_or_default().to_owned()
    }

    /// The chat as shown: `{mine, delivery, text}` each.
    pub fn chat(&mut self) -> Vec<Value> {
        self.lines.must(json!({ "do": "chat" }))["items"].as_array().cloned().unwrap_or_default()
    }

    /// Waits for a message with exactly these words.
    pub fn wait_chat(&mut self, words: &str, seconds: u64) -> Value {
        let limit = Instant::now() + Duration::from_secs(seconds);
        loop {
            let chat = self.chat();
            if let Some(item) = chat.iter().find(|item| item["text"] == words) {
                return item.clone();
            }
            assert!(Instant::now() < limit, "waited {seconds} s for the message {words:.40?}; the chat is {chat:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Runs a script in the page.
    pub fn eval(&mut self, script: &str) -> Value {
        self.lines.must(json!({ "do": "eval", "script": script }))["value"].clone()
    }

    /// Loads the page again.
    pub fn reload(&mut self) {
        self.lines.must(json!({ "do": "reload" }));
    }

    /// A picture of the page.
    pub fn screenshot(&mut self, path: &Path) {
        self.lines.must(json!({ "do": "screenshot", "path": path }));
    }
}

fn processes() -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}
