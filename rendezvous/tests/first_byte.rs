//! What a connection is, decided by its first byte; TLS; STUN over UDP, TCP and TLS.
#![allow(clippy::unwrap_used, reason = "a test may fail here")]

mod common;

use common::{PATIENCE, Server};
use sightline_rendezvous::Limits;
use stun_types::attribute::XorMappedAddress;
use stun_types::message::{BINDING, Message, MessageWrite, MessageWriteVec};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UdpSocket;
use tokio::time::timeout;

fn request() -> Vec<u8> {
    Message::builder_request(BINDING, MessageWriteVec::new()).finish()
}

fn mapped(answer: &[u8]) -> std::net::SocketAddr {
    let answer = Message::from_bytes(answer).unwrap();
    let mapped: XorMappedAddress = answer.attribute().unwrap();
    mapped.addr(answer.transaction_id())
}

async fn ask(io: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> std::net::SocketAddr {
    io.write_all(&request()).await.unwrap();
    io.flush().await.unwrap();
    let mut answer = [0; 32];
    timeout(PATIENCE, io.read_exact(&mut answer)).await.unwrap().unwrap();
    mapped(&answer)
}

#[tokio::test]
async fn stun_tells_the_address_over_udp_tcp_and_tls() {
    let server = Server::start().await;
    let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    udp.send_to(&request(), server.addr()).await.unwrap();
    let mut answer = [0; 100];
    let length = timeout(PATIENCE, udp.recv(&mut answer)).await.unwrap().unwrap();
    assert_eq!(mapped(&answer[..length]), udp.local_addr().unwrap());

    let mut tcp = server.tcp().await;
    for _ in 0..3 {
        assert_eq!(ask(&mut tcp).await, tcp.local_addr().unwrap());
    }
    let mut tls = server.tls().await;
    assert_eq!(ask(&mut tls).await, tls.get_ref().0.local_addr().unwrap());
}

#[tokio::test]
async fn stun_is_answered_so_often_only() {
    let server = Server::with(|config| config.limits = Limits { stun_rate: 2, ..Limits::default() }).await;
    let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    for _ in 0..40 {
        udp.send_to(&request(), server.addr()).await.unwrap();
    }
    udp.send_to(b"something else", server.addr()).await.unwrap();
    // One that is answered by another path shows that the rest has been handled.
    let mut tcp = server.tcp().await;
    tcp.write_all(&request()).await.unwrap();
    let mut end = Vec::new();
    timeout(PATIENCE, tcp.read_to_end(&mut end)).await.unwrap().unwrap();
    let mut answered = 0;
    let mut answer = [0; 100];
    while timeout(std::time::Duration::from_millis(100), udp.recv(&mut answer)).await.is_ok() {
        answered += 1;
    }
    assert!((1..=8).contains(&answered), "{answered} answered");
}

#[tokio::test]
async fn what_is_neither_is_closed_without_a_word() {
    let server = Server::start().await;
    for first in [&b"\x80\x2e\x01"[..], b"\x05\x01\x00", b"\xff", b" GET / HTTP/1.1\r\n\r\n"] {
        let mut stream = server.tcp().await;
        stream.write_all(first).await.unwrap();
        let mut answer = Vec::new();
        let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.unwrap();
        assert!(answer.is_empty(), "{first:?}");
    }
}

#[tokio::test]
async fn who_says_nothing_or_stops_halfway_is_closed() {
    let server = Server::with(|config| config.limits = Limits { handshake_secs: 1, ..Limits::default() }).await;
    let mut silent = server.tcp().await;
    let mut half_tls = server.tcp().await;
    half_tls.write_all(&[0x16, 3, 1, 2, 0]).await.unwrap();
    let mut half_http = server.tcp().await;
    half_http.write_all(b"GET / HTTP/1.1\r\nhost: ").await.unwrap();
    let mut empty_tls = server.tls().await;
    let mut answer = Vec::new();
    for closed in [
        timeout(PATIENCE, silent.read_to_end(&mut answer)).await,
        timeout(PATIENCE, half_tls.read_to_end(&mut answer)).await,
        timeout(PATIENCE, half_http.read_to_end(&mut answer)).await,
        timeout(PATIENCE, empty_tls.read_to_end(&mut answer)).await,
    ] {
        let _ = closed.expect("closed in time");
    }
}

#[tokio::test]
async fn connections_in_all_are_capped() {
    let server = Server::with(|config| config.limits = Limits { connections: 1, ..Limits::default() }).await;
    let mut kept = server.client().await;
    let mut closed = server.tcp().await;
    let _ = closed.write_all(b"GET / HTTP/1.1\r\n\r\n").await;
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, closed.read_to_end(&mut answer)).await.unwrap();
    assert!(answer.is_empty());
    let pong = kept.ask(|req| sightline_proto::switchboard::ClientFrame::Ping { req }).await;
    assert_eq!(pong.req(), Some(1));
}

#[tokio::test]
async fn several_requests_share_a_connection() {
    let server = Server::start().await;
    let mut tls = server.tls().await;
    for _ in 0..3 {
        let request = format!("GET /healthz HTTP/1.1\r\nhost: {}\r\n\r\n", server.host());
        tls.write_all(request.as_bytes()).await.unwrap();
        let mut answer = vec![0; 15];
        timeout(PATIENCE, tls.read_exact(&mut answer)).await.unwrap().unwrap();
        assert_eq!(answer, b"HTTP/1.1 200 OK");
        while !answer.ends_with(b"\r\n\r\nok") {
            answer.push(timeout(PATIENCE, tls.read_u8()).await.unwrap().unwrap());
        }
    }
}
