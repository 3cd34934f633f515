//! The real program without a window, by its lines, and what it says when it can't start.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio},
};

use serde_json::{Value, json};

struct App {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    events: Vec<Value>,
    number: u64,
}

impl App {
    fn start(home: &Path, arguments: &[&str]) -> Self {
        let mut child = program(home)
            .arg("--headless")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the program starts");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let mut app = Self { child, input, output, events: Vec::new(), number: 0 };
        let ready = app.line().expect("a first line");
        assert_eq!(ready["event"], "ready");
        app.events.push(ready);
        app
    }

    fn line(&mut self) -> Option<Value> {
        let mut line = String::new();
        let read = self.output.read_line(&mut line).expect("a line in UTF-8");
        (read > 0).then(|| serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}")))
    }

    fn send(&mut self, line: &str) {
        let input = self.input.as_mut().expect("input is open");
        writeln!(input, "{line}").and_then(|()| input.flush()).expect("the program reads");
    }

    /// Reads until the answer to `id`, keeping events.
    fn answer(&mut self, id: &Value) -> Value {
        loop {
            let line = self.line().expect("an answer");
            if line["event"] == "reply" && line["id"] == *id {
                return line;
            }
            self.events.push(line);
        }
    }

    fn ask(&mut self, mut command: Value) -> Value {
        self.number += 1;
        command["id"] = json!(self.number);
        self.send(&command.to_string());
        self.answer(&json!(self.number))
    }

    fn must(&mut self, command: Value) -> Value {
        let answer = self.ask(command.clone());
        assert_eq!(answer["ok"], true, "{command} → {answer}");
        answer
    }

    fn fails(&mut self, command: Value) -> String {
        let answer = self.ask(command.clone());
        assert_eq!(answer["ok"], false, "{command} → {answer}");
        assert!(answer["message"].as_str().is_some_and(|message| !message.is_empty()), "{answer}");
        answer["error"].as_str().expect("a code").to_owned()
    }

    /// Asks for the view until it fits; views follow commands, they are not part of the answer.
    fn view(&mut self, session: &Value, fits: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..2_000 {
            let view = self.must(json!({ "do": "view", "session": session }))["view"].clone();
            if fits(&view) {
                return view;
            }
            std::thread::yield_now();
        }
        panic!("the view never fits");
    }

    fn ended(mut self) -> i32 {
        self.input = None;
        self.child.wait().expect("it ends").code().expect("by itself")
    }
}

fn program(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sightline"));
    command.arg("--home").arg(home).args(["--name", "Ana", "--lang", "en"]);
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET");
    command
}

fn refused(command: &mut Command) -> (i32, String) {
    let Output { status, stderr, stdout } = command.stdin(Stdio::null()).output().expect("the program runs");
    assert!(stdout.is_empty(), "nothing on standard output");
    (status.code().expect("it ends by itself"), String::from_utf8_lossy(&stderr).into_owned())
}

#[test]
fn a_session_is_made_written_into_and_there_again_after_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let mut app = App::start(home.path(), &[]);
    let session = app.must(json!({ "do": "new-session", "title": "Pump 7" }))["session"].clone();
    let text = "Grüße 👋🏽 مرحبا \"quoted\"\nnew line";
    app.must(json!({ "do": "say", "session": session, "text": text }));
    app.must(json!({ "do": "title", "session": session, "title": "Pump 7, hall B" }));
    let view = app.view(&session, |view| view["chat"][0]["text"] == text && view["title"] == "Pump 7, hall B");
    assert_eq!(view["chat"][0]["mine"], true);
    app.must(json!({ "do": "quit" }));
    assert_eq!(app.ended(), 0);

    let mut app = App::start(home.path(), &[]);
    assert_eq!(app.events[0]["sessions"], json!([session]));
    assert_eq!(app.events[0]["name"], "Ana");
    let view = app.must(json!({ "do": "view", "session": session }))["view"].clone();
    assert_eq!(view["title"], "Pump 7, hall B");
    assert_eq!(view["chat"][0]["text"], text);
    let list = app.must(json!({ "do": "sessions" }));
    assert_eq!(list["sessions"][0]["title"], "Pump 7, hall B");
    assert_eq!(app.ended(), 0, "the end of input is the end of the app");
}

#[test]
fn what_cannot_be_done_has_a_code_and_a_sentence_and_ends_nothing() {
    let home = tempfile::tempdir().unwrap();
    let mut app = App::start(home.path(), &[]);
    let session = app.must(json!({ "do": "new-session", "title": "x" }))["session"].clone();
    let nobody = "00".repeat(32);
    assert_eq!(app.fails(json!({ "do": "fly" })), "unknown-command");
    assert_eq!(app.fails(json!({ "do": "view" })), "bad-field");
    assert_eq!(app.fails(json!({ "do": "view", "session": "00".repeat(16) })), "error-unknown-session");
    assert_eq!(app.fails(json!({ "do": "new-session", "title": "" })), "error-title");
    assert_eq!(app.fails(json!({ "do": "say", "session": session, "text": "" })), "error-message-empty");
    assert_eq!(app.fails(json!({ "do": "admit", "session": session, "knock": nobody })), "error-unknown-knock");
    assert_eq!(app.fails(json!({ "do": "ask-video", "session": session })), "error-unknown-peer");
    assert_eq!(app.fails(json!({ "do": "ask-video", "session": session, "peer": nobody })), "error-unknown-peer");
    assert_eq!(app.fails(json!({ "do": "invite", "session": session })), "error-no-rendezvous");
    assert_eq!(app.fails(json!({ "do": "invite", "session": session, "base": "no address" })), "bad-field");
    assert_eq!(app.fails(json!({ "do": "screenshot", "path": "/tmp/x.png" })), "no-window");
    let frame = json!({ "do": "save-frame", "session": session, "peer": nobody, "path": "/tmp/x.png" });
    assert_eq!(app.fails(frame), "error-no-picture");
    app.send("this is no JSON");
    assert_eq!(app.answer(&Value::Null)["error"], "bad-json");
    app.send("");
    app.must(json!({ "do": "quit" }));
    assert_eq!(app.ended(), 0);
}

#[test]
fn a_message_of_4000_characters_fits_and_one_beyond_all_limits_does_not() {
    let home = tempfile::tempdir().unwrap();
    let mut app = App::start(home.path(), &[]);
    let session = app.must(json!({ "do": "new-session", "title": "x" }))["session"].clone();
    let long = "ș".repeat(4_000);
    app.must(json!({ "do": "say", "session": session, "text": long }));
    let whole = "x".repeat(33 * 1024);
    assert_eq!(app.fails(json!({ "do": "say", "session": session, "text": whole })), "error-message-too-long");
    let view = app.view(&session, |view| view["chat"][0]["text"] == long);
    assert_eq!(view["chat"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_session_can_be_begun_from_the_command_line() {
    let home = tempfile::tempdir().unwrap();
    let mut app = App::start(home.path(), &["--new-session", "From outside"]);
    let made = app.line().expect("a second line");
    assert_eq!(made["event"], "new-session");
    let view = app.must(json!({ "do": "view", "session": made["session"] }))["view"].clone();
    assert_eq!(view["title"], "From outside");
}

#[test]
fn one_home_has_one_app() {
    let home = tempfile::tempdir().unwrap();
    let app = App::start(home.path(), &[]);
    let (code, said) = refused(program(home.path()).arg("--headless"));
    assert_eq!(code, 3);
    assert!(said.contains("already running"), "{said}");
    assert_eq!(app.ended(), 0);
    let again = App::start(home.path(), &[]);
    assert_eq!(again.ended(), 0);
}

#[test]
fn without_a_screen_the_way_without_one_is_said() {
    let home = tempfile::tempdir().unwrap();
    let (code, said) = refused(&mut program(home.path()));
    assert_eq!(code, 5);
    assert!(said.contains("--headless"), "{said}");
    let (code, said) = refused(program(home.path()).arg("--lang").arg("es"));
    assert_eq!(code, 2, "an argument twice is refused: {said}");
}

#[test]
fn a_home_that_cannot_be_used_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, b"x").unwrap();
    let (code, said) = refused(program(&file.join("home")).arg("--headless"));
    assert_eq!(code, 4);
    assert!(said.contains("--home"), "{said}");
}

#[test]
fn wrong_arguments_are_said() {
    let home = tempfile::tempdir().unwrap();
    for wrong in [&["--codec", "mpeg1"][..], &["--fly"], &["--headless", "--control"]] {
        let (code, said) = refused(program(home.path()).args(wrong));
        assert_eq!(code, 2);
        assert!(said.contains("--help"), "{said}");
    }
    let (code, said) = refused(program(home.path()).args(["--headless", "--rendezvous", "not an address"]));
    assert_eq!(code, 1);
    assert!(said.contains("not an address"), "{said}");
}

#[test]
#[cfg(unix)]
fn asked_by_the_system_it_ends() {
    let home = tempfile::tempdir().expect("a folder");
    let mut app = App::start(home.path(), &[]);
    let killed = Command::new("kill").args(["-TERM", &app.child.id().to_string()]).status().expect("kill runs");
    assert!(killed.success());
    // The end of its output is the end of the program; a program that stays is ended by the runner's own limit.
    while app.line().is_some() {}
    assert!(app.child.wait().expect("it was started").success());
}

#[test]
fn boards_papers_and_pointers_go_by_lines() {
    let home = tempfile::tempdir().unwrap();
    let mut app = App::start(home.path(), &[]);
    let session = app.must(json!({ "do": "new-session", "title": "Pump 7" }))["session"].clone();
    let picture = home.path().join("valve.png");
    std::fs::write(&picture, sightline_node::paint::png(8, 6, &[200; 8 * 6 * 4]).unwrap()).unwrap();

    let made = app.must(json!({ "do": "board-from-file", "session": session, "path": picture, "title": "Valve" }));
    let board = made["board"].clone();
    let draw = json!({ "do": "draw", "session": session, "board": board, "tool": "arrow", "ink": "green",
        "points": [[0, 0], [65535, 30000]] });
    app.must(draw);
    let view = app.view(&session, |view| view["boards"][0]["strokes"] == 1);
    assert_eq!(view["boards"][0]["title"], "Valve");
    let path = view["boards"][0]["still"]["path"].as_str().expect("its picture is here").to_owned();
    assert_eq!(std::fs::read(path).unwrap(), std::fs::read(&picture).unwrap());
    let shown = app.must(json!({ "do": "board", "session": session, "board": board }))["board"].clone();
    assert_eq!(shown["strokes"][0]["stroke"]["points"], json!([[0, 0], [65535, 30000]]));
    assert_eq!((&shown["can_undo"], &shown["strokes"][0]["author_name"]), (&json!(true), &json!("Ana")));
    app.must(json!({ "do": "undo", "session": session, "board": board }));
    app.view(&session, |view| view["boards"][0]["strokes"] == 0);
    app.must(json!({ "do": "redo", "session": session, "board": board }));
    app.view(&session, |view| view["boards"][0]["strokes"] == 1);
    let stroke = shown["strokes"][0]["id"].clone();
    app.must(json!({ "do": "erase", "session": session, "board": board, "stroke": stroke }));
    let erase = json!({ "do": "erase", "session": session, "board": board, "stroke": stroke });
    assert_eq!(app.fails(erase), "error-unknown-stroke");
    app.must(json!({ "do": "rename-board", "session": session, "board": board, "title": "Inlet" }));
    app.view(&session, |view| view["boards"][0]["title"] == "Inlet");
    let nowhere = "05".repeat(16);
    let draw = json!({ "do": "draw", "session": session, "board": nowhere, "points": [[1, 1]] });
    assert_eq!(app.fails(draw), "error-unknown-board");
    let nothing = json!({ "do": "board-from-file", "session": session, "path": home.path().join("none.png") });
    assert_eq!(app.fails(nothing), "error-file");
    assert_eq!(app.fails(json!({ "do": "freeze", "session": session })), "error-unknown-peer");
    app.must(json!({ "do": "look", "session": session, "look": "board", "board": board }));
    app.must(json!({ "do": "point", "session": session, "target": { "board": board }, "x": 1, "y": 2 }));
    let live = app.must(json!({ "do": "live", "session": session }))["live"].clone();
    assert_eq!(live, json!({ "pointers": [], "previews": [] }), "what oneself shows is no news");

    app.must(json!({ "do": "add-steps", "session": session, "title": "Restart", "steps": ["One", "Two"] }));
    let list = app.view(&session, |view| view["steps"][0]["title"] == "Restart")["steps"][0]["id"].clone();
    app.must(json!({ "do": "set-step", "session": session, "list": list, "step": 1, "state": "done" }));
    app.view(&session, |view| view["steps"][0]["steps"][1]["state"] == "done");
    app.must(json!({ "do": "add-note", "session": session, "text": "Serial 4711" }));
    app.view(&session, |view| view["desk"][0]["text"] == "Serial 4711");
    let text = app.must(json!({ "do": "new-text", "session": session, "title": "Protocol" }))["text"].clone();
    app.must(json!({ "do": "splice", "session": session, "text": text, "at": 0, "insert": "Grüße 👋" }));
    app.must(json!({ "do": "splice", "session": session, "text": text, "at": 0, "delete": 5, "insert": "Hallo" }));
    app.view(&session, |view| view["texts"][0]["version"].as_u64() >= Some(3));
    let shown = app.must(json!({ "do": "text", "session": session, "text": text }))["text"].clone();
    assert_eq!((&shown["text"], &shown["summary"]["title"]), (&json!("Hallo 👋"), &json!("Protocol")));
    assert_eq!(app.ended(), 0);

    let mut app = App::start(home.path(), &[]);
    let view = app.view(&session, |view| view["boards"][0]["title"] == "Inlet");
    assert_eq!(view["texts"][0]["title"], "Protocol", "everything is there again");
    assert_eq!(app.ended(), 0);
}
