//! What the link tests share: the side under test, operators that call it, and the network between them.
//!
//! All traffic stays on 127.0.0.1, and nothing sleeps to wait for something: every wait is for an event.
#![allow(dead_code, unreachable_pub, reason = "each test program uses a part")]

pub mod expert;
pub mod native;
pub mod operator;
pub mod relay;
pub mod webrtc;

use std::future::Future;
use std::time::Duration;

/// Long enough for a machine that is busy with other things.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// A runtime that ends abruptly: its tasks stop where they are and say nothing.
pub struct OwnRuntime(Option<tokio::runtime::Runtime>);

impl OwnRuntime {
    pub fn new() -> OwnRuntime {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        OwnRuntime(Some(runtime.expect("a runtime")))
    }
}

impl std::ops::Deref for OwnRuntime {
    type Target = tokio::runtime::Runtime;

    fn deref(&self) -> &tokio::runtime::Runtime {
        self.0.as_ref().expect("only taken when dropped")
    }
}

impl Drop for OwnRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Awaits `future`, and fails the test with `what` if it takes too long.
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what}: nothing happened for {PATIENCE:?}"),
    }
}

/// `length` bytes that differ from position to position and from `seed` to `seed`.
pub fn bytes(seed: u32, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9) | 1;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as u8
        })
        .collect()
}

/// The certificate a description names.
pub fn fingerprint(sdp: &str) -> [u8; 32] {
    let line = sdp.lines().find_map(|line| line.strip_prefix("a=fingerprint:sha-256 ")).expect("a fingerprint");
    let mut bytes = [0; 32];
    for (byte, digits) in bytes.iter_mut().zip(line.trim().split(':')) {
        *byte = u8::from_str_radix(digits, 16).expect("hex digits");
    }
    bytes
}

/// The description with every fingerprint replaced by another one.
pub fn with_other_fingerprint(sdp: &str) -> String {
    let other: Vec<String> = (0..32).map(|n| format!("{n:02X}")).collect();
    let other = format!("a=fingerprint:sha-256 {}", other.join(":"));
    let line = |line: &str| if line.starts_with("a=fingerprint:") { other.clone() } else { line.to_owned() };
    sdp.lines().map(|text| line(text.trim_end()) + "\r\n").collect()
}

/// The description without candidates, and the candidates.
pub fn split_candidates(sdp: &str) -> (String, Vec<String>) {
    let (candidates, rest): (Vec<&str>, Vec<&str>) =
        sdp.lines().map(str::trim_end).partition(|line| line.starts_with("a=candidate:"));
    let rest = rest.into_iter().filter(|line| *line != "a=end-of-candidates").map(|line| format!("{line}\r\n"));
    let candidates = candidates.into_iter().map(|line| line.trim_start_matches("a=").to_owned());
    (rest.collect(), candidates.collect())
}

/// The address and port of a candidate.
pub fn candidate_address(candidate: &str) -> std::net::SocketAddr {
    let fields: Vec<&str> = candidate.split(' ').collect();
    format!("{}:{}", fields[4], fields[5]).parse().expect("an address")
}

/// A host candidate for `address`.
pub fn host_candidate(address: std::net::SocketAddr) -> String {
    format!("candidate:1 1 udp 2130706431 {} {} typ host", address.ip(), address.port())
}
