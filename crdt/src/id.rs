//! Names of things: peers, sessions, documents, actors, envelopes, roles and audiences.
//!
//! Every identifier is a newtype over fixed bytes, so that one kind can never be passed for another, and prints as
//! lowercase hex.

use std::fmt;

use crate::wire::{DecodeError, Reader, Writer};

macro_rules! bytes_id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// The raw bytes.
            pub fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }

            pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                Ok(Self(reader.array()?))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "("))?;
                self.0.iter().take(6).try_for_each(|byte| write!(f, "{byte:02x}"))?;
                write!(f, ")")
            }
        }
    };
}

bytes_id!(
    /// A peer: its Ed25519 public key.
    PeerId, 32
);
bytes_id!(
    /// A session: the first 16 bytes of the hash of its genesis entry.
    SessionId, 16
);
bytes_id!(
    /// The X25519 public key that a member's wraps are sealed to.
    SealKey, 32
);
bytes_id!(
    /// The Ed25519 public key that a member shows to the rendezvous.
    SlotKey, 32
);
bytes_id!(
    /// One run of one author: peer key, then 8 random bytes of the run.
    Actor, 40
);
bytes_id!(
    /// An envelope: the hash of everything before its signature.
    EnvelopeId, 32
);
bytes_id!(
    /// A roster entry: the hash of the whole entry with its signature.
    EntryHash, 32
);
bytes_id!(
    /// The id of a knock, as named by the entry that admits its sender.
    KnockId, 32
);
bytes_id!(
    /// A blob: the hash of its size and of its chunks' hashes.
    BlobId, 32
);

impl SessionId {
    /// The session of a genesis entry, which cannot name itself.
    pub const NONE: SessionId = SessionId([0; 16]);
}

impl EnvelopeId {
    /// The predecessor of an actor's first envelope.
    pub const NONE: EnvelopeId = EnvelopeId([0; 32]);
}

impl EntryHash {
    /// The predecessor of a genesis entry.
    pub const NONE: EntryHash = EntryHash([0; 32]);
}

impl Actor {
    /// The actor of `author` in the run `run`.
    pub fn new(author: PeerId, run: [u8; 8]) -> Self {
        let mut bytes = [0; 40];
        bytes[..32].copy_from_slice(&author.0);
        bytes[32..].copy_from_slice(&run);
        Actor(bytes)
    }

    /// The peer that writes as this actor.
    pub fn author(&self) -> PeerId {
        let mut author = [0; 32];
        author.copy_from_slice(&self.0[..32]);
        PeerId(author)
    }

    /// The random bytes of the run.
    pub fn run(&self) -> [u8; 8] {
        let mut run = [0; 8];
        run.copy_from_slice(&self.0[32..]);
        run
    }
}

/// A span of the session with one set of keys. Epoch 0 is the waiting room; genesis starts epoch 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Epoch(pub u64);

impl Epoch {
    /// The epoch of envelopes written in a waiting room.
    pub const WAITING: Epoch = Epoch(0);
}

/// What a member may do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// The expert in control: the only one who signs the roster.
    Lead,
    /// Reads and writes everything.
    Expert,
    /// Reads and writes what the audience "all" reads.
    Operator,
    /// Reads what the audience "all" reads, and never writes.
    Viewer,
}

impl Role {
    /// The byte on the wire.
    pub fn code(self) -> u8 {
        match self {
            Role::Lead => 1,
            Role::Expert => 2,
            Role::Operator => 3,
            Role::Viewer => 4,
        }
    }

    /// The role with this byte.
    pub fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            1 => Role::Lead,
            2 => Role::Expert,
            3 => Role::Operator,
            4 => Role::Viewer,
            _ => return None,
        })
    }

    /// Whether this role belongs to `audience`.
    pub fn hears(self, audience: Audience) -> bool {
        match audience {
            Audience::All => true,
            Audience::Experts => matches!(self, Role::Lead | Role::Expert),
        }
    }

    /// Whether this role writes documents of `kind`.
    pub fn writes(self, kind: DocKind) -> bool {
        self != Role::Viewer && self.hears(kind.audience())
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Role::from_code(reader.u8()?).ok_or(DecodeError::BadTag)
    }
}

/// Who may read a document.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Audience {
    /// Every member.
    All,
    /// The lead and the experts.
    Experts,
}

impl Audience {
    /// Both audiences, in wire order.
    pub const EACH: [Audience; 2] = [Audience::All, Audience::Experts];

    /// The byte on the wire.
    pub fn code(self) -> u8 {
        match self {
            Audience::All => 1,
            Audience::Experts => 2,
        }
    }

    /// The audience with this byte.
    pub fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            1 => Audience::All,
            2 => Audience::Experts,
            _ => return None,
        })
    }
}

/// The four kinds of documents.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DocKind {
    /// Title, chat, shelf, steps, events, schedule, closing: one per session.
    Room,
    /// A still picture and its strokes.
    Board,
    /// A shared text.
    Text,
    /// The experts' notes and back channel: one per session.
    Desk,
}

impl DocKind {
    /// All kinds, in wire order.
    pub const EACH: [DocKind; 4] = [DocKind::Room, DocKind::Board, DocKind::Text, DocKind::Desk];

    /// The byte on the wire.
    pub fn code(self) -> u8 {
        match self {
            DocKind::Room => 1,
            DocKind::Board => 2,
            DocKind::Text => 3,
            DocKind::Desk => 4,
        }
    }

    /// The kind with this byte.
    pub fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            1 => DocKind::Room,
            2 => DocKind::Board,
            3 => DocKind::Text,
            4 => DocKind::Desk,
            _ => return None,
        })
    }

    /// The word that names the genesis actor.
    pub fn name(self) -> &'static str {
        match self {
            DocKind::Room => "room",
            DocKind::Board => "board",
            DocKind::Text => "text",
            DocKind::Desk => "desk",
        }
    }

    /// Who may read documents of this kind.
    pub fn audience(self) -> Audience {
        match self {
            DocKind::Room | DocKind::Board | DocKind::Text => Audience::All,
            DocKind::Desk => Audience::Experts,
        }
    }
}

/// A document of a session.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocId {
    /// What it is.
    pub kind: DocKind,
    /// Which of its kind; zero where a session has only one.
    pub id: [u8; 16],
}

impl DocId {
    /// The session's room.
    pub const ROOM: DocId = DocId { kind: DocKind::Room, id: [0; 16] };
    /// The experts' desk.
    pub const DESK: DocId = DocId { kind: DocKind::Desk, id: [0; 16] };

    /// Whether the id is one that its kind may have: zero exactly for the room and the desk.
    pub fn is_well_formed(&self) -> bool {
        let single = matches!(self.kind, DocKind::Room | DocKind::Desk);
        single == (self.id == [0; 16])
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.u8(self.kind.code());
        writer.raw(&self.id);
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let kind = DocKind::from_code(reader.u8()?).ok_or(DecodeError::BadTag)?;
        Ok(DocId { kind, id: reader.array()? })
    }
}

impl fmt::Debug for DocId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind.name())?;
        if self.id != [0; 16] {
            write!(f, "/")?;
            self.id.iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))?;
        }
        Ok(())
    }
}
