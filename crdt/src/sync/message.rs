//! The messages of the `sync` channel.

use crate::id::{Actor, DocId, EntryHash, EnvelopeId};
use crate::limits;
use crate::log::Vector;
use crate::wire::{DecodeError, Reader, Writer};

/// A message. Entries and envelopes stay encoded: whoever takes them in decodes and checks them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyncMessage {
    /// The newest entry of the sender's roster.
    RosterHead {
        /// Its number.
        n: u64,
        /// Its term.
        term: u64,
        /// Its hash.
        hash: EntryHash,
    },
    /// A run of entries, each following the one before or one the receiver has.
    Roster(Vec<Vec<u8>>),
    /// How far the sender has a document.
    Vector(DocId, Vector),
    /// One envelope.
    Envelope(Vec<u8>),
    /// Both envelopes of an equivocation.
    Proof(Vec<u8>, Vec<u8>),
    /// Send your roster.
    RosterWant,
    /// A vector, and: send again what you think you sent of this document.
    Again(DocId, Vector),
}

impl SyncMessage {
    /// The bytes of the message.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        match self {
            SyncMessage::RosterHead { n, term, hash } => {
                writer.u8(1);
                writer.u64(*n);
                writer.u64(*term);
                writer.raw(&hash.0);
            }
            SyncMessage::Roster(entries) => {
                writer.u8(2);
                writer.len(entries.len());
                entries.iter().for_each(|entry| writer.bytes(entry));
            }
            SyncMessage::Vector(doc, vector) => {
                writer.u8(3);
                write_vector(&mut writer, doc, vector);
            }
            SyncMessage::Envelope(envelope) => {
                writer.u8(4);
                writer.bytes(envelope);
            }
            SyncMessage::Proof(a, b) => {
                writer.u8(5);
                writer.bytes(a);
                writer.bytes(b);
            }
            SyncMessage::RosterWant => writer.u8(6),
            SyncMessage::Again(doc, vector) => {
                writer.u8(7);
                write_vector(&mut writer, doc, vector);
            }
        }
        writer.into_vec()
    }

    /// Decodes a message.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > limits::SYNC_BYTES {
            return Err(DecodeError::TooLong);
        }
        let mut reader = Reader::new(bytes);
        let message = match reader.u8()? {
            1 => SyncMessage::RosterHead { n: reader.u64()?, term: reader.u64()?, hash: EntryHash(reader.array()?) },
            2 => {
                let count = reader.count(limits::TREE_ENTRIES, 4)?;
                let entries = (0..count).map(|_| reader.bytes(limits::ENTRY_BYTES).map(<[u8]>::to_vec));
                SyncMessage::Roster(entries.collect::<Result<_, _>>()?)
            }
            3 => {
                let (doc, vector) = read_vector(&mut reader)?;
                SyncMessage::Vector(doc, vector)
            }
            4 => SyncMessage::Envelope(reader.bytes(limits::ENVELOPE_BYTES)?.to_vec()),
            5 => {
                let a = reader.bytes(limits::ENVELOPE_BYTES)?.to_vec();
                SyncMessage::Proof(a, reader.bytes(limits::ENVELOPE_BYTES)?.to_vec())
            }
            6 => SyncMessage::RosterWant,
            7 => {
                let (doc, vector) = read_vector(&mut reader)?;
                SyncMessage::Again(doc, vector)
            }
            _ => return Err(DecodeError::BadTag),
        };
        reader.finish()?;
        Ok(message)
    }
}

fn write_vector(writer: &mut Writer, doc: &DocId, vector: &Vector) {
    doc.write(writer);
    writer.len(vector.len());
    for (actor, (seq, id)) in vector {
        writer.raw(&actor.0);
        writer.u64(*seq);
        writer.raw(&id.0);
    }
}

fn read_vector(reader: &mut Reader<'_>) -> Result<(DocId, Vector), DecodeError> {
    let doc = DocId::read(reader)?;
    let count = reader.count(limits::ACTORS, 40 + 8 + 32)?;
    let mut vector = Vector::new();
    for _ in 0..count {
        let actor = Actor(reader.array()?);
        let seq = reader.u64()?;
        let id = EnvelopeId(reader.array()?);
        // Actors ascend strictly, so that a vector has one encoding.
        if vector.last_key_value().is_some_and(|(last, _)| *last >= actor) || seq == 0 {
            return Err(DecodeError::BadTag);
        }
        vector.insert(actor, (seq, id));
    }
    Ok((doc, vector))
}
