//! Frames about mailboxes in both directions, and items that a member has sealed around anything.
#![no_main]

mod fixed;

use fixed::Fixed;
use libfuzzer_sys::fuzz_target;
use sightline_proto::id::{MailName, MailboxId};
use sightline_proto::limits::MAX_MAIL;
use sightline_proto::mailbox::{Audience, MailContent, MailKind, MailLabel, chunk_name, open_item};
use sightline_proto::seal;
use sightline_proto::switchboard::{ClientFrame, ServerFrame};

fuzz_target!(|bytes: &[u8]| {
    let Some((code, rest)) = bytes.split_first() else { return };
    // Every code of a mailbox frame, whatever the first byte is.
    let client = [&[0x0c + code % 9][..], rest].concat();
    if let Ok(frame) = ClientFrame::decode(&client) {
        assert_eq!(frame.encode(), client);
        if let ClientFrame::PutPart(_, put) = &frame {
            let end = u64::from(put.op.offset) + put.op.bytes.len() as u64;
            assert!(end <= u64::from(put.op.size) && put.op.size as usize <= MAX_MAIL);
        }
    }
    let server = [&[0x8a + code % 6][..], rest].concat();
    if let Ok(frame) = ServerFrame::decode(&server) {
        assert_eq!(frame.encode(), server);
    }
    let (key, mailbox, name) = ([7; 32], MailboxId([8; 16]), MailName([9; 16]));
    let kind = [MailKind::Envelope, MailKind::RosterEntry, MailKind::Blob][usize::from(code % 3)];
    let aad = [&mailbox.0[..], &1_u64.to_be_bytes(), &[1, kind.code()]].concat();
    let label = MailLabel { kind, epoch: 1, audience: Audience::All };
    let sealed = seal::seal(&key, "mail", &aad, rest, &mut Fixed);
    if let Ok(content) = open_item(&sealed, &mailbox, &name, label, &key) {
        assert_eq!(content.kind(), kind);
        if let MailContent::Chunk { blob, index, .. } = content {
            assert_eq!(chunk_name(&key, &blob, index), name);
        }
    }
});
