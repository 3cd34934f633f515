//! What outlives a restart, what time ends, and what happens to a damaged store.
#![allow(clippy::unwrap_used, reason = "a test may fail here")]

mod common;

use std::fs;
use std::sync::Arc;

use common::{DAY, Invite, Server, key};
use sightline_proto::switchboard::{EXPERT_LANE, PutRecord, RefusedReason};
use sightline_rendezvous::{Config, Limits, Rendezvous};

#[tokio::test]
async fn records_and_rooms_outlive_a_restart() {
    let server = Server::start().await;
    let (invite, slot) = (Invite::new(), key());
    let mut peer = server.client().await;
    assert_eq!(peer.put(&invite, invite.record(1, b"sealed")).await, Ok(()));
    assert_eq!(peer.open_slot(&invite, &slot).await, Ok(()));
    assert_eq!(peer.put_item(&invite, &slot, &slot, 0, b"knock").await, Ok(()));
    let certificate = server.running.certificate_sha256();
    let server = server.restart().await;
    assert_eq!(server.running.certificate_sha256(), certificate);
    let mut peer = server.client().await;
    assert_eq!(peer.get(&invite).await, Ok((1, b"sealed".to_vec())));
    let items = peer.items(&invite, &slot, &invite.owner, (None, None)).await;
    assert_eq!(items, Ok((false, vec![(0, b"knock".to_vec())])));
    assert_eq!(peer.put_item(&invite, &slot, &invite.owner, EXPERT_LANE, b"hello").await, Ok(()));
}

#[tokio::test]
async fn an_invite_ends_and_its_rooms_live_on_for_some_days() {
    let server = Server::start().await;
    let mut peer = server.client().await;
    let (invite, slot) = (Invite::new(), key());
    assert_eq!(peer.put(&invite, invite.record(1, b"sealed")).await, Ok(()));
    assert_eq!(peer.open_slot(&invite, &slot).await, Ok(()));
    assert_eq!(peer.put_item(&invite, &slot, &slot, 0, b"knock").await, Ok(()));

    server.pass(DAY);
    assert_eq!(peer.get(&invite).await, Ok((1, b"sealed".to_vec())), "its opener judges by what is sealed in it");
    assert_eq!(peer.open_slot(&invite, &key()).await, Err(RefusedReason::Expired));
    assert_eq!(peer.put_item(&invite, &slot, &invite.owner, EXPERT_LANE, b"late answer").await, Ok(()));

    server.pass(7 * DAY - 1);
    assert!(peer.items(&invite, &slot, &slot, (None, None)).await.is_ok());
    server.pass(1);
    assert_eq!(peer.get(&invite).await, Err(RefusedReason::NotFound));
    assert_eq!(peer.items(&invite, &slot, &slot, (None, None)).await, Err(RefusedReason::NotFound));
    assert_eq!(peer.put_item(&invite, &slot, &slot, 1, b"x").await, Err(RefusedReason::NotFound));
}

#[tokio::test]
async fn a_new_owner_of_an_expired_id_does_not_get_the_old_rooms() {
    let server = Server::start().await;
    let mut peer = server.client().await;
    let (old, slot) = (Invite::new(), key());
    assert_eq!(peer.put(&old, old.record(1, b"old")).await, Ok(()));
    assert_eq!(peer.open_slot(&old, &slot).await, Ok(()));
    assert_eq!(peer.put_item(&old, &slot, &slot, 0, b"knock").await, Ok(()));
    server.pass(30 * DAY);
    let new = Invite { id: old.id, ..Invite::new() };
    let put = PutRecord { not_after: common::NOW + 60 * DAY, ..new.record(1, b"new") };
    assert_eq!(peer.put(&new, put).await, Ok(()));
    assert_eq!(peer.items(&new, &slot, &new.owner, (None, None)).await, Err(RefusedReason::NotFound));
}

#[tokio::test]
async fn an_endless_invite_is_kept_as_long_as_the_policy_says() {
    let server = Server::start().await;
    let mut peer = server.client().await;
    let invite = Invite::new();
    let endless = PutRecord { not_after: u64::MAX, ..invite.record(1, b"sealed") };
    assert_eq!(peer.put(&invite, endless).await, Ok(()));
    server.pass(97 * DAY - 1);
    assert!(peer.get(&invite).await.is_ok());
    server.pass(1);
    assert_eq!(peer.get(&invite).await, Err(RefusedReason::NotFound));
}

#[tokio::test]
async fn the_sweeper_gives_the_room_of_expired_records_back() {
    let limits = Limits { store_bytes: 20_000, sweep_secs: 1, ..Limits::default() };
    let server = Server::with(|config| config.limits = limits).await;
    let mut peer = server.client().await;
    let fill = [Invite::new(), Invite::new(), Invite::new(), Invite::new()];
    for invite in &fill {
        assert_eq!(peer.put(invite, invite.record(1, &[0; 4_000])).await, Ok(()));
    }
    server.pass(30 * DAY);
    let invite = Invite::new();
    let put = PutRecord { not_after: common::NOW + 60 * DAY, ..invite.record(1, &[0; 4_000]) };
    let swept = async {
        while peer.put(&invite, put.clone()).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(common::PATIENCE, swept).await.expect("room after a sweep");
}

/// Stops a rendezvous with something in its store, damages the file, and starts on it again.
async fn after_damage(damage: impl FnOnce(&mut Vec<u8>)) -> (Server, Invite) {
    let server = Server::start().await;
    let mut peer = server.client().await;
    let invite = Invite::new();
    for n in 0..20 {
        let other = Invite::new();
        assert_eq!(peer.put(&other, other.record(1, &[n; 3_000])).await, Ok(()));
    }
    assert_eq!(peer.put(&invite, invite.record(1, b"sealed")).await, Ok(()));
    let Server { running, data, clock } = server;
    running.shutdown().await;
    let path = data.path().join("store.redb");
    let mut bytes = fs::read(&path).unwrap();
    damage(&mut bytes);
    fs::write(&path, bytes).unwrap();
    (Server::again(data, clock, |_| {}).await, invite)
}

fn kept_aside(server: &Server) -> usize {
    let names = fs::read_dir(server.data.path()).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().contains("damaged")).count()
}

#[tokio::test]
async fn a_store_that_is_none_is_kept_aside() {
    for damage in [|bytes: &mut Vec<u8>| bytes.fill(0x41), |bytes: &mut Vec<u8>| bytes.truncate(1_000)] {
        let (server, invite) = after_damage(damage).await;
        assert_eq!(kept_aside(&server), 1);
        let mut peer = server.client().await;
        assert_eq!(peer.get(&invite).await, Err(RefusedReason::NotFound));
        assert_eq!(peer.put(&invite, invite.record(1, b"again")).await, Ok(()));
    }
}

#[tokio::test]
async fn a_torn_store_is_whole_again_or_kept_aside() {
    // Wherever the damage is, the rendezvous starts and works, and never serves bytes that were not put.
    for at in 1..8 {
        let (server, invite) = after_damage(|bytes| {
            let from = bytes.len() * at / 8;
            let to = (from + 2_000).min(bytes.len());
            bytes[from..to].fill(0x5a);
        })
        .await;
        let mut peer = server.client().await;
        match peer.get(&invite).await {
            Ok(record) => assert_eq!(record, (1, b"sealed".to_vec())),
            Err(reason) => {
                assert_eq!(reason, RefusedReason::NotFound);
                assert_eq!(kept_aside(&server), 1, "nothing is lost silently");
            }
        }
        assert_eq!(peer.put(&invite, invite.record(2, b"again")).await, Ok(()), "damage at {at}/8");
    }
}

#[tokio::test]
async fn two_rendezvous_do_not_share_a_store() {
    let server = Server::start().await;
    let mut config = Config::new(server.data.path());
    config.listen = "127.0.0.1:0".parse().unwrap();
    let refused = Rendezvous::start(config).await.unwrap_err().to_string();
    assert!(refused.contains("in use by another rendezvous"), "{refused}");
}

#[tokio::test]
async fn jobs_of_many_connections_are_all_kept() {
    let server = Server::start().await;
    let data = Arc::clone(&server.data);
    let mut peers = Vec::new();
    for _ in 0..40 {
        let mut peer = server.client().await;
        peers.push(tokio::spawn(async move {
            let (invite, slot) = (Invite::new(), key());
            assert_eq!(peer.put(&invite, invite.record(1, b"sealed")).await, Ok(()));
            assert_eq!(peer.open_slot(&invite, &slot).await, Ok(()));
            for n in 0..5 {
                assert_eq!(peer.put_item(&invite, &slot, &slot, n, b"item").await, Ok(()));
            }
            (invite, slot)
        }));
    }
    let mut made = Vec::new();
    for peer in peers {
        made.push(peer.await.unwrap());
    }
    let server = server.restart().await;
    assert!(Arc::ptr_eq(&server.data, &data));
    let mut peer = server.client().await;
    for (invite, slot) in made {
        let (_, items) = peer.items(&invite, &slot, &slot, (None, None)).await.unwrap();
        assert_eq!(items.len(), 5);
    }
}
