//! `mail`: items of a mailbox, their names, and the mailbox' own id.

use crate::common::Seeded;
use crate::{damaged, golden, hex, judged};
use serde_json::{Value, json};
use sightline_proto::id::{BlobId, MailName, MailboxId, SessionId};
use sightline_proto::mailbox::{
    Audience, MailContent, MailKind, MailLabel, box_id, chunk_name, manifest_name, open_item, seal_item,
};
use sightline_proto::seal;

const KEY: [u8; 32] = [0x4b; 32];
const BLOB: BlobId = BlobId([0xb1; 32]);
const MAILBOX: MailboxId = MailboxId([0x0b; 16]);
const NAME: MailName = MailName([0x17; 16]);

#[test]
fn mail() {
    let mut rng = Seeded::new("mail");
    let mut cases = names();
    let chunk = |index, length| MailContent::Chunk { blob: BLOB, index, bytes: vec![0xc4; length] };
    let contents = [
        ("an envelope", MailContent::Envelope(vec![0xe5; 120]), Audience::All),
        ("an envelope that fills its padding", MailContent::Envelope(vec![0xe5; 251]), Audience::Experts),
        ("an envelope one byte longer", MailContent::Envelope(vec![0xe5; 252]), Audience::All),
        ("an empty envelope", MailContent::Envelope(vec![]), Audience::All),
        ("a roster entry", MailContent::RosterEntry(vec![0x70; 400]), Audience::All),
        ("a blob message", MailContent::BlobMessage(vec![2; 90]), Audience::All),
        ("a blob's last chunk", chunk(2, 10), Audience::All),
        ("a chunk of the next size class", chunk(1, 4_097), Audience::Experts),
    ];
    for (title, content, audience) in &contents {
        let label = MailLabel { kind: content.kind(), epoch: 7, audience: *audience };
        let name = match content {
            MailContent::Chunk { index, .. } => chunk_name(&KEY, &BLOB, *index),
            _ => NAME,
        };
        let sealed = seal_item(content, &MAILBOX, 7, *audience, &KEY, &mut rng).unwrap();
        cases.push(judge(title, &sealed, &MAILBOX, &name, label));
        if matches!(content, MailContent::Chunk { index: 1, .. }) {
            cases.push(judge(
                "a chunk under another chunk's name",
                &sealed,
                &MAILBOX,
                &chunk_name(&KEY, &BLOB, 2),
                label,
            ));
            cases.push(judge("a chunk under a name that is none", &sealed, &MAILBOX, &NAME, label));
        }
        if *title == "an envelope" {
            let elsewhere = [
                ("another epoch", MAILBOX, MailLabel { epoch: 8, ..label }),
                ("another audience", MAILBOX, MailLabel { audience: Audience::Experts, ..label }),
                ("another kind", MAILBOX, MailLabel { kind: MailKind::RosterEntry, ..label }),
                ("another mailbox", MailboxId([0x0c; 16]), label),
            ];
            for (title, mailbox, label) in elsewhere {
                cases.push(judge(&format!("moved to {title}"), &sealed, &mailbox, &NAME, label));
            }
            for (title, bytes) in damaged(&sealed) {
                cases.push(judge(&format!("an envelope, {title}"), &bytes, &MAILBOX, &NAME, label));
            }
        }
    }
    cases.extend(malformed(&mut rng));
    golden("mail", "Mailbox items, of key 4b x 32 in mailbox 0b x 16, and what is derived.", cases);
}

/// Rightly sealed by a member, and yet nothing.
fn malformed(rng: &mut Seeded) -> Vec<Value> {
    let plain = |body: &[u8], length: usize| {
        let mut plain = [&(body.len() as u32).to_be_bytes()[..], body].concat();
        plain.resize(length, 0);
        plain
    };
    let mut dirty = plain(&[1, 2], 256);
    dirty[255] = 1;
    let bare_chunk = [&[4][..], &BLOB.0, &[0, 0, 0, 1]].concat();
    let cases = [
        ("empty", vec![], MailKind::Envelope),
        ("a length beyond the end", [0, 0, 1, 0].to_vec(), MailKind::Envelope),
        ("no content", plain(&[], 256), MailKind::Envelope),
        ("content of code 5", plain(&[5, 1], 256), MailKind::Envelope),
        ("an envelope said to be a blob", plain(&[1, 2], 256), MailKind::Blob),
        ("no padding", plain(&[1, 2], 6), MailKind::Envelope),
        ("too much padding", plain(&[1, 2], 512), MailKind::Envelope),
        ("padding that says something", dirty, MailKind::Envelope),
        ("a chunk without bytes", plain(&bare_chunk, 4_352), MailKind::Blob),
        ("a chunk cut in its number", plain(&bare_chunk[..36], 256), MailKind::Blob),
    ];
    cases
        .into_iter()
        .map(|(title, plain, kind)| {
            let aad = [&MAILBOX.0[..], &7_u64.to_be_bytes(), &[1, kind.code()]].concat();
            let sealed = seal::seal(&KEY, "mail", &aad, &plain, rng);
            judge(title, &sealed, &MAILBOX, &NAME, MailLabel { kind, epoch: 7, audience: Audience::All })
        })
        .collect()
}

fn judge(title: &str, sealed: &[u8], mailbox: &MailboxId, name: &MailName, label: MailLabel) -> Value {
    let case = json!({
        "name": title, "op": "item", "key": hex(KEY), "box": hex(mailbox.0), "item_name": hex(name.0), "kind": label.kind,
        "epoch": label.epoch.to_string(), "audience": label.audience, "sealed": hex(sealed),
    });
    judged(case, open_item(sealed, mailbox, name, label, &KEY), |content| match content {
        MailContent::Envelope(bytes) => json!({ "content": "envelope", "bytes": hex(bytes) }),
        MailContent::RosterEntry(bytes) => json!({ "content": "roster-entry", "bytes": hex(bytes) }),
        MailContent::BlobMessage(bytes) => json!({ "content": "blob-message", "bytes": hex(bytes) }),
        MailContent::Chunk { blob, index, bytes } => {
            json!({ "content": "chunk", "blob": hex(blob.0), "index": index, "bytes": hex(bytes) })
        }
    })
}

fn names() -> Vec<Value> {
    let case = |title: &str, op: &str, key: &[u8], of: &[u8], index: u32, out: [u8; 16]| json!({ "name": title, "op": op, "key": hex(key), "of": hex(of), "index": index, "out": hex(out) });
    let (genesis, sid) = ([0x6e; 32], SessionId([0x51; 16]));
    let mut cases = vec![case("a mailbox", "box", &genesis, &sid.0, 0, box_id(&genesis, &sid).0)];
    for index in [0, 1, u32::MAX] {
        cases.push(case("a chunk's name", "chunk", &KEY, &BLOB.0, index, chunk_name(&KEY, &BLOB, index).0));
        cases.push(case(
            "a manifest part's name",
            "manifest",
            &KEY,
            &BLOB.0,
            index,
            manifest_name(&KEY, &BLOB, index).0,
        ));
    }
    cases
}
