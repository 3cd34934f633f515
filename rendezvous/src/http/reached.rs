//! By which name and way a request reached us, and whether that is one of ours.

use std::net::IpAddr;
use std::sync::Arc;

use hyper::header::{HOST, HeaderValue, LOCATION, ORIGIN};
use hyper::{HeaderMap, Request, StatusCode};

use super::{Answer, Client, text};
use crate::hosts::{Authority, Scheme};
use crate::proxy::{forwarded_for, is_forwarded};
use crate::rate::SourceKey;

/// A request that may be answered.
#[derive(Debug)]
pub(crate) struct Reached {
    /// The authority as the client wrote it, without a default port: what it signs.
    pub(crate) host: Arc<str>,
    pub(crate) scheme: Scheme,
    /// The client's own address, also behind a proxy.
    pub(crate) source: SourceKey,
}

impl Reached {
    /// Judges a request's way here. The error is the answer for it.
    pub(super) fn judge<B>(client: &Client, request: &Request<B>) -> Result<Self, Box<Answer>> {
        let shared = &client.shared;
        let headers = request.headers();
        let address = client.address.to_canonical();
        let proxied = shared.proxies.iter().any(|proxy| proxy.contains(address));
        // A watcher asks by whatever name it has for the machine.
        let watched = request.uri().path() == "/healthz";
        let source = match forwarded_for(headers, &shared.proxies) {
            Some(from) if proxied => shared.sources.key(from),
            _ => client.source,
        };
        if watched {
            return Ok(Self { host: "localhost".into(), scheme: Scheme::Https, source });
        }
        let scheme = if client.tls || proxied { Scheme::Https } else { Scheme::Http };
        let asked = authority(request).ok_or_else(|| refuse(StatusCode::BAD_REQUEST, NO_HOST))?;
        let Some(host) = shared.hosts.check(asked, scheme) else {
            return Err(refuse(StatusCode::MISDIRECTED_REQUEST, UNKNOWN_HOST));
        };
        if !client.tls && !proxied {
            if is_forwarded(headers) {
                return Err(refuse(StatusCode::BAD_REQUEST, UNKNOWN_PROXY));
            }
            if !is_local(address, asked) {
                return Err(Box::new(to_https(asked, request)));
            }
        }
        if proxied && headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "http") {
            return Err(Box::new(to_https(asked, request)));
        }
        Ok(Self { host, scheme, source })
    }

    /// Whether a page of the request's origin may use the switchboard. Programs that are no browsers send none.
    pub(super) fn origin_allowed(&self, client: &Client, headers: &HeaderMap) -> bool {
        let mut origins = headers.get_all(ORIGIN).iter();
        match (origins.next(), origins.next()) {
            (None, _) => true,
            (Some(origin), None) => {
                origin.to_str().is_ok_and(|origin| client.shared.hosts.origin_allowed(origin, &self.host, self.scheme))
            }
            (Some(_), Some(_)) => false,
        }
    }
}

const NO_HOST: &str = "The request does not say which host it is for.";
const UNKNOWN_HOST: &str = "This rendezvous does not answer to that name. Its administrator can add it to \"names\".";
const UNKNOWN_PROXY: &str = "The request came through a proxy that this rendezvous does not know. Its administrator \
    can add it to \"proxies\".";

/// Plain HTTP is for this machine only, by a name that means this machine only: browsers treat that as secure.
fn is_local(address: IpAddr, asked: &str) -> bool {
    address.is_loopback() && Authority::parse(asked).is_ok_and(|authority| authority.is_loopback())
}

/// The one `Host`, and not contradicted by the request line.
fn authority<B>(request: &Request<B>) -> Option<&str> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = hosts.next()?.to_str().ok()?;
    let contradicted = hosts.next().is_some() || request.uri().authority().is_some_and(|uri| uri.as_str() != host);
    (!contradicted).then_some(host)
}

fn refuse(status: StatusCode, message: &'static str) -> Box<Answer> {
    Box::new(text(status, message))
}

fn to_https<B>(asked: &str, request: &Request<B>) -> Answer {
    let mut answer = text(StatusCode::PERMANENT_REDIRECT, "This rendezvous is reached by https.");
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let path = if path.starts_with('/') { path } else { "/" };
    if let Ok(location) = HeaderValue::from_str(&format!("https://{asked}{path}")) {
        answer.headers_mut().insert(LOCATION, location);
    }
    answer
}
