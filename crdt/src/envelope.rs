//! The envelope: one signed Automerge change on its way between peers, in a store or in a record.
//!
//! Decoding checks only the shape. What an envelope means to a document, and every refusal, is [`crate::log`]'s.

use ed25519_dalek::SigningKey;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::id::{Actor, DocId, EnvelopeId, Epoch, PeerId, SessionId};
use crate::limits;
use crate::sign::{self, SIGNATURE_BYTES};
use crate::wire::{DecodeError, Reader, Writer};

const VERSION: u8 = 1;

/// Why bytes are not an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EnvelopeError {
    /// The envelope or its change is above its cap.
    #[error("oversize")]
    Oversize,
    /// The bytes do not decode.
    #[error("malformed: {0}")]
    Malformed(#[from] DecodeError),
    /// Another version of the protocol.
    #[error("unknown version {0}")]
    Version(u8),
}

/// A signed change. The fields cannot be altered without the id and the signature changing, so they are read-only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    content: Content,
    id: EnvelopeId,
    signature: [u8; SIGNATURE_BYTES],
}

/// What the author of an envelope says and signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The session.
    pub sid: SessionId,
    /// The document.
    pub doc: DocId,
    /// The epoch in force when it was written, 0 in a waiting room.
    pub epoch: Epoch,
    /// Who wrote it.
    pub author: PeerId,
    /// The author's run.
    pub run: [u8; 8],
    /// Position in the actor's chain, from 1.
    pub seq: u64,
    /// The actor's previous envelope.
    pub prev: EnvelopeId,
    /// The Automerge change chunk, uncompressed.
    pub change: Vec<u8>,
}

impl Content {
    fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.u8(VERSION);
        writer.raw(&self.sid.0);
        self.doc.write(&mut writer);
        writer.u64(self.epoch.0);
        writer.raw(&self.author.0);
        writer.raw(&self.run);
        writer.u64(self.seq);
        writer.raw(&self.prev.0);
        writer.bytes(&self.change);
        writer.into_vec()
    }
}

impl Envelope {
    /// Signs `content` as its author.
    pub fn seal(content: Content, key: &SigningKey) -> Self {
        let encoded = content.encode();
        let signature = sign::sign(key, "change", &encoded);
        Envelope { id: EnvelopeId(Sha256::digest(&encoded).into()), content, signature }
    }

    /// Decodes an envelope; the signature is checked separately, by [`Envelope::verify_signature`].
    pub fn decode(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        if bytes.len() > limits::ENVELOPE_BYTES {
            return Err(EnvelopeError::Oversize);
        }
        let mut reader = Reader::new(bytes);
        let version = reader.u8()?;
        if version != VERSION {
            return Err(EnvelopeError::Version(version));
        }
        let sid = SessionId::read(&mut reader)?;
        let doc = DocId::read(&mut reader)?;
        let epoch = Epoch(reader.u64()?);
        let author = PeerId::read(&mut reader)?;
        let run = reader.array()?;
        let seq = reader.u64()?;
        let prev = EnvelopeId::read(&mut reader)?;
        let change = reader.bytes(limits::CHANGE_BYTES).map_err(|error| match error {
            DecodeError::TooLong => EnvelopeError::Oversize,
            other => EnvelopeError::Malformed(other),
        })?;
        let signed = &bytes[..bytes.len() - reader.left()];
        let content = Content { sid, doc, epoch, author, run, seq, prev, change: change.to_vec() };
        let signature = reader.array()?;
        reader.finish()?;
        Ok(Envelope { content, id: EnvelopeId(Sha256::digest(signed).into()), signature })
    }

    /// The bytes that travel and are stored.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.content.encode();
        bytes.extend_from_slice(&self.signature);
        bytes
    }

    /// Whether the author signed exactly this content.
    pub fn verify_signature(&self) -> bool {
        sign::verify(&self.content.author, "change", &self.content.encode(), &self.signature)
    }

    /// The hash that names this envelope.
    pub fn id(&self) -> EnvelopeId {
        self.id
    }

    /// The session.
    pub fn sid(&self) -> SessionId {
        self.content.sid
    }

    /// The document.
    pub fn doc(&self) -> DocId {
        self.content.doc
    }

    /// The epoch it was written in.
    pub fn epoch(&self) -> Epoch {
        self.content.epoch
    }

    /// Who wrote it.
    pub fn author(&self) -> PeerId {
        self.content.author
    }

    /// The author's run as an actor.
    pub fn actor(&self) -> Actor {
        Actor::new(self.content.author, self.content.run)
    }

    /// Position in the actor's chain.
    pub fn seq(&self) -> u64 {
        self.content.seq
    }

    /// The actor's previous envelope.
    pub fn prev(&self) -> EnvelopeId {
        self.content.prev
    }

    /// The change chunk.
    pub fn change(&self) -> &[u8] {
        &self.content.change
    }

    /// Length of the encoded envelope.
    pub fn encoded_len(&self) -> usize {
        limits::ENVELOPE_OVERHEAD + self.content.change.len()
    }
}
