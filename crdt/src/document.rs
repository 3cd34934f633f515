//! A document: its log, and the Automerge document that the accepted changes make.
//!
//! Automerge is fed in batches and only when somebody reads or writes, so that a thousand envelopes that arrive
//! together cost one call. It never sees a change before the log accepted it.

use automerge::transaction::{CommitOptions, Transaction};
use automerge::{ActorId, Automerge, AutomergeError, Change};
use ed25519_dalek::SigningKey;
use rand_core::CryptoRng;
use thiserror::Error;

use crate::dag::NodeIndex;
use crate::envelope::{Content, Envelope};
use crate::genesis;
use crate::id::{Actor, DocId, EnvelopeId, Epoch};
use crate::limits;
use crate::log::{Effects, Log, Proof, Reason, Trust, Vector, Verdict};
use crate::membership::{Membership, Standing};
use crate::sign;

/// Why something could not be written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The change would not be accepted.
    #[error("the change would be refused: {}", .0.name())]
    Refused(Reason),
    /// Nothing was to be written.
    #[error("nothing to write")]
    Empty,
    /// It would change nothing that anybody sees: what it is about isn't there, or is another's.
    #[error("it would change nothing")]
    NoEffect,
    /// Automerge refused the operations.
    #[error("automerge: {0}")]
    Automerge(#[from] AutomergeError),
}

/// What changed for a view since it last looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Freshness {
    /// Nothing.
    Same,
    /// Entries were added, and nothing that was there changed.
    Added,
    /// Anything.
    Changed,
}

/// Up to where a view has seen a document; a new view has seen nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Glance(u64);

/// A document of a session.
pub struct Document {
    log: Log,
    automerge: Automerge,
    unapplied: Vec<NodeIndex>,
    /// The Automerge document has something that is no longer accepted.
    stale: bool,
    /// Counts what changed; 0 is what nobody has seen.
    version: Glance,
    /// The last version in which something changed that was there before.
    rewritten: Glance,
    run: Option<Actor>,
}

impl Document {
    /// A document with nothing but its genesis change.
    pub fn new(doc: DocId) -> Self {
        Document {
            log: Log::new(doc),
            automerge: genesis::document(doc.kind),
            unapplied: Vec::new(),
            stale: false,
            version: Glance(1),
            rewritten: Glance(1),
            run: None,
        }
    }

    /// The log.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// How far this document has every actor's chain.
    pub fn vector(&self) -> Vector {
        self.log.vector()
    }

    /// Takes in encoded bytes from a peer.
    pub fn insert_bytes(&mut self, bytes: &[u8], members: &impl Membership) -> (Verdict, Effects) {
        let verdict = self.log.insert_bytes(bytes, members);
        (verdict, self.absorb())
    }

    /// Takes in an envelope.
    pub fn insert(&mut self, envelope: Envelope, trust: Trust, members: &impl Membership) -> (Verdict, Effects) {
        let verdict = self.log.insert(envelope, trust, members);
        (verdict, self.absorb())
    }

    /// Takes in a proof of equivocation.
    pub fn insert_proof(&mut self, proof: Proof, members: &impl Membership) -> (Verdict, Effects) {
        let verdict = self.log.insert_proof(proof, members);
        (verdict, self.absorb())
    }

    /// Takes notice of another roster.
    pub fn on_roster(&mut self, members: &impl Membership) -> Effects {
        self.log.on_roster(members);
        self.absorb()
    }

    /// The Automerge document, with every accepted change.
    pub fn read(&mut self) -> &Automerge {
        self.apply();
        &self.automerge
    }

    /// The Automerge document as it was last read.
    pub(crate) fn peek(&self) -> &Automerge {
        &self.automerge
    }

    /// What changed since a view last looked, which now it does.
    pub fn look(&self, glance: &mut Glance) -> Freshness {
        let seen = std::mem::replace(glance, self.version);
        match seen {
            seen if seen == self.version => Freshness::Same,
            seen if seen >= self.rewritten => Freshness::Added,
            _ => Freshness::Changed,
        }
    }

    fn changed(&mut self, freshness: Freshness) {
        if freshness > Freshness::Same {
            self.version.0 += 1;
        }
        if freshness == Freshness::Changed {
            self.rewritten = self.version;
        }
    }

    /// Writes one change and takes it in; tells what the operations told. The first write of a run, and the first after this peer's own chain no longer
    /// counts, begins a new actor.
    pub fn write<T>(
        &mut self,
        key: &SigningKey,
        epoch: Epoch,
        members: &impl Membership,
        rng: &mut impl CryptoRng,
        operations: impl FnOnce(&mut Transaction<'_>) -> Result<T, AutomergeError>,
    ) -> Result<(T, Envelope, Effects), WriteError> {
        let author = sign::peer_of(key);
        match members.standing(&author, self.log.doc().kind) {
            Standing::Writer => {}
            Standing::Unknown => return Err(WriteError::Refused(Reason::UnknownAuthor)),
            Standing::Former => return Err(WriteError::Refused(Reason::BeyondCut)),
            Standing::Reader => return Err(WriteError::Refused(Reason::RoleNotAllowed)),
        }
        self.apply();
        let actor = match self.run {
            Some(actor) if self.log.can_continue(&actor) => actor,
            _ => {
                let mut run = [0; 8];
                rng.fill_bytes(&mut run);
                Actor::new(author, run)
            }
        };
        self.automerge.set_actor(ActorId::from(actor.0.as_slice()));
        let mut transaction = self.automerge.transaction();
        let told = operations(&mut transaction)?;
        let (hash, _) = transaction.commit_with(CommitOptions::default().with_time(0));
        if hash.is_none() {
            return Err(WriteError::Empty);
        }
        let change = self.automerge.get_last_local_change().ok_or(WriteError::Empty)?;
        let tip = self.log.vector().remove(&actor);
        let (seq, prev) = tip.unwrap_or((0, EnvelopeId::NONE));
        let content = Content {
            sid: members.sid(),
            doc: self.log.doc(),
            epoch,
            author: actor.author(),
            run: actor.run(),
            seq: seq + 1,
            prev,
            change: change.raw_bytes().to_vec(),
        };
        let envelope = Envelope::seal(content, key);
        let too_long = envelope.change().len() > limits::CHANGE_BYTES;
        let verdict = match too_long {
            true => Verdict::Refused(Reason::Oversize),
            false => self.log.insert(envelope.clone(), Trust::Verified, members),
        };
        let before = self.unapplied.len();
        let effects = self.absorb();
        match verdict {
            Verdict::Accepted => {
                self.run = Some(actor);
                // Automerge has it already; with a rebuild under way it is applied again with the rest.
                self.unapplied.truncate(before);
                Ok((told, envelope, effects))
            }
            Verdict::Refused(reason) => {
                self.stale = true;
                Err(WriteError::Refused(reason))
            }
            Verdict::Pending | Verdict::Duplicate => {
                self.stale = true;
                Err(WriteError::Refused(Reason::BadReference))
            }
        }
    }

    fn absorb(&mut self) -> Effects {
        let effects = self.log.take_effects();
        if effects.rebuild {
            self.stale = true;
            self.unapplied.clear();
        } else {
            self.unapplied.extend_from_slice(&effects.accepted);
        }
        if self.stale {
            self.changed(Freshness::Changed);
        } else if !effects.accepted.is_empty() {
            let additive = effects.accepted.iter().all(|node| self.log.is_additive(*node));
            self.changed(if additive { Freshness::Added } else { Freshness::Changed });
        }
        effects
    }

    fn apply(&mut self) {
        if self.stale {
            self.stale = false;
            self.automerge = genesis::document(self.log.doc().kind);
            self.unapplied = self.log.accepted_nodes();
            self.changed(Freshness::Changed);
        }
        if self.unapplied.is_empty() {
            return;
        }
        let changes: Vec<Change> = std::mem::take(&mut self.unapplied)
            .into_iter()
            .filter_map(|node| Change::try_from(self.log.envelope(node)?.change()).ok())
            .collect();
        // Accepted changes are complete, in order and unique: Automerge has no reason to refuse any.
        let applied = self.automerge.apply_changes(changes);
        debug_assert!(applied.is_ok(), "automerge refused an accepted change: {applied:?}");
    }
}
