//! What every session of a node shares.

use std::path::PathBuf;
use std::sync::Arc;

use sightline_proto::keys::PeerKey;
use tokio::sync::{Notify, broadcast, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::media::Codec;
use crate::pages::Renderer;
use crate::store::blobs::BlobStore;
use crate::store::settings::SettingsFile;
use crate::store::writer::Writer;
use crate::switchboard::client::Switchboard;
use crate::switchboard::trust::Policy;
use crate::view::NodeEvent;

/// Events kept for a slow reader before it loses the oldest.
pub(crate) const EVENTS: usize = 1024;

/// Handed to each session's actor. Clones share everything.
#[derive(Clone)]
pub(crate) struct Context {
    /// This device.
    pub(crate) peer: PeerKey,
    /// Name, language, pins.
    pub(crate) settings: SettingsFile,
    /// The rendezvous in use; the first is the one that links name.
    pub(crate) switchboards: watch::Receiver<Arc<Vec<Switchboard>>>,
    /// Whose certificates are believed.
    pub(crate) policy: Policy,
    /// Makes records durable.
    pub(crate) writer: Arc<Writer>,
    /// Where session files lie.
    pub(crate) sessions: PathBuf,
    /// Files and pictures.
    pub(crate) blobs: BlobStore,
    /// Makes pictures of documents' pages.
    pub(crate) pages: Renderer,
    /// To whoever reacts.
    pub(crate) events: broadcast::Sender<NodeEvent>,
    /// Wakes the hub: a session's view changed.
    pub(crate) changed: Arc<Notify>,
    /// How links are made.
    pub(crate) links: LinkOptions,
    /// All tasks of the node.
    pub(crate) tasks: TaskTracker,
    /// The node is shutting down.
    pub(crate) stop: CancellationToken,
}

/// How links are made.
#[derive(Clone, Debug)]
pub(crate) struct LinkOptions {
    /// Video codecs, best first.
    pub(crate) codecs: Vec<Codec>,
    /// Loopback addresses may be used.
    pub(crate) allow_loopback: bool,
}

impl Context {
    /// Tells whoever listens; without listeners nothing happens.
    pub(crate) fn tell(&self, event: NodeEvent) {
        let _ = self.events.send(event);
    }
}
