//! A peer's end of the switchboard: connect, be welcomed, listen, ask, reconnect. It decides; whoever owns the socket does.
//!
//! Contract: after every `handle` the owner drains [`Client::poll`] until it gives nothing, and calls `handle` with
//! [`Input::Tick`] no later than [`Client::next_wake`]. Everything asked for survives a lost connection: it is asked again,
//! signed for the new connection's nonce, until it is answered or too old. Every operation is harmless when done twice.

use super::ask::{Ask, Refused};
use super::{
    BoxStanding, Challenge, ClientFrame, HostError, Item, Listen, Mail, Operation, RefusedReason, ServerFrame,
    SlotCount, authority,
};
use crate::backoff::Backoff;
use crate::id::{InviteId, MailboxId, SlotAddress};
use crate::keys::SlotKey;
use crate::limits::{
    BACKOFF_FIRST_MS, BACKOFF_MAX_MS, MAX_OUTSTANDING, PING_MS, PONG_TIMEOUT_MS, REQUEST_TIMEOUT_MS, WELCOME_TIMEOUT_MS,
};
use rand_core::CryptoRng;
use std::collections::{BTreeMap, VecDeque};

/// The caller's own number for something asked.
pub type Ticket = u64;

/// What happened.
#[derive(Debug)]
pub enum Input<'a> {
    /// The connection of the last [`Output::Connect`] is open.
    Opened,
    /// A whole frame came.
    Frame(&'a [u8]),
    /// The connection is gone, or could not be made.
    Closed,
    /// Listen with this key, now and after every reconnect.
    Listen(SlotKey),
    /// Stop listening with it, from the next connection on.
    Unlisten(SlotAddress),
    /// Ask for something.
    Ask(Ticket, Ask),
    /// The network changed: don't wait for the next try.
    TryNow,
    /// Time passed.
    Tick,
}

/// What to do or to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Connect to the address; give up the old connection if there is one.
    Connect,
    /// Send a frame.
    Transmit(Vec<u8>),
    /// Close the connection.
    Disconnect(DisconnectReason),
    /// Welcomed.
    Online {
        /// The rendezvous' clock, unix milliseconds.
        time: u64,
        /// Version of its policy.
        policy_version: u32,
    },
    /// Not connected; the next try is at `retry_at`.
    Offline {
        /// Unix milliseconds.
        retry_at: u64,
        /// Failures in a row.
        failures: u32,
    },
    /// Messages for this address arrive from now on.
    Listening(SlotAddress),
    /// The rendezvous doesn't let this address listen.
    ListenRefused(SlotAddress, RefusedReason),
    /// What became of something asked.
    Answered(Ticket, Result<Answer, Refused>),
    /// A sealed message came.
    Message {
        /// To which address.
        to: SlotAddress,
        /// The sealed message.
        payload: Vec<u8>,
    },
    /// The other lane of a waiting room has a new item.
    Item {
        /// Of which invite.
        invite: InviteId,
        /// Which room.
        slot: SlotAddress,
        /// The item.
        item: Item,
    },
    /// A mailbox has a new item.
    Mail {
        /// Which mailbox.
        mailbox: MailboxId,
        /// The item's number.
        number: u64,
    },
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Done.
    Done,
    /// An invite record.
    Record {
        /// As put.
        version: u64,
        /// The sealed record.
        record: Vec<u8>,
    },
    /// Waiting-room items.
    Items {
        /// There are more.
        more: bool,
        /// The items.
        items: Vec<Item>,
    },
    /// Waiting rooms.
    Slots(Vec<SlotCount>),
    /// The organisation's policy, JSON.
    Policy(Vec<u8>),
    /// How much of a mailbox item is on disk.
    Upload {
        /// Where the next part begins.
        offset: u32,
        /// The item is whole.
        whole: bool,
    },
    /// A mailbox's items.
    Mails {
        /// There are more.
        more: bool,
        /// The items.
        mails: Vec<Mail>,
    },
    /// Bytes of a mailbox item from the offset asked for.
    MailPart {
        /// Bytes of the whole sealed item.
        size: u32,
        /// Where these begin.
        offset: u32,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// How a mailbox stands.
    BoxState(BoxStanding),
}

/// Why this end closes the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisconnectReason {
    /// No welcome in time.
    NoWelcome,
    /// Nothing came, not even an answer to a ping.
    Silent,
    /// Something that is no frame, or not at this point.
    Malformed,
}

/// The client.
#[derive(Debug)]
pub struct Client {
    host: String,
    state: State,
    backoff: Backoff,
    listeners: BTreeMap<SlotAddress, SlotKey>,
    asked: BTreeMap<u32, Asked>,
    next_req: u32,
    outputs: VecDeque<Output>,
}

#[derive(Debug)]
enum State {
    Resting { until: u64 },
    Connecting { since: u64 },
    Online { challenge: Challenge, heard: u64, pinged: Option<u64> },
}

#[derive(Debug)]
struct Asked {
    what: What,
    /// When the caller asked.
    since: u64,
    /// When it was last transmitted, if it was.
    sent: Option<u64>,
}

#[derive(Debug)]
enum What {
    Listen(SlotAddress),
    Ping,
    Ask(Ticket, Box<Ask>),
}

impl Client {
    /// A client of a rendezvous URL. It connects at the first tick.
    pub fn new(url: &str) -> Result<Self, HostError> {
        Ok(Self {
            host: authority(url)?,
            state: State::Resting { until: 0 },
            backoff: Backoff::new(BACKOFF_FIRST_MS, BACKOFF_MAX_MS),
            listeners: BTreeMap::new(),
            asked: BTreeMap::new(),
            next_req: 1,
            outputs: VecDeque::new(),
        })
    }

    /// Whether the rendezvous is reached now.
    #[must_use]
    pub fn is_online(&self) -> bool {
        matches!(self.state, State::Online { .. })
    }

    /// The next thing to do or tell.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to tick at the latest, unix milliseconds.
    #[must_use]
    pub fn next_wake(&self) -> u64 {
        let state = match &self.state {
            State::Resting { until } => *until,
            State::Connecting { since } => since + WELCOME_TIMEOUT_MS,
            State::Online { pinged: Some(at), .. } => at + PONG_TIMEOUT_MS,
            State::Online { heard, .. } => heard + PING_MS,
        };
        let asks = self.asked.values().map(|asked| asked.since + REQUEST_TIMEOUT_MS).min();
        asks.map_or(state, |at| at.min(state))
    }

    /// Takes an input.
    pub fn handle(&mut self, input: Input<'_>, now_ms: u64, rng: &mut impl CryptoRng) {
        match input {
            Input::Opened => {}
            Input::Frame(bytes) => self.frame(bytes, now_ms, rng),
            Input::Closed => self.rest(now_ms, rng),
            Input::Listen(key) => self.listen(key, now_ms),
            Input::Unlisten(address) => {
                self.listeners.remove(&address);
            }
            Input::Ask(ticket, ask) => self.ask(ticket, ask, now_ms),
            Input::TryNow => {
                if let State::Resting { until } = &mut self.state {
                    *until = now_ms;
                }
            }
            Input::Tick => {}
        }
        self.tick(now_ms, rng);
    }

    fn tick(&mut self, now: u64, rng: &mut impl CryptoRng) {
        match &self.state {
            State::Resting { until } if now >= *until => {
                self.state = State::Connecting { since: now };
                self.outputs.push_back(Output::Connect);
            }
            State::Connecting { since } if now >= since + WELCOME_TIMEOUT_MS => {
                self.disconnect(DisconnectReason::NoWelcome, now, rng);
            }
            State::Online { pinged: Some(at), .. } if now >= at + PONG_TIMEOUT_MS => {
                self.disconnect(DisconnectReason::Silent, now, rng);
            }
            State::Online { heard, pinged: None, .. } if now >= heard + PING_MS => self.ping(now),
            _ => {}
        }
        let late = |asked: &Asked| now >= asked.since + REQUEST_TIMEOUT_MS;
        // An answer missing on this connection means that it is dead; one asked while offline only came too late.
        let overdue = |asked: &Asked| asked.sent.is_some_and(|sent| now >= sent + PONG_TIMEOUT_MS);
        let silent = self.is_online() && self.asked.values().any(|asked| late(asked) && overdue(asked));
        for (_, asked) in self.asked.extract_if(.., |_, asked| late(asked)) {
            if let What::Ask(ticket, _) = asked.what {
                self.outputs.push_back(Output::Answered(ticket, Err(Refused::NoAnswer)));
            }
        }
        if silent {
            self.disconnect(DisconnectReason::Silent, now, rng);
        }
    }

    fn frame(&mut self, bytes: &[u8], now: u64, rng: &mut impl CryptoRng) {
        let Ok(frame) = ServerFrame::decode(bytes) else {
            return self.disconnect(DisconnectReason::Malformed, now, rng);
        };
        match (&mut self.state, frame) {
            (State::Connecting { .. }, ServerFrame::Welcome { nonce, time, policy_version, .. }) => {
                self.welcome(nonce, now);
                self.outputs.push_back(Output::Online { time, policy_version });
            }
            (State::Online { heard, pinged, .. }, frame) if !matches!(frame, ServerFrame::Welcome { .. }) => {
                (*heard, *pinged) = (now, None);
                self.online_frame(frame);
            }
            (State::Resting { .. }, _) => {}
            // A second welcome would have us sign for another nonce in the middle; anything before the first is noise.
            _ => self.disconnect(DisconnectReason::Malformed, now, rng),
        }
    }

    /// Signs with the host that we connected to, whatever the server calls itself.
    fn welcome(&mut self, nonce: [u8; 32], now: u64) {
        self.backoff.succeed();
        let challenge = Challenge { nonce, host: self.host.clone() };
        self.state = State::Online { challenge, heard: now, pinged: None };
        let old = std::mem::take(&mut self.asked);
        for address in self.listeners.keys().copied().collect::<Vec<_>>() {
            self.transmit(Asked { what: What::Listen(address), since: now, sent: None }, now);
        }
        for asked in old.into_values().filter(|asked| matches!(asked.what, What::Ask(..))) {
            self.transmit(asked, now);
        }
    }

    fn online_frame(&mut self, frame: ServerFrame) {
        let req = frame.req();
        let answer = match frame {
            ServerFrame::Message { to, payload } => {
                // Only for addresses that we listen at; a server that delivers others is confused or curious.
                if self.listeners.contains_key(&to) {
                    self.outputs.push_back(Output::Message { to, payload });
                }
                return;
            }
            ServerFrame::Item { invite, slot, item } => {
                return self.outputs.push_back(Output::Item { invite, slot, item });
            }
            ServerFrame::Mail { mailbox, number } => {
                return self.outputs.push_back(Output::Mail { mailbox, number });
            }
            ServerFrame::Done { .. } | ServerFrame::Pong { .. } | ServerFrame::Welcome { .. } => Ok(Answer::Done),
            ServerFrame::Refused { reason, .. } => Err(Refused::Because(reason)),
            ServerFrame::Record { version, record, .. } => Ok(Answer::Record { version, record }),
            ServerFrame::Items { more, items, .. } => Ok(Answer::Items { more, items }),
            ServerFrame::Slots { slots, .. } => Ok(Answer::Slots(slots)),
            ServerFrame::Policy { policy, .. } => Ok(Answer::Policy(policy)),
            ServerFrame::Upload { offset, whole, .. } => Ok(Answer::Upload { offset, whole }),
            ServerFrame::Mails { more, mails, .. } => Ok(Answer::Mails { more, mails }),
            ServerFrame::MailPart { size, offset, bytes, .. } => Ok(Answer::MailPart { size, offset, bytes }),
            ServerFrame::BoxState { standing, .. } => Ok(Answer::BoxState(standing)),
        };
        let Some(asked) = req.and_then(|req| self.asked.remove(&req)) else { return };
        self.outputs.extend(match (asked.what, answer) {
            (What::Ping, _) => None,
            (What::Listen(address), Err(Refused::Because(reason))) => Some(Output::ListenRefused(address, reason)),
            (What::Listen(address), _) => Some(Output::Listening(address)),
            (What::Ask(ticket, ask), Ok(answer)) if !ask.fits(&answer) => {
                Some(Output::Answered(ticket, Err(Refused::Because(RefusedReason::Malformed))))
            }
            (What::Ask(ticket, _), answer) => Some(Output::Answered(ticket, answer)),
        });
    }

    fn listen(&mut self, key: SlotKey, now: u64) {
        let address = key.address();
        if self.listeners.insert(address, key).is_none() && self.is_online() {
            self.transmit(Asked { what: What::Listen(address), since: now, sent: None }, now);
        }
    }

    fn ask(&mut self, ticket: Ticket, ask: Ask, now: u64) {
        if self.asked.len() >= MAX_OUTSTANDING {
            return self.outputs.push_back(Output::Answered(ticket, Err(Refused::TooManyAsked)));
        }
        let asked = Asked { what: What::Ask(ticket, Box::new(ask)), since: now, sent: None };
        if self.is_online() {
            self.transmit(asked, now);
        } else {
            let req = self.take_req();
            self.asked.insert(req, asked);
        }
    }

    fn ping(&mut self, now: u64) {
        if let State::Online { pinged, .. } = &mut self.state {
            *pinged = Some(now);
        }
        self.transmit(Asked { what: What::Ping, since: now, sent: None }, now);
    }

    fn transmit(&mut self, mut asked: Asked, now: u64) {
        asked.sent = Some(now);
        let req = self.take_req();
        let State::Online { challenge, .. } = &self.state else { return };
        let frame = match &asked.what {
            What::Ping => Some(ClientFrame::Ping { req }),
            What::Listen(address) => self
                .listeners
                .get(address)
                .map(|key| ClientFrame::Listen(req, Listen { slot: key.public() }.sign(key, challenge))),
            What::Ask(_, ask) => Some(ask.frame(req, challenge)),
        };
        if let Some(frame) = frame {
            self.outputs.push_back(Output::Transmit(frame.encode()));
            self.asked.insert(req, asked);
        }
    }

    fn disconnect(&mut self, reason: DisconnectReason, now: u64, rng: &mut impl CryptoRng) {
        self.outputs.push_back(Output::Disconnect(reason));
        self.rest(now, rng);
    }

    fn rest(&mut self, now: u64, rng: &mut impl CryptoRng) {
        if matches!(self.state, State::Resting { .. }) {
            return;
        }
        let retry_at = now + self.backoff.fail(rng);
        self.state = State::Resting { until: retry_at };
        self.asked.retain(|_, asked| matches!(asked.what, What::Ask(..)));
        self.outputs.push_back(Output::Offline { retry_at, failures: self.backoff.failures() });
    }

    fn take_req(&mut self) -> u32 {
        let req = self.next_req;
        // 0 means "nobody asked".
        self.next_req = self.next_req.checked_add(1).unwrap_or(1);
        req
    }
}
