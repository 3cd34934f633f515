//! What every answer tells browsers: what the page may do, and what nobody may do with it.

use hyper::HeaderMap;
use hyper::header::{
    CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};

use crate::hosts::Scheme;

/// The page may use the camera, keep the screen awake, go full screen, and copy text when asked to. Nothing else.
const PERMISSIONS: &str = "camera=(self), screen-wake-lock=(self), fullscreen=(self), clipboard-write=(self), \
    microphone=(), geolocation=(), display-capture=(), payment=(), usb=(), serial=(), hid=(), midi=(), \
    gyroscope=(), accelerometer=(), magnetometer=(), clipboard-read=(), publickey-credentials-get=(), \
    xr-spatial-tracking=()";

/// Half a year, for this host alone: its neighbours are not ours to decide about.
const HSTS: &str = "max-age=15768000";

/// The page's content security policy. Scripts, styles and workers come from here only; `'wasm-unsafe-eval'` lets the
/// documents' WebAssembly compile and is the only exception; strings become scripts nowhere but through the one Trusted
/// Types policy, `sightline`, which passes the page's own worker.
pub(crate) fn content_security_policy(host: &str, scheme: Scheme) -> String {
    // Some browsers do not count WebSockets of the own host as 'self'.
    let socket = match scheme {
        Scheme::Https => "wss",
        Scheme::Http => "ws",
    };
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; \
         media-src 'self' blob:; font-src 'self'; connect-src 'self' {socket}://{host}; worker-src 'self'; \
         manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types sightline"
    )
}

/// Puts the headers of every answer. `insist` also makes browsers insist on HTTPS from now on.
pub(crate) fn harden(headers: &mut HeaderMap, policy: &str, insist: bool) {
    let fixed = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("origin-agent-cluster"), "?1"),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::from_str(policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    if insist {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
}

/// For answers that no document is made of.
pub(crate) const NOTHING_ALLOWED: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";
