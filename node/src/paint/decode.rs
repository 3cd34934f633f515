//! Stills from files of others: hostile until proved small.

use std::io::Cursor;
use std::path::Path;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::metadata::Orientation;
use image::{DynamicImage, ExtendedColorType, ImageDecoder as _, ImageEncoder as _, ImageFormat, ImageReader, Limits};

use super::limits::{DECODER_BYTES, STILL_BYTES, STILL_PIXELS, STILL_SIDE};

/// A decoded picture: opaque, four bytes a pixel, rows from the top without padding, turned as it is to be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Still {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Red, green, blue, and an alpha that is always 255.
    pub rgba: Vec<u8>,
}

/// Why a picture is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StillError {
    /// The file can't be read.
    #[error("the picture can't be read")]
    Unreadable,
    /// It has more bytes or pixels than any photo.
    #[error("the picture is too large")]
    TooLarge,
    /// The bytes are no PNG, JPEG or WebP, or a broken one.
    #[error("this is no picture that can be shown")]
    NotAPicture,
}

/// Reads and decodes a file. Blocks; may take a second for a large photo.
pub fn decode_file(path: &Path) -> Result<Still, StillError> {
    let size = std::fs::metadata(path).map_err(|_| StillError::Unreadable)?.len();
    if size > STILL_BYTES {
        return Err(StillError::TooLarge);
    }
    decode(&std::fs::read(path).map_err(|_| StillError::Unreadable)?)
}

/// Decodes PNG, JPEG or WebP; what is transparent becomes white.
pub fn decode(bytes: &[u8]) -> Result<Still, StillError> {
    let picture = upright(bytes)?.picture;
    let opaque = !picture.color().has_alpha();
    let picture = picture.into_rgba8();
    let (width, height) = picture.dimensions();
    let mut rgba = picture.into_raw();
    if !opaque {
        on_white(&mut rgba);
    }
    Ok(Still { width, height, rgba })
}

/// A decoded picture file.
pub(crate) struct Upright {
    /// As it is to be seen.
    pub(crate) picture: DynamicImage,
    /// Of the file.
    pub(crate) format: ImageFormat,
    /// In the file it lies otherwise.
    pub(crate) turned: bool,
}

/// The format of a picture file, by its content; `None` for all that is not shown here.
pub(crate) fn format(bytes: &[u8]) -> Option<ImageFormat> {
    let format = image::guess_format(bytes).ok()?;
    matches!(format, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP).then_some(format)
}

/// Decodes PNG, JPEG or WebP. The size is checked before any pixel is made.
pub(crate) fn upright(bytes: &[u8]) -> Result<Upright, StillError> {
    if bytes.len() as u64 > STILL_BYTES {
        return Err(StillError::TooLarge);
    }
    let format = format(bytes).ok_or(StillError::NotAPicture)?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(STILL_SIDE);
    limits.max_image_height = Some(STILL_SIDE);
    limits.max_alloc = Some(DECODER_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(refusal)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > STILL_PIXELS || width > STILL_SIDE || height > STILL_SIDE {
        return Err(StillError::TooLarge);
    }
    if width == 0 || height == 0 {
        return Err(StillError::NotAPicture);
    }
    decoder.set_limits(limits).map_err(refusal)?;
    // Phones store photos as the sensor lies and note how to turn them.
    let orientation = decoder.orientation().map_err(refusal)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(refusal)?;
    picture.apply_orientation(orientation);
    Ok(Upright { picture, format, turned: orientation != Orientation::NoTransforms })
}

/// Pixels (red, green, blue, alpha; rows from the top, no padding) as a PNG file. Blocks.
pub fn png(width: u32, height: u32, rgba: &[u8]) -> Result<Vec<u8>, StillError> {
    if rgba.len() as u64 != u64::from(width) * u64::from(height) * 4 {
        return Err(StillError::NotAPicture);
    }
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Adaptive);
    encoder.write_image(rgba, width, height, ExtendedColorType::Rgba8).map_err(refusal)?;
    Ok(bytes)
}

impl Still {
    /// The same picture with at most this many pixels and no side longer than `side`, by averaging whole blocks.
    pub fn shrunk(&self, pixels: u64, side: u32) -> Option<Still> {
        let most = u64::from(self.width) * u64::from(self.height);
        let by_pixels = (most as f64 / pixels.max(1) as f64).sqrt().ceil() as u32;
        let by_side = self.width.max(self.height).div_ceil(side.max(1));
        let block = by_pixels.max(by_side);
        if block <= 1 {
            return None;
        }
        let (width, height) = (self.width.div_ceil(block), self.height.div_ceil(block));
        let mut rgba = Vec::with_capacity(width as usize * height as usize * 4);
        for row in 0..height {
            for column in 0..width {
                let (left, top) = (column * block, row * block);
                let (right, bottom) = ((left + block).min(self.width), (top + block).min(self.height));
                let mut sums = [0_u64; 3];
                for y in top..bottom {
                    let from = (y as usize * self.width as usize + left as usize) * 4;
                    for pixel in self.rgba[from..from + (right - left) as usize * 4].chunks_exact(4) {
                        for (sum, part) in sums.iter_mut().zip(pixel) {
                            *sum += u64::from(*part);
                        }
                    }
                }
                let count = u64::from(right - left) * u64::from(bottom - top);
                rgba.extend(sums.map(|sum| (sum / count) as u8));
                rgba.push(255);
            }
        }
        Some(Still { width, height, rgba })
    }
}

/// Puts pixels with an alpha on white paper.
pub(crate) fn on_white(rgba: &mut [u8]) {
    for pixel in rgba.chunks_exact_mut(4) {
        let alpha = u32::from(pixel[3]);
        for part in &mut pixel[..3] {
            *part = ((u32::from(*part) * alpha + 255 * (255 - alpha)) / 255) as u8;
        }
        pixel[3] = 255;
    }
}

fn refusal(error: image::ImageError) -> StillError {
    match error {
        image::ImageError::Limits(_) => StillError::TooLarge,
        _ => StillError::NotAPicture,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32, pixel: [u8; 4]) -> Vec<u8> {
        let picture = image::RgbaImage::from_pixel(width, height, image::Rgba(pixel));
        let mut out = Cursor::new(Vec::new());
        picture.write_to(&mut out, ImageFormat::Png).unwrap();
        out.into_inner()
    }

    /// A PNG that claims another size: the header is at a fixed place, with its checksum mended.
    fn claiming(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = png(4, 4, [9, 9, 9, 255]);
        bytes[16..20].copy_from_slice(&width.to_be_bytes());
        bytes[20..24].copy_from_slice(&height.to_be_bytes());
        let crc = crc(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&crc.to_be_bytes());
        bytes
    }

    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0_u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 })
        })
    }

    #[test]
    fn what_is_transparent_becomes_white() {
        let still = decode(&png(3, 2, [255, 0, 0, 0])).unwrap();
        assert_eq!((still.width, still.height, &still.rgba[..4]), (3, 2, &[255, 255, 255, 255][..]));
        assert_eq!(decode(&png(1, 1, [0, 0, 0, 255])).unwrap().rgba, [0, 0, 0, 255]);
    }

    #[test]
    fn a_bomb_is_refused_by_its_claim() {
        for (width, height) in [(16_385, 1), (1, 60_000), (16_000, 16_000), (u32::MAX >> 1, u32::MAX >> 1)] {
            let error = decode(&claiming(width, height)).unwrap_err();
            assert!(
                error == StillError::TooLarge || width > 1 << 30 && error == StillError::NotAPicture,
                "{width}x{height}: {error}"
            );
        }
        assert_eq!(decode(&vec![0x89; STILL_BYTES as usize + 1]), Err(StillError::TooLarge));
    }

    #[test]
    fn only_three_formats_are_pictures() {
        for bytes in
            [&b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..], b"GIF89a\x01\0\x01\0", b"BM", b"", b"\xFF\xD8\xFF"]
        {
            assert_eq!(decode(bytes), Err(StillError::NotAPicture));
        }
        let mut cut = png(40, 40, [1, 2, 3, 255]);
        cut.truncate(50);
        assert_eq!(decode(&cut), Err(StillError::NotAPicture));
    }

    #[test]
    fn a_photo_is_turned_as_its_note_says() {
        let picture = image::RgbImage::from_fn(16, 8, |x, _| image::Rgb(if x < 8 { [250, 0, 0] } else { [0, 0, 250] }));
        let mut out = Cursor::new(Vec::new());
        picture.write_to(&mut out, ImageFormat::Jpeg).unwrap();
        let plain = out.into_inner();
        // Exif with one entry: orientation 6, a quarter to the right.
        let tiff = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let mut noted = vec![0xFF, 0xD8, 0xFF, 0xE1];
        noted.extend((2 + 6 + tiff.len() as u16).to_be_bytes());
        noted.extend(b"Exif\0\0");
        noted.extend(tiff);
        noted.extend(&plain[2..]);
        let still = decode(&noted).unwrap();
        assert_eq!((still.width, still.height), (8, 16));
        assert!(still.rgba[0] > 200, "the left side is on top now");
    }

    #[test]
    fn a_large_picture_is_shrunk_to_what_is_asked() {
        let still = decode(&png(64, 32, [10, 20, 30, 255])).unwrap();
        assert_eq!(still.shrunk(64 * 32, 64), None);
        let small = still.shrunk(512, 4096).unwrap();
        assert_eq!((small.width, small.height, &small.rgba[..4]), (32, 16, &[10, 20, 30, 255][..]));
        assert_eq!(still.shrunk(u64::MAX, 10).unwrap().width, 10);
    }
}
