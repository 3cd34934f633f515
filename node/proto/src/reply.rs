//! Replies to knocks and calls: sealed under the knock's own export, bound to its id, signed by an expert.

use crate::exports::{Exports, Purpose};
use crate::id::{KnockId, PeerId};
use crate::keys::PeerKey;
use crate::limits::{MAX_CHAIN, MAX_ENTRY, MAX_PAYLOAD, MAX_SDP, VERSION};
use crate::message::Message;
use crate::seal;
use crate::sig::{self, Signature, SignatureError};
use crate::wire::{Reader, WireError, Writer};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use thiserror::Error;

const LABEL: &str = "reply";

/// Why somebody doesn't come in, or a call isn't taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// The expert said no.
    ByExpert,
    /// The invite's time is over.
    Expired,
    /// The invite's time has not come.
    NotYetValid,
    /// As many as may come in by the invite are in.
    UsedUp,
    /// The expert took the invite back.
    Revoked,
    /// Too many wait for the expert's decision.
    TooManyKnocks,
    /// The knock did not open or was not believed.
    BadKnock,
    /// Was a member, is none any more.
    Removed,
    /// The session is over.
    SessionClosed,
    /// Cannot take another link now.
    Busy,
    /// Made by another version.
    UnsupportedVersion,
}

impl Refusal {
    const ALL: [Self; 11] = [
        Self::ByExpert,
        Self::Expired,
        Self::NotYetValid,
        Self::UsedUp,
        Self::Revoked,
        Self::TooManyKnocks,
        Self::BadKnock,
        Self::Removed,
        Self::SessionClosed,
        Self::Busy,
        Self::UnsupportedVersion,
    ];

    /// The code on the wire.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8 + 1
    }

    /// The refusal of a code, if there is one.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code).checked_sub(1)?).copied()
    }

    /// Whether trying again later may help without anybody doing anything.
    #[must_use]
    pub const fn is_passing(self) -> bool {
        matches!(self, Self::NotYetValid | Self::TooManyKnocks | Self::Busy)
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// To a knock: an expert's app has it, a person will decide.
    Waiting,
    /// To both: no.
    Refused(Refusal),
    /// To a knock: come in.
    Admitted {
        /// The roster from its genesis entry, with wraps.
        chain: Vec<Vec<u8>>,
        /// The SDP answer. None: the offer was too old, call instead.
        answer: Option<String>,
    },
    /// To a call under an old epoch: read these and call again.
    Behind {
        /// Roster entries that the caller lacks.
        entries: Vec<Vec<u8>>,
    },
    /// To a call: here.
    WelcomeBack {
        /// The SDP answer. None: the offer was of no use, call again.
        answer: Option<String>,
    },
}

impl Reply {
    /// Whether it may answer what was asked.
    fn answers(&self, purpose: Purpose) -> bool {
        match self {
            Self::Refused(_) => true,
            Self::Waiting | Self::Admitted { .. } => purpose == Purpose::Knock,
            Self::Behind { .. } | Self::WelcomeBack { .. } => purpose == Purpose::Call,
        }
    }

    fn write(&self, to: &mut Writer) {
        match self {
            Self::Waiting => to.u8(1),
            Self::Refused(reason) => to.u8(2).u8(reason.code()),
            Self::Admitted { chain, answer } => to.u8(3).byte_lists(chain).opt_str(answer.as_deref()),
            Self::Behind { entries } => to.u8(4).byte_lists(entries),
            Self::WelcomeBack { answer } => to.u8(5).opt_str(answer.as_deref()),
        };
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(match from.u8()? {
            1 => Self::Waiting,
            2 => Self::Refused(Refusal::from_code(from.u8()?).ok_or(WireError::UnknownCode)?),
            3 => Self::Admitted { chain: from.byte_lists(MAX_CHAIN, MAX_ENTRY)?, answer: from.opt_str(MAX_SDP)? },
            4 => Self::Behind { entries: from.byte_lists(MAX_CHAIN, MAX_ENTRY)? },
            5 => Self::WelcomeBack { answer: from.opt_str(MAX_SDP)? },
            _ => return Err(WireError::UnknownCode),
        })
    }
}

/// Why a reply was not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ReplyError {
    /// Not a reply, or to something else.
    #[error("not a reply to this")]
    NotForUs,
    /// Not sealed under this knock's key: damaged, cut, or invented.
    #[error("the reply does not open")]
    DoesNotOpen,
    /// It opened, but is no reply.
    #[error("the reply is malformed: {0}")]
    Malformed(#[from] WireError),
    /// A reply to a call where a knock was made, or the other way round.
    #[error("the reply is of the wrong kind")]
    WrongKind,
    /// Its signature is wrong.
    #[error("the reply's signature: {0}")]
    Signature(#[from] SignatureError),
    /// Signed by somebody who may not answer.
    #[error("the reply is signed by somebody who may not answer")]
    WrongSigner,
    /// More than a message holds.
    #[error("the reply is too large")]
    TooLarge,
}

/// Seals a reply.
pub fn seal(
    reply: &Reply,
    exports: &Exports,
    signer: &PeerKey,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, ReplyError> {
    if !reply.answers(exports.purpose) {
        return Err(ReplyError::WrongKind);
    }
    let mut to = Writer::new();
    to.u8(VERSION);
    reply.write(&mut to);
    to.raw(&signer.public().0);
    let sig = signer.sign(LABEL, &signed(&exports.id, to.as_slice()));
    let plain = to.raw(&sig.0).finish();
    let sealed = seal::seal(exports.reply.expose(), LABEL, &exports.id.0, &plain, rng);
    let message = Message::Reply { id: exports.id, sealed }.encode();
    if message.len() > MAX_PAYLOAD { Err(ReplyError::TooLarge) } else { Ok(message) }
}

/// Opens a reply. `may_answer` judges the signer: the record's expert, or a member with role lead or expert in the roster
/// (for [`Reply::Admitted`] in the chain that it carries, which must be verified from the session's id first).
pub fn open(
    message: &[u8],
    exports: &Exports,
    may_answer: impl FnOnce(&PeerId, &Reply) -> bool,
) -> Result<(Reply, PeerId), ReplyError> {
    let Ok(Message::Reply { id, sealed }) = Message::decode(message) else { return Err(ReplyError::NotForUs) };
    if id != exports.id {
        return Err(ReplyError::NotForUs);
    }
    let plain = seal::open(exports.reply.expose(), LABEL, &id.0, &sealed).map_err(|_| ReplyError::DoesNotOpen)?;
    let mut from = Reader::new(&plain);
    from.version()?;
    let reply = Reply::read(&mut from)?;
    let signer = PeerId(from.array()?);
    let signed = signed(&id, from.before());
    let sig = Signature(from.array()?);
    from.end()?;
    if !reply.answers(exports.purpose) {
        return Err(ReplyError::WrongKind);
    }
    sig::verify(&signer.0, LABEL, &signed, &sig)?;
    if may_answer(&signer, &reply) { Ok((reply, signer)) } else { Err(ReplyError::WrongSigner) }
}

fn signed(id: &KnockId, fields: &[u8]) -> Vec<u8> {
    [&id.0[..], fields].concat()
}
