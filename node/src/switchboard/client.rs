//! A switchboard client: one task per rendezvous that keeps a connection up, listens for all sessions over it, and
//! carries their requests.
//!
//! It reconnects by itself with growing, jittered pauses, short enough that knocks work again within 3 s of a restart.
//! After each reconnect every listener listens again and sees its [`Listening::generation`] rise: then it puts its
//! records again and fetches what waits. Requests while there is no connection fail at once ([`AskFailed::Offline`]);
//! what must not be lost is kept by the session, which asks again after the next rise.
//!
//! Queues: requests wait in a bounded queue, and askers with it; a listener that doesn't take its messages loses the
//! newest ones (senders repeat what matters), never holds up others.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rand::RngExt;
use sightline_proto::id::{SlotAddress, SlotPublic};
use sightline_proto::keys::SlotKey;
use sightline_proto::limits::{MAX_OUTSTANDING, PING_MS, REQUEST_TIMEOUT_MS};
use sightline_proto::switchboard::{Challenge, RefusedReason, ServerFrame};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;

use super::address::Address;
use super::connect::{ConnectError, Connection, Socket, connect};
use super::request::{Answer, Ask, AskFailed, Incoming, answer};
use super::trust::Policy;
use crate::runtime::now_ms;
use crate::store::settings::SettingsFile;
use crate::view::{OfflineReason, RendezvousState};

/// First and longest pause before reconnecting: with a connection attempt of its own time, a restarted rendezvous is met
/// again within 3 s.
const PAUSE_MIN: Duration = Duration::from_millis(150);
const PAUSE_MAX: Duration = Duration::from_millis(1_500);

/// Pause before looking again whether a certificate that needs a person's word is gone by itself.
const PAUSE_CERTIFICATE: Duration = Duration::from_secs(10);

/// A connection is only one once the rendezvous has said its welcome.
const WELCOME_PATIENCE: Duration = Duration::from_secs(5);

/// A frame that can't be written for this long means a dead connection.
const WRITE_PATIENCE: Duration = Duration::from_secs(5);

/// How often timeouts are looked at.
const TICK: Duration = Duration::from_millis(500);

/// Requests in the queue to the task; askers wait beyond it.
const QUEUE: usize = 64;

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
}

/// A listener's end: messages for one slot key.
#[derive(Debug)]
pub(crate) struct Listening {
    /// What arrives.
    pub(crate) inbox: mpsc::Receiver<Incoming>,
    /// 0 while not listening; otherwise the number of the connection it listens on, rising with each new one.
    pub(crate) generation: watch::Receiver<u64>,
}

#[derive(Debug)]
enum Task {
    Ask(Ask, oneshot::Sender<Result<Answer, AskFailed>>),
    Listen(Listener),
}

#[derive(Debug)]
struct Listener {
    key: SlotKey,
    inbox: mpsc::Sender<Incoming>,
    generation: watch::Sender<u64>,
}

impl Switchboard {
    /// Starts the client's task. It ends when `stop` is cancelled.
    pub(crate) fn start(
        address: Address,
        policy: Policy,
        settings: SettingsFile,
        stop: CancellationToken,
        tasks: &tokio_util::task::TaskTracker,
    ) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let (state, state_seen) = watch::channel(RendezvousState::Connecting);
        let again = Arc::new(Notify::new());
        let (remote, remote_seen) = watch::channel(None);
        let client = Client {
            address: address.clone(),
            policy,
            settings,
            tasks: receiver,
            state,
            again: again.clone(),
            remote,
            listeners: HashMap::new(),
            connections: 0,
        };
        tasks.spawn(async move {
            stop.run_until_cancelled(client.run()).await;
        });
        Self { address, tasks: sender, state: state_seen, again, remote: remote_seen }
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

    /// Tries at once to connect: a person has changed something.
    pub(crate) fn try_again(&self) {
        self.again.notify_one();
    }

    /// Asks, and waits for the answer. Cancel safe: dropped, the request may still be carried out.
    pub(crate) async fn ask(&self, ask: Ask) -> Result<Answer, AskFailed> {
        let (reply, replied) = oneshot::channel();
        self.tasks.send(Task::Ask(ask, reply)).await.map_err(|_| AskFailed::Offline)?;
        replied.await.unwrap_or(Err(AskFailed::Offline))
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

struct Client {
    address: Address,
    policy: Policy,
    settings: SettingsFile,
    tasks: mpsc::Receiver<Task>,
    state: watch::Sender<RendezvousState>,
    again: Arc<Notify>,
    remote: watch::Sender<Option<SocketAddr>>,
    listeners: HashMap<SlotAddress, Listener>,
    connections: u64,
}

/// Requests that wait for their answer on one connection.
#[derive(Default)]
struct Outstanding {
    next: u32,
    waiting: HashMap<u32, Waiting>,
}

struct Waiting {
    since: Instant,
    for_whom: ForWhom,
}

enum ForWhom {
    Asker(oneshot::Sender<Result<Answer, AskFailed>>),
    Listener(SlotPublic),
    Ping,
}

impl Client {
    async fn run(mut self) {
        let mut pause = PAUSE_MIN;
        loop {
            let pin = self.settings.pin(&self.address.authority());
            let (address, policy) = (self.address.clone(), self.policy.clone());
            let wait = match self.meanwhile(connect(&address, &policy, pin)).await {
                Ok(connection) => {
                    let (why, welcomed) = self.serve(connection).await;
                    self.listeners.values().for_each(|listener| {
                        listener.generation.send_replace(0);
                    });
                    self.offline(why);
                    if welcomed {
                        pause = PAUSE_MIN;
                    }
                    jittered(pause)
                }
                Err(ConnectError::Offline(why)) => {
                    self.offline(why);
                    jittered(pause)
                }
                Err(ConnectError::Changed(hash)) => {
                    let (host, sha256) = (self.address.authority(), data_encoding::HEXLOWER.encode(&hash));
                    self.tell(RendezvousState::CertificateChanged { host, sha256 });
                    PAUSE_CERTIFICATE
                }
                Err(ConnectError::Unknown(hash)) => {
                    let (host, sha256) = (self.address.authority(), data_encoding::HEXLOWER.encode(&hash));
                    self.tell(RendezvousState::CertificateUnknown { host, sha256 });
                    PAUSE_CERTIFICATE
                }
            };
            pause = (pause * 2).min(PAUSE_MAX);
            let again = self.again.clone();
            self.meanwhile(async {
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = again.notified() => {}
                }
            })
            .await;
        }
    }

    /// Waits for something else than an open connection: requests fail, listeners are noted.
    async fn meanwhile<T>(&mut self, what: impl Future<Output = T>) -> T {
        tokio::pin!(what);
        loop {
            tokio::select! {
                done = &mut what => return done,
                Some(task) = self.tasks.recv() => match task {
                    Task::Ask(_, reply) => {
                        // Nobody may be waiting any more.
                        let _ = reply.send(Err(AskFailed::Offline));
                    }
                    Task::Listen(listener) => self.enlist(listener),
                },
            }
        }
    }

    /// Uses a connection until it breaks. Returns why, and whether it was welcomed at all.
    async fn serve(&mut self, connection: Connection) -> (OfflineReason, bool) {
        let mut socket = connection.socket;
        let welcome = self.meanwhile(tokio::time::timeout(WELCOME_PATIENCE, next_frame(&mut socket))).await;
        let Ok(Some(ServerFrame::Welcome { nonce, .. })) = welcome else {
            return (OfflineReason::NotSightline, false);
        };
        if let Some(hash) = connection.first_use {
            self.settings.believe(&self.address.authority(), &data_encoding::HEXLOWER.encode(&hash)).await;
        }
        // What is signed is the host that this side asked for, never one that the server names.
        let challenge = Challenge { nonce, host: self.address.authority() };
        self.connections += 1;
        self.remote.send_replace(connection.remote);
        self.tell(RendezvousState::Online);
        let mut outstanding = Outstanding::default();
        let why = self.converse(&mut socket, &challenge, &mut outstanding).await;
        for waiting in outstanding.waiting.into_values() {
            if let ForWhom::Asker(reply) = waiting.for_whom {
                let _ = reply.send(Err(AskFailed::Offline));
            }
        }
        (why, true)
    }

    async fn converse(
        &mut self,
        socket: &mut Socket,
        challenge: &Challenge,
        outstanding: &mut Outstanding,
    ) -> OfflineReason {
        let keys: Vec<SlotKey> = self.listeners.values().map(|listener| listener.key.clone()).collect();
        for key in keys {
            if self.begin_listening(key, socket, challenge, outstanding).await.is_err() {
                return OfflineReason::Lost;
            }
        }
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Instant::now();
        loop {
            tokio::select! {
                frame = next_frame(socket) => {
                    heard = Instant::now();
                    match frame {
                        Some(ServerFrame::Refused { req: 0, reason: RefusedReason::ShuttingDown }) => {
                            return OfflineReason::ShuttingDown;
                        }
                        Some(frame) => self.take(frame, outstanding),
                        None => return OfflineReason::Lost,
                    }
                }
                Some(task) = self.tasks.recv(), if outstanding.waiting.len() < MAX_OUTSTANDING => {
                    let sent = match task {
                        Task::Ask(ask, reply) => {
                            outstanding.send(socket, ask, ForWhom::Asker(reply), challenge).await
                        }
                        Task::Listen(listener) => {
                            let key = listener.key.clone();
                            self.enlist(listener);
                            self.begin_listening(key, socket, challenge, outstanding).await
                        }
                    };
                    if sent.is_err() {
                        return OfflineReason::Lost;
                    }
                }
                _ = tick.tick() => {
                    if outstanding.overdue() {
                        return OfflineReason::Lost;
                    }
                    self.listeners.retain(|_, listener| !listener.inbox.is_closed());
                    let quiet = heard.elapsed() >= Duration::from_millis(PING_MS);
                    if quiet && !outstanding.pinging()
                        && outstanding.send(socket, Ask::Ping, ForWhom::Ping, challenge).await.is_err()
                    {
                        return OfflineReason::Lost;
                    }
                }
            }
        }
    }

    async fn begin_listening(
        &mut self,
        key: SlotKey,
        socket: &mut Socket,
        challenge: &Challenge,
        outstanding: &mut Outstanding,
    ) -> Result<(), Broken> {
        let listener = ForWhom::Listener(key.public());
        outstanding.send(socket, Ask::Listen(key), listener, challenge).await
    }

    fn take(&mut self, frame: ServerFrame, outstanding: &mut Outstanding) {
        match frame {
            ServerFrame::Message { to, payload } => self.hand_over(to, Incoming::Message(payload)),
            ServerFrame::Item { invite, slot, item } => {
                // The frame doesn't say for which listener: its owner knows the invite or the slot.
                let for_holder = self.listeners.contains_key(&slot);
                if for_holder {
                    self.hand_over(slot, Incoming::Item { invite, slot, item });
                } else {
                    let all: Vec<SlotAddress> = self.listeners.keys().copied().collect();
                    for to in all {
                        self.hand_over(to, Incoming::Item { invite, slot, item: item.clone() });
                    }
                }
            }
            other => {
                let Some(waiting) = other.req().and_then(|req| outstanding.waiting.remove(&req)) else { return };
                let Some(result) = answer(other) else { return };
                match waiting.for_whom {
                    ForWhom::Asker(reply) => {
                        let _ = reply.send(result);
                    }
                    ForWhom::Listener(key) => match (result, self.listeners.get(&key.address())) {
                        (Ok(_), Some(listener)) => {
                            listener.generation.send_replace(self.connections);
                        }
                        (Err(why), _) => tracing::warn!(%why, "the rendezvous refuses a listener"),
                        (Ok(_), None) => {}
                    },
                    ForWhom::Ping => {}
                }
            }
        }
    }

    fn hand_over(&mut self, to: SlotAddress, incoming: Incoming) {
        if let Some(listener) = self.listeners.get(&to)
            && listener.inbox.try_send(incoming).is_err()
        {
            tracing::debug!("a session doesn't take its messages: one dropped");
        }
    }

    fn enlist(&mut self, listener: Listener) {
        self.listeners.insert(listener.key.address(), listener);
    }

    fn offline(&mut self, why: OfflineReason) {
        let since_ms = match &*self.state.borrow() {
            RendezvousState::Offline { since_ms, .. } => *since_ms,
            _ => now_ms(),
        };
        self.tell(RendezvousState::Offline { since_ms, why });
    }

    fn tell(&mut self, state: RendezvousState) {
        self.state.send_if_modified(|before| {
            let changed = *before != state;
            *before = state;
            changed
        });
    }
}

/// The connection can't be written to any more.
struct Broken;

impl Outstanding {
    async fn send(
        &mut self,
        socket: &mut Socket,
        ask: Ask,
        for_whom: ForWhom,
        challenge: &Challenge,
    ) -> Result<(), Broken> {
        // 0 marks what nobody asked.
        self.next = self.next.checked_add(1).unwrap_or(1);
        let bytes = ask.frame(self.next, challenge).encode();
        self.waiting.insert(self.next, Waiting { since: Instant::now(), for_whom });
        match tokio::time::timeout(WRITE_PATIENCE, socket.send(Message::Binary(bytes.into()))).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Broken),
        }
    }

    fn overdue(&self) -> bool {
        let patience = Duration::from_millis(REQUEST_TIMEOUT_MS);
        self.waiting.values().any(|waiting| waiting.since.elapsed() > patience)
    }

    fn pinging(&self) -> bool {
        self.waiting.values().any(|waiting| matches!(waiting.for_whom, ForWhom::Ping))
    }
}

/// The next frame; `None` when the connection is over or speaks another language. Cancel safe.
async fn next_frame(socket: &mut Socket) -> Option<ServerFrame> {
    loop {
        match socket.next().await? {
            Ok(Message::Binary(bytes)) => return ServerFrame::decode(&bytes).ok(),
            Ok(Message::Ping(_) | Message::Pong(_)) => {}
            Ok(Message::Text(_) | Message::Close(_) | Message::Frame(_)) | Err(_) => return None,
        }
    }
}

/// Between half of it and all of it, so that many clients don't come back at the same moment.
fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(crate::runtime::rng().random_range(0.5..=1.0))
}
