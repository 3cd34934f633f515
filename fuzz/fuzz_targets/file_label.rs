//! Names of files: whatever comes in, a safe label comes out, and stays as it is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sightline_proto::label;
use sightline_proto::limits::{MAX_LABEL, MAX_MEDIA_TYPE};

fuzz_target!(|bytes: &[u8]| {
    let raw = String::from_utf8_lossy(bytes);
    let safe = label::safe(&raw);
    assert!(!safe.is_empty() && safe.len() <= MAX_LABEL);
    assert_eq!(label::safe(&safe), safe);
    assert!(!safe.contains(['/', '\\', ':', '<', '>', '"', '|', '?', '*']) && !safe.contains(char::is_control));
    assert!(!safe.starts_with('.') && !safe.ends_with(['.', ' ']));
    let numbered = label::numbered(&safe, 2);
    assert!(numbered.len() <= MAX_LABEL && label::safe(&numbered) == numbered);
    assert!(label::in_folder(&raw, &raw).len() <= MAX_LABEL);
    assert!(label::media_type(&raw).len() <= MAX_MEDIA_TYPE);
});
