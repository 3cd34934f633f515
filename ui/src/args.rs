//! The command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use sightline_node::media::Codec;

use crate::{i18n::Lang, theme::Theme};

/// Sightline: see what they see, and help.
#[derive(Clone, Debug, Parser)]
#[command(name = "sightline", version, about, long_about = None, max_term_width = 100)]
pub struct Args {
    /// Run without a window: JSON lines on standard input and output
    #[arg(long, conflicts_with = "control")]
    pub headless: bool,
    /// Open the window and take JSON lines as well
    #[arg(long)]
    pub control: bool,
    /// Folder of this app's identity, sessions and settings
    #[arg(long, value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// Address of a rendezvous, such as `https://help.example.org`; links name the first
    #[arg(long, value_name = "URL")]
    pub rendezvous: Vec<String>,
    /// Believe only the certificates in this PEM file
    #[arg(long, value_name = "FILE")]
    pub trust_certificate: Option<PathBuf>,
    /// Your name as others see it
    #[arg(long)]
    pub name: Option<String>,
    /// Language of the app
    #[arg(long, value_enum)]
    pub lang: Option<Lang>,
    /// Video codecs to offer, best first: vp8, vp9, h264
    #[arg(long, value_name = "CODEC")]
    pub codec: Vec<Codec>,
    /// Let links use addresses of this machine alone: for trying things out
    #[arg(long)]
    pub allow_loopback: bool,
    /// Begin a session with this title
    #[arg(long, value_name = "TITLE")]
    pub new_session: Option<String>,
    /// Dark or light
    #[arg(long, value_enum)]
    pub theme: Option<Theme>,
    /// What is written to standard error: error, warn, info, debug, or a filter such as sightline_node=debug
    #[arg(long, value_name = "LEVEL", default_value = "warn")]
    pub log: String,
}

impl ValueEnum for Lang {
    fn value_variants<'a>() -> &'a [Self] {
        &Lang::ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.tag()))
    }
}

impl ValueEnum for Theme {
    fn value_variants<'a>() -> &'a [Self] {
        &[Theme::Dark, Theme::Light]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(match self {
            Theme::Dark => "dark",
            Theme::Light => "light",
        }))
    }
}

/// The folder used without `--home`: where this system keeps programs' own data.
pub fn default_home() -> Option<PathBuf> {
    let var = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if cfg!(windows) {
        var("APPDATA").map(|folder| folder.join("Sightline"))
    } else if cfg!(target_os = "macos") {
        var("HOME").map(|folder| folder.join("Library/Application Support/Sightline"))
    } else {
        var("XDG_DATA_HOME")
            .filter(|folder| folder.is_absolute())
            .or_else(|| var("HOME").map(|folder| folder.join(".local/share")))
            .map(|folder| folder.join("sightline"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn everything_can_be_given() {
        let args = Args::parse_from([
            "sightline",
            "--control",
            "--home",
            "/tmp/h",
            "--rendezvous",
            "https://a",
            "--rendezvous",
            "https://b",
            "--trust-certificate",
            "/c.pem",
            "--name",
            "Ana",
            "--lang",
            "es",
            "--codec",
            "vp9",
            "--codec",
            "h264",
            "--allow-loopback",
            "--new-session",
            "Pump",
            "--theme",
            "light",
        ]);
        assert_eq!(args.rendezvous.len(), 2);
        assert_eq!(args.codec, [Codec::Vp9, Codec::H264]);
        assert_eq!((args.lang, args.theme), (Some(Lang::Es), Some(Theme::Light)));
    }

    #[test]
    fn wrong_arguments_are_refused_with_a_sentence() {
        for wrong in [&["--codec", "mpeg1"][..], &["--lang", "xx"], &["--headless", "--control"], &["--fly"]] {
            let error = Args::try_parse_from(["sightline"].iter().chain(wrong)).unwrap_err();
            assert!(error.to_string().len() > 20, "{error}");
        }
    }
}
