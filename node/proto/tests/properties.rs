//! Every parser of remote bytes: what was made is read back, what is read is the only spelling of itself, and nothing
//! panics, whatever the bytes.
#![allow(clippy::unwrap_used, reason = "a test program")]

mod common;

use common::*;
use proptest::collection::vec;
use proptest::prelude::*;
use sightline_proto::control::{ByeReason, ControlMessage, Media, StopReason, Video};
use sightline_proto::exports::{Exports, Purpose};
use sightline_proto::id::{DocumentId, InviteId, KnockId, MailName, MailboxId, SlotAddress, SlotPublic};
use sightline_proto::invite::{InviteOwner, InviteSecrets, Link, LinkSecret, Record};
use sightline_proto::keys::{Secret, SlotKey};
use sightline_proto::look::{EntryName, Look};
use sightline_proto::mailbox::{
    Audience, MailContent, MailError, MailKind, MailLabel, chunk_name, open_item, seal_item,
};
use sightline_proto::message::Message;
use sightline_proto::name::sanitise;
use sightline_proto::reply::{self, Refusal, Reply};
use sightline_proto::session::Kept;
use sightline_proto::switchboard::stream::{Deframer, prefixed};
use sightline_proto::switchboard::{
    Access, BoxStanding, Challenge, ClientFrame, GetItems, Item, ListMail, Mail, Operation, PutItem, PutPart,
    PutRecord, ReadMail, Right, ServerFrame, SetAccess, Share, SlotCount, authority,
};
use sightline_proto::trickle::{Restart, Side, Trickle, Trickler};
use sightline_proto::waiting::{self, WaitingContent, WaitingItem};
use sightline_proto::{candidate, knock, sdp, seal};

fn key() -> impl Strategy<Value = SlotKey> {
    any::<[u8; 32]>().prop_map(|seed| SlotKey::from_seed(&Secret::new(seed)))
}

fn challenge() -> impl Strategy<Value = Challenge> {
    (any::<[u8; 32]>(), "[a-z0-9.:]{1,40}").prop_map(|(nonce, host)| Challenge { nonce, host })
}

fn client_frame() -> impl Strategy<Value = ClientFrame> {
    let bytes = || vec(any::<u8>(), 0..300);
    let id = || any::<[u8; 16]>();
    prop_oneof![
        (any::<u32>(), id(), bytes()).prop_map(|(req, to, payload)| ClientFrame::Send { req, to: to.into(), payload }),
        (any::<u32>(), id()).prop_map(|(req, invite)| ClientFrame::GetRecord { req, invite: invite.into() }),
        any::<u32>().prop_map(|req| ClientFrame::Ping { req }),
        (any::<u32>(), id(), bytes(), any::<(u32, u64, u64)>(), key(), challenge()).prop_map(
            |(req, invite, record, (quota, version, not_after), key, c)| {
                let (owner, invite_slot) = (key.public(), SlotPublic([7; 32]));
                let put = PutRecord { invite: invite.into(), owner, invite_slot, quota, version, not_after, record };
                ClientFrame::PutRecord(req, put.sign(&key, &c))
            }
        ),
        (any::<u32>(), id(), id(), any::<u64>(), bytes(), key(), challenge()).prop_map(
            |(req, invite, slot, n, item, key, c)| {
                let put = PutItem { invite: invite.into(), slot: slot.into(), n, item, writer: key.public() };
                ClientFrame::PutItem(req, put.sign(&key, &c))
            }
        ),
        (any::<u32>(), id(), id(), label(), vec(any::<u8>(), 1..300), any::<(u16, u16)>(), key(), challenge())
            .prop_map(|(req, mailbox, name, label, bytes, (offset, more), key, c)| {
                let (offset, writer) = (u32::from(offset), key.public());
                let size = offset + bytes.len() as u32 + u32::from(more);
                let put = PutPart { mailbox: mailbox.into(), name: name.into(), label, size, offset, bytes, writer };
                ClientFrame::PutPart(req, put.sign(&key, &c))
            }),
        (any::<(u32, u64)>(), id(), std::collections::BTreeMap::<[u8; 32], u8>::arbitrary(), key(), challenge())
            .prop_map(|((req, version), mailbox, lines, key, c)| {
                let rights = [Right::Admin, Right::Write, Right::Read];
                let others =
                    lines.into_iter().map(|(slot, n)| Access { slot: slot.into(), right: rights[usize::from(n) % 3] });
                let (owner, signer) = (key.public(), key.public());
                let set = SetAccess { mailbox: mailbox.into(), owner, version, others: others.collect(), signer };
                ClientFrame::SetAccess(req, set.sign(&key, &c))
            }),
        (any::<(u32, u64)>(), id(), key(), challenge()).prop_map(|((req, after), mailbox, key, c)| {
            ClientFrame::ListMail(req, ListMail { mailbox: mailbox.into(), after, reader: key.public() }.sign(&key, &c))
        }),
        (any::<u32>(), id(), id(), any::<u32>(), key(), challenge()).prop_map(
            |(req, mailbox, name, offset, key, c)| {
                let read = ReadMail { mailbox: mailbox.into(), name: name.into(), offset, reader: key.public() };
                ClientFrame::ReadMail(req, read.sign(&key, &c))
            }
        ),
        (any::<u32>(), id(), id(), any::<(Option<u64>, Option<u64>)>(), key(), challenge()).prop_map(
            |(req, invite, slot, (after_holder, after_expert), key, c)| {
                let reader = key.public();
                let get = GetItems { invite: invite.into(), slot: slot.into(), after_holder, after_expert, reader };
                ClientFrame::GetItems(req, get.sign(&key, &c))
            }
        ),
    ]
}

fn label() -> impl Strategy<Value = MailLabel> {
    (1_u8..=3, any::<(u64, bool)>()).prop_map(|(kind, (epoch, all))| MailLabel {
        kind: MailKind::from_code(kind).unwrap(),
        epoch,
        audience: if all { Audience::All } else { Audience::Experts },
    })
}

fn content() -> impl Strategy<Value = MailContent> {
    let bytes = || vec(any::<u8>(), 0..2_000);
    prop_oneof![
        bytes().prop_map(MailContent::Envelope),
        bytes().prop_map(MailContent::RosterEntry),
        bytes().prop_map(MailContent::BlobMessage),
        (any::<([u8; 32], u32)>(), vec(any::<u8>(), 1..9_000)).prop_map(|((blob, index), bytes)| MailContent::Chunk {
            blob: blob.into(),
            index,
            bytes
        }),
    ]
}

fn server_frame() -> impl Strategy<Value = ServerFrame> {
    let bytes = || vec(any::<u8>(), 0..300);
    let id = || any::<[u8; 16]>();
    let item = || (any::<u64>(), bytes()).prop_map(|(n, item)| Item { n, item });
    prop_oneof![
        (any::<[u8; 32]>(), "\\PC{0,40}", id(), any::<(u64, u32)>()).prop_map(
            |(nonce, host, token, (time, policy_version))| ServerFrame::Welcome {
                nonce,
                host,
                token,
                time,
                policy_version
            }
        ),
        any::<u32>().prop_map(|req| ServerFrame::Done { req }),
        (id(), bytes()).prop_map(|(to, payload)| ServerFrame::Message { to: to.into(), payload }),
        (any::<(u32, u64)>(), bytes()).prop_map(|((req, version), record)| ServerFrame::Record {
            req,
            version,
            record
        }),
        (any::<(u32, bool)>(), vec(item(), 0..20)).prop_map(|((req, more), items)| ServerFrame::Items {
            req,
            more,
            items
        }),
        (any::<u32>(), vec((id(), any::<u32>()), 0..20)).prop_map(|(req, slots)| {
            let slots = slots.into_iter().map(|(slot, items)| SlotCount { slot: slot.into(), items }).collect();
            ServerFrame::Slots { req, slots }
        }),
        (any::<u32>(), bytes()).prop_map(|(req, policy)| ServerFrame::Policy { req, policy }),
        (id(), any::<u64>()).prop_map(|(mailbox, number)| ServerFrame::Mail { mailbox: mailbox.into(), number }),
        any::<(u32, u32, bool)>().prop_map(|(req, offset, whole)| ServerFrame::Upload { req, offset, whole }),
        (any::<(u32, bool)>(), vec((any::<(u64, u32)>(), id(), label(), id()), 0..20)).prop_map(
            |((req, more), mails)| {
                let mail = |((number, size), name, label, writer): ((u64, u32), [u8; 16], MailLabel, [u8; 16])| Mail {
                    number,
                    name: name.into(),
                    label,
                    size,
                    writer: writer.into(),
                };
                ServerFrame::Mails { req, more, mails: mails.into_iter().map(mail).collect() }
            }
        ),
        (any::<(u32, u16, u16)>(), bytes()).prop_map(|((req, offset, more), bytes)| {
            let (offset, more) = (u32::from(offset), u32::from(more));
            ServerFrame::MailPart { req, size: offset + bytes.len() as u32 + more, offset, bytes }
        }),
        (1_u8..=4, any::<(u32, u64, u64, [u64; 4])>()).prop_map(|(right, (req, version, last, n))| {
            let (own, whole) = (Share { used: n[0], quota: n[1] }, Share { used: n[2], quota: n[3] });
            let right = Right::from_code(right).unwrap();
            ServerFrame::BoxState { req, standing: BoxStanding { right, version, last, own, whole } }
        }),
        (id(), id(), item()).prop_map(|(invite, slot, item)| ServerFrame::Item {
            invite: InviteId(invite),
            slot: SlotAddress(slot),
            item
        }),
    ]
}

fn said() -> impl Strategy<Value = Reply> {
    let entries = || vec(vec(any::<u8>(), 0..200), 0..6);
    let sdp = || proptest::option::of("\\PC{0,200}");
    prop_oneof![
        Just(Reply::Waiting),
        (1u8..=11).prop_map(|code| Reply::Refused(Refusal::from_code(code).unwrap())),
        (entries(), sdp()).prop_map(|(chain, answer)| Reply::Admitted { chain, answer }),
        entries().prop_map(|entries| Reply::Behind { entries }),
        sdp().prop_map(|answer| Reply::WelcomeBack { answer }),
    ]
}

fn control() -> impl Strategy<Value = ControlMessage> {
    prop_oneof![
        any::<(u32, Option<u32>)>().prop_map(|(n, echo)| ControlMessage::Beat { n, echo }),
        any::<bool>().prop_map(|ok| ControlMessage::Asked { what: Media::Video, ok }),
        any::<bool>().prop_map(|watching| ControlMessage::View { watching }),
        Just(ControlMessage::Media { video: Video::Off, why: Some(StopReason::Busy) }),
        "\\PC{0,300}".prop_map(|sdp| ControlMessage::Offer { sdp }),
        Just(ControlMessage::Photo),
        Just(ControlMessage::PhotoRefused),
        Just(ControlMessage::Look { look: Look::Live }),
        any::<[u8; 16]>().prop_map(|id| ControlMessage::Look { look: Look::Board { board: DocumentId(id) } }),
        (1..=9_999_999_999_u64, any::<u32>()).prop_map(|(counter, page)| {
            let file = EntryName { counter, actor: [page as u8; EntryName::ACTOR] };
            ControlMessage::Look { look: Look::Page { file, page } }
        }),
        Just(ControlMessage::Bye { why: ByeReason::Left }),
    ]
}

fn exports(purpose: Purpose) -> Exports {
    let secret = |n| Secret::new([n; 32]);
    Exports {
        purpose,
        id: KnockId([1; 32]),
        reply: secret(1),
        waiting: secret(2),
        trickle_offerer: secret(3),
        trickle_answerer: secret(4),
        words: [1, 2, 3, 2047],
    }
}

/// Bytes that begin like something real and then go wrong.
fn near(real: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    (real, any::<prop::sample::Index>(), any::<u8>(), 0..4u8).prop_map(|(mut bytes, at, value, how)| {
        let at = at.index(bytes.len().max(1));
        match how {
            0 => bytes.truncate(at),
            1 => bytes.push(value),
            2 if at < bytes.len() => bytes[at] = value,
            _ if at < bytes.len() => bytes[at] ^= 1 << (value % 8),
            _ => {}
        }
        bytes
    })
}

proptest! {
    #[test]
    fn client_frames_round_trip(frame in client_frame()) {
        prop_assert_eq!(ClientFrame::decode(&frame.encode()), Ok(frame));
    }

    #[test]
    fn server_frames_round_trip(frame in server_frame()) {
        prop_assert_eq!(ServerFrame::decode(&frame.encode()), Ok(frame));
    }

    #[test]
    fn a_client_frame_has_one_spelling(bytes in near(client_frame().prop_map(|f| f.encode()))) {
        if let Ok(frame) = ClientFrame::decode(&bytes) {
            prop_assert_eq!(frame.encode(), bytes);
        }
    }

    #[test]
    fn a_server_frame_has_one_spelling(bytes in near(server_frame().prop_map(|f| f.encode()))) {
        if let Ok(frame) = ServerFrame::decode(&bytes) {
            prop_assert_eq!(frame.encode(), bytes);
        }
    }

    #[test]
    fn mail_opens_where_it_belongs_and_nowhere_else(
        content in content(),
        (epoch, at, other) in any::<(u64, prop::sample::Index, [u8; 16])>(),
    ) {
        let (key, mailbox) = ([7; 32], MailboxId([8; 16]));
        let mut rng = Seeded::new("mail property");
        let name = match &content {
            MailContent::Chunk { blob, index, .. } => chunk_name(&key, blob, *index),
            _ => MailName([9; 16]),
        };
        let sealed = seal_item(&content, &mailbox, epoch, Audience::All, &key, &mut rng).unwrap();
        prop_assert!((sealed.len() - 48).is_multiple_of(256));
        let label = MailLabel { kind: content.kind(), epoch, audience: Audience::All };
        let chunk = matches!(content, MailContent::Chunk { .. });
        prop_assert_eq!(open_item(&sealed, &mailbox, &name, label, &key), Ok(content));
        let mut altered = sealed.clone();
        altered[at.index(sealed.len())] ^= 1;
        prop_assert_eq!(open_item(&altered, &mailbox, &name, label, &key), Err(MailError::DoesNotOpen));
        let wrong = MailLabel { epoch: epoch ^ 1, ..label };
        prop_assert_eq!(open_item(&sealed, &mailbox, &name, wrong, &key), Err(MailError::DoesNotOpen));
        prop_assert_eq!(open_item(&sealed, &other.into(), &name, label, &key), Err(MailError::DoesNotOpen));
        if chunk {
            prop_assert_eq!(open_item(&sealed, &mailbox, &other.into(), label, &key), Err(MailError::OtherName));
        }
    }

    #[test]
    fn an_outer_message_has_one_spelling(bytes in vec(any::<u8>(), 0..200)) {
        if let Ok(message) = Message::decode(&bytes) {
            prop_assert_eq!(message.encode(), bytes.clone());
        }
        if let Ok(item) = WaitingItem::decode(&bytes) {
            prop_assert_eq!(item.encode(), bytes);
        }
    }

    #[test]
    fn no_bytes_make_a_parser_panic(bytes in vec(any::<u8>(), 0..2_000)) {
        let text = String::from_utf8_lossy(&bytes);
        let _ = (ClientFrame::decode(&bytes), ServerFrame::decode(&bytes), Exports::from_bytes(&bytes));
        let _ = (InviteOwner::from_bytes(&bytes), Kept::from_bytes(&bytes), ControlMessage::decode(&bytes));
        let _ = (Link::parse(&text), authority(&text), sdp::check(&text), candidate::judge(&text, true));
        let _ = (ClientFrame::peek_req(&bytes), sanitise(&text), Deframer::new().push(&bytes));
        let _ = sdp::without_forbidden_candidates(&text, false);
        let secret = LinkSecret::new([1; 16]);
        let _ = Record::open(&bytes, &secret, &InviteSecrets::derive(&secret), None);
    }

    #[test]
    fn replies_round_trip_and_nothing_else_opens(said in said(), damage in any::<(prop::sample::Index, u8)>()) {
        let purpose = if matches!(said, Reply::Behind { .. } | Reply::WelcomeBack { .. }) { Purpose::Call } else { Purpose::Knock };
        let expert = Person::new("expert").peer;
        let exports = exports(purpose);
        let mut message = reply::seal(&said, &exports, &expert, &mut Seeded::new("r")).unwrap();
        prop_assert_eq!(reply::open(&message, &exports, |_, _| true), Ok((said, expert.public())));
        let (at, bits) = damage;
        let at = at.index(message.len());
        message[at] ^= bits.max(1);
        prop_assert!(reply::open(&message, &exports, |_, _| true).is_err());
    }

    #[test]
    fn control_messages_round_trip(message in control()) {
        prop_assert_eq!(ControlMessage::decode(message.encode().as_bytes()), Ok(Some(message)));
    }

    #[test]
    fn trickle_round_trips(line in proptest::option::of("\\PC{0,100}"), sdp in "\\PC{0,300}") {
        let exports = exports(Purpose::Knock);
        let (mut a, mut b) = (Trickler::new(&exports, Side::Offerer), Trickler::new(&exports, Side::Answerer));
        let mut rng = Seeded::new("t");
        for body in [Trickle::Candidate { candidate: line, mid: "0".into() }, Trickle::Restart { restart: Restart::Offer(sdp) }] {
            let message = a.seal(&body, &mut rng).unwrap();
            prop_assert_eq!(b.open(&message), Ok(body));
        }
    }

    #[test]
    fn waiting_items_open_only_at_their_number(bytes in vec(any::<u8>(), 0..500), n in any::<u64>(), other in any::<u64>()) {
        let exports = exports(Purpose::Knock);
        let content = WaitingContent::Envelope(bytes);
        let item = waiting::seal_item(&content, n, &exports, &mut Seeded::new("w")).unwrap();
        let WaitingItem::Sealed(sealed) = WaitingItem::decode(&item).unwrap() else { panic!("sealed") };
        prop_assert_eq!(waiting::open_item(&sealed, n, &exports), Ok(content));
        prop_assert!(other == n || waiting::open_item(&sealed, other, &exports).is_err());
    }

    #[test]
    fn a_seal_opens_only_as_it_was_made(key in any::<[u8; 32]>(), plain in vec(any::<u8>(), 0..300), aad in vec(any::<u8>(), 0..40), at in any::<prop::sample::Index>()) {
        let sealed = seal::seal(&key, "x", &aad, &plain, &mut Seeded::new("s"));
        prop_assert_eq!(sealed.len(), plain.len() + seal::OVERHEAD);
        prop_assert_eq!(seal::open(&key, "x", &aad, &sealed), Ok(plain));
        let mut damaged = sealed.clone();
        damaged[at.index(sealed.len())] ^= 1;
        prop_assert!(seal::open(&key, "x", &aad, &damaged).is_err());
    }

    #[test]
    fn links_round_trip(secret in any::<[u8; 16]>(), host in "[a-z][a-z0-9-]{0,20}(\\.[a-z]{2,5})?", port in proptest::option::of(1u16..)) {
        let origin = port.map_or_else(|| format!("https://{host}"), |port| format!("https://{host}:{port}"));
        let link = Link::new(&origin, LinkSecret::new(secret)).unwrap();
        prop_assert_eq!(Link::parse(&link.url()), Ok(link));
    }

    #[test]
    fn names_are_settled_at_once(raw in "\\PC*|[\\u{0}-\\u{20}\\u{200e}-\\u{202e}a]*") {
        let once = sanitise(&raw);
        prop_assert_eq!(sanitise(&once), once);
    }

    #[test]
    fn stream_frames_survive_any_cut(frames in vec(vec(any::<u8>(), 0..200), 0..8), cut in 1usize..50) {
        let stream: Vec<u8> = frames.iter().flat_map(|frame| prefixed(frame)).collect();
        let mut deframer = Deframer::new();
        let got: Vec<_> = stream.chunks(cut).flat_map(|piece| deframer.push(piece).unwrap()).collect();
        prop_assert_eq!(got, frames);
        prop_assert_eq!(deframer.end(), Ok(()));
    }

    #[test]
    fn a_knocks_body_never_panics_the_expert(plain in vec(any::<u8>(), 0..600)) {
        let s = Scene::new();
        let message = craft_knock(&s, &mut Seeded::new("body"), |_| plain);
        prop_assert!(knock::open(&message, &s.knock_keys()).is_err());
    }
}
