//! What a peer and the rendezvous say to each other: frames, the same over a WebSocket (one frame a message) and over
//! HTTPS (each with a u32 length before it, see [`stream`]).
//!
//! The rendezvous forwards sealed messages between slot addresses, keeps sealed invite records, and keeps waiting rooms and
//! mailboxes of sealed items. It learns slot keys, sizes and times. What a frame may do is decided by a signature with a slot key over
//! `nonce ‖ str host ‖ the frame's fields before the signature`: the nonce is of this connection ([`ServerFrame::Welcome`]),
//! the host is the URL authority that the client connected to, so that one rendezvous can't replay at another what it was
//! shown. Type and request number are not signed: the label says the operation, and a request number only pairs answers.
//!
//! - [`ClientFrame`], [`ServerFrame`]: the frames. [`Signed`]: operations with a signature.
//! - [`client::Client`]: the state machine of a peer's end: connect, be welcomed, listen, ask, reconnect.

mod ask;
pub mod client;
mod host;
mod mail;
mod operation;
mod request;
mod server;
pub mod stream;

pub use ask::{Ask, Refused};
pub use host::{HostError, authority, host_name, is_this_machine};
pub use mail::{
    Access, BoxStanding, BoxState, DropMail, ListMail, Mail, OpenBox, PutPart, ReadMail, Right, SetAccess, Share,
    UploadState,
};
pub use operation::{
    DeleteRecord, DropSlot, GetItems, ListSlots, Listen, OpenSlot, Operation, PutItem, PutRecord, Signed,
};
pub use request::ClientFrame;
pub use server::{Item, RefusedReason, ServerFrame, SlotCount};

use crate::id::SlotPublic;
use crate::sig::{self, Signature, SignatureError};
use crate::wire::{WireError, Writer};

/// The WebSocket subprotocol.
pub const SUBPROTOCOL: &str = "sightline.v1";

/// The lane bit of waiting-room items: the holder counts from 0, the experts from here.
pub const EXPERT_LANE: u64 = 1 << 63;

/// Where a signature of a connection belongs: the server's nonce and the host it was asked for by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Random bytes of the server, new for each connection or stream.
    pub nonce: [u8; 32],
    /// URL authority, lowercase, with the port only when it isn't the scheme's own.
    pub host: String,
}

impl Challenge {
    fn signed_bytes(&self, fields: &[u8]) -> Vec<u8> {
        Writer::new().raw(&self.nonce).str(&self.host).raw(fields).finish()
    }

    fn verify(&self, key: &SlotPublic, label: &str, fields: &[u8], sig: &Signature) -> Result<(), SignatureError> {
        sig::verify(key.as_bytes(), label, &self.signed_bytes(fields), sig)
    }
}

/// Why a frame is not one.
pub type FrameError = WireError;
