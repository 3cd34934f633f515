//! The columns of a change: which there are, and their run-length encodings.

use super::PrescanError;
use super::leb::Leb;

/// The deflate bit of a column's specification.
const DEFLATE: u64 = 0b1000;

/// The bytes of each column that a change may have; a column that is absent is empty.
#[derive(Default, Debug)]
pub(super) struct Columns<'a> {
    pub(super) obj_actor: &'a [u8],
    pub(super) obj_counter: &'a [u8],
    pub(super) key_actor: &'a [u8],
    pub(super) key_counter: &'a [u8],
    pub(super) key_string: &'a [u8],
    pub(super) insert: &'a [u8],
    pub(super) action: &'a [u8],
    pub(super) value_meta: &'a [u8],
    pub(super) value_raw: &'a [u8],
    pub(super) pred_count: &'a [u8],
    pub(super) pred_actor: &'a [u8],
    pub(super) pred_counter: &'a [u8],
}

impl<'a> Columns<'a> {
    /// Reads the column table and the column data, which end the chunk.
    ///
    /// A specification is the column's id, the deflate bit and three bits of type. The columns for marks (0x94, 0xa5)
    /// are not among those known: no document of a session has marks.
    pub(super) fn read(input: &mut Leb<'a>) -> Result<Self, PrescanError> {
        let count = input.unsigned()?;
        let mut table: Vec<(u64, usize)> = Vec::new();
        for _ in 0..count {
            let spec = input.unsigned()?;
            let len = usize::try_from(input.unsigned()?).map_err(|_| PrescanError::Malformed)?;
            if spec & DEFLATE != 0 {
                return Err(PrescanError::DeflatedColumn);
            }
            if len == 0 || table.last().is_some_and(|(last, _)| *last >= spec) {
                return Err(PrescanError::UnknownColumn);
            }
            Columns::default().slot(spec).ok_or(PrescanError::UnknownColumn)?;
            table.push((spec, len));
        }
        let mut columns = Columns::default();
        for (spec, len) in table {
            let data = input.take(len)?;
            if let Some(slot) = columns.slot(spec) {
                *slot = data;
            }
        }
        if input.is_empty() { Ok(columns) } else { Err(PrescanError::Trailing) }
    }

    fn slot(&mut self, spec: u64) -> Option<&mut &'a [u8]> {
        Some(match spec {
            0x01 => &mut self.obj_actor,
            0x02 => &mut self.obj_counter,
            0x11 => &mut self.key_actor,
            0x13 => &mut self.key_counter,
            0x15 => &mut self.key_string,
            0x34 => &mut self.insert,
            0x42 => &mut self.action,
            0x56 => &mut self.value_meta,
            0x57 => &mut self.value_raw,
            0x70 => &mut self.pred_count,
            0x71 => &mut self.pred_actor,
            0x73 => &mut self.pred_counter,
            _ => return None,
        })
    }
}

/// A value that a run-length column holds.
pub(super) trait Cell<'a>: Copy + PartialEq {
    fn read(input: &mut Leb<'a>) -> Result<Self, PrescanError>;
}

impl<'a> Cell<'a> for u64 {
    fn read(input: &mut Leb<'a>) -> Result<Self, PrescanError> {
        input.unsigned()
    }
}

impl<'a> Cell<'a> for i64 {
    fn read(input: &mut Leb<'a>) -> Result<Self, PrescanError> {
        input.signed()
    }
}

impl<'a> Cell<'a> for &'a str {
    fn read(input: &mut Leb<'a>) -> Result<Self, PrescanError> {
        std::str::from_utf8(input.length_prefixed()?).map_err(|_| PrescanError::Column)
    }
}

/// Expands a run-length column: a positive count repeats one value, a negative one announces so many values, zero so
/// many nulls. More than `cap` rows are an error before they are made, so a run costs no more than its cap.
///
/// Only the encoding that Automerge's own encoder makes is taken: Automerge forgets the bytes of a change and makes them
/// again when asked, so that any other encoding would get another hash, and the document could not be read back.
pub(super) fn expand<'a, T: Cell<'a>>(data: &'a [u8], cap: usize) -> Result<Vec<Option<T>>, PrescanError> {
    expand_runs(data, cap).map_err(|_| PrescanError::Column)
}

/// What the previous run of a column was.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Run {
    Start,
    Nulls,
    Repeated,
    Literal,
}

fn expand_runs<'a, T: Cell<'a>>(data: &'a [u8], cap: usize) -> Result<Vec<Option<T>>, PrescanError> {
    let mut input = Leb::new(data);
    let mut rows: Vec<Option<T>> = Vec::new();
    let mut previous = Run::Start;
    while !input.is_empty() {
        let count = input.signed()?;
        let len = if count == 0 { input.unsigned()? } else { count.unsigned_abs() };
        if len == 0 || len > (cap - rows.len()) as u64 {
            return Err(PrescanError::Column);
        }
        let len = len as usize;
        let start = rows.len();
        let run = match count {
            0 => {
                rows.resize(start + len, None);
                Run::Nulls
            }
            1.. => {
                rows.resize(start + len, Some(T::read(&mut input)?));
                Run::Repeated
            }
            _ => {
                for _ in 0..len {
                    rows.push(Some(T::read(&mut input)?));
                }
                Run::Literal
            }
        };
        // One value is a literal; neighbours that are equal are one run; neighbouring literals are one run. A column of
        // nulls alone is left out.
        let canonical = match run {
            Run::Nulls => previous != Run::Nulls && !(previous == Run::Start && input.is_empty()),
            Run::Repeated => len > 1,
            _ => previous != Run::Literal && rows[start..].windows(2).all(|pair| pair[0] != pair[1]),
        };
        let joins = start > 0 && run != Run::Nulls && rows[start - 1] == rows[start];
        if !canonical || joins {
            return Err(PrescanError::Column);
        }
        previous = run;
    }
    Ok(rows)
}

/// Expands a column of differences into the values they add up to.
pub(super) fn expand_deltas(data: &[u8], cap: usize) -> Result<Vec<Option<i64>>, PrescanError> {
    let mut rows: Vec<Option<i64>> = expand(data, cap)?;
    let mut sum = 0i64;
    for delta in rows.iter_mut().flatten() {
        sum = sum.checked_add(*delta).ok_or(PrescanError::Column)?;
        *delta = sum;
    }
    Ok(rows)
}

/// Expands a column of flags: counts of alternating false and true, beginning with false.
pub(super) fn expand_flags(data: &[u8], cap: usize) -> Result<Vec<bool>, PrescanError> {
    let mut input = Leb::new(data);
    let mut rows = Vec::new();
    let mut value = false;
    while !input.is_empty() {
        let len = input.unsigned().map_err(|_| PrescanError::Column)?;
        // Only the first count may be zero, where the column begins with true.
        if (len == 0 && (!rows.is_empty() || value)) || len > (cap - rows.len()) as u64 {
            return Err(PrescanError::Column);
        }
        rows.resize(rows.len() + len as usize, value);
        value = !value;
    }
    Ok(rows)
}
