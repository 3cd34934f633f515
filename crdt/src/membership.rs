//! What a document's log asks of the roster.

use crate::id::{Actor, DocId, DocKind, EnvelopeId, Epoch, PeerId, SessionId};
use crate::wire::{DecodeError, Reader, Writer};

/// One author's standing towards one kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Never a member.
    Unknown,
    /// May write now.
    Writer,
    /// Might write once, and no longer: what lies within its cuts counts.
    Former,
    /// A member, or one that left, that never might write.
    Reader,
}

/// A point in one actor's chain: "up to here".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cut {
    /// The document.
    pub doc: DocId,
    /// The actor.
    pub actor: Actor,
    /// The last sequence number within the cut.
    pub seq: u64,
    /// The envelope with that number.
    pub id: EnvelopeId,
}

impl Cut {
    /// Bytes of an encoded cut.
    pub(crate) const BYTES: usize = 17 + 40 + 8 + 32;

    pub(crate) fn write(&self, writer: &mut Writer) {
        self.doc.write(writer);
        writer.raw(&self.actor.0);
        writer.u64(self.seq);
        writer.raw(&self.id.0);
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let doc = DocId::read(reader)?;
        let actor = Actor::read(reader)?;
        Ok(Cut { doc, actor, seq: reader.u64()?, id: EnvelopeId::read(reader)? })
    }
}

/// Who may write what, as the log of a document sees it.
pub trait Membership {
    /// The session.
    fn sid(&self) -> SessionId;

    /// The highest epoch an envelope may name.
    fn epoch(&self) -> Epoch;

    /// The standing of `author` towards documents of `kind`.
    fn standing(&self, author: &PeerId, kind: DocKind) -> Standing;

    /// Whether what `peer` hides, erases or shows again counts also where it is another's: for experts, and for those who
    /// were when they left.
    fn tidies(&self, peer: &PeerId) -> bool {
        self.standing(peer, DocKind::Desk) == Standing::Writer
    }

    /// How far envelopes of a former writer's `actor` count; 0 when there is no cut.
    fn within(&self, doc: &DocId, actor: &Actor) -> u64;

    /// Every point at which the roster pins an actor's chain in `doc`: cuts and settles, in the order of their entries.
    fn anchors(&self, doc: &DocId) -> Vec<Anchor>;
}

/// A point at which the roster names the envelope of an actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// The actor.
    pub actor: Actor,
    /// The sequence number.
    pub seq: u64,
    /// The envelope that has it.
    pub id: EnvelopeId,
}
