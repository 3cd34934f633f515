//! The operations of a change, decoded from its columns.

use super::columns::{Columns, expand, expand_deltas, expand_flags};
use super::leb::Leb;
use super::{KEY_BYTES, PrescanError};
use crate::limits;

/// An operation id inside a change: the index of its actor and its counter.
pub type OpId = (u32, u64);

/// What an operation does, without its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionShape {
    /// Makes a map.
    MakeMap,
    /// Makes a list.
    MakeList,
    /// Makes a text.
    MakeText,
    /// Sets a scalar; `text` tells whether it is a string.
    Set {
        /// Whether the value is a string, the only thing a text may hold.
        text: bool,
    },
    /// Deletes.
    Delete,
}

/// Where in its object an operation works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyShape {
    /// A key of a map.
    Prop(Box<str>),
    /// Before the first element of a list or text.
    Head,
    /// An element of a list or text.
    Elem(OpId),
}

/// One operation without its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpShape {
    /// The object it works in; `None` is the root map.
    pub obj: Option<OpId>,
    /// The place in the object.
    pub key: KeyShape,
    /// Whether it inserts an element behind the place.
    pub insert: bool,
    /// What it does.
    pub action: ActionShape,
    /// The operations it replaces.
    pub preds: Box<[OpId]>,
}

/// Decodes all operations; an index names one of `actors`, and each of them is named.
pub(super) fn decode(columns: &Columns<'_>, actors: &[Box<[u8]>]) -> Result<Vec<OpShape>, PrescanError> {
    let actor_count = actors.len();
    let cap = limits::CHANGE_OPS as usize;
    let actions: Vec<Option<u64>> = expand(columns.action, cap).map_err(|error| match error {
        PrescanError::Column => PrescanError::OpCount,
        other => other,
    })?;
    let count = actions.len();
    if count == 0 {
        return Err(PrescanError::OpCount);
    }

    let obj_actor = padded(expand::<u64>(columns.obj_actor, count)?, count);
    let obj_counter = padded(expand::<u64>(columns.obj_counter, count)?, count);
    let key_actor = padded(expand::<u64>(columns.key_actor, count)?, count);
    let key_counter = padded(expand_deltas(columns.key_counter, count)?, count);
    let key_string = padded(expand::<&str>(columns.key_string, count)?, count);
    let insert = expand_flags(columns.insert, count)?;
    let metas = expand::<u64>(columns.value_meta, count)?;
    if insert.len() != count || metas.len() != count {
        return Err(PrescanError::Column);
    }
    let text_values = scan_values(&metas, columns.value_raw)?;
    let preds = decode_preds(columns, count, actors)?;
    let mut named = vec![false; actor_count];
    named[0] = true;

    let mut ops = Vec::with_capacity(count);
    for (i, preds) in preds.into_iter().enumerate() {
        let obj = match (obj_actor[i], obj_counter[i]) {
            (None, None) => None,
            (Some(actor), Some(counter)) => Some(op_id(actor, counter, actor_count)?),
            _ => return Err(PrescanError::Operation),
        };
        let key = match (key_actor[i], key_counter[i], key_string[i]) {
            (None, None, Some(prop)) if prop.len() <= KEY_BYTES => KeyShape::Prop(prop.into()),
            (None, Some(0), None) => KeyShape::Head,
            (Some(actor), Some(counter), None) => {
                KeyShape::Elem(op_id(actor, u64::try_from(counter).unwrap_or(0), actor_count)?)
            }
            _ => return Err(PrescanError::Operation),
        };
        let action = match actions[i] {
            Some(0) => ActionShape::MakeMap,
            Some(1) => ActionShape::Set { text: text_values[i] },
            Some(2) => ActionShape::MakeList,
            Some(3) => ActionShape::Delete,
            Some(4) => ActionShape::MakeText,
            _ => return Err(PrescanError::Operation),
        };
        let op = OpShape { obj, key, insert: insert[i], action, preds };
        let bare = matches!(op.action, ActionShape::Set { .. }) || metas[i] == Some(0);
        if !op.is_possible() || !bare {
            return Err(PrescanError::Operation);
        }
        op.ids().for_each(|(actor, _)| named[actor as usize] = true);
        ops.push(op);
    }
    if named.iter().all(|named| *named) { Ok(ops) } else { Err(PrescanError::Actors) }
}

impl OpShape {
    /// Every operation that it names.
    fn ids(&self) -> impl Iterator<Item = OpId> {
        let element = match self.key {
            KeyShape::Elem(id) => Some(id),
            _ => None,
        };
        self.obj.into_iter().chain(element).chain(self.preds.iter().copied())
    }

    /// What holds for an operation whatever it refers to.
    fn is_possible(&self) -> bool {
        if self.insert {
            return !matches!(self.key, KeyShape::Prop(_))
                && self.preds.is_empty()
                && self.action != ActionShape::Delete;
        }
        match self.action {
            ActionShape::Delete => !self.preds.is_empty() && self.key != KeyShape::Head,
            _ => self.key != KeyShape::Head,
        }
    }
}

/// A column that ends early has only nulls behind its end.
fn padded<T: Copy>(mut rows: Vec<Option<T>>, count: usize) -> Vec<Option<T>> {
    rows.resize(count, None);
    rows
}

/// Automerge keeps counters in 32 bits and actors by index: anything else would be cut or read out of bounds.
fn op_id(actor: u64, counter: u64, actors: usize) -> Result<OpId, PrescanError> {
    let known = actor < actors as u64;
    if !known || counter == 0 || counter >= limits::MAX_OP {
        return Err(PrescanError::Operation);
    }
    Ok((actor as u32, counter))
}

fn decode_preds(columns: &Columns<'_>, count: usize, actors: &[Box<[u8]>]) -> Result<Vec<Box<[OpId]>>, PrescanError> {
    let cap = limits::CHANGE_PREDS as usize;
    let counts: Vec<Option<u64>> = expand(columns.pred_count, count)?;
    if counts.len() != count {
        return Err(PrescanError::Column);
    }
    let actor_rows: Vec<Option<u64>> = expand(columns.pred_actor, cap)?;
    let counter_rows = expand_deltas(columns.pred_counter, cap)?;
    let mut ids = Vec::with_capacity(actor_rows.len());
    for row in actor_rows.iter().zip(&counter_rows) {
        let (Some(actor), Some(counter)) = row else { return Err(PrescanError::Column) };
        ids.push(op_id(*actor, u64::try_from(*counter).unwrap_or(0), actors.len())?);
    }
    if ids.len() != actor_rows.len() || ids.len() != counter_rows.len() {
        return Err(PrescanError::Column);
    }
    let mut rest = ids.as_slice();
    let mut preds = Vec::with_capacity(count);
    for n in counts {
        let n = usize::try_from(n.ok_or(PrescanError::Column)?).map_err(|_| PrescanError::Column)?;
        let (own, others) = rest.split_at_checked(n).ok_or(PrescanError::Column)?;
        rest = others;
        // In the order of operations: by counter, then by actor. So none is there twice.
        let order = |id: &OpId| (id.1, &actors[id.0 as usize]);
        if own.windows(2).any(|pair| order(&pair[0]) >= order(&pair[1])) {
            return Err(PrescanError::Operation);
        }
        preds.push(own.into());
    }
    if rest.is_empty() { Ok(preds) } else { Err(PrescanError::Column) }
}

/// Checks every value against its type and length, and that the values fill their column exactly. Tells which are
/// strings.
fn scan_values(metas: &[Option<u64>], raw: &[u8]) -> Result<Vec<bool>, PrescanError> {
    let mut input = Leb::new(raw);
    let mut texts = Vec::with_capacity(metas.len());
    for meta in metas {
        let meta = meta.ok_or(PrescanError::Column)?;
        let len = usize::try_from(meta >> 4).map_err(|_| PrescanError::Column)?;
        let bytes = input.take(len).map_err(|_| PrescanError::Column)?;
        let mut number = Leb::new(bytes);
        let sound = match meta & 0xf {
            // null, false, true
            0..=2 => len == 0,
            // unsigned
            3 => number.unsigned().is_ok() && number.is_empty(),
            // signed, counter, timestamp
            4 | 8 | 9 => number.signed().is_ok() && number.is_empty(),
            // float
            5 => len == 8,
            // string
            6 => std::str::from_utf8(bytes).is_ok(),
            // bytes
            7 => true,
            _ => false,
        };
        if !sound {
            return Err(PrescanError::Column);
        }
        texts.push(meta & 0xf == 6);
    }
    if input.is_empty() { Ok(texts) } else { Err(PrescanError::Column) }
}
