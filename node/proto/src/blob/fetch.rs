//! Fetching one blob: what is asked of whom, and what becomes of what they send.
//!
//! The caller gives every [`Input`] with the time, carries out every [`Output`] in order, and ticks at
//! [`Fetch::next_wake`]. A chunk is asked of one source at a time and its pieces come in order; what a lost source sent of
//! it is kept, and the next one goes on from there. Nothing leaves here as a chunk before its hash was right. Chunks that
//! are asked for or being written fill one [`FETCH_WINDOW`], what lost sources left of chunks at most another: that is
//! all the content in memory, however slow the disk is and whatever sources do.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::id::BlobId;
use crate::limits::{FETCH_HAVE_MS, FETCH_WINDOW};

use super::chunks::ChunkSet;
use super::manifest::{Manifest, Parts, Size, chunk_count};
use super::message::Message;
use super::source::{SourceId, Sources};

/// What happened.
#[derive(Debug, Clone)]
pub enum Input {
    /// A source is there.
    Source(SourceId),
    /// It is gone.
    Gone(SourceId),
    /// It sent something about this blob.
    Message(SourceId, Message),
    /// The manifest came another way, verified.
    Manifest(Manifest),
    /// A chunk that was to be written is on the disk.
    Written(u32),
    /// It could not be written; it is asked for again.
    NotWritten(u32),
    /// A chunk came another way: verified, and on the disk.
    Put(u32),
    /// The person, or a full disk, wants nothing more for now.
    Pause,
    /// Go on.
    Resume,
    /// A person doesn't want to wait until somebody who lacked it is asked again.
    Hurry,
    /// Time passed.
    Tick,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Say this to a source.
    Send(SourceId, Message),
    /// The manifest is here: keep it before any chunk.
    Manifest(Manifest),
    /// A verified chunk: write it, then say so.
    Write {
        /// Which.
        chunk: u32,
        /// All of it.
        bytes: Vec<u8>,
    },
    /// A source sent what is not the blob. It is not asked again once this happened [`MAX_WRONG`](crate::limits::MAX_WRONG) times.
    Blamed(SourceId, Blame),
    /// All chunks are on the disk. Nothing follows but answers.
    Done,
}

/// What a source did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// It sent a manifest that is not the blob's.
    Manifest,
    /// It sent a chunk that is not the blob's.
    Chunk(u32),
}

/// How a transfer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchState {
    /// Something is asked for, or being written.
    Running,
    /// Nobody there can be asked now.
    Waiting,
    /// As [`Input::Pause`] said.
    Paused,
    /// All is here.
    Done,
}

/// The machine.
#[derive(Debug)]
pub struct Fetch {
    blob: BlobId,
    size: Size,
    manifest: Option<Manifest>,
    /// Who was asked for the manifest, and what of it came.
    hashes: Option<(SourceId, Option<Parts>)>,
    have: ChunkSet,
    asked: BTreeMap<u32, Asked>,
    /// Partly here, and asked of nobody now.
    begun: BTreeMap<u32, Partial>,
    /// Verified, on their way to the disk.
    writing: BTreeSet<u32>,
    /// Came wrong from several sources together: next time all of it comes from one, which can then be blamed.
    from_one: BTreeSet<u32>,
    sources: Sources,
    paused: bool,
    /// Content received so far, as far as it was asked for.
    received: u64,
    told_at: u64,
    told: u32,
    outputs: VecDeque<Output>,
}

#[derive(Debug, Default)]
struct Partial {
    bytes: Vec<u8>,
    /// More than one source sent it.
    mixed: bool,
}

#[derive(Debug)]
struct Asked {
    source: SourceId,
    partial: Partial,
}

impl Fetch {
    /// Nothing is here yet.
    #[must_use]
    pub fn new(blob: BlobId, size: Size) -> Self {
        Self {
            blob,
            size,
            manifest: None,
            hashes: None,
            have: ChunkSet::none(0),
            asked: BTreeMap::new(),
            begun: BTreeMap::new(),
            writing: BTreeSet::new(),
            from_one: BTreeSet::new(),
            sources: Sources::default(),
            paused: false,
            received: 0,
            told_at: 0,
            told: 0,
            outputs: VecDeque::new(),
        }
    }

    /// Goes on with what is on the disk: a manifest that was verified, and the chunks that were.
    #[must_use]
    pub fn resume(blob: BlobId, manifest: Manifest, have: ChunkSet) -> Self {
        let have = if have.count() == manifest.chunks() { have } else { ChunkSet::none(manifest.chunks()) };
        let size = Size::Exactly(manifest.size());
        Self { manifest: Some(manifest), told: have.len(), have, ..Self::new(blob, size) }
    }

    /// Takes in what happened.
    pub fn handle(&mut self, input: Input, now: u64) {
        match input {
            Input::Source(source) => self.sources.add(source),
            Input::Gone(source) => {
                self.release(source);
                self.sources.remove(source);
            }
            Input::Message(source, message) => self.message(source, message, now),
            Input::Manifest(manifest) => self.take_manifest(manifest, false),
            Input::Written(chunk) => self.written(chunk, now),
            Input::NotWritten(chunk) => {
                self.writing.remove(&chunk);
            }
            Input::Put(chunk) => {
                self.asked.remove(&chunk);
                self.begun.remove(&chunk);
                self.written(chunk, now);
            }
            Input::Pause => self.pause(),
            Input::Resume => self.paused = false,
            Input::Hurry => self.sources.hurry(),
            Input::Tick => self.find_stalled(now),
        }
        self.ask(now);
        self.tell(now);
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to tick at the latest.
    #[must_use]
    pub fn next_wake(&self) -> Option<u64> {
        if self.is_done() || self.paused {
            return None;
        }
        let tell = (self.told != self.have.len()).then_some(self.told_at + FETCH_HAVE_MS);
        self.sources.wakes(|source| self.is_asked(source)).chain(tell).min()
    }

    /// Which blob.
    #[must_use]
    pub const fn blob(&self) -> BlobId {
        self.blob
    }

    /// The manifest, once it is here.
    #[must_use]
    pub const fn manifest(&self) -> Option<&Manifest> {
        self.manifest.as_ref()
    }

    /// The chunks that are on the disk.
    #[must_use]
    pub const fn have(&self) -> &ChunkSet {
        &self.have
    }

    /// Bytes on the disk, verified.
    #[must_use]
    pub fn have_bytes(&self) -> u64 {
        self.manifest.as_ref().map_or(0, |manifest| self.have.bytes(manifest.size()))
    }

    /// Bytes of content that sources sent since the beginning of this machine, as far as they were asked for.
    #[must_use]
    pub const fn received_bytes(&self) -> u64 {
        self.received
    }

    /// How it stands.
    #[must_use]
    pub fn state(&self) -> FetchState {
        if self.is_done() {
            FetchState::Done
        } else if self.paused {
            FetchState::Paused
        } else if self.hashes.is_some() || !self.asked.is_empty() || !self.writing.is_empty() {
            FetchState::Running
        } else {
            FetchState::Waiting
        }
    }

    fn is_done(&self) -> bool {
        self.manifest.is_some() && self.have.is_full()
    }

    fn message(&mut self, source: SourceId, message: Message, now: u64) {
        if message.blob() != self.blob || !self.sources.knows(source) {
            return;
        }
        match message {
            Message::Hashes { size, first, hashes, .. } => self.hashes(source, (size, first, &hashes), now),
            Message::Piece { chunk, offset, bytes, .. } => self.piece(source, chunk, offset, &bytes, now),
            Message::Refused { why, .. } => {
                // Each request is refused on its own; the first tells all.
                if self.is_asked(source) {
                    self.release(source);
                    self.sources.put_off(source, now, Some(why));
                }
            }
            Message::Have { chunks, .. } => {
                let fits = self.manifest.as_ref().is_none_or(|manifest| manifest.chunks() == chunks.count());
                if fits {
                    self.sources.said(source, chunks);
                }
            }
            // What a server is told.
            Message::Ask { .. } | Message::Get { .. } | Message::Cancel { .. } => {}
        }
    }

    fn hashes(&mut self, source: SourceId, (size, first, hashes): (u64, u32, &[[u8; 32]]), now: u64) {
        let Some((asked, parts)) = &mut self.hashes else { return };
        if *asked != source {
            return;
        }
        if parts.is_none() {
            *parts = if self.size.fits(size) { Parts::new(size).ok() } else { None };
        }
        let before = parts.as_ref().map(Parts::len);
        let added = parts.as_mut().map(|parts| parts.add(&self.blob, size, first, hashes));
        // The same part again brings it no further.
        let repeated = matches!(added, Some(Ok(None))) && parts.as_ref().map(Parts::len) == before;
        if !repeated {
            self.sources.hear(source, now);
        }
        match added {
            Some(Ok(None)) => {}
            Some(Ok(Some(manifest))) => self.take_manifest(manifest, true),
            Some(Err(_)) | None => {
                self.hashes = None;
                self.blame(source, Blame::Manifest, now);
            }
        }
    }

    fn take_manifest(&mut self, manifest: Manifest, keep: bool) {
        if self.manifest.is_some() {
            return;
        }
        self.hashes = None;
        self.have = ChunkSet::none(chunk_count(manifest.size()));
        self.sources.fit(manifest.chunks());
        if keep {
            self.outputs.push_back(Output::Manifest(manifest.clone()));
        }
        self.manifest = Some(manifest);
    }

    fn piece(&mut self, source: SourceId, chunk: u32, offset: u32, bytes: &[u8], now: u64) {
        let Some(manifest) = &self.manifest else { return };
        let len = manifest.chunk_len(chunk);
        let Some(asked) = self.asked.get_mut(&chunk).filter(|asked| asked.source == source) else { return };
        let got = asked.partial.bytes.len();
        if got != offset as usize || got + bytes.len() > len {
            return;
        }
        asked.partial.bytes.extend_from_slice(bytes);
        self.received += bytes.len() as u64;
        let whole = asked.partial.bytes.len() == len;
        self.sources.came(source, bytes.len(), whole, now);
        if !whole {
            return;
        }
        let Some(Asked { partial, .. }) = self.asked.remove(&chunk) else { return };
        let right = self.manifest.as_ref().is_some_and(|manifest| manifest.verifies(chunk, &partial.bytes));
        if right {
            self.from_one.remove(&chunk);
            self.writing.insert(chunk);
            self.outputs.push_back(Output::Write { chunk, bytes: partial.bytes });
        } else if partial.mixed {
            self.from_one.insert(chunk);
        } else {
            self.blame(source, Blame::Chunk(chunk), now);
        }
    }

    fn written(&mut self, chunk: u32, now: u64) {
        self.writing.remove(&chunk);
        if self.have.add(chunk) && self.is_done() {
            for source in self.asked_sources() {
                self.outputs.push_back(Output::Send(source, Message::Cancel { blob: self.blob }));
                self.release(source);
            }
            self.begun.clear();
            self.told_at = now;
            self.told = self.have.len();
            // Whoever is there: that it is here whole is news to everybody.
            self.tell_all(false);
            self.outputs.push_back(Output::Done);
        }
    }

    fn pause(&mut self) {
        self.paused = true;
        for source in self.asked_sources() {
            self.release(source);
            self.outputs.push_back(Output::Send(source, Message::Cancel { blob: self.blob }));
        }
    }

    fn find_stalled(&mut self, now: u64) {
        for source in self.asked_sources() {
            if !self.sources.is_stalled(source, now) {
                continue;
            }
            if self.is_waited_for(source, now) {
                self.sources.wait_for(source, now);
            } else {
                self.release(source);
                self.outputs.push_back(Output::Send(source, Message::Cancel { blob: self.blob }));
                self.sources.put_off(source, now, None);
            }
        }
    }

    /// Whether a source that hardly came on is waited for all the same: it sent something, and nobody else could be asked
    /// instead. So the slowest line brings a blob in the end, and a drip keeps nobody from getting it elsewhere.
    fn is_waited_for(&self, slow: SourceId, now: u64) -> bool {
        let hashes = self.hashes.as_ref().is_some_and(|(asked, _)| *asked == slow);
        let its = |chunk: &u32| self.asked.get(chunk).is_some_and(|asked| asked.source == slow);
        let takes_over =
            |other| hashes || self.asked.keys().filter(|chunk| its(chunk)).any(|chunk| self.sources.has(other, *chunk));
        self.sources.drips(slow) && !self.sources.able(now).any(|other| other != slow && takes_over(other))
    }

    fn blame(&mut self, source: SourceId, what: Blame, now: u64) {
        self.outputs.push_back(Output::Blamed(source, what));
        if !self.sources.blame(source, now) {
            self.release(source);
            self.outputs.push_back(Output::Send(source, Message::Cancel { blob: self.blob }));
        }
    }

    /// Takes back what a source was asked; what it sent of chunks stays, as far as there is room for it.
    fn release(&mut self, source: SourceId) {
        self.hashes.take_if(|(asked, _)| *asked == source);
        let its: Vec<u32> = self.asked.iter().filter(|(_, a)| a.source == source).map(|(chunk, _)| *chunk).collect();
        for chunk in its {
            if let Some(Asked { partial, .. }) = self.asked.remove(&chunk)
                && !partial.bytes.is_empty()
                && !self.from_one.contains(&chunk)
                && self.begun.len() < FETCH_WINDOW
            {
                self.begun.insert(chunk, partial);
            }
        }
    }

    fn is_asked(&self, source: SourceId) -> bool {
        self.hashes.as_ref().is_some_and(|(asked, _)| *asked == source)
            || self.asked.values().any(|asked| asked.source == source)
    }

    fn asked_sources(&self) -> BTreeSet<SourceId> {
        self.asked.values().map(|asked| asked.source).chain(self.hashes.as_ref().map(|(asked, _)| *asked)).collect()
    }

    /// Asks whoever can be asked for what the window takes.
    fn ask(&mut self, now: u64) {
        if self.paused || self.is_done() {
            return;
        }
        let able: Vec<SourceId> = self.sources.able(now).collect();
        able.iter().for_each(|source| self.sources.call_back(*source));
        if self.manifest.is_none() {
            if self.hashes.is_none()
                && let Some(source) = able.first()
            {
                self.hashes = Some((*source, None));
                self.sources.engage(*source, now);
                self.outputs.push_back(Output::Send(*source, Message::Ask { blob: self.blob }));
            }
            return;
        }
        // Fast sources ask for more as they deliver, slow ones don't hold more than their share.
        let share = (FETCH_WINDOW / able.len().max(1)).max(2);
        for source in able {
            let mut held = self.asked.values().filter(|asked| asked.source == source).count();
            let idle = held == 0;
            while held < share && self.asked.len() + self.writing.len() < FETCH_WINDOW {
                let Some(chunk) = self.pick(source) else {
                    // What it said to have may be out of date. One that has nothing to offer is asked later all the same.
                    if idle && held == 0 && self.pick_any(|_| true).is_some() {
                        self.sources.doubt(source, now);
                    }
                    break;
                };
                if idle && held == 0 {
                    self.sources.engage(source, now);
                }
                self.get(source, chunk);
                held += 1;
            }
        }
    }

    fn get(&mut self, source: SourceId, chunk: u32) {
        let mut partial = self.begun.remove(&chunk).unwrap_or_default();
        let from = u32::try_from(partial.bytes.len()).unwrap_or_default();
        partial.mixed |= from > 0;
        self.asked.insert(chunk, Asked { source, partial });
        self.outputs.push_back(Output::Send(source, Message::Get { blob: self.blob, chunk, from }));
    }

    /// The next chunk that a source can be asked for: what is partly here first, so that little is kept so.
    fn pick(&self, source: SourceId) -> Option<u32> {
        self.pick_any(|chunk| self.sources.has(source, chunk))
    }

    fn pick_any(&self, has: impl Fn(u32) -> bool) -> Option<u32> {
        if let Some(chunk) = self.begun.keys().copied().find(|chunk| has(*chunk)) {
            return Some(chunk);
        }
        let mut from = 0;
        while let Some(chunk) = self.have.missing_from(from) {
            if has(chunk) && !self.asked.contains_key(&chunk) && !self.writing.contains(&chunk) {
                return Some(chunk);
            }
            from = chunk + 1;
        }
        None
    }

    /// Tells the sources how far we are, now and then.
    fn tell(&mut self, now: u64) {
        if self.told == self.have.len() || now < self.told_at + FETCH_HAVE_MS || self.is_done() {
            return;
        }
        self.told_at = now;
        self.told = self.have.len();
        self.tell_all(true);
    }

    fn tell_all(&mut self, only_engaged: bool) {
        let have = Message::Have { blob: self.blob, chunks: self.have.clone() };
        let told = self.sources.all(only_engaged);
        self.outputs.extend(told.map(|source| Output::Send(source, have.clone())));
    }
}
