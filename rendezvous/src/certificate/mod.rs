//! The TLS certificate: from the administrator's files, or made by ourselves for a LAN, a demo, or a first start.
//!
//! Whichever it is can be replaced while running: the server configuration asks [`Certificates`] at each handshake.

mod self_made;

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::{fs, io};

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, version};
use sha2::{Digest, Sha256};
use thiserror::Error;
use x509_parser::prelude::{FromDer, X509Certificate};

pub(crate) use self_made::SelfMade;

/// Where the certificate comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateSource {
    /// Made and renewed by the rendezvous itself, in its data folder.
    SelfMade,
    /// PEM files of an authority; read again on [`crate::Running::reload`].
    Files {
        /// The chain, the rendezvous' own certificate first.
        chain: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
}

/// Why a certificate cannot be used.
#[derive(Debug, Error)]
pub enum CertificateError {
    /// A file cannot be read.
    #[error("the certificate file {path} cannot be read: {source}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("the certificate file {path} cannot be written: {source}")]
    Unwritable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file holds no PEM certificate.
    #[error("{0} holds no certificate in PEM form")]
    NoCertificate(PathBuf),
    /// The file holds no PEM private key.
    #[error("{0} holds no private key in PEM form")]
    NoKey(PathBuf),
    /// The key is not the certificate's.
    #[error("the key in {key} does not belong to the certificate in {chain}")]
    Mismatch {
        /// The certificate file.
        chain: PathBuf,
        /// The key file.
        key: PathBuf,
    },
    /// The certificate is over.
    #[error("the certificate in {0} has expired: renew it, or check this machine's clock")]
    Expired(PathBuf),
    /// The certificate or key is of a kind that cannot be used.
    #[error("the certificate or key in {path} cannot be used: {reason}")]
    Unusable {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// A certificate in use.
#[derive(Debug, Clone)]
struct Current {
    key: Arc<CertifiedKey>,
    sha256: [u8; 32],
    vouched: bool,
}

/// The certificate shown to clients, replaceable at any time.
#[derive(Debug)]
pub(crate) struct Certificates(RwLock<Current>);

impl Certificates {
    /// Reads the chain and key of an authority.
    pub(crate) fn from_files(chain: &Path, key: &Path, now_ms: u64) -> Result<Self, CertificateError> {
        Ok(Self(RwLock::new(read_files(chain, key, now_ms)?)))
    }

    /// Takes a certificate that the rendezvous made.
    pub(crate) fn from_self_made(made: &SelfMade) -> Result<Self, CertificateError> {
        Ok(Self(RwLock::new(self_made_current(made)?)))
    }

    /// Reads the files again. On failure the certificate in use stays.
    pub(crate) fn reload_files(&self, chain: &Path, key: &Path, now_ms: u64) -> Result<(), CertificateError> {
        self.replace(read_files(chain, key, now_ms)?);
        Ok(())
    }

    /// Takes a renewed self-made certificate.
    pub(crate) fn renew(&self, made: &SelfMade) -> Result<(), CertificateError> {
        self.replace(self_made_current(made)?);
        Ok(())
    }

    /// SHA-256 of the certificate itself, as browsers and natives show it.
    pub(crate) fn sha256(&self) -> [u8; 32] {
        self.current().sha256
    }

    /// Whether somebody else vouches for the certificate, so that browsers may be told to insist on HTTPS.
    pub(crate) fn vouched(&self) -> bool {
        self.current().vouched
    }

    /// The server configuration that shows this certificate. TLS 1.3 unless old clients must be served.
    pub(crate) fn server_config(self: &Arc<Self>, allow_tls12: bool) -> Result<ServerConfig, rustls::Error> {
        let versions: &[_] = if allow_tls12 { &[&version::TLS13, &version::TLS12] } else { &[&version::TLS13] };
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(versions)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // Resumption saves no round trip in TLS 1.3 and its state costs memory for each peer.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(config)
    }

    fn replace(&self, with: Current) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = with;
    }

    fn current(&self) -> Current {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current().key)
    }
}

fn self_made_current(made: &SelfMade) -> Result<Current, CertificateError> {
    let unusable = |error: rustls::Error| CertificateError::Unusable {
        path: made.certificate_path().to_owned(),
        reason: error.to_string(),
    };
    let chain = vec![made.certificate().clone()];
    let key = PrivateKeyDer::Pkcs8(made.key_der().into());
    let key = CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider()).map_err(unusable)?;
    Ok(Current { key: Arc::new(key), sha256: sha256(made.certificate()), vouched: false })
}

fn read_files(chain_path: &Path, key_path: &Path, now_ms: u64) -> Result<Current, CertificateError> {
    let unusable = |path: &Path, reason: String| CertificateError::Unusable { path: path.to_owned(), reason };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&read(chain_path)?)
        .collect::<Result<_, _>>()
        .map_err(|_| CertificateError::NoCertificate(chain_path.to_owned()))?;
    let Some(leaf) = chain.first().cloned() else {
        return Err(CertificateError::NoCertificate(chain_path.to_owned()));
    };
    let key =
        PrivateKeyDer::from_pem_slice(&read(key_path)?).map_err(|_| CertificateError::NoKey(key_path.to_owned()))?;
    let (_, parsed) = X509Certificate::from_der(&leaf)
        .map_err(|_| unusable(chain_path, "it is not an X.509 certificate".to_owned()))?;
    if seconds(now_ms) >= parsed.validity().not_after.timestamp() {
        return Err(CertificateError::Expired(chain_path.to_owned()));
    }
    let vouched = parsed.issuer() != parsed.subject();
    let key = CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider()).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => {
            CertificateError::Mismatch { chain: chain_path.to_owned(), key: key_path.to_owned() }
        }
        other => unusable(key_path, other.to_string()),
    })?;
    Ok(Current { key: Arc::new(key), sha256: sha256(&leaf), vouched })
}

fn read(path: &Path) -> Result<Vec<u8>, CertificateError> {
    fs::read(path).map_err(|source| CertificateError::Unreadable { path: path.to_owned(), source })
}

fn sha256(certificate: &CertificateDer<'_>) -> [u8; 32] {
    Sha256::digest(certificate).into()
}

/// X.509 counts in seconds.
fn seconds(ms: u64) -> i64 {
    i64::try_from(ms / 1_000).unwrap_or(i64::MAX)
}
