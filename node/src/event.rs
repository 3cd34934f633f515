//! What happens, for whoever reacts rather than draws. In JSON the kind is in `event`.

use serde::Serialize;

use crate::ids::{DocumentId, EntryId, KnockId, PeerId, SessionId};
use crate::show::Look;
use crate::view::{ChatView, KnockView, LinkEnd, Problem, RendezvousState, VideoEnd};

/// Something happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum NodeEvent {
    /// Somebody asks in.
    Knock {
        /// Which session.
        session: SessionId,
        /// Who.
        knock: Box<KnockView>,
    },
    /// A knock is no longer open.
    KnockEnded {
        /// Which session.
        session: SessionId,
        /// Which knock.
        knock: KnockId,
        /// How it ended.
        how: KnockEnd,
    },
    /// A chat message of somebody else arrived.
    Chat {
        /// Which session.
        session: SessionId,
        /// The message.
        item: Box<ChatView>,
    },
    /// A link is up and verified.
    LinkUp {
        /// Which session.
        session: SessionId,
        /// To whom.
        peer: PeerId,
    },
    /// A link ended.
    LinkDown {
        /// Which session.
        session: SessionId,
        /// To whom.
        peer: PeerId,
        /// Why.
        why: LinkEnd,
    },
    /// The first picture of a peer was decoded.
    VideoStarted {
        /// Which session.
        session: SessionId,
        /// Whose.
        peer: PeerId,
        /// Size of the picture.
        width: u32,
        /// Size of the picture.
        height: u32,
        /// Codec it came in.
        codec: String,
    },
    /// A peer's video ended.
    VideoStopped {
        /// Which session.
        session: SessionId,
        /// Whose.
        peer: PeerId,
        /// Why.
        why: VideoEnd,
    },
    /// A peer answered the wish to see something.
    VideoAnswered {
        /// Which session.
        session: SessionId,
        /// Who.
        peer: PeerId,
        /// It will show something.
        ok: bool,
    },
    /// The lead wants to see what this side sees.
    VideoWanted {
        /// Which session.
        session: SessionId,
        /// Who asks.
        peer: PeerId,
    },
    /// Whether somebody really looks at the own video.
    Watched {
        /// Which session.
        session: SessionId,
        /// Who.
        peer: PeerId,
        /// So.
        watching: bool,
    },
    /// Somebody asks everybody to look at something.
    Look {
        /// Which session.
        session: SessionId,
        /// Who.
        peer: PeerId,
        /// At what.
        look: Look,
    },
    /// A file of somebody else is here, whole and verified.
    FileHere {
        /// Which session.
        session: SessionId,
        /// Which entry of the shelf.
        file: EntryId,
    },
    /// Somebody else made a board.
    BoardMade {
        /// Which session.
        session: SessionId,
        /// Who.
        peer: PeerId,
        /// Which.
        board: DocumentId,
    },
    /// A photo that was asked for can't be had.
    PhotoRefused {
        /// Which session.
        session: SessionId,
        /// Who.
        peer: PeerId,
    },
    /// The rendezvous' state changed.
    Rendezvous {
        /// The new state.
        rendezvous: RendezvousState,
    },
    /// Something was refused and counted.
    Refused {
        /// Which session.
        session: SessionId,
        /// Why, a stable name.
        reason: String,
    },
    /// There is a new problem.
    Problem {
        /// Which.
        #[serde(flatten)]
        problem: Problem,
    },
}

/// How a knock ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KnockEnd {
    /// It was let in.
    Admitted,
    /// It was refused.
    Refused,
    /// Its invite ended before anybody decided.
    Ended,
}
