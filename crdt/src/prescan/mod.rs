//! The pre-scan of a change chunk, before Automerge sees it.
//!
//! Automerge inflates without a limit, believes run lengths, and panics on operations that name what is not there. So
//! nothing from the network reaches it that this module has not read completely: header, checksum, dependencies,
//! actors, every column and every operation. The work and memory are bounded by the length of the chunk and by
//! [`limits::CHANGE_OPS`], whatever the chunk claims.
//!
//! The result, [`ChangeShape`], has the decoded operations without their values, so that the rules about objects
//! and predecessors need no second decoding.
//!
//! Stricter than Automerge, and the same in both languages. A change has one encoding: LEB128 numbers are minimal,
//! dependencies, other actors and predecessors ascend strictly, every actor is named by some operation, runs are those
//! that Automerge's encoder makes, only `set` has a value. Actions are make map, set, make list, delete and make text;
//! keys have at most [`KEY_BYTES`] bytes; inserted elements have no predecessor, a deletion has one.

mod columns;
mod leb;
mod ops;

use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::limits;
use leb::Leb;

pub use ops::{ActionShape, KeyShape, OpId, OpShape};

/// Longest key of a map. Without a cap a run of one long key would be copied once for each of 4096 operations.
pub const KEY_BYTES: usize = 256;

/// The genesis actor of a document is a bare hash.
pub const GENESIS_ACTOR_BYTES: usize = 32;
/// All other actors are a peer key and a run.
pub const ACTOR_BYTES: usize = 40;

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const TYPE_CHANGE: u8 = 1;
const TYPE_COMPRESSED: u8 = 2;

/// The name of a change: the hash Automerge uses in dependencies.
pub type ChangeHash = [u8; 32];

/// Why a chunk is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Error)]
pub enum PrescanError {
    /// Longer than a change may be.
    #[error("longer than a change may be")]
    Oversize,
    /// Not a chunk, or it ends too early.
    #[error("not a chunk, or cut off")]
    Malformed,
    /// A compressed chunk.
    #[error("a compressed chunk")]
    Compressed,
    /// A chunk that is not a change.
    #[error("not a change")]
    NotAChange,
    /// The checksum is of other bytes.
    #[error("wrong checksum")]
    Checksum,
    /// Bytes after the chunk or after its columns.
    #[error("trailing bytes")]
    Trailing,
    /// Too many dependencies, or not in order.
    #[error("too many dependencies, or not in order")]
    Deps,
    /// An actor of a wrong length, out of order or too many.
    #[error("an actor that cannot be")]
    Actors,
    /// A time that is not 0.
    #[error("a time")]
    Time,
    /// A commit message.
    #[error("a message")]
    Message,
    /// A column that is unknown, empty, repeated or out of order.
    #[error("an unknown column")]
    UnknownColumn,
    /// A column with the deflate bit.
    #[error("a deflated column")]
    DeflatedColumn,
    /// No operation, or more than a change may have.
    #[error("no operation or too many")]
    OpCount,
    /// A column that has more or fewer rows than there are operations, or does not decode.
    #[error("a column that does not fit the operations")]
    Column,
    /// An operation that makes no sense by itself.
    #[error("an impossible operation")]
    Operation,
}

impl PrescanError {
    /// The name in fixtures and logs.
    pub fn name(self) -> &'static str {
        match self {
            PrescanError::Oversize => "oversize",
            PrescanError::Malformed => "malformed",
            PrescanError::Compressed => "compressed",
            PrescanError::NotAChange => "not-a-change",
            PrescanError::Checksum => "checksum",
            PrescanError::Trailing => "trailing",
            PrescanError::Deps => "deps",
            PrescanError::Actors => "actors",
            PrescanError::Time => "time",
            PrescanError::Message => "message",
            PrescanError::UnknownColumn => "unknown-column",
            PrescanError::DeflatedColumn => "deflated-column",
            PrescanError::OpCount => "op-count",
            PrescanError::Column => "column",
            PrescanError::Operation => "operation",
        }
    }
}

/// A change chunk as far as the log cares: everything but the values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeShape {
    /// The hash by which other changes name this one.
    pub hash: ChangeHash,
    /// The changes it was made on, ascending.
    pub deps: Vec<ChangeHash>,
    /// The actors that operations refer to by index: the writer first, then the others.
    pub actors: Vec<Box<[u8]>>,
    /// The writer's sequence number.
    pub seq: u64,
    /// The counter of the first operation.
    pub start_op: u64,
    /// The operations.
    pub ops: Vec<OpShape>,
}

impl ChangeShape {
    /// The counter of the last operation.
    pub fn max_op(&self) -> u64 {
        self.start_op.saturating_add(self.ops.len() as u64 - 1)
    }
}

/// Reads `chunk` completely and refuses what must not reach Automerge.
pub fn prescan(chunk: &[u8]) -> Result<ChangeShape, PrescanError> {
    if chunk.len() > limits::CHANGE_BYTES {
        return Err(PrescanError::Oversize);
    }
    let (hash, contents) = open_chunk(chunk)?;
    let mut input = Leb::new(contents);

    let deps = read_deps(&mut input)?;
    let writer = input.length_prefixed()?;
    if writer.len() != ACTOR_BYTES && writer.len() != GENESIS_ACTOR_BYTES {
        return Err(PrescanError::Actors);
    }
    let seq = input.unsigned()?;
    let start_op = input.unsigned()?;
    if start_op == 0 {
        return Err(PrescanError::Malformed);
    }
    if input.signed()? != 0 {
        return Err(PrescanError::Time);
    }
    if input.unsigned()? != 0 {
        return Err(PrescanError::Message);
    }
    let actors = read_actors(writer, &mut input)?;
    let columns = columns::Columns::read(&mut input)?;
    let ops = ops::decode(&columns, &actors)?;
    Ok(ChangeShape { hash, deps, actors, seq, start_op, ops })
}

/// The hash and the contents of an uncompressed change chunk that has the right checksum and nothing behind it.
fn open_chunk(chunk: &[u8]) -> Result<(ChangeHash, &[u8]), PrescanError> {
    let (head, rest) = chunk.split_first_chunk::<9>().ok_or(PrescanError::Malformed)?;
    if head[..4] != MAGIC {
        return Err(PrescanError::Malformed);
    }
    match head[8] {
        TYPE_CHANGE => {}
        TYPE_COMPRESSED => return Err(PrescanError::Compressed),
        _ => return Err(PrescanError::NotAChange),
    }
    let mut input = Leb::new(rest);
    let len = usize::try_from(input.unsigned()?).map_err(|_| PrescanError::Malformed)?;
    let contents = input.take(len)?;
    if !input.is_empty() {
        return Err(PrescanError::Trailing);
    }
    // The hash covers the type, the length as it is written and the contents: everything after the checksum.
    let hash: ChangeHash = Sha256::digest(&chunk[8..]).into();
    if hash[..4] != head[4..8] {
        return Err(PrescanError::Checksum);
    }
    Ok((hash, contents))
}

fn read_deps(input: &mut Leb<'_>) -> Result<Vec<ChangeHash>, PrescanError> {
    let count = input.unsigned()?;
    if count > limits::CHANGE_DEPS as u64 {
        return Err(PrescanError::Deps);
    }
    let mut deps: Vec<ChangeHash> = Vec::with_capacity(count as usize);
    for _ in 0..count {
        let mut dep = [0; 32];
        dep.copy_from_slice(input.take(32)?);
        if deps.last().is_some_and(|last| *last >= dep) {
            return Err(PrescanError::Deps);
        }
        deps.push(dep);
    }
    Ok(deps)
}

fn read_actors(writer: &[u8], input: &mut Leb<'_>) -> Result<Vec<Box<[u8]>>, PrescanError> {
    let others = input.unsigned()?;
    if others > limits::CHANGE_ACTORS as u64 {
        return Err(PrescanError::Actors);
    }
    let mut actors: Vec<Box<[u8]>> = vec![writer.into()];
    for _ in 0..others {
        let actor = input.length_prefixed()?;
        let in_order = actors.len() == 1 || actors.last().is_some_and(|last| last.as_ref() < actor);
        let sound = actor.len() == ACTOR_BYTES || actor.len() == GENESIS_ACTOR_BYTES;
        if !in_order || !sound || actor == writer {
            return Err(PrescanError::Actors);
        }
        actors.push(actor.into());
    }
    Ok(actors)
}
