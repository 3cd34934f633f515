//! The room of somebody who is not admitted yet: the same chat, between the holder of a link and the experts only.
//!
//! Its envelopes are ordinary envelopes of the room, of epoch 0, written on the room's genesis by fresh runs. On admit
//! they go into the session's room [as they are](crate::session::Input::Envelopes), and count as the member's own.

use std::collections::BTreeSet;

use automerge::AutomergeError;
use automerge::transaction::Transaction;
use ed25519_dalek::SigningKey;
use rand_core::CryptoRng;

use crate::document::{Document, WriteError};
use crate::entry::EntryId;
use crate::envelope::Envelope;
use crate::id::{Actor, DocId, DocKind, Epoch, PeerId, SessionId};
use crate::log::{Counters, Trust, Verdict};
use crate::membership::{Anchor, Membership, Standing};
use crate::room::{self, Room, RoomView};
use crate::shelf::{self, NewFile, Shelf, ShelfView};

/// Who may write in a waiting room.
#[derive(Debug, Clone)]
struct Occupants {
    sid: SessionId,
    holder: PeerId,
    experts: BTreeSet<PeerId>,
}

impl Membership for Occupants {
    fn sid(&self) -> SessionId {
        self.sid
    }

    fn epoch(&self) -> Epoch {
        Epoch::WAITING
    }

    fn standing(&self, author: &PeerId, kind: DocKind) -> Standing {
        let writes = kind == DocKind::Room && (*author == self.holder || self.experts.contains(author));
        if writes { Standing::Writer } else { Standing::Unknown }
    }

    fn tidies(&self, peer: &PeerId) -> bool {
        self.experts.contains(peer)
    }

    fn within(&self, _: &DocId, _: &Actor) -> u64 {
        0
    }

    fn anchors(&self, _: &DocId) -> Vec<Anchor> {
        Vec::new()
    }
}

/// A waiting room.
pub struct WaitingRoom {
    occupants: Occupants,
    document: Document,
    room: RoomView,
    shelf: ShelfView,
}

impl WaitingRoom {
    /// The waiting room of `holder` in the session `sid`.
    pub fn new(sid: SessionId, holder: PeerId, experts: impl IntoIterator<Item = PeerId>) -> Self {
        WaitingRoom {
            occupants: Occupants { sid, holder, experts: experts.into_iter().collect() },
            document: Document::new(DocId::ROOM),
            room: RoomView::default(),
            shelf: ShelfView::default(),
        }
    }

    /// Whose waiting room this is.
    pub fn holder(&self) -> PeerId {
        self.occupants.holder
    }

    /// Lets one more expert of the session write here.
    pub fn add_expert(&mut self, expert: PeerId) {
        self.occupants.experts.insert(expert);
        self.document.on_roster(&self.occupants);
    }

    /// Takes in encoded bytes from the other side, or from the store.
    pub fn insert_bytes(&mut self, bytes: &[u8]) -> Verdict {
        self.document.insert_bytes(bytes, &self.occupants).0
    }

    /// Takes in an envelope that this device stored.
    pub fn insert_stored(&mut self, envelope: Envelope) -> Verdict {
        self.document.insert(envelope, Trust::Stored, &self.occupants).0
    }

    /// Says something; the envelope goes to the other side.
    pub fn say(
        &mut self,
        key: &SigningKey,
        text: &str,
        now_ms: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<Envelope, WriteError> {
        let say = |transaction: &mut Transaction<'_>| room::append_chat(transaction, text, now_ms);
        Ok(self.write(key, rng, say)?.1)
    }

    /// Publishes a file; the envelope goes to the other side.
    pub fn publish(
        &mut self,
        key: &SigningKey,
        file: &NewFile<'_>,
        now_ms: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<(EntryId, Envelope), WriteError> {
        self.write(key, rng, |transaction| shelf::publish(transaction, file, now_ms))
    }

    /// Writes one change of the room.
    pub fn write<T>(
        &mut self,
        key: &SigningKey,
        rng: &mut impl CryptoRng,
        operations: impl FnOnce(&mut Transaction<'_>) -> Result<T, AutomergeError>,
    ) -> Result<(T, Envelope), WriteError> {
        let (told, envelope, _) = self.document.write(key, Epoch::WAITING, &self.occupants, rng, operations)?;
        Ok((told, envelope))
    }

    /// What the room shows now.
    pub fn room(&mut self) -> &Room {
        self.room.refresh(&mut self.document)
    }

    /// The files on its shelf now.
    pub fn shelf(&mut self) -> &Shelf {
        self.shelf.refresh(&mut self.document, &self.occupants)
    }

    /// The accepted envelopes, encoded, ancestors first: what the session takes in on admit.
    pub fn envelopes(&self) -> Vec<Vec<u8>> {
        self.document.log().accepted().map(Envelope::encode).collect()
    }

    /// How often each reason for refusal occurred.
    pub fn counters(&self) -> &Counters {
        self.document.log().counters()
    }
}
