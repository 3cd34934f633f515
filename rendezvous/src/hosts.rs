//! Which names this rendezvous answers to, and which web origins may speak with it.
//!
//! A client signs the host it connected to, so the rendezvous must know its own names: a request for any other host is
//! refused. That also ends DNS rebinding, where a foreign name is pointed at a machine of the local network.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use thiserror::Error;

/// How a request came in, as far as URLs show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// TLS, ours or a configured proxy's.
    Https,
    /// Plain HTTP, which only loopback peers get.
    Http,
}

impl Scheme {
    /// The port that URLs of this scheme leave out.
    pub(crate) fn default_port(self) -> u16 {
        match self {
            Self::Https => 443,
            Self::Http => 80,
        }
    }

    /// As written in an origin.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
        }
    }
}

/// A host name or address with an optional port, lowercase.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Authority {
    /// A DNS name, an IPv4 address, or an IPv6 address without brackets.
    pub(crate) host: String,
    /// The port, if it was written.
    pub(crate) port: Option<u16>,
}

/// Why a configured name or a `Host` header is no authority.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("\"{0}\" is not a host name or address with an optional port")]
pub struct AuthorityError(String);

impl Authority {
    /// Parses `name`, `name:port`, `1.2.3.4:port`, `[v6]`, `[v6]:port`, or a bare IPv6 address.
    pub(crate) fn parse(text: &str) -> Result<Self, AuthorityError> {
        let bad = || AuthorityError(text.chars().filter(|c| !c.is_control()).take(100).collect());
        if let Ok(IpAddr::V6(v6)) = text.parse() {
            return Ok(Self { host: v6.to_string(), port: None });
        }
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (v6, port) = rest.split_once(']').ok_or_else(bad)?;
                let v6: std::net::Ipv6Addr = v6.parse().map_err(|_| bad())?;
                (v6.to_string(), port)
            }
            None => {
                let (host, port) = text.split_at(text.find(':').unwrap_or(text.len()));
                (host.to_ascii_lowercase(), port)
            }
        };
        let port = match port.strip_prefix(':') {
            Some(port) if port.bytes().all(|b| b.is_ascii_digit()) => Some(port.parse().map_err(|_| bad())?),
            None if port.is_empty() => None,
            _ => return Err(bad()),
        };
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':');
        if host.is_empty() || host.len() > 253 || !host.bytes().all(plain) {
            return Err(bad());
        }
        Ok(Self { host, port })
    }

    fn ip(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// Whether only this machine can be meant.
    pub(crate) fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.ip().is_some_and(|ip| ip.is_loopback())
    }
}

/// The allow-list of hosts and origins.
#[derive(Debug)]
pub(crate) struct Hosts {
    port: u16,
    names: BTreeSet<Authority>,
    page_origins: BTreeSet<String>,
    addresses: RwLock<Vec<IpAddr>>,
}

impl Hosts {
    /// Knows the configured names, and the machine's own addresses at the listening `port`.
    pub(crate) fn new(names: &[Authority], page_origins: &[String], port: u16, addresses: Vec<IpAddr>) -> Self {
        Self {
            port,
            names: names.iter().cloned().collect(),
            page_origins: page_origins.iter().cloned().collect(),
            addresses: RwLock::new(addresses),
        }
    }

    /// Takes the machine's current addresses; returns whether one is new.
    pub(crate) fn update_addresses(&self, now: Vec<IpAddr>) -> bool {
        let mut known = self.addresses.write().unwrap_or_else(PoisonError::into_inner);
        let grown = now.iter().any(|ip| !known.contains(ip));
        *known = now;
        grown
    }

    /// Checks a `Host` header. Returns the authority as URLs of that scheme write it, which is what clients sign.
    pub(crate) fn check(&self, host: &str, scheme: Scheme) -> Option<Arc<str>> {
        let authority = Authority::parse(host).ok()?;
        let default_port = scheme.default_port();
        let port = authority.port.unwrap_or(default_port);
        let own_port = port == self.port;
        let named = |port: Option<u16>| self.names.contains(&Authority { host: authority.host.clone(), port });
        let known = named(Some(port))
            || (named(None) && (own_port || port == default_port))
            || (own_port && (authority.is_loopback() || self.is_own_address(&authority)));
        // As the client wrote it, because that is what it signs; not with an IPv6 address in another spelling.
        let written = host.to_ascii_lowercase();
        let usual = format!(":{default_port}");
        known.then(|| match authority.port {
            Some(port) if port == default_port => written.strip_suffix(&usual).unwrap_or(&written).into(),
            _ => written.into(),
        })
    }

    /// Whether a page of `origin` may use the switchboard reached as `host`.
    pub(crate) fn origin_allowed(&self, origin: &str, host: &str, scheme: Scheme) -> bool {
        self.is_page_origin(origin)
            || origin
                .strip_prefix(scheme.name())
                .and_then(|rest| rest.strip_prefix("://"))
                .is_some_and(|authority| authority.eq_ignore_ascii_case(host))
    }

    /// Whether `origin` is one of the configured places from which the page is served elsewhere.
    pub(crate) fn is_page_origin(&self, origin: &str) -> bool {
        self.page_origins.contains(origin)
    }

    fn is_own_address(&self, authority: &Authority) -> bool {
        let addresses = self.addresses.read().unwrap_or_else(PoisonError::into_inner);
        authority.ip().is_some_and(|ip| addresses.contains(&ip))
    }
}

/// The machine's addresses that a URL can name: neither loopback nor link-local IPv6, which needs a zone.
pub(crate) fn interface_addresses() -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let mut addresses: Vec<IpAddr> = interfaces
        .iter()
        .map(|interface| interface.ip())
        .filter(|ip| match ip {
            IpAddr::V4(v4) => !v4.is_loopback() && !v4.is_unspecified(),
            IpAddr::V6(v6) => !v6.is_loopback() && !v6.is_unspecified() && !v6.is_unicast_link_local(),
        })
        .collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> Hosts {
        let names = ["help.example.org", "other.example.org:9443"].map(|name| Authority::parse(name).unwrap());
        let addresses = vec!["192.0.2.7".parse().unwrap(), "2001:db8::7".parse().unwrap()];
        Hosts::new(&names, &["https://page.example.org".to_owned()], 8443, addresses)
    }

    #[test]
    fn own_names_and_addresses_are_known_in_url_form() {
        let hosts = hosts();
        let https = |host: &str| hosts.check(host, Scheme::Https);
        assert_eq!(https("Help.Example.ORG").as_deref(), Some("help.example.org"));
        assert_eq!(https("help.example.org:443").as_deref(), Some("help.example.org"));
        assert_eq!(https("help.example.org:8443").as_deref(), Some("help.example.org:8443"));
        assert_eq!(https("other.example.org:9443").as_deref(), Some("other.example.org:9443"));
        assert_eq!(https("192.0.2.7:8443").as_deref(), Some("192.0.2.7:8443"));
        assert_eq!(https("[2001:DB8::7]:8443").as_deref(), Some("[2001:db8::7]:8443"));
        assert_eq!(https("[::1]:8443").as_deref(), Some("[::1]:8443"));
        assert_eq!(hosts.check("localhost:8443", Scheme::Http).as_deref(), Some("localhost:8443"));
    }

    #[test]
    fn foreign_hosts_and_ports_are_not_known() {
        let hosts = hosts();
        let foreign = [
            "evil.example.org:8443",
            "help.example.org:1",
            "help.example.org.:8443",
            "other.example.org",
            "192.0.2.8:8443",
            "192.0.2.7",
            "localhost:80",
            "",
            "a b",
            "help.example.org:",
            "help.example.org:+443",
            "help.example.org:99999",
            "[::1",
            "user@help.example.org",
        ];
        for host in foreign {
            assert_eq!(hosts.check(host, Scheme::Https), None, "{host}");
        }
    }

    #[test]
    fn origins_are_the_own_host_or_configured_ones() {
        let hosts = hosts();
        let allowed = |origin: &str| hosts.origin_allowed(origin, "help.example.org:8443", Scheme::Https);
        assert!(allowed("https://help.example.org:8443"));
        assert!(allowed("https://page.example.org"));
        for origin in ["http://help.example.org:8443", "https://help.example.org", "https://evil.example", "null", ""] {
            assert!(!allowed(origin), "{origin}");
        }
    }
}
