//! What needs the person's attention: what happened, what to do, and a button that does it.

use std::{collections::BTreeSet, path::Path};

use sightline_node::view::{NodeView, OfflineReason, Problem, RendezvousState, SessionState, SessionView};

use crate::{
    command::Command,
    i18n::{Arg, Catalog},
    state::Screen,
    theme::Icon,
};

/// One banner.
#[derive(Clone, Debug, PartialEq)]
pub struct Banner {
    /// Stable name of the problem, by which it is put aside.
    pub key: String,
    /// How it looks.
    pub weight: Weight,
    /// Its sign.
    pub icon: Icon,
    /// What happened.
    pub happened: String,
    /// What to do.
    pub advice: String,
    /// The fingerprint to compare, where that is the matter.
    pub fingerprint: Option<String>,
    /// The button that does it: its label and what it sends.
    pub action: (String, Command),
    /// It can be put aside.
    pub dismissable: bool,
}

/// How much a problem weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Work goes on.
    Warn,
    /// Something may be lost or forged.
    Danger,
}

/// Reads all banners, the heaviest first.
pub fn banners(
    words: &Catalog,
    node: &NodeView,
    session: Option<&SessionView>,
    home: Option<&Path>,
    now_ms: u64,
) -> Vec<Banner> {
    let mut list: Vec<Banner> = rendezvous(words, node, now_ms).into_iter().collect();
    let of_session = session.into_iter().flat_map(|session| &session.problems);
    let problems: BTreeSet<&Problem> = node.problems.iter().chain(of_session).collect();
    list.extend(problems.into_iter().map(|problem| of_problem(words, node, problem, home)));
    if session.is_some_and(|session| session.alarm && session.state != SessionState::Closed) {
        list.push(Banner {
            key: "alarm".to_owned(),
            weight: Weight::Danger,
            icon: Icon::ShieldAlert,
            happened: words.text("problem-alarm"),
            advice: words.text("problem-alarm-do"),
            fingerprint: None,
            action: (words.text("new-session"), Command::StartSession),
            dismissable: false,
        });
    }
    list.sort_by_key(|banner| banner.weight != Weight::Danger);
    list
}

fn rendezvous(words: &Catalog, node: &NodeView, now_ms: u64) -> Option<Banner> {
    let settings = || (words.text("open-settings"), Command::Show(Screen::Settings));
    match &node.rendezvous {
        RendezvousState::Online | RendezvousState::Connecting => None,
        // Without sessions the start card asks for the address itself.
        RendezvousState::Unset if node.sessions.is_empty() => None,
        RendezvousState::Unset => Some(Banner {
            key: "rendezvous-unset".to_owned(),
            weight: Weight::Warn,
            icon: Icon::CloudOff,
            happened: words.text("problem-unset"),
            advice: words.text("problem-unset-do"),
            fingerprint: None,
            action: settings(),
            dismissable: false,
        }),
        // A restart of the rendezvous is over before anybody could read about it.
        RendezvousState::Offline { since_ms, .. } if now_ms.saturating_sub(*since_ms) < QUIET_MS => None,
        RendezvousState::Offline { why, .. } => Some(Banner {
            key: format!("rendezvous-{why:?}"),
            weight: Weight::Warn,
            icon: Icon::CloudOff,
            happened: words.text(offline(*why).0),
            advice: words.text(offline(*why).1),
            fingerprint: None,
            action: settings(),
            dismissable: true,
        }),
        RendezvousState::CertificateChanged { host, sha256 } => {
            Some(certificate(words, host, sha256, "problem-certificate-changed", Weight::Danger))
        }
        RendezvousState::CertificateUnknown { host, sha256 } => {
            Some(certificate(words, host, sha256, "problem-certificate-unknown", Weight::Warn))
        }
    }
}

fn certificate(words: &Catalog, host: &str, sha256: &str, id: &str, weight: Weight) -> Banner {
    Banner {
        key: format!("certificate-{sha256}"),
        weight,
        icon: Icon::ShieldAlert,
        happened: words.text_with(id, &[("host", Arg::from(host.to_owned()))]),
        advice: words.text("problem-certificate-do"),
        fingerprint: Some(spaced(sha256)),
        action: (
            words.text("trust-certificate"),
            Command::TrustCertificate { host: host.to_owned(), sha256: sha256.to_owned() },
        ),
        dismissable: false,
    }
}

fn of_problem(words: &Catalog, node: &NodeView, problem: &Problem, home: Option<&Path>) -> Banner {
    let copy_home = || {
        let text = home.map(|home| home.display().to_string()).unwrap_or_default();
        (words.text("copy-path"), Command::Copy { text, said: "copied-path" })
    };
    let key = format!("{problem:?}");
    let understood = |key: &str| (words.text("understood"), Command::DismissProblem(key.to_owned()));
    let (weight, icon, happened, advice, action) = match problem {
        Problem::DiskFull => (
            Weight::Danger,
            Icon::Disk,
            words.text("problem-disk-full"),
            words.text("problem-disk-full-do"),
            copy_home(),
        ),
        Problem::DiskFailed => (
            Weight::Danger,
            Icon::Disk,
            words.text("problem-disk-failed"),
            words.text("problem-disk-failed-do"),
            copy_home(),
        ),
        Problem::StoreDamaged { session, lost } => {
            let title = node.sessions.iter().find(|s| s.id == *session).map_or_else(String::new, |s| s.title.clone());
            let values = [("title", Arg::from(title)), ("count", Arg::from(*lost))];
            let happened = words.text_with("problem-store-damaged", &values);
            (Weight::Warn, Icon::Alert, happened, words.text("problem-store-damaged-do"), understood(&key))
        }
        Problem::SessionUnreadable { file } => {
            let happened = words.text_with("problem-session-unreadable", &[("file", Arg::from(file.clone()))]);
            (Weight::Danger, Icon::Alert, happened, words.text("problem-session-unreadable-do"), copy_home())
        }
        Problem::ClockWentBack => {
            let happened = words.text("problem-clock");
            (Weight::Warn, Icon::Clock, happened, words.text("problem-clock-do"), understood(&key))
        }
    };
    Banner { key, weight, icon, happened, advice, fingerprint: None, action, dismissable: weight == Weight::Warn }
}

fn offline(why: OfflineReason) -> (&'static str, &'static str) {
    match why {
        OfflineReason::NameUnknown => ("offline-name-unknown", "offline-name-unknown-do"),
        OfflineReason::Unreachable => ("offline-unreachable", "offline-unreachable-do"),
        OfflineReason::NotSightline => ("offline-not-sightline", "offline-not-sightline-do"),
        OfflineReason::TlsFailed => ("offline-tls", "offline-tls-do"),
        OfflineReason::Lost | OfflineReason::ShuttingDown => ("offline-lost", "offline-lost-do"),
    }
}

/// A fingerprint in groups of four, as people read it out.
fn spaced(hex: &str) -> String {
    let chars: Vec<char> = hex.chars().collect();
    chars.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

const QUIET_MS: u64 = 4_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fixtures, i18n::Lang};

    #[test]
    fn a_short_absence_of_the_rendezvous_is_not_reported() {
        let words = Catalog::new(Lang::En);
        let mut node = fixtures::node();
        node.rendezvous = RendezvousState::Offline { since_ms: 10_000, why: OfflineReason::Lost };
        assert!(banners(&words, &node, None, None, 12_000).is_empty());
        let list = banners(&words, &node, None, None, 20_000);
        assert_eq!(list.len(), 1);
        assert_eq!(list[0].action.1, Command::Show(Screen::Settings));
    }

    #[test]
    fn a_changed_certificate_outweighs_everything_and_cannot_be_put_aside() {
        let words = Catalog::new(Lang::En);
        let mut node = fixtures::node();
        node.problems = vec![Problem::ClockWentBack];
        node.rendezvous = RendezvousState::CertificateChanged {
            host: "help.example.org:443".to_owned(),
            sha256: "ab12cd34".to_owned(),
        };
        let list = banners(&words, &node, None, None, 0);
        assert_eq!(list[0].fingerprint.as_deref(), Some("ab12 cd34"));
        assert!(!list[0].dismissable);
        assert!(matches!(&list[0].action.1, Command::TrustCertificate { sha256, .. } if sha256 == "ab12cd34"));
        assert_eq!(list.len(), 2);
    }

    #[test]
    fn every_problem_has_a_sentence_an_advice_and_a_button_in_every_language() {
        let session = fixtures::empty_session();
        let problems = vec![
            Problem::DiskFull,
            Problem::DiskFailed,
            Problem::StoreDamaged { session: session.id, lost: 2 },
            Problem::SessionUnreadable { file: "sessions/07.log".to_owned() },
            Problem::ClockWentBack,
        ];
        for lang in Lang::ALL {
            let words = Catalog::new(lang);
            let mut node = fixtures::node_with(std::slice::from_ref(&session));
            node.problems = problems.clone();
            for why in [
                OfflineReason::NameUnknown,
                OfflineReason::Unreachable,
                OfflineReason::NotSightline,
                OfflineReason::TlsFailed,
                OfflineReason::Lost,
                OfflineReason::ShuttingDown,
            ] {
                node.rendezvous = RendezvousState::Offline { since_ms: 0, why };
                let list = banners(&words, &node, Some(&session), Some(Path::new("/home/ana")), 60_000);
                assert_eq!(list.len(), 6);
                for banner in list {
                    for text in [&banner.happened, &banner.advice, &banner.action.0] {
                        assert!(!text.is_empty() && !text.contains("problem-") && !text.contains("offline-"), "{text}");
                    }
                }
            }
        }
    }
}
