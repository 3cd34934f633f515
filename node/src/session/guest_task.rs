//! The task of a guest.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use sightline_crdt::id::Role as DocRole;
use sightline_crdt::session::{Input as DocInput, Output as DocOutput, Session};
use sightline_proto::admission::Admission;
use sightline_proto::invite::InviteSecrets;
use sightline_proto::keys::SessionKeys;
use sightline_proto::session::{Disbelief, End, Input, Output, Session as Machine, Stage};
use sightline_proto::switchboard::client::Answer;
use sightline_proto::switchboard::{Ask, GetItems, Item, OpenSlot, PutItem, Refused, RefusedReason};
use sightline_proto::words;
use tokio::sync::{mpsc, watch};

use super::actor::{Actor, Parts};
use super::begin::create;
use super::commands::MAX_TEXT;
use super::convert::{me, to_doc_peer, to_doc_sid};
use super::files::KeptFiles;
use super::guest::{GuestCommand, GuestEnd, GuestStage, GuestView};
use super::guest_room::{HolderRoom, Taken};
use super::handle::SessionHandle;
use super::records::{Head, NodeRecord, ReadMarks};
use super::way_in::{WayIn, membership};
use crate::context::Context;
use crate::error::SayError;
use crate::hub::Sessions;
use crate::ids::{PeerId, SessionId};
use crate::link::rtc::{RtcConfig, RtcLink, Started};
use crate::path::Interfaces;
use crate::runtime::{deadline, now_ms, rng, steady_ms};
use crate::switchboard::client::{Incoming, Listening, Switchboard};

/// The bit rate to begin with when a guest becomes a member that sends video.
const SENDING_BITRATE: u32 = 1_500_000;

pub(super) struct GuestTask {
    pub(super) ctx: Context,
    pub(super) sessions: Sessions,
    pub(super) board: Switchboard,
    pub(super) keys: SessionKeys,
    pub(super) secrets: InviteSecrets,
    pub(super) machine: Machine,
    pub(super) room: HolderRoom,
    pub(super) offered: Option<Started>,
    /// The session's documents, once its chain was verified.
    pub(super) documents: Option<(Session, Vec<DocOutput>)>,
    /// The knock as it was sent.
    pub(super) knock: Vec<u8>,
    pub(super) commands: mpsc::Receiver<GuestCommand>,
    pub(super) view: watch::Sender<Arc<GuestView>>,
    pub(super) session: watch::Sender<Option<SessionHandle>>,
}

type Jobs = FuturesUnordered<Pin<Box<dyn Future<Output = Done> + Send>>>;

enum Done {
    Fetched(Result<Answer, Refused>),
    Sent(Result<Answer, Refused>),
    SlotOpened(Result<Answer, Refused>),
    Put(u64, Result<Answer, Refused>),
    Items(Result<Answer, Refused>),
}

/// What one step led to.
enum Next {
    GoOn,
    BecomeMember,
    Over(GuestEnd),
}

impl GuestTask {
    /// Asks in until there is a decision; then hands over or ends.
    pub(super) async fn run(mut self) {
        let stop = self.ctx.stop.clone();
        let mut listening = self.board.listen(self.keys.slot.clone()).await;
        listening.generation.mark_changed();
        let mut jobs = Jobs::new();
        let mut next = self.drain(&mut jobs);
        loop {
            match next {
                Next::GoOn => self.show(None),
                Next::BecomeMember => return self.become_member(listening).await,
                Next::Over(why) => return self.show(Some(GuestStage::Ended { why })),
            }
            let wake = deadline(self.machine.next_wake().unwrap_or(u64::MAX));
            tokio::select! {
                () = stop.cancelled() => next = Next::Over(GuestEnd::Left),
                command = self.commands.recv() => next = self.command(command, &mut jobs),
                Ok(()) = listening.generation.changed() => {
                    let online = *listening.generation.borrow_and_update() > 0;
                    next = self.input(if online { Input::Online } else { Input::Offline }, &mut jobs);
                    if online {
                        self.catch_up(&mut jobs);
                    }
                }
                Some(incoming) = listening.inbox.recv() => next = self.incoming(incoming, &mut jobs),
                Some(done) = jobs.next(), if !jobs.is_empty() => next = self.job_done(done, &mut jobs),
                () = tokio::time::sleep_until(wake) => next = self.input(Input::Tick, &mut jobs),
            }
        }
    }

    fn input(&mut self, input: Input<'_>, jobs: &mut Jobs) -> Next {
        self.machine.handle(input, steady_ms(), &mut rng());
        self.drain(jobs)
    }

    /// Carries out what the machine wants, up to the moment of becoming a member.
    fn drain(&mut self, jobs: &mut Jobs) -> Next {
        while let Some(output) = self.machine.poll() {
            match output {
                // Kept in memory until admission; see the module's docs.
                Output::Persist(_) => {}
                Output::FetchRecord(invite) => {
                    let asked = self.board.ask_now(Ask::GetRecord(invite));
                    jobs.push(Box::pin(async move { Done::Fetched(asked.await) }));
                }
                Output::MakeOffer => match RtcLink::offer(self.rtc_config()) {
                    Ok(started) => {
                        let sdp = started.sdp.clone();
                        self.offered = Some(started);
                        self.machine.handle(Input::Offer(sdp), steady_ms(), &mut rng());
                    }
                    Err(error) => tracing::warn!(%error, "no offer could be made"),
                },
                Output::Send { to, payload } => {
                    self.knock = payload.clone();
                    self.open_room();
                    let asked = self.board.ask_now(Ask::Send { to, payload });
                    jobs.push(Box::pin(async move { Done::Sent(asked.await) }));
                }
                Output::LeaveKnock(message) => {
                    self.knock = message;
                    self.open_room();
                    self.room.wanted = true;
                    self.put(jobs);
                }
                Output::VerifyChain { sid, signer, expert, entries } => {
                    return match self.verify(sid, signer, expert, &entries) {
                        true => Next::BecomeMember,
                        false => self.input(Input::BadChain, jobs),
                    };
                }
                Output::Stage(Stage::Over(end)) => return Next::Over(ended(end)),
                Output::Stage(stage) => tracing::debug!(?stage, "asking in"),
                Output::Disbelieved(Disbelief::Record(why)) => tracing::warn!(%why, "a record was not believed"),
                Output::Disbelieved(Disbelief::Reply(why)) => tracing::warn!(%why, "a reply was not believed"),
                // Comes only after the chain was verified: the session's actor carries it out.
                Output::Connect { .. } => {}
            }
        }
        Next::GoOn
    }

    fn rtc_config(&self) -> RtcConfig {
        let expert = self.machine.record().map(|record| record.expert.0).unwrap_or_default();
        let loopback = self.ctx.links.allow_loopback;
        RtcConfig {
            local_origin: self.ctx.peer.public().0,
            remote_origin: expert,
            codecs: self.ctx.links.codecs.clone(),
            interfaces: if loopback { Interfaces::ReachableAndLoopback } else { Interfaces::Reachable },
            allow_loopback: loopback,
            stun_servers: self.board.stun().into_iter().filter(|address| !address.ip().is_loopback()).collect(),
            sending_bitrate: Some(SENDING_BITRATE),
            ..RtcConfig::default()
        }
    }

    fn open_room(&mut self) {
        if let (Some(record), Some(knock)) = (self.machine.record(), self.machine.knock()) {
            self.room.open(record.sid, self.ctx.peer.public(), record.expert, knock, self.knock.clone());
        }
    }

    /// Makes the session of a chain, if it is the one the record named, we are in it, and its signer may admit.
    fn verify(&mut self, sid: SessionId, signer: PeerId, expert: PeerId, entries: &[Vec<u8>]) -> bool {
        let Ok((session, outputs)) = Session::join(me(&self.ctx.peer, &self.keys), to_doc_sid(sid), entries) else {
            return false;
        };
        let role = session.roster().role_of(&to_doc_peer(signer));
        let may_admit = signer == expert || matches!(role, Some(DocRole::Lead | DocRole::Expert));
        let fine = may_admit && membership(&session).is_some();
        if fine {
            self.documents = Some((session, outputs));
        }
        fine
    }

    fn command(&mut self, command: Option<GuestCommand>, jobs: &mut Jobs) -> Next {
        match command {
            Some(GuestCommand::Say(text, answer)) => {
                let said = if text.trim().is_empty() {
                    Err(SayError::Empty)
                } else if text.len() > MAX_TEXT {
                    Err(SayError::TooLong)
                } else {
                    self.room.say(&self.ctx.peer, &text)
                };
                // Whoever asked and went away wants no answer.
                let _ = answer.send(said);
                self.put(jobs);
                Next::GoOn
            }
            Some(GuestCommand::Leave) => self.input(Input::Leave, jobs),
            // Nobody holds it any more.
            None => Next::Over(GuestEnd::Left),
        }
    }

    fn incoming(&mut self, incoming: Incoming, jobs: &mut Jobs) -> Next {
        match incoming {
            Incoming::Message(message) => self.input(Input::Message(&message), jobs),
            Incoming::Item { item, .. } => self.items(&[item], jobs),
            // Whoever isn't a member has no mailbox.
            Incoming::Mail { .. } => Next::GoOn,
        }
    }

    fn items(&mut self, items: &[Item], jobs: &mut Jobs) -> Next {
        for item in items {
            if let Taken::Reply(message) = self.room.take(item) {
                let next = self.input(Input::Message(&message), jobs);
                if !matches!(next, Next::GoOn) {
                    return next;
                }
            }
        }
        Next::GoOn
    }

    fn catch_up(&mut self, jobs: &mut Jobs) {
        self.room.slot_open = false;
        self.put(jobs);
    }

    /// Opens the slot if it is wanted, and puts what is missing there.
    fn put(&mut self, jobs: &mut Jobs) {
        if !self.room.wanted {
            return;
        }
        if !self.room.slot_open {
            let open = OpenSlot { invite: self.secrets.id, slot: self.keys.slot.public() };
            let asked = self.board.ask_now(Ask::OpenSlot(open, self.secrets.slot.clone()));
            return jobs.push(Box::pin(async move { Done::SlotOpened(asked.await) }));
        }
        for (n, item) in self.room.to_put() {
            let (slot, writer) = (self.keys.slot.address(), self.keys.slot.public());
            let put = PutItem { invite: self.secrets.id, slot, n, item, writer };
            let asked = self.board.ask_now(Ask::PutItem(put, self.keys.slot.clone()));
            jobs.push(Box::pin(async move { Done::Put(n, asked.await) }));
        }
    }

    fn read(&mut self, jobs: &mut Jobs) {
        let get = GetItems {
            invite: self.secrets.id,
            slot: self.keys.slot.address(),
            // The own lane needs no reading.
            after_holder: Some(u64::MAX),
            after_expert: self.room.read_expert(),
            reader: self.keys.slot.public(),
        };
        let asked = self.board.ask_now(Ask::GetItems(get, self.keys.slot.clone()));
        jobs.push(Box::pin(async move { Done::Items(asked.await) }));
    }

    fn job_done(&mut self, done: Done, jobs: &mut Jobs) -> Next {
        match done {
            Done::Fetched(Ok(Answer::Record { record, .. })) => self.input(Input::Record(&record), jobs),
            Done::Fetched(Err(Refused::Because(RefusedReason::NotFound | RefusedReason::Expired))) => {
                self.input(Input::NoRecord, jobs)
            }
            Done::Sent(Err(Refused::Because(RefusedReason::NobodyListens))) => self.input(Input::NobodyListens, jobs),
            Done::SlotOpened(Ok(_)) => {
                self.room.slot_open = true;
                self.put(jobs);
                self.read(jobs);
                Next::GoOn
            }
            Done::Put(n, Ok(_)) => {
                self.room.stored(n);
                Next::GoOn
            }
            Done::Items(Ok(Answer::Items { more, items })) => {
                let before = self.room.read_expert();
                let next = self.items(&items, jobs);
                if more && self.room.read_expert() != before {
                    self.read(jobs);
                }
                next
            }
            // The machine repeats what matters; items are put again on the next connection.
            Done::Fetched(_) | Done::Sent(_) | Done::SlotOpened(_) | Done::Put(..) | Done::Items(_) => Next::GoOn,
        }
    }

    /// In: the session begins with everything this guest has.
    async fn become_member(mut self, listening: Listening) {
        let Some((mut session, mut outputs)) = self.documents.take() else { return };
        let id = super::convert::to_sid(session.sid());
        outputs.extend(session.handle(DocInput::Envelopes(&self.room.envelopes())));
        let created_ms = now_ms();
        let head = NodeRecord::Head(Head { created_ms, keys: self.keys.clone() });
        let Some(log) = create(&self.ctx, id, &[&head], &outputs).await else {
            return self.show(Some(GuestStage::Ended { why: GuestEnd::NotStored }));
        };
        if let Some(member) = membership(&session) {
            self.machine.handle(Input::Member(member), steady_ms(), &mut rng());
        }
        self.show(Some(GuestStage::Admitted { session: id }));
        let parts = Parts {
            created_ms,
            admission: Admission::new(self.keys.slot.address()),
            keys: self.keys,
            session,
            rooms: BTreeMap::new(),
            outbox: BTreeMap::new(),
            files: KeptFiles::default(),
            read: ReadMarks::new(),
            log,
            problems: BTreeSet::new(),
            way_in: Some(WayIn { machine: self.machine, offered: self.offered, online: true }),
            mailbox: Default::default(),
            own_switchboards: Some(vec![(self.board, Some(listening))]),
            restored: false,
        };
        let handle = Actor::start(self.ctx, parts);
        self.sessions.add(handle.clone());
        self.session.send_replace(Some(handle));
    }

    fn show(&mut self, end: Option<GuestStage>) {
        let stage = end.unwrap_or_else(|| match self.machine.stage() {
            Stage::Fetching { .. } | Stage::Preparing => GuestStage::Opening,
            Stage::Knocking { .. } => GuestStage::Knocking,
            Stage::ExpertAway { .. } => GuestStage::ExpertAway,
            Stage::Over(end) => GuestStage::Ended { why: ended(*end) },
            _ => GuestStage::Waiting,
        });
        let settings = self.ctx.settings.current();
        let record = self.machine.record();
        let expert = record.map(|record| record.name.clone()).unwrap_or_default();
        let words = self.machine.knock().map(|knock| knock.words);
        let view = GuestView {
            stage,
            role: record.map(|record| record.role),
            words: words.map(|indices| words::words(indices, &settings.lang).map(str::to_owned)),
            numbers: words.map(words::numbers).unwrap_or_default(),
            chat: self.room.chat(self.ctx.peer.public(), &settings.name, &expert),
            expert,
        };
        self.view.send_if_modified(|before| {
            let changed = **before != view;
            *before = Arc::new(view);
            changed
        });
    }
}

fn ended(end: End) -> GuestEnd {
    match end {
        End::Refused(reason) => GuestEnd::Refused(reason),
        End::NoRecord => GuestEnd::NoRecord,
        End::BadRecord(_) => GuestEnd::BadRecord,
        End::BadChain => GuestEnd::BadChain,
        End::Left => GuestEnd::Left,
    }
}
