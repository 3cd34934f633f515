//! Mailboxes: sealed items that members leave for each other, kept durably and blindly.
//!
//! Works on the storage thread, inside its batches: what a batch writes into files is on disk before the batch is
//! committed, and files that it makes useless go after the commit. So the tables alone say what there is: an item is whole
//! when its row says so, an upload has as many bytes as its row says, and whatever else lies in the folder is removed at the
//! next start. Nothing has to be renamed, and no moment of a crash makes half an item look whole.
//!
//! Who may do what is decided by the access list at the moment of each operation, so a removed slot is out from the answer
//! on.

mod files;
mod put;
mod row;
mod tables;

use sightline_proto::id::SlotAddress;
use sightline_proto::switchboard::{
    BoxStanding, BoxState, DropMail, ListMail, Mail, OpenBox, PutPart, ReadMail, SetAccess, UploadState,
};

pub(crate) use files::Files;
pub(crate) use tables::{MailTables, remove_left_over};

/// One job. The key that it names as signer has signed it.
#[derive(Debug)]
pub(crate) enum MailOp {
    /// Make or renew a mailbox.
    Open(OpenBox),
    /// Replace its access list.
    SetAccess(SetAccess),
    /// Put a part of an item.
    Put(PutPart),
    /// How far an upload is.
    UploadState(UploadState),
    /// Whole items.
    List(ListMail),
    /// Bytes of a whole item.
    Read(ReadMail),
    /// Delete an item.
    Drop(DropMail),
    /// How it stands.
    State(BoxState),
}

/// What came of a job.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum MailOutcome {
    /// Done.
    Done,
    /// How far an upload is now.
    Upload {
        /// Bytes on disk.
        offset: u32,
        /// The item is whole.
        whole: bool,
        /// The item's number and who should hear of it, if it became whole just now.
        tell: Option<(u64, Vec<SlotAddress>)>,
    },
    /// Whole items.
    Mails {
        /// Whether there are more.
        more: bool,
        /// By rising number.
        mails: Vec<Mail>,
    },
    /// Bytes of an item.
    Part {
        /// Of the whole item.
        size: u32,
        /// Where they begin.
        offset: u32,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// How it stands.
    State(BoxStanding),
}
