//! Invite records, waiting rooms and mailboxes, kept durably and blindly.
//!
//! One named thread owns the embedded database. Connections hand it jobs over a bounded queue and wait for the answer;
//! the jobs that have gathered while the last batch was written are applied together and made durable by one commit, so
//! that a hundred waiting connections cost one flush to disk. A full queue makes connections wait, never fails.
//!
//! Nobody is told "done" before the commit. If the disk is full, the batch is refused and the database opened anew at the
//! next job; if the database turns out to be damaged, it is kept aside and a new one begun.

mod disk;
mod op;
mod row;
mod tables;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::{self, JoinHandle};

use sightline_proto::switchboard::RefusedReason;
use tokio::sync::{mpsc, oneshot};

use crate::clock::Clock;
use crate::limits::{STORE_BATCH, STORE_QUEUE};
use crate::policy::PolicyLimits;
use disk::Disk;
pub use disk::StoreError;
pub(crate) use op::{Keys, Op, Outcome};

/// A job and where its answer goes. The asker may be gone by then.
struct Job {
    op: Op,
    answer: oneshot::Sender<Result<Outcome, RefusedReason>>,
}

/// What the thread is told.
enum Order {
    Do(Job),
    /// Finish what was ordered before, then end.
    Stop,
}

/// The limits in force, which change with the policy file.
pub(crate) type SharedLimits = Arc<RwLock<StoreLimits>>;

/// What bounds the store.
#[derive(Debug, Clone)]
pub(crate) struct StoreLimits {
    /// The organisation's limits.
    pub(crate) policy: PolicyLimits,
    /// Bytes of records and waiting rooms.
    pub(crate) total_bytes: u64,
    /// Bytes of mailboxes.
    pub(crate) mail_bytes: u64,
}

/// Handle to the storage thread.
#[derive(Debug)]
pub(crate) struct Store {
    orders: mpsc::Sender<Order>,
    failing: Arc<AtomicBool>,
    limits: SharedLimits,
}

/// Joins the storage thread, which ends by [`Store::close`], or when the [`Store`] is gone.
#[derive(Debug)]
pub(crate) struct StoreThread(JoinHandle<()>);

impl Store {
    /// Opens the database in the data folder, checks it, and starts the thread.
    pub(crate) fn open(data: &Path, clock: Clock, limits: StoreLimits) -> Result<(Self, StoreThread), StoreError> {
        let mut disk = Disk::open(data, clock)?;
        let (orders, mut queue) = mpsc::channel::<Order>(STORE_QUEUE);
        let failing = Arc::new(AtomicBool::new(false));
        let limits = Arc::new(RwLock::new(limits));
        let (thread_failing, thread_limits) = (Arc::clone(&failing), Arc::clone(&limits));
        let run = move || {
            let mut orders = Vec::new();
            while queue.blocking_recv_many(&mut orders, STORE_BATCH) > 0 {
                let stop = orders.iter().position(|order| matches!(order, Order::Stop));
                orders.truncate(stop.unwrap_or(orders.len()));
                let limits = thread_limits.read().unwrap_or_else(PoisonError::into_inner).clone();
                commit_batch(&mut disk, &mut orders, &limits, &thread_failing);
                if stop.is_some() {
                    break;
                }
            }
        };
        let thread = thread::Builder::new()
            .name("store".to_owned())
            .spawn(run)
            .map_err(|source| StoreError::Thread { source })?;
        Ok((Self { orders, failing, limits }, StoreThread(thread)))
    }

    /// Has one job done. When this returns `Ok`, what the job changed is on disk.
    ///
    /// Cancel safety: a job handed over is done even if nobody waits for its answer.
    pub(crate) async fn run(&self, op: Op) -> Result<Outcome, RefusedReason> {
        let (answer, answered) = oneshot::channel();
        self.orders.send(Order::Do(Job { op, answer })).await.map_err(|_| RefusedReason::ShuttingDown)?;
        answered.await.unwrap_or(Err(RefusedReason::ShuttingDown))
    }

    /// Lets the thread finish what it has been given and end. Later jobs are refused.
    pub(crate) async fn close(&self) {
        // If the thread is gone already, there is nothing to close.
        let _ = self.orders.send(Order::Stop).await;
    }

    /// Whether the last write failed.
    pub(crate) fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }

    /// Takes the limits of a new policy.
    pub(crate) fn set_policy(&self, policy: PolicyLimits) {
        self.limits.write().unwrap_or_else(PoisonError::into_inner).policy = policy;
    }
}

impl StoreThread {
    /// Waits until everything handed over is on disk. Blocks: call it off the async workers.
    pub(crate) fn join(self) {
        let _ = self.0.join();
    }
}

/// Applies a batch, commits it once, and only then answers.
fn commit_batch(disk: &mut Disk, orders: &mut Vec<Order>, limits: &StoreLimits, failing: &AtomicBool) {
    let jobs: Vec<Job> = orders
        .drain(..)
        .filter_map(|order| match order {
            Order::Do(job) => Some(job),
            Order::Stop => None,
        })
        .collect();
    if jobs.is_empty() {
        return;
    }
    let ops: Vec<&Op> = jobs.iter().map(|job| &job.op).collect();
    let results = disk.apply(&ops, limits);
    failing.store(results.is_err(), Ordering::Relaxed);
    let results = results.unwrap_or_else(|refused| jobs.iter().map(|_| Err(refused)).collect());
    for (job, result) in jobs.into_iter().zip(results) {
        let _ = job.answer.send(result);
    }
}
