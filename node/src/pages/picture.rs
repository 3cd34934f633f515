//! Pictures as documents of one page, and pages as encoded pictures.

use image::codecs::jpeg::JpegEncoder;
use image::{ImageEncoder as _, RgbaImage};

use super::{PageError, PageImage, Rendered, limits};
use crate::paint::StillError;
use crate::paint::decode::{on_white, png, upright};

/// The one page of a picture, upright, no wider than wanted.
pub(super) fn render(bytes: &[u8], width: u32, wanted: &[u32]) -> Result<Rendered, PageError> {
    let image = upright(bytes).map_err(refusal)?.picture;
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

/// Encodes a page: text as PNG, photos as JPEG, whichever is smaller.
pub(super) fn encode(page: u32, image: RgbaImage) -> Result<PageImage, PageError> {
    let (width, height) = image.dimensions();
    let mut bytes = png(width, height, image.as_raw()).map_err(|_| PageError::Limits)?;
    let mut media_type = "image/png";
    if bytes.len() > limits::PNG_IS_FINE_BYTES {
        let mut jpeg = Vec::new();
        let mut flat = image.into_raw();
        on_white(&mut flat);
        let flat: Vec<u8> = flat.chunks_exact(4).flat_map(|pixel| &pixel[..3]).copied().collect();
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

fn refusal(error: StillError) -> PageError {
    match error {
        StillError::TooLarge => PageError::Limits,
        StillError::NotAPicture | StillError::Unreadable => PageError::NotADocument,
    }
}
