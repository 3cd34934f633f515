//! Between the window and the node: the node runs on threads of its own, the window never waits.
//!
//! The window reads views (a pointer exchange), sends requests into a bounded queue, and picks up outcomes when it
//! draws. [`Live`] is the real thing; the gallery and the tests of screens stand in with views made by hand.

mod boards;
mod live;
mod shared;

use std::{path::PathBuf, sync::Arc};

use sightline_node::{
    DocumentId, EntryId, PeerId, SessionId,
    media::FrameSlot,
    show::Look,
    view::{BoardView, InviteView, LiveView, NodeView, SessionView, TextView},
};

use crate::{command::SessionCommand, settings::Settings};

pub(crate) use boards::drawn;
pub use live::{Live, Runtime, Wake};

/// What the window needs of a node. Every call returns at once.
pub trait Backend {
    /// The node as it looks now.
    fn node(&self) -> Arc<NodeView>;
    /// A session as it looks now.
    fn session(&self, id: &SessionId) -> Option<Arc<SessionView>>;
    /// A shared text as it is now.
    fn text_view(&self, session: &SessionId, text: &DocumentId) -> Option<Arc<TextView>>;
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
    /// A stroke could not be drawn, or not be erased.
    NotDrawn {
        /// On which board.
        board: DocumentId,
        /// Its number among the own strokes in the making; none for one that was to be erased.
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
    /// Files are larger than is allowed here; they were left out before anything was sent.
    TooLarge {
        /// The first of them.
        name: String,
        /// Its size.
        size: u64,
        /// How many there are.
        count: usize,
        /// The largest that is allowed.
        limit: u64,
    },
    /// Copies of files were put into a folder.
    Saved {
        /// How many.
        count: usize,
        /// Where.
        folder: PathBuf,
    },
    /// The session was exported.
    Exported {
        /// Where to.
        folder: PathBuf,
    },
    /// A document was shared: it can be looked at.
    Shared(SessionId, EntryId),
    /// Pictures of a document's pages could not be made.
    PagesFailed {
        /// In which session.
        session: SessionId,
        /// Of which document.
        file: EntryId,
        /// Of which pages, from 0.
        pages: Vec<u32>,
        /// Message id of why.
        code: &'static str,
    },
    /// A shared text was begun.
    TextBegun(SessionId, DocumentId),
    /// Something that was written is stored, or is not and is to be kept on screen.
    Written {
        /// In which session.
        session: SessionId,
        /// What.
        what: Written,
        /// Message id of why it failed.
        failure: Option<&'static str>,
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

/// What was to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// A new checklist.
    Steps,
    /// How a step stands.
    Step(EntryId, u32),
    /// A new note.
    Note,
    /// A changed note.
    Edit(EntryId),
    /// A change of a shared text.
    Splice(DocumentId),
}
