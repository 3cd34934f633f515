//! Between the ids of the protocol and those of the documents: the same bytes under two roofs.

use ed25519_dalek::SigningKey;
use sightline_crdt::id as doc;
use sightline_crdt::keys::SealSecret;
use sightline_crdt::roster::{Member, Newcomer};
use sightline_crdt::session::Me;
use sightline_proto::call::MemberKeys;
use sightline_proto::id as wire;
use sightline_proto::introduction::Introduction;
use sightline_proto::keys::{PeerKey, SessionKeys};

use crate::ids::ChatId;

pub(super) fn to_doc_peer(peer: wire::PeerId) -> doc::PeerId {
    doc::PeerId(peer.0)
}

pub(super) fn to_peer(peer: doc::PeerId) -> wire::PeerId {
    wire::PeerId(peer.0)
}

pub(super) fn to_sid(sid: doc::SessionId) -> wire::SessionId {
    wire::SessionId(sid.0)
}

pub(super) fn to_doc_sid(sid: wire::SessionId) -> doc::SessionId {
    doc::SessionId(sid.0)
}

pub(super) fn to_doc_role(role: wire::Role) -> doc::Role {
    match role {
        wire::Role::Lead => doc::Role::Lead,
        wire::Role::Expert => doc::Role::Expert,
        wire::Role::Operator => doc::Role::Operator,
        wire::Role::Viewer => doc::Role::Viewer,
    }
}

pub(super) fn to_role(role: doc::Role) -> wire::Role {
    match role {
        doc::Role::Lead => wire::Role::Lead,
        doc::Role::Expert => wire::Role::Expert,
        doc::Role::Operator => wire::Role::Operator,
        doc::Role::Viewer => wire::Role::Viewer,
    }
}

/// The key that signs changes and roster entries: the peer key.
pub(super) fn signing_key(peer: &PeerKey) -> SigningKey {
    SigningKey::from_bytes(peer.seed().expose())
}

/// This device's secrets as the documents need them.
pub(super) fn me(peer: &PeerKey, keys: &SessionKeys) -> Me {
    Me { key: signing_key(peer), seal: SealSecret::from_bytes(keys.seal.to_bytes().expose()) }
}

/// A newcomer as the roster writes it down.
pub(super) fn newcomer(who: &Introduction) -> Newcomer {
    Newcomer {
        peer: to_doc_peer(who.peer),
        seal: doc::SealKey(who.seal.0),
        slot: doc::SlotKey(who.slot.0),
        name: who.name.clone(),
    }
}

/// A member's keys as calls need them.
pub(super) fn member_keys(member: &Member) -> MemberKeys {
    MemberKeys {
        peer: to_peer(member.peer),
        seal: wire::SealPublic(member.seal.0),
        slot: wire::SlotPublic(member.slot.0),
    }
}

pub(super) fn chat_id(id: sightline_crdt::room::EntryId) -> ChatId {
    ChatId { actor: id.actor.0, counter: id.counter }
}

/// A time of this clock as documents hold it.
pub(super) fn doc_time(now_ms: u64) -> i64 {
    i64::try_from(now_ms).unwrap_or(i64::MAX)
}

/// A claimed time of a document; before 1970 is 1970.
pub(super) fn shown_time(at_ms: i64) -> u64 {
    u64::try_from(at_ms).unwrap_or(0)
}

pub(super) fn to_blob(blob: doc::BlobId) -> wire::BlobId {
    wire::BlobId(blob.0)
}

pub(super) fn to_doc_blob(blob: wire::BlobId) -> doc::BlobId {
    doc::BlobId(blob.0)
}

pub(super) fn to_doc_entry(id: ChatId) -> sightline_crdt::entry::EntryId {
    sightline_crdt::entry::EntryId { actor: doc::Actor(id.actor), counter: id.counter }
}
