//! Judging a rendezvous' certificate: the system's authorities, a file, a pin, or the first one seen.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use data_encoding::HEXLOWER;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, RootCertStore, SignatureScheme};
use sha2::{Digest, Sha256};

use crate::error::StartError;
use crate::node::Trust;

/// SHA-256 of a certificate in DER.
pub(crate) type CertificateHash = [u8; 32];

/// What a policy made of the certificate that was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Vouched for, or as pinned.
    Believed,
    /// Nothing known about this host yet: believed, and to be pinned once it proves to be a rendezvous.
    FirstUse(CertificateHash),
    /// Another one than the pinned one.
    Changed(CertificateHash),
    /// Nothing vouches for it, and first use is not allowed.
    Unknown(CertificateHash),
}

/// The policy, ready to judge. Made once (it reads files), shared by all connections.
#[derive(Clone)]
pub(crate) struct Policy {
    provider: Arc<CryptoProvider>,
    rule: Rule,
}

#[derive(Clone)]
enum Rule {
    System { verifier: Option<Arc<dyn ServerCertVerifier>>, first_use: bool },
    File { certificates: Arc<[CertificateHash]>, verifier: Option<Arc<dyn ServerCertVerifier>> },
    Pinned(CertificateHash),
}

impl Policy {
    /// Reads what the policy needs. Blocking.
    pub(crate) fn load(trust: &Trust) -> Result<Self, StartError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let rule = match trust {
            Trust::FirstUse | Trust::System => {
                // A machine without a certificate store can still use pins.
                let verifier = rustls_platform_verifier::Verifier::new(provider.clone())
                    .map(|verifier| Arc::new(verifier) as Arc<dyn ServerCertVerifier>)
                    .inspect_err(|error| tracing::warn!(%error, "the system's certificate store can't be used"))
                    .ok();
                Rule::System { verifier, first_use: *trust == Trust::FirstUse }
            }
            Trust::CertificateFile(path) => {
                let unusable = || StartError::Certificate(path.clone());
                let certificates: Vec<CertificateDer<'static>> =
                    CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(|_| unusable())?;
                if certificates.is_empty() {
                    return Err(unusable());
                }
                let mut roots = RootCertStore::empty();
                roots.add_parsable_certificates(certificates.iter().cloned());
                let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), provider.clone())
                    .build()
                    .map(|verifier| verifier as Arc<dyn ServerCertVerifier>)
                    .ok();
                Rule::File { certificates: certificates.iter().map(|der| hash(der)).collect(), verifier }
            }
            Trust::Pinned(hash) => Rule::Pinned(*hash),
        };
        Ok(Self { provider, rule })
    }

    /// A judge for one connection to a host with this stored pin.
    pub(crate) fn judge(&self, pin: Option<CertificateHash>) -> Arc<Judge> {
        Arc::new(Judge { policy: self.clone(), pin, verdict: Mutex::default() })
    }

    /// The cryptography that TLS shall use.
    pub(crate) fn provider(&self) -> Arc<CryptoProvider> {
        self.provider.clone()
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Policy")
    }
}

/// Judges the certificate of one connection and remembers the verdict.
#[derive(Debug)]
pub(crate) struct Judge {
    policy: Policy,
    pin: Option<CertificateHash>,
    verdict: Mutex<Option<Verdict>>,
}

impl Judge {
    /// The verdict, once the certificate was seen.
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        *self.verdict.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn decide(&self, shown: CertificateHash, vouched: impl Fn(&dyn ServerCertVerifier) -> bool) -> Verdict {
        let vouched = |verifier: &Option<Arc<dyn ServerCertVerifier>>| verifier.as_deref().is_some_and(&vouched);
        match &self.policy.rule {
            Rule::Pinned(pin) if *pin == shown => Verdict::Believed,
            Rule::Pinned(_) => Verdict::Changed(shown),
            Rule::File { certificates, verifier } => {
                if certificates.contains(&shown) || vouched(verifier) {
                    Verdict::Believed
                } else {
                    Verdict::Unknown(shown)
                }
            }
            Rule::System { verifier, first_use } => match self.pin {
                Some(pin) if pin == shown => Verdict::Believed,
                _ if vouched(verifier) => Verdict::Believed,
                Some(_) => Verdict::Changed(shown),
                None if *first_use => Verdict::FirstUse(shown),
                None => Verdict::Unknown(shown),
            },
        }
    }
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verdict = self.decide(hash(end_entity), |verifier| {
            verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now).is_ok()
        });
        *self.verdict.lock().unwrap_or_else(PoisonError::into_inner) = Some(verdict);
        match verdict {
            Verdict::Believed | Verdict::FirstUse(_) => Ok(ServerCertVerified::assertion()),
            Verdict::Changed(_) | Verdict::Unknown(_) => Err(CertificateError::UnknownIssuer.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.policy.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.policy.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.policy.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The hash by which a certificate is pinned and shown.
pub(crate) fn hash(certificate: &[u8]) -> CertificateHash {
    Sha256::digest(certificate).into()
}

/// A hash from its hexadecimal form, colons and case ignored as people copy them.
pub(crate) fn parse_hash(text: &str) -> Option<CertificateHash> {
    let digits: String = text.chars().filter(|c| !matches!(c, ':' | ' ')).map(|c| c.to_ascii_lowercase()).collect();
    HEXLOWER.decode(digits.as_bytes()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(rule: Rule) -> Policy {
        Policy { provider: Arc::new(rustls::crypto::aws_lc_rs::default_provider()), rule }
    }

    /// A verifier is only asked for its opinion here, so any will do.
    fn some_verifier() -> Option<Arc<dyn ServerCertVerifier>> {
        Some(policy(Rule::Pinned([0; 32])).judge(None))
    }

    #[test]
    fn the_first_certificate_is_believed_and_another_one_later_is_not() {
        let first_use = policy(Rule::System { verifier: some_verifier(), first_use: true });
        let strict = policy(Rule::System { verifier: some_verifier(), first_use: false });
        let nobody = |_: &dyn ServerCertVerifier| false;
        assert_eq!(first_use.judge(None).decide([1; 32], nobody), Verdict::FirstUse([1; 32]));
        assert_eq!(first_use.judge(Some([1; 32])).decide([1; 32], nobody), Verdict::Believed);
        assert_eq!(first_use.judge(Some([1; 32])).decide([2; 32], nobody), Verdict::Changed([2; 32]));
        assert_eq!(first_use.judge(Some([1; 32])).decide([2; 32], |_| true), Verdict::Believed);
        assert_eq!(strict.judge(None).decide([1; 32], nobody), Verdict::Unknown([1; 32]));
        assert_eq!(strict.judge(Some([1; 32])).decide([1; 32], nobody), Verdict::Believed);
    }

    #[test]
    fn a_pin_or_a_file_leaves_no_choice() {
        let pinned = policy(Rule::Pinned([1; 32]));
        assert_eq!(pinned.judge(None).decide([2; 32], |_| true), Verdict::Changed([2; 32]));
        let file = policy(Rule::File { certificates: [[1; 32]].into(), verifier: some_verifier() });
        assert_eq!(file.judge(None).decide([1; 32], |_| false), Verdict::Believed);
        assert_eq!(file.judge(Some([2; 32])).decide([2; 32], |_| false), Verdict::Unknown([2; 32]));
    }

    #[test]
    fn hashes_are_read_as_people_copy_them() {
        let text = "AB:".repeat(31) + "AB";
        assert_eq!(parse_hash(&text), Some([0xab; 32]));
        assert_eq!(parse_hash("ab"), None);
    }
}
