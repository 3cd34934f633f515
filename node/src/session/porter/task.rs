//! The porter's task: brings together orders, links, fetches and the disk.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use sightline_proto::blob::{Found, Input, Manifest, Message, Serve, Want};
use sightline_proto::id::BlobId;
use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;

use super::feeder::FromFeeder;
use super::fetching::{Fetching, Todo, give_turns, source};
use super::speed::Speed;
use super::{Amount, FromPump, Orders, Report};
use crate::link::LinkId;
use crate::link::rtc::RtcLink;
use crate::runtime::{deadline, steady_ms};
use crate::store::blobs::{BlobError, BlobStore, Partial};

/// Reports follow each other no faster.
const REPORT_MS: u64 = 200;

/// Messages of a link that arrive before its peer was verified: an honest one asks for what it misses, a few at a time.
const MAX_EARLY: usize = 32;

/// Links that are heard before their peers were verified.
const MAX_EARLY_LINKS: usize = 16;

/// Messages that are none, before what a link says is no longer read.
const MAX_MALFORMED: u32 = 20;

/// Something for the disk.
pub(super) enum Disk {
    /// Look what is there of a blob, and verify it.
    Resume(BlobId),
    /// Make the part of a blob.
    Begin(Manifest),
    /// Write a verified chunk.
    Write { part: Arc<Partial>, blob: BlobId, chunk: u32, bytes: Vec<u8> },
}

/// What became of it.
pub(super) enum Done {
    Resumed(BlobId, Option<Arc<Partial>>),
    Begun(BlobId, Result<Arc<Partial>, BlobError>),
    Wrote(Arc<Partial>, BlobId, u32, Result<(), BlobError>),
    Found(LinkId, Want, Found, Option<Manifest>),
    /// The disk's thread panicked and told the panic hook; what it was for stays undone.
    Nothing,
}

type Job = Pin<Box<dyn Future<Output = Done> + Send>>;

/// The queues that the task reads.
pub(super) struct Inputs {
    pub(super) orders: watch::Receiver<Orders>,
    pub(super) arrivals: mpsc::Receiver<(LinkId, FromPump)>,
    pub(super) fed: mpsc::Receiver<FromFeeder>,
    pub(super) report: watch::Sender<Arc<Report>>,
}

/// A verified link.
pub(super) struct End {
    pub(super) link: RtcLink,
    pub(super) serve: Serve,
    /// Taken from the machine, not taken by the link yet.
    pub(super) pending: Option<Bytes>,
    malformed: u32,
}

/// Everything that goes on.
pub(super) struct Task {
    pub(super) store: BlobStore,
    pub(super) orders: Orders,
    pub(super) ends: BTreeMap<LinkId, End>,
    early: BTreeMap<LinkId, VecDeque<FromPump>>,
    fetches: BTreeMap<BlobId, Fetching>,
    pub(super) undecided: Vec<(LinkId, Want, u64)>,
    pub(super) manifests: VecDeque<(BlobId, Manifest)>,
    sent: BTreeMap<BlobId, (u64, Speed)>,
    report: Report,
    /// Received by fetches that are over.
    received: u64,
    jobs: FuturesUnordered<Job>,
    changed: bool,
    reported_at: u64,
}

/// Runs until the session is gone.
pub(super) async fn run(store: BlobStore, mut inputs: Inputs) {
    let mut task = Task {
        store,
        orders: Orders::default(),
        ends: BTreeMap::new(),
        early: BTreeMap::new(),
        fetches: BTreeMap::new(),
        undecided: Vec::new(),
        manifests: VecDeque::new(),
        sent: BTreeMap::new(),
        report: Report::default(),
        received: 0,
        jobs: FuturesUnordered::new(),
        changed: false,
        reported_at: 0,
    };
    loop {
        let wake = deadline(task.next_wake());
        let now = tokio::select! {
            changed = inputs.orders.changed() => {
                if changed.is_err() {
                    return;
                }
                let orders = inputs.orders.borrow_and_update().clone();
                let now = steady_ms();
                task.take_orders(orders, now);
                now
            }
            Some((link, from)) = inputs.arrivals.recv() => {
                let now = steady_ms();
                task.arrived(link, from, now);
                now
            }
            Some(done) = task.jobs.next(), if !task.jobs.is_empty() => {
                let now = steady_ms();
                task.done(done, now);
                now
            }
            Some(fed) = inputs.fed.recv() => {
                let now = steady_ms();
                task.fed(fed, now);
                now
            }
            () = tokio::time::sleep_until(wake) => {
                let now = steady_ms();
                task.tick(now);
                now
            }
        };
        let todo = give_turns(&mut task.fetches, now);
        task.carry_out(todo, now);
        task.tell(&inputs.report, now);
    }
}

impl Task {
    fn next_wake(&self) -> u64 {
        let now = steady_ms();
        let fetches = self.fetches.values().filter_map(|fetching| fetching.next_wake(now));
        let undecided = self.undecided.iter().map(|(_, _, until)| *until);
        let report = (self.changed || self.report.fetches.values().any(|carried| carried.amount.per_sec > 0))
            .then_some(self.reported_at + REPORT_MS);
        fetches.chain(undecided).chain(report).min().unwrap_or(u64::MAX)
    }

    fn take_orders(&mut self, orders: Orders, now: u64) {
        let old = std::mem::replace(&mut self.orders, orders);
        let gone: Vec<LinkId> = self.ends.keys().filter(|id| !self.orders.links.contains_key(id)).copied().collect();
        for id in gone {
            self.ends.remove(&id);
            self.all_fetches(|| Input::Gone(source(id)), now);
        }
        let new: Vec<(LinkId, RtcLink)> = self
            .orders
            .links
            .iter()
            .filter(|(id, _)| !self.ends.contains_key(id))
            .map(|(id, link)| (*id, link.clone()))
            .collect();
        for (id, link) in new {
            self.ends.insert(id, End { link, serve: Serve::new(), pending: None, malformed: 0 });
            self.all_fetches(|| Input::Source(source(id)), now);
            for early in self.early.remove(&id).unwrap_or_default() {
                self.arrived(id, early, now);
            }
        }
        if !Arc::ptr_eq(&old.wishes, &self.orders.wishes) {
            self.take_wishes(now);
        }
        if !Arc::ptr_eq(&old.named, &self.orders.named) {
            self.decide(now);
        }
        self.changed = true;
    }

    fn take_wishes(&mut self, now: u64) {
        let wishes = self.orders.wishes.clone();
        let over: Vec<BlobId> = self.fetches.keys().filter(|blob| !wishes.contains_key(blob)).copied().collect();
        for blob in over {
            // Whoever was asked is told that nothing is wanted any more.
            let todo = self.fetches.get_mut(&blob).map(|fetching| fetching.handle(Input::Pause, now));
            self.end_fetch(&blob);
            self.carry_out(todo.into_iter().flatten().map(|one| (blob, one)).collect(), now);
        }
        for (blob, wish) in wishes.iter() {
            if self.store.size(blob).is_some() {
                continue;
            }
            match self.fetches.get_mut(blob) {
                Some(fetching) => {
                    let todo = fetching.wish(*wish, now);
                    self.carry_out(todo.into_iter().map(|one| (*blob, one)).collect(), now);
                }
                None => {
                    let links: Vec<LinkId> = self.ends.keys().copied().collect();
                    self.fetches.insert(*blob, Fetching::new(*blob, *wish, links.into_iter(), now));
                }
            }
        }
    }

    fn arrived(&mut self, link: LinkId, from: FromPump, now: u64) {
        let Some(end) = self.ends.get_mut(&link) else {
            if self.early.len() >= MAX_EARLY_LINKS && !self.early.contains_key(&link) {
                self.early.pop_first();
            }
            let early = self.early.entry(link).or_default();
            if early.len() < MAX_EARLY {
                early.push_back(from);
            }
            return;
        };
        if let FromPump::Message(bytes) = from {
            if end.malformed >= MAX_MALFORMED {
                return;
            }
            match Message::decode(&bytes) {
                Ok(message) => self.message(link, message, now),
                Err(_) => {
                    end.malformed += 1;
                    self.refuse("malformed-blob");
                }
            }
        }
        self.flush(link, now);
    }

    fn message(&mut self, link: LinkId, message: Message, now: u64) {
        let blob = message.blob();
        match &message {
            Message::Ask { .. } | Message::Get { .. } | Message::Cancel { .. } => {
                if let Some(end) = self.ends.get_mut(&link) {
                    end.serve.take(&message);
                }
                return;
            }
            Message::Have { chunks, .. } => self.peer_has(blob, chunks, now),
            _ => {}
        }
        if let Some(fetching) = self.fetches.get_mut(&blob) {
            let todo = fetching.handle(Input::Message(source(link), message), now);
            self.changed = true;
            self.carry_out(todo.into_iter().map(|one| (blob, one)).collect(), now);
        }
    }

    /// A peer says how far its own transfer of something that is here has come.
    fn peer_has(&mut self, blob: BlobId, chunks: &sightline_proto::blob::ChunkSet, now: u64) {
        let Some(size) = self.store.size(&blob) else { return };
        if sightline_proto::blob::chunk_count(size) != chunks.count() || !self.orders.named.contains(&blob) {
            return;
        }
        let (most, speed) = self.sent.entry(blob).or_default();
        *most = (*most).max(chunks.bytes(size));
        speed.note(*most, now);
        self.changed = true;
    }

    fn all_fetches(&mut self, input: impl Fn() -> Input, now: u64) {
        let mut todo = Vec::new();
        for (blob, fetching) in &mut self.fetches {
            todo.extend(fetching.handle(input(), now).into_iter().map(|one| (*blob, one)));
        }
        self.carry_out(todo, now);
    }

    fn carry_out(&mut self, todo: Vec<(BlobId, Todo)>, now: u64) {
        let mut links = Vec::new();
        for (blob, one) in todo {
            match one {
                Todo::Say(link, message) => {
                    if let Some(end) = self.ends.get_mut(&link) {
                        end.serve.say(&message);
                        links.push(link);
                    }
                }
                Todo::Disk(disk) => self.on_disk(disk),
                Todo::Blamed => self.refuse("wrong-blob"),
                Todo::Arrived => {
                    self.end_fetch(&blob);
                    self.report.arrived += 1;
                    self.reported_at = 0;
                }
            }
            self.changed = true;
        }
        links.sort_unstable();
        links.dedup();
        for link in links {
            self.flush(link, now);
        }
    }

    fn on_disk(&mut self, disk: Disk) {
        let store = self.store.clone();
        match disk {
            Disk::Resume(blob) => self.job(Done::Nothing, move || Done::Resumed(blob, store.resume(&blob))),
            Disk::Begin(manifest) => {
                self.job(Done::Nothing, move || Done::Begun(manifest.id(), store.begin(&manifest)));
            }
            Disk::Write { part, blob, chunk, bytes } => self.job(Done::Nothing, move || {
                let written = part.write(chunk, &bytes);
                Done::Wrote(part, blob, chunk, written)
            }),
        }
    }

    /// Has the disk do something. `panicked`: what came of it if it panics.
    pub(super) fn job(&mut self, panicked: Done, job: impl FnOnce() -> Done + Send + 'static) {
        let running = spawn_blocking(job);
        self.jobs.push(Box::pin(async move { running.await.unwrap_or(panicked) }));
    }

    fn done(&mut self, done: Done, now: u64) {
        let (blob, todo) = match done {
            Done::Resumed(blob, part) => {
                let links: Vec<LinkId> = self.ends.keys().copied().collect();
                let whole = self.store.size(&blob).is_some();
                let Some(fetching) = self.fetches.get_mut(&blob) else { return };
                fetching.resumed(part, links.into_iter(), now);
                (blob, if whole { vec![Todo::Arrived] } else { Vec::new() })
            }
            Done::Begun(blob, part) => {
                let Some(fetching) = self.fetches.get_mut(&blob) else { return };
                (blob, fetching.begun(part, now))
            }
            Done::Wrote(part, blob, chunk, written) => {
                let Some(fetching) = self.fetches.get_mut(&blob) else { return };
                (blob, fetching.wrote(&part, chunk, written, now))
            }
            Done::Found(link, want, found, manifest) => {
                if let Some(manifest) = manifest {
                    self.remember(want.blob(), manifest);
                }
                if let Some(end) = self.ends.get_mut(&link) {
                    end.serve.found(want, found);
                }
                return self.flush(link, now);
            }
            Done::Nothing => return,
        };
        self.changed = true;
        self.carry_out(todo.into_iter().map(|one| (blob, one)).collect(), now);
    }

    fn fed(&mut self, fed: FromFeeder, now: u64) {
        match fed {
            FromFeeder::Refused(why) => self.refuse(why),
            FromFeeder::Put(blob, chunk) => {
                if let Some(fetching) = self.fetches.get_mut(&blob) {
                    let todo = fetching.handle(Input::Put(chunk), now);
                    self.carry_out(todo.into_iter().map(|one| (blob, one)).collect(), now);
                }
                if self.store.size(&blob).is_some() {
                    self.end_fetch(&blob);
                    self.report.arrived += 1;
                    self.reported_at = 0;
                }
                self.changed = true;
            }
        }
    }

    fn tick(&mut self, now: u64) {
        let due: Vec<BlobId> = self.fetches.keys().copied().collect();
        for blob in due {
            let todo = self.fetches.get_mut(&blob).map(|fetching| fetching.handle(Input::Tick, now));
            self.carry_out(todo.into_iter().flatten().map(|one| (blob, one)).collect(), now);
        }
        self.decide(now);
        self.changed |= self.report.fetches.values().any(|carried| carried.amount.per_sec > 0);
    }

    fn end_fetch(&mut self, blob: &BlobId) {
        self.received += self.fetches.remove(blob).map_or(0, |fetching| fetching.received());
    }

    fn refuse(&mut self, why: &'static str) {
        *self.report.refused.entry(why).or_default() += 1;
        self.changed = true;
    }

    fn tell(&mut self, to: &watch::Sender<Arc<Report>>, now: u64) {
        if !self.changed || now < self.reported_at + REPORT_MS {
            return;
        }
        self.changed = false;
        self.reported_at = now;
        self.report.fetches = self.fetches.iter().map(|(blob, fetching)| (*blob, fetching.look(now))).collect();
        self.report.received = self.received + self.fetches.values().map(Fetching::received).sum::<u64>();
        let amount = |(most, speed): &(u64, Speed)| Amount { have: *most, per_sec: speed.per_sec(now) };
        self.report.sent = self.sent.iter().map(|(blob, sent)| (*blob, amount(sent))).collect();
        if **to.borrow() != self.report {
            to.send_replace(Arc::new(self.report.clone()));
        }
    }
}
