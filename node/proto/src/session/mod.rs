//! A session as a link holder goes through it: link → record → knock → waiting → admitted → linked, and from then on, after
//! every loss, a call. It decides what to ask, send and repeat; documents, connection and storage are its owner's.
//!
//! Contract: after every `handle` drain [`Session::poll`]; tick no later than [`Session::next_wake`]. What
//! [`Output::Persist`] gives must be durable before anything after it is done: a knock is sent only when its keys are safe,
//! so that a reload repeats the same knock and is told the same reply.

mod calling;
mod kept;
mod knocking;

pub use kept::Kept;

use crate::backoff::Backoff;
use crate::call::MemberKeys;
use crate::exports::Exports;
use crate::id::{InviteId, PeerId, SessionId, SlotAddress};
use crate::introduction::About;
use crate::invite::{InviteSecrets, LinkSecret, Record, RecordError};
use crate::keys::{PeerKey, Secret, SessionKeys};
use crate::limits::{BACKOFF_FIRST_MS, CALL_BACKOFF_MAX_MS};
use crate::reply::Refusal;
use rand_core::CryptoRng;
use std::collections::VecDeque;

/// Where the way in stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// The record is asked for.
    Fetching {
        /// Since when, unix milliseconds.
        since: u64,
    },
    /// An offer is being made for the knock.
    Preparing,
    /// The knock is sent; nobody has answered yet.
    Knocking {
        /// Since when.
        since: u64,
    },
    /// Nobody listens: the knock lies in the waiting room.
    ExpertAway {
        /// Since when.
        since: u64,
    },
    /// An expert's app has the knock; a person will decide.
    Waiting {
        /// Since when.
        since: u64,
    },
    /// Let in; the roster chain is being verified by the owner.
    Joining,
    /// A member without a link. The next call is at `until`.
    Apart {
        /// Unix milliseconds.
        until: u64,
    },
    /// A call is being made or is out.
    Calling {
        /// Since when.
        since: u64,
    },
    /// Descriptions have met; the link comes up.
    Linking,
    /// The link is up.
    Linked,
    /// It ended.
    Over(End),
}

/// Why it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// An expert's app said no.
    Refused(Refusal),
    /// The rendezvous has no such record: wrong, revoked or long expired.
    NoRecord,
    /// The record is not believed.
    BadRecord(RecordError),
    /// The roster chain is not the session's.
    BadChain,
    /// The person left.
    Left,
}

/// What is known of the session's other side by a member.
#[derive(Debug, Clone)]
pub struct Membership {
    /// Whom to call: the lead.
    pub callee: MemberKeys,
    /// The epoch in force.
    pub epoch: u64,
    /// Its `K[epoch,all]`.
    pub epoch_key: Secret<32>,
    /// Who may answer calls: lead and experts.
    pub experts: Vec<PeerId>,
}

/// What happened.
#[derive(Debug)]
pub enum Input<'a> {
    /// The switchboard is reached and listens at our address.
    Online,
    /// It is not reached.
    Offline,
    /// The record that was asked for.
    Record(&'a [u8]),
    /// There is no such record.
    NoRecord,
    /// The offer that [`Output::MakeOffer`] asked for.
    Offer(String),
    /// A message came to our address, or a reply lay in the waiting room.
    Message(&'a [u8]),
    /// The rendezvous says that nobody listens where the last knock or call went.
    NobodyListens,
    /// The chain of [`Output::VerifyChain`] is the session's, we are in it, and its signer may admit.
    Member(Membership),
    /// It isn't.
    BadChain,
    /// The link is verified.
    LinkUp,
    /// The link is over, or could not be made.
    LinkGone,
    /// The person or the network says: try now.
    TryNow,
    /// The person leaves.
    Leave,
    /// Time passed.
    Tick,
}

/// What to do or to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Make durable before going on. Holds secrets.
    Persist(Vec<u8>),
    /// Ask the rendezvous for the invite's record.
    FetchRecord(InviteId),
    /// Make a connection and its offer; give up an older one.
    MakeOffer,
    /// Send a message through the switchboard.
    Send {
        /// To whom.
        to: SlotAddress,
        /// The sealed message.
        payload: Vec<u8>,
    },
    /// Open the waiting room if need be and put this as the holder's item 0.
    LeaveKnock(Vec<u8>),
    /// Verify this roster chain from the session's id, learn its keys, and say [`Input::Member`] or [`Input::BadChain`]. For
    /// a call's reply these are only the entries that were missing.
    VerifyChain {
        /// The session.
        sid: SessionId,
        /// Who signed the reply: must be the record's expert, or lead or expert in the chain.
        signer: PeerId,
        /// The record's expert.
        expert: PeerId,
        /// Roster entries.
        entries: Vec<Vec<u8>>,
    },
    /// Complete the connection with this answer. The peer at the other end is the reply's signer.
    Connect {
        /// The SDP answer.
        answer: String,
        /// Who answered.
        peer: PeerId,
        /// Id and keys of the knock or call.
        exports: Box<Exports>,
    },
    /// The stage changed.
    Stage(Stage),
    /// Something came that was not believed.
    Disbelieved(Disbelief),
}

/// What was not believed; it changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disbelief {
    /// A record.
    Record(RecordError),
    /// A reply.
    Reply(crate::reply::ReplyError),
}

/// Who goes in.
#[derive(Debug, Clone)]
pub struct Me {
    /// The device's peer key.
    pub peer: PeerKey,
    /// Its keys for this session.
    pub keys: SessionKeys,
    /// Name, language, capabilities; offers are made by the owner.
    pub about: About,
}

/// The state machine.
#[derive(Debug)]
pub struct Session {
    me: Me,
    link: LinkSecret,
    secrets: InviteSecrets,
    online: bool,
    stage: Stage,
    record: Option<Record>,
    /// The record as it was served, for the next start.
    sealed: Vec<u8>,
    known_version: Option<u64>,
    knock: Option<Sent>,
    call: Option<Sent>,
    member: Option<Membership>,
    /// An answer that waits for the chain to be verified.
    answer: Option<(String, PeerId)>,
    behind: u32,
    backoff: Backoff,
    repeat_at: u64,
    outputs: VecDeque<Output>,
}

/// A knock or call that is out.
#[derive(Debug, Clone)]
struct Sent {
    message: Vec<u8>,
    exports: Exports,
}

impl Session {
    /// At the tap on Join: nothing was asked before.
    #[must_use]
    pub fn begin(me: Me, link: &LinkSecret, now_ms: u64) -> Self {
        let mut session = Self::new(me, link.clone(), Stage::Fetching { since: now_ms });
        session.outputs.push_back(Output::Stage(session.stage.clone()));
        session
    }

    fn new(me: Me, link: LinkSecret, stage: Stage) -> Self {
        Self {
            me,
            secrets: InviteSecrets::derive(&link),
            link,
            online: false,
            stage,
            record: None,
            sealed: Vec::new(),
            known_version: None,
            knock: None,
            call: None,
            member: None,
            answer: None,
            behind: 0,
            backoff: Backoff::new(BACKOFF_FIRST_MS, CALL_BACKOFF_MAX_MS),
            repeat_at: 0,
            outputs: VecDeque::new(),
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// The knock's id and keys, once it is made: its words are shown, its `waiting` key seals the chat.
    #[must_use]
    pub fn knock(&self) -> Option<&Exports> {
        self.knock.as_ref().map(|sent| &sent.exports)
    }

    /// The record, once it is believed.
    #[must_use]
    pub fn record(&self) -> Option<&Record> {
        self.record.as_ref()
    }

    /// The next thing to do or tell.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to tick at the latest, unix milliseconds; none if only an input can change anything.
    #[must_use]
    pub fn next_wake(&self) -> Option<u64> {
        match &self.stage {
            Stage::Apart { until } => self.online.then_some(*until),
            Stage::Fetching { .. }
            | Stage::Knocking { .. }
            | Stage::ExpertAway { .. }
            | Stage::Waiting { .. }
            | Stage::Calling { .. }
            | Stage::Linking => self.online.then_some(self.repeat_at),
            Stage::Preparing | Stage::Joining | Stage::Linked | Stage::Over(_) => None,
        }
    }

    /// Takes an input.
    pub fn handle(&mut self, input: Input<'_>, now_ms: u64, rng: &mut impl CryptoRng) {
        if matches!(self.stage, Stage::Over(_)) {
            return;
        }
        match input {
            Input::Online => {
                self.online = true;
                self.repeat_at = now_ms;
            }
            Input::Offline => self.online = false,
            Input::Record(bytes) => self.served(bytes, now_ms),
            Input::NoRecord => {
                if matches!(self.stage, Stage::Fetching { .. }) {
                    self.end(End::NoRecord);
                }
            }
            Input::Offer(sdp) => self.offer(sdp, now_ms, rng),
            Input::Message(message) => self.message(message, now_ms, rng),
            Input::NobodyListens => self.nobody_listens(now_ms, rng),
            Input::Member(membership) => self.member(membership, now_ms, rng),
            Input::BadChain => self.bad_chain(now_ms, rng),
            Input::LinkUp => self.link_up(),
            Input::LinkGone => self.link_gone(now_ms, rng),
            Input::TryNow => self.try_now(now_ms),
            Input::Leave => self.end(End::Left),
            Input::Tick => {}
        }
        self.tick(now_ms, rng);
    }

    fn tick(&mut self, now: u64, rng: &mut impl CryptoRng) {
        if !self.online || self.next_wake().is_none_or(|at| now < at) {
            return;
        }
        match self.stage {
            Stage::Fetching { .. } => self.fetch(now, rng),
            Stage::Knocking { .. } | Stage::ExpertAway { .. } | Stage::Waiting { .. } => self.repeat_knock(now, rng),
            Stage::Apart { .. } => self.begin_call(now),
            Stage::Calling { .. } | Stage::Linking => self.call_failed(now, rng),
            _ => {}
        }
    }

    fn try_now(&mut self, now: u64) {
        self.repeat_at = now;
        if let Stage::Apart { until } = &mut self.stage {
            *until = now;
        }
    }

    fn enter(&mut self, stage: Stage) {
        if self.stage != stage {
            self.stage = stage.clone();
            self.outputs.push_back(Output::Stage(stage));
        }
    }

    fn end(&mut self, why: End) {
        self.enter(Stage::Over(why));
    }
}
