//! One picture, encoded and decoded.

use std::time::Instant;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// A video codec that Sightline understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Codec {
    /// VP8: the first choice for a camera.
    Vp8,
    /// VP9 profile 0: the choice for a shared screen.
    Vp9,
    /// H.264: what some phones encode in hardware.
    H264,
}

impl Codec {
    /// All codecs, in the order of preference for a camera.
    pub const ALL: [Codec; 3] = [Codec::Vp8, Codec::Vp9, Codec::H264];

    /// The short name used in settings, thread names and statistics.
    pub const fn name(self) -> &'static str {
        match self {
            Codec::Vp8 => "vp8",
            Codec::Vp9 => "vp9",
            Codec::H264 => "h264",
        }
    }
}

impl std::fmt::Display for Codec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Codec {
    type Err = UnknownCodec;

    fn from_str(name: &str) -> Result<Self, UnknownCodec> {
        Codec::ALL.into_iter().find(|codec| codec.name() == name).ok_or(UnknownCodec)
    }
}

/// The name is not one of [`Codec::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown codec: use vp8, vp9 or h264")]
pub struct UnknownCodec;

/// One whole encoded picture, as links carry it.
#[derive(Debug, Clone)]
pub struct EncodedFrame {
    /// How `data` is encoded.
    pub codec: Codec,
    /// The bitstream of exactly one picture (H.264 as Annex B with start codes).
    pub data: Bytes,
    /// Sampling time in units of 1/90,000 s; wraps around.
    pub rtp_time: u32,
    /// Whether it can be decoded without any earlier frame.
    pub key: bool,
    /// Whether nothing was lost between the frame delivered before and this one. After a gap a decoder must wait for
    /// the next key frame.
    pub contiguous: bool,
    /// When its first packet arrived (a sender puts the time of capture).
    pub received: Instant,
}

/// How the three planes relate to red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Colour {
    /// ITU-R BT.601, luma 16–235: what cameras and VP8 use.
    #[default]
    Bt601,
    /// ITU-R BT.601, full range.
    Bt601Full,
    /// ITU-R BT.709, luma 16–235.
    Bt709,
    /// ITU-R BT.709, full range.
    Bt709Full,
}

/// A decoded picture: planar 4:2:0, eight bits per sample.
///
/// Invariant, kept by everything that makes one: `width` and `height` are at least 1, strides are at least the plane's
/// width, and each plane holds at least `stride * rows` bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Luma.
    pub y: Vec<u8>,
    /// Blue difference, half size in both directions (rounded up).
    pub u: Vec<u8>,
    /// Red difference, half size in both directions (rounded up).
    pub v: Vec<u8>,
    /// Bytes between two rows of `y`.
    pub y_stride: u32,
    /// Bytes between two rows of `u` and of `v`.
    pub uv_stride: u32,
    /// Which colours the planes mean.
    pub colour: Colour,
    /// When the decoder finished it.
    pub decoded_at: Instant,
    /// Sampling time, taken from the encoded frame.
    pub rtp_time: u32,
    /// Counts the pictures of one decoder from 1: tells whether a picture was seen before.
    pub sequence: u64,
}

impl Picture {
    /// A black picture with tight strides.
    pub fn black(width: u32, height: u32) -> Picture {
        let (width, height) = (width.max(1), height.max(1));
        let (chroma_width, chroma_height) = (width.div_ceil(2), height.div_ceil(2));
        let chroma = (chroma_width * chroma_height) as usize;
        Picture {
            width,
            height,
            y: vec![16; (width * height) as usize],
            u: vec![128; chroma],
            v: vec![128; chroma],
            y_stride: width,
            uv_stride: chroma_width,
            colour: Colour::Bt601,
            decoded_at: Instant::now(),
            rtp_time: 0,
            sequence: 0,
        }
    }

    /// Width of the colour planes.
    pub fn chroma_width(&self) -> u32 {
        self.width.div_ceil(2)
    }

    /// Height of the colour planes.
    pub fn chroma_height(&self) -> u32 {
        self.height.div_ceil(2)
    }

    /// Gives the picture new sizes with tight strides, reusing its memory where that suffices. The samples are
    /// unspecified afterwards.
    pub(crate) fn reshape(&mut self, width: u32, height: u32) {
        self.width = width;
        self.height = height;
        self.y_stride = width;
        self.uv_stride = self.chroma_width();
        let chroma = (self.uv_stride * self.chroma_height()) as usize;
        self.y.resize((width * height) as usize, 0);
        self.u.resize(chroma, 0);
        self.v.resize(chroma, 0);
    }
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}x{} #{} at {})", self.width, self.height, self.sequence, self.rtp_time)
    }
}
