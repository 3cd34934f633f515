//! Change chunks, as they are and with a header and checksum around them: what the pre-scan lets through, Automerge reads
//! the same way, and writes again as the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};
use sightline_crdt::prescan::prescan;

fuzz_target!(|bytes: &[u8]| {
    judge(bytes);
    let mut hashed = vec![1];
    let mut len = bytes.len();
    while len >= 0x80 {
        hashed.push(len as u8 | 0x80);
        len >>= 7;
    }
    hashed.push(len as u8);
    hashed.extend_from_slice(bytes);
    judge(&[&[0x85, 0x6f, 0x4a, 0x83], &Sha256::digest(&hashed)[..4], &hashed].concat());
});

fn judge(chunk: &[u8]) {
    if let Ok(shape) = prescan(chunk) {
        let change = automerge::Change::try_from(chunk).unwrap();
        assert_eq!(change.hash().0, shape.hash);
        assert_eq!(change.len(), shape.ops.len());
        assert_eq!(change.max_op(), shape.max_op());
        assert_eq!(automerge::Change::from(change.decode()).raw_bytes(), chunk);
    }
}
