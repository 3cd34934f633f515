//! Stories of sessions: experts, operators and a rendezvous in one process, over loopback, with real links and codecs.

mod away;
mod decisions;
mod desk;
mod documents;
mod drawing;
mod files;
mod first_light;
mod lab;
mod live;
mod mailbox;
mod trouble;
