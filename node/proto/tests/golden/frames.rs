//! `frames`: every frame of the switchboard, with who signs it and for which connection.

use crate::common::*;
use crate::{golden, hex, judged};
use serde_json::{Value, json};
use sightline_proto::id::{InviteId, MailName, MailboxId, SlotAddress};
use sightline_proto::keys::{Secret, SlotKey};
use sightline_proto::mailbox::{Audience, MailKind, MailLabel};
use sightline_proto::switchboard::{
    Access, BoxStanding, BoxState, DropMail, ListMail, Mail, OpenBox, PutPart, ReadMail, Right, SetAccess, Share,
    UploadState,
};
use sightline_proto::switchboard::{
    Challenge, ClientFrame, DeleteRecord, DropSlot, GetItems, Item, ListSlots, Listen, OpenSlot, Operation, PutItem,
    PutRecord, RefusedReason, ServerFrame, Signed, SlotCount,
};
use sightline_proto::wire::Writer;

const MAILBOX: MailboxId = MailboxId([0x0b; 16]);
const NAME: MailName = MailName([0x17; 16]);
const LABEL: MailLabel = MailLabel { kind: MailKind::Blob, epoch: 3, audience: Audience::Experts };
const INVITE: InviteId = InviteId([0x11; 16]);

fn challenge() -> Challenge {
    Challenge { nonce: [0x6e; 32], host: "help.example:8443".to_owned() }
}

fn key(n: u8) -> SlotKey {
    SlotKey::from_seed(&Secret::new([n; 32]))
}

#[test]
fn frames() {
    let mut cases = client_frames();
    cases.extend(mailbox_frames());
    cases.extend(server_frames());
    cases.extend(refused());
    golden(
        "frames",
        "Switchboard frames. Slot keys have seeds 01 x 32 (owner), 02 x 32 (slot), 03 x 32 (invite slot).",
        cases,
    );
}

fn client_frames() -> Vec<Value> {
    let (owner, slot, invite_slot) = (key(1), key(2), key(3));
    let room = slot.address();
    let c = challenge();
    let put = PutRecord {
        invite: INVITE,
        owner: owner.public(),
        invite_slot: invite_slot.public(),
        quota: 8,
        version: 2,
        not_after: NOW,
        record: vec![0x4e; 70],
    };
    let item = PutItem { invite: INVITE, slot: room, n: 1 << 63, item: vec![1, 0x17], writer: owner.public() };
    let items =
        GetItems { invite: INVITE, slot: room, after_holder: Some(0), after_expert: None, reader: slot.public() };
    let from_start =
        GetItems { after_holder: None, after_expert: Some(1 << 63), reader: owner.public(), ..items.clone() };
    let listen = Listen { slot: slot.public() };
    let frames = vec![
        signed("listen", ClientFrame::Listen(1, listen.clone().sign(&slot, &c)), listen.sign(&slot, &c), &slot),
        frame("send", ClientFrame::Send { req: 2, to: room, payload: vec![4, 5, 6] }),
        signed("put record", ClientFrame::PutRecord(3, put.clone().sign(&owner, &c)), put.sign(&owner, &c), &owner),
        frame("get record", ClientFrame::GetRecord { req: 4, invite: INVITE }),
        {
            let op = DeleteRecord { invite: INVITE };
            signed(
                "delete record",
                ClientFrame::DeleteRecord(5, op.clone().sign(&owner, &c)),
                op.sign(&owner, &c),
                &owner,
            )
        },
        {
            let op = OpenSlot { invite: INVITE, slot: slot.public() };
            signed(
                "open slot",
                ClientFrame::OpenSlot(6, op.clone().sign(&invite_slot, &c)),
                op.sign(&invite_slot, &c),
                &invite_slot,
            )
        },
        signed("put item", ClientFrame::PutItem(7, item.clone().sign(&owner, &c)), item.sign(&owner, &c), &owner),
        signed("get items", ClientFrame::GetItems(8, items.clone().sign(&slot, &c)), items.sign(&slot, &c), &slot),
        signed(
            "get items from the start",
            ClientFrame::GetItems(9, from_start.clone().sign(&owner, &c)),
            from_start.sign(&owner, &c),
            &owner,
        ),
        {
            let op = ListSlots { invite: INVITE };
            signed("list slots", ClientFrame::ListSlots(10, op.clone().sign(&owner, &c)), op.sign(&owner, &c), &owner)
        },
        frame("ping", ClientFrame::Ping { req: u32::MAX }),
        {
            let op = DropSlot { invite: INVITE, slot: room };
            signed("drop slot", ClientFrame::DropSlot(12, op.clone().sign(&owner, &c)), op.sign(&owner, &c), &owner)
        },
    ];
    frames
}

fn mailbox_frames() -> Vec<Value> {
    let (owner, slot, c) = (key(1), key(2), challenge());
    let (reader, writer) = (slot.public(), slot.public());
    macro_rules! case {
        ($name:literal, $frame:ident, $req:literal, $by:expr, $op:expr) => {{
            let op = $op;
            signed($name, ClientFrame::$frame($req, op.clone().sign($by, &c)), op.sign($by, &c), $by)
        }};
    }
    let mut others = vec![
        Access { slot: key(2).public(), right: Right::Write },
        Access { slot: key(3).public(), right: Right::Admin },
        Access { slot: key(4).public(), right: Right::Read },
    ];
    others.sort_by_key(|access| access.slot);
    let signer = owner.public();
    let list = SetAccess { mailbox: MAILBOX, owner: signer, version: 5, others, signer };
    let part =
        PutPart { mailbox: MAILBOX, name: NAME, label: LABEL, size: 70_000, offset: 3, bytes: vec![8; 40], writer };
    vec![
        frame("get policy", ClientFrame::GetPolicy { req: 13 }),
        case!("open box", OpenBox, 14, &owner, OpenBox { mailbox: MAILBOX, owner: owner.public() }),
        case!("set access", SetAccess, 15, &owner, list.clone()),
        case!("set access to one", SetAccess, 15, &owner, SetAccess { others: vec![], ..list }),
        case!("put part", PutPart, 16, &slot, part),
        case!("upload state", UploadState, 17, &slot, UploadState { mailbox: MAILBOX, name: NAME, writer }),
        case!("list mail", ListMail, 18, &slot, ListMail { mailbox: MAILBOX, after: 1 << 40, reader }),
        case!("read mail", ReadMail, 19, &slot, ReadMail { mailbox: MAILBOX, name: NAME, offset: 61_440, reader }),
        case!("drop mail", DropMail, 20, &slot, DropMail { mailbox: MAILBOX, name: NAME, signer: writer }),
        case!("box state", BoxState, 21, &slot, BoxState { mailbox: MAILBOX, reader }),
    ]
}

/// Frames about mailboxes whose fields contradict each other.
fn refused_mail() -> Vec<(&'static str, Vec<u8>)> {
    let fields = |label: [u8; 10], size: u32, offset: u32, bytes: &[u8]| {
        let mut to = Writer::new();
        to.u8(0x0f).u32(1).raw(&MAILBOX.0).raw(&NAME.0).raw(&label).u32(size).u32(offset).bytes(bytes);
        to.raw(&[0; 32]).raw(&[0; 64]).finish()
    };
    let label = [1, 0, 0, 0, 0, 0, 0, 0, 1, 1];
    let access = |owner: u8, lines: &[(u8, u8)]| {
        let mut to = Writer::new();
        to.u8(0x0e).u32(1).raw(&MAILBOX.0).raw(&[owner; 32]).u64(1).count(lines.len());
        for (slot, right) in lines {
            to.raw(&[*slot; 32]).u8(*right);
        }
        to.raw(&[0; 32]).raw(&[0; 64]).finish()
    };
    vec![
        ("part without bytes", fields(label, 5, 0, &[])),
        ("part beyond the item's end", fields(label, 5, 3, &[1, 2, 3])),
        ("part whose end overflows", fields(label, 5, u32::MAX, &[1, 2])),
        ("item beyond its cap", fields(label, 320 * 1024 + 1, 0, &[1])),
        ("item of kind 4", fields([4, 0, 0, 0, 0, 0, 0, 0, 1, 1], 5, 0, &[1])),
        ("item of audience 0", fields([1, 0, 0, 0, 0, 0, 0, 0, 1, 0], 5, 0, &[1])),
        ("access twice", access(9, &[(1, 3), (1, 4)])),
        ("access out of order", access(9, &[(2, 3), (1, 4)])),
        ("access of a second owner", access(9, &[(1, 1)])),
        ("access of the owner as another", access(1, &[(1, 3)])),
        ("access of right 5", access(9, &[(1, 5)])),
    ]
}

fn frame(name: &str, frame: ClientFrame) -> Value {
    let bytes = frame.encode();
    let case = json!({ "name": format!("client: {name}"), "from": "client", "frame": hex(&bytes) });
    judged(case, ClientFrame::decode(&bytes), |read| {
        assert_eq!(read, frame);
        json!({ "req": read.req() })
    })
}

/// With key and challenge, and what happens for another connection, host or key.
fn signed<T: Operation + Clone>(name: &str, client: ClientFrame, op: Signed<T>, by: &SlotKey) -> Value {
    let c = challenge();
    assert_eq!(op.verify(&by.public(), &c), Ok(()));
    let elsewhere = Challenge { host: "help.example".to_owned(), ..c.clone() };
    let later = Challenge { nonce: [0; 32], ..c.clone() };
    for wrong in [op.verify(&by.public(), &elsewhere), op.verify(&by.public(), &later), op.verify(&key(9).public(), &c)]
    {
        assert!(wrong.is_err());
    }
    let mut case = frame(name, client);
    case["signer_seed"] = json!(hex(by.seed().expose()));
    case["signer_pk"] = json!(hex(by.public().0));
    case["label"] = json!(T::LABEL);
    case["challenge"] = json!({ "nonce": hex(c.nonce), "host": c.host });
    case["sig"] = json!(hex(op.sig.0));
    case
}

fn server_frames() -> Vec<Value> {
    let room = key(2).address();
    let item = |n: u64| Item { n, item: vec![1, n.to_be_bytes()[7]] };
    let mut frames = vec![
        (
            "welcome",
            ServerFrame::Welcome {
                nonce: [0x6e; 32],
                host: challenge().host,
                token: [0x70; 16],
                time: NOW,
                policy_version: 7,
            },
        ),
        ("done", ServerFrame::Done { req: 1 }),
        ("message", ServerFrame::Message { to: room, payload: vec![2, 3] }),
        ("record", ServerFrame::Record { req: 4, version: 2, record: vec![0x4e; 70] }),
        ("items", ServerFrame::Items { req: 8, more: true, items: vec![item(0), item(1), item(1 << 63)] }),
        ("no items", ServerFrame::Items { req: 8, more: false, items: vec![] }),
        ("pong", ServerFrame::Pong { req: 11 }),
        ("pong that nobody asked for", ServerFrame::Pong { req: 0 }),
        ("slots", ServerFrame::Slots { req: 10, slots: vec![SlotCount { slot: room, items: 3 }] }),
        ("item", ServerFrame::Item { invite: INVITE, slot: room, item: item(5) }),
        ("policy", ServerFrame::Policy { req: 13, policy: b"{}".to_vec() }),
        ("mail", ServerFrame::Mail { mailbox: MAILBOX, number: 1 << 33 }),
        ("upload", ServerFrame::Upload { req: 16, offset: 61_440, whole: false }),
        ("whole upload", ServerFrame::Upload { req: 16, offset: 70_000, whole: true }),
        ("mails", {
            let mail = |number| Mail { number, name: NAME, label: LABEL, size: 70_000, writer: room };
            ServerFrame::Mails { req: 18, more: true, mails: vec![mail(1), mail(1 << 40)] }
        }),
        ("no mails", ServerFrame::Mails { req: 18, more: false, mails: vec![] }),
        ("mail part", ServerFrame::MailPart { req: 19, size: 70_000, offset: 69_990, bytes: vec![3; 10] }),
        ("mail part at the end", ServerFrame::MailPart { req: 19, size: 5, offset: 5, bytes: vec![] }),
        ("box state", {
            let (own, whole) = (Share { used: 1, quota: 1 << 31 }, Share { used: 1 << 40, quota: u64::MAX });
            let standing = BoxStanding { right: Right::Write, version: 5, last: 9, own, whole };
            ServerFrame::BoxState { req: 21, standing }
        }),
    ];
    let reasons = [
        RefusedReason::NobodyListens,
        RefusedReason::QueueFull,
        RefusedReason::RateLimited,
        RefusedReason::TooLarge,
        RefusedReason::Malformed,
        RefusedReason::BadSignature,
        RefusedReason::NotFound,
        RefusedReason::Conflict,
        RefusedReason::Quota,
        RefusedReason::Expired,
        RefusedReason::StorageFull,
        RefusedReason::UnknownType,
        RefusedReason::ShuttingDown,
    ];
    frames.extend(reasons.into_iter().map(|reason| ("refused", ServerFrame::Refused { req: 9, reason })));
    frames.into_iter().map(|(name, frame)| server(name, &frame)).collect()
}

fn server(name: &str, frame: &ServerFrame) -> Value {
    let bytes = frame.encode();
    let shown = match frame {
        ServerFrame::Refused { reason, .. } => json!({ "reason_name": reason, "reason_code": reason.code() }),
        ServerFrame::Welcome { host, time, policy_version, .. } => {
            json!({ "host": host, "time": time.to_string(), "policy_version": policy_version })
        }
        ServerFrame::Items { more, items, .. } => {
            json!({ "more": more, "items": items.iter().map(|i| json!([i.n.to_string(), hex(&i.item)])).collect::<Vec<_>>() })
        }
        ServerFrame::Slots { slots, .. } => {
            json!({ "slots": slots.iter().map(|s| json!([hex(s.slot.0), s.items])).collect::<Vec<_>>() })
        }
        ServerFrame::Item { slot, item, .. } => {
            json!({ "slot": hex(slot.0), "n": item.n.to_string(), "item": hex(&item.item) })
        }
        ServerFrame::Message { to, payload } => json!({ "to": hex(to.0), "payload": hex(payload) }),
        ServerFrame::Record { version, record, .. } => json!({ "version": version.to_string(), "record": hex(record) }),
        ServerFrame::Done { .. } | ServerFrame::Pong { .. } => json!({}),
        ServerFrame::Policy { policy, .. } => json!({ "policy": hex(policy) }),
        ServerFrame::Mail { number, .. } => json!({ "number": number.to_string() }),
        ServerFrame::Upload { offset, whole, .. } => json!({ "upload": [offset, whole] }),
        ServerFrame::Mails { more, mails, .. } => {
            let shown = mails.iter().map(|mail| {
                let MailLabel { kind, epoch, audience } = mail.label;
                json!([
                    mail.number.to_string(),
                    hex(mail.name.0),
                    kind,
                    epoch.to_string(),
                    audience,
                    mail.size,
                    hex(mail.writer.0)
                ])
            });
            json!({ "mails": std::iter::once(json!(more)).chain(shown).collect::<Vec<_>>() })
        }
        ServerFrame::MailPart { size, offset, bytes, .. } => json!({ "part": [size, offset, hex(bytes)] }),
        ServerFrame::BoxState { standing: BoxStanding { right, version, last, own, whole }, .. } => {
            let numbers = [*version, *last, own.used, own.quota, whole.used, whole.quota];
            let numbers = numbers.into_iter().map(|number| json!(number.to_string()));
            json!({ "standing": std::iter::once(json!(right)).chain(numbers).collect::<Vec<_>>() })
        }
    };
    let name = match frame {
        ServerFrame::Refused { reason, .. } => format!("server: {name}: {}", crate::kebab(reason)),
        _ => format!("server: {name}"),
    };
    let case = json!({ "name": name, "from": "server", "frame": hex(&bytes), "fields": shown });
    judged(case, ServerFrame::decode(&bytes), |read| {
        assert_eq!(&read, frame);
        json!({ "req": read.req() })
    })
}

fn refused() -> Vec<Value> {
    let send = ClientFrame::Send { req: 2, to: SlotAddress([1; 16]), payload: vec![1] }.encode();
    let done = ServerFrame::Done { req: 1 }.encode();
    let items = |count: u32| Writer::new().u8(0x86).u32(1).u8(0).u32(count).finish();
    let clients: Vec<(&str, Vec<u8>)> = vec![
        ("empty", vec![]),
        ("only a type", vec![0x02]),
        ("type 0", vec![0, 0, 0, 0, 1]),
        ("type 15", vec![0x15, 0, 0, 0, 1]),
        ("a server's frame", done.clone()),
        ("cut", send[..send.len() - 1].to_vec()),
        ("trailing byte", [&send[..], &[0]].concat()),
        (
            "payload beyond its cap",
            ClientFrame::Send { req: 1, to: SlotAddress([1; 16]), payload: vec![0; 48 * 1024 + 1] }.encode(),
        ),
        ("a length of 4 GiB", Writer::new().u8(2).u32(1).raw(&[1; 16]).u32(u32::MAX).finish()),
        ("flag 2 in get items", Writer::new().u8(8).u32(1).raw(&[1; 32]).u8(2).finish()),
    ];
    let clients: Vec<_> = clients.into_iter().chain(refused_mail()).collect();
    let servers: Vec<(&str, Vec<u8>)> = vec![
        ("a client's frame", send),
        ("trailing byte", [&done[..], &[0]].concat()),
        ("version 2", Writer::new().u8(0x81).u32(0).u8(2).raw(&[0; 32]).str("h").raw(&[0; 16]).u64(1).u32(1).finish()),
        (
            "welcome that answers",
            Writer::new().u8(0x81).u32(1).u8(1).raw(&[0; 32]).str("h").raw(&[0; 16]).u64(1).u32(1).finish(),
        ),
        ("reason 0", vec![0x83, 0, 0, 0, 1, 0]),
        ("reason 14", vec![0x83, 0, 0, 0, 1, 14]),
        (
            "mail that answers",
            ServerFrame::Mail { mailbox: MAILBOX, number: 1 }
                .encode()
                .into_iter()
                .enumerate()
                .map(|(at, byte)| if at == 4 { 1 } else { byte })
                .collect(),
        ),
        ("mail part beyond its item", Writer::new().u8(0x8e).u32(1).u32(5).u32(4).bytes(&[1, 2]).finish()),
        (
            "mail part of an item beyond its cap",
            Writer::new().u8(0x8e).u32(1).u32(320 * 1024 + 1).u32(0).bytes(&[]).finish(),
        ),
        ("mails beyond their cap", Writer::new().u8(0x8d).u32(1).u8(0).u32(513).finish()),
        ("box state of right 0", Writer::new().u8(0x8f).u32(1).u8(0).raw(&[0; 48]).finish()),
        ("upload with flag 2", Writer::new().u8(0x8c).u32(1).u32(1).u8(2).finish()),
        ("count beyond its cap", items(257)),
        ("count without items", items(2)),
        (
            "host that is not text",
            Writer::new().u8(0x81).u32(0).u8(1).raw(&[0; 32]).bytes(&[0xff]).raw(&[0; 16]).u64(1).u32(1).finish(),
        ),
    ];
    let client = |(name, bytes): (&str, Vec<u8>)| {
        let case = json!({ "name": format!("client: {name}"), "from": "client", "frame": shorten(&bytes) });
        judged(case, ClientFrame::decode(&bytes).map(|f| panic!("{name}: {f:?}")), |()| json!({}))
    };
    let server = |(name, bytes): (&str, Vec<u8>)| {
        let case = json!({ "name": format!("server: {name}"), "from": "server", "frame": hex(&bytes) });
        judged(case, ServerFrame::decode(&bytes).map(|f| panic!("{name}: {f:?}")), |()| json!({}))
    };
    clients.into_iter().map(client).chain(servers.into_iter().map(server)).collect()
}

/// Large frames are written as their first bytes and a count of zero bytes after them.
fn shorten(bytes: &[u8]) -> Value {
    if bytes.len() < 1000 {
        return json!(hex(bytes));
    }
    assert!(bytes[64..].iter().all(|b| *b == 0));
    json!({ "head": hex(&bytes[..64]), "zeros": bytes.len() - 64 })
}
