//! The switchboard's frames over requests: `POST /v1/stream` opens, `POST /v1/send` sends.

use data_encoding::HEXLOWER_PERMISSIVE;
use http_body_util::{BodyExt, Either, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
    CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, ORIGIN, VARY,
};
use hyper::{Request, Response, StatusCode};
use tokio::time::timeout;

use super::{Answer, Client, Reached, empty, text};
use crate::limits::BODY_BYTES;
use crate::switchboard::PostError;

/// Carries a stream's token in hexadecimal.
const STREAM: HeaderName = HeaderName::from_static("x-sightline-stream");

/// Opens a stream.
pub(super) fn open(client: &Client, request: &Request<Incoming>, reached: &Reached) -> Answer {
    if !reached.origin_allowed(client, request.headers()) {
        return refuse_origin();
    }
    if client.shared.closing.is_cancelled() {
        return text(StatusCode::SERVICE_UNAVAILABLE, "Shutting down.");
    }
    if request.body().size_hint().upper() != Some(0) {
        return text(StatusCode::PAYLOAD_TOO_LARGE, "A stream is opened with an empty body.");
    }
    let switchboard = &client.shared.switchboard;
    let peer = switchboard.admit(&reached.host, reached.source);
    let mut answer = Response::new(Either::Right(switchboard.open_stream(peer)));
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
    // Understood by a common proxy: frames must not wait for more of them.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    allow_origin(client, request, headers);
    answer
}

/// Handles the frames of one body.
pub(super) async fn send(client: &Client, request: Request<Incoming>, reached: &Reached) -> Answer {
    if !reached.origin_allowed(client, request.headers()) {
        return refuse_origin();
    }
    let mut cross_origin = HeaderMap::new();
    allow_origin(client, &request, &mut cross_origin);
    let mut answer = handle(client, request).await;
    answer.headers_mut().extend(cross_origin);
    answer
}

async fn handle(client: &Client, request: Request<Incoming>) -> Answer {
    let token = request.headers().get(STREAM).and_then(|token| {
        let mut bytes = [0; 16];
        let decoded = token.len() == 32 && HEXLOWER_PERMISSIVE.decode_mut(token.as_bytes(), &mut bytes).is_ok();
        decoded.then_some(bytes)
    });
    let Some(token) = token else {
        return text(StatusCode::BAD_REQUEST, "The stream's token is missing or malformed.");
    };
    let body = Limited::new(request.into_body(), BODY_BYTES).collect();
    let body = match timeout(client.shared.limits.handshake(), body).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            return text(StatusCode::PAYLOAD_TOO_LARGE, "One body holds at most 64 KiB of frames.");
        }
        Ok(Err(_)) => return text(StatusCode::BAD_REQUEST, "The body was cut short."),
        Err(_) => return text(StatusCode::REQUEST_TIMEOUT, "The body took too long."),
    };
    match client.shared.switchboard.post(&token, &body).await {
        Ok(()) => empty(StatusCode::NO_CONTENT),
        Err(PostError::UnknownStream) => text(StatusCode::NOT_FOUND, "There is no such stream. Open a new one."),
        Err(PostError::Malformed) => text(StatusCode::BAD_REQUEST, "The body is not a row of whole frames."),
        Err(PostError::Closed) => text(StatusCode::TOO_MANY_REQUESTS, "The stream has been closed."),
    }
}

/// Answers a browser that asks whether a page from elsewhere may post here.
pub(super) fn preflight(client: &Client, request: &Request<Incoming>, reached: &Reached) -> Answer {
    if !reached.origin_allowed(client, request.headers()) {
        return refuse_origin();
    }
    let mut answer = empty(StatusCode::NO_CONTENT);
    let headers = answer.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type, x-sightline-stream"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    allow_origin(client, request, headers);
    answer
}

/// Lets the page read an answer if it is served from a configured origin elsewhere.
pub(super) fn allow_origin<B>(client: &Client, request: &Request<B>, headers: &mut HeaderMap) {
    let Some(origin) = request.headers().get(ORIGIN) else { return };
    headers.append(VARY, HeaderValue::from_static("origin"));
    if origin.to_str().is_ok_and(|origin| client.shared.hosts.is_page_origin(origin)) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    }
}

fn refuse_origin() -> Answer {
    text(StatusCode::FORBIDDEN, "Pages of that origin may not use this rendezvous.")
}
