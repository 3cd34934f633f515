//! Messages of the `live` channel, alone and as what a peer shows.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sightline_proto::id::PeerId;
use sightline_proto::limits::{MAX_CURSORS, MAX_LIVE, MAX_PREVIEWS, MAX_STROKE_POINTS};
use sightline_proto::live::{LiveMessage, Seen};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(message) = LiveMessage::decode(bytes) {
        assert_eq!(message.encode(), bytes, "one spelling");
        assert!(bytes.len() <= MAX_LIVE);
    }
    // The same bytes as a peer's whole stream: a length before each message.
    let (peer, mut seen, mut rest, mut now) = (PeerId([1; 32]), Seen::new(), bytes, 0);
    while let [length, wait, more @ ..] = rest {
        let (message, after) = more.split_at(usize::from(*length).min(more.len()));
        now += u64::from(*wait);
        let _ = seen.take(peer, message, now);
        seen.tick(now);
        rest = after;
    }
    assert!(seen.pointers().count() <= 1);
    assert!(seen.previews().count() <= MAX_PREVIEWS && seen.cursors().count() <= MAX_CURSORS);
    assert!(seen.previews().all(|(_, preview)| (1..=MAX_STROKE_POINTS).contains(&preview.making.points.len())));
    assert!(seen.next_wake().is_none_or(|at| at > now));
});
