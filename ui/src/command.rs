//! What views ask for. A view never changes state or waits: it sends a command, and `dispatch` carries it out
//! after the pass.

use std::path::PathBuf;

use sightline_node::{
    EntryId, InviteId, InviteSpec, KnockId, PeerId, SessionId,
    show::{BoardCommand, DeskCommand, FileCommand, LiveOut},
};

use crate::{
    errands::Ask,
    panels::steps::template::Template,
    settings::Settings,
    stage::{Fit, board::Showing},
    state::{Dialog, Screen, Tab},
};

/// A wish of the person at the screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Found a session and make its first link.
    StartSession,
    /// Something for one session.
    InSession(SessionId, SessionCommand),
    /// Put a session on the stage.
    Select(SessionId),
    /// Show another screen.
    Show(Screen),
    /// Show a tab of the panel, unfolding it.
    OpenTab(Tab),
    /// Show the chat of a knock, or of the session itself.
    ChatWith(Option<KnockId>),
    /// Fold or unfold the panel.
    TogglePanel,
    /// How the picture fills the stage.
    SetFit(Fit),
    /// What the stage of a session shows.
    Stage(SessionId, Showing),
    /// Full screen on or off.
    ToggleFullScreen,
    /// Leave full screen, close the dialog, or else nothing.
    Escape,
    /// Put text on the clipboard and say so.
    Copy {
        /// The text.
        text: String,
        /// Message id of what to say.
        said: &'static str,
    },
    /// Open a dialog.
    Open(Dialog),
    /// Close the dialog.
    CloseDialog,
    /// Apply and store settings.
    SaveSettings(Box<Settings>),
    /// Believe the certificate that the rendezvous shows now.
    TrustCertificate {
        /// Host and port.
        host: String,
        /// SHA-256, lowercase hex.
        sha256: String,
    },
    /// Don't show this problem again until it returns.
    DismissProblem(String),
    /// Open a file dialog.
    Pick(Ask),
    /// These were chosen in a file dialog.
    Picked(Ask, Vec<PathBuf>),
    /// A checklist was read from a file.
    TemplateRead(SessionId, Template),
    /// Send what was typed into the open shared text, and close it.
    CloseText(SessionId),
    /// Look at a document's pages.
    OpenDocument(SessionId, EntryId),
    /// Put the document off the stage.
    CloseDocument(SessionId),
    /// Something went wrong, or is worth a word: a message id.
    Say(&'static str),
}

/// A wish for one session.
#[derive(Clone, Debug, PartialEq)]
pub enum SessionCommand {
    /// Make a link.
    Invite(InviteSpec),
    /// Take a link back.
    Revoke(InviteId),
    /// Let a knock in.
    Admit(KnockId),
    /// Refuse a knock.
    Refuse(KnockId),
    /// Write into the chat.
    Say(String),
    /// Write into the waiting room of a knock.
    SayWaiting(KnockId, String),
    /// Ask a member to show what it sees.
    AskVideo(PeerId),
    /// Give the session another title.
    SetTitle(String),
    /// Everything shown was read.
    MarkRead,
    /// Whether a peer's video is looked at.
    Watching(PeerId, bool),
    /// Close the session for everybody.
    Close,
    /// Something with boards, or what everybody is to look at.
    Board(BoardCommand),
    /// Something with files.
    File(FileCommand),
    /// Something with checklists, notes or shared texts.
    Desk(DeskCommand),
    /// Shown to others and never stored; lost if the queue is full.
    Live(LiveOut),
}
