//! The one thing to do now. Exactly one control of the window is highlighted: the one that does it.

use sightline_node::view::{NodeView, RendezvousState, SessionView};

use crate::stage::{
    Scene,
    scene::{Idle, scene_of},
};

/// What the person should do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// Tell the app where the rendezvous is.
    SetRendezvous,
    /// Begin.
    StartSession,
    /// Make a link.
    MakeLink,
    /// Hand the link over.
    SendLink,
    /// Wait until somebody opens it.
    WaitForKnock,
    /// Decide about a knock.
    Decide,
    /// Ask for the picture.
    AskVideo,
    /// Wait for an answer or a return.
    Wait,
    /// Look.
    Watch,
    /// Nothing: the session is over.
    Nothing,
}

/// Reads the next step from what is shown.
pub fn next_step(node: &NodeView, session: Option<&SessionView>, link_sent: bool) -> NextStep {
    let Some(session) = session else {
        return match node.rendezvous {
            RendezvousState::Unset => NextStep::SetRendezvous,
            _ => NextStep::StartSession,
        };
    };
    if !session.knocks.is_empty() {
        return NextStep::Decide;
    }
    match scene_of(session, None) {
        Scene::NoLink => NextStep::MakeLink,
        Scene::SendLink { .. } if link_sent => NextStep::WaitForKnock,
        Scene::SendLink { .. } => NextStep::SendLink,
        Scene::Knocking => NextStep::Decide,
        Scene::Ready { video: Idle::Asked, .. } | Scene::Reaching { .. } | Scene::Away { .. } => NextStep::Wait,
        Scene::Ready { .. } => NextStep::AskVideo,
        Scene::Live { .. } => NextStep::Watch,
        Scene::Closed => NextStep::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use sightline_node::view::VideoState;

    #[test]
    fn one_step_leads_to_the_next() {
        let mut node = fixtures::node();
        node.rendezvous = RendezvousState::Unset;
        assert_eq!(next_step(&node, None, false), NextStep::SetRendezvous);
        node.rendezvous = RendezvousState::Online;
        assert_eq!(next_step(&node, None, false), NextStep::StartSession);
        let mut view = fixtures::empty_session();
        assert_eq!(next_step(&node, Some(&view), false), NextStep::MakeLink);
        view.invites = vec![fixtures::invite(1)];
        assert_eq!(next_step(&node, Some(&view), false), NextStep::SendLink);
        assert_eq!(next_step(&node, Some(&view), true), NextStep::WaitForKnock);
        view.knocks = vec![fixtures::knock("Mihai", 1)];
        assert_eq!(next_step(&node, Some(&view), true), NextStep::Decide);
        let ready = fixtures::session_with_operator(VideoState::Off);
        assert_eq!(next_step(&node, Some(&ready), true), NextStep::AskVideo);
        let asked = fixtures::session_with_operator(VideoState::Asked);
        assert_eq!(next_step(&node, Some(&asked), true), NextStep::Wait);
        let live = fixtures::session_with_operator(VideoState::Live);
        assert_eq!(next_step(&node, Some(&live), true), NextStep::Watch);
    }
}
