//! Stills: one picture as a file that everybody can open, for boards.
//!
//! A still is JPEG, PNG or WebP, upright: turned pictures of cameras are turned before anybody draws on them, for what is
//! drawn lies in the coordinates of the picture as it is seen. Slow: never on an asynchronous worker.

use std::io::Cursor;

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::Picture;
use super::convert::to_rgba;

/// Bytes of a picture file that becomes a board: the largest photos of phones, and more.
pub const MAX_STILL_BYTES: u64 = 64 * 1024 * 1024;

/// Bytes of a decoded picture, so that a small file can't take all memory: 100 megapixels without transparency.
const MAX_DECODED: u64 = 300 * 1024 * 1024;

/// Pixels across or down: what graphics cards take.
const MAX_SIDE: u32 = 16_384;

/// Where nobody sees a difference any more.
const QUALITY: u8 = 92;

/// A picture file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Still {
    /// The file.
    pub bytes: Bytes,
    /// What it is.
    pub media_type: &'static str,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// Bytes that are no picture that can be shown, or of one that is too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no picture that can be shown")]
pub struct NotAStill;

impl Still {
    /// A decoded picture as JPEG.
    pub fn of_picture(picture: &Picture) -> Result<Still, NotAStill> {
        let mut rgba = Vec::new();
        to_rgba(picture, &mut rgba);
        let rgb: Vec<u8> = rgba.chunks_exact(4).flat_map(|pixel| &pixel[..3]).copied().collect();
        jpeg(&rgb, picture.width, picture.height)
    }

    /// Looks whether a file is a picture, all of it. It stays as it is unless it has to be turned.
    pub fn of_file(bytes: Bytes) -> Result<Still, NotAStill> {
        if bytes.len() as u64 > MAX_STILL_BYTES {
            return Err(NotAStill);
        }
        let mut reader = ImageReader::new(Cursor::new(&bytes)).with_guessed_format().map_err(|_| NotAStill)?;
        let media_type = match reader.format().ok_or(NotAStill)? {
            ImageFormat::Jpeg => "image/jpeg",
            ImageFormat::Png => "image/png",
            ImageFormat::WebP => "image/webp",
            _ => return Err(NotAStill),
        };
        reader.limits(limits());
        let mut decoder = reader.into_decoder().map_err(|_| NotAStill)?;
        if decoder.total_bytes() > MAX_DECODED {
            return Err(NotAStill);
        }
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let mut image = DynamicImage::from_decoder(decoder).map_err(|_| NotAStill)?;
        if orientation == Orientation::NoTransforms {
            return Ok(Still { media_type, width: image.width(), height: image.height(), bytes });
        }
        image.apply_orientation(orientation);
        let rgb = image.into_rgb8();
        jpeg(rgb.as_raw(), rgb.width(), rgb.height())
    }
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED);
    limits
}

fn jpeg(rgb: &[u8], width: u32, height: u32) -> Result<Still, NotAStill> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    image::ImageEncoder::write_image(encoder, rgb, width, height, ExtendedColorType::Rgb8).map_err(|_| NotAStill)?;
    Ok(Still { bytes: bytes.into(), media_type: "image/jpeg", width, height })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::new_rgb8(width, height).write_to(&mut bytes, ImageFormat::Png).expect("a picture");
        bytes.into_inner()
    }

    #[test]
    fn a_frame_becomes_a_jpeg_of_its_size_and_colours() {
        let mut picture = Picture::black(33, 17);
        picture.y.fill(81);
        picture.u.fill(90);
        picture.v.fill(240);
        let still = Still::of_picture(&picture).expect("a picture");
        assert_eq!((still.width, still.height, still.media_type), (33, 17, "image/jpeg"));
        assert_eq!(Still::of_file(still.bytes.clone()), Ok(still.clone()));
        let image = image::load_from_memory(&still.bytes).expect("a picture").into_rgb8();
        let [red, green, blue] = image.get_pixel(16, 8).0;
        assert!(red > 240 && green < 20 && blue < 20, "{red} {green} {blue}");
    }

    #[test]
    fn a_turned_photo_is_stood_upright() {
        let still = Still::of_picture(&Picture::black(40, 20)).expect("a picture");
        // Orientation 6: to be turned clockwise. The segment goes behind the start of the file.
        let tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let mut exif = vec![0xff, 0xe1, 0, (2 + 6 + tiff.len()) as u8];
        exif.extend_from_slice(b"Exif\0\0");
        exif.extend_from_slice(tiff);
        let turned = [&still.bytes[..2], &exif, &still.bytes[2..]].concat();
        let upright = Still::of_file(turned.into()).expect("a picture");
        assert_eq!((upright.width, upright.height), (20, 40));
    }

    #[test]
    fn what_is_no_picture_or_too_large_is_refused() {
        let whole = png(20, 10);
        assert_eq!(Still::of_file(whole.clone().into()).map(|still| still.media_type), Ok("image/png"));
        for bytes in [&b""[..], b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", &whole[..whole.len() - 20]] {
            assert_eq!(Still::of_file(Bytes::copy_from_slice(bytes)), Err(NotAStill));
        }
        // A few bytes that claim a picture of 4 gigapixels.
        let mut bomb = whole;
        bomb[16..20].copy_from_slice(&65_535_u32.to_be_bytes());
        bomb[20..24].copy_from_slice(&65_535_u32.to_be_bytes());
        assert_eq!(Still::of_file(bomb.into()), Err(NotAStill));
    }
}
