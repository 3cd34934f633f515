//! What a session can be told. Commands are imperative and answered once.

use tokio::sync::oneshot;

use crate::error::{
    AskError, BoardError, CloseError, DecideError, DeskError, FileError, InviteError, RevokeError, SayError, TitleError,
};
use crate::ids::{DocumentId, InviteId, KnockId, PeerId};
use crate::show::{BoardCommand, DeskCommand, DeskDone, FileCommand, FilesDone, LiveOut};
use crate::view::{InviteView, Role, VideoEnd};

/// What an invite shall be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InviteSpec {
    /// Role it gives: expert, operator or viewer.
    pub role: Role,
    /// How many may be admitted by it; 0 means no limit.
    pub uses: u32,
    /// How long it works, in seconds.
    pub valid_for_secs: u64,
    /// A knock by it is admitted without asking: single use, operator or viewer only.
    pub admit_automatically: bool,
}

impl Default for InviteSpec {
    /// One operator, one day, admitted by hand.
    fn default() -> Self {
        Self { role: Role::Operator, uses: 1, valid_for_secs: 24 * 60 * 60, admit_automatically: false }
    }
}

/// What the own camera does, as the lead is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnVideo {
    /// Frames are sent.
    Live,
    /// None are.
    Off(VideoEnd),
}

/// Where the answer to a command goes. A dropped receiver only means that nobody waits.
pub(crate) type Answer<T, E> = oneshot::Sender<Result<T, E>>;

/// A command for one session's actor.
#[derive(Debug)]
pub(crate) enum Command {
    Invite(InviteSpec, Answer<InviteView, InviteError>),
    Revoke(InviteId, Answer<(), RevokeError>),
    Admit(KnockId, Answer<PeerId, DecideError>),
    Refuse(KnockId, Answer<(), DecideError>),
    Say(String, Answer<(), SayError>),
    SayWaiting(KnockId, String, Answer<(), SayError>),
    AskVideo(PeerId, Answer<(), AskError>),
    SetTitle(String, Answer<(), TitleError>),
    MarkRead,
    Watching(PeerId, bool),
    OwnVideo(OwnVideo),
    AnswerVideo(bool),
    Close(Answer<(), CloseError>),
    Board(BoardCommand, Answer<Option<DocumentId>, BoardError>),
    File(FileCommand, Answer<FilesDone, FileError>),
    Desk(DeskCommand, Answer<DeskDone, DeskError>),
    Live(LiveOut),
}
