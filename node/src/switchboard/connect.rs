//! One connection to a rendezvous' switchboard: TCP, TLS, WebSocket.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use sightline_proto::limits::MAX_FRAME;
use sightline_proto::switchboard::SUBPROTOCOL;

use super::address::Address;
use super::trust::{CertificateHash, Judge, Policy, Verdict};
use crate::view::OfflineReason;

/// How long one address may take to accept: behind a firewall that drops, the next address shall get its turn.
const TCP_PATIENCE: Duration = Duration::from_secs(2);

/// How long everything up to the open WebSocket may take.
const PATIENCE: Duration = Duration::from_secs(8);

/// Several addresses of one name are tried, but not a whole list somebody made up.
const MAX_ADDRESSES: usize = 6;

/// Buffers of the socket: frames are small.
const BUFFER: usize = 8 * 1024;

/// The bytes under a WebSocket, encrypted or on this machine.
pub(crate) trait Bytes: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Bytes for T {}

/// An open WebSocket.
pub(crate) type Socket = WebSocketStream<Box<dyn Bytes>>;

/// A connection, and a certificate to be pinned when the other side has proved to be a rendezvous.
pub(crate) struct Connection {
    pub(crate) socket: Socket,
    pub(crate) first_use: Option<CertificateHash>,
    /// The address that answered: a STUN responder is at the same UDP port.
    pub(crate) remote: Option<SocketAddr>,
}

/// Why there is no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConnectError {
    /// For a reason that may pass.
    Offline(OfflineReason),
    /// Another certificate than the pinned one: only a person can say that this is right.
    Changed(CertificateHash),
    /// Nobody vouches for the certificate.
    Unknown(CertificateHash),
}

/// Connects. Dropping the future gives up at once.
pub(crate) async fn connect(
    address: &Address,
    policy: &Policy,
    pin: Option<CertificateHash>,
) -> Result<Connection, ConnectError> {
    match tokio::time::timeout(PATIENCE, connect_patiently(address, policy, pin)).await {
        Ok(result) => result,
        Err(_) => Err(ConnectError::Offline(OfflineReason::Unreachable)),
    }
}

async fn connect_patiently(
    address: &Address,
    policy: &Policy,
    pin: Option<CertificateHash>,
) -> Result<Connection, ConnectError> {
    let Opened { bytes, first_use, remote } = open(address, policy, pin).await?;
    Ok(Connection { socket: upgrade(address, bytes).await?, first_use, remote })
}

/// An encrypted connection, with nothing said on it yet.
pub(super) struct Opened {
    pub(super) bytes: Box<dyn Bytes>,
    first_use: Option<CertificateHash>,
    remote: Option<SocketAddr>,
}

/// Opens a connection and judges its certificate.
pub(super) async fn open(
    address: &Address,
    policy: &Policy,
    pin: Option<CertificateHash>,
) -> Result<Opened, ConnectError> {
    let tcp = connect_tcp(address).await.map_err(ConnectError::Offline)?;
    // Signalling is small messages that somebody waits for.
    let _ = tcp.set_nodelay(true);
    let remote = tcp.peer_addr().ok();
    if !address.secure {
        return Ok(Opened { bytes: Box::new(tcp), first_use: None, remote });
    }
    let judge = policy.judge(pin);
    let tls = connect_tls(address, policy, judge.clone(), tcp).await;
    let first_use = match judge.verdict() {
        Some(Verdict::Changed(hash)) => return Err(ConnectError::Changed(hash)),
        Some(Verdict::Unknown(hash)) => return Err(ConnectError::Unknown(hash)),
        Some(Verdict::FirstUse(hash)) => Some(hash),
        Some(Verdict::Believed) | None => None,
    };
    Ok(Opened { bytes: tls?, first_use, remote })
}

async fn connect_tcp(address: &Address) -> Result<TcpStream, OfflineReason> {
    let found =
        tokio::net::lookup_host((address.host.as_str(), address.port)).await.map_err(|_| OfflineReason::NameUnknown)?;
    for socket_address in found.take(MAX_ADDRESSES) {
        if let Ok(Ok(tcp)) = tokio::time::timeout(TCP_PATIENCE, TcpStream::connect(socket_address)).await {
            return Ok(tcp);
        }
    }
    Err(OfflineReason::Unreachable)
}

async fn connect_tls(
    address: &Address,
    policy: &Policy,
    judge: Arc<Judge>,
    tcp: TcpStream,
) -> Result<Box<dyn Bytes>, ConnectError> {
    let failed = ConnectError::Offline(OfflineReason::TlsFailed);
    let mut config = ClientConfig::builder_with_provider(policy.provider())
        .with_safe_default_protocol_versions()
        .map_err(|_| failed)?
        // The judge does verify: by authorities, pins or a file.
        .dangerous()
        .with_custom_certificate_verifier(judge)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let name = ServerName::try_from(address.host.clone()).map_err(|_| failed)?;
    let tls = TlsConnector::from(Arc::new(config)).connect(name, tcp).await.map_err(|_| failed)?;
    Ok(Box::new(tls))
}

async fn upgrade(address: &Address, bytes: Box<dyn Bytes>) -> Result<Socket, ConnectError> {
    let not_sightline = ConnectError::Offline(OfflineReason::NotSightline);
    let url = format!("ws{}://{}/v1/switchboard", if address.secure { "s" } else { "" }, address.authority());
    let mut request = url.into_client_request().map_err(|_| not_sightline)?;
    request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX_FRAME))
        .max_frame_size(Some(MAX_FRAME))
        .read_buffer_size(BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(4 * MAX_FRAME);
    let (socket, _) =
        tokio_tungstenite::client_async_with_config(request, bytes, Some(config)).await.map_err(|_| not_sightline)?;
    Ok(socket)
}
