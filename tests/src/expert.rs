//! The real expert app, with or without a window, by its JSON lines.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{lines::Lines, picture::Shot};

/// How to start the app.
#[derive(Clone, Default)]
pub struct ExpertSetup {
    /// In a window (`--control`) or without one (`--headless`).
    pub windowed: bool,
    /// `DISPLAY`, when windowed.
    pub display: Option<String>,
    /// Instead of the lab's rendezvous.
    pub rendezvous: Option<String>,
    /// Instead of the lab's certificate.
    pub certificate: Option<PathBuf>,
    /// Codecs to answer with, in order; empty = the app's own.
    pub codecs: Vec<String>,
    /// More arguments.
    pub arguments: Vec<String>,
}

/// A running expert app.
pub struct Expert {
    /// Its lines.
    pub lines: Lines,
    folder: PathBuf,
}

impl Expert {
    /// Starts the app, by a command without arguments, and waits until it is ready.
    pub fn start(mut command: Command, name: &str, folder: &Path, setup: &ExpertSetup) -> Self {
        command.arg(if setup.windowed { "--control" } else { "--headless" });
        command.arg("--home").arg(folder.join(format!("home-{name}"))).args([
            "--name",
            name,
            "--allow-loopback",
            "--lang",
            "en",
        ]);
        command.arg("--rendezvous").arg(setup.rendezvous.as_deref().unwrap_or_default());
        if let Some(certificate) = &setup.certificate {
            command.arg("--trust-certificate").arg(certificate);
        }
        for codec in &setup.codecs {
            command.args(["--codec", codec]);
        }
        command.args(&setup.arguments);
        command.env("LIBGL_ALWAYS_SOFTWARE", "1").env_remove("WAYLAND_DISPLAY");
        match &setup.display {
            Some(display) => command.env("DISPLAY", display),
            None => command.env_remove("DISPLAY"),
        };
        let mut lines = Lines::start(name, command, &folder.join(format!("{name}.log")));
        lines.event("ready", 30, |event| event["event"] == "ready");
        Self { lines, folder: folder.to_owned() }
    }

    /// Makes a session; its id.
    pub fn new_session(&mut self, title: &str) -> String {
        text(&self.lines.must(json!({ "do": "new-session", "title": title })), "session")
    }

    /// Makes an invite for one operator; the link as for this machine's browser, over plain http on localhost.
    pub fn invite(&mut self, session: &str) -> String {
        self.invite_with(session, json!({}))
    }

    /// Makes an invite with `fields` (role, uses, minutes, auto).
    pub fn invite_with(&mut self, session: &str, fields: Value) -> String {
        let mut command = json!({ "do": "invite", "session": session });
        for (key, value) in fields.as_object().into_iter().flatten() {
            command[key] = value.clone();
        }
        text(&self.lines.must(command), "link").replace("https://localhost", "http://localhost")
    }

    /// Waits for a knock and returns its event.
    pub fn knock(&mut self, seconds: u64) -> Value {
        self.lines.event("a knock", seconds, |event| event["event"] == "knock")["knock"].clone()
    }

    /// Lets a knock in.
    pub fn admit(&mut self, session: &str, knock: &Value) {
        self.lines.must(json!({ "do": "admit", "session": session, "knock": knock["id"] }));
    }

    /// Refuses a knock.
    pub fn refuse(&mut self, session: &str, knock: &Value) {
        self.lines.must(json!({ "do": "refuse", "session": session, "knock": knock["id"] }));
    }

    /// Writes to the session's chat.
    pub fn say(&mut self, session: &str, words: &str) {
        self.lines.must(json!({ "do": "say", "session": session, "text": words }));
    }

    /// The most memory that it has held, in megabytes.
    pub fn memory_mb(&self) -> f64 {
        memory_mb(self.lines.pid(), "VmHWM")
    }

    /// Asks the operator for video.
    pub fn ask_video(&mut self, session: &str) {
        self.lines.must(json!({ "do": "ask-video", "session": session }));
    }

    /// The whole session as the app shows it.
    pub fn view(&mut self, session: &str) -> Value {
        self.lines.must(json!({ "do": "view", "session": session }))["view"].clone()
    }

    /// Waits until the session's view fits.
    pub fn wait_view(&mut self, session: &str, what: &str, seconds: u64, fits: impl Fn(&Value) -> bool) -> Value {
        let limit = Instant::now() + Duration::from_secs(seconds);
        loop {
            let view = self.view(session);
            if fits(&view) {
                return view;
            }
            assert!(Instant::now() < limit, "waited {seconds} s for {what}; the view is {view:#}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits for a chat message with these words, from anybody, also from people still waiting.
    pub fn wait_chat(&mut self, session: &str, words: &str, seconds: u64) -> Value {
        self.wait_view(session, &format!("the message {words:.40?}"), seconds, |view| find_chat(view, words).is_some());
        find_chat(&self.view(session), words).expect("it was there a moment ago")
    }

    /// Saves the newest decoded frame and reads the camera's frame number out of it.
    pub fn camera_frame(&mut self, session: &str) -> Result<u8, String> {
        let path = self.folder.join("frame.png");
        match self.lines.ask(json!({ "do": "save-frame", "session": session, "path": path })) {
            Ok(_) => Shot::read(&path).read_whole_camera(),
            Err(answer) => Err(answer.to_string()),
        }
    }

    /// Waits until two different pictures of the camera were decoded.
    pub fn wait_live(&mut self, session: &str, seconds: u64) {
        let limit = Instant::now() + Duration::from_secs(seconds);
        let mut seen = std::collections::BTreeSet::new();
        let mut last = String::new();
        while seen.len() < 2 {
            match self.camera_frame(session) {
                Ok(number) => drop(seen.insert(number)),
                Err(error) => last = error,
            }
            assert!(Instant::now() < limit, "no live camera after {seconds} s: saw {seen:?}, last: {last}");
            std::thread::sleep(Duration::from_millis(40));
        }
    }

    /// A picture of the window's real pixels.
    pub fn screenshot(&mut self, path: &Path) {
        self.lines.must(json!({ "do": "screenshot", "path": path }));
    }

    /// Ends the app at once.
    pub fn kill(mut self) {
        self.lines.kill();
    }
}

/// A message in a view's chat, or in the chat of somebody still waiting.
pub fn find_chat(view: &Value, words: &str) -> Option<Value> {
    let knocks = view["knocks"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|knock| knock["chat"].as_array().into_iter().flatten());
    view["chat"].as_array().into_iter().flatten().chain(knocks).find(|item| item["text"] == words).cloned()
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}")).to_owned()
}

/// A line of a process' status, in megabytes.
pub(crate) fn memory_mb(pid: u32, line: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let found = status.lines().find(|one| one.starts_with(line)).and_then(|one| one.split_whitespace().nth(1));
    found.and_then(|kilobytes| kilobytes.parse::<f64>().ok()).map_or(f64::NAN, |kilobytes| kilobytes / 1000.0)
}
