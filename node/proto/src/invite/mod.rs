//! Invites: the right to ask in.
//!
//! A [`Link`] is 128 bits that commit to the expert's key: nobody who holds it can put another expert in its place.
//! [`InviteSecrets`] are derived from it, the [`Record`] is fetched by the id among them and opened with the key among
//! them. [`InviteOwner`] is the expert's side, the only place where window, uses and revocation are judged.

mod link;
mod owner;
mod record;

pub use link::{Link, LinkError, LinkSecret};
pub use owner::{InviteOwner, InviteSpec, InviteState, OwnerError};
pub use record::{Record, RecordError, Window};

use crate::id::InviteId;
use crate::keys::{Secret, SlotKey};
use crate::seal::kdf;

/// Everything that follows from a link alone.
#[derive(Debug, Clone)]
pub struct InviteSecrets {
    /// What the rendezvous looks the record up by.
    pub id: InviteId,
    /// Opens the record.
    pub record_key: Secret<32>,
    /// Proves in a knock that its sender holds the link.
    pub psk: Secret<32>,
    /// Opens waiting rooms at the rendezvous, which knows the public half.
    pub slot: SlotKey,
}

impl InviteSecrets {
    /// Derives them.
    #[must_use]
    pub fn derive(link: &LinkSecret) -> Self {
        let of = |label| Secret::new(*kdf::<32>(link.expose(), b"", label));
        Self {
            id: InviteId(*kdf::<16>(link.expose(), b"", "invite id")),
            record_key: of("invite record"),
            psk: of("invite psk"),
            slot: SlotKey::from_seed(&of("invite slot")),
        }
    }
}
