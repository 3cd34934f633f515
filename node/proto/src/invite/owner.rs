//! An invite as the expert's app keeps it: its secrets, its limits and who came in by it. This is the only place where
//! window, uses, role and revocation are judged, by this device's clock.
//!
//! An invite ends at `not_after`. A day later its HPKE key is wiped; until then a late, surplus or revoked knock still
//! opens, so that its sender is told why it can't come in.

use super::{InviteSecrets, Link, LinkError, LinkSecret, Record};
use crate::id::{InviteId, PeerId, Role, SessionId, SlotAddress};
use crate::keys::{SealKey, Secret, random};
use crate::knock::KnockKeys;
use crate::reply::Refusal;
use crate::wire::{Reader, WireError, Writer};
use rand_core::CryptoRng;
use serde::Serialize;
use std::collections::BTreeSet;
use thiserror::Error;
use zeroize::Zeroizing;

/// How long after its end an invite can still tell a knock why not.
const GRACE_MS: u64 = 24 * 3_600_000;
/// Peers remembered per invite. An invite without a limit of uses admits nobody new past this.
const MAX_USED_BY: usize = 4_096;

/// What an invite shall allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InviteSpec {
    /// The role that it gives; never lead.
    pub role: Role,
    /// Unix milliseconds from which it is valid.
    pub not_before: u64,
    /// Unix milliseconds after which it isn't.
    pub not_after: u64,
    /// How many peers may come in; 0: any number.
    pub uses: u32,
    /// Let in without asking: only with one use and role operator or viewer.
    pub admit_automatically: bool,
}

/// Why an invite can't be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OwnerError {
    /// Lead is handed over, not given by invite.
    #[error("no invite gives the role lead")]
    Lead,
    /// It would end before it begins.
    #[error("the invite would end before it begins")]
    Window,
    /// Only single-use invites for operators or viewers.
    #[error("only single-use invites for operators or viewers may be admitted automatically")]
    Automatic,
}

/// What may still happen by an invite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum InviteState {
    /// Its time has not come.
    NotYetValid,
    /// Somebody may come in.
    Open,
    /// As many as may are in.
    UsedUp,
    /// Its time is over.
    Expired,
    /// Taken back.
    Revoked,
}

/// An invite's owner.
#[derive(Debug, Clone)]
pub struct InviteOwner {
    sid: SessionId,
    spec: InviteSpec,
    link: LinkSecret,
    salt: [u8; 32],
    key: Option<SealKey>,
    version: u64,
    used_by: BTreeSet<PeerId>,
    revoked: bool,
}

impl InviteOwner {
    /// A new invite to a session, with a fresh link and key.
    pub fn create(
        expert: &PeerId,
        sid: SessionId,
        spec: InviteSpec,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, OwnerError> {
        if spec.role == Role::Lead {
            return Err(OwnerError::Lead);
        }
        if spec.not_after < spec.not_before {
            return Err(OwnerError::Window);
        }
        if spec.admit_automatically && (spec.uses != 1 || !matches!(spec.role, Role::Operator | Role::Viewer)) {
            return Err(OwnerError::Automatic);
        }
        let salt = random(rng);
        let link = LinkSecret::commit(expert, &salt);
        let key = Some(SealKey::generate(rng));
        Ok(Self { sid, spec, link, salt, key, version: 1, used_by: BTreeSet::new(), revoked: false })
    }

    /// What it allows.
    #[must_use]
    pub fn spec(&self) -> &InviteSpec {
        &self.spec
    }

    /// What the rendezvous looks it up by.
    #[must_use]
    pub fn id(&self) -> InviteId {
        self.secrets().id
    }

    /// Everything derived from its link.
    #[must_use]
    pub fn secrets(&self) -> InviteSecrets {
        InviteSecrets::derive(&self.link)
    }

    /// The link for a page's origin.
    pub fn link(&self, origin: &str) -> Result<Link, LinkError> {
        Link::new(origin, self.link.clone())
    }

    /// Peers that came in by it.
    #[must_use]
    pub fn used(&self) -> usize {
        self.used_by.len()
    }

    /// Who came in by it.
    pub fn used_by(&self) -> impl Iterator<Item = &PeerId> {
        self.used_by.iter()
    }

    /// The record's present version.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The record to be put at the rendezvous; none once the key is wiped. Another record than the last one put (another
    /// address or name) needs [`InviteOwner::renew`] first.
    #[must_use]
    pub fn record(
        &self,
        expert: PeerId,
        knock_address: SlotAddress,
        rendezvous: &[String],
        name: &str,
    ) -> Option<Record> {
        Some(Record {
            version: self.version,
            sid: self.sid,
            expert,
            salt: self.salt,
            knock_key: self.key.as_ref()?.public(),
            role: self.spec.role,
            not_before: self.spec.not_before,
            not_after: self.spec.not_after,
            uses: self.spec.uses,
            knock_address,
            rendezvous: rendezvous.to_vec(),
            lan: Vec::new(),
            name: crate::name::sanitise(name),
        })
    }

    /// Begins the record's next version.
    pub fn renew(&mut self) {
        self.version = self.version.saturating_add(1);
    }

    /// What opens its knocks; none once the key is wiped.
    #[must_use]
    pub fn knock_keys(&self, address: SlotAddress) -> Option<KnockKeys> {
        let secrets = self.secrets();
        Some(KnockKeys { sid: self.sid, invite: secrets.id, psk: secrets.psk, key: self.key.clone()?, address })
    }

    /// What may still happen by it.
    #[must_use]
    pub fn state(&self, now_ms: u64) -> InviteState {
        if self.revoked {
            InviteState::Revoked
        } else if now_ms > self.spec.not_after {
            InviteState::Expired
        } else if self.is_used_up() {
            InviteState::UsedUp
        } else if now_ms < self.spec.not_before {
            InviteState::NotYetValid
        } else {
            InviteState::Open
        }
    }

    /// Whether a peer's knock may wait for a decision now. A peer that came in by it before may come again.
    pub fn judge(&self, peer: &PeerId, now_ms: u64) -> Result<(), Refusal> {
        match self.state(now_ms) {
            InviteState::Open => Ok(()),
            InviteState::UsedUp if self.used_by.contains(peer) => Ok(()),
            InviteState::UsedUp => Err(Refusal::UsedUp),
            InviteState::NotYetValid => Err(Refusal::NotYetValid),
            InviteState::Expired => Err(Refusal::Expired),
            InviteState::Revoked => Err(Refusal::Revoked),
        }
    }

    /// Counts an admission, once per peer. Uses and revocation are judged again here, because time passed since the knock;
    /// the window isn't: the knock came in time.
    pub fn admit(&mut self, peer: &PeerId) -> Result<(), Refusal> {
        if self.revoked {
            return Err(Refusal::Revoked);
        }
        if !self.used_by.contains(peer) && self.is_used_up() {
            return Err(Refusal::UsedUp);
        }
        self.used_by.insert(*peer);
        Ok(())
    }

    /// Takes the invite back.
    pub fn revoke(&mut self) {
        self.revoked = true;
    }

    /// Wipes the key of an invite that ended long enough ago; whether it did so now.
    pub fn wipe_if_over(&mut self, now_ms: u64) -> bool {
        now_ms > self.spec.not_after.saturating_add(GRACE_MS) && self.key.take().is_some()
    }

    /// For storage that only its owner can read.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut to = Writer::new();
        to.u8(crate::limits::VERSION).raw(&self.sid.0).raw(self.link.expose()).raw(&self.salt);
        to.u8(self.spec.role.code()).u64(self.spec.not_before).u64(self.spec.not_after).u32(self.spec.uses);
        to.bool(self.spec.admit_automatically).u64(self.version).bool(self.revoked).bool(self.key.is_some());
        if let Some(key) = &self.key {
            to.raw(key.to_bytes().expose());
        }
        to.count(self.used_by.len());
        for peer in &self.used_by {
            to.raw(&peer.0);
        }
        Zeroizing::new(to.finish())
    }

    /// Reads what [`InviteOwner::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        let mut from = Reader::new(bytes);
        from.version()?;
        let (sid, link, salt) = (SessionId(from.array()?), LinkSecret::new(from.array()?), from.array()?);
        let spec = InviteSpec {
            role: Role::from_code(from.u8()?).ok_or(WireError::UnknownCode)?,
            not_before: from.u64()?,
            not_after: from.u64()?,
            uses: from.u32()?,
            admit_automatically: from.bool()?,
        };
        let (version, revoked) = (from.u64()?, from.bool()?);
        let key = if from.bool()? { Some(SealKey::from_bytes(&Secret::new(from.array()?))) } else { None };
        let count = from.count(MAX_USED_BY)?;
        let used_by = (0..count).map(|_| from.array().map(PeerId)).collect::<Result<_, _>>()?;
        from.end()?;
        Ok(Self { sid, spec, link, salt, key, version, used_by, revoked })
    }

    fn is_used_up(&self) -> bool {
        let limit = if self.spec.uses == 0 { MAX_USED_BY } else { self.spec.uses as usize };
        self.used_by.len() >= limit.min(MAX_USED_BY)
    }
}
