//! What the stage shows: a pure reading of the session's view.

use sightline_node::{
    PeerId,
    view::{
        InviteState, InviteView, LinkEnd, LinkState, PersonView, Presence, SessionState, SessionView, VideoEnd,
        VideoState,
    },
};

/// What fills the stage.
#[derive(Clone, Debug, PartialEq)]
pub enum Scene {
    /// Nobody was invited yet.
    NoLink,
    /// A link waits to be sent or opened.
    SendLink {
        /// The newest link that works.
        invite: Box<InviteView>,
    },
    /// Somebody knocks and nobody else is there: the knock cards have the stage.
    Knocking,
    /// The member is reachable and shows nothing.
    Ready {
        /// Who.
        peer: PeerId,
        /// Its name.
        name: String,
        /// What happened to its video before.
        video: Idle,
    },
    /// Pictures arrive.
    Live {
        /// Whose.
        peer: PeerId,
        /// Its name.
        name: String,
    },
    /// A link is being made or mended.
    Reaching {
        /// To whom.
        peer: PeerId,
        /// Its name.
        name: String,
        /// Its picture was live: the last one stays, darkened.
        was_live: bool,
    },
    /// The member is not there.
    Away {
        /// Who.
        peer: PeerId,
        /// Its name.
        name: String,
        /// Why the last link ended, where that says something.
        why: Option<LinkEnd>,
    },
    /// Closed for good.
    Closed,
}

/// Why a reachable member shows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// Nobody asked.
    NotAsked,
    /// Asked, no answer yet.
    Asked,
    /// "Not now".
    Declined,
    /// It ended.
    Ended(VideoEnd),
}

/// Reads the scene. `chosen` is whom the person wants to look at, if still a member.
pub fn scene_of(view: &SessionView, chosen: Option<PeerId>) -> Scene {
    if view.state == SessionState::Closed {
        return Scene::Closed;
    }
    let Some(person) = on_stage(view, chosen) else {
        if !view.knocks.is_empty() {
            return Scene::Knocking;
        }
        return match working_invite(view) {
            Some(invite) => Scene::SendLink { invite: Box::new(invite.clone()) },
            None => Scene::NoLink,
        };
    };
    let (peer, name) = (person.peer, person.name.clone());
    let link = view.link(&peer);
    let video = link.map(|link| &link.video);
    match person.presence {
        Presence::Here => match video {
            Some(VideoState::Live) => Scene::Live { peer, name },
            Some(VideoState::Asked) => Scene::Ready { peer, name, video: Idle::Asked },
            Some(VideoState::Declined) => Scene::Ready { peer, name, video: Idle::Declined },
            Some(VideoState::Stopped { why }) => Scene::Ready { peer, name, video: Idle::Ended(*why) },
            Some(VideoState::Off) | None => Scene::Ready { peer, name, video: Idle::NotAsked },
        },
        Presence::Reaching => Scene::Reaching {
            peer,
            name,
            was_live: matches!(video, Some(VideoState::Live | VideoState::Stopped { why: VideoEnd::Lost })),
        },
        Presence::Away => {
            let why = link.and_then(|link| match link.state {
                LinkState::Lost { why } => Some(why),
                _ => None,
            });
            Scene::Away { peer, name, why }
        }
    }
}

/// Who is on stage: the chosen member, or else whoever has most to show.
pub fn on_stage(view: &SessionView, chosen: Option<PeerId>) -> Option<&PersonView> {
    let others = || view.people.iter().filter(|person| !person.me);
    if let Some(person) = chosen.and_then(|chosen| others().find(|person| person.peer == chosen)) {
        return Some(person);
    }
    let rank = |person: &&PersonView| {
        let live = view.link(&person.peer).is_some_and(|link| link.video == VideoState::Live);
        let here = match person.presence {
            Presence::Here => 2,
            Presence::Reaching => 1,
            Presence::Away => 0,
        };
        let operator = person.role == sightline_node::view::Role::Operator;
        (live, here, operator)
    };
    // The first of equals: `max_by_key` would take the last.
    others().rev().max_by_key(rank)
}

/// The newest invite whose link can still be opened.
pub fn working_invite(view: &SessionView) -> Option<&InviteView> {
    view.invites.iter().find(|invite| matches!(invite.state, InviteState::Open | InviteState::NotYetStored))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn a_new_session_leads_from_link_to_live() {
        let mut view = fixtures::empty_session();
        assert_eq!(scene_of(&view, None), Scene::NoLink);
        view.invites = vec![fixtures::invite(1)];
        assert!(matches!(scene_of(&view, None), Scene::SendLink { .. }));
        view.knocks = vec![fixtures::knock("Mihai", 1)];
        assert_eq!(scene_of(&view, None), Scene::Knocking);
        let view = fixtures::session_with_operator(VideoState::Off);
        assert!(matches!(scene_of(&view, None), Scene::Ready { video: Idle::NotAsked, .. }));
        let view = fixtures::session_with_operator(VideoState::Live);
        assert!(matches!(scene_of(&view, None), Scene::Live { .. }));
    }

    #[test]
    fn the_link_on_stage_is_one_that_works() {
        let mut view = fixtures::empty_session();
        let mut gone = fixtures::invite(1);
        gone.state = InviteState::Revoked;
        view.invites = vec![gone, fixtures::invite(2)];
        let Scene::SendLink { invite } = scene_of(&view, None) else { panic!("a link to send") };
        assert_eq!(invite.id, fixtures::invite(2).id);
    }

    #[test]
    fn who_is_live_comes_on_stage_unless_another_was_chosen() {
        let mut view = fixtures::session_with_operator(VideoState::Off);
        fixtures::add_operator(&mut view, "Ioana", 9, VideoState::Live);
        let Scene::Live { peer, .. } = scene_of(&view, None) else { panic!("Ioana is live") };
        let first = view.people[1].peer;
        assert_ne!(peer, first);
        assert!(matches!(scene_of(&view, Some(first)), Scene::Ready { .. }));
        assert!(matches!(scene_of(&view, Some(view.me)), Scene::Live { .. }), "oneself is never on stage");
    }

    #[test]
    fn a_lost_link_keeps_the_last_picture() {
        let mut view = fixtures::session_with_operator(VideoState::Stopped { why: VideoEnd::Lost });
        view.people[1].presence = Presence::Reaching;
        assert!(matches!(scene_of(&view, None), Scene::Reaching { was_live: true, .. }));
        view.people[1].presence = Presence::Away;
        assert!(matches!(scene_of(&view, None), Scene::Away { .. }));
    }
}
