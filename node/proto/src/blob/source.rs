//! Those who may have a blob, as a fetch sees them: what they said to have, whether they come on, when they are asked again.

use std::collections::BTreeMap;

use crate::limits::{FETCH_AGAIN_MAX_MS, FETCH_AGAIN_MS, FETCH_STALL_MS, MAX_PIECE, MAX_SOURCES, MAX_WRONG};

use super::chunks::ChunkSet;
use super::message::Why;

/// Somebody who may have the blob: a link, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u64);

/// The sources of one blob. One that is not known has nothing and is never asked.
#[derive(Debug, Default)]
pub(super) struct Sources(BTreeMap<SourceId, Source>);

#[derive(Debug, Default)]
struct Source {
    /// What it said to have; nothing said means everything.
    theirs: Option<ChunkSet>,
    /// Not asked before that time.
    away_until: u64,
    refusals: u32,
    wrong: u32,
    /// When it last came on with what it was asked, or was first asked.
    heard: u64,
    /// Bytes that it sent since: less than [`MAX_PIECE`], and no chunk to its end.
    dripped: usize,
    /// It was asked something, so it wants to know how far we are.
    engaged: bool,
}

impl Source {
    const fn is_trusted(&self) -> bool {
        self.wrong < MAX_WRONG
    }

    fn put_off(&mut self, now: u64, why: Option<Why>) {
        let doubled = FETCH_AGAIN_MS << self.refusals.min(8);
        self.refusals += 1;
        let wait = if why == Some(Why::Busy) { FETCH_AGAIN_MS } else { doubled };
        self.away_until = now + wait.min(FETCH_AGAIN_MAX_MS);
    }

    const fn wait_for(&mut self, now: u64) {
        self.heard = now;
        self.dripped = 0;
    }
}

impl Sources {
    /// Remembers one more, up to [`MAX_SOURCES`].
    pub(super) fn add(&mut self, source: SourceId) {
        if self.0.len() < MAX_SOURCES {
            self.0.entry(source).or_default();
        }
    }

    pub(super) fn remove(&mut self, source: SourceId) {
        self.0.remove(&source);
    }

    pub(super) fn knows(&self, source: SourceId) -> bool {
        self.0.contains_key(&source)
    }

    /// All of them, or those that were ever asked something.
    pub(super) fn all(&self, only_engaged: bool) -> impl Iterator<Item = SourceId> {
        self.0.iter().filter(move |(_, source)| source.engaged || !only_engaged).map(|(id, _)| *id)
    }

    /// Those that can be asked now.
    pub(super) fn able(&self, now: u64) -> impl Iterator<Item = SourceId> {
        self.0.iter().filter(move |(_, source)| source.is_trusted() && source.away_until <= now).map(|(id, _)| *id)
    }

    /// When there is something to be looked at: one that was asked and may be stalled, one that can be asked again.
    pub(super) fn wakes(&self, is_asked: impl Fn(SourceId) -> bool) -> impl Iterator<Item = u64> {
        self.0.iter().flat_map(move |(id, source)| {
            let stall = is_asked(*id).then_some(source.heard + FETCH_STALL_MS);
            let again = (source.is_trusted() && source.away_until > 0).then_some(source.away_until);
            stall.into_iter().chain(again)
        })
    }

    /// Whether one has a chunk, as far as it said.
    pub(super) fn has(&self, source: SourceId, chunk: u32) -> bool {
        self.0.get(&source).is_some_and(|source| source.theirs.as_ref().is_none_or(|theirs| theirs.has(chunk)))
    }

    /// One says what it has; it can be asked again.
    pub(super) fn said(&mut self, source: SourceId, chunks: ChunkSet) {
        if let Some(source) = self.0.get_mut(&source) {
            source.theirs = Some(chunks);
            source.away_until = 0;
            source.refusals = 0;
        }
    }

    /// The blob has so many chunks: whoever spoke of another number said nothing.
    pub(super) fn fit(&mut self, chunks: u32) {
        for source in self.0.values_mut() {
            source.theirs.take_if(|theirs| theirs.count() != chunks);
        }
    }

    /// One has nothing of what it said to have; it is asked later whether it has everything by now.
    pub(super) fn doubt(&mut self, source: SourceId, now: u64) {
        if let Some(source) = self.0.get_mut(&source).filter(|source| source.theirs.is_some()) {
            source.theirs = None;
            source.put_off(now, None);
        }
    }

    /// One is asked something after it had nothing to do.
    pub(super) fn engage(&mut self, source: SourceId, now: u64) {
        if let Some(source) = self.0.get_mut(&source) {
            source.wait_for(now);
            source.engaged = true;
            source.away_until = 0;
        }
    }

    /// One came on with what it was asked.
    pub(super) fn hear(&mut self, source: SourceId, now: u64) {
        if let Some(source) = self.0.get_mut(&source) {
            source.wait_for(now);
            source.refusals = 0;
        }
    }

    /// One sent bytes of a chunk, perhaps the last: a drip is not heard.
    pub(super) fn came(&mut self, source: SourceId, bytes: usize, whole: bool, now: u64) {
        let Some(found) = self.0.get_mut(&source) else { return };
        found.dripped += bytes;
        if whole || found.dripped >= MAX_PIECE {
            self.hear(source, now);
        }
    }

    /// Whether one that was asked didn't come on for too long.
    pub(super) fn is_stalled(&self, source: SourceId, now: u64) -> bool {
        self.0.get(&source).is_some_and(|source| now.saturating_sub(source.heard) >= FETCH_STALL_MS)
    }

    /// Whether it sent something since it was last heard.
    pub(super) fn drips(&self, source: SourceId) -> bool {
        self.0.get(&source).is_some_and(|source| source.dripped > 0)
    }

    /// One gets as much time again.
    pub(super) fn wait_for(&mut self, source: SourceId, now: u64) {
        if let Some(source) = self.0.get_mut(&source) {
            source.wait_for(now);
        }
    }

    /// One is not asked for a while, each time longer.
    pub(super) fn put_off(&mut self, source: SourceId, now: u64, why: Option<Why>) {
        if let Some(source) = self.0.get_mut(&source) {
            source.put_off(now, why);
        }
    }

    /// One is put off no more.
    pub(super) fn call_back(&mut self, source: SourceId) {
        if let Some(source) = self.0.get_mut(&source) {
            source.away_until = 0;
        }
    }

    /// A person doesn't want to wait.
    pub(super) fn hurry(&mut self) {
        self.0.values_mut().for_each(|source| source.away_until = 0);
    }

    /// One sent what is not the blob. False: it is asked no more.
    pub(super) fn blame(&mut self, source: SourceId, now: u64) -> bool {
        let Some(source) = self.0.get_mut(&source) else { return true };
        source.wrong += 1;
        source.put_off(now, None);
        source.is_trusted()
    }
}
