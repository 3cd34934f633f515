//! Encoding, the same for every codec.

use bytes::Bytes;

use super::{Codec, Picture, h264::H264Encoder, vpx::VpxEncoder};

/// What the pictures show; encoders treat text and camera noise differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Natural pictures.
    Camera,
    /// Text and sharp edges that mostly stand still.
    Screen,
}

/// How to encode. The size is fixed for an encoder's life: open another one to change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncoderSettings {
    /// Which bitstream to make.
    pub codec: Codec,
    /// Pixels in a row, even.
    pub width: u32,
    /// Rows, even.
    pub height: u32,
    /// Bits per second to aim at.
    pub bitrate: u32,
    /// Pictures per second, for the rate control.
    pub fps: u32,
    /// What the pictures show.
    pub content: Content,
}

impl EncoderSettings {
    /// A camera at 30 pictures per second and about 1.5 Mbit/s for 720p, less in proportion.
    pub fn camera(codec: Codec, width: u32, height: u32) -> EncoderSettings {
        let bitrate = (u64::from(width) * u64::from(height) * 1_500_000 / (1280 * 720)).max(100_000);
        EncoderSettings { codec, width, height, bitrate: bitrate as u32, fps: 30, content: Content::Camera }
    }
}

/// Why nothing was encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The library refused the settings.
    #[error("the encoder could not be started")]
    Start,
    /// The picture has another size than the encoder was opened for, or an odd one.
    #[error("the picture size does not fit the encoder")]
    Size,
    /// The library failed on this picture.
    #[error("the picture could not be encoded")]
    Failed,
}

/// One encoded picture.
#[derive(Debug, Clone)]
pub struct EncodedPicture {
    /// The bitstream.
    pub data: Bytes,
    /// Whether it can be decoded on its own.
    pub key: bool,
}

/// Turns pictures into encoded frames of one codec and size.
pub enum PictureEncoder {
    /// VP8 or VP9.
    Vpx(VpxEncoder),
    /// H.264.
    H264(Box<H264Encoder>),
}

impl PictureEncoder {
    /// Sets up an encoder.
    pub fn open(settings: &EncoderSettings) -> Result<PictureEncoder, EncodeError> {
        let side_is_valid = |side: u32| side.is_multiple_of(2) && (2..=super::decoder::MAX_SIDE).contains(&side);
        if !side_is_valid(settings.width) || !side_is_valid(settings.height) {
            return Err(EncodeError::Size);
        }
        Ok(match settings.codec {
            Codec::Vp8 | Codec::Vp9 => PictureEncoder::Vpx(VpxEncoder::open(settings)?),
            Codec::H264 => PictureEncoder::H264(Box::new(H264Encoder::open(settings)?)),
        })
    }

    /// Encodes one picture, as a key frame if asked to. `None`: the rate control left this picture out.
    pub fn encode(&mut self, picture: &Picture, key: bool) -> Result<Option<EncodedPicture>, EncodeError> {
        match self {
            PictureEncoder::Vpx(encoder) => encoder.encode(picture, key),
            PictureEncoder::H264(encoder) => encoder.encode(picture, key),
        }
    }

    /// Changes the bit rate from the next picture on.
    pub fn set_bitrate(&mut self, bps: u32) -> Result<(), EncodeError> {
        match self {
            PictureEncoder::Vpx(encoder) => encoder.set_bitrate(bps),
            PictureEncoder::H264(encoder) => encoder.set_bitrate(bps),
        }
    }
}
