//! What each frame of a client does.

use std::sync::Arc;

use bytes::Bytes;
use sightline_proto::id::{InviteId, SlotPublic};
use sightline_proto::switchboard::{
    ClientFrame, FrameError, Item, Listen, Operation, PutItem, PutRecord, RefusedReason, ServerFrame, Signed,
};
use tracing::debug;

use super::{Allowance, Peer, Switchboard};
use crate::store::{Keys, Op, Outcome};

/// What becomes of a frame.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Send this back.
    Frame(Vec<u8>),
    /// The connection has been refused often enough: close it.
    Close,
}

/// A frame costs one token and another for each such piece of it.
const BYTES_PER_TOKEN: f64 = 32.0 * 1024.0;

/// What a frame costs beyond that when it cannot be read.
const MALFORMED_COST: f64 = 4.0;

impl Switchboard {
    /// Handles one frame. The answer is final: what it says is done is on disk or in the receiver's queue.
    ///
    /// Cancel safety: a frame handed to the store is stored even if the answer is never taken.
    pub(crate) async fn handle(&self, peer: &Arc<Peer>, frame: &[u8]) -> Answer {
        let decoded = ClientFrame::decode(frame);
        let extra = if decoded.is_err() { MALFORMED_COST } else { 0.0 };
        let bytes = match &decoded {
            // Paid by what the source may store: the bytes of a file are not a flood.
            Ok(ClientFrame::PutItem(..) | ClientFrame::PutPart(..)) => 0,
            _ => frame.len(),
        };
        let req = ClientFrame::peek_req(frame).unwrap_or(0);
        match self.allow(peer, bytes, extra) {
            Allowance::Granted => {}
            Allowance::Refused => return refused(req, RefusedReason::RateLimited),
            Allowance::Exhausted => {
                debug!(connection = peer.number, "closed: too many refused frames");
                return Answer::Close;
            }
        }
        let answered = match decoded {
            Ok(frame) => self.serve(peer, frame).await,
            Err(error) => Err(unreadable(error, frame)),
        };
        match answered {
            Ok(frame) => Answer::Frame(frame.encode()),
            Err(reason) => refused(req, reason),
        }
    }

    /// Takes tokens for a message of `bytes`.
    pub(crate) fn allow(&self, peer: &Peer, bytes: usize, extra: f64) -> Allowance {
        let cost = 1.0 + bytes as f64 / BYTES_PER_TOKEN + extra;
        peer.allow(cost, || self.sources.take(peer.source, cost))
    }

    async fn serve(&self, peer: &Arc<Peer>, frame: ClientFrame) -> Result<ServerFrame, RefusedReason> {
        let done = |req| Ok(ServerFrame::Done { req });
        match frame {
            ClientFrame::Ping { req } => Ok(ServerFrame::Pong { req }),
            ClientFrame::Listen(req, listen) => {
                let Listen { slot } = listen.op;
                proved(peer, &listen, &slot)?;
                self.listen(peer, slot.address())?;
                done(req)
            }
            ClientFrame::Send { req, to, payload } => {
                self.deliver(to, ServerFrame::Message { to, payload }.encode().into())?;
                done(req)
            }
            ClientFrame::PutRecord(req, put) => {
                self.put_record(peer, put).await?;
                done(req)
            }
            ClientFrame::GetRecord { req, invite } => match self.store.run(Op::GetRecord(invite)).await? {
                Outcome::Record { version, record } => Ok(ServerFrame::Record { req, version, record }),
                _ => Err(RefusedReason::NotFound),
            },
            ClientFrame::DeleteRecord(req, delete) => {
                let owner = self.keys(delete.op.invite).await?.owner;
                proved(peer, &delete, &owner)?;
                self.store.run(Op::DeleteRecord { invite: delete.op.invite, owner }).await?;
                done(req)
            }
            ClientFrame::OpenSlot(req, open) => {
                let signer = self.keys(open.op.invite).await?.invite_slot;
                proved(peer, &open, &signer)?;
                self.store.run(Op::OpenSlot { invite: open.op.invite, slot: open.op.slot, signer }).await?;
                done(req)
            }
            ClientFrame::PutItem(req, put) => {
                self.put_item(peer, put).await?;
                done(req)
            }
            ClientFrame::GetItems(req, get) => {
                proved(peer, &get, &get.op.reader)?;
                match self.store.run(Op::GetItems(get.op)).await? {
                    Outcome::Items { more, items } => Ok(ServerFrame::Items { req, more, items }),
                    _ => Err(RefusedReason::NotFound),
                }
            }
            ClientFrame::ListSlots(req, list) => {
                let owner = self.keys(list.op.invite).await?.owner;
                proved(peer, &list, &owner)?;
                match self.store.run(Op::ListSlots { invite: list.op.invite, owner }).await? {
                    Outcome::Slots(slots) => Ok(ServerFrame::Slots { req, slots }),
                    _ => Err(RefusedReason::NotFound),
                }
            }
            ClientFrame::DropSlot(req, drop) => {
                let owner = self.keys(drop.op.invite).await?.owner;
                proved(peer, &drop, &owner)?;
                self.store.run(Op::DropSlot { invite: drop.op.invite, slot: drop.op.slot, owner }).await?;
                done(req)
            }
            ClientFrame::GetPolicy { req } => Ok(ServerFrame::Policy { req, policy: self.policy().to_vec() }),
            ClientFrame::OpenBox(..)
            | ClientFrame::SetAccess(..)
            | ClientFrame::PutPart(..)
            | ClientFrame::UploadState(..)
            | ClientFrame::ListMail(..)
            | ClientFrame::ReadMail(..)
            | ClientFrame::DropMail(..)
            | ClientFrame::BoxState(..) => self.serve_mail(peer, frame).await,
        }
    }

    /// The owner bound before signs; so a lead may hand a record over to its successor's key.
    async fn put_record(&self, peer: &Peer, put: Signed<PutRecord>) -> Result<(), RefusedReason> {
        let signer = match self.lookup(put.op.invite).await? {
            Some(keys) if proved(peer, &put, &keys.owner).is_ok() => keys.owner,
            Some(_) => {
                proved(peer, &put, &put.op.owner)?;
                return Err(RefusedReason::Conflict);
            }
            None => {
                proved(peer, &put, &put.op.owner)?;
                put.op.owner
            }
        };
        self.take_stored(peer, put.op.record.len())?;
        self.store.run(Op::PutRecord { put: put.op, signer }).await.map(|_| ())
    }

    /// Stores an item and tells the other side, if it listens.
    async fn put_item(&self, peer: &Peer, put: Signed<PutItem>) -> Result<(), RefusedReason> {
        proved(peer, &put, &put.op.writer)?;
        self.take_stored(peer, put.op.item.len())?;
        let PutItem { invite, slot, n, item, .. } = put.op.clone();
        let Outcome::ItemStored { tell: Some(address) } = self.store.run(Op::PutItem(put.op)).await? else {
            return Ok(());
        };
        let pushed = ServerFrame::Item { invite, slot, item: Item { n, item } };
        // Whoever is away or too slow now reads it from the store later.
        let _ = self.deliver(address, Bytes::from(pushed.encode()));
        Ok(())
    }

    fn take_stored(&self, peer: &Peer, bytes: usize) -> Result<(), RefusedReason> {
        if self.sources.take_stored(peer.source, bytes) { Ok(()) } else { Err(RefusedReason::Quota) }
    }

    async fn keys(&self, invite: InviteId) -> Result<Keys, RefusedReason> {
        self.lookup(invite).await?.ok_or(RefusedReason::NotFound)
    }

    async fn lookup(&self, invite: InviteId) -> Result<Option<Keys>, RefusedReason> {
        match self.store.run(Op::Lookup(invite)).await? {
            Outcome::Keys(keys) => Ok(keys),
            _ => Ok(None),
        }
    }
}

/// Whether `key` signed for this connection.
pub(super) fn proved<T: Operation>(peer: &Peer, signed: &Signed<T>, key: &SlotPublic) -> Result<(), RefusedReason> {
    signed.verify(key, &peer.challenge).map_err(|_| RefusedReason::BadSignature)
}

fn unreadable(error: FrameError, frame: &[u8]) -> RefusedReason {
    match error {
        FrameError::TooLarge => RefusedReason::TooLarge,
        FrameError::UnknownCode if frame.first().is_some_and(|code| !ClientFrame::CODES.contains(code)) => {
            RefusedReason::UnknownType
        }
        _ => RefusedReason::Malformed,
    }
}

fn refused(req: u32, reason: RefusedReason) -> Answer {
    Answer::Frame(ServerFrame::Refused { req, reason }.encode())
}
