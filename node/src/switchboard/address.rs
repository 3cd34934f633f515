//! Where a rendezvous is: `https://host[:port]`, or `http://` on this machine only.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// Longest DNS name.
const MAX_HOST: usize = 253;

/// A rendezvous' address, checked.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Address {
    /// TLS is used. Without it only loopback is allowed.
    pub(crate) secure: bool,
    /// Name or IP address, lowercase, without brackets.
    pub(crate) host: String,
    /// TCP port.
    pub(crate) port: u16,
}

/// Not such an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a rendezvous address: https://host[:port] is, and http:// only for localhost")]
pub(crate) struct NotAnAddress;

impl Address {
    /// Host, and the port where it isn't the scheme's own: what clients sign and what pins are stored under.
    pub(crate) fn authority(&self) -> String {
        let default = if self.secure { 443 } else { 80 };
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == default { host } else { format!("{host}:{}", self.port) }
    }

    /// The URL up to the path.
    pub(crate) fn origin(&self) -> String {
        format!("{}://{}", if self.secure { "https" } else { "http" }, self.authority())
    }
}

/// Debug output reaches logs, and a log holds no addresses.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.secure { "Address(https…)" } else { "Address(http…)" })
    }
}

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let text = text.trim();
        let (secure, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return Err(NotAnAddress),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']').ok_or(NotAnAddress)?;
                let IpAddr::V6(_) = host.parse().map_err(|_| NotAnAddress)? else { return Err(NotAnAddress) };
                (host, port.strip_prefix(':').map(Some).or((port.is_empty()).then_some(None)).ok_or(NotAnAddress)?)
            }
            None => match rest.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (rest, None),
            },
        };
        let host = host.to_ascii_lowercase();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':');
        if host.is_empty() || host.len() > MAX_HOST || !host.bytes().all(plain) {
            return Err(NotAnAddress);
        }
        let port = match port {
            Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => port.parse().map_err(|_| NotAnAddress)?,
            Some(_) => return Err(NotAnAddress),
            None if secure => 443,
            None => 80,
        };
        let loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if port == 0 || (!secure && !loopback) {
            return Err(NotAnAddress);
        }
        Ok(Self { secure, host, port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written_alike() {
        for (text, authority) in [
            ("https://Help.Example.org", "help.example.org"),
            ("https://help.example.org:443/", "help.example.org"),
            ("https://10.0.0.7:8443", "10.0.0.7:8443"),
            ("https://[fe80::1]:8443", "[fe80::1]:8443"),
            ("http://localhost:8080", "localhost:8080"),
            ("http://[::1]", "[::1]"),
        ] {
            let address: Address = text.parse().expect(text);
            assert_eq!(address.authority(), authority);
            assert_eq!(address.origin().parse(), Ok(address));
        }
    }

    #[test]
    fn plain_http_stays_on_this_machine_and_oddities_are_refused() {
        for text in [
            "http://example.org",
            "http://10.0.0.7:8080",
            "ftp://localhost",
            "https://",
            "https://host:0",
            "https://host:65536",
            "https://host:+1",
            "https://user@host",
            "https://host/path",
            "https://host#x",
            "https://a b",
            "https://[::1",
            "https://[127.0.0.1]",
            "https://[::1]x",
            "https://ho:st:1",
            "https://ñ.example",
        ] {
            assert_eq!(text.parse::<Address>(), Err(NotAnAddress), "{text}");
        }
    }
}
