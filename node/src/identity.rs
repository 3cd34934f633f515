//! Who this device is: its peer key, in one small file that only the owner can read.
//!
//! ```text
//! sightline/1 identity
//! BASE32(seed ‖ first four bytes of SHA-256(seed))
//! ```
//!
//! The file is made once and never replaced: a damaged one stops the start, because a new key would be a new person to
//! everybody else, without a word.

use std::io;
use std::path::Path;

use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};
use sightline_proto::keys::{PeerKey, Secret};
use zeroize::Zeroizing;

use crate::error::StartError;
use crate::store::home::write_whole;

const HEAD: &str = "sightline/1 identity";

/// Reads the peer key, or makes one on the first start. Blocking.
pub(crate) fn load_or_make(path: &Path) -> Result<PeerKey, StartError> {
    let home_error = |source| StartError::Home { path: path.to_owned(), source };
    match std::fs::read_to_string(path).map(Zeroizing::new) {
        Ok(text) => parse(&text).ok_or(StartError::IdentityDamaged),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = PeerKey::generate(&mut crate::runtime::rng());
            write_whole(path, render(&key).as_bytes()).map_err(home_error)?;
            Ok(key)
        }
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(StartError::IdentityDamaged),
        Err(error) => Err(home_error(error)),
    }
}

fn parse(text: &str) -> Option<PeerKey> {
    let (head, body) = text.trim_end().split_once('\n')?;
    if head != HEAD {
        return None;
    }
    let bytes = Zeroizing::new(BASE32_NOPAD.decode(body.as_bytes()).ok()?);
    let (seed, check) = bytes.split_at_checked(32)?;
    if check != &Sha256::digest(seed)[..4] {
        return None;
    }
    Some(PeerKey::from_seed(&Secret::new(seed.try_into().ok()?)))
}

fn render(key: &PeerKey) -> Zeroizing<String> {
    let seed = key.seed();
    let bytes = Zeroizing::new([&seed.expose()[..], &Sha256::digest(seed.expose())[..4]].concat());
    let body = Zeroizing::new(BASE32_NOPAD.encode(&bytes));
    Zeroizing::new(format!("{HEAD}\n{}\n", *body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_device_is_the_same_peer_and_damage_is_not_papered_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("identity");
        let made = load_or_make(&path).expect("made").public();
        assert_eq!(load_or_make(&path).expect("read").public(), made);
        let good = std::fs::read_to_string(&path).expect("text");
        for bad in [good.replacen('/', "!", 1), good[..30].to_owned(), String::new(), good.replace('\n', "")] {
            std::fs::write(&path, &bad).expect("written");
            assert!(matches!(load_or_make(&path), Err(StartError::IdentityDamaged)));
        }
    }
}
