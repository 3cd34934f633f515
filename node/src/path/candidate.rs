//! Addresses that the other side names: parsed and filtered before anything is sent to them.
//!
//! Offers, answers and trickled candidates are sealed, so only an admitted peer can name an address; even so a peer
//! must not be able to make this host talk to itself or to many at once. Loopback, multicast, broadcast and unspecified
//! addresses are refused (loopback can be allowed for one machine's tests); names ending in `.local` are left out, as
//! such a peer is found by its own packets (peer-reflexive).

use std::net::{IpAddr, SocketAddr};

use crate::link::CandidateKind;

/// The longest candidate line that is looked at. Browsers stay below 250.
const MAX_LENGTH: usize = 512;

/// A usable address of the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemoteCandidate {
    /// Where to send to.
    pub address: SocketAddr,
    /// How the other side found it.
    pub kind: CandidateKind,
}

/// Why a candidate is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefusedCandidate {
    /// Not a candidate line.
    #[error("not a candidate")]
    Malformed,
    /// TCP and the like.
    #[error("not UDP")]
    Protocol,
    /// A name instead of an address.
    #[error("a name, not an address")]
    Name,
    /// An address that no peer can have.
    #[error("an address that is never used")]
    Address,
}

impl RemoteCandidate {
    /// Reads `candidate:…` (RFC 8839, section 5.1; `a=` may precede it).
    pub fn parse(text: &str, allow_loopback: bool) -> Result<RemoteCandidate, RefusedCandidate> {
        let text = text.trim();
        if text.len() > MAX_LENGTH {
            return Err(RefusedCandidate::Malformed);
        }
        let text = text.strip_prefix("a=").unwrap_or(text);
        let fields = text.strip_prefix("candidate:").ok_or(RefusedCandidate::Malformed)?;
        let mut fields = fields.split_ascii_whitespace().skip(2);
        let mut next = || fields.next().ok_or(RefusedCandidate::Malformed);
        let (protocol, _priority, address, port, typ, kind) = (next()?, next()?, next()?, next()?, next()?, next()?);
        if !protocol.eq_ignore_ascii_case("udp") {
            return Err(RefusedCandidate::Protocol);
        }
        let kind = match (typ, kind) {
            ("typ", "host") => CandidateKind::Host,
            ("typ", "srflx") => CandidateKind::ServerReflexive,
            ("typ", "prflx") => CandidateKind::PeerReflexive,
            ("typ", "relay") => CandidateKind::Relayed,
            _ => return Err(RefusedCandidate::Malformed),
        };
        let port: u16 = port.parse().map_err(|_| RefusedCandidate::Malformed)?;
        let Ok(ip) = address.parse::<IpAddr>() else {
            return Err(RefusedCandidate::Name);
        };
        if port == 0 || !may_send_to(ip, allow_loopback) {
            return Err(RefusedCandidate::Address);
        }
        Ok(RemoteCandidate { address: SocketAddr::new(ip, port), kind })
    }
}

/// Whether a peer may have this address.
pub fn may_send_to(ip: IpAddr, allow_loopback: bool) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) if ip.is_loopback() => allow_loopback,
        IpAddr::V6(ip) if ip.is_loopback() => allow_loopback,
        IpAddr::V4(ip) => {
            // 0.0.0.0/8 means "this host"; 240.0.0.0/4 is reserved and holds the broadcast address.
            let first = ip.octets()[0];
            first != 0 && first < 224 && !ip.is_link_local()
        }
        // Link-local addresses need a zone that the other side can't know.
        IpAddr::V6(ip) => !ip.is_unspecified() && !ip.is_multicast() && !ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<RemoteCandidate, RefusedCandidate> {
        RemoteCandidate::parse(text, false)
    }

    #[test]
    fn a_browsers_candidates_are_read() {
        let host = "candidate:842163049 1 udp 2122260223 192.168.1.20 56032 typ host generation 0 ufrag x network-id 1";
        let found = parse(host).expect("usable");
        assert_eq!(found.address, "192.168.1.20:56032".parse().expect("an address"));
        assert_eq!(found.kind, CandidateKind::Host);
        let relay = "a=candidate:1 1 UDP 41885439 203.0.113.7 3478 typ relay raddr 0.0.0.0 rport 0";
        assert_eq!(parse(relay).map(|candidate| candidate.kind), Ok(CandidateKind::Relayed));
    }

    #[test]
    fn addresses_that_no_peer_can_have_are_refused() {
        for address in [
            "127.0.0.1",
            "127.9.9.9",
            "::1",
            "::ffff:127.0.0.1",
            "0.0.0.0",
            "::",
            "224.0.0.251",
            "ff02::fb",
            "255.255.255.255",
            "169.254.169.254",
            "fe80::1",
        ] {
            let line = format!("candidate:1 1 udp 1 {address} 9999 typ host");
            assert_eq!(parse(&line), Err(RefusedCandidate::Address), "{address}");
        }
        let loopback = "candidate:1 1 udp 1 127.0.0.1 9999 typ host";
        assert!(RemoteCandidate::parse(loopback, true).is_ok());
        assert_eq!(parse("candidate:1 1 udp 1 10.0.0.1 0 typ host"), Err(RefusedCandidate::Address));
    }

    #[test]
    fn names_tcp_and_rubbish_are_refused() {
        let name = "candidate:1 1 udp 1 6e1ea3b5-70a8-4d9c-8c1c-5ba1a1a3b9a2.local 50000 typ host";
        assert_eq!(parse(name), Err(RefusedCandidate::Name));
        let tcp = "candidate:1 1 tcp 1 10.0.0.1 9 typ host tcptype active";
        assert_eq!(parse(tcp), Err(RefusedCandidate::Protocol));
        for line in ["", "candidate:", "candidate:1 1 udp 1 10.0.0.1 70000 typ host", "v=0"] {
            assert_eq!(parse(line), Err(RefusedCandidate::Malformed), "{line}");
        }
        let long = format!("candidate:{} 1 udp 1 10.0.0.1 9999 typ host", "x".repeat(600));
        assert_eq!(parse(&long), Err(RefusedCandidate::Malformed));
    }
}
