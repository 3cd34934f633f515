//! Between the ids of the protocol and those of the documents: the same bytes under two roofs.

use ed25519_dalek::SigningKey;
use sightline_crdt::board;
use sightline_crdt::id as doc;
use sightline_crdt::keys::SealSecret;
use sightline_crdt::roster::{Member, Newcomer};
use sightline_crdt::session::Me;
use sightline_proto::call::MemberKeys;
use sightline_proto::id as wire;
use sightline_proto::introduction::Introduction;
use sightline_proto::keys::{PeerKey, SessionKeys};
use sightline_proto::look as wire_look;
use sightline_proto::mailbox::Audience;
use sightline_proto::switchboard::Right;

use crate::ids::{ChatId, EntryId};
use crate::show::{Ink, Look, Tool};

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

pub(super) fn doc_audience(audience: Audience) -> doc::Audience {
    match audience {
        Audience::All => doc::Audience::All,
        Audience::Experts => doc::Audience::Experts,
    }
}

pub(super) fn wire_audience(audience: doc::Audience) -> Audience {
    match audience {
        doc::Audience::All => Audience::All,
        doc::Audience::Experts => Audience::Experts,
    }
}

/// What a role may do with the session's mailbox. Every expert may have to take the lead, and the list with it.
pub(super) fn right_of(role: doc::Role) -> Right {
    match role {
        doc::Role::Viewer => Right::Read,
        doc::Role::Operator => Right::Write,
        doc::Role::Lead | doc::Role::Expert => Right::Admin,
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

/// A document of a kind that has many.
pub(super) fn to_doc(kind: doc::DocKind, id: wire::DocumentId) -> doc::DocId {
    doc::DocId { kind, id: id.0 }
}

pub(super) fn to_document(doc: doc::DocId) -> wire::DocumentId {
    wire::DocumentId(doc.id)
}

pub(super) fn to_doc_blob(blob: wire::BlobId) -> doc::BlobId {
    doc::BlobId(blob.0)
}

pub(super) fn to_blob(blob: doc::BlobId) -> wire::BlobId {
    wire::BlobId(blob.0)
}

/// The name of an entry as documents hold it.
pub(super) fn to_doc_entry(entry: EntryId) -> sightline_crdt::entry::EntryId {
    sightline_crdt::entry::EntryId { actor: doc::Actor(entry.actor), counter: entry.counter }
}

pub(super) fn to_look(look: wire_look::Look) -> Look {
    let entry = |name: wire_look::EntryName| EntryId { actor: name.actor, counter: name.counter };
    match look {
        wire_look::Look::Live => Look::Live,
        wire_look::Look::Board { board } => Look::Board { board },
        wire_look::Look::Page { file, page } => Look::Page { file: entry(file), page },
        wire_look::Look::Steps { list } => Look::Steps { list: entry(list) },
        wire_look::Look::Text { text } => Look::Text { text },
    }
}

pub(super) fn to_wire_look(look: Look) -> wire_look::Look {
    let name = |entry: EntryId| wire_look::EntryName { actor: entry.actor, counter: entry.counter };
    match look {
        Look::Live => wire_look::Look::Live,
        Look::Board { board } => wire_look::Look::Board { board },
        Look::Page { file, page } => wire_look::Look::Page { file: name(file), page },
        Look::Steps { list } => wire_look::Look::Steps { list: name(list) },
        Look::Text { text } => wire_look::Look::Text { text },
    }
}

macro_rules! both_ways {
    ($to_doc:ident, $to_node:ident, $name:ident, $first:ident, $($variant:ident),+) => {
        pub(super) fn $to_doc(it: $name) -> board::$name {
            match it {
                $name::$first => board::$name::$first,
                $($name::$variant => board::$name::$variant,)+
            }
        }

        pub(super) fn $to_node(it: board::$name) -> $name {
            match it {
                board::$name::$first => $name::$first,
                $(board::$name::$variant => $name::$variant,)+
            }
        }
    };
}

both_ways!(to_doc_tool, to_tool, Tool, Pen, Arrow, Rectangle, Ellipse, Text, Mark, Dot);
both_ways!(to_doc_ink, to_ink, Ink, Red, Yellow, Green, Blue, White);

/// The code of a tool in live messages: its place in the list.
pub(super) fn tool_code(tool: Tool) -> u8 {
    tool as u8
}

/// The tool of a code; the codec lets no other through.
pub(super) fn tool_of_code(code: u8) -> Tool {
    board::Tool::EACH.get(usize::from(code)).copied().map(to_tool).unwrap_or_default()
}

/// The code of an ink in live messages.
pub(super) fn ink_code(ink: Ink) -> u8 {
    ink as u8
}

/// The ink of a code; the codec lets no other through.
pub(super) fn ink_of_code(code: u8) -> Ink {
    board::Ink::EACH.get(usize::from(code)).copied().map(to_ink).unwrap_or_default()
}

pub(super) fn chat_id(id: sightline_crdt::entry::EntryId) -> ChatId {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expert_may_have_to_take_over_the_mailboxs_list() {
        use sightline_proto::switchboard::Right::{Admin, Read, Write};
        let roles = [doc::Role::Lead, doc::Role::Expert, doc::Role::Operator, doc::Role::Viewer];
        assert_eq!(roles.map(right_of), [Admin, Admin, Write, Read]);
        assert!(right_of(doc::Role::Expert).edits() && !right_of(doc::Role::Operator).edits());
    }

    #[test]
    fn tools_and_inks_have_the_codes_of_their_places() {
        assert_eq!(board::Tool::EACH.len(), usize::from(sightline_proto::limits::TOOLS));
        assert_eq!(board::Ink::EACH.len(), usize::from(sightline_proto::limits::INKS));
        for (code, tool) in (0..).zip(board::Tool::EACH) {
            assert_eq!((tool_code(to_tool(*tool)), to_doc_tool(tool_of_code(code))), (code, *tool));
        }
        for (code, ink) in (0..).zip(board::Ink::EACH) {
            assert_eq!((ink_code(to_ink(*ink)), to_doc_ink(ink_of_code(code))), (code, *ink));
        }
    }
}
