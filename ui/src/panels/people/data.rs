//! What the people tab shows.

use sightline_node::{
    InviteId, KnockId, PeerId,
    view::{InviteState, InviteView, Presence, Role, SessionState, SessionView, VideoState},
};

use crate::{
    i18n::{Arg, Catalog},
    text::time,
};

/// The people tab.
#[derive(Clone, Debug, PartialEq)]
pub struct People {
    /// Members, oneself first.
    pub members: Vec<Member>,
    /// Who waits for a decision.
    pub waiting: Vec<Waiting>,
    /// Links, those that work first.
    pub links: Vec<LinkRow>,
    /// More can be invited, and the session can be closed.
    pub leads: bool,
}

/// One member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub peer: PeerId,
    /// Its name.
    pub name: String,
    /// Role and presence in words.
    pub about: String,
    /// Whether it can be reached.
    pub presence: Presence,
    /// Its picture is live.
    pub live: bool,
    /// It can be put on stage.
    pub selectable: bool,
}

/// Somebody who waits for a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Which knock.
    pub id: KnockId,
    /// The name it gave.
    pub name: String,
    /// Role it would have, and since when it waits.
    pub about: String,
}

/// One link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRow {
    /// Which invite.
    pub id: InviteId,
    /// The link.
    pub link: String,
    /// Role and uses in words.
    pub title: String,
    /// State in words.
    pub state: String,
    /// It can still be opened.
    pub works: bool,
    /// It works as soon as the rendezvous can be reached.
    pub pending: bool,
}

/// Reads the tab.
pub fn people(words: &Catalog, view: &SessionView, now_ms: u64) -> People {
    let members = view
        .people
        .iter()
        .map(|person| {
            let role = words.text(role_name(person.role));
            let about = if person.me {
                words.text_with("person-you", &[("role", Arg::from(role))])
            } else {
                let presence = words.text(presence_name(person.presence));
                format!("{role} · {presence}")
            };
            Member {
                peer: person.peer,
                name: person.name.clone(),
                about,
                presence: person.presence,
                live: view.link(&person.peer).is_some_and(|link| link.video == VideoState::Live),
                selectable: !person.me,
            }
        })
        .collect();
    let waiting = view
        .knocks
        .iter()
        .map(|knock| Waiting {
            id: knock.id,
            name: knock.name.clone(),
            about: format!("{} · {}", words.text(role_name(knock.role)), waiting_since(words, knock.since_ms, now_ms)),
        })
        .collect();
    let mut links: Vec<LinkRow> = view.invites.iter().map(|invite| link_row(words, invite, now_ms)).collect();
    links.sort_by_key(|row| !row.works);
    People { members, waiting, links, leads: view.state != SessionState::Closed && view.role == Role::Lead }
}

fn link_row(words: &Catalog, invite: &InviteView, now_ms: u64) -> LinkRow {
    let uses = match invite.uses {
        0 => words.text("invite-uses-any"),
        uses => words.text_with("invite-uses", &[("count", Arg::from(uses))]),
    };
    let left = time::left(words, invite.not_after_ms, now_ms);
    let state = match invite.state {
        InviteState::Open if invite.used > 0 => {
            words.text_with("invite-open-used", &[("used", Arg::from(invite.used)), ("left", Arg::from(left))])
        }
        InviteState::Open => words.text_with("invite-open", &[("left", Arg::from(left))]),
        InviteState::NotYetStored => words.text("invite-pending"),
        InviteState::UsedUp => words.text("invite-used-up"),
        InviteState::Expired => words.text("invite-expired"),
        InviteState::Revoked => words.text("invite-revoked"),
    };
    let mut title = format!("{} · {uses}", words.text(role_name(invite.role)));
    if invite.auto {
        title = format!("{title} · {}", words.text("invite-auto-short"));
    }
    LinkRow {
        id: invite.id,
        link: invite.link.clone(),
        title,
        state,
        works: matches!(invite.state, InviteState::Open | InviteState::NotYetStored),
        pending: invite.state == InviteState::NotYetStored,
    }
}

/// Since when somebody waits.
pub fn waiting_since(words: &Catalog, since_ms: u64, now_ms: u64) -> String {
    match now_ms.saturating_sub(since_ms) / 60_000 {
        0 => words.text("waiting-now"),
        minutes => words.text_with("waiting-minutes", &[("count", Arg::from(minutes))]),
    }
}

/// Message id of a role's name.
pub fn role_name(role: Role) -> &'static str {
    match role {
        Role::Lead => "role-lead",
        Role::Expert => "role-expert",
        Role::Operator => "role-operator",
        Role::Viewer => "role-viewer",
    }
}

fn presence_name(presence: Presence) -> &'static str {
    match presence {
        Presence::Here => "presence-here",
        Presence::Reaching => "presence-reaching",
        Presence::Away => "presence-away",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fixtures, i18n::Lang};

    #[test]
    fn members_knocks_and_links_are_said_in_words() {
        let words = Catalog::new(Lang::En);
        let mut view = fixtures::session_with_operator(VideoState::Live);
        view.knocks = vec![fixtures::knock("Ioana", 4)];
        view.invites.push(fixtures::invite(2));
        let tab = people(&words, &view, fixtures::NOW_MS);
        let members: Vec<_> = tab.members.iter().map(|m| (m.name.as_str(), m.about.as_str(), m.live)).collect();
        assert_eq!(members, [("Ana", "Lead expert · you", false), ("Mihai", "Operator · here", true)]);
        assert_eq!(tab.waiting[0].about, "Operator · just now");
        let links: Vec<_> = tab.links.iter().map(|l| (l.title.as_str(), l.state.as_str(), l.works)).collect();
        assert_eq!(
            links,
            [
                ("Operator · for one person", "Works for another 24 h", true),
                ("Operator · for one person", "Used", false)
            ]
        );
        assert!(tab.leads);
    }

    #[test]
    fn a_closed_session_invites_nobody() {
        let mut view = fixtures::session_with_operator(VideoState::Off);
        view.state = SessionState::Closed;
        assert!(!people(&Catalog::new(Lang::Es), &view, fixtures::NOW_MS).leads);
    }
}
