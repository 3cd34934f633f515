//! The outside's hold on a session: commands in, views out.
//!
//! Handles are cheap to clone and never block. Every `async` operation may be cancelled by dropping
//! its future: the command is then either not sent at all or carried out without anybody waiting.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot, watch};

use super::shown::Shown;
use super::video_out::VideoOut;
use crate::command::{Answer, Command, InviteSpec, OwnVideo};
use crate::error::{
    AskError, BoardError, CloseError, DecideError, DeskError, FileError, InviteError, RevokeError, SayError, TitleError,
};
use crate::ids::{DocumentId, InviteId, KnockId, PeerId, SessionId};
use crate::media::FrameSlot;
use crate::show::{BoardCommand, DeskCommand, DeskDone, FileCommand, FilesDone, LiveOut};
use crate::view::{BoardView, InviteView, LinkStats, LiveView, SessionView, TextView};

/// A hold on one session. It does not keep the session alive: the node does.
#[derive(Clone, Debug)]
pub struct SessionHandle {
    id: SessionId,
    commands: mpsc::Sender<Command>,
    views: Views,
    frames: Frames,
    video_out: VideoOut,
}

/// What a session shows of itself.
#[derive(Clone, Debug)]
pub(crate) struct Views {
    pub(crate) session: watch::Receiver<Arc<SessionView>>,
    pub(crate) live: watch::Receiver<Arc<LiveView>>,
    pub(crate) documents: Shown,
}

/// Where each peer's newest picture lies. A slot is made by whoever asks first, decoder or screen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frames(Arc<Mutex<HashMap<PeerId, FrameSlot>>>);

impl Frames {
    /// The slot of a peer.
    pub(crate) fn of(&self, peer: PeerId) -> FrameSlot {
        // Nothing panics while the lock is held.
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slots.entry(peer).or_default().clone()
    }
}

impl SessionHandle {
    pub(crate) fn new(
        id: SessionId,
        commands: mpsc::Sender<Command>,
        views: Views,
        frames: Frames,
        video_out: VideoOut,
    ) -> Self {
        Self { id, commands, views, frames, video_out }
    }

    /// Which session.
    pub fn id(&self) -> SessionId {
        self.id
    }

    /// The session as it looks now, and a wake-up for each change.
    pub fn view(&self) -> watch::Receiver<Arc<SessionView>> {
        self.views.session.clone()
    }

    /// Makes an invite. It is stored on this device when this returns; its record reaches the
    /// rendezvous as soon as that is reachable (`InviteState::NotYetStored` until then).
    pub async fn invite(&self, spec: InviteSpec) -> Result<InviteView, InviteError> {
        self.ask(|answer| Command::Invite(spec, answer), InviteError::Stopped).await
    }

    /// Takes an invite back: open knocks by it end, its record is deleted.
    pub async fn revoke(&self, invite: InviteId) -> Result<(), RevokeError> {
        self.ask(|answer| Command::Revoke(invite, answer), RevokeError::Stopped).await
    }

    /// Lets a knock in and returns the new member.
    pub async fn admit(&self, knock: KnockId) -> Result<PeerId, DecideError> {
        self.ask(|answer| Command::Admit(knock, answer), DecideError::Stopped).await
    }

    /// Refuses a knock.
    pub async fn refuse(&self, knock: KnockId) -> Result<(), DecideError> {
        self.ask(|answer| Command::Refuse(knock, answer), DecideError::Stopped).await
    }

    /// Writes into the session's chat. When this returns the message is on this device's disk.
    pub async fn say(&self, text: impl Into<String>) -> Result<(), SayError> {
        let text = text.into();
        self.ask(|answer| Command::Say(text, answer), SayError::Stopped).await
    }

    /// Writes into the waiting room of an open knock.
    pub async fn say_waiting(&self, knock: KnockId, text: impl Into<String>) -> Result<(), SayError> {
        let text = text.into();
        self.ask(|answer| Command::SayWaiting(knock, text, answer), SayError::Stopped).await
    }

    /// Asks a member to show what it sees.
    pub async fn ask_video(&self, peer: PeerId) -> Result<(), AskError> {
        self.ask(|answer| Command::AskVideo(peer, answer), AskError::Stopped).await
    }

    /// Gives the session another title.
    pub async fn set_title(&self, title: impl Into<String>) -> Result<(), TitleError> {
        let title = title.into();
        self.ask(|answer| Command::SetTitle(title, answer), TitleError::Stopped).await
    }

    /// Closes the session for good, for everybody.
    pub async fn close_session(&self) -> Result<(), CloseError> {
        self.ask(Command::Close, CloseError::Stopped).await
    }

    /// Does something with boards.
    pub async fn board(&self, command: BoardCommand) -> Result<Option<DocumentId>, BoardError> {
        self.ask(|answer| Command::Board(command, answer), BoardError::Stopped).await
    }

    /// Does something with files.
    pub async fn file(&self, command: FileCommand) -> Result<FilesDone, FileError> {
        self.ask(|answer| Command::File(command, answer), FileError::Stopped).await
    }

    /// Does something with checklists, notes or shared texts.
    pub async fn desk(&self, command: DeskCommand) -> Result<DeskDone, DeskError> {
        self.ask(|answer| Command::Desk(command, answer), DeskError::Stopped).await
    }

    /// Shows others where one points or what one draws. Lost if the queue is full: it is stale soon anyway.
    pub fn live(&self, out: LiveOut) {
        let _ = self.commands.try_send(Command::Live(out));
    }

    /// A board with everything on it, as the session's view showed it last. What was there when it was asked for before
    /// is used again, so that asking for every picture on a screen costs little; the first time takes as long as the board
    /// is full.
    pub fn board_view(&self, board: &DocumentId) -> Option<Arc<BoardView>> {
        self.views.documents.board(board)
    }

    /// A shared text as the session's view showed it last, with the cursors of now.
    pub fn text_view(&self, text: &DocumentId) -> Option<Arc<TextView>> {
        self.views.documents.text(text)
    }

    /// Pointers and strokes in the making, and a wake-up for each change.
    pub fn live_view(&self) -> watch::Receiver<Arc<LiveView>> {
        self.views.live.clone()
    }

    /// Everything shown so far was read. Lost if the actor's queue is full: the next call does it.
    pub fn mark_read(&self) {
        let _ = self.commands.try_send(Command::MarkRead);
    }

    /// Tells whether somebody really watches a peer's video now.
    pub fn watching(&self, peer: PeerId, watching: bool) {
        let _ = self.commands.try_send(Command::Watching(peer, watching));
    }

    /// Where the own encoder puts its frames, to be sent to the lead.
    pub fn video_out(&self) -> VideoOut {
        self.video_out.clone()
    }

    /// Tells the lead what the own camera does, now and after every reconnect.
    pub fn own_video(&self, video: OwnVideo) {
        let _ = self.commands.try_send(Command::OwnVideo(video));
    }

    /// Answers the lead's wish to see something.
    pub fn answer_video(&self, ok: bool) {
        let _ = self.commands.try_send(Command::AnswerVideo(ok));
    }

    /// Where a peer's newest picture lies; the same slot for as long as the session runs.
    pub fn frames(&self, peer: PeerId) -> FrameSlot {
        self.frames.of(peer)
    }

    /// Newest figures of the link to a peer.
    pub fn stats(&self, peer: &PeerId) -> Option<LinkStats> {
        self.views.session.borrow().link(peer)?.stats.clone()
    }

    async fn ask<T, E>(&self, command: impl FnOnce(Answer<T, E>) -> Command, stopped: E) -> Result<T, E> {
        let (answer, answered) = oneshot::channel();
        if self.commands.send(command(answer)).await.is_err() {
            return Err(stopped);
        }
        answered.await.unwrap_or(Err(stopped))
    }
}
