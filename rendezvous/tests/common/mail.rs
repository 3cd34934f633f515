//! A client's side of mailboxes.

use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use sightline_proto::id::{MailName, MailboxId};
use sightline_proto::keys::{SlotKey, random};
use sightline_proto::limits::MAX_MAIL_PART;
use sightline_proto::mailbox::{Audience, MailKind, MailLabel};
use sightline_proto::switchboard::{
    Access, BoxStanding, BoxState, ClientFrame, DropMail, ListMail, Mail, OpenBox, Operation, PutPart, ReadMail,
    RefusedReason, Right, ServerFrame, SetAccess, UploadState,
};
use tokio::io::{AsyncRead, AsyncWrite};

use super::{Client, key};

/// The label of every item here.
pub(crate) fn head() -> MailLabel {
    MailLabel { kind: MailKind::Envelope, epoch: 1, audience: Audience::All }
}

/// A mailbox and its owner.
pub(crate) struct Mailbox {
    pub(crate) id: MailboxId,
    pub(crate) owner: SlotKey,
}

impl Mailbox {
    pub(crate) fn new() -> Self {
        Self { id: MailboxId(random(&mut UnwrapErr(SysRng))), owner: key() }
    }

    pub(crate) fn access(&self, version: u64, owner: &SlotKey, signer: &SlotKey, others: Vec<Access>) -> SetAccess {
        SetAccess { mailbox: self.id, owner: owner.public(), version, others, signer: signer.public() }
    }
}

/// An item on its way.
#[derive(Clone)]
pub(crate) struct Put {
    mailbox: MailboxId,
    name: MailName,
    bytes: Vec<u8>,
    at: usize,
}

impl Put {
    pub(crate) fn new(mailbox: &Mailbox, name: MailName, bytes: &[u8]) -> Self {
        Self { mailbox: mailbox.id, name, bytes: bytes.to_vec(), at: 0 }
    }

    pub(crate) fn is_unfinished(&self) -> bool {
        self.at < self.bytes.len()
    }

    pub(crate) fn resume(&mut self, offset: u32) {
        self.at = offset as usize;
    }

    /// The next part, of at most `length` bytes. Whoever signs is the writer.
    pub(crate) fn part(&mut self, length: usize) -> PutPart {
        let end = self.bytes.len().min(self.at + length);
        let part = PutPart {
            mailbox: self.mailbox,
            name: self.name,
            label: head(),
            size: self.bytes.len() as u32,
            offset: self.at as u32,
            bytes: self.bytes[self.at..end].to_vec(),
            writer: [0; 32].into(),
        };
        self.at = end;
        part
    }
}

pub(crate) trait By {
    fn by(self, writer: &SlotKey) -> Self;
}

impl By for PutPart {
    fn by(self, writer: &SlotKey) -> Self {
        Self { writer: writer.public(), ..self }
    }
}

type Answered<T> = Result<T, RefusedReason>;

impl<T: AsyncRead + AsyncWrite + Unpin> Client<T> {
    pub(crate) async fn open_box(&mut self, mailbox: &Mailbox) -> Answered<()> {
        let open = OpenBox { mailbox: mailbox.id, owner: mailbox.owner.public() };
        let open = open.sign(&mailbox.owner, &self.challenge);
        self.does(|req| ClientFrame::OpenBox(req, open)).await
    }

    /// By the mailbox' first owner.
    pub(crate) async fn set_access(
        &mut self,
        mailbox: &Mailbox,
        version: u64,
        owner: &SlotKey,
        others: &[(&SlotKey, Right)],
    ) -> Answered<()> {
        self.set_access_by(&mailbox.owner, mailbox, version, owner, others).await
    }

    pub(crate) async fn set_access_by(
        &mut self,
        signer: &SlotKey,
        mailbox: &Mailbox,
        version: u64,
        owner: &SlotKey,
        others: &[(&SlotKey, Right)],
    ) -> Answered<()> {
        let mut others: Vec<Access> =
            others.iter().map(|(slot, right)| Access { slot: slot.public(), right: *right }).collect();
        others.sort_by_key(|access| access.slot);
        let set = mailbox.access(version, owner, signer, others).sign(signer, &self.challenge);
        self.does(|req| ClientFrame::SetAccess(req, set)).await
    }

    /// How much is there afterwards, and whether that is all.
    pub(crate) async fn put_part(&mut self, writer: &SlotKey, part: PutPart) -> Answered<(u32, bool)> {
        let part = part.by(writer).sign(writer, &self.challenge);
        let answer = self.ask(|req| ClientFrame::PutPart(req, part)).await;
        upload(answer)
    }

    pub(crate) async fn put_all(
        &mut self,
        writer: &SlotKey,
        mailbox: &Mailbox,
        name: MailName,
        bytes: &[u8],
    ) -> Answered<(u32, bool)> {
        let mut put = Put::new(mailbox, name, bytes);
        loop {
            let done = self.put_part(writer, put.part(MAX_MAIL_PART)).await?;
            if !put.is_unfinished() {
                return Ok(done);
            }
        }
    }

    pub(crate) async fn upload_state(
        &mut self,
        mailbox: &Mailbox,
        writer: &SlotKey,
        name: MailName,
    ) -> Answered<(u32, bool)> {
        let asked = UploadState { mailbox: mailbox.id, name, writer: writer.public() };
        let asked = asked.sign(writer, &self.challenge);
        upload(self.ask(|req| ClientFrame::UploadState(req, asked)).await)
    }

    pub(crate) async fn list(
        &mut self,
        mailbox: &Mailbox,
        reader: &SlotKey,
        after: u64,
    ) -> Answered<(bool, Vec<Mail>)> {
        let list = ListMail { mailbox: mailbox.id, after, reader: reader.public() }.sign(reader, &self.challenge);
        match self.ask(|req| ClientFrame::ListMail(req, list)).await {
            ServerFrame::Mails { more, mails, .. } => Ok((more, mails)),
            ServerFrame::Refused { reason, .. } => Err(reason),
            other => panic!("no list: {other:?}"),
        }
    }

    pub(crate) async fn read_mail(&mut self, mailbox: &Mailbox, reader: &SlotKey, name: MailName) -> Answered<Vec<u8>> {
        let mut all = Vec::new();
        loop {
            let read = ReadMail { mailbox: mailbox.id, name, offset: all.len() as u32, reader: reader.public() };
            let read = read.sign(reader, &self.challenge);
            match self.ask(|req| ClientFrame::ReadMail(req, read)).await {
                ServerFrame::MailPart { size, offset, bytes, .. } => {
                    assert_eq!(offset as usize, all.len());
                    all.extend(bytes);
                    if all.len() == size as usize {
                        return Ok(all);
                    }
                }
                ServerFrame::Refused { reason, .. } => return Err(reason),
                other => panic!("no part: {other:?}"),
            }
        }
    }

    pub(crate) async fn drop_mail(&mut self, mailbox: &Mailbox, signer: &SlotKey, name: MailName) -> Answered<()> {
        let dropped = DropMail { mailbox: mailbox.id, name, signer: signer.public() }.sign(signer, &self.challenge);
        self.does(|req| ClientFrame::DropMail(req, dropped)).await
    }

    pub(crate) async fn standing(&mut self, mailbox: &Mailbox, reader: &SlotKey) -> Answered<BoxStanding> {
        let asked = BoxState { mailbox: mailbox.id, reader: reader.public() }.sign(reader, &self.challenge);
        match self.ask(|req| ClientFrame::BoxState(req, asked)).await {
            ServerFrame::BoxState { standing, .. } => Ok(standing),
            ServerFrame::Refused { reason, .. } => Err(reason),
            other => panic!("no standing: {other:?}"),
        }
    }
}

fn upload(answer: ServerFrame) -> Answered<(u32, bool)> {
    match answer {
        ServerFrame::Upload { offset, whole, .. } => Ok((offset, whole)),
        ServerFrame::Refused { reason, .. } => Err(reason),
        other => panic!("no upload: {other:?}"),
    }
}
