//! STUN (RFC 8489): tells a peer the address its packets come from, over UDP on the same port, TCP and TLS.
//!
//! Answers binding requests and nothing else, at most [`crate::Limits::stun_rate`] a second for each source address. An
//! answer carries one attribute and is at most 24 bytes longer than the shortest request, so that forged source addresses
//! gain an attacker nothing worth having.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use stun_types::attribute::XorMappedAddress;
use stun_types::message::{
    BINDING, Message, MessageClass, MessageHeader, MessageWrite, MessageWriteExt, MessageWriteVec,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UdpSocket;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::rate::{SourceKey, Sources};

/// Requests longer than this carry what we do not answer. RFC 8489 section 6.1 bounds requests at the path MTU.
const REQUEST_BYTES: usize = 548;

/// A TCP connection that asks nothing for so long is closed.
const IDLE: Duration = Duration::from_secs(30);

/// Pause after a failed receive, which is the answer to an earlier unreachable peer or to a lack of memory.
const AFTER_FAILURE: Duration = Duration::from_millis(20);

/// Answers on a UDP socket until told to stop.
pub(crate) async fn serve_udp(socket: UdpSocket, sources: Arc<Sources>, closing: CancellationToken) {
    let mut buffer = [0; REQUEST_BYTES + 1];
    let mut failed = false;
    loop {
        let received = tokio::select! {
            () = closing.cancelled() => return,
            received = socket.recv_from(&mut buffer) => received,
        };
        let (length, from) = match received {
            Ok(received) => received,
            Err(error) => {
                if !std::mem::replace(&mut failed, true) {
                    warn!("receiving STUN requests failed: {}", error.kind());
                }
                tokio::time::sleep(AFTER_FAILURE).await;
                continue;
            }
        };
        let Some(answer) = answer(&buffer[..length], from) else { continue };
        if sources.take_stun(sources.key(from.ip())) {
            // An answer that cannot be sent now is as good as lost on the way: the client asks again.
            let _ = socket.try_send_to(&answer, from);
        }
    }
}

/// Answers on one TCP or TLS connection until it falls silent or sends something else.
pub(crate) async fn serve_stream<T>(mut io: T, from: SocketAddr, source: SourceKey, sources: Arc<Sources>)
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let mut buffer = [0; REQUEST_BYTES];
    while let Ok(Ok(Some(length))) = timeout(IDLE, read_message(&mut io, &mut buffer)).await {
        let Some(answer) = answer(&buffer[..length], from) else { break };
        if !sources.take_stun(source) || io.write_all(&answer).await.is_err() || io.flush().await.is_err() {
            break;
        }
    }
    let _ = timeout(IDLE, io.shutdown()).await;
}

/// Reads one message, which says its length in its header. None if it is too long.
async fn read_message(io: &mut (impl AsyncRead + Unpin), buffer: &mut [u8]) -> std::io::Result<Option<usize>> {
    let header = MessageHeader::LENGTH;
    io.read_exact(&mut buffer[..header]).await?;
    let length = header + usize::from(u16::from_be_bytes([buffer[2], buffer[3]]));
    if length > buffer.len() {
        return Ok(None);
    }
    io.read_exact(&mut buffer[header..length]).await?;
    Ok(Some(length))
}

/// The answer to a binding request; none to anything else.
fn answer(request: &[u8], from: SocketAddr) -> Option<Vec<u8>> {
    // The two highest bits of STUN are zero and its cookie is fixed: most strays end here, before any parsing.
    if request.len() > REQUEST_BYTES || request.first()? >> 6 != 0 || request.get(4..8)? != COOKIE {
        return None;
    }
    let request = Message::from_bytes(request).ok()?;
    if !request.has_class(MessageClass::Request) || !request.has_method(BINDING) {
        return None;
    }
    let from = SocketAddr::new(from.ip().to_canonical(), from.port());
    let mut answer = Message::builder_success(&request, MessageWriteVec::new());
    answer.add_attribute(&XorMappedAddress::new(from, request.transaction_id())).ok()?;
    Some(answer.finish())
}

/// The magic cookie as it stands in a message.
const COOKIE: &[u8] = &stun_types::message::MAGIC_COOKIE.to_be_bytes();

#[cfg(test)]
mod tests {
    use stun_types::attribute::Software;
    use stun_types::message::MessageType;

    use super::*;

    fn from() -> SocketAddr {
        "192.0.2.7:4000".parse().unwrap()
    }

    #[test]
    fn a_binding_request_gets_its_own_address() {
        let request = Message::builder_request(BINDING, MessageWriteVec::new()).finish();
        for (from, length) in [(from(), 32), ("[2001:db8::1]:9".parse().unwrap(), 44)] {
            let answer = answer(&request, from).unwrap();
            let answer = Message::from_bytes(&answer).unwrap();
            assert!(answer.has_class(MessageClass::Success));
            let mapped: XorMappedAddress = answer.attribute().unwrap();
            assert_eq!(mapped.addr(answer.transaction_id()), from);
            assert_eq!(answer.as_bytes().len(), length);
        }
        let mapped = answer(&request, "[::ffff:192.0.2.7]:4000".parse().unwrap()).unwrap();
        assert_eq!(mapped.len(), 32, "an IPv4 peer on a dual-stack socket is told its IPv4 address");
    }

    #[test]
    fn nothing_else_gets_an_answer() {
        let request = Message::builder_request(BINDING, MessageWriteVec::new()).finish();
        let indication = Message::builder_indication(BINDING, MessageWriteVec::new()).finish();
        let success =
            Message::builder_success(&Message::from_bytes(&request).unwrap(), MessageWriteVec::new()).finish();
        let allocate = MessageType::from_class_method(MessageClass::Request, stun_types::message::Method::new(3));
        let allocate = Message::builder(allocate, 1_u128.into(), MessageWriteVec::new()).finish();
        let mut long = Message::builder_request(BINDING, MessageWriteVec::new());
        for _ in 0..2 {
            let _ = long.add_attribute(&Software::new(&"x".repeat(300)).unwrap());
        }
        let mut cut = request.clone();
        cut[3] = 8;
        let cases: [&[u8]; 8] = [&indication, &success, &allocate, &cut, &request[..19], &[], &[0; 20], &[0xff; 100]];
        for (n, case) in cases.iter().enumerate() {
            assert!(answer(case, from()).is_none(), "case {n}");
        }
    }
}
