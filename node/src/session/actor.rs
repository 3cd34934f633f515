//! The one owner of a session: everything that happens to it goes through this task, one thing after the other.
//!
//! It decides nothing itself. The documents' machine (`sightline-crdt`), the admission machine and each link's negotiation
//! (`sightline-proto`) decide; the actor carries their outputs to the disk, the switchboard, the links and the screens,
//! keeping one order: **first the disk, then everybody else** (see [`super::gate`]).
//!
//! Queues: commands wait in a bounded queue and their askers with them; links and rendezvous wait in bounded queues of
//! their own, whose policies are written where they are made.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use sightline_crdt::id::DocId;
use sightline_crdt::session::{Input as DocInput, LinkId as DocLinkId, Output as DocOutput, Session};
use sightline_proto::admission::Admission;
use sightline_proto::control::{ByeReason, StopReason, Video};
use sightline_proto::id::{BlobId, InviteId, KnockId, PeerId, SessionId, SlotAddress};
use sightline_proto::keys::SessionKeys;
use sightline_proto::limits::MAX_KNOWN_KNOCKS;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::blobs::Priority;
use super::files::{Files, KeptFiles};
use super::gate::{Effect, Gate};
use super::handle::{Frames, SessionHandle, Views};
use super::jobs::Done;
use super::link_io::FromLink;
use super::live_io::Live;
use super::mailbox::Mailbox;
use super::peer_link::PeerLink;
use super::porter::Porter;
use super::records::{NodeRecord, ReadMarks};
use super::rendezvous::{FromRendezvous, Rendezvous};
use super::rooms::{OutItem, Reading, Room};
use super::show_docs::DocsShown;
use super::video_out::VideoOut;
use super::way_in::WayIn;
use crate::command::{Answer, Command};
use crate::context::Context;
use crate::link::LinkId;
use crate::runtime::{deadline, steady_ms};
use crate::store::writer::{Durability, LogFile};
use crate::switchboard::client::{Listening, Switchboard};
use crate::view::{ChatView, NodeEvent, Problem, SessionView};

/// Commands that may wait; askers wait beyond it.
const COMMANDS: usize = 64;

/// Link events that may wait for the actor; a link's task waits beyond it, and then the link's own policy holds.
const LINK_EVENTS: usize = 512;

/// Views follow each other no faster: a screen shows sixty pictures a second, and thirty views are plenty.
const VIEW_PAUSE: Duration = Duration::from_millis(30);

/// How often link figures are looked at while a link is up.
const FIGURES: Duration = Duration::from_millis(500);

/// Housekeeping: invites that are over.
const HOUSEKEEPING: Duration = Duration::from_secs(60);

/// Document changes that follow closely are acknowledged together.
const VECTORS_PAUSE_MS: u64 = 50;

/// Requests under way; beyond it, what can be repeated by its asker is dropped.
pub(super) const MAX_JOBS: usize = 512;

/// Time for farewells to leave before the sockets close.
const FAREWELL: Duration = Duration::from_millis(150);

/// What a session begins or goes on with.
pub(super) struct Parts {
    pub(super) created_ms: u64,
    pub(super) keys: SessionKeys,
    pub(super) session: Session,
    pub(super) admission: Admission,
    pub(super) rooms: BTreeMap<KnockId, Room>,
    pub(super) outbox: BTreeMap<(KnockId, u64), OutItem>,
    pub(super) files: KeptFiles,
    pub(super) read: ReadMarks,
    pub(super) log: LogFile,
    pub(super) problems: BTreeSet<Problem>,
    pub(super) way_in: Option<WayIn>,
    /// What was known of its mailbox.
    pub(super) mailbox: Mailbox,
    /// The rendezvous of a session that this node was invited to, as its record names them; others use the node's.
    pub(super) own_switchboards: Option<Vec<(Switchboard, Option<Listening>)>>,
    /// It comes from the disk.
    pub(super) restored: bool,
}

/// What is to be awaited beside the queues.
pub(super) type Job = Pin<Box<dyn Future<Output = Done> + Send>>;

/// The actor.
pub(super) struct Actor {
    pub(super) ctx: Context,
    pub(super) id: SessionId,
    pub(super) created_ms: u64,
    pub(super) keys: SessionKeys,
    pub(super) session: Session,
    pub(super) admission: Admission,
    pub(super) rooms: BTreeMap<KnockId, Room>,
    /// Rooms of people who were let in and have no link yet.
    pub(super) admitted_rooms: BTreeMap<KnockId, Reading>,
    pub(super) outbox: BTreeMap<(KnockId, u64), OutItem>,
    pub(super) files: Files,
    /// Which knock a waiting room's slot belongs to.
    pub(super) slots: HashMap<SlotAddress, (KnockId, InviteId)>,
    /// Records as they were sealed for the rendezvous, by invite.
    pub(super) records: HashMap<InviteId, (u64, Vec<u8>)>,
    /// Invites whose record lies at a rendezvous.
    pub(super) stored: BTreeSet<InviteId>,
    pub(super) deleted: BTreeSet<InviteId>,
    pub(super) rendezvous: Vec<Rendezvous>,
    own_switchboards: Option<Vec<(Switchboard, Option<Listening>)>>,
    pub(super) links: BTreeMap<LinkId, PeerLink>,
    /// How a peer's newest link looked when it ended.
    pub(super) ended_links: BTreeMap<PeerId, crate::view::LinkView>,
    /// Trickle for a link that is being made from an own offer.
    pub(super) early_trickle: VecDeque<(KnockId, Vec<u8>)>,
    /// Calls that were answered, newest last: a repeated one is no news.
    pub(super) calls: VecDeque<KnockId>,
    /// How a member that doesn't lead reaches the lead.
    pub(super) way_in: Option<WayIn>,
    /// What the own camera does, to be told to the lead.
    pub(super) own_video: (Video, Option<StopReason>),
    /// Knocks of which a live message arrived since the start.
    pub(super) heard_live: BTreeSet<KnockId>,
    pub(super) fates: Vec<(KnockId, sightline_proto::admission::Fate)>,
    pub(super) gate: Gate<Actor>,
    pub(super) jobs: FuturesUnordered<Job>,
    pub(super) from_links: mpsc::Sender<(LinkId, FromLink)>,
    pub(super) rendezvous_in: mpsc::Sender<FromRendezvous>,
    pub(super) frames: Frames,
    pub(super) video_out: VideoOut,
    /// Blobs that documents name and that are not here.
    pub(super) wants: BTreeMap<BlobId, (Option<u64>, Priority)>,
    /// Pointers and strokes in the making.
    pub(super) live: Live,
    /// What the documents look like.
    pub(super) docs: DocsShown,
    pub(super) read: ReadMarks,
    /// How far each actor's messages were told as events.
    pub(super) told: ReadMarks,
    pub(super) chat: Arc<Vec<ChatView>>,
    pub(super) chat_stale: bool,
    pub(super) refused: BTreeMap<&'static str, u64>,
    pub(super) mailbox: Mailbox,
    pub(super) problems: BTreeSet<Problem>,
    pub(super) disk_refuses: bool,
    pub(super) last_at_ms: u64,
    view: watch::Sender<Arc<SessionView>>,
    dirty: bool,
    shown_at: Instant,
    vectors_at: Option<u64>,
    figures_at: Instant,
    housekeeping_at: Instant,
}

/// The queues that the actor reads.
struct Inputs {
    commands: mpsc::Receiver<Command>,
    links: mpsc::Receiver<(LinkId, FromLink)>,
    rendezvous: mpsc::Receiver<FromRendezvous>,
    durability: watch::Receiver<Durability>,
}

impl Actor {
    /// Starts the task and gives the hold on it.
    pub(super) fn start(ctx: Context, parts: Parts) -> SessionHandle {
        let (commands, commands_in) = mpsc::channel(COMMANDS);
        let (from_links, links_in) = mpsc::channel(LINK_EVENTS);
        let (rendezvous_in, rendezvous_queue) = mpsc::channel(LINK_EVENTS);
        let (frames, video_out) = (Frames::default(), VideoOut::default());
        let gate = Gate::new(parts.log);
        let inputs = Inputs {
            commands: commands_in,
            links: links_in,
            rendezvous: rendezvous_queue,
            durability: gate.durability(),
        };
        let id = super::convert::to_sid(parts.session.sid());
        let view = watch::Sender::new(Arc::new(SessionView::empty(id, ctx.peer.public())));
        let now = Instant::now();
        let files = Files::new(Porter::start(ctx.blobs.clone(), &ctx.tasks), parts.files);
        let slots = parts.rooms.iter().map(|(knock, room)| (room.slot, (*knock, room.reading.invite))).collect();
        let mut actor = Self {
            id,
            created_ms: parts.created_ms,
            keys: parts.keys,
            session: parts.session,
            admission: parts.admission,
            rooms: parts.rooms,
            admitted_rooms: BTreeMap::new(),
            outbox: parts.outbox,
            files,
            slots,
            records: HashMap::new(),
            stored: BTreeSet::new(),
            deleted: BTreeSet::new(),
            rendezvous: Vec::new(),
            links: BTreeMap::new(),
            ended_links: BTreeMap::new(),
            early_trickle: VecDeque::new(),
            calls: VecDeque::new(),
            way_in: parts.way_in,
            own_video: (Video::Off, None),
            heard_live: BTreeSet::new(),
            fates: Vec::new(),
            gate,
            jobs: FuturesUnordered::new(),
            from_links,
            rendezvous_in,
            frames: frames.clone(),
            video_out: video_out.clone(),
            wants: BTreeMap::new(),
            live: Live::new(),
            docs: DocsShown::default(),
            read: parts.read,
            told: ReadMarks::new(),
            chat: Arc::default(),
            chat_stale: true,
            refused: BTreeMap::new(),
            mailbox: parts.mailbox,
            problems: parts.problems,
            own_switchboards: parts.own_switchboards,
            disk_refuses: false,
            last_at_ms: parts.created_ms,
            view,
            dirty: true,
            shown_at: now,
            // The session may have asked for it while it was made.
            vectors_at: Some(steady_ms()),
            figures_at: now,
            housekeeping_at: now,
            ctx,
        };
        actor.begin_reading();
        actor.begin_showing();
        if parts.restored {
            actor.renew_records();
        }
        actor.show();
        let views =
            Views { session: actor.view.subscribe(), live: actor.live.view(), documents: actor.docs.shown.clone() };
        let handle = SessionHandle::new(id, commands, views, frames, video_out);
        let tasks = actor.ctx.tasks.clone();
        tasks.spawn(actor.run(inputs));
        handle
    }

    async fn run(mut self, mut inputs: Inputs) {
        let stop = self.ctx.stop.clone();
        let mut switchboards = self.ctx.switchboards.clone();
        let mut reports = self.files.reports();
        // Before any command is heard: an invite needs to know its rendezvous.
        let first = self.own_switchboards.take().unwrap_or_else(|| listed(&switchboards.borrow_and_update()));
        self.use_rendezvous(first).await;
        // The machine may have begun before there was anybody to carry out what it wants.
        self.way_in(sightline_proto::session::Input::Tick);
        loop {
            self.show_if_due();
            let wake = self.next_wake();
            tokio::select! {
                () = stop.cancelled() => break,
                Some(command) = inputs.commands.recv() => self.command(command),
                Some((id, from)) = inputs.links.recv() => self.take_from_link(id, from),
                Some(input) = inputs.rendezvous.recv() => self.take_from_rendezvous(input),
                Some(done) = self.jobs.next(), if !self.jobs.is_empty() => self.job_done(done),
                Ok(()) = inputs.durability.changed() => {
                    let durability = *inputs.durability.borrow_and_update();
                    self.disk_says(durability);
                }
                Ok(()) = reports.changed() => {
                    reports.mark_unchanged();
                    self.files_reported();
                }
                Ok(()) = switchboards.changed(), if self.way_in.is_none() => {
                    let now = listed(&switchboards.borrow_and_update());
                    self.use_rendezvous(now).await;
                }
                () = tokio::time::sleep_until(wake) => self.tick(),
            }
        }
        self.farewell().await;
    }

    /// Tells every peer, gives the words a moment to leave, and keeps what peers were last known to have.
    async fn farewell(mut self) {
        let ids: Vec<LinkId> = self.links.keys().copied().collect();
        let any = !ids.is_empty();
        for id in ids {
            self.with_link(id, |link, me| link.close(ByeReason::Left, me));
        }
        if any {
            tokio::time::sleep(FAREWELL).await;
        }
    }

    fn next_wake(&self) -> Instant {
        let links = self.links.values().filter_map(PeerLink::next_wake).min();
        let steady = [links, self.vectors_at, self.mailbox.next_wake(), self.way_in_wake(), self.live.next_wake()]
            .into_iter()
            .flatten()
            .min();
        let mut wake = self.housekeeping_at;
        if let Some(steady) = steady {
            wake = wake.min(deadline(steady));
        }
        if self.dirty {
            wake = wake.min(self.shown_at + VIEW_PAUSE);
        }
        if self.links.values().any(PeerLink::is_up) {
            wake = wake.min(self.figures_at);
        }
        wake
    }

    fn tick(&mut self) {
        let (now, steady) = (Instant::now(), steady_ms());
        if self.vectors_at.is_some_and(|at| at <= steady) {
            self.vectors_at = None;
            self.documents(DocInput::VectorsDue);
        }
        let due: Vec<LinkId> = self
            .links
            .iter()
            .filter(|(_, link)| link.next_wake().is_some_and(|at| at <= steady))
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            self.with_link(id, PeerLink::tick);
        }
        self.mailbox_tick();
        self.way_in_tick();
        self.tick_live();
        if now >= self.figures_at {
            self.figures_at = now + FIGURES;
            self.changed();
        }
        if now >= self.housekeeping_at {
            self.housekeeping_at = now + HOUSEKEEPING;
            self.admission_input(sightline_proto::admission::Input::Tick);
            self.changed();
        }
    }

    /// Gives the documents an input and carries out what follows.
    pub(super) fn documents(&mut self, input: DocInput<'_>) {
        let outputs = self.session.handle(input);
        self.carry_out(outputs);
    }

    /// Carries out what the documents want, in order: stored first, then sent.
    pub(super) fn carry_out(&mut self, outputs: Vec<DocOutput>) {
        for output in outputs {
            match output {
                DocOutput::Persist(record) => {
                    self.store(&record);
                    self.mailbox.look_soon();
                }
                DocOutput::Send { link, message } => self.after_stored(move |actor| actor.send_sync(link, &message)),
                DocOutput::VectorsDue => self.vectors_at = Some(steady_ms() + VECTORS_PAUSE_MS),
                DocOutput::DocumentChanged(doc) => {
                    if doc == DocId::ROOM {
                        self.chat_stale = true;
                        self.files.views_stale = true;
                    }
                    self.files.documents_stale = true;
                    self.docs.changed(doc);
                    self.files.documents_stale = true;
                    self.files.views_stale |= doc == DocId::ROOM;
                    self.changed();
                }
                DocOutput::SeenChanged(_) => {
                    self.chat_stale = true;
                    self.files.views_stale = true;
                    self.changed();
                }
                DocOutput::RosterChanged => self.roster_changed(),
                DocOutput::Refused { reason, .. } => self.refuse(reason),
                DocOutput::Equivocated(_) => self.settle(),
                DocOutput::Muted(link) => {
                    tracing::warn!(link = link.0, "a peer sent too much that no honest peer sends");
                }
            }
        }
    }

    /// The lead decides at once for what it has: the author's later changes count again.
    fn settle(&mut self) {
        self.refuse("equivocation");
        if self.session.roster().lead() == self.session.peer()
            && let Ok(outputs) = self.session.settle()
        {
            self.carry_out(outputs);
        }
    }

    fn roster_changed(&mut self) {
        self.chat_stale = true;
        self.docs.roster_changed();
        self.forget_live_of_strangers();
        self.files.views_stale = true;
        self.drop_links_of_strangers();
        self.keep_access();
        self.unlock_mail();
        self.changed();
    }

    /// Writes a record of this node.
    pub(super) fn keep(&mut self, record: &NodeRecord<'_>) {
        self.store(&record.encode());
    }

    /// Writes a framed record.
    pub(super) fn store(&mut self, record: &[u8]) {
        if self.gate.append(record).is_err() {
            // The disk has refused for so long that memory is full as well: said, and nothing is acknowledged.
            self.problems.insert(Problem::DiskFailed);
            self.changed();
        }
    }

    /// Does something once everything written so far is durable.
    pub(super) fn after_stored(&mut self, what: impl FnOnce(&mut Self) + Send + 'static) {
        if let Some(Effect::Do(what)) = self.gate.hold(Effect::Do(Box::new(what))) {
            what(self);
        }
    }

    /// Answers a command once everything written so far is durable, or with `failed` when the disk refuses.
    pub(super) fn answer_stored<T: Send + 'static, E: Send + 'static>(
        &mut self,
        answer: Answer<T, E>,
        done: T,
        failed: E,
    ) {
        // Whichever comes first takes the answer; the other finds none.
        let answer = Arc::new(std::sync::Mutex::new(Some(answer)));
        let take = |answer: &std::sync::Mutex<Option<Answer<T, E>>>| {
            answer.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take()
        };
        let other = answer.clone();
        let stored = Box::new(move || {
            if let Some(answer) = take(&answer) {
                let _ = answer.send(Ok(done));
            }
        });
        let failed = Box::new(move || {
            if let Some(answer) = take(&other) {
                let _ = answer.send(Err(failed));
            }
        });
        if let Some(Effect::Answer { stored, .. }) = self.gate.hold(Effect::Answer { stored, failed }) {
            stored();
        }
    }

    fn disk_says(&mut self, durability: Durability) {
        let before = self.disk_refuses;
        self.disk_refuses = durability.trouble.is_some();
        if before != self.disk_refuses || self.disk_refuses {
            self.problems.remove(&Problem::DiskFull);
            self.problems.remove(&Problem::DiskFailed);
            self.problems.extend(durability.trouble.map(|trouble| match trouble {
                crate::store::writer::DiskTrouble::Full => Problem::DiskFull,
                crate::store::writer::DiskTrouble::Failed => Problem::DiskFailed,
            }));
            self.changed();
        }
        for effect in self.gate.release(durability) {
            match effect {
                Effect::Do(what) => what(self),
                Effect::Answer { stored, .. } => stored(),
            }
        }
    }

    fn send_sync(&mut self, link: DocLinkId, message: &[u8]) {
        let id = LinkId(link.0);
        let Some(peer) = self.links.get_mut(&id) else { return };
        if !peer.send_sync(message) {
            tracing::warn!(%id, "a peer takes its documents too slowly");
            self.with_link(id, |link, me| link.close(ByeReason::Left, me));
        }
    }

    /// Counts something that was refused and tells whoever listens.
    pub(super) fn refuse(&mut self, reason: &'static str) {
        *self.refused.entry(reason).or_default() += 1;
        self.ctx.tell(NodeEvent::Refused { session: self.id, reason: reason.to_owned() });
        self.changed();
    }

    /// Whether a call with this id was answered already; remembers it.
    pub(super) fn is_repeated_call(&mut self, id: KnockId) -> bool {
        if self.calls.contains(&id) {
            return true;
        }
        if self.calls.len() >= MAX_KNOWN_KNOCKS {
            self.calls.pop_front();
        }
        self.calls.push_back(id);
        false
    }

    /// The view is to be shown anew.
    pub(super) fn changed(&mut self) {
        self.dirty = true;
    }

    fn show_if_due(&mut self) {
        if self.dirty && self.shown_at.elapsed() >= VIEW_PAUSE {
            self.show();
        }
    }

    fn show(&mut self) {
        self.dirty = false;
        self.shown_at = Instant::now();
        let view = self.look();
        self.view.send_replace(Arc::new(view));
        self.ctx.changed.notify_one();
    }
}

/// The node's rendezvous, none listened at yet.
fn listed(switchboards: &[Switchboard]) -> Vec<(Switchboard, Option<Listening>)> {
    switchboards.iter().map(|one| (one.clone(), None)).collect()
}
