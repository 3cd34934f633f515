//! The one encoding of everything signed, hashed or sealed: fields in fixed order, integers big-endian, `bytes` and `str`
//! with a u32 length, `list` with a u32 count, `opt` and `bool` as one byte that is 0 or 1.
//!
//! Decoding is exact: nothing may trail, no other tag is understood, and every length is checked against its cap before
//! anything is allocated. Two different byte strings therefore never decode to the same value.

use thiserror::Error;

/// Why bytes are not the structure they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WireError {
    /// The bytes end inside a field.
    #[error("the message is cut short")]
    Truncated,
    /// Bytes follow the last field.
    #[error("bytes trail the message")]
    Trailing,
    /// A length or count is above its cap.
    #[error("a field is larger than allowed")]
    TooLarge,
    /// A flag, kind or code that this version doesn't know.
    #[error("an unknown code")]
    UnknownCode,
    /// Text that is not UTF-8.
    #[error("text is not UTF-8")]
    NotText,
    /// A version other than [`crate::limits::VERSION`].
    #[error("an unsupported version")]
    UnsupportedVersion,
}

/// Appends fields. Infallible: caps of what we make ourselves are checked where it is made.
#[derive(Debug, Default, Clone)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// An empty structure.
    #[must_use]
    pub fn new() -> Self {
        Self(Vec::new())
    }

    /// Appends a byte.
    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.0.push(value);
        self
    }

    /// Appends a u32.
    pub fn u32(&mut self, value: u32) -> &mut Self {
        self.raw(&value.to_be_bytes())
    }

    /// Appends a u64.
    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.raw(&value.to_be_bytes())
    }

    /// Appends 0 or 1.
    pub fn bool(&mut self, value: bool) -> &mut Self {
        self.u8(u8::from(value))
    }

    /// Appends bytes without a length: fixed-size fields, and the rest of a message.
    pub fn raw(&mut self, value: &[u8]) -> &mut Self {
        self.0.extend_from_slice(value);
        self
    }

    /// Appends a length and bytes.
    pub fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.count(value.len()).raw(value)
    }

    /// Appends a length and text.
    pub fn str(&mut self, value: &str) -> &mut Self {
        self.bytes(value.as_bytes())
    }

    /// Appends the count of a list whose items follow.
    pub fn count(&mut self, items: usize) -> &mut Self {
        // Nothing that is made here comes near 4 GiB; a saturated count would simply be refused by every reader.
        self.u32(u32::try_from(items).unwrap_or(u32::MAX))
    }

    /// Appends a list of texts.
    pub fn strs<S: AsRef<str>>(&mut self, items: &[S]) -> &mut Self {
        self.count(items.len());
        items.iter().for_each(|item| {
            self.str(item.as_ref());
        });
        self
    }

    /// Appends a list of byte strings.
    pub fn byte_lists<B: AsRef<[u8]>>(&mut self, items: &[B]) -> &mut Self {
        self.count(items.len());
        items.iter().for_each(|item| {
            self.bytes(item.as_ref());
        });
        self
    }

    /// Appends an optional text.
    pub fn opt_str(&mut self, value: Option<&str>) -> &mut Self {
        match value {
            Some(text) => self.u8(1).str(text),
            None => self.u8(0),
        }
    }

    /// Appends an optional u64.
    pub fn opt_u64(&mut self, value: Option<u64>) -> &mut Self {
        match value {
            Some(number) => self.u8(1).u64(number),
            None => self.u8(0),
        }
    }

    /// What was written so far.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// The finished bytes.
    #[must_use]
    pub fn finish(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}

/// Reads fields off the front of a byte string.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    whole: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    #[must_use]
    pub fn new(whole: &'a [u8]) -> Self {
        Self { whole, at: 0 }
    }

    /// Everything read so far: what "all before" a signature means.
    #[must_use]
    pub fn before(&self) -> &'a [u8] {
        &self.whole[..self.at]
    }

    /// The next `len` bytes.
    pub fn raw(&mut self, len: usize) -> Result<&'a [u8], WireError> {
        let end = self.at.checked_add(len).ok_or(WireError::Truncated)?;
        let taken = self.whole.get(self.at..end).ok_or(WireError::Truncated)?;
        self.at = end;
        Ok(taken)
    }

    /// A fixed-size field.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let mut out = [0; N];
        out.copy_from_slice(self.raw(N)?);
        Ok(out)
    }

    /// A byte.
    pub fn u8(&mut self) -> Result<u8, WireError> {
        Ok(self.array::<1>()?[0])
    }

    /// A u32.
    pub fn u32(&mut self) -> Result<u32, WireError> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    /// A u64.
    pub fn u64(&mut self) -> Result<u64, WireError> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    /// A byte that is 0 or 1.
    pub fn bool(&mut self) -> Result<bool, WireError> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(WireError::UnknownCode),
        }
    }

    /// The version byte, refused unless it is ours.
    pub fn version(&mut self) -> Result<(), WireError> {
        if self.u8()? == crate::limits::VERSION { Ok(()) } else { Err(WireError::UnsupportedVersion) }
    }

    /// A byte string of at most `cap` bytes.
    pub fn bytes(&mut self, cap: usize) -> Result<&'a [u8], WireError> {
        let len = self.count(cap)?;
        self.raw(len)
    }

    /// A text of at most `cap` bytes.
    pub fn str(&mut self, cap: usize) -> Result<&'a str, WireError> {
        std::str::from_utf8(self.bytes(cap)?).map_err(|_| WireError::NotText)
    }

    /// A count of at most `cap`.
    pub fn count(&mut self, cap: usize) -> Result<usize, WireError> {
        let count = usize::try_from(self.u32()?).map_err(|_| WireError::TooLarge)?;
        if count > cap { Err(WireError::TooLarge) } else { Ok(count) }
    }

    /// A list of at most `items` texts of at most `cap` bytes each.
    pub fn strs(&mut self, items: usize, cap: usize) -> Result<Vec<String>, WireError> {
        (0..self.count(items)?).map(|_| self.str(cap).map(str::to_owned)).collect()
    }

    /// A list of at most `items` byte strings of at most `cap` bytes each.
    pub fn byte_lists(&mut self, items: usize, cap: usize) -> Result<Vec<Vec<u8>>, WireError> {
        (0..self.count(items)?).map(|_| self.bytes(cap).map(<[u8]>::to_vec)).collect()
    }

    /// An optional text of at most `cap` bytes.
    pub fn opt_str(&mut self, cap: usize) -> Result<Option<String>, WireError> {
        Ok(if self.bool()? { Some(self.str(cap)?.to_owned()) } else { None })
    }

    /// An optional u64.
    pub fn opt_u64(&mut self) -> Result<Option<u64>, WireError> {
        Ok(if self.bool()? { Some(self.u64()?) } else { None })
    }

    /// Everything that is left: the last field of a message without a length of its own.
    pub fn rest(&mut self) -> &'a [u8] {
        let rest = &self.whole[self.at..];
        self.at = self.whole.len();
        rest
    }

    /// Ends the structure: refused if anything is left.
    pub fn end(&self) -> Result<(), WireError> {
        if self.at == self.whole.len() { Ok(()) } else { Err(WireError::Trailing) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_big_endian_and_lengths_u32() {
        let bytes = Writer::new().u8(7).u32(0x0102_0304).u64(5).str("é").opt_u64(Some(1)).opt_str(None).finish();
        assert_eq!(bytes[..5], [7, 1, 2, 3, 4]);
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.u8(), Ok(7));
        assert_eq!(reader.u32(), Ok(0x0102_0304));
        assert_eq!(reader.before(), &bytes[..5]);
        assert_eq!(reader.u64(), Ok(5));
        assert_eq!(reader.str(2), Ok("é"));
        assert_eq!(reader.opt_u64(), Ok(Some(1)));
        assert_eq!(reader.opt_str(1), Ok(None));
        assert_eq!(reader.end(), Ok(()));
    }

    #[test]
    fn a_huge_length_is_refused_before_allocation() {
        let bytes = Writer::new().u32(u32::MAX).finish();
        assert_eq!(Reader::new(&bytes).bytes(10), Err(WireError::TooLarge));
        assert_eq!(Reader::new(&bytes).byte_lists(usize::MAX, 10), Err(WireError::Truncated));
    }

    #[test]
    fn other_flags_text_and_trailing_bytes_are_refused() {
        assert_eq!(Reader::new(&[2]).bool(), Err(WireError::UnknownCode));
        assert_eq!(Reader::new(&[0, 0, 0, 1, 0xff]).str(9), Err(WireError::NotText));
        assert_eq!(Reader::new(&[0]).end(), Err(WireError::Trailing));
        assert_eq!(Reader::new(&[0, 0]).u32(), Err(WireError::Truncated));
        assert_eq!(Reader::new(&[2]).version(), Err(WireError::UnsupportedVersion));
    }
}
