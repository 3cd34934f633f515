//! What the line above the stage shows.

use sightline_node::{
    PeerId,
    view::{LinkStats, Path, PersonView, Presence, Role, SessionState, SessionView},
};

use crate::i18n::{Arg, Catalog};

/// The line above the stage.
#[derive(Clone, Debug, PartialEq)]
pub struct TopLine {
    /// The session's title.
    pub title: String,
    /// It can be changed.
    pub editable: bool,
    /// The link to whom is on stage, or how the session stands without one.
    pub link: LinkChip,
    /// "Only you and Mihai".
    pub lock: String,
    /// Links are verified end to end; `false` turns the lock into a warning.
    pub locked: bool,
    /// With whom there are words to show.
    pub words_with: Option<PeerId>,
}

/// The small sign of a link's state.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkChip {
    /// Its colour.
    pub tone: Tone,
    /// Its first word, such as "direct".
    pub state: String,
    /// Figures, most telling first; each may be left out when room is short.
    pub figures: Vec<String>,
    /// Everything, for the tooltip.
    pub details: Vec<String>,
}

/// Colour of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// All is well.
    Ok,
    /// Under way or weak.
    Warn,
    /// Broken.
    Bad,
    /// Neither.
    Rest,
}

/// Reads the line. `on_stage` is whose link is shown.
pub fn topline(words: &Catalog, view: &SessionView, on_stage: Option<PeerId>, words_with: Option<PeerId>) -> TopLine {
    let person = on_stage.and_then(|peer| view.person(&peer));
    TopLine {
        title: view.title.clone(),
        editable: view.role != Role::Viewer && view.state != SessionState::Closed,
        link: chip(words, view, person),
        lock: lock_line(words, view),
        locked: !view.alarm,
        words_with,
    }
}

fn chip(words: &Catalog, view: &SessionView, person: Option<&PersonView>) -> LinkChip {
    let plain =
        |tone, id: &str| LinkChip { tone, state: capital(&words.text(id)), figures: Vec::new(), details: Vec::new() };
    if view.state == SessionState::Closed {
        return plain(Tone::Rest, "session-closed");
    }
    let Some(person) = person else {
        return if view.knocks.is_empty() {
            plain(Tone::Rest, "link-nobody")
        } else {
            plain(Tone::Warn, "somebody-knocks")
        };
    };
    match person.presence {
        Presence::Away => plain(Tone::Rest, "link-away"),
        Presence::Reaching => plain(Tone::Warn, "link-reaching"),
        Presence::Here => match view.link(&person.peer).and_then(|link| link.stats.as_ref()) {
            Some(stats) => up(words, stats),
            None => plain(Tone::Ok, "link-here"),
        },
    }
}

/// States are written small because they also stand inside sentences.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A link that is up. Loss and slowness turn it amber; the limits are where people begin to notice.
fn up(words: &Catalog, stats: &LinkStats) -> LinkChip {
    let weak = stats.lost_percent >= 5.0 || stats.rtt_ms.is_some_and(|rtt| rtt >= 400.0);
    let state = match &stats.path {
        Some(Path::Direct { .. }) => words.text("link-direct"),
        Some(Path::Relayed) => words.text("link-relayed"),
        None => words.text("link-here"),
    };
    let mut figures = Vec::new();
    if let Some(rtt) = stats.rtt_ms {
        figures.push(if rtt < 1.0 { "< 1 ms".to_owned() } else { format!("{} ms", rtt.round() as u64) });
    }
    if stats.fps > 0.0 {
        figures.push(words.text_with("figure-fps", &[("count", Arg::from(stats.fps.round() as u64))]));
    }
    if stats.kbps_in > 0 {
        let rate = words.number(u64::from(stats.kbps_in));
        figures.push(words.text_with("figure-rate", &[("rate", Arg::from(rate))]));
    }
    let lost = words.decimal(stats.lost_percent);
    figures.push(words.text_with("figure-lost", &[("percent", Arg::from(lost))]));

    let mut details = vec![match &stats.path {
        Some(Path::Direct { .. }) => words.text("link-direct-detail"),
        Some(Path::Relayed) => words.text("link-relayed-detail"),
        None => words.text("link-here"),
    }];
    if let (Some(codec), true) = (&stats.codec, stats.width > 0) {
        details.push(format!("{} × {} · {}", stats.width, stats.height, codec.name().to_uppercase()));
    }
    details.push(words.text_with(
        "link-traffic-detail",
        &[
            ("in", Arg::from(words.number(u64::from(stats.kbps_in)))),
            ("out", Arg::from(words.number(u64::from(stats.kbps_out)))),
        ],
    ));
    if weak {
        details.push(words.text("link-weak"));
    }
    LinkChip { tone: if weak { Tone::Warn } else { Tone::Ok }, state, figures, details }
}

/// Who can see and hear what happens here: computed from the roster, never promised.
pub fn lock_line(words: &Catalog, view: &SessionView) -> String {
    if view.alarm {
        return words.text("lock-alarm");
    }
    let others: Vec<&PersonView> = view.people.iter().filter(|person| !person.me).collect();
    let viewers = others.iter().filter(|person| person.role == Role::Viewer).count();
    let names: Vec<&str> = others.iter().filter(|p| p.role != Role::Viewer).map(|p| p.name.as_str()).collect();
    match (names.as_slice(), viewers) {
        ([], 0) => words.text("lock-alone"),
        ([one], 0) => words.text_with("lock-one", &[("name", Arg::from(*one))]),
        ([one, other], 0) => words.text_with("lock-two", &[("first", Arg::from(*one)), ("second", Arg::from(*other))]),
        (many, 0) => words.text_with("lock-many", &[("count", Arg::from(many.len()))]),
        ([one], viewers) => {
            words.text_with("lock-one-viewers", &[("name", Arg::from(*one)), ("viewers", Arg::from(viewers))])
        }
        (many, viewers) => {
            words.text_with("lock-many-viewers", &[("count", Arg::from(many.len())), ("viewers", Arg::from(viewers))])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fixtures, i18n::Lang};
    use sightline_node::view::VideoState;

    #[test]
    fn a_good_link_shows_its_figures() {
        let view = fixtures::session_with_operator(VideoState::Live);
        let line = topline(&Catalog::new(Lang::En), &view, Some(view.people[1].peer), None);
        assert_eq!(line.link.tone, Tone::Ok);
        assert_eq!(line.link.state, "Direct");
        assert_eq!(line.link.figures, ["24 ms", "30 fps", "1,840 kbit/s", "0.2 % lost"]);
        assert_eq!(line.link.details[1], "1280 × 720 · VP8");
        assert_eq!(line.lock, "Only you and Mihai");
    }

    #[test]
    fn loss_turns_the_sign_amber_and_is_said_in_words() {
        let words = Catalog::new(Lang::Es);
        let mut view = fixtures::session_with_operator(VideoState::Live);
        let stats = view.links[0].stats.as_mut().unwrap();
        stats.lost_percent = 7.25;
        stats.path = Some(Path::Relayed);
        let line = topline(&words, &view, Some(view.people[1].peer), None);
        assert_eq!(line.link.tone, Tone::Warn);
        assert!(line.link.figures.last().unwrap().starts_with("7,2 %"), "{:?}", line.link.figures);
        assert_eq!(line.link.details.last(), Some(&words.text("link-weak")));
    }

    #[test]
    fn the_lock_line_counts_who_is_there() {
        let words = Catalog::new(Lang::En);
        let mut view = fixtures::empty_session();
        assert_eq!(lock_line(&words, &view), "Only you");
        view = fixtures::session_with_operator(VideoState::Off);
        view.people.push(fixtures::person(5, "Boss", Role::Viewer, false));
        assert_eq!(lock_line(&words, &view), "You, Mihai and 1 viewer");
        fixtures::add_operator(&mut view, "Ioana", 9, VideoState::Off);
        assert_eq!(lock_line(&words, &view), "You, 2 others and 1 viewer");
        view.alarm = true;
        assert_eq!(lock_line(&words, &view), words.text("lock-alarm"));
    }
}
