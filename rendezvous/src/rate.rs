//! Token buckets per connection and per source address.
//!
//! A source address is kept only in memory, only as a keyed hash under a key of this process, and never logged.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::limits::{Limits, SOURCES};

/// A bucket of tokens that refills with time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Bucket {
    /// A full bucket.
    pub(crate) fn full(burst: f64, now: Instant) -> Self {
        Self { tokens: burst, at: now }
    }

    /// Takes `cost` tokens if they are there, after refilling at `rate` per second up to `burst`.
    pub(crate) fn take(&mut self, cost: f64, rate: f64, burst: f64, now: Instant) -> bool {
        self.refill(rate, burst, now);
        if self.tokens < cost {
            return false;
        }
        self.tokens -= cost;
        true
    }

    fn refill(&mut self, rate: f64, burst: f64, now: Instant) {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = now;
        self.tokens = (self.tokens + passed * rate).min(burst);
    }
}

/// What one source address has used.
#[derive(Debug)]
struct Source {
    frames: Bucket,
    stored: Bucket,
    mail: Bucket,
    stun: Bucket,
    connections: usize,
}

/// A source address, unrecognisable outside this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SourceKey(u64);

/// All sources seen lately.
#[derive(Debug)]
pub(crate) struct Sources {
    hasher: RandomState,
    limits: Limits,
    shards: Vec<Mutex<HashMap<SourceKey, Source>>>,
}

/// Shards of the source table, so that connections on different workers rarely meet at a lock.
const SHARDS: usize = 16;

/// A source without connections and unused for this long is forgotten, when its buckets are full again anyway.
const IDLE: Duration = Duration::from_secs(300);

/// The bucket shared by newcomers while the table is full.
const CROWD: SourceKey = SourceKey(u64::MAX);

impl Sources {
    /// An empty table under a fresh random hash key.
    pub(crate) fn new(limits: Limits) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { hasher: RandomState::new(), limits, shards }
    }

    /// The key of an address; an IPv6 address counts as its /64, which one household or host usually holds whole.
    pub(crate) fn key(&self, address: IpAddr) -> SourceKey {
        let hash = match address.to_canonical() {
            IpAddr::V4(v4) => self.hasher.hash_one(v4.octets()),
            IpAddr::V6(v6) => self.hasher.hash_one(&v6.octets()[..8]),
        };
        SourceKey(hash.min(u64::MAX - 1))
    }

    /// Counts a new connection, unless the source has too many. Returns the key it is counted under, which the
    /// connection uses from then on and gives back to [`Sources::disconnect`].
    pub(crate) fn connect(&self, address: IpAddr) -> Option<SourceKey> {
        let max = self.limits.connections_per_source;
        self.with(self.key(address), |source, key, _| {
            let room = source.connections < max;
            source.connections += usize::from(room);
            room.then_some(key)
        })
    }

    /// Ends a counted connection.
    pub(crate) fn disconnect(&self, key: SourceKey) {
        self.with(key, |source, _, _| source.connections = source.connections.saturating_sub(1));
    }

    /// Takes `cost` tokens for frames or requests.
    pub(crate) fn take(&self, key: SourceKey, cost: f64) -> bool {
        let (rate, burst) = (f64::from(self.limits.source_rate), f64::from(self.limits.source_burst));
        self.with(key, |source, _, now| source.frames.take(cost, rate, burst, now))
    }

    /// Takes `bytes` of what the source may have in records and waiting rooms.
    pub(crate) fn take_stored(&self, key: SourceKey, bytes: usize) -> bool {
        let burst = self.limits.source_stored_bytes as f64;
        self.with(key, |source, _, now| source.stored.take(bytes as f64, burst / 256.0 / 60.0, burst, now))
    }

    /// Takes `bytes` of what the source may have in mailboxes.
    pub(crate) fn take_mail(&self, key: SourceKey, bytes: usize) -> bool {
        let burst = self.limits.source_mail_bytes as f64;
        self.with(key, |source, _, now| source.mail.take(bytes as f64, burst / 256.0 / 60.0, burst, now))
    }

    /// Takes one STUN answer.
    pub(crate) fn take_stun(&self, key: SourceKey) -> bool {
        let rate = f64::from(self.limits.stun_rate);
        self.with(key, |source, _, now| source.stun.take(1.0, rate, rate * 3.0, now))
    }

    fn with<T>(&self, key: SourceKey, use_source: impl FnOnce(&mut Source, SourceKey, Instant) -> T) -> T {
        let now = Instant::now();
        let shard = &self.shards[usize::try_from(key.0 % SHARDS as u64).unwrap_or(0)];
        let mut sources = shard.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let key = if sources.contains_key(&key) || make_room(&mut sources, now) { key } else { CROWD };
        let source = sources.entry(key).or_insert_with(|| Source {
            frames: Bucket::full(f64::from(self.limits.source_burst), now),
            stored: Bucket::full(self.limits.source_stored_bytes as f64, now),
            mail: Bucket::full(self.limits.source_mail_bytes as f64, now),
            stun: Bucket::full(f64::from(self.limits.stun_rate) * 3.0, now),
            connections: 0,
        });
        use_source(source, key, now)
    }
}

/// Whether there is place for one more source, after forgetting idle ones if the table is full.
fn make_room(sources: &mut HashMap<SourceKey, Source>, now: Instant) -> bool {
    let full = |sources: &HashMap<SourceKey, Source>| sources.len() >= SOURCES / SHARDS;
    if full(sources) {
        sources.retain(|_, source| {
            let used = source.frames.at.max(source.stored.at).max(source.mail.at).max(source.stun.at);
            source.connections > 0 || now.saturating_duration_since(used) < IDLE
        });
    }
    !full(sources)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_gives_its_burst_then_its_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::full(3.0, start);
        let taken = (0..5).filter(|_| bucket.take(1.0, 1.0, 3.0, start)).count();
        assert_eq!(taken, 3);
        assert!(!bucket.take(1.0, 1.0, 3.0, start + Duration::from_millis(900)));
        assert!(bucket.take(1.0, 1.0, 3.0, start + Duration::from_millis(1_100)));
        assert!(bucket.take(3.0, 1.0, 3.0, start + Duration::from_secs(3_600)));
        assert!(!bucket.take(1.0, 1.0, 3.0, start + Duration::from_secs(3_600)));
    }

    #[test]
    fn neighbours_in_one_ipv6_network_share_a_bucket() {
        let sources = Sources::new(Limits::default());
        let key = |text: &str| sources.key(text.parse().unwrap());
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("192.0.2.1"), key("::ffff:192.0.2.1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }

    #[test]
    fn a_source_has_a_connection_cap() {
        let sources = Sources::new(Limits { connections_per_source: 2, ..Limits::default() });
        let address: IpAddr = "192.0.2.1".parse().unwrap();
        let key = sources.connect(address).unwrap();
        assert!(sources.connect(address).is_some() && sources.connect(address).is_none());
        sources.disconnect(key);
        assert!(sources.connect(address).is_some());
    }

    #[test]
    fn a_flood_of_addresses_does_not_grow_the_table() {
        let sources = Sources::new(Limits::default());
        for n in 0..(SOURCES as u32 * 2) {
            sources.take(sources.key(IpAddr::from(n.to_be_bytes())), 1.0);
        }
        let kept: usize = sources.shards.iter().map(|shard| shard.lock().unwrap().len()).sum();
        assert!(kept <= SOURCES + SHARDS);
    }
}
