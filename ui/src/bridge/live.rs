//! The bridge to a real node.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use sightline_node::{
    DocumentId, Node, PeerId, SessionHandle, SessionId,
    media::FrameSlot,
    show::DeskCommand,
    view::{BoardView, LiveView, NodeView, SessionView, TextView},
};
use tokio::sync::{mpsc, watch};

use super::{Backend, Outcome, Request, boards, shared};
use crate::{command::SessionCommand, settings::Settings};

/// The threads that the node runs on. Dropping it stops them without waiting for anybody.
pub struct Runtime {
    runtime: Option<tokio::runtime::Runtime>,
}

impl Runtime {
    /// Starts the threads: two for the node's tasks; decoding has threads of its own.
    pub fn start() -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("sightline-node")
            .enable_all()
            .build()?;
        Ok(Self { runtime: Some(runtime) })
    }

    /// A handle to start tasks with.
    pub fn handle(&self) -> tokio::runtime::Handle {
        self.inner().handle().clone()
    }

    /// Runs a future to its end on this thread.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.inner().block_on(future)
    }

    fn inner(&self) -> &tokio::runtime::Runtime {
        // Only `drop` takes it.
        self.runtime.as_ref().expect("the runtime lives as long as its owner")
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_millis(500));
        }
    }
}

/// Called when there is something new to draw.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// The bridge to a real node.
pub struct Live {
    node: Node,
    view: watch::Receiver<Arc<NodeView>>,
    requests: mpsc::Sender<Request>,
    outcomes: Arc<Mutex<Vec<Outcome>>>,
    wake: Wake,
}

impl Live {
    /// Connects the window to a running node: tasks on `runtime` carry out requests and call `wake` at every change.
    /// They end when the node's views end or this value is dropped.
    pub fn connect(runtime: &tokio::runtime::Handle, node: Node, wake: Wake) -> Self {
        let (requests, queue) = mpsc::channel(QUEUE);
        let outcomes = Arc::new(Mutex::new(Vec::new()));
        runtime.spawn(watch_node(node.clone(), wake.clone()));
        runtime.spawn(boards::watch_events(node.clone(), outcomes.clone(), wake.clone()));
        runtime.spawn(carry_out(node.clone(), queue, outcomes.clone(), wake.clone()));
        Self { view: node.sessions(), node, requests, outcomes, wake }
    }
}

impl Backend for Live {
    fn node(&self) -> Arc<NodeView> {
        self.view.borrow().clone()
    }

    fn session(&self, id: &SessionId) -> Option<Arc<SessionView>> {
        Some(self.node.session(id)?.view().borrow().clone())
    }

    fn frames(&self, session: &SessionId, peer: PeerId) -> Option<FrameSlot> {
        let slot = self.node.session(session)?.frames(peer);
        let wake = self.wake.clone();
        slot.set_waker(Arc::new(move || wake()));
        Some(slot)
    }

    fn text_view(&self, session: &SessionId, text: &DocumentId) -> Option<Arc<TextView>> {
        self.node.session(session)?.text_view(text)
    }

    fn board(&self, session: &SessionId, board: &DocumentId) -> Option<Arc<BoardView>> {
        self.node.session(session)?.board_view(board)
    }

    fn live(&self, session: &SessionId) -> Arc<LiveView> {
        self.node.session(session).map(|session| session.live_view().borrow().clone()).unwrap_or_default()
    }

    fn send(&self, request: Request) -> bool {
        self.requests.try_send(request).is_ok()
    }

    fn outcomes(&self) -> Vec<Outcome> {
        std::mem::take(&mut *self.outcomes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Calls `wake` whenever the node or one of its sessions looks different.
async fn watch_node(node: Node, wake: Wake) {
    let mut view = node.sessions();
    let mut known = BTreeSet::new();
    loop {
        let sessions: Vec<SessionId> = view.borrow_and_update().sessions.iter().map(|session| session.id).collect();
        for id in sessions {
            if let (true, Some(session)) = (known.insert(id), node.session(&id)) {
                tokio::spawn(boards::watch_live(session.clone(), wake.clone()));
                tokio::spawn(watch_session(session, wake.clone()));
            }
        }
        wake();
        if view.changed().await.is_err() {
            return;
        }
    }
}

async fn watch_session(session: SessionHandle, wake: Wake) {
    let mut view = session.view();
    while view.changed().await.is_ok() {
        view.mark_unchanged();
        wake();
    }
}

/// Carries out requests, each in a task of its own so that a slow one holds nobody up. Messages and changes of a text
/// keep their order: they are carried out in line, which takes no longer than a write to the disk.
async fn carry_out(node: Node, mut queue: mpsc::Receiver<Request>, outcomes: Arc<Mutex<Vec<Outcome>>>, wake: Wake) {
    while let Some(request) = queue.recv().await {
        let in_order = boards::in_order(&request)
            || matches!(
                &request,
                Request::InSession(
                    _,
                    SessionCommand::Say(_)
                        | SessionCommand::SayWaiting(..)
                        | SessionCommand::Desk(DeskCommand::Splice { .. })
                )
            );
        let work = {
            let (node, outcomes, wake) = (node.clone(), outcomes.clone(), wake.clone());
            async move {
                let made = fulfil(&node, request).await;
                outcomes.lock().unwrap_or_else(PoisonError::into_inner).extend(made);
                wake();
            }
        };
        if in_order {
            work.await;
        } else {
            tokio::spawn(work);
        }
    }
}

async fn fulfil(node: &Node, request: Request) -> Vec<Outcome> {
    let outcome = match request {
        Request::InSession(id, SessionCommand::File(command)) => match node.session(&id) {
            Some(session) => return shared::file(&session, command).await,
            None => Some(Outcome::Failed { code: "error-unknown-session" }),
        },
        Request::StartSession { title } => Some(match node.new_session(title).await {
            Ok(session) => {
                // The first link comes with it; without a rendezvous the session's screen says what is missing.
                if let Err(error) = session.invite(sightline_node::InviteSpec::default()).await {
                    tracing::info!(code = error.code(), "no first link");
                }
                Outcome::Started(session.id())
            }
            Err(error) => Outcome::NotStarted { code: error.code() },
        }),
        Request::InSession(id, command) => match node.session(&id) {
            Some(session) => in_session(&session, command).await,
            None => Some(Outcome::Failed { code: "error-unknown-session" }),
        },
        Request::TrustCertificate { host, sha256 } => Some(match node.trust_certificate(&host, &sha256).await {
            Ok(()) => Outcome::Done { said: "certificate-trusted" },
            Err(error) => Outcome::Failed { code: error.code() },
        }),
        Request::Apply(settings) => Some(apply(node, &settings).await),
    };
    outcome.into_iter().collect()
}

async fn apply(node: &Node, settings: &Settings) -> Outcome {
    let mut done = Ok(());
    if !settings.name.is_empty() {
        done = done.and(node.set_name(settings.name.clone()).await);
    }
    done = done.and(node.set_lang(settings.lang().tag()).await);
    done = done.and(node.set_rendezvous(settings.rendezvous.clone()).await);
    match done {
        Ok(()) => Outcome::Done { said: "settings-saved" },
        Err(error) => Outcome::Failed { code: error.code() },
    }
}

async fn in_session(session: &SessionHandle, command: SessionCommand) -> Option<Outcome> {
    let id = session.id();
    let failed = |code| Some(Outcome::Failed { code });
    match command {
        SessionCommand::Invite(spec) => match session.invite(spec).await {
            Ok(invite) => Some(Outcome::Invited(id, Box::new(invite))),
            Err(error) => failed(error.code()),
        },
        SessionCommand::Revoke(invite) => match session.revoke(invite).await {
            Ok(()) => Some(Outcome::Done { said: "invite-revoked-done" }),
            Err(error) => failed(error.code()),
        },
        SessionCommand::Admit(knock) => {
            let failure = session.admit(knock).await.err().map(|error| error.code());
            Some(Outcome::Decided { session: id, knock, failure })
        }
        SessionCommand::Refuse(knock) => {
            let failure = session.refuse(knock).await.err().map(|error| error.code());
            Some(Outcome::Decided { session: id, knock, failure })
        }
        SessionCommand::Say(text) => match session.say(text.clone()).await {
            Ok(()) => None,
            Err(error) => Some(Outcome::NotSaid { session: id, knock: None, text, code: error.code() }),
        },
        SessionCommand::SayWaiting(knock, text) => match session.say_waiting(knock, text.clone()).await {
            Ok(()) => None,
            Err(error) => Some(Outcome::NotSaid { session: id, knock: Some(knock), text, code: error.code() }),
        },
        SessionCommand::AskVideo(peer) => session.ask_video(peer).await.err().and_then(|error| failed(error.code())),
        SessionCommand::SetTitle(title) => session.set_title(title).await.err().and_then(|error| failed(error.code())),
        SessionCommand::Close => session.close_session().await.err().and_then(|error| failed(error.code())),
        SessionCommand::Desk(command) => shared::desk(session, command).await,
        // Files may end in more than one outcome and went another way.
        SessionCommand::File(_) => None,
        SessionCommand::MarkRead => {
            session.mark_read();
            None
        }
        SessionCommand::Board(command) => boards::board(session, command).await,
        SessionCommand::Live(out) => {
            session.live(out);
            None
        }
        SessionCommand::Watching(peer, watching) => {
            session.watching(peer, watching);
            None
        }
    }
}

/// Requests come from clicks and keys: this many are never waiting. A full queue is said to the person.
const QUEUE: usize = 64;
