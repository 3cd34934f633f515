//! Answers the upgrade to a WebSocket (RFC 6455 section 4.2). The connection itself is handed over afterwards.

use hyper::header::{
    CONNECTION, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use hyper::{HeaderMap, Request, StatusCode};
use sightline_proto::switchboard::SUBPROTOCOL;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::{Answer, Client, Reached, empty, text};

/// Length of sixteen bytes in base64.
const KEY_LENGTH: usize = 24;

/// Accepts a WebSocket, or says why not.
pub(super) fn answer<B>(client: &Client, request: &Request<B>, reached: &Reached) -> Answer {
    let headers = request.headers();
    if !lists(headers, UPGRADE, "websocket") || !lists(headers, CONNECTION, "upgrade") {
        let mut answer = text(StatusCode::UPGRADE_REQUIRED, "This is the switchboard; it speaks WebSocket.");
        answer.headers_mut().insert(UPGRADE, HeaderValue::from_static("websocket"));
        return answer;
    }
    if headers.get(SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        let mut answer = text(StatusCode::UPGRADE_REQUIRED, "Only version 13 of WebSocket is spoken here.");
        answer.headers_mut().insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        return answer;
    }
    let Some(key) = headers.get(SEC_WEBSOCKET_KEY).filter(|key| key.len() == KEY_LENGTH) else {
        return text(StatusCode::BAD_REQUEST, "The WebSocket key is missing or malformed.");
    };
    if !lists(headers, SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL) {
        return text(StatusCode::BAD_REQUEST, "The switchboard speaks the subprotocol sightline.v1.");
    }
    if !reached.origin_allowed(client, headers) {
        return text(StatusCode::FORBIDDEN, "Pages of that origin may not use this rendezvous.");
    }
    if client.shared.closing.is_cancelled() {
        return text(StatusCode::SERVICE_UNAVAILABLE, "Shutting down.");
    }
    let Ok(accept) = HeaderValue::from_str(&derive_accept_key(key.as_bytes())) else {
        return text(StatusCode::BAD_REQUEST, "The WebSocket key is malformed.");
    };
    client.note_upgrade(client.shared.switchboard.admit(&reached.host, reached.source));
    let mut answer = empty(StatusCode::SWITCHING_PROTOCOLS);
    let headers = answer.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    answer
}

/// Whether a header's comma-separated values contain one, in any case.
fn lists(headers: &HeaderMap, name: HeaderName, wanted: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|value| value.trim().eq_ignore_ascii_case(wanted))
}
