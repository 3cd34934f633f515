//! What a session description must be before a link is made from it: one sha-256 fingerprint, everything bundled, one DTLS
//! role. Only these lines are read here; the connection's own parser reads the rest, and the hello binds the certificate
//! that the connection really met.

use crate::candidate::{CandidateVerdict, judge};
use crate::id::Fingerprint;
use crate::limits::{MAX_SDP, MAX_SDP_LINES};
use data_encoding::HEXLOWER_PERMISSIVE;
use thiserror::Error;

/// The DTLS role that a description takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Setup {
    /// Either: offers.
    ActPass,
    /// Client.
    Active,
    /// Server.
    Passive,
}

/// What a description says about the connection's security.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SdpFacts {
    /// The certificate.
    pub fingerprint: Fingerprint,
    /// The DTLS role.
    pub setup: Setup,
}

/// Why a description is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SdpError {
    /// Above the cap.
    #[error("the session description is too large")]
    TooLarge,
    /// Not a session description.
    #[error("not a session description")]
    Malformed,
    /// No certificate fingerprint.
    #[error("the session description has no fingerprint")]
    NoFingerprint,
    /// A fingerprint other than sha-256.
    #[error("the session description has a fingerprint that is not sha-256")]
    OtherHash,
    /// Two fingerprints that differ.
    #[error("the session description has several fingerprints")]
    SeveralFingerprints,
    /// A media section outside the bundle.
    #[error("the session description is not bundled")]
    NotBundled,
    /// No DTLS role, an unknown one, or two that differ.
    #[error("the session description has no single DTLS role")]
    Setup,
    /// An offer that takes no part in the role's choice, or an answer that makes none.
    #[error("the session description's DTLS role does not fit")]
    WrongSetup,
}

/// Checks an offer: its DTLS role is left to the answerer.
pub fn check_offer(sdp: &str) -> Result<SdpFacts, SdpError> {
    let facts = check(sdp)?;
    if facts.setup == Setup::ActPass { Ok(facts) } else { Err(SdpError::WrongSetup) }
}

/// Checks an answer: its DTLS role is decided.
pub fn check_answer(sdp: &str) -> Result<SdpFacts, SdpError> {
    let facts = check(sdp)?;
    if facts.setup == Setup::ActPass { Err(SdpError::WrongSetup) } else { Ok(facts) }
}

/// Checks what offers and answers have in common.
pub fn check(sdp: &str) -> Result<SdpFacts, SdpError> {
    if sdp.len() > MAX_SDP || sdp.lines().nth(MAX_SDP_LINES).is_some() {
        return Err(SdpError::TooLarge);
    }
    let mut lines = sdp.lines();
    if lines.next() != Some("v=0") || sdp.contains('\0') {
        return Err(SdpError::Malformed);
    }
    let mut seen = Seen::default();
    // A carriage return that is not a line's end would hide a line from one parser and show it to another.
    if lines.any(|line| line.contains('\r')) {
        return Err(SdpError::Malformed);
    }
    sdp.lines().try_for_each(|line| seen.line(line))?;
    seen.finish()
}

/// The description without candidates that are never used ([`judge`]). Line ends become CRLF.
#[must_use]
pub fn without_forbidden_candidates(sdp: &str, allow_loopback: bool) -> String {
    let keep = |line: &&str| !line.starts_with("a=candidate:") || judge(line, allow_loopback) == CandidateVerdict::Use;
    sdp.lines().filter(keep).flat_map(|line| [line, "\r\n"]).collect()
}

/// What was read so far.
#[derive(Default)]
struct Seen<'a> {
    fingerprint: Option<Fingerprint>,
    setup: Option<Setup>,
    bundled: Option<Vec<&'a str>>,
    /// For each media section: whether it is used, and its name.
    sections: Vec<(bool, Option<&'a str>)>,
}

impl<'a> Seen<'a> {
    fn line(&mut self, line: &'a str) -> Result<(), SdpError> {
        if let Some(media) = line.strip_prefix("m=") {
            let port = media.split(' ').nth(1).ok_or(SdpError::Malformed)?;
            self.sections.push((port != "0", None));
        } else if let Some(value) = attribute(line, "fingerprint") {
            self.fingerprint(value)?;
        } else if let Some(value) = attribute(line, "setup") {
            self.setup(value)?;
        } else if let Some(value) = attribute(line, "group") {
            if let Some(mids) = value.strip_prefix("BUNDLE") {
                // A second bundle is a second connection.
                if self.bundled.replace(mids.split_whitespace().collect()).is_some() {
                    return Err(SdpError::NotBundled);
                }
            }
        } else if let Some(value) = attribute(line, "mid") {
            let section = self.sections.last_mut().ok_or(SdpError::Malformed)?;
            if section.1.replace(value).is_some() {
                return Err(SdpError::Malformed);
            }
        } else if line == "a=bundle-only" {
            // Port 0 with this line is a used section, only without a transport of its own.
            self.sections.last_mut().ok_or(SdpError::Malformed)?.0 = true;
        }
        Ok(())
    }

    fn fingerprint(&mut self, value: &str) -> Result<(), SdpError> {
        let (hash, hex) = value.trim().split_once(' ').ok_or(SdpError::Malformed)?;
        if !hash.eq_ignore_ascii_case("sha-256") {
            return Err(SdpError::OtherHash);
        }
        let fingerprint = parse_fingerprint(hex).ok_or(SdpError::Malformed)?;
        match self.fingerprint.replace(fingerprint) {
            Some(other) if other != fingerprint => Err(SdpError::SeveralFingerprints),
            _ => Ok(()),
        }
    }

    fn setup(&mut self, value: &str) -> Result<(), SdpError> {
        let setup = match value.trim() {
            "actpass" => Setup::ActPass,
            "active" => Setup::Active,
            "passive" => Setup::Passive,
            _ => return Err(SdpError::Setup),
        };
        match self.setup.replace(setup) {
            Some(other) if other != setup => Err(SdpError::Setup),
            _ => Ok(()),
        }
    }

    fn finish(self) -> Result<SdpFacts, SdpError> {
        let bundled = self.bundled.ok_or(SdpError::NotBundled)?;
        let used: Vec<_> = self.sections.iter().filter(|(used, _)| *used).collect();
        let all_in = used.iter().all(|(_, mid)| mid.is_some_and(|mid| bundled.contains(&mid)));
        if used.is_empty() || !all_in {
            return Err(SdpError::NotBundled);
        }
        let fingerprint = self.fingerprint.ok_or(SdpError::NoFingerprint)?;
        Ok(SdpFacts { fingerprint, setup: self.setup.ok_or(SdpError::Setup)? })
    }
}

/// `AB:CD:…` of 32 bytes.
fn parse_fingerprint(text: &str) -> Option<Fingerprint> {
    let pairs: Vec<&str> = text.trim().split(':').collect();
    if pairs.len() != 32 || pairs.iter().any(|pair| pair.len() != 2) {
        return None;
    }
    let bytes = HEXLOWER_PERMISSIVE.decode(pairs.concat().as_bytes()).ok()?;
    bytes.try_into().map(Fingerprint).ok()
}

/// The value of `a=name:value`. Attribute names are compared without case, as lenient parsers do, so that a spelling of
/// ours is never blind to what theirs sees.
fn attribute<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let rest = line.strip_prefix("a=")?;
    let (found, value) = rest.split_once(':')?;
    found.trim().eq_ignore_ascii_case(name).then_some(value)
}
