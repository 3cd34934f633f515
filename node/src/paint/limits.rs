//! The caps on pictures, each with its reason.

/// Encoded bytes of a still: the largest photo of a phone has about a third of it.
pub const STILL_BYTES: u64 = 64 * 1024 * 1024;
/// One side of a picture: more is no photo, and most graphics drivers end here.
pub const STILL_SIDE: u32 = 16_384;
/// Pixels of a picture, checked before anything is decoded: a picture of 100 bytes may claim gigabytes. The largest
/// cameras of phones have 108 million.
pub const STILL_PIXELS: u64 = 110_000_000;
/// What a decoder may take while it works: the picture in four channels of 16 bits, and as much again to work with.
pub const DECODER_BYTES: u64 = STILL_PIXELS * 8 + 64 * 1024 * 1024;
