//! One blob on its way to this device: the machine, its part on the disk, its turn.

use std::collections::BTreeMap;
use std::sync::Arc;

use sightline_proto::blob::{Fetch, FetchState, Input, Message, Output, Size, SourceId};
use sightline_proto::id::BlobId;

use super::speed::Speed;
use super::task::Disk;
use super::{Amount, Carried, How, Wish};
use crate::link::LinkId;
use crate::store::blobs::{BlobError, Partial};

/// Blobs that are fetched at a time; each has up to 4 MiB in memory, and as much again that lost sources left unfinished.
const MAX_ACTIVE: usize = 4;

/// After the disk refused, a fetch tries again.
const DISK_AGAIN_MS: u64 = 10_000;

/// A fetch.
pub(super) struct Fetching {
    fetch: Fetch,
    wish: Wish,
    part: Part,
    /// Bytes that came before what was here was given up.
    earlier: u64,
    /// Verified chunks that wait for the part to be made.
    held: Vec<(u32, Vec<u8>)>,
    /// It may ask.
    turn: bool,
    /// Nobody can be asked before.
    rest_until: u64,
    disk: Option<(BlobError, u64)>,
    speed: Speed,
}

enum Part {
    /// Nobody looked yet what is on the disk.
    Unknown,
    /// Somebody looks, and verifies what is there.
    Sought,
    /// Nothing is there.
    None,
    /// It is being made.
    Begun,
    There(Arc<Partial>),
}

/// What a fetch has to have done.
pub(super) enum Todo {
    /// Say this on a link.
    Say(LinkId, Message),
    /// Something for the disk.
    Disk(Disk),
    /// A link's peer sent what is not the blob.
    Blamed,
    /// It is here.
    Arrived,
}

impl Fetching {
    pub(super) fn new(blob: BlobId, wish: Wish, links: impl Iterator<Item = LinkId>, now: u64) -> Self {
        let mut new = Self {
            fetch: Fetch::new(blob, size_of(&wish)),
            wish,
            part: Part::Unknown,
            earlier: 0,
            held: Vec::new(),
            turn: false,
            rest_until: 0,
            disk: None,
            speed: Speed::default(),
        };
        new.fetch.handle(Input::Pause, now);
        links.for_each(|link| new.fetch.handle(Input::Source(source(link)), now));
        new
    }

    /// Takes in what happened and tells what is to be done.
    pub(super) fn handle(&mut self, input: Input, now: u64) -> Vec<Todo> {
        if matches!(input, Input::Source(_) | Input::Hurry) || matches!(&input, Input::Message(_, Message::Have { .. }))
        {
            self.rest_until = 0;
        }
        self.fetch.handle(input, now);
        self.drain(now)
    }

    fn drain(&mut self, now: u64) -> Vec<Todo> {
        let mut todo = Vec::new();
        let blob = self.fetch.blob();
        while let Some(output) = self.fetch.poll() {
            match output {
                Output::Send(source, message) => todo.push(Todo::Say(LinkId(source.0), message)),
                Output::Manifest(manifest) => {
                    self.part = Part::Begun;
                    todo.push(Todo::Disk(Disk::Begin(manifest)));
                }
                Output::Write { chunk, bytes } => match &self.part {
                    Part::There(part) => todo.push(Todo::Disk(Disk::Write { part: part.clone(), blob, chunk, bytes })),
                    _ => self.held.push((chunk, bytes)),
                },
                Output::Blamed(..) => todo.push(Todo::Blamed),
                Output::Done => todo.push(Todo::Arrived),
            }
        }
        // The manifest is told once; its part may have to be made more than once.
        if let (Part::None, true, Some(manifest)) = (&self.part, self.turn, self.fetch.manifest()) {
            todo.push(Todo::Disk(Disk::Begin(manifest.clone())));
            self.part = Part::Begun;
        }
        self.speed.note(self.received(), now);
        todo
    }

    /// The wish may be another now.
    pub(super) fn wish(&mut self, wish: Wish, now: u64) -> Vec<Todo> {
        let hurry = wish.hurry != self.wish.hurry;
        let pause = wish.paused && !self.wish.paused;
        self.wish = wish;
        if hurry {
            self.disk = None;
            return self.handle(Input::Hurry, now);
        }
        if pause { self.yield_turn(now) } else { Vec::new() }
    }

    /// What is on the disk of it, verified.
    pub(super) fn resumed(&mut self, part: Option<Arc<Partial>>, links: impl Iterator<Item = LinkId>, now: u64) {
        self.turn = false;
        self.rest_until = 0;
        let blob = self.fetch.blob();
        let (fetch, part) = match part {
            // It is all here and can't be made whole: the disk is looked at again later.
            Some(part) if part.chunks().is_full() => {
                self.part = Part::Unknown;
                self.disk = Some((BlobError::Failed, now + DISK_AGAIN_MS));
                return;
            }
            Some(part) => (Fetch::resume(blob, part.manifest().clone(), part.chunks()), Part::There(part)),
            None => (Fetch::new(blob, size_of(&self.wish)), Part::None),
        };
        self.earlier += self.fetch.received_bytes();
        (self.fetch, self.part) = (fetch, part);
        self.fetch.handle(Input::Pause, now);
        links.for_each(|link| self.fetch.handle(Input::Source(source(link)), now));
    }

    /// Its part was made, or not.
    pub(super) fn begun(&mut self, part: Result<Arc<Partial>, BlobError>, now: u64) -> Vec<Todo> {
        match part {
            Ok(part) => {
                let (blob, there) = (self.fetch.blob(), part.chunks());
                let write = |(chunk, bytes)| Todo::Disk(Disk::Write { part: part.clone(), blob, chunk, bytes });
                let mut todo: Vec<Todo> = self.held.drain(..).map(write).collect();
                self.part = Part::There(part);
                // What came another way meanwhile.
                for chunk in (0..there.count()).filter(|chunk| there.has(*chunk)) {
                    todo.extend(self.handle(Input::Put(chunk), now));
                }
                todo
            }
            Err(error) => {
                self.part = Part::None;
                let lost: Vec<u32> = self.held.drain(..).map(|(chunk, _)| chunk).collect();
                let mut todo = self.refused(error, now);
                todo.extend(lost.into_iter().flat_map(|chunk| self.handle(Input::NotWritten(chunk), now)));
                todo
            }
        }
    }

    /// A chunk was written to a part, or not.
    pub(super) fn wrote(
        &mut self,
        part: &Arc<Partial>,
        chunk: u32,
        written: Result<(), BlobError>,
        now: u64,
    ) -> Vec<Todo> {
        if !matches!(&self.part, Part::There(there) if Arc::ptr_eq(there, part)) {
            // It counts no more.
            return Vec::new();
        }
        match written {
            Ok(()) => self.handle(Input::Written(chunk), now),
            Err(BlobError::GivenUp) => {
                self.part = Part::Unknown;
                self.yield_turn(now)
            }
            Err(error) => {
                let mut todo = self.refused(error, now);
                todo.extend(self.handle(Input::NotWritten(chunk), now));
                todo
            }
        }
    }

    /// The disk refused: nothing is asked for a while.
    fn refused(&mut self, error: BlobError, now: u64) -> Vec<Todo> {
        self.disk = Some((error, now + DISK_AGAIN_MS));
        self.yield_turn(now)
    }

    fn yield_turn(&mut self, now: u64) -> Vec<Todo> {
        self.turn = false;
        self.handle(Input::Pause, now)
    }

    /// When to look at it again.
    pub(super) fn next_wake(&self, now: u64) -> Option<u64> {
        let disk = self.disk.map(|(_, again)| again).filter(|again| *again > now);
        let rest = (!self.turn && self.rest_until > now && self.rest_until < u64::MAX).then_some(self.rest_until);
        [disk, rest, self.fetch.next_wake()].into_iter().flatten().min()
    }

    /// Bytes of content that came.
    pub(super) fn received(&self) -> u64 {
        self.earlier + self.fetch.received_bytes()
    }

    /// How it stands.
    pub(super) fn look(&self, now: u64) -> Carried {
        let how = match self.disk {
            Some((BlobError::NoRoom, _)) => How::NoRoom,
            Some(_) => How::DiskFailed,
            None if self.wish.paused => How::Paused,
            None if !self.turn && self.rest_until > now => How::Waiting,
            None => How::Arriving,
        };
        let amount = Amount { have: self.fetch.have_bytes(), per_sec: self.speed.per_sec(now) };
        Carried { how, amount }
    }

    fn is_running(&self) -> bool {
        self.turn && (matches!(self.part, Part::Sought) || self.fetch.state() == FetchState::Running)
    }

    /// Whether it would ask now if it were its turn.
    fn is_able(&self, now: u64) -> bool {
        !self.wish.paused
            && !self.turn
            && self.rest_until <= now
            && self.disk.is_none_or(|(_, again)| again <= now)
            && self.fetch.state() != FetchState::Done
    }
}

/// Gives turns: the most urgent ask first, and those who find nobody make room for the next.
pub(super) fn give_turns(fetches: &mut BTreeMap<BlobId, Fetching>, now: u64) -> Vec<(BlobId, Todo)> {
    let mut todo = Vec::new();
    for (blob, fetching) in fetches.iter_mut().filter(|(_, fetching)| fetching.turn && !fetching.is_running()) {
        if !matches!(fetching.part, Part::Sought) {
            fetching.rest_until = fetching.fetch.next_wake().unwrap_or(u64::MAX);
            todo.extend(fetching.yield_turn(now).into_iter().map(|one| (*blob, one)));
        }
    }
    let mut running = fetches.values().filter(|fetching| fetching.is_running()).count();
    let mut able: Vec<(super::Priority, u64, BlobId)> = fetches
        .iter()
        .filter(|(_, fetching)| fetching.is_able(now))
        .map(|(blob, fetching)| (fetching.wish.priority, fetching.wish.size.unwrap_or(0), *blob))
        .collect();
    able.sort_unstable();
    for (_, _, blob) in able {
        if running >= MAX_ACTIVE {
            break;
        }
        let Some(fetching) = fetches.get_mut(&blob) else { continue };
        fetching.disk = None;
        fetching.turn = true;
        if matches!(fetching.part, Part::Unknown) {
            fetching.part = Part::Sought;
            todo.push((blob, Todo::Disk(Disk::Resume(blob))));
            running += 1;
            continue;
        }
        todo.extend(fetching.handle(Input::Resume, now).into_iter().map(|one| (blob, one)));
        if fetching.is_running() {
            running += 1;
        } else {
            fetching.rest_until = fetching.fetch.next_wake().unwrap_or(u64::MAX);
            todo.extend(fetching.yield_turn(now).into_iter().map(|one| (blob, one)));
        }
    }
    todo
}

fn size_of(wish: &Wish) -> Size {
    wish.size.map_or(Size::AtMost(wish.max), Size::Exactly)
}

pub(super) fn source(link: LinkId) -> SourceId {
    SourceId(link.0)
}
