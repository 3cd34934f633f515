//! A rendezvous in a process of its own, and clients to load it with.
#![allow(dead_code, reason = "each example uses its part")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a measurement that cannot be made ends")]

use std::collections::VecDeque;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use sightline_proto::keys::SlotKey;
use sightline_proto::switchboard::{Challenge, ClientFrame, Listen, Operation, SUBPROTOCOL, ServerFrame};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// The program, started with limits that do not stand in the way of a measurement.
pub(crate) struct Program {
    child: Child,
    port: u16,
    tls: Arc<ClientConfig>,
    data: TempDir,
}

impl Program {
    /// Starts the program that was built beside this example, or the one that `SIGHTLINE_RENDEZVOUS` names.
    pub(crate) fn start() -> Self {
        let beside = || {
            let own = std::env::current_exe().expect("the own path");
            own.parent().and_then(|examples| examples.parent()).expect("a target folder").join("sightline-rendezvous")
        };
        let program = std::env::var_os("SIGHTLINE_RENDEZVOUS").map_or_else(beside, PathBuf::from);
        let data = tempfile::tempdir().expect("a folder");
        let much = 1_000_000_000;
        let config = format!(
            "listen = \"127.0.0.1:0\"\ndata = \"data\"\n[limits]\nconnections_per_source = {much}\n\
             connection_burst = {much}\nconnection_rate = {much}\nsource_burst = {much}\nsource_rate = {much}\n\
             source_stored_bytes = {much}\nsource_mail_bytes = {much}\n"
        );
        let path = data.path().join("load.toml");
        fs::write(&path, config).expect("a configuration");
        let mut child = Command::new(&program)
            .arg("--config")
            .arg(&path)
            .args(["--log", "error"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", program.display()));
        let mut ready = String::new();
        BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut ready).expect("a line");
        let port = ready.split([' ', ':']).find_map(|part| part.parse().ok()).expect("a port");
        let certificate = CertificateDer::from_pem_file(data.path().join("data/cert.pem")).expect("a certificate");
        let mut roots = RootCertStore::empty();
        roots.add(certificate).expect("a root");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("TLS versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self { child, port, tls: Arc::new(tls), data }
    }

    /// Bytes that its store takes on the disk.
    pub(crate) fn stored_bytes(&self) -> u64 {
        folder_bytes(&self.data.path().join("data"))
    }

    /// Resident memory in kB.
    pub(crate) fn resident_kb(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("its status");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a line");
        line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).expect("a number")
    }

    /// Processor time used so far, in seconds.
    pub(crate) fn cpu_secs(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("its stat");
        let fields: Vec<&str> = stat.rsplit(") ").next().expect("fields").split(' ').collect();
        let ticks: f64 = fields[11..13].iter().map(|ticks| ticks.parse::<f64>().expect("ticks")).sum();
        // USER_HZ is 100 on every Linux that this runs on.
        ticks / 100.0
    }

    /// Connects over TLS.
    pub(crate) async fn connect(&self) -> Peer {
        let host = format!("127.0.0.1:{}", self.port);
        let tcp = TcpStream::connect(&host).await.expect("a connection");
        tcp.set_nodelay(true).expect("no delay");
        let name = ServerName::try_from("127.0.0.1").expect("a name");
        let tls = TlsConnector::from(Arc::clone(&self.tls)).connect(name, tcp).await.expect("TLS");
        let mut request = format!("wss://{host}/v1/switchboard").into_client_request().expect("a request");
        request.headers_mut().insert("sec-websocket-protocol", SUBPROTOCOL.parse().expect("a header"));
        let config = WebSocketConfig::default().read_buffer_size(1024).write_buffer_size(0);
        let (socket, _) =
            tokio_tungstenite::client_async_with_config(request, tls, Some(config)).await.expect("a WebSocket");
        let challenge = Challenge { nonce: [0; 32], host: String::new() };
        let mut peer = Peer { socket, challenge, unasked: VecDeque::new(), next_req: 1 };
        let ServerFrame::Welcome { nonce, host, .. } = peer.read().await else { panic!("no welcome") };
        peer.challenge = Challenge { nonce, host };
        peer
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client of the switchboard.
pub(crate) struct Peer {
    socket: WebSocketStream<TlsStream<TcpStream>>,
    pub(crate) challenge: Challenge,
    unasked: VecDeque<ServerFrame>,
    next_req: u32,
}

impl Peer {
    /// Proves a key.
    pub(crate) async fn listen(&mut self, key: &SlotKey) {
        let listen = Listen { slot: key.public() }.sign(key, &self.challenge);
        self.done(|req| ClientFrame::Listen(req, listen)).await;
    }

    /// Asks for something that must be done.
    pub(crate) async fn done(&mut self, frame: impl FnOnce(u32) -> ClientFrame) {
        match self.ask(frame).await {
            ServerFrame::Done { .. } => {}
            other => panic!("not done: {other:?}"),
        }
    }

    /// Asks and waits for the answer.
    pub(crate) async fn ask(&mut self, frame: impl FnOnce(u32) -> ClientFrame) -> ServerFrame {
        let req = self.next_req;
        self.next_req += 1;
        self.socket.send(Message::Binary(frame(req).encode().into())).await.expect("sent");
        loop {
            let frame = self.read().await;
            if frame.req() == Some(req) {
                return frame;
            }
            self.unasked.push_back(frame);
        }
    }

    /// The next frame that was not asked for.
    pub(crate) async fn unasked(&mut self) -> ServerFrame {
        match self.unasked.pop_front() {
            Some(frame) => frame,
            None => self.read().await,
        }
    }

    async fn read(&mut self) -> ServerFrame {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Binary(frame))) => return ServerFrame::decode(&frame).expect("a frame"),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("the connection ended: {other:?}"),
            }
        }
    }
}

fn folder_bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    let bytes = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => folder_bytes(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.map(bytes).sum()
}

/// A new key.
pub(crate) fn key() -> SlotKey {
    SlotKey::generate(&mut UnwrapErr(SysRng))
}
