//! Invite records and waiting rooms: who may do what, quotas, pushes.
#![allow(clippy::unwrap_used, reason = "a test may fail here")]

mod common;

use common::{DAY, Invite, NOW, Server, key};
use sightline_proto::limits::MAX_ITEM;
use sightline_proto::switchboard::{
    ClientFrame, DeleteRecord, DropSlot, EXPERT_LANE, Item, ListSlots, OpenSlot, Operation, PutRecord, RefusedReason,
    ServerFrame, SlotCount,
};
use sightline_rendezvous::{Limits, PolicyLimits};

#[tokio::test]
async fn a_record_is_read_by_whoever_knows_its_id() {
    let server = Server::start().await;
    let (mut expert, mut operator) = (server.tls_client().await, server.client().await);
    let invite = Invite::new();
    assert_eq!(operator.get(&invite).await, Err(RefusedReason::NotFound));
    assert_eq!(expert.put(&invite, invite.record(1, b"sealed")).await, Ok(()));
    assert_eq!(operator.get(&invite).await, Ok((1, b"sealed".to_vec())));
}

#[tokio::test]
async fn only_the_owner_replaces_and_versions_do_not_go_back() {
    let server = Server::start().await;
    let mut peer = server.client().await;
    let invite = Invite::new();
    assert_eq!(peer.put(&invite, invite.record(2, b"two")).await, Ok(()));
    assert_eq!(peer.put(&invite, invite.record(2, b"two")).await, Ok(()), "the same again does no harm");
    assert_eq!(peer.put(&invite, invite.record(2, b"other")).await, Err(RefusedReason::Conflict));
    assert_eq!(peer.put(&invite, invite.record(1, b"one")).await, Err(RefusedReason::Conflict));
    let thief = Invite { id: invite.id, ..Invite::new() };
    assert_eq!(peer.put(&thief, thief.record(9, b"mine")).await, Err(RefusedReason::Conflict));
    let forged = PutRecord { owner: invite.owner.public(), ..thief.record(9, b"mine") };
    assert_eq!(peer.put(&thief, forged).await, Err(RefusedReason::BadSignature));
    assert_eq!(peer.put(&invite, invite.record(3, b"three")).await, Ok(()));
    assert_eq!(peer.get(&invite).await, Ok((3, b"three".to_vec())));
}

#[tokio::test]
async fn the_owner_may_hand_a_record_over() {
    let server = Server::start().await;
    let mut peer = server.client().await;
    let invite = Invite::new();
    let successor = Invite { id: invite.id, ..Invite::new() };
    assert_eq!(peer.put(&invite, invite.record(1, b"mine")).await, Ok(()));
    // Signed by the owner bound before, naming the new one.
    assert_eq!(peer.put(&invite, successor.record(2, b"theirs")).await, Ok(()));
    assert_eq!(peer.put(&invite, invite.record(3, b"back")).await, Err(RefusedReason::Conflict));
    assert_eq!(peer.put(&successor, successor.record(3, b"stays")).await, Ok(()));
}

#[tokio::test]
async fn deleting_takes_the_owners_signature_of_this_connection() {
    let server = Server::start().await;
    let (mut first, mut second) = (server.client().await, server.client().await);
    let (invite, delete) = (Invite::new(), |invite: &Invite| DeleteRecord { invite: invite.id });
    let absent = delete(&invite).sign(&invite.owner, &first.challenge);
    assert_eq!(first.does(|req| ClientFrame::DeleteRecord(req, absent)).await, Err(RefusedReason::NotFound));
    assert_eq!(first.put(&invite, invite.record(1, b"sealed")).await, Ok(()));
    let own = delete(&invite).sign(&invite.owner, &first.challenge);
    let replayed = own.clone();
    assert_eq!(second.does(|req| ClientFrame::DeleteRecord(req, replayed)).await, Err(RefusedReason::BadSignature));
    let strange = delete(&invite).sign(&key(), &first.challenge);
    assert_eq!(first.does(|req| ClientFrame::DeleteRecord(req, strange)).await, Err(RefusedReason::BadSignature));
    assert_eq!(first.does(|req| ClientFrame::DeleteRecord(req, own)).await, Ok(()));
    assert_eq!(second.get(&invite).await, Err(RefusedReason::NotFound));
}

#[tokio::test]
async fn a_waiting_room_carries_items_both_ways_and_tells_the_other_side() {
    let server = Server::start().await;
    let (mut expert, mut holder) = (server.client().await, server.client().await);
    let (invite, slot) = (Invite::new(), key());
    assert_eq!(expert.put(&invite, invite.record(1, b"sealed")).await, Ok(()));
    assert_eq!(expert.listen(&invite.owner).await, Ok(()));
    assert_eq!(holder.listen(&slot).await, Ok(()));
    assert_eq!(holder.put_item(&invite, &slot, &slot, 0, b"early").await, Err(RefusedReason::NotFound));
    assert_eq!(holder.open_slot(&invite, &slot).await, Ok(()));
    assert_eq!(holder.open_slot(&invite, &slot).await, Ok(()), "opening it again does no harm");

    assert_eq!(holder.put_item(&invite, &slot, &slot, 0, b"knock").await, Ok(()));
    let pushed = |n, item: &[u8]| ServerFrame::Item {
        invite: invite.id,
        slot: slot.address(),
        item: Item { n, item: item.to_vec() },
    };
    assert_eq!(expert.unasked().await, pushed(0, b"knock"));
    assert_eq!(expert.put_item(&invite, &slot, &invite.owner, EXPERT_LANE, b"hello").await, Ok(()));
    assert_eq!(holder.unasked().await, pushed(EXPERT_LANE, b"hello"));

    assert_eq!(holder.put_item(&invite, &slot, &slot, 0, b"knock").await, Ok(()), "the same again does no harm");
    assert_eq!(holder.put_item(&invite, &slot, &slot, 0, b"other").await, Err(RefusedReason::Conflict));
    assert_eq!(holder.put_item(&invite, &slot, &slot, 5, b"chat").await, Ok(()));
    assert_eq!(expert.unasked().await, pushed(5, b"chat"), "nothing is pushed twice");

    let all = vec![(0, b"knock".to_vec()), (5, b"chat".to_vec()), (EXPERT_LANE, b"hello".to_vec())];
    assert_eq!(holder.items(&invite, &slot, &slot, (None, None)).await, Ok((false, all.clone())));
    assert_eq!(expert.items(&invite, &slot, &invite.owner, (None, None)).await, Ok((false, all.clone())));
    let rest = expert.items(&invite, &slot, &invite.owner, (Some(0), Some(EXPERT_LANE))).await;
    assert_eq!(rest, Ok((false, all[1..2].to_vec())));
    let none = expert.items(&invite, &slot, &invite.owner, (Some(u64::MAX), Some(u64::MAX))).await;
    assert_eq!(none, Ok((false, vec![])));
}

#[tokio::test]
async fn rooms_are_closed_to_everybody_else() {
    let server = Server::start().await;
    let mut peer = server.client().await;
    let (invite, slot, stranger) = (Invite::new(), key(), key());
    assert_eq!(peer.put(&invite, invite.record(1, b"sealed")).await, Ok(()));
    let other = Invite { id: invite.id, ..Invite::new() };
    assert_eq!(peer.open_slot(&other, &slot).await, Err(RefusedReason::BadSignature));
    assert_eq!(peer.open_slot(&Invite::new(), &slot).await, Err(RefusedReason::NotFound));
    assert_eq!(peer.open_slot(&invite, &slot).await, Ok(()));

    let bad = Err(RefusedReason::BadSignature);
    assert_eq!(peer.put_item(&invite, &slot, &stranger, 1, b"x").await, bad);
    assert_eq!(peer.put_item(&invite, &slot, &slot, EXPERT_LANE, b"x").await, bad, "a holder poses as the expert");
    assert_eq!(peer.put_item(&invite, &slot, &invite.owner, 1, b"x").await, bad, "the expert poses as a holder");
    assert_eq!(peer.put_item(&invite, &slot, &invite.slot, 1, b"x").await, bad);
    assert_eq!(peer.items(&invite, &slot, &stranger, (None, None)).await, Err(RefusedReason::BadSignature));
    assert_eq!(peer.items(&invite, &stranger, &stranger, (None, None)).await, Err(RefusedReason::NotFound));

    let list = ListSlots { invite: invite.id };
    let strange = list.clone().sign(&slot, &peer.challenge);
    let refused = peer.ask(|req| ClientFrame::ListSlots(req, strange)).await;
    assert!(matches!(refused, ServerFrame::Refused { reason: RefusedReason::BadSignature, .. }));
    let drop_slot = DropSlot { invite: invite.id, slot: slot.address() };
    let strange = drop_slot.clone().sign(&slot, &peer.challenge);
    assert_eq!(peer.does(|req| ClientFrame::DropSlot(req, strange)).await, bad);
}

#[tokio::test]
async fn the_owner_lists_and_drops_rooms() {
    let server = Server::start().await;
    let mut peer = server.client().await;
    let (invite, first, second) = (Invite::new(), key(), key());
    assert_eq!(peer.put(&invite, invite.record(1, b"sealed")).await, Ok(()));
    for slot in [&first, &second] {
        assert_eq!(peer.open_slot(&invite, slot).await, Ok(()));
    }
    assert_eq!(peer.put_item(&invite, &first, &first, 0, b"knock").await, Ok(()));
    let list = ListSlots { invite: invite.id }.sign(&invite.owner, &peer.challenge);
    let again = list.clone();
    let ServerFrame::Slots { mut slots, .. } = peer.ask(|req| ClientFrame::ListSlots(req, list)).await else {
        panic!("no slots")
    };
    let mut expected =
        vec![SlotCount { slot: first.address(), items: 1 }, SlotCount { slot: second.address(), items: 0 }];
    expected.sort_by_key(|room| room.slot);
    slots.sort_by_key(|room| room.slot);
    assert_eq!(slots, expected);

    let drop_first = DropSlot { invite: invite.id, slot: first.address() }.sign(&invite.owner, &peer.challenge);
    let twice = drop_first.clone();
    assert_eq!(peer.does(|req| ClientFrame::DropSlot(req, drop_first)).await, Ok(()));
    assert_eq!(peer.does(|req| ClientFrame::DropSlot(req, twice)).await, Err(RefusedReason::NotFound));
    assert_eq!(peer.items(&invite, &first, &first, (None, None)).await, Err(RefusedReason::NotFound));
    let ServerFrame::Slots { slots, .. } = peer.ask(|req| ClientFrame::ListSlots(req, again)).await else {
        panic!("no slots")
    };
    assert_eq!(slots, [SlotCount { slot: second.address(), items: 0 }]);
    // The room may be opened again, and is empty then.
    assert_eq!(peer.open_slot(&invite, &first).await, Ok(()));
    assert_eq!(peer.items(&invite, &first, &first, (None, None)).await, Ok((false, vec![])));
}

#[tokio::test]
async fn an_invite_has_its_quota_of_rooms() {
    let server = Server::start().await;
    let mut peer = server.client().await;
    let invite = Invite::new();
    assert_eq!(peer.put(&invite, PutRecord { quota: 2, ..invite.record(1, b"sealed") }).await, Ok(()));
    let slots = [key(), key(), key()];
    assert_eq!(peer.open_slot(&invite, &slots[0]).await, Ok(()));
    assert_eq!(peer.open_slot(&invite, &slots[1]).await, Ok(()));
    assert_eq!(peer.open_slot(&invite, &slots[2]).await, Err(RefusedReason::Quota));
    assert_eq!(peer.open_slot(&invite, &slots[0]).await, Ok(()), "an open one stays open");
    assert_eq!(peer.put(&invite, PutRecord { quota: 3, ..invite.record(2, b"sealed") }).await, Ok(()));
    assert_eq!(peer.open_slot(&invite, &slots[2]).await, Ok(()), "the owner may raise it");
}

#[tokio::test]
async fn a_room_has_its_quota_of_items_and_bytes_for_each_side() {
    let policy = tempfile::NamedTempFile::with_suffix(".json").unwrap();
    let limits = PolicyLimits { waiting_items: 3, waiting_bytes: 1_000, ..PolicyLimits::default() };
    let text = serde_json::json!({ "version": 5, "limits": limits }).to_string();
    std::fs::write(policy.path(), text).unwrap();
    let server = Server::with(|config| config.policy = Some(policy.path().to_owned())).await;
    let mut peer = server.client().await;
    assert_eq!(peer.policy_version, 5);
    let (invite, few, fat) = (Invite::new(), key(), key());
    assert_eq!(peer.put(&invite, invite.record(1, b"sealed")).await, Ok(()));
    assert_eq!(peer.open_slot(&invite, &few).await, Ok(()));
    assert_eq!(peer.open_slot(&invite, &fat).await, Ok(()));
    for n in 0..3 {
        assert_eq!(peer.put_item(&invite, &few, &few, n, b"x").await, Ok(()));
    }
    assert_eq!(peer.put_item(&invite, &few, &few, 3, b"x").await, Err(RefusedReason::Quota));
    let answer = peer.put_item(&invite, &few, &invite.owner, EXPERT_LANE, b"still answered").await;
    assert_eq!(answer, Ok(()), "a talkative holder does not silence the expert");
    assert_eq!(peer.put_item(&invite, &fat, &fat, 0, &[0; 900]).await, Ok(()));
    assert_eq!(peer.put_item(&invite, &fat, &fat, 1, &[0; 101]).await, Err(RefusedReason::Quota));
    assert_eq!(peer.put_item(&invite, &fat, &fat, 1, &[0; 100]).await, Ok(()));
}

#[tokio::test]
async fn the_whole_store_has_a_size() {
    let limits = Limits { store_bytes: 20_000, ..Limits::default() };
    let server = Server::with(|config| config.limits = limits).await;
    let mut peer = server.client().await;
    let mut kept = Vec::new();
    let refused = loop {
        let invite = Invite::new();
        match peer.put(&invite, invite.record(1, &[0; 4_000])).await {
            Ok(()) => kept.push(invite),
            Err(reason) => break reason,
        }
    };
    assert_eq!((refused, kept.len()), (RefusedReason::StorageFull, 4));
    let delete = DeleteRecord { invite: kept[0].id }.sign(&kept[0].owner, &peer.challenge);
    assert_eq!(peer.does(|req| ClientFrame::DeleteRecord(req, delete)).await, Ok(()));
    let invite = Invite::new();
    assert_eq!(peer.put(&invite, invite.record(1, &[0; 4_000])).await, Ok(()), "what is deleted makes room");
}

#[tokio::test]
async fn one_source_may_not_fill_the_store_alone() {
    let limits = Limits { source_stored_bytes: 10_000, ..Limits::default() };
    let server = Server::with(|config| config.limits = limits).await;
    let mut put = Vec::new();
    for _ in 0..4 {
        let (mut peer, invite) = (server.client().await, Invite::new());
        put.push(peer.put(&invite, invite.record(1, &[0; 4_000])).await);
    }
    assert_eq!(put, [Ok(()), Ok(()), Err(RefusedReason::Quota), Err(RefusedReason::Quota)]);
}

#[tokio::test]
async fn many_items_come_in_pages() {
    let server = Server::start().await;
    let mut peer = server.client().await;
    let (invite, slot) = (Invite::new(), key());
    assert_eq!(peer.put(&invite, invite.record(1, b"sealed")).await, Ok(()));
    assert_eq!(peer.open_slot(&invite, &slot).await, Ok(()));
    let sizes = [MAX_ITEM, 1, 30_000, 30_000, 30_000, 5, MAX_ITEM];
    for (n, size) in sizes.iter().enumerate() {
        assert_eq!(peer.put_item(&invite, &slot, &slot, n as u64, &vec![n as u8; *size]).await, Ok(()));
    }
    let (mut after, mut read, mut pages) = (None, Vec::new(), 0);
    loop {
        let (more, items) = peer.items(&invite, &slot, &slot, (after, None)).await.unwrap();
        pages += 1;
        after = items.last().map(|(n, _)| *n);
        read.extend(items.into_iter().map(|(n, item)| (n, item.len())));
        if !more {
            break;
        }
    }
    let expected: Vec<_> = sizes.iter().enumerate().map(|(n, size)| (n as u64, *size)).collect();
    assert_eq!(read, expected);
    assert_eq!(pages, 4);
}

#[tokio::test]
async fn a_bad_key_never_opens_anything() {
    let server = Server::start().await;
    let mut peer = server.client().await;
    let invite = Invite::new();
    // The identity: every signature of all zeros would "verify" under it by a lax rule.
    let mut identity = [0; 32];
    identity[0] = 1;
    let weak = PutRecord { invite_slot: identity.into(), ..invite.record(1, b"sealed") };
    assert_eq!(peer.put(&invite, weak).await, Ok(()), "sealed to the server, judged at use");
    let open = OpenSlot { invite: invite.id, slot: key().public() };
    let mut open = open.sign(&invite.slot, &peer.challenge);
    open.sig.0 = [0; 64];
    open.sig.0[0] = 1;
    assert_eq!(peer.does(|req| ClientFrame::OpenSlot(req, open)).await, Err(RefusedReason::BadSignature));
}

#[tokio::test]
async fn an_invite_that_is_over_is_not_put() {
    let server = Server::start().await;
    let mut peer = server.client().await;
    let invite = Invite::new();
    let over = PutRecord { not_after: NOW, ..invite.record(1, b"sealed") };
    assert_eq!(peer.put(&invite, over).await, Err(RefusedReason::Expired));
    server.pass(2 * DAY);
    assert_eq!(peer.put(&invite, invite.record(1, b"sealed")).await, Err(RefusedReason::Expired));
}
