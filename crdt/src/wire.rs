//! The binary encoding of signed and hashed structures: fixed order, big-endian, u32 length prefixes.
//!
//! Decoding is exact: unknown tags, lengths beyond their cap and bytes left over are errors, and no length is trusted
//! before the bytes it announces are there.

use thiserror::Error;

/// Why bytes are not the structure they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// The bytes end inside a field.
    #[error("the bytes end too early")]
    Truncated,
    /// Bytes are left over.
    #[error("bytes are left over")]
    Trailing,
    /// A tag, flag, role, kind or version is unknown.
    #[error("unknown tag")]
    BadTag,
    /// A length or count is above its cap.
    #[error("a length is above its cap")]
    TooLong,
    /// A string is not UTF-8.
    #[error("a string is not UTF-8")]
    NotUtf8,
}

/// Reads fields off the front of a byte slice.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader at the start of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes }
    }

    /// How many bytes are left.
    pub fn left(&self) -> usize {
        self.rest.len()
    }

    /// Everything that is left.
    pub fn take_rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.rest)
    }

    /// The next `n` bytes.
    pub fn take(&mut self, n: usize) -> Result<&'a [u8], DecodeError> {
        let (head, rest) = self.rest.split_at_checked(n).ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(head)
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(*head)
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8, DecodeError> {
        Ok(self.array::<1>()?[0])
    }

    /// A big-endian u32.
    pub fn u32(&mut self) -> Result<u32, DecodeError> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    /// A big-endian u64.
    pub fn u64(&mut self) -> Result<u64, DecodeError> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    /// A byte that is 0 or 1.
    pub fn flag(&mut self) -> Result<bool, DecodeError> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(DecodeError::BadTag),
        }
    }

    /// A u32 length of at most `cap`, then that many bytes.
    pub fn bytes(&mut self, cap: usize) -> Result<&'a [u8], DecodeError> {
        let len = self.u32()? as usize;
        if len > cap {
            return Err(DecodeError::TooLong);
        }
        self.take(len)
    }

    /// A u32 length of at most `cap`, then that much UTF-8.
    pub fn str(&mut self, cap: usize) -> Result<&'a str, DecodeError> {
        std::str::from_utf8(self.bytes(cap)?).map_err(|_| DecodeError::NotUtf8)
    }

    /// A u32 count of at most `cap`. Items of at least `min_item` bytes must still fit, so that a count alone never
    /// makes anybody allocate.
    pub fn count(&mut self, cap: usize, min_item: usize) -> Result<usize, DecodeError> {
        let count = self.u32()? as usize;
        if count > cap {
            return Err(DecodeError::TooLong);
        }
        if count.saturating_mul(min_item) > self.rest.len() {
            return Err(DecodeError::Truncated);
        }
        Ok(count)
    }

    /// Ends decoding: nothing may be left.
    pub fn finish(self) -> Result<(), DecodeError> {
        if self.rest.is_empty() { Ok(()) } else { Err(DecodeError::Trailing) }
    }
}

/// Appends fields to a buffer.
#[derive(Default, Debug, Clone)]
pub struct Writer {
    out: Vec<u8>,
}

impl Writer {
    /// An empty buffer.
    pub fn new() -> Self {
        Self::default()
    }

    /// What was written so far.
    pub fn as_slice(&self) -> &[u8] {
        &self.out
    }

    /// The finished bytes.
    pub fn into_vec(self) -> Vec<u8> {
        self.out
    }

    /// Raw bytes without a length.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// One byte.
    pub fn u8(&mut self, value: u8) {
        self.out.push(value);
    }

    /// A byte that is 0 or 1.
    pub fn flag(&mut self, value: bool) {
        self.out.push(u8::from(value));
    }

    /// A big-endian u32.
    pub fn u32(&mut self, value: u32) {
        self.raw(&value.to_be_bytes());
    }

    /// A big-endian u64.
    pub fn u64(&mut self, value: u64) {
        self.raw(&value.to_be_bytes());
    }

    /// A count or length. Everything this crate writes is capped far below 4 GiB.
    pub fn len(&mut self, value: usize) {
        self.u32(u32::try_from(value).unwrap_or(u32::MAX));
    }

    /// A u32 length, then the bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.len(bytes.len());
        self.raw(bytes);
    }

    /// A u32 length, then the text.
    pub fn str(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }
}
