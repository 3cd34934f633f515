//! Verdicts of a log, with every reason for which an envelope is refused.

use std::collections::BTreeMap;

use crate::prescan::PrescanError;

/// What became of an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is part of the document.
    Accepted,
    /// It waits for an envelope that it builds on.
    Pending,
    /// It was here already.
    Duplicate,
    /// It is no part of the document.
    Refused(Reason),
}

impl Verdict {
    /// The word in fixtures.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Accepted => "accepted",
            Verdict::Pending => "pending",
            Verdict::Duplicate => "duplicate",
            Verdict::Refused(_) => "refused",
        }
    }
}

/// Why an envelope was refused. The order is the order of the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Above the size cap.
    Oversize,
    /// Does not decode.
    Malformed,
    /// Another version of the protocol.
    UnknownVersion,
    /// Of another session.
    OtherSession,
    /// Of a document that this log is not, or that this peer does not have.
    UnknownDocument,
    /// By somebody who was never a member.
    UnknownAuthor,
    /// Not signed by its author.
    BadSignature,
    /// The pre-scan refused the change.
    Chunk(PrescanError),
    /// The change is by another actor than the envelope.
    ActorMismatch,
    /// The change has another sequence number than the envelope, or none.
    WrongSequence,
    /// Of an epoch that has not begun.
    FutureEpoch,
    /// Of an older epoch than the same actor's previous envelope.
    EpochBack,
    /// The roster settled on another envelope at this point of the chain.
    SettledOtherwise,
    /// Another envelope of the actor has this sequence number: a proof is kept and the actor frozen.
    Equivocation,
    /// The previous envelope is another one, or not among the ancestors.
    PrevMismatch,
    /// Too much waits already.
    PendingFull,
    /// The operation counters are not those of a change on top of its dependencies.
    StartOp,
    /// The author's role may not write this document.
    RoleNotAllowed,
    /// The author may no longer write, and this lies beyond its cut.
    BeyondCut,
    /// The actor equivocated, and nobody has settled it yet.
    Frozen,
    /// The change touches what its author did not make.
    ForeignObject,
    /// The change names what is not among its ancestors.
    BadReference,
    /// The document has too many actors.
    TooManyActors,
    /// The author has written more than one author may.
    AuthorBudget,
    /// Too much is held that is not accepted.
    AsideFull,
}

impl Reason {
    /// The name in fixtures, counters and logs.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Oversize => "oversize",
            Reason::Malformed => "malformed",
            Reason::UnknownVersion => "unknown-version",
            Reason::OtherSession => "other-session",
            Reason::UnknownDocument => "unknown-document",
            Reason::UnknownAuthor => "unknown-author",
            Reason::BadSignature => "bad-signature",
            Reason::Chunk(_) => "chunk",
            Reason::ActorMismatch => "actor-mismatch",
            Reason::WrongSequence => "wrong-sequence",
            Reason::FutureEpoch => "future-epoch",
            Reason::EpochBack => "epoch-back",
            Reason::SettledOtherwise => "settled-otherwise",
            Reason::Equivocation => "equivocation",
            Reason::PrevMismatch => "prev-mismatch",
            Reason::PendingFull => "pending-full",
            Reason::StartOp => "start-op",
            Reason::RoleNotAllowed => "role-not-allowed",
            Reason::BeyondCut => "beyond-cut",
            Reason::Frozen => "frozen",
            Reason::ForeignObject => "foreign-object",
            Reason::BadReference => "bad-reference",
            Reason::TooManyActors => "too-many-actors",
            Reason::AuthorBudget => "author-budget",
            Reason::AsideFull => "aside-full",
        }
    }

    /// Whether no honest peer passes such an envelope on, however its roster and its documents differ from ours.
    pub fn is_never_honest(self) -> bool {
        matches!(
            self,
            Reason::Oversize
                | Reason::Malformed
                | Reason::UnknownVersion
                | Reason::OtherSession
                | Reason::BadSignature
                | Reason::Chunk(_)
                | Reason::ActorMismatch
                | Reason::WrongSequence
                | Reason::EpochBack
                | Reason::StartOp
                | Reason::ForeignObject
                | Reason::BadReference
        )
    }
}

/// How often each reason occurred.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters(BTreeMap<&'static str, u64>);

impl Counters {
    /// Counts one refusal.
    pub fn count(&mut self, name: &'static str) {
        *self.0.entry(name).or_default() += 1;
    }

    /// How often `name` was counted.
    pub fn of(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or(0)
    }

    /// All counters that are not zero.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.0.iter().map(|(name, count)| (*name, *count))
    }

    /// Adds those of `other`.
    pub fn add(&mut self, other: &Counters) {
        other.iter().for_each(|(name, count)| *self.0.entry(name).or_default() += count);
    }
}
