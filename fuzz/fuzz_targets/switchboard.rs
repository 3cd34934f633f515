//! Frames in both directions, and the stream that carries them over HTTPS.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sightline_proto::switchboard::stream::Deframer;
use sightline_proto::switchboard::{ClientFrame, ServerFrame};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(frame) = ClientFrame::decode(bytes) {
        assert_eq!(frame.encode(), bytes);
        assert_eq!(ClientFrame::peek_req(bytes), Some(frame.req()));
    }
    if let Ok(frame) = ServerFrame::decode(bytes) {
        assert_eq!(frame.encode(), bytes);
    }
    let whole = Deframer::new().push(bytes);
    let mut pieces = Deframer::new();
    let cut: Result<Vec<_>, _> = bytes.chunks(7).map(|piece| pieces.push(piece)).collect();
    assert_eq!(whole, cut.map(|frames| frames.concat()));
});
