//! What the person chose, and which certificates are believed: a small JSON file.
//!
//! A damaged settings file is set aside, not fatal: nothing in it is secret or irreplaceable. The pins are lost with it,
//! so the next certificate of each rendezvous is a first use again.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::home::write_whole;
use crate::switchboard::trust::{CertificateHash, parse_hash};

/// The stored settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    /// Own display name.
    pub(crate) name: String,
    /// Own language tag.
    pub(crate) lang: String,
    /// Rendezvous addresses.
    pub(crate) rendezvous: Vec<String>,
    /// SHA-256 (lowercase hex) of the believed certificate of each rendezvous that no authority vouches for.
    pub(crate) pins: BTreeMap<String, String>,
    /// How many bytes files and pictures may take on this device; `null` is as many as the disk has.
    pub(crate) blob_bytes: Option<u64>,
}

impl Settings {
    /// Reads the file; a missing one gives the defaults. Blocking.
    pub(crate) fn load(path: &Path) -> io::Result<Self> {
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error),
        };
        match serde_json::from_slice(&text) {
            Ok(settings) => Ok(settings),
            Err(_) => {
                tracing::warn!("the settings file is damaged: set aside, starting with defaults");
                std::fs::rename(path, path.with_extension("json.damaged"))?;
                Ok(Self::default())
            }
        }
    }

    /// Writes the file. Blocking.
    pub(crate) fn save(&self, path: &Path) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(self).map_err(io::Error::other)?;
        write_whole(path, &text)
    }
}

/// The settings of a running node and their file. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct SettingsFile {
    path: Arc<Path>,
    settings: Arc<Mutex<Settings>>,
    /// Keeps two writers from overtaking each other.
    saving: Arc<tokio::sync::Mutex<()>>,
}

impl SettingsFile {
    /// Settings that are written to `path` on each change.
    pub(crate) fn new(path: &Path, settings: Settings) -> Self {
        Self { path: path.into(), settings: Arc::new(Mutex::new(settings)), saving: Arc::default() }
    }

    /// The settings now.
    pub(crate) fn current(&self) -> Settings {
        self.lock().clone()
    }

    /// Changes and saves. The change holds for this run even if it can't be saved.
    pub(crate) async fn update(&self, change: impl FnOnce(&mut Settings)) -> io::Result<()> {
        let _turn = self.saving.lock().await;
        let settings = {
            let mut settings = self.lock();
            change(&mut settings);
            settings.clone()
        };
        let path = self.path.clone();
        tokio::task::spawn_blocking(move || settings.save(&path)).await.map_err(io::Error::other)?
    }

    /// The believed certificate of a host.
    pub(crate) fn pin(&self, host: &str) -> Option<CertificateHash> {
        self.lock().pins.get(host).and_then(|text| parse_hash(text))
    }

    /// Pins a certificate that was believed on first use.
    pub(crate) async fn believe(&self, host: &str, sha256: &str) {
        let saved = self.update(|settings| {
            settings.pins.insert(host.to_owned(), sha256.to_owned());
        });
        if saved.await.is_err() {
            tracing::warn!("a believed certificate can't be stored: the next start believes anew");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Settings> {
        // A panic in between can't leave settings half changed that matter.
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back_and_a_damaged_file_is_set_aside() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("settings.json");
        assert_eq!(Settings::load(&path).expect("missing is fine"), Settings::default());
        let settings = Settings { name: "Ana Ñ".into(), ..Settings::default() };
        settings.save(&path).expect("saved");
        assert_eq!(Settings::load(&path).expect("read"), settings);
        std::fs::write(&path, b"{\"name\":").expect("cut");
        assert_eq!(Settings::load(&path).expect("defaults"), Settings::default());
        assert!(folder.path().join("settings.json.damaged").exists());
    }
}
