//! Messages between slot addresses: who gets them, and what is refused.
#![allow(clippy::unwrap_used, reason = "a test may fail here")]

mod common;

use common::{Server, key, read};
use futures_util::SinkExt;
use sightline_proto::limits::{MAX_FRAME, MAX_PAYLOAD};
use sightline_proto::switchboard::{ClientFrame, Listen, Operation, RefusedReason, ServerFrame};
use sightline_rendezvous::Limits;
use tokio_tungstenite::tungstenite::Message;

/// For tests of other limits.
fn without_rates() -> Limits {
    let much = 1_000_000;
    Limits { connection_burst: much, connection_rate: much, source_burst: much, source_rate: much, ..Limits::default() }
}

#[tokio::test]
async fn a_message_reaches_who_listens() {
    let server = Server::start().await;
    let (mut expert, mut operator) = (server.tls_client().await, server.client().await);
    let expert_key = key();
    assert_eq!(operator.send(&expert_key, b"early").await, Err(RefusedReason::NobodyListens));
    assert_eq!(expert.listen(&expert_key).await, Ok(()));
    for length in [0, 1, 125, 126, 4_096, 4_097, 16_384, MAX_PAYLOAD] {
        let payload: Vec<u8> = (0..length).map(|n| n as u8).collect();
        assert_eq!(operator.send(&expert_key, &payload).await, Ok(()));
        let ServerFrame::Message { to, payload: received } = expert.unasked().await else { panic!("no message") };
        assert_eq!((to, received), (expert_key.address(), payload));
    }
}

#[tokio::test]
async fn a_peer_may_listen_at_many_addresses_and_send_to_itself() {
    let server = Server::start().await;
    let mut peer = server.client().await;
    let keys: Vec<_> = (0..10).map(|_| key()).collect();
    for key in &keys {
        assert_eq!(peer.listen(key).await, Ok(()));
        assert_eq!(peer.listen(key).await, Ok(()), "proving it again does no harm");
    }
    for key in &keys {
        assert_eq!(peer.send(key, b"to myself").await, Ok(()));
        let ServerFrame::Message { to, .. } = peer.unasked().await else { panic!("no message") };
        assert_eq!(to, key.address());
    }
}

#[tokio::test]
async fn the_newest_proof_for_an_address_wins_and_leaving_ends_it() {
    let server = Server::start().await;
    let (mut old, mut new, mut other) = (server.client().await, server.client().await, server.client().await);
    let address = key();
    assert_eq!(old.listen(&address).await, Ok(()));
    assert_eq!(new.listen(&address).await, Ok(()));
    drop(old);
    assert_eq!(other.send(&address, b"hello").await, Ok(()));
    assert!(matches!(new.unasked().await, ServerFrame::Message { .. }));
    new.socket.close(None).await.unwrap();
    while read(&mut new.socket).await.is_ok() {}
    assert_eq!(other.send(&address, b"gone").await, Err(RefusedReason::NobodyListens));
}

#[tokio::test]
async fn a_proof_counts_only_for_its_own_connection_host_and_key() {
    let server = Server::with(|config| config.names.push("other.example.org".to_owned())).await;
    let (first, mut second) = (server.client().await, server.client().await);
    let owner = key();
    let listen = Listen { slot: owner.public() };
    let replayed = listen.clone().sign(&owner, &first.challenge);
    assert_eq!(second.does(|req| ClientFrame::Listen(req, replayed)).await, Err(RefusedReason::BadSignature));
    let mut elsewhere = second.challenge.clone();
    elsewhere.host = "other.example.org".to_owned();
    let relayed = listen.clone().sign(&owner, &elsewhere);
    assert_eq!(second.does(|req| ClientFrame::Listen(req, relayed)).await, Err(RefusedReason::BadSignature));
    let stolen = listen.sign(&key(), &second.challenge);
    assert_eq!(second.does(|req| ClientFrame::Listen(req, stolen)).await, Err(RefusedReason::BadSignature));
    assert_eq!(second.send(&owner, b"x").await, Err(RefusedReason::NobodyListens));
}

#[tokio::test]
async fn the_welcome_names_the_host_that_was_asked_for() {
    let server = Server::with(|config| config.names.push("localhost:1234".to_owned())).await;
    let port = server.addr().port();
    for host in [format!("127.0.0.1:{port}"), format!("localhost:{port}"), "localhost:1234".to_owned()] {
        let client = common::Client::open(server.tcp().await, "ws", &host).await.unwrap();
        assert_eq!(client.challenge.host, host);
    }
    assert!(common::Client::open(server.tcp().await, "ws", "evil.example.org").await.is_err());
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_by_name() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let mut too_long = vec![2, 0, 0, 0, 9];
    too_long.resize(MAX_FRAME + 1, 0);
    let cases: [(Vec<u8>, u32, RefusedReason); 7] = [
        (vec![], 0, RefusedReason::Malformed),
        (vec![0x0a], 0, RefusedReason::Malformed),
        (vec![0x0a, 0, 0, 0, 7, 0], 7, RefusedReason::Malformed),
        (vec![0x02, 0, 0, 0, 8, 1, 2, 3], 8, RefusedReason::Malformed),
        (vec![0x15, 0, 0, 0, 6], 6, RefusedReason::UnknownType),
        (vec![0x81, 0, 0, 0, 5], 5, RefusedReason::UnknownType),
        (too_long, 9, RefusedReason::TooLarge),
    ];
    for (frame, req, reason) in cases {
        client.send_raw(frame).await;
        assert_eq!(client.answer(req).await, ServerFrame::Refused { req, reason });
    }
    client.socket.send(Message::Text("\n\0\0\0\u{1}".into())).await.unwrap();
    assert_eq!(client.answer(0).await, ServerFrame::Refused { req: 0, reason: RefusedReason::Malformed });
    assert_eq!(client.ask(|req| ClientFrame::Ping { req }).await, ServerFrame::Pong { req: 1 });
}

#[tokio::test]
async fn a_message_far_too_large_ends_the_connection() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let _ = client.socket.send(Message::Binary(vec![0; 10 * MAX_FRAME].into())).await;
    let end = read(&mut client.socket).await.unwrap_err();
    assert!(end == "1009" || end.contains("reset") || end.contains("Reset"), "{end}");
}

#[tokio::test]
async fn a_receiver_that_does_not_read_fills_its_queue_only() {
    let limits = Limits { queue_frames: 4, queue_bytes: 64 * 1024, ..without_rates() };
    let server = Server::with(|config| config.limits = limits).await;
    let (mut slow, mut sender, mut other) = (server.client().await, server.client().await, server.client().await);
    let (slow_key, other_key) = (key(), key());
    assert_eq!(slow.listen(&slow_key).await, Ok(()));
    assert_eq!(other.listen(&other_key).await, Ok(()));
    let payload = vec![7; 40_000];
    let mut refused = false;
    for _ in 0..2_000 {
        refused |= sender.send(&slow_key, &payload).await == Err(RefusedReason::QueueFull);
        if refused {
            break;
        }
    }
    assert!(refused, "system buffers and the queue are bounded");
    assert_eq!(sender.send(&other_key, b"still works").await, Ok(()));
    assert!(matches!(other.unasked().await, ServerFrame::Message { .. }));
    // Once it reads again, everything that was accepted comes, and there is room.
    assert!(matches!(slow.unasked().await, ServerFrame::Message { .. }));
}

#[tokio::test]
async fn a_reader_that_takes_nothing_is_dropped() {
    let limits = Limits { stalled_secs: 1, ..without_rates() };
    let server = Server::with(|config| config.limits = limits).await;
    let (mut slow, mut sender) = (server.client().await, server.client().await);
    let slow_key = key();
    assert_eq!(slow.listen(&slow_key).await, Ok(()));
    let payload = vec![7; 48_000];
    let dropped = async {
        while sender.send(&slow_key, &payload).await != Err(RefusedReason::NobodyListens) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(common::PATIENCE, dropped).await.expect("the slow reader is dropped");
}

#[tokio::test]
async fn a_million_tiny_messages_are_refused_and_then_the_connection_ends() {
    let limits = Limits { connection_burst: 50, connection_rate: 1, ..Limits::default() };
    let server = Server::with(|config| config.limits = limits).await;
    let (mut flood, mut calm) = (server.client().await, server.client().await);
    let ping = ClientFrame::Ping { req: 1 }.encode();
    let mut granted = 0;
    let mut refused = 0;
    for _ in 0..200 {
        flood.send_raw(ping.clone()).await;
        match flood.answer(1).await {
            ServerFrame::Pong { .. } => granted += 1,
            ServerFrame::Refused { reason: RefusedReason::RateLimited, .. } => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!((45..60).contains(&granted) && refused > 100, "{granted} granted, {refused} refused");
    assert_eq!(calm.ask(|req| ClientFrame::Ping { req }).await, ServerFrame::Pong { req: 1 });
    let end = loop {
        if flood.socket.send(Message::Binary(ping.clone().into())).await.is_err() {
            break "broken".to_owned();
        }
        match read(&mut flood.socket).await {
            Ok(_) => {}
            Err(end) => break end,
        }
    };
    assert_eq!(end, "1008");
}

#[tokio::test]
async fn one_source_address_has_a_rate_of_its_own() {
    let limits = Limits { source_burst: 60, source_rate: 1, ..Limits::default() };
    let server = Server::with(|config| config.limits = limits).await;
    let mut refused = 0;
    let clients = [server.client().await, server.client().await, server.client().await, server.client().await];
    for mut client in clients {
        for _ in 0..20 {
            let answer = client.ask(|req| ClientFrame::Ping { req }).await;
            refused += usize::from(matches!(answer, ServerFrame::Refused { reason: RefusedReason::RateLimited, .. }));
        }
    }
    assert!((20..40).contains(&refused), "{refused} refused");
}

#[tokio::test]
async fn connections_of_one_source_are_capped() {
    let limits = Limits { connections_per_source: 2, ..Limits::default() };
    let server = Server::with(|config| config.limits = limits).await;
    let (first, _second) = (server.client().await, server.client().await);
    assert!(common::Client::open(server.tcp().await, "ws", &server.host()).await.is_err());
    drop(first);
    // The place is free as soon as the end has been noticed.
    let again = async {
        while common::Client::open(server.tcp().await, "ws", &server.host()).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(common::PATIENCE, again).await.expect("a place");
}

#[tokio::test]
async fn a_silent_peer_is_pinged_and_kept_while_it_answers() {
    let limits = Limits { ping_secs: 1, ..Limits::default() };
    let server = Server::with(|config| config.limits = limits).await;
    let mut client = server.client().await;
    let mut pings = 0;
    while pings < 4 {
        use futures_util::StreamExt;
        match tokio::time::timeout(common::PATIENCE, client.socket.next()).await.expect("a ping") {
            Some(Ok(Message::Ping(_))) => pings += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(client.ask(|req| ClientFrame::Ping { req }).await, ServerFrame::Pong { req: 1 });
}

#[tokio::test]
async fn a_peer_that_answers_no_ping_is_dropped() {
    let limits = Limits { ping_secs: 1, ..Limits::default() };
    let server = Server::with(|config| config.limits = limits).await;
    let (mut dead, mut other) = (server.client().await, server.client().await);
    let address = key();
    assert_eq!(dead.listen(&address).await, Ok(()));
    let dropped = async {
        loop {
            match other.ask(|req| ClientFrame::Send { req, to: address.address(), payload: vec![] }).await {
                ServerFrame::Refused { reason: RefusedReason::NobodyListens, .. } => return,
                _ => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            }
        }
    };
    tokio::time::timeout(common::PATIENCE, dropped).await.expect("the dead peer is dropped");
}

#[tokio::test]
async fn at_shutdown_every_peer_is_told() {
    let server = Server::start().await;
    let (mut plain, mut tls) = (server.client().await, server.tls_client().await);
    let stopped = tokio::spawn(server.running.shutdown());
    let told = ServerFrame::Refused { req: 0, reason: RefusedReason::ShuttingDown };
    assert_eq!(read(&mut plain.socket).await, Ok(told.clone()));
    assert_eq!(read(&mut plain.socket).await, Err("1001".to_owned()));
    assert_eq!(read(&mut tls.socket).await, Ok(told));
    assert_eq!(read(&mut tls.socket).await, Err("1001".to_owned()));
    stopped.await.unwrap();
}
