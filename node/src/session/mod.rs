//! Sessions on this node: made, invited to, brought back; each owned by one actor.
//!
//! | file | what it is for |
//! |---|---|
//! | `actor` | the task that owns a session; disk, timers, queues |
//! | `handle` | what others hold: commands in, views out |
//! | `commands` | what people tell it |
//! | `doors` | invites, knocks, calls: who comes in |
//! | `rooms` | waiting rooms |
//! | `blobs`, `files`, `file_commands` | what is taken in, wanted, published; the shelf as it is shown |
//! | `documents` | documents shared with pictures of their pages |
//! | `porter/` | the task that carries blobs between links and disk |
//! | `left` | files in waiting rooms |
//! | `rendezvous`, `jobs` | the rendezvous: listening, records, messages; what is awaited beside everything else |
//! | `links`, `peer_link`, `link_io` | links: of the session, one of them, its task |
//! | `link_job`, `link_ends` | what a link is asked that takes time, and why it ended |
//! | `guest`, `guest_task`, `guest_room`, `way_in` | the other side: asking in with a link, and calling as a member |
//! | `board_commands`, `desk_commands` | what people do with boards, checklists, notes, shared texts |
//! | `export` | gathers the session for a folder that people keep |
//! | `show_docs`, `shown` | how documents look: kept up to date, and made into views when somebody asks |
//! | `mailbox`, `mailbox_blobs`, `mailbox_drop` | what is left at the rendezvous for members who are away, and taken back |
//! | `mailbox_inbox`, `mailbox_read` | what others left there: what is still to be read, and taking it in |
//! | `mailbox_transfer`, `mailbox_records` | whole items to and fro, at the pace of the rendezvous; what the file holds |
//! | `live_io` | pointers and strokes in the making, never stored |
//! | `gate` | nothing leaves that isn't stored |
//! | `begin`, `records` | founding, restoring, and what the file holds |
//! | `show` | the view |

mod actor;
mod begin;
mod blobs;
mod board_commands;
mod commands;
mod convert;
mod desk_commands;
mod documents;
mod doors;
mod export;
mod file_commands;
mod files;
mod gate;
pub mod guest;
mod guest_room;
mod guest_task;
pub mod handle;
mod jobs;
mod left;
mod link_ends;
mod link_io;
mod link_job;
mod links;
mod live_io;
mod mailbox;
mod mailbox_blobs;
mod mailbox_drop;
mod mailbox_inbox;
mod mailbox_read;
mod mailbox_records;
mod mailbox_transfer;
mod peer_link;
mod porter;
mod records;
mod rendezvous;
mod rooms;
mod show;
mod show_docs;
mod shown;
pub mod video_out;
mod way_in;

pub(crate) use begin::{found, restore_all};
