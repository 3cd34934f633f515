//! Offers and answers, looked at before the WebRTC stack sees them.
//!
//! A description must name exactly one certificate, by SHA-256, for all its media, and one DTLS role; its candidates
//! pass the filter of [`crate::path::candidate`]. After the first description both are pinned: one that differs ends
//! the link, as nobody renegotiates a certificate in earnest.

use std::fmt::Write as _;

use str0m::media::MediaKind;

use crate::path::RemoteCandidate;

/// The largest description that is read. A browser's is about 7 KiB with three media.
const MAX_BYTES: usize = 64 * 1024;

/// The most candidates that are used of one description.
const MAX_CANDIDATES: usize = 32;

/// The most media descriptions.
const MAX_MEDIA: usize = 8;

/// A remote description that may be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Description {
    /// The text without the candidates that are not used.
    pub(super) text: String,
    pub(super) fingerprint: [u8; 32],
    pub(super) role: Role,
    pub(super) candidates: Vec<RemoteCandidate>,
    /// The audio and video lines, by kind and name.
    pub(super) media: Vec<(MediaKind, String)>,
}

/// Who begins the DTLS handshake, as a description says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Either,
    Active,
    Passive,
}

/// Why a description is not applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DescriptionError {
    /// Too long, or with too many media.
    #[error("the description is too large")]
    TooLarge,
    /// No certificate, several, or not by SHA-256.
    #[error("the description does not name exactly one certificate by SHA-256")]
    Fingerprint,
    /// No DTLS role, several, or one that doesn't fit.
    #[error("the description does not name one DTLS role")]
    Role,
    /// The WebRTC stack refused it.
    #[error("the description can't be used")]
    Unusable,
    /// It names another certificate or role than the first one did.
    #[error("the description names another certificate or role than before")]
    Changed,
}

impl Description {
    pub(super) fn parse(text: &str, allow_loopback: bool) -> Result<Description, DescriptionError> {
        if text.len() > MAX_BYTES {
            return Err(DescriptionError::TooLarge);
        }
        let mut kept = String::with_capacity(text.len() + 64);
        let (mut fingerprint, mut role, mut lines) = (None, None, 0);
        let (mut candidates, mut media) = (Vec::new(), Vec::new());
        let mut kind = None;
        for line in text.lines() {
            let line = line.trim_end();
            if let Some(value) = line.strip_prefix("m=") {
                lines += 1;
                kind = match value.split(' ').next() {
                    Some("audio") => Some(MediaKind::Audio),
                    Some("video") => Some(MediaKind::Video),
                    _ => None,
                };
            } else if let (Some(name), Some(kind)) = (line.strip_prefix("a=mid:"), kind) {
                media.push((kind, name.to_owned()));
            } else if let Some(value) = line.strip_prefix("a=fingerprint:") {
                let value = parse_fingerprint(value).ok_or(DescriptionError::Fingerprint)?;
                if *fingerprint.get_or_insert(value) != value {
                    return Err(DescriptionError::Fingerprint);
                }
            } else if let Some(value) = line.strip_prefix("a=setup:") {
                let value = match value {
                    "actpass" => Role::Either,
                    "active" => Role::Active,
                    "passive" => Role::Passive,
                    _ => return Err(DescriptionError::Role),
                };
                if *role.get_or_insert(value) != value {
                    return Err(DescriptionError::Role);
                }
            } else if line.starts_with("a=candidate:") {
                match RemoteCandidate::parse(line, allow_loopback) {
                    Ok(candidate) if candidates.len() < MAX_CANDIDATES => candidates.push(candidate),
                    _ => continue,
                }
            }
            let _ = write!(kept, "{line}\r\n");
        }
        if lines > MAX_MEDIA {
            return Err(DescriptionError::TooLarge);
        }
        Ok(Description {
            text: kept,
            fingerprint: fingerprint.ok_or(DescriptionError::Fingerprint)?,
            role: role.ok_or(DescriptionError::Role)?,
            candidates,
            media,
        })
    }
}

/// What the first remote description fixed for the link's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pinned {
    pub(super) fingerprint: [u8; 32],
    /// The other side's role in the DTLS handshake.
    role: Role,
}

impl Pinned {
    /// `description` is the other side's offer: this side answers passively if it may choose.
    pub(super) fn from_offer(description: &Description) -> Pinned {
        let role = if description.role == Role::Either { Role::Active } else { description.role };
        Pinned { fingerprint: description.fingerprint, role }
    }

    /// `description` is the other side's answer, which must name its role.
    pub(super) fn from_answer(description: &Description) -> Result<Pinned, DescriptionError> {
        if description.role == Role::Either {
            return Err(DescriptionError::Role);
        }
        Ok(Pinned { fingerprint: description.fingerprint, role: description.role })
    }

    /// Checks a later description. An offer may leave the role open.
    pub(super) fn check(&self, description: &Description, is_offer: bool) -> Result<(), DescriptionError> {
        let role_fits = description.role == self.role || is_offer && description.role == Role::Either;
        if description.fingerprint == self.fingerprint && role_fits { Ok(()) } else { Err(DescriptionError::Changed) }
    }
}

/// `sha-256 AB:CD:…` with 32 bytes.
fn parse_fingerprint(value: &str) -> Option<[u8; 32]> {
    let (hash, digits) = value.trim().split_once(' ')?;
    if !hash.eq_ignore_ascii_case("sha-256") {
        return None;
    }
    let mut bytes = [0; 32];
    let mut groups = digits.trim().split(':');
    for byte in &mut bytes {
        let group = groups.next().filter(|group| group.len() == 2 && group.bytes().all(|b| b.is_ascii_hexdigit()))?;
        *byte = u8::from_str_radix(group, 16).ok()?;
    }
    groups.next().is_none().then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(first: u8) -> String {
        let digits: Vec<String> = (0..32).map(|n| format!("{:02X}", if n == 0 { first } else { n })).collect();
        format!("a=fingerprint:sha-256 {}", digits.join(":"))
    }

    fn description(lines: &[&str]) -> Result<Description, DescriptionError> {
        Description::parse(&lines.join("\r\n"), false)
    }

    #[test]
    fn one_certificate_and_one_role_are_required() {
        let (one, other) = (fingerprint(1), fingerprint(2));
        let good = description(&["v=0", &one, "a=setup:actpass", "m=audio", &one, "a=setup:actpass"]).expect("good");
        assert_eq!((good.fingerprint[0], good.fingerprint[31], good.role), (1, 31, Role::Either));
        assert_eq!(description(&["v=0", "a=setup:active"]), Err(DescriptionError::Fingerprint));
        assert_eq!(description(&[&one, &other, "a=setup:active"]), Err(DescriptionError::Fingerprint));
        let sha1 = one.replace("sha-256", "sha-1");
        assert_eq!(description(&[&one, &sha1, "a=setup:active"]), Err(DescriptionError::Fingerprint));
        assert_eq!(description(&[&one]), Err(DescriptionError::Role));
        assert_eq!(description(&[&one, "a=setup:active", "a=setup:passive"]), Err(DescriptionError::Role));
        assert_eq!(description(&[&one, "a=setup:holdconn"]), Err(DescriptionError::Role));
        let short = &one[..one.len() - 3];
        assert_eq!(description(&[short, "a=setup:active"]), Err(DescriptionError::Fingerprint));
    }

    #[test]
    fn unusable_candidates_are_taken_out() {
        let one = fingerprint(1);
        let good = "a=candidate:1 1 udp 1 10.0.0.7 9999 typ host";
        let bad = "a=candidate:2 1 udp 1 127.0.0.1 9999 typ host";
        let name = "a=candidate:3 1 udp 1 5ba1a1a3.local 9999 typ host";
        let read = description(&[&one, "a=setup:active", good, bad, name]).expect("good");
        assert_eq!(read.candidates.len(), 1);
        assert!(read.text.contains("10.0.0.7"));
        assert!(!read.text.contains("127.0.0.1") && !read.text.contains(".local"));
    }

    #[test]
    fn a_changed_certificate_or_role_is_seen() {
        let (one, other) = (fingerprint(1), fingerprint(2));
        let first = description(&[&one, "a=setup:actpass"]).expect("good");
        let pinned = Pinned::from_offer(&first);
        assert_eq!(pinned.check(&first, true), Ok(()));
        let swapped = description(&[&other, "a=setup:actpass"]).expect("well-formed");
        assert_eq!(pinned.check(&swapped, true), Err(DescriptionError::Changed));
        let turned = description(&[&one, "a=setup:passive"]).expect("well-formed");
        assert_eq!(pinned.check(&turned, false), Err(DescriptionError::Changed));
        let same = description(&[&one, "a=setup:active"]).expect("well-formed");
        assert_eq!(pinned.check(&same, false), Ok(()));
    }

    #[test]
    fn enormous_descriptions_are_refused() {
        assert_eq!(Description::parse(&"v=0\n".repeat(20_000), false), Err(DescriptionError::TooLarge));
        let media: Vec<&str> = std::iter::repeat_n("m=audio 9", 9).collect();
        let one = fingerprint(1);
        let mut lines = vec![one.as_str(), "a=setup:active"];
        lines.extend(media);
        assert_eq!(description(&lines), Err(DescriptionError::TooLarge));
    }
}
