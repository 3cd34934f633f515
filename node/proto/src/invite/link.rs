//! The link: `https://HOST[:PORT]/#` and 22 characters. What is after `#` never reaches a server.

use crate::id::PeerId;
use crate::keys::Secret;
use crate::limits::MAX_LINK;
use crate::switchboard::{HostError, authority, host_name, is_this_machine};
use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;
use thiserror::Error;

/// Characters that 128 bits take in base64url; the last one has four spare bits, which are zero.
const CHARACTERS: usize = 22;

/// The 128 bits of an invite: `SHA-256("sightline/1 link\0" ‖ expert's key ‖ salt)`, cut to 16 bytes.
pub type LinkSecret = Secret<16>;

impl LinkSecret {
    /// The link of an expert's key and a random salt.
    #[must_use]
    pub fn commit(expert: &PeerId, salt: &[u8; 32]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"sightline/1 link\0");
        hash.update(expert.0);
        hash.update(salt);
        let mut bits = [0; 16];
        bits.copy_from_slice(&hash.finalize()[..16]);
        Self::new(bits)
    }

    /// Whether this link was made for that expert's key.
    #[must_use]
    pub fn commits_to(&self, expert: &PeerId, salt: &[u8; 32]) -> bool {
        Self::commit(expert, salt).expose().ct_eq(self.expose()).into()
    }
}

/// Why a text is not an invite link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LinkError {
    /// Nothing like a link.
    #[error("not an invite link")]
    NotALink,
    /// `http://` to another machine.
    #[error("the link does not begin with https://")]
    NotSecure,
    /// Fewer than 22 characters after `#`.
    #[error("the link is cut short")]
    CutShort,
    /// More than 22 characters after `#`.
    #[error("the link has too many characters")]
    TooLong,
    /// 22 characters that no link has.
    #[error("the link is damaged")]
    Damaged,
}

/// An invite link.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    origin: String,
    secret: LinkSecret,
}

impl Link {
    /// The link of an origin (`https://HOST[:PORT]`, `http` for this machine only).
    pub fn new(origin: &str, secret: LinkSecret) -> Result<Self, LinkError> {
        let host = authority(origin).map_err(|error| match error {
            HostError::NotSecure => LinkError::NotSecure,
            HostError::NoHost => LinkError::NotALink,
        })?;
        let scheme = if origin.get(..8).is_some_and(|s| s.eq_ignore_ascii_case("https://")) { "https" } else { "http" };
        Ok(Self { origin: format!("{scheme}://{host}"), secret })
    }

    /// Reads a link as pasted: white space around it is forgiven, nothing else.
    pub fn parse(text: &str) -> Result<Self, LinkError> {
        let text = text.trim();
        if text.len() > MAX_LINK {
            return Err(LinkError::TooLong);
        }
        let (address, fragment) = text.split_once('#').ok_or(LinkError::NotALink)?;
        let origin = address.strip_suffix('/').unwrap_or(address);
        if origin.split_once("://").is_none_or(|(_, rest)| rest.contains(['/', '?'])) {
            return Err(LinkError::NotALink);
        }
        let secret = decode(fragment)?;
        Self::new(origin, secret)
    }

    /// `https://HOST[:PORT]`, lowercase.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether it leads to this machine only.
    #[must_use]
    pub fn is_local(&self) -> bool {
        authority(&self.origin).is_ok_and(|host| is_this_machine(host_name(&host)))
    }

    /// The 128 bits.
    #[must_use]
    pub fn secret(&self) -> &LinkSecret {
        &self.secret
    }

    /// The whole link, to be given to the person who is invited and to nobody else.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}/#{}", self.origin, BASE64URL_NOPAD.encode(self.secret.expose()))
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({}/#…)", self.origin)
    }
}

fn decode(fragment: &str) -> Result<LinkSecret, LinkError> {
    match fragment.chars().count() {
        ..CHARACTERS => return Err(LinkError::CutShort),
        CHARACTERS => {}
        _ => return Err(LinkError::TooLong),
    }
    let bits = BASE64URL_NOPAD.decode(fragment.as_bytes()).map_err(|_| LinkError::Damaged)?;
    bits.try_into().map(LinkSecret::new).map_err(|_| LinkError::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_round_trips_and_hides_in_debug() {
        let link = Link::new("https://Help.example:443", LinkSecret::new([0xfb; 16])).unwrap();
        assert_eq!(link.url(), "https://help.example/#-_v7-_v7-_v7-_v7-_v7-w");
        assert_eq!(Link::parse(&format!("  {}\n", link.url())), Ok(link.clone()));
        assert_eq!(format!("{link:?}"), "Link(https://help.example/#…)");
    }

    #[test]
    fn every_wrong_link_has_its_own_reason() {
        let good = "https://h/#-_v7-_v7-_v7-_v7-_v7-w";
        assert!(Link::parse(good).is_ok());
        assert!(Link::parse("http://localhost:8443/#-_v7-_v7-_v7-_v7-_v7-w").is_ok_and(|link| link.is_local()));
        for (text, error) in [
            ("", LinkError::NotALink),
            ("hello", LinkError::NotALink),
            ("https://h/", LinkError::NotALink),
            ("https://h/x#-_v7-_v7-_v7-_v7-_v7-w", LinkError::NotALink),
            ("https://u@h/#-_v7-_v7-_v7-_v7-_v7-w", LinkError::NotALink),
            ("http://h/#-_v7-_v7-_v7-_v7-_v7-w", LinkError::NotSecure),
            ("ftp://h/#-_v7-_v7-_v7-_v7-_v7-w", LinkError::NotSecure),
            (&good[..good.len() - 1], LinkError::CutShort),
            ("https://h/#", LinkError::CutShort),
            ("https://h/#-_v7-_v7-_v7-_v7-_v7-w.", LinkError::TooLong),
            ("https://h/#-_v7-_v7-_v7-_v7-_v7-x", LinkError::Damaged),
            ("https://h/#-_v7-_v7-_v7 _v7-_v7-w", LinkError::Damaged),
            ("https://h/#-_v7-_v7-_v7é_v7-_v7-w", LinkError::Damaged),
        ] {
            assert_eq!(Link::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn the_link_commits_to_the_expert() {
        let (expert, other) = (PeerId([1; 32]), PeerId([2; 32]));
        let link = LinkSecret::commit(&expert, &[9; 32]);
        assert!(link.commits_to(&expert, &[9; 32]));
        assert!(!link.commits_to(&other, &[9; 32]));
        assert!(!link.commits_to(&expert, &[8; 32]));
    }
}
