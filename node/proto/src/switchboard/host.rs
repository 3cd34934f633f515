//! Hosts as they are signed: the authority of a rendezvous' URL, in one spelling.

use crate::limits::MAX_HOST;
use thiserror::Error;

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

/// A signed host without its port.
#[must_use]
pub fn host_name(host: &str) -> &str {
    split_port(host).map_or(host, |(name, _)| name)
}

fn split_port(authority: &str) -> Option<(&str, &str)> {
    let (name, port) = match authority.strip_prefix('[').and_then(|rest| rest.find(']')) {
        Some(end) => {
            let (name, tail) = authority.split_at(end + 2);
            let inside = &name[1..name.len() - 1];
            inside.parse::<std::net::Ipv6Addr>().ok()?;
            (name, if tail.is_empty() { "" } else { tail.strip_prefix(':')? })
        }
        None if authority.starts_with('[') => return None,
        None => authority.split_once(':').unwrap_or((authority, "")),
    };
    let named = name.starts_with('[') || name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    let plain_port =
        port.bytes().all(|b| b.is_ascii_digit()) && (port.is_empty() || port.parse::<u16>().is_ok_and(|p| p > 0));
    let canonical_port = !port.starts_with('0');
    (named && plain_port && canonical_port && !name.is_empty() && authority.len() <= MAX_HOST).then_some((name, port))
}

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
