//! Which ICE candidates of the other side are used at all. A candidate makes this device send packets to an address that a
//! stranger chose, so only ones that can be a peer are let through.

use crate::limits::MAX_CANDIDATE;
use std::net::IpAddr;

/// What to do with a candidate line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CandidateVerdict {
    /// Use it.
    Use,
    /// A name of multicast DNS: browsers hide addresses behind it. Not an error; the pair is found by the other direction.
    Name,
    /// Not a candidate, not UDP, or a component or port that we don't use.
    Unusable,
    /// Loopback, multicast, unspecified or broadcast: never a peer (loopback may be allowed by setting).
    Forbidden,
}

/// Judges a line, with or without `a=` before it.
#[must_use]
pub fn judge(line: &str, allow_loopback: bool) -> CandidateVerdict {
    if line.len() > MAX_CANDIDATE || line.contains(['\r', '\n', '\0']) {
        return CandidateVerdict::Unusable;
    }
    let line = line.strip_prefix("a=").unwrap_or(line);
    let Some(rest) = line.strip_prefix("candidate:") else { return CandidateVerdict::Unusable };
    let fields: Vec<&str> = rest.split(' ').collect();
    let [_, component, transport, _, address, port, typ, kind, ..] = fields[..] else {
        return CandidateVerdict::Unusable;
    };
    let ours = component == "1"
        && transport.eq_ignore_ascii_case("udp")
        && port.parse::<u16>().is_ok_and(|port| port > 0)
        && typ == "typ"
        && matches!(kind, "host" | "srflx" | "prflx" | "relay");
    if !ours {
        return CandidateVerdict::Unusable;
    }
    match address.parse::<IpAddr>() {
        Ok(ip) if is_forbidden(ip, allow_loopback) => CandidateVerdict::Forbidden,
        Ok(_) => CandidateVerdict::Use,
        Err(_) if address.ends_with(".local") => CandidateVerdict::Name,
        Err(_) => CandidateVerdict::Unusable,
    }
}

/// Whether an address is never a peer's.
#[must_use]
pub fn is_forbidden(ip: IpAddr, allow_loopback: bool) -> bool {
    // An IPv4 address in IPv6 clothes is judged as what it reaches.
    let ip = ip.to_canonical();
    if ip.is_loopback() {
        return !allow_loopback;
    }
    let broadcast_or_zero_net = match ip {
        IpAddr::V4(v4) => v4.is_broadcast() || v4.octets()[0] == 0,
        // `::127.0.0.1` and its like, long deprecated.
        IpAddr::V6(v6) => v6.segments()[..6] == [0; 6],
    };
    ip.is_multicast() || ip.is_unspecified() || broadcast_or_zero_net
}

#[cfg(test)]
mod tests {
    use super::*;
    use CandidateVerdict::{Forbidden, Name, Unusable, Use};

    #[test]
    fn only_possible_peers_pass() {
        for (address, verdict) in [
            ("192.168.1.7", Use),
            ("10.0.0.1", Use),
            ("203.0.113.9", Use),
            ("fe80::1", Use),
            ("2001:db8::1", Use),
            ("4f1d-ab.local", Name),
            ("127.0.0.1", Forbidden),
            ("127.8.9.1", Forbidden),
            ("::1", Forbidden),
            ("::ffff:127.0.0.1", Forbidden),
            ("::127.0.0.1", Forbidden),
            ("0.0.0.0", Forbidden),
            ("0.1.2.3", Forbidden),
            ("::", Forbidden),
            ("224.0.0.251", Forbidden),
            ("::ffff:224.0.0.1", Forbidden),
            ("ff02::1", Forbidden),
            ("255.255.255.255", Forbidden),
            ("example.org", Unusable),
            ("", Unusable),
        ] {
            let line = format!("candidate:1 1 udp 2122260223 {address} 50000 typ host generation 0");
            assert_eq!(judge(&line, false), verdict, "{address}");
            assert_eq!(judge(&format!("a={line}"), false), verdict, "{address}");
        }
        assert_eq!(judge("candidate:1 1 UDP 1 127.0.0.1 5 typ host", true), Use);
        assert_eq!(judge("candidate:1 1 UDP 1 0.0.0.0 5 typ host", true), Forbidden);
    }

    #[test]
    fn other_lines_are_unusable() {
        for line in [
            "",
            "candidate:",
            "candidate:1 2 udp 1 10.0.0.1 5 typ host",
            "candidate:1 1 tcp 1 10.0.0.1 9 typ host tcptype active",
            "candidate:1 1 udp 1 10.0.0.1 0 typ host",
            "candidate:1 1 udp 1 10.0.0.1 65536 typ host",
            "candidate:1 1 udp 1 10.0.0.1 5 typ other",
            "candidate:1 1 udp 1 10.0.0.1 5 type host",
            "candidate:1 1 udp 1 10.0.0.1 5 typ host\r\na=fingerprint:sha-256 00",
        ] {
            assert_eq!(judge(line, true), Unusable, "{line}");
        }
    }
}
