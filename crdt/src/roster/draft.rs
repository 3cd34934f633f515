//! Making entries: what the lead, or an expert that takes the lead, signs.

use ed25519_dalek::SigningKey;
use rand_core::CryptoRng;
use thiserror::Error;

use super::entry::{Body, Entry, EntryKind, Newcomer};
use super::state::State;
use super::{Roster, RosterError};
use crate::id::{EntryHash, Epoch, KnockId, PeerId, Role, SealKey, SessionId, SlotKey};
use crate::keys::{EpochKeys, KeyRing, WrapError, wrap_all};
use crate::membership::Cut;
use crate::sign::{self, SIGNATURE_BYTES};

/// Why an entry cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DraftError {
    /// It would not be valid.
    #[error("not valid: {0}")]
    Invalid(#[from] RosterError),
    /// A key of a member cannot be sealed to.
    #[error("a seal key that cannot be sealed to")]
    Wrap(#[from] WrapError),
    /// This peer does not have the keys that are to be handed on.
    #[error("the epoch's keys are not here")]
    NoKeys,
    /// Admission stops until a rekey, because the lead's key signed two entries at one place.
    #[error("admission stops until a rekey")]
    Alarm,
}

/// Who founds a session.
pub struct Founder<'a> {
    /// Its identity.
    pub key: &'a SigningKey,
    /// Where its wraps are sealed to.
    pub seal: SealKey,
    /// What the rendezvous knows it by.
    pub slot: SlotKey,
    /// Its name.
    pub name: &'a str,
    /// Whether an expert may take the lead when it is lost.
    pub succession: bool,
}

impl Founder<'_> {
    /// The genesis entry of a new session, and the keys of its first epoch.
    pub fn found(&self, rng: &mut impl CryptoRng) -> Result<(Entry, EpochKeys), DraftError> {
        let peer = sign::peer_of(self.key);
        let creator = Newcomer { peer, seal: self.seal, slot: self.slot, name: self.name.to_owned() };
        let keys = EpochKeys::fresh(rng);
        let kind = EntryKind::Genesis { succession: self.succession, creator };
        let wraps = wrap_all(
            SessionId::NONE,
            Epoch(1),
            &keys,
            crate::id::Audience::EACH.into_iter().map(|audience| (audience, peer, self.seal)),
            rng,
        )?;
        let body = Body {
            sid: SessionId::NONE,
            n: 0,
            prev: EntryHash::NONE,
            term: 1,
            epoch: Epoch(1),
            kind,
            wraps,
            signer: peer,
        };
        let entry = Entry::seal(body, self.key);
        State::begin(&entry)?;
        Ok((entry, keys))
    }
}

/// The signature with which an expert accepts the lead, over the entry that the transfer will follow.
pub fn accept_transfer(key: &SigningKey, head: &EntryHash) -> [u8; SIGNATURE_BYTES] {
    sign::sign(key, "accept", &head.0)
}

/// Makes the next entry of a roster. Nothing is applied: the entry is, like anybody else's.
pub struct Draft<'a> {
    roster: &'a Roster,
    key: &'a SigningKey,
}

impl Roster {
    /// Begins an entry signed with `key`.
    pub fn draft<'a>(&'a self, key: &'a SigningKey) -> Draft<'a> {
        Draft { roster: self, key }
    }
}

impl Draft<'_> {
    /// Lets a knock in.
    pub fn admit(
        &self,
        newcomer: Newcomer,
        role: Role,
        knock: KnockId,
        ring: &KeyRing,
        rng: &mut impl CryptoRng,
    ) -> Result<Entry, DraftError> {
        if self.roster.alarm() {
            return Err(DraftError::Alarm);
        }
        self.handing_on(EntryKind::Admit { newcomer, role, knock }, ring, rng)
    }

    /// Gives a member another role.
    pub fn role(
        &self,
        peer: PeerId,
        role: Role,
        cuts: Vec<Cut>,
        rng: &mut impl CryptoRng,
    ) -> Result<Entry, DraftError> {
        self.starting_epoch(EntryKind::Role { peer, role, cuts }, rng)
    }

    /// Removes a member; `cuts` are how far its envelopes count.
    pub fn remove(&self, peer: PeerId, cuts: Vec<Cut>, rng: &mut impl CryptoRng) -> Result<Entry, DraftError> {
        self.starting_epoch(EntryKind::Remove { peer, cuts }, rng)
    }

    /// Hands the lead to an expert that accepted by [`accept_transfer`].
    pub fn transfer(
        &self,
        peer: PeerId,
        accept: [u8; SIGNATURE_BYTES],
        ring: &KeyRing,
        rng: &mut impl CryptoRng,
    ) -> Result<Entry, DraftError> {
        self.handing_on(EntryKind::Transfer { peer, accept }, ring, rng)
    }

    /// Takes the lead.
    pub fn take(&self) -> Result<Entry, DraftError> {
        self.plain(EntryKind::Take)
    }

    /// Starts an epoch.
    pub fn rekey(&self, rng: &mut impl CryptoRng) -> Result<Entry, DraftError> {
        self.starting_epoch(EntryKind::Rekey, rng)
    }

    /// Names the envelope that counts.
    pub fn settle(&self, cut: Cut) -> Result<Entry, DraftError> {
        self.plain(EntryKind::Settle { cut })
    }

    /// Ends the session.
    pub fn close(&self, vectors: Vec<Cut>) -> Result<Entry, DraftError> {
        self.plain(EntryKind::Close { vectors })
    }

    /// Signs again what a losing entry did.
    pub fn again(&self, offer: EntryKind, ring: &KeyRing, rng: &mut impl CryptoRng) -> Result<Entry, DraftError> {
        match offer {
            EntryKind::Admit { newcomer, role, knock } => self.admit(newcomer, role, knock, ring, rng),
            kind if kind.starts_epoch() => self.starting_epoch(kind, rng),
            kind => self.plain(kind),
        }
    }

    fn plain(&self, kind: EntryKind) -> Result<Entry, DraftError> {
        self.finish(self.body(kind))
    }

    fn handing_on(&self, kind: EntryKind, ring: &KeyRing, rng: &mut impl CryptoRng) -> Result<Entry, DraftError> {
        let keys = ring.current(self.roster.epoch()).ok_or(DraftError::NoKeys)?;
        self.wrapping(kind, &keys, rng)
    }

    fn starting_epoch(&self, kind: EntryKind, rng: &mut impl CryptoRng) -> Result<Entry, DraftError> {
        let keys = EpochKeys::fresh(rng);
        self.wrapping(kind, &keys, rng)
    }

    fn wrapping(&self, kind: EntryKind, keys: &EpochKeys, rng: &mut impl CryptoRng) -> Result<Entry, DraftError> {
        let mut body = self.body(kind);
        let after = self.members_after(&body)?;
        let entitled = after.entitled(&body.kind).into_iter();
        let sealed_to = entitled
            .filter_map(|(audience, peer)| after.members.get(&peer).map(|member| (audience, peer, member.seal)));
        body.wraps = wrap_all(body.sid, body.epoch, keys, sealed_to, rng)?;
        self.finish(body)
    }

    fn members_after(&self, body: &Body) -> Result<State, DraftError> {
        Ok(self.roster.state.preview(body)?)
    }

    fn body(&self, kind: EntryKind) -> Body {
        let state = &self.roster.state;
        Body {
            sid: state.sid,
            n: state.n + 1,
            prev: state.head,
            term: state.term + u64::from(kind == EntryKind::Take),
            epoch: Epoch(state.epoch.0 + u64::from(kind.starts_epoch())),
            kind,
            wraps: Vec::new(),
            signer: sign::peer_of(self.key),
        }
    }

    fn finish(&self, body: Body) -> Result<Entry, DraftError> {
        let entry = Entry::seal(body, self.key);
        self.roster.state.follow(&entry, false)?;
        Ok(entry)
    }
}
