//! What the organisation decided, as its rendezvous tells it: one small question beside the switchboard.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::Request;
use hyper::header::HOST;
use hyper_util::rt::TokioIo;
use serde::Deserialize;

use super::address::Address;
use super::connect::open;
use super::trust::{CertificateHash, Policy as Trust};

/// How long the answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of an answer: some dozen limits with their names.
const MAX_ANSWER: usize = 64 * 1024;

/// The limits that a node keeps to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes of one shared file.
    pub(crate) file_bytes: u64,
}

#[derive(Deserialize)]
struct Answer {
    policy: String,
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    limits: SaidLimits,
}

#[derive(Default, Deserialize)]
struct SaidLimits {
    file_bytes: Option<u64>,
}

/// Asks a rendezvous. `None`: it didn't answer, or not as it should; what was known holds.
pub(crate) async fn ask(address: Address, trust: Trust, pin: Option<CertificateHash>) -> Option<Limits> {
    tokio::time::timeout(PATIENCE, fetch(&address, &trust, pin)).await.ok().flatten()
}

async fn fetch(address: &Address, trust: &Trust, pin: Option<CertificateHash>) -> Option<Limits> {
    let opened = open(address, trust, pin).await.ok()?;
    let (mut requests, connection) = hyper::client::conn::http1::handshake(TokioIo::new(opened.bytes)).await.ok()?;
    let asked = async {
        let request = Request::get("/v1/policy").header(HOST, address.authority()).body(Empty::<Bytes>::new()).ok()?;
        let answer = requests.send_request(request).await.ok().filter(|answer| answer.status().is_success())?;
        let body = Limited::new(answer.into_body(), MAX_ANSWER).collect().await.ok()?;
        read(&body.to_bytes())
    };
    tokio::select! {
        limits = asked => limits,
        // It ends only when the other side is done.
        _ = connection => None,
    }
}

fn read(body: &[u8]) -> Option<Limits> {
    let answer: Answer = serde_json::from_slice(body).ok()?;
    let said: Said = serde_json::from_str(&answer.policy).ok()?;
    Some(Limits { file_bytes: said.limits.file_bytes? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_read_out_of_the_signed_text() {
        let body = br#"{"v":1,"policy":"{\"version\":3,\"limits\":{\"file_bytes\":5000,\"x\":1}}","key":null}"#;
        assert_eq!(read(body), Some(Limits { file_bytes: 5000 }));
        assert_eq!(read(br#"{"v":1,"policy":"{}"}"#), None);
        assert_eq!(read(b"nonsense"), None);
    }
}
