//! Stills: one picture as a file that everybody can open, for boards.
//!
//! A still is JPEG, PNG or WebP, upright: turned pictures of cameras are turned before anybody draws on them, for what is
//! drawn lies in the coordinates of the picture as it is seen. Slow: never on an asynchronous worker.

use bytes::Bytes;
use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;

use super::Picture;
use super::convert::to_rgba;
use crate::paint::decode::{Upright, upright};

/// Where nobody sees a difference any more.
const QUALITY: u8 = 92;

/// A picture file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StillFile {
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

impl StillFile {
    /// A decoded picture as JPEG.
    pub fn of_picture(picture: &Picture) -> Result<StillFile, NotAStill> {
        let mut rgba = Vec::new();
        to_rgba(picture, &mut rgba);
        let rgb: Vec<u8> = rgba.chunks_exact(4).flat_map(|pixel| &pixel[..3]).copied().collect();
        jpeg(&rgb, picture.width, picture.height)
    }

    /// Looks whether a file is a picture, all of it. It stays as it is unless it has to be turned.
    pub fn of_file(bytes: Bytes) -> Result<StillFile, NotAStill> {
        let Upright { picture, format, turned } = upright(&bytes).map_err(|_| NotAStill)?;
        if turned {
            let rgb = picture.into_rgb8();
            return jpeg(rgb.as_raw(), rgb.width(), rgb.height());
        }
        Ok(StillFile { media_type: format.to_mime_type(), width: picture.width(), height: picture.height(), bytes })
    }
}

fn jpeg(rgb: &[u8], width: u32, height: u32) -> Result<StillFile, NotAStill> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    image::ImageEncoder::write_image(encoder, rgb, width, height, ExtendedColorType::Rgb8).map_err(|_| NotAStill)?;
    Ok(StillFile { bytes: bytes.into(), media_type: "image/jpeg", width, height })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, ImageFormat};
    use std::io::Cursor;

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
        let still = StillFile::of_picture(&picture).expect("a picture");
        assert_eq!((still.width, still.height, still.media_type), (33, 17, "image/jpeg"));
        assert_eq!(StillFile::of_file(still.bytes.clone()), Ok(still.clone()));
        let image = image::load_from_memory(&still.bytes).expect("a picture").into_rgb8();
        let [red, green, blue] = image.get_pixel(16, 8).0;
        assert!(red > 240 && green < 20 && blue < 20, "{red} {green} {blue}");
    }

    #[test]
    fn a_turned_photo_is_stood_upright() {
        let still = StillFile::of_picture(&Picture::black(40, 20)).expect("a picture");
        // Orientation 6: to be turned clockwise. The segment goes behind the start of the file.
        let tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let mut exif = vec![0xff, 0xe1, 0, (2 + 6 + tiff.len()) as u8];
        exif.extend_from_slice(b"Exif\0\0");
        exif.extend_from_slice(tiff);
        let turned = [&still.bytes[..2], &exif, &still.bytes[2..]].concat();
        let upright = StillFile::of_file(turned.into()).expect("a picture");
        assert_eq!((upright.width, upright.height), (20, 40));
    }

    #[test]
    fn what_is_no_picture_or_too_large_is_refused() {
        let whole = png(20, 10);
        assert_eq!(StillFile::of_file(whole.clone().into()).map(|still| still.media_type), Ok("image/png"));
        for bytes in [&b""[..], b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", &whole[..whole.len() - 20]] {
            assert_eq!(StillFile::of_file(Bytes::copy_from_slice(bytes)), Err(NotAStill));
        }
        // A few bytes that claim a picture of 4 gigapixels.
        let mut bomb = whole;
        bomb[16..20].copy_from_slice(&65_535_u32.to_be_bytes());
        bomb[20..24].copy_from_slice(&65_535_u32.to_be_bytes());
        assert_eq!(StillFile::of_file(bomb.into()), Err(NotAStill));
    }
}
