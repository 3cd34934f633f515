//! What this node keeps on disk.
//!
//! [`blobs`] are files and pictures by their content. [`home`] is the folder and its lock, [`settings`] what the person chose, [`writer`] the thread that makes appended
//! records durable. What a session's records say is in `session/records.rs`.

pub(crate) mod blobs;
pub(crate) mod home;
pub(crate) mod settings;
pub(crate) mod writer;
