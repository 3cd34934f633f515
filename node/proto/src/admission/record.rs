//! What admission keeps on disk: invites, knocks, fates. Plain bytes that only their owner may read.

use super::knocks::{Knock, KnockState, Who};
use super::{Admission, Standing};
use crate::id::{InviteId, KnockId, SlotAddress};
use crate::introduction::Introduction;
use crate::invite::InviteOwner;
use crate::knock;
use crate::limits::MAX_PAYLOAD;
use crate::message::Message;
use crate::wire::{Reader, WireError, Writer};
use thiserror::Error;

/// An invite with ids of all who came in by it.
const MAX_INVITE: usize = 256 * 1024;

/// Why a kept record was not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RestoreError {
    /// Not one of ours.
    #[error("the admission record is malformed: {0}")]
    Malformed(#[from] WireError),
    /// A knock whose invite's key is gone, which is no loss.
    #[error("the knock's invite is over")]
    Over,
}

pub(super) fn invite(owner: &InviteOwner) -> Vec<u8> {
    Writer::new().u8(1).bytes(&owner.to_bytes()).finish()
}

pub(super) fn knock(message: &[u8], since: u64, live: bool, reply: &[u8]) -> Vec<u8> {
    Writer::new().u8(2).bytes(message).u64(since).bool(live).bytes(reply).finish()
}

pub(super) fn answered(id: &KnockId, reply: &[u8]) -> Vec<u8> {
    Writer::new().u8(3).raw(&id.0).bytes(reply).finish()
}

pub(super) fn turned_away(id: &KnockId, invite: &InviteId, since: u64, to: &SlotAddress, reply: &[u8]) -> Vec<u8> {
    Writer::new().u8(4).raw(&id.0).raw(&invite.0).u64(since).raw(&to.0).bytes(reply).finish()
}

impl Admission {
    /// Takes a kept record, in the order in which they were kept. Somebody who was about to be let in when the app died
    /// waits again, unless the roster has them (then `standing` says so, and their next knock lets them in).
    pub fn restore(&mut self, record: &[u8], standing: &dyn Fn(&Introduction) -> Standing) -> Result<(), RestoreError> {
        let mut from = Reader::new(record);
        match from.u8()? {
            1 => {
                let owner = InviteOwner::from_bytes(from.bytes(MAX_INVITE)?)?;
                let (id, over) = (owner.id(), owner.knock_keys(self.address).is_none());
                self.invites.insert(id, owner);
                self.knocks.retain(|_, knock| !over || knock.invite != id);
            }
            2 => {
                let (message, since, live) = (from.bytes(MAX_PAYLOAD)?, from.u64()?, from.bool()?);
                let reply = from.bytes(MAX_PAYLOAD)?.to_vec();
                self.restore_knock(message, since, live, reply, standing)?;
            }
            3 => {
                let (id, reply) = (KnockId(from.array()?), from.bytes(MAX_PAYLOAD)?.to_vec());
                let knock = self.knocks.get_mut(&id).ok_or(RestoreError::Over)?;
                if let KnockState::Waiting { who, .. } = &knock.state {
                    knock.state = KnockState::Answered { to: who.from.slot.address(), reply };
                }
            }
            4 => {
                let (id, invite) = (KnockId(from.array()?), InviteId(from.array()?));
                let (since, to) = (from.u64()?, SlotAddress(from.array()?));
                let reply = from.bytes(MAX_PAYLOAD)?.to_vec();
                self.knocks.insert(id, Knock { invite, since, state: KnockState::Answered { to, reply } });
            }
            _ => return Err(WireError::UnknownCode.into()),
        }
        from.end()?;
        Ok(())
    }

    fn restore_knock(
        &mut self,
        message: &[u8],
        since: u64,
        live: bool,
        reply: Vec<u8>,
        standing: &dyn Fn(&Introduction) -> Standing,
    ) -> Result<(), RestoreError> {
        let Message::Knock { invite, .. } = Message::decode(message)? else {
            return Err(WireError::UnknownCode.into());
        };
        let keys = self.invites.get(&invite).and_then(|owner| owner.knock_keys(self.address));
        let opened = knock::open(message, &keys.ok_or(RestoreError::Over)?).map_err(|_| RestoreError::Over)?;
        let removed = standing(&opened.from) == Standing::Removed;
        let who = Box::new(Who { from: opened.from, exports: opened.exports, removed, live });
        let (id, state) = (who.exports.id, KnockState::Waiting { who, reply });
        self.knocks.insert(id, Knock { invite, since, state });
        Ok(())
    }
}
