//! Which chunks of a blob are there.

use crate::wire::WireError;

/// A bit for each chunk, the lowest bit of a byte first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkSet {
    bits: Vec<u8>,
    count: u32,
    set: u32,
}

impl ChunkSet {
    /// None of `count` chunks.
    #[must_use]
    pub fn none(count: u32) -> Self {
        Self { bits: vec![0; bytes_of(count)], count, set: 0 }
    }

    /// All of `count` chunks.
    #[must_use]
    pub fn all(count: u32) -> Self {
        let mut all = Self { bits: vec![0xff; bytes_of(count)], count, set: count };
        all.clear_spare();
        all
    }

    /// Reads a bitmap. Refused if it has another length, or bits beyond the last chunk.
    pub fn from_bits(count: u32, bits: &[u8]) -> Result<Self, WireError> {
        match bits.len().cmp(&bytes_of(count)) {
            std::cmp::Ordering::Less => return Err(WireError::Truncated),
            std::cmp::Ordering::Greater => return Err(WireError::Trailing),
            std::cmp::Ordering::Equal => {}
        }
        let mut read = Self { bits: bits.to_vec(), count, set: 0 };
        read.clear_spare();
        if read.bits != bits {
            return Err(WireError::Trailing);
        }
        read.set = bits.iter().map(|byte| byte.count_ones()).sum();
        Ok(read)
    }

    /// The bitmap.
    #[must_use]
    pub fn bits(&self) -> &[u8] {
        &self.bits
    }

    /// How many chunks the blob has.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// How many of them are there.
    #[must_use]
    pub const fn len(&self) -> u32 {
        self.set
    }

    /// Whether none is.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.set == 0
    }

    /// Whether all are.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.set == self.count
    }

    /// Whether a chunk is there.
    #[must_use]
    pub fn has(&self, chunk: u32) -> bool {
        chunk < self.count && self.bits[chunk as usize / 8] & mask(chunk) != 0
    }

    /// Adds a chunk; false if it was there, or is none.
    pub fn add(&mut self, chunk: u32) -> bool {
        if chunk >= self.count || self.has(chunk) {
            return false;
        }
        self.bits[chunk as usize / 8] |= mask(chunk);
        self.set += 1;
        true
    }

    /// Takes a chunk out.
    pub fn remove(&mut self, chunk: u32) {
        if self.has(chunk) {
            self.bits[chunk as usize / 8] &= !mask(chunk);
            self.set -= 1;
        }
    }

    /// The first chunk from `from` on that is not there.
    #[must_use]
    pub fn missing_from(&self, from: u32) -> Option<u32> {
        let mut chunk = from;
        while chunk < self.count {
            // Whole bytes at once: a large blob is mostly there or mostly not.
            if chunk.is_multiple_of(8) && self.bits[chunk as usize / 8] == 0xff {
                chunk += 8;
            } else if self.has(chunk) {
                chunk += 1;
            } else {
                return Some(chunk);
            }
        }
        None
    }

    /// Bytes of the chunks that are there, of a blob of `size` bytes.
    #[must_use]
    pub fn bytes(&self, size: u64) -> u64 {
        let last = self.count.saturating_sub(1);
        let full = u64::from(self.set) * super::manifest::CHUNK as u64;
        if self.has(last) { full - (super::manifest::CHUNK - super::chunk_len(size, last)) as u64 } else { full }
    }

    fn clear_spare(&mut self) {
        let used = self.count % 8;
        if used != 0
            && let Some(last) = self.bits.last_mut()
        {
            *last &= (1 << used) - 1;
        }
    }
}

const fn bytes_of(count: u32) -> usize {
    count.div_ceil(8) as usize
}

const fn mask(chunk: u32) -> u8 {
    1 << (chunk % 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_counted_found_and_read_back() {
        let mut chunks = ChunkSet::none(19);
        assert!((0..8).all(|chunk| chunks.add(chunk)) && chunks.add(10) && !chunks.add(10) && !chunks.add(19));
        assert_eq!((chunks.len(), chunks.missing_from(0), chunks.missing_from(10)), (9, Some(8), Some(11)));
        assert_eq!(ChunkSet::from_bits(19, chunks.bits()), Ok(chunks.clone()));
        chunks.remove(3);
        chunks.remove(3);
        assert_eq!((chunks.len(), chunks.missing_from(0)), (8, Some(3)));
        let all = ChunkSet::all(19);
        assert_eq!((all.bits(), all.missing_from(0), all.is_full()), (&[0xff, 0xff, 0b111][..], None, true));
    }

    #[test]
    fn a_bitmap_of_another_length_or_with_more_bits_is_refused() {
        assert_eq!(ChunkSet::from_bits(9, &[0]), Err(WireError::Truncated));
        assert_eq!(ChunkSet::from_bits(8, &[0, 0]), Err(WireError::Trailing));
        assert_eq!(ChunkSet::from_bits(9, &[0, 2]), Err(WireError::Trailing));
        assert!(ChunkSet::from_bits(9, &[0, 1]).is_ok());
    }

    #[test]
    fn the_last_chunk_may_be_short() {
        let size = 2 * 262_144 + 5;
        let mut chunks = ChunkSet::none(3);
        chunks.add(2);
        assert_eq!(chunks.bytes(size), 5);
        assert_eq!(ChunkSet::all(3).bytes(size), size);
    }
}
