//! Between the window and the node: the node runs on threads of its own, the window never waits.
//!
//! The window reads views (a pointer exchange), sends requests into a bounded queue, and picks up outcomes when it
//! draws. [`Live`] is the real thing; the gallery and the tests of screens stand in with views made by hand.

mod boards;
mod live;

use std::sync::Arc;

use sightline_node::{
    DocumentId, PeerId, SessionId,
    media::FrameSlot,
    show::Look,
    view::{BoardView, InviteView, LiveView, NodeView, SessionView},
};

use crate::{command::SessionCommand, settings::Settings};

pub use live::{Live, Runtime, Wake};

/// What the window needs of a node. Every call returns at once.
pub trait Backend {
    /// The node as it looks now.
    fn node(&self) -> Arc<NodeView>;
    /// A session as it looks now.
    fn session(&self, id: &SessionId) -> Option<Arc<SessionView>>;
    /// Where the pictures of a member arrive.
    fn frames(&self, session: &SessionId, peer: PeerId) -> Option<FrameSlot>;
    /// A board with everything on it, as it is now.
    fn board(&self, session: &SessionId, board: &DocumentId) -> Option<Arc<BoardView>>;
    /// Pointers and strokes in the making, of others.
    fn live(&self, session: &SessionId) -> Arc<LiveView>;
    /// Sends a request. `false`: the queue is full, nothing was sent.
    fn send(&self, request: Request) -> bool;
    /// What became of requests since the last call.
    fn outcomes(&self) -> Vec<Outcome>;
}

/// What the window asks of the node.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Found a session and make its first link.
    StartSession {
        /// Its title.
        title: String,
    },
    /// Something for one session.
    InSession(SessionId, SessionCommand),
    /// Believe this certificate.
    TrustCertificate {
        /// Host and port.
        host: String,
        /// SHA-256, lowercase hex.
        sha256: String,
    },
    /// Put name, language and rendezvous in force.
    Apply(Box<Settings>),
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The session exists.
    Started(SessionId),
    /// The session could not be founded.
    NotStarted {
        /// Message id of why.
        code: &'static str,
    },
    /// A link was made.
    Invited(SessionId, Box<InviteView>),
    /// A decision about a knock is no longer under way.
    Decided {
        /// Where.
        session: SessionId,
        /// About which knock.
        knock: sightline_node::KnockId,
        /// Message id of why it failed.
        failure: Option<&'static str>,
    },
    /// A message could not be written; here it is again.
    NotSaid {
        /// Where it should have gone.
        session: SessionId,
        /// Into whose waiting room.
        knock: Option<sightline_node::KnockId>,
        /// The message.
        text: String,
        /// Message id of why.
        code: &'static str,
    },
    /// A stroke could not be drawn.
    NotDrawn {
        /// On which board.
        board: DocumentId,
        /// Its number among the own strokes in the making.
        preview: Option<u32>,
        /// Message id of why.
        code: &'static str,
    },
    /// Another expert asks everybody to look at something.
    Looked {
        /// In which session.
        session: SessionId,
        /// At what.
        look: Look,
    },
    /// A photo that was asked for can't be had.
    PhotoRefused {
        /// In which session.
        session: SessionId,
        /// Whose device refused.
        peer: PeerId,
    },
    /// Something else was done that is worth a word.
    Done {
        /// Message id of what.
        said: &'static str,
    },
    /// Something else failed.
    Failed {
        /// Message id of why.
        code: &'static str,
    },
}
