//! Mailboxes: who may do what, what a hostile writer or reader tries, and that nothing acknowledged is ever lost.
#![allow(clippy::unwrap_used, reason = "a test may fail here")]

mod common;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use common::mail::{By, Mailbox, Put, head};
use common::{Client, DAY, Invite, Server, key};
use sightline_proto::id::MailName;
use sightline_proto::keys::SlotKey;
use sightline_proto::limits::{MAX_MAIL, MAX_MAIL_PART, MAX_MAILS};
use sightline_proto::mailbox::{Audience, MailKind, MailLabel};
use sightline_proto::switchboard::{
    Access, BoxStanding, ClientFrame, ListMail, OpenBox, Operation, PutPart, RefusedReason, Right, ServerFrame,
};
use sightline_rendezvous::{Limits, PolicyLimits};

/// Larger than what stands in the database, and of several parts.
const LARGE: usize = 200_000;

fn name(n: u8) -> MailName {
    MailName([n; 16])
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n * 7 % 251) as u8).collect()
}

/// A rendezvous with limits of an organisation.
async fn with_policy(change: impl FnOnce(&mut PolicyLimits)) -> (Server, tempfile::NamedTempFile) {
    let policy = tempfile::NamedTempFile::with_suffix(".json").unwrap();
    let mut limits = PolicyLimits::default();
    change(&mut limits);
    fs::write(policy.path(), serde_json::json!({ "version": 1, "limits": limits }).to_string()).unwrap();
    let server = Server::with(|config| config.policy = Some(policy.path().to_owned())).await;
    (server, policy)
}

fn files(data: &Path) -> Vec<PathBuf> {
    let list = |path: &Path| fs::read_dir(path).map(|all| all.map(|e| e.unwrap().path()).collect()).unwrap_or(vec![]);
    let folders: Vec<PathBuf> = list(&data.join("mail"));
    folders.iter().flat_map(|folder| list(folder)).collect()
}

#[tokio::test]
async fn items_come_back_whole_and_in_the_order_they_became_whole() {
    let server = Server::start().await;
    let (mut writer, mut reader) = (server.client().await, server.tls_client().await);
    let mailbox = Mailbox::new();
    let (operator, viewer) = (key(), key());
    assert_eq!(writer.open_box(&mailbox).await, Ok(()));
    assert_eq!(writer.open_box(&mailbox).await, Ok(()), "opening it again does no harm");
    let others = [(&operator, Right::Write), (&viewer, Right::Read)];
    assert_eq!(writer.set_access(&mailbox, 1, &mailbox.owner, &others).await, Ok(()));

    let large = bytes(LARGE);
    let mut put = Put::new(&mailbox, name(1), &large);
    assert_eq!(writer.put_part(&operator, put.part(60_000)).await, Ok((60_000, false)));
    assert_eq!(writer.put_all(&operator, &mailbox, name(2), b"small").await, Ok((5, true)));
    let none = Err(RefusedReason::NotFound);
    assert_eq!(reader.read_mail(&mailbox, &viewer, name(1)).await, none, "half an item is no item");
    while put.is_unfinished() {
        writer.put_part(&operator, put.part(50_000)).await.unwrap();
    }
    let (more, listed) = reader.list(&mailbox, &viewer, 0).await.unwrap();
    assert!(!more);
    let shown: Vec<_> = listed.iter().map(|mail| (mail.number, mail.name, mail.size, mail.writer)).collect();
    assert_eq!(shown, [(1, name(2), 5, operator.address()), (2, name(1), LARGE as u32, operator.address()),]);
    assert_eq!(listed[0].label, head());
    assert_eq!(reader.read_mail(&mailbox, &viewer, name(1)).await, Ok(large));
    assert_eq!(reader.read_mail(&mailbox, &mailbox.owner, name(2)).await, Ok(b"small".to_vec()));
    assert_eq!(reader.list(&mailbox, &viewer, 1).await.unwrap().1.len(), 1);
    assert_eq!(reader.list(&mailbox, &viewer, u64::MAX).await, Ok((false, vec![])));
}

#[tokio::test]
async fn those_on_the_list_who_listen_hear_of_a_new_item() {
    let server = Server::start().await;
    let (mut writer, mut expert, mut stranger) = (server.client().await, server.client().await, server.client().await);
    let (mailbox, operator) = (Mailbox::new(), key());
    assert_eq!(expert.open_box(&mailbox).await, Ok(()));
    assert_eq!(expert.set_access(&mailbox, 1, &mailbox.owner, &[(&operator, Right::Write)]).await, Ok(()));
    assert_eq!(expert.listen(&mailbox.owner).await, Ok(()));
    assert_eq!(writer.listen(&operator).await, Ok(()));
    assert_eq!(stranger.listen(&key()).await, Ok(()));
    let large = bytes(LARGE);
    let mut put = Put::new(&mailbox, name(1), &large);
    while put.is_unfinished() {
        writer.put_part(&operator, put.part(MAX_MAIL_PART)).await.unwrap();
    }
    let told = |number| ServerFrame::Mail { mailbox: mailbox.id, number };
    assert_eq!(expert.unasked().await, told(1));
    assert_eq!(writer.put_all(&operator, &mailbox, name(1), &large).await, Ok((LARGE as u32, true)));
    assert_eq!(writer.put_all(&operator, &mailbox, name(2), b"x").await, Ok((1, true)));
    assert_eq!(expert.unasked().await, told(2), "nothing is told twice, and parts are not told");
    assert_eq!(expert.put_all(&mailbox.owner, &mailbox, name(3), b"x").await, Ok((1, true)));
    assert_eq!(writer.unasked().await, told(3), "one's own items are not told");
    assert!(matches!(stranger.ask(|req| ClientFrame::Ping { req }).await, ServerFrame::Pong { .. }));
    assert!(!stranger.has_unasked());
}

#[tokio::test]
async fn strangers_and_readers_are_kept_out() {
    let server = Server::start().await;
    let mut peer = server.client().await;
    let (mailbox, reader, stranger) = (Mailbox::new(), key(), key());
    let (bad, absent) = (RefusedReason::BadSignature, RefusedReason::NotFound);
    assert_eq!(peer.put_all(&mailbox.owner, &mailbox, name(1), b"x").await, Err(absent));
    assert_eq!(peer.list(&mailbox, &mailbox.owner, 0).await, Err(absent));
    assert_eq!(peer.open_box(&mailbox).await, Ok(()));
    let squatter = Mailbox { id: mailbox.id, owner: key() };
    assert_eq!(peer.open_box(&squatter).await, Err(RefusedReason::Conflict));
    assert_eq!(peer.set_access(&mailbox, 1, &mailbox.owner, &[(&reader, Right::Read)]).await, Ok(()));
    assert_eq!(peer.put_all(&mailbox.owner, &mailbox, name(1), b"x").await, Ok((1, true)));

    assert_eq!(peer.put_all(&reader, &mailbox, name(2), b"x").await, Err(bad), "a reader writes");
    assert_eq!(peer.upload_state(&mailbox, &reader, name(2)).await, Err(bad));
    assert_eq!(peer.drop_mail(&mailbox, &reader, name(1)).await, Err(bad), "a reader deletes");
    assert_eq!(peer.set_access_by(&reader, &mailbox, 9, &reader, &[]).await, Err(bad), "a reader lets itself in");
    assert_eq!(peer.put_all(&stranger, &mailbox, name(2), b"x").await, Err(bad));
    assert_eq!(peer.list(&mailbox, &stranger, 0).await, Err(bad));
    assert_eq!(peer.read_mail(&mailbox, &stranger, name(1)).await, Err(bad));
    assert_eq!(peer.drop_mail(&mailbox, &stranger, name(1)).await, Err(bad));
    assert_eq!(peer.standing(&mailbox, &stranger).await, Err(bad));
    assert_eq!(peer.set_access(&squatter, 9, &squatter.owner, &[]).await, Err(bad));
    assert_eq!(peer.read_mail(&mailbox, &reader, name(1)).await, Ok(b"x".to_vec()));
}

#[tokio::test]
async fn what_another_connection_signed_is_refused() {
    let server = Server::start().await;
    let (mut first, mut second) = (server.client().await, server.client().await);
    let mailbox = Mailbox::new();
    assert_eq!(first.open_box(&mailbox).await, Ok(()));
    let put = Put::new(&mailbox, name(1), b"x").part(1).by(&mailbox.owner);
    let signed = put.clone().sign(&mailbox.owner, &first.challenge);
    let replayed = signed.clone();
    let refused = |req| ServerFrame::Refused { req, reason: RefusedReason::BadSignature };
    assert_eq!(second.ask(|req| ClientFrame::PutPart(req, replayed)).await, refused(1));
    let list = ListMail { mailbox: mailbox.id, after: 0, reader: mailbox.owner.public() };
    let list = list.sign(&mailbox.owner, &first.challenge);
    assert_eq!(second.ask(|req| ClientFrame::ListMail(req, list)).await, refused(2));
    // The right key for this connection, and other content than was signed.
    let mut altered = put.sign(&mailbox.owner, &second.challenge);
    altered.op.bytes = b"y".to_vec();
    assert_eq!(second.ask(|req| ClientFrame::PutPart(req, altered)).await, refused(3));
    let mut elsewhere = OpenBox { mailbox: mailbox.id, owner: mailbox.owner.public() }.sign(&key(), &second.challenge);
    elsewhere.op.mailbox = Mailbox::new().id;
    assert_eq!(second.does(|req| ClientFrame::OpenBox(req, elsewhere)).await, Err(RefusedReason::BadSignature));
    assert!(matches!(
        first.ask(|req| ClientFrame::PutPart(req, signed)).await,
        ServerFrame::Upload { offset: 1, whole: true, .. }
    ));
}

#[tokio::test]
async fn a_removed_slot_is_out_at_once_and_its_half_items_are_gone() {
    let server = Server::start().await;
    let (mut admin, mut operator) = (server.client().await, server.client().await);
    let (mailbox, slot, expert) = (Mailbox::new(), key(), key());
    assert_eq!(admin.open_box(&mailbox).await, Ok(()));
    let both = [(&slot, Right::Write), (&expert, Right::Admin)];
    assert_eq!(admin.set_access(&mailbox, 1, &mailbox.owner, &both).await, Ok(()));
    assert_eq!(operator.listen(&slot).await, Ok(()));
    assert_eq!(operator.put_all(&slot, &mailbox, name(1), b"stays").await, Ok((5, true)));
    let mut put = Put::new(&mailbox, name(2), &bytes(LARGE));
    assert_eq!(operator.put_part(&slot, put.part(MAX_MAIL_PART)).await, Ok((MAX_MAIL_PART as u32, false)));
    assert_eq!(files(server.data.path()).len(), 1);

    // By an admin, naming the owner as it is.
    assert_eq!(admin.set_access_by(&expert, &mailbox, 2, &mailbox.owner, &[(&expert, Right::Admin)]).await, Ok(()));
    let bad = RefusedReason::BadSignature;
    assert_eq!(operator.put_part(&slot, put.part(MAX_MAIL_PART)).await, Err(bad));
    assert_eq!(operator.list(&mailbox, &slot, 0).await, Err(bad));
    assert_eq!(operator.read_mail(&mailbox, &slot, name(1)).await, Err(bad));
    assert_eq!(operator.drop_mail(&mailbox, &slot, name(1)).await, Err(bad));
    assert_eq!(files(server.data.path()), Vec::<PathBuf>::new());
    assert_eq!(admin.read_mail(&mailbox, &mailbox.owner, name(1)).await, Ok(b"stays".to_vec()));
    assert_eq!(admin.put_all(&mailbox.owner, &mailbox, name(3), b"x").await, Ok((1, true)));
    assert!(matches!(operator.ask(|req| ClientFrame::Ping { req }).await, ServerFrame::Pong { .. }));
    assert!(!operator.has_unasked(), "and hears nothing any more");

    assert_eq!(admin.set_access(&mailbox, 1, &mailbox.owner, &both).await, Err(RefusedReason::Conflict), "an old list");
    assert_eq!(admin.set_access(&mailbox, 2, &mailbox.owner, &both).await, Err(RefusedReason::Conflict));
    let same = [(&expert, Right::Admin)];
    assert_eq!(admin.set_access(&mailbox, 2, &mailbox.owner, &same).await, Ok(()), "the same list again");
    assert_eq!(admin.drop_mail(&mailbox, &expert, name(1)).await, Ok(()), "an admin drops what others put");
    assert_eq!(admin.set_access_by(&expert, &mailbox, 3, &expert, &[]).await, Ok(()), "and may take the lead");
    assert_eq!(admin.list(&mailbox, &mailbox.owner, 0).await, Err(bad));
}

#[tokio::test]
async fn an_access_list_that_is_none_is_refused() {
    let server = Server::start().await;
    let mut peer = server.client().await;
    let mailbox = Mailbox::new();
    assert_eq!(peer.open_box(&mailbox).await, Ok(()));
    let mut keys = [key(), key()];
    keys.sort_by_key(SlotKey::public);
    let access = |slot: &SlotKey, right| Access { slot: slot.public(), right };
    for others in [
        vec![access(&keys[0], Right::Read), access(&keys[0], Right::Write)],
        vec![access(&keys[1], Right::Read), access(&keys[0], Right::Read)],
        vec![access(&keys[0], Right::Owner)],
        vec![access(&mailbox.owner, Right::Read)],
    ] {
        let set = mailbox.access(1, &mailbox.owner, &mailbox.owner, others).sign(&mailbox.owner, &peer.challenge);
        assert_eq!(peer.does(|req| ClientFrame::SetAccess(req, set)).await, Err(RefusedReason::Malformed));
    }
}

#[tokio::test]
async fn lies_about_size_and_offset_are_refused() {
    let server = Server::start().await;
    let mut peer = server.client().await;
    let (mailbox, data) = (Mailbox::new(), bytes(LARGE));
    let owner = mailbox.owner.clone();
    assert_eq!(peer.open_box(&mailbox).await, Ok(()));
    let part = |size: usize, offset: usize, bytes: &[u8]| PutPart {
        mailbox: mailbox.id,
        name: name(1),
        label: head(),
        size: size as u32,
        offset: offset as u32,
        bytes: bytes.to_vec(),
        writer: mailbox.owner.public(),
    };
    let (large, conflict) = (Err(RefusedReason::TooLarge), Err(RefusedReason::Conflict));
    assert_eq!(peer.put_part(&owner, part(MAX_MAIL + 1, 0, b"x")).await, large);
    assert_eq!(peer.put_part(&owner, part(u32::MAX as usize, 0, b"x")).await, large);
    assert_eq!(peer.put_part(&owner, part(0, 0, b"")).await, large);
    assert_eq!(peer.put_part(&owner, part(5, 0, b"")).await, large);
    assert_eq!(peer.put_part(&owner, part(5, 3, b"abc")).await, large, "beyond the end");
    assert_eq!(peer.put_part(&owner, part(5, u32::MAX as usize, b"abc")).await, large);
    assert_eq!(peer.put_part(&owner, part(LARGE, 10, &data[10..20])).await, conflict, "a hole at the start");

    for size in [LARGE, 1_000] {
        assert_eq!(peer.put_part(&owner, part(size, 0, &data[..100])).await, Ok((100, false)));
        assert_eq!(peer.put_part(&owner, part(size, 200, &data[200..300])).await, conflict, "a hole");
        assert_eq!(peer.put_part(&owner, part(size, 50, &data[50..150])).await, conflict, "across the end");
        assert_eq!(peer.put_part(&owner, part(size, 50, b"other")).await, conflict, "other bytes");
        assert_eq!(peer.put_part(&owner, part(size - 1, 100, &data[100..200])).await, conflict, "another size");
        let other = PutPart { label: MailLabel { epoch: 9, ..head() }, ..part(size, 100, &data[100..200]) };
        assert_eq!(peer.put_part(&owner, other).await, conflict, "another epoch");
        assert_eq!(peer.put_part(&owner, part(size, 0, &data[..100])).await, Ok((100, false)), "the same again");
        assert_eq!(peer.put_part(&owner, part(size, 20, &data[20..30])).await, Ok((100, false)));
        assert_eq!(peer.upload_state(&mailbox, &owner, name(1)).await, Ok((100, false)));
        // Sealed anew, the item begins anew.
        assert_eq!(peer.put_part(&owner, part(size, 0, &data[1..51])).await, Ok((50, false)));
        assert_eq!(peer.upload_state(&mailbox, &owner, name(1)).await, Ok((50, false)));
    }
    assert_eq!(peer.drop_mail(&mailbox, &owner, name(1)).await, Ok(()));
    assert_eq!(peer.drop_mail(&mailbox, &owner, name(1)).await, Err(RefusedReason::NotFound));
    assert_eq!(peer.standing(&mailbox, &owner).await.unwrap().own.used, 0, "everything was given back");
    assert_eq!(files(server.data.path()), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn a_whole_item_is_never_changed() {
    let server = Server::start().await;
    let mut peer = server.client().await;
    let (mailbox, operator) = (Mailbox::new(), key());
    assert_eq!(peer.open_box(&mailbox).await, Ok(()));
    assert_eq!(peer.set_access(&mailbox, 1, &mailbox.owner, &[(&operator, Right::Write)]).await, Ok(()));
    for data in [b"small".to_vec(), bytes(LARGE)] {
        let name = name(data.len() as u8);
        let mut altered = data.clone();
        altered[3] ^= 1;
        let size = data.len() as u32;
        assert_eq!(peer.put_all(&operator, &mailbox, name, &data).await, Ok((size, true)));
        assert_eq!(peer.put_all(&operator, &mailbox, name, &data).await, Ok((size, true)), "the same again");
        for who in [&operator, &mailbox.owner] {
            assert_eq!(peer.put_all(who, &mailbox, name, &altered).await, Err(RefusedReason::Conflict));
            assert_eq!(peer.put_all(who, &mailbox, name, &data[..data.len() - 1]).await, Err(RefusedReason::Conflict));
        }
        let relabelled = MailLabel { audience: Audience::Experts, kind: MailKind::Blob, epoch: 3 };
        let part = PutPart { label: relabelled, ..Put::new(&mailbox, name, &data).part(MAX_MAIL_PART) };
        assert_eq!(peer.put_part(&operator, part).await, Err(RefusedReason::Conflict));
        assert_eq!(peer.read_mail(&mailbox, &operator, name).await, Ok(data));
    }
    assert_eq!(peer.list(&mailbox, &operator, 0).await.unwrap().1.len(), 2);
}

#[tokio::test]
async fn two_may_put_the_same_name_and_the_first_whole_one_stays() {
    let server = Server::start().await;
    let mut peer = server.client().await;
    let (mailbox, operator) = (Mailbox::new(), key());
    assert_eq!(peer.open_box(&mailbox).await, Ok(()));
    assert_eq!(peer.set_access(&mailbox, 1, &mailbox.owner, &[(&operator, Right::Write)]).await, Ok(()));
    let (mine, theirs) = (vec![1; LARGE], vec![2; LARGE]);
    let mut first = Put::new(&mailbox, name(1), &mine);
    let mut second = Put::new(&mailbox, name(1), &theirs);
    assert_eq!(peer.put_part(&operator, first.part(50_000)).await, Ok((50_000, false)));
    assert_eq!(peer.put_part(&mailbox.owner, second.part(60_000)).await, Ok((60_000, false)));
    while first.is_unfinished() {
        peer.put_part(&operator, first.part(50_000)).await.unwrap();
    }
    assert_eq!(peer.put_part(&mailbox.owner, second.part(60_000)).await, Err(RefusedReason::Conflict));
    assert_eq!(peer.upload_state(&mailbox, &mailbox.owner, name(1)).await, Ok((LARGE as u32, true)));
    assert_eq!(peer.read_mail(&mailbox, &mailbox.owner, name(1)).await, Ok(mine));
}

#[tokio::test]
async fn quotas_of_slot_and_box_hold_and_dropping_gives_room() {
    let (server, _policy) = with_policy(|limits| {
        limits.mail_bytes_per_slot = 20_000;
        limits.mail_bytes_per_box = 30_000;
        limits.mail_items_per_slot = 5;
    })
    .await;
    let mut peer = server.client().await;
    let (mailbox, slots) = (Mailbox::new(), [key(), key()]);
    assert_eq!(peer.open_box(&mailbox).await, Ok(()));
    let others = [(&slots[0], Right::Write), (&slots[1], Right::Write)];
    assert_eq!(peer.set_access(&mailbox, 1, &mailbox.owner, &others).await, Ok(()));
    let quota = Err(RefusedReason::Quota);
    assert_eq!(peer.put_all(&slots[0], &mailbox, name(1), &bytes(15_000)).await, Ok((15_000, true)));
    assert_eq!(peer.put_all(&slots[0], &mailbox, name(2), &bytes(5_000)).await, quota, "of the slot");
    // A claim counts from its first part on.
    let mut claim = Put::new(&mailbox, name(3), &bytes(13_000));
    assert_eq!(peer.put_part(&slots[1], claim.part(10)).await, Ok((10, false)));
    assert_eq!(peer.put_all(&slots[1], &mailbox, name(4), &bytes(1_000)).await, quota, "of the box");
    let BoxStanding { right, own, whole, .. } = peer.standing(&mailbox, &slots[1]).await.unwrap();
    assert_eq!((right, own.used, own.quota, whole.quota), (Right::Write, 13_512, 20_000, 30_000));
    assert_eq!(whole.used, 13_512 + 15_512);
    assert_eq!(peer.drop_mail(&mailbox, &slots[1], name(3)).await, Ok(()));
    for n in 10..15 {
        assert_eq!(peer.put_all(&slots[1], &mailbox, name(n), b"tiny").await, Ok((4, true)));
    }
    assert_eq!(peer.put_all(&slots[1], &mailbox, name(15), b"tiny").await, quota, "of items");
    assert_eq!(peer.drop_mail(&mailbox, &slots[1], name(10)).await, Ok(()));
    assert_eq!(peer.put_all(&slots[1], &mailbox, name(15), b"tiny").await, Ok((4, true)));
}

#[tokio::test]
async fn endless_small_items_and_half_items_end_at_a_quota() {
    let (server, _policy) = with_policy(|limits| limits.mail_bytes_per_slot = 100_000).await;
    let mut peer = server.client().await;
    let mailbox = Mailbox::new();
    let owner = mailbox.owner.clone();
    assert_eq!(peer.open_box(&mailbox).await, Ok(()));
    let mut put = 0_u32;
    let refused = loop {
        let mut name = name(0);
        name.0[..4].copy_from_slice(&put.to_be_bytes());
        match peer.put_all(&owner, &mailbox, name, b"x").await {
            Ok(_) => put += 1,
            Err(reason) => break reason,
        }
    };
    assert_eq!((refused, put), (RefusedReason::Quota, 194), "one byte counts 513");

    let other = Mailbox::new();
    assert_eq!(peer.open_box(&other).await, Ok(()));
    let mut begun = 0;
    let refused = loop {
        match peer.put_part(&other.owner, Put::new(&other, name(begun), b"abc").part(1)).await {
            Ok(_) => begun += 1,
            Err(reason) => break reason,
        }
    };
    assert_eq!((refused, begun), (RefusedReason::Quota, 64));
    assert_eq!(peer.put_all(&other.owner, &other, name(200), b"whole at once").await, Ok((13, true)));
}

#[tokio::test]
async fn the_whole_store_and_one_source_have_limits() {
    let limits = Limits { mail_bytes: 300_000, ..Limits::default() };
    let server = Server::with(|config| config.limits = limits).await;
    let mut peer = server.client().await;
    let mailbox = Mailbox::new();
    let owner = mailbox.owner.clone();
    assert_eq!(peer.open_box(&mailbox).await, Ok(()));
    assert_eq!(peer.put_all(&owner, &mailbox, name(1), &bytes(LARGE)).await, Ok((LARGE as u32, true)));
    assert_eq!(peer.put_all(&owner, &mailbox, name(2), &bytes(LARGE)).await, Err(RefusedReason::StorageFull));
    assert_eq!(peer.drop_mail(&mailbox, &owner, name(1)).await, Ok(()));
    assert_eq!(peer.put_all(&owner, &mailbox, name(2), &bytes(LARGE)).await, Ok((LARGE as u32, true)));

    let limits = Limits { source_mail_bytes: 200_000, ..Limits::default() };
    let server = Server::with(|config| config.limits = limits).await;
    let mut peer = server.client().await;
    for _ in 0..3 {
        assert_eq!(peer.open_box(&Mailbox::new()).await, Ok(()));
    }
    assert_eq!(peer.open_box(&Mailbox::new()).await, Err(RefusedReason::Quota), "no endless mailboxes");
    let invite = Invite::new();
    assert_eq!(peer.put(&invite, invite.record(1, b"sealed")).await, Ok(()), "invites have room of their own");
}

#[tokio::test]
async fn a_disk_that_takes_no_file_refuses_that_item_and_nothing_else() {
    let server = Server::start().await;
    // Where the folder should be is something else: every file fails, as on a full disk.
    fs::write(server.data.path().join("mail"), "").unwrap();
    let mut peer = server.client().await;
    let mailbox = Mailbox::new();
    let owner = mailbox.owner.clone();
    assert_eq!(peer.open_box(&mailbox).await, Ok(()));
    assert_eq!(peer.put_all(&owner, &mailbox, name(1), &bytes(LARGE)).await, Err(RefusedReason::StorageFull));
    assert_eq!(peer.put_all(&owner, &mailbox, name(2), b"small").await, Ok((5, true)));
    assert_eq!(peer.upload_state(&mailbox, &owner, name(1)).await, Ok((0, false)));
    assert_eq!(peer.standing(&mailbox, &owner).await.unwrap().own.used, 5 + 512, "what failed costs nothing");
    fs::remove_file(server.data.path().join("mail")).unwrap();
    assert_eq!(peer.put_all(&owner, &mailbox, name(1), &bytes(LARGE)).await, Ok((LARGE as u32, true)));
}

#[tokio::test]
async fn an_upload_goes_on_after_a_restart_and_left_over_files_are_removed() {
    let server = Server::start().await;
    let mut peer = server.client().await;
    let (mailbox, data) = (Mailbox::new(), bytes(LARGE));
    let owner = mailbox.owner.clone();
    assert_eq!(peer.open_box(&mailbox).await, Ok(()));
    assert_eq!(peer.put_all(&owner, &mailbox, name(9), &data).await, Ok((LARGE as u32, true)));
    let mut put = Put::new(&mailbox, name(1), &data);
    assert_eq!(peer.put_part(&owner, put.part(60_000)).await, Ok((60_000, false)));
    let path = server.data.path().to_owned();
    let known = files(&path);
    // Bytes that were written and never acknowledged, and a file that no table knows.
    let half = known.iter().find(|path| fs::metadata(path).unwrap().len() == 60_000).unwrap();
    fs::OpenOptions::new()
        .append(true)
        .open(half)
        .and_then(|mut f| std::io::Write::write_all(&mut f, b"junk"))
        .unwrap();
    fs::write(known[0].with_file_name(format!("{:016x}", 256 * 77)), "left over").unwrap();
    let folder = path.join(format!("mail/{:02x}", 5));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("{:016x}", 5)), "left over").unwrap();

    let server = server.restart().await;
    assert_eq!(files(&path).iter().filter(|path| path.ends_with(format!("{:016x}", 5))).count(), 0);
    let mut peer = server.client().await;
    assert_eq!(peer.upload_state(&mailbox, &owner, name(1)).await, Ok((60_000, false)));
    while put.is_unfinished() {
        peer.put_part(&owner, put.part(60_000)).await.unwrap();
    }
    assert_eq!(peer.read_mail(&mailbox, &owner, name(1)).await, Ok(data.clone()));
    assert_eq!(peer.read_mail(&mailbox, &owner, name(9)).await, Ok(data));
}

#[tokio::test]
async fn a_file_that_was_taken_away_is_an_item_that_is_not_there() {
    let server = Server::start().await;
    let mut peer = server.client().await;
    let (mailbox, data) = (Mailbox::new(), bytes(LARGE));
    let owner = mailbox.owner.clone();
    assert_eq!(peer.open_box(&mailbox).await, Ok(()));
    assert_eq!(peer.put_all(&owner, &mailbox, name(1), &data).await, Ok((LARGE as u32, true)));
    let mut put = Put::new(&mailbox, name(2), &data);
    assert_eq!(peer.put_part(&owner, put.part(60_000)).await, Ok((60_000, false)));
    for file in files(server.data.path()) {
        fs::remove_file(file).unwrap();
    }
    assert_eq!(peer.read_mail(&mailbox, &owner, name(1)).await, Err(RefusedReason::NotFound));
    assert_eq!(peer.put_part(&owner, put.part(60_000)).await, Err(RefusedReason::Conflict));
    assert_eq!(peer.upload_state(&mailbox, &owner, name(2)).await, Ok((0, false)), "begin anew");
    assert_eq!(peer.put_all(&owner, &mailbox, name(2), &data).await, Ok((LARGE as u32, true)));
}

#[tokio::test]
async fn items_and_boxes_expire_and_give_their_room_back() {
    let limits = Limits { sweep_secs: 1, ..Limits::default() };
    let server = Server::with(|config| config.limits = limits).await;
    let mut peer = server.client().await;
    let mailbox = Mailbox::new();
    let owner = mailbox.owner.clone();
    assert_eq!(peer.open_box(&mailbox).await, Ok(()));
    assert_eq!(peer.put_all(&owner, &mailbox, name(1), &bytes(LARGE)).await, Ok((LARGE as u32, true)));
    server.pass(20 * DAY);
    assert_eq!(peer.put_all(&owner, &mailbox, name(2), b"later").await, Ok((5, true)));
    let mut half = Put::new(&mailbox, name(3), &bytes(LARGE));
    assert_eq!(peer.put_part(&owner, half.part(10)).await, Ok((10, false)));
    server.pass(10 * DAY);
    assert_eq!(peer.read_mail(&mailbox, &owner, name(1)).await, Err(RefusedReason::NotFound), "swept or not");
    let (_, listed) = peer.list(&mailbox, &owner, 0).await.unwrap();
    assert_eq!(listed.iter().map(|mail| mail.number).collect::<Vec<_>>(), [2]);
    // An expired name may be put again, also before a sweep.
    assert_eq!(peer.put_all(&owner, &mailbox, name(1), b"new").await, Ok((3, true)));
    server.pass(20 * DAY);
    let swept = async {
        while !files(server.data.path()).is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(common::PATIENCE, swept).await.expect("files of expired items and half items go");
    assert_eq!(peer.standing(&mailbox, &owner).await.unwrap().own.used, 3 + 512);
    server.pass(40 * DAY);
    assert_eq!(peer.list(&mailbox, &owner, 0).await, Err(RefusedReason::NotFound));
    let successor = Mailbox { id: mailbox.id, owner: key() };
    assert_eq!(peer.open_box(&successor).await, Ok(()), "an expired one is anybody's");
    assert_eq!(peer.list(&successor, &successor.owner, 0).await, Ok((false, vec![])));
    assert_eq!(peer.list(&successor, &owner, 0).await, Err(RefusedReason::BadSignature));
}

#[tokio::test]
async fn many_items_are_listed_in_pages() {
    let server = Server::with(|config| {
        config.limits = Limits { connection_burst: 5_000, source_burst: 5_000, ..Limits::default() };
    })
    .await;
    let mut peer = server.client().await;
    let mailbox = Mailbox::new();
    let owner = mailbox.owner.clone();
    assert_eq!(peer.open_box(&mailbox).await, Ok(()));
    for n in 0..MAX_MAILS as u32 + 3 {
        let mut name = name(0);
        name.0[..4].copy_from_slice(&n.to_be_bytes());
        assert_eq!(peer.put_all(&owner, &mailbox, name, b"x").await, Ok((1, true)));
    }
    let (more, first) = peer.list(&mailbox, &owner, 0).await.unwrap();
    assert_eq!((more, first.len()), (true, MAX_MAILS));
    let (more, rest) = peer.list(&mailbox, &owner, first.last().unwrap().number).await.unwrap();
    assert_eq!((more, rest.len()), (false, 3));
}

#[tokio::test]
async fn the_policy_is_answered_over_the_switchboard_too() {
    let (server, _policy) = with_policy(|limits| limits.file_bytes = 77).await;
    let mut peer = server.client().await;
    let ServerFrame::Policy { policy, .. } = peer.ask(|req| ClientFrame::GetPolicy { req }).await else {
        panic!("no policy")
    };
    let http = server.http(&format!("GET /v1/policy HTTP/1.1\nhost: {}", server.host()), b"").await;
    assert_eq!(policy, http.body);
    assert!(String::from_utf8(policy).unwrap().contains(r#"\"file_bytes\":77"#));
}

/// The program itself, killed when dropped.
#[cfg(unix)]
struct Program {
    child: Child,
    port: u16,
}

#[cfg(unix)]
impl Program {
    fn start(data: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sightline-rendezvous"))
            .args(["--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut ready).unwrap();
        let port = ready.split([' ', ':']).find_map(|part| part.parse().ok()).unwrap();
        Self { child, port }
    }

    async fn client(&self) -> Client<tokio::net::TcpStream> {
        let stream = tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        Client::open(stream, "ws", &format!("localhost:{}", self.port)).await.unwrap()
    }
}

#[cfg(unix)]
impl Drop for Program {
    fn drop(&mut self) {
        // SIGKILL: nothing can be tidied up.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
#[tokio::test]
async fn what_was_acknowledged_survives_a_kill_in_the_middle_of_an_upload() {
    let data = tempfile::tempdir().unwrap();
    let (mailbox, content) = (Mailbox::new(), bytes(LARGE));
    let owner = mailbox.owner.clone();
    let mut put = Put::new(&mailbox, name(1), &content);
    let mut acknowledged = 0;
    let mut kills = 0;
    while put.is_unfinished() {
        let program = Program::start(data.path());
        let mut peer = program.client().await;
        assert_eq!(peer.open_box(&mailbox).await, Ok(()));
        assert_eq!(peer.upload_state(&mailbox, &owner, name(1)).await, Ok((acknowledged, false)));
        (acknowledged, _) = peer.put_part(&owner, put.part(60_000)).await.unwrap();
        // One more part is on its way when the end comes; nobody has said that it is there.
        let mut ahead = put.clone();
        if ahead.is_unfinished() {
            let part = ahead.part(60_000).by(&owner).sign(&owner, &peer.challenge);
            peer.send_raw(ClientFrame::PutPart(99, part).encode()).await;
        }
        drop(program);
        kills += 1;
        // It may be there all the same.
        let program = Program::start(data.path());
        let mut peer = program.client().await;
        let (offset, whole) = peer.upload_state(&mailbox, &owner, name(1)).await.unwrap();
        assert!(offset >= acknowledged, "{offset} of {acknowledged}");
        put.resume(offset);
        acknowledged = offset;
        assert_eq!(whole, !put.is_unfinished());
    }
    assert!(kills >= 2);
    let program = Program::start(data.path());
    let mut peer = program.client().await;
    assert_eq!(peer.read_mail(&mailbox, &owner, name(1)).await, Ok(content));
}
