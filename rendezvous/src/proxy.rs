//! Reverse proxies: whose word about the client's address is believed.

use std::net::IpAddr;
use std::str::FromStr;

use hyper::HeaderMap;
use thiserror::Error;

/// An address or a network in CIDR form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Network {
    address: IpAddr,
    bits: u8,
}

/// Why a text is no network.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("\"{0}\" is not an address or a network like 10.0.0.0/8")]
pub struct NetworkError(String);

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let bad = || NetworkError(text.to_owned());
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| bad())?;
        let all = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(all), |bits| bits.parse().map_err(|_| bad()))?;
        if bits > all { Err(bad()) } else { Ok(Self { address, bits }) }
    }
}

impl Network {
    /// Whether an address lies in it.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        let differing = match (self.address, address.to_canonical()) {
            (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
            (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
            _ => return false,
        };
        differing >= u32::from(self.bits)
    }
}

/// The client's address as the nearest proxy that we do not know reported it: the last entry of `X-Forwarded-For` that is
/// not itself a configured proxy. None if there is no usable entry.
pub(crate) fn forwarded_for(headers: &HeaderMap, proxies: &[Network]) -> Option<IpAddr> {
    let mut farthest = None;
    for header in headers.get_all("x-forwarded-for").iter().rev() {
        for entry in header.to_str().ok()?.rsplit(',') {
            let address: IpAddr = entry.trim().parse().ok()?;
            farthest = Some(address);
            if !proxies.iter().any(|proxy| proxy.contains(address)) {
                return farthest;
            }
        }
    }
    farthest
}

/// Whether a request went through some proxy.
pub(crate) fn is_forwarded(headers: &HeaderMap) -> bool {
    ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded", "via"]
        .iter()
        .any(|name| headers.contains_key(*name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_contain_their_addresses() {
        let contains = |network: &str, ip: &str| network.parse::<Network>().unwrap().contains(ip.parse().unwrap());
        assert!(contains("10.0.0.0/8", "10.255.1.2") && !contains("10.0.0.0/8", "11.0.0.1"));
        assert!(contains("127.0.0.1", "::ffff:127.0.0.1") && !contains("127.0.0.1", "127.0.0.2"));
        assert!(contains("fd00::/8", "fd12::1") && !contains("fd00::/8", "fe80::1"));
        assert!(contains("0.0.0.0/0", "8.8.8.8") && !contains("0.0.0.0/0", "::1"));
        for bad in ["", "10.0.0.0/33", "10.0.0.0/", "name", "::/129", "10.0.0.0/-1"] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
    }

    #[test]
    fn only_what_a_known_proxy_added_counts() {
        let proxies = ["10.0.0.0/8".parse().unwrap()];
        let from = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", value.parse().unwrap());
            forwarded_for(&headers, &proxies).map(|ip| ip.to_string())
        };
        assert_eq!(from("192.0.2.1, 198.51.100.7").as_deref(), Some("198.51.100.7"));
        assert_eq!(from("192.0.2.1, 198.51.100.7, 10.1.1.1").as_deref(), Some("198.51.100.7"));
        assert_eq!(from("10.1.1.2").as_deref(), Some("10.1.1.2"));
        assert_eq!(from("unknown"), None);
    }
}
