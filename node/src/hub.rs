//! The node's own actor: settings, the rendezvous, the list of sessions, and the view of them all.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sightline_proto::name::sanitise;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::error::{JoinError, NewSessionError, SettingError};
use crate::ids::SessionId;
use crate::runtime::{now_ms, steady_ms};
use crate::session::handle::SessionHandle;
use crate::session::{self, guest::Guest};
use crate::switchboard::address::Address;
use crate::switchboard::client::Switchboard;
use crate::switchboard::trust::parse_hash;
use crate::view::{NodeEvent, NodeView, Problem, RendezvousState, SessionState, SessionSummary};

/// Sessions of one node: far more than a person has, few enough to keep in memory.
const MAX_SESSIONS: usize = 512;

/// Bytes of a title.
const MAX_TITLE: usize = 400;

/// Corrections of this size happen and upset nothing.
const CLOCK_TOLERANCE_MS: u64 = 120_000;

/// Changes that follow each other closely make one view.
const SETTLE: Duration = Duration::from_millis(20);

/// What the hub can be told.
pub(crate) enum Request {
    NewSession(String, oneshot::Sender<Result<SessionHandle, NewSessionError>>),
    Join(String, oneshot::Sender<Result<Guest, JoinError>>),
    SetName(String, oneshot::Sender<Result<(), SettingError>>),
    SetLang(String, oneshot::Sender<Result<(), SettingError>>),
    SetRendezvous(Vec<String>, oneshot::Sender<Result<(), SettingError>>),
    TrustCertificate { host: String, sha256: String, answer: oneshot::Sender<Result<(), SettingError>> },
}

/// The sessions that run, in the order in which they were found or made. Shared with whoever looks one up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sessions(Arc<Mutex<Vec<SessionHandle>>>);

impl Sessions {
    /// A session by id.
    pub(crate) fn find(&self, id: &SessionId) -> Option<SessionHandle> {
        self.lock().iter().find(|session| session.id() == *id).cloned()
    }

    /// Adds a session; the newer of two with one id stays.
    pub(crate) fn add(&self, session: SessionHandle) {
        let mut sessions = self.lock();
        sessions.retain(|other| other.id() != session.id());
        sessions.push(session);
    }

    fn count(&self) -> usize {
        self.lock().len()
    }

    fn all(&self) -> Vec<SessionHandle> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<SessionHandle>> {
        // Nothing panics while the lock is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The hub before it runs.
pub(crate) struct Hub {
    pub(crate) context: Context,
    pub(crate) switchboards: watch::Sender<Arc<Vec<Switchboard>>>,
    pub(crate) requests: mpsc::Receiver<Request>,
    pub(crate) sessions: Sessions,
    pub(crate) view: watch::Sender<Arc<NodeView>>,
    /// Found at the start; they stay until the next.
    pub(crate) problems: Vec<Problem>,
    /// Ends the clients of rendezvous that are no longer set.
    pub(crate) clients: CancellationToken,
}

impl Hub {
    /// Serves requests and keeps the view until the node stops.
    pub(crate) async fn run(mut self) {
        let stop = self.context.stop.clone();
        let changed = self.context.changed.clone();
        loop {
            let mut rendezvous = self.switchboards.borrow().first().map(Switchboard::state);
            if let Some(state) = &mut rendezvous {
                state.mark_unchanged();
            }
            self.show();
            tokio::select! {
                () = stop.cancelled() => return,
                request = self.requests.recv() => match request {
                    Some(request) => self.serve(request).await,
                    None => return,
                },
                () = changed.notified() => tokio::time::sleep(SETTLE).await,
                () = state_changed(&mut rendezvous) => {}
            }
        }
    }

    /// Starts clients for these addresses in place of the ones before.
    pub(crate) fn connect(&mut self, addresses: Vec<Address>) {
        self.clients.cancel();
        self.clients = self.context.stop.child_token();
        let clients = addresses.into_iter().map(|address| {
            let (policy, settings) = (self.context.policy.clone(), self.context.settings.clone());
            Switchboard::start(address, policy, settings, self.clients.clone(), &self.context.tasks)
        });
        self.switchboards.send_replace(Arc::new(clients.collect()));
    }

    async fn serve(&mut self, request: Request) {
        // An asker that has gone away wants no answer.
        match request {
            Request::NewSession(title, answer) => drop(answer.send(self.new_session(&title).await)),
            Request::Join(link, answer) => drop(answer.send(self.join(&link))),
            Request::SetName(name, answer) => {
                let name = sanitise(&name);
                let set = match name.is_empty() {
                    true => Err(SettingError::Malformed),
                    false => self.set(|settings| settings.name = name).await,
                };
                drop(answer.send(set));
            }
            Request::SetLang(lang, answer) => {
                let fine = !lang.is_empty()
                    && lang.len() <= sightline_proto::limits::MAX_LANG
                    && lang.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
                let set = match fine {
                    false => Err(SettingError::Malformed),
                    true => self.set(|settings| settings.lang = lang).await,
                };
                drop(answer.send(set));
            }
            Request::SetRendezvous(texts, answer) => drop(answer.send(self.set_rendezvous(texts).await)),
            Request::TrustCertificate { host, sha256, answer } => {
                drop(answer.send(self.trust(host, &sha256).await));
            }
        }
    }

    async fn new_session(&mut self, title: &str) -> Result<SessionHandle, NewSessionError> {
        let title = title.trim();
        if title.is_empty() || title.len() > MAX_TITLE {
            return Err(NewSessionError::Title);
        }
        if self.sessions.count() >= MAX_SESSIONS {
            return Err(NewSessionError::TooMany);
        }
        let session = session::found(&self.context, title).await?;
        self.sessions.add(session.clone());
        Ok(session)
    }

    fn join(&mut self, link: &str) -> Result<Guest, JoinError> {
        session::guest::start(&self.context, self.sessions.clone(), link)
    }

    async fn set_rendezvous(&mut self, texts: Vec<String>) -> Result<(), SettingError> {
        let addresses: Vec<Address> =
            texts.iter().map(|text| text.parse()).collect::<Result<_, _>>().map_err(|_| SettingError::Malformed)?;
        if addresses.len() > sightline_proto::limits::MAX_RENDEZVOUS {
            return Err(SettingError::Malformed);
        }
        let texts = addresses.iter().map(Address::origin).collect();
        self.set(|settings| settings.rendezvous = texts).await?;
        self.connect(addresses);
        Ok(())
    }

    async fn trust(&mut self, host: String, sha256: &str) -> Result<(), SettingError> {
        let hash = parse_hash(sha256).ok_or(SettingError::Malformed)?;
        let hash = data_encoding::HEXLOWER.encode(&hash);
        let saved = self.set(|settings| {
            settings.pins.insert(host, hash);
        });
        let saved = saved.await;
        self.switchboards.borrow().iter().for_each(Switchboard::try_again);
        saved
    }

    async fn set(&self, change: impl FnOnce(&mut crate::store::settings::Settings)) -> Result<(), SettingError> {
        self.context.settings.update(change).await.map_err(|_| SettingError::NotStored)
    }

    /// Publishes the view where it differs from the one before.
    fn show(&self) {
        let view = self.look();
        let before = self.view.borrow().clone();
        if *before == view {
            return;
        }
        if before.rendezvous != view.rendezvous {
            self.context.tell(NodeEvent::Rendezvous { rendezvous: view.rendezvous.clone() });
        }
        for problem in view.problems.iter().filter(|problem| !before.problems.contains(problem)) {
            self.context.tell(NodeEvent::Problem { problem: problem.clone() });
        }
        self.view.send_replace(Arc::new(view));
    }

    /// The node as it looks now.
    pub(crate) fn look(&self) -> NodeView {
        let settings = self.context.settings.current();
        let first = self.switchboards.borrow().first().map(|switchboard| switchboard.state().borrow().clone());
        let mut problems = self.problems.clone();
        let mut sessions: Vec<SessionSummary> = self
            .sessions
            .all()
            .iter()
            .map(|session| {
                let view = session.view().borrow().clone();
                problems.extend(view.problems.iter().cloned());
                SessionSummary {
                    id: view.id,
                    title: view.title.clone(),
                    state: view.state,
                    unread: view.unread,
                    knocks: u32::try_from(view.knocks.len()).unwrap_or(u32::MAX),
                    last_at_ms: view.last_at_ms,
                    people: u32::try_from(view.people.iter().filter(|person| !person.me).count()).unwrap_or(u32::MAX),
                }
            })
            .collect();
        sessions.sort_by_key(|session| (session.state == SessionState::Closed, std::cmp::Reverse(session.last_at_ms)));
        let newest = self.sessions.all().iter().map(|session| session.view().borrow().created_ms).max();
        if clock_went_back(newest.unwrap_or(0)) {
            problems.push(Problem::ClockWentBack);
        }
        problems.sort();
        problems.dedup();
        NodeView {
            name: settings.name,
            lang: settings.lang,
            me: self.context.peer.public(),
            rendezvous: first.unwrap_or(RendezvousState::Unset),
            sessions,
            problems,
        }
    }
}

/// Whether the clock is behind what it once said: when this process began, or when the newest session was made.
fn clock_went_back(newest_session_ms: u64) -> bool {
    steady_ms().max(newest_session_ms).saturating_sub(now_ms()) > CLOCK_TOLERANCE_MS
}

/// Waits for the next state; for ever where there is none.
async fn state_changed(state: &mut Option<watch::Receiver<RendezvousState>>) {
    if let Some(state) = state
        && state.changed().await.is_ok()
    {
        return;
    }
    std::future::pending().await
}
