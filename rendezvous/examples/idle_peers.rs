//! Measures what an idle peer costs: starts the program, opens N WebSockets over TLS to it, listens at an address on
//! each, and prints the program's memory as JSON.
//!
//! `idle_peers [N]`, 5000 if not given. With `--after-message BYTES` each peer first gets a message of that size.

mod load;

use std::time::Duration;

use load::{Peer, Program, key};
use sightline_proto::switchboard::ClientFrame;

/// Peers that connect at the same time.
const AT_ONCE: usize = 50;

/// Time for the program to finish what it does after the last peer.
const SETTLE: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |text: Option<&String>| text.and_then(|text| text.parse::<usize>().ok());
    let peers = number(arguments.first()).unwrap_or(5_000);
    let flag = arguments.iter().position(|argument| argument == "--after-message");
    let message = flag.and_then(|at| number(arguments.get(at + 1)));
    raise_file_limit();

    let program = Program::start();
    let warm = program.connect().await;
    tokio::time::sleep(SETTLE).await;
    let before = program.resident_kb();
    let mut kept = vec![warm];
    while kept.len() <= peers {
        let batch = AT_ONCE.min(peers + 1 - kept.len());
        kept.extend(futures_util::future::join_all((0..batch).map(|_| open(&program, message))).await);
    }
    tokio::time::sleep(SETTLE).await;
    let after = program.resident_kb();
    let per_peer = (after - before) as f64 / peers as f64;
    println!(
        "{{\"peers\":{peers},\"rss_before_kb\":{before},\"rss_kb\":{after},\"rss_per_idle_peer_kb\":{per_peer:.2}}}"
    );
}

async fn open(program: &Program, message: Option<usize>) -> Peer {
    let mut peer = program.connect().await;
    let key = key();
    peer.listen(&key).await;
    if let Some(bytes) = message {
        peer.done(|req| ClientFrame::Send { req, to: key.address(), payload: vec![7; bytes] }).await;
        peer.unasked().await;
    }
    peer
}

fn raise_file_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}
