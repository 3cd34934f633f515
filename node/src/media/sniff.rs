//! Picture sizes read from the head of a bitstream, so that a frame that claims an enormous picture is refused before a
//! decoder takes memory for it.
//!
//! VP8 (RFC 6386, section 9.1) names the size in key frames; VP9 (bitstream specification, 6.2 and annex B) in key,
//! intra-only and resized inter frames, several of which may sit in one superframe. H.264 sizes are bounded by
//! openh264 itself, at 36,864 macroblocks.

use super::decoder::{DecodeError, size_is_supported};
use super::{Codec, frame::EncodedFrame};

/// Refuses a frame that names an unsupported size or format. What cannot be read here is left to the decoder.
pub(crate) fn check_size(codec: Codec, data: &[u8]) -> Result<(), DecodeError> {
    match codec {
        Codec::Vp8 => match vp8_key_size(data) {
            Some((width, height)) if !size_is_supported(width, height) => Err(DecodeError::Size),
            _ => Ok(()),
        },
        Codec::Vp9 => vp9_frames(data).try_for_each(check_vp9_frame),
        Codec::H264 => Ok(()),
    }
}

/// Whether `data` is a key frame of `codec`, read from the bitstream itself.
pub fn is_key_frame(codec: Codec, data: &[u8]) -> bool {
    match codec {
        Codec::Vp8 => vp8_key_size(data).is_some(),
        Codec::Vp9 => vp9_frames(data)
            .next()
            .is_some_and(|frame| matches!(read_vp9_head(frame), Some(Vp9Head { kind: Vp9Kind::Key, .. }))),
        Codec::H264 => h264_has_idr(data),
    }
}

impl EncodedFrame {
    /// Whether the bitstream itself says that this is a key frame.
    pub fn sniff_key(&self) -> bool {
        is_key_frame(self.codec, &self.data)
    }
}

fn vp8_key_size(data: &[u8]) -> Option<(u32, u32)> {
    let head = data.get(..10)?;
    if head[0] & 1 != 0 || head[3..6] != [0x9d, 0x01, 0x2a] {
        return None;
    }
    let side = |low: u8, high: u8| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
    Some((side(head[6], head[7]), side(head[8], head[9])))
}

/// The frames of a superframe, or the whole of `data` as one frame.
fn vp9_frames(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut sizes: Vec<usize> = Vec::new();
    if let Some(&marker) = data.last()
        && marker & 0xe0 == 0xc0
    {
        let count = usize::from(marker & 7) + 1;
        let width = usize::from((marker >> 3) & 3) + 1;
        let index_bytes = 2 + width * count;
        if let Some(index) = data.len().checked_sub(index_bytes).map(|at| &data[at..])
            && index[0] == marker
        {
            sizes = index[1..=width * count]
                .chunks_exact(width)
                .map(|bytes| bytes.iter().rev().fold(0, |size, &byte| size << 8 | usize::from(byte)))
                .collect();
        }
    }
    if sizes.is_empty() {
        sizes.push(data.len());
    }
    sizes.into_iter().scan(data, |rest, size| {
        let (frame, after) = rest.split_at_checked(size)?;
        *rest = after;
        Some(frame)
    })
}

fn check_vp9_frame(frame: &[u8]) -> Result<(), DecodeError> {
    match read_vp9_head(frame) {
        Some(Vp9Head { format_supported: false, .. }) => Err(DecodeError::Format),
        Some(Vp9Head { size: Some((width, height)), .. }) if !size_is_supported(width, height) => {
            Err(DecodeError::Size)
        }
        _ => Ok(()),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Vp9Kind {
    Key,
    IntraOnly,
    Inter,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Vp9Head {
    kind: Vp9Kind,
    /// `None`: as large as a reference frame.
    size: Option<(u32, u32)>,
    /// Eight bits, 4:2:0.
    format_supported: bool,
}

/// Reads the uncompressed header as far as the picture size. `None`: nothing to check (shown again, cut or damaged).
fn read_vp9_head(frame: &[u8]) -> Option<Vp9Head> {
    let mut bits = Bits { data: frame, at: 0 };
    if bits.take(2)? != 2 {
        return None;
    }
    let profile = bits.take(1)? | bits.take(1)? << 1;
    if profile != 0 {
        return Some(Vp9Head { kind: Vp9Kind::Inter, size: None, format_supported: false });
    }
    if bits.take(1)? == 1 {
        return None;
    }
    let inter = bits.take(1)? == 1;
    let shown = bits.take(1)? == 1;
    let error_resilient = bits.take(1)? == 1;
    if !inter {
        if bits.take(24)? != 0x49_8342 {
            return None;
        }
        // Profile 0: colour space, then the range unless it is sRGB, which this profile forbids.
        let colour_space = bits.take(3)?;
        bits.take(1)?;
        let size = (bits.take(16)? + 1, bits.take(16)? + 1);
        return Some(Vp9Head { kind: Vp9Kind::Key, size: Some(size), format_supported: colour_space != 7 });
    }
    let intra_only = !shown && bits.take(1)? == 1;
    if !error_resilient {
        bits.take(2)?;
    }
    if intra_only {
        if bits.take(24)? != 0x49_8342 {
            return None;
        }
        bits.take(8)?;
        let size = (bits.take(16)? + 1, bits.take(16)? + 1);
        return Some(Vp9Head { kind: Vp9Kind::IntraOnly, size: Some(size), format_supported: true });
    }
    bits.take(8)?;
    bits.take(12)?;
    for _ in 0..3 {
        if bits.take(1)? == 1 {
            return Some(Vp9Head { kind: Vp9Kind::Inter, size: None, format_supported: true });
        }
    }
    let size = (bits.take(16)? + 1, bits.take(16)? + 1);
    Some(Vp9Head { kind: Vp9Kind::Inter, size: Some(size), format_supported: true })
}

struct Bits<'a> {
    data: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            let byte = *self.data.get(self.at / 8)?;
            value = value << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }
}

fn h264_has_idr(data: &[u8]) -> bool {
    data.windows(4).any(|bytes| bytes[..3] == [0, 0, 1] && bytes[3] & 0x1f == 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vp8_key(width: u16, height: u16) -> Vec<u8> {
        let mut frame = vec![0x10, 0, 0, 0x9d, 0x01, 0x2a];
        frame.extend(width.to_le_bytes());
        frame.extend(height.to_le_bytes());
        frame
    }

    #[test]
    fn enormous_vp8_pictures_are_refused() {
        assert_eq!(check_size(Codec::Vp8, &vp8_key(1280, 720)), Ok(()));
        assert_eq!(check_size(Codec::Vp8, &vp8_key(0x3fff, 0x3fff)), Err(DecodeError::Size));
        assert_eq!(check_size(Codec::Vp8, &vp8_key(0, 720)), Err(DecodeError::Size));
        assert!(is_key_frame(Codec::Vp8, &vp8_key(16, 16)));
    }

    struct Writer(Vec<u8>, usize);

    impl Writer {
        fn put(&mut self, count: u32, value: u32) {
            for shift in (0..count).rev() {
                if self.1.is_multiple_of(8) {
                    self.0.push(0);
                }
                let bit = (value >> shift & 1) as u8;
                *self.0.last_mut().expect("pushed above") |= bit << (7 - self.1 % 8);
                self.1 += 1;
            }
        }
    }

    fn vp9_key(profile: u32, width: u32, height: u32) -> Vec<u8> {
        let mut bits = Writer(Vec::new(), 0);
        for (count, value) in [
            (2, 2),
            (1, profile & 1),
            (1, profile >> 1),
            (1, 0),
            (1, 0),
            (1, 1),
            (1, 0),
            (24, 0x49_8342),
            (3, 1),
            (1, 0),
            (16, width - 1),
            (16, height - 1),
        ] {
            bits.put(count, value);
        }
        bits.0
    }

    fn vp9_resized_inter(width: u32, height: u32) -> Vec<u8> {
        let mut bits = Writer(Vec::new(), 0);
        let head = [(2, 2), (2, 0), (1, 0), (1, 1), (1, 1), (1, 0), (2, 0), (8, 1), (12, 0), (3, 0)];
        for (count, value) in head.into_iter().chain([(16, width - 1), (16, height - 1)]) {
            bits.put(count, value);
        }
        bits.0
    }

    #[test]
    fn enormous_vp9_pictures_are_refused() {
        assert_eq!(check_size(Codec::Vp9, &vp9_key(0, 1920, 1080)), Ok(()));
        assert_eq!(check_size(Codec::Vp9, &vp9_key(0, 65_536, 16)), Err(DecodeError::Size));
        assert_eq!(check_size(Codec::Vp9, &vp9_resized_inter(640, 360)), Ok(()));
        assert_eq!(check_size(Codec::Vp9, &vp9_resized_inter(640, 30_000)), Err(DecodeError::Size));
        assert!(is_key_frame(Codec::Vp9, &vp9_key(0, 64, 64)));
        assert!(!is_key_frame(Codec::Vp9, &vp9_resized_inter(64, 64)));
    }

    #[test]
    fn other_vp9_profiles_are_refused() {
        assert_eq!(check_size(Codec::Vp9, &vp9_key(2, 640, 360)), Err(DecodeError::Format));
    }

    #[test]
    fn a_frame_hidden_in_a_superframe_is_seen() {
        let (small, huge) = (vp9_key(0, 64, 64), vp9_key(0, 60_000, 60_000));
        let mut data = small.clone();
        data.extend(&huge);
        let marker = 0xc0 | 1;
        data.extend([marker, small.len() as u8, huge.len() as u8, marker]);
        assert_eq!(check_size(Codec::Vp9, &data), Err(DecodeError::Size));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(data in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            for codec in Codec::ALL {
                let _ = check_size(codec, &data);
                let _ = is_key_frame(codec, &data);
            }
        }
    }
}
