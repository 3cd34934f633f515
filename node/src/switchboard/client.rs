//! A switchboard client: one task per rendezvous that keeps a connection up, listens for all sessions over it, and
//! carries their requests. It does what `sightline-proto`'s client decides.
//!
//! It reconnects by itself, soon enough that knocks work again within 3 s of a restart. After each reconnect every
//! listener listens again and sees its [`Listening::generation`] rise: then it puts its records again and fetches what
//! waits. A request without an answer for 10 s fails; what must not be lost is kept by the session, which asks again
//! after the next rise.
//!
//! Queues: requests wait in a bounded queue, and beyond it fail; a listener that doesn't take its messages loses the
//! newest ones (senders repeat what matters), never holds up others.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use sightline_proto::id::{InviteId, MailboxId, SlotAddress};
use sightline_proto::keys::SlotKey;
use sightline_proto::limits::DEFAULT_FILE_BYTES;
use sightline_proto::switchboard::client::{
    Answer, Client, DisconnectReason, Input as ClientInput, Output as ClientOutput,
};
use sightline_proto::switchboard::{Ask, Item, Refused};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::address::Address;
use super::connect::{ConnectError, Connection, Socket, connect};
use super::policy::max_file_bytes;
use super::trust::{CertificateHash, Policy};
use crate::runtime::{deadline, now_ms, rng, steady_ms};
use crate::store::settings::SettingsFile;
use crate::view::{OfflineReason, RendezvousState};

/// A frame that can't be written for this long means a dead connection.
const WRITE_PATIENCE: Duration = Duration::from_secs(5);

/// The driver's own request, among tickets that begin at 1.
const POLICY_TICKET: u64 = 0;

/// Requests in the queue to the task.
const QUEUE: usize = 256;

/// Messages that may wait for one session: knocks and candidates of many people in one burst.
const INBOX: usize = 256;

/// A hold on the client of one rendezvous. Clones are the same client.
#[derive(Clone, Debug)]
pub(crate) struct Switchboard {
    address: Address,
    tasks: mpsc::Sender<Task>,
    state: watch::Receiver<RendezvousState>,
    again: Arc<Notify>,
    remote: watch::Receiver<Option<SocketAddr>>,
    max_file_bytes: watch::Receiver<u64>,
}

/// A listener's end: messages for one slot key.
#[derive(Debug)]
pub(crate) struct Listening {
    /// What arrives.
    pub(crate) inbox: mpsc::Receiver<Incoming>,
    /// 0 while not listening; otherwise the number of the connection it listens on, rising with each new one.
    pub(crate) generation: watch::Receiver<u64>,
}

/// What the switchboard brings a listener without being asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Incoming {
    /// A sealed message.
    Message(Vec<u8>),
    /// A waiting-room item that the other lane wrote.
    Item { invite: InviteId, slot: SlotAddress, item: Item },
    /// A mailbox has a new item.
    Mail { mailbox: MailboxId, number: u64 },
}

enum Task {
    Ask(Ask, oneshot::Sender<Result<Answer, Refused>>),
    Listen(Listener),
}

struct Listener {
    key: SlotKey,
    inbox: mpsc::Sender<Incoming>,
    generation: watch::Sender<u64>,
}

impl Switchboard {
    /// Starts the client's task. It ends when `stop` is cancelled. Must be called inside a tokio runtime.
    pub(crate) fn start(
        address: Address,
        policy: Policy,
        settings: SettingsFile,
        stop: CancellationToken,
        tasks: &TaskTracker,
    ) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let (state, state_seen) = watch::channel(RendezvousState::Connecting);
        let (remote, remote_seen) = watch::channel(None);
        let (file_bytes, max_file_bytes) = watch::channel(DEFAULT_FILE_BYTES);
        let again = Arc::new(Notify::new());
        match Client::new(&address.origin()) {
            Ok(client) => {
                let driver = Driver {
                    address: address.clone(),
                    policy,
                    settings,
                    tasks: receiver,
                    state,
                    again: again.clone(),
                    remote,
                    file_bytes,
                    policy_version: None,
                    client,
                    connection: At::Rest,
                    why: OfflineReason::Unreachable,
                    listeners: HashMap::new(),
                    asked: HashMap::new(),
                    next_ticket: 0,
                    connections: 0,
                };
                tasks.spawn(async move {
                    stop.run_until_cancelled(driver.run()).await;
                });
            }
            // An address that was parsed is a host that can be signed for; if not, the client never goes online.
            Err(error) => tracing::error!(%error, "a rendezvous address can't be used"),
        }
        Self { address, tasks: sender, state: state_seen, again, remote: remote_seen, max_file_bytes }
    }

    /// Where it connects to.
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// How it stands with the rendezvous.
    pub(crate) fn state(&self) -> watch::Receiver<RendezvousState> {
        self.state.clone()
    }

    /// Where its STUN responder is: the address that answered last.
    pub(crate) fn stun(&self) -> Option<SocketAddr> {
        *self.remote.borrow()
    }

    /// Bytes that one shared file may have: what the organisation's policy said last, else the usual limit.
    pub(crate) fn max_file_bytes(&self) -> watch::Receiver<u64> {
        self.max_file_bytes.clone()
    }

    /// Tries at once to connect: a person has changed something.
    pub(crate) fn try_again(&self) {
        self.again.notify_one();
    }

    /// Asks without waiting for a place in the queue, so that what is asked in order goes out in order. Awaiting
    /// the result waits for the answer, 10 s at most; dropped, the request may still be carried out.
    pub(crate) fn ask_now(&self, ask: Ask) -> impl Future<Output = Result<Answer, Refused>> + Send + use<> {
        let (reply, replied) = oneshot::channel();
        let taken = self.tasks.try_send(Task::Ask(ask, reply)).is_ok();
        async move { if taken { replied.await.unwrap_or(Err(Refused::NoAnswer)) } else { Err(Refused::TooManyAsked) } }
    }

    /// Whether both are holds on the same client.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.tasks.same_channel(&other.tasks)
    }

    /// Listens at a slot key's address on this and every later connection, until the [`Listening`] is dropped.
    pub(crate) async fn listen(&self, key: SlotKey) -> Listening {
        let (sender, inbox) = mpsc::channel(INBOX);
        let (generation, generation_seen) = watch::channel(0);
        // A client that has ended leaves the listener at generation 0, which is the truth.
        let _ = self.tasks.send(Task::Listen(Listener { key, inbox: sender, generation })).await;
        Listening { inbox, generation: generation_seen }
    }
}

struct Driver {
    address: Address,
    policy: Policy,
    settings: SettingsFile,
    tasks: mpsc::Receiver<Task>,
    state: watch::Sender<RendezvousState>,
    again: Arc<Notify>,
    remote: watch::Sender<Option<SocketAddr>>,
    file_bytes: watch::Sender<u64>,
    /// Of the policy that was asked for last.
    policy_version: Option<u32>,
    client: Client,
    connection: At,
    /// The reason of the newest failure.
    why: OfflineReason,
    listeners: HashMap<SlotAddress, Listener>,
    asked: HashMap<u64, oneshot::Sender<Result<Answer, Refused>>>,
    next_ticket: u64,
    connections: u64,
}

/// What there is of a connection.
enum At {
    Rest,
    Connecting(Pin<Box<dyn Future<Output = Result<Connection, ConnectError>> + Send>>),
    Open { socket: Box<Socket>, first_use: Option<CertificateHash> },
}

/// What the connection brings.
enum FromSocket {
    Opened(Box<Connection>),
    NotOpened(ConnectError),
    Frame(Bytes),
    Closed,
}

impl Driver {
    async fn run(mut self) {
        self.tell(ClientInput::Tick);
        loop {
            self.drain().await;
            let wake = deadline(self.client.next_wake());
            tokio::select! {
                from = next(&mut self.connection) => self.take_from_socket(from),
                Some(task) = self.tasks.recv() => self.take_task(task),
                () = self.again.notified() => self.tell(ClientInput::TryNow),
                () = tokio::time::sleep_until(wake) => {
                    self.unlisten();
                    self.tell(ClientInput::Tick);
                }
            }
        }
    }

    fn tell(&mut self, input: ClientInput<'_>) {
        self.client.handle(input, steady_ms(), &mut rng());
    }

    fn take_from_socket(&mut self, from: FromSocket) {
        match from {
            FromSocket::Opened(connection) => {
                let Connection { socket, first_use, remote } = *connection;
                self.remote.send_replace(remote);
                self.connection = At::Open { socket: Box::new(socket), first_use };
                self.tell(ClientInput::Opened);
            }
            FromSocket::NotOpened(error) => {
                self.connection = At::Rest;
                self.tell(ClientInput::Closed);
                self.not_opened(error);
            }
            FromSocket::Frame(bytes) => self.tell(ClientInput::Frame(&bytes)),
            FromSocket::Closed => {
                self.connection = At::Rest;
                self.why = OfflineReason::Lost;
                self.tell(ClientInput::Closed);
            }
        }
    }

    fn take_task(&mut self, task: Task) {
        match task {
            Task::Ask(ask, reply) => {
                self.next_ticket += 1;
                self.asked.insert(self.next_ticket, reply);
                self.tell(ClientInput::Ask(self.next_ticket, ask));
            }
            Task::Listen(listener) => {
                let key = listener.key.clone();
                self.listeners.insert(key.address(), listener);
                self.tell(ClientInput::Listen(key));
            }
        }
    }

    /// Does everything that the client wants done.
    async fn drain(&mut self) {
        while let Some(output) = self.client.poll() {
            match output {
                ClientOutput::Connect => {
                    let pin = self.settings.pin(&self.address.authority());
                    let (address, policy) = (self.address.clone(), self.policy.clone());
                    self.connection = At::Connecting(Box::pin(async move { connect(&address, &policy, pin).await }));
                }
                ClientOutput::Transmit(bytes) => self.transmit(bytes).await,
                ClientOutput::Disconnect(reason) => {
                    self.connection = At::Rest;
                    self.why = match reason {
                        DisconnectReason::NoWelcome | DisconnectReason::Malformed => OfflineReason::NotSightline,
                        DisconnectReason::Silent => OfflineReason::Lost,
                    };
                }
                ClientOutput::Online { policy_version, .. } => {
                    self.online().await;
                    if self.policy_version.replace(policy_version) != Some(policy_version) {
                        self.tell(ClientInput::Ask(POLICY_TICKET, Ask::GetPolicy));
                    }
                }
                // A rendezvous that knows no such request, or was lost before its answer: asked again by the next connection.
                ClientOutput::Answered(POLICY_TICKET, Err(_)) => self.policy_version = None,
                ClientOutput::Answered(POLICY_TICKET, Ok(answer)) => {
                    if let Answer::Policy(policy) = answer {
                        self.file_bytes.send_replace(max_file_bytes(&policy));
                    }
                }
                ClientOutput::Offline { .. } => self.offline(),
                ClientOutput::Listening(address) => {
                    if let Some(listener) = self.listeners.get(&address) {
                        listener.generation.send_replace(self.connections);
                    }
                }
                ClientOutput::ListenRefused(_, reason) => {
                    tracing::warn!(?reason, "the rendezvous refuses a listener");
                }
                ClientOutput::Answered(ticket, answer) => {
                    if let Some(reply) = self.asked.remove(&ticket) {
                        // Nobody may be waiting any more.
                        let _ = reply.send(answer);
                    }
                }
                ClientOutput::Message { to, payload } => self.hand_over(&to, Incoming::Message(payload)),
                ClientOutput::Item { invite, slot, item } => self.hand_over_item(invite, slot, item),
                ClientOutput::Mail { mailbox, number } => self.hand_over_to_all(&Incoming::Mail { mailbox, number }),
            }
        }
    }

    async fn transmit(&mut self, bytes: Vec<u8>) {
        let At::Open { socket, .. } = &mut self.connection else { return };
        let sent = tokio::time::timeout(WRITE_PATIENCE, socket.send(Message::Binary(bytes.into()))).await;
        if !matches!(sent, Ok(Ok(()))) {
            self.connection = At::Rest;
            self.why = OfflineReason::Lost;
            self.tell(ClientInput::Closed);
        }
    }

    async fn online(&mut self) {
        self.connections += 1;
        if let At::Open { first_use, .. } = &mut self.connection
            && let Some(hash) = first_use.take()
        {
            // It speaks the protocol, so this is the rendezvous to be recognised from now on.
            self.settings.believe(&self.address.authority(), &data_encoding::HEXLOWER.encode(&hash)).await;
        }
        self.show(RendezvousState::Online);
    }

    fn offline(&mut self) {
        self.listeners.values().for_each(|listener| {
            listener.generation.send_replace(0);
        });
        let since_ms = match &*self.state.borrow() {
            RendezvousState::Offline { since_ms, .. } => *since_ms,
            _ => now_ms(),
        };
        // A certificate that waits for a person's word stays on the screen until there is something else to say.
        let certificate = matches!(
            *self.state.borrow(),
            RendezvousState::CertificateChanged { .. } | RendezvousState::CertificateUnknown { .. }
        );
        if !certificate {
            self.show(RendezvousState::Offline { since_ms, why: self.why });
        }
    }

    fn not_opened(&mut self, error: ConnectError) {
        let host = self.address.authority();
        let hex = |hash: CertificateHash| data_encoding::HEXLOWER.encode(&hash);
        match error {
            ConnectError::Offline(why) => {
                self.why = why;
                let since_ms = match &*self.state.borrow() {
                    RendezvousState::Offline { since_ms, .. } => *since_ms,
                    _ => now_ms(),
                };
                self.show(RendezvousState::Offline { since_ms, why });
            }
            ConnectError::Changed(hash) => {
                self.show(RendezvousState::CertificateChanged { host, sha256: hex(hash) });
            }
            ConnectError::Unknown(hash) => {
                self.show(RendezvousState::CertificateUnknown { host, sha256: hex(hash) });
            }
        }
    }

    fn hand_over_item(&mut self, invite: InviteId, slot: SlotAddress, item: Item) {
        // The frame doesn't say for which listener: a holder listens at the slot, else it is for an invite's owner.
        if self.listeners.contains_key(&slot) {
            return self.hand_over(&slot, Incoming::Item { invite, slot, item });
        }
        self.hand_over_to_all(&Incoming::Item { invite, slot, item });
    }

    /// Each session knows what is its own.
    fn hand_over_to_all(&mut self, incoming: &Incoming) {
        let all: Vec<SlotAddress> = self.listeners.keys().copied().collect();
        for to in all {
            self.hand_over(&to, incoming.clone());
        }
    }

    fn hand_over(&mut self, to: &SlotAddress, incoming: Incoming) {
        if let Some(listener) = self.listeners.get(to)
            && listener.inbox.try_send(incoming).is_err()
        {
            tracing::debug!("a session doesn't take its messages: one dropped");
        }
    }

    /// Forgets listeners that have gone.
    fn unlisten(&mut self) {
        let gone: Vec<SlotAddress> =
            self.listeners.iter().filter(|(_, l)| l.inbox.is_closed()).map(|(address, _)| *address).collect();
        for address in gone {
            self.listeners.remove(&address);
            self.tell(ClientInput::Unlisten(address));
        }
    }

    fn show(&mut self, state: RendezvousState) {
        self.state.send_if_modified(|before| {
            let changed = *before != state;
            *before = state;
            changed
        });
    }
}

/// What the connection brings next. Cancel safe.
async fn next(connection: &mut At) -> FromSocket {
    match connection {
        At::Rest => std::future::pending().await,
        At::Connecting(connecting) => match connecting.await {
            Ok(connection) => FromSocket::Opened(Box::new(connection)),
            Err(error) => FromSocket::NotOpened(error),
        },
        At::Open { socket, .. } => loop {
            match socket.next().await {
                Some(Ok(Message::Binary(bytes))) => return FromSocket::Frame(bytes),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Text(_) | Message::Close(_) | Message::Frame(_)) | Err(_)) | None => {
                    return FromSocket::Closed;
                }
            }
        },
    }
}
