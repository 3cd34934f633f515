//! The first change of every document, compiled in and never sent.
//!
//! It makes the containers, so that they have one identity everywhere. Its actor is
//! `SHA-256("sightline/1 genesis " ‖ kind)` with the kind as a word, its time 0; the first container is operation 1.

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, Change, ObjId, ObjType, ROOT};
use sha2::{Digest, Sha256};

use crate::id::DocKind;

/// A container that genesis makes under the root.
pub struct Container {
    /// Its key in the root map.
    pub name: &'static str,
    /// A list or a text.
    pub is_text: bool,
}

const fn list(name: &'static str) -> Container {
    Container { name, is_text: false }
}

const ROOM: [Container; 8] = [
    list("title"),
    list("notes"),
    list("chat"),
    list("shelf"),
    list("steps"),
    list("events"),
    list("schedule"),
    list("closing"),
];
const BOARD: [Container; 2] = [list("meta"), list("strokes")];
const TEXT: [Container; 2] = [list("meta"), Container { name: "body", is_text: true }];
const DESK: [Container; 2] = [list("notes"), list("chat")];

/// The containers of a kind, in the order of their operations.
pub fn containers(kind: DocKind) -> &'static [Container] {
    match kind {
        DocKind::Room => &ROOM,
        DocKind::Board => &BOARD,
        DocKind::Text => &TEXT,
        DocKind::Desk => &DESK,
    }
}

/// The actor of the genesis change.
pub fn actor(kind: DocKind) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"sightline/1 genesis ");
    hash.update(kind.name());
    hash.finalize().into()
}

/// The compiled-in genesis change.
pub fn change(kind: DocKind) -> &'static [u8] {
    match kind {
        DocKind::Room => include_bytes!("genesis/room.change"),
        DocKind::Board => include_bytes!("genesis/board.change"),
        DocKind::Text => include_bytes!("genesis/text.change"),
        DocKind::Desk => include_bytes!("genesis/desk.change"),
    }
}

/// Automerge's name of a genesis container.
pub fn container_id(kind: DocKind, name: &str) -> Option<ObjId> {
    let index = containers(kind).iter().position(|container| container.name == name)?;
    Some(ObjId::Id(index as u64 + 1, ActorId::from(actor(kind)), 0))
}

/// A document that has nothing but its genesis change.
pub fn document(kind: DocKind) -> Automerge {
    let mut doc = Automerge::new();
    let change = Change::try_from(change(kind)).ok();
    // The compiled-in bytes are a change, and the first one of an empty document: a test holds both.
    let applied = change.is_some_and(|change| doc.apply_changes([change]).is_ok());
    debug_assert!(applied, "genesis change of {} does not apply", kind.name());
    doc
}

/// Makes the genesis change afresh: the bytes that are compiled in.
pub fn make(kind: DocKind) -> Vec<u8> {
    let mut doc = Automerge::new().with_actor(ActorId::from(actor(kind)));
    let mut transaction = doc.transaction();
    for container in containers(kind) {
        let kind = if container.is_text { ObjType::Text } else { ObjType::List };
        let made = transaction.put_object(ROOT, container.name, kind);
        debug_assert!(made.is_ok(), "a new key of the root map can always be set");
    }
    transaction.commit_with(CommitOptions::default().with_time(0));
    doc.get_last_local_change().map(|change| change.raw_bytes().to_vec()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prescan::prescan;
    use automerge::ReadDoc;

    #[test]
    fn compiled_in_changes_are_what_make_makes() {
        for kind in DocKind::EACH {
            let made = make(kind);
            if std::env::var_os("SIGHTLINE_WRITE_FIXTURES").is_some() {
                let path = format!("{}/src/genesis/{}.change", env!("CARGO_MANIFEST_DIR"), kind.name());
                std::fs::write(path, &made).unwrap();
                continue;
            }
            assert_eq!(made, change(kind), "{}", kind.name());
        }
    }

    #[test]
    fn every_container_is_where_its_id_says() {
        for kind in DocKind::EACH {
            let doc = document(kind);
            for container in containers(kind) {
                let (_, id) = doc.get(ROOT, container.name).unwrap().unwrap();
                assert_eq!(Some(id), container_id(kind, container.name));
            }
        }
    }

    #[test]
    fn genesis_passes_the_prescan() {
        for kind in DocKind::EACH {
            let shape = prescan(change(kind)).unwrap();
            assert_eq!(shape.start_op, 1);
            assert_eq!(shape.ops.len(), containers(kind).len());
        }
    }
}
