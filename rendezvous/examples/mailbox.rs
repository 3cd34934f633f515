//! Measures mailboxes of one rendezvous in its own process, over TLS, as JSON:
//!
//! - `envelopes`: items of a chat line's size put, each answered when it is on disk: per second with all peers at once;
//! - `chunks`: items of a whole blob chunk, in parts: MB of file per second;
//! - `wire` and `disk`: bytes sent, and bytes that the store takes, for each byte of content.
//!
//! `mailbox [SECONDS] [PEERS]`, 5 seconds with 16 peers if not given. Load and server share the machine.

mod load;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use load::{Peer, Program, key};
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use sightline_proto::id::{BlobId, MailboxId};
use sightline_proto::keys::{SlotKey, random};
use sightline_proto::limits::MAX_MAIL_PART;
use sightline_proto::mailbox::{Audience, MailContent, MailLabel, chunk_name, fresh_name, seal_item};
use sightline_proto::switchboard::{ClientFrame, OpenBox, Operation, PutPart, ServerFrame};

/// An envelope with one chat line.
const ENVELOPE_BYTES: usize = 420;

/// A whole chunk of a file.
const CHUNK_BYTES: usize = 256 * 1024;

/// The key of an epoch: any will do.
const KEY: [u8; 32] = [7; 32];

#[derive(Default)]
struct Sums {
    items: AtomicU64,
    content: AtomicU64,
    wire: AtomicU64,
}

#[tokio::main]
async fn main() {
    let number = |n: usize| std::env::args().nth(n).and_then(|text| text.parse::<u64>().ok());
    let (secs, peers) = (number(1).unwrap_or(5), number(2).unwrap_or(16));
    let envelopes = measure(secs, peers, ENVELOPE_BYTES).await;
    let chunks = measure(secs, peers, CHUNK_BYTES).await;
    println!("{{\"seconds\":{secs},\"peers\":{peers},\"envelopes\":{envelopes},\"chunks\":{chunks}}}");
}

/// Puts items of one size for some seconds into a fresh store.
async fn measure(secs: u64, peers: u64, bytes: usize) -> String {
    let program = Arc::new(Program::start());
    let (sums, before) = (Arc::new(Sums::default()), program.stored_bytes());
    let (cpu, start) = (program.cpu_secs(), Instant::now());
    let until = start + Duration::from_secs(secs);
    let mut tasks = Vec::new();
    for _ in 0..peers {
        let (program, sums) = (Arc::clone(&program), Arc::clone(&sums));
        tasks.push(tokio::spawn(async move {
            let mut peer = program.connect().await;
            let (owner, mailbox) = (key(), MailboxId(random(&mut UnwrapErr(SysRng))));
            let open = OpenBox { mailbox, owner: owner.public() }.sign(&owner, &peer.challenge);
            peer.done(|req| ClientFrame::OpenBox(req, open)).await;
            let mut n = 0;
            while Instant::now() < until {
                put(&mut peer, &owner, mailbox, n, bytes, &sums).await;
                n += 1;
            }
        }));
    }
    for task in tasks {
        let _ = task.await;
    }
    let (wall, cpu) = (start.elapsed().as_secs_f64(), program.cpu_secs() - cpu);
    let sum = |sum: &AtomicU64| sum.load(Ordering::Relaxed) as f64;
    let (items, content) = (sum(&sums.items), sum(&sums.content));
    let (wire, disk) = (sum(&sums.wire) / content, (program.stored_bytes() - before) as f64 / content);
    format!(
        "{{\"per_second\":{:.0},\"per_core_second\":{:.0},\"mb_per_second\":{:.2},\"wire\":{wire:.3},\"disk\":{disk:.3}}}",
        items / wall,
        items / cpu,
        content / wall / 1e6,
    )
}

/// Seals an item as a member does, and puts it part by part.
async fn put(peer: &mut Peer, owner: &SlotKey, mailbox: MailboxId, n: u32, bytes: usize, sums: &Sums) {
    let rng = &mut UnwrapErr(SysRng);
    let (content, name) = if bytes == CHUNK_BYTES {
        let blob = BlobId([3; 32]);
        (MailContent::Chunk { blob, index: n, bytes: vec![5; bytes] }, chunk_name(&KEY, &blob, n))
    } else {
        (MailContent::Envelope(vec![5; bytes]), fresh_name(rng))
    };
    let label = MailLabel { kind: content.kind(), epoch: 1, audience: Audience::All };
    let sealed = seal_item(&content, &mailbox, 1, Audience::All, &KEY, rng).unwrap_or_default();
    let size = u32::try_from(sealed.len()).unwrap_or(u32::MAX);
    for (n, part) in sealed.chunks(MAX_MAIL_PART).enumerate() {
        let offset = u32::try_from(n * MAX_MAIL_PART).unwrap_or(u32::MAX);
        let put = PutPart { mailbox, name, label, size, offset, bytes: part.to_vec(), writer: owner.public() };
        let put = put.sign(owner, &peer.challenge);
        let mut sent = 0;
        let answer = peer
            .ask(|req| {
                let frame = ClientFrame::PutPart(req, put);
                sent = frame.encode().len();
                frame
            })
            .await;
        assert!(matches!(answer, ServerFrame::Upload { .. }), "{answer:?}");
        sums.wire.fetch_add(sent as u64, Ordering::Relaxed);
    }
    sums.items.fetch_add(1, Ordering::Relaxed);
    sums.content.fetch_add(bytes as u64, Ordering::Relaxed);
}
