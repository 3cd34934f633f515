//! Measures how much one core of a rendezvous gets done, in its own process, over TLS, as JSON:
//!
//! - `sends`: messages of a knock's size forwarded from one peer to another;
//! - `items`: waiting-room items put, each answered when it is on disk;
//! - `knocks`: whole knocks: a new connection, its address proved, the record read, a waiting room opened, the knock
//!   stored in it and sent to the expert, and the expert's reply delivered.
//!
//! `knocks [SECONDS] [PEERS]`, 5 seconds with 64 peers if not given. "Per core" divides by the processor time that the
//! program itself used; "per second" is by the clock, with the load made on the same machine.

mod load;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use load::{Peer, Program, key};
use sightline_proto::id::{InviteId, SlotAddress};
use sightline_proto::keys::SlotKey;
use sightline_proto::switchboard::{ClientFrame, OpenSlot, Operation, PutItem, PutRecord, ServerFrame};

/// A sealed knock with an offer and its candidates.
const KNOCK_BYTES: usize = 4_000;

/// A sealed reply with an answer.
const REPLY_BYTES: usize = 4_000;

#[tokio::main]
async fn main() {
    let number = |n: usize| std::env::args().nth(n).and_then(|text| text.parse::<u64>().ok());
    let (secs, peers) = (number(1).unwrap_or(5), number(2).unwrap_or(64));
    let program = Arc::new(Program::start());
    let measures = [
        ("sends", measure(&program, secs, peers, Load::Sends).await),
        ("items", measure(&program, secs, peers, Load::Items).await),
        ("knocks", measure(&program, secs, peers, Load::Knocks).await),
    ];
    let parts: Vec<String> = measures
        .iter()
        .map(|(name, m)| {
            let Measure { per_second, per_core_second } = m;
            format!("\"{name}\":{{\"per_second\":{per_second:.0},\"per_core_second\":{per_core_second:.0}}}")
        })
        .collect();
    println!("{{\"seconds\":{secs},\"peers\":{peers},{}}}", parts.join(","));
}

#[derive(Clone, Copy)]
enum Load {
    Sends,
    Items,
    Knocks,
}

struct Measure {
    per_second: f64,
    per_core_second: f64,
}

/// Runs a load for some seconds and counts.
async fn measure(program: &Arc<Program>, secs: u64, peers: u64, load: Load) -> Measure {
    let count = Arc::new(AtomicU64::new(0));
    let mut tasks = Vec::new();
    for _ in 0..peers {
        let (program, count) = (Arc::clone(program), Arc::clone(&count));
        tasks.push(match load {
            Load::Sends => spawn(async move { sends(&program, &count).await }),
            Load::Items => spawn(async move { items(&program, &count).await }),
            Load::Knocks => spawn(async move { knocks(&program, &count).await }),
        });
    }
    // Until everybody is connected and at work.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (cpu, done, start) = (program.cpu_secs(), count.load(Ordering::Relaxed), Instant::now());
    tokio::time::sleep(Duration::from_secs(secs)).await;
    let done = (count.load(Ordering::Relaxed) - done) as f64;
    let (cpu, wall) = (program.cpu_secs() - cpu, start.elapsed().as_secs_f64());
    for task in tasks {
        task.abort();
    }
    Measure { per_second: done / wall, per_core_second: done / cpu }
}

fn spawn(work: impl Future<Output = ()> + Send + 'static) -> tokio::task::JoinHandle<()> {
    tokio::spawn(work)
}

async fn sends(program: &Program, count: &AtomicU64) {
    let (mut from, mut to, address) = (program.connect().await, program.connect().await, key());
    to.listen(&address).await;
    loop {
        send(&mut from, address.address(), KNOCK_BYTES).await;
        to.unasked().await;
        count.fetch_add(1, Ordering::Relaxed);
    }
}

async fn items(program: &Program, count: &AtomicU64) {
    let mut peer = program.connect().await;
    loop {
        let (invite, slot) = (put_record(&mut peer).await, key());
        open_slot(&mut peer, &invite, &slot).await;
        // The greatest number that the default policy lets one side put.
        for n in 0..512 {
            put_item(&mut peer, &invite, &slot, n).await;
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

async fn knocks(program: &Program, count: &AtomicU64) {
    let mut expert = program.connect().await;
    let mut invite = put_record(&mut expert).await;
    expert.listen(&invite.owner).await;
    for n in 1.. {
        if n % 32 == 0 {
            // Before its quota of waiting rooms is used up.
            let owner = invite.owner.clone();
            invite = put_record_of(&mut expert, owner).await;
        }
        let (mut holder, slot) = (program.connect().await, key());
        holder.listen(&slot).await;
        let record = holder.ask(|req| ClientFrame::GetRecord { req, invite: invite.id }).await;
        assert!(matches!(record, ServerFrame::Record { .. }), "{record:?}");
        open_slot(&mut holder, &invite, &slot).await;
        put_item(&mut holder, &invite, &slot, 0).await;
        send(&mut holder, invite.owner.address(), KNOCK_BYTES).await;
        // The pushed item and the knock itself.
        expert.unasked().await;
        expert.unasked().await;
        send(&mut expert, slot.address(), REPLY_BYTES).await;
        holder.unasked().await;
        count.fetch_add(1, Ordering::Relaxed);
    }
}

struct Invite {
    id: InviteId,
    owner: SlotKey,
    slot: SlotKey,
}

async fn put_record(peer: &mut Peer) -> Invite {
    put_record_of(peer, key()).await
}

async fn put_record_of(peer: &mut Peer, owner: SlotKey) -> Invite {
    let invite = Invite { id: InviteId(key().address().0), owner, slot: key() };
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let put = PutRecord {
        invite: invite.id,
        owner: invite.owner.public(),
        invite_slot: invite.slot.public(),
        quota: 64,
        version: 1,
        not_after: u64::try_from(now.as_millis()).unwrap_or_default() + 3_600_000,
        record: vec![7; 500],
    };
    let put = put.sign(&invite.owner, &peer.challenge);
    peer.done(|req| ClientFrame::PutRecord(req, put)).await;
    invite
}

async fn open_slot(peer: &mut Peer, invite: &Invite, slot: &SlotKey) {
    let open = OpenSlot { invite: invite.id, slot: slot.public() }.sign(&invite.slot, &peer.challenge);
    peer.done(|req| ClientFrame::OpenSlot(req, open)).await;
}

async fn put_item(peer: &mut Peer, invite: &Invite, slot: &SlotKey, n: u64) {
    let put = PutItem { invite: invite.id, slot: slot.address(), n, item: vec![7; KNOCK_BYTES], writer: slot.public() };
    let put = put.sign(slot, &peer.challenge);
    peer.done(|req| ClientFrame::PutItem(req, put)).await;
}

async fn send(peer: &mut Peer, to: SlotAddress, bytes: usize) {
    peer.done(|req| ClientFrame::Send { req, to, payload: vec![7; bytes] }).await;
}
