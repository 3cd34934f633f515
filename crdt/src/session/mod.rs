//! The session as one pure machine: roster, keys, documents and links together.
//!
//! It has no clock, no socket and no file. Whatever happens goes in as an [`Input`] or as one of the methods that
//! write; what is to be done about it comes out as [`Output`]s, in order. The caller
//!
//! * appends every [`Output::Persist`] to the session's file before it does what comes after it,
//! * sends [`Output::Send`] in order, on a channel that keeps order, cut into [`fragments`](crate::sync::fragments),
//! * answers [`Output::VectorsDue`] with [`Input::VectorsDue`] some 50 ms later,
//! * gives back the file's records to [`Session::restore`] at the next start, which makes the same session.

mod entries;
mod links;
mod restore;
mod views;

use std::collections::BTreeMap;

use automerge::AutomergeError;
use automerge::transaction::Transaction;
use ed25519_dalek::SigningKey;
use rand_core::CryptoRng;

use crate::document::{Document, WriteError};
use crate::envelope::{Envelope, EnvelopeError};
use crate::id::{DocId, PeerId, Role, SessionId, SlotKey};
use crate::keys::{KeyRing, SealSecret};
use crate::limits;
use crate::log::{Counters, Effects, Log, Reason, Trust, Vector, Verdict};
use crate::room;
use crate::roster::{DraftError, Founder, Roster, RosterError};
use crate::sign;
use crate::storage::{RecordKind, encode_record};
use crate::sync::SyncPeer;
use crate::wire::Writer;

pub use restore::{RestoreError, Restored};
use views::Views;

/// A link, by whatever number the caller gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u64);

/// The secrets of this device in this session.
#[derive(Clone)]
pub struct Me {
    /// The peer key.
    pub key: SigningKey,
    /// The seal key.
    pub seal: SealSecret,
}

/// Something that happened.
#[derive(Debug)]
pub enum Input<'a> {
    /// A link to a peer is up and its hello was checked.
    LinkOpened {
        /// The link.
        link: LinkId,
        /// Who is at the other end.
        peer: PeerId,
    },
    /// A link is gone.
    LinkClosed {
        /// The link.
        link: LinkId,
    },
    /// A whole sync message came.
    Message {
        /// On which link.
        link: LinkId,
        /// The message.
        bytes: &'a [u8],
    },
    /// The time since [`Output::VectorsDue`] is up.
    VectorsDue,
    /// Roster entries came by another way than a link: with a reply, from a mailbox.
    Entries(&'a [Vec<u8>]),
    /// Envelopes came by another way than a link: from a waiting room, from a mailbox.
    Envelopes(&'a [Vec<u8>]),
}

/// Something to be done, or to be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Append this record to the session's file.
    Persist(Vec<u8>),
    /// Send this sync message.
    Send {
        /// On which link.
        link: LinkId,
        /// The message, not yet cut into fragments.
        message: Vec<u8>,
    },
    /// Give [`Input::VectorsDue`] in a moment.
    VectorsDue,
    /// A document changed.
    DocumentChanged(DocId),
    /// The roster changed: members, roles, epochs, or whether there is an alarm.
    RosterChanged,
    /// A peer said to have more or less than before.
    SeenChanged(PeerId),
    /// Something was refused and counted.
    Refused {
        /// Who sent it, if it came by a link.
        link: Option<LinkId>,
        /// Why.
        reason: &'static str,
    },
    /// An actor equivocated; the lead is to [settle](Session::settle).
    Equivocated(PeerId),
    /// A link's sync messages are no longer listened to.
    Muted(LinkId),
}

/// A session.
pub struct Session {
    me: Me,
    peer: PeerId,
    roster: Roster,
    ring: KeyRing,
    documents: BTreeMap<DocId, Document>,
    views: Views,
    links: BTreeMap<LinkId, SyncPeer>,
    seen: BTreeMap<PeerId, BTreeMap<DocId, Vector>>,
    counters: Counters,
    vectors_due: bool,
    outputs: Vec<Output>,
}

impl Session {
    /// Founds a session.
    pub fn found(
        me: Me,
        slot: SlotKey,
        name: &str,
        succession: bool,
        rng: &mut impl CryptoRng,
    ) -> Result<(Self, Vec<Output>), DraftError> {
        let founder = Founder { key: &me.key, seal: me.seal.public(), slot, name, succession };
        let (genesis, _) = founder.found(rng)?;
        let mut session = Session::around(me, Roster::new(genesis)?);
        session.persist_chain();
        let outputs = session.take_outputs();
        Ok((session, outputs))
    }

    /// Joins a session whose chain somebody handed over, for instance with a reply that admits.
    pub fn join(me: Me, sid: SessionId, chain: &[Vec<u8>]) -> Result<(Self, Vec<Output>), RosterError> {
        let roster = Roster::from_chain(sid, chain.iter().map(Vec::as_slice))?;
        let mut session = Session::around(me, roster);
        session.persist_chain();
        let outputs = session.take_outputs();
        Ok((session, outputs))
    }

    fn around(me: Me, roster: Roster) -> Self {
        let mut session = Session {
            peer: sign::peer_of(&me.key),
            me,
            roster,
            ring: KeyRing::new(),
            documents: BTreeMap::from([(DocId::ROOM, Document::new(DocId::ROOM))]),
            views: Views::default(),
            links: BTreeMap::new(),
            seen: BTreeMap::new(),
            counters: Counters::default(),
            vectors_due: false,
            outputs: Vec::new(),
        };
        session.learn_keys();
        for document in session.documents.values_mut() {
            document.on_roster(&session.roster);
        }
        session
    }

    /// Takes in what happened.
    pub fn handle(&mut self, input: Input<'_>) -> Vec<Output> {
        match input {
            Input::LinkOpened { link, peer } => self.link_opened(link, peer),
            Input::LinkClosed { link } => self.link_closed(link),
            Input::Message { link, bytes } => self.message(link, bytes),
            Input::VectorsDue => self.vectors_due(),
            Input::Entries(entries) => self.take_entries(None, entries),
            Input::Envelopes(envelopes) => {
                for bytes in envelopes {
                    self.take_envelope(None, bytes);
                }
            }
        }
        self.take_outputs()
    }

    /// Says something in the room.
    pub fn say(&mut self, text: &str, now_ms: i64, rng: &mut impl CryptoRng) -> Result<Vec<Output>, WriteError> {
        self.write(DocId::ROOM, rng, |transaction| room::append_chat(transaction, text, now_ms))
    }

    /// Sets the session's title.
    pub fn set_title(&mut self, title: &str, now_ms: i64, rng: &mut impl CryptoRng) -> Result<Vec<Output>, WriteError> {
        self.write(DocId::ROOM, rng, |transaction| room::set_title(transaction, title, now_ms))
    }

    /// Notes that somebody came or went.
    pub fn add_note(&mut self, kind: &str, now_ms: i64, rng: &mut impl CryptoRng) -> Result<Vec<Output>, WriteError> {
        self.write(DocId::ROOM, rng, |transaction| room::add_note(transaction, kind, now_ms))
    }

    /// Writes one change to a document, which is begun if it is new.
    pub fn write<T>(
        &mut self,
        doc: DocId,
        rng: &mut impl CryptoRng,
        operations: impl FnOnce(&mut Transaction<'_>) -> Result<T, AutomergeError>,
    ) -> Result<Vec<Output>, WriteError> {
        Ok(self.compose(doc, rng, operations)?.1)
    }

    /// As [`write`](Self::write), and tells what the operations told: most often the name of the entry they made.
    pub fn compose<T>(
        &mut self,
        doc: DocId,
        rng: &mut impl CryptoRng,
        operations: impl FnOnce(&mut Transaction<'_>) -> Result<T, AutomergeError>,
    ) -> Result<(T, Vec<Output>), WriteError> {
        if self.open_document(doc).is_none() {
            return Err(WriteError::Refused(Reason::UnknownDocument));
        }
        let Session { me, roster, documents, .. } = self;
        let Some(document) = documents.get_mut(&doc) else {
            return Err(WriteError::Refused(Reason::UnknownDocument));
        };
        let (told, _, effects) = document.write(&me.key, roster.epoch(), roster, rng, operations)?;
        self.after(doc, effects, true);
        Ok((told, self.take_outputs()))
    }

    /// Who this device is.
    pub fn peer(&self) -> PeerId {
        self.peer
    }

    /// The session's id.
    pub fn sid(&self) -> SessionId {
        self.roster.sid()
    }

    /// The roster.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// The epoch keys.
    pub fn ring(&self) -> &KeyRing {
        &self.ring
    }

    /// This peer's role, if it is a member now.
    pub fn role(&self) -> Option<Role> {
        self.roster.role_of(&self.peer)
    }

    /// A document, if it was begun.
    pub fn document(&mut self, doc: DocId) -> Option<&mut Document> {
        self.documents.get_mut(&doc)
    }

    /// The documents that were begun.
    pub fn documents(&self) -> impl Iterator<Item = DocId> {
        self.documents.keys().copied()
    }

    /// The log of a document, if it was begun.
    pub fn log(&self, doc: DocId) -> Option<&Log> {
        self.documents.get(&doc).map(Document::log)
    }

    /// What a peer last said to have of a document: a message whose envelope is in it is delivered.
    pub fn seen(&self, peer: &PeerId, doc: DocId) -> Option<&Vector> {
        self.seen.get(peer)?.get(&doc)
    }

    /// The peers that said to have this message, besides its author.
    pub fn delivered_to(&self, message: &room::ChatMessage) -> impl Iterator<Item = PeerId> {
        let has = |vectors: &BTreeMap<DocId, Vector>| vectors.get(&DocId::ROOM).is_some_and(|v| message.is_in(v));
        self.seen.iter().filter(move |(peer, vectors)| **peer != message.author && has(vectors)).map(|(peer, _)| *peer)
    }

    /// How often each reason for refusal occurred, in all documents and on all links.
    pub fn counters(&self) -> Counters {
        let mut all = self.counters.clone();
        self.documents.values().for_each(|document| all.add(document.log().counters()));
        all
    }

    fn take_outputs(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.outputs)
    }

    /// Whether this peer may have a document, here or yet to be begun.
    fn may_have(&self, doc: DocId) -> bool {
        let hears = self.role().is_none_or(|role| role.hears(doc.kind.audience()));
        let room = self.documents.len() < limits::DOCUMENTS || self.documents.contains_key(&doc);
        doc.is_well_formed() && hears && room
    }

    /// A document that this peer may have, begun if it is new.
    fn open_document(&mut self, doc: DocId) -> Option<&mut Document> {
        if !self.may_have(doc) {
            return None;
        }
        let Session { documents, roster, .. } = self;
        Some(documents.entry(doc).or_insert_with(|| {
            let mut document = Document::new(doc);
            document.on_roster(roster);
            document
        }))
    }

    fn take_envelope(&mut self, link: Option<LinkId>, bytes: &[u8]) {
        let envelope = match Envelope::decode(bytes) {
            Ok(envelope) => envelope,
            Err(error) => {
                let reason = match error {
                    EnvelopeError::Oversize => Reason::Oversize,
                    EnvelopeError::Malformed(_) => Reason::Malformed,
                    EnvelopeError::Version(_) => Reason::UnknownVersion,
                };
                self.counters.count(reason.name());
                return self.refused(link, reason.name(), true);
            }
        };
        let (doc, id) = (envelope.doc(), envelope.id());
        // Nothing is begun for an envelope of somebody else's session.
        let known = envelope.sid() == self.sid() && self.open_document(doc).is_some();
        let Some(document) = self.documents.get_mut(&doc).filter(|_| known) else {
            let other = envelope.sid() != self.roster.sid();
            let reason = if other { Reason::OtherSession } else { Reason::UnknownDocument };
            self.counters.count(reason.name());
            return self.refused(link, reason.name(), other);
        };
        let (verdict, effects) = document.insert(envelope, Trust::Network, &self.roster);
        if let Some(peer) = link.and_then(|link| self.links.get_mut(&link)) {
            peer.has(id);
        }
        self.after(doc, effects, false);
        if let Verdict::Refused(reason) = verdict {
            self.refused(link, reason.name(), reason.is_never_honest());
        }
    }

    /// What follows from a document's effects: store, tell, pass on.
    fn after(&mut self, doc: DocId, effects: Effects, own: bool) {
        let Some(document) = self.documents.get(&doc) else { return };
        for id in &effects.inserted {
            if let Some(envelope) = document.log().envelope_by_id(id) {
                self.outputs.push(Output::Persist(encode_record(RecordKind::ENVELOPE, &envelope.encode())));
            }
        }
        for proof in &effects.proofs {
            let (low, high) = (proof.low.encode(), proof.high.encode());
            let mut record = Writer::new();
            record.bytes(&low);
            record.bytes(&high);
            self.outputs.push(Output::Persist(encode_record(RecordKind::PROOF, record.as_slice())));
            self.outputs.push(Output::Equivocated(proof.low.author()));
        }
        let changed = effects.rebuild || !effects.accepted.is_empty();
        if changed {
            self.outputs.push(Output::DocumentChanged(doc));
        }
        for proof in effects.proofs {
            self.pass_on_proof(doc, &proof);
        }
        if effects.ask_again {
            self.ask_again(doc);
        }
        if own {
            self.send_missing_everywhere(doc);
        }
        if (changed || !effects.inserted.is_empty()) && !self.vectors_due {
            self.vectors_due = true;
            self.outputs.push(Output::VectorsDue);
        }
    }

    fn refused(&mut self, link: Option<LinkId>, reason: &'static str, never_honest: bool) {
        self.outputs.push(Output::Refused { link, reason });
        let Some(link) = link else { return };
        if never_honest && self.links.get_mut(&link).is_some_and(SyncPeer::misbehaved) {
            self.outputs.push(Output::Muted(link));
        }
    }
}
