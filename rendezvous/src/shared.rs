//! What every connection of one rendezvous shares.

use std::sync::{Arc, PoisonError, RwLock};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::certificate::Certificates;
use crate::hosts::Hosts;
use crate::limits::Limits;
use crate::page::Page;
use crate::policy::Published;
use crate::proxy::Network;
use crate::rate::Sources;
use crate::switchboard::Switchboard;

/// State of a running rendezvous. What a reload may change is behind a lock that is never held across an await.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) hosts: Hosts,
    pub(crate) proxies: Vec<Network>,
    pub(crate) certificates: Arc<Certificates>,
    pub(crate) switchboard: Arc<Switchboard>,
    pub(crate) sources: Arc<Sources>,
    pub(crate) limits: Arc<Limits>,
    /// Cancelled when the rendezvous begins to stop.
    pub(crate) closing: CancellationToken,
    /// Every connection.
    pub(crate) tasks: TaskTracker,
    page: RwLock<Arc<Page>>,
    policy: RwLock<Published>,
}

/// The parts of [`Shared`] that are made before it.
pub(crate) struct Parts {
    pub(crate) hosts: Hosts,
    pub(crate) proxies: Vec<Network>,
    pub(crate) certificates: Arc<Certificates>,
    pub(crate) switchboard: Arc<Switchboard>,
    pub(crate) sources: Arc<Sources>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) page: Page,
    pub(crate) policy: Published,
}

impl Shared {
    pub(crate) fn new(parts: Parts) -> Self {
        Self {
            hosts: parts.hosts,
            proxies: parts.proxies,
            certificates: parts.certificates,
            switchboard: parts.switchboard,
            sources: parts.sources,
            limits: parts.limits,
            closing: CancellationToken::new(),
            tasks: TaskTracker::new(),
            page: RwLock::new(Arc::new(parts.page)),
            policy: RwLock::new(parts.policy),
        }
    }

    /// The page as it is now.
    pub(crate) fn page(&self) -> Arc<Page> {
        Arc::clone(&self.page.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Serves another page from now on.
    pub(crate) fn set_page(&self, page: Page) {
        *self.page.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(page);
    }

    /// The policy in force.
    pub(crate) fn policy(&self) -> Published {
        self.policy.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts another policy in force.
    pub(crate) fn set_policy(&self, policy: Published) {
        self.switchboard.store().set_policy(policy.policy.limits.clone());
        self.switchboard.set_policy(&policy);
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = policy;
    }
}
