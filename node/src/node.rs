//! The node: this device's peer with all its sessions.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sightline_proto::keys::PeerKey;
use sightline_proto::name::sanitise;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::context::{Context, EVENTS, LinkOptions};
use crate::error::{JoinError, NewSessionError, SettingError, StartError};
use crate::hub::{Hub, Request, Sessions};
use crate::identity;
use crate::ids::{PeerId, SessionId};
use crate::media::Codec;
use crate::pages::Renderer;
use crate::session::guest::Guest;
use crate::session::{self, handle::SessionHandle};
use crate::store::blobs::BlobStore;
use crate::store::home::Home;
use crate::store::settings::{Settings, SettingsFile};
use crate::store::writer::Writer;
use crate::switchboard::address::Address;
use crate::switchboard::trust::Policy;
use crate::view::{NodeEvent, NodeView};

/// Requests that may wait for the hub; askers wait beyond it.
const REQUESTS: usize = 32;

/// How long the farewell may take: peers notice a silent end within two seconds anyway.
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(3);

/// The name until the person gives one.
const DEFAULT_NAME: &str = "Expert";

/// The language until the person chooses one.
const DEFAULT_LANG: &str = "en";

/// How a node shall run.
#[derive(Clone, Debug)]
pub struct NodeConfig {
    /// Folder of this node's files; made (for the owner alone) if missing.
    pub home: PathBuf,
    /// Rendezvous addresses, `https://host[:port]`; links name the first. `http://` is accepted
    /// for loopback only. Empty: the one stored in the home, if any.
    pub rendezvous: Vec<String>,
    /// Whose certificates are believed.
    pub trust: Trust,
    /// Own display name; empty: the stored one, or a default.
    pub name: String,
    /// Own language tag; empty: the stored one, or `en`.
    pub lang: String,
    /// Video codecs offered, best first; empty: all that can be decoded here.
    pub codecs: Vec<Codec>,
    /// Loopback addresses may be used for links: tests and demonstrations on one machine.
    pub allow_loopback: bool,
}

impl NodeConfig {
    /// A node with its files in `home` and everything else by default.
    pub fn new(home: impl Into<PathBuf>) -> Self {
        Self {
            home: home.into(),
            rendezvous: Vec::new(),
            trust: Trust::FirstUse,
            name: String::new(),
            lang: String::new(),
            codecs: Vec::new(),
            allow_loopback: false,
        }
    }
}

/// Whose certificates are believed. The rendezvous never sees content, so a wrong one can refuse or
/// delay, not read; trust on first use is therefore an honest default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// What the system believes; and of a rendezvous with a self-made certificate the one that was
    /// seen first. Another one later needs the person's word.
    FirstUse,
    /// Only what the system believes.
    System,
    /// Only the certificates of this PEM file.
    CertificateFile(PathBuf),
    /// Only the certificate with this SHA-256.
    Pinned([u8; 32]),
}

/// A running node. Clones are the same node.
#[derive(Clone)]
pub struct Node {
    shared: Arc<Shared>,
}

struct Shared {
    context: Context,
    sessions: Sessions,
    requests: mpsc::Sender<Request>,
    view: watch::Receiver<Arc<NodeView>>,
    /// Keeps the home's lock until the last clone is gone or the node has shut down.
    home: Mutex<Option<Home>>,
}

/// What the start reads from the disk.
struct Found {
    home: Home,
    peer: PeerKey,
    settings: Settings,
    policy: Policy,
    writer: Writer,
    blobs: BlobStore,
}

impl Node {
    /// Opens the home, brings back all sessions and begins to reach for the rendezvous. Returns before that is reached.
    ///
    /// Cancel safe: dropped, nothing runs and the home is free.
    pub async fn start(config: NodeConfig) -> Result<Self, StartError> {
        let (root, trust) = (config.home.clone(), config.trust.clone());
        let found = tokio::task::spawn_blocking(move || open(&root, &trust))
            .await
            .map_err(|error| StartError::System(error.to_string()))??;
        let mut settings = found.settings;
        let addresses = choose(&mut settings, &config)?;
        let stop = CancellationToken::new();
        let (switchboards, switchboards_seen) = watch::channel(Arc::default());
        let context = Context {
            peer: found.peer,
            settings: SettingsFile::new(&found.home.settings(), settings),
            switchboards: switchboards_seen,
            policy: found.policy,
            writer: Arc::new(found.writer),
            sessions: found.home.sessions(),
            blobs: found.blobs,
            pages: Renderer::new(),
            events: broadcast::Sender::new(EVENTS),
            changed: Arc::default(),
            links: LinkOptions {
                codecs: if config.codecs.is_empty() { Codec::ALL.to_vec() } else { config.codecs },
                allow_loopback: config.allow_loopback,
            },
            tasks: TaskTracker::new(),
            stop: stop.clone(),
        };
        // What was given at the start holds also if it can't be stored; the next change tries again.
        if context.settings.update(|_| {}).await.is_err() {
            tracing::warn!("the settings can't be stored");
        }
        let sessions = Sessions::default();
        let problems = session::restore_all(&context, &sessions).await?;
        let (requests, queue) = mpsc::channel(REQUESTS);
        let mut hub = Hub {
            context: context.clone(),
            switchboards,
            requests: queue,
            sessions: sessions.clone(),
            view: watch::Sender::new(Arc::new(NodeView::empty(context.peer.public()))),
            problems,
            clients: stop.child_token(),
        };
        hub.connect(addresses);
        hub.view.send_replace(Arc::new(hub.look()));
        let view = hub.view.subscribe();
        context.tasks.spawn(hub.run());
        let home = Mutex::new(Some(found.home));
        Ok(Self { shared: Arc::new(Shared { context, sessions, requests, view, home }) })
    }

    /// Own peer key.
    pub fn id(&self) -> PeerId {
        self.shared.context.peer.public()
    }

    /// The node as it looks now, and a wake-up for each change.
    pub fn sessions(&self) -> watch::Receiver<Arc<NodeView>> {
        self.shared.view.clone()
    }

    /// Founds a session with this node's peer as lead. It is on the disk when this returns.
    pub async fn new_session(&self, title: impl Into<String>) -> Result<SessionHandle, NewSessionError> {
        let title = title.into();
        self.ask(|answer| Request::NewSession(title, answer), NewSessionError::Stopped).await
    }

    /// Opens an invite link and asks in, as an operator without a browser does. The [`Guest`] shows how it goes on.
    pub async fn join(&self, link: impl Into<String>) -> Result<Guest, JoinError> {
        let link = link.into();
        self.ask(|answer| Request::Join(link, answer), JoinError::Stopped).await
    }

    /// A session by id.
    pub fn session(&self, id: &SessionId) -> Option<SessionHandle> {
        self.shared.sessions.find(id)
    }

    /// What happens from now on. A receiver that lags loses the oldest events and is told so; the views lose nothing.
    pub fn events(&self) -> broadcast::Receiver<NodeEvent> {
        self.shared.context.events.subscribe()
    }

    /// Believes this certificate of this rendezvous from now on, instead of the one before.
    pub async fn trust_certificate(&self, host: &str, sha256: &str) -> Result<(), SettingError> {
        let (host, sha256) = (host.to_owned(), sha256.to_owned());
        self.ask(|answer| Request::TrustCertificate { host, sha256, answer }, SettingError::Stopped).await
    }

    /// Sets the rendezvous addresses, at most four; links name the first.
    pub async fn set_rendezvous(&self, addresses: Vec<String>) -> Result<(), SettingError> {
        self.ask(|answer| Request::SetRendezvous(addresses, answer), SettingError::Stopped).await
    }

    /// Sets the own display name, for invites and sessions made from now on.
    pub async fn set_name(&self, name: impl Into<String>) -> Result<(), SettingError> {
        let name = name.into();
        self.ask(|answer| Request::SetName(name, answer), SettingError::Stopped).await
    }

    /// Sets the own language.
    pub async fn set_lang(&self, lang: impl Into<String>) -> Result<(), SettingError> {
        let lang = lang.into();
        self.ask(|answer| Request::SetLang(lang, answer), SettingError::Stopped).await
    }

    /// Tells all peers, writes everything down and ends all tasks. Other clones and all handles are then useless, and
    /// the home is free.
    pub async fn shutdown(self) {
        let context = &self.shared.context;
        context.stop.cancel();
        context.tasks.close();
        if tokio::time::timeout(SHUTDOWN_PATIENCE, context.tasks.wait()).await.is_err() {
            tracing::warn!("some tasks did not end in time");
        }
        let writer = context.writer.clone();
        // The thread writes what is left; nothing else could be done about a failure.
        let _ = tokio::task::spawn_blocking(move || writer.finish()).await;
        self.shared.home.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    async fn ask<T, E>(
        &self,
        request: impl FnOnce(oneshot::Sender<Result<T, E>>) -> Request,
        stopped: E,
    ) -> Result<T, E> {
        let (answer, answered) = oneshot::channel();
        if self.shared.requests.send(request(answer)).await.is_err() {
            return Err(stopped);
        }
        answered.await.unwrap_or(Err(stopped))
    }
}

impl Drop for Shared {
    /// A node that nobody holds any more stops; only [`Node::shutdown`] waits for it.
    fn drop(&mut self) {
        self.context.stop.cancel();
    }
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Node({:?})", self.id())
    }
}

/// Reads identity and settings. Blocking.
fn open(root: &Path, trust: &Trust) -> Result<Found, StartError> {
    let home = Home::open(root)?;
    let peer = identity::load_or_make(&home.identity())?;
    let path = home.settings();
    let settings = Settings::load(&path).map_err(|source| StartError::Home { path, source })?;
    let policy = Policy::load(trust)?;
    let writer = Writer::spawn().map_err(|error| StartError::System(error.to_string()))?;
    let path = home.blobs();
    let blobs = BlobStore::open(&path, settings.blob_bytes).map_err(|source| StartError::Home { path, source })?;
    Ok(Found { home, peer, settings, policy, writer, blobs })
}

/// Puts what was given at the start over what was stored, and reads the addresses.
fn choose(settings: &mut Settings, config: &NodeConfig) -> Result<Vec<Address>, StartError> {
    let name = sanitise(&config.name);
    if !name.is_empty() {
        settings.name = name;
    } else if settings.name.is_empty() {
        settings.name = DEFAULT_NAME.to_owned();
    }
    if !config.lang.is_empty() {
        settings.lang = config.lang.clone();
    } else if settings.lang.is_empty() {
        settings.lang = DEFAULT_LANG.to_owned();
    }
    if !config.rendezvous.is_empty() {
        settings.rendezvous = config.rendezvous.clone();
    }
    let read = |text: &String| text.parse().map_err(|_| StartError::RendezvousAddress(text.clone()));
    let addresses: Vec<Address> = settings.rendezvous.iter().map(read).collect::<Result<_, _>>()?;
    settings.rendezvous = addresses.iter().map(Address::origin).collect();
    Ok(addresses)
}
