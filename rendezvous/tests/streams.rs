//! The switchboard's frames over HTTPS: a streamed response down, posts up.
#![allow(clippy::unwrap_used, reason = "a test may fail here")]

mod common;

use std::time::Duration;

use common::{PATIENCE, Reply, Server, http, key, parse_reply};
use sightline_proto::limits::MAX_PAYLOAD;
use sightline_proto::switchboard::stream::{Deframer, prefixed};
use sightline_proto::switchboard::{Challenge, ClientFrame, Listen, Operation, RefusedReason, ServerFrame};
use sightline_rendezvous::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

/// An open stream.
struct Stream {
    io: TlsStream<TcpStream>,
    chunks: Vec<u8>,
    deframer: Deframer,
    frames: std::collections::VecDeque<ServerFrame>,
    challenge: Challenge,
    token: String,
    head: Reply,
    ended: bool,
}

impl Stream {
    async fn open(server: &Server, more: &str) -> Result<Self, Reply> {
        let mut io = server.tls().await;
        let head = format!("POST /v1/stream HTTP/1.1\nhost: {}\ncontent-length: 0\n{more}\n\n", server.host());
        let head = head.replace("\n\n\n", "\n\n").replace('\n', "\r\n");
        io.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.windows(4).any(|four| four == b"\r\n\r\n") {
            let byte = timeout(PATIENCE, io.read_u8()).await.unwrap().unwrap();
            answer.push(byte);
        }
        let head = parse_reply(&answer);
        if head.status != 200 {
            return Err(head);
        }
        let challenge = Challenge { nonce: [0; 32], host: String::new() };
        let mut stream = Self {
            io,
            chunks: Vec::new(),
            deframer: Deframer::new(),
            frames: Default::default(),
            challenge,
            token: String::new(),
            head,
            ended: false,
        };
        let Some(ServerFrame::Welcome { nonce, host, token, .. }) = stream.next().await else { panic!("no welcome") };
        stream.challenge = Challenge { nonce, host };
        stream.token = data_encoding::HEXLOWER.encode(&token);
        Ok(stream)
    }

    /// The next frame; none when the stream has ended.
    async fn next(&mut self) -> Option<ServerFrame> {
        loop {
            if let Some(frame) = self.frames.pop_front() {
                return Some(frame);
            }
            while let Some((chunk, rest)) = next_chunk(&self.chunks) {
                if chunk.is_empty() {
                    self.ended = true;
                    break;
                }
                for frame in self.deframer.push(&chunk).unwrap() {
                    self.frames.push_back(ServerFrame::decode(&frame).unwrap());
                }
                self.chunks = rest;
            }
            if self.frames.is_empty() {
                if self.ended {
                    return None;
                }
                let mut piece = [0; 4096];
                let read = timeout(PATIENCE, self.io.read(&mut piece)).await.expect("something in time").ok()?;
                if read == 0 {
                    return None;
                }
                self.chunks.extend_from_slice(&piece[..read]);
            }
        }
    }

    async fn post(&self, server: &Server, frames: &[ClientFrame]) -> Reply {
        let body: Vec<u8> = frames.iter().flat_map(|frame| prefixed(&frame.encode())).collect();
        post(server, &self.token, &body).await
    }
}

async fn post(server: &Server, token: &str, body: &[u8]) -> Reply {
    let head = format!(
        "POST /v1/send HTTP/1.1\nhost: {}\nx-sightline-stream: {token}\ncontent-length: {}",
        server.host(),
        body.len()
    );
    http(server.tls().await, &head, body).await
}

/// One chunk of a chunked body, and what follows it.
fn next_chunk(bytes: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let line = bytes.windows(2).position(|two| two == b"\r\n")?;
    let size = usize::from_str_radix(std::str::from_utf8(&bytes[..line]).unwrap(), 16).unwrap();
    let (from, to) = (line + 2, line + 2 + size);
    let chunk = bytes.get(from..to)?.to_vec();
    Some((chunk, bytes.get(to + 2..)?.to_vec()))
}

#[tokio::test]
async fn a_stream_listens_sends_and_receives() {
    let server = Server::start().await;
    let mut stream = Stream::open(&server, "").await.unwrap();
    assert_eq!(stream.challenge.host, server.host());
    assert!(stream.head.header("cache-control").contains("no-store"));
    let own = key();
    let listen = Listen { slot: own.public() }.sign(&own, &stream.challenge);
    let frames = [ClientFrame::Listen(1, listen), ClientFrame::Ping { req: 2 }, ClientFrame::Ping { req: 3 }];
    assert_eq!(stream.post(&server, &frames).await.status, 204);
    assert_eq!(stream.next().await, Some(ServerFrame::Done { req: 1 }));
    assert_eq!(stream.next().await, Some(ServerFrame::Pong { req: 2 }));
    assert_eq!(stream.next().await, Some(ServerFrame::Pong { req: 3 }));

    let mut other = server.client().await;
    let payload = vec![9; MAX_PAYLOAD];
    assert_eq!(other.send(&own, &payload).await, Ok(()));
    assert_eq!(stream.next().await, Some(ServerFrame::Message { to: own.address(), payload: payload.clone() }));
    let other_key = key();
    assert_eq!(other.listen(&other_key).await, Ok(()));
    let send = ClientFrame::Send { req: 4, to: other_key.address(), payload: payload.clone() };
    assert_eq!(stream.post(&server, &[send]).await.status, 204);
    assert_eq!(stream.next().await, Some(ServerFrame::Done { req: 4 }));
    assert_eq!(other.unasked().await, ServerFrame::Message { to: other_key.address(), payload });
}

#[tokio::test]
async fn posts_need_an_open_stream_and_whole_frames() {
    let server = Server::start().await;
    let mut stream = Stream::open(&server, "").await.unwrap();
    let ping = prefixed(&ClientFrame::Ping { req: 1 }.encode());
    assert_eq!(post(&server, &"00".repeat(16), &ping).await.status, 404);
    for token in ["", "xyz", "0000", &"zz".repeat(16), &"00".repeat(17)] {
        assert_eq!(post(&server, token, &ping).await.status, 400, "{token}");
    }
    assert_eq!(post(&server, &stream.token, &ping[..6]).await.status, 400);
    assert_eq!(post(&server, &stream.token, &[0xff; 20]).await.status, 400);
    let unreadable = prefixed(&[0x0a, 0, 0, 0, 7, 0]);
    assert_eq!(post(&server, &stream.token, &unreadable).await.status, 204);
    let refused = ServerFrame::Refused { req: 7, reason: RefusedReason::Malformed };
    assert_eq!(stream.next().await, Some(refused));
    assert_eq!(post(&server, &stream.token, &ping).await.status, 204);
    assert_eq!(stream.next().await, Some(ServerFrame::Pong { req: 1 }));
    let get = http(server.tls().await, &format!("GET /v1/stream HTTP/1.1\nhost: {}", server.host()), b"").await;
    assert_eq!((get.status, get.header("allow")), (405, "POST"));
}

#[tokio::test]
async fn a_closed_stream_is_forgotten() {
    let server = Server::start().await;
    let stream = Stream::open(&server, "").await.unwrap();
    let own = key();
    let listen = Listen { slot: own.public() }.sign(&own, &stream.challenge);
    assert_eq!(stream.post(&server, &[ClientFrame::Listen(1, listen)]).await.status, 204);
    let token = stream.token.clone();
    let mut other = server.client().await;
    assert_eq!(other.send(&own, b"x").await, Ok(()));
    drop(stream);
    let forgotten = async {
        while post(&server, &token, &[]).await.status != 404 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, forgotten).await.expect("the stream is forgotten");
    assert_eq!(other.send(&own, b"x").await, Err(RefusedReason::NobodyListens));
}

#[tokio::test]
async fn origins_count_for_streams_too_and_pages_elsewhere_may_read() {
    let server = Server::with(|config| config.page_origins.push("https://page.example.org".to_owned())).await;
    let refused = Stream::open(&server, "origin: https://evil.example\n").await.err().expect("refused");
    assert_eq!(refused.status, 403);
    let own = Stream::open(&server, &format!("origin: https://{}\n", server.host())).await.unwrap();
    assert_eq!(own.head.header("access-control-allow-origin"), "");
    let elsewhere = Stream::open(&server, "origin: https://page.example.org\n").await.unwrap();
    assert_eq!(elsewhere.head.header("access-control-allow-origin"), "https://page.example.org");
    let ask = |origin: &str| {
        format!(
            "OPTIONS /v1/send HTTP/1.1\nhost: {}\norigin: {origin}\naccess-control-request-method: POST",
            server.host()
        )
    };
    let allowed = http(server.tls().await, &ask("https://page.example.org"), b"").await;
    assert_eq!((allowed.status, allowed.header("access-control-allow-origin")), (204, "https://page.example.org"));
    assert!(allowed.header("access-control-allow-headers").contains("x-sightline-stream"));
    assert_eq!(http(server.tls().await, &ask("https://evil.example"), b"").await.status, 403);
}

#[tokio::test]
async fn a_stream_that_does_not_take_its_answers_is_closed() {
    let limits = Limits { queue_frames: 8, stalled_secs: 1, ..Limits::default() };
    let server = Server::with(|config| config.limits = limits).await;
    let stream = Stream::open(&server, "").await.unwrap();
    let own = key();
    // To itself, so that the answers are large enough to fill the system's buffers.
    let listen = Listen { slot: own.public() }.sign(&own, &stream.challenge);
    assert_eq!(stream.post(&server, &[ClientFrame::Listen(1, listen)]).await.status, 204);
    let refused = async {
        loop {
            let send = ClientFrame::Send { req: 2, to: own.address(), payload: vec![1; MAX_PAYLOAD] };
            let status = stream.post(&server, &[send]).await.status;
            if status != 204 {
                return status;
            }
        }
    };
    let status = timeout(PATIENCE, refused).await.expect("closed in time");
    assert!(status == 429 || status == 404, "{status}");
}

#[tokio::test]
async fn at_shutdown_a_stream_is_told_and_ends() {
    let server = Server::start().await;
    let mut stream = Stream::open(&server, "").await.unwrap();
    let stopped = tokio::spawn(server.running.shutdown());
    let told = ServerFrame::Refused { req: 0, reason: RefusedReason::ShuttingDown };
    assert_eq!(stream.next().await, Some(told));
    assert_eq!(stream.next().await, None);
    stopped.await.unwrap();
}
