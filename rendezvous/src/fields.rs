//! Reads fixed fields off the front of a table's row; its first byte is the format.

/// What is left of a row.
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl<'a> Fields<'a> {
    /// The fields of a row that must be of this format.
    pub(crate) fn of(row: &'a [u8], format: u8) -> Result<Self, redb::Error> {
        match row.split_first() {
            Some((first, fields)) if *first == format => Ok(Self(fields)),
            _ => Err(redb::Error::Corrupted("a row of another format".to_owned())),
        }
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], redb::Error> {
        let (array, rest) =
            self.0.split_first_chunk().ok_or_else(|| redb::Error::Corrupted("a row is cut short".to_owned()))?;
        self.0 = rest;
        Ok(*array)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, redb::Error> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    pub(crate) fn u64(&mut self) -> Result<u64, redb::Error> {
        Ok(u64::from_be_bytes(self.array()?))
    }
}
