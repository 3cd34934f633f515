//! Serves the page's files.

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH, VARY,
};
use hyper::{Request, Response, StatusCode};

use super::{Answer, text};
use crate::page::Page;

/// A name that carries its content's hash is never fetched twice.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Everything else is asked for anew each time, and mostly answered "not modified".
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");

/// The file at the request's path, in the smallest form that the client takes.
pub(super) fn answer(page: &Page, request: &Request<Incoming>) -> Answer {
    let Some(file) = page.find(request.uri().path()) else {
        return text(StatusCode::NOT_FOUND, "There is nothing here. An invite link has its secret after the #.");
    };
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let (encoding, form) = file.form(header(ACCEPT_ENCODING));
    let unchanged = header(IF_NONE_MATCH).is_some_and(|tags| matches(tags, &form.tag));
    let body = if unchanged { Bytes::new() } else { form.body.clone() };
    let mut answer = Response::new(Either::Left(Full::new(body)));
    if unchanged {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = answer.headers_mut();
    headers.insert(ETAG, form.tag.clone());
    headers.insert(CACHE_CONTROL, if file.immutable { IMMUTABLE } else { REVALIDATE });
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if !unchanged {
        headers.insert(CONTENT_TYPE, file.media_type.clone());
        if let Some(name) = encoding.name() {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
        }
    }
    answer
}

/// `If-None-Match` compares weakly (RFC 9110 section 13.1.2): a proxy may have marked our tag weak.
fn matches(tags: &str, tag: &HeaderValue) -> bool {
    tags.split(',')
        .map(str::trim)
        .any(|given| given == "*" || given.strip_prefix("W/").unwrap_or(given).as_bytes() == tag.as_bytes())
}
