//! The invite record: what a link holder must know to knock. It lies sealed at the rendezvous and is signed by the expert
//! whom the link commits to.
//!
//! What it says about window and uses is for a helpful sentence on the holder's screen; the expert's app judges.

use super::{InviteSecrets, LinkSecret};
use crate::id::{PeerId, Role, SealPublic, SessionId, SlotAddress};
use crate::keys::PeerKey;
use crate::limits::{MAX_LAN, MAX_NAME, MAX_RECORD, MAX_RENDEZVOUS, MAX_URL, VERSION};
use crate::name::sanitise;
use crate::seal;
use crate::sig::{self, Signature, SignatureError};
use crate::wire::{Reader, WireError, Writer};
use rand_core::CryptoRng;
use thiserror::Error;

const LABEL: &str = "record";

/// Why a record is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RecordError {
    /// Not sealed with this link's key: damaged or another invite's.
    #[error("the invite record does not open")]
    DoesNotOpen,
    /// Opened, but not a record.
    #[error("the invite record is malformed: {0}")]
    Malformed(#[from] WireError),
    /// The link was made for another expert's key.
    #[error("the invite record names another expert than the link")]
    OtherExpert,
    /// Not signed by the expert.
    #[error("the invite record's signature: {0}")]
    Signature(#[from] SignatureError),
    /// A role that an invite doesn't give.
    #[error("the invite record gives a role that no invite gives")]
    Role,
    /// An older record than one seen before.
    #[error("the invite record went back from version {known} to {got}")]
    WentBack {
        /// The newest version seen.
        known: u64,
        /// The version served.
        got: u64,
    },
    /// More than a record may hold.
    #[error("the invite record is too large")]
    TooLarge,
}

/// Where a time lies in an invite's window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Before it.
    NotYet,
    /// In it.
    Open,
    /// After it.
    Over,
}

/// What a link holder learns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Rises with each replacement and never goes back.
    pub version: u64,
    /// The session.
    pub sid: SessionId,
    /// The expert's key, to which the link commits.
    pub expert: PeerId,
    /// The commitment's salt.
    pub salt: [u8; 32],
    /// Knocks are sealed to it.
    pub knock_key: SealPublic,
    /// The role that is asked for.
    pub role: Role,
    /// Unix milliseconds from which it is valid.
    pub not_before: u64,
    /// Unix milliseconds after which it isn't.
    pub not_after: u64,
    /// How many peers may come in by it; 0: any number.
    pub uses: u32,
    /// Where knocks are sent.
    pub knock_address: SlotAddress,
    /// Rendezvous URLs.
    pub rendezvous: Vec<String>,
    /// LAN addresses.
    pub lan: Vec<String>,
    /// The expert's name, sanitised.
    pub name: String,
}

impl Record {
    /// Signs and seals the record for the rendezvous.
    pub fn seal(
        &self,
        secrets: &InviteSecrets,
        expert: &PeerKey,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, RecordError> {
        let mut plain = Writer::new();
        self.write(&mut plain);
        let sig = expert.sign(LABEL, &signed(secrets, plain.as_slice()));
        let plain = plain.raw(&sig.0).finish();
        let sealed = seal::seal(secrets.record_key.expose(), LABEL, &secrets.id.0, &plain, rng);
        if sealed.len() > MAX_RECORD { Err(RecordError::TooLarge) } else { Ok(sealed) }
    }

    /// Opens a served record: seal, shape, commitment, signature, role, and that the version is not below `known`, the
    /// newest that this device has seen for the invite.
    pub fn open(
        sealed: &[u8],
        link: &LinkSecret,
        secrets: &InviteSecrets,
        known: Option<u64>,
    ) -> Result<Self, RecordError> {
        if sealed.len() > MAX_RECORD {
            return Err(RecordError::TooLarge);
        }
        let plain = seal::open(secrets.record_key.expose(), LABEL, &secrets.id.0, sealed)
            .map_err(|_| RecordError::DoesNotOpen)?;
        let mut from = Reader::new(&plain);
        let mut record = Self::read(&mut from)?;
        let signed = signed(secrets, from.before());
        let sig = Signature(from.array()?);
        from.end()?;
        if !link.commits_to(&record.expert, &record.salt) {
            return Err(RecordError::OtherExpert);
        }
        sig::verify(&record.expert.0, LABEL, &signed, &sig)?;
        if record.role == Role::Lead {
            return Err(RecordError::Role);
        }
        if let Some(known) = known.filter(|known| *known > record.version) {
            return Err(RecordError::WentBack { known, got: record.version });
        }
        record.name = sanitise(&record.name);
        Ok(record)
    }

    /// Where `now` lies in the window, by the holder's clock: a hint.
    #[must_use]
    pub fn window_at(&self, now_ms: u64) -> Window {
        if now_ms < self.not_before {
            Window::NotYet
        } else if now_ms > self.not_after {
            Window::Over
        } else {
            Window::Open
        }
    }

    fn write(&self, to: &mut Writer) {
        to.u8(VERSION).u64(self.version).raw(&self.sid.0).raw(&self.expert.0).raw(&self.salt);
        to.raw(&self.knock_key.0).u8(self.role.code()).u64(self.not_before).u64(self.not_after).u32(self.uses);
        to.raw(&self.knock_address.0).strs(&self.rendezvous).strs(&self.lan).str(&sanitise(&self.name));
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        from.version()?;
        Ok(Self {
            version: from.u64()?,
            sid: SessionId(from.array()?),
            expert: PeerId(from.array()?),
            salt: from.array()?,
            knock_key: SealPublic(from.array()?),
            role: Role::from_code(from.u8()?).ok_or(WireError::UnknownCode)?,
            not_before: from.u64()?,
            not_after: from.u64()?,
            uses: from.u32()?,
            knock_address: SlotAddress(from.array()?),
            rendezvous: from.strs(MAX_RENDEZVOUS, MAX_URL)?,
            lan: from.strs(MAX_LAN, MAX_URL)?,
            name: from.str(MAX_NAME)?.to_owned(),
        })
    }
}

fn signed(secrets: &InviteSecrets, fields: &[u8]) -> Vec<u8> {
    [&secrets.id.0[..], fields].concat()
}
