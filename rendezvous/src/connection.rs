//! One TCP connection, from its first byte on.
//!
//! | first byte | meaning |
//! |---|---|
//! | 0x16 | a TLS handshake; inside it the same question again |
//! | 0x00 | STUN |
//! | a letter | HTTP; without TLS only this machine and configured proxies get more than a redirect |

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::poll_fn;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tracing::{debug, trace};

use crate::http::Client;
use crate::io::{Impatient, Rewound};
use crate::limits::HTTP_HEAD_BYTES;
use crate::rate::SourceKey;
use crate::shared::Shared;
use crate::stun;
use crate::switchboard::{StreamBody, serve_websocket};

/// The first byte of a TLS handshake record.
const TLS_HANDSHAKE: u8 = 0x16;
/// The first byte of every STUN request that we answer.
const STUN: u8 = 0x00;

/// A dead peer's connection is noticed after this much silence and a few probes.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Bytes read at once after the TLS handshake to see what is inside.
const FIRST_READ: usize = 1024;

/// Time to end a TLS connection properly.
const GOODBYE: Duration = Duration::from_secs(2);

/// A counted connection; gives its places back when it ends.
pub(crate) struct Place {
    pub(crate) shared: Arc<Shared>,
    pub(crate) source: SourceKey,
    /// Whether the source counts it: connections of a proxy come from everywhere.
    pub(crate) counted: bool,
    pub(crate) _permit: tokio::sync::OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.counted {
            self.shared.sources.disconnect(self.source);
        }
    }
}

/// Serves one accepted connection until it ends.
pub(crate) async fn serve(stream: TcpStream, from: SocketAddr, place: Place, acceptor: TlsAcceptor) {
    tune(&stream, place.shared.limits.stalled());
    let patience = place.shared.limits.handshake();
    let mut first = [0];
    let Ok(Ok(1)) = timeout(patience, stream.peek(&mut first)).await else { return };
    let stream = Impatient::new(stream, place.shared.limits.stalled());
    if first[0] != TLS_HANDSHAKE {
        return serve_plain(Rewound::new(Bytes::new(), stream), first[0], from, place, false).await;
    }
    // On the heap and freed after the handshake, so that it does not make the rest of the connection larger.
    let accepted = Box::pin(timeout(patience, acceptor.accept(stream))).await;
    // Boxed: the futures that pass it on would each keep a place for it.
    let mut stream = match accepted {
        Ok(Ok(stream)) => Box::new(stream),
        Ok(Err(error)) => return trace!("TLS handshake failed: {}", error.kind()),
        Err(_) => return trace!("TLS handshake took too long"),
    };
    let mut read = vec![0; FIRST_READ];
    let Ok(Ok(length @ 1..)) = timeout(patience, stream.read(&mut read)).await else { return };
    let first = read[0];
    read.truncate(length);
    serve_plain(Rewound::new(read.into(), stream), first, from, place, true).await;
}

/// Serves what is inside TLS, or came without.
fn serve_plain<T>(
    io: Rewound<T>,
    first: u8,
    from: SocketAddr,
    place: Place,
    tls: bool,
) -> Pin<Box<dyn Future<Output = ()> + Send>>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    match first {
        STUN => Box::pin(async move {
            stun::serve_stream(io, from, place.source, Arc::clone(&place.shared.sources)).await;
            drop(place);
        }),
        b'A'..=b'Z' => Box::pin(serve_http(io, from, place, tls)),
        _ => Box::pin(std::future::ready(())),
    }
}

async fn serve_http<T>(io: Rewound<T>, from: SocketAddr, place: Place, tls: bool)
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let shared = Arc::clone(&place.shared);
    let client = Arc::new(Client {
        shared: Arc::clone(&shared),
        address: from.ip(),
        source: place.source,
        tls,
        upgraded: Mutex::default(),
    });
    let Some(io) = run_http(io, &client).await else { return };
    match client.take_upgrade() {
        // A task of its own, as small as an idle peer should be.
        Some(peer) => {
            let (io, read_ahead) = io;
            let closing = shared.closing.clone();
            let switchboard = Arc::clone(&shared.switchboard);
            shared.tasks.spawn(async move {
                serve_websocket(switchboard, peer, io, read_ahead, closing).await;
                drop(place);
            });
        }
        None => {
            let (mut io, _) = io;
            let _ = timeout(GOODBYE, io.shutdown()).await;
        }
    }
}

/// Runs HTTP until the connection ends or is upgraded. Gives back the stream and what was read beyond.
async fn run_http<T>(io: Rewound<T>, client: &Arc<Client>) -> Option<(Rewound<T>, Bytes)>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let for_requests = Arc::clone(client);
    let service = service_fn(move |request: Request<Incoming>| -> AnswerFuture {
        Box::pin(Arc::clone(&for_requests).answer(request))
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(client.shared.limits.handshake())
        .max_buf_size(HTTP_HEAD_BYTES)
        .max_headers(64);
    let mut connection = http.serve_connection(TokioIo::new(io), service);
    let mut closing = std::pin::pin!(client.shared.closing.cancelled());
    let mut told = false;
    loop {
        tokio::select! {
            ended = poll_fn(|cx| connection.poll_without_shutdown(cx)) => match ended {
                Ok(()) => break,
                Err(error) => {
                    debug!(timeout = error.is_timeout(), parse = error.is_parse(), "HTTP connection broken");
                    return None;
                }
            },
            () = &mut closing, if !told => {
                told = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
        }
    }
    let parts = connection.into_parts();
    // Copied, because even an empty rest would keep the whole buffer that it was read into.
    Some((parts.io.into_inner(), Bytes::copy_from_slice(&parts.read_buf)))
}

/// Boxed, because hyper keeps the future of the current request inside the connection.
type AnswerFuture = Pin<
    Box<
        dyn Future<
                Output = Result<
                    Response<http_body_util::Either<http_body_util::Full<Bytes>, StreamBody>>,
                    std::convert::Infallible,
                >,
            > + Send,
    >,
>;

/// Small messages go out at once, dead peers are noticed, and bytes that nobody acknowledges end the connection.
fn tune(stream: &TcpStream, stalled: Duration) {
    let socket = SockRef::from(stream);
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE / 3);
    let tuned: io::Result<()> = socket.set_tcp_nodelay(true).and_then(|()| socket.set_tcp_keepalive(&keepalive));
    #[cfg(target_os = "linux")]
    let tuned = tuned.and_then(|()| socket.set_tcp_user_timeout(Some(stalled)));
    #[cfg(not(target_os = "linux"))]
    let _ = stalled;
    if let Err(error) = tuned {
        trace!("a socket option was refused: {}", error.kind());
    }
}
