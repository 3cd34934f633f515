//! Blobs between machines, on virtual time: sources that are slow, cut, hostile, or have only a part; and what a kill
//! costs.

#![allow(clippy::unwrap_used, reason = "a test program")]

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use sightline_proto::blob::{
    Blame, ChunkSet, Fed, Feed, Fetch, FetchState, Found, Hasher, Input, Manifest, Message, Output, Serve, Size,
    SourceId, Want, Why, chunk_hash,
};
use sightline_proto::id::BlobId;
use sightline_proto::label;
use sightline_proto::limits::{
    CHUNK, FETCH_STALL_MS, FETCH_WINDOW, MAX_BLOB, MAX_BLOB_MESSAGE, MAX_LABEL, MAX_PIECE, MAX_SERVE_QUEUE,
};

fn content(len: usize, seed: u64) -> Vec<u8> {
    let mut bytes = vec![0; len];
    StdRng::seed_from_u64(seed).fill_bytes(&mut bytes);
    bytes
}

fn manifest_of(bytes: &[u8]) -> Manifest {
    let mut hasher = Hasher::new();
    hasher.update(bytes, u64::MAX).unwrap();
    hasher.finish().unwrap()
}

fn chunk_of(bytes: &[u8], chunk: u32) -> &[u8] {
    let from = chunk as usize * CHUNK;
    &bytes[from..bytes.len().min(from + CHUNK)]
}

/// Somebody who serves a blob over a pipe that carries one message each way per millisecond.
struct Server {
    serve: Serve,
    manifest: Manifest,
    bytes: Vec<u8>,
    has: Option<ChunkSet>,
    /// Changes what is read, from honest to hostile.
    lies: fn(u32, &mut Vec<u8>),
    to: VecDeque<Message>,
    from: VecDeque<Message>,
    /// Messages per hundred milliseconds.
    pace: u64,
    content_sent: u64,
    most_ready: usize,
    silent: bool,
}

impl Server {
    fn new(bytes: &[u8]) -> Self {
        Self {
            serve: Serve::new(),
            manifest: manifest_of(bytes),
            bytes: bytes.to_vec(),
            has: None,
            lies: |_, _| {},
            to: VecDeque::new(),
            from: VecDeque::new(),
            pace: 100,
            content_sent: 0,
            most_ready: 0,
            silent: false,
        }
    }

    fn step(&mut self, now: u64) {
        while let Some(message) = self.to.pop_front() {
            self.serve.take(&message);
        }
        let mut looked = 0;
        while let Some(want) = self.serve.want() {
            looked += 1;
            let found = match want {
                Want::Manifest(_) => Found::Manifest(self.manifest.clone(), self.has.clone()),
                Want::Chunk { chunk, .. } if self.has.as_ref().is_some_and(|has| !has.has(chunk)) => {
                    Found::Not(Why::NotHere)
                }
                Want::Chunk { chunk, from, .. } => {
                    let mut bytes = chunk_of(&self.bytes, chunk).to_vec();
                    (self.lies)(chunk, &mut bytes);
                    Found::Chunk(bytes[from as usize..].to_vec())
                }
            };
            self.serve.found(want, found);
        }
        self.most_ready = self.most_ready.max(looked);
        if self.silent || now % 100 >= self.pace {
            return;
        }
        if let Some(front) = self.serve.front() {
            let message = Message::decode(front).unwrap();
            if let Message::Piece { bytes, .. } = &message {
                self.content_sent += bytes.len() as u64;
            }
            self.from.push_back(message);
            self.serve.sent();
        }
    }
}

/// A fetch, its disk, and the servers it can reach.
struct World {
    fetch: Fetch,
    disk: BTreeMap<u32, Vec<u8>>,
    manifest: Option<Manifest>,
    writing: VecDeque<(u64, u32, Vec<u8>)>,
    disk_ms: u64,
    servers: BTreeMap<SourceId, Server>,
    blamed: Vec<(SourceId, Blame)>,
    now: u64,
    done: bool,
    most_held: usize,
}

impl World {
    fn new(blob: BlobId, size: Size) -> Self {
        Self::around(Fetch::new(blob, size))
    }

    fn around(fetch: Fetch) -> Self {
        Self {
            fetch,
            disk: BTreeMap::new(),
            manifest: None,
            writing: VecDeque::new(),
            disk_ms: 1,
            servers: BTreeMap::new(),
            blamed: Vec::new(),
            now: 1_000_000,
            done: false,
            most_held: 0,
        }
    }

    fn reach(&mut self, id: u64, server: Server) {
        self.servers.insert(SourceId(id), server);
        self.handle(Input::Source(SourceId(id)));
    }

    fn lose(&mut self, id: u64) -> Server {
        let server = self.servers.remove(&SourceId(id)).unwrap();
        self.handle(Input::Gone(SourceId(id)));
        server
    }

    fn handle(&mut self, input: Input) {
        self.fetch.handle(input, self.now);
        while let Some(output) = self.fetch.poll() {
            match output {
                Output::Send(source, message) => {
                    let message = Message::decode(&message.encode()).unwrap();
                    if let Some(server) = self.servers.get_mut(&source) {
                        server.to.push_back(message);
                    }
                }
                Output::Manifest(manifest) => self.manifest = Some(manifest),
                Output::Write { chunk, bytes } => {
                    assert!(
                        self.manifest.as_ref().unwrap().verifies(chunk, &bytes),
                        "only verified chunks are written"
                    );
                    self.writing.push_back((self.now + self.disk_ms, chunk, bytes));
                }
                Output::Blamed(source, what) => self.blamed.push((source, what)),
                Output::Done => self.done = true,
            }
        }
        self.most_held = self.most_held.max(self.writing.len());
    }

    fn step(&mut self) {
        self.now += 1;
        let now = self.now;
        let mut arrived = Vec::new();
        for (id, server) in &mut self.servers {
            server.step(now);
            arrived.extend(server.from.drain(..).map(|message| (*id, message)));
        }
        for (id, message) in arrived {
            self.handle(Input::Message(id, message));
        }
        while self.writing.front().is_some_and(|(at, ..)| *at <= now) {
            let (_, chunk, bytes) = self.writing.pop_front().unwrap();
            self.disk.insert(chunk, bytes);
            self.handle(Input::Written(chunk));
        }
        if self.fetch.next_wake().is_some_and(|at| at <= now) {
            self.handle(Input::Tick);
        }
    }

    fn run(&mut self, ms: u64, until: impl Fn(&Self) -> bool) -> bool {
        let end = self.now + ms;
        while self.now < end {
            if until(self) {
                return true;
            }
            self.step();
        }
        until(self)
    }

    fn whole(&self) -> Vec<u8> {
        self.disk.values().flatten().copied().collect()
    }
}

const MINUTE: u64 = 60_000;

#[test]
fn a_blob_arrives_whole_and_nothing_is_sent_twice() {
    let bytes = content(20 * CHUNK + 17, 1);
    let manifest = manifest_of(&bytes);
    let mut world = World::new(manifest.id(), Size::Exactly(bytes.len() as u64));
    world.reach(1, Server::new(&bytes));
    assert!(world.run(MINUTE, |world| world.done));
    assert!(world.whole() == bytes);
    assert_eq!(world.servers[&SourceId(1)].content_sent, bytes.len() as u64);
    assert_eq!((world.fetch.state(), world.fetch.have_bytes()), (FetchState::Done, bytes.len() as u64));
    assert!(world.servers[&SourceId(1)].most_ready <= 2, "read ahead of the link");
    assert!(world.blamed.is_empty());
}

#[test]
fn a_slow_disk_holds_up_the_asking_and_memory_stays_flat() {
    let bytes = content(60 * CHUNK, 2);
    let mut world = World::new(manifest_of(&bytes).id(), Size::Exactly(bytes.len() as u64));
    world.disk_ms = 400;
    world.reach(1, Server::new(&bytes));
    assert!(world.run(10 * MINUTE, |world| world.done));
    assert!(world.whole() == bytes);
    assert!(world.most_held <= FETCH_WINDOW, "{} chunks waited for the disk", world.most_held);
}

/// A cut anywhere: what one side has at that moment is all that is left. A killed fetcher loses what was not written.
#[test]
fn a_cut_or_kill_anywhere_repeats_less_than_a_chunk() {
    let bytes = content(7 * CHUNK + 5, 3);
    let manifest = manifest_of(&bytes);
    for seed in 0..60u64 {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut world = World::new(manifest.id(), Size::Exactly(bytes.len() as u64));
        world.disk_ms = 0;
        world.reach(1, Server::new(&bytes));
        let mut received = 0;
        let mut kills = 0;
        for _ in 0..4 {
            let pause = rng.random_range(1..30);
            if world.run(pause, |world| world.done) {
                break;
            }
            if rng.random() {
                // The link is cut; the fetcher lives and goes on in the middle of a chunk.
                world.lose(1);
                world.reach(1, Server::new(&bytes));
            } else {
                // The fetcher is killed.
                kills += 1;
                received += world.fetch.received_bytes();
                let (disk, known) = (world.disk.clone(), world.manifest.clone());
                let fetch = match &known {
                    Some(manifest) => {
                        let mut have = ChunkSet::none(manifest.chunks());
                        disk.keys().for_each(|chunk| assert!(have.add(*chunk)));
                        Fetch::resume(manifest.id(), manifest.clone(), have)
                    }
                    None => Fetch::new(manifest.id(), Size::Exactly(bytes.len() as u64)),
                };
                world = World { disk, manifest: known, ..World::around(fetch) };
                world.disk_ms = 0;
                world.reach(1, Server::new(&bytes));
            }
        }
        assert!(world.run(MINUTE, |world| world.done), "seed {seed}");
        assert!(world.whole() == bytes, "seed {seed}");
        let repeated = received + world.fetch.received_bytes() - bytes.len() as u64;
        assert!(repeated < kills.max(1) * CHUNK as u64, "seed {seed}: {repeated} bytes came twice in {kills} kills");
        assert!(kills > 0 || repeated == 0, "seed {seed}: a cut alone repeats nothing, not {repeated}");
    }
}

#[test]
fn several_sources_share_the_work_and_parts_of_parts_make_a_whole() {
    let bytes = content(40 * CHUNK, 4);
    let manifest = manifest_of(&bytes);
    let mut world = World::new(manifest.id(), Size::Exactly(bytes.len() as u64));
    for (id, half) in [(1, 0..20u32), (2, 20..40)] {
        let mut server = Server::new(&bytes);
        let mut has = ChunkSet::none(40);
        half.for_each(|chunk| assert!(has.add(chunk)));
        server.has = Some(has);
        world.reach(id, server);
    }
    assert!(world.run(MINUTE, |world| world.done), "{:?}", world.fetch);
    assert!(world.whole() == bytes);

    let mut world = World::new(manifest.id(), Size::Exactly(bytes.len() as u64));
    let mut slow = Server::new(&bytes);
    slow.pace = 10;
    world.reach(1, slow);
    world.reach(2, Server::new(&bytes));
    assert!(world.run(MINUTE, |world| world.done));
    let sent = |id| world.servers[&SourceId(id)].content_sent;
    assert!(sent(2) > 2 * sent(1), "the fast one carries most: {} and {}", sent(2), sent(1));
    assert_eq!(sent(1) + sent(2), bytes.len() as u64);
}

#[test]
fn wrong_chunks_are_blamed_on_who_sent_them_and_never_written() {
    let bytes = content(12 * CHUNK, 5);
    let manifest = manifest_of(&bytes);
    let mut world = World::new(manifest.id(), Size::Exactly(bytes.len() as u64));
    let mut liar = Server::new(&bytes);
    liar.lies = |_, bytes| bytes[0] ^= 1;
    world.reach(1, liar);
    assert!(!world.run(MINUTE, |world| world.done));
    assert!(world.disk.is_empty());
    assert_eq!(world.blamed.len(), 3, "then it is asked no more");
    assert_eq!(world.fetch.state(), FetchState::Waiting);
    let wasted = world.servers[&SourceId(1)].content_sent;
    assert!(wasted <= (FETCH_WINDOW * CHUNK) as u64, "{wasted}");
    world.reach(2, Server::new(&bytes));
    assert!(world.run(MINUTE, |world| world.done));
    assert!(world.whole() == bytes);
    assert!(world.blamed.iter().all(|(source, _)| *source == SourceId(1)));
}

#[test]
fn a_chunk_from_two_sources_that_is_wrong_is_nobodys_fault_until_one_sends_all_of_it() {
    let bytes = content(CHUNK, 6);
    let manifest = manifest_of(&bytes);
    let mut world = World::new(manifest.id(), Size::Exactly(bytes.len() as u64));
    let mut liar = Server::new(&bytes);
    liar.lies = |_, bytes| bytes[0] ^= 1;
    world.reach(1, liar);
    // Its first pieces are here, then it is gone; an honest one sends the rest.
    assert!(world.run(100, |world| world.fetch.received_bytes() >= 2 * MAX_PIECE as u64));
    world.lose(1);
    world.reach(2, Server::new(&bytes));
    assert!(world.run(MINUTE, |world| world.done));
    assert!(world.blamed.is_empty(), "{:?}", world.blamed);
    assert!(world.whole() == bytes);
}

#[test]
fn a_manifest_that_is_not_the_blobs_is_blamed() {
    let (bytes, other) = (content(3 * CHUNK, 7), content(3 * CHUNK, 8));
    for size in [Size::Exactly(bytes.len() as u64), Size::AtMost(MAX_BLOB)] {
        let mut world = World::new(manifest_of(&bytes).id(), size);
        world.reach(1, Server::new(&other));
        assert!(!world.run(MINUTE, |world| world.done));
        assert_eq!(world.blamed, vec![(SourceId(1), Blame::Manifest); 3]);
        world.reach(2, Server::new(&bytes));
        assert!(world.run(MINUTE, |world| world.done));
    }
    // A document that says another size, or a blob larger than wanted, costs one message.
    for size in [Size::Exactly(bytes.len() as u64 + 1), Size::AtMost(bytes.len() as u64 - 1)] {
        let mut world = World::new(manifest_of(&bytes).id(), size);
        world.reach(1, Server::new(&bytes));
        assert!(!world.run(MINUTE, |world| world.done));
        assert_eq!(world.servers[&SourceId(1)].content_sent, 0);
    }
}

#[test]
fn a_silent_source_is_left_for_another_and_asked_again_later() {
    let bytes = content(4 * CHUNK, 9);
    let mut world = World::new(manifest_of(&bytes).id(), Size::Exactly(bytes.len() as u64));
    let mut silent = Server::new(&bytes);
    silent.silent = true;
    world.reach(1, silent);
    assert!(!world.run(FETCH_STALL_MS - 10, |world| world.fetch.state() != FetchState::Running));
    world.reach(2, Server::new(&bytes));
    assert!(world.run(MINUTE, |world| world.done));
    assert_eq!(world.servers[&SourceId(2)].content_sent, bytes.len() as u64);

    let mut world = World::new(manifest_of(&bytes).id(), Size::Exactly(bytes.len() as u64));
    let mut silent = Server::new(&bytes);
    silent.silent = true;
    world.reach(1, silent);
    assert!(!world.run(MINUTE, |world| world.done));
    world.servers.get_mut(&SourceId(1)).unwrap().silent = false;
    assert!(world.run(MINUTE, |world| world.done), "it is asked again");
}

/// A source of which each piece is given by hand.
fn by_hand(bytes: &[u8], sources: &[u64]) -> World {
    let manifest = manifest_of(bytes);
    let mut world = World::new(manifest.id(), Size::Exactly(bytes.len() as u64));
    world.manifest = Some(manifest.clone());
    world.handle(Input::Manifest(manifest));
    sources.iter().for_each(|id| world.handle(Input::Source(SourceId(*id))));
    world
}

#[test]
fn chunks_that_are_begun_and_never_ended_dont_fill_the_memory() {
    let bytes = content(64 * CHUNK, 17);
    let blob = manifest_of(&bytes).id();
    let mut world = by_hand(&bytes, &[1]);
    let mut begun = ChunkSet::none(64);
    for _ in 0..10 {
        // Whatever it is asked for comes but for the end; then it has that no more, and the rest.
        for chunk in 0..64 {
            let mut came = false;
            for (at, piece) in chunk_of(&bytes, chunk).chunks(MAX_PIECE).enumerate().take(CHUNK / MAX_PIECE) {
                let before = world.fetch.received_bytes();
                let offset = (at * MAX_PIECE) as u32;
                let piece = Message::Piece { blob, chunk, offset, bytes: piece.to_vec() };
                world.handle(Input::Message(SourceId(1), piece));
                came |= world.fetch.received_bytes() > before;
            }
            if came {
                begun.add(chunk);
            }
        }
        world.handle(Input::Message(SourceId(1), Message::Refused { blob, why: Why::NotHere }));
        let mut chunks = ChunkSet::all(64);
        (0..64).filter(|chunk| begun.has(*chunk)).for_each(|chunk| chunks.remove(chunk));
        if chunks.is_empty() {
            break;
        }
        world.handle(Input::Message(SourceId(1), Message::Have { blob, chunks }));
    }
    assert!(begun.is_full(), "it began {} chunks", begun.len());
    world.handle(Input::Gone(SourceId(1)));
    world.reach(2, Server::new(&bytes));
    assert!(world.run(MINUTE, |world| world.done));
    assert!(world.whole() == bytes);
    let kept = bytes.len() as u64 - world.servers[&SourceId(2)].content_sent;
    assert!(kept > 0 && kept <= (FETCH_WINDOW * CHUNK) as u64, "{kept} bytes of begun chunks were in memory");
}

#[test]
fn a_source_that_drips_keeps_no_chunk_from_others() {
    let bytes = content(4 * CHUNK, 18);
    let manifest = manifest_of(&bytes);
    let blob = manifest.id();
    let mut world = by_hand(&bytes, &[1]);
    let (mut drops, began) = (0, world.now);
    world.reach(2, Server::new(&bytes));
    while !world.done && world.now < began + 10 * MINUTE {
        world.step();
        if world.now.is_multiple_of(1_000) {
            // The next byte of whatever it was asked.
            for chunk in 0..4 {
                let piece = Message::Piece {
                    blob,
                    chunk,
                    offset: drops,
                    bytes: vec![bytes[chunk as usize * CHUNK + drops as usize]],
                };
                world.handle(Input::Message(SourceId(1), piece));
            }
            drops += 1;
        }
    }
    assert!(world.done, "it holds what it was asked for");
    assert!(world.now < began + 2 * FETCH_STALL_MS, "{} ms", world.now - began);
    assert!(world.whole() == bytes);

    // Neither does one that sends the same part of the manifest again and again.
    let large = Manifest::new(1_025 * CHUNK as u64, vec![[7; 32]; 1_025]).unwrap();
    let mut fetch = Fetch::new(large.id(), Size::Exactly(large.size()));
    fetch.handle(Input::Source(SourceId(1)), 0);
    fetch.handle(Input::Source(SourceId(2)), 0);
    for now in (0..2 * FETCH_STALL_MS).step_by(1_000) {
        let part = Message::Hashes {
            blob: large.id(),
            size: large.size(),
            first: 0,
            hashes: large.hashes()[..1_024].to_vec(),
        };
        fetch.handle(Input::Message(SourceId(1), part), now);
        fetch.handle(Input::Tick, now);
    }
    let asked = std::iter::from_fn(|| fetch.poll());
    let ask = Output::Send(SourceId(2), Message::Ask { blob: large.id() });
    assert!(asked.into_iter().any(|output| output == ask), "the other is asked in the end");
}

#[test]
fn the_slowest_lines_bring_a_blob_in_the_end_and_nothing_twice() {
    // The pieces of a slow line are small; 20 kB/s with somebody beside who has nothing, 1 kB/s alone, and a line that is
    // slow beside one that is fast.
    for (bytes_per_sec, other) in [(20_000, Some(ChunkSet::none(3))), (1_000, None), (1_000, Some(ChunkSet::none(3)))] {
        let bytes = content(3 * CHUNK, 19);
        let manifest = manifest_of(&bytes);
        let blob = manifest.id();
        let mut world = by_hand(&bytes, &[1]);
        if let Some(chunks) = other {
            world.handle(Input::Source(SourceId(2)));
            world.handle(Input::Message(SourceId(2), Message::Have { blob, chunks }));
        }
        let mut sent = 0;
        'line: for chunk in 0..3 {
            for (at, piece) in chunk_of(&bytes, chunk).chunks(4_000).enumerate() {
                world.run(4_000 * 1_000 / bytes_per_sec, |_| false);
                let piece = Message::Piece { blob, chunk, offset: at as u32 * 4_000, bytes: piece.to_vec() };
                world.handle(Input::Message(SourceId(1), piece));
                sent += 1;
                if world.done {
                    break 'line;
                }
            }
        }
        assert!(world.run(1_000, |world| world.done), "at {bytes_per_sec} bytes per second, after {sent} pieces");
        assert!(world.whole() == bytes);
        assert_eq!(world.fetch.received_bytes(), bytes.len() as u64);
    }
}

#[test]
fn who_lacks_it_is_asked_again_ever_more_rarely_and_at_once_when_it_says_to_have_more() {
    let bytes = content(2 * CHUNK, 10);
    let manifest = manifest_of(&bytes);
    let blob = manifest.id();
    let mut world = World::new(blob, Size::Exactly(bytes.len() as u64));
    world.handle(Input::Source(SourceId(1)));
    let mut asked = Vec::new();
    let mut fetch = world.fetch;
    let mut now = world.now;
    for _ in 0..200_000 {
        while let Some(output) = fetch.poll() {
            assert!(matches!(output, Output::Send(..)));
        }
        now += 1;
        let due = fetch.next_wake().is_some_and(|at| at <= now);
        if fetch.state() == FetchState::Running {
            asked.push(now);
            fetch.handle(Input::Message(SourceId(1), Message::Refused { blob, why: Why::NotHere }), now);
        } else if due {
            fetch.handle(Input::Tick, now);
        }
    }
    let pauses: Vec<u64> = asked.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses[0] >= 2_000 && pauses.last().unwrap() >= &30_000 && asked.len() < 15, "{pauses:?}");
    let chunks = ChunkSet::all(2);
    fetch.handle(Input::Message(SourceId(1), Message::Have { blob, chunks }), now);
    assert_eq!(fetch.state(), FetchState::Running);
}

#[test]
fn who_said_to_have_nothing_is_asked_again_all_the_same() {
    let bytes = content(3 * CHUNK, 16);
    let manifest = manifest_of(&bytes);
    let mut world = World::new(manifest.id(), Size::Exactly(bytes.len() as u64));
    world.reach(1, Server::new(&bytes));
    // It got the rest from elsewhere later, and said nothing about it.
    let chunks = ChunkSet::none(3);
    world.handle(Input::Message(SourceId(1), Message::Have { blob: manifest.id(), chunks }));
    assert!(!world.run(1_000, |world| world.done), "it is believed at first");
    assert!(world.run(MINUTE, |world| world.done));
    assert!(world.whole() == bytes);
}

#[test]
fn paused_nothing_is_asked_and_what_came_stays() {
    let bytes = content(30 * CHUNK, 11);
    let mut world = World::new(manifest_of(&bytes).id(), Size::Exactly(bytes.len() as u64));
    world.reach(1, Server::new(&bytes));
    assert!(world.run(MINUTE, |world| world.disk.len() >= 5));
    world.handle(Input::Pause);
    world.run(100, |_| false);
    let sent = world.servers[&SourceId(1)].content_sent;
    world.run(1_000, |_| false);
    assert_eq!(world.servers[&SourceId(1)].content_sent, sent, "the other side was told to stop");
    assert_eq!((world.fetch.state(), world.fetch.next_wake()), (FetchState::Paused, None));
    world.handle(Input::Resume);
    assert!(world.run(MINUTE, |world| world.done));
    assert!(world.whole() == bytes);
    let sent = world.servers[&SourceId(1)].content_sent;
    assert!(sent <= bytes.len() as u64 + MAX_PIECE as u64, "a piece that was on its way at most: {sent}");
}

#[test]
fn a_chunk_that_could_not_be_written_is_asked_for_again() {
    let bytes = content(3 * CHUNK, 12);
    let manifest = manifest_of(&bytes);
    let mut world = World::new(manifest.id(), Size::Exactly(bytes.len() as u64));
    world.disk_ms = u64::MAX - 2_000_000;
    world.reach(1, Server::new(&bytes));
    assert!(world.run(MINUTE, |world| world.writing.len() == 3));
    world.handle(Input::Pause);
    for (_, chunk, _) in std::mem::take(&mut world.writing) {
        world.handle(Input::NotWritten(chunk));
    }
    assert_eq!(world.fetch.have_bytes(), 0);
    world.disk_ms = 1;
    world.handle(Input::Resume);
    assert!(world.run(MINUTE, |world| world.done));
    assert!(world.whole() == bytes);
}

#[test]
fn chunks_that_came_another_way_are_not_asked_for() {
    let bytes = content(6 * CHUNK, 13);
    let manifest = manifest_of(&bytes);
    let mut world = World::new(manifest.id(), Size::Exactly(bytes.len() as u64));
    world.manifest = Some(manifest.clone());
    world.handle(Input::Manifest(manifest));
    for chunk in 0..5 {
        world.disk.insert(chunk, chunk_of(&bytes, chunk).to_vec());
        world.handle(Input::Put(chunk));
    }
    world.reach(1, Server::new(&bytes));
    assert!(world.run(MINUTE, |world| world.done));
    assert_eq!(world.servers[&SourceId(1)].content_sent, CHUNK as u64);
}

#[test]
fn a_peer_that_asks_too_much_or_takes_nothing_costs_little() {
    let bytes = content(2 * CHUNK, 14);
    let blob = manifest_of(&bytes).id();
    let mut serve = Serve::new();
    for chunk in 0..1_000 {
        serve.take(&Message::Get { blob, chunk, from: 0 });
    }
    let mut wants = Vec::new();
    while let Some(want) = serve.want() {
        wants.push(want);
        serve.found(want, Found::Chunk(bytes[..CHUNK].to_vec()));
    }
    assert_eq!(wants.len(), 2, "two chunks in memory, whatever is asked");
    let mut refused = 0;
    while let Some(front) = serve.front() {
        let Message::Refused { why: Why::Busy, .. } = Message::decode(front).unwrap() else { break };
        refused += 1;
        serve.sent();
    }
    assert_eq!(refused, 1, "said once, not {} times", 1_000 - MAX_SERVE_QUEUE);
    // Asked again from another place: the old request is forgotten. Cancelled: all of it is.
    serve.take(&Message::Get { blob, chunk: 3, from: 100 });
    serve.take(&Message::Cancel { blob });
    assert!(serve.want().is_none() && serve.front().is_none());
}

#[test]
fn a_peer_that_asks_for_ever_new_blobs_and_reads_nothing_costs_little() {
    let mut serve = Serve::new();
    let blob = |number: u32| {
        let mut id = [0; 32];
        id[..4].copy_from_slice(&number.to_be_bytes());
        BlobId(id)
    };
    for number in 0..20_000 {
        serve.take(&Message::Ask { blob: blob(number) });
        // And what it says makes the own fetch ask it again and again.
        serve.say(&Message::Get { blob: blob(number % 3), chunk: number % 5_000, from: 0 });
        while let Some(want) = serve.want() {
            serve.found(want, Found::Not(Why::Unknown));
        }
    }
    let mut said = 0;
    while serve.front().is_some() {
        said += 1;
        serve.sent();
    }
    assert!(said <= MAX_SERVE_QUEUE, "{said} messages wait for it");
}

#[test]
fn what_is_said_takes_back_what_was_said_before() {
    let (blob, other) = (BlobId([1; 32]), BlobId([2; 32]));
    let mut serve = Serve::new();
    for from in [0, 50_000] {
        serve.say(&Message::Get { blob, chunk: 1, from });
        serve.say(&Message::Get { blob: other, chunk: 1, from });
    }
    serve.say(&Message::Get { blob, chunk: 2, from: 0 });
    serve.say(&Message::Refused { blob, why: Why::NotHere });
    serve.say(&Message::Cancel { blob });
    serve.say(&Message::Get { blob, chunk: 3, from: 0 });
    let mut said = Vec::new();
    while let Some(front) = serve.front() {
        said.push(Message::decode(front).unwrap());
        serve.sent();
    }
    let expected = [
        Message::Get { blob: other, chunk: 1, from: 50_000 },
        Message::Refused { blob, why: Why::NotHere },
        Message::Cancel { blob },
        Message::Get { blob, chunk: 3, from: 0 },
    ];
    assert_eq!(said, expected);
}

#[test]
fn a_peer_that_asks_and_cancels_in_turns_has_two_chunks_read_at_a_time() {
    let blob = BlobId([1; 32]);
    let mut serve = Serve::new();
    let mut looking = Vec::new();
    for _ in 0..1_000 {
        serve.take(&Message::Get { blob, chunk: 0, from: 0 });
        looking.extend(std::iter::from_fn(|| serve.want()));
        serve.take(&Message::Cancel { blob });
    }
    assert_eq!(looking.len(), 2, "reads under way");
    serve.take(&Message::Get { blob, chunk: 1, from: 0 });
    assert_eq!(serve.want(), None);
    // What nobody waits for any more makes room all the same.
    serve.found(looking[0], Found::Chunk(vec![0; CHUNK]));
    assert_eq!(serve.want(), Some(Want::Chunk { blob, chunk: 1, from: 0 }));
}

#[test]
fn what_was_left_is_put_together_with_gaps_and_repetitions() {
    let bytes = content(4 * CHUNK + 1, 15);
    let manifest = manifest_of(&bytes);
    let blob = manifest.id();
    let mut left = vec![Message::Hashes { blob, size: manifest.size(), first: 0, hashes: manifest.hashes().to_vec() }];
    for chunk in 0..5 {
        left.extend(
            sightline_proto::blob::pieces(blob, chunk, 0, chunk_of(&bytes, chunk))
                .map(|m| Message::decode(&m).unwrap()),
        );
    }
    let mut feed = Feed::new(blob, Size::AtMost(MAX_BLOB), None);
    let mut came = BTreeMap::new();
    // Read once with a piece of chunk 2 missing, then again from the beginning.
    let gap = left.iter().position(|m| matches!(m, Message::Piece { chunk: 2, offset: 100_000, .. })).unwrap();
    let first: Vec<&Message> = left.iter().enumerate().filter(|(at, _)| *at != gap).map(|(_, m)| m).collect();
    for message in first.into_iter().chain(&left) {
        match feed.take(message) {
            Fed::Chunk { chunk, bytes } => drop(came.insert(chunk, bytes)),
            Fed::Manifest(found) => assert_eq!(found, manifest),
            Fed::More => {}
            Fed::Refused => panic!("refused"),
        }
    }
    assert!(came.values().flatten().copied().collect::<Vec<u8>>() == bytes);
    let wrong = Message::Piece { blob, chunk: 4, offset: 0, bytes: vec![!bytes[4 * CHUNK]] };
    assert_eq!(feed.take(&wrong), Fed::Refused);
    assert_eq!(feed.take(&Message::Ask { blob }), Fed::Refused);
    assert_eq!(feed.take(&Message::Cancel { blob: BlobId([1; 32]) }), Fed::Refused);
    let mut small = Feed::new(blob, Size::AtMost(CHUNK as u64), None);
    assert_eq!(small.take(&left[0]), Fed::Refused);
}

fn message() -> impl Strategy<Value = Message> {
    let blob = any::<[u8; 32]>().prop_map(BlobId);
    let chunk = 0..262_144u32;
    prop_oneof![
        blob.clone().prop_map(|blob| Message::Ask { blob }),
        blob.clone().prop_map(|blob| Message::Cancel { blob }),
        (blob.clone(), 1..=1024usize, 0..1000u32, any::<u8>()).prop_map(|(blob, n, first, seed)| {
            let hashes = (0..n).map(|at| chunk_hash(&[seed, at as u8, (at >> 8) as u8])).collect();
            Message::Hashes { blob, size: 4_000 * CHUNK as u64, first, hashes }
        }),
        (blob.clone(), chunk.clone(), 0..CHUNK as u32).prop_map(|(blob, chunk, from)| Message::Get {
            blob,
            chunk,
            from
        }),
        (blob.clone(), chunk, 0..(CHUNK - MAX_PIECE) as u32, prop::collection::vec(any::<u8>(), 1..2_000))
            .prop_map(|(blob, chunk, offset, bytes)| Message::Piece { blob, chunk, offset, bytes }),
        (blob.clone(), prop::sample::select(vec![Why::Unknown, Why::NotHere, Why::Busy, Why::Disk]))
            .prop_map(|(blob, why)| Message::Refused { blob, why }),
        (blob, prop::collection::vec(any::<bool>(), 1..5_000)).prop_map(|(blob, set)| {
            let mut chunks = ChunkSet::none(set.len() as u32);
            set.iter().enumerate().filter(|(_, set)| **set).for_each(|(at, _)| {
                chunks.add(at as u32);
            });
            Message::Have { blob, chunks }
        }),
    ]
}

proptest! {
    #[test]
    fn messages_come_back(message in message()) {
        let bytes = message.encode();
        prop_assert!(bytes.len() <= MAX_BLOB_MESSAGE);
        prop_assert_eq!(Message::decode(&bytes), Ok(message));
    }

    #[test]
    fn any_bytes_are_refused_or_come_back_as_they_were(bytes in prop::collection::vec(any::<u8>(), 0..400), kind in 0..9u8) {
        let mut bytes = bytes;
        if let Some(first) = bytes.first_mut() {
            *first = kind;
        }
        if let Ok(message) = Message::decode(&bytes) {
            prop_assert_eq!(message.encode(), bytes);
        }
    }

    #[test]
    fn a_machine_survives_any_messages(messages in prop::collection::vec((0..3u64, message()), 0..60), own in any::<bool>()) {
        let bytes = content(3 * CHUNK, 77);
        let manifest = manifest_of(&bytes);
        let mut world = World::new(manifest.id(), Size::Exactly(bytes.len() as u64));
        world.reach(1, Server::new(&bytes));
        world.handle(Input::Source(SourceId(2)));
        for (source, message) in messages {
            let mut encoded = message.encode();
            if own {
                encoded[1..33].copy_from_slice(&manifest.id().0);
            }
            world.handle(Input::Message(SourceId(source), Message::decode(&encoded).unwrap()));
            world.step();
        }
        world.handle(Input::Gone(SourceId(2)));
        prop_assert!(world.run(5 * MINUTE, |world| world.done), "{:?}", world.fetch.state());
        prop_assert!(world.whole() == bytes);
    }

    #[test]
    fn any_name_becomes_a_label_that_stays_as_it_is(raw in "\\PC{0,300}|[./\\\\ :\u{202e}a\u{0}CON\u{e9}]{0,300}") {
        let label = label::safe(&raw);
        prop_assert_eq!(label::safe(&label), label.clone());
        prop_assert!(!label.is_empty() && label.len() <= MAX_LABEL);
        prop_assert!(!label.contains(['/', '\\', '<', '>', ':', '"', '|', '?', '*']) && !label.contains(char::is_control));
        prop_assert!(!label.starts_with(['.', ' ']) && !label.ends_with(['.', ' ']));
        for number in [1, 2, 17, 9_999] {
            let numbered = label::numbered(&label, number);
            prop_assert!(numbered.len() <= MAX_LABEL);
            prop_assert_eq!(label::safe(&numbered), numbered.clone());
        }
    }
}
