//! Invite records around the fuzzer's plaintext, links, and what this device keeps of invites and sessions.
#![no_main]

mod fixed;

use fixed::Fixed;
use libfuzzer_sys::fuzz_target;
use sightline_proto::invite::{InviteOwner, InviteSecrets, Link, LinkSecret, Record};
use sightline_proto::seal;
use sightline_proto::session::Kept;

fuzz_target!(|bytes: &[u8]| {
    let link = LinkSecret::new([7; 16]);
    let secrets = InviteSecrets::derive(&link);
    assert!(Record::open(bytes, &link, &secrets, None).is_err());
    let sealed = seal::seal(secrets.record_key.expose(), "record", &secrets.id.0, bytes, &mut Fixed);
    assert!(Record::open(&sealed, &link, &secrets, None).is_err(), "the link commits to another key");
    if let Ok(owner) = InviteOwner::from_bytes(bytes) {
        assert_eq!(InviteOwner::from_bytes(&owner.to_bytes()).map(|o| o.id()), Ok(owner.id()));
    }
    let _ = Kept::from_bytes(bytes);
    if let Ok(link) = Link::parse(&String::from_utf8_lossy(bytes)) {
        assert_eq!(Link::parse(&link.url()), Ok(link));
    }
});
