//! The rendezvous: where an expert and an operator find each other.
//!
//! One TCP port serves the operator's page, the switchboard that forwards sealed messages, and the store of sealed invite
//! records, waiting rooms and mailboxes; the same UDP port answers STUN. It has no accounts, sees no content, and keeps no names or
//! addresses in its logs. It can refuse, delay and withhold; it cannot read, forge or join a session.
//!
//! ```no_run
//! # async fn example() -> Result<(), sightline_rendezvous::StartError> {
//! use sightline_rendezvous::{Config, Rendezvous};
//!
//! let running = Rendezvous::start(Config::new("/var/lib/sightline")).await?;
//! println!("{}", running.url());
//! running.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! How a connection goes: `server` accepts it, `connection` looks at its first byte and peels TLS, `http` answers
//! requests, `switchboard` handles frames, `store` keeps what must outlive a restart, `mailbox` has the rules for mailboxes.

mod certificate;
mod clock;
mod config;
mod connection;
mod fields;
mod headers;
mod hosts;
mod http;
mod io;
mod limits;
mod mailbox;
mod page;
mod policy;
mod proxy;
mod random;
mod rate;
mod server;
mod shared;
mod store;
mod stun;
mod switchboard;

pub use certificate::{CertificateError, CertificateSource};
pub use clock::Clock;
pub use config::{Config, ConfigError, DEFAULT_PORT, PageSource, certificate_source};
pub use hosts::AuthorityError;
pub use limits::Limits;
pub use page::PageError;
pub use policy::{Policy, PolicyError, PolicyLimits, SIGNATURE_LABEL};
pub use proxy::NetworkError;
pub use server::{Rendezvous, Running, StartError};
pub use store::StoreError;
