//! One signed entry of the roster: its kinds, its bytes, its hash.

use ed25519_dalek::SigningKey;
use sha2::{Digest, Sha256};

use crate::id::{Audience, EntryHash, Epoch, KnockId, PeerId, Role, SealKey, SessionId, SlotKey};
use crate::limits;
use crate::membership::Cut;
use crate::sign::{self, SIGNATURE_BYTES};
use crate::wire::{DecodeError, Reader, Writer};

const VERSION: u8 = 1;

/// Who comes in: the keys and the name that an entry writes down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newcomer {
    /// Its identity.
    pub peer: PeerId,
    /// Where its wraps are sealed to.
    pub seal: SealKey,
    /// What the rendezvous knows it by.
    pub slot: SlotKey,
    /// Its name, as it gave it.
    pub name: String,
}

/// What an entry does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// Begins the session; the signer is the lead.
    Genesis {
        /// Whether an expert may take the lead when the lead is lost.
        succession: bool,
        /// The creator's own keys and name; its peer is the signer.
        creator: Newcomer,
    },
    /// Lets a knock in.
    Admit {
        /// Who.
        newcomer: Newcomer,
        /// As what.
        role: Role,
        /// Which knock.
        knock: KnockId,
    },
    /// Gives a member another role, and starts an epoch.
    Role {
        /// Who.
        peer: PeerId,
        /// The new role.
        role: Role,
        /// How far its envelopes count if it may no longer write.
        cuts: Vec<Cut>,
    },
    /// Removes a member, and starts an epoch.
    Remove {
        /// Who.
        peer: PeerId,
        /// How far its envelopes count.
        cuts: Vec<Cut>,
    },
    /// Hands the lead to an expert that accepted.
    Transfer {
        /// The new lead.
        peer: PeerId,
        /// Its signature "accept" over the previous entry's hash.
        accept: [u8; SIGNATURE_BYTES],
    },
    /// An expert takes the lead.
    Take,
    /// Starts an epoch.
    Rekey,
    /// Names the envelope that counts where an actor equivocated.
    Settle {
        /// Which.
        cut: Cut,
    },
    /// Ends the session.
    Close {
        /// How far every actor had come.
        vectors: Vec<Cut>,
    },
}

impl EntryKind {
    /// The byte on the wire.
    pub fn code(&self) -> u8 {
        match self {
            EntryKind::Genesis { .. } => 1,
            EntryKind::Admit { .. } => 2,
            EntryKind::Role { .. } => 3,
            EntryKind::Remove { .. } => 4,
            EntryKind::Transfer { .. } => 5,
            EntryKind::Take => 6,
            EntryKind::Rekey => 7,
            EntryKind::Settle { .. } => 8,
            EntryKind::Close { .. } => 9,
        }
    }

    /// Whether another entry does the same to the same member, whatever its cuts.
    pub(super) fn does_as(&self, other: &EntryKind) -> bool {
        match (self, other) {
            (EntryKind::Admit { newcomer: a, .. }, EntryKind::Admit { newcomer: b, .. }) => a.peer == b.peer,
            (EntryKind::Role { peer: a, role: c, .. }, EntryKind::Role { peer: b, role: d, .. }) => (a, c) == (b, d),
            (EntryKind::Remove { peer: a, .. }, EntryKind::Remove { peer: b, .. }) => a == b,
            (EntryKind::Settle { cut: a }, EntryKind::Settle { cut: b }) => (a.doc, a.actor) == (b.doc, b.actor),
            _ => false,
        }
    }

    /// Whether this kind starts an epoch with fresh keys.
    pub fn starts_epoch(&self) -> bool {
        matches!(self, EntryKind::Genesis { .. } | EntryKind::Role { .. } | EntryKind::Remove { .. } | EntryKind::Rekey)
    }
}

/// An epoch key, sealed to one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrap {
    /// Whose key it is.
    pub audience: Audience,
    /// For whom.
    pub peer: PeerId,
    /// The encapsulated key.
    pub enc: [u8; 32],
    /// The ciphertext.
    pub ct: Vec<u8>,
}

/// Everything of an entry but its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// The session; zero in genesis.
    pub sid: SessionId,
    /// Its number; genesis is 0.
    pub n: u64,
    /// The previous entry; zero in genesis.
    pub prev: EntryHash,
    /// The term; each `take` adds one.
    pub term: u64,
    /// The epoch in force after it.
    pub epoch: Epoch,
    /// What it does.
    pub kind: EntryKind,
    /// The keys it hands out.
    pub wraps: Vec<Wrap>,
    /// Who signs.
    pub signer: PeerId,
}

/// A signed entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    body: Body,
    bytes: Vec<u8>,
    hash: EntryHash,
}

impl Entry {
    /// Signs `body`; the key must be the signer's.
    pub fn seal(body: Body, key: &SigningKey) -> Self {
        let mut bytes = encode_body(&body);
        let signature = sign::sign(key, "roster", &bytes);
        bytes.extend_from_slice(&signature);
        let hash = EntryHash(Sha256::digest(&bytes).into());
        Entry { body, bytes, hash }
    }

    /// Decodes an entry. Its signature and whether it may follow its predecessor are checked by the roster.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > limits::ENTRY_BYTES {
            return Err(DecodeError::TooLong);
        }
        let mut reader = Reader::new(bytes);
        if reader.u8()? != VERSION {
            return Err(DecodeError::BadTag);
        }
        let sid = SessionId::read(&mut reader)?;
        let n = reader.u64()?;
        let prev = EntryHash::read(&mut reader)?;
        let term = reader.u64()?;
        let epoch = Epoch(reader.u64()?);
        let kind = read_kind(&mut reader)?;
        let wraps = read_wraps(&mut reader)?;
        let signer = PeerId::read(&mut reader)?;
        reader.array::<SIGNATURE_BYTES>()?;
        reader.finish()?;
        let mut body = Body { sid, n, prev, term, epoch, kind, wraps, signer };
        if let EntryKind::Genesis { creator, .. } = &mut body.kind {
            creator.peer = signer;
        }
        Ok(Entry { body, hash: EntryHash(Sha256::digest(bytes).into()), bytes: bytes.to_vec() })
    }

    /// The bytes that travel and are stored.
    pub fn encode(&self) -> &[u8] {
        &self.bytes
    }

    /// Everything but the signature.
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// The hash that the next entry names.
    pub fn hash(&self) -> EntryHash {
        self.hash
    }

    /// The session that this entry begins, if it is a genesis entry.
    pub fn founded(&self) -> SessionId {
        let mut sid = [0; 16];
        sid.copy_from_slice(&self.hash.0[..16]);
        SessionId(sid)
    }

    /// Whether the signer signed exactly this.
    pub fn verify_signature(&self) -> bool {
        let (signed, signature) = self.bytes.split_at(self.bytes.len() - SIGNATURE_BYTES);
        let signature = signature.try_into().unwrap_or([0; SIGNATURE_BYTES]);
        sign::verify(&self.body.signer, "roster", signed, &signature)
    }
}

fn encode_body(body: &Body) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.u8(VERSION);
    writer.raw(&body.sid.0);
    writer.u64(body.n);
    writer.raw(&body.prev.0);
    writer.u64(body.term);
    writer.u64(body.epoch.0);
    write_kind(&mut writer, &body.kind);
    writer.len(body.wraps.len());
    for wrap in &body.wraps {
        writer.u8(wrap.audience.code());
        writer.raw(&wrap.peer.0);
        writer.raw(&wrap.enc);
        writer.bytes(&wrap.ct);
    }
    writer.raw(&body.signer.0);
    writer.into_vec()
}

fn write_kind(writer: &mut Writer, kind: &EntryKind) {
    writer.u8(kind.code());
    match kind {
        EntryKind::Genesis { succession, creator } => {
            writer.flag(*succession);
            writer.raw(&creator.seal.0);
            writer.raw(&creator.slot.0);
            writer.str(&creator.name);
        }
        EntryKind::Admit { newcomer, role, knock } => {
            writer.raw(&newcomer.peer.0);
            writer.raw(&newcomer.seal.0);
            writer.raw(&newcomer.slot.0);
            writer.str(&newcomer.name);
            writer.u8(role.code());
            writer.raw(&knock.0);
        }
        EntryKind::Role { peer, role, cuts } => {
            writer.raw(&peer.0);
            writer.u8(role.code());
            write_cuts(writer, cuts);
        }
        EntryKind::Remove { peer, cuts } => {
            writer.raw(&peer.0);
            write_cuts(writer, cuts);
        }
        EntryKind::Transfer { peer, accept } => {
            writer.raw(&peer.0);
            writer.raw(accept);
        }
        EntryKind::Take | EntryKind::Rekey => {}
        EntryKind::Settle { cut } => cut.write(writer),
        EntryKind::Close { vectors } => write_cuts(writer, vectors),
    }
}

fn read_kind(reader: &mut Reader<'_>) -> Result<EntryKind, DecodeError> {
    Ok(match reader.u8()? {
        1 => {
            let succession = reader.flag()?;
            // A genesis entry's creator is its signer, which is read at the end.
            EntryKind::Genesis { succession, creator: read_newcomer(PeerId([0; 32]), reader)? }
        }
        2 => {
            let peer = PeerId::read(reader)?;
            let newcomer = read_newcomer(peer, reader)?;
            EntryKind::Admit { newcomer, role: Role::read(reader)?, knock: KnockId::read(reader)? }
        }
        3 => EntryKind::Role { peer: PeerId::read(reader)?, role: Role::read(reader)?, cuts: read_cuts(reader)? },
        4 => EntryKind::Remove { peer: PeerId::read(reader)?, cuts: read_cuts(reader)? },
        5 => EntryKind::Transfer { peer: PeerId::read(reader)?, accept: reader.array()? },
        6 => EntryKind::Take,
        7 => EntryKind::Rekey,
        8 => EntryKind::Settle { cut: Cut::read(reader)? },
        9 => EntryKind::Close { vectors: read_cuts(reader)? },
        _ => return Err(DecodeError::BadTag),
    })
}

fn read_newcomer(peer: PeerId, reader: &mut Reader<'_>) -> Result<Newcomer, DecodeError> {
    Ok(Newcomer {
        peer,
        seal: SealKey::read(reader)?,
        slot: SlotKey::read(reader)?,
        name: reader.str(limits::NAME_BYTES)?.to_owned(),
    })
}

fn write_cuts(writer: &mut Writer, cuts: &[Cut]) {
    writer.len(cuts.len());
    cuts.iter().for_each(|cut| cut.write(writer));
}

fn read_cuts(reader: &mut Reader<'_>) -> Result<Vec<Cut>, DecodeError> {
    let count = reader.count(limits::CUTS, Cut::BYTES)?;
    (0..count).map(|_| Cut::read(reader)).collect()
}

fn read_wraps(reader: &mut Reader<'_>) -> Result<Vec<Wrap>, DecodeError> {
    let count = reader.count(limits::MEMBERS * 2, 1 + 32 + 32 + 4)?;
    let mut wraps = Vec::with_capacity(count);
    for _ in 0..count {
        let audience = Audience::from_code(reader.u8()?).ok_or(DecodeError::BadTag)?;
        let peer = PeerId::read(reader)?;
        wraps.push(Wrap { audience, peer, enc: reader.array()?, ct: reader.bytes(limits::WRAP_BYTES)?.to_vec() });
    }
    Ok(wraps)
}
