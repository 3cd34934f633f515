//! LEB128 numbers, minimal encodings only.

use super::PrescanError;

/// Reads numbers and byte strings off the front of a slice.
#[derive(Clone, Debug)]
pub(super) struct Leb<'a> {
    rest: &'a [u8],
}

impl<'a> Leb<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Leb { rest: bytes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn take(&mut self, n: usize) -> Result<&'a [u8], PrescanError> {
        let (head, rest) = self.rest.split_at_checked(n).ok_or(PrescanError::Malformed)?;
        self.rest = rest;
        Ok(head)
    }

    fn byte(&mut self) -> Result<u8, PrescanError> {
        let (&first, rest) = self.rest.split_first().ok_or(PrescanError::Malformed)?;
        self.rest = rest;
        Ok(first)
    }

    /// A number of up to 64 bits.
    pub(super) fn unsigned(&mut self) -> Result<u64, PrescanError> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(PrescanError::Malformed);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                // A last byte of zero adds nothing: the number had a shorter form.
                return if byte == 0 && shift > 0 { Err(PrescanError::Malformed) } else { Ok(value) };
            }
        }
        Err(PrescanError::Malformed)
    }

    /// A number of up to 64 bits in two's complement.
    pub(super) fn signed(&mut self) -> Result<i64, PrescanError> {
        let mut value = 0i64;
        let mut previous = 0u8;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte != 0 && byte != 0x7f {
                return Err(PrescanError::Malformed);
            }
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let extends = (byte == 0 && previous & 0x40 == 0) || (byte == 0x7f && previous & 0x40 != 0);
                if shift > 0 && extends {
                    return Err(PrescanError::Malformed);
                }
                if shift < 57 && byte & 0x40 != 0 {
                    value |= -1i64 << (shift + 7);
                }
                return Ok(value);
            }
            previous = byte;
        }
        Err(PrescanError::Malformed)
    }

    /// A length, then that many bytes.
    pub(super) fn length_prefixed(&mut self) -> Result<&'a [u8], PrescanError> {
        let len = usize::try_from(self.unsigned()?).map_err(|_| PrescanError::Malformed)?;
        self.take(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn write_unsigned(mut value: u64) -> Vec<u8> {
        let mut out = Vec::new();
        loop {
            let byte = (value & 0x7f) as u8;
            value >>= 7;
            if value == 0 {
                out.push(byte);
                return out;
            }
            out.push(byte | 0x80);
        }
    }

    fn write_signed(mut value: i64) -> Vec<u8> {
        let mut out = Vec::new();
        loop {
            let byte = (value & 0x7f) as u8;
            value >>= 7;
            if (value == 0 && byte & 0x40 == 0) || (value == -1 && byte & 0x40 != 0) {
                out.push(byte);
                return out;
            }
            out.push(byte | 0x80);
        }
    }

    proptest! {
        #[test]
        fn every_number_comes_back(unsigned: u64, signed: i64) {
            prop_assert_eq!(Leb::new(&write_unsigned(unsigned)).unsigned(), Ok(unsigned));
            prop_assert_eq!(Leb::new(&write_signed(signed)).signed(), Ok(signed));
        }
    }

    #[test]
    fn edges() {
        for value in [0, 63, 64, 127, 128, i64::MAX, i64::MIN, -1, -64, -65] {
            assert_eq!(Leb::new(&write_signed(value)).signed(), Ok(value));
        }
        assert_eq!(Leb::new(&write_unsigned(u64::MAX)).unsigned(), Ok(u64::MAX));
    }

    #[test]
    fn longer_forms_are_refused() {
        assert!(Leb::new(&[0x81, 0x00]).unsigned().is_err());
        assert!(Leb::new(&[0x80, 0x00]).signed().is_err());
        assert!(Leb::new(&[0xff, 0x7f]).signed().is_err());
        assert!(Leb::new(&[0xff; 11]).unsigned().is_err());
        assert!(Leb::new(&[0xff]).unsigned().is_err());
    }
}
