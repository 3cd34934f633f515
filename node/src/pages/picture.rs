//! Pictures as documents of one page, and pages as encoded pictures.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ImageDecoder as _, ImageEncoder as _, ImageFormat, ImageReader, Limits, RgbaImage};

use super::{PageError, PageImage, Rendered, limits};

/// The format of a picture, by its content; `None` for all that is not shown here.
pub(super) fn format(bytes: &[u8]) -> Option<ImageFormat> {
    let format = image::guess_format(bytes).ok()?;
    matches!(format, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP).then_some(format)
}

/// The one page of a picture, upright, no wider than wanted.
pub(super) fn render(bytes: &[u8], width: u32, wanted: &[u32]) -> Result<Rendered, PageError> {
    let image = decode(bytes)?;
    let images = match wanted.contains(&0) {
        true => {
            let pixels = u64::from(image.width()) * u64::from(image.height());
            let shrunk = image.width() > width || pixels > limits::MAX_PIXELS;
            let image = if shrunk { image.thumbnail(width, limits::MAX_WIDTH * 2) } else { image };
            vec![encode(0, image.to_rgba8())?]
        }
        false => Vec::new(),
    };
    Ok(Rendered { pages: 1, images })
}

fn decode(bytes: &[u8]) -> Result<DynamicImage, PageError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format(bytes).ok_or(PageError::NotADocument)?);
    let mut caps = Limits::default();
    caps.max_alloc = Some(limits::MAX_SOURCE_PIXELS * 5);
    reader.limits(caps);
    let mut decoder = reader.into_decoder().map_err(|_| PageError::NotADocument)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits::MAX_SOURCE_PIXELS {
        return Err(PageError::Limits);
    }
    let turned = decoder.orientation().map_err(|_| PageError::NotADocument)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(|_| PageError::NotADocument)?;
    image.apply_orientation(turned);
    Ok(image)
}

/// Encodes a page: text as PNG, photos as JPEG, whichever is smaller.
pub(super) fn encode(page: u32, image: RgbaImage) -> Result<PageImage, PageError> {
    let (width, height) = image.dimensions();
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Adaptive)
        .write_image(image.as_raw(), width, height, image::ExtendedColorType::Rgba8)
        .map_err(|_| PageError::Limits)?;
    let mut media_type = "image/png";
    if bytes.len() > limits::PNG_IS_FINE_BYTES {
        let mut jpeg = Vec::new();
        let flat = on_white(&image);
        let encoder = JpegEncoder::new_with_quality(&mut jpeg, 86);
        encoder.write_image(&flat, width, height, image::ExtendedColorType::Rgb8).map_err(|_| PageError::Limits)?;
        if jpeg.len() < bytes.len() {
            (bytes, media_type) = (jpeg, "image/jpeg");
        }
    }
    if bytes.len() > limits::MAX_IMAGE_BYTES {
        return Err(PageError::Limits);
    }
    Ok(PageImage { page, width, height, media_type, bytes: bytes.into() })
}

fn on_white(image: &RgbaImage) -> Vec<u8> {
    let blend = |part: u8, alpha: u8| {
        let (part, alpha) = (u32::from(part), u32::from(alpha));
        ((part * alpha + 255 * (255 - alpha)) / 255) as u8
    };
    image.pixels().flat_map(|pixel| [0, 1, 2].map(|index| blend(pixel[index], pixel[3]))).collect()
}
