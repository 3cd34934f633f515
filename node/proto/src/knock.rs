//! The knock: proof of the invite, who asks, and an offer, in one sealed message.
//!
//! HPKE psk mode to the invite's key; info, psk and additional data bind it to session, invite and address, and the peer's
//! signature binds the same things again together with the encapsulated key, so that neither a holder of the link nor a
//! malicious expert can pass somebody's knock on as theirs.

use crate::exports::{Exports, Purpose};
use crate::id::{InviteId, SealPublic, SessionId, SlotAddress};
use crate::introduction::{About, Introduction, IntroductionError};
use crate::invite::{InviteSecrets, Record};
use crate::keys::{PeerKey, SealKey, Secret, SessionKeys};
use crate::limits::MAX_PAYLOAD;
use crate::message::Message;
use crate::psk::{self, Binding, Sender};
use rand_core::CryptoRng;
use thiserror::Error;

/// Why a knock could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MakeError {
    /// The receiver's key is of small order.
    #[error("the receiver's key is unusable")]
    Key,
    /// Name, capabilities and offer together are more than a message holds.
    #[error("the message is too large")]
    TooLarge,
}

/// Why a knock was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KnockError {
    /// Not a knock, or for another invite.
    #[error("not a knock for this invite")]
    NotForUs,
    /// Not sealed for this invite and address: damaged, cut, or made without the link.
    #[error("the knock does not open")]
    DoesNotOpen,
    /// It opened, but its body is not believed.
    #[error("the knock's body: {0}")]
    Body(#[from] IntroductionError),
}

/// What opens an invite's knocks. The expert's app keeps it as long as the invite is open.
#[derive(Debug, Clone)]
pub struct KnockKeys {
    /// The session.
    pub sid: SessionId,
    /// The invite.
    pub invite: InviteId,
    /// Proves the link.
    pub psk: Secret<32>,
    /// The invite's HPKE key.
    pub key: SealKey,
    /// Where knocks arrive.
    pub address: SlotAddress,
}

/// A knock that opened and whose signature is right. Whether its sender comes in is judged elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedKnock {
    /// Who asks.
    pub from: Introduction,
    /// Its id and keys.
    pub exports: Exports,
}

/// Makes a knock for the holder of a link whose record is known. The offer must already have been checked by
/// [`crate::sdp`]'s rules, which the expert applies.
pub fn make(
    record: &Record,
    secrets: &InviteSecrets,
    peer: &PeerKey,
    keys: &SessionKeys,
    about: &About,
    rng: &mut impl CryptoRng,
) -> Result<(Vec<u8>, Exports), MakeError> {
    let place = Place { sid: record.sid, invite: secrets.id, key: record.knock_key, address: record.knock_address };
    let info = place.info();
    let binding = Binding { info: &info, psk: secrets.psk.expose(), psk_id: &secrets.id.0 };
    let sender = Sender::new(&record.knock_key, &binding, rng).map_err(|_| MakeError::Key)?;
    let enc = sender.enc;
    let body = Introduction::sign(about, peer, keys, Purpose::Knock.label(), &place.context(&enc));
    let (ct, exports) = sender.seal(Purpose::Knock, &body, &place.aad()).map_err(|_| MakeError::Key)?;
    let message = Message::Knock { invite: secrets.id, enc, ct }.encode();
    if message.len() > MAX_PAYLOAD { Err(MakeError::TooLarge) } else { Ok((message, exports)) }
}

/// Opens a knock: shape, invite, seal, body, signature, keys.
pub fn open(message: &[u8], keys: &KnockKeys) -> Result<OpenedKnock, KnockError> {
    let Ok(Message::Knock { invite, enc, ct }) = Message::decode(message) else { return Err(KnockError::NotForUs) };
    if invite != keys.invite {
        return Err(KnockError::NotForUs);
    }
    let place = Place { sid: keys.sid, invite, key: keys.key.public(), address: keys.address };
    let info = place.info();
    let binding = Binding { info: &info, psk: keys.psk.expose(), psk_id: &invite.0 };
    let (plain, exports) =
        psk::open(&keys.key, &binding, Purpose::Knock, &enc, &ct, &place.aad()).map_err(|_| KnockError::DoesNotOpen)?;
    let from = Introduction::verify(&plain, Purpose::Knock.label(), &place.context(&enc))?;
    Ok(OpenedKnock { from, exports })
}

/// Everything a knock is bound to.
struct Place {
    sid: SessionId,
    invite: InviteId,
    key: SealPublic,
    address: SlotAddress,
}

impl Place {
    fn info(&self) -> Vec<u8> {
        [b"sightline/1 knock\0".as_slice(), &self.sid.0, &self.invite.0].concat()
    }

    fn aad(&self) -> Vec<u8> {
        [self.invite.0, self.address.0].concat()
    }

    fn context(&self, enc: &[u8; 32]) -> Vec<u8> {
        [&self.sid.0[..], &self.invite.0, &self.key.0, enc].concat()
    }
}
