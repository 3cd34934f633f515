//! What the person set, kept in the home as `app.json`. Name, language and rendezvous are also told to the node.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};

use crate::{i18n::Lang, stage::Fit, theme::Theme};

/// Settings of the app. Unknown fields of a newer version are ignored; missing ones take their defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Settings {
    /// Name that others see.
    pub name: String,
    /// Language; `None` follows the system.
    pub lang: Option<Lang>,
    /// Dark or light.
    pub theme: Theme,
    /// Addresses of the rendezvous, the one that links name first.
    pub rendezvous: Vec<String>,
    /// How far an unknown certificate is believed.
    pub trust: TrustSetting,
    /// States change at once instead of fading.
    pub reduced_motion: bool,
    /// How the picture fills the stage.
    pub fit: Fit,
}

/// How far an unknown certificate of the rendezvous is believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrustSetting {
    /// The certificate seen first is remembered.
    #[default]
    FirstUse,
    /// Only what this computer believes.
    System,
}

impl Settings {
    /// Reads the settings of a home; those that can't be read are the defaults.
    pub fn load(home: &Path) -> Self {
        match fs::read(home.join(FILE)) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|error| {
                tracing::warn!(%error, "settings are damaged and start anew");
                Self::default()
            }),
            Err(_) => Self::default(),
        }
    }

    /// Writes the settings: whole or not at all.
    pub fn store(&self, home: &Path) -> io::Result<()> {
        let bytes = serde_json::to_vec_pretty(self).map_err(io::Error::other)?;
        let new = home.join(format!("{FILE}.new"));
        fs::write(&new, bytes)?;
        fs::rename(new, home.join(FILE))
    }

    /// The language in force.
    pub fn lang(&self) -> Lang {
        self.lang.unwrap_or_else(Lang::of_environment)
    }
}

/// Checks an address as the person typed it and gives its tidy form: `https://host[:port]`.
pub fn tidy_address(typed: &str) -> Option<String> {
    let typed = typed.trim().trim_end_matches('/');
    let (scheme, rest) = match typed.split_once("://") {
        Some((scheme @ ("https" | "http"), rest)) => (scheme, rest),
        Some(_) => return None,
        None => ("https", typed),
    };
    let host = rest.rsplit_once(':').map_or(rest, |(host, port)| if port.parse::<u16>().is_ok() { host } else { rest });
    let bracketed = host.starts_with('[') && host.ends_with(']');
    let plain = |c: char| c.is_alphanumeric() || c == '.' || c == '-' || c == '_';
    let fine = !host.is_empty() && if bracketed { host.len() > 2 } else { host.chars().all(plain) };
    fine.then(|| format!("{scheme}://{rest}"))
}

const FILE: &str = "app.json";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_a_restart() {
        let home = tempfile::tempdir().unwrap();
        let settings =
            Settings { name: "Ana".into(), theme: Theme::Light, lang: Some(Lang::Es), ..Settings::default() };
        settings.store(home.path()).unwrap();
        assert_eq!(Settings::load(home.path()), settings);
    }

    #[test]
    fn damaged_or_partial_settings_fall_back() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join(FILE), b"{ not json").unwrap();
        assert_eq!(Settings::load(home.path()), Settings::default());
        fs::write(home.path().join(FILE), br#"{"name":"Ana","of-tomorrow":1}"#).unwrap();
        assert_eq!(Settings::load(home.path()).name, "Ana");
    }

    #[test]
    fn addresses_are_tidied() {
        assert_eq!(tidy_address(" help.example.org/ ").as_deref(), Some("https://help.example.org"));
        assert_eq!(tidy_address("https://10.0.0.5:8443").as_deref(), Some("https://10.0.0.5:8443"));
        assert_eq!(tidy_address("http://localhost:8443").as_deref(), Some("http://localhost:8443"));
        assert_eq!(tidy_address("https://[::1]:8443").as_deref(), Some("https://[::1]:8443"));
        assert_eq!(tidy_address("ftp://x"), None);
        assert_eq!(tidy_address("two words"), None);
        assert_eq!(tidy_address("https://"), None);
    }
}
