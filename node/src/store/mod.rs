//! What this node keeps on disk.
//!
//! [`home`] is the folder and its lock, [`settings`] what the person chose, [`writer`] the thread that makes appended
//! records durable, [`records`] what the records of a session file say.

pub(crate) mod home;
pub(crate) mod settings;
pub(crate) mod writer;
