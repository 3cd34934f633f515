//! One error type per operation, each with a stable `code()` that the user interfaces translate.

use std::io;
use std::path::PathBuf;

use crate::ids::{DocumentId, EntryId, KnockId, PeerId};

/// The node could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another running app uses this home.
    #[error("another running app uses this home")]
    HomeInUse,
    /// The home can't be made or read.
    #[error("the home {path:?} can't be used: {source}")]
    Home {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The identity file is there and unreadable; it is never replaced.
    #[error("the identity file is damaged")]
    IdentityDamaged,
    /// A rendezvous address is not of the form `https://host[:port]`.
    #[error("not a rendezvous address: {0}")]
    RendezvousAddress(String),
    /// The certificate file can't be read or holds no certificate.
    #[error("the certificate file can't be used: {0}")]
    Certificate(PathBuf),
    /// A thread or TLS provider could not be set up.
    #[error("the system refuses what the node needs: {0}")]
    System(String),
}

impl StartError {
    /// Stable name, a Fluent message id.
    pub fn code(&self) -> &'static str {
        match self {
            Self::HomeInUse => "error-home-in-use",
            Self::Home { .. } => "error-home",
            Self::IdentityDamaged => "error-identity-damaged",
            Self::RendezvousAddress(_) => "error-rendezvous-address",
            Self::Certificate(_) => "error-certificate-file",
            Self::System(_) => "error-system",
        }
    }
}

macro_rules! operation_error {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident $(($field:ty))? => $code:literal, $text:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
        pub enum $name {
            $($(#[$vdoc])* #[error($text)] $variant $(($field))?,)+
        }

        impl $name {
            /// Stable name, a Fluent message id.
            pub fn code(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $code,)+
                }
            }
        }
    };
}

operation_error! {
    /// A session could not be made.
    NewSessionError {
        /// The title is empty or too long.
        Title => "error-title", "the title is empty or too long";
        /// Its file could not be written.
        NotStored => "error-not-stored", "the session could not be stored";
        /// The node holds as many sessions as it may.
        TooMany => "error-too-many-sessions", "there are too many sessions";
        /// The node is shutting down.
        Stopped => "error-stopped", "the node is shutting down";
    }
}

operation_error! {
    /// An invite could not be made.
    InviteError {
        /// Admit automatically is for single-use invites of operators and viewers.
        AutoNotAllowed => "error-auto-not-allowed", "only single-use invites for operators and viewers may admit automatically";
        /// A lead can't be invited; there is one.
        RoleNotAllowed => "error-role-not-allowed", "this role can't be invited";
        /// The time is zero or beyond the limit.
        ValidityNotAllowed => "error-validity-not-allowed", "this span of validity is not allowed";
        /// No rendezvous is set.
        NoRendezvous => "error-no-rendezvous", "no rendezvous is set";
        /// As many invites are open as may be.
        TooMany => "error-too-many-invites", "there are too many open invites";
        /// It could not be stored on this device.
        NotStored => "error-not-stored", "the invite could not be stored";
        /// The session is closed.
        Closed => "error-session-closed", "the session is closed";
        /// The node is shutting down.
        Stopped => "error-stopped", "the node is shutting down";
    }
}

operation_error! {
    /// An invite could not be taken back.
    RevokeError {
        /// No such invite.
        UnknownInvite => "error-unknown-invite", "no such invite";
        /// It could not be stored on this device.
        NotStored => "error-not-stored", "this could not be stored";
        /// The node is shutting down.
        Stopped => "error-stopped", "the node is shutting down";
    }
}

operation_error! {
    /// A knock could not be decided.
    DecideError {
        /// No such open knock.
        UnknownKnock(KnockId) => "error-unknown-knock", "no such open knock";
        /// All uses of its invite are taken.
        UsedUp => "error-link-used-up", "all uses of the link are taken";
        /// Its invite's time is over.
        Expired => "error-link-expired", "the link's time is over";
        /// Its invite was taken back.
        Revoked => "error-link-revoked", "the link was taken back";
        /// The roster is in doubt: admission rests until new keys are made.
        Alarm => "error-roster-alarm", "admission rests: the roster is in doubt";
        /// It could not be stored on this device.
        NotStored => "error-not-stored", "this could not be stored";
        /// The session is closed.
        Closed => "error-session-closed", "the session is closed";
        /// The node is shutting down.
        Stopped => "error-stopped", "the node is shutting down";
    }
}

operation_error! {
    /// A message could not be written.
    SayError {
        /// There is no text.
        Empty => "error-message-empty", "the message is empty";
        /// It is longer than a message may be.
        TooLong => "error-message-too-long", "the message is too long";
        /// No such open knock.
        UnknownKnock(KnockId) => "error-unknown-knock", "no such open knock";
        /// The own role may not write, or no longer.
        NotAllowed => "error-not-allowed", "this role may not write";
        /// The session is closed.
        Closed => "error-session-closed", "the session is closed";
        /// It could not be stored on this device; nothing was sent.
        NotStored => "error-not-stored", "the message could not be stored";
        /// The node is shutting down.
        Stopped => "error-stopped", "the node is shutting down";
    }
}

operation_error! {
    /// A title could not be set.
    TitleError {
        /// The title is empty or too long.
        Title => "error-title", "the title is empty or too long";
        /// The own role may not write.
        NotAllowed => "error-not-allowed", "this role may not write";
        /// The session is closed.
        Closed => "error-session-closed", "the session is closed";
        /// It could not be stored on this device.
        NotStored => "error-not-stored", "the title could not be stored";
        /// The node is shutting down.
        Stopped => "error-stopped", "the node is shutting down";
    }
}

operation_error! {
    /// A peer could not be asked for its video.
    AskError {
        /// No such member.
        UnknownPeer(PeerId) => "error-unknown-peer", "no such member";
        /// There is no verified link to it now.
        NotHere(PeerId) => "error-not-here", "this person is not here now";
        /// The node is shutting down.
        Stopped => "error-stopped", "the node is shutting down";
    }
}

operation_error! {
    /// A session could not be closed.
    CloseError {
        /// It is closed already.
        Closed => "error-session-closed", "the session is closed";
        /// Only the lead may close it.
        NotAllowed => "error-not-allowed", "only the lead may close the session";
        /// It could not be stored on this device.
        NotStored => "error-not-stored", "this could not be stored";
        /// The node is shutting down.
        Stopped => "error-stopped", "the node is shutting down";
    }
}

operation_error! {
    /// A link could not be opened at all.
    JoinError {
        /// Nothing like an invite link.
        NotALink => "error-link-malformed", "this is not an invite link";
        /// The link is not `https://`.
        NotSecure => "error-link-not-secure", "the link does not begin with https://";
        /// Characters are missing at its end.
        CutShort => "error-link-cut-short", "the link is cut short";
        /// There are too many characters.
        TooLong => "error-link-too-long", "the link has too many characters";
        /// Characters are wrong.
        Damaged => "error-link-damaged", "the link is damaged";
        /// The node is shutting down.
        Stopped => "error-stopped", "the node is shutting down";
    }
}

operation_error! {
    /// A setting could not be changed.
    SettingError {
        /// The value is empty, too long or malformed.
        Malformed => "error-setting-malformed", "this value is not allowed";
        /// It could not be stored on this device.
        NotStored => "error-not-stored", "the setting could not be stored";
        /// The node is shutting down.
        Stopped => "error-stopped", "the node is shutting down";
    }
}

operation_error! {
    /// Something could not be done with a board.
    BoardError {
        /// No such board.
        UnknownBoard(DocumentId) => "error-unknown-board", "no such board";
        /// No such stroke.
        UnknownStroke(EntryId) => "error-unknown-stroke", "no such stroke";
        /// There is no picture to freeze.
        NoPicture => "error-no-picture", "there is no picture now";
        /// The bytes are no picture that can be shown here, or it is too large.
        NotAPicture => "error-not-a-picture", "this is no picture that can be shown";
        /// The peer is not here now.
        NotHere(PeerId) => "error-not-here", "this person is not here now";
        /// The board has as many strokes as it can hold, or the stroke is too long.
        Full => "error-board-full", "the board is full";
        /// There is nothing to take back or bring again.
        Nothing => "error-nothing-to-undo", "there is nothing to take back";
        /// The own role may not draw.
        NotAllowed => "error-not-allowed", "this role may not write";
        /// The session is closed.
        Closed => "error-session-closed", "the session is closed";
        /// It could not be stored on this device.
        NotStored => "error-not-stored", "this could not be stored";
        /// The node is shutting down.
        Stopped => "error-stopped", "the node is shutting down";
    }
}

operation_error! {
    /// Something could not be done with a file.
    FileError {
        /// No such file on the shelf.
        UnknownFile(EntryId) => "error-unknown-file", "no such file";
        /// No such knock.
        UnknownKnock(KnockId) => "error-unknown-knock", "no such knock";
        /// It can't be read.
        Unreadable => "error-file-unreadable", "the file can't be read";
        /// It changed while it was read.
        Changed => "error-file-changed", "the file changed while it was read";
        /// It is empty.
        Empty => "error-file-empty", "the file is empty";
        /// It is larger than the organisation allows.
        TooLarge => "error-file-too-large", "the file is larger than is allowed here";
        /// The session has as many files as it can hold.
        TooMany => "error-too-many-files", "there are too many files";
        /// The place has no room for it.
        NoRoom => "error-no-room", "there is no room for it";
        /// It is not on this device yet.
        NotHere => "error-file-not-here", "the file is not here yet";
        /// It can't be shown as pages.
        NotADocument => "error-not-a-document", "this is no document that can be shown";
        /// The own role may not write.
        NotAllowed => "error-not-allowed", "this role may not write";
        /// The session is closed.
        Closed => "error-session-closed", "the session is closed";
        /// It could not be stored on this device.
        NotStored => "error-not-stored", "this could not be stored";
        /// The node is shutting down.
        Stopped => "error-stopped", "the node is shutting down";
    }
}

operation_error! {
    /// Something could not be done with a checklist, a note or a shared text.
    DeskError {
        /// No such entry.
        UnknownEntry(EntryId) => "error-unknown-entry", "no such entry";
        /// No such text.
        UnknownText(DocumentId) => "error-unknown-text", "no such text";
        /// It is empty.
        Empty => "error-empty", "there is nothing in it";
        /// It is too long.
        TooLong => "error-too-long", "it is too long";
        /// It can't be written to that place.
        NoRoom => "error-no-room", "there is no room for it";
        /// The own role may not write.
        NotAllowed => "error-not-allowed", "this role may not write";
        /// The session is closed.
        Closed => "error-session-closed", "the session is closed";
        /// It could not be stored on this device.
        NotStored => "error-not-stored", "this could not be stored";
        /// The node is shutting down.
        Stopped => "error-stopped", "the node is shutting down";
    }
}
