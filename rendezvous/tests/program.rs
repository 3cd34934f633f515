//! The program: its ready line, its sentences for what is wrong, its signals, and its silence about people.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may fail here")]

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use common::{Client, Invite, key};
use sightline_proto::switchboard::{RefusedReason, ServerFrame};
use tempfile::TempDir;

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sightline-rendezvous"));
    command.args(["--listen", "127.0.0.1:0"]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A running program; killed when dropped.
struct Program {
    child: Child,
    ready: String,
    port: u16,
}

impl Program {
    fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut ready).unwrap();
        let port = ready.split([' ', ':']).find_map(|part| part.parse().ok());
        let Some(port) = port else { panic!("not ready: {}", errors(child)) };
        Self { child, ready, port }
    }

    async fn client(&self) -> Client<tokio::net::TcpStream> {
        let host = format!("localhost:{}", self.port);
        let stream = tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        Client::open(stream, "ws", &host).await.unwrap()
    }

    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    /// Waits for the end; returns whether it was a success, and what was logged.
    fn end(mut self) -> (bool, String) {
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (self.child.wait().unwrap().success(), log)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn errors(child: Child) -> String {
    String::from_utf8_lossy(&child.wait_with_output().unwrap().stderr).into_owned()
}

fn refused(command: &mut Command) -> String {
    let Output { status, stderr, stdout } = command.output().unwrap();
    let told = String::from_utf8_lossy(&stderr).into_owned();
    assert!(!status.success() && stdout.is_empty(), "{told}");
    assert!(!told.contains("panicked"), "{told}");
    told
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[tokio::test]
async fn it_says_when_it_is_ready_and_stops_in_order() {
    let data = folder();
    let mut command = program();
    command.arg("--data").arg(data.path());
    let program = Program::start(command);
    assert!(program.ready.starts_with("ready: https://127.0.0.1:"), "{}", program.ready);
    let sha256 = program.ready.trim().rsplit("sha256:").next().unwrap();
    assert_eq!(sha256.len(), 64);
    assert!(data.path().join("cert.pem").exists());
    assert_eq!(fs::metadata(data.path().join("key.pem")).unwrap().permissions().mode() & 0o777, 0o600);
    let mut client = program.client().await;
    program.signal("-TERM");
    let told = ServerFrame::Refused { req: 0, reason: RefusedReason::ShuttingDown };
    assert_eq!(common::read(&mut client.socket).await, Ok(told));
    assert_eq!(common::read(&mut client.socket).await, Err("1001".to_owned()));
    let (success, log) = program.end();
    assert!(success, "{log}");
}

#[tokio::test]
async fn its_name_is_in_the_ready_line_with_the_real_port() {
    let data = folder();
    let mut command = program();
    command.args(["--name", "localhost:1", "--name", "localhost"]).arg("--data").arg(data.path());
    let program = Program::start(command);
    assert!(program.ready.starts_with("ready: https://localhost:"), "{}", program.ready);
    assert_ne!(program.port, 1);
    program.client().await;
}

#[tokio::test]
async fn logs_hold_no_content_address_or_secret() {
    let data = folder();
    let mut command = program();
    command.args(["--log", "trace"]).arg("--data").arg(data.path());
    let program = Program::start(command);
    let mut expert = program.client().await;
    let mut operator = program.client().await;
    let (invite, slot) = (Invite::new(), key());
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as u64;
    let mut put = invite.record(1, b"recordcontent");
    put.not_after = now + common::DAY;
    expert.listen(&invite.owner).await.unwrap();
    expert.put(&invite, put).await.unwrap();
    operator.open_slot(&invite, &slot).await.unwrap();
    operator.put_item(&invite, &slot, &slot, 0, b"itemcontent").await.unwrap();
    operator.send(&invite.owner, b"messagecontent").await.unwrap();
    assert_eq!(operator.send(&slot, b"messagecontent").await, Err(RefusedReason::NobodyListens));
    operator.send_raw(b"brokencontent".to_vec()).await;
    drop(operator);
    let mut tcp = tokio::net::TcpStream::connect(("127.0.0.1", program.port)).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut tcp, b"\x16\x03\x01\x00\x05hello").await.unwrap();
    let bad = "GET /secretpath HTTP/1.1\nhost: secrethost.example\norigin: https://secretorigin.example";
    let tcp = tokio::net::TcpStream::connect(("127.0.0.1", program.port)).await.unwrap();
    common::http(tcp, bad, b"").await;
    program.signal("-TERM");
    while common::read(&mut expert.socket).await.is_ok() {}
    let (_, log) = program.end();
    assert!(log.contains("websocket ended"), "the log is not empty: {log}");
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(&bytes[..8]);
    let secrets = [
        "content".to_owned(),
        "secret".to_owned(),
        "127.0.0.1".to_owned(),
        hex(&invite.id.0),
        hex(&invite.owner.public().0),
        hex(&slot.public().0),
        hex(&slot.address().0),
    ];
    for secret in secrets {
        assert!(!log.contains(&secret), "{secret} in {log}");
    }
}

#[test]
fn each_mistake_gets_a_sentence() {
    let data = folder();
    let at = |name: &str| data.path().join(name).to_string_lossy().into_owned();
    let told = |arguments: &[&str]| refused(program().arg("--data").arg(at("data")).args(arguments));
    fs::write(at("file"), "x").unwrap();
    fs::write(at("bad.toml"), "listen = 1").unwrap();
    fs::write(at("bad.pem"), "no certificate").unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().to_string();

    let listen = |address: &str| {
        let arguments = ["--listen", address, "--data", &at("data")];
        refused(Command::new(env!("CARGO_BIN_EXE_sightline-rendezvous")).args(arguments))
    };
    let sentence = listen(&port);
    assert!(sentence.contains("the port is taken by another program"), "{sentence}");
    let sentence = refused(program().args(["--data", &format!("{}/below", at("file"))]));
    assert!(sentence.contains("data folder") && sentence.contains("cannot be used"), "{sentence}");
    let sentence = told(&["--config", &at("absent.toml")]);
    assert!(sentence.contains("configuration file") && sentence.contains("cannot be read"), "{sentence}");
    let sentence = told(&["--config", &at("bad.toml")]);
    assert!(sentence.contains("not valid in line 1"), "{sentence}");
    let sentence = told(&["--cert", &at("absent.pem"), "--key", &at("absent.pem")]);
    assert!(sentence.contains("certificate file") && sentence.contains("cannot be read"), "{sentence}");
    let sentence = told(&["--cert", &at("bad.pem"), "--key", &at("bad.pem")]);
    assert!(sentence.contains("holds no certificate in PEM form"), "{sentence}");
    let sentence = told(&["--cert", &at("bad.pem")]);
    assert!(sentence.contains("--key"), "{sentence}");
    let sentence = told(&["--page", &at("absent")]);
    assert!(sentence.contains("page folder"), "{sentence}");
    let sentence = told(&["--policy", &at("bad.pem")]);
    assert!(sentence.contains("policy file") && sentence.contains("not valid"), "{sentence}");
    let sentence = told(&["--name", "https://x"]);
    assert!(sentence.contains("is not a host name"), "{sentence}");
    let sentence = listen("192.0.2.1:0");
    assert!(sentence.contains("does not have that address"), "{sentence}");
    assert!(listen("nonsense").contains("nonsense"));
}

/// Makes a certificate by running a rendezvous, and copies it.
fn make_certificate(at: &Path) -> String {
    let data = folder();
    let mut command = program();
    command.arg("--data").arg(data.path());
    let program = Program::start(command);
    fs::copy(data.path().join("cert.pem"), at.join("cert.pem")).unwrap();
    fs::copy(data.path().join("key.pem"), at.join("key.pem")).unwrap();
    program.ready.trim().rsplit(' ').next().unwrap().to_owned()
}

#[test]
fn certificate_files_are_served_checked_and_reloaded() {
    let (files, other, data) = (folder(), folder(), folder());
    let first = make_certificate(files.path());
    let second = make_certificate(other.path());
    let with = |cert: &Path, key: &Path| {
        let mut command = program();
        command.arg("--data").arg(data.path()).arg("--cert").arg(cert).arg("--key").arg(key);
        command
    };
    let (cert, key) = (files.path().join("cert.pem"), files.path().join("key.pem"));
    let sentence = refused(&mut with(&cert, &other.path().join("key.pem")));
    assert!(sentence.contains("does not belong to the certificate"), "{sentence}");
    let program = Program::start(with(&cert, &key));
    assert!(program.ready.contains(&first), "{} is {first}", program.ready);
    assert!(!data.path().join("cert.pem").exists());
    fs::copy(other.path().join("cert.pem"), &cert).unwrap();
    program.signal("-HUP");
    let log = wait_for_log(program, "not reloaded: the key in");
    assert!(log.contains("does not belong"), "{log}");
    fs::copy(other.path().join("key.pem"), &key).unwrap();
    let program = Program::start(with(&cert, &key));
    assert!(program.ready.contains(&second));
}

/// Reads the log until a line contains `text`.
fn wait_for_log(mut program: Program, text: &str) -> String {
    let log = program.child.stderr.take().unwrap();
    BufReader::new(log).lines().map_while(Result::ok).find(|line| line.contains(text)).unwrap_or_default()
}

#[test]
fn a_policy_is_signed_and_checked_by_the_program() {
    let files = folder();
    let at = |name: &str| files.path().join(name).to_string_lossy().into_owned();
    fs::write(at("policy.json"), r#"{"version":7,"limits":{}}"#).unwrap();
    let sign = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sightline-rendezvous"));
        let output = command.args(["--sign-policy", &at("key"), "--policy", &at("policy.json")]).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let line = sign();
    assert_eq!(sign(), line, "the key is kept");
    assert_eq!(fs::metadata(at("key")).unwrap().permissions().mode() & 0o777, 0o600);
    fs::write(at("r.toml"), format!("policy = \"policy.json\"\ndata = \"data\"\n{line}")).unwrap();
    let start = || {
        let mut command = program();
        command.args(["--config", &at("r.toml")]);
        command
    };
    drop(Program::start(start()));
    fs::write(at("policy.json"), r#"{"version":8,"limits":{}}"#).unwrap();
    let sentence = refused(&mut start());
    assert!(sentence.contains("is not signed by the organisation's key"), "{sentence}");
}

#[tokio::test]
async fn a_full_disk_is_refused_and_nothing_is_lost() {
    let data = folder();
    // A file size limit is the nearest thing to a full disk that needs no rights: writes beyond it fail.
    let mut command = Command::new("sh");
    let script = "trap '' XFSZ; ulimit -f 4096; exec \"$0\" --listen 127.0.0.1:0 --data \"$1\"";
    command.args(["-c", script, env!("CARGO_BIN_EXE_sightline-rendezvous")]).arg(data.path());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let running = Program::start(command);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as u64;
    let mut kept = Vec::new();
    let mut client = running.client().await;
    let refusal = loop {
        let invite = Invite::new();
        let mut put = invite.record(1, &[7; 4_000]);
        put.not_after = now + common::DAY;
        match client.put(&invite, put).await {
            Ok(()) => kept.push(invite),
            Err(RefusedReason::RateLimited) => client = running.client().await,
            Err(reason) => break reason,
        }
        assert!(kept.len() < 5_000, "the limit is never reached");
    };
    assert_eq!(refusal, RefusedReason::StorageFull);
    let tcp = tokio::net::TcpStream::connect(("127.0.0.1", running.port)).await.unwrap();
    let health = common::http(tcp, "GET /healthz HTTP/1.1\nhost: localhost", b"").await;
    assert_eq!((health.status, health.text().contains("disk full")), (503, true));
    drop(running);

    let mut command = program();
    command.arg("--data").arg(data.path());
    let running = Program::start(command);
    let mut client = running.client().await;
    for invite in &kept {
        let mut got = client.get(invite).await;
        if got == Err(RefusedReason::RateLimited) {
            client = running.client().await;
            got = client.get(invite).await;
        }
        assert_eq!(got, Ok((1, vec![7; 4_000])));
    }
}

#[test]
fn help_names_every_option() {
    let output = Command::new(env!("CARGO_BIN_EXE_sightline-rendezvous")).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for option in ["--config", "--listen", "--data", "--name", "--cert", "--key", "--page", "--policy", "--log"] {
        assert!(help.contains(option), "{option}");
    }
}
