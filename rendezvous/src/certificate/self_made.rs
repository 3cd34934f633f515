//! A certificate made by the rendezvous: P-256, valid for a year, naming every way to reach this machine.
//!
//! `key.pem` is made once and kept, `cert.pem` is renewed when it runs out, when the machine gets an address that it
//! does not name, or when a name is added. So whoever pinned the key still knows it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, SanType, SerialNumber,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use time::OffsetDateTime;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use super::{CertificateError, seconds};
use crate::random::random;

/// Browsers refuse certificates valid for longer than 398 days; a day less on each side absorbs wrong clocks.
const VALID: Duration = Duration::from_secs(396 * 24 * 3_600);

/// The first day of validity lies before the making, for clients whose clock is behind.
const BACKDATED: Duration = Duration::from_secs(24 * 3_600);

/// Renewed when less than this is left.
const RENEW_BEFORE: Duration = Duration::from_secs(30 * 24 * 3_600);

/// The key and the certificate for now.
pub(crate) struct SelfMade {
    key: KeyPair,
    certificate: CertificateDer<'static>,
    path: PathBuf,
    names: Vec<String>,
    fresh: bool,
}

impl SelfMade {
    /// Loads what is in the data folder, making what is missing, unreadable as PEM, or no longer fit.
    pub(crate) fn load_or_make(
        data: &Path,
        names: &[String],
        addresses: &[IpAddr],
        now_ms: u64,
    ) -> Result<Self, CertificateError> {
        let (key_path, path) = (data.join("key.pem"), data.join("cert.pem"));
        let key = load_or_make_key(&key_path)?;
        let wanted = Wanted::new(names, addresses);
        let kept = fs::read(&path).ok().and_then(|pem| CertificateDer::from_pem_slice(&pem).ok());
        let names = names.to_vec();
        if let Some(certificate) = kept
            && wanted.met_by(&certificate, &key, now_ms)
        {
            return Ok(Self { key, certificate, path, names, fresh: false });
        }
        let certificate = make(&key, &wanted, now_ms, &path)?;
        Ok(Self { key, certificate, path, names, fresh: true })
    }

    /// Makes a new certificate under the same key if the one in use no longer fits. Returns whether it did.
    pub(crate) fn renew_if_needed(&mut self, addresses: &[IpAddr], now_ms: u64) -> Result<bool, CertificateError> {
        let wanted = Wanted::new(&self.names, addresses);
        if wanted.met_by(&self.certificate, &self.key, now_ms) {
            return Ok(false);
        }
        self.certificate = make(&self.key, &wanted, now_ms, &self.path)?;
        Ok(true)
    }

    /// Whether it was made just now.
    pub(crate) fn is_fresh(&self) -> bool {
        self.fresh
    }

    pub(super) fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    pub(super) fn certificate_path(&self) -> &Path {
        &self.path
    }

    pub(super) fn key_der(&self) -> Vec<u8> {
        self.key.serialize_der()
    }
}

/// What the certificate must name.
struct Wanted {
    dns: Vec<String>,
    addresses: Vec<IpAddr>,
}

impl Wanted {
    fn new(names: &[String], addresses: &[IpAddr]) -> Self {
        let mut wanted = Self {
            dns: vec!["localhost".to_owned()],
            addresses: vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
        };
        for name in names {
            match name.parse() {
                Ok(ip) => wanted.addresses.push(ip),
                Err(_) => wanted.dns.push(name.clone()),
            }
        }
        wanted.addresses.extend(addresses);
        wanted.dns.sort_unstable();
        wanted.dns.dedup();
        wanted.addresses.sort_unstable();
        wanted.addresses.dedup();
        wanted
    }

    fn met_by(&self, certificate: &CertificateDer<'_>, key: &KeyPair, now_ms: u64) -> bool {
        let Ok((_, parsed)) = X509Certificate::from_der(certificate) else { return false };
        let left = parsed.validity().not_after.timestamp().saturating_sub(seconds(now_ms));
        let renew_before = i64::try_from(RENEW_BEFORE.as_secs()).unwrap_or(i64::MAX);
        let own_key = parsed.public_key().subject_public_key.data.as_ref() == key.public_key_raw();
        let Ok(Some(alternatives)) = parsed.subject_alternative_name() else { return false };
        let named = |wanted: &GeneralName<'_>| alternatives.value.general_names.contains(wanted);
        let names_ip = |ip: &IpAddr| match ip {
            IpAddr::V4(v4) => named(&GeneralName::IPAddress(&v4.octets())),
            IpAddr::V6(v6) => named(&GeneralName::IPAddress(&v6.octets())),
        };
        left > renew_before
            && own_key
            && self.dns.iter().all(|name| named(&GeneralName::DNSName(name)))
            && self.addresses.iter().all(names_ip)
    }
}

fn make(key: &KeyPair, wanted: &Wanted, now_ms: u64, path: &Path) -> Result<CertificateDer<'static>, CertificateError> {
    let unusable = |error: rcgen::Error| CertificateError::Unusable {
        path: path.to_owned(),
        reason: format!("making it failed: {error}"),
    };
    let mut params = CertificateParams::new(wanted.dns.clone()).map_err(unusable)?;
    params.subject_alt_names.extend(wanted.addresses.iter().copied().map(SanType::IpAddress));
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Sightline rendezvous");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // Browsers refuse a second certificate of one issuer under the same serial number. The top bit stays clear because
    // a serial number is a positive integer.
    let mut serial: [u8; 16] = random();
    serial[0] = serial[0] & 0x7f | 0x40;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    let now = OffsetDateTime::from_unix_timestamp(seconds(now_ms)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    params.not_before = now - BACKDATED;
    params.not_after = now + VALID;
    let certificate = params.self_signed(key).map_err(unusable)?;
    write_whole(path, certificate.pem().as_bytes(), 0o644)
        .map_err(|source| CertificateError::Unwritable { path: path.to_owned(), source })?;
    Ok(certificate.der().clone())
}

fn load_or_make_key(path: &Path) -> Result<KeyPair, CertificateError> {
    match fs::read_to_string(path) {
        Ok(pem) => KeyPair::from_pem(&pem).map_err(|error| CertificateError::Unusable {
            path: path.to_owned(),
            reason: format!("{error}; move it away to have a new one made"),
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|error| CertificateError::Unusable {
                path: path.to_owned(),
                reason: format!("making it failed: {error}"),
            })?;
            write_whole(path, key.serialize_pem().as_bytes(), 0o600)
                .map_err(|source| CertificateError::Unwritable { path: path.to_owned(), source })?;
            Ok(key)
        }
        Err(source) => Err(CertificateError::Unreadable { path: path.to_owned(), source }),
    }
}

/// Writes a file beside its place and moves it there, so that a crash leaves the old one or the new one.
fn write_whole(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let beside = path.with_extension("pem.new");
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let mut file = options.open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000_000;
    const DAY: u64 = 24 * 3_600_000;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn it_names_everything_and_lasts_at_most_398_days() {
        let data = tempfile::tempdir().unwrap();
        let names = ["help.example.org".to_owned(), "192.0.2.9".to_owned()];
        let made = SelfMade::load_or_make(data.path(), &names, &[address("192.0.2.7")], NOW).unwrap();
        let (_, parsed) = X509Certificate::from_der(made.certificate()).unwrap();
        let days = (parsed.validity().not_after.timestamp() - parsed.validity().not_before.timestamp()) / 86_400;
        assert!((390..=398).contains(&days), "{days}");
        assert!(!parsed.is_ca());
        let wanted = Wanted::new(&names, &[address("192.0.2.7")]);
        assert!(wanted.met_by(made.certificate(), &made.key, NOW));
        assert_eq!(wanted.addresses.len(), 4);
    }

    #[test]
    fn it_is_kept_until_it_runs_out_or_an_address_comes() {
        let data = tempfile::tempdir().unwrap();
        let load = |addresses: &[IpAddr], now| SelfMade::load_or_make(data.path(), &[], addresses, now).unwrap();
        let first = load(&[address("192.0.2.7")], NOW);
        assert!(first.is_fresh());
        let again = load(&[], NOW + 300 * DAY);
        assert!(!again.is_fresh() && again.certificate == first.certificate);
        let mut moved = load(&[address("192.0.2.8")], NOW);
        assert!(moved.is_fresh() && moved.certificate != first.certificate);
        assert_eq!(moved.key.public_key_raw(), first.key.public_key_raw());
        assert!(!moved.renew_if_needed(&[address("192.0.2.8")], NOW + 300 * DAY).unwrap());
        assert!(moved.renew_if_needed(&[address("192.0.2.8")], NOW + 380 * DAY).unwrap());
    }

    #[cfg(unix)]
    #[test]
    fn the_key_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let data = tempfile::tempdir().unwrap();
        SelfMade::load_or_make(data.path(), &[], &[], NOW).unwrap();
        let mode = fs::metadata(data.path().join("key.pem")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
