//! A child process that takes one JSON command a line and answers with one JSON object a line.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// Events kept until a story asks for them; a story that never asks loses nothing but the oldest.
const MAX_LINES: usize = 65_536;

/// A running child. Answers are matched by `id`; everything else is an event and kept in order.
pub struct Lines {
    name: String,
    child: Child,
    stdin: Option<ChildStdin>,
    incoming: Receiver<Value>,
    events: Vec<Value>,
    next_id: u64,
}

impl Lines {
    /// Starts `command` with its stdin and stdout taken; stderr goes to `log`.
    pub fn start(name: &str, mut command: Command, log: &std::path::Path) -> Self {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(log).expect("log file");
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error} ({command:?})"));
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().expect("stdout is piped");
        let (sender, incoming): (SyncSender<Value>, _) = sync_channel(MAX_LINES);
        thread::Builder::new()
            .name(format!("lines-{name}"))
            .spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    let value =
                        serde_json::from_str(&line).unwrap_or_else(|_| json!({ "event": "text", "line": line }));
                    if sender.send(value).is_err() {
                        break;
                    }
                }
            })
            .expect("a thread");
        Self { name: name.to_owned(), child, stdin, incoming, events: Vec::new(), next_id: 1 }
    }

    /// The process id, for `kill -9`.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a command and returns its answer; an answer with `ok: false` is an `Err` with the whole answer.
    pub fn ask(&mut self, mut command: Value) -> Result<Value, Value> {
        let id = self.next_id;
        self.next_id += 1;
        command["id"] = json!(id);
        let text = format!("{command}\n");
        let stdin = self.stdin.as_mut().expect("stdin is open until the child is ended");
        stdin.write_all(text.as_bytes()).unwrap_or_else(|error| panic!("{} has gone: {error} on {command}", self.name));
        stdin.flush().expect("flush to a pipe");
        let limit = Instant::now() + Duration::from_secs(60);
        loop {
            let value = self.receive(limit).unwrap_or_else(|| panic!("{}: no answer to {command}", self.name));
            let is_answer = value["id"] == json!(id) && (value.get("event").is_none() || value["event"] == "reply");
            if is_answer {
                return if value["ok"] == true { Ok(value) } else { Err(value) };
            }
            self.events.push(value);
        }
    }

    /// As [`Self::ask`], where only success will do.
    pub fn must(&mut self, command: Value) -> Value {
        let text = command.to_string();
        self.ask(command).unwrap_or_else(|answer| panic!("{}: {text} was answered by {answer}", self.name))
    }

    /// All of these, written before the first answer is read. Only success will do.
    pub fn must_all(&mut self, commands: Vec<Value>) {
        let first = self.next_id;
        let text: String = commands
            .into_iter()
            .map(|mut command| {
                command["id"] = json!(self.next_id);
                self.next_id += 1;
                format!("{command}\n")
            })
            .collect();
        let mut stdin = self.stdin.take().expect("stdin is open until the child is ended");
        // Beside the reading: neither side may wait for the other's full pipe.
        let writing =
            thread::spawn(move || stdin.write_all(text.as_bytes()).and_then(|()| stdin.flush()).map(|()| stdin));
        let limit = Instant::now() + Duration::from_secs(300);
        let mut left: BTreeSet<u64> = (first..self.next_id).collect();
        while !left.is_empty() {
            let value = self.receive(limit).unwrap_or_else(|| panic!("{}: no answer to {left:?}", self.name));
            let answers = value["id"].as_u64().filter(|id| left.remove(id));
            if answers.is_none() {
                self.events.push(value);
            } else {
                assert_eq!(value["ok"], true, "{}: {value}", self.name);
            }
        }
        self.stdin = Some(writing.join().expect("it writes").expect("the child reads"));
    }

    /// Waits for an event that fits, and takes it out of the queue; earlier ones stay.
    pub fn event(&mut self, what: &str, seconds: u64, fits: impl Fn(&Value) -> bool) -> Value {
        self.event_within(Duration::from_secs(seconds), fits)
            .unwrap_or_else(|| panic!("{}: waited {seconds} s for {what}; seen: {}", self.name, self.seen()))
    }

    /// As [`Self::event`], `None` when the time is over.
    pub fn event_within(&mut self, time: Duration, fits: impl Fn(&Value) -> bool) -> Option<Value> {
        let limit = Instant::now() + time;
        if let Some(index) = self.events.iter().position(&fits) {
            return Some(self.events.remove(index));
        }
        loop {
            let value = self.receive(limit)?;
            if fits(&value) {
                return Some(value);
            }
            self.events.push(value);
        }
    }

    /// Forgets what has been seen so far.
    pub fn forget(&mut self) {
        self.events.clear();
        while self.incoming.try_recv().is_ok() {}
    }

    fn receive(&mut self, limit: Instant) -> Option<Value> {
        self.incoming.recv_timeout(limit.saturating_duration_since(Instant::now())).ok()
    }

    fn seen(&self) -> String {
        let from = self.events.len().saturating_sub(20);
        self.events[from..].iter().map(|event| format!("\n  {event}")).collect()
    }

    /// Ends the process at once, as a crash would.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks for an orderly end and waits up to `seconds` for it; whether it came.
    pub fn quit(&mut self, seconds: u64) -> bool {
        if let Some(mut stdin) = self.stdin.take() {
            let _ = writeln!(stdin, "{}", json!({ "do": "quit", "id": 0 }));
        }
        let limit = Instant::now() + Duration::from_secs(seconds);
        while Instant::now() < limit {
            if let Ok(Some(_)) = self.child.try_wait() {
                return true;
            }
            thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        if !self.quit(3) {
            self.kill();
        }
    }
}
