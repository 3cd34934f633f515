//! What is said about blobs: one encoding for the `blob` channel and for items of waiting rooms and mailboxes.

use crate::id::BlobId;
use crate::limits::{CHUNK, MAX_BLOB_MESSAGE, MAX_CHUNKS, MAX_HASHES, MAX_PIECE};
use crate::wire::{Reader, WireError, Writer};

use super::chunks::ChunkSet;
use super::manifest::{check_size, chunk_count};

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Wants the manifest.
    Ask {
        /// Of what.
        blob: BlobId,
    },
    /// A part of a manifest.
    Hashes {
        /// Of what.
        blob: BlobId,
        /// Bytes of the blob.
        size: u64,
        /// The chunk of the first hash.
        first: u32,
        /// At least one, at most [`MAX_HASHES`].
        hashes: Vec<[u8; 32]>,
    },
    /// Wants a chunk.
    Get {
        /// Of what.
        blob: BlobId,
        /// Which.
        chunk: u32,
        /// The first byte of it that is wanted.
        from: u32,
    },
    /// A piece of a chunk.
    Piece {
        /// Of what.
        blob: BlobId,
        /// Which chunk.
        chunk: u32,
        /// Where in the chunk.
        offset: u32,
        /// At least one byte, at most [`MAX_PIECE`].
        bytes: Vec<u8>,
    },
    /// What was asked for can't be had.
    Refused {
        /// Of what.
        blob: BlobId,
        /// Why.
        why: Why,
    },
    /// What its sender has.
    Have {
        /// Of what.
        blob: BlobId,
        /// Which chunks.
        chunks: ChunkSet,
    },
    /// Nothing more of it is wanted.
    Cancel {
        /// Of what.
        blob: BlobId,
    },
}

/// Why something can't be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// Nobody here knows it, or the asker may not have it: the two are not told apart.
    Unknown,
    /// It is not here yet.
    NotHere,
    /// Too much was asked for at once.
    Busy,
    /// It can't be read.
    Disk,
}

impl Why {
    const fn code(self) -> u8 {
        match self {
            Self::Unknown => 1,
            Self::NotHere => 2,
            Self::Busy => 3,
            Self::Disk => 4,
        }
    }

    const fn from_code(code: u8) -> Result<Self, WireError> {
        match code {
            1 => Ok(Self::Unknown),
            2 => Ok(Self::NotHere),
            3 => Ok(Self::Busy),
            4 => Ok(Self::Disk),
            _ => Err(WireError::UnknownCode),
        }
    }
}

impl Message {
    /// The blob that it is about.
    #[must_use]
    pub const fn blob(&self) -> BlobId {
        match self {
            Self::Ask { blob }
            | Self::Hashes { blob, .. }
            | Self::Get { blob, .. }
            | Self::Piece { blob, .. }
            | Self::Refused { blob, .. }
            | Self::Have { blob, .. }
            | Self::Cancel { blob } => *blob,
        }
    }

    /// The message's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut to = Writer::new();
        match self {
            Self::Ask { blob } => to.u8(1).raw(&blob.0),
            Self::Hashes { blob, size, first, hashes } => {
                to.u8(2).raw(&blob.0).u64(*size).u32(*first);
                hashes.iter().for_each(|hash| {
                    to.raw(hash);
                });
                &mut to
            }
            Self::Get { blob, chunk, from } => to.u8(3).raw(&blob.0).u32(*chunk).u32(*from),
            Self::Piece { blob, chunk, offset, bytes } => to.u8(4).raw(&blob.0).u32(*chunk).u32(*offset).raw(bytes),
            Self::Refused { blob, why } => to.u8(5).raw(&blob.0).u8(why.code()),
            Self::Have { blob, chunks } => to.u8(6).raw(&blob.0).u32(chunks.count()).raw(chunks.bits()),
            Self::Cancel { blob } => to.u8(7).raw(&blob.0),
        };
        to.finish()
    }

    /// Reads a message. Everything in it is within the caps, and a part of a manifest fits its size.
    pub fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        if bytes.len() > MAX_BLOB_MESSAGE {
            return Err(WireError::TooLarge);
        }
        let mut from = Reader::new(bytes);
        let kind = from.u8()?;
        let blob = BlobId(from.array()?);
        let message = match kind {
            1 => Self::Ask { blob },
            2 => hashes(blob, &mut from)?,
            3 => get(blob, &mut from)?,
            4 => piece(blob, &mut from)?,
            5 => Self::Refused { blob, why: Why::from_code(from.u8()?)? },
            6 => have(blob, &mut from)?,
            7 => Self::Cancel { blob },
            _ => return Err(WireError::UnknownCode),
        };
        from.end()?;
        Ok(message)
    }
}

fn hashes(blob: BlobId, from: &mut Reader<'_>) -> Result<Message, WireError> {
    let (size, first) = (from.u64()?, from.u32()?);
    check_size(size).map_err(|_| WireError::TooLarge)?;
    let (hashes, rest) = from.rest().as_chunks::<32>();
    if hashes.is_empty() || !rest.is_empty() {
        return Err(WireError::Truncated);
    }
    // Within the chunk count, so the addition can't overflow before it is refused.
    let end = u64::from(first) + hashes.len() as u64;
    if hashes.len() > MAX_HASHES || end > u64::from(chunk_count(size)) {
        return Err(WireError::TooLarge);
    }
    Ok(Message::Hashes { blob, size, first, hashes: hashes.to_vec() })
}

fn get(blob: BlobId, from: &mut Reader<'_>) -> Result<Message, WireError> {
    let (chunk, offset) = (from.u32()?, from.u32()?);
    if chunk >= MAX_CHUNKS || offset as usize >= CHUNK {
        return Err(WireError::TooLarge);
    }
    Ok(Message::Get { blob, chunk, from: offset })
}

fn piece(blob: BlobId, from: &mut Reader<'_>) -> Result<Message, WireError> {
    let (chunk, offset) = (from.u32()?, from.u32()?);
    let bytes = from.rest();
    if bytes.is_empty() {
        return Err(WireError::Truncated);
    }
    if chunk >= MAX_CHUNKS || bytes.len() > MAX_PIECE || offset as usize > CHUNK - bytes.len() {
        return Err(WireError::TooLarge);
    }
    Ok(Message::Piece { blob, chunk, offset, bytes: bytes.to_vec() })
}

fn have(blob: BlobId, from: &mut Reader<'_>) -> Result<Message, WireError> {
    let count = from.u32()?;
    if count == 0 {
        return Err(WireError::Truncated);
    }
    if count > MAX_CHUNKS {
        return Err(WireError::TooLarge);
    }
    Ok(Message::Have { blob, chunks: ChunkSet::from_bits(count, from.rest())? })
}

/// Cuts a chunk, or what is left of it from an offset on, into encoded pieces.
pub fn pieces(blob: BlobId, chunk: u32, from: u32, bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    bytes.chunks(MAX_PIECE).scan(from, move |offset, piece| {
        let at = *offset;
        *offset += u32::try_from(piece.len()).unwrap_or(u32::MAX);
        Some(Message::Piece { blob, chunk, offset: at, bytes: piece.to_vec() }.encode())
    })
}

/// The parts of a manifest, from the first to the last, as they are sent.
pub(super) fn part(blob: BlobId, manifest: &super::Manifest, first: u32) -> Message {
    let from = first as usize;
    let end = manifest.hashes().len().min(from + MAX_HASHES);
    Message::Hashes { blob, size: manifest.size(), first, hashes: manifest.hashes()[from..end].to_vec() }
}
