//! A rendezvous of its own for each test, and a small client that speaks frames.
#![allow(dead_code, reason = "each test file uses its part")]

pub(crate) mod mail;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use sightline_proto::id::InviteId;
use sightline_proto::keys::{SlotKey, random};
use sightline_proto::switchboard::{
    Challenge, ClientFrame, GetItems, Listen, OpenSlot, Operation, PutItem, PutRecord, RefusedReason, SUBPROTOCOL,
    ServerFrame,
};
use sightline_rendezvous::{Clock, Config, Rendezvous, Running};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};

/// A time at which tests begin.
pub(crate) const NOW: u64 = 1_800_000_000_000;
/// A day in milliseconds.
pub(crate) const DAY: u64 = 24 * 3_600_000;
/// Nothing that a test waits for takes so long unless it never comes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A running rendezvous, its data, and the clock it goes by.
pub(crate) struct Server {
    pub(crate) running: Running,
    pub(crate) data: Arc<TempDir>,
    pub(crate) clock: Arc<AtomicU64>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let data = Arc::new(tempfile::tempdir().expect("a folder"));
        Self::again(data, Arc::new(AtomicU64::new(NOW)), change).await
    }

    /// Starts on the data of an earlier one.
    pub(crate) async fn again(data: Arc<TempDir>, clock: Arc<AtomicU64>, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::new(data.path());
        config.listen = "127.0.0.1:0".parse().expect("an address");
        let now = Arc::clone(&clock);
        config.clock = Clock::new(move || now.load(Ordering::Relaxed));
        change(&mut config);
        let running = Rendezvous::start(config).await.unwrap_or_else(|error| panic!("{error}"));
        Self { running, data, clock }
    }

    pub(crate) async fn restart(self) -> Self {
        let Self { running, data, clock } = self;
        running.shutdown().await;
        Self::again(data, clock, |_| {}).await
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.running.addr()
    }

    pub(crate) fn host(&self) -> String {
        self.addr().to_string()
    }

    pub(crate) fn pass(&self, ms: u64) {
        self.clock.fetch_add(ms, Ordering::Relaxed);
    }

    pub(crate) async fn tcp(&self) -> TcpStream {
        TcpStream::connect(self.addr()).await.expect("a connection")
    }

    /// TLS that trusts exactly the rendezvous' self-made certificate and checks its name.
    pub(crate) async fn tls(&self) -> tokio_rustls::client::TlsStream<TcpStream> {
        let certificate = CertificateDer::from_pem_file(self.data.path().join("cert.pem")).expect("a certificate");
        let mut roots = RootCertStore::empty();
        roots.add(certificate).expect("a root");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("TLS versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        // Its life is judged by the system's clock, the rendezvous' by the test's.
        config.time_provider = Arc::new(TestTime(self.clock.load(Ordering::Relaxed)));
        let name = ServerName::try_from(self.addr().ip().to_string()).expect("a name");
        TlsConnector::from(Arc::new(config)).connect(name, self.tcp().await).await.expect("TLS")
    }

    /// A WebSocket over plain HTTP, as browsers on this machine use it.
    pub(crate) async fn client(&self) -> Client<TcpStream> {
        Client::open(self.tcp().await, "ws", &self.host()).await.expect("a WebSocket")
    }

    /// A WebSocket over TLS.
    pub(crate) async fn tls_client(&self) -> Client<tokio_rustls::client::TlsStream<TcpStream>> {
        Client::open(self.tls().await, "wss", &self.host()).await.expect("a WebSocket")
    }

    /// One request with `Connection: close`, over plain TCP.
    pub(crate) async fn http(&self, head: &str, body: &[u8]) -> Reply {
        http(self.tcp().await, head, body).await
    }
}

#[derive(Debug)]
struct TestTime(u64);

impl rustls::time_provider::TimeProvider for TestTime {
    fn current_time(&self) -> Option<rustls::pki_types::UnixTime> {
        Some(rustls::pki_types::UnixTime::since_unix_epoch(Duration::from_millis(self.0)))
    }
}

/// A client of the switchboard over a WebSocket.
pub(crate) struct Client<T> {
    pub(crate) socket: WebSocketStream<T>,
    pub(crate) challenge: Challenge,
    pub(crate) policy_version: u32,
    unasked: VecDeque<ServerFrame>,
    next_req: u32,
}

impl<T: AsyncRead + AsyncWrite + Unpin> Client<T> {
    pub(crate) async fn open(io: T, scheme: &str, host: &str) -> Result<Self, WsError> {
        let mut request = format!("{scheme}://{host}/v1/switchboard").into_client_request()?;
        request.headers_mut().insert("sec-websocket-protocol", SUBPROTOCOL.parse().expect("a header"));
        let config = WebSocketConfig::default().read_buffer_size(4096);
        let (mut socket, _) = tokio_tungstenite::client_async_with_config(request, io, Some(config)).await?;
        let ServerFrame::Welcome { nonce, host, policy_version, .. } = read(&mut socket).await.expect("a welcome")
        else {
            panic!("no welcome");
        };
        let challenge = Challenge { nonce, host };
        Ok(Self { socket, challenge, policy_version, unasked: VecDeque::new(), next_req: 1 })
    }

    /// Sends a frame made for a request number and waits for its answer.
    pub(crate) async fn ask(&mut self, frame: impl FnOnce(u32) -> ClientFrame) -> ServerFrame {
        let req = self.next_req;
        self.next_req += 1;
        self.send_raw(frame(req).encode()).await;
        self.answer(req).await
    }

    /// Asks for something that is either done or refused.
    pub(crate) async fn does(&mut self, frame: impl FnOnce(u32) -> ClientFrame) -> Result<(), RefusedReason> {
        match self.ask(frame).await {
            ServerFrame::Done { .. } => Ok(()),
            ServerFrame::Refused { reason, .. } => Err(reason),
            other => panic!("neither done nor refused: {other:?}"),
        }
    }

    pub(crate) async fn answer(&mut self, req: u32) -> ServerFrame {
        loop {
            let frame = read(&mut self.socket).await.expect("an answer");
            if frame.req() == Some(req) {
                return frame;
            }
            self.unasked.push_back(frame);
        }
    }

    /// The next frame that nobody asked for.
    pub(crate) async fn unasked(&mut self) -> ServerFrame {
        match self.unasked.pop_front() {
            Some(frame) => frame,
            None => read(&mut self.socket).await.expect("a frame"),
        }
    }

    /// Whether such a frame has come along with the answers.
    pub(crate) fn has_unasked(&self) -> bool {
        !self.unasked.is_empty()
    }

    pub(crate) async fn send_raw(&mut self, frame: Vec<u8>) {
        self.socket.send(Message::Binary(frame.into())).await.expect("sent");
    }

    pub(crate) async fn listen(&mut self, key: &SlotKey) -> Result<(), RefusedReason> {
        let listen = Listen { slot: key.public() }.sign(key, &self.challenge);
        self.does(|req| ClientFrame::Listen(req, listen)).await
    }

    pub(crate) async fn send(&mut self, to: &SlotKey, payload: &[u8]) -> Result<(), RefusedReason> {
        let (to, payload) = (to.address(), payload.to_vec());
        self.does(|req| ClientFrame::Send { req, to, payload }).await
    }

    pub(crate) async fn put(&mut self, invite: &Invite, put: PutRecord) -> Result<(), RefusedReason> {
        let put = put.sign(&invite.owner, &self.challenge);
        self.does(|req| ClientFrame::PutRecord(req, put)).await
    }

    pub(crate) async fn get(&mut self, invite: &Invite) -> Result<(u64, Vec<u8>), RefusedReason> {
        match self.ask(|req| ClientFrame::GetRecord { req, invite: invite.id }).await {
            ServerFrame::Record { version, record, .. } => Ok((version, record)),
            ServerFrame::Refused { reason, .. } => Err(reason),
            other => panic!("no record: {other:?}"),
        }
    }

    pub(crate) async fn open_slot(&mut self, invite: &Invite, slot: &SlotKey) -> Result<(), RefusedReason> {
        let open = OpenSlot { invite: invite.id, slot: slot.public() }.sign(&invite.slot, &self.challenge);
        self.does(|req| ClientFrame::OpenSlot(req, open)).await
    }

    pub(crate) async fn put_item(
        &mut self,
        invite: &Invite,
        slot: &SlotKey,
        writer: &SlotKey,
        n: u64,
        item: &[u8],
    ) -> Result<(), RefusedReason> {
        let put = PutItem { invite: invite.id, slot: slot.address(), n, item: item.to_vec(), writer: writer.public() };
        let put = put.sign(writer, &self.challenge);
        self.does(|req| ClientFrame::PutItem(req, put)).await
    }

    /// Numbers and bytes of the items after the given ones, and whether there are more.
    pub(crate) async fn items(
        &mut self,
        invite: &Invite,
        slot: &SlotKey,
        reader: &SlotKey,
        after: (Option<u64>, Option<u64>),
    ) -> Result<(bool, Vec<(u64, Vec<u8>)>), RefusedReason> {
        let get = GetItems {
            invite: invite.id,
            slot: slot.address(),
            after_holder: after.0,
            after_expert: after.1,
            reader: reader.public(),
        };
        let get = get.sign(reader, &self.challenge);
        match self.ask(|req| ClientFrame::GetItems(req, get)).await {
            ServerFrame::Items { more, items, .. } => {
                Ok((more, items.into_iter().map(|item| (item.n, item.item)).collect()))
            }
            ServerFrame::Refused { reason, .. } => Err(reason),
            other => panic!("no items: {other:?}"),
        }
    }
}

/// The next frame, or how the connection ended.
pub(crate) async fn read<T>(socket: &mut WebSocketStream<T>) -> Result<ServerFrame, String>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        match timeout(PATIENCE, socket.next()).await.expect("something in time") {
            Some(Ok(Message::Binary(frame))) => return Ok(ServerFrame::decode(&frame).expect("a frame")),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Close(close))) => {
                return Err(close.map_or_else(|| "closed".to_owned(), |close| u16::from(close.code).to_string()));
            }
            Some(Ok(other)) => panic!("not a frame: {other:?}"),
            Some(Err(error)) => return Err(error.to_string()),
            None => return Err("ended".to_owned()),
        }
    }
}

/// An invite's keys.
pub(crate) struct Invite {
    pub(crate) id: InviteId,
    pub(crate) owner: SlotKey,
    pub(crate) slot: SlotKey,
}

impl Invite {
    pub(crate) fn new() -> Self {
        Self { id: InviteId(random(&mut UnwrapErr(SysRng))), owner: key(), slot: key() }
    }

    pub(crate) fn record(&self, version: u64, record: &[u8]) -> PutRecord {
        PutRecord {
            invite: self.id,
            owner: self.owner.public(),
            invite_slot: self.slot.public(),
            quota: 4,
            version,
            not_after: NOW + DAY,
            record: record.to_vec(),
        }
    }
}

pub(crate) fn key() -> SlotKey {
    SlotKey::generate(&mut UnwrapErr(SysRng))
}

/// An HTTP answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// The value of a header, or an empty string.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends `head` (request line and headers, lines ended by `\n`) and `body`, reads to the end.
pub(crate) async fn http(mut io: impl AsyncRead + AsyncWrite + Unpin, head: &str, body: &[u8]) -> Reply {
    let mut request = head.trim().replace('\n', "\r\n").into_bytes();
    request.extend_from_slice(b"\r\nconnection: close\r\n\r\n");
    request.extend_from_slice(body);
    // A refused body may be answered before it is sent whole.
    let _ = io.write_all(&request).await;
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, io.read_to_end(&mut answer)).await.expect("an answer in time");
    parse_reply(&answer)
}

pub(crate) fn parse_reply(answer: &[u8]) -> Reply {
    let split = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a whole head");
    let head = String::from_utf8_lossy(&answer[..split]).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    Reply { status, head, body: answer[split + 4..].to_vec() }
}
