//! What each frame about a mailbox does.

use std::sync::Arc;

use bytes::Bytes;
use sightline_proto::id::{MailboxId, SlotAddress};
use sightline_proto::switchboard::{ClientFrame, PutPart, RefusedReason, ServerFrame, Signed};

use super::frames::proved;
use super::{Peer, Switchboard};
use crate::limits::BOX_COST;
use crate::mailbox::{MailOp, MailOutcome};
use crate::store::{Op, Outcome};

impl Switchboard {
    /// Serves a frame about a mailbox. Signatures are judged here, the access list by the store.
    pub(super) async fn serve_mail(&self, peer: &Arc<Peer>, frame: ClientFrame) -> Result<ServerFrame, RefusedReason> {
        let req = frame.req();
        let op = match frame {
            ClientFrame::PutPart(req, put) => return self.put_part(peer, req, put).await,
            ClientFrame::OpenBox(_, signed) => {
                proved(peer, &signed, &signed.op.owner)?;
                self.take_mail(peer, BOX_COST)?;
                MailOp::Open(signed.op)
            }
            ClientFrame::SetAccess(_, signed) => {
                proved(peer, &signed, &signed.op.signer)?;
                self.take_mail(peer, BOX_COST)?;
                MailOp::SetAccess(signed.op)
            }
            ClientFrame::UploadState(_, signed) => {
                proved(peer, &signed, &signed.op.writer)?;
                MailOp::UploadState(signed.op)
            }
            ClientFrame::ListMail(_, signed) => {
                proved(peer, &signed, &signed.op.reader)?;
                MailOp::List(signed.op)
            }
            ClientFrame::ReadMail(_, signed) => {
                proved(peer, &signed, &signed.op.reader)?;
                MailOp::Read(signed.op)
            }
            ClientFrame::DropMail(_, signed) => {
                proved(peer, &signed, &signed.op.signer)?;
                MailOp::Drop(signed.op)
            }
            ClientFrame::BoxState(_, signed) => {
                proved(peer, &signed, &signed.op.reader)?;
                MailOp::State(signed.op)
            }
            _ => return Err(RefusedReason::UnknownType),
        };
        Ok(match self.mail(op).await? {
            MailOutcome::Done => ServerFrame::Done { req },
            MailOutcome::Upload { offset, whole, .. } => ServerFrame::Upload { req, offset, whole },
            MailOutcome::Mails { more, mails } => ServerFrame::Mails { req, more, mails },
            MailOutcome::Part { size, offset, bytes } => ServerFrame::MailPart { req, size, offset, bytes },
            MailOutcome::State(standing) => ServerFrame::BoxState { req, standing },
        })
    }

    fn take_mail(&self, peer: &Peer, bytes: usize) -> Result<(), RefusedReason> {
        if self.sources.take_mail(peer.source, bytes) { Ok(()) } else { Err(RefusedReason::Quota) }
    }

    /// Stores a part and tells the others of an item that became whole.
    async fn put_part(&self, peer: &Peer, req: u32, put: Signed<PutPart>) -> Result<ServerFrame, RefusedReason> {
        proved(peer, &put, &put.op.writer)?;
        self.take_mail(peer, put.op.bytes.len())?;
        let mailbox = put.op.mailbox;
        let MailOutcome::Upload { offset, whole, tell } = self.mail(MailOp::Put(put.op)).await? else {
            return Err(RefusedReason::NotFound);
        };
        if let Some((number, slots)) = tell {
            self.tell(mailbox, number, slots);
        }
        Ok(ServerFrame::Upload { req, offset, whole })
    }

    fn tell(&self, mailbox: MailboxId, number: u64, slots: Vec<SlotAddress>) {
        let pushed = Bytes::from(ServerFrame::Mail { mailbox, number }.encode());
        for slot in slots {
            // Whoever is away or too slow now lists the mailbox later.
            let _ = self.deliver(slot, pushed.clone());
        }
    }

    async fn mail(&self, op: MailOp) -> Result<MailOutcome, RefusedReason> {
        match self.store.run(Op::Mail(op)).await? {
            Outcome::Mail(outcome) => Ok(outcome),
            _ => Err(RefusedReason::NotFound),
        }
    }
}
