//! What a peer and the rendezvous say to each other: frames, the same over a WebSocket (one frame a message) and over
//! HTTPS (each with a u32 length before it, see [`stream`]).
//!
//! The rendezvous forwards sealed messages between slot addresses, keeps sealed invite records, and keeps waiting rooms of
//! sealed items. It learns slot keys, sizes and times. What a frame may do is decided by a signature with a slot key over
//! `nonce ‖ str host ‖ the frame's fields before the signature`: the nonce is of this connection ([`ServerFrame::Welcome`]),
//! the host is the URL authority that the client connected to, so that one rendezvous can't replay at another what it was
//! shown. Type and request number are not signed: the label says the operation, and a request number only pairs answers.
//!
//! - [`ClientFrame`], [`ServerFrame`]: the frames. [`Signed`]: operations with a signature.

mod operation;
mod request;
mod server;
pub mod stream;

pub use operation::{
    DeleteRecord, DropSlot, GetItems, ListSlots, Listen, OpenSlot, Operation, PutItem, PutRecord, Signed,
};
pub use request::ClientFrame;
pub use server::{Item, RefusedReason, ServerFrame, SlotCount};

use crate::id::SlotPublic;
use crate::limits::MAX_HOST;
use crate::sig::{self, Signature, SignatureError};
use crate::wire::{WireError, Writer};
use thiserror::Error;

/// The WebSocket subprotocol.
pub const SUBPROTOCOL: &str = "sightline.v1";

/// The lane bit of waiting-room items: the holder counts from 0, the experts from here.
pub const EXPERT_LANE: u64 = 1 << 63;

/// Where a signature of a connection belongs: the server's nonce and the host it was asked for by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Random bytes of the server, new for each connection or stream.
    pub nonce: [u8; 32],
    /// URL authority, lowercase, with the port only when it isn't the scheme's own.
    pub host: String,
}

impl Challenge {
    fn signed_bytes(&self, fields: &[u8]) -> Vec<u8> {
        Writer::new().raw(&self.nonce).str(&self.host).raw(fields).finish()
    }

    fn verify(&self, key: &SlotPublic, label: &str, fields: &[u8], sig: &Signature) -> Result<(), SignatureError> {
        sig::verify(key.as_bytes(), label, &self.signed_bytes(fields), sig)
    }
}

/// An address of a rendezvous that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum HostError {
    /// Neither `https://` nor, for this machine only, `http://`.
    #[error("the address does not begin with https://")]
    NotSecure,
    /// No usable `name[:port]`.
    #[error("the address names no host")]
    NoHost,
}

/// The authority of `https://name[:port][/…]` as it is signed: lowercase, without the scheme's own port. `http` is only for
/// this machine itself.
pub fn authority(url: &str) -> Result<String, HostError> {
    let split = |scheme: &str| url.get(..scheme.len()).filter(|s| s.eq_ignore_ascii_case(scheme)).map(|_| scheme.len());
    let (rest, own_port, secure) = if let Some(at) = split("https://") {
        (&url[at..], "443", true)
    } else if let Some(at) = split("http://") {
        (&url[at..], "80", false)
    } else {
        return Err(HostError::NotSecure);
    };
    let text = rest.split(['/', '?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let (name, port) = split_port(&text).ok_or(HostError::NoHost)?;
    if !secure && !is_this_machine(name) {
        return Err(HostError::NotSecure);
    }
    Ok(if port.is_empty() || port == own_port { name.to_owned() } else { format!("{name}:{port}") })
}

/// Whether a host name (without port) can only mean this machine.
#[must_use]
pub fn is_this_machine(name: &str) -> bool {
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

fn split_port(authority: &str) -> Option<(&str, &str)> {
    let (name, port) = match authority.strip_prefix('[').and_then(|rest| rest.find(']')) {
        Some(end) => {
            let (name, tail) = authority.split_at(end + 2);
            let inside = &name[1..name.len() - 1];
            inside.parse::<std::net::Ipv6Addr>().ok()?;
            (name, if tail.is_empty() { "" } else { tail.strip_prefix(':')? })
        }
        None => authority.split_once(':').unwrap_or((authority, "")),
    };
    let named = name.starts_with('[') || name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    let plain_port =
        port.bytes().all(|b| b.is_ascii_digit()) && (port.is_empty() || port.parse::<u16>().is_ok_and(|p| p > 0));
    let canonical_port = !port.starts_with('0');
    (named && plain_port && canonical_port && !name.is_empty() && authority.len() <= MAX_HOST).then_some((name, port))
}

/// Why a frame is not one.
pub type FrameError = WireError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authority_is_lowercase_without_the_usual_port() {
        for (url, host) in [
            ("https://Help.Example.org/#abc", "help.example.org"),
            ("https://h:443", "h"),
            ("https://h:8443/x", "h:8443"),
            ("HTTPS://10.0.0.7:9443", "10.0.0.7:9443"),
            ("http://localhost:8080/", "localhost:8080"),
            ("http://127.0.0.1:80", "127.0.0.1"),
            ("https://[::1]:7", "[::1]:7"),
        ] {
            assert_eq!(authority(url).as_deref(), Ok(host), "{url}");
        }
        for url in ["http://example.org", "ftp://h", "h:443", "http://localhost.evil.org"] {
            assert_eq!(authority(url), Err(HostError::NotSecure), "{url}");
        }
        for url in
            ["https://", "https://a b", "https://u@h", "https://h:0", "https://h:99999", "https://h:080", "https://[1"]
        {
            assert_eq!(authority(url), Err(HostError::NoHost), "{url}");
        }
    }
}
