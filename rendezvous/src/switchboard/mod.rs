//! The switchboard: forwards sealed messages between slot addresses, and serves invite records, waiting rooms
//! and mailboxes.
//!
//! It knows peers by connection only. A connection proves the addresses it listens at by signing the nonce and host of its
//! Welcome; the newest proof for an address wins, so that a peer who reconnects is not shut out by its dead connection.
//! Payloads are passed on unread.

mod frame_bound;
mod frames;
mod mail;
mod peer;
mod stream;
mod websocket;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use bytes::Bytes;
use sightline_proto::id::SlotAddress;
use sightline_proto::switchboard::{Challenge, RefusedReason, ServerFrame};

use crate::clock::Clock;
use crate::limits::Limits;
use crate::policy::Published;
use crate::random::random;
use crate::rate::{SourceKey, Sources};
use crate::store::Store;
pub(crate) use frames::Answer;
pub(crate) use peer::{Allowance, Outbox, Peer};
pub(crate) use stream::{PostError, StreamBody};
pub(crate) use websocket::serve_websocket;

/// Parts of the table of listeners, so that connections on different workers rarely meet at a lock.
const SHARDS: usize = 16;

/// Who listens where, and what requests need.
#[derive(Debug)]
pub(crate) struct Switchboard {
    listeners: Vec<Mutex<HashMap<SlotAddress, Arc<Peer>>>>,
    streams: Mutex<HashMap<[u8; 16], stream::Entry>>,
    store: Store,
    sources: Arc<Sources>,
    limits: Arc<Limits>,
    clock: Clock,
    policy_version: AtomicU32,
    policy: RwLock<Bytes>,
    queued: Arc<AtomicUsize>,
    connections: AtomicU64,
}

impl Switchboard {
    pub(crate) fn new(
        store: Store,
        sources: Arc<Sources>,
        limits: Arc<Limits>,
        clock: Clock,
        policy: &Published,
    ) -> Self {
        Self {
            listeners: (0..SHARDS).map(|_| Mutex::default()).collect(),
            streams: Mutex::default(),
            store,
            sources,
            limits,
            clock,
            policy_version: AtomicU32::new(policy.policy.version),
            policy: RwLock::new(policy.body.clone()),
            queued: Arc::default(),
            connections: AtomicU64::new(1),
        }
    }

    /// Records, waiting rooms and mailboxes.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Tells new connections of a new policy.
    pub(crate) fn set_policy(&self, policy: &Published) {
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = policy.body.clone();
        self.policy_version.store(policy.policy.version, Ordering::Relaxed);
    }

    /// The policy in force, as it is answered.
    fn policy(&self) -> Bytes {
        self.policy.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A new connection that reached us as `host`. Whoever admits also calls [`Switchboard::leave`].
    pub(crate) fn admit(&self, host: &str, source: SourceKey) -> Arc<Peer> {
        let number = self.connections.fetch_add(1, Ordering::Relaxed);
        let challenge = Challenge { nonce: random(), host: host.to_owned() };
        let outbox = Outbox::new(Arc::clone(&self.limits), Arc::clone(&self.queued));
        Arc::new(Peer::new(number, challenge, random(), source, outbox))
    }

    /// The first frame of a connection.
    pub(crate) fn welcome(&self, peer: &Peer) -> Vec<u8> {
        let Challenge { nonce, host } = peer.challenge.clone();
        let (time, policy_version) = (self.clock.now(), self.policy_version.load(Ordering::Relaxed));
        ServerFrame::Welcome { nonce, host, token: peer.token, time, policy_version }.encode()
    }

    /// Ends a connection's part: it listens nowhere any more.
    pub(crate) fn leave(&self, peer: &Arc<Peer>) {
        peer.outbox.close();
        for address in peer.take_listens() {
            let mut listeners = self.listeners(address);
            if listeners.get(&address).is_some_and(|listener| Arc::ptr_eq(listener, peer)) {
                listeners.remove(&address);
            }
        }
    }

    /// Makes `peer` the listener at an address whose key it has proved.
    fn listen(&self, peer: &Arc<Peer>, address: SlotAddress) -> Result<(), RefusedReason> {
        if !peer.add_listen(address) {
            return Err(RefusedReason::Quota);
        }
        self.listeners(address).insert(address, Arc::clone(peer));
        Ok(())
    }

    /// Queues a frame for whoever listens at an address.
    fn deliver(&self, to: SlotAddress, frame: Bytes) -> Result<(), RefusedReason> {
        let listener = self.listeners(to).get(&to).cloned();
        listener.ok_or(RefusedReason::NobodyListens)?.outbox.push(frame)
    }

    fn listeners(&self, address: SlotAddress) -> MutexGuard<'_, HashMap<SlotAddress, Arc<Peer>>> {
        let shard = usize::from(address.0[0]) % SHARDS;
        self.listeners[shard].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
