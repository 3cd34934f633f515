//! What an administrator decides: the library's [`Config`], and the TOML file that makes one.
//!
//! ```toml
//! listen = "[::]:8443"
//! data = "/var/lib/sightline"
//! names = ["help.example.org"]
//! certificate = "/etc/sightline/chain.pem"
//! key = "/etc/sightline/key.pem"
//! policy = "/etc/sightline/policy.toml"
//! [limits]
//! connections = 50000
//! ```

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use crate::certificate::CertificateSource;
use crate::clock::Clock;
use crate::hosts::{Authority, AuthorityError};
use crate::limits::Limits;
use crate::proxy::{Network, NetworkError};

/// The port when none is configured: not a privileged one.
pub const DEFAULT_PORT: u16 = 8443;

/// Where the page comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageSource {
    /// Compiled into the program.
    Embedded,
    /// Files of a folder, read at start and at each reload.
    Folder(PathBuf),
}

/// How one rendezvous runs.
#[derive(Debug, Clone)]
pub struct Config {
    /// TCP address, and UDP address for STUN; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Folder of the store and the self-made certificate.
    pub data: PathBuf,
    /// Names by which it is reached, each with an optional port.
    pub names: Vec<String>,
    /// Origins (`https://name`) from which the page may be served elsewhere.
    pub page_origins: Vec<String>,
    /// TLS certificate.
    pub certificate: CertificateSource,
    /// The page.
    pub page: PageSource,
    /// The organisation's policy file.
    pub policy: Option<PathBuf>,
    /// The organisation's Ed25519 key, where it signs its policy.
    pub policy_key: Option<[u8; 32]>,
    /// Reverse proxies whose `X-Forwarded-For` is believed: addresses or networks (`10.0.0.0/8`).
    pub proxies: Vec<String>,
    /// Serve TLS 1.2 too, for networks with old inspecting proxies.
    pub allow_tls12: bool,
    /// Answer STUN.
    pub stun: bool,
    /// Caps and rates.
    pub limits: Limits,
    /// Wall clock, for expiry.
    pub clock: Clock,
}

impl Config {
    /// Everything at its default, with the state in `data`.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), DEFAULT_PORT),
            data: data.into(),
            names: Vec::new(),
            page_origins: Vec::new(),
            certificate: CertificateSource::SelfMade,
            page: PageSource::Embedded,
            policy: None,
            policy_key: None,
            proxies: Vec::new(),
            allow_tls12: false,
            stun: true,
            limits: Limits::default(),
            clock: Clock::system(),
        }
    }

    /// Reads a configuration file. Paths in it are relative to it.
    pub fn from_file(path: &Path) -> Result<Self, ConfigError> {
        let text =
            fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        let file: File = toml::from_str(&text).map_err(|error| {
            let before = error.span().map_or(0, |span| span.start.min(text.len()));
            let line = text.as_bytes()[..before].iter().filter(|byte| **byte == b'\n').count() + 1;
            ConfigError::Invalid { path: path.to_owned(), line, reason: error.message().to_owned() }
        })?;
        file.into_config(path.parent().unwrap_or(Path::new(".")))
    }

    /// Checks what can be checked without touching the network or the disk.
    pub(crate) fn parsed(&self) -> Result<Parsed, ConfigError> {
        let names = self.names.iter().map(|name| Authority::parse(name)).collect::<Result<_, _>>()?;
        for origin in &self.page_origins {
            let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://localhost:"));
            let whole = authority.is_some_and(|rest| Authority::parse(rest).is_ok());
            if !whole {
                return Err(ConfigError::Origin(origin.clone()));
            }
        }
        let proxies = self.proxies.iter().map(|text| text.parse()).collect::<Result<_, NetworkError>>()?;
        Ok(Parsed { names, proxies })
    }
}

/// The parts of a configuration that have a form of their own.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) names: Vec<Authority>,
    pub(crate) proxies: Vec<Network>,
}

/// Why a configuration is not taken.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration file {path} cannot be read: {source}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is not a configuration.
    #[error("the configuration file {path} is not valid in line {line}: {reason}")]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A certificate without its key, or a key without its certificate.
    #[error("certificate and key belong together: give both files, or neither for a self-made certificate")]
    HalfCertificate,
    /// Not an Ed25519 public key.
    #[error("policy_key is not 64 hexadecimal digits")]
    PolicyKey,
    /// Not an origin.
    #[error("page origin \"{0}\" is not of the form https://name or https://name:port")]
    Origin(String),
    /// Not a host name.
    #[error("name {0}")]
    Name(#[from] AuthorityError),
    /// Not an address or network.
    #[error("proxy {0}")]
    Proxy(#[from] NetworkError),
}

/// The configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    listen: Option<SocketAddr>,
    data: Option<PathBuf>,
    names: Vec<String>,
    page_origins: Vec<String>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    page: Option<PathBuf>,
    policy: Option<PathBuf>,
    policy_key: Option<String>,
    proxies: Vec<String>,
    allow_tls12: bool,
    stun: Option<bool>,
    limits: Limits,
}

impl File {
    fn into_config(self, folder: &Path) -> Result<Config, ConfigError> {
        let at = |path: PathBuf| folder.join(path);
        let mut config = Config::new(self.data.map_or_else(|| PathBuf::from("rendezvous-data"), at));
        config.listen = self.listen.unwrap_or(config.listen);
        config.names = self.names;
        config.page_origins = self.page_origins;
        config.certificate = certificate_source(self.certificate.map(at), self.key.map(at))?;
        config.page = self.page.map_or(PageSource::Embedded, |path| PageSource::Folder(at(path)));
        config.policy = self.policy.map(at);
        config.policy_key = self.policy_key.as_deref().map(parse_policy_key).transpose()?;
        config.proxies = self.proxies;
        config.allow_tls12 = self.allow_tls12;
        config.stun = self.stun.unwrap_or(true);
        config.limits = self.limits;
        Ok(config)
    }
}

/// The source that two optional files mean.
pub fn certificate_source(chain: Option<PathBuf>, key: Option<PathBuf>) -> Result<CertificateSource, ConfigError> {
    match (chain, key) {
        (Some(chain), Some(key)) => Ok(CertificateSource::Files { chain, key }),
        (None, None) => Ok(CertificateSource::SelfMade),
        _ => Err(ConfigError::HalfCertificate),
    }
}

fn parse_policy_key(text: &str) -> Result<[u8; 32], ConfigError> {
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).map_err(|_| ConfigError::PolicyKey)?;
    bytes.try_into().map_err(|_| ConfigError::PolicyKey)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rendezvous.toml");
        fs::write(&path, text).unwrap();
        Config::from_file(&path)
    }

    #[test]
    fn an_empty_file_means_the_defaults() {
        let config = parse("").unwrap();
        assert_eq!(config.listen.port(), DEFAULT_PORT);
        assert_eq!(config.certificate, CertificateSource::SelfMade);
        assert_eq!(config.limits, Limits::default());
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let config =
            parse("data = \"state\"\ncertificate = \"/c.pem\"\nkey = \"k.pem\"\n[limits]\nconnections = 7").unwrap();
        assert!(config.data.is_absolute() && config.data.ends_with("state"));
        let CertificateSource::Files { chain, key } = config.certificate else { panic!("files") };
        assert_eq!(chain, Path::new("/c.pem"));
        assert!(key.is_absolute() && key.ends_with("k.pem"));
        assert_eq!(config.limits.connections, 7);
    }

    #[test]
    fn mistakes_are_told_in_sentences() {
        let told = |text: &str| match parse(text).and_then(|config| config.parsed().map(|_| ())) {
            Ok(()) => panic!("accepted: {text}"),
            Err(error) => error.to_string(),
        };
        assert!(told("\n\nlisten = 5").contains("in line 3"));
        assert!(told("listne = \"x\"").contains("unknown field"));
        assert!(told("certificate = \"c.pem\"").contains("belong together"));
        assert!(told("policy_key = \"abc\"").contains("64 hexadecimal"));
        assert!(told("names = [\"http://x\"]").contains("is not a host name"));
        assert!(told("proxies = [\"10.0.0.0/33\"]").contains("10.0.0.0/33"));
        assert!(told("page_origins = [\"https://a/b\"]").contains("is not of the form"));
        assert!(Config::from_file(Path::new("/absent.toml")).unwrap_err().to_string().contains("cannot be read"));
    }
}
