//! Why an entry is not part of a roster.

use thiserror::Error;

use crate::wire::DecodeError;

/// Why an entry is not part of a roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RosterError {
    /// The bytes do not decode.
    #[error("malformed: {0}")]
    Malformed(#[from] DecodeError),
    /// A first entry that is no genesis entry, or a genesis entry that is not the first.
    #[error("not a genesis entry")]
    NotGenesis,
    /// Of another session.
    #[error("of another session")]
    OtherSession,
    /// What it follows is not here.
    #[error("the previous entry is unknown")]
    UnknownPrevious,
    /// Its number is not one more than its predecessor's, or the chain is too long.
    #[error("wrong number")]
    WrongNumber,
    /// Its term does not follow.
    #[error("wrong term")]
    WrongTerm,
    /// Its epoch does not follow.
    #[error("wrong epoch")]
    WrongEpoch,
    /// Not signed by its signer.
    #[error("bad signature")]
    BadSignature,
    /// The signer is not the lead.
    #[error("the signer is not the lead")]
    NotTheLead,
    /// The signer may not take the lead.
    #[error("the signer may not take the lead")]
    MayNotTake,
    /// Names somebody who is not a member, or removes the lead.
    #[error("not a member")]
    NotAMember,
    /// Admits a member.
    #[error("already a member")]
    AlreadyMember,
    /// A role that cannot be given.
    #[error("a role that cannot be given")]
    BadRole,
    /// A key that no peer may have.
    #[error("an unsound key")]
    BadKey,
    /// A cut of somebody else.
    #[error("a cut of somebody else")]
    BadCut,
    /// Keys for the wrong members.
    #[error("keys for the wrong members")]
    BadWraps,
    /// The new lead did not accept.
    #[error("the new lead did not accept")]
    BadAccept,
    /// The session is closed.
    #[error("the session is closed")]
    Closed,
    /// Too many members.
    #[error("too many members")]
    TooManyMembers,
    /// Too many branches.
    #[error("too many branches")]
    TooManyBranches,
}

impl RosterError {
    /// The name in fixtures and counters.
    pub fn name(self) -> &'static str {
        match self {
            RosterError::Malformed(_) => "malformed",
            RosterError::NotGenesis => "not-genesis",
            RosterError::OtherSession => "other-session",
            RosterError::UnknownPrevious => "unknown-previous",
            RosterError::WrongNumber => "wrong-number",
            RosterError::WrongTerm => "wrong-term",
            RosterError::WrongEpoch => "wrong-epoch",
            RosterError::BadSignature => "bad-signature",
            RosterError::NotTheLead => "not-the-lead",
            RosterError::MayNotTake => "may-not-take",
            RosterError::NotAMember => "not-a-member",
            RosterError::AlreadyMember => "already-member",
            RosterError::BadRole => "bad-role",
            RosterError::BadKey => "bad-key",
            RosterError::BadCut => "bad-cut",
            RosterError::BadWraps => "bad-wraps",
            RosterError::BadAccept => "bad-accept",
            RosterError::Closed => "closed",
            RosterError::TooManyMembers => "too-many-members",
            RosterError::TooManyBranches => "too-many-branches",
        }
    }
}

impl RosterError {
    /// Whether no honest peer passes such an entry on.
    pub fn is_never_honest(self) -> bool {
        !matches!(self, RosterError::UnknownPrevious | RosterError::TooManyBranches)
    }
}
