//! A Sightline peer on tokio: identity, sessions, links and media.
//!
//! [`Node`] is the way in: it opens a home folder, brings back the sessions stored
//! there and reaches for the rendezvous. A [`SessionHandle`]
//! commands one session and shows it as an immutable [`SessionView`](view::SessionView).

pub mod command;
mod context;
pub mod error;
pub mod event;
mod export;
mod hub;
mod identity;
pub mod ids;
pub mod link;
pub mod media;
pub mod node;
pub mod pages;
pub mod paint;
pub mod path;
mod runtime;
pub mod session;
pub mod show;
mod store;
mod switchboard;
pub mod view;

pub use command::InviteSpec;
pub use ids::{BlobId, ChatId, DocumentId, EntryId, InviteId, KnockId, PeerId, SessionId};
pub use media::{Codec, FrameSlot, Picture};
pub use node::{Node, NodeConfig, Trust};
pub use session::handle::SessionHandle;
