//! Messages of the `sync` channel, their fragments, and a session that hears them from a member.
#![no_main]

use ed25519_dalek::SigningKey;
mod fixed;

use fixed::Fixed;
use libfuzzer_sys::fuzz_target;
use sightline_crdt::id::SlotKey;
use sightline_crdt::keys::SealSecret;
use sightline_crdt::session::{Input, LinkId, Me, Session};
use sightline_crdt::sync::{Assembler, SyncMessage, fragments};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(message) = SyncMessage::decode(bytes) {
        assert_eq!(message.encode(), bytes);
        let mut assembler = Assembler::new();
        let whole = fragments(bytes).iter().find_map(|fragment| assembler.push(fragment).unwrap());
        assert_eq!(whole.as_deref(), Some(bytes));
    }
    let mut assembler = Assembler::new();
    bytes.chunks(97).for_each(|fragment| drop(assembler.push(fragment)));

    let me = Me { key: SigningKey::from_bytes(&[7; 32]), seal: SealSecret::from_bytes(&[9; 32]) };
    let slot = SlotKey(SigningKey::from_bytes(&[8; 32]).verifying_key().to_bytes());
    let (mut session, _) = Session::found(me, slot, "Ann", true, &mut Fixed).unwrap();
    let (link, peer) = (LinkId(1), session.peer());
    session.handle(Input::LinkOpened { link, peer });
    session.handle(Input::Message { link, bytes });
    session.handle(Input::LinkClosed { link });
});
