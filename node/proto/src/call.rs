//! The call: a member asks another for a link, after a reload, a restart, or to join the mesh. Same shape and exports as
//! the knock; the session's key of an epoch stands in the invite's place, and the caller must be in the roster.

use crate::exports::{Exports, Purpose};
use crate::id::{PeerId, SealPublic, SessionId, SlotAddress, SlotPublic};
use crate::introduction::{About, Introduction, IntroductionError};
use crate::keys::{PeerKey, Secret, SessionKeys};
use crate::knock::MakeError;
use crate::limits::MAX_PAYLOAD;
use crate::message::Message;
use crate::psk::{self, Binding, Sender};
use crate::seal::kdf;
use crate::wire::Writer;
use rand_core::CryptoRng;
use thiserror::Error;

/// Why a call was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CallError {
    /// Not a call.
    #[error("not a call")]
    NotACall,
    /// Made under an epoch whose key this member doesn't have (yet).
    #[error("the call is of an epoch without a key here")]
    UnknownEpoch,
    /// Not sealed to this member under that key: damaged, cut, or made by an outsider.
    #[error("the call does not open")]
    DoesNotOpen,
    /// It opened, but its body is not believed.
    #[error("the call's body: {0}")]
    Body(#[from] IntroductionError),
    /// The caller is not in the roster, or has other keys there.
    #[error("the caller is not a member with these keys")]
    NotAMember,
}

/// A member's keys for the session, as the roster has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberKeys {
    /// Who.
    pub peer: PeerId,
    /// Calls and epoch keys are sealed to it.
    pub seal: SealPublic,
    /// It listens at this key's address.
    pub slot: SlotPublic,
}

impl MemberKeys {
    /// Where calls to this member go.
    #[must_use]
    pub fn address(&self) -> SlotAddress {
        self.slot.address()
    }
}

/// A call that opened, from a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedCall {
    /// Who calls.
    pub from: Introduction,
    /// The epoch whose key the caller used.
    pub epoch: u64,
    /// Its id and keys.
    pub exports: Exports,
}

/// The psk of calls under one epoch, from `K[e,all]`.
#[must_use]
pub fn epoch_psk(epoch_key: &Secret<32>) -> Secret<32> {
    Secret::new(*kdf::<32>(epoch_key.expose(), b"", "call psk"))
}

/// Makes a call to a member under an epoch's `K[e,all]`.
#[allow(clippy::too_many_arguments, reason = "each is another kind of thing, and none is optional")]
pub fn make(
    sid: SessionId,
    epoch: u64,
    epoch_key: &Secret<32>,
    to: &MemberKeys,
    peer: &PeerKey,
    keys: &SessionKeys,
    about: &About,
    rng: &mut impl CryptoRng,
) -> Result<(Vec<u8>, Exports), MakeError> {
    let place = Place { sid, epoch, callee: *to };
    let (info, psk_id, psk) = (place.info(), place.psk_id(), epoch_psk(epoch_key));
    let binding = Binding { info: &info, psk: psk.expose(), psk_id: &psk_id };
    let sender = Sender::new(&to.seal, &binding, rng).map_err(|_| MakeError::Key)?;
    let enc = sender.enc;
    let body = Introduction::sign(about, peer, keys, Purpose::Call.label(), &place.context(&enc));
    let (ct, exports) = sender.seal(Purpose::Call, &body, &place.aad()).map_err(|_| MakeError::Key)?;
    let message = Message::Call { epoch, enc, ct }.encode();
    if message.len() > MAX_PAYLOAD { Err(MakeError::TooLarge) } else { Ok((message, exports)) }
}

/// Opens a call to this member. `epoch_key` gives `K[e,all]` of an epoch that is known here, `member` the roster's keys of
/// a peer; a caller whose keys differ from the roster's is not that member.
pub fn open(
    message: &[u8],
    sid: SessionId,
    me: &PeerId,
    keys: &SessionKeys,
    epoch_key: impl FnOnce(u64) -> Option<Secret<32>>,
    member: impl FnOnce(&PeerId) -> Option<MemberKeys>,
) -> Result<OpenedCall, CallError> {
    let Ok(Message::Call { epoch, enc, ct }) = Message::decode(message) else { return Err(CallError::NotACall) };
    let psk = epoch_psk(&epoch_key(epoch).ok_or(CallError::UnknownEpoch)?);
    let callee = MemberKeys { peer: *me, seal: keys.seal.public(), slot: keys.slot.public() };
    let place = Place { sid, epoch, callee };
    let (info, psk_id) = (place.info(), place.psk_id());
    let binding = Binding { info: &info, psk: psk.expose(), psk_id: &psk_id };
    let (plain, exports) =
        psk::open(&keys.seal, &binding, Purpose::Call, &enc, &ct, &place.aad()).map_err(|_| CallError::DoesNotOpen)?;
    let from = Introduction::verify(&plain, Purpose::Call.label(), &place.context(&enc))?;
    let claimed = MemberKeys { peer: from.peer, seal: from.seal, slot: from.slot };
    if member(&from.peer) != Some(claimed) || from.peer == *me {
        return Err(CallError::NotAMember);
    }
    Ok(OpenedCall { from, epoch, exports })
}

/// Everything a call is bound to.
struct Place {
    sid: SessionId,
    epoch: u64,
    callee: MemberKeys,
}

impl Place {
    fn info(&self) -> Vec<u8> {
        Writer::new().raw(b"sightline/1 call\0").raw(&self.sid.0).u64(self.epoch).finish()
    }

    fn psk_id(&self) -> Vec<u8> {
        Writer::new().raw(&self.sid.0).u64(self.epoch).finish()
    }

    fn aad(&self) -> Vec<u8> {
        [self.sid.0, self.callee.address().0].concat()
    }

    fn context(&self, enc: &[u8; 32]) -> Vec<u8> {
        [&self.sid.0[..], &self.callee.peer.0, &self.callee.seal.0, enc].concat()
    }
}
