//! HTTP: which request goes where, and what every answer carries.
//!
//! | path | answer |
//! |---|---|
//! | `/`, files of the page | [`page`] |
//! | `GET /v1/switchboard` | WebSocket, [`upgrade`] |
//! | `POST /v1/stream`, `POST /v1/send` | the same frames over HTTPS, [`streams`] |
//! | `GET /v1/policy` | the organisation's policy |
//! | `GET /healthz` | whether all is well, for whoever watches the machine |

mod page;
mod reached;
mod streams;
mod upgrade;

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};

use crate::headers::{NOTHING_ALLOWED, content_security_policy, harden};
use crate::rate::SourceKey;
use crate::shared::Shared;
use crate::switchboard::{Peer, StreamBody};
pub(crate) use reached::Reached;

/// A whole answer, or a stream of frames.
pub(crate) type Answer = Response<Either<Full<Bytes>, StreamBody>>;

/// One connection as requests see it.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) shared: Arc<Shared>,
    /// The other end of the connection: the client itself or a proxy.
    pub(crate) address: IpAddr,
    pub(crate) source: SourceKey,
    pub(crate) tls: bool,
    /// The peer whose WebSocket this connection becomes, once its upgrade has been answered.
    pub(crate) upgraded: Mutex<Option<Arc<Peer>>>,
}

impl Client {
    /// Answers one request.
    pub(crate) async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Answer, Infallible> {
        let reached = match Reached::judge(&self, &request) {
            Ok(reached) => reached,
            Err(answer) => return Ok(hardened(*answer, NOTHING_ALLOWED, false)),
        };
        let policy = content_security_policy(&reached.host, reached.scheme);
        let insist = self.tls && self.shared.certificates.vouched();
        let answer = match self.shared.sources.take(reached.source, 1.0) {
            true => self.route(request, reached).await,
            false => text(StatusCode::TOO_MANY_REQUESTS, "Too many requests from this address. Wait a moment."),
        };
        Ok(hardened(answer, &policy, insist))
    }

    async fn route(&self, request: Request<Incoming>, reached: Reached) -> Answer {
        let path = request.uri().path();
        let method = request.method();
        match path {
            "/healthz" if reads(method) => self.health(),
            "/v1/policy" if method == Method::OPTIONS => streams::preflight(self, &request, &reached),
            "/v1/policy" if reads(method) => self.policy(&request),
            "/v1/switchboard" if method == Method::GET => upgrade::answer(self, &request, &reached),
            "/v1/stream" | "/v1/send" if method == Method::OPTIONS => streams::preflight(self, &request, &reached),
            "/v1/stream" if method == Method::POST => streams::open(self, &request, &reached),
            "/v1/send" if method == Method::POST => streams::send(self, request, &reached).await,
            "/healthz" | "/v1/policy" | "/v1/switchboard" => not_allowed("GET"),
            "/v1/stream" | "/v1/send" => not_allowed("POST"),
            _ if reads(method) => page::answer(&self.shared.page(), &request),
            _ => not_allowed("GET"),
        }
    }

    fn health(&self) -> Answer {
        if self.shared.switchboard.store().is_failing() {
            return text(StatusCode::SERVICE_UNAVAILABLE, "The store cannot be written: is the disk full?");
        }
        if self.shared.closing.is_cancelled() {
            return text(StatusCode::SERVICE_UNAVAILABLE, "Shutting down.");
        }
        text(StatusCode::OK, "ok")
    }

    fn policy(&self, request: &Request<Incoming>) -> Answer {
        let mut answer = Response::new(Either::Left(Full::new(self.shared.policy().body)));
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        streams::allow_origin(self, request, headers);
        answer
    }

    fn note_upgrade(&self, peer: Arc<Peer>) {
        *self.upgraded.lock().unwrap_or_else(PoisonError::into_inner) = Some(peer);
    }

    /// The peer to serve when the connection's HTTP part is over.
    pub(crate) fn take_upgrade(&self) -> Option<Arc<Peer>> {
        self.upgraded.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A short answer in plain text, for people who look.
fn text(status: StatusCode, message: &'static str) -> Answer {
    let mut answer = Response::new(Either::Left(Full::new(Bytes::from_static(message.as_bytes()))));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Either::Left(Full::new(Bytes::new())));
    *answer.status_mut() = status;
    answer
}

fn not_allowed(method: &'static str) -> Answer {
    let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, "This cannot be asked in this way.");
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static(method));
    answer
}

fn hardened(mut answer: Answer, policy: &str, insist: bool) -> Answer {
    harden(answer.headers_mut(), policy, insist);
    answer
}

fn reads(method: &Method) -> bool {
    method == Method::GET || method == Method::HEAD
}
