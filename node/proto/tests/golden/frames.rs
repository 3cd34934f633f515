//! `frames`: every frame of the switchboard, with who signs it and for which connection.

use crate::common::*;
use crate::{golden, hex, judged};
use serde_json::{Value, json};
use sightline_proto::id::{InviteId, SlotAddress};
use sightline_proto::keys::{Secret, SlotKey};
use sightline_proto::switchboard::{
    Challenge, ClientFrame, DeleteRecord, DropSlot, GetItems, Item, ListSlots, Listen, OpenSlot, Operation, PutItem,
    PutRecord, RefusedReason, ServerFrame, Signed, SlotCount,
};
use sightline_proto::wire::Writer;

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
        ("type 0c", vec![0x0c, 0, 0, 0, 1]),
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
