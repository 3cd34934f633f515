//! What a session needs to go on after a reload or restart: link, record, knock with its keys, and whether it was let in.

use super::{Me, Membership, Output, Sent, Session, Stage};
use crate::exports::Exports;
use crate::invite::{LinkSecret, Record};
use crate::limits::{MAX_PAYLOAD, MAX_RECORD};
use crate::wire::{Reader, WireError, Writer};

/// Bytes of [`Exports::to_bytes`], and to spare.
const MAX_EXPORTS: usize = 512;

/// A session as it was kept.
#[derive(Debug, Clone)]
pub struct Kept {
    link: LinkSecret,
    sealed: Vec<u8>,
    knock: Option<Sent>,
    admitted: bool,
}

impl Kept {
    /// Reads what [`Output::Persist`] gave last.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        let mut from = Reader::new(bytes);
        from.version()?;
        let link = LinkSecret::new(from.array()?);
        let sealed = from.bytes(MAX_RECORD)?.to_vec();
        let knock = if from.bool()? {
            let message = from.bytes(MAX_PAYLOAD)?.to_vec();
            Some(Sent { message, exports: Exports::from_bytes(from.bytes(MAX_EXPORTS)?)? })
        } else {
            None
        };
        let admitted = from.bool()?;
        from.end()?;
        Ok(Self { link, sealed, knock, admitted })
    }

    /// The invite's link.
    #[must_use]
    pub fn link(&self) -> &LinkSecret {
        &self.link
    }

    /// Whether it was let in: then a [`Membership`] is known from the session's documents.
    #[must_use]
    pub fn was_admitted(&self) -> bool {
        self.admitted
    }
}

impl Session {
    /// Goes on: as a member with a call, else with the same knock, else from the link.
    #[must_use]
    pub fn resume(me: Me, kept: Kept, member: Option<Membership>, now_ms: u64) -> Self {
        let mut session = Self::begin(me, &kept.link, now_ms);
        let Ok(record) = Record::open(&kept.sealed, &kept.link, &session.secrets, None) else { return session };
        session.known_version = Some(record.version);
        session.record = Some(record);
        session.sealed = kept.sealed;
        session.knock = kept.knock;
        session.member = member;
        if kept.admitted && session.member.is_some() {
            session.enter(Stage::Apart { until: now_ms });
        } else if session.knock.is_some() {
            session.enter(Stage::Knocking { since: now_ms });
        }
        session
    }

    pub(super) fn persist(&mut self) {
        let mut to = Writer::new();
        to.u8(crate::limits::VERSION).raw(self.link.expose()).bytes(&self.sealed).bool(self.knock.is_some());
        if let Some(knock) = &self.knock {
            to.bytes(&knock.message).bytes(&knock.exports.to_bytes());
        }
        to.bool(self.member.is_some());
        self.outputs.push_back(Output::Persist(to.finish()));
    }
}
