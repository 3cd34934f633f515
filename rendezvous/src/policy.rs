//! The organisation's policy: one versioned file of limits that the rendezvous keeps to and that app and page read at
//! `/v1/policy`.
//!
//! The file is TOML or JSON:
//!
//! ```toml
//! version = 3
//! [limits]
//! invite_days = 14
//! ```
//!
//! Where the organisation has a key, the policy is JSON and lies beside a file of the same name with `.sig` appended:
//! 64 bytes in hexadecimal, `Sig(organisation key, "policy", the file's bytes)`. Clients get those exact bytes and the
//! signature, so that a stolen rendezvous cannot loosen what the organisation decided.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use data_encoding::HEXLOWER_PERMISSIVE;
use serde::{Deserialize, Serialize};
use sightline_proto::limits::{DEFAULT_FILE_BYTES, MAX_POLICY};
use sightline_proto::sig::{self, Signature};
use thiserror::Error;

/// Label of the organisation's signature over the policy file.
pub const SIGNATURE_LABEL: &str = "policy";

/// What an organisation decides. Fields of later versions are passed on to clients unread.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// Rises with each change; a lower one is not taken while running.
    pub version: u32,
    /// Limits, each with a default.
    pub limits: PolicyLimits,
}

/// Limits that clients may know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicyLimits {
    /// Days an invite record is kept at most; its owner may put it again.
    pub invite_days: u32,
    /// Days a record and its waiting rooms are kept after the invite ended: what was written is still read and answered.
    pub keep_days: u32,
    /// Waiting rooms of one invite, whatever the invite's own quota says.
    pub waiting_slots: u32,
    /// Items of one side in one waiting room: a file is one for each 50 kB of it.
    pub waiting_items: u32,
    /// Bytes of one side in one waiting room: photos and a short video.
    pub waiting_bytes: u32,
    /// Bytes of one shared file, enforced by both ends of a link and before it is put into a mailbox.
    pub file_bytes: u64,
    /// Bytes that one member may have in a mailbox: its largest file, and as much again.
    pub mail_bytes_per_slot: u64,
    /// Items that one member may have in a mailbox.
    pub mail_items_per_slot: u32,
    /// Bytes in one mailbox.
    pub mail_bytes_per_box: u64,
    /// Days a mailbox item is kept, and a mailbox after its last item.
    pub mail_days: u32,
}

impl Default for PolicyLimits {
    fn default() -> Self {
        Self {
            invite_days: 90,
            keep_days: 7,
            waiting_slots: 64,
            waiting_items: 8_192,
            waiting_bytes: 128 * 1024 * 1024,
            file_bytes: DEFAULT_FILE_BYTES,
            mail_bytes_per_slot: 2 * 1024 * 1024 * 1024,
            mail_items_per_slot: 65_536,
            mail_bytes_per_box: 4 * 1024 * 1024 * 1024,
            mail_days: 30,
        }
    }
}

/// The policy in force and what `/v1/policy` answers.
#[derive(Debug, Clone)]
pub(crate) struct Published {
    /// Read form.
    pub(crate) policy: Policy,
    /// JSON answer.
    pub(crate) body: Bytes,
}

/// Why a policy file is not taken.
#[derive(Debug, Error)]
pub enum PolicyError {
    /// The file or its signature cannot be read.
    #[error("the policy file {path} cannot be read: {source}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Neither TOML nor JSON of the right shape.
    #[error("the policy file {path} is not valid: {reason}")]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        reason: String,
    },
    /// The organisation's key is configured, but there is no signature in its form.
    #[error("the policy signature {0} is not 128 hexadecimal digits")]
    BadSignatureFile(PathBuf),
    /// The signature is not the organisation's over this file.
    #[error("the policy file {0} is not signed by the organisation's key")]
    WrongSignature(PathBuf),
    /// An older version than the one in force.
    #[error("the policy file has version {found}, older than version {current} in force")]
    Older {
        /// In the file.
        found: u32,
        /// In force.
        current: u32,
    },
}

impl Published {
    /// The policy of an organisation that has written none.
    pub(crate) fn unwritten() -> Self {
        let policy = Policy::default();
        let text = serde_json::to_string(&policy).unwrap_or_default();
        Self { body: answer(&text, None), policy }
    }

    /// Reads and checks the file.
    pub(crate) fn from_file(path: &Path, organisation: Option<&[u8; 32]>) -> Result<Self, PolicyError> {
        let text = read(path)?;
        // Escaped into the answer it may grow, hardly to twice its size.
        if text.len() > MAX_POLICY / 2 {
            return Err(invalid(path, "it is larger than clients take"));
        }
        match organisation {
            Some(key) => {
                let signature = read_signature(path)?;
                sig::verify(key, SIGNATURE_LABEL, text.as_bytes(), &signature)
                    .map_err(|_| PolicyError::WrongSignature(path.to_owned()))?;
                let policy = parse_json(path, &text)?;
                Ok(Self { policy, body: answer(&text, Some((key, &signature))) })
            }
            None => {
                let policy = if path.extension().is_some_and(|end| end == "toml") {
                    toml::from_str(&text).map_err(|error| invalid(path, error.message()))?
                } else {
                    parse_json(path, &text)?
                };
                let text = serde_json::to_string(&policy).map_err(|error| invalid(path, &error.to_string()))?;
                Ok(Self { policy, body: answer(&text, None) })
            }
        }
    }

    /// Reads the file again; a policy older than this one is not taken.
    pub(crate) fn reload(&self, path: &Path, organisation: Option<&[u8; 32]>) -> Result<Self, PolicyError> {
        let new = Self::from_file(path, organisation)?;
        if new.policy.version < self.policy.version {
            return Err(PolicyError::Older { found: new.policy.version, current: self.policy.version });
        }
        Ok(new)
    }
}

/// The answer to `GET /v1/policy`: the policy as text, so that its signature covers exactly what the client parses.
#[derive(Serialize)]
struct Answer<'a> {
    v: u8,
    policy: &'a str,
    key: Option<String>,
    signature: Option<String>,
}

fn answer(text: &str, signed: Option<(&[u8; 32], &Signature)>) -> Bytes {
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    let key = signed.map(|(key, _)| hex(key));
    let signature = signed.map(|(_, signature)| hex(&signature.0));
    serde_json::to_vec(&Answer { v: 1, policy: text, key, signature }).unwrap_or_default().into()
}

fn parse_json(path: &Path, text: &str) -> Result<Policy, PolicyError> {
    serde_json::from_str(text).map_err(|error| invalid(path, &error.to_string()))
}

fn invalid(path: &Path, reason: &str) -> PolicyError {
    PolicyError::Invalid { path: path.to_owned(), reason: reason.to_owned() }
}

fn read(path: &Path) -> Result<String, PolicyError> {
    fs::read_to_string(path).map_err(|source| PolicyError::Unreadable { path: path.to_owned(), source })
}

fn read_signature(policy: &Path) -> Result<Signature, PolicyError> {
    let mut name = policy.as_os_str().to_owned();
    name.push(".sig");
    let path = PathBuf::from(name);
    let text = read(&path)?;
    let bytes = HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).ok();
    let signature = bytes.and_then(|bytes| <[u8; 64]>::try_from(bytes).ok()).map(Signature);
    signature.ok_or(PolicyError::BadSignatureFile(path))
}

#[cfg(test)]
mod tests {
    use sightline_proto::keys::{PeerKey, Secret};

    use super::*;

    fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        path
    }

    #[test]
    fn toml_and_json_say_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let toml = write(folder.path(), "policy.toml", "version = 3\n[limits]\ninvite_days = 14\n");
        let json = write(folder.path(), "policy.json", r#"{"version":3,"limits":{"invite_days":14},"later":{}}"#);
        let (toml, json) = (Published::from_file(&toml, None).unwrap(), Published::from_file(&json, None).unwrap());
        assert_eq!(toml.policy, json.policy);
        assert_eq!((toml.policy.version, toml.policy.limits.invite_days), (3, 14));
        assert_eq!(toml.policy.limits.keep_days, PolicyLimits::default().keep_days);
    }

    #[test]
    fn a_signed_policy_is_passed_on_byte_for_byte() {
        let folder = tempfile::tempdir().unwrap();
        let key = PeerKey::from_seed(&Secret::new([7; 32]));
        let text = "{\"version\": 2,\n \"limits\": {}, \"later\": true}";
        let path = write(folder.path(), "policy.json", text);
        let signature = key.sign(SIGNATURE_LABEL, text.as_bytes());
        write(folder.path(), "policy.json.sig", &data_encoding::HEXLOWER.encode(&signature.0));
        let public = *key.public().as_bytes();
        let published = Published::from_file(&path, Some(&public)).unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&published.body).unwrap();
        assert_eq!(answer["policy"], text);
        assert_eq!(answer["key"], key.public().to_string());

        write(folder.path(), "policy.json", &text.replace('2', "3"));
        let refused = Published::from_file(&path, Some(&public)).unwrap_err();
        assert!(matches!(refused, PolicyError::WrongSignature(_)), "{refused}");
        write(folder.path(), "policy.json.sig", "beef");
        let refused = Published::from_file(&path, Some(&public)).unwrap_err();
        assert!(matches!(refused, PolicyError::BadSignatureFile(_)), "{refused}");
    }

    #[test]
    fn versions_do_not_go_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = write(folder.path(), "policy.toml", "version = 3");
        let current = Published::from_file(&path, None).unwrap();
        write(folder.path(), "policy.toml", "version = 2");
        assert!(matches!(current.reload(&path, None), Err(PolicyError::Older { found: 2, current: 3 })));
        write(folder.path(), "policy.toml", "version = ");
        assert!(matches!(current.reload(&path, None), Err(PolicyError::Invalid { .. })));
    }
}
