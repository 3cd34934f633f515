//! Carries blobs: one task per session that fetches what is wished and serves what documents name, so that neither
//! content nor the disk ever passes through the session's actor.
//!
//! Both sides speak in states, not in steps. The actor keeps the [`Orders`] right, the porter the [`Report`]; whoever is
//! slow sees the newest and has missed nothing. Content comes straight from each link's task and goes straight to the
//! link; verified chunks go to the disk on the runtime's blocking threads.
//!
//! Queues: a link's task waits while the porter is behind, and then the link's own policy for a full queue holds. What
//! is sent waits in the link's `blob` queue of a megabyte; a peer that takes nothing has two chunks in memory here,
//! and two more being read.

mod feeder;
mod fetching;
mod serving;
mod speed;
mod task;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use sightline_proto::id::{BlobId, KnockId};
use tokio::sync::{mpsc, watch};
use tokio_util::task::TaskTracker;

use super::blobs::Priority;
use crate::link::LinkId;
use crate::link::rtc::RtcLink;
use crate::store::blobs::BlobStore;

/// Messages of all links that may wait for the porter: it does nothing slow, so few ever do.
const ARRIVALS: usize = 128;

/// Items that were left and wait for the disk: each is 60 KiB at most.
const LEFT: usize = 32;

/// What a link's task tells.
#[derive(Debug)]
pub(super) enum FromPump {
    /// A message of the `blob` channel.
    Message(Bytes),
    /// The channel takes messages, again or for the first time.
    Writable,
}

/// What the session wants, as a whole.
#[derive(Clone, Default)]
pub(super) struct Orders {
    /// Links to verified members.
    pub(super) links: BTreeMap<LinkId, RtcLink>,
    /// What is to be fetched.
    pub(super) wishes: Arc<BTreeMap<BlobId, Wish>>,
    /// What documents name: members may have it.
    pub(super) named: Arc<BTreeSet<BlobId>>,
}

/// A blob that is to be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    /// What a document says of its size.
    pub(super) size: Option<u64>,
    /// The most that is fetched.
    pub(super) max: u64,
    /// What comes first.
    pub(super) priority: Priority,
    /// The person paused it.
    pub(super) paused: bool,
    /// Rises when a person doesn't want to wait.
    pub(super) hurry: u32,
}

/// How everything stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Report {
    /// Wishes that were begun.
    pub(super) fetches: BTreeMap<BlobId, Carried>,
    /// What the furthest member has of what was asked of this device.
    pub(super) sent: BTreeMap<BlobId, Amount>,
    /// What peers did wrong, by a stable name.
    pub(super) refused: BTreeMap<&'static str, u64>,
    /// Counts blobs that became whole.
    pub(super) arrived: u64,
    /// Bytes of content that came since the start, as far as they were asked for; what came twice counts twice.
    pub(super) received: u64,
}

/// A fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Carried {
    /// How it stands.
    pub(super) how: How,
    /// How much.
    pub(super) amount: Amount,
}

/// How a fetch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// It runs, or waits for its turn.
    Arriving,
    /// Nobody who is there has it.
    Waiting,
    /// The person paused it.
    Paused,
    /// The disk is full; it goes on by itself when there is room.
    NoRoom,
    /// The disk failed.
    DiskFailed,
}

/// How much of a blob, and how fast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Amount {
    /// Bytes that are there, verified.
    pub(super) have: u64,
    /// Bytes per second over the last seconds.
    pub(super) per_sec: u64,
}

/// The session's hold on its porter. Dropping it ends the porter.
pub(super) struct Porter {
    orders: watch::Sender<Orders>,
    report: watch::Receiver<Arc<Report>>,
    arrivals: mpsc::Sender<(LinkId, FromPump)>,
    left: mpsc::Sender<Left>,
}

/// A message that was left for this device.
#[derive(Debug)]
pub(super) struct Left {
    /// Where.
    pub(super) by: Leaver,
    /// One encoded message, of a blob that a document names.
    pub(super) message: Vec<u8>,
    /// The most that this blob may have, by that document and the organisation's limit.
    pub(super) most: u64,
}

/// Where something was left for this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Leaver {
    /// In the waiting room of somebody who is not admitted yet.
    Room(KnockId),
    /// In the session's mailbox, by members.
    Mailbox,
}

impl Porter {
    /// Starts it.
    pub(super) fn start(store: BlobStore, tasks: &TaskTracker) -> Self {
        let (orders, orders_seen) = watch::channel(Orders::default());
        let (report, report_seen) = watch::channel(Arc::default());
        let (arrivals, arrivals_in) = mpsc::channel(ARRIVALS);
        let (left, left_in) = mpsc::channel(LEFT);
        let (fed, fed_in) = mpsc::channel(LEFT);
        tasks.spawn(feeder::run(store.clone(), left_in, fed));
        tasks.spawn(task::run(store, task::Inputs { orders: orders_seen, arrivals: arrivals_in, fed: fed_in, report }));
        Self { orders, report: report_seen, arrivals, left }
    }

    /// Changes the orders.
    pub(super) fn order(&self, change: impl FnOnce(&mut Orders)) {
        self.orders.send_modify(change);
    }

    /// The newest report, and a wake-up for each change.
    pub(super) fn report(&self) -> watch::Receiver<Arc<Report>> {
        self.report.clone()
    }

    /// Where links' tasks put what arrives.
    pub(super) fn arrivals(&self) -> mpsc::Sender<(LinkId, FromPump)> {
        self.arrivals.clone()
    }

    /// Where messages that were left for this device go.
    pub(super) fn left(&self) -> mpsc::Sender<Left> {
        self.left.clone()
    }
}
