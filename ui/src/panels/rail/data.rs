//! What the rail shows.

use sightline_node::{
    SessionId,
    view::{NodeView, SessionState},
};

use crate::widgets::avatar::initials;

/// One session on the rail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RailEntry {
    /// Which session.
    pub id: SessionId,
    /// Its title.
    pub title: String,
    /// At most two letters.
    pub initials: String,
    /// What the ring says.
    pub ring: Ring,
    /// Messages not read yet.
    pub unread: u32,
    /// Somebody waits for a decision: the badge calls.
    pub knocking: bool,
    /// It is on stage.
    pub selected: bool,
}

/// The ring around a session's sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ring {
    /// Nobody was admitted yet.
    Waiting,
    /// Somebody is here.
    Live,
    /// Members, and none here.
    Away,
    /// Over.
    Closed,
}

impl Ring {
    /// Message id of the state's name.
    pub fn name(self) -> &'static str {
        match self {
            Ring::Waiting => "session-waiting",
            Ring::Live => "session-live",
            Ring::Away => "session-away",
            Ring::Closed => "session-closed",
        }
    }
}

/// Reads the rail: in the node's order, newest activity first, with closed sessions last.
pub fn rail(node: &NodeView, selected: Option<SessionId>) -> Vec<RailEntry> {
    let mut entries: Vec<RailEntry> = node
        .sessions
        .iter()
        .map(|session| RailEntry {
            id: session.id,
            title: session.title.clone(),
            initials: initials(&session.title),
            ring: match session.state {
                SessionState::Waiting => Ring::Waiting,
                SessionState::Live => Ring::Live,
                SessionState::Away => Ring::Away,
                SessionState::Closed => Ring::Closed,
            },
            unread: session.unread,
            knocking: session.knocks > 0,
            selected: selected == Some(session.id),
        })
        .collect();
    entries.sort_by_key(|entry| entry.ring == Ring::Closed);
    entries
}

/// The badge's text: nothing for 0, and never wider than three characters.
pub fn badge(count: u32) -> Option<String> {
    match count {
        0 => None,
        1..=99 => Some(count.to_string()),
        _ => Some("99+".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use sightline_node::view::VideoState;

    #[test]
    fn sessions_show_state_unread_and_knocks() {
        let mut live = fixtures::session_with_operator(VideoState::Live);
        live.unread = 3;
        let mut closed = fixtures::session(8, "Old case");
        closed.state = SessionState::Closed;
        let mut waiting = fixtures::session(9, "Compressor");
        waiting.knocks = vec![fixtures::knock("Mihai", 1)];
        let node = fixtures::node_with(&[closed, live.clone(), waiting]);
        let entries = rail(&node, Some(live.id));
        let read: Vec<_> =
            entries.iter().map(|e| (e.initials.as_str(), e.ring, e.unread, e.knocking, e.selected)).collect();
        assert_eq!(
            read,
            [
                ("P7", Ring::Live, 3, false, true),
                ("C", Ring::Waiting, 0, true, false),
                ("OC", Ring::Closed, 0, false, false),
            ]
        );
    }

    #[test]
    fn badges_stay_small() {
        assert_eq!(badge(0), None);
        assert_eq!(badge(7).as_deref(), Some("7"));
        assert_eq!(badge(1000).as_deref(), Some("99+"));
    }
}
