//! Porters at both ends of a real link over loopback, with real disks, killed and cut; and peers that lie.

use std::path::Path;
use std::time::{Duration, Instant};

use sightline_proto::blob::{Message, pieces};
use sightline_proto::limits::CHUNK;
use tokio::task::spawn_blocking;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::*;
use crate::link::rtc::{RtcConfig, Started};
use crate::link::{ChannelId, Link, LinkEvent, SendError};

const PATIENCE: Duration = Duration::from_secs(60);

/// What a porter needs of a session.
struct Side {
    store: BlobStore,
    porter: Porter,
    tasks: TaskTracker,
    _link: Option<DropGuard>,
}

impl Side {
    fn open(folder: &Path, room: Option<u64>) -> Self {
        Self::on(BlobStore::open(folder, room).expect("open"))
    }

    fn on(store: BlobStore) -> Self {
        let tasks = TaskTracker::new();
        let porter = Porter::start(store.clone(), &tasks);
        Self { store, porter, tasks, _link: None }
    }

    /// As a session does: what the link brings goes to the porter, and the porter may use it.
    fn link(&mut self, started: Started) {
        let Started { link, mut events, .. } = started;
        let (id, arrivals) = (link.id(), self.porter.arrivals());
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        self.tasks.spawn(async move {
            let pump = async {
                while let Some(event) = events.recv().await {
                    let told = match event {
                        LinkEvent::ChannelData { channel: ChannelId::BLOB, bytes } => FromPump::Message(bytes),
                        LinkEvent::Writable(ChannelId::BLOB) | LinkEvent::ChannelOpen(ChannelId::BLOB) => {
                            FromPump::Writable
                        }
                        _ => continue,
                    };
                    if arrivals.send((id, told)).await.is_err() {
                        return;
                    }
                }
            };
            stopped.run_until_cancelled(pump).await;
        });
        self.porter.order(move |orders| {
            orders.links.clear();
            orders.links.insert(id, link);
        });
        self._link = Some(stop.drop_guard());
    }

    fn cut(&mut self) {
        self.porter.order(|orders| orders.links.clear());
        self._link = None;
    }

    fn name(&self, blob: BlobId) {
        self.porter.order(move |orders| orders.named = Arc::new(BTreeSet::from([blob])));
    }

    fn wish(&self, blob: BlobId, size: u64) {
        self.wish_as(blob, Wish { size: Some(size), max: size, priority: Priority::Later, paused: false, hurry: 0 });
    }

    fn wish_as(&self, blob: BlobId, wish: Wish) {
        self.porter.order(move |orders| orders.wishes = Arc::new(BTreeMap::from([(blob, wish)])));
    }

    async fn see(&self, what: &str, wished: impl Fn(&Report) -> bool) -> Arc<Report> {
        let (mut report, last) = (self.porter.report(), self.porter.report());
        let seen = tokio::time::timeout(PATIENCE, report.wait_for(|report| wished(report))).await;
        match seen {
            Ok(report) => report.expect("it runs").clone(),
            Err(_) => panic!("waited in vain: {what}: {:?}", *last.borrow()),
        }
    }

    /// Ends it at once, as a kill does: what is in memory is gone. What a thread is just writing gets to the disk.
    async fn kill(self, blob: &BlobId) {
        drop(self.porter);
        drop(self._link);
        self.tasks.close();
        self.tasks.wait().await;
        while self.store.begun(blob).is_some() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// A link over loopback, open at both ends.
async fn connect() -> (Started, Started) {
    let config = |local: u8, remote: u8| {
        RtcConfig { local_origin: [local; 32], remote_origin: [remote; 32], ..RtcConfig::default() }.loopback_only()
    };
    let mut offerer = RtcLink::offer(config(1, 2)).expect("127.0.0.1 is there");
    let mut answerer = RtcLink::answer(&offerer.sdp, config(2, 1)).expect("a good offer");
    let (answer, link) = (answerer.sdp.clone(), offerer.link.clone());
    tokio::spawn(async move { link.accept_answer(answer).await });
    let (mut here, mut there) = (false, false);
    let opened = async {
        while !(here && there) {
            tokio::select! {
                Some(event) = offerer.events.recv(), if !here => match event {
                    LinkEvent::LocalCandidate(candidate) => answerer.link.add_remote_candidate(&candidate),
                    LinkEvent::ChannelOpen(ChannelId::BLOB) => here = true,
                    _ => {}
                },
                Some(event) = answerer.events.recv(), if !there => match event {
                    LinkEvent::LocalCandidate(candidate) => offerer.link.add_remote_candidate(&candidate),
                    LinkEvent::ChannelOpen(ChannelId::BLOB) => there = true,
                    _ => {}
                },
            }
        }
    };
    tokio::time::timeout(PATIENCE, opened).await.expect("connected");
    (offerer, answerer)
}

fn content(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ len as u64;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

fn read(side: &Side, blob: &BlobId) -> Vec<u8> {
    std::fs::read(side.store.path(blob).expect("here")).expect("read")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_of_either_side_in_the_middle_of_64_mib_repeats_at_most_a_chunk() {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (folder.path().join("from"), folder.path().join("to"));
    let bytes = content(64 * 1024 * 1024 + 12_345);
    let size = bytes.len() as u64;
    let mut sender = Side::open(&from, None);
    let blob = sender.store.put_bytes(&bytes).expect("taken in").id();
    sender.name(blob);
    let mut receiver = Side::open(&to, None);
    receiver.wish(blob, size);
    let have = |report: &Report| report.fetches.get(&blob).map_or(0, |carried| carried.amount.have);
    let mut received = 0;
    // The receiver is killed at a third.
    let (a, b) = connect().await;
    sender.link(a);
    receiver.link(b);
    receiver.see("a third", |report| have(report) > size / 3).await;
    let report = receiver.porter.report();
    receiver.kill(&blob).await;
    received += report.borrow().received;
    let before = report.borrow().clone();
    assert!(have(&before) < size, "it was in the middle");
    let mut receiver = Side::open(&to, None);
    assert_eq!(receiver.store.path(&blob), None, "half of it is not called whole");
    receiver.wish(blob, size);
    let (a, b) = connect().await;
    sender.link(a);
    receiver.link(b);
    // Then the sender, at two thirds.
    receiver.see("two thirds", |report| have(report) > size * 2 / 3).await;
    sender.kill(&blob).await;
    receiver.cut();
    let mut sender = Side::open(&from, None);
    sender.name(blob);
    let (a, b) = connect().await;
    sender.link(a);
    receiver.link(b);
    let report = receiver.see("all of it", |report| report.arrived == 1).await;
    received += report.received;
    assert!(read(&receiver, &blob) == bytes);
    let repeated = received.saturating_sub(size);
    println!("64 MiB with two kills: {repeated} bytes came twice");
    assert!(repeated <= CHUNK as u64, "{repeated} bytes came twice");
    let all = |report: &Report| report.sent.get(&blob).is_some_and(|sent| sent.have == size);
    sender.see("that all arrived", all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_document_names_is_not_served() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut sender = Side::open(&folder.path().join("from"), None);
    let manifest = sender.store.put_bytes(&content(3 * CHUNK)).expect("taken in");
    let blob = manifest.id();
    let mut receiver = Side::open(&folder.path().join("to"), None);
    receiver.wish(blob, manifest.size());
    let (a, b) = connect().await;
    sender.link(a);
    receiver.link(b);
    let refused = |report: &Report| report.fetches.get(&blob).is_some_and(|carried| carried.how == How::Waiting);
    let report = receiver.see("the refusal", refused).await;
    assert_eq!((report.received, report.refused.len()), (0, 0));
    // A document that names it arrives: it is asked for again.
    sender.name(blob);
    receiver.see("it", |report| report.arrived == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_room_it_says_so_and_goes_on_when_a_person_made_some() {
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path().join("to");
    let bytes = content(6 * CHUNK);
    let mut sender = Side::open(&folder.path().join("from"), None);
    let blob = sender.store.put_bytes(&bytes).expect("taken in").id();
    sender.name(blob);
    let mut receiver = Side::open(&to, Some(3 * CHUNK as u64 + 10_000));
    let (a, b) = connect().await;
    sender.link(a);
    receiver.link(b);
    receiver.wish(blob, bytes.len() as u64);
    let full = |report: &Report| report.fetches.get(&blob).is_some_and(|carried| carried.how == How::NoRoom);
    receiver.see("that there is no room", full).await;
    assert_eq!(receiver.store.path(&blob), None);
    receiver.kill(&blob).await;
    let mut receiver = Side::open(&to, None);
    receiver.wish(blob, bytes.len() as u64);
    let (a, b) = connect().await;
    sender.link(a);
    receiver.link(b);
    let report = receiver.see("it", |report| report.arrived == 1).await;
    assert!(report.received <= 4 * CHUNK as u64, "what was written stayed: {}", report.received);
    assert!(read(&receiver, &blob) == bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_could_not_be_made_is_made_when_the_disk_lets_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path().join("to");
    let bytes = content(6 * CHUNK);
    let mut sender = Side::open(&folder.path().join("from"), None);
    let blob = sender.store.put_bytes(&bytes).expect("taken in").id();
    sender.name(blob);
    let mut receiver = Side::open(&to, None);
    // Something is in the way of its map.
    let obstacle = to.join(format!("{blob}.map"));
    std::fs::create_dir(&obstacle).expect("made");
    let (a, b) = connect().await;
    sender.link(a);
    receiver.link(b);
    receiver.wish(blob, bytes.len() as u64);
    let failed = |report: &Report| report.fetches.get(&blob).is_some_and(|carried| carried.how == How::DiskFailed);
    receiver.see("that the disk failed", failed).await;
    std::fs::remove_dir(&obstacle).expect("removed");
    let size = bytes.len() as u64;
    let wish = Wish { size: Some(size), max: size, priority: Priority::Later, paused: false, hurry: 1 };
    receiver.wish_as(blob, wish);
    receiver.see("it", |report| report.arrived == 1).await;
    assert!(read(&receiver, &blob) == bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_before_the_last_rename_leaves_nothing_to_fetch() {
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = content(2 * CHUNK + 9);
    let mut receiver = Side::open(&folder.path().join("to"), None);
    let manifest = receiver.store.put_bytes(&bytes).expect("taken in");
    let blob = manifest.id();
    drop(receiver);
    let whole = folder.path().join("to").join(blob.to_string());
    std::fs::rename(&whole, whole.with_extension("part")).expect("renamed");
    // Nobody is there who could send anything.
    receiver = Side::open(&folder.path().join("to"), None);
    receiver.wish(blob, manifest.size());
    let report = receiver.see("it", |report| report.arrived == 1).await;
    assert_eq!(report.received, 0);
    assert!(read(&receiver, &blob) == bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_session_cancels_arrives_here_all_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = content(48 * 1024 * 1024);
    let size = bytes.len() as u64;
    let mut sender = Side::open(&folder.path().join("from"), None);
    let blob = sender.store.put_bytes(&bytes).expect("taken in").id();
    sender.name(blob);
    let mut receiver = Side::open(&folder.path().join("to"), None);
    let (a, b) = connect().await;
    sender.link(a);
    receiver.link(b);
    receiver.wish(blob, size);
    let have = |report: &Report| report.fetches.get(&blob).map_or(0, |carried| carried.amount.have);
    receiver.see("some of it", |report| have(report) > 4 * CHUNK as u64).await;
    let store = receiver.store.clone();
    let forgotten = spawn_blocking(move || {
        store.forget(&blob);
        store.size(&blob)
    });
    assert_eq!(forgotten.await.expect("forgotten"), None, "it was in the middle");
    let report = receiver.see("it", |report| report.arrived == 1).await;
    assert!(report.received > size, "it began anew");
    assert!(read(&receiver, &blob) == bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn paused_nothing_comes_and_it_goes_on_where_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = content(48 * 1024 * 1024);
    let size = bytes.len() as u64;
    let mut sender = Side::open(&folder.path().join("from"), None);
    let blob = sender.store.put_bytes(&bytes).expect("taken in").id();
    sender.name(blob);
    let mut receiver = Side::open(&folder.path().join("to"), None);
    let wish = Wish { size: Some(size), max: size, priority: Priority::Later, paused: false, hurry: 0 };
    receiver.wish_as(blob, wish);
    let (a, b) = connect().await;
    sender.link(a);
    receiver.link(b);
    let have = |report: &Report| report.fetches.get(&blob).map_or(0, |carried| carried.amount.have);
    receiver.see("some of it", |report| have(report) > 4 * CHUNK as u64).await;
    receiver.wish_as(blob, Wish { paused: true, ..wish });
    receiver.see("the pause", |report| report.fetches[&blob].how == How::Paused).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = receiver.porter.report().borrow().received;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(receiver.porter.report().borrow().received, before);
    assert!(before < size);
    receiver.wish_as(blob, wish);
    let report = receiver.see("all of it", |report| report.arrived == 1).await;
    assert!(report.received <= size + CHUNK as u64, "{}", report.received - size);
}

/// Says something on the blob channel as no honest program does.
async fn say(link: &RtcLink, message: Vec<u8>) {
    let message = Bytes::from(message);
    let began = Instant::now();
    while link.try_send(ChannelId::BLOB, message.clone()) == Err(SendError::Full) {
        assert!(began.elapsed() < PATIENCE, "the porter takes nothing");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_lies_is_blamed_and_the_blob_comes_from_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = content(4 * CHUNK);
    let mut honest = Side::open(&folder.path().join("from"), None);
    let manifest = honest.store.put_bytes(&bytes).expect("taken in");
    let blob = manifest.id();
    honest.name(blob);
    let mut receiver = Side::open(&folder.path().join("to"), None);
    receiver.wish(blob, manifest.size());
    let (a, b) = connect().await;
    let (liar, mut asked) = (a.link, a.events);
    let hashes = manifest.hashes().to_vec();
    tokio::spawn(async move {
        // Nonsense first, then the right manifest, then wrong chunks, and more than anybody asked for.
        say(&liar, vec![9; 100]).await;
        say(&liar, vec![4]).await;
        while let Some(event) = asked.recv().await {
            let LinkEvent::ChannelData { channel: ChannelId::BLOB, bytes } = event else { continue };
            match Message::decode(&bytes) {
                Ok(Message::Ask { .. }) => {
                    let size = 4 * CHUNK as u64;
                    say(&liar, Message::Hashes { blob, size, first: 0, hashes: hashes.clone() }.encode()).await;
                }
                Ok(Message::Get { chunk, .. }) => {
                    for piece in pieces(blob, chunk, 0, &vec![1; CHUNK]).chain(pieces(blob, 3 - chunk, 0, &[2; 1000])) {
                        say(&liar, piece).await;
                    }
                }
                _ => {}
            }
        }
    });
    receiver.link(b);
    let wrong = |report: &Report| report.refused.get("wrong-blob").is_some_and(|count| *count >= 3);
    let report = receiver.see("the blame", wrong).await;
    assert!(report.refused.contains_key("malformed-blob"), "{:?}", report.refused);
    assert_eq!(receiver.store.path(&blob), None);
    let (a, b) = connect().await;
    honest.link(a);
    receiver.link(b);
    receiver.see("it", |report| report.arrived == 1).await;
    assert!(read(&receiver, &blob) == bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_goes_to_the_disk_and_a_link_brings_the_rest() {
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = content(5 * CHUNK + 7);
    let mut sender = Side::open(&folder.path().join("from"), None);
    let manifest = sender.store.put_bytes(&bytes).expect("taken in");
    let blob = manifest.id();
    sender.name(blob);
    let mut receiver = Side::open(&folder.path().join("to"), None);
    receiver.wish(blob, manifest.size());
    let hashes = manifest.hashes().to_vec();
    let mut left = vec![Message::Hashes { blob, size: manifest.size(), first: 0, hashes }.encode()];
    for chunk in 0..3u32 {
        let from = chunk as usize * CHUNK;
        left.extend(pieces(blob, chunk, 0, &bytes[from..from + CHUNK]));
    }
    left.push(b"nonsense".to_vec());
    for message in left {
        receiver
            .porter
            .left()
            .send(Left { by: Leaver::Mailbox, message, most: manifest.size() })
            .await
            .expect("it runs");
    }
    receiver.see("the nonsense", |report| report.refused.contains_key("malformed-blob")).await;
    assert_eq!(receiver.store.resume(&blob).expect("begun").chunks().len(), 3);
    let (a, b) = connect().await;
    sender.link(a);
    receiver.link(b);
    let report = receiver.see("it", |report| report.arrived == 1).await;
    assert_eq!(report.received, 2 * CHUNK as u64 + 7, "only what was missing");
    assert!(read(&receiver, &blob) == bytes);
}
