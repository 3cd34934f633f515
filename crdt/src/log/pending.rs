//! Envelopes that wait for what they build on, bounded per author and in all.

use std::collections::{BTreeMap, HashMap};

use super::Trust;
use crate::envelope::Envelope;
use crate::id::{EnvelopeId, PeerId};
use crate::limits;
use crate::prescan::ChangeHash;

/// What an envelope waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Missing {
    /// The previous envelope of its actor.
    Envelope(EnvelopeId),
    /// A change that it depends on.
    Change(ChangeHash),
}

struct Waiting {
    envelope: Envelope,
    trust: Trust,
}

impl Waiting {
    /// What this device stored once does not count towards the caps.
    fn counts(&self) -> bool {
        self.trust != Trust::Stored
    }
}

/// The queue. Its signatures are checked already.
#[derive(Default)]
pub(super) struct Pending {
    /// In a fixed order: what is drained is taken in again in the same order everywhere.
    waiting: BTreeMap<EnvelopeId, Waiting>,
    by_missing: HashMap<Missing, Vec<EnvelopeId>>,
    per_author: HashMap<PeerId, usize>,
    bytes: usize,
}

impl Pending {
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn contains(&self, id: &EnvelopeId) -> bool {
        self.waiting.contains_key(id)
    }

    pub(super) fn envelope(&self, id: &EnvelopeId) -> Option<&Envelope> {
        self.waiting.get(id).map(|waiting| &waiting.envelope)
    }

    pub(super) fn envelopes(&self) -> impl Iterator<Item = &Envelope> {
        self.waiting.values().map(|waiting| &waiting.envelope)
    }

    /// Keeps `envelope` until what is missing arrives, unless a cap is reached.
    pub(super) fn push(&mut self, envelope: Envelope, missing: Missing, trust: Trust) -> bool {
        let waiting = Waiting { envelope, trust: trust.max(Trust::Verified) };
        let envelope = &waiting.envelope;
        if waiting.counts() {
            let count = self.per_author.get(&envelope.author()).copied().unwrap_or(0);
            let bytes = self.bytes + envelope.encoded_len();
            if count >= limits::PENDING_PER_AUTHOR || bytes > limits::PENDING_BYTES {
                return false;
            }
            *self.per_author.entry(envelope.author()).or_default() += 1;
            self.bytes = bytes;
        }
        self.by_missing.entry(missing).or_default().push(envelope.id());
        self.waiting.insert(envelope.id(), waiting);
        true
    }

    /// Takes out what waited for `missing`.
    pub(super) fn wake(&mut self, missing: Missing) -> Vec<(Envelope, Trust)> {
        let ids = self.by_missing.remove(&missing).unwrap_or_default();
        ids.iter().filter_map(|id| self.remove(id)).collect()
    }

    /// Takes out everything.
    pub(super) fn drain(&mut self) -> Vec<(Envelope, Trust)> {
        let pending = std::mem::take(self);
        pending.waiting.into_values().map(|waiting| (waiting.envelope, waiting.trust)).collect()
    }

    fn remove(&mut self, id: &EnvelopeId) -> Option<(Envelope, Trust)> {
        let waiting = self.waiting.remove(id)?;
        if waiting.counts() {
            self.bytes -= waiting.envelope.encoded_len();
            if let Some(count) = self.per_author.get_mut(&waiting.envelope.author()) {
                *count -= 1;
                if *count == 0 {
                    self.per_author.remove(&waiting.envelope.author());
                }
            }
        }
        Some((waiting.envelope, waiting.trust))
    }
}
