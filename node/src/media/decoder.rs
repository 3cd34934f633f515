//! Decoding, the same for every codec.

use super::{Codec, EncodedFrame, Picture, h264::H264Decoder, sniff, vpx::VpxDecoder};

/// The largest picture that is decoded, in pixels of one side. Cameras and screens stay below; a hostile stream that
/// claims more is refused before memory for it is taken.
pub const MAX_SIDE: u32 = 4096;

/// The largest encoded frame that is looked at. A 4096×4096 key frame of a screen stays well below.
pub const MAX_FRAME_BYTES: usize = 8 * 1024 * 1024;

/// Why a frame gave no picture. After each of these the decoder needs a key frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The library could not be set up.
    #[error("the decoder could not be started")]
    Start,
    /// The bitstream is damaged or not of this codec.
    #[error("the frame is damaged")]
    Damaged,
    /// The picture would be larger than [`MAX_SIDE`], or empty.
    #[error("the picture size is not supported")]
    Size,
    /// Ten bits, 4:4:4 and the like.
    #[error("the picture format is not supported")]
    Format,
    /// The frame is larger than [`MAX_FRAME_BYTES`], or empty.
    #[error("the frame is too large")]
    Bytes,
}

/// Turns encoded frames of one codec into pictures.
pub enum PictureDecoder {
    /// VP8 or VP9.
    Vpx(VpxDecoder),
    /// H.264.
    H264(H264Decoder),
}

impl PictureDecoder {
    /// Sets up a decoder.
    pub fn open(codec: Codec) -> Result<PictureDecoder, DecodeError> {
        Ok(match codec {
            Codec::Vp8 | Codec::Vp9 => PictureDecoder::Vpx(VpxDecoder::open(codec)?),
            Codec::H264 => PictureDecoder::H264(H264Decoder::open()?),
        })
    }

    /// Decodes one frame into `into`, whose memory is used again. `Ok(false)`: the frame is fine but shows nothing.
    ///
    /// `rtp_time`, `decoded_at` and `sequence` are left to the caller. The frame must be of the codec this decoder was
    /// opened for.
    pub fn decode(&mut self, frame: &EncodedFrame, into: &mut Picture) -> Result<bool, DecodeError> {
        if frame.data.is_empty() || frame.data.len() > MAX_FRAME_BYTES {
            return Err(DecodeError::Bytes);
        }
        sniff::check_size(frame.codec, &frame.data)?;
        match self {
            PictureDecoder::Vpx(decoder) => decoder.decode(&frame.data, into),
            PictureDecoder::H264(decoder) => decoder.decode(&frame.data, into),
        }
    }
}

/// Whether a picture of these sides is decoded at all.
pub(crate) fn size_is_supported(width: u32, height: u32) -> bool {
    (1..=MAX_SIDE).contains(&width) && (1..=MAX_SIDE).contains(&height)
}

/// Copies one plane row by row: a decoder's rows are longer than the picture is wide.
///
/// Returns `false` if `source` is too short for `rows`.
pub(crate) fn copy_plane(source: &[u8], source_stride: usize, target: &mut [u8], width: usize, rows: usize) -> bool {
    if source_stride < width || target.len() < width * rows {
        return false;
    }
    for (row, to) in target.chunks_exact_mut(width).take(rows).enumerate() {
        let start = row * source_stride;
        let Some(from) = source.get(start..start + width) else {
            return false;
        };
        to.copy_from_slice(from);
    }
    true
}
